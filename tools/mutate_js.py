"""The small faults that `mutate` puts into JavaScript."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.mutate_python import Change

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)
    |(?P<name>[\w$#]+)
    |(?P<sign>===|!==|\*\*|=>|\?\?|\?\.|&&|\|\||[-+*/%&|]=|<=|>=|==|!=|\+\+|--
      |\.\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*")
_WORDS = frozenset(
    {"return", "typeof", "case", "in", "of", "new", "delete", "void", "do", "else"}
    | {"if", "for", "while", "switch", "catch", "function", "const", "let", "var"}
    | {"import", "export", "throw", "break", "continue", "class", "try", "default"}
)
_SWAPPED = {
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "==="},
    **{"&&": "||", "||": "&&"},
    **{"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+="},
    **{"true": "false", "false": "true"},
}
_KINDS = {
    "logic": "&& ||",
    "arithmetic": "+ - * / % += -=",
    "constant bool": "true false",
}
_KIND_OF = {sign: kind for kind, signs in _KINDS.items() for sign in signs.split()}


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def compiles(source: str) -> bool:
    """Whether node takes it for a module."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.mjs"
        file.write_text(source, encoding="utf-8")
        return not subprocess.run(
            ["node", "--check", file], capture_output=True
        ).returncode


def tokens(source: str) -> list[_Token]:
    """The tokens of a script; templates and regular expressions are one token each."""
    result: list[_Token] = []
    at = 0
    for _ in source:  # each token has a character or more
        if at >= len(source):
            break
        if source[at] == "`":
            kind, end = "template", _after_template(source, at)
        elif (
            source[at] == "/"
            and not _is_value(result)
            and (regex := _REGEX.match(source, at))
            and source[at + 1] != "*"
        ):
            kind, end = "regex", regex.end()
        else:
            match = _TOKEN.match(source, at)
            assert match and match.lastgroup  # the last sign is any character
            kind, end = match.lastgroup, match.end()
        if kind != "space":
            result.append(_Token(kind, source[at:end], at, end))
        at = end
    return result


def _is_value(before: list[_Token]) -> bool:
    """Whether a value has just ended, so that a sign now joins it to another."""
    if not before:
        return False
    kind, text, _, _ = before[-1]
    return text in (")", "]", "}") if kind == "sign" else text not in _WORDS


def _after_template(source: str, at: int) -> int:
    """Behind the template that begins here.

    Raises:
        ValueError: it has no end.
    """
    depth, at = 0, at + 1
    for _ in source[at:]:  # each step passes a character or more
        sign = source[at : at + 1]
        if sign == "`" and depth == 0:
            return at + 1
        if sign == "`":
            at = _after_template(source, at)
        elif sign == "\\":
            at += 2
        elif depth == 0 and source.startswith("${", at):
            depth, at = 1, at + 2
        else:
            depth += (sign == "{") - (sign == "}") if depth else 0
            at += 1
    raise ValueError("A template has no end.")


def changes(source: str) -> list[Change]:
    """All changes of a script, in the order of the text."""
    return sorted(set(_changes(source, tokens(source))))


def _changes(source: str, all_: list[_Token]) -> Iterator[Change]:
    imported = False
    for k, token in enumerate(all_):
        line = source[source.rfind("\n", 0, token.start) + 1 : token.end].split()
        imported = line[0] == "import" or (imported and all_[k - 1].text != ";")
        if imported or line[0] == "export":
            continue
        after = all_[k + 1] if k + 1 < len(all_) else token
        yield from _of_token(token, after, _is_value(all_[:k][-1:]))
        if token.text == "return" and after.text != ";":
            yield after.start, _end(all_, k + 1), "return", "null"
        if token.text in ("if", "while") and after.text == "(":
            close = _closing(all_, k + 1)
            condition = source[after.end : all_[close].start]
            yield after.end, all_[close].start, "condition", f"!({condition})"
        if token.text == "(" and k and _is_value([all_[k - 1]]):
            yield from _arguments(source, all_, k)
        if _begins(all_, k):
            end = _end(all_, k)
            if re.search(r"\(|[^=!<>]=[^=>]", source[token.start : end]):
                yield token.start, end, "statement", ""


def _of_token(token: _Token, after: _Token, joins: bool) -> Iterator[Change]:
    kind, text, start, end = token
    if kind == "number":
        whole = text.isdigit()
        new = str(int(text) + 1) if whole else repr(2 * float(text) or 1.0)
        yield start, end, "constant int" if whole else "constant float", new
    elif kind == "string" and len(text) > 2 and not re.search(r"\s", text):
        yield start, end, "constant str", '""'
    elif kind in ("sign", "name") and text in _SWAPPED:
        if joins or text not in ("+", "-"):
            yield start, end, _KIND_OF.get(text, "comparison"), _SWAPPED[text]
    elif text in ("max", "min") and after.text == "(":
        yield start, end, "arithmetic", {"max": "min", "min": "max"}[text]
    elif text == "!":
        yield start, end, "logic", ""


def _begins(all_: list[_Token], k: int) -> bool:
    """Whether a statement begins here without which no name is missing."""
    if k == 0 or all_[k].kind != "name" or all_[k].text in _WORDS:
        return False
    return all_[k - 1].text in ("{", "}", ";") and _end(all_, k) > 0


def _end(all_: list[_Token], k: int) -> int:
    """Where the statement ends that begins at a token, without its ";"; else 0."""
    depth = 0
    for token in all_[k:]:
        if depth == 0 and token.text in (";", "}", ",", ":"):
            return token.start if token.text == ";" else 0
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
    return 0


def _closing(all_: list[_Token], k: int) -> int:
    """The bracket that closes the one at k."""
    depth = 0
    for j in range(k, len(all_)):
        text = all_[j].text if all_[j].kind == "sign" else ""
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if depth == 0:
            return j
    return len(all_) - 1


def _arguments(source: str, all_: list[_Token], k: int) -> Iterator[Change]:
    """The first two arguments of a call change places."""
    close = _closing(all_, k)
    after = all_[close + 1].text if close + 1 < len(all_) else ""
    if after in ("{", "=>"):  # parameters
        return
    commas, passed = [], k  # up to where brackets inside have been passed over
    for j in range(k + 1, close):
        if j > passed and all_[j].kind == "sign" and all_[j].text in ("(", "[", "{"):
            passed = _closing(all_, j)
        elif j > passed and all_[j].text == ",":
            commas.append(j)
    if commas:
        middle = commas[0]
        last = commas[1] if len(commas) > 1 else close
        if last - middle < 2:
            return
        one = source[all_[k + 1].start : all_[middle - 1].end]
        between = source[all_[middle - 1].end : all_[middle + 1].start]
        other = source[all_[middle + 1].start : all_[last - 1].end]
        if not one.startswith("...") and not other.startswith("..."):
            new = other + between + one
            yield all_[k + 1].start, all_[last - 1].end, "arguments", new
