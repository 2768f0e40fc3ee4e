"""What the widgets of a notebook are once their cells have run."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from mnist_tutorial.widgets.page import states
from tools import notebooks, reading
from tools.checkout import CommandError
from tools.lab import WIDGET_VIEW
from tools.site import slices

_WATCH = "from mnist_tutorial.widgets.page import sliders, states\nsliders.watch()"
_WRITE = "states.write({path!r})"


class Shown(NamedTuple):
    """The widgets of a notebook.

    Attributes:
        ids: by the index of a cell, those of the widgets that it shows.
        states: by id, see `states.write`.
    """

    ids: dict[int, list[str]]
    states: dict[str, dict]


def widgets_of(path: Path) -> Shown:
    """Run what the widgets of a notebook need of it, in a kernel of their own.

    Raises:
        CommandError: the file is no notebook, or one of its cells failed.
    """
    notebook = notebooks.read(path)
    wanted = [k for k, cell in enumerate(notebook.cells) if shows_widget(cell)]
    if not wanted:
        return Shown({}, {})
    sources = [
        cell.source if cell.cell_type == "code" else "" for cell in notebook.cells
    ]
    chosen = slices.needed(sources, wanted)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "states.json"
        sources = [_WATCH, *chosen.values(), _WRITE.format(path=str(file))]
        notebook.cells = list(map(nbformat.v4.new_code_cell, sources))
        _run(path, notebook)
        known = states.read(file)
    ids = {
        k: [one.data[WIDGET_VIEW]["model_id"] for one in cell.outputs if _is_view(one)]
        for k, cell in zip(chosen, notebook.cells[1:], strict=False)
    }
    shown = {k: [key for key in keys if key in known] for k, keys in ids.items()}
    shown = {k: keys for k, keys in shown.items() if keys}
    return Shown(shown, {key: known[key] for keys in shown.values() for key in keys})


def shows_widget(cell: nbformat.NotebookNode) -> bool:
    """Whether a code cell makes one of the course's widgets, or a plain slider."""
    return cell.cell_type == "code" and reading.WIDGET.search(cell.source) is not None


def _run(path: Path, notebook: nbformat.NotebookNode) -> None:
    client = NotebookClient(
        notebook,
        timeout=notebooks.CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        raise CommandError(f"{path.name} does not run:\n{error}") from error


def _is_view(output: nbformat.NotebookNode) -> bool:
    return WIDGET_VIEW in output.get("data", {})
