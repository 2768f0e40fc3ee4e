"""Exercises and predictions of 12 Your own images."""

import random

import torch
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute, Numbers
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

SPLITTING = "split a folder by who made its images, and say what a random split hides"
BASELINES = "find the baselines that a network has to beat, before it is trained"
GROUPS = "give an accuracy with an interval over groups"
SIGNING = "find labels that may be wrong, and fill in a page that you could sign"


# --- Whole groups to folds


def _grouped_folds(
    groups: Tensor,
    folds: int,
    *,
    of: str = "groups",
    order: str = "as they come",
    to: str = "fewest images",
    assigned: str = "all",
    first: int = 0,
) -> Tensor:
    """The fold of each image; each keyword is a mistake."""
    if of == "images":
        return torch.arange(len(groups)) % folds + first
    parts = groups
    if of == "neighbours":  # each run is taken for a group
        change = groups[1:] != groups[:-1]
        parts = torch.cat([torch.zeros(1, dtype=torch.bool), change]).cumsum(0)
    names = list(dict.fromkeys(parts.tolist()))
    if order == "sorted":
        names.sort()
    elif order == "largest first":
        names.sort(key=lambda name: -int((parts == name).sum()))
    fold_of = torch.zeros(len(groups), dtype=torch.int64)
    sizes = torch.zeros(folds)
    for turn, name in enumerate(names):
        members = parts == name
        fold = {
            "fewest images": int(sizes.argmin()),
            "most images": int(sizes.argmax()),
            "by turns": turn % folds,
        }[to]
        sizes[fold] += members.sum()
        places = members.nonzero()[:, 0]
        fold_of[places if assigned == "all" else places[:1]] = fold
    return fold_of + first


