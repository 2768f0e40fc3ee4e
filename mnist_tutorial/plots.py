"""Every figure of the notebooks: arrays and axes in, axes out."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from numpy.typing import ArrayLike


def use_style() -> None:
    """Set fonts, sizes and colours for a notebook's figures."""
    plt.style.use("tableau-colorblind10")
    plt.rcParams.update(
        {
            "figure.figsize": (7.5, 3.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "legend.frameon": False,
        }
    )


def digit(image, title: str = "", ax: Axes | None = None) -> Axes:
    """One image (H, W) or (1, H, W) in grey, 0 (or the lowest value) black."""
    ax = plt.gca() if ax is None else ax
    ax.imshow(np.asarray(image).squeeze(), cmap="gray")
    ax.set_title(title, fontsize=9, loc="center")
    ax.set_axis_off()
    return ax


def digits(images, titles=None, columns: int = 10, size: float = 0.75) -> np.ndarray:
    """Images (N, H, W) or (N, 1, H, W) in a grid, each with its title."""
    rows = -(-len(images) // columns)
    height = size * (1.3 if titles is not None else 1.0)
    _, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * height), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for k, image in enumerate(images):
        digit(image, "" if titles is None else str(titles[k]), axes.flat[k])
    return axes


def _percent(share: float, position: float) -> str:
    return f"{100 * share:.4g} %"


# --- figures of 01_background


def reading(image: ArrayLike, probs: ArrayLike, axes=None):
    """An image beside its ten probabilities (10,); the highest stands out.

    Args:
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(7.5, 2.7), width_ratios=(1, 2.2))
    left, right = axes
    digit(image, ax=left)
    heights = np.asarray(probs, dtype=float)
    top = int(heights.argmax())
    colours = ["C1" if k == top else "C0" for k in range(len(heights))]
    right.bar(np.arange(len(heights)), heights, color=colours)
    for k, height in enumerate(heights):
        if height >= 0.005:
            right.text(k, height + 0.02, f"{100 * height:.0f} %", ha="center", size=8)
    right.set_xticks(range(len(heights)))
    right.set(ylim=(0, 1.15), xlabel="digit", ylabel="probability")
    right.set_yticks((0, 0.5, 1))
    right.yaxis.set_major_formatter(_percent)
    right.set_title(f"Read as a {top}")
    return axes


def pixel_values(image: ArrayLike, corner: tuple[int, int], size: int = 9, axes=None):
    """An image, and the numbers in a square of it.

    Args:
        image: (H, W) or (1, H, W).
        corner: row and column of the square's first pixel.
        size: pixels along its side.
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(7.5, 3.4))
    left, right = axes
    values = np.asarray(image, dtype=float).squeeze()
    row, column = corner
    limits = {"cmap": "gray", "vmin": values.min(), "vmax": values.max()}
    left.imshow(values, **limits)
    box = (column - 0.5, row - 0.5)
    left.add_patch(plt.Rectangle(box, size, size, fill=False, edgecolor="C1", lw=2))
    left.set_title("the picture", loc="center")
    part = values[row : row + size, column : column + size]
    right.imshow(part, **limits)
    middle = (values.min() + values.max()) / 2
    for (i, j), value in np.ndenumerate(part):
        colour = "black" if value > middle else "white"
        text = f"{value:.1f}".replace("-", "−")
        right.text(j, i, text, ha="center", va="center", size=8, color=colour)
    right.set_title("what the computer gets of the square", loc="center")
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])
    for side in right.spines.values():
        side.set(visible=True, color="C1", linewidth=2)
    return axes


def parts_of_data(parts: dict, ax: Axes | None = None) -> Axes:
    """The parts of a data set: a bar for the size of each, and its use beside it.

    Args:
        parts: by name, the number of images and what they are for.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.5 + 0.4 * len(parts)))
    counts = [count for count, _ in parts.values()]
    ax.barh(list(parts), counts, height=0.65, color="C0")
    for k, (count, purpose) in enumerate(parts.values()):
        text = f"{count:,}: {purpose}"
        ax.text(count + 0.015 * max(counts), k, text, va="center", size=10)
    ax.set_xlim(0, 1.5 * max(counts))
    ax.invert_yaxis()
    ax.tick_params(length=0, labelbottom=False, labelsize=10)
    ax.spines[:].set_visible(False)
    return ax


def templates(weights: ArrayLike, titles=None, axes=None) -> np.ndarray:
    """Signed pictures (N, H, W) on one colour scale, symmetric about 0."""
    values = np.asarray(weights, dtype=float)
    if axes is None:
        rows = -(-len(values) // 5)
        _, axes = plt.subplots(rows, 5, figsize=(7.5, 1.55 * rows), squeeze=False)
    axes = np.asarray(axes)
    most = np.abs(values).max()
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (ax, value) in enumerate(zip(axes.flat, values, strict=False)):
        shown = ax.imshow(value, cmap="RdBu", vmin=-most, vmax=most)
        ax.set_title("" if titles is None else titles[k], loc="center", fontsize=9)
    bar = axes.flat[0].figure.colorbar(shown, ax=axes, shrink=0.8)
    bar.set_label("weight")
    return axes


def ladder(scores: dict, ax: Axes | None = None) -> Axes:
    """One bar for each classifier's accuracy, the first at the bottom."""
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 0.6 + 0.42 * len(scores)))
    shares = list(scores.values())
    ax.barh(list(scores), shares, height=0.65, color="C0")
    for k, share in enumerate(shares):
        ax.text(share + 0.01, k, f"{100 * share:.1f} %", va="center", size=9)
    ax.set(xlim=(0, 1.1), xlabel="accuracy on the validation images")
    ax.set_xticks(np.arange(0, 1.1, 0.2))
    ax.xaxis.set_major_formatter(_percent)
    ax.tick_params(axis="y", length=0)
    return ax


