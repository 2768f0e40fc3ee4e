"""Predictions, and what is kept of them and of answers."""

import builtins
import json
from types import SimpleNamespace

import pytest
import torch

from mnist_tutorial import exercises
from mnist_tutorial.exercises import progress
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.predict import Predict


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
    "How many edges?",
    unit=" edges",
    near=0.1,
    mistakes=(Mistake("half", 6, "6 are its faces.", JUDGEMENT),),
)


@pytest.mark.parametrize(
    ("guess", "named", "measured", "said"),
    [
        (12, {}, 12, "You predicted 12 edges; it is 12 edges."),
        (11, {}, 12, "You predicted 11 edges; it is 12 edges."),
        (6, {}, torch.tensor(12), "it is 12 edges. 6 are its faces."),
        (9, {"low": 5, "high": 20}, 12, "It is inside your interval."),
        (9, {"low": 5, "high": 10}, 12, "It is outside your interval."),
        ((3, 4), {}, torch.Size([3, 4]), "You predicted (3, 4) edges; it is (3, 4)"),
        ({32}, {}, {49, 98}, "You predicted {32} edges; it is {49, 98}"),
        (" A ", {}, "a", "You predicted A edges; it is a edges."),
        (
            ...,
            {"low": 5, "high": 20},
            12,
            "You predicted 5 to 20 edges; it is 12 edges.",
        ),
        (True, {}, torch.tensor(False), "You predicted True edges; it is False"),
    ],
)
def test_a_guess_is_met_by_what_is_measured(guess, named, measured, said, capsys):
    EDGES(guess, **named).meets(measured)
    assert said in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("guess", "named", "right"),
    [(12, {}, True), (11, {}, True), (10, {}, False),
     (10, {"low": 9, "high": 12}, True), (12, {"low": 1, "high": 2}, False),
     (..., {"low": 1, "high": 12}, True)],
)  # fmt: skip
def test_near_counts_and_an_interval_has_the_last_word(guess, named, right):
    EDGES(guess, **named).meets(12)
    assert progress._session[-1]["right"] is right


@pytest.mark.parametrize("nothing", [..., None])
def test_an_open_prediction_asks_and_says_no_more(nothing, capsys):
    guess = EDGES(nothing)
    guess.meets(12)
    assert capsys.readouterr().out == "How many edges?\n"
    assert not guess and progress._session == []


@pytest.mark.parametrize(
    ("guess", "named"),
    [(object(), {}), (5, {"low": 3}), (5, {"low": 9, "high": 1}), (5, {"sure": 101}),
     (5, {"sure": "very"}), (5, {"low": "a", "high": "b"})],
)  # fmt: skip
def test_a_guess_that_cannot_be_one_is_said_and_stays_open(guess, named, capsys):
    assert not EDGES(guess, **named)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_it_asks_how_sure_where_it_wants_to_know(capsys):
    sure = Predict("a", "A?", how_sure=True)
    sure(1).meets(1)
    assert "sure=" in capsys.readouterr().out
    sure(1, sure=70).meets(1)
    assert "sure=" not in capsys.readouterr().out


def test_an_unknown_name_is_answered_by_the_known_ones():
    ex = exercises.notebook("02")
    with pytest.raises(AttributeError, match="Did you mean 'conv2d'"):
        ex.conv2  # noqa: B018
    with pytest.raises(AttributeError, match="patch_sum"):
        ex.predict.patch  # noqa: B018
    with pytest.raises(ValueError, match="there are 01"):
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
    ex.places.hint()
    lines = [
        json.loads(line) for line in clean.read_text(encoding="utf-8").splitlines()
    ]
    assert [line["key"] for line in lines] == ["places", "conv2d", "shift", "places"]
    assert lines[0]["mistakes"] == ["no first"] and lines[2]["sure"] == 80
    names = {"time", "kind", "key", "right", "mistakes", "sure", "step"}
    assert all(set(line) <= names for line in lines)
    assert "Kept since" in ex.keep()


@pytest.mark.parametrize("metadata", [{}, {"other": 1}])
def test_papermill_and_nbval_keep_nothing(metadata, by_hand, clean):
    by_hand.get_parent = lambda: {"metadata": metadata}
    ex = exercises.notebook("02")
    ex.places(16)
    assert "Nothing is kept" in ex.keep() and not clean.exists()
    clean.parent.mkdir()
    clean.touch()  # a yes that was said before
    ex.places(16)
    assert clean.read_text(encoding="utf-8") == ""


def test_a_script_keeps_nothing(clean):
    assert "Nothing is kept" in exercises.notebook("02").keep()


def test_the_card_says_what_is_done_and_open():
    ex = exercises.notebook("02")
    ex.places(15)
    ex.places(16)
    ex.conv2d.hint()
    text = ex.card()
    assert "02  done: places; open: shift, conv2d; hints: conv2d 1" in text
    assert "Predictions: 0 made" in text and "ex.keep()" in text


def test_from_twenty_on_the_card_says_what_per_cents_are_worth():
    certain = Predict("a", "A?", how_sure=True)
    for k in range(20):
        text = exercises.notebook("02").card()
        assert "from 20 on" in text.replace("\n", " ")
        certain(1, sure=90 if k < 10 else 20).meets(1 if k in range(7) else 2)
    text = exercises.notebook("02").card()
    assert "Predictions: 20 made, 7 met" in text
    assert "90% sure, right in  70% of 10 cases" in text
    # "20 % sure", and wrong, is "80 % sure of the opposite", and right.
    assert "80% sure, right in 100% of 10 cases" in text


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
    clean.write_text(
        clean.read_text(encoding="utf-8") + '{"kind": "hi', encoding="utf-8"
    )
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
