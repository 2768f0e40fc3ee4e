"""The plane through three points of weight space, and the ways on it."""

import pytest
import torch

from mnist_tutorial import data, model, train
from mnist_tutorial.experiments import common, faq, loss_plane


def test_two_directions_are_at_right_angles_and_reach_both_points():
    start, first, second = torch.randn(
        3, 20, generator=torch.Generator().manual_seed(0)
    )
    plane = loss_plane.directions(start, first, second)
    torch.testing.assert_close(plane @ plane.T, torch.eye(2))
    for point in (first, second):
        shadow = start + ((point - start) @ plane.T) @ plane
        torch.testing.assert_close(shadow, point)


def test_a_way_is_the_training_that_it_says():
    points = loss_plane.walk("momentum", 0.05, steps=10, seed=3)
    torch.manual_seed(3)
    net = model.ConvNet(8)
    assert torch.equal(points[0], loss_plane.flat(net))
    batches = data.Batches(*common.subset(10_000), seed=3)
    method = faq.OPTIMIZERS["momentum"](net.parameters(), 0.05)
    list(common.train_steps(net, batches, 10, method))
    torch.testing.assert_close(points[-1], loss_plane.flat(net))
    assert len(points) == 11


def test_the_losses_are_those_of_the_points_and_two_ends_lie_in_the_plane():
    rates = {"SGD": 0.1, "momentum": 0.02, "Adam": 0.003}
    plane = loss_plane.loss_plane(rates, steps=10, seed=0, side=3)
    assert plane.shares["momentum"] == pytest.approx(1, abs=1e-3)
    assert plane.shares["Adam"] == pytest.approx(1, abs=1e-3)
    assert plane.shares["SGD"] < 0.999
    assert plane.losses.shape == (3, 3)
    left, right, bottom, top = plane.extent
    for path in plane.paths.values():
        assert torch.equal(path[0], torch.zeros(2)) and path.shape == (11, 2)
        x, y = path.T
        assert (x > left).all() and (x < right).all()
        assert (y > bottom).all() and (y < top).all()
    net = model.ConvNet(8)
    end = loss_plane.walk("Adam", 0.003, 10, 0)[-1]
    torch.nn.utils.vector_to_parameters(end, net.parameters())
    images, labels = (part[: loss_plane.IMAGES] for part in common.choosing())
    expected = train.evaluate(net, images, labels).loss
    assert plane.between[2] == pytest.approx(expected, rel=1e-4)


def test_the_plane_is_a_square_with_room_around_all_points():
    points = torch.tensor([[0.0, 0.0], [4.0, 2.0], [1.0, 1.0]])
    assert loss_plane._around(points) == pytest.approx((-0.8, 4.8, -1.8, 3.8))


def test_every_loss_stands_at_its_place_and_the_last_two_ends_span_the_plane(
    monkeypatch,
):
    """With a loss that can be written down: the square of the distance to the start."""
    size = model.count_parameters(model.ConvNet(8))
    start = torch.full((size,), 0.5)
    axes = torch.eye(3, size)
    ends = {"a": 3 * axes[0] + 4 * axes[2], "b": 2 * axes[0], "c": axes[0] + axes[1]}

    def walk(name, lr, steps, seed, device):
        assert (lr, steps, seed, device) == (0.25, 7, 5, "cpu")
        return start + torch.linspace(0, 1, 11)[:, None] * ends[name]

    def evaluate(net, images, labels):
        assert len(images) == len(labels) == loss_plane.IMAGES
        return train.Evaluation((loss_plane.flat(net) - start).square().sum().item(), 0)

    monkeypatch.setattr(loss_plane, "walk", walk)
    monkeypatch.setattr(train, "evaluate", evaluate)
    plane = loss_plane.loss_plane(dict.fromkeys(ends, 0.25), 7, 5, side=4)
    usual = loss_plane.loss_plane(dict.fromkeys(ends, 0.25), 7, 5)
    assert usual.losses.shape == (17, 17) and usual.extent == plane.extent
    assert plane.extent == pytest.approx((-0.6, 3.6, -1.6, 2.6))
    x, y = torch.linspace(-0.6, 3.6, 4), torch.linspace(-1.6, 2.6, 4)
    expected = x[None, :].square() + y[:, None].square()
    torch.testing.assert_close(plane.losses, expected, rtol=1e-3, atol=1e-3)
    assert plane.between == pytest.approx((4, 1.5**2 + 0.5**2, 2), rel=1e-3)
    assert plane.shares == pytest.approx({"a": 9 / 25, "b": 1, "c": 1}, rel=1e-3)
    last = {name: path[-1].tolist() for name, path in plane.paths.items()}
    for name, end in (("a", [3, 0]), ("b", [2, 0]), ("c", [1, 1])):
        assert last[name] == pytest.approx(end, abs=1e-3)
