"""Distortions: each moves what it says, by how much it says, and nothing else."""

import pytest
import torch
import torch.nn.functional as F
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import data, distortions, model
from mnist_tutorial.distortions import BLACK, WHITE


def images(n: int = 8) -> torch.Tensor:
    return mnist_splits().validation.images[:n]


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def dot(row: int, column: int) -> torch.Tensor:
    """One white pixel on black."""
    image = torch.full((1, 1, 28, 28), BLACK)
    image[0, 0, row, column] = WHITE
    return image


def test_black_and_white_are_those_of_the_grey_levels():
    both = data.normalise(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    torch.testing.assert_close(both.flatten(), torch.tensor([BLACK, WHITE]))


def test_a_move_by_whole_pixels_is_exact_and_brings_in_black():
    x = images()
    torch.testing.assert_close(distortions.affine(x), x)
    moved = distortions.affine(x, down=3, right=-2)
    torch.testing.assert_close(moved[..., 3:, :-2], x[..., :-3, 2:])
    torch.testing.assert_close(moved[..., :3, :], torch.full((8, 1, 3, 28), BLACK))


def test_other_data_have_a_black_of_their_own():
    x = torch.full((4, 1, 28, 28), -0.8)
    torch.testing.assert_close(distortions.affine(x, down=3, black=-0.8), x)
    assert not torch.equal(distortions.affine(x, down=3), x)
    batches = distortions.Jittered(x, torch.arange(4), size=4, black=-0.8)
    torch.testing.assert_close(next(batches.epoch())[0], x)


def test_a_turn_is_counter_clockwise_and_a_scale_enlarges():
    x = images()
    turned = distortions.affine(x, degrees=90)
    torch.testing.assert_close(turned, x.rot90(1, (2, 3)), atol=1e-4, rtol=0)
    block = torch.full((1, 1, 28, 28), BLACK)
    block[..., 10:18, 10:18] = WHITE
    ink = [(distortions.affine(block, scale=s) - BLACK).sum() for s in (0.5, 1, 2)]
    assert ink[1] / ink[0] == pytest.approx(4, rel=0.05)
    assert ink[2] / ink[1] == pytest.approx(4, rel=0.05)


def test_each_image_may_have_its_own_move():
    x = images(2)
    both = distortions.affine(x, right=torch.tensor([0.0, 4.0]))
    torch.testing.assert_close(both[:1], x[:1])
    torch.testing.assert_close(both[1:], distortions.affine(x[1:], right=4))


def test_jitter_depends_on_the_generator_alone_and_batches_on_seed_and_epoch():
    x = images()
    same = [distortions.jitter(x, chance(3)) for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], distortions.jitter(x, chance(4)))
    still = distortions.jitter(x, chance(), degrees=0, shift=0, scale=0)
    torch.testing.assert_close(still, x)
    batches = distortions.Jittered(x, torch.arange(8), size=3, seed=1)
    whole, rest = list(batches.epoch(2)), list(batches.epoch(2, start=1))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(whole[1:], rest, strict=True))


def test_jitter_turns_moves_and_resizes_evenly_up_to_its_limits(monkeypatch):
    monkeypatch.setattr(distortions, "affine", lambda images, **how: how)
    how = distortions.jitter(torch.zeros(20_000, 1, 1, 1), chance())
    assert how.pop("black") == BLACK
    limits = {"degrees": 10, "down": 2, "right": 2, "scale": 0.1}
    assert how.keys() == limits.keys()
    how["scale"] = how["scale"] - 1
    for name, limit in limits.items():
        share = (how[name] / limit).double()
        assert 0.99 < share.max() <= 1 and -1 <= share.min() < -0.99
        assert share.mean().item() == pytest.approx(0, abs=0.02)
        assert share.square().mean().item() == pytest.approx(1 / 3, abs=0.01)
    four = torch.stack(list(how.values()))
    assert torch.corrcoef(four).fill_diagonal_(0).abs().max() < 0.05


def test_every_image_is_jittered_anew_in_each_epoch_and_batch_and_for_each_seed():
    x = images(1).expand(6, -1, -1, -1)  # alike, so that their order changes nothing

    def dealt(seed, epoch):
        batches = distortions.Jittered(x, torch.arange(6), size=3, seed=seed)
        return torch.cat([images for images, _ in batches.epoch(epoch)])

    seen = torch.cat([dealt(1, 2), dealt(1, 3), dealt(2, 2)]).flatten(1)
    assert len(seen.unique(dim=0)) == 18
    assert torch.equal(dealt(1, 2), dealt(1, 2))


def test_noise_has_the_spread_asked_for_and_stays_between_black_and_white():
    grey = torch.full((50, 1, 28, 28), (0.5 - data.MEAN) / data.STD)
    noisy = distortions.noisy(grey, 0.05, chance())
    levels = noisy * data.STD + data.MEAN
    assert levels.mean().item() == pytest.approx(0.5, abs=1e-3)
    assert levels.std().item() == pytest.approx(0.05, rel=0.03)
    strong = distortions.noisy(grey, 2.0, chance())
    assert strong.min().item() == pytest.approx(BLACK)
    assert strong.max().item() == pytest.approx(WHITE)
    assert torch.equal(noisy, distortions.noisy(grey, 0.05, chance()))
    assert not torch.equal(noisy, distortions.noisy(grey, 0.05, chance(1)))
    torch.testing.assert_close(distortions.noisy(grey, 0, chance()), grey)


