"""Sweeps: one notebook, many parameters, each with several seeds, run in parallel.

Plan the runs, run what is not there yet, collect a table, draw it. The folder `out`
keeps each run as ID.ipynb and ID.json, where ID stands for its parameters and its code,
and in NAME.jsonl which of them need not be repeated.
"""

import ast
import contextlib
import hashlib
import io
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill
from joblib import Parallel, cpu_count, delayed, parallel_config
from tqdm import tqdm

from mnist_tutorial import params
from mnist_tutorial.experiments.cache import Cache, code_version
from mnist_tutorial.files import write_atomically
from mnist_tutorial.hints import did_you_mean
from mnist_tutorial.rules import RULES, Rule
from tools import notebooks, sweep_results
from tools.checkout import ROOT, CommandError, make_folder
from tools.environment import COMPUTING

Grid = dict[str, list]
MOST_RUNS, MOST_JOBS = 10_000, 1_000


@dataclass(frozen=True)
class Run:
    """A run that is planned: a notebook, its parameters, the version of the code."""

    path: Path
    parameters: dict[str, Any]
    code: str

    @property
    def id(self) -> str:
        parts = [self.path.stem, self.parameters, self.code]
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def sweep(
    name: str,
    grid: Grid,
    *,
    seeds: int = 1,
    jobs: int | None = None,
    fixed: dict | None = None,
    out: Path = Path("runs/sweep"),
    dask: str = "",
    metric: str = "",
) -> None:
    """Run a notebook for each point of a grid and each seed; write a table, a figure.

    Runs that have finished, with the same parameters and the same code, are not
    repeated; failed ones are.

    Args:
        grid: the values to try, by parameter.
        seeds: how many; they are 0, 1, … and become the parameter `seed`.
        jobs: runs at a time; half of the cores if None. Each has its share of threads.
        fixed: further parameters, the same in all runs.
        dask: address of a Dask scheduler, on whose cluster to run; as large as it is if
            no `jobs`, one thread for each run.
        metric: what to draw; the first number that all finished runs recorded if "".

    Raises:
        CommandError: an argument cannot be used (nothing has been run), or a run failed
            (all others have been run).
    """
    (path,) = notebooks.find([name])
    runs = plan(path, grid, seeds, fixed or {})
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise CommandError(f"--jobs is {jobs}, but must be from 1 to {MOST_JOBS}.")
    make_folder(out)
    cache = Cache(out / f"{path.stem}.jsonl", runs[0].code)
    done = {run.id: kept for run in runs if (kept := finished(run, cache, out))}
    todo = [run for run in runs if run.id not in done]
    print(f"Runs of {path.stem}: {len(runs)}, of which {len(done)} kept from before")
    try:
        with tqdm(total=len(runs), initial=len(done), file=sys.stderr) as bar:
            for run, metrics, notebook in execute(todo, jobs, dask):
                keep(run, metrics, notebook, cache, out)
                done[run.id] = metrics
                bar.update()
    except CommandError:
        raise  # nothing has begun
    except (Exception, KeyboardInterrupt) as error:
        # Not of a run, which fails without raising: of the machine or the cluster.
        complete = sum(finished(run, cache, out) is not None for run in runs)
        state = f"{complete} of {len(runs)} runs are kept in {out}"
        if isinstance(error, KeyboardInterrupt):
            print(f"{state}; the same command goes on with the rest.", file=sys.stderr)
            raise
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise CommandError(
            f"The sweep was cut short ({why}). {state}; see to that, and the same "
            "command goes on with the rest."
        ) from error
    report([(run, done[run.id]) for run in runs], list(grid), metric, out)


def parse(texts: Sequence[str]) -> Grid:
    """What `--grid lr=0.01,0.1 --grid optimizer=sgd,momentum` means.

    Raises:
        CommandError: not of this form, an empty value, or a parameter given twice.
    """
    grid: Grid = {}
    for text in texts:
        name, equals, listed = text.partition("=")
        values = listed.split(",")
        if not (name and equals and all(values)):
            raise CommandError(
                f"--grid {text!r} has a gap; write NAME=VALUE,VALUE, as in lr=0.01,0.1."
            )
        if name in grid:
            raise CommandError(f"--grid has {name!r} twice; list all its values once.")
        grid[name] = list(dict.fromkeys(map(notebooks.value, values)))
    return grid


