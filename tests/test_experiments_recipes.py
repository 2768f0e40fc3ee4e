"""The table of recipes: one training each, compared seed by seed with the first."""

import pytest
import torch

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, recipes, weights


@pytest.fixture
def few(monkeypatch):
    """A handful of images to learn from, and a narrow network of either start."""
    splits = data.Splits(*[common.subset(100)] * 3)
    monkeypatch.setattr(common, "splits", lambda: splits)
    starts = {
        "PyTorch's": lambda: model.ConvNet(2),
        "He's": lambda: model.he_start(model.ConvNet(2)),
    }
    assert starts.keys() == recipes.STARTS.keys()
    monkeypatch.setattr(recipes, "STARTS", starts)
    return splits


RUN = {"recipe": "any", "epochs": 2, "batch_size": 30, "lr": 0.05, "seed": 3}


@pytest.mark.parametrize("start", recipes.STARTS)
@pytest.mark.parametrize("precision", train.PRECISIONS)
def test_a_run_is_the_training_that_its_settings_say(start, precision, few):
    result = recipes.run_recipe(**RUN, start=start, precision=precision)
    torch.manual_seed(3)
    net = recipes.STARTS[start]()
    optimizer = train.sgd(net, 0.05, train.MOMENTUM, train.WEIGHT_DECAY)
    batches = data.Batches(*few.train, size=30, seed=3)
    history = train.fit(
        net,
        batches,
        few.validation,
        optimizer,
        train.one_cycle(optimizer, 8),
        epochs=2,
        precision=precision,
    )
    assert result["steps"] == 8
    reached = history.validation[-1]
    assert result["validation_loss"] == pytest.approx(reached.loss, abs=1e-6)
    assert result["validation_accuracy"] == reached.accuracy
    assert result["cpu_seconds"] >= 0


def test_what_a_run_reached_and_cost_is_rounded(monkeypatch):
    history = train.History()
    history.validation.append(train.Evaluation(1 / 3, 2 / 3))
    monkeypatch.setattr(weights, "train_default", lambda *_, **__: (None, history))
    monkeypatch.setattr(recipes, "process_time", iter([10.0, 13.16]).__next__)
    result = recipes.run_recipe(**RUN, start="He's", precision="float32")
    assert result == {
        "steps": 0,
        "cpu_seconds": 3.2,
        "validation_accuracy": 0.666667,
        "validation_loss": 0.333333,
    }


def test_each_recipe_is_run_with_every_seed():
    runs = recipes.recipe_runs()
    assert len(runs) == len(recipes.RECIPES) * len(recipes.SEEDS)
    assert {run["start"] for run in runs} <= recipes.STARTS.keys()
    assert {run["precision"] for run in runs} == set(train.PRECISIONS)
    first = runs[0]
    usual = (train.EPOCHS, train.BATCH_SIZE, train.LR)
    assert (first["epochs"], first["batch_size"], first["lr"]) == usual
    assert first["precision"] == "float32"


def test_a_recipe_has_every_setting(monkeypatch):
    monkeypatch.setattr(recipes, "RECIPES", {"short": (1, 64, 0.1)})
    with pytest.raises(ValueError, match="shorter"):
        recipes.recipe_runs()


ROWS = [
    {"recipe": name, "seed": seed, "cpu_seconds": cost, "validation_accuracy": reached}
    for name, cost, values in (
        ("usual", 90, (0.991, 0.992, 0.99)),
        ("dear", 180, (0.993, 0.993, 0.993)),
        ("cheap", 30, (0.981, 0.983, 0.979)),
    )
    for seed, reached in enumerate(values)
]


def test_the_frontier_begins_with_the_cheapest_and_compares_with_the_first():
    points = recipes.frontier(ROWS)
    assert [point.recipe for point in points] == ["cheap", "usual", "dear"]
    assert [point.cost for point in points] == pytest.approx([1 / 3, 1, 2])
    cheap, usual, dear = points
    assert usual.accuracy == pytest.approx(0.991) and usual.lowest == 0.99
    assert usual.spread == pytest.approx(0.001) and usual.seeds == 3
    assert usual.lead == (0, 0, 0)
    assert dear.lead.value == pytest.approx(0.002)
    assert dear.spread == pytest.approx(0)
    assert cheap.lead.value == pytest.approx(-0.01)
    # The seeds go up and down together, so that their difference varies less.
    assert cheap.lead.high - cheap.lead.low < 0.01


def test_the_shipped_networks_are_those_of_the_first_recipe():
    recipe = weights.recipe()
    epochs, batch_size, lr, start, _ = next(iter(recipes.RECIPES.values()))
    assert (recipe.epochs, recipe.batch_size) == (epochs, batch_size)
    assert recipe.learning_rate == lr and start == "PyTorch's"
