"""Exercises and predictions of 02 Convolution."""

import random

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.write import Write

SIZES = "derive the size of a map for any kernel, stride, padding and dilation"
SHIFTS = "say exactly which shifts a convolution and a pool pass on"
LETTERS = "say what each letter of the formula means, and which letters are missing"


# --- How many places has a window?


def _places(
    pixels: int,
    kernel: int,
    stride: int,
    padding: int,
    *,
    sides: int = 2,
    first: int = 1,
    up: bool = False,
    steps: bool = True,
    same: bool = False,
) -> int:
    """Positions of a window along an axis; each keyword is a mistake."""
    if same:
        return pixels
    room = pixels + sides * padding - kernel
    stride = stride if steps else 1
    return (-(-room // stride) if up else room // stride) + first


def _drawn(rng: random.Random) -> dict[str, int]:
    return {
        "pixels": rng.randint(20, 64),
        "kernel": rng.choice((3, 5, 7)),
        "stride": rng.choice((2, 3)),
        "padding": rng.randint(2, 6),
    }


def _working(pixels: int, kernel: int, stride: int, padding: int) -> str:
    padded = pixels + 2 * padding
    last = padded - kernel
    return (
        f"With its padding the row has {pixels} + 2 · {padding} = {padded} pixels.\n"
        f"The last start is {padded} − {kernel} = {last}.\n"
        f"From 0 to {last} there are {last} // {stride} = {last // stride} steps.\n"
        f"The start counts too: {last // stride} + 1 = {last // stride + 1} places."
    )


PLACES = Compute(
    key="places",
    task=(
        "A row of {pixels} pixels, a kernel of {kernel}, stride {stride}, padding "
        "{padding} on both sides: at how many places does the window lie?"
    ),
    level=1,
    minutes=3,
    practises=SIZES,
    reference=_places,
    numbers={"pixels": 28, "kernel": 5, "stride": 2, "padding": 4},
    draw=_drawn,
    working=_working,
    mistakes=(
        Mistake(
            "rounded up",
            {"up": True},
            "A last window that hangs over the edge does not count: round down.",
            "pytorch/pytorch issue 88144, ceil_mode read as the rule",
        ),
        Mistake(
            "no first",
            {"first": 0},
            "That is the number of steps. The place where the window begins counts "
            "too: one more.",
            "ai.stackexchange.com/questions/29982, why do we add 1?",
        ),
        Mistake(
            "no padding",
            {"sides": 0},
            "The padding is left out: the window walks over it, too.",
            "SamratSahoo/UT-Arlington-Research issue 2",
        ),
        Mistake(
            "one side",
            {"sides": 1},
            "The padding lies on both sides, so it is added twice.",
            "discuss.pytorch.org/t/62225, padding taken for one-sided",
        ),
        Mistake(
            "no stride",
            {"steps": False},
            "The window moves on by the stride, not by one pixel: divide.",
            "rasbt/machine-learning-book pull request 168",
        ),
        Mistake(
            "same size",
            {"same": True},
            "Padding keeps the size only if it is (kernel − 1) / 2 and the stride is "
            "1.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Where does the first window begin, and where the last one that still fits?",
        "The last possible start is (pixels + 2 · padding − kernel).",
        "From 0 to there in steps of the stride; and the 0 itself counts.",
    ),
    answer="16",
)


# --- Which shifts pass two pools?

SHIFT = Decide(
    key="shift",
    task=(
        "A network of convolutions with two max pools of 2, and images whose borders "
        "are joined. By how much may a digit move to the right so that the last map is "
        "*the same map, moved*?"
    ),
    level=2,
    minutes=4,
    practises=SHIFTS,
    claims=(
        "by any number of pixels",
        "by none but 0",
        "by even numbers of pixels",
        "by multiples of 4",
        "by up to 2 pixels",
    ),
    reasons=(
        "a convolution treats every place alike",
        "each pool moves on by 2, so the map before it must move by a multiple of 2",
        "a pool keeps the largest number wherever it lies in the window",
        "the padding of 1 takes up the rest",
    ),
    right=("D", 2),
    mistakes=(
        Mistake(
            "invariant",
            ("A", None),
            "The convolutions do pass any shift. But after a pool the windows lie "
            "where they lie: shift by one, and other neighbours share a window.",
            "ai.stackexchange.com/questions/41953; A. Azulay, Y. Weiss, JMLR 20 (2019)",
        ),
        Mistake(
            "none",
            ("B", None),
            "Some shifts pass exactly. Try eight numbers with one pool, shifted by "
            "two: the pattern is the same, moved by one.",
            "R. Zhang, arXiv 1904.11486, where odd shifts are generalised to all",
        ),
        Mistake(
            "one pool",
            ("C", None),
            "That is right for one pool. After it the map has moved by half as much, "
            "and that must be even again for the second.",
            "R. Zhang, arXiv 1904.11486, figure 2: one layer of stride 2",
        ),
        Mistake(
            "tolerance",
            ("E", None),
            "A pool is not blind to shifts up to its size: the largest number may "
            "leave its window with one step.",
            "dsp.stackexchange.com/questions/24900, 3 of 8 directions",
        ),
        Mistake(
            "padding",
            ("D", 4),
            "The claim is right, the reason is not: here the borders are joined, and "
            "nothing falls off. What moves on by 2, twice?",
            JUDGEMENT,
        ),
        Mistake(
            "convolution",
            ("D", 1),
            "The claim is right. But a convolution passes every shift; it is not what "
            "asks for multiples of 4.",
            "ai.stackexchange.com/questions/41953, equivariance given as the reason",
        ),
        Mistake(
            "largest",
            ("D", 3),
            "The claim is right. But that the largest is kept wherever it lies would "
            "speak for all small shifts, and most of them fail.",
            "dsp.stackexchange.com/questions/24900",
        ),
    ),
    hints=(
        "Begin with one pool, on eight numbers: which shifts repeat the pattern?",
        "If the map before a pool of 2 moves by s, the map after it moves by s / 2.",
        "What must s / 2 be, so that the second pool passes it?",
    ),
    answer='"D", because=2, sure=80',
)


# --- A convolution


def _conv2d(
    images: Tensor,
    kernel: Tensor,
    bias: Tensor,
    stride: int = 1,
    padding: int = 0,
    *,
    turned: str = "",
    channels: str = "",
    filters: str = "",
    biased: str = "by filter",
    padded: str = "all sides",
    placed: str = "by stride",
    short: bool = False,
    cut: bool = False,
) -> Tensor:
    """F.conv2d; each keyword is a mistake."""
    kernel = {"half": kernel.flip(2, 3), "swapped": kernel.mT}.get(turned, kernel)
    if filters == "first":
        kernel = kernel[:1].expand_as(kernel)
    if channels in ("first", "last"):
        one = slice(0, 1) if channels == "first" else slice(-1, None)
        images, kernel = images[:, one], kernel[:, one]
    if channels == "mean":
        kernel = kernel / kernel.shape[1]
    before, after = {"all sides": (1, 1), "above": (1, 0), "none": (0, 0)}[padded]
    before, after = before * padding, after * padding
    images = F.pad(images, (before, after, before, after))
    maps = F.conv2d(images, kernel, None, 1 if placed != "by stride" else stride)
    if placed == "neighbours":
        rows, columns = ((n - kernel.shape[-1]) // stride + 1 for n in images.shape[2:])
        maps = maps[:, :, :rows, :columns]
    added = {
        "by filter": bias,
        "none": torch.zeros_like(bias),
        "first": bias[:1].expand_as(bias),
        "by channel": bias * images.shape[1],
    }[biased]
    maps = maps + added[:, None, None]
    maps = maps[:, :, :-1, :-1] if short else maps
    return maps.trunc() if cut else maps


CONV2D = Write(
    key="conv2d",
    task=(
        "A convolution, from memory and for every setting: bias, stride, padding. "
        "(`conv2d_loops` above has none of them.) Loops are welcome."
    ),
    level=3,
    minutes=15,
    practises=LETTERS,
    oracle="F.conv2d",
    reference=_conv2d,
    cases=(
        Case(
            {
                "images": whole(1, 1, 3, 4),
                "kernel": torch.tensor([[[[1.0, 2], [3, 5]]]]),
                "bias": torch.tensor([7.0]),
                "stride": 1,
                "padding": 0,
            },
            left_out=("stride", "padding"),
        ),
        Case(
            {
                "images": whole(1, 2, 3, 3, seed=1),
                "kernel": whole(2, 2, 2, 2, seed=2, low=-2, high=3),
                "bias": torch.tensor([10.0, 20]),
                "stride": 1,
                "padding": 0,
            },
            tags=("several channels and filters",),
        ),
        Case(
            {
                "images": whole(1, 1, 5, 8, seed=3),
                "kernel": torch.tensor([[[[0.0, 1], [2, -1]]]]),
                "bias": torch.tensor([1.0]),
                "stride": 3,
                "padding": 0,
            },
            tags=("a stride",),
        ),
        Case(
            {
                "images": whole(1, 1, 3, 4, seed=4, low=1),
                "kernel": torch.tensor([[[[1.0, 0, 2], [0, 3, 0], [-1, 0, 1]]]]),
                "bias": torch.tensor([2.0]),
                "stride": 1,
                "padding": 2,
            },
            tags=("padding",),
        ),
        Case(
            {
                "images": fractions(2, 3, 7, 10),
                "kernel": fractions(5, 3, 4, 4, seed=1),
                "bias": fractions(5, seed=2),
                "stride": 2,
                "padding": 1,
            },
            tags=("several channels and filters", "a stride", "padding", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "flipped",
            {"turned": "half"},
            "Your kernel is turned by half a turn before it is used, as mathematicians "
            "do it. F.conv2d does not: the top left weight meets the top left pixel.",
            "stackoverflow.com/questions/40247760, scipy convolve2d outputs wrong "
            "values",
        ),
        Mistake(
            "transposed",
            {"turned": "swapped"},
            "Rows and columns of the kernel are swapped: weight [i, j] must meet pixel "
            "[i, j] of the patch.",
            "developerload.com, why is the result of my conv2D … (tmp.T * kernel)",
        ),
        Mistake(
            "no bias",
            {"biased": "none"},
            "The bias is missing: each filter adds one number to its whole map.",
            "deepakcrk/CNN_ForDummies issue 9",
        ),
        Mistake(
            "first bias",
            {"biased": "first"},
            "All maps get the bias of the first filter: use bias[f] for map f.",
            "kraiskil/onnx2c issue 7, bias[b] for bias[m]",
        ),
        Mistake(
            "bias per channel",
            {"biased": "by channel"},
            "The bias is added once for each input channel. It is added once to the "
            "sum over all of them.",
            "LazaroHurtado/micrograd-rs pull request 20, bias inside the sum",
        ),
        Mistake(
            "first channel",
            {"channels": "first"},
            "Only the first channel is used. A filter has a slice for each channel; "
            "the products of all of them are summed.",
            "LazaroHurtado/micrograd-rs pull request 20, a depth of 1 assumed",
        ),
        Mistake(
            "last channel",
            {"channels": "last"},
            "Only the last channel counts: each one overwrites the one before (= in "
            "place of +=). The products of all channels are summed.",
            JUDGEMENT,
        ),
        Mistake(
            "channels averaged",
            {"channels": "mean"},
            "The channels are averaged. They are to be summed.",
            JUDGEMENT,
        ),
        Mistake(
            "one filter",
            {"filters": "first"},
            "All maps come from the first filter: use kernel[f] for map f.",
            JUDGEMENT,
        ),
        Mistake(
            "no padding",
            {"padded": "none"},
            "The padding is not used: put a border of zeros around the images first.",
            "SamratSahoo/UT-Arlington-Research issue 2",
        ),
        Mistake(
            "padding above",
            {"padded": "above"},
            "The padding stands above and to the left only. All four sides get it.",
            "discuss.pytorch.org/t/62225, padding taken for one-sided",
        ),
        Mistake(
            "no stride",
            {"placed": "every"},
            "The stride is not used: the window moves on by one pixel each time.",
            "rasbt/machine-learning-book pull request 168",
        ),
        Mistake(
            "neighbours",
            {"placed": "neighbours"},
            "The number of places is right, and the places are not: output [i, j] "
            "belongs to the window that begins at row i · stride and column j · "
            "stride.",
            "fissehab/Deep_learning_specialization pull request 1",
        ),
        Mistake(
            "short",
            {"short": True},
            "The last row and the last column are missing: there are "
            "(H + 2 · padding − k) // stride + 1 places, and range() stops before its "
            "end.",
            "ai.stackexchange.com/questions/29982, why do we add 1?",
        ),
        Mistake(
            "cut",
            {"cut": True},
            "The decimals are cut off: your result holds whole numbers. Make it with "
            "the dtype of the images.",
            "numpy/numpy issue 7966, values that an integer array cannot hold",
        ),
    ),
    hints=(
        "Where does the window for output [i, j] begin, and over what does it reach?",
        "It begins at row i · stride, column j · stride of the *padded* images, and "
        "reaches over k rows, k columns and all channels.",
        "Pad first; then for each filter and place: (patch * kernel[f]).sum() + "
        "bias[f].",
    ),
    answer="""
def my_conv2d(images, kernel, bias, stride=1, padding=0):
    images = F.pad(images, (padding,) * 4)
    size = kernel.shape[-1]
    rows, columns = ((n - size) // stride + 1 for n in images.shape[2:])
    maps = torch.zeros(len(images), len(kernel), rows, columns)
    for f, i, j in product(range(len(kernel)), range(rows), range(columns)):
        top, left = i * stride, j * stride
        patch = images[:, :, top : top + size, left : left + size]
        maps[:, f, i, j] = (patch * kernel[f]).sum((1, 2, 3)) + bias[f]
    return maps
""".strip(),
)


EXERCISES: tuple = (
    PLACES,
    SHIFT,
    CONV2D,
    Predict("patch_sum", "What is the sum of the nine products?", 13),
    Predict("map_size", "How many (rows, columns) has the map?", (3, 4)),
    Predict("channels", "Does PyTorch return as many channels as the formula?", False),
    Predict(
        "half_size", "28 pixels, kernel 3, stride 2, padding 1: how many places?", 14
    ),
    Predict(
        "pool_shift", "Which pooled row repeats the first, moved?", 2, how_sure=True
    ),
    Predict(
        "good_tests", "How many of the five tests catch all three?", 1, how_sure=True
    ),
    Predict("dilated", "9 pixels, kernel 3, dilation 2: how many places?", 5),
    Predict("rows_needed", "After how many rows of the map are nine independent?", 5),
)
