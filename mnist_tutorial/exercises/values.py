"""What an answer is, and where it differs from the right one."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mnist_tutorial.exercises.running import Unusable

# An answer has named parts; a function that returns one tensor has one, called "".
Parts = Mapping[str, Tensor]


def tensor_of(value: Any) -> Tensor:
    """A number, array, list of numbers or tensor as a tensor of numbers on the CPU.

    Raises:
        Unusable: it is something else; the sentence says what.
    """
    if value is None:
        raise Unusable(
            "your function runs, but returns nothing (None): is a `return` missing?"
        )
    if inspect.iscoroutine(value):
        value.close()
        raise Unusable("your function is `async`; a plain `def` is meant.")
    if inspect.isgenerator(value):
        raise Unusable("your function has a `yield`; let it `return` its result.")
    if type(value).__module__ == "torch.return_types":
        names = [name for name in dir(value) if name in ("values", "indices")]
        raise Unusable(
            f"your function returns all that {type(value).__name__}() gives"
            + (f": {' and '.join(names[::-1])}; return one of them." if names else ".")
        )
    tensor = None
    try:
        if not isinstance(value, dict):  # a number would be looked up in it
            tensor = torch.as_tensor(value)
    except Exception:
        tensor = None
    if tensor is None:
        raise Unusable(f"your function returns {_a(value)}, not a tensor.")
    if tensor.is_nested or tensor.layout != torch.strided or tensor.is_quantized:
        raise Unusable(
            "your function returns a tensor that is not a plain (dense) one."
        )
    if tensor.is_meta:
        raise Unusable("your function returns a tensor without numbers (device meta).")
    if tensor.is_complex():
        raise Unusable("your function returns complex numbers; real ones are meant.")
    return tensor.detach().cpu()


def bare(value: Any) -> Any:
    """A tensor without the subclass that it may have; anything else as it is.

    A nested tensor with ragged rows is a subclass, too, and stays one.
    """
    if not isinstance(value, Tensor) or type(value) is Tensor:
        return value
    with torch._C.DisableTorchFunctionSubclass():  # the subclass may refuse anything
        return value if value.is_nested else value.as_subclass(Tensor)


def _a(value: Any) -> str:
    """The type of a value, with its article."""
    name = type(value).__name__
    vowel = name == "ndarray" or name[0].lower() in "aeiou"
    return f"{'an' if vowel else 'a'} {name}"


def close(expected: Tensor, answer: Tensor) -> Tensor:
    """Where two tensors of the same shape agree, up to rounding."""
    a, b = expected.double(), answer.double()
    return torch.isclose(b, a, rtol=1e-4, atol=1e-5, equal_nan=True)


def agrees(expected: Parts, answer: Parts, same_dtype: bool = False) -> bool:
    """Whether all parts agree in names, shapes and numbers."""
    return list(expected) == list(answer) and all(
        first_difference(part, answer=answer[name], same_dtype=same_dtype) is None
        for name, part in expected.items()
    )


def first_difference(
    expected: Tensor, answer: Tensor, same_dtype: bool = False
) -> str | tuple[int, ...] | None:
    """A sentence on shape or dtype, or the index of the first wrong number, or None."""
    if answer.shape != expected.shape:
        shapes = tuple(expected.shape), tuple(answer.shape)
        return "the shape should be {}, and yours is {}.".format(*shapes)
    if same_dtype and answer.dtype != expected.dtype:
        return f"the dtype should be {expected.dtype}, and yours is {answer.dtype}."
    wrong = (~close(expected, answer=answer)).nonzero()
    return tuple(wrong[0].tolist()) if len(wrong) else None
