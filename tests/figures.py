"""One call of every figure in `plots` on small made-up data, and what can be read."""

from unittest.mock import patch

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb

from mnist_tutorial import plots

RNG = np.random.default_rng(0)
IMAGES = torch.from_numpy(RNG.random((6, 1, 28, 28), dtype=np.float32))
SIGNED = RNG.normal(size=(4, 7, 7))
SHARES = [(0.9, 0.85, 0.94), (0.5, 0.4, 0.6), (1.0, 0.8, 1.0)]

CALLS = {
    "over_setting": lambda: plots.over_setting(
        {"a": {"x": {1: [0.2, 0.4], 10: [0.5, 0.9]}}, "b": {"y": {1: [0.1, 0.1]}}},
        "size",
        log="xy",
        ticks=(1, 10),
        guess={1: 0.3, 10: 0.6},
    ),
    "gains": lambda: plots.gains(
        {"net": {"one": [0.01, 0.02], "other": [-0.01, 0.0]}},
        "gain",
        {"one": 0.02, "other": 0.0},
    ),
    "loss_slice": lambda: plots.loss_slice(
        1 + RNG.random((5, 6)), (-1, 2, 0, 3), {"walk": [(0, 0), (1, 2)]}
    ),
    "stairs": lambda: plots.stairs(
        {"none": [0.04, 0.05], "more": [0.02, 0.03]}, {"more": 0.01}
    ),
    "clock": lambda: plots.clock({"slow": [5.0, 8.0], "fast": [0.5, 0.6]}),
    "findings": lambda: plots.findings(
        {"one": {"a": (True, "1"), "b": (False, "2")}, "two": {"a": (True, "3")}}
    ),
    "page": lambda: plots.page(
        "mine",
        {"cat": IMAGES[0, 0], "dog": IMAGES[1, 0]},
        {"guessing": SHARES[1], "ours": SHARES[0]},
        [[5, 1], [0, 4]],
        [(IMAGES[2, 0], "cat?")],
        "made by me",
    ),
    "digit": lambda: plots.digit(IMAGES[0], "seven"),
    "digits": lambda: plots.digits(IMAGES, titles=range(6), columns=4),
    "intervals": lambda: plots.intervals(SHARES, truth=0.87, labels=["a", "b", "c"]),
    "exams": lambda: plots.exams({"one": SHARES, "other": SHARES}, truth=0.87),
    "confusion": lambda: plots.confusion(torch.arange(100).reshape(10, 10)),
    "per_class": lambda: plots.per_class({"recall": SHARES, "precision": SHARES}),
    "reliability_diagram": lambda: plots.reliability_diagram(
        ([0.2, np.nan, 0.9], [0.3, np.nan, 0.8], [4, 0, 90]),
        [(0.3, 0.1, 0.5), (np.nan,) * 3, (0.8, 0.7, 0.9)],
    ),
    "running_errors": lambda: plots.running_errors(
        {"seed 0": RNG.random(50) < 0.1, "seed 1": RNG.random(50) < 0.1}, middle=25
    ),
    "leads": lambda: plots.leads({"pairs": [(10, 3), (20, 5)]}, [(1, 1), (30, 9)], 20),
    "idx_files": lambda: plots.idx_files(
        {
            "labels": bytes([0, 0, 8, 1, 0, 0, 0, 50, *range(50)]),
            "images": bytes([0, 0, 8, 3, *[0, 0, 0, 2] * 3, *range(40)]),
        }
    ),
    "image_rows": lambda: plots.image_rows(
        {"some": IMAGES[:3], "more": IMAGES}, titles=[range(3), range(6)], limits=(0, 1)
    ),
    "scales": lambda: plots.scales({"right": IMAGES, "inverted": 1 - IMAGES}),
    "grey_levels": lambda: plots.grey_levels(np.arange(256)),
    "fault_table": lambda: plots.fault_table(
        ["late", "early"], ["look_at it"], [[True], [False]]
    ),
    "likeness": lambda: plots.likeness([1, 2, 3], {"file": [0.3, 0.2, 0.1]}),
    "ink_map": lambda: plots.ink_map(np.arange(784).reshape(28, 28) / 784),
    "regrouped": lambda: plots.regrouped(np.repeat([[0, 1], [2, 3]], 50, 1), IMAGES),
    "cost_and_error": lambda: plots.cost_and_error(
        {"a": 7e6, "b": 8e7}, {"a": [0.98, 0.97], "b": [0.96, 0.99]}
    ),
    "class_scores": lambda: plots.class_scores(
        {"logits": [-1, 2, 0], "probs": [0.1, 0.7, 0.2]}, marked=1
    ),
    "layer_shares": lambda: plots.layer_shares(
        {
            "ours": {"conv": (1, 9), "fc": (9, 1)},
            "other": {"conv": (5, 5), "fc": (5, 5)},
        },
        ["parameters", "MACs"],
    ),
    "dropped_positions": lambda: plots.dropped_positions(7, 2, IMAGES[0]),
    "fields_of_view": lambda: plots.fields_of_view(IMAGES[0], {"one": 3, "two": 10}),
    "against_margin": lambda: plots.against_margin(
        np.arange(5), {"loss": {"one": np.arange(5), "other": np.ones(5)}, "slope": {}}
    ),
    "loss_curves": lambda: plots.loss_curves(
        {
            "slow": (np.arange(40), np.full(40, 2.3)),
            "fast": (np.arange(60), RNG.random(60)),
        }
    ),
    "clocks": lambda: plots.clocks(
        {"slow": (0.1, RNG.random(40)), "fast": (1.0, RNG.random(40))}
    ),
    "training_run": lambda: plots.training_run(
        [2.3, 1.0, 0.5, 0.4], [(0.9, 0.7), (0.4, 0.9)], [0.1] * 4, [0.9, 0.92], 0.9
    ),
    "fingerprints": lambda: plots.fingerprints(
        {"sound": np.linspace(2, 0, 40), "broken": np.linspace(2, 99, 40)}, columns=2
    ),
    "check_matrix": lambda: plots.check_matrix(
        [[True, False], [True, True]], ["first", "second"], ["bug", "other bug"]
    ),
    "after_resuming": lambda: plots.after_resuming(
        {"whole": RNG.random(20), "resumed": RNG.random(20)}, stopped_at=12
    ),
    "reading": lambda: plots.reading(IMAGES[0], np.arange(10) / 45),
    "pixel_values": lambda: plots.pixel_values(IMAGES[0] - 0.5, (9, 10), size=4),
    "parts_of_data": lambda: plots.parts_of_data(
        {"training": (50, "learn"), "test": (10, "report")}
    ),
    "templates": lambda: plots.templates(IMAGES[:, 0] - 0.5, titles="abcdef"),
    "ladder": lambda: plots.ladder({"chance": 0.1, "better": 0.8}),
    "shift_curves": lambda: plots.shift_curves(
        {"one": {"left": [0.9, 0.5], "up": [0.9, 0.4]}, "other": {"left": [0.9, 0.8]}}
    ),
    "equation": lambda: plots.equation(
        {"piece": np.eye(3), "sum": 3, "signed": [[-1, 2.5]]},
        "=×",
        {"piece": [(0, 0, 2, 2)]},
    ),
    "gallery": lambda: plots.gallery(
        IMAGES[0],
        {"small": np.eye(3), "large": RNG.normal(size=(5, 5))},
        {"small": IMAGES[0, 0], "large": IMAGES[1, 0] - 0.5},
    ),
    "window_positions": lambda: plots.window_positions(
        6, {"plain": (3, 1, 0, 1), "padded, dilated": (3, 2, 1, 2)}
    ),
    "signed_maps": lambda: plots.signed_maps(
        {"map": IMAGES[0] - 0.5, "zero": np.zeros((4, 4))}, "grey levels"
    ),
    "nonzeros": lambda: plots.nonzeros(np.eye(30), corner=(5, 8)),
    "nudged": lambda: plots.nudged(
        [0, 1, 2], [3.0, 1.0, 2.0], (1.0, 1.0, -0.5), [0.5, 1.0]
    ),
    "relearned": lambda: plots.relearned(
        {"step 0": RNG.normal(size=(3, 3)), "step 9": np.eye(3)}, [4.0, 2.0, 0.1]
    ),
    "difference_errors": lambda: plots.difference_errors(
        [1, 0.1], {"64 bits": [0.1, 1e-3], "32 bits": [0.1, 1.0]}
    ),
    "layer_gradients": lambda: plots.layer_gradients(
        {"ReLU": [0.1, 0.2], "sigmoid": [1e-6, 0.2]}
    ),
    "by_seed": lambda: plots.by_seed({"one": [0.9, 0.95], "other": [0.1]}, guess=0.5),
    "kernels": lambda: plots.kernels({"before": SIGNED, "after": SIGNED[:2]}),
    "map_rows": lambda: plots.map_rows(
        {"conv1": SIGNED, "after ReLU": SIGNED.clip(0)}, IMAGES[0]
    ),
    "framed_images": lambda: plots.framed_images(
        {"trained": (IMAGES[:4], "0123", [(-2, 3, 8, 8)] * 4)}
    ),
    "attributions": lambda: plots.attributions(
        IMAGES[0],
        {"trained": {"signed": SIGNED[0], "zero": np.zeros((3, 3))}, "not": {}},
    ),
    "agreement": lambda: plots.agreement(
        {"saliency": {"two": [0.5, 0.6], "one": [0.1, 0.0]}}
    ),
    "fields": lambda: plots.fields({"conv1": IMAGES[0, 0]}, (5, 5, 18, 18)),
    "step_costs": lambda: plots.step_costs(
        {"ours": SHARES, "theirs": SHARES[::-1]}, ["all", "no crop", "none"]
    ),
    "distortion_ladders": lambda: plots.distortion_ladders(
        {"shift": ("pixels", [0, 1, 2], {"one": SHARES}), "noise": ("", [0], {})}
    ),
    "coverage_curves": lambda: plots.coverage_curves(
        {"one": (np.array([0.5, 1.0]), np.array([1.0, 0.9]))}
    ),
    "confidences": lambda: plots.confidences(
        {"digits": [0.99, 1.0, 0.5], "noise": np.full(7, 0.2)}, threshold=0.9
    ),
    "wide_pictures": lambda: plots.wide_pictures(
        {"read as 12": RNG.random((30, 90)), "read as 3": RNG.random((30, 80))}
    ),
    "attacked": lambda: plots.attacked(
        IMAGES[:2, 0], IMAGES[2:4, 0] - 0.5, IMAGES[:2, 0], ["ab", "cd", "ef"]
    ),
}


