"""Further calls of the figures: what is optional, what is empty, what is at an edge."""

from functools import partial

import numpy as np
from figures import IMAGES, SHARES, SIGNED

from mnist_tutorial import model, plots
from mnist_tutorial.chain import Value, behind

RNG = np.random.default_rng(1)
ONE_TO_SIX = np.arange(1.0, 7).reshape(2, 3)


def unlike() -> Value:
    """A sum in which a number counts negatively, one not at all, and one twice."""
    a, b, c = Value(2.0, "a"), Value(-0.123456, "b"), Value(0.0, "c")
    last = a * b + b * c + a * c
    last.backward()
    return last


def not_yet() -> Value:
    """A square of a product, before any slope is known."""
    return (Value(2.0, "a") * Value(3.0, "b")).squared()


EDGES = {
    "class_bars": [
        partial(plots.class_bars, [0.1, 0.7, 0.2], marked=2),
        partial(plots.class_bars, [-3, -2, 5.0], marked=0),
    ],
    "mosaic": [
        partial(plots.mosaic, SIGNED[:3].clip(0), across=2),
        partial(plots.mosaic, np.zeros((5, 2, 3))),
    ],
    "kernel_numbers": [
        partial(plots.kernel_numbers, ONE_TO_SIX / -1000),
        partial(plots.kernel_numbers, ONE_TO_SIX),
    ],
    "scaled_map": [partial(plots.scaled_map, np.zeros((3, 4)))],
    "framed": [partial(plots.framed, IMAGES[0, 0], (0, 1, 28))],
    "losses_so_far": [
        partial(plots.losses_so_far, []),
        partial(plots.losses_so_far, [(1, 2.3), (101, 0.4)]),
    ],
    "lines_of_text": [
        partial(plots.lines_of_text, [("a",), ("b",), ("c",)], [(0.5, "center")])
    ],
    "over_setting": [
        partial(plots.over_setting, {"a": {"x": {1: [0.2, 0.5]}}}, "size", "error"),
        partial(
            plots.over_setting,
            {k: {str(n): {1: [0.1 * n], 1000: [0.2]} for n in range(7)} for k in "abc"},
            "size",
            log="x",
            ticks=(1, 1000),
        ),
        partial(plots.over_setting, {"a": {"x": {1: [0.2], 2: [0.3]}}}, "s", log="y"),
        partial(
            plots.over_setting,
            {"a": {name: {1: [0.2], 2: [0.3]} for name in "xyz"}},
            "size",
            message=["z", "x"],
        ),
    ],
    "every_seed": [partial(plots.every_seed, {"a": {"x": [0.2]}})],
    "gains": [partial(plots.gains, {"net": {"one": [0.01, 0.02, 0.04]}}, "gain")],
    "loss_slice": [
        partial(
            plots.loss_slice,
            np.arange(30.0).reshape(5, 6),
            (0, 1, 2, 4),
            {"one": [(0, 2), (1, 3)], "two": [(0, 2), (0.5, 4)]},
        )
    ],
    "network": [
        partial(
            plots.network,
            model.layers(model.ConvNet(2), IMAGES[:1])[:3],
            channels=3,
            side=32,
        ),
        partial(
            plots.network,
            model.layers(model.ConvNet(4), IMAGES[:1]),
            back={"conv1": 0.123, "fc3": 4},
        ),
    ],
    "price": [partial(plots.price, {})],
    "two_gains": [
        partial(
            plots.two_gains,
            {f"trick {k}": ((0.002 * k, 0.01), (0, 0)) for k in range(9)},
            {f"trick {k}": ((0.002 * k, -0.01, 0.03), (0, 0, 0)) for k in range(9)},
            ("a first label of some length", "a second one"),
        )
    ],
    "growth": [
        partial(
            plots.growth,
            {
                name: {
                    curve: {1: 0.002 * k, 2000: 0.1 * k}
                    for k, curve in enumerate("abcde", 1)
                }
                for name in ("batch", "width", "threads")
            },
        )
    ],
    "clock": [
        partial(plots.clock, {"a": [100.0], "b": [99.0, 98.0], "c": [0.3, 0.35]}),
        partial(plots.clock, {"a": [5.0], "b": [0.5], "c": [2.5]}),
    ],
    "page": [
        partial(
            plots.page,
            "a $ in the\x07 title",
            {f"class number {k}": IMAGES[k % 6, 0] for k in range(21)},
            {"one $": SHARES[0], "two": SHARES[1], "three": SHARES[2]},
            np.arange(441).reshape(21, 21),
            [(IMAGES[k % 6, 0], f"{k} $?") for k in range(13)],
            "line\nline $",
        ),
        partial(
            plots.page,
            "twenty",
            {f"name of {k:02}": IMAGES[0, 0] for k in range(20)},
            {"one": SHARES[0]},
            np.eye(20, dtype=int),
            [],
            "",
        ),
    ],
    "digit": [partial(plots.digit, IMAGES[0, 0]), partial(plots.digit, IMAGES[1], "$")],
    "digits": [
        partial(plots.digits, IMAGES),
        partial(plots.digits, [*IMAGES, *IMAGES], titles=[*"abcdefghijkl"], size=1),
    ],
    "intervals": [
        partial(plots.intervals, SHARES),
        partial(plots.intervals, SHARES, truth=0.85),
        partial(plots.intervals, SHARES, truth=0.6),
        partial(plots.intervals, SHARES, truth=0.0),
    ],
    "exams": [
        partial(plots.exams, {"one": SHARES}, truth=0.85),
        partial(plots.exams, {"one": SHARES}, truth=0.94),
    ],
    "confusion": [
        partial(plots.confusion, np.eye(3, dtype=int) * 7),
        partial(plots.confusion, [[5, 1, 0], [0, 4, 12], [2, 0, 0]]),
    ],
    "per_class": [
        partial(plots.per_class, {"a": SHARES}),
        partial(plots.per_class, dict.fromkeys("abc", SHARES)),
    ],
    "running_errors": [
        partial(
            plots.running_errors,
            {f"seed {k}": np.arange(6) % (k + 1) == 0 for k in range(6)},
            middle=3,
        ),
        partial(plots.running_errors, {"a": np.arange(1200) % 100 == 0}, middle=600),
    ],
    "leads": [
        partial(
            plots.leads,
            {
                "one": [(1, 2, 1)],
                "two": [(3, 4, 0), (5, 6, 0.05)],
                "three": [(0, 0, 1)],
            },
            [(1, 1), (9, 5)],
            3,
        )
    ],
    "simulated": [
        partial(plots.simulated, [3], 3, 3),
        partial(plots.simulated, [0, 2, 2, 4], 4, 2),
    ],
    "plausible": [
        partial(plots.plausible, [0.9, 1.0], [0, 0], (0.95, 0.9, 1)),
        partial(plots.plausible, [0.9, 0.95, 1.0], [0, 1, 0], (0.95, 0.9, 1)),
        partial(plots.plausible, [0.9, 0.95, 1.0], [0, 0.05, 0.05], (0.95, 0.9, 1)),
    ],
    "idx_files": [
        partial(
            plots.idx_files,
            {"labels": bytes([0, 0, 8, 1, 1, 2, 3, 4, *range(9)])},
            shown=12,
        )
    ],
    "image_rows": [
        partial(plots.image_rows, {"some": IMAGES[:2], "one $": IMAGES[:1, 0]}),
        partial(plots.image_rows, {"a": IMAGES[:2]}, titles=[[7, 8]], size=1),
    ],
    "fault_table": [
        partial(plots.fault_table, [*"abc"], ["a_b_c", "d", "e"], np.eye(3), None)
    ],
    "likeness": [
        partial(plots.likeness, [1, 2], {name: [0.1, -0.2] for name in "abcd"})
    ],
    "grey_levels": [partial(plots.grey_levels, 300 - np.arange(256))],
    "batches": [partial(plots.batches, [(IMAGES, [3, 1, 4, 1, 5, 9])], shown=4)],
    "ink_map": [
        partial(plots.ink_map, ONE_TO_SIX / 10 - 0.1),
        partial(plots.ink_map, [[0.1, 0, 0.2], [0.3, 0.4, 0]]),
    ],
    "regrouped": [
        partial(
            plots.regrouped,
            np.repeat([[0, 1, 2], [2, 3, 4]], [240, 1660, 100], 1),
            IMAGES,
        ),
        partial(plots.regrouped, [[0] * 3 + [1] * 37, [2] * 35 + [3] * 5], IMAGES),
    ],
    "cost_and_error": [
        partial(plots.cost_and_error, {"a": 1e6}, {"a": [0.9]}),
    ],
    "class_scores": [
        partial(plots.class_scores, {"a": [0.1, 0.2], "b": [3, 0.1]}, marked=0)
    ],
    "layer_shares": [
        partial(
            plots.layer_shares,
            {k: {"conv": (1, 3, 2), "fc": (3, 1, 2)} for k in "abc"},
            ["first", "second", "third"],
        )
    ],
    "dropped_positions": [
        partial(plots.dropped_positions, 8, 3, np.eye(16)),
        partial(plots.dropped_positions, 6, 2, np.eye(12)),
    ],
    "fields_of_view": [
        partial(plots.fields_of_view, IMAGES[0, 0], {"a": 5, "b": 28, "c": 1})
    ],
    "against_margin": [
        partial(
            plots.against_margin,
            [-1, 0, 2],
            {k: {name: [1, 2, 4] for name in "abc"} for k in ("loss", "slope", "x")},
        )
    ],
    "loss_curves": [
        partial(
            plots.loss_curves,
            {name: (np.arange(9), np.arange(9) / 4) for name in "abcde"},
            "epoch",
            3,
        )
    ],
    "training_run": [
        partial(
            plots.training_run,
            np.linspace(9, 0.5, 250),
            [(0.9, 0.7), (0.4, 0.9), (0.3, 0.9)],
            np.linspace(0.1, 0, 250),
            0.95,
            0.93,
        ),
        partial(plots.training_run, [np.nan, 0.0], [], [0.1, 0.2], [0.9], 0.8),
        partial(plots.training_run, [np.nan, 0.0, 2.0, np.inf], [], [0.1], [0.9], 0.8),
        partial(plots.training_run, RNG.random(120), [(1, 1)], [0.1], [0.9], 0.8),
    ],
    "fingerprints": [
        partial(
            plots.fingerprints,
            {
                "at the top": [1, 3.2],
                "nan": [np.nan, 3.3],
                "c": [1],
                "d": [2],
                "e": [9],
            },
        ),
    ],
    "check_matrix": [
        partial(plots.check_matrix, np.tri(3, 4), [*"abc"], [*"defg"]),
        partial(plots.check_matrix, np.eye(3, 8), [*"abc"], ["a longer name"] * 8),
    ],
    "after_resuming": [
        partial(
            plots.after_resuming,
            {name: np.arange(9) / k for k, name in enumerate("abcde", 1)},
            stopped_at=5,
        ),
        partial(plots.after_resuming, {"a": np.arange(15.0)}, stopped_at=11),
    ],
    "reading": [
        partial(
            plots.reading, IMAGES[0, 0], [0.995, 0.005, 0.0049, 0, 0, 0, 0, 0, 0, 0]
        )
    ],
    "pixel_values": [partial(plots.pixel_values, IMAGES[0, 0], (2, 3))],
    "templates": [
        partial(plots.templates, SIGNED),
        partial(plots.templates, [*SIGNED, *SIGNED], titles=[*"abcdefgh"]),
    ],
    "ladder": [partial(plots.ladder, {"a": 1.0, "b": 0.5, "c": 0.25})],
    "shift_curves": [
        partial(
            plots.shift_curves, {"one": {name: [0.5, 0.4, 0.1] for name in "abcdef"}}
        )
    ],
    "equation": [
        partial(plots.equation, {"one": 0, "two": [[0.123, -0.001, 100]]}),
        partial(
            plots.equation,
            {"tall": np.eye(4), "wide": np.ones((2, 30))},
            ["+"],
            {"wide": [(0, 1, 1, 2), (1, 0, 1, 1)]},
        ),
    ],
    "gallery": [
        partial(
            plots.gallery,
            IMAGES[0],
            {"a": -np.eye(3), "b": ONE_TO_SIX, "c": np.eye(4)},
            {k: IMAGES[n, 0] - 0.5 for n, k in enumerate("abc")},
        ),
        partial(plots.gallery, IMAGES[0], {"a": np.eye(3)}, {"a": np.eye(3)}, end=1),
    ],
    "window_positions": [
        partial(plots.window_positions, 5, {"one": (2, 2, 1, 1), "two": (1, 1, 0, 3)}),
        partial(plots.window_positions, 4, {"one": (2, 1, 0, 2)}),
    ],
    "signed_maps": [
        partial(plots.signed_maps, {"map": SIGNED[0]}, limit=0.5),
        partial(plots.signed_maps, {"zero": np.zeros((2, 2))}),
    ],
    "nonzeros": [partial(plots.nonzeros, -2 * np.tri(9, 12), corner=(3, 2))],
    "nudged": [
        partial(plots.nudged, [0, 1, 2], [3, 1, 2], (0.5, 2, -2.0), [1.0]),
        partial(plots.nudged, [0, 1], [3, 1], (0.5, 2, -2.0), [0.1, -0.2, 0.3, 0.5]),
    ],
    "graph": [partial(plots.graph, behind(v)) for v in (unlike(), not_yet())],
    "relearned": [partial(plots.relearned, {"a": -np.eye(3)}, [9, 1.0])],
    "difference_errors": [
        partial(plots.difference_errors, [1, 0.1], {k: [0.1, 0.01] for k in "abcd"})
    ],
    "layer_gradients": [
        partial(plots.layer_gradients, {k: [0.1, 0.2, 0.3] for k in "abcd"})
    ],
    "by_order": [
        partial(plots.by_order, {"one": {"a": [1, 0]}}),
    ],
    "by_seed": [
        partial(plots.by_seed, {"one": [0.9, 0.9], "two": [0.12345, 0.2], "c": [1.0]})
    ],
    "kernels": [
        partial(plots.kernels, {"zero": np.zeros((2, 3, 3)), "a": SIGNED[:3]}, size=1),
        partial(plots.kernels, {"a": SIGNED[:1]}),
    ],
    "map_rows": [
        partial(plots.map_rows, {"zero": np.zeros((2, 3, 3))}),
        partial(plots.map_rows, {"a": SIGNED[:1] - 9, "b": SIGNED[:3] ** 2}),
    ],
    "attributions": [
        partial(
            plots.attributions,
            IMAGES[0, 0],
            {"a": {"one": SIGNED[0] ** 2}, "b": {"one": SIGNED[1], "two": SIGNED[2]}},
        ),
        partial(plots.attributions, IMAGES[0, 0], {"a": {"one": SIGNED[0]}}),
    ],
    "agreement": [
        partial(plots.agreement, {"a": {"one": [0.5, 0.6, 0.9]}, "b": {"one": [0.1]}}),
        partial(plots.agreement, {"a": {k: [0.5, 0.6] for k in "abc"}}),
    ],
    "fields": [
        partial(plots.fields, {"a": IMAGES[0, 0], "b": SIGNED[0] ** 2}, (1, 2, 3, 4))
    ],
    "step_costs": [partial(plots.step_costs, dict.fromkeys("abcde", SHARES), [*"xyz"])],
    "distortion_ladders": [
        partial(
            plots.distortion_ladders,
            {
                name: ("pixels", [0, 1, 2], dict.fromkeys("abcde", SHARES))
                for name in ("shift", "noise", "turn")
            },
            columns=2,
        ),
        partial(
            plots.distortion_ladders,
            {k: ("px", [0, 1, 2], {"one": SHARES}) for k in "abcd"},
        ),
    ],
    "coverage_curves": [
        partial(plots.coverage_curves, {k: ([0.5, 1], [1, 0.9]) for k in "abcde"})
    ],
    "confidences": [
        partial(plots.confidences, {"a": [0.9, 1.0], "b": [0.5], "c": [0.1]}),
        partial(plots.confidences, {"a": [0.9, 1.0, 0.8]}, threshold=0.9),
    ],
    "wide_pictures": [
        partial(plots.wide_pictures, {k: ONE_TO_SIX for k in "abc"}),
    ],
    "attacked": [
        partial(
            plots.attacked, SIGNED[:1], SIGNED[1:2], SIGNED[2:3], [["a"], ["b"], [3]]
        )
    ],
}
