"""Ways to break a training, and the checks that notice.

Every bug is one wrong part of a healthy `Setup`, and none of them raises an error.
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from mnist_tutorial import data, metrics
from mnist_tutorial.model import ConvNet
from mnist_tutorial.train import floats


@dataclass(frozen=True)
class Setup:
    """The parts of a training that a bug may replace; these are healthy."""

    change: Callable = lambda net: net  # what is done to the network
    learns: Callable = lambda net: net  # whose weights the optimizer has
    arrange: Callable = lambda images, labels: (images, labels)
    shuffle: bool = True
    loss: Callable = F.cross_entropy
    zero_grad: bool = True
    eval_mode: bool = True  # when the network is asked

    def steps(
        self,
        net: nn.Module,
        batches: Iterable[tuple[Tensor, Tensor]],
        optimizer: Optimizer,
    ) -> Iterator[Tensor]:
        """The five lines, made of these parts; yields the loss of each batch."""
        net.train()
        for images, labels in batches:
            loss = self.loss(net(images), labels)
            if self.zero_grad:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield loss.detach()

    def ask(self, net: nn.Module, images: Tensor) -> Tensor:
        """The logits of the network, in the mode in which this set-up asks it."""
        net.train(not self.eval_mode)
        with torch.inference_mode():
            return net(images)


def cut(net: ConvNet) -> ConvNet:
    net.pool3.register_forward_hook(lambda layer, inputs, output: output.detach())
    return net


def sorted_labels(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    order = labels.argsort(stable=True)
    return images[order], labels[order]


def mixed_up(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return images, labels[torch.randperm(len(labels)).to(labels.device)]


def inverted(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return images.max() + images.min() - images, labels


def not_rescaled(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return 255 * (images - images.min()) + images.min(), labels


MUSEUM = {
    "healthy": Setup(),
    "two softmaxes": Setup(loss=lambda z, y: F.cross_entropy(z.softmax(1), y)),
    "softmax into nll": Setup(loss=lambda z, y: F.nll_loss(z.softmax(1), y)),
    "ReLU at the end": Setup(loss=lambda z, y: F.cross_entropy(z.relu(), y)),
    "gradient cut": Setup(change=cut),
    "no zero_grad": Setup(zero_grad=False),
    "stale optimizer": Setup(learns=copy.deepcopy),
    "no eval()": Setup(eval_mode=False),
    "sorted labels": Setup(arrange=sorted_labels, shuffle=False),
    "labels mixed up": Setup(arrange=mixed_up),
    "inverted": Setup(arrange=inverted),
    "not rescaled": Setup(arrange=not_rescaled),
}


def small_net() -> ConvNet:
    """A quarter of the network, with dropout before its second linear layer."""
    net = ConvNet(width=8)
    net.add_module("fc2", nn.Sequential(nn.Dropout(0.2), net.fc2))
    return net


def museum_run(
    setup: Setup, images: Tensor, labels: Tensor, n_steps: int = 100, seed: int = 0
) -> tuple[nn.Module, list[float], Tensor, Tensor]:
    """The network, its losses, and the images and labels as they were arranged."""
    torch.manual_seed(seed)
    net = small_net().to(images.device).to(memory_format=torch.channels_last)  # quicker
    net = setup.change(net)
    optimizer = torch.optim.Adam(setup.learns(net).parameters(), lr=0.003, fused=True)
    images, labels = setup.arrange(images, labels)
    if setup.shuffle:
        order = torch.randperm(len(labels)).to(labels.device)
        images, labels = images[order], labels[order]
    batches = cycle(zip(images.split(64), labels.split(64), strict=True))
    losses = floats(setup.steps(net, islice(batches, n_steps), optimizer))
    return net, losses, images, labels


def gradient_norms(net: nn.Module) -> list[float]:
    """How long the gradient of each layer's weights is, first to last."""
    weights = [p for name, p in net.named_parameters() if name.endswith("weight")]
    return [0.0 if w.grad is None else w.grad.norm().item() for w in weights]


@dataclass
class Trial:
    """What a set-up came to, for the checks to look at."""

    losses: list[float]
    batch: Tensor  # (64, 1, 28, 28), as the network gets it
    n_classes: int  # in that batch
    gradients: list[float]  # as they were at the last step
    logits: Tensor  # (1000, 10)
    again: Tensor  # the same, asked a second time
    reached: float  # share of the validation images that is read right
    trained: float  # of the training images
    by_heart: float  # of 20 images, learned alone
    aimless: list[float]  # losses on labels that mean nothing


def tried(
    setup: Setup, training: data.Split, validation: data.Split, seed: int = 0
) -> Trial:
    """Put a set-up through everything that the checks will look at."""

    def share(net: nn.Module, images: Tensor, labels: Tensor) -> float:
        return metrics.accuracy(setup.ask(net, images).argmax(1), labels)

    net, losses, images, labels = museum_run(setup, *training, seed=seed)
    logits = setup.ask(net, validation.images)
    few = training.images[:20], training.labels[:20]
    heart, _, twenty, their_labels = museum_run(setup, *few, n_steps=60, seed=seed)
    torch.manual_seed(seed)
    nonsense = data.Split(*mixed_up(*training))
    _, aimless, _, _ = museum_run(setup, *nonsense, n_steps=16, seed=seed)
    return Trial(
        losses=losses,
        batch=images[:64],
        n_classes=len(labels[:64].unique()),
        gradients=gradient_norms(net),
        logits=logits,
        again=setup.ask(net, validation.images),
        reached=metrics.accuracy(logits.argmax(1), validation.labels),
        trained=share(net, images[::2], labels[::2]),
        by_heart=share(heart, twenty, their_labels),
        aimless=aimless,
    )


CHECKS = {
    "first loss near ln 10": lambda t: abs(t.losses[0] - math.log(10)) < 0.3,
    "no loss below 0": lambda t: min(t.losses) >= 0,
    "the loss falls": lambda t: sum(t.losses[-32:]) / 32 < 0.8 * math.log(10),
    "learns 20 images by heart": lambda t: t.by_heart == 1,
    "cannot learn random labels": lambda t: min(t.aimless) > 2.1,
    "a batch: mean 0, spread 1, mixed": lambda t: (
        abs(t.batch.mean()) < 0.5 < t.batch.std() < 1.5 and t.n_classes > 5
    ),
    "every digit is predicted": lambda t: (
        t.logits.argmax(1).bincount(minlength=10).min() >= 40
    ),
    "every layer has a gradient": lambda t: all(1e-5 < g < 10 for g in t.gradients),
    "asked twice, same answer": lambda t: torch.equal(t.logits, t.again),
    "training and validation agree": lambda t: abs(t.trained - t.reached) < 0.1,
}
