"""The tricks of 11: each alone and all but each, at learning rates of their own."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_tutorial import data, distortions, model, train
from mnist_tutorial.experiments.common import (
    choosing,
    macs,
    ranked_rates,
    reporting,
    stream,
    subset,
    train_sgd,
    width_of_cost,
)

TRICKS = (
    "batch norm",
    "one linear layer",
    "augmentation",
    "label smoothing",
    "schedule",
    "EMA",
    "depth",
)
WIDTH = 8  # filters of the first block, in the tables
BEST_WIDTH = 16  # and in the networks that are shipped, which are deep

# The recipe of the shipped networks. It was frozen after an earlier table than those
# below: tricks added in the order above, three seeds, all that lowered the error kept.
BEST = tuple(trick for trick in TRICKS if trick != "EMA")
BEST_EPOCHS = 8


def smoothed(
    batches: Iterator[tuple[Tensor, Tensor]], share: float = 0.1
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches with a share of each label dealt out evenly over all classes.

    Source: C. Szegedy et al., "Rethinking the inception architecture for computer
    vision", CVPR 2016, section 7.
    """
    for images, labels in batches:
        yield images, F.one_hot(labels, 10) * (1 - share) + share / 10


def network(tricks: Collection[str], width: int) -> nn.Module:
    """The article's network with those of `TRICKS` that change a network.

    With all three of them it is `NormNet(width, 2)`, without any it computes what
    `ConvNet(width)` does.
    """
    net = model.NormNet(width, 2 if "depth" in tricks else 1)
    if "batch norm" not in tricks:
        for k, layer in enumerate(net.features):
            if isinstance(layer, nn.Conv2d):
                c_in, c_out = layer.in_channels, layer.out_channels
                net.features[k] = nn.Conv2d(c_in, c_out, 3, padding=1)
            elif isinstance(layer, nn.BatchNorm2d):
                net.features[k] = nn.Identity()
    if "one linear layer" not in tricks:
        head = nn.Sequential(
            *(nn.Linear(net.linear.in_features, 128), nn.ReLU()),
            *(nn.Linear(128, 64), nn.ReLU()),
            nn.Linear(64, 10),
        )
        net.add_module("linear", head)
    return net


@cache
def equal_width(tricks: frozenset[str]) -> int:
    """The width at which `network` costs what it does without any trick."""
    if "depth" not in tricks:
        return WIDTH
    shallow = macs(network(tricks - {"depth"}, WIDTH))
    return width_of_cost(
        shallow, range(2, WIDTH + 1), lambda width: network(tricks, width)
    )


def train_with(
    tricks: Collection[str],
    training: data.Split,
    *,
    steps: int,
    seed: int,
    lr: float = train.LR,
    width: int = BEST_WIDTH,
) -> nn.Module:
    """Train the article's network with some of `TRICKS`.

    Always: SGD with Nesterov momentum and weight decay, batches of 64. With "schedule"
    `lr` is the highest rate of one cycle, else the rate of all steps.
    """
    torch.manual_seed(seed)
    net = network(tricks, width).to(training.images.device)
    kind = distortions.Jittered if "augmentation" in tricks else data.Batches
    batches = stream(kind(*training, size=64, seed=seed))
    if "label smoothing" in tricks:
        batches = smoothed(batches)
    # A longer memory than a twentieth of the run would keep what was before learning.
    decay = 1 - 1 / max(2, steps / 20)
    average = AveragedModel(
        net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True
    )
    cycle = "schedule" in tricks
    for _ in train_sgd(net, batches, steps, lr, cycle=cycle, checks=steps):
        if "EMA" in tricks:
            average.update_parameters(net)
    return average.module if "EMA" in tricks else net


# --- The tables

# By name, the tricks of a run: none, one alone, all, all but one.
SETTINGS: dict[str, tuple[str, ...]] = {
    "none": (),
    **{f"only {trick}": (trick,) for trick in TRICKS},
    "all": TRICKS,
    **{
        f"all but {trick}": tuple(other for other in TRICKS if other != trick)
        for trick in TRICKS
    },
}

