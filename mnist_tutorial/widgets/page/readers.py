"""What a page without Python needs to read digits by itself."""

from torch import Tensor, nn

from mnist_tutorial.data import Split
from mnist_tutorial.widgets.base import to_bytes
from mnist_tutorial.widgets.inputs import packed
from mnist_tutorial.widgets.thumbnails import grey_levels

ON_A_PAGE = 500  # validation digits; a browser reads about 200 in a second


def on_a_page(model: nn.Module, split: Split) -> dict:
    """A network and the digits that it is to read."""
    return network_on_a_page(model) | digits_on_a_page(split)


def network_on_a_page(model: nn.Module) -> dict:
    """The layers of a model and their weights, see `inputs.packed`."""
    (network,), weights = packed({"model": model})
    return {"page_layers": network["layers"], "page_weights": weights}


def digits_on_a_page(split: Split) -> dict:
    """Images (N, 1, 28, 28) as grey levels, and their labels."""
    images, labels = split
    return {
        "page_pixels": grey_levels(images),
        "page_labels": to_bytes(labels),
    } | range_on_a_page(images)


def range_on_a_page(images: Tensor) -> dict:
    """What the darkest and the brightest grey level of images stand for."""
    return {"page_range": [float(images.min()), float(images.max())]}
