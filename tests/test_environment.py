"""Set-up: its sentences, its files, and what is installed by which route."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from types import SimpleNamespace

import pytest

from mnist_tutorial import environment

ROOT = environment.ROOT
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def requirements() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"] + project["optional-dependencies"]["test"]
    pairs = [re.fullmatch(r"([a-z0-9-]+)>=([\d.]+)", line).groups() for line in listed]
    assert len({name for name, _ in pairs}) == len(pairs)
    return {CONDA_NAMES.get(name, name): bound for name, bound in pairs}


def test_conda_installs_what_pyproject_asks_for():
    text = (ROOT / "environment.yml").read_text()
    # What conda-forge does not carry stands below "pip:", further in.
    found = dict(re.findall(r"^ +- ([a-z0-9-]+)>=([\d.]+)", text, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f">={found.pop('python')}" == project["requires-python"]
    assert found == requirements()
    channels = re.search(r"^channels:\n((?:  - .*\n)+)", text, re.M)[1].split()
    assert channels == ["-", "conda-forge", "-", "nodefaults"]
    assert "      - -e .\n" in text


def test_everything_that_is_imported_is_required():
    imported = set()
    for folder in ("mnist_tutorial", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    imported.add(node.module.partition(".")[0])
    ours = {"mnist_tutorial", "support", "conftest", "drawing", "lab", "stage"}
    # Parts of required packages: papermill runs on nbclient and nbformat, scikit-learn
    # on scipy.
    parts = {"nbclient": "papermill", "nbformat": "papermill", "scipy": "scikit-learn",
             "traitlets": "ipywidgets"}  # fmt: skip
    aliases = {"torch": "pytorch", "matplotlib": "matplotlib-base",
               "sklearn": "scikit-learn", "PIL": "torchvision"}  # fmt: skip
    aliases["axe_playwright_python"] = "axe-playwright-python"
    needed = imported - ours - set(sys.stdlib_module_names)
    assert {parts.get(name, aliases.get(name, name)) for name in needed} <= set(
        requirements()
    )


def test_set_up_needs_the_standard_library_only():
    for name in ("environment", "__init__"):
        tree = ast.parse((ROOT / "mnist_tutorial" / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or a.name for a in node.names]
                assert {n.partition(".")[0] for n in names} <= sys.stdlib_module_names
    command = (
        "import sys; from mnist_tutorial import __main__; print('torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", command], cwd=ROOT, capture_output=True, text=True
    )
    assert result.stdout == "False\n", result.stderr


def test_set_up_can_be_read_by_an_old_python():
    for name in ("environment", "__main__"):
        source = (ROOT / "mnist_tutorial" / f"{name}.py").read_text()
        ast.parse(source, feature_version=(3, 7))


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[project]")
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
    monkeypatch.setattr(environment, "_runs", lambda found, *_: found == works[0])
    assert environment._find_python() == "/usr/bin/python3.12"
    monkeypatch.setattr(environment, "_runs", lambda found, *_: found == works[1])
    assert environment._find_python() == "/usr/bin/python3.11"


def test_a_python_without_venv_is_one_sentence(place, monkeypatch):
    monkeypatch.setattr(environment, "_runs", lambda *command: False)
    with pytest.raises(environment.SetupError, match="install python3-venv"):
        environment.make()
    assert not environment.STAMP.exists()


@pytest.fixture
def pip(place, monkeypatch):
    """Stands in for pip: `calls` is what it was to install, `code` its answer."""
    fake = SimpleNamespace(calls=[], code=0)
    monkeypatch.setattr(
        environment, "_pip", lambda *given: fake.calls.append(given) or fake.code
    )
    has_pip_no_torch = lambda python, *given: "import torch" not in given[-1]  # noqa
    monkeypatch.setattr(environment, "_runs", has_pip_no_torch)
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
    ("nvidia", "answers", "torch", "cpu"),
    [
        (False, True, "", True),
        (False, False, "", False),
        (True, True, "", False),
        (False, True, "default", False),
        (True, False, "cpu", True),
    ],
)
def test_which_build_of_pytorch(pip, monkeypatch, capsys, nvidia, answers, torch, cpu):
    monkeypatch.setattr(environment, "_has_nvidia", lambda: nvidia)
    monkeypatch.setattr(environment, "_answers", lambda address: answers)
    monkeypatch.setenv("TORCH", torch)
    environment.make()
    assert (environment.CPU_INDEX in pip.calls[0]) == cpu
    assert ("about 3 GB" in capsys.readouterr().out) == (not cpu)


def test_pytorch_that_is_there_is_not_fetched_again(pip, monkeypatch, capsys):
    monkeypatch.setattr(environment, "_runs", lambda *command: True)
    environment.make()
    assert [given[0] for given in pip.calls] == ["--editable"]
    assert "PyTorch" not in capsys.readouterr().out


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


def test_make_without_python_is_one_sentence(tmp_path):
    make = subprocess.run(["which", "make"], capture_output=True, text=True).stdout
    result = subprocess.run(
        [make.strip(), "setup", "PYTHON="], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode != 0
    assert "install Python 3.11 or newer" in result.stderr


def test_jupyterlab_starts_without_news_in_a_folder_of_its_own(place, monkeypatch):
    monkeypatch.delenv("JUPYTER_CONFIG_DIR", raising=False)
    environment.configure_lab()
    folder = place / ".jupyter"
    assert os.environ["JUPYTER_CONFIG_DIR"] == str(folder)
    page = (folder / "labconfig" / "page_config.json").read_text()
    assert '"@jupyterlab/apputils-extension:announcements": true' in page


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
    result = subprocess.run(
        [sys.executable, "-c", USE_THE_WHEEL, str(unpacked)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert result.stdout == "done\n", result.stderr


USE_THE_WHEEL = """
import sys
import mnist_tutorial
from mnist_tutorial import data, experiments, model
assert mnist_tutorial.__file__.startswith(sys.argv[1])
images, labels = data.load_tensors(False)
right = model.load_pretrained(4)(images[:100]).argmax(1) == labels[:100]
assert right.float().mean() > 0.9 and experiments.load_results("readings")
print("done")
"""
