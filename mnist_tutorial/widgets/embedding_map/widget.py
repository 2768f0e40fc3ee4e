"""EmbeddingMap: the last features of many digits in two dimensions, and your own."""

from typing import NamedTuple

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import interpret, plots
from mnist_tutorial.widgets.base import Floats, figure, guarded, script, to_bytes
from mnist_tutorial.widgets.inputs import (
    check_images,
    check_labels,
    packed,
)
from mnist_tutorial.widgets.thumbnails import ManyImages, checked_rows


class EmbeddingMap(ManyImages):
    """A map of the features from which a network reads, digit by digit.

    Args:
        model: the classifier, with a linear layer at its end. See `engine.pack` for the
            layers it may have.
        images: (N, 1, 28, 28) normalised; take validation images.
        labels: (N,) whole numbers 0-9.
        features: (N, D) what `interpret.embedding` gives for them, if it is at hand.
            None: a click computes them.
        count: of so many images, the first ones.

    Raises:
        ValueError: a model that `inputs.packed` refuses; images, labels or features of
            another shape or kind; fewer than three images.
    """

    _esm = script("embedding_map/view.js")

    layers: traitlets.List = traitlets.List().tag(sync=True)
    weights = Floats()
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
        if min(count, len(images)) < 3:
            raise ValueError(
                f"A map needs three images or more, here are {len(images)} and a count "
                f"of {count}; pass more of validation.images."
            )
        check_images(images)
        check_labels(labels, images)
        (network,), weights = packed({"model": model})
        self._model = model
        self._width = network["layers"][-1]["inputs"]
        self._points: Tensor | None = None
        if features is not None:
            features = checked_rows(features, images, self._width, "features")[:count]
        super().__init__(
            images[:count], labels[:count], layers=network["layers"], weights=weights
        )
        if features is not None:
            self._place(features)

    def page(self) -> dict:
        if not self._is_computed:
            self._compute()
        return {}

    _computes = "computes where they lie"
    _shows = (
        "Each digit is a small numeral on a plane, in the colour of its class; digits "
        "of one class lie together in a cloud."
    )

    @property
    def _is_computed(self) -> bool:
        return self._points is not None

    def _drawn(self) -> Figure:
        assert self._points is not None
        result = figure(6, 5)
        ax = result.add_subplot()
        plots.numerals(self._points, self._labels, self.shares, ax)
        return result

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        if content.get("kind") == "compute":
            self._compute()

    def _compute(self) -> None:
        images = self._images.to(next(self._model.parameters()))
        self._place(interpret.embedding(self._model, images))

    def _place(self, features: Tensor) -> None:
        features = checked_rows(features, self._images, self._width, "features")
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
