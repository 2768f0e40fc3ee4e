"""What holds for every exercise: the registry is the list of cases."""

import json
import re
from dataclasses import replace
from itertools import combinations, permutations, product
from math import comb
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from styles import STYLES
from wrong_ways import WRONG

from mnist_tutorial import exercises, ops
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Exercise
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.plain import is_number, same, shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.values import agrees
from mnist_tutorial.exercises.write import Write

ENTRIES = [entry for entries in exercises.REGISTRY.values() for entry in entries]
EXERCISES = {e.key: e for e in ENTRIES if isinstance(e, Exercise)}
PREDICTIONS = {e.key: e for e in ENTRIES if isinstance(e, Predict)}


def of_kind(kind):
    return [
        pytest.param(e, id=key) for key, e in EXERCISES.items() if isinstance(e, kind)
    ]


RUN = of_kind(Write)  # Repair and Order are run like Write
BY_SWITCHES = [p for p in RUN if not isinstance(p.values[0], Order)]
EVERY = of_kind(Exercise)


def mistakes(parameters):
    return [
        pytest.param(*p.values, mistake, id=f"{p.id}-{mistake.key}")
        for p in parameters
        for mistake in p.values[0].mistakes
    ]


# --- All kinds


@pytest.mark.parametrize("exercise", EVERY)
def test_it_says_what_it_is(exercise):
    assert exercise.level in (1, 2, 3) and 1 <= exercise.minutes <= 20
    assert exercise.task and exercise.practises and exercise.kind
    assert len(exercise.hints) == 3 and len(set(exercise.hints)) == 3
    assert len(exercise.mistakes) >= 6
    keys = [mistake.key for mistake in exercise.mistakes]
    assert len(set(keys)) == len(keys)
    for mistake in exercise.mistakes:
        assert mistake.sentence.endswith((".", "?")) and mistake.source


def test_a_key_belongs_to_one_exercise():
    assert len(EXERCISES) + len(PREDICTIONS) == len(ENTRIES)


def test_all_kinds_are_there():
    kinds = {e.kind for e in EXERCISES.values()}
    assert kinds == {"compute", "write", "repair", "decide", "order"}


def test_mistakes_have_been_seen():
    sources = [m.source for e in EXERCISES.values() for m in e.mistakes]
    assert sources.count(JUDGEMENT) <= len(sources) / 5


@pytest.mark.parametrize("exercise", EVERY)
def test_hints_come_in_steps_and_asking_again_says_the_same(exercise):
    for step in (1, 2, 3):
        assert exercise.hint(step) == exercise.hint(step)
        assert str(exercise.hint(step)).startswith(exercise.hints[step - 1])
    assert "three hints" in exercise.hint(4)
    assert exercise.hint() == exercise.hint(1)


@pytest.mark.parametrize("exercise", EVERY)
@pytest.mark.parametrize(
    "garbage",
    ["?", [], {}, object(), 1j, 10**9, torch.ones(2), torch.ones(2, device="meta")],
)
def test_garbage_is_refused_in_a_sentence_and_without_a_diagnosis(exercise, garbage):
    verdict = exercise.judge(garbage)
    assert verdict.status != "right" and verdict.mistakes == ()
    assert verdict.text.strip()


@pytest.mark.parametrize("exercise", BY_SWITCHES)
@pytest.mark.parametrize("number", [0.0, 1.0, 0.5, float("nan")])
def test_a_number_that_is_always_the_same_gets_no_diagnosis(exercise, number):
    verdict = exercise.judge(lambda *given: number)
    assert not verdict.right and verdict.mistakes == ()


# --- Functions


@pytest.mark.parametrize("exercise", RUN)
def test_what_is_not_written_yet_is_not_called_wrong(exercise):
    head = exercise.answer.partition("\n")[0]
    for body in ("...", '"""Says what it should do."""', "pass", "return ...",
                 "raise NotImplementedError"):  # fmt: skip
        namespace: dict = {}
        exec(f"{head}\n    {body}", namespace)
        if isinstance(exercise, Order):
            verdict = exercise.judge(...)
        else:
            verdict = exercise.judge(namespace[exercise.defined().name])
        assert verdict.status == "nothing yet", verdict
        assert verdict.text.startswith("Nothing yet")


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_its_reference_with_all_switches_off_is_right(exercise):
    verdict = exercise.judge(lambda *given: exercise.reference(*given))
    assert verdict.right, verdict


