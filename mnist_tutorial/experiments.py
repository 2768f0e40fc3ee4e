"""Long experiments: computed once, kept as files beside the command that makes them."""

import csv
import io
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import torch
from torch import nn

from mnist_tutorial import checkpoint, data, model, train

_PACKAGE = Path(__file__).parent


def train_default(
    seed: int,
    splits: data.Splits,
    *,
    build: Callable[[], nn.Module] = model.ConvNet,
    epochs: int = train.EPOCHS,
    batch_size: int = train.BATCH_SIZE,
    lr: float = train.LR,
) -> tuple[nn.Module, train.History]:
    """Train the network that `build` makes, by the recipe of 06."""
    torch.manual_seed(seed)
    net = build()
    batches = data.Batches(*splits.train, size=batch_size, seed=seed)
    optimizer = train.sgd(net, lr, train.MOMENTUM, train.WEIGHT_DECAY)
    scheduler = train.one_cycle(optimizer, epochs * len(batches))
    history = train.fit(
        net, batches, splits.validation, optimizer, scheduler, epochs=epochs
    )
    return net, history


def make_weights() -> None:
    """Train the shipped networks and write them, with their recipe, into the package.

    Command: `python -m mnist_tutorial weights`.
    """
    splits = data.splits()
    accuracies = []
    for seed in model.PRETRAINED_SEEDS:
        net, history = train_default(seed, splits)
        accuracies.append(history.validation[-1].accuracy)
        file = _PACKAGE / "weights" / f"convnet-seed{seed}.safetensors"
        checkpoint.save_weights(net, file)
        print(f"seed {seed}: validation accuracy {accuracies[-1]:.2%}", flush=True)
    recipe = {
        "command": "python -m mnist_tutorial weights",
        "network": "ConvNet(width=32)",
        "training_images": len(splits.train.labels),
        "validation_images": len(splits.validation.labels),
        "optimizer": "SGD with Nesterov momentum",
        "learning_rate": train.LR,
        "momentum": train.MOMENTUM,
        "weight_decay": train.WEIGHT_DECAY,
        "schedule": "one cycle",
        "batch_size": train.BATCH_SIZE,
        "epochs": train.EPOCHS,
        "seeds": list(model.PRETRAINED_SEEDS),
        "accuracy": accuracies,
        "torch": torch.__version__.split("+")[0],
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }
    text = json.dumps(recipe, indent=2) + "\n"
    checkpoint.write_atomically(_PACKAGE / "weights" / "recipe.json", text.encode())


def recipe() -> dict:
    """How the shipped weights were made; `accuracy` is on validation, seed by seed."""
    return json.loads((files("mnist_tutorial") / "weights/recipe.json").read_text())


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
        batch_size=32,
        lr=0.05,
    )
    return history.validation[-1].accuracy


def readings() -> list[dict]:
    """Each reading of the article, trained alike; and a cheap one to run again live."""
    splits = data.splits()
    runs = [dict(reading=r, width=32, images=5_000, epochs=2) for r in model.READINGS]
    runs.append(dict(reading="three max pools", width=8, images=4_000, epochs=2))
    rows = []
    for run in runs:
        for seed in range(3):
            accuracy = train_reading(**run, seed=seed, splits=splits)  # type: ignore
            rows.append({**run, "seed": seed, "accuracy": accuracy})
            print(rows[-1], flush=True)
    return rows


# The tables in results/: each is made by `python -m mnist_tutorial results NAME`.
TABLES: dict[str, Callable[[], list[dict]]] = {"readings": readings}


def make_results(name: str) -> None:
    """Compute the table `name` and write it to results/, its command in the first line.

    Raises:
        ValueError: there is no such table.
    """
    if name not in TABLES:
        raise ValueError(
            f"There is no table {name!r}; choose one of {', '.join(TABLES)}."
        )
    rows = TABLES[name]()
    buffer = io.StringIO()
    buffer.write(f"# python -m mnist_tutorial results {name}\n")
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    target = _PACKAGE / "results" / f"{name}.csv"
    checkpoint.write_atomically(target, buffer.getvalue().encode())


def load_results(name: str) -> list[dict]:
    """A committed table, row by row, numbers as numbers."""
    text = (files("mnist_tutorial") / "results" / f"{name}.csv").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [
        {column: _number_or_text(value) for column, value in row.items()}
        for row in csv.DictReader(lines)
    ]


def _number_or_text(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value
