"""The parts of which exercises are made, each by itself."""

import copy
import dataclasses
import random
import sys
from functools import partial, wraps

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import is_one_sentence

from mnist_tutorial import exercises
from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.clues import clue
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.difference import difference
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions, whole
from mnist_tutorial.exercises.plain import (
    as_json,
    is_answer,
    is_number,
    plain,
    same,
    shown,
)
from mnist_tutorial.exercises.predict import Guess, NotAGuess
from mnist_tutorial.exercises.values import agrees, close, first_difference
from mnist_tutorial.exercises.verdict import (
    Block,
    Note,
    Table,
    Verdict,
    blocks_of,
    compared,
    wrapped,
)

EX = {name: exercises.notebook(name) for name in exercises.REGISTRY}
# As they are registered, with what answers are compared with.
ENTRIES = {e.key: e for entries in exercises.REGISTRY.values() for e in entries}
PLACES, SHIFT, CONV2D = (ENTRIES[key] for key in ("places", "shift", "conv2d"))
HEAD, FIVE_LINES = ENTRIES["head"], ENTRIES["five_lines"]
ABOUT = {
    "task": "?", "level": 1, "minutes": 1, "practises": "it", "hints": ("a", "b", "c"),
    "answer": "1",
}  # fmt: skip


# --- What nobody may change


@pytest.mark.parametrize(
    "thing",
    [EX["02"].places,
     PLACES, SHIFT, CONV2D, HEAD, FIVE_LINES, EX["02"].predict.channels,
     Guess(EX["02"].predict.channels), CONV2D.cases[0], CONV2D.mistakes[0],
     Verdict("right", "Right."), Block("", (("1",),)), Table(())],
    ids=lambda thing: type(thing).__name__,
)  # fmt: skip
def test_what_is_registered_or_said_cannot_be_changed(thing):
    name = dataclasses.fields(thing)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, name, None)


def test_the_exercises_of_a_notebook_can_be_copied():
    ex = copy.copy(EX["02"])
    assert (
        ex.places is EX["02"].places
        and copy.copy(ex.predict).channels.key == "channels"
    )


@pytest.mark.parametrize("answer", [(16,), [16], torch.tensor([16]), np.array([16.0])])
def test_a_number_may_stand_in_brackets(answer):
    assert EX["02"].places(answer).right
    assert EX["05"].shared_weight((21 / 4,)).mistakes == ("mean",)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda i, m: (i[:, None] - m).sum((2, 3)).min(1),
         "returns all that min() gives: values and indices; return one of them."),
        (lambda i, m: torch.linalg.slogdet(torch.eye(2)),
         "returns all that linalg_slogdet() gives."),
    ],
)  # fmt: skip
def test_several_results_of_pytorch_are_no_answer(answer, said):
    text = " ".join(str(EX["01"].nearest_mean(answer)).split())
    assert said in text


def test_what_an_answer_is_compared_with_is_no_answer():
    for exercise in (EX["02"].places, EX["02"].conv2d, EX["06"].five_lines):
        with pytest.raises(AttributeError, match="so it is no answer") as error:
            exercise(exercise.reference)
        assert is_one_sentence(error)
        assert "reference" not in dir(exercise)
        assert {"hint", "solution", "judge"} <= set(dir(exercise))
        assert copy.copy(exercise) == exercise
        assert repr(exercise) == repr(ENTRIES[exercise.key])


def test_a_notebook_completes_its_names():
    assert dir(EX["00"]) == [
        *("broadcast", "card", "keep", "measured_slope", "predict", "self_test")
    ]
    assert dir(EX["00"].predict) == ["silent"]


# --- Plain answers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor(3), 3), (np.float64(0.5), 0.5), (np.array([1, 2]), (1, 2)),
        (torch.Size([3, 4]), (3, 4)), ([1, [2, "a "]], (1, (2, "a"))),
        ({1, 2}, frozenset({1, 2})), (frozenset({"a "}), frozenset({"a"})),
        (" word ", "word"), (True, True), (None, None),
    ],
)  # fmt: skip
def test_an_answer_made_plain(value, expected):
    result = plain(value)
    assert result == expected and type(result) is type(expected)


def test_what_has_no_numbers_stays_as_it_is():
    meta, thing = torch.ones(2, device="meta"), object()
    assert plain(meta) is meta and plain(thing) is thing


@pytest.mark.parametrize(
    ("a", "b", "tolerance", "expected"),
    [
        (1, 1.0, 0, True), (1, 2, 0, False), (100, 101, 0.02, True),
        (100, 103, 0.02, False), (0, 5e-10, 0, True), (0, 1.5e-9, 0, False),
        (1, True, 0, False), (True, True, 0, True), (True, False, 0, False),
        ((1, 2), (1, 2.0), 0, True), ((1, 2), (1, 3), 0, False),
        ((1, 2), (1,), 0, False), ((1, 2), (1, 2, 3), 0, False),
        ((100,), (101,), 0.02, True), (("a",), "a", 0, False), ("a", ("a",), 0, False),
        ("a", "A", 0, True), ("a", "b", 0, False), ("a", 1, 0, False),
        (1, "a", 0, False), (frozenset({1}), frozenset({1.0}), 0, True),
        (frozenset({1}), frozenset({2}), 0, False), (frozenset({1}), (1,), 0, False),
    ],
)  # fmt: skip
def test_when_two_answers_are_the_same(a, b, tolerance, expected):
    assert same(a, b, tolerance) is expected
    assert same(1, 1.5) is False, "exact unless a tolerance is given"


