"""What a reader hears is what somebody has read and approved: tests/said/*.txt."""

import re

import pytest
import said

from mnist_tutorial import exercises

DECIMAL = re.compile(r"\d+\.\d+")  # the last digit may round otherwise elsewhere


@pytest.mark.parametrize("name", exercises.REGISTRY)
def test_what_a_reader_hears_has_been_approved(name):
    """If it is right as it is now: `python tests/said.py`, and read the difference."""
    approved = (said.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    now = said.said(exercises.REGISTRY[name])
    assert DECIMAL.sub("#", now).splitlines() == DECIMAL.sub("#", approved).splitlines()
    numbers = [[float(n) for n in DECIMAL.findall(text)] for text in (now, approved)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-3)
