"""The shipped weights: how they were made, and what is noted of it."""

import json
from dataclasses import replace

import pytest
import torch
from support import mnist_splits
from torch import nn

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, tricks, weights

COMMITTED = common.PACKAGE / "weights" / "recipe.json"


def one_and_the_others(seeds):
    """Parameters of a test: one seed always, the others where time does not matter."""
    first, *others = seeds
    return [first, *(pytest.param(seed, marks=pytest.mark.long) for seed in others)]


@pytest.mark.parametrize("control", model.CONTROLS)
@pytest.mark.parametrize("seed", one_and_the_others(model.CONTROL_SEEDS))
def test_a_shipped_control_kept_what_was_frozen_and_reaches_what_the_recipe_says(
    control, seed
):
    net = model.load_control(control, seed)
    torch.manual_seed(seed)
    first = model.ConvNet()
    for name in ("conv1", "conv2", "conv3", "fc1"):
        same = torch.equal(
            net.get_submodule(name).weight, first.get_submodule(name).weight
        )
        assert same == (name in model.CONTROLS[control])
    net.to(memory_format=torch.channels_last)  # quicker
    accuracy = train.evaluate(net, *mnist_splits().validation).accuracy
    promised = weights.recipe(control).accuracy[seed]
    assert accuracy == pytest.approx(promised, abs=0.001)


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A package without a recipe; a function that notes accuracies of one kind."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(weights, "PACKAGE", tmp_path)
    monkeypatch.setattr(weights, "files", lambda package: tmp_path)
    parts = [data.Split(torch.zeros(n, 1, 2, 2), torch.zeros(n)) for n in (7, 3, 2)]
    return lambda kind, accuracy: weights.note(kind, data.Splits(*parts), accuracy)


@pytest.mark.parametrize("first", model.SHIPPED)
@pytest.mark.parametrize("kind", model.SHIPPED)
def test_a_note_of_one_kind_leaves_those_of_the_others(noted, first, kind):
    # In any order: the first note may be that of the best networks.
    order = [first, *(other for other in model.SHIPPED if other != first)]
    for k, other in enumerate(order, 1):
        noted(other, [k / 10, k / 20])
    before = {other: weights.recipe(other) for other in order}
    noted(kind, [0.5, 0.25, 0.75])
    after = {other: weights.recipe(other) for other in order}
    assert after.pop(kind) == replace(before.pop(kind), accuracy=[0.5, 0.25, 0.75])
    assert after == before


def test_a_recipe_says_what_was_trained_and_how(noted):
    for kind, seeds in model.SHIPPED.items():
        noted(kind, [0.4])
        recipe = weights.recipe(kind)
        assert (recipe.training_images, recipe.validation_images) == (7, 3)
        assert recipe.accuracy == [0.4] and recipe.seeds == list(seeds)
        assert recipe.frozen == list(model.CONTROLS.get(kind, []))
        assert recipe.torch == torch.__version__.split("+")[0]
        assert recipe.threads == torch.get_num_threads()
    assert recipe.tricks == list(tricks.BEST)
    assert recipe.epochs == tricks.BEST_EPOCHS


def test_the_committed_recipe_has_an_accuracy_for_each_shipped_network():
    for kind, seeds in model.SHIPPED.items():
        recipe = weights.recipe(kind)
        assert recipe.seeds == list(seeds) and len(recipe.accuracy) == len(seeds)
        assert recipe.frozen == list(model.CONTROLS.get(kind, []))


@pytest.mark.parametrize("kind", model.SHIPPED)
def test_the_committed_recipe_is_what_would_be_noted_today(kind, noted, monkeypatch):
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    expected = next(note for note in committed if note["kind"] == kind)
    noted(kind, expected["accuracy"])
    text = (weights.PACKAGE / "weights" / "recipe.json").read_text(encoding="utf-8")
    (found,) = json.loads(text)
    # These are of the machine, and of the data that a test has none of.
    for name in ("torch", "threads", "cpu_capability"):
        assert found.pop(name) and expected.pop(name)
    for name in ("training_images", "validation_images"):
        assert found.pop(name) < expected.pop(name)
    assert found == expected
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


@pytest.fixture
def short(noted, monkeypatch):
    """All that is shipped, "trained" in no time; a list of what was trained."""
    trained = []

    def train_default(seed, splits, frozen=()):
        trained.append((*frozen, seed))
        return nn.Linear(1, 1), None

    def train_with(names, training, steps, seed):
        trained.append(("best", seed))
        return nn.Linear(1, 1)

    splits = mnist_splits()
    monkeypatch.setattr(data, "splits", lambda: splits)
    monkeypatch.setattr(weights, "train_default", train_default)
    monkeypatch.setattr(weights, "train_with", train_with)
    monkeypatch.setattr(train, "evaluate", lambda *_: train.Evaluation(0.0, 0.5))
    return trained


def test_weights_are_made_once_and_a_network_that_is_missing_again(short, monkeypatch):
    told = []
    monkeypatch.setattr(
        "builtins.print", lambda said, flush: told.append((said, flush))
    )
    weights.make_weights()
    assert len(short) == sum(map(len, model.SHIPPED.values()))
    assert told == [
        (f"{model.weights_name(seed, kind)[:-12]}: validation accuracy 50.00%", True)
        for kind, seeds in model.SHIPPED.items()
        for seed in seeds
    ]
    for kind, seeds in model.SHIPPED.items():
        assert weights.recipe(kind).accuracy == [0.5] * len(seeds)
    short.clear()
    weights.make_weights()
    assert short == []
    (weights.PACKAGE / "weights" / model.weights_name(1, "best")).unlink()
    weights.make_weights()
    assert short == [("best", 1)]


def test_the_recipe_notes_the_rates_that_the_best_networks_are_trained_with(
    noted, monkeypatch
):
    used = []
    original = train.sgd

    def watched(net, *settings):
        used.append(settings)
        return original(net, *settings)

    monkeypatch.setattr(train, "sgd", watched)
    tricks.train_with(tricks.BEST, common.subset(4), steps=1, seed=0)
    noted("best", [])
    best = weights.recipe("best")
    assert used == [(best.learning_rate, best.momentum, best.weight_decay)]
