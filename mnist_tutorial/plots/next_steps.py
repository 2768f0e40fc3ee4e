"""The figures of 11."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from mnist_tutorial.plots.common import together


def two_gains(
    gains: Mapping[str, Sequence[Sequence[float]]],
    intervals: Mapping[str, Sequence[Sequence[float]]],
    labels: Sequence[str] = ("added to nothing", "added to all others"),
    ax: Axes | None = None,
) -> Axes:
    """What each trick gains in two circumstances: seeds, means, intervals, 0 as a line.

    A mean is filled if its interval leaves out 0, else hollow. Beyond one point the
    axis is logarithmic, so that small gains and large ones can be seen.

    Args:
        gains: by trick and by circumstance, the gain of each seed: fractions, drawn in
            percentage points.
        intervals: the same, (mean, low, high).
        labels: of the two circumstances.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.9 + 0.55 * len(gains)))
    styles = (("o", "C0", -0.19), ("s", "C1", 0.19))
    for (marker, colour, _), label in together(styles, labels):
        ax.plot([], [], marker, color=colour, label=label)
    for y, (trick, pair) in enumerate(gains.items()):
        both = zip(styles, pair, intervals[trick], strict=True)
        for (marker, colour, off), seeds, interval in both:
            value, low, high = (100 * share for share in interval)
            face = colour if low > 0 or high < 0 else "white"
            height = np.full(len(seeds), y + off)
            ax.plot([low, high], height[:2], color=colour, linewidth=1.5)
            ax.plot(100 * np.asarray(seeds), height, "|", color=colour, markersize=9)
            ax.plot(value, y + off, marker, color=colour, mfc=face, markersize=6)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xscale("symlog", linthresh=1)
    ticks = (-100, -10, -1, 0, 1, 10, 100)
    ax.set_xticks(ticks, [str(tick).replace("-", "−") for tick in ticks])
    ax.xaxis.minorticks_off()
    ax.set_yticks(range(len(gains)), list(gains))
    ax.set(ylim=(len(gains) - 0.5, -0.5), xlabel="gain in accuracy (points)")
    ax.grid(axis="x", alpha=0.3)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False)
    return ax


def clock(times: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """How long each way takes, logarithmic, and how many times faster it made the last.

    Args:
        times: by name, from the slowest setting on, the time of each seed, in any unit.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.8 + 0.42 * len(times)))
    means = [float(np.mean(seeds)) for seeds in times.values()]
    for y, (seeds, mean) in enumerate(together(times.values(), means)):
        ax.plot(seeds, np.full(len(seeds), y), "o", color="C0", markersize=4)
        ax.plot([mean, mean], [y - 0.3, y + 0.3], color="C0", linewidth=2.5)
        text = f"  {mean:.2g}" if mean < 100 else f"  {mean:.0f}"
        if y:
            text += f"   {means[y - 1] / mean:.1f} × as fast"
        ax.text(max(seeds), y, text, va="center", size=9)
    ax.set_xscale("log")
    low, high = 0.6 * min(map(min, times.values())), 4 * max(map(max, times.values()))
    ax.set_xlim(low, high)
    ax.set_xticks([t for t in (0.1, 0.3, 1, 3, 10, 30, 100) if low < t < high])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.minorticks_off()
    ax.set_yticks(range(len(times)), list(times))
    ax.set_ylim(len(times) - 0.4, -0.6)
    ax.grid(axis="x", alpha=0.3)
    ax.tick_params(axis="y", length=0)
    return ax


# A style for each limit, so that no colour has to be told apart.
_LIMITS = (("--", "C1"), (":", "C3"), ("-.", "C4"))


def growth(
    panels: Mapping[str, Mapping[str, Mapping[float, float]]], axes: Any = None
) -> np.ndarray:
    """The cost of training against one setting in each panel, beside what limits it.

    Args:
        panels: by the name of the setting, curves by name: seconds by its value. The
            first curve is what was measured, up to three others are lower bounds.
    """
    if axes is None:
        rows = -(-len(panels) // 2)
        _, axes = plt.subplots(
            rows, 2, figsize=(8, 2.7 * rows), layout="constrained", squeeze=False
        )
    axes = np.asarray(axes)
    for ax, (setting, curves) in zip(axes.flat, panels.items(), strict=False):
        styles = [("o-", "C0"), *_LIMITS]
        for (name, curve), (style, colour) in zip(curves.items(), styles, strict=False):
            milliseconds = [1000 * seconds for seconds in curve.values()]
            ax.plot(list(curve), milliseconds, style, color=colour, label=name)
        ax.set(xscale="log", yscale="log", xlabel=setting, ylabel="milliseconds")
        values = list(next(iter(curves.values())))
        ax.set_xticks(values, [f"{value:,}" for value in values])
        ax.xaxis.minorticks_off()
        # A panel may span less than a power of ten, so that 1 and 10 are too few.
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        ax.yaxis.minorticks_off()
    for ax in list(axes.flat)[len(panels) :]:
        ax.set_axis_off()
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure = axes.flat[0].figure
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return axes


def findings(
    table: Mapping[str, Mapping[str, tuple[bool, str]]], ax: Axes | None = None
) -> Axes:
    """Which findings hold on which data: a mark in each cell, the numbers beside it.

    Args:
        table: by finding and by data set, whether it holds and what was measured.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.8 + 0.5 * len(table)))
    columns = list(next(iter(table.values())))
    for y, cells in enumerate(table.values()):
        for name, (holds, text) in cells.items():
            x = columns.index(name)
            colour = "C0" if holds else "C1"
            ax.barh(y, 0.94, 0.86, left=x - 0.47, color=colour, alpha=0.18)
            marker = "o" if holds else "X"
            ax.plot(x - 0.38, y, marker, color=colour, markersize=8)
            ax.text(x - 0.29, y, text, va="center", size=8, linespacing=1.1)
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(table)), list(table))
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(table) - 0.5, -0.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.plot([], [], "o", color="C0", label="holds")
    ax.plot([], [], "X", color="C1", label="does not hold")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2)
    return ax
