"""The lowest versions: what is asked of uv and pip, and a sentence for each failure."""

from types import SimpleNamespace

import pytest

from tools import lowest
from tools.checkout import CommandError

PINS = "numpy==1.26.0\ntorch==2.10.0\ntorchvision==0.25.0\nnvidia-nccl-cu12==2.27.5\n"


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Stands in for every program: `calls` are theirs, `codes` answers by a word."""
    fake = SimpleNamespace(calls=[], codes={})

    def call(command, **options):
        fake.calls.append(command)
        if "compile" in command and "compile" not in fake.codes:
            lowest.LIST.write_text(PINS, encoding="utf-8")
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


@pytest.mark.parametrize("why", ["no index", "asked for", "another system"])
def test_the_default_pytorch_keeps_the_whole_list(fake, monkeypatch, why):
    if why == "no index":
        fake.codes["--index-url"] = 1
    if why == "asked for":
        monkeypatch.setenv("TORCH", "default")
    if why == "another system":
        monkeypatch.setattr(lowest.platform, "system", lambda: "Darwin")
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
    assert fake.calls[2][0].endswith("/uv")
    fake.codes["uv"] = 1
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
