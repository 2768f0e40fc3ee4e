"""Long experiments: what is run, what is kept, and that the tables are theirs."""

import itertools
import json

import pytest
import torch
from torch import nn

from mnist_tutorial import (
    data,
    distortions,
    drawing,
    experiments,
    model,
    pictures,
    train,
)
from mnist_tutorial.experiments import (
    Table,
    common,
    next_steps,
    tables,
    travel,
    weights,
)

COMMITTED = [
    name
    for name in experiments.TABLES
    if (common.PACKAGE / "results" / f"{name}.csv").exists()
]


def one_and_the_others(seeds):
    """Parameters of a test: one seed always, the others where time does not matter."""
    first, *others = seeds
    return [first, *(pytest.param(seed, marks=pytest.mark.long) for seed in others)]


# Tables


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_table_has_a_row_for_each_run_and_nothing_else(name):
    runs = experiments.TABLES[name].runs()
    rows = experiments.load_results(name)
    assert len(rows) == len(runs)
    for run, row in zip(runs, rows, strict=True):
        assert {key: row[key] for key in run} == run
        assert all(isinstance(v, int | float) for k, v in row.items() if k not in run)
        assert all(0 <= v <= 1 for k, v in row.items() if k.endswith("accuracy"))


def test_every_table_in_results_is_one_that_a_command_makes():
    for file in (common.PACKAGE / "results").glob("*.csv"):
        first = file.read_text().splitlines()[0]
        assert first == f"# python -m tools results {file.stem}"
        assert file.stem in experiments.TABLES


@pytest.fixture
def squares(tmp_path, monkeypatch):
    """A table of squares whose run 3 fails until it is mended; what was computed."""
    computed = []
    broken = [3]

    def run(x):
        if x in broken:
            raise RuntimeError("stopped")
        computed.append(x)
        return {"square": x * x}

    (tmp_path / "results").mkdir()
    monkeypatch.setattr(tables, "PACKAGE", tmp_path)
    table = Table(lambda: [{"x": x} for x in range(5)], run)
    monkeypatch.setitem(experiments.TABLES, "squares", table)
    return computed, broken, tmp_path / "results"


def test_a_table_that_was_stopped_goes_on_where_it_was(squares):
    computed, broken, folder = squares
    with pytest.raises(RuntimeError):
        experiments.make_results("squares")
    assert computed == [0, 1, 2]
    assert not (folder / "squares.csv").exists()
    broken.clear()
    experiments.make_results("squares")
    assert computed == [0, 1, 2, 3, 4]
    assert (folder / "squares.csv").read_text() == (
        "# python -m tools results squares\nx,square\n0,0\n1,1\n2,4\n3,9\n4,16\n"
    )
    assert not (folder / "squares.part").exists()


def test_a_kept_run_with_other_parameters_is_not_taken(squares):
    computed, broken, folder = squares
    broken.clear()
    (folder / "squares.part").write_text(json.dumps([{"x": 9}, {"square": 7}]) + "\n")
    experiments.make_results("squares")
    assert computed == [0, 1, 2, 3, 4]


def test_rows_are_gathered_over_their_seeds_by_one_key_or_more():
    rows = [
        {"net": net, "size": size, "seed": seed, "reporting_accuracy": size + seed}
        for net in "ab"
        for size in (10, 20)
        for seed in (0, 1)
    ]
    assert experiments.by_seed(rows, ["size"], net="a") == {10: [10, 11], 20: [20, 21]}
    both = experiments.by_seed(rows, ["net", "size"], "seed")
    assert both == {(net, size): [0, 1] for net in "ab" for size in (10, 20)}
    assert experiments.by_seed(rows, ["size"], net="c") == {}


def test_an_unknown_table_is_one_sentence():
    with pytest.raises(ValueError, match="no table 'nonsense'; choose one of readings"):
        experiments.make_results("nonsense")


# Images to learn from, to choose by, to report on


def test_choosing_and_reporting_share_the_validation_set_and_no_image():
    validation = data.splits().validation
    chosen, reported = experiments.choosing(), experiments.reporting()
    assert (len(chosen.labels), len(reported.labels)) == (1_000, 4_000)
    together = torch.cat([chosen.images, reported.images]).flatten(1)
    assert len(together.unique(dim=0)) == len(
        validation.images.flatten(1).unique(dim=0)
    )


