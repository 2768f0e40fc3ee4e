"""Look into a network: every map of every layer for the digit that is being drawn."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import interpret, plots
from mnist_tutorial.data import Split
from mnist_tutorial.interpret import Strongest
from mnist_tutorial.widgets import engine
from mnist_tutorial.widgets.base import (
    Floats,
    Widget,
    figure,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.inputs import checked_split, packed, predict, reading, right
from mnist_tutorial.widgets.page.readers import ON_A_PAGE, digits_on_a_page

MOST_IMAGES = 5000
PICKABLE = 24
STRONGEST = 12

PROBABILITY = "probability"  # what stands in a layer's place, past the last one

# A channel that gives 0 everywhere: (layer, as `interpret.feature_maps` names it,
# channel).
Off = tuple[str, int]


class NetworkLens(Widget):
    """Draw a digit, see what every layer makes of it, and ask where a number is from.

    The browser computes all maps and sums itself, from the weights as they are now:
    later training does not show. Python is asked for PyTorch's own value of a pinned
    unit and, on a click, for what takes all validation images.

    Args:
        models: by name, each as `engine.pack` takes it, with ten logits. The first is
            shown at the beginning.
        validation: images (N, 1, 28, 28), normalised, and labels (N,), at most 5,000.
            The first 24 can be picked.

    Raises:
        ValueError: models that `inputs.packed` refuses, or no such images and labels.
    """

    _esm = script("network_lens/view.js")

    networks: traitlets.List = traitlets.List().tag(sync=True)
    weights = Floats()
    digits = Floats()
    digit_labels = traitlets.List(traitlets.Int()).tag(sync=True)
    validation_size = traitlets.Int().tag(sync=True)

    def __init__(
        self, models: dict[str, nn.Module], validation: tuple[Tensor, Tensor], **kwargs
    ):
        networks, weights = packed(models)
        self._models = {
            name: copy.deepcopy(model).cpu().eval() for name, model in models.items()
        }
        images, labels = checked_split(validation)
        if len(images) > MOST_IMAGES:
            raise ValueError(
                f"{len(images):,} validation images would take too long; pass at most "
                f"{MOST_IMAGES:,}."
            )
        self._images, self._labels = images, labels
        self._right: dict[str, Tensor] = {}  # by model, once somebody asked
        self._layers = {
            network["name"]: [layer["name"] for layer in network["layers"]]
            for network in networks
        }
        super().__init__(
            networks=networks,
            weights=weights,
            digits=to_bytes(images[:PICKABLE]),
            digit_labels=labels[:PICKABLE].tolist(),
            validation_size=len(images),
            **kwargs,
        )
        self.alt = _alt(networks[0]["layers"])
        self.on_msg(self._answer)

    def page(self) -> dict:
        few = Split(self._images[:ON_A_PAGE], self._labels[:ON_A_PAGE])
        return {"validation_size": len(few.labels), **digits_on_a_page(few)}

    @guarded
    def _answer(self, _, content: dict, buffers: list) -> None:
        """Answer what the browser cannot know: PyTorch's values, and many images."""
        answers = {
            "value": self._value,
            "strongest": self._strongest,
            "accuracy": self._accuracy,
        }
        answer, attached = answers[content["kind"]](content, buffers)
        reply = {"kind": content["kind"], "id": content["id"]}
        self.send(reply | answer, attached)

    def _value(self, content: dict, buffers: list) -> tuple[dict, list]:
        image = torch.frombuffer(bytearray(buffers[0]), dtype=torch.float32)
        layer, *place = content["unit"]
        value = unit_value(
            self._models[content["model"]],
            image.reshape(1, 28, 28),
            self._layer(content["model"], layer),
            *place,
            off=self._off(content),
        )
        return {"value": value}, []

    def _strongest(self, content: dict, _) -> tuple[dict, list]:
        name, channel = content["model"], content["channel"]
        layer = self._layer(name, content["layer"])
        best = strongest(self._models[name], self._images, layer, channel)
        answer = {
            "rows": best.rows.tolist(),
            "columns": best.columns.tolist(),
            "values": best.values.tolist(),
            "labels": self._labels[best.images].tolist(),
        }
        return answer, [to_bytes(self._images[best.images])]

    def _accuracy(self, content: dict, _) -> tuple[dict, list]:
        name = content["model"]
        if name not in self._right:
            self._right[name] = self._read(name, ())
        after = self._read(name, self._off(content))
        return interpret.switched(self._right[name], after)._asdict(), []

    def _read(self, name: str, off: Iterable[Off]) -> Tensor:
        """Which validation images a network reads right with some channels off."""
        with without_channels(self._models[name], off):
            return right(self._models[name], Split(self._images, self._labels))

    def _layer(self, model: str, k: int) -> str:
        """The name of the layer that the browser numbers k."""
        names = [*self._layers[model], PROBABILITY]
        if not 0 <= k < len(names):
            raise ValueError(
                f"There is no layer {k}; ask for one from 0 to {len(names) - 1}."
            )
        return names[k]

    def _off(self, content: dict) -> list[Off]:
        names = self._layers[content["model"]]
        return [(names[k], channel) for k, channel in content["off"]]

    def picture(self) -> Figure:
        name, model = next(iter(self._models.items()))
        return _still(name, model, self._images[0])


