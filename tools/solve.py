"""Solved copies: the notebooks with a right answer in the cell of every exercise."""

import ast
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnist_tutorial import exercises
from mnist_tutorial.exercises.exercise import Exercise
from mnist_tutorial.files import write_atomically
from tools import notebooks
from tools.checkout import CommandError, make_folder


def solve(names: Sequence[str], out: Path) -> list[Path]:
    """Write the solved copies of notebooks into `out`, without outputs; their paths.

    Raises:
        CommandError: there is no such notebook, what a reader has changed in it leaves
            no place for an answer, or the folder cannot be made.
    """
    make_folder(out)
    written = []
    for path in notebooks.find(names):
        name = path.name[:2]
        if name not in exercises.REGISTRY:
            continue
        try:
            copy = solved(notebooks.read(path), name)
        except (SyntaxError, ValueError) as error:
            raise CommandError(
                f"{path.name} cannot be solved as it stands ({error}); `make reset "
                f"NAME={path.stem}` restores it and keeps yours beside it."
            ) from error
        target = out / path.name
        write_atomically(target, (nbformat.writes(copy) + "\n").encode())
        written.append(target)
    return written


def solved(notebook: NotebookNode, name: str) -> NotebookNode:
    """The notebook, changed: answers filled in, outputs gone. Predictions stay open."""
    by_call = {
        f"ex.{entry.key}": entry
        for entry in exercises.REGISTRY[name]
        if isinstance(entry, Exercise)
    }
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        for call in calls(cell.source):
            if call in by_call:
                cell.source = by_call[call].solved(cell.source)
    return notebook


def calls(source: str) -> list[str]:
    """The names that a cell calls, such as "ex.places" or "guess.meets"."""
    nodes = ast.walk(ast.parse(source))
    return [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
