"""Convolution and pooling, and their gradients, from the equations.

Shapes are PyTorch's: images (N, C, H, W), kernels (C_out, C, kH, kW). What the field
calls convolution is cross-correlation: the kernel is not flipped.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = int | Sequence[int]  # one number for both axes, or (vertical, horizontal)

# Convolution


def conv2d_loops(images: Tensor, kernel: Tensor) -> Tensor:
    """Convolve (N, C, H, W) with (C_out, C, kH, kW), one product after the other.

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning" (2016), eq. 9.7.
    """
    N, C, H, W = images.shape
    C_out, _, kH, kW = kernel.shape
    out = images.new_zeros(N, C_out, H - kH + 1, W - kW + 1)
    for b, o, i, j in product(*map(range, out.shape)):
        for c, m, n in product(range(C), range(kH), range(kW)):
            out[b, o, i, j] += images[b, c, i + m, j + n] * kernel[o, c, m, n]
    return out


def windows(
    images: Tensor,
    size: tuple[int, ...],
    stride: tuple[int, ...] = (1, 1),
    dilation: tuple[int, ...] = (1, 1),
) -> Tensor:
    """Every window of the images, as a view: (N, C, H_out, W_out, kH, kW).

    Args:
        images: (N, C, H, W), of any type.
        size, stride, dilation: (vertical, horizontal), in pixels; size is (kH, kW).
    """
    (kH, kW), (dH, dW) = size, dilation
    rows = images.unfold(2, dH * (kH - 1) + 1, stride[0])
    patches = rows.unfold(3, dW * (kW - 1) + 1, stride[1])
    return patches[..., ::dH, ::dW]


def correlate(
    images: Tensor,
    kernel: Tensor,
    stride: tuple[int, ...] = (1, 1),
    dilation: tuple[int, ...] = (1, 1),
    groups: int = 1,
) -> Tensor:
    """Convolve (N, C, H, W) with (C_out, C / groups, kH, kW): all windows at once.

    Args:
        stride, dilation: (vertical, horizontal), in pixels.
        groups: the channels are cut into so many groups that do not see each other.
    """
    patches = windows(images, kernel.shape[2:], stride, dilation)
    patches = patches.unflatten(1, (groups, -1))  # (N, g, C / g, H_out, W_out, kH, kW)
    kernel = kernel.unflatten(0, (groups, -1))  # (g, C_out / g, C / g, kH, kW)
    out = torch.einsum("bgcijmn,gocmn->bgoij", patches, kernel)
    return out.flatten(1, 2)  # (N, C_out, H_out, W_out)


def conv2d(
    images: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution as `torch.nn.functional.conv2d` computes it.

    Args:
        images: (N, C, H, W), floating-point numbers or int64.
        kernel: (C_out, C / groups, kH, kW), of the type of the images.
        bias: (C_out,) or None.
        stride: pixels from one window to the next.
        padding: zeros on each side.
        dilation: pixels from one weight of the kernel to the next.
        groups: the channels are cut into so many groups that do not see each other.

    Returns:
        (N, C_out, H_out, W_out); see `output_size`.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: shapes or values do not fit together.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep
    learning", arXiv 1603.07285.
    """
    _check(F.conv2d, images, kernel, bias, stride, padding, dilation, groups)
    padded = F.pad(images, _margins(padding))
    out = correlate(padded, kernel, _pair(stride), _pair(dilation, least=1), groups)
    if bias is not None:
        out = out + bias[:, None, None]
    return out.contiguous()


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """How many positions a window has along an axis of `size` pixels.

    The window spans `dilation · (kernel − 1) + 1` pixels; the padding lies on both
    sides; a last step that would leave the image is dropped.

    Raises:
        ValueError: the window is larger than the padded image.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep
    learning", arXiv 1603.07285, relationship 15.
    """
    span = dilation * (kernel - 1) + 1
    padded = size + 2 * padding
    if span > padded:
        raise ValueError(
            f"A window of {span} pixels does not fit into {padded}; use a smaller "
            "kernel or more padding."
        )
    return (padded - span) // stride + 1


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """How many input pixels, along one axis, one number after `layers` depends on.

    Args:
        layers: (kernel, stride) of each convolution or pool, first to last.

    Source: A. Araujo, W. Norris, J. Sim, "Computing receptive fields of convolutional
    neural networks", Distill (2019), eq. 2.
    """
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


# ReLU and pooling


def relu(images: Tensor) -> Tensor:
    """Each number, or 0 where it is negative; of any shape."""
    return images.clamp(min=0)


