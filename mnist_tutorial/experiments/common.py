"""What the experiments share: the images, training by steps, what is measured."""

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from mnist_tutorial import data, model, train

PACKAGE = Path(__file__).parent.parent
SEEDS = range(3)


class Outcome(NamedTuple):
    """What a network has learned, by where it is looked at."""

    training: train.Evaluation  # on the images it was trained on
    choosing: train.Evaluation  # on the part of validation that settings are chosen by
    reporting: train.Evaluation  # on the part that is then reported


@cache
def splits(dataset: str = "MNIST", data_root: str = "") -> data.Splits:
    return data.splits(dataset, data_root)


def subset(images: int) -> data.Split:
    """The first training images; the set was shuffled by its makers."""
    train_images, labels = splits().train
    return data.Split(train_images[:images], labels[:images])


def choosing() -> data.Split:
    """A fifth of the validation images, to choose by."""
    images, labels = splits().validation
    return data.Split(images[::5], labels[::5])


def reporting() -> data.Split:
    """The other four fifths, to report on what was chosen."""
    images, labels = splits().validation
    rest = torch.arange(len(labels)) % 5 > 0
    return data.Split(images[rest], labels[rest])


def stream(batches: data.Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch after the other, without end."""
    for epoch in itertools.count():
        yield from batches.epoch(epoch)


def train_steps(
    net: nn.Module,
    batches: data.Batches | Iterator[tuple[Tensor, Tensor]],
    steps: int,
    optimizer: Optimizer,
    scheduler: Any = None,
    *,
    checks: int = 1,
    precision: str = "float32",
) -> Iterator[int]:
    """Train for a number of steps; pause after each of `checks` equal parts.

    Yields how many steps are done. Small training sets are seen many times so, and
    each size costs the same.
    """
    endless = stream(batches) if isinstance(batches, data.Batches) else batches
    with train.channels_last(net):
        done = 0
        for part in range(1, checks + 1):
            upto = steps * part // checks
            part_of_them = itertools.islice(endless, upto - done)
            for _ in train.steps(net, part_of_them, optimizer, scheduler, precision):
                pass
            done = upto
            yield done


def train_sgd(
    net: nn.Module,
    batches: data.Batches | Iterator[tuple[Tensor, Tensor]],
    steps: int,
    lr: float = train.LR,
    momentum: float = train.MOMENTUM,
    weight_decay: float = train.WEIGHT_DECAY,
    *,
    cycle: bool = True,
    checks: int = 1,
    precision: str = "float32",
) -> Iterator[int]:
    """As `train_steps`, by SGD: in one cycle of the learning rate, or at one rate."""
    optimizer = train.sgd(net, lr, momentum, weight_decay)
    scheduler = train.one_cycle(optimizer, steps) if cycle else None
    how: dict[str, Any] = {"checks": checks, "precision": precision}
    yield from train_steps(net, batches, steps, optimizer, scheduler, **how)


def train_cycle(
    net: nn.Module,
    batches: data.Batches,
    steps: int,
    lr: float = train.LR,
) -> None:
    """Train for one cycle of `steps`, with the momentum and weight decay of 06."""
    list(train_sgd(net, batches, steps, lr))


def outcome(net: nn.Module, training: data.Split) -> Outcome:
    """Evaluate on (at most 10,000 of) the training images and on both validations."""
    seen = data.Split(training.images[:10_000], training.labels[:10_000])
    where = training.images.device
    parts = (seen, choosing().to(where), reporting().to(where))
    return Outcome(*(train.evaluate(net, *part) for part in parts))


def columns(result: Outcome) -> dict[str, float]:
    return {
        f"{part}_{measure}": round(value, 6)
        for part, evaluation in result._asdict().items()
        for measure, value in evaluation._asdict().items()
    }


def macs(net: nn.Module) -> int:
    """Multiply-accumulates for one image."""
    image = torch.zeros(1, 1, 28, 28, device=next(net.parameters()).device)
    return sum(layer.macs for layer in model.layers(net, image))


def width_of_cost(aim: int, widths: range, build: Callable[[int], nn.Module]) -> int:
    """The width at which `build` makes a network that costs most nearly `aim` MACs.

    The cost grows with the width, so halving the range finds it.
    """
    cost = cache(lambda width: macs(build(width)))
    above = bisect_left(widths, aim, key=cost)
    nearest = widths[max(0, above - 1) : above + 1]
    return min(nearest, key=lambda width: abs(cost(width) - aim))


def ranked_rates(rows: Sequence[dict], column: str) -> dict[Any, list[float]]:
    """By the values of a column its rates, that with the best mean of choosing first.

    Of two that are equally good, the lower stands first.

    Args:
        rows: of a table of searches, with as many seeds for each rate.
    """
    right: dict[Any, dict[float, float]] = {}
    for row in rows:
        sums = right.setdefault(row[column], defaultdict(float))
        sums[row["lr"]] += row["choosing_accuracy"]
    return {
        value: sorted(sums, key=lambda lr: (-round(sums[lr], 6), lr))
        for value, sums in right.items()
    }
