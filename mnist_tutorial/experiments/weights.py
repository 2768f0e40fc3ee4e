"""The default recipe, and the weights that are shipped."""

import json
from collections.abc import Callable
from importlib.resources import files

import torch
from torch import nn

from mnist_tutorial import checkpoint, data, model, train
from mnist_tutorial.experiments.common import PACKAGE
from mnist_tutorial.experiments.next_steps import BEST, BEST_EPOCHS, train_with
from mnist_tutorial.files import write_atomically


def train_default(
    seed: int,
    splits: data.Splits,
    *,
    build: Callable[[], nn.Module] = model.ConvNet,
    epochs: int = train.EPOCHS,
    batch_size: int = train.BATCH_SIZE,
    lr: float = train.LR,
    frozen: tuple[str, ...] = (),
) -> tuple[nn.Module, train.History]:
    """Train the network that `build` makes, by the recipe of 06.

    The layers named in `frozen` keep the random weights that they begin with.
    """
    torch.manual_seed(seed)
    net = build()
    for name in frozen:
        net.get_submodule(name).requires_grad_(False)
    batches = data.Batches(*splits.train, size=batch_size, seed=seed)
    optimizer = train.sgd(net, lr, train.MOMENTUM, train.WEIGHT_DECAY)
    scheduler = train.one_cycle(optimizer, epochs * len(batches))
    history = train.fit(
        net, batches, splits.validation, optimizer, scheduler, epochs=epochs
    )
    return net, history


def make_weights() -> None:
    """Train the shipped networks and write them, with their recipe, into the package.

    Command: `python -m tools weights`. A network whose file and accuracy are
    there already is kept; `rm mnist_tutorial/weights/*.safetensors` begins anew.
    """
    splits = data.splits()
    for kind, seeds in model.SHIPPED.items():
        for seed in seeds:
            file = PACKAGE / "weights" / model.weights_name(seed, kind)
            accuracies = _accuracies(kind)
            if file.exists() and len(accuracies) > seed:
                continue
            if kind == "best":
                steps = BEST_EPOCHS * len(data.Batches(*splits.train))
                net = train_with(BEST, splits.train, steps=steps, seed=seed)
            else:
                frozen = model.CONTROLS.get(kind, ())
                net, _ = train_default(seed, splits, frozen=frozen)
            checkpoint.save_weights(net, file)
            accuracy = train.evaluate(net, *splits.validation).accuracy
            _write_recipe(splits, kind, [*accuracies[:seed], accuracy])
            print(f"{file.stem}: validation accuracy {accuracy:.2%}", flush=True)


def _accuracies(kind: str) -> list[float]:
    """Those noted so far, of one kind of network in `model.SHIPPED`."""
    if not (PACKAGE / "weights" / "recipe.json").exists():
        return []
    made = recipe()
    best = made.get("best", {}).get("accuracy", [])
    known = {"": made.get("accuracy", []), "best": best, **made.get("controls", {})}
    return known.get(kind, [])


def _write_recipe(splits: data.Splits, kind: str, accuracies: list[float]) -> None:
    """Note how networks of one kind were made; what is noted of others stays."""
    file = PACKAGE / "weights" / "recipe.json"
    made = recipe() if file.exists() else {}
    machine = {
        "torch": torch.__version__.split("+")[0],
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }
    if kind == "best":
        made["best"] = {
            "network": "NormNet(width=16, depth=2)",
            "tricks": [trick for trick in BEST if trick != "none"],
            "learning_rate": 0.1,
            "momentum": train.MOMENTUM,
            "weight_decay": 5e-4,
            "batch_size": 64,
            "epochs": BEST_EPOCHS,
            "seeds": list(model.SHIPPED["best"]),
            "accuracy": accuracies,
            **machine,
        }
    else:
        made |= {
            "command": "python -m tools weights",
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
            "accuracy": _accuracies(""),
            "controls": {name: _accuracies(name) for name in model.CONTROLS},
            **machine,
        }
        if kind:
            made["controls"][kind] = accuracies
        else:
            made["accuracy"] = accuracies
    write_atomically(file, (json.dumps(made, indent=2) + "\n").encode())


def recipe() -> dict:
    """How the shipped weights were made, and what they reach on validation.

    `accuracy` has one number per seed, `controls` such a list for each control, and
    `best` is the recipe of 11, with an `accuracy` of its own.
    """
    return json.loads((files("mnist_tutorial") / "weights/recipe.json").read_text())
