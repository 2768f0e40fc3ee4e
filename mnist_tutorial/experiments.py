"""Long experiments: computed once, kept as files beside the command that makes them.

A table is a list of runs, each a dict of parameters, and a function that takes them and
returns what was measured. Runs that have finished are kept while the others are made.
"""

import csv
import io
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_tutorial import (
    checkpoint,
    data,
    distortions,
    metrics,
    model,
    pictures,
    train,
)

_PACKAGE = Path(__file__).parent
SEEDS = range(3)


# --- The default recipe, and the weights that are shipped


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

    Command: `python -m mnist_tutorial weights`. A network whose file and accuracy are
    there already is kept; `rm mnist_tutorial/weights/*.safetensors` begins anew.
    """
    splits = data.splits()
    for kind, seeds in model.SHIPPED.items():
        for seed in seeds:
            file = _PACKAGE / "weights" / model.weights_name(seed, kind)
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
    if not (_PACKAGE / "weights" / "recipe.json").exists():
        return []
    made = recipe()
    best = made.get("best", {}).get("accuracy", [])
    known = {"": made.get("accuracy", []), "best": best, **made.get("controls", {})}
    return known.get(kind, [])


def _write_recipe(splits: data.Splits, kind: str, accuracies: list[float]) -> None:
    """Note how networks of one kind were made; what is noted of others stays."""
    file = _PACKAGE / "weights" / "recipe.json"
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
            "accuracy": _accuracies(""),
            "controls": {name: _accuracies(name) for name in model.CONTROLS},
            **machine,
        }
        if kind:
            made["controls"][kind] = accuracies
        else:
            made["accuracy"] = accuracies
    checkpoint.write_atomically(file, (json.dumps(made, indent=2) + "\n").encode())


def recipe() -> dict:
    """How the shipped weights were made, and what they reach on validation.

    `accuracy` has one number per seed, `controls` such a list for each control, and
    `best` is the recipe of 11, with an `accuracy` of its own.
    """
    return json.loads((files("mnist_tutorial") / "weights/recipe.json").read_text())


# --- 04: the readings of the article


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


# --- What the tables of 10 and 11 share


class Outcome(NamedTuple):
    """What a network has learned, by where it is looked at."""

    training: train.Evaluation  # on the images it was trained on
    choosing: train.Evaluation  # on the part of validation that settings are chosen by
    reporting: train.Evaluation  # on the part that is then reported


@cache
def _splits(dataset: str = "MNIST", data_root: str = "") -> data.Splits:
    return data.splits(dataset, data_root)


def subset(images: int) -> data.Split:
    """The first training images; the set was shuffled by its makers."""
    train_images, labels = _splits().train
    return data.Split(train_images[:images], labels[:images])


def choosing() -> data.Split:
    """A fifth of the validation images, to choose by."""
    images, labels = _splits().validation
    return data.Split(images[::5], labels[::5])


def reporting() -> data.Split:
    """The other four fifths, to report on what was chosen."""
    images, labels = _splits().validation
    rest = torch.arange(len(labels)) % 5 > 0
    return data.Split(images[rest], labels[rest])


def stream(batches: data.Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch after the other, without end."""
    for epoch in itertools.count():
        yield from batches.epoch(epoch)


def train_steps(
    net: nn.Module,
    batches: data.Batches | Iterator[tuple[Tensor, Tensor]],
    steps: int,
    optimizer: Optimizer,
    scheduler: Any = None,
    *,
    checks: int = 1,
) -> Iterator[int]:
    """Train for a number of steps; pause after each of `checks` equal parts.

    Yields how many steps are done. Small training sets are seen many times so, and
    each size costs the same.
    """
    endless = stream(batches) if isinstance(batches, data.Batches) else batches
    with train.channels_last(net):
        done = 0
        for part in range(1, checks + 1):
            upto = steps * part // checks
            for _ in train.steps(
                net, itertools.islice(endless, upto - done), optimizer, scheduler
            ):
                pass
            done = upto
            yield done


def train_cycle(
    net: nn.Module, batches: data.Batches, steps: int, lr: float = train.LR
) -> None:
    """Train for one cycle of `steps`, with the momentum and weight decay of 06."""
    optimizer = train.sgd(net, lr, train.MOMENTUM, train.WEIGHT_DECAY)
    scheduler = train.one_cycle(optimizer, steps)
    list(train_steps(net, batches, steps, optimizer, scheduler))


