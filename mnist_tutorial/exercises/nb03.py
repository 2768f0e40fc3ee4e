"""Exercises of 03 Data."""

import torch
from torch import Tensor

from mnist_tutorial import data
from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.exercise import Mistake
from mnist_tutorial.exercises.numbers import whole
from mnist_tutorial.exercises.write import Write


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
    return torch.stack([levels[0], levels[1].flip(0, 1)])


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
        "the inverse of `normalise`, from `(N, 1, 28, 28)` float32 back to the bytes "
        "of the file, `(N, 28, 28)` uint8."
    ),
    level=1,
    minutes=8,
    practises="turn bytes into the tensor that a network takes, and check each step",
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

EXERCISES: tuple = (DENORMALISE,)
