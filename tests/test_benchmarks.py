"""What `bench` measures: how figures are taken, kept, shown and compared."""

import csv
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from types import SimpleNamespace

import psutil
import pytest
import torch
from support import PATIENCE, is_one_sentence

from benchmarks import measure, notebooks, run, search, table, throughput, training
from mnist_tutorial import data
from tools import commands
from tools.checkout import ROOT, CommandError

CPU = torch.device("cpu")
MACHINE = {
    "device": "cpu",
    "processor": "Abacus",
    "cores": 2,
    "threads": 2,
    "instructions": ["avx2"],
    "memory_gb": 8,
    "system": "Linux",
    "python": "3.11.7",
    "torch": "2.14.1",
}


def row(*lines, title="a title", **machine):
    return table.as_row(title, lines, MACHINE | machine)


@pytest.fixture
def root(tmp_path):
    """A repository of pages that have a place for the table, and nothing else."""
    (tmp_path / "benchmarks").mkdir()
    text = f"above\n\n{table.BEGIN}\n{table.END}\n\nbelow\n"
    for page in table.PAGES:
        (tmp_path / page).write_text(text, encoding="utf-8")
    return tmp_path


def readme(root):
    return (root / "benchmarks" / "README.md").read_text(encoding="utf-8")


# --- How a figure is taken


def test_a_spread_is_the_median_between_the_quartiles():
    assert measure.spread([5, 1, 4, 2, 3]) == (3, 2, 4, 5)
    assert measure.spread([7.5]) == (7.5, 7.5, 7.5, 1)


@pytest.mark.parametrize(("more_is_better", "better"), [(False, 2), (True, 0.5)])
def test_how_many_times_as_good_is_compared_within_each_repeat(more_is_better, better):
    ours, peer = [1, 10, 100], [2, 20, 200]  # a machine that became slower
    line = measure.line("x", "s", ours, peer, "it", more_is_better=more_is_better)
    assert line.better == (better, better, better, 3)
    assert line.ours.median == 10 and line.peer and line.peer.median == 20


def test_candidates_take_turns_and_the_order_turns_round():
    called = []
    candidates = {
        name: lambda name=name: called.append(name) or len(called) for name in "abc"
    }
    figures = measure.interleaved(candidates, 3)
    assert "".join(called) == "abccbaabc"
    assert figures == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}


class Watched:
    """A process of a few states: the bytes that it and its children hold in each."""

    def __init__(self, *states):
        self.states, self.returncode = list(states), 0

    def poll(self):
        if self.states:
            self.now = self.states.pop(0)
            return None
        return 0

    def memory_info(self):
        if self.now[0] is None:
            raise psutil.NoSuchProcess(1)
        return SimpleNamespace(rss=self.now[0])

    def children(self, recursive):
        children = [Watched() for _ in self.now[1:]]
        for child, held in zip(children, self.now[1:], strict=True):
            child.now = (held,)
        return children


def test_the_memory_of_a_process_is_the_most_that_its_tree_held_at_once():
    process = Watched((1e6,), (2e6, 5e6, 4e6), (9e6, None), (3e6,))
    seconds, most = measure.watched(process, every=0)
    assert most == 11 and seconds >= 0


def test_what_was_interrupted_ends_with_all_that_it_started():
    code = (
        "import subprocess, sys, time\n"
        "child = [sys.executable, '-c', 'import time; time.sleep(1000)']\n"
        "print(subprocess.Popen(child).pid, flush=True)\n"
        "time.sleep(1000)"
    )
    process = psutil.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child = psutil.Process(int(process.stdout.readline()))
    measure.end(process)
    assert process.wait(PATIENCE)
    patience = time.monotonic() + PATIENCE
    while alive(child):
        assert time.monotonic() < patience
        time.sleep(0.1)
    measure.end(process)


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_machine_says_what_figures_depend_on():
    machine = measure.machine(CPU)
    assert machine.keys() == MACHINE.keys()
    assert machine["torch"] == torch.__version__ and machine["processor"]
    assert machine["threads"] == torch.get_num_threads()
    assert str(machine["processor"]) in table.machine_text(machine)


# --- How it is kept and shown


