"""DigitPad without a browser: what it sends, its picture, and what it refuses."""

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import model, train
from mnist_tutorial.widgets import inputs
from mnist_tutorial.widgets.digit_pad import DigitPad

IMAGES = torch.zeros(2, 1, 28, 28)


def floats(content: bytes) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(content, "<f4").copy())


def test_the_weights_of_all_models_lie_one_behind_the_other():
    first, second = model.linear_classifier(), model.ConvNet(2)
    pad = DigitPad({"first": first, "second": second}, sums=["first"])
    weights = floats(pad.weights)
    for reader, net in zip(pad.readers, (first, second), strict=True):
        numbers = weights[reader["start"] :][: reader["length"]]
        assert len(numbers) == model.count_parameters(net)
        where = reader["layers"][-1]["weight"]
        last = list(net.parameters())[-2].detach().flatten()
        assert torch.equal(numbers[where : where + len(last)], last)
    assert [reader["sums"] for reader in pad.readers] == [True, False]
    assert reader["start"] + reader["length"] == len(weights)


def test_images_and_order_arrive_as_they_were_given():
    images = mnist_splits().validation.images[:3]
    order = torch.randperm(784)
    pad = DigitPad({"linear": model.linear_classifier()}, images, order=order)
    assert torch.equal(floats(pad.images).view(3, 1, 28, 28), images)
    assert pad.order == order.tolist()


def test_the_order_is_a_fixed_permutation_unless_there_are_no_experiments():
    models = {"linear": model.linear_classifier()}
    assert DigitPad(models).order == DigitPad(models).order
    assert sorted(DigitPad(models).order) == list(range(784))
    assert DigitPad(models, experiments=False).order == []


def test_the_reading_is_the_models_own():
    net = model.load_pretrained()
    image = mnist_splits().validation.images[0]
    logits = train.predict(net, image[None])[0]
    assert torch.equal(inputs.reading(net, image, sums=True), logits)
    torch.testing.assert_close(inputs.reading(net, image), logits.softmax(0))


def test_the_picture_is_small_and_says_what_it_shows():
    images = mnist_splits().validation.images[:1]
    for shown in (images, None):
        models = {"linear": model.linear_classifier(), "network": model.ConvNet(2)}
        pad = DigitPad(models, shown, sums=["linear"])
        content = pad._repr_mimebundle_()[0]["image/png"]
        assert 3_000 < len(content) < 100_000
        figure = pad.picture()
        assert len(figure.axes) == 3 and figure.get_size_inches()[0] <= 7
        assert "linear" in repr(pad) and "network" in repr(pad)


def test_training_mode_and_weights_stay_as_they_were():
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).train()
    before = net[1].weight.clone()
    DigitPad({"net": net}, IMAGES).picture()
    assert net.training and net[1].training and torch.equal(net[1].weight, before)


def broken():
    net = model.linear_classifier()
    net[1].weight.data[3, 3] = torch.nan
    return net


LINEAR = {"linear": model.linear_classifier()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({},), "no model"),
        (({"bn": nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784))},), "'bn'"),
        (({"two": nn.Sequential(nn.Flatten(), nn.Linear(784, 2))},), "ten outputs"),
        (({"odd": nn.Sequential(nn.Flatten(), nn.Linear(7, 10))},), "does not take"),
        (({"nan": broken()},), "nan or infinite"),
        ((LINEAR, torch.zeros(2, 28, 28)), r"\(2, 28, 28\)"),
        ((LINEAR, torch.zeros(0, 1, 28, 28)), "at least 1"),
        ((LINEAR, torch.full((1, 1, 28, 28), torch.nan)), "finite floats"),
        ((LINEAR, torch.zeros(1, 1, 28, 28, dtype=torch.uint8)), "torch.uint8"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        DigitPad(*arguments)
    assert is_one_sentence(error)


@pytest.mark.parametrize("order", [torch.arange(783), torch.zeros(784)])
def test_an_order_that_is_no_permutation_is_refused(order):
    with pytest.raises(ValueError, match="each of 0 to 783 once") as error:
        DigitPad(LINEAR, order=order)
    assert is_one_sentence(error)


def test_sums_of_an_unknown_model_are_refused():
    with pytest.raises(ValueError, match="'other'"):
        DigitPad(LINEAR, sums=["other"])
