"""KernelBench: nine numbers walk over a digit, and the map follows every change."""

import copy
from itertools import product
from math import ceil, floor, isfinite

import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_tutorial import data, interpret, plots
from mnist_tutorial.widgets.base import (
    Floats,
    Refused,
    Widget,
    figure,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.inputs import checked_pixels, checked_split, right
from mnist_tutorial.widgets.page.readers import ON_A_PAGE, on_a_page

MOST_IMAGES = 24
LARGEST = 99.0  # of a weight or bias, in size
# Below the picture: a notebook saves what its cell has shown, not what was done to it.
KEPT = "As it was when its cell ran. To keep your kernel, show the bench in a new cell."
PRESETS = {
    "identity": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "blur": (1 / 9,) * 9,
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "Sobel": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "Laplacian": (0, 1, 0, 1, -4, 1, 0, 1, 0),
}
# The kernel behind the target map that a reader is to find; no symmetry helps.
SECRET = (0.5, -1.0, 0.25, 1.0, 0.0, -0.75, 0.25, 0.5, -0.5)


class KernelBench(Widget):
    """A 3 × 3 kernel to edit, a digit, and the map that the browser computes at once.

    Args:
        images: digits (N, 1, 28, 28) with pixels from 0 to 1, black 0, not normalised:
            so a flat area answers with the sum of the weights times its grey level. The
            first 24 can be picked.
        model: its first layer `conv1` (3 × 3, one input channel) gives the trained
            filters; they were trained on normalised images.
        validation: normalised images and labels, on which a click measures what the
            model loses with another filter. The model itself stays as it is.

    Raises:
        ValueError: images of another shape or range, a model without such a `conv1`, or
            a validation set without a model, or one whose labels do not fit.
    """

    _esm = script("kernel_bench/view.js")

    digits = Floats()  # (N, 28, 28)
    digit = traitlets.Int(0).tag(sync=True)
    kernel = traitlets.List(traitlets.Float(), list(PRESETS["Sobel"])).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=3).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=2).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=3).tag(sync=True)
    flip = traitlets.Bool(False).tag(sync=True)
    relu = traitlets.Bool(False).tag(sync=True)
    pool = traitlets.Bool(False).tag(sync=True)
    # Pixels down and to the right; what leaves the frame is lost.
    shift = traitlets.List(traitlets.Int(min=-4, max=4), [0, 0]).tag(sync=True)
    goal = traitlets.Enum(("flat", "left", "match", "flip", "shift"), "flat").tag(
        sync=True
    )

    presets: traitlets.List = traitlets.List().tag(sync=True)  # [name, nine weights]
    filters = Floats()  # (C, 10): nine weights and the bias of each trained filter
    secret = Floats(to_bytes(np.array(SECRET)))
    validation_size = traitlets.Int(0).tag(sync=True)
    # What the last change did to the network; empty before the first.
    result: traitlets.Dict = traitlets.Dict().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        images: Tensor,
        *,
        model: nn.Module | None = None,
        validation: data.Split | None = None,
    ):
        pixels = checked_pixels(images)[:MOST_IMAGES]
        conv1 = None if model is None else _checked_layer(model)
        if validation is not None:
            if model is None:
                raise ValueError(
                    "A validation set needs a model to be read by; pass model=."
                )
            validation = checked_split(validation)
        self._pixels, self._model, self._validation = pixels, model, validation
        self._right_before: Tensor | None = None
        super().__init__(
            digits=to_bytes(pixels),
            presets=[[name, list(weights)] for name, weights in PRESETS.items()],
            filters=b"" if conv1 is None else to_bytes(_filters(conv1)),
            validation_size=0 if validation is None else len(validation[1]),
        )
        self.on_msg(self._answer)

    @property
    def alt(self) -> str:  # type: ignore[override]
        beside = ""
        if any(self.shift):
            beside = (
                ", and how that map differs from the moved map of the unmoved digit"
            )
        return (
            "A handwritten digit with a 3 by 3 window outlined, the nine numbers of a "
            "kernel, and the map that the kernel makes of the digit, blue where it is "
            f"negative and red where it is positive{beside}."
        )

    def page(self) -> dict:
        if self._model is None or self._validation is None:
            return {}
        few = data.Split(*(part[:ON_A_PAGE] for part in self._validation))
        return {"validation_size": len(few.labels), **on_a_page(self._model, few)}

    def picture(self) -> Figure:
        image = shifted(self._pixels[self.digit, 0], *self.shift)
        answer = self._answered(image)
        i, j = divmod(int(answer.abs().argmax()), answer.shape[1])
        top, left = (k * self.stride - self.padding for k in (i, j))
        answer = self._pooled(answer)
        maps = {f"map, {answer.shape[0]} × {answer.shape[1]}": answer}
        if any(self.shift):
            difference = self.shift_difference()
            maps[f"difference, at most {difference.abs().max():.2g}"] = difference
        return self._drawn(image, maps, (top, left))

    def shift_difference(self) -> Tensor:
        """The map of the moved digit minus the moved map, as the goal "shift" has it.

        A move that is no whole number of the map's cells is rounded both ways, and the
        better one taken. Windows that reach over the frame are left out.
        """
        image = self._pixels[self.digit, 0]
        before = self._pooled(self._answered(image))
        after = self._pooled(self._answered(shifted(image, *self.shift)))
        inside = self._reads_inside(len(before))
        step = self.stride * (2 if self.pool else 1)
        differences = [
            (after - shifted(before, *way)) * (inside & shifted(inside, *way))
            for way in product(
                *({floor(by / step), ceil(by / step)} for by in self.shift)
            )
        ]
        return min(differences, key=lambda one: one.abs().max().item())

    def _reads_inside(self, size: int) -> Tensor:
        """Which places of the map (size, size) read nothing beyond the frame."""
        places = torch.arange(size) * (2 if self.pool else 1)
        first = places * self.stride - self.padding
        last = first + self.pool * self.stride + 2 * self.dilation
        fits = (first >= 0) & (last < self._pixels.shape[-1])
        return fits[:, None] & fits

    def _drawn(
        self, image: Tensor, maps: dict[str, Tensor], corner: tuple[int, int]
    ) -> Figure:
        """The digit with a window at a corner, the kernel's numbers, and the maps."""
        result = figure(7 if len(maps) == 1 else 8, 2.9)
        left, middle, *right = result.subplots(
            1, 2 + len(maps), width_ratios=(1, 0.75, *[1.25] * len(maps))
        )
        plots.framed(image, (*corner, 2 * self.dilation + 1), left, "input")
        plots.kernel_numbers(self._effective(), middle, "kernel")
        for ax, (title, values) in zip(right, maps.items(), strict=True):
            plots.scaled_map(values, ax, title)
        result.supxlabel(KEPT, fontsize=8, color="0.35")
        return result

    def _answered(self, image: Tensor) -> Tensor:
        return feature_map(image, self._effective(), self.bias, **self._settings())

    def _pooled(self, answer: Tensor) -> Tensor:
        """What is shown as the map: after ReLU and pool, where they are on."""
        if self.relu:
            answer = answer.clamp(min=0)
        return F.max_pool2d(answer[None], 2)[0] if self.pool else answer

    def _effective(self) -> Tensor:
        kernel = torch.tensor(self.kernel, dtype=torch.float32).view(3, 3)
        return kernel.flip(0, 1) if self.flip else kernel

    def _settings(self) -> dict[str, int]:
        names = ("stride", "padding", "dilation")
        return {name: getattr(self, name) for name in names}

    @traitlets.validate("kernel")
    def _check_kernel(self, proposal: dict) -> list[float]:
        if len(proposal["value"]) != 9:
            raise Refused(
                f"A kernel has nine numbers, row after row; got "
                f"{len(proposal['value'])}."
            )
        return [_checked_weight(value) for value in proposal["value"]]

    @traitlets.validate("bias")
    def _check_bias(self, proposal: dict) -> float:
        return _checked_weight(proposal["value"])

    @traitlets.validate("digit")
    def _check_digit(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self._pixels):
            raise Refused(
                f"There is no digit {proposal['value']}; choose 0 to "
                f"{len(self._pixels) - 1}."
            )
        return proposal["value"]

    @traitlets.validate("shift")
    def _check_shift(self, proposal: dict) -> list[int]:
        if len(proposal["value"]) != 2:
            raise Refused("A shift is two whole numbers: pixels down, pixels right.")
        return proposal["value"]

    @guarded
    def _answer(self, _, content: dict, buffers) -> None:
        if content.get("kind") not in ("replace", "flip all") or self.busy:
            return
        if self._model is None or self._validation is None:
            raise ValueError("Pass model= and validation= to try a kernel in the net.")
        self.busy = True
        try:
            if content["kind"] == "replace":
                which = int(content.get("filter", 0))
                kernel = self._effective()
                changed = with_filter(self._model, which, kernel, self.bias)
            else:
                changed = flipped_filters(self._model)
            if self._right_before is None:
                self._right_before = right(self._model, self._validation)
            after = right(changed, self._validation)
            change = interpret.switched(self._right_before, after)._asdict()
            self.result = {"what": content["what"]} | {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in change.items()
            }
        finally:
            self.busy = False


