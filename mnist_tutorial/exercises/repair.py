"""Repair: a given function with one fault. Right, and few lines changed."""

import ast
import difflib
import inspect
import textwrap
from dataclasses import dataclass
from typing import Any, ClassVar

from mnist_tutorial.exercises.cases import Function
from mnist_tutorial.exercises.verdict import Verdict
from mnist_tutorial.exercises.write import Write


@dataclass(frozen=True, repr=False, kw_only=True)
class Repair(Write):
    """A function that is given with a fault, and is to be mended, not rewritten.

    Attributes:
        given: the function as the notebook gives it.
        lines: how many lines may change.
    """

    given: str
    lines: int

    kind: ClassVar[str] = "repair"

    def judge(self, function: Any = ...) -> Verdict:
        """As of a function that is written; the given one is no answer yet."""
        if self.changed(function) == 0:
            return Verdict(
                "nothing yet", "Nothing yet: the function is as it was given."
            )
        return super().judge(function)

    def accepted(self, function: Function) -> Verdict:
        changed = self.changed(function)
        if changed is not None and changed > self.lines:
            return Verdict(
                "not yet",
                f"Its numbers are right. But {changed} lines differ from what was "
                f"given, and the fault needs {self.lines} at most: put back what was "
                "in order, so that a reviewer sees the repair and nothing else.",
            )
        return super().accepted(function)

    def changed(self, function: Function) -> int | None:
        """How many lines of code differ from what was given; None if nobody knows."""
        try:
            source = inspect.getsource(function)
            before, after = (_lines(text) for text in (self.given, source))
        except (OSError, TypeError, SyntaxError, ValueError):
            return None
        changes = difflib.SequenceMatcher(a=before, b=after)
        return sum(
            max((i2 - i1, j2 - j1))
            for tag, i1, i2, j1, j2 in changes.get_opcodes()
            if tag != "equal"
        )

    def page(self) -> dict[str, Any]:
        return super().page() | {"given": self.given, "lines": self.lines}


def _lines(source: str) -> list[str]:
    """The lines of a function without comments, docstring, blank lines and style."""
    function: Any  # a lambda stands in an expression, which has no docstring: TypeError
    (function,) = ast.parse(textwrap.dedent(source)).body
    if ast.get_docstring(function):
        function.body = function.body[1:]
    return ast.unparse(function).splitlines()[1:]
