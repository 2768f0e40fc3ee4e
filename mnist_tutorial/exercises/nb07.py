"""Exercises of 07 Evaluation."""

import random
from math import comb, sqrt
from typing import Any

import torch
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

INTERVAL = "give an accuracy with an interval, and say what the interval leaves out"
CLOSED = "keep a test set closed until nothing is left to choose"
MATRIX = "read a confusion matrix, precision and recall, and a reliability diagram"
PAIRED = "find out whether one network is really better than another"


# --- How far off an exam may be


def _margin(
    correct: int,
    total: int,
    *,
    errors: float = 1.96,
    by: str = "root",
    of: str = "share",
) -> float:
    """How far 95 % of exams are off, in points; each keyword is a mistake."""
    p = correct / total
    spread = {
        "root": sqrt(p * (1 - p) / total),
        "n": sqrt(p * (1 - p)) / total,
        "no root": p * (1 - p) / total,
        "worst": 0.5 / sqrt(total),
        "single": sqrt(p * (1 - p)),
    }[by]
    return errors * spread * (100 if of == "share" else total)


def _score(rng: random.Random) -> dict[str, Any]:
    total = rng.choice((2_500, 4_000, 5_000, 8_000, 20_000, 40_000))
    return {"correct": total - round(total * rng.uniform(0.006, 0.06)), "total": total}


def _margin_working(correct: int, total: int) -> str:
    p = correct / total
    error = sqrt(p * (1 - p) / total)
    return (
        f"p = {correct} / {total} = {p:.4f}\n"
        f"standard error: √({p:.4f} · {1 - p:.4f} / {total}) = {error:.6f}\n"
        f"95 % lie within 1.96 standard errors: 1.96 · {error:.6f}, in points "
        f"{shown(_margin(correct, total))}"
    )


