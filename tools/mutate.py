"""Small faults put into the code, one at a time: would `make test` notice?

    python -m tools.mutate --count 80 --seed 1 --modules '*.py' --out runs/mutants.csv

A mutant is one change of the text of one module. It is put into a copy of the tree,
where the module's tests run; it is killed if one fails. One that survives, or whose
tests do not end in time, shows what no test asks for, or (rarely) code that means the
same. Results are written one by one; the same command goes on where it was stopped.
"""

import argparse
import ast
import contextlib
import csv
import fnmatch
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tools import mutate_js, mutate_python
from tools.checkout import ROOT

LEAST_SECONDS = 120  # what the tests of a mutant have at least; else 4 × without it

# Tests of a module that do not have its name; the second ones are slow.
_SHELL, _RUNNING = "tests/test_environment.py", "tests/notebooks/test_running.py"
_BROWSER = "tests/browser/test_"
_EXTRA: dict[str, tuple[list[str], list[str]]] = {
    "mnist_tutorial/claims.py": ([], [_RUNNING]),
    "mnist_tutorial/dataset.py": (["tests/test_data.py"], []),
    "mnist_tutorial/paper.py": (["tests/test_photos.py"], []),
    "mnist_tutorial/hints.py": (["tests/test_params.py"], []),
    "mnist_tutorial/params.py": (["tests/test_claims.py"], [_RUNNING]),
    "mnist_tutorial/rules.py": (["tests/test_params.py"], []),
    "mnist_tutorial/widgets/engine.py": (["tests/test_widgets_base.py"], []),
    "mnist_tutorial/widgets/thumbnails.py": (
        ["tests/test_widget_embedding_map.py"],
        [],
    ),
    "mnist_tutorial/widgets/page/sliders.py": ([], ["tests/test_site.py"]),
    "mnist_tutorial/widgets/page/states.py": ([], ["tests/test_site.py"]),
    "mnist_tutorial/widgets/shared/bars.js": ([], [f"{_BROWSER}digit_pad.py"]),
    "mnist_tutorial/widgets/shared/canvas.js": ([], [f"{_BROWSER}digit_pad.py"]),
    "mnist_tutorial/widgets/shared/colours.js": ([], [f"{_BROWSER}shape_tracer.py"]),
    "mnist_tutorial/widgets/shared/computed.js": ([], [f"{_BROWSER}computed.py"]),
    "mnist_tutorial/widgets/shared/dom.js": ([], [f"{_BROWSER}shape_tracer.py"]),
    "mnist_tutorial/widgets/shared/pad.js": ([], [f"{_BROWSER}digit_pad.py"]),
    "mnist_tutorial/widgets/shared/python.js": ([], [f"{_BROWSER}digit_clinic.py"]),
    "mnist_tutorial/widgets/shared/thumbnails.js": (
        [],
        [f"{_BROWSER}embedding_map.py"],
    ),
    "mnist_tutorial/experiments/exams.py": (["tests/test_headlines.py"], []),
    "tools/__main__.py": ([_SHELL], []),
    "tools/checkout.py": ([_SHELL], [_RUNNING]),
    "tools/commands.py": (
        [_SHELL, "tests/test_lab.py"],
        ["tests/test_sweep.py", _RUNNING],
    ),
    "tools/environment.py": ([], [_RUNNING]),
    "tools/reading.py": ([], ["tests/notebooks/test_frame.py"]),
    "tools/readme.py": (["tests/test_headlines.py"], []),
    "tools/notebooks.py": ([_SHELL], ["tests/notebooks"]),
    "tools/sweep_results.py": (["tests/test_sweep.py"], []),
    "tools/solve.py": (["tests/notebooks/test_exercises.py"], []),
    "tools/versions.py": ([_SHELL], []),
    "tools/mutate_js.py": (["tests/test_mutate.py"], []),
    "tools/mutate_python.py": (["tests/test_mutate.py"], []),
}


class Mutant(NamedTuple):
    """One change of one module's text."""

    path: str  # from the root
    start: int  # characters before the change
    line: int
    kind: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        return source[: self.start] + self.new + source[self.start + len(self.old) :]


# --- Which mutants


def modules(patterns: str = "*.py *.js", root: Path = ROOT) -> list[str]:
    """All modules of the package and of the tools whose path or name fits a pattern."""
    paths = (
        path for top in ("mnist_tutorial", "tools") for path in root.glob(f"{top}/**/*")
    )
    names = sorted(
        p.relative_to(root).as_posix() for p in paths if p.suffix in (".py", ".js")
    )
    return [n for n in names if any(fnmatch.fnmatch(n, p) for p in patterns.split())]


