"""Row a: seconds of training until 99.0 % of the validation images are read.

Each contestant trains from the same seeds, one after the other within a seed, by a
schedule that was fixed beforehand: the usual loop by the best of `search`, ours by the
recipe of 06, the free network by that of 11. The clock runs while it trains. After each
quarter of an epoch it stops and the validation images are read; the first time that
`search.TARGET` of them are right ends the run. Imports and the reading of files come
before it. Who never gets there, or not in `CAP` seconds, counts with `CAP`.

Command: `python -m tools bench --row a`, about ten minutes.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

import torch
from torch import nn

from benchmarks import loops, measure, search
from benchmarks.throughput import PRECISIONS, flops_of_image
from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, next_steps

TITLE = f"seconds of training to {search.TARGET:.1%} of the validation images"

SEEDS = range(5)
CAP = 240.0
QUICK_CAP, QUICK_IMAGES = 1.0, 1280
USUAL = "usual loop"
FREE = "half the width"  # of the rungs of 11
FREE_QUARTERS = 8  # of an epoch: the length of its cycle

Quarters = Iterator[nn.Module]  # trains a quarter of an epoch, then gives the network


class Reached(NamedTuple):
    """How a run ended."""

    seconds: float  # of training; CAP where it missed
    images: int  # trained on by then
    hit: bool


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Ours, ours in bfloat16 and the free network, each beside the usual loop."""
    training, validation, _ = (split.to(device) for split in common.splits())
    if quick:
        training = data.Split(*(part[:QUICK_IMAGES] for part in training))
    images = len(training.labels)
    trial = search.TRIALS[0] if quick else search.best()
    contestants: dict[str, Callable[[int], Quarters]] = {
        USUAL: partial(usual, trial, images, device),
        "recipe of 06, float32": partial(ours, training),
        "recipe of 06, bfloat16": partial(ours, training, bfloat16=True),
        f"free network ({FREE})": partial(free, training),
    }
    cap = QUICK_CAP if quick else CAP
    quarter = images // 4
    runs: dict[str, list[Reached]] = {name: [] for name in contestants}
    for k, seed in enumerate(SEEDS[:1] if quick else SEEDS):
        for name in list(contestants)[:: -1 if k % 2 else 1]:
            run = to_target(contestants[name](seed), quarter, validation, cap)
            runs[name].append(run)
            print(f"  seed {seed}, {name}: {run}", flush=True)
    return [_line(name, runs, trial, device) for name in list(contestants)[1:]]


def to_target(
    quarters: Quarters, quarter: int, validation: data.Split, cap: float
) -> Reached:
    """Train until the target, the end of the schedule, or `cap` seconds.

    Args:
        quarter: how many images each of `quarters` trains on.
    """
    device, taken, count = validation.images.device, 0.0, 0
    while taken < cap:
        begin = time.perf_counter()
        net = next(quarters, None)
        measure.synchronise(device)
        taken += time.perf_counter() - begin
        if net is None:
            break
        count += 1
        if taken < cap and train.evaluate(net, *validation).accuracy >= search.TARGET:
            return Reached(taken, count * quarter, True)
    return Reached(cap, count * quarter, False)


def usual(
    trial: search.Trial, images: int, device: torch.device, seed: int
) -> Quarters:
    """The usual loop with the optimizer and rate that its search found; no end."""
    torch.manual_seed(seed)
    net = model.ConvNet().to(device)
    optimizer = search.OPTIMIZERS[trial.optimizer](net.parameters(), lr=trial.lr)
    loader = loops.usual_loader(most=images)
    quarter, batches = len(loader) // 4, loops.endless(loader)
    while True:
        part = islice(batches, quarter)
        measure.exhaust(loops.usual_steps(net, part, optimizer, device))
        yield net


def ours(training: data.Split, seed: int, bfloat16: bool = False) -> Quarters:
    """The recipe of 06, to the end of its cycle."""
    torch.manual_seed(seed)
    net: nn.Module = model.ConvNet().to(training.images.device)
    if bfloat16:
        net = loops.InBfloat16(net)
    batches = data.Batches(*training, size=train.BATCH_SIZE, seed=seed)
    steps = train.EPOCHS * len(batches)
    for _ in common.train_sgd(net, batches, steps, checks=4 * train.EPOCHS):
        yield net


def free(training: data.Split, seed: int) -> Quarters:
    """A network of our choice: the rung `FREE` of 11, to the end of its cycle."""
    build, lr, momentum, _ = next_steps.RUNGS[FREE]
    torch.manual_seed(seed)
    net = build().to(training.images.device)
    batches = data.Batches(*training, seed=seed)
    steps = FREE_QUARTERS * len(batches) // 4
    for _ in common.train_sgd(net, batches, steps, lr, momentum, checks=FREE_QUARTERS):
        yield net


def _line(
    name: str,
    runs: dict[str, list[Reached]],
    trial: search.Trial,
    device: torch.device,
) -> measure.Line:
    """One contestant beside the usual loop; the limit is its arithmetic at the peak."""
    mine = runs[name]
    count = len(mine)
    hits = {who: sum(run.hit for run in runs[who]) for who in (name, USUAL)}
    build = next_steps.RUNGS[FREE][0] if name.startswith("free") else model.ConvNet
    precision = "bfloat16" if name.endswith("bfloat16") else "float32"
    peak = measure.matrix_peak(PRECISIONS[precision], device)
    images = measure.spread([run.images for run in mine]).median
    return measure.line(
        name,
        "s",
        [run.seconds for run in mine],
        [run.seconds for run in runs[USUAL]],
        f"usual loop ({trial.optimizer}, rate {trial.lr}; {hits[USUAL]} of {count})",
        limit=images * flops_of_image(build()) / peak,
        limit_is="matrix peak",
        note=f"{hits[name]} of {count} seeds",
    )
