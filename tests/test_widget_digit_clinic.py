"""DigitClinic without a browser: photos, what the steps cost, and what it refuses."""

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits

from mnist_tutorial import data, drawing, metrics, model
from mnist_tutorial.widgets import digit_clinic
from mnist_tutorial.widgets.digit_clinic import SIDE, STEPS, DigitClinic


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


def split(n: int) -> data.Split:
    validation = mnist_splits().validation
    return data.Split(validation.images[:n], validation.labels[:n])


def ask(clinic) -> None:
    clinic._handle_custom_msg({"kind": "cost"}, [])


def test_a_photo_is_dark_ink_on_white_paper_somewhere_on_the_sheet():
    sheets = digit_clinic.photos_of(split(50).images, seed=0)
    corners, heights = set(), set()
    for sheet in sheets:
        assert sheet.shape == (SIDE, SIDE) and 0 <= sheet.min() < 0.5
        assert (sheet == 1).double().mean() > 0.5
        rows, columns = ((sheet < 1).any(axis).nonzero() for axis in (1, 0))
        corners.add((rows[0].item(), columns[0].item()))
        heights.add((rows[-1] - rows[0]).item())
    assert len(corners) > 40 and max(heights) > 1.5 * min(heights)


def test_a_photo_depends_on_the_seed_and_its_own_place_alone():
    images = split(4).images
    few, more = (digit_clinic.photos_of(images[:n], seed=3) for n in (2, 4))
    assert all(torch.equal(a, b) for a, b in zip(few, more[:2], strict=True))
    assert not torch.equal(more[0], digit_clinic.photo(images[0], (4, 0)))
    blank = torch.full((1, 28, 28), -data.MEAN / data.STD)
    assert torch.equal(digit_clinic.photo(blank, (0, 0)), torch.ones(SIDE, SIDE))


def test_nearly_every_photo_is_read_with_all_steps_and_none_without(network):
    validation = split(100)
    photos = digit_clinic.photos_of(validation.images, seed=0)
    labels = validation.labels
    costs = dict(digit_clinic.cost_of_steps(network, photos, labels))
    assert list(costs) == list(digit_clinic.settings())
    assert costs["all steps"].value > 0.95
    assert costs["no step at all"].value < 0.3
    for step in STEPS:
        assert costs[f"without {step}"].value <= costs["all steps"].value
    for left_out in ((), ("box",)):
        images = torch.stack(
            [digit_clinic.prepared(sheet, left_out) for sheet in photos]
        )
        preds = network(images).argmax(1)
        right = int((preds == labels).sum())
        interval = metrics.wilson_interval(right, 100)
        assert digit_clinic.accuracy(network, photos, labels, left_out) == interval


def test_leaving_out_steps_is_prepare_drawings_own_switch():
    sheet = digit_clinic.photo(split(1).images[0], (0, 0))
    image = digit_clinic.prepared(sheet)
    assert torch.equal(image, drawing.prepare_drawing(sheet, invert=True))
    image = digit_clinic.prepared(sheet, ("invert", "centre"))
    assert torch.equal(image, drawing.prepare_drawing(sheet, centre=False))


def test_nothing_is_computed_before_it_is_asked(network):
    clinic = DigitClinic(network, split(20))
    assert clinic.costs == [] and clinic.progress == "" and not clinic.busy
    clinic._handle_custom_msg({"kind": "other"}, [])
    assert clinic.costs == []
    ask(clinic)
    assert [cost["name"] for cost in clinic.costs] == list(digit_clinic.settings())
    for cost in clinic.costs:
        assert 0 <= cost["low"] <= cost["value"] <= cost["high"] + 1e-9 <= 1 + 1e-9
    assert "20 validation digits" in clinic.progress and "seed 0" in clinic.progress
    before = clinic.costs
    ask(clinic)
    assert clinic.costs == before and not clinic.busy


def test_while_it_measures_it_is_busy_and_takes_no_second_question(
    network, monkeypatch
):
    clinic = DigitClinic(network, split(5))
    measure, seen = digit_clinic.cost_of_steps, []

    def asked_again(*given):
        seen.append(clinic.busy)
        ask(clinic)
        yield from measure(*given)

    monkeypatch.setattr(digit_clinic, "cost_of_steps", asked_again)
    ask(clinic)
    assert seen == [True] and len(clinic.costs) == 7 and not clinic.busy


def test_an_error_while_measuring_is_shown_and_it_goes_on(network, monkeypatch):
    clinic = DigitClinic(network, split(5))

    def fail(*_):
        raise ValueError("No photo could be taken; pass other images.")

    with monkeypatch.context() as patch:
        patch.setattr(digit_clinic, "photos_of", fail)
        ask(clinic)
    assert clinic.message == "No photo could be taken; pass other images."
    assert not clinic.busy and clinic.progress == ""
    ask(clinic)
    assert clinic.message == "" and len(clinic.costs) == 7


def test_the_browser_gets_the_photos_and_the_weights(network):
    clinic = DigitClinic(network, split(12))
    photos = torch.from_numpy(np.frombuffer(clinic.photos, "<f4").copy())
    expected = digit_clinic.photos_of(split(12).images[:10], seed=0)
    assert torch.equal(photos.view(10, SIDE, SIDE), torch.stack(expected))
    assert len(clinic.weights) == 4 * model.count_parameters(network)
    assert clinic.layers[0]["name"] == "conv1"


def test_the_picture_is_small_and_stable(network):
    clinic = DigitClinic(network, split(3))
    content = clinic._repr_mimebundle_()[0]["image/png"]
    assert 3_000 < len(content) < 100_000
    assert content == clinic._repr_mimebundle_()[0]["image/png"]
    assert len(clinic.picture().axes) == 8
    assert "six pictures" in repr(clinic)


NAN = torch.full((4, 1, 28, 28), torch.nan)


@pytest.mark.parametrize(
    ("images", "labels", "count", "words"),
    [
        (torch.zeros(4, 1, 28, 28), torch.zeros(3), 10, "one whole number per image"),
        (torch.zeros(4, 1, 28, 28), torch.zeros(4), 0, "count"),
        (torch.zeros(4, 28, 28), torch.zeros(4), 10, r"\(4, 28, 28\)"),
        (torch.zeros(0, 1, 28, 28), torch.zeros(0), 10, "at least 1"),
        (NAN, torch.zeros(4), 10, "finite"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(network, images, labels, count, words):
    with pytest.raises(ValueError, match=words) as error:
        DigitClinic(network, data.Split(images, labels), count=count)
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    ("given", "said"), [({}, "1,000 validation"), ({"count": 1}, "1 validation")]
)
def test_a_count_is_as_small_as_one_and_a_thousand_where_none_is_given(
    network, given, said
):
    image, label = split(1)
    many = data.Split(image.expand(1001, 1, 28, 28), label.expand(1001))
    assert DigitClinic(network, many, **given)._measured_on().startswith(f"{said} ")


def test_a_model_that_the_browser_cannot_run_is_refused():
    with pytest.raises(ValueError, match="cannot run") as error:
        DigitClinic(model.PublishedConvNet(), split(3))
    assert is_one_sentence(error)
