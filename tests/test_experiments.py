"""What is trained in the long experiments, and on what."""

import itertools

import pytest
import torch
from support import mnist_splits
from torch import nn

from mnist_tutorial import data, distortions, drawing, model, pictures, train
from mnist_tutorial.experiments import (
    common,
    faq,
    next_steps,
    readings,
    tables,
    travel,
    weights,
)

# Images to learn from, to choose by, to report on


def test_choosing_and_reporting_share_the_validation_set_and_no_image():
    validation = mnist_splits().validation
    chosen, reported = common.choosing(), common.reporting()
    assert (len(chosen.labels), len(reported.labels)) == (1_000, 4_000)
    together = torch.cat([chosen.images, reported.images])
    seen = {image.numpy().tobytes() for image in together}
    assert seen == {image.numpy().tobytes() for image in validation.images}


def test_training_steps_are_those_of_the_loop_and_pause_at_equal_parts():
    images, labels = common.subset(100)
    nets = []
    for hand in (True, False):
        torch.manual_seed(0)
        net = model.ConvNet(2)
        optimizer = train.sgd(net, 0.05, 0.9)
        batches = data.Batches(images, labels, size=40, seed=1)
        if hand:  # 100 images are three batches
            for epoch in (0, 1, 2):
                train.train_epoch(net, batches.epoch(epoch), optimizer)
        else:
            pauses = list(common.train_steps(net, batches, 9, optimizer, checks=2))
            assert pauses == [4, 9]
        nets.append(net)
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_a_training_pauses_at_its_end_alone_unless_more_is_asked_for():
    net = model.ConvNet(1)
    batches = data.Batches(*common.subset(4), size=2)
    optimizer = train.sgd(net, 0.01)
    assert list(common.train_steps(net, batches, 3, optimizer)) == [3]
    assert list(common.train_sgd(net, batches, 3)) == [3]


def test_by_sgd_a_training_is_one_cycle_in_float32_unless_it_is_told(monkeypatch):
    asked = []
    one_cycle = train.one_cycle

    def cycle(*args):
        asked.append("one cycle")
        return one_cycle(*args)

    def steps(net, batches, optimizer, scheduler, precision):
        asked.append((scheduler is not None, precision, len(list(batches))))
        return []

    monkeypatch.setattr(train, "one_cycle", cycle)
    monkeypatch.setattr(train, "steps", steps)
    net, batches = model.ConvNet(1), data.Batches(*common.subset(4), size=2)
    list(common.train_sgd(net, batches, 3))
    assert asked == ["one cycle", (True, "float32", 3)]
    asked.clear()
    list(common.train_sgd(net, batches, 3, cycle=False, precision="bfloat16"))
    assert asked == [(False, "bfloat16", 3)]


def test_an_outcome_is_of_ten_thousand_images_at_most_and_of_both_validations(
    monkeypatch,
):
    seen = []

    def evaluate(net, images, labels):
        seen.append(images)
        return train.Evaluation(len(images) / 3, len(labels) / 7)

    monkeypatch.setattr(train, "evaluate", evaluate)
    training = common.subset(10_002)
    result = common.outcome(model.ConvNet(1), training)
    expected = (training.images[:10_000], common.choosing()[0], common.reporting()[0])
    assert all(a.equal(b) for a, b in zip(seen, expected, strict=True))
    assert common.columns(result) == {
        "training_loss": 3333.333333,
        "training_accuracy": 1428.571429,
        "choosing_loss": 333.333333,
        "choosing_accuracy": 142.857143,
        "reporting_loss": 1333.333333,
        "reporting_accuracy": 571.428571,
    }


@pytest.mark.parametrize("widths", [range(2, 20), range(1, 2), range(3, 5)])
def test_the_width_of_a_cost_is_that_of_the_nearest(widths, monkeypatch):
    monkeypatch.setattr(common, "macs", lambda net: net)
    for aim in range(450):
        found = common.width_of_cost(aim, widths, lambda width: width * width)
        nearest = min(abs(width * width - aim) for width in widths)
        assert found in widths and abs(found**2 - aim) == nearest


