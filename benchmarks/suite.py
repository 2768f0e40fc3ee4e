"""Row "tests": seconds and peak memory of `make test`, which is asked for by name.

Command: `python -m tools bench --row tests`, as long as `make test`.
"""

import sys

import torch

from benchmarks import measure, notebooks

TITLE = "`make test`, run once"


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Seconds and megabytes of the whole suite, or of its quick part."""
    part = ["--quick"] if quick else []
    command = [sys.executable, "-m", "tools", "test", *part]
    seconds, memory = notebooks.run(command, device)
    return [
        measure.line("all tests and notebooks", "s", [seconds]),
        measure.line("all tests and notebooks, memory", "MB", [memory]),
    ]
