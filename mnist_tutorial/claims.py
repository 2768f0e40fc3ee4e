"""What a run of a notebook has measured: claims about it, and numbers that are kept.

`params.check` begins a run. Where MNIST_TUTORIAL_RESULTS names a file, the run is
written there whenever it changes: the metrics.json of `python -m tools run`.
"""

import json
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import torch

from mnist_tutorial.files import write_atomically


@dataclass
class Run:
    """What this kernel was set to, and what it has measured since."""

    parameters: dict[str, Any] = field(default_factory=dict)
    device: str = ""
    strict: bool = True  # a false claim fails its cell; else it is printed and noted
    results: dict[str, Any] = field(default_factory=dict)
    not_so: list[str] = field(default_factory=list)


_run = Run()


def begin(parameters: dict[str, Any], device: str, *, strict: bool) -> None:
    """Forget earlier results; from now on claims are about these parameters.

    Args:
        strict: these are the defaults, for which the claims were measured.
    """
    global _run
    _run = Run(parameters, device, strict)
    _write()


def claim(condition: Any, sentence: str) -> None:
    """Insist on what was measured for the default parameters.

    With them a false claim fails the cell. With other parameters it is printed and
    noted, and the notebook goes on.

    Raises:
        AssertionError: the claim is false although the parameters are the defaults.
    """
    if condition:
        return
    if _run.strict:
        raise AssertionError(f"Expected: {sentence}")
    print("Not so with these parameters:", sentence)
    _run.not_so.append(sentence)
    _write()


def record(**results: Any) -> None:
    """Keep numbers for `metrics.json`, which `python -m tools run` writes.

    Raises:
        TypeError: a result is not plain (a number, a text, a list or dict of them).
    """
    json.dumps(results)  # a tensor fails here, in every run, not only where it is kept
    _run.results.update(results)
    _write()


def _write() -> None:
    file = os.environ.get("MNIST_TUTORIAL_RESULTS")
    if not file:
        return
    content = {
        "parameters": _run.parameters,
        "device": _run.device,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": version("torchvision"),
        },
        "results": _run.results,
        "not_so": _run.not_so,
    }
    write_atomically(file, json.dumps(content, indent=2).encode())
