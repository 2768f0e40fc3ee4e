"""Write: a function. It is run on a few cases, beside the right one and wrong ones."""

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations
from typing import Any, ClassVar

import torch

from mnist_tutorial.exercises.cases import (
    Case,
    Function,
    Play,
    Reader,
    once,
    reader_answers,
    reference_answers,
)
from mnist_tutorial.exercises.clues import clue
from mnist_tutorial.exercises.difference import difference, shown
from mnist_tutorial.exercises.exercise import Exercise, Mistake
from mnist_tutorial.exercises.plain import short
from mnist_tutorial.exercises.running import FIRST, LATER, Printed, Unusable, Unwritten
from mnist_tutorial.exercises.values import Parts, agrees
from mnist_tutorial.exercises.verdict import Table, Verdict


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
    play: Play = once
    same_dtype: bool = False

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
        names = [argument.arg for argument in self.defined().args.args]
        outputs = [Printed() for _ in self.cases]
        answers: list[Parts] = []
        for k, case in enumerate(self.cases):
            reader = Reader(function, names, outputs[k])
            try:
                answer = reader_answers(reader, case, self.play, LATER if k else FIRST)
            except Unwritten as error:
                return Verdict("nothing yet", f"Nothing yet: {error}")
            except Unusable as error:
                text = f"{self.numbered(k)}, {error}\n\n{self.ways_on(k)}"
                verdict = Verdict("not yet", text, table=Table(shown(case)))
                return self.with_printed(verdict, k, outputs[k])
            answers.append(answer)
        wrong = [not self.agrees({}, k, answer) for k, answer in enumerate(answers)]
        if any(wrong):
            k = wrong.index(True)
            return self.with_printed(self.refused(answers, wrong), k, outputs[k])
        return self.with_printed(self.accepted(function), 0, outputs[0])

    def usage(self) -> str:
        return (
            "One answer is meant, your function alone: "
            f"ex.{self.key}({self.defined().name})."
        )

    def with_printed(self, verdict: Verdict, k: int, printed: Printed) -> Verdict:
        """The verdict, and what the function has printed in case k."""
        if not printed.letters:
            return verdict
        text = f"Printed in case {k + 1} of {len(self.cases)}:\n\n{printed}"
        return replace(verdict, printed=text)

    def accepted(self, function: Function) -> Verdict:
        """What a function hears that is right in all cases."""
        text = f"Right: agrees with {self.oracle} in {len(self.cases)} cases."
        return Verdict("right", text)

    def refused(self, answers: Sequence[Parts], wrong: Sequence[bool]) -> Verdict:
        """What a function hears that is wrong in some cases: its mistake, or a clue."""
        k = wrong.index(True)
        expected = [self.answer_of({}, n) for n in range(len(self.cases))]
        said, table = difference(
            self.cases[k], expected[k], answers[k], self.same_dtype
        )
        here = f"{self.numbered(k)}: {said}"
        mistakes = self.recognised(answers)
        if mistakes:
            sentences = "\n\nAnd: ".join(mistake.sentence for mistake in mistakes)
            parts = [f"Not yet. {sentences}", here]
        else:
            tags = [case.tags for case in self.cases]
            about = clue(wrong, tags, expected, answers)
            parts = [f"Not yet. {here}", about, self.ways_on(k)]
        keys = tuple(mistake.key for mistake in mistakes)
        return Verdict("not yet", "\n\n".join(filter(None, parts)), keys, table)

    def ways_on(self, k: int) -> str:
        """How to try a case, and where there is help."""
        stuck = f"If you are stuck: {self.call('hint()')}"
        if self.play is not once:
            return stuck
        case = f"*{self.call(f'case({k + 1})')}.values()"
        return f"To try it: {self.defined().name}({case}). {stuck}"

    def recognised(self, answers: Sequence[Parts]) -> tuple[Mistake, ...]:
        """The mistake, or the only pair of mistakes, that gives just these answers."""
        for mistake in self.mistakes:
            if self.is_from(mistake.when, answers):
                return (mistake,)
        pairs = [
            (a, b)
            for a, b in combinations(self.mistakes, 2)
            if not set(a.when) & set(b.when)
            and self.is_from({**a.when, **b.when}, answers)
        ]
        return pairs[0] if len(pairs) == 1 and _tell_a_pair(answers) else ()

    def is_from(self, switches: Mapping[str, Any], answers: Sequence[Parts]) -> bool:
        """Whether the reference with these switches gives the answers."""
        return all(self.agrees(switches, k, answer) for k, answer in enumerate(answers))

    def agrees(self, switches: Mapping[str, Any], k: int, answer: Parts) -> bool:
        """The same for one case."""
        return agrees(
            expected=self.answer_of(switches, k),
            answer=answer,
            same_dtype=self.same_dtype,
        )

    @cached_property
    def _known(self) -> dict:
        """What the reference has answered so far, by case and switches."""
        return {}

    def answer_of(self, switches: Mapping[str, Any], k: int) -> Parts:
        """The answer of the reference to case k with some switches on; {} for none."""
        key = (k, *sorted(switches.items()))
        if key not in self._known:
            self._known[key] = reference_answers(
                self.reference, self.cases[k], self.play, switches
            )
        return self._known[key]

    def numbered(self, k: int) -> str:
        return f"Case {k + 1} of {len(self.cases)}, with {self.cases[k]}"

    def case(self, number: int = 1) -> dict[str, Any]:
        """The arguments of a case, counted from 1, to try a function on.

        Raises:
            ValueError: there is no such case.
        """
        if number not in range(1, len(self.cases) + 1):
            raise ValueError(
                f"The cases are numbered from 1 to {len(self.cases)}; there is no case "
                f"{short(number)}."
            )
        return copy.deepcopy(dict(self.cases[number - 1].arguments))

    def defined(self) -> ast.FunctionDef:
        """The function that is to be written, as the answer has it."""
        (function,) = ast.parse(self.answer).body
        assert isinstance(function, ast.FunctionDef)
        return function

    def solved(self, cell: str) -> str:
        name = self.defined().name
        for node in ast.parse(cell).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                segment = ast.get_source_segment(cell, node)
                assert segment is not None
                return cell.replace(segment, self.answer)
        raise ValueError(f"The cell does not define {name}.")


def _tell_a_pair(answers: Sequence[Parts]) -> bool:
    """Whether answers say enough to tell two mistakes at once from chance.

    They do not where all are the same whatever is given, nor where they are made of
    zeros and fewer other numbers than two, as those of a few cases may be that have
    one number each.
    """
    first, *others = answers
    if all(map(partial(agrees, first), others)):
        return False
    numbers = [part.double().flatten() for parts in answers for part in parts.values()]
    every = torch.cat(numbers)
    return len(every[every != 0].unique()) >= 2
