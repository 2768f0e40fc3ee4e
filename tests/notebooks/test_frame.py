"""The common frame of the notebooks 01 to 12, and its limits."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_tutorial import exercises
from mnist_tutorial.exercises.exercise import Exercise
from tools import notebooks, reading, solve

# All but the bridge and the pages without a number.
PATHS = [path for path in notebooks.find() if re.match(r"(?!00)\d\d_", path.name)]
README = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
ENDS = ["Summary", "Questions", "References"]


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def text(cells) -> str:
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def able(first: str) -> list[str]:
    """The lines of "You will be able to"."""
    (lines,) = re.findall(r"\*\*You will be able to\*\*\n((?:- .*\n)+)", first)
    return [line[2:].rstrip(";.") for line in lines.splitlines()]


def asked(cells) -> list[str]:
    """The exercises of some cells, by key."""
    return [
        call.removeprefix("ex.")
        for cell in cells
        if cell.cell_type == "code"
        for call in solve.calls(cell.source)
        if re.fullmatch(r"ex\.(?!predict)\w+", call)
    ]


def test_it_opens_with_a_question_and_a_picture_then_says_what_it_is_for(notebook):
    first = notebook.cells[0].source
    order = [
        r"# \d\d ",
        r"\*[^*]+\?\*",
        r"!\[.+\]\(attachment:riddle\.png\)",
        r"\*\*You will be able to\*\*",
        r"\*\*Needs\*\*",
        r"\*\*Time\*\*",
    ]
    places = [re.search(rf"^{part}", first, re.M) for part in order]
    assert all(places)
    starts = [place.start() for place in places]
    assert starts == sorted(starts)
    assert first.count("<details>") == 3, "three questions on earlier notebooks"
    assert first.rindex("<details>") > starts[-1]


def test_its_first_picture_is_that_of_a_later_cell(notebook):
    (cell,) = [c for c in notebook.cells if "riddle" in c.metadata.get("tags", [])]
    pictures = [o.data["image/png"] for o in cell.outputs if "data" in o]
    assert [notebook.cells[0].attachments["riddle.png"]["image/png"]] == pictures


def test_refreshing_puts_the_picture_of_the_riddle_into_the_first_cell():
    picture = new_output("display_data", {"image/png": "AA=="})
    words = new_output("stream", text="words")
    first = new_markdown_cell("![what is this?](attachment:riddle.png)")
    finding = new_code_cell("draw()", outputs=[words, picture])
    notebook = new_notebook(cells=[first, finding])
    notebooks.open_with_picture(notebook)
    assert "attachments" not in first
    finding.metadata["tags"] = ["riddle"]
    notebooks.open_with_picture(notebook)
    assert first.attachments == {"riddle.png": {"image/png": "AA=="}}
    nbformat.validate(notebook)


def test_only_the_set_up_is_folded(notebook):
    folded = [
        cell.source
        for cell in notebook.cells
        if cell.metadata.get("jupyter", {}).get("source_hidden")
    ]
    assert len(folded) == 1 and "params.check(" in folded[0]


def test_its_cells_are_short_and_so_is_its_core(path):
    core, whole = reading.measure(path).values()
    assert sum(core.lines) <= 180
    assert core.minutes(reading.FIRST_YEAR) <= 40
    assert reading.over(whole, reading.TOO_LONG) == 0


def test_it_states_the_minutes_that_are_computed_and_the_readme_the_same(
    path, notebook
):
    (line,) = re.findall(r"^\*\*Time\*\*.*", notebook.cells[0].source, re.M)
    stated = reading.stated(line)
    core = reading.measure(path)["core"]
    for minutes, pace in zip(stated, (reading.FAST, reading.FIRST_YEAR), strict=True):
        assert minutes % 5 == 0
        assert abs(minutes - core.minutes(pace)) <= 3
    rows = [row for row in README.splitlines() if row.startswith("| [")]
    (row,) = [row for row in rows if f"notebooks/{path.name})" in row]
    assert reading.stated(row.split("|")[3]) == stated


def test_the_core_ends_in_a_heading_and_only_deeper_parts_follow(notebook):
    headings = re.findall(r"^## (.+)", text(notebook.cells), re.M)
    stop = headings.index(reading.STOP)
    assert not any(heading.startswith("Deeper") for heading in headings[:stop])
    *deeper, _, _, _ = headings[stop + 1 :]
    assert all(heading.startswith("Deeper: ") for heading in deeper)
    assert headings[-3:] == ENDS
    assert "**Next**" in notebook.cells[-1].source


def test_every_aim_has_its_exercise_two_in_the_core_and_three_after_it(path, notebook):
    entries = {
        entry.key: entry
        for entry in exercises.REGISTRY[path.name[:2]]
        if isinstance(entry, Exercise)
    }
    core = reading.core_of(notebook)
    assert len(asked(core)) == 2
    assert len(asked(notebook.cells)) >= 5
    practised = {entry.practises for entry in entries.values()}
    assert practised == set(able(notebook.cells[0].source))
    assert len({entry.kind for entry in entries.values()}) >= 4