@pytest.mark.parametrize(
    ("value", "number", "answer"),
    [
        (1, True, True), (0.5, True, True), (True, False, True), ("a", False, True),
        ((1, "a"), False, True), (frozenset({1}), False, True), (None, False, False),
        ((1, None), False, False), ([1], False, False), (1j, False, False),
        (float("nan"), False, False), (float("inf"), False, False),
        (sys.float_info.max, True, True), (10**309, False, False),
    ],
)  # fmt: skip
def test_what_is_a_number_and_what_an_answer(value, number, answer):
    assert is_number(value) is number and is_answer(value) is answer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (16, "16"), (2.302585, "2.303"), ((600, 8), "(600, 8)"), ((7,), "(7,)"),
        (frozenset({12, 3, 7}), "{3, 7, 12}"), ("A", "A"), (True, "True"),
        (frozenset({"b", 12, "a", 3}), "{3, 12, a, b}"),
        ((0.12345, frozenset({1})), "(0.1235, {1})"),
    ],
)  # fmt: skip
def test_how_an_answer_is_shown(value, text):
    assert shown(value) == text


def test_a_page_tells_a_set_from_a_tuple():
    value = ((2, 1), frozenset({12, 3}), "relu", True, 0.5)
    assert as_json(value) == [[2, 1], {"set": [3, 12]}, "relu", True, 0.5]


# --- Numbers for cases


def test_numbers_for_cases_are_the_same_for_the_same_seed():
    assert whole(50).unique().tolist() == list(range(10))
    assert set(whole(50, low=2, high=3).tolist()) == {2, 3}
    assert set(classes(50, 3).tolist()) == {0, 1, 2}
    for make in (
        partial(fractions, 2, 3),
        partial(whole, 2, 3),
        partial(classes, 6, 9),
    ):
        assert make().equal(make(seed=0)) and not make().equal(make(seed=1))


# --- Comparing tensors


def test_how_near_is_near_enough():
    def holds(expected, answer):
        return close(
            *(torch.tensor(v, dtype=torch.float64) for v in (expected, answer))
        )

    assert holds(1.0, 1.0001) and not holds(1.0, 1.00015)
    assert holds(0.0, 9e-6) and not holds(0.0, 1.5e-5)
    assert holds(float("nan"), float("nan")) and not holds(1.0, float("nan"))
    # Relative to what is expected, not to the answer.
    assert not holds(1e6, 1e6 + 100.005) and holds(1e6 + 100.005, 1e6)


def test_parts_agree_in_names_shapes_and_numbers():
    one, two = torch.ones(2), torch.tensor([1.0, 2])
    assert agrees({"a": one}, {"a": one.double()})
    assert not agrees({"a": one}, {"a": one.double()}, same_dtype=True)
    assert not agrees({"a": one}, {"b": one}) and not agrees({"a": one}, {})
    assert not agrees({"a": one}, {"a": two}) and agrees({}, {})
    assert first_difference(one, one.double()) is None
    assert first_difference(one, two) == (1,)
    assert first_difference(torch.zeros(2, 2), torch.eye(2)) == (0, 0)


def test_a_difference_is_of_the_first_part_that_has_one():
    case = Case({"k": 3})
    a, b = {"a": torch.ones(1), "b": torch.ones(1)}, {"a": torch.ones(1)}
    said, table = difference(case, a, {**b, "b": torch.zeros(1)}, same_dtype=False)
    assert said == "b: 1 is right at [0], and yours is 0."
    assert table.yours[0].mark == (0, 0)
    scalar = {"": torch.tensor(2.0)}
    said, _ = difference(case, scalar, {"": torch.tensor(3.0)}, same_dtype=False)
    assert said == "2 is right, and yours is 3."


@pytest.mark.parametrize(
    ("answer", "said", "yours"),
    [
        (
            torch.zeros(1, 3),
            "the shape should be (2,), and yours is (1, 3).",
            ("(1, 3), float32", ("0", "0", "0")),
        ),
        (
            torch.ones(2, dtype=torch.int64),
            "the dtype should be torch.float32, and yours is torch.int64.",
            ("(2,), int64", ("1", "1")),
        ),
    ],
)
def test_another_shape_or_dtype_stands_above_the_numbers(answer, said, yours):
    right = {"a": torch.ones(1), "b": torch.ones(2)}
    case = Case({"k": 3, "n": 4})
    text, table = difference(case, right, {**right, "b": answer}, same_dtype=True)

    def column(kind, numbers):
        return Block("shape and dtype", ((kind,),)), Block("b", (numbers,))

    assert text == f"b: {said}"
    assert table.input == (Block("k", (("3",),)), Block("n", (("4",),)))
    assert table.expected == column("(2,), float32", ("1", "1"))
    assert table.yours == column(*yours)


