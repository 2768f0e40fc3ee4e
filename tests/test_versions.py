"""constraints.txt: which packages are pinned, and to which versions."""

from importlib import metadata
from types import SimpleNamespace

import pytest

from tools import versions

# By package: its version, and what it requires.
PACKAGES = {
    "mnist-tutorial": (
        "0.1",
        ["Torch>=2", 'a_b[x]; extra == "course"', 't; extra == "dev"'],
    ),
    "torch": ("2.9.1+cpu", ["nvidia-x", "cuda-y", "triton", "c.d"]),
    "a-b": ("1.0", ['e; extra == "x"', 'f; extra == "y"', 'g; extra == "dev"']),
    "c-d": ("3.0rc1", ["torch", 'h; python_version < "3"']),
    "e": ("5.0", None),
    "t": ("6.0.post1", []),
}


@pytest.fixture
def packages(monkeypatch, tmp_path):
    def distribution(name):
        version, requires = PACKAGES[name]
        return SimpleNamespace(version=version, requires=requires)

    monkeypatch.setattr(metadata, "distribution", distribution)
    monkeypatch.setattr(versions, "FILE", tmp_path / "constraints.txt")


VERSIONS = {"a-b": "1.0", "c-d": "3.0rc1", "e": "5.0", "t": "6.0.post1"}
VERSIONS["torch"] = "2.9.1"


@pytest.mark.usefixtures("packages")
def test_all_that_is_needed_is_pinned_but_what_depends_on_the_machine():
    assert list(versions.installed().items()) == sorted(VERSIONS.items())


@pytest.mark.usefixtures("packages")
def test_what_is_written_is_read_again_and_what_has_changed_is_named():
    versions.write()
    written = versions.FILE.read_text(encoding="utf-8")
    assert written.startswith(versions.HEAD) and written.endswith("\ntorch==2.9.1\n")
    assert versions.pinned() == VERSIONS and versions.changed() == ""
    old = written.replace("torch==2.9.1\n", "").replace("e==5.0", "e==4.0")
    versions.FILE.write_text(old, encoding="utf-8")
    assert versions.changed() == "e 4.0, not 5.0, torch none, not 2.9.1"
