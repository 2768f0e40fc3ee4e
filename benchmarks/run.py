"""The command `bench`: which rows to measure, one after the other."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import torch

from benchmarks import measure, table
from mnist_tutorial import params
from tools.checkout import ROOT, CommandError

# What is measured if no row is named, by its letter in the table.
ROWS = {
    "a": "training",
    "b": "throughput",
    "c": "data_path",
    "d": "start",
    "e": "inference",
    "f": "widgets",
    "g": "notebooks",
    "h": "convolution",
}
BY_NAME = {"tests": "suite"}  # a row, too, but longer than all others together
SCRIPTS = ("photos", "search")  # write tables of their own


def run(
    row: str = "", device: str = "cpu", quick: bool = False, root: Path = ROOT
) -> None:
    """Measure one row, or all with a letter, and keep each when it is finished.

    A row that cannot be measured is passed over, and said at the end.

    Args:
        row: a letter of `ROWS`, a name, or "" for all letters.
        device: "auto", "cpu" or "cuda".
        quick: try whether the rows work; nothing is written.
        root: of the repository.

    Raises:
        CommandError: an unknown row, no such device, or a row that failed.
    """
    modules = ROWS | BY_NAME
    if row in SCRIPTS:
        _run_script(row)
        return
    if row and row not in modules:
        raise CommandError(
            f"There is no row {row!r}; choose one of {', '.join((*modules, *SCRIPTS))}."
        )
    try:
        where = params.device(device)
    except params.ParameterError as error:
        raise CommandError(error) from None
    failed = []
    for name in [row] if row else ROWS:
        try:
            result = _measured(name, modules[name], where, quick)
        except CommandError as error:
            failed.append(f"Row {name} was not measured. {error}")
            print(failed[-1], flush=True)
            continue
        if quick:
            print("A trial: nothing was written.", flush=True)
        else:
            table.keep(name, result, where.type, root)
    if failed:
        raise CommandError("\n".join(failed))


def _measured(name: str, module: str, device: torch.device, quick: bool) -> dict:
    """Measure one row and show it."""
    row = import_module(f"benchmarks.{module}")
    print(f"{name}: {row.TITLE}", flush=True)
    lines = row.measured(device, quick)
    result = table.as_row(row.TITLE, lines, measure.machine(device))
    print(table.markdown({"rows": {name: result}}), flush=True)
    return result


def _run_script(name: str) -> None:
    """Run what writes a table of its own.

    Raises:
        CommandError: it failed.
    """
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    if subprocess.call(command, cwd=ROOT):
        raise CommandError(f"benchmarks/{name}.py failed; what it said stands above.")
