"""The small faults that `mutate` puts into Python."""

import ast
import re
from collections.abc import Iterator

Change = tuple[int, int, str, str]  # start, end, kind, new text

# What stands between two operands, and what is put there.
_OPERATORS: dict[type, tuple[str, str, str]] = {
    ast.Lt: ("comparison", "<", "<="),
    ast.LtE: ("comparison", "<=", "<"),
    ast.Gt: ("comparison", ">", ">="),
    ast.GtE: ("comparison", ">=", ">"),
    ast.Eq: ("comparison", "==", "!="),
    ast.NotEq: ("comparison", "!=", "=="),
    ast.Is: ("comparison", "is", "is not"),
    ast.IsNot: ("comparison", r"is\s+not", "is"),
    ast.In: ("comparison", "in", "not in"),
    ast.NotIn: ("comparison", r"not\s+in", "in"),
    ast.Add: ("arithmetic", r"\+", "-"),
    ast.Sub: ("arithmetic", "-", "+"),
    ast.Mult: ("arithmetic", r"\*", "/"),
    ast.Div: ("arithmetic", "/", "*"),
    ast.FloorDiv: ("arithmetic", "//", "*"),
    ast.Mod: ("arithmetic", "%", "*"),
    ast.Pow: ("arithmetic", r"\*\*", "*"),
    ast.BitAnd: ("logic", "&", "|"),
    ast.BitOr: ("logic", r"\|", "&"),
    ast.And: ("logic", "and", "or"),
    ast.Or: ("logic", "or", "and"),
}


def compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def changes(source: str) -> list[Change]:
    """All changes of a module, in the order of the text."""
    return sorted(set(_Finder(source).below(ast.parse(source))))


class _Finder:
    def __init__(self, source: str):
        self.source = source
        lines = source.splitlines(keepends=True)
        self.lines = [line.encode() for line in lines]
        self.starts = [sum(map(len, lines[:k])) for k in range(len(lines))]
        self.functions = 0  # how many we are inside

    def place(self, line: int, column: int) -> int:
        """Characters before a place; ast counts bytes in a line."""
        return self.starts[line - 1] + len(self.lines[line - 1][:column].decode())

    def span(self, node) -> tuple[int, int]:
        end = self.place(node.end_lineno, node.end_col_offset)
        return self.place(node.lineno, node.col_offset), end

    def text(self, node) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def below(self, node: ast.AST) -> Iterator[Change]:
        """The changes of a node and of all it holds."""
        if _is_left_alone(node):
            return
        yield from self.of(node)
        function = isinstance(node, ast.FunctionDef | ast.Lambda)
        self.functions += function
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            for child in value if isinstance(value, list) else [value]:
                # The words of an error are for people; that it is raised is code.
                if isinstance(child, ast.AST) and not isinstance(node, ast.Raise):
                    yield from self.below(child)
        self.functions -= function

    def of(self, node) -> Iterator[Change]:
        match node:
            case ast.Compare():
                operands = [node.left, *node.comparators]
                for left, op, right in zip(
                    operands, node.ops, operands[1:], strict=False
                ):
                    yield from self.operator(left, op, right)
            case ast.BinOp():
                yield from self.operator(node.left, node.op, node.right)
            case ast.BoolOp():
                for left, right in zip(node.values, node.values[1:], strict=False):
                    yield from self.operator(left, node.op, right)
            case ast.UnaryOp(op=ast.Not()):
                yield *self.span(node), "logic", f"({self.text(node.operand)})"
            case ast.Constant():
                yield from self.constant(node)
            case ast.If() | ast.While() | ast.IfExp():
                condition = f"not ({self.text(node.test)})"
                yield *self.span(node.test), "condition", condition
            case ast.Return(value=ast.AST()):
                yield *self.span(node.value), "return", "None"
            case ast.Call(args=[first, second, *_]):
                if not {type(first), type(second)} & {ast.Starred}:
                    start, end = self.span(first)[0], self.span(second)[1]
                    between = self.source[self.span(first)[1] : self.span(second)[0]]
                    new = self.text(second) + between + self.text(first)
                    yield start, end, "arguments", new
            case ast.Slice():
                for bound in filter(None, (node.lower, node.upper)):
                    if not isinstance(bound, ast.Constant):
                        yield *self.span(bound), "slice", f"{self.text(bound)} + 1"
            case ast.keyword(arg="dim" | "axis", value=ast.Constant(value=int(axis))):
                yield *self.span(node.value), "axis", str(int(axis == 0))
        if self.functions and _can_be_left_out(node):
            yield *self.span(node), "statement", "pass"

    def operator(self, left, op, right) -> Iterator[Change]:
        kind, old, new = _OPERATORS.get(type(op), ("", "$^", ""))
        start, end = self.span(left)[1], self.span(right)[0]
        match = re.search(old, self.source[start:end])
        if match and "#" not in self.source[start:end]:
            yield start + match.start(), start + match.end(), kind, new

    def constant(self, node: ast.Constant) -> Iterator[Change]:
        value: object = node.value
        if isinstance(value, bool):
            new = str(not value)
        elif isinstance(value, int):
            new = str(value + 1)
        elif isinstance(value, float):
            new = repr(2 * value) if value else "1.0"
        elif isinstance(value, str) and value and not re.search(r"\s", value):
            new = '""'
        else:
            return
        yield *self.span(node), f"constant {type(value).__name__}", new


def _is_left_alone(node) -> bool:
    """Words for people, types, names at hand, and what checks the code itself."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Assert():
            return True
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(name="__repr__" | "__str__"):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _can_be_left_out(node) -> bool:
    """A statement without which no name is missing."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return True
    return False
