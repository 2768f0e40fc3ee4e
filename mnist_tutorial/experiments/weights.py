"""The default recipe, and the weights that are shipped."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.resources import files

import torch
from torch import nn

from mnist_tutorial import checkpoint, data, model, train
from mnist_tutorial.experiments.common import PACKAGE
from mnist_tutorial.experiments.tricks import BEST, BEST_EPOCHS, train_with
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
    precision: str = "float32",
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
        net,
        batches,
        splits.validation,
        optimizer,
        scheduler,
        epochs=epochs,
        precision=precision,
    )
    return net, history


@dataclass(frozen=True)
class Recipe:
    """How the shipped networks of one kind were made, and what they reach."""

    network: str
    frozen: list[str]  # layers that kept their first, random weights
    tricks: list[str]  # of 11
    training_images: int
    validation_images: int
    epochs: int
    seeds: list[int]
    accuracy: list[float]  # on validation, one for each seed
    torch: str  # the version, and what else of a machine may change the last digits
    threads: int
    cpu_capability: str
    command: str = "python -m tools weights"
    optimizer: str = "SGD with Nesterov momentum"
    learning_rate: float = train.LR
    momentum: float = train.MOMENTUM
    weight_decay: float = train.WEIGHT_DECAY
    schedule: str = "one cycle"
    batch_size: int = train.BATCH_SIZE


def recipe(kind: str = "") -> Recipe:
    """The recipe of one kind of networks in `model.SHIPPED`: "" for those of 06.

    Raises:
        KeyError: none of this kind has been made.
    """
    return _recipes()[kind]


def _recipes() -> dict[str, Recipe]:
    file = files("mnist_tutorial") / "weights" / "recipe.json"
    notes = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return {note.pop("kind"): Recipe(**note) for note in notes}


def make_weights() -> None:
    """Train the shipped networks and write them, with their recipe, into the package.

    Command: `python -m tools weights`. A network whose file and accuracy are
    there already is kept; `rm mnist_tutorial/weights/*.safetensors` begins anew.
    """
    splits = data.splits()
    for kind, seeds in model.SHIPPED.items():
        for seed in seeds:
            file = PACKAGE / "weights" / model.weights_name(seed, kind)
            recipes = _recipes()
            accuracies = recipes[kind].accuracy if kind in recipes else []
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
            accuracies = [*accuracies[:seed], accuracy, *accuracies[seed + 1 :]]
            note(kind, splits, accuracies)
            print(f"{file.stem}: validation accuracy {accuracy:.2%}", flush=True)


def note(kind: str, splits: data.Splits, accuracy: list[float]) -> None:
    """Write how networks of one kind are made; what is noted of others stays."""
    best = kind == "best"
    recipe = Recipe(
        network="NormNet(width=16, depth=2)" if best else "ConvNet(width=32)",
        frozen=list(model.CONTROLS.get(kind, ())),
        tricks=list(BEST) if best else [],
        training_images=len(splits.train.labels),
        validation_images=len(splits.validation.labels),
        epochs=BEST_EPOCHS if best else train.EPOCHS,
        seeds=list(model.SHIPPED[kind]),
        accuracy=accuracy,
        torch=torch.__version__.split("+")[0],
        threads=torch.get_num_threads(),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
    )
    recipes = _recipes() | {kind: recipe}
    notes = [{"kind": kind, **asdict(recipe)} for kind, recipe in recipes.items()]
    file = PACKAGE / "weights" / "recipe.json"
    write_atomically(file, (json.dumps(notes, indent=2) + "\n").encode())
