"""The figures of 09: what they draw of what they are given."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

from mnist_tutorial import plots

SHARES = [(0.9, 0.85, 0.94), (0.5, 0.4, 0.6), (1.0, 0.8, 1.0)]
RNG = np.random.default_rng(0)


pytestmark = pytest.mark.usefixtures("styled_figures")


def bars(ax):
    """The (low, high) of each error bar that was drawn."""
    found = []
    for container in ax.containers:
        for segment in container[2][0].get_segments():
            found.append(segment)
    return found


def test_step_costs_have_a_row_for_each_name_and_an_interval_for_each_share():
    names = ["all", "without crop", "none"]
    ax = plots.step_costs({"a": SHARES, "b": SHARES[::-1]}, names)
    assert [label.get_text() for label in ax.get_yticklabels()] == names
    assert ax.yaxis_inverted()
    spans = [tuple(segment[:, 0]) for segment in bars(ax)]
    expected = [(low, high) for _, low, high in SHARES + SHARES[::-1]]
    np.testing.assert_allclose(spans, expected)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["a", "b"]


def test_ladders_have_a_panel_for_each_distortion_and_hide_the_rest():
    series = {"one": SHARES, "two": SHARES}
    panels = {f"p{k}": ("pixels", [0, 1, 2], series) for k in range(4)}
    assert plots.distortion_ladders(dict([*panels.items()][:2])).shape == (1, 3)
    axes = plots.distortion_ladders(panels)
    assert axes.shape == (2, 3)
    assert [ax.axison for ax in axes.flat] == [True] * 4 + [False] * 2
    assert [ax.get_title("left") for ax in axes.flat[:4]] == list(panels)
    (line, *_) = axes[0, 0].containers[0]
    np.testing.assert_array_equal(line.get_ydata(), [0.9, 0.5, 1.0])
    np.testing.assert_allclose(
        [tuple(segment[:, 1]) for segment in bars(axes[0, 0])[:3]],
        [(low, high) for _, low, high in SHARES],
    )
    (legend,) = axes[0, 0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]


def test_coverage_curves_draw_errors_and_begin_at_zero():
    coverage, accuracy = np.array([0.5, 1.0]), np.array([1.0, 0.9])
    ax = plots.coverage_curves(
        {"one": (coverage, accuracy), "two": (coverage, accuracy)}
    )
    first, second = ax.lines
    np.testing.assert_allclose(first.get_ydata(), [0, 0.1])
    np.testing.assert_allclose(second.get_xdata(), coverage)
    assert first.get_linewidth() > second.get_linewidth()
    assert ax.get_ylim()[0] == 0


def test_confidences_count_what_the_threshold_keeps():
    series = {"digits": [0.99, 1.0, 0.5, 0.9], "noise": np.full(7, 0.2)}
    ax = plots.confidences(series, threshold=0.9)
    assert [text.get_text() for text in ax.texts] == ["75 % kept", "0 % kept"]
    np.testing.assert_allclose(ax.lines[1].get_xdata(), series["noise"])
    assert ax.yaxis_inverted()
    free = plots.confidences(series)
    assert not free.texts and len(free.lines) == 2


def test_wide_pictures_stand_under_their_titles():
    pictures = {"a": RNG.random((30, 90)), "b": RNG.random((30, 80)), "c": np.eye(9)}
    axes = plots.wide_pictures(pictures)
    assert [ax.get_title() for ax in axes.flat] == ["a", "b", "c", ""]
    assert axes[0, 1].images[0].get_array().shape == (30, 80)


def test_attacked_shows_the_change_signed_between_image_and_result():
    images, change = RNG.random((2, 4, 9, 9))
    axes = plots.attacked(images, change - 0.5, images, [range(4), "abcd", range(4)])
    assert axes.shape == (3, 4)
    assert [ax.get_title() for ax in axes[1]] == list("abcd")
    for row, limits in zip(axes, ((0, 1), (-1, 1), (0, 1)), strict=True):
        assert all(ax.images[0].get_clim() == limits for ax in row)
