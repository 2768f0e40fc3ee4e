"""The findings of 01 to 10 on other images: for 11."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_tutorial import data, distortions, drawing, metrics, model, pictures, train
from mnist_tutorial.experiments import common
from mnist_tutorial.experiments.common import SEEDS, train_cycle

# What is trained alike on each data set, for the findings of 01 to 10.
TRAVELLERS: dict[str, Callable[[], nn.Module]] = {
    "linear": model.linear_classifier,
    "MLP": model.mlp,
    "ConvNet": lambda: model.ConvNet(8),
    "ConvNet, convolutions frozen": lambda: model.ConvNet(8),
    "ConvNet, a quarter as wide": lambda: model.ConvNet(2),
    "ConvNet, augmentation": lambda: model.ConvNet(8),
    "3 × 3 kernels": lambda: model.KernelNet(3, 1, 8),
    "1 × 1 kernels": lambda: model.KernelNet(1, 1, 8),
}


@cache
def letters() -> data.Splits:
    """A to J, printed: ten fonts to learn from, four others for validation.

    10,000 and 2,000 images, jittered; as in MNIST, normalised by MNIST's constants. A
    font is on one side only. There is no test set: the last part is validation again.
    """

    def dealt(fonts: Sequence[str], count: int, seed: int) -> data.Split:
        inks = pictures.alphabet("ABCDEFGHIJ", fonts)
        prepared = torch.stack([drawing.prepare_drawing(ink) for ink in inks])
        chosen = torch.arange(count) % len(inks)
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(count, generator=generator)
        images = distortions.jitter(prepared[chosen[order]], generator)
        return data.Split(images, chosen[order] % 10)

    new = pictures.FONTS[2::3]
    seen = [font for font in pictures.FONTS if font not in new]
    validation = dealt(new, 2_000, seed=1)
    return data.Splits(dealt(seen, 10_000, seed=0), validation, validation)


# By name in `data`, what the text calls it.
PLACES = {"MNIST": "MNIST", "FashionMNIST": "Fashion-MNIST", "letters": "letters"}
STEPS = 785  # of training


def travel_runs() -> list[dict]:
    return [
        dict(dataset=dataset, network=network, images=10_000, steps=STEPS, seed=seed)
        for dataset in PLACES
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
    splits = letters() if dataset == "letters" else common.splits(dataset, data_root)
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


class Finding(NamedTuple):
    """Something that 01 to 10 have found, as a comparison.

    The `better` network has more of `value` than the `worse`; or, if `limit` is given,
    it has less than that, or more.
    """

    words: str
    better: str
    worse: str = ""
    value: str = "accuracy"
    limit: float | None = None
    below: bool = False


FINDINGS = (
    Finding("01  an MLP reads better\nthan a linear classifier", "MLP", "linear"),
    Finding("01  a ConvNet reads better\nthan an MLP", "ConvNet", "MLP"),
    Finding(
        "01  moved by 3 pixels,\nlinear is below a half",
        "linear",
        value="shifted_accuracy",
        limit=0.5,
        below=True,
    ),
    Finding(
        "09  moved, a ConvNet keeps\nmore than an MLP",
        "ConvNet",
        "MLP",
        value="shifted_accuracy",
    ),
    Finding(
        "08  random convolutions\nread worse", "ConvNet", "ConvNet, convolutions frozen"
    ),
    Finding(
        "07  over 60 % sure on average\nwhere it is wrong",
        "ConvNet",
        value="confidence_when_wrong",
        limit=0.6,
    ),
    Finding("10  3 × 3 beats 1 × 1", "3 × 3 kernels", "1 × 1 kernels"),
    Finding("10  fewer filters are worse", "ConvNet", "ConvNet, a quarter as wide"),
    Finding("10  augmentation helps", "ConvNet, augmentation", "ConvNet"),
)


def measured(
    rows: Sequence[dict], dataset: str, network: str, value: str = "accuracy"
) -> list[float]:
    """What a network reached on some data: a number for each seed.

    Args:
        rows: of the table `travel`.
        dataset: a key of `PLACES`.
    """
    key = {"dataset": dataset, "network": network}
    return [row[value] for row in rows if key.items() <= row.items()]


def check(rows: Sequence[dict], finding: Finding, dataset: str) -> tuple[bool, str]:
    """Whether a finding holds with every seed, and the range of what was measured."""
    a = measured(rows, dataset, finding.better, finding.value)
    if finding.limit is not None:
        holds = max(a) < finding.limit if finding.below else min(a) > finding.limit
        return holds, f"{_range(a)} %"
    b = measured(rows, dataset, finding.worse, finding.value)
    holds = all(x > y for x, y in zip(a, b, strict=True))
    return holds, f"{_range(a)}\nagainst {_range(b)} %"


def _range(shares: Sequence[float]) -> str:
    return f"{100 * min(shares):.1f}–{100 * max(shares):.1f}"


def checked(rows: Sequence[dict]) -> dict[str, dict[str, tuple[bool, str]]]:
    """`check` of all `FINDINGS`, by their words and by the name of the data."""
    return {
        finding.words: {
            name: check(rows, finding, dataset) for dataset, name in PLACES.items()
        }
        for finding in FINDINGS
    }
