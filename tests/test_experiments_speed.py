"""What a step costs, and what that makes of the time to 99 %."""

from itertools import pairwise

import pytest
import torch
from torch.utils.data import RandomSampler

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, next_steps, speed, tables


def test_the_usual_loader_deals_the_same_images_one_by_one():
    loader = speed.usual_loader()
    assert loader.batch_size == 64 and len(loader.dataset) == 60_000
    assert isinstance(loader.sampler, RandomSampler)
    image, label = loader.dataset[3]
    expected = data.load_tensors(train=True)
    torch.testing.assert_close(image, expected.images[3])
    assert label == expected.labels[3]


@pytest.fixture(scope="module")
def contestants():
    return speed.contestants(torch.device("cpu"))


@pytest.mark.parametrize(
    "name", dict.fromkeys(pair[0] for pair in speed.LADDER.values())
)
def test_a_contestant_trains_for_four_steps_and_goes_on_where_it_was(contestants, name):
    first, second = contestants[name](), contestants[name]()
    assert len(first) == len(second) == speed.STEPS
    assert first != second and all(0 < loss < 10 for loss in first + second)


def test_the_contestants_are_those_of_the_ladder(contestants):
    assert set(contestants) == {pair[0] for pair in speed.LADDER.values()}
    assert {pair[1] for pair in speed.LADDER.values()} == set(next_steps.RUNGS)


@pytest.mark.parametrize(
    ("name", "build", "channels_last"),
    [
        ("loader", model.ConvNet, False),
        ("tensors", model.ConvNet, False),
        ("channels last", model.ConvNet, True),
        ("pool before ReLU", lambda: model.pool_first(model.ConvNet()), True),
        ("batch norm", lambda: model.pool_first(model.NormNet()), True),
        ("half the width", lambda: model.pool_first(model.NormNet(16)), True),
    ],
)
def test_a_contestant_trains_the_network_of_its_name(
    contestants, name, build, channels_last, monkeypatch
):
    seen = []

    def steps(net, batches, optimizer, precision):
        seen.append((net, list(batches), precision))
        assert optimizer.param_groups[0]["lr"] == 0.01
        assert optimizer.param_groups[0]["params"][0] is next(net.parameters())
        return []

    monkeypatch.setattr(train, "steps", steps)
    contestants[name]()
    ((net, batches, precision),) = seen
    assert [repr(layer) for layer in net.modules()] == [
        repr(layer) for layer in build().modules()
    ]
    weight = next(p for p in net.parameters() if p.ndim == 4 and p.shape[1] > 1)
    in_order = weight.is_contiguous(memory_format=torch.channels_last)
    assert in_order == channels_last and precision == "float32"
    assert [images.shape for images, _ in batches] == 4 * [(64, 1, 28, 28)]


def test_each_addition_changes_the_seconds_or_the_steps():
    ways = list(speed.LADDER.values())
    for before, after in pairwise(ways):
        assert before != after


def test_a_precision_reaches_the_steps(monkeypatch):
    asked = []
    original = train.steps

    def watched(*args, precision):
        asked.append(precision)
        return original(*args, precision=precision)

    monkeypatch.setattr(train, "steps", watched)
    speed.contestants(torch.device("cpu"), "bfloat16")["half the width"]()
    assert asked == ["bfloat16"]


def test_costs_are_medians_in_steps_of_channels_last(monkeypatch):
    seconds = {"channels last": [2.0, 4.0, 90.0], "loader": [9.0, 8.0, 7.0]}
    asked = []
    monkeypatch.setattr(speed, "contestants", lambda *how: how)
    monkeypatch.setattr(
        speed.timing, "in_turns", lambda *how: asked.append(how) or seconds
    )
    cpu = torch.device("cpu")
    costs = speed.step_costs(cpu)
    assert costs == {"channels last": 1.0, "loader": 2.0}
    assert speed.step_costs(cpu, "bfloat16", 3) == costs
    assert asked == [((cpu, "float32"), 8, cpu), ((cpu, "bfloat16"), 3, cpu)]


ROWS = [
    {"rung": rung, "seed": seed, "steps": steps, "reached": reached}
    for rung, seed, steps, reached in (
        *(("plain SGD", 0, 860, 1), ("plain SGD", 1, 1290, 1)),
        *(("half the width", 0, 860, 0), ("half the width", 1, 430, 1)),
    )
]


def test_a_seed_that_has_not_arrived_is_said_to_need_more():
    assert len(data.Batches(*common.splits().train)) == 860
    found = speed.epochs_to_goal(ROWS)
    assert found == {
        "plain SGD": ["1.00", "1.50"],
        "half the width": ["over 1.00", "0.50"],
    }


def test_time_is_steps_times_what_a_step_costs():
    names = {pair[0] for pair in speed.LADDER.values()}
    costs = dict.fromkeys(names, 1.0) | {"loader": 3.0, "half the width": 0.25}
    times = speed.times_to_goal(ROWS, costs)
    assert list(times) == list(speed.LADDER)
    assert times["the article's loop"] == [3.0, 4.5]
    assert times["+ tensors"] == [1.0, 1.5]
    assert times["+ half the width"] == [0.25, 0.125]
    assert times["+ momentum"] == []


def test_the_committed_table_has_every_rung_of_the_ladder():
    rows = tables.load_results("fast")
    costs = dict.fromkeys({pair[0] for pair in speed.LADDER.values()}, 1.0)
    assert all(len(v) == 3 for v in speed.times_to_goal(rows, costs).values())
