"""The table of speed: as JSON and CSV, in two READMEs, and beside an older one."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Line
from mnist_tutorial.files import write_atomically
from tools import readme
from tools.checkout import ROOT, CommandError

BEGIN, END = readme.marks("speed", "bench")
COMMAND = "python -m tools bench"
NO_GPU = (
    "No figure has been taken on a GPU; `make bench DEVICE=cuda` would take them, into "
    "files of their own."
)

# What the first page shows: row, what was measured, and how the peer's name begins.
SHORT = (
    ("b", "float32, pool before ReLU, batch 64", "usual loop"),
    ("c", "data.Batches", "DataLoader, transforms, 2 workers"),
    ("e", "10,000 digits", "ONNX Runtime"),
    ("f", "NetworkLens: stroke to all maps", ""),
    ("g", "all, one after the other", ""),
)

Results = dict[str, Any]


def file(device: str, root: Path = ROOT) -> Path:
    """Where the figures of a device are kept."""
    return root / "benchmarks" / ("speed.json" if device == "cpu" else "speed_gpu.json")


def load(path: Path) -> Results:
    """The figures in a file.

    Raises:
        CommandError: there is none, or it holds something else.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        csv_text(results)  # which needs all that a table has
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CommandError(
            f"{path} is no file of speeds ({type(error).__name__}); `{COMMAND}` writes "
            "one to benchmarks/speed.json."
        ) from error
    return results


def as_row(title: str, lines: Sequence[Line], machine: dict[str, Any]) -> Results:
    """A row as it is kept."""
    as_json = [line.as_json() for line in lines]
    return {"title": title, "machine": machine, "lines": as_json}


def keep(name: str, row: Results, device: str, root: Path = ROOT) -> None:
    """Put a row that was measured into all its places; other rows stay."""
    path = file(device, root)
    rows = load(path)["rows"] if path.is_file() else {}
    results = {"command": COMMAND, "rows": dict(sorted((rows | {name: row}).items()))}
    write_atomically(path, (json.dumps(results, indent=1) + "\n").encode())
    write_atomically(path.with_suffix(".csv"), csv_text(results).encode())
    for page in PAGES:
        write_atomically(root / page, placed(page, root).encode())


# --- For a program


def csv_text(results: Results) -> str:
    """One line of numbers for each line of the table."""
    spreads = ("ours", "peer", "better")
    columns = ["row", "what", "unit", "peer_is"]
    columns += [f"{of}_{part}" for of in spreads for part in ("median", "low", "high")]
    columns += ["n", "limit", "limit_is", "note"]
    buffer = io.StringIO()
    buffer.write(f"# {COMMAND}\n")
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row, line in lines(results):
        flat = {"row": row, "n": line["ours"]["n"], **line}
        for of in spreads:
            numbers = line[of] or {}
            flat |= {f"{of}_{part}": number for part, number in numbers.items()}
        writer.writerow(flat)
    return buffer.getvalue()


