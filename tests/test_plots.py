"""Every figure takes data and gives axes on which something is drawn."""

import ast
import inspect
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes

from mnist_tutorial import plots

PACKAGE = Path(plots.__file__).parent
PUBLIC = {
    name: function
    for name, function in vars(plots).items()
    if inspect.isfunction(function)
    and function.__module__.startswith(plots.__name__)
    and not name.startswith("_")
}

RNG = np.random.default_rng(0)
IMAGES = torch.from_numpy(RNG.random((6, 1, 28, 28), dtype=np.float32))
SHARES = [(0.9, 0.85, 0.94), (0.5, 0.4, 0.6), (1.0, 0.8, 1.0)]

# One call for each function. A function that is not here is still checked for what all
# have in common, below.
CALLS = {
    "over_setting": lambda: plots.over_setting(
        {"a": {"x": {1: [0.2, 0.4], 10: [0.5, 0.9]}}, "b": {"y": {1: [0.1, 0.1]}}},
        "size",
        log="xy",
        ticks=(1, 10),
        guess={1: 0.3, 10: 0.6},
    ),
    "gains": lambda: plots.gains(
        {"net": {"one": [0.01, 0.02], "other": [-0.01, 0.0]}},
        "gain",
        {"one": 0.02, "other": 0.0},
    ),
    "loss_slice": lambda: plots.loss_slice(
        1 + RNG.random((5, 6)), (-1, 2, 0, 3), {"walk": [(0, 0), (1, 2)]}
    ),
    "stairs": lambda: plots.stairs(
        {"none": [0.04, 0.05], "more": [0.02, 0.03]}, {"more": 0.01}
    ),
    "clock": lambda: plots.clock({"slow": [5.0, 8.0], "fast": [0.5, 0.6]}),
    "findings": lambda: plots.findings(
        {"one": {"a": (True, "1"), "b": (False, "2")}, "two": {"a": (True, "3")}}
    ),
    "page": lambda: plots.page(
        "mine",
        {"cat": IMAGES[0, 0], "dog": IMAGES[1, 0]},
        {"guessing": SHARES[1], "ours": SHARES[0]},
        [[5, 1], [0, 4]],
        [(IMAGES[2, 0], "cat?")],
        "made by me",
    ),
    "digit": lambda: plots.digit(IMAGES[0], "seven"),
    "digits": lambda: plots.digits(IMAGES, titles=range(6), columns=4),
    "intervals": lambda: plots.intervals(SHARES, truth=0.87, labels=["a", "b", "c"]),
    "exams": lambda: plots.exams({"one": SHARES, "other": SHARES}, truth=0.87),
    "confusion": lambda: plots.confusion(torch.arange(100).reshape(10, 10)),
    "per_class": lambda: plots.per_class({"recall": SHARES, "precision": SHARES}),
    "reliability_diagram": lambda: plots.reliability_diagram(
        ([0.2, np.nan, 0.9], [0.3, np.nan, 0.8], [4, 0, 90]),
        [(0.3, 0.1, 0.5), (np.nan,) * 3, (0.8, 0.7, 0.9)],
    ),
    "running_errors": lambda: plots.running_errors(
        {"seed 0": RNG.random(50) < 0.1, "seed 1": RNG.random(50) < 0.1}, middle=25
    ),
    "leads": lambda: plots.leads({"pairs": [(10, 3), (20, 5)]}, [(1, 1), (30, 9)], 20),
    "idx_files": lambda: plots.idx_files(
        {
            "labels": bytes([0, 0, 8, 1, 0, 0, 0, 50, *range(50)]),
            "images": bytes([0, 0, 8, 3, *[0, 0, 0, 2] * 3, *range(40)]),
        }
    ),
    "image_rows": lambda: plots.image_rows(
        {"some": IMAGES[:3], "more": IMAGES}, titles=[range(3), range(6)], limits=(0, 1)
    ),
    "scales": lambda: plots.scales({"right": IMAGES, "inverted": 1 - IMAGES}),
    "grey_levels": lambda: plots.grey_levels(np.arange(256)),
    "fault_table": lambda: plots.fault_table(
        ["late", "early"], ["look_at it"], [[True], [False]]
    ),
    "likeness": lambda: plots.likeness([1, 2, 3], {"file": [0.3, 0.2, 0.1]}),
    "ink_map": lambda: plots.ink_map(np.arange(784).reshape(28, 28) / 784),
    "regrouped": lambda: plots.regrouped(np.repeat([[0, 1], [2, 3]], 50, 1), IMAGES),
    "cost_and_error": lambda: plots.cost_and_error(
        {"a": 7e6, "b": 8e7}, {"a": [0.98, 0.97], "b": [0.96, 0.99]}
    ),
    "class_scores": lambda: plots.class_scores(
        {"logits": [-1, 2, 0], "probs": [0.1, 0.7, 0.2]}, marked=1
    ),
    "layer_shares": lambda: plots.layer_shares(
        {
            "ours": {"conv": (1, 9), "fc": (9, 1)},
            "other": {"conv": (5, 5), "fc": (5, 5)},
        },
        ["parameters", "MACs"],
    ),
    "dropped_positions": lambda: plots.dropped_positions(7, 2, IMAGES[0]),
    "fields_of_view": lambda: plots.fields_of_view(IMAGES[0], {"one": 3, "two": 10}),
    "against_margin": lambda: plots.against_margin(
        np.arange(5), {"loss": {"one": np.arange(5), "other": np.ones(5)}, "slope": {}}
    ),
    "loss_curves": lambda: plots.loss_curves(
        {
            "slow": (np.arange(40), np.full(40, 2.3)),
            "fast": (np.arange(60), RNG.random(60)),
        }
    ),
    "clocks": lambda: plots.clocks(
        {"slow": (0.1, RNG.random(40)), "fast": (1.0, RNG.random(40))}
    ),
    "training_run": lambda: plots.training_run(
        [2.3, 1.0, 0.5, 0.4], [(0.9, 0.7), (0.4, 0.9)], [0.1] * 4, [0.9, 0.92], 0.9
    ),
    "fingerprints": lambda: plots.fingerprints(
        {"sound": np.linspace(2, 0, 40), "broken": np.linspace(2, 99, 40)}, columns=2
    ),
    "check_matrix": lambda: plots.check_matrix(
        [[True, False], [True, True]], ["first", "second"], ["bug", "other bug"]
    ),
    "after_resuming": lambda: plots.after_resuming(
        {"whole": RNG.random(20), "resumed": RNG.random(20)}, stopped_at=12
    ),
    "reading": lambda: plots.reading(IMAGES[0], np.arange(10) / 45),
    "pixel_values": lambda: plots.pixel_values(IMAGES[0] - 0.5, (9, 10), size=4),
    "parts_of_data": lambda: plots.parts_of_data(
        {"training": (50, "learn"), "test": (10, "report")}
    ),
    "templates": lambda: plots.templates(IMAGES[:, 0] - 0.5, titles="abcdef"),
    "ladder": lambda: plots.ladder({"chance": 0.1, "better": 0.8}),
    "shift_curves": lambda: plots.shift_curves(
        {"one": {"left": [0.9, 0.5], "up": [0.9, 0.4]}, "other": {"left": [0.9, 0.8]}}
    ),
    "equation": lambda: plots.equation(
        {"piece": np.eye(3), "sum": 3, "signed": [[-1, 2.5]]},
        "=×",
        {"piece": [(0, 0, 2, 2)]},
    ),
    "gallery": lambda: plots.gallery(
        IMAGES[0],
        {"small": np.eye(3), "large": RNG.normal(size=(5, 5))},
        {"small": IMAGES[0, 0], "large": IMAGES[1, 0] - 0.5},
    ),
    "window_positions": lambda: plots.window_positions(
        6, {"plain": (3, 1, 0, 1), "padded, dilated": (3, 2, 1, 2)}
    ),
    "signed_maps": lambda: plots.signed_maps(
        {"map": IMAGES[0] - 0.5, "zero": np.zeros((4, 4))}, "grey levels"
    ),
    "nonzeros": lambda: plots.nonzeros(np.eye(30), corner=(5, 8)),
    "nudged": lambda: plots.nudged(
        [0, 1, 2], [3.0, 1.0, 2.0], (1.0, 1.0, -0.5), [0.5, 1.0]
    ),
    "relearned": lambda: plots.relearned(
        {"step 0": RNG.normal(size=(3, 3)), "step 9": np.eye(3)}, [4.0, 2.0, 0.1]
    ),
    "difference_errors": lambda: plots.difference_errors(
        [1, 0.1], {"64 bits": [0.1, 1e-3], "32 bits": [0.1, 1.0]}
    ),
    "layer_gradients": lambda: plots.layer_gradients(
        {"ReLU": [0.1, 0.2], "sigmoid": [1e-6, 0.2]}
    ),
}


@pytest.fixture(autouse=True)
def _own_figures():
    with plt.rc_context():
        yield
    plt.close("all")


def drawn(ax) -> int:
    """How many things with data the axes hold."""
    return sum(
        len(things) for things in (ax.lines, ax.images, ax.patches, ax.collections)
    )


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_gives_its_axes_with_something_drawn(name):
    if name not in PUBLIC:
        pytest.skip(f"plots.{name} is no longer there")
    plots.use_style()
    axes = np.atleast_1d(CALLS[name]())
    assert all(isinstance(ax, Axes) for ax in axes.flat)
    assert sum(drawn(ax) for ax in axes.flat) > 0
    axes.flat[0].figure.canvas.draw()


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
    tree = ast.parse(file.read_text())
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
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert node.name in plots.__all__, file
