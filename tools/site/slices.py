"""What of a notebook some of its cells need: so that little is run for a page."""

import ast
import symtable
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Whose functions change nothing that is passed to them.
_HARMLESS = (
    "claims",
    "display",
    "ex",
    "params",
    "plots",
    "plt",
    "print",
    "timing",
    "torch",
)
_SEED = "torch.manual_seed("  # what follows it in its cell draws by it


@dataclass(frozen=True)
class Names:
    """The names that a statement gives a value, changes the value of, and asks for."""

    given: frozenset[str]
    changed: frozenset[str]
    used: frozenset[str]


def needed(sources: Sequence[str], wanted: Iterable[int]) -> dict[int, str]:
    """What to run, by the index of the cell, so that the `wanted` cells can run.

    Those stay whole; of others only the statements remain that give a needed name its
    value or change that: they set a part of it, call one of its methods or pass it to
    a function without using the result. What is changed in other ways, inside of a
    function whose result is used, is not seen; the pictures of the widgets would
    differ from the notebook's.

    Args:
        sources: that of each cell, "" for one without code.
    """
    wanted = set(wanted)
    chosen: dict[int, list[ast.stmt]] = {}
    open_names: set[str] = set()
    for k in range(max(wanted, default=-1), -1, -1):
        for statement in reversed(ast.parse(sources[k]).body):
            names = names_in(statement)
            needed_too = k in chosen and ast.unparse(statement).startswith(_SEED)
            gives = (names.given | names.changed) & open_names
            if k in wanted or gives or needed_too:
                chosen.setdefault(k, []).insert(0, statement)
                open_names -= names.given
                open_names |= names.used | names.changed
    return {
        k: sources[k] if k in wanted else "\n".join(map(ast.unparse, chosen[k]))
        for k in sorted(chosen)
    }


def names_in(statement: ast.stmt) -> Names:
    """The names of a statement that other cells can know."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    given = {one.get_name() for one in table.get_symbols() if _is_given(one)}
    # A loop or a block gives its names before it asks for them.
    own = given if hasattr(statement, "body") else set()
    changed = _changed(statement)
    return Names(frozenset(given), frozenset(changed), frozenset(_asked(table) - own))


def _is_given(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _asked(table: symtable.SymbolTable) -> set[str]:
    """The global names that are asked for here, or in a function within."""
    is_top = table.get_type() == "module"
    names = {
        one.get_name()
        for one in table.get_symbols()
        if one.is_referenced() and (is_top or one.is_global())
    }
    return names.union(*(_asked(child) for child in table.get_children()))


def _changed(statement: ast.stmt) -> set[str]:
    """The names of which a part is set, or that a call may change."""
    changed: set[str] = set()
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return changed  # it changes nothing before it is called
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign):
            changed |= _roots(node.target)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                changed |= _roots(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            changed |= _touched(node.value)
    return changed


def _touched(call: ast.Call) -> set[str]:
    """The names that a call may change whose result nobody uses."""
    if _roots(call.func) & set(_HARMLESS):
        return set()
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = {name for part in parts for name in _roots(part)}
    if not isinstance(call.func, ast.Attribute):
        return names
    if isinstance(call.func.value, ast.Call):  # loss(net(x), y).backward()
        inner = ast.walk(call.func.value)
        return names | {node.id for node in inner if isinstance(node, ast.Name)}
    return names | _roots(call.func)


def _roots(node: ast.AST) -> set[str]:
    """The name at the beginning of a.b[c]; none where there is another expression."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
