"""What a frame shows of a training: curves in few points, words, small numbers."""

import math

import numpy as np
import torch
from torch import Tensor

from mnist_tutorial.data import Split
from mnist_tutorial.widgets.base import to_bytes
from mnist_tutorial.widgets.training_monitor.lanes import Lane, Lanes
from mnist_tutorial.widgets.training_monitor.settings import Setting

POINTS = 240  # of a curve at most; longer ones are summed up
DIFFERENT = 12  # digits shown on which A and B disagree


def frame(lanes: Lanes) -> dict:
    """What the widget's traits of these names are after the last step."""
    curves = [condensed(lane.losses) for lane in lanes.lanes]
    filters = [lane.first_filters() for lane in lanes.lanes]
    return {
        "steps": lanes.steps,
        "lanes": [
            summary(lane) | {"points": len(curve)}
            for lane, curve in zip(lanes.lanes, curves, strict=True)
        ],
        "curves": to_bytes(np.concatenate(curves)),
        "filters": to_bytes(torch.stack(filters)),
    }


def checked_at(lanes: Lanes) -> list[int]:
    """The steps at which A and B were last evaluated; -1 before the first time."""
    return [lane.checks[-1].step if lane.checks else -1 for lane in lanes.lanes]


def difference(lanes: Lanes) -> dict:
    """The traits that tell on which validation digits A and B disagree."""
    indices = lanes.disagreements()
    first = indices[:DIFFERENT]
    images, labels = (part.cpu() for part in lanes.validation)
    readings = [lane.preds.cpu()[first].tolist() for lane in lanes.lanes if len(first)]
    return {
        "different_images": to_bytes(images[first]),
        "different": {
            "checked": checked_at(lanes),
            "count": len(indices),
            "of": len(labels),
            "labels": labels[first].tolist(),
            "preds": readings,
        },
    }


def summary(lane: Lane) -> dict:
    """What the view says of a lane in words and small numbers."""
    setting, losses = lane.setting, lane.losses
    names = {"momentum": "momentum", "batch_size": "batch", "bug": "bug"}
    usual = Setting()
    title = [f"lr {lane.lr:.3g}"] + [
        f"{word} {getattr(setting, name)}"
        for name, word in names.items()
        if getattr(setting, name) != getattr(usual, name)
    ]
    return {
        "title": ", ".join(title),
        "steps": len(losses),
        "first": finite(lane.losses[0]) if lane.losses else None,
        "recent": finite(sum(lane.losses[-20:]) / 20)
        if len(lane.losses) > 19
        else None,
        "last": finite(lane.losses[-1]) if lane.losses else None,
        "checks": [
            [check.step, finite(check.evaluation.loss), check.evaluation.accuracy]
            for check in thinned(lane.checks)
        ],
        "look": None
        if lane.look is None
        else [lane.look.step, finite(lane.look.predicted), finite(lane.look.real)],
        "broken": lane.broken,
    }


def finite(number: float) -> float | None:
    """The number, or None where JSON has no word for it."""
    return number if math.isfinite(number) else None


def thinned(checks: list, most: int = 120) -> list:
    """At most about so many of them, the first and the last always among them."""
    every = -(-len(checks) // most) or 1
    return checks[:-1:every] + checks[-1:]


def condensed(losses: list[float], points: int = POINTS) -> np.ndarray:
    """A curve in few points: rows of step, mean, lowest, highest of a few steps each.

    A step that is no finite number ends it.
    """
    values = np.array(losses, np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        values = values[: finite.argmin()]
    if not len(values):
        return np.empty((0, 4), np.float32)
    every = 2 ** max(0, math.ceil(math.log2(len(values) / points)))
    starts = np.arange(0, len(values), every)
    sizes = np.diff(np.append(starts, len(values)))
    columns = (
        starts + (sizes + 1) / 2,  # steps are counted from 1
        np.add.reduceat(values, starts) / sizes,
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )
    return np.stack(columns, 1).astype(np.float32)


def first_maps(filters: Tensor, image: Tensor) -> Tensor:
    """What the first convolution and its ReLU make of an image (1, 28, 28)."""
    weights = filters[:, :9].unflatten(1, (1, 3, 3))
    maps = torch.nn.functional.conv2d(image[None], weights, filters[:, 9], padding=1)
    return maps[0].relu()  # (filters, 28, 28)


def one_of_each(validation: Split) -> Tensor:
    """The first digit of each class, (10, 1, 28, 28); of a missing class, the first."""
    labels = validation.labels
    first = [int((labels == k).int().argmax()) for k in range(10)]
    return validation.images[first]
