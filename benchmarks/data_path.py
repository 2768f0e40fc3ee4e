"""Row c: what it costs to deal the training images once, shuffled, in batches of 64.

Ours against the ways of `DataLoader`; how long an epoch of training takes is measured
in the same turns. The limit copies as many numbers from one place in memory to another.

Command: `python -m tools bench --row c`, about two minutes.
"""

import itertools
from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from benchmarks import loops, measure, throughput
from mnist_tutorial import data
from mnist_tutorial.experiments import common

TITLE = "seconds to deal an epoch of images, shuffled, in batches of 64"

REPEATS, PART = 5, 20  # the training that is beside it: a twentieth of an epoch
SIZE = loops.USUAL_BATCH_SIZE
OURS, COPY, EPOCH = "data.Batches", "copy", "epoch"


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Ours beside each way of `DataLoader`, and as a share of an epoch of training."""
    training = common.splits().train.to(device)
    ways = loaders()
    candidates: dict[str, Callable[[], float]] = {
        OURS: partial(dealing, data.Batches(*training, size=SIZE), device, quick),
        COPY: partial(copying, training.images),
        EPOCH: partial(epoch, training, quick),
        **{name: partial(dealing, way, device, quick) for name, way in ways.items()},
    }
    figures = measure.interleaved(candidates, 2 if quick else REPEATS)
    copied = measure.spread(figures[COPY]).median
    lines = [
        measure.line(
            OURS,
            "s",
            figures[OURS],
            figures[name],
            name,
            limit=copied,
            limit_is="copying as many numbers",
        )
        for name in ways
    ]
    pairs = list(zip(figures[OURS], figures[EPOCH], strict=True))
    shares = [100 * dealt / whole for dealt, whole in pairs]
    whole = measure.spread(figures[EPOCH]).median
    share = measure.line(
        "data.Batches, of an epoch of training",
        "%",
        shares,
        limit=100 * copied / whole,
        limit_is="copying as many numbers",
    )
    return [*lines, share]


def loaders() -> dict[str, Iterable]:
    """`DataLoader`, as it is used most and as it deals tensors."""
    tensors = TensorDataset(*common.splits().train)
    by_batch = BatchSampler(RandomSampler(tensors), SIZE, drop_last=False)
    return {
        "DataLoader, transforms": loops.usual_loader(),
        "DataLoader, transforms, 2 workers": loops.usual_loader(workers=2),
        "DataLoader, tensors": DataLoader(tensors, SIZE, shuffle=True),
        "DataLoader, tensors, a batch at a time": DataLoader(
            tensors, sampler=by_batch, batch_size=None
        ),
    }


def dealing(batches: Iterable, device: torch.device, quick: bool) -> float:
    """Seconds until every batch was dealt and is on the device."""
    most = 20 if quick else None

    def deal() -> None:
        for images, labels in itertools.islice(batches, most):
            images.to(device), labels.to(device)

    return measure.seconds(deal, device)


def copying(images: torch.Tensor) -> float:
    """Seconds to copy all images."""
    target = torch.empty_like(images)
    target.copy_(images)  # the memory is given on the first use
    return measure.seconds(lambda: target.copy_(images), images.device)


def epoch(training: data.Split, quick: bool) -> float:
    """Seconds of an epoch of the course's loop, from a part of it."""
    count = len(training.labels)
    images = SIZE * 8 if quick else count // PART
    rate = throughput.ours("float32", "ReLU before pool", SIZE, training, images)
    rate()  # the first steps choose how to compute
    return count / rate()
