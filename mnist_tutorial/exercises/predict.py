"""Predict: a guess before the reveal, met by what is measured in the same cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mnist_tutorial import claims
from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.by_name import ByName
from mnist_tutorial.exercises.exercise import Mistake
from mnist_tutorial.exercises.plain import (
    as_json,
    is_number,
    not_per_cent,
    plain,
    same,
    short,
    shown,
)
from mnist_tutorial.exercises.verdict import Note, wrapped


class NotAGuess(ValueError):
    """What was said cannot be a guess; the cell stops before it shows the answer."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the sentence."""
        return [str(self)]


@dataclass(frozen=True)
class Predict:
    """A question whose answer the cell below it measures.

    A mistake's `when` is a guess that people make.

    Attributes:
        key: its name: `ex.predict.KEY` in a notebook.
        question: as the notebook asks it.
        truth: what is measured with the default parameters: a number, a word, True or
            False, a tuple or a frozenset of numbers. A guess must be of this kind.
        unit: what stands after a number, with its blank: " %".
        near: how far off, relative to the value, a number still counts as met.
        how_sure: whether to ask how sure the reader is.
    """

    key: str
    question: str
    truth: Any
    unit: str = ""
    near: float = 0.0
    how_sure: bool = False
    mistakes: tuple[Mistake, ...] = ()

    def __call__(
        self,
        guess: Any = ...,
        *,
        low: float | None = None,
        high: float | None = None,
        sure: float | None = None,
    ) -> "Guess":
        """A guess; the dots are none. An interval from `low` to `high` is one, too.

        The question is printed, since JupyterLab shows the first line of a folded
        output: it must not be the answer.

        Raises:
            NotAGuess: it is of another kind than the answer, or cannot be read.
        """
        is_open = guess is None or guess is ...
        if is_open and low is None and high is None:
            print(self.question)
            return Guess(self)
        value = ... if is_open else self.read(guess)
        if refusal := self.refusal(value, low, high, sure):
            raise NotAGuess(refusal)
        result = Guess(self, value, low, high, sure)
        print(f"{self.question} You say {result}.")
        return result

    def read(self, guess: Any) -> Any:
        """A plain guess; where a set is asked for, one number or several make one."""
        value = plain(guess)
        if not isinstance(self.truth, frozenset):
            return value
        if isinstance(value, tuple) and all(map(is_number, value)):
            return frozenset(value)
        return frozenset({value}) if is_number(value) else value

    def refusal(self, value: Any, low: Any, high: Any, sure: Any) -> str:
        """Why this cannot be a guess, in a sentence; "" if it can."""
        kind, fits = _kind(self.truth)
        if value is not ... and not fits(value):
            return f"A guess is {kind}, not {short(value)}."
        if low is not None or high is not None:
            if not is_number(self.truth):
                return f"An interval is for a number; this guess is {kind}."
            if low is None or high is None:
                return "An interval has two ends: say low=… and high=…"
            if not (is_number(low) and is_number(high) and low <= high):
                return "An interval goes from low, a number, to a high not below it."
        return "" if sure is None else not_per_cent(sure)

    def __repr__(self) -> str:
        return wrapped(self.question)

    def page(self) -> dict[str, Any]:
        """What a page without Python needs, as plain JSON values."""
        return {
            "kind": "predict",
            "key": self.key,
            "question": self.question,
            "truth": as_json(self.truth),
            "unit": self.unit,
            "near": self.near,
            "how sure": self.how_sure,
            "diagnoses": [[as_json(m.when), m.sentence] for m in self.mistakes],
        }


def _kind(truth: Any) -> tuple[str, Any]:
    """What is asked for, in words, and whether a plain value is that."""
    if isinstance(truth, bool):
        return "True or False, without quotes", lambda v: isinstance(v, bool)
    if isinstance(truth, str):
        return "a word in quotes", lambda v: isinstance(v, str)
    if isinstance(truth, tuple):
        example = tuple(range(1, len(truth) + 1))
        return (
            f"{len(truth)} numbers in brackets, as in {example}",
            lambda v: (
                isinstance(v, tuple) and len(v) == len(truth) and all(map(is_number, v))
            ),
        )
    if isinstance(truth, frozenset):
        return (
            "a set of numbers, as in {1, 2}",
            lambda v: isinstance(v, frozenset) and all(map(is_number, v)),
        )
    return "a number", is_number


