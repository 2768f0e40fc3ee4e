"""Recipes for the article's network: what a training costs, and what it reaches."""

from collections.abc import Callable, Sequence
from statistics import mean, median, stdev
from time import process_time
from typing import NamedTuple

from torch import nn

from mnist_tutorial import metrics, model
from mnist_tutorial.experiments import common, weights

SEEDS = range(5)

# Where the first weights come from.
STARTS: dict[str, Callable[[], nn.Module]] = {
    "PyTorch's": model.ConvNet,
    "He's": lambda: model.he_start(model.ConvNet()),
}

# Epochs, batch size, highest learning rate, first weights, precision. The others were
# chosen on validation with seeds that are not among `SEEDS`.
RECIPES: dict[str, tuple[int, int, float, str, str]] = {
    "three epochs": (3, 64, 0.1, "PyTorch's", "float32"),
    "two epochs, He's start": (2, 64, 0.1, "He's", "float32"),
    "one epoch, He's start": (1, 64, 0.1, "He's", "float32"),
    "three epochs, bfloat16": (3, 64, 0.1, "PyTorch's", "bfloat16"),
}


def recipe_runs() -> list[dict]:
    names = ("epochs", "batch_size", "lr", "start", "precision")
    return [
        {"recipe": recipe, **dict(zip(names, settings, strict=True)), "seed": seed}
        for recipe, settings in RECIPES.items()
        for seed in SEEDS
    ]


def run_recipe(
    *,
    recipe: str,
    epochs: int,
    batch_size: int,
    lr: float,
    start: str,
    precision: str,
    seed: int,
) -> dict:
    """Train by one recipe, with all training images; the validation after it.

    The cost is the processor's seconds, which other programs disturb less than those
    of the clock. On several threads they add up, so compare on one.
    """
    begin = process_time()
    _, history = weights.train_default(
        seed,
        common.splits(),
        build=STARTS[start],
        epochs=epochs,
        batch_size=batch_size,
        lr=lr,
        precision=precision,
    )
    seconds = process_time() - begin
    reached = history.validation[-1]
    return {
        "steps": history.steps,
        "cpu_seconds": round(seconds, 1),
        "validation_accuracy": round(reached.accuracy, 6),
        "validation_loss": round(reached.loss, 6),
    }


class Point(NamedTuple):
    """One recipe on the frontier: what it costs and reaches, over its seeds."""

    recipe: str
    cost: float  # as a share of the first recipe's
    accuracy: float  # mean on validation, 0 to 1
    lowest: float
    spread: float  # standard deviation
    seeds: int
    lead: metrics.Interval  # of its accuracy over the first recipe's, seed by seed


def frontier(rows: Sequence[dict]) -> list[Point]:
    """The recipes of a table, each against the first: the cheapest comes first."""
    names = list(dict.fromkeys(row["recipe"] for row in rows))
    by_recipe = {
        name: {row["seed"]: row for row in rows if row["recipe"] == name}
        for name in names
    }
    first = by_recipe[names[0]]
    usual = median(row["cpu_seconds"] for row in first.values())
    points = []
    for name, runs in by_recipe.items():
        reached = [row["validation_accuracy"] for row in runs.values()]
        leads = [
            runs[seed]["validation_accuracy"] - first[seed]["validation_accuracy"]
            for seed in runs
        ]
        points.append(
            Point(
                recipe=name,
                cost=median(row["cpu_seconds"] for row in runs.values()) / usual,
                accuracy=mean(reached),
                lowest=min(reached),
                spread=stdev(reached),
                seeds=len(reached),
                lead=metrics.mean_interval(leads),
            )
        )
    return sorted(points, key=lambda point: point.cost)
