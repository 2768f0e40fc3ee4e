"""Convolution and pooling, and their gradients, from the equations.

Shapes are PyTorch's: images (N, C, H, W), kernels (C_out, C, kH, kW). What the field
calls convolution is cross-correlation: the kernel is not flipped.
"""

import operator
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

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


def windows(images: Tensor, size, stride=(1, 1), dilation=(1, 1)) -> Tensor:
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
    images: Tensor, kernel: Tensor, stride=(1, 1), dilation=(1, 1), groups: int = 1
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
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution as `torch.nn.functional.conv2d` computes it.

    Args:
        images: (N, C, H, W) or (C, H, W); any numbers except bool.
        kernel: (C_out, C / groups, kH, kW), of the type of the images.
        bias: (C_out,) or None.
        stride: pixels from one window to the next.
        padding: zeros on each side; "valid" for none; "same" for an output of the
            size of the images (an odd zero goes to the bottom and to the right).
        dilation: pixels from one weight of the kernel to the next.
        groups: the channels are cut into so many groups that do not see each other.

    Returns:
        (N, C_out, H_out, W_out), or without N as the images; see `output_size`.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: shapes or values do not fit together.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep
    learning", arXiv 1603.07285.
    """
    padded, steps, spread, _ = _prepared(
        images, kernel, bias, stride, padding, dilation, groups
    )
    out = correlate(padded, kernel, steps, spread, groups)
    if padded.shape[1] == 0:
        out = out[:, :0]  # PyTorch's rule: no channel in, none out
    elif bias is not None:
        out = out + bias[:, None, None]
    return _like(images, out).contiguous()


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """How many positions a window has along an axis of `size` pixels.

    The window spans `dilation · (kernel − 1) + 1` pixels; the padding lies on both
    sides; a last step that would leave the image is dropped.

    Raises:
        ValueError: the window is larger than the padded image.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep
    learning", arXiv 1603.07285, relationship 6.
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


def max_pool2d(
    images: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0
) -> Tensor:
    """The largest number of each window, channel by channel.

    Args:
        images: (N, C, H, W) or (C, H, W), real numbers.
        kernel_size: the size of the window, in pixels.
        stride: pixels from one window to the next; None: windows that do not overlap.
        padding: pixels on each side that are smaller than any number; at most half of
            the window.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: shapes or values do not fit together.
    """
    size, steps, margin = _pool_arguments(images, kernel_size, stride, padding)
    padded = _pad_below(images, margin)
    return _like(images, windows(padded, size, steps).amax((-2, -1)))


def avg_pool2d(
    images: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0
) -> Tensor:
    """The mean of each window, channel by channel; padded zeros count.

    Args and errors: as `max_pool2d`, with floating-point images and zeros as padding.
    """
    size, steps, margin = _pool_arguments(images, kernel_size, stride, padding)
    if not images.is_floating_point():
        raise TypeError(
            f"The mean of whole numbers ({images.dtype}) is not a whole number; give "
            "images.float()."
        )
    padded = F.pad(_batched(images), _both_sides(margin))
    return _like(images, windows(padded, size, steps).mean((-2, -1)))


# Gradients


class ConvGradients(NamedTuple):
    """The gradients of what went into `conv2d`, each of its shape."""

    images: Tensor
    kernel: Tensor
    bias: Tensor  # (C_out,)


def windows_backward(grads: Tensor, shape, stride=(1, 1), dilation=(1, 1)) -> Tensor:
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
    stride=(1, 1),
    dilation=(1, 1),
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
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> ConvGradients:
    """The gradients of what went into `conv2d`, given that of its output.

    Args:
        grad_output: (N, C_out, H_out, W_out), or without N as the images.
        Others: as they were given to `conv2d`; numbers are floating-point or complex.

    Raises:
        TypeError, ValueError: as `conv2d`; or `grad_output` is not of its output's
            shape or type.
    """
    padded, steps, spread, margins = _prepared(
        images, kernel, None, stride, padding, dilation, groups
    )
    patches = windows(padded, kernel.shape[2:], steps, spread)  # a view: costs nothing
    expected = (*images.shape[:-3], kernel.shape[0], *patches.shape[2:4])
    _check_gradient(grad_output, images, expected, "convolution")
    grad = _batched(grad_output)
    grad_padded, grad_kernel = correlate_backward(
        grad, padded.conj(), kernel.conj(), steps, spread, groups
    )
    left, right, top, bottom = margins
    H, W = grad_padded.shape[2:]
    grad_images = grad_padded[:, :, top : H - bottom, left : W - right]
    return ConvGradients(_like(images, grad_images), grad_kernel, grad.sum((0, 2, 3)))


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
    return grads.unflatten(-1, patches.shape[-2:])


