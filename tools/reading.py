"""How much a notebook asks of its reader: cells, lines of code, and minutes.

The minutes are an estimate, from a fast reader to one in the first year. Its rates were
set by one careful reading of six notebooks, with whose minutes it agrees within 10 %.
"""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import notebooks
from tools.checkout import CommandError

STOP = "You can stop here"
LONG, TOO_LONG = 15, 25  # lines of a cell

# Minutes that a reader of the core waits for cells, on two cores, where they are known.
WAITING = {"06_training": 2.0}

WIDGET = re.compile(r"widgets\.[A-Z]\w*\(|interactive_output\(")
_EXERCISE = re.compile(r"\bex\.(?!predict\b|card\b|keep\b)\w+\(")
_GUESS = re.compile(r"\bguess = None|\bex\.predict\.\w+\(")


@dataclass(frozen=True)
class Pace:
    """How fast somebody reads."""

    words: float  # a minute
    line: float  # seconds for a line of code
    widget: float  # minutes


FAST = Pace(words=230, line=3.5, widget=1)
FIRST_YEAR = Pace(words=180, line=6, widget=3)
FIGURE, GUESS, EXERCISE = 25, 40, 240  # seconds, for everybody


@dataclass(frozen=True)
class Load:
    """What a reader meets in some cells of a notebook.

    Attributes:
        cells: how many cells there are.
        lines: of each code cell that is not folded, those that are not blank.
        read: the lines of code that are read: `lines` without the set-up.
    """

    cells: int
    lines: tuple[int, ...]
    read: int
    words: int
    figures: int
    guesses: int
    widgets: int
    exercises: int
    waiting: float = 0.0  # minutes

    def minutes(self, pace: Pace) -> float:
        """How long it takes somebody of this pace."""
        seconds = self.read * pace.line + self.figures * FIGURE
        seconds += self.guesses * GUESS + self.exercises * EXERCISE
        reading = self.words / pace.words + seconds / 60
        return reading + self.widgets * pace.widget + self.waiting


def core_of(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells up to "You can stop here"; of the last one, the text before it.

    Raises:
        CommandError: no cell says so.
    """
    core: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and STOP in cell.source:
            before = {**cell, "source": cell.source.partition(STOP)[0]}
            return [*core, nbformat.from_dict(before)]
        core.append(cell)
    raise CommandError(f'No cell of this notebook says "{STOP}", where a core ends.')


def load(cells: Sequence[NotebookNode], waiting: float = 0.0) -> Load:
    """What a reader meets in these cells."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    shown = [cell for cell in code if not _folded(cell)]
    sources = [cell.source for cell in code]
    return Load(
        cells=len(cells),
        lines=tuple(_lines(cell.source) for cell in shown),
        read=sum(_lines(cell.source) for cell in shown if not _sets_up(cell)),
        words=sum(len(c.source.split()) for c in cells if c.cell_type == "markdown"),
        figures=sum(map(_has_picture, code)),
        guesses=sum(bool(_GUESS.search(source)) for source in sources),
        widgets=sum(bool(WIDGET.search(source)) for source in sources),
        exercises=sum(bool(_EXERCISE.search(source)) for source in sources),
        waiting=waiting,
    )


def _lines(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())


def _folded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def _sets_up(cell: NotebookNode) -> bool:
    """Parameters, or imports and the check of the parameters."""
    return "parameters" in cell.metadata.get("tags", []) or (
        "params.check(" in cell.source
    )


def _has_picture(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def measure(path: Path) -> dict[str, Load]:
    """The load of a notebook's core, and of the whole.

    Raises:
        CommandError: the file cannot be read, or nothing says where its core ends.
    """
    notebook = notebooks.read(path)
    waiting = WAITING.get(path.stem, 0.0)
    return {
        "core": load(core_of(notebook), waiting),
        "whole": load(notebook.cells, waiting),
    }


def table(paths: Sequence[Path]) -> str:
    """A line for the core and one for the whole of each notebook."""
    rows = [
        "notebook            part   lines  cells  median  longest  >15  >25    minutes"
    ]
    for path in paths:
        name = path.stem
        for part, of in measure(path).items():
            minutes = f"{of.minutes(FAST):.0f} to {of.minutes(FIRST_YEAR):.0f}"
            rows.append(
                f"{name:<20}{part:<5}{sum(of.lines):>7}{of.cells:>7}"
                f"{statistics.median(of.lines):>8g}{max(of.lines):>9}"
                f"{over(of, LONG):>5}{over(of, TOO_LONG):>5}{minutes:>11}"
            )
            name = ""
    return "\n".join(rows)


def over(of: Load, limit: int) -> int:
    """How many code cells have more lines."""
    return sum(lines > limit for lines in of.lines)


def stated(text: str) -> tuple[int, int]:
    """The minutes from ... to ... that a text states.

    Raises:
        ValueError: it states none.
    """
    minutes = re.search(r"(\d+) to (\d+)", text)
    if not minutes:
        raise ValueError(f'"{text}" states no minutes, as in "25 to 40".')
    return int(minutes[1]), int(minutes[2])
