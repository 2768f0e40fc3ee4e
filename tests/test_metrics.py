"""The metrics agree with scikit-learn, SciPy, a root finder and slow loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binomtest, fisher_exact, norm, ttest_1samp
from sklearn import metrics as sklearn_metrics
from support import is_one_sentence

from mnist_tutorial import metrics


def predictions(n=500, classes=10, seed=0, right=0.7):
    """Labels and predictions of a classifier that is often right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    preds = np.where(rng.random(n) < right, labels, rng.integers(0, classes, n))
    return torch.from_numpy(preds), torch.from_numpy(labels)


def random_logits(n=300, classes=10, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, classes, generator=generator, dtype=torch.float64)
    return logits, torch.randint(0, classes, (n,), generator=generator)


@pytest.mark.parametrize("shape", [(4, 10), (3,), (4, 1)])
def test_accuracy_of_what_are_not_predictions_is_refused(shape):
    with pytest.raises(ValueError, match=r"labels \(4,\).*take the argmax"):
        metrics.accuracy(torch.zeros(shape), torch.zeros(4))


def test_accuracy_is_the_fraction_of_right_predictions():
    preds, labels = predictions()
    assert metrics.accuracy(preds, labels) == sklearn_metrics.accuracy_score(
        labels, preds
    )
    assert metrics.accuracy(torch.tensor([3, 1, 4]), torch.tensor([3, 1, 5])) == 2 / 3


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize(
    ("correct", "total"), [(1, 2), (7, 10), (1, 1000), (999, 1000), (9917, 10_000)]
)
def test_wilson_bounds_solve_the_score_equation(correct, total, level):
    z, share = norm.ppf((1 + level) / 2), correct / total

    def distance(p):
        """Standard errors between the observed share and p, less the z allowed."""
        return abs(share - p) / math.sqrt(p * (1 - p) / total) - z

    value, low, high = metrics.wilson_interval(correct, total, level)
    assert value == share
    assert low == pytest.approx(brentq(distance, 1e-12, share, xtol=1e-14), abs=1e-10)
    assert high == pytest.approx(
        brentq(distance, share, 1 - 1e-12, xtol=1e-14), abs=1e-10
    )


@pytest.mark.parametrize("correct", range(11))
def test_wilson_interval_equals_scipys_also_at_none_and_all(correct):
    ours = metrics.wilson_interval(correct, 10)
    theirs = binomtest(correct, 10).proportion_ci(0.95, method="wilson")
    assert ours[1:] == pytest.approx(tuple(theirs), abs=1e-12)


@pytest.mark.parametrize("n", range(2, 11))
def test_the_interval_of_a_mean_is_students(n):
    values = torch.randn(n, generator=torch.Generator().manual_seed(n)).tolist()
    interval = metrics.mean_interval(values)
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-3)
    assert interval.value == pytest.approx(sum(values) / n)


@pytest.mark.parametrize("values", [[], [0.9], [0.9] * 11, [0.9, math.nan]])
def test_values_without_an_interval_of_their_mean_are_refused(values):
    with pytest.raises(ValueError, match="Expected 2 to 10 finite numbers") as refused:
        metrics.mean_interval(values)
    assert is_one_sentence(refused.value)


def test_images_that_stand_alone_have_nearly_wilsons_interval():
    """Each image is its own group; the rounding costs half an image."""
    right = torch.arange(200) % 2 == 0
    ours = metrics.grouped_interval(right, range(200))
    assert ours.value == 0.5
    assert tuple(ours) == pytest.approx(metrics.wilson_interval(100, 200), abs=4e-3)


def test_a_group_of_copies_is_worth_one_image():
    one = torch.tensor([True, True, False, True, False, True])
    copies = one.repeat_interleave(10)
    groups = [f"writer {k // 10}" for k in range(60)]
    low, high = metrics.grouped_interval(copies, groups)[1:]
    alone = metrics.wilson_interval(4, 6)
    assert low < alone.low + 0.05 and high > alone.high - 0.05
    assert high - low > 2 * (lambda i: i.high - i.low)(metrics.wilson_interval(40, 60))


def test_if_all_are_right_only_the_groups_count():
    right = torch.ones(140, dtype=torch.bool)
    groups = [k % 14 for k in range(140)]
    assert metrics.grouped_interval(right, groups) == metrics.wilson_interval(14, 14)
    none = metrics.grouped_interval(~right, groups)
    assert none == metrics.wilson_interval(0, 14)


