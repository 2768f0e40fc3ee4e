"""Row d: seconds from starting Python to the first batch, beside PyTorch's own.

Each start is a process of its own; files are in the system's memory, as after any
earlier start.

Command: `python -m tools bench --row d`, about two minutes.
"""

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks import measure
from tools import notebooks

TITLE = "seconds from starting Python, in a fresh process"

REPEATS = 5
TORCH = "import torch"
USUAL = """
import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from mnist_tutorial import data
steps = [transforms.ToTensor(), transforms.Normalize((data.MEAN,), (data.STD,))]
images = data.MNIST(train=True, transform=transforms.Compose(steps))
next(iter(DataLoader(images, 64, shuffle=True)))
"""
STARTS = {
    "data, model, train imported": "from mnist_tutorial import data, model, train",
    "and the digits read and split": """
from mnist_tutorial import data, model, train
data.splits(device=DEVICE)
""",
    "and the first batch dealt": """
from mnist_tutorial import data, model, train
next(iter(data.Batches(*data.splits(device=DEVICE).train)))
""",
}


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Each start beside that of PyTorch alone, and the whole beside the usual way."""
    ours = STARTS | {"imports of 06": imports(notebooks.find(["06"])[0])}
    sources = {**ours, TORCH: TORCH, "usual first batch": USUAL}
    candidates: dict[str, Callable[[], float]] = {
        name: partial(start, source.replace("DEVICE", repr(device.type)))
        for name, source in sources.items()
    }
    figures = measure.interleaved(candidates, 2 if quick else REPEATS)
    lines = [
        measure.line(what, "s", figures[what], figures[TORCH], TORCH) for what in ours
    ]
    last = list(STARTS)[-1]
    peer = "torchvision and DataLoader, to their first batch"
    return [
        *lines,
        measure.line(last, "s", figures[last], figures["usual first batch"], peer),
    ]


def imports(notebook: Path) -> str:
    """The statements that import something, of a notebook's first cell that has any."""
    for source in notebooks.code_cells(notebook):
        kinds = (ast.Import, ast.ImportFrom)
        statements = [n for n in ast.parse(source).body if isinstance(n, kinds)]
        if statements:
            return "\n".join(map(ast.unparse, statements))
    return ""


def start(source: str) -> float:
    """Seconds that a fresh Python takes to run `source` and end.

    Raises:
        subprocess.CalledProcessError: it did not run.
    """
    command = [sys.executable, "-c", source]
    run = partial(subprocess.run, command, cwd=notebooks.FOLDER, check=True)
    return measure.seconds(run, torch.device("cpu"))
