"""The picture of the README's section "Architecture", made from the imports.

A node is a module of `mnist_tutorial/`, or a folder of it, or `tools/`. The files are
read, never run, so that this works before anything is installed.
"""

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tools import readme
from tools.checkout import ROOT, CommandError

PACKAGE = "mnist_tutorial"
TOOLS = "tools"
BEGIN, END = readme.marks("architecture", "architecture")
WIDTH = 88

# What these may import of the package; a module that is not named here may import any
# that does not import it in turn.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "chain": frozenset(),
    "data": frozenset(),
    "files": frozenset(),
    "hints": frozenset(),
    "metrics": frozenset(),
    "ops": frozenset(),
    "plots": frozenset(),
    "train": frozenset({"data"}),
    "checkpoint": frozenset({"files"}),
    "claims": frozenset({"files"}),
}
# What draws is never imported by what is taught.
DRAWS = frozenset({"plots", "widgets"})
MAY_DRAW = frozenset({"plots", "widgets", TOOLS})
OF_A_NOTEBOOK = frozenset({"IPython", "anywidget", "ipywidgets"})
OF_PLOTS = frozenset({"matplotlib", "numpy", PACKAGE})
NOT_IN_THE_WHEEL = frozenset({TOOLS, "notebooks", "tests"})

Graph = dict[str, set[str]]


class ArchitectureError(CommandError):
    """The picture cannot be put where it belongs."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The files of the package and of tools/, by the name that imports them.

    A folder's `__init__.py` has the folder's own name.
    """
    result = {}
    for folder in (PACKAGE, TOOLS):
        for file in sorted((root / folder).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            result[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return result


def imported_names(file: Path, name: str) -> Iterator[str]:
    """What a module imports, in full: "a.b.c" for `from a.b import c`."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def file_graph(root: Path = ROOT) -> Graph:
    """Which module imports which, file by file."""
    files = modules(root)
    return {
        name: {
            module
            for module in (_module(full, files) for full in imported_names(file, name))
            if module and module != name
        }
        for name, file in files.items()
    }


def _module(full: str, files: dict[str, Path]) -> str:
    """The module that `full` names or lies in; "" if it is none of ours."""
    parts = full.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in files), "")


def node_of(module: str) -> str:
    """The node of a module: "mnist_tutorial.plots.common" lies in "plots"."""
    first, *rest = module.split(".")
    return first if first == TOOLS or not rest else rest[0]


def graph(root: Path = ROOT) -> Graph:
    """Which node imports which."""
    result: Graph = {}
    for module, imported in file_graph(root).items():
        node = node_of(module)
        # The package's own __init__ is no node: it says what the package is for.
        others = {node_of(other) for other in imported} - {node, PACKAGE}
        if node != PACKAGE or others:
            result.setdefault(node, set()).update(others)
    return result


def circle(of: Graph) -> list[str]:
    """A circle of imports, its first member also last; [] if there is none."""
    finished: set[str] = set()
    for start in sorted(of):
        cycle = _circle_from(start, of, [], finished)
        if cycle:
            return cycle
    return []


def _circle_from(
    name: str, of: Graph, path: list[str], finished: set[str]
) -> list[str]:
    if name in path:
        return [*path[path.index(name) :], name]
    if name in finished:
        return []
    for other in sorted(of.get(name, ())):
        cycle = _circle_from(other, of, [*path, name], finished)
        if cycle:
            return cycle
    finished.add(name)
    return []


def layers(of: Graph) -> list[list[str]]:
    """The nodes by layer: each imports only from the layers before its own."""
    if circle(of):
        raise ArchitectureError("imports in a circle: " + " > ".join(circle(of)))
    depth: dict[str, int] = {}

    def measure(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((measure(other) for other in of[name]), default=-1)
        return depth[name]

    for name in of:
        measure(name)
    return [
        sorted(name for name in depth if depth[name] == layer)
        for layer in range(max(depth.values(), default=-1) + 1)
    ]


def text(root: Path = ROOT) -> str:
    """The picture: a line for each node, a paragraph for each layer."""
    of = graph(root)
    first, *others = layers(of)
    width = max((len(name) for layer in others for name in layer), default=0)
    lines = textwrap.wrap("  ".join(first), WIDTH, break_on_hyphens=False)
    lines.append("import nothing of the package")
    for layer in others:
        lines.append("")
        for name in layer:
            lines += textwrap.wrap(
                ", ".join(sorted(of[name])),
                WIDTH,
                initial_indent=f"{name:{width}} ← ",
                subsequent_indent=" " * (width + 3),
            )
    return "\n".join(lines)


def faults(root: Path = ROOT) -> list[str]:
    """A sentence for each import that the design does not allow."""
    result = []
    for of in (graph(root), file_graph(root)):
        cycle = circle(of)
        if cycle:
            result.append("Imports go in a circle: " + " > ".join(cycle) + ".")
            break
    for node, imported in sorted(graph(root).items()):
        result += [
            f"{node} imports {other}, but may not." for other in _wrong(node, imported)
        ]
    for name, file in modules(root).items():
        outside = {full.partition(".")[0] for full in imported_names(file, name)}
        foreign = sorted(_foreign(node_of(name), outside))
        result += [f"{name} imports {other}, but may not." for other in foreign]
    return result


def _wrong(node: str, imported: set[str]) -> list[str]:
    allowed = MAY_IMPORT.get(node, frozenset(imported))
    wrong = imported - allowed
    if node not in MAY_DRAW:
        wrong |= imported & DRAWS
    return sorted(wrong)


def _foreign(node: str, outside: set[str]) -> set[str]:
    """What a module of this node imports from outside the package and may not."""
    if node == TOOLS:
        return set()
    wrong = outside & NOT_IN_THE_WHEEL
    if node != "widgets":
        wrong |= outside & OF_A_NOTEBOOK
    if node == "plots":
        wrong |= outside - OF_PLOTS - sys.stdlib_module_names
    return wrong


def placed(page: str, root: Path = ROOT) -> str:
    """The README's text with today's picture in it."""
    return readme.placed(page, BEGIN, f"```\n{text(root)}\n```", END)


def write(root: Path = ROOT) -> bool:
    """Put today's picture into the README; whether that changed anything."""
    file = root / "README.md"
    before = file.read_text(encoding="utf-8")
    after = placed(before, root)
    if after != before:
        file.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def run(root: Path = ROOT) -> None:
    """The command: refuse wrong imports, else bring the README up to date.

    Raises:
        ArchitectureError: an import that the design does not allow.
        CommandError: the README has no place for the picture.
    """
    wrong = faults(root)
    if wrong:
        raise ArchitectureError("\n".join(wrong))
    print("README.md: the picture is " + ("new." if write(root) else "as it was."))
