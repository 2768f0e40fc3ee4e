"""Cutting a picture of several digits into digits: connected parts, row by row."""

import torch
import torch.nn.functional as F
from torch import Tensor


def parts(ink: Tensor) -> Tensor:
    """Number the connected parts of (H, W) bool: (H, W) int64, 0 where no ink is.

    Each pixel begins with a number of its own and takes over the highest among its
    eight neighbours, then that of the pixel where this number began, until nothing
    changes.
    """
    own = torch.arange(1, ink.numel() + 1).reshape(ink.shape)
    numbers = torch.where(ink, own, 0)
    while True:
        around = F.max_pool2d(numbers[None, None].double(), 3, stride=1, padding=1)
        spread = torch.where(ink, around[0, 0].long(), 0)
        if spread.equal(numbers):
            return numbers
        numbers = torch.where(ink, spread.flatten()[spread - 1], 0)