MARGIN = Compute(
    key="margin",
    task=(
        "A network reads {correct} of {total} images. How far from its true accuracy, "
        "in points, do 95 % of such exams lie at most? Two digits suffice. (Put the "
        "observed share for p; so far from 100 % this is good enough.)"
    ),
    level=1,
    minutes=4,
    practises=INTERVAL,
    reference=_margin,
    numbers={"correct": 7_760, "total": 8_000},
    draw=_score,
    working=_margin_working,
    tolerance=0.03,
    mistakes=(
        Mistake(
            "one",
            {"errors": 1.0},
            "This is one standard error. Within it lie about two thirds of the exams; "
            "95 % lie within 1.96 of them.",
            "tidymodels/TMwR issue 357, which multiple for which level",
        ),
        Mistake(
            "whole width",
            {"errors": 3.92},
            "This is the whole width, from the lowest to the highest. How far from the "
            "middle is half of it.",
            "neilstats/ckbplotr issue 89, width in place of half the width",
        ),
        Mistake(
            "by n",
            {"by": "n"},
            "You have divided by the number of images. The root is taken of n, too: "
            "four times the images halve the error.",
            "tidymodels/TMwR issue 357, divided by the number, not by its root",
        ),
        Mistake(
            "no root",
            {"by": "no root"},
            "The root is missing: p (1 − p) / n is a variance.",
            JUDGEMENT,
        ),
        Mistake(
            "worst case",
            {"by": "worst"},
            "That is the error at p = ½, where it is largest, as in polls. Near 100 % "
            "exams scatter less: put in this p.",
            JUDGEMENT,
        ),
        Mistake(
            "single image",
            {"by": "single"},
            "That is how much one image scatters. The mean of n images scatters √n "
            "times less.",
            "stats.stackexchange.com/questions/32318, deviation or standard error",
        ),
        Mistake(
            "count",
            {"of": "count"},
            "This is a number of images. Divide it by all images, for points in per "
            "cent.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Compute the standard error of the share first: √(p (1 − p) / n).",
        "For 7760 of 8000, p is 0.97 and p (1 − p) is 0.0291. Divide by n, take the "
        "root.",
        "1.96 standard errors, times 100 for points.",
    ),
    answer="0.374",
)


# --- Two networks, the same images


def _mcnemar(
    logits_a: Tensor,
    logits_b: Tensor,
    labels: Tensor,
    *,
    sides: int = 2,
    cap: bool = True,
    tail: str = "with",
    of: str = "differ",
) -> float:
    """The exact paired test; each keyword is a mistake."""
    right_a, right_b = logits_a.argmax(1) == labels, logits_b.argmax(1) == labels
    pairs = {
        "differ": (right_a & ~right_b, right_b & ~right_a),
        "agree": (right_a & right_b, ~right_a & ~right_b),
        "errors": (~right_a, ~right_b),
    }
    a, b = (int(marks.sum()) for marks in pairs[of])
    n, k = a + b, min(a, b)
    coins = [comb(n, j) / 2**n for j in range(k + 1)]
    p = {
        "with": sum(coins),
        "beyond": sum(coins[:-1]),
        "mid": sum(coins) - coins[-1] / 2,
        "exactly": coins[-1],
    }[tail]
    return min(1.0, sides * p) if cap else sides * p


def _pair(n: int, only_a: int, only_b: int, both: int, *tags: str, noise: float = 0):
    """n images of 3 classes: so many read by a alone, by b alone, by none."""
    labels = classes(n, 3, seed=n)
    wrong = (labels + 1) % 3
    preds_a, preds_b = labels.clone(), labels.clone()
    preds_b[:only_a] = wrong[:only_a]
    preds_a[only_a : only_a + only_b] = wrong[only_a : only_a + only_b]
    none = slice(only_a + only_b, only_a + only_b + both)
    preds_a[none] = preds_b[none] = wrong[none]
    eye = 3 * torch.eye(3)
    more = noise * fractions(n, 3, seed=n).clamp(-1, 1)
    return Case(
        {
            "logits_a": eye[preds_a] + more,
            "logits_b": eye[preds_b] - more,
            "labels": labels,
        },
        tags,
    )


MCNEMAR = Write(
    key="mcnemar",
    task=(
        "The p-value of the paired test, exact and without chance: how probable is a "
        "split that is at least as uneven, if each image on which the two differ is a "
        "fair coin? (Of n coins, `comb(n, k)` of 2ⁿ ways show k heads.)"
    ),
    level=2,
    minutes=8,
    practises=PAIRED,
    oracle="metrics.mcnemar",
    reference=_mcnemar,
    cases=(
        _pair(6, 4, 1, 1),
        _pair(12, 3, 3, 1, "as many on each side"),
        _pair(40, 3, 14, 9, "b is ahead", "fractions", noise=0.7),
        _pair(20, 0, 6, 2, "nothing on one side"),
    ),
    mistakes=(
        Mistake(
            "one side",
            {"sides": 1},
            "One tail is counted. Before the exam nobody knew which network would be "
            "ahead, so a split as uneven the other way round counts as well.",
            "szcf-weiya/ESL-CN issue 214, one-sided or two-sided",
        ),
        Mistake(
            "above one",
            {"cap": False},
            "Right, except for an even split: there both tails hold the middle, and "
            "the sum is above 1. Take min(1, …).",
            "rasbt/mlxtend issue 851, a p-value above 1",
        ),
        Mistake(
            "beyond",
            {"tail": "beyond"},
            'Only splits *more* uneven than this one are counted. "At least as '
            'uneven" includes the one that was found: range(k + 1).',
            "raphael-group/wext pull request 4, > for ≥",
        ),
        Mistake(
            "half of it",
            {"tail": "mid"},
            "The split that was found is counted by half. That is the mid-p-value, a "
            "variant; here it counts whole.",
            "raphael-group/wext pull request 4, the mid p-value",
        ),
        Mistake(
            "exactly",
            {"tail": "exactly"},
            "That is the probability of exactly this split. Any single split is rare; "
            "add those that are more uneven.",
            "rsquaredacademy/inferr issue 11, a two-sided binomial test",
        ),
        Mistake(
            "agreement",
            {"of": "agree"},
            "You count the images on which both are right, or both wrong. They say "
            "nothing about which is better: count those on which exactly one is right.",
            "jamovi/jamovi issue 1633, the pairs that change and those that do not",
        ),
        Mistake(
            "all errors",
            {"of": "errors"},
            "You compare all errors of the one with all of the other. The errors that "
            "they share are no toss of a coin; leave them out.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "On how many images is a right and b wrong? On how many is it the reverse?",
        "With n such images, the smaller count k: add comb(n, j) / 2**n for j from 0 "
        "to k.",
        "Both tails: twice the sum, and 1 at most.",
    ),
    answer="""
def my_mcnemar(logits_a, logits_b, labels):
    right_a, right_b = logits_a.argmax(1) == labels, logits_b.argmax(1) == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    tail = sum(comb(n, j) for j in range(k + 1)) / 2**n
    return min(1.0, 2 * tail)
""".strip(),
)


# --- A matrix on its side


def _recall(
    logits: Tensor,
    labels: Tensor,
    *,
    over: str = "label",
    of: str = "hits",
    cut: bool = False,
    unit: int = 1,
) -> Tensor:
    """The recall of each class; each keyword is a mistake."""
    C = logits.shape[1]
    matrix = torch.bincount(labels * C + logits.argmax(1), minlength=C * C)
    matrix = matrix.reshape(C, C)
    hits = matrix.diag() if of == "hits" else matrix.sum(1) - matrix.diag()
    totals = {
        "label": matrix.sum(1),
        "reading": matrix.sum(0),
        "all": matrix.sum().expand(C),
        "nothing": torch.ones(C),
    }[over]
    shares = unit * hits / totals
    return shares.floor() if cut else shares


RECALL = Repair(
    key="recall",
    task=(
        "A colleague's report says that nine in ten of all true 4s were found. He has "
        "computed something else. Mend it, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=MATRIX,
    oracle="metrics.recall",
    reference=_recall,
    given='''
def recall_of(logits, labels):
    """(N, C) and (N,) to the recall of each class, (C,)."""
    C = logits.shape[1]
    cell = logits.argmax(1) * C + labels
    matrix = torch.bincount(cell, minlength=C * C).reshape(C, C)
    return matrix.diag() / matrix.sum(1)
'''.strip(),
    lines=1,
    cases=(
        Case(
            {
                "logits": torch.eye(2)[[0, 0, 1, 1, 1]],
                "labels": torch.tensor([0, 0, 0, 1, 1]),
            },
        ),
        Case(
            {
                "logits": fractions(60, 4, seed=5),
                "labels": torch.arange(60) % 7 % 4,
            },
            tags=("fractions", "several classes"),
        ),
    ),
    mistakes=(
        Mistake(
            "precision",
            {"over": "reading"},
            "This is still the precision: of all that was *read as* a class. Recall "
            "divides by all that *is* of the class.",
            "accord-net/framework issue 1187, precision and recall flipped",
        ),
        Mistake(
            "of all",
            {"over": "all"},
            "You divide by all images. Recall asks about one class: divide by the "
            "images with its label.",
            "ultralytics/yolov5 issue 2071, along which axis to normalise",
        ),
        Mistake(
            "counts",
            {"over": "nothing"},
            "These are counts. Divide each by the images with its label.",
            "open-mmlab/mmaction2 issue 2136, a sum in place of a share",
        ),
        Mistake(
            "missed",
            {"of": "misses"},
            "This is the share of each class that was *missed*.",
            "onnx/models issue 579, errors shown as accuracies",
        ),
        Mistake(
            "whole",
            {"cut": True},
            "The decimals are cut off: // divides to whole numbers. Use /.",
            "accord-net/framework issue 669, a division of whole numbers",
        ),
        Mistake(
            "percent",
            {"unit": 100},
            "These are per cent. Fractions from 0 to 1 are meant.",
            "tutorialguruji.com, accuracy function in ShuffleNet (× 100)",
        ),
    ),
    hints=(
        "What stands in the rows of his matrix, the labels or the readings?",
        "Divide by the sums that belong to the labels.",
        "Either exchange the two in `cell`, or sum over the other axis.",
    ),
    answer='''
def recall_of(logits, labels):
    """(N, C) and (N,) to the recall of each class, (C,)."""
    C = logits.shape[1]
    cell = labels * C + logits.argmax(1)
    matrix = torch.bincount(cell, minlength=C * C).reshape(C, C)
    return matrix.diag() / matrix.sum(1)
'''.strip(),
)


# --- A test set that has chosen

CHOSEN = Decide(
    key="chosen",
    task=(
        "Somebody trains with ten learning rates, tests all ten networks on the same "
        "test images, and publishes the highest of the ten accuracies. What is it?"
    ),
    level=2,
    minutes=4,
    practises=CLOSED,
    claims=(
        "a test accuracy: no network was trained on these images",
        "the accuracy on images that have chosen: a little too high, most likely",
        "a worthless number: nothing can be learned from it",
        "a test accuracy, if its interval is given",
    ),
    reasons=(
        "weights are only set by training images",
        "the highest of ten is in part the luckiest of ten on these images",
        "an interval holds all the luck of the images",
        "images may be shown to a network only once",
    ),
    right=("B", 2),
    mistakes=(
        Mistake(
            "not trained on",
            ("A", 1),
            "True of the weights. But the learning rate was set by these images, and "
            "the choice carries their luck into the number.",
            "kuangliu/pytorch-cifar issue 145, the best epoch by the test set",
        ),
        Mistake(
            "test all the same",
            ("A", None),
            "Ten looks and a choice: what would the highest be if all ten networks "
            "were equally good?",
            "xuanmay2701/shapeformer issue 2, the epoch chosen by the test set",
        ),
        Mistake(
            "worthless",
            ("C", None),
            "It is still informative: with ten candidates the excess is small. But it "
            "is a validation accuracy, and must be called so.",
            "titu1994/LSTM-FCN issue 7, the test set as validation set",
        ),
        Mistake(
            "interval",
            ("D", None),
            "The interval is computed for a network that was fixed beforehand. It "
            "knows nothing of the nine that were thrown away.",
            "keras-team/keras issue 6102, leaks from validation",
        ),
        Mistake(
            "weights",
            ("B", 1),
            "The claim holds. If only weights mattered, this would be an honest test.",
            "zuozhaorui/SWnet issue 2, one loader for stopping and for testing",
        ),
        Mistake(
            "all luck",
            ("B", 3),
            "The claim holds, and the interval does not save it: it belongs to one "
            "network that was named before the exam.",
            "mahmoodlab/MCAT issue 25, validation leakage",
        ),
        Mistake(
            "once",
            ("B", 4),
            "The claim holds, the reason does not. A network learns nothing by being "
            "tested. Somebody who chooses does.",
            "DearCaat/RRT-MIL issue 22, the test set used to stop",
        ),
    ),
    hints=(
        "Suppose that all ten networks have the same true accuracy. What is the "
        "highest of their ten scores?",
        "Which decision rested on the test images?",
        "What has chosen cannot also judge.",
    ),
    answer='"B", because=2, sure=80',
)


# --- Second chances


def _top_k(
    logits: Tensor,
    labels: Tensor,
    k: int,
    *,
    uses: str = "k",
    hit: str = "any",
    largest: bool = True,
    joined: str = "mean",
) -> Tensor:
    """The share of labels among the k highest logits; each keyword is a mistake."""
    many = {"k": k, "1": 1, "k + 1": min(k + 1, logits.shape[1])}[uses]
    best = logits.topk(many, dim=1, largest=largest).indices
    match = best == labels[:, None]
    right = {
        "any": match.any(1),
        "last": match[:, -1],
        "batch": torch.isin(labels, best),
    }[hit].double()
    return {
        "mean": right.mean(),
        "sum": right.sum(),
        "by k": right.mean() / k,
        "percent": 100 * right.mean(),
        "error": 1 - right.mean(),
    }[joined]


TOP_K_ACCURACY = Write(
    key="top_k_accuracy",
    task="How often is the label among the k highest logits?",
    level=1,
    minutes=6,
    practises=MATRIX,
    oracle="metrics.top_k_accuracy",
    reference=_top_k,
    cases=(
        Case(
            {
                "logits": torch.tensor([[3.0, 1, 2, 0], [0, 5, 4, 1], [1, 0, 2, 6]]),
                "labels": torch.tensor([0, 2, 0]),
                "k": 1,
            },
        ),
        Case(
            {
                "logits": torch.tensor(
                    [[3.0, 1, 2, 0], [0, 5, 4, 1], [1, 0, 2, 6], [7, 2, 1, 5]]
                ),
                "labels": torch.tensor([0, 2, 0, 1]),
                "k": 2,
            },
            tags=("k above 1",),
        ),
        Case(
            {
                "logits": torch.tensor(
                    [[-3.0, -2, -5, -4], [-4, -6, -3, -2], [-2, -7, -4, -3]]
                ),
                "labels": torch.tensor([0, 0, 3]),
                "k": 2,
            },
            tags=("k above 1", "logits below -1"),
        ),
        Case(
            {
                "logits": fractions(40, 10, seed=1),
                "labels": classes(40, 10, seed=2),
                "k": 4,
            },
            tags=("k above 1", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "first only",
            {"uses": "1"},
            "Only the highest logit is looked at, whatever k is.",
            "jiweibo/ImageNet issue 8, top 5 is the same as top 1",
        ),
        Mistake(
            "the kth",
            {"hit": "last"},
            "You ask whether the label is *the* k-th. It may be any of the first k.",
            "OpenGVLab/UniFormerV2 issue 6, [k-1:k] proposed for [:k]",
        ),
        Mistake(
            "lowest",
            {"largest": False},
            "These are the k lowest logits.",
            "bethgelab/foolbox issue 237; jina-ai/serve issue 153, argsort goes up",
        ),
        Mistake(
            "one more",
            {"uses": "k + 1"},
            "One logit too many is looked at: the label is searched among the first "
            "k + 1.",
            "kingoflolz/mesh-transformer-jax issue 164, > for >=",
        ),
        Mistake(
            "count",
            {"joined": "sum"},
            "This is a count. Divide by the number of images.",
            "open-mmlab/mmaction2 issue 2136, a top-5 accuracy above 1",
        ),
        Mistake(
            "by k",
            {"joined": "by k"},
            "This is divided by k · N. Each image counts once, whatever k is.",
            "zhirongw/lemniscate.pytorch issue 10, all k are summed",
        ),
        Mistake(
            "batch",
            {"hit": "batch"},
            "A label counts as found if it is among the best of *any* image. Compare "
            "it with its own row: best == labels[:, None].",
            JUDGEMENT,
        ),
        Mistake(
            "percent",
            {"joined": "percent"},
            "These are per cent. A fraction from 0 to 1 is meant.",
            "tutorialguruji.com, accuracy function in ShuffleNet (× 100)",
        ),
        Mistake(
            "error",
            {"joined": "error"},
            "This is the share that is *not* among the first k.",
            "onnx/models issue 579, errors shown as accuracies",
        ),
    ),
    hints=(
        "For one image: which classes have the k highest logits?",
        "logits.topk(k, dim=1).indices has one row for each image.",
        "Compare each row with its own label, ask any(1), and take the mean.",
    ),
    answer="""
def my_top_k(logits, labels, k):
    best = logits.topk(k, dim=1).indices  # (N, k)
    return (best == labels[:, None]).any(1).double().mean().item()
""".strip(),
)

# --- The gap between confidence and accuracy


def _ece(
    probs: Tensor,
    labels: Tensor,
    bins: int,
    *,
    of: str = "the highest",
    many: str = "given",
    border: str = "below",
    empty: str = "left out",
    gap: str = "size",
    joined: str = "by images",
    unit: int = 1,
) -> Tensor:
    """The expected calibration error; each keyword is a mistake."""
    probs = probs.double()
    confidence, preds = probs.max(1)
    right = (preds == labels).double()
    if of == "the label":
        confidence = probs[torch.arange(len(labels)), labels]
    bins = {"given": bins, "ten": 10, "one": 1}[many]
    scaled = confidence * bins
    bin_of = scaled.floor() if border == "above" else (scaled.ceil() - 1).clamp(min=0)
    gaps, shares = [], []
    for k in range(bins):
        inside = bin_of == k
        if empty == "nan" or inside.any():
            gaps.append(confidence[inside].mean() - right[inside].mean())
            shares.append(inside.double().mean())
    if not gaps:
        return torch.tensor(0.0)
    each, share = torch.stack(gaps), torch.stack(shares)
    each = each if gap == "signed" else each.abs()
    return (
        unit
        * {
            "by images": (share * each).sum(),
            "all bins alike": each.mean(),
            "the largest": each.max(),
            "squares": (share * each.square()).sum().sqrt(),
            "image by image": (confidence - right).abs().mean(),
        }[joined]
    )


ECE = Write(
    key="ece",
    task=(
        "The expected calibration error. `bins` bins of equal width share out the "
        "confidences from 0 to 1; one on a border belongs to the bin below it. In each "
        "bin: how far is the mean confidence from the share of right readings? The "
        "mean of these gaps, where each bin counts by its images."
    ),
    level=2,
    minutes=8,
    practises=MATRIX,
    oracle="metrics.calibration_error",
    reference=_ece,
    cases=(
        Case(
            {
                "probs": torch.eye(3)[[0, 1, 2, 0]],
                "labels": torch.tensor([0, 1, 2, 1]),
                "bins": 5,
            },
        ),
        Case(
            {
                "probs": (3 * fractions(12, 3, seed=2)).softmax(1),
                "labels": classes(12, 3, seed=3),
                "bins": 4,
            },
            tags=("fractions", "several bins"),
        ),
        Case(
            {
                "probs": (2 * fractions(8, 3, seed=6)).softmax(1),
                "labels": classes(8, 3, seed=7),
                "bins": 1,
            },
            tags=("fractions", "a single bin"),
        ),
        Case(
            {
                "probs": (2 * fractions(60, 4, seed=4)).softmax(1),
                "labels": (2 * fractions(60, 4, seed=4)).argmax(1)
                * (torch.arange(60) % 6 > 0),
                "bins": 12,
            },
            tags=("fractions", "several bins", "surer than right and less sure"),
        ),
    ),
    mistakes=(
        Mistake(
            "all bins alike",
            {"joined": "all bins alike"},
            "Every bin counts alike, also one with a single image. Weight each gap by "
            "the images of its bin.",
            "ethen8181/machine-learning issue 20, bins without their sizes",
        ),
        Mistake(
            "signed",
            {"gap": "signed"},
            "Gaps of both signs cancel: too sure here, not sure enough there. Take "
            "their sizes, abs(), before you add.",
            "scikit-learn/scikit-learn pull request 11096, the norm of the gaps",
        ),
        Mistake(
            "nan",
            {"empty": "nan"},
            "A bin without images has no mean, so it gives nan, and nan spoils the "
            "sum. Leave empty bins out.",
            "Project-MONAI/MONAI pull request 8707, empty bins and nan",
        ),
        Mistake(
            "lost at the top",
            {"border": "above"},
            "An image with a confidence of just 1 is in no bin of yours. A border "
            "belongs to the bin below it.",
            "Lightning-AI/torchmetrics issue 3510, a confidence of exactly 1",
        ),
        Mistake(
            "label",
            {"of": "the label"},
            "You take the probability of the label. Confidence is the highest "
            "probability, whether it is right or not.",
            "niznik-dev/cruijff_kit issue 305, two meanings of confidence",
        ),
        Mistake(
            "one bin",
            {"many": "one"},
            "That is the mean confidence against the accuracy, with all images in one "
            "bin: the gaps of different bins cancel.",
            "Bala93/CLIPCalib issue 2, which images are taken together",
        ),
        Mistake(
            "image by image",
            {"joined": "image by image"},
            "Each image is its own bin here. One image is right or wrong, so even a "
            "calibrated network would have a gap at each. Average over a bin first.",
            "Bala93/CLIPCalib issue 2, one image at a time",
        ),
        Mistake(
            "largest",
            {"joined": "the largest"},
            "That is the largest gap, the *maximum* calibration error. It may come "
            "from a single image.",
            "Khanz9664/TrustLens issue 134, the two errors side by side",
        ),
        Mistake(
            "squares",
            {"joined": "squares"},
            "The gaps are squared. Here their sizes are averaged.",
            "scikit-learn/scikit-learn issue 18268, squares or sizes",
        ),
        Mistake(
            "ten bins",
            {"many": "ten"},
            "There are always ten bins, whatever `bins` says. Their number changes "
            "the result, so it must be the one that was asked for.",
            "adamxyang/laplace-lora issue 2, how many bins?",
        ),
        Mistake(
            "percent",
            {"unit": 100},
            "These are per cent. A fraction from 0 to 1 is meant.",
            "tutorialguruji.com, accuracy function in ShuffleNet (× 100)",
        ),
    ),
    hints=(
        "Which two numbers of an image are needed: how sure it was, and what else?",
        "bin_of = (confidence * bins).ceil() - 1 says in which bin an image is.",
        "For each bin with images: abs(mean confidence − mean right), times the share "
        "of all images that are in it. Add these.",
    ),
    answer="""
def my_ece(probs, labels, bins):
    confidence, preds = probs.max(1)
    right = (preds == labels).double()
    bin_of = (confidence * bins).ceil() - 1
    error = 0.0
    for k in range(bins):
        inside = bin_of == k
        if inside.any():
            gap = confidence[inside].mean() - right[inside].mean()
            error += inside.double().mean() * gap.abs()
    return error
""".strip(),
)


EXERCISES: tuple = (
    MARGIN,
    MCNEMAR,
    CHOSEN,
    RECALL,
    TOP_K_ACCURACY,
    ECE,
    Predict(
        "off_exams",
        "In how many of 10,000 exams is the score off by more than 0.2 points?",
        1_392,
        near=0.15,
    ),
    Predict(
        "exam",
        "What is the test accuracy?",
        99.33,
        unit=" %",
        near=0.001,
        how_sure=True,
    ),
)
