"""The parameters of a notebook: checked at the start; what depends on them, claimed.

A notebook's parameters cell holds plain literals, which papermill or the reader may
change. The next cell calls `check` with one rule for each.
"""

import ast
import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
import torchvision

from mnist_tutorial import data
from mnist_tutorial.files import write_atomically

DEVICES = ("auto", "cpu", "cuda")


class ParameterError(ValueError):
    """A parameter that cannot be used. Notebooks show its sentence, no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Rule:
    """What a parameter may be, and its default, for which the claims were measured.

    A `neutral` parameter changes no result, so claims stay strict whatever it is.
    """

    default: Any
    allowed: str
    neutral: bool = False

    def accepts(self, value) -> bool:
        raise NotImplementedError

    def hint(self, value) -> str:
        """What to do about a value that is not accepted; often nothing is known."""
        return ""


@dataclass(frozen=True)
class _Number(Rule):
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    def accepts(self, value) -> bool:
        kinds = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        return self.low <= value <= self.high

    def hint(self, value) -> str:
        if isinstance(value, str):
            return " Write a number, without quotes."
        return ""


@dataclass(frozen=True)
class _Choice(Rule):
    names: Sequence[Any] = ()

    def accepts(self, value) -> bool:
        return any(value == name and type(value) is type(name) for name in self.names)

    def hint(self, value) -> str:
        if self.names == (False, True):
            return " Write False or True, without quotes."
        close = _nearest(value, self.names)
        return f" Did you mean {close!r}?" if close else ""


@dataclass(frozen=True)
class _Path(Rule):
    kind: str = "folder"
    endings: Sequence[str] = ()  # of which its name has one; none given: any

    def accepts(self, value) -> bool:
        if not isinstance(value, str):
            return False
        if value == self.default:
            return True
        path = Path(value)
        exists = {
            "folder": path.is_dir,
            "file": path.is_file,
            "new file": lambda: path.parent.is_dir() and not path.is_dir(),
        }
        ends = not self.endings or path.suffix.lower() in self.endings
        return ends and exists[self.kind]()


def whole(default: int, *, low: int, high: int) -> Rule:
    """A whole number from `low` to `high`."""
    allowed = f"a whole number from {low:,} to {high:,}"
    return _Number(default, allowed, low=low, high=high, whole=True)


def real(default: float, *, low: float, high: float) -> Rule:
    """A number from `low` to `high`."""
    return _Number(default, f"a number from {low:g} to {high:g}", low=low, high=high)


def choice(default: str, names: Sequence[str]) -> Rule:
    """One of some names."""
    quoted = ", ".join(repr(name) for name in names)
    return _Choice(default, f"one of {quoted}", names=tuple(names))


def yes_no(default: bool) -> Rule:
    """True or False."""
    return _Choice(default, "True or False", names=(False, True))


def folder(default: str = "") -> Rule:
    """A folder that exists, or the default."""
    return _Path(default, f"a folder that exists, or {default!r}", kind="folder")


def file(default: str) -> Rule:
    """A file that exists, or the default."""
    return _Path(default, f"a file that exists, or {default!r}", kind="file")


def new_file(default: str = "", *, endings: Sequence[str] = ()) -> Rule:
    """A file to be written, in a folder that exists, or the default. It is neutral.

    Args:
        endings: those that its name may have, such as ".png"; none given: any.
    """
    name = f"a file name ending in {' or '.join(endings)}" if endings else "a file name"
    allowed = f"{name} in a folder that exists, or {default!r} for none"
    return _Path(default, allowed, neutral=True, kind="new file", endings=endings)


def seed(default: int = 0) -> Rule:
    """The seed of every random choice in a notebook."""
    return whole(default, low=0, high=2**31 - 1)


def device_name(default: str = "auto") -> Rule:
    """Where to compute; `device` says what "auto" means."""
    return choice(default, DEVICES)


@dataclass
class _Run:
    """What this kernel has been told and has found out."""

    parameters: dict[str, Any] = field(default_factory=dict)
    defaults: bool = True
    device: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    not_so: list[str] = field(default_factory=list)


_run = _Run()


def check(namespace: dict, **rules: Rule) -> None:
    """Check a notebook's parameters, so that a wrong one ends here in one sentence.

    Args:
        namespace: `globals()` of the notebook.
        rules: one for each parameter, by its name.

    A `dataset` together with a `data_root` is also looked for on disk.

    Raises:
        ParameterError: papermill was given an unknown name, or a value is not allowed.
    """
    for name in _injected(namespace.get("In", [])):
        if name not in rules:
            close = _nearest(name, rules)
            raise ParameterError(
                f"There is no parameter {name!r}"
                + (f"; did you mean {close!r}?" if close else ".")
                + f" This notebook has {', '.join(rules)}."
            )
    missing = [name for name in rules if name not in namespace]
    if missing:
        raise ParameterError(
            f"There is no {', '.join(missing)} yet; run the parameters cell first."
        )
    values = {name: namespace[name] for name in rules}
    for name, rule in rules.items():
        if not rule.accepts(values[name]):
            raise ParameterError(
                f"Parameter {name!r} is {values[name]!r}, but must be {rule.allowed}."
                + rule.hint(values[name])
            )
    if "dataset" in rules:
        try:
            data.find(values["dataset"], values.get("data_root"))
        except (ValueError, FileNotFoundError) as error:
            raise ParameterError(
                f"Parameter 'dataset' is {values['dataset']!r}, but {error}"
            ) from None
    changed = {n for n, r in rules.items() if values[n] != r.default and not r.neutral}
    if changed:
        pairs = (f"{n} = {values[n]!r} (default {rules[n].default!r})" for n in changed)
        print("Changed parameters:", ", ".join(sorted(pairs)))
    global _run
    _run = _Run(parameters=values, defaults=not changed)
    if "device" in rules:
        device(values["device"])
    _write()


def device(name: str = "auto") -> torch.device:
    """Where to compute: what `name` says; for "auto", MNIST_TUTORIAL_DEVICE, GPU, CPU.

    Raises:
        ParameterError: the name is unknown, or there is no such device here. A GPU that
            was asked for is never replaced by the CPU in silence.
    """
    asked_by = "Parameter 'device'"
    if name == "auto":
        asked_by = "MNIST_TUTORIAL_DEVICE"
        name = os.environ.get("MNIST_TUTORIAL_DEVICE", "") or "auto"
    if name not in DEVICES:
        raise ParameterError(
            f"{asked_by} is {name!r}, but must be one of {', '.join(DEVICES)}."
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    elif name == "cuda" and not torch.cuda.is_available():
        raise ParameterError(
            f"{asked_by} asks for a GPU ('cuda'), but PyTorch finds none; use 'cpu' or "
            "install the CUDA build of PyTorch on a machine with an NVIDIA GPU."
        )
    _run.device = name
    return torch.device(name)


def claim(condition, sentence: str) -> None:
    """Insist on what was measured for the default parameters.

    With them a false claim fails the cell. With other parameters it is printed and
    noted, and the notebook goes on.

    Raises:
        AssertionError: the claim is false although the parameters are the defaults.
    """
    if condition:
        return
    if _run.defaults:
        raise AssertionError(f"Expected: {sentence}")
    print("Not so with these parameters:", sentence)
    _run.not_so.append(sentence)
    _write()


def record(**results) -> None:
    """Keep numbers for `metrics.json`, which `python -m tools run` writes.

    Raises:
        TypeError: a result is not plain (a number, a text, a list or dict of them).
    """
    json.dumps(results)  # a tensor fails here, in every run, not only where it is kept
    _run.results.update(results)
    _write()


def _write() -> None:
    target = os.environ.get("MNIST_TUTORIAL_RESULTS")
    if not target:
        return
    content = {
        "parameters": _run.parameters,
        "device": _run.device,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        "results": _run.results,
        "not_so": _run.not_so,
    }
    write_atomically(target, json.dumps(content, indent=2).encode())


def _injected(inputs: Sequence[str]) -> list[str]:
    """The names that papermill's cell assigns, if it has put one into the notebook."""
    cells = [source for source in inputs if source.splitlines()[:1] == ["# Parameters"]]
    if not cells:
        return []
    statements = ast.parse(cells[-1]).body
    targets = (s.targets for s in statements if isinstance(s, ast.Assign))
    return [t.id for group in targets for t in group if isinstance(t, ast.Name)]


def _nearest(name, names) -> str | None:
    close = get_close_matches(str(name), [str(n) for n in names], n=1)
    return close[0] if close else None
