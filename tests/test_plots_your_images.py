"""The page of 12: what it draws of what it is given."""

import io

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import data_of, rows_of, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from mnist_tutorial import plots

pytestmark = pytest.mark.usefixtures("styled_figures")


SCORES = {"guessing": (0.5, 0.4, 0.6), "ours": (0.8, 0.7, 0.9)}
NAMES = ["cat", "a very long name", "dog"]


def page(classes=NAMES, doubtful=2, **other):
    n = len(classes)
    given = dict(
        title="My classes",
        examples={name: np.full((28, 28), k) for k, name in enumerate(classes)},
        scores=SCORES,
        matrix=np.arange(n * n).reshape(n, n),
        doubtful=[(np.full((9, 9), k), f"no. {k}") for k in range(doubtful)],
        card="Made by: me\nFor: you",
    )
    return plots.page(**given | other)


def pictures(axes, size: int) -> list:
    """The axes that show an image of so many pixels a side, in their order."""
    return [
        ax
        for ax in axes
        if len(ax.images) == 1 and ax.images[0].get_array().shape == (size, size)
    ]


def titled(axes, title: str):
    (found,) = (ax for ax in axes if title in (ax.get_title(), ax.get_title("left")))
    return found


def test_a_page_is_a4_with_its_title_and_its_card():
    axes = page()
    figure = axes[0].get_figure(root=True)
    np.testing.assert_allclose(figure.get_size_inches() * 25.4, (210, 297), atol=0.2)
    assert figure.get_suptitle() == "My classes"
    card = titled(axes, "Model card")
    assert texts(card) == ["Made by: me\nFor: you"] and not card.axison
    figure.canvas.draw()


def test_the_title_lies_in_the_page_close_above_the_examples():
    for classes in (NAMES, [f"class {k}" for k in range(20)]):
        axes = page(classes)
        figure = axes[0].get_figure(root=True)
        figure.canvas.draw()
        place = figure.transFigure.inverted()
        title = place.transform_bbox(figure._suptitle.get_window_extent())
        first = place.transform_bbox(axes[0].get_tightbbox())
        cut = figure.get_tightbbox().y1 / figure.get_figheight()  # as in a notebook
        assert title.y1 <= cut and title.y1 < 0.98 and 0 < title.y0 - first.y1 < 0.03


def test_a_page_shows_an_example_of_each_class_but_no_more_than_twenty():
    axes = page()
    shown = pictures(axes, 28)
    assert [ax.get_title() for ax in shown] == ["cat", "a very long ", "dog"]
    assert [ax.images[0].get_array()[0, 0] for ax in shown] == [0, 1, 2]
    many = pictures(page([f"class {k}" for k in range(26)]), 28)
    assert [ax.get_title() for ax in many] == [f"class {k}" for k in range(20)]


def test_a_page_has_each_score_with_its_interval_and_marks_the_last():
    ax = titled(page(), "What it reads")
    assert rows_of(ax) == list(SCORES) and ax.yaxis_inverted()
    spans, dots = ax.lines[::2], ax.lines[1::2]
    for y, (share, low, high) in enumerate(SCORES.values()):
        assert data_of(spans[y]) == [(low, y), (high, y)]
        np.testing.assert_allclose(
            [*dots[y].get_xdata(), *dots[y].get_ydata()], [share, y]
        )
    assert texts(ax) == ["50 %", "80 %"]
    colours = [to_rgba(dot.get_color()) for dot in dots]
    assert colours == [to_rgba("C0"), to_rgba("C1")]


def test_a_score_far_below_the_others_is_a_word_at_the_edge_and_leaves_room():
    scores = {"guess": (0.1, 0.0, 0.2), "near": (0.9, 0.85, 0.95), "ours": (1, 0.96, 1)}
    ax = titled(page(scores=scores), "What it reads")
    assert rows_of(ax) == list(scores)
    left, right = ax.get_xlim()
    assert 0.8 < left < 0.85 and right > 1
    assert all(left <= tick <= 1 for tick in ax.get_xticks()) and len(ax.get_xticks())
    assert texts(ax) == [" ◂ 10 %", "90 %", "100 %"]
    assert ax.texts[0].get_position() == (left, 0)
    assert [data_of(line)[0][1] for line in ax.lines] == [1, 1, 2, 2]


def test_a_page_has_the_confusion_matrix_under_the_names_of_the_classes():
    ax = titled(page(), "What it takes for what")
    assert rows_of(ax) == ["cat", "a very l", "dog"]
    assert [label.get_text() for label in ax.get_xticklabels()] == rows_of(ax)
    counts = {text.get_text(): text.get_position() for text in ax.texts}
    assert counts["5"] == (2, 1) and counts["7"] == (1, 2)
    many = titled(page([f"class {k}" for k in range(21)]), "What it takes for what")
    assert "class 3" not in rows_of(many) and len(many.get_yticks()) == 21


def test_a_single_error_among_many_is_seen_on_white():
    ax = titled(page(NAMES[:2], matrix=[[50, 1], [90, 50]]), "What it takes for what")
    shown = ax.images[1]
    few, many = (shown.to_rgba(count)[:3] for count in (1, 90))
    assert max(few) - min(few) > 0.15 and sum(few) - sum(many) > 1


def test_long_names_of_classes_are_turned_and_digits_are_not():
    for names, turn in ((NAMES, 90), (["0", "10"], 0)):
        ax = titled(page(names), "What it takes for what")
        assert {label.get_rotation() for label in ax.get_xticklabels()} == {turn}


@pytest.mark.parametrize("count", [0, 2, 12, 15])
def test_a_page_shows_up_to_twelve_doubtful_images_with_what_is_said_of_them(count):
    shown = pictures(page(doubtful=count), 9)
    expected = range(min(count, 12))
    assert [texts(ax) for ax in shown] == [[f"no. {k}"] for k in expected]
    assert [ax.images[0].get_array()[0, 0] for ax in shown] == list(expected)


# Names that are not ours

NASTY = [
    "$\\frac{$",
    "a$b$c",
    "$",
    "\\$x$",
    "<b>&amp;",
    "a\ud800\udcff",
    "\x01\x1b[31m",
    "_",
]


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_page_of_whatever_names_is_kept_as_they_are_written(kind):
    everything = " ".join(NASTY)
    axes = plots.page(
        everything,
        {name: np.zeros((9, 9)) for name in NASTY},
        {name: (0.5, 0.4, 0.6) for name in NASTY},
        np.zeros((len(NASTY), len(NASTY)), int),
        [(np.zeros((9, 9)), f"{name} → {name}\n{name}.png") for name in NASTY],
        everything,
    )
    axes[0].figure.savefig(io.BytesIO(), format=kind)
    drawn = [text for ax in axes for text in ax.findobj(Text) if text.get_text()]
    assert not any(text.get_parse_math() for text in drawn if "$" in text.get_text())
    for name in NASTY[:5]:
        assert sum(name in text.get_text() for text in drawn) >= 5


@pytest.mark.filterwarnings("ignore:Glyph")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters() | st.sampled_from("$\\{}_^"), max_size=6))
def test_any_title_of_a_digit_and_name_of_a_row_can_be_drawn(name):
    rows = plots.image_rows({name: np.zeros((1, 2, 2))}, [[name]])
    for axes in (rows[0, 0], plots.digit(np.zeros((2, 2)), name)):
        axes.figure.savefig(io.BytesIO(), dpi=20)
        plt.close(axes.figure)