# --- Clues


def clue_of(right, wrong, *, first=(), second=(), both=False):
    """Of two cases, in which the second is wrong, or both are."""
    right, wrong = {"": torch.tensor(right)}, {"": torch.tensor(wrong)}
    before = wrong if both else right
    return clue([both, True], [first, second], [right, right], [before, wrong])


NUMBERS = [1.0, 2, 5]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([-1.0, -2, -5], "Each of your numbers has the wrong sign."),
        ([0.0, 0, 0], "All your numbers are 0."),
        ([5.0, 1, 2], "The right numbers are there, in other places."),
        ([0.25, 0.5, 1.25], "Each of your numbers is 0.25 times the right one."),
        ([4.0, 5, 8], "Each of your numbers is +3 beside the right one."),
        ([0.5, 1.5, 4.5], "Each of your numbers is -0.5 beside the right one."),
        ([1.0, float("inf"), 5], "Some of your numbers are not finite."),
        ([1.0, float("nan"), 5], "Some of your numbers are not finite."),
        ([2.0, 5, 26], ""),
        ([1.0, 2], ""),
    ],
)
def test_how_the_wrong_numbers_are_wrong(wrong, said):
    assert clue_of(NUMBERS, wrong, both=True) == said
    assert clue_of(NUMBERS, wrong) == f"1 of 2 cases are right. {said}".strip()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ([3.0, 0], [6.0, 0], ""), ([3.0], [6.0], ""), ([0.0, 2], [1.0, 4], ""),
        ([3.0, 1], [6.0, 2], "Each of your numbers is 2 times the right one."),
        ([0.0, 0], [1.0, 1], "Each of your numbers is +1 beside the right one."),
        ([0.0, 3], [1.0, 4], "Each of your numbers is +1 beside the right one."),
        ([0.0, 1, -1], [0.0, -1, 1], "Each of your numbers has the wrong sign."),
    ],
)  # fmt: skip
def test_one_number_alone_is_no_pattern(right, wrong, said):
    right, wrong = {"": torch.tensor(right)}, {"": torch.tensor(wrong)}
    assert clue([True], [()], [right], [wrong]) == said


ALL_WITH_IT = "It is right in the cases without a, and wrong in all others."


@pytest.mark.parametrize(
    ("first", "second", "both", "said"),
    [
        ((), ("a",), False, ALL_WITH_IT),
        (("b",), ("a", "b"), False, ALL_WITH_IT),
        (("b",), ("b",), False, "It is wrong only in cases with b."),
        (("b",), (), False, "1 of 2 cases are right."),
        (("a",), ("a",), True, ""),
    ],
)
def test_which_cases_are_wrong(first, second, both, said):
    assert clue_of(NUMBERS, [2.0, 5, 26], first=first, second=second, both=both) == said


# --- Compute


def of_hundred(exact=0, *, above=0.0, below=0.0, both=False):
    return exact + above - below + (7 if above and below else 0)


def hundred(tolerance, above, below, **changes):
    """100 is right; two mistakes, and both of them together."""
    return Compute(
        **{**ABOUT, **changes},
        key="hundred",
        reference=of_hundred,
        numbers={"exact": 100},
        working=lambda exact: f"It is {exact}.",
        draw=lambda rng: {"exact": rng.randint(90, 110)},
        tolerance=tolerance,
        mistakes=(
            Mistake("above", {"above": above}, "It is above.", JUDGEMENT),
            Mistake("below", {"below": below}, "It is below.", JUDGEMENT),
        ),
    )


def test_a_tolerance_counts_for_right_and_for_named_wrong_answers():
    exercise = hundred(0.01, 10, 10)
    assert exercise.judge(100.9).right and not exercise.judge(101.5).right
    assert exercise.judge(110.9).mistakes == ("above",)
    assert exercise.judge(90.5).mistakes == ("below",)
    verdict = exercise.judge(107)
    assert verdict.mistakes == ("above", "below")
    assert verdict.text == "Not yet. It is above. And: It is below."


@pytest.mark.parametrize(
    ("answer", "side"),
    [(120, "too large"), (80, "too small"), ((1, 2), "not it"), ({1}, "not it")],
)
def test_an_answer_that_nobody_has_listed_is_told_its_side(answer, side):
    shown_as = shown(plain(answer))
    assert hundred(0, 10, 10).judge(answer).text == (
        f"Not yet: {shown_as} is {side}.\n\nIf you are stuck: ex.hundred.hint()"
    )


