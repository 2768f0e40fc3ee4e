"""Pictures that are not MNIST's: printed characters, several digits, the reader's own.

All are bright ink on black, as `drawing.prepare_drawing` wants them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from mnist_tutorial.drawing import crop_to_ink, ink_of, prepare_drawing

# Fonts that come with matplotlib, by the names of their files.
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
    "cmb10",
    "cmss10",
    "cmtt10",
)


def printed(character: str, font: str = "DejaVuSans", size: int = 80) -> Tensor:
    """A character of a font, bright on black, with little margin: (H, W) uint8.

    Args:
        font: one of `FONTS`.
        size: pixels from line to line; a digit is about 0.7 times as high.

    Raises:
        ValueError: the font is unknown, or it is not one character that leaves ink.
    """
    if font not in FONTS:
        raise ValueError(
            f"There is no font {font!r} here; choose one of {', '.join(FONTS)}."
        )
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    sheet = Image.new("L", (2 * size, 2 * size))
    place = (size // 2, size // 2)
    draw = ImageDraw.Draw(sheet)
    draw.text(place, character, fill=255, font=ImageFont.truetype(str(file), size))
    box = sheet.getbbox()
    if len(character) != 1 or box is None:
        raise ValueError(f"{character!r} is not one character that leaves ink.")
    return torch.from_numpy(np.array(sheet.crop(box)))


def on_a_sheet(ink: Tensor, generator: torch.Generator, side: int = 112) -> Tensor:
    """Ink (H, W) uint8 somewhere on a light sheet (side, side), dark: float 0-1.

    Where it lies is drawn from `generator`; nothing is cut off.

    Raises:
        ValueError: the ink is larger than the sheet.
    """
    height, width = ink.shape
    if max(height, width) > side:
        raise ValueError(
            f"Ink of {height} × {width} pixels does not fit on a sheet of {side}; "
            "draw it smaller."
        )
    room = torch.tensor([side - height + 1, side - width + 1])
    top, left = (torch.rand(2, generator=generator) * room).long().tolist()
    sheet = torch.ones(side, side)
    sheet[top : top + height, left : left + width] -= ink / 255
    return sheet


def in_a_row(images: Tensor, generator: torch.Generator, gap: int = 4) -> Tensor:
    """Digits (N, 1, H, W), normalised, in one picture: float 0-1, bright on black.

    Each is cut out to its ink and put `gap` empty columns after the one before it,
    higher or lower by chance. A negative gap lets neighbours overlap.

    Raises:
        ValueError: there is no image, or one without ink.
    """
    inks = [crop_to_ink(ink_of(image)) for image in images]
    if not inks:
        raise ValueError("There is no digit to put into the picture.")
    margin, sway = 6, 5
    height = max(len(ink) for ink in inks) + sway + 2 * margin
    width = sum(ink.shape[1] + gap for ink in inks) + 2 * margin + abs(gap)
    picture = torch.zeros(height, width)
    left = margin
    for ink in inks:
        chance = int(torch.randint(sway + 1, (1,), generator=generator))
        top = (height - sway - len(ink)) // 2 + chance
        place = picture[top : top + len(ink), left : left + ink.shape[1]]
        torch.maximum(place, ink, out=place)
        left += ink.shape[1] + gap
    return picture


def parts(ink: Tensor) -> Tensor:
    """Number the connected parts of (H, W) bool: (H, W) int64, 0 where no ink is.

    Each pixel begins with a number of its own and takes over the highest among its
    eight neighbours, until nothing changes.
    """
    own = torch.arange(1, ink.numel() + 1).reshape(ink.shape)
    numbers = torch.where(ink, own, 0).double()
    while True:
        around = F.max_pool2d(numbers[None, None], 3, stride=1, padding=1)[0, 0]
        spread = torch.where(ink, around, 0)
        if spread.equal(numbers):
            return numbers.long()
        numbers = spread


def segment(picture: Tensor, threshold: float = 0.2) -> list[Tensor]:
    """The digits of a picture from left to right, each alone: (H, W) floats.

    Connected parts of ink; of two, one above the other, the narrower one
    belongs to the wider. What is tiny beside the largest is a speck.

    Args:
        picture: (H, W), float 0-1 or uint8 0-255, bright ink on black.
        threshold: how bright ink is, as a share of the brightest pixel.

    Raises:
        ValueError: not such a picture, or no ink on it.
    """
    picture = torch.as_tensor(picture)
    if picture.dtype == torch.uint8:
        picture = picture / 255
    if picture.ndim != 2 or not ((picture >= 0) & (picture <= 1)).all():
        raise ValueError(
            "Expected a picture (H, W), uint8 or floats 0-1, got "
            f"{picture.dtype} of shape {tuple(picture.shape)}."
        )
    if not picture.any():
        raise ValueError("The picture is empty; put bright ink on black first.")
    numbers = parts(picture > threshold * picture.amax())
    masks = [numbers == k for k in numbers.unique() if k]
    largest = max(mask.sum() for mask in masks)
    groups: list[Tensor] = []
    for mask in sorted(masks, key=lambda m: int(m.any(0).sum()), reverse=True):
        if mask.sum() < largest / 20:
            continue
        columns = mask.any(0)
        for k, group in enumerate(groups):
            shared = (columns & group.any(0)).sum()
            if shared > columns.sum() / 2:
                groups[k] = group | mask
                break
        else:
            groups.append(mask)
    groups.sort(key=lambda group: int(group.any(0).nonzero()[0]))
    return [torch.where(group, picture, 0) for group in groups]


def from_file(path: str | Path, longest: int = 400) -> Tensor:
    """A photo or scan of dark ink on light paper, or the reverse, as bright on black.

    What differs from the paper (the median of all pixels) by less than a quarter of
    the largest difference becomes black. Returns (H, W) float 0-1.

    Args:
        longest: a larger image is made smaller, to this many pixels.

    Raises:
        ValueError: not an image, or all of one grey.
        FileNotFoundError: there is no such file.
    """
    try:
        with Image.open(path) as opened:
            drawn = ImageOps.exif_transpose(opened).convert("RGBA")
            paper = Image.new("RGBA", drawn.size, "white")  # behind what is transparent
            grey = Image.alpha_composite(paper, drawn).convert("L")
            grey.thumbnail((longest, longest))
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, SyntaxError) as error:  # no image, or only a part of one
        raise ValueError(
            f"{Path(path).name} is not an image that can be read; save it as PNG or "
            "JPEG."
        ) from error
    pixels = np.asarray(grey, dtype=np.float32)
    ink = torch.from_numpy(np.abs(pixels - np.median(pixels)))
    most = ink.amax()
    if most < 16:
        raise ValueError(
            f"{Path(path).name} shows hardly any ink; take a photo with more contrast."
        )
    return torch.where(ink < most / 4, 0, ink / most)


def alphabet(characters: Sequence[str], fonts: Sequence[str] = FONTS) -> list[Tensor]:
    """Each character in each font, font after font: as `printed` gives them."""
    return [printed(character, font) for font in fonts for character in characters]


# --- A folder of images for each class


class Folder(NamedTuple):
    """Images of one's own, prepared for a network, and where they came from."""

    images: Tensor  # (N, 1, 28, 28) float32, normalised
    labels: Tensor  # (N,) int64: positions in `classes`
    classes: list[str]  # the names of the folders, sorted
    files: list[Path]  # N
    groups: list[str]  # N: what stands before the last "-" in the name, or class/name