def max_pool2d(images: Tensor, kernel_size: Pair, stride: Pair | None = None) -> Tensor:
    """The largest number of each window, channel by channel.

    Args:
        images: (N, C, H, W), floating-point numbers or int64.
        kernel_size: the size of the window, in pixels.
        stride: pixels from one window to the next; None: windows that do not overlap.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: shapes or values do not fit together.
    """
    _check(F.max_pool2d, images, kernel_size, stride)
    return windows(images, *_pool(kernel_size, stride)).amax((-2, -1))


def avg_pool2d(images: Tensor, kernel_size: Pair, stride: Pair | None = None) -> Tensor:
    """The mean of each window, channel by channel. Args and errors: as `max_pool2d`."""
    _check(F.avg_pool2d, images, kernel_size, stride)
    if not images.is_floating_point():
        raise TypeError(f"images are {images.dtype}; take the mean of images.float().")
    return windows(images, *_pool(kernel_size, stride)).mean((-2, -1))


# Gradients


class ConvGradients(NamedTuple):
    """The gradients of what went into `conv2d`, each of its shape."""

    images: Tensor
    kernel: Tensor
    bias: Tensor  # (C_out,)


def windows_backward(
    grads: Tensor,
    shape: tuple[int, ...],
    stride: tuple[int, ...] = (1, 1),
    dilation: tuple[int, ...] = (1, 1),
) -> Tensor:
    """Add the gradient of each window back to the pixels that it was taken from.

    Args:
        grads: (N, C, H_out, W_out, kH, kW), the gradient of the output of `windows`.
        shape: (H, W) of the images.

    Returns:
        The gradient of the images, (N, C, H, W).
    """
    *_, kH, kW = grads.shape
    images = grads.new_zeros(*grads.shape[:2], *shape)
    pixels = windows(images, (kH, kW), stride, dilation)  # a view: writes to images
    for m, n in product(range(kH), range(kW)):
        pixels[..., m, n] += grads[..., m, n]
    return images


def correlate_backward(
    grad_output: Tensor,
    images: Tensor,
    kernel: Tensor,
    stride: tuple[int, ...] = (1, 1),
    dilation: tuple[int, ...] = (1, 1),
    groups: int = 1,
) -> tuple[Tensor, Tensor]:
    """The gradients of the images and of the kernel of `correlate`.

    Args:
        grad_output: (N, C_out, H_out, W_out), the gradient of its output.
    """
    size = kernel.shape[2:]
    patches = windows(images, size, stride, dilation).unflatten(1, (groups, -1))
    weights = kernel.unflatten(0, (groups, -1))
    grad = grad_output.unflatten(1, (groups, -1))  # (N, g, C_out / g, H_out, W_out)
    grad_kernel = torch.einsum("bgoij,bgcijmn->gocmn", grad, patches)
    grad_patches = torch.einsum("bgoij,gocmn->bgcijmn", grad, weights).flatten(1, 2)
    grad_images = windows_backward(grad_patches, images.shape[2:], stride, dilation)
    return grad_images, grad_kernel.flatten(0, 1)


