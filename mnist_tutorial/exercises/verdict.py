"""What a checker says: a few sentences, and a table of input, expected and yours.

As HTML and as plain text of 80 columns it says the same. It depends on the answer
alone.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from torch import Tensor

WIDTH = 80
MOST = 48  # numbers; a larger tensor is shown by its shape
WINDOW = 6  # rows and columns around a wrong number

Status = Literal["right", "not yet", "nothing yet"]


@dataclass(frozen=True)
class Block:
    """A named table of numbers; `mark` is the cell that is wrong."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    mark: tuple[int, int] | None = None

    def lines(self) -> list[str]:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        result = [self.name] if self.name else []
        for i, row in enumerate(self.rows):
            cells = [
                f"[{cell}]" if (i, j) == self.mark else f" {cell} "
                for j, cell in enumerate(map(str.rjust, row, widths))
            ]
            result.append("".join(cells))
        width = max(map(len, result))
        return [line.ljust(width) for line in result]

    def html(self) -> str:
        rows = []
        for i, row in enumerate(self.rows):
            cells = []
            for j, cell in enumerate(row):
                text = escape(cell)
                if (i, j) == self.mark:
                    text = f"<mark><b>[{text}]</b></mark>"
                cells.append(f'<td style="text-align: right">{text}</td>')
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return (
            '<div style="display: inline-block; vertical-align: top; margin: 2px 8px">'
            f"<i>{escape(self.name)}</i><table>{''.join(rows)}</table></div>"
        )


@dataclass(frozen=True)
class Table:
    """What went in, what should come out, and what came out."""

    input: tuple[Block, ...]
    expected: tuple[Block, ...] = ()
    yours: tuple[Block, ...] = ()

    def columns(self) -> dict[str, tuple[Block, ...]]:
        named = {"input": self.input, "expected": self.expected, "yours": self.yours}
        return {name: blocks for name, blocks in named.items() if blocks}

    def text(self) -> str:
        columns = self.columns()
        parts = {
            name: [name, *(f"  {line}" for line in _side_by_side(blocks).split("\n"))]
            for name, blocks in columns.items()
        }
        rows = [[parts.pop("input")]] if "input" in parts else []
        pair = list(parts.values())
        if sum(max(map(len, part)) + 3 for part in pair) <= WIDTH:
            rows.append(pair)
        else:
            rows += [[part] for part in pair]
        return "\n\n".join(_row(row) for row in rows if row)

    def html(self) -> str:
        """Three columns beside each other, or below each other where it is narrow."""
        columns = "".join(
            f"<div><b>{name}</b><div>{''.join(block.html() for block in blocks)}</div>"
            "</div>"
            for name, blocks in self.columns().items()
        )
        style = "display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 8px 0"
        return f'<div style="{style}">{columns}</div>'


def _side_by_side(blocks: Sequence[Block]) -> str:
    """Blocks as text beside each other, in as many rows as the page needs."""
    rows: list[list[list[str]]] = [[]]
    used = 0
    for block in blocks:
        lines = block.lines()
        if rows[-1] and used + 3 + len(lines[0]) > WIDTH - 2:
            rows.append([])
            used = 0
        used += (3 if rows[-1] else 0) + len(lines[0])
        rows[-1].append(lines)
    return "\n".join(_row(row) for row in rows)


def _row(row: Sequence[Sequence[str]]) -> str:
    """Texts of several lines each, beside each other."""
    height = max(map(len, row))
    columns = [_padded(lines, height) for lines in row]
    joined = ("   ".join(column[k] for column in columns) for k in range(height))
    return "\n".join(map(str.rstrip, joined))


def _padded(lines: Sequence[str], height: int) -> list[str]:
    """Lines of one width, and empty ones below them."""
    width = max(map(len, lines))
    return [line.ljust(width) for line in [*lines, *[""] * (height - len(lines))]]


@dataclass(frozen=True)
class Verdict:
    """What a checker says about one answer.

    Attributes:
        status: "right", "not yet", or "nothing yet" where nothing was answered.
        text: paragraphs.
        mistakes: the keys of the mistakes that were recognised.
        table: the first case that differs.
        sure: how sure the reader was, in per cent.
        printed: what the reader's function has printed, after a line that says when.
    """

    status: Status
    text: str
    mistakes: tuple[str, ...] = ()
    table: Table | None = None
    sure: float | None = None
    printed: str = ""

    @property
    def right(self) -> bool:
        return self.status == "right"

    def __repr__(self) -> str:
        table = self.table.text() if self.table else ""
        parts = (wrapped(self.text), table, wrapped(self.printed))
        return "\n\n".join(filter(None, parts))

    def _repr_html_(self) -> str:
        table = self.table.html() if self.table else ""
        return f"{_paragraphs(self.text)}{table}{_paragraphs(self.printed)}"


