"""Exercises of 07 Evaluation."""

import torch
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions
from mnist_tutorial.exercises.write import Write


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
    practises=(
        "read a confusion matrix, precision and recall, and a reliability diagram"
    ),
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

EXERCISES: tuple = (TOP_K_ACCURACY,)