def feature_map(
    image: Tensor, kernel: Tensor, bias: float, stride: int, padding: int, dilation: int
) -> Tensor:
    """The map (H_out, W_out) that PyTorch makes of one image (H, W)."""
    like = torch.tensor([bias], dtype=image.dtype)
    batch, weight = image[None, None], kernel.to(image)[None, None]
    return F.conv2d(batch, weight, like, stride, padding, dilation)[0, 0]


def shifted(image: Tensor, down: int, right: int) -> Tensor:
    """The image (H, W) moved by whole pixels, black where nothing comes from."""
    H, W = image.shape
    moved = torch.zeros_like(image)
    moved[max(down, 0) : H + min(down, 0), max(right, 0) : W + min(right, 0)] = image[
        max(-down, 0) : H - max(down, 0), max(-right, 0) : W - max(right, 0)
    ]
    return moved


def with_filter(model: nn.Module, which: int, kernel: Tensor, bias: float) -> nn.Module:
    """A copy of the model in which one filter of `conv1` is this kernel and bias."""
    changed = copy.deepcopy(model)
    layer = _checked_layer(changed)
    if not 0 <= which < layer.out_channels:
        raise ValueError(
            f"There is no filter {which}; choose 0 to {layer.out_channels - 1}."
        )
    with torch.no_grad():
        layer.weight[which, 0] = kernel.to(layer.weight)
        if layer.bias is not None:
            layer.bias[which] = bias
    return changed


