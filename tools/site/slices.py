"""Which cells of a notebook others need: so that few are run for a page."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Calls whose results are not used, and which change nothing that a cell needs.
_SHOWING = ("claims", "display", "ex", "plots", "plt", "print")


@dataclass(frozen=True)
class Names:
    """The names that a cell gives a value, changes the value of, and asks for."""

    given: frozenset[str]
    changed: frozenset[str]
    used: frozenset[str]


def needed(sources: Sequence[str], wanted: Iterable[int]) -> list[int]:
    """The indices of the cells to run, in order, so that the `wanted` ones can.

    A cell is needed if it gives a needed name its value, or changes that: assigns to a
    part of it, calls one of its methods or passes it to a function without using the
    result. What is changed in other ways, inside of a function whose result is used,
    is not seen; the pictures of the widgets would differ.
    """
    wanted = set(wanted)
    chosen: list[int] = []
    open_names: set[str] = set()
    for k in range(max(wanted, default=-1), -1, -1):
        names = names_in(sources[k])
        if k in wanted or (names.given | names.changed) & open_names:
            chosen.append(k)
            open_names -= names.given
            open_names |= names.used | names.changed
    return chosen[::-1]


def names_in(source: str) -> Names:
    """The names of a cell's source."""
    tree = ast.parse(source)
    given, changed, used = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else given).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.alias):
            given.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.AugAssign):
            changed |= _roots(node.target)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                changed |= _roots(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            changed |= _touched(node.value)
    return Names(frozenset(given), frozenset(changed), frozenset(used))


def _touched(call: ast.Call) -> set[str]:
    """The names that a call may change whose result nobody uses."""
    if _roots(call.func) & set(_SHOWING):
        return set()
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = set().union(*(_roots(part) for part in parts))
    return names | (_roots(call.func) if isinstance(call.func, ast.Attribute) else set())


def _roots(node: ast.AST) -> set[str]:
    """The name at the beginning of a.b[c]; none where there is another expression."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
