"""The figures of data."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import digits, together


def idx_files(contents: dict, shown: int = 24) -> np.ndarray:
    """The first bytes of IDX files, in hexadecimal, coloured by what they mean.

    Args:
        contents: the files' bytes, by what they hold.
        shown: how many bytes of each.
    """
    _, axes = plt.subplots(
        len(contents), 1, figsize=(8, 1.15 * len(contents)), squeeze=False
    )
    for ax, (name, content) in together(axes.flat, contents.items()):
        n_dims = content[3]
        parts = [
            ("zero", 2, "0.92"),
            ("type", 1, "#ffbc79"),
            ("how\nmany", 1, "#ababab"),
        ]
        for k in range(n_dims):
            size = int.from_bytes(content[4 + 4 * k : 8 + 4 * k], "big")
            parts.append((f"{size:,}", 4, ("#a2c8ec", "#5f9ed1")[k % 2]))
        parts.append(("content, one byte each", shown - 4 - 4 * n_dims, "white"))
        start = 0
        for meaning, length, colour in parts:
            for k in range(start, start + length):
                box = plt.Rectangle((k, 0), 1, 1, facecolor=colour, edgecolor="0.4")
                ax.add_patch(box)
                ax.text(k + 0.5, 0.47, f"{content[k]:02x}", ha="center", va="center")
            ax.plot([start + 0.1, start + length - 0.1], [-0.2] * 2, color="0.2", lw=1)
            middle = start + length / 2
            ax.text(middle, -0.35, meaning, ha="center", va="top", fontsize=8)
            start += length
        ax.text(shown + 0.2, 0.4, "…", fontsize=12)
        ax.set(xlim=(-0.1, shown + 1), ylim=(-1.0, 1.1))
        ax.set_title(f"the file of the {name}: {len(content):,} bytes", fontsize=10)
        ax.set_axis_off()
    return axes


def scales(batches: dict) -> np.ndarray:
    """The first image of each batch; above it mean and deviation of the whole batch.

    Args:
        batches: images (N, 1, H, W), by name.
    """
    arrays = {name: np.asarray(images) for name, images in batches.items()}
    titles = [
        f"{name}\nmean {x.mean(dtype=float):z.2f}\nstd {x.std(dtype=float):.2f}"
        for name, x in arrays.items()
    ]
    first = [x[0] for x in arrays.values()]
    return digits(first, titles, columns=len(arrays), size=1.4)


def batches(pairs: Sequence, shown: int = 6) -> np.ndarray:
    """The first images of some batches, with their labels, each batch by its number.

    Args:
        pairs: images (N, 1, H, W) or (N, H, W), and labels (N,), of each batch. The
            images of a batch are drawn from its darkest value to its brightest.
        shown: how many images of each.
    """
    rows = -(-len(pairs) // 3)
    _, axes = plt.subplots(rows, 3, figsize=(8, 0.85 * rows), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (images, labels) in enumerate(pairs):
        ax, first = axes.flat[k], np.asarray(images[:shown])
        height, width = first.shape[-2:]
        strip = np.hstack(list(first.reshape(-1, height, width)))
        ax.imshow(strip, cmap="gray", interpolation="nearest")
        for n, label in enumerate(labels[:shown]):
            middle = (n + 0.5) * width - 0.5
            ax.text(middle, -0.06 * height, int(label), size=8, ha="center")
        name = f"{k + 1}"
        ax.text(-0.2 * width, height / 2, name, size=11, ha="right", va="center")
    return axes


def grey_levels(counts: ArrayLike, ax: Axes | None = None) -> Axes:
    """How many pixels have each of the 256 grey levels, on a logarithmic axis."""
    ax = plt.gca() if ax is None else ax
    counts = np.asarray(counts)
    parts = (
        ("background, 0", slice(0, 1), "0.2", ""),
        ("grey, 1 to 254", slice(1, 255), "C0", ""),
        ("full ink, 255", slice(255, 256), "C1", "//"),
    )
    for name, part, colour, hatch in parts:
        levels = np.arange(len(counts))[part]
        ax.bar(levels, counts[part], 1, color=colour, hatch=hatch, label=name)
    ax.set(xlabel="grey level (0 to 255)", ylabel="pixels", yscale="log")
    ax.margins(x=0.01)
    ax.legend(loc="upper center", ncols=3)
    return ax


def fault_table(
    faults: Sequence[str],
    checks: Sequence[str],
    caught: ArrayLike,
    ax: Axes | None = None,
) -> Axes:
    """Which check (column) notices which fault (row).

    Args:
        checks: their names; `_` stands for a space.
        caught: (faults, checks) bool, True where the check objects.
    """
    caught = np.asarray(caught, dtype=bool)
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.9 + 0.32 * len(faults)))
    ax.pcolormesh(
        caught, cmap="Blues", vmin=0, vmax=1.6, edgecolors="white", linewidth=2
    )
    for r, c in np.ndindex(caught.shape):
        word, colour = ("notices", "black") if caught[r, c] else ("passes", "0.45")
        ax.text(
            c + 0.5, r + 0.5, word, ha="center", va="center", color=colour, fontsize=9
        )
    names = [check.replace("_", "\n", 1).replace("_", " ") for check in checks]
    ax.set_xticks(np.arange(len(checks)) + 0.5, names, fontsize=9)
    ax.set_yticks(np.arange(len(faults)) + 0.5, faults, fontsize=9)
    ax.tick_params(length=0)
    ax.invert_yaxis()
    ax.xaxis.tick_top()
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def likeness(steps: ArrayLike, series: dict, ax: Axes | None = None) -> Axes:
    """How alike images are that lie some steps apart, for several orders.

    Args:
        steps: the distances.
        series: by name, the correlation at each distance.
    """
    ax = plt.gca() if ax is None else ax
    styles = (("o-", "C0"), ("^-", "C1"), ("x--", "0.4"))
    ax.axhline(0, color="black", linewidth=0.8)
    for k, (name, values) in enumerate(series.items()):
        style, colour = styles[k % 3]
        ax.plot(steps, values, style, color=colour, label=name, markersize=4)
    ax.set(xlabel="steps apart in that order (images)", ylabel="correlation (−1 to 1)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def ink_map(share: ArrayLike, ax: Axes | None = None) -> Axes:
    """In what share of the images each pixel has ink; a cross where in none."""
    ax = plt.gca() if ax is None else ax
    share = np.asarray(share)
    picture = ax.imshow(100 * share, cmap="viridis")
    rows, columns = np.nonzero(share == 0)
    ax.plot(columns, rows, "x", color="white", markersize=4)
    ax.figure.colorbar(picture, ax=ax, label="images with ink here (%)")
    ax.set(xlabel="column (pixels)", ylabel="row (pixels)")
    return ax
