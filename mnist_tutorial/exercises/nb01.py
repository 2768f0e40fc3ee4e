"""Exercises and predictions of 01 Background."""

import random
from typing import Any

import torch
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

TENSOR = "say what a tensor is, read its shape, and average along the axis you mean"
CLASSIFIER = (
    "build a classifier in a few lines, and measure it on images it did not learn from"
)
PERFECT = "say why a perfect score can mean nothing"
EXPERIMENT = "say what a vote of pixels does not know"


# --- Which axis disappears

Shape = tuple[int, ...]


def _axes(
    n: int,
    height: int,
    width: int,
    *,
    named: str = "disappear",
    number: Shape = (),
    start: int = 0,
    both: bool = True,
    flat: bool = False,
) -> tuple[Shape, Shape, Shape]:
    """The shapes of mean(0), mean((1, 2)) and mean(); each keyword is a mistake."""
    shape = (n, height, width)

    def after(*axes: int) -> Shape:
        gone = {axis - start for axis in axes}
        numbered = list(enumerate(shape))
        return {
            "disappear": tuple(size for k, size in numbered if k not in gone),
            "stay": tuple(size for k, size in numbered if k in gone),
            "become 1": tuple(1 if k in gone else size for k, size in numbered),
        }[named]

    one = after(start)
    two = after(1, 2) if both else after(1)
    three = (1, 1, 1) if named == "become 1" else number
    return ((height * width,) if flat else one, two, three)


def _sizes(rng: random.Random) -> dict[str, Any]:
    n, height, width = rng.sample(range(3, 60), 3)
    return {"n": n, "height": height, "width": width}


def _axes_working(n: int, height: int, width: int) -> str:
    shape = shown((n, height, width))
    return (
        f"mean(0) takes axis 0 out of {shape}: {shown((height, width))} is left.\n"
        f"mean((1, 2)) takes the axes 1 and 2 out of it: {shown((n,))} is left.\n"
        "mean() takes all: nothing is left, ().\n"
        f"All three: {shown(_axes(n, height, width))}"
    )


