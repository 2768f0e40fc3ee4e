"""Long experiments: what is run, what is kept, and that the tables are theirs."""

import json

import pytest
import torch
from torch import nn

from mnist_tutorial import data, distortions, experiments, model, train
from mnist_tutorial.experiments import Table

COMMITTED = [
    name
    for name in experiments.TABLES
    if (experiments._PACKAGE / "results" / f"{name}.csv").exists()
]


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
    for file in (experiments._PACKAGE / "results").glob("*.csv"):
        first = file.read_text().splitlines()[0]
        assert first == f"# python -m mnist_tutorial results {file.stem}"
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
    monkeypatch.setattr(experiments, "_PACKAGE", tmp_path)
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
        "# python -m mnist_tutorial results squares\n"
        "x,square\n0,0\n1,1\n2,4\n3,9\n4,16\n"
    )
    assert not (folder / "squares.part").exists()


def test_a_kept_run_with_other_parameters_is_not_taken(squares):
    computed, broken, folder = squares
    broken.clear()
    (folder / "squares.part").write_text(json.dumps([{"x": 9}, {"square": 7}]) + "\n")
    experiments.make_results("squares")
    assert computed == [0, 1, 2, 3, 4]


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
def test_a_kernel_net_halves_three_times_and_can_cost_what_3_by_3_costs(kernel, stride):
    net = experiments.KernelNet(kernel, stride, width=2)
    images = torch.zeros(5, 1, 28, 28)
    assert net.blocks(images).shape == (5, 8, 4, 4)
    assert net(images).shape == (5, 10)
    width = experiments.width_of_equal_cost(kernel, stride)
    aim = experiments.macs(experiments.KernelNet(3, 1, 8))
    cost = experiments.macs(experiments.KernelNet(kernel, stride, width))
    for other in (width - 1, width + 1):
        net = experiments.KernelNet(kernel, stride, other)
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


@pytest.mark.parametrize("control", model.CONTROLS)
@pytest.mark.parametrize("seed", model.CONTROL_SEEDS)
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