def test_training_steps_are_those_of_the_loop_and_pause_at_equal_parts():
    images, labels = experiments.subset(100)
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
            pauses = list(experiments.train_steps(net, batches, 9, optimizer, checks=2))
            assert pauses == [4, 9]
        nets.append(net)
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


# What is trained


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_kernel_net_can_cost_what_3_by_3_costs(kernel, stride):
    width = experiments.width_of_equal_cost(kernel, stride)
    aim = experiments.macs(model.KernelNet(3, 1, 8))
    cost = experiments.macs(model.KernelNet(kernel, stride, width))
    for other in (width - 1, width + 1):
        net = model.KernelNet(kernel, stride, other)
        assert abs(experiments.macs(net) - aim) >= abs(cost - aim)


@pytest.mark.parametrize("network", experiments.NETWORKS)
def test_dropout_stands_before_every_linear_layer_that_sees_no_pixels(network):
    net = experiments.NETWORKS[network](1)
    linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    images = torch.randn(3, 1, 28, 28)
    before = net.eval()(images)
    experiments.with_dropout(net, p=0.5)
    droppers = [layer for layer in net.modules() if isinstance(layer, nn.Dropout)]
    expected = [layer for layer in linear if layer.in_features != 784]
    assert len(droppers) == len(expected)
    assert torch.equal(net.eval()(images), before)
    assert not torch.equal(net.train()(images), before)
    assert net.train()(images).all()  # what is dropped goes in; no logit is


def test_random_labels_are_learned_by_nobody_but_the_training_set():
    result = experiments.run_overfitting(
        network="MLP", images=50, remedy="none", labels="random", steps=200, seed=0
    )
    assert result["training_accuracy"] > 0.9
    assert result["reporting_accuracy"] < 0.25


def test_early_stopping_takes_the_check_that_was_best_on_the_choosing_images():
    run = dict(network="MLP", images=100, labels="true", steps=100, seed=0)
    early = experiments.run_overfitting(remedy="early stopping", **run)
    assert early["stopped_at"] in range(10, 101, 10)
    torch.manual_seed(0)
    net = experiments.NETWORKS["MLP"](1)
    optimizer = train.sgd(net, 0.05, train.MOMENTUM)
    batches = data.Batches(*experiments.subset(100), size=64, seed=0)
    seen = [
        train.evaluate(net, *experiments.choosing()).accuracy
        for _ in experiments.train_steps(net, batches, 100, optimizer, checks=10)
    ]
    assert early["choosing_accuracy"] == pytest.approx(max(seen))
    assert early["stopped_at"] == 10 * (1 + seen.index(max(seen)))


def test_an_unknown_remedy_is_one_sentence():
    with pytest.raises(ValueError, match="Remedy 'hope' is not one of none, dropout"):
        experiments.run_overfitting(
            network="MLP", images=9, remedy="hope", labels="true", steps=1, seed=0
        )


def test_frozen_layers_keep_their_first_weights_and_the_others_do_not():
    splits = data.Splits(*[experiments.subset(200)] * 3)
    torch.manual_seed(3)
    first = model.ConvNet(2)
    net, _ = experiments.train_default(
        3, splits, build=lambda: model.ConvNet(2), epochs=1, frozen=("conv1",)
    )
    assert torch.equal(net.conv1.weight, first.conv1.weight)
    assert not torch.equal(net.conv2.weight, first.conv2.weight)


@pytest.mark.parametrize("reading", model.READINGS)
def test_a_reading_is_trained_on_the_first_images_and_judged_by_validation(reading):
    validation = data.Split(*(part[:300] for part in experiments.choosing()))
    splits = data.Splits(experiments.subset(200), validation, validation)
    found = experiments.train_reading(
        reading, width=2, images=96, epochs=1, seed=3, splits=splits
    )
    net, _ = experiments.train_default(
        3,
        splits._replace(train=experiments.subset(96)),
        build=lambda: model.ConvNet(2, model.READINGS[reading]),
        epochs=1,
        batch_size=32,
        lr=0.05,
    )
    assert found == train.evaluate(net, *validation).accuracy


