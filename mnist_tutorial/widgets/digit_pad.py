"""DigitPad: draw a digit, and see at once how several classifiers read it."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import pictures, plots
from mnist_tutorial.widgets.base import (
    Floats,
    Widget,
    figure,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.inputs import checked_images, packed, reading

PIXELS = 28 * 28
SHEET = 112  # the sheet's own resolution, in shared/pad.js


class DigitPad(Widget):
    """A sheet to draw a digit on, and the bars of each classifier that reads it.

    All runs in the browser, with the kernel busy or gone; saving needs the kernel.

    Args:
        models: classifiers by name; each takes (N, 1, 28, 28) normalised images and
            gives (N, 10). See `engine.pack` for the layers they may have.
        images: (N, 1, 28, 28) normalised real digits, offered one after the other.
        order: a permutation of the 784 pixels for *Shuffle*; None: one that is fixed.
        sums: names of models whose ten numbers are shown as they are, since they are
            no logits from which a softmax makes probabilities.
        experiments: False leaves out *Shuffle* and *Shift*.
        save_to: a folder in which drawings can be saved, as `pictures.save_drawing`
            does; it is made with the first. None: there is no *Save*.

    Raises:
        ValueError: models that `inputs.packed` refuses, images of another shape, no
            permutation, or a `save_to` that is no folder.
    """

    _esm = script("digit_pad.js")

    # See `inputs.packed`; and `sums`, whether the ten numbers are no logits.
    readers: traitlets.List = traitlets.List().tag(sync=True)
    weights = Floats()  # of all models, one behind the other
    images = Floats()
    order: traitlets.List = traitlets.List().tag(sync=True)  # empty: no experiments
    save_to = traitlets.Unicode("").tag(sync=True)  # the folder's name; empty: no Save

    def __init__(
        self,
        models: Mapping[str, nn.Module],
        images: Tensor | None = None,
        *,
        order: Tensor | None = None,
        sums: Collection[str] = (),
        experiments: bool = True,
        save_to: str | Path | None = None,
    ):
        self._folder = None if save_to is None else Path(save_to).absolute()
        if self._folder and self._folder.exists() and not self._folder.is_dir():
            raise ValueError(
                f"save_to names {self._folder.name!r}, which is no folder; choose "
                "another name."
            )
        parts, weights = packed(models)
        for name in sums:
            if name not in models:
                raise ValueError(
                    f"sums names {name!r}, but the models are {', '.join(models)}."
                )
        self._models, self._sums = dict(models), set(sums)
        self._images = None if images is None else checked_images(images)
        super().__init__(
            readers=[part | {"sums": part["name"] in self._sums} for part in parts],
            weights=weights,
            images=b"" if self._images is None else to_bytes(self._images),
            order=permutation(order) if experiments else [],
            save_to=self._folder.name if self._folder else "",
        )
        self.on_msg(self._answer)

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        """Save a drawing; answer with the name of its file, or with what is wrong."""
        if content.get("kind") != "save" or self._folder is None:
            return
        pixels = torch.frombuffer(bytearray(buffers[0]), dtype=torch.uint8)
        names = content["class"], content["writer"]
        try:
            ink = pixels.view(SHEET, SHEET)
            file = pictures.save_drawing(self._folder, ink, *names)
            answer = {"saved": f"{file.parent.name}/{file.name}"}
        except ValueError as error:
            answer = {"why": str(error)}
        except OSError as error:
            answer = {
                "why": f"Nothing can be saved in {self._folder.name!r} "
                f"({error.strerror}); choose another folder as save_to."
            }
        self.send({"id": content["id"]} | answer)

    @property
    def alt(self) -> str:  # type: ignore[override]
        names = " and ".join(self._models)
        what = "A handwritten digit" if self._images is not None else "An empty sheet"
        save = " Below the sheet a line to save drawings." if self._folder else ""
        return f"{what}, and beside it ten bars for each of its readers: {names}.{save}"

    def picture(self) -> Figure:
        rows = len(self._models)
        result = figure(7, max(2.2, 1.5 * rows))
        grid = result.add_gridspec(rows, 2, width_ratios=(1, 2.4))
        sheet = result.add_subplot(grid[:, 0])
        if self._images is None:
            title = "Draw here" if self._folder else "Draw a digit here"
            plots.digit(np.zeros((28, 28)), title, sheet)
        else:
            plots.digit(self._images[0], "Draw a digit", sheet)
        for row, (name, model) in enumerate(self._models.items()):
            ax = result.add_subplot(grid[row, 1])
            if self._images is None:
                ax.set_title(name)
                ax.axis("off")
                ax.text(0, 1, "answers here, once there is a drawing", va="top")
                continue
            values = reading(model, self._images[0], name in self._sums)
            title, unit = f"{name}: {int(values.argmax())}", "sum"
            if name not in self._sums:
                title += f", {plots.probability(float(values.max()))}"
                unit = "probability"
            plots.class_bars(values, ax, title, unit)
        return result


def permutation(order: Tensor | None) -> list[int]:
    """The order of the shuffled pixels as a list, once it is sure that it is one."""
    if order is None:
        return np.random.default_rng(0).permutation(PIXELS).tolist()
    places = torch.as_tensor(order).flatten().tolist()
    if sorted(places) != list(range(PIXELS)):
        raise ValueError(
            f"order must hold each of 0 to {PIXELS - 1} once, this holds {len(places)} "
            f"numbers; make one with torch.randperm({PIXELS})."
        )
    return [int(place) for place in places]
