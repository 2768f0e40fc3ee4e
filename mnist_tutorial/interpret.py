"""Looking into a trained network: its maps, its fields, and what speaks for an answer.

All functions use the model in eval mode and leave it as they found it. An image is
(1, H, W), normalised; what speaks for an answer speaks for its logit, before softmax.
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.data import BLACK
from mnist_tutorial.metrics import Interval, paired_difference, wilson_interval
from mnist_tutorial.model import leaves, seeded
from mnist_tutorial.train import eval_mode, predict

# Ends the name of what a layer gives once a ReLU that is no layer has worked on it.
AFTER_RELU = " after ReLU"

# --- Maps


@torch.no_grad()
def feature_maps(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """What each layer gives for images (N, 1, H, W), by its name, first to last.

    Names are those of `named_modules`; a layer that is used again is "pool #2". A ReLU
    that is a function and no layer shows in what the next layer receives; that is given
    as "conv1 after ReLU". Where a layer writes over what it got (`inplace=True`), the
    maps are those from before.

    Raises:
        ValueError: images are not (N, C, H, W).
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

    Raises:
        ValueError: maps of several channels, or a count below 1.
    """
    if maps.ndim not in (1, 3) or not len(maps) or count < 1:
        raise ValueError(
            f"Expected the maps of one channel, (N, H, W) or (N,), and a count of at "
            f"least 1, got {tuple(maps.shape)} and {count}; take maps[:, channel]."
        )
    peaks, places = maps.reshape(len(maps), -1).max(1)
    best = peaks.argsort(descending=True, stable=True)[:count]
    width = maps.shape[-1] if maps.ndim == 3 else 1
    at = places[best]
    return Strongest(best, at // width, at % width, peaks[best])


@torch.no_grad()
def embedding(model: nn.Module, images: Tensor, batch_size: int = 500) -> Tensor:
    """What the last linear layer receives for images (N, 1, H, W): (N, D).

    Raises:
        ValueError: the network uses no linear layer.
    """
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    received: list[Tensor] = []

    def note(_: nn.Module, inputs: tuple[Tensor]) -> None:
        received[:] = [inputs[0].clone()]  # of the last use, if there are several

    rows = []
    with ExitStack() as hooks, eval_mode(model):
        for last in linear[-1:]:
            hooks.enter_context(last.register_forward_pre_hook(note))
        for batch in images.split(batch_size):
            model(_like(model, batch))
            rows += received
    if not rows:
        raise ValueError(
            f"This {type(model).__name__} uses no linear layer; `feature_maps` gives "
            "what its other layers put out."
        )
    return torch.cat(rows)


@torch.enable_grad()
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
    pixels = _like(model, images).requires_grad_()
    maps = _maps(model, pixels, layer)[0]  # (N, C, h, w)
    height, width = maps.shape[2:]
    middle = maps[:, :, height // 2, width // 2].sum()
    return _derivative(middle, pixels).abs().mean((0, 1))


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
    for k, (r, q) in enumerate(places):
        rows = slice(max(0, r - before), r + after)
        columns = slice(max(0, q - before), q + after)
        images[k, :, rows, columns] = 0
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
    way itself. With many steps the pixels add up to the difference of the two logits.

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


@torch.enable_grad()
def grad_cam(
    model: nn.Module, image: Tensor, label: int, layer: str | None = None
) -> Tensor:
    """Where channels that speak for `label` are active: (H, W), not negative.

    Each map of `layer` counts with the mean of its gradient; what is left above 0 is
    brought to the size of the image, bilinearly.

    Args:
        layer: a name that `feature_maps` gives; None is the last convolution, after
            the batch norm and the ReLU that may follow it.

    Raises:
        ValueError: not one image (1, H, W), no such label, no such layer, or no maps.

    Source: R. R. Selvaraju et al., "Grad-CAM", ICCV 2017, eq. 1 and 2.
    """
    maps, logits = _maps(model, _one(image).requires_grad_(), layer)
    gradient = _derivative(_of(logits, label).sum(), maps)
    weights = gradient.mean((2, 3), keepdim=True)  # (1, C, 1, 1)
    cam = F.relu((weights * maps).sum(1, keepdim=True)).detach()
    return F.interpolate(cam, image.shape[1:], mode="bilinear")[0, 0]


def _maps(model: nn.Module, images: Tensor, layer: str | None) -> tuple[Tensor, Tensor]:
    """What a layer gives, and the logits, both ready for gradients."""
    _check_mode()
    maps, logits = _run(model, images)
    _check_gradient(logits)
    if layer is None:
        layer = _last_convolution(model, maps)
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


def _last_convolution(model: nn.Module, maps: dict[str, Tensor]) -> str:
    """The name of its maps, or of the last that are as many and as large: after ReLU.

    Raises:
        ValueError: there is no convolution.
    """
    modules = dict(model.named_modules())
    used = [
        name for name in maps if isinstance(modules.get(_parsed(name)[0]), nn.Conv2d)
    ]
    if not used:
        raise ValueError(
            f"This {type(model).__name__} has no convolution; choose a layer with maps "
            f"of {', '.join(maps)}."
        )
    shape = maps[used[-1]].shape
    return [name for name, values in maps.items() if values.shape == shape][-1]


def _parsed(name: str) -> tuple[str, int]:
    """A layer's name in `named_modules`, and which use: 2 for "pool #2", 0 for all."""
    layer, _, use = name.removesuffix(AFTER_RELU).partition(" #")
    return layer, int(use) if use.isdecimal() else 0


