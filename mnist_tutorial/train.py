"""The training loop, written out: one step, one epoch, one run."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader

from mnist_tutorial.data import Batches

# The default recipe: what makes the shipped weights, and what 06 runs.
EPOCHS, BATCH_SIZE, LR, MOMENTUM, WEIGHT_DECAY = 3, 64, 0.1, 0.9, 5e-4


# What forward and loss may be computed in; weights are float32 in either.
PRECISIONS = ("float32", "bfloat16")

Loader = Batches | DataLoader[Any]


class Evaluation(NamedTuple):
    """How well a model does on a set of images."""

    loss: float  # mean cross-entropy, nats per image
    accuracy: float  # fraction, 0 to 1


class History:
    """What a run has done so far."""

    def __init__(self) -> None:
        self.validation: list[Evaluation] = []  # one per epoch
        self.interrupted = False
        self._losses: list[float] = []
        self._unread: list[Tensor] = []

    @property
    def steps(self) -> int:
        """How many are done: the position of the run."""
        return len(self._losses) + len(self._unread)

    @property
    def losses(self) -> list[float]:
        """One per step. To look makes a GPU finish what it was asked to do."""
        unread, self._unread = self._unread, []
        self._losses += floats(unread)
        return self._losses

    def note(self, loss: Tensor) -> None:
        """Keep the loss of one more step, and leave it on its device until read."""
        self._unread.append(loss)

    def state_dict(self) -> dict[str, Any]:
        """Plain lists, for `checkpoint.save_state`."""
        evaluations = [tuple(evaluation) for evaluation in self.validation]
        return {"losses": list(self.losses), "validation": evaluations}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Raises:
            ValueError: it is something else; the history stays as it was.
        """
        try:
            losses = [float(loss) for loss in state["losses"]]
            pairs = [map(float, numbers) for numbers in state["validation"]]
            validation = [Evaluation(*numbers) for numbers in pairs]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise ValueError(
                "The history is not made of losses and pairs of loss and accuracy."
            ) from error
        self._losses, self.validation, self.interrupted = losses, validation, False
        self._unread.clear()


def steps(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
    precision: str = "float32",
) -> Iterator[Tensor]:
    """Train on each batch in turn; yield its loss (nats per image), still a tensor.

    To read it as a number would make a GPU wait at every step; `floats` reads many.
    """
    model.train()
    for images, labels in batches:
        with computed_in(precision, images.device):
            logits = model(images)
            loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        yield loss.detach()


def computed_in(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Inside, layers compute in one of `PRECISIONS`; what else is rounded too much
    stays float32, such as the loss.

    Raises:
        ValueError: `precision` is none of them.
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"Precision {precision!r} is not known; choose one of "
            f"{', '.join(PRECISIONS)}."
        )
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def floats(losses: Iterable[Tensor]) -> list[float]:
    """Losses as plain numbers, fetched from their device all at once."""
    tensors = list(losses)
    return torch.stack(tensors).tolist() if tensors else []


def train_epoch(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
) -> float:
    """Train on every batch once; the mean of the losses met on the way."""
    losses = floats(steps(model, batches, optimizer, scheduler))
    return sum(losses) / len(losses)


@torch.inference_mode()
def evaluate(model: nn.Module, images: Tensor, labels: Tensor) -> Evaluation:
    """Mean loss and accuracy of `model`, in eval mode, without changing it."""
    logits = predict(model, images)
    labels = labels.to(logits.device)
    loss = F.cross_entropy(logits, labels).item()
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    return Evaluation(loss, accuracy)