def test_a_blur_is_a_gaussian_that_keeps_the_ink_and_its_place():
    sharp = dot(13, 15)
    assert torch.equal(distortions.blurred(sharp, 0), sharp)
    ink = (distortions.blurred(sharp, 1.5) - BLACK)[0, 0] / (WHITE - BLACK)
    assert ink.sum().item() == pytest.approx(1, abs=1e-5)
    place = torch.arange(28.0)
    for axis, middle in ((1, 13), (0, 15)):
        share = ink.sum(axis)
        assert (share * place).sum().item() == pytest.approx(middle, abs=1e-4)
        spread = (share * (place - middle) ** 2).sum().sqrt().item()
        assert spread == pytest.approx(1.5, rel=0.03)


def test_a_blur_finds_black_beyond_the_border_and_refuses_a_negative_width():
    blank = torch.full((1, 1, 28, 28), BLACK)
    torch.testing.assert_close(distortions.blurred(blank, 2.0), blank)
    with pytest.raises(ValueError, match="0 or more pixels, not -1") as error:
        distortions.blurred(blank, -1)
    assert is_one_sentence(error)


def test_fgsm_on_a_linear_classifier_is_the_sign_that_can_be_written_down():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).double()
    grey = torch.full((3, 1, 28, 28), (0.5 - data.MEAN) / data.STD).double()
    labels = torch.tensor([0, 4, 9])
    weight = net[1].weight.detach()
    probs = net(grey).softmax(1).detach()
    slope = (probs - F.one_hot(labels, 10)) @ weight
    expected = grey + 0.1 / data.STD * slope.sign().reshape(grey.shape)
    result = distortions.fgsm(net, grey, labels, 0.1)
    torch.testing.assert_close(result, expected)


def test_fgsm_raises_the_loss_within_epsilon_and_the_valid_range():
    net = model.load_pretrained()
    x, labels = images(64), mnist_splits().validation.labels[:64]
    before = x.clone()
    result = distortions.fgsm(net, x, labels, 0.1)
    assert torch.equal(x, before) and not result.requires_grad
    assert (result - x).abs().max() <= 0.1 / data.STD + 1e-5
    assert result.min() >= BLACK and result.max() <= WHITE
    with torch.no_grad():
        assert F.cross_entropy(net(result), labels) > 5 * F.cross_entropy(
            net(x), labels
        )
    torch.testing.assert_close(distortions.fgsm(net, x, labels, 0), x)


def test_fgsm_leaves_the_model_as_it_was_and_works_without_gradients():
    net = model.load_pretrained().train()
    x, labels = images(4), mnist_splits().validation.labels[:4]
    with torch.no_grad():
        result = distortions.fgsm(net, x, labels, 0.1)
    assert net.training and all(p.grad is None for p in net.parameters())
    assert not torch.equal(result, x)


def test_fgsm_attacks_the_net_as_it_is_used_not_its_dropout():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(784, 10)).train()
    x, labels = images(4), mnist_splits().validation.labels[:4]
    result = [distortions.fgsm(net, x, labels, 0.1) for _ in range(2)]
    assert torch.equal(*result) and net[1].training


def test_many_small_steps_find_more_loss_than_one_and_keep_to_the_same_bound():
    net = model.load_pretrained()
    x, labels = images(64), mnist_splits().validation.labels[:64]
    before = x.clone()
    one = distortions.fgsm(net, x, labels, 0.15)
    many = distortions.pgd(net, x, labels, 0.15, steps=10)
    assert torch.equal(x, before) and not many.requires_grad
    assert (many - x).abs().max() <= 0.15 / data.STD + 1e-5
    assert many.min() >= BLACK and many.max() <= WHITE
    with torch.no_grad():
        losses = [F.cross_entropy(net(found), labels) for found in (one, many)]
    assert losses[1] > 1.5 * losses[0]


def test_the_slopes_of_many_images_are_those_of_each():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).double()
    x, labels = torch.randn(450, 1, 28, 28).double(), torch.arange(450) % 10
    found = distortions.slopes(net, x, labels)
    goal = F.one_hot(labels, 10)
    expected = (net(x).softmax(1) - goal).detach() @ net[1].weight.detach()
    torch.testing.assert_close(found, expected.reshape(x.shape))


def test_a_slope_needs_a_label_for_each_image():
    net = nn.Sequential(nn.Flatten(), nn.Linear(1, 10))
    with pytest.raises(ValueError):
        distortions.slopes(net, torch.zeros(400, 1, 1, 1), torch.zeros(200).long())


