"""The tables in results/: each is made by `python -m tools results NAME`."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import NamedTuple

from mnist_tutorial import data
from mnist_tutorial.experiments import (
    clock,
    exams,
    faq,
    growth,
    next_steps,
    readings,
    recipes,
    travel,
    tricks,
    untrained,
)
from mnist_tutorial.experiments.cache import Cache, code_version
from mnist_tutorial.experiments.common import PACKAGE
from mnist_tutorial.files import write_atomically


class Table(NamedTuple):
    """A long experiment."""

    runs: Callable[[], list[dict]]  # what is to be run: the parameters of each
    run: Callable[..., dict]  # parameters → what was measured


TABLES = {
    "readings": Table(readings.reading_runs, readings.run_reading),
    "kernels": Table(faq.kernel_runs, faq.run_kernel),
    "kernel_rates": Table(faq.kernel_rate_runs, faq.run_kernel),
    "kernel_race": Table(
        lambda: faq.kernel_race_runs(load_results("kernel_rates")), faq.run_kernel
    ),
    "overfitting": Table(faq.overfitting_runs, faq.run_overfitting),
    "optimizers": Table(faq.optimizer_runs, faq.run_optimizer),
    "race": Table(lambda: faq.race_runs(load_results("optimizers")), faq.run_optimizer),
    "trick_rates": Table(tricks.rate_runs, tricks.run_tricks),
    "tricks": Table(
        lambda: tricks.trick_runs(load_results("trick_rates")), tricks.run_tricks
    ),
    "fast": Table(next_steps.fast_runs, next_steps.run_fast),
    "residual": Table(next_steps.residual_runs, next_steps.run_residual),
    "growth": Table(growth.growth_runs, growth.run_growth),
    "recipes": Table(recipes.recipe_runs, recipes.run_recipe),
    "exams": Table(exams.exam_runs, exams.run_exam),
    "travel": Table(travel.travel_runs, travel.run_travel),
    "untrained": Table(untrained.untrained_runs, untrained.run_untrained),
    "clock": Table(clock.clock_runs, clock.run_clock),
}


def find(name: str) -> Table:
    """The table `name`.

    Raises:
        ValueError: there is no such table.
    """
    if name not in TABLES:
        raise ValueError(
            f"There is no table {name!r}; choose one of {', '.join(TABLES)}."
        )
    return TABLES[name]


def make_results(name: str, data_root: str = "") -> None:
    """Compute the table `name` and write it to results/, its command in the first line.

    Args:
        data_root: the folder of data sets other than MNIST, for a table that has some.

    Finished runs are kept in results/NAME.part until the table is whole: stopped and
    started again, it goes on where it was, unless the code has changed.

    Raises:
        ValueError: there is no such table.
    """
    table = find(name)
    cache = Cache(PACKAGE / "results" / f"{name}.part", code_version())
    rows = []
    for run in table.runs():
        result = cache.get(run)
        if result is None:
            other = run.get("dataset", "MNIST") in data.DATASETS[1:]
            result = table.run(**run, **({"data_root": data_root} if other else {}))
            cache.put(run, result)
        rows.append({**run, **result})
        print(rows[-1], flush=True)
    buffer = io.StringIO()
    buffer.write(f"# python -m tools results {name}\n")
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    target = PACKAGE / "results" / f"{name}.csv"
    write_atomically(target, buffer.getvalue().encode())
    cache.file.unlink()


def load_results(name: str) -> list[dict]:
    """A committed table, row by row, numbers as numbers."""
    text = (files("mnist_tutorial") / "results" / f"{name}.csv").read_text(
        encoding="utf-8"
    )
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [
        {column: _number_or_text(value) for column, value in row.items()}
        for row in csv.DictReader(lines)
    ]


def _number_or_text(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value


def by_seed(
    rows: list[dict], keys: Sequence[str], value: str = "reporting_accuracy", **fixed
) -> dict:
    """The values of the rows with these settings, by `keys`: all seeds."""
    values = defaultdict(list)
    for row in rows:
        if all(row[name] == setting for name, setting in fixed.items()):
            key = tuple(row[k] for k in keys)
            values[key if len(key) > 1 else key[0]].append(row[value])
    return dict(values)