def test_rates_that_differ_by_rounding_alone_are_equally_good():
    rows = [
        {"net": "a", "lr": lr, "choosing_accuracy": accuracy}
        for lr, accuracies in (
            (0.3, (0.1, 0.2)),  # which sum up to more than 0.3
            (0.1, (0.3, 0.0)),
            (0.2, (0.3000004, 0.0)),
            (0.4, (0.300001, 0.0)),
        )
        for accuracy in accuracies
    ]
    assert common.ranked_rates(rows, "net") == {"a": [0.4, 0.1, 0.2, 0.3]}


# What is trained


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_kernel_net_can_cost_what_3_by_3_costs(kernel, stride):
    width = faq.width_of_equal_cost(kernel, stride)
    aim = common.macs(model.KernelNet(3, 1, 8))
    cost = common.macs(model.KernelNet(kernel, stride, width))
    for other in (width - 1, width + 1):
        net = model.KernelNet(kernel, stride, other)
        assert abs(common.macs(net) - aim) >= abs(cost - aim)


def test_a_kernel_net_is_trained_at_the_rate_that_it_is_given():
    run = dict(kernel=3, stride=2, width=2, images=64, steps=3, seed=0)
    results = [faq.run_kernel(lr=lr, **run) for lr in (0.02, 0.2)]
    assert results[0]["training_loss"] != results[1]["training_loss"]
    torch.manual_seed(0)
    net = model.KernelNet(3, 2, 2)
    images = common.subset(64)
    common.train_cycle(net, data.Batches(*images, seed=0), 3, lr=0.2)
    expected = train.evaluate(net, *images).loss
    assert results[1]["training_loss"] == pytest.approx(expected, abs=1e-6)
    assert results[1]["parameters"] == model.count_parameters(net)
    assert results[1]["macs"] == common.macs(net)
    usual = faq.run_kernel(**run)
    assert usual == faq.run_kernel(lr=0.05, **run) != results[0]


@pytest.mark.parametrize("network", faq.NETWORKS)
def test_dropout_stands_before_every_linear_layer_that_sees_no_pixels(network):
    net = faq.NETWORKS[network]()
    linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    images = torch.randn(3, 1, 28, 28)
    before = net.eval()(images)
    faq.with_dropout(net, p=0.5)
    droppers = [layer for layer in net.modules() if isinstance(layer, nn.Dropout)]
    expected = [layer for layer in linear if layer.in_features != 784]
    assert len(droppers) == len(expected)
    assert torch.equal(net.eval()(images), before)
    assert not torch.equal(net.train()(images), before)
    assert net.train()(images).all()  # what is dropped goes in; no logit is


def test_random_labels_are_learned_by_nobody_but_the_training_set():
    result = faq.run_overfitting(
        network="MLP", images=50, remedy="none", labels="random", steps=200, seed=0
    )
    assert result["training_accuracy"] > 0.9
    assert result["reporting_accuracy"] < 0.25


def test_early_stopping_takes_the_check_that_was_best_on_the_choosing_images():
    run = dict(network="MLP", images=100, labels="true", steps=100, seed=0)
    early = faq.run_overfitting(remedy="early stopping", **run)
    assert early["stopped_at"] in range(10, 101, 10)
    torch.manual_seed(0)
    net = faq.NETWORKS["MLP"]()
    optimizer = train.sgd(net, 0.05, train.MOMENTUM)
    batches = data.Batches(*common.subset(100), size=64, seed=0)
    seen = [
        train.evaluate(net, *common.choosing()).accuracy
        for _ in common.train_steps(net, batches, 100, optimizer, checks=10)
    ]
    assert early["choosing_accuracy"] == pytest.approx(max(seen))
    assert early["stopped_at"] == 10 * (1 + seen.index(max(seen)))


