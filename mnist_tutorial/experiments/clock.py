"""After how many steps a network leaves its plateau, at three speeds: for 06."""

import math
from collections.abc import Sequence
from itertools import islice

import torch

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common

SEEDS = range(5)
WINDOW = 20  # steps whose losses are averaged
LEFT = 2.1  # nats: below this mean loss the plateau, at ln 10, is left
FALLEN = 1.0  # nats: below this the steep part of the fall is over

# Learning rate, momentum, and steps that are enough for it: lr / (1 − momentum), the
# speed of the clock, is 0.01 once and 0.1 twice.
SPEEDS = ((0.01, 0.0, 1_600), (0.1, 0.0, 400), (0.01, 0.9, 400))


def clock_runs() -> list[dict]:
    return [
        {"lr": lr, "momentum": momentum, "steps": steps, "seed": seed}
        for lr, momentum, steps in SPEEDS
        for seed in SEEDS
    ]


def run_clock(*, lr: float, momentum: float, steps: int, seed: int) -> dict:
    """Train at one speed, in batches of 16; the steps until `LEFT` and `FALLEN`.

    The seed sets the first weights and the order of the images. The network is a
    quarter as wide as that of the course, the rate stays the same throughout.
    """
    torch.manual_seed(seed)
    net = model.ConvNet(width=8)
    batches = data.Batches(*common.splits().train, size=16, seed=seed)
    with train.channels_last(net):
        taught = train.steps(net, batches.epoch(), train.sgd(net, lr, momentum))
        losses = train.floats(islice(taught, steps))
    return {
        "left": first_below(LEFT, losses),
        "fallen": first_below(FALLEN, losses),
    }


def first_below(level: float, losses: Sequence[float]) -> float:
    """The first step at which the mean of the last `WINDOW` losses is lower.

    It is nan if there is none.
    """
    for end in range(WINDOW, len(losses) + 1):
        if math.fsum(losses[end - WINDOW : end]) / WINDOW < level:
            return end
    return math.nan
