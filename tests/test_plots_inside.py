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


def test_seeds_are_dots_of_their_errors_on_a_logarithmic_axis():
    ax = plots.by_seed({"one": [0.9, 0.95], "two": [0.5]})
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert list(dots[0].get_xdata()) == pytest.approx([0.1, 0.05])
    assert ax.get_xscale() == "log"
    words = [text.get_text() for text in ax.texts]
    assert words == ["accuracy 90 % to 95 %", "accuracy 50 %"]


def test_maps_of_a_method_share_a_scale_only_if_asked_and_say_their_largest_value():
    rows = {"trained": {"a": SIGNED[0]}, "not": {"a": SIGNED[0] / 1000}}
    own, shared = plots.attributions(IMAGES[0], rows), None
    limits = [line[1].images[0].get_clim()[1] for line in own]
    assert limits[0] == pytest.approx(1000 * limits[1])
    shared = plots.attributions(IMAGES[0], rows, common=True)
    assert len({line[1].images[0].get_clim() for line in shared}) == 1
    said = [line[1].texts[0].get_text() for line in shared]
    assert said == [f"largest {limits[0]:.2g}", f"largest {limits[0] / 1000:.2g}"]


def test_curves_by_order_run_from_no_pixel_to_all():
    out, back = plots.by_order({"out": {"a": [1, 0.5, 0]}, "in": {"a": [0, 1, 1]}})
    assert list(out.lines[0].get_xdata()) == [0, 0.5, 1]
    assert list(out.lines[0].get_ydata()) == [1, 0.5, 0]
    assert back.get_title() == "in" and back.get_legend() is not None
