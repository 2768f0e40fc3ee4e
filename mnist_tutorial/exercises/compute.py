"""Compute: a number, a shape or a set, worked out by hand."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, ClassVar

from mnist_tutorial.exercises.exercise import Exercise, Mistake
from mnist_tutorial.exercises.plain import (
    alone,
    as_json,
    first_text,
    is_answer,
    is_number,
    number_for_shape,
    plain,
    same,
    short,
    shown,
)
from mnist_tutorial.exercises.verdict import Note, Verdict

Numbers = Mapping[str, Any]


class NoVariant(ValueError):
    """What was asked for cannot be a variant."""


@dataclass(frozen=True, repr=False)
class Compute(Exercise):
    """An answer that is computed from a few numbers, which may be drawn anew.

    A mistake's `when` is a mapping of switches of the reference. In `task` stand the
    names of the numbers in braces.

    Attributes:
        reference: the numbers and a switch for each mistake → the answer.
        numbers: those of the notebook's text, variant 0.
        draw: numbers for another variant, drawn by chance.
        working: the numbers → how the answer comes of them, step by step.
        tolerance: how far an answer may be off, relative to it.
    """

    reference: Callable[..., Any]
    numbers: Numbers
    draw: Callable[[random.Random], Numbers]
    working: Callable[..., str]
    tolerance: float = 0.0

    kind: ClassVar[str] = "compute"

    def judge(self, answer: Any = ..., *, variant: int = 0) -> Verdict:
        """Compare an answer, and look a wrong one up among the usual ones."""
        if answer is ... or answer is None:
            return Verdict(
                "nothing yet", "Nothing yet: write your answer for the dots."
            )
        value = plain(answer)
        if not is_answer(value):
            text = "A number, or a tuple or set of numbers, is expected, not "
            return Verdict("not yet", f"{text}{short(value)}.")
        try:
            numbers = self.variant(variant)
        except NoVariant as error:
            return Verdict("not yet", str(error))
        truth = self.reference(**numbers)
        if is_number(truth):
            value = alone(value)
        quoted = first_text(value)
        if quoted is not None and first_text(truth) is None:
            text = f"{quoted!r} is a text; write it without quotes."
            return Verdict("not yet", text)
        is_meant = partial(same, value, tolerance=self.tolerance)
        if is_meant(truth):
            return Verdict("right", f"Right: {shown(truth)}.")
        for mistakes, wrong in self.wrong(numbers):
            if is_meant(wrong):
                said = " And: ".join(mistake.sentence for mistake in mistakes)
                keys = tuple(mistake.key for mistake in mistakes)
                return Verdict("not yet", f"Not yet. {said}", keys)
        length = number_for_shape(value, truth)
        if length is not None:
            return Verdict(
                "not yet",
                f"Not yet: a shape with one axis is written ({length},), and "
                f"({length}) is only the number {length}.",
            )
        side = "not it"
        if is_number(value) and is_number(truth):
            side = "too large" if value > truth else "too small"
        stuck = f"If you are stuck: {self.call('hint()')}"
        return Verdict("not yet", f"Not yet: {shown(value)} is {side}.\n\n{stuck}")

    def usage(self) -> str:
        return (
            "One answer is meant, a single number or several in brackets as in "
            f"ex.{self.key}((1, 2)), and only variant= may follow it."
        )

    def wrong(self, numbers: Numbers) -> Iterator[tuple[tuple[Mistake, ...], Any]]:
        """The answers of single mistakes, then those that only one pair gives."""
        for mistake in self.mistakes:
            yield (mistake,), self.reference(**numbers, **mistake.when)
        doubles = [
            ((a, b), self.reference(**numbers, **{**a.when, **b.when}))
            for a, b in combinations(self.mistakes, 2)
            if not set(a.when) & set(b.when)
        ]
        for pair, answer in doubles:
            is_alike = partial(same, answer, tolerance=self.tolerance)
            if [other for other, b in doubles if is_alike(b)] == [pair]:
                yield pair, answer

    def variant(self, n: int) -> Numbers:
        """The numbers of variant n: drawn until truth and wrong answers all differ.

        Raises:
            NoVariant: n is not a whole number from 0.
        """
        n = plain(n)
        if not isinstance(n, int) or isinstance(n, bool) or n < 0:
            raise NoVariant(f"variant is a whole number from 0, not {short(n)}.")
        if n == 0:
            return self.numbers
        rng = random.Random(f"{self.key} {n}")
        for _ in range(10_000):
            numbers = self.draw(rng)
            if self.tells_apart(numbers):
                return numbers
        raise ValueError(f"{self.key}: no numbers tell all answers apart.")

    def tells_apart(self, numbers: Numbers) -> bool:
        """Whether truth and all single wrong answers differ."""
        answers = [self.reference(**numbers)]
        answers += [self.reference(**numbers, **m.when) for m in self.mistakes]
        # Twice the tolerance: an answer must not be near to two of them.
        pairs = combinations(answers, 2)
        return not any(same(*pair, tolerance=2 * self.tolerance) for pair in pairs)

    def text(self, variant: int = 0) -> str:
        return self.task.format(**self.variant(variant))

    def worked(self, variant: int = 0) -> str:
        numbers = self.variant(variant)
        truth = shown(self.reference(**numbers))
        more = f", variant={variant}" if variant else ""
        return f"{self.working(**numbers)}\n\nex.{self.key}({truth}{more})"

    def again(self, variant: int = 1) -> Note:
        """The task with other numbers."""
        return Note(
            f"{self.text(variant)}\n\nAnswer: ex.{self.key}(…, variant={variant})\n"
            f"If you are stuck: {self.call(f'solution(variant={variant})')}"
        )

    def page(self, variants: int = 20) -> dict[str, Any]:
        pages = []
        for n in range(variants):
            numbers = self.variant(n)
            diagnoses = [
                [as_json(wrong), [mistake.sentence for mistake in mistakes]]
                for mistakes, wrong in self.wrong(numbers)
                if len(mistakes) == 1
            ]
            truth = as_json(self.reference(**numbers))
            pages.append(
                {
                    "task": self.text(n),
                    "truth": truth,
                    "diagnoses": diagnoses,
                    "working": self.working(**numbers),
                }
            )
        return super().page() | {"tolerance": self.tolerance, "variants": pages}
