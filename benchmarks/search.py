"""The usual loop's own search: with which optimizer and rate is it at its best?

Row a compares our loop with the usual one, which deserves rates of its own. Each of
`TRIALS` trains the article's network in batches of 64 until it reads `TARGET` of the
validation images, looked at after each quarter of an epoch; the three that needed the
fewest are tried with two more seeds, and the one with the lowest mean is the peer.

`python -m tools bench --row search` does it, in about half an hour, and writes
benchmarks/search.csv line by line: stopped and started again, it goes on where it was;
`rm benchmarks/search.csv` begins anew. Neither how images are dealt nor pooling before
ReLU changes what is learned, so that the search does what is quickest.
"""

import csv
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn, optim
from torch.optim import Optimizer

from benchmarks.loops import PoolFirst
from mnist_tutorial import data, train
from mnist_tutorial.experiments import common
from tools.checkout import CommandError

FILE = Path(__file__).resolve().parent / "search.csv"

TARGET = 0.99  # of the validation images
BATCH_SIZE = 64
MOST_QUARTERS = 20  # of an epoch; a trial that needs more counts as these
SLOWER = 2  # quarters after the best so far, by which a first trial is given up
SEEDS = (100, 101, 102)  # none of them is measured with
FINALISTS = 3

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "Adam": optim.Adam,
    "SGD": lambda params, lr: optim.SGD(params, lr, momentum=0.9),
    "Adadelta": optim.Adadelta,
}


class Trial(NamedTuple):
    """What the usual loop may choose."""

    optimizer: str  # in `OPTIMIZERS`
    lr: float


TRIALS = [
    *(Trial("Adam", lr) for lr in (0.001, 0.0005, 0.002)),
    *(Trial("SGD", lr) for lr in (0.02, 0.05, 0.01)),
    *(Trial("Adadelta", lr) for lr in (1.0, 0.5, 2.0)),
]

Found = dict[tuple[Trial, int], int]  # quarters, by trial and seed


def run() -> None:
    """Make every trial that is not in the file yet, and say which is best."""
    found = load()
    for trial in TRIALS:
        soonest = min(found.values(), default=MOST_QUARTERS)
        _try(trial, SEEDS[0], found, min(MOST_QUARTERS, soonest + SLOWER))
    for trial in ranked(found)[:FINALISTS]:
        for seed in SEEDS[1:]:
            _try(trial, seed, found, MOST_QUARTERS)
    print("The usual loop is at its best with {} and a rate of {}.".format(*best()))


def best() -> Trial:
    """The trial that the search found to be best.

    Raises:
        CommandError: the search has not come to its end.
    """
    found = load()
    finalists = [trial for trial in TRIALS if (trial, SEEDS[-1]) in found]
    if len(finalists) < FINALISTS:
        raise CommandError(
            "The usual loop's rate has not been searched to the end; run `python -m "
            "tools bench --row search` first."
        )
    return ranked({run: n for run, n in found.items() if run[0] in finalists})[0]


def ranked(found: Found) -> list[Trial]:
    """The trials by their mean number of quarters, the fewest first."""

    def mean(trial: Trial) -> float:
        of_trial = [n for (tried, _), n in found.items() if tried == trial]
        return sum(of_trial) / len(of_trial)

    return sorted({trial: mean(trial) for trial, _ in found}, key=mean)


def load(file: Path = FILE) -> Found:
    """What has been found by now."""
    if not file.is_file():
        return {}
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if line[0] != "#"))
    return {
        (Trial(row["optimizer"], float(row["lr"])), int(row["seed"])): int(
            row["quarters"]
        )
        for row in rows
    }


def _try(trial: Trial, seed: int, found: Found, most: int) -> None:
    if (trial, seed) in found:
        return
    quarters, reached = quarters_to_target(trial, seed, most)
    # What was given up counts as it would at the cap, not as where it was given up.
    found[trial, seed] = quarters if reached else MOST_QUARTERS
    fresh = not FILE.exists()
    with FILE.open("a", newline="", encoding="utf-8") as file:
        if fresh:
            file.write("# python -m tools bench --row search\n")
            file.write("optimizer,lr,seed,reached,quarters\n")
        row = (*trial, seed, int(reached), found[trial, seed])
        csv.writer(file, lineterminator="\n").writerow(row)
    print(f"{trial.optimizer} {trial.lr}, seed {seed}: {quarters} quarters", flush=True)


def quarters_to_target(trial: Trial, seed: int, most: int) -> tuple[int, bool]:
    """Train until the target or `most` quarters; how many, and whether it was met."""
    splits = common.splits()
    torch.manual_seed(seed)
    net = PoolFirst()
    batches = data.Batches(*splits.train, size=BATCH_SIZE, seed=seed)
    optimizer = OPTIMIZERS[trial.optimizer](net.parameters(), lr=trial.lr)
    for quarters, _ in enumerate(quarter_epochs(net, batches, optimizer), start=1):
        reached = train.evaluate(net, *splits.validation).accuracy >= TARGET
        if reached or quarters >= most:
            break
    return quarters, reached


def quarter_epochs(
    net: nn.Module, batches: data.Batches, optimizer: Optimizer
) -> Iterator[None]:
    """Train without end; pause after each quarter of an epoch."""
    endless, quarter = common.stream(batches), len(batches) // 4
    with train.channels_last(net):
        while True:
            for _ in train.steps(net, islice(endless, quarter), optimizer):
                pass
            yield


if __name__ == "__main__":
    run()
