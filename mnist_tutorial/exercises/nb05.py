"""Exercises and predictions of 05 Backpropagation."""

import random
from operator import mul
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

CHAIN = "find a slope by the chain rule: local slope × what arrives"
SHARED = "compute the gradient of a weight that is used in many places"
LAYER = "write the way back through a layer"
NUDGE = "judge a gradient by a nudge, and mend a wrong one"


# --- The chain rule on a small graph


def _chain(
    x: int,
    w1: int,
    w2: int,
    t: int,
    *,
    last: str = "slope",
    steps: str = "multiplied",
    first: str = "x",
) -> int:
    """The slope of (w₂ · w₁ · x − t)² as w₁ moves; each keyword is a mistake."""
    e = w2 * w1 * x - t
    arrives = {"slope": 2 * e, "value": e * e, "no two": e, "sign": -2 * e}[last]
    local = {"x": x, "own": w1, "none": 1}[first]
    return {
        "multiplied": arrives * w2 * local,
        "added": arrives + w2 + local,
        "local": local,
    }[steps]


def _chain_numbers(rng: random.Random) -> dict[str, int]:
    signed = [-5, -4, -3, -2, 2, 3, 4, 5]
    return {name: rng.choice(signed) for name in ("x", "w1", "w2", "t")}


def _chain_working(x: int, w1: int, w2: int, t: int) -> str:
    e = w2 * w1 * x - t
    return (
        f"Forward: {w1} · {x} = {w1 * x}, times {w2} is {w2 * w1 * x}, less {t} is "
        f"{e}.\n"
        f"Back: the square gives 2 · {e} = {2 * e}.\n"
        f"Through w₂: {2 * e} · {w2} = {2 * e * w2}.\n"
        f"Through x, to w₁: {2 * e * w2} · {x} = {_chain(x, w1, w2, t)}"
    )


CHAIN_RULE = Compute(
    key="chain_rule",
    task=(
        "The same graph with other numbers: x = {x}, w₁ = {w1}, w₂ = {w2}, t = {t}, "
        "and the loss is (w₂ · w₁ · x − t)². What is the slope of the loss as w₁ moves?"
    ),
    level=1,
    minutes=4,
    practises=CHAIN,
    reference=_chain,
    numbers={"x": 3, "w1": 2, "w2": -1, "t": -3},
    draw=_chain_numbers,
    working=_chain_working,
    mistakes=(
        Mistake(
            "stops early",
            {"first": "none"},
            "That is the slope as h moves. One step is missing: h moves by x when w₁ "
            "moves by 1.",
            "clawdemy.org, the chain rule visually: stopping early",
        ),
        Mistake(
            "local only",
            {"steps": "local"},
            "That is the local slope of the first step alone. It is multiplied by what "
            "arrives from the loss.",
            JUDGEMENT,
        ),
        Mistake(
            "added",
            {"steps": "added"},
            "The slopes along one path are multiplied. What is added are the slopes of "
            "different paths.",
            "clawdemy.org, the chain rule visually: confused with the product rule",
        ),
        Mistake(
            "no two",
            {"last": "no two"},
            "The slope of e² is 2e: the 2 is missing.",
            "patrickloeber/MLfromscratch issue 18, factor 2",
        ),
        Mistake(
            "value",
            {"last": "value"},
            "The loss itself is passed on. What goes back is its slope, 2e.",
            "MatthieuHernandez/StraightforwardNeuralNetwork pull request 18",
        ),
        Mistake(
            "own factor",
            {"first": "own"},
            "The local slope of a product is the *other* factor: h = w₁ · x moves by "
            "x.",
            "learntinker.com/lessons/walk-it-backward: it swaps",
        ),
        Mistake(
            "sign",
            {"last": "sign"},
            "The sign is wrong: e is y − t, not t − y.",
            "makeyourownneuralnetwork/makeyourownneuralnetwork issue 61",
        ),
    ),
    hints=(
        "Walk forward first: h, y, e. Then write a local slope on each of the arrows.",
        "From the loss to w₁: 2e, then w₂, then x.",
        "2 · (w₂ · w₁ · x − t) · w₂ · x.",
    ),
    answer="18",
)