GROUPED_FOLDS = Write(
    key="grouped_folds",
    task=(
        "`groups` (N,) holds a number for whoever made each image. Go through the "
        "groups in the order in which they first appear. Each goes, whole, to the fold "
        "that holds the fewest images by then; if several do, to the first of them. "
        "Return the fold of each image, counted from 0."
    ),
    level=2,
    minutes=8,
    practises=SPLITTING,
    oracle="dealing by hand",
    reference=_grouped_folds,
    cases=(
        Case({"groups": torch.tensor([7, 7, 7, 2, 5, 5]), "folds": 2}),
        Case(
            {
                "groups": torch.tensor([4, 9, 4, 4, 1, 9, 1, 6, 4, 6, 6, 2, 6, 6]),
                "folds": 3,
            },
            tags=("a group in several places",),
        ),
        Case(
            {"groups": classes(40, 9, seed=3) ** 2, "folds": 4},
            tags=("a group in several places", "many groups"),
        ),
    ),
    mistakes=(
        Mistake(
            "images",
            {"of": "images"},
            "You deal out images one by one, so each hand is in every fold. Deal out "
            "whole groups.",
            "Lightning-Universe/lightning-Covid19 issue 11, a patient on both sides",
        ),
        Mistake(
            "by turns",
            {"to": "by turns"},
            "The folds get equally many *groups*. Groups differ in size: look at how "
            "many images a fold holds by then.",
            "tlverse/origami issue 58; tidymodels/rsample issue 298, unequal folds",
        ),
        Mistake(
            "largest fold",
            {"to": "most images"},
            "All is in fold 0: the next group goes to the fold that holds the most "
            "images, or the sizes are never counted up.",
            "arviz-devs/arviz-stats pull request 375, all groups in one fold",
        ),
        Mistake(
            "first image",
            {"assigned": "first"},
            "Only the first image of each group gets its fold. Set it for all: "
            "fold_of[groups == g] = ….",
            "scikit-learn/scikit-learn pull request 9413, only a group's first sample",
        ),
        Mistake(
            "sorted",
            {"order": "sorted"},
            "You take the groups by their number. torch.unique sorts; "
            "dict.fromkeys(groups.tolist()) keeps the order in which they come.",
            "pytorch/pytorch issue 105742, unique sorts",
        ),
        Mistake(
            "largest first",
            {"order": "largest first"},
            "You begin with the largest group, as scikit-learn does; that balances "
            "the folds better. Here the groups come in the order of their first image.",
            "scikit-learn/scikit-learn issue 13619, largest groups first",
        ),
        Mistake(
            "neighbours",
            {"of": "neighbours"},
            "A group that comes back later is taken for a new one. Collect all its "
            "images: groups == g.",
            "mad-lab-fau/tpcp pull request 59, labels made for groups",
        ),
        Mistake(
            "from one",
            {"first": 1},
            "Your folds are counted from 1. The first is fold 0.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Keep the size of each fold in a list, and go through the groups one by one.",
        "list(dict.fromkeys(groups.tolist())) holds each group once, in order.",
        "fold = sizes.index(min(sizes)); then set it for groups == g, and add the "
        "number of these images to sizes[fold].",
    ),
    answer="""
def my_grouped_folds(groups, folds):
    fold_of = torch.zeros(len(groups), dtype=torch.int64)
    sizes = [0] * folds
    for g in dict.fromkeys(groups.tolist()):
        fold = sizes.index(min(sizes))
        fold_of[groups == g] = fold
        sizes[fold] += int((groups == g).sum())
    return fold_of
""".strip(),
)


# --- How many images these are worth


def _worth(
    people: int,
    each: int,
    share: int,
    spread: int,
    *,
    counted: str = "worth",
    over: str = "root of people",
    squared: bool = True,
    top: str = "p (1 - p)",
) -> float:
    """How many independent images have this standard error; each keyword a mistake."""
    p, s, images = share / 100, spread / 100, people * each
    if counted != "worth":
        return {"images": images, "people": people}[counted]
    error = {
        "root of people": s / people**0.5,
        "people": s / people,
        "root of images": s / images**0.5,
        "nothing": s,
    }[over]
    above = {"p (1 - p)": p * (1 - p), "one": 1.0, "a quarter": 0.25}[top]
    return above / (error**2 if squared else error)


def _drawn(rng: random.Random) -> Numbers:
    return {
        "people": rng.choice((16, 25, 36, 49)),
        "each": rng.choice((20, 40, 50)),
        "share": rng.choice((80, 85, 90, 95)),
        "spread": rng.choice((6, 8, 10, 12)),
    }


def _worth_working(people: int, each: int, share: int, spread: int) -> str:
    p = share / 100
    error = spread / 100 / people**0.5
    return (
        f"standard error over people: {spread} / √{people} points, which is "
        f"{error:.4f}\n"
        f"p = {share} %, so of n independent images: √(p (1 − p) / n) = "
        f"√({p * (1 - p):.4f} / n)\n"
        f"n = {p * (1 - p):.4f} / {error:.4f}² = "
        f"{shown(_worth(people, each, share, spread))}, instead of {people} · {each}"
    )


WORTH = Compute(
    key="worth",
    task=(
        "{people} people have drawn {each} images each. {share} % of all are read. "
        "From person to person this share varies; its standard deviation is {spread} "
        "points. How many *independent* images would have the same standard error?"
    ),
    level=2,
    minutes=5,
    practises=GROUPS,
    reference=_worth,
    numbers={"people": 25, "each": 40, "share": 90, "spread": 10},
    draw=_drawn,
    working=_worth_working,
    tolerance=0.02,
    mistakes=(
        Mistake(
            "all images",
            {"counted": "images"},
            "That is how many images there are. They are worth so many only if images "
            "of one person are no more alike than others.",
            "agency-fund/evidential-be issue 154, the design effect left out",
        ),
        Mistake(
            "people",
            {"counted": "people"},
            "That would hold if a person's images were all right or all wrong. Here "
            "the spread is smaller than that.",
            "grf-labs/grf issue 433, whole clusters instead of units",
        ),
        Mistake(
            "no root",
            {"over": "people"},
            "The spread is divided by the number of people. A mean scatters √ times "
            "less: divide by its root.",
            "tidymodels/TMwR issue 357, divided by the number, not by its root",
        ),
        Mistake(
            "one person",
            {"over": "nothing"},
            "That is worth as much as *one* person's share. The mean of several "
            "people scatters less.",
            "stats.stackexchange.com/questions/32318, deviation or standard error",
        ),
        Mistake(
            "root of images",
            {"over": "root of images"},
            "The spread is between people, and there are fewer people than images: "
            "divide by the root of their number.",
            "yrosseel/lavaan pull request 340, clusters counted as units",
        ),
        Mistake(
            "not squared",
            {"squared": False},
            "The standard error of n images is a root, so the error over people has "
            "to be squared.",
            JUDGEMENT,
        ),
        Mistake(
            "no p",
            {"top": "one"},
            "p (1 − p) is missing above the line.",
            JUDGEMENT,
        ),
        Mistake(
            "worst case",
            {"top": "a quarter"},
            "You have taken p = ½. Put in the share that was found.",
            "agency-fund/evidential-be pull request 293, a design effect too large",
        ),
    ),
    hints=(
        "What is the standard error of the accuracy if people, not images, are drawn?",
        "It is the spread divided by √(number of people): 2 points for 25 people.",
        "Set √(p (1 − p) / n) equal to it, and solve for n.",
    ),
    answer="225",
)


# --- The nearest stranger


def _nearest(
    distances: Tensor,
    labels: Tensor,
    groups: Tensor,
    *,
    left_out: str = "its group",
    gives: str = "label",
) -> Tensor:
    """The label of the nearest image by somebody else; each keyword is a mistake."""
    same = groups[:, None] == groups
    itself = torch.eye(len(groups), dtype=torch.bool)
    out = {
        "its group": same,
        "all others": ~same | itself,
        "its label": labels[:, None] == labels,
        "its group, but itself": same & ~itself,
        "its group, at 0": same,
    }[left_out]
    far = distances.masked_fill(out, 0 if left_out.endswith("at 0") else torch.inf)
    nearest = far.argmin(1)
    neighbour = {
        "label": labels[nearest],
        "index": nearest,
        "group": groups[nearest],
    }
    return neighbour[gives]


def _crowd(n: int, people: int, of: int, seed: int, *tags: str) -> Case:
    points = fractions(n, 3, seed=seed)
    return Case(
        {
            "distances": torch.cdist(points, points),
            "labels": classes(n, of, seed=seed + 1),
            "groups": classes(n, people, seed=seed + 2) + 20,
        },
        tags,
    )


STRANGER = Repair(
    key="nearest_label",
    task=(
        "A baseline that is too good: it does not compare an image with itself, but "
        "with other images by the same hand. Mend it, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=BASELINES,
    oracle="the nearest image by somebody else",
    reference=_nearest,
    given='''
def nearest_label(distances, labels, groups):
    """(N, N), (N,) and (N,) to the label of the nearest image by others, (N,)."""
    far = distances.clone()
    far.fill_diagonal_(torch.inf)
    return labels[far.argmin(1)]
'''.strip(),
    lines=1,
    cases=(
        Case(
            {
                "distances": torch.tensor(
                    [
                        [0.0, 1, 2, 4, 5],
                        [1, 0, 3, 2, 6],
                        [2, 3, 0, 1, 4],
                        [4, 2, 1, 0, 3],
                        [5, 6, 4, 3, 0],
                    ]
                ),
                "labels": torch.tensor([3, 5, 5, 3, 7]),
                "groups": torch.tensor([0, 0, 1, 1, 2]),
            }
        ),
        _crowd(12, 4, 5, 1, "many images"),
        _crowd(20, 5, 8, 7, "many images", "many people"),
    ),
    mistakes=(
        Mistake(
            "all others",
            {"left_out": "all others"},
            "You leave out everybody else, and compare within one hand: the condition "
            "is the wrong way round.",
            "spotify/annoy issue 543, what a search should leave out",
        ),
        Mistake(
            "its label",
            {"left_out": "its label"},
            "You leave out images with the same *label*, so no answer can be right. "
            "Leave out those of the same group.",
            "lmcinnes/pynndescent issue 96, neighbours of one class",
        ),
        Mistake(
            "itself again",
            {"left_out": "its group, but itself"},
            "Now the image finds itself, at distance 0. It belongs to its own group, "
            "too: leave out both.",
            "facebookresearch/faiss issue 1143, the search includes the image itself",
        ),
        Mistake(
            "zero",
            {"left_out": "its group, at 0"},
            "What you leave out is at distance 0, which is nearest of all. Put it "
            "infinitely far away.",
            "enormandeau/stacks_workflow pull request 50, ties at distance 0",
        ),
        Mistake(
            "index",
            {"gives": "index"},
            "That is which image is nearest. Its label is asked for.",
            "tidymodels/themis pull request 303, neighbours by their row",
        ),
        Mistake(
            "group",
            {"gives": "group"},
            "That is who made the nearest image. Its label is asked for.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Which distances must not count, besides those on the diagonal?",
        "groups[:, None] == groups is True where two images are by one hand.",
        "far[groups[:, None] == groups] = torch.inf",
    ),
    answer='''
def nearest_label(distances, labels, groups):
    """(N, N), (N,) and (N,) to the label of the nearest image by others, (N,)."""
    far = distances.clone()
    far[groups[:, None] == groups] = torch.inf
    return labels[far.argmin(1)]
'''.strip(),
)


# --- Five tables, five pens

TABLES = Decide(
    key="tables",
    task=(
        "Five tables of six pupils make a folder. Each table has a pen of its own and "
        "draws one symbol, each pupil twenty times. Whole pupils are held out, and a "
        "network reads 99 %. What does this say?"
    ),
    level=2,
    minutes=4,
    practises=SPLITTING,
    claims=(
        "it reads the symbols of new pupils",
        "it may read pens instead of symbols; nobody knows",
        "nothing, for 600 images are too few",
        "it reads the symbols of new pupils, if the interval is over pupils",
    ),
    reasons=(
        "no pupil is on both sides of the split",
        "a pen is on both sides of the split, and belongs to one symbol",
        "an interval over groups covers whatever the groups share",
        "a network needs thousands of images of a class",
    ),
    right=("B", 2),
    mistakes=(
        Mistake(
            "no pupil twice",
            ("A", 1),
            "No pupil is on both sides, true. But the held-out pupils used the pen of "
            "their table, and the network has seen it, always with this symbol.",
            "fastai/fastai issue 2724, split by patient and nothing else",
        ),
        Mistake(
            "symbols",
            ("A", None),
            "Could a network reach 99 % here that looks at the pen alone?",
            "lindawangg/COVID-Net issue 20, the class or the data source?",
        ),
        Mistake(
            "too few",
            ("C", None),
            "More images made in this way would not help: the pen would tell the "
            "class in each of them.",
            "ieee8023/covid-chestxray-dataset issue 171, a source for each class",
        ),
        Mistake(
            "interval",
            ("D", None),
            "The interval over pupils says how far the luck of the pupils reaches. "
            "That all pupils of a symbol share a pen is no luck, and it does not see "
            "it.",
            "ieee8023/covid-chestxray-dataset issue 37, is it the origin?",
        ),
        Mistake(
            "no pupil, but pens",
            ("B", 1),
            "The claim holds. That no pupil is on both sides speaks for the split.",
            "upura/python-kaggle-start-book issue 44, what a split by group is for",
        ),
        Mistake(
            "covered",
            ("B", 3),
            "The claim holds, the reason does not: an interval covers chance, not a "
            "mix-up of pen and symbol.",
            "UCSD-AI4H/COVID-CT issue 3, a classifier of sources",
        ),
        Mistake(
            "many needed",
            ("B", 4),
            "The claim holds, but it has nothing to do with how many images there are.",
            "ieee8023/covid-chestxray-dataset issue 171, a source for each class",
        ),
    ),
    hints=(
        "What do all images of one symbol have in common, besides the symbol?",
        "Is that on both sides of the split, too?",
        "Whatever goes with the class on both sides can be learned in its place. (The "
        "remedy: every pupil draws every symbol, with several pens.)",
    ),
    answer='"B", because=2, sure=80',
)


# --- Labels in doubt

RELABEL = Decide(
    key="relabel",
    task=(
        "On twelve images of a folder the held-out networks contradict the label. What "
        "becomes of these labels?"
    ),
    level=2,
    minutes=4,
    practises=SIGNING,
    claims=(
        "each becomes what the networks read",
        "somebody reads the twelve blind; where he contradicts the label, it is "
        "mended, and both accuracies are reported",
        "the twelve images are removed",
        "all stay as they are, and nobody looks",
    ),
    reasons=(
        "a network that has not seen an image judges it without prejudice",
        "label and network may each be wrong, and only the image can tell",
        "wrong labels lower the accuracy",
        "a label is right by definition",
    ),
    right=("B", 2),
    mistakes=(
        Mistake(
            "as read",
            ("A", None),
            "Then every error becomes a hit, and the accuracy is 100 % whatever the "
            "network does.",
            "cleanlab/cleanlab issue 112, the reading as the new label",
        ),
        Mistake(
            "removed",
            ("C", None),
            "With them go the images that the network cannot read. What is left is "
            "easy, and the accuracy is 100 % whatever the network does.",
            "cleanlab/cleanlab issue 1158, doubtful test images removed",
        ),
        Mistake(
            "nobody looks",
            ("D", None),
            "Wrong labels count as errors of the network then, and nobody learns that "
            "some are. Looking is no cheating, if all is reported.",
            "cleanlab/cleanlab issue 941, label and reading differ",
        ),
        Mistake(
            "without prejudice",
            ("B", 1),
            "The claim holds. If that were reason enough, nobody would have to look.",
            "cleanlab/cleanlab pull request 520, readings of held-out images",
        ),
        Mistake(
            "lower",
            ("B", 3),
            "The claim holds. But a better number is no reason to touch a label; that "
            "the image contradicts it is one.",
            "cleanlab/cleanlab issue 1158, a good result after removal",
        ),
        Mistake(
            "by definition",
            ("B", 4),
            "Then none could be mended. Somebody has put the file into a folder, and "
            "may have slipped.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "What would the accuracy be after each of the four?",
        "Who has more to go by than the network and the folder?",
        "Blind, so that neither of the two answers is in his mind. Both accuracies, "
        "because only doubtful labels were looked at.",
    ),
    answer='"B", because=2, sure=80',
)


EXERCISES: tuple = (
    GROUPED_FOLDS,
    WORTH,
    STRANGER,
    TABLES,
    RELABEL,
    Predict(
        "same_maker",
        "For how many images in a hundred is the most similar other image by the same "
        "maker?",
        77.5,
        near=0.1,
    ),
    Predict(
        "somebody_else",
        "Of 100 of these digits, how many does the network of 06 read?",
        98.5,
        near=0.01,
    ),
)
