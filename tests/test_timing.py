"""The clock waits for its device, and contestants meet the same machine."""

from copy import deepcopy
from itertools import count

import pytest
import torch
from support import same_state
from torch import nn

from mnist_tutorial import model, timing, train

CPU = torch.device("cpu")


def test_the_clock_waits_for_a_gpu_and_for_nothing_else(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    first = timing.clock(CPU)
    assert waited == []
    gpu = torch.device("cuda", 1)
    assert timing.clock(gpu) >= first
    assert waited == [gpu]


def test_contestants_take_turns_and_the_first_turn_does_not_count(monkeypatch):
    ticks = count()
    monkeypatch.setattr(timing, "clock", lambda device: next(ticks))
    called = []

    def contestant(name, ticks_taken):
        def run():
            called.append(name)
            for _ in range(ticks_taken):
                next(ticks)

        return run

    contestants = {"a": contestant("a", 3), "b": contestant("b", 7)}
    measured = timing.in_turns(contestants, 2, CPU)
    assert called == ["a", "b"] * 3
    assert measured == {"a": [4, 4], "b": [8, 8]}


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, 1, 28, 28, generator=generator), torch.arange(4)


def test_to_time_a_step_changes_neither_the_network_nor_chance(batch):
    net = nn.Sequential(model.ConvNet(width=2), nn.Dropout())
    before, chance = deepcopy(net), torch.get_rng_state()
    seconds = timing.step_seconds(net, *batch, turns=2)
    assert tuple(seconds) == train.PRECISIONS
    assert min(seconds.values()) > 0
    assert same_state(net, before)
    assert torch.get_rng_state().equal(chance)


def test_the_seconds_of_a_step_are_the_median_of_five_turns(batch, monkeypatch):
    asked, stepped = [], []
    original = train.sgd

    def in_turns(contestants, turns, device):
        asked.append((list(contestants), turns, device))
        return {"float32": [3.0, 1.0, 2.0], "bfloat16": [4.0, 9.0, 5.0]}

    def sgd(net, lr):
        stepped.append((net.conv2.weight.is_contiguous(), lr))
        return original(net, lr)

    monkeypatch.setattr(timing, "in_turns", in_turns)
    monkeypatch.setattr(train, "sgd", sgd)
    seconds = timing.step_seconds(model.ConvNet(width=2), *batch)
    assert seconds == {"float32": 2.0, "bfloat16": 5.0}
    assert asked == [(["float32", "bfloat16"], 5, CPU)]
    assert stepped == [(False, 0.01)] * 2  # the channels of a pixel side by side


def test_each_precision_is_timed_in_its_own(batch, monkeypatch):
    asked = []
    computed_in = train.computed_in

    def noted(precision, device):
        asked.append(precision)
        return computed_in(precision, device)

    monkeypatch.setattr(train, "computed_in", noted)
    timing.step_seconds(model.ConvNet(width=2), *batch, turns=2)
    assert asked == ["float32", "bfloat16"] * 3


@pytest.mark.parametrize(
    ("bfloat16", "said"),
    [
        (
            0.048,
            "On this processor a step takes 48 ms in bfloat16 and 36 ms in float32; "
            "the training goes on in bfloat16 as asked.\n",
        ),
        (0.036, ""),
        (0.020, ""),
    ],
)
def test_only_a_slower_precision_is_spoken_of(
    bfloat16, said, batch, monkeypatch, capsys
):
    seconds = {"float32": 0.036, "bfloat16": bfloat16}
    monkeypatch.setattr(timing, "step_seconds", lambda *_: seconds)
    timing.warn_if_slower("bfloat16", model.ConvNet(width=2), *batch)
    assert capsys.readouterr().out == said


def test_nothing_is_timed_for_float32(batch, monkeypatch, capsys):
    monkeypatch.setattr(timing, "step_seconds", lambda *_: 1 / 0)
    timing.warn_if_slower("float32", model.ConvNet(width=2), *batch)
    assert capsys.readouterr().out == ""
