"""Exercises and predictions of 00 A bridge."""

import random
from typing import Any

from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict

SHAPES = "say which shape indexing and means leave"
BROADCASTING = "say what broadcasting does with two shapes"
SLOPE = "measure a slope"

Shape = tuple[int, ...]


def _lengths(rng: random.Random, *names: str) -> dict[str, int]:
    """Lengths of axes that all differ, so that no two shapes look alike."""
    lengths = rng.sample(range(3, 12), len(names))
    return {name: lengths[k] for k, name in enumerate(names)}


# --- What is left of a shape


def _left(
    N: int,
    H: int,
    W: int,
    *,
    indexed: str = "gone",
    mean: str = "gone",
    added: str = "table",
) -> tuple[Shape, ...]:
    """Three shapes; each keyword is a mistake."""
    return (
        {"gone": (N, W), "kept": (N, 1, W), "last": (N, H)}[indexed],
        {
            "gone": (N,),
            "stays": (H, W),
            "from 1": (W,),
            "one of two": (N, W),
            "kept": (N, 1, 1),
        }[mean],
        {"table": (H, W), "vector": (H,)}[added],
    )


def _left_working(N: int, H: int, W: int) -> str:
    shape = shown((N, H, W))
    return (
        f"images[:, 0] takes axis 1 out of {shape}: {shown((N, W))} is left.\n"
        f"mean((1, 2)) takes the axes 1 and 2 out of {shape}: {shown((N,))} is left.\n"
        f"Each of the {H} numbers of the column meets each of the {W} of the row: "
        f"{shown((H, W))}.\n"
        f"All three: {shown(_left(N, H, W))}"
    )


SELF_TEST = Compute(
    key="self_test",
    task=(
        "`images` has the shape ({N}, {H}, {W}), `column` ({H}, 1) and `row` ({W},). "
        "Which shapes have `images[:, 0]`, `images.mean((1, 2))` and `column + row`? "
        "Answer with three tuples in one; a shape of one axis is written (7,)."
    ),
    level=1,
    minutes=3,
    practises=SHAPES,
    reference=_left,
    numbers={"N": 6, "H": 4, "W": 5},
    draw=lambda rng: _lengths(rng, "N", "H", "W"),
    working=_left_working,
    mistakes=(
        Mistake(
            "index keeps",
            {"indexed": "kept"},
            "A number in brackets takes its axis away; a piece such as 0:1 would keep "
            "it, with length 1.",
            "pydata/xarray issue 1067",
        ),
        Mistake(
            "index of the last",
            {"indexed": "last"},
            "The colon stands for axis 0, so the 0 is for axis 1: the rows. What is "
            "left are images and columns.",
            JUDGEMENT,
        ),
        Mistake(
            "named stays",
            {"mean": "stays"},
            "The axes that are named are those that go: the mean runs over them.",
            "medium.com/intuitionmath/numpy-sum-axis-intuition-6eb94926a5d1",
        ),
        Mistake(
            "from 1",
            {"mean": "from 1"},
            "Axes are counted from 0, so 1 and 2 are rows and columns.",
            "newbe.dev/what-does-axis-0-do-in-numpy-s-sum-function",
        ),
        Mistake(
            "one of two",
            {"mean": "one of two"},
            "Both of the named axes go, not only the first.",
            JUDGEMENT,
        ),
        Mistake(
            "mean keeps",
            {"mean": "kept"},
            "The axes go altogether. With keepdim=True they would stay, with length 1.",
            "tiangexiang/CurveNet pull request 25, axes of length 1",
        ),
        Mistake(
            "vector",
            {"added": "vector"},
            "A column and a row make a table: each number of the one meets each of the "
            "other.",
            "numpy/numpy issue 16229",
        ),
    ),
    hints=(
        "Write each shape down, and strike out what goes.",
        "A number in brackets removes its axis, and so does a mean over it.",
        "column is repeated along the columns, row along the rows.",
    ),
    answer="((6, 5), (6,), (4, 5))",
)


# --- Two shapes


def _met(C: int, H: int, W: int, *, way: str = "broadcast") -> Shape:
    """The shape of (C, 1, W) times (H, W); each value of `way` is a mistake."""
    return {
        "broadcast": (C, H, W),
        "first": (C, 1, W),
        "second": (H, W),
        "product": (C, 1, H),
        "dot": (C, H),
        "side by side": (C, H + 1, W),
        "swapped": (H, C, W),
    }[way]


def _met_working(C: int, H: int, W: int) -> str:
    return (
        f"Write the shapes below each other, the last axes in line: ({C}, 1, {W}) and "
        f"({H}, {W}).\n"
        f"The last axes are both {W}. The 1 is repeated {H} times. The second shape "
        f"lacks the first axis, and is repeated {C} times.\n"
        f"The result: {shown(_met(C, H, W))}"
    )


