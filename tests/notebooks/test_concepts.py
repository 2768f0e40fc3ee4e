"""Twelve threshold concepts, and where each comes back."""

import re
from functools import cache

import nbformat
import pytest

from mnist_tutorial import exercises
from tools import notebooks

# A place is an exercise or a prediction, "01.windows", or words in a notebook's text.
CONCEPTS = {
    "a convolution is few weights, shared and local": [
        "01.windows",
        "02.conv2d",
        "02.left_edge",
        "05.shared_weight",
    ],
    "channels are summed": [
        "02.conv2d",
        "04.count",
        "08.grad_cam",
        ("05", "a convolution sums over channels"),
    ],
    "a receptive field": [
        "04.fields",
        "08.field",
        ("02", "see as far as one 5 × 5"),
        ("02", "how many pixels, along one side, does one of its numbers depend on"),
        ("08", "receptive field"),
        "10.equal_sight",
    ],
    "equivariance is not invariance": [
        "01.moved",
        "02.shift",
        "02.pool_shift",
        "09.moved_up",
        ("09", "how far may a digit stray"),
    ],
    "a non-linearity": [
        "02.stack",
        "05.unheard",
        ("01", "sums below 0 are set to 0"),
        ("02", "keeps what is positive"),
    ],
    "logits, probabilities, loss": [
        "04.expects",
        "04.cross_entropy",
        "07.top_k_accuracy",
        "07.ece",
        "08.occlusion",
        "09.stranger",
        ("05", "it is probability minus truth"),
        ("06", "the first loss is near ln(classes)"),
        ("questions", "two of them hold the loss above a floor"),
    ],
    "a gradient is a slope, by the chain rule": [
        "00.measured_slope",
        "05.chain_rule",
        "06.nearer",
        "06.five_lines",
        "09.pgd",
        ("08", "uses the gradient of the logit by the pixels"),
    ],
    "the gradient of a shared weight is a sum": [
        "05.shared_weight",
        "06.training_step",
        ("00", "both terms move"),
    ],
    "the learning rate is a clock": [
        "06.learned",
        "06.clock",
        ("05", "says how far a step goes"),
        ("10", "learning rates cannot be compared"),
        "10.unfair",
    ],
    "training, validation, test": [
        "01.score",
        "01.leak",
        "03.writers",
        "03.statistics",
        "07.chosen",
        "09.bad_card",
        ("07", "the exam"),
        "12.grouped_folds",
        ("11", "the test set is opened again, for one question"),
        "10.by_heart",
        ("questions", "look at the test set while i tune"),
    ],
    "chance, and its interval": [
        ("01", "part of that score is luck"),
        ("04", "within the spread of the seeds"),
        ("06", "in each of five seeds"),
        ("07", "from a count to an interval"),
        "12.worth",
        "07.margin",
        "07.mcnemar",
        ("09", "which group counts depends on what you want to say"),
        ("11", "the 95 % interval of its mean gain"),
        "10.three_seeds",
        ("questions", "why do i get another number each time"),
    ],
    "a control beside a picture": [
        "01.learned_anew",
        ("02", "images whose pixels are all shuffled alike"),
        ("03", "the shuffled order is the control"),
        "08.pretty",
        ("08", "controls before conclusions"),
        ("09", "as a control"),
        ("08", "control"),
        ("10", "a control: an mlp that sees nothing else"),
    ],
}


@cache
def text(number: str) -> str:
    """The markdown of a notebook in small letters, without links and emphasis."""
    (path,) = [path for path in notebooks.find() if path.name.startswith(number)]
    cells = nbformat.read(path, as_version=4).cells
    words = " ".join(c.source for c in cells if c.cell_type == "markdown")
    words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", words)
    return " ".join(words.replace("*", "").casefold().split())


def is_there(place: str | tuple[str, str]) -> bool:
    if isinstance(place, tuple):
        number, words = place
        return words in text(number)
    number, _, key = place.partition(".")
    asks = [entry.key for entry in exercises.REGISTRY.get(number, ())]
    return key in asks


def number_of(place: str | tuple[str, str]) -> str:
    return place[0] if isinstance(place, tuple) else place.partition(".")[0]


def test_there_are_twelve_concepts():
    assert len(CONCEPTS) == 12


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_concept_comes_back_in_three_notebooks(concept):
    places = CONCEPTS[concept]
    assert [place for place in places if not is_there(place)] == []
    assert len({number_of(place) for place in places}) >= 3


@pytest.mark.parametrize("place", ["01.window", "99.windows", ("05", "no such words")])
def test_a_place_that_is_not_there_is_noticed(place):
    assert not is_there(place)
