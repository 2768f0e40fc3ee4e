"""The figures of 08 take small arrays and give axes with something drawn."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes

from mnist_tutorial import plots
from mnist_tutorial.plots import inside

RNG = np.random.default_rng(0)
IMAGES = torch.from_numpy(RNG.random((4, 1, 28, 28), dtype=np.float32))
SIGNED = RNG.normal(size=(4, 7, 7))

CALLS = {
    "by_seed": lambda: plots.by_seed({"one": [0.9, 0.95], "other": [0.1]}, guess=0.5),
    "kernels": lambda: plots.kernels({"before": SIGNED, "after": SIGNED[:2]}),
    "map_rows": lambda: plots.map_rows(
        {"conv1": SIGNED, "after ReLU": SIGNED.clip(0)}, IMAGES[0]
    ),
    "framed_images": lambda: plots.framed_images(
        {"trained": (IMAGES, "0123", [(-2, 3, 8, 8)] * 4)}
    ),
    "attributions": lambda: plots.attributions(
        IMAGES[0],
        {"trained": {"signed": SIGNED[0], "zero": np.zeros((3, 3))}, "not": {}},
    ),
    "agreement": lambda: plots.agreement(
        {"saliency": {"two": [0.5, 0.6], "one": [0.1, 0.0]}}
    ),
    "fields": lambda: plots.fields({"conv1": IMAGES[0, 0]}, (5, 5, 18, 18)),
}


@pytest.fixture(autouse=True)
def _own_figures():
    with plt.rc_context():
        yield
    plt.close("all")


def test_every_figure_of_the_file_is_called_here():
    public = {name for name in vars(inside) if not name.startswith("_")}
    own = {
        n
        for n in public
        if getattr(vars(inside)[n], "__module__", "") == inside.__name__
    }
    assert set(CALLS) == own


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_gives_its_axes_with_something_drawn(name):
    plots.use_style()
    axes = np.atleast_1d(CALLS[name]())
    assert all(isinstance(ax, Axes) for ax in axes.flat)
    things = [(*ax.lines, *ax.images, *ax.patches) for ax in axes.flat]
    assert sum(map(len, things)) > 0
    axes.flat[0].figure.canvas.draw()


def test_maps_with_negative_numbers_have_a_scale_that_is_even_around_0():
    signed, positive = plots.map_rows({"conv1": SIGNED, "relu": SIGNED.clip(0)})[:, 0]
    low, high = signed.images[0].get_clim()
    assert low == -high < 0
    assert positive.images[0].get_clim()[0] == 0


def test_the_maps_of_one_row_share_a_scale():
    axes = plots.map_rows({"conv1": SIGNED})
    assert len({ax.images[0].get_clim() for ax in axes.flat}) == 1


def test_a_frame_that_reaches_out_leaves_the_image_its_size():
    (ax,) = plots.framed_images({"row": (IMAGES[:1], "a", [(-9, -9, 8, 8)])}).flat
    assert ax.get_xlim() == (-0.5, 27.5)
    frame = ax.patches[0]
    assert frame.get_xy() == (-9.5, -9.5)


def test_seeds_are_dots_and_a_guess_is_a_line():
    ax = plots.by_seed({"one": [0.9, 0.95]}, guess=0.5)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert list(dots[0].get_xdata()) == [0.9, 0.95]
    assert ax.get_legend() is not None
    assert plots.by_seed({"one": [0.9]}).get_legend() is None