def outcome(net: nn.Module, training: data.Split) -> Outcome:
    """Evaluate on (at most 10,000 of) the training images and on both validations."""
    seen = data.Split(training.images[:10_000], training.labels[:10_000])
    where = training.images.device
    parts = (seen, choosing().to(where), reporting().to(where))
    return Outcome(*(train.evaluate(net, *part) for part in parts))


def _columns(result: Outcome) -> dict[str, float]:
    return {
        f"{part}_{measure}": round(value, 6)
        for part, evaluation in result._asdict().items()
        for measure, value in evaluation._asdict().items()
    }


# --- 10, Q1: kernel size and stride


class KernelNet(nn.Module):
    """Three convolutions of one kernel size that halve the image, and one linear layer.

    With stride 2 the convolution halves it, with stride 1 a max pool after it. Takes
    (N, 1, 28, 28), returns logits (N, 10).
    """

    def __init__(self, kernel: int, stride: int, width: int):
        super().__init__()
        channels = (1, width, 2 * width, 4 * width)
        blocks: list[nn.Module] = []
        for c_in, c_out in itertools.pairwise(channels):
            conv = nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2)
            halve = nn.MaxPool2d(2, ceil_mode=True) if stride == 1 else nn.Identity()
            blocks += [conv, nn.ReLU(), halve]
        self.blocks = nn.Sequential(*blocks)  # (N, 4 * width, 4, 4)
        self.linear = nn.Linear(4 * width * 4 * 4, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.blocks(images).flatten(1))


def macs(net: nn.Module) -> int:
    """Multiply-accumulates for one image."""
    image = torch.zeros(1, 1, 28, 28, device=next(net.parameters()).device)
    return sum(layer.macs for layer in model.layers(net, image))


@cache
def width_of_equal_cost(kernel: int, stride: int, reference: int = 8) -> int:
    """The width whose MACs come nearest to those of kernel 3, stride 1."""
    aim = macs(KernelNet(3, 1, reference))
    return min(
        range(1, 20 * reference),
        key=lambda width: abs(macs(KernelNet(kernel, stride, width)) - aim),
    )


def kernel_runs() -> list[dict]:
    runs = []
    for kernel, stride in itertools.product((1, 3, 5, 7), (1, 2)):
        equal = {"width": 8, "cost": width_of_equal_cost(kernel, stride)}
        runs += [
            dict(
                equal=what,
                kernel=kernel,
                stride=stride,
                width=width,
                images=10_000,
                steps=500,
                seed=seed,
            )
            for what, width in equal.items()
            for seed in SEEDS
        ]
    return runs


def run_kernel(
    *,
    kernel: int,
    stride: int,
    width: int,
    images: int,
    steps: int,
    seed: int,
    equal: str = "",
    device: data.Device = "cpu",
) -> dict:
    """Train a `KernelNet` by the recipe of 06, at half its learning rate."""
    torch.manual_seed(seed)
    net = KernelNet(kernel, stride, width).to(device)
    training = subset(images).to(device)
    train_cycle(net, data.Batches(*training, seed=seed), steps, lr=0.05)
    return {
        "parameters": model.count_parameters(net),
        "macs": macs(net),
        **_columns(outcome(net, training)),
    }


# --- 10, Q2: overfitting

NETWORKS: dict[str, Callable[[float], nn.Module]] = {
    "ConvNet": lambda share: model.ConvNet(max(1, round(8 * share))),
    "MLP": lambda share: model.mlp(max(1, round(128 * share))),
}
REMEDIES = (
    "none",
    "dropout",
    "weight decay",
    "augmentation",
    "smaller net",
    "early stopping",
)
SIZES = (100, 1_000, 10_000, 55_000)


def with_dropout(net: nn.Module, p: float = 0.5) -> nn.Module:
    """Put dropout before each linear layer that does not look at pixels; in place."""
    for name, layer in list(net.named_modules()):
        if isinstance(layer, nn.Linear) and layer.in_features != 28 * 28:
            setattr(net, name, nn.Sequential(nn.Dropout(p), layer))
    return net


