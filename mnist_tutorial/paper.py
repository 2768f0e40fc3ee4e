"""What is paper? How far each pixel of a photograph is from it, towards the ink.

Paper is of one colour, or what the picture would be without anything thin: that follows
shadows and the edge of a table, in which no pen's stroke is left.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter


class Contrast(NamedTuple):
    """How far each pixel is from the paper, towards the ink."""

    strength: np.ndarray  # (H, W) float32 0-1; 1 is the pen
    dark: bool  # the ink is darker than the paper
    levels: float  # grey levels between the pen and the paper
    behind: float  # how far pixels lie on the paper's other side, as a share of it


def contrast_axis(colours: np.ndarray) -> np.ndarray:
    """The mixture of red, green and blue in which the picture has most contrast: (3,).

    The principal axis of what distinguishes each place from its surroundings: a third
    of each for a grey picture, mostly blue for yellow on white.
    """
    image = torch.from_numpy(colours).permute(2, 0, 1)[None]
    image = F.avg_pool2d(image, max(1, max(colours.shape) // 40), ceil_mode=True)
    size = max(3, min(image.shape[2:]) // 4 | 1)
    around = F.avg_pool2d(image, size, 1, size // 2, count_include_pad=False)
    unlike = (image - around)[0].flatten(1)
    axis = torch.linalg.eigh(unlike @ unlike.T).eigenvectors[:, -1]
    axis = axis / axis.abs().sum()
    return (axis if axis.sum() >= 0 else -axis).numpy()


def from_even_paper(grey: np.ndarray) -> Contrast:
    """The contrast with paper of one grey: the median along the border."""
    above = grey - np.median(border(grey, 2))
    dark = bool(-above.min() > above.max())
    return _contrast(-above if dark else above, dark)


def from_local_paper(grey: np.ndarray, light: bool) -> Contrast:
    """The contrast with what the picture would be without anything thin.

    Ink is dark if that explains the picture better: a smoother paper, with less on it.

    Args:
        light: grey is an amount of light, so that in half of it contrast is half.
    """
    size = max(3, round(max(0.3 * min(grey.shape), 0.25 * max(grey.shape))))
    smooth = np.asarray(Image.fromarray(grey).filter(ImageFilter.MedianFilter(3)))
    without_dark, without_light = closed(smooth, size), -closed(-smooth, size)
    dark = _untidiness(without_dark, smooth) <= _untidiness(without_light, smooth)
    paper = without_dark if dark else without_light
    contrast = paper - grey if dark else grey - paper
    if light:
        contrast = contrast * (np.median(paper) / paper.clip(8))
    return _contrast(contrast - np.median(contrast), dark)


def _contrast(towards: np.ndarray, dark: bool) -> Contrast:
    most = float(towards.max())
    pen = towards[towards >= most / 2].mean() if most > 0 else 1.0
    strength = (towards / pen).clip(0, 1).astype(np.float32)
    return Contrast(strength, dark, most, max(0.0, -towards.min() / max(most, 1)))


def closed(grey: np.ndarray, size: int) -> np.ndarray:
    """The picture without dark things that no square of `size` fits into.

    First the highest of each square, then of these the lowest: a closing. The picture
    is thought to go on beyond its border.
    """
    wide = np.pad(grey, size - 1, mode="edge")
    return -highest(-highest(wide, size, size), size, size)


def highest(grey: np.ndarray, height: int, width: int) -> np.ndarray:
    """The highest value in each window: (H - height + 1, W - width + 1).

    Of twice as many rows at each turn, so that a large window costs little more.
    """
    for size in (height, width):
        reach = 1
        while reach < size:
            step = min(reach, size - reach)
            grey = np.maximum(grey[:-step], grey[step:])
            reach += step
        grey = grey.T
    return grey


def border(picture: np.ndarray, width: int) -> np.ndarray:
    """The pixels along the border: (N,)."""
    along = np.ones(picture.shape, bool)
    along[width:-width, width:-width] = False
    return picture[along]


def _untidiness(paper: np.ndarray, grey: np.ndarray) -> float:
    """How much of a picture's unrest is left to the paper, and how much is ink."""
    ink = np.abs(paper - grey).mean() / max(np.ptp(grey), 1)
    return float(_variation(paper) / max(_variation(grey), 1) + ink)


def _variation(grey: np.ndarray) -> float:
    return sum(float(np.abs(np.diff(grey, axis=axis)).sum()) for axis in (0, 1))
