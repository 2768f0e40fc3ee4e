"""The parameters of a notebook: a rule for each, checked at the start; the device.

A notebook's parameters cell holds plain literals, which papermill or the reader may
change. The next cell calls `check` with one rule for each. A rule has the default too:
it is what the claims were measured for, and a cell that was edited cannot tell it.
"""

import ast
import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mnist_tutorial import claims, data, train
from mnist_tutorial.hints import did_you_mean

DEVICES = ("auto", "cpu", "cuda")


class ParameterError(ValueError):
    """A parameter that cannot be used. Notebooks show its sentence, no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Rule:
    """What a parameter may be, and its default, for which the claims were measured."""

    default: Any
    allowed: str  # in words, after "must be"
    accepts: Callable[[Any], bool]
    names: Sequence[str] = ()  # of which one may have been meant
    neutral: bool = False  # changes no result: claims stay strict whatever it is

    def check(self, name: str, value: Any) -> None:
        """Refuse a value of the parameter `name` that is not allowed.

        Raises:
            ParameterError: the name, the value, what is allowed, perhaps a hint.
        """
        if self.accepts(value):
            return
        hint = did_you_mean(value, self.names) if isinstance(value, str) else ""
        if isinstance(value, str) and not isinstance(self.default, str):
            hint = " Write a number, without quotes."
        raise ParameterError(
            f"Parameter {name!r} is {_shown(value)}, but must be {self.allowed}.{hint}"
        )


def _shown(value: Any) -> str:
    """The value as one would write it, in one line, its middle left out if long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a number of more than 4,300 digits, for one
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) < 160 else f"{text[:80]} … {text[-40:]}"


def whole(default: int, *, low: int, high: int) -> Rule:
    """A whole number from `low` to `high`."""
    allowed = f"a whole number from {low:,} to {high:,}"
    return Rule(default, allowed, lambda v: _within(v, int, low, high))


def real(default: float, *, low: float, high: float) -> Rule:
    """A number from `low` to `high`."""
    allowed = f"a number from {low:g} to {high:g}"
    return Rule(default, allowed, lambda v: _within(v, int | float, low, high))


def _within(value: Any, kind: Any, low: float, high: float) -> bool:
    is_number = isinstance(value, kind) and not isinstance(value, bool)
    return is_number and low <= value <= high


def choice(default: str, names: Sequence[str]) -> Rule:
    """One of some names."""
    allowed = f"one of {', '.join(map(repr, names))}"
    return Rule(default, allowed, lambda v: isinstance(v, str) and v in names, names)


def folder() -> Rule:
    """A folder that exists, or "" for none."""
    return _path("", "a folder that exists and may be read, or ''", _is_readable_folder)


def _is_readable_folder(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.R_OK | os.X_OK)


def file(default: str) -> Rule:
    """A file that exists, or the default."""
    allowed = f"a file that exists and may be read, or {default!r}"
    return _path(default, allowed, lambda p: p.is_file() and os.access(p, os.R_OK))


def new_file(*, endings: Sequence[str] = ()) -> Rule:
    """A file to be written, in a folder that exists, or "" for none. It is neutral.

    What is there already is replaced only if it is empty or of the kind that its ending
    says, so that a slip of the pen costs nobody's file.

    Args:
        endings: those that its name may have, such as ".png"; any if empty.
    """

    def fits(path: Path) -> bool:
        ends = not endings or path.suffix.lower() in endings
        may_write = path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)
        return ends and may_write and _is_free(path)

    name = f"a file name ending in {' or '.join(endings)}" if endings else "a file name"
    allowed = (
        f"{name} in a folder that exists and may be written to, not that of a file of "
        "another kind, or '' for none"
    )
    return _path("", allowed, fits, neutral=True)


# How a file of each kind begins, from which byte on.
_BEGINNINGS = {".png": (0, b"\x89PNG"), ".pdf": (0, b"%PDF"), ".safetensors": (8, b"{")}


