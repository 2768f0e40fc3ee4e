"""Exercises and predictions of 03 Data."""

import random
from typing import Any

import torch
from torch import Tensor

from mnist_tutorial import data
from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import whole
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

FILES = "read the files of MNIST byte by byte"
STEPS = "turn bytes into the tensor that a network takes, and check each step"
SPLIT = "split without leakage, and say what even a clean split does not promise"
CHECK = "choose the check that would have caught a given fault"


# --- Where a pixel stands in the file


def _byte(
    image: int,
    row: int,
    column: int,
    *,
    header: int = 16,
    first: int = 0,
    swapped: bool = False,
    width: int = 1,
    counted: int = 0,
) -> int:
    """The byte at which a pixel begins; each keyword is a mistake."""
    if swapped:
        row, column = column, row
    pixels = (image - first) * 28 * 28 + row * 28 + column
    return header + width * pixels + counted


def _place(rng: random.Random) -> dict[str, Any]:
    return {
        "image": rng.randrange(2, 50),
        "row": rng.randrange(1, 27),
        "column": rng.randrange(1, 27),
    }


def _byte_working(image: int, row: int, column: int) -> str:
    before = image * 784
    return (
        f"The header takes the bytes 0 to 15.\n"
        f"{image} images come before: {image} · 28 · 28 = {before} bytes.\n"
        f"{row} rows come before: {row} · 28 = {28 * row} bytes; then {column} "
        f"pixels.\n16 + {before} + {28 * row} + {column} = "
        f"{_byte(image, row, column)}"
    )


