"""An answer that is typed in: a number, a tuple, a set or a word."""

import math
import reprlib
import sys
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor


def plain(value: Any) -> Any:
    """Tensors, arrays and lists as numbers and tuples; anything else as it is."""
    if isinstance(value, Tensor | np.ndarray | np.generic):
        try:
            value = value.tolist()
        except (RuntimeError, NotImplementedError):  # it holds no numbers
            return value
    if isinstance(value, list | tuple):
        return tuple(plain(part) for part in value)
    if isinstance(value, set | frozenset):
        return frozenset(plain(part) for part in value)
    return value.strip() if isinstance(value, str) else value


def same(a: Any, b: Any, tolerance: float = 0.0) -> bool:
    """Whether two plain answers agree: numbers nearly, words in capitals or not."""
    if is_number(a) and is_number(b):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-9)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(partial(same, tolerance=tolerance), a, b))
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold() == b.casefold()
    return type(a) is type(b) and a == b


def is_number(value: Any) -> bool:
    """Whether it is one that a float can hold; nan, infinity and True are none."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    )


def is_answer(value: Any) -> bool:
    """Whether it can be compared at all."""
    if isinstance(value, tuple | frozenset):
        return all(is_answer(part) for part in value)
    return is_number(value) or isinstance(value, str | bool)


def first_text(value: Any) -> str | None:
    """The first text in a plain answer, or None."""
    if isinstance(value, tuple | frozenset):
        texts = (first_text(part) for part in value)
        return next((text for text in texts if text is not None), None)
    return value if isinstance(value, str) else None


def alone(value: Any) -> Any:
    """What stands alone in brackets, such as 8.5 for tensor([8.5]); else as it is."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def number_for_shape(value: Any, truth: Any) -> int | float | None:
    """The first number of an answer that stands where a tuple of one is right."""
    if is_number(value) and isinstance(truth, tuple) and len(truth) == 1:
        return value
    if not isinstance(value, tuple) or not isinstance(truth, tuple):
        return None
    pairs = zip(value, truth, strict=False)
    numbers = (number_for_shape(part, right) for part, right in pairs)
    return next((number for number in numbers if number is not None), None)


def short(value: Any) -> str:
    """Anything at all in a few letters, for a sentence."""
    return reprlib.repr(value)


def as_json(value: Any) -> Any:
    """A plain answer for a page without Python: (1, 2) as [1, 2], {1} as {set: [1]}."""
    if isinstance(value, tuple):
        return [as_json(part) for part in value]
    if isinstance(value, frozenset):
        return {"set": [as_json(part) for part in in_order(value)]}
    return value


def not_per_cent(sure: Any) -> str:
    """What is wrong with how sure somebody is, in a sentence; "" for nothing."""
    if not (is_number(sure) and 0 <= sure <= 100):
        return f"sure is a number from 0 to 100, in per cent, not {short(sure)}."
    if 0 < sure <= 1:
        return (
            f"sure is in per cent: write sure={100 * sure:g} if you mean {sure:g} of "
            "1, and sure=0 if you are hardly sure at all."
        )
    return ""


def in_order(value: frozenset[Any]) -> list[Any]:
    """The parts of a set: numbers by size, then the others by how they are shown."""
    return sorted(value, key=lambda v: (v if is_number(v) else math.inf, shown(v)))


def shown(value: Any) -> str:
    """A plain answer as text: 16, 2.303, (600, 8), {3, 5}."""
    if isinstance(value, tuple):
        parts = ", ".join(map(shown, value))
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    if isinstance(value, frozenset):
        return "{" + ", ".join(map(shown, in_order(value))) + "}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
