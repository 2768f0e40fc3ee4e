"""Results of runs that take long: kept as they finish, taken again with the same code.

A file of JSON lines, one for each run: its parameters, the version of the code that
ran, and the result.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from mnist_tutorial.experiments.common import PACKAGE


def code_version(*patterns: str, package: Path = PACKAGE) -> str:
    """A hash of the package's code, and of its files that match `patterns`."""
    files = {f for p in ("**/*.py", *patterns) for f in package.glob(p) if f.is_file()}
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


class Cache:
    """The results in `file` that the version `code` of the code has computed.

    A line that cannot be read, as a crash in the middle of one leaves it, is passed
    over: that run is repeated.
    """

    def __init__(self, file: Path, code: str):
        self.file = file
        self.code = code
        self._results: dict[str, Any] = {}
        text = file.read_text("utf-8", errors="replace") if file.exists() else ""
        if text and not text.endswith("\n"):
            self._append("\n")  # or the next result would join what was cut off
        for line in text.splitlines():
            try:
                parameters, version, result = json.loads(line)
            except (TypeError, ValueError, RecursionError):
                continue
            if version == code:
                self._results[_key(parameters)] = result

    def get(self, parameters: dict) -> Any:
        """The result of the run with these parameters; None if there is none."""
        return self._results.get(_key(parameters))

    def put(self, parameters: dict, result: Any) -> None:
        """Keep the result of a run, in the file at once."""
        self._append(json.dumps([parameters, self.code, result]) + "\n")
        self._results[_key(parameters)] = result

    def _append(self, text: str) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(text)


def _key(parameters: dict) -> str:
    return json.dumps(parameters, sort_keys=True)
