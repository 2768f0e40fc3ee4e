"""The figures of backpropagation."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import equation


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
        size = (max(4.8, min(8, 2.7 * len(moved))), 3.3)
        axes = plt.subplots(1, len(moved), figsize=size, sharey=True)[1]
    axes = np.atleast_1d(axes)
    at, loss, slope = start
    furthest = loss + slope * (weights[[0, -1]] - at)
    lowest = min(losses.min(), furthest.min())
    room = losses.max() - lowest
    for ax, move in zip(axes.flat, moved, strict=True):
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
