"""What bounds a step: counted by hand, and measured in the same turns."""

import copy

import pytest
import torch
from support import same_state
from torch.utils.flop_counter import FlopCounterMode

from mnist_tutorial import data, model, timing, train
from mnist_tutorial.experiments import common, growth


@pytest.mark.parametrize("width", [1, 8, 32])
def test_the_arithmetic_of_training_is_what_pytorch_counts(width):
    net = model.ConvNet(width)
    with FlopCounterMode(display=False) as counter:
        net(torch.randn(3, 1, 28, 28)).sum().backward()
    assert growth.flops(net) == counter.get_total_flops() / 3


def test_each_number_is_written_and_read_forward_and_backward():
    # Convolution and ReLU at 28, 14 and 7, pools at 14, 7 and 3, then the head.
    convolutions = 2 * (28 * 28 + 2 * 14 * 14 + 4 * 7 * 7)
    pools = 14 * 14 + 2 * 7 * 7 + 4 * 3 * 3
    head = 2 * (128 + 64) + 10
    assert growth.passes(model.ConvNet(1)) == 4 * (convolutions + pools + head)


def test_one_setting_grows_and_the_others_stay():
    for run in growth.growth_runs():
        others = {
            name: value
            for name, value in growth.USUAL.items()
            if name != run["varied"] and not (run["varied"] == "batch_size" == name)
        }
        if run["varied"] == "batch_size":
            assert run["images"] == run["batch_size"]  # one step
            others.pop("images")
        assert all(run[name] == value for name, value in others.items())


SECONDS = {
    "epoch": [0.5, 0.3, 0.4],
    "product": [0.02, 0.01, 0.03],
    "copy": [0.004, 0.002, 0.003],
    "tiny": [0.0015, 0.001, 0.002],
}


def test_the_limits_are_the_fastest_that_was_measured(monkeypatch):
    asked = []

    def in_turns(contestants, turns, device):
        asked.append((list(contestants), turns, torch.get_num_threads()))
        return SECONDS

    monkeypatch.setattr(timing, "in_turns", in_turns)
    threads = torch.get_num_threads()
    run = dict(varied="images", batch_size=64, width=32, images=160, threads=2)
    result = growth.run_growth(**run, turns=5)
    assert asked == [(list(SECONDS), 5, 2)]
    assert torch.get_num_threads() == threads
    net = model.ConvNet()
    assert result["seconds"] == 0.3 and result["median_seconds"] == 0.4
    assert result["arithmetic_seconds"] == pytest.approx(
        160 * growth.flops(net) * 0.01 / (2 * 1024**3), abs=1e-6
    )
    numbers = 160 * growth.passes(net) + 3 * 8 * 249_162
    assert result["memory_seconds"] == pytest.approx(
        numbers * 0.002 / (2 * 64 * 32 * 28 * 28), abs=1e-6
    )
    assert result["python_seconds"] == pytest.approx(3 * 0.001)


def test_the_contestants_train_multiply_and_copy():
    runs = growth.contestants(batch_size=4, width=2, images=6)
    assert list(runs) == list(SECONDS)
    for run in runs.values():
        run()
    net = model.ConvNet(2)
    twin = copy.deepcopy(net).to(memory_format=torch.channels_last)
    growth.epoch(net, images=6, batch_size=4)()
    optimizer = train.sgd(twin, 0.01, train.MOMENTUM, train.WEIGHT_DECAY)
    train.train_epoch(twin, data.Batches(*common.subset(6), 4), optimizer)
    assert same_state(net, twin)


def test_a_copy_is_as_large_as_what_a_step_moves():
    assert growth.copied(64, 32) == 64 * 32 * 28 * 28
    assert growth.copied(1, 32) == 249_162


def test_a_table_gives_the_curves_of_what_was_varied():
    rows = [
        {
            "varied": varied,
            "width": width,
            "seconds": 4.0,
            "arithmetic_seconds": 3.0,
            "memory_seconds": 2.0,
            "python_seconds": float(width),
        }
        for varied, width in (("width", 2), ("threads", 32), ("width", 8))
    ]
    assert growth.limits(rows, "width") == {
        "measured": {2: 4.0, 8: 4.0},
        "arithmetic": {2: 3.0, 8: 3.0},
        "memory": {2: 2.0, 8: 2.0},
        "Python": {2: 2.0, 8: 8.0},
    }