def from_folder(path: str | Path, fewest: int = 10) -> Folder:
    """Read a folder that holds one folder of images for each class.

    Each image is read by `from_file` and prepared as MNIST's makers did. Files whose
    names begin alike up to the last "-" (anna-01.png, anna-02.png) are one group: made
    by one hand, one font, one day. A file without "-" is a group of its own. Names that
    begin with a dot, and Thumbs.db and desktop.ini, are passed over.

    Args:
        fewest: images that each class must have at least.

    Raises:
        ValueError: fewer than two classes, a class with too few images, a file that is
            not an image with ink on it, or all files in one group.
        FileNotFoundError: there is no such folder.
    """
    path = Path(path).resolve()
    if not path.is_dir():
        raise FileNotFoundError(
            f"There is no folder {path.name!r}; name one that holds a folder of images "
            "for each class."
        )
    classes = {
        folder.name: [file for file in _visible(folder) if file.is_file()]
        for folder in _visible(path)
        if folder.is_dir()
    }
    if len(classes) < 2:
        raise ValueError(
            f"{path.name!r} holds {len(classes)} folders, but needs one for each "
            "class, and at least two."
        )
    for name, files in classes.items():
        if len(files) < fewest:
            raise ValueError(
                f"Class {name!r} has {len(files)} images, but needs at least {fewest}; "
                "add some, or move its folder elsewhere."
            )
    files = [file for group in classes.values() for file in group]
    # With its class: a/1.png and b/1.png have no more than a number in common.
    groups = [
        file.stem.rpartition("-")[0] or f"{file.parent.name}/{file.name}"
        for file in files
    ]
    if len(set(groups)) < 2:
        raise ValueError(
            f"All files are of one group, {groups[0]!r}, which is what stands before "
            'the last "-" in their names; name them after who made them (anna-1, '
            'tom-1), or without "-" if each stands alone.'
        )
    return Folder(
        torch.stack([prepare_drawing(from_file(file)) for file in files]),
        torch.arange(len(classes)).repeat_interleave(
            torch.tensor([len(group) for group in classes.values()])
        ),
        list(classes),
        files,
        groups,
    )


def _visible(folder: Path) -> list[Path]:
    """What a person has put there; file managers leave files of their own."""
    own = ("Thumbs.db", "desktop.ini")
    return sorted(
        p for p in folder.iterdir() if p.name not in own and not p.name.startswith(".")
    )


def print_folder(
    path: str | Path,
    generator: torch.Generator,
    characters: Sequence[str] = "0123456789",
    copies: int = 3,
) -> None:
    """Write characters of each font as `from_folder` reads them, dark on light sheets.

    Each copy has a size, a slant (± 12°) and a place of its own. The files are
    CHARACTER/FONT-COPY.png.
    """
    for character in characters:
        folder = Path(path, character)
        folder.mkdir(parents=True)
        for font in FONTS:
            for copy in range(copies):
                size, turn = torch.rand(2, generator=generator).tolist()
                ink = Image.fromarray(
                    printed(character, font, size=round(36 + 36 * size)).numpy()
                )
                turned = ink.rotate(24 * turn - 12, Image.Resampling.BICUBIC, True)
                sheet = on_a_sheet(torch.from_numpy(np.array(turned)), generator)
                grey = (255 * sheet).round().to(torch.uint8).numpy()
                Image.fromarray(grey).save(folder / f"{font}-{copy + 1}.png")
