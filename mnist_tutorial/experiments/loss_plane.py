"""The loss on a plane through weight space, and ways of training seen on it."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import faq
from mnist_tutorial.experiments.common import choosing, subset, train_steps

IMAGES = 300  # of the choosing ones: the loss is asked for hundreds of times


class LossPlane(NamedTuple):
    """The loss around some ways of training.

    Attributes:
        losses: (rows, columns), nats per image; the first row is the lowest y.
        extent: left, right, bottom and top of the plane.
        paths: by optimizer, the points (11, 2) of its way on the plane.
        shares: by optimizer, how much of its way (squared) lies in the plane.
        between: the loss at the end of the first way, half-way to the end of the
            second, and there.
    """

    losses: Tensor
    extent: tuple[float, float, float, float]
    paths: dict[str, Tensor]
    shares: dict[str, float]
    between: tuple[float, float, float]


def flat(net: nn.Module) -> Tensor:
    """All weights in a row."""
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def walk(
    optimizer: str, lr: float, steps: int, seed: int, device: data.Device = "cpu"
) -> Tensor:
    """The weights of a ConvNet(8) at its start and after every tenth of the steps."""
    torch.manual_seed(seed)
    net = model.ConvNet(8).to(device)
    batches = data.Batches(*subset(10_000).to(device), seed=seed)
    method = faq.OPTIMIZERS[optimizer](net.parameters(), lr)
    points = [flat(net)]
    points += [flat(net) for _ in train_steps(net, batches, steps, method, checks=10)]
    return torch.stack(points)  # (11, parameters)


def directions(start: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Two directions (2, parameters), at right angles and of length 1.

    With `start` they make the plane that `first` and `second` lie in, too.
    """
    along = (first - start) / (first - start).norm()
    aside = second - start
    aside = aside - (aside @ along) * along
    return torch.stack([along, aside / aside.norm()])


def loss_plane(
    rates: Mapping[str, float],
    steps: int,
    seed: int,
    device: data.Device = "cpu",
    side: int = 17,
) -> LossPlane:
    """Train by each optimizer; the loss on the plane through two of the ends.

    Args:
        rates: by optimizer, the learning rate; the plane goes through the common start
            and the ends of the last two.
        side: points along each side.
    """
    walks = {name: walk(name, lr, steps, seed, device) for name, lr in rates.items()}
    ends = [points[-1] for points in walks.values()][-2:]
    start = next(iter(walks.values()))[0]
    plane = directions(start, *ends)
    paths = {name: (points - start) @ plane.T for name, points in walks.items()}
    extent = _around(torch.cat(list(paths.values())))
    probe = model.ConvNet(8).to(device)
    images, labels = (part[:IMAGES] for part in choosing().to(device))

    def loss_at(point: Tensor) -> float:
        nn.utils.vector_to_parameters(point, probe.parameters())
        return train.evaluate(probe, images, labels).loss

    xs = torch.linspace(extent[0], extent[1], side).tolist()
    ys = torch.linspace(extent[2], extent[3], side).tolist()
    losses = [[loss_at(start + x * plane[0] + y * plane[1]) for x in xs] for y in ys]
    first, second = ends
    middle = (first + second) / 2
    return LossPlane(
        torch.tensor(losses),
        extent,
        {name: path.cpu() for name, path in paths.items()},
        {
            name: ((paths[name][-1].norm() / (walks[name][-1] - start).norm()) ** 2)
            .clamp(max=1)
            .item()
            for name in walks
        },
        (loss_at(first), loss_at(middle), loss_at(second)),
    )


def _around(points: Tensor) -> tuple[float, float, float, float]:
    """A square with all points (N, 2) in it, and some room: its extent."""
    low, high = points.amin(0), points.amax(0)
    middle, reach = (low + high) / 2, (high - low).max() * 0.7
    (x0, y0), (x1, y1) = (middle - reach).tolist(), (middle + reach).tolist()
    return x0, x1, y0, y1
