"""Set-up: its sentences, its files, and what is installed by which route."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from packaging.version import Version
from support import PATIENCE

from tools import checkout, commands, environment, notebooks, versions

ROOT = checkout.ROOT
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def requirements(*extras: str) -> dict[str, str]:
    """By package, the lowest version that the course and these extras admit."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    listed = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    pairs = [re.fullmatch(r"([a-z0-9-]+)>=([\d.]+)", line).groups() for line in listed]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def test_conda_installs_what_pyproject_asks_for():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    # What conda-forge does not carry stands below "pip:", further in.
    listed = dict(re.findall(r"^ +- ([a-z0-9-]+)>=([\d.]+)", text, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert f">={listed.pop('python')}" == project["requires-python"]
    needed = requirements("course", "dev")
    assert listed == {CONDA_NAMES.get(name, name): b for name, b in needed.items()}
    channels = re.search(r"^channels:\n((?:  - .*\n)+)", text, re.M)[1].split()
    assert channels == ["-", "conda-forge", "-", "nodefaults"]
    assert "      - -e .\n" in text


def imports(*folders: str) -> set[str]:
    """The packages of others that the Python files and cells of folders import."""
    sources = [
        file.read_text(encoding="utf-8")
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
    ]
    for path in notebooks.find() if "notebooks" in folders else ():
        cells = nbformat.read(path, as_version=4).cells
        sources += [cell.source for cell in cells if cell.cell_type == "code"]
    packages = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            packages.add(node.module.partition(".")[0])
    ours = {"mnist_tutorial", "tools", "benchmarks"} | {
        file.stem for file in (ROOT / "tests").rglob("*.py")
    }
    return packages - ours - set(sys.stdlib_module_names)


# What comes with a package that is asked for, and what is imported by another name.
COMES_WITH = {"nbclient": "papermill", "nbformat": "papermill", "scipy": "scikit-learn",
              "traitlets": "ipywidgets", "IPython": "ipywidgets",
              "packaging": "jupyterlab", "cloudpickle": "distributed",
              "jupyter_core": "jupyter-core", "jupyter_server": "jupyter-server",
              "xdist": "pytest-xdist", "psutil": "distributed",
              "sklearn": "scikit-learn", "PIL": "pillow",
              "axe_playwright_python": "axe-playwright-python",
              "yaml": "papermill", "bs4": "jupyterlab",
              "jinja2": "nbconvert"}  # fmt: skip


@pytest.mark.parametrize(
    ("imported", "extras"),
    [
        (imports("mnist_tutorial") - {"onnx", "onnxscript"}, ()),
        (imports("mnist_tutorial", "notebooks", "tools"), ("course",)),
        (imports("mnist_tutorial", "tools", "tests"), ("course", "dev")),
    ],
    ids=["the wheel", "what a learner runs", "what a developer runs"],
)
def test_everything_that_is_imported_is_required(imported, extras):
    needed = {COMES_WITH.get(name, name) for name in imported}
    if "dev" not in extras:
        needed -= {"distributed"}  # of `sweep --dask` alone, which says so
        needed -= {"latex2mathml"}  # of `site`, which sets up what developers have
    assert needed <= set(requirements(*extras))


# What has come once others have.
WITH_OTHERS = {"jupyter-core", "mistune", "nbconvert", "psutil", "requests", "urllib3"}


def test_what_is_looked_for_is_what_pyproject_asks_for():
    def packages(extra):
        names = [name for name in environment._MODULES[extra] if name not in ours]
        assert len(names) == len(set(names))
        return {COMES_WITH.get(name, name) for name in names}

    ours = {"mnist_tutorial"}
    assert ours <= set(environment._MODULES["course"])
    assert packages("course") == set(requirements("course")) - WITH_OTHERS
    assert packages("dev") == set(requirements("dev")) - set(requirements())
    assert environment._missing(sys.executable, ["course", "dev"]) == ""


def test_what_computes_waits_asleep_and_keeps_its_memory():
    size = str(256 * 1024 * 1024)
    memory = dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), size)
    assert memory | {"GOMP_SPINCOUNT": "1000"} == environment.COMPUTING