def test_two_pairs_that_give_the_same_name_none():
    exercise = hundred(0, 10, 20)
    third = Mistake("third", {"both": True}, "It is a third.", JUDGEMENT)
    with_third = dataclasses.replace(exercise, mistakes=(*exercise.mistakes, third))
    assert exercise.judge(97).mistakes == ("above", "below")
    assert [keys for keys, _ in with_third.wrong({"exact": 100})][:3] == [
        (mistake,) for mistake in with_third.mistakes
    ]
    doubles = [answer for keys, answer in with_third.wrong({"exact": 100})][3:]
    assert doubles == [97, 110, 80]
    idle = Mistake("idle", {"idle": True}, "It changes nothing.", JUDGEMENT)
    alike = dataclasses.replace(
        with_third,
        mistakes=(*with_third.mistakes, idle),
        reference=lambda exact, idle=False, **on: of_hundred(exact, **on),
    )
    # 110 comes of two pairs now, and so does 80.
    assert [a for keys, a in alike.wrong({"exact": 100}) if len(keys) == 2] == [97, 100]


def test_answers_are_apart_by_more_than_twice_the_tolerance():
    assert hundred(0.01, 2.5, 50).tells_apart({"exact": 100})
    assert not hundred(0.01, 1.9, 50).tells_apart({"exact": 100})
    assert hundred(0.0, 1, 2).tells_apart({"exact": 100})


@pytest.mark.parametrize("nothing", [..., None])
def test_no_answer_is_not_wrong(nothing):
    verdict = PLACES.judge(nothing)
    assert (verdict.status, verdict.text) == (
        "nothing yet",
        "Nothing yet: write your answer for the dots.",
    )


def test_numbers_are_drawn_ten_thousand_times_before_it_gives_up():
    drawn = []
    hopeless = dataclasses.replace(
        hundred(0, 0, 1), draw=lambda rng: drawn.append(rng.random()) or {"exact": 1}
    )
    with pytest.raises(ValueError, match="no numbers tell all answers apart"):
        hopeless.variant(1)
    assert len(drawn) == 10_000 and drawn[0] == random.Random("hundred 1").random()
    assert hopeless.variant(0) == {"exact": 100}


def test_a_task_can_be_had_with_other_numbers():
    assert PLACES.again() == PLACES.again(1) != PLACES.again(2)
    assert PLACES.again(2).startswith(PLACES.text(2))
    assert PLACES.again(2).endswith(
        "\n\nAnswer: ex.places(…, variant=2)\n"
        "If you are stuck: ex.places.solution(variant=2)"
    )


@pytest.mark.parametrize("answer", [float("nan"), (1, None), {}, 1j])
def test_what_cannot_be_compared_is_said_to_be_no_answer(answer):
    assert PLACES.judge(answer).text == (
        f"A number, or a tuple or set of numbers, is expected, not {answer!r}."
    )


# --- Decide


def test_a_wrong_pair_about_which_nothing_is_said_is_a_fault_of_the_exercise():
    exercise = Decide(
        **ABOUT, key="a", claims=("x", "y"), reasons=("r",), right=("A", 1), mistakes=()
    )
    with pytest.raises(ValueError, match="nothing is said about B, 1"):
        exercise.judge("B", because=1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((..., ...), "Nothing yet. Which claim holds?"),
        (("D", ...), "Nothing yet. A claim needs its reason: because=."),
        ((..., 2), "Nothing yet. A claim needs its reason: because=."),
        (("F", 2), "The claims are A to E; you said 'F'."),
        (("D", 0), "The reasons are the numbers 1 to 4, without quotes; you said 0."),
        (("D", 5), "The reasons are the numbers 1 to 4, without quotes; you said 5."),
        (("D", 2.0), "The reasons are the numbers 1 to 4, without quotes; you said"),
        ((" d ", 2), "Right: by multiples of 4, because each pool moves on by 2"),
    ],
)
def test_what_is_said_of_a_decision(answer, said):
    claim, because = answer
    verdict = SHIFT.judge(claim, because=because)
    assert verdict.text.startswith(said)
    status = said.partition(".")[0].partition(":")[0].lower()
    assert verdict.status == (
        status if status in ("right", "nothing yet") else "not yet"
    )


# --- Write, Repair, Order


def test_an_unlisted_mistake_is_shown_how_to_try_the_case_where_one_can():
    def doubled(images, kernel, bias, stride=1, padding=0):
        return 2 * F.conv2d(images, kernel, bias, stride, padding)

    text = CONV2D.judge(doubled).text
    assert "To try it: my_conv2d(*ex.conv2d.case(1).values())." in text
    step = ENTRIES["training_step"]

    def twice(*given):
        return 2 * step.reference(*given)

    assert step.judge(twice).text.endswith(
        "\n\nIf you are stuck: ex.training_step.hint()"
    )
    assert "To try it" not in step.judge(twice).text


def test_the_first_case_is_had_without_a_number():
    assert [str(v) for v in CONV2D.case().values()] == [
        str(v) for v in CONV2D.case(1).values()
    ]


@pytest.mark.parametrize(
    ("cell", "solved"),
    [
        ("x = f(1)\nex.places(...)", "x = f(1)\nex.places(16)"),
        ("y = ex.places(...)  # z", "y = ex.places(16)  # z"),
    ],
)
def test_a_cell_is_solved_and_what_else_it_holds_stays(cell, solved):
    assert PLACES.solved(cell) == solved