def lines(results: Results) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every line with the letter of its row."""
    for name, row in results["rows"].items():
        for line in row["lines"]:
            yield name, line


# --- For a reader


def placed(page: str, root: Path = ROOT) -> str:
    """The text of a page with the kept figures in it.

    Args:
        page: its path in the repository, one of `PAGES`.

    Raises:
        CommandError: it has no place for them.
    """
    text = (root / page).read_text(encoding="utf-8")
    return readme.placed(text, BEGIN, PAGES[page](root), END)


def _short(root: Path) -> str:
    """A line for each of `SHORT`, for who wants to know how fast all this is."""
    path = file("cpu", root)
    results = load(path) if path.is_file() else {"rows": {}}
    rows = ["| measured | ours | peer | times as good |", "|---|---|---|---|"]
    for name, line in lines(results):
        if any(_is(line, *asked) for row, *asked in SHORT if row == name):
            what, ours, peer, better, _ = _cells(line)
            title = results["rows"][name]["title"]
            rows.append(f"| {title}: {what} | {ours} | {peer} | {better} |")
    return "\n".join(rows)


def _is(line: dict[str, Any], what: str, peer: str) -> bool:
    return line["what"] == what and line["peer_is"].startswith(peer)


def _whole(root: Path) -> str:
    """The machine and the table, for each device that has figures."""
    parts = []
    for device in ("cpu", "cuda"):
        path = file(device, root)
        if path.is_file():
            results = load(path)
            parts += [machines(results), "", markdown(results), ""]
        elif device == "cuda":
            parts.append(NO_GPU)
    return "\n".join(parts)


# Where the figures are shown, and how.
PAGES: dict[str, Callable[[Path], str]] = {
    "README.md": _short,
    "benchmarks/README.md": _whole,
}


def markdown(results: Results) -> str:
    """The table as a reader sees it: medians, and the quartiles in brackets."""
    rows = [
        "| | measured | ours | peer | times as good | limit |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in results["rows"].items():
        shown = [line for line in row["lines"] if line["in_readme"]]
        if len(name) == 1 and shown:
            rows.append(f"| **{name}** | **{row['title']}** | | | | |")
            rows += ["| | " + " | ".join(_cells(line)) + " |" for line in shown]
    return "\n".join(rows)


def _cells(line: dict[str, Any]) -> list[str]:
    unit = line["unit"]
    peer = better = limit = ""
    if line["peer"]:
        peer = f"{_spread(line['peer'])} {unit}: {line['peer_is']}"
        better = f"×{_spread(line['better'])}"
    if line["limit"] is not None:
        limit = f"{number(line['limit'])} {unit}: {line['limit_is']}"
    what = line["what"] + (f" ({line['note']})" if line["note"] else "")
    return [what, f"{_spread(line['ours'])} {unit}", peer, better, limit]


def _spread(of: dict[str, float]) -> str:
    median = number(of["median"])
    if of["n"] == 1:
        return median
    return f"{median} ({number(of['low'])}–{number(of['high'])})"


def number(value: float) -> str:
    """Three digits that count, and no fewer than the whole ones: 2,416 or 0.0412."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def machines(results: Results) -> str:
    """On what the rows were measured: a sentence for each machine."""
    of: dict[str, list[str]] = {}
    for name, row in results["rows"].items():
        of.setdefault(machine_text(row["machine"]), []).append(name)
    if len(of) == 1:
        return f"Measured on {next(iter(of))}."
    return " ".join(f"Row {', '.join(rows)}: {text}." for text, rows in of.items())


def machine_text(machine: dict[str, Any]) -> str:
    """A machine in half a sentence."""
    gpu = "" if machine["device"] == "cpu" else f"{machine['device']}, beside "
    return (
        f"{gpu}{machine['processor']}, {machine['cores']} cores, "
        f"{machine['threads']} threads ({', '.join(machine['instructions'])}), "
        f"{machine['memory_gb']} GB, PyTorch {machine['torch']}, Python "
        f"{machine['python']}, {machine['system']}"
    )


# --- Yesterday and today


def compare(old: Results, new: Results) -> list[str]:
    """A sentence for each line that got slower than its spread.

    It did if the better quartile of the new figure is worse than the worse quartile of
    the old one. What was measured once has no spread, and what only one file has no
    past: both are passed over.
    """
    before, after = (
        {(row, line["what"]): line for row, line in lines(results)}
        for results in (old, new)
    )
    slower = []
    for (row, what), line in after.items():
        past = before.get((row, what))
        if past and past["ours"]["n"] > 1 < line["ours"]["n"] and _is_worse(past, line):
            slower.append(
                f"{row}: {what}: {_spread(line['ours'])} {line['unit']}, "
                f"was {_spread(past['ours'])}."
            )
    return slower


def _is_worse(past: dict[str, Any], line: dict[str, Any]) -> bool:
    was, now = past["ours"], line["ours"]
    if line["more_is_better"]:
        return now["high"] < was["low"]
    return now["low"] > was["high"]


def report(old: Path, new: Path) -> int:
    """Compare two files and print what got slower; 1 if anything did.

    Raises:
        CommandError: one of them is no file of speeds.
    """
    before, after = load(old), load(new)
    differ = machines(before) != machines(after)
    if differ:
        print(f"The machines differ. Old: {machines(before)} New: {machines(after)}")
    slower = compare(before, after)
    print("\n".join(slower) or "Nothing got slower than its spread.")
    return int(bool(slower))