def test_set_up_needs_the_standard_library_only():
    for name in ("__init__", "__main__", "checkout", "commands", "environment"):
        source = (ROOT / "tools" / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or a.name for a in node.names]
                packages = {n.partition(".")[0] for n in names}
                assert packages <= sys.stdlib_module_names | {"tools"}
    result = subprocess.run(
        [sys.executable, "-S", "-m", "tools", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert "COMMAND" in result.stdout and result.returncode == 0, result.stderr


def test_set_up_can_be_read_by_an_old_python():
    for name in ("__init__", "__main__", "checkout", "commands", "environment"):
        source = (ROOT / "tools" / f"{name}.py").read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 7))


def test_a_very_old_python_reads_why_it_will_not_do():
    source = (ROOT / "tools" / "__main__.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))
    before, _, _ = source.partition("from tools")
    code = "import sys; sys.version_info = (2, 7)\n" + before.partition("import sys")[2]
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8"
    )
    assert result.stderr.startswith("The course needs Python 3.11 or newer")
    assert result.returncode == 1


# --- Nothing is installed, written or deleted but in a checkout of ours


@pytest.mark.parametrize("command", ["setup", "clean", "lint", "test", "bench"])
def test_in_somebody_elses_folder_a_command_does_nothing(
    command, tmp_path, monkeypatch, capsys
):
    neighbours = ["build", "dist", ".venv", "tests/__pycache__", "notebooks"]
    for name in (*neighbours, "mnist_tutorial"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("theirs", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for module in (checkout, commands, environment):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    for project in (None, '[project]\nname = "theirs"\n'):
        if project:
            (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
        assert commands.main([command]) == 1
        said = capsys.readouterr().err
        assert "is not a checkout of the course" in said and said.count("\n") == 1
    (tmp_path / "pyproject.toml").unlink()
    assert sorted(tmp_path.rglob("*")) == before


def test_called_from_another_folder_a_command_names_the_right_one(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert commands.main(["clean"]) == 1
    assert f"cd {ROOT}" in capsys.readouterr().err


def test_cleaning_keeps_what_the_learner_made_and_says_what_goes(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "mnist-tutorial"\n', encoding="utf-8"
    )
    kept = ["mnist_tutorial/__init__.py", "notebooks/06_training.mine.ipynb",
            "notebooks/06_training.ipynb", "runs/06.safetensors",
            "site/06_training.html"]  # fmt: skip
    gone = [".venv/bin/python", "build/x", "tests/__pycache__/x.pyc"]
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    for module in (checkout, commands):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert commands.main(["clean"]) == 0
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")}
    assert left == {"pyproject.toml", *kept}
    *gone, last = capsys.readouterr().out.splitlines()
    assert gone == ["Removing .venv", "Removing build"] and "runs/" in last


# --- The environment


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = [\n  "torch>=2.9",\n  "torchvision>=0.24",\n]\n',
        encoding="utf-8",
    )
    (tmp_path / "constraints.txt").write_text(
        "# by\nnumpy==2.4.0\ntorch==2.9.1\n", encoding="utf-8"
    )
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "set-up-of")
    monkeypatch.delenv("TORCH", raising=False)
    return tmp_path


def test_an_old_python_is_one_sentence(place, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(environment.SetupError, match=r"needs Python 3\.11 or newer"):
        environment.make()


def test_an_old_python_finds_a_newer_one(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    which = {"python3.12": "/usr/bin/python3.12", "python3.11": "/usr/bin/python3.11"}
    monkeypatch.setattr(environment.shutil, "which", which.get)
    works = "/usr/bin/python3.12", "/usr/bin/python3.11"
    monkeypatch.setattr(environment, "_runs", lambda python, *_: python == works[0])
    assert environment._find_python() == "/usr/bin/python3.12"
    monkeypatch.setattr(environment, "_runs", lambda python, *_: python == works[1])
    assert environment._find_python() == "/usr/bin/python3.11"


def test_a_python_without_venv_is_one_sentence(place, monkeypatch):
    monkeypatch.setattr(environment, "_runs", lambda *command: False)
    with pytest.raises(environment.SetupError, match="install python3-venv"):
        environment.make()
    assert not environment.STAMP.exists()


@pytest.fixture
def pip(place, monkeypatch):
    """Stands in for pip: `calls` is what it was to install, `code` its answer.

    `pins` are the versions it was held to; with `no_pins` it cannot have these. `has`
    are the extras that are there.
    """
    fake = SimpleNamespace(calls=[], pins=[], code=0, no_pins=False, has=set())

    def install(*args):
        if not fake.code and args[-1].endswith("]"):
            fake.has |= set(args[-1].partition("[")[2][:-1].split(","))
        if args[0] != "--constraint":
            fake.calls.append(args)
            fake.pins.append(None)
            return fake.code
        if not fake.no_pins:
            fake.calls.append(args[2:])
            fake.pins.append(Path(args[1]).read_text(encoding="utf-8").split("\n")[1:])
        return fake.code or fake.no_pins

    monkeypatch.setattr(environment, "_pip_install", install)
    has_pip_no_torch = lambda python, *args: "import torch" not in args[-1]  # noqa
    monkeypatch.setattr(environment, "_runs", has_pip_no_torch)
    missing = lambda python, extras: " ".join({*extras} - fake.has)  # noqa: E731
    monkeypatch.setattr(environment, "_missing", missing)
    monkeypatch.setattr(environment.platform, "system", lambda: "Linux")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(environment, "_has_nvidia", lambda: False)
    monkeypatch.setattr(environment, "_answers", lambda address: True)
    (place / ".venv").mkdir()
    return fake


def test_set_up_says_sizes_first_takes_the_cpu_build_and_is_quick_then(pip, capsys):
    environment.make()
    assert pip.calls[0][:2] == ("--index-url", environment.CPU_INDEX)
    assert pip.calls[1][0] == "--editable"
    assert "200 MB" in capsys.readouterr().out
    environment.make()
    assert len(pip.calls) == 2 and capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("nvidia", "answers", "torch", "why"),
    [
        (False, True, "", ""),
        (False, False, "", "PyTorch's CPU index did not answer"),
        (True, True, "", "this machine has an NVIDIA GPU"),
        (False, True, "default", "TORCH=default asks for it"),
        (True, False, "cpu", ""),
    ],
)
def test_which_build_of_pytorch(pip, monkeypatch, capsys, nvidia, answers, torch, why):
    monkeypatch.setattr(environment, "_has_nvidia", lambda: nvidia)
    monkeypatch.setattr(environment, "_answers", lambda address: answers)
    monkeypatch.setenv("TORCH", torch)
    environment.make()
    assert (environment.CPU_INDEX in pip.calls[0]) == (not why)
    said = capsys.readouterr().out
    assert ("about 3 GB" in said) == bool(why)
    assert f"with CUDA, since {why}:" in said or not why


def test_a_cpu_build_that_cannot_be_had_is_said_before_the_large_one(
    pip, monkeypatch, capsys
):
    fetch = environment._pip_install
    monkeypatch.setattr(
        environment,
        "_pip_install",
        lambda *args: fetch(*args) or environment.CPU_INDEX in args,
    )
    environment.make()
    said = capsys.readouterr().out
    assert "with CUDA, since the CPU build could not be installed: about 3 GB" in said


@pytest.mark.parametrize(
    ("has", "extras", "said"),
    [
        ((), ("course",), "matplotlib and the rest: about 100 MB to download."),
        ((), ("course", "dev"), "the test tools and the rest: about 150 MB to"),
        (("course",), ("course", "dev"), "the test tools: about 50 MB to download."),
        (("course", "dev"), ("course", "dev"), "what has changed since the last"),
    ],
)
def test_set_up_counts_only_what_it_has_to_fetch(has, extras, said, pip, capsys):
    pip.has |= set(has)
    environment.make(extras)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("system", "machine"), [("Darwin", "x86_64"), ("Linux", "aarch64")]
)
def test_where_the_default_build_is_small_it_is_taken(
    pip, monkeypatch, capsys, system, machine
):
    monkeypatch.setattr(environment.platform, "system", lambda: system)
    monkeypatch.setattr(environment.platform, "machine", lambda: machine)
    environment.make()
    assert pip.calls[0] == ("torch>=2.9", "torchvision>=0.24")
    said = capsys.readouterr().out
    assert "Installing PyTorch: about 200 MB" in said
    assert "matplotlib and the rest: about 100 MB" in said


def test_what_is_installed_is_told_with_its_size(pip, capsys):
    environment.make(("course", "dev"))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "Setting up .venv with the packages of the course, which takes some minutes."
    )
    assert "CPU build: about 200 MB to download, 1 GB on disk" in said[1]
    assert "matplotlib, the test tools and the rest: about 150 MB" in said[2]
    assert said[3:] == ["Set-up is complete."]
    assert (environment.VENV / "package.json").read_text("utf-8") == "{}\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_pip_shows_its_progress_to_a_terminal_alone(monkeypatch, terminal):
    calls = []
    stdout = SimpleNamespace(isatty=lambda: terminal)
    monkeypatch.setattr(environment, "sys", SimpleNamespace(stdout=stdout))
    monkeypatch.setattr(environment, "_call", lambda *command: calls.append(command))
    environment._pip_install("a", "b")
    options = ["--retries", "2", "--disable-pip-version-check"]
    quiet = [] if terminal else ["--quiet"]
    python = environment.python_of(environment.VENV)
    assert calls == [(python, "-m", "pip", "install", *options, *quiet, "a", "b")]


@pytest.mark.parametrize(
    ("system", "parts"),
    [("posix", ("bin", "python")), ("nt", ("Scripts", "python.exe"))],
)
def test_the_python_of_an_environment_lies_where_its_system_has_it(
    monkeypatch, tmp_path, system, parts
):
    monkeypatch.setattr(environment, "os", SimpleNamespace(name=system))
    assert environment.python_of(tmp_path) == str(tmp_path.joinpath(*parts))


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 11, 0)])
def test_only_a_python_that_will_do_can_have_the_course(monkeypatch, version):
    origin = json.dumps({"url": environment.ROOT.as_uri()})
    course = SimpleNamespace(read_text={"direct_url.json": origin}.get)
    monkeypatch.setattr(metadata, "distribution", {"mnist-tutorial": course}.get)
    monkeypatch.setattr(sys, "version_info", version)
    assert environment._is_installed_here() == (version >= (3, 11))


