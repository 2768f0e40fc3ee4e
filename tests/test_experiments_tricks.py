"""The tricks of 11: what each changes, how a rate is chosen, what a gain is."""

import pytest
import torch
from torch import nn

from mnist_tutorial import model, train
from mnist_tutorial.experiments import common, tables, tricks

NETWORK_TRICKS = ("batch norm", "one linear layer", "depth")

# The tricks


def test_smoothed_labels_keep_nine_tenths_and_deal_out_the_rest():
    images, labels = common.subset(4)
    ((_, soft),) = tricks.smoothed(iter([(images, labels)]))
    assert torch.allclose(soft.sum(1), torch.ones(4))
    assert torch.allclose(soft.gather(1, labels[:, None]), torch.tensor(0.91))
    assert soft.min().item() == pytest.approx(0.01)


def test_a_smoothed_label_costs_what_pytorch_says():
    images, labels = common.subset(4)
    ((_, soft),) = tricks.smoothed(iter([(images, labels)]))
    logits = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    expected = nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    torch.testing.assert_close(nn.functional.cross_entropy(logits, soft), expected)


def test_without_tricks_the_network_is_the_articles():
    torch.manual_seed(0)
    net, article = tricks.network((), 4), model.ConvNet(4)
    ours = [p for p in net.parameters()]
    theirs = [p for p in article.parameters()]
    assert [p.shape for p in ours] == [p.shape for p in theirs]
    with torch.no_grad():
        for a, b in zip(ours, theirs, strict=True):
            a.copy_(b)
    images = common.choosing().images[:8]
    expected = train.predict(article, images)
    torch.testing.assert_close(train.predict(net, images), expected)


def test_with_all_three_tricks_the_network_is_a_deep_normnet():
    torch.manual_seed(0)
    net = tricks.network(NETWORK_TRICKS, 4)
    torch.manual_seed(0)
    expected = model.NormNet(4, 2).state_dict()
    torch.testing.assert_close(net.state_dict(), expected)


@pytest.mark.parametrize("trick", NETWORK_TRICKS)
def test_a_trick_of_the_network_changes_what_its_name_says(trick):
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
    counts = [
        [
            sum(isinstance(m, kind) for m in tricks.network(some, 4).modules())
            for kind in kinds
        ]
        for some in ((), (trick,))
    ]
    expected = {
        "batch norm": [3, 3, 3],
        "one linear layer": [3, 0, 1],
        "depth": [6, 0, 3],
    }
    assert counts == [[3, 0, 3], expected[trick]]


@pytest.mark.parametrize("setting", tricks.SETTINGS)
def test_depth_costs_no_more_arithmetic_than_half_as_much_again(setting):
    names = frozenset(tricks.SETTINGS[setting])
    width = tricks.equal_width(names)
    shallow = common.macs(tricks.network(names - {"depth"}, tricks.WIDTH))
    cost = common.macs(tricks.network(names, width))
    assert width <= tricks.WIDTH
    if "depth" not in names:
        assert cost == shallow
    else:
        nearer = [
            common.macs(tricks.network(names, other))
            for other in (width - 1, width + 1)
        ]
        assert all(abs(cost - shallow) <= abs(other - shallow) for other in nearer)


@pytest.mark.parametrize("trick", tricks.TRICKS)
@pytest.mark.parametrize("company", ["alone", "all others"])
def test_each_trick_changes_the_run(trick, company):
    training = common.subset(32)
    others = [t for t in tricks.TRICKS if t != trick] if company != "alone" else []
    nets = [
        tricks.train_with(some, training, steps=2, seed=0, width=4)
        for some in (others, [*others, trick])
    ]
    before, after = (train.predict(net, common.choosing().images[:8]) for net in nets)
    assert not torch.equal(before, after)


def test_the_rate_is_that_of_the_optimizer_or_the_highest_of_the_cycle(monkeypatch):
    used = []
    original = common.train_sgd

    def watched(net, batches, steps, lr, **how):
        images, labels = next(batches)
        used.append((lr, how["cycle"], len(images)))
        yield from original(net, iter([(images, labels)]), steps, lr, **how)

    monkeypatch.setattr(tricks, "train_sgd", watched)
    for some in ((), ("schedule",)):
        tricks.train_with(some, common.subset(70), steps=1, seed=0, lr=0.07, width=2)
    assert used == [(0.07, False, 64), (0.07, True, 64)]


# The average of the last weights


@pytest.mark.parametrize(("steps", "memory"), [(3, 2), (60, 3)])
def test_the_average_remembers_a_twentieth_of_the_run_but_two_steps_at_least(
    steps, memory, monkeypatch
):
    passed = []
    original = common.train_sgd

    def watched(net, *args, **settings):
        for done in original(net, *args, **settings):
            passed.append(net.linear[4].weight.detach().clone())
            yield done

    monkeypatch.setattr(tricks, "train_sgd", watched)
    training = common.subset(8)
    net = tricks.train_with(("EMA",), training, steps=steps, seed=0, width=2)
    assert len(passed) == steps
    average = passed[0]
    for now in passed[1:]:
        average = average + (now - average) / memory
    torch.testing.assert_close(net.linear[4].weight.detach(), average)
    assert not torch.allclose(net.linear[4].weight, passed[-1])


def test_the_first_average_is_the_network_itself():
    training = common.subset(32)
    plain, averaged = (
        tricks.train_with(some, training, steps=1, seed=0, width=4)
        for some in (("batch norm",), ("batch norm", "EMA"))
    )
    torch.testing.assert_close(averaged.state_dict(), plain.state_dict())
    assert plain.features[1].running_mean.any()


