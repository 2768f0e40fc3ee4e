"""The two trainings as a picture, for a file without a kernel."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from mnist_tutorial import plots
from mnist_tutorial.widgets.base import figure
from mnist_tutorial.widgets.training_monitor.frames import condensed, first_maps
from mnist_tutorial.widgets.training_monitor.lanes import NAMES, Lanes


def still(lanes: Lanes, titles: Sequence[str], image: Tensor) -> Figure:
    """Of each lane its losses, its first filters, and what these make of an image.

    Args:
        titles: what each lane runs with, in words.
        image: (1, 28, 28), normalised.
    """
    result = figure(7, 3.4)
    grid = result.add_gridspec(3, 2, height_ratios=(3, 1, 1))
    for column, lane in enumerate(lanes.lanes):
        top, middle, bottom = (result.add_subplot(grid[k, column]) for k in range(3))
        title = f"{NAMES[column]}: {titles[column]}"
        plots.losses_so_far(condensed(lane.losses)[:, :2], top, title)
        filters = lane.first_filters()
        if not filters.isfinite().all():
            middle.set_title("its weights are no finite numbers", fontsize=9)
            middle.set_axis_off()
            bottom.set_axis_off()
            continue
        weights = filters[:, :9].unflatten(1, (3, 3))
        across = min(16, len(weights))
        title = f"its filters, ±{weights.abs().max().item():.2f}"
        plots.mosaic(weights, middle, title, signed=True, across=across)
        maps = first_maps(filters, image)
        plots.mosaic(maps, bottom, "one digit's maps", across=across)
    return result
