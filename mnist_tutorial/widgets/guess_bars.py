"""GuessBars: a bar for each name, which the reader sets before a result is shown."""

from collections.abc import Mapping, Sequence

from ipywidgets import FloatSlider, HBox, Label, Layout
from matplotlib.figure import Figure

from mnist_tutorial import plots
from mnist_tutorial.widgets.base import figure, still


class GuessBars(HBox):
    """Vertical sliders in per cent, for a guess.

    Args:
        names: what is guessed, one bar each.
        start: where the bars stand at first, per cent.
        low, high: the ends of the bars, per cent.
        step: what one press of an arrow key changes.
        unit: what stands beside the bars; "points" for a difference.

    Raises:
        ValueError: no names, or not low ≤ start ≤ high with low < high.
    """

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
        self.start = start
        # Narrower than the longest name, the names would cover each other. A letter is
        # a little narrower than a digit, which "ch" measures.
        width = f"{max(8, 0.9 * max(map(len, names)))}ch"
        self.bars = [
            FloatSlider(
                value=start,
                min=low,
                max=high,
                step=step,
                description=name,
                orientation="vertical",
                readout_format=".0f" if step >= 1 else ".1f",
                layout=Layout(width=width),
            )
            for name in names
        ]
        self.caption = Label(f"your guess, {unit}")
        wrap = Layout(flex_flow="row wrap", align_items="flex-end")
        super().__init__([*self.bars, self.caption], layout=wrap)

    @property
    def guess(self) -> Mapping[str, float] | None:
        """The guess as fractions by name; None where no bar was moved."""
        values = {bar.description: bar.value for bar in self.bars}
        if all(value == self.start for value in values.values()):
            return None
        return {name: value / 100 for name, value in values.items()}

    @property
    def alt(self) -> str:
        names = ", ".join(bar.description for bar in self.bars)
        return f"A bar to set for each of: {names}."

    def picture(self) -> Figure:
        """The bars as they stand, for a file without a kernel."""
        result = figure(0.4 + 1.1 * len(self.bars), 2.2)
        values = {bar.description: bar.value for bar in self.bars}
        limits = self.bars[0].min, self.bars[0].max
        plots.sliders(values, limits, self.caption.value, result.subplots())
        return result

    def __repr__(self) -> str:
        return f"GuessBars: {self.alt}"

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        return still(self, super()._repr_mimebundle_(**kwargs))
