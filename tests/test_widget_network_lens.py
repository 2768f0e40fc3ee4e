"""NetworkLens without a browser: what it ships, what it answers, what it refuses."""

import re

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import interpret, metrics, model, train
from mnist_tutorial.widgets import engine
from mnist_tutorial.widgets.network_lens import widget as network_lens
from mnist_tutorial.widgets.network_lens.widget import NetworkLens

CONV1_RELU, CONV2_RELU, FC1_RELU = 1, 4, 11


@pytest.fixture(scope="module")
def few():
    """A hundred real validation images and their labels."""
    images, labels = mnist_splits().validation
    return images[:100], labels[:100]


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    return model.ConvNet(4)


@pytest.fixture
def lens(few, small):
    return NetworkLens({"small": small, "other": model.ConvNet(2)}, few)


@pytest.fixture
def ask(lens, monkeypatch):
    """Asks as the browser does; returns what is sent back."""
    sent = []
    monkeypatch.setattr(lens, "send", lambda *parts: sent.append(parts))

    def asked(buffers=(), **content):
        sent.clear()
        lens._handle_custom_msg({"id": "1", **content}, list(buffers))
        (answer,) = sent
        return answer

    return asked


def test_it_ships_every_network_whole(lens, small):
    for net in lens.networks:
        floats = np.frombuffer(lens.weights, "<f4")[net["start"] :][: net["length"]]
        packed = engine.pack(lens._models[net["name"]])
        assert (net["layers"], floats.tobytes()) == packed
    assert sum(net["length"] for net in lens.networks) * 4 == len(lens.weights)
    assert lens.networks[0]["length"] == model.count_parameters(small)


def test_it_ships_the_first_digits(lens, few):
    images, labels = few
    shipped = np.frombuffer(lens.digits, "<f4").reshape(-1, 1, 28, 28)
    assert np.array_equal(shipped, images[: len(shipped)].numpy())
    assert lens.digit_labels == labels[: len(shipped)].tolist()
    assert lens.validation_size == len(images)


def test_later_training_does_not_reach_it(few):
    net = model.ConvNet(2)
    lens = NetworkLens({"net": net}, few)
    before = train.predict(lens._models["net"], few[0])
    with torch.no_grad():
        net.fc3.bias += 1
    assert torch.equal(train.predict(lens._models["net"], few[0]), before)


def test_its_layers_have_the_names_of_the_feature_maps(lens, small, few):
    names = [layer["name"] for layer in lens.networks[0]["layers"]]
    maps = interpret.feature_maps(small, few[0][:1])
    assert [name for name in names if name != "flatten"] == list(maps)
    assert [name for name, _ in engine.in_order(model.mlp(8))] == [*"012345"]


def test_a_value_is_pytorchs(ask, small, few):
    image = few[0][7]
    with torch.inference_mode():
        maps = torch.relu(small.conv1(image[None]))
    buffer = image.numpy().tobytes()
    content, _ = ask(
        [buffer], kind="value", model="small", unit=[CONV1_RELU, 2, 9, 11], off=[]
    )
    assert content["id"] == "1"
    assert content["value"] == pytest.approx(maps[0, 2, 9, 11].item())


def test_past_the_last_layer_are_the_probabilities(ask, small, few):
    image = few[0][3]
    expected = train.predict(small, image[None]).softmax(1)[0]
    for k in range(10):
        content, _ = ask(
            [image.numpy().tobytes()], kind="value", model="small", unit=[15, k, 0, 0],
            off=[],
        )  # fmt: skip
        assert content["value"] == pytest.approx(expected[k].item())


@pytest.mark.parametrize("layer", [16, -1])
def test_a_question_about_no_layer_is_answered_in_the_widget(lens, few, layer):
    buffer = few[0][0].numpy().tobytes()
    question = {"kind": "value", "model": "small", "unit": [layer, 0, 0, 0], "off": []}
    lens._handle_custom_msg(question | {"id": "1"}, [buffer])
    assert lens.message.startswith(f"There is no layer {layer}; ask for one from 0 to")


def test_a_channel_that_is_off_is_silent_for_all_that_follows(ask, small, few):
    image = few[0][5]
    # The same as a network whose next layer has no weights for it.
    deaf = model.ConvNet(4)
    deaf.load_state_dict(small.state_dict())
    with torch.no_grad():
        deaf.conv2.weight[:, 1] = 0
    expected = interpret.feature_maps(deaf, image[None])
    place = 1, 9, 11
    for layer, value in {
        CONV1_RELU: 0.0,
        CONV1_RELU - 1: expected["conv1"][(0, *place)].item(),  # as it was
        CONV2_RELU: expected["conv2 after ReLU"][(0, *place)].item(),
    }.items():
        content, _ = ask(
            [image.numpy().tobytes()], kind="value", model="small",
            unit=[layer, *place], off=[[CONV1_RELU, 1]],
        )  # fmt: skip
        assert content["value"] == pytest.approx(value, abs=1e-6)


def test_switching_off_changes_nothing_in_the_model(lens, few):
    net = lens._models["small"]
    before = train.predict(net, few[0])
    off = [("conv2 after ReLU", 0), ("conv1 after ReLU", 2)]
    with network_lens.without_channels(net, off):
        assert not torch.equal(train.predict(net, few[0]), before)
    assert torch.equal(train.predict(net, few[0]), before)


def test_the_most_exciting_places_are_the_largest_values(small, few):
    images, _ = few
    layer = "conv2 after ReLU"
    best = network_lens.strongest(small, images, layer, 3, count=5)
    maps = interpret.feature_maps(small, images)[layer][:, 3]
    peaks = maps.amax((1, 2)).sort(descending=True).values[:5]
    torch.testing.assert_close(best.values, peaks)
    assert torch.equal(maps[best.images, best.rows, best.columns], best.values)
    assert len(best.images.unique()) == 5


