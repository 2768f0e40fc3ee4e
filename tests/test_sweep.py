"""Sweeps of a tiny notebook: planned, run in parallel, kept, resumed, drawn."""

import contextlib
import csv
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import PATIENCE

from tools import checkout, commands, notebooks, sweep, sweep_results
from tools.checkout import ROOT

PARAMETERS = """seed: int = 0  # of the noise
lr: float = 0.1  # learning rate
width: int = 8  # filters
wait: float = 0.0  # seconds"""
CHECK = """import claims, params
params.check(
    globals(),
    seed=params.seed(),
    lr=params.real(0.1, low=0, high=10),
    width=params.whole(8, low=1, high=64),
    wait=params.real(0.0, low=0, high=1000),
)"""
# Stand beside the notebook for the package's modules, whose import takes seconds; the
# sweep reads the rules in the cell, and does not mind who checks them.
STUBS = {
    "params": """
def check(namespace, **rules):
    pass

def __getattr__(rule):
    return lambda *args, **kwargs: None
""",
    "claims": """
import json, os

results = {}

def record(**more):
    results.update(more)
    with open(os.environ["MNIST_TUTORIAL_RESULTS"], "w") as file:
        json.dump({"results": results, "not_so": []}, file)
""",
}
RECORD = """import os, time
begin = time.time()
time.sleep(wait)
threads = int(os.environ["OMP_NUM_THREADS"])
spin = os.environ["GOMP_SPINCOUNT"]
claims.record(begin=begin, end=time.time(), threads=threads, spin=spin)
if lr == 2:
    raise ValueError("it diverged")
claims.record(name="x", score=10 * lr + seed, width=7, error=0.5)"""


