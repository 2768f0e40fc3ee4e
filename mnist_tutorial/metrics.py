"""How good a classifier is, and how sure one can be: pure functions of predictions.

Throughout, `labels` and `preds` are (N,) int64, `probs` and `logits` are (N, C) floats.
What is not, or is empty, out of range or not a number, is refused with a ValueError.
"""

from collections.abc import Hashable, Sequence
from math import ceil, comb, floor, isfinite, sqrt
from operator import index
from statistics import NormalDist, mean, stdev
from typing import NamedTuple

import torch
from torch import Tensor


class Interval(NamedTuple):
    """An estimate, mostly a share, and the bounds between which the truth lies."""

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
    _check_labels(preds=preds, labels=labels)
    return (preds == labels).double().mean().item()


def wilson_interval(correct: int, total: int, level: float = 0.95) -> Interval:
    """The share `correct / total` with its Wilson score interval.

    Raises:
        ValueError: not 0 ≤ correct ≤ total with total ≥ 1, or level not in (0, 1).

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212.
    """
    _check_counts(total, level, correct=correct)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = correct / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    half = z * spread / (1 + z**2 / total)
    # Rounding shall not leave the share outside of its interval.
    low, high = min(share, centre - half), max(share, centre + half)
    return Interval(share, max(0.0, low), min(1.0, high))


def interval_each(hits: Tensor, totals: Tensor) -> list[Interval]:
    """Wilson's interval for each of several shares; an empty one counts as 0 of 1.

    Args:
        hits: (N,) whole numbers.
        totals: (N,) whole numbers, none of them below its `hits`.
    """
    pairs = zip(hits.long().tolist(), totals.tolist(), strict=True)
    return [wilson_interval(hit, max(total, 1)) for hit, total in pairs]


def grouped_interval(
    right: Tensor, groups: Sequence[Hashable], level: float = 0.95
) -> Interval:
    """The share of right readings with its interval, where images come in groups.

    The images of one writer, or of one font, are right or wrong together more often
    than chance would have it. So they are worth fewer images that are independent: as
    many as make the variance of a share what it is between the groups. That number goes
    into Wilson's interval, rounded to the wider side. It is the number of groups where
    all readings are right, or all are wrong, because then nothing tells how alike the
    images of a group are.

    Args:
        right: (N,) bool.
        groups: N names.

    Raises:
        ValueError: not N names, fewer than two groups, or a level not in (0, 1).

    Source: J. N. K. Rao, A. J. Scott, "A simple method for the analysis of clustered
    binary data", Biometrics 48 (1992), 577-585.
    """
    number = {name: k for k, name in enumerate(dict.fromkeys(groups))}
    n, many = len(right), len(number)
    if len(groups) != n or many < 2:
        raise ValueError(
            f"Got {n} readings and {len(groups)} names of {many} groups, but each "
            "reading needs a name, and there must be two groups at least."
        )
    right = right.cpu().double()
    share = right.mean().item()
    group = torch.tensor([number[name] for name in groups])
    off = torch.bincount(group, right - share, many)
    variance = many / (many - 1) * off.square().sum().item() / n**2
    worth: float = many if share in (0, 1) else n
    if variance:
        worth = min(worth, share * (1 - share) / variance)
    worth = max(1, floor(worth))
    low = wilson_interval(floor(share * worth), worth, level).low
    high = wilson_interval(ceil(share * worth), worth, level).high
    return Interval(share, low, high)


