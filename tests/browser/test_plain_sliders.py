"""The sliders of 03 and 05, plain ipywidgets, moved in JupyterLab."""

import ast
import time

import nbformat
import pytest
from support import PATIENCE

from tools import notebooks

SLIDERS = {
    "03_data": ("IntSlider(", ["0", "1", "4"]),
    "05_backpropagation": ("FloatSlider(", ["0.50", "0.55", "0.70"]),
}


def sources_for(name: str, words: str) -> list[str]:
    """The code cells of a notebook that the cell with `words` needs, and that cell.

    Needed are the parameters, the imports, and what defines a name that is used.
    """
    (path,) = notebooks.find([name])
    sources = [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]
    (last,) = [k for k, source in enumerate(sources) if words in source]
    needed, used = [], names_in(sources[last])[1]
    for source in reversed(sources[2:last]):
        defined, uses = names_in(source)
        if defined & used:
            needed.insert(0, source)
            used |= uses
    return [*sources[:2], *needed, sources[last]]


def names_in(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell gives to later ones, and those that it takes."""
    tree = ast.parse(source)
    defined, own, used = set(), set(), set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            defined.add(statement.name)
        else:
            defined |= {node.id for node in ast.walk(statement) if is_target(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif is_target(node):
            own.add(node.id)
        elif isinstance(node, ast.Name):
            used.add(node.id)
    return defined, used - own


def is_target(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


@pytest.mark.parametrize("name", SLIDERS)
def test_a_key_moves_the_slider_and_one_new_picture_stands_there(lab, name):
    words, shown = SLIDERS[name]
    page = lab.open(sources_for(name, words)).page
    cell = page.locator(".jp-CodeCell", has=page.locator(".widget-slider"))
    handle, readout = cell.get_by_role("slider"), cell.locator(".widget-readout")
    pictures = cell.locator(".widget-output img")
    handle.scroll_into_view_if_needed()
    pictures.wait_for()

    def press(key: str, times: int, value: str) -> None:
        for _ in range(times):
            handle.press(key)
        page.wait_for_function(
            "([readout, value]) => readout.textContent === value",
            arg=[readout.element_handle(), value],
        )

    def settles_as(right) -> str:
        """The picture once it is right, and the only one, and stays it."""
        held, end = 0, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = pictures.evaluate_all("all => all.map((image) => image.src)")
            held = held + 1 if len(found) == 1 and right(found[0]) else 0
            if held == 5:
                return found[0]
            page.wait_for_timeout(100)
        raise AssertionError(f"{len(found)} pictures, the right one did not stay")

    assert readout.inner_text() == shown[0]
    first = settles_as(lambda src: True)
    press("ArrowRight", 1, shown[1])
    second = settles_as(lambda src: src != first)
    press("ArrowLeft", 1, shown[0])
    settles_as(lambda src: src == first)
    # Faster than pictures are made: the last one counts.
    press("ArrowRight", 4, shown[2])
    settles_as(lambda src: src not in (first, second))
    press("ArrowLeft", 4, shown[0])
    settles_as(lambda src: src == first)
