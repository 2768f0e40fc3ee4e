"""The findings of 01 to 10 on other images: for 11."""

from collections.abc import Callable, Sequence
from functools import cache

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