def paired_difference(
    lost: int, gained: int, total: int, level: float = 0.95
) -> Interval:
    """The change in accuracy, (gained - lost) / total, with its interval.

    Both accuracies come from the same images, so only those count on which the two
    disagree. Half an image is added to each of the four possible outcomes; without
    that, no disagreement would claim an interval of width 0.

    Raises:
        ValueError: not 0 ≤ lost, gained with lost + gained ≤ total, total ≥ 1, or level
            not in (0, 1).

    Source: A. Agresti, Y. Min, "Simple improved confidence intervals for comparing
    matched proportions", Statistics in Medicine 24 (2005), 729-740.
    """
    _check_counts(total, level, lost=lost, gained=gained)
    z = NormalDist().inv_cdf((1 + level) / 2)
    n, up, down = total + 2, gained + 0.5, lost + 0.5
    middle = (up - down) / n
    half = z * sqrt((up + down) / n - middle**2) / sqrt(n)
    value = (gained - lost) / total
    return Interval(value, max(-1.0, middle - half), min(1.0, middle + half))


# 97.5 % of Student's distribution lies below, by its degrees of freedom from 1 on.
# SciPy would compute it, but nothing else of the course needs SciPy.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean of 2 to 10 independent draws, and its interval at 95 %.

    Draws are one number for each seed: an accuracy, or the lead of one recipe over
    another. The interval is the mean ± t · s / √n, where t is the quantile of Student's
    distribution with n - 1 degrees of freedom; it assumes draws that are nearly normal.

    Raises:
        ValueError: not 2 to 10 values, or one that is not finite.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908), 1-25.
    """
    n = len(values)
    if not 2 <= n <= len(_STUDENT) + 1 or not all(map(isfinite, values)):
        raise ValueError(
            f"Expected 2 to {len(_STUDENT) + 1} finite numbers, one for each seed, got "
            f"{n}: {list(values)}."
        )
    middle = mean(values)
    margin = _STUDENT[n - 2] * stdev(values) / sqrt(n)
    return Interval(middle, middle - margin, middle + margin)


def confusion_matrix(preds: Tensor, labels: Tensor, classes: int = 10) -> Tensor:
    """How often class i (row) was read as class j (column): (C, C) int64."""
    _check_labels(classes, preds=preds, labels=labels)
    cell = labels.long() * classes + preds
    return torch.bincount(cell, minlength=classes**2).reshape(classes, classes)


def precision(matrix: Tensor) -> Tensor:
    """Of all that was read as class j, the fraction that was j: (C,); nan if none."""
    _check_matrix(matrix)
    return matrix.diag() / matrix.sum(0)


def recall(matrix: Tensor) -> Tensor:
    """Of all that was class i, the fraction that was read as i: (C,); nan if none."""
    _check_matrix(matrix)
    return matrix.diag() / matrix.sum(1)


def top_errors(matrix: Tensor, count: int = 3) -> str:
    """The most frequent errors of a confusion matrix (C, C), in words."""
    _check_matrix(matrix)
    C = len(matrix)
    counts, places = (matrix - matrix.diag().diag()).flatten().topk(count)
    pairs = torch.stack([places, counts], 1).tolist()
    return ", ".join(f"{k // C} read as {k % C} ({n} times)" for k, n in pairs)


def top_k_accuracy(logits: Tensor, labels: Tensor, k: int) -> float:
    """The fraction of images whose label is among the k highest logits."""
    _check_scores(logits, labels)
    if k not in range(1, logits.shape[1] + 1):
        raise ValueError(
            f"k is {k}, but must be a whole number from 1 to {logits.shape[1]}."
        )
    best = logits.topk(k, dim=1).indices  # (N, k)
    return (best == labels[:, None]).any(1).double().mean().item()


def reliability(probs: Tensor, labels: Tensor, bins: int = 10) -> Reliability:
    """Confidence against accuracy, in bins of equal width of the highest probability.

    A confidence on a border counts in the bin below it.
    """
    _check_probs(probs, labels, bins)
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
    _check_labels(preds_a=preds_a, preds_b=preds_b, labels=labels)
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

    Source: R. A. Fisher, "The logic of inductive inference", Journal of the Royal
    Statistical Society 98 (1935), 39-82.
    """
    _check_counts(total_a, errors_a=errors_a)
    _check_counts(total_b, errors_b=errors_b)
    errors = errors_a + errors_b
    ways = {
        k: comb(total_a, k) * comb(total_b, errors - k)
        for k in range(max(0, errors - total_b), min(errors, total_a) + 1)
    }
    as_rare = sum(n for n in ways.values() if n <= ways[errors_a])
    return as_rare / comb(total_a + total_b, errors)


