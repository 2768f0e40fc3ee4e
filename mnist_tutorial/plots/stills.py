"""The pictures that widgets leave in files."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import SIGNED, digit, numbered, scale, together


def class_bars(
    values: ArrayLike,
    ax: Axes | None = None,
    title: str = "",
    ylabel: str = "",
    marked: int | None = None,
) -> Axes:
    """A bar for each class, (C,); the one `marked`, else the highest, stands out."""
    ax = plt.subplots()[1] if ax is None else ax
    heights = np.asarray(values, dtype=float)
    marked = int(heights.argmax()) if marked is None else marked
    colours = ["C1" if k == marked else "C0" for k in range(len(heights))]
    ax.bar(range(len(heights)), heights, color=colours)
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set_ylim(1.1 * heights.min(initial=0), 1.1 * heights.max(initial=1))
    ax.set(xticks=range(len(heights)), ylabel=ylabel)
    return _plain(ax, title)


def mosaic(
    maps: ArrayLike,
    ax: Axes | None = None,
    title: str = "",
    *,
    signed: bool = False,
    across: int | None = None,
) -> Axes:
    """Maps (C, H, W) side by side on one scale: from 0, or signed around it.

    Args:
        across: how many stand in a line; by default as many as lines.
    """
    ax = plt.subplots()[1] if ax is None else ax
    values = np.asarray(maps, dtype=float)
    count, height, width = values.shape
    across = across or int(np.ceil(np.sqrt(count)))
    down = -(-count // across)
    sheet = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for k, one in enumerate(values):
        top, left = k // across * (height + 1), k % across * (width + 1)
        sheet[top : top + height, left : left + width] = one
    limit = float(np.abs(values).max()) or 1.0
    low = -limit if signed else 0
    ax.imshow(sheet, cmap=SIGNED if signed else "viridis", vmin=low, vmax=limit)
    ax.set_title(title, fontsize=9, loc="center")
    ax.set_axis_off()
    return ax


def kernel_numbers(values: ArrayLike, ax: Axes | None = None, title: str = "") -> Axes:
    """A kernel (H, W), signed, with the number in each cell."""
    ax = plt.subplots()[1] if ax is None else ax
    array = np.asarray(values, dtype=float)
    height, width = array.shape
    numbered(ax, array, 0, 0, scale([array], signed=True))
    ax.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05), aspect="equal")
    ax.set_title(title, fontsize=9, loc="center")
    ax.set_axis_off()
    return ax


def scaled_map(values: ArrayLike, ax: Axes | None = None, title: str = "") -> Axes:
    """A signed map (H, W) with the scale of its colours beside it."""
    ax = plt.subplots()[1] if ax is None else ax
    array = np.asarray(values, dtype=float)
    limit = float(np.abs(array).max()) or 1.0
    shown = ax.imshow(array, cmap=SIGNED, vmin=-limit, vmax=limit)
    ax.figure.colorbar(shown, ax=ax, shrink=0.8)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9, loc="center")
    return ax


def framed(
    image: ArrayLike,
    frame: tuple[float, float, float],
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """An image (H, W) with a square around some of its pixels.

    Args:
        frame: its top row, its left column, and how many pixels its side covers.
    """
    ax = plt.subplots()[1] if ax is None else ax
    top, left, side = frame
    digit(image, title, ax)
    corner = left - 0.5, top - 0.5
    ax.add_patch(plt.Rectangle(corner, side, side, fill=False, edgecolor="C1"))
    return ax


def losses_so_far(points: ArrayLike, ax: Axes | None = None, title: str = "") -> Axes:
    """A training's losses, with a line at ln 10; before the first, how to begin.

    Args:
        points: (N, 2), step and loss.
    """
    ax = plt.subplots()[1] if ax is None else ax
    steps, losses = np.asarray(points, dtype=float).reshape(-1, 2).T
    chance = np.log(10)
    across = ax.get_yaxis_transform()
    ax.axhline(chance, color="0.4", linestyle=":", linewidth=1)
    ax.text(0.99, chance, "ln 10", va="bottom", ha="right", size=8, transform=across)
    ax.plot(steps, losses, color="C0", linewidth=1.2)
    if not len(steps):
        ax.text(0.5, 0.4, "press Start", ha="center", transform=ax.transAxes)
    ax.set(xlabel="step", ylabel="loss", ylim=(0, 3))
    ax.set_xlim(0, steps.max(initial=100))
    return _plain(ax, title)


def numerals(
    points: ArrayLike, labels: ArrayLike, shares: ArrayLike, ax: Axes | None = None
) -> Axes:
    """Points (N, 2) in a plane, each a small numeral in the colour of its label.

    Args:
        labels: (N,), 0-9.
        shares: (2,), the fraction of the variance along each direction.
    """
    ax = plt.subplots()[1] if ax is None else ax
    points, labels = np.asarray(points), np.asarray(labels)
    for k in range(10):
        x, y = points[labels == k].T
        ax.scatter(x, y, s=16, marker=f"${k}$", linewidths=0, color=f"C{k}")
    first, second = (f"{share:.0%} of the variance" for share in np.asarray(shares))
    ax.set_xlabel(f"first direction ({first})")
    ax.set_ylabel(f"second direction ({second})")
    ax.set_aspect("equal")
    return ax


def lines_of_text(
    lines: Sequence[Sequence[str]],
    columns: Sequence[tuple[float, str]],
    ax: Axes | None = None,
    title: str = "",
    marked: int | None = None,
) -> Axes:
    """A table of words, its first line bold.

    Args:
        columns: where each column stands, 0 to 1, and how it is aligned.
        marked: the number of a line in another colour.
    """
    ax = plt.subplots()[1] if ax is None else ax
    ax.set(xlim=(0, 1), ylim=(len(lines) - 0.5, -1))
    ax.axhline(-0.3, color="0.7", linewidth=0.8)
    for i, line in enumerate(lines):
        colour = "C5" if i == marked else "0.15"
        weight = "normal" if i else "bold"
        for (x, align), words in together(columns, line):
            ax.text(x, i - 0.5, words, ha=align, color=colour, weight=weight)
    ax.set_title(title, fontsize=10, loc="left")
    ax.set_axis_off()
    return ax


def sliders(
    values: Mapping[str, float],
    limits: tuple[float, float],
    ylabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Upright sliders by name, as they are set between the limits."""
    ax = plt.subplots()[1] if ax is None else ax
    for x, value in enumerate(values.values()):
        ax.plot([x, x], limits, color="0.75", linewidth=4)
        ax.plot(x, value, "o", color="C0", markersize=9)
    ax.set_xticks(range(len(values)), list(values), fontsize=8)
    ax.set(xlim=(-0.6, len(values) - 0.4), ylabel=ylabel)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax


def _plain(ax: Axes, title: str) -> Axes:
    ax.set_title(title, fontsize=10)
    ax.tick_params(labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
