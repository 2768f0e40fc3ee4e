"""Where the repository is, whether it is ours, and how a command says what is wrong.

Standard library only, and nothing that Python 3.7 cannot read.
"""

import os
import sys
import tempfile
from contextlib import contextmanager
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

    The system lets go of it when this process ends, however it ends, and with it those
    that it has started with `close_fds=False`.

    Raises:
        CommandError: another process holds it; the message is `sentence`.
    """
    try:
        handle = _lock(folder)
    except (BlockingIOError, FileExistsError):
        raise CommandError(sentence) from None
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(folder):
    """The handle of a lock on a folder; None on a file system that has none."""
    if sys.platform == "win32":
        how = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY
        return os.open(str(folder / ".lock"), how)
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
