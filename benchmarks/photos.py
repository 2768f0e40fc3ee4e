"""How photographs of digits are read: paper, pens, light, lines, cuts and cameras.

Renders the same validation digits as photographs of many kinds, finds the ink with
`pictures`, reads it with both shipped networks, and writes benchmarks/photos.csv: for
each network and kind the percentages right of what was not refused, refused, and wrong
while over 95 % sure. `python -m tools bench --row photos` runs it, in over an hour.

A row of several digits counts digit by digit; all of them are wrong where their number
is. Nothing is downloaded: what is drawn is drawn by numpy and Pillow.
"""

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor, nn

from mnist_tutorial import data, drawing, model, pictures, train

OUT = Path(__file__).resolve().parent / "photos.csv"
SIDE = 240  # pixels of a photograph of one digit
SURE = 0.95

Sheet = np.ndarray  # (H, W, 3) float32, 0-255
Colour = tuple[int, int, int]
Step = Callable[[Sheet, np.random.Generator], Sheet]


class Kind(NamedTuple):
    """How a digit comes to be a photograph."""

    paper: Colour = (244, 242, 236)
    pen: Colour = (38, 40, 62)
    edge: float = 0.5  # which grey of MNIST is the edge of the stroke: high is thin
    height: tuple[float, float] = (0.35, 0.6)  # of the digit, as a share of the side
    under: tuple[Step, ...] = ()  # what is on the paper before the pen
    over: tuple[Step, ...] = ()  # light, camera
    margin: int | None = None  # cut to the ink, with so many pixels around it
    rows: tuple[int, ...] = (1,)  # digits in each row
    gap: float = 0.35  # between neighbours, as a share of their height
    suffix: str = ".png"
    quality: int = 90  # of a .jpg


# --- What is on the paper


def lines(colour: Colour, every: float, squared: bool = False, width: int = 1) -> Step:
    """Ruled paper, or squared."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        image = _image(sheet)
        draw, (right, bottom) = ImageDraw.Draw(image), image.size
        first = rng.uniform(0, every * SIDE, 2)
        for y in np.arange(first[0], bottom, every * SIDE):
            draw.line(((0, y), (right, y)), colour, width)
        for x in np.arange(first[1], right if squared else 0, every * SIDE):
            draw.line(((x, 0), (x, bottom)), colour, width)
        return np.asarray(image, np.float32)

    return step


def box(inset: tuple[float, float], width: int, jut: float = 0.0) -> Step:
    """A printed frame, `inset` from the border, whose lines jut out beyond corners."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        image = _image(sheet)
        draw, out = ImageDraw.Draw(image), jut * SIDE
        left, top, right, bottom = rng.uniform(*inset, 4) * SIDE
        right, bottom = image.width - right, image.height - bottom
        for y in (top, bottom):
            draw.line(((left - out, y), (right + out, y)), (60, 60, 60), width)
        for x in (left, right):
            draw.line(((x, top - out), (x, bottom + out)), (60, 60, 60), width)
        return np.asarray(image, np.float32)

    return step


def specks(count: int, colour: Colour = (70, 65, 60)) -> Step:
    """Dirt."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        image = _image(sheet)
        draw = ImageDraw.Draw(image)
        for _ in range(count):
            (x, y), r = rng.uniform(0, SIDE, 2), rng.uniform(0.5, 2)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        return np.asarray(image, np.float32)

    return step


def ghost(strength: float) -> Step:
    """Writing on the back that shines through: arcs."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        image = Image.new("L", sheet.shape[1::-1])
        draw = ImageDraw.Draw(image)
        for _ in range(4):
            (x, y), (start, end) = rng.uniform(0, SIDE, 2), rng.uniform(0, 360, 2)
            draw.arc((x, y, x + 80, y + 80), start, end, fill=255, width=8)
        ink = np.asarray(image.filter(ImageFilter.GaussianBlur(2)), np.float32) / 255
        return sheet - 255 * strength * ink[..., None]

    return step


