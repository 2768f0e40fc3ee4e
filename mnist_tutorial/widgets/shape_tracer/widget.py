"""ShapeTracer: build a network layer by layer, and see what arrives where."""

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import plots
from mnist_tutorial.model import Layer, count_parameters
from mnist_tutorial.widgets.base import (
    Floats,
    Refused,
    Widget,
    figure,
    first_line,
    script,
    to_bytes,
)


def _conv(filters: int) -> dict:
    sizes = {"kernel": 3, "stride": 1, "padding": 1, "dilation": 1}
    return {"kind": "conv", "filters": filters} | sizes


def _linear(outputs: int, inputs: int | None = None) -> dict:
    return {"kind": "linear", "outputs": outputs, "inputs": inputs}


_RELU, _FLATTEN, _SOFTMAX = ({"kind": k} for k in ("relu", "flatten", "softmax"))
_POOL = {"kind": "max pool", "kernel": 2, "stride": 2}
_BLOCKS = [part for n in (32, 64, 128) for part in (_conv(n), _RELU, _POOL)]
_HEAD = [_RELU, _linear(64), _RELU, _linear(10)]

# Where a reader can begin. The layers are the JSON that the view works on.
PRESETS: dict[str, list[dict]] = {
    "repaired": [*_BLOCKS, _FLATTEN, _linear(128, 1152), *_HEAD],
    "as published": [
        *_BLOCKS,
        {"kind": "view", "features": 6272},
        *(_linear(128, 6272), *_HEAD, _SOFTMAX),
    ],
    "two pools": [*_BLOCKS[:-1], _FLATTEN, _linear(128, 6272), *_HEAD],
    "small, after LeNet-5": [
        *(_conv(6) | {"kernel": 5, "padding": 2}, _RELU, _POOL),
        *(_conv(16) | {"kernel": 5, "padding": 0}, _RELU, _POOL),
        *(_FLATTEN, _linear(120), _RELU, _linear(84), _RELU, _linear(10)),
    ],
    "empty": [],
}

# The sizes of each kind of layer, as the view's fields, with the lowest of each.
SIZES: dict[str, dict[str, int]] = {
    "conv": {"filters": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1},
    "max pool": {"kernel": 1, "stride": 1},
    "average pool": {"kernel": 1, "stride": 1},
    "relu": {},
    "flatten": {},
    "view": {"features": 1},
    "linear": {"inputs": 1, "outputs": 1},
    "softmax": {},
}
LARGEST = 100_000
MOST_IMAGES = 1000  # at once; more would only fill the memory


class ShapeTracer(Widget):
    """A stack of layers to build, with shapes, parameters, MACs and receptive fields.

    What the reader has built is `layers`; `module()` makes a network of it.

    Args:
        image: (28, 28) or (1, 28, 28), a digit to show receptive fields on.
        preset: the stack to begin with, a name in `PRESETS`.
        batch: how many images come in at once, 1 to 1,000.

    Raises:
        ValueError: an image of another shape, no such preset, or no such batch.
    """

    _esm = script("shape_tracer/view.js")

    image = Floats()  # 784 numbers from 0 to 1
    layers: traitlets.List = traitlets.List().tag(sync=True)
    preset = traitlets.Unicode().tag(sync=True)
    presets: traitlets.Dict = traitlets.Dict(PRESETS).tag(sync=True)
    batch = traitlets.Int().tag(sync=True)

    def __init__(
        self, image: Tensor | None = None, *, preset: str = "repaired", batch: int = 64
    ):
        if preset not in PRESETS:
            raise ValueError(
                f"There is no preset {preset!r}; choose one of {', '.join(PRESETS)}."
            )
        super().__init__(
            image=to_bytes(_grey(image)),
            layers=[dict(layer) for layer in PRESETS[preset]],
            preset=preset,
            batch=batch,
        )

    @traitlets.validate("layers")
    def _check_layers(self, proposal: dict) -> list[dict]:
        for i, layer in enumerate(proposal["value"]):
            _check_layer(f"Layer {i + 1}", layer)
        return proposal["value"]

    @traitlets.validate("batch")
    def _check_batch(self, proposal: dict) -> int:
        if not 1 <= proposal["value"] <= MOST_IMAGES:
            raise Refused(
                f"A batch of {proposal['value']:,} images is not possible here; choose "
                f"1 to {MOST_IMAGES:,}."
            )
        return proposal["value"]

    @property
    def alt(self) -> str:  # type: ignore[override]
        rows, error = trace(self.layers, self.batch)
        end = f"and ends with an error: {error}" if error else "and runs to its end."
        return f"A table of the {len(self.layers)} layers of the stack: it has " + (
            f"{sum(row.parameters for row in rows):,} parameters {end}"
        )

    def module(self) -> nn.Sequential:
        """The stack as a network, with fresh weights.

        Raises:
            ValueError: the stack breaks at some layer.
        """
        network = nn.Sequential(*map(_module, self.layers))
        try:
            network(torch.zeros(self.batch, 1, 28, 28))
        except RuntimeError as error:
            raise ValueError(
                f"This stack does not run: {first_line(error)}. Mend the layer that "
                "the widget marks, then ask again."
            ) from error
        return network

    def picture(self) -> Figure:
        rows, error = trace(self.layers, self.batch)
        result = figure(7, 1.1 + 0.21 * len(self.layers))
        columns = (0, "left"), (0.58, "center"), (0.82, "right"), (1, "right")
        lines = [("layer", "N × C × H × W", "parameters", "MACs")]
        for i, layer in enumerate(self.layers):
            lines.append((_words(layer), *_numbers(rows[i] if i < len(rows) else None)))
        broken = len(rows) + 1 if error else None
        end = f"Breaks at layer {broken}: {error}" if error else "Runs to its end"
        plots.lines_of_text(lines, columns, result.subplots(), end, marked=broken)
        return result


