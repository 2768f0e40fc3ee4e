"""How the cost of training grows, and what bounds it: arithmetic, memory, Python."""

from collections.abc import Callable
from math import prod
from statistics import median

import torch
from torch import nn

from mnist_tutorial import data, model, timing, train
from mnist_tutorial.experiments import common

# What is varied, and how far; the others stay at `USUAL`. It is a step that is timed,
# and where the images grow, an epoch.
USUAL = {"batch_size": 64, "width": 32, "images": 64, "threads": 1}
VARIED = {
    "batch_size": (1, 4, 16, 64, 256, 1024),
    "width": (2, 4, 8, 16, 32, 64),
    "images": (64, 256, 1024, 4096),
    "threads": (1, 2),
}
TURNS = 7

Run = Callable[[], object]


def growth_runs() -> list[dict]:
    return [
        {"varied": name, **USUAL, name: value, "turns": TURNS}
        # A step takes one batch, so that many images; an epoch takes several.
        | ({"images": value} if name == "batch_size" else {})
        for name, values in VARIED.items()
        for value in values
    ]


def run_growth(
    *,
    varied: str,
    batch_size: int,
    width: int,
    images: int,
    threads: int,
    turns: int,
) -> dict:
    """Seconds of an epoch of `images`, and how soon each limit would have let it end.

    The limits are measured in the same turns. Of all, the lowest counts, which other
    programs disturb least; the median stands beside it.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        measured = timing.in_turns(
            contestants(batch_size, width, images), turns, torch.device("cpu")
        )
    finally:
        torch.set_num_threads(before)
    lowest = {name: min(seconds) for name, seconds in measured.items()}
    steps = -(-images // batch_size)
    net = model.ConvNet(width)
    results = {
        "seconds": lowest["epoch"],
        "median_seconds": median(measured["epoch"]),
        "arithmetic_seconds": images * flops(net) * lowest["product"] / PRODUCT_FLOPS,
        "memory_seconds": lowest["copy"]
        * (images * passes(net) + steps * 8 * model.count_parameters(net))
        / (2 * copied(batch_size, width)),
        "python_seconds": steps * lowest["tiny"],
    }
    return {name: round(seconds, 7) for name, seconds in results.items()}


# A product of two square matrices of this size has arithmetic enough to be at the peak.
SIDE = 1024
PRODUCT_FLOPS = 2 * SIDE**3


def contestants(batch_size: int, width: int, images: int) -> dict[str, Run]:
    """The epoch, and what bounds it: a matrix product, a copy, and hardly anything."""
    torch.manual_seed(0)
    matrix, numbers = torch.randn(SIDE, SIDE), torch.randn(copied(batch_size, width))
    product, copy = torch.empty_like(matrix), torch.empty_like(numbers)
    return {
        "epoch": epoch(model.ConvNet(width), images, batch_size),
        "product": lambda: torch.mm(matrix, matrix, out=product),
        "copy": lambda: copy.copy_(numbers),
        "tiny": epoch(model.ConvNet(1), 1, 1),
    }


def epoch(net: nn.Module, images: int, batch_size: int) -> Run:
    """A function that trains `net` on so many images once."""
    net.to(memory_format=torch.channels_last)
    optimizer = train.sgd(net, 0.01, train.MOMENTUM, train.WEIGHT_DECAY)
    batches = data.Batches(*common.subset(images), batch_size)
    return lambda: train.train_epoch(net, batches, optimizer)


def flops(net: nn.Module) -> int:
    """Multiplications and additions of training on one image.

    Backward has two products for each of forward: one for the gradient of the weights,
    one for that of what came in, which the first layer does not need.
    """
    per_layer = [layer.macs for layer in model.layers(net, torch.zeros(1, 1, 28, 28))]
    return 2 * (3 * sum(per_layer) - per_layer[0])


def passes(net: nn.Module) -> int:
    """How many numbers at least go to or from memory for one image.

    Each that a layer puts out is written and read, and so is its gradient. All layers
    with weights but the last have a ReLU, which puts out as many again.
    """
    rows = model.layers(net, torch.zeros(1, 1, 28, 28))
    outputs = [prod(row.output_shape) * (2 if row.parameters else 1) for row in rows]
    return 4 * (sum(outputs) - outputs[-1] // 2)


def copied(batch_size: int, width: int) -> int:
    """How many numbers a copy is timed with: the largest map, or all weights if more.

    What fits into a cache is copied faster, so the size has to be that of the step.
    """
    first_map = batch_size * width * 28 * 28
    return max(first_map, model.count_parameters(model.ConvNet(width)))


def limits(rows: list[dict], varied: str) -> dict[str, dict[int, float]]:
    """Of a table, by what is varied: the seconds, and those of each limit."""
    kinds = {
        "measured": "seconds",
        "arithmetic": "arithmetic_seconds",
        "memory": "memory_seconds",
        "Python": "python_seconds",
    }
    chosen = [row for row in rows if row["varied"] == varied]
    return {
        kind: {row[varied]: row[column] for row in chosen}
        for kind, column in kinds.items()
    }
