"""Predict: a guess before the reveal, met by what is measured in the same cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.exercise import Mistake
from mnist_tutorial.exercises.plain import is_answer, is_number, plain, same, shown
from mnist_tutorial.exercises.verdict import Note, wrapped


@dataclass(frozen=True, repr=False)
class Predict:
    """A question whose answer the cell below it measures.

    A mistake's `when` is a guess that people make.

    Attributes:
        key: its name: `ex.predict.KEY` in a notebook.
        question: as the notebook asks it.
        unit: what stands after a number, with its blank: " %".
        near: how far off, relative to the value, a number still counts as met.
        how_sure: whether to ask how sure the reader is.
    """

    key: str
    question: str
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
        """
        is_open = guess is None or guess is ...
        if is_open and low is None and high is None:
            print(self.question)
            return Guess(self)
        wrong = _wrong(guess, low, high, sure)
        result = Guess(self) if wrong else Guess(self, plain(guess), low, high, sure)
        print(f"{self.question} {wrong or f'You say {result}.'}")
        return result

    def __repr__(self) -> str:
        return wrapped(self.question)

    def page(self) -> dict[str, Any]:
        """What a page without Python needs, as plain JSON values."""
        return {
            "kind": "predict",
            "key": self.key,
            "question": self.question,
            "unit": self.unit,
            "near": self.near,
            "how sure": self.how_sure,
            "diagnoses": [[_json(m.when), m.sentence] for m in self.mistakes],
        }


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
        if self.value is ...:
            return f"{shown(self.low)} to {shown(self.high)}{self.of.unit}"
        return f"{shown(self.value)}{self.of.unit}"

    def meets(self, measured: Any) -> None:
        """Print how the guess compares with the value, and remember it."""
        if not self:
            return
        truth = plain(measured)
        right = self.is_right(truth)
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
        print(self.said(truth, right))

    def is_right(self, truth: Any) -> bool:
        if self.low is not None and self.high is not None and is_number(truth):
            return self.low <= truth <= self.high
        return same(self.value, truth, self.of.near)

    def said(self, truth: Any, right: bool) -> str:
        parts = [f"You predicted {self}; it is {shown(truth)}{self.of.unit}."]
        if self.low is not None and self.high is not None:
            parts.append(f"It is {'in' if right else 'out'}side your interval.")
        if not right:
            parts += [m.sentence for m in self.of.mistakes if same(self.value, m.when)]
        if self.of.how_sure and self.sure is None:
            parts.append("(Say how sure you are, in per cent, with sure=…)")
        return wrapped(" ".join(parts))


def _wrong(guess: Any, low: Any, high: Any, sure: Any) -> str:
    """What is wrong with a guess, in a sentence; "" for nothing."""
    if guess is not ... and not is_answer(plain(guess)):
        return "A guess is a number, a word, a tuple or a set."
    if (low is None) != (high is None):
        return "An interval has two ends: say low=… and high=…"
    if low is not None and not (is_number(low) and is_number(high) and low <= high):
        return "An interval goes from low, a number, to a high that is not below it."
    if sure is not None and not (is_number(sure) and 0 <= sure <= 100):
        return "sure is a number from 0 to 100, in per cent."
    return ""


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | frozenset) else value


class Predictions:
    """The predictions of a notebook by name: `ex.predict.NAME(…)`."""

    def __init__(self, predictions: Sequence[Predict]):
        self._by_key = {predict.key: predict for predict in predictions}

    def __getattr__(self, key: str) -> Predict:
        if key.startswith("_"):  # asked by copy, before there are predictions
            raise AttributeError(key)
        if key not in self._by_key:
            raise AttributeError(
                f"There is no prediction {key!r}; this notebook has "
                f"{', '.join(self._by_key)}."
            )
        return self._by_key[key]

    def __dir__(self) -> list[str]:
        return list(self._by_key)

    def __repr__(self) -> str:
        return Note(", ".join(self._by_key))
