"""Write: a function. It is run on a few cases, beside the right one and wrong ones."""

import ast
import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, ClassVar, TypeGuard

from torch import Tensor

from mnist_tutorial.exercises.clues import clue
from mnist_tutorial.exercises.exercise import Exercise, Mistake
from mnist_tutorial.exercises.running import FIRST, LATER, Unusable, call, untouched
from mnist_tutorial.exercises.values import (
    Parts,
    agrees,
    first_difference,
    tensor_of,
)
from mnist_tutorial.exercises.verdict import Block, Table, Verdict, blocks_of, compared

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


def once(function: Function, case: Case) -> dict[str, Any]:
    """Call a function with a case; its answer is one part."""
    return {"": function(*case.arguments.values())}


@dataclass(frozen=True, repr=False)
class Write(Exercise):
    """A function that is compared with the right one, case by case.

    A mistake's `when` is a mapping of switches of the reference.

    Attributes:
        oracle: what the right function is called in the verdict.
        reference: the right function; each keyword beyond the arguments of a case is a
            switch, and all of them are off.
        cases: the smallest first; on them the reference and all mistakes differ.
        play: how a function becomes an answer to a case, in named parts.
        same_dtype: whether the answer must also have the right dtype.
    """

    oracle: str
    reference: Function
    cases: Sequence[Case]
    play: Callable[[Function, Case], dict[str, Any]] = once
    same_dtype: bool = False
    _answers: dict = field(default_factory=dict, init=False, compare=False)

    kind: ClassVar[str] = "write"

    def judge(self, function: Any = ...) -> Verdict:
        """Run a function on the cases; say that it is right, or what it does wrong."""
        if function is ...:
            return Verdict("nothing yet", "Nothing yet: pass your function.")
        if not callable(function):
            return Verdict(
                "not yet",
                "Pass the function itself, by its name and without brackets after it: "
                f"ex.{self.key}({self.defined().name}).",
            )
        answers: list[Parts] = []
        for k, case in enumerate(self.cases):
            try:
                answers.append(self.answered(function, case, LATER if k else FIRST))
            except Unusable as error:
                if error.unwritten:
                    return Verdict("nothing yet", f"Nothing yet: {error}")
                table = Table(self.shown(case))
                return Verdict("not yet", f"{self.named(k)}, {error}", (), table)
        expected = [self.answer_of({}, k) for k in range(len(self.cases))]
        wrong = [
            not agrees(a, b, self.same_dtype)
            for a, b in zip(expected, answers, strict=True)
        ]
        if not any(wrong):
            return self.accepted(function)
        k = wrong.index(True)
        said, table = self.difference(self.cases[k], expected[k], answers[k])
        mistakes = self.recognised(answers)
        if mistakes:
            sentences = "\n\nAnd: ".join(mistake.sentence for mistake in mistakes)
            text = f"Not yet. {sentences}\n\n{self.named(k)}: {said}"
        else:
            tags = [case.tags for case in self.cases]
            about = clue(wrong, tags, expected, answers)
            stuck = f"If you are stuck: {self.call('hint()')}"
            text = "\n\n".join(
                filter(None, [f"Not yet. {self.named(k)}: {said}", about, stuck])
            )
        keys = tuple(mistake.key for mistake in mistakes)
        return Verdict("not yet", text, keys, table)

    def accepted(self, function: Function) -> Verdict:
        """What a function hears that is right in all cases."""
        text = f"Right: agrees with {self.oracle} in {len(self.cases)} cases."
        return Verdict("right", text)

    def answered(self, function: Function, case: Case, seconds: float) -> Parts:
        """The reader's answer to a case.

        Raises:
            Unusable: there is none; the sentence says why.
        """
        names = [argument.arg for argument in self.defined().args.args]

        def guarded(*arguments):
            before = copy.deepcopy([a for a in arguments if isinstance(a, Tensor)])
            value = call(function, _passed(function, case, arguments), seconds)
            now = [a for a in arguments if isinstance(a, Tensor)]
            changed = [not a.equal(b) for a, b in zip(before, now, strict=True)]
            if any(changed):
                tensors = [isinstance(a, Tensor) for a in arguments]
                of = [n for n, t in zip(names, tensors, strict=False) if t]
                raise Unusable(
                    f"your function changes its argument `{of[changed.index(True)]}`; "
                    "work on a copy (clone), or whoever calls it finds other numbers "
                    "afterwards."
                )
            return value

        with untouched():
            return _parts(self.play(guarded, copy.deepcopy(case)))

    def answer_of(self, switches: Mapping[str, Any], k: int) -> Parts:
        """The answer of the reference to case k with some switches on; {} for none.

        Two mistakes may not go together: then the reference stops.
        """
        key = (k, *sorted(switches.items()))
        if key not in self._answers:
            try:
                self._answers[key] = self._computed(switches, self.cases[k])
            except (Unusable, RuntimeError, IndexError, ValueError):
                self._answers[key] = {}
        return self._answers[key]

    def _computed(self, switches: Mapping[str, Any], case: Case) -> Parts:
        def switched(*arguments):
            with untouched():  # each call has the same chance as the reader's
                return self.reference(*arguments, **switches)

        with untouched():
            return _parts(self.play(switched, copy.deepcopy(case)))

    def recognised(self, answers: Sequence[Parts]) -> tuple[Mistake, ...]:
        """The mistake, or the only pair of mistakes, that gives just these answers."""
        for mistake in self.mistakes:
            if self.is_from(mistake.when, answers):
                return (mistake,)
        pairs = [
            pair
            for pair in combinations(self.mistakes, 2)
            if self.is_from(_both(*pair), answers)
        ]
        return pairs[0] if len(pairs) == 1 else ()

    def is_from(
        self, switches: Mapping[str, Any] | None, answers: Sequence[Parts]
    ) -> bool:
        """Whether the reference with these switches gives the answers."""
        if switches is None:
            return False
        return all(
            agrees(self.answer_of(switches, k), answer, self.same_dtype)
            for k, answer in enumerate(answers)
        )

    def difference(
        self, case: Case, expected: Parts, answer: Parts
    ) -> tuple[str, Table]:
        """The first wrong number of a case: in a sentence, and in a table."""
        for name, right in expected.items():
            yours = answer[name]
            at = first_difference(right, yours, self.same_dtype)
            if at is None:
                continue
            what = f"{name}: " if name else ""
            if isinstance(at, str):
                pair = _whole(name, right), _whole(name, yours)
                return f"{what}{at}", Table(self.shown(case), *pair)
            a, b = compared(name, right, yours, at)
            i, j = b.mark or (0, 0)
            where = f" at {list(at)}" if at else ""
            said = f"{what}{a.rows[i][j]} is right{where}, and yours is {b.rows[i][j]}."
            return said, Table(self.shown(case), (a,), (b,))
        raise AssertionError("the answers agree")

    def named(self, k: int) -> str:
        """A case by its number and shapes."""
        case = self.cases[k]
        parts = [
            f"{name} {tuple(value.shape) if isinstance(value, Tensor) else value}"
            + " by default" * (name in case.left_out)
            for name, value in case.arguments.items()
        ]
        return f"Case {k + 1} of {len(self.cases)}, with {', '.join(parts)}"

    def shown(self, case: Case) -> tuple[Block, ...]:
        """The arguments of a case as far as they fit into a table."""
        return tuple(
            block
            for name, value in case.arguments.items()
            for block in blocks_of(name, value)
        )

    def case(self, number: int = 1) -> dict[str, Any]:
        """The arguments of a case, counted from 1, to try a function on."""
        return copy.deepcopy(dict(self.cases[number - 1].arguments))

    def defined(self) -> ast.FunctionDef:
        """The function that is to be written, as the answer has it."""
        (function,) = [n for n in ast.parse(self.answer).body if _is_function(n)]
        return function

    def solved(self, cell: str) -> str:
        name = self.defined().name
        for node in ast.parse(cell).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                segment = ast.get_source_segment(cell, node)
                assert segment is not None
                return cell.replace(segment, self.answer.strip("\n"))
        raise ValueError(f"The cell does not define {name}.")


def _is_function(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef)


def _passed(function: Function, case: Case, arguments: tuple) -> tuple:
    """The arguments without those that are left out, where defaults stand for them."""
    if not case.left_out:
        return arguments
    fewer = tuple(
        value
        for name, value in zip(case.arguments, arguments, strict=True)
        if name not in case.left_out
    )
    try:
        inspect.signature(function).bind(*fewer)
    except (TypeError, ValueError):
        return arguments
    return fewer


def _parts(answer: Mapping[str, Any]) -> Parts:
    return {name: tensor_of(value) for name, value in answer.items()}


def _both(a: Mistake, b: Mistake) -> dict[str, Any] | None:
    """The switches of both; None if they exclude each other."""
    return None if set(a.when) & set(b.when) else {**a.when, **b.when}


def _whole(name: str, tensor: Tensor) -> tuple[Block, ...]:
    """A tensor by its shape and dtype, and some of its numbers."""
    kind = f"{tuple(tensor.shape)}, {str(tensor.dtype).removeprefix('torch.')}"
    return Block("shape and dtype", ((kind,),)), *blocks_of(name, tensor)