def test_a_function_is_solved_by_its_name():
    other, call = "def other(a):\n    ...", "ex.conv2d(my_conv2d)"
    cell = f"{other}\n\n\ndef my_conv2d(a):\n    ...\n\n\n{call}"
    assert CONV2D.solved(cell) == f"{other}\n\n\n{CONV2D.answer}\n\n\n{call}"
    assert FIVE_LINES.solved("a = 1\nex.five_lines(..., ..., ...)") == (
        'a = 1\nex.five_lines("GCHADE", "logits", "item")'
    )
    for exercise in (CONV2D, PLACES):
        with pytest.raises(ValueError, match="The cell does not"):
            exercise.solved("x = f(1)\n\ndef other():\n    ...")


def test_two_pairs_that_explain_an_answer_name_none():
    pool = ENTRIES["average_pool_backward"]
    again = Mistake("again", {"cut": False, "share": 0.5}, "Again.", JUDGEMENT)
    doubled = dataclasses.replace(pool, mistakes=(*pool.mistakes, again))

    def half_repeated(grad_output, shape):
        return pool.reference(grad_output, shape, share=0.5, rest="repeated")

    assert set(pool.judge(half_repeated).mistakes) == {"half", "edge repeated"}
    assert doubled.judge(half_repeated).mistakes == ()


def loaded(source, tmp_path, name="head"):
    path = tmp_path / f"cell{random.getrandbits(40)}.py"
    path.write_text(source, encoding="utf-8")
    namespace = {"torch": torch, "F": F}
    exec(compile(source, path, "exec"), namespace)
    return namespace[name]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("", "", 0),
        ("def head(maps, weight, bias):", "def head(maps, weight, bias, *, k=1):", 0),
        ('"""(N, C', '"""Other words (N, C', 0),
        (
            "    N, C, H, W = maps.shape\n",
            "    # a comment\n    N,C,H,W=maps.shape\n",
            0,
        ),
        ("    N, C, H, W = maps.shape\n", "    N, C, H, V = maps.shape\n", 1),
        ("    N, C, H, W = maps.shape\n", "", 1),
        ("    maps = F.relu(maps)\n", "    a = 1\n    b = 2\n    c = 3\n", 3),
        ("    logits = rows", "    a = 1\n    b = 2\n    logits = rows", 2),
        ("    return logits", "    return 1 * logits", 1),
    ],
)
def test_lines_that_differ_are_counted(old, new, lines, tmp_path):
    assert old in HEAD.given
    changed = HEAD.given.replace(old, new, 1) if old else HEAD.given
    assert HEAD.changed(loaded(changed, tmp_path)) == lines


def test_as_many_lines_may_differ_as_the_fault_needs(tmp_path):
    mended = HEAD.given.replace("reshape(C * H * W, N).T", "flatten(1)")
    two = mended.replace("return logits", "return logits.clone()")
    three = two.replace("F.relu(maps)", "F.relu(maps, False)")
    assert HEAD.judge(loaded(two, tmp_path)).right
    verdict = HEAD.judge(loaded(three, tmp_path))
    assert verdict.status == "not yet"
    assert verdict.text.startswith("Its numbers are right. But 3 lines differ from")
    assert HEAD.judge(loaded(mended, tmp_path)).right
    assert HEAD.judge(loaded(HEAD.given, tmp_path)).text == (
        "Nothing yet: the function is as it was given."
    )


def test_what_has_no_lines_is_judged_by_its_numbers():
    class Mended:
        def __call__(self, maps, weight, bias):
            return HEAD.reference(maps, weight, bias)

    for function in (Mended(), partial(HEAD.reference), lambda *g: HEAD.reference(*g)):
        assert HEAD.changed(function) is None and HEAD.judge(function).right


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((..., "logits", "item"), "Nothing yet. Which lines"),
        (("GCHADE", ..., "item"), "Nothing yet. Which lines"),
        (("", "logits", "item"), "Each letter from A to H stands once or not at all"),
        (("GCHADZ", "logits", "item"), "Each letter from A to H"),
        (("GCHADEE", "logits", "item"), "Each letter from A to H"),
        (("GCHADE", "logits"), 'Fill 2 blanks with text, after the letters, as in ex.'),
        (("GCHADE", "logits", "item", "x"), "Fill 2 blanks with text"),
        (("GCHADE", "logits", 3), "Fill 2 blanks with text"),
        (("GCHADE", "log its", "item"),
         "A blank takes one Python expression, such as a name; 'log its' is none."),
        (("GCHADE", "logits\0", "item"), "A blank takes one Python expression"),
        (("GCHADE", "logits; raise_", "item"), "A blank takes one Python expression"),
        (("GCHADE", "logits, labels)\n    f(", "item"), "A blank takes one Python"),
        (("GCHADE", "(" * 10**4, "item"), "A blank takes one Python expression"),
        (("GCHADE", "", "item"), "A blank takes one Python expression"),
        (("GCHADE", "logits", "7"), "With these blanks a line is not Python"),
        (("GCHADE", "logits  # all", "item"), "With these blanks a line is not Python"),
        (("GCHADE", "2 * logits", "item"), "Not yet. Case 1 of 3"),
        (("g-c-h-a-d-e", " logits ", "item"), "Right: agrees with"),
    ],
)  # fmt: skip
def test_what_is_said_of_an_order(answer, said):
    verdict = FIVE_LINES.judge(*answer)
    assert verdict.text.startswith(said) and verdict.mistakes == ()
    status = said.partition(".")[0].partition(":")[0].lower()
    assert verdict.status == (
        status if status in ("right", "nothing yet") else "not yet"
    )


