"""Exercises: they say "right", or name the mistake; and predictions that are kept.

In a notebook `ex = exercises.notebook("02")`, then `ex.KEY(answer)`, `ex.KEY.hint()`,
`ex.KEY.solution()`, `ex.predict.KEY(guess)` and `ex.card()`. Each notebook has a file
here with a list of what it asks; adding an exercise is one entry in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.by_name import ByName
from mnist_tutorial.exercises.exercise import Exercise
from mnist_tutorial.exercises.predict import Predict, Predictions
from mnist_tutorial.exercises.verdict import Note, Verdict

REGISTRY: dict[str, Sequence[Exercise | Predict]] = {
    number: import_module(f"{__name__}.nb{number}").EXERCISES
    for number in (f"{k:02}" for k in range(13))
}


@dataclass(frozen=True, repr=False)
class Asked:
    """An exercise as a reader has it, without what an answer is compared with."""

    _exercise: Exercise

    def __call__(self, *answer: Any, **named: Any) -> Verdict:
        return self._exercise(*answer, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked by copy, before there is an exercise
            raise AttributeError(name)
        if name == "reference":
            call = self._exercise.call("solution()")
            raise AttributeError(
                "That is what your answer is compared with, so it is no answer; "
                f"{call} shows you one."
            )
        return getattr(self._exercise, name)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._exercise) if name != "reference"]

    def __repr__(self) -> str:
        return repr(self._exercise)


class Notebook(ByName[Asked]):
    """The exercises of a notebook by name, its predictions, and the reader's card."""

    _kind = "exercise"

    def __init__(self, name: str):
        entries = REGISTRY[name]
        super().__init__({e.key: Asked(e) for e in entries if isinstance(e, Exercise)})
        self.predict = Predictions([e for e in entries if isinstance(e, Predict)])

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), "predict", "card", "keep"]

    def card(self) -> Note:
        """What is done and what is open, in all notebooks."""
        return progress.card(
            {
                name: [entry.key for entry in entries if isinstance(entry, Exercise)]
                for name, entries in REGISTRY.items()
            }
        )

    def keep(self) -> Note:
        """Say yes, once: from now on progress is kept, on this machine only."""
        return progress.keep()


def pages() -> dict[str, list[dict[str, Any]]]:
    """The registry for a page without Python: by notebook, as plain JSON values."""
    return {
        name: [entry.page() for entry in entries] for name, entries in REGISTRY.items()
    }


def notebook(name: str) -> Notebook:
    """The exercises of a notebook, by its number, "02".

    Raises:
        ValueError: it has none.
    """
    if name not in REGISTRY:
        raise ValueError(f"No exercises for {name!r}; there are {', '.join(REGISTRY)}.")
    return Notebook(name)
