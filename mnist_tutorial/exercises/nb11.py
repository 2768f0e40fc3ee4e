"""Exercises and predictions of 11 How far, how fast, does it travel?"""

import random
from collections.abc import Callable
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

TRICKS = "measure a trick on fair terms, and say whether it earned its place"
TIME = "take training time apart into steps and seconds per step, and measure both"
TRAVEL = "test whether a finding travels to other data before you rely on it there"
BLOCK = "build a residual block, and say what its addition is for"


# --- Two recipes, a few seeds each


def _error(
    spread_a: float,
    spread_b: float,
    runs: int,
    *,
    over: str = "root",
    of: str = "both",
) -> float:
    """The standard error of a difference of two means; each keyword is a mistake."""
    sums = {
        "both": sqrt(spread_a**2 + spread_b**2),
        "first": spread_a,
        "added": spread_a + spread_b,
        "subtracted": sqrt(abs(spread_a**2 - spread_b**2)),
    }
    return sums[of] / {"root": sqrt(runs), "runs": runs, "nothing": 1}[over]


def _spreads(rng: random.Random) -> dict[str, Any]:
    a, b = rng.sample((0.03, 0.04, 0.05, 0.06, 0.08, 0.1), 2)
    return {"spread_a": a, "spread_b": b, "runs": rng.choice((3, 5, 6, 8, 10, 12))}


def _error_working(spread_a: float, spread_b: float, runs: int) -> str:
    a, b = spread_a / sqrt(runs), spread_b / sqrt(runs)
    return (
        f"The standard error of each mean: {spread_a} / √{runs} = {a:.4f} and "
        f"{spread_b} / √{runs} = {b:.4f}\n"
        f"Variances add: √({a:.4f}² + {b:.4f}²) = "
        f"{shown(_error(spread_a, spread_b, runs))}"
    )


APART = Compute(
    key="apart",
    task=(
        "Two recipes were trained with {runs} seeds each. The accuracies of the first "
        "have a standard deviation of {spread_a} points, those of the second of "
        "{spread_b} points. What is the standard error of the difference between the "
        "two means, in points? Two digits suffice. (The seeds of the two have nothing "
        "to do with each other.)"
    ),
    level=2,
    minutes=4,
    practises=TRICKS,
    reference=_error,
    numbers={"spread_a": 0.05, "spread_b": 0.04, "runs": 5},
    draw=_spreads,
    working=_error_working,
    tolerance=0.03,
    mistakes=(
        Mistake(
            "of single runs",
            {"over": "nothing"},
            "That is how far the difference of two *single* runs scatters. A mean of n "
            "runs scatters √n times less.",
            "alexlee-gk/video_prediction issue 18, deviation or standard error",
        ),
        Mistake(
            "deviation",
            {"over": "nothing", "of": "first"},
            "That is the standard deviation of one run. A mean of n runs scatters √n "
            "times less, and there are two means.",
            "sharkdp/hyperfine issue 417, the deviation as an error bar",
        ),
        Mistake(
            "one of two",
            {"of": "first"},
            "That is the standard error of the first mean. The second one scatters, "
            "too.",
            "stats.stackexchange.com/questions/72775, two means, two errors",
        ),
        Mistake(
            "added",
            {"of": "added"},
            "You have added the two standard errors. Luck sometimes cancels: it is the "
            "variances that add, so add the squares and take the root.",
            "stats.stackexchange.com/questions/72775, standard errors added",
        ),
        Mistake(
            "no root",
            {"over": "runs"},
            "You have divided by the number of runs. The root is taken of it: four "
            "times the runs halve the error.",
            "nastarandarjani in treder/MVPA-Light issue 33, by the number, or its root",
        ),
        Mistake(
            "subtracted",
            {"of": "subtracted"},
            "You have subtracted the variances. A difference of two uncertain numbers "
            "is *more* uncertain than each: the variances add.",
            "people.richland.edu/james/lecture/m113/difference_means, why they add",
        ),
    ),
    hints=(
        "How far does the mean of five runs scatter, if one run scatters by 0.05?",
        "A mean of n runs scatters by deviation / √n. Do that for both recipes.",
        "Square the two, add, take the root: variances add, for a difference as well.",
    ),
    answer="0.0286",
)


