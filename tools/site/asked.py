"""The exercises and predictions of a notebook, as a page asks them."""

import re

import nbformat

from mnist_tutorial import exercises

LIVE = ("compute", "decide", "order")  # judged in the page, as predictions are

CALL = re.compile(r"^\s*(?:\w+ = )?ex\.(?:predict\.)?(\w+)\(", re.MULTILINE)


def key_in(cell: nbformat.NotebookNode) -> str:
    """The name of the exercise or prediction that a cell asks; "" for none."""
    if cell.cell_type != "code":
        return ""
    keys = [key for key in CALL.findall(cell.source) if key not in ("card", "keep")]
    return keys[0] if keys else ""


def entries(notebook: nbformat.NotebookNode, number: str) -> dict[str, dict]:
    """What the kit gives of those that stand in a notebook, by their names."""
    known = {entry["key"]: entry for entry in exercises.pages().get(number, [])}
    keys = map(key_in, notebook.cells)
    return {key: known[key] for key in keys if key in known}
