"""Exercises and predictions of 04 Model."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions, whole
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

MIXING = "say why `view(-1, …)` can mix images and `flatten(1)` cannot"
LOSS = "compute softmax and cross-entropy by hand, and say why a network returns logits"


# --- A repair that mixes images


def _head(
    maps: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    rows: str = "by image",
    relu: str = "before",
    softmax: bool = False,
) -> Tensor:
    """The logits of what the last pool leaves; each keyword is a mistake."""
    N, C, H, W = maps.shape
    maps = maps if relu == "none" else F.relu(maps)
    flat = {
        "by image": lambda: maps.flatten(1),
        "mixed": lambda: maps.reshape(C * H * W, N).T,
        "channels last": lambda: maps.permute(0, 2, 3, 1).flatten(1),
        "batch last": lambda: maps.permute(1, 2, 3, 0).reshape(N, C * H * W),
        "of one image": lambda: maps[:1].flatten(1).expand(N, -1),
    }[rows]()
    logits = flat @ weight.T + bias
    return logits.softmax(1) if softmax else logits


def _maps(maps: Tensor, *tags: str, K: int) -> Case:
    numbers = whole if maps.equal(maps.round()) else fractions
    weight = numbers(K, maps[0].numel(), seed=10 * K)
    bias = numbers(K, seed=K)
    return Case({"maps": maps, "weight": weight, "bias": bias}, tags)


HEAD = Repair(
    key="head",
    task=(
        "The colleague has taken the review to heart and computes all sizes. For one "
        "image the logits are right. For a batch nothing stops, and they are wrong. "
        "Find the line, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=MIXING,
    oracle="the network, image by image",
    reference=_head,
    given='''
def head(maps, weight, bias):
    """(N, C, H, W) after the last pool, (K, C · H · W) and (K,) to logits (N, K)."""
    N, C, H, W = maps.shape
    maps = F.relu(maps)
    rows = maps.reshape(C * H * W, N).T
    logits = rows @ weight.T + bias
    return logits
'''.strip(),
    lines=2,  # the shape is not needed any more
    cases=(
        _maps(whole(1, 1, 1, 3, low=-3, high=5), K=2),
        _maps(whole(2, 2, 1, 2, seed=2, low=-3), "several images", K=3),
        _maps(fractions(5, 4, 3, 2, seed=3), "several images", "fractions", K=7),
    ),
    mistakes=(
        Mistake(
            "mixed",
            {"rows": "mixed"},
            "The images still flow into each other: reshape lays the numbers out in "
            "the order in which they lie in memory, and the first axis was the images.",
            "Medium, McGill AI Review: the dangers of reshaping",
        ),
        Mistake(
            "batch last",
            {"rows": "batch last"},
            "The axis of the images is moved to the end, and then read as if it were "
            "first: each row mixes images again.",
            "zhouhaoyi/Informer2020 issue 59, view in place of permute",
        ),
        Mistake(
            "channels last",
            {"rows": "channels last"},
            "Each row is of one image now, but in another order than the weights were "
            "made for: channels come before rows and columns.",
            "vitrioil/Speech-Separation issue 4",
        ),
        Mistake(
            "first image",
            {"rows": "of one image"},
            "Every row holds the first image.",
            "Jingkang50/OpenPSG issue 56, right for a batch of one",
        ),
        Mistake(
            "no relu",
            {"relu": "none"},
            "The rows are right. But the ReLU is gone, and it was in order.",
            JUDGEMENT,
        ),
        Mistake(
            "softmax",
            {"softmax": True},
            "The rows are right. But these are probabilities now: a network returns "
            "logits, since the loss has a softmax of its own.",
            "discuss.pytorch.org/t/60203",
        ),
    ),
    hints=(
        "Print `rows` for two images, one full of 1 and one full of 2. What is in a "
        "row?",
        "Which operation cannot touch the first axis?",
        "rows = maps.flatten(1)",
    ),
    answer='''
def head(maps, weight, bias):
    """(N, C, H, W) after the last pool, (K, C · H · W) and (K,) to logits (N, K)."""
    N, C, H, W = maps.shape
    maps = F.relu(maps)
    rows = maps.reshape(N, C * H * W)
    logits = rows @ weight.T + bias
    return logits
'''.strip(),
)


# --- From logits to a loss


def _cross_entropy(
    logits: Tensor,
    labels: Tensor,
    *,
    first: str = "",
    log: str = "stable",
    over: int = 1,
    of: str = "label",
    joined: str = "mean",
    sign: int = -1,
) -> Tensor:
    """F.cross_entropy; each keyword is a mistake."""
    z = logits.softmax(1) if first == "softmax" else logits
    exp = z.exp()
    logs = {
        "stable": lambda: z.log_softmax(over),
        "of a quotient": lambda: (exp / exp.sum(1, keepdim=True)).log(),
        "of the sum": lambda: z - exp.sum(1, keepdim=True).log(),
        "of softmax": lambda: z.softmax(1).log(),
        "of softmax and a little": lambda: (z.softmax(1) + 1e-9).log(),
        "of shifted": lambda: _shifted_by_one_maximum(z),
        "none": lambda: z.softmax(1),
    }[log]()
    columns = {"label": labels, "own": z.argmax(1)}[of]
    each = sign * logs[torch.arange(len(labels)), columns]
    return {
        "mean": each.mean(),
        "sum": each.sum(),
        "by all": each.mean() / logits.shape[1],
    }[joined]


def _shifted_by_one_maximum(z: Tensor) -> Tensor:
    shifted = z - z.max()
    return shifted - shifted.exp().sum(1, keepdim=True).log()


CROSS_ENTROPY = Write(
    key="cross_entropy",
    task=(
        "The loss, from logits to one number, without `F.cross_entropy` and without a "
        "softmax layer. Logits of 1,000 must be no trouble."
    ),
    level=2,
    minutes=8,
    practises=LOSS,
    oracle="F.cross_entropy",
    reference=_cross_entropy,
    cases=(
        Case({"logits": torch.zeros(1, 2), "labels": torch.tensor([1])}),
        Case(
            {
                "logits": torch.tensor([[2.0, 0, 1], [0, 0, 3]]),
                "labels": torch.tensor([0, 1]),
            },
            tags=("several images",),
        ),
        Case(
            {"logits": 2 * fractions(7, 10), "labels": classes(7, 10, seed=1)},
            tags=("several images", "fractions"),
        ),
        Case(
            {"logits": torch.tensor([[1000.0, 0]]), "labels": torch.tensor([0])},
            tags=("logits of 1,000",),
        ),
        Case(
            {"logits": torch.tensor([[1000.0, 0]]), "labels": torch.tensor([1])},
            tags=("logits of 1,000", "a probability of 0"),
        ),
        Case(
            {
                "logits": torch.tensor([[1000.0, 0], [0, 1]]),
                "labels": torch.tensor([0, 1]),
            },
            tags=("logits of 1,000", "rows of different size"),
        ),
    ),
    mistakes=(
        Mistake(
            "exp",
            {"log": "of a quotient"},
            "Right for small logits, but exp(1000) is too large for a float, and "
            "inf / inf is no number. Subtract each row's largest logit first, or use "
            "logsumexp.",
            "jaykmody.com/blog/stable-softmax",
        ),
        Mistake(
            "log of sum",
            {"log": "of the sum"},
            "Right for small logits, but exp(1000) is inf, and so is the logarithm of "
            "a sum with it. Subtract each row's largest logit first, or use logsumexp.",
            "nipunbatra.github.io/interactive-articles/numerical-tricks",
        ),
        Mistake(
            "log of softmax",
            {"log": "of softmax"},
            "Right for small logits, but a probability of 0 has no logarithm: for "
            "logits 1000 and 0 the loss of the second is 1000, not inf. Keep to "
            "logarithms: logit − logsumexp.",
            "pytorch/pytorch issue 795",
        ),
        Mistake(
            "a little added",
            {"log": "of softmax and a little"},
            "The small number inside the logarithm keeps inf away and hides the truth: "
            "no loss can be larger than its logarithm. For logits 1000 and 0 the loss "
            "of the second is 1000.",
            "FluxML/Flux.jl pull request 437",
        ),
        Mistake(
            "one maximum",
            {"log": "of shifted"},
            "One maximum is subtracted from all images. An image with small logits "
            "then has exp(…) = 0 everywhere: each row needs its own, max(1, "
            "keepdim=True).",
            "lzx1413/PytorchSSD issue 22, x.data.max()",
        ),
        Mistake(
            "two softmaxes",
            {"first": "softmax"},
            "Softmax is applied twice: once by you, once inside the loss.",
            "discuss.pytorch.org/t/60203",
        ),
        Mistake(
            "over images",
            {"over": 0},
            "Softmax must run over the classes of an image (dim=1), not over the "
            "images of the batch.",
            "perone/euclidesdb issue 2",
        ),
        Mistake(
            "no log",
            {"log": "none"},
            "The logarithm is missing: this is a mean probability.",
            "yanx27/Pointnet_Pointnet2_pytorch issue 30, nll_loss without a logarithm",
        ),
        Mistake(
            "sign",
            {"sign": 1},
            "The sign is wrong: a logarithm of a probability is never positive, a loss "
            "never negative.",
            "torch/nn issue 1066, negative loss values",
        ),
        Mistake(
            "sum",
            {"joined": "sum"},
            "The losses of the images are summed. Take their mean, or the step grows "
            "with the batch.",
            "jax-ml/jax pull request 3113",
        ),
        Mistake(
            "by all",
            {"joined": "by all"},
            "You have divided by the number of classes as well: of each row only the "
            "label's entry counts, so divide by the number of images alone.",
            "jax-ml/jax issue 1023, mean in place of sum over classes",
        ),
        Mistake(
            "own opinion",
            {"of": "own"},
            "This is the loss of the class that the logits prefer. The label says "
            "which entry of a row counts.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Of each row, which logit counts, and against what?",
        "−ln(e^own / Σ e^z) = ln Σ e^z − own, for each image; then the mean.",
        "logits.logsumexp(1) is ln Σ e^z without overflow.",
    ),
    answer="""
def my_cross_entropy(logits, labels):
    own = logits[torch.arange(len(labels)), labels]  # (N,)
    return (logits.logsumexp(1) - own).mean()
""".strip(),
)


EXERCISES: tuple = (
    HEAD,
    CROSS_ENTROPY,
    Predict(
        "silent_sizes",
        "Which batch sizes run without an error?",
        frozenset({49, 98}),
        how_sure=True,
    ),
    Predict(
        "weights", "How many parameters has Conv2d(32, 64, 3)?", 18_496, how_sure=True
    ),
    Predict("unpadded", "How many features per image without padding?", 128),
    Predict(
        "fields",
        "How many pixels does one number see, in each of the four?",
        (22, 18, 8, 7),
    ),
)
