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
