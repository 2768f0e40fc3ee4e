"""Fixed kernels before the linear classifier of 01, nothing else fitted: for 02."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial import metrics
from mnist_tutorial.experiments import common

SEEDS = range(5)
IMAGES = 20_000
PENALTIES = tuple(10.0**k for k in range(-2, 6))
SHIFT = 3  # pixels, in each of four directions

Step = Callable[[Tensor], Tensor]  # (N, 1, 28, 28) of ink, 0 where there is none


def edge_kernels() -> Tensor:
    """Sobel's kernel in eight directions, (8, 1, 3, 3): its ring is turned."""
    rows, columns = [0, 0, 0, 1, 2, 2, 2, 1], [0, 1, 2, 2, 2, 1, 0, 0]  # of the ring
    weights = torch.tensor([-1.0, 0, 1, 2, 1, 0, -1, -2])
    kernels = torch.zeros(8, 1, 3, 3)
    for turn in range(8):
        kernels[turn, 0, rows, columns] = weights.roll(turn)
    return kernels


def random_kernels(seed: int) -> Tensor:
    """Eight kernels drawn at random, (8, 1, 3, 3); the weights of each sum to 0."""
    generator = torch.Generator().manual_seed(seed)
    kernels = torch.randn(8, 1, 3, 3, generator=generator)
    return kernels - kernels.mean((2, 3), keepdim=True)


def in_parts(step: Step, images: Tensor) -> Tensor:
    """`step` of all images, a thousand at a time: maps of all at once fill a memory."""
    return torch.cat([step(part) for part in images.split(1000)]).flatten(1)


def fit_votes(features: Tensor, labels: Tensor, penalty: float) -> Tensor:
    """Weights (D + 1, 10), as in 01: the sum should be 1 for the label, else 0.

    Args:
        features: (N, D).
        penalty: what a squared weight costs; that of the offset, the last, is free.
    """
    return _solved(*_products(features, labels), penalty)


def _products(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """What least squares need of the images, whatever the penalty."""
    x, y = with_one(features), F.one_hot(labels, 10).double()
    return x.T @ x, x.T @ y


def _solved(squares: Tensor, sums: Tensor, penalty: float) -> Tensor:
    cost = squares.new_full((len(squares),), penalty)
    cost[-1] = 0
    return torch.linalg.lstsq(squares + cost.diag(), sums).solution


def with_one(features: Tensor) -> Tensor:
    return F.pad(features.double(), (0, 1), value=1)


def accuracy(features: Tensor, weights: Tensor, labels: Tensor) -> float:
    """The share of images whose label gets the most votes."""
    return metrics.accuracy((with_one(features) @ weights).argmax(1), labels)


# --- The ladder: each rung has one change


def convolved(kernels: Tensor, *steps: Step) -> Step:
    def run(ink: Tensor) -> Tensor:
        maps = F.conv2d(ink, kernels, padding=1)
        for step in steps:
            maps = step(maps)
        return maps

    return run


def average(maps: Tensor) -> Tensor:
    return F.avg_pool2d(maps, 4)


def largest(maps: Tensor) -> Tensor:
    return F.max_pool2d(maps, 4)


def shuffled(seed: int, step: Step) -> Step:
    """`step` of images, their pixels all shuffled alike: the control of neighbours."""
    order = torch.randperm(784, generator=torch.Generator().manual_seed(seed))
    return lambda ink: step(ink.flatten(1)[:, order].view_as(ink))


def every_fourth(maps: Tensor) -> Tensor:
    """As many numbers as a pool of 4 leaves, each alone: the control of pooling."""
    return maps[:, :, 2::4, 2::4]


def dense(seed: int) -> Step:
    """As many ReLUs as the maps have numbers, each of a random vote of all pixels."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(784, 8 * 7 * 7, generator=generator) / 28
    offsets = torch.randn(8 * 7 * 7, generator=generator)
    return lambda ink: F.relu(ink.flatten(1) @ weights + offsets)


# What stands before the vote, by the seed, where chance plays a part.
LADDER: dict[str, Callable[[int], Step]] = {
    "raw pixels": lambda _: lambda ink: ink,
    "edges, average pool": lambda _: convolved(edge_kernels(), average),
    "edges, ReLU, average pool": lambda _: convolved(edge_kernels(), F.relu, average),
    "edges, max pool": lambda _: convolved(edge_kernels(), largest),
    "edges, ReLU, max pool": lambda _: convolved(edge_kernels(), F.relu, largest),
    "random, ReLU, max pool": lambda s: convolved(random_kernels(s), F.relu, largest),
    "edges, ReLU, no pool": lambda _: convolved(edge_kernels(), F.relu, every_fourth),
    "shuffled, edges, ReLU, average pool": lambda s: shuffled(
        s, convolved(edge_kernels(), F.relu, average)
    ),
    "dense random ReLUs": dense,
    "pixels, max pool": lambda _: largest,
}


def untrained_runs() -> list[dict]:
    return [
        {"rung": rung, "images": IMAGES, "seed": seed}
        for rung in LADDER
        for seed in SEEDS
    ]


def run_untrained(*, rung: str, images: int, seed: int) -> dict:
    """One rung: its accuracy, and the same with the digits moved, which it never saw.

    The seed draws the training images and, where there are any, the random weights or
    the order of the pixels. The penalty is chosen on a fifth of the validation images,
    the accuracies are of the rest; moved is the mean of four directions.
    """
    train, labels = common.splits().train
    chosen = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))[
        :images
    ]
    black = train.min()
    step = LADDER[rung](seed)

    def features(shown: Tensor) -> Tensor:
        return in_parts(step, shown - black)

    products = _products(features(train[chosen]), labels[chosen])
    choosing = common.choosing()
    x = features(choosing.images)
    trials = {}
    for penalty in PENALTIES:
        weights = _solved(*products, penalty)
        trials[penalty] = accuracy(x, weights, choosing.labels), weights
    penalty = max(trials, key=lambda tried: trials[tried][0])
    weights = trials[penalty][1]
    held_out = common.reporting()
    moved = [
        accuracy(features(images), weights, held_out.labels)
        for images in shifted(held_out.images, SHIFT, black.item())
    ]
    still = accuracy(features(held_out.images), weights, held_out.labels)
    return {
        "numbers": x.shape[1],
        "penalty": penalty,
        "reporting_accuracy": round(still, 6),
        "shifted_accuracy": round(math.fsum(moved) / len(moved), 6),
    }


def shifted(images: Tensor, by: int, black: float) -> list[Tensor]:
    """The images moved right, left, down and up; what comes in is black."""
    ways = ((by, 0), (-by, 0), (0, by), (0, -by))
    return [F.pad(images, (x, -x, y, -y), value=black) for x, y in ways]
