"""LogitsToLoss's Python side: what it begins with, and the still picture."""

import pytest
import torch
from support import is_one_sentence

from mnist_tutorial.widgets.logits_to_loss.widget import LIMIT, LogitsToLoss


def test_logits_that_the_sliders_reach_are_taken_as_they_are():
    logits = torch.linspace(-9, 9, 10)
    assert LogitsToLoss(logits, 2).logits == pytest.approx(logits.tolist())


def test_logits_beyond_the_sliders_keep_their_probabilities():
    logits = torch.tensor([18.0, 5, 3, 0, -2, 7, 1, 2, 3, 14])
    widget = LogitsToLoss(logits, 0)
    assert max(map(abs, widget.logits)) <= LIMIT
    shown = torch.tensor(widget.logits).softmax(0)
    torch.testing.assert_close(shown, logits.softmax(0), atol=1e-2, rtol=0)
    far = LogitsToLoss(torch.tensor([80.0, -70] + [0.0] * 8), 0).logits
    assert max(far) == LIMIT and min(far) == -LIMIT


def test_it_has_a_picture_and_says_what_it_shows():
    widget = LogitsToLoss(label=7)
    data, _ = widget._repr_mimebundle_()
    assert 1_000 < len(data["image/png"]) < 100_000
    assert "the label is 7" in widget.alt and "the largest for 7" in widget.alt


@pytest.mark.parametrize(
    "given, named",
    [
        ({"logits": torch.zeros(9)}, r"\(9,\)"),
        ({"logits": torch.full((10,), float("inf"))}, "finite"),
        ({"label": 10}, "label is 10"),
    ],
)
def test_what_it_cannot_take_is_one_sentence(given, named):
    with pytest.raises(ValueError, match=named) as error:
        LogitsToLoss(**given)
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    "name, value, named",
    [
        ("logits", [1.0, 2.0], r"\(2,\)"),
        ("logits", [], r"\(0,\)"),
        ("logits", [float("nan")] * 10, "not all finite"),
        ("label", 12, "label is 12"),
        ("label", -1, "label is -1"),
    ],
)
def test_what_a_trait_cannot_take_is_one_sentence_and_the_old_value_stays(
    name, value, named
):
    widget = LogitsToLoss()
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=named) as error:
        setattr(widget, name, value)
    assert is_one_sentence(error)
    widget.set_state({name: value})  # as from the browser
    assert widget.message == str(error.value)
    assert getattr(widget, name) == before


@pytest.mark.parametrize("end", [LIMIT, -LIMIT])
def test_logits_at_the_end_of_a_slider_stay_there(end):
    logits = [end, 0.12345, *[0.0] * 8]
    assert LogitsToLoss(torch.tensor(logits)).logits == [end, 0.12, *[0.0] * 8]
    widget = LogitsToLoss()
    widget.logits = logits
    assert widget.logits == logits


def test_logits_that_are_set_later_keep_their_probabilities_too():
    widget = LogitsToLoss()
    exact = [0.1 + 0.2, *range(9)]
    widget.logits = exact
    assert widget.logits == exact
    for far in ([18.0, 5, 3, 0, -2, 7, 1, 2, 3, 14], [50.0, 49, *[-40.0] * 8]):
        widget.logits = far
        assert max(map(abs, widget.logits)) <= LIMIT
        shown, right = (torch.tensor(x).softmax(0) for x in (widget.logits, far))
        torch.testing.assert_close(shown, right, atol=1e-2, rtol=0)
