"""What a step of training costs in several ways, and what that makes of the time."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import transforms

from mnist_tutorial import data, model, timing, train
from mnist_tutorial.experiments import common

STEPS = 4  # that a contestant takes when it is called

# From the article's loop downwards: whose seconds a way has, and whose steps.
LADDER = {
    "the article's loop": ("loader", "plain SGD"),
    "+ tensors": ("tensors", "plain SGD"),
    "+ channels last": ("channels last", "plain SGD"),
    "+ pool before ReLU": ("pool before ReLU", "plain SGD"),
    "+ momentum": ("pool before ReLU", "momentum"),
    "+ one cycle": ("pool before ReLU", "one cycle"),
    "+ batch norm": ("batch norm", "batch norm"),
    "+ half the width": ("half the width", "half the width"),
}


def usual_loader() -> DataLoader:
    """The usual loader: a picture is built from each image, one by one."""
    steps = [transforms.ToTensor(), transforms.Normalize(data.MEAN, data.STD)]
    return DataLoader(data.MNIST(transform=transforms.Compose(steps)), 64, shuffle=True)


def contestants(
    device: torch.device, precision: str = "float32"
) -> dict[str, Callable[[], object]]:
    """By name, functions that train a network for `STEPS` steps of 64 images.

    From "channels last" on, the channels of a pixel lie side by side in memory.
    """
    tensors = data.Batches(*common.splits().train.to(device))

    def trained(
        net: nn.Module, batches: Iterator[tuple[Tensor, Tensor]], last: bool = True
    ) -> Callable[[], object]:
        net.to(device)
        if last:
            net.to(memory_format=torch.channels_last)
        optimizer = train.sgd(net, 0.01)

        def steps() -> object:
            dealt = ((x.to(device), y.to(device)) for x, y in islice(batches, STEPS))
            return train.floats(train.steps(net, dealt, optimizer, precision=precision))

        return steps

    def quick(net: model.ConvNet | model.NormNet) -> Callable[[], object]:
        return trained(model.pool_first(net), tensors.epoch())

    return {
        "loader": trained(model.ConvNet(), iter(usual_loader()), last=False),
        "tensors": trained(model.ConvNet(), tensors.epoch(), last=False),
        "channels last": trained(model.ConvNet(), tensors.epoch()),
        "pool before ReLU": quick(model.ConvNet()),
        "batch norm": quick(model.NormNet()),
        "half the width": quick(model.NormNet(16)),
    }


def step_costs(
    device: torch.device, precision: str = "float32", turns: int = 8
) -> dict[str, float]:
    """What a step costs, measured now and in turns, in steps of "channels last".

    The median of `turns`, on this machine, as busy as it is.
    """
    seconds = timing.in_turns(contestants(device, precision), turns, device)
    usual = median(seconds["channels last"])
    return {name: median(measured) / usual for name, measured in seconds.items()}


def epochs_to_goal(rows: Sequence[dict]) -> dict[str, list[str]]:
    """By rung, the epochs until 99 % with each seed: "1.25", or "over 3.00".

    Args:
        rows: of the table `fast`.
    """
    per_epoch = len(data.Batches(*common.splits().train))
    epochs: dict[str, list[str]] = {}
    for row in rows:
        text = f"{row['steps'] / per_epoch:.2f}"
        bound = text if row["reached"] else f"over {text}"
        epochs.setdefault(row["rung"], []).append(bound)
    return epochs


def times_to_goal(
    rows: Sequence[dict], costs: dict[str, float]
) -> dict[str, list[float]]:
    """By way of `LADDER`, the time to 99 % with each seed: steps × cost of a step.

    In epochs of "channels last". Where a seed has not arrived, it is a lower bound.

    Args:
        rows: of the table `fast`.
        costs: of `step_costs`.
    """
    per_epoch = len(data.Batches(*common.splits().train))
    return {
        way: [
            costs[contestant] * row["steps"] / per_epoch
            for row in rows
            if row["rung"] == rung
        ]
        for way, (contestant, rung) in LADDER.items()
    }
