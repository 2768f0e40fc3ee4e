"""One call of every figure in `plots` on small made-up data, and what can be read."""

from functools import partial
from typing import NamedTuple
from unittest.mock import patch

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba

from mnist_tutorial import model, plots
from mnist_tutorial.chain import Value, behind

RNG = np.random.default_rng(0)
IMAGES = torch.from_numpy(RNG.random((6, 1, 28, 28), dtype=np.float32))
SIGNED = RNG.normal(size=(4, 7, 7))
SHARES = [(0.9, 0.85, 0.94), (0.5, 0.4, 0.6), (1.0, 0.8, 1.0)]


def shared_weight(*names: str) -> Value:
    """The square of a sum in which one weight is used twice, with its slopes."""
    a, w, b = (Value(k + 1.5, name) for k, name in enumerate(names))
    last = (a * w + w * b).squared()
    last.backward()
    return last


CALLS = {
    "class_bars": partial(plots.class_bars, [-1, 0, 2, 0.5], title="t", ylabel="sum"),
    "mosaic": partial(plots.mosaic, SIGNED, title="maps", signed=True),
    "kernel_numbers": partial(plots.kernel_numbers, SIGNED[0, :3, :3], title="kernel"),
    "scaled_map": partial(plots.scaled_map, SIGNED[0], title="map"),
    "framed": partial(plots.framed, IMAGES[0, 0], (3, 4, 5), title="input"),
    "losses_so_far": partial(plots.losses_so_far, [(1, 2.3), (2, 2.0)], title="A"),
    "numerals": partial(
        plots.numerals, RNG.random((20, 2)), np.arange(20) % 10, (0.4, 0.2)
    ),
    "lines_of_text": partial(
        plots.lines_of_text,
        [("left", "right"), ("1", "2")],
        [(0, "left"), (1, "right")],
        title="t",
        marked=1,
    ),
    "sliders": partial(plots.sliders, {"a": 20, "b": 70}, (0, 100), "guess"),
    "over_setting": partial(
        plots.over_setting,
        {"a": {"x": {1: [0.2, 0.4], 10: [0.5, 0.9]}}, "b": {"y": {1: [0.1, 0.1]}}},
        "size",
        log="xy",
        ticks=(1, 10),
        message=["y"],
    ),
    "every_seed": partial(
        plots.every_seed,
        {"a": {"x": [0.2, 0.4], "y": [0.5, 0.9]}, "b": {"x": [0.1, 0.1], "y": [0.3]}},
        message=["y"],
    ),
    "gains": partial(
        plots.gains,
        {k: {"one": [0.01, 0.02], "other": [-0.01, 0.0]} for k in ("net", "mlp")},
        "gain",
        {"one": 0.02, "other": 0.0},
    ),
    "loss_slice": partial(
        plots.loss_slice,
        1 + RNG.random((5, 6)),
        (-1, 2, 0, 3),
        {"walk": [(0, 0), (1, 2)]},
    ),
    "network": partial(plots.network, model.layers(model.ConvNet(4), IMAGES[:1])),
    "price": partial(plots.price, {"label 3": 0.5, "label 8": 0.1}),
    "two_gains": partial(
        plots.two_gains,
        {"one": ((0.03, -0.01), (0.02, 0.01)), "other": ((-0.01, 0), (0.4, -0.4))},
        {
            "one": ((0.01, -0.002, 0.022), (0.02, 0.01, 0.03)),
            "other": ((-0.01, -0.02, -0.004), (0.0, -0.5, 0.5)),
        },
    ),
    "growth": partial(
        plots.growth,
        {
            name: {"measured": {1: 0.02, 8: 0.09}, "memory": {1: 0.001, 8: 0.03}}
            for name in ("batch", "threads")
        },
    ),
    "clock": partial(plots.clock, {"slow": [5.0, 8.0], "fast": [0.5, 0.6]}),
    "findings": partial(
        plots.findings,
        {"one": {"a": (True, "1"), "b": (False, "2")}, "two": {"a": (True, "3")}},
    ),
    "page": partial(
        plots.page,
        "mine",
        {"cat": IMAGES[0, 0], "dog": IMAGES[1, 0]},
        {"guessing": SHARES[1], "ours": SHARES[0]},
        [[5, 1], [0, 4]],
        [(IMAGES[2, 0], "cat?")],
        "made by me",
    ),
    "digit": partial(plots.digit, IMAGES[0], "seven"),
    "digits": partial(plots.digits, IMAGES, titles=range(6), columns=4),
    "intervals": partial(plots.intervals, SHARES, truth=0.87, labels=["a", "b", "c"]),
    "exams": partial(plots.exams, {"one": SHARES, "other": SHARES}, truth=0.87),
    "confusion": partial(plots.confusion, torch.arange(100).reshape(10, 10)),
    "per_class": partial(plots.per_class, {"recall": SHARES, "precision": SHARES}),
    "reliability_diagram": partial(
        plots.reliability_diagram,
        ([0.2, np.nan, 0.9], [0.3, np.nan, 0.8], [4, 0, 90]),
        [(0.3, 0.1, 0.5), (np.nan,) * 3, (0.8, 0.7, 0.9)],
    ),
    "running_errors": partial(
        plots.running_errors,
        {"seed 0": RNG.random(50) < 0.1, "seed 1": RNG.random(50) < 0.1},
        middle=25,
    ),
    "simulated": partial(
        plots.simulated, np.random.default_rng(7).binomial(40, 0.5, 900), 12, 20
    ),
    "plausible": partial(
        plots.plausible,
        np.linspace(0.8, 0.9, 11),
        np.exp(-(np.linspace(-3, 3, 11) ** 2)),
        (0.85, 0.82, 0.88),
    ),
    "leads": partial(
        plots.leads,
        {"pairs": [(10, 3, 0.5), (20, 12, 0.01)]},
        [(1, 1), (30, 9)],
        20,
    ),
    "idx_files": partial(
        plots.idx_files,
        {
            "labels": bytes([0, 0, 8, 1, 0, 0, 0, 50, *range(50)]),
            "images": bytes([0, 0, 8, 3, *[0, 0, 0, 2] * 3, *range(40)]),
        },
    ),
    "image_rows": partial(
        plots.image_rows,
        {"some": IMAGES[:3], "more": IMAGES},
        titles=[range(3), range(6)],
        limits=(0, 1),
    ),
    "scales": partial(plots.scales, {"right": IMAGES, "inverted": 1 - IMAGES}),
    "batches": partial(plots.batches, [(IMAGES, [3, 1, 4, 1, 5, 9])] * 4),
    "grey_levels": partial(plots.grey_levels, np.arange(256)),
    "fault_table": partial(
        plots.fault_table, ["late", "early"], ["look_at it"], [[True], [False]]
    ),
    "likeness": partial(plots.likeness, [1, 2, 3], {"file": [0.3, 0.2, 0.1]}),
    "ink_map": partial(plots.ink_map, np.arange(784).reshape(28, 28) / 784),
    "regrouped": partial(plots.regrouped, np.repeat([[0, 1], [2, 3]], 50, 1), IMAGES),
    "cost_and_error": partial(
        plots.cost_and_error,
        {"a": 7e6, "b": 8e7},
        {"a": [0.98, 0.97], "b": [0.96, 0.975]},
    ),
    "class_scores": partial(
        plots.class_scores, {"logits": [1, 2, 0], "probs": [0.1, 0.7, 0.2]}, marked=1
    ),
    "layer_shares": partial(
        plots.layer_shares,
        {
            "ours": {"conv": (1, 9), "fc": (9, 1)},
            "other": {"conv": (5, 5), "fc": (5, 5)},
        },
        ["parameters", "MACs"],
    ),
    "dropped_positions": partial(plots.dropped_positions, 7, 2, IMAGES[0]),
    "fields_of_view": partial(plots.fields_of_view, IMAGES[0], {"one": 3, "two": 10}),
    "against_margin": partial(
        plots.against_margin,
        np.arange(5),
        {"loss": {"one": np.arange(5), "other": np.ones(5)}, "slope": {}},
    ),
    "loss_curves": partial(
        plots.loss_curves,
        {
            "slow": (np.arange(40), np.full(40, 2.3)),
            "fast": (np.arange(60), RNG.random(60)),
        },
    ),
    "clocks": partial(
        plots.clocks, {"slow": (0.1, RNG.random(40)), "fast": (1.0, RNG.random(40))}
    ),
    "walks": partial(plots.walks, {"small": [1, 0.8, 0.6], "large": [1, -1.2, 1.4]}),
    "bowl": partial(
        plots.bowl,
        np.add.outer(np.arange(-2.0, 3) ** 2, 3 * np.arange(-2.0, 3) ** 2),
        (-2, 2),
        {"one": [(1, 1), (0.5, 0)], "other": [(1, 1), (-1.5, 0)]},
        ("first", "second"),
    ),
    "healthy_and_broken": partial(
        plots.healthy_and_broken,
        {"sound": np.linspace(2.3, 0.5, 30), "broken": np.full(30, 2.3)},
        {"sound": np.full(30, 1.5), "broken": np.geomspace(1, 90, 30)},
    ),
    "training_run": partial(
        plots.training_run,
        [2.3, 1.0, 0.5, 0.4],
        [(0.9, 0.7), (0.4, 0.9)],
        [0.1] * 4,
        [0.9, 0.92],
        0.9,
    ),
    "fingerprints": partial(
        plots.fingerprints,
        {"sound": np.linspace(2, 0, 40), "broken": np.linspace(2, 99, 40)},
        columns=2,
    ),
    "check_matrix": partial(
        plots.check_matrix,
        [[True, False], [True, True]],
        ["first", "second"],
        ["bug", "other bug"],
    ),
    "after_resuming": partial(
        plots.after_resuming,
        {"whole": RNG.random(20), "resumed": RNG.random(20)},
        stopped_at=12,
    ),
    "reading": partial(plots.reading, IMAGES[0], np.arange(10) / 45),
    "pixel_values": partial(plots.pixel_values, IMAGES[0] - 0.5, (9, 10), size=4),
    "templates": partial(plots.templates, IMAGES[:, 0] - 0.5, titles=[*"abcdef"]),
    "ladder": partial(plots.ladder, {"chance": 0.1, "better": 0.8}),
    "shift_curves": partial(
        plots.shift_curves,
        {
            "one": {"left": [0.9, 0.5], "up": [0.9, 0.4]},
            "other": {"left": [0.9, 0.8], "up": [0.9, 0.7]},
        },
    ),
    "equation": partial(
        plots.equation,
        {"piece": np.eye(3), "sum": 3, "signed": [[-1, 2.5]]},
        ["=", "×"],
        {"piece": [(0, 0, 2, 2)]},
    ),
    "gallery": partial(
        plots.gallery,
        IMAGES[0],
        {"small": np.eye(3), "large": RNG.normal(size=(5, 5))},
        {"small": IMAGES[0, 0], "large": IMAGES[1, 0] - 0.5},
    ),
    "filmstrip": partial(
        plots.filmstrip,
        np.arange(20).reshape(4, 5),
        [[-1, 0], [0, 2]],
        [(0, 0), (0, 1), (2, 3)],
    ),
    "rungs": partial(
        plots.rungs,
        {
            "still": {"pixels": [0.84, 0.85], "edges": [0.95, 0.94]},
            "moved": {"pixels": [0.3, 0.28], "edges": [0.6, 0.58]},
        },
    ),
    "window_positions": partial(
        plots.window_positions,
        6,
        {"plain": (3, 1, 0, 1), "padded, dilated": (3, 2, 1, 2)},
    ),
    "signed_maps": partial(
        plots.signed_maps,
        {"map": IMAGES[0] - 0.5, "zero": np.zeros((4, 4))},
        "grey levels",
    ),
    "nonzeros": partial(plots.nonzeros, np.eye(30), corner=(5, 8)),
    "nudged": partial(
        plots.nudged, [0, 1, 2], [3.0, 1.0, 2.0], (1.0, 1.0, -0.5), [-0.5, 0.5, 1.0]
    ),
    "graph": partial(plots.graph, behind(shared_weight("x₁", "w", "x₂"))),
    "relearned": partial(
        plots.relearned,
        {"step 0": RNG.normal(size=(3, 3)), "step 9": np.eye(3)},
        [4.0, 2.0, 0.1],
    ),
    "difference_errors": partial(
        plots.difference_errors,
        [1, 0.1],
        {"64 bits": [0.1, 1e-3], "32 bits": [0.1, 1.0]},
    ),
    "layer_gradients": partial(
        plots.layer_gradients, {"ReLU": [0.1, 0.2], "sigmoid": [1e-6, 0.2]}
    ),
    "by_seed": partial(plots.by_seed, {"one": [0.9, 0.95], "other": [0.1]}),
    "by_order": partial(
        plots.by_order,
        {
            "out": {"a": [1, 0.5, 0], "b": [1, 1, 0]},
            "in": {"a": [0, 1, 1], "b": [0, 0, 1]},
        },
    ),
    "kernels": partial(plots.kernels, {"before": SIGNED, "after": SIGNED[:2]}),
    "map_rows": partial(
        plots.map_rows, {"conv1": SIGNED, "after ReLU": SIGNED.clip(0)}, IMAGES[0]
    ),
    "attributions": partial(
        plots.attributions,
        IMAGES[0],
        {"trained": {"signed": SIGNED[0], "zero": np.zeros((3, 3))}, "not": {}},
    ),
    "agreement": partial(
        plots.agreement, {"saliency": {"two": [0.5, 0.6], "one": [0.1, 0.0]}}
    ),
    "fields": partial(plots.fields, {"conv1": IMAGES[0, 0]}, (5, 5, 18, 18)),
    "step_costs": partial(
        plots.step_costs,
        {"ours": SHARES, "theirs": SHARES[::-1]},
        ["all", "no crop", "none"],
    ),
    "distortion_ladders": partial(
        plots.distortion_ladders,
        {"shift": ("pixels", [0, 1, 2], {"one": SHARES}), "noise": ("", [0], {})},
    ),
    "coverage_curves": partial(
        plots.coverage_curves, {"one": (np.array([0.5, 1.0]), np.array([1.0, 0.9]))}
    ),
    "confidences": partial(
        plots.confidences,
        {"digits": [0.99, 1.0, 0.5], "noise": np.full(7, 0.2)},
        threshold=0.9,
    ),
    "wide_pictures": partial(
        plots.wide_pictures,
        {"read as 12": RNG.random((30, 90)), "read as 3": RNG.random((30, 80))},
    ),
    "attacked": partial(
        plots.attacked,
        IMAGES[:2, 0],
        IMAGES[2:4, 0] - 0.5,
        IMAGES[:2, 0],
        [[*"ab"], [*"cd"], [*"ef"]],
    ),
}


