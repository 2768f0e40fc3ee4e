"""The figures of inside."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import SIGNED, digit, percent, row_name, together

_MARKERS = "os^DvX"


def by_seed(scores: dict, ax: Axes | None = None) -> Axes:
    """The errors of some networks, a dot for each seed, one row for each name.

    The axis is logarithmic: 99.1 and 98.9 % stand apart. In words, the accuracies.

    Args:
        scores: by name, a list of accuracies, fractions below 1.
    """
    if ax is None:
        ax = plt.subplots(figsize=(7.5, 0.9 + 0.42 * len(scores)))[1]
    for y, values in enumerate(scores.values()):
        ax.axhline(y, color="0.9", zorder=0)
        errors = [1 - value for value in values]
        ax.plot(errors, [y] * len(values), "o", color="C0", alpha=0.75)
        low, high = (percent(round(end, 3)) for end in (min(values), max(values)))
        text = low if low == high else f"{low} to {high}"
        ax.text(1.15, y, f"accuracy {text}", va="center", size=9)
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set_xscale("log")
    ticks = (0.003, 0.01, 0.03, 0.1, 0.3, 1)
    ax.set_xticks(ticks, list(map(percent, ticks)))
    ax.minorticks_off()
    ax.set(ylim=(len(scores) - 0.5, -0.5), xlim=(0.003, 1.05), xlabel="errors")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax


def kernels(rows: dict, size: float = 0.52) -> np.ndarray:
    """Kernels (N, h, w) in rows, signed, each row on a scale of its own around 0.

    The scale ends where 95 % of the row's weights do: one large weight pales no others.
    """
    columns = max(len(row) for row in rows.values())
    shape = (1.6 + columns * size, size * 1.12 * len(rows))
    _, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for line, (name, row) in together(axes, rows.items()):
        row = np.asarray(row, dtype=float)
        limit = np.quantile(np.abs(row), 0.95) or 1.0
        for ax, kernel in zip(line, row, strict=False):
            ax.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
        row_name(line[0], name)
    return axes


def map_rows(rows: dict, image: ArrayLike | None = None) -> np.ndarray:
    """The maps (C, H, W) of several layers, a row for each, on one scale a row.

    Rows without negative numbers are in viridis from 0, others blue below 0, red above.

    Args:
        image: what the maps were made from, drawn in an extra row of its own.
    """
    columns = max(len(maps) for maps in rows.values())
    extra = image is not None
    lines = len(rows) + extra
    _, axes = plt.subplots(lines, columns, figsize=(7.8, 0.74 * lines), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    if extra:
        digit(image, "", axes[0, 0])
        row_name(axes[0, 0], "image")
    for line, (name, maps) in together(axes[extra:], rows.items()):
        maps = np.asarray(maps, dtype=float)
        for ax, values in zip(line, maps, strict=False):
            _signed(ax, values, np.abs(maps).max(), bool((maps < 0).any()))
        row_name(line[0], name)
    return axes


def attributions(image: ArrayLike, rows: dict, common: bool = False) -> np.ndarray:
    """What speaks for an answer, a row for each network, a column for each method.

    Below each map stands its largest value, without its sign.

    Args:
        image: (H, W) or (1, H, W), drawn in front of each row.
        rows: by network, maps (h, w) by their method.
        common: whether the maps of a method share one scale; else each has its own.
    """
    columns = 1 + max(len(maps) for maps in rows.values())
    shape = (1.1 + 1.25 * columns, 1.5 * len(rows) + 0.15)
    _, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (line, (name, maps)) in enumerate(together(axes, rows.items())):
        digit(image, "image" if k == 0 else "", line[0])
        row_name(line[0], name)
        for ax, (method, values) in zip(line[1:], maps.items(), strict=False):
            values = np.asarray(values, dtype=float)
            column = [maps[method] for maps in rows.values()] if common else [values]
            limit = max(float(np.abs(np.asarray(each)).max()) for each in column)
            signed = any((np.asarray(each) < 0).any() for each in column)
            _signed(ax, values, limit, signed)
            largest = f"largest {np.abs(values).max():.2g}"
            ax.text(
                *(0.5, -0.04, largest),
                transform=ax.transAxes,
                ha="center",
                va="top",
                size=8,
            )
            if k == 0:
                ax.set_title(method, fontsize=9, loc="center")
    return axes


def agreement(groups: dict, ax: Axes | None = None) -> Axes:
    """Correlations of maps: for each method and each pair of networks, a dot an image.

    Args:
        groups: by method, lists of correlations by the name of the pair.
    """
    if ax is None:
        ax = plt.subplots(figsize=(7.5, 3.0))[1]
    pairs = list(next(iter(groups.values())))
    for k, pair in enumerate(pairs):
        shift = 0.26 * (k - (len(pairs) - 1) / 2)
        for x, values in enumerate(groups.values()):
            at = x + shift + np.linspace(-0.08, 0.08, len(values[pair]))
            label = pair if x == 0 else None
            ax.plot(
                *(at, values[pair], _MARKERS[k]),
                color=f"C{k}",
                markersize=4,
                alpha=0.6,
                label=label,
            )
            mean = float(np.mean(values[pair]))
            ax.plot([at[0] - 0.03, at[-1] + 0.03], [mean] * 2, color="black", lw=2)
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.set_xticks(range(len(groups)), list(groups))
    ax.set(ylim=(-1.05, 1.05), ylabel="correlation of two maps")
    ax.legend(loc="upper center", ncols=len(pairs), bbox_to_anchor=(0.5, 1.2))
    return ax


def by_order(panels: dict) -> np.ndarray:
    """Probabilities over the share of pixels that have gone, or have come back.

    Args:
        panels: by their title, a curve (steps + 1,) for the name of each order.
    """
    shape = (7.8, 3.0)
    _, axes = plt.subplots(1, len(panels), figsize=shape, sharey=True, squeeze=False)
    for ax, (title, curves) in together(axes[0], panels.items()):
        for k, (name, values) in enumerate(curves.items()):
            values = np.asarray(values, dtype=float)
            look = {"color": f"C{k}", "marker": _MARKERS[k % 6], "markersize": 3}
            ax.plot(np.linspace(0, 1, len(values)), values, label=name, **look)
        ax.set(title=title, xlabel="pixels", xlim=(0, 1), ylim=(-0.02, 1.02))
        ax.xaxis.set_major_formatter(percent)
    axes[0, 0].set_ylabel("probability of the label")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes[0]


def fields(panels: dict, frame: tuple[int, int, int, int]) -> np.ndarray:
    """Effective receptive fields (H, W), each on its own scale, in the frame of theory.

    Args:
        frame: (top, left, height, width) in pixels.
    """
    _, axes = plt.subplots(
        1, len(panels), figsize=(2.3 * len(panels), 2.6), squeeze=False
    )
    top, left, height, width = frame
    for ax, (name, field) in together(axes.flat, panels.items()):
        ax.imshow(np.asarray(field), cmap="viridis", vmin=0)
        corner = (left - 0.5, top - 0.5)
        ax.add_patch(plt.Rectangle(corner, width, height, fill=False, ec="C1", lw=1.5))
        ax.set_title(name, fontsize=9, loc="center")
        ax.set_axis_off()
    return axes


def _signed(ax: Axes, values: np.ndarray, limit: float, signed: bool) -> None:
    """A map in viridis from 0, or in blue and red around it."""
    limit = limit or 1.0
    low = -limit if signed else 0
    ax.imshow(values, cmap=SIGNED if signed else "viridis", vmin=low, vmax=limit)
