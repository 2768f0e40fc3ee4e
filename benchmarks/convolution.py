"""Row h: the course's own convolution beside PyTorch's, on the article's three layers.

`ops.conv2d` is written to be read. The limit is the layer's arithmetic at the peak of
matrices.

Command: `python -m tools bench --row h`, less than a minute.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F

from benchmarks import measure
from mnist_tutorial import ops

TITLE = "milliseconds of a convolution, 64 images"

REPEATS, CALLS, IMAGES = 7, 10, 64
# Channels in and out, and the side of the images, of each layer.
LAYERS = {"conv1": (1, 32, 28), "conv2": (32, 64, 14), "conv3": (64, 128, 7)}


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """A line for each layer of the article's network, forwards."""
    repeats, calls = (2, 1) if quick else (REPEATS, CALLS)
    candidates: dict[tuple[str, str], Callable[[], float]] = {}
    both: dict[str, Callable[..., torch.Tensor]] = {
        "ours": ops.conv2d,
        "theirs": F.conv2d,
    }
    for name, (c_in, c_out, side) in LAYERS.items():
        images = torch.randn(IMAGES, c_in, side, side, device=device)
        kernel = torch.randn(c_out, c_in, 3, 3, device=device)
        for whose, convolve in both.items():
            once = partial(convolve, images, kernel, padding=1)
            once()  # the first call chooses how to compute
            candidates[name, whose] = partial(_milliseconds, once, calls, device)
    figures = measure.interleaved(candidates, repeats)
    peak = measure.matrix_peak(torch.float32, device)
    return [
        measure.line(
            f"ops.conv2d, {name}",
            "ms",
            figures[name, "ours"],
            figures[name, "theirs"],
            "F.conv2d",
            limit=1000 * 2 * IMAGES * side**2 * 9 * c_in * c_out / peak,
            limit_is="matrix peak",
        )
        for name, (c_in, c_out, side) in LAYERS.items()
    ]


def _milliseconds(
    work: Callable[[], object], calls: int, device: torch.device
) -> float:
    """The mean of some calls."""
    taken = measure.seconds(lambda: [work() for _ in range(calls)], device)
    return 1000 * taken / calls