@pytest.mark.parametrize("origin", [None, "{}", '{"url": "file:///elsewhere"}'])
def test_a_course_that_comes_from_elsewhere_is_not_this_one(monkeypatch, origin):
    other = SimpleNamespace(read_text=lambda name: origin)
    monkeypatch.setattr(metadata, "distribution", lambda name: other)
    assert environment._is_installed_here() is False

    def nowhere(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", nowhere)
    assert environment._is_installed_here() is False


def test_where_a_process_cannot_be_replaced_its_code_is_handed_on(
    pip, place, monkeypatch
):
    ran, python = [], str(place / "python")
    call = lambda line, **_: ran.append(line) or 3  # noqa: E731
    monkeypatch.setattr(environment.subprocess, "call", call)
    monkeypatch.setattr(environment, "make", lambda extras: None)
    monkeypatch.setattr(environment, "_venv_python", lambda: python)
    monkeypatch.setattr(environment, "os", SimpleNamespace(name="nt"))
    monkeypatch.setattr(environment, "_is_installed_here", lambda: False)
    with pytest.raises(SystemExit) as ended:
        environment.enter(("course",), ["lint"])
    assert ended.value.code == 3 and ran == [[python, "-m", "tools", "lint"]]


def test_pytorch_that_is_there_is_not_fetched_again(pip, monkeypatch, capsys):
    monkeypatch.setattr(environment, "_runs", lambda *command: True)
    environment.make()
    assert [args[0] for args in pip.calls] == ["--editable"]
    assert pip.pins == [["numpy==2.4.0"]]  # nor exchanged for another version
    assert "PyTorch" not in capsys.readouterr().out


def test_a_learner_gets_the_course_and_a_developer_the_tests_on_top(pip, place):
    environment.make()
    assert pip.calls[-1] == ("--editable", f"{place}[course]")
    environment.make(("course", "dev"))
    assert pip.calls[-1] == ("--editable", f"{place}[course,dev]")
    number = len(pip.calls)
    environment.make()  # the larger one has it all
    assert len(pip.calls) == number
    needs = (place / "pyproject.toml").read_text(encoding="utf-8")
    (place / "pyproject.toml").write_text(
        needs + "[tool.ruff]\nx = 1\n", encoding="utf-8"
    )
    environment.make()  # settings of a tool are no needs
    assert len(pip.calls) == number
    (place / "pyproject.toml").write_text("[project]\n" + needs, encoding="utf-8")
    environment.make()
    assert pip.calls[number:] and "[course,dev]" in pip.calls[-1][1]  # it keeps both


def test_versions_are_those_of_the_committed_outputs(pip, capsys):
    environment.make()
    assert pip.pins == [["numpy==2.4.0", "torch==2.9.1"], ["numpy==2.4.0"]]
    assert "constraints.txt" not in capsys.readouterr().out


def test_the_newest_versions_are_taken_where_they_are_asked_for(pip, capsys):
    environment.make(("course", "dev"), pinned=False)
    assert pip.pins == [None, None]
    assert "constraints.txt" not in capsys.readouterr().out


def test_versions_that_cannot_be_had_are_one_sentence_and_no_end(pip, capsys):
    pip.no_pins = True
    environment.make()
    assert pip.pins == [None, None] and pip.calls[1][0] == "--editable"
    assert "the newest that pyproject.toml admits" in capsys.readouterr().out
    assert environment.STAMP.exists()


def test_a_stamp_of_an_earlier_set_up_is_no_error(pip):
    environment.STAMP.write_text("0123abcd /some/where\n", encoding="utf-8")
    environment.make()
    assert pip.calls[-1][0] == "--editable"


def test_a_command_runs_where_its_packages_are(pip, place, monkeypatch):
    ran = []
    monkeypatch.setattr(environment.os, "execv", lambda python, line: ran.append(line))
    monkeypatch.setattr(environment.os, "name", "posix")
    environment.enter(("course",), ["run", "06"])
    assert ran[0][0].startswith(str(place)) and ran[0][1:] == [
        "-m",
        "tools",
        "run",
        "06",
    ]
    # Inside of it, it goes on; elsewhere it does if the course is installed there.
    monkeypatch.setattr(sys, "prefix", str(environment.VENV))
    environment.enter(("course",), ["run", "06"])
    assert len(ran) == 1


def test_a_conda_environment_is_used_as_it_is_and_told_what_it_lacks(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/envs/mnist-tutorial")
    monkeypatch.setattr(environment, "_is_installed_here", lambda: True)
    monkeypatch.setattr(environment, "make", lambda *_: pytest.fail("set-up began"))
    environment.enter(("course", "dev"), [])
    monkeypatch.setitem(environment._MODULES, "dev", ["no_such_module"])
    with pytest.raises(environment.SetupError, match=r'-e "\.\[course,dev\]"'):
        environment.enter(("course", "dev"), [])


@pytest.fixture
def real(place, pip, monkeypatch):
    """A `.venv` with a Python of its own and, for packages, empty files."""
    monkeypatch.undo()  # what stands in for a Python that is asked
    monkeypatch.setattr(environment, "ROOT", place)
    monkeypatch.setattr(environment, "VENV", place / ".venv")
    monkeypatch.setattr(environment, "STAMP", place / ".venv" / "set-up-of")
    monkeypatch.setattr(environment, "_pip_install", lambda *args: install())
    monkeypatch.setattr(environment, "_answers", lambda address: False)
    monkeypatch.setitem(environment._MODULES, "course", ["torch", "nbformat"])
    call = environment._call
    monkeypatch.setattr(
        environment, "_call", lambda *command: call(*command, "--without-pip")
    )
    monkeypatch.delenv("PYTHONPATH", raising=False)
    installed = []

    def packages() -> Path:
        (folder,) = environment.VENV.glob("lib/python*/site-packages")
        return folder

    def install() -> int:
        installed.append(True)
        for name in ("pip", "torch", "torchvision", "nbformat"):
            (packages() / name).mkdir(exist_ok=True)
            (packages() / name / "__init__.py").touch()
        return 0

    environment.make()
    installed.clear()
    return SimpleNamespace(installed=installed, packages=packages)


def test_a_whole_environment_is_left_alone(real, capsys):
    capsys.readouterr()
    environment.make()
    assert not real.installed and capsys.readouterr().out == ""


@pytest.mark.parametrize("why", ["is gone", "leads nowhere", "does not run"])
def test_a_python_that_is_gone_is_put_back_and_nothing_fetched(real, why, capfd):
    python = Path(environment.python_of(environment.VENV))
    python.unlink()
    if why == "leads nowhere":
        python.symlink_to("/usr/bin/python3.99")
    if why == "does not run":
        python.write_text("no program", encoding="utf-8")
    environment.make()
    assert not real.installed
    assert ".venv lacks a Python that runs" in capfd.readouterr().out
    assert environment._missing(str(python), ["course"]) == ""


@pytest.mark.parametrize("lost", ["all", "nbformat", "files of nbformat"])
def test_packages_that_are_gone_are_installed_again(real, lost, capfd):
    folder = real.packages()
    if lost == "files of nbformat":
        (folder / "nbformat" / "__init__.py").unlink()
    else:
        shutil.rmtree(folder if lost == "all" else folder / lost)
        folder.mkdir(exist_ok=True)
    environment.make()
    assert (
        real.installed
        and environment._missing(environment.python_of(environment.VENV), ["course"])
        == ""
    )
    assert ".venv lacks" in capfd.readouterr().out


@pytest.mark.parametrize("stamp", [b"", b"\xff\xfe", b"{}", b"x\ny\nz"])
def test_a_damaged_stamp_is_no_stamp(real, stamp):
    environment.STAMP.write_bytes(stamp)
    environment.make()
    assert real.installed


def test_what_pip_has_not_mended_is_one_sentence_and_no_stamp(real, monkeypatch):
    environment.STAMP.unlink()
    monkeypatch.setitem(environment._MODULES, "course", ["torch", "no_such_module"])
    with pytest.raises(environment.SetupError, match=r"lacks no_such_module; `make cl"):
        environment.make()
    assert not environment.STAMP.exists()


def test_a_folder_whose_name_is_no_text_is_set_up_once(pip, place, monkeypatch):
    folder = place / os.fsdecode(b"caf\xe9")
    shutil.copytree(place, folder)
    monkeypatch.setattr(environment, "ROOT", folder)
    monkeypatch.setattr(environment, "VENV", folder / ".venv")
    monkeypatch.setattr(environment, "STAMP", folder / ".venv" / "set-up-of")
    environment.make()
    number = len(pip.calls)
    environment.make()
    assert number and len(pip.calls) == number


HOLD = """import sys
from pathlib import Path
from tools import checkout
with checkout.alone(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    {}
"""


@pytest.fixture
def hold(place):
    """Starts another process that holds the folder and then runs some code."""
    started = []

    def start(code: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD.format(code), str(place)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_of_two_set_ups_at_once_the_second_says_so_and_touches_nothing(
    pip, place, hold
):
    first = hold("sys.stdin.read()")
    (place / ".venv" / "half").touch()
    with pytest.raises(checkout.CommandError, match="Another set-up of"):
        environment.make()
    assert (place / ".venv" / "half").exists() and not pip.calls
    first.kill()
    first.wait()
    environment.make()
    assert pip.calls


def test_a_pip_that_outlives_its_set_up_still_holds_the_folder(pip, place, hold):
    code = (
        "from tools import environment\n    environment._call(sys.executable, '-c', "
        "'import sys; print(1, flush=True); sys.stdin.read()')"
    )
    first = hold(code)
    assert first.stdout.readline() == b"1\n"
    first.kill()
    first.wait()
    with pytest.raises(checkout.CommandError, match="Another set-up of"):
        environment.make()
    first.stdin.close()  # and with it pip ends
    end = time.monotonic() + PATIENCE
    while not pip.calls and time.monotonic() < end:
        with contextlib.suppress(checkout.CommandError):
            environment.make()
    assert pip.calls


def test_a_wrong_choice_of_build_is_one_sentence(pip, monkeypatch):
    monkeypatch.setenv("TORCH", "gpu")
    with pytest.raises(environment.SetupError, match="TORCH is 'gpu', but must be"):
        environment.make()


def test_without_a_network_set_up_is_one_sentence_and_tries_again_next_time(pip):
    pip.code = 1
    with pytest.raises(environment.SetupError, match="needs a network"):
        environment.make()
    assert not environment.STAMP.exists()
    pip.code = 0
    environment.make()
    assert environment.STAMP.exists()


def test_a_server_that_does_not_answer_is_given_up_soon():
    assert not environment._answers("http://127.0.0.1:9/", seconds=0.5)


def made(*arguments: str) -> subprocess.CompletedProcess:
    """What `make` does in the root, whatever the one does that may run these tests."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    outer = ("MAKEFLAGS", "MAKELEVEL", "NAME", "OUT", "DEVICE", "ROW", "ARGS")
    alone = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=alone,
        capture_output=True,
        encoding="utf-8",
    )


def test_make_without_python_is_one_sentence():
    result = made("lab", "PYTHON=")
    assert result.returncode != 0
    assert "install Python 3.11 or newer" in result.stderr


@pytest.mark.parametrize(
    ("target", "given", "line"),
    [
        ("lab", ["NAME=06"], "lab --name 06"),
        ("lab", ["ARGS=--no-browser"], "lab --no-browser"),
        ("run", ["NAME=06", "OUT=runs/x", "DEVICE=cuda"],
         "run 06 --device cuda --out runs/x"),
        ("site", ["NAME=00 02", "OUT=pages"], "site 00 02 --out pages"),
        ("solve", ["NAME=02"], "solve 02"),
        ("reset", ["NAME=02"], "reset 02"),
        ("test", ["ARGS=--quick"], "test --quick"),
    ],
)  # fmt: skip
def test_make_hands_on_what_it_is_given(target, given, line):
    shown = made("--dry-run", "PYTHON=python3", target, *given).stdout
    assert shown.split() == ["python3", "-m", "tools", *line.split()]


# --- The versions that made the committed outputs


def test_the_constraints_hold_every_package_asked_for_at_an_admitted_version():
    pins = versions.pinned()
    for name, lowest in requirements("course", "dev").items():
        assert Version(pins[name]) >= Version(lowest), name
    assert "jupyter-client" in pins  # and what these need
    assert not [name for name in pins if name.startswith(versions.OF_PYTORCH)]
    assert not [version for version in pins.values() if "+" in version]


def test_the_constraints_are_written_from_what_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(versions, "FILE", tmp_path / "constraints.txt")
    versions.write()
    assert versions.pinned() == versions.installed()
    assert versions.changed() == ""
    text = versions.FILE.read_text(encoding="utf-8").replace("numpy==", "numpy==0.")
    versions.FILE.write_text(text, encoding="utf-8")
    assert versions.changed() == (
        f"numpy 0.{versions.installed()['numpy']}, not {versions.installed()['numpy']}"
    )


# --- The wheel


def test_the_wheel_carries_data_weights_and_results(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    names = {name.partition("-")[0] for name in os.listdir(unpacked)}
    assert names == {"mnist_tutorial"}
    assert not list(unpacked.glob("*/entry_points.txt"))
    assert not (unpacked / "mnist_tutorial" / "__main__.py").exists()
    result = subprocess.run(
        [sys.executable, "-c", USE_THE_WHEEL, str(unpacked)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        encoding="utf-8",
    )
    assert result.stdout == "done\n", result.stderr


USE_THE_WHEEL = """
import sys
import mnist_tutorial
from mnist_tutorial import data, experiments, model, widgets
assert "function mount(" in widgets.NetworkLens._esm
assert mnist_tutorial.__file__.startswith(sys.argv[1])
images, labels = data.load_tensors(False)
right = model.load_pretrained(4)(images[:100]).argmax(1) == labels[:100]
assert right.float().mean() > 0.9 and experiments.tables.load_results("readings")
print("done")
"""
