"""Many small images for a widget, and what it is told about them, checked."""

import zlib

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import plots, train
from mnist_tutorial.widgets.base import figure, first_line


def packed(images: Tensor) -> bytes:
    """Images (N, 1, H, W) as grey levels 0-255 from darkest to brightest, compressed.

    A server lets through about one megabyte a second when a page is loaded anew; five
    thousand digits stay below that.
    """
    low, high = images.min(), images.max()
    levels = (images - low) / (high - low).clamp(min=1e-12) * 255
    return zlib.compress(levels.round().byte().numpy().tobytes(), level=1)


def checked_labels(labels: Tensor, images: Tensor) -> Tensor:
    """The labels on the CPU, once it is sure that they belong to the images.

    Raises:
        ValueError: not one digit 0-9 per image.
    """
    whole = not labels.is_floating_point() and not labels.is_complex()
    if labels.shape != images.shape[:1] or not whole:
        raise ValueError(
            f"labels must be one whole number per image, ({len(images)},), these are "
            f"{tuple(labels.shape)} {labels.dtype}; pass the labels of the same split."
        )
    if not ((labels >= 0) & (labels <= 9)).all():
        raise ValueError(
            f"labels must lie between 0 and 9, these go from {int(labels.min())} to "
            f"{int(labels.max())}; pass the labels of a split of digits."
        )
    return labels.detach().cpu().to(torch.int64)


def compute(model: nn.Module, images: Tensor) -> Tensor:
    """The logits of all images, on the CPU.

    Raises:
        ValueError: the model does not take such images.
    """
    like = next(model.parameters(), images)
    try:
        return train.predict(model, images.to(like)).cpu()
    except RuntimeError as error:
        reason = first_line(error)
        raise ValueError(f"The model does not take such images: {reason}.") from error


def first_ten(images: Tensor, labels: Tensor) -> Figure:
    """The still picture while nothing is computed: ten digits and their labels."""
    result = figure(7, 1.1)
    for k, ax in enumerate(result.subplots(1, 10)):
        ax.set_axis_off()
        if k < len(images):
            plots.digit(images[k], str(int(labels[k])), ax)
    return result
