"""The figures of background."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import (
    SIGNED,
    digit,
    legible,
    percent,
    probability,
    together,
)


def reading(image: ArrayLike, probs: ArrayLike, axes=None):
    """An image beside its ten probabilities (10,); the highest stands out.

    Args:
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(7.5, 2.7), width_ratios=(1, 2.2))
    left, right = axes
    digit(image, ax=left)
    heights = np.asarray(probs, dtype=float)
    top = int(heights.argmax())
    colours = ["C1" if k == top else "C0" for k in range(len(heights))]
    right.bar(np.arange(len(heights)), heights, color=colours)
    for k, height in enumerate(heights):
        if height >= 0.005:
            words = probability(height)
            right.text(k, height + 0.02, words, ha="center", size=8)
    right.set_xticks(range(len(heights)))
    right.set(ylim=(0, 1.15), xlabel="digit", ylabel="probability")
    right.set_yticks((0, 0.5, 1))
    right.yaxis.set_major_formatter(percent)
    right.set_title(f"Read as a {top}")
    return axes


def pixel_values(image: ArrayLike, corner: tuple[int, int], size: int = 9, axes=None):
    """An image, and the numbers in a square of it.

    Args:
        image: (H, W) or (1, H, W).
        corner: row and column of the square's first pixel.
        size: pixels along its side.
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(7.5, 3.4))
    left, right = axes
    values = np.asarray(image, dtype=float).squeeze()
    row, column = corner
    limits = {"cmap": "gray", "vmin": values.min(), "vmax": values.max()}
    left.imshow(values, **limits)
    box = (column - 0.5, row - 0.5)
    left.add_patch(plt.Rectangle(box, size, size, fill=False, edgecolor="C1", lw=2))
    left.set_title("the picture", loc="center")
    part = values[row : row + size, column : column + size]
    shown = right.imshow(part, **limits)
    for (i, j), value in np.ndenumerate(part):
        colour = legible(shown.to_rgba(value))
        text = f"{value:.1f}".replace("-", "−")
        right.text(j, i, text, ha="center", va="center", size=8, color=colour)
    right.set_title("what the computer gets of the square", loc="center")
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])
    for side in right.spines.values():
        side.set(visible=True, color="C1", linewidth=2)
    return axes


def templates(weights: ArrayLike, titles=None, axes=None) -> np.ndarray:
    """Signed pictures (N, H, W) on one colour scale, symmetric about 0.

    One value in a hundred lies beyond the ends of the scale, so that a few large ones
    do not leave the rest pale. The bar's points stand for them.
    """
    values = np.asarray(weights, dtype=float)
    if axes is None:
        rows = -(-len(values) // 5)
        _, axes = plt.subplots(rows, 5, figsize=(7.5, 1.55 * rows), squeeze=False)
    axes = np.asarray(axes)
    limit = float(np.quantile(np.abs(values), 0.99))
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (ax, value) in enumerate(zip(axes.flat, values, strict=False)):
        shown = ax.imshow(value, cmap=SIGNED, vmin=-limit, vmax=limit)
        ax.set_title("" if titles is None else titles[k], loc="center", fontsize=9)
    figure = axes.flat[0].figure
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, extend="both")
    bar.set_label("weight")
    return axes


def ladder(scores: dict, ax: Axes | None = None) -> Axes:
    """One bar for each classifier's accuracy, the first at the bottom."""
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.6 + 0.42 * len(scores)))
    shares = list(scores.values())
    ax.barh(list(scores), shares, height=0.65, color="C0")
    for k, share in enumerate(shares):
        ax.text(share + 0.01, k, f"{100 * share:.1f} %", va="center", size=9)
    ax.set(xlim=(0, 1.1), xlabel="accuracy on the validation images")
    ax.set_xticks(np.arange(0, 1.1, 0.2))
    ax.xaxis.set_major_formatter(percent)
    ax.tick_params(axis="y", length=0)
    return ax


def shift_curves(curves: dict, axes=None) -> np.ndarray:
    """Accuracy against the shift, a panel for each classifier, a line for each way.

    Args:
        curves: by classifier, then by direction: the accuracy at 0, 1, 2, … pixels.
        axes: as many as classifiers.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(curves), figsize=(7.5, 2.9), sharey=True)
    axes = np.atleast_1d(axes)
    markers = (">", "<", "v", "^", "o")
    colours = ("C0", "C1", "C3", "C5", "C2")
    for ax, (name, ways) in together(axes, curves.items()):
        ax.axhline(0.1, color="0.5", linewidth=0.8, linestyle="--")
        for k, (way, shares) in enumerate(ways.items()):
            style = {"marker": markers[k % 5], "color": colours[k % 5]}
            ax.plot(range(len(shares)), shares, label=way, linewidth=1, **style)
        ax.set(ylim=(0, 1.04), xlabel="shift (pixels)", title=name)
        ax.set_xticks(range(len(shares)))
        ax.yaxis.set_major_formatter(percent)
    axes[0].set_ylabel("accuracy")
    axes[0].text(0, 0.11, "guessing", size=8, color="0.35", va="bottom")
    axes[-1].legend(loc="lower left", bbox_to_anchor=(0, 0.12), fontsize=9)
    return axes
