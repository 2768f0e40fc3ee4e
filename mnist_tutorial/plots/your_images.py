"""The page of 12: what was found in a folder of one's own images."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecBase
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import confusion, digit, percent, plain

_A4 = (8.27, 11.69)  # inches
_MOST_CLASSES = 20  # whose names and examples have room
_MOST_DOUBTFUL = 12
_FAR = 0.4  # below the best: a score there is written at the edge, and leaves room

# Names and texts are not ours: none of them is read as a formula.
_AS_WRITTEN: dict[str, Any] = {"parse_math": False}

# The dark part of "Blues": one error among many is still seen on white.
_ERRORS = ListedColormap(plt.get_cmap("Blues")(np.linspace(0.3, 1, 256)), "dark Blues")


def page(
    title: str,
    examples: Mapping[str, ArrayLike],
    scores: Mapping[str, Sequence[float]],
    matrix: ArrayLike,
    doubtful: Sequence[tuple[ArrayLike, str]],
    card: str,
) -> np.ndarray:
    """A report on one page (A4): the classes, the result, the errors, the model card.

    All names and texts are drawn as they are written: none is read as a formula.

    Args:
        examples: an image (H, W) of each class, by its name; at most 20 are shown.
        scores: by name, (share, low, high), fractions; the last is the one reported.
        matrix: the confusion matrix (C, C).
        doubtful: images to look at, each with what is written under it; at most 12.
        card: lines of text.
    """
    figure = plt.figure(figsize=_A4)
    figure.set_layout_engine("constrained", rect=(0.06, 0.04, 0.88, 0.89), h_pad=0.12)
    heading = figure.suptitle(plain(title), x=0.06, y=0.965, ha="left")
    heading.set(size=15, weight="bold", **_AS_WRITTEN)
    shown = list(examples.items())[:_MOST_CLASSES]
    rows = -(-len(shown) // 10)
    parts = figure.add_gridspec(4, 1, height_ratios=[0.9 * rows, 3.2, 2.8, 2.1])
    halves = parts[1].subgridspec(1, 2)
    _examples(shown, figure, parts[0].subgridspec(rows, 10))
    _scores(scores, figure.add_subplot(halves[0]))
    _errors(matrix, list(examples), figure.add_subplot(halves[1]))
    _doubtful(doubtful[:_MOST_DOUBTFUL], figure, parts[2].subgridspec(2, 6))
    _card(card, figure.add_subplot(parts[3]))
    return np.array(figure.axes)


def _examples(
    shown: Sequence[tuple[str, ArrayLike]], figure: Figure, places: GridSpecBase
) -> None:
    """An image of each class, under the beginning of its name."""
    for k, (name, image) in enumerate(shown):
        digit(image, name[:12], figure.add_subplot(places[k]))


def _scores(scores: Mapping[str, Sequence[float]], ax: Axes) -> None:
    """Shares with their intervals, a row each; the last is the one reported.

    The axis is for those that compete: one far below them is a word at its left end.
    """
    best = max(share for share, _, _ in scores.values())
    near = [low for share, low, _ in scores.values() if share > best - _FAR]
    left = max(0, min(near) - 0.15 * (1.02 - min(near)))
    for y, (share, low, high) in enumerate(scores.values()):
        colour = "C1" if y == len(scores) - 1 else "C0"
        text = percent(round(share, 3))
        if share < left:
            ax.text(left, y, f" ◂ {text}", size=8, va="center", color=colour)
            continue
        ax.plot([low, high], [y, y], color=colour, linewidth=2)
        ax.plot(share, y, "o", color=colour)
        ax.text(share, y - 0.16, text, size=8, ha="center")
    names = [plain(name) for name in scores]
    ax.set_yticks(range(len(scores)), names, parse_math=False)
    ax.set(xlim=(left, 1.02), ylim=(len(scores) - 0.5, -0.6))
    ax.set(xlabel="accuracy on held-out images", title="What it reads")
    ax.xaxis.set_major_formatter(percent)
    ax.set_xticks([t for t in MaxNLocator(4).tick_values(left, 1) if left <= t <= 1])
    ax.tick_params(axis="y", length=0)


def _errors(matrix: ArrayLike, names: Sequence[str], ax: Axes) -> None:
    """The confusion matrix, with the beginnings of the classes' names if few."""
    confusion(matrix, ax, _ERRORS)
    ax.set_title("What it takes for what")
    if len(names) > _MOST_CLASSES:
        return
    short = [plain(name[:8]) for name in names]
    turned = 90 if max(map(len, short)) > 2 else 0
    ax.set_xticks(range(len(short)), short, rotation=turned, size=8, **_AS_WRITTEN)
    ax.set_yticks(range(len(short)), short, size=8, **_AS_WRITTEN)


def _doubtful(
    shown: Sequence[tuple[ArrayLike, str]], figure: Figure, places: GridSpecBase
) -> None:
    """Images to look at, each above what is said of it."""
    style: dict[str, Any] = {"ha": "center", "va": "top", "size": 6} | _AS_WRITTEN
    for k, (image, caption) in enumerate(shown):
        ax = digit(image, "", figure.add_subplot(places[k]))
        ax.text(0.5, -0.06, plain(caption), transform=ax.transAxes, **style)
        if k == 0:
            ax.set_title("Look at these", loc="left")


def _card(card: str, ax: Axes) -> None:
    """The lines of the model card."""
    ax.set_axis_off()
    ax.set_title("Model card")
    style: dict[str, Any] = {"family": "monospace", "size": 8.5, "va": "top"}
    ax.text(0, 1, plain(card), **style, **_AS_WRITTEN)
