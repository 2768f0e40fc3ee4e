"""The figures of evaluation."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import percent, together, with_errors


def intervals(
    shares: ArrayLike,
    truth: float | None = None,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Shares with their intervals side by side; those that miss `truth` stand out.

    Args:
        shares: (share, low, high) for each, fractions.
        truth: a fraction, drawn as a line.
        labels: one for each, below the axis.
    """
    ax = plt.gca() if ax is None else ax
    share, errors = with_errors(shares)
    x = np.arange(len(share))
    missed = np.zeros(len(share), dtype=bool)
    if truth is not None:
        _, low, high = np.asarray(shares, dtype=float).T
        missed = (truth < low) | (truth > high)
        ax.axhline(truth, color="black", linewidth=0.8, linestyle="--")
    for chosen, colour, marker in ((~missed, "C0", "o"), (missed, "C5", "X")):
        around = errors[:, chosen]
        ax.errorbar(
            x[chosen], share[chosen], around, fmt=marker, color=colour, markersize=5
        )
    if labels is None:
        ax.set_xticks([])
    else:
        ax.set_xticks(x, labels)
    ax.set_xlim(-0.7, len(share) - 0.3)
    ax.yaxis.set_major_formatter(percent)
    ax.set_ylabel("accuracy")
    return ax


def exams(series: dict, truth: float) -> np.ndarray:
    """One row of `intervals` per way to compute them, titled with how many miss.

    Args:
        series: by name, (share, low, high) for each exam, fractions.
        truth: the accuracy that the intervals should contain, a fraction.
    """
    size = (7.5, 2.1 * len(series))
    _, axes = plt.subplots(len(series), 1, figsize=size, sharey=True, squeeze=False)
    for ax, (name, shares) in together(axes.flat, series.items()):
        intervals(shares, truth, ax=ax)
        missed = sum(not low <= truth <= high for _, low, high in shares)
        ax.set_title(f"{name}: {missed} of {len(shares)} miss the dashed line")
    return axes


def simulated(
    values: ArrayLike, found: float, expected: float, ax: Axes | None = None
) -> Axes:
    """How often each whole number came out by chance, beside the one that was found.

    The bars that are at least as far from `expected` as `found` is stand out.
    """
    ax = plt.gca() if ax is None else ax
    numbers, often = np.unique(np.asarray(values), return_counts=True)
    far = np.abs(numbers - expected) >= abs(found - expected) - 1e-9
    near = f"nearer to {expected:g}: {often[~far].sum():,}"
    away = f"as far from it as {found:g},\nor farther: {often[far].sum():,}"
    width = np.diff(numbers).min() if len(numbers) > 1 else 1
    for chosen, colour, label in ((~far, "0.75", near), (far, "C1", away)):
        ax.bar(numbers[chosen], often[chosen], width, color=colour, label=label)
    ax.axvline(found, color="black", linewidth=1, linestyle="--")
    ax.set_ylabel("how often")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def plausible(
    accuracies: ArrayLike,
    p_values: ArrayLike,
    share: ArrayLike,
    ax: Axes | None = None,
) -> Axes:
    """For each accuracy, how surprising our count would be; those above 5 % are filled.

    Args:
        accuracies: (n,) fractions, rising.
        p_values: (n,), each simulated for one accuracy.
        share: (share, low, high), fractions, as a formula gives them.
    """
    ax = plt.gca() if ax is None else ax
    x, y = np.asarray(accuracies), np.asarray(p_values)
    ax.plot(x, y, color="C0", marker=".", label="simulated")
    ax.fill_between(x, 0, y, where=y >= 0.05, color="C0", alpha=0.2)
    ax.axhline(0.05, color="black", linewidth=0.8, linestyle=":", label="p-value 0.05")
    for k, end in enumerate(np.asarray(share, dtype=float)[1:]):
        label = None if k else "Wilson's interval"
        ax.axvline(end, color="C1", linestyle="--", label=label)
    ax.set(ylim=(0, 1.02), xlabel="true accuracy p", ylabel="p-value of our count")
    ax.xaxis.set_major_formatter(percent)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def per_class(series: dict, ax: Axes | None = None) -> Axes:
    """Shares with intervals for each class, one marker per series.

    Args:
        series: by name, (share, low, high) for each class, fractions.
    """
    ax = plt.gca() if ax is None else ax
    styles = (("C0", "o"), ("C1", "s"), ("C3", "^"))
    for k, (name, shares) in enumerate(series.items()):
        share, around = with_errors(shares)
        x = np.arange(len(share)) + 0.28 * (k - (len(series) - 1) / 2)
        colour, marker = styles[k]
        ax.errorbar(
            x, share, around, fmt=marker, color=colour, markersize=5, label=name
        )
    ax.set_xticks(range(len(share)))
    ax.set_xlabel("class")
    ax.set_ylabel("share")
    ax.yaxis.set_major_formatter(percent)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=len(series))
    return ax


