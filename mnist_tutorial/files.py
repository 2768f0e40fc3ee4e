"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: str | Path, content: bytes) -> None:
    """Put `content` into the file `path`, whole or not at all.

    A reader, or a crash in the middle, meets the old file or the new one.

    Raises:
        OSError: the folder is missing, full or read-only, or the path is that of a
            folder or a device; what was there is untouched.
    """
    path = Path(path)
    if not os.path.isdir(path.parent):
        raise FileNotFoundError(f"There is no folder {path.parent}; make it first.")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file that could be replaced; choose another name.")
    # Not the whole name: it may be as long as the file system allows.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp's 0o600 would keep other users out
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