def shift_curves(curves: dict, axes=None) -> np.ndarray:
    """Accuracy against the shift, a panel for each classifier, a line for each way.

    Args:
        curves: by classifier, then by direction: the accuracy at 0, 1, 2, … pixels.
        axes: as many as classifiers.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(curves), figsize=(7.5, 2.9), sharey=True)
    axes = np.atleast_1d(axes)
    markers = (">", "<", "v", "^", "o")
    colours = ("C0", "C1", "C3", "C5", "C2")
    for ax, (name, ways) in zip(axes, curves.items(), strict=True):
        ax.axhline(0.1, color="0.5", linewidth=0.8, linestyle="--")
        for k, (way, shares) in enumerate(ways.items()):
            style = {"marker": markers[k % 5], "color": colours[k % 5]}
            ax.plot(range(len(shares)), shares, label=way, linewidth=1, **style)
        ax.set(ylim=(0, 1.04), xlabel="shift (pixels)", title=name)
        ax.set_xticks(range(len(shares)))
        ax.yaxis.set_major_formatter(_percent)
    axes[0].set_ylabel("accuracy")
    axes[0].text(0, 0.11, "guessing", size=8, color="0.35", va="bottom")
    axes[-1].legend(loc="lower left", bbox_to_anchor=(0, 0.12), fontsize=9)
    return axes


# --- figures of 02_convolution


def equation(
    panels: dict,
    signs: Sequence[str] = (),
    boxes: dict | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Small arrays side by side with the number in each cell, and signs between them.

    An array without negative numbers is grey, 0 black; any other is red below 0 and
    blue above it.

    Args:
        panels: numbers, or arrays (H, W), by their titles.
        signs: what stands after the first panel, after the second, and so on.
        boxes: by title, frames (row, column, height, width) around cells.
    """
    arrays = {k: np.atleast_2d(np.asarray(p, dtype=float)) for k, p in panels.items()}
    gap = 1.6
    rows = max(len(array) for array in arrays.values())
    width = sum(array.shape[1] + gap for array in arrays.values())
    if ax is None:
        cell = min(0.36, 8 / width)
        ax = plt.subplots(figsize=(cell * width, cell * (rows + 2)))[1]
    x = 0.0
    for (title, array), sign in zip(
        arrays.items(), [*signs, *[""] * len(arrays)], strict=False
    ):
        height, columns = array.shape
        top = (rows - height) / 2
        _numbered(ax, array, x, top)
        ax.text(x + columns / 2, top - 0.2, title, ha="center", va="bottom", size=9)
        for i, j, h, w in (boxes or {}).get(title, ()):
            frame = plt.Rectangle((x + j, top + i), w, h, fill=False, ec="C1", lw=2.5)
            ax.add_patch(frame)
        x += columns + gap
        ax.text(x - gap / 2, rows / 2, sign, ha="center", va="center", size=13)
    ax.set(xlim=(-0.3, x - gap + 0.3), ylim=(rows + 0.1, -1.4), aspect="equal")
    ax.set_axis_off()
    return ax


def _numbered(ax: Axes, array: np.ndarray, x: float, y: float) -> None:
    """Draw an array with its numbers; its upper left corner is at (x, y)."""
    height, width = array.shape
    limit = np.abs(array).max() or 1.0
    signed = (array < 0).any()
    ax.imshow(
        array,
        cmap="RdBu" if signed else "gray",
        vmin=-1.3 * limit if signed else 0,
        vmax=1.3 * limit if signed else limit,
        extent=(x, x + width, y + height, y),
    )
    for (i, j), value in np.ndenumerate(array):
        dark = abs(value) > 0.9 * limit if signed else value < 0.55 * limit
        text = f"{round(value, 2) + 0.0:g}".replace("-", "−")  # + 0.0: no "−0"
        ax.text(
            x + j + 0.5,
            y + i + 0.5,
            text,
            ha="center",
            va="center",
            size=8 if len(text) < 4 else 6.5,
            color="white" if dark else "black",
        )
    frame = plt.Rectangle((x, y), width, height, fill=False, ec="0.5", lw=0.8)
    ax.add_patch(frame)


def gallery(image: ArrayLike, kernels: dict, maps: dict) -> np.ndarray:
    """An image, some kernels (with their numbers, if small), and below them the maps.

    Args:
        kernels, maps: arrays (H, W), under the same names. All maps share one scale,
            which ends at half the largest magnitude, so that weak ones show.
    """
    columns = 1 + len(kernels)
    fig, axes = plt.subplots(2, columns, figsize=(8, 3))
    digit(image, "image", axes[0, 0])
    axes[1, 0].set_axis_off()
    limit = max(np.abs(np.asarray(each)).max() for each in maps.values()) / 2
    for (top, bottom), (name, kernel) in zip(axes.T[1:], kernels.items(), strict=True):
        kernel = np.asarray(kernel, dtype=float)
        if len(kernel) <= 3:
            _numbered(top, kernel, 0, 0)
        else:
            most = np.abs(kernel).max()
            top.imshow(kernel, cmap="RdBu", vmin=-most, vmax=most)
        top.set_title(name, fontsize=9, loc="center")
        picture = bottom.imshow(
            np.asarray(maps[name]), cmap="RdBu", vmin=-limit, vmax=limit
        )
        top.set_axis_off()
        bottom.set_axis_off()
    below = axes[1, 1:].tolist()
    fig.colorbar(picture, ax=below, extend="both", shrink=0.9, pad=0.02)
    return axes


