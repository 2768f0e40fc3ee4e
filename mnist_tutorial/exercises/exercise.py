"""What every exercise has, whatever its kind."""

import ast
import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.verdict import Note, Verdict, wrapped


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and what to say about it.

    Attributes:
        key: its name, in the records.
        when: which answers have it; each kind of exercise says what stands here.
        sentence: what is wrong, and how to think of it instead.
        source: where it has been seen.
    """

    key: str
    when: Any
    sentence: str
    source: str


JUDGEMENT = "author's judgement"


@dataclass(frozen=True)
class Exercise(ABC):
    """A task, and how an answer is judged.

    Attributes:
        key: its name: `ex.KEY` in a notebook, unique in the whole course.
        task: what is to be done; the notebook holds the same text.
        level: 1 to 3.
        minutes: what it takes.
        practises: the line of the notebook's "You will be able to" that it serves.
        hints: three, each says more than the one before.
        answer: a right one, as it is written into the notebook.
        mistakes: the usual ones.
    """

    key: str
    task: str
    level: int
    minutes: int
    practises: str
    hints: tuple[str, str, str]
    answer: str
    mistakes: tuple[Mistake, ...]

    kind: ClassVar[str] = ""

    def __call__(self, *answer, **named) -> Verdict:
        """What there is to say about an answer."""
        try:
            inspect.signature(self.judge).bind(*answer, **named)
        except TypeError:  # too many answers, or a keyword that is not known
            return Verdict("not yet", self.usage())
        verdict = self.judge(*answer, **named)
        if verdict.status != "nothing yet":
            progress.note(
                kind=self.kind,
                key=self.key,
                right=verdict.right,
                mistakes=list(verdict.mistakes),
                sure=verdict.sure,
            )
        return verdict

    @abstractmethod
    def judge(self, *answer, **named) -> Verdict:
        """The same, and nothing is noted."""

    @abstractmethod
    def usage(self) -> str:
        """How to answer, in a sentence."""

    def hint(self, step: int = 1) -> Note:
        """The first, second or third hint; asking twice gives the same."""
        if step not in (1, 2, 3):
            return Note("There are three hints: hint(1), hint(2) and hint(3).")
        progress.note(kind="hint", key=self.key, step=step)
        then = f"hint({step + 1})" if step < 3 else "solution()"
        return Note(
            f"{self.hints[step - 1]}\n\nIf that does not help: {self.call(then)}"
        )

    def solution(self, **named) -> Note:
        """A right answer, and how it comes about."""
        progress.note(kind="solution", key=self.key)
        return Note(self.worked(**named))

    def worked(self) -> str:
        """The text of the solution; its code can be run as it stands."""
        return self.answer

    def call(self, method: str) -> str:
        return f"ex.{self.key}.{method}"

    def text(self) -> str:
        """The task as it stands in the notebook."""
        return self.task

    def solved(self, cell: str) -> str:
        """The source of the exercise's cell with a right answer in it."""
        for node in ast.walk(ast.parse(cell)):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == f"ex.{self.key}"
            ):
                segment = ast.get_source_segment(cell, node)
                assert segment is not None
                return cell.replace(segment, f"ex.{self.key}({self.answer})")
        raise ValueError(f"The cell does not call ex.{self.key}.")

    def page(self) -> dict[str, Any]:
        """What a page without Python needs, as plain JSON values."""
        return {
            "kind": self.kind,
            "key": self.key,
            "task": self.text(),
            "level": self.level,
            "minutes": self.minutes,
            "practises": self.practises,
            "hints": list(self.hints),
            "answer": self.answer,
            "solution": self.worked(),
        }

    def __repr__(self) -> str:
        stars = "*" * self.level
        return wrapped(f"{self.text()}\n\n({self.kind}, {stars}, {self.minutes} min)")