def plan(path: Path, grid: Grid, seeds: int, fixed: dict) -> list[Run]:
    """Each point of the grid with each seed, in the order of the arguments.

    Raises:
        CommandError: a parameter that the notebook has not, or a value it refuses.
    """
    if seeds < 1:
        raise CommandError(f"--seeds is {seeds}, but must be at least 1.")
    number = math.prod(map(len, grid.values())) * seeds
    if number > MOST_RUNS:
        raise CommandError(
            f"The grid has {number:,} runs, but at most {MOST_RUNS:,} are possible; "
            "give fewer values or seeds."
        )
    twice = [n for n in (*grid, *fixed) if n == "seed" or (n in grid and n in fixed)]
    if twice:
        raise CommandError(
            f"Parameter {twice[0]!r} would be set twice; --grid gives the values to "
            "try, -p one for all runs, and --seeds N the seeds 0 to N - 1."
        )
    names = papermill.inspect_notebook(str(path))
    rules = rules_of(path)
    tried = grid | {name: [value] for name, value in fixed.items()} | {"seed": []}
    for name, values in tried.items():
        if name not in names:
            raise CommandError(
                f"{path.stem} has no parameter {name!r}.{did_you_mean(name, names)} "
                f"It has {', '.join(names)}."
            )
        if name in rules:
            check(path, name, values, rules[name])
    code = version(path)
    points = itertools.product(*grid.values(), range(seeds))
    columns = (*grid, "seed")
    return [Run(path, fixed | dict(zip(columns, p, strict=True)), code) for p in points]


def check(path: Path, name: str, values: Sequence, rule: Rule) -> None:
    """Refuse a value as the notebook would, before anything runs."""
    with contextlib.chdir(path.parent):  # a relative file name starts there
        for value in values:
            try:
                rule.check(name, value)
            except params.ParameterError as error:
                raise CommandError(error) from None


def rules_of(path: Path) -> dict[str, Rule]:
    """The rules in the notebook's call of `params.check`, which is read, never run.

    They stand there, or the number of the notebook does. A rule with other arguments
    than literals is left to the run.
    """
    rules: dict[str, Rule] = {}
    for source in notebooks.code_cells(path):
        if "params.check(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "params.check":
                for number in node.args[1:]:
                    with contextlib.suppress(TypeError, ValueError):
                        rules |= params.rules_of(ast.literal_eval(number))
                for keyword in node.keywords:
                    with contextlib.suppress(KeyError, TypeError, ValueError):
                        rules[str(keyword.arg)] = _rule(keyword.value)
    return rules


def _rule(call: ast.expr) -> Rule:
    """What an expression like `params.whole(3, low=1, high=9)` comes to."""
    if not isinstance(call, ast.Call):
        raise ValueError(f"{ast.unparse(call)} calls nothing.")
    make = RULES[ast.unparse(call.func).removeprefix("params.")]
    arguments = [ast.literal_eval(argument) for argument in call.args]
    settings = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    return make(*arguments, **settings)