def table(share: float, colour: Colour, sides: int = 1) -> Step:
    """The edge of the paper: beyond it a table, on one side or two, a little askew."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        sheet = sheet.copy()
        first = rng.integers(4)
        for k in range(sides):
            turned = np.rot90(sheet, (first + k) % 4)  # a view
            slope = np.tan(np.radians(rng.uniform(-4, 4)))
            x = np.arange(turned.shape[1]) - turned.shape[1] / 2
            edge = share * turned.shape[0] / sides + slope * x
            off = np.arange(turned.shape[0])[:, None] < edge
            grain = rng.normal(0, 6, (*off.shape, 1))
            turned[off] = (np.array(colour) + grain)[off]
        return sheet

    return step


# --- What light does


def falling(to: float) -> Step:
    """Light that falls off to `to` from one side, whichever, to the other."""
    return lambda sheet, rng: (
        sheet * (to + (1 - to) * _ramp(sheet.shape, rng))[..., None]
    )


def vignette(to: float) -> Step:
    """Light that falls off to `to` from a place near the middle to the corners."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        rows, columns = np.indices(sheet.shape[:2])
        middle = rng.uniform(0.35, 0.65, 2) * sheet.shape[:2]
        far = np.hypot(rows - middle[0], columns - middle[1])
        return sheet * (1 - (1 - to) * (far / far.max()) ** 2)[..., None]

    return step


def shadow(depth: float, soft: float) -> Step:
    """A shadow whose straight edge crosses the photograph; `soft` is its width."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        along = _ramp(sheet.shape, rng)
        lit = ((along - rng.uniform(0.25, 0.75)) / soft + 0.5).clip(0, 1)
        return sheet * (depth + (1 - depth) * lit)[..., None]

    return step


def cast(*factors: float) -> Step:
    """Light of a colour."""
    return lambda sheet, rng: sheet * np.array(factors, np.float32)


def texture(std: float, grain: float) -> Step:
    """Crumpled paper, or a wiped board: soft hills of light, `grain` pixels wide."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        height, width = (int(n / grain) + 2 for n in sheet.shape[:2])
        hills = Image.fromarray(rng.normal(0, std, (height, width)).astype(np.float32))
        hills = hills.resize(sheet.shape[1::-1], Image.Resampling.BICUBIC)
        return sheet + np.asarray(hills)[..., None]

    return step


# --- What cameras do


def noise(std: float) -> Step:
    """Grain, the same in all colours."""
    return lambda sheet, rng: sheet + rng.normal(0, std, (*sheet.shape[:2], 1))


def blurred(radius: float) -> Step:
    """Out of focus."""
    return lambda sheet, rng: np.asarray(
        _image(sheet).filter(ImageFilter.GaussianBlur(radius)), np.float32
    )


