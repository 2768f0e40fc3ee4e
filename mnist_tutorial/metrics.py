"""How good a classifier is, and how sure one can be: pure functions of predictions.

Throughout, `labels` and `preds` are (N,) int64, `probs` and `logits` are (N, C) floats.
"""

from math import comb, sqrt
from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor


class Interval(NamedTuple):
    """A fraction and the bounds between which the true one plausibly lies."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%} to {self.high:.2%})"


class Reliability(NamedTuple):
    """One row per bin of confidence."""

    confidence: Tensor  # (bins,) mean confidence; nan in an empty bin
    accuracy: Tensor  # (bins,) fraction right; nan in an empty bin
    images: Tensor  # (bins,) int64: how many


def accuracy(preds: Tensor, labels: Tensor) -> float:
    """The fraction of predictions that are right.

    Raises:
        ValueError: there are not as many predictions as labels, in one row each.
    """
    if preds.shape != labels.shape:
        raise ValueError(
            f"preds are {tuple(preds.shape)} and labels {tuple(labels.shape)}, but "
            "both must be (N,); take the argmax of logits first."
        )
    return (preds == labels).double().mean().item()


def wilson_interval(correct: int, total: int, level: float = 0.95) -> Interval:
    """The share `correct / total` with its Wilson score interval.

    Raises:
        ValueError: not 0 ≤ correct ≤ total with total ≥ 1, or level not in (0, 1).

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if not 0 <= correct <= total or total < 1 or not 0 < level < 1:
        raise ValueError(
            f"Expected 0 ≤ correct ≤ total, total ≥ 1 and 0 < level < 1, got "
            f"correct {correct}, total {total}, level {level}."
        )
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = correct / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    half = z * spread / (1 + z**2 / total)
    # Rounding shall not leave the share outside of its interval.
    low, high = min(share, centre - half), max(share, centre + half)
    return Interval(share, max(0.0, low), min(1.0, high))


def paired_difference(
    lost: int, gained: int, total: int, level: float = 0.95
) -> Interval:
    """The change in accuracy, (gained - lost) / total, with its interval.

    Both accuracies come from the same images, so only those count on which the two
    disagree. Half an image is added to each of the four possible outcomes; without
    that, no disagreement would claim an interval of width 0.

    Source: A. Agresti, Y. Min, "Simple improved confidence intervals for comparing
    matched proportions", Statistics in Medicine 24 (2005), 729-740.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    n, up, down = total + 2, gained + 0.5, lost + 0.5
    middle = (up - down) / n
    half = z * sqrt((up + down) / n - middle**2) / sqrt(n)
    value = (gained - lost) / total
    return Interval(value, max(-1.0, middle - half), min(1.0, middle + half))


def confusion_matrix(preds: Tensor, labels: Tensor, classes: int = 10) -> Tensor:
    """How often class i (row) was read as class j (column): (C, C) int64."""
    cell = labels * classes + preds
    return torch.bincount(cell, minlength=classes**2).reshape(classes, classes)


def precision(matrix: Tensor) -> Tensor:
    """Of all that was read as class j, the fraction that was j: (C,); nan if none."""
    return matrix.diag() / matrix.sum(0)


def recall(matrix: Tensor) -> Tensor:
    """Of all that was class i, the fraction that was read as i: (C,); nan if none."""
    return matrix.diag() / matrix.sum(1)


def top_k_accuracy(logits: Tensor, labels: Tensor, k: int) -> float:
    """The fraction of images whose label is among the k highest logits."""
    best = logits.topk(k, dim=1).indices  # (N, k)
    return (best == labels[:, None]).any(1).double().mean().item()


def reliability(probs: Tensor, labels: Tensor, bins: int = 10) -> Reliability:
    """Confidence against accuracy, in bins of equal width of the highest probability.

    A confidence on a border counts in the bin below it.
    """
    confidence, preds = probs.double().max(1)
    right = (preds == labels).double()
    bin_of = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
    count = torch.bincount(bin_of, minlength=bins)
    return Reliability(
        torch.bincount(bin_of, confidence, bins) / count,
        torch.bincount(bin_of, right, bins) / count,
        count,
    )


def calibration_error(probs: Tensor, labels: Tensor, bins: int = 10) -> float:
    """The gap between confidence and accuracy, averaged over images (ECE), 0 to 1.

    Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017, eq. 3.
    """
    rows = reliability(probs, labels, bins)
    gaps = (rows.confidence - rows.accuracy).abs().nan_to_num()
    return (gaps * rows.images).sum().item() / len(labels)


def mcnemar(preds_a: Tensor, preds_b: Tensor, labels: Tensor) -> float:
    """The p-value of "both classifiers err equally often", tested on the same images.

    Only images that exactly one of them gets right count. If the two were equally good,
    each of these would be a fair coin: an exact two-sided binomial test.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12 (1947), 153-157.
    """
    right_a, right_b = preds_a == labels, preds_b == labels
    only_a = int((right_a & ~right_b).sum())
    only_b = int((right_b & ~right_a).sum())
    n = only_a + only_b
    tail = sum(comb(n, k) for k in range(min(only_a, only_b) + 1))
    p: float = 2 * tail / 2**n
    return min(1.0, p)


def fisher_exact(errors_a: int, total_a: int, errors_b: int, total_b: int) -> float:
    """The p-value of "errors are as frequent in a as in b", for two groups of images.

    Deal the errors at random over all images: how often is a split at least as rare as
    the one found? Two-sided, exact.

    Source: R. A. Fisher, "On the interpretation of χ² from contingency tables, and the
    calculation of P", Journal of the Royal Statistical Society 85 (1922), 87-94.
    """
    errors = errors_a + errors_b
    ways = {
        k: comb(total_a, k) * comb(total_b, errors - k)
        for k in range(max(0, errors - total_b), min(errors, total_a) + 1)
    }
    as_rare = sum(n for n in ways.values() if n <= ways[errors_a])
    return as_rare / comb(total_a + total_b, errors)
