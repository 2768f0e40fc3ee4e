"""Every figure takes data and gives axes on which something is drawn."""

import ast
import inspect
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import CALLS, IMAGES, Written, contrasts, written
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_tutorial import plots

PACKAGE = Path(plots.__file__).parent
PUBLIC = {
    name: function
    for name, function in vars(plots).items()
    if inspect.isfunction(function)
    and function.__module__.startswith(plots.__name__)
    and not name.startswith("_")
}

NO_FIGURES = {
    "legible",
    "numbered",
    "percent",
    "plain",
    "probability",
    "row_name",
    "scale",
    "together",
    "use_style",
    "with_errors",
}
RNG = np.random.default_rng(0)

# How signed values are drawn, everywhere: the channel (of red, green, blue) that is the
# strongest where they are positive, and where they are negative.
RED, BLUE = 0, 2
POSITIVE, NEGATIVE = RED, BLUE
SIGNED_FIGURES = {
    "attacked",
    "attributions",
    "equation",
    "filmstrip",
    "gallery",
    "kernel_numbers",
    "kernels",
    "map_rows",
    "mosaic",
    "nonzeros",
    "relearned",
    "scaled_map",
    "signed_maps",
    "templates",
}


class Made(NamedTuple):
    axes: np.ndarray
    figure: Figure
    texts: list[Written]
    picture: np.ndarray  # without the texts


pytestmark = pytest.mark.usefixtures("own_figures")


@cache
def made(name: str) -> Made:
    """A figure, drawn once for all tests that only look at it."""
    with plt.rc_context():
        plots.use_style()
        axes = np.atleast_1d(CALLS[name]())
        figure = axes.flat[0].get_figure(root=True)
        return Made(axes, figure, *written(figure))


def drawn(ax) -> int:
    """How many things with data the axes hold."""
    return sum(
        len(things) for things in (ax.lines, ax.images, ax.patches, ax.collections)
    )


def test_every_figure_is_called_here():
    assert set(CALLS) == set(PUBLIC) - NO_FIGURES


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_gives_its_axes_with_something_drawn_and_readable_texts(name):
    axes, _, texts, picture = made(name)
    assert all(isinstance(ax, Axes) for ax in axes.flat)
    assert sum(drawn(ax) for ax in axes.flat) > 0
    found = contrasts(texts, picture)
    assert found and not {text: c for text, c in found.items() if c < 3}


@pytest.mark.parametrize(
    ("text", "behind", "readable"),
    [("white", "white", False), ("white", "black", True), ("0.5", "0.6", False)],
)
def test_a_text_is_readable_by_what_is_behind_it(text, behind, readable):
    figure, ax = plt.subplots()
    ax.set_axis_off()
    ax.add_patch(plt.Rectangle((0, 0), 1, 1, color=behind))
    ax.plot([0, 1], [0.5, 0.5], color="C1", lw=1)  # crosses the text
    ax.text(0.5, 0.5, "words", color=text, ha="center", va="center", rotation=20)
    (contrast,) = contrasts(*written(figure)).values()
    assert (contrast >= 3) == readable


def colours_around_0(figure) -> list[np.ndarray]:
    """Of each image whose scale is even around 0: the colours of its ends and of 0."""
    images = [image for ax in figure.axes for image in ax.images]
    return [
        image.to_rgba(np.array([-high, 0.0, high]))[:, :3]
        for image in images
        for low, high in [image.get_clim()]
        if low == -high < 0
    ]


@pytest.mark.parametrize("name", CALLS)
def test_signed_values_have_one_pair_of_colours_and_0_is_white(name):
    found = colours_around_0(made(name).figure)
    assert bool(found) == (name in SIGNED_FIGURES)
    for negative, zero, positive in found:
        assert positive.argmax() == POSITIVE and negative.argmax() == NEGATIVE
        assert np.ptp(positive) > 0.2 and np.ptp(negative) > 0.2
        assert zero.min() > 0.95


@pytest.mark.parametrize(("steps", "window"), [(4, 1), (600, 10), (605, 10)])
def test_the_losses_of_a_run_are_averaged_over_a_sixtieth_of_it(steps, window):
    losses = RNG.random(steps)
    left = plots.training_run(losses, [(0.5, 0.9)], [0.1] * steps, [0.9], 0.9)[0]
    each, averaged, validation = left.lines
    np.testing.assert_array_equal(each.get_ydata(), losses)
    whole = range(0, steps - window + 1, window)
    means = [losses[k : k + window].mean() for k in whole]
    np.testing.assert_allclose(averaged.get_ydata(), means)
    middles = [k + (window + 1) / 2 for k in whole]
    np.testing.assert_allclose(averaged.get_xdata(), middles)
    assert validation.get_xdata().tolist() == [steps]