@dataclass(frozen=True)
class Guess:
    """What the reader has said, until it meets what is measured."""

    of: Predict
    value: Any = ...
    low: float | None = None
    high: float | None = None
    sure: float | None = None

    def __bool__(self) -> bool:
        """Whether there is one."""
        return self.value is not ... or self.low is not None

    def __str__(self) -> str:
        if self.low is not None:
            return f"{shown(self.low)} to {shown(self.high)}{self.of.unit}"
        return f"{shown(self.value)}{self.of.unit}"

    def meets(self, measured: Any, *, of_ours: bool = True) -> None:
        """Print how the guess compares with the value, and remember it once.

        With the default parameters the value must be the one that the registry knows.

        Args:
            of_ours: False if it was measured on images of the reader's own: then what
                the registry knows is no answer, and is not mentioned.
        """
        truth, expected = plain(measured), self.of.truth
        if of_ours:
            meant = f"{self.of.question} {shown(expected)}{self.of.unit}"
            claims.claim(same(truth, expected, self.of.near), meant)
        if not self:
            return
        if not _kind(expected)[1](truth):
            print(f"No guess can be compared with {short(truth)}.")
            return
        right = self.is_right(truth)
        first = progress.prediction(self.of.key)
        if first is None:
            progress.note(
                kind="predict",
                key=self.of.key,
                guess=str(self),
                low=self.low,
                high=self.high,
                sure=self.sure,
                measured=shown(truth),
                right=right,
            )
        print(self.said(truth, right, str(self) if first is None else first))

    def is_right(self, truth: Any) -> bool:
        if self.low is None:
            return same(self.value, truth, self.of.near)
        assert self.high is not None, "an interval has two ends"
        return self.low <= truth <= self.high

    def said(self, truth: Any, right: bool, first: str) -> str:
        """Met or not, by how much, and what a wrong guess reveals.

        Args:
            first: the first guess, as text; it is the one that counts.
        """
        met = "Met" if right else "Not met"
        parts: list[str | None] = [
            f"{met}: you predicted {self}, and it is {shown(truth)}{self.of.unit}."
        ]
        if not right:
            parts.append(self.how_far(truth))
            parts += [m.sentence for m in self.of.mistakes if same(self.value, m.when)]
        elif self.low is None and not same(self.value, truth):
            parts.append(f"Up to {self.of.near:.0%} beside it counts.")
        if first != str(self):
            parts.append(f"Your first guess, {first}, is the one that counts.")
        elif self.of.how_sure and self.sure is None:
            parts.append("(Say how sure you are, in per cent, with sure=…)")
        return wrapped(" ".join(filter(None, parts)))

    def how_far(self, truth: Any) -> str | None:
        """How far a wrong guess is off, in a sentence, where there is a measure."""
        if is_number(truth):
            low, high = (self.value,) * 2 if self.low is None else (self.low, self.high)
            side, off = ("low", truth - high) if truth > high else ("high", low - truth)
            return f"That is {shown(off)}{self.of.unit} too {side}."
        if isinstance(truth, tuple):
            right = sum(map(same, self.value, truth))
            return f"Right: {right} of {len(truth)}."
        if isinstance(truth, frozenset):
            right, more = len(self.value & truth), len(self.value - truth)
            return f"Found: {right} of {len(truth)}; too many: {more}."
        return None


class Predictions(ByName[Predict]):
    """The predictions of a notebook by name: `ex.predict.NAME(…)`."""

    _kind = "prediction"

    def __init__(self, predictions: Sequence[Predict]):
        super().__init__({predict.key: predict for predict in predictions})

    def __repr__(self) -> str:
        return Note(", ".join(self._entries))