def test_a_row_is_kept_in_json_csv_and_readme_and_others_stay(root):
    first = measure.line("one", "s", [1, 2, 3], [4, 4, 4], "a peer", limit=0.5)
    table.keep("b", row(first, title="loops"), "cpu", root)
    second = measure.line("two", "images/s", [2415.9], more_is_better=True)
    hidden = measure.line("three", "MB", [7], in_readme=False)
    table.keep("a", row(second, hidden, title="times"), "cpu", root)
    results = table.load(root / "benchmarks" / "speed.json")
    assert list(results["rows"]) == ["a", "b"]
    assert results["rows"]["b"]["machine"] == MACHINE
    assert results["rows"]["b"]["lines"] == [first.as_json()]
    text = (root / "benchmarks" / "speed.csv").read_text(encoding="utf-8")
    command, *rest = text.splitlines()
    assert command == "# python -m tools bench"
    found = list(csv.DictReader(rest))
    assert [(line["row"], line["what"]) for line in found] == [
        ("a", "two"),
        ("a", "three"),
        ("b", "one"),
    ]
    assert found[2]["ours_median"] == "2.0" and found[2]["better_high"] == "3.0"
    shown = readme(root)
    assert shown.startswith("above\n\n<!--") and shown.endswith("-->\n\nbelow\n")
    assert "| | two | 2,416 images/s |  |  |  |" in shown
    assert "| 2.00 (1.50–2.50) s | 4.00 (4.00–4.00) s: a peer | ×2.00 (1" in shown
    assert "Measured on Abacus, 2 cores, 2 threads (avx2), 8 GB, PyTorch" in shown
    assert "three" not in shown and table.NO_GPU in shown
    assert table.placed("benchmarks/README.md", root) == shown


def test_figures_of_a_gpu_have_a_table_of_their_own(root):
    line = measure.line("one", "s", [1])
    table.keep("b", row(line), "cpu", root)
    table.keep("b", row(line, device="NVIDIA Abacus"), "cuda", root)
    shown = readme(root)
    assert table.NO_GPU not in shown
    assert "Measured on NVIDIA Abacus, beside Abacus" in shown
    assert shown.count("| **b** |") == 2
    assert (root / "benchmarks" / "speed_gpu.csv").is_file()


def test_rows_of_different_machines_say_so(root):
    line = measure.line("one", "s", [1])
    table.keep("b", row(line), "cpu", root)
    table.keep("c", row(line, threads=1), "cpu", root)
    assert "Row b: Abacus" in readme(root) and "Row c: Abacus" in readme(root)


@pytest.mark.parametrize(
    ("value", "text"),
    [(2415.9, "2,416"), (100, "100"), (99.4, "99.4"), (1, "1.00"), (0.04119, "0.0412")],
)
def test_numbers_have_three_digits_that_count(value, text):
    assert table.number(value) == text


@pytest.mark.parametrize("page", table.PAGES)
def test_a_page_shows_the_committed_figures(page):
    assert table.placed(page) == (ROOT / page).read_text(encoding="utf-8"), (
        f"the table of speed in {page} is not that of benchmarks/speed.json; "
        "`python -m tools bench` writes both"
    )


def test_the_first_page_shows_a_few_lines_with_the_titles_of_their_rows(root):
    first = measure.line("10,000 digits", "s", [1, 2, 3], [4, 4, 4], "ONNX Runtime")
    other = measure.line("10,000 digits", "s", [1], [2], "another peer")
    table.keep("e", row(first, other, title="reading"), "cpu", root)
    table.keep("b", row(measure.line("10,000 digits", "s", [9])), "cpu", root)
    shown = (root / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in shown if line.startswith("| ")][1:] == [
        "| reading: 10,000 digits | 2.00 (1.50–2.50) s | 4.00 (4.00–4.00) s: ONNX "
        "Runtime | ×2.00 (1.67–3.00) |"
    ]


def test_each_line_of_the_first_page_has_been_measured():
    found = [(name, line) for name, line in table.lines(table.load(table.file("cpu")))]
    for row, what, peer in table.SHORT:
        lines = [
            line
            for name, line in found
            if name == row and line["what"] == what and line["peer_is"].startswith(peer)
        ]
        assert len(lines) == 1


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_committed_figures_are_whole(device):
    path = table.file(device)
    if not path.is_file():
        pytest.skip(f"no figures have been taken on {device}")
    results = table.load(path)
    text = path.with_suffix(".csv").read_text(encoding="utf-8")
    assert text == table.csv_text(results)
    assert results["rows"].keys() <= (run.ROWS | run.BY_NAME).keys()
    for found in results["rows"].values():
        assert found["title"] and found["machine"].keys() == MACHINE.keys()
    for _, line in table.lines(results):
        for of in filter(None, (line["ours"], line["peer"], line["better"])):
            assert of["low"] <= of["median"] <= of["high"] and of["n"] >= 1
        assert bool(line["peer"]) == bool(line["better"]) == bool(line["peer_is"])


def test_a_readme_without_a_place_is_one_sentence(tmp_path):
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(CommandError, match="needs the lines") as error:
        table.placed("README.md", tmp_path)
    assert is_one_sentence(error)


# --- What got slower


def results(**rows):
    return {"rows": rows}