def names_in(value) -> list[str]:
    """All strings in what a figure is given."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return names_in([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        return [name for each in value for name in names_in(each)]
    return []


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"over_setting"}))
def test_a_figure_writes_every_name_that_it_is_given(name):
    texts = [text for text, *_ in made(name).texts]
    lines = " ".join(texts)  # a name may be broken, at a _ too
    given = names_in([*CALLS[name].args, *CALLS[name].keywords.values()])
    for word in filter(None, given):
        assert word in texts or (len(word) > 1 and word.replace("_", " ") in lines)


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_is_no_wider_than_a_page(name):
    assert made(name).figure.get_size_inches()[0] < 8.3  # A4, in inches


@pytest.mark.parametrize("name", CALLS)
def test_all_texts_are_within_the_figure(name):
    width, height = made(name).figure.bbox.size
    for text, _, corners in made(name).texts:
        assert corners.real.min() > -2 and corners.real.max() < width + 2, text
        assert corners.imag.min() > -2 and corners.imag.max() < height + 2, text


# fingerprints cut off what is too high, and say so.
@pytest.mark.parametrize("name", sorted(set(CALLS) - {"fingerprints"}))
def test_points_and_ends_of_bars_are_within_their_axes(name):
    for ax in made(name).figure.axes:
        (left, right), (low, high) = np.sort([ax.get_xlim(), ax.get_ylim()])
        for line in ax.lines:
            if line.get_transform() == ax.transData:
                x, y = np.asarray(line.get_data(), dtype=float)
                there = np.isfinite(x) & np.isfinite(y)
                assert ((left <= x) & (x <= right))[there].all(), line
                assert ((low <= y) & (y <= high))[there].all(), line
        for patch in ax.patches:
            if patch.get_transform().contains_branch(ax.transData):
                end = patch.get_path().get_extents(patch.get_patch_transform()).max
                assert end[0] <= right + 1e-6 and end[1] <= high + 1e-6, patch


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (name, where)
        for name in CALLS
        for where in ("ax", "axes")
        if where in inspect.signature(PUBLIC[name]).parameters
    ],
)
def test_a_figure_draws_on_the_axes_it_is_given(name, where):
    shape = (1, 1) if where == "ax" else np.atleast_2d(made(name).axes).shape
    plt.close("all")
    _, given = plt.subplots(*shape)
    axes = np.atleast_1d(CALLS[name](**{where: given}))
    assert set(axes.flat) == set(np.atleast_1d(given).flat)
    assert all(drawn(ax) or not ax.axison for ax in axes.flat)
    assert len(plt.get_fignums()) == 1


GRIDS = {
    "distortion_ladders",
    "fingerprints",
    "growth",
    "templates",
}  # may have empty places


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in sorted(set(CALLS) - GRIDS)
        if "axes" in inspect.signature(PUBLIC[name]).parameters
    ],
)
@pytest.mark.parametrize("more", [-1, 1])
def test_axes_that_are_not_as_many_as_panels_are_refused(name, more):
    _, axes = plt.subplots(1, made(name).axes.size + more, squeeze=False)
    with pytest.raises(ValueError, match=r"zip\(\) argument|values to unpack"):
        CALLS[name](axes=axes[0])


@pytest.mark.parametrize("name", PUBLIC)
def test_a_figure_has_a_docstring_and_does_not_show_itself(name):
    assert PUBLIC[name].__doc__
    assert "plt.show" not in inspect.getsource(PUBLIC[name])


def test_a_figure_draws_on_the_axes_it_is_given_or_on_the_current_ones():
    _, (left, right) = plt.subplots(1, 2)
    plt.sca(right)
    assert plots.digit(IMAGES[0], ax=left) is left
    assert drawn(left) and not drawn(right)
    assert plots.digit(IMAGES[0]) is right


def test_a_digit_is_shown_with_its_lowest_value_black_and_no_axis():
    ax = plots.digit(IMAGES[0], "seven")
    (image,) = ax.images
    assert image.get_array().shape == (28, 28)
    assert image.to_rgba(np.array([image.norm.vmin]))[0].tolist() == [0, 0, 0, 1]
    assert ax.get_title() == "seven"
    assert not ax.axison


def test_digits_fill_a_grid_row_by_row_and_leave_the_rest_empty():
    axes = plots.digits(IMAGES, titles="abcdef", columns=4)
    assert axes.shape == (2, 4)
    assert [ax.get_title() for ax in axes.flat] == [*"abcdef", "", ""]
    assert [len(ax.images) for ax in axes.flat] == [1] * 6 + [0] * 2
    assert not any(ax.axison for ax in axes.flat)


def test_the_style_is_readable_and_told_apart_without_red_and_green():
    plots.use_style()
    assert plt.rcParams["font.size"] >= 9
    assert plt.rcParams["figure.figsize"][0] <= 8
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    plt.style.use("tableau-colorblind10")
    assert colours == plt.rcParams["axes.prop_cycle"].by_key()["color"]


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.glob("*.py")), ids=lambda file: file.stem
)
def test_figures_need_only_numpy_and_matplotlib(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
        )
    }
    others = {name for name in modules if not name.startswith("mnist_tutorial.plots")}
    assert not {name.split(".")[0] for name in others} & {"torch", "mnist_tutorial"}


def test_every_figure_is_at_hand_under_its_name():
    for file in PACKAGE.glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                figure = getattr(plots, node.name)  # no other file's of that name
                assert figure.__module__ == f"{plots.__name__}.{file.stem}"


@pytest.mark.parametrize(
    "p, words",
    [
        (0, "<0.1 %"),
        (0.000499, "<0.1 %"),
        (0.0005, "0.1 %"),
        (0.0625, "6.3 %"),
        (0.99949, "99.9 %"),
        (0.99964, ">99.9 %"),
        (1, ">99.9 %"),
        (float("nan"), "not a number"),
    ],
)
def test_a_probability_is_written_to_a_tenth_and_never_as_0_or_100(p, words):
    """The widgets write it so too: tests/js/shared.test.mjs compares them."""
    assert plots.probability(p) == words
