"""Checkers of the exercises: they say "right", or name the mistake.

A checker runs the reader's function on a few small cases, and compares it with the
right function and with wrong ones of the kind that people write. A function that agrees
with a wrong one in every case gets the sentence that goes with it.
"""

import copy
import textwrap
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial import data, metrics

Function = Callable[..., Any]
Case = Mapping[str, Any]  # the arguments by name, in their order


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a checker has found; its text, wrapped, is what a notebook shows."""

    right: bool
    text: str

    def __repr__(self) -> str:
        return textwrap.fill(self.text, 80)


def _call(function: Function, case: Case) -> Any:
    return function(*case.values())


def _index(at: tuple[int, ...]) -> str:
    return f"at {list(at)} " if at else ""


@dataclass(frozen=True)
class Checker:
    """Call it with a function to hear whether it is right.

    Args:
        oracle: what the right function is called in the verdict.
        right: the right function.
        mistakes: wrong functions, by the sentence that explains each.
        cases: arguments on which right and wrong functions all differ.
        play: how a function becomes an answer for a case; it is called by default.
        place: says which number of an answer an index means.
        same_dtype: whether the answer must also have the right dtype.
        may_change: whether the function may change its arguments.
    """

    oracle: str
    right: Function
    mistakes: Mapping[str, Function]
    cases: Sequence[Case]
    play: Callable[[Function, Case], Any] = _call
    place: Callable[[tuple[int, ...]], str] = _index
    same_dtype: bool = False
    may_change: bool = False

    def __call__(self, function: Function) -> Verdict:
        answers = []
        for case in self.cases:
            inputs = copy.deepcopy(dict(case))
            try:
                answer = self.play(function, inputs)
            # Whatever the reader's code may raise is to be said, not to end the cell.
            except Exception as error:
                return Verdict(False, _stopped(function, error, case))
            if answer is None:
                return Verdict(False, "Nothing yet: your function returns None.")
            try:
                answers.append(torch.as_tensor(answer))
            except (TypeError, ValueError, RuntimeError):
                kind = type(answer).__name__
                return Verdict(False, f"Your function returns a {kind}, not a tensor.")
            if not self.may_change and not _all_same(inputs, case):
                return Verdict(
                    False,
                    "Your function changes what it is given; work on a copy (clone), "
                    "or whoever calls it finds other numbers afterwards.",
                )
        differences = self._differences(self.right, answers)
        if not any(differences):
            return Verdict(
                True, f"Right: agrees with {self.oracle} in {len(self.cases)} cases."
            )
        for sentence, wrong in self.mistakes.items():
            if not any(self._differences(wrong, answers)):
                return Verdict(False, f"Not yet. {sentence}")
        k = next(k for k, difference in enumerate(differences) if difference)
        return Verdict(False, f"Not yet. {_said(self.cases[k])}: {differences[k]}")

    def _differences(self, function: Function, answers: Sequence[Tensor]) -> list[str]:
        """What tells the answers from those of `function`, case by case."""
        return [
            self._difference(
                torch.as_tensor(self.play(function, copy.deepcopy(dict(case)))), answer
            )
            for case, answer in zip(self.cases, answers, strict=True)
        ]

    def _difference(self, expected: Tensor, answer: Tensor) -> str:
        """What tells `answer` from `expected`, in a sentence; "" for nothing."""
        if answer.shape != expected.shape:
            shapes = tuple(expected.shape), tuple(answer.shape)
            return "the shape should be {}, and yours is {}.".format(*shapes)
        if self.same_dtype and answer.dtype != expected.dtype:
            return f"the dtype should be {expected.dtype}, and yours is {answer.dtype}."
        a, b = expected.double(), answer.detach().double()
        close = torch.isclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)
        if close.all():
            return ""
        at = tuple((~close).nonzero()[0].tolist())
        return f"{self.place(at)}{a[at]:.4g} is right, and yours is {b[at]:.4g}."


def _all_same(inputs: Case, case: Case) -> bool:
    pairs = ((inputs[name], case[name]) for name in case)
    return all(a.equal(b) if isinstance(b, Tensor) else a == b for a, b in pairs)


def _said(case: Case) -> str:
    """The arguments, tensors by their shapes."""
    parts = [
        f"{name} {tuple(value.shape) if isinstance(value, Tensor) else value}"
        for name, value in case.items()
    ]
    return "With " + ", ".join(parts)


def _stopped(function: Function, error: Exception, case: Case) -> str:
    """Where and why the reader's function stopped."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    where = f" in line {lines[-1]} of the cell" if lines else ""
    reason = f"{type(error).__name__}: {error}"
    return f"{_said(case)}, your function stops{where} with {reason}"


