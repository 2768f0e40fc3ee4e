"""What a notebook asks of its reader: what is counted, and what is not."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import commands, notebooks, reading
from tools.checkout import CommandError
from tools.reading import FAST, FIRST_YEAR


def words(count):
    return new_markdown_cell(" ".join(["word"] * count))


def figure(source):
    shown = new_output("display_data", {"image/png": "AA=="})
    return new_code_cell(source, outputs=[shown])


PARAMETERS = new_code_cell("seed: int = 0", metadata={"tags": ["parameters"]})
SET_UP = new_code_cell(
    "import torch\nparams.check(globals())", metadata={"jupyter": {"source_hidden": 1}}
)
CELLS = [
    words(100),
    PARAMETERS,
    SET_UP,
    figure("a = 1\n\nb = 2"),
    new_code_cell("guess = ex.predict.sizes(...)"),
    new_code_cell("widgets.KernelBench(net)"),
    new_code_cell("ex.places(...)\nex.places.hint()"),
    new_markdown_cell(f"two words\n\n## {reading.STOP}\n\nmany more words"),
    new_code_cell("\n".join(f"x{k} = {k}" for k in range(26))),
]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "06_training.ipynb"
    nbformat.write(new_notebook(cells=CELLS), file)
    return file


def test_the_core_ends_in_the_middle_of_the_cell_that_says_so(path):
    core, whole = reading.measure(path).values()
    assert (core.cells, whole.cells) == (8, 9)
    assert core.words == 100 + 3  # and the two signs of the heading
    assert whole.words == 100 + 2 + 1 + 4 + 3


def test_what_is_folded_is_not_shown_and_the_set_up_is_not_read(path):
    core = reading.measure(path)["core"]
    assert core.lines == (1, 2, 1, 1, 2)
    assert core.read == 6


def test_figures_guesses_widgets_and_exercises_are_counted(path):
    core = reading.measure(path)["core"]
    counted = (core.figures, core.guesses, core.widgets, core.exercises)
    assert counted == (1, 1, 1, 1)


def test_minutes_go_from_a_fast_reader_to_the_first_year():
    cells = [words(230 * 180), *[new_code_cell("a = 1")] * 60, *CELLS[3:7]]
    load = reading.load(cells, waiting=2)
    others = (25 + 40 + 240) / 60 + 2  # figure, guess, exercise, and waiting
    assert load.minutes(FAST) == pytest.approx(180 + 66 * 3.5 / 60 + 1 + others)
    assert load.minutes(FIRST_YEAR) == pytest.approx(230 + 66 * 6 / 60 + 3 + others)


def test_waiting_belongs_to_the_notebook(path):
    assert reading.measure(path)["core"].waiting == reading.WAITING["06_training"]
    other = path.rename(path.with_name("05_other.ipynb"))
    assert reading.measure(other)["core"].waiting == 0


def test_a_notebook_without_an_end_of_its_core_is_one_sentence(tmp_path):
    path = tmp_path / "00_endless.ipynb"
    nbformat.write(new_notebook(cells=CELLS[:3]), path)
    with pytest.raises(CommandError, match="You can stop here"):
        reading.measure(path)


def test_the_table_has_a_line_for_the_core_and_one_for_the_whole(path):
    head, core, whole = reading.table([path]).splitlines()
    assert head.split()[:4] == ["notebook", "part", "lines", "cells"]
    assert core.split()[:8] == ["06_training", "core", "7", "8", "1", "2", "0", "0"]
    assert whole.split()[:7] == ["whole", "33", "9", "1.5", "26", "1", "1"]
    assert {len(line) for line in (head, core, whole)} == {len(head)}


def test_long_cells_are_those_of_more_than_15_and_of_more_than_25_lines(tmp_path):
    sizes = (15, 16, 25, 26, 27)
    sources = ["\n".join(f"x{k} = {k}" for k in range(size)) for size in sizes]
    cells = [*map(new_code_cell, sources), new_markdown_cell(reading.STOP)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "05_long.ipynb")
    _, core, whole = reading.table([tmp_path / "05_long.ipynb"]).splitlines()
    assert core.split()[:8] == ["05_long", "core", "109", "6", "25", "27", "4", "2"]
    minutes = (109 * 3.5 / 60, 109 * 6 / 60)
    assert core.endswith("    {:.0f} to {:.0f}".format(*minutes))
    assert whole.startswith(" " * 20 + "whole")


@pytest.mark.parametrize(
    ("source", "counted"),
    [
        ("guess = None", "guesses"),
        ("ex.predict.a(...)", "guesses"),
        ("guess = 3", ""),
        ("widgets.GuessBars([])", "widgets"),
        ("out = interactive_output(draw, {})", "widgets"),
        ("widgets.still(one)", ""),
        ("ex.a.hint()", ""),
        ("ex.a(...)", "exercises"),
        ("ex.card()", ""),
        ("ex.keep()", ""),
        ("ex.cards()", "exercises"),
        ("index.a(1)", ""),
    ],
)
def test_what_a_cell_asks_for_is_told_by_its_calls(source, counted):
    load = reading.load([new_code_cell(source)])
    names = ("guesses", "widgets", "exercises")
    assert [name for name in names if getattr(load, name)] == [counted][: bool(counted)]


@pytest.mark.usefixtures("here")
def test_the_command_measures_what_is_named(capsys, monkeypatch):
    assert commands.main(["reading", "05", "06"]) == 0
    said = capsys.readouterr().out
    assert "05_backpropagation" in said and "06_training" in said
    assert "04_model" not in said
    monkeypatch.setattr(reading, "table", lambda paths: str(len(paths)))
    assert commands.main(["reading"]) == 0
    assert capsys.readouterr().out.strip() == str(len(notebooks.find()))


def test_stated_minutes_are_a_range():
    assert reading.stated("**Time** 25 to 40 minutes for the core") == (25, 40)
    with pytest.raises(ValueError, match="25 to 40"):
        reading.stated("**Time** 35 minutes")
