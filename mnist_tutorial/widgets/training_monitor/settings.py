"""What a training of the monitor runs with, and which values that may have."""

import math
from typing import NamedTuple

from mnist_tutorial.museum import MUSEUM

# The museum's set-ups that can stand here: the network has no dropout that could stay
# on, and the chart no place for a loss below 0.
BUGS = {"none": MUSEUM["healthy"]} | {
    name: setup
    for name, setup in MUSEUM.items()
    if name not in ("healthy", "no eval()", "softmax into nll")
}


class Setting(NamedTuple):
    """What a training runs with."""

    lr: float = 0.1
    momentum: float = 0.0
    batch_size: int = 64
    bug: str = "none"  # one of `BUGS`


def check_settings(values: dict) -> None:
    """ValueError unless each setting has a value for A and one for B that can be."""
    allowed = {
        "lr": (lambda v: math.isfinite(v) and v > 0, "above 0"),
        "momentum": (lambda v: 0 <= v < 1, "from 0 to below 1"),
        "batch_size": (lambda v: v == int(v) >= 1, "a whole number of at least 1"),
        "bug": (lambda v: v in BUGS, "one of " + ", ".join(BUGS)),
    }
    if set(values) != set(allowed):
        raise ValueError(f"The settings are {', '.join(allowed)}; name only these.")
    for name, (holds, rule) in allowed.items():
        try:
            fits = len(values[name]) == 2 and all(holds(v) for v in values[name])
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(
                f"{name} must be two values, for A and B, each {rule}; this is "
                f"{values[name]!r}."
            )


def changed(before: dict, values: dict, unlocked: str) -> dict:
    """The settings after a change: of each name, its values for A and for B.

    Args:
        before: the settings as they were.
        values: those that change; whatever is not unlocked takes A's value.
        unlocked: the one setting that may differ.

    Raises:
        ValueError: there is no such setting or value, or A and B differ in another
            setting than the unlocked one.
    """
    if unlocked not in Setting._fields:
        raise ValueError(
            f"There is no setting {unlocked!r}; choose one of "
            f"{', '.join(Setting._fields)}."
        )
    alike = {
        name: [a, b] if name == unlocked else [a, a] for name, (a, b) in before.items()
    }
    values = alike | values
    check_settings(values)
    for name, (a, b) in values.items():
        if a != b and name != unlocked:
            raise ValueError(
                f"Only {unlocked} may differ, and {name} is {a} for A and {b} for "
                f"B; give both the same, or unlock {name}."
            )
    return values