def shaken(length: int) -> Step:
    """A camera that moved while it looked, across or along."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        axis = int(rng.integers(2))
        return np.mean([np.roll(sheet, k, axis) for k in range(length)], axis=0)

    return step


def tilted(degrees: float, perspective: float = 0.0) -> Step:
    """A camera held askew; the paper goes on beyond what was drawn of it."""

    def step(sheet: Sheet, rng: np.random.Generator) -> Sheet:
        pad = sheet.shape[0] // 4
        image = _image(np.pad(sheet, ((pad, pad), (pad, pad), (0, 0)), "edge"))
        image = image.rotate(rng.uniform(-degrees, degrees), Image.Resampling.BICUBIC)
        left, top, right, bottom = pad, pad, image.width - pad, image.height - pad
        corners = np.array([(left, top), (left, bottom), (right, bottom), (right, top)])
        corners = corners + rng.uniform(-perspective, perspective, (4, 2)) * SIDE
        image = image.transform(
            sheet.shape[1::-1],
            Image.Transform.QUAD,
            tuple(corners.ravel()),
            Image.Resampling.BICUBIC,
        )
        return np.asarray(image, np.float32)

    return step


def bilevel(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    """A fax: black and white, nothing between."""
    return np.repeat((sheet.mean(2, keepdims=True) > 128) * 255.0, 3, axis=2)


def _image(sheet: Sheet) -> Image.Image:
    return Image.fromarray(sheet.clip(0, 255).astype(np.uint8))


def _ramp(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """0 to 1 from one side of a picture to the other, in a direction by chance."""
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.indices(shape[:2])
    along = rows * np.sin(angle) + columns * np.cos(angle)
    return (along - along.min()) / np.ptp(along)


GRAIN = noise(3)  # of any camera
BLACK, GREEN, CHALK = (48, 50, 52), (52, 92, 74), (222, 220, 208)
WOOD, DARK, GRAPHITE = (142, 100, 62), (62, 54, 50), (140, 140, 142)
WIPED = (texture(8, 20), noise(6))
KINDS: dict[str, Kind] = {
    "clean": Kind(over=(GRAIN,)),
    "grey paper": Kind((168, 166, 160), over=(GRAIN,)),
    "thin pen": Kind(edge=0.8, over=(GRAIN,)),
    "blue ballpoint": Kind(pen=(60, 80, 170), edge=0.75, over=(GRAIN,)),
    "marker": Kind(pen=(20, 20, 20), edge=0.2, over=(GRAIN,)),
    "pencil": Kind(pen=GRAPHITE, edge=0.65, over=(noise(5),)),
    "faint pencil": Kind(pen=(186, 186, 188), edge=0.65, over=(noise(5),)),
    "red pen": Kind(pen=(200, 50, 45), over=(GRAIN,)),
    "yellow on white": Kind(pen=(246, 228, 70), edge=0.3, over=(GRAIN,)),
    "red on green": Kind((60, 125, 80), (185, 66, 70), over=(GRAIN,)),
    "chalk on black": Kind(BLACK, CHALK, 0.45, over=WIPED),
    "chalk on green": Kind(GREEN, CHALK, 0.45, over=WIPED),
    "white on blue": Kind((40, 70, 150), (240, 240, 245), over=(GRAIN,)),
    "light to 0.6": Kind(over=(falling(0.6), GRAIN)),
    "light to 0.35": Kind(over=(falling(0.35), GRAIN)),
    "vignette": Kind(over=(vignette(0.45), GRAIN)),
    "shadow 0.75": Kind(over=(shadow(0.75, 0.02), GRAIN)),
    "shadow 0.55": Kind(over=(shadow(0.55, 0.02), GRAIN)),
    "shadow 0.4, soft": Kind(over=(shadow(0.4, 0.25), GRAIN)),
    "shadow, pencil": Kind(pen=GRAPHITE, edge=0.65, over=(shadow(0.7, 0.08), noise(4))),
    "chalk, light": Kind(GREEN, CHALK, 0.45, over=(falling(0.5), *WIPED)),
    "lamp": Kind(over=(cast(1, 0.8, 0.55), vignette(0.6), GRAIN)),
    "table": Kind(over=(table(0.1, WOOD), GRAIN)),
    "table, two sides": Kind(over=(table(0.2, DARK, 2), GRAIN)),
    "table and shadow": Kind(over=(table(0.1, WOOD), shadow(0.65, 0.05), GRAIN)),
    "ruled": Kind(under=(lines((170, 190, 220), 0.17),), over=(GRAIN,)),
    "squared": Kind(under=(lines((165, 185, 205), 0.09, True),), over=(GRAIN,)),
    "squared, dark": Kind(
        under=(lines((120, 140, 165), 0.12, True, 2),), over=(GRAIN,)
    ),
    "box": Kind(under=(box((0.06, 0.1), 3),), over=(GRAIN,)),
    "sudoku": Kind(under=(box((0.02, 0.06), 4, 0.2),), over=(GRAIN,)),
    "sudoku, tilted": Kind(
        under=(box((0.03, 0.07), 4, 0.2),), over=(tilted(3, 0.01), GRAIN)
    ),
    "cut to the ink": Kind(margin=0, over=(GRAIN,)),
    "cut, 3 pixels": Kind(margin=3, over=(GRAIN,)),
    "cut, chalk": Kind(GREEN, CHALK, 0.45, margin=0, over=(noise(6),)),
    "cut, light to 0.6": Kind(margin=2, over=(falling(0.6), GRAIN)),
    "small": Kind(height=(0.12, 0.2), over=(GRAIN,)),
    "crumpled": Kind(over=(texture(9, 30), GRAIN)),
    "grainy": Kind(over=(noise(22),)),
    "specks": Kind(under=(specks(25),), over=(GRAIN,)),
    "shines through": Kind(under=(ghost(0.12),), over=(GRAIN,)),
    "blur": Kind(over=(blurred(4), GRAIN)),
    "shaken": Kind(over=(shaken(12), GRAIN)),
    "tilted": Kind(over=(tilted(8, 0.04), GRAIN)),
    "JPEG 10": Kind(over=(GRAIN,), suffix=".jpg", quality=10),
    "fax": Kind(over=(GRAIN, bilevel)),
    "16 bits": Kind(over=(GRAIN,), suffix=".16.png"),
    "phone": Kind(
        pen=(50, 60, 130),
        edge=0.65,
        under=(lines((185, 200, 225), 0.17),),
        over=(tilted(4, 0.02), falling(0.6), cast(1, 0.95, 0.85), blurred(1), noise(5)),
        suffix=".jpg",
        quality=70,
    ),
    "row of 5": Kind(rows=(5,), over=(GRAIN,)),
    "row, shadow": Kind(rows=(5,), over=(shadow(0.6, 0.05), GRAIN)),
    "3 rows": Kind(rows=(4, 3, 5), over=(GRAIN,)),
    "3 rows, light": Kind(rows=(4, 3, 5), over=(falling(0.5), tilted(3), GRAIN)),
    "touching": Kind(rows=(3,), gap=-0.03, over=(GRAIN,)),
}


# --- From a digit to a file


def stroke(image: Tensor, height: int, edge: float) -> np.ndarray:
    """The ink of a digit (1, 28, 28), enlarged, with sharp edges: (H, W) 0-1."""
    ink = drawing.crop_to_ink(drawing.ink_of(image)).numpy().astype(np.float32)
    scale = height / ink.shape[0]
    size = max(6, round(ink.shape[1] * scale)), height
    large = Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC)
    sharp = ((np.asarray(large) - edge) * scale / 1.2 + 0.5).clip(0, 1)
    # A faint digit would break under a high edge: it is written with its own greys.
    return sharp if sharp.sum() > 0.6 * ink.sum() * scale**2 else np.asarray(large)


def line_of(inks: list[np.ndarray], gap: float, rng: np.random.Generator) -> np.ndarray:
    """Digits beside each other, one higher than the other by up to a tenth."""
    height = max(map(len, inks))
    sway = round(0.1 * height) if len(inks) > 1 else 0
    apart = [round(gap * height * rng.uniform(0.7, 1.3)) for _ in inks[1:]]
    width = sum(ink.shape[1] for ink in inks) + sum(apart)
    line = np.zeros((height + sway, width), np.float32)
    left = 0
    for ink, space in zip(inks, [*apart, 0], strict=True):
        top = int(rng.integers(sway + 1))
        place = line[top : top + height, left : left + ink.shape[1]]
        np.maximum(place, ink[:, : place.shape[1]], out=place)
        left += ink.shape[1] + space
    return line


def on_a_page(rows: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Rows of ink below each other; a single digit anywhere on a square: (H, W) 0-1."""
    pitch = [round(1.45 * len(row)) for row in rows]
    down = max(SIDE, sum(pitch) + 24)
    across = max(SIDE, *(row.shape[1] + 24 for row in rows))
    page = np.zeros((down, across), np.float32)
    top = int(rng.integers(12, down - sum(pitch[:-1]) - len(rows[-1]) - 11))
    for row, step in zip(rows, pitch, strict=True):
        left = int(rng.integers(12, across - row.shape[1] - 11))
        page[top : top + len(row), left : left + row.shape[1]] = row
        top += step
    return page


