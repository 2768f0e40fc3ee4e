"""The pictures of widgets: what they draw of what they are given."""

import numpy as np
import pytest
from figures import IMAGES, bars, labels, outlined, texts
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from mnist_tutorial import plots


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.mark.parametrize(("marked", "accent"), [(None, 2), (1, 1)])
def test_the_highest_bar_or_the_marked_one_stands_out(ax, marked, accent):
    values = [0, 0.1, 0.7, -0.2]
    plots.class_bars(values, ax, "title", "unit", marked)
    assert [bar.get_height() for bar in ax.patches] == values
    colours = [bar.get_facecolor() == to_rgba("C1") for bar in ax.patches]
    assert colours == [k == accent for k in range(4)]
    assert ax.get_ylim() == (1.1 * -0.2, 1.1)  # a probability of 1 has room
    assert (ax.get_title(), ax.get_ylabel()) == ("title", "unit")
    assert labels(ax.xaxis) == [*"0123"]


def test_bars_higher_than_1_have_room(ax):
    plots.class_bars([5, 0], ax)
    assert ax.get_ylim() == (0, 5.5)


def test_a_mosaic_has_each_map_in_its_place(ax):
    maps = np.arange(1, 6)[:, None, None] * np.ones((5, 3, 3))
    plots.mosaic(maps, ax, "five")
    plots.mosaic(maps, ax, across=4)
    square, wide = (image.get_array() for image in ax.images)
    assert square.shape == (7, 11)  # 3 across, 2 down, one pixel between them
    assert square[:3, :3].tolist() == maps[0].tolist()
    assert square[4:, 4:7].tolist() == maps[4].tolist()
    nothing = np.isnan(np.ma.filled(square, np.nan))
    assert nothing[3].all() and nothing[:, 3].all() and nothing[4:, 8:].all()
    assert wide.shape == (7, 15) and wide[4:, :3].tolist() == maps[4].tolist()
    assert ax.images[0].get_clim() == (0, 5)


def test_a_signed_mosaic_has_one_scale_around_0_even_if_all_is_0(ax):
    plots.mosaic([[[-3.0, 1.0]]], ax, signed=True)
    assert ax.images[0].get_clim() == (-3, 3)
    plots.mosaic(np.zeros((2, 3, 3)), ax, signed=True)
    assert ax.images[1].get_clim() == (-1, 1)


def test_a_map_has_a_scale_around_0_beside_it(ax):
    plots.scaled_map([[-2.0, 0.5]], ax, "map")
    assert ax.images[0].get_clim() == (-2, 2)
    assert len(ax.figure.axes) == 2 and ax.get_title() == "map"


def test_a_kernel_has_its_numbers_in_its_cells(ax):
    plots.kernel_numbers([[0.5, -1], [2, 0]], ax, "kernel")
    assert texts(ax) == ["0.5", "−1", "2", "0"]
    assert [text.get_position() for text in ax.texts][:2] == [(0.5, 0.5), (1.5, 0.5)]
    assert ax.images[0].get_clim() == (-2, 2) and ax.yaxis_inverted()


def test_the_frame_lies_around_its_pixels(ax):
    plots.framed(IMAGES[0, 0], (2, 7, 3), ax)
    assert bars(ax) == [(6.5, 1.5, 3, 3)] and outlined(ax)


def test_losses_so_far_stand_at_their_steps(ax):
    plots.losses_so_far([(1, 2.5), (150, 0.4)], ax, "A")
    chance, line = ax.lines
    assert set(chance.get_ydata()) == {np.log(10)}
    assert line.get_xydata().tolist() == [[1, 2.5], [150, 0.4]]
    assert ax.get_xlim() == (0, 150) and texts(ax) == ["ln 10"]


def test_without_losses_it_says_how_to_begin(ax):
    plots.losses_so_far(np.empty((0, 2)), ax)
    assert texts(ax) == ["ln 10", "press Start"] and ax.get_xlim() == (0, 100)


def test_each_numeral_lies_at_its_point(ax):
    points = np.array([[0.0, 1], [2, 3], [4, 5]])
    plots.numerals(points, [7, 0, 7], (0.25, 0.1), ax)
    assert ax.collections[7].get_offsets().tolist() == [[0, 1], [4, 5]]
    assert ax.collections[0].get_offsets().tolist() == [[2, 3]]
    assert ax.get_xlabel() == "first direction (25% of the variance)"
    assert ax.get_ylabel() == "second direction (10% of the variance)"


def test_a_table_of_words_has_a_bold_head_and_a_marked_line(ax):
    lines = [("a", "b"), ("1", "2"), ("3", "4")]
    plots.lines_of_text(lines, [(0, "left"), (1, "right")], ax, "end", marked=2)
    assert texts(ax) == [*"ab1234"]
    assert [t.get_weight() for t in ax.texts][::2] == ["bold", "normal", "normal"]
    assert [t.get_color() == "C5" for t in ax.texts] == [False] * 4 + [True] * 2
    assert ax.texts[3].get_position() == (1, 0.5) and ax.get_title("left") == "end"


def test_sliders_stand_where_they_are_set(ax):
    plots.sliders({"a": 20, "b": 70}, (0, 100), "guess", ax)
    tracks, knobs = ax.lines[::2], ax.lines[1::2]
    assert [list(track.get_ydata()) for track in tracks] == [[0, 100]] * 2
    assert [knob.get_xydata().tolist() for knob in knobs] == [[[0, 20]], [[1, 70]]]
    assert labels(ax.xaxis) == ["a", "b"] and ax.get_ylabel() == "guess"
