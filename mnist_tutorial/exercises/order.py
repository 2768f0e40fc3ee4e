"""Order: lines to put in order, with blanks to fill; two lines are not needed."""

import ast
import builtins
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeGuard

from mnist_tutorial.exercises.exercise import Mistake
from mnist_tutorial.exercises.plain import plain, short
from mnist_tutorial.exercises.verdict import Verdict
from mnist_tutorial.exercises.write import Write

# What a blank may be made of, and the functions that its line may call by name.
_PLAIN = (
    *(ast.Name, ast.Attribute, ast.Constant, ast.Subscript, ast.Slice, ast.Tuple),
    *(ast.List, ast.Call, ast.keyword, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp),
    *(ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context),
)
BUILTINS = ("abs", "float", "int", "len", "max", "min", "range", "round", "sum", "zip")

BLANK = re.compile(r"__(\d)__")


@dataclass(frozen=True, repr=False, kw_only=True)
class Order(Write):
    """A function whose lines are given, in the wrong order.

    It is run, like one that is written: an order is right if what it computes is. A
    mistake's `when` is a regular expression for the answer, "BADCE logits item": the
    letters, then what stands in the blanks.

    Attributes:
        head: the line with `def`.
        lines: by letter; `__1__` and `__2__` are blanks.
        examples: for each mistake, by its key, an answer that has it.
        orders: all orders of letters that are right with the right blanks.
    """

    head: str
    lines: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]
    orders: tuple[str, ...]

    kind: ClassVar[str] = "order"

    def judge(self, order: Any = ..., *blanks: Any) -> Verdict:
        """Run the lines in this order; name a wrong one by where its lines stand."""
        if any(part is ... for part in (order, *blanks)):
            return Verdict("nothing yet", f"Nothing yet. {self.options()}")
        written = plain(order)
        if isinstance(written, tuple):
            written = "".join(part for part in written if isinstance(part, str))
        text = written.upper() if isinstance(written, str) else ""
        letters = [a for a in text if a.isalnum()]
        unknown = [a for a in letters if a not in self.lines]
        if unknown or not letters or len(set(letters)) < len(letters):
            text = (
                f"Each letter from A to {max(self.lines)} stands once or not at all; "
            )
            return Verdict("not yet", f"{text}you said {short(order)}.")
        if len(blanks) != self.blanks or not all(isinstance(b, str) for b in blanks):
            text = f"Fill {self.blanks} blanks with text, after the letters, as in "
            return Verdict("not yet", f"{text}{self.example()}.")
        for blank in blanks:
            refusal = not_plain(blank)
            if refusal:
                return Verdict("not yet", refusal)
        written = " ".join(["".join(letters), *(b.strip() for b in blanks)])
        try:
            function = self.function("".join(letters), *blanks)
        except (SyntaxError, ValueError):  # a null byte is a ValueError
            return Verdict(
                "not yet", "With these blanks a line is not Python any more."
            )
        verdict = super().judge(function)
        if verdict.right:
            return verdict
        for mistake in self.mistakes:
            if re.search(mistake.when, written):
                text = f"Not yet. {mistake.sentence}"
                return Verdict("not yet", text, (mistake.key,), verdict.table)
        return verdict

    def usage(self) -> str:
        return f"The letters are meant, then the blanks: {self.example()}."

    def recognised(self, answers: Any) -> tuple[Mistake, ...]:
        """None by its numbers: the order itself says more."""
        return ()

    def function(self, letters: str, *blanks: str) -> Any:
        """The function that these lines make."""
        body = "\n".join(f"    {self.lines[letter]}" for letter in letters)
        body = BLANK.sub(lambda blank: blanks[int(blank[1]) - 1], body)
        namespace = self.names()
        exec(compile(f"{self.head}\n{body}\n", f"ex.{self.key}", "exec"), namespace)
        return namespace[self.defined().name]

    def names(self) -> dict[str, Any]:
        """What the lines may use besides their own variables, and nothing else."""
        text = "\n".join(BLANK.sub("blank", line) for line in self.lines.values())
        scope = self.reference.__globals__
        used = {n.id for n in ast.walk(ast.parse(_in_function(text))) if _is_name(n)}
        allowed = {name: getattr(builtins, name) for name in BUILTINS}
        return {name: scope[name] for name in used & scope.keys()} | {
            "__builtins__": allowed
        }

    @property
    def blanks(self) -> int:
        return len(BLANK.findall("\n".join(self.lines.values())))

    def example(self) -> str:
        blanks = "".join(f', "blank {n + 1}"' for n in range(self.blanks))
        return f'ex.{self.key}("{"".join(self.lines)}"{blanks})'

    def options(self) -> str:
        """All lines, and how to answer."""
        lines = ["Which lines, in which order?", "", f"  {self.head}"]
        lines += [f"  {a}      {text}" for a, text in self.lines.items()]
        lines += ["", f"Not all are needed. Answer: {self.example()}."]
        return "\n".join(lines)

    def worked(self) -> str:
        return f"{self.answer}\n\n{self.answered()}"

    def answered(self) -> str:
        """The call with a right answer."""
        said = ", ".join(f'"{part}"' for part in self.examples["right"])
        return f"ex.{self.key}({said})"

    def solved(self, cell: str) -> str:
        return re.sub(rf"ex\.{self.key}\(.*\)", self.answered(), cell)

    def page(self) -> dict[str, Any]:
        return super().page() | {
            "head": self.head,
            "lines": dict(self.lines),
            "orders": list(self.orders),
            "blanks": list(self.examples["right"][1:]),
            "diagnoses": [[m.when, m.sentence] for m in self.mistakes],
        }


def _in_function(lines: str) -> str:
    return "def function():\n" + textwrap.indent(lines, "    ")


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def not_plain(text: str) -> str:
    """Why a text cannot stand in a blank, in a sentence; "" where it can.

    It is run, so it must not reach further than its line.
    """
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # too deep for it
        return (
            "A blank takes one Python expression, such as a name; "
            f"{short(text)} is none."
        )
    if all(map(_is_plain, ast.walk(expression))):
        return ""
    return (
        "A blank takes names, numbers and what is computed of them, such as 2 * s; "
        f"{short(text)} is more than that."
    )


def _is_plain(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("_"):
            return False
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="F" | "torch"))):
            return False  # F.torch.save
        case ast.BinOp(op=ast.Pow(), right=power):  # 9 ** 9 ** 9 takes for ever
            return isinstance(power, ast.Constant) and power.value in range(10)
    return isinstance(node, _PLAIN)