def version(path: Path) -> str:
    """A hash of a notebook's code cells, the package's code, weights and tables."""
    parts = [notebooks.code_cells(path), code_version("weights/*", "results/*.csv")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def execute(
    runs: Sequence[Run], jobs: int | None, dask: str
) -> Iterator[tuple[Run, dict, bytes]]:
    """Each run with its metrics and its notebook, as they finish.

    Raises:
        CommandError: there is no Dask, or no scheduler at that address.
    """
    cores = cpu_count()
    jobs = jobs or (-1 if dask else max(1, cores // 2))  # -1: all that a cluster has
    threads = 1 if dask else max(1, cores // jobs)  # or they would fight for the cores
    task = delayed(_ByValue(run_one) if dask else run_one)
    planned = {run.id: run for run in runs}
    with _backend(dask), _lifeline() as lifeline:
        parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
        tied = None if dask else lifeline
        for name, metrics, notebook in parallel(
            task(run.id, str(run.path), run.parameters, threads, tied) for run in runs
        ):
            yield planned[name], metrics, notebook


@contextlib.contextmanager
def _lifeline() -> Iterator[int]:
    """What ends for its readers when this process leaves the block, or is killed."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(write)
        os.close(read)


def _backend(dask: str) -> parallel_config:
    """Where joblib runs: in threads, or on the cluster of a Dask scheduler.

    Threads will do, since each run has a process of its own.
    """
    if not dask:
        return parallel_config(backend="threading")
    try:
        return parallel_config(backend="dask", scheduler_host=dask)
    except (ImportError, OSError, ValueError) as error:
        raise CommandError(
            f"--dask needs Dask (pip install 'mnist-tutorial[dask]') and the address "
            f"that `dask scheduler` prints, not {dask!r}: {error}"
        ) from error


class _ByValue:
    """A function that is sent whole: a Dask worker cannot import this folder."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __reduce__(self):
        import cloudpickle

        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        return cloudpickle.loads, (cloudpickle.dumps(self.function),)


_RUN_ONE = """import json, os, pathlib, sys, threading
from tools import notebooks

def end_with_the_sweep():
    os.read(0, 1)  # not sys.stdin, whose lock would outlive the interpreter
    os._exit(1)

threading.Thread(target=end_with_the_sweep, daemon=True).start()
path, parameters, out = sys.argv[1:]
notebooks.run_one(pathlib.Path(path), json.loads(parameters), pathlib.Path(out))"""


def run_one(
    name: str, path: str, parameters: dict, threads: int, lifeline: int | None = None
) -> tuple[str, dict, bytes]:
    """The name with the run's metrics and executed notebook; it fails without raising.

    It has a Python of its own, since the environment, which says where the metrics go
    and how many threads there are, belongs to a process. That ends when `lifeline`
    does, else with this process, so that no run outlives its sweep.
    """
    own = {"OMP_NUM_THREADS": str(threads)}
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(
            [sys.executable, "-c", _RUN_ONE, path, json.dumps(parameters), folder],
            cwd=ROOT,
            env={**COMPUTING, **os.environ, **own},
            stdin=subprocess.PIPE if lifeline is None else lifeline,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as child:
            try:
                said = child.stderr.read() if child.stderr else ""
                code = child.wait()
            except BaseException:
                child.kill()
                raise
        results = Path(folder, f"{Path(path).stem}.metrics.json")
        metrics = json.loads(results.read_bytes()) if results.is_file() else {}
        if code:
            last = said.strip().splitlines()[-1:] or ["no message"]
            error = f"The process ended with code {code}: {last[0]}"
            metrics = {"results": {}, "seconds": math.nan} | metrics | {"error": error}
        executed = Path(folder, Path(path).name)
        return name, metrics, executed.read_bytes() if executed.is_file() else b""


def keep(run: Run, metrics: dict, notebook: bytes, cache: Cache, out: Path) -> None:
    """Write a run into `out`; last, if it did not fail, that it is there."""
    write_atomically(out / f"{run.id}.ipynb", notebook)
    write_atomically(out / f"{run.id}.json", _as_file(run, metrics))
    if not metrics["error"]:
        cache.put(run.parameters, metrics)


def _as_file(run: Run, metrics: dict) -> bytes:
    """What ID.json says of a run."""
    everything = {**metrics, "run": run.parameters, "code": run.code}
    return (json.dumps(everything, indent=2) + "\n").encode()


def finished(run: Run, cache: Cache, out: Path) -> dict | None:
    """The metrics of a run that did not fail and whose files in `out` are whole."""
    metrics = cache.get(run.parameters)
    try:
        notebook = json.loads((out / f"{run.id}.ipynb").read_bytes())
        whole = (
            (out / f"{run.id}.json").read_bytes() == _as_file(run, metrics)
            and {"results", "seconds", "error"} <= metrics.keys()
            and "cells" in notebook
        )
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None  # not there, or damaged
    return metrics if whole else None


def report(
    done: list[tuple[Run, dict]], swept: list[str], metric: str, out: Path
) -> None:
    """Write the table and the figure of a sweep, and say what failed.

    Raises:
        CommandError: a run failed, or the metric was not recorded.
    """
    stem = done[0][0].path.stem
    rows = [sweep_results.row(run.id, run.parameters, m) for run, m in done]
    write_atomically(out / f"{stem}.csv", sweep_results.table(rows).encode())
    print(f"table: {out / stem}.csv")
    failures = [
        f"{run.id} failed ({sweep_results.point(run.parameters)}). {metrics['error']}"
        for run, metrics in done
        if metrics["error"]
    ]
    good = [(run.parameters, m["results"]) for run, m in done if not m["error"]]
    shared = sweep_results.shared_metrics([results for _, results in good])
    if metric and metric not in shared:
        failures.append(
            f"No figure: the finished runs do not all have a number {metric!r}; they "
            f"share {', '.join(shared) or 'none'}. The runs are kept."
        )
    elif shared:
        metric = metric or shared[0]
        points = [(p, r[metric]) for p, r in good if math.isfinite(r[metric])]
        if len(points) < len(good):
            print(f"not drawn: {len(good) - len(points)} runs with no finite {metric}")
        if points:
            print(f"figure: {out / stem}.png, of {metric}")
            buffer = io.BytesIO()
            figure = sweep_results.figure(points, swept, metric, stem)
            figure.savefig(buffer, format="png", dpi=150)
            write_atomically(out / f"{stem}.png", buffer.getvalue())
    else:
        print("No figure: the finished runs share no number to draw.")
    if failures:
        raise CommandError("\n".join(failures))
