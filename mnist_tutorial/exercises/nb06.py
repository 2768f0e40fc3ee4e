"""Exercises and predictions of 06 Training."""

import random
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

LOOP = "write the training loop from memory and say what each line does"
RATE = "say how learning rate and momentum set the pace of a training"
BUG = "find a bug that a falling curve hides"
RESUME = "stop a run and go on as if nothing had happened"


# --- A small training, by which a step is judged


def _one_layer() -> nn.Module:
    """Two weights for each of two classes, all 0, so that the first loss is ln 2."""
    net = nn.Linear(2, 2, bias=False)
    nn.init.zeros_(net.weight)
    return net


def _two_layers() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(9, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(8, 3),
    )


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": lambda weights: torch.optim.SGD(weights, lr=1.0),
    "SGD with momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    # The bias before batch norm has a gradient of rounding alone; with the usual eps
    # Adam would make a whole step of it, up or down by chance.
    "Adam": lambda weights: torch.optim.Adam(weights, lr=0.02, eps=1e-3),
}


def train_three_steps(step: Callable, case: Case) -> dict[str, Any]:
    """What `step` returns in three steps, and what becomes of the weights."""
    torch.manual_seed(0)  # the weights and the dropout; chance is put back afterwards
    images, labels = case.arguments["images"], case.arguments["labels"]
    net = _one_layer() if images.ndim == 3 else _two_layers()
    optimizer = OPTIMIZERS[case.arguments["optimizer"]](net.parameters())
    parts: dict[str, Any] = {}
    for k, batch in enumerate(images, 1):
        loss = step(net, batch, labels[k - 1], optimizer)
        parts[f"step {k} returns something (1) or nothing (0)"] = loss is not None
        parts[f"the loss of step {k}"] = torch.nan if loss is None else loss
        has_graph = isinstance(loss, Tensor) and loss.requires_grad
        parts[f"a graph behind the loss of step {k} (1) or none (0)"] = has_graph
        weights = [w.detach().flatten() for w in net.parameters()]
        parts[f"the weights after step {k}"] = torch.cat(weights)
    parts["training mode (1) or eval mode (0)"] = net.training
    return parts


def _step(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    optimizer: torch.optim.Optimizer,
    *,
    order: str = "zero forward backward step",
    softmax: bool = False,
    reduction: str = "mean",
    returned: str = "",
    uses: str = "given",
    mode: str = "",
) -> Any:
    """One step of training; each keyword is a mistake."""
    loss = torch.tensor(torch.nan)
    if mode == "eval":
        net.eval()
    if uses == "own":
        lr = optimizer.param_groups[0]["lr"]
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for name in order.split():
        if name == "zero":
            optimizer.zero_grad()
        elif name == "forward":
            logits = net(images).softmax(1) if softmax else net(images)
            loss = F.cross_entropy(logits, labels, reduction=reduction)
        elif name == "backward":
            loss.backward()
        elif name == "step":
            optimizer.step()
    if returned == "after":
        loss = F.cross_entropy(net(images), labels)
    return {"graph": loss, "nothing": None}.get(returned, loss.item())


CASES = (
    Case(
        {
            "images": torch.tensor([[[1.0, 0]], [[1.0, 0]], [[0.0, 1]]]),
            "labels": torch.tensor([[0], [1], [0]]),
            "optimizer": "SGD",
        },
    ),
    Case(
        {
            "images": fractions(3, 6, 1, 3, 3),
            "labels": classes(18, 3, seed=1).view(3, 6),
            "optimizer": "SGD with momentum",
        },
        tags=("momentum", "batch norm and dropout"),
    ),
    Case(
        {
            "images": fractions(3, 5, 1, 3, 3, seed=2),
            "labels": classes(15, 3, seed=3).view(3, 5),
            "optimizer": "Adam",
        },
        tags=("Adam", "batch norm and dropout"),
    ),
)
ORACLE = "zero_grad, forward, loss, backward, step"

