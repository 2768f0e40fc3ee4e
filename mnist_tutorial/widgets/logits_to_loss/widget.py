"""LogitsToLoss: ten sliders, and what softmax and cross-entropy make of them."""

import math

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from mnist_tutorial import plots
from mnist_tutorial.widgets.base import Refused, Widget, figure, script

LIMIT = 12.0  # how far a slider reaches, both ways
DIGITS = 10


class LogitsToLoss(Widget):
    """Logits to set by hand, their probabilities, and the loss for a chosen label.

    Args:
        logits: (10,), a network's answer to begin with; None: those of a good guess.
        label: the right digit, 0-9.

    Raises:
        ValueError: not ten finite logits, or a label that is no digit.
    """

    _esm = script("logits_to_loss/view.js")

    logits: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    given: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    label = traitlets.Int().tag(sync=True)
    limit = traitlets.Float(LIMIT).tag(sync=True)

    def __init__(self, logits: Tensor | None = None, label: int = 3):
        start = [0.0] * DIGITS if logits is None else _ten(logits)
        label = _digit(int(label))
        if logits is None:
            start[label], start[8] = 4.0, 2.0
        super().__init__(logits=start, given=start, label=label)

    @traitlets.validate("logits")
    def _check_logits(self, proposal: dict) -> list[float]:
        logits = proposal["value"]
        reached = _ten(logits)
        # Rounded ones would come back to a slider that is being moved as news.
        return logits if max(map(abs, logits)) <= LIMIT else reached

    @traitlets.validate("label")
    def _check_label(self, proposal: dict) -> int:
        return _digit(proposal["value"])

    @property
    def alt(self) -> str:  # type: ignore[override]
        best = max(range(DIGITS), key=lambda k: self.logits[k])
        return (
            f"Ten logits, the largest for {best}, and beside them their probabilities; "
            f"the label is {self.label} and its bar stands out."
        )

    def picture(self) -> Figure:
        logits = torch.tensor(self.logits)
        probs = logits.softmax(0)
        loss = -probs[self.label].log().item()
        result = figure(7, 2.6)
        left, right = result.subplots(1, 2)
        plots.class_bars(self.logits, left, "logits", marked=self.label)
        title = f"softmax; loss = −ln p({self.label}) = {loss:.2f} nats"
        plots.class_bars(probs, right, title, marked=self.label)
        return result


def _digit(label: int) -> int:
    if not 0 <= label < DIGITS:
        raise Refused(f"The label is {label}, but must be a digit from 0 to 9.")
    return label


def _ten(logits: Tensor | list[float]) -> list[float]:
    """The logits as numbers; those beyond the sliders move all, which changes nothing.

    Softmax only sees differences, so the largest is put where the sliders reach; what
    then lies below them is cut, at probabilities no bar could show.
    """
    numbers = torch.as_tensor(logits).detach().cpu().double()
    values = numbers.flatten()
    if values.shape != (DIGITS,) or not values.isfinite().all():
        of = "" if values.isfinite().all() else ", not all finite"
        raise Refused(
            f"logits must be ten finite numbers, these have shape "
            f"{tuple(numbers.shape)}{of}; pass one row, such as model(images)[0]."
        )
    spread = values.max() - values.min()
    if values.abs().max() > LIMIT:
        middle = values.max() - min(spread.item(), 2 * LIMIT) / 2
        values = (values - middle).clamp(-LIMIT, LIMIT)
    return [math.floor(value * 100 + 0.5) / 100 for value in values.tolist()]