# --- A shared weight

Rows = tuple[tuple[int, ...], ...]


def _shared(
    image: Rows,
    gradient: Rows,
    *,
    place: tuple[int, int] = (0, 1),
    of: str = "products",
    order: int = 1,
    joined: str = "sum",
) -> Any:
    """The slope as the weight at `place` moves; each keyword is a mistake."""
    i, j = place
    met = [image[i + a][j + b] for a in (0, 1) for b in (0, 1)]
    arrives = [g for row in gradient for g in row][::order]
    products = {
        "products": list(map(mul, met, arrives)),
        "pixels": met,
        "gradients": arrives,
    }[of]
    total = sum(products)
    return {
        "sum": total,
        "mean": total / 4,
        "first": products[0],
    }[joined]


def _shared_numbers(rng: random.Random) -> dict[str, Rows]:
    def rows(size: int, low: int, high: int) -> Rows:
        return tuple(
            tuple(rng.randint(low, high) for _ in range(size)) for _ in range(size)
        )

    return {"image": rows(3, 0, 9), "gradient": rows(2, -4, 4)}


def _shared_working(image: Rows, gradient: Rows) -> str:
    met = [image[a][1 + b] for a in (0, 1) for b in (0, 1)]
    arrives = [g for row in gradient for g in row]
    slopes = [f"({g})" if g < 0 else str(g) for g in arrives]
    products = " + ".join(map("{} · {}".format, met, slopes))
    return (
        f"In {image} the weight at the top right meets {met}, one in each place.\n"
        f"From {gradient} these slopes arrive: {arrives}.\n"
        f"Their products, added: {products} = {_shared(image, gradient)}"
    )


SHARED_WEIGHT = Compute(
    key="shared_weight",
    task=(
        "An image with the rows {image}, a kernel of 2 × 2, and the output gradient "
        "{gradient}. What is the gradient of the kernel's weight at the top *right*?"
    ),
    level=2,
    minutes=4,
    practises=SHARED,
    reference=_shared,
    numbers={
        "image": ((2, 0, 1), (3, 5, 4), (1, 6, 2)),
        "gradient": ((1, -1), (2, 3)),
    },
    draw=_shared_numbers,
    working=_shared_working,
    mistakes=(
        Mistake(
            "one place",
            {"joined": "first"},
            "That is the first place only. The kernel slides, so the weight works at "
            "four places, and all four changes reach the loss.",
            JUDGEMENT,
        ),
        Mistake(
            "mean",
            {"joined": "mean"},
            "That is the mean. Each of the four outputs changes, and the changes add "
            "up: take the sum.",
            "Oneflow-Inc/oneflow pull request 255, divided by the sliding steps",
        ),
        Mistake(
            "pixels only",
            {"of": "pixels"},
            "The pixels are summed without the output gradient: each pixel counts as "
            "much as its output matters to the loss.",
            JUDGEMENT,
        ),
        Mistake(
            "bias",
            {"of": "gradients"},
            "The output gradient is summed without the pixels: that is the gradient of "
            "the bias.",
            "dengfy/cs231n issue 1, db",
        ),
        Mistake(
            "top left",
            {"place": (0, 0)},
            "These are the pixels that the weight at the top *left* meets. One step to "
            "the right.",
            JUDGEMENT,
        ),
        Mistake(
            "transposed",
            {"place": (1, 0)},
            "These are the pixels that the weight at the *bottom left* meets: rows "
            "come first, then columns.",
            "mlpack/mlpack pull request 3376, rows and columns swapped",
        ),
        Mistake(
            "backwards",
            {"order": -1},
            "The output gradient is read backwards. The flipped kernel belongs to the "
            "gradient of the image; here nothing is flipped.",
            "rasmusbergpalm/DeepLearnToolbox issue 168, flipall",
        ),
    ),
    hints=(
        "Slide the kernel: which pixel lies under its top right weight at each of the "
        "four places?",
        "The pixels are those of the last two columns and the first two rows.",
        "Multiply each by the output gradient at the same place, and add.",
    ),
    answer="21",
)


# --- There and back, in the right order


