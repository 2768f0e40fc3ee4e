"""The figures of 11: what they draw of what they are given."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from figures import data_of, rows_of, texts
from matplotlib.colors import to_rgba

from mnist_tutorial import plots

RNG = np.random.default_rng(0)


pytestmark = pytest.mark.usefixtures("styled_figures")


# Two gains

SEEDS = {
    "one": ((0.03, -0.01), (0.025, 0.015)),
    "other": ((-0.014, -0.006), (0.4, -0.4)),
}
INTERVALS = {
    "one": ((0.01, -0.002, 0.022), (0.02, 0.01, 0.03)),
    "other": ((-0.01, -0.02, -0.004), (0.0, -0.5, 0.5)),
}
PAIRS = [
    pair for trick in SEEDS for pair in zip(SEEDS[trick], INTERVALS[trick], strict=True)
]


def drawn_as(ax, *markers):
    lines = [line for line in ax.lines if line.get_marker() in markers]
    return [line for line in lines if len(line.get_xdata())]


def test_a_gain_is_a_mean_on_its_interval_in_points_with_a_stroke_for_each_seed():
    ax = plots.two_gains(SEEDS, INTERVALS)
    assert rows_of(ax) == list(SEEDS) and ax.yaxis_inverted()
    means, strokes = drawn_as(ax, "o", "s"), drawn_as(ax, "|")
    bars = drawn_as(ax, "None")[:-1]
    for mean, stroke, bar, (seeds, interval) in zip(
        means, strokes, bars, PAIRS, strict=True
    ):
        assert mean.get_xdata()[0] == pytest.approx(100 * interval[0])
        np.testing.assert_allclose(bar.get_xdata(), 100 * np.array(interval[1:]))
        np.testing.assert_allclose(stroke.get_xdata(), 100 * np.array(seeds))
        assert {*bar.get_ydata(), *stroke.get_ydata()} == set(mean.get_ydata())
    heights = [mean.get_ydata()[0] for mean in means]
    assert heights == sorted(heights) and np.diff(heights).min() > 0.3
    assert [mean.get_marker() for mean in means] == ["o", "s"] * 2


def test_a_mean_is_filled_where_the_interval_leaves_out_0():
    means = drawn_as(plots.two_gains(SEEDS, INTERVALS), "o", "s")
    hollow = [to_rgba(m.get_markerfacecolor()) == to_rgba("white") for m in means]
    assert hollow == [True, False, False, True]


def test_small_gains_and_large_ones_have_room():
    ax = plots.two_gains(SEEDS, INTERVALS)
    ax.figure.canvas.draw()
    places = [ax.transData.transform((x, 0))[0] for x in (0, 0.5, 1, 10, 100)]
    widths = np.diff(places)
    assert widths[0] == pytest.approx(widths[1]) and widths.min() > 0.1 * widths.sum()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown == ["−100", "−10", "−1", "0", "1", "10", "100"]


def test_the_two_circumstances_are_named():
    ax = plots.two_gains(SEEDS, INTERVALS, ("alone", "in company"))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["alone", "in company"]


# The clock

TIMES = {"slow": [6.0, 10.0], "faster": [2.0, 2.0], "fastest": [0.9, 0.7]}


def test_the_clock_has_a_dot_for_each_seed_and_a_stroke_at_their_mean():
    ax = plots.clock(TIMES)
    assert rows_of(ax) == list(TIMES) and ax.yaxis_inverted()
    assert ax.get_xscale() == "log"
    dots, strokes = ax.lines[::2], ax.lines[1::2]
    for y, seeds in enumerate(TIMES.values()):
        assert data_of(dots[y]) == [(time, y) for time in seeds]
        mean = sum(seeds) / 2
        np.testing.assert_allclose(
            data_of(strokes[y]), [(mean, y - 0.3), (mean, y + 0.3)]
        )


def test_the_clock_says_how_many_times_faster_than_the_last_each_way_is():
    ax = plots.clock(TIMES)
    found = [text.split() for text in texts(ax)]
    assert found == [
        ["8"],
        ["2", "4.0", "×", "as", "fast"],
        ["0.8", "2.5", "×", "as", "fast"],
    ]
    for y, (text, seeds) in enumerate(zip(ax.texts, TIMES.values(), strict=True)):
        assert text.get_position() == (max(seeds), y)


def test_a_long_time_is_written_out_in_digits():
    ax = plots.clock({"slow": [340.0, 360.0], "faster": [100.0], "fast": [35.0]})
    assert [text.split()[0] for text in texts(ax)] == ["350", "100", "35"]


@pytest.mark.parametrize(
    "times", [TIMES, {"a": [3.0, 4.0], "b": [2.0]}, {"a": [90.0], "b": [30.0, 40.0]}]
)
def test_the_clock_shows_the_decades_that_were_measured_and_no_others(times):
    ax = plots.clock(times)
    low, high = ax.get_xlim()
    measured = [time for seeds in times.values() for time in seeds]
    assert 0.5 * min(measured) <= low < min(measured)
    assert max(measured) < high <= 5 * max(measured)
    ax.figure.canvas.draw()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert len(shown) >= 1 and all(f"{float(text):g}" == text for text in shown)
    assert all(low <= float(text) <= high for text in shown)


# Findings

TABLE = {
    "small first": {"MNIST": (True, "9 > 7"), "letters": (False, "3 < 4")},
    "then large": {"MNIST": (True, "0.1"), "letters": (True, "0.2")},
}


def test_findings_have_a_cell_for_each_data_set_with_its_number():
    ax = plots.findings(TABLE)
    assert rows_of(ax) == list(TABLE) and ax.yaxis_inverted()
    columns = [label.get_text() for label in ax.get_xticklabels()]
    assert columns == ["MNIST", "letters"]
    assert ax.xaxis.get_ticks_position() == "top"
    written = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(written) == {"9 > 7", "3 < 4", "0.1", "0.2"}
    for y, cells in enumerate(TABLE.values()):
        for x, (_, text) in enumerate(cells.values()):
            column, row = written[text]
            assert row == y and abs(column - x) < 0.5


def test_a_finding_that_holds_has_another_mark_and_colour_than_one_that_does_not():
    ax = plots.findings(TABLE)
    marks = [line for line in ax.lines if len(line.get_xdata())]
    found = {
        (round(line.get_xdata()[0]), line.get_ydata()[0]): (
            line.get_marker(),
            to_rgba(line.get_color()),
        )
        for line in marks
    }
    holds, not_so = found[0, 0], found[1, 0]
    assert found == {(0, 0): holds, (0, 1): holds, (1, 1): holds, (1, 0): not_so}
    assert holds[0] != not_so[0] and holds[1] != not_so[1]
    cells = [to_rgba(bar.get_facecolor())[:3] for bar in ax.patches]
    assert cells == [to_rgba(c)[:3] for c in (holds[1], not_so[1], holds[1], holds[1])]
    legend = ax.get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    handles = [line.get_marker() for line in legend.get_lines()]
    assert dict(zip(names, handles, strict=True)) == {
        "holds": holds[0],
        "does not hold": not_so[0],
    }


def test_a_row_in_another_order_stands_under_its_data_sets():
    turned = {**TABLE, "last": dict(letters=(True, "l"), MNIST=(False, "m"))}
    ax = plots.findings(turned)
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert abs(places["m"]) < 0.5 < places["l"]


# Growth


PANELS = {
    "batch": {
        "measured": {1: 0.002, 64: 0.04},
        "arithmetic": {1: 0.0005, 64: 0.02},
        "memory": {1: 0.0002, 64: 0.01},
        "Python": {1: 0.0015, 64: 0.0015},
    },
    "threads": {"measured": {1: 0.04, 2: 0.03}, "arithmetic": {1: 0.02, 2: 0.01}},
}


def test_growth_has_a_panel_for_each_setting_and_a_line_for_each_limit():
    axes = plots.growth(PANELS)
    for ax, (setting, curves) in zip(axes.flat, PANELS.items(), strict=True):
        assert ax.get_xlabel() == setting and ax.get_ylabel() == "milliseconds"
        assert ax.get_xscale() == ax.get_yscale() == "log"
        assert [line.get_label() for line in ax.lines] == list(curves)
        for line, curve in zip(ax.lines, curves.values(), strict=True):
            assert data_of(line) == [
                (x, 1000 * seconds) for x, seconds in curve.items()
            ]
        styles = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
        assert len(styles) == len(curves)
        assert list(ax.get_xticks()) == list(curves["measured"])


def test_growth_names_its_lines_once():
    axes = plots.growth(PANELS)
    (legend,) = axes.flat[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(PANELS["batch"])


def test_a_panel_that_is_not_needed_is_left_empty():
    axes = plots.growth({"batch": PANELS["batch"]})
    assert axes.shape == (1, 2)
    assert axes[0, 0].axison and not axes[0, 1].axison
