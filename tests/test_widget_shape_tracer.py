"""ShapeTracer's Python side: presets, the network it hands out, the still picture."""

import numpy as np
import pytest
import torch
import traitlets
from support import is_one_sentence

from mnist_tutorial import model
from mnist_tutorial.widgets.shape_tracer.widget import PRESETS, ShapeTracer, trace


def test_the_repaired_stack_is_the_network_of_the_course():
    network = ShapeTracer().module()
    expected = model.ConvNet()
    assert model.count_parameters(network) == model.count_parameters(expected)
    expected.load_state_dict(
        dict(zip(expected.state_dict(), network.state_dict().values(), strict=True))
    )
    images = torch.randn(3, 1, 28, 28)
    torch.testing.assert_close(network(images), expected(images))


def test_the_published_stack_fails_at_64_and_loses_images_at_49():
    published = PRESETS["as published"]
    rows, error = trace(published, 64)
    assert len(rows) == 9 and "6272" in error
    rows, error = trace(published, 49)
    assert not error and rows[-1].output_shape == (9, 10)
    expected = model.PublishedConvNet()
    assert sum(row.parameters for row in rows) == model.count_parameters(expected)
    with pytest.raises(ValueError, match="does not run") as raised:
        ShapeTracer(preset="as published").module()
    assert is_one_sentence(raised)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("batch", [49, 64])
def test_every_preset_has_a_picture_and_says_what_it_shows(preset, batch):
    widget = ShapeTracer(preset=preset, batch=batch)
    data, _ = widget._repr_mimebundle_()
    assert 1_000 < len(data["image/png"]) < 100_000
    broken = preset == "as published" and batch == 64
    assert ("ends with an error" in widget.alt) == broken


def test_the_presets_are_not_changed_by_building():
    widget = ShapeTracer()
    widget.layers[0]["filters"] = 99
    assert PRESETS["repaired"][0]["filters"] == 32


def test_an_image_is_scaled_to_0_and_1():
    image = torch.linspace(-3, 5, 784).reshape(1, 28, 28)
    sent = np.frombuffer(ShapeTracer(image).image, "<f4")
    assert sent.min() == 0 and sent.max() == 1 and len(sent) == 784


@pytest.mark.parametrize(
    "given, named",
    [
        ({"preset": "wide"}, "'wide'"),
        ({"image": torch.zeros(2, 28, 28)}, r"\(2, 28, 28\)"),
        ({"image": torch.full((28, 28), float("nan"))}, "finite"),
        ({"image": torch.zeros(784)}, r"\(784,\)"),
        ({"image": torch.zeros(14, 56)}, r"\(14, 56\)"),
        ({"batch": 0}, "batch of 0"),
    ],
)
def test_what_it_cannot_take_is_one_sentence(given, named):
    with pytest.raises(ValueError, match=named) as error:
        ShapeTracer(**given)
    assert is_one_sentence(error)


def test_an_unknown_layer_is_one_sentence():
    with pytest.raises(ValueError, match="knows no layer") as error:
        trace([{"kind": "attention"}], 1)
    assert is_one_sentence(error)


CONV = {"filters": 2, "kernel": 3, "stride": 1, "padding": 1, "dilation": 1}


@pytest.mark.parametrize(
    "name, value, named",
    [
        ("batch", 0, "1 to 1,000"),
        ("batch", -5, "batch of -5"),
        ("batch", 100_000, "batch of 100,000"),
        ("batch", "many", "'many'"),
        ("layers", "x", "'x'"),
        ("layers", [{}], "Layer 1 is {}"),
        ("layers", ["relu"], "Layer 1 is 'relu'"),
        ("layers", [{"kind": "relu"}, {"kind": "dropout"}], "Layer 2 .* one of conv"),
        ("layers", [{"kind": ["conv"]}], "one of conv"),
        ("layers", [{"kind": "conv"}], "has no sizes; expected .* padding from 0"),
        ("layers", [{"kind": "conv", **CONV, "kernel": 0}], "kernel from 1"),
        ("layers", [{"kind": "conv", **CONV, "stride": None}], "stride from 1"),
        ("layers", [{"kind": "conv", **CONV, "filters": 10**9}], "up to 100,000"),
        ("layers", [{"kind": "max pool", "kernel": 2.5, "stride": 2}], "2.5"),
        ("layers", [{"kind": "relu", "slope": 1}], "expected none"),
    ],
)
def test_what_a_trait_cannot_take_is_one_sentence_and_the_old_value_stays(
    name, value, named
):
    widget = ShapeTracer(preset="small, after LeNet-5")
    before = getattr(widget, name)
    with pytest.raises((ValueError, traitlets.TraitError), match=named) as error:
        setattr(widget, name, value)
    assert is_one_sentence(error)
    assert getattr(widget, name) == before
    if not isinstance(value, str):
        widget.set_state({name: value})  # as from the browser
        assert widget.message == str(error.value)
        assert getattr(widget, name) == before