# Arguments

_WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def _check_labels(classes: int | None = None, **named: Tensor) -> None:
    """Refuse what are not labels (N,) of the same N images; 0 to classes - 1 if given.

    Raises:
        ValueError: the name, and what it is.
    """
    for name, values in named.items():
        if not isinstance(values, Tensor):
            raise ValueError(
                f"{name} is a {type(values).__name__}, but must be a tensor (N,) of "
                "whole numbers; use torch.tensor()."
            )
    kinds = {(tuple(values.shape), values.device) for values in named.values()}
    (shape, _), *others = kinds
    if others or len(shape) != 1 or not shape[0]:
        shapes = " and ".join(
            f"{name} {tuple(values.shape)} on {values.device}"
            for name, values in named.items()
        )
        raise ValueError(
            f"Got {shapes}, but all must be (N,), N at least 1, on one device; take "
            "the argmax of logits first."
        )
    for name, values in named.items():
        if values.dtype not in _WHOLE:
            raise ValueError(
                f"{name} are {values.dtype}, but must be whole numbers; convert them "
                "with .long()."
            )
        if classes is not None and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(
                f"{name} go from {values.min()} to {values.max()}, but there are "
                f"{classes} classes, 0 to {classes - 1}."
            )


def _check_scores(scores: Tensor, labels: Tensor, name: str = "logits") -> None:
    """Refuse what are not numbers (N, C) with the labels of the N images."""
    if not isinstance(scores, Tensor) or scores.ndim != 2 or not scores.numel():
        kind = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores)
        raise ValueError(f"{name} is {kind}, but must be a tensor (N, C), not empty.")
    if not scores.is_floating_point() or scores.isnan().any():
        raise ValueError(
            f"{name} of type {scores.dtype} must be floats, none of them nan; look for "
            "a loss that has become nan."
        )
    _check_labels(scores.shape[1], labels=labels, preds=scores.argmax(1))


def _check_probs(probs: Tensor, labels: Tensor, bins: int) -> None:
    """Refuse what are not probabilities (N, C), and what is no number of bins."""
    _check_scores(probs, labels, "probs")
    sums = probs.double().sum(1)
    if probs.min() < 0 or not ((sums - 1).abs() < 0.02).all():
        raise ValueError(
            f"Expected probabilities that sum to 1, got numbers from {probs.min():.3g} "
            f"and sums to {sums.max():.3g}; take the softmax of logits first."
        )
    if not isinstance(bins, int) or bins < 1:
        raise ValueError(f"bins is {bins!r}, but must be a whole number, at least 1.")


def _check_matrix(matrix: Tensor) -> None:
    """Refuse what are not counts (C, C)."""
    is_square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] > 0
    if not is_square or not (matrix >= 0).all():
        raise ValueError(
            f"The confusion matrix is {tuple(matrix.shape)}, but must be counts (C, C),"
            " none of them negative; confusion_matrix makes one."
        )


def _check_counts(total: int, level: float = 0.95, **counts: int) -> None:
    """Refuse what are not counts of images of which there are `total`, or no level."""
    named = {**counts, "total": total}
    try:
        whole = [index(value) for value in named.values()]
    except TypeError:
        whole = [-1]
    if min(whole) < 0 or total < 1 or sum(whole) > 2 * total or not 0 < level < 1:
        values = ", ".join(f"{name} {value!r}" for name, value in named.items())
        raise ValueError(
            f"Expected whole numbers, 0 ≤ {' + '.join(counts)} ≤ total, total ≥ 1 and "
            f"0 < level < 1, got {values}, level {level!r}."
        )
