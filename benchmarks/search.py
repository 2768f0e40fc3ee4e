"""The usual loop's own search: with which optimizer and rate is it at its best?

Row a compares our loop with the usual one, which deserves rates of its own. Each of
`TRIALS` trains the article's network in batches of 64 until it reads `TARGET` of the
validation images, looked at after each quarter of an epoch. The two that needed the
fewest are tried with two more seeds, the better one then with two others: row a takes
how many quarters it needed with all five, and measures how long a quarter takes.

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

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common
from tools.checkout import CommandError

FILE = Path(__file__).resolve().parent / "search.csv"

TARGET = 0.99  # of the validation images
BATCH_SIZE = 64
MOST_QUARTERS = 32  # of an epoch; a trial that needs more counts as these
SLOWER = 2  # quarters after the best so far, by which a first trial is given up
FIRST, SECOND, THIRD = (100,), (101, 102), (103, 104)  # seeds: all, finalists, best
FINALISTS = 2

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
    *(Trial("Adadelta", lr) for lr in (1.0, 0.5)),
]

Results = dict[tuple[Trial, int], int]  # quarters, by trial and seed


def run() -> None:
    """Make every run that is not in the file yet, and say which trial is best."""
    results = load()
    for trial in TRIALS:
        soonest = min(results.get((t, FIRST[0]), MOST_QUARTERS) for t in TRIALS)
        _try(trial, FIRST[0], results, min(MOST_QUARTERS, soonest + SLOWER))
    for trial in ranked(results, FIRST)[:FINALISTS]:
        for seed in SECOND:
            _try(trial, seed, results, MOST_QUARTERS)
    for seed in THIRD:
        _try(ranked(results, FIRST + SECOND)[0], seed, results, MOST_QUARTERS)
    trial, _ = best(results)
    print(f"The usual loop is at its best with {trial.optimizer}, rate {trial.lr}.")


def best(results: Results | None = None) -> tuple[Trial, list[int]]:
    """The trial that the search found to be best, and its quarters with each seed.

    Raises:
        CommandError: the search has not come to its end.
    """
    results = load() if results is None else results
    finalists = ranked(results, FIRST + SECOND)
    winners = [t for t in ranked(results, FIRST + SECOND + THIRD) if t == finalists[0]]
    tried = {trial for trial, seed in results if seed == FIRST[0]}
    if not winners or len(finalists) < FINALISTS or not tried.issuperset(TRIALS):
        raise CommandError(
            "The usual loop's rate has not been searched to the end; run `python -m "
            "tools bench --row search` first."
        )
    return winners[0], [results[winners[0], seed] for seed in FIRST + SECOND + THIRD]


def ranked(results: Results, seeds: tuple[int, ...]) -> list[Trial]:
    """The trials that were made with all of `seeds`, the fewest quarters first."""
    whole = [t for t in TRIALS if all((t, seed) in results for seed in seeds)]
    return sorted(whole, key=lambda t: sum(results[t, seed] for seed in seeds))


def load(file: Path = FILE) -> Results:
    """The runs that have been made by now."""
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


def _try(trial: Trial, seed: int, results: Results, most: int) -> None:
    if (trial, seed) in results:
        return
    quarters, reached = quarters_to_target(trial, seed, most)
    # What was given up counts as it would at the cap, not as where it was given up.
    results[trial, seed] = quarters if reached else MOST_QUARTERS
    fresh = not FILE.exists()
    with FILE.open("a", newline="", encoding="utf-8") as file:
        if fresh:
            file.write("# python -m tools bench --row search\n")
            file.write("optimizer,lr,seed,reached,quarters\n")
        row = (*trial, seed, int(reached), results[trial, seed])
        csv.writer(file, lineterminator="\n").writerow(row)
    print(f"{trial.optimizer} {trial.lr}, seed {seed}: {quarters} quarters", flush=True)


def quarters_to_target(trial: Trial, seed: int, most: int) -> tuple[int, bool]:
    """Train until the target or `most` quarters; how many, and whether it was met."""
    splits = common.splits()
    torch.manual_seed(seed)
    net = model.pool_first(model.ConvNet())
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
