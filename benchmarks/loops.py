"""The usual loop, beside which ours is measured: what most tutorials write.

torchvision's data set with transforms, a `DataLoader` that shuffles, images in the
order that PyTorch has by default (NCHW), one rate.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Subset

from mnist_tutorial import data
from mnist_tutorial.experiments import common

USUAL_BATCH_SIZE = 64


def usual_dataset() -> Any:
    """The training images as torchvision deals them, one by one: (1, 28, 28), int."""
    from torchvision import transforms

    steps = [transforms.ToTensor(), transforms.Normalize((data.MEAN,), (data.STD,))]
    return data.MNIST(transform=transforms.Compose(steps))


def usual_loader(workers: int = 0, most: int | None = None) -> DataLoader[Any]:
    """The training images of `data.splits`, shuffled and dealt by a `DataLoader`.

    Args:
        most: deal no more than so many.
    """
    whole = usual_dataset()
    size = len(common.splits().validation.labels)
    held_out = data.stratified_choice(whole.targets, size)
    training = Subset(whole, (~held_out).nonzero().flatten()[:most].tolist())
    return DataLoader(training, USUAL_BATCH_SIZE, shuffle=True, num_workers=workers)


def endless(loader: Iterable[Any]) -> Iterator[Any]:
    """One epoch after the other."""
    while True:
        yield from loader


def usual_steps(
    net: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: Optimizer,
    device: torch.device,
) -> Iterator[None]:
    """Train on each batch in turn."""
    net.train()
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        yield
