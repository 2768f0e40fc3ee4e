"""The command line: what each command hands on to the function that does the work."""

import errno
import os
import sys
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import run
from benchmarks import table as speeds
from mnist_tutorial.experiments import tables, weights
from tools import (
    architecture,
    checkout,
    commands,
    environment,
    headlines,
    javascript,
    mutate,
    notebooks,
    solve,
    versions,
)
from tools.site import make

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
    monkeypatch.setattr(solve, "solve", lambda names, out: [])
    assert commands.main(["solve", "questions"]) == 0
    assert capsys.readouterr().out == "There are no exercises in these notebooks.\n"


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


USAGE = """\
[-h] COMMAND ...
setup [-h] [--dev] [--newest]
lab [-h] [--name NAME] [--device {auto,cpu,cuda}]
run [-h] [-p NAME VALUE] [--out OUT] [--device {auto,cpu,cuda}] [NAME ...]
sweep [-h] [--grid NAME=VALUE,VALUE] [--seeds SEEDS] [--jobs JOBS] [-p NAME VALUE] \
[--out OUT] [--metric METRIC] [--dask ADDRESS] NAME
reset [-h] [NAME ...]
solve [-h] [--out OUT] [NAME ...]
clean [-h]
test [-h] [--quick] [--device {auto,cpu,cuda}]
test-long [-h]
site [-h] [--out OUT] [NAME ...]
test-portable [-h]
reading [-h] [NAME ...]
refresh [-h] [NAME ...]
lint [-h]
architecture [-h]
headlines [-h]
mutate
lowest [-h]
bench [-h] [--row ROW] [--device {auto,cpu,cuda}] [--quick] [--compare OLD NEW]
weights [-h]
results [-h] [--data-root DATA_ROOT] table
"""


def test_each_command_says_how_it_is_called():
    parser = commands._parser()
    (choices,) = (a.choices for a in parser._actions if a.dest == "command")
    usages = [one.format_usage() for one in (parser, *choices.values())]
    said = [" ".join(usage.split()).split("-m tools ")[1] for usage in usages]
    assert said == USAGE.splitlines()


COURSE, MAKERS, RUNS = ("course",), ("course", "dev"), Path("runs")


@pytest.mark.parametrize(
    ("typed", "needs", "meant"),
    [
        ("setup", (), {"dev": False, "newest": False}),
        ("setup --dev --newest", (), {"dev": True, "newest": True}),
        ("lab", COURSE, {"name": "01", "device": None}),
        ("run", COURSE, {"names": [], "p": [], "out": RUNS, "device": None}),
        (
            "run 01 02 -p lr 1 -p seed 2 --out x --device cuda",
            COURSE,
            {"names": ["01", "02"], "p": [["lr", "1"], ["seed", "2"]]}
            | {"out": Path("x"), "device": "cuda"},
        ),
        (
            "sweep 06",
            COURSE,
            {"name": "06", "grid": [], "seeds": 1, "jobs": None, "p": []}
            | {"out": RUNS / "sweep", "metric": "", "dask": ""},
        ),
        (
            "sweep 06 --grid a=1,2 --grid b=3 --seeds 4 --jobs 5 -p c 6 --out d "
            "--metric e --dask f",
            COURSE,
            {"name": "06", "grid": ["a=1,2", "b=3"], "seeds": 4, "jobs": 5}
            | {"p": [["c", "6"]], "out": Path("d"), "metric": "e", "dask": "f"},
        ),
        ("reset 01 02", COURSE, {"names": ["01", "02"]}),
        ("solve", COURSE, {"names": [], "out": RUNS / "solved"}),
        ("clean", (), {}),
        ("test", MAKERS, {"quick": False, "device": None}),
        ("test --quick --device auto", MAKERS, {"quick": True, "device": "auto"}),
        ("test-long", MAKERS, {}),
        ("site", MAKERS, {"names": [], "out": Path("site")}),
        ("test-portable", MAKERS, {}),
        ("reading 04", COURSE, {"names": ["04"]}),
        ("refresh", MAKERS, {"names": []}),
        ("lint", MAKERS, {}),
        ("architecture", COURSE, {}),
        ("headlines", COURSE, {}),
        ("mutate", MAKERS, {}),
        ("lowest", (), {}),
        (
            "bench",
            MAKERS,
            {"row": "", "device": None, "quick": False, "compare": None},
        ),
        (
            "bench --row b --quick --compare old new",
            MAKERS,
            {"row": "b", "device": None, "quick": True}
            | {"compare": [Path("old"), Path("new")]},
        ),
        ("weights", COURSE, {}),
        ("results exams", COURSE, {"table": "exams", "data_root": ""}),
        ("results x --data-root y", COURSE, {"table": "x", "data_root": "y"}),
    ],
)
def test_what_is_typed_reaches_the_function_of_its_command(typed, needs, meant):
    args = vars(commands._parser().parse_args(typed.split()))
    name = typed.split()[0]
    run = getattr(commands, f"_{name.replace('-', '_')}")
    assert args == {"command": name, "run": run, "needs": needs} | meant


