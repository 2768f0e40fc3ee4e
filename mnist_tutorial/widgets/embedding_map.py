"""EmbeddingMap: the last features of many digits in two dimensions, and your own."""

from typing import NamedTuple

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial.widgets import engine, thumbnails
from mnist_tutorial.widgets.base import (
    Floats,
    Widget,
    figure,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.digit_pad import checked_images


class EmbeddingMap(Widget):
    """A map of the features from which a network reads, digit by digit.

    Args:
        model: the classifier, with a linear layer at its end. See `engine.pack` for the
            layers it may have.
        images: (N, 1, 28, 28) normalised; take validation images.
        labels: (N,) whole numbers 0-9.
        features: (N, D) what `penultimate` gives for them, where it is known. None: a
            click computes them.
        count: of so many images, the first ones.

    Raises:
        ValueError: a model that the browser cannot run or without a linear layer at its
            end; images, labels or features of another shape or kind; fewer than three
            images.
    """

    _esm = script("embedding_map.js")

    layers: traitlets.List = traitlets.List().tag(sync=True)
    weights = Floats()
    pixels = traitlets.Bytes().tag(sync=True)  # see thumbnails.packed
    labels = Floats()
    features = Floats()  # (N, D); empty until they are known, as are the following
    mean = Floats()  # (D,)
    axes = Floats()  # (2, D)
    shares: traitlets.List = traitlets.List().tag(sync=True)

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        features: Tensor | None = None,
        *,
        count: int = 2000,
    ):
        images = checked_images(images)
        if min(count, len(images)) < 3:
            raise ValueError(
                f"A map needs three images or more, here are {len(images)} and a count "
                f"of {count}; pass more of validation.images."
            )
        labels = thumbnails.checked_labels(labels, images)
        layers, weights = engine.pack(model)
        self._last = last_layer(model, layers)
        self._model, self._images, self._labels = model, images[:count], labels[:count]
        super().__init__(
            layers=layers,
            weights=weights,
            pixels=thumbnails.packed(self._images),
            labels=to_bytes(self._labels),
        )
        self._points: Tensor | None = None
        if features is not None:
            self._place(checked_features(features, images, self._last)[:count])
        self.on_msg(self._answer)

    @property
    def alt(self) -> str:  # type: ignore[override]
        if self._points is None:
            return "Ten digits and their labels; a click computes where they lie."
        return (
            "Each digit is a small numeral on a plane, in the colour of its class; "
            "digits of one class lie together in a cloud."
        )

    def picture(self) -> Figure:
        if self._points is None:
            return thumbnails.first_ten(self._images, self._labels)
        result = figure(6, 5)
        ax = result.add_subplot()
        for k in range(10):
            x, y = self._points[self._labels == k].T.tolist()
            ax.scatter(x, y, s=16, marker=f"${k}$", linewidths=0, color=f"C{k}")
        first, second = (f"{share:.0%} of the variance" for share in self.shares)
        ax.set_xlabel(f"first direction ({first})")
        ax.set_ylabel(f"second direction ({second})")
        ax.set_aspect("equal")
        return result

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        if content.get("kind") == "compute":
            self._place(penultimate(self._model, self._images, self._last))

    def _place(self, features: Tensor) -> None:
        plane = principal_plane(features)
        self._points = plane.project(features)
        with self.hold_sync():
            self.mean, self.axes = to_bytes(plane.mean), to_bytes(plane.axes)
            self.shares = plane.shares.tolist()
            self.features = to_bytes(features)


class Plane(NamedTuple):
    """The plane in which points differ most."""

    mean: Tensor  # (D,)
    axes: Tensor  # (2, D), of length one, at right angles
    shares: Tensor  # (2,) the fraction of the variance along each

    def project(self, features: Tensor) -> Tensor:
        """Where points (N, D) lie in the plane: (N, 2)."""
        return (features - self.mean) @ self.axes.T


def principal_plane(features: Tensor) -> Plane:
    """The first two principal components of points (N, D), each with a fixed sign."""
    mean = features.mean(0)
    _, lengths, directions = torch.linalg.svd(features - mean, full_matrices=False)
    axes = torch.zeros(2, features.shape[1])
    axes[: len(directions)] = directions[:2]
    # A component and its negative are equally right; the largest entry decides.
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    axes *= torch.where(largest < 0, -1.0, 1.0)
    variance = torch.zeros(2)
    variance[: len(lengths)] = lengths[:2] ** 2
    return Plane(mean, axes, variance / (lengths**2).sum().clamp(min=1e-12))


def last_layer(model: nn.Module, layers: list[dict]) -> nn.Linear:
    """The linear layer that makes the logits.

    Raises:
        ValueError: another layer is the last.
    """
    last = model.get_submodule(layers[-1]["name"]) if layers else None
    if not isinstance(last, nn.Linear) or last.out_features != 10:
        raise ValueError(
            f"The map shows what the last layer reads, and that must be a linear one "
            f"with ten outputs, not {last}; pass a classifier that ends so."
        )
    return last


def penultimate(model: nn.Module, images: Tensor, last: nn.Module) -> Tensor:
    """What the layer `last` of `model` receives for the images: (N, D), on the CPU.

    Raises:
        ValueError: the model does not take such images.
    """
    received: list[Tensor] = []

    def note(_, inputs):
        received.append(inputs[0].detach().cpu())

    hook = last.register_forward_pre_hook(note)
    try:
        thumbnails.compute(model, images)
    finally:
        hook.remove()
    return checked_features(torch.cat(received), images, last)


def checked_features(features: Tensor, images: Tensor, last: nn.Module) -> Tensor:
    """The features on the CPU, once it is sure that they belong to images and layer."""
    right = (len(images), last.in_features)
    if features.shape != right or not features.isfinite().all():
        raise ValueError(
            f"features must be {right} and finite, these are "
            f"{tuple(features.shape)}; pass what `last` receives for these images."
        )
    return features.detach().cpu().float()
