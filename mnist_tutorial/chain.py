"""The chain rule, one number at a time: a graph that finds its own slopes."""


class Value:
    """A number that remembers from which numbers it was made, with local slopes."""

    def __init__(self, number: float, name: str = "", sources: tuple = ()) -> None:
        self.number, self.name, self.sources = number, name, sources
        self.grad = 0.0  # the slope of the loss; `backward` fills it in

    def __add__(self, other: "Value") -> "Value":
        return Value(self.number + other.number, "+", ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: "Value") -> "Value":
        sources = (self, other.number), (other, self.number)
        return Value(self.number * other.number, "×", sources)

    def squared(self) -> "Value":
        return Value(self.number**2, "squared", ((self, 2 * self.number),))

    def backward(self) -> None:
        """Give each number behind this one its slope: local slope × what arrives."""
        self.grad = 1.0
        for value in reversed(behind(self)):
            for source, local in value.sources:
                source.grad += local * value.grad


def behind(value: Value, found: tuple[Value, ...] = ()) -> tuple[Value, ...]:
    """A value and all numbers that it was made of, each after its own sources."""
    if value in found:
        return found
    for source, _ in value.sources:
        found = behind(source, found)
    return (*found, value)