@pytest.mark.parametrize(
    ("exercise", "style"),
    [
        pytest.param(exercise.values[0], style, id=f"{exercise.id}-{style.__name__}")
        for exercise in BY_SWITCHES
        for style in STYLES[exercise.id]
    ],
)
def test_right_ways_pass_whatever_their_style(exercise, style):
    if isinstance(exercise, Repair):  # of which only few lines may change
        verdict = exercise.judge(lambda *given: style(*given))
    else:
        verdict = exercise.judge(style)
    assert verdict.right, verdict


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_four_styles_are_tried(exercise):
    assert len(STYLES[exercise.key]) >= 4


@pytest.mark.parametrize(("exercise", "mistake"), mistakes(BY_SWITCHES))
def test_each_mistake_is_called_by_its_name(exercise, mistake):
    verdict = exercise.judge(lambda *given: exercise.reference(*given, **mistake.when))
    assert verdict.mistakes == (mistake.key,), verdict
    assert mistake.sentence in verdict.text


@pytest.mark.parametrize(
    ("exercise", "keys", "function"),
    [
        pytest.param(p.values[0], keys, f, id=f"{p.id}-{' and '.join(sorted(keys))}")
        for p in BY_SWITCHES
        for keys, f in WRONG[p.id]
    ],
)
def test_a_wrong_way_that_knows_no_switches_is_named_too(exercise, keys, function):
    verdict = exercise.judge(function)
    assert not verdict.right and set(verdict.mistakes) == keys, verdict


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_each_mistake_has_been_made_without_its_switch(exercise):
    made = set().union(*(keys for keys, _ in WRONG[exercise.key]))
    assert made == {mistake.key for mistake in exercise.mistakes}


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_two_mistakes_at_once_are_both_named_or_look_like_one(exercise):
    named = total = 0
    for pair in combinations(exercise.mistakes, 2):
        switches = {**pair[0].when, **pair[1].when}
        if len(switches) < len(pair[0].when) + len(pair[1].when):
            continue
        if not all(exercise.answer_of(switches, k) for k in range(len(exercise.cases))):
            continue  # these two cannot be made together
        verdict = exercise.judge(
            lambda *given, on=switches: exercise.reference(*given, **on)
        )
        total += 1
        keys = {mistake.key for mistake in pair}
        if verdict.right or not set(verdict.mistakes) & keys:
            # Two may undo each other, look like a third one, or like several pairs.
            continue
        named += 1
    assert named >= 0.75 * total


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_each_case_shows_what_no_smaller_one_does(exercise):
    """A mistake that is first seen in it, or something that no other case has."""
    first = set()
    for mistake in exercise.mistakes:
        first.add(
            next(
                k
                for k in range(len(exercise.cases))
                if not agrees(
                    exercise.answer_of({}, k),
                    exercise.answer_of(mistake.when, k),
                    exercise.same_dtype,
                )
            )
        )
    tags = [tag for case in exercise.cases for tag in case.tags]
    for k, case in enumerate(exercise.cases):
        assert k in first or any(tags.count(tag) == 1 for tag in case.tags), k


@pytest.mark.parametrize("exercise", BY_SWITCHES)
def test_the_first_case_is_the_smallest_and_whole_and_one_has_fractions(exercise):
    def numbers(case):
        values = case.arguments.values()
        return [v for v in values if torch.is_tensor(v) and v.is_floating_point()]

    sizes = [sum(v.numel() for v in numbers(case)) for case in exercise.cases]
    assert sizes[0] == min(sizes)
    if exercise.key != "denormalise":  # normalised images are never whole
        assert all(v.equal(v.round()) for v in numbers(exercise.cases[0]))
    every = [v for case in exercise.cases for v in numbers(case)]
    # Who made an image is a whole number; nothing can be a fraction there.
    assert not every or any(not v.equal(v.round()) for v in every)


@pytest.mark.parametrize("exercise", RUN)
def test_checking_leaves_chance_alone(exercise):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    exercise.judge(lambda *given: exercise.reference(*given))
    assert torch.rand(3).equal(expected)


# --- Repair


@pytest.mark.parametrize("exercise", of_kind(Repair))
def test_as_given_it_is_no_answer_and_rewritten_it_is_not_mended(exercise, tmp_path):
    def loaded(source):
        path = tmp_path / f"cell{abs(hash(source))}.py"
        path.write_text(source, encoding="utf-8")
        namespace = {"torch": torch, "F": F}
        exec(compile(source, path, "exec"), namespace)
        return namespace[exercise.defined().name]

    assert exercise.judge(loaded(exercise.given)).status == "nothing yet"
    assert exercise.judge(loaded(exercise.answer)).right
    head, *lines = exercise.answer.splitlines()
    longer = [head, *("    a = 1" for _ in range(exercise.lines + 1)), *lines[1:]]
    verdict = exercise.judge(loaded("\n".join(longer)))
    assert "lines differ" in verdict.text and not verdict.right
    commented = exercise.answer.replace("\n", "  # a comment\n\n", 1)
    assert exercise.judge(loaded(commented)).right, "comments are no repair"


