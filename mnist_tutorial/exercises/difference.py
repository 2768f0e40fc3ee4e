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
    name, at = next(
        (name, at)
        for name, right in expected.items()
        if (at := first_difference(right, answer[name], same_dtype)) is not None
    )
    said, *columns = _part(name, expected[name], answer[name], at)
    what = f"{name}: " if name else ""
    return f"{what}{said}", Table(shown(case), *columns)


def _part(
    name: str, right: Tensor, yours: Tensor, at: str | tuple[int, ...]
) -> tuple[str, tuple[Block, ...], tuple[Block, ...]]:
    """The same for one part of an answer, which differs in shape, dtype or a number."""
    if isinstance(at, str):
        return at, _whole(name, right), _whole(name, yours)
    a, b = compared(name, right, yours, at)
    assert b.mark is not None
    i, j = b.mark
    where = f" at {list(at)}" if at else ""
    said = f"{a.rows[i][j]} is right{where}, and yours is {b.rows[i][j]}."
    return said, (a,), (b,)


def _whole(name: str, tensor: Tensor) -> tuple[Block, ...]:
    """A tensor by its shape and dtype, and some of its numbers."""
    kind = f"{tuple(tensor.shape)}, {str(tensor.dtype).removeprefix('torch.')}"
    return Block("shape and dtype", ((kind,),)), *blocks_of(name, tensor)