def _paragraphs(text: str) -> str:
    return "".join(map(_paragraph, filter(None, text.split("\n\n"))))


def _paragraph(text: str) -> str:
    """A paragraph as HTML; lines that begin with blanks keep their place."""
    if not text.startswith(" "):
        return f"<p>{escape(text)}</p>"
    return _as_it_stands(text)


def _as_it_stands(text: str) -> str:
    """Text as HTML with its lines; one that is too long is broken between words."""
    style = "margin: 0 0 1em; white-space: pre-wrap; word-break: normal"
    return f'<pre style="{style}">{escape(text)}</pre>'


class Note(str):
    """A text for the reader: what a cell shows of it is the text itself."""

    def __repr__(self) -> str:
        return wrapped(self)

    def _repr_html_(self) -> str:
        return _as_it_stands(self)


def wrapped(text: str) -> str:
    """Text with lines of at most 80 columns; a line that begins with a blank stays."""
    return "\n".join(
        line if line.startswith(" ") or not line else textwrap.fill(line, WIDTH)
        for line in text.split("\n")
    )


def number(value: float, digits: int = 4) -> str:
    """A number as short as it can be read: 13, 0.25, 1.386, nan."""
    whole = value == value and abs(value) < 1e9 and value == int(value)
    return str(int(value)) if whole else f"{value:.{digits}g}"


def blocks_of(name: str, value: Any) -> tuple[Block, ...]:
    """A value of an input: small tensors in full, slice by slice; others by shape."""
    if not isinstance(value, Tensor):
        return (Block(name, ((str(value),),)),)
    if value.numel() == 0:
        return (Block(name, ((f"shape {tuple(value.shape)}",),)),)
    if value.numel() > MOST or value.shape[-1:] > (12,):
        while value.ndim > 2:
            value, name = value[0], f"{name}[0]"
        value = value[..., :WINDOW]
        value = value[:WINDOW] if value.ndim == 2 else value
        return (Block(f"{name}, its first numbers", _rows(value)),)
    if value.ndim <= 2:
        return (Block(name, _rows(value)),)
    slices = value.flatten(0, -3)
    return tuple(
        Block(f"{name}{list(_unravel(k, value.shape[:-2]))}", _rows(part))
        for k, part in enumerate(slices)
    )


def compared(
    name: str, expected: Tensor, answer: Tensor, at: tuple[int, ...]
) -> tuple[Block, Block]:
    """The same cut-out of two tensors around the number `at`, marked in the second."""
    digits = 4
    pair = expected[at].item(), answer[at].item()
    while digits < 9 and number(pair[0], digits) == number(pair[1], digits):
        digits += 1
    index, mark, parts = at[:-2], (0, 0), []
    where = [str(k) for k in index]
    rows, columns = slice(None), slice(None)
    if len(at) >= 2:
        rows, first = _window(at[-2], expected.shape[-2])
        where.append(_span(rows, expected.shape[-2]))
        mark = (at[-2] - first, 0)
    if at:
        columns, first = _window(at[-1], expected.shape[-1])
        where.append(_span(columns, expected.shape[-1]))
        mark = (mark[0], at[-1] - first)
    for tensor in (expected, answer):
        part = tensor[index]
        part = part[rows, columns] if part.ndim == 2 else part[columns] if at else part
        parts.append(_rows(part, digits))
    shown = any(place != ":" for place in where)
    title = f"{name} [{', '.join(where)}]".strip() if shown else name
    return Block(title, parts[0]), Block(title, parts[1], mark)


def _rows(tensor: Tensor, digits: int = 4) -> tuple[tuple[str, ...], ...]:
    """A tensor of at most two axes as rows of text."""
    table = tensor.reshape(1, -1) if tensor.ndim < 2 else tensor
    return tuple(
        tuple(number(value, digits) for value in row) for row in table.tolist()
    )


def _window(at: int, size: int) -> tuple[slice, int]:
    first = max(0, min(at - WINDOW // 2, size - WINDOW))
    return slice(first, min(size, first + WINDOW)), first


def _span(part: slice, size: int) -> str:
    return ":" if part == slice(0, size) else f"{part.start}:{part.stop}"


def _unravel(k: int, shape: Sequence[int]) -> tuple[int, ...]:
    index: list[int] = []
    for size in reversed(shape):
        k, rest = divmod(k, size)
        index.insert(0, rest)
    return tuple(index)
