"""What a reader sees who opens a notebook and runs nothing."""

import re
from base64 import b64decode

import nbformat
import pytest

from tools import notebooks

PATHS = notebooks.find()


def has_widget(cell) -> bool:
    return cell.cell_type == "code" and bool(re.search(r"\bwidgets\.", cell.source))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_in_the_file_a_widget_is_a_picture(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if has_widget(cell) and cell.outputs:
            shown = [set(output.get("data", {})) for output in cell.outputs]
            assert any("image/png" in kinds for kinds in shown), cell.source


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_pictures_of_widgets_are_light(path):
    pictures = [
        output.data["image/png"]
        for cell in nbformat.read(path, as_version=4).cells
        if has_widget(cell)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert sum(len(b64decode(picture)) for picture in pictures) <= 150_000


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "fresh"])
def test_before_anything_has_run_there_are_pictures_and_no_complaint(
    lab, lab_server, trusted
):
    name = lab_server.copy(notebooks.find(["02"])[0], trusted)
    notebook = lab.open_file(name, run=False)
    panel = notebook.page.locator(".jp-NotebookPanel")
    panel.locator("img[src^='data:image/png']").first.wait_for(state="attached")
    assert panel.locator(".mt").count() == 0  # nothing has run
    text = panel.inner_text()
    assert "Error displaying widget" not in text and "model not found" not in text
