"""Looking into a trained network: its maps, its fields, and what speaks for an answer.

All functions use the model in eval mode and leave it as they found it. An image is
(1, H, W), normalised; what speaks for an answer is told for its logit, before softmax.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.data import BLACK
from mnist_tutorial.metrics import Interval, paired_difference, wilson_interval
from mnist_tutorial.model import seeded
from mnist_tutorial.train import eval_mode, predict

# Ends the name of what a layer gives once a ReLU that is no layer has worked on it.
AFTER_RELU = " after ReLU"

# --- Maps


@torch.no_grad()
def feature_maps(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """What each layer gives for images (N, 1, H, W), by its name, first to last.

    Names are those of `named_modules`. A ReLU that is a function and no layer shows in
    what the next layer receives; that is given as "conv1 after ReLU".
    """
    return _run(model, images)[0]


class Strongest(NamedTuple):
    """Where a channel answers most strongly: one place an image, best first."""

    images: Tensor  # (K,) int64: which of the images
    rows: Tensor  # (K,) int64; 0 for a layer without rows
    columns: Tensor  # (K,) int64
    values: Tensor  # (K,)


def strongest(maps: Tensor, count: int) -> Strongest:
    """The images on which one channel gives its largest values, and where.

    Args:
        maps: of that channel: (N, H, W), or (N,) for a layer without rows.
        count: how many images.
    """
    peaks, places = maps.reshape(len(maps), -1).max(1)
    best = peaks.argsort(descending=True, stable=True)[:count]
    width = maps.shape[-1] if maps.ndim == 3 else 1
    at = places[best]
    return Strongest(best, at // width, at % width, peaks[best])


@torch.no_grad()
def embedding(model: nn.Module, images: Tensor, batch_size: int = 500) -> Tensor:
    """What the last linear layer receives for images (N, 1, H, W): (N, D)."""
    last = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1]
    received: list[Tensor] = []

    def note(_: nn.Module, inputs: tuple[Tensor]) -> None:
        received.append(inputs[0])

    with last.register_forward_pre_hook(note), eval_mode(model):
        for batch in images.split(batch_size):
            model(batch)
    return torch.cat(received)


def effective_receptive_field(model: nn.Module, images: Tensor, layer: str) -> Tensor:
    """How much each pixel moves the middle of a layer's maps, on average: (H, W).

    The mean over images (N, 1, H, W) of the absolute gradient of the middle unit,
    summed over channels.

    Args:
        layer: a name that `feature_maps` gives.

    Raises:
        ValueError: no such layer, or no maps.

    Source: W. Luo et al., "Understanding the effective receptive field in deep
    convolutional neural networks", NeurIPS 2016.
    """
    pixels = images.detach().clone().requires_grad_()
    maps = _maps(model, pixels, layer)[0]  # (N, C, h, w)
    height, width = maps.shape[2:]
    middle = maps[:, :, height // 2, width // 2].sum()
    (gradient,) = torch.autograd.grad(middle, pixels)
    return gradient.abs().mean((0, 1))


# --- What speaks for an answer


def covered_logits(
    model: nn.Module, image: Tensor, size: int = 5, stride: int = 1
) -> Tensor:
    """The logits of an image with a grey patch over each place: (rows, columns, C).

    The patch is `size` pixels wide and high, its middle on every `stride`-th pixel; it
    may stand over the border. Its grey is 0, the mean of all normalised pixels.

    Args:
        image: (1, H, W), normalised.

    Raises:
        ValueError: not one image, or size or stride below 1.
    """
    if image.ndim != 3 or min(size, stride) < 1:
        raise ValueError(
            f"Expected an image (1, H, W), size and stride of at least 1, got "
            f"{tuple(image.shape)}, size {size}, stride {stride}."
        )
    height, width = image.shape[1:]
    places = [(r, q) for r in range(0, height, stride) for q in range(0, width, stride)]
    images = image.repeat(len(places), 1, 1, 1)  # (places, 1, H, W)
    before, after = size // 2, size - size // 2
    for covered, (r, q) in zip(images, places, strict=True):
        covered[:, max(0, r - before) : r + after, max(0, q - before) : q + after] = 0
    logits = predict(model, images)  # (places, C)
    return logits.view(-(-height // stride), -1, logits.shape[1])


def occlusion(
    model: nn.Module, image: Tensor, label: int, size: int = 5, stride: int = 1
) -> Tensor:
    """How far the logit of `label` falls under a patch at each place: (rows, columns).

    Positive where what is covered speaks for the class, negative where it speaks
    against it. The difference of two classes' maps tells where an image is read as the
    one rather than the other. Arguments as for `covered_logits`.

    Raises:
        ValueError: no such label, or as for `covered_logits`.

    Source: M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional
    networks", ECCV 2014, section 4.2.
    """
    covered = covered_logits(model, image, size, stride)
    return _of(predict(model, image[None]), label)[0] - covered[..., label]


def saliency(model: nn.Module, image: Tensor, label: int) -> Tensor:
    """How fast the logit of `label` changes with each pixel, either way: (H, W).

    Raises:
        ValueError: not one image (1, H, W), or no such label.

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, "Deep inside convolutional networks",
    arXiv 1312.6034, section 3.
    """
    return _gradients(model, _one(image), label)[0].abs()


def integrated_gradients(
    model: nn.Module,
    image: Tensor,
    label: int,
    baseline: float | Tensor = BLACK,
    steps: int = 64,
) -> Tensor:
    """How much each pixel adds to the logit on the way from a baseline: (H, W).

    The mean gradient along the straight way from the baseline to the image, times the
    way itself. All pixels together add up to the difference of the two logits, the
    better, the more steps.

    Args:
        baseline: an image like `image`, or one level for all its pixels; black if not
            given.
        steps: points on the way, each in the middle of its piece.

    Raises:
        ValueError: not one image (1, H, W), no such label, or fewer steps than one.

    Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks",
    ICML 2017, eq. 1 and 3.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}, but must be at least 1.")
    way = _one(image) - baseline  # (1, 1, H, W)
    shares = (torch.arange(steps, device=image.device) + 0.5) / steps
    images = image - way + shares.view(-1, 1, 1, 1) * way  # (steps, 1, H, W)
    return way[0, 0] * _gradients(model, images, label).mean(0)


