"""Cutting a picture of several digits into digits: connected parts, row by row."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.drawing import as_image


def parts(ink: Tensor) -> Tensor:
    """Number the connected parts of (H, W) bool: (H, W) int64, 0 where no ink is.

    Each pixel begins with a number of its own and takes over the highest among its
    eight neighbours, then that of the pixel where this number began, until nothing
    changes.
    """
    own = torch.arange(1, ink.numel() + 1).reshape(ink.shape)
    numbers = torch.where(ink, own, 0)
    while True:
        around = numbers
        for _ in range(2):  # along the rows, then the columns: each turn swaps them
            wide = F.pad(around, (1, 1))
            around = wide[:, 1:-1].maximum(wide[:, :-2]).maximum(wide[:, 2:]).T
        spread = torch.where(ink, around, 0)
        if spread.equal(numbers):
            return numbers
        numbers = torch.where(ink, spread.flatten()[spread - 1], 0)


def in_rows(masks: list[Tensor]) -> list[list[Tensor]]:
    """Masks (H, W) bool of parts, sorted into rows from top to bottom.

    The tallest part founds a row. Another belongs to it if its middle is at most 0.8
    times the height of the founder from the founder's middle.
    """
    rows: list[tuple[float, float, list[Tensor]]] = []
    reaches = [mask.any(1).nonzero().double() for mask in masks]
    by_height = sorted(range(len(masks)), key=lambda k: -len(reaches[k]))
    for k in by_height:
        middle, height = reaches[k].mean().item(), len(reaches[k])
        for founder_middle, founder_height, row in rows:
            if abs(middle - founder_middle) <= 0.8 * founder_height:
                row.append(masks[k])
                break
        else:
            rows.append((middle, height, [masks[k]]))
    return [row for _, _, row in sorted(rows, key=lambda row: row[0])]


def in_groups(row: list[Tensor]) -> list[Tensor]:
    """The parts of a row, joined to digits, from left to right: (H, W) bool each.

    The tallest comes first. Another part belongs to a digit if half of its columns are
    the digit's; a low part, such as the bar of a 5, also if it is as good as beside it.
    """
    heights = [int(mask.any(1).sum()) for mask in row]
    slack = round(0.15 * max(heights))
    groups: list[Tensor] = []
    for k in sorted(range(len(row)), key=lambda k: -heights[k]):
        low = heights[k] < 0.6 * max(heights)
        columns = row[k].any(0)
        reach = torch.stack([group.any(0) for group in groups] or [columns & False])
        if low:
            reach = F.max_pool1d(reach.float(), 2 * slack + 1, 1, slack) > 0
        shared, nearest = (reach & columns).sum(1).max(0)
        if shared > (0 if low else columns.sum() / 2):
            groups[nearest] = groups[nearest] | row[k]
        else:
            groups.append(row[k])
    return sorted(groups, key=lambda group: int(group.any(0).nonzero()[0]))


def neck(part: Tensor, height: int) -> tuple[int, float]:
    """Where a part (H, W) bool is thinnest between two that are tall: (column, reach).

    Tall is what fills 0.9 of `height`. The reach is that from the highest ink in the
    column to the lowest, as a share of `height`; infinite if no column is between two.
    """
    ink, backwards = part.int(), part.int().flip(1)
    left = ink.cummax(1).values.sum(0)  # rows with ink, up to each column
    right = backwards.cummax(1).values.sum(0).flip(0)
    reach = len(ink) - ink.argmax(0) - ink.flip(0).argmax(0)
    reach = torch.where(part.any(0), reach, 0) / height
    reach[1:-1][torch.minimum(left[:-2], right[2:]) < 0.9 * height] = torch.inf
    reach[0] = reach[-1] = torch.inf
    thinnest = (reach == reach.min()).nonzero().flatten()
    return int(thinnest[len(thinnest) // 2]), reach.min().item()


def cut(part: Tensor, height: int) -> list[Tensor]:
    """A part (H, W) bool, cut at each neck that is thin: digits that just touch."""
    column, reach = neck(part, height)
    if reach > 0.1:
        return [part]
    left = part.clone()
    left[:, column:] = False
    return [*cut(left, height), *cut(part & ~left, height)]


def tallest(row: list[Tensor]) -> int:
    """How high the highest part (H, W) bool of a row is, in pixels."""
    return max(int(part.any(1).sum()) for part in row)


def looks_like_two(part: Tensor, height: int) -> bool:
    """A part (H, W) bool of a row so high is too wide, or thin between what is tall.

    A wide one need not be so thin: few digits are wide, and their ends are not tall.
    """
    width, (_, reach) = int(part.any(0).sum()) / height, neck(part, height)
    return width > 1.6 or reach < (0.65 if width > 1.2 else 0.4)


def segment(
    picture: Tensor, threshold: float = 0.2, touching: bool = False
) -> list[Tensor]:
    """The digits of a picture, row by row from left to right, each alone.

    Each is (H, W) floats, black but for its ink: one connected part or several that
    belong together. What is tiny beside the largest is a speck.

    Args:
        picture: (H, W), float 0-1 or uint8 0-255, bright ink on black.
        threshold: how bright ink is, as a share of the brightest pixel.
        touching: True leaves parts as they are; else digits that just touch are cut
            apart, and what looks like two digits all the same is refused.

    Raises:
        ValueError: not such a picture, no such threshold, no ink on it, or digits that
            touch.
        TypeError: no numbers at all.
    """
    picture = as_image(picture)
    if picture.dtype == torch.uint8:
        picture = picture / 255
    if (
        picture.ndim != 2
        or picture.is_complex()
        or not ((picture >= 0) & (picture <= 1)).all()
    ):
        raise ValueError(
            "Expected a picture (H, W), uint8 or floats 0-1, got "
            f"{picture.dtype} of shape {tuple(picture.shape)}."
        )
    if not 0 <= threshold < 1:
        raise ValueError(f"`threshold` is {threshold}; pass a share from 0 to below 1.")
    if not picture.any():
        raise ValueError("The picture is empty; put bright ink on black first.")
    numbers = parts(picture > threshold * picture.amax())
    masks = [numbers == k for k in numbers.unique() if k]
    largest = max(mask.sum() for mask in masks)
    masks = [mask for mask in masks if mask.sum() >= largest / 20]
    rows = [in_groups(row) for row in in_rows(masks)]
    for row in () if touching else rows:
        height = tallest(row)
        row[:] = [piece for part in row for piece in cut(part, height)]
        height = tallest(row)  # two digits, one higher than the other, are no more
        if any(looks_like_two(part, height) for part in row):
            raise ValueError(
                "A part of the picture looks like two digits that touch; write the "
                "digits apart, or take a photo of each."
            )
    return [torch.where(digit, picture, 0) for row in rows for digit in row]
