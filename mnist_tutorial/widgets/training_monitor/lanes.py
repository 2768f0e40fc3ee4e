"""Two trainings that take turns, step about. Knows neither thread nor widget."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import torch
from torch import Tensor

from mnist_tutorial import data, metrics, train
from mnist_tutorial.data import Split
from mnist_tutorial.model import ConvNet, seeded
from mnist_tutorial.train import Evaluation
from mnist_tutorial.widgets.training_monitor.settings import BUGS, Setting

NAMES = ("A", "B")
EVERY = 50  # steps from one evaluation to the next
KEPT = 48  # snapshots at most; then every second one goes


# --- One training


class Check(NamedTuple):
    """An evaluation, and after how many steps it was made."""

    step: int
    evaluation: Evaluation


class Look(NamedTuple):
    """One step, and what it did to the loss on its own batch."""

    step: int
    predicted: float  # gradient · change of the weights: the first order
    real: float


class Lane:
    """One training, a step at a time."""

    def __init__(self, net: ConvNet, training: Split, setting: Setting, seed: int = 0):
        self.setting = setting
        self.setup = BUGS[setting.bug]
        copied = copy.deepcopy(net).to(  # trains quicker in this layout
            memory_format=torch.channels_last  # type: ignore[call-overload]
        )
        self.net: ConvNet = self.setup.change(copied)
        learned = self.setup.learns(self.net)
        self.optimizer = train.sgd(learned, setting.lr, setting.momentum)
        with seeded(seed):
            arranged = Split(*self.setup.arrange(*training))
        self._batches = dealt(arranged, setting.batch_size, seed, self.setup.shuffle)
        self.losses: list[float] = []
        self.checks: list[Check] = []
        self.preds = torch.empty(0, dtype=torch.long)  # at the last check
        self.look: Look | None = None
        self.broken = ""  # why it stopped by itself

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    @lr.setter
    def lr(self, lr: float) -> None:
        self.optimizer.param_groups[0]["lr"] = lr

    def step(self) -> None:
        """Train on the next batch, unless it is broken."""
        self.look = None
        if not self.broken:
            self._train(next(self._batches))

    def inspect(self) -> None:
        """Train on the next batch, and note in `look` what that did to its loss."""
        self.look = None
        if self.broken:
            return
        images, labels = next(self._batches)
        self.net.train()
        weights = [p for p in self.net.parameters() if p.requires_grad]
        before = [w.detach().clone() for w in weights]
        loss = self.setup.loss(self.net(images), labels)
        gradients = torch.autograd.grad(loss, weights, allow_unused=True)
        self._train((images, labels))
        with torch.no_grad():
            after = self.setup.loss(self.net(images), labels).item()
            predicted = sum(
                (g.double() * (w.double() - b.double())).sum().item()
                for w, b, g in zip(weights, before, gradients, strict=True)
                if g is not None
            )
        self.look = Look(len(self.losses), predicted, after - self.losses[-1])

    def _train(self, batch: tuple[Tensor, Tensor]) -> None:
        (loss,) = train.floats(self.setup.steps(self.net, [batch], self.optimizer))
        self.losses.append(loss)
        if not math.isfinite(loss):
            self.broken = (
                f"The loss of step {len(self.losses)} is no finite number any more: "
                "the steps were too large. This lane has stopped."
            )

    @property
    def due(self) -> bool:
        """Is it time to evaluate?"""
        step = len(self.losses)
        done = bool(self.checks) and self.checks[-1].step == step
        return step % EVERY == 0 and not done and not self.broken

    def evaluate(self, validation: Split) -> None:
        logits = train.predict(self.net, validation.images)
        loss = self.setup.loss(logits, validation.labels).item()
        self.preds = logits.argmax(1)
        accuracy = metrics.accuracy(self.preds, validation.labels)
        self.checks.append(Check(len(self.losses), Evaluation(loss, accuracy)))

    def first_filters(self) -> Tensor:
        """The first convolution: (filters, 10), nine weights and the bias of each."""
        conv = self.net.conv1
        assert conv.bias is not None
        parts = conv.weight.flatten(1), conv.bias[:, None]
        return torch.cat(parts, 1).detach().cpu()

    def copied(self) -> ConvNet:
        """The network as it is now, in eval mode, for others to use."""
        net = copy.deepcopy(self.net).to(
            memory_format=torch.contiguous_format  # type: ignore[call-overload]
        )
        net.pool3._forward_hooks.clear()
        net.zero_grad()
        return net.eval()


def dealt(
    split: Split, size: int, seed: int, shuffle: bool = True
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end: epoch after epoch, shuffled anew or always as they lie."""
    batches = data.Batches(*split, size=size, seed=seed)
    for epoch in count():
        if shuffle:
            yield from batches.epoch(epoch)
        else:
            pairs = zip(split.images.split(size), split.labels.split(size), strict=True)
            yield from pairs


def first_net(seed: int = 0, width: int = 32) -> ConvNet:
    """`torch.manual_seed(seed); ConvNet(width)`, without a trace in the global RNG."""
    with seeded(seed):
        return ConvNet(width)


# --- Two trainings


@dataclass
class Snapshots:
    """The first filters of both lanes at some steps, thinned out as the run goes on."""

    every: int = 10
    steps: list[int] = field(default_factory=list)
    filters: list[Tensor] = field(default_factory=list)  # each (2, filters, 10)

    def take(self, step: int, lanes: tuple[Lane, Lane]) -> None:
        if step % self.every or step in self.steps:
            return
        self.steps.append(step)
        self.filters.append(torch.stack([lane.first_filters() for lane in lanes]))
        if len(self.steps) > KEPT:
            self.every *= 2
            kept = [k for k, s in enumerate(self.steps) if s % self.every == 0]
            self.steps = [self.steps[k] for k in kept]
            self.filters = [self.filters[k] for k in kept]


class Lanes:
    """Two trainings from the same first weights, step about.

    Args:
        training: what they learn from.
        validation: what they are evaluated on.
        settings: those of A and of B.
        seed: of the order of the images.
        net: the first weights of both; None: those of `first_net(seed)`.
    """

    def __init__(
        self,
        training: Split,
        validation: Split,
        settings: tuple[Setting, Setting] = (Setting(), Setting(lr=0.01)),
        *,
        seed: int = 0,
        net: ConvNet | None = None,
    ):
        net = first_net(seed).to(training.images.device) if net is None else net
        a, b = (Lane(net, training, setting, seed) for setting in settings)
        self.lanes = (a, b)
        self.validation = validation
        self.snapshots = Snapshots()
        self.snapshots.take(0, self.lanes)

    @property
    def steps(self) -> int:
        return max(len(lane.losses) for lane in self.lanes)

    @property
    def broken(self) -> bool:
        return all(lane.broken for lane in self.lanes)

    def step(self, inspect: bool = False) -> None:
        """One step of A and one of B; with `inspect` their `look` is noted."""
        for lane in self.lanes:
            lane.inspect() if inspect else lane.step()
        self.snapshots.take(self.steps, self.lanes)

    def evaluate(self) -> bool:
        """Evaluate one lane for which it is time; was there one?"""
        for lane in self.lanes:
            if lane.due:
                lane.evaluate(self.validation)
                return True
        return False

    def disagreements(self) -> Tensor:
        """Which validation digits A and B read differently, at their last checks.

        None, where these were made after different numbers of steps.
        """
        a, b = self.lanes
        if [c.step for c in a.checks[-1:]] != [c.step for c in b.checks[-1:]]:
            return torch.empty(0, dtype=torch.long)
        return (a.preds != b.preds).nonzero().flatten().cpu()