# The frozen recipe


def test_the_best_recipe_has_every_trick_but_the_average_and_makes_its_network():
    assert {*tricks.BEST, "EMA"} == set(tricks.TRICKS) and "EMA" not in tricks.BEST
    net = tricks.train_with(tricks.BEST, common.subset(4), steps=1, seed=0)
    expected = model.NormNet(16, 2).state_dict()
    shapes = {name: values.shape for name, values in net.state_dict().items()}
    assert shapes == {name: values.shape for name, values in expected.items()}


# The tables


def test_the_settings_are_none_each_alone_all_and_all_but_each():
    assert len(tricks.SETTINGS) == 2 + 2 * len(tricks.TRICKS)
    assert tricks.SETTINGS["none"] == () and tricks.SETTINGS["all"] == tricks.TRICKS
    for trick in tricks.TRICKS:
        assert tricks.SETTINGS[f"only {trick}"] == (trick,)
        rest = tricks.SETTINGS[f"all but {trick}"]
        assert {*rest, trick} == set(tricks.TRICKS) and trick not in rest


def test_no_seed_that_is_reported_has_chosen_a_rate():
    assert not set(tricks.SEARCH_SEEDS) & set(tricks.SEEDS)
    assert len(tricks.SEARCH_SEEDS) >= 2 and len(tricks.SEEDS) >= 5


def test_the_rate_with_the_best_mean_is_chosen_and_of_two_the_lower():
    rows = [
        {"setting": setting, "lr": lr, "choosing_accuracy": accuracy}
        for setting, lr, accuracy in (
            *(("none", 0.1, 0.8), ("none", 0.1, 0.9), ("none", 0.2, 0.99)),
            *(("none", 0.2, 0.6), ("all", 0.2, 0.7), ("all", 0.05, 0.7)),
        )
    ]
    assert tricks.best_rates(rows) == {"none": 0.1, "all": 0.05}


def test_the_committed_search_is_of_all_rates_and_each_best_one_has_neighbours():
    rows = tables.load_results("trick_rates")
    names = ("setting", "lr", "images", "steps", "seed")
    assert [{n: row[n] for n in names} for row in rows] == tricks.rate_runs()
    for setting, lr in tricks.best_rates(rows).items():
        assert min(tricks.rates(setting)) < lr < max(tricks.rates(setting)), setting


def test_the_committed_tricks_ran_at_the_rates_of_the_search():
    rows = tables.load_results("tricks")
    names = ("setting", "lr", "images", "steps", "seed")
    expected = tricks.trick_runs(tables.load_results("trick_rates"))
    assert [{n: row[n] for n in names} for row in rows] == expected


def test_the_committed_tricks_ran_on_the_networks_of_their_settings():
    for row in tables.load_results("tricks"):
        names = tricks.SETTINGS[row["setting"]]
        if row["seed"] == 0:
            net = tricks.network(names, tricks.equal_width(frozenset(names)))
            assert row["parameters"] == model.count_parameters(net), row["setting"]


def test_a_run_trains_its_setting_and_looks_at_both_parts(monkeypatch):
    made = []
    original = tricks.train_with

    def watched(names, training, **how):
        made.append((tuple(names), len(training.labels), how))
        return original(names, training, **how)

    monkeypatch.setattr(tricks, "train_with", watched)
    run = {"lr": 0.02, "images": 64, "steps": 1, "seed": 5}
    result = tricks.run_tricks(setting="only depth", **run)
    width = tricks.equal_width(frozenset(["depth"]))
    how = {"steps": 1, "seed": 5, "lr": 0.02, "width": width}
    assert made == [(("depth",), 64, how)]
    net = original(("depth",), common.subset(64), **how)
    for name, part in (
        ("choosing", common.choosing()),
        ("reporting", common.reporting()),
    ):
        reached = train.evaluate(net, *part)
        assert result[f"{name}_accuracy"] == pytest.approx(reached.accuracy, abs=1e-6)
        assert result[f"{name}_loss"] == pytest.approx(reached.loss, abs=1e-6)
    assert result["parameters"] == model.count_parameters(net)


# Gains


def rows_of(reached: dict[str, list[float]]) -> list[dict]:
    return [
        {"setting": setting, "seed": seed, "reporting_accuracy": accuracy}
        for setting, accuracies in reached.items()
        for seed, accuracy in enumerate(accuracies)
    ]


def test_a_gain_is_a_difference_for_each_seed():
    reached = {setting: [0.9, 0.8, 0.95] for setting in tricks.SETTINGS}
    reached["none"] = [0.5, 0.6, 0.7]
    reached["only EMA"] = [0.52, 0.63, 0.74]
    reached["all but depth"] = [0.91, 0.8, 0.97]
    gains = tricks.gains(rows_of(reached))
    assert list(gains) == list(tricks.TRICKS)
    assert gains["EMA"].alone == pytest.approx((0.02, 0.03, 0.04))
    assert gains["depth"].in_company == pytest.approx((-0.01, 0, -0.02))
    assert gains["EMA"].in_company == (0, 0, 0)


def test_seeds_are_matched_by_their_number_not_by_their_place():
    reached = {setting: [0.9, 0.8, 0.95] for setting in tricks.SETTINGS}
    rows = rows_of(reached)
    mixed = [row for row in rows if row["setting"] != "none"]
    mixed += [row for row in rows if row["setting"] == "none"][::-1]
    assert tricks.gains(mixed)["EMA"].alone == (0, 0, 0)