# --- A recipe for photographs

MIRRORED = Decide(
    key="mirrored",
    task=(
        "In a recipe for photographs each training image is mirrored, left for right, "
        "with probability ½. There it raised the accuracy with every seed. You copy "
        "the line into the training of digits. What do you expect, and why?"
    ),
    level=1,
    minutes=4,
    practises=TRAVEL,
    claims=(
        "it helps: it was shown to, with every seed",
        "nothing: the network is free to ignore it",
        "nobody can know before the test set is opened",
        "it may well harm; measure it on validation digits before you keep it",
    ),
    reasons=(
        "a finding with every seed is no luck, so it holds for images in general",
        "it helps where a mirrored image is as likely as the image, and keeps its "
        "label",
        "more images are always better, and this makes twice as many",
        "convolutions do not see a difference between left and right",
    ),
    right=("D", 2),
    mistakes=(
        Mistake(
            "no luck, so everywhere",
            ("A", 1),
            "Seeds answer one question: was it luck *there*? They say nothing about "
            "other images. A cat that looks left is a cat; is a mirrored 3 a digit?",
            "chrischute/real-nvp issue 5, mirrored digits by a recipe for CIFAR-10",
        ),
        Mistake(
            "more is better",
            ("A", 3),
            "It makes more images, but of what? Training images should resemble those "
            "that will come, and nobody writes a mirrored 3.",
            "POSTECH-CVLab/PyTorch-StudioGAN issue 181, mirrored digits on MNIST",
        ),
        Mistake(
            "blind to sides",
            (None, 4),
            "They do see it: a kernel with −1 on the left and +1 on the right finds "
            "one kind of edge and not its mirror image.",
            "blog.stites.io, data augmentation is a hack: invariant to what?",
        ),
        Mistake(
            "ignores it",
            ("B", None),
            "Half of its training images are mirrored: they have a say in every step. "
            "It cannot tell which of them were.",
            JUDGEMENT,
        ),
        Mistake(
            "test set",
            ("C", None),
            "That is what validation images are for. And one can think first: is a "
            "mirrored digit as likely, and does it keep its label?",
            JUDGEMENT,
        ),
        Mistake(
            "it helps",
            ("A", None),
            "It was shown to help on photographs. Whether that travels depends on what "
            "a mirrored image is there, and what it is here.",
            "chrischute/real-nvp issue 5, mirrored digits by a recipe for CIFAR-10",
        ),
        Mistake(
            "harm, by seeds",
            ("D", 1),
            "The claim is right, but this reason speaks against it: with every seed "
            "means no luck there, and nothing elsewhere.",
            JUDGEMENT,
        ),
        Mistake(
            "harm, by number",
            ("D", 3),
            "The claim is right, but this reason speaks against it. Ask whether the "
            "added images resemble those that will come.",
            "datascience.stackexchange.com/questions/71950, more images by turning",
        ),
    ),
    hints=(
        "Take a photograph of a cat and a digit 3, and mirror both. What are they now?",
        "Augmentation says something about the world: a changed image of this kind "
        "will come, and has the same label.",
        "That is true of photographs; of a 3, a 7 or a 4 it is not. So one measures.",
    ),
    answer='"D", because=2, sure=90',
)


# --- How many times as fast


