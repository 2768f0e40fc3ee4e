"""Row g: seconds and peak memory of each notebook, run as papermill runs it.

From starting papermill to its end, the kernel's start and all imports included; memory
is that of papermill and its kernel. Each is run once, one after the other.

Command: `python -m tools bench --row g`, about eight minutes. `--row tests` measures
`make test` in the same way, which takes longer.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil
import torch

from benchmarks import measure
from tools import notebooks
from tools.checkout import ROOT, CommandError

TITLE = "each notebook under papermill, run once"

QUICK = ("05",)


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Seconds and megabytes of all notebooks, of the slowest, and of each."""
    taken = {}
    for path in notebooks.find(QUICK if quick else ()):
        with tempfile.TemporaryDirectory() as folder:
            taken[path.stem] = run(papermill(path, Path(folder)), device)
        print("  {}: {:.0f} s, {:.0f} MB".format(path.stem, *taken[path.stem]))
    slowest = max(taken, key=lambda name: taken[name][0])
    largest = max(taken, key=lambda name: taken[name][1])
    total = [sum(seconds for seconds, _ in taken.values())]
    lines = [
        measure.line("all, one after the other", "s", total),
        measure.line(f"the slowest: {slowest}", "s", taken[slowest][:1]),
        measure.line(f"the largest: {largest}", "MB", taken[largest][1:]),
    ]
    for name, (seconds, memory) in taken.items():
        lines += [
            measure.line(name, "s", [seconds], in_readme=False),
            measure.line(f"{name}, memory", "MB", [memory], in_readme=False),
        ]
    return lines


def papermill(path: Path, folder: Path) -> list[str]:
    """The command that executes a notebook where it lies, into a folder."""
    python = [sys.executable, "-m", "papermill", "--no-progress-bar", "-k", "python3"]
    return [*python, "--cwd", str(path.parent), str(path), str(folder / path.name)]


def run(command: Sequence[str], device: torch.device) -> tuple[float, float]:
    """Run a command in the root: seconds and megabytes.

    Raises:
        CommandError: it failed; the end of what it said is the message.
    """
    variables = {**os.environ, "MNIST_TUTORIAL_DEVICE": device.type}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = psutil.Popen(
            command, cwd=ROOT, env=variables, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            cost = measure.watched(process)
        finally:
            measure.end(process)
        if process.returncode:
            said.seek(0)
            last = " ".join(said.read()[-500:].split())
            raise CommandError(f"{' '.join(command[1:4])} failed. {last}")
    return cost
