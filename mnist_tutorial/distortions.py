"""Images moved, turned, resized, spoiled: to train on, and to test with."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.data import BLACK, STD, WHITE, Batches
from mnist_tutorial.train import eval_mode


def affine(
    images: Tensor,
    *,
    degrees: float | Tensor = 0.0,
    down: float | Tensor = 0.0,
    right: float | Tensor = 0.0,
    scale: float | Tensor = 1.0,
    black: float = BLACK,
) -> Tensor:
    """Images (N, 1, H, W) turned and resized about their middle, then moved.

    What comes in over the border is black. Bilinear; a move by whole pixels is exact.

    Args:
        images: normalised.
        degrees: counter-clockwise.
        down, right: pixels; negative is up and left.
        scale: 2 doubles the digit's height and width.
        black: the value of black, if the images were not normalised as MNIST's.

    Each of the first four is one number for all images, or a tensor (N,), one for each.
    """
    n, _, height, width = images.shape
    turn, down, right, scale = (
        torch.as_tensor(value, dtype=images.dtype, device=images.device).expand(n)
        for value in (degrees, down, right, scale)
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
    ink = F.grid_sample(images - black, grid, align_corners=False)
    return ink + black


def jitter(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    shift: float = 2.0,
    scale: float = 0.1,
    black: float = BLACK,
) -> Tensor:
    """Each image turned, moved and resized at random, evenly within ± these limits.

    Args:
        images: (N, 1, H, W), normalised.
        generator: the source of chance.
        shift: pixels, each way.
        scale: a share of the size; 0.1 gives 90 to 110 %.
        black: as for `affine`.
    """
    turn, down, right, size = 2 * torch.rand(4, len(images), generator=generator) - 1
    return affine(
        images,
        degrees=degrees * turn,
        down=shift * down,
        right=shift * right,
        scale=1 + scale * size,
        black=black,
    )


class Jittered(Batches):
    """Batches of which no two are alike: each image is jittered whenever it is dealt.

    What chance does depends on `(seed, epoch, batch)` alone. `black` as for `affine`.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        size: int = 64,
        seed: int = 0,
        black: float = BLACK,
    ):
        super().__init__(images, labels, size, seed)
        self.black = black

    def epoch(self, epoch: int = 0, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of one epoch, from batch `start` on."""
        generator = torch.Generator()
        for number, (images, labels) in enumerate(super().epoch(epoch, start), start):
            chance = np.random.default_rng((self.seed, epoch, number))
            generator.manual_seed(int(chance.integers(2**63)))
            yield jitter(images, generator, black=self.black), labels


def noisy(images: Tensor, std: float, generator: torch.Generator) -> Tensor:
    """Images (N, 1, H, W), normalised, with noise of its own on each pixel.

    Args:
        std: standard deviation of the noise, in grey levels 0-1. What would be darker
            than black or brighter than white is clamped.
    """
    noise = torch.randn(images.shape, generator=generator).to(images)
    return (images + std / STD * noise).clamp(BLACK, WHITE)


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Images (N, 1, H, W), normalised, out of focus: a Gaussian of `sigma` pixels.

    Beyond the border all is black. 0 changes nothing.

    Raises:
        ValueError: `sigma` is negative.
    """
    if sigma < 0:
        raise ValueError(f"A blur has a width of 0 or more pixels, not {sigma}.")
    if sigma == 0:
        return images.clone()
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    weights = (-(places**2) / (2 * sigma**2)).exp()
    weights = weights / weights.sum()
    ink = F.conv2d(images - BLACK, weights.reshape(1, 1, -1, 1), padding=(reach, 0))
    ink = F.conv2d(ink, weights.reshape(1, 1, 1, -1), padding=(0, reach))
    return ink + BLACK


def slopes(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """By how much the loss of each image grows with each of its pixels: (N, 1, H, W).

    The model is asked in eval mode, and left as it was.

    Args:
        images: (N, 1, H, W), normalised.
    """
    parts = []
    with torch.enable_grad(), eval_mode(model):
        # Larger batches take more time an image, and more memory.
        for part, goals in zip(images.split(200), labels.split(200), strict=True):
            pixels = part.detach().clone().requires_grad_()
            loss = F.cross_entropy(model(pixels), goals, reduction="sum")
            parts += torch.autograd.grad(loss, pixels)
    return torch.cat(parts)


def fgsm(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    """Images in which each pixel has moved by `epsilon` to where the loss grows.

    Args:
        images: (N, 1, H, W), normalised.
        epsilon: in grey levels 0-1; the result stays between black and white.

    Source: I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and harnessing
    adversarial examples", ICLR 2015.
    """
    moved = images + epsilon / STD * slopes(model, images, labels).sign()
    return moved.clamp(BLACK, WHITE)


def pgd(
    model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, steps: int = 20
) -> Tensor:
    """Images changed by many small steps like FGSM's, `epsilon` at most in each pixel.

    Each step is `2.5 * epsilon / steps`, so that they reach farther than the bound.

    Args:
        images, epsilon: as for `fgsm`.

    Source: A. Madry et al., "Towards deep learning models resistant to adversarial
    attacks", ICLR 2018: projected gradient descent, here from the image itself.
    """
    reach = epsilon / STD
    moved = images.clone()
    for _ in range(steps if epsilon else 0):  # without a reach, nothing moves
        moved = moved + 2.5 * reach / steps * slopes(model, moved, labels).sign()
        moved = images + (moved - images).clamp(-reach, reach)
        moved = moved.clamp(BLACK, WHITE)
    return moved


def shuffled(images: Tensor, attack: Tensor, generator: torch.Generator) -> Tensor:
    """Images changed as much as by an attack, but not where it aimed.

    The attack's changes are dealt anew over the pixels of each image: those of black
    pixels among the black ones, the others among the others. So as many pixels change,
    by the same amounts, but for the few that would leave the grey levels.

    Args:
        images, attack: (N, 1, H, W), normalised.
        generator: the source of chance.
    """
    change = (attack - images).flatten(1)
    is_black = (images <= BLACK + 1e-5).flatten(1).float()
    chance = torch.rand(change.shape, generator=generator).to(change)
    places = is_black.argsort(
        stable=True, dim=1
    )  # first those with ink, then the black
    dealt = (2 * is_black + chance).argsort(1)  # the same two groups, each mixed
    mixed = torch.empty_like(change).scatter_(1, places, change.gather(1, dealt))
    return (images + mixed.view_as(images)).clamp(BLACK, WHITE)


# By name: the unit of a strength, a few strengths, and what is done with images
# (N, 1, H, W), normalised. 0 (a size of 1) changes nothing.
LADDERS: dict[str, tuple[str, tuple[float, ...], Callable[[Tensor, float], Tensor]]] = {
    "moved right": (
        "pixels",
        (0, 1, 2, 3, 4, 5),
        lambda images, far: affine(images, right=far),
    ),
    "moved up": (
        "pixels",
        (0, 1, 2, 3, 4, 5),
        lambda images, far: affine(images, down=-far),
    ),
    "turned": (
        "degrees",
        (-60, -30, -15, 0, 15, 30, 60),
        lambda images, degrees: affine(images, degrees=degrees),
    ),
    "resized": (
        "size",
        (0.5, 0.7, 1, 1.2, 1.4),
        lambda images, size: affine(images, scale=size),
    ),
    "blurred": ("σ (pixels)", (0, 1, 2, 2.5), blurred),
    "noisy": (
        "standard deviation (grey levels)",
        (0, 0.2, 0.4, 0.8),
        lambda images, std: noisy(images, std, torch.Generator().manual_seed(0)),
    ),
}