class Written(NamedTuple):
    """A text as it was drawn."""

    text: str  # one line
    colour: np.ndarray  # red, green, blue, opacity
    corners: np.ndarray  # of its box, x + iy in pixels


def written(figure) -> tuple[list[Written], np.ndarray]:
    """All texts that are drawn, and the figure without them: (rows, columns, 3)."""
    texts = []

    def note(renderer, gc, x, y, text, prop, angle, ismath=False, mtext=None):
        width, height, below = renderer.get_text_width_height_descent(
            text, prop, ismath
        )
        box = np.array([0, width, 1j * height, width + 1j * height]) - 1j * below
        corners = (
            x + 1j * (figure.bbox.height - y) + np.exp(1j * np.deg2rad(angle)) * box
        )
        colour = np.array([*gc.get_rgb()[:3], gc.get_alpha()])
        if text.strip():
            texts.append(Written(text.strip(), colour, corners))

    figure.canvas.draw()  # lays the figure out
    with patch.object(RendererAgg, "draw_text", note):
        figure.canvas.draw()
    return texts, np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3] / 255


def contrasts(texts: list[Written], picture: np.ndarray) -> dict[str, float]:
    """By text, the contrast (1 to 21, as WCAG counts) to the picture behind it.

    It is the median over the pixels of the text's box, so that a line that crosses it
    does not count; of a text that is drawn twice, the lower one.
    """
    result: dict[str, float] = {}
    for text, (*colour, opacity), corners in texts:
        below = _piece(picture, corners)
        ink = opacity * np.array(colour) + (1 - opacity) * below
        one, other = np.sort([_luminance(ink), _luminance(below)], 0)
        contrast = float(np.median((other + 0.05) / (one + 0.05)))
        result[text] = min(contrast, result.get(text, 21.0))
    return result