def _times_faster(
    begun: Tensor,
    returned: Tensor,
    done: Tensor,
    *,
    until: str = "done",
    warm: str = "neither",
    of: str = "median",
    turned: bool = False,
) -> Tensor:
    """How many times as fast the new way is; each keyword is a mistake."""
    seconds = {
        "done": done - begun,
        "returned": returned - begun,
        "after": done - returned,
    }[until]
    first_old = 0 if warm in ("both", "old") else 1
    first_new = 0 if warm in ("both", "new") else 1
    summaries: dict[str, Callable[[Tensor], Tensor]] = {
        "median": torch.median,
        "mean": torch.mean,
        "best": torch.min,
        "last": lambda values: values[-1],
    }
    summary = summaries[of]
    old, new = summary(seconds[0, first_old:]), summary(seconds[1, first_new:])
    return new / old if turned else old / new


def _log(seconds: Tensor, share: Tensor, *tags: str) -> Case:
    """A log of calls one after the other; each returns before its work is done."""
    turns = seconds.shape[1]
    ends = seconds.T.reshape(-1).cumsum(0)  # in turns: old, new, old, new
    begun = (ends - seconds.T.reshape(-1)).reshape(turns, 2).T.contiguous()
    return Case(
        {"begun": begun, "returned": begun + seconds * share, "done": begun + seconds},
        tags,
    )


FASTER = Repair(
    key="faster",
    task=(
        "A colleague has run an old way and a new one in turns, on a GPU, and logged "
        "three times of each call: when it began, when Python went on, and when the "
        "GPU was done. The first call of each warms up. How many times as fast is the "
        "new way, by the medians of the other calls? Find three faults and mend them."
    ),
    level=2,
    minutes=8,
    practises=TIME,
    oracle="the rule above",
    reference=_times_faster,
    given='''
def times_faster(begun, returned, done):
    """Three tables (2, turns), in seconds; row 0 is the old way, row 1 the new."""
    seconds = returned - begun
    old = seconds[0]
    new = seconds[1, 1:]
    return old.median() / new.min()
'''.strip(),
    lines=3,
    cases=(
        _log(
            torch.tensor([[40.0, 12, 20, 10], [9, 5, 2, 4]]),
            torch.tensor([[0.5, 0.5, 0.25, 0.5], [1 / 3, 0.2, 0.5, 0.5]]),
        ),
        _log(
            5 + fractions(2, 8, seed=3).abs(),
            0.1 + 0.8 * torch.rand(2, 8, generator=torch.Generator().manual_seed(4)),
            "fractions",
            "more turns",
        ),
    ),
    mistakes=(
        Mistake(
            "not waited for",
            {"until": "returned"},
            "These seconds end when Python goes on. The GPU has only been told by "
            "then; the work ends at `done`.",
            "TristanBilot/mlx-benchmark pull request 21, results implausibly fast",
        ),
        Mistake(
            "after the return",
            {"until": "after"},
            "That leaves out the time until Python went on, in which the GPU may have "
            "been at work. Count from `begun` to `done`.",
            JUDGEMENT,
        ),
        Mistake(
            "cold old way",
            {"warm": "old"},
            "The old way still counts its first call, and the new one does not. Leave "
            "it out of both.",
            "pyg-team/pytorch_geometric pull request 10773, warm-up counted",
        ),
        Mistake(
            "both cold",
            {"warm": "both"},
            "The first call of each warms up, so it counts for neither.",
            "pytorch/pytorch issue 93634, no warm-up before the timing",
        ),
        Mistake(
            "best",
            {"of": "best"},
            "You compare the fastest calls. The medians are asked for.",
            "flix/flix issue 3703, the fastest run or the median",
        ),
        Mistake(
            "mean",
            {"of": "mean"},
            "You compare the means. One call that was disturbed moves a mean; the "
            "medians are asked for.",
            "vltpkg/benchmarks issue 160, one slow run moves the mean",
        ),
        Mistake(
            "turned",
            {"turned": True},
            "That is the share of the old seconds which the new way takes. How many "
            "times as fast is old by new.",
            "pyk/bench issue 19, the ratio turned round",
        ),
    ),
    hints=(
        "Which of the three times says that the work is finished?",
        "Both rows have to be treated alike: the same calls, the same summary.",
        "done − begun; `[0, 1:]` as in the line below it; and `.median()` twice.",
    ),
    answer='''
def times_faster(begun, returned, done):
    """Three tables (2, turns), in seconds; row 0 is the old way, row 1 the new."""
    seconds = done - begun
    old = seconds[0, 1:]
    new = seconds[1, 1:]
    return old.median() / new.median()
'''.strip(),
)


