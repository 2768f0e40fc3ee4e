"""Exercises and predictions in JupyterLab: folded until run, readable in two themes."""

import nbformat

SETUP = """import torch
import torch.nn.functional as F
from mnist_tutorial import exercises

ex = exercises.notebook("02")"""
FLIPPED = """def my_conv2d(images, kernel, bias, stride=1, padding=0):
    return F.conv2d(images, kernel.flip(2, 3), bias, stride, padding)


ex.conv2d(my_conv2d)"""


def notebook_with(lab, cell):
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    name = "folded.ipynb"
    nbformat.write(notebook, lab.server.folder / "notebooks" / name)
    return lab.open_file(name, run=False)


def test_the_output_of_a_prediction_is_folded_until_its_cell_is_run(lab):
    output = nbformat.v4.new_output("stream", text="How much?\nthe answer is 13\n")
    cell = nbformat.v4.new_code_cell("print('the answer is 13')", outputs=[output])
    cell.metadata["jupyter"] = {"outputs_hidden": True}
    notebook = notebook_with(lab, cell)
    answer = notebook.page.get_by_text("the answer is 13", exact=True)
    placeholder = notebook.page.locator(".jp-OutputPlaceholder")
    placeholder.wait_for()
    assert answer.count() == 0
    assert placeholder.inner_text().strip() == "How much?"
    notebook.page.evaluate(
        "() => jupyterapp.commands.execute('notebook:run-all-cells')"
    )
    answer.first.wait_for()
    placeholder.wait_for(state="detached")


def test_a_verdict_is_readable_and_fits_in_both_themes(lab, axe):
    lab.page.set_viewport_size({"width": 800, "height": 900})
    notebook = lab.open([SETUP, FLIPPED])
    output = notebook.page.locator(".jp-OutputArea-output.jp-RenderedHTMLCommon").last
    output.wait_for()
    text = output.inner_text()
    assert "turned by half a turn" in text
    assert [text.index(name) for name in ("input", "expected", "yours")]
    assert output.locator("mark").inner_text().startswith("[")
    box = output.evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert box[0] <= box[1], "it does not scroll sideways"
    for theme in ("dark", "light"):  # the server keeps the last for tests to come
        lab.theme(theme)
        axe(notebook.page, ".jp-OutputArea-output.jp-RenderedHTMLCommon")


def test_what_is_kept_is_kept_only_after_a_yes_and_by_hand(lab):
    path = lab.server.folder / "runs" / "progress.jsonl"
    notebook = lab.open([SETUP, FLIPPED])
    notebook.run("1")  # all before it has run
    assert not path.exists()
    assert "kept" in notebook.run("print(str(ex.keep()))")
    assert '"mistakes": ["flipped"]' in path.read_text(encoding="utf-8")
    notebook.run("_ = ex.places(16)")
    assert path.read_text(encoding="utf-8").count("\n") == 2
    path.unlink()