def window_positions(size: int, settings: dict, axes=None) -> np.ndarray:
    """Every position of a window along one axis, one below the other.

    Args:
        size: pixels along the axis.
        settings: (kernel, stride, padding, dilation) by their titles.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(settings), figsize=(8, 2.9))
    axes = np.atleast_1d(axes)
    margin = max(padding for _, _, padding, _ in settings.values())
    most = 0
    for ax, (title, setting) in zip(axes.flat, settings.items(), strict=True):
        kernel, stride, padding, dilation = setting
        span = dilation * (kernel - 1) + 1
        starts = np.arange(-padding, size + padding - span + 1, stride)
        for column in range(-padding, size + padding):
            inside = 0 <= column < size
            cell = plt.Rectangle((column, 0), 1, 1, ec="0.5", fc="0.85")
            if not inside:
                cell.set(facecolor="white", hatch="////")
            ax.add_patch(cell)
            text = str(column) if inside else "0"
            ax.text(column + 0.5, 0.5, text, ha="center", va="center", size=9)
        for position, start in enumerate(starts):
            y = position + 1.3
            for k in range(kernel):
                corner = (start + k * dilation + 0.08, y)
                ax.add_patch(plt.Rectangle(corner, 0.84, 0.8, color="C0"))
            ax.plot([start + 0.1, start + span - 0.1], [y + 0.4] * 2, color="C0", lw=1)
            ax.text(size + padding + 0.3, y + 0.4, str(position), va="center", size=9)
        most = max(most, len(starts))
        ax.set(xlim=(-margin - 0.2, size + margin + 1.2), aspect="equal")
        ax.set_title(title, fontsize=9, loc="center")
        ax.set_axis_off()
    for ax in axes.flat:
        ax.set_ylim(most + 1.6, -0.2)
    return axes


def signed_maps(maps: dict, unit: str = "", limit: float | None = None) -> np.ndarray:
    """Maps (H, W) side by side on one scale around 0, with its colour bar.

    Args:
        maps: by their titles.
        unit: what the numbers are, written at the bar.
        limit: end of the scale; by default the largest magnitude of all maps.
    """
    arrays = {name: np.asarray(values).squeeze() for name, values in maps.items()}
    if limit is None:
        limit = max(np.abs(array).max() for array in arrays.values()) or 1.0
    fig, axes = plt.subplots(1, len(arrays), figsize=(8, 2.6), squeeze=False)
    for ax, (name, array) in zip(axes.flat, arrays.items(), strict=True):
        picture = ax.imshow(array, cmap="RdBu", vmin=-limit, vmax=limit)
        ax.set_title(name, fontsize=9, loc="center")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(True)
    fig.colorbar(picture, ax=list(axes.flat), label=unit, shrink=0.85, pad=0.02)
    return axes


def nonzeros(matrix: ArrayLike, corner: tuple[int, int], axes=None) -> np.ndarray:
    """Where a matrix is not 0: all of it, and its upper left corner in signed colours.

    Args:
        corner: rows and columns of the part that is drawn large.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.6))
    matrix, (rows, columns) = np.asarray(matrix, dtype=float), corner
    whole, part = axes
    whole.spy(matrix, markersize=0.6, color="C0")
    frame = plt.Rectangle((-0.5, -0.5), columns, rows, fill=False, ec="C1", lw=1.5)
    whole.add_patch(frame)
    limit = np.abs(matrix).max()
    part.imshow(
        matrix[:rows, :columns], cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto"
    )
    for ax in axes:
        ax.xaxis.tick_bottom()
        ax.set(xlabel="pixel of the image", ylabel="number of the map")
    return axes


# --- figures of 03_data


def idx_files(contents: dict, shown: int = 24) -> np.ndarray:
    """The first bytes of IDX files, in hexadecimal, coloured by what they mean.

    Args:
        contents: the files' bytes, by what they hold.
        shown: how many bytes of each.
    """
    _, axes = plt.subplots(
        len(contents), 1, figsize=(8, 1.15 * len(contents)), squeeze=False
    )
    for ax, (name, content) in zip(axes.flat, contents.items(), strict=True):
        n_dims = content[3]
        parts = [("zero", 2, "0.92"), ("type", 1, "#ffbc79"), ("sizes", 1, "#ababab")]
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


