"""The first wrong number of a case: in a sentence, and in a table."""

from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.values import Parts, first_difference
from mnist_tutorial.exercises.verdict import Block, Table, blocks_of, compared


def shown(case: Case) -> tuple[Block, ...]:
    """The arguments of a case as far as they fit into a table."""
    pairs = case.arguments.items()
    return tuple(block for name, value in pairs for block in blocks_of(name, value))


def difference(
    case: Case, expected: Parts, answer: Parts, same_dtype: bool
) -> tuple[str, Table]:
    """What tells an answer from the expected one; they differ somewhere."""
    for name, right in expected.items():
        yours = answer[name]
        at = first_difference(right, yours, same_dtype)
        if at is not None:
            said, *columns = _part(name, right, yours, at)
            what = f"{name}: " if name else ""
            return f"{what}{said}", Table(shown(case), *columns)
    raise AssertionError("the answers agree")


def _part(
    name: str, right: Tensor, yours: Tensor, at: str | tuple[int, ...]
) -> tuple[str, tuple[Block, ...], tuple[Block, ...]]:
    """The same for one part of an answer, which differs in shape, dtype or a number."""
    if isinstance(at, str):
        return at, _whole(name, right), _whole(name, yours)
    a, b = compared(name, right, yours, at)
    i, j = b.mark or (0, 0)
    where = f" at {list(at)}" if at else ""
    said = f"{a.rows[i][j]} is right{where}, and yours is {b.rows[i][j]}."
    return said, (a,), (b,)


def _whole(name: str, tensor: Tensor) -> tuple[Block, ...]:
    """A tensor by its shape and dtype, and some of its numbers."""
    kind = f"{tuple(tensor.shape)}, {str(tensor.dtype).removeprefix('torch.')}"
    return Block("shape and dtype", ((kind,),)), *blocks_of(name, tensor)
