"""The state of a widget in few bytes, for a page to unpack.

Whatever is no bytes stays as it is. Bytes become parts, each a compressed block and how
to read it; a block that several widgets share stands once in a page. Weights are
rounded for it: those of a layer in steps of their own for each output channel.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

MANY = 1 << 16  # weights of a layer, from which on they get 13 bits instead of 16


# Traits beside the weights that are rounded, and how long their rows are.
_ROUNDED = {
    "features": lambda state: state["layers"][-1]["inputs"],
    "page_filters": lambda state: len(state["filters"]) // 4 // 2,
}


class Rows(NamedTuple):
    """Some numbers of a trait, as rows that are rounded alike.

    Attributes:
        values: (rows, columns) float32.
        bits: that a number is rounded to, 13 or 16; 32 leaves them as they are.
    """

    values: np.ndarray
    bits: int

    @property
    def form(self) -> list[int]:
        """How the page reads them: rows, columns, bits of a number as it is stored."""
        return [*self.values.shape, 32 if self.bits == 32 else 16]


class Blocks:
    """The blocks of a page: compressed bytes as text, by a name made from them."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def add(self, content: bytes) -> str:
        """The name of a block that holds these bytes."""
        name = hashlib.sha256(content).hexdigest()[:12]
        if name not in self.texts:
            packed = zlib.compress(content, 9)
            self.texts[name] = base64.b64encode(packed).decode()
        return name


def pack(state: dict, blocks: Blocks) -> dict:
    """A state for JSON: `state`, what is no bytes, and `bytes`, by name the parts.

    A part is the name of its block and its form: for each group of rows their number,
    their length and the bits of a number. An empty form means bytes as they are.
    """
    plain = {k: v for k, v in state.items() if not isinstance(v, bytes)}
    parts = {
        name: _parts(name, value, state, blocks)
        for name, value in state.items()
        if isinstance(value, bytes)
    }
    return {"state": plain, "bytes": parts}


def _parts(name: str, value: bytes, state: dict, blocks: Blocks) -> list:
    if name in _ROUNDED and value:
        columns = _ROUNDED[name](state)
        rows = Rows(np.frombuffer(value, "<f4").reshape(-1, columns), 16)
        return [[blocks.add(rounded([rows])), [rows.form]]]
    networks = list(_networks(name, state))
    if not networks:
        return [[blocks.add(value), []]]
    floats = np.frombuffer(value, "<f4")
    return [
        part
        for start, length, layers in networks
        for part in _packed_network(floats[start:][:length], layers, blocks)
    ]


def _networks(name: str, state: dict) -> Iterator[tuple[int, int | None, list]]:
    """Where in the floats of a trait each network lies, and its layers."""
    if name == "weights":
        for part in state.get("networks") or state.get("readers") or ():
            yield part["start"], part["length"], part["layers"]
        if state.get("layers"):
            yield 0, None, state["layers"]
    elif name == "page_weights":
        yield 0, None, state["page_layers"]


def _packed_network(
    floats: np.ndarray, layers: list, blocks: Blocks
) -> Iterator[tuple[str, list]]:
    """A part for each layer: what networks share is often a layer."""
    for rows in rows_of(floats, layers):
        form = [one.form for one in rows]
        yield blocks.add(rounded(rows)), form


def rows_of(floats: np.ndarray, layers: list) -> Iterator[list[Rows]]:
    """The weights and biases of each layer that has any, in the order of the floats."""
    for layer in layers:
        if layer.get("weight") is None:
            continue
        outputs, start = layer["outputs"], layer["weight"]
        across = layer["inputs"] * layer.get("rows", 1) * layer.get("columns", 1)
        weight = floats[start : start + outputs * across].reshape(outputs, across)
        rows = [Rows(weight, 13 if weight.size >= MANY else 16)]
        if layer["bias"] is not None:
            bias = floats[layer["bias"] : layer["bias"] + outputs]
            rows.append(Rows(bias[None], 32))
        yield rows


def rounded(rows: Iterable[Rows]) -> bytes:
    """For each group the step of each row, float32, then whole numbers of steps."""
    content = b""
    for values, bits in rows:
        if bits == 32:
            content += values.astype("<f4").tobytes()
            continue
        most = 2 ** (bits - 1) - 1
        steps = np.abs(values).max(1, keepdims=True) / most
        steps = np.where(steps == 0, 1, steps).astype("<f4")
        counts = np.rint(values / steps).astype("<i2")
        content += steps.tobytes() + counts.tobytes()
    return content


def unpacked(content: bytes, form: list) -> np.ndarray:
    """The numbers of a block again, as the page reads them: (numbers,) float32."""
    values, at = [], 0
    for rows, columns, bits in form:
        count = rows * columns
        if bits == 32:
            values.append(np.frombuffer(content, "<f4", count, at))
            at += 4 * count
            continue
        steps = np.frombuffer(content, "<f4", rows, at)[:, None]
        at += 4 * rows
        counts = np.frombuffer(content, "<i2", count, at)
        values.append((counts.reshape(rows, columns) * steps).ravel())
        at += 2 * count
    return np.concatenate(values).astype(np.float32)