@pytest.mark.parametrize(
    "typed", [[], ["nonsense"], ["run", "--colour"], ["lab", "--device", "gpu"]]
)
def test_what_no_command_takes_ends_with_its_usage(typed, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(typed)
    assert ended.value.code == 2 and "usage: python -m tools" in capsys.readouterr().err


BESIDE = ["pytest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
BESIDE += ["--durations=15"]
QUICK = ["tests", "--ignore=tests/browser", "-m", "not slow and not long"]
ONE = {"OMP_NUM_THREADS": "1"}
AVX2 = {"OMP_NUM_THREADS": "2", "ATEN_CPU_CAPABILITY": "avx2"}


@pytest.mark.parametrize(
    ("typed", "ran"),
    [
        ("test", [(BESIDE, ONE)]),
        (
            "test --quick --device cpu -x",
            [([*BESIDE, *QUICK, "--device", "cpu", "-x"], ONE)],
        ),
        ("test-long -x", [([*BESIDE, "tests", "-m", "long", "-x"], ONE)]),
        (
            "test-portable",
            [
                (["pytest", "notebooks", "-q", "--device=cpu"], one)
                for one in (ONE, AVX2)
            ],
        ),
        (
            "lint",
            [
                (["ruff", "check"], {}),
                (["ruff", "format", "--check"], {}),
                (["mypy"], {}),
            ],
        ),
    ],
)
def test_checks_are_run_by_the_python_of_the_environment(typed, ran, monkeypatch):
    for name in ("OMP_NUM_THREADS", "ATEN_CPU_CAPABILITY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "cpu")
    monkeypatch.setattr(javascript, "lint", lambda: 0)
    calls = []

    def call(command, cwd, env):
        others = {name: env.get(name) for name in AVX2 if name in env}
        calls.append((command[2:], others))
        assert command[:2] == [sys.executable, "-m"] and cwd == checkout.ROOT
        assert env["PATH"] == os.environ["PATH"]
        return 0

    monkeypatch.setattr(commands.subprocess, "call", call)
    assert commands.main(typed.split()) == 0
    assert calls == ran


@pytest.mark.parametrize(
    ("typed", "codes", "ended"),
    [
        ("lint", [0, 3, 0, 0], 3),
        ("lint", [0, 0, 0, 1], 1),
        ("test", [5], 5),
        ("test-long", [4], 4),
        ("test-portable", [2], 1),
        ("test-portable", [0, 2], 1),
    ],
)
def test_a_check_that_fails_is_told(typed, codes, ended, monkeypatch):
    left = iter(codes)
    monkeypatch.setattr(commands.subprocess, "call", lambda *_, **__: next(left))
    monkeypatch.setattr(javascript, "lint", lambda: next(left))
    assert commands.main([typed]) == ended
    assert list(left) == []


def test_a_commands_own_threads_are_left_alone(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    seen = []
    monkeypatch.setattr(
        commands.subprocess, "call", lambda *_, env, **__: seen.append(env) or 0
    )
    assert commands.main(["test"]) == 0
    assert seen[0]["OMP_NUM_THREADS"] == "3"


def test_a_command_that_is_interrupted_says_so(monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(notebooks, "run", stop)
    assert commands.main(["run"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_an_environment_is_entered_for_what_the_command_needs(monkeypatch):
    entered = []
    monkeypatch.setattr(environment, "enter", lambda *args: entered.append(args))
    monkeypatch.setattr(notebooks, "reset", lambda names: None)
    monkeypatch.setattr(environment, "make", lambda extras, pinned: None)
    assert commands.main(["reset", "01"]) == commands.main(["setup"]) == 0
    assert entered == [(("course",), ["reset", "01"])]
    monkeypatch.setattr(sys, "argv", ["tools", "reset"])
    assert commands.main() == 0 and entered[1:] == [(("course",), ["reset"])]


def test_a_device_that_is_named_is_the_kernels(monkeypatch):
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "auto")
    seen = []
    note = lambda *_: seen.append(os.environ["MNIST_TUTORIAL_DEVICE"])  # noqa: E731
    monkeypatch.setattr(notebooks, "run", note)
    assert commands.main(["run"]) == commands.main(["run", "--device", "cpu"]) == 0
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "auto")
    monkeypatch.setattr(notebooks, "refresh", lambda path: note() or 2.4)
    assert commands.main(["refresh", "01"]) == 0  # always on the processor
    assert seen == ["auto", "cpu", "cpu"]


def test_refreshed_notebooks_are_told_with_their_seconds(monkeypatch, capsys):
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "cpu")
    monkeypatch.setattr(notebooks, "refresh", lambda path: 2.4)
    monkeypatch.setattr(versions, "changed", lambda: "")
    assert commands.main(["refresh", "04", "05"]) == 0
    assert capsys.readouterr().out == "04_model: 2 s\n05_backpropagation: 2 s\n"


def test_tables_and_weights_are_made_by_the_experiments(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(tables, "make_results", lambda *args: calls.append(args))
    monkeypatch.setattr(weights, "make_weights", lambda: calls.append("weights"))
    monkeypatch.setattr(headlines, "write", lambda: calls.append("headlines"))
    monkeypatch.setattr(architecture, "run", lambda: calls.append("architecture"))
    monkeypatch.setattr(speeds, "report", lambda *args: calls.append(args) or 1)
    for typed in ("results exams --data-root x", "weights", "headlines"):
        assert commands.main(typed.split()) == 0
    assert commands.main(["architecture"]) == 0
    assert commands.main(["bench", "--compare", "a", "b"]) == 1
    names = ["weights", "headlines", "architecture"]
    assert calls == [("exams", "x"), *names, (Path("a"), Path("b"))]


def test_the_pages_are_made_and_reported(monkeypatch, capsys):
    monkeypatch.setattr(make, "make", lambda names, out: [*names, out])
    monkeypatch.setattr(make, "report", lambda pages, out: f"{pages} in {out}")
    assert commands.main(["site", "01", "--out", "x"]) == 0
    assert capsys.readouterr().out == f"{['01', Path('x')]} in x\n"


MADE = [".venv", ".lowest", "node_modules", ".jupyter", "build", "dist"]
MADE += [".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"]
CODE = ["mnist_tutorial", "tools", "tests", "notebooks"]


def test_cleaning_removes_what_was_made_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(commands.checkout, "require", lambda: None)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    caches = [f"{name}/deep/__pycache__" for name in CODE]
    kept = ["runs/__pycache__", ".git", *(f"{name}/deep" for name in CODE)]
    for name in (*MADE, *caches, *kept):
        (tmp_path / name / "inside").mkdir(parents=True)
    assert commands.main(["clean"]) == 0
    assert not [name for name in (*MADE, *caches) if (tmp_path / name).exists()]
    assert all((tmp_path / name / "inside").is_dir() for name in kept)
    assert commands.main(["clean"]) == 0  # also where there is nothing


def test_cleaning_follows_no_link_and_says_what_it_could_not_remove(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(commands.checkout, "require", lambda: None)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "build").mkdir()
    with monkeypatch.context() as held:
        held.setattr(commands.shutil, "rmtree", lambda *args, **how: None)
        assert commands.main(["clean"]) == 1
    assert "Not all of build could be removed." in capsys.readouterr().err
    assert commands.main(["clean"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