def reliability_diagram(rows: Iterable, shares: ArrayLike, axes=None):
    """Accuracy against confidence, bin by bin, above the number of images in each bin.

    Args:
        rows: confidence, accuracy and images of each bin (see `metrics.Reliability`).
        shares: (share, low, high) of each bin's accuracy, nan in an empty bin.
        axes: two, one above the other.
    """
    if axes is None:
        _, axes = plt.subplots(
            2, 1, figsize=(5.5, 4.6), sharex=True, height_ratios=(3, 1.2)
        )
    confidence, accuracy, count = (np.asarray(row, dtype=float) for row in rows)
    _, around = with_errors(shares)
    top, bottom = axes
    top.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle="--")
    note = "dashed: as often right as it is sure"
    top.text(0.98, 0.04, note, ha="right", size=9, color="0.35")
    top.errorbar(confidence, accuracy, around, fmt="o", color="C0")
    top.set(ylim=(-0.03, 1.03), ylabel="accuracy")
    top.yaxis.set_major_formatter(percent)
    edges = np.linspace(0, 1, len(count) + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    bottom.bar(middle, count, width=0.9 / len(count), color="C2")
    for x, images in together(middle, count):
        if images:
            bottom.text(x, images * 1.2, f"{images:,.0f}", ha="center", size=8)
    bottom.set_yscale("log")
    bottom.set(xlim=(0, 1), ylim=(0.7, count.max() * 12), ylabel="images")
    bottom.set_xlabel("confidence: the highest probability")
    bottom.xaxis.set_major_formatter(percent)
    return axes


def running_errors(wrong: dict, middle: int, ax: Axes | None = None) -> Axes:
    """How many of the images up to each position were misread.

    Args:
        wrong: by name, (N,) bool in the order of the file.
        middle: where the second part begins.
    """
    ax = plt.gca() if ax is None else ax
    styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
    colours = ("C0", "C1", "C3", "C5", "C2")
    for k, (name, marks) in enumerate(wrong.items()):
        total = np.cumsum(np.asarray(marks))
        ax.plot(total, label=name, linestyle=styles[k % 5], color=colours[k % 5])
    ax.axvline(middle, color="black", linewidth=0.8)
    ax.set(xlabel="position in the test file (images)", ylabel="errors so far")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.margins(x=0)
    ax.legend(loc="upper left")
    return ax


def leads(
    pairs: dict, border: ArrayLike, unpaired: float, ax: Axes | None = None
) -> Axes:
    """Comparisons of two networks, and how large a lead chance can explain.

    Args:
        pairs: by name, (disagreements, lead, p-value) for each comparison, the first
            two in images; below 0.05 a mark is filled, else hollow.
        border: (disagreements, lead) from which a paired test finds p < 0.05.
        unpaired: the lead, in images, that an unpaired test would ask for.
    """
    ax = plt.gca() if ax is None else ax
    x, y = np.asarray(border, dtype=float).T
    ax.axhline(
        unpaired, color="black", linewidth=1, linestyle="--", label="unpaired border"
    )
    ax.plot(x, y, color="black", linewidth=1, label="paired border")
    ax.fill_between(x, 0, y, color="0.92")
    styles = (("C0", "o"), ("C1", "^"))
    for (name, points), (colour, marker) in zip(pairs.items(), styles, strict=False):
        a, b, p = np.asarray(points, dtype=float).T
        for chosen, face, label in ((p >= 0.05, "white", name), (p < 0.05, colour, "")):
            ax.plot(
                *(a[chosen], b[chosen], marker),
                color=colour,
                markerfacecolor=face,
                label=label,
                clip_on=False,
                zorder=3,
            )
    ax.set(xlim=(0, None), ylim=(0, None))
    ax.set_xlabel("images that exactly one of the two gets right")
    ax.set_ylabel("lead (images)")
    ax.plot([], [], "o", color="0.3", label="filled: p < 0.05")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
