"""What can be said of a wrong answer whose mistake nobody has listed."""

from collections.abc import Callable, Sequence

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
    right = len(wrong) - sum(wrong)
    by_tag = _by_tag(wrong, tags) if right else ""
    by_numbers = _by_numbers(wrong, expected, answers)
    count = f"{right} of {len(wrong)} cases are right." if right else ""
    return " ".join(filter(None, [by_tag or count, by_numbers]))


def _by_tag(wrong: Sequence[bool], tags: Sequence[Sequence[str]]) -> str:
    for tag in sorted({tag for of_case in tags for tag in of_case}):
        has = [tag in of_case for of_case in tags]
        if has == list(wrong):
            return f"It is right in the cases without {tag}, and wrong in all with it."
    for tag in sorted({tag for of_case in tags for tag in of_case}):
        if all(tag in of_case for of_case, w in zip(tags, wrong, strict=True) if w):
            return f"It is wrong only in cases with {tag}."
    return ""


def _by_numbers(
    wrong: Sequence[bool], expected: Sequence[Parts], answers: Sequence[Parts]
) -> str:
    """How the numbers of all wrong cases are wrong, if they are so in the same way."""
    pairs = [
        (part.double().flatten(), answer[name].double().flatten())
        for w, parts, answer in zip(wrong, expected, answers, strict=True)
        for name, part in parts.items()
        if w and part.shape == answer[name].shape
    ]
    pairs = [(a, b) for a, b in pairs if not close(a, b).all()]
    if not pairs:
        return ""
    if any(not b.isfinite().all() and a.isfinite().all() for a, b in pairs):
        return "Some of your numbers are not finite."
    for sentence, holds in _WAYS.items():
        if all(holds(a, b) for a, b in pairs):
            return sentence
    for name, change in (("{:.4g} times", _ratio), ("{:+.4g} beside", _offset)):
        value = change(pairs)
        if value is not None:
            return f"Each of your numbers is {name.format(value)} the right one."
    return ""


_WAYS: dict[str, Callable[[Tensor, Tensor], bool]] = {
    "Each of your numbers has the wrong sign.": (lambda a, b: bool(close(-a, b).all())),
    "All your numbers are 0.": lambda a, b: not b.any(),
    "The right numbers are there, in other places.": (
        lambda a, b: bool(close(a.sort().values, b.sort().values).all())
    ),
}


def _ratio(pairs: Sequence[tuple[Tensor, Tensor]]) -> float | None:
    a, b = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    used = a.abs() > 1e-3
    return _constant(b[used] / a[used]) if close(a[~used], b[~used]).all() else None


def _offset(pairs: Sequence[tuple[Tensor, Tensor]]) -> float | None:
    a, b = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    return _constant(b - a)


def _constant(values: Tensor) -> float | None:
    """The number that all values are, if there are at least two; else None."""
    if len(values) < 2 or not close(values[:1].expand_as(values), values).all():
        return None
    return values[0].item()
