"""GuessBars: what the reader has set, as numbers; a picture for files."""

import io

import pytest
from PIL import Image
from support import is_one_sentence

from mnist_tutorial.widgets import GuessBars


def test_a_guess_is_none_until_a_bar_is_moved_and_then_holds_all_bars():
    bars = GuessBars(["a", "b"], start=50)
    assert bars.guess is None
    bars.values = [50, 80]
    assert bars.guess == {"a": 0.5, "b": 0.8}


def test_a_bar_moved_by_the_browser_counts_and_does_not_leave_its_range():
    bars = GuessBars(["a", "b", "c"], start=0, low=-10, high=10)
    bars.set_state({"values": [-7.0, 0, 0]})
    assert bars.guess == {"a": -0.07, "b": 0, "c": 0}
    bars.set_state({"values": [40.0, 0, 0]})
    assert bars.guess["a"] == 0.1


@pytest.mark.parametrize("values", [[1.0], [1.0, float("nan")]])
def test_a_guess_that_cannot_be_is_one_sentence_and_the_old_one_stays(values):
    bars = GuessBars(["a", "b"])
    with pytest.raises(ValueError, match="2 finite numbers") as error:
        bars.values = values
    assert is_one_sentence(error) and bars.values == [50, 50]


def test_the_picture_names_the_unit():
    bars = GuessBars(["a"], start=3.2, low=0, high=6, step=0.1, unit="points")
    assert bars.picture().axes[0].get_ylabel() == "your guess, points"
    assert GuessBars(["a"]).picture().axes[0].get_ylabel() == "your guess, %"


def test_a_file_gets_a_picture_with_text_beside_the_view():
    bars = GuessBars(["one", "two"])
    data, metadata = bars._repr_mimebundle_()
    assert data["text/plain"] == "GuessBars: A bar to set for each of: one, two."
    assert metadata["image/png"]["alt"] in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    before = Image.open(io.BytesIO(data["image/png"])).tobytes()
    bars.values = [90, 50]
    after = Image.open(io.BytesIO(bars._repr_mimebundle_()[0]["image/png"])).tobytes()
    assert before != after


@pytest.mark.parametrize("start", [-3, 0, 7])
def test_the_bars_may_start_anywhere_up_to_both_ends(start):
    bars = GuessBars(["a"], start=start, low=-3, high=7)
    assert bars.values == [start] and bars.guess is None
    for end in (-3.0, 7.0):
        bars.values = [end]
        assert bars.values == [end]


@pytest.mark.parametrize(
    "wrong",
    [
        dict(names=[]),
        dict(names=["a"], start=101),
        dict(names=["a"], start=-1),
        dict(names="a", low=5, high=5),
    ],
)
def test_bars_that_cannot_be_are_one_sentence(wrong):
    with pytest.raises(ValueError, match="Expected names and low ≤ start ≤ high"):
        GuessBars(**wrong)