@torch.inference_mode()
def predict(model: nn.Module, images: Tensor, batch_size: int = 200) -> Tensor:
    """The logits (N, 10) of `model` in eval mode, computed batch by batch.

    Each batch is brought to the model's device and type of numbers; there the logits
    stay.
    """
    like = next(model.parameters(), images)
    with eval_mode(model):
        return torch.cat([model(batch.to(like)) for batch in images.split(batch_size)])


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Put every layer into eval mode; on leaving, each goes back to its own mode."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def fit(
    model: nn.Module,
    batches: Loader,
    validation: tuple[Tensor, Tensor],
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
    *,
    epochs: int = 1,
    history: History | None = None,
    on_step: Callable[[History], object] | None = None,
    precision: str = "float32",
) -> History:
    """Train until `epochs` are done; evaluate after each.

    Stop it whenever you like (interrupt the kernel, or Ctrl-C): it ends between two
    steps and keeps what was trained. Call it again with the history it returned, and
    it goes on where it stopped.

    Args:
        batches: what to learn from. A `DataLoader` will do; if it shuffles, a run that
            was stopped goes on with batches in another order.
        validation: `(images, labels)` to evaluate on.
        epochs: how many the run shall have in all, those in `history` included.
        history: that of the run to go on with; None begins a new one.
        on_step: called with the history after each step.
        precision: what forward and loss of a step are computed in.

    Raises:
        ValueError: `batches` has no length or deals nothing, `validation` is no pair
            of tensors, or `precision` is none of `PRECISIONS`.
    """
    _check_data(batches, validation)
    history = History() if history is None else history
    history.interrupted = False
    with channels_last(model), interrupt_noted() as interrupt:
        while not interrupt.is_set():
            epoch, done = divmod(history.steps, len(batches))
            if len(history.validation) < epoch:
                history.validation.append(evaluate(model, *validation))
            if epoch >= epochs:
                break
            dealt = deal(batches, epoch, done)
            for loss in steps(model, dealt, optimizer, scheduler, precision):
                history.note(loss)
                if on_step is not None:
                    on_step(history)
                if interrupt.is_set():
                    break
    history.interrupted = interrupt.is_set()
    return history


def deal(batches: Loader, epoch: int, start: int = 0) -> Iterator[Any]:
    """The batches of one epoch from `start` on; a `DataLoader` knows no epochs.

    Raises:
        ValueError: there is none although the length promises it.
    """
    if isinstance(batches, Batches):
        yield from batches.epoch(epoch, start)
        return
    nothing = True
    for batch in islice(batches, start, None):
        yield batch
        nothing = False
    if nothing:
        raise ValueError(
            f"The {type(batches).__name__} promises {len(batches)} batches, but deals "
            f"no more than {start}; pass data.Batches or a DataLoader."
        )


def _check_data(batches: Any, validation: Any) -> None:
    """Refuse what `fit` cannot deal out, or cannot evaluate on."""
    try:
        length = len(batches)
    except TypeError:
        length = 0
    if length < 1:
        raise ValueError(
            f"There is a {type(batches).__name__} without batches, or without a length,"
            " to learn from; pass data.Batches or a DataLoader."
        )
    is_pair = isinstance(validation, tuple | list) and len(validation) == 2
    if not is_pair or not all(isinstance(part, Tensor) for part in validation):
        raise ValueError(
            f"validation is a {type(validation).__name__}, but must be two tensors, "
            "(images, labels)."
        )


@contextmanager
def channels_last(model: nn.Module) -> Iterator[None]:
    """Keep the convolutions' weights in the layout that the CPU trains fastest with.

    Only the order in memory changes, not the shapes; on leaving it is undone.
    """
    model.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        model.to(memory_format=torch.contiguous_format)


@contextmanager
def interrupt_noted() -> Iterator[threading.Event]:
    """Turn an interrupt (SIGINT) into a `threading.Event` that is set.

    A KeyboardInterrupt can strike inside a step, between the update of one parameter
    and the next; the event is looked at between two steps. Outside the main thread,
    where Python delivers no signals, nothing is changed.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    previous = signal.signal(signal.SIGINT, lambda *_: event.set())
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, previous)


def sgd(
    model: nn.Module, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> SGD:
    """Stochastic gradient descent; momentum, where there is any, is Nesterov's."""
    return SGD(
        model.parameters(),
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        nesterov=momentum > 0,
    )


def one_cycle(optimizer: SGD, total_steps: int) -> OneCycleLR:
    """Raise the learning rate to the optimizer's, then lower it to almost nothing.

    Momentum goes the other way, by 0.05 about its value, where there is any.

    Source: L. N. Smith, "A disciplined approach to neural network hyper-parameters",
    arXiv 1803.09820.
    """
    lr, momentum = (optimizer.param_groups[0][name] for name in ("lr", "momentum"))
    return OneCycleLR(
        optimizer,
        max_lr=lr,
        total_steps=total_steps,
        cycle_momentum=momentum > 0,
        base_momentum=max(0.0, momentum - 0.05),
        max_momentum=min(0.99, momentum + 0.05),
    )
