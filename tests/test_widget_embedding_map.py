"""EmbeddingMap without a browser: features, plane, what it sends and refuses."""

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import interpret, model
from mnist_tutorial.widgets.embedding_map.widget import EmbeddingMap, principal_plane

IMAGES, LABELS = torch.zeros(3, 1, 28, 28), torch.arange(3)
MLP = model.mlp(8)


def floats(content: bytes) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(content, "<f4").copy())


@pytest.fixture
def part():
    images, labels = mnist_splits().validation
    return images[:200], labels[:200]


def test_the_plane_is_that_of_greatest_variance():
    torch.manual_seed(0)
    spread = torch.tensor([0.1, 5, 0.2, 2, 0.1])
    features = torch.randn(500, 5) * spread + 3
    plane = principal_plane(features)
    torch.testing.assert_close(plane.axes @ plane.axes.T, torch.eye(2))
    assert plane.axes[0, 1] > 0.99 and plane.axes[1, 3] > 0.99
    points = plane.project(features)
    torch.testing.assert_close(points.mean(0), torch.zeros(2), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        points.var(0) / features.var(0).sum(), plane.shares, atol=1e-4, rtol=1e-3
    )
    again = principal_plane(-features)
    torch.testing.assert_close(again.axes, plane.axes, atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", [(3, 1), (3, 64), (2, 64)])
def test_few_points_or_numbers_still_have_a_plane(shape):
    plane = principal_plane(torch.rand(shape))
    assert plane.axes.shape == (2, shape[1]) and plane.shares.shape == (2,)
    assert plane.project(torch.rand(shape)).isfinite().all()
    assert principal_plane(torch.ones(shape)).shares.isfinite().all()


def test_nothing_is_computed_until_asked(part):
    calls = []
    net = model.mlp(8)
    net.register_forward_hook(lambda *_: calls.append(1))
    widget = EmbeddingMap(net, *part, count=150)
    widget.picture()
    assert widget.features == b"" and not calls
    widget._handle_custom_msg({"kind": "compute"}, [])
    right = interpret.embedding(net, part[0][:150])
    torch.testing.assert_close(floats(widget.features).view(150, 64), right)
    plane = principal_plane(right)
    torch.testing.assert_close(floats(widget.axes).view(2, 64), plane.axes)
    torch.testing.assert_close(floats(widget.mean), plane.mean)
    assert widget.message == "" and len(floats(widget.labels)) == 150


def test_known_features_are_shown_at_once(part):
    features = torch.rand(200, 64)
    widget = EmbeddingMap(MLP, *part, features, count=50)
    assert torch.equal(floats(widget.features).view(50, 64), features[:50])


def test_the_picture_is_small_and_says_what_it_shows(part):
    net = model.load_pretrained()
    images, labels = (values[:2000] for values in mnist_splits().validation)
    features = interpret.embedding(net, images)
    for widget, axes in (
        (EmbeddingMap(MLP, *part), 10),
        (EmbeddingMap(net, images, labels, features), 1),
        (EmbeddingMap(MLP, IMAGES, LABELS), 10),
        (EmbeddingMap(MLP, IMAGES, LABELS, torch.zeros(3, 64)), 1),
    ):
        content = widget._repr_mimebundle_()[0]["image/png"]
        assert 500 < len(content) < 40_000
        figure = widget.picture()
        assert len(figure.axes) == axes and figure.get_size_inches()[0] <= 7
        assert is_one_sentence(widget.alt) and widget.alt in repr(widget)


def broken():
    net = model.mlp(8)
    net[1].weight.data[3, 3] = torch.nan
    return net


def narrow():
    return nn.Sequential(nn.Flatten(), nn.Linear(7, 8), nn.ReLU(), nn.Linear(8, 10))


def overflowing():
    net = model.mlp(8)
    net[1].weight.data.fill_(3e38)
    return net


def test_features_that_are_not_finite_are_a_sentence_in_the_widget(part):
    widget = EmbeddingMap(overflowing(), *part)
    widget._handle_custom_msg({"kind": "compute"}, [])
    assert "finite" in widget.message and widget.features == b""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((model.PublishedConvNet(), IMAGES, LABELS), "PublishedConvNet"),
        ((nn.Sequential(nn.Flatten(), nn.ReLU()), IMAGES, LABELS), "ends in relu"),
        ((nn.Sequential(nn.Flatten(), nn.Linear(784, 2)), IMAGES, LABELS), "ten"),
        ((nn.Sequential(), IMAGES, LABELS), "ends in nothing"),
        ((narrow(), IMAGES, LABELS), "does not take"),
        ((broken(), IMAGES, LABELS), "nan or infinite"),
        ((MLP, IMAGES[:, 0], LABELS), r"\(3, 28, 28\)"),
        ((MLP, IMAGES[:2], LABELS[:2]), "three images"),
        ((MLP, IMAGES, LABELS[:2]), "one whole number per image"),
        ((MLP, IMAGES, LABELS, torch.zeros(3, 10)), r"\(3, 64\)"),
        ((MLP, IMAGES, LABELS, torch.full((3, 64), torch.inf)), "finite"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        EmbeddingMap(*arguments)
    assert is_one_sentence(error)


def test_of_many_images_it_shows_2000_where_no_count_is_given():
    images = torch.zeros(2001, 1, 28, 28)
    widget = EmbeddingMap(MLP, images, torch.zeros(2001, dtype=torch.long))
    assert len(floats(widget.labels)) == 2000


def test_what_is_no_question_is_left_alone(part):
    widget = EmbeddingMap(MLP, *part)
    widget._handle_custom_msg({"kind": "other"}, [])
    assert widget.features == b"" and widget.message == ""


def test_a_count_below_three_is_refused():
    with pytest.raises(ValueError, match="count of 2"):
        EmbeddingMap(MLP, IMAGES, LABELS, count=2)
