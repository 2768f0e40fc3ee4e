"""Solved copies: which cells are filled in, and what is left out of them."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from support import is_one_sentence

from mnist_tutorial import exercises
from mnist_tutorial.exercises.exercise import Exercise
from tools import notebooks, solve


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = 1", []),
        ("ex.places(1)", ["ex.places"]),
        ("guess.meets(a)\nb = f(ex.a)", ["guess.meets", "f"]),
        ("f(g(1))", ["f", "g"]),
    ],
)
def test_the_names_that_a_cell_calls(source, names):
    assert solve.calls(source) == names


@pytest.fixture
def entry():
    entries = exercises.REGISTRY["02"]
    return next(entry for entry in entries if isinstance(entry, Exercise))


def test_the_cell_of_an_exercise_is_filled_in_and_outputs_are_gone(entry):
    outputs = [new_output("stream", text="old")]
    (path,) = notebooks.find(["02"])
    sources = notebooks.code_cells(path)
    asked = next(s for s in sources if f"ex.{entry.key}" in solve.calls(s))
    guess = next(s for s in sources if "ex.predict." in s)
    cells = [new_code_cell(s, outputs=list(outputs), execution_count=3)
             for s in (asked, guess, "1 + 1")]  # fmt: skip
    cells.append(new_markdown_cell(f"ex.{entry.key}(...)"))
    first, predicted, other, words = solve.solved(new_notebook(cells=cells), "02").cells
    assert first.source == entry.solved(asked) != asked
    assert (predicted.source, other.source) == (guess, "1 + 1")
    assert words.source == f"ex.{entry.key}(...)"
    for cell in (first, predicted, other):
        assert cell.outputs == [] and cell.execution_count is None


def test_copies_are_written_of_the_notebooks_with_exercises(tmp_path):
    out = tmp_path / "a" / "b"
    for _ in range(2):
        written = solve.solve(["02", "questions"], out)
        assert written == [out / "02_convolution.ipynb"]
    assert written[0].read_bytes().endswith(b"\n")
    copy = nbformat.read(written[0], as_version=4)
    assert not any(cell.get("outputs") for cell in copy.cells)
    with pytest.raises(notebooks.CommandError, match="There is no notebook"):
        solve.solve(["99"], out)


@pytest.mark.parametrize("source", ["%timeit 1 + 1", "ex.{key}(", "{call}"])
def test_a_notebook_that_cannot_be_solved_is_one_sentence(
    tmp_path, monkeypatch, source, entry
):
    writes = next(e for e in exercises.REGISTRY["02"] if e.kind == "write")
    source = source.format(key=entry.key, call=f"ex.{writes.key}(other)")
    path = tmp_path / "02_convolution.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), path)
    monkeypatch.setattr(notebooks, "find", lambda names: [path])
    with pytest.raises(notebooks.CommandError, match="NAME=02_convolution") as error:
        solve.solve(["02"], tmp_path / "out")
    assert is_one_sentence(error)
    assert not list((tmp_path / "out").iterdir())


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(notebooks.CommandError, match="choose another folder"):
        solve.solve(["02"], tmp_path / "a")
