"""What can be said of a wrong answer whose mistake nobody has listed."""

from collections.abc import Sequence
from itertools import compress

import torch
from torch import Tensor

from mnist_tutorial.exercises.values import Parts, close


def clue(
    wrong: Sequence[bool],
    tags: Sequence[Sequence[str]],
    expected: Sequence[Parts],
    answers: Sequence[Parts],
) -> str:
    """A sentence on which cases are wrong, or on how the wrong numbers are wrong.

    Args:
        wrong: whether each case is.
        tags: what is special about each case.
    """
    said = []
    right = len(wrong) - sum(wrong)
    if right:
        count = f"{right} of {len(wrong)} cases are right."
        said.append(_by_tag(wrong, tags) or count)
    return " ".join(filter(None, [*said, _by_numbers(expected, answers)]))


def _by_tag(wrong: Sequence[bool], tags: Sequence[Sequence[str]]) -> str | None:
    every = sorted({tag for of_case in tags for tag in of_case})
    for tag in every:
        if [tag in of_case for of_case in tags] == list(wrong):
            return f"It is right in the cases without {tag}, and wrong in all others."
    for tag in every:
        if all(tag in of_case for of_case in compress(tags, wrong)):
            return f"It is wrong only in cases with {tag}."
    return None


def _by_numbers(expected: Sequence[Parts], answers: Sequence[Parts]) -> str | None:
    """How all wrong numbers are wrong, if they are so in the same way."""
    pairs = [
        (part.double().flatten(), answers[k][name].double().flatten())
        for k, parts in enumerate(expected)
        for name, part in parts.items()
        if part.shape == answers[k][name].shape
    ]
    pairs = [pair for pair in pairs if not close(*pair).all()]
    if not pairs:
        return None
    right = torch.cat([a for a, _ in pairs])
    yours = torch.cat([b for _, b in pairs])
    if not yours.isfinite().all():
        return "Some of your numbers are not finite."
    if not yours.any():
        return "All your numbers are 0."
    change = _change(right, yours)
    if change is None and all(_are_moved(*pair) for pair in pairs):
        return "The right numbers are there, in other places."
    return change


def _are_moved(right: Tensor, yours: Tensor) -> bool:
    return bool(close(*(part.sort().values for part in (right, yours))).all())


def _change(right: Tensor, yours: Tensor) -> str | None:
    """The one number by which all are multiplied, or which is added to all."""
    # One number alone is always multiplied by something, and something is added to it.
    ratio = right.dot(yours) / right.dot(right)
    if right.count_nonzero() > 1 and close(ratio * right, answer=yours).all():
        times = f"{ratio:.4g}"
        if times == "-1":
            return "Each of your numbers has the wrong sign."
        return f"Each of your numbers is {times} times the right one."
    offset = (yours - right).mean()
    if len(right) > 1 and close(right + offset, answer=yours).all():
        return f"Each of your numbers is {offset:+.4g} beside the right one."
    return None
