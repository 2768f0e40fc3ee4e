"""Look into a network: every map of every layer for the digit that is being drawn."""

import copy
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import data, interpret
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

MOST_IMAGES = 5000
PICKABLE = 24
STRONGEST = 12

# A channel that gives 0 everywhere: (layer as the engine numbers it, channel).
Off = tuple[int, int]


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
        ValueError: there is no model, one cannot be run in the browser, or the images
            and labels are not such.
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
        self._models = {
            name: copy.deepcopy(model).cpu().eval()
            for name, model in _checked_models(models).items()
        }
        images, labels = _checked_images(*validation)
        self._images, self._labels = images, labels
        self._right: dict[str, Tensor] = {}  # by model, once somebody asked
        networks, weights = _packed(self._models)
        super().__init__(
            networks=networks,
            weights=weights,
            digits=to_bytes(images[:PICKABLE]),
            digit_labels=labels[:PICKABLE].tolist(),
            validation_size=len(images),
            **kwargs,
        )
        self.alt = _alt(networks[0]["layers"])
        self.on_msg(self._asked)

    @guarded
    def _asked(self, _, content: dict, buffers: list) -> None:
        """Answer what the browser cannot know: PyTorch's values, and many images."""
        answers = {
            "value": self._value,
            "strongest": self._strongest,
            "accuracy": self._accuracy,
        }
        answer, attached = answers[content["kind"]](content, buffers)
        told = {"kind": content["kind"], "id": content["id"]}
        self.send(told | answer, attached)

    def _value(self, content: dict, buffers: list) -> tuple[dict, list]:
        image = torch.frombuffer(bytearray(buffers[0]), dtype=torch.float32)
        model = self._models[content["model"]]
        layer, *place = content["unit"]
        value = unit_value(model, image, layer, *place, off=_pairs(content["off"]))
        return {"value": value}, []

    def _strongest(self, content: dict, _) -> tuple[dict, list]:
        model, layer = self._models[content["model"]], content["layer"]
        found = strongest(model, self._images, layer, content["channel"])
        answer = {
            "rows": found.rows.tolist(),
            "columns": found.columns.tolist(),
            "values": found.values.tolist(),
            "labels": self._labels[found.images].tolist(),
        }
        return answer, [to_bytes(self._images[found.images])]

    def _accuracy(self, content: dict, _) -> tuple[dict, list]:
        name = content["model"]
        model = self._models[name]
        if name not in self._right:
            self._right[name] = logits(model, self._images).argmax(1) == self._labels
        off = _pairs(content["off"])
        after = logits(model, self._images, off).argmax(1) == self._labels
        return interpret.switched(self._right[name], after)._asdict(), []

    def picture(self) -> Figure:
        name, model = next(iter(self._models.items()))
        return _still(name, model, self._images[0])


def unit_value(
    model: nn.Module,
    image: Tensor,
    layer: int,
    channel: int,
    row: int = 0,
    column: int = 0,
    *,
    off: Iterable[Off] = (),
) -> float:
    """What PyTorch computes for one unit; one past the last layer, a probability.

    A unit that is itself off gives 0.
    """
    outputs = list(run(model, image.reshape(1, 1, 28, 28), off))
    outputs.append(outputs[-1].softmax(1))
    if not 0 <= layer < len(outputs):
        raise ValueError(
            f"There is no layer {layer}; ask for one from 0 to {len(outputs) - 1}."
        )
    values = outputs[layer]
    place = (channel, row, column)[: values.ndim - 1]
    return values[(0, *place)].item()


@torch.inference_mode()
def run(model: nn.Module, images: Tensor, off: Iterable[Off] = ()) -> Iterator[Tensor]:
    """The output of each layer in turn, as `engine.pack` numbers them.

    Args:
        off: channels that give 0 at the layer named, whatever their input is.
    """
    off = list(off)
    values = images
    for i, layer in enumerate(_layers(model)):
        values = layer(values)
        for channel in (c for k, c in off if k == i):
            # Not in place: Flatten and Identity return what they were given.
            values = values.index_fill(1, torch.tensor([channel]), 0.0)
        yield values


def logits(
    model: nn.Module, images: Tensor, off: Iterable[Off] = (), batch_size: int = 250
) -> Tensor:
    """The logits (N, 10) of the network with some channels off, batch by batch."""
    off = list(off)
    return torch.cat([last(run(model, part, off)) for part in images.split(batch_size)])


def last(values: Iterable[Tensor]) -> Tensor:
    """The last of them; the others are let go one by one."""
    for value in values:  # noqa: B007
        pass
    return value


def strongest(
    model: nn.Module, images: Tensor, layer: int, channel: int, count: int = STRONGEST
) -> Strongest:
    """Where on `images` a channel of a layer gives its largest values."""
    maps = [
        next(islice(run(model, part), layer, None))[:, channel]
        for part in images.split(250)
    ]
    return interpret.strongest(torch.cat(maps), count)


