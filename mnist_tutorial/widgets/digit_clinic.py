"""DigitClinic: how a drawing is prepared, and what each step of it is worth."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import data, drawing, metrics, plots
from mnist_tutorial.widgets.base import (
    Floats,
    Widget,
    figure,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.inputs import checked_split, packed, reading, right

STEPS = ("invert", "crop", "box", "centre", "normalise")
SIDE = 112  # of a photo, in pixels: four times MNIST's
PHOTOS = 10  # offered in the widget


class DigitClinic(Widget):
    """A drawing or a photo on its way to 28 × 28 pixels, each step with a switch.

    Pictures and bars live in the browser. A click asks Python what each step is worth:
    the accuracy on validation images that were first made into photos.

    Args:
        model: takes (N, 1, 28, 28) normalised images and gives logits (N, 10). See
            `engine.pack` for the layers it may have.
        validation: images and labels; the first ten are offered as photos.
        count: how many of them the accuracy is measured on.
        seed: of the photos.

    Raises:
        ValueError: a model that `inputs.packed` refuses, no such images and labels, or
            a `count` below 1.
    """

    _esm = script("digit_clinic.js")

    layers: traitlets.List = traitlets.List().tag(sync=True)
    weights = Floats()
    photos = Floats()  # (photos, side, side), dark ink on light paper
    side = traitlets.Int(SIDE).tag(sync=True)
    # A dict per row: name, value, low, high.
    costs: traitlets.List = traitlets.List().tag(sync=True)
    progress = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        model: nn.Module,
        validation: data.Split,
        *,
        count: int = 1000,
        seed: int = 0,
    ):
        if count < 1:
            raise ValueError(f"count is {count}, but must be at least 1.")
        split = checked_split(validation)
        self._model, self._seed = model, seed
        self._validation = data.Split(*(part[:count] for part in split))
        (reader,), weights = packed({"model": model})
        self._photos = photos_of(split.images[: min(count, PHOTOS)], seed)
        super().__init__(
            layers=reader["layers"],
            weights=weights,
            photos=to_bytes(torch.stack(self._photos)),
        )
        self.on_msg(self._answer)

    alt = (
        "A photo of a digit, dark on light and off its middle, in six pictures: as it "
        "is, inverted, cropped, scaled to a box, centred and normalised. Below them "
        "the ten probabilities that the network gives with all steps, and with none."
    )

    def picture(self) -> Figure:
        result = figure(7, 3.4)
        grid = result.add_gridspec(2, 1, height_ratios=(1, 1.3))
        places = grid[0].subgridspec(1, 6)
        for k, (name, image) in enumerate(step_pictures(self._photos[0]).items()):
            plots.digit(image, name, result.add_subplot(places[k]))
        places = grid[1].subgridspec(1, 2)
        panels = {"all steps": (), "no step": STEPS}
        for k, (name, left_out) in enumerate(panels.items()):
            image = prepared(self._photos[0], left_out)
            probs = reading(self._model, image)
            ax = result.add_subplot(places[k])
            words = plots.probability(float(probs.max()))
            title = f"{name}: {int(probs.argmax())}, {words}"
            plots.class_bars(probs, ax, title, "probability")
        return result

    def page(self) -> dict:
        """The costs, which take Python, as the answer to the click that asks."""
        images, labels = self._validation
        rows = cost_of_steps(self._model, photos_of(images, self._seed), labels)
        costs = [{"name": name} | interval._asdict() for name, interval in rows]
        return {"page_costs": costs, "page_progress": self._measured_on()}

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        if content.get("kind") != "cost" or self.busy:
            return
        self.busy, self.costs, self.progress = True, [], "Taking the photos …"
        images, labels = self._validation
        try:
            photos = photos_of(images, self._seed)
            for name, interval in cost_of_steps(self._model, photos, labels):
                self.costs = [*self.costs, {"name": name} | interval._asdict()]
                self.progress = f"{len(self.costs)} of {len(settings())} rows"
            self.progress = self._measured_on()
        except Exception:
            self.progress = ""
            raise
        finally:
            self.busy = False

    def _measured_on(self) -> str:
        return (
            f"{len(self._validation.labels):,} validation digits, each made into a "
            "photo: inverted, larger, thinner, and moved, at random (seed "
            f"{self._seed})."
        )


def settings() -> dict[str, tuple[str, ...]]:
    """Which steps are left out, by the name of the row."""
    rows: dict[str, tuple[str, ...]] = {"all steps": ()}
    rows |= {f"without {step}": (step,) for step in STEPS}
    return rows | {"no step at all": STEPS}


def photos_of(images: Tensor, seed: int) -> list[Tensor]:
    """A photo of each image; that of image k depends on `(seed, k)` alone."""
    return [photo(image, (seed, k)) for k, image in enumerate(images)]


def photo(image: Tensor, seed: tuple[int, int]) -> Tensor:
    """The digit (1, 28, 28), normalised, as a photo (112, 112): dark on light paper.

    Cut out, made larger by a factor between 2 and 4.5, thinned, and put anywhere on the
    sheet: how large and where is drawn from `seed`.
    """
    rng = np.random.default_rng(seed)
    ink = drawing.ink_of(image)
    if not ink.any():
        return torch.ones(SIDE, SIDE)
    cut = drawing.crop_to_ink(ink)[None, None]
    factor = rng.uniform(2, 4.5)
    size = [min(SIDE, round(length * factor)) for length in cut.shape[2:]]
    large = F.interpolate(cut, size=size, mode="bilinear")
    thin = -F.max_pool2d(-large, 3, stride=1, padding=1)
    drawn = thin if thin.any() else large
    corner = [rng.integers(0, SIDE - length + 1) for length in size]
    sheet = torch.ones(SIDE, SIDE)
    rows, columns = (slice(c, c + n) for c, n in zip(corner, size, strict=True))
    sheet[rows, columns] -= drawn[0, 0]
    return sheet


def prepared(sheet: Tensor, left_out: tuple[str, ...] = ()) -> Tensor:
    """The sheet as the network gets it when steps are left out: (1, 28, 28)."""
    return drawing.prepare_drawing(
        sheet, **{step: step not in left_out for step in STEPS}
    )


def accuracy(
    model: nn.Module, photos: list[Tensor], labels: Tensor, left_out: tuple[str, ...]
) -> metrics.Interval:
    """The share of photos read right without these steps, with its interval."""
    images = torch.stack([prepared(sheet, left_out) for sheet in photos])
    hits = right(model, data.Split(images, labels))
    return metrics.wilson_interval(int(hits.sum()), len(labels))


def cost_of_steps(
    model: nn.Module, photos: list[Tensor], labels: Tensor
) -> Iterator[tuple[str, metrics.Interval]]:
    """The accuracy on photos: with all steps, with each left out, and with none."""
    for name, left_out in settings().items():
        yield name, accuracy(model, photos, labels, left_out)


def step_pictures(sheet: Tensor) -> dict[str, Tensor]:
    """What the steps make of the sheet, one after the other, for the still picture."""
    ink = 1 - sheet
    steps = ("centre", "normalise")
    return {
        "sheet": sheet,
        "invert": ink,
        "crop": drawing.crop_to_ink(ink),
        "box": prepared(sheet, steps)[0],
        "centre": prepared(sheet, ("normalise",))[0],
        "normalise": prepared(sheet)[0],
    }
