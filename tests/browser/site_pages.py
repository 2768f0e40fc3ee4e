"""Pages without Python for tests: one with a small widget of each kind, one of asks."""

import base64
import io

import nbformat
from PIL import Image
from small import NAMES, small

from mnist_tutorial import exercises
from mnist_tutorial.widgets.page import states
from tools.site import execute, make


def pixel(level: int = 0) -> bytes:
    """The smallest picture, as PNG."""
    content = io.BytesIO()
    Image.new("L", (1, 1), level).save(content, format="png")
    return content.getvalue()


def notebook_of(sources):
    """A heading, then cells with these sources, each with a picture as its output."""
    cells = [nbformat.v4.new_markdown_cell("# 04 Test\n\n## One $a^2$\n\nText.")]
    for source in sources:
        picture = base64.b64encode(pixel()).decode()
        data = {"image/png": picture, "text/plain": "a picture"}
        output = nbformat.v4.new_output("display_data", data=data)
        cell = nbformat.v4.new_code_cell(source, outputs=[output])
        cell.metadata.alt = "A picture."
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def page_of_widgets(folder, widgets: dict):
    """A page with these widgets, by the names of their classes; its file."""
    known = {
        name: {"widget": name, "state": states.state(widget)}
        for name, widget in widgets.items()
    }
    ids = {k: [name] for k, name in enumerate(widgets, 1)}
    shown = execute.Shown(ids, known)
    return page_of(folder, [f"widgets.{name}()" for name in widgets], shown)


def all_widgets() -> dict:
    """A small widget of each kind."""
    return {name: small(name) for name in NAMES}


def page_of_exercises(folder, number: str):
    """A page that asks all that the kit has for a notebook; its file."""
    calls = [
        f"ex.{'predict.' if entry['kind'] == 'predict' else ''}{entry['key']}(...)"
        for entry in exercises.pages()[number]
    ]
    return page_of(folder, calls, execute.Shown({}, {}), number)


def page_of(folder, sources, shown, number: str = "99"):
    """A page of a notebook with these sources; its file."""
    path = folder / f"{number}_test.ipynb"
    nbformat.write(notebook_of(sources), path)
    page = folder / f"{number}_test.html"
    page.write_text(make.page_of(path, shown), encoding="utf-8")
    return page
