"""The widgets' Python sends what somebody has read and approved: tests/sent/*.txt."""

import re

import matplotlib
import pytest
import sent
from support import PINNED_MATPLOTLIB

NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")  # the last digit may round otherwise

pytestmark = pytest.mark.usefixtures("own_figures")


@pytest.mark.skipif(
    matplotlib.__version__ != PINNED_MATPLOTLIB,
    reason=f"the records are of matplotlib {PINNED_MATPLOTLIB}",
)
@pytest.mark.parametrize("name", sent.STORIES)
def test_a_widget_sends_what_was_approved(name):
    """If it is right as it is now: `python tests/sent.py`, and read the difference."""
    approved = (sent.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    now = sent.sent(name)
    assert NUMBER.sub("#", now).splitlines() == NUMBER.sub("#", approved).splitlines()
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (now, approved)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-3, abs=1e-4)


def test_every_record_is_of_a_widget_that_exists():
    assert {path.stem for path in sent.FOLDER.iterdir()} == set(sent.STORIES)