def test_a_blank_runs_no_statement(monkeypatch):
    ran = []
    monkeypatch.setattr(random, "seed", ran.append)
    blank = "s; import random; random.seed(3)"
    verdict = EX["05"].there_and_back.judge("CHEBFD", blank, "x2")
    assert verdict.text == (
        "A blank takes one Python expression, such as a name; "
        "'s; import ra...andom.seed(3)' is none."
    )
    assert ran == []


@pytest.mark.parametrize(
    "blank",
    [
        "(s := 3)", "[s for s in (1, 2)]", "lambda: s", "s.__class__", "_s", "f'{s}'",
        "9 ** 9 ** 9", "1 << 10 ** 12", "s if w else w", "{s}", "F.torch.save(s, 'x')",
        "s ** -1", "await s", "*s",
    ],
)  # fmt: skip
def test_a_blank_that_reaches_further_than_its_line_is_refused(blank):
    text = ENTRIES["there_and_back"].judge("CHEBFD", blank, "x2").text
    assert text.startswith("A blank takes ")
    assert text.endswith(("is more than that.", "is none."))


@pytest.mark.parametrize(
    "blank",
    [
        "setattr(w, 'x', 1)", "open('x')", "exec('s')", "exit()", "globals().clear()",
        "torch.set_num_threads(1)", "print(s)", "exercises", "x2.fill_(3)",
    ],
)  # fmt: skip
def test_a_blank_knows_the_names_of_its_lines_and_changes_nothing(blank):
    text = ENTRIES["there_and_back"].judge("CHEBFD", blank, "x2").text
    assert "NameError" in text or "changes its argument" in text


@pytest.mark.parametrize(
    "blank",
    ["s", "1 * s", "(h1 + h2)", "sum((h1, h2))", "[h1 + h2][0]", "s ** 1", "+s"],
)
def test_a_blank_may_compute(blank):
    assert ENTRIES["there_and_back"].judge("CHEBFD", blank, "x2").right


class Unspeakable:
    """Something that can neither be shown nor compared."""

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    "thing", [Unspeakable(), [Unspeakable()], {Unspeakable()}, 10**400, -(10**400)]
)
def test_what_cannot_be_shown_or_compared_gets_a_verdict(thing):
    verdicts = [
        PLACES.judge(thing),
        SHIFT.judge(thing, because=2),
        SHIFT.judge("D", because=thing),
        SHIFT.judge("D", because=2, sure=thing),
        FIVE_LINES.judge(thing, "logits", "item"),
        FIVE_LINES.judge("GCHADE", thing, "item"),
    ]
    assert {verdict.status for verdict in verdicts} == {"not yet"}
    for prediction in (EX["02"].predict.channels, EX["04"].predict.fields):
        with pytest.raises(NotAGuess):
            prediction(thing)


@pytest.mark.parametrize("letters", ["gchade", "G C H A D E", list("GCHADE")])
def test_an_order_may_be_written_in_many_ways(letters):
    assert FIVE_LINES.judge(letters, "logits", "item").right


# --- Stubs


def test_a_decorated_stub_is_a_stub():
    def timed(function):
        @wraps(function)
        def inner(*given):
            return function(*given)

        return inner

    @timed
    def my_conv2d(images, kernel, bias, stride=1, padding=0):
        """To be written."""

    assert CONV2D.judge(my_conv2d).status == "nothing yet"


GLOBAL = torch.ones(1)


def of_arguments(images, kernel, bias, stride=1, padding=0):
    images  # noqa: B018


def of_a_global(*given):
    GLOBAL  # noqa: B018


def of_a_closure():
    kept = torch.ones(1)

    def inner(*given):
        kept  # noqa: B018

    return inner


@pytest.mark.parametrize("function", [of_arguments, of_a_global, of_a_closure(), print])
def test_what_reads_anything_has_forgotten_its_return(function):
    assert "is a `return` missing?" in CONV2D.judge(function).text


# --- Tables


def test_a_block_as_text_and_as_html():
    block = Block("a name", (("1", "-22"), ("333", "4")), (0, 1))
    assert block.lines() == ["a name    ", "   1 [-22]", " 333    4 "]
    assert Block("", (("1",),)).lines() == [" 1 "]
    html = block.html()
    assert html.count("<tr>") == 2 and html.count("<td") == 4
    assert "<i>a name</i>" in html and html.count("<mark>") == 1
    assert "<mark><b>[-22]</b></mark>" in html
    assert "a &lt; b" in Block("a < b", (("<",),)).html()


