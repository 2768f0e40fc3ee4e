"""What is compared: our loop, and the usual one.

The usual loop is what most tutorials write: torchvision's data set with transforms, a
`DataLoader` that shuffles, images in the order PyTorch has by default (NCHW), one rate.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Subset

from mnist_tutorial import data, model
from mnist_tutorial.experiments import common

USUAL_BATCH_SIZE = 64


class PoolFirst(model.ConvNet):
    """`ConvNet` with each pool before its ReLU: the same function with less work.

    The largest of some numbers, or 0 if it is negative, is the same in either order.
    """

    def forward(self, images: Tensor) -> Tensor:  # (N, 1, 28, 28)
        x = F.relu(self.pool1(self.conv1(images)))  # (N, 32, 14, 14)
        x = F.relu(self.pool2(self.conv2(x)))  # (N, 64, 7, 7)
        x = F.relu(self.pool3(self.conv3(x)))  # (N, 128, 3, 3)
        x = F.relu(self.fc1(x.flatten(1)))  # (N, 128)
        logits: Tensor = self.fc3(F.relu(self.fc2(x)))  # (N, 10)
        return logits


class InBfloat16(nn.Module):
    """A network that computes in bfloat16; its weights stay float32, as its logits."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        with torch.autocast(images.device.type, torch.bfloat16):
            logits: Tensor = self.net(images)
        return logits.float()


def usual_dataset(train: bool = True) -> Any:
    """MNIST as torchvision deals it, image by image: normalised (1, 28, 28), int."""
    from torchvision import transforms

    steps = [transforms.ToTensor(), transforms.Normalize((data.MEAN,), (data.STD,))]
    return data.MNIST(train=train, transform=transforms.Compose(steps))


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
