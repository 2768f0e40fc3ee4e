"""The figures of convolution."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import (
    SIGNED,
    digit,
    numbered,
    percent,
    scale,
    together,
)

# Behind words on a hatched cell.
_PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}


def gallery(
    image: ArrayLike, kernels: dict, maps: dict, end: float = 0.5
) -> np.ndarray:
    """An image, some kernels (with their numbers, if small), and below them the maps.

    Args:
        kernels, maps: arrays (H, W), under the same names. All kernels share one scale
            (that of `equation`), and all maps one.
        end: where the scale of the maps ends, as a share of the largest magnitude; at
            half of it weak ones show.
    """
    columns = 1 + len(kernels)
    fig, axes = plt.subplots(2, columns, figsize=(8, 1.2 + 9 / columns))
    digit(image, "image", axes[0, 0])
    axes[1, 0].set_axis_off()
    limit = max(np.abs(np.asarray(each)).max() for each in maps.values()) * end
    colours = scale(map(np.asarray, kernels.values()), signed=True)
    for (top, bottom), (name, kernel) in together(axes.T[1:], kernels.items()):
        kernel = np.asarray(kernel, dtype=float)
        if len(kernel) <= 3:
            numbered(top, kernel, 0, 0, colours)
        else:
            top.imshow(kernel, **colours)
        top.set_title(name, fontsize=9, loc="center")
        picture = bottom.imshow(
            np.asarray(maps[name]), cmap=SIGNED, vmin=-limit, vmax=limit
        )
        top.set_axis_off()
        bottom.set_axis_off()
    below = axes[1, 1:].tolist()
    fig.colorbar(
        picture, ax=below, extend="both" if end < 1 else "neither", shrink=0.9, pad=0.02
    )
    return axes


def filmstrip(
    image: ArrayLike, kernel: ArrayLike, places: Sequence[tuple[int, int]]
) -> np.ndarray:
    """A window on its way over an image, a picture for each place; no animation.

    Below each picture stands the map as far as it goes there, row by row.

    Args:
        image, kernel: whole numbers, (H, W) and (kH, kW).
        places: (row, column) of the window's upper left corner.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    kH, kW = kernel.shape
    patches = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    whole = (patches * kernel).sum((2, 3))
    colours = scale((image, whole), signed=True)
    below = len(image) + 0.9
    _, axes = plt.subplots(1, len(places), figsize=(8, 3), squeeze=False)
    for ax, (i, j) in together(axes.flat, places):
        numbered(ax, image, 0, 0, colours)
        margin = (image.shape[1] - whole.shape[1]) / 2
        for m, n in np.ndindex(whole.shape):
            if (m, n) <= (i, j):
                numbered(
                    ax, whole[m : m + 1, n : n + 1], margin + n, below + m, colours
                )
        rows, columns = whole.shape
        ax.add_patch(_frame((margin, below), columns, rows, color="0.5", lw=0.8))
        ax.add_patch(_frame((j, i), kW, kH))
        ax.add_patch(_frame((margin + j, below + i), 1, 1))
        ax.set(xlim=(-0.2, image.shape[1] + 0.2), ylim=(below + rows + 0.2, -0.2))
        ax.set_aspect("equal")
        ax.set_title(f"row {i}, column {j}", fontsize=9, loc="center")
        ax.set_axis_off()
    return axes[0]


def _frame(
    corner: tuple[float, float],
    width: int,
    height: int,
    color: str = "C1",
    lw: float = 2.5,
) -> Rectangle:
    return Rectangle(corner, width, height, fill=False, color=color, lw=lw)


def rungs(
    scores: dict[str, dict[str, Sequence[float]]], ax: Axes | None = None
) -> Axes:
    """Accuracies from top to bottom: a dot for each seed, and the mean in words.

    Args:
        scores: by what was read, then by the name of the rung, the share of each seed.
    """
    names = list(next(iter(scores.values())))
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.9 + 0.34 * len(names)))
    for k, (read, runs) in enumerate(scores.items()):
        for y, name in enumerate(names):
            ax.scatter(
                runs[name],
                [y] * len(runs[name]),
                marker="oD"[k % 2],
                facecolors=f"C{k}" if k == 0 else "white",
                edgecolors=f"C{k}",
                label=read if y == 0 else None,
                zorder=3,
            )
            mean = sum(runs[name]) / len(runs[name])
            words = f"{100 * mean:.1f} %"
            ax.text(mean, y - 0.25, words, ha="center", va="bottom", size=8)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(0.2, 1), xlabel="accuracy on validation images")
    ax.set_ylim(len(names) - 0.5, -0.8)
    ax.xaxis.set_major_formatter(percent)
    ax.grid(axis="y", color="0.9")
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(scores))
    return ax


