"""Exercises and predictions of 06 Training."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.write import Write

LOOP = "write the training loop from memory and say what each line does"


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


EXERCISES: tuple = (
    FIVE_LINES,
    TRAINING_STEP,
    Predict(
        "first_loss",
        "How large is the loss of a network that knows nothing?",
        math.log(10),
        unit=" nats",
        near=0.05,
        mistakes=(
            Mistake(
                "error rate",
                0.9,
                "0.9 is the share that is read wrong; the loss is −ln of the "
                "probability of the label.",
                JUDGEMENT,
            ),
            Mistake(
                "base 10",
                1,
                "1 is the logarithm to base 10; the course uses the natural one.",
                "math.techqa.club/4251067, log denotes the natural logarithm",
            ),
            Mistake(
                "probability",
                0.1,
                "0.1 is the probability of the label; the loss is −ln of it.",
                JUDGEMENT,
            ),
        ),
    ),
    Predict(
        "learned",
        "Which learning rates have learned something?",
        frozenset({0.1}),
        how_sure=True,
    ),
    Predict("leaves", "At which step will 0.03 have left the plateau?", 386, near=0.15),
    Predict("healthy", "Which curve is healthy?", "E", how_sure=True),
    Predict(
        "best_check",
        "Which of the ten checks will catch the most bugs?",
        "every digit is predicted",
    ),
)