def _check_layer(name: str, layer) -> None:
    """Refuse what is no layer, or one without its sizes."""
    kind = layer.get("kind") if isinstance(layer, dict) else None
    if kind not in list(SIZES):  # what has no hash is to be refused too
        raise Refused(
            f"{name} is {layer!r}; expected a dict whose kind is one of "
            f"{', '.join(SIZES)}."
        )
    sizes = {key: value for key, value in layer.items() if key != "kind"}
    if sizes.keys() != SIZES[kind].keys() or not all(
        _is_size(kind, key, value) for key, value in sizes.items()
    ):
        lowest = [f"{key} from {low}" for key, low in SIZES[kind].items()]
        expected = f"whole numbers up to {LARGEST:,}: {', '.join(lowest)}"
        raise Refused(
            f"{name}, {kind}, has {sizes or 'no sizes'}; expected "
            f"{expected if lowest else 'none'}."
        )


def _is_size(kind: str, key: str, value) -> bool:
    if kind == "linear" and key == "inputs" and value is None:  # found by itself
        return True
    return type(value) is int and SIZES[kind][key] <= value <= LARGEST


class View(nn.Module):
    """`x.view(-1, features)`, the published way to flatten."""

    def __init__(self, features: int):
        super().__init__()
        self.features = features

    def forward(self, x: Tensor) -> Tensor:
        return x.contiguous().view(-1, self.features)


def _module(layer: dict) -> nn.Module:
    """One layer; sizes that the reader left open are found at the first batch."""
    match layer:
        case {"kind": "conv", "filters": filters, "kernel": kernel, **rest}:
            sizes = {k: rest[k] for k in ("stride", "padding", "dilation")}
            return nn.LazyConv2d(filters, kernel, **sizes)
        case {"kind": "max pool", "kernel": kernel, "stride": stride}:
            return nn.MaxPool2d(kernel, stride)
        case {"kind": "average pool", "kernel": kernel, "stride": stride}:
            return nn.AvgPool2d(kernel, stride)
        case {"kind": "view", "features": features}:
            return View(features)
        case {"kind": "linear", "outputs": outputs, "inputs": inputs}:
            return nn.Linear(inputs, outputs) if inputs else nn.LazyLinear(outputs)
        case {"kind": "relu"}:
            return nn.ReLU()
        case {"kind": "flatten"}:
            return nn.Flatten()
        case {"kind": "softmax"}:
            return nn.Softmax(dim=1)
    raise ValueError(f"ShapeTracer knows no layer {layer!r}; use those of its presets.")


def trace(layers: list[dict], batch: int) -> tuple[list[Layer], str]:
    """What PyTorch gives after each layer, up to the first error, and that error."""
    x = torch.zeros(batch, 1, 28, 28)
    rows: list[Layer] = []
    for layer in layers:
        module = _module(layer)
        try:
            with torch.inference_mode():
                x = module(x)
        except RuntimeError as error:
            return rows, first_line(error)
        macs = 0
        if isinstance(module, nn.Conv2d | nn.Linear):
            macs = module.weight[0].numel() * x[0].numel()
        shape = tuple(x.shape)
        rows.append(Layer(layer["kind"], shape, count_parameters(module), macs))
    return rows, ""


def _numbers(row: Layer | None) -> tuple[str, str, str]:
    """Shape, parameters and MACs as text; nothing for a layer that was not reached."""
    if row is None:
        return "", "", ""
    shape = " × ".join(map(str, row.output_shape))
    counts = (f"{n:,}" if n else "" for n in (row.parameters, row.macs))
    return (shape, *counts)  # type: ignore[return-value]


def _words(layer: dict) -> str:
    sizes = [f"{name} {value}" for name, value in layer.items() if name != "kind"]
    shown = [words for words in sizes if not words.endswith(("None", "dilation 1"))]
    return ", ".join([layer["kind"], *shown])


def _grey(image: Tensor | None) -> np.ndarray:
    """The image with its lowest value 0 and its highest 1."""
    if image is None:
        return np.zeros((28, 28))
    grey = torch.as_tensor(image).detach().cpu().float()
    if grey.numel() != 784 or grey.shape[-2:] != (28, 28) or not grey.isfinite().all():
        raise ValueError(
            f"The image must be 28 × 28 finite numbers, this has shape "
            f"{tuple(grey.shape)}; pass one of validation.images."
        )
    grey = grey.reshape(28, 28) - grey.min()
    return (grey / (grey.max() or 1)).numpy()