@pytest.mark.parametrize("control", model.CONTROLS)
@pytest.mark.parametrize("seed", one_and_the_others(model.CONTROL_SEEDS))
def test_a_shipped_control_kept_what_was_frozen_and_reaches_what_the_recipe_says(
    control, seed
):
    net = model.load_control(control, seed)
    torch.manual_seed(seed)
    first = model.ConvNet()
    for name in ("conv1", "conv2", "conv3", "fc1"):
        same = torch.equal(
            net.get_submodule(name).weight, first.get_submodule(name).weight
        )
        assert same == (name in model.CONTROLS[control])
    accuracy = train.evaluate(net, *data.splits().validation).accuracy
    promised = experiments.recipe()["controls"][control][seed]
    assert accuracy == pytest.approx(promised, abs=0.001)


def test_smoothed_labels_keep_nine_tenths_and_deal_out_the_rest():
    images, labels = experiments.subset(4)
    ((_, soft),) = experiments.smoothed(iter([(images, labels)]))
    assert torch.allclose(soft.sum(1), torch.ones(4))
    assert torch.allclose(soft.gather(1, labels[:, None]), torch.tensor(0.91))
    assert soft.min().item() == pytest.approx(0.01)


@pytest.mark.parametrize("upto", range(len(experiments.TRICKS)))
def test_each_trick_changes_the_run(upto):
    training = experiments.subset(32)
    nets = [
        experiments.train_with(experiments.TRICKS[:n], training, steps=2, seed=0)
        for n in (upto, upto + 1)
    ]
    before, after = (
        train.predict(net, experiments.choosing().images[:8]) for net in nets
    )
    same = torch.equal(before, after)
    assert same == (experiments.TRICKS[upto] == "none")


# The average of the last weights


@pytest.mark.parametrize(("steps", "memory"), [(3, 2), (60, 3)])
def test_the_average_remembers_a_twentieth_of_the_run_but_two_steps_at_least(
    steps, memory, monkeypatch
):
    passed = []
    original = experiments.train_steps

    def watched(net, *args, **settings):
        for done in original(net, *args, **settings):
            passed.append(net.fc3.weight.detach().clone())
            yield done

    monkeypatch.setattr(next_steps, "train_steps", watched)
    small = model.ConvNet
    monkeypatch.setattr(model, "ConvNet", lambda: small(2))
    net = experiments.train_with(("EMA",), experiments.subset(8), steps=steps, seed=0)
    assert len(passed) == steps
    average = passed[0]
    for now in passed[1:]:
        average = average + (now - average) / memory
    torch.testing.assert_close(net.fc3.weight.detach(), average)
    assert not torch.allclose(net.fc3.weight, passed[-1])


# The frozen recipe


def test_the_best_recipe_has_every_trick_but_the_average_and_makes_its_network():
    assert "EMA" not in experiments.BEST
    assert {*experiments.BEST, "EMA"} == set(experiments.TRICKS)
    assert list(experiments.BEST) == [t for t in experiments.TRICKS if t != "EMA"]
    net = experiments.train_with(
        experiments.BEST, experiments.subset(4), steps=1, seed=0
    )
    expected = model.NormNet(16, 2).state_dict()
    shapes = {name: values.shape for name, values in net.state_dict().items()}
    assert shapes == {name: values.shape for name, values in expected.items()}


def test_the_best_recipe_is_what_lowered_the_error_in_the_table_of_tricks():
    rows = experiments.load_results("tricks")
    for part in ("choosing", "reporting"):
        right = {
            trick: sum(r[f"{part}_accuracy"] for r in rows if r["tricks"] == trick)
            for trick in experiments.TRICKS
        }
        helped = [
            trick
            for before, trick in itertools.pairwise(experiments.TRICKS)
            if right[trick] > right[before] + 1e-9
        ]
        assert ("none", *helped) == experiments.BEST


# How the shipped weights were made


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A package without a recipe; a function that notes accuracies of one kind."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(weights, "PACKAGE", tmp_path)
    monkeypatch.setattr(weights, "files", lambda package: tmp_path)
    parts = [data.Split(torch.zeros(n, 1, 2, 2), torch.zeros(n)) for n in (7, 3, 2)]
    return lambda kind, accuracies: weights._write_recipe(
        data.Splits(*parts), kind, accuracies
    )


