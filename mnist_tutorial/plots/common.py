"""What the figures of several notebooks share."""

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, FuncNorm
from numpy.typing import ArrayLike

# Signed values, in every figure and widget: red above 0, blue below, white at 0.
SIGNED = "RdBu_r"


def use_style() -> None:
    """Set fonts, sizes and colours for a notebook's figures."""
    plt.style.use("tableau-colorblind10")
    plt.rcParams.update(
        {
            "figure.figsize": (7.5, 3.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "legend.frameon": False,
        }
    )


def together(axes: Iterable, things: Iterable) -> Iterator[tuple]:
    """Axes and what each draws, or other things in pairs.

    Raises:
        ValueError: of one there are more than of the other.
    """
    return zip(axes, things, strict=True)


def plain(name: object) -> str:
    """A name that is not ours, such as a file's, to be drawn letter by letter.

    Characters that cannot be drawn become "�". It goes with `parse_math=False`: to
    matplotlib a "$" begins a formula, and a broken one ends the figure.
    """
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else "�"
        for c in str(name)
    )


def digit(image, title: str = "", ax: Axes | None = None) -> Axes:
    """One image (H, W) or (1, H, W) in grey, 0 (or the lowest value) black.

    The title may be a name that is not ours; it is drawn as it is written.
    """
    ax = plt.gca() if ax is None else ax
    ax.imshow(np.asarray(image).squeeze(), cmap="gray")
    ax.set_title(plain(title), fontsize=9, loc="center", parse_math=False)
    ax.set_axis_off()
    return ax


def digits(images, titles=None, columns: int = 10, size: float = 0.75) -> np.ndarray:
    """Images (N, H, W) or (N, 1, H, W) in a grid, each with its title."""
    rows = -(-len(images) // columns)
    height = size * (1.3 if titles is not None else 1.0)
    _, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * height), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for k, image in enumerate(images):
        digit(image, "" if titles is None else str(titles[k]), axes.flat[k])
    return axes


def percent(share: float, position: float | None = None) -> str:
    """A share as words, such as the label of a tick on an axis of fractions."""
    return f"{100 * share:.4g} %"


def probability(p: float) -> str:
    """A classifier's probability as words: a tenth of a percent, as all widgets do it.

    Neither 0 nor 100 %, which a softmax never gives: "<0.1 %" and ">99.9 %".
    """
    if math.isnan(p):
        return "not a number"
    tenths = math.floor(1000 * p + 0.5)
    if tenths < 1:
        return "<0.1 %"
    return ">99.9 %" if tenths > 999 else f"{tenths / 10:.1f} %"