BYTE = Compute(
    key="byte",
    task=(
        "In the file of the images, which byte is the pixel in row {row}, column "
        "{column} of image {image}? Bytes, images, rows and columns are counted from 0."
    ),
    level=1,
    minutes=4,
    practises=FILES,
    reference=_byte,
    numbers={"image": 5, "row": 2, "column": 3},
    draw=_place,
    working=_byte_working,
    mistakes=(
        Mistake(
            "no header",
            {"header": 0},
            "The header is forgotten: the first pixel is byte 16, not byte 0.",
            "martinberlin/eink-calendar issue 11, images read too early",
        ),
        Mistake(
            "header of labels",
            {"header": 8},
            "That is with the 8 bytes of the labels' header. The header of the images "
            "has three sizes, and so 16 bytes.",
            "facebookresearch/qmnist issue 1, another header skipped",
        ),
        Mistake(
            "images from 1",
            {"first": 1},
            "Images are counted from 0, so before image 5 stand five, 0 to 4.",
            "gskielian/JPG-PNG-to-MNIST-NN-Format issue 3, counts in the header",
        ),
        Mistake(
            "swapped",
            {"swapped": True},
            "Row and column are swapped: a whole row of 28 pixels lies between a pixel "
            "and the one below it.",
            "tensorflow/models pull request 2024, pixels in another column",
        ),
        Mistake(
            "four bytes",
            {"width": 4},
            "That is with four bytes for each pixel, as in float32. Type 08 in the "
            "header means one byte.",
            "facebookresearch/qmnist issue 1, uint32 in place of its type",
        ),
        Mistake(
            "bytes from 1",
            {"counted": 1},
            "The first byte of the file is byte 0, so the first pixel is byte 16.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "What stands in the file before this pixel?",
        "A header, whole images, whole rows, some pixels. How many bytes has each?",
        "16 + 784 for each image before + 28 for each row before + the column.",
    ),
    answer="3995",
)


# --- A split that keeps writers apart


def _held_out(
    writers: Tensor,
    chance: Tensor,
    share: float,
    *,
    by: str = "writer",
    answer: str = "marks",
) -> Tensor:
    """Which images are held out; each keyword is a mistake."""
    N, W = len(writers), len(chance)
    if by == "first writers":
        picked = torch.arange(W) < share * W
    elif by == "argsort":
        picked = chance.argsort() < share * W
    else:
        picked = chance < share
    of_image = {
        "in turn": torch.arange(N) % W,
        "in blocks": torch.arange(N) * W // N,
    }.get(by, writers)
    marks = picked if answer == "writers" else picked[of_image]
    return marks.nonzero().flatten() if answer == "positions" else marks


def _files(writers: list[int], chance: list[float], share: float, *tags: str) -> Case:
    return Case(
        {
            "writers": torch.tensor(writers),
            "chance": torch.tensor(chance),
            "share": share,
        },
        tags,
    )


WRITERS = Repair(
    key="writers",
    task=(
        "A colleague has the writer of each image. Whole writers are to be held out: "
        "those whose random number is below `share`, with all their images. In his "
        "first file the writers took turns, 0, 1, 2, 0, 1, 2 and so on. In yours they "
        "do not. Find the line, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=SPLIT,
    oracle="a split by writers",
    reference=_held_out,
    given='''
def by_writer(writers, chance, share):
    """(N,) writer of each image, (W,) number of each writer, to (N,) bool."""
    picked = chance < share  # (W,): the writers that are held out
    turns = torch.arange(len(writers)) % len(chance)
    return picked[turns]
'''.strip(),
    lines=2,  # the turns are not needed any more
    cases=(
        _files([1, 0], [0.0, 1.0], 1.0),
        _files([2, 2, 1, 0, 0, 0, 1], [0.7, 0.1, 0.4], 0.5, "more images of some"),
        _files(
            [3, 1, 4, 4, 2, 0, 4, 2, 1, 3, 0],
            [0.35, 0.9, 0.2, 0.6, 0.45],
            0.4,
            "several writers",
        ),
    ),
    mistakes=(
        Mistake(
            "in turn",
            {"by": "in turn"},
            "Images are still given to the writers in turn. `writers` says who wrote "
            "each one.",
            "UCSD-AI4H/COVID-CT issue 11, a patient on both sides",
        ),
        Mistake(
            "in blocks",
            {"by": "in blocks"},
            "This takes the file for equal blocks, one for each writer. `writers` says "
            "who wrote each image.",
            "theislab/multimil issue 75, samples on both sides",
        ),
        Mistake(
            "first writers",
            {"by": "first writers"},
            "The first writers are held out, whatever their numbers. Who is held out "
            "is for `chance` to say.",
            "mahmoodlab/CLAM issue 269, splits that are not what they seem",
        ),
        Mistake(
            "argsort",
            {"by": "argsort"},
            "chance.argsort() lists the writers from the smallest number up; it is not "
            "the rank of each writer. Compare the numbers themselves with `share`.",
            JUDGEMENT,
        ),
        Mistake(
            "marks of writers",
            {"answer": "writers"},
            "There is one mark for each writer. Each image needs one: that of the "
            "writer it is from.",
            "jspunda/prostatex issue 34, what is to be split",
        ),
        Mistake(
            "positions",
            {"answer": "positions"},
            "These are the places of the images that are held out. A mark, True or "
            "False, for every image is asked for.",
            "lifangda01/AdaptiveSupervisedPatchNCE issue 6, lists of two sets",
        ),
    ),
    hints=(
        "`picked` is right. Which line says whose image is whose?",
        "The line with `turns` guesses it. Which argument knows?",
        "An index for each image, the number of its writer, picks that writer's mark: "
        "picked[writers].",
    ),
    answer='''
def by_writer(writers, chance, share):
    """(N,) writer of each image, (W,) number of each writer, to (N,) bool."""
    picked = chance < share  # (W,): the writers that are held out
    return picked[writers]
'''.strip(),
)


# --- Which statistics

STATISTICS = Decide(
    key="statistics",
    task=(
        "The network has learned. With which mean and deviation do you normalise the "
        "test images, and why? Answer with a letter, a number, and how sure you are."
    ),
    level=1,
    minutes=4,
    practises=STEPS,
    claims=(
        "those of the test images",
        "those of the training images",
        "those of all 70,000 images",
        "those of the batch at hand",
        "0.5 and 0.5, as in many scripts",
    ),
    reasons=(
        "they fit the images best",
        "the network has learned what a value means on this scale",
        "the more images, the more exact the mean",
        "the result does not depend on the constants",
    ),
    right=("B", 2),
    mistakes=(
        Mistake(
            "their own",
            ("A", None),
            "A number taken from the test images is a look at the exam. And whoever "
            "uses the network has one image, without a mean of its own.",
            "deepchem/deepchem issue 51; keras-team/keras issue 3245",
        ),
        Mistake(
            "of all",
            ("C", None),
            "Then the test images have a part in how the network is trained: a leak, "
            "if a small one.",
            "EricGuo5513/HumanML3D issue 28; d2l-ai/d2l-en pull request 1595",
        ),
        Mistake(
            "of the batch",
            ("D", None),
            "Then the answer for an image depends on which others come with it, and "
            "for a batch of one the image itself decides its brightness.",
            "gzerveas/mvts_transformer issue 26, statistics of what comes",
        ),
        Mistake(
            "another constant",
            ("E", None),
            "Any constants do if training used the same ones. This network was trained "
            "with others, and to it every image would look too pale or too dark.",
            "moelgendy/deep_learning_for_vision_systems issue 50",
        ),
        Mistake(
            "fits",
            ("B", 1),
            "The choice is right, the reason is not: their own mean would fit the test "
            "images better. What does the network expect?",
            "eeyhsong/EEG-Conformer issue 47, why the same for both",
        ),
        Mistake(
            "exact",
            ("B", 3),
            "The choice is right, the reason is not: all 70,000 would be more exact "
            "still. What does the network expect?",
            "wengwenchao123/DDGCRN issue 4, statistics of the whole",
        ),
        Mistake(
            "no matter",
            ("B", 4),
            "The choice is right, but constants do matter: with pixels normalised "
            "twice the network sees other values than it learned from.",
            "timeseriesAI/tsai issue 6, on purpose or not",
        ),
    ),
    hints=(
        "Who will use the network, and what does that person have?",
        "A grey level of 100 became some number in training. What must it become now?",
        "The constants are part of the network, as its weights are.",
    ),
    answer='"B", because=2, sure=90',
)


# --- Which check

WHICH_CHECK = Decide(
    key="which_check",
    task=(
        "A list was off by one, and each image has the label of the next one. Which of "
        "the five checks notices, and why? Answer with a letter, a number, and how "
        "sure you are."
    ),
    level=1,
    minutes=3,
    practises=CHECK,
    claims=(
        "shapes_fit",
        "labels_in_range",
        "scale_fits",
        "corners_dark",
        "classes_differ",
    ),
    reasons=(
        "it compares how many images and labels there are",
        "it asks whether labels say anything about images",
        "a wrong label stands out among the others",
        "wrong labels change the pixels of a batch",
    ),
    right=("E", 2),
    mistakes=(
        Mistake(
            "lengths",
            ("A", None),
            "The list has as many labels as before, and their shape is the same.",
            "LabeliaLabs/distributed-learning-contributivity issue 57, offset by one",
        ),
        Mistake(
            "range",
            ("B", None),
            "All labels are still digits from 0 to 9. They only stand beside other "
            "images.",
            "udacity/sdc-issue-reports issue 1326, labels that do not match",
        ),
        Mistake(
            "scale",
            ("C", None),
            "No pixel has changed, so their mean and deviation are the right ones.",
            JUDGEMENT,
        ),
        Mistake(
            "corners",
            ("D", None),
            "The images are in order: black corners stay black. The fault is in the "
            "labels.",
            "tensorflow/tensorflow issue 21033, images in order, labels not",
        ),
        Mistake(
            "counting",
            ("E", 1),
            "The check is right, the reason is not: there are as many labels as "
            "images. What does it compute from both?",
            "dennybritz/cnn-text-classification-tf issue 136",
        ),
        Mistake(
            "stands out",
            ("E", 3),
            "The check is right, the reason is not: each label alone is an ordinary "
            "digit. Only beside its image it is wrong.",
            "ck37/coral-ordinal issue 6, labels of another order",
        ),
        Mistake(
            "pixels",
            ("E", 4),
            "The check is right, but labels change no pixel. They say which images are "
            "averaged together.",
            "Borda/kaggle_image-classify pull request 12, labels before a shuffle",
        ),
    ),
    hints=(
        "Which of the five look at images and labels together?",
        "Two do. One of them only counts.",
        "If labels say nothing, what do ten mean images look like?",
    ),
    answer='"E", because=2, sure=90',
)


# --- Back to the bytes


def _case(pixels: Tensor, mean: float, std: float, *tags: str) -> Case:
    """Grey levels (N, 28, 28), normalised."""
    images = (pixels[:, None] / 255 - mean) / std
    return Case({"images": images, "mean": mean, "std": std}, tags)


def _ramp() -> Tensor:
    """One image whose levels from 0 to 255 go up by 51, tenths of which are whole."""
    return (torch.arange(28 * 28) % 6 * 51.0).view(1, 28, 28)


def _all_levels() -> Tensor:
    """Two images that hold 0 and 255 and what lies between, each in its own order."""
    levels = torch.arange(2 * 28 * 28).remainder(256).view(2, 28, 28).float()
    return torch.stack([levels[0], levels[1].rot90(2)])


def _some_levels() -> Tensor:
    """Three images without 0 and 255; one of them is flat."""
    images = whole(3, 28, 28, low=9, high=201, seed=1)
    images[1] = 37
    return images


def _denormalise(
    images: Tensor,
    mean: float,
    std: float,
    *,
    steps: str = "",
    constants: str = "own",
    level: str = "rounded",
    axes: str = "channel",
) -> Tensor:
    """Back to the pixels of the file; each keyword is a mistake."""
    if constants == "global":
        mean, std = data.MEAN, data.STD
    shares = {
        "": images * std + mean,
        "reverse": (images + mean) * std,
        "again": (images - mean) / std,
        "stretched": (images - images.min()) / (images.max() - images.min()),
    }[steps]
    levels = {
        "rounded": (shares * 255).round().byte(),
        "cut": (shares * 255).byte(),
        "float": shares * 255,
        "share": shares,
        "byte of share": shares.byte(),
        "byte of rounded share": shares.round().byte(),
    }[level]
    return {
        "channel": levels.squeeze(1),
        "all": levels.squeeze(),
        "kept": levels,
    }[axes]


DENORMALISE = Write(
    key="denormalise",
    task=(
        "Write the inverse of `normalise`, from `(N, 1, 28, 28)` float32 back to the "
        "bytes of the file, `(N, 28, 28)` uint8."
    ),
    level=1,
    minutes=8,
    practises=STEPS,
    oracle="the pixels of the file",
    reference=_denormalise,
    same_dtype=True,
    cases=(
        _case(_ramp(), 0.0, 1.0, "one image"),
        _case(_all_levels(), 0.5, 0.25),
        _case(_some_levels(), data.MEAN, data.STD, "images without 0 and 255"),
    ),
    mistakes=(
        Mistake(
            "cut",
            {"level": "cut"},
            "Some pixels end one level too dark: .byte() cuts the decimals off, and "
            "6.9999 becomes 6. Round first.",
            "pytorch/vision pull request 9646",
        ),
        Mistake(
            "order",
            {"steps": "reverse"},
            "The steps are in the wrong order: normalise subtracts the mean and then "
            "divides, so the way back multiplies first and then adds.",
            "dmlc/gluon-cv pull request 181",
        ),
        Mistake(
            "share",
            {"level": "share"},
            "The values lie between 0 and 1; the pixels of the file go to 255.",
            "discuss.pytorch.org/t/12385",
        ),
        Mistake(
            "byte of share",
            {"level": "byte of share"},
            "Grey levels from 0 to 255 are made into bytes; yours were still between 0 "
            "and 1, and nearly all become 0.",
            "Deci-AI/super-gradients pull request 1202",
        ),
        Mistake(
            "byte of rounded share",
            {"level": "byte of rounded share"},
            "Grey levels from 0 to 255 are made into bytes; yours were still between 0 "
            "and 1, and rounded to black or white. Multiply by 255 before you round.",
            "Deci-AI/super-gradients pull request 1202",
        ),
        Mistake(
            "float",
            {"level": "float"},
            "The numbers are right; only the dtype is not: round, then .byte().",
            "deepchecks/deepchecks issue 1177, uint8 expected",
        ),
        Mistake(
            "channel kept",
            {"axes": "kept"},
            "The numbers are right; an axis is left over: (N, 1, 28, 28) must become "
            "(N, 28, 28).",
            "discuss.pytorch.org/t/12385",
        ),
        Mistake(
            "squeezed",
            {"axes": "all"},
            "squeeze() removes every axis of length 1, so a batch of one image loses "
            "the axis of the batch. Say which: squeeze(1).",
            "NVIDIA/tacotron2 pull request 303",
        ),
        Mistake(
            "constants",
            {"constants": "global"},
            "The mean and std of MNIST are used, whatever is passed. Other data have "
            "others: use the arguments.",
            "chairc/Integrated-Design-Diffusion-Model pull request 104",
        ),
        Mistake(
            "normalised again",
            {"steps": "again"},
            "This normalises once more. The way back multiplies by the std and adds "
            "the mean.",
            "jonzhaocn/cnnmrf-pytorch issue 5",
        ),
        Mistake(
            "stretched",
            {"steps": "stretched"},
            "This stretches the values between the darkest and the brightest. It looks "
            "perfect, but where no pixel is 0 or 255 the levels are wrong: use mean "
            "and std.",
            "alan-turing-institute/rds-course pull request 88, NORM_MINMAX for display",
        ),
    ),
    hints=(
        "What did `normalise` do to a pixel, step by step?",
        "Undo the last step first: multiply by std, add mean, multiply by 255.",
        "Bytes are whole numbers: round before .byte(). And which axis has to go?",
    ),
    answer="""
def my_denormalise(images, mean, std):
    return (images * std + mean).mul(255).round().byte().squeeze(1)
""".strip(),
)


EXERCISES: tuple = (
    BYTE,
    WRITERS,
    STATISTICS,
    WHICH_CHECK,
    DENORMALISE,
    Predict(
        "by_accident",
        "How many of the labels read too early are right by accident, in per cent?",
        8.9,
        " %",
        near=0.13,
    ),
    Predict(
        "odd_positions",
        "Which digits stand at the first ten odd positions?",
        tuple(range(10)),
    ),
    Predict(
        "broken",
        "Which of the twelve batches are broken?",
        frozenset({1, 2, 3, 7, 8, 12}),
    ),
    Predict(
        "passes",
        "Which fault passes all five checks?",
        "rows and columns swapped",
    ),
    Predict(
        "grey", "How many pixels with ink are grey, in per cent?", 96.5, " %", near=0.01
    ),
)
