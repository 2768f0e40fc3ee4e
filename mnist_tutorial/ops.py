"""The arithmetic of convolution and pooling: sizes and fields of view."""

from collections.abc import Iterable


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
