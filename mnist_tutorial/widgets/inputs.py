"""What widgets take, checked in one place, and what they ask a model.

Each refusal is a ValueError whose one sentence says what was expected and how to mend
it; `name` is what the sentence calls the thing.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mnist_tutorial import train
from mnist_tutorial.data import Split
from mnist_tutorial.widgets import engine
from mnist_tutorial.widgets.base import first_line

# --- Images and labels


def check_images(images: Tensor, name: str = "images") -> None:
    """Refuse what is no batch (N, 1, 28, 28) of finite floats, N of at least 1."""
    _check_tensor(images, name)
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or not len(images):
        raise ValueError(
            f"{name} must be (N, 1, 28, 28) with N of at least 1, these are "
            f"{tuple(images.shape)}; pass some of validation.images."
        )
    if not images.is_floating_point() or not images.isfinite().all():
        raise ValueError(
            f"{name} must be finite floats, these are {images.dtype} or hold nan; take "
            "them from data.splits()."
        )


def check_labels(labels: Tensor, images: Tensor, name: str = "labels") -> None:
    """Refuse what is not one digit 0-9, a whole number, for each image: (N,)."""
    _check_tensor(labels, name)
    whole = not labels.is_floating_point() and not labels.is_complex()
    if labels.shape != images.shape[:1] or not whole:
        raise ValueError(
            f"{name} must be one whole number per image, ({len(images)},), these are "
            f"{tuple(labels.shape)} {labels.dtype}; pass the labels of the same split."
        )
    if not ((labels >= 0) & (labels <= 9)).all():
        raise ValueError(
            f"{name} must lie between 0 and 9, these go from {int(labels.min())} to "
            f"{int(labels.max())}; pass the labels of a split of digits."
        )


def _check_tensor(values: Tensor, name: str) -> None:
    if not isinstance(values, Tensor):
        raise ValueError(
            f"{name} must be a tensor, this is a {type(values).__name__}; take it from "
            "data.splits()."
        )


def check_split(split: tuple[Tensor, Tensor], name: str) -> None:
    """Refuse what is not images and their labels."""
    try:
        images, labels = split
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be images and labels; pass a split of data.splits()."
        ) from error
    check_images(images, f"{name}.images")
    check_labels(labels, images, f"{name}.labels")


def checked_images(images: Tensor) -> Tensor:
    """The images (N, 1, 28, 28) as float32 on the CPU."""
    check_images(images)
    return images.detach().cpu().float()


def checked_labels(labels: Tensor, images: Tensor) -> Tensor:
    """The labels (N,) as int64 on the CPU."""
    check_labels(labels, images)
    return labels.detach().cpu().to(torch.int64)


def checked_split(split: tuple[Tensor, Tensor]) -> Split:
    """Images as float32 and labels as int64, on the CPU."""
    check_split(split, "validation")
    images, labels = split
    return Split(checked_images(images), checked_labels(labels, images))


def checked_pixels(images: Tensor) -> Tensor:
    """Images (N, 1, 28, 28) from 0 to 1, not normalised, as float32 on the CPU.

    Normalising and back leaves a little of rounding beyond 0 and 1; it is cut.
    """
    pixels = checked_images(images)
    if not ((pixels > -1e-5) & (pixels < 1 + 1e-5)).all():
        raise ValueError(
            "The pixels must lie between 0 and 1; undo the normalisation with "
            "images * data.STD + data.MEAN, or divide grey levels by 255."
        )
    return pixels.clamp(0, 1)


# --- Models


def packed(models: Mapping[str, nn.Module]) -> tuple[list[dict], bytes]:
    """What the browser needs of the models: dicts, and all weights as float32 bytes.

    Each dict is `name`, `layers` (see `engine.pack`), and where the model's own weights
    lie among all: `start` and `length`, in floats.

    Raises:
        ValueError: no model, or one that the browser cannot run, that does not take
            images (N, 1, 28, 28), that holds weights that are not finite, or that does
            not end in a linear layer with ten outputs.
    """
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            "There is no model by name; pass a dict with at least one, for example "
            '{"trained": model}.'
        )
    parts, weights, start = [], [], 0
    for name, model in models.items():
        layers, content = _packed(f"Model {name!r}", model)
        length = len(content) // 4  # bytes of a float32
        place = {"start": start, "length": length}
        parts.append({"name": name, "layers": layers} | place)
        weights.append(content)
        start += length
    return parts, b"".join(weights)


def _packed(name: str, model: nn.Module) -> tuple[list[dict], bytes]:
    if not isinstance(model, nn.Module):
        raise ValueError(
            f"{name} is a {type(model).__name__}, not an nn.Module; pass the model "
            "itself."
        )
    try:
        layers, content = engine.pack(model)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not layers or layers[-1]["kind"] != "linear" or layers[-1]["outputs"] != 10:
        last = layers[-1]["kind"] if layers else "nothing"
        raise ValueError(
            f"{name} must end in a linear layer with ten outputs, this ends in {last}; "
            "pass one that returns logits (N, 10), without a softmax."
        )
    if not all(values.isfinite().all() for values in model.state_dict().values()):
        raise ValueError(
            f"{name} has weights that are nan or infinite, so it computes nothing; "
            "load or train it again."
        )
    _check_sizes(name, model)
    return layers, content


@torch.inference_mode()
def _check_sizes(name: str, model: nn.Module) -> None:
    """Refuse layers that do not fit together; a batch of no images costs nothing."""
    values = torch.empty(0, 1, 28, 28)
    values = values.to(next(model.parameters(), values))
    try:
        for _, layer in engine.in_order(model):
            values = layer(values)
    except RuntimeError as error:
        raise ValueError(
            f"{name} does not take images (N, 1, 28, 28): {first_line(error)}."
        ) from error


def predict(model: nn.Module, images: Tensor) -> Tensor:
    """The logits (N, 10) of images (N, 1, 28, 28), on the CPU.

    Raises:
        ValueError: the model does not take such images.
    """
    try:
        return train.predict(model, images).cpu()
    except RuntimeError as error:
        raise ValueError(
            f"The model does not take such images: {first_line(error)}."
        ) from error


def reading(model: nn.Module, image: Tensor, sums: bool = False) -> Tensor:
    """The ten probabilities of one image (1, 28, 28), or the sums as they are."""
    outputs = predict(model, image[None])[0]
    return outputs if sums else outputs.softmax(0)


def right(model: nn.Module, split: Split) -> Tensor:
    """Which images of a split the model reads right: (N,) bool, on the CPU."""
    return predict(model, split.images).argmax(1) == split.labels.cpu()