def test_nothing_is_noted_of_any_kind_before_the_first_network(noted):
    assert [weights._accuracies(kind) for kind in model.SHIPPED] == [[]] * 4


@pytest.mark.parametrize("first", model.SHIPPED)
@pytest.mark.parametrize("kind", model.SHIPPED)
def test_a_note_of_one_kind_leaves_those_of_the_others(noted, first, kind):
    # In any order: the first note may be that of the best networks.
    order = [first, *(other for other in model.SHIPPED if other != first)]
    accuracies = {other: [k / 10, k / 20] for k, other in enumerate(order, 1)}
    for other in order:
        noted(other, accuracies[other])
    before = experiments.recipe()
    noted(kind, [0.5, 0.25, 0.75])
    accuracies[kind] = [0.5, 0.25, 0.75]
    for other in order:
        assert weights._accuracies(other) == accuracies[other]
    after = experiments.recipe()
    assert after.keys() == before.keys()
    if kind == "best":
        assert {**after, "best": 0} == {**before, "best": 0}
    else:
        assert after["best"] == before["best"]


def test_a_recipe_says_what_was_trained_and_how(noted):
    noted("conv1 frozen", [0.4])
    noted("best", [0.9])
    made = experiments.recipe()
    assert (made["training_images"], made["validation_images"]) == (7, 3)
    assert (made["accuracy"], made["controls"]["conv1 frozen"]) == ([], [0.4])
    assert set(made["controls"]) == set(model.CONTROLS)
    best = made["best"]
    assert best["accuracy"] == [0.9] and best["seeds"] == [0, 1, 2, 3, 4]
    assert ["none", *best["tricks"]] == list(experiments.BEST)
    assert best["epochs"] == experiments.BEST_EPOCHS
    for part in (made, best):
        assert part["torch"] == torch.__version__.split("+")[0]
        assert part["threads"] == torch.get_num_threads()


def test_the_recipe_notes_the_rates_that_the_best_networks_are_trained_with(
    noted, monkeypatch
):
    used = []
    original = train.sgd

    def watched(net, *settings):
        used.append(settings)
        return original(net, *settings)

    monkeypatch.setattr(train, "sgd", watched)
    experiments.train_with(experiments.BEST, experiments.subset(4), steps=1, seed=0)
    noted("best", [])
    best = experiments.recipe()["best"]
    names = ("learning_rate", "momentum", "weight_decay")
    assert [tuple(best[name] for name in names)] == used


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
    batches = experiments.stream(data.Batches(*splits.train, size=64, seed=seed))
    found = []
    for steps in [2 * cycle] if cycle else [2] * 6:
        train.train_epoch(net, itertools.islice(batches, steps), optimizer, scheduler)
        found.append(train.evaluate(net, *splits.validation).accuracy)
    return found


def test_of_cycles_the_shortest_that_reaches_the_goal_counts_with_its_own_steps(rungs):
    reached = [by_hand(rungs, cycle)[0] for cycle in CYCLES]
    assert reached[0] < reached[1] < reached[2]
    for cycle, goal in list(zip(CYCLES, reached, strict=True))[:3]:
        found = experiments.run_fast(rung="cycle", goal=goal, seed=3)
        assert found == {"reached": 1, "steps": 2 * cycle, "accuracy": goal}


def test_a_constant_rate_stops_at_the_first_quarter_that_reaches_the_goal(rungs):
    seen = by_hand(rungs)
    assert seen[0] < max(seen[:3]) < max(seen)
    for goal in sorted(seen):
        first = next(k for k, accuracy in enumerate(seen) if accuracy >= goal)
        found = experiments.run_fast(rung="steady", goal=goal, seed=3)
        expected = {"reached": 1, "steps": 2 * (first + 1), "accuracy": seen[first]}
        assert found == expected


@pytest.mark.parametrize(("rung", "quarters"), [("steady", 6), ("cycle", 8)])
def test_a_goal_that_is_not_reached_is_said_to_be_with_the_longest_run(
    rungs, rung, quarters
):
    found = experiments.run_fast(rung=rung, goal=1.1, seed=3)
    last = by_hand(rungs, 8 if rung == "cycle" else 0)[-1]
    assert found == {"reached": 0, "steps": 2 * quarters, "accuracy": last}


