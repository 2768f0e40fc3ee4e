"""Exercises with a checker: a stub is not wrong, the folded solution is right."""

import itertools
import re

import nbformat
import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial import checks, ops
from tools import notebooks

EXERCISE = re.compile(r"^checks\.(\w+)\((\w+)\)$", re.M)
FOUND = [
    pytest.param(cell, following, id=f"{path.stem}-{EXERCISE.search(cell.source)[1]}")
    for path in notebooks.find()
    for cell, following in itertools.pairwise(nbformat.read(path, as_version=4).cells)
    if cell.cell_type == "code" and EXERCISE.search(cell.source)
]
NAMES = {
    "torch": torch,
    "F": F,
    "product": itertools.product,
    "windows_backward": ops.windows_backward,
}


@pytest.mark.parametrize(("cell", "following"), FOUND)
def test_the_stub_is_not_called_wrong_and_the_folded_solution_is_right(cell, following):
    checker, name = EXERCISE.search(cell.source).groups()
    assert cell.outputs[0].data["text/plain"].startswith("Nothing yet")
    solution = re.search(r"```python\n(.*?)```", following.source, re.S)[1]
    namespace = dict(NAMES)
    exec(solution, namespace)
    verdict = getattr(checks, checker)(namespace[name])
    assert verdict.right, verdict
    first_line = solution.splitlines()[0]
    assert first_line in cell.source, "stub and solution take the same arguments"


def test_every_checker_has_its_exercise():
    made = {n for n, c in vars(checks).items() if isinstance(c, checks.Checker)}
    assert made == {EXERCISE.search(param.values[0].source)[1] for param in FOUND}
