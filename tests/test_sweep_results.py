"""The table of a sweep, its rows and its figure."""

import math
import statistics

import pytest

from tools import sweep_results


def test_a_row_has_parameters_results_seconds_and_error_in_this_order():
    metrics = {
        "results": {"loss": 0.5, "lr": 3, "seconds": 1, "curve": [1, 2], "by": {"a": 1}}
        | {"run": "r", "error": "e"},
        "seconds": 7.5,
        "error": "it\n  failed",
    }
    row = sweep_results.row("a1", {"lr": 0.1, "seed": 0}, metrics)
    assert list(row.items()) == [
        ("run", "a1"),
        ("lr", 0.1),
        ("seed", 0),
        ("loss", 0.5),
        ("recorded_lr", 3),
        ("recorded_seconds", 1),
        ("curve", "[1, 2]"),
        ("by", '{"a": 1}'),
        ("recorded_run", "r"),
        ("recorded_error", "e"),
        ("seconds", 7.5),
        ("error", "it failed"),
    ]


def test_a_table_has_every_column_with_seconds_and_error_at_the_end():
    rows = [
        {"run": "a", "x": 1, "seconds": 2, "error": ""},
        {"run": "b", "y": 3, "seconds": 4, "error": "no, not"},
    ]
    table = sweep_results.table(rows)
    assert table == 'run,x,y,seconds,error\na,1,,2,\nb,,3,4,"no, not"\n'


def test_only_numbers_that_every_run_has_are_shared():
    first = {"a": 1, "b": 0.5, "c": True, "d": "x", "e": math.nan, "f": 1}
    second = {"f": "1", "e": 2, "c": False, "b": 1, "a": 0}
    assert sweep_results.shared_metrics([first, second]) == ["a", "b", "e"]
    assert sweep_results.shared_metrics([]) == []


def test_a_point_is_named_by_its_parameters():
    assert sweep_results.point({"lr": 0.1, "by": "sgd"}) == "lr 0.1, by sgd"
    assert sweep_results.point({}) == ""


POINTS = [
    ({"lr": lr, "by": by, "seed": seed}, 10 * k + seed)
    for k, (lr, by) in enumerate([(0.1, "a"), (0.1, "b"), (1, "a"), (1, "b"), (1, "c")])
    for seed in range(1 if by == "c" else 3)
]


def test_a_figure_has_dots_means_and_spreads_side_by_side():
    figure = sweep_results.figure(POINTS, ["lr", "by"], "test_loss", "06_training")
    (ax,) = figure.axes
    assert figure.get_size_inches().tolist() == [7.5, 3.6]
    assert type(figure.get_layout_engine()).__name__ == "ConstrainedLayoutEngine"
    assert ax.get_xlim() == (-0.5, 1.5) and ax.get_ylabel() == "test loss"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["lr 0.1", "lr 1"]
    heading = "06_training: each seed, mean and standard deviation"
    assert ax.get_title(loc="left") == heading
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    # Three colours share 0.7 of a step; each mean stands a little to the right.
    groups = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    for k, ((x, c), dot, bar) in enumerate(
        zip(groups, dots, ax.containers, strict=True)
    ):
        values = [v for p, v in POINTS if v // 10 == k]
        place = x + 0.7 * ((c + 0.5) / 3 - 0.5)
        assert dot.get_ydata().tolist() == values
        assert dot.get_xdata() == pytest.approx([place] * len(values))
        assert (dot.get_alpha(), dot.get_markersize()) == (0.5, 4)
        mean, caps, (spread,) = bar.lines
        assert mean.get_xdata() == pytest.approx([place + 0.2 / 3])
        assert mean.get_ydata() == pytest.approx([statistics.fmean(values)])
        low, high = spread.get_segments()[0][:, 1]
        deviation = statistics.stdev(values) if len(values) > 1 else 0
        assert high - low == pytest.approx(2 * deviation)
        assert mean.get_color() == dot.get_color() == f"C{c}"
        assert (mean.get_markersize(), len(caps), caps[0].get_markersize()) == (
            12,
            2,
            8,
        )
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["by a", "by b", "by c"]
    assert not legend.get_frame_on()


def test_without_a_grid_there_is_one_group_and_no_legend():
    points = [({"seed": seed}, float(seed)) for seed in range(2)]
    (ax,) = sweep_results.figure(points, [], "loss", "x").axes
    assert [label.get_text() for label in ax.get_xticklabels()] == ["all"]
    assert ax.get_legend() is None and ax.get_xlim() == (-0.5, 0.5)


def test_words_are_no_mathematics():
    points = [({"a$": "$b", "c": k, "seed": 0}, 1.0) for k in range(2)]
    (ax,) = sweep_results.figure(points, ["a$", "c"], "m$", "t$").axes
    words = [*ax.get_xticklabels(), ax.yaxis.label, *ax.get_legend().get_texts()]
    assert not any(word.get_parse_math() for word in [*words, ax._left_title])
