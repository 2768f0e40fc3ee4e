"""Pictures that are not MNIST's: printed characters, several digits, the reader's own.

All are bright ink on black, as `drawing.prepare_drawing` wants them.
"""

import io
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from torch import Tensor

from mnist_tutorial.drawing import crop_to_ink, ink_of, prepare_drawing
from mnist_tutorial.files import write_atomically

# Finding ink in a photo and cutting digits apart have modules of their own.
from mnist_tutorial.photos import from_file as from_file
from mnist_tutorial.photos import read_photo as read_photo
from mnist_tutorial.segments import parts as parts
from mnist_tutorial.segments import segment as segment

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
        size: pixels from line to line, at least 8; a digit is about 0.7 times as high.

    Raises:
        ValueError: the font is unknown, the size too small or no whole number, or it is
            not one character that leaves ink.
    """
    if font not in FONTS:
        raise ValueError(
            f"There is no font {font!r} here; choose one of {', '.join(FONTS)}."
        )
    if not isinstance(size, int) or size < 8:
        raise ValueError(f"size must be a whole number, at least 8, not {size!r}.")
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

    Each image is read by `from_file`, or as it was drawn if `save_drawing` made it, and
    prepared as MNIST's makers did. Files whose names begin alike up to the last "-"
    (anna-01.png, anna-02.png) are one group: made by one hand, one font, one day. A
    file without "-" is a group of its own. Names that begin with a dot, and Thumbs.db
    and desktop.ini, are passed over.

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
            f"{path.name!r} holds {_counted(len(classes), 'folder')}, but needs one "
            "for each class, and at least two."
        )
    for name, files in classes.items():
        if len(files) < fewest:
            raise ValueError(
                f"Class {name!r} has {_counted(len(files), 'image')}, but needs at "
                f"least {fewest}; add some, or move its folder elsewhere."
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
        torch.stack([_prepared(file) for file in files]),
        torch.arange(len(classes)).repeat_interleave(
            torch.tensor([len(group) for group in classes.values()])
        ),
        list(classes),
        files,
        groups,
    )


def _counted(number: int, what: str) -> str:
    """1 folder, 2 folders."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _prepared(file: Path) -> Tensor:
    """An image as MNIST's makers prepared theirs; what is wrong, with its class."""
    try:
        return prepare_drawing(_ink_in(file))
    except ValueError as error:  # anna-1.png may be there once for each class
        raise ValueError(f"In class {file.parent.name!r}, {error}") from None


def _ink_in(file: Path) -> Tensor:
    """The ink of a picture; that of a drawing of ours need not be searched for.

    A photograph's level stroke may be a ruled line. A drawing's is ink.
    """
    try:
        with Image.open(file) as opened:
            if opened.info.get(_OURS[0]) == _OURS[1]:
                return torch.from_numpy(255 - np.asarray(opened.convert("L")))
    except OSError:
        pass  # `from_file` says what is wrong
    return from_file(file)


def _visible(folder: Path) -> list[Path]:
    """What a person has put there; file managers leave files of their own."""
    own = ("Thumbs.db", "desktop.ini")
    return sorted(
        p for p in folder.iterdir() if p.name not in own and not p.name.startswith(".")
    )


# What a PNG says that `save_drawing` has made.
_OURS = ("Software", "mnist_tutorial, drawn")

# What no file name can hold on some machine: the folders of a class meet on one.
_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def save_drawing(folder: str | Path, ink: Tensor, class_name: str, writer: str) -> Path:
    """Put a drawing into `folder` as CLASS/WRITER-K.png, dark on white; its path.

    K is 1 more than the highest that is there. No file is replaced, and a file is there
    whole or not at all.

    Args:
        ink: (H, W) uint8, bright on black.
        class_name: what is drawn, which names its folder; it is made if need be.
        writer: who has drawn it: a group of `from_folder`.

    Raises:
        ValueError: a name that no file could have, or an empty drawing.
        OSError: the folder cannot be made or written to.
    """
    class_name = checked_name(class_name, "what you draw", "heart")
    writer = checked_name(writer, "who draws", "anna")
    if not ink.any():
        raise ValueError("The sheet is empty: draw first, then save.")
    place = Path(folder, class_name)
    place.mkdir(parents=True, exist_ok=True)
    path = _reserved(place, writer)
    try:
        write_atomically(path, _as_png(255 - ink))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _as_png(sheet: Tensor) -> bytes:
    """A drawing (H, W) uint8, dark on white, as a file that says it is ours."""
    words = PngImagePlugin.PngInfo()
    words.add_text(*_OURS)
    content = io.BytesIO()
    Image.fromarray(sheet.numpy()).save(content, "png", pnginfo=words)
    return content.getvalue()


def checked_name(name: str, what: str, example: str) -> str:
    """The name without blanks around it, if files can be called so on any machine.

    Raises:
        ValueError: they cannot; the sentence says `what` is to be named, and how.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not name:
        raise ValueError(f"Write {what} first, such as {example}.")
    if len(name) > 40:
        raise ValueError(
            f"The name {name[:12]!r}… has {len(name)} characters; 40 are the most."
        )
    unfit = _NOT_IN_A_NAME.search(name)
    if unfit or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        unfit_text = repr(unfit[0]) if unfit else "a character that cannot be seen"
        raise ValueError(
            f"A file name cannot hold {unfit_text}; write {what} in letters, such as "
            f"{example}."
        )
    if name.startswith(".") or name.endswith(".") or _DEVICES.fullmatch(name):
        raise ValueError(
            f"No file can be called {name!r} on every machine; write {what} in "
            f"letters, such as {example}."
        )
    return name


def _reserved(place: Path, writer: str) -> Path:
    """The next file of a writer, empty, made by nobody else meanwhile."""
    numbers = [
        int(number)
        for file in place.iterdir()
        for name, _, number in [file.stem.rpartition("-")]
        if name == writer and number.isdecimal()
    ]
    k = max(numbers, default=0)
    while True:
        k += 1
        try:
            path = place / f"{writer}-{k}.png"
            path.open("xb").close()
        except FileExistsError:
            continue
        return path


def misplace(path: str | Path, generator: torch.Generator, many: int) -> dict[str, str]:
    """Move some files of a folder to the folder of another class, as happens by hand.

    A file is a copy more of its group there: 3/cmr10-2.png becomes 8/cmr10-6.png if
    8/cmr10-5.png is the last.

    Returns:
        The right class of each of the `many` files, by its new name, CLASS/FILE.
    """
    classes = _visible(Path(path))
    files = [file for folder in classes for file in _visible(folder)]
    moved = {}
    for k in torch.randperm(len(files), generator=generator)[:many].tolist():
        file = files[k]
        others = [folder for folder in classes if folder != file.parent]
        place = others[int(torch.randint(len(others), (1,), generator=generator))]
        now = _reserved(place, file.stem.rpartition("-")[0])
        file.replace(now)
        moved[f"{place.name}/{now.name}"] = file.parent.name
    return moved


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
                grey = (255 * sheet).round().to(torch.uint8)
                (folder / f"{font}-{copy + 1}.png").write_bytes(_as_png(grey))
