"""Exercises and predictions of 02 Convolution."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.running import Unusable
from mnist_tutorial.exercises.values import tensor_of
from mnist_tutorial.exercises.write import Write

SIZES = "derive the size of a map for any kernel, stride and padding"
SHIFTS = "say exactly which shifts a convolution and a pool pass on"
LETTERS = "say what each letter of the formula means, and which letters are missing"
DESIGN = "design a kernel for a purpose"
ADDED = "say what a ReLU adds to stacked weighted sums"


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


# --- Is a second layer enough?

STACK = Decide(
    key="stack",
    task=(
        "A colleague wants more than eight maps, and puts a second convolution with "
        "sixteen filters behind the first; then comes the average pool. There is no "
        "ReLU anywhere, and the vote learns anew. What becomes of its score, and why?"
    ),
    level=2,
    minutes=4,
    practises=ADDED,
    claims=(
        "it rises to that of edges, ReLU and average",
        "it stays near that of raw pixels, or below",
        "it falls to chance, 10 %",
        "it rises a little, and a little more with each further layer",
    ),
    reasons=(
        "weighted sums of weighted sums are again weighted sums of pixels",
        "sixteen filters see more kinds of strokes than eight",
        "a second layer sees a larger piece of the digit",
        "without a ReLU, negative numbers cancel the positive ones",
    ),
    right=("B", 1),
    mistakes=(
        Mistake(
            "as good as a relu",
            ("A", None),
            "Go down the ladder again: what was the only change between the rung near "
            "83 % and the one above 95 %? A second convolution is no such change.",
            "ialhashim/DenseDepth issue 6, no activation between two convolutions",
        ),
        Mistake(
            "chance",
            ("C", None),
            "No information is destroyed to that extent: the linear rung read more "
            "than 80 %. Which votes of pixels can two linear layers express?",
            "PiLab-CAU/ComputerVision-2401 issue 23, what if there is no ReLU?",
        ),
        Mistake(
            "a little each",
            ("D", None),
            "Layers help if something happens between them. Two of these can be "
            "multiplied out into one.",
            "dmlc/mxnet-notebooks issue 5, another layer without activation",
        ),
        Mistake(
            "more filters",
            ("B", 2),
            "The claim is right, and this reason speaks against it: more filters would "
            "help. Why do they not?",
            "yaolubrain/cnn_linear_max issue 1, layers without non-linearity",
        ),
        Mistake(
            "larger piece",
            ("B", 3),
            "The claim is right, and the second layer does see more. Why is that of no "
            "use to a vote that sees all pixels anyway?",
            "somepago/saint issue 23, stacked linear layers",
        ),
        Mistake(
            "cancelled",
            ("B", 4),
            "The claim is right, the reason is not: sums that cancel lose no more than "
            "a vote on raw pixels does. What is a weighted sum of weighted sums?",
            "wyhsirius/LIA issue 11, five linear layers in a row",
        ),
    ),
    hints=(
        "Write one number of the second map as a sum over numbers of the first.",
        "Then put in for each of those its own sum over pixels. What kind of formula "
        "is that?",
        "A pool that averages is a weighted sum, too, and so is the vote.",
    ),
    answer='"B", because=1, sure=80',
)


# --- A kernel for a purpose

_KERNELS = {
    "right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "reversed": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "turned": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "upside down": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "slanted": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "blind": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "too bright": [[-1, 0, 2]] * 3,
    "too dark": [[-2, 0, 1]] * 3,
    "bright only": [[1, 1, 1]] * 3,
}


def _kernel(*, sort: str = "right") -> Tensor:
    """A kernel that looks for a left edge; the keyword is a mistake."""
    return torch.tensor(_KERNELS[sort]).float()


def _signs(function: Callable[[], Any], case: Case) -> Mapping[str, Any]:
    """The sign of what a kernel answers to a patch."""
    kernel = tensor_of(function())
    if kernel.shape != (3, 3):
        raise Unusable(f"your kernel has the shape {tuple(kernel.shape)}, not (3, 3).")
    answer = (kernel.double() * case.arguments["patch"]).sum()
    return {"sign of the answer": answer.round(decimals=6).sign()}


LEFT_EDGE = Write(
    key="left_edge",
    task=(
        "Design a kernel of 3 × 3 for left edges. It answers with a positive number "
        "where a patch grows brighter to the right, with a negative one where it grows "
        "darker to the right, and with 0 where it is even or grows brighter downwards."
    ),
    level=2,
    minutes=5,
    practises=DESIGN,
    oracle="what was asked for",
    reference=_kernel,
    play=_signs,
    cases=(
        Case({"patch": torch.ones(3, 3)}, tags=("an even patch",)),
        Case(
            {"patch": torch.tensor([0.0, 0.5, 1]).expand(3, 3)},
            tags=("brighter to the right",),
        ),
        Case(
            {"patch": torch.tensor([1.0, 0.5, 0]).expand(3, 3)},
            tags=("darker to the right",),
        ),
        Case(
            {"patch": torch.tensor([[0.0], [0.5], [1]]).expand(3, 3)},
            tags=("brighter downwards",),
        ),
    ),
    mistakes=(
        Mistake(
            "reversed",
            {"sort": "reversed"},
            "All signs are reversed: the weights lie on the window as you write them, "
            "nothing is flipped. The bright side, on the right, must count positive.",
            "khushboo-agarwal/Optical-Flow issue 2, the negative of the gradient",
        ),
        Mistake(
            "turned",
            {"sort": "turned"},
            "This kernel compares rows, so it finds edges that lie flat. Compare "
            "columns.",
            "BradLarson/GPUImage issue 2403, X and Y swapped",
        ),
        Mistake(
            "upside down",
            {"sort": "upside down"},
            "This kernel compares rows, the upper one minus the lower one. Compare "
            "columns: the right one minus the left one.",
            "candycat1992/Unity_Shaders_Book issue 24, Gx and Gy swapped",
        ),
        Mistake(
            "slanted",
            {"sort": "slanted"},
            "This kernel answers to flat edges, too. The sum of each row must be 0, "
            "not only the sum of all weights.",
            JUDGEMENT,
        ),
        Mistake(
            "blind",
            {"sort": "blind"},
            "This kernel answers 0 to each of the four. What it takes away on the left "
            "it must add on the right.",
            "meltingice/CamanJS issue 142, edge kernels turn the image black",
        ),
        Mistake(
            "too bright",
            {"sort": "too bright"},
            "The direction is right, but an even patch gets a positive answer: the "
            "weights must sum to 0.",
            "processing/processing-examples pull request 10, a centre of 9 for 8",
        ),
        Mistake(
            "too dark",
            {"sort": "too dark"},
            "The direction is right, but an even patch gets a negative answer: the "
            "weights must sum to 0.",
            "processing/processing-examples pull request 10, weights that do not sum "
            "to 0",
        ),
        Mistake(
            "bright only",
            {"sort": "bright only"},
            "This kernel measures how bright a patch is. A change needs weights of "
            "both signs, with sum 0.",
            "MartinThoma/KIT-Musterloesungen issue 44, sharpening taken for edges",
        ),
    ),
    hints=(
        "An even patch gives its grey level times the sum of the weights.",
        "Right column minus left column. What must stand in the middle?",
        "Any column of three positive weights on the right, the same numbers negative "
        "on the left, zeros between.",
    ),
    answer="""
