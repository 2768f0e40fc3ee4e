"""Pages without Python for tests: one with a small widget of each kind."""

import nbformat
from small import NAMES, small

from mnist_tutorial import exercises
from mnist_tutorial.widgets.page import states
from tools.site import execute, make

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR4nGNg+A8AAQMBAFHGKfAAAAAA"
    "SUVORK5CYII="
)


def notebook_of(sources, number: str = "04"):
    """Cells with these sources, each with a picture as its output."""
    cells = [nbformat.v4.new_markdown_cell(f"# {number} Test\n\n## One $a^2$\n\nText.")]
    for source in sources:
        data = {"image/png": PIXEL, "text/plain": "a picture"}
        output = nbformat.v4.new_output("display_data", data=data)
        cell = nbformat.v4.new_code_cell(source, outputs=[output])
        cell.metadata.alt = "A picture."
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def page_of_widgets(folder, widgets: dict):
    """A page with these widgets, by name; the file."""
    path = folder / "04_test.ipynb"
    nbformat.write(notebook_of(f"widgets.{name}()" for name in widgets), path)
    ids = {k: [name] for k, name in enumerate(widgets, 1)}
    known = {
        name: {"widget": name, "state": states.state(widget)}
        for name, widget in widgets.items()
    }
    page = folder / "04_test.html"
    page.write_text(make.page_of(path, execute.Shown(ids, known)), encoding="utf-8")
    return page


def all_widgets() -> dict:
    """A small widget of each kind."""
    return {name: small(name) for name in NAMES}


def page_of_exercises(folder):
    """A page with all exercises of the kit that a page can ask; the file."""
    sources, notebook = [], None
    del notebook
    for entries in exercises.pages().values():
        sources += [_call(entry) for entry in entries]
    return sources


def _call(entry: dict) -> str:
    within = "predict." if entry["kind"] == "predict" else ""
    return f"ex.{within}{entry['key']}(...)"