def test_a_smaller_model_is_smaller_in_the_way_that_it_says():
    whole = faq.NETWORKS["ConvNet"]()
    made = {name: build() for name, build in faq.SMALLER["ConvNet"].items()}
    size = model.count_parameters(whole)
    assert all(model.count_parameters(net) < size for net in made.values())
    head = made["smaller head"]
    for name in ("conv1", "conv2", "conv3"):
        kept, before = (getattr(net, name).weight.shape for net in (head, whole))
        assert kept == before
    for name in ("fc1", "fc2"):
        narrow, before = (getattr(net, name).out_features for net in (head, whole))
        assert 4 * narrow == before
    for name, times in (("½ of the filters", 2), ("¼ of the filters", 4)):
        assert times * made[name].conv1.out_channels == whole.conv1.out_channels
    (narrow,) = (build() for build in faq.SMALLER["MLP"].values())
    mlp = faq.NETWORKS["MLP"]()
    first, before = (len(next(net.parameters())) for net in (narrow, mlp))
    assert 4 * first == before
    no_head = made["no head"]
    assert no_head(torch.zeros(1, 1, 28, 28)).shape == (1, 10)
    linear = [m for m in no_head.modules() if isinstance(m, nn.Linear)]
    assert len(linear) == 1
    filters = [m for m in no_head.modules() if isinstance(m, nn.Conv2d)]
    assert filters[0].weight.shape == whole.conv1.weight.shape
    image = torch.zeros(1, 1, 28, 28)
    assert all(net(image).shape == (1, 10) for net in made.values())


def test_a_constant_rate_is_early_stopping_without_the_stop():
    run = dict(network="MLP", images=100, labels="true", steps=50, seed=0)
    whole = faq.run_overfitting(remedy="constant rate", **run)
    early = faq.run_overfitting(remedy="early stopping", **run)
    assert whole["stopped_at"] == 50
    assert early["choosing_accuracy"] >= whole["choosing_accuracy"]
    cycle = faq.run_overfitting(remedy="none", **run)
    assert cycle["training_loss"] != whole["training_loss"]


@pytest.mark.parametrize(
    ("remedy", "changed"),
    [
        ("none", {}),
        ("dropout", {"dropped": {0.5}}),
        ("weight decay", {"weight_decay": 0.005}),
        ("augmentation", {"batches": distortions.Jittered}),
        ("early stopping", {"cycle": False, "checks": 10}),
        ("constant rate", {"cycle": False}),
    ],
)
def test_a_remedy_changes_one_thing_by_the_dose_that_is_written(
    remedy, changed, monkeypatch
):
    asked = {}

    def train_sgd(net, batches, steps, lr, **settings):
        dropped = {m.p for m in net.modules() if isinstance(m, nn.Dropout)}
        asked.update(settings, batches=type(batches), dropped=dropped, lr=lr)
        yield steps

    monkeypatch.setattr(faq, "train_sgd", train_sgd)
    faq.run_overfitting(
        network="MLP", images=9, remedy=remedy, labels="true", steps=1, seed=0
    )
    usual = {"batches": data.Batches, "dropped": set(), "lr": 0.05}
    usual |= {"weight_decay": 0.0, "cycle": True, "checks": 1}
    assert asked == usual | changed


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        ("SGD", "SGD", {"momentum": 0, "nesterov": False}),
        ("momentum", "SGD", {"momentum": 0.9, "nesterov": False}),
        ("Nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
        ("RMSProp", "RMSprop", {"momentum": 0, "alpha": 0.99}),
        ("Adam", "Adam", {"betas": (0.9, 0.999), "weight_decay": 0}),
        ("AdamW", "AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.01}),
    ],
)
def test_an_optimizer_is_pytorchs_by_its_name_with_the_rate(name, kind, settings):
    assert len(faq.OPTIMIZERS) == 6
    weights = [nn.Parameter(torch.zeros(2))]
    method = faq.OPTIMIZERS[name](weights, 0.25)
    assert type(method).__name__ == kind
    expected = settings | {"lr": 0.25}
    assert {key: method.defaults[key] for key in expected} == expected


def test_an_optimizer_runs_at_one_rate_and_is_looked_at_after_a_quarter(monkeypatch):
    part = data.Split(*(values[:200] for values in common.choosing()))
    for name in ("choosing", "reporting"):
        monkeypatch.setattr(common, name, lambda: part)
    monkeypatch.setattr(faq, "choosing", lambda: part)
    result = faq.run_optimizer(optimizer="Adam", lr=0.003, images=130, steps=8, seed=2)
    torch.manual_seed(2)
    net, training = model.ConvNet(8), common.subset(130)
    adam = torch.optim.Adam(net.parameters(), 0.003)
    batches = common.stream(data.Batches(*training, size=64, seed=2))
    accuracies = []
    for steps in (2, 6):
        train.train_epoch(net, itertools.islice(batches, steps), adam)
        accuracies.append(train.evaluate(net, *part).accuracy)
    assert accuracies[0] < accuracies[1]
    assert result["quarter_accuracy"] == pytest.approx(accuracies[0], abs=0.006)
    assert result["reporting_accuracy"] == pytest.approx(accuracies[1], abs=0.006)
    loss = train.evaluate(net, *training).loss
    assert result["training_loss"] == pytest.approx(loss, rel=1e-3)