def sample(count: int, seed: int, patterns: str, root: Path = ROOT) -> list[Mutant]:
    """`count` mutants: one of each module, the others by how much there is to change.

    Which ones of a module depends on its text and on the seed alone.
    """
    every = {path: mutants_of(path, root) for path in modules(patterns, root)}
    weights = {path: len(mutants) for path, mutants in every.items() if mutants}
    return [
        mutant
        for path, share in shares(weights, count).items()
        for mutant in drawn(path, every[path], share, seed, root)
    ]


def mutants_of(path: str, root: Path = ROOT) -> list[Mutant]:
    """All mutants of a module, in the order of its text."""
    source = (root / path).read_text(encoding="utf-8")
    result = []
    for start, end, kind, new in _language(path).changes(source):
        if new != source[start:end]:
            line = source.count("\n", 0, start) + 1
            result.append(Mutant(path, start, line, kind, source[start:end], new))
    return result


def shares(weights: dict[str, int], count: int) -> dict[str, int]:
    """`count` things shared out: one for each name, the rest by their weights."""
    rest, total = max(0, count - len(weights)), sum(weights.values())
    exact = {name: rest * weight / total for name, weight in weights.items()}
    by_remainder = sorted(exact, key=lambda name: exact[name] % 1, reverse=True)
    missing = rest - sum(int(part) for part in exact.values())
    return {
        name: 1 + int(part) + (name in by_remainder[:missing])
        for name, part in exact.items()
    }


def drawn(
    path: str, mutants: list[Mutant], count: int, seed: int, root: Path = ROOT
) -> list[Mutant]:
    """Mutants that compile, drawn by chance: first a kind, then one of that kind."""
    source = (root / path).read_text(encoding="utf-8")
    chance = random.Random(f"{seed} {path}")
    left, result = list(mutants), list[Mutant]()
    while left and len(result) < count:
        kind = chance.choice(sorted({mutant.kind for mutant in left}))
        mutant = chance.choice([mutant for mutant in left if mutant.kind == kind])
        left.remove(mutant)
        if _language(path).compiles(mutant.applied(source)):
            result.append(mutant)
    return result


def _language(path: str):
    return mutate_js if path.endswith(".js") else mutate_python


# --- Which tests judge a mutant


def tests_of(path: str, root: Path = ROOT) -> list[list[str]]:
    """The files of tests of a module: the quick ones, and the slow ones."""
    parts, stem = path.split("/"), Path(path).stem
    group = parts[1] if len(parts) > 2 else ""
    widget = parts[2] if len(parts) > 3 else stem  # a large one has a folder
    quick = {
        ".js": ["tests/test_javascript.py"],  # all of tests/js, with PyTorch's numbers
        "widgets": [
            f"tests/test_widget_{widget}.py",
            f"tests/test_widgets_{widget}.py",
            "tests/test_widgets_sent.py",
        ],
        "": [f"tests/test_{stem}.py"],
    }.get(path[-3:] if path.endswith(".js") else group, [f"tests/test_{group}*.py"])
    slow = [f"{_BROWSER}{widget}.py"] if group == "widgets" else []
    extra = _EXTRA.get(path, ([], []))
    return [_existing(quick, root) + extra[0], _existing(slow, root) + extra[1]]


def _existing(patterns: list[str], root: Path) -> list[str]:
    paths = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    return [path.relative_to(root).as_posix() for path in paths]


def naming(mutant: Mutant, pattern: str, root: Path = ROOT) -> list[str]:
    """The files that name the definition or constant in which the mutant is."""
    if mutant.path.endswith(".js"):
        return []
    tree = ast.parse((root / mutant.path).read_text(encoding="utf-8"))
    for node in tree.body:
        target = (getattr(node, "targets", None) or [node])[0]
        name = getattr(node, "name", "") or getattr(target, "id", "")
        if name and node.lineno <= mutant.line <= (node.end_lineno or 0):
            word = re.compile(rf"\b{name}\b")
            files = sorted(root.glob(pattern))
            matches = [f for f in files if word.search(f.read_text(encoding="utf-8"))]
            return [file.relative_to(root).as_posix() for file in matches]
    return []


# --- The run


def copied(root: Path, folder: str) -> Path:
    """A copy of the tree, so that nothing of ours stays broken."""
    names = (".git", ".venv", "runs", "node_modules", "__pycache__", ".*_cache")
    copy = Path(folder) / "tree"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*names))
    return copy


def outcome(copy: Path, tests: list[str], limit: float) -> tuple[str, str]:
    """("passed", "failed" or "timeout", what failed first)."""
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    code, output = _run(pytest + tests, copy, time.monotonic() + limit)
    if code is None:
        return "timeout", ""
    if code:
        failed = re.search(r"^(?:FAILED|ERROR) (.*)$", output, re.M)
        return "failed", failed[1] if failed else f"exit status {code}"
    return "passed", ""


