"""Files are written whole or not at all, whatever happens on the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import PATIENCE, is_one_sentence

from mnist_tutorial import files
from mnist_tutorial.files import write_atomically

PACKAGE = Path(files.__file__).parent


def test_an_interrupt_just_after_the_new_file_is_in_place_stays_one(
    tmp_path, monkeypatch
):
    replace = os.replace

    def interrupted(source, target):
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"content")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_went_wrong_is_told_also_if_the_new_file_is_gone(tmp_path, monkeypatch):
    def replace(source, target):
        os.unlink(source)  # as another program might, that tidies up
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(tmp_path / "file", b"content")
    assert not list(tmp_path.iterdir())


def test_a_write_reaches_the_disk_before_it_takes_the_old_files_place(
    tmp_path, monkeypatch
):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda f: (calls.append("fsync"), fsync(f)))
    monkeypatch.setattr(
        os, "replace", lambda a, b: (calls.append("replace"), replace(a, b))
    )
    write_atomically(tmp_path / "file", b"content")
    assert calls == ["fsync", "replace"]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may write into read-only folders; Windows has none",
)
def test_a_read_only_folder_keeps_its_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            write_atomically(path, b"new")
    finally:
        tmp_path.chmod(0o755)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_and_others_may_read_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content in (b"first" * 1000, b"second"):
        write_atomically("file", content)
        assert Path("file").read_bytes() == content
    if os.name == "posix":
        assert Path("file").stat().st_mode & 0o777 == 0o644


# Writes two contents in turn, is killed at random moments, and looks what is there.
KILLED_WRITER = """
import os, random, signal, sys, time
from mnist_tutorial.files import write_atomically
path, moments = sys.argv[1], random.Random(0)
contents = [letter * 1_000_000 for letter in (b"a", b"b")]
began = time.perf_counter()
for content in contents * 2:
    write_atomically(path, content)
round = (time.perf_counter() - began) / 2
seen = set()
for _ in range(40):
    writer = os.fork()
    while not writer:
        for content in contents:
            write_atomically(path, content)
    time.sleep(moments.uniform(0, 2 * round))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    with open(path, "rb") as file:
        found = file.read()
    assert found in contents, (len(found), found[:1], found[-1:])
    seen.add(found)
print(len(seen))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(tmp_path / "file")],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "2\n"  # both contents were met


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="choose another name"):
            write_atomically(tmp_path / name, b"content")
    assert (tmp_path / "pipe").is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "folder"}


@pytest.mark.parametrize("folder", ["none", "file", "none/deeper"])
def test_a_folder_that_is_not_there_is_named_and_nothing_is_left(tmp_path, folder):
    (tmp_path / "file").write_bytes(b"here")
    with pytest.raises(FileNotFoundError, match=f"no folder .*{folder}; make") as error:
        write_atomically(tmp_path / folder / "new.csv", b"")
    assert is_one_sentence(error)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