def max_pool2d_backward(
    grad_output: Tensor,
    images: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
) -> Tensor:
    """The gradient of what went into `max_pool2d`, given that of its output.

    Raises:
        TypeError, ValueError: as `max_pool2d`; or `grad_output` is not of its output's
            shape or type.
    """
    size, steps, margin = _pool_arguments(images, kernel_size, stride, padding)
    padded = _pad_below(images, margin)
    patches = windows(padded, size, steps)
    _check_gradient(grad_output, images, _like(images, patches).shape[:-2], "pool")
    grads = max_backward(_batched(grad_output), patches)
    grad = windows_backward(grads, padded.shape[2:], steps)
    (top, left), (H, W) = margin, images.shape[-2:]
    return _like(images, grad[:, :, top : top + H, left : left + W])


def cross_entropy_backward(logits: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the mean cross-entropy with respect to the logits (N, C).

    Args:
        labels: (N,) int64, 0 to C − 1.

    Source: C. Bishop, "Pattern Recognition and Machine Learning" (2006), eq. 4.109.
    """
    N, C = logits.shape
    return (logits.softmax(1) - F.one_hot(labels, C)) / N


# Arguments: put into one form, and checked

_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_TYPES = (*_WHOLE, *_REAL, torch.complex64, torch.complex128)


def _prepared(images, kernel, bias, stride, padding, dilation, groups):
    """The padded batch, stride and dilation as pairs, and the margins; all checked."""
    _check_numbers(images=images, kernel=kernel)
    if bias is not None:
        _check_numbers(images=images, bias=bias)
    _check_shapes(images, kernel)
    stride = _pair("stride", stride, least=1)
    dilation = _pair("dilation", dilation, least=1)
    margins = _margins(padding, kernel.shape[2:], stride, dilation)
    _check_channels(images, kernel, bias, groups)
    padded = F.pad(_batched(images), margins)
    for size, k, d in zip(padded.shape[2:], kernel.shape[2:], dilation, strict=True):
        output_size(size, k, dilation=d)  # raises where the kernel does not fit
    return padded, stride, dilation, margins


def _check_numbers(**tensors) -> None:
    """All are tensors of numbers, of one type and on one device."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name} is of type {type(tensor).__name__}, but must be a tensor; "
                "torch.as_tensor makes one of numbers."
            )
        if tensor.dtype not in _TYPES or tensor.layout != torch.strided:
            raise TypeError(
                f"{name} is {tensor.dtype} ({tensor.layout}), but must hold ordinary "
                "numbers; convert it with .to_dense() or .to(torch.float32)."
            )
    (first, *others) = tensors
    for name in others:
        if tensors[name].dtype != tensors[first].dtype:
            raise TypeError(
                f"{first} is {tensors[first].dtype} and {name} {tensors[name].dtype}, "
                "but they must be of one type; convert one with .to(dtype)."
            )
        if tensors[name].device != tensors[first].device:
            raise ValueError(
                f"{first} is on {tensors[first].device} and {name} on "
                f"{tensors[name].device}; move one with .to(device)."
            )


def _check_gradient(grad_output: Tensor, images: Tensor, expected, what: str) -> None:
    _check_numbers(grad_output=grad_output, images=images)
    if tuple(grad_output.shape) != tuple(expected):
        raise ValueError(
            f"grad_output is {tuple(grad_output.shape)}, but the output of this {what} "
            f"is {tuple(expected)}; give its gradient."
        )


def _check_shapes(images: Tensor, kernel: Tensor) -> None:
    if images.dim() not in (3, 4):
        raise ValueError(
            f"images are {tuple(images.shape)}, but must be (N, C, H, W) or (C, H, W); "
            "add or remove an axis."
        )
    if kernel.dim() != 4 or 0 in (kernel.shape[0], *kernel.shape[2:]):
        raise ValueError(
            f"kernel is {tuple(kernel.shape)}, but must be (C_out, C / groups, kH, kW) "
            "with at least one weight along C_out, kH and kW."
        )
    if 0 in images.shape[-2:]:
        raise ValueError(
            f"images are {tuple(images.shape)}: they have no pixels; give at least one "
            "row and one column."
        )