@pytest.mark.parametrize(("how", "steps"), [({}, 20), ({"steps": 5}, 5)])
def test_each_of_the_many_steps_is_a_share_of_the_bound_that_reaches_past_it(
    how, steps, monkeypatch
):
    seen = []

    def slopes(model, moved, labels):
        seen.append(moved)
        return torch.ones_like(moved)

    monkeypatch.setattr(distortions, "slopes", slopes)
    grey = torch.full((1, 1, 2, 2), (0.5 - data.MEAN) / data.STD)
    result = distortions.pgd(nn.Identity(), grey, torch.zeros(1), 0.2, **how)
    assert len(seen) == steps
    for k, moved in enumerate([*seen, result]):
        change = (moved - grey) * data.STD
        expected = torch.full_like(grey, 0.2 * min(1, 2.5 * k / steps))
        torch.testing.assert_close(change, expected)


def test_twenty_steps_of_nothing_ask_for_no_slope(monkeypatch):
    monkeypatch.setattr(distortions, "slopes", None)
    x, labels = images(4), mnist_splits().validation.labels[:4]
    result = distortions.pgd(nn.Identity(), x, labels, 0)
    assert torch.equal(result, x) and result is not x


def test_on_a_linear_classifier_of_two_classes_the_many_steps_end_where_one_does():
    """Its slope has the same signs everywhere, so there is nothing to find."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 2)).double()
    grey = torch.full((3, 1, 28, 28), (0.5 - data.MEAN) / data.STD).double()
    labels = torch.tensor([0, 1, 1])
    one, many = (f(net, grey, labels, 0.1) for f in (distortions.fgsm, distortions.pgd))
    torch.testing.assert_close(many, one)


def test_a_shuffled_attack_changes_as_many_pixels_by_as_much_elsewhere():
    net = model.load_pretrained()
    x, labels = images(32), mnist_splits().validation.labels[:32]
    attack = distortions.fgsm(net, x, labels, 0.15)
    result = distortions.shuffled(x, attack, chance())
    assert result.min() >= BLACK and result.max() <= WHITE
    aimed, blind = (attack - x).flatten(1), (result - x).flatten(1)
    black = (x <= BLACK + 1e-5).flatten(1)
    for k in range(32):  # on black nothing is clamped: the same numbers, mixed
        there = (part[k][black[k]] for part in (aimed, blind))
        torch.testing.assert_close(*(part.sort().values for part in there))
    many = [(part.abs() > 1e-5).double().mean() for part in (aimed, blind)]
    assert abs(many[0] - many[1]) < 0.01
    assert (aimed - blind).abs().mean() > 0.2 * aimed.abs().mean()
    again = distortions.shuffled(x, attack, chance())
    torch.testing.assert_close(again, result, rtol=0, atol=0)


@pytest.mark.parametrize("name", distortions.LADDERS)
def test_a_ladder_begins_with_the_images_and_each_rung_changes_them_more(name):
    _, strengths, distort = distortions.LADDERS[name]
    x = images(16)
    off = {s: (distort(x, s) - x).abs().mean().item() for s in strengths}
    still = 1 if name == "resized" else 0
    assert off[still] < 1e-5
    for side in (1, -1):
        rungs = [s for s in strengths if side * (s - still) >= 0]
        rungs.sort(key=lambda s: abs(s - still))
        assert [off[s] for s in rungs] == sorted(off[s] for s in rungs)


RUNGS = {
    "moved right": (3, lambda x: F.pad(x, (3, -3), value=BLACK)),
    "moved up": (2, lambda x: F.pad(x, (0, 0, -2, 2), value=BLACK)),
    "turned": (30, lambda x: distortions.affine(x, degrees=30)),
    "resized": (0.7, lambda x: distortions.affine(x, scale=0.7)),
    "blurred": (2, lambda x: distortions.blurred(x, 2)),
    "noisy": (0.4, lambda x: distortions.noisy(x, 0.4, chance())),
}


@pytest.mark.parametrize("name", distortions.LADDERS)
def test_a_rung_of_a_ladder_does_what_its_name_says(name):
    strength, by_hand = RUNGS[name]
    _, strengths, distort = distortions.LADDERS[name]
    assert strength in strengths
    torch.testing.assert_close(distort(images(4), strength), by_hand(images(4)))


def test_the_rungs_of_a_ladder_stand_where_a_digit_can_still_be_seen():
    units = [unit for unit, _, _ in distortions.LADDERS.values()]
    assert units[:4] == ["pixels", "pixels", "degrees", "size"]
    assert units[4:] == ["σ (pixels)", "standard deviation (grey levels)"]
    strengths = {name: rungs for name, (_, rungs, _) in distortions.LADDERS.items()}
    for name in ("moved right", "moved up"):  # pixel by pixel, a digit's margin and one
        assert strengths[name] == tuple(range(4 + 2))
    turns = strengths["turned"]
    assert turns == tuple(-degrees for degrees in reversed(turns))
    assert max(strengths["resized"]) * 20 == 28  # what is larger leaves the image
    assert min(strengths["resized"]) * 20 >= 10
    assert 6 * max(strengths["blurred"]) < 28
    assert max(strengths["noisy"]) < 1
    for rungs in strengths.values():
        assert list(rungs) == sorted(set(rungs))
    assert list(strengths) == list(RUNGS)
