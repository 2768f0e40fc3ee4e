"""The figures of inside."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import SIGNED, digit, percent, plain

_MARKERS = "os^DvX"


def by_seed(scores: dict, guess: float | None = None, ax: Axes | None = None) -> Axes:
    """The accuracies of some networks, a dot for each seed, one row for each name.

    Args:
        scores: by name, a list of fractions.
        guess: a fraction that was guessed, drawn as a line.
    """
    if ax is None:
        ax = plt.subplots(figsize=(7.5, 0.9 + 0.42 * len(scores)))[1]
    for y, values in enumerate(scores.values()):
        ax.axhline(y, color="0.9", zorder=0)
        ax.plot(values, [y] * len(values), "o", color="C0", alpha=0.75)
        low, high = min(values), max(values)
        text = percent(round(low, 3), 0)
        if high > low:
            text = f"{percent(round(low, 3), 0)} to {percent(round(high, 3), 0)}"
        ax.text(1.03, y, text, va="center", size=9)
    if guess is not None:
        ax.axvline(guess, color="C1", linestyle="--", label="your guess")
        ax.legend(loc="lower left")
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set(ylim=(len(scores) - 0.5, -0.5), xlim=(0, 1.02), xlabel="accuracy")
    ax.xaxis.set_major_formatter(percent)
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
    for line, (name, row) in zip(axes, rows.items(), strict=True):
        row = np.asarray(row, dtype=float)
        limit = np.quantile(np.abs(row), 0.95) or 1.0
        for ax, kernel in zip(line, row, strict=False):
            ax.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
        _name(line[0], name)
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
        _name(axes[0, 0], "image")
    for line, (name, maps) in zip(axes[extra:], rows.items(), strict=True):
        maps = np.asarray(maps, dtype=float)
        for ax, values in zip(line, maps, strict=False):
            _signed(ax, values, np.abs(maps).max(), bool((maps < 0).any()))
        _name(line[0], name)
    return axes


def framed_images(rows: dict, size: float = 0.55) -> np.ndarray:
    """Images in rows, each with a frame around the part that matters.

    Args:
        rows: by name, images (N, H, W) or (N, 1, H, W), their titles, and for each
            image the frame (top, left, height, width) in pixels.
    """
    columns = max(len(images) for images, _, _ in rows.values())
    shape = (1.4 + columns * size, size * 1.35 * len(rows))
    _, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for line, (name, (images, titles, frames)) in zip(axes, rows.items(), strict=True):
        for ax, image, title, (top, left, height, width) in zip(
            line, images, titles, frames, strict=False
        ):
            digit(image, title, ax)
            ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())  # the frame may reach out
            corner = (left - 0.5, top - 0.5)
            ax.add_patch(plt.Rectangle(corner, width, height, fill=False, ec="C1"))
        _name(line[0], name)
    return axes


def attributions(image: ArrayLike, rows: dict) -> np.ndarray:
    """What speaks for an answer, a row for each network, a column for each method.

    Args:
        image: (H, W) or (1, H, W), drawn in front of each row.
        rows: by network, maps (h, w) by their method; each has a scale of its own.
    """
    columns = 1 + max(len(maps) for maps in rows.values())
    shape = (1.1 + 1.25 * columns, 1.32 * len(rows) + 0.15)
    _, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (line, (name, maps)) in enumerate(zip(axes, rows.items(), strict=True)):
        digit(image, "image" if k == 0 else "", line[0])
        _name(line[0], name)
        for ax, (method, values) in zip(line[1:], maps.items(), strict=False):
            values = np.asarray(values, dtype=float)
            _signed(ax, values, np.abs(values).max(), bool((values < 0).any()))
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


def fields(panels: dict, frame: tuple[int, int, int, int]) -> np.ndarray:
    """Effective receptive fields (H, W), each on its own scale, in the frame of theory.

    Args:
        frame: (top, left, height, width) in pixels.
    """
    _, axes = plt.subplots(
        1, len(panels), figsize=(2.3 * len(panels), 2.6), squeeze=False
    )
    top, left, height, width = frame
    for ax, (name, field) in zip(axes.flat, panels.items(), strict=True):
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


def _name(ax: Axes, name: str) -> None:
    """The name of a row, at the left of its first axes."""
    ax.text(
        -0.15,
        0.5,
        plain(name),
        parse_math=False,
        ha="right",
        va="center",
        fontsize=9,
        transform=ax.transAxes,
    )
