"""What was probably meant by a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

# By a word that many use, the name that is meant, where the letters do not tell.
SYNONYMS = {"gpu": "cuda"}


def did_you_mean(name: Any, names: Iterable[Any], cutoff: float = 0.6) -> str:
    """A question that names the nearest of some names, or "" if none is near.

    Args:
        cutoff: how alike they must be, from 0 (anything will do) to 1 (equal).
    """
    word = SYNONYMS.get(str(name).lower(), str(name))
    matches = get_close_matches(word, [str(n) for n in names], cutoff=cutoff)
    return f" Did you mean {matches[0]!r}?" if matches else ""