BROADCAST = Compute(
    key="broadcast",
    task="Which shape has ({C}, 1, {W}) times ({H}, {W}), number by number?",
    level=2,
    minutes=3,
    practises=BROADCASTING,
    reference=_met,
    numbers={"C": 3, "H": 4, "W": 5},
    draw=lambda rng: _lengths(rng, "C", "H", "W"),
    working=_met_working,
    mistakes=(
        Mistake(
            "first",
            {"way": "first"},
            "An axis of length 1 is repeated as often as the other shape asks for.",
            "janboone/msc_datascience issue 6",
        ),
        Mistake(
            "second",
            {"way": "second"},
            "The first shape has one axis more, and the result has it, too: the second "
            "is repeated along it.",
            "numpy/numpy issue 5541",
        ),
        Mistake(
            "product",
            {"way": "product"},
            "That is a matrix product, written @. Here * works number by number.",
            "QuantEcon/lecture-python-programming pull request 222",
        ),
        Mistake(
            "dot",
            {"way": "dot"},
            "Nothing is added up: * multiplies number by number and keeps every axis.",
            "HowToThink/HowToThink pull request 10",
        ),
        Mistake(
            "side by side",
            {"way": "side by side"},
            "The lengths are not added: nothing is laid side by side.",
            JUDGEMENT,
        ),
        Mistake(
            "swapped",
            {"way": "swapped"},
            "Shapes are laid one below the other so that their *right* ends meet.",
            "numpy/numpy pull request 16735, what trailing means",
        ),
    ),
    hints=(
        "Write the two shapes one below the other, right ends together.",
        "Column by column: the same length, or a 1, or nothing.",
        "(C, 1, W) over (H, W): the 1 becomes H, and the missing axis C.",
    ),
    answer="(3, 4, 5)",
)


# --- A slope


def _slope(x: int, move: float, *, way: str = "slope") -> Any:
    """The measured slope of x²; each value of `way` is a mistake."""
    change = (x + move) ** 2 - x**2
    return {
        "slope": change / move,
        "change": change,
        "inverted": move / change,
        "sign": -change / move,
        "value": (x + move) ** 2,
        "tangent": 2.0 * x,
        "ratio": (x + move) ** 2 / (x + move),
    }[way]


def _moves(rng: random.Random) -> dict[str, float]:
    return {"x": rng.randint(2, 9), "move": rng.choice((0.5, 0.25, 0.125))}


def _slope_working(x: int, move: float) -> str:
    end = x + move
    return (
        f"f({x}) = {x**2}, and f({x} + {move}) = {end} · {end} = {end**2}.\n"
        f"f has changed by {end**2} − {x**2} = {end**2 - x**2}.\n"
        f"For each unit of the move: {end**2 - x**2} / {move} = "
        f"{shown(_slope(x, move))}"
    )


MEASURED_SLOPE = Compute(
    key="measured_slope",
    task=(
        "f(x) = x². Move x from {x} up by {move}. Which slope do you measure, as the "
        "change of f for each unit of the move?"
    ),
    level=1,
    minutes=3,
    practises=SLOPE,
    reference=_slope,
    numbers={"x": 4, "move": 0.5},
    draw=_moves,
    working=_slope_working,
    tolerance=1e-4,
    mistakes=(
        Mistake(
            "change",
            {"way": "change"},
            "That is the change of f. The slope is the change *for each unit*: divide "
            "by the move.",
            "D. Teuscher, R. Reys, Mathematics Teacher 103 (2010)",
        ),
        Mistake(
            "inverted",
            {"way": "inverted"},
            "Upside down: the change of f is divided by the move of x.",
            "P. Cho, C. Nagle, IJRES 3 (2017), mistakes with slope",
        ),
        Mistake(
            "sign",
            {"way": "sign"},
            "The sign: as x goes up, f goes up, so the slope is positive.",
            "mathmistakes.org/slippery-slope",
        ),
        Mistake(
            "value",
            {"way": "value"},
            "That is f after the move. Take away f before it, then divide by the move.",
            JUDGEMENT,
        ),
        Mistake(
            "tangent",
            {"way": "tangent"},
            "That is the slope of the tangent, for a move that goes to 0. Measured "
            "with this move the slope is a little larger.",
            "lanewalker2013.wordpress.com, slope and average rate of change",
        ),
        Mistake(
            "ratio",
            {"way": "ratio"},
            "That is f divided by x. A slope compares two *changes*.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Compute f before and after the move.",
        "The difference of the two is the change.",
        "Change divided by move.",
    ),
    answer="8.5",
)

EXERCISES: tuple = (
    SELF_TEST,
    BROADCAST,
    MEASURED_SLOPE,
    Predict(
        "silent", "For how many images does the wrong line run without an error?", 28
    ),
)