def _run(model: nn.Module, images: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """What each layer gives, as `feature_maps`, and the logits.

    Each layer gets a copy of what the one before it gave, so that one that works in
    place spoils nothing that is kept.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(
            f"Expected images (N, C, H, W), N at least 1, got {tuple(images.shape)}; "
            "take images[i : i + 1] for one."
        )
    maps: dict[str, Tensor] = {}
    passed_on: list[tuple[str, Tensor, int]] = []  # the last layer, its output, version
    uses: Counter[str] = Counter()

    def before(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if not inputs or not isinstance(inputs[0], Tensor):
            return None
        for name, copied, version in passed_on:
            # Something that is no layer has worked on it, perhaps in place.
            between = inputs[0] is not copied or copied._version != version
            if between and torch.equal(inputs[0], F.relu(maps[name])):
                maps[name + AFTER_RELU] = inputs[0]
                return inputs[0].clone(), *inputs[1:]
        return None

    def after(
        name: str,
    ) -> Callable[[nn.Module, tuple[Any, ...], Tensor], Tensor | None]:
        def hook(
            _: nn.Module, inputs: tuple[Any, ...], output: Tensor
        ) -> Tensor | None:
            uses[name] += 1
            if not isinstance(output, Tensor):
                return None
            use = name if uses[name] == 1 else f"{name} #{uses[name]}"
            maps[use], copied = output, output.clone()
            passed_on[:] = [(use, copied, copied._version)]
            return copied

        return hook

    with ExitStack() as hooks, eval_mode(model):
        # In inference mode nothing would tell what has been written over.
        hooks.enter_context(torch.inference_mode(False))
        hooks.enter_context(torch.set_grad_enabled(images.requires_grad))
        for name, layer in leaves(model):
            hooks.enter_context(layer.register_forward_pre_hook(before))
            hooks.enter_context(layer.register_forward_hook(after(name)))
        return maps, model(_like(model, images))


def _like(model: nn.Module, images: Tensor) -> Tensor:
    """A copy of images on the device, and in the type of numbers, of the model."""
    return images.to(next(model.parameters(), images)).clone()


@torch.enable_grad()
def _gradients(model: nn.Module, images: Tensor, label: int) -> Tensor:
    """The gradient of each image's logit of `label` by its pixels: (N, H, W)."""
    _check_mode()
    pixels = _like(model, images).requires_grad_()
    with eval_mode(model):
        logits = _of(model(pixels.clone()), label)
    _check_gradient(logits)
    return _derivative(logits.sum(), pixels)[:, 0]


def _derivative(number: Tensor, by: Tensor) -> Tensor:
    """The gradient of one number by a tensor, of its shape; 0 if it does not depend."""
    try:
        return torch.autograd.grad(number, by, materialize_grads=True)[0]
    except RuntimeError as error:
        raise ValueError(
            "The network writes over what its gradient needs; build its layers with "
            "inplace=False."
        ) from error


def _one(image: Tensor) -> Tensor:
    """The image as a batch of one, cut off from whatever made it."""
    if image.ndim != 3 or len(image) != 1:
        raise ValueError(
            f"Expected one image (1, H, W), got {tuple(image.shape)}; take images[i]."
        )
    return image.detach().clone()[None]


def _of(logits: Tensor, label: int) -> Tensor:
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        kind = getattr(logits, "shape", type(logits).__name__)
        raise ValueError(f"The network gives {kind}, but must give logits (N, C).")
    if label not in range(logits.shape[1]):
        raise ValueError(
            f"There is no label {label}; choose 0 to {logits.shape[1] - 1}."
        )
    return logits[:, label]


def _check_mode() -> None:
    if torch.is_inference_mode_enabled():
        raise ValueError("There are no gradients in torch.inference_mode(); leave it.")


def _check_gradient(logits: Any) -> None:
    if isinstance(logits, Tensor) and not logits.requires_grad:
        raise ValueError(
            "No gradient goes from the logits to the pixels; let the network detach "
            "nothing."
        )


# --- Is it true of the network?


def alike(a: Tensor, b: Tensor) -> float:
    """The correlation of two maps of one shape; 0 if one of them is constant."""
    a, b = a.flatten() - a.mean(), b.flatten() - b.mean()
    return float(a @ b / (a.norm() * b.norm()).clamp(min=1e-9))


def probability_by_order(
    model: nn.Module,
    image: Tensor,
    label: int,
    scores: Tensor,
    steps: int = 28,
    *,
    insert: bool = False,
) -> Tensor:
    """The probability of `label` as pixels go, those with the highest scores first.

    A pixel that goes becomes black. With `insert` the image begins black, and its
    pixels come back in that order. A map that names the pixels that matter makes the
    first curve fall early, and the second one rise early.

    Args:
        scores: (H, W), one for each pixel of the image (1, H, W).
        steps: in how many equal parts they go.

    Returns:
        (steps + 1,): before the first step, and after each.

    Raises:
        ValueError: not one image, no such label, or scores of another size.

    Source: V. Petsiuk, A. Das, K. Saenko, "RISE", BMVC 2018, section 3.3.
    """
    whole = _one(image)
    if scores.shape != image.shape[1:] or steps < 1:
        raise ValueError(
            f"Expected a score for each pixel, {tuple(image.shape[1:])}, and at least "
            f"one step, got {tuple(scores.shape)} and {steps}."
        )
    rank = scores.flatten().argsort(descending=True, stable=True).argsort()
    share = rank.view(scores.shape) / scores.numel()  # 0 is the first to go
    bounds = torch.linspace(0, 1, steps + 1, device=image.device).view(-1, 1, 1, 1)
    gone = share < bounds  # (steps + 1, 1, H, W)
    images = torch.where(gone != insert, torch.full_like(whole, BLACK), whole)
    return _of(predict(model, images).softmax(1), label)


def read_out(seen: Tensor, labels: Tensor, new: Tensor, penalty: float) -> Tensor:
    """What a linear classifier, fitted to `seen` in one step, says of `new`: (M,).

    Each column is brought to mean 0 and deviation 1 by what was seen; then a ridge
    regression: least squares, in which large weights cost `penalty` times their square.

    Args:
        seen, new: (N, D) and (M, D).
        labels: (N,) int64, of what was seen.
    """
    centre, spread = seen.mean(0), seen.std(0).clamp(min=1e-6)
    x = ((seen - centre) / spread).double()
    goal = F.one_hot(labels).double()
    square = x.T @ x + penalty * torch.eye(x.shape[1], device=x.device).double()
    weight = torch.linalg.solve(square, x.T @ (goal - goal.mean(0)))  # (D, C)
    scores: Tensor = ((new - centre) / spread).double() @ weight + goal.mean(0)
    return scores.argmax(1)


# --- What if


@contextmanager
def without_channel(model: nn.Module, layer: str, channel: int) -> Iterator[None]:
    """Inside the `with`, a channel of a layer gives 0, whatever comes in.

    Args:
        layer: a name of `named_modules`, for all of its uses, or of `feature_maps`,
            where "pool #2" is the second. Of "conv1 after ReLU" it is conv1, since the
            ReLU of 0 is 0.

    Raises:
        ValueError: no such layer, or, when the model is run, no such channel.
    """
    layers = {name: module for name, module in model.named_modules() if name}
    name, use = _parsed(layer)
    uses = 0  # of the layer, in this pass through the model
    if name not in layers:
        raise ValueError(
            f"There is no layer {layer!r}; choose one of {', '.join(layers)}."
        )

    def begin(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        nonlocal uses
        uses = 0

    def silence(_: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        nonlocal uses
        uses += 1
        if use not in (0, uses):
            return output
        if not isinstance(output, Tensor) or output.ndim < 2:
            raise ValueError(f"{layer} gives no channels (N, C); choose another layer.")
        if channel not in range(output.shape[1]):
            raise ValueError(
                f"{layer} has no channel {channel}; choose 0 to {output.shape[1] - 1}."
            )
        index = torch.tensor([channel], device=output.device)
        return output.index_fill(1, index, 0.0)

    with (
        model.register_forward_pre_hook(begin),
        layers[name].register_forward_hook(silence),
    ):
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
    """Compare two networks by which images (N,) each gets right.

    Raises:
        ValueError: not as many truth values (bool) before as after.
    """
    before, after = right_before, right_after
    if before.shape != after.shape or {before.dtype, after.dtype} != {torch.bool}:
        raise ValueError(
            f"Expected two tensors (N,) of bool, got {before.dtype} "
            f"{tuple(before.shape)} and {after.dtype} {tuple(after.shape)}."
        )
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

    Raises:
        ValueError: a layer has numbers that it learned, and no way to forget them.

    Source: J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018.
    """
    result = copy.deepcopy(model)
    with seeded(seed):
        for name, layer in result.named_modules():
            reset = getattr(layer, "reset_parameters", None)
            if reset is not None:
                reset()
            elif list(layer.parameters(recurse=False)):
                raise ValueError(
                    f"{name or 'The network'} ({type(layer).__name__}) has learned "
                    "numbers of its own; give it a reset_parameters()."
                )
    return result