@pytest.mark.parametrize(
    ("rung", "looks", "decay"), [("steady", 6, 0.0), ("cycle", len(CYCLES), 5e-4)]
)
def test_a_cycle_is_looked_at_when_it_is_over_and_its_weights_decay(
    rungs, monkeypatch, rung, looks, decay
):
    evaluated, settings = [], set()
    evaluate, sgd = train.evaluate, train.sgd

    def watched(*given):
        evaluated.append(evaluate(*given))
        return evaluated[-1]

    def noted(net, *given):
        settings.add(given)
        return sgd(net, *given)

    monkeypatch.setattr(train, "evaluate", watched)
    monkeypatch.setattr(train, "sgd", noted)
    experiments.run_fast(rung=rung, goal=1.1, seed=3)
    assert len(evaluated) == looks
    _, lr, momentum, _ = next_steps.RUNGS[rung]
    assert settings == {(lr, momentum, decay)}


def test_every_rung_is_run_with_every_seed_and_cycles_get_longer():
    runs = next_steps.fast_runs()
    assert len(runs) == len(experiments.RUNGS) * len(experiments.SEEDS)
    for build, lr, momentum, cycles in experiments.RUNGS.values():
        assert build()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
        assert 0 < lr <= 0.1 and 0 <= momentum < 1
        assert list(cycles) == sorted(set(cycles))


# A residual block


@pytest.mark.parametrize("blocks", [0, 2, 5])
def test_no_neighbouring_width_of_a_residual_net_is_nearer_in_cost(blocks):
    aim = experiments.macs(model.NormNet(32))
    width = experiments.residual_width(blocks)
    near, *others = (
        abs(experiments.macs(model.residual_net(w, blocks)) - aim)
        for w in (width, width - 1, width + 1)
    )
    assert near <= min(others) and near < 0.08 * aim
    if blocks == 0:
        assert width == 32


def test_both_kinds_of_a_residual_net_are_run_and_the_plain_one_once():
    runs = next_steps.residual_runs()
    shapes = {(run["blocks"], run["skip"]) for run in runs}
    assert shapes == {(0, "no"), (2, "no"), (2, "yes"), (5, "no"), (5, "yes")}
    assert len(runs) == 5 * len(experiments.SEEDS)
    for run in runs:
        assert run["width"] == experiments.residual_width(run["blocks"])


@pytest.fixture
def few_to_report_on(monkeypatch):
    """What is evaluated is a tenth, so that a test is short."""
    images, labels = experiments.reporting()
    part = data.Split(images[::10], labels[::10])
    monkeypatch.setattr(common, "reporting", lambda: part)
    monkeypatch.setattr(common, "choosing", lambda: part)


@pytest.mark.parametrize("skip", ["yes", "no"])
def test_a_residual_net_is_trained_by_one_cycle_and_looked_at_as_it_is(
    skip, few_to_report_on
):
    torch.manual_seed(5)
    net = model.residual_net(2, 1, skip == "yes")
    parameters, macs = model.count_parameters(net), experiments.macs(net.eval())
    training = experiments.subset(128)
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
    found = experiments.run_residual(
        blocks=1, skip=skip, width=2, images=128, steps=4, seed=5
    )
    assert (found["parameters"], found["macs"]) == (parameters, macs)
    for name, loss in expected.items():
        assert found[name] == pytest.approx(loss, rel=1e-3)


def test_with_a_skip_a_residual_net_ends_elsewhere_at_equal_cost(few_to_report_on):
    run = dict(blocks=1, width=2, images=64, steps=2, seed=0)
    found = [experiments.run_residual(skip=skip, **run) for skip in ("no", "yes")]
    for same in ("parameters", "macs"):
        assert found[0][same] == found[1][same]
    assert found[0]["reporting_loss"] != found[1]["reporting_loss"]


# Letters


def test_letters_are_ten_thousand_and_two_thousand_of_each_class_as_many():
    splits = experiments.letters()
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
    once, again = experiments.letters(), experiments.letters.__wrapped__()
    for a, b in zip(once, again, strict=True):
        assert a.images.equal(b.images) and a.labels.equal(b.labels)


def test_no_two_letters_are_alike_once_they_are_jittered():
    for part in experiments.letters()[:2]:
        rows = part.images[:1_000].flatten(1)
        assert len(rows.unique(dim=0)) == len(rows)