def with_errors(shares: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Shares (N,), and how far their intervals reach down and up (2, N).

    Args:
        shares: (share, low, high) for each.
    """
    share, low, high = np.asarray(shares, dtype=float).T
    return share, np.abs([share - low, high - share])


def equation(
    panels: dict,
    signs: Sequence[str] = (),
    boxes: dict | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Small arrays side by side with the number in each cell, and signs between them.

    All panels share one scale of colours, from the largest number in any of them: grey
    with 0 black if none is negative, else blue below 0 and red above it. The colour
    follows the square root, so that a kernel of ones keeps one beside a map of 25.

    Args:
        panels: numbers, or arrays (H, W), by their titles.
        signs: what stands after the first panel, after the second, and so on.
        boxes: by title, frames (row, column, height, width) around cells.
    """
    arrays = {k: np.atleast_2d(np.asarray(p, dtype=float)) for k, p in panels.items()}
    colours = scale(arrays.values())
    gap = 1.6
    rows = max(len(array) for array in arrays.values())
    width = sum(array.shape[1] + gap for array in arrays.values())
    if ax is None:
        cell = min(0.36, 8 / width)
        ax = plt.subplots(figsize=(cell * width, cell * (rows + 2)))[1]
    x = 0.0
    for (title, array), sign in zip(
        arrays.items(), [*signs, *[""] * len(arrays)], strict=False
    ):
        height, columns = array.shape
        top = (rows - height) / 2
        numbered(ax, array, x, top, colours)
        ax.text(x + columns / 2, top - 0.2, title, ha="center", va="bottom", size=9)
        for i, j, h, w in (boxes or {}).get(title, ()):
            frame = plt.Rectangle((x + j, top + i), w, h, fill=False, ec="C1", lw=2.5)
            ax.add_patch(frame)
        x += columns + gap
        ax.text(x - gap / 2, rows / 2, sign, ha="center", va="center", size=13)
    ax.set(xlim=(-0.3, x - gap + 0.3), ylim=(rows + 0.1, -1.4), aspect="equal")
    ax.set_axis_off()
    return ax


def scale(arrays: Iterable[np.ndarray], signed: bool = False) -> dict[str, Any]:
    """What gives `imshow` one scale of colours for several arrays, as in `equation`."""
    values = np.concatenate([np.ravel(array) for array in arrays])
    signed = signed or bool((values < 0).any())
    limit = np.abs(values).max() or 1.0
    root = (lambda v: np.sign(v) * np.sqrt(np.abs(v)), lambda v: v * np.abs(v))
    norm = FuncNorm(root, vmin=-limit if signed else 0, vmax=limit)
    return {"norm": norm, "cmap": SIGNED if signed else "gray"}


def numbered(
    ax: Axes, array: np.ndarray, x: float, y: float, colours: dict[str, Any]
) -> None:
    """Draw an array with its numbers; its upper left corner is at (x, y)."""
    height, width = array.shape
    shown = ax.imshow(array, extent=(x, x + width, y + height, y), **colours)
    for (i, j), value in np.ndenumerate(array):
        text = f"{round(value, 2) + 0.0:g}".replace("-", "−")  # + 0.0: no "−0"
        ax.text(
            x + j + 0.5,
            y + i + 0.5,
            text,
            ha="center",
            va="center",
            size=8 if len(text) < 4 else 6.5,
            color=legible(shown.to_rgba(value)),
        )
    frame = plt.Rectangle((x, y), width, height, fill=False, ec="0.5", lw=0.8)
    ax.add_patch(frame)


def legible(background: ArrayLike) -> str:
    """Black or white, whichever stands out more from a colour (red, green, blue).

    Source: WCAG 2.2, relative luminance; at 0.18 both have the same contrast.
    """
    colour = np.asarray(background)[:3]
    linear = np.where(
        colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4
    )
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.18 else "white"


def image_rows(
    rows: dict, titles=None, limits: tuple | None = None, size: float = 0.68
) -> np.ndarray:
    """Rows of images, one below the other, with the name of each row at its left.

    Args:
        rows: images (N, H, W) or (N, 1, H, W), by the name of the row.
        titles: what stands above each image, a sequence for each row; None for nothing.
        limits: the values shown black and white; None: each image's own extremes.
    """
    columns = max(len(images) for images in rows.values())
    height = size * (1.4 if titles is not None else 1.05) * len(rows)
    _, axes = plt.subplots(
        len(rows), columns, figsize=(1.2 + columns * size, height), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for r, (name, images) in enumerate(rows.items()):
        for k, image in enumerate(images):
            title = "" if titles is None else str(np.asarray(titles[r])[k])
            digit(image, title, axes[r, k])
            if limits is not None:
                axes[r, k].images[0].set_clim(*limits)
        row_name(axes[r, 0], name)
    return axes


def row_name(ax: Axes, name: str) -> None:
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


def check_matrix(
    caught: ArrayLike,
    checks: Iterable[str],
    bugs: Iterable[str],
    ax: Axes | None = None,
) -> Axes:
    """Which check (row) objects to which bug (column), with the sum of each row.

    Args:
        caught: (checks, bugs) bool.
    """
    caught = np.asarray(caught, dtype=bool)
    n_checks, n_bugs = caught.shape
    ax = plt.subplots(figsize=(8, 4.6))[1] if ax is None else ax
    sums = caught.sum(1)
    for r in range(n_checks):
        ax.axhspan(r - 0.42, r + 0.42, color="0.95" if sums[r] < sums.max() else "0.85")
    rows, columns = np.nonzero(caught)
    ax.plot(columns, rows, "o", color="C1", markersize=10)
    for r, total in enumerate(sums):
        ax.text(n_bugs, r, str(total), ha="center", va="center", fontweight="bold")
    _column_heads(ax, [*bugs, "caught"])
    ax.set_yticks(range(n_checks), list(checks), fontsize=9)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, n_bugs + 0.6)
    ax.set_ylim(n_checks - 0.5, -0.5)
    return ax


def _column_heads(ax: Axes, names: Sequence[str]) -> None:
    """Names upright above the columns; of many, every other one stands higher."""
    heads = [textwrap.fill(name, 10, break_long_words=False) for name in names]
    high = slice(1, None, 2) if len(heads) > 7 else slice(0)
    columns = range(len(heads))
    low = [c for c in columns if c not in columns[high]]
    ax.set_xticks(low, [heads[c] for c in low], fontsize=9)
    ax.set_xticks(columns[high], heads[high], minor=True, fontsize=9)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    lines = 1 + max(heads[c].count("\n") for c in low)
    ax.tick_params("x", which="minor", length=11 * lines + 6, color="0.7")  # in points


def confusion(
    matrix: ArrayLike, ax: Axes | None = None, colours: str | Colormap = "viridis_r"
) -> Axes:
    """A confusion matrix (C, C): errors coloured by their number, hits in grey.

    Args:
        colours: the map from few errors, light, to many, dark.
    """
    ax = plt.subplots(figsize=(4.6, 4.6))[1] if ax is None else ax
    counts = np.asarray(matrix)
    hits = np.eye(len(counts), dtype=bool)
    errors = np.ma.masked_array(counts, hits | (counts == 0))
    most = int(counts[~hits].max(initial=1))
    ax.imshow(np.where(hits, 0.9, 1.0), cmap="gray", vmin=0, vmax=1)
    shown = ax.imshow(errors, cmap=colours, vmin=0, vmax=most)
    for (i, j), count in np.ndenumerate(counts):
        if hits[i, j]:
            ax.text(j, i, f"{count}", ha="center", va="center", size=7, color="0.35")
        elif count:
            colour = legible(shown.to_rgba(count))
            ax.text(j, i, f"{count}", ha="center", va="center", size=9, color=colour)
    ax.set_xticks(range(len(counts)))
    ax.set_yticks(range(len(counts)))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("read as")
    ax.set_ylabel("label")
    return ax
