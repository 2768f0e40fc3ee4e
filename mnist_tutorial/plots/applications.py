"""The figures of applications."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import SIGNED, digit, percent, with_errors

_STYLES = (("C0", "o", "-"), ("C1", "s", "--"), ("C3", "^", "-."), ("C5", "v", ":"))


def step_costs(series: dict, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """Accuracy with its interval, a row for each name, a marker for each series.

    Args:
        series: by name, (share, low, high) for each row, fractions.
        names: of the rows, from the top.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.9 + 0.4 * len(names)))
    for k, (name, shares) in enumerate(series.items()):
        share, around = with_errors(shares)
        y = np.arange(len(names)) + 0.26 * (k - (len(series) - 1) / 2)
        colour, marker, _ = _STYLES[k % 4]
        ax.errorbar(
            share, y, xerr=around, fmt=marker, color=colour, markersize=5, label=name
        )
    ax.axvline(0.1, color="0.5", linewidth=0.8, linestyle="--")
    ax.text(0.11, -0.45, "guessing", size=8, color="0.35", va="center")
    ax.set_yticks(range(len(names)), list(names))
    ax.set(xlim=(0, 1.02), ylim=(len(names) - 0.5, -0.7), xlabel="accuracy")
    ax.xaxis.set_major_formatter(percent)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def distortion_ladders(panels: dict, columns: int = 3, axes=None) -> np.ndarray:
    """Accuracy against the strength of a distortion, a panel each; bars are intervals.

    Args:
        panels: by title, (label of the strength, strengths, series), where a series is,
            by name, (share, low, high) for each strength, fractions.
    """
    if axes is None:
        rows = -(-len(panels) // columns)
        size = (7.8, 0.4 + 2.3 * rows)
        _, axes = plt.subplots(rows, columns, figsize=size, sharey=True, squeeze=False)
    axes = np.atleast_1d(axes)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    for ax, (title, (label, strengths, series)) in zip(
        axes.flat, panels.items(), strict=False
    ):
        ax.axhline(0.1, color="0.5", linewidth=0.8, linestyle="--")
        for k, (name, shares) in enumerate(series.items()):
            share, around = with_errors(shares)
            colour, marker, line = _STYLES[k % 4]
            ax.errorbar(
                strengths,
                share,
                around,
                color=colour,
                marker=marker,
                linestyle=line,
                markersize=4,
                linewidth=1,
                label=name,
            )
        ax.set(ylim=(0, 1.04), xlabel=label)
        ax.set_title(title, fontsize=10)
        ax.yaxis.set_major_formatter(percent)
    first = axes.flat[0]
    first.text(0.03, 0.03, "guessing", size=7, color="0.35", transform=first.transAxes)
    for ax in axes.flat:
        if ax.get_subplotspec().is_first_col():
            ax.set_ylabel("accuracy")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure = axes.flat[0].figure
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return axes


def coverage_curves(series: dict, ax: Axes | None = None) -> Axes:
    """The share of errors among the readings that are kept, against how many are.

    Args:
        series: by name, (coverage, accuracy), arrays of fractions.
    """
    ax = plt.gca() if ax is None else ax
    for k, (name, (coverage, accuracy)) in enumerate(series.items()):
        colour, _, line = _STYLES[k % 4]
        width = 3 if k == 0 else 1.5
        errors = 1 - np.asarray(accuracy, dtype=float)
        ax.plot(coverage, errors, line, color=colour, linewidth=width, label=name)
    ax.set_xlabel("coverage: share of the digits that are read, not handed over")
    ax.set_ylabel("errors among them")
    ax.xaxis.set_major_formatter(percent)
    ax.yaxis.set_major_formatter(percent)
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left")
    return ax


def confidences(series: dict, threshold: float | None = None, ax=None) -> Axes:
    """How sure a network is of each image, a row for each kind of image.

    Args:
        series: by name, the highest probability of each image.
        threshold: drawn as a line; the share beyond it stands at the right.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.8 + 0.55 * len(series)))
    rng = np.random.default_rng(0)
    for k, values in enumerate(series.values()):
        values = np.asarray(values, dtype=float)
        colour = "C0" if k == 0 else "C1"
        y = k + rng.uniform(-0.3, 0.3, len(values))
        ax.plot(values, y, ".", color=colour, markersize=3, alpha=0.5)
        if threshold is not None:
            share = (values >= threshold).mean()
            ax.text(1.02, k, f"{100 * share:.0f} % kept", va="center", size=9)
    if threshold is not None:
        ax.axvline(
            threshold, color="black", linewidth=0.9, linestyle="--", label="threshold"
        )
        ax.legend(loc="lower right", bbox_to_anchor=(1, 0.98))
    ax.set_yticks(range(len(series)), list(series))
    ax.set(xlim=(0, 1.01), ylim=(len(series) - 0.5, -0.5))
    ax.set_xlabel("confidence: the highest probability (each dot an image)")
    ax.xaxis.set_major_formatter(percent)
    ax.tick_params(axis="y", length=0)
    return ax


def wide_pictures(pictures: dict) -> np.ndarray:
    """Pictures of any shape, bright on black, in two columns, each under its title.

    Args:
        pictures: (H, W) by title.
    """
    rows = -(-len(pictures) // 2)
    size = (7.5, 1.25 * rows)
    _, axes = plt.subplots(rows, 2, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (title, picture) in zip(axes.flat, pictures.items(), strict=False):
        digit(picture, title, ax)
    return axes


def attacked(
    images: ArrayLike, change: ArrayLike, result: ArrayLike, titles
) -> np.ndarray:
    """Image, what an attack adds, and the attacked image, a column for each image.

    Args:
        images, change, result: (N, H, W) grey levels; the change is signed.
        titles: a sequence of N for each of the three rows.
    """
    rows = [np.asarray(row, dtype=float) for row in (images, change, result)]
    n = len(rows[0])
    _, axes = plt.subplots(3, n, figsize=(0.6 + 1.15 * n, 4.0), squeeze=False)
    for r, row in enumerate(rows):
        for k, image in enumerate(row):
            ax = axes[r, k]
            if r == 1:
                ax.imshow(image, cmap=SIGNED, vmin=-1, vmax=1)
            else:
                ax.imshow(image, cmap="gray", vmin=0, vmax=1)
            ax.set_title(str(titles[r][k]), fontsize=9, loc="center")
            ax.set_axis_off()
        axes[r, 0].text(
            -0.15,
            0.5,
            ("image", "change", "attacked")[r],
            ha="right",
            va="center",
            fontsize=9,
            transform=axes[r, 0].transAxes,
        )
    return axes
