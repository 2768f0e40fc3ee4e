"""The figures of backpropagation."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import SIGNED, equation, together


def nudged(
    weights: ArrayLike,
    losses: ArrayLike,
    start: tuple[float, float, float],
    moved: Sequence[float],
    axes=None,
) -> np.ndarray:
    """The loss over one weight, its tangent, and what each move changes and should.

    Args:
        weights: (M,) values of the weight, increasing.
        losses: (M,) the loss at each.
        start: weight, loss and slope where the tangent touches.
        moved: how far the weight is moved, one panel for each.
        axes: as many as moves.
    """
    weights, losses = np.asarray(weights, float), np.asarray(losses, float)
    if axes is None:
        size = (np.clip(2.7 * len(moved), 4.8, 8), 3.3)
        axes = plt.subplots(1, len(moved), figsize=size, sharey=True)[1]
    axes = np.atleast_1d(axes)
    at, loss, slope = start
    furthest = loss + slope * (weights[[0, -1]] - at)
    lowest = min(*losses, *furthest)
    room = losses.max() - lowest
    for ax, move in together(axes.flat, moved):
        real = np.interp(at + move, weights, losses)
        predicted = loss + slope * move
        ax.plot(weights, losses, color="C0", label="true loss")
        ax.plot(
            weights, loss + slope * (weights - at), "--", color="C1", label="tangent"
        )
        ax.plot(at, loss, "o", color="black", label="start")
        ax.plot([at + move] * 2, [real, predicted], color="0.5", linewidth=1)
        ax.plot(at + move, predicted, "^", color="C1", label="predicted")
        ax.plot(at + move, real, "s", color="C0", label="real")
        ax.set_ylim(lowest - 0.08 * room, losses.max() + 0.05 * room)
        title = (
            f"weight moved by {move:+.2f}\n"
            f"predicted {predicted - loss:+.4f}\nreal {real - loss:+.4f}"
        )
        ax.set_title(title.replace("-", "−"), fontsize=10)
        ax.set_xlabel("weight")
    axes.flat[0].set_ylabel("loss (nats per image)")
    figure = axes.flat[0].figure
    figure.legend(
        *axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=5
    )
    return axes


def graph(values: Sequence, ax: Axes | None = None) -> Axes:
    """How a number was made: a box for each number, an arrow for each step.

    A box has name and value; below them, once `backward` has run, the slope of the last
    number, red above 0 and blue below. On each arrow stands its local slope.

    Args:
        values: as `chain.behind` orders them, each after its sources. A value has
            `number`, `name`, `grad`, and `sources`: pairs of a value and a local slope.
            A column has room for about four, a row for six.
    """
    places = _places(values)
    columns, rows = np.array([*places.values()]).T
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    if ax is None:
        ax = plt.subplots(figsize=(min(8, 1.5 * width), 0.85 * height + 0.1))[1]
    for value, (x, y) in places.items():
        _box(ax, value, x, y, with_slope=values[-1].grad != 0)
        for source, local in value.sources:
            _arrow(ax, places[source], (x, y), local)
    ax.set(xlim=(columns.min() - 0.4, columns.max() + 0.4))
    ax.set(ylim=(rows.max() + 0.5, rows.min() - 0.5))
    ax.set_axis_off()
    return ax


def _places(order: Sequence) -> dict[Any, tuple[float, float]]:
    """(column, row) of each number: right of its sources, near what is made of it."""
    uses: dict[Any, list] = {value: [] for value in order}
    for value in order:
        for k, (source, _) in enumerate(value.sources):
            uses[source].append((value, k - (len(value.sources) - 1) / 2))
    column: dict[Any, int] = {}
    for value in order:
        column[value] = 1 + max((column[s] for s, _ in value.sources), default=-1)
    for value in order:  # what was not made stands just before its first use
        if not value.sources and uses[value]:
            column[value] = min(column[use] for use, _ in uses[value]) - 1
    row: dict[Any, float] = {}
    for c in sorted({*column.values()}, reverse=True):
        here = [value for value in order if column[value] == c]
        wished = [
            np.mean([row[u] + shift for u, shift in uses[v]]) if uses[v] else 0.0
            for v in here
        ]
        ranks = np.argsort(np.argsort(wished, kind="stable"))
        apart = _apart(np.sort(wished))
        row |= {value: apart[rank] for value, rank in together(here, ranks)}
    return {value: (float(column[value]), float(row[value])) for value in order}


def _apart(wished: np.ndarray) -> np.ndarray:
    """Rows (M,), increasing, moved as little as it takes to be 1 apart."""
    rows = wished.copy()
    for k in range(1, len(rows)):
        rows[k] = max(rows[k], rows[k - 1] + 1)
    return rows - (rows - wished).mean()


def _box(ax: Axes, value: Any, x: float, y: float, with_slope: bool) -> None:
    """Name, number and perhaps the slope of the loss, in a frame around (x, y)."""
    is_given = not value.sources
    frame = plt.Rectangle(
        *((x - 0.28, y - 0.42), 0.56, 0.84),
        fc="0.93" if is_given else "white",
        ec="0.4",
        lw=1,
    )
    ax.add_patch(frame)
    lines: list[tuple[str, Any, int]] = [
        (value.name, "0.25", 9),
        (_short(value.number), "black", 11),
    ]
    if with_slope:
        signed = plt.get_cmap(SIGNED)(float(value.grad > 0))
        colour = signed if value.grad else "0.35"
        lines.append((f"slope {_short(value.grad)}", colour, 9))
    for k, (text, colour, size) in enumerate(lines):
        middle = y + 0.25 * (k - (len(lines) - 1) / 2)
        ax.text(x, middle, text, ha="center", va="center", size=size, color=colour)


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], local: float
) -> None:
    """An arrow from the right side of a box to the left side of another, labelled."""
    tail, head = (start[0] + 0.28, start[1]), (end[0] - 0.28, end[1])
    style = {"arrowstyle": "-|>", "color": "0.4", "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", head, tail, arrowprops=style)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    x, y = (np.array(tail) + np.array(head)) / 2
    ax.text(x, y, _short(local), ha="center", va="center", size=9, bbox=behind)


def _short(number: float) -> str:
    return f"{number:.4g}".replace("-", "−")


def relearned(kernels: dict, losses: ArrayLike, axes=None):
    """A kernel at several steps of its descent, above the loss at every step.

    Args:
        kernels: (3, 3) each, by title.
        losses: one for each step, above 0.
        axes: two.
    """
    if axes is None:
        _, axes = plt.subplots(2, 1, figsize=(8, 4.6), height_ratios=(1.1, 1))
    top, bottom = axes
    equation(kernels, ax=top)
    bottom.plot(np.asarray(losses), color="C0")
    bottom.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, None))
    return axes


def difference_errors(steps: ArrayLike, errors: dict, ax: Axes | None = None) -> Axes:
    """The error of slopes from finite differences over the step, both logarithmic.

    Args:
        errors: by name, one for each step, relative to the slope.
    """
    ax = plt.gca() if ax is None else ax
    for k, (name, values) in enumerate(errors.items()):
        style = ("o-", "s--", "^-.")[k % 3]
        ax.plot(steps, np.asarray(values), style, color=f"C{k}", ms=4, label=name)
    ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def layer_gradients(series: dict, ax: Axes | None = None) -> Axes:
    """The size of each layer's gradient, first layer to last, logarithmic.

    Args:
        series: by name, the norm of each layer's gradient.
    """
    ax = plt.gca() if ax is None else ax
    for k, (name, norms) in enumerate(series.items()):
        style = ("o-", "s--", "^-.")[k % 3]
        ax.plot(np.arange(1, len(norms) + 1), norms, style, color=f"C{k}", label=name)
    ax.set(yscale="log", xlabel="layer", ylabel="norm of the kernel's gradient")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