def _normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# --- 02: a convolution


def _conv2d_case(shape, filters: int, size: int, stride: int, padding: int) -> Case:
    return {
        "images": _normal(*shape),
        "kernel": _normal(filters, shape[1], size, size, seed=1),
        "bias": _normal(filters, seed=2),
        "stride": stride,
        "padding": padding,
    }


def _windows_next_to_each_other(x, w, b, stride, padding):
    rows, columns = F.conv2d(x, w, b, stride, padding).shape[2:]
    return F.conv2d(x, w, b, 1, padding)[:, :, :rows, :columns]


conv2d = Checker(
    "F.conv2d",
    F.conv2d,
    {
        "Your kernel is turned by half a turn before it is used, as mathematicians do "
        "it. F.conv2d does not: the top left weight meets the top left pixel.": (
            lambda x, w, b, s, p: F.conv2d(x, w.flip(2, 3), b, s, p)
        ),
        "Rows and columns of the kernel are swapped: weight [i, j] must meet pixel "
        "[i, j] of the patch.": lambda x, w, b, s, p: F.conv2d(x, w.mT, b, s, p),
        "The bias is missing: each filter adds one number to its whole map.": (
            lambda x, w, b, s, p: F.conv2d(x, w, None, s, p)
        ),
        "Only the first channel is used. A filter has a slice for each channel; the "
        "products of all of them are summed.": (
            lambda x, w, b, s, p: F.conv2d(x[:, :1], w[:, :1], b, s, p)
        ),
        "The channels are averaged. They are to be summed.": (
            lambda x, w, b, s, p: F.conv2d(x, w / w.shape[1], b, s, p)
        ),
        "All maps come from the first filter: use kernel[f] for map f.": (
            lambda x, w, b, s, p: F.conv2d(x, w[:1].expand_as(w), b, s, p)
        ),
        "The padding is not used: put a border of zeros around the images first.": (
            lambda x, w, b, s, p: F.conv2d(x, w, b, s)
        ),
        "The padding stands above and to the left only. All four sides get it.": (
            lambda x, w, b, s, p: F.conv2d(F.pad(x, (p, 0, p, 0)), w, b, s)
        ),
        "The stride is not used: the window moves on by one pixel each time.": (
            lambda x, w, b, s, p: F.conv2d(x, w, b, 1, p)
        ),
        "The number of places is right, and the places are not: output [i, j] belongs "
        "to the window that begins at row i · stride and column j · stride.": (
            _windows_next_to_each_other
        ),
        "The last row and the last column are missing: there are "
        "(H + 2 · padding − k) // stride + 1 places, and range() stops before its "
        "end.": lambda x, w, b, s, p: F.conv2d(x, w, b, s, p)[:, :, :-1, :-1],
    },
    [
        _conv2d_case((1, 1, 4, 5), 1, 2, 1, 0),
        _conv2d_case((2, 3, 6, 7), 4, 3, 1, 0),
        _conv2d_case((2, 2, 7, 8), 3, 3, 2, 0),
        _conv2d_case((1, 3, 5, 6), 2, 3, 1, 1),
        _conv2d_case((2, 2, 6, 9), 2, 3, 2, 2),
    ],
)


# --- 03: back from normalised images to pixels


def _denormalise_case(mean: float, std: float) -> Case:
    pixels = torch.arange(2 * 28 * 28).remainder(256).view(2, 1, 28, 28)
    return {"images": (pixels / 255 - mean) / std, "mean": mean, "std": std}


def _levels(images: Tensor, mean: float, std: float) -> Tensor:
    return ((images * std + mean) * 255).squeeze(1)


denormalise = Checker(
    "the pixels of the file",
    lambda x, m, s: _levels(x, m, s).round().byte(),
    {
        "Some pixels end one level too dark: .byte() cuts the decimals off, and 6.9999 "
        "becomes 6. Round first.": lambda x, m, s: _levels(x, m, s).byte(),
        "The steps are in the wrong order: normalise subtracts the mean and then "
        "divides, so the way back multiplies first and then adds.": (
            lambda x, m, s: ((x + m) * s * 255).round().squeeze(1).byte()
        ),
        "The values lie between 0 and 1; the pixels of the file go to 255.": (
            lambda x, m, s: (x * s + m).squeeze(1)
        ),
        "Grey levels from 0 to 255 are made into bytes; yours were still between 0 and "
        "1, and nearly all become 0.": lambda x, m, s: (x * s + m).squeeze(1).byte(),
        "The numbers are right; only the dtype is not: round, then .byte().": _levels,
        "The numbers are right; an axis is left over: (N, 1, 28, 28) must become "
        "(N, 28, 28).": lambda x, m, s: _levels(x, m, s).round().byte().unsqueeze(1),
    },
    [_denormalise_case(data.MEAN, data.STD), _denormalise_case(0.5, 0.25)],
    same_dtype=True,
)