# The rates that are tried: of all steps, or the highest of a cycle; by whether there is
# batch norm and a schedule. The best of each setting has to have neighbours.
_RATES = {
    (False, False): (0.01, 0.03, 0.1),
    (False, True): (0.03, 0.1, 0.3),
    (True, False): (0.03, 0.1, 0.3),
    (True, True): (0.03, 0.1, 0.3),
}
_MORE_RATES: dict[str, tuple[float, ...]] = {
    "none": (0.003,),
    "only schedule": (0.01,),
    "only EMA": (0.003,),
    "only depth": (0.3,),
    "all": (1.0,),
    "all but batch norm": (0.01,),
    "all but augmentation": (1.0,),
    "all but EMA": (1.0,),
}
SEARCH_SEEDS = (100, 101)
SEEDS = range(5)  # by none of which a rate was chosen
_SIZE = {"images": 10_000, "steps": 314}


def rates(setting: str) -> tuple[float, ...]:
    """The learning rates that are tried for one of `SETTINGS`, in order."""
    names = SETTINGS[setting]
    usual = _RATES["batch norm" in names, "schedule" in names]
    return tuple(sorted(usual + _MORE_RATES.get(setting, ())))


def rate_runs() -> list[dict]:
    return [
        dict(setting=setting, lr=lr, **_SIZE, seed=seed)
        for setting in SETTINGS
        for lr in rates(setting)
        for seed in SEARCH_SEEDS
    ]


def best_rates(rows: Sequence[dict]) -> dict[str, float]:
    """By setting the rate with the best mean on the choosing images; the lower of two.

    Args:
        rows: of the table `trick_rates`.
    """
    ranked = ranked_rates(rows, "setting")
    return {setting: rates[0] for setting, rates in ranked.items()}


def trick_runs(rows: Sequence[dict]) -> list[dict]:
    """Each setting at its best rate, with fresh seeds.

    Args:
        rows: of the table `trick_rates`.
    """
    return [
        dict(setting=setting, lr=lr, **_SIZE, seed=seed)
        for seed in SEEDS
        for setting, lr in best_rates(rows).items()
    ]


def run_tricks(*, setting: str, lr: float, images: int, steps: int, seed: int) -> dict:
    """Train with one of `SETTINGS`; what it reaches on both parts of validation."""
    tricks = SETTINGS[setting]
    width = equal_width(frozenset(tricks))
    net = train_with(tricks, subset(images), steps=steps, seed=seed, lr=lr, width=width)
    results: dict[str, float] = {"parameters": model.count_parameters(net)}
    for name, part in {"choosing": choosing(), "reporting": reporting()}.items():
        reached = train.evaluate(net, *part)
        results[f"{name}_accuracy"] = round(reached.accuracy, 6)
        results[f"{name}_loss"] = round(reached.loss, 6)
    return results


class Gain(NamedTuple):
    """What one trick adds, in accuracy on the reporting images, seed by seed."""

    alone: tuple[float, ...]  # to no trick
    in_company: tuple[float, ...]  # to all others


def gains(rows: Sequence[dict]) -> dict[str, Gain]:
    """What each trick adds, by its name: one difference for each seed, in order.

    Args:
        rows: of the table `tricks`.
    """
    reached: dict[str, dict[int, float]] = {}
    for row in rows:
        reached.setdefault(row["setting"], {})[row["seed"]] = row["reporting_accuracy"]

    def differences(after: str, before: str) -> tuple[float, ...]:
        seeds = sorted(reached[before])
        return tuple(reached[after][k] - reached[before][k] for k in seeds)

    return {
        trick: Gain(
            differences(f"only {trick}", "none"),
            differences("all", f"all but {trick}"),
        )
        for trick in TRICKS
    }
