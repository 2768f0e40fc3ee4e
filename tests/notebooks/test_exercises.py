"""Exercises and predictions as the notebooks hold them, beside the registry."""

import ast
import io
import re
import tokenize

import nbformat
import pytest

from mnist_tutorial import exercises, ops
from mnist_tutorial.exercises.exercise import Exercise
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.write import Write
from tools import notebooks, solve

ENTRIES = [
    pytest.param(name, entry, id=f"{name}-{entry.key}")
    for name, entries in exercises.REGISTRY.items()
    for entry in entries
]
EXERCISES = [p for p in ENTRIES if isinstance(p.values[1], Exercise)]
SHOWN = {"windows_backward": ops.windows_backward}  # defined in an earlier cell
PREDICTIONS = [p for p in ENTRIES if isinstance(p.values[1], Predict)]


def cells_of(name):
    (path,) = notebooks.find([name])
    return nbformat.read(path, as_version=4).cells


def text_of(name):
    cells = cells_of(name)
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def asking(name, call):
    """The cells that call `ex.KEY` or `ex.predict.KEY`, and the one after each."""
    cells = cells_of(name)
    return [
        (cell, following)
        for cell, following in zip(cells, [*cells[1:], None], strict=True)
        if cell.cell_type == "code" and call in solve.calls(cell.source)
    ]


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_an_exercise_has_one_cell_which_is_open(name, exercise):
    ((cell, _),) = asking(name, f"ex.{exercise.key}")
    (output,) = cell.outputs
    assert output.data["text/plain"].startswith("Nothing yet")


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_its_task_and_what_it_practises_stand_in_the_notebook(name, exercise):
    text = text_of(name)
    assert exercise.text() in text
    assert exercise.practises in text


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_folded_solution_is_the_registrys(name, exercise):
    ((cell, following),) = asking(name, f"ex.{exercise.key}")
    folded = re.search(r"```python\n(.*?)```", following.source, re.S)
    if folded:
        assert folded[1].strip() == exercise.answer
    if isinstance(exercise, Write) and exercise.kind in ("write", "repair"):
        assert exercise.answer.splitlines()[0] in cell.source, "the same arguments"


@pytest.mark.parametrize(("name", "prediction"), PREDICTIONS)
def test_a_prediction_is_asked_and_met_in_one_cell_whose_output_is_folded(
    name, prediction
):
    ((cell, _),) = asking(name, f"ex.predict.{prediction.key}")
    assert "guess.meets" in solve.calls(cell.source)
    assert cell.metadata.get("jupyter") == {"outputs_hidden": True}
    # JupyterLab shows the first line of a folded output.
    assert cell.outputs[0].text.startswith(prediction.question)


def checked(source):
    """The constants that a cell asserts and claims, and the words of its comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) or (
            isinstance(node, ast.Call) and ast.unparse(node.func) == "claims.claim"
        ):
            yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from re.findall(r"[\w.]+", token.string)


@pytest.mark.parametrize(("name", "prediction"), PREDICTIONS)
def test_a_prediction_cell_does_not_tell_its_answer(name, prediction):
    ((cell, _),) = asking(name, f"ex.predict.{prediction.key}")
    truth = prediction.truth
    parts = truth if isinstance(truth, tuple | frozenset) else (truth,)
    if prediction.key in ("channels", "pool_shift"):
        return  # the comment offers both answers
    told = set(map(str, checked(cell.source)))
    assert not told & set(map(shown, parts))


@pytest.mark.parametrize("name", exercises.REGISTRY)
def test_what_a_notebook_asks_is_in_the_registry(name):
    known = {
        f"ex.{'predict.' * isinstance(entry, Predict)}{entry.key}"
        for entry in exercises.REGISTRY[name]
    }
    asked = {
        call
        for cell in cells_of(name)
        if cell.cell_type == "code"
        for call in solve.calls(cell.source)
        if call.startswith("ex.")
    }
    assert asked == known


def test_about_two_predictions_in_a_notebook_ask_how_sure():
    for name, entries in exercises.REGISTRY.items():
        asked = [e for e in entries if isinstance(e, Predict) and e.how_sure]
        expected = {"01": 2, "02": 2, "04": 2, "06": 2, "07": 1}
        assert len(asked) == expected.get(name, 0), name


# --- Solved copies


@pytest.mark.parametrize("name", exercises.REGISTRY)
def test_every_exercise_of_a_solved_copy_is_right(name):
    """Its imports and the cells of its exercises, run in one namespace."""
    (path,) = notebooks.find([name])
    copy = solve.solved(nbformat.read(path, as_version=4), name)
    namespace: dict = {"ex": exercises.notebook(name), **SHOWN}
    verdicts = {}
    for cell in copy.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), path.name, "exec"), namespace)
        keys = [
            call.removeprefix("ex.")
            for call in solve.calls(cell.source)
            if re.fullmatch(r"ex\.(?!predict)\w+", call)
        ]
        if keys:
            *before, last = tree.body
            exec(compile(ast.Module(before, []), path.name, "exec"), namespace)
            verdicts[keys[0]] = eval(ast.unparse(last), namespace)
    assert {key for key, verdict in verdicts.items() if verdict.right} == {
        entry.key for entry in exercises.REGISTRY[name] if isinstance(entry, Exercise)
    }


def test_solving_writes_copies_and_leaves_the_notebooks(tmp_path):
    (path,) = notebooks.find(["02"])
    before = path.read_bytes()
    (written,) = solve.solve(["02"], tmp_path / "solved")
    assert written.name == "02_convolution.ipynb" and path.read_bytes() == before
    sources = notebooks.code_cells(written)
    assert "ex.places(16)" in sources
    assert 'ex.shift("D", because=2, sure=80)' in sources
    assert any("def my_conv2d" in s and "..." not in s for s in sources)
    assert all(not cell.outputs for cell in nbformat.read(written, 4).cells
               if cell.cell_type == "code")  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", exercises.REGISTRY)
def test_a_solved_copy_runs_to_its_end(name, tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_TUTORIAL_RESULTS", "")  # put back after the run
    (written,) = solve.solve([name], tmp_path)
    (tmp_path / "run").mkdir()
    assert notebooks.run_one(written, {}, tmp_path / "run")["error"] == ""