# --- Compute


@pytest.mark.parametrize("exercise", of_kind(Compute))
def test_open_right_and_wrong_answers_of_many_variants(exercise):
    assert exercise.judge(...).status == "nothing yet"
    assert exercise.judge(eval(exercise.answer)).right
    for n in range(1, 1001):
        numbers = exercise.variant(n)
        assert exercise.tells_apart(numbers), n
        assert exercise.judge(exercise.reference(**numbers), variant=n).right
    for n in (0, 1, 2):
        for (mistake,), wrong in list(exercise.wrong(exercise.variant(n)))[
            : len(exercise.mistakes)
        ]:
            assert exercise.judge(wrong, variant=n).mistakes == (mistake.key,)
    assert exercise.variant(7) == exercise.variant(7)
    assert all(str(n) in exercise.again(3) for n in exercise.variant(3).values())


def test_numbers_that_do_not_tell_answers_apart_are_refused():
    """The first draft of 02: padding on one side gave the right 13."""
    places = EXERCISES["places"]
    first_draft = {"pixels": 28, "kernel": 5, "stride": 2, "padding": 1}
    assert not places.tells_apart(first_draft)
    hopeless = replace(places, draw=lambda rng: first_draft)
    with pytest.raises(ValueError, match="no numbers"):
        hopeless.variant(1)
    wrong = [places.reference(**first_draft, **m.when) for m in places.mistakes]
    assert any(same(places.reference(**first_draft), answer) for answer in wrong)


# --- Decide


@pytest.mark.parametrize("exercise", of_kind(Decide))
def test_every_pair_is_right_or_reveals_something(exercise):
    letters = "ABCDEFGH"[: len(exercise.claims)]
    reasons = range(1, len(exercise.reasons) + 1)
    named = set()
    for letter in letters:
        for because in reasons:
            verdict = exercise.judge(letter, because=because, sure=70)
            assert verdict.right == ((letter, because) == exercise.right)
            named.update(verdict.mistakes)
    assert named == {mistake.key for mistake in exercise.mistakes}
    for sure in (None, 0, 100):
        claim, because = exercise.right[0].lower(), exercise.right[1]
        assert exercise.judge(claim, because=because, sure=sure).right
    assert exercise.judge(..., because=..., sure=...).status == "nothing yet"
    beyond = "ABCDEFGH"[len(exercise.claims)]
    unreadable = [(beyond, 1, 50), ("AB", 1, 50), ("", 1, 50), ("A", 99, 50)]
    unreadable += [("A", "1", 50), ("A", [], 50), ("A", 1, 101), ("A", 1, "very")]
    for claim, because, sure in unreadable:
        assert exercise.judge(claim, because=because, sure=sure).mistakes == ()


# --- Order


@pytest.mark.parametrize("exercise", of_kind(Order))
def test_right_orders_are_those_that_run_right(exercise):
    letters, *blanks = exercise.examples["right"]
    right = {
        "".join(order)
        for order in permutations(letters)
        if exercise.judge("".join(order), *blanks).right
    }
    assert right == set(exercise.orders)
    assert len(exercise.lines) == len(letters) + 2, "two lines are not needed"
    assert exercise.blanks == 2


@pytest.mark.parametrize(("exercise", "mistake"), mistakes(of_kind(Order)))
def test_a_mistake_is_named_from_the_order(exercise, mistake):
    verdict = exercise.judge(*exercise.examples[mistake.key])
    assert verdict.mistakes == (mistake.key,), verdict


@pytest.mark.parametrize("exercise", of_kind(Order))
def test_an_order_that_cannot_be_read_is_said(exercise):
    letters, *blanks = exercise.examples["right"]
    assert "Each letter" in exercise.judge("XYZ", *blanks).text
    assert "Each letter" in exercise.judge(letters + letters[0], *blanks).text
    assert "blanks" in exercise.judge(letters).text
    assert "'a b' is none" in exercise.judge(letters, "a b", *blanks[1:]).text
    assert exercise.judge(" ".join(letters).lower(), *blanks).right


# --- A page without Python: what it can do with the JSON alone


def said_by_page(page, answer):
    """What a page says of an answer; "right", a diagnosis or nothing."""
    if page["kind"] == "compute":
        variant, value = answer
        numbers = page["variants"][variant]
        near = page["tolerance"]
        if same(value, numbers["truth"], near):
            return "right"
        known = numbers["diagnoses"]
        return next((said for wrong, (said,) in known if same(value, wrong, near)), "")
    if page["kind"] == "decide":
        if list(answer) == page["right"]:
            return "right"
        return next(said for a, n, said in page["diagnoses"] if (a, n) == answer)
    letters, *blanks = answer
    if letters in page["orders"] and blanks == page["blanks"]:
        return "right"
    written = " ".join(answer)
    return next(
        (said for when, said in page["diagnoses"] if re.search(when, written)), ""
    )