def row_of(width):
    return Block("", (("1" * (width - 2),),))


def test_blocks_go_to_a_second_row_when_the_line_is_full():
    def rows(*widths):
        return len(Table(tuple(map(row_of, widths))).text().split("\n")) - 1

    # 78 columns are free beside the indentation, and 3 stand between two blocks.
    assert rows(37, 38) == 1 and rows(37, 39) == 2
    assert rows(20, 20, 32) == 1 and rows(20, 20, 33) == 2
    assert rows(70, 70, 70) == 3 and rows(37, 38, 5) == 2 and rows(70, 37, 38) == 2
    text = Table((row_of(5), row_of(6))).text()
    assert text == "input\n   111     1111"


def test_expected_and_yours_stand_beside_each_other_where_they_fit():
    def text(width):
        return Table((), (row_of(width),), (row_of(width),)).text()

    assert text(36).startswith("expected") and "yours" in text(36).split("\n")[0]
    assert text(37).split("\n")[0] == "expected" and "\n\nyours\n" in text(37)


def test_a_table_has_the_columns_that_it_has():
    block = (Block("", (("1",),)),)
    assert list(Table(block).columns()) == ["input"]
    assert list(Table(block, block, block).columns()) == ["input", "expected", "yours"]
    assert Table((), block).text() == "expected\n   1"


@pytest.mark.parametrize(
    ("value", "names", "shape"),
    [
        (3, ["x"], (1, 1)),
        (torch.ones(0, 3), ["x"], (1, 1)),
        (torch.tensor(1.0), ["x"], (1, 1)),
        (torch.ones(12), ["x"], (1, 12)),
        (torch.ones(13), ["x, its first numbers"], (1, 6)),
        (torch.ones(4, 12), ["x"], (4, 12)),
        (torch.ones(7, 7), ["x, its first numbers"], (6, 6)),
        (torch.ones(1, 1, 7, 7), ["x[0][0], its first numbers"], (6, 6)),
        (torch.ones(2, 2, 3), ["x[0]", "x[1]"], (2, 3)),
        (torch.ones(1, 2, 2, 3), ["x[0, 0]", "x[0, 1]"], (2, 3)),
    ],
)
def test_a_value_is_shown_in_full_or_by_its_first_numbers(value, names, shape):
    blocks = blocks_of("x", value)
    assert [block.name for block in blocks] == names
    assert {(len(block.rows), len(block.rows[0])) for block in blocks} == {shape}


def test_slices_are_named_in_their_order():
    value = torch.arange(8.0).view(2, 2, 1, 2)
    assert {block.name: block.rows for block in blocks_of("x", value)} == {
        "x[0, 0]": (("0", "1"),), "x[0, 1]": (("2", "3"),),
        "x[1, 0]": (("4", "5"),), "x[1, 1]": (("6", "7"),),
    }  # fmt: skip
    assert blocks_of("x", torch.ones(0, 3))[0].rows == (("shape (0, 3)",),)
    assert blocks_of("x", "SGD")[0] == Block("x", (("SGD",),))


@pytest.mark.parametrize(
    ("shape", "at", "name", "mark", "size"),
    [
        ((), (), "", (0, 0), (1, 1)),
        ((3,), (2,), "", (0, 2), (1, 3)),
        ((20,), (0,), "[0:6]", (0, 0), (1, 6)),
        ((20,), (10,), "[7:13]", (0, 3), (1, 6)),
        ((20,), (19,), "[14:20]", (0, 5), (1, 6)),
        ((6, 6), (5, 1), "", (5, 1), (6, 6)),
        ((7, 3), (6, 2), "[1:7, :]", (5, 2), (6, 3)),
        ((3, 7), (1, 5), "[:, 1:7]", (1, 4), (3, 6)),
        ((2, 3, 3), (1, 0, 2), "[1, :, :]", (0, 2), (3, 3)),
        ((2, 2, 9, 9), (1, 0, 8, 4), "[1, 0, 3:9, 1:7]", (5, 3), (6, 6)),
    ],
)
def test_a_wrong_number_is_found_in_its_surroundings(shape, at, name, mark, size):
    expected = torch.arange(1.0, 1 + torch.Size(shape).numel()).view(shape)
    answer = expected.clone()
    answer[at] = -1
    right, yours = compared("", expected, answer, at)
    assert right.name == yours.name == name and right.mark is None
    assert yours.mark == mark and (len(yours.rows), len(yours.rows[0])) == size
    assert yours.rows[mark[0]][mark[1]] == "-1"
    assert right.rows[mark[0]][mark[1]] == str(int(expected[at]))
    assert sum(row.count("-1") for row in yours.rows) == 1
    named, _ = compared("the loss", expected, answer, at)
    assert named.name == f"the loss {name}".strip()


def test_digits_are_added_until_two_numbers_look_different():
    def texts(a, b):
        pair = (torch.tensor([v], dtype=torch.float64) for v in (a, b))
        return [block.rows[0][0] for block in compared("", *pair, (0,))]

    assert texts(1.23456, 1.3) == ["1.235", "1.3"]
    assert texts(1.23451, 1.23453) == ["1.23451", "1.23453"]
    assert texts(1.234567891, 1.234567892) == ["1.23456789", "1.23456789"]
    assert texts(1.23456781, 1.23456783) == ["1.23456781", "1.23456783"]


