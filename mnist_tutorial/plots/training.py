"""The figures of training."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import together

_CHANCE = float(np.log(10))  # the loss of ten equal probabilities
_POINTS: dict = {"textcoords": "offset points", "fontsize": 9}


def loss_curves(
    series: dict, xlabel: str = "step", pieces: int = 20, ax: Axes | None = None
) -> Axes:
    """Losses of several runs, each averaged over equal stretches of its length.

    Args:
        series: by name, (x, losses), one of each per step.
        pieces: into how many stretches each is cut.
    """
    ax = plt.gca() if ax is None else ax
    ax.axhline(_CHANCE, color="0.5", linewidth=0.8, linestyle=":")
    ax.text(1, _CHANCE, " ln 10", va="center", transform=ax.get_yaxis_transform())
    for k, (name, (x, losses)) in enumerate(series.items()):
        points = [
            (np.mean(a), np.mean(b))
            for a, b in together(
                np.array_split(np.asarray(x, dtype=float), pieces),
                np.array_split(np.asarray(losses, dtype=float), pieces),
            )
        ]
        style = ("o-", "s--", "^-.", "D:")[k % 4]
        ax.plot(*np.transpose(points), style, color=f"C{k}", markersize=4, label=name)
    ax.set(xlabel=xlabel, ylabel="mean loss (nats per image)", ylim=(0, None))
    ax.set_xlim(0, None)
    ax.legend(loc="lower left")
    return ax


def clocks(runs: dict, axes=None) -> np.ndarray:
    """The same losses twice: against the step, and against step × speed.

    Args:
        runs: by name, (speed, losses), where speed is lr / (1 − momentum).
        axes: two.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
    labels = ("step", "step × lr / (1 − momentum)")
    titles = ("counted in steps", "counted in distance")
    for ax, by_speed, xlabel, title in zip(
        axes, (False, True), labels, titles, strict=True
    ):
        series = {
            name: (np.arange(len(losses)) * (speed if by_speed else 1), losses)
            for name, (speed, losses) in runs.items()
        }
        loss_curves(series, xlabel, ax=ax)
        ax.set_title(title)
    axes[0].get_legend().remove()
    axes[1].set_ylabel("")
    return axes


def walks(paths: dict, axes=None) -> np.ndarray:
    """Walks down the curve w², one in each panel; what leaves the panel is cut off.

    Args:
        paths: the places of each walk, first to last, by title.
        axes: as many as walks.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(paths), figsize=(8, 2.6), sharey=True)
    w = np.linspace(-2.2, 2.2, 111)
    for ax, (title, places) in together(axes, paths.items()):
        places = np.asarray(places, dtype=float)
        ax.plot(w, w**2, color="0.7", linewidth=3)
        ax.plot(places, places**2, "o-", color="C1", linewidth=1, markersize=4)
        ax.annotate("start", (places[0], places[0] ** 2), (6, -3), **_POINTS)
        ax.set(xlim=(-2.3, 2.3), ylim=(-0.3, 5), xlabel="w", title=title)
    axes[0].set_ylabel("loss w²")
    return axes


def bowl(
    loss: ArrayLike, ends: tuple[float, float], paths: dict, names: tuple, axes=None
) -> np.ndarray:
    """Paths over two weights, one in each panel, on the contour lines of the loss.

    The lines are the same in each; in the first panel numbers stand at the inner ones.

    Args:
        loss: (values, values), a row for each value of the second weight.
        ends: the smallest and the largest value of either weight.
        paths: by title, (steps, 2); what leaves the panel is cut off.
        names: of the two weights.
        axes: as many as paths.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(paths), figsize=(8, 3.1), sharey=True)
    loss = np.asarray(loss, dtype=float)
    values = np.linspace(*ends, len(loss))
    levels = loss.min() + np.ptp(loss) * np.linspace(0, 1, 8)[1:] ** 2
    row, column = np.unravel_index(loss.argmin(), loss.shape)
    for ax, (title, path) in together(axes, paths.items()):
        lines = ax.contour(values, values, loss, levels, cmap="viridis", linewidths=0.8)
        if ax is axes[0]:  # further paths would hide the numbers
            ax.clabel(lines, lines.levels[:4], fmt="%.2g", fontsize=7)
        ax.plot(*np.transpose(path), "o-", color="C1", markersize=3, linewidth=1)
        ax.annotate("start", path[0], (5, -3), **_POINTS)
        ax.plot(values[column], values[row], "*", color="black", markersize=10)
        ax.set(xlim=ends, ylim=ends, aspect="equal", xlabel=names[0], title=title)
    axes[0].set_ylabel(names[1])
    return axes