def answers_of(exercise):
    """Answers that a page can judge, each with the verdict in Python."""
    if isinstance(exercise, Compute):
        for n in range(20):
            numbers = exercise.variant(n)
            listed = [wrong for _, wrong in exercise.wrong(numbers)]
            near = filter(is_number, [exercise.reference(**numbers), *listed])
            for value in {*near, *range(0, 60, 6)}:
                yield (n, value), exercise.judge(value, variant=n)
    elif isinstance(exercise, Decide):
        for claim in "ABCDEFGH"[: len(exercise.claims)]:
            for because in range(1, len(exercise.reasons) + 1):
                yield (claim, because), exercise.judge(claim, because=because)
    elif isinstance(exercise, Order):
        for example in exercise.examples.values():
            yield example, exercise.judge(*example)


@pytest.mark.parametrize("exercise", of_kind((Compute, Decide, Order)))
def test_a_page_says_the_same_as_the_verdict(exercise):
    page = json.loads(json.dumps(exercise.page()))
    for answer, verdict in answers_of(exercise):
        said = said_by_page(page, answer)
        assert (said == "right") == verdict.right, answer
        if said and not verdict.right:
            assert said in verdict.text, answer
        assert bool(said) or len(verdict.mistakes) != 1, answer


@pytest.mark.parametrize("exercise", EVERY)
def test_a_page_holds_all_that_is_shown(exercise):
    page = json.loads(json.dumps(exercise.page()))
    names = ("key", "kind", "level", "minutes", "practises", "answer")
    assert {name: page[name] for name in names} == {
        name: getattr(exercise, name) for name in names
    }
    assert page["solution"] == str(exercise.solution())
    assert page["task"] == exercise.text() and page["hints"] == list(exercise.hints)
    more = {
        Compute: ("tolerance",),
        Repair: ("given", "lines"),
        Order: ("head", "lines"),
        Decide: ("claims", "reasons"),
    }
    for name in more.get(type(exercise), ()):
        value = getattr(exercise, name)
        assert page[name] == (list(value) if isinstance(value, tuple) else value)
    if isinstance(exercise, Compute):
        for n, variant in enumerate(page["variants"]):
            assert variant["working"] in str(exercise.solution(variant=n))
        assert [v["task"] for v in page["variants"]] == list(
            map(exercise.text, range(20))
        )


@pytest.mark.parametrize("prediction", PREDICTIONS.values())
def test_a_page_holds_a_prediction(prediction):
    assert json.loads(json.dumps(prediction.page())) == {
        "kind": "predict",
        "key": prediction.key,
        "question": prediction.question,
        "truth": (
            {"set": sorted(prediction.truth)}
            if isinstance(prediction.truth, frozenset)
            else list(prediction.truth)
            if isinstance(prediction.truth, tuple)
            else prediction.truth
        ),
        "unit": prediction.unit,
        "near": prediction.near,
        "how sure": prediction.how_sure,
        "diagnoses": [[m.when, m.sentence] for m in prediction.mistakes],
    }


def test_the_whole_registry_is_plain_values():
    pages = exercises.pages()
    assert json.loads(json.dumps(pages)) == pages
    assert {name: [page["key"] for page in of] for name, of in pages.items()} == {
        name: [entry.key for entry in entries]
        for name, entries in exercises.REGISTRY.items()
    }


# --- Solutions


@pytest.mark.parametrize("exercise", EVERY)
def test_the_code_of_a_solution_runs_and_is_right(exercise):
    code = str(exercise.solution()).rpartition("\n\n")[2]
    namespace = {"torch": torch, "F": F, "product": product, "ex": SimpleNamespace()}
    namespace |= {"windows_backward": ops.windows_backward, "comb": comb}
    setattr(namespace["ex"], exercise.key, exercise.judge)
    if code.startswith("ex."):
        assert eval(code, namespace).right
    else:
        exec(code, namespace)
        function = namespace[exercise.defined().name]
        assert exercise.judge(lambda *given: function(*given)).right


@pytest.mark.parametrize("exercise", of_kind(Compute))
def test_a_solution_shows_its_working_with_the_readers_numbers(exercise):
    for n in range(20):
        working, call = str(exercise.solution(variant=n)).rsplit("\n\n", 1)
        truth = shown(exercise.reference(**exercise.variant(n)))
        assert truth in working.splitlines()[-1]
        assert all(str(v) in working for v in exercise.variant(n).values())
        assert call == f"ex.{exercise.key}({truth}{f', variant={n}' if n else ''})"
