"""The command line: what each command hands on to the function that does the work."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import commands, mutate, notebooks, solve, versions

pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ([], {}),
        (["-p", "epochs", "1", "-p", "lr", "1e-2"], {"epochs": 1, "lr": 0.01}),
        (["-p", "device", "cpu"], {"device": "cpu"}),
    ],
)
def test_run_hands_on_names_parameters_and_the_folder(
    options, parameters, tmp_path, monkeypatch
):
    calls = []
    monkeypatch.setattr(notebooks, "run", lambda *args: calls.append(args))
    command = ["run", "06_training", "07_evaluation", "--out", str(tmp_path), *options]
    assert commands.main(command) == 0
    ((names, values, out),) = calls
    assert (names, values) == (["06_training", "07_evaluation"], parameters)
    assert str(out) == str(tmp_path)


def test_solve_writes_copies_to_runs_and_says_where(tmp_path, monkeypatch, capsys):
    calls = []

    def write(names, out):
        calls.append((names, str(out)))
        return [tmp_path / "02_convolution.ipynb"]

    monkeypatch.setattr(solve, "solve", write)
    assert commands.main(["solve"]) == 0
    assert commands.main(["solve", "02", "--out", str(tmp_path)]) == 0
    assert calls == [([], str(Path("runs/solved"))), (["02"], str(tmp_path))]
    assert "02_convolution.ipynb" in capsys.readouterr().out


@pytest.mark.parametrize(("failing", "run"), [(None, "ab"), ("a", "a"), ("b", "ab")])
def test_bench_runs_each_script_until_one_fails(failing, run, tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    for name in ("b.py", "a.py", "results.csv"):
        (tmp_path / "benchmarks" / name).touch()
    scripts = []

    def call(command, cwd):
        assert command[0] == sys.executable and cwd == tmp_path
        scripts.append(command[1].stem)
        return scripts[-1] == failing

    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "call", call)
    assert commands.main(["bench"]) == (failing is not None)
    assert scripts == [*run]


def test_mutate_hands_its_options_on(monkeypatch):
    calls = []
    monkeypatch.setattr(mutate, "main", lambda options: calls.append(options) or 1)
    assert commands.main(["mutate", "--count", "3"]) == 1
    assert calls == [["--count", "3"]]


@pytest.mark.parametrize(("names", "written"), [([], True), (["06_training"], False)])
def test_versions_are_noted_when_all_notebooks_were_made_with_them(
    names, written, monkeypatch, capsys
):
    noted = []
    monkeypatch.setattr(notebooks, "refresh", lambda path: 1.0)
    monkeypatch.setattr(versions, "write", lambda: noted.append(True))
    monkeypatch.setattr(versions, "changed", lambda: "numpy 2, not 3")
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "cpu")
    assert commands.main(["refresh", *names]) == 0
    assert bool(noted) == written
    assert ("numpy 2, not 3" in capsys.readouterr().out) != written


def test_a_table_that_does_not_exist_is_one_sentence(capsys):
    assert commands.main(["results", "nonsense"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("There is no table 'nonsense'; choose one of readings,")
    assert said.count("\n") == 1