def unit_value(
    model: nn.Module,
    image: Tensor,
    layer: str,
    channel: int,
    row: int = 0,
    column: int = 0,
    *,
    off: Iterable[Off] = (),
) -> float:
    """What PyTorch computes for one unit of a layer, or for one `PROBABILITY`.

    A unit that is itself off gives 0; one that is off after its ReLU keeps its value
    before it.
    """
    before = [(name, c) for name, c in off if name != layer + interpret.AFTER_RELU]
    with without_channels(model, before):
        if layer == PROBABILITY:
            values = predict(model, image[None]).softmax(1)
        else:
            values = interpret.feature_maps(model, image[None])[layer]
    place = (channel, row, column)[: values.ndim - 1]
    return values[(0, *place)].item()


def strongest(
    model: nn.Module, images: Tensor, layer: str, channel: int, count: int = STRONGEST
) -> Strongest:
    """Where on `images` a channel of a layer gives its largest values."""
    maps = [
        interpret.feature_maps(model, part)[layer][:, channel]
        for part in images.split(250)
    ]
    return interpret.strongest(torch.cat(maps), count)


@contextmanager
def without_channels(model: nn.Module, off: Iterable[Off]) -> Iterator[None]:
    """Inside the `with`, all these channels give 0."""
    with ExitStack() as stack:
        for layer, channel in off:
            stack.enter_context(interpret.without_channel(model, layer, channel))
        yield


# --- the still picture


def _alt(layers: list[dict]) -> str:
    maps = [
        f"the {layer['outputs']} maps of {layer['name']}"
        for layer in layers
        if layer["kind"] == "conv"
    ]
    parts = ["A handwritten digit", *maps[:2]]
    return ", ".join(parts) + ", and the probability of each digit as a bar."


def _still(name: str, model: nn.Module, image: Tensor) -> Figure:
    """The digit, the maps of the first two convolutions after ReLU, the bars."""
    maps = interpret.feature_maps(model, image[None])
    layers, _ = engine.pack(model)
    shown = [
        (layer["name"], maps[_activated(layers, i)["name"]][0])
        for i, layer in enumerate(layers)
        if layer["kind"] == "conv"
    ][:2]
    still = figure(7, 2.7)
    ratios = [1.0] + [1.6] * len(shown) + [1.4]
    axes = still.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
    plots.digit(image, "input", axes[0])
    for ax, (layer, values) in zip(axes[1:], shown, strict=False):
        largest = values.amax((1, 2), keepdim=True)
        own_scale = values / torch.where(largest == 0, 1, largest)
        plots.mosaic(own_scale, ax, f"{layer}: {len(values)} maps after ReLU")
    plots.class_bars(reading(model, image), axes[-1], "probability")
    still.suptitle(f"A digit on its way through the network ({name})", fontsize=10)
    return still


def _activated(layers: list[dict], i: int) -> dict:
    """The ReLU after layer i, which is not the last, or i itself where none follows."""
    following = layers[i + 1]
    return following if following["kind"] == "relu" else layers[i]
