"""Fixed kernels before a vote: the kernels, the fit, and the rungs of the ladder."""

import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial import data, distortions
from mnist_tutorial.experiments import common, tables, untrained


@pytest.fixture
def few(monkeypatch):
    """So few images that a rung takes no time."""
    splits = data.Splits(*[common.subset(300)] * 3)
    monkeypatch.setattr(common, "splits", lambda: splits)
    return splits


def test_the_edge_kernels_are_sobels_turned_by_an_eighth_each():
    kernels = untrained.edge_kernels()[:, 0]
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    assert kernels.shape == (8, 3, 3) and kernels[0].equal(sobel)
    for k in range(8):
        assert kernels[(k + 2) % 8].equal(kernels[k].rot90(-1)), (
            "a quarter to the right"
        )
    assert kernels[1].equal(torch.tensor([[-2.0, -1, 0], [-1, 0, 1], [0, 1, 2]]))


def test_random_kernels_sum_to_0_and_depend_on_the_seed_only():
    kernels = untrained.random_kernels(3)
    assert kernels.shape == (8, 1, 3, 3)
    assert kernels.sum((2, 3)).abs().max() < 1e-5
    assert kernels.equal(untrained.random_kernels(3))
    assert not kernels.equal(untrained.random_kernels(4))


def test_a_step_in_parts_is_the_step():
    images = torch.rand(2_300, 1, 4, 4)
    result = untrained.in_parts(lambda part: 2 * part, images)
    assert result.equal(2 * images.flatten(1))


def test_votes_without_a_penalty_are_least_squares():
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(50) % 10
    ones = torch.cat([x, torch.ones(50, 1)], 1).double()
    expected = torch.linalg.lstsq(ones, F.one_hot(labels, 10).double()).solution
    torch.testing.assert_close(untrained.fit_votes(x, labels, 0.0), expected)


def test_a_penalty_makes_weights_small_and_leaves_the_offset_free():
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(40) % 10
    weights = untrained.fit_votes(x, labels, 1e9)
    assert weights[:3].abs().max() < 1e-6
    torch.testing.assert_close(weights[3], torch.full((10,), 0.1).double())


def test_the_accuracy_counts_the_offset():
    weights = torch.zeros(3, 10).double()
    weights[0, 4], weights[2, 7] = 2, 1  # the offset votes for 7
    features = torch.tensor([[1.0, 0], [0, 0], [0, 5]])
    assert untrained.accuracy(features, weights, torch.tensor([4, 7, 7])) == 1
    assert untrained.accuracy(features, weights, torch.tensor([4, 4, 7])) < 1


NUMBERS = {"raw pixels": 784, "pixels, max pool": 49}


@pytest.mark.parametrize("rung", untrained.LADDER)
def test_a_rung_makes_as_many_numbers_as_it_should(rung):
    step = untrained.LADDER[rung](0)
    ink = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    features = untrained.in_parts(step, ink)
    assert features.shape == (3, NUMBERS.get(rung, 392))
    linear = rung in ("raw pixels", "edges, average pool")
    negative = untrained.in_parts(step, -ink)
    assert torch.allclose(negative, -features, atol=1e-5) == linear
    if "ReLU" in rung:
        assert features.min() >= 0


def test_what_stands_alone_is_one_number_of_each_pool():
    maps = torch.arange(64.0).reshape(1, 1, 8, 8)
    kept = untrained.every_fourth(maps)
    pools = maps.unfold(2, 4, 4).unfold(3, 4, 4).flatten(-2)
    assert (pools == kept[..., None]).sum(-1).eq(1).all()
    assert kept.flatten().tolist() == [18, 22, 50, 54]  # a pixel after the middle


