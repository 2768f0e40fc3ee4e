"""Predictions, and what is kept of them and of answers."""

import builtins
import json
import reprlib
from datetime import datetime
from types import SimpleNamespace

import pytest
import torch

from mnist_tutorial import claims, exercises
from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.predict import NotAGuess, Predict


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    """An empty course, and a session in which nothing has happened."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setattr(progress, "_session", [])
    return tmp_path / "runs" / "progress.jsonl"


@pytest.fixture
def by_hand(monkeypatch):
    kernel = SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": "a"}})
    shell = SimpleNamespace(kernel=kernel)
    monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
    return kernel


EDGES = Predict(
    "edges",
    "How many edges has a cube?",
    12,
    unit=" edges",
    near=0.1,
    mistakes=(Mistake("faces", 6, "6 are its faces.", JUDGEMENT),),
)
SHAPE = Predict("shape", "What shape?", (3, 4, 5))
SIZES = Predict("sizes", "Which sizes?", frozenset({49, 98}))
NAME = Predict("name", "What is it called?", "relu")
EVER = Predict("ever", "Does it end?", False)
TWELVE = "and it is 12 edges."


def said_by(prediction, guess, named, measured, capsys):
    made = prediction(guess, **named)
    capsys.readouterr()
    made.meets(measured)
    return capsys.readouterr().out.replace("\n", " ").strip()


@pytest.mark.parametrize(
    ("guess", "named", "said"),
    [
        (12, {}, f"Met: you predicted 12 edges, {TWELVE}"),
        (11, {}, f"Met: you predicted 11 edges, {TWELVE} Up to 10% beside it counts."),
        (10, {}, f"Not met: you predicted 10 edges, {TWELVE} That is 2 edges too low."),
        (
            15,
            {},
            f"Not met: you predicted 15 edges, {TWELVE} That is 3 edges too high.",
        ),
        (
            torch.tensor(6),
            {},
            f"Not met: you predicted 6 edges, {TWELVE} That is 6 edges too low. 6 are "
            "its faces.",
        ),
        (9, {"low": 5, "high": 20}, f"Met: you predicted 5 to 20 edges, {TWELVE}"),
        (..., {"low": 12, "high": 20}, f"Met: you predicted 12 to 20 edges, {TWELVE}"),
        (..., {"low": 12, "high": 12}, f"Met: you predicted 12 to 12 edges, {TWELVE}"),
        (..., {"low": 1, "high": 12}, f"Met: you predicted 1 to 12 edges, {TWELVE}"),
        (
            12,  # an interval has the last word
            {"low": 5, "high": 10},
            f"Not met: you predicted 5 to 10 edges, {TWELVE} That is 2 edges too low.",
        ),
        (
            None,
            {"low": 13, "high": 20.5},
            f"Not met: you predicted 13 to 20.5 edges, {TWELVE} That is 1 edges too "
            "high.",
        ),
    ],
)
def test_a_number_is_met_or_not_and_by_how_much(guess, named, said, capsys):
    assert said_by(EDGES, guess, named, 12, capsys) == said
    assert progress._session[-1]["right"] is said.startswith("Met")


@pytest.mark.parametrize(
    ("prediction", "guess", "measured", "said"),
    [
        (
            SHAPE,
            [3, 4, 5],
            torch.Size([3, 4, 5]),
            "Met: you predicted (3, 4, 5), and it is (3, 4, 5).",
        ),
        (
            SHAPE,
            (3, 5, 5),
            (3, 4, 5),
            "Not met: you predicted (3, 5, 5), and it is (3, 4, 5). Right: 2 of 3.",
        ),
        (
            SIZES,
            {49, 98.0},
            {98, 49},
            "Met: you predicted {49, 98}, and it is {49, 98}.",
        ),
        (
            SIZES,
            (98, 32, 1),
            {98, 49},
            "Not met: you predicted {1, 32, 98}, and it is "
            "{49, 98}. Found: 1 of 2; too many: 2.",
        ),
        (
            SIZES,
            32,
            {98, 49},
            "Not met: you predicted {32}, and it is {49, 98}. Found: 0 of 2; too "
            "many: 1.",
        ),
        (NAME, " ReLU ", "relu", "Met: you predicted ReLU, and it is relu."),
        (NAME, "elu", "relu", "Not met: you predicted elu, and it is relu."),
        (
            EVER,
            False,
            torch.tensor(False),
            "Met: you predicted False, and it is False.",
        ),
        (EVER, True, False, "Not met: you predicted True, and it is False."),
    ],
)
def test_other_guesses_are_met_or_not(prediction, guess, measured, said, capsys):
    assert said_by(prediction, guess, {}, measured, capsys) == said


@pytest.mark.parametrize("nothing", [..., None])
def test_an_open_prediction_asks_and_says_no_more(nothing, capsys):
    guess = EDGES(nothing)
    guess.meets(12)
    assert capsys.readouterr().out == "How many edges has a cube?\n"
    assert not guess and progress._session == []


def test_a_guess_is_repeated_behind_its_question(capsys):
    assert EDGES(11)
    assert EDGES(..., low=1, high=2)
    assert capsys.readouterr().out == (
        "How many edges has a cube? You say 11 edges.\n"
        "How many edges has a cube? You say 1 to 2 edges.\n"
    )


NUMBER = "A guess is a number, not {}."
TRIPLE = "A guess is 3 numbers in brackets, as in (1, 2, 3), not {}."
INTERVAL = "An interval goes from low, a number, to a high not below it."
ENDS = "An interval has two ends: say low=… and high=…"
NAN = float("nan")


@pytest.mark.parametrize(
    ("prediction", "guess", "named", "said"),
    [
        (EDGES, "12", {}, NUMBER.format("'12'")),
        (EDGES, NAN, {}, NUMBER.format("nan")),
        (EDGES, (1, 2), {}, NUMBER.format("(1, 2)")),
        (EDGES, True, {}, NUMBER.format("True")),
        (EDGES, {}, {}, NUMBER.format("{}")),
        (EDGES, "x" * 100, {}, NUMBER.format("'xxxxxxxxxxxx...xxxxxxxxxxxxx'")),
        (EDGES, 5, {"low": 3}, ENDS),
        (EDGES, ..., {"high": 3}, ENDS),
        (EDGES, 5, {"low": 9, "high": 1}, INTERVAL),
        (EDGES, 5, {"low": "a", "high": "b"}, INTERVAL),
        (EDGES, 5, {"low": 1, "high": NAN}, INTERVAL),
        (
            EDGES,
            5,
            {"sure": 101},
            "sure is a number from 0 to 100, in per cent, not 101.",
        ),
        (
            EDGES,
            5,
            {"sure": -1},
            "sure is a number from 0 to 100, in per cent, not -1.",
        ),
        (
            EDGES,
            5,
            {"sure": "very"},
            "sure is a number from 0 to 100, in per cent, not 'very'.",
        ),
        (
            EDGES,
            5,
            {"sure": 100.5},
            "sure is a number from 0 to 100, in per cent, not 100.5.",
        ),
        (
            EDGES,
            5,
            {"sure": 0.9},
            "sure is in per cent: write sure=90 if you mean 0.9 of "
            "1, and sure=0 if you are hardly sure at all.",
        ),
        (
            EDGES,
            5,
            {"sure": 1},
            "sure is in per cent: write sure=100 if you mean 1 of 1, "
            "and sure=0 if you are hardly sure at all.",
        ),
        (SHAPE, 3, {}, TRIPLE.format("3")),
        (SHAPE, (3, 4), {}, TRIPLE.format("(3, 4)")),
        (SHAPE, (3, 4, "a"), {}, TRIPLE.format("(3, 4, 'a')")),
        (
            SHAPE,
            ...,
            {"low": 1, "high": 2},
            "An interval is for a number; this guess is "
            "3 numbers in brackets, as in (1, 2, 3).",
        ),
        (SIZES, "all", {}, "A guess is a set of numbers, as in {1, 2}, not 'all'."),
        (
            SIZES,
            [49, "98"],
            {},
            "A guess is a set of numbers, as in {1, 2}, not (49, '98').",
        ),
        (
            SIZES,
            {"a"},
            {},
            "A guess is a set of numbers, as in {1, 2}, not frozenset({'a'}).",
        ),
        (NAME, 3, {}, "A guess is a word in quotes, not 3."),
        (EVER, "False", {}, "A guess is True or False, without quotes, not 'False'."),
        (EVER, 0, {}, "A guess is True or False, without quotes, not 0."),
    ],
)
def test_what_cannot_be_a_guess_stops_its_cell_with_one_sentence(
    prediction, guess, named, said
):
    with pytest.raises(NotAGuess) as error:
        prediction(guess, **named)
    assert str(error.value) == said
    assert error.value._render_traceback_() == [said]
    assert progress._session == []


@pytest.mark.parametrize("sure", [0, 1.5, 2, 100, None])
def test_how_sure_goes_from_0_to_100(sure):
    assert EDGES(12, sure=sure)


def test_it_asks_how_sure_where_it_wants_to_know(capsys):
    sure = Predict("a", "A?", 1, how_sure=True)
    assert said_by(sure, 1, {}, 1, capsys).endswith(
        "(Say how sure you are, in per cent, with sure=…)"
    )
    assert "sure=" not in said_by(sure, 1, {"sure": 70}, 1, capsys)
    assert "sure=" not in said_by(EDGES, 12, {}, 12, capsys)


def test_the_first_guess_counts_and_running_again_adds_nothing(capsys):
    assert said_by(EDGES, 6, {"sure": 80}, 12, capsys).startswith("Not met")
    for _ in range(3):
        said = said_by(EDGES, 12, {"sure": 100}, 12, capsys)
    assert said == (
        f"Met: you predicted 12 edges, {TWELVE} Your first guess, 6 edges, is the one "
        "that counts."
    )
    assert "first guess" not in said_by(EDGES, 6, {}, 12, capsys)
    ((kept),) = progress._session
    assert kept == {
        "kind": "predict",
        "key": "edges",
        "guess": "6 edges",
        "low": None,
        "high": None,
        "sure": 80,
        "measured": "12",
        "right": False,
    }
    assert "Predictions: 1 made, 0 met" in exercises.notebook("02").card()


def test_what_is_measured_must_be_what_the_registry_knows(capsys):
    with pytest.raises(AssertionError, match=r"How many edges has a cube\? 12 edges"):
        EDGES(...).meets(20)
    EDGES(...).meets(13)  # as near as a guess may be
    with pytest.raises(AssertionError, match="Which sizes"):
        SIZES(...).meets({49})


@pytest.mark.parametrize("measured", [NAN, None, object, (1, 2), "relu", True])
def test_other_parameters_may_measure_something_else(measured, monkeypatch, capsys):
    monkeypatch.setattr(claims, "_run", claims.Run(strict=False))
    said = said_by(EDGES, 12, {}, measured, capsys)
    assert "Not so with these parameters: How many edges has a cube? 12 edges" in said
    assert f"No guess can be compared with {reprlib.repr(measured)}." in said
    assert "Not met" in said_by(EDGES, 12, {}, 20, capsys)


def test_on_images_of_the_readers_own_our_answer_is_not_mentioned(monkeypatch, capsys):
    monkeypatch.setattr(claims, "_run", claims.Run(strict=False))
    guess = EDGES(20)
    capsys.readouterr()
    guess.meets(20, of_ours=False)
    assert capsys.readouterr().out.startswith("Met: you predicted 20 edges")
    EDGES(...).meets(20, of_ours=False)
    assert "12 edges" not in capsys.readouterr().out
    assert claims._run.not_so == []


def test_an_unknown_name_is_answered_by_the_known_ones():
    ex = exercises.notebook("02")
    with pytest.raises(AttributeError, match="Did you mean 'conv2d'"):
        ex.conv2  # noqa: B018
    with pytest.raises(AttributeError, match="patch_sum"):
        ex.predict.patch  # noqa: B018
    with pytest.raises(ValueError, match="there are 00"):
        exercises.notebook("99")
    assert {"conv2d", "card"} <= set(dir(ex)) and "patch_sum" in dir(ex.predict)


# --- What is kept


def test_nothing_is_written_without_a_yes(by_hand, clean):
    exercises.notebook("02").places(16)
    EDGES(12).meets(12)
    assert len(progress._session) == 2 and not clean.exists()


def test_after_a_yes_all_of_the_session_is_kept_and_never_the_answer(by_hand, clean):
    ex = exercises.notebook("02")
    ex.places(15)
    assert "on this machine only" in ex.keep()
    ex.conv2d(lambda *given: 0)
    ex.shift("D", because=2, sure=80)
    ex.places(...)  # nothing yet: nothing to keep
    ex.places.hint(2)
    ex.places.solution()
    lines = [
        json.loads(line) for line in clean.read_text(encoding="utf-8").splitlines()
    ]
    times = [line.pop("time") for line in lines]
    answered = {"mistakes": [], "sure": None}
    assert lines == [
        {"kind": "compute", "key": "places", "right": False, **answered}
        | {"mistakes": ["no first"]},
        {"kind": "write", "key": "conv2d", "right": False, **answered},
        {"kind": "decide", "key": "shift", "right": True, **answered} | {"sure": 80},
        {"kind": "hint", "key": "places", "step": 2},
        {"kind": "solution", "key": "places"},
    ]
    assert all(datetime.fromisoformat(time) <= datetime.now() for time in times)
    assert "Kept since" in ex.keep()


def test_a_yes_says_what_it_means(by_hand, clean):
    ex = exercises.notebook("02")
    clean.parent.mkdir()  # by another notebook
    assert str(ex.keep()) == (
        "From now on what you answer is kept, on this machine only, in "
        "runs/progress.jsonl: right or wrong, never your code. Delete the file to stop."
    )
    assert clean.read_text(encoding="utf-8") == "", "there was nothing to keep"
    assert str(ex.keep()) == "Kept since your first yes, in runs/progress.jsonl."


@pytest.mark.parametrize("parent", [{}, {"metadata": {}}, {"metadata": {"other": 1}}])
def test_papermill_and_nbval_keep_nothing(parent, by_hand, clean):
    by_hand.get_parent = lambda: parent
    ex = exercises.notebook("02")
    ex.places(16)
    assert "Nothing is kept" in ex.keep() and not clean.exists()
    clean.parent.mkdir()
    clean.touch()  # a yes that was said before
    ex.places(16)
    assert clean.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_a_script_keeps_nothing(shell, clean, monkeypatch):
    assert "Nothing is kept" in exercises.notebook("02").keep()
    monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
    assert "Nothing is kept" in exercises.notebook("02").keep()
    assert progress.by_hand() is False


CARD = """\
00  open: self_test, broadcast, measured_slope
01  open: axes, nearest_mean, leak, score, shuffle
02  done: places; open: stack, shift, left_edge, biased, conv2d; hints: places 1, conv2d 2
03  open: byte, writers, statistics, which_check, denormalise
04  open: head, cross_entropy, expects, count, silent
05  open: chain_rule, shared_weight, there_and_back, unflipped, average_pool_backward, nudge_size
06  done: five_lines; open: training_step, clock, left_mode, resume
07  open: margin, mcnemar, chosen, recall, top_k_accuracy, ece
08  open: pretty, cleaned, standardise, hook, occlusion, grad_cam, field
09  open: threshold, bad_card, corner, pgd, stranger, exported
10  open: equal_sight, by_heart, three_seeds, unfair, adam_step
11  open: apart, mirrored, faster, residual, deeper
12  open: grouped_folds, worth, nearest_label, tables, relabel