# --- What went in, and what is changed


def _residual(
    x: Tensor,
    kernel1: Tensor,
    kernel2: Tensor,
    gain: Tensor,
    *,
    adds: str = "what went in",
    between: bool = True,
    early: bool = False,
    last: bool = True,
    joined: str = "sum",
    gains: str = "change",
) -> Tensor:
    """A residual block; each keyword is a mistake."""
    first = F.conv2d(x, kernel1, padding=1)
    hidden = F.relu(first) if between else first
    change = F.conv2d(hidden, kernel2, padding=1)
    if gains == "change":
        change = gain * change
    if early:
        change = F.relu(change)
    kept = {"what went in": x, "the middle": hidden, "nothing": torch.zeros_like(x)}
    result = kept[adds] + change if joined == "sum" else kept[adds] * change
    if gains == "all":
        result = gain * result
    return F.relu(result) if last else result


def _block(seed: int, channels: int, side: int, gain: float, *tags: str) -> Case:
    return Case(
        {
            "x": fractions(2, channels, side, side + 1, seed=seed),
            "kernel1": fractions(channels, channels, 3, 3, seed=seed + 1),
            "kernel2": fractions(channels, channels, 3, 3, seed=seed + 2),
            "gain": torch.tensor(gain),
        },
        tags,
    )


RESIDUAL = Write(
    key="residual",
    task=(
        "A block that can begin as nothing at all: convolve `x` with `kernel1`, take "
        "ReLU, convolve with `kernel2` (no bias, padding 1 both times), multiply by "
        "the number `gain`, add what went in, and take ReLU of the sum. With gain 0 "
        "it passes on what is positive. (`F` is torch.nn.functional.)"
    ),
    level=2,
    minutes=8,
    practises=BLOCK,
    oracle="the rule above",
    reference=_residual,
    cases=(
        Case(
            {
                "x": whole(1, 1, 2, 2, seed=5, low=-4, high=4),
                "kernel1": whole(1, 1, 3, 3, seed=6, low=-2, high=2),
                "kernel2": whole(1, 1, 3, 3, seed=7, low=-2, high=2),
                "gain": torch.tensor(2.0),
            },
        ),
        _block(8, 3, 5, 0.5, "fractions", "several channels", "several images"),
    ),
    mistakes=(
        Mistake(
            "no addition",
            {"adds": "nothing"},
            "What went in is not added: with gain 0 nothing is left of it.",
            "znxlwm/UGATIT-pytorch issue 32, a residual block without its addition",
        ),
        Mistake(
            "ReLU too early",
            {"early": True},
            "ReLU is taken of the change before the addition. So the block can only "
            "add, never take away.",
            "kuangliu/pytorch-cifar issue 4, a ReLU before the addition",
        ),
        Mistake(
            "no last ReLU",
            {"last": False},
            "The last ReLU is missing: it is taken of the sum.",
            "JiaRenChang/PSMNet issue 72, no ReLU after the addition",
        ),
        Mistake(
            "no ReLU between",
            {"between": False},
            "Between the two convolutions there is no ReLU. Two convolutions in a row "
            "are one larger one.",
            "Cadene/pretrained-models.pytorch issue 79, a ReLU that has no effect",
        ),
        Mistake(
            "adds the middle",
            {"adds": "the middle"},
            "You add the result of the first convolution. Add `x` as it came in; keep "
            "it under its own name.",
            "rosinality/vq-vae-2-pytorch issue 60, what is added is not what came in",
        ),
        Mistake(
            "product",
            {"joined": "product"},
            "You multiply what went in by the change. Add them: then a change of 0 "
            "leaves it as it was.",
            JUDGEMENT,
        ),
        Mistake(
            "gain on all",
            {"gains": "all"},
            "`gain` multiplies the sum. It belongs to the change alone: with gain 0, "
            "what went in has to come out.",
            "yangjian1218 in wgcban/ChangeFormer issue 65, what a factor multiplies",
        ),
    ),
    hints=(
        "Write the change first, in one line: conv2d, relu, conv2d, times gain.",
        "F.conv2d(x, kernel1, padding=1) keeps height and width, so x can be added.",
        "return F.relu(x + gain * change)",
    ),
    answer="""
def my_residual(x, kernel1, kernel2, gain):
    hidden = F.relu(F.conv2d(x, kernel1, padding=1))
    change = F.conv2d(hidden, kernel2, padding=1)
    return F.relu(x + gain * change)
""".strip(),
)