def test_dense_numbers_vote_over_all_pixels_with_an_offset_and_depend_on_the_seed():
    black, white = torch.zeros(1, 1, 28, 28), torch.ones(1, 1, 28, 28)
    step = untrained.dense(0)
    # Of a normal variable the part above 0 has half of the mean square.
    assert step(black).square().mean().item() == pytest.approx(0.5, rel=0.2)
    assert step(white).square().mean().item() == pytest.approx(1, rel=0.2)
    assert 0.4 < (step(white) == 0).double().mean() < 0.6
    assert step(white).equal(untrained.dense(0)(white))
    assert not step(white).equal(untrained.dense(1)(white))


def test_shuffled_images_are_all_shuffled_alike_and_by_the_seed():
    ink = torch.arange(2 * 784.0).reshape(2, 1, 28, 28)
    first, second = untrained.shuffled(0, lambda images: images)(ink)
    assert first.flatten().sort().values.equal(ink[0].flatten())
    assert second.equal(first + 784) and not first.equal(ink[0])
    other, _ = untrained.shuffled(1, lambda images: images)(ink)
    assert not other.equal(first)


def test_shifted_images_come_from_four_sides_and_black_comes_in():
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 2, 2] = 1
    moved = untrained.shifted(image, 1, black=-3.0)
    places = [m[0, 0].argmax().item() for m in moved]
    assert places == [13, 11, 17, 7]  # right, left, down, up of 12
    assert all((m == -3).sum() == 5 for m in moved)


def test_a_run_learns_and_loses_by_a_shift(few):
    result = untrained.run_untrained(rung="edges, ReLU, max pool", images=200, seed=0)
    assert result["numbers"] == 392
    assert result["penalty"] in untrained.PENALTIES
    assert 0.3 < result["shifted_accuracy"] < result["reporting_accuracy"]
    assert result["reporting_accuracy"] > 0.8


def test_the_penalty_is_the_best_on_the_choosing_part(few, monkeypatch):
    run = {"rung": "raw pixels", "images": 100, "seed": 0}
    result = untrained.run_untrained(**run)
    chosen = result["penalty"]
    step, black = untrained.LADDER["raw pixels"](0), few.train.images.min()
    order = torch.randperm(300, generator=torch.Generator().manual_seed(0))[:100]
    x = untrained.in_parts(step, few.train.images[order] - black)
    new = untrained.in_parts(step, common.choosing().images - black)
    scores = {
        penalty: untrained.accuracy(
            new,
            untrained.fit_votes(x, few.train.labels[order], penalty),
            common.choosing().labels,
        )
        for penalty in untrained.PENALTIES
    }
    assert scores[chosen] == max(scores.values()) > min(scores.values())
    weights = untrained.fit_votes(x, few.train.labels[order], chosen)
    reporting, moved = common.reporting(), []
    for way in ({"right": 3}, {"right": -3}, {"down": 3}, {"down": -3}):
        seen = distortions.affine(reporting.images, black=black.item(), **way)
        features = untrained.in_parts(step, seen - black)
        moved.append(untrained.accuracy(features, weights, reporting.labels))
    assert result["shifted_accuracy"] == pytest.approx(sum(moved) / 4, abs=0.005)


def test_each_rung_is_run_with_five_seeds():
    runs = untrained.untrained_runs()
    assert len(runs) == 5 * len(untrained.LADDER)
    assert {run["rung"] for run in runs} == untrained.LADDER.keys()


def test_the_committed_table_says_what_the_notebook_says():
    rows = tables.load_results("untrained")
    still = {n: sum(r) / 5 for n, r in tables.by_seed(rows, ["rung"]).items()}
    assert still["edges, average pool"] < still["raw pixels"]
    assert still["edges, ReLU, no pool"] < still["edges, ReLU, average pool"] - 0.05
    assert still["dense random ReLUs"] < still["random, ReLU, max pool"]
    apart = still["shuffled, edges, ReLU, average pool"]
    assert apart < still["edges, ReLU, average pool"] - 0.05
    assert abs(apart - still["dense random ReLUs"]) < 0.01
