"""The three experiments of 10: kernels, overfitting, optimizers."""

import itertools
from collections.abc import Callable, Iterable
from functools import cache, partial

import torch
from torch import nn
from torch.optim import Optimizer

from mnist_tutorial import data, distortions, model, train
from mnist_tutorial.experiments.common import (
    SEEDS,
    choosing,
    columns,
    macs,
    outcome,
    ranked_rates,
    subset,
    train_cycle,
    train_sgd,
    train_steps,
    width_of_cost,
)

MORE_SEEDS = range(5)  # where a difference is small
RACE_SEEDS = range(3, 13)  # none of which a learning rate was chosen by


# --- Q1: kernel size and stride


@cache
def width_of_equal_cost(kernel: int, stride: int) -> int:
    """The width whose MACs come nearest to those of kernel 3, stride 1."""
    aim = macs(model.KernelNet(3, 1, KERNEL_WIDTH))
    widths = range(1, 20 * KERNEL_WIDTH)
    return width_of_cost(aim, widths, partial(model.KernelNet, kernel, stride))


KERNELS = (1, 3, 5, 7)
KERNEL_WIDTH = 8  # of the network that the others have the width or the cost of
KERNEL_RATE = 0.05  # the highest learning rate of a run, the same for all sizes
KERNEL_RATES = (0.02, 0.05, 0.1, 0.2)  # of the search that each size has at equal cost


def kernel_runs() -> list[dict]:
    """Each size with each stride: three seeds, at one learning rate for all.

    At equal cost and stride 1 the sizes also have searches: `kernel_rate_runs`. The
    committed rows of all three tables were made on one machine, in one thread.
    """
    runs = []
    for kernel, stride in itertools.product(KERNELS, (1, 2)):
        equal = {"width": KERNEL_WIDTH, "cost": width_of_equal_cost(kernel, stride)}
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


def _at_equal_cost(kernel: int) -> dict:
    """One pass over 10,000 images: a third of the steps of `kernel_runs`."""
    width = width_of_equal_cost(kernel, 1)
    return dict(kernel=kernel, stride=1, width=width, images=10_000, steps=157)


def kernel_rate_runs() -> list[dict]:
    """The search: 3, 5 and 7 at equal cost and stride 1, each at each learning rate."""
    return [
        dict(_at_equal_cost(kernel), lr=lr, seed=seed)
        for kernel, lr, seed in itertools.product(KERNELS[1:], KERNEL_RATES, SEEDS)
    ]


def kernel_race_runs(rows: list[dict]) -> list[dict]:
    """Each of them at its best rate, with seeds by which no rate was chosen.

    Args:
        rows: of the table `kernel_rates`.
    """
    return [
        dict(_at_equal_cost(kernel), lr=rates[0], seed=seed)
        for kernel, rates in ranked_rates(rows, "kernel").items()
        for seed in RACE_SEEDS
    ]


def run_kernel(
    *,
    kernel: int,
    stride: int,
    width: int,
    images: int,
    steps: int,
    seed: int,
    lr: float = KERNEL_RATE,
    equal: str = "",
    device: data.Device = "cpu",
) -> dict:
    """Train a `model.KernelNet` by the recipe of 06, but for the learning rate."""
    torch.manual_seed(seed)
    net = model.KernelNet(kernel, stride, width).to(device)
    training = subset(images).to(device)
    train_cycle(net, data.Batches(*training, seed=seed), steps, lr=lr)
    return {
        "parameters": model.count_parameters(net),
        "macs": macs(net),
        **columns(outcome(net, training)),
    }


# --- Q2: overfitting

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "ConvNet": lambda: model.ConvNet(8),
    "MLP": model.mlp,
}
# "A smaller model" can be made in more than one way.
SMALLER: dict[str, dict[str, Callable[[], nn.Module]]] = {
    "ConvNet": {
        "½ of the filters": lambda: model.ConvNet(4),
        "¼ of the filters": lambda: model.ConvNet(2),
        "smaller head": lambda: with_smaller_head(model.ConvNet(8)),
        "no head": lambda: model.KernelNet(3, 1, 8),
    },
    "MLP": {"¼ of the units": lambda: model.mlp(32)},
}
# What is asked of each network: first of all "none", that the others are compared with.
REMEDIES = {
    network: (
        *("none", "dropout", "weight decay", "augmentation"),
        *smaller,
        *("early stopping", "constant rate"),
    )
    for network, smaller in SMALLER.items()
}
SIZES = (100, 1_000, 10_000, 55_000)


def with_smaller_head(net: model.ConvNet) -> model.ConvNet:
    """Make the three linear layers a quarter as wide, the convolutions as they are."""
    net.fc1 = nn.Linear(net.fc1.in_features, 32)
    net.fc2 = nn.Linear(32, 16)
    net.fc3 = nn.Linear(16, 10)
    return net


def with_dropout(net: nn.Module, p: float = 0.5) -> nn.Module:
    """Put dropout before each linear layer that does not look at pixels; in place."""
    for name, layer in list(net.named_modules()):
        if isinstance(layer, nn.Linear) and layer.in_features != 28 * 28:
            setattr(net, name, nn.Sequential(nn.Dropout(p), layer))
    return net


STEPS, MORE_STEPS = 1_250, 3_750
COMMON = ("none", "dropout", "weight decay", "augmentation")  # of both networks


