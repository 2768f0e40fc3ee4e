"""What every committed notebook keeps to, checked without running it."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tools import notebooks

PATHS = notebooks.find()
IGNORED = "nbval-ignore-output"
TAGS = {"parameters", IGNORED, "varying", "reveals", "riddle"}
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|tmp|opt|usr|work|Users)/|0x[0-9a-f]{6,}")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def explain(path: Path) -> str:
    return (
        f"{path.name}: if you have edited or run it, `make reset NAME={path.stem}` "
        f"restores the committed one and keeps yours as {path.stem}.mine.ipynb; "
        f"`make refresh NAME={path.stem}` makes yours the new one."
    )


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def parameters_cell(notebook):
    (cell,) = [cell for cell in code(notebook) if "parameters" in tags(cell)]
    return cell


def outputs_text(cell) -> str:
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        data = output.get("data", {})
        texts += [data[kind] for kind in ("text/plain", "text/html") if kind in data]
    return "\n".join(texts)


def test_it_is_a_valid_notebook_with_unique_cell_ids(notebook):
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_it_was_run_from_a_clean_kernel_to_its_end(path, notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1)), explain(path)
    kinds = {output.output_type for cell in code(notebook) for output in cell.outputs}
    assert "error" not in kinds, explain(path)


def test_refreshing_has_normalised_it(path, notebook):
    before = nbformat.writes(notebook)
    notebooks.normalise(notebook)
    assert nbformat.writes(notebook) == before, explain(path)


def test_no_output_names_a_machine_path_or_an_address(path, notebook):
    for cell in code(notebook):
        match = MACHINE.search(outputs_text(cell))
        assert not match, f"{match.group()!r} in an output. {explain(path)}"


def test_its_parameters_are_typed_commented_literals(notebook):
    cell = parameters_cell(notebook)
    for line, node in zip(
        cell.source.splitlines(), ast.parse(cell.source).body, strict=True
    ):
        assert isinstance(node, ast.AnnAssign) and node.value is not None, line
        value = ast.literal_eval(node.value)
        assert type(value).__name__ == ast.unparse(node.annotation), line
        assert "  # " in line, f"say what it means: {line}"


def test_each_parameter_has_a_rule_with_the_same_default(path, notebook):
    from tools import sweep  # and with it PyTorch, which takes seconds

    literals = {
        node.target.id: ast.literal_eval(node.value)
        for node in ast.parse(parameters_cell(notebook).source).body
    }
    # A sweep reads each of these rules, so that it can refuse a value before any run.
    defaults = {name: rule.default for name, rule in sweep.rules_of(path).items()}
    assert defaults == literals


def test_its_tags_are_known_and_ignored_cells_are_followed_by_a_check(notebook):
    cells = code(notebook)
    for cell in cells:
        assert tags(cell) <= TAGS, tags(cell)
        assert IGNORED in tags(cell) or "varying" not in tags(cell)
    for k, cell in enumerate(cells):
        if IGNORED in tags(cell):
            near = "\n".join(c.source for c in cells[k : k + 3])
            assert re.search(r"^\s*(assert |claims\.claim)", near, re.M), cell.source


def test_every_figure_has_alt_text_and_a_sentence_after_it(notebook):
    figures = 0
    for cell, following in zip(
        notebook.cells, [*notebook.cells[1:], None], strict=True
    ):
        if cell.cell_type != "code":
            continue
        pictures = [out for out in cell.outputs if "image/png" in out.get("data", {})]
        if pictures:
            figures += 1
            alt = cell.metadata.get("alt")
            assert alt, f"no alt text: {cell.source[:60]}"
            assert all(out.metadata["image/png"]["alt"] == alt for out in pictures)
            assert following is not None, "a figure is followed by a sentence"
    assert figures >= 3


def test_it_is_small_enough_to_open_and_to_read(path, notebook):
    assert path.stat().st_size <= 1_000_000
    words = sum(
        len(cell.source.split())
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    )
    assert words <= 3500
    core = []
    for cell in notebook.cells:
        core.append(cell)
        if cell.cell_type == "markdown" and "You can stop here" in cell.source:
            break
    else:
        raise AssertionError("no cell says: You can stop here")
    assert len(core) <= 60


def test_the_code_needs_no_network_and_no_shell(notebook):
    for cell in code(notebook):
        assert not re.search(
            r"^\s*[!%]|https?://|urlopen|requests\.", cell.source, re.M
        )


def test_its_links_to_other_notebooks_lead_somewhere(path, notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#:]+\.ipynb)\)", cell.source):
                assert (path.parent / target).is_file(), target


def test_the_readme_lists_every_notebook():
    readme = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    for path in PATHS:
        assert f"notebooks/{path.name}" in readme
