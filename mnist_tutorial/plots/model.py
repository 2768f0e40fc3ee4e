"""The figures of model."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from numpy.typing import ArrayLike

from mnist_tutorial.plots.common import digit, together


def price(answers: dict, ax: Axes | None = None) -> Axes:
    """The curve −ln p: the loss of an answer that gives the label the probability p.

    Args:
        answers: by name, such a probability above 0; each is marked on the curve.
    """
    ax = plt.subplots(figsize=(5, 2.4))[1] if ax is None else ax
    probs = np.linspace(0.01, 1, 199)
    ax.plot(probs, -np.log(probs), color="C0")
    for name, prob in answers.items():
        loss = -np.log(prob)
        ax.plot(prob, loss, "o", color="C1")
        ax.annotate(
            f"{name}: p = {prob:.2f}, loss {loss:.2f}",
            (prob, loss),
            (8, 2),
            textcoords="offset points",
            fontsize=9,
        )
    ax.set(xlabel="probability p of the label", ylabel="loss −ln p (nats)")
    ax.set(xlim=(0, 1), ylim=(0, None))
    return ax


def network(
    layers,
    channels: int = 1,
    side: int = 28,
    back: dict | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A network to scale: every map a box, as high as it has rows, as deep as channels.

    Numbers without places, after a flatten, are a bar: ten channels are as long as one
    pixel. Below each box stand its name and shape.

    Args:
        layers: rows of `model.layers`: a `name` and an `output_shape`, (N, C, H, W) or
            (N, C), each.
        channels, side: of the images that go in.
        back: by layer, a number that arrives there on the way back from the loss.
    """
    ax = plt.subplots(figsize=(7.8, 3.0))[1] if ax is None else ax
    shapes = [("image", (channels, side, side))]
    shapes += [(layer.name, tuple(layer.output_shape[1:])) for layer in layers]
    x, gap, middles = 0.0, 7 if back else 4, {}
    for k, (name, shape) in enumerate(shapes):
        depth, height, width = (*shape, 1, 1)[:3] if len(shape) == 1 else shape
        right = _box(ax, x, depth / 10, height, 0.35 * width, f"C{_hue(name)}")
        label = " × ".join(map(str, shape))
        middle = middles[name] = (x + right) / 2
        below = -side / 2 - 2 - 3.4 * (k % 2)
        ax.plot([middle] * 2, [-height / 2, below + 1], color="0.8", lw=0.8, zorder=0)
        ax.text(middle, below, f"{name}\n{label}", ha="center", va="top", size=8)
        x = right + gap
    top = side / 2 + 6
    if back:
        _way_back(ax, {middles[name]: number for name, number in back.items()}, x, top)
        x, top = x + 6, top + 6
    ax.set(xlim=(-3, x), ylim=(-side / 2 - 13, top), aspect="equal")
    ax.set_axis_off()
    return ax


def _way_back(ax: Axes, arriving: dict, start: float, height: float) -> None:
    """Arrows from the loss, at the right, to each place, with the number above it."""
    ax.text(start, height, "loss", ha="left", va="center", size=9, color="C5")
    arrow = {"arrowstyle": "->", "color": "C5", "shrinkA": 2, "shrinkB": 2}
    for x in sorted(arriving, reverse=True):
        ax.annotate("", (x, height), (start, height), arrowprops=arrow)
        text = f"{arriving[x]:.2g}"
        ax.text(x, height + 1.2, text, ha="center", va="bottom", size=9, color="C5")
        start = x


def _hue(name: str) -> int:
    """One colour of the palette for each kind of layer."""
    kinds = ("image", "conv", "pool")
    return next((k for k, kind in enumerate(kinds) if name.startswith(kind)), 3)


def _box(ax: Axes, x: float, depth: float, height: float, slant: float, colour: str):
    """A box whose front face is `depth` wide; its back is drawn up and to the right."""
    low, high, up = -height / 2, height / 2, 0.45 * slant
    faces = (
        ([x, x + depth, x + depth, x], [low, low, high, high], 1.0),
        (
            [x, x + depth, x + depth + slant, x + slant],
            [high, high, high + up, high + up],
            0.6,
        ),
        (
            [x + depth, x + depth + slant, x + depth + slant, x + depth],
            [low, low + up, high + up, high],
            0.8,
        ),
    )
    for xs, ys, alpha in faces:
        ax.fill(xs, ys, color=colour, alpha=alpha, lw=0)
        ax.fill(xs, ys, facecolor="none", edgecolor="white", lw=0.6)
    return x + depth + slant


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
        starts = [0, *np.flatnonzero(np.diff(row)) + 1]
        for start, end in together(starts, [*starts[1:], length]):
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
    for position, value in together(y, millions):
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
    for ax, (title, values) in together(axes, panels.items()):
        heights = np.asarray(values, dtype=float)
        colours = ["C1" if k == marked else "C0" for k in range(len(heights))]
        ax.bar(np.arange(len(heights)), heights, color=colours)
        value = heights[marked]
        ax.text(marked, value, f"{value:.3g}", ha="center", va="bottom", size=9)
        ax.set_ylim(0, 1.15 * heights.max(initial=1))
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
        for ax, column in together(axes, percent.T):
            ax.barh(
                place,
                column,
                height=0.9 * height,
                color=f"C{k}",
                hatch=hatches[k],
                edgecolor="white",
                label=network,
            )
            for position, value in together(place, column):
                ax.text(value + 1, position, f"{value:.1f}", va="center", size=8)
    for ax, title in together(axes, titles):
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
    places = np.indices((size, size))
    inside = np.all(places < kept, 0)
    checks = np.where((places // window).sum(0) % 2, 0.55, 0.8)
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
    step = len(image) / size
    border = kept * step - 0.5
    end = len(image) - 0.5
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
    for ax, (name, size) in together(axes, sizes.items()):
        digit(image, f"{name}\n{size} × {size}", ax)
        side = len(np.asarray(image).squeeze())
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
    for ax, (label, curves) in together(axes, panels.items()):
        for k, (name, values) in enumerate(curves.items()):
            style = ("-", "--", "-.")[k]
            curve = np.asarray(values)
            ax.plot(margin, curve, linestyle=style, color=f"C{k}", label=name)
        ax.axvline(0, color="0.7", linewidth=0.8)
        ax.set(xlabel="margin of the right class (logits)", ylabel=label)
    axes[0].legend(loc="upper right")
    return axes