MISTAKES = (
    Mistake(
        "still",
        {"order": "zero forward"},
        "The weights do not move. backward() fills the gradients and step() uses them: "
        "both must be there, in this order, with no zero_grad() between them.",
        "discuss.pytorch.org/t/33301, what step, backward and zero_grad do",
    ),
    Mistake(
        "no zero_grad",
        {"order": "forward backward step"},
        "Gradients pile up: backward() adds to what is there. Call zero_grad() once in "
        "every step, before backward().",
        "stackoverflow.com/questions/48001598; doutzi, idinvert issue 1",
    ),
    Mistake(
        "step first",
        {"order": "step zero forward backward"},
        "Every step uses the gradients of the batch before: step() must come after "
        "backward().",
        "discuss.pytorch.org/t/33301",
    ),
    Mistake(
        "two softmaxes",
        {"softmax": True},
        "Softmax is applied twice: cross-entropy has it inside and wants logits.",
        "discuss.pytorch.org/t/60203",
    ),
    Mistake(
        "sum",
        {"reduction": "sum"},
        "The losses of the batch are summed. Take their mean, or the step grows with "
        "the batch.",
        "jax-ml/jax pull request 3113",
    ),
    Mistake(
        "graph",
        {"returned": "graph"},
        "The weights go the right way. What is returned still holds on to the whole "
        "computation, and a list of such losses fills the memory: return loss.item().",
        "docs.pytorch.org/docs/stable/notes/faq.html, don't accumulate history",
    ),
    Mistake(
        "nothing returned",
        {"returned": "nothing"},
        "The weights go the right way. Return the loss, too: loss.item().",
        JUDGEMENT,
    ),
    Mistake(
        "loss after",
        {"returned": "after"},
        "The weights go the right way. The loss that is returned is computed anew, "
        "after the step: return the one from before, that backward() used.",
        "leftthomas/SRGAN pull request 51; pasqal-io/qadence pull request 705",
    ),
    Mistake(
        "own optimizer",
        {"uses": "own"},
        "The optimizer that is handed over is not used, or a new one is made in each "
        "step. What it remembers, momentum or Adam's averages, is lost: call its own "
        "zero_grad() and step().",
        "alan-turing-institute/deepsensor issue 47",
    ),
    Mistake(
        "eval mode",
        {"mode": "eval"},
        "The network is switched to eval mode. Then dropout is off and batch norm uses "
        "old averages; a step is taken in the mode in which the network comes.",
        "facebookresearch/clevr-iep pull request 22; huggingface/lerobot issue 3668",
    ),
)


# --- Put the lines of a step in order

FIVE_LINES = Order(
    key="five_lines",
    task=(
        "Here are the lines of one step of training, out of order; two of them are not "
        "needed, and two have a blank. Which order teaches the network?"
    ),
    level=1,
    minutes=5,
    practises=LOOP,
    oracle=ORACLE,
    reference=_step,
    cases=CASES,
    play=train_three_steps,
    head="def step(net, images, labels, optimizer):",
    lines={
        "A": "loss.backward()",
        "B": "net.eval()",
        "C": "loss = F.cross_entropy(__1__, labels)",
        "D": "optimizer.step()",
        "E": "return loss.__2__()",
        "F": "probs = logits.softmax(1)",
        "G": "logits = net(images)",
        "H": "optimizer.zero_grad()",
    },
    examples={
        "right": ("GCHADE", "logits", "item"),
        "two softmaxes": ("GFCHADE", "probs", "item"),
        "eval mode": ("BGCHADE", "logits", "item"),
        "no zero_grad": ("GCADE", "logits", "item"),
        "zeroed": ("GCAHDE", "logits", "item"),
        "step first": ("GCHDAE", "logits", "item"),
        "still": ("GCHE", "logits", "item"),
        "too early": ("CGHADE", "logits", "item"),
        "after return": ("GCHAED", "logits", "item"),
        "nothing returned": ("GCHAD", "logits", "item"),
        "graph": ("GCHADE", "logits", "clone"),
    },
    orders=("GCHADE", "GHCADE", "HGCADE", "GCADHE"),
    mistakes=(
        Mistake(
            "two softmaxes",
            r" probs ",
            "The loss has a softmax of its own, and wants logits; with two, it cannot "
            "fall below 1.46 for ten classes.",
            "discuss.pytorch.org/t/60203",
        ),
        Mistake(
            "eval mode",
            r"^\w*B",
            "Eval mode is for asking. A step is taken with dropout on, and batch norm "
            "looking at this batch.",
            "facebookresearch/clevr-iep pull request 22",
        ),
        Mistake(
            "too early",
            r"^\w*C\w*G|^[^G]* ",
            "The loss needs logits, and they come from this batch: ask the network "
            "first.",
            "rll/deepul issue 12, the order of loss and forward",
        ),
        Mistake(
            "after return",
            r"^\w*E\w+ ",
            "Nothing after `return` is done.",
            JUDGEMENT,
        ),
        Mistake(
            "still",
            r"^[^A]* |^[^D]* ",
            "backward() fills the gradients, and step() uses them. Without one of the "
            "two no weight moves as it should.",
            "discuss.pytorch.org/t/33301",
        ),
        Mistake(
            "step first",
            r"^\w*D\w*A",
            "step() before backward() uses the gradients of the batch before, and in "
            "the first step none at all.",
            "discuss.pytorch.org/t/33301",
        ),
        Mistake(
            "zeroed",
            r"^\w*A\w*H\w*D",
            "zero_grad() throws away what backward() has just computed, before step() "
            "can use it.",
            "pytorch/tutorials issue 2799",
        ),
        Mistake(
            "no zero_grad",
            r"^[^H]* ",
            "backward() adds to the gradients that are there. Without zero_grad() "
            "those of all batches pile up.",
            "stackoverflow.com/questions/48001598",
        ),
        Mistake(
            "nothing returned",
            r"^[^E]* ",
            "The weights move, and nothing is returned: without `return` a function "
            "gives None, and nobody sees the loss.",
            JUDGEMENT,
        ),
        Mistake(
            "graph",
            r" (?!item$|tolist$)\w+$",
            "What is returned should be a plain number: of a tensor with one entry, "
            "item() makes one.",
            "docs.pytorch.org/docs/stable/notes/faq.html",
        ),
    ),
    hints=(
        "What must be there before a loss can be computed?",
        "backward() adds to gradients, step() uses them: what has to happen in "
        "between, and what must not?",
        "Forward, loss, zero_grad, backward, step, and the number at the end.",
    ),
    answer="""
def step(net, images, labels, optimizer):
    logits = net(images)
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""".strip(),
)