def contrasts(figure) -> dict[str, float]:
    """By text, the contrast (1 to 21, as WCAG counts) to what it is written on.

    It is the median over the pixels of the text's box, so that a line that crosses it
    does not count; of a text that is drawn twice, the lower one.
    """
    written = []

    def note(renderer, gc, x, y, text, prop, angle, ismath=False, mtext=None):
        width, height, _ = renderer.get_text_width_height_descent(text, prop, ismath)
        turn = np.exp(1j * np.deg2rad(angle))
        corners = (
            x
            + 1j * (figure.bbox.height - y)
            + turn * np.array([0, width, 1j * height, width + 1j * height])
        )
        written.append((text, gc.get_rgb(), gc.get_alpha(), corners))

    figure.canvas.draw()  # lays the figure out
    with patch.object(RendererAgg, "draw_text", note):
        figure.canvas.draw()  # all but the texts
    picture = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3] / 255
    result: dict[str, float] = {}
    for text, colour, alpha, corners in written:
        if text.strip():
            below = _piece(picture, corners, to_rgb(figure.get_facecolor()))
            ink = alpha * np.array(colour[:3]) + (1 - alpha) * below
            one, other = np.sort([_luminance(ink), _luminance(below)], 0)
            contrast = float(np.median((other + 0.05) / (one + 0.05)))
            result[text] = min(contrast, result.get(text, 21.0))
    return result


def _piece(picture: np.ndarray, corners: np.ndarray, outside) -> np.ndarray:
    """The pixels (K, 3) of the box around some points; beside the picture, `outside`"""
    left, right = int(corners.real.min()), int(corners.real.max()) + 1
    bottom, top = int(corners.imag.min()), int(corners.imag.max()) + 1
    piece = picture[max(0, bottom) : max(0, top), max(0, left) : max(0, right)]
    beside = (right - left) * (top - bottom) - piece.shape[0] * piece.shape[1]
    return np.concatenate([piece.reshape(-1, 3), np.tile(outside, (beside, 1))])


def _luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours (K, 3), by WCAG 2.2."""
    linear = np.where(
        colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]
