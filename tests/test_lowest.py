"""The lowest versions: what is asked of uv and pip, and a sentence for each failure."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import lowest
from tools.checkout import CommandError, alone

PINS = "numpy==1.26.0\ntorch==2.10.0\ntorchvision==0.25.0\nnvidia-nccl-cu12==2.27.5\n"


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Stands in for every program: `calls` are theirs, `codes` answers by a word."""
    fake = SimpleNamespace(calls=[], options=[], codes={}, pins=PINS)

    def call(command, **options):
        fake.calls.append(command)
        fake.options.append(options)
        if "compile" in command:
            assert not lowest.LIST.exists()  # uv would keep what it says
        if "compile" in command and "compile" not in fake.codes:
            lowest.LIST.write_text(fake.pins, encoding="utf-8")
        return next((c for word, c in fake.codes.items() if word in command), 0)

    folder = tmp_path / ".lowest"
    monkeypatch.setattr(lowest, "ROOT", tmp_path)
    monkeypatch.setattr(lowest, "FOLDER", folder)
    monkeypatch.setattr(lowest, "VENV", folder / "venv")
    monkeypatch.setattr(lowest, "LIST", folder / "versions.txt")
    monkeypatch.setattr(lowest, "DONE", folder / "installed.txt")
    monkeypatch.setattr(lowest.subprocess, "call", call)
    monkeypatch.setattr(lowest.shutil, "which", lambda name, path=None: "/bin/uv")
    monkeypatch.setattr(lowest.platform, "system", lambda: "Linux")
    monkeypatch.setattr(lowest.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv("TORCH", raising=False)
    return fake


def names(fake) -> list[str]:
    """The word of each call that says what it was for."""
    words = "compile", "venv", "--index-url", "--requirement", "--editable", "check"
    return [
        next((word for word in (*words, "test") if word in command), "?")
        for command in fake.calls
    ]


def test_from_nothing_to_the_tests_these_programs_are_called(fake, tmp_path):
    assert lowest.run() == 0
    python = lowest.python_of(lowest.VENV)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    compiled = ["/bin/uv", "pip", "compile", "--quiet", "--no-annotate"]
    compiled += ["--resolution", "lowest-direct", "--only-binary", ":all:"]
    compiled += ["--python-version", version, "--extra", "course", "--extra", "dev"]
    small = (
        "--no-deps --retries 0 --timeout 10 "
        "--index-url https://download.pytorch.org/whl/cpu"
    )
    listed = str(lowest.FOLDER / "to-install.txt")
    assert fake.calls == [
        [*compiled, "--output-file", str(lowest.LIST), "pyproject.toml"],
        [sys.executable, "-m", "venv", str(lowest.VENV)],
        [*install, *small.split(), *PINS.split()[1:3]],
        [*install, "--no-deps", "--requirement", listed],
        [*install, "--no-deps", "--editable", str(tmp_path)],
        [python, "-m", "pip", "check"],
        [python, "-m", "tools", "test", "--quick"],
    ]
    assert fake.options[0] == fake.options[-1] == {"cwd": tmp_path}
    assert Path(listed).read_text(encoding="utf-8").split() == PINS.split()[:3]


def test_what_was_installed_for_another_list_is_thrown_away(fake):
    lowest.run()
    old = lowest.VENV / "old"
    old.mkdir(parents=True)
    fake.pins, fake.codes["check"] = PINS.replace("1.26.0", "2.0.0"), 1
    with pytest.raises(CommandError, match="could not be installed together"):
        lowest.run()
    assert not old.exists()
    fake.pins, fake.codes = PINS, {}
    fake.calls.clear()
    assert lowest.run() == 0
    assert "venv" in names(fake)  # what failed has left nothing that would do


def test_of_two_runs_the_second_waits_for_nobody(fake):
    lowest.FOLDER.mkdir()
    with (
        alone(lowest.FOLDER, "busy"),
        pytest.raises(CommandError, match=r"Another process sets up \.lowest"),
    ):
        lowest.run()
    assert fake.calls == []


def test_a_list_is_made_installed_and_tested_and_not_installed_again(fake):
    assert lowest.run() == 0
    once = ["compile", "venv", "--index-url", "--requirement", "--editable", "check"]
    assert names(fake) == [*once, "test"]
    assert fake.calls[-1][1:] == ["-m", "tools", "test", "--quick"]
    fake.calls.clear()
    assert lowest.run() == 0
    assert names(fake) == ["compile", "test"]
    assert (lowest.FOLDER / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_the_small_pytorch_needs_nothing_of_cuda(fake):
    lowest.run()
    small = next(command for command in fake.calls if "--index-url" in command)
    assert small[-2:] == ["torch==2.10.0", "torchvision==0.25.0"]
    listed = (lowest.FOLDER / "to-install.txt").read_text(encoding="utf-8")
    assert "numpy" in listed and "nvidia" not in listed


@pytest.mark.parametrize(
    "why", ["no index", "asked for", "another system", "another machine"]
)
def test_the_default_pytorch_keeps_the_whole_list(fake, monkeypatch, why):
    if why == "no index":
        fake.codes["--index-url"] = 1
    if why == "asked for":
        monkeypatch.setenv("TORCH", "default")
    if why == "another system":
        monkeypatch.setattr(lowest.platform, "system", lambda: "Darwin")
    if why == "another machine":
        monkeypatch.setattr(lowest.platform, "machine", lambda: "aarch64")
    assert lowest.run() == 0
    assert "nvidia" in (lowest.FOLDER / "to-install.txt").read_text(encoding="utf-8")
    assert ("--index-url" in names(fake)) == (why == "no index")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("compile", "No set of lowest versions fits"),
        ("venv", "could not make a virtual environment"),
        ("--requirement", "could not be installed together"),
        ("--editable", "could not be installed together"),
        ("check", "could not be installed together"),
    ],
)
def test_a_failure_is_one_sentence_and_is_tried_again(fake, word, sentence):
    fake.codes[word] = 1
    with pytest.raises(CommandError, match=sentence):
        lowest.run()
    fake.codes.clear()
    assert lowest.run() == 0


def test_uv_is_fetched_for_the_moment_where_there_is_none(fake, monkeypatch):
    which = lambda name, path=None: path and f"{path}/uv"  # noqa: E731
    monkeypatch.setattr(lowest.shutil, "which", which)
    assert lowest.run() == 0
    assert fake.calls[1][-1] == "uv"
    assert fake.calls[2][0] == f"{Path(fake.calls[1][0]).parent}/uv"
    assert fake.calls[0] == [sys.executable, "-m", "venv", fake.calls[0][-1]]
    assert Path(fake.calls[1][0]).is_relative_to(fake.calls[0][-1])
    for word in ("uv", "venv"):
        fake.codes = {word: 1}
        with pytest.raises(CommandError, match="uv, which finds the lowest versions"):
            lowest.run()
    fake.codes = {}
    monkeypatch.setattr(lowest.shutil, "which", lambda name, path=None: None)
    with pytest.raises(CommandError, match="uv, which finds the lowest versions"):
        lowest.run()


def test_tests_that_fail_say_what_to_do(fake, capsys):
    fake.codes["test"] = 5
    assert lowest.run() == 5
    assert "raise the bound at fault" in capsys.readouterr().err


def test_the_list_names_what_a_learner_and_a_developer_need(fake):
    lowest.run()
    command = " ".join(fake.calls[0])
    for option in ("--resolution lowest-direct", "--extra course", "--extra dev"):
        assert option in command