def _run(command: list[str], copy: Path, end: float) -> tuple[int | None, str]:
    # Into a file: a pipe is held open by what is left of the process.
    # Without byte code: two texts of one length, written in one second, would share it.
    own = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file:
        process = subprocess.Popen(
            command,
            cwd=copy,
            env={**os.environ, **own},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(max(1.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also kernels and browsers
            process.wait()
        file.seek(0)
        return code, file.read()


class Judge:
    """Shows mutants to tests, in a copy of the tree."""

    def __init__(self, copy: Path, wider: bool = False):
        self.copy, self.wider = copy, wider
        self._limits: dict[tuple[str, ...], tuple[float, str]] = {}

    def __call__(self, mutant: Mutant) -> tuple[str, str]:
        """("killed", "survived", "timeout" or "untested", what killed it)."""
        tiers = tests_of(mutant.path, self.copy)
        others = naming(mutant, "tests/test_*.py", self.copy)
        tiers.append([test for test in others if test not in tiers[0] + tiers[1]])
        if self.wider:
            tiers.append(naming(mutant, "notebooks/*.ipynb", self.copy))
        file = self.copy / mutant.path
        source = file.read_text(encoding="utf-8")
        verdict, by = "untested", ""
        for tests in filter(None, tiers):
            limit, failed = self._without_mutant(tests)
            if failed:
                return "untested", f"fails without a mutant: {failed}"
            file.write_text(mutant.applied(source), encoding="utf-8")
            try:
                ended, by = outcome(self.copy, tests, limit)
            finally:
                file.write_text(source, encoding="utf-8")
            if ended == "failed":
                return "killed", by
            verdict = "timeout" if "timeout" in (ended, verdict) else "survived"
        return verdict, by

    def _without_mutant(self, tests: list[str]) -> tuple[float, str]:
        """The seconds that tests are given from now on, and what fails as it is."""
        key = tuple(tests)
        if key not in self._limits:
            start = time.monotonic()
            ended, by = outcome(self.copy, tests, 3600)
            seconds = LEAST_SECONDS + 4 * (time.monotonic() - start)
            self._limits[key] = seconds, "" if ended == "passed" else by or ended
        return self._limits[key]


def run(
    count: int = 80,
    seed: int = 1,
    modules: str = "*.py *.js",
    out: Path = ROOT / "runs" / "mutants.csv",
    wider: bool = False,
) -> int:
    """Judge a sample, write a line for each mutant, print a table; 1 if any survived.

    Args:
        modules: patterns of paths or names, with spaces between.
        wider: what a module's own tests let pass is shown to the notebooks that name
            the definition it is in.
    """
    chosen = sample(count, seed, modules)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(copied(ROOT, folder), wider)
        for k, mutant in enumerate(chosen, 1):
            if mutant not in results(out):
                print(f"{k} of {len(chosen)}: {described(mutant)}", flush=True)
                line = [*mutant, *judge(mutant)]
                with out.open("a", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerow(line)
    judged = results(out)
    print(table({mutant: judged[mutant] for mutant in chosen}))
    return int(any(judged[mutant][0] != "killed" for mutant in chosen))


def results(out: Path) -> dict[Mutant, tuple[str, str]]:
    """The verdicts in a file, if there is one."""
    if not out.exists():
        return {}
    with out.open(newline="", encoding="utf-8") as file:
        return {
            Mutant(path, int(start), int(line), kind, old, new): (verdict, by)
            for path, start, line, kind, old, new, verdict, by in csv.reader(file)
        }


def described(mutant: Mutant) -> str:
    old, new = (" ".join(text.split()) for text in (mutant.old, mutant.new))
    return f"{mutant.path}:{mutant.line} {mutant.kind}: {old!r} → {new!r}"


def table(judged: dict[Mutant, tuple[str, str]]) -> str:
    """Of each module, how many mutants there were and how many died; then the rest."""
    total = Counter(mutant.path for mutant in judged)
    killed = Counter(
        m.path for m, (verdict, _) in judged.items() if verdict == "killed"
    )
    lines = [f"{path:45} {killed[path]:3} of {total[path]:3}" for path in sorted(total)]
    all_killed, every = sum(killed.values()), len(judged)
    share = 100 * all_killed / max(1, every)
    lines.append(f"{'all':45} {all_killed:3} of {every:3} killed ({share:.1f} %)")
    rest = [(m, verdict) for m, (verdict, _) in judged.items() if verdict != "killed"]
    return "\n".join(lines + [f"{verdict}: {described(m)}" for m, verdict in rest])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", default="*.py *.js", help="patterns of names")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "mutants.csv")
    parser.add_argument("--wider", action="store_true", help="notebooks judge, too")
    return run(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