def overfitting_runs() -> list[dict]:
    runs = []
    for network, images, remedy, seed in itertools.product(
        NETWORKS, SIZES, REMEDIES, SEEDS
    ):
        if images < 55_000 or remedy in ("none", "augmentation"):
            runs.append(
                dict(network=network, images=images, remedy=remedy, labels="true")
                | dict(steps=1_250 if images < 55_000 else 2_580, seed=seed)
            )
    runs += [
        dict(network=network, images=1_000, remedy="none", labels="random")
        | dict(steps=1_250, seed=seed)
        for network in NETWORKS
        for seed in SEEDS
    ]
    return runs


def run_overfitting(
    *,
    network: str,
    images: int,
    remedy: str,
    labels: str,
    steps: int,
    seed: int,
    device: data.Device = "cpu",
) -> dict:
    """Train a network with one remedy; "random" labels are dealt by chance.

    Doses: dropout 0.5 before the hidden linear layers, weight decay 0.005, shifts to
    2 pixels with turns to 10° and sizes of 90-110 %, a quarter of the width, and the
    best of 10 checks on the choosing images.
    """
    if remedy not in REMEDIES:
        raise ValueError(f"Remedy {remedy!r} is not one of {', '.join(REMEDIES)}.")
    torch.manual_seed(seed)
    net = NETWORKS[network](0.25 if remedy == "smaller net" else 1.0)
    if remedy == "dropout":
        net = with_dropout(net)
    net, training = net.to(device), subset(images).to(device)
    if labels == "random":
        dealt = torch.randint(10, (images,), dtype=torch.int64)
        training = training._replace(labels=dealt.to(device))
    kind = distortions.Jittered if remedy == "augmentation" else data.Batches
    batches = kind(*training, size=64, seed=seed)
    decay = 0.005 if remedy == "weight decay" else 0.0
    optimizer = train.sgd(net, 0.05, train.MOMENTUM, decay)
    # Early stopping needs a rate that does not fall: it is the stop that ends the run.
    early = remedy == "early stopping"
    scheduler = None if early else train.one_cycle(optimizer, steps)
    best: dict = {}
    for done in train_steps(
        net, batches, steps, optimizer, scheduler, checks=10 if early else 1
    ):
        now = {"stopped_at": done, **_columns(outcome(net, training))}
        if not best or now["choosing_accuracy"] > best["choosing_accuracy"]:
            best = now
    return best


# --- 10, Q3: optimisers

OPTIMISERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda net, lr: torch.optim.SGD(net, lr=lr),
    "momentum": lambda net, lr: torch.optim.SGD(net, lr=lr, momentum=0.9),
    "Nesterov": lambda net, lr: torch.optim.SGD(
        net, lr=lr, momentum=0.9, nesterov=True
    ),
    "RMSProp": lambda net, lr: torch.optim.RMSprop(net, lr=lr),
    "Adam": lambda net, lr: torch.optim.Adam(net, lr=lr),
    "AdamW": lambda net, lr: torch.optim.AdamW(net, lr=lr),
}
LEARNING_RATES = {
    "SGD": (0.01, 0.03, 0.1, 0.3, 1.0),
    "momentum": (0.003, 0.01, 0.03, 0.1, 0.3),
    "Nesterov": (0.003, 0.01, 0.03, 0.1, 0.3),
    "RMSProp": (0.0001, 0.0003, 0.001, 0.003, 0.01),
    "Adam": (0.0001, 0.0003, 0.001, 0.003, 0.01),
    "AdamW": (0.0001, 0.0003, 0.001, 0.003, 0.01),
}


def optimiser_runs() -> list[dict]:
    return [
        dict(optimiser=name, lr=lr, images=10_000, steps=314, seed=seed)
        for name, rates in LEARNING_RATES.items()
        for lr in rates
        for seed in SEEDS
    ]


def run_optimiser(
    *, optimiser: str, lr: float, images: int, steps: int, seed: int
) -> dict:
    """Train ConvNet(8) at a constant rate; look also after a quarter of the steps."""
    torch.manual_seed(seed)
    net = model.ConvNet(8)
    training = subset(images)
    batches = data.Batches(*training, size=64, seed=seed)
    made = OPTIMISERS[optimiser](net.parameters(), lr)
    early = []
    for _ in train_steps(net, batches, steps, made, checks=4):
        early.append(train.evaluate(net, *choosing()).accuracy)
    return {"quarter_accuracy": early[0], **_columns(outcome(net, training))}


# --- 11: how far