def overfitting_runs() -> list[dict]:
    """Each remedy with five seeds at a thousand images, with three or more elsewhere.

    The committed rows were made on one machine, in one thread. Another rounds
    otherwise, so a single run may end elsewhere: of weight decay with 100 images,
    seed 0 failed on this machine and learned on another.
    """

    def at(
        network: str,
        images: int,
        remedy: str,
        steps: int = STEPS,
        labels: str = "true",
        seeds: Iterable[int] = MORE_SEEDS,
    ) -> list[dict]:
        how = dict(network=network, images=images, remedy=remedy, labels=labels)
        return [{**how, "steps": steps, "seed": seed} for seed in seeds]

    runs = []
    for network in NETWORKS:
        # The question is put, and answered with five seeds, at a thousand images.
        for remedy in REMEDIES[network]:
            runs += at(network, 1_000, remedy)
        runs += at(network, 1_000, "none", labels="random")
        # How it looks with fewer and with more: three seeds.
        for images, remedy in itertools.product((100, 10_000), COMMON):
            # But dropout, of which more is said.
            more = network == "ConvNet" and images == 10_000
            seeds = MORE_SEEDS if more and remedy in COMMON[:2] else SEEDS
            runs += at(network, images, remedy, seeds=seeds)
        for remedy in ("none", "augmentation"):
            runs += at(network, 55_000, remedy, 2_580, seeds=SEEDS)
    # Dropout slows learning down: once more, with three times the steps.
    for remedy in COMMON[:2]:
        runs += at("ConvNet", 10_000, remedy, MORE_STEPS, seeds=SEEDS)
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
    2 pixels with turns to 10° and sizes of 90-110 %, the networks of `SMALLER`, and
    the best of 10 checks on the choosing images. "constant rate" is no remedy but what
    "early stopping" is to be compared with: the same run to its end.
    """
    if remedy not in REMEDIES[network]:
        raise ValueError(
            f"Remedy {remedy!r} is not one of {', '.join(REMEDIES[network])}."
        )
    torch.manual_seed(seed)
    net = SMALLER[network].get(remedy, NETWORKS[network])()
    if remedy == "dropout":
        net = with_dropout(net)
    net, training = net.to(device), subset(images).to(device)
    if labels == "random":
        dealt = torch.randint(10, (images,), dtype=torch.int64)
        training = training._replace(labels=dealt.to(device))
    kind = distortions.Jittered if remedy == "augmentation" else data.Batches
    batches = kind(*training, size=64, seed=seed)
    decay = 0.005 if remedy == "weight decay" else 0.0
    # Early stopping needs a rate that does not fall: it is the stop that ends the run.
    cycle = remedy not in ("early stopping", "constant rate")
    checks = 10 if remedy == "early stopping" else 1
    best: dict = {}
    for done in train_sgd(
        net, batches, steps, 0.05, weight_decay=decay, cycle=cycle, checks=checks
    ):
        now = {"stopped_at": done, **columns(outcome(net, training))}
        if not best or now["choosing_accuracy"] > best["choosing_accuracy"]:
            best = now
    return best


# --- Q3: optimizers

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda net, lr: torch.optim.SGD(net, lr=lr),
    "momentum": lambda net, lr: torch.optim.SGD(net, lr=lr, momentum=0.9),
    "Nesterov": lambda net, lr: torch.optim.SGD(
        net, lr=lr, momentum=0.9, nesterov=True
    ),
    "RMSProp": lambda net, lr: torch.optim.RMSprop(net, lr=lr),
    "Adam": lambda net, lr: torch.optim.Adam(net, lr=lr),
    "AdamW": lambda net, lr: torch.optim.AdamW(net, lr=lr),
}
_ADAPTIVE = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
_WITH_MOMENTUM = (0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3)
LEARNING_RATES = {
    "SGD": (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 1.0),
    "momentum": _WITH_MOMENTUM,
    "Nesterov": _WITH_MOMENTUM,
    "RMSProp": _ADAPTIVE,
    "Adam": _ADAPTIVE,
    "AdamW": _ADAPTIVE,
}


def optimizer_runs() -> list[dict]:
    return [
        dict(optimizer=name, lr=lr, images=10_000, steps=314, seed=seed)
        for name, rates in LEARNING_RATES.items()
        for lr in rates
        for seed in SEEDS
    ]


def race_runs(rows: list[dict]) -> list[dict]:
    """Each optimizer at its best rate, with seeds by which no rate was chosen.

    SGD also runs at its next two: its results differ so much from seed to seed that
    three of them may have chosen a poor rate.
    """
    return [
        dict(optimizer=name, lr=lr, images=10_000, steps=314, seed=seed)
        for name, rates in ranked_rates(rows, "optimizer").items()
        for lr in rates[: 3 if name == "SGD" else 1]
        for seed in RACE_SEEDS
    ]


def run_optimizer(
    *,
    optimizer: str,
    lr: float,
    images: int,
    steps: int,
    seed: int,
    device: data.Device = "cpu",
) -> dict:
    """Train ConvNet(8) at a constant rate; look also after a quarter of the steps."""
    torch.manual_seed(seed)
    net = model.ConvNet(8).to(device)
    training = subset(images).to(device)
    batches = data.Batches(*training, size=64, seed=seed)
    method = OPTIMIZERS[optimizer](net.parameters(), lr)
    early = []
    for _ in train_steps(net, batches, steps, method, checks=4):
        early.append(train.evaluate(net, *choosing().to(device)).accuracy)
    return {"quarter_accuracy": early[0], **columns(outcome(net, training))}