@pytest.mark.parametrize(
    "name, value",
    [
        ("batch", 1),
        ("batch", 1_000),
        ("layers", [{"kind": "view", "features": 1}]),
        ("layers", [{"kind": "view", "features": 100_000}]),
        ("layers", [{"kind": "conv", **dict.fromkeys(CONV, 1), "padding": 0}]),
    ],
)
def test_the_outermost_values_are_taken(name, value):
    widget = ShapeTracer(preset="small, after LeNet-5")
    setattr(widget, name, value)
    assert getattr(widget, name) == value


LOWEST = {
    "conv": {"filters": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1},
    "max pool": {"kernel": 1, "stride": 1},
    "average pool": {"kernel": 1, "stride": 1},
    "relu": {},
    "flatten": {},
    "view": {"features": 1},
    "linear": {"inputs": 1, "outputs": 1},
    "softmax": {},
}


@pytest.mark.parametrize(("kind", "sizes"), LOWEST.items())
def test_a_layer_has_the_sizes_of_its_kind_each_from_its_lowest_to_100_000(kind, sizes):
    widget, layer = ShapeTracer(preset="empty"), {"kind": kind}
    taken = [sizes, *(sizes | {name: 100_000} for name in sizes)]
    if kind == "linear":
        taken.append(sizes | {"inputs": None})  # found by itself
    for one in taken:
        widget.layers = [layer | one]
        assert widget.layers == [layer | one]
    wrong = [sizes | {name: low - 1} for name, low in sizes.items()]
    wrong += [sizes | {name: 100_001} for name in sizes]
    wrong += [sizes | {name: True} for name in sizes] + [sizes | {"more": 1}]
    wrong += [{n: v for n, v in sizes.items() if n != name} for name in sizes]
    wrong += [sizes | {name: None} for name in sizes if name != "inputs"]
    for one in wrong:
        with pytest.raises(ValueError, match=f"^Layer 1, {kind}, has "):
            widget.layers = [layer | one]


def test_a_stack_is_made_of_the_layers_that_it_names():
    layers = [
        {"kind": "conv", "filters": 2, "kernel": 3, "stride": 2, "padding": 1}
        | {"dilation": 2},
        {"kind": "relu"},
        {"kind": "average pool", "kernel": 2, "stride": 3},
        {"kind": "max pool", "kernel": 3, "stride": 1},
        {"kind": "flatten"},
        {"kind": "linear", "inputs": None, "outputs": 4},
        {"kind": "softmax"},
        {"kind": "view", "features": 2},
    ]
    widget = ShapeTracer(preset="empty", batch=3)
    widget.layers = layers
    conv, _, average, largest, _, linear, softmax, _ = network = widget.module()
    assert (conv.stride, conv.padding, conv.dilation) == ((2, 2), (1, 1), (2, 2))
    assert (average.kernel_size, average.stride) == (2, 3)
    assert isinstance(average, torch.nn.AvgPool2d)
    assert (largest.kernel_size, largest.stride) == (3, 1)
    assert isinstance(largest, torch.nn.MaxPool2d)
    images = torch.rand(3, 1, 28, 28)
    shares = torch.nn.Sequential(*network[:7])(images)
    torch.testing.assert_close(shares.sum(1), torch.ones(3))
    assert torch.equal(network(images), shares.view(6, 2)) and softmax.dim == 1
    assert linear.in_features == 8


def test_multiplications_of_one_image_are_counted_also_where_one_is_all():
    layers = [{"kind": "conv", **CONV, "filters": 1}, {"kind": "flatten"}]
    layers.append({"kind": "linear", "inputs": None, "outputs": 1})
    rows, _ = trace(layers, 1)
    assert [row.macs for row in rows] == [9 * 784, 0, 784]
    assert [row.parameters for row in rows] == [10, 0, 785]


@pytest.mark.parametrize("preset", PRESETS.values())
def test_every_preset_can_be_set(preset):
    widget = ShapeTracer(preset="empty")
    widget.layers = preset
    assert widget.layers == preset
