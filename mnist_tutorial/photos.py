"""From a photograph or scan to bright ink on black, as `prepare_drawing` wants it.

Ink is what differs from the paper. The plainest estimate that leaves no doubt is taken:
paper of one colour, then paper that changes, then without lines, frames and whatever
touches the border. If there is doubt after that, the photograph is refused.
"""

import itertools
import math
import os
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from mnist_tutorial.paper import (
    Contrast,
    border,
    contrast_axis,
    from_even_paper,
    from_local_paper,
    highest,
)
from mnist_tutorial.segments import parts

# Of the pen's contrast with the paper: from where on it is ink. Higher ones are tried
# where fainter things, such as ruled lines, would be ink.
THRESHOLDS = (0.25, 0.35, 0.5, 0.65)
STRONG = 0.5  # each part of ink is as strong as this somewhere
CONTRAST = 16  # grey levels between pen and paper, at least
ORIENTATION = 0x0112  # in EXIF
CUT = "the picture is cut close to the ink"
UNEVEN = "light or paper changes over the picture, and faint lines are no ink"
DROPPED = "lines, frames and what touches the border are no ink"
EDGE = "ink at the border is a digit, and may be cut"
MOST_DROPPED = 8  # times as much as the ink
MOST_BYTES = 256_000_000  # that a picture may take before it is made smaller


class Photo(NamedTuple):
    """The ink of a photograph, and what was assumed to find it."""

    ink: Tensor  # (H, W) float32 0-1, bright on black
    paper: str  # "light" or "dark"
    assumed: tuple[str, ...]  # each a clause: "the light changes over the picture"
    sure: float  # 0-1: the share of the ink that is far from the paper's colour

    def __str__(self) -> str:
        pen = {"light": "Dark ink on light paper", "dark": "Light ink on dark paper"}
        clauses = "".join(f"; {clause}" for clause in self.assumed)
        return f"{pen[self.paper]}{clauses}. Clearly ink: {self.sure:.0%} of it."


def from_file(path: str | Path, longest: int = 400) -> Tensor:
    """A photo or scan of ink on paper as bright on black: (H, W) float 0-1.

    What was assumed about paper and ink, `read_photo` says.

    Args:
        longest: a larger image is made smaller, to this many pixels, at least 28.

    Raises:
        ValueError: not an image, too large a one, hardly any ink, or doubtful.
        TypeError: not the name of a file.
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
    """
    return read_photo(path, longest).ink


def read_photo(path: str | Path, longest: int = 400) -> Photo:
    """As `from_file`, with what was assumed."""
    name = checked_name(path)
    if not isinstance(longest, int) or longest < 28:
        raise ValueError(f"`longest` is {longest!r}; pass whole pixels, at least 28.")
    try:
        return find_ink(load(path, longest))
    except ValueError as error:
        raise ValueError(f"{name} {error}") from error.__cause__


# --- The file


def checked_name(path: str | Path) -> str:
    """The name of the file at this path, in printable characters.

    Raises:
        TypeError: not a path.
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"Pass the name of an image file, not a {type(path).__name__}; a picture "
            "as numbers goes to `prepare_drawing` at once."
        )
    name = Path(path).name
    name = name if name.isprintable() else ascii(name)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{name} is a folder; name an image file in it.")
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"There is no file {name!r}; check its name and its folder."
        )
    return name


def load(path: str | Path, longest: int) -> np.ndarray:
    """An image file, upright, on white where it is transparent: (H, W, 3) 0-255.

    Raises:
        ValueError: what is wrong with it, without the name in front.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a part nobody needs is damaged
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            small = _upright(path, longest)
    except (FileNotFoundError, PermissionError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(
            "is too large a picture, or damaged; save it with fewer pixels."
        ) from error
    # Pillow's readers raise whatever a damaged file leads them to.
    except Exception as error:
        raise ValueError(
            "is not an image that can be read; save it as PNG or JPEG."
        ) from error
    return np.asarray(small, np.float32)


def _upright(path: str | Path, longest: int) -> Image.Image:
    """The image in a file, made smaller and turned as its EXIF says.

    Read from a stream: of a file that it maps into memory, Pillow mixes up the sides
    of a grey TIFF that lies on its side.
    """
    with open(path, "rb") as stream, Image.open(stream) as opened:
        opened.draft(None, (longest, longest))  # a JPEG is read smaller at once
        special = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 6}  # bytes a pixel
        depth = special.get(opened.mode, 4)
        if opened.format in ("WEBP", "AVIF"):  # whose readers hold it several times
            depth = 16
        if math.prod(opened.size) * depth > MOST_BYTES:
            raise Image.DecompressionBombError
        small = _reduced(opened, longest)
        turn = opened.getexif().get(ORIENTATION, 1)  # reading a TIFF has turned it
    small.getexif()[ORIENTATION] = turn
    return ImageOps.exif_transpose(small)


