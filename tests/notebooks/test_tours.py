"""Tours that readers make: each cell twice, the series backwards, two in one kernel."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from mnist_tutorial import params
from tools import notebooks

pytestmark = pytest.mark.long

BUDGETS = {
    "05": {"steps": 20},
    "06": {"epochs": 1, "batch_size": 1000},
    "08": {"stamped_images": 1000},
    "09": {"count": 100},
    "10": {"live_steps": 20},
}
SERIES = notebooks.find()


def cells_of(path):
    """The code cells, and one that sets the small budget after the parameters."""
    cells = []
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "code":
            cells.append(cell)
        if "parameters" in cell.metadata.get("tags", []):
            budget = BUDGETS.get(path.stem[:2], {})
            source = "\n".join(f"{name} = {value!r}" for name, value in budget.items())
            cells.append(nbformat.v4.new_code_cell(source))
    return cells


def no_longer_so(cells):
    """The claims that a cell's first run keeps and a later run of it breaks."""
    first, broken = {}, set()
    for cell in cells:
        printed = "".join(output.get("text", "") for output in cell.outputs)
        not_so = {line for line in printed.splitlines() if line.startswith("Not so")}
        broken |= not_so - first.setdefault(cell.source, not_so)
    return broken


def failure(cells, folder):
    """What ends a run of the cells in one kernel, or what no longer holds in it."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell.source) for cell in cells]
    client = NotebookClient(
        notebook,
        timeout=notebooks.CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        return str(error)
    return "\n".join(sorted(no_longer_so(notebook.cells)))


def test_the_tours_notice_what_breaks_them(tmp_path):
    fragile = ["x = 1", "del x", "assert __import__('os').mkdir('made') is None"]
    once = [nbformat.v4.new_code_cell(source) for source in fragile]
    assert failure(once, tmp_path) == ""
    assert "NameError" in failure([once[0], once[1], once[1]], tmp_path)
    assert "FileExistsError" in failure(once[2:], tmp_path)


def test_a_claim_is_to_hold_in_a_second_run_too(tmp_path):
    sources = [
        "from mnist_tutorial import claims; claims.begin({}, 'cpu', strict=False)",
        "x = 0; claims.claim(False, 'never so')",
        "x += 1; claims.claim(x == 1, 'x is one')",
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    assert failure([*cells, *cells], tmp_path) == ""
    assert failure([*cells, cells[2]], tmp_path).endswith("x is one")


def test_a_small_budget_is_of_parameters_that_there_are():
    for name, budget in BUDGETS.items():
        rules = params.rules_of(name)
        for parameter, value in budget.items():
            rules[parameter].check(parameter, value)


def test_each_cell_may_run_twice_in_a_series_that_is_read_backwards(tmp_path):
    failures = {}
    for path in reversed(SERIES):
        twice = [cell for cell in cells_of(path) for _ in range(2)]
        failures[path.stem] = failure(twice, tmp_path)
    assert {name: said for name, said in failures.items() if said} == {}


@pytest.mark.parametrize(
    ("first", "second"),
    list(zip(SERIES[::2], SERIES[1::2], strict=True)),
    ids=lambda path: path.stem,
)
def test_two_notebooks_run_twice_in_one_kernel(first, second, tmp_path):
    both = [*cells_of(first), *cells_of(second)]
    assert failure([*both, *both], tmp_path) == ""
