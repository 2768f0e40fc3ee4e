"""Exercises and predictions of 10 FAQ."""

import random
from typing import Any

import torch
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

KERNEL = "choose a kernel size by what it sees and what it costs"
HEART = "say what a training accuracy of 100 % shows, and what it does not"
GAIN = "judge from a few seeds whether a remedy helped"
FAIR = "compare optimisers on fair terms"
STEP = "write a step of momentum and of Adam"


# --- What a large kernel costs


def _ratio(
    kernel: int,
    channels: int,
    *,
    stack: str = "as deep as needed",
    stacked_channels: str = "all",
    sides: str = "squared",
    turned: bool = False,
    of: str = "quotient",
) -> float:
    """Weights of one convolution, by those of the stack that sees as far."""
    depth = {"as deep as needed": (kernel - 1) // 2, "one": 1}[stack]
    pairs = channels**2
    large, small = kernel**2 * pairs, 9 * depth * pairs
    if sides == "plain":
        large, small = kernel * pairs, 3 * pairs
    if stacked_channels == "one":
        small //= pairs
    if of == "difference":
        return (large - small) / pairs
    return small / large if turned else large / small


def _kernel(rng: random.Random) -> dict[str, Any]:
    return {"kernel": rng.choice((7, 9, 11, 13)), "channels": rng.randrange(8, 65)}


def _ratio_working(kernel: int, channels: int) -> str:
    depth = (kernel - 1) // 2
    ratio = _ratio(kernel, channels)
    return (
        f"Each further layer of 3 × 3 sees 2 pixels more, so {depth} layers see "
        f"3 + {depth - 1} · 2 = {kernel} pixels.\n"
        f"One layer of {kernel} × {kernel}: {kernel} · {kernel} · {channels} · "
        f"{channels} weights.\n"
        f"{depth} layers of 3 × 3: {depth} · 9 · {channels} · {channels} weights.\n"
        f"The channels cancel: {kernel**2} / {9 * depth} = {shown(round(ratio, 3))}"
    )


EQUAL_SIGHT = Compute(
    key="equal_sight",
    task=(
        "A convolution of {kernel} × {kernel} from {channels} channels to {channels}, "
        "or a stack of 3 × 3 convolutions, each from {channels} channels to "
        "{channels}, that sees as far, all with stride 1. How many times as many "
        "weights has the large kernel? Leave the biases out."
    ),
    level=1,
    minutes=4,
    practises=KERNEL,
    reference=_ratio,
    numbers={"kernel": 7, "channels": 16},
    draw=_kernel,
    working=_ratio_working,
    tolerance=0.01,
    mistakes=(
        Mistake(
            "one small layer",
            {"stack": "one"},
            "That compares with a single layer of 3 × 3, which does not see as far. "
            "How many of them does it take?",
            "forums.fast.ai/t/8205, one 3 × 3 against one 5 × 5",
        ),
        Mistake(
            "sides",
            {"sides": "plain"},
            "That compares the sides. A kernel has side times side weights, and the "
            "stack has several layers.",
            "forums.fast.ai/t/8205, counting the multiplications",
        ),
        Mistake(
            "one channel",
            {"stacked_channels": "one"},
            "In the stack every layer goes from all channels to all channels, too.",
            "stats.stackexchange.com/questions/570254, channels decide the kernel",
        ),
        Mistake(
            "turned",
            {"turned": True},
            "That is the share which the stack needs. The question is the other way "
            "round.",
            JUDGEMENT,
        ),
        Mistake(
            "difference",
            {"of": "difference"},
            "That is a difference, for one pair of channels. Divide.",
            JUDGEMENT,
        ),
        Mistake(
            "one small layer of one channel",
            {"stack": "one", "stacked_channels": "one"},
            "The large kernel is compared with a single 3 × 3 kernel of one channel. "
            "Count the layers, and the channels of each.",
            "ai.stackexchange.com/questions/5107, what a stack sees",
        ),
    ),
    hints=(
        "How far do two layers of 3 × 3 see, and how far do three?",
        "One layer sees 3 pixels, and each further one 2 more. A layer from C "
        "channels to C has 9 · C · C weights.",
        "kernel² / (9 · layers): the channels cancel.",
    ),
    answer="1.81",
)


# --- What random labels show

BY_HEART = Decide(
    key="by_heart",
    task=(
        "A network is trained on images whose labels were drawn at random, until it "
        "gives the right one to every training image. Which claim holds, and why? "
        "Answer with a letter, a number, and how sure you are."
    ),
    level=1,
    minutes=4,
    practises=HEART,
    claims=(
        "On new digits it does no better than chance",
        "It has found a pattern in the labels",
        "After true labels it would do no better than chance, either",
        "Dropout would have made this impossible",
        "It classifies new digits well, too",
    ),
    reasons=(
        "it can store labels one by one, and nothing about them holds for new images",
        "all labels can only be right if there is a rule behind them",
        "a network that can learn by heart always learns by heart",
        "it has seen real digits, so it knows their shapes",
        "a training accuracy of 100 % proves that it has learned",
    ),
    right=("A", 1),
    mistakes=(
        Mistake(
            "pattern",
            ("B", None),
            "The labels were dealt by chance, so there is no pattern in them. The "
            "network has enough weights to store a thousand accidents.",
            "Zhang et al., ICLR 2017, random labels",
        ),
        Mistake(
            "always by heart",
            ("C", None),
            "You have seen the other half: after true labels the same network "
            "classifies most new digits. That it can learn by heart does not say that "
            "it does.",
            "Arpit et al., ICML 2017, memorization",
        ),
        Mistake(
            "dropout",
            ("D", None),
            "Dropout makes it slower. In the study that first did this, networks with "
            "dropout and weight decay learned random labels, too.",
            "Zhang et al., ICLR 2017, section 3 on regularisation",
        ),
        Mistake(
            "proof",
            ("E", None),
            "That is just what the experiment refutes: 100 % on the training images, "
            "and one in ten on new ones.",
            "Zhang et al., ICLR 2017, random labels",
        ),
        Mistake(
            "rule needed",
            ("A", 2),
            "The claim is right, and its reason says the opposite: with a rule behind "
            "the labels new digits could be classified, too.",
            "Zhang et al., ICLR 2017, discussion of capacity",
        ),
        Mistake(
            "can is must",
            ("A", 3),
            "The claim is right, but the reason is too strong: the same network "
            "learns something general from true labels.",
            "Arpit et al., ICML 2017, memorization",
        ),
        Mistake(
            "other reason",
            ("A", None),
            "The claim is right. But the reason speaks for knowledge of new digits: "
            "what would a new 3 have to do with the label of an old one?",
            JUDGEMENT,
        ),
    ),
    hints=(
        "What do the tables say about the images that the network has not seen?",
        "Could you learn a list of a thousand names by heart? What would it tell you "
        "about the next name?",
        "The labels hold for these images alone.",
    ),
    answer='"A", because=1, sure=90',
)


# --- Three seeds

THREE_SEEDS = Decide(
    key="three_seeds",
    task=(
        "A remedy is tried with three seeds, each beside the same seed without it: "
        "+0.3, −0.1 and +0.4 points. What do you report, and why? Answer with a "
        "letter, a number, and how sure you are."
    ),
    level=2,
    minutes=5,
    practises=GAIN,
    claims=(
        "It gains 0.2 points",
        "It helps in two runs of three",
        "It has no effect",
        "Three seeds do not decide",
        "It gains up to 0.4 points",
    ),
    reasons=(
        "with signs dealt by a coin, half of all cases have a mean as far from 0",
        "a mean is the fairest summary",
        "most of the seeds agree",
        "a single negative seed refutes it",
        "seeds can be added, one by one, until the p-value is below 5 %",
    ),
    right=("D", 1),
    mistakes=(
        Mistake(
            "mean alone",
            ("A", None),
            "The mean is +0.2, but how far could chance alone push it? Flip the three "
            "signs in all eight ways and count how often the mean is as far from 0.",
            "Bouthillier et al., MLSys 2021, accounting for variance",
        ),
        Mistake(
            "majority",
            ("B", None),
            "Two of three is what a coin gives most of the time: three runs in eight "
            "have just two heads.",
            "Henderson et al., AAAI 2018, deep reinforcement learning that matters",
        ),
        Mistake(
            "no effect",
            ("C", None),
            "That it is not shown does not mean that it is not there. The seeds are "
            "too few to tell +0.2 from 0.",
            "Greenland et al., 2016, misinterpretation 4",
        ),
        Mistake(
            "best seed",
            ("E", None),
            "The best of three is above the mean for any remedy, even for one that "
            "does nothing.",
            "Henderson et al., AAAI 2018, reporting the top runs",
        ),
        Mistake(
            "until significant",
            ("D", 5),
            "The claim is right. But if you add seeds until the p-value suits you, "
            "chance gets a new try with each of them. Fix their number first.",
            "Simmons et al., Psychological Science 2011, optional stopping",
        ),
        Mistake(
            "refuted by one",
            ("D", 4),
            "The claim is right, the reason is not: seeds differ, so a real gain can "
            "have a negative seed.",
            JUDGEMENT,
        ),
        Mistake(
            "other reason",
            ("D", None),
            "The claim is right. But this reason would speak for a verdict. What can "
            "chance do with three numbers?",
            "Bouthillier et al., MLSys 2021, accounting for variance",
        ),
    ),
    hints=(
        "If the remedy did nothing, each sign would be a coin.",
        "The sums are ±0.3 ± 0.1 ± 0.4. How many of the eight are at least 0.6 away "
        "from 0?",
        "0.8 and 0.6, and both with a minus: four of eight.",
    ),
    answer='"D", because=1, sure=80',
)


# --- A race that is not fair


def _lead(
    adam_choosing: Tensor,
    adam_reporting: Tensor,
    sgd_choosing: Tensor,
    sgd_reporting: Tensor,
    *,
    sgd_at: str = "its own",
    chosen_on: str = "choosing",
    chosen_by: str = "mean",
    adam_run: str = "mean",
    sgd_run: str = "mean",
    sign: int = 1,
) -> Tensor:
    """Adam's lead over SGD; each keyword is a mistake."""

    def best(choosing: Tensor, reporting: Tensor) -> Tensor:
        part = {"choosing": choosing, "reporting": reporting}[chosen_on]
        runs = part.mean(1) if chosen_by == "mean" else part.max(1).values
        return runs.argmax()

    def of(runs: Tensor, how: str) -> Tensor:
        return runs.mean() if how == "mean" else runs.max()

    adam_rate = best(adam_choosing, adam_reporting)
    sgd_rate = best(sgd_choosing, sgd_reporting)
    if sgd_at == "adam's":
        sgd_rate = adam_rate
    adam = of(adam_reporting[adam_rate], adam_run)
    return sign * (adam - of(sgd_reporting[sgd_rate], sgd_run))


def _race(adam: tuple[Tensor, Tensor], sgd: tuple[Tensor, Tensor], *tags: str) -> Case:
    arguments = {
        "adam_choosing": adam[0],
        "adam_reporting": adam[1],
        "sgd_choosing": sgd[0],
        "sgd_reporting": sgd[1],
    }
    return Case(arguments, tags)


def _drawn(rates: int, seeds: int, seed: int) -> tuple[Tensor, Tensor]:
    """Accuracies on both parts, which agree more or less."""
    choosing = 0.9 + 0.03 * fractions(rates, seeds, seed=seed)
    return choosing, choosing + 0.02 * fractions(rates, seeds, seed=seed + 1)


UNFAIR = Repair(
    key="unfair",
    task=(
        "A colleague compares Adam with SGD from tables of accuracies: a row for each "
        "learning rate, a column for each seed. Adam wins by a lot. Find three "
        "unfair things and mend them, and change nothing else."
    ),
    level=2,
    minutes=8,
    practises=FAIR,
    oracle="a race at each one's own rate",
    reference=_lead,
    given='''
def lead(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    """Four tables (rates, seeds): how far Adam is ahead, each at its best rate."""
    adam_rate = adam_reporting.mean(1).argmax()
    sgd_rate = adam_rate
    adam = adam_reporting[adam_rate].max()
    sgd = sgd_reporting[sgd_rate].mean()
    return adam - sgd
'''.strip(),
    lines=3,
    cases=(
        _race(
            (torch.tensor([[90.0], [80]]), torch.tensor([[88.0], [91]])),
            (torch.tensor([[60.0], [85]]), torch.tensor([[61.0], [84]])),
        ),
        _race(
            (
                whole(3, 2, seed=1, low=70, high=99),
                whole(3, 2, seed=2, low=70, high=99),
            ),
            (
                whole(3, 2, seed=3, low=50, high=99),
                whole(3, 2, seed=4, low=50, high=99),
            ),
            "several seeds",
        ),
        _race(
            _drawn(4, 5, 10), _drawn(6, 5, 20), "several seeds", "more rates for SGD"
        ),
    ),
    mistakes=(
        Mistake(
            "same rate",
            {"sgd_at": "adam's"},
            "SGD still runs at the rate that suits Adam. Give it a search of its own.",
            "yunjey/pytorch-tutorial issue 125, Adam and SGD at one rate",
        ),
        Mistake(
            "chosen where reported",
            {"chosen_on": "reporting"},
            "The rates are chosen by the numbers that are then reported, so luck is "
            "reported, too. Choose on the choosing images.",
            "kuangliu/pytorch-cifar issue 14, chosen by the test set",
        ),
        Mistake(
            "best run of Adam",
            {"adam_run": "best"},
            "Adam is reported by its luckiest seed, SGD by the mean. Take the mean of "
            "both.",
            "Henderson et al., AAAI 2018, reporting the top runs",
        ),
        Mistake(
            "best run of SGD",
            {"sgd_run": "best"},
            "Now SGD is reported by its luckiest seed. Fair is the mean of both.",
            "Henderson et al., AAAI 2018, reporting the top runs",
        ),
        Mistake(
            "chosen by one run",
            {"chosen_by": "best run"},
            "The rate with the luckiest single run is chosen. Choose by the mean over "
            "the seeds.",
            "wandb/senpai pull request 898, one run within the noise",
        ),
        Mistake(
            "sign",
            {"sign": -1},
            "That is how far SGD is ahead. The numbers are right, the sign is not.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "For each line: would you accept it if Adam and SGD changed places?",
        "Which part is for choosing, and which for reporting? Who gets a rate of its "
        "own, and who the best seed?",
        "adam_rate from adam_choosing, sgd_rate from sgd_choosing, both means.",
    ),
    answer='''
def lead(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    """Four tables (rates, seeds): how far Adam is ahead, each at its best rate."""
    adam_rate = adam_choosing.mean(1).argmax()
    sgd_rate = sgd_choosing.mean(1).argmax()
    adam = adam_reporting[adam_rate].mean()
    sgd = sgd_reporting[sgd_rate].mean()
    return adam - sgd
'''.strip(),
)


# --- Adam, with weight decay


def _adam_step(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    s: Tensor,
    t: int,
    lr: float,
    decay: float,
    *,
    corrected: str = "divided",
    counted: int = 0,
    kept: str = "plain",
    averaged: str = "squares",
    root: bool = True,
    eps: str = "outside",
    decayed: str = "apart",
) -> Tensor:
    """The new w, m and s, stacked; each keyword is a mistake."""
    if decayed == "in the gradient":
        g = g + decay * w
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * (g.abs() if averaged == "sizes" else g.square())
    t = t + counted
    first, second = 1 - 0.9**t, 1 - 0.999**t
    if corrected == "divided":
        mean, square = m / first, s / second
    elif corrected == "multiplied":
        mean, square = m * first, s * second
    else:
        mean, square = m, s
    size = square if averaged == "sizes" else square.sqrt()
    if eps == "inside":
        size = (square + 1e-8).sqrt()
    if not root:
        size = square
    new = w - lr * mean / (size if eps == "inside" else size + 1e-8)
    if decayed != "in the gradient":
        new = new - (decay if decayed == "without lr" else lr * decay) * w
    return torch.stack([new, mean, square] if kept == "corrected" else [new, m, s])


def _adam_case(w, g, m, s, t, lr, decay, *tags: str) -> Case:
    tensors = {"w": w, "g": g, "m": m, "s": s}
    return Case({**tensors, "t": t, "lr": lr, "decay": decay}, tags)


ZEROS = torch.zeros(2)
ADAM_STEP = Write(
    key="adam_step",
    task=(
        "Adam's step with all of its memory in the open, and with the weight decay of "
        "AdamW: besides the step, each weight shrinks by lr · decay · w, and the "
        "gradient is left alone. Keep 0.9 of m and 0.999 of s; t counts the steps "
        "from 1. Return the new w, m and s, stacked."
    ),
    level=3,
    minutes=10,
    practises=STEP,
    oracle="torch.optim.AdamW",
    reference=_adam_step,
    cases=(
        _adam_case(
            torch.tensor([2.0, -1]), torch.tensor([4.0, -3]), ZEROS, ZEROS, 1, 0.5, 0
        ),
        _adam_case(
            fractions(2, 3, seed=5),
            fractions(2, 3, seed=6),
            0.3 * fractions(2, 3, seed=7),
            fractions(2, 3, seed=8).square(),
            10,
            0.1,
            0.5,
            "later steps",
            "weight decay",
        ),
        _adam_case(
            torch.tensor([1.0, 1]),
            torch.tensor([1e-4, -2e-4]),
            ZEROS,
            ZEROS,
            1,
            0.1,
            0,
            "tiny gradients",
        ),
    ),
    mistakes=(
        Mistake(
            "no correction",
            {"corrected": "no"},
            "m and s began at 0, so in the first steps they are too small. Divide them "
            "by 1 − 0.9ᵗ and 1 − 0.999ᵗ before they are used.",
            "BVLC/caffe issue 4224",
        ),
        Mistake(
            "multiplied",
            {"corrected": "multiplied"},
            "The averages are multiplied by 1 − 0.9ᵗ and 1 − 0.999ᵗ. They are too "
            "small already: divide.",
            "karpathy/convnetjs pull request 70",
        ),
        Mistake(
            "counted from 2",
            {"counted": 1},
            "The correction is that of the next step: t is 1 in the first step.",
            "tensorflow/tensorflow issue 35444",
        ),
        Mistake(
            "corrected memory",
            {"kept": "corrected"},
            "The corrected averages are returned as memory, and will be corrected once "
            "more in the next step. Keep m and s as they are.",
            "PennyLaneAI/pennylane issue 1928, the correction applied twice",
        ),
        Mistake(
            "sizes averaged",
            {"averaged": "sizes"},
            "s is to average the squares; the root comes afterwards. A mean of sizes "
            "is not the root of a mean of squares.",
            JUDGEMENT,
        ),
        Mistake(
            "no root",
            {"root": False},
            "The step is divided by s itself. Its root has the size of a gradient; "
            "without it the step grows as gradients shrink.",
            JUDGEMENT,
        ),
        Mistake(
            "eps inside",
            {"eps": "inside"},
            "The small number is added before the root, where it is as large as a "
            "gradient of 0.0001. PyTorch adds it after the root.",
            "keras-team/keras issue 17391; FluxML/Flux.jl pull request 448",
        ),
        Mistake(
            "decay in the gradient",
            {"decayed": "in the gradient"},
            "The decay is added to the gradient. Adam then divides it, too, by the "
            "usual size of the gradient. AdamW takes it from the weight directly.",
            "pytorch/pytorch issue 38767; anhquan0412/basic_model_scratch issue 2",
        ),
        Mistake(
            "decay without lr",
            {"decayed": "without lr"},
            "The decay is not multiplied by the learning rate, so it stays as strong "
            "when a schedule lowers the rate.",
            "tensorflow/addons issue 2282",
        ),
    ),
    hints=(
        "Two averages, two corrections, one step, one decay: five or six lines.",
        "m = 0.9 · m + 0.1 · g, and s likewise with g². Copies of both, divided by "
        "1 − 0.9ᵗ and 1 − 0.999ᵗ, are used; the memory stays as it is.",
        "w − lr · m̂ / (√ŝ + 1e-8) − lr · decay · w",
    ),
    answer="""
def my_adam_step(w, g, m, s, t, lr, decay):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    direction = m / (1 - 0.9**t)
    size = (s / (1 - 0.999**t)).sqrt() + 1e-8
    w = w - lr * direction / size - lr * decay * w
    return torch.stack([w, m, s])
""".strip(),
)


EXERCISES: tuple = (
    EQUAL_SIGHT,
    BY_HEART,
    THREE_SEEDS,
    UNFAIR,
    ADAM_STEP,
    Predict(
        "no_neighbours",
        "Of ten new digits, how many does the network with 1 × 1 kernels get right?",
        7,
    ),
    Predict(
        "learned_chance",
        "With random labels, what is the accuracy on the training images, in per cent?",
        100,
        unit=" %",
    ),
    Predict(
        "gap",
        "At each one's own rate, how many points lie between the first and the last?",
        24,
        unit=" points",
        near=0.02,
    ),
)