def test_letters_of_a_font_are_on_one_side_only_under_their_label(monkeypatch):
    monkeypatch.setattr(distortions, "jitter", lambda images, generator: images)
    splits = experiments.letters.__wrapped__()
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
        found = [prints[image.numpy().tobytes()] for image in part.images]
        assert [label for _, label in found] == part.labels.tolist()
        fonts.append({font for font, _ in found})
        assert len(set(found)) == 10 * len(fonts[-1])  # each letter of each of them
    assert fonts[1] == set(pictures.FONTS[2::3])
    assert fonts[0] == set(pictures.FONTS) - fonts[1]


# What travels


def test_a_traveller_is_looked_at_as_it_is_and_three_pixels_higher(monkeypatch):
    part = experiments.subset(3_000)
    splits = data.Splits(*[part] * 3)
    monkeypatch.setattr(common, "splits", lambda dataset, data_root: splits)
    run = dict(images=100, steps=20, seed=1)
    found = experiments.run_travel(dataset="MNIST", network="linear", **run)
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
    assert found["accuracy"] == train.evaluate(net, *part).accuracy
    shifted = train.evaluate(net, higher, part.labels).accuracy
    assert found["shifted_accuracy"] == pytest.approx(shifted, abs=1e-4)
    assert shifted < found["accuracy"] - 0.1
    sure = probs.amax(1)[wrong].mean().item()
    assert found["confidence_when_wrong"] == pytest.approx(sure, rel=1e-4)


@pytest.mark.parametrize("network", experiments.TRAVELLERS)
def test_only_the_frozen_traveller_keeps_its_first_convolutions(network, monkeypatch):
    part = experiments.subset(64)
    splits = data.Splits(*[part] * 3)
    monkeypatch.setattr(travel, "letters", lambda: splits)
    built = []

    def build():
        built.append(original())
        return built[0]

    original = experiments.TRAVELLERS[network]
    monkeypatch.setitem(experiments.TRAVELLERS, network, build)
    experiments.run_travel(
        dataset="letters", network=network, images=64, steps=3, seed=0
    )
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
    part = experiments.subset(64)
    monkeypatch.setattr(travel, "letters", lambda: data.Splits(*[part] * 3))
    used = []

    class Watched(distortions.Jittered):
        def __init__(self, *given, **settings):
            used.append(True)
            super().__init__(*given, **settings)

    monkeypatch.setattr(distortions, "Jittered", Watched)
    for network in ("ConvNet", "ConvNet, augmentation"):
        experiments.run_travel(
            dataset="letters", network=network, images=64, steps=1, seed=0
        )
        assert len(used) == network.count("augmentation")


# Distortions to train on


def test_jittered_batches_repeat_themselves_and_can_begin_anywhere():
    images, labels = experiments.subset(30)
    batches = distortions.Jittered(images, labels, size=8, seed=2)
    once, again = list(batches.epoch(1)), list(batches.epoch(1, start=2))
    assert all(torch.equal(a, b) for a, b in zip(once[2][0], again[0][0], strict=True))
    other = next(batches.epoch(2))
    assert not torch.equal(once[0][0], other[0])
    plain = next(data.Batches(images, labels, size=8, seed=2).epoch(1))
    assert torch.equal(once[0][1], plain[1])
    assert not torch.equal(once[0][0], plain[0])


def test_one_image_is_jittered_otherwise_in_each_batch_and_epoch():
    images, labels = experiments.subset(1)
    batches = distortions.Jittered(
        images.expand(4, -1, -1, -1), labels.expand(4), size=2
    )
    seen = torch.cat([x for k in (0, 1) for x, _ in batches.epoch(k)]).flatten(1)
    assert len(seen.unique(dim=0)) == len(seen) == 8


def test_the_first_average_is_the_network_itself():
    training = experiments.subset(32)
    upto = experiments.TRICKS.index("EMA")
    plain, averaged = (
        experiments.train_with(experiments.TRICKS[:n], training, steps=1, seed=0)
        for n in (upto, upto + 1)
    )
    for a, b in zip(plain.parameters(), averaged.parameters(), strict=True):
        assert torch.allclose(a, b)
