"""What a notebook's parameter may be: a rule for each kind, with its default."""

import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_tutorial import data, train
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
    kind = _BEGINNINGS.get(path.suffix.lower())
    return not start or (kind is not None and start[kind[0] :].startswith(kind[1]))


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
