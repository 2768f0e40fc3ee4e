"""Drawings and photos as the network expects them: 28 × 28, as MNIST's makers did."""

import numpy as np
import torch
from torch import Tensor

from mnist_tutorial.data import MEAN, STD


def prepare_drawing(
    image: Tensor | np.ndarray,
    *,
    invert: bool = False,
    crop: bool = True,
    box: bool = True,
    centre: bool = True,
    normalise: bool = True,
) -> Tensor:
    """A drawing as the network expects it: (1, 28, 28) float32, as MNIST's makers did.

    Crop to the ink, scale to fit a 20 × 20 box, put its centre of mass into the middle
    of 28 × 28, normalise. Every step but the frame can be left out, to see what it is
    good for.

    Args:
        image: (H, W) of any size, float 0-1 or uint8 0-255, bright ink on black.
        invert: the ink is dark on light paper.
        crop: False scales the whole sheet, empty margins included.
        box: False scales to all of 28 × 28 and leaves no margin.
        centre: False centres the ink's bounding box, not its mass.
        normalise: False leaves the values between 0 and 1.

    Raises:
        ValueError: not an image (H, W) of such numbers, or no ink on it.
        TypeError: no numbers at all.

    Source: Y. LeCun et al., the description of MNIST at yann.lecun.com/exdb/mnist.
    """
    ink = _checked(as_image(image))
    if invert:
        ink = 1 - ink
    cropped = crop_to_ink(ink)  # also where it is not used: it refuses an empty sheet
    ink = scaled(cropped if crop else ink, longest=20 if box else 28)
    sizes = torch.tensor(ink.shape)
    # In MNIST the mass lies in the middle of pixel 14, not on the edge before it.
    corner = 14.5 - centre_of_mass(ink) if centre else (28 - sizes) / 2
    corner = torch.floor(corner + 0.5).long().clamp(min=0)
    top, left = torch.minimum(corner, 28 - sizes).tolist()
    framed = torch.zeros(28, 28, dtype=torch.float64)
    framed[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    if normalise:
        framed = (framed - MEAN) / STD
    return framed.float().unsqueeze(0)


def as_image(image: Tensor | np.ndarray) -> Tensor:
    """The numbers as a tensor; arrays may be turned, mirrored or of any byte order.

    Raises:
        TypeError: they are no numbers.
    """
    try:
        if isinstance(image, np.ndarray):
            order = image.dtype.newbyteorder("=")
            image = np.ascontiguousarray(image, dtype=order)
        return torch.as_tensor(image)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"Expected an image (H, W) of numbers, got {type(image).__name__}; read a "
            "file with `pictures.from_file`, or pass a tensor or an array."
        ) from error


def crop_to_ink(ink: Tensor) -> Tensor:
    """The image (H, W) without the empty rows and columns around its ink: a view.

    Args:
        ink: bright on black, which is 0; of any type.

    Raises:
        ValueError: there is no ink.
    """
    places = ink.nonzero()
    if not len(places):
        raise ValueError(
            "The image is empty; put bright ink on black, or leave the image out."
        )
    (top, left), (bottom, right) = places.amin(0), places.amax(0) + 1
    return ink[top:bottom, left:right]


def ink_of(image: Tensor) -> Tensor:
    """The ink of a normalised image (1, H, W): (H, W) between 0 and 1.

    What rounding has left of black, less than half a grey level, is 0 again.
    """
    ink = image[0] * STD + MEAN
    return torch.where(ink < 0.5 / 255, 0, ink.clamp(0, 1))


def scaled(ink: Tensor, longest: int) -> Tensor:
    """The image (H, W) with its longer side `longest`; each pixel the mean it covers.

    Averaging over the area is what turns a black-and-white drawing into grey edges.

    Args:
        ink: float64; the result is, too.
    """
    scale = longest / max(ink.shape)
    rows, columns = (
        _area(max(1, int(np.floor(size * scale + 0.5))), size) for size in ink.shape
    )
    return rows @ ink @ columns.T


def centre_of_mass(ink: Tensor) -> Tensor:
    """Row and column of an image (H, W), in pixels from its upper left corner: (2,)."""
    places = (torch.arange(size) + 0.5 for size in ink.shape)
    return torch.stack(
        [
            (ink.sum(1 - axis) * place).sum() / ink.sum()
            for axis, place in enumerate(places)
        ]
    )


def _checked(image: Tensor) -> Tensor:
    """The image as float64 0-1."""
    if image.ndim != 2 or not image.numel():
        raise ValueError(
            f"A drawing is an image (H, W), this has shape {tuple(image.shape)}; pass "
            "one grey image, without batch or channels."
        )
    if image.dtype == torch.uint8:
        return image.double() / 255
    if not image.is_floating_point():
        raise ValueError(
            f"A drawing holds floats 0-1 or uint8 0-255, this is {image.dtype}; "
            "convert it first."
        )
    if not ((image >= 0) & (image <= 1)).all():
        raise ValueError(
            "A drawing of floats lies between 0 and 1, this does not (or holds nan); "
            "divide 0-255 by 255, or pass uint8."
        )
    return image.double()


def _area(size: int, length: int) -> Tensor:
    """(size, length): the share of each of `length` pixels in each of `size` means."""
    edges = torch.arange(size + 1, dtype=torch.float64) * length / size
    low, high = edges[:-1, None], edges[1:, None]
    pixel = torch.arange(length)
    overlap = torch.minimum(high, pixel + 1) - torch.maximum(low, pixel)
    return overlap.clamp(min=0) / (high - low)
