"""Where the repository is, whether it is ours, and how a command says what is wrong.

Standard library only, and nothing that Python 3.7 cannot read.
"""

import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CommandError(Exception):
    """What went wrong, in one sentence for the person at the keyboard."""


def require() -> None:
    """Refuse to work anywhere but in the root of a checkout of this repository.

    Commands install, overwrite and delete below ROOT. In an installed copy that would
    be a folder of somebody else's packages.

    Raises:
        CommandError: this file lies in no checkout, or it was called from elsewhere.
    """
    project = ROOT / "pyproject.toml"
    ours = (
        project.is_file()
        and '\nname = "mnist-tutorial"\n' in project.read_text(encoding="utf-8")
        and (ROOT / "mnist_tutorial" / "__init__.py").is_file()
        and (ROOT / "notebooks").is_dir()
    )
    if not ours:
        raise CommandError(
            f"{ROOT} is not a checkout of the course; clone the repository and run "
            "`python -m tools` in its root."
        )
    if not Path.cwd().samefile(ROOT):
        raise CommandError(
            f"`python -m tools` works in the root of the repository only: cd {ROOT}"
        )


@contextmanager
def alone(folder, sentence):
    """Hold `folder`, which no other process can do meanwhile.

    The system lets go of it when this process ends, however it ends; but for Windows,
    also those must have ended that it has started with `close_fds=False`.

    Raises:
        CommandError: another process holds it; the message is `sentence`. On Windows,
            also if nothing can be written into it.
    """
    on_windows = sys.platform == "win32"
    try:
        handle = _lock_file(folder / ".lock") if on_windows else _lock(folder)
    except BlockingIOError:
        raise CommandError(sentence) from None
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)
        if on_windows:
            with suppress(OSError):  # another process has opened it by now
                (folder / ".lock").unlink()


def _lock_file(file):
    """The handle of a locked file, on Windows, where a folder cannot be locked.

    A file that a crash has left there is locked like a new one.
    """
    msvcrt = import_module("msvcrt")  # only Windows has it

    try:
        handle = os.open(str(file), os.O_CREAT | os.O_RDWR)
    except OSError as error:
        raise CommandError(
            f"Nothing can be written into {file.parent} ({error}); work where you may."
        ) from error
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        os.close(handle)
        raise BlockingIOError from error
    return handle


def _lock(folder):
    """The handle of a lock on a folder; None on a file system that has none."""
    import fcntl

    handle = os.open(str(folder), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return None
    os.set_inheritable(handle, True)
    return handle


def make_folder(folder):
    """Make a folder to write into, or find it there.

    Raises:
        CommandError: it cannot be made, or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=str(folder)).close()
    except (OSError, ValueError) as error:
        raise CommandError(
            f"Nothing can be written into {folder} ({error}); choose another folder "
            "with --out."
        ) from error