# --- 04: from logits to a loss


def _by_exp(logits: Tensor, labels: Tensor) -> Tensor:
    probs = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -probs[torch.arange(len(labels)), labels].log().mean()


cross_entropy = Checker(
    "F.cross_entropy",
    F.cross_entropy,
    {
        "Right for small logits, but exp(1000) is too large for a float, and inf / inf "
        "is no number. Subtract each row's largest logit first, or use "
        "logsumexp.": _by_exp,
        "Right for small logits, but a probability of 0 has no logarithm: for logits "
        "1000 and 0 the loss of the second is 1000, not inf. Keep to logarithms: "
        "logit − logsumexp.": lambda z, y: F.nll_loss(z.softmax(1).log(), y),
        "Softmax is applied twice: once by you, once inside the loss.": (
            lambda z, y: F.cross_entropy(z.softmax(1), y)
        ),
        "Softmax must run over the classes of an image (dim=1), not over the images of "
        "the batch.": lambda z, y: F.nll_loss(z.log_softmax(0), y),
        "The logarithm is missing: this is a mean probability.": (
            lambda z, y: F.nll_loss(z.softmax(1), y)
        ),
        "The sign is wrong: a logarithm of a probability is never positive, a loss "
        "never negative.": lambda z, y: -F.cross_entropy(z, y),
        "The losses of the images are summed. Take their mean, or the step grows with "
        "the batch.": lambda z, y: F.cross_entropy(z, y, reduction="sum"),
        "You have divided by the number of classes as well: of each row only the "
        "label's entry counts, so divide by the number of images alone.": (
            lambda z, y: F.cross_entropy(z, y) / z.shape[1]
        ),
    },
    [
        {"logits": _normal(2, 3), "labels": torch.tensor([2, 0])},
        {"logits": 2 * _normal(7, 10), "labels": torch.arange(7)},
        {"logits": torch.tensor([[1000.0, 0.0]]), "labels": torch.tensor([0])},
        {"logits": torch.tensor([[1000.0, 0.0]]), "labels": torch.tensor([1])},
    ],
)


# --- 05: the way back through average pooling


def _average_backward(grad: Tensor, shape: tuple[int, int]) -> Tensor:
    images = torch.zeros(*grad.shape[:2], *shape, requires_grad=True)
    return torch.autograd.grad(F.avg_pool2d(images, 2), images, grad)[0]


def _corners(grad: Tensor, shape: tuple[int, int]) -> Tensor:
    result = torch.zeros(*grad.shape[:2], *shape)
    result[:, :, : 2 * grad.shape[2] : 2, : 2 * grad.shape[3] : 2] = grad
    return result


def _tiled(grad: Tensor, shape: tuple[int, int]) -> Tensor:
    tiles = grad.repeat(1, 1, 2, 2) / 4
    rows, columns = (n - m for n, m in zip(shape, tiles.shape[2:], strict=True))
    return F.pad(tiles, (0, columns, 0, rows))


average_pool_backward = Checker(
    "autograd",
    _average_backward,
    {
        "Each pixel gets the whole gradient. It had a quarter of the say, so it gets a "
        "quarter.": lambda g, shape: 4 * _average_backward(g, shape),
        "Each pixel gets half. A window has two rows and two columns: four "
        "pixels.": lambda g, shape: 2 * _average_backward(g, shape),
        "Only the first pixel of each window gets something. All four have been "
        "averaged, so all four get a share.": _corners,
        "The shares lie in the wrong places: repeat() lays copies of the whole map "
        "side by side. The four pixels of a window are neighbours: "
        "repeat_interleave().": _tiled,
        "Right as long as the sizes are even. With an odd size the last row or column "
        "lies in no window, so its gradient is 0.": (
            lambda g, shape: F.interpolate(g, size=shape) / 4
        ),
    },
    [
        {"grad_output": _normal(1, 1, 2, 2), "shape": (4, 4)},
        {"grad_output": _normal(2, 3, 3, 2), "shape": (7, 5)},
    ],
)


# --- 06: one step of training