def flipped_filters(model: nn.Module) -> nn.Module:
    """A copy of the model in which every filter of `conv1` is turned by 180°."""
    changed = copy.deepcopy(model)
    layer = _checked_layer(changed)
    with torch.no_grad():
        layer.weight.copy_(layer.weight.flip(2, 3))
    return changed


def _filters(layer: nn.Conv2d) -> Tensor:
    weights = layer.weight.detach().cpu().float().flatten(1)  # (C, 9)
    none = torch.zeros(len(weights))
    bias = none if layer.bias is None else layer.bias.detach().cpu().float()
    return torch.cat([weights, bias[:, None]], 1)


def _checked_weight(value: float) -> float:
    if not isfinite(value) or abs(value) > LARGEST:
        raise Refused(
            f"A weight or bias must be a number from -{LARGEST:.0f} to {LARGEST:.0f}; "
            f"got {value}."
        )
    return value


def _checked_layer(model: nn.Module) -> nn.Conv2d:
    layer = getattr(model, "conv1", None)
    if (
        not isinstance(layer, nn.Conv2d)
        or layer.in_channels != 1
        or tuple(layer.kernel_size) != (3, 3)
    ):
        raise ValueError(
            f"{type(model).__name__} has no layer conv1 with 3 × 3 filters on one "
            "channel; pass a ConvNet."
        )
    if not layer.weight.isfinite().all():
        raise ValueError(
            "The filters of conv1 hold nan or infinite numbers; load or train the "
            "model again."
        )
    return layer