def grad_cam(
    model: nn.Module, image: Tensor, label: int, layer: str = "conv3 after ReLU"
) -> Tensor:
    """Where channels that speak for `label` are active: (H, W), not negative.

    Each map of `layer` counts with the mean of its gradient; what is left above 0 is
    brought to the size of the image, bilinearly.

    Args:
        layer: a name that `feature_maps` gives.

    Raises:
        ValueError: not one image (1, H, W), no such label, no such layer, or no maps.

    Source: R. R. Selvaraju et al., "Grad-CAM", ICCV 2017, eq. 1 and 2.
    """
    maps, logits = _maps(model, _one(image).requires_grad_(), layer)
    (gradient,) = torch.autograd.grad(_of(logits, label).sum(), maps)
    weights = gradient.mean((2, 3), keepdim=True)  # (1, C, 1, 1)
    cam = F.relu((weights * maps).sum(1, keepdim=True)).detach()
    return F.interpolate(cam, image.shape[1:], mode="bilinear")[0, 0]


def _maps(model: nn.Module, images: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """What a layer gives, and the logits, both ready for gradients."""
    maps, logits = _run(model, images)
    if layer not in maps:
        raise ValueError(
            f"There is no layer {layer!r}; choose one of {', '.join(maps)}."
        )
    if maps[layer].ndim != 4:
        raise ValueError(
            f"{layer} gives {tuple(maps[layer].shape)}, which are no maps (N, C, H, W);"
            " choose a convolution or a pool."
        )
    return maps[layer], logits


def _run(model: nn.Module, images: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """What each layer gives, as `feature_maps`, and the logits."""
    maps: dict[str, Tensor] = {}

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor], Tensor], None]:
        def hook(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            previous, output_before = next(reversed(maps.items()), ("", inputs[0]))
            between = inputs[0] is not output_before  # something that is no layer
            if between and torch.equal(inputs[0], F.relu(output_before)):
                maps[previous + AFTER_RELU] = inputs[0]
            maps[name] = output

        return hook

    with ExitStack() as hooks, eval_mode(model):
        for name, layer in model.named_modules():
            if not list(layer.children()):
                hooks.enter_context(layer.register_forward_hook(note(name)))
        return maps, model(images)


def _gradients(model: nn.Module, images: Tensor, label: int) -> Tensor:
    """The gradient of each image's logit of `label` by its pixels: (N, H, W)."""
    pixels = images.detach().clone().requires_grad_()
    with eval_mode(model):
        logits = _of(model(pixels), label)
    (gradient,) = torch.autograd.grad(logits.sum(), pixels)
    return gradient[:, 0]


def _one(image: Tensor) -> Tensor:
    """The image as a batch of one, cut off from whatever made it."""
    if image.ndim != 3 or len(image) != 1:
        raise ValueError(
            f"Expected one image (1, H, W), got {tuple(image.shape)}; take images[i]."
        )
    return image.detach().clone()[None]


def _of(logits: Tensor, label: int) -> Tensor:
    if not 0 <= label < logits.shape[1]:
        raise ValueError(
            f"There is no label {label}; choose 0 to {logits.shape[1] - 1}."
        )
    return logits[:, label]


# --- What if


@contextmanager
def without_channel(model: nn.Module, layer: str, channel: int) -> Iterator[None]:
    """Inside the `with`, a channel of a layer gives 0, whatever comes in.

    Args:
        layer: a name of `named_modules`. Of "conv1 after ReLU" it is conv1, since the
            ReLU of 0 is 0.

    Raises:
        ValueError: no such layer, or, when the model is run, no such channel.
    """

    layers = {name: module for name, module in model.named_modules() if name}
    name = layer.removesuffix(AFTER_RELU)
    if name not in layers:
        raise ValueError(
            f"There is no layer {layer!r}; choose one of {', '.join(layers)}."
        )

    def silence(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        if not 0 <= channel < output.shape[1]:
            raise ValueError(
                f"{layer} has no channel {channel}; choose 0 to {output.shape[1] - 1}."
            )
        index = torch.tensor([channel], device=output.device)
        return output.index_fill(1, index, 0.0)

    with layers[name].register_forward_hook(silence):
        yield


class Switched(NamedTuple):
    """Accuracy before and after a change to the network, on the same images."""

    before: Interval
    after: Interval
    difference: Interval  # after minus before
    lost: int  # images right before, wrong after
    gained: int  # images wrong before, right after
    total: int


def switched(right_before: Tensor, right_after: Tensor) -> Switched:
    """Compare two networks by which images (N,) each gets right."""
    total = len(right_before)
    lost = int((right_before & ~right_after).sum())
    gained = int((right_after & ~right_before).sum())
    return Switched(
        wilson_interval(int(right_before.sum()), total),
        wilson_interval(int(right_after.sum()), total),
        paired_difference(lost, gained, total),
        lost,
        gained,
        total,
    )


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """A copy that has learned nothing: every layer with new first weights.

    An explanation that looks the same on it cannot have explained the training.

    Source: J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018.
    """
    result = copy.deepcopy(model)
    with seeded(seed):
        for layer in result.modules():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()  # type: ignore[operator]
    return result