def test_an_unknown_remedy_is_one_sentence():
    with pytest.raises(ValueError, match="Remedy 'hope' is not one of none, dropout"):
        faq.run_overfitting(
            network="MLP", images=9, remedy="hope", labels="true", steps=1, seed=0
        )


def test_frozen_layers_keep_their_first_weights_and_the_others_do_not():
    splits = data.Splits(*[common.subset(200)] * 3)
    torch.manual_seed(3)
    first = model.ConvNet(2)
    net, _ = weights.train_default(
        3, splits, build=lambda: model.ConvNet(2), epochs=1, frozen=("conv1",)
    )
    assert torch.equal(net.conv1.weight, first.conv1.weight)
    assert not torch.equal(net.conv2.weight, first.conv2.weight)


@pytest.mark.parametrize("reading", model.READINGS)
def test_a_reading_is_trained_on_the_first_images_and_judged_by_validation(reading):
    validation = data.Split(*(part[:300] for part in common.choosing()))
    splits = data.Splits(common.subset(200), validation, validation)
    result = readings.train_reading(
        reading, width=2, images=96, epochs=1, seed=3, splits=splits
    )
    net, _ = weights.train_default(
        3,
        splits._replace(train=common.subset(96)),
        build=lambda: model.ConvNet(2, model.READINGS[reading]),
        epochs=1,
        batch_size=32,
        lr=0.05,
    )
    assert result == train.evaluate(net, *validation).accuracy


# How fast


def tiny_net() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 3))


CYCLES = (1, 2, 4, 8)


@pytest.fixture
def rungs(monkeypatch):
    """Two rungs on data so small that a quarter of an epoch is two steps."""
    chance = torch.Generator().manual_seed(0)
    prototypes = torch.randn(3, 1, 4, 4, generator=chance)
    parts = []
    for n in (512, 300):
        labels = torch.arange(n) % 3
        noise = torch.randn(n, 1, 4, 4, generator=chance)
        parts.append(data.Split(prototypes[labels] + 1.5 * noise, labels))
    splits = data.Splits(*parts, parts[1])
    monkeypatch.setattr(common, "splits", lambda: splits)
    rungs = {
        "steady": (tiny_net, 0.01, 0.0, ()),
        "cycle": (tiny_net, 0.01, 0.9, CYCLES),
    }
    monkeypatch.setattr(next_steps, "RUNGS", rungs)
    monkeypatch.setattr(next_steps, "MOST_QUARTERS", 6)
    return splits


def by_hand(splits: data.Splits, cycle: int = 0, seed: int = 3) -> list[float]:
    """The accuracy after a cycle of so many quarters, or after each quarter of six."""
    torch.manual_seed(seed)
    net = tiny_net()
    optimizer = train.sgd(net, 0.01, 0.9 if cycle else 0.0, 5e-4 if cycle else 0.0)
    scheduler = train.one_cycle(optimizer, 2 * cycle) if cycle else None
    batches = common.stream(data.Batches(*splits.train, size=64, seed=seed))
    accuracies = []
    for steps in [2 * cycle] if cycle else [2] * 6:
        train.train_epoch(net, itertools.islice(batches, steps), optimizer, scheduler)
        accuracies.append(train.evaluate(net, *splits.validation).accuracy)
    return accuracies


def test_of_cycles_the_shortest_that_reaches_the_goal_counts_with_its_own_steps(rungs):
    reached = [by_hand(rungs, cycle)[0] for cycle in CYCLES]
    assert reached[0] < reached[1] < reached[2]
    for cycle, goal in list(zip(CYCLES, reached, strict=True))[:3]:
        result = next_steps.run_fast(rung="cycle", goal=goal, seed=3)
        assert result == {"reached": 1, "steps": 2 * cycle, "accuracy": goal}