def window_positions(size: int, settings: dict, axes=None) -> np.ndarray:
    """Every position of a window along one axis, one below the other.

    Args:
        size: pixels along the axis.
        settings: (kernel, stride, padding, dilation) by their titles.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(settings), figsize=(8, 2.9))
    axes = np.atleast_1d(axes)
    margin = max(padding for _, _, padding, _ in settings.values())
    most = 0
    for ax, (title, setting) in together(axes.flat, settings.items()):
        kernel, stride, padding, dilation = setting
        span = dilation * (kernel - 1) + 1
        starts = np.arange(-padding, size + padding - span + 1, stride)
        for column in range(-padding, size + padding):
            inside = 0 <= column < size
            cell = plt.Rectangle((column, 0), 1, 1, ec="0.5", fc="0.85")
            if not inside:
                cell.set(facecolor="white", hatch="////")
            ax.add_patch(cell)
            text = str(column) if inside else "pad"
            style: dict = {"size": 9} if inside else {"size": 7, "bbox": _PLATE}
            ax.text(column + 0.5, 0.5, text, ha="center", va="center", **style)
        ax.text(size + padding + 0.2, 0.5, "place", va="center", size=8)
        for position, start in enumerate(starts):
            y = position + 1.3
            for k in range(kernel):
                corner = (start + k * dilation + 0.08, y)
                ax.add_patch(plt.Rectangle(corner, 0.84, 0.8, color="C0"))
            ax.plot([start + 0.1, start + span - 0.1], [y + 0.4] * 2, color="C0", lw=1)
            ax.text(size + padding + 0.3, y + 0.4, str(position), va="center", size=9)
        most = max(most, len(starts))
        ax.set(xlim=(-margin - 0.2, size + margin + 1.6), aspect="equal")
        ax.set_title(title, fontsize=9, loc="center")
        ax.set_axis_off()
    for ax in axes.flat:
        ax.set_ylim(most + 1.6, -0.2)
    return axes


def signed_maps(maps: dict, unit: str = "", limit: float | None = None) -> np.ndarray:
    """Maps (H, W) side by side on one scale around 0, with its colour bar.

    Args:
        maps: by their titles.
        unit: what the numbers are, written at the bar.
        limit: end of the scale; by default the largest magnitude of all maps.
    """
    arrays = {name: np.asarray(values).squeeze() for name, values in maps.items()}
    if limit is None:
        limit = max(np.abs(array).max() for array in arrays.values()) or 1.0
    fig, axes = plt.subplots(1, len(arrays), figsize=(8, 2.6), squeeze=False)
    for ax, (name, array) in together(axes.flat, arrays.items()):
        picture = ax.imshow(array, cmap=SIGNED, vmin=-limit, vmax=limit)
        ax.set_title(name, fontsize=9, loc="center")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(True)
    fig.colorbar(picture, ax=list(axes.flat), label=unit, shrink=0.85, pad=0.02)
    return axes


def nonzeros(matrix: ArrayLike, corner: tuple[int, int], axes=None) -> np.ndarray:
    """Where a matrix is not 0: all of it, and its upper left corner in signed colours.

    Args:
        corner: rows and columns of the part that is drawn large.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.6))
    matrix, (rows, columns) = np.asarray(matrix, dtype=float), corner
    whole, part = axes
    whole.spy(matrix, markersize=0.6, color="C0")
    frame = plt.Rectangle((-0.5, -0.5), columns, rows, fill=False, ec="C1", lw=1.5)
    whole.add_patch(frame)
    limit = np.abs(matrix).max()
    part.imshow(
        matrix[:rows, :columns], cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto"
    )
    for ax in axes:
        ax.xaxis.tick_bottom()
        ax.set(xlabel="pixel of the image", ylabel="number of the map")
    return axes