def test_only_what_is_worse_than_its_spread_is_called_slower(tmp_path, capsys):
    seconds = [[10, 11, 12, 13, 14], [13.5, 14, 14, 14, 15], [11, 12, 12.5, 13, 14]]
    old, worse, same = (measure.line("a time", "s", values) for values in seconds)
    rates = [[10, 11, 12], [5, 6, 7]]
    fast, slow = (
        measure.line("a rate", "images/s", v, more_is_better=True) for v in rates
    )
    before = results(b=row(old, fast), c=row(old))
    assert table.compare(before, results(b=row(same, fast), d=row(worse))) == []
    after = results(b=row(worse, slow))
    assert table.compare(before, after) == [
        "b: a time: 14.0 (14.0–14.0) s, was 12.0 (11.0–13.0).",
        "b: a rate: 6.00 (5.50–6.50) images/s, was 11.0 (10.5–11.5).",
    ]
    assert table.compare(after, before) == []
    once = measure.line("a time", "s", [99.0])
    assert table.compare(before, results(b=row(once))) == []


def test_two_files_are_compared_by_the_command(tmp_path, here, capsys):
    files = [tmp_path / name for name in ("old.json", "new.json")]
    lines = [measure.line("a time", "s", values) for values in ([1, 1, 1], [2, 2, 2])]
    for file, line, threads in zip(files, lines, (2, 1), strict=True):
        content = json.dumps(results(b=row(line, threads=threads)))
        file.write_text(content, encoding="utf-8")
    command = ["bench", "--compare", *map(str, files)]
    assert commands.main(command) == 1
    said = capsys.readouterr().out
    assert "The machines differ." in said and "b: a time: 2.00" in said
    assert commands.main([*command[:2], str(files[0]), str(files[0])]) == 0
    assert capsys.readouterr().out == "Nothing got slower than its spread.\n"


@pytest.mark.parametrize("content", [None, "{", "[]", '{"rows": {"a": {}}}', "\xff"])
def test_what_is_no_file_of_speeds_is_one_sentence(content, tmp_path):
    file = tmp_path / "speed.json"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    with pytest.raises(CommandError, match="is no file of speeds") as error:
        table.load(file)
    assert is_one_sentence(error)


# --- Which rows are measured


@pytest.fixture
def rows(monkeypatch):
    """Rows that measure nothing; what each does can be set by its module's name."""
    does = {}

    def imported(name):
        module = name.removeprefix("benchmarks.")
        line = measure.line(module, "s", [1.0])
        measured = does.get(module, lambda device, quick: [line])
        return SimpleNamespace(TITLE=module, measured=measured)

    monkeypatch.setattr(run, "import_module", imported)
    return does


def kept(root):
    path = table.file("cpu", root)
    return "".join(table.load(path)["rows"]) if path.is_file() else ""


def test_all_rows_with_a_letter_are_measured_and_one_alone_keeps_the_others(rows, root):
    run.run(root=root)
    assert kept(root) == "abcdefgh"
    line = measure.line("new", "s", [3.0])
    rows["throughput"] = lambda device, quick: [line]
    run.run("b", root=root)
    assert kept(root) == "abcdefgh"
    assert "| | new | 3.00 s |" in readme(root)
    assert "| | inference | 1.00 s |" in readme(root)


@pytest.mark.parametrize("name", ["z", "B", "photo", "benchmarks"])
def test_an_unknown_row_is_refused_in_one_sentence(name, here, capsys):
    assert commands.main(["bench", "--row", name]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"There is no row {name!r}; choose one of a, b, c, ")
    assert "tests, photos, search." in said and said.count("\n") == 1


def test_every_row_has_a_file():
    for module in (*run.ROWS.values(), *run.BY_NAME.values(), *run.SCRIPTS):
        assert find_spec(f"benchmarks.{module}"), module


@pytest.mark.parametrize("code", [0, 3])
def test_photos_are_measured_only_when_they_are_asked_for(code, rows, monkeypatch):
    calls = []
    monkeypatch.setattr(
        run.subprocess, "call", lambda command, cwd: calls.append(command[2]) or code
    )
    if code:
        with pytest.raises(CommandError, match=r"photos\.py failed"):
            run.run("photos")
    else:
        run.run("photos")
    assert calls == ["benchmarks.photos"]


def test_an_interrupt_keeps_the_rows_that_were_finished(rows, root, monkeypatch, here):
    def stop(device, quick):
        raise KeyboardInterrupt

    rows["data_path"] = stop
    whole = run.run
    monkeypatch.setattr(run, "run", lambda *args: whole(*args, root=root))
    assert commands.main(["bench"]) == 130
    assert kept(root) == "ab" and "throughput" in readme(root)