TRAINING_STEP = Write(
    key="training_step",
    task=(
        "The step that all of this notebook turns on, from memory. The checker lets it "
        "train small networks for three steps and looks at losses and weights."
    ),
    level=1,
    minutes=6,
    practises=LOOP,
    oracle=ORACLE,
    reference=_step,
    cases=CASES,
    play=train_three_steps,
    mistakes=MISTAKES,
    hints=(
        "Say the five questions first: what does it say, how wrong is that, …",
        "forward, loss, zero_grad, backward, step.",
        "The loss is a tensor with a history; loss.item() is a plain number.",
    ),
    answer="""
def my_step(net, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""".strip(),
)


# --- The learning rate as a clock


def _clock(
    step: int,
    lr: float,
    other: float,
    momentum: float,
    *,
    rate: str = "clock",
    velocity: str = "clock",
) -> float:
    """The step at which the plateau is left; each keyword is a mistake."""
    slower = {
        "clock": lr / other,
        "ignored": 1.0,
        "inverted": other / lr,
        "squared": (lr / other) ** 2,
    }[rate]
    kept = {
        "clock": 1 - momentum,
        "ignored": 1.0,
        "inverted": 1 / (1 - momentum),
        "momentum": momentum,
    }[velocity]
    return round(step * slower * kept, 6)


def _clock_numbers(rng: random.Random) -> dict[str, float]:
    return {
        "step": rng.randrange(400, 4001, 400),
        "lr": 0.01,
        "other": rng.choice([0.02, 0.04, 0.05]),
        "momentum": rng.choice([0.6, 0.75, 0.8, 0.9]),
    }


def _clock_working(step: int, lr: float, other: float, momentum: float) -> str:
    speed = other / (1 - momentum)
    return (
        f"The first run leaves after a distance of {step} · {lr} = {step * lr:g}.\n"
        f"The second goes {other} / (1 − {momentum}) = {speed:.3g} with each step.\n"
        f"{step * lr:g} / {speed:.3g} = {_clock(step, lr, other, momentum):g}"
    )


