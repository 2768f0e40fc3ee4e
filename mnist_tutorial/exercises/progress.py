"""What the reader has done: in memory, and in one small file after a yes.

`keep` makes the file, `runs/progress.jsonl`; from then on each answer adds a line.
Nothing is written unless the reader runs the cell in an editor, and nothing is sent.
To stop, delete the file.
"""

import builtins
import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from mnist_tutorial import metrics
from mnist_tutorial.exercises.verdict import Note

ENOUGH = 20  # predictions, from which on their reliability means something

_session: list[dict[str, Any]] = []  # of this kernel


def path() -> Path:
    """Where progress is kept: in the course's folder `runs`, if this is one."""
    here = Path.cwd()
    root = next((p for p in (here, *here.parents) if (p / "notebooks").is_dir()), here)
    return root / "runs" / "progress.jsonl"


def note(**entry: Any) -> None:
    """Remember an answer, a hint or a prediction; on disk after `keep`."""
    _session.append(entry)
    if path().is_file() and by_hand():
        with contextlib.suppress(OSError):  # a full disk is no reason to stop a cell
            _append([entry])


def keep() -> Note:
    """The reader's yes: from now on progress is kept in a file on this machine."""
    target = path()
    if target.is_file():
        return Note(
            f"Kept since your first yes, in {target.parent.name}/{target.name}."
        )
    if not by_hand():
        return Note("Nothing is kept: no person runs this cell.")
    target.parent.mkdir(exist_ok=True)
    _append(_session)
    return Note(
        "From now on what you answer is kept, on this machine only, in "
        f"{target.parent.name}/{target.name}: right or wrong, never your code. Delete "
        "the file to stop."
    )


def _append(entries: Iterable[Mapping[str, Any]]) -> None:
    when = time.strftime("%Y-%m-%dT%H:%M:%S")
    with path().open("a", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps({"time": when, **entry}, default=str) + "\n")


def by_hand() -> bool:
    """Whether a person runs this cell.

    An editor says which of its cells it runs; papermill, nbval and nbconvert do not.
    """
    shell = getattr(builtins, "get_ipython", lambda: None)()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    return "cellId" in kernel.get_parent().get("metadata", {})


def entries() -> list[dict[str, Any]]:
    """All that is known: from the file if there is one, else from this kernel."""
    if not path().is_file():
        return list(_session)
    result = []
    for line in path().read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):  # a line that was cut off
            result.append(json.loads(line))
    return result


def card(notebooks: Mapping[str, Iterable[str]]) -> Note:
    """What is done and open, by notebook, and how the predictions went.

    Args:
        notebooks: the keys of the exercises of each notebook.
    """
    log = entries()
    done = {entry["key"] for entry in log if entry.get("right")}
    hints = Counter(entry["key"] for entry in log if entry["kind"] == "hint")
    lines = []
    for name, keys in notebooks.items():
        parts = {
            "done": [key for key in keys if key in done],
            "open": [key for key in keys if key not in done],
            "hints": [f"{key} {hints[key]}" for key in keys if hints[key]],
        }
        said = (f"{part}: {', '.join(items)}" for part, items in parts.items() if items)
        lines.append(f"{name}  {'; '.join(said)}")
    lines += ["", predictions(log)]
    if not path().is_file():
        lines += ["", "Nothing of this is kept. ex.keep() keeps it, on this machine."]
    return Note("\n".join(lines))


def predictions(log: Iterable[Mapping[str, Any]]) -> str:
    """How many predictions were met, and what "80 % sure" is worth in this hand."""
    first = firsts(log)
    met = [entry for entry in first if entry["kind"] == "predict"]
    right = sum(entry["right"] for entry in met)
    sure = [entry for entry in first if entry.get("sure") is not None]
    said = (
        f"Predictions: {len(met)} made, {right} met by what was measured; of each the "
        "first guess counts."
    )
    if len(sure) < ENOUGH:
        return (
            f"{said} Answers with your own per cents: {len(sure)}; from {ENOUGH} on "
            "this says what they are worth."
        )
    return f"{said} Of what you said you were sure of:\n{reliability(sure)}"


def firsts(log: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each exercise and prediction the first answer; a later one knows more."""
    by_key: dict[str, Mapping[str, Any]] = {}
    for entry in log:
        if "right" in entry:  # neither a hint nor a solution
            by_key.setdefault(entry["key"], entry)
    return list(by_key.values())


def prediction(key: str) -> str | None:
    """The first guess at a question, as text, if there has been one."""
    return next((e["guess"] for e in firsts(entries()) if e["key"] == key), None)


def reliability(sure: Iterable[Mapping[str, Any]]) -> str:
    """The reader's own reliability diagram, by the function that 07 teaches.

    Below 50 % sure of an answer is more than 50 % sure of its opposite.
    """
    pairs = [(entry["sure"] / 100, bool(entry["right"])) for entry in sure]
    probs = torch.tensor([[p, 1 - p] for p, _ in pairs], dtype=torch.float64)
    labels = torch.tensor([0 if right else 1 for _, right in pairs])
    rows = metrics.reliability(probs, labels, bins=10)
    return "\n".join(
        f"  {confidence:4.0%} sure, right in {accuracy:4.0%} of {count:.0f} cases"
        for confidence, accuracy, count in torch.stack(rows).T.tolist()
        if count
    )