def _there_and_back(w: Tensor, x1: Tensor, x2: Tensor) -> Tensor:
    """The slope of (w · x₁ + w · x₂)² as w moves."""
    return 2 * (w * x1 + w * x2) * (x1 + x2)


THERE_AND_BACK = Order(
    key="there_and_back",
    task=(
        "The way there and the way back for (w · x₁ + w · x₂)², out of order. `d_s` is "
        "the slope of the loss as `s` moves, and so on. Two lines are not needed, and "
        "two have a blank. Which order returns the slope of the loss as w moves?"
    ),
    level=2,
    minutes=6,
    practises=CHAIN,
    oracle="autograd",
    reference=_there_and_back,
    cases=(
        Case(
            {"w": torch.tensor(2.0), "x1": torch.tensor(1.0), "x2": torch.tensor(3.0)}
        ),
        Case(
            {
                "w": torch.tensor(-1.5),
                "x1": torch.tensor(0.5),
                "x2": torch.tensor(-4.0),
            },
            tags=("fractions",),
        ),
    ),
    head="def slope_of_w(w, x1, x2):",
    lines={
        "A": "d_w = (d_h1 * x1 + d_h2 * x2) / 2",
        "B": "d_h1, d_h2 = d_s, d_s",
        "C": "h1, h2 = w * x1, w * x2",
        "D": "return d_w",
        "E": "d_s = 2 * __1__",
        "F": "d_w = d_h1 * x1 + d_h2 * __2__",
        "G": "d_s = s ** 2",
        "H": "s = h1 + h2",
    },
    examples={
        "right": ("CHEBFD", "s", "x2"),
        "mean": ("CHEBAD", "s", "x2"),
        "value": ("CHGBFD", "s", "x2"),
        "back first": ("ECHBFD", "s", "x2"),
        "too early": ("CHEFBD", "s", "x2"),
        "after return": ("CHEBDF", "s", "x2"),
        "no way there": ("EBFD", "s", "x2"),
        "own factor": ("CHEBFD", "s", "w"),
        "one pixel": ("CHEBFD", "s", "x1"),
    },
    orders=("CHEBFD",),
    mistakes=(
        Mistake(
            "mean",
            r"^\w*A",
            "w is used twice, and both uses change the loss: the two slopes add up. "
            "Half of their sum is their mean.",
            "Oneflow-Inc/oneflow pull request 255, divided by the sliding steps",
        ),
        Mistake(
            "value",
            r"^\w*G",
            "s² is the loss. What goes back is its slope, 2s.",
            "MatthieuHernandez/StraightforwardNeuralNetwork pull request 18",
        ),
        Mistake(
            "after return",
            r"^\w*D\w+ ",
            "Nothing after `return` is done.",
            JUDGEMENT,
        ),
        Mistake(
            "no way there",
            r"^[^C]* |^[^H]* ",
            "Local slopes need the numbers of the way there: compute h₁, h₂ and s "
            "first.",
            "ics.awsome.icu, why are activations kept?",
        ),
        Mistake(
            "back first",
            r"^\w*[EB]\w*[CH]|^\w*H\w*C",
            "A number must be there before it is used: first the way there, h₁ and h₂, "
            "then s, then the way back from s.",
            "deeplearningnotes-site.pages.dev, why topological order is needed",
        ),
        Mistake(
            "too early",
            r"^\w*F\w*[EB]|^\w*B\w*E|^[^B]* |^[^E]* ",
            "A slope is passed on when it is complete: from s to h₁ and h₂, and from "
            "them to w.",
            "karpathy/micrograd issue 2, gradients passed on before they were complete",
        ),
        Mistake(
            "own factor",
            r" w$| h2$",
            "The local slope of w · x₂, as w moves, is the other factor: x₂.",
            "learntinker.com/lessons/walk-it-backward: it swaps",
        ),
        Mistake(
            "one pixel",
            r" x1$",
            "The second use of w is multiplied by the second pixel.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "What must be known before the slope of a square can be computed?",
        "There: h₁ and h₂, then s. Back: from s to h₁ and h₂, then to w.",
        "Each use of w gives (what arrives) × (the other factor); the two are added.",
    ),
    answer="""
def slope_of_w(w, x1, x2):
    h1, h2 = w * x1, w * x2
    s = h1 + h2
    d_s = 2 * s
    d_h1, d_h2 = d_s, d_s
    d_w = d_h1 * x1 + d_h2 * x2
    return d_w
""".strip(),
)


# --- The way back through a pool


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
    rows, columns = (shape[k] - 2 * grad_output.shape[2 + k] for k in (0, 1))
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
    practises=LAYER,
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


# --- A kernel that is not flipped


def _image_gradient(
    grad_output: Tensor,
    kernel: Tensor,
    *,
    flip: str = "both",
    turned: bool = False,
    zeros: bool = True,
    joined: str = "sum",
) -> Tensor:
    """The gradient of the image of a convolution; each keyword is a mistake."""
    kernel = {
        "both": lambda: kernel.rot90(2),
        "none": lambda: kernel,
        "rows": lambda: kernel.flip(0),
        "columns": lambda: kernel.flip(1),
        "transposed": lambda: kernel.T,
    }[flip]()
    kH, kW = kernel.shape
    grad = grad_output.rot90(2) if turned else grad_output
    if zeros:
        grad = F.pad(grad, (kW - 1, kW - 1, kH - 1, kH - 1))
    result = F.conv2d(grad[None, None], kernel[None, None])[0, 0]
    return result / kernel.numel() if joined == "mean" else result


UNFLIPPED = Repair(
    key="unflipped",
    task=(
        "A colleague's gradient of the image passes its test, which uses a blur. With "
        "other kernels a nudge disagrees. Mend it, and change as little as you can."
    ),
    level=3,
    minutes=6,
    practises=NUDGE,
    oracle="autograd",
    reference=_image_gradient,
    given='''
def image_gradient(grad_output, kernel):
    """The output gradient (h, w) and the kernel (kH, kW): the image's gradient."""
    kH, kW = kernel.shape
    padded = F.pad(grad_output, (kW - 1, kW - 1, kH - 1, kH - 1))
    return F.conv2d(padded[None, None], kernel[None, None])[0, 0]
'''.strip(),
    lines=1,
    cases=(
        Case(
            {
                "grad_output": torch.tensor([[1.0, -2], [0, 3]]),
                "kernel": torch.tensor([[1.0, 2], [0, -1]]),
            },
        ),
        Case(
            {
                "grad_output": fractions(3, 4),
                "kernel": fractions(3, 2, seed=1),
            },
            tags=("a kernel that is not square", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "not flipped",
            {"flip": "none"},
            "The kernel is still as it is. A pixel meets the *last* weight in the "
            "first window that it is in, so the kernel is read backwards.",
            "SciML/DiffEqOperators.jl pull request 134",
        ),
        Mistake(
            "transposed",
            {"flip": "transposed"},
            "The kernel is transposed: rows and columns change places. It must be "
            "turned by half a turn, both axes read backwards: flip(0, 1).",
            "mlpack/mlpack pull request 3376, a kernel that is not square",
        ),
        Mistake(
            "rows only",
            {"flip": "rows"},
            "Only the rows are read backwards. The columns must be, too: flip(0, 1).",
            "amsukdu/SimplePythonCNN issue 6, 90 or 180 degrees?",
        ),
        Mistake(
            "columns only",
            {"flip": "columns"},
            "Only the columns are read backwards. The rows must be, too: flip(0, 1).",
            "generic-github-user/Image-Convolution-Playground issue 10",
        ),
        Mistake(
            "gradient turned",
            {"flip": "none", "turned": True},
            "The output gradient is turned, not the kernel: the numbers are right and "
            "lie in the wrong places.",
            "rasmusbergpalm/DeepLearnToolbox issue 168, flipall",
        ),
        Mistake(
            "both turned",
            {"turned": True},
            "Both are turned. One half turn is needed, that of the kernel.",
            "rasmusbergpalm/DeepLearnToolbox issue 169, rot180 and flipall",
        ),
        Mistake(
            "no zeros",
            {"zeros": False},
            "The zeros around the output gradient are gone, and with them the pixels "
            "at the border: they lie in fewer windows, but in some.",
            "rasmusbergpalm/DeepLearnToolbox issue 169, what is 'full'?",
        ),
        Mistake(
            "mean",
            {"joined": "mean"},
            "Each number is divided. A pixel gets the sum of what its windows send.",
            "sebgao/cTensor issue 3, a gradient divided by B · H · W",
        ),
    ),
    hints=(
        "In which window does the top left pixel lie, and which weight does it meet? "
        "And the bottom right one?",
        "One index runs up while the other runs down.",
        "kernel.flip(0, 1) reads rows and columns backwards.",
    ),
    answer='''
def image_gradient(grad_output, kernel):
    """The output gradient (h, w) and the kernel (kH, kW): the image's gradient."""
    kH, kW = kernel.shape
    padded = F.pad(grad_output, (kW - 1, kW - 1, kH - 1, kH - 1))
    return F.conv2d(padded[None, None], kernel.flip(0, 1)[None, None])[0, 0]
'''.strip(),
)


# --- How small a nudge?

NUDGE_SIZE = Decide(
    key="nudge_size",
    task=(
        "You check a slope by a central difference, in numbers of 64 bits. Which step "
        "h do you take for a weight near 1, and why?"
    ),
    level=2,
    minutes=4,
    practises=NUDGE,
    claims=(
        "the smallest that there is, about 1e-16",
        "about 1e-5",
        "about 0.5",
        "any step: it makes no difference",
    ),
    reasons=(
        "a slope is defined for a step that goes to 0",
        "a larger step is crude, and in a smaller one rounding takes over",
        "a large change is seen more clearly than a small one",
        "the loss is nearly a straight line",
    ),
    right=("B", 2),
    mistakes=(
        Mistake(
            "to zero",
            ("A", 1),
            "In mathematics, yes. A computer rounds both losses in the last digit, and "
            "dividing by a tiny h makes a large error of that.",
            "pytorch/pytorch issue 5351; chainer/chainer issue 3046",
        ),
        Mistake(
            "smallest",
            ("A", None),
            "At that step the two losses are the same number or differ by rounding: "
            "look at the left end of the V.",
            "pasteurlabs/tesseract-core issue 740, a sweep of the step",
        ),
        Mistake(
            "large",
            ("C", None),
            "A large step measures the curve, not its tangent: look at the right end "
            "of the V.",
            JUDGEMENT,
        ),
        Mistake(
            "any",
            ("D", None),
            "It makes a difference of many powers of ten: look at the V again.",
            "PaddlePaddle/Paddle issue 4283, a table of steps and errors",
        ),
        Mistake(
            "to zero in the middle",
            ("B", 1),
            "The step is well chosen. If it had to go to 0, it would be far too large: "
            "something else stops it on the way.",
            "chainer/chainer issue 3046, small differences lost to rounding",
        ),
        Mistake(
            "seen clearly",
            ("B", 3),
            "The step is well chosen. That a change must be seen is only half of the "
            "reason: why not 0.5, then?",
            JUDGEMENT,
        ),
        Mistake(
            "straight",
            ("B", 4),
            "The step is well chosen. On a straight line any step would do.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Two errors play against each other. What does each do as h shrinks?",
        "The bend of the curve costs about h², rounding about 1e-16 / h.",
        "They are equal near the third root of 1e-16.",
    ),
    answer='"B", because=2, sure=80',
)


EXERCISES: tuple = (
    CHAIN_RULE,
    SHARED_WEIGHT,
    THERE_AND_BACK,
    UNFLIPPED,
    AVERAGE_POOL_BACKWARD,
    NUDGE_SIZE,
    Predict(
        "sum_or_mean",
        "Two paths lead from a weight: is its slope their sum or their mean?",
        "sum",
    ),
    Predict(
        "kernel_way",
        "Which kernel gives the pixels' slopes: the kernel as it is, or turned?",
        "turned",
    ),
    Predict("unheard", "By how much does the loss change if that 1 becomes 1.5?", 0.0),
    Predict(
        "best_step", "Which k measures the slope best, with the step 10⁻ᵏ?", 7, near=0.2
    ),
    Predict(
        "hiding",
        "With which kernel does the mistake turn the sign: blur, sobel or corner?",
        "sobel",
    ),
)