TRICKS = (
    "none",
    "batch norm",
    "augmentation",
    "label smoothing",
    "schedule",
    "EMA",
    "depth",
)


def smoothed(
    batches: Iterator[tuple[Tensor, Tensor]], share: float = 0.1
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches with a share of each label dealt out evenly over all classes.

    Source: C. Szegedy et al., "Rethinking the inception architecture for computer
    vision", CVPR 2016, section 7.
    """
    for images, labels in batches:
        yield images, F.one_hot(labels, 10) * (1 - share) + share / 10


def train_with(
    tricks: Collection[str], training: data.Split, *, steps: int, seed: int
) -> nn.Module:
    """Train the article's network, or `NormNet`, with some of `TRICKS`.

    Without any: SGD with momentum at a constant rate, batches of 64.
    """
    torch.manual_seed(seed)
    net: nn.Module = model.ConvNet()
    if "batch norm" in tricks:
        # Two narrower convolutions in a block cost what one wide one does.
        net = model.NormNet(16, 2) if "depth" in tricks else model.NormNet(32, 1)
    net = net.to(training.images.device)
    kind = distortions.Jittered if "augmentation" in tricks else data.Batches
    batches = stream(kind(*training, size=64, seed=seed))
    if "label smoothing" in tricks:
        batches = smoothed(batches)
    changing = "schedule" in tricks
    optimizer = train.sgd(net, 0.1 if changing else 0.02, train.MOMENTUM, 5e-4)
    scheduler = train.one_cycle(optimizer, steps) if changing else None
    # A longer memory than a twentieth of the run would keep what was before learning.
    decay = 1 - 1 / max(2, steps / 20)
    average = AveragedModel(
        net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True
    )
    for _ in train_steps(net, batches, steps, optimizer, scheduler, checks=steps):
        if "EMA" in tricks:
            average.update_parameters(net)
    return average.module if "EMA" in tricks else net


def trick_runs() -> list[dict]:
    return [
        dict(tricks=last, images=10_000, steps=628, seed=seed)
        for last in TRICKS
        for seed in SEEDS
    ]


def run_tricks(
    *, tricks: str, images: int, steps: int, seed: int, device: data.Device = "cpu"
) -> dict:
    """All of `TRICKS` up to and with the one named."""
    upto = TRICKS[: TRICKS.index(tricks) + 1]
    training = subset(images).to(device)
    net = train_with(upto, training, steps=steps, seed=seed)
    return {
        "parameters": model.count_parameters(net),
        **_columns(outcome(net, training)),
    }


# The recipe that 11 freezes, chosen by the table of tricks: all that lowered the error.
BEST = tuple(trick for trick in TRICKS if trick != "EMA")
BEST_EPOCHS = 8


# --- 11: how fast

# From the article's loop to one epoch: network, learning rate, momentum, and how many
# quarters of an epoch a cycle is tried with, one after the other; none: no cycle.
RUNGS: dict[str, tuple[Callable[[], nn.Module], float, float, tuple[int, ...]]] = {
    "plain SGD": (model.ConvNet, 0.1, 0.0, ()),
    "momentum": (model.ConvNet, 0.02, train.MOMENTUM, ()),
    "one cycle": (model.ConvNet, 0.1, train.MOMENTUM, (6, 8, 12)),
    "batch norm": (model.NormNet, 0.1, train.MOMENTUM, (2, 3, 4, 6, 8)),
    "half the width": (
        lambda: model.NormNet(16),
        0.1,
        train.MOMENTUM,
        (3, 4, 6, 8, 12),
    ),
}
MOST_QUARTERS = 32


def fast_runs() -> list[dict]:
    return [dict(rung=rung, goal=0.99, seed=seed) for rung in RUNGS for seed in SEEDS]


def run_fast(*, rung: str, goal: float, seed: int) -> dict:
    """Train until the validation accuracy reaches `goal`; how many steps that took.

    At a constant rate it is looked at after each quarter of an epoch. A cycle is over
    when it is over: the shortest of some that reaches the goal counts, and only its own
    steps do. `reached` is 0 where the goal was not.
    """
    training, validation = _splits().train, _splits().validation
    build, lr, momentum, cycles = RUNGS[rung]
    batches = data.Batches(*training, size=64, seed=seed)

    def begin(quarters: int) -> Iterator[tuple[int, train.Evaluation]]:
        """Train anew; yield steps and evaluation, once for a cycle, else often."""
        torch.manual_seed(seed)
        net = build()
        steps = quarters * len(batches) // 4
        optimizer = train.sgd(net, lr, momentum, 5e-4 if cycles else 0.0)
        scheduler = train.one_cycle(optimizer, steps) if cycles else None
        checks = 1 if cycles else quarters
        for done in train_steps(
            net, batches, steps, optimizer, scheduler, checks=checks
        ):
            yield done, train.evaluate(net, *validation)

    for quarters in cycles or (MOST_QUARTERS,):
        for steps, found in begin(quarters):
            if found.accuracy >= goal:
                return {"reached": 1, "steps": steps, "accuracy": found.accuracy}
    return {"reached": 0, "steps": steps, "accuracy": found.accuracy}


# --- 11: a residual block, at equal cost


@cache
def residual_width(blocks: int) -> int:
    """The width at which `model.residual_net` costs what `NormNet(32)` does."""
    aim = macs(model.NormNet(32))
    return min(
        range(2, 33),
        key=lambda width: abs(macs(model.residual_net(width, blocks)) - aim),
    )


def residual_runs() -> list[dict]:
    shapes = [(0, "no")] + [
        (blocks, skip) for blocks in (2, 5) for skip in ("no", "yes")
    ]
    return [
        dict(blocks=blocks, skip=skip, width=residual_width(blocks))
        | dict(images=10_000, steps=314, seed=seed)
        for blocks, skip in shapes
        for seed in SEEDS
    ]


def run_residual(
    *, blocks: int, skip: str, width: int, images: int, steps: int, seed: int
) -> dict:
    """Train a deep network with or without its skips, by one cycle."""
    torch.manual_seed(seed)
    net = model.residual_net(width, blocks, skip == "yes")
    training = subset(images)
    train_cycle(net, data.Batches(*training, seed=seed), steps)
    return {
        "parameters": model.count_parameters(net),
        "macs": macs(net),
        **_columns(outcome(net, training)),
    }


# --- 11: what travels to other data

# What is trained alike on each data set, for the findings of 01 to 10.
TRAVELLERS: dict[str, Callable[[], nn.Module]] = {
    "linear": model.linear_classifier,
    "MLP": model.mlp,
    "ConvNet": lambda: model.ConvNet(8),
    "ConvNet, convolutions frozen": lambda: model.ConvNet(8),
    "ConvNet, a quarter as wide": lambda: model.ConvNet(2),
    "ConvNet, augmentation": lambda: model.ConvNet(8),
    "3 × 3 kernels": lambda: KernelNet(3, 1, 8),
    "1 × 1 kernels": lambda: KernelNet(1, 1, 8),
}


@cache
def letters() -> data.Splits:
    """A to J, printed: ten fonts to learn from, four others for validation.

    10,000 and 2,000 images, jittered; as in MNIST, normalised by MNIST's constants. A
    font is on one side only. There is no test set: the last part is validation again.
    """

    def dealt(fonts: Sequence[str], count: int, seed: int) -> data.Split:
        inks = pictures.alphabet("ABCDEFGHIJ", fonts)
        prepared = torch.stack([data.prepare_drawing(ink) for ink in inks])
        chosen = torch.arange(count) % len(inks)
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(count, generator=generator)
        images = distortions.jitter(prepared[chosen[order]], generator)
        return data.Split(images, chosen[order] % 10)

    new = pictures.FONTS[2::3]
    known = [font for font in pictures.FONTS if font not in new]
    validation = dealt(new, 2_000, seed=1)
    return data.Splits(dealt(known, 10_000, seed=0), validation, validation)


def travel_runs() -> list[dict]:
    return [
        dict(dataset=dataset, network=network, images=10_000, steps=785, seed=seed)
        for dataset in ("MNIST", "FashionMNIST", "letters")
        for network in TRAVELLERS
        for seed in SEEDS
    ]


def run_travel(
    *,
    dataset: str,
    network: str,
    images: int,
    steps: int,
    seed: int,
    data_root: str = "",
    device: data.Device = "cpu",
) -> dict:
    """Train one of `TRAVELLERS`; its accuracy on validation, also shifted, and trust.

    Returns also the accuracy with the images moved 3 pixels up, the calibration error,
    and the mean confidence where it was wrong.
    """
    splits = letters() if dataset == "letters" else _splits(dataset, data_root)
    training = data.Split(splits.train.images[:images], splits.train.labels[:images])
    training = training.to(device)
    torch.manual_seed(seed)
    net = TRAVELLERS[network]().to(device)
    if network.endswith("frozen"):
        for name in model.CONTROLS["convolutions frozen"]:
            net.get_submodule(name).requires_grad_(False)
    inputs, labels = splits.validation.to(device)
    black = inputs.min().item()
    batches = data.Batches(*training, seed=seed)
    if "augmentation" in network:
        batches = distortions.Jittered(*training, seed=seed, black=black)
    train_cycle(net, batches, steps, lr=0.05)
    up = F.pad(inputs[:, :, 3:], (0, 0, 0, 3), value=black)
    probs = train.predict(net, inputs).softmax(1)
    confidence, preds = probs.max(1)
    return {
        "accuracy": train.evaluate(net, inputs, labels).accuracy,
        "shifted_accuracy": train.evaluate(net, up, labels).accuracy,
        "calibration_error": metrics.calibration_error(probs, labels),
        "confidence_when_wrong": confidence[preds != labels].mean().item(),
    }


# --- The tables in results/: each is made by `python -m mnist_tutorial results NAME`


def reading_runs() -> list[dict]:
    """Each reading of the article, trained alike; and a cheap one to run again live."""
    runs = [dict(reading=r, width=32, images=5_000, epochs=2) for r in model.READINGS]
    runs.append(dict(reading="three max pools", width=8, images=4_000, epochs=2))
    return [run | {"seed": seed} for run in runs for seed in SEEDS]


def run_reading(**run: Any) -> dict:
    return {"accuracy": train_reading(**run, splits=_splits())}


class Table(NamedTuple):
    """A long experiment."""

    runs: Callable[[], list[dict]]  # what is to be run: the parameters of each
    run: Callable[..., dict]  # parameters → what was measured


TABLES = {
    "readings": Table(reading_runs, run_reading),
    "kernels": Table(kernel_runs, run_kernel),
    "overfitting": Table(overfitting_runs, run_overfitting),
    "optimisers": Table(optimiser_runs, run_optimiser),
    "tricks": Table(trick_runs, run_tricks),
    "fast": Table(fast_runs, run_fast),
    "residual": Table(residual_runs, run_residual),
    "travel": Table(travel_runs, run_travel),
}


def make_results(name: str, data_root: str = "") -> None:
    """Compute the table `name` and write it to results/, its command in the first line.

    Args:
        data_root: the folder of data sets other than MNIST, for a table that has some.

    Finished runs are kept in results/NAME.part, a line of JSON each, until the table is
    whole: stopped and started again, it goes on where it was.

    Raises:
        ValueError: there is no such table.
    """
    if name not in TABLES:
        raise ValueError(
            f"There is no table {name!r}; choose one of {', '.join(TABLES)}."
        )
    table = TABLES[name]
    part = _PACKAGE / "results" / f"{name}.part"
    lines = part.read_text().splitlines() if part.exists() else []
    finished = [tuple(json.loads(line)) for line in lines]
    rows = []
    for run in table.runs():
        other = run.get("dataset", "MNIST") in data.DATASETS[1:]
        elsewhere = {"data_root": data_root} if other else {}
        found = [result for parameters, result in finished if parameters == run]
        if not found:
            found = [table.run(**run, **elsewhere)]
            with part.open("a") as file:
                file.write(json.dumps([run, found[0]]) + "\n")
        rows.append({**run, **found[0]})
        print(rows[-1], flush=True)
    buffer = io.StringIO()
    buffer.write(f"# python -m mnist_tutorial results {name}\n")
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    target = _PACKAGE / "results" / f"{name}.csv"
    checkpoint.write_atomically(target, buffer.getvalue().encode())
    part.unlink()


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


def by_seed(
    rows: list[dict], keys: Sequence[str], value: str = "reporting_accuracy", **fixed
) -> dict:
    """The values of the rows with these settings, by `keys`: all seeds."""
    found = defaultdict(list)
    for row in rows:
        if all(row[name] == wanted for name, wanted in fixed.items()):
            key = tuple(row[k] for k in keys)
            found[key if len(key) > 1 else key[0]].append(row[value])
    return dict(found)