def my_kernel():
    return torch.tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
""".strip(),
)


# --- A bias on the wrong axis


def _layer(
    images: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *,
    added: str = "by filter",
    relu: str = "last",
) -> Tensor:
    """A convolution with bias and ReLU; each keyword is a mistake."""
    maps = F.conv2d(images, kernel)
    shaped = {
        "by filter": lambda: bias[:, None, None],
        "by column": lambda: bias,
        "by row": lambda: bias[:, None],
        "by image": lambda: bias[:, None, None, None],
        "none": lambda: torch.zeros(()),
        "first": lambda: bias[0],
        "sum": lambda: bias.sum(),
        "by channel": lambda: images.shape[1] * bias[:, None, None],
    }[added]()
    if relu == "first":
        return F.relu(maps) + shaped
    return maps + shaped if relu == "none" else F.relu(maps + shaped)


BIASED = Repair(
    key="biased",
    task=(
        "A colleague's layer is right for one filter. With more filters it mostly "
        "stops with an error; where the map is as wide as there are filters, nothing "
        "stops, and the numbers are wrong. Mend it, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=LETTERS,
    oracle="F.conv2d with its own bias",
    reference=_layer,
    given='''
def layer(images, kernel, bias):
    """(N, C, H, W), (F, C, k, k) and (F,) to (N, F, H', W'), after a ReLU."""
    maps = F.conv2d(images, kernel)
    maps = maps + bias
    return F.relu(maps)
'''.strip(),
    lines=1,
    cases=(
        Case(
            {
                "images": torch.tensor([[[[1.0, 5, 0]], [[2, 0, 3]]]]),
                "kernel": torch.tensor([[[[1.0, -2]], [[1, 1]]]]),
                "bias": torch.tensor([4.0]),
            },
        ),
        Case(
            {
                "images": whole(2, 1, 3, 3, seed=1),
                "kernel": whole(2, 1, 2, 2, seed=2, low=-2, high=2),
                "bias": torch.tensor([20.0, -5]),
            },
            tags=("several filters",),
        ),
        Case(
            {
                "images": fractions(3, 2, 4, 4),
                "kernel": fractions(3, 2, 2, 2, seed=1),
                "bias": fractions(3, seed=2),
            },
            tags=("several filters", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "by column",
            {"added": "by column"},
            "The bias still lies along the last axis: each *column* of the map gets a "
            "number. Broadcasting begins from the right, and the filters are axis 1.",
            "onnx/onnx-tensorflow pull request 243, broadcasting of bias_add",
        ),
        Mistake(
            "by row",
            {"added": "by row"},
            "Now each *row* of the map gets a number. The filters are axis 1, so two "
            "axes of length 1 must follow.",
            "PaddlePaddle/Paddle pull request 20704, a bias of the wrong axis",
        ),
        Mistake(
            "by image",
            {"added": "by image"},
            "Now each *image* gets a number. One axis too many: the filters are axis "
            "1, and two axes follow it.",
            "kraiskil/onnx2c issue 7, bias[b] for bias[m]",
        ),
        Mistake(
            "no bias",
            {"added": "none"},
            "It runs, but the bias is gone.",
            "deepakcrk/CNN_ForDummies issue 9",
        ),
        Mistake(
            "first bias",
            {"added": "first"},
            "All maps get the bias of the first filter.",
            "sonots/cumo pull request 443, one bias for every channel",
        ),
        Mistake(
            "sum of biases",
            {"added": "sum"},
            "All maps get the sum of all biases. Each has its own.",
            JUDGEMENT,
        ),
        Mistake(
            "bias per channel",
            {"added": "by channel"},
            "The bias is added once for each input channel. It is added once to the "
            "sum over all of them.",
            "LazaroHurtado/micrograd-rs pull request 20, bias inside the sum",
        ),
        Mistake(
            "relu first",
            {"relu": "first"},
            "The bias comes after the ReLU now. It belongs before it: it moves the "
            "level from which a filter answers.",
            "wkcn/mobula issue 1, the bias in Convolution",
        ),
        Mistake(
            "no relu",
            {"relu": "none"},
            "The bias is right. But the ReLU is gone, and it was in order.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Print the shapes of `maps` and `bias`. Which axes does + lay on each other?",
        "From the right: the last axis of `maps` holds columns, and the filters are "
        "axis 1.",
        "`[:, None, None]` adds two axes of length 1 at the end.",
    ),
    answer='''
def layer(images, kernel, bias):
    """(N, C, H, W), (F, C, k, k) and (F,) to (N, F, H', W'), after a ReLU."""
    maps = F.conv2d(images, kernel)
    maps = maps + bias[:, None, None]
    return F.relu(maps)
'''.strip(),
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
    kernel = {"half": kernel.rot90(2, (2, 3)), "swapped": kernel.mT}.get(turned, kernel)
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
        "Write a convolution, from memory and for every setting: bias, stride, "
        "padding. (`conv2d_loops` above has none of them.) Loops are welcome."
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
    STACK,
    SHIFT,
    LEFT_EDGE,
    BIASED,
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
    Predict(
        "linear_rung",
        "Edges and an average pool: what does the vote read now?",
        83.2,
        unit=" %",
        near=0.02,
    ),
    Predict("dilated", "9 pixels, kernel 3, dilation 2: how many places?", 5),
    Predict("rows_needed", "After how many rows of the map are nine independent?", 5),
)