def conv2d_backward(
    grad_output: Tensor,
    images: Tensor,
    kernel: Tensor,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> ConvGradients:
    """The gradients of what went into `conv2d`, given that of its output.

    Args:
        grad_output: (N, C_out, H_out, W_out), of the type of the images.
        Others: as they were given to `conv2d`.

    Raises:
        TypeError, ValueError: as `conv2d`; or `grad_output` is not of its output's
            shape or type.
    """
    _check(F.conv2d, images, kernel, None, stride, padding, dilation, groups)
    margins, steps, spread = _margins(padding), _pair(stride), _pair(dilation, least=1)
    padded = F.pad(images, margins)
    patches = windows(padded, kernel.shape[2:], steps, spread)  # a view: costs nothing
    _check_gradient(
        grad_output, images, (len(images), len(kernel), *patches.shape[2:4])
    )
    grad_padded, grad_kernel = correlate_backward(
        grad_output, padded, kernel, steps, spread, groups
    )
    grad_images = F.pad(grad_padded, [-margin for margin in margins])
    return ConvGradients(grad_images, grad_kernel, grad_output.sum((0, 2, 3)))


def relu_backward(grad_output: Tensor, images: Tensor) -> Tensor:
    """The gradient of what went into `relu`: nothing passes where it was 0 or less."""
    return grad_output.masked_fill(images <= 0, 0)


def max_backward(grad_output: Tensor, patches: Tensor) -> Tensor:
    """The gradient of the windows (..., kH, kW), given that of their maxima (...).

    All of it goes to the largest number of each window; among equals, to the first.
    """
    flat = patches.flatten(-2)
    largest = flat.argmax(-1, keepdim=True)
    grads = torch.zeros_like(flat).scatter(-1, largest, grad_output.unsqueeze(-1))
    return grads.reshape(patches.shape)


def max_pool2d_backward(
    grad_output: Tensor, images: Tensor, kernel_size: Pair, stride: Pair | None = None
) -> Tensor:
    """The gradient of what went into `max_pool2d`, given that of its output.

    Raises:
        TypeError, ValueError: as `max_pool2d`; or `grad_output` is not of its output's
            shape or type.
    """
    _check(F.max_pool2d, images, kernel_size, stride)
    size, steps = _pool(kernel_size, stride)
    patches = windows(images, size, steps)
    _check_gradient(grad_output, images, patches.shape[:4])
    return windows_backward(max_backward(grad_output, patches), images.shape[2:], steps)


def cross_entropy_backward(logits: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the mean cross-entropy with respect to the logits (N, C).

    Args:
        labels: (N,) int64, 0 to C − 1.

    Raises:
        TypeError, ValueError: logits or labels are something else.

    Source: C. Bishop, "Pattern Recognition and Machine Learning" (2006), eq. 4.109.
    """
    _check_labels(logits, labels)
    N, C = logits.shape
    return (logits.softmax(1) - F.one_hot(labels, C)) / N


# Arguments: judged by PyTorch, and put into one form


def _check(operation: Callable[..., Tensor], images: Tensor, *arguments: Any) -> None:
    """Raise PyTorch's refusal of these arguments, put into one sentence.

    PyTorch is asked with an empty batch, which costs nothing. What it overlooks then is
    looked at here: types, and axes without a size.
    """
    name = operation.__name__
    tensors = [images, *(x for x in arguments if isinstance(x, Tensor))]
    _check_types(*tensors)
    if images.dim() != 4 or any(0 in x.shape[1:] for x in tensors):
        raise ValueError(
            f"{name} got {', '.join(str(tuple(x.shape)) for x in tensors)}, but images "
            "must be (N, C, H, W), and no axis but N may be empty."
        )
    try:
        with torch.no_grad():
            operation(images[:0], *arguments)
    except (TypeError, RuntimeError, IndexError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        reason = str(error).splitlines()[0].removesuffix(", but expected one of:")
        raise kind(
            f"PyTorch refuses this {name} ({reason}); `help(ops.{name})` tells what "
            "fits together."
        ) from error


def _check_types(*tensors: Tensor) -> None:
    kinds = {
        f"{x.dtype} ({x.layout}, {x.device})"
        if isinstance(x, Tensor)
        else type(x).__name__
        for x in tensors
    }
    dtype = getattr(tensors[0], "dtype", torch.bool)
    if len(kinds) > 1 or not (dtype.is_floating_point or dtype == torch.int64):
        raise TypeError(
            f"Got {' and '.join(sorted(kinds))}, but expected tensors of one type, "
            "floating-point or int64; convert them with .to()."
        )


def _check_labels(logits: Tensor, labels: Tensor) -> None:
    if not logits.is_floating_point() or labels.dtype != torch.int64:
        raise TypeError(
            f"Got logits {logits.dtype} and labels {labels.dtype}, but expected floats "
            "and int64; of soft targets, take the argmax, or autograd."
        )
    if logits.ndim != 2 or not logits.numel() or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"Got logits {tuple(logits.shape)} and labels {tuple(labels.shape)}, but "
            "expected (N, C) and (N,), N and C at least 1."
        )
    if not 0 <= labels.min() <= labels.max() < logits.shape[1]:
        raise ValueError(
            f"Labels go from {labels.min()} to {labels.max()}, but must be from 0 to "
            f"{logits.shape[1] - 1}."
        )


def _check_gradient(grad: Tensor, images: Tensor, shape: Sequence[int]) -> None:
    _check_types(grad, images)
    if tuple(grad.shape) != tuple(shape):
        raise ValueError(
            f"grad_output is {tuple(grad.shape)}, but must be as the output, "
            f"{tuple(shape)}."
        )


def _pair(value: Pair, least: int = 0) -> tuple[int, int]:
    pair = tuple(value) if isinstance(value, Sequence) else (value,)
    if isinstance(value, str) or min(pair) < least:  # which PyTorch has let pass
        raise ValueError(
            f"Got {value!r}, but padding and dilation are whole numbers or pairs of "
            "them, a dilation of at least 1."
        )
    return int(pair[0]), int(pair[-1])


def _pool(kernel_size: Pair, stride: Pair | None) -> tuple[tuple[int, int], ...]:
    """The size and the stride of a pool."""
    return _pair(kernel_size), _pair(stride or kernel_size)


def _margins(padding: Pair) -> list[int]:
    """As `F.pad` takes them: left, right, top, bottom."""
    vertical, horizontal = _pair(padding)
    return [horizontal, horizontal, vertical, vertical]
