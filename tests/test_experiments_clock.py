"""The clock: when losses are below a level, and what the committed table says."""

import math
from itertools import islice

import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial import data, model
from mnist_tutorial.experiments import clock, common, tables


def test_the_first_step_below_a_level_is_that_of_a_mean():
    losses = [3.0] * 20 + [0.0] * 20
    assert clock.first_below(3.5, losses) == 20
    assert clock.first_below(3.0, losses) == 21
    assert clock.first_below(1.6, losses) == 30
    assert clock.first_below(0.1, losses) == 40
    assert math.isnan(clock.first_below(0.0, losses))
    assert math.isnan(clock.first_below(4.0, losses[:19]))


def test_each_speed_is_run_with_five_seeds():
    runs = clock.clock_runs()
    assert len(runs) == 15 == len({(r["lr"], r["momentum"], r["seed"]) for r in runs})
    speeds = {round(run["lr"] / (1 - run["momentum"]), 6) for run in runs}
    assert speeds == {0.01, 0.1}


def losses_by_hand(splits, lr: float, momentum: float, seed: int) -> list[float]:
    """60 steps of the loop as 06 teaches it, with PyTorch's optimizer."""
    torch.manual_seed(seed)
    net = model.ConvNet(width=8).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), lr, momentum, nesterov=momentum > 0)
    losses = []
    batches = data.Batches(*splits.train, size=16, seed=seed).epoch()
    for images, labels in islice(batches, 60):
        loss = F.cross_entropy(net(images), labels)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_run_is_the_loop_of_the_notebook(momentum, monkeypatch):
    splits = data.Splits(*[common.subset(1_000)] * 3)
    monkeypatch.setattr(common, "splits", lambda: splits)
    losses = losses_by_hand(splits, 0.1, momentum, seed=2)
    between = sorted(math.fsum(losses[k - 20 : k]) / 20 for k in range(20, 61))
    monkeypatch.setattr(clock, "LEFT", between[20] + 1e-6)
    monkeypatch.setattr(clock, "FALLEN", between[0] + 1e-6)
    found = clock.run_clock(lr=0.1, momentum=momentum, steps=60, seed=2)
    expected = [
        clock.first_below(level, losses) for level in (clock.LEFT, clock.FALLEN)
    ]
    assert list(found.values()) == expected and max(expected) <= 60


def distances(value: str) -> list[list[float]]:
    """Step × lr / (1 − momentum), for each speed the five seeds."""
    steps = tables.by_seed(tables.load_results("clock"), ["lr", "momentum"], value)
    return [[k * lr / (1 - mu) for k in found] for (lr, mu), found in steps.items()]


def test_in_the_table_each_seed_leaves_within_a_factor_of_two_in_distance():
    left = distances("left")
    assert len(left) == 3 and all(len(found) == 5 for found in left)
    for slow, fast, pushed in zip(*left, strict=True):
        assert max(slow, fast, pushed) < 2 * min(slow, fast, pushed)
        assert slow * 100 > 5 * fast * 10  # in steps


def test_in_the_table_fast_ones_need_more_distance_after_the_plateau():
    slow, fast, pushed = distances("fallen")
    for one, *others in zip(slow, fast, pushed, strict=True):
        assert min(others) > 1.3 * one