def _reduced(image: Image.Image, longest: int) -> Image.Image:
    """The image in RGB, made smaller strip by strip: nothing large is ever copied.

    But for 16 bits whose high byte comes first: Pillow finds their extremes in no way.
    """
    if image.mode == "I;16B":
        image = image.convert("I")
    factor = max(1, max(image.size) // (2 * longest))
    white = _white(image) if image.mode.startswith(("I", "F")) else None
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, 64 * factor):
        bottom = min(top + 64 * factor, image.height)
        strip = image.crop((0, top, image.width, bottom))
        if white is not None:
            grey = np.asarray(strip, np.float32) * (255 / white)
            strip = Image.fromarray(grey.clip(0, 255).round().astype(np.uint8))
        drawn = strip.convert("RGBA").reduce(factor)
        paper = Image.new("RGBA", drawn.size, "white")  # behind what is transparent
        small.paste(Image.alpha_composite(paper, drawn), (0, top // factor))
    small.thumbnail((longest, longest))
    return small


def _white(image: Image.Image) -> float:
    """White in a scan of more than 8 bits: what the bits that it needs can hold.

    In a file of floats between 0 and 1 it is 1.
    """
    highest = float(np.max(image.getextrema()))
    if not 0 < highest < np.inf:
        raise ValueError("The picture is black, or holds nan.")
    return 1 if highest <= 1 else 2 ** np.ceil(np.log2(highest + 1)) - 1


# --- From contrast to ink


class Sifted(NamedTuple):
    """What stands out from the paper, with and without what is hardly ink."""

    ink: np.ndarray  # (H, W) bool
    all: np.ndarray  # with lines, frames and what touches the border
    dropped: float  # the area of these, as a share of the ink's
    lines: bool


def sift(strength: np.ndarray, threshold: float) -> Sifted:
    """Pixels of at least this strength, without specks, lines, frames and the border.

    Decided on a picture of at most 160 pixels; a speck is less than a fiftieth of the
    largest part.
    """
    step = -(-max(strength.shape) // 160)
    coarse = torch.from_numpy(strength)[None, None]
    coarse = F.max_pool2d(coarse, step, ceil_mode=True)[0, 0]
    lines = long_lines(coarse >= threshold)
    number = parts((coarse >= threshold) & ~lines)
    names, number = torch.cat([torch.zeros(1), number.flatten()]).unique(
        return_inverse=True
    )
    number = number[1:].reshape(coarse.shape)
    strong = (coarse >= max(STRONG, threshold)).flatten().double()
    pixels = torch.bincount(number.flatten(), minlength=len(names))
    area = torch.bincount(number.flatten(), strong, len(names))
    area[0] = 0  # the paper
    large = area > area.max() / 50
    real = large & (area > pixels / 3)
    odd = torch.zeros_like(real)
    odd[border(number.numpy(), 1)] = True
    inner = (real & ~odd).nonzero().flatten().tolist()
    ends = [
        k
        for k in (real & odd).nonzero().flatten().tolist()
        if ends_a_row(number, k, inner)
    ]
    odd[ends] = False
    for k in (real & ~odd).nonzero().flatten().tolist():
        odd[k] = frames_others(number, k, real)
    ink = (real & ~odd)[number]
    if lines.any():  # where a line crossed the pen, both were there
        ink |= grown(ink, 5, 5) & lines
    # What is large and mostly faint is a shadow, or paper of another grey, with ink.
    dropped = area[large & (odd | ~real)].sum() + lines.sum()
    if not all(grazes((number == k).numpy()) for k in ends):
        dropped += torch.inf  # a digit of the row is cut
    return Sifted(
        _enlarged(ink, step, strength >= threshold),
        _enlarged(real[number] | lines, step, strength >= threshold),
        float(dropped / area[real & ~odd].sum().clamp(min=1e-9)),
        bool(lines.any()),
    )


def _enlarged(coarse: Tensor, step: int, within: np.ndarray) -> np.ndarray:
    fine = coarse.numpy().repeat(step, 0).repeat(step, 1)
    return fine[: within.shape[0], : within.shape[1]] & within


def frames_others(number: Tensor, k: int, real: Tensor) -> bool:
    """Part k spans most of the picture, is mostly empty, and has real ink within it."""
    rows, columns = ((number == k).any(1 - axis).nonzero() for axis in (0, 1))
    box = number[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    spans = (torch.tensor(box.shape) > 0.6 * torch.tensor(number.shape)).all()
    hollow = (box == k).double().mean() < 0.2
    return bool(spans and hollow and real[box.unique()].sum() > 1)


def ends_a_row(number: Tensor, k: int, inner: list[int]) -> bool:
    """Part k, at the border, is as high as the others, of which two or more are tall.

    Args:
        number: (H, W), which part is where.
        inner: the parts that touch no border.
    """
    height, *heights = (int((number == j).any(1).sum()) for j in (k, *inner))
    tall = [h for h in heights if h > max(heights) / 2]
    return len(tall) > 1 and 0.7 * min(tall) < height < 1.4 * max(tall)


def grazes(part: np.ndarray) -> bool:
    """(H, W) bool reaches the border in less than half of its own height."""
    sides = (part[0], part[-1], part[:, 0], part[:, -1])
    contact = max(np.ptp(np.flatnonzero(side)) for side in sides if side.any())
    return bool(contact < part.any(1).sum() / 2)


def long_lines(ink: Tensor) -> Tensor:
    """Where (H, W) bool is thin and part of a nearly level or upright long line."""
    width = round(0.04 * max(ink.shape)) | 1
    thin = ink & ~grown(~grown(~ink, width, width), width, width)
    lines = torch.zeros_like(ink)
    for turned in (False, True):
        across, only = (ink.T, thin.T) if turned else (ink, thin)
        length = round(0.65 * across.shape[1]) | 1
        band = grown(across, 5, 1)  # a line askew leaves its row
        mostly_thin = grown(only, 5, 1).sum(1, keepdim=True) >= length / 2
        if mostly_thin.any() and band.sum(1).max() >= length:
            runs = grown(~grown(~band, 1, length), 1, length) & mostly_thin & only
            lines |= runs.T if turned else runs
    return lines


def grown(ink: Tensor, height: int, width: int) -> Tensor:
    """Where ink is within a window of odd size: (H, W) bool."""
    pad = (height // 2,) * 2, (width // 2,) * 2
    return torch.from_numpy(highest(np.pad(ink.numpy(), pad), height, width))


def same_box(ink: np.ndarray, stricter: np.ndarray) -> bool:
    """Both masks have ink, and it reaches about as far: to 3 % of the picture."""
    slack = 0.03 * max(ink.shape)
    for axis in (0, 1):
        reach = [
            np.flatnonzero(mask.any(axis))[[0, -1]]
            for mask in (ink, stricter)
            if mask.any()
        ]
        if len(reach) < 2 or np.abs(reach[0] - reach[1]).max() > slack:
            return False
    return True


def is_cut_to_ink(strength: np.ndarray, ink: np.ndarray) -> bool:
    """Ink reaches three sides or all, covers much, and is either there or not."""
    sides = sum(bool(side.any()) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))
    between = ((strength > THRESHOLDS[0]) & (strength < 0.6)).sum() < (
        strength >= 0.6
    ).sum()
    return bool(sides >= 3 and 0.1 < ink.mean() < 0.6 and between)


def longest_contact(ink: np.ndarray) -> float:
    """The share of a side that ink covers, where it covers most."""
    return max(float(side.mean()) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


# --- From one estimate to the next


def find_ink(colours: np.ndarray) -> Photo:
    """The ink of a picture (H, W, 3) float32 0-255, by the plainest estimate that fits.

    Raises:
        ValueError: there is hardly any, or it is doubtful what is ink.
    """
    axis = contrast_axis(colours)
    grey = (colours @ axis).astype(np.float32)
    even = from_even_paper(grey)
    if even.levels < CONTRAST:
        raise ValueError("shows hardly any ink; take a photo with more contrast.")
    plain, stricter = (sift(even.strength, t) for t in THRESHOLDS[:2])
    if (
        not plain.dropped
        and same_box(plain.ink, stricter.ink)
        and plain.ink.mean() < 0.65
        and even.behind < 0.25
    ):
        return _photo(even, plain.ink)
    cut = (
        even.behind < 0.35
        and not plain.lines
        and is_cut_to_ink(even.strength, plain.all)
    )
    if cut and longest_contact(plain.all) < 0.6:
        return _photo(even, plain.all, CUT)
    local = from_local_paper(grey, light=bool((axis > -0.05).all()))
    sifted: list[Sifted] = []
    for threshold in THRESHOLDS if local.levels >= CONTRAST else ():
        sifted.append(sift(local.strength, threshold))
        plainer = sifted[-2:][0]
        if (
            len(sifted) > 1
            and not plainer.dropped
            and same_box(plainer.ink, sifted[-1].ink)
        ):
            return _photo(local, plainer.ink, UNEVEN)
    if cut:
        return _photo(even, plain.all, CUT)
    for result, stricter in itertools.pairwise(sifted):
        if result.dropped < MOST_DROPPED and same_box(result.ink, stricter.ink):
            return _photo(local, result.ink, DROPPED)
    raise ValueError(
        "does not show what is ink and what is paper; leave empty paper around the "
        "digit, and nothing else in the picture."
    )


def _photo(contrast: Contrast, ink: np.ndarray, *assumed: str) -> Photo:
    strength = np.where(ink, contrast.strength, 0)
    if border(ink, 1).any() and CUT not in assumed:
        assumed += (EDGE,)
    sure = float((strength >= STRONG).sum() / ink.sum())
    paper = "light" if contrast.dark else "dark"
    return Photo(torch.from_numpy(strength), paper, assumed, sure)
