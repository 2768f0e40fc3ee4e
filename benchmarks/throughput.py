"""Row b: images a second, and the share of the matrix peak that they make use of.

Forward, backward and step of the article's network, with the batches dealt as in a real
training. In each repeat the settings take turns, between two measurements of the peak.

Command: `python -m tools bench --row b`, about two minutes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import loops, measure
from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common

TITLE = "images a second: forward, backward, step"

REPEATS, IMAGES = 5, 5120  # of each setting
BATCH_SIZES = (64, 128, 256)
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "ReLU before pool": model.ConvNet,
    "pool before ReLU": lambda: model.pool_first(model.ConvNet()),
}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
USUAL = "usual loop, float32, batch 64"


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """A line for each setting, beside the usual loop in batches of 64."""
    repeats, images = (2, 512) if quick else (REPEATS, IMAGES)
    training = common.splits().train.to(device)
    settings = {
        f"{precision}, {order}, batch {size}": (precision, order, size)
        for precision in train.PRECISIONS
        for order in NETWORKS
        for size in BATCH_SIZES
    }
    trained = {USUAL: usual(images, device)} | {
        what: ours(*setting, training, images) for what, setting in settings.items()
    }
    for rate in trained.values():
        rate()  # the first steps choose how to compute
    before, after = (_peaks(when, device) for when in ("before", "after"))
    figures = measure.interleaved(before | trained | after, repeats)
    flops = flops_of_image(model.ConvNet())
    return [
        _line(what, order, size, precision, figures, flops)
        for what, (precision, order, size) in settings.items()
    ]


def as_fast(precision: str) -> Sequence[str]:
    """In what a product of matrices may be computed that bounds this precision.

    A processor without the hardware for it multiplies more slowly in bfloat16 than in
    float32; then the latter is the limit of both.
    """
    return ("float32", "bfloat16") if precision == "bfloat16" else ("float32",)


def _peaks(when: str, device: torch.device) -> dict[str, Callable[[], float]]:
    return {
        f"{name} {when}": partial(measure.matrix_peak, dtype, device)
        for name, dtype in DTYPES.items()
    }


def _line(
    what: str,
    order: str,
    size: int,
    precision: str,
    figures: dict[str, list[float]],
    flops: float,
) -> measure.Line:
    """What a setting reached, and which share that is of the peak beside it."""
    when = ("before", "after")
    taken = [figures[f"{dtype} {w}"] for dtype in as_fast(precision) for w in when]
    peaks = [max(around) for around in zip(*taken, strict=True)]
    rates = zip(figures[what], peaks, strict=True)
    share = measure.spread([100 * flops * rate / peak for rate, peak in rates])
    return measure.line(
        what,
        "images/s",
        figures[what],
        figures[USUAL],
        USUAL,
        limit=measure.spread(peaks).median / flops,
        limit_is="matrix peak",
        note=f"{share.median:.0f} % of the peak",
        more_is_better=True,
        in_readme=order == "pool before ReLU" or size == train.BATCH_SIZE,
    )


def usual(images: int, device: torch.device) -> Callable[[], float]:
    """What measures the usual loop: images a second over so many of them."""
    net = model.ConvNet().to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=train.MOMENTUM)
    batches = loops.endless(loops.usual_loader())
    count = images // loops.USUAL_BATCH_SIZE

    def rate() -> float:
        steps = loops.usual_steps(net, islice(batches, count), optimizer, device)
        taken = measure.seconds(lambda: measure.exhaust(steps), device)
        return count * loops.USUAL_BATCH_SIZE / taken

    return rate


def ours(
    precision: str, order: str, size: int, training: data.Split, images: int
) -> Callable[[], float]:
    """What measures our loop in one setting: images a second over so many of them."""
    device = training.images.device
    net = NETWORKS[order]().to(device)
    net.to(memory_format=torch.channels_last)
    batches = common.stream(data.Batches(*training, size=size))
    optimizer = train.sgd(net, 0.01, train.MOMENTUM, train.WEIGHT_DECAY)
    count = images // size

    def rate() -> float:
        part = islice(batches, count)
        steps = train.steps(net, part, optimizer, precision=precision)
        return count * size / measure.seconds(lambda: measure.exhaust(steps), device)

    return rate


def flops_of_image(net: nn.Module, size: int = 64) -> float:
    """Floating-point operations of a training step for one image, as PyTorch counts.

    A multiplication and an addition are two.
    """
    images, labels = torch.zeros(size, 1, 28, 28), torch.zeros(size, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(net(images), labels).backward()
    return counter.get_total_flops() / size