CLOCK = Compute(
    key="clock",
    task=(
        "A network leaves its plateau at step {step} with lr {lr} and without "
        "momentum. It begins again with lr {other} and momentum {momentum}. At which "
        "step does it leave the plateau, if the clock is right?"
    ),
    level=1,
    minutes=4,
    practises=RATE,
    reference=_clock,
    numbers={"step": 1200, "lr": 0.01, "other": 0.02, "momentum": 0.9},
    draw=_clock_numbers,
    working=_clock_working,
    mistakes=(
        Mistake(
            "rate ignored",
            {"rate": "ignored"},
            "The new rate is left out: a larger one covers the same distance in fewer "
            "steps.",
            "datascience.stackexchange.com/questions/109703, what a smaller rate means",
        ),
        Mistake(
            "momentum ignored",
            {"velocity": "ignored"},
            "Momentum is left out: under a steady gradient it makes each step "
            "1/(1 − momentum) times as long.",
            JUDGEMENT,
        ),
        Mistake(
            "rate inverted",
            {"rate": "inverted"},
            "The rates are the wrong way round. A larger step needs *fewer* of them.",
            "datascience.stackexchange.com/questions/109703, what a smaller rate means",
        ),
        Mistake(
            "momentum inverted",
            {"velocity": "inverted"},
            "Momentum is the wrong way round: it makes the clock faster.",
            JUDGEMENT,
        ),
        Mistake(
            "squared",
            {"rate": "squared"},
            "The rate counts twice. Distance is step × lr: twice the rate, half the "
            "steps.",
            JUDGEMENT,
        ),
        Mistake(
            "momentum itself",
            {"velocity": "momentum"},
            "The steps are multiplied by the momentum. The clock runs 1/(1 − momentum) "
            "times as fast, so multiply by 1 − momentum.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Which distance, step × lr, has the first run covered at that step?",
        "The speed of the second run is lr / (1 − momentum).",
        "Divide the distance by the speed.",
    ),
    answer="60",
)


# --- A mode that is not put back


def ask_in_a_mode(function: Callable, case: Case) -> dict[str, Any]:
    """What a function says of a network, and how it leaves it behind."""
    torch.manual_seed(0)
    images, labels = case.arguments["images"], case.arguments["labels"]
    net = _one_layer() if images.ndim == 2 else _two_layers()
    net.train(case.arguments["mode"] == "training")
    loss = function(net, images, labels)
    parts: dict[str, Any] = {
        "the loss": loss,
        "a graph behind the loss (1) or none (0)": isinstance(loss, Tensor)
        and loss.requires_grad,
        "afterwards: training mode (1) or eval mode (0)": net.training,
    }
    return parts


def _mean_loss(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    mode: str = "eval",
    after: str = "as it was",
    reduction: str = "mean",
    says: str = "loss",
    softmax: bool = False,
) -> Any:
    """The loss in eval mode; each keyword is a mistake."""
    before = net.training
    if mode == "eval":
        net.eval()
    logits = net(images).softmax(1) if softmax else net(images)
    loss = F.cross_entropy(logits, labels, reduction=reduction)
    left = {"as it was": before, "eval": False, "training": True, "other": not before}
    net.train(left[after])
    if says == "graph":
        return loss
    if says == "accuracy":
        return (logits.argmax(1) == labels).double().mean().item()
    return loss.item()


LEFT_MODE = Repair(
    key="left_mode",
    task=(
        "A colleague evaluates in the middle of each epoch now. Since then dropout "
        "seems to do nothing, although nothing else was changed. Mend the function, "
        "and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=BUG,
    oracle="eval mode, and back to the mode before",
    reference=_mean_loss,
    play=ask_in_a_mode,
    given='''
def mean_loss(net, images, labels):
    """The loss in eval mode; afterwards `net` is in the mode that it came in."""
    net.eval()
    with torch.no_grad():
        loss = F.cross_entropy(net(images), labels)
    return loss.item()
'''.strip(),
    lines=3,
    cases=(
        Case(
            {
                "images": torch.tensor([[1.0, 0], [0, 1], [1, 1]]),
                "labels": torch.tensor([0, 1, 1]),
                "mode": "training",
            },
        ),
        Case(
            {
                "images": fractions(6, 1, 3, 3),
                "labels": classes(6, 3, seed=1),
                "mode": "training",
            },
            tags=("dropout and batch norm", "fractions"),
        ),
        Case(
            {
                "images": fractions(5, 1, 3, 3, seed=2),
                "labels": classes(5, 3, seed=3),
                "mode": "eval",
            },
            tags=("a network in eval mode", "fractions"),
        ),
    ),
    mistakes=(
        Mistake(
            "left in eval mode",
            {"after": "eval"},
            "The loss is right. But the network stays in eval mode, so from now on it "
            "is trained without dropout. Note its mode first, net.training, and put it "
            "back.",
            "shubhamagarwal92/mmd issue 14; fartashf/vsepp issue 4",
        ),
        Mistake(
            "always training",
            {"after": "training"},
            "Training mode is switched on whatever the mode was before. A network that "
            "came in eval mode, to be used, leaves with its dropout on.",
            "udacity/deep-learning-v2-pytorch pull request 397",
        ),
        Mistake(
            "asked in training mode",
            {"mode": "as it was"},
            "Eval mode is gone, and so the answer changes with dropout and with the "
            "other images of the batch. Keep it, and put the old mode back afterwards.",
            "wolny/pytorch-3dunet issue 53",
        ),
        Mistake(
            "the other mode",
            {"after": "other"},
            "The network leaves in the mode that it did not come in: `not` is one too "
            "many.",
            JUDGEMENT,
        ),
        Mistake(
            "sum",
            {"reduction": "sum"},
            "The losses are summed. The mean was right, and no part of the fault.",
            "jax-ml/jax pull request 3113",
        ),
        Mistake(
            "graph",
            {"says": "graph"},
            "What is returned holds on to the whole computation. no_grad() and item() "
            "were in order: put them back.",
            "docs.pytorch.org/docs/stable/notes/faq.html, don't accumulate history",
        ),
        Mistake(
            "accuracy",
            {"says": "accuracy"},
            "That is the share that is read right. The loss was asked for.",
            "udacity/deep-learning-v2-pytorch issue 3, validation loss and accuracy",
        ),
        Mistake(
            "two softmaxes",
            {"softmax": True},
            "Softmax is applied twice: cross-entropy has it inside and wants logits.",
            "discuss.pytorch.org/t/60203",
        ),
    ),
    hints=(
        "In which mode is the network when the function has ended?",
        "net.training says in which mode it is; net.train(mode) sets it.",
        "before = net.training at the beginning, net.train(before) at the end.",
    ),
    answer='''
def mean_loss(net, images, labels):
    """The loss in eval mode; afterwards `net` is in the mode that it came in."""
    before = net.training
    net.eval()
    with torch.no_grad():
        loss = F.cross_entropy(net(images), labels)
    net.train(before)
    return loss.item()
'''.strip(),
)


# --- What a run must keep

RESUMED = Decide(
    key="resume",
    task=(
        "A run with momentum, a schedule and dropout is stopped after step 500. It "
        "shall go on tomorrow as if nothing had happened. What is the least that must "
        "be kept, and why?"
    ),
    level=2,
    minutes=4,
    practises=RESUME,
    claims=(
        "the weights",
        "the weights and the number of the step",
        "weights, velocity, schedule, random numbers and the number of the step",
        "the weights and the learning rate of the last step",
    ),
    reasons=(
        "the weights are all that a network has learned",
        "each part remembers something that later steps depend on",
        "an optimizer finds its velocity again within a few steps",
        "another order of the images does no harm",
    ),
    right=("C", 2),
    mistakes=(
        Mistake(
            "weights only",
            ("A", 1),
            "They are all that the *network* has learned. The next step also depends "
            "on the velocity, on the schedule and on chance.",
            "D-X-Y/NAS-Bench-201 issue 19; amazingproducer, pytorch-ssd issue 163",
        ),
        Mistake(
            "weights",
            ("A", None),
            "With the weights alone the run begins again at its first step: the first "
            "rate, no velocity, the first batch.",
            "CodefyUI/CodefyUI pull request 147, a resume that only restored weights",
        ),
        Mistake(
            "step",
            ("B", None),
            "Then batches and schedule can be found again. The velocity and the random "
            "numbers of dropout cannot.",
            "jfzhang95/pytorch-video-recognition issue 51",
        ),
        Mistake(
            "last rate",
            ("D", None),
            "The rate of the last step is not that of the next: the schedule must know "
            "where it is.",
            "lightly-ai/lightly-train pull request 301",
        ),
        Mistake(
            "all that is learned",
            ("C", 1),
            "The choice is right, the reason speaks against it: then the weights would "
            "do.",
            JUDGEMENT,
        ),
        Mistake(
            "velocity comes back",
            ("C", 3),
            "The choice is right. If the velocity came back by itself it need not be "
            "kept; it does come back, as another one, and the run is another one.",
            "PolymathicAI/the_well issue 77, a resumed run that diverges",
        ),
        Mistake(
            "order",
            ("C", 4),
            "The choice is right. Another order of images may do no harm, but the run "
            "is another one.",
            "ultralytics/yolov3 issue 902, the loss after resuming",
        ),
    ),
    hints=(
        "Which numbers of step 500 does step 501 use?",
        "In the figure above, one part was left out at a time.",
        "The optimizer, the schedule and dropout all remember something.",
    ),
    answer='"C", because=2, sure=80',
)


EXERCISES: tuple = (
    FIVE_LINES,
    TRAINING_STEP,
    CLOCK,
    LEFT_MODE,
    RESUMED,
    Predict(
        "nearer",
        "Which rates bring w nearer to 0?",
        frozenset({0.1, 0.9}),
    ),
    Predict(
        "learned",
        "Which learning rates have learned something?",
        frozenset({0.1}),
        how_sure=True,
    ),
    Predict("healthy", "Which curve is healthy?", "E", how_sure=True),
    Predict(
        "best_check",
        "Which check objects to the most bugs?",
        "every digit is predicted",
    ),
)
