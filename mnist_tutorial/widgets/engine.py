"""A network's layers and weights, packed for the twin that runs in the browser."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from mnist_tutorial.interpret import AFTER_RELU
from mnist_tutorial.model import ConvNet
from mnist_tutorial.widgets.base import to_bytes


def pack(model: nn.Module) -> tuple[list[dict], bytes]:
    """The layers of `model` in their order, and its weights as float32 bytes.

    Each layer is a dict: `name`, `kind` (conv, relu, maxpool, avgpool, flatten or
    linear), its sizes, and where its `weight` and `bias` begin among the floats (bias
    is None where there is none).

    Args:
        model: a `ConvNet` (without global pool), or an `nn.Sequential` of convolutions
            with stride 1, ReLU, pools, Flatten and Linear. Takes (N, 1, 28, 28).

    Raises:
        ValueError: the twin does not know one of the layers, or not in which order
            they work.
    """
    layers: list[dict] = []
    weights: list[Tensor] = []

    def place(tensor: Tensor | None) -> int | None:
        if tensor is None:
            return None
        offset = sum(w.numel() for w in weights)
        weights.append(tensor.detach().float().cpu().flatten())
        return offset

    for name, layer in in_order(model):
        if not isinstance(layer, nn.Identity):
            layers.append({"name": name} | _described(name, layer, place))
    packed = torch.cat(weights) if weights else torch.empty(0)
    return layers, to_bytes(packed)


def in_order(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every layer by name, in the order of the forward pass.

    The names are those of `interpret.feature_maps`, in which a ReLU that is a function
    has one too: "conv1 after ReLU".
    """
    if isinstance(model, ConvNet):
        for k in ("1", "2", "3"):
            yield f"conv{k}", getattr(model, f"conv{k}")
            yield f"conv{k}{AFTER_RELU}", nn.ReLU()
            yield f"pool{k}", getattr(model, f"pool{k}")
        yield "flatten", nn.Flatten()
        for name in ("fc1", "fc2"):
            yield name, getattr(model, name)
            yield f"{name}{AFTER_RELU}", nn.ReLU()
        yield "fc3", model.fc3
    elif isinstance(model, nn.Sequential):
        yield from model.named_children()
    else:
        raise ValueError(
            f"The browser cannot run a {type(model).__name__}, because it does not "
            "know in which order its layers work; pass a ConvNet or an nn.Sequential."
        )


def _described(name: str, layer: nn.Module, place) -> dict:
    match layer:
        case nn.Conv2d(
            stride=(1, 1), dilation=(1, 1), groups=1, padding_mode="zeros"
        ) if not isinstance(layer.padding, str):
            rows, columns = layer.kernel_size
            above, left = layer.padding
            return {
                "kind": "conv",
                "inputs": layer.in_channels,
                "outputs": layer.out_channels,
                "rows": rows,
                "columns": columns,
                "above": above,
                "left": left,
                "weight": place(layer.weight),
                "bias": place(layer.bias),
            }
        case nn.Linear():
            return {
                "kind": "linear",
                "inputs": layer.in_features,
                "outputs": layer.out_features,
                "weight": place(layer.weight),
                "bias": place(layer.bias),
            }
        case nn.ReLU():
            return {"kind": "relu"}
        case nn.Flatten(start_dim=1, end_dim=-1):
            return {"kind": "flatten"}
        case (
            nn.MaxPool2d(padding=0, dilation=1, ceil_mode=False, return_indices=False)
            | nn.AvgPool2d(padding=0, ceil_mode=False, divisor_override=None)
        ):
            size, stride = layer.kernel_size, layer.stride
            if isinstance(size, int) and stride == size:
                kind = "maxpool" if isinstance(layer, nn.MaxPool2d) else "avgpool"
                return {"kind": kind, "size": size}
    raise ValueError(
        f"The browser cannot run layer {name!r}, {layer}; it knows convolutions with "
        "stride 1, ReLU, square pools that do not overlap, Flatten and Linear."
    )
