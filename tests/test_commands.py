"""The command line: what each command hands on to the function that does the work."""

import errno
import os
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import run
from tools import (
    checkout,
    commands,
    environment,
    mutate,
    notebooks,
    solve,
    versions,
)

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


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], ("", "cpu", False)),
        (["--row", "b", "--quick"], ("b", "cpu", True)),
        (["--row", "photos", "--device", "cpu"], ("photos", "cpu", False)),
    ],
)
def test_bench_hands_on_the_row_the_device_and_whether_it_is_a_trial(
    options, asked, monkeypatch
):
    calls = []
    monkeypatch.setattr(run, "run", lambda *args: calls.append(args))
    assert commands.main(["bench", *options]) == 0
    assert calls == [asked]


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ([], (("course",), True)),
        (["--dev"], (("course", "dev"), True)),
        (["--newest"], (("course",), False)),
    ],
)
def test_setup_hands_on_what_is_installed_in_which_versions(options, made, monkeypatch):
    calls = []

    def make(extras, pinned):
        calls.append((extras, pinned))

    monkeypatch.setattr(environment, "make", make)
    assert commands.main(["setup", *options]) == 0
    assert calls == [made]


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


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (ModuleNotFoundError("No module named 'nbformat'", name="nbformat"),
         "(No module named 'nbformat'). Make it anew: `make clean`"),
        (ImportError("bad wheel", name="torch._C"), "cannot be used (bad wheel)"),
        (PermissionError(errno.EACCES, "Permission denied", "/a/b"),
         "/a/b cannot be written: Permission denied. Make room, or work where you may"),
        (OSError(errno.ENOSPC, "No space left on device"), "A file cannot be written"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), "File name too long"),
    ],
)  # fmt: skip
def test_what_the_machine_refuses_is_one_sentence(
    failure, sentence, monkeypatch, capsys
):
    def fail(*_):
        raise failure

    monkeypatch.setattr(notebooks, "run", fail)
    assert commands.main(["run"]) == 1
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "fault",
    [ImportError("ours", name="mnist_tutorial.data"), FileNotFoundError(2, "ours")],
)
def test_a_fault_of_our_own_is_not_hidden(fault, monkeypatch):
    def fail(*_):
        raise fault

    monkeypatch.setattr(notebooks, "run", fail)
    with pytest.raises(type(fault)):
        commands.main(["run"])


@pytest.mark.parametrize("name", environment.COMPUTING)
@pytest.mark.parametrize("setting", [None, "7"])
def test_what_a_command_starts_computes_well_unless_told_otherwise(
    name, setting, monkeypatch
):
    monkeypatch.setenv(name, setting or "")
    if setting is None:
        monkeypatch.delenv(name)
    seen = []
    note = lambda *_: seen.append(os.environ[name])  # noqa: E731
    monkeypatch.setattr(notebooks, "run", note)
    assert commands.main(["run"]) == 0
    assert seen == [setting or environment.COMPUTING[name]]


def test_of_two_runs_into_one_folder_the_second_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "run_one", lambda *_: pytest.fail("it ran"))
    with checkout.alone(tmp_path, "busy"):
        assert commands.main(["run", "01", "--out", str(tmp_path)]) == 1
    assert "Another run writes into" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["/dev/null/x", "/proc/x", "x" * 300])
def test_a_folder_for_runs_that_cannot_be_had_is_one_sentence(
    folder, monkeypatch, capsys
):
    monkeypatch.setattr(notebooks, "run_one", lambda *_: pytest.fail("it ran"))
    assert commands.main(["run", "01", "--out", folder]) == 1
    said = capsys.readouterr().err
    assert "Nothing can be written into" in said and said.count("\n") == 1


def test_the_lowest_versions_want_a_python_that_is_new_enough(monkeypatch, capsys):
    monkeypatch.setattr(environment, "OLDEST", (9, 9))
    assert commands.main(["lowest"]) == 1
    assert capsys.readouterr().err.startswith("The course needs Python 3.11 or newer")


def test_cleaning_waits_for_a_set_up_that_is_under_way(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(commands.checkout, "require", lambda: None)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    (tmp_path / ".venv").mkdir()
    with checkout.alone(tmp_path, "busy"):
        assert commands.main(["clean"]) == 1
    assert (tmp_path / ".venv").is_dir()
    assert "Another set-up of .venv is under way" in capsys.readouterr().err


def test_what_is_printed_of_a_path_that_is_no_text_is_no_error(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(notebooks, "run", lambda names, values, out: print(out))
    assert commands.main(["run", "--out", os.fsdecode(b"caf\xe9")]) == 0
    assert "caf\\udce9" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "said"), [("failed", 1), ("error", 1), ("passed", 0)]
)
def test_tests_that_fail_name_the_notebooks_that_were_edited(
    outcome, said, monkeypatch
):
    spec = util.spec_from_file_location("root_conftest", checkout.ROOT / "conftest.py")
    root_conftest = util.module_from_spec(spec)
    spec.loader.exec_module(root_conftest)
    monkeypatch.setattr(notebooks, "edited", lambda: notebooks.find(["06"]))
    lines = []
    reporter = SimpleNamespace(stats={outcome: ["no notebook"]}, line=lines.append)
    root_conftest.pytest_terminal_summary(reporter)
    assert len(lines) == said
    assert all("`make reset NAME=06_training`" in line for line in lines)
