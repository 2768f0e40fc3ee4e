"""Many small images that a widget shows, and what it computes of them on a click."""

import zlib

import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from mnist_tutorial import plots
from mnist_tutorial.widgets.base import Floats, Widget, figure, to_bytes
from mnist_tutorial.widgets.inputs import checked_images, checked_labels


class ManyImages(Widget):
    """A widget of many labelled images; what it shows of them may wait for a click.

    A subclass sets `_computes`, `_shows` and `_drawn()`, and answers in `_answer()`.

    Args:
        images: (N, 1, 28, 28) normalised, N of at least 1.
        labels: (N,) whole numbers 0-9.
        traits: those of the subclass.

    Raises:
        ValueError: images or labels of another shape or kind.
    """

    pixels = traitlets.Bytes().tag(sync=True)  # see `grey_levels`
    labels = Floats()

    _computes = ""  # what a click does
    _shows = ""  # a sentence: what the picture shows thereafter

    def __init__(self, images: Tensor, labels: Tensor, **traits):
        self._images = checked_images(images)
        self._labels = checked_labels(labels, self._images)
        super().__init__(
            pixels=grey_levels(self._images), labels=to_bytes(self._labels), **traits
        )
        self.on_msg(self._answer)

    @property
    def _is_computed(self) -> bool:
        raise NotImplementedError

    @property
    def alt(self) -> str:  # type: ignore[override]
        if not self._is_computed:
            return f"Ten digits and their labels; a click {self._computes}."
        return self._shows

    def picture(self) -> Figure:
        return self._drawn() if self._is_computed else self._first_ten()

    def _drawn(self) -> Figure:
        raise NotImplementedError

    def _answer(self, _, content: dict, buffers: list) -> None:
        raise NotImplementedError

    def _first_ten(self) -> Figure:
        result = figure(7, 1.1)
        for k, ax in enumerate(result.subplots(1, 10)):
            ax.set_axis_off()
            if k < len(self._images):
                plots.digit(self._images[k], str(int(self._labels[k])), ax)
        return result


def grey_levels(images: Tensor) -> bytes:
    """Images (N, 1, H, W) as grey levels 0-255 from darkest to brightest, compressed.

    A server lets through about one megabyte a second when a page is loaded anew; five
    thousand digits stay below that.
    """
    low, high = images.min(), images.max()
    levels = (images - low) / (high - low).clamp(min=1e-12) * 255
    return zlib.compress(levels.round().byte().numpy().tobytes(), level=1)


def checked_rows(rows: Tensor, images: Tensor, width: int, name: str) -> Tensor:
    """Numbers (N, width) that a model gives for the images, float32 on the CPU.

    Raises:
        ValueError: another shape, or numbers that are not finite; `name` says what they
            are.
    """
    if rows.shape != (len(images), width) or not rows.isfinite().all():
        raise ValueError(
            f"{name} must be ({len(images)}, {width}) and finite, these are "
            f"{tuple(rows.shape)}; pass what the model gives for these images."
        )
    return rows.detach().cpu().float()