def test_a_constant_rate_stops_at_the_first_quarter_that_reaches_the_goal(rungs):
    seen = by_hand(rungs)
    assert seen[0] < max(seen[:3]) < max(seen)
    for goal in sorted(seen):
        first = next(k for k, accuracy in enumerate(seen) if accuracy >= goal)
        result = next_steps.run_fast(rung="steady", goal=goal, seed=3)
        expected = {"reached": 1, "steps": 2 * (first + 1), "accuracy": seen[first]}
        assert result == expected


@pytest.mark.parametrize(("rung", "quarters"), [("steady", 6), ("cycle", 8)])
def test_a_goal_that_is_not_reached_is_said_to_be_with_the_longest_run(
    rungs, rung, quarters
):
    result = next_steps.run_fast(rung=rung, goal=1.1, seed=3)
    last = by_hand(rungs, 8 if rung == "cycle" else 0)[-1]
    assert result == {"reached": 0, "steps": 2 * quarters, "accuracy": last}


@pytest.mark.parametrize(
    ("rung", "looks", "decay"), [("steady", 6, 0.0), ("cycle", len(CYCLES), 5e-4)]
)
def test_a_cycle_is_looked_at_when_it_is_over_and_its_weights_decay(
    rungs, monkeypatch, rung, looks, decay
):
    evaluated, settings = [], set()
    evaluate, sgd = train.evaluate, train.sgd

    def watched(*args):
        evaluated.append(evaluate(*args))
        return evaluated[-1]

    def noted(net, *args):
        settings.add(args)
        return sgd(net, *args)

    monkeypatch.setattr(train, "evaluate", watched)
    monkeypatch.setattr(train, "sgd", noted)
    next_steps.run_fast(rung=rung, goal=1.1, seed=3)
    assert len(evaluated) == looks
    _, lr, momentum, _ = next_steps.RUNGS[rung]
    assert settings == {(lr, momentum, decay)}


def test_every_rung_is_run_with_every_seed_and_cycles_get_longer():
    runs = next_steps.fast_runs()
    assert len(runs) == len(next_steps.RUNGS) * len(common.SEEDS)
    for build, lr, momentum, cycles in next_steps.RUNGS.values():
        assert build()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
        assert 0 < lr <= 0.1 and 0 <= momentum < 1
        assert list(cycles) == sorted(set(cycles))
    half, whole = (next_steps.RUNGS[n][0]() for n in ("half the width", "batch norm"))
    assert 2 * half.features[0].out_channels == whole.features[0].out_channels