def _is_free(path: Path) -> bool:
    """Whether there is no file, an empty one, or one of the kind that its ending says.

    Raises:
        OSError: there cannot be such a file: its name is too long, say.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    if not path.is_file() or not os.access(path, os.W_OK):
        return False
    with path.open("rb") as stream:
        start = stream.read(16)
    at, beginning = _BEGINNINGS.get(path.suffix.lower(), (0, b"\0" * 17))
    return not start or start[at:].startswith(beginning)


def _path(
    default: str, allowed: str, fits: Callable[[Path], bool], neutral: bool = False
) -> Rule:
    def accepts(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if value == default:
            return True
        try:
            value.encode()  # a lone surrogate is no character
            is_legible = not any(unicodedata.category(c) == "Cc" for c in value)
            return is_legible and fits(Path(value).absolute())
        except (OSError, ValueError):  # too long, say
            return False

    return Rule(default, allowed, accepts, neutral=neutral)


def seed() -> Rule:
    """The seed of every random choice in a notebook."""
    return whole(0, low=0, high=2**31 - 1)


def device_name() -> Rule:
    """Where to compute; `device` says what "auto" means."""
    return choice("auto", DEVICES)


def precision() -> Rule:
    """What forward and loss of a training are computed in."""
    return choice("float32", train.PRECISIONS)


def dataset() -> Rule:
    """The name of a data set; `check` looks for its files in the `data_root`, too."""
    return choice("MNIST", data.DATASETS)


# What a check may call; its arguments are literals, so that a sweep can read it.
RULES: dict[str, Callable[..., Rule]] = {
    rule.__name__: rule
    for rule in (
        *(whole, real, choice, folder, file, new_file),
        *(seed, device_name, precision, dataset),
    )
}


def _files() -> dict[str, Rule]:
    """The rules of a notebook that reads a data set and computes somewhere."""
    return {"dataset": dataset(), "data_root": folder(), "device": device_name()}


# The rules of the notebooks' parameters, by the notebook's number, or its name.
NOTEBOOKS: dict[str, dict[str, Rule]] = {
    "00": _files(),
    "01": _files() | {"seed": seed(), "digit": whole(0, low=0, high=4999)},
    "02": _files() | {"seed": seed(), "digit": whole(4, low=0, high=9)},
    "03": _files() | {"seed": seed(), "batch_size": whole(64, low=1, high=1000)},
    "04": _files() | {"seed": seed()},
    "05": _files() | {"seed": seed(), "steps": whole(400, low=1, high=5_000)},
    "06": _files()
    | {
        "seed": seed(),
        "epochs": whole(3, low=1, high=100),
        "lr": real(0.1, low=1e-6, high=10),
        "optimizer": choice("momentum", ("sgd", "momentum")),
        "momentum": real(0.9, low=0, high=0.99),
        "batch_size": whole(64, low=8, high=1000),
        "precision": precision(),
        "weights_out": new_file(endings=(".safetensors",)),
    },
    "07": _files() | {"seed": seed(), "weights": file("shipped")},
    "08": {
        "seed": seed(),
        "image": whole(0, low=0, high=4999),
        "stamped_images": whole(5000, low=1000, high=20_000),
        "device": device_name(),
    },
    "09": {
        "seed": seed(),
        "device": device_name(),
        "file": file(""),
        "count": whole(400, low=100, high=9000),
    },
    "10": {
        "seed": seed(),
        "device": device_name(),
        "live_steps": whole(250, low=20, high=5_000),
    },
    "11": {
        "seed": seed(),
        "device": device_name(),
        "precision": precision(),
        "dataset": choice("MNIST", ("MNIST", "FashionMNIST")),
        "data_root": folder(),
    },
    "12": {
        "seed": seed(),
        "device": device_name(),
        "folder": folder(),
        "page": new_file(endings=(".png", ".pdf")),
    },
    "questions": {"seed": seed()},
}


def rules_of(notebook: str) -> dict[str, Rule]:
    """The rules of a notebook's parameters, by its number.

    Raises:
        ValueError: there are none for it.
    """
    if notebook not in NOTEBOOKS:
        raise ValueError(
            f"There are no rules for {notebook!r}, only for {', '.join(NOTEBOOKS)}."
        )
    return NOTEBOOKS[notebook]


def check(namespace: dict, notebook: str = "", **rules: Rule) -> None:
    """Check a notebook's parameters, so that a wrong one ends here in one sentence.

    Args:
        namespace: `globals()` of the notebook.
        notebook: its number, if its rules stand in `NOTEBOOKS`.
        rules: one for each parameter, by its name, if they do not.

    Raises:
        ValueError: there are no rules for this number.
        ParameterError: papermill was given an unknown name, a value is not allowed, or
            the files of a `dataset` are not in its `data_root`.
    """
    if notebook:
        rules = {**rules_of(notebook), **rules}
    for name in _injected(namespace.get("In", [])):
        if name not in rules:
            raise ParameterError(
                f"There is no parameter {name!r}.{did_you_mean(name, rules)} This "
                f"notebook has {', '.join(rules)}."
            )
    missing = [name for name in rules if name not in namespace]
    if missing:
        raise ParameterError(
            f"There is no {', '.join(missing)} yet; run the parameters cell first."
        )
    values = {name: namespace[name] for name in rules}
    for name, rule in rules.items():
        rule.check(name, values[name])
    if "dataset" in rules:
        try:
            data.find(values["dataset"], values.get("data_root"))
        except (ValueError, FileNotFoundError) as error:
            raise ParameterError(
                f"Parameter 'dataset' is {values['dataset']!r}, but {error}"
            ) from None
    run_on = device(values["device"]).type if "device" in rules else ""
    changed = {n for n, r in rules.items() if values[n] != r.default and not r.neutral}
    if changed:
        pairs = (f"{n} = {values[n]!r} (default {rules[n].default!r})" for n in changed)
        print("Changed parameters:", ", ".join(sorted(pairs)))
    claims.begin(values, run_on, strict=not changed)


def _injected(inputs: Sequence[str]) -> list[str]:
    """The names that papermill's cell assigns, if it has put one into the notebook."""
    cells = [source for source in inputs if source.splitlines()[:1] == ["# Parameters"]]
    if not cells:
        return []
    statements = ast.parse(cells[-1]).body
    targets = (s.targets for s in statements if isinstance(s, ast.Assign))
    return [t.id for group in targets for t in group if isinstance(t, ast.Name)]


def device(name: str = "auto") -> torch.device:
    """Where to compute: what `name` says; for "auto", MNIST_TUTORIAL_DEVICE, GPU, CPU.

    Raises:
        ParameterError: the name is unknown, or there is no such device here. A GPU that
            was asked for is never replaced by the CPU in silence.
    """
    source = "Parameter 'device'"
    if name == "auto":
        source = "MNIST_TUTORIAL_DEVICE"
        name = os.environ.get("MNIST_TUTORIAL_DEVICE", "") or "auto"
    if name not in DEVICES:
        raise ParameterError(
            f"{source} is {name!r}, but must be one of {', '.join(DEVICES)}."
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    elif name == "cuda" and not torch.cuda.is_available():
        raise ParameterError(
            f"{source} asks for a GPU ('cuda'), but PyTorch finds none; use 'cpu' or "
            "install the CUDA build of PyTorch on a machine with an NVIDIA GPU."
        )
    return torch.device(name)
