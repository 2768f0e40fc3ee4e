"""Exercises and predictions of 04 Model."""

import math
import random
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions, whole
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

READING = "read a shape error, and say for which batches there is none"
TRACING = "trace shapes and parameters through a network before you train it"
MIXING = "say why `view(-1, …)` can mix images and `flatten(1)` cannot"
LOSS = "compute softmax and cross-entropy by hand, and say why a network returns logits"


# --- A repair that mixes images


def _head(
    maps: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    rows: str = "by image",
    relu: str = "before",
    softmax: bool = False,
) -> Tensor:
    """The logits of what the last pool leaves; each keyword is a mistake."""
    N, C, H, W = maps.shape
    maps = maps if relu == "none" else F.relu(maps)
    flat = {
        "by image": lambda: maps.flatten(1),
        "mixed": lambda: maps.reshape(C * H * W, N).T,
        "channels last": lambda: maps.permute(0, 2, 3, 1).flatten(1),
        "batch last": lambda: maps.permute(1, 2, 3, 0).reshape(N, C * H * W),
        "of one image": lambda: maps[:1].flatten(1).expand(N, -1),
    }[rows]()
    logits = flat @ weight.T + bias
    return logits.softmax(1) if softmax else logits


def _maps(maps: Tensor, *tags: str, K: int) -> Case:
    numbers = whole if maps.equal(maps.round()) else fractions
    weight = numbers(K, maps[0].numel(), seed=10 * K)
    bias = numbers(K, seed=K)
    return Case({"maps": maps, "weight": weight, "bias": bias}, tags)


