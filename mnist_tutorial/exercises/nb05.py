"""Exercises of 05 Backpropagation."""

import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.write import Write


def _backward(
    grad_output: Tensor,
    shape: tuple[int, int],
    *,
    share: float = 0.25,
    placed: str = "windows",
    rest: str = "",
    cut: bool = False,
) -> Tensor:
    """The gradient of 2 × 2 average pooling; each keyword is a mistake."""
    rows, columns = (
        n - 2 * m for n, m in zip(shape, grad_output.shape[2:], strict=True)
    )
    spread = {
        "windows": grad_output.repeat_interleave(2, 2).repeat_interleave(2, 3),
        "tiled": grad_output.repeat(1, 1, 2, 2),
        "corner": F.interpolate(grad_output, scale_factor=2),
    }[placed]
    if placed == "corner":
        spread[:, :, 1::2], spread[:, :, :, 1::2] = 0, 0
    shares = (spread * share).floor() if cut else spread * share
    if rest == "stretched":
        return F.interpolate(shares, size=shape)
    edges = (0, columns, 0, rows) if rest != "left off" else (0, 0, 0, 0)
    if rest == "repeated":
        return F.pad(shares, edges, mode="replicate")
    return F.pad(shares, edges)


AVERAGE_POOL_BACKWARD = Write(
    key="average_pool_backward",
    task=(
        "the way back through average pooling, 2 × 2 with stride 2. Which pixel had "
        "which share in the average?"
    ),
    level=2,
    minutes=10,
    practises=(
        "write the way back through convolution, ReLU, max pooling and cross-entropy"
    ),
    oracle="autograd",
    reference=_backward,
    cases=(
        Case({"grad_output": whole(1, 1, 1, 2, low=1) * 4, "shape": (2, 4)}),
        Case(
            {"grad_output": whole(1, 1, 1, 2, seed=1, low=1) * 4, "shape": (3, 5)},
            tags=("an odd size",),
        ),
        Case(
            {"grad_output": fractions(2, 3, 4, 2), "shape": (8, 5)},
            tags=("an odd size", "fractions"),
        ),
        Case(
            {"grad_output": fractions(3, 2, 1, 4, seed=1), "shape": (3, 8)},
            tags=("an odd size", "fractions", "an odd number of rows only"),
        ),
    ),
    mistakes=(
        Mistake(
            "whole",
            {"share": 1.0},
            "Each pixel gets the whole gradient. It had a quarter of the say, so it "
            "gets a quarter.",
            "dotnet/TorchSharp pull request 189, the divisor",
        ),
        Mistake(
            "half",
            {"share": 0.5},
            "Each pixel gets half. A window has two rows and two columns: four pixels.",
            JUDGEMENT,
        ),
        Mistake(
            "corner",
            {"placed": "corner"},
            "Only the first pixel of each window gets something. All four have been "
            "averaged, so all four get a share.",
            JUDGEMENT,
        ),
        Mistake(
            "tiled",
            {"placed": "tiled"},
            "The shares lie in the wrong places: repeat() lays copies of the whole map "
            "side by side. The four pixels of a window are neighbours: "
            "repeat_interleave().",
            "keras-team/keras pull request 1293",
        ),
        Mistake(
            "stretched",
            {"rest": "stretched"},
            "Right as long as the sizes are even. With an odd size the last row or "
            "column lies in no window, so its gradient is 0.",
            "PaddlePaddle/Paddle pull request 74077",
        ),
        Mistake(
            "edge repeated",
            {"rest": "repeated"},
            "With an odd size the last row or column repeats its neighbour's gradient. "
            "It lies in no window, so it had no say: 0.",
            JUDGEMENT,
        ),
        Mistake(
            "edge left off",
            {"rest": "left off"},
            "With an odd size a row or column is missing: a gradient has the shape of "
            "the images, and where no window lies it is 0.",
            "mlpack/mlpack pull request 2865",
        ),
        Mistake(
            "cut",
            {"cut": True},
            "The decimals are cut off: // divides to whole numbers. Use /.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "A pixel and its window: how much of the mean is the pixel's?",
        "Each of the four pixels gets a quarter of the gradient of its window.",
        "Make zeros of the images' shape, and fill each of the four corners of all "
        "windows by a slice with step 2.",
    ),
    answer="""
def my_pool_backward(grad_output, shape):
    shares = (grad_output / 4)[..., None, None].expand(*grad_output.shape, 2, 2)
    return windows_backward(shares, shape, stride=(2, 2))
""".strip(),
)

EXERCISES: tuple = (AVERAGE_POOL_BACKWARD,)
