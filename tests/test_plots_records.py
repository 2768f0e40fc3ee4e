"""The figures draw what somebody has read and approved: tests/drawn/*.txt."""

import difflib
import re
from pathlib import Path

import drawn
import matplotlib
import pytest

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
PINNED = re.findall(
    r"^matplotlib==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.M
)

pytestmark = [
    pytest.mark.usefixtures("own_figures"),
    pytest.mark.skipif(
        [matplotlib.__version__] != PINNED,
        reason=f"the records are of matplotlib {PINNED}",
    ),
]


@pytest.mark.parametrize("name", drawn.names())
def test_figures_draw_what_was_approved(name):
    """If it is right as it is now: `python tests/drawn.py`, and read the difference."""
    approved = (drawn.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    now = drawn.drawn(name)
    changed = difflib.unified_diff(
        approved.splitlines(), now.splitlines(), "approved", "now", "", "", 1, ""
    )
    assert now == approved, "\n".join(changed)


def test_every_record_is_of_figures_that_exist():
    assert sorted(path.stem for path in drawn.FOLDER.iterdir()) == drawn.names()