# --- Deeper, and worse

DEEPER = Decide(
    key="deeper",
    task=(
        "A plain network of 33 convolutions does worse than one of 3, with every seed: "
        "on new images, and also on the images that both have learned from. The "
        "arithmetic is the same. What is the fault of the deep one?"
    ),
    level=2,
    minutes=5,
    practises=BLOCK,
    claims=(
        "it overfits",
        "it has too little to compute with",
        "the training did not find weights that do well",
        "it had bad luck",
    ),
    reasons=(
        "it is worse on what it learned from, too, and the same convolutions with an "
        "addition do better",
        "it is worse on new images, and has more layers",
        "its gradients vanish, which ReLU would mend",
        "depth never helps with images of 28 × 28 pixels",
    ),
    right=("C", 1),
    mistakes=(
        Mistake(
            "overfitting",
            ("A", None),
            "A network that overfits does *well* on the images it learned from. Look "
            "at the training accuracy again.",
            "datascience.stackexchange.com/questions/58487, deep, so it overfits",
        ),
        Mistake(
            "too small",
            ("B", None),
            "Both cost the same arithmetic, and with an addition, which has no "
            "weights, the same convolutions do better.",
            "discuss.pytorch.org/t/163725, more layers and a worse training loss",
        ),
        Mistake(
            "luck",
            ("D", None),
            "It was so with every seed, and by more than the seeds differ.",
            JUDGEMENT,
        ),
        Mistake(
            "vanishing gradients",
            ("C", 3),
            "It has ReLU already, and batch norm after every convolution. He and "
            "others looked for vanishing gradients in such networks and found none.",
            "guevara/read-it-later issue 11841, the usual answer about ResNet",
        ),
        Mistake(
            "never",
            ("C", 4),
            "That was not shown: other trainings and other widths were not tried. And "
            "it would not say why.",
            JUDGEMENT,
        ),
        Mistake(
            "new images only",
            ("C", 2),
            "That alone would fit overfitting as well. What speaks against it?",
            "wandb/edu issue 54, depth and overfitting in one breath",
        ),
    ),
    hints=(
        "What does a network that overfits reach on its training images?",
        "An addition has no weights and hardly any arithmetic. What does it show that "
        "it mends most of the damage?",
        "So weights that do better exist for these convolutions; the training did not "
        "get there.",
    ),
    answer='"C", because=1, sure=90',
)


EXERCISES = (
    APART,
    MIRRORED,
    FASTER,
    RESIDUAL,
    DEEPER,
    Predict(
        "bare_runs",
        "How many points lie between the best and the worst of five runs of the "
        "network without any trick?",
        42.5,
        unit=" points",
        near=0.1,
    ),
    Predict(
        "best_errors",
        "How many of 10,000 test digits does one of 11's networks misread, on average?",
        32,
        near=0.1,
    ),
    Predict(
        "epochs",
        "How many epochs does batch norm need to 99 %, on average over the seeds?",
        1.33,
        near=0.1,
    ),
    Predict(
        "fail_on_clothes",
        "How many of the nine findings fail on Fashion-MNIST?",
        4,
    ),
)
