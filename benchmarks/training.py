"""Row a: seconds of training until 99.0 % of the validation images are read.

All trainings follow schedules that were fixed beforehand: ours the recipe of 06, the
free network that of 11, the usual loop the best of `search`. Ours run here, with five
seeds. Their clock runs while they train; after each quarter of an epoch it stops and
the validation images are read. The first time that `search.TARGET` of them are right
ends the run, and who never gets there counts with `CAP` seconds. Imports, files and the
making of networks come before it.

The usual loop would take a quarter of an hour. How many quarters of an epoch it needs
is known from `search`, for five seeds; what is measured here, beside each of our runs,
is how long a quarter takes it.

Command: `python -m tools bench --row a`, about twelve minutes.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

import torch
from torch import nn

from benchmarks import loops, measure, search
from benchmarks.throughput import DTYPES, as_fast, flops_of_image
from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, next_steps
from mnist_tutorial.timing import clock

TITLE = f"seconds of training to {100 * search.TARGET:.1f} % of the validation images"

SEEDS = range(5)
CAP = 300.0
QUICK_IMAGES = 1280
FREE = "batch norm"  # of the rungs of 11: the quickest that all seeds got there by
FREE_QUARTERS = 6  # of an epoch: the length of its cycle

Quarters = Iterator[nn.Module]  # the network, untrained and after each quarter


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
    trial, needed = (search.TRIALS[0], [1]) if quick else search.best()
    contestants: dict[str, Callable[[int], Quarters]] = {}
    for precision in train.PRECISIONS:
        name = f"recipe of 06, {precision}"
        contestants[name] = partial(ours, training, precision)
    contestants[f"free network ({FREE}), bfloat16"] = partial(free, training)
    quarter_of_usual = usual(trial, images, device)
    runs: dict[str, list[Reached]] = {name: [] for name in contestants}
    peer = []
    for k, quarters in enumerate(needed):
        peer.append(quarters * quarter_of_usual())
        print(f"  usual loop: {peer[-1]:.1f} s in {quarters} quarters", flush=True)
        for name in list(contestants)[:: -1 if k % 2 else 1]:
            run = to_target(contestants[name](SEEDS[k]), images // 4, validation)
            runs[name].append(run)
            print(f"  {name}, seed {SEEDS[k]}: {run}", flush=True)
    who = f"usual loop, {trial.optimizer}, rate {trial.lr}"
    return [_line(name, reached, peer, who, device) for name, reached in runs.items()]


def to_target(quarters: Quarters, quarter: int, validation: data.Split) -> Reached:
    """Train until the target is met or the schedule ends.

    Args:
        quarter: how many images a quarter has.
    """
    device, taken, count = validation.images.device, 0.0, 0
    next(quarters)
    while True:
        begin = clock(device)
        net = next(quarters, None)
        taken += clock(device) - begin
        if net is None:
            return Reached(CAP, count * quarter, False)
        count += 1
        if train.evaluate(net, *validation).accuracy >= search.TARGET:
            return Reached(taken, count * quarter, True)


def usual(
    trial: search.Trial, images: int, device: torch.device
) -> Callable[[], float]:
    """What measures a quarter of an epoch in the usual loop, one after the other."""
    net = model.ConvNet().to(device)
    optimizer = search.OPTIMIZERS[trial.optimizer](net.parameters(), lr=trial.lr)
    loader = loops.usual_loader(most=images)
    batches, quarter = loops.endless(loader), len(loader) // 4
    next(batches)

    def seconds() -> float:
        part = islice(batches, quarter)
        steps = loops.usual_steps(net, part, optimizer, device)
        return measure.seconds(lambda: measure.exhaust(steps), device)

    return seconds


def ours(training: data.Split, precision: str, seed: int) -> Quarters:
    """The recipe of 06, to the end of its cycle."""
    torch.manual_seed(seed)
    net = model.ConvNet().to(training.images.device)
    batches = data.Batches(*training, size=train.BATCH_SIZE, seed=seed)
    yield net
    steps = train.EPOCHS * len(batches)
    for _ in common.train_sgd(
        net, batches, steps, checks=4 * train.EPOCHS, precision=precision
    ):
        yield net


def free_network() -> nn.Module:
    """The rung `FREE` of 11, pooled before ReLU."""
    build, *_ = next_steps.RUNGS[FREE]
    net = build()
    assert isinstance(net, model.ConvNet | model.NormNet)
    return model.pool_first(net)


def free(training: data.Split, seed: int) -> Quarters:
    """A network of our choice, in bfloat16, to the end of its cycle."""
    _, lr, momentum, _ = next_steps.RUNGS[FREE]
    torch.manual_seed(seed)
    net = free_network().to(training.images.device)
    batches = data.Batches(*training, seed=seed)
    yield net
    yield from (
        net
        for _ in common.train_sgd(
            net,
            batches,
            FREE_QUARTERS * len(batches) // 4,
            lr,
            momentum,
            checks=FREE_QUARTERS,
            precision="bfloat16",
        )
    )


def _line(
    name: str, runs: list[Reached], peer: list[float], who: str, device: torch.device
) -> measure.Line:
    """One contestant beside the usual loop; the limit is its arithmetic at the peak."""
    net = free_network() if name.startswith("free") else model.ConvNet()
    precision = "bfloat16" if name.endswith("bfloat16") else "float32"
    dtypes = [DTYPES[name] for name in as_fast(precision)]
    peak = max(measure.matrix_peak(dtype, device) for dtype in dtypes)
    images = measure.spread([run.images for run in runs]).median
    return measure.line(
        name,
        "s",
        [run.seconds for run in runs],
        peer,
        who,
        limit=images * flops_of_image(net) / peak,
        limit_is="matrix peak",
        note=f"{sum(run.hit for run in runs)} of {len(runs)} seeds got there",
    )
