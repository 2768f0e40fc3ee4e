"""The three experiments of 10: kernels, overfitting, optimisers."""

import itertools
from collections.abc import Callable
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
    subset,
    train_cycle,
    train_steps,
    width_of_cost,
)

# --- Q1: kernel size and stride


@cache
def width_of_equal_cost(kernel: int, stride: int, reference: int = 8) -> int:
    """The width whose MACs come nearest to those of kernel 3, stride 1."""
    aim = macs(model.KernelNet(3, 1, reference))
    widths = range(1, 20 * reference)
    return width_of_cost(aim, widths, partial(model.KernelNet, kernel, stride))


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
    """Train a `model.KernelNet` by the recipe of 06, at half its learning rate."""
    torch.manual_seed(seed)
    net = model.KernelNet(kernel, stride, width).to(device)
    training = subset(images).to(device)
    train_cycle(net, data.Batches(*training, seed=seed), steps, lr=0.05)
    return {
        "parameters": model.count_parameters(net),
        "macs": macs(net),
        **columns(outcome(net, training)),
    }


# --- Q2: overfitting

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
        now = {"stopped_at": done, **columns(outcome(net, training))}
        if not best or now["choosing_accuracy"] > best["choosing_accuracy"]:
            best = now
    return best


# --- Q3: optimisers

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
    *,
    optimiser: str,
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
    made = OPTIMISERS[optimiser](net.parameters(), lr)
    early = []
    for _ in train_steps(net, batches, steps, made, checks=4):
        early.append(train.evaluate(net, *choosing().to(device)).accuracy)
    return {"quarter_accuracy": early[0], **columns(outcome(net, training))}