def _three_steps(step: Function, case: Case) -> Tensor | None:
    """Losses, whether a graph hangs on them, then the weights: (6 + weights,).

    None if nothing has happened.
    """
    with torch.random.fork_rng(devices=[]):  # the reader's chance stays as it was
        torch.manual_seed(0)
        net = nn.Sequential(nn.Flatten(), nn.Linear(9, 3))
    before = nn.utils.parameters_to_vector(net.parameters()).detach().clone()
    optimizer = torch.optim.SGD(net.parameters(), lr=case["lr"])
    losses = [
        step(net, images, torch.arange(len(images)) % 3, optimizer)
        for images in case["images"]
    ]
    after = nn.utils.parameters_to_vector(net.parameters()).detach()
    if losses[0] is None and after.equal(before):
        return None
    losses = [torch.as_tensor(torch.nan if loss is None else loss) for loss in losses]
    graphs = torch.tensor([float(loss.requires_grad) for loss in losses])
    return torch.cat([torch.stack(losses).detach(), graphs, after])


def _part_of_three_steps(at: tuple[int, ...]) -> str:
    if at[0] < 3:
        return f"the loss of step {at[0] + 1}: "
    return "the graph behind a loss: " if at[0] < 6 else "a weight after three steps: "


def _training_step(
    order: str = "zero forward backward step",
    loss_of: Function = F.cross_entropy,
    returned: Function = lambda loss: loss.item(),
) -> Function:
    """A step of training that does the named things, one after another."""

    def step(net, images, labels, optimizer):
        for name in order.split():
            if name == "zero":
                optimizer.zero_grad()
            elif name == "forward":
                loss = loss_of(net(images), labels)
            elif name == "backward":
                loss.backward()
            elif name == "step":
                optimizer.step()
        return returned(loss)

    return step


training_step = Checker(
    "zero_grad, forward, loss, backward, step",
    _training_step(),
    {
        "The weights do not move. backward() fills the gradients and step() uses them: "
        "both must be there, in this order, with no zero_grad() between them.": (
            _training_step("zero forward")
        ),
        "Gradients pile up: backward() adds to what is there. Call zero_grad() once in "
        "every step, before backward().": _training_step("forward backward step"),
        "Every step uses the gradients of the batch before: step() must come after "
        "backward().": _training_step("step zero forward backward"),
        "Softmax is applied twice: cross-entropy has it inside and wants logits.": (
            _training_step(loss_of=lambda z, y: F.cross_entropy(z.softmax(1), y))
        ),
        "The losses of the batch are summed. Take their mean, or the step grows with "
        "the batch.": _training_step(
            loss_of=lambda z, y: F.cross_entropy(z, y, reduction="sum")
        ),
        "The weights go the right way. What is returned still holds on to the whole "
        "computation, and a list of such losses fills the memory: return "
        "loss.item().": _training_step(returned=lambda loss: loss),
        "The weights go the right way. Return the loss, too: loss.item().": (
            _training_step(returned=lambda loss: None)
        ),
    },
    [
        {"images": _normal(3, 4, 1, 3, 3), "lr": 0.5},
        {"images": _normal(3, 6, 1, 3, 3, seed=1), "lr": 0.1},
    ],
    play=_three_steps,
    place=_part_of_three_steps,
    may_change=True,
)


# --- 07: is the label among the k highest logits?


def _is_kth(logits: Tensor, labels: Tensor, k: int) -> Tensor:
    kth = logits.topk(k, dim=1).indices[:, -1]
    return (kth == labels).double().mean()


top_k_accuracy = Checker(
    "metrics.top_k_accuracy",
    metrics.top_k_accuracy,
    {
        "Only the highest logit is looked at, whatever k is.": (
            lambda z, y, k: metrics.top_k_accuracy(z, y, 1)
        ),
        "You ask whether the label is *the* k-th. It may be any of the first k.": (
            _is_kth
        ),
        "These are the k lowest logits.": (
            lambda z, y, k: metrics.top_k_accuracy(-z, y, k)
        ),
        "One logit too many is looked at: the label is searched among the first "
        "k + 1.": lambda z, y, k: metrics.top_k_accuracy(z, y, k + 1),
        "This is a count. Divide by the number of images.": (
            lambda z, y, k: metrics.top_k_accuracy(z, y, k) * len(y)
        ),
        "This is divided by k · N. Each image counts once, whatever k is.": (
            lambda z, y, k: metrics.top_k_accuracy(z, y, k) / k
        ),
    },
    [
        {"logits": _normal(20, 10), "labels": torch.arange(20) % 10, "k": 1},
        {"logits": _normal(40, 10, seed=1), "labels": torch.arange(40) % 10, "k": 2},
        {"logits": _normal(40, 6, seed=2), "labels": torch.arange(40) % 6, "k": 4},
    ],
)
