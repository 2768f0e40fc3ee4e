"""ConfusionExplorer without a browser: what it sends, computes and refuses."""

import zlib

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import data, interpret, model, train
from mnist_tutorial.widgets import thumbnails
from mnist_tutorial.widgets.confusion_explorer import widget as confusion_explorer
from mnist_tutorial.widgets.confusion_explorer.widget import (
    ConfusionExplorer,
    surest_errors,
)

IMAGES, LABELS = torch.zeros(3, 1, 28, 28), torch.arange(3)
LINEAR = model.linear_classifier()


def floats(content: bytes) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(content, "<f4").copy())


@pytest.fixture
def part():
    images, labels = mnist_splits().validation
    return images[:300], labels[:300]


def ask(explorer, **content):
    explorer._handle_custom_msg(content, [])


def test_it_sends_the_images_as_grey_levels_and_logits_as_given(part):
    images, labels = part
    logits = torch.randn(300, 10)
    explorer = ConfusionExplorer(LINEAR, images, labels, logits)
    levels = np.frombuffer(zlib.decompress(explorer.pixels), np.uint8)
    grey = (images * data.STD + data.MEAN) * 255
    assert levels.reshape(images.shape).tolist() == grey.round().byte().tolist()
    assert torch.equal(floats(explorer.labels), labels.float())
    assert torch.equal(floats(explorer.logits).view(300, 10), logits)


def test_images_of_one_grey_level_are_black():
    levels = np.frombuffer(zlib.decompress(thumbnails.grey_levels(IMAGES)), np.uint8)
    assert not levels.any()


def test_without_logits_nothing_is_computed_until_asked(part):
    calls = []
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    net.register_forward_hook(lambda *_: calls.append(1))
    explorer = ConfusionExplorer(net, *part)
    explorer.picture()
    assert explorer.logits == b"" and not calls
    ask(explorer, kind="compute")
    right = train.predict(net, part[0])
    torch.testing.assert_close(floats(explorer.logits).view(300, 10), right)
    assert explorer.message == ""


def test_the_answer_names_the_image_and_patch_that_it_is_for(part):
    net = model.ConvNet(2)
    explorer = ConfusionExplorer(net, *part, torch.zeros(300, 10))
    ask(explorer, kind="cover", index=7, size=3)
    assert explorer.covered_key == "7 3"
    right = interpret.covered_logits(net, part[0][7], 3)
    torch.testing.assert_close(floats(explorer.covered).view(28, 28, 10), right)


@pytest.mark.parametrize(("index", "size"), [(300, 5), (-1, 5), (0, 4)])
def test_an_image_or_patch_that_there_is_not_is_a_sentence_in_the_widget(
    part, index, size
):
    explorer = ConfusionExplorer(LINEAR, *part, torch.zeros(300, 10))
    ask(explorer, kind="cover", index=index, size=size)
    assert is_one_sentence(explorer.message) and explorer.covered_key == ""


def test_a_model_that_does_not_take_the_images_is_a_sentence_in_the_widget(part):
    narrow = nn.Sequential(nn.Flatten(), nn.Linear(7, 10))
    few = nn.Sequential(nn.Flatten(), nn.Linear(784, 3))
    for net, words in ((narrow, "does not take"), (few, "10) and finite")):
        explorer = ConfusionExplorer(net, *part)
        ask(explorer, kind="compute")
        assert words in explorer.message and explorer.logits == b""


def test_the_surest_error_comes_first():
    logits = torch.zeros(4, 10)
    logits[0, 1], logits[1, 1], logits[2, 1], logits[3, 1] = 2.0, 9.0, 5.0, 3.0
    labels = torch.tensor([0, 1, 0, 0])
    assert surest_errors(logits, labels).tolist() == [2, 3, 0]


def test_the_picture_is_small_and_says_what_it_shows(part):
    perfect = nn.functional.one_hot(part[1], 10).float()
    for logits, axes in (
        (None, 10),
        (torch.randn(300, 10), 17),
        (perfect, 1),
    ):
        explorer = ConfusionExplorer(LINEAR, *part, logits)
        content = explorer._repr_mimebundle_()[0]["image/png"]
        assert 1_000 < len(content) < 100_000
        figure = explorer.picture()
        assert len(figure.axes) == axes and figure.get_size_inches()[0] <= 7
        assert is_one_sentence(explorer.alt) and explorer.alt in repr(explorer)
    assert ConfusionExplorer(LINEAR, IMAGES, LABELS).picture()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((IMAGES[:, 0], LABELS), r"\(3, 28, 28\)"),
        ((IMAGES / 0, LABELS), "finite"),
        ((IMAGES, LABELS[:2]), "one whole number per image"),
        ((IMAGES, LABELS.float()), "float32"),
        ((IMAGES, LABELS + 8), "between 0 and 9"),
        ((IMAGES, LABELS, torch.zeros(2, 10)), r"\(3, 10\)"),
        ((IMAGES, LABELS, torch.full((3, 10), torch.nan)), "finite"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        ConfusionExplorer(LINEAR, *arguments)
    assert is_one_sentence(error)


def test_sizes_of_the_patch_are_odd_so_that_it_has_a_middle():
    assert all(size % 2 for size in confusion_explorer.SIZES)


def test_as_notebook_07_says_one_patch_tips_most_errors_and_few_hits():
    images, labels = mnist_splits().validation
    net = model.load_pretrained().to(memory_format=torch.channels_last)  # quicker
    preds = train.predict(net, images[:2000]).argmax(1)
    right = preds == labels[:2000]
    shares = []
    for group in (~right, right):
        some = group.nonzero().flatten()[:10]
        flips = [
            interpret.covered_logits(net, images[i]).argmax(2) != preds[i] for i in some
        ]
        shares.append(sum(bool(tipped.any()) for tipped in flips))
    assert shares[0] >= 8 and shares[1] <= 5
