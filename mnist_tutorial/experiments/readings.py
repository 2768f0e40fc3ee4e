"""The readings of the article, trained alike: for 04."""

from typing import Any

from mnist_tutorial import data, model
from mnist_tutorial.experiments import common
from mnist_tutorial.experiments.common import SEEDS
from mnist_tutorial.experiments.weights import train_default

BATCH_SIZE, LR = 32, 0.05


def train_reading(
    reading: str,
    *,
    width: int,
    images: int,
    epochs: int,
    seed: int,
    splits: data.Splits | None = None,
) -> float:
    """Train one reading of the article on the first `images` training images.

    Args:
        reading: a name in `model.READINGS`.
        splits: as from `data.splits()`, which is called if None.

    Returns:
        The validation accuracy after `epochs`. Batches of 32 give so short a run enough
        steps, and a lower learning rate keeps it from dying in the first of them.
    """
    splits = data.splits() if splits is None else splits
    subset = data.Split(splits.train.images[:images], splits.train.labels[:images])
    _, history = train_default(
        seed,
        splits._replace(train=subset),
        build=lambda: model.ConvNet(width, model.READINGS[reading]),
        epochs=epochs,
        batch_size=BATCH_SIZE,
        lr=LR,
    )
    return history.validation[-1].accuracy


def reading_runs() -> list[dict]:
    """Each reading of the article, trained alike; and a cheap one to run again live."""
    runs = [dict(reading=r, width=32, images=5_000, epochs=2) for r in model.READINGS]
    runs.append(dict(reading="three max pools", width=8, images=4_000, epochs=2))
    return [run | {"seed": seed} for run in runs for seed in SEEDS]


def run_reading(**run: Any) -> dict:
    return {"accuracy": train_reading(**run, splits=common.splits())}