def image_rows(
    rows: dict, titles=None, limits: tuple | None = None, size: float = 0.68
) -> np.ndarray:
    """Rows of images, one below the other, with the name of each row at its left.

    Args:
        rows: images (N, H, W) or (N, 1, H, W), by the name of the row.
        titles: what stands above each image, a sequence for each row; None for nothing.
        limits: the values shown black and white; None: each image's own extremes.
    """
    columns = max(len(images) for images in rows.values())
    height = size * (1.4 if titles is not None else 1.05) * len(rows)
    _, axes = plt.subplots(
        len(rows), columns, figsize=(1.2 + columns * size, height), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for r, (name, images) in enumerate(rows.items()):
        for k, image in enumerate(images):
            title = "" if titles is None else str(np.asarray(titles[r])[k])
            digit(image, title, axes[r, k])
            if limits is not None:
                axes[r, k].images[0].set_clim(*limits)
        axes[r, 0].text(
            -0.15,
            0.5,
            name,
            ha="right",
            va="center",
            fontsize=9,
            transform=axes[r, 0].transAxes,
        )
    return axes


def scales(batches: dict) -> np.ndarray:
    """The first image of each batch; above it mean and deviation of the whole batch.

    Args:
        batches: images (N, 1, H, W), by name.
    """
    arrays = [np.asarray(images) for images in batches.values()]
    titles = [
        f"{name}\nmean {x.mean(dtype=float):z.2f}\nstd {x.std(dtype=float):.2f}"
        for name, x in zip(batches, arrays, strict=True)
    ]
    return digits([x[0] for x in arrays], titles, columns=len(arrays), size=1.4)


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
        levels = np.arange(256)[part]
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


# --- figures of 04_model


def regrouped(owner: ArrayLike, images, ax: Axes | None = None) -> Axes:
    """Which images the numbers of each row come from; images that are cut stand out.

    Args:
        owner: (rows, numbers), the index of the image that each number belongs to.
        images: (N, H, W) or (N, 1, H, W), drawn beside their index.
    """
    ax = plt.subplots(figsize=(7.5, 4.6))[1] if ax is None else ax
    owner = np.asarray(owner)
    length = owner.shape[1]
    for y, row in enumerate(owner):
        starts = np.flatnonzero(np.diff(row, prepend=-1))
        for start, end in zip(starts, [*starts[1:], length], strict=True):
            k = int(row[start])
            cut = np.count_nonzero(owner == k) > end - start
            colour = "#ffbc79" if cut else "0.88"  # the palette's light orange
            ax.barh(y, end - start, left=start, color=colour, edgecolor="white")
            share = (end - start) / length
            zoom = min(0.85, 15 * share)
            picture = OffsetImage(
                np.asarray(images[k]).squeeze(), zoom=zoom, cmap="gray"
            )
            at, room = (0.32, 0.74) if share > 0.12 else (0.37, 0.82)
            numbered = share > 0.075
            x = start + (at if numbered else 0.5) * (end - start)
            ax.add_artist(AnnotationBbox(picture, (x, y), frameon=False, pad=0))
            if numbered:
                x = start + room * (end - start)
                ax.text(x, y, str(k), ha="center", va="center", size=9)
    ax.set(xlim=(0, length), ylim=(len(owner) - 0.5, -0.5))
    ax.set_yticks(range(len(owner)))
    ax.set_ylabel("row that comes out")
    ax.set_xlabel("the row's numbers, from first to last")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def cost_and_error(cost: dict, reached: dict, axes=None):
    """Networks by name: what one image costs, and the error of each seed.

    Args:
        cost: multiply-accumulates for one image.
        reached: accuracies (fractions), one per seed, for each name in `cost`.
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(
            1, 2, figsize=(7.5, 2.6), sharey=True, width_ratios=(1, 1.6)
        )
    left, right = axes
    names = list(cost)
    y = np.arange(len(names))
    millions = np.array([cost[name] for name in names]) / 1e6
    left.barh(y, millions, height=0.55, color="C2")
    for position, value in zip(y, millions, strict=True):
        left.text(value + 1, position, f"{value:.1f}", va="center", size=9)
    left.set(xlim=(0, 1.25 * millions.max()), xlabel="million MACs per image")
    left.set_yticks(y, names)
    left.invert_yaxis()
    for place, name in enumerate(names):
        runs = 100 * (1 - np.asarray(reached[name]))
        right.plot(runs, np.full(len(runs), place), "o", color="C0", clip_on=False)
        right.plot(runs.mean(), place, "|", color="black", markersize=18)
    right.set_xscale("log")
    right.set(xlim=(2, 100), xlabel="validation error (%)")
    right.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    right.minorticks_off()
    right.grid(axis="x", color="0.9")
    right.set_axisbelow(True)
    return axes


def class_scores(panels: dict, marked: int, axes=None):
    """One score per class, a panel for each stage; the class `marked` stands out.

    Args:
        panels: by title, (C,) scores.
        axes: as many as panels.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(panels), figsize=(7.5, 2.3))
    for ax, (title, values) in zip(axes, panels.items(), strict=True):
        heights = np.asarray(values, dtype=float)
        colours = ["C1" if k == marked else "C0" for k in range(len(heights))]
        ax.bar(np.arange(len(heights)), heights, color=colours)
        value = heights[marked]
        ax.text(marked, value, f"{value:.3g}", ha="center", va="bottom", size=9)
        ax.set_ylim(0, 1.15 * max(1.0, heights.max()))
        ax.set_xticks(range(len(heights)))
        ax.set_xlabel("class")
        ax.set_title(title)
    return axes


