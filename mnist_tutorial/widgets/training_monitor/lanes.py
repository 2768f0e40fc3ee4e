"""Two trainings that take turns, and the thread they run in. Knows no widget."""

import copy
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial import data, metrics, train
from mnist_tutorial.data import Split
from mnist_tutorial.model import ConvNet
from mnist_tutorial.train import Evaluation

NAMES = ("A", "B")
EVERY = 50  # steps from one evaluation to the next
KEPT = 48  # snapshots at most; then every second one goes


class Setting(NamedTuple):
    """What a training runs with."""

    lr: float = 0.1
    momentum: float = 0.0
    batch_size: int = 64
    bug: str = "none"  # one of `BUGS`


# --- The museum's bugs, each one wrong part of a healthy run


def as_they_are(split: Split, seed: int) -> Split:
    return split


def sorted_labels(split: Split, seed: int) -> Split:
    order = split.labels.argsort(stable=True)
    return Split(split.images[order], split.labels[order])


def mixed_up(split: Split, seed: int) -> Split:
    order = np.random.default_rng(seed).permutation(len(split.labels))
    return split._replace(labels=split.labels[torch.from_numpy(order)])


def inverted(split: Split, seed: int) -> Split:
    images = split.images
    return split._replace(images=images.max() + images.min() - images)


def not_rescaled(split: Split, seed: int) -> Split:
    darkest = split.images.min()
    return split._replace(images=255 * (split.images - darkest) + darkest)


@dataclass(frozen=True)
class Bug:
    """The parts of a training that a bug may replace; these are healthy."""

    end: Callable[[], nn.Module] = nn.Identity  # what follows the network
    cut: bool = False  # no gradient passes the last pool
    zero_grad: bool = True
    stale: bool = False  # the optimiser has another network's weights
    arrange: Callable[[Split, int], Split] = as_they_are
    shuffle: bool = True


BUGS = {
    "none": Bug(),
    "two softmaxes": Bug(end=lambda: nn.Softmax(1)),
    "ReLU at the end": Bug(end=nn.ReLU),
    "gradient cut": Bug(cut=True),
    "no zero_grad": Bug(zero_grad=False),
    "stale optimiser": Bug(stale=True),
    "sorted labels": Bug(arrange=sorted_labels, shuffle=False),
    "labels mixed up": Bug(arrange=mixed_up),
    "inverted": Bug(arrange=inverted),
    "not rescaled": Bug(arrange=not_rescaled),
}


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
        bug = BUGS[setting.bug]
        self.setting = setting
        self.net = copy.deepcopy(net).to(  # trains quicker in this layout
            memory_format=torch.channels_last  # type: ignore[call-overload]
        )
        if bug.cut:
            self.net.pool3.register_forward_hook(lambda _, __, output: output.detach())
        self.model = nn.Sequential(self.net, bug.end())
        learns = copy.deepcopy(self.net) if bug.stale else self.net
        self.optimizer = train.sgd(learns, setting.lr, setting.momentum)
        if not bug.zero_grad:
            self.optimizer.zero_grad = lambda *_: None  # type: ignore[method-assign]
        arranged = bug.arrange(training, seed)
        self._batches = dealt(arranged, setting.batch_size, seed, bug.shuffle)
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
        self.model.train()
        weights = [p for p in self.net.parameters() if p.requires_grad]
        before = [w.detach().clone() for w in weights]
        loss = F.cross_entropy(self.model(images), labels)
        gradients = torch.autograd.grad(loss, weights, allow_unused=True)
        self._train((images, labels))
        with torch.no_grad():
            after = F.cross_entropy(self.model(images), labels).item()
            predicted = sum(
                (g.double() * (w.double() - b.double())).sum().item()
                for w, b, g in zip(weights, before, gradients, strict=True)
                if g is not None
            )
        self.look = Look(len(self.losses), predicted, after - self.losses[-1])

    def _train(self, batch: tuple[Tensor, Tensor]) -> None:
        (loss,) = train.steps(self.model, [batch], self.optimizer)
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
        logits = train.predict(self.model, validation.images)
        loss = F.cross_entropy(logits, validation.labels).item()
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
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return ConvNet(width)


# --- Two trainings


@dataclass
class Snapshots:
    """The first filters of both lanes at some steps, thinned out as the run goes on."""

    every: int = 10
    steps: list[int] = field(default_factory=list)
    filters: list[Tensor] = field(default_factory=list)  # each (2, filters, 10)

    def take(self, step: int, lanes: tuple[Lane, Lane]) -> None:
        if step % self.every or step in self.steps[-1:]:
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


# --- The thread


class Trainer:
    """Runs `Lanes` in a daemon thread, which waits while there is nothing to do.

    All methods return at once; the thread acts between two steps.

    Args:
        lanes: the two trainings.
        show: called in the thread after each turn, and before it waits or ends.
    """

    def __init__(self, lanes: Lanes, show: Callable[[], object]):
        self.lanes = lanes
        self._show = show
        self._state = "stopped"  # or running, paused
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._waits = False
        self.error: Exception | None = None  # what ended the thread, if anything did

    @property
    def state(self) -> str:
        return self._state

    @property
    def alive(self) -> bool:
        """Is there a thread?"""
        return self._thread is not None

    @property
    def idle(self) -> bool:
        """Does the thread wait, with nothing left to do?"""
        with self._changed:
            return self._waits and not self._jobs and self._state == "paused"

    def run(self) -> None:
        self._become("running")

    def pause(self) -> None:
        self._become("paused")

    def step(self) -> None:
        """One inspected step, then a pause."""
        self._become("paused", lambda: self.lanes.step(inspect=True))

    def do(self, job: Callable[[], object]) -> None:
        """Call `job` between two steps: in the thread, or here if there is none."""
        with self._changed:
            if self._thread is not None and self._state != "stopped":
                self._jobs.append(job)
                self._changed.notify_all()
                return
        job()

    def stop(self, seconds: float = 0) -> None:
        """End the thread; wait for it up to so many seconds."""
        with self._changed:
            self._state = "stopped"
            self._jobs.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _become(self, state: str, *jobs: Callable[[], object]) -> None:
        with self._changed:
            self._state = state
            self._jobs.extend(jobs)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="TrainingMonitor", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while True:
                shown = self._state
                self._show()
                if not self._turn(shown):
                    break
        except Exception as error:
            self.error = error
            raise
        finally:
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread, self._state = None, "stopped"
            self._show()

    def _turn(self, shown: str) -> bool:
        """Wait for something to do, and do it; False when the thread shall end."""
        with self._changed:
            if self._state == "paused" != shown and not self._jobs:
                return True  # first show where it was paused, then wait
            self._waits = self._state == "paused" and not self._jobs
            self._changed.wait_for(lambda: self._jobs or self._state != "paused")
            self._waits = False
            if self._state == "stopped":
                self._thread = None  # from here on `run` makes a new one
                return False
            job = self._jobs.popleft() if self._jobs else None
        self._evaluate()
        if job is not None:
            job()
        elif self._state == "running":
            self.lanes.step()
        self._evaluate()
        if self.lanes.broken:
            self._state = "stopped"
        return True

    def _evaluate(self) -> None:
        while self._state != "stopped" and self.lanes.evaluate():
            pass
