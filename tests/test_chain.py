"""Numbers that remember how they were made, beside PyTorch's."""

import pytest
import torch

from mnist_tutorial.chain import Value, behind


def expression(x, w, c):
    """Each number is used twice, and one result too."""
    y = x * w + c
    return (y * y + x * c).squared() + w


NUMBERS = (1.5, -2.0, 0.75)


@pytest.mark.parametrize("numbers", [NUMBERS, (0.0, 3.0, -1.0)])
def test_values_and_slopes_are_pytorchs(numbers):
    ours = [Value(number) for number in numbers]
    last = expression(*ours)
    last.backward()
    theirs = [torch.tensor(n, dtype=torch.double, requires_grad=True) for n in numbers]
    torch.Tensor.squared = torch.Tensor.square
    try:
        expected = expression(*theirs)
    finally:
        del torch.Tensor.squared
    expected.backward()
    assert last.number == pytest.approx(expected.item())
    for value, tensor in zip(ours, theirs, strict=True):
        assert value.grad == pytest.approx(tensor.grad.item())


def test_each_number_stands_once_and_after_its_sources():
    values = [Value(number) for number in NUMBERS]
    order = behind(expression(*values))
    assert len(set(order)) == len(order) == 3 + 7
    assert set(values) <= set(order)
    for k, value in enumerate(order):
        assert all(source in order[:k] for source, _ in value.sources)


def test_a_number_knows_its_sources_with_local_slopes_and_its_name():
    a, b = Value(3.0, "a"), Value(5.0, "b")
    assert (a.name, a.sources, a.grad) == ("a", (), 0.0)
    assert (a + b).sources == ((a, 1.0), (b, 1.0)) and (a + b).name == "+"
    assert (a * b).sources == ((a, 5.0), (b, 3.0)) and (a * b).name == "×"
    assert a.squared().sources == ((a, 6.0),) and a.squared().name == "squared"


def test_slopes_add_up_until_they_are_cleared():
    w = Value(2.0)
    (w * w).backward()
    assert w.grad == 4
    (w * Value(1.0)).backward()
    assert w.grad == 5