def _layers(model: nn.Module) -> list[nn.Module]:
    """The layers in their order, numbered as in what `engine.pack` gives."""
    order = engine.in_order(model)
    return [layer for _, layer in order if not isinstance(layer, nn.Identity)]


def _pairs(off: list) -> list[Off]:
    return [(int(layer), int(channel)) for layer, channel in off]


def _packed(models: dict[str, nn.Module]) -> tuple[list[dict], bytes]:
    """All networks behind one another: where each begins, and the floats."""
    networks, weights = [], b""
    for name, model in models.items():
        layers, packed = engine.pack(model)
        length = len(packed) // 4
        start = len(weights) // 4
        network = {"name": name, "layers": layers, "start": start, "length": length}
        networks.append(network)
        weights += packed
    return networks, weights


def _checked_models(models: dict[str, nn.Module]) -> dict[str, nn.Module]:
    if not isinstance(models, dict) or not models:
        raise ValueError(
            "NetworkLens takes its networks by name, in a dict with at least one; pass "
            'for example {"trained": model}.'
        )
    for name, model in models.items():
        if not isinstance(model, nn.Module):
            raise ValueError(
                f"Network {name!r} is a {type(model).__name__}, not an nn.Module; pass "
                "the model itself."
            )
        _check_model(name, model)
    return models


def _check_model(name: str, model: nn.Module) -> None:
    try:
        layers, _ = engine.pack(model)
    except ValueError as error:
        raise ValueError(f"Network {name!r}: {error}") from error
    if not all(values.isfinite().all() for values in model.state_dict().values()):
        raise ValueError(
            f"Network {name!r} has weights that are nan or infinite, so it computes "
            "nothing; load or train it again."
        )
    if not layers or layers[-1]["kind"] != "linear" or layers[-1]["outputs"] != 10:
        raise ValueError(
            f"Network {name!r} does not end in a linear layer with ten logits; pass "
            "one that returns (N, 10), without a softmax."
        )


def _checked_images(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    images, labels = torch.as_tensor(images).cpu(), torch.as_tensor(labels).cpu()
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or not len(images):
        raise ValueError(
            f"The validation images have shape {tuple(images.shape)}, expected "
            "(N, 1, 28, 28) with N ≥ 1; take them from data.splits()."
        )
    if labels.shape != images.shape[:1] or labels.is_floating_point():
        raise ValueError(
            f"The validation labels have shape {tuple(labels.shape)} and "
            f"{labels.dtype}, expected {len(images)} whole numbers, one an image."
        )
    if len(images) > MOST_IMAGES:
        raise ValueError(
            f"{len(images):,} validation images would take too long; pass at most "
            f"{MOST_IMAGES:,}."
        )
    if not images.is_floating_point() or not images.isfinite().all():
        raise ValueError(
            "The validation images must be finite floats; pass them normalised, as "
            "data.splits() gives them."
        )
    return images.float(), labels


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
    values = list(run(model, image[None]))
    layers, _ = engine.pack(model)
    shown = [
        (layer["name"], values[_activated(layers, i)][0])
        for i, layer in enumerate(layers)
        if layer["kind"] == "conv"
    ][:2]
    still = figure(7, 2.7)
    ratios = [1.0] + [1.6] * len(shown) + [1.1]
    axes = still.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
    axes[0].imshow(image[0].numpy() * data.STD + data.MEAN, cmap="gray", vmin=0, vmax=1)
    axes[0].set_title("input", fontsize=9)
    for ax, (layer, maps) in zip(axes[1:], shown, strict=False):
        ax.imshow(_mosaic(maps.numpy()), cmap="viridis", vmin=0, vmax=1)
        ax.set_title(f"{layer}: {len(maps)} maps after ReLU", fontsize=9)
    for ax in axes[:-1]:
        ax.set_axis_off()
    _bars(axes[-1], values[-1].softmax(1)[0].numpy())
    still.suptitle(f"A digit on its way through the network ({name})", fontsize=10)
    return still


def _activated(layers: list[dict], i: int) -> int:
    """The ReLU after layer i, or i itself where none follows."""
    follows = i + 1 < len(layers) and layers[i + 1]["kind"] == "relu"
    return i + 1 if follows else i


def _mosaic(maps: np.ndarray) -> np.ndarray:
    """Maps (C, H, W) side by side, each from 0 to 1 as its own largest value."""
    channels, height, width = maps.shape
    across = int(np.ceil(np.sqrt(channels)))
    down = -(-channels // across)
    sheet = np.full((down * (height + 1), across * (width + 1)), np.nan)
    for c, values in enumerate(maps):
        top, left = c // across * (height + 1), c % across * (width + 1)
        sheet[top : top + height, left : left + width] = values / (values.max() or 1)
    return sheet[:-1, :-1]


def _bars(ax: Axes, probs: np.ndarray) -> None:
    colours = ["C1" if k == probs.argmax() else "C0" for k in range(10)]
    ax.barh(np.arange(10), probs, color=colours)
    ax.set(xlim=(0, 1), yticks=range(10), xticks=(0, 1), title="probability")
    ax.title.set_fontsize(9)
    ax.tick_params(labelsize=8)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