def _check_channels(images: Tensor, kernel: Tensor, bias, groups) -> None:
    groups = _whole("groups", groups)
    C, C_out = images.shape[-3], kernel.shape[0]
    if groups < 1:
        raise ValueError(f"groups is {groups}, but must be at least 1.")
    if C_out % groups:
        raise ValueError(
            f"The kernel makes {C_out} channels, which {groups} groups cannot share; "
            "choose groups that divides it."
        )
    if kernel.shape[1] * groups != C:
        raise ValueError(
            f"images have {C} channels, but a kernel of shape {tuple(kernel.shape)} "
            f"with groups={groups} reads {kernel.shape[1] * groups}; kernel.shape[1] "
            "must be channels / groups."
        )
    if bias is not None and tuple(bias.shape) != (C_out,):
        raise ValueError(
            f"bias is {tuple(bias.shape)}, but must be ({C_out},): one number for each "
            "channel that the kernel makes."
        )


def _margins(padding, size, stride, dilation) -> tuple[int, int, int, int]:
    """Zeros to the left, right, top and bottom, as `F.pad` wants them."""
    if not isinstance(padding, str):
        return _both_sides(_pair("padding", padding, least=0))
    if padding == "valid":
        return 0, 0, 0, 0
    if padding != "same":
        raise ValueError(
            f'padding is {padding!r}, but must be "same", "valid" or whole numbers.'
        )
    if stride != (1, 1):
        raise ValueError(
            f'padding="same" needs a stride of 1, got {stride}; give the padding as '
            "numbers."
        )
    vertical, horizontal = (d * (k - 1) for k, d in zip(size, dilation, strict=True))
    left, top = horizontal // 2, vertical // 2
    return left, horizontal - left, top, vertical - top


def _both_sides(padding: tuple[int, int]) -> tuple[int, int, int, int]:
    vertical, horizontal = padding
    return horizontal, horizontal, vertical, vertical


def _pool_arguments(images, kernel_size, stride, padding):
    """Size, stride and padding of a pool as pairs, checked together with its images."""
    _check_numbers(images=images)
    if images.is_complex():
        raise TypeError(
            "images are complex, and complex numbers have no order; pool images.abs()."
        )
    if images.dim() not in (3, 4) or 0 in images.shape[-3:]:
        raise ValueError(
            f"images are {tuple(images.shape)}, but must be (N, C, H, W) or (C, H, W) "
            "with at least one channel, row and column."
        )
    size = _pair("kernel_size", kernel_size, least=1)
    stride = size if stride is None else _pair("stride", stride, least=1)
    padding = _pair("padding", padding, least=0)
    if any(2 * p > k for p, k in zip(padding, size, strict=True)):
        raise ValueError(
            f"padding is {padding}, but must be at most half of the window {size}, so "
            "that no window lies outside of the image."
        )
    for pixels, k, p in zip(images.shape[-2:], size, padding, strict=True):
        output_size(pixels, k, padding=p)  # raises where the window does not fit
    return size, stride, padding


def _pad_below(images: Tensor, padding: tuple[int, int]) -> Tensor:
    """Pad with what no maximum notices."""
    real = images.is_floating_point()
    lowest = -torch.inf if real else torch.iinfo(images.dtype).min
    return F.pad(_batched(images), _both_sides(padding), value=lowest)


def _pair(name: str, value, least: int) -> tuple[int, int]:
    items = tuple(value) if isinstance(value, tuple | list) else (value,)
    numbers = [_whole(name, item) for item in items]
    if len(numbers) not in (1, 2) or min(numbers) < least:
        raise ValueError(
            f"{name} is {value!r}, but must be one whole number or a pair, each at "
            f"least {least}."
        )
    return numbers[0], numbers[-1]


def _whole(name: str, value) -> int:
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise TypeError(
        f"{name} is {value!r}, but must be made of whole numbers, such as 2."
    )


def _batched(images: Tensor) -> Tensor:
    return images if images.dim() == 4 else images[None]


def _like(images: Tensor, batch: Tensor) -> Tensor:
    """The batch, or its only item where `images` has no batch dimension."""
    return batch if images.dim() == 4 else batch[0]