AXES = Compute(
    key="axes",
    task=(
        "`maps` has the shape ({n}, {height}, {width}). Which shapes have "
        "`maps.mean(0)`, `maps.mean((1, 2))` and `maps.mean()`? Answer with a tuple of "
        "three tuples; the shape of a single number is ()."
    ),
    level=1,
    minutes=4,
    practises=TENSOR,
    reference=_axes,
    numbers={"n": 50, "height": 28, "width": 20},
    draw=_sizes,
    working=_axes_working,
    mistakes=(
        Mistake(
            "stay",
            {"named": "stay"},
            "You keep the axes that are named. They are the ones that disappear: the "
            "mean runs along them.",
            "numpy/numpy issue 16697, which axis a sum of rows collapses",
        ),
        Mistake(
            "become 1",
            {"named": "become 1"},
            "An axis that is averaged away does not stay with length 1, unless you ask "
            "for it with keepdim=True.",
            "swcarpentry/python-novice-inflammation issue 898, (40,) or 40 × 1",
        ),
        Mistake(
            "one is a list",
            {"number": (1,)},
            "A single number has no axis at all, not even one of length 1: ().",
            JUDGEMENT,
        ),
        Mistake(
            "from 1",
            {"start": 1},
            "Axes are counted from 0: axis 0 is the first.",
            "swcarpentry/python-novice-inflammation issue 321, which number is which",
        ),
        Mistake(
            "first only",
            {"both": False},
            "mean((1, 2)) names two axes, and both disappear.",
            JUDGEMENT,
        ),
        Mistake(
            "flat",
            {"flat": True},
            "mean(0) leaves rows and columns as they are: two axes, not one long list.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "The axis that you name is the axis that disappears.",
        "Cross out, in the shape, the axis or the axes that are named. What is left?",
        "mean() names all axes, so nothing is left: ().",
    ),
    answer="((28, 20), (50,), ())",
)


# --- The nearest mean


def _nearest(
    images: Tensor,
    means: Tensor,
    *,
    pick: str = "nearest",
    distance: str = "squared",
    over: str = "classes",
) -> Tensor:
    """The class of the nearest mean; each keyword is a mistake."""
    gaps = images[:, None] - means  # (N, C, H, W)
    measures = {
        "squared": lambda: gaps.square().sum((2, 3)),
        "signed": lambda: gaps.sum((2, 3)),
        "absolute": lambda: gaps.abs().sum((2, 3)),
        "product": lambda: -(images[:, None] * means).sum((2, 3)),
        "first row": lambda: gaps[:, :, 0].square().sum(2),
    }
    measure = measures[distance]()
    if pick == "farthest":
        measure = -measure
    return measure.argmin(0 if over == "images" else 1)


NEAREST = Write(
    key="nearest_mean",
    task=(
        "Write the classifier yourself, from images and ten mean images to labels. An "
        "image gets the class whose mean image is nearest; the distance is the sum of "
        "squared differences of all pixels."
    ),
    level=1,
    minutes=6,
    practises=CLASSIFIER,
    oracle="torch.cdist",
    reference=_nearest,
    cases=(
        Case(
            {
                "images": torch.tensor([[[0.0, 0.0]]]),
                "means": torch.tensor([[[3.0, 0.0]], [[1.0, 1.0]]]),
            }
        ),
        Case(
            {
                "images": torch.tensor([[[0.0, 0.0]], [[4.0, 0.0]], [[-2.0, 1.0]]]),
                "means": torch.tensor([[[3.0, 0.0]], [[2.0, 2.0]]]),
            },
            tags=("several images",),
        ),
        Case(
            {
                "images": whole(4, 3, 2, low=-4, high=5, seed=1),
                "means": whole(3, 3, 2, low=-4, high=5, seed=2),
            },
            tags=("several images", "rows"),
        ),
        Case(
            {"images": fractions(7, 4, 3, seed=3), "means": fractions(5, 4, 3, seed=4)},
            tags=("several images", "rows", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "farthest",
            {"pick": "farthest"},
            "You take the largest distance. The nearest mean has the smallest.",
            "hil-se/fds issue 40, argmax in place of argmin",
        ),
        Mistake(
            "signed",
            {"distance": "signed"},
            "Differences above and below 0 cancel. Square them before the sum.",
            "onnx/sklearn-onnx pull request 387, distances below 0",
        ),
        Mistake(
            "over images",
            {"over": "images"},
            "You ask for each class which image is nearest. Ask for each image which "
            "class is: argmin over the axis of the classes.",
            "radiasoft/sirepo issue 2896, argmin over the wrong axis",
        ),
        Mistake(
            "product",
            {"distance": "product"},
            "That is a weighted vote, the largest product, and bright means win it. "
            "A distance compares differences.",
            JUDGEMENT,
        ),
        Mistake(
            "absolute",
            {"distance": "absolute"},
            "That is the sum of absolute differences: another distance, often with the "
            "same answer. Here the squares are asked for.",
            JUDGEMENT,
        ),
        Mistake(
            "first row",
            {"distance": "first row"},
            "Only the first row of pixels is compared.",
            "scikit-learn/scikit-learn pull request 3750, one feature for all",
        ),
    ),
    hints=(
        "images[:, None] - means has the shape (N, C, H, W): every image against every "
        "mean.",
        "Square it, and sum over the two axes of the pixels: (N, C) distances.",
        "Of each row, argmin(1) is the class with the smallest distance.",
    ),
    answer='''
def my_nearest_mean(images, means):
    """(N, H, W) images and (C, H, W) means to (N,) labels."""
    gaps = images[:, None] - means  # (N, C, H, W)
    distances = gaps.square().sum((2, 3))  # (N, C)
    return distances.argmin(1)
'''.strip(),
)


# --- A score that counts its own images


def _score(
    images: Tensor,
    labels: Tensor,
    size: int,
    *,
    tested: str = "others",
    learned: str = "first",
    pick: str = "nearest",
) -> Tensor:
    """The accuracy of the nearest of two means; each keyword is a mistake."""
    parts = {
        "first": slice(None, size),
        "others": slice(size, None),
        "all": slice(None),
        "others but one": slice(size + 1, None),
    }
    own = parts[learned]
    means = torch.stack([images[own][labels[own] == c].mean(0) for c in range(2)])
    distances = torch.cdist(images.flatten(1), means.flatten(1))
    preds = distances.argmin(1) if pick == "nearest" else distances.argmax(1)
    right = preds == labels
    if tested == "shifted":
        right = preds[size:] == labels[:-size]
    elif tested == "of all":
        return right[size:].double().sum() / len(labels)
    else:
        right = right[parts[tested]]
    return right.double().mean()


def _exam(n: int, size: int, seed: int, step: float = 2.0) -> dict[str, Any]:
    """Images of two classes that overlap, so that scores are not 0 or 1."""
    labels = torch.tensor([k.bit_count() % 2 for k in range(n)])  # 0 1 1 0 1 0 0 1 …
    images = whole(n, 2, 2, low=-5, high=6, seed=seed)
    images = images + step * labels[:, None, None]
    return {"images": images, "labels": labels, "size": size}


SCORE_CODE = '''
def score(images, labels, size):
    """The accuracy, on the others, of two means of the first `size` images."""
    own, answers = images[:size], labels[:size]
    means = torch.stack([own[answers == c].mean(0) for c in range(2)])
    distances = torch.cdist(images.flatten(1), means.flatten(1))
    right = distances.argmin(1) == labels
    return right{}.double().mean()
'''.strip()


LEAK = Repair(
    key="leak",
    task=(
        "A classifier of two mean images learns from the first `size` images. Its "
        "score is better than it should be. Find out why, and change as little as you "
        "can."
    ),
    level=2,
    minutes=6,
    practises=CLASSIFIER,
    oracle="the images after the first `size`, one by one",
    reference=_score,
    given=SCORE_CODE.format(""),
    lines=2,
    cases=(
        Case(_exam(8, 4, seed=3)),
        Case(_exam(14, 4, seed=5), tags=("more to read than to learn from",)),
        Case(
            _exam(16, 10, seed=7, step=1.5),
            tags=("more to learn from than to read", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "all",
            {"tested": "all"},
            "The score still counts the images that the means were made of.",
            "robinreni96/Font_Recognition-DeepFont issue 2, one image on both sides",
        ),
        Mistake(
            "its own",
            {"tested": "first"},
            "Now it is measured on its own images alone. Measure on all the others.",
            "keras-team/keras issue 14582, a training accuracy of 1",
        ),
        Mistake(
            "learned from all",
            {"learned": "all"},
            "The score counts the others, but the means are made of all images: the "
            "exam was read before.",
            "udacity/deep-learning-v2-pytorch issue 132, the split comes too late",
        ),
        Mistake(
            "learned from others",
            {"learned": "others"},
            "Learning and exam have changed places, and now are the same images again.",
            "keras-team/keras issue 3196, one set for both",
        ),
        Mistake(
            "shifted",
            {"tested": "shifted"},
            "Answers and labels belong to different images: both must be cut alike.",
            "theislab/multimil issue 75, the two sides of a split",
        ),
        Mistake(
            "of all",
            {"tested": "of all"},
            "The right answers are counted on the others, but divided by the number of "
            "all images.",
            "apache/mxnet issue 8601, an accuracy that does not add up",
        ),
        Mistake(
            "one missing",
            {"tested": "others but one"},
            "The first of the others is left out: they begin at index `size`.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Which images does the last line count?",
        "`right` has one entry for each image, the first `size` included.",
        "right[size:]",
    ),
    answer=SCORE_CODE.format("[size:]"),
)


# --- What a score says

SCORE = Decide(
    key="score",
    task=(
        "A classifier reads 100 % of the images it learned from and 71 % of the "
        "validation images. (One that always says 1 reads 11 %.) What do you say?"
    ),
    level=1,
    minutes=3,
    practises=PERFECT,
    claims=(
        "it reads about 71 % of new digits",
        "it is finished: it makes no mistakes",
        "the validation images must be wrong",
        "it has learned nothing",
        "it reads about 85 %, the mean of the two",
    ),
    reasons=(
        "only images that had no part in the learning show what it can do",
        "a perfect score shows that it has understood",
        "whoever is right on all training images only stores them",
        "both scores count images, so both count alike",
        "what it gets wrong cannot have been labelled right",
    ),
    right=("A", 1),
    mistakes=(
        Mistake(
            "finished",
            ("B", None),
            "A dictionary of its own images has 100 %, too. The score that counts is "
            "that on images it has not seen.",
            "dotnet/machinelearning issue 737, an accuracy of 1",
        ),
        Mistake(
            "blames the exam",
            ("C", None),
            "Labels can be wrong, but not so many: a network of this notebook reads 99 "
            "% of the same images.",
            "keras-team/keras issue 1753, a quarrel about the validation data",
        ),
        Mistake(
            "nothing learned",
            ("D", None),
            "71 % is far above the 11 % of a classifier that does not look. It has "
            "learned something, though less than 100 % suggests.",
            "akaraspt/deepsleepnet issue 35, high on training and lower on test",
        ),
        Mistake(
            "mean",
            ("E", None),
            "The two scores answer different questions; their mean answers none.",
            "tensorflow/recommenders issue 249, what do the two scores mean?",
        ),
        Mistake(
            "stores only",
            ("A", 3),
            "The claim is right, the reason goes too far: what is stored only would "
            "reach no more than the floor on new images.",
            "metalaman/insuranceqa-pytorch issue 3, 100 % on the training set",
        ),
        Mistake(
            "other reason",
            ("A", None),
            "The claim is right. But why does the 71 count and the 100 not?",
            "weiaicunzai/pytorch-cifar100 issue 5, which set may choose",
        ),
    ),
    hints=(
        "What would the dictionary of this notebook report?",
        "Which of the two sets had a part in the learning?",
        "Believe the validation score; the floor says that it is not luck.",
    ),
    answer='"A", because=1, sure=90',
)


# --- Shuffle and shift

SHUFFLE = Decide(
    key="shuffle",
    task=(
        "Mirror every image, left to right, in training and in validation. Linear "
        "learns anew. What happens to its score?"
    ),
    level=2,
    minutes=4,
    practises=EXPERIMENT,
    claims=(
        "it stays exactly the same",
        "it falls to that of a guess",
        "it falls a little",
        "it rises a little",
    ),
    reasons=(
        "mirroring moves each pixel to another place, in all images alike, and a sum "
        "does not care about the order of its terms",
        "mirrored digits are no digits any more",
        "most digits look nearly the same in a mirror",
        "the classifier knows which pixels are neighbours, and neighbours stay "
        "neighbours in a mirror",
    ),
    right=("A", 1),
    mistakes=(
        Mistake(
            "lost",
            ("B", None),
            "That happens to a classifier that learned from other images than it "
            "reads. Here both are mirrored: its weights are mirrored, too.",
            "aimagelab/mammoth issue 38, another order in training than in test",
        ),
        Mistake(
            "a little worse",
            ("C", None),
            "Nothing is lost in a mirror: all numbers are there, at other places. To a "
            "weighted sum the place is only the name of a weight.",
            "bknyaz/examples issue 1, shuffled pixels and the same result",
        ),
        Mistake(
            "better",
            ("D", None),
            "There is nothing new to learn from: the same numbers at other places.",
            "MITDeepLearning/introtodeeplearning issue 50, why does a vote keep up?",
        ),
        Mistake(
            "looks alike",
            ("A", 3),
            "The claim is right, the reason is not: it holds for a 2 as well, and for "
            "any shuffle of the pixels. What does a sum not notice?",
            "Atcold/NYU-DLSP20 pull request 218, permuted MNIST",
        ),
        Mistake(
            "neighbours",
            ("A", 4),
            "The claim is right, the reason is not: linear gives the same answers "
            "after a shuffle that tears all neighbours apart.",
            "mdeff/cnn_graph issue 39, what a layer knows of the places",
        ),
        Mistake(
            "other reason",
            ("A", None),
            "The claim is right. But if mirrored digits were lost to it, its score "
            "would fall.",
            "Atcold/SP19-DL-collaborative-notes pull request 15, shuffled pixels",
        ),
    ),
    hints=(
        "Is mirroring a shuffle of the pixels, or something else?",
        "Write the sum of three pixels with their weights. Now exchange two pixels, "
        "and let the weights be learned anew.",
        "Every mirrored pixel gets the weight of the pixel that it was.",
    ),
    answer='"A", because=1, sure=80',
)


EXERCISES: tuple = (
    AXES,
    NEAREST,
    LEAK,
    SCORE,
    SHUFFLE,
    Predict(
        "misread", "How many of 5,000 images does the network misread?", 46, near=0.2
    ),
    Predict(
        "memory",
        "What does a dictionary score on new images?",
        11.24,
        unit=" %",
        near=0.1,
    ),
    Predict(
        "learned_anew",
        "What does linear score after it has learned from shuffled images?",
        84.6,
        unit=" %",
        near=0.01,
        how_sure=True,
    ),
    Predict(
        "moved",
        "What does linear still read after a shift by 3 pixels?",
        29.0,
        unit=" %",
        near=0.2,
        how_sure=True,
    ),
    Predict("windows", "How many parameters have 32 windows of 3 × 3?", 320),
    Predict(
        "who_falls", "Which learner gets worse when the pixels are shuffled?", "ConvNet"
    ),
    Predict(
        "squeezed",
        "Which moves cost linear more on squeezed digits, vertical or horizontal ones?",
        "vertical",
    ),
    Predict(
        "neighbour",
        "What does the nearest neighbour score?",
        93.6,
        unit=" %",
        near=0.05,
    ),
)