def grouped_by_hand(right, groups, level):
    """Rao and Scott's effective number of images, group after group."""
    share = sum(right) / len(right)
    names = set(groups)
    off = {
        name: sum(r - share for r, g in zip(right, groups, strict=True) if g == name)
        for name in names
    }
    scale = len(names) / (len(names) - 1) / len(right) ** 2
    variance = scale * sum(value**2 for value in off.values())
    worth = min(len(right), share * (1 - share) / variance)
    worth = max(1, math.floor(worth))
    low = metrics.wilson_interval(math.floor(share * worth), worth, level).low
    high = metrics.wilson_interval(math.ceil(share * worth), worth, level).high
    return share, low, high


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("seed", range(6))
def test_the_grouped_interval_is_the_formula_also_for_groups_of_unequal_size(
    seed, level
):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 7, 60).tolist()
    right = (rng.random(60) < rng.random(7)[groups]).tolist()
    found = metrics.grouped_interval(torch.tensor(right), groups, level)
    assert tuple(found) == pytest.approx(grouped_by_hand(right, groups, level))
    if level == 0.95:
        assert found == metrics.grouped_interval(torch.tensor(right), groups)


def test_groups_without_any_variance_between_them_are_worth_all_their_images():
    right = torch.tensor([True, False] * 10)
    groups = [k // 2 for k in range(20)]
    assert metrics.grouped_interval(right, groups) == metrics.wilson_interval(10, 20)


def test_the_grouped_interval_keeps_its_promise_where_wilsons_does_not():
    """Groups of 10 that share a probability of their own, 0.9 in the mean."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 10)
    held = {"grouped": 0, "Wilson": 0}
    for _ in range(400):
        p = rng.beta(0.9 * 4, 0.1 * 4, 20)
        right = torch.from_numpy(rng.random(200) < p[groups])
        intervals = {
            "grouped": metrics.grouped_interval(right, groups.tolist()),
            "Wilson": metrics.wilson_interval(int(right.sum()), 200),
        }
        for name, (_, low, high) in intervals.items():
            held[name] += low <= 0.9 <= high
    assert held["grouped"] >= 0.92 * 400
    assert held["Wilson"] <= 0.9 * 400


@pytest.mark.parametrize(
    ("n", "groups", "level"),
    [(3, ["a", "b"], 0.95), (2, ["a", "a"], 0.95), (2, ["a", "b"], 1.0)],
)
def test_what_has_no_groups_is_one_sentence(n, groups, level):
    right = torch.ones(n, dtype=torch.bool)
    with pytest.raises(ValueError) as refusal:
        metrics.grouped_interval(right, groups, level)
    assert is_one_sentence(refusal)


def test_wilson_interval_holds_its_share_and_stays_between_0_and_1():
    for total in range(1, 60):
        for correct in range(total + 1):
            share, low, high = metrics.wilson_interval(correct, total)
            rounding = 1e-15
            assert 0 <= low <= share + rounding, (correct, total)
            assert share - rounding <= high <= 1, (correct, total)


def test_wilson_interval_at_none_and_all_is_not_empty():
    z_squared = norm.ppf(0.975) ** 2
    none, everything = (metrics.wilson_interval(k, 20) for k in (0, 20))
    assert none.low == pytest.approx(0, abs=1e-15)
    assert none.high == pytest.approx(z_squared / (20 + z_squared))
    assert everything.high == pytest.approx(1, abs=1e-15)
    assert everything.low == pytest.approx(20 / (20 + z_squared))


@pytest.mark.parametrize(
    ("correct", "total", "level"),
    [(-1, 10, 0.95), (11, 10, 0.95), (0, 0, 0.95), (5, 10, 0), (5, 10, 1), (5, 10, 95)],
)
def test_wilson_interval_refuses_what_is_no_share_or_level(correct, total, level):
    with pytest.raises(ValueError, match=f"got correct {correct}, total {total}"):
        metrics.wilson_interval(correct, total, level)


def test_an_interval_reads_as_percentages():
    assert str(metrics.Interval(0.5, 0.25, 0.125)) == "50.00% (25.00% to 12.50%)"


@pytest.mark.parametrize("classes", [3, 10])
def test_confusion_matrix_equals_scikit_learns(classes):
    preds, labels = predictions(classes=classes)
    ours = metrics.confusion_matrix(preds, labels, classes)
    theirs = sklearn_metrics.confusion_matrix(labels, preds, labels=range(classes))
    assert ours.dtype == torch.int64
    assert ours.tolist() == theirs.tolist()


def test_confusion_matrix_has_the_true_class_in_its_rows():
    matrix = metrics.confusion_matrix(torch.tensor([7, 7]), torch.tensor([2, 2]))
    assert matrix[2, 7] == 2
    assert matrix.sum() == 2 and matrix.shape == (10, 10)


def test_the_most_frequent_errors_come_first_in_words():
    matrix = torch.tensor([[90, 2, 7], [0, 80, 0], [4, 0, 70]])
    assert metrics.top_errors(matrix, 2) == (
        "0 read as 2 (7 times), 2 read as 0 (4 times)"
    )
    assert metrics.top_errors(matrix).endswith("0 read as 1 (2 times)")
    assert metrics.top_errors(matrix).count("read as") == 3


def test_each_share_has_its_interval_and_an_empty_one_is_0_of_1():
    found = metrics.interval_each(torch.tensor([9.0, 0.0]), torch.tensor([10, 0]))
    assert found == [metrics.wilson_interval(9, 10), metrics.wilson_interval(0, 1)]
    with pytest.raises(ValueError, match="longer"):
        metrics.interval_each(torch.tensor([9.0]), torch.tensor([10, 0]))


def test_precision_and_recall_equal_scikit_learns():
    preds, labels = predictions()
    matrix = metrics.confusion_matrix(preds, labels)
    precision, recall, *_ = sklearn_metrics.precision_recall_fscore_support(
        labels, preds
    )
    assert metrics.precision(matrix).numpy() == pytest.approx(precision)
    assert metrics.recall(matrix).numpy() == pytest.approx(recall)


def test_precision_and_recall_of_a_class_that_never_occurs_are_nan():
    matrix = torch.tensor([[2, 1, 0], [0, 3, 0], [0, 0, 0]])
    assert metrics.precision(matrix).isnan().tolist() == [False, False, True]
    assert metrics.recall(matrix).isnan().tolist() == [False, False, True]


@pytest.mark.parametrize("k", range(1, 11))
def test_top_k_accuracy_equals_scikit_learns(k):
    logits, labels = random_logits()
    expected = (
        1.0  # every label is among all ten; scikit-learn only warns there
        if k == 10
        else sklearn_metrics.top_k_accuracy_score(labels, logits, k=k)
    )
    assert metrics.top_k_accuracy(logits, labels, k) == pytest.approx(expected)


def slow_calibration_error(probs, labels, bins):
    """Bin (0, 1/bins], (1/bins, 2/bins] … one after the other."""
    error = 0.0
    for b in range(bins):
        rows = [
            (max(p), p.index(max(p)) == label)
            for p, label in zip(probs.tolist(), labels.tolist(), strict=True)
            if b / bins < max(p) <= (b + 1) / bins
        ]
        if rows:
            confidence = sum(c for c, _ in rows) / len(rows)
            right = sum(r for _, r in rows) / len(rows)
            error += len(rows) / len(labels) * abs(confidence - right)
    return error


@pytest.mark.parametrize("bins", [1, 7, 10, 15])
@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_calibration_error_equals_a_slow_loop(bins, sharpness):
    logits, labels = random_logits()
    probs = (logits * sharpness).softmax(1)
    assert metrics.calibration_error(probs, labels, bins) == pytest.approx(
        slow_calibration_error(probs, labels, bins), abs=1e-12
    )


def test_calibration_error_is_zero_where_confidence_is_accuracy():
    # Of ten predictions with confidence 0.8, eight are right; the certain ones all are.
    probs = torch.tensor([[0.8, 0.2]] * 10 + [[0.0, 1.0]] * 5, dtype=torch.float64)
    labels = torch.tensor([0] * 8 + [1] * 2 + [1] * 5)
    assert metrics.calibration_error(probs, labels) == pytest.approx(0, abs=1e-12)


def test_calibration_error_is_the_gap_where_all_are_certain_and_half_are_wrong():
    probs = torch.tensor([[1.0, 0.0]] * 4)
    assert metrics.calibration_error(probs, torch.tensor([0, 0, 1, 1])) == 0.5


def test_reliability_counts_a_border_in_the_bin_below():
    tenths = torch.arange(5, 11, dtype=torch.float64) / 10  # 0.5, 0.6 … 1
    probs = torch.stack([tenths, 1 - tenths], dim=1)
    rows = metrics.reliability(probs, torch.zeros(6, dtype=torch.int64))
    assert rows.images.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert rows.confidence[4:].tolist() == pytest.approx(tenths.tolist())


def test_reliability_of_an_empty_bin_is_nan_and_the_counts_add_up():
    logits, labels = random_logits(n=50)
    rows = metrics.reliability((5 * logits).softmax(1), labels, bins=20)
    empty = rows.images == 0
    assert empty.any()
    assert rows.images.sum() == 50
    assert rows.images.dtype == torch.int64
    assert rows.confidence.isnan().equal(empty)
    assert rows.accuracy.isnan().equal(empty)


def paired(only_a, only_b, both=20, neither=5):
    """Predictions of two classifiers with these counts of images got right."""
    labels = torch.zeros(only_a + only_b + both + neither, dtype=torch.int64)
    right_a = [1] * only_a + [0] * only_b + [1] * both + [0] * neither
    right_b = [0] * only_a + [1] * only_b + [1] * both + [0] * neither
    return 1 - torch.tensor(right_a), 1 - torch.tensor(right_b), labels


@pytest.mark.parametrize(
    ("only_a", "only_b"), [(0, 1), (1, 1), (3, 9), (9, 3), (25, 40), (1200, 1300)]
)
def test_mcnemar_is_the_exact_binomial_test_of_the_disagreements(only_a, only_b):
    p = metrics.mcnemar(*paired(only_a, only_b))
    assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)


def test_mcnemar_ignores_images_on_which_both_agree():
    few = metrics.mcnemar(*paired(4, 11, both=0, neither=0))
    assert few == metrics.mcnemar(*paired(4, 11, both=300, neither=100))


def test_mcnemar_of_two_equal_classifiers_is_one():
    assert metrics.mcnemar(*paired(0, 0)) == 1.0
    assert metrics.mcnemar(*paired(6, 6)) == 1.0


@pytest.mark.parametrize(
    "counts",
    [
        (0, 10, 0, 12),
        (3, 10, 9, 12),
        (1, 5, 4, 5),
        (50, 5000, 80, 5000),
        (12, 300, 5, 700),
        (7, 7, 0, 9),
    ],
)
def test_fisher_exact_equals_scipys(counts):
    errors_a, total_a, errors_b, total_b = counts
    table = [[errors_a, total_a - errors_a], [errors_b, total_b - errors_b]]
    assert metrics.fisher_exact(*counts) == pytest.approx(
        fisher_exact(table).pvalue, rel=1e-7
    )


def test_fisher_exact_of_equal_shares_is_one():
    assert metrics.fisher_exact(5, 100, 5, 100) == 1.0


def test_the_paired_interval_agrees_with_the_authors_formula():
    # Agresti and Min's adjusted Wald interval, worked by hand for these counts.
    lost, gained, n = 8, 3, 100
    p12, p21, m = 3.5 / 102, 8.5 / 102, 102
    spread = 1.959964 * ((p12 + p21 - (p12 - p21) ** 2) / m) ** 0.5
    result = metrics.paired_difference(lost, gained, n)
    assert result.value == pytest.approx(-0.05)
    assert result.low == pytest.approx(p12 - p21 - spread, abs=1e-6)
    assert result.high == pytest.approx(p12 - p21 + spread, abs=1e-6)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(100, 5000))
def test_a_paired_interval_is_never_empty(lost, gained, total):
    result = metrics.paired_difference(lost, gained, total)
    assert -1 <= result.low < result.high <= 1
    mirrored = metrics.paired_difference(gained, lost, total)
    assert mirrored.low == pytest.approx(-result.high)


def test_a_difference_cannot_be_larger_than_all_images():
    assert metrics.paired_difference(0, 1, 1).high == 1
    assert metrics.paired_difference(1, 0, 1).low == -1


# What is not what it should be

INTS = torch.tensor([0, 1, 2, 1])
GOOD = torch.full((4, 3), 1 / 3)
WRONG_CALLS = {
    "a prediction of no class": lambda: metrics.confusion_matrix(INTS + 10, INTS),
    "a prediction of −1": lambda: metrics.confusion_matrix(INTS - 1, INTS),
    "a label of no class": lambda: metrics.confusion_matrix(INTS, INTS, 2),
    "no classes": lambda: metrics.confusion_matrix(INTS, INTS, 0),
    "unequal lengths": lambda: metrics.confusion_matrix(INTS[:1], INTS),
    "no images": lambda: metrics.accuracy(INTS[:0], INTS[:0]),
    "a list": lambda: metrics.accuracy([0, 1], INTS[:2]),
    "float predictions": lambda: metrics.accuracy(INTS.float(), INTS),
    "unequal classifiers": lambda: metrics.mcnemar(INTS, INTS[:1], INTS),
    "logits to mcnemar": lambda: metrics.mcnemar(GOOD, GOOD, INTS),
    "k of 0": lambda: metrics.top_k_accuracy(GOOD, INTS, 0),
    "k of 4": lambda: metrics.top_k_accuracy(GOOD, INTS, 4),
    "k of 1.5": lambda: metrics.top_k_accuracy(GOOD, INTS, 1.5),
    "no label of three": lambda: metrics.top_k_accuracy(GOOD, INTS + 1, 1),
    "logits of one image": lambda: metrics.top_k_accuracy(GOOD[0], INTS, 1),
    "nan logits": lambda: metrics.top_k_accuracy(GOOD * torch.nan, INTS, 1),
    "logits as probabilities": lambda: metrics.reliability(GOOD * 9, INTS),
    "negative probabilities": lambda: metrics.reliability(
        GOOD + torch.tensor([-1, 0, 1]), INTS
    ),
    "nan probabilities": lambda: metrics.calibration_error(GOOD * torch.nan, INTS),
    "whole probabilities": lambda: metrics.reliability(INTS[:, None], INTS),
    "fewer labels": lambda: metrics.calibration_error(GOOD, INTS[:1]),
    "no bins": lambda: metrics.reliability(GOOD, INTS, 0),
    "half a bin": lambda: metrics.reliability(GOOD, INTS, 0.5),
    "no square": lambda: metrics.precision(torch.ones(2, 3)),
    "no matrix": lambda: metrics.recall(torch.ones(3)),
    "negative counts": lambda: metrics.recall(-torch.ones(3, 3)),
    "more right than all": lambda: metrics.wilson_interval(3, 2),
    "half an image": lambda: metrics.wilson_interval(0.5, 2),
    "a text": lambda: metrics.wilson_interval("1", 2),
    "no level": lambda: metrics.wilson_interval(1, 2, math.nan),
    "more changes than images": lambda: metrics.paired_difference(2, 2, 3),
    "negative changes": lambda: metrics.paired_difference(-1, 2, 3),
    "nothing compared": lambda: metrics.paired_difference(0, 0, 0),
    "a level of 1": lambda: metrics.paired_difference(0, 0, 1, 1),
    "more errors than images": lambda: metrics.fisher_exact(3, 2, 0, 2),
    "negative errors": lambda: metrics.fisher_exact(0, 2, -1, 2),
    "a group of none": lambda: metrics.fisher_exact(0, 0, 0, 2),
    "errors by halves": lambda: metrics.fisher_exact(0.5, 1, 0, 2),
}


@pytest.mark.parametrize("call", WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_what_does_not_fit_ends_in_one_sentence(call):
    with pytest.raises(ValueError) as error:
        call()
    assert is_one_sentence(error)


@pytest.mark.parametrize("total", [1.019, 0.981])
def test_probabilities_may_miss_1_by_less_than_2_in_a_hundred(total):
    probs = total * GOOD.double()
    assert metrics.reliability(probs, INTS).images.sum() == len(INTS)
    beyond = 1 + 1.1 * (total - 1)
    with pytest.raises(ValueError, match="take the softmax"):
        metrics.reliability(beyond * GOOD.double(), INTS)


def test_small_whole_numbers_do_not_overflow():
    last = torch.tensor([46], dtype=torch.uint8)
    assert metrics.confusion_matrix(last, last, 47)[46, 46] == 1


@given(
    st.lists(st.integers(-2, 5), max_size=4),
    st.lists(st.integers(-2, 5), max_size=4),
    st.integers(-1, 5),
)
def test_a_confusion_matrix_holds_every_image_in_its_cell_or_is_refused(a, b, classes):
    preds, labels = (torch.tensor(x, dtype=torch.int64) for x in (a, b))
    fits = 0 < len(a) == len(b) and all(0 <= k < classes for k in (*a, *b))
    if not fits:
        with pytest.raises(ValueError) as error:
            metrics.confusion_matrix(preds, labels, classes)
        assert is_one_sentence(error)
        return
    matrix = metrics.confusion_matrix(preds, labels, classes)
    for i, j in np.ndindex(*matrix.shape):
        pairs = zip(labels.tolist(), preds.tolist(), strict=True)
        assert matrix[i, j] == list(pairs).count((i, j))