@pytest.fixture
def tiny(here, tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(notebooks, "FOLDER", folder)
    monkeypatch.delenv("MNIST_TUTORIAL_RESULTS", raising=False)
    for name, source in STUBS.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return write(folder / "01_tiny.ipynb", RECORD)


def write(path, record, check=CHECK):
    notebook = nbformat.v4.new_notebook()
    notebooks.normalise(notebook)
    cells = [nbformat.v4.new_code_cell(c) for c in (PARAMETERS, check, record)]
    cells[0].metadata.tags = ["parameters"]
    notebook.cells = cells
    nbformat.write(notebook, path)
    return path


def command(tmp_path, *arguments):
    argv = ["sweep", "01_tiny", "--out", str(tmp_path / "out"), *arguments]
    return commands.main(argv)


def rows(tmp_path):
    with open(tmp_path / "out" / "01_tiny.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def times(tmp_path):
    return {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("*.json")}


@pytest.fixture
def no_kernel(monkeypatch):
    """Runs a notebook in this process, in no time: for what is done with it."""

    def run_one(name, path, parameters, threads, lifeline):
        recorded, error = {}, ""
        parameters_cell, _, record = notebooks.code_cells(Path(path))
        namespace = {"claims": SimpleNamespace(record=recorded.update)}
        exec(parameters_cell, namespace)
        namespace.update(parameters)
        try:
            exec(record, namespace)
        except ValueError as failure:
            error = f"Cell [4]: {failure}"
        return (
            name,
            {"results": recorded, "seconds": 1.0, "error": error},
            b'{"cells": []}',
        )

    monkeypatch.setattr(sweep, "run_one", run_one)
    monkeypatch.setattr(sweep, "cpu_count", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")


def test_a_failure_is_listed_the_others_are_done_and_kept(
    tiny, no_kernel, tmp_path, capsys
):
    grid = ("--grid", "lr=0.1,2", "--seeds", "2")
    assert command(tmp_path, *grid) == 1
    said = capsys.readouterr()
    assert said.err.count("failed (lr 2, seed") == 2
    assert "Cell [4]: it diverged" in said.err
    table = rows(tmp_path)
    assert [(r["lr"], r["seed"], r["score"]) for r in table] == [
        ("0.1", "0", "1.0"), ("0.1", "1", "2.0"), ("2", "0", ""), ("2", "1", "")
    ]  # fmt: skip
    assert [r["error"] for r in table] == ["", "", *["Cell [4]: it diverged"] * 2]
    assert {r["recorded_error"] for r in table} == {"0.5", ""}
    assert all(float(r["seconds"]) > 0 for r in table)

    before = times(tmp_path)
    command(tmp_path, *grid)
    changed = [n for n, t in times(tmp_path).items() if t != before[n]]
    failed = [f"{r['run']}.json" for r in table if r["error"]]
    assert sorted(changed) == sorted(failed)  # only what failed is tried again


def test_the_figure_is_of_the_metric_asked_for(tiny, no_kernel, tmp_path, capsys):
    assert command(tmp_path, "--metric", "score") == 0
    assert "of score" in capsys.readouterr().out
    picture = (tmp_path / "out" / "01_tiny.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 5000


@pytest.mark.slow
def test_the_courses_own_check_and_record_fill_the_table(tiny, tmp_path):
    real = CHECK.replace("import claims", "from mnist_tutorial import claims")
    write(tiny, "claims.record(score=10 * lr + seed)", real)
    assert command(tmp_path, "--grid", "lr=0.2") == 0
    assert [(r["lr"], r["score"], r["error"]) for r in rows(tmp_path)] == [
        ("0.2", "2.0", "")
    ]


def test_changed_code_runs_again_and_old_runs_stay(tiny, no_kernel, tmp_path):
    assert command(tmp_path) == 0
    first = times(tmp_path)
    assert command(tmp_path) == 0
    assert times(tmp_path) == first
    write(tiny, RECORD.replace("10 * lr", "20 * lr"))
    assert command(tmp_path) == 0
    assert len(times(tmp_path)) == 2 and first.items() < times(tmp_path).items()
    assert rows(tmp_path)[0]["score"] == "2.0"


def test_the_version_is_of_code_cells_and_not_of_outputs(tiny):
    first = sweep.version(tiny)
    notebook = nbformat.read(tiny, as_version=4)
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="x")]
    notebook.cells.append(nbformat.v4.new_markdown_cell("text"))
    nbformat.write(notebook, tiny)
    assert sweep.version(tiny) == first
    write(tiny, RECORD + "\n")
    assert sweep.version(tiny) != first


def test_the_version_is_of_the_packages_code_weights_and_tables(tiny, monkeypatch):
    patterns = []
    monkeypatch.setattr(
        sweep, "code_version", lambda *arguments: patterns.extend(arguments)
    )
    sweep.version(tiny)
    for folder in ("weights", "results"):
        (file, *_) = [p for p in patterns if p.startswith(folder)]
        assert list((ROOT / "mnist_tutorial").glob(file)), file


def test_a_run_whose_file_is_gone_is_done_again(tiny, no_kernel, tmp_path):
    assert command(tmp_path, "--seeds", "2") == 0
    before = times(tmp_path)
    gone = min(before)
    (tmp_path / "out" / gone).unlink()
    assert command(tmp_path, "--seeds", "2") == 0
    assert {n for n, t in times(tmp_path).items() if before[n] != t} == {gone}


DAMAGES = ("gone", b"", b"{", b"[]", b"null", b"{}", b"\xff\x00")


@pytest.mark.parametrize("damage", DAMAGES, ids=repr)
@pytest.mark.parametrize("end", ["json", "ipynb"])
def test_a_run_whose_file_is_damaged_is_done_again(
    end, damage, tiny, no_kernel, tmp_path
):
    assert command(tmp_path, "--seeds", "2") == 0
    before = times(tmp_path)
    file = min((tmp_path / "out").glob(f"*.{end}"))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(damage)
    assert command(tmp_path, "--seeds", "2") == 0
    after = times(tmp_path)
    assert {n for n, t in after.items() if before[n] != t} == {f"{file.stem}.json"}
    assert [row["score"] for row in rows(tmp_path)] == ["1.0", "2.0"]


@pytest.mark.parametrize("damage", ["", "null", "[]", "{}", "3", "x", "[" * 5000])
def test_a_result_that_was_kept_damaged_is_done_again(
    damage, tiny, no_kernel, tmp_path
):
    assert command(tmp_path) == 0
    kept = tmp_path / "out" / "01_tiny.jsonl"
    parameters, code, _ = json.loads(kept.read_text(encoding="utf-8"))
    line = f"[{json.dumps(parameters)}, {json.dumps(code)}, {damage}]\n"
    kept.write_text(line, encoding="utf-8")
    assert command(tmp_path) == 0
    assert rows(tmp_path)[0]["score"] == "1.0"
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 2


def test_a_diverged_run_is_kept_as_well(tiny, no_kernel, tmp_path):
    write(tiny, "claims.record(score=float('nan'))")
    assert command(tmp_path) == 0
    before = times(tmp_path)
    assert command(tmp_path) == 0 and times(tmp_path) == before


def test_a_dollar_in_a_value_or_a_name_is_no_mathematics():
    points = [({"page": p, "dir": p}, 1.0) for p in ("$\\frac{$", "a$b$c", "$$")]
    chart = sweep_results.figure(points, ["page", "dir"], "$\\x{$", "a$b$c")
    chart.savefig(io.BytesIO(), format="png")
    (ax,) = chart.axes
    assert "page a$b$c" in [text.get_text() for text in ax.get_xticklabels()]


def test_a_folder_that_cannot_be_written_into_is_said_before_anything_runs(
    tiny, tmp_path, monkeypatch, capsys
):
    def read_only(**how):
        raise PermissionError(13, "Permission denied", how["dir"])

    monkeypatch.setattr(checkout.tempfile, "TemporaryFile", read_only)
    monkeypatch.setattr(sweep, "run_one", lambda *_: pytest.fail("it ran"))
    assert command(tmp_path) == 1
    said = capsys.readouterr().err
    assert "Nothing can be written into" in said and said.count("\n") == 1


def test_a_disk_that_is_full_in_the_middle_keeps_what_there_is(
    tiny, no_kernel, tmp_path, monkeypatch, capsys
):
    write_well = sweep.write_atomically

    def write_until_full(path, content):
        if len(list((tmp_path / "out").glob("*.json"))) == 2:
            raise OSError(28, "No space left on device")
        write_well(path, content)

    monkeypatch.setattr(sweep, "write_atomically", write_until_full)
    assert command(tmp_path, "--seeds", "4") == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("The sweep was cut short (OSError: [Errno 28] No space")
    assert "2 of 4 runs are kept" in said
    monkeypatch.setattr(sweep, "write_atomically", write_well)
    before = times(tmp_path)
    assert command(tmp_path, "--seeds", "4") == 0
    assert before.items() < times(tmp_path).items()


def test_rules_are_read_from_the_cell_and_nothing_in_it_is_run(tiny):
    check = """from mnist_tutorial import params
params.check(
    globals(),
    lr=params.real(0.1, low=-1, high=10),
    page=params.new_file(endings=(".png", ".pdf")),
    seed=params.whole(__import__("os").getpid(), low=0, high=1),
    width=eval("params.seed()"),
    wait=params.ParameterError("is no rule"),
)"""
    rules = sweep.rules_of(write(tiny, RECORD, check))
    assert list(rules) == ["lr", "page"]
    assert (rules["lr"].allowed, rules["lr"].default) == ("a number from -1 to 10", 0.1)
    assert rules["page"].neutral


@pytest.mark.parametrize(
    ("cores", "jobs", "dask", "expected"),
    [
        (8, None, "", (4, 2)),
        (7, 2, "", (2, 3)),
        (1, None, "", (1, 1)),
        (3, 5, "", (5, 1)),
        (8, None, "tcp://somewhere", (-1, 1)),
        (8, 3, "tcp://somewhere", (3, 1)),
    ],
)
def test_jobs_and_their_threads_share_the_cores(
    tiny, monkeypatch, cores, jobs, dask, expected
):
    asked = []

    class Parallel:
        def __init__(self, n_jobs, **_):
            self.jobs = n_jobs

        def __call__(self, tasks):
            for function, (*_, threads, lifeline), _ in tasks:
                asked.append((self.jobs, threads))
                assert (lifeline is None) == bool(dask)
                # A worker elsewhere cannot import it.
                assert isinstance(function, sweep._ByValue) == bool(dask)
            return []

    monkeypatch.setattr(sweep, "Parallel", Parallel)
    monkeypatch.setattr(sweep, "_backend", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(sweep, "cpu_count", lambda: cores)
    runs = [SimpleNamespace(id=k, path=tiny, parameters={}) for k in "ab"]
    assert [*sweep.execute(runs, jobs, dask)] == []
    assert asked == [expected] * 2


@pytest.mark.parametrize(
    ("number", "names"),
    [('"00"', ["dataset", "data_root", "device"]), ('"99"', []), ("str(0)", [])],
)
def test_rules_are_found_by_the_number_of_the_notebook(tiny, number, names):
    check = f"""from mnist_tutorial import params
params.check(globals(), {number}, seed=params.seed())"""
    rules = sweep.rules_of(write(tiny, RECORD, check))
    assert list(rules) == [*names, "seed"]


@pytest.mark.slow
def test_two_jobs_overlap_share_the_cores_and_may_fail(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "cpu_count", lambda: 6)
    arguments = (
        "--grid",
        "lr=0.1,2",
        "--jobs",
        "2",
        "-p",
        "wait",
        "4",
        "-p",
        "width",
        "9",
    )
    assert command(tmp_path, *arguments) == 1
    one, two = rows(tmp_path)
    assert float(one["begin"]) < float(two["end"])
    assert float(two["begin"]) < float(one["end"])
    assert {r["threads"] for r in (one, two)} == {"3"}
    assert {r["spin"] for r in (one, two)} == {"1000"}
    assert one["width"] == "9" and one["recorded_width"] == "7"
    assert [one["error"], two["error"]] == ["", "Cell [4]: it diverged"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--grid", "rate=1"), "01_tiny has no parameter 'rate'."),
        (("--grid", "widht=1"), "Did you mean 'width'?"),
        (("--grid", "lr="), "'lr=' has a gap"),
        (("--grid", "lr=1,,2"), "'lr=1,,2' has a gap"),
        (("--grid", "lr"), "write NAME=VALUE,VALUE"),
        (("--grid", "lr=1", "--grid", "lr=2"), "'lr' twice"),
        (("--grid", "lr=1", "-p", "lr", "2"), "'lr' would be set twice"),
        (("--grid", "seed=1"), "'seed' would be set twice"),
        (("--grid", "lr=1,11"), "'lr' is 11, but must be a number from 0 to 10"),
        (("-p", "width", "many"), "'width' is 'many', but must be a whole number"),
        (("--jobs", "0"), "--jobs is 0, but must be from 1"),
        (("--seeds", "0"), "--seeds is 0, but must be at least 1"),
        (("--out", "/dev/null/x"), "Nothing can be written into /dev/null/x"),
        (("--out", "x" * 300), "File name too long"),
        (("--jobs", "1001"), "--jobs is 1001, but must be from 1 to 1000"),
        (("--seeds", str(10**12)), "has 1,000,000,000,000 runs, but at most 10,000"),
        (("--grid", "lr=1,2", "--seeds", "5001"), "has 10,002 runs"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_before_anything_runs(
    tiny, tmp_path, capsys, arguments, sentence
):
    assert command(tmp_path, *arguments) == 1
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said
    assert not list((tmp_path / "out").glob("*"))


@given(st.lists(st.text(), max_size=3))
@example(["lr=" + "(" * 3000])
@example(["lr=" + "9" * 5000])
@example(["lr=\0"])
def test_whatever_is_typed_is_a_grid_or_one_sentence(texts):
    try:
        grid = sweep.parse(texts)
    except checkout.CommandError as error:
        assert "--grid" in str(error)
    else:
        kinds = {type(value) for values in grid.values() for value in values}
        assert kinds <= {bool, int, float, str}


def test_an_unknown_notebook_is_one_sentence(tiny, capsys):
    assert commands.main(["sweep", "02_tiny"]) == 1
    assert "There is no notebook '02_tiny'." in capsys.readouterr().err


def test_a_metric_nobody_recorded_is_named_and_the_table_is_there(
    tiny, no_kernel, tmp_path, capsys
):
    assert command(tmp_path, "--metric", "accuracy") == 1
    assert "do not all have a number 'accuracy'; they share begin," in (
        capsys.readouterr().err
    )
    assert rows(tmp_path)[0]["score"] == "1.0"


@pytest.mark.parametrize(
    ("losses", "said"),
    [((0.5, 0.4), ""), ((0.5, math.nan), "not drawn: 1 runs with no finite loss")],
)
def test_runs_without_a_finite_number_are_counted_and_not_drawn(
    tmp_path, capsys, losses, said
):
    done = [
        (
            sweep.Run(Path("06.ipynb"), {"lr": lr}, "code"),
            {"results": {"loss": loss}, "seconds": 1.0, "error": ""},
        )
        for lr, loss in enumerate(losses, 1)
    ]
    sweep.report(done, ["lr"], "", tmp_path)
    table, *words, figure = capsys.readouterr().out.splitlines()
    assert words == [said] * bool(said)
    assert table.startswith("table: ") and figure.startswith("figure: ")
    assert (tmp_path / "06.png").stat().st_size > 1_000


def test_the_figure_has_a_dot_for_each_seed_and_their_spread():
    points = [({"lr": lr, "width": 1}, lr + seed) for lr in (1, 2) for seed in (0, 2)]
    (ax,) = sweep_results.figure(points, ["lr", "width"], "score", "tiny").axes
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in dots] == [[1, 3], [2, 4]]
    bars = [c.lines[2][0].get_segments()[0][:, 1] for c in ax.containers]
    half = 2**0.5  # the standard deviation of m - 1 and m + 1, with n - 1
    assert [list(b) for b in bars] == [
        pytest.approx([mean - half, mean + half]) for mean in (2, 3)
    ]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["lr 1", "lr 2"]
    assert ax.get_legend() is None  # one colour needs none
    points += [({"lr": 1, "width": 8}, 5), ({"lr": 1, "width": 8}, 6)]
    (ax,) = sweep_results.figure(points, ["lr", "width"], "score", "tiny").axes
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["width 1", "width 8"]


MAIN = """import signal, sys, pathlib
from tools import commands, environment, notebooks
environment.enter = lambda *_: None
# A shell that runs the tests in the background has interrupts ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
notebooks.FOLDER = pathlib.Path(sys.argv[1])
sys.exit(commands.main(sys.argv[2:]))
"""


@pytest.fixture
def begin(tiny, tmp_path):
    """Starts a sweep in a process group of its own."""
    started = []

    def start(*arguments: str) -> subprocess.Popen:
        command = ("sweep", "01_tiny", "--out", str(tmp_path / "out"), *arguments)
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, str(tiny.parent), *command],
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
            cwd=ROOT,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(state) -> None:
    limit = time.monotonic() + PATIENCE
    while not state():
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.mark.slow
def test_an_interrupt_keeps_what_has_finished_and_says_how_to_go_on(begin, tmp_path):
    out = tmp_path / "out"
    process = begin("--grid", "wait=0,600", "--jobs", "1")
    wait_for(lambda: list(out.glob("*.json")))
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 130
    assert "1 of 2 runs are kept" in said and "the same command" in said
    (kept,) = out.glob("*.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["results"]["score"] == 1.0
    assert not list(out.glob(".*"))


def goes_on(tmp_path, *arguments: str) -> None:
    """The same command repeats no run that was kept, and ends well."""
    before = times(tmp_path)
    assert command(tmp_path, *arguments) == 0
    assert before.items() <= times(tmp_path).items()
    assert {row["error"] for row in rows(tmp_path)} == {""}


@pytest.mark.long
def test_a_sweep_that_is_killed_takes_its_runs_along_and_goes_on(begin, tmp_path):
    arguments = ("--grid", "wait=0,20", "--jobs", "2")
    process = begin(*arguments)
    wait_for(lambda: times(tmp_path))
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2  # the other run and its kernel
    process.kill()
    process.wait()
    wait_for(lambda: not any(alive(child) for child in children))
    goes_on(tmp_path, *arguments)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.long
def test_a_run_that_is_killed_is_a_failure_and_is_tried_again(begin, tmp_path):
    arguments = ("--grid", "wait=0,20", "--jobs", "2")
    process = begin(*arguments)
    wait_for(lambda: times(tmp_path))
    psutil.Process(process.pid).children()[0].kill()
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 1
    assert "failed (wait 20, seed 0). The process ended with code -9" in said
    (failed,) = [row for row in rows(tmp_path) if row["error"]]
    (tmp_path / "out" / f"{failed['run']}.json").unlink()
    goes_on(tmp_path, *arguments)


@pytest.mark.long
def test_two_sweeps_at_once_in_one_folder_end_with_the_same_table(begin, tmp_path):
    processes = [begin("--seeds", "3", "--jobs", "1") for _ in range(2)]
    for process in processes:
        said = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 0, said
        assert [row["score"] for row in rows(tmp_path)] == ["1.0", "2.0", "3.0"]
    goes_on(tmp_path, "--seeds", "3")


@pytest.mark.long
def test_a_scheduler_that_goes_half_way_is_one_sentence_and_the_sweep_goes_on(
    begin, tmp_path
):
    pytest.importorskip("distributed", reason="Dask is not installed.")
    noted, cluster = tmp_path / "scheduler.json", []
    for program, *options in (
        ("scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={noted}"),
        ("worker", f"--scheduler-file={noted}", "--nthreads=2", "--no-nanny"),
    ):
        module = f"distributed.cli.dask_{program}"
        options = ["--no-dashboard", *options]
        cluster.append(
            subprocess.Popen(
                [sys.executable, "-m", module, *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        wait_for(noted.is_file)
    try:
        address = json.loads(noted.read_bytes())["address"]
        process = begin("--grid", "wait=0,20", "--dask", address)
        wait_for(lambda: times(tmp_path))
        cluster[0].kill()
        said = process.communicate(timeout=PATIENCE)[1]
    finally:
        for one in cluster:
            one.kill()
            one.wait()
    assert process.returncode == 1 and "Traceback" not in said
    assert "The sweep was cut short (FutureCancelledError" in said
    assert "1 of 2 runs are kept" in said
    goes_on(tmp_path, "--grid", "wait=0,20")


@pytest.mark.slow
def test_a_dask_cluster_runs_the_same_sweep(tiny, tmp_path):
    distributed = pytest.importorskip(
        "distributed",
        reason="Dask is not installed: pip install 'mnist-tutorial[dask]'",
    )
    # Two runs in one process: each must keep its own metrics.
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        arguments = ("--seeds", "2", "-p", "wait", "3", "--dask", address)
        assert command(tmp_path, *arguments) == 0
    one, two = rows(tmp_path)
    assert [one["score"], two["score"]] == ["1.0", "2.0"]
    assert float(one["begin"]) < float(two["end"])
    assert float(two["begin"]) < float(one["end"])


@pytest.mark.slow
def test_a_worker_needs_neither_this_folder_nor_its_modules(tiny):
    pickle = pytest.importorskip(
        "distributed.protocol.pickle", reason="Dask is not installed."
    )
    sent = pickle.dumps(sweep._ByValue(sweep.run_one))
    worker = (
        "import json, pickle, sys\n"
        "sys.modules['tools'] = None\n"  # an import of it fails from now on
        "run = pickle.loads(sys.stdin.buffer.read())\n"
        "name, metrics, notebook = run('a', sys.argv[1], {'seed': 3}, 1)\n"
        "print(json.dumps([name, metrics['results']['score'], len(notebook) > 500]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", worker, str(tiny)],
        input=sent,
        capture_output=True,
        cwd=tiny.parent,
    )
    assert result.stdout.decode() == '["a", 4.0, true]\n', result.stderr.decode()


@pytest.mark.parametrize("missing", ["Dask", "scheduler"])
def test_without_dask_or_its_scheduler_there_is_one_sentence(
    missing, tiny, tmp_path, monkeypatch, capsys
):
    if missing == "Dask":
        monkeypatch.setattr("joblib._dask.distributed", None)
    else:
        # Its import puts the settings there.
        dask = pytest.importorskip("distributed", reason="Dask is not installed.").dask
        monkeypatch.setitem(
            dask.config.config["distributed"]["comm"],
            "timeouts",
            {"connect": "1s", "tcp": "1s"},
        )
    assert command(tmp_path, "--dask", "tcp://127.0.0.1:9") == 1
    said = capsys.readouterr().err
    assert "pip install 'mnist-tutorial[dask]'" in said and "127.0.0.1:9" in said
    assert "Traceback" not in said
    assert not os.listdir(tmp_path / "out")
