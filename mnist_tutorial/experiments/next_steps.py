"""The experiments of 11: the time to 99 %, and a residual block."""

from collections.abc import Callable, Iterator
from functools import cache

import torch
from torch import nn

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common
from mnist_tutorial.experiments.common import (
    SEEDS,
    columns,
    macs,
    outcome,
    subset,
    train_cycle,
    train_sgd,
    width_of_cost,
)

# --- How fast

# From the article's loop to one epoch: network, learning rate, momentum, and how many
# quarters of an epoch a cycle is tried with, one after the other; none: no cycle.
RUNGS: dict[str, tuple[Callable[[], nn.Module], float, float, tuple[int, ...]]] = {
    "plain SGD": (model.ConvNet, 0.1, 0.0, ()),
    "momentum": (model.ConvNet, 0.02, train.MOMENTUM, ()),
    "one cycle": (model.ConvNet, 0.1, train.MOMENTUM, (6, 8, 12)),
    "batch norm": (model.NormNet, 0.1, train.MOMENTUM, (2, 3, 4, 6, 8)),
    "half the width": (
        lambda: model.NormNet(16),
        0.1,
        train.MOMENTUM,
        (3, 4, 6, 8, 12),
    ),
}
MOST_QUARTERS = 32


def fast_runs() -> list[dict]:
    return [dict(rung=rung, goal=0.99, seed=seed) for rung in RUNGS for seed in SEEDS]


def run_fast(*, rung: str, goal: float, seed: int) -> dict:
    """Train until the validation accuracy reaches `goal`; how many steps that took.

    At a constant rate it is looked at after each quarter of an epoch. A cycle is over
    when it is over: the shortest of some that reaches the goal counts, and only its own
    steps do. `reached` is 0 where the goal was not.
    """
    training, validation = common.splits().train, common.splits().validation
    build, lr, momentum, cycles = RUNGS[rung]
    batches = data.Batches(*training, size=64, seed=seed)

    def begin(quarters: int) -> Iterator[tuple[int, train.Evaluation]]:
        """Train anew; yield steps and evaluation, once for a cycle, else often."""
        torch.manual_seed(seed)
        net = build()
        steps = quarters * len(batches) // 4
        decay = train.WEIGHT_DECAY if cycles else 0.0
        cycle, checks = bool(cycles), 1 if cycles else quarters
        for done in train_sgd(
            net, batches, steps, lr, momentum, decay, cycle=cycle, checks=checks
        ):
            yield done, train.evaluate(net, *validation)

    for quarters in cycles or (MOST_QUARTERS,):
        for steps, result in begin(quarters):
            if result.accuracy >= goal:
                return {"reached": 1, "steps": steps, "accuracy": result.accuracy}
    return {"reached": 0, "steps": steps, "accuracy": result.accuracy}


# --- A residual block, at equal cost


@cache
def residual_width(blocks: int) -> int:
    """The width at which `model.residual_net` costs what `NormNet(32)` does."""
    aim = macs(model.NormNet(32))
    return width_of_cost(
        aim, range(2, 33), lambda width: model.residual_net(width, blocks)
    )


def residual_runs() -> list[dict]:
    shapes = [(0, "no")] + [
        (blocks, skip) for blocks in (2, 5) for skip in ("no", "yes")
    ]
    return [
        dict(blocks=blocks, skip=skip, width=residual_width(blocks))
        | dict(images=10_000, steps=314, seed=seed)
        for blocks, skip in shapes
        for seed in SEEDS
    ]


def run_residual(
    *, blocks: int, skip: str, width: int, images: int, steps: int, seed: int
) -> dict:
    """Train a deep network with or without its skips, by one cycle."""
    torch.manual_seed(seed)
    net = model.residual_net(width, blocks, skip == "yes")
    training = subset(images)
    train_cycle(net, data.Batches(*training, seed=seed), steps)
    return {
        "parameters": model.count_parameters(net),
        "macs": macs(net),
        **columns(outcome(net, training)),
    }