def healthy_and_broken(losses: dict, lengths: dict, axes=None) -> np.ndarray:
    """Two runs that differ in one line: their losses, and how long their gradients are.

    Args:
        losses: of each step, by name.
        lengths: of the gradient in each step, by the same names.
        axes: two.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 2.8))
    left, right = axes
    left.axhline(_CHANCE, color="0.5", linewidth=0.8, linestyle=":")
    across = left.get_yaxis_transform()
    left.text(1, _CHANCE, " ln 10", va="center", transform=across)
    for k, name in enumerate(losses):
        style = {"color": f"C{k}", "linestyle": ("-", "--")[k % 2], "label": name}
        for ax, values in ((left, losses[name]), (right, lengths[name])):
            ax.plot(np.arange(1, len(values) + 1), values, linewidth=1.2, **style)
    left.set(xlabel="step", ylabel="loss (nats per image)", ylim=(0, None))
    right.set(xlabel="step", ylabel="length of the gradient", yscale="log")
    right.legend(loc="lower right")
    return axes


def training_run(
    losses: ArrayLike,
    validation: Sequence,
    rates: ArrayLike,
    seeds: ArrayLike,
    accuracy: float,
    axes=None,
) -> np.ndarray:
    """One run: its losses, its learning rate, and its accuracy beside other seeds'.

    Args:
        losses: of each step.
        validation: (loss, accuracy) after each epoch.
        rates: the learning rate at each step.
        seeds: accuracies of runs that differ only in the seed, fractions.
        accuracy: that of this run.
        axes: three.
    """
    if axes is None:
        ratios = {"width_ratios": (2.2, 1.3, 0.8)}
        _, axes = plt.subplots(1, 3, figsize=(8, 3), gridspec_kw=ratios)
    left, middle, right = axes
    losses = np.asarray(losses, dtype=float)
    steps = np.arange(1, len(losses) + 1)
    window = max(1, len(losses) // 60)
    kept = len(losses) // window * window
    smooth = losses[:kept].reshape(-1, window).mean(1)
    left.plot(steps, losses, color="0.85", linewidth=0.6, label="each step")
    left.plot(
        steps[:kept].reshape(-1, window).mean(1), smooth, color="C0", label="averaged"
    )
    ends = len(losses) / max(1, len(validation)) * np.arange(1, len(validation) + 1)
    left.plot(ends, [v[0] for v in validation], "D", color="C1", label="validation")
    left.set(yscale="log", xlabel="step", ylabel="loss (nats per image)")
    finite = smooth[np.isfinite(smooth) & (smooth > 0)]
    if finite.size:
        left.set_ylim(finite.min() / 4, finite.max(initial=4))
    left.legend(loc="upper right", fontsize=9)
    rates = np.asarray(rates, dtype=float)
    middle.plot(np.arange(1, len(rates) + 1), rates, color="C0")
    middle.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
    spread = np.linspace(-0.12, 0.12, len(np.atleast_1d(seeds)))
    right.plot(spread, 100 * np.asarray(seeds), "o", color="0.5", label="shipped")
    right.plot(0.45, 100 * accuracy, "D", color="C1", label="this run")
    right.set_xticks([0, 0.45], ["shipped\nseeds", "this\nrun"], fontsize=9)
    right.set(xlim=(-0.25, 0.7), ylabel="validation accuracy (%)")
    right.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    right.yaxis.set_major_formatter("{x:.2f}")
    return axes


def fingerprints(curves: dict, columns: int = 4, axes=None) -> np.ndarray:
    """Loss curves, one in each panel on the same scale; a dotted line at ln 10.

    Args:
        curves: losses of each step, by title. What lies above the panel is cut off and
            its height written.
    """
    rows = -(-len(curves) // columns)
    if axes is None:
        _, axes = plt.subplots(
            rows, columns, figsize=(8, 1.35 * rows + 0.6), sharex=True, sharey=True
        )
    axes = np.atleast_1d(axes)
    highest = 3.2
    for ax in axes.flat[len(curves) :]:
        ax.set_axis_off()
    for ax, (title, losses) in zip(axes.flat, curves.items(), strict=False):
        losses = np.asarray(losses, dtype=float)
        ax.axhline(_CHANCE, color="0.4", linewidth=0.9, linestyle=":")
        ax.axhline(0, color="0.4", linewidth=0.6)
        ax.plot(np.arange(1, len(losses) + 1), losses, color="C0", linewidth=1.2)
        top = np.nanmax(losses)
        if top > highest:
            across = ax.get_yaxis_transform()
            note = f"↑ {top:.1f}"
            ax.text(0.16, highest, note, transform=across, va="top", size=9, color="C5")
        ax.set_title(title, fontsize=9)
        ax.set_ylim(-1, highest)
    for ax in axes.reshape(rows, columns)[:, 0]:
        ax.set_ylabel("loss")
    for ax in axes.reshape(rows, columns)[-1]:
        ax.set_xlabel("step")
    return axes


def after_resuming(series: dict, stopped_at: int, ax: Axes | None = None) -> Axes:
    """Losses of runs that should be the same, from a little before an interruption.

    Args:
        series: losses of each step, by name; the first is drawn broad, below the rest.
        stopped_at: after how many steps the runs were interrupted.
    """
    ax = plt.gca() if ax is None else ax
    start = max(0, stopped_at - 10)
    styles = ("-", "o", "s--", "^-.")
    for k, (name, losses) in enumerate(series.items()):
        colour, width = ("0.75", 5) if k == 0 else (f"C{(k - 1) % 3}", 1.2)
        ax.plot(
            np.arange(start + 1, len(losses) + 1),
            losses[start:],
            styles[k % 4],
            color=colour,
            linewidth=width,
            markersize=4,
            label=name,
        )
    ax.axvline(stopped_at + 0.5, color="black", linewidth=0.8, linestyle=":")
    ax.text(stopped_at + 0.7, ax.get_ylim()[1], "stopped", va="top", fontsize=9)
    ax.set(xlabel="step", ylabel="loss (nats per image)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