def photograph(images: Tensor, kind: Kind, seed: tuple[int, ...]) -> Sheet:
    """Digits (N, 1, 28, 28) as a photograph of a kind.

    Size and place depend on `seed` alone, so that they are the same for all kinds.
    """
    rng = np.random.default_rng(seed)
    height = round(rng.uniform(*kind.height) * SIDE)
    inks = iter([stroke(image, height, kind.edge) for image in images])
    rows = [line_of([next(inks) for _ in range(n)], kind.gap, rng) for n in kind.rows]
    ink = on_a_page(rows, rng)
    if kind.margin is not None:
        down, across = (np.flatnonzero((ink > 0.5).any(1 - k)) for k in (0, 1))
        ink = ink[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
        ink = np.pad(ink, kind.margin)
    rng = np.random.default_rng((*seed, 1))
    sheet = np.full((*ink.shape, 3), kind.paper, np.float32)
    for step in kind.under:
        sheet = step(sheet, rng)
    sheet = sheet + ink[..., None] * (np.array(kind.pen, np.float32) - sheet)
    for step in kind.over:
        sheet = step(sheet, rng)
    return sheet.clip(0, 255)


def save(sheet: Sheet, kind: Kind, folder: Path) -> Path:
    """Write the photograph as the kind says."""
    file = folder / f"photo{kind.suffix}"
    if kind.suffix == ".16.png":  # a scanner that uses greys from 10,000 to 30,000
        grey = 10_000 + 20_000 * sheet.mean(2) / 255
        Image.fromarray(grey.astype(np.uint16)).save(file)
    else:
        _image(sheet).save(file, quality=kind.quality, compress_level=0)
    return file


# --- Reading them


def prepared(file: Path, several: bool) -> Tensor | None:
    """The digits of a file as the network expects them, or None where it is refused."""
    try:
        ink = pictures.from_file(file)
        digits = pictures.segment(ink) if several else [ink]
        return torch.stack([drawing.prepare_drawing(digit) for digit in digits])
    except ValueError:
        return None


class Score(NamedTuple):
    """Percentages of the digits of one kind, for one network."""

    digits: int
    right: float  # of what was not refused
    refused: float
    wrong_and_sure: float  # of all


def score(net: nn.Module, read: list[Tensor | None], truth: list[Tensor]) -> Score:
    """Photographs as `prepared` gives them, and the digits that are on them."""
    total = sum(map(len, truth))
    kept = [(x, labels) for x, labels in zip(read, truth, strict=True) if x is not None]
    answered = sum(len(labels) for _, labels in kept)
    if not kept:
        return Score(total, 0.0, 100.0, 0.0)
    probs = train.predict(net, torch.cat([x for x, _ in kept])).softmax(1)
    right = sure = 0
    for (_, labels), part in zip(
        kept, probs.split([len(x) for x, _ in kept]), strict=True
    ):
        confidence, preds = part.max(1)
        if len(preds) != len(labels):  # no digit of the row can be told from the next
            sure += len(labels) * bool(confidence.prod() > SURE)
            continue
        right += int((preds == labels).sum())
        sure += int(((preds != labels) & (confidence > SURE)).sum())
    refused = 100 - 100 * answered / total
    return Score(total, 100 * right / answered, refused, 100 * sure / total)


def measure(
    kinds: dict[str, Kind], count: int, seed: int = 0
) -> Iterator[dict[str, str | int | float]]:
    """Each network's score for each kind, over the same `count` digits or a few less.

    Fewer, where they do not fill the last photograph of several.
    """
    images, labels = data.splits().validation
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    networks = {"ConvNet": model.load_pretrained(), "best": model.load_best()}
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in kinds.items():
            size = sum(kind.rows)
            chosen = order[: count // size * size].split(size)
            read = []
            for k, digits in enumerate(chosen):
                sheet = photograph(images[digits], kind, (seed, k))
                file = save(sheet, kind, Path(folder))
                read.append(prepared(file, several=size > 1))
            for network, net in networks.items():
                result = score(net, read, [labels[digits] for digits in chosen])
                yield {"kind": name, "network": network} | result._asdict()


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="digits of each kind")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only these")
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    options = parser.parse_args()
    rows = []
    for row in measure(
        {name: KINDS[name] for name in options.kind or KINDS}, options.count
    ):
        row |= {key: round(v, 2) for key, v in row.items() if isinstance(v, float)}
        print("{:18} {:8}".format(*row.values()), *list(row.values())[2:], flush=True)
        rows.append(row)
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