def test_a_unit_without_rows_has_exciting_images_too(ask, few):
    content, (buffer,) = ask(kind="strongest", model="small", layer=FC1_RELU, channel=5)
    assert content["rows"] == content["columns"] == [0] * len(content["values"])
    assert content["values"] == sorted(content["values"], reverse=True)
    images = np.frombuffer(buffer, "<f4").reshape(-1, 784)
    images_of_the_split = few[0].flatten(1).numpy()
    assert all((image == images_of_the_split).all(1).any() for image in images)


def test_accuracy_is_measured_before_and_after(ask, small, few):
    images, labels = few
    off = [[CONV1_RELU, c] for c in range(4)]
    answer, _ = ask(kind="accuracy", model="small", off=off)
    before = metrics.accuracy(train.predict(small, images).argmax(1), labels)
    with network_lens.without_channels(small, [("conv1", c) for c in range(4)]):
        silent = train.predict(small, images)
    after = metrics.accuracy(silent.argmax(1), labels)
    assert answer["before"][0] == pytest.approx(before)
    assert answer["after"][0] == pytest.approx(after)
    assert answer["difference"][0] == pytest.approx(after - before)
    assert answer["gained"] - answer["lost"] == round((after - before) * len(labels))


def test_one_filter_hardly_matters_to_the_trained_network():
    images, labels = mnist_splits().validation
    net = model.load_pretrained().to(memory_format=torch.channels_last)  # quicker
    right = train.predict(net, images).argmax(1) == labels
    with interpret.without_channel(net, "conv1", 0):
        off = train.predict(net, images).argmax(1) == labels
    change = interpret.switched(right, off).difference
    assert change.low <= change.value <= change.high
    assert abs(change.value) < 0.01


def test_nothing_is_computed_before_it_is_asked(few, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a forward pass at construction")

    monkeypatch.setattr(model.ConvNet, "forward", never)
    NetworkLens({"net": model.ConvNet(2)}, few)


def test_its_picture_and_its_name_are_stable(lens):
    assert re.fullmatch(
        r"NetworkLens: A handwritten digit, the 4 maps of conv1, .*\.", repr(lens)
    )
    data, metadata = lens._repr_mimebundle_()
    assert len(data["image/png"]) < 100_000
    assert metadata["image/png"]["alt"] == lens.alt
    picture = lens.picture()
    assert picture.get_size_inches()[0] <= 7
    maps = ["conv1: 4 maps after ReLU", "conv2: 8 maps after ReLU"]
    titles = [ax.get_title() for ax in picture.axes]
    assert titles == ["input", *maps, "probability"]
    assert all(ax.images for ax in picture.axes[:3])


def test_maps_without_a_relu_are_shown_as_they_are(few):
    net = nn.Sequential(nn.Conv2d(1, 2, 27), nn.Flatten(), nn.Linear(8, 10))
    (_, shown, _) = NetworkLens({"net": net}, few).picture().axes
    maps = net[0](few[0][:1]).detach()[0]
    expected = maps / maps.amax((1, 2), keepdim=True)
    drawn = torch.tensor(shown.images[0].get_array().filled(0))
    for one in expected:
        assert torch.isin(one.flatten().double(), drawn.double()).all()


def test_networks_without_convolutions_have_a_picture_too(few):
    for net in (model.linear_classifier(), model.mlp(16)):
        lens = NetworkLens({"net": net}, few)
        assert len(lens._repr_mimebundle_()[0]["image/png"]) < 100_000


def with_nan():
    net = model.ConvNet(2)
    with torch.no_grad():
        net.conv2.weight[0, 0, 0, 0] = float("nan")
    return net


@pytest.mark.parametrize(
    ("models", "word"),
    [
        ({}, "at least one"),
        (model.ConvNet(2), "dict"),
        ({"a": None}, "not an nn.Module"),
        ({"a": model.ConvNet(2, ("max", "max", "global"))}, "cannot run"),
        ({"a": nn.LSTM(28, 10)}, "cannot run"),
        ({"a": with_nan()}, "nan"),
        ({"a": nn.Sequential(nn.Flatten(), nn.Linear(784, 3))}, "ten outputs"),
        ({"a": nn.Sequential()}, "ten outputs"),
    ],
)
def test_a_network_it_cannot_show_is_refused_in_one_sentence(few, models, word):
    with pytest.raises(ValueError, match=word) as error:
        NetworkLens(models, few)
    assert is_one_sentence(error)


MANY = torch.zeros(5001, dtype=torch.long)


def test_as_many_images_as_it_says_are_taken(few, small):
    images = few[0][:1].expand(5000, 1, 28, 28)
    assert NetworkLens({"a": small}, (images, MANY[1:])).validation_size == 5000


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda images, labels: (images[:, 0], labels), "N, 1, 28, 28"),
        (lambda images, labels: (images[:0], labels[:0]), "at least 1"),
        (lambda images, labels: (images, labels[:-1]), "labels"),
        (lambda images, labels: (images, labels.float()), "whole number"),
        (lambda images, labels: ((images * 255).byte(), labels), "finite floats"),
        (lambda images, labels: (images * torch.nan, labels), "finite floats"),
        (lambda images, _: (images[:1].repeat(5001, 1, 1, 1), MANY), "at most 5,000"),
    ],
)
def test_images_it_cannot_show_are_refused_in_one_sentence(few, small, change, word):
    with pytest.raises(ValueError, match=word) as error:
        NetworkLens({"small": small}, change(*few))
    assert is_one_sentence(error)


def test_its_script_asks_nothing_of_the_network():
    assert "https://" not in NetworkLens._esm and "http://" not in NetworkLens._esm