def test_a_row_that_cannot_be_measured_is_passed_over_and_said(rows, root, capsys):
    def fail(device, quick):
        raise CommandError("No Chromium was found.")

    rows["widgets"] = fail
    with pytest.raises(CommandError) as error:
        run.run(root=root)
    assert str(error.value) == "Row f was not measured. No Chromium was found."
    assert kept(root) == "abcdegh"


def test_a_trial_writes_nothing(rows, root, capsys):
    asked = []
    rows["start"] = lambda device, quick: asked.append(quick) or []
    before = readme(root)
    run.run("d", quick=True, root=root)
    assert asked == [True] and readme(root) == before and kept(root) == ""
    assert "nothing was written" in capsys.readouterr().out


def test_a_gpu_that_is_not_there_is_one_sentence(rows, root, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(CommandError, match="asks for a GPU") as error:
        run.run("b", device="cuda", root=root)
    assert is_one_sentence(error) and kept(root) == ""


@pytest.mark.slow
def test_a_row_measures_what_it_promises():
    run.run("h", quick=True)
    module = run.import_module("benchmarks.convolution")
    lines = module.measured(CPU, quick=True)
    assert [line.what for line in lines] == [
        f"ops.conv2d, {name}" for name in ("conv1", "conv2", "conv3")
    ]
    for line in lines:
        assert line.ours.median > 0 and line.ours.n == 2 and line.peer
        assert line.limit and line.limit < line.ours.median


def test_the_share_of_the_peak_is_of_the_faster_product_beside_it():
    figures = {"float32 before": [4.0], "float32 after": [2.0]}
    figures |= {"bfloat16 before": [1.0], "bfloat16 after": [3.0]}
    figures |= {"x": [2.0], throughput.USUAL: [1.0]}
    for precision in ("float32", "bfloat16"):
        line = throughput._line("x", "", 64, precision, figures, flops=0.5)
        assert line.limit == 8 and line.note == "25 % of the peak"
    assert line.better and line.better.median == 2


def test_a_notebook_is_run_in_a_process_that_is_watched_and_may_fail(tmp_path):
    path = ROOT / "notebooks" / "05_backpropagation.ipynb"
    command = notebooks.papermill(path, tmp_path)
    assert command[:3] == [sys.executable, "-m", "papermill"]
    assert command[-2:] == [str(path), str(tmp_path / path.name)]
    seconds, memory = notebooks.run([sys.executable, "-c", "pass"], CPU)
    assert seconds > 0 and memory >= 0
    told = "import os, sys; sys.exit(os.environ['MNIST_TUTORIAL_DEVICE'] + ' broke')"
    with pytest.raises(CommandError, match=r"failed\. cpu broke$"):
        notebooks.run([sys.executable, "-c", told], CPU)


# --- Row a


def test_a_training_ends_when_the_validation_images_are_read():
    images = torch.eye(4)
    validation = data.Split(images, torch.arange(4))
    read = torch.nn.Linear(4, 4, bias=False)
    torch.nn.init.zeros_(read.weight)

    def quarters(count, good):
        yield read
        for k in range(count):
            with torch.no_grad():
                read.weight.copy_(torch.eye(4) * (k >= good))
            yield read

    run = training.to_target(quarters(5, good=2), 100, validation)
    assert run.hit and run.images == 300 and 0 < run.seconds < training.CAP
    missed = training.to_target(quarters(5, good=9), 100, validation)
    assert missed == (training.CAP, 500, False)


def test_the_search_goes_on_where_it_was_and_its_best_is_the_peer(
    tmp_path, monkeypatch
):
    good, better, lucky = search.TRIALS[1:4]
    needs = {good: 9, better: 8, lucky: 7}
    made = []

    def fake(trial, seed, most):
        made.append((trial, seed))
        if len(made) == 5:
            raise KeyboardInterrupt
        luck = 6 if trial == lucky and seed > search.FIRST[0] else 0
        needed = needs.get(trial, 18) + luck
        return min(needed, most), needed <= most

    monkeypatch.setattr(search, "FILE", tmp_path / "search.csv")
    monkeypatch.setattr(search, "load", lambda load=search.load: load(search.FILE))
    monkeypatch.setattr(search, "quarters_to_target", fake)
    with pytest.raises(KeyboardInterrupt):
        search.run()
    with pytest.raises(CommandError, match="--row search") as error:
        search.best()
    assert is_one_sentence(error)
    search.run()
    assert search.best() == (better, [8] * 5)
    assert len(set(made)) == len(search.TRIALS) + 4 + 2
    assert len(made) == len(set(made)) + 1  # the one that was cut off
    search.run()
    assert len(made) == len(set(made)) + 1