def layer_shares(networks: dict, titles, axes=None):
    """How the totals of networks divide among their layers, in percent.

    Args:
        networks: by name, {layer: (one number for each panel)}.
        titles: one for each panel.
        axes: as many as titles.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(titles), figsize=(7.5, 3.2), sharey=True)
    names = list(next(iter(networks.values())))
    y = np.arange(len(names))
    height = 0.8 / len(networks)
    hatches = ("", "///", "...")
    for k, (network, numbers) in enumerate(networks.items()):
        table = np.array([numbers[name] for name in names], dtype=float)
        percent = 100 * table / table.sum(0)
        place = y + (k - (len(networks) - 1) / 2) * height
        for ax, column in zip(axes, percent.T, strict=True):
            ax.barh(
                place,
                column,
                height=0.9 * height,
                color=f"C{k}",
                hatch=hatches[k],
                edgecolor="white",
                label=network,
            )
            for position, value in zip(place, column, strict=True):
                ax.text(value + 1, position, f"{value:.1f}", va="center", size=8)
    for ax, title in zip(axes, titles, strict=True):
        ax.set(xlim=(0, 105), xlabel="share (%)", title=title)
    axes[0].set_yticks(y, names)
    axes[0].invert_yaxis()
    axes[-1].legend(loc="lower right")
    return axes


def dropped_positions(size: int, window: int, picture: ArrayLike, axes=None):
    """The positions that a pool without padding leaves out, and where they lie.

    Args:
        size: positions of the map along each axis.
        window: side and stride of the pool.
        picture: (H, W), drawn beside the map with the same strip shaded.
        axes: two, side by side.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(6.5, 3.1))
    windows = size // window
    kept = windows * window
    row, column = np.indices((size, size))
    inside = (row < kept) & (column < kept)
    checks = np.where((row // window + column // window) % 2, 0.55, 0.8)
    left, right = axes
    left.imshow(np.where(inside, checks, np.nan), cmap="Blues", vmin=0, vmax=1.3)
    for i, j in np.ndindex(size, size):
        if inside[i, j]:
            text = str(i // window * windows + j // window)
            left.text(j, i, text, ha="center", va="center", size=9)
        else:
            left.text(j, i, "×", ha="center", va="center", size=11, color="C5")
    image = np.asarray(picture).squeeze()
    digit(image, ax=right)
    step = image.shape[0] / size
    border = kept * step - 0.5
    end = image.shape[0] - 0.5
    for low, high in (((border, -0.5), (end, end)), ((-0.5, border), (border, end))):
        corner, extent = low, (high[0] - low[0], high[1] - low[1])
        right.add_patch(
            plt.Rectangle(corner, *extent, facecolor="none", edgecolor="C1", hatch="//")
        )
    left.set_axis_off()
    return axes


def fields_of_view(image: ArrayLike, sizes: dict) -> np.ndarray:
    """What one number sees of an image: a centred square of each size, by name."""
    _, axes = plt.subplots(1, len(sizes), figsize=(1.85 * len(sizes), 2.15))
    for ax, (name, size) in zip(axes, sizes.items(), strict=True):
        digit(image, f"{name}\n{size} × {size}", ax)
        side = np.asarray(image).shape[-1]
        corner = (side - size) / 2 - 0.5
        ax.add_patch(
            plt.Rectangle((corner, corner), size, size, fill=False, color="C1", lw=2)
        )
    return axes


def against_margin(margin: ArrayLike, panels: dict, axes=None):
    """Curves over the margin of the right class, a panel for each quantity.

    Args:
        margin: (M,) logit of the right class minus that of the others.
        panels: by axis label, {name of the curve: (M,) values}.
        axes: as many as panels.
    """
    if axes is None:
        _, axes = plt.subplots(1, len(panels), figsize=(7.5, 3.0))
    for ax, (label, curves) in zip(axes, panels.items(), strict=True):
        for k, (name, values) in enumerate(curves.items()):
            style = ("-", "--", "-.")[k]
            ax.plot(margin, np.asarray(values), style, color=f"C{k}", label=name)
        ax.axvline(0, color="0.7", linewidth=0.8)
        ax.set(xlabel="margin of the right class (logits)", ylabel=label)
    axes[0].legend(loc="upper right")
    return axes


# --- figures of 05_backpropagation


def nudged(
    weights: ArrayLike,
    losses: ArrayLike,
    start: tuple[float, float, float],
    moved: Sequence[float],
    axes=None,
) -> np.ndarray:
    """The loss over one weight, its tangent, and what each move changes and should.

    Args:
        weights: (M,) values of the weight, increasing.
        losses: (M,) the loss at each.
        start: weight, loss and slope where the tangent touches.
        moved: how far the weight is moved, one panel for each.
        axes: as many as moves.
    """
    weights, losses = np.asarray(weights, float), np.asarray(losses, float)
    if axes is None:
        size = (max(4.8, min(8, 2.7 * len(moved))), 3.3)
        axes = plt.subplots(1, len(moved), figsize=size, sharey=True)[1]
    axes = np.atleast_1d(axes)
    at, loss, slope = start
    furthest = loss + slope * (weights[[0, -1]] - at)
    lowest = min(losses.min(), furthest.min())
    room = losses.max() - lowest
    for ax, move in zip(axes.flat, moved, strict=True):
        real = np.interp(at + move, weights, losses)
        predicted = loss + slope * move
        ax.plot(weights, losses, color="C0", label="true loss")
        ax.plot(
            weights, loss + slope * (weights - at), "--", color="C1", label="tangent"
        )
        ax.plot(at, loss, "o", color="black", label="start")
        ax.plot([at + move] * 2, [real, predicted], color="0.5", linewidth=1)
        ax.plot(at + move, predicted, "^", color="C1", label="predicted")
        ax.plot(at + move, real, "s", color="C0", label="real")
        ax.set_ylim(lowest - 0.08 * room, losses.max() + 0.05 * room)
        title = (
            f"weight moved by {move:+.2f}\n"
            f"predicted {predicted - loss:+.4f}\nreal {real - loss:+.4f}"
        )
        ax.set_title(title.replace("-", "−"), fontsize=10)
        ax.set_xlabel("weight")
    axes.flat[0].set_ylabel("loss (nats per image)")
    figure = axes.flat[0].figure
    figure.legend(
        *axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=5
    )
    return axes


def relearned(kernels: dict, losses: ArrayLike, axes=None):
    """A kernel at several steps of its descent, above the loss at every step.

    Args:
        kernels: (3, 3) each, by title.
        losses: one for each step, above 0.
        axes: two.
    """
    if axes is None:
        _, axes = plt.subplots(2, 1, figsize=(8, 4.6), height_ratios=(1.1, 1))
    top, bottom = axes
    equation(kernels, ax=top)
    bottom.plot(np.asarray(losses), color="C0")
    bottom.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, None))
    return axes


def difference_errors(steps: ArrayLike, errors: dict, ax: Axes | None = None) -> Axes:
    """The error of slopes from finite differences over the step, both logarithmic.

    Args:
        errors: by name, one for each step, relative to the slope.
    """
    ax = plt.gca() if ax is None else ax
    for k, (name, values) in enumerate(errors.items()):
        style = ("o-", "s--", "^-.")[k % 3]
        ax.plot(steps, np.asarray(values), style, color=f"C{k}", ms=4, label=name)
    ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def layer_gradients(series: dict, ax: Axes | None = None) -> Axes:
    """The size of each layer's gradient, first layer to last, logarithmic.

    Args:
        series: by name, the norm of each layer's gradient.
    """
    ax = plt.gca() if ax is None else ax
    for k, (name, norms) in enumerate(series.items()):
        style = ("o-", "s--", "^-.")[k % 3]
        ax.plot(np.arange(1, len(norms) + 1), norms, style, color=f"C{k}", label=name)
    ax.set(yscale="log", xlabel="layer", ylabel="norm of the kernel's gradient")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


# --- figures of 06_training

_CHANCE = float(np.log(10))  # the loss of ten equal probabilities


def loss_curves(
    series: dict, xlabel: str = "step", pieces: int = 20, ax: Axes | None = None
) -> Axes:
    """Losses of several runs, each averaged over equal stretches of its length.

    Args:
        series: by name, (x, losses), one of each per step.
        pieces: into how many stretches each is cut.
    """
    ax = plt.gca() if ax is None else ax
    ax.axhline(_CHANCE, color="0.5", linewidth=0.8, linestyle=":")
    ax.text(1, _CHANCE, " ln 10", va="center", transform=ax.get_yaxis_transform())
    for k, (name, (x, losses)) in enumerate(series.items()):
        points = [
            (np.mean(a), np.mean(b))
            for a, b in zip(
                np.array_split(np.asarray(x, dtype=float), pieces),
                np.array_split(np.asarray(losses, dtype=float), pieces),
                strict=True,
            )
        ]
        style = ("o-", "s--", "^-.", "D:")[k % 4]
        ax.plot(*np.transpose(points), style, color=f"C{k}", markersize=4, label=name)
    ax.set(xlabel=xlabel, ylabel="loss (nats per image)", ylim=(0, None))
    ax.set_xlim(0, None)
    ax.legend(loc="lower left")
    return ax


def clocks(runs: dict, axes=None) -> np.ndarray:
    """The same losses twice: against the step, and against step × speed.

    Args:
        runs: by name, (speed, losses), where speed is lr / (1 − momentum).
        axes: two.
    """
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
    labels = ("step", "step × lr / (1 − momentum)")
    titles = ("counted in steps: far apart", "counted in distance: nearly together")
    for ax, by_speed, xlabel, title in zip(
        axes, (False, True), labels, titles, strict=True
    ):
        series = {
            name: (np.arange(len(losses)) * (speed if by_speed else 1), losses)
            for name, (speed, losses) in runs.items()
        }
        loss_curves(series, xlabel, ax=ax)
        ax.set_title(title)
    axes[0].get_legend().remove()
    axes[1].set_ylabel("")
    return axes


def training_run(
    losses: ArrayLike,
    validation: Sequence,
    rates: ArrayLike,
    seeds: ArrayLike,
    accuracy: float,
    axes=None,
) -> np.ndarray:
    """One run: its losses, its learning rate, and its accuracy beside other seeds'.

    Args:
        losses: of each step.
        validation: (loss, accuracy) after each epoch.
        rates: the learning rate at each step.
        seeds: accuracies of runs that differ only in the seed, fractions.
        accuracy: that of this run.
        axes: three.
    """
    if axes is None:
        ratios = {"width_ratios": (2.2, 1.3, 0.8)}
        _, axes = plt.subplots(1, 3, figsize=(8, 3), gridspec_kw=ratios)
    left, middle, right = axes
    losses = np.asarray(losses, dtype=float)
    steps = np.arange(1, len(losses) + 1)
    window = max(1, len(losses) // 60)
    kept = len(losses) // window * window
    smooth = losses[:kept].reshape(-1, window).mean(1)
    left.plot(steps, losses, color="0.85", linewidth=0.6, label="each step")
    left.plot(
        steps[:kept].reshape(-1, window).mean(1), smooth, color="C0", label="averaged"
    )
    ends = len(losses) / max(1, len(validation)) * np.arange(1, len(validation) + 1)
    left.plot(ends, [v[0] for v in validation], "D", color="C1", label="validation")
    left.set(yscale="log", xlabel="step", ylabel="loss (nats per image)")
    finite = smooth[np.isfinite(smooth) & (smooth > 0)]
    if finite.size:
        left.set_ylim(finite.min() / 4, max(4.0, finite.max()))
    left.legend(loc="upper right", fontsize=9)
    rates = np.asarray(rates, dtype=float)
    middle.plot(np.arange(1, len(rates) + 1), rates, color="C0")
    middle.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
    spread = np.linspace(-0.12, 0.12, len(np.atleast_1d(seeds)))
    right.plot(spread, 100 * np.asarray(seeds), "o", color="0.5", label="shipped")
    right.plot(0.45, 100 * accuracy, "D", color="C1", label="this run")
    right.set_xticks([0, 0.45], ["shipped\nseeds", "this\nrun"], fontsize=9)
    right.set(xlim=(-0.25, 0.7), ylabel="validation accuracy (%)")
    right.yaxis.set_major_formatter("{x:.2f}")
    return axes


def fingerprints(curves: dict, columns: int = 4, axes=None) -> np.ndarray:
    """Loss curves, one in each panel on the same scale; a dotted line at ln 10.

    Args:
        curves: losses of each step, by title. What lies above the panel is cut off and
            its height written.
    """
    rows = -(-len(curves) // columns)
    if axes is None:
        _, axes = plt.subplots(
            rows, columns, figsize=(8, 1.35 * rows + 0.6), sharex=True, sharey=True
        )
    axes = np.atleast_1d(axes)
    highest = 3.2
    for ax in axes.flat[len(curves) :]:
        ax.set_axis_off()
    for ax, (title, losses) in zip(axes.flat, curves.items(), strict=False):
        losses = np.asarray(losses, dtype=float)
        ax.axhline(_CHANCE, color="0.4", linewidth=0.9, linestyle=":")
        ax.axhline(0, color="0.4", linewidth=0.6)
        ax.plot(np.arange(1, len(losses) + 1), losses, color="C0", linewidth=1.2)
        top = np.nanmax(losses)
        if top > highest:
            across = ax.get_yaxis_transform()
            note = f"↑ {top:.1f}"
            ax.text(0.16, highest, note, transform=across, va="top", size=9, color="C5")
        ax.set_title(title, fontsize=9)
        ax.set_ylim(-1, highest)
    for ax in axes.reshape(rows, -1)[:, 0]:
        ax.set_ylabel("loss")
    for ax in axes.reshape(rows, -1)[-1]:
        ax.set_xlabel("step")
    return axes


def check_matrix(
    caught: ArrayLike,
    checks: Iterable[str],
    bugs: Iterable[str],
    ax: Axes | None = None,
) -> Axes:
    """Which check (row) objects to which bug (column), with the sum of each row.

    Args:
        caught: (checks, bugs) bool.
    """
    caught = np.asarray(caught, dtype=bool)
    n_checks, n_bugs = caught.shape
    ax = plt.subplots(figsize=(8, 4.6))[1] if ax is None else ax
    sums = caught.sum(1)
    for r in range(n_checks):
        ax.axhspan(r - 0.42, r + 0.42, color="0.95" if sums[r] < sums.max() else "0.85")
    rows, columns = np.nonzero(caught)
    ax.plot(columns, rows, "o", color="C1", markersize=10)
    for r, total in enumerate(sums):
        ax.text(n_bugs, r, str(total), ha="center", va="center", fontweight="bold")
    ax.set_xticks(
        [*range(n_bugs), n_bugs], [*bugs, "caught"], rotation=40, ha="left", fontsize=9
    )
    ax.set_yticks(range(n_checks), list(checks), fontsize=9)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, n_bugs + 0.6)
    ax.set_ylim(n_checks - 0.5, -0.5)
    return ax


def after_resuming(series: dict, stopped_at: int, ax: Axes | None = None) -> Axes:
    """Losses of runs that should be the same, from a little before an interruption.

    Args:
        series: losses of each step, by name; the first is drawn broad, below the rest.
        stopped_at: after how many steps the runs were interrupted.
    """
    ax = plt.gca() if ax is None else ax
    start = max(0, stopped_at - 10)
    styles = ("-", "o", "s--", "^-.")
    for k, (name, losses) in enumerate(series.items()):
        colour, width = ("0.75", 5) if k == 0 else (f"C{(k - 1) % 3}", 1.2)
        ax.plot(
            np.arange(start + 1, len(losses) + 1),
            losses[start:],
            styles[k % 4],
            color=colour,
            linewidth=width,
            markersize=4,
            label=name,
        )
    ax.axvline(stopped_at + 0.5, color="black", linewidth=0.8, linestyle=":")
    ax.text(stopped_at + 0.7, ax.get_ylim()[1], "stopped", va="top", fontsize=9)
    ax.set(xlabel="step", ylabel="loss (nats per image)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


# --- figures of 07_evaluation


def intervals(
    found: ArrayLike,
    truth: float | None = None,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Shares with their intervals side by side; those that miss `truth` stand out.

    Args:
        found: (share, low, high) for each, fractions.
        truth: a fraction, drawn as a line.
        labels: one for each, below the axis.
    """
    ax = plt.gca() if ax is None else ax
    share, low, high = np.asarray(found, dtype=float).T
    x = np.arange(len(share))
    missed = np.zeros(len(share), dtype=bool)
    if truth is not None:
        missed = (truth < low) | (truth > high)
        ax.axhline(truth, color="black", linewidth=0.8, linestyle="--")
    for chosen, colour, marker in ((~missed, "C0", "o"), (missed, "C5", "X")):
        around = np.abs([share - low, high - share])[:, chosen]
        ax.errorbar(
            x[chosen], share[chosen], around, fmt=marker, color=colour, markersize=5
        )
    if labels is None:
        ax.set_xticks([])
    else:
        ax.set_xticks(x, labels)
    ax.set_xlim(-0.7, len(share) - 0.3)
    ax.yaxis.set_major_formatter(_percent)
    ax.set_ylabel("accuracy")
    return ax


def exams(series: dict, truth: float) -> np.ndarray:
    """One row of `intervals` per way to compute them, titled with how many miss.

    Args:
        series: by name, (share, low, high) for each exam, fractions.
        truth: the accuracy that the intervals should contain, a fraction.
    """
    size = (7.5, 2.1 * len(series))
    _, axes = plt.subplots(len(series), 1, figsize=size, sharey=True, squeeze=False)
    for ax, (name, found) in zip(axes.flat, series.items(), strict=True):
        intervals(found, truth, ax=ax)
        missed = sum(not low <= truth <= high for _, low, high in found)
        ax.set_title(f"{name}: {missed} of {len(found)} miss the dashed line")
    return axes


def confusion(matrix: ArrayLike, ax: Axes | None = None) -> Axes:
    """A confusion matrix (C, C): errors coloured by their number, hits in grey."""
    ax = plt.subplots(figsize=(4.6, 4.6))[1] if ax is None else ax
    counts = np.asarray(matrix)
    hits = np.eye(len(counts), dtype=bool)
    errors = np.ma.masked_array(counts, hits | (counts == 0))
    most = max(1, int(counts[~hits].max()))
    ax.imshow(np.where(hits, 0.9, 1.0), cmap="gray", vmin=0, vmax=1)
    ax.imshow(errors, cmap="viridis", vmin=0, vmax=most)
    for (i, j), count in np.ndenumerate(counts):
        if hits[i, j]:
            ax.text(j, i, f"{count}", ha="center", va="center", size=7, color="0.35")
        elif count:
            colour = "black" if count > 0.6 * most else "white"
            ax.text(j, i, f"{count}", ha="center", va="center", size=9, color=colour)
    ax.set_xticks(range(len(counts)))
    ax.set_yticks(range(len(counts)))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("read as")
    ax.set_ylabel("label")
    return ax


def per_class(series: dict, ax: Axes | None = None) -> Axes:
    """Shares with intervals for each class, one marker per series.

    Args:
        series: by name, (share, low, high) for each class, fractions.
    """
    ax = plt.gca() if ax is None else ax
    styles = (("C0", "o"), ("C1", "s"), ("C3", "^"))
    for k, (name, found) in enumerate(series.items()):
        share, low, high = np.asarray(found, dtype=float).T
        x = np.arange(len(share)) + 0.28 * (k - (len(series) - 1) / 2)
        around = np.abs([share - low, high - share])
        colour, marker = styles[k]
        ax.errorbar(
            x, share, around, fmt=marker, color=colour, markersize=5, label=name
        )
    ax.set_xticks(range(len(share)))
    ax.set_xlabel("class")
    ax.set_ylabel("share")
    ax.yaxis.set_major_formatter(_percent)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=len(series))
    return ax


def reliability_diagram(rows: Iterable, found: ArrayLike, axes=None):
    """Accuracy against confidence, bin by bin, above the number of images in each bin.

    Args:
        rows: confidence, accuracy and images of each bin (see `metrics.Reliability`).
        found: (share, low, high) of each bin's accuracy, nan in an empty bin.
        axes: two, one above the other.
    """
    if axes is None:
        _, axes = plt.subplots(
            2, 1, figsize=(5.5, 4.6), sharex=True, height_ratios=(3, 1.2)
        )
    confidence, accuracy, count = (np.asarray(row, dtype=float) for row in rows)
    share, low, high = np.asarray(found, dtype=float).T
    top, bottom = axes
    top.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle="--")
    note = "dashed: as often right as it is sure"
    top.text(0.98, 0.04, note, ha="right", size=9, color="0.35")
    top.errorbar(
        confidence, accuracy, np.abs([share - low, high - share]), fmt="o", color="C0"
    )
    top.set(ylim=(-0.03, 1.03), ylabel="accuracy")
    top.yaxis.set_major_formatter(_percent)
    edges = np.linspace(0, 1, len(count) + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    bottom.bar(middle, count, width=0.9 / len(count), color="C2")
    for x, images in zip(middle, count, strict=True):
        if images:
            bottom.text(x, images * 1.2, f"{images:,.0f}", ha="center", size=8)
    bottom.set_yscale("log")
    bottom.set(xlim=(0, 1), ylim=(0.7, count.max() * 12), ylabel="images")
    bottom.set_xlabel("confidence: the highest probability")
    bottom.xaxis.set_major_formatter(_percent)
    return axes


def running_errors(wrong: dict, middle: int, ax: Axes | None = None) -> Axes:
    """How many of the images up to each position were misread.

    Args:
        wrong: by name, (N,) bool in the order of the file.
        middle: where the second part begins.
    """
    ax = plt.gca() if ax is None else ax
    styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
    colours = ("C0", "C1", "C3", "C5", "C2")
    for k, (name, marks) in enumerate(wrong.items()):
        total = np.cumsum(np.asarray(marks))
        ax.plot(total, label=name, linestyle=styles[k % 5], color=colours[k % 5])
    ax.axvline(middle, color="black", linewidth=0.8)
    ax.set(xlabel="position in the test file (images)", ylabel="errors so far")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.margins(x=0)
    ax.legend(loc="upper left")
    return ax


def leads(
    pairs: dict, border: ArrayLike, unpaired: float, ax: Axes | None = None
) -> Axes:
    """Comparisons of two networks, and how large a lead chance can explain.

    Args:
        pairs: by name, (disagreements, lead) in images for each comparison.
        border: (disagreements, lead) from which a paired test finds p < 0.05.
        unpaired: the lead, in images, that an unpaired test would ask for.
    """
    ax = plt.gca() if ax is None else ax
    x, y = np.asarray(border, dtype=float).T
    ax.axhline(
        unpaired, color="black", linewidth=1, linestyle="--", label="unpaired border"
    )
    ax.plot(x, y, color="black", linewidth=1, label="paired border")
    ax.fill_between(x, 0, y, color="0.92")
    styles = (("C0", "o"), ("C1", "^"))
    for (name, points), (colour, marker) in zip(pairs.items(), styles, strict=False):
        a, b = np.asarray(points, dtype=float).T
        ax.plot(a, b, marker, color=colour, label=name, clip_on=False, zorder=3)
    ax.set(xlim=(0, None), ylim=(0, None))
    ax.set_xlabel("images that exactly one of the two gets right")
    ax.set_ylabel("lead (images)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
