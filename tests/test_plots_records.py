"""The figures draw what somebody has read and approved: tests/drawn/*.txt."""

import difflib

import drawn
import figures
import matplotlib
import matplotlib.pyplot as plt
import pytest
from support import PINNED_MATPLOTLIB

from mnist_tutorial import plots

# Of the figures that take as many axes as panels, how many `figures.CALLS` draws.
AXES_FOR = {
    "against_margin": 2,
    "bowl": 2,
    "class_scores": 2,
    "clocks": 2,
    "gains": 2,
    "layer_shares": 2,
    "nudged": 3,
    "over_setting": 2,
    "shift_curves": 2,
    "walks": 2,
    "window_positions": 2,
}

pytestmark = pytest.mark.usefixtures("own_figures")


@pytest.mark.skipif(
    matplotlib.__version__ != PINNED_MATPLOTLIB,
    reason=f"the records are of matplotlib {PINNED_MATPLOTLIB}",
)
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


@pytest.mark.parametrize("name", sorted(AXES_FOR))
def test_axes_that_are_given_are_as_many_as_panels(name):
    call, needed = figures.CALLS[name], AXES_FOR[name]
    for count in (needed - 1, needed + 1):
        with pytest.raises(ValueError, match=r"zip\(\)"):
            call(axes=plt.subplots(1, count, squeeze=False)[1].ravel())
    axes = plt.subplots(1, needed, squeeze=False)[1].ravel()
    before = plt.get_fignums()
    assert [*call(axes=axes)] == [*axes] and plt.get_fignums() == before


def test_gains_are_in_as_many_circumstances_as_their_intervals():
    seeds, interval = (0.1, 0.2), (0.15, 0.1, 0.2)
    for gains, intervals in (([seeds] * 2, [interval]), ([seeds], [interval] * 2)):
        with pytest.raises(ValueError, match=r"zip\(\)"):
            plots.two_gains({"a": gains}, {"a": intervals})


def test_a_line_of_words_has_as_many_as_there_are_columns():
    with pytest.raises(ValueError, match=r"zip\(\)"):
        plots.lines_of_text([("a", "b")], [(0, "left")])
