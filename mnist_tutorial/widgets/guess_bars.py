"""GuessBars: a bar for each name, which the reader sets before a result is shown."""

from collections.abc import Mapping, Sequence
from math import isfinite

import traitlets
from matplotlib.figure import Figure

from mnist_tutorial import plots
from mnist_tutorial.widgets.base import Refused, Widget, figure, script


class GuessBars(Widget):
    """Bars in per cent, for a guess.

    Args:
        names: what is guessed, one bar each.
        start: where the bars stand at first, per cent.
        low, high: the ends of the bars, per cent.
        step: what one press of an arrow key changes.
        unit: what stands beside the bars; "points" for a difference.

    Raises:
        ValueError: no names, or not low ≤ start ≤ high with low < high.
    """

    _esm = script("guess_bars.js")

    names: traitlets.List = traitlets.List(traitlets.Unicode()).tag(sync=True)
    values: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)
    start = traitlets.Float().tag(sync=True)
    low = traitlets.Float().tag(sync=True)
    high = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        names: Sequence[str],
        start: float = 50,
        low: float = 0,
        high: float = 100,
        step: float = 1,
        unit: str = "%",
    ):
        if not names or not low <= start <= high or low == high:
            raise ValueError(
                "Expected names and low ≤ start ≤ high with low < high, got "
                f"{len(names)} names, low {low}, start {start}, high {high}."
            )
        ends = {"start": start, "low": low, "high": high, "step": step}
        values = [start] * len(names)
        super().__init__(names=list(names), values=values, unit=unit, **ends)

    @traitlets.validate("values")
    def _check_values(self, proposal: dict) -> list[float]:
        values = proposal["value"]
        if len(values) != len(self.names) or not all(map(isfinite, values)):
            raise Refused(
                f"A guess has {len(self.names)} finite numbers, one for each bar; got "
                f"{values}."
            )
        return [min(max(value, self.low), self.high) for value in values]

    @property
    def guess(self) -> Mapping[str, float] | None:
        """The guess as fractions by name; None where no bar was moved."""
        if all(value == self.start for value in self.values):
            return None
        shares = (value / 100 for value in self.values)
        return dict(zip(self.names, shares, strict=True))

    @property
    def alt(self) -> str:  # type: ignore[override]
        return f"A bar to set for each of: {', '.join(self.names)}."

    def picture(self) -> Figure:
        """The bars as they stand, for a file without a kernel."""
        result = figure(0.4 + 1.1 * len(self.names), 2.2)
        values = dict(zip(self.names, self.values, strict=True))
        limits = self.low, self.high
        plots.sliders(values, limits, f"your guess, {self.unit}", result.subplots())
        return result