def test_verdicts_as_html_have_paragraphs_and_a_table():
    table = Table((Block("x", (("1",),)),))
    html = Verdict("not yet", "One.\n\nTwo <.", table=table)._repr_html_()
    assert html == f"<p>One.</p><p>Two &lt;.</p>{table.html()}"
    assert Verdict("not yet", "One.")._repr_html_() == "<p>One.</p>"
    assert repr(Verdict("not yet", "One.", table=table)) == "One.\n\ninput\n  x\n   1"
    assert table.html().count("<b>") == 1 and "<b>input</b>" in table.html()


def test_a_note_as_html_keeps_its_lines():
    html = Note("def f(x):\n    return x < 1")._repr_html_()
    assert html.startswith("<pre ") and "word-break: normal" in html
    assert html.endswith(">def f(x):\n    return x &lt; 1</pre>")


def test_lines_are_wrapped_at_80_and_indented_ones_stay():
    long = "word " * 20
    assert wrapped(long) == f"{('word ' * 16).strip()}\n{('word ' * 4).strip()}"
    assert wrapped(f" {long}\n\nb") == f" {long}\n\nb"
    assert repr(Note("a " * 50)).count("\n") == 1 and str(Note("a " * 50)) == "a " * 50
    assert max(map(len, wrapped("x" * 80 + " y").split("\n"))) == 80


# --- Answers that are handed over in a way that cannot be read


ONE_NUMBER = (
    "One answer is meant, a single number or several in brackets as in "
    "ex.{}((1, 2)), and only variant= may follow it."
)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: EX["04"].silent(49, 16), ONE_NUMBER.format("silent")),
        (lambda: EX["00"].broadcast(3, 4, 5), ONE_NUMBER.format("broadcast")),
        (lambda: PLACES(16, variants=1), ONE_NUMBER.format("places")),
        (
            lambda: SHIFT("D", reason=1),
            "An answer is a claim, its reason and how sure you are: "
            'ex.shift("A", because=1, sure=70).',
        ),
        (
            lambda: EX["01"].nearest_mean(len, len),
            "One answer is meant, your function alone: "
            "ex.nearest_mean(my_nearest_mean).",
        ),
        (
            lambda: FIVE_LINES("GCHADE", blanks=("logits", "item")),
            "The letters are meant, then the blanks: "
            'ex.five_lines("ABCDEFGH", "blank 1", "blank 2").',
        ),
    ],
)
def test_too_many_answers_and_unknown_names_get_one_sentence(call, said):
    verdict = call()
    assert (verdict.status, verdict.text) == ("not yet", said)


@pytest.mark.parametrize("variant", ["a", float("nan"), 1.5, -1, True, None])
def test_a_variant_is_a_whole_number_from_0(variant):
    said = f"variant is a whole number from 0, not {variant!r}."
    assert PLACES(16, variant=variant).text == said
    for method in (PLACES.again, PLACES.text, PLACES.worked):
        with pytest.raises(ValueError, match=said):
            method(variant)
    assert PLACES.variant(np.int64(3)) == PLACES.variant(3)


@pytest.mark.parametrize("number", [99, 0, -1, 1.5, "a", []])
def test_a_case_that_is_not_there_is_said(number):
    cases = len(CONV2D.cases)
    said = f"The cases are numbered from 1 to {cases}; there is no case {number!r}."
    with pytest.raises(ValueError) as error:
        CONV2D.case(number)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("00.self_test", ((6, 5), 6, (4, 5))),
        ("01.axes", ((28, 20), 50, ())),
        ("01.axes", ((28, 99), 50, ())),
    ],
)
def test_a_number_for_a_shape_with_one_axis_is_named(exercise, answer):
    notebook, key = exercise.split(".")
    n = answer[1]
    assert getattr(EX[notebook], key).judge(answer).text == (
        f"Not yet: a shape with one axis is written ({n},), and ({n}) is only the "
        f"number {n}."
    )


def test_a_number_of_a_shape_is_not_asked_for_a_comma():
    axes = EX["01"].axes
    assert "is written" not in axes.judge(((28, 20), (50,), 1)).text
    assert axes.judge(((28, 20), (50,), ())).right


@pytest.mark.parametrize("answer", ["16", ("16",), (1, "16"), ((1, ("16",)), 2)])
def test_a_number_in_quotes_is_to_be_written_without(answer):
    said = "'16' is a text; write it without quotes."
    assert PLACES.judge(answer).text == said


def test_numbers_of_numpy_and_torch_are_reasons_and_true_is_none():
    for because in (np.int64(2), torch.tensor(2)):
        assert SHIFT.judge("D", because=because, sure=np.int64(70)).right
    text = EX["02"].shift.judge("D", because=True).text
    assert text == (
        "The reasons are the numbers 1 to 4, without quotes; you said True."
    )
