"""Cases on which a function is run, and how it answers them."""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mnist_tutorial.exercises.running import Printed, Unusable, call, untouched
from mnist_tutorial.exercises.values import Parts, bare, tensor_of

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """Arguments by name, in their order.

    Attributes:
        arguments: what the function is given.
        tags: what is special about the case: "padding".
        left_out: arguments that are not passed if the function has defaults for them.
    """

    arguments: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [
            f"{name} {_told(value)}" + " by default" * (name in self.left_out)
            for name, value in self.arguments.items()
        ]
        return ", ".join(parts)


def _told(value: Any) -> str:
    """A tensor by its shape, and a single number by itself."""
    if isinstance(value, Tensor):
        return f"{value.item():g}" if value.ndim == 0 else str(tuple(value.shape))
    return str(value)


Play = Callable[[Function, Case], Mapping[str, Any]]


def once(function: Function, case: Case) -> Mapping[str, Any]:
    """Call a function with a case; its answer is one part."""
    return {"": function(*case.arguments.values())}


@dataclass(frozen=True)
class Reader:
    """The reader's function, which may do anything.

    Attributes:
        names: of its parameters.
        printed: where it goes what it prints.
    """

    function: Function
    names: Sequence[str]
    printed: Printed


def reader_answers(reader: Reader, case: Case, play: Play, seconds: float) -> Parts:
    """The answer of the reader's function.

    Args:
        seconds: how long a call may take.

    Raises:
        Unusable: there is no answer; the sentence says why.
    """

    def guarded(*arguments):
        before = copy.deepcopy([_if_tensor(value) for value in arguments])
        passed = _passed(reader.function, case, arguments)
        value = call(reader.function, passed, seconds, reader.printed)
        for k, old in enumerate(before):
            if old is not None and not arguments[k].equal(old):
                name = reader.names[k]
                raise Unusable(
                    f"your function changes its argument `{name}`; work on a copy "
                    "(clone), or whoever calls it finds other numbers afterwards."
                )
        return bare(value)

    return _played(guarded, case, play)


def reference_answers(
    function: Function, case: Case, play: Play, switches: Mapping[str, Any]
) -> Parts:
    """The answer of the reference with some switches on.

    {} if it stops, because two mistakes cannot be made together.
    """

    def switched(*arguments):
        with untouched():  # each call has the same chance as the reader's
            return function(*arguments, **switches)

    try:
        return _played(switched, case, play)
    except (Unusable, RuntimeError, IndexError, ValueError):
        return {}


def _played(function: Function, case: Case, play: Play) -> Parts:
    with untouched():
        answer = play(function, copy.deepcopy(case))
        return {name: tensor_of(value) for name, value in answer.items()}


def _if_tensor(value: Any) -> Tensor | None:
    return value if isinstance(value, Tensor) else None


def _passed(function: Function, case: Case, arguments: tuple) -> tuple:
    """The arguments without those that are left out, where defaults stand for them."""
    if not case.left_out:
        return arguments
    fewer = tuple(
        arguments[k]
        for k, name in enumerate(case.arguments)
        if name not in case.left_out
    )
    try:
        inspect.signature(function).bind(*fewer)
    except (TypeError, ValueError):
        return arguments
    return fewer
