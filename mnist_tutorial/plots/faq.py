"""The figures of faq."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import percent, together

_MARKERS = "osD^vP"
_SEEN = ("C0", "C1", "black")  # C2 is a grey


def over_setting(
    panels: Mapping[str, Mapping[str, Mapping[float, Sequence[float]]]],
    xlabel: str,
    ylabel: str = "accuracy",
    *,
    log: str = "",
    ticks: Sequence[float] = (),
    message: Sequence[str] = (),
    axes=None,
) -> np.ndarray:
    """Results over a setting: the mean of some seeds, with whiskers from worst to best.

    The legend says what the whiskers are: they are no confidence intervals.

    Args:
        panels: by title and line, the setting with the result of each seed (fractions).
        log: which axes are logarithmic: "x", "y" or "xy".
        ticks: where the setting's axis is labelled.
        message: the lines that are to be seen; if there are some, the others are grey.
    """
    if axes is None:
        width = 3.9 * max(2, len(panels))
        _, axes = plt.subplots(1, len(panels), figsize=(width, 3.4), sharey=True)
    axes = np.atleast_1d(axes).ravel()
    for ax, (title, lines) in together(axes, panels.items()):
        for k, (name, results) in enumerate(lines.items()):
            _line_of_seeds(ax, name, results, message, k)
        _set_scales(ax, log, ticks)
        ax.set(title=title, xlabel=xlabel)
        ax.yaxis.set_major_formatter(percent)
        ax.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel(ylabel)
    handles: dict[str, Artist] = {}
    for ax in axes:
        artists, names = ax.get_legend_handles_labels()
        handles |= dict(together(names, artists))
    axes[-1].legend(
        handles.values(),
        handles,
        title="mean of the seeds,\nand worst to best",
        title_fontsize=8,
        fontsize=8,
        loc="center left",
        bbox_to_anchor=(1, 0.5),
    )
    return axes


def _line_of_seeds(
    ax: Axes,
    name: str,
    results: Mapping[float, Sequence[float]],
    message: Sequence[str],
    k: int,
) -> None:
    """The k-th line of a panel; what is not in the message stands back in grey."""
    mean = np.array([np.mean(seeds) for seeds in results.values()])
    low = np.array([min(seeds) for seeds in results.values()])
    high = np.array([max(seeds) for seeds in results.values()])
    behind = bool(message) and name not in message
    ax.errorbar(
        np.array(list(results)),
        mean,
        np.array([mean - low, high - mean]),
        label=name,
        marker=_MARKERS[k % 6],
        ms=3 if behind else 5,
        capsize=3,
        lw=0.8 if behind else 1.8,
        color="0.72" if behind else _colour(name, message),
        zorder=1 if behind else 2,
    )


def _set_scales(ax: Axes, log: str, ticks: Sequence[float]) -> None:
    """Logarithmic where asked for, labelled at the ticks and nowhere between."""
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
        ax.set_yticks([0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
        ax.yaxis.minorticks_off()
    if len(ticks):
        ax.set_xticks(ticks, [f"{tick:,g}" for tick in ticks], size=8)
        ax.xaxis.minorticks_off()


def _colour(name: str, message: Sequence[str]) -> str | None:
    """A line's colour by its place in the message; without one, the next in turn."""
    return _SEEN[list(message).index(name) % len(_SEEN)] if message else None


def every_seed(
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    message: Sequence[str] = (),
    axes=None,
) -> np.ndarray:
    """A dot for each seed, and their mean as a line across.

    Args:
        panels: by title and name, the result of each seed (fractions).
        message: the names that are to be seen; if there are some, the others are grey.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(panels), figsize=(7.8, 2.8), sharey=True)
    axes = np.atleast_1d(axes).ravel()
    for ax, (title, results) in together(axes, panels.items()):
        for y, (name, seeds) in enumerate(results.items()):
            grey = bool(message) and name not in message
            colour = "0.6" if grey else "C0"
            ax.plot(seeds, np.full(len(seeds), y), "o", color=colour, ms=4, alpha=0.6)
            mean = float(np.mean(seeds))
            ax.plot([mean, mean], [y - 0.35, y + 0.35], color=colour, lw=2.5)
        ax.set(title=title, xlabel="accuracy")
        ax.xaxis.set_major_formatter(percent)
        ax.set_yticks(range(len(results)), list(results))
        ax.grid(axis="x", alpha=0.3)
    axes[0].invert_yaxis()
    return axes


def gains(
    gained: Mapping[str, Mapping[str, ArrayLike]],
    xlabel: str,
    guess: Mapping[str, float] | None = None,
    axes=None,
) -> np.ndarray:
    """What each remedy gains: a dot for each seed, a bar for their mean, 0 as a line.

    Args:
        gained: by title of the panel and by remedy, the gain of each seed (fractions,
            drawn in percentage points).
        guess: the reader's, by remedy: hollow bars in the first panel.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(gained), figsize=(7.8, 2.8), sharey=True)
    axes = np.atleast_1d(axes).ravel()
    for ax, (title, remedies) in together(axes, gained.items()):
        for y, seeds in enumerate(remedies.values()):
            seeds = np.asarray(seeds)
            ax.barh(y, seeds.mean(), color="C0", alpha=0.35)
            ax.plot(seeds, np.full(len(seeds), y), "o", color="C0", ms=4)
        ax.axvline(0, color="black", lw=0.8)
        ax.set(title=title, xlabel=xlabel)
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}")
        ax.set_yticks(range(len(remedies)), list(remedies))
    for y, value in enumerate((guess or {}).values()):
        axes[0].barh(y, value, fill=False, edgecolor="grey", linestyle="--")
    axes[0].invert_yaxis()
    return axes


def loss_slice(
    losses: ArrayLike,
    extent: tuple[float, float, float, float],
    paths: Mapping[str, ArrayLike],
    ax: Axes | None = None,
) -> Axes:
    """The loss over a plane of weights as contours, and ways of training on it.

    Args:
        losses: (rows, columns), nats per image; the first row is the lowest y.
        extent: left, right, bottom and top of the plane.
        paths: by name, points (N, 2) of the plane; all start at the same one.
    """
    if ax is None:
        ax = plt.subplots(figsize=(5.6, 4.6))[1]
    losses = np.asarray(losses)
    rows, columns = losses.shape
    x = np.linspace(extent[0], extent[1], columns)
    y = np.linspace(extent[2], extent[3], rows)
    levels = np.geomspace(losses.clip(1e-3).min(), np.quantile(losses, 0.6), 16)
    filled = ax.contourf(x, y, losses, levels, cmap="viridis", extend="both")
    bar = plt.colorbar(filled, ax=ax, label="loss (nats)")
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}")
    for k, (name, path) in enumerate(paths.items()):
        path = np.asarray(path)
        ax.plot(
            *path.T, color="white", marker=_MARKERS[k], mec="black", ms=5, label=name
        )
    start = np.asarray(next(iter(paths.values())))[0]
    ax.annotate(
        "start",
        start,
        (-8, -3),
        textcoords="offset points",
        ha="right",
        color="white",
        weight="bold",
        path_effects=[withStroke(linewidth=2.5, foreground="black")],
    )
    ax.set(xlabel="first direction", ylabel="second direction", aspect="equal")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.18), ncols=3)
    return ax
