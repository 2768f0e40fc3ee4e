"""Images moved, turned, resized: to train on, and to test with."""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.data import MEAN, STD, Batches

BLACK = -MEAN / STD  # a black pixel, normalised


def affine(
    images: Tensor,
    *,
    degrees: float | Tensor = 0.0,
    down: float | Tensor = 0.0,
    right: float | Tensor = 0.0,
    scale: float | Tensor = 1.0,
) -> Tensor:
    """Images (N, 1, H, W) turned and resized about their middle, then moved.

    What comes in over the border is black. Bilinear; a move by whole pixels is exact.

    Args:
        images: normalised.
        degrees: counter-clockwise.
        down, right: pixels; negative is up and left.
        scale: 2 doubles the digit's height and width.

    Each is one number for all images, or a tensor (N,), one for each.
    """
    n, _, height, width = images.shape
    given = (degrees, down, right, scale)
    turn, down, right, scale = (
        torch.as_tensor(value, dtype=images.dtype, device=images.device).expand(n)
        for value in given
    )
    turn = turn * math.pi / 180
    cos, sin = turn.cos() / scale, turn.sin() / scale
    # Where each pixel of the result comes from, in units of half the image.
    x, y = -2 * right / width, -2 * down / height
    rows = [
        torch.stack([cos, -sin, cos * x - sin * y], 1),
        torch.stack([sin, cos, sin * x + cos * y], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    ink = F.grid_sample(images - BLACK, grid, align_corners=False)
    return ink + BLACK


def jitter(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    shift: float = 2.0,
    scale: float = 0.1,
) -> Tensor:
    """Each image turned, moved and resized at random, evenly within ± these limits.

    Args:
        images: (N, 1, H, W), normalised.
        generator: the source of chance.
        shift: pixels, each way.
        scale: a share of the size; 0.1 gives 90 to 110 %.
    """
    turn, down, right, size = 2 * torch.rand(4, len(images), generator=generator) - 1
    return affine(
        images,
        degrees=degrees * turn,
        down=shift * down,
        right=shift * right,
        scale=1 + scale * size,
    )


class Jittered(Batches):
    """Batches of which no two are alike: each image is jittered whenever it is dealt.

    What chance does depends on `(seed, epoch, batch)` alone.
    """

    def epoch(self, epoch: int = 0, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of one epoch, from batch `start` on."""
        generator = torch.Generator()
        for number, (images, labels) in enumerate(super().epoch(epoch, start), start):
            chance = np.random.default_rng((self.seed, epoch, number))
            generator.manual_seed(int(chance.integers(2**63)))
            yield jitter(images, generator), labels