Predictions: 0 made, 0 met by what was measured; of each the first guess counts. Answers with your own per cents: 0; from 20 on this says what they are worth.

Nothing of this is kept. ex.keep() keeps it, on this machine."""  # noqa: E501


def test_the_card_says_what_is_done_and_open():
    ex = exercises.notebook("02")
    ex.places(15)
    ex.places(16)
    ex.places.hint()
    ex.conv2d.hint()
    ex.conv2d.hint(2)
    exercises.notebook("06").five_lines("GCHADE", "logits", "item")
    assert str(ex.card()) == CARD


def test_from_twenty_on_the_card_says_what_per_cents_are_worth():
    for k in range(20):
        text = exercises.notebook("02").card()
        assert f"Answers with your own per cents: {k}; from 20 on this says" in text
        certain = Predict(f"a{k}", "A?", 1, how_sure=True)
        certain(1 if k in range(7) else 2, sure=90 if k < 10 else 20).meets(1)
    text = exercises.notebook("02").card()
    # "20 % sure", and wrong, is "80 % sure of the opposite", and right.
    assert (
        "Predictions: 20 made, 7 met by what was measured; of each the first guess "
        "counts. Of what you said you were sure of:\n"
        "   80% sure, right in 100% of 10 cases\n"
        "   90% sure, right in  70% of 10 cases\n"
    ) in text


def test_of_a_decision_too_the_first_answer_counts():
    ex = exercises.notebook("02")
    ex.shift("A", because=1, sure=60)
    ex.shift("D", because=2, sure=100)
    (first,) = progress.firsts(progress.entries())
    assert first["sure"] == 60 and not first["right"]
    assert "02  done: shift" in ex.card(), "what is right later is done"


def test_a_card_reads_what_earlier_days_have_kept(by_hand, clean, monkeypatch):
    ex = exercises.notebook("02")
    ex.places(16)
    ex.keep()
    monkeypatch.setattr(progress, "_session", [])
    assert "02  done: places" in ex.card() and "ex.keep()" not in ex.card()


def test_a_file_that_was_cut_off_or_is_locked_stops_no_cell(
    by_hand, clean, monkeypatch
):
    ex = exercises.notebook("02")
    ex.places(16)
    ex.keep()
    clean.write_bytes(clean.read_bytes() + b'{"kind": "hi\xff')
    assert "02  done: places" in ex.card()

    def locked(entries):
        raise PermissionError

    monkeypatch.setattr(progress, "_append", locked)
    assert ex.places(16).right


def test_elsewhere_it_is_kept_beside_the_notebook(tmp_path, monkeypatch):
    (tmp_path / "alone").mkdir()
    (tmp_path / "notebooks").rmdir()
    monkeypatch.chdir(tmp_path / "alone")
    assert progress.path() == tmp_path / "alone" / "runs" / "progress.jsonl"
