"""All that the exercises say to a reader, as one text for each notebook.

Beside it stands what the notebooks' parameters may be.

    python tests/said.py

writes it into tests/said/, where it is read and approved like prose: the difference of
a commit shows what a reader will hear differently.
"""

import inspect
import random
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from mnist_tutorial import exercises, params
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.difference import shown
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.predict import Guess, Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.verdict import Table, blocks_of
from mnist_tutorial.exercises.write import Write

FOLDER = Path(__file__).parent / "said"


def parameters() -> str:
    """What each notebook's parameters are by default, and what else they may be."""
    return "".join(
        f"{notebook} {name} = {rule.default!r}: {rule.allowed}"
        f"{' (changes no result)' if rule.neutral else ''}\n"
        for notebook, rules in params.NOTEBOOKS.items()
        for name, rule in rules.items()
    )


def said(entries) -> str:
    """The text of a notebook's exercises and predictions."""
    parts = [
        f"{'=' * 80}\n{entry.key}\n\n" + "\n\n".join(map(str, _of(entry)))
        for entry in entries
    ]
    return "\n\n".join(parts) + "\n"


def _of(entry) -> Iterator[object]:
    yield repr(entry)
    if isinstance(entry, Predict):
        yield from _prediction(entry)
        return
    yield f"Practises: {entry.practises}."
    yield from map(repr, map(entry.hint, (1, 2, 3)))
    yield repr(entry.solution())
    yield repr(entry.judge())
    if isinstance(entry, Repair):
        yield entry.given
        yield f"At most {entry.lines} lines differ."
    if isinstance(entry, Compute | Write):
        yield f"By default {_defaults(entry.reference)}."
    for kind, ways in WAYS.items():
        if isinstance(entry, kind):
            yield from ways(entry)
    yield from (f"{m.key}: {m.sentence} ({m.source})" for m in entry.mistakes)


def _defaults(reference) -> str:
    """What the switches of a reference are called while they are off."""
    parameters = inspect.signature(reference).parameters.values()
    switches = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    return ", ".join(f"{p.name}={p.default!r}" for p in switches) or "there is one way"


def _prediction(entry: Predict) -> Iterator[str]:
    yield f"near {entry.near:g}, asks how sure: {entry.how_sure}"
    truth = Guess(entry, entry.truth)
    yield truth.said(entry.truth, True, str(truth))
    yield entry.refusal(None, None, None, None)
    for mistake in entry.mistakes:
        guess = Guess(entry, mistake.when)
        yield f"{guess.said(entry.truth, False, str(guess))} ({mistake.source})"


def _computed(exercise: Compute) -> Iterator[str]:
    yield "\n".join([f"Tolerance {exercise.tolerance:g}.", *_drawn(exercise)])
    for n in range(4):
        numbers = exercise.variant(n)
        yield f"{exercise.text(n)}\n{exercise.solution(variant=n)!r}"
        for mistakes, wrong in exercise.wrong(numbers):
            keys = " and ".join(mistake.key for mistake in mistakes)
            yield f"{wrong} ({keys}): {exercise.judge(wrong, variant=n)!r}"


def _drawn(exercise: Compute) -> Iterator[str]:
    """What numbers are drawn, in 1,000 drawings: a few in full, many by their ends."""
    rng = random.Random(0)
    draws = [exercise.draw(rng) for _ in range(1000)]
    for name, given in exercise.numbers.items():
        if not isinstance(given, str):
            values = sorted({*_flat([draw[name] for draw in draws])})
            ends = f"{values[0]} to {values[-1]}"
            few = ", ".join(map(str, values))
            yield f"Drawn: {name} {ends if len(values) > 12 else few}"


def _flat(value) -> Iterator[float]:
    """The numbers of rows of numbers, or a number itself."""
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _decided(exercise: Decide) -> Iterator[str]:
    for claim in "ABCDEFGH"[: len(exercise.claims)]:
        for because in range(1, len(exercise.reasons) + 1):
            verdict = exercise.judge(claim, because=because)
            yield f"{claim} {because}: {verdict.text.partition(chr(10))[0]}"


def _written(exercise: Write) -> Iterator[str]:
    yield f"Agrees with {exercise.oracle}; the dtype counts: {exercise.same_dtype}."
    for k, case in enumerate(exercise.cases):
        yield f"{exercise.numbered(k)}. {', '.join(case.tags)}"
        yield "given " + ", ".join(map(_in_short, case.arguments.values()))
        yield Table(shown(case)).text()
        for name, part in exercise.answer_of({}, k).items():
            yield Table((), blocks_of(name or "result", part)).text()
            yield _in_short(part)
    if not isinstance(exercise, Order):
        for mistake in exercise.mistakes:
            yield repr(exercise.judge(_switched(exercise, mistake.when)))


def _ordered(exercise: Order) -> Iterator[str]:
    for key, example in exercise.examples.items():
        yield f"{key}: {' '.join(example)}\n{exercise.judge(*example)!r}"
    yield f"Right orders: {', '.join(exercise.orders)}."


def _switched(exercise: Write, switches):
    return lambda *given: exercise.reference(*given, **switches)


def _in_short(value) -> str:
    """A tensor's dtype and the sum of its squares, of which a table may show a part."""
    if not isinstance(value, Tensor):
        return str(value)
    return f"{value.dtype} {value.double().square().sum():.3f}"


WAYS = {Compute: _computed, Decide: _decided, Write: _written, Order: _ordered}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, entries in exercises.REGISTRY.items():
        (FOLDER / f"{name}.txt").write_text(said(entries), encoding="utf-8")
    (FOLDER / "parameters.txt").write_text(parameters(), encoding="utf-8")