def _piece(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The pixels (K, 3) of the box around some points."""
    left, right = int(corners.real.min()), int(corners.real.max()) + 1
    bottom, top = int(corners.imag.min()), int(corners.imag.max()) + 1
    return picture[max(0, bottom) : top, max(0, left) : right].reshape(-1, 3)


def _luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours (K, 3), by WCAG 2.2."""
    linear = np.where(
        colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]


def points(line) -> list[tuple[float, float]]:
    """What a line connects, or its markers."""
    return [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)]


def bars(ax) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each rectangle."""
    return [(*bar.get_xy(), bar.get_width(), bar.get_height()) for bar in ax.patches]


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def labels(axis) -> list[str]:
    """What is written at an axis' ticks."""
    return [label.get_text() for label in axis.get_ticklabels()]


def errorbars(ax) -> list[tuple[list[float], list[float], list[list[float]]]]:
    """Of each series: where its points are, and from where to where each bar goes."""
    result = []
    for container in ax.containers:
        line, _, (lines,) = container
        axis = 0 if container.has_xerr else 1
        drawn = [s for s in lines.get_segments() if len(s)]  # none at a nan
        ends = [sorted(segment[:, axis]) for segment in drawn]
        result.append((list(line.get_xdata()), list(line.get_ydata()), ends))
    return result


def outlined(ax) -> bool:
    """Whether all rectangles on the axes are outlines, so that they hide nothing."""
    return all(to_rgba(p.get_facecolor())[3] == 0 for p in ax.patches)


def rows_of(ax) -> list[str]:
    """What stands beside the rows."""
    return labels(ax.yaxis)


def data_of(line) -> list[tuple[float, float]]:
    """The points of a line."""
    return list(zip(line.get_xdata(), line.get_ydata(), strict=True))
