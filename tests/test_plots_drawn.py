"""The figures of 01 to 07 and 10: what they draw of what they are given."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import (
    IMAGES,
    SHARES,
    bars,
    errorbars,
    labels,
    outlined,
    points,
    shared_weight,
    texts,
    written,
)
from matplotlib.colors import to_rgba
from matplotlib.text import Annotation

from mnist_tutorial import model, plots
from mnist_tutorial.chain import Value, behind
from mnist_tutorial.plots.common import SIGNED

SQUARE = np.arange(784).reshape(28, 28) - 300.0


pytestmark = pytest.mark.usefixtures("styled_figures")


def named(ax) -> dict[str, list[tuple[float, float]]]:
    """The points of each line that the legend names."""
    return {
        line.get_label(): points(line)
        for line in ax.lines
        if not line.get_label().startswith("_")
    }


def looks(ax) -> list[tuple]:
    """Colour, marker and stroke of each line that the legend names."""
    return [
        (line.get_color(), line.get_marker(), line.get_linestyle())
        for line in ax.lines
        if not line.get_label().startswith("_")
    ]


# --- All


def test_the_style_has_an_axis_below_and_at_the_left_and_no_box():
    _, ax = plt.subplots()
    shown = {side for side, line in ax.spines.items() if line.get_visible()}
    assert shown == {"left", "bottom"}


def test_rows_of_images_share_limits_or_have_their_own():
    rows = {"some": IMAGES[:3], "more": IMAGES}
    shared = plots.image_rows(rows, [range(3), range(6)], limits=(0, 2))
    assert shared.shape == (2, 6)
    assert [len(ax.images) for ax in shared.flat] == [1] * 3 + [0] * 3 + [1] * 6
    assert all(ax.images[0].get_clim() == (0, 2) for ax in shared[1])
    assert [ax.get_title() for ax in shared[1]] == [*"012345"]
    own = plots.image_rows(rows)
    first = own[0, 0].images[0]
    assert first.get_clim() == (first.get_array().min(), first.get_array().max())
    assert own[0, 0].get_title() == ""


def test_a_check_matrix_has_a_dot_where_a_check_objects_and_counts_them():
    ax = plots.check_matrix([[1, 0, 0], [1, 1, 0]], ["first", "second"], "abc")
    (dots,) = ax.lines
    assert points(dots) == [(0, 0), (0, 1), (1, 1)]
    assert [(t.get_text(), t.get_position()) for t in ax.texts] == [
        ("1", (3, 0)),
        ("2", (3, 1)),
    ]
    assert labels(ax.xaxis) == ["a", "b", "c", "caught"]
    assert labels(ax.yaxis) == ["first", "second"]
    assert ax.yaxis_inverted() and ax.xaxis.get_ticks_position() == "top"
    best = [patch.get_facecolor()[0] for patch in ax.patches]
    assert best[1] < best[0]  # the check that catches most is darker


def test_the_heads_of_many_columns_stand_upright_and_in_turns_higher():
    bugs = [f"a long name {k}" for k in range(8)]
    ax = plots.check_matrix(np.zeros((1, 8)), ["check"], bugs)
    low, high = ax.xaxis.get_majorticklabels(), ax.xaxis.get_minorticklabels()
    heads = [[t.get_text() for t in row] for row in (low, high)]
    assert heads[0] == [*(f"a long\nname {k}" for k in (0, 2, 4, 6)), "caught"]
    assert heads[1] == [f"a long\nname {k}" for k in (1, 3, 5, 7)]
    ax.figure.canvas.draw()
    boxes = [[t.get_window_extent() for t in row] for row in (low, high)]
    assert max(b.y1 for b in boxes[0]) < min(b.y0 for b in boxes[1])
    for row in boxes:
        assert all(a.x1 < b.x0 for a, b in pairwise(row))


def test_a_confusion_matrix_has_its_counts_and_colours_errors_alone():
    matrix = np.array([[9, 0, 2], [3, 8, 0], [0, 1, 7]])
    ax = plots.confusion(matrix)
    written = {t.get_position(): t.get_text() for t in ax.texts}
    assert written == {
        (c, r): str(matrix[r, c]) for r, c in zip(*matrix.nonzero(), strict=True)
    }
    errors = ax.images[1].get_array()
    assert errors.compressed().tolist() == [2, 3, 1]
    assert ax.images[1].get_clim() == (0, 3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read as", "label")


def test_an_equation_has_every_number_its_signs_and_its_boxes():
    ax = plots.equation(
        {"a": [[1, 2], [3, -4.256]], "b": [[5]]}, ["×", "="], {"a": [(0, 1, 2, 1)]}
    )
    written = {t.get_text(): t.get_position() for t in ax.texts}
    assert set(written) == {*"1235ab×=", "−4.26"}
    assert written["2"][0] - written["1"][0] == 1 and written["2"][1] == written["1"][1]
    assert written["3"][1] - written["1"][1] == 1
    assert written["2"][0] < written["×"][0] < written["5"][0] < written["="][0]
    assert written["5"][1] == (written["1"][1] + written["3"][1]) / 2
    assert outlined(ax)
    assert bars(ax)[1] == (1, 0, 1, 2)  # the box, after the frame of its panel
    (_, _), (high, low) = ax.get_xlim(), ax.get_ylim()
    assert high > low  # the first row is above the second


def test_an_equation_has_one_code_and_one_limit_of_colours():
    signed = plots.equation({"a": [[13, 0]], "b": [[-25, 4]], "one": 1})
    assert {image.get_clim() for image in signed.images} == {(-25, 25)}
    assert {image.get_cmap().name for image in signed.images} == {SIGNED}
    thirteen, _, one = (
        image.to_rgba(np.array([[13.0, 1.0]])) for image in signed.images
    )
    np.testing.assert_array_equal(thirteen, one)  # a number has one colour in all
    tint = np.ptp(one[0, 1, :3])  # that of 1, beside 25
    assert 0.1 < tint < np.ptp(one[0, 0, :3])
    grey = plots.equation({"a": [[9, 1]], "b": [[0, 2]]})
    assert {image.get_clim() for image in grey.images} == {(0, 9)}
    assert {image.get_cmap().name for image in grey.images} == {"gray"}
    assert plots.equation({"zero": 0}).images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("grey", [0, 0.3, 0.45, 0.47, 0.7, 1])
def test_the_colour_of_a_number_is_the_one_with_more_contrast(grey):
    linear = grey / 12.92 if grey <= 0.04045 else ((grey + 0.055) / 1.055) ** 2.4
    with_black, with_white = (linear + 0.05) / 0.05, 1.05 / (linear + 0.05)
    expected = "black" if with_black > with_white else "white"
    assert plots.legible((grey, grey, grey, 1)) == expected


# --- 01


def test_a_reading_has_ten_bars_and_says_the_highest():
    probs = np.array([0.004, 0.1, 0.6, 0, 0.2, 0, 0, 0.09, 0.006, 0])
    left, right = plots.reading(IMAGES[0], probs)
    assert len(left.images) == 1
    assert [bar.get_height() for bar in right.patches] == list(probs)
    accent = [bar.get_facecolor() == to_rgba("C1") for bar in right.patches]
    assert accent == [k == 2 for k in range(10)]
    assert texts(right) == ["10.0 %", "60.0 %", "20.0 %", "9.0 %", "0.6 %"]
    assert right.get_title("left") == "Read as a 2"


def test_pixel_values_are_those_of_the_square():
    left, right = plots.pixel_values(SQUARE, (5, 7), size=3)
    part = SQUARE[5:8, 7:10]
    np.testing.assert_array_equal(right.images[0].get_array(), part)
    written = {t.get_position(): t.get_text().replace("−", "-") for t in right.texts}
    assert written == {(j, i): f"{part[i, j]:.1f}" for i, j in np.ndindex(3, 3)}
    assert bars(left) == [(6.5, 4.5, 3, 3)] and outlined(left)
    assert left.images[0].get_clim() == right.images[0].get_clim() == (-300, 483)


def test_templates_share_a_scale_and_fill_rows_of_five():
    values = np.arange(7 * 4).reshape(7, 2, 2) - 20.0
    axes = plots.templates(values, titles=[*"abcdefg"])
    assert axes.shape == (2, 5)
    assert [ax.get_title() for ax in axes.flat] == [*"abcdefg", "", "", ""]
    assert [len(ax.images) for ax in axes.flat] == [1] * 7 + [0] * 3
    assert len({ax.images[0].get_clim() for ax in axes.flat[:7]}) == 1
    assert not any(ax.axison for ax in axes.flat)
    assert plots.templates(values[:3]).shape == (1, 5)


def test_a_single_large_weight_does_not_leave_the_other_templates_pale():
    values = np.full((2, 10, 10), -1.0)
    values[1, 4, 4] = 50
    first, second, *_ = plots.templates(values).flat
    assert first.images[0].get_clim() == second.images[0].get_clim() == (-1, 1)


def test_a_ladder_has_a_bar_for_each_accuracy_and_writes_it():
    ax = plots.ladder({"chance": 0.1, "better": 0.825})
    assert [bar.get_width() for bar in ax.patches] == [0.1, 0.825]
    assert labels(ax.yaxis) == ["chance", "better"]
    assert texts(ax) == ["10.0 %", "82.5 %"] and not ax.yaxis_inverted()


def test_shift_curves_have_a_panel_for_each_classifier_and_a_line_for_each_way():
    curves = {
        "one": {way: [0.9, 0.5] for way in ("right", "left", "up", "down", "mean")},
        "other": {"right": [0.9, 0.8]},
    }
    first, second = plots.shift_curves(curves)
    assert named(first) == {way: [(0, 0.9), (1, 0.5)] for way in curves["one"]}
    assert named(second) == {"right": [(0, 0.9), (1, 0.8)]}
    assert len({look[:2] for look in looks(first)}) == 5
    assert first.get_ylim() == second.get_ylim()
    assert points(first.lines[0]) == [(0, 0.1), (1, 0.1)]  # guessing


# --- 02


def test_a_gallery_has_an_image_and_below_each_kernel_its_map_on_one_scale():
    kernels = {"small": np.eye(3), "large": np.full((5, 5), 2.0)}
    maps = {"small": np.full((4, 4), -1.0), "large": np.full((4, 4), 3.0)}
    axes = plots.gallery(IMAGES[0], kernels, maps)
    assert axes.shape == (2, 3)
    assert [ax.get_title() for ax in axes[0]] == ["image", "small", "large"]
    assert texts(axes[0, 1]) == ["1", "0", "0", "0", "1", "0", "0", "0", "1"]
    assert axes[0, 2].images[0].get_clim() == (-2, 2) and not axes[0, 2].texts
    for ax, expected in zip(axes[1, 1:], maps.values(), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), expected)
        assert ax.images[0].get_clim() == (-1.5, 1.5)
    assert not any(ax.axison for ax in axes.flat)


def test_a_filmstrip_shows_the_window_and_the_map_as_far_as_it_goes():
    image = [[0, 1, 2], [3, 4, 5]]
    start, end = plots.filmstrip(image, [[-1, 2]], [(0, 0), (1, 0)])
    assert texts(start) == [*"012345", "2"]
    assert texts(end) == [*"012345", "2", "3", "5"]
    window = (0, 1, 2, 1)  # x, y, width, height
    frames = [bar for bar in bars(end) if bar == window]
    assert len(frames) == 1 and window not in bars(start)


def test_rungs_have_a_dot_for_each_seed_and_their_mean_in_words():
    ax = plots.rungs(
        {"still": {"a": [0.5, 0.7], "b": [0.9]}, "moved": {"a": [0.3, 0.3], "b": [0.2]}}
    )
    dots = [dots.get_offsets().tolist() for dots in ax.collections]
    assert dots == [
        [[0.5, 0], [0.7, 0]],
        [[0.9, 1]],
        [[0.3, 0], [0.3, 0]],
        [[0.2, 1]],
    ]
    assert texts(ax) == ["60.0 %", "90.0 %", "30.0 %", "20.0 %"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.yaxis_inverted()


def test_a_window_stands_at_each_of_its_positions():
    settings = {"plain": (3, 1, 0, 1), "wide": (3, 2, 1, 2)}
    plain, wide = plots.window_positions(6, settings)
    cells = [bar for bar in bars(plain) if bar[2] == 1]
    assert [x for x, _, _, _ in cells] == [*range(6)]
    touched = sorted(round(x - 0.08) for x, _, w, _ in bars(plain) if w < 1)
    assert touched == sorted(start + k for start in range(4) for k in range(3))
    cells = [bar for bar in bars(wide) if bar[2] == 1]
    assert [x for x, _, _, _ in cells] == [*range(-1, 7)]
    touched = [round(x - 0.08) for x, _, w, _ in bars(wide) if w < 1]
    assert touched == [-1, 1, 3, 1, 3, 5]  # (6 + 2 − 5) // 2 + 1 = 2 positions
    assert texts(wide) == ["pad", *"012345", "pad", "place", "0", "1"]
    rows = [y for _, y, w, _ in bars(wide) if w < 1]
    assert rows == [1.3] * 3 + [2.3] * 3
    assert plain.get_ylim() == wide.get_ylim() and plain.yaxis_inverted()


def test_signed_maps_share_a_scale_that_can_be_set():
    maps = {"a": np.array([[1.0, -4], [0, 0]]), "b": np.eye(2)}
    axes = plots.signed_maps(maps)
    assert {ax.images[0].get_clim() for ax in axes.flat} == {(-4, 4)}
    axes = plots.signed_maps(maps, limit=0.5)
    assert axes.shape == (1, 2) and axes[0, 0].images[0].get_clim() == (-0.5, 0.5)
    np.testing.assert_array_equal(axes[0, 1].images[0].get_array(), maps["b"])
    zero = plots.signed_maps({"zero": np.zeros((2, 2))})[0, 0]
    assert zero.images[0].get_clim() == (-1, 1)


def test_nonzeros_show_where_and_the_corner_large():
    matrix = np.diag([1.0, -2, 3, 4])
    whole, part = plots.nonzeros(matrix, (3, 2))
    assert points(whole.lines[0]) == [(k, k) for k in range(4)]
    assert bars(whole) == [(-0.5, -0.5, 2, 3)] and outlined(whole)
    np.testing.assert_array_equal(part.images[0].get_array(), matrix[:3, :2])
    assert part.images[0].get_clim() == (-4, 4)


# --- 03


def test_bytes_of_a_file_stand_above_what_they_mean():
    content = bytes([0, 0, 8, 2, 0, 0, 1, 44, 0, 0, 0, 5, 250, 7, 9, 1])
    (ax,) = plots.idx_files({"labels": content}, shown=14).flat
    cells = [t for t in ax.texts if len(t.get_text()) == 2]
    assert [t.get_text() for t in cells] == [f"{byte:02x}" for byte in content[:14]]
    assert [t.get_position()[0] for t in cells] == [k + 0.5 for k in range(14)]
    assert [bar[0] for bar in bars(ax)] == [*range(14)]
    meanings = {t.get_text(): t.get_position()[0] for t in ax.texts if t not in cells}
    assert meanings == {
        **{"zero": 1, "type": 2.5, "how\nmany": 3.5, "300": 6, "5": 10},
        **{"content, one byte each": 13, "…": 14.2},
    }
    assert ax.get_title("left") == "the file of the labels: 16 bytes"


def test_scales_say_mean_and_deviation_of_the_whole_batch():
    batch = np.concatenate([np.zeros((3, 1, 2, 2)), np.full((1, 1, 2, 2), 4.0)])
    axes = plots.scales({"raw": batch, "less": batch - 1})
    assert axes.shape == (1, 2)
    titles = [ax.get_title() for ax in axes.flat]
    assert titles == ["raw\nmean 1.00\nstd 1.73", "less\nmean 0.00\nstd 1.73"]
    np.testing.assert_array_equal(axes[0, 0].images[0].get_array(), batch[0, 0])


def test_batches_stand_by_number_each_with_its_first_images_and_labels():
    images = np.arange(5 * 2 * 3).reshape(5, 1, 2, 3)
    flat = images[:, 0] * 10  # another scale, and no axis of channels
    axes = plots.batches([(images, [7, 8, 9, 1, 2]), (flat, [4] * 5)] * 2, shown=3)
    assert axes.shape == (2, 3)
    first, second = axes.flat[:2]
    np.testing.assert_array_equal(first.images[0].get_array(), np.hstack(images[:3, 0]))
    assert [text.get_text() for text in first.texts] == ["7", "8", "9", "1"]
    assert [text.get_position()[0] for text in first.texts[:3]] == [1, 4, 7]
    assert [text.get_text() for text in second.texts] == ["4", "4", "4", "2"]
    assert second.images[0].get_clim() == (0, 170), "each batch from dark to bright"
    assert not axes[1, 1].images and not axes[1, 1].axison


def test_each_grey_level_has_a_bar_of_its_count():
    counts = np.arange(256) + 1
    ax = plots.grey_levels(counts)
    assert [(bar[0] + bar[2] / 2, bar[3]) for bar in bars(ax)] == [
        (level, level + 1) for level in range(256)
    ]
    assert [len(part) for part in ax.containers] == [1, 254, 1]
    assert ax.get_yscale() == "log"


def test_a_fault_table_says_what_notices_what():
    caught = [[True, False], [False, False], [True, True]]
    ax = plots.fault_table(["late", "early", "never"], ["look_at it", "sum"], caught)
    written = {t.get_position(): t.get_text() for t in ax.texts}
    assert written == {
        (c + 0.5, r + 0.5): "notices" if caught[r][c] else "passes"
        for r, c in np.ndindex(3, 2)
    }
    assert labels(ax.xaxis) == ["look\nat it", "sum"]
    assert labels(ax.yaxis) == ["late", "early", "never"] and ax.yaxis_inverted()
    assert ax.xaxis.get_ticks_position() == "top"


def test_likeness_has_a_line_for_each_order():
    series = {"file": [0.3, 0.2], "shuffled": [0.1, 0.0], "sorted": [0.9, 0.8]}
    ax = plots.likeness([1, 5], series)
    assert named(ax) == {
        name: [(1, first), (5, last)] for name, (first, last) in series.items()
    }
    assert len({look[0] for look in looks(ax)}) == 3


def test_an_ink_map_is_in_percent_with_a_cross_where_there_is_none():
    share = np.array([[0.0, 0.5], [1.0, 0.0]])
    ax = plots.ink_map(share)
    np.testing.assert_array_equal(ax.images[0].get_array(), 100 * share)
    assert points(ax.lines[0]) == [(0, 0), (1, 1)]


# --- 04


def test_regrouped_rows_have_a_part_for_each_image_and_mark_those_that_are_cut():
    owner = np.array([[0, 0, 0, 1], [1, 1, 2, 2]])
    ax = plots.regrouped(owner, IMAGES)
    assert [(x, w) for x, _, w, _ in bars(ax)] == [(0, 3), (3, 1), (0, 2), (2, 2)]
    assert [y + h / 2 for _, y, _, h in bars(ax)] == [0, 0, 1, 1]
    colours = [patch.get_facecolor() for patch in ax.patches]
    assert colours[1] == colours[2] != colours[0] == colours[3]  # image 1 is cut
    assert sorted(texts(ax)) == ["0", "1", "1", "2"]
    assert ax.get_xlim() == (0, 4) and ax.yaxis_inverted()


def test_a_network_is_drawn_to_scale():
    layers = model.layers(model.ConvNet(4), IMAGES[:1])
    ax = plots.network(layers)
    fronts = [patch.get_path().get_extents() for patch in ax.patches[::6]]
    sides = [28, 28, 14, 14, 7, 7, 3, 1, 1, 1]
    channels = [1, 4, 4, 8, 8, 16, 16, 128, 64, 10]
    np.testing.assert_allclose([front.height for front in fronts], sides)
    np.testing.assert_allclose(
        [front.width for front in fronts], np.divide(channels, 10)
    )
    assert all(a.x1 < b.x0 for a, b in pairwise(fronts))  # from left to right
    assert texts(ax)[:2] == ["image\n1 × 28 × 28", "conv1\n4 × 28 × 28"]
    assert texts(ax)[-1] == "fc3\n10"


def test_the_way_back_leads_from_the_loss_to_each_layer_in_turn():
    layers = model.layers(model.ConvNet(4), IMAGES[:1])
    ax = plots.network(layers, back={"conv1": 0.25, "conv2": 0.5, "fc3": 4})
    middle = {t.get_text().split("\n")[0]: t.get_position()[0] for t in ax.texts}
    arrows = [(t.xyann[0], t.xy[0]) for t in ax.texts if isinstance(t, Annotation)]
    places = [middle[name] for name in ("loss", "fc3", "conv2", "conv1")]
    assert arrows == [*pairwise(places)] and places == sorted(places, reverse=True)
    assert [middle[number] for number in ("4", "0.5", "0.25")] == places[1:]
    low, high = ax.get_xlim()
    assert all(low < x < high for x in middle.values())
    assert "loss" not in texts(plots.network(layers))


def test_the_price_of_an_answer_is_minus_the_logarithm_of_its_probability():
    ax = plots.price({"right": 0.5, "wrong": 0.05})
    curve = np.array(points(ax.lines[0]))
    np.testing.assert_allclose(curve[:, 1], -np.log(curve[:, 0]))
    assert curve[-1, 0] == 1 and ax.get_xlim() == (0, 1) and ax.get_ylim()[0] == 0
    marked = [points(line) for line in ax.lines[1:]]
    np.testing.assert_allclose(marked, [[(0.5, np.log(2))], [(0.05, np.log(20))]])
    assert texts(ax) == ["right: p = 0.50, loss 0.69", "wrong: p = 0.05, loss 3.00"]


def test_cost_is_in_millions_and_error_in_percent_for_each_seed():
    cost, error = plots.cost_and_error(
        {"a": 7e6, "b": 8e7}, {"a": [0.9, 0.96], "b": [0.8, 0.8]}
    )
    assert [w for _, _, w, _ in bars(cost)] == [7, 80]
    assert texts(cost) == ["7.0", "80.0"] and labels(cost.yaxis) == ["a", "b"]
    np.testing.assert_allclose(points(error.lines[0]), [(10, 0), (4, 0)])
    np.testing.assert_allclose(points(error.lines[1]), [(7, 0)])
    np.testing.assert_allclose(points(error.lines[3]), [(20, 1)])
    assert error.get_xscale() == "log" and cost.yaxis_inverted()
    assert error.get_ylim() == cost.get_ylim()


def test_class_scores_mark_one_class_and_write_its_score():
    left, right = plots.class_scores({"logits": [1, 40, 0], "probs": [0, 0.75, 0]}, 1)
    assert [h for _, _, _, h in bars(left)] == [1, 40, 0]
    assert texts(left) == ["40"] and texts(right) == ["0.75"]
    colours = [patch.get_facecolor() for patch in left.patches]
    assert colours[1] != colours[0] == colours[2]
    assert right.get_ylim()[1] >= 1 and right.get_ylim()[0] == 0
    assert left.texts[0].get_position() == (1, 40)


def test_layer_shares_are_percent_of_each_network():
    networks = {
        "ours": {"conv": (1, 9), "fc": (3, 1)},
        "other": {"conv": (5, 5), "fc": (5, 15)},
        "third": {"conv": (1, 1), "fc": (1, 1)},
    }
    first, second = plots.layer_shares(networks, ["parameters", "MACs"])
    assert [w for _, _, w, _ in bars(first)] == [25, 75, 50, 50, 50, 50]
    assert [w for _, _, w, _ in bars(second)] == [90, 10, 25, 75, 50, 50]
    places = np.array([y + h / 2 for _, y, _, h in bars(first)])
    np.testing.assert_allclose(places[:4], [-0.8 / 3, 1 - 0.8 / 3, 0, 1], atol=1e-9)
    assert texts(second)[:2] == ["90.0", "10.0"]
    assert labels(first.yaxis) == ["conv", "fc"] and first.yaxis_inverted()
    assert len({(p.get_facecolor(), p.get_hatch()) for p in first.patches}) == 3


def test_positions_that_no_window_holds_are_crossed_out():
    left, right = plots.dropped_positions(7, 2, np.zeros((28, 28)))
    written = {t.get_position(): t.get_text() for t in left.texts}
    assert written == {
        (j, i): str(i // 2 * 3 + j // 2) if max(i, j) < 6 else "×"
        for i, j in np.ndindex(7, 7)
    }
    shown = np.ma.filled(left.images[0].get_array(), np.nan)
    assert np.isnan(shown[6]).all() and np.isnan(shown[:, 6]).all()
    assert np.isfinite(shown[:6, :6]).all()
    assert shown[0, 0] == shown[1, 1] != shown[0, 2] == shown[2, 0]
    assert bars(right) == [(23.5, -0.5, 4, 28), (-0.5, 23.5, 24, 4)]
    assert outlined(right)


def test_a_field_of_view_is_a_square_in_the_middle():
    first, second = plots.fields_of_view(IMAGES[0], {"one": 3, "two": 10})
    assert bars(first) == [(12, 12, 3, 3)] and bars(second) == [(8.5, 8.5, 10, 10)]
    assert outlined(first) and first.get_title() == "one\n3 × 3"


def test_curves_over_the_margin_have_a_look_each():
    margin = np.array([-1.0, 0, 1])
    curves = {"a": margin, "b": 2 * margin, "c": 3 * margin}
    left, right = plots.against_margin(margin, {"loss": curves, "slope": {"a": margin}})
    assert named(left) == {
        name: [*zip(margin, values, strict=True)] for name, values in curves.items()
    }
    assert len({look[::2] for look in looks(left)}) == 3
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "slope")
    assert points(left.lines[-1])[0][0] == 0


# --- 05


def boxes(ax) -> list[tuple[float, ...]]:
    """Left and lower end of each box of a graph, from left to right."""
    return sorted(tuple(np.round(p.get_xy(), 6)) for p in ax.patches)


def test_a_graph_has_a_box_for_each_number_and_a_local_slope_on_each_arrow():
    ax = plots.graph(behind(shared_weight("x₁", "w", "x₂")))
    assert len(boxes(ax)) == 7
    given = [p for p in ax.patches if p.get_facecolor() != (1, 1, 1, 1)]
    assert len(given) == 3
    labels_ = [t.get_text() for t in ax.texts if t.get_bbox_patch()]
    # x₁ = 1.5, w = 2.5, x₂ = 3.5: each factor's local slope is the other factor.
    assert sorted(labels_) == sorted(["2.5", "1.5", "3.5", "2.5", "1", "1", "25"])
    said = [t.get_text() for t in ax.texts if t.get_text().startswith("slope")]
    assert said.count("slope 25") == 3 and "slope 125" in said  # w: 25 · (1.5 + 3.5)


def test_slopes_are_red_above_0_blue_below_and_absent_before_the_way_back():
    up, down = Value(2.0, "up"), Value(-1.0, "down")
    last = up * down
    assert not any("slope" in text for text in texts(plots.graph(behind(last))))
    last.backward()
    colours = {
        t.get_text(): to_rgba(t.get_color())
        for t in plots.graph(behind(last)).texts
        if t.get_text().startswith("slope")
    }
    assert colours["slope 2"] == plt.get_cmap(SIGNED)(1.0)
    assert colours["slope −1"] == plt.get_cmap(SIGNED)(0.0)


def layered(depth: int) -> Value:
    """Numbers that are used in every column, and one number in all of them."""
    w, x = Value(2.0, "w"), Value(1.0, "x")
    for k in range(depth):
        x = x * w + Value(-0.125, f"c{k}")
    return x


def tree() -> Value:
    """Four products, added two by two: eight given numbers in one column."""
    products = [Value(2.0, f"a{k}") * Value(k - 1.5, f"b{k}") for k in range(4)]
    return (products[0] + products[1]) + (products[2] + products[3])


@pytest.mark.parametrize(
    "last", [shared_weight(*"abc"), layered(1), layered(2), tree()]
)
def test_the_texts_and_boxes_of_a_graph_do_not_overlap(last):
    last.backward()
    ax = plots.graph(behind(last))
    found, _ = written(ax.figure)
    spans = [
        (c.real.min(), c.real.max(), c.imag.min(), c.imag.max()) for _, _, c in found
    ]
    for k, (left, right, low, high) in enumerate(spans):
        for other in spans[:k]:
            apart = right < other[0] or other[1] < left
            assert apart or high < other[2] + 2 or other[3] < low + 2, found[k]
    for k, (x, y) in enumerate(boxes(ax)):
        for left, top in boxes(ax)[:k]:
            assert abs(x - left) > 0.56 or abs(y - top) > 0.84


def test_what_is_made_stands_right_of_its_sources():
    ax = plots.graph(behind(layered(2)))
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 8  # four steps of two sources
    assert all(arrow.xyann[0] < arrow.xy[0] for arrow in arrows)


def test_a_nudged_weight_meets_its_tangent_and_its_loss():
    axes = plots.nudged([0, 1, 2], [3.0, 1.0, 2.0], (1.0, 1.0, -0.5), [0.5, 1.0])
    first, second = axes.flat
    assert named(first) == {
        "true loss": [(0, 3), (1, 1), (2, 2)],
        "tangent": [(0, 1.5), (1, 1), (2, 0.5)],
        "start": [(1, 1)],
        "predicted": [(1.5, 0.75)],
        "real": [(1.5, 1.5)],
    }
    assert named(second)["real"] == [(2, 2)] and named(second)["predicted"] == [
        (2, 0.5)
    ]
    assert first.get_title("left").splitlines() == [
        *("weight moved by +0.50", "predicted −0.2500", "real +0.5000")
    ]
    assert first.get_ylim() == second.get_ylim()
    assert first.yaxis.get_tick_params()["labelleft"]
    assert not second.yaxis.get_tick_params()["labelleft"]


def test_a_relearned_kernel_stands_above_the_loss_of_each_step():
    top, bottom = plots.relearned({"step 0": np.eye(3)}, [4.0, 2.0, 0.5])
    assert "step 0" in texts(top)
    assert points(bottom.lines[0]) == [(0, 4), (1, 2), (2, 0.5)]
    assert bottom.get_yscale() == "log" and bottom.get_xlim()[0] == 0


@pytest.mark.parametrize("draw", ["difference_errors", "layer_gradients"])
def test_several_kinds_of_numbers_have_a_line_and_a_look_each(draw):
    series = {"a": [0.1, 0.2], "b": [1e-6, 0.2], "c": [1.0, 2.0]}
    if draw == "difference_errors":
        ax, x = plots.difference_errors([10, 0.1], series), (10, 0.1)
        assert ax.get_xscale() == "log"
    else:
        ax, x = plots.layer_gradients(series), (1, 2)
    assert named(ax) == {
        name: [*zip(x, values, strict=True)] for name, values in series.items()
    }
    assert ax.get_yscale() == "log" and len(set(looks(ax))) == 3


# --- 06


def test_losses_are_averaged_over_equal_stretches():
    losses = np.arange(40.0)
    ax = plots.loss_curves(
        {"a": (np.arange(40), losses), "b": ([0, 2], [1, 3])}, pieces=2
    )
    assert named(ax) == {"a": [(9.5, 9.5), (29.5, 29.5)], "b": [(0, 1), (2, 3)]}
    assert [look[1] for look in looks(ax)] == ["o", "s"]
    assert ax.lines[0].get_ydata()[0] == pytest.approx(np.log(10))
    assert texts(ax) == [" ln 10"] and ax.get_ylim()[0] == ax.get_xlim()[0] == 0


def test_clocks_count_the_same_losses_in_steps_and_in_distance():
    losses = np.full(20, 1.5)
    left, right = plots.clocks({"slow": (0.1, losses), "fast": (2.0, losses)})
    assert named(left)["fast"] == [(k, 1.5) for k in range(20)]
    assert named(right)["fast"] == [(2 * k, 1.5) for k in range(20)]
    assert left.get_legend() is None and right.get_legend() is not None
    assert right.get_ylabel() == "" != left.get_ylabel()


def test_walks_lie_on_the_curve_and_begin_at_their_start():
    axes = plots.walks({"small": [1.0, 0.5], "large": [1.0, -1.5]})
    assert [points(ax.lines[1]) for ax in axes] == [
        [(1, 1), (0.5, 0.25)],
        [(1, 1), (-1.5, 2.25)],
    ]
    curve = axes[0].lines[0]
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2)
    assert [ax.get_title(loc="left") for ax in axes] == ["small", "large"]
    assert all(ax.texts[0].xy == (1, 1) for ax in axes)


def test_a_bowl_has_rows_for_the_second_weight_and_its_star_at_the_lowest():
    loss = np.add.outer([9.0, 4, 1, 0], [1.0, 0, 1, 4])  # lowest at column 1, row 3
    paths = {"a": [(0, 0), (1, 2)], "b": [(3, 3)]}
    axes = plots.bowl(loss, (0, 3), paths, ("w", "v"))
    assert [points(ax.lines[0]) for ax in axes] == [[(0, 0), (1, 2)], [(3, 3)]]
    assert all(points(ax.lines[1]) == [(1, 3)] for ax in axes)
    assert axes[0].get_xlabel() == axes[1].get_xlabel() == "w"
    assert [ax.get_ylabel() for ax in axes] == ["v", ""]
    starts = [t.xy for ax in axes for t in ax.texts if t.get_text() == "start"]
    assert starts == [(0, 0), (3, 3)]


def test_healthy_and_broken_have_the_same_look_in_both_panels():
    losses = {"sound": [2.0, 1.0], "broken": [2.0, 2.0]}
    lengths = {"sound": [1.0, 1.0], "broken": [1.0, 50.0]}
    left, right = plots.healthy_and_broken(losses, lengths)
    assert named(left) == {"sound": [(1, 2), (2, 1)], "broken": [(1, 2), (2, 2)]}
    assert named(right) == {"sound": [(1, 1), (2, 1)], "broken": [(1, 1), (2, 50)]}
    assert right.get_yscale() == "log" and left.get_ylim()[0] == 0
    own = [[(a.get_color(), a.get_linestyle()) for a in ax.lines[-2:]]
           for ax in (left, right)]  # fmt: skip
    assert own[0] == own[1] and len(set(own[0])) == 2


def test_a_run_has_its_rates_its_validation_and_the_other_seeds():
    left, middle, right = plots.training_run(
        [2.0, 1.0, 0.5, 0.25], [(0.9, 0.7), (0.4, 0.9)], [0.1, 0.2, 0.1, 0.0],
        [0.9, 0.92], 0.95,
    )  # fmt: skip
    ends = left.lines[2]
    assert points(ends) == [(2, 0.9), (4, 0.4)]
    assert ends.get_marker() == "D" and ends.get_linestyle() == "None"
    assert left.get_yscale() == "log"
    assert points(middle.lines[0]) == [(1, 0.1), (2, 0.2), (3, 0.1), (4, 0.0)]
    seeds, this = right.lines
    np.testing.assert_allclose(seeds.get_ydata(), [90, 92])
    np.testing.assert_allclose(points(this), [(0.45, 95)])
    assert max(seeds.get_xdata()) < 0.45 and len(set(seeds.get_xdata())) == 2
    assert seeds.get_linestyle() == this.get_linestyle() == "None"
    assert labels(right.xaxis) == ["shipped\nseeds", "this\nrun"]


def test_fingerprints_share_a_scale_and_write_what_is_cut_off():
    curves = {"sound": [2.0, 1.0], "broken": [2.0, 99.0], "low": [0.5, 0.2]}
    axes = plots.fingerprints(curves, columns=2)
    assert axes.shape == (2, 2)
    assert [ax.axison for ax in axes.flat] == [True] * 3 + [False]
    assert [texts(ax) for ax in axes.flat] == [[], ["↑ 99.0"], [], []]
    assert points(axes[0, 1].lines[-1]) == [(1, 2), (2, 99)]
    assert len({ax.get_ylim() for ax in axes.flat[:3]}) == 1
    assert axes[0, 0].lines[0].get_ydata()[0] == pytest.approx(np.log(10))
    assert [ax.get_ylabel() for ax in axes.flat] == ["loss", "", "loss", ""]
    assert [ax.get_xlabel() for ax in axes[1]] == ["step", "step"]


def test_after_resuming_begins_ten_steps_before_the_stop():
    losses = np.arange(20.0)
    ax = plots.after_resuming({"whole": losses, "a": losses, "b": losses}, 12)
    assert all(line[0] == (3, 2) for line in named(ax).values())
    assert all(line[-1] == (20, 19) for line in named(ax).values())
    widths = [line.get_linewidth() for line in ax.lines[:3]]
    assert widths[0] > widths[1] == widths[2]
    assert len(set(looks(ax))) == 3
    assert ax.lines[3].get_xdata()[0] == 12.5
    early = plots.after_resuming({"whole": losses}, 4)
    assert named(early)["whole"][0] == (1, 0)


# --- 07


def test_intervals_that_miss_the_truth_stand_out():
    ax = plots.intervals(SHARES, truth=0.8, labels=["a", "b", "c"])
    missed, hit = (0.9, 0.5), (1.0,)
    (x1, y1, _), (x2, y2, ends) = errorbars(ax)
    assert (x1, y1) == ([2], [*hit]) and (x2, y2) == ([0, 1], [*missed])
    np.testing.assert_allclose(ends, [(0.85, 0.94), (0.4, 0.6)])
    assert labels(ax.xaxis) == ["a", "b", "c"]
    assert ax.lines[0].get_ydata()[0] == 0.8
    plain = plots.intervals(SHARES, ax=plt.subplots()[1])
    assert errorbars(plain)[0][0] == [0, 1, 2] and not plain.get_xticks().size


def test_exams_count_those_that_miss():
    axes = plots.exams({"one": SHARES, "other": SHARES[:1]}, truth=0.85)
    assert axes.shape == (2, 1)
    titles = [ax.get_title("left") for ax in axes.flat]
    assert titles == [
        "one: 1 of 3 miss the dashed line",
        "other: 0 of 1 miss the dashed line",
    ]
    assert axes[0, 0].get_ylim() == axes[1, 0].get_ylim()


def test_each_class_has_its_shares_side_by_side():
    ax = plots.per_class({"recall": SHARES, "precision": SHARES, "f1": SHARES})
    found = errorbars(ax)
    np.testing.assert_allclose(found[0][0], [-0.28, 0.72, 1.72])
    np.testing.assert_allclose(found[1][0], [0, 1, 2])
    assert all(y == [0.9, 0.5, 1.0] for _, y, _ in found)
    np.testing.assert_allclose(found[2][2], [(0.85, 0.94), (0.4, 0.6), (0.8, 1)])
    assert list(ax.get_xticks()) == [0, 1, 2]
    assert len({c[0].get_color() for c in ax.containers}) == 3


def test_a_reliability_diagram_has_its_bins_above_their_counts():
    top, bottom = plots.reliability_diagram(
        ([0.2, np.nan, 0.9], [0.3, np.nan, 0.8], [4, 0, 90]),
        [(0.3, 0.1, 0.5), (np.nan,) * 3, (0.8, 0.7, 0.9)],
    )
    x, y, ends = errorbars(top)[0]
    np.testing.assert_array_equal([x, y], [[0.2, np.nan, 0.9], [0.3, np.nan, 0.8]])
    np.testing.assert_allclose([ends[0], ends[-1]], [(0.1, 0.5), (0.7, 0.9)])
    assert points(top.lines[0]) == [(0, 0), (1, 1)]
    assert [h for _, _, _, h in bars(bottom)] == [4, 0, 90]
    middles = [x + w / 2 for x, _, w, _ in bars(bottom)]
    np.testing.assert_allclose(middles, [1 / 6, 1 / 2, 5 / 6])
    assert texts(bottom) == ["4", "90"]  # none at the empty bin
    assert bottom.get_yscale() == "log" and top.get_xlim() == bottom.get_xlim()


def test_running_errors_add_up():
    wrong = {f"seed {k}": np.array([0, 1, 0, 1, 1], bool) for k in range(5)}
    ax = plots.running_errors(wrong, middle=2)
    steps = [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3)]
    assert named(ax) == dict.fromkeys(wrong, steps)
    assert len(set(looks(ax))) == 5
    assert ax.lines[-1].get_xdata()[0] == 2


def test_simulated_numbers_that_are_as_far_off_stand_out():
    ax = plots.simulated([8, 9, 9, 10, 10, 10, 11, 12, 12], found=8, expected=10)
    near, far = ax.containers
    assert [(b.get_x() + 0.5, b.get_height()) for b in near] == [
        (9, 2),
        (10, 3),
        (11, 1),
    ]
    assert [(b.get_x() + 0.5, b.get_height()) for b in far] == [(8, 1), (12, 2)]
    assert [container.get_label() for container in ax.containers] == [
        "nearer to 10: 6",
        "as far from it as 8,\nor farther: 3",
    ]
    assert near[0].get_facecolor() != far[0].get_facecolor()
    assert ax.lines[0].get_xdata()[0] == 8
    (wide, _) = plots.simulated([2, 4, 4], 2, 4, plt.subplots()[1]).containers
    assert wide[0].get_width() == 2, "where every second number is impossible"


def test_accuracies_that_are_plausible_are_filled_between_the_formulas_ends():
    ax = plots.plausible([0.8, 0.9, 1.0], [0.0, 0.7, 0.04], (0.9, 0.85, 0.95))
    assert points(ax.lines[0]) == [(0.8, 0.0), (0.9, 0.7), (1.0, 0.04)]
    assert ax.lines[1].get_ydata()[0] == 0.05
    assert [line.get_xdata()[0] for line in ax.lines[2:]] == [0.85, 0.95]
    corners = ax.collections[0].get_paths()
    assert all(0.8 <= x <= 1 for path in corners for x, _ in path.vertices)
    assert len(ax.get_legend().get_texts()) == 3


def test_leads_stand_beside_both_borders_and_are_filled_where_they_count():
    pairs = {"close": [(10, 3, 0.6), (20, 5, 0.01)], "far": [(9, 1, 1.0)]}
    ax = plots.leads(pairs, [(1, 1), (30, 9)], 20)
    lines = {line.get_label(): line for line in ax.lines}
    assert points(lines["paired border"]) == [(1, 1), (30, 9)]
    assert points(lines["close"]) == [(10, 3)] and points(lines["far"]) == [(9, 1)]
    assert lines["close"].get_markerfacecolor() == "white"
    filled = ax.lines[3]
    assert points(filled) == [(20, 5)] and filled.get_markerfacecolor() == "C0"
    assert ax.lines[0].get_ydata()[0] == 20
    assert ax.get_xlim()[0] == ax.get_ylim()[0] == 0
    marks = {(line.get_color(), line.get_marker()) for line in ax.lines[2:-1]}
    assert len(marks) == 2


# --- 10


def test_results_over_a_setting_have_the_mean_of_the_seeds_and_their_extremes():
    panels = {
        "a": {"x": {1: [0.2, 0.4], 10: [0.5, 0.9]}},
        "b": {"x": {1: [0.1, 0.1]}, "y": {10: [0.3, 0.5]}},
    }
    first, second = plots.over_setting(
        panels, "size", log="x", ticks=(1, 10), message=["y"]
    )
    line, caps, _ = first.containers[0]
    np.testing.assert_allclose(points(line), [(1, 0.3), (10, 0.7)])
    np.testing.assert_allclose(caps[0].get_ydata(), [0.2, 0.5])
    np.testing.assert_allclose(caps[1].get_ydata(), [0.4, 0.9])
    assert (first.get_xscale(), first.get_yscale()) == ("log", "linear")
    assert labels(first.xaxis) == ["1", "10"]
    grey, seen = (lines.lines[0] for lines in second.containers)
    assert grey.get_color() == "0.72" and seen.get_color() == "C0"
    assert first.get_legend() is None
    assert "worst to best" in second.get_legend().get_title().get_text()
    assert [text.get_text() for text in second.get_legend().get_texts()] == ["x", "y"]
    assert first.get_ylabel() == "accuracy" and first.get_ylim() == second.get_ylim()
    (free,) = plots.over_setting({"a": panels["a"]}, "size", log="y")
    assert (free.get_xscale(), free.get_yscale()) == ("linear", "log")


def test_settings_may_have_different_numbers_of_seeds():
    (ax,) = plots.over_setting({"a": {"x": {1: [0.2, 0.4], 2: [0.5]}}}, "size")
    line, caps, _ = ax.containers[0]
    np.testing.assert_allclose(points(line), [(1, 0.3), (2, 0.5)])
    np.testing.assert_allclose(caps[0].get_ydata(), [0.2, 0.5])


def test_every_seed_is_a_dot_and_their_mean_a_line_across():
    panels = {"a": {"x": [0.2, 0.4], "y": [0.5]}, "b": {"x": [0.1], "y": [0.3, 0.9]}}
    first, second = plots.every_seed(panels, message=["y"])
    dots, across = first.lines[:2]
    assert points(dots) == [(0.2, 0), (0.4, 0)]
    np.testing.assert_allclose(across.get_xdata(), [0.3, 0.3])
    assert {line.get_color() for line in second.lines} == {"0.6", "C0"}
    assert second.lines[2].get_color() == "C0"  # y, which is to be seen
    assert labels(first.yaxis) == ["x", "y"] and first.yaxis_inverted()


def test_gains_have_a_bar_for_the_mean_and_a_dot_for_each_seed():
    found = {
        "net": {"one": [0.01, 0.03], "other": [-0.01, 0.0]},
        "mlp": {"one": [0.0, 0.0], "other": [0.5, 0.1]},
    }
    first, second = plots.gains(found, "gain", {"one": 0.02, "other": 0.1})
    solid = [bar for bar in first.patches if bar.get_fill()]
    np.testing.assert_allclose([bar.get_width() for bar in solid], [0.02, -0.005])
    hollow = [bar for bar in first.patches if not bar.get_fill()]
    np.testing.assert_allclose([bar.get_width() for bar in hollow], [0.02, 0.1])
    assert points(first.lines[0]) == [(0.01, 0), (0.03, 0)]
    assert points(first.lines[1]) == [(-0.01, 1), (0.0, 1)]
    assert all(bar.get_fill() for bar in second.patches)
    assert labels(first.yaxis) == ["one", "other"] and first.yaxis_inverted()
    plain, _ = plots.gains(found, "gain")
    assert all(bar.get_fill() for bar in plain.patches)


def test_a_slice_of_the_loss_has_the_ways_on_it_and_says_where_they_start():
    losses = 1 + np.add.outer(np.arange(5.0), np.arange(6.0))
    ways = {"sgd": [(0, 0), (1, 2)], "adam": [(0, 0), (2, 1)]}
    ax = plots.loss_slice(losses, (-1, 2, 0, 3), ways)
    assert named(ax) == {name: [*map(tuple, way)] for name, way in ways.items()}
    (start,) = ax.texts
    assert start.get_text() == "start" and start.xy == (0, 0)
    assert ax.get_xlim() == (-1, 2) and ax.get_ylim() == (0, 3)
    assert len({look[1] for look in looks(ax)}) == 2