HEAD = Repair(
    key="head",
    task=(
        "The colleague has taken the review to heart and computes all sizes. For one "
        "image the logits are right. For a batch nothing stops, and they are wrong. "
        "Find the line, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=MIXING,
    oracle="the network, image by image",
    reference=_head,
    given='''
def head(maps, weight, bias):
    """(N, C, H, W) after the last pool, (K, C · H · W) and (K,) to logits (N, K)."""
    N, C, H, W = maps.shape
    maps = F.relu(maps)
    rows = maps.reshape(C * H * W, N).T
    logits = rows @ weight.T + bias
    return logits
'''.strip(),
    lines=2,  # the shape is not needed any more
    cases=(
        _maps(whole(1, 1, 1, 3, low=-3, high=5), K=2),
        _maps(whole(2, 2, 1, 2, seed=2, low=-3), "several images", K=3),
        _maps(fractions(5, 4, 3, 2, seed=3), "several images", "fractions", K=7),
    ),
    mistakes=(
        Mistake(
            "mixed",
            {"rows": "mixed"},
            "The images still flow into each other: reshape lays the numbers out in "
            "the order in which they lie in memory, and the first axis was the images.",
            "Medium, McGill AI Review: the dangers of reshaping",
        ),
        Mistake(
            "batch last",
            {"rows": "batch last"},
            "The axis of the images is moved to the end, and then read as if it were "
            "first: each row mixes images again.",
            "zhouhaoyi/Informer2020 issue 59, view in place of permute",
        ),
        Mistake(
            "channels last",
            {"rows": "channels last"},
            "Each row is of one image now, but in another order than the weights were "
            "made for: channels come before rows and columns.",
            "vitrioil/Speech-Separation issue 4",
        ),
        Mistake(
            "first image",
            {"rows": "of one image"},
            "Every row holds the first image.",
            "Jingkang50/OpenPSG issue 56, right for a batch of one",
        ),
        Mistake(
            "no relu",
            {"relu": "none"},
            "The rows are right. But the ReLU is gone, and it was in order.",
            JUDGEMENT,
        ),
        Mistake(
            "softmax",
            {"softmax": True},
            "The rows are right. But these are probabilities now: a network returns "
            "logits, since the loss has a softmax of its own.",
            "discuss.pytorch.org/t/60203",
        ),
    ),
    hints=(
        "Print `rows` for two images, one full of 1 and one full of 2. What is in a "
        "row?",
        "Which operation cannot touch the first axis?",
        "rows = maps.flatten(1)",
    ),
    answer='''
def head(maps, weight, bias):
    """(N, C, H, W) after the last pool, (K, C · H · W) and (K,) to logits (N, K)."""
    N, C, H, W = maps.shape
    maps = F.relu(maps)
    rows = maps.reshape(N, C * H * W)
    logits = rows @ weight.T + bias
    return logits
'''.strip(),
)


# --- From logits to a loss


def _cross_entropy(
    logits: Tensor,
    labels: Tensor,
    *,
    first: str = "",
    log: str = "stable",
    over: int = 1,
    of: str = "label",
    joined: str = "mean",
    sign: int = -1,
) -> Tensor:
    """F.cross_entropy; each keyword is a mistake."""
    z = logits.softmax(1) if first == "softmax" else logits
    exp = z.exp()
    logs = {
        "stable": lambda: z.log_softmax(over),
        "of a quotient": lambda: (exp / exp.sum(1, keepdim=True)).log(),
        "of the sum": lambda: z - exp.sum(1, keepdim=True).log(),
        "of softmax": lambda: z.softmax(1).log(),
        "of softmax and a little": lambda: (z.softmax(1) + 1e-9).log(),
        "of shifted": lambda: _shifted_by_one_maximum(z),
        "none": lambda: z.softmax(1),
    }[log]()
    columns = {"label": labels, "own": z.argmax(1)}[of]
    each = sign * logs[torch.arange(len(labels)), columns]
    return {
        "mean": each.mean(),
        "sum": each.sum(),
        "by all": each.mean() / logits.shape[1],
    }[joined]


def _shifted_by_one_maximum(z: Tensor) -> Tensor:
    shifted = z - z.max()
    return shifted - shifted.exp().sum(1, keepdim=True).log()


CROSS_ENTROPY = Write(
    key="cross_entropy",
    task=(
        "The loss, from logits to one number, without `F.cross_entropy` and without a "
        "softmax layer. Logits of 1,000 must be no trouble."
    ),
    level=2,
    minutes=8,
    practises=LOSS,
    oracle="F.cross_entropy",
    reference=_cross_entropy,
    cases=(
        Case({"logits": torch.zeros(1, 2), "labels": torch.tensor([1])}),
        Case(
            {
                "logits": torch.tensor([[2.0, 0, 1], [0, 0, 3]]),
                "labels": torch.tensor([0, 1]),
            },
            tags=("several images",),
        ),
        Case(
            {"logits": 2 * fractions(7, 10), "labels": classes(7, 10, seed=1)},
            tags=("several images", "fractions"),
        ),
        Case(
            {"logits": torch.tensor([[1000.0, 0]]), "labels": torch.tensor([0])},
            tags=("logits of 1,000",),
        ),
        Case(
            {"logits": torch.tensor([[1000.0, 0]]), "labels": torch.tensor([1])},
            tags=("logits of 1,000", "a probability of 0"),
        ),
        Case(
            {
                "logits": torch.tensor([[1000.0, 0], [0, 1]]),
                "labels": torch.tensor([0, 1]),
            },
            tags=("logits of 1,000", "rows of different size"),
        ),
    ),
    mistakes=(
        Mistake(
            "exp",
            {"log": "of a quotient"},
            "Right for small logits, but exp(1000) is too large for a float, and "
            "inf / inf is no number. Subtract each row's largest logit first, or use "
            "logsumexp.",
            "jaykmody.com/blog/stable-softmax",
        ),
        Mistake(
            "log of sum",
            {"log": "of the sum"},
            "Right for small logits, but exp(1000) is inf, and so is the logarithm of "
            "a sum with it. Subtract each row's largest logit first, or use logsumexp.",
            "nipunbatra.github.io/interactive-articles/numerical-tricks",
        ),
        Mistake(
            "log of softmax",
            {"log": "of softmax"},
            "Right for small logits, but a probability of 0 has no logarithm: for "
            "logits 1000 and 0 the loss of the second is 1000, not inf. Keep to "
            "logarithms: logit − logsumexp.",
            "pytorch/pytorch issue 795",
        ),
        Mistake(
            "a little added",
            {"log": "of softmax and a little"},
            "The small number inside the logarithm keeps inf away and hides the truth: "
            "no loss can be larger than its logarithm. For logits 1000 and 0 the loss "
            "of the second is 1000.",
            "FluxML/Flux.jl pull request 437",
        ),
        Mistake(
            "one maximum",
            {"log": "of shifted"},
            "One maximum is subtracted from all images. An image with small logits "
            "then has exp(…) = 0 everywhere: each row needs its own, max(1, "
            "keepdim=True).",
            "lzx1413/PytorchSSD issue 22, x.data.max()",
        ),
        Mistake(
            "two softmaxes",
            {"first": "softmax"},
            "Softmax is applied twice: once by you, once inside the loss.",
            "discuss.pytorch.org/t/60203",
        ),
        Mistake(
            "over images",
            {"over": 0},
            "Softmax must run over the classes of an image (dim=1), not over the "
            "images of the batch.",
            "perone/euclidesdb issue 2",
        ),
        Mistake(
            "no log",
            {"log": "none"},
            "The logarithm is missing: this is a mean probability.",
            "yanx27/Pointnet_Pointnet2_pytorch issue 30, nll_loss without a logarithm",
        ),
        Mistake(
            "sign",
            {"sign": 1},
            "The sign is wrong: a logarithm of a probability is never positive, a loss "
            "never negative.",
            "torch/nn issue 1066, negative loss values",
        ),
        Mistake(
            "sum",
            {"joined": "sum"},
            "The losses of the images are summed. Take their mean, or the step grows "
            "with the batch.",
            "jax-ml/jax pull request 3113",
        ),
        Mistake(
            "by all",
            {"joined": "by all"},
            "You have divided by the number of classes as well: of each row only the "
            "label's entry counts, so divide by the number of images alone.",
            "jax-ml/jax issue 1023, mean in place of sum over classes",
        ),
        Mistake(
            "own opinion",
            {"of": "own"},
            "This is the loss of the class that the logits prefer. The label says "
            "which entry of a row counts.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Of each row, which logit counts, and against what?",
        "−ln(e^own / Σ e^z) = ln Σ e^z − own, for each image; then the mean.",
        "logits.logsumexp(1) is ln Σ e^z without overflow.",
    ),
    answer="""
def my_cross_entropy(logits, labels):
    own = logits[torch.arange(len(labels)), labels]  # (N,)
    return (logits.logsumexp(1) - own).mean()
""".strip(),
)


# --- What the loss expects

EXPECTS = Decide(
    key="expects",
    task=(
        "Which line belongs in a training loop with `F.cross_entropy`, and why? Answer "
        "with a letter, a number, and how sure you are."
    ),
    level=2,
    minutes=4,
    practises=LOSS,
    claims=(
        "F.cross_entropy(net(images), labels)",
        "F.cross_entropy(net(images).softmax(1), labels)",
        "F.cross_entropy(net(images), one_hot_labels)",
        "F.cross_entropy(net(images).sigmoid(), labels)",
        "F.cross_entropy(net(images).argmax(1), labels)",
    ),
    reasons=(
        "it takes logits and class indices, and has a softmax inside",
        "a loss needs numbers between 0 and 1",
        "each label must be as long as a row of scores",
        "each class is a question of its own, yes or no",
        "the loss should compare the chosen class with the label",
    ),
    right=("A", 1),
    mistakes=(
        Mistake(
            "softmax first",
            ("B", None),
            "The loss applies a softmax of its own. With two, the best it can report "
            "is ln(e + 9) − 1, near 1.46.",
            "MicrosoftDocs/ml-basics issue 48, softmax before CrossEntropyLoss",
        ),
        Mistake(
            "one-hot",
            ("C", None),
            "That runs with rows of floats, and gives the same loss as the index: "
            "ten numbers where one is enough. With whole numbers it is an error.",
            "IGNF/FLAIR-1 issue 9; pytorch/pytorch issue 1258",
        ),
        Mistake(
            "sigmoid",
            ("D", None),
            "An image has one label of ten, so the classes share one probability of 1. "
            "And after a sigmoid the scores differ by 1 at most, as after a softmax.",
            "eriklindernoren/PyTorch-YOLOv3 issue 10, CrossEntropyLoss after sigmoid",
        ),
        Mistake(
            "argmax",
            ("E", None),
            "argmax gives one whole number, and a small change of a weight does not "
            "change it: there is no slope to follow. It belongs into the accuracy.",
            "pytorch/pytorch issue 1339, backprop through argmax",
        ),
        Mistake(
            "range",
            ("A", 2),
            "The line is right, the reason is not: logits have any size and sign. What "
            "happens to them inside?",
            "giotto-ai/giotto-deep issue 34, no softmax in the last layer",
        ),
        Mistake(
            "length",
            ("A", 3),
            "The line is right, the reason is not: a label is one number here, a row "
            "has ten. What does the number pick out of the row?",
            "pytorch/pytorch issue 3670, multi-target not supported",
        ),
        Mistake(
            "other reason",
            ("A", None),
            "The line is right. But the reason speaks of another loss: this one turns "
            "each row into probabilities and looks up one of them.",
            "mkocabas/focal-loss-keras issue 9, sigmoid or softmax",
        ),
    ),
    hints=(
        "Which of the five has exactly one softmax between the scores and the loss?",
        "Softmax by hand, then −ln of one entry: what did `F.cross_entropy` get?",
        "Scores as they come, and one index for each image.",
    ),
    answer='"A", because=1, sure=90',
)


# --- Parameters, counted by hand


def _count(
    filters: tuple[int, int, int],
    *,
    biases: str = "all",
    features: str = "mean",
    only: str = "",
    channels: str = "all",
) -> int:
    """The parameters of the network with a global average; each keyword a mistake."""
    of_one = [(1, b) for b in filters]
    layers = {"all": pairwise((1, *filters)), "one": of_one}[channels]
    convolutions = sum(9 * a * b for a, b in layers)
    sides = {"mean": 1, "three pools": 9, "two pools": 49}
    sizes = (filters[2] * sides[features], 128, 64, 10)
    linear = sum(a * b for a, b in pairwise(sizes))
    parts = {
        "convolutions": (convolutions, sum(filters)),
        "linear": (linear, sum(sizes[1:])),
    }
    total = 0
    for name, (weights, bias) in parts.items():
        if only in ("", name):
            total += weights + (bias if biases in ("all", name) else 0)
    return total


def _filters(rng: random.Random) -> dict[str, Any]:
    first = rng.randrange(4, 40)
    return {"filters": (first, 2 * first, 4 * first)}


def _count_working(filters: tuple[int, int, int]) -> str:
    lines = [f"With {filters} filters:"]
    for k, (a, b) in enumerate(pairwise((1, *filters)), 1):
        lines.append(f"conv{k}: 3 · 3 · {a} · {b} + {b} = {9 * a * b + b}")
    sizes = (filters[2], 128, 64, 10)
    for k, (a, b) in enumerate(pairwise(sizes), 1):
        lines.append(f"fc{k}: {a} · {b} + {b} = {a * b + b}")
    return "\n".join([*lines, f"Together: {_count(filters)}"])


COUNT = Compute(
    key="count",
    task=(
        "Three convolutions of 3 × 3 with {filters} filters, an average over the whole "
        "map, then linear layers with 128, 64 and 10 outputs. Images have one channel. "
        "How many parameters has the network?"
    ),
    level=2,
    minutes=5,
    practises=TRACING,
    reference=_count,
    numbers={"filters": (16, 32, 64)},
    draw=_filters,
    working=_count_working,
    mistakes=(
        Mistake(
            "no biases",
            {"biases": "none"},
            "The biases are left out: one for each filter, and one for each output of "
            "a linear layer.",
            "stats.stackexchange.com/questions/570254, with and without the bias",
        ),
        Mistake(
            "no biases of filters",
            {"biases": "linear"},
            "Each filter has a bias, too: one number, whatever its channels.",
            JUDGEMENT,
        ),
        Mistake(
            "flattened",
            {"features": "three pools"},
            "That is the network with three max pools, whose 3 × 3 places are "
            "flattened. An average over the whole map leaves one number per filter.",
            JUDGEMENT,
        ),
        Mistake(
            "published",
            {"features": "two pools"},
            "That is the published network, with 7 × 7 places for each filter. An "
            "average over the whole map leaves one number per filter.",
            "the article's code",
        ),
        Mistake(
            "convolutions only",
            {"only": "convolutions"},
            "These are the convolutions. The three linear layers have weights, too.",
            JUDGEMENT,
        ),
        Mistake(
            "one channel",
            {"channels": "one"},
            "Each filter reaches through all channels of the layer before: 3 · 3 "
            "weights for every one of them.",
            "stats.stackexchange.com/questions/570254, channels decide the kernel",
        ),
    ),
    hints=(
        "Layer by layer: what does one filter, or one output, need?",
        "A filter: 3 · 3 · (channels that come in) weights and a bias. An output: one "
        "weight for each input and a bias.",
        "The average leaves as many numbers as conv3 has filters. These are the "
        "inputs of the first linear layer.",
    ),
    answer="40_522",
)


# --- The smallest batch that runs


def _silent(
    size: int,
    *,
    pools: int = 3,
    of: int = 0,
    common: bool = True,
    rounded: bool = False,
    swapped: bool = False,
    rows_of: str = "batch",
) -> tuple[int, int]:
    """The smallest batch that `view(-1, 6272)` lets pass, and its rows."""
    side = of or size
    for _ in range(pools):
        side //= 2
    own, row = 128 * side * side, 6_272
    images = row // math.gcd(own, row) if common else row
    if rounded:
        images = -(-row // own)
    rows = images * own // row if rows_of == "batch" else images
    return (rows, images) if swapped else (images, rows)


def _size(rng: random.Random) -> dict[str, Any]:
    return {"size": rng.randrange(16, 120)}


def _silent_working(size: int) -> str:
    side = size // 2 // 2 // 2
    own, shared = 128 * side * side, math.gcd(128 * side * side, 6_272)
    images, rows = _silent(size)
    return (
        f"Three pools halve {size} to {side}: each image has 128 · {side} · {side} = "
        f"{own} numbers.\n"
        f"{own} and 6272 have the common factor {shared}: the smallest batch is 6272 / "
        f"{shared} = {images} images.\n"
        f"They are {images} · {own} = {images * own} numbers, {rows} rows of 6272.\n"
        f"The pair: {shown((images, rows))}"
    )


SILENT = Compute(
    key="silent",
    task=(
        "The published code gets images of {size} × {size}. What is the smallest batch "
        "that runs, and how many rows come out? Answer with a pair (images, rows)."
    ),
    level=3,
    minutes=6,
    practises=READING,
    reference=_silent,
    numbers={"size": 32},
    draw=_size,
    working=_silent_working,
    mistakes=(
        Mistake(
            "images of 28",
            {"of": 28},
            "That is the answer for images of 28 × 28. Trace the side anew: it is "
            "halved three times.",
            "qijiezhao/pseudo-3d-pytorch issue 28, another input size",
        ),
        Mistake(
            "product",
            {"common": False},
            "6,272 images would do. But the batch and 6,272 may share factors: divide "
            "by what the numbers of one image and 6,272 have in common.",
            JUDGEMENT,
        ),
        Mistake(
            "swapped",
            {"swapped": True},
            "The pair stands the other way round: first the images, then the rows.",
            JUDGEMENT,
        ),
        Mistake(
            "rounded up",
            {"rounded": True},
            "So many images fill one row, but the last image would be cut: the rows "
            "must be whole, with nothing left over.",
            "karpathy/neuraltalk2 issue 90, View(-1) and the batch size",
        ),
        Mistake(
            "one row each",
            {"rows_of": "images"},
            "The rows that come out are not the images: divide all numbers of the "
            "batch by 6,272.",
            "uoguelph-mlrg/Cutout issue 16, more rows than images",
        ),
        Mistake(
            "two pools",
            {"pools": 2},
            "`forward` calls the pool three times, so the side is halved three times.",
            "ZhengyuZhao/Adi-Red-Scene issue 9, features that do not fit",
        ),
    ),
    hints=(
        "How many numbers has one image after the three pools?",
        "The batch times that must be a multiple of 6,272. Which factors do the two "
        "share? math.gcd tells.",
        "images = 6,272 / gcd(numbers of one image, 6,272); rows = images · numbers of "
        "one image / 6,272.",
    ),
    answer="(49, 16)",
)


EXERCISES: tuple = (
    HEAD,
    CROSS_ENTROPY,
    EXPECTS,
    COUNT,
    SILENT,
    Predict(
        "uniform", "What do ten equal scores cost, in nats?", math.log(10), near=0.01
    ),
    Predict(
        "silent_sizes",
        "Which batch sizes run without an error?",
        frozenset({49, 98}),
        how_sure=True,
    ),
    Predict(
        "weights", "How many parameters has Conv2d(32, 64, 3)?", 18_496, how_sure=True
    ),
    Predict("unpadded", "How many features per image without padding?", 128),
    Predict(
        "fields",
        "How many pixels does one number see, in each of the four?",
        (22, 18, 8, 7),
    ),
)
