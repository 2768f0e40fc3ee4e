"""The figures of 08: what they draw of what they are given."""

import pytest
from figures import IMAGES, SIGNED

from mnist_tutorial import plots

pytestmark = pytest.mark.usefixtures("own_figures")


def test_maps_with_negative_numbers_have_a_scale_that_is_even_around_0():
    signed, positive = plots.map_rows({"conv1": SIGNED, "relu": SIGNED.clip(0)})[:, 0]
    low, high = signed.images[0].get_clim()
    assert low == -high < 0
    assert positive.images[0].get_clim()[0] == 0


def test_the_maps_of_one_row_share_a_scale():
    axes = plots.map_rows({"conv1": SIGNED})
    assert len({ax.images[0].get_clim() for ax in axes.flat}) == 1


def test_the_rows_are_named_and_the_first_is_the_image():
    axes = plots.map_rows({"conv1": SIGNED, "relu": SIGNED.clip(0)}, IMAGES[0])
    names = [[text.get_text() for text in ax.texts] for ax in axes[:, 0]]
    assert names == [["image"], ["conv1"], ["relu"]]


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
