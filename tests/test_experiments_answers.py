"""What 10 asks the tables: the rows that it means, seed by seed."""

import pytest

from mnist_tutorial.experiments import answers, common, faq, tables

CHOOSING = "choosing_accuracy"


def rows_of(table, **fixed):
    return [
        row
        for row in tables.load_results(table)
        if all(row[name] == value for name, value in fixed.items())
    ]


def values(rows, column="reporting_accuracy"):
    return [row[column] for row in rows]


def test_every_training_is_counted():
    for name, count in answers.trainings().items():
        assert count == len(tables.TABLES[name].runs())


@pytest.mark.parametrize("equal", ["width", "cost"])
def test_kernels_are_those_of_one_stride_and_one_comparison(equal):
    found = answers.kernels(equal, stride=2)
    assert list(found) == list(faq.KERNELS)
    expected = rows_of("kernels", equal=equal, stride=2, kernel=5)
    assert found[5] == values(expected)


def test_a_kernel_races_at_the_rate_of_its_own_search_with_other_seeds():
    rates = answers.kernel_rates()
    assert list(rates) == [3, 5, 7] == list(answers.kernel_race())
    for kernel, lr in rates.items():
        searched = rows_of("kernel_rates", kernel=kernel)
        sums = {
            rate: sum(row[CHOOSING] for row in searched if row["lr"] == rate)
            for rate in faq.KERNEL_RATES
        }
        assert sums[lr] == max(sums.values())
        raced = rows_of("kernel_race", kernel=kernel)
        assert {row["lr"] for row in raced} == {lr}
        seeds = {row["seed"] for row in raced}
        assert not seeds & {row["seed"] for row in searched} and len(seeds) >= 5
        assert answers.kernel_race()[kernel] == values(raced)


def test_a_gain_is_over_the_same_seed_and_early_stopping_has_its_own_baseline():
    found = answers.gains("ConvNet", 1_000)
    assert not {"none", "constant rate"} & found.keys()
    how = dict(network="ConvNet", images=1_000, labels="true")
    for remedy, other in (("dropout", "none"), ("early stopping", "constant rate")):
        pairs = zip(
            rows_of("overfitting", remedy=remedy, **how),
            rows_of("overfitting", remedy=other, **how),
            strict=True,
        )
        expected = []
        for a, b in pairs:
            assert a["seed"] == b["seed"]
            expected.append(a["reporting_accuracy"] - b["reporting_accuracy"])
        assert found[remedy] == pytest.approx(expected)
        assert len(expected) >= 5


def test_random_labels_and_errors_do_not_mix():
    rows = rows_of("overfitting", network="MLP", labels="random")
    found = answers.random_labels("MLP", "training")
    assert found == values(rows, "training_accuracy")
    lines = answers.errors("MLP")
    assert list(lines["none"]) == sorted(faq.SIZES)
    true = rows_of("overfitting", network="MLP", labels="true", remedy="none")
    at_1000 = [row for row in true if row["images"] == 1_000]
    assert lines["none"][1_000] == pytest.approx([1 - v for v in values(at_1000)])


def test_longer_runs_are_kept_apart():
    how = dict(network="ConvNet", images=10_000, remedy="dropout")
    for steps, longer in ((faq.STEPS, False), (faq.MORE_STEPS, True)):
        rows = rows_of("overfitting", steps=steps, **how)
        found = answers.remedies("ConvNet", 10_000, longer=longer)["dropout"]
        assert found == values(rows) and found
    usual = answers.errors("ConvNet")["dropout"][10_000]
    assert usual == pytest.approx(
        [1 - v for v in answers.remedies("ConvNet", 10_000)["dropout"]]
    )


def test_a_rate_is_chosen_by_the_choosing_images_and_raced_with_other_seeds():
    for name, lr in answers.chosen_rates().items():
        hill = answers.hills()[name]
        assert sum(hill[lr]) == max(map(sum, hill.values()))
        chose = {row["seed"] for row in rows_of("optimizers", optimizer=name)}
        raced = rows_of("race", optimizer=name, lr=lr)
        assert not chose & {row["seed"] for row in raced} and len(raced) >= 5
        assert answers.race()[name] == values(raced)
        assert answers.race("quarter")[name] == values(raced, "quarter_accuracy")


def test_sgd_races_at_its_three_best_rates_and_the_others_at_one():
    assert len(answers.raced("SGD")) == 3
    assert all(len(answers.raced(name)) == 1 for name in list(faq.OPTIMIZERS)[1:])


def test_rates_are_ranked_by_the_sum_over_seeds():
    rows = [
        dict(optimizer=name, lr=lr, choosing_accuracy=value)
        for name in faq.OPTIMIZERS
        for lr, value in ((0.1, 0.9), (0.2, 0.6), (0.1, 0.1), (0.2, 0.6), (0.3, 0.8))
    ]
    assert common.ranked_rates(rows, "optimizer")["Adam"] == [0.2, 0.1, 0.3]


def test_a_gain_without_a_partner_for_each_seed_is_no_gain(monkeypatch):
    rows = [row for row in tables.load_results("overfitting") if row["seed"] < 2]
    alone = next(row for row in rows if row["remedy"] == "dropout")
    monkeypatch.setattr(answers, "_rows", lambda table: [*rows, alone])
    with pytest.raises(ValueError, match="shorter"):
        answers.gains(alone["network"], alone["images"])
