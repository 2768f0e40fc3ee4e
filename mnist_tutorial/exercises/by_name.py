"""What a notebook has by name, such as its exercises: `ex.KEY`."""

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from mnist_tutorial.hints import did_you_mean

Entry = TypeVar("Entry")


class ByName(Generic[Entry]):
    """Entries as attributes; a name that is none of them is answered by the others."""

    _kind: ClassVar[str]  # "exercise", in what is said

    def __init__(self, entries: Mapping[str, Entry]):
        self._entries = entries

    def __getattr__(self, key: str) -> Entry:
        if key.startswith("_"):  # asked by copy, before there are entries
            raise AttributeError(key)
        if key not in self._entries:
            raise AttributeError(
                f"There is no {self._kind} {key!r}.{did_you_mean(key, self._entries)} "
                f"This notebook has {', '.join(self._entries)}."
            )
        return self._entries[key]

    def __dir__(self) -> list[str]:
        return list(self._entries)
