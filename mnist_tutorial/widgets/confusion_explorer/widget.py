"""ConfusionExplorer: from a cell of the confusion matrix to a digit, and to why."""

import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import interpret, metrics, plots
from mnist_tutorial.widgets.base import Floats, figure, guarded, script, to_bytes
from mnist_tutorial.widgets.inputs import predict
from mnist_tutorial.widgets.page.readers import network_on_a_page, range_on_a_page
from mnist_tutorial.widgets.thumbnails import ManyImages, checked_rows

SIZES = (3, 5, 7)  # of the patch, in pixels


class ConfusionExplorer(ManyImages):
    """A confusion matrix whose cells open: the digits in them, and why they were read.

    Args:
        model: the classifier; takes (N, 1, 28, 28) normalised images, gives (N, 10).
        images: (N, 1, 28, 28) normalised; take validation images, since whoever looks
            at errors will act on them.
        labels: (N,) whole numbers 0-9.
        logits: (N, 10) what the model gives for the images, where that is known. None:
            a click computes them.

    Raises:
        ValueError: images, labels or logits of another shape or kind.
    """

    _esm = script("confusion_explorer/view.js")

    logits = Floats()  # empty until they are known
    sizes: traitlets.List = traitlets.List(list(SIZES)).tag(sync=True)
    # The logits with a patch over each pixel, and of which image and patch they are.
    covered = Floats()
    covered_key = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        logits: Tensor | None = None,
    ):
        super().__init__(images, labels)
        self._model = model
        self._logits: Tensor | None = None
        if logits is not None:
            self._place(logits)

    def page(self) -> dict:
        if self._logits is None:
            self._place(predict(self._model, self._images))
        return network_on_a_page(self._model) | range_on_a_page(self._images)

    _computes = "computes the matrix"
    _shows = (
        "A confusion matrix of ten by ten, rows labels, columns readings. Beside it "
        "the errors of which the network was most sure, as label and reading."
    )

    @property
    def _is_computed(self) -> bool:
        return self._logits is not None

    def _place(self, logits: Tensor) -> None:
        self._logits = checked_rows(logits, self._images, 10, "logits")
        self.logits = to_bytes(self._logits)

    def _drawn(self) -> Figure:
        assert self._logits is not None
        preds = self._logits.argmax(1)
        result = figure(7, 3.8)
        halves = result.add_gridspec(1, 2, width_ratios=(1.25, 1))
        matrix = metrics.confusion_matrix(preds, self._labels)
        plots.confusion(matrix, result.add_subplot(halves[0]))
        places = halves[1].subgridspec(4, 4)
        surest = surest_errors(self._logits, self._labels)[:16]
        for place, k in enumerate(surest):
            ax = result.add_subplot(places[place // 4, place % 4])
            plots.digit(self._images[k], f"{self._labels[k]} → {preds[k]}", ax)
        return result

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        if content.get("kind") == "compute":
            self._place(predict(self._model, self._images))
        elif content.get("kind") == "cover":
            index, size = int(content["index"]), int(content["size"])
            if not 0 <= index < len(self._images) or size not in SIZES:
                raise ValueError(
                    f"There is no image {index} or no patch of size {size}; choose "
                    f"another digit, or a size of {SIZES}."
                )
            image = self._images[index]
            logits = interpret.covered_logits(self._model, image, size)
            with self.hold_sync():
                self.covered = to_bytes(logits)
                self.covered_key = f"{index} {size}"


def surest_errors(logits: Tensor, labels: Tensor) -> Tensor:
    """The indices of the misread images, the one with the highest probability first."""
    confidence, preds = logits.softmax(1).max(1)
    wrong = (preds != labels).nonzero().flatten()
    return wrong[confidence[wrong].argsort(descending=True, stable=True)]