def test_the_committed_runs_stopped_where_their_rungs_allow():
    """A cycle at the end of one that is tried, a constant rate after any quarter."""
    per_epoch = len(data.Batches(*common.splits().train))
    for row in tables.load_results("fast"):
        cycles = next_steps.RUNGS[row["rung"]][3]
        quarters = range(1, next_steps.MOST_QUARTERS + 1)
        allowed = [k * per_epoch // 4 for k in cycles or quarters]
        assert row["steps"] in allowed
        assert row["reached"] or row["steps"] == allowed[-1]
        assert row["reached"] == (row["accuracy"] >= row["goal"])


# A residual block


@pytest.mark.parametrize("blocks", [0, 2, 5])
def test_no_neighbouring_width_of_a_residual_net_is_nearer_in_cost(blocks):
    aim = common.macs(model.NormNet(32))
    width = next_steps.residual_width(blocks)
    near, *others = (
        abs(common.macs(model.residual_net(w, blocks)) - aim)
        for w in (width, width - 1, width + 1)
    )
    assert near <= min(others) and near < 0.08 * aim
    if blocks == 0:
        assert width == 32


def test_both_kinds_of_a_residual_net_are_run_and_the_plain_one_once():
    runs = next_steps.residual_runs()
    shapes = {(run["blocks"], run["skip"]) for run in runs}
    assert shapes == {(0, "no"), (2, "no"), (2, "yes"), (5, "no"), (5, "yes")}
    assert len(runs) == 5 * len(common.SEEDS)
    for run in runs:
        assert run["width"] == next_steps.residual_width(run["blocks"])


@pytest.fixture
def few_to_report_on(monkeypatch):
    """What is evaluated is a tenth, so that a test is short."""
    images, labels = common.reporting()
    part = data.Split(images[::10], labels[::10])
    monkeypatch.setattr(common, "reporting", lambda: part)
    monkeypatch.setattr(common, "choosing", lambda: part)


@pytest.mark.parametrize("skip", ["yes", "no"])
def test_a_residual_net_is_trained_by_one_cycle_and_looked_at_as_it_is(
    skip, few_to_report_on
):
    torch.manual_seed(5)
    net = model.residual_net(2, 1, skip == "yes")
    parameters, macs = model.count_parameters(net), common.macs(net.eval())
    training = common.subset(128)
    optimizer = train.sgd(net, train.LR, train.MOMENTUM, train.WEIGHT_DECAY)
    scheduler = train.one_cycle(optimizer, 4)
    batches = data.Batches(*training, size=64, seed=5)
    for epoch in (0, 1):
        train.train_epoch(net, batches.epoch(epoch), optimizer, scheduler)
    expected = {
        f"{name}_loss": train.evaluate(net, *part).loss
        for name, part in (
            ("training", training),
            ("reporting", common.reporting()),
        )
    }
    result = next_steps.run_residual(
        blocks=1, skip=skip, width=2, images=128, steps=4, seed=5
    )
    assert (result["parameters"], result["macs"]) == (parameters, macs)
    for name, loss in expected.items():
        assert result[name] == pytest.approx(loss, rel=1e-3)


def test_with_a_skip_a_residual_net_ends_elsewhere_at_equal_cost(few_to_report_on):
    run = dict(blocks=1, width=2, images=64, steps=2, seed=0)
    results = [next_steps.run_residual(skip=skip, **run) for skip in ("no", "yes")]
    for same in ("parameters", "macs"):
        assert results[0][same] == results[1][same]
    assert results[0]["reporting_loss"] != results[1]["reporting_loss"]


# Letters


def test_letters_are_ten_thousand_and_two_thousand_of_each_class_as_many():
    splits = travel.letters()
    assert type(splits) is data.Splits
    for part, per_class in ((splits.train, 1_000), (splits.validation, 200)):
        assert type(part) is data.Split
        assert part.images.shape == (10 * per_class, 1, 28, 28)
        assert part.images.dtype == torch.float32
        assert part.labels.dtype == torch.int64
        assert part.labels.bincount().tolist() == [per_class] * 10
        # Shuffled, so that the first part of them has all classes too.
        assert part.labels[:200].bincount(minlength=10).min() > 5
        assert part.images.min().item() == pytest.approx(data.BLACK, abs=1e-4)
    assert splits.test is splits.validation


def test_letters_are_the_same_whenever_they_are_made():
    torch.manual_seed(7)
    once, again = travel.letters(), travel.letters.__wrapped__()
    for a, b in zip(once, again, strict=True):
        assert a.images.equal(b.images) and a.labels.equal(b.labels)


def test_no_two_letters_are_alike_once_they_are_jittered():
    for part in travel.letters()[:2]:
        rows = part.images[:1_000].flatten(1)
        assert len(rows.unique(dim=0)) == len(rows)


def test_letters_of_a_font_are_on_one_side_only_under_their_label(monkeypatch):
    monkeypatch.setattr(distortions, "jitter", lambda images, generator: images)
    splits = travel.letters.__wrapped__()
    prints = {
        drawing.prepare_drawing(pictures.printed(letter, font)).numpy().tobytes(): (
            font,
            label,
        )
        for font in pictures.FONTS
        for label, letter in enumerate("ABCDEFGHIJ")
    }
    assert len(prints) == 10 * len(pictures.FONTS)
    fonts = []
    for part in splits[:2]:
        letters = [prints[image.numpy().tobytes()] for image in part.images]
        assert [label for _, label in letters] == part.labels.tolist()
        fonts.append({font for font, _ in letters})
        assert len(set(letters)) == 10 * len(fonts[-1])  # each letter of each of them
    assert fonts[1] == set(pictures.FONTS[2::3])
    assert fonts[0] == set(pictures.FONTS) - fonts[1]


# What travels


def test_a_traveller_is_looked_at_as_it_is_and_three_pixels_higher(monkeypatch):
    part = common.subset(3_000)
    splits = data.Splits(*[part] * 3)
    monkeypatch.setattr(common, "splits", lambda dataset, data_root: splits)
    run = dict(images=100, steps=20, seed=1)
    result = travel.run_travel(dataset="MNIST", network="linear", **run)
    torch.manual_seed(1)
    net = model.linear_classifier()
    learned = data.Split(part.images[:100], part.labels[:100])
    optimizer = train.sgd(net, 0.05, train.MOMENTUM, train.WEIGHT_DECAY)
    scheduler = train.one_cycle(optimizer, 20)
    for epoch in range(10):
        batches = data.Batches(*learned, size=64, seed=1).epoch(epoch)
        train.train_epoch(net, batches, optimizer, scheduler)
    higher = distortions.affine(part.images, down=-3.0)
    probs = train.predict(net, part.images).softmax(1)
    wrong = probs.argmax(1) != part.labels
    assert result["accuracy"] == train.evaluate(net, *part).accuracy
    shifted = train.evaluate(net, higher, part.labels).accuracy
    assert result["shifted_accuracy"] == pytest.approx(shifted, abs=1e-4)
    assert shifted < result["accuracy"] - 0.1
    sure = probs.amax(1)[wrong].mean().item()
    assert result["confidence_when_wrong"] == pytest.approx(sure, rel=1e-4)


@pytest.mark.parametrize("network", travel.TRAVELLERS)
def test_only_the_frozen_traveller_keeps_its_first_convolutions(network, monkeypatch):
    part = common.subset(64)
    splits = data.Splits(*[part] * 3)
    monkeypatch.setattr(travel, "letters", lambda: splits)
    built = []

    def build():
        built.append(original())
        return built[0]

    original = travel.TRAVELLERS[network]
    monkeypatch.setitem(travel.TRAVELLERS, network, build)
    travel.run_travel(dataset="letters", network=network, images=64, steps=3, seed=0)
    torch.manual_seed(0)
    first = original()
    same = {
        name: torch.equal(weights, first.get_parameter(name))
        for name, weights in built[0].named_parameters()
    }
    kept = {name for name, equal in same.items() if equal}
    convolutions = {name for name in same if name.startswith("conv")}
    assert kept == (convolutions if network.endswith("frozen") else set())


def test_travellers_learn_from_jittered_images_where_that_is_their_name(monkeypatch):
    part = common.subset(64)
    monkeypatch.setattr(travel, "letters", lambda: data.Splits(*[part] * 3))
    used = []

    class Watched(distortions.Jittered):
        def __init__(self, *args, **settings):
            used.append(True)
            super().__init__(*args, **settings)

    monkeypatch.setattr(distortions, "Jittered", Watched)
    for network in ("ConvNet", "ConvNet, augmentation"):
        travel.run_travel(
            dataset="letters", network=network, images=64, steps=1, seed=0
        )
        assert len(used) == network.count("augmentation")


# Distortions to train on


def test_jittered_batches_repeat_themselves_and_can_begin_anywhere():
    images, labels = common.subset(30)
    batches = distortions.Jittered(images, labels, size=8, seed=2)
    once, again = list(batches.epoch(1)), list(batches.epoch(1, start=2))
    assert all(torch.equal(a, b) for a, b in zip(once[2][0], again[0][0], strict=True))
    other = next(batches.epoch(2))
    assert not torch.equal(once[0][0], other[0])
    plain = next(data.Batches(images, labels, size=8, seed=2).epoch(1))
    assert torch.equal(once[0][1], plain[1])
    assert not torch.equal(once[0][0], plain[0])


def test_one_image_is_jittered_otherwise_in_each_batch_and_epoch():
    images, labels = common.subset(1)
    batches = distortions.Jittered(
        images.expand(4, -1, -1, -1), labels.expand(4), size=2
    )
    seen = torch.cat([x for k in (0, 1) for x, _ in batches.epoch(k)]).flatten(1)
    assert len(seen.unique(dim=0)) == len(seen) == 8
