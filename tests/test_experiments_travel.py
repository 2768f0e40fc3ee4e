"""Which findings hold on which data: what is compared, and what counts as holding."""

import pytest

from mnist_tutorial.experiments import tables, travel
from mnist_tutorial.experiments.travel import Finding

ROWS = [
    {"dataset": dataset, "network": network, "accuracy": accuracy, "steps": 5}
    for dataset, network, accuracies in (
        ("MNIST", "a", (0.9, 0.8, 0.7)),
        ("MNIST", "b", (0.89, 0.79, 0.69)),
        ("letters", "a", (0.9, 0.8, 0.7)),
        ("letters", "b", (0.5, 0.5, 0.7)),
    )
    for accuracy in accuracies
]


def test_what_was_measured_is_a_number_for_each_seed():
    assert travel.measured(ROWS, "letters", "b") == [0.5, 0.5, 0.7]
    assert travel.measured(ROWS, "letters", "b", "steps") == [5, 5, 5]
    assert travel.measured(ROWS, "FashionMNIST", "b") == []


def test_a_comparison_holds_if_it_does_with_every_seed():
    finding = Finding("a beats b", "a", "b")
    told = "70.0–90.0\nagainst 69.0–89.0 %"
    assert travel.check(ROWS, finding, "MNIST") == (True, told)
    told = "70.0–90.0\nagainst 50.0–70.0 %"
    assert travel.check(ROWS, finding, "letters") == (False, told)


@pytest.mark.parametrize(
    ("limit", "below", "holds"),
    [(0.69, False, True), (0.7, False, False), (0.91, True, True), (0.9, True, False)],
)
def test_a_limit_is_met_if_every_seed_is_on_its_side(limit, below, holds):
    finding = Finding("a, and a limit", "a", limit=limit, below=below)
    assert travel.check(ROWS, finding, "MNIST") == (holds, "70.0–90.0 %")


def test_every_finding_is_about_networks_and_values_that_were_measured():
    rows = tables.load_results("travel")
    for finding in travel.FINDINGS:
        for network in filter(None, (finding.better, finding.worse)):
            assert network in travel.TRAVELLERS
            for dataset in travel.PLACES:
                assert len(travel.measured(rows, dataset, network, finding.value)) == 3
        assert bool(finding.worse) != (finding.limit is not None)


def test_the_committed_table_has_the_runs_that_it_should():
    rows = tables.load_results("travel")
    names = ("dataset", "network", "images", "steps", "seed")
    assert [{name: row[name] for name in names} for row in rows] == travel.travel_runs()


def test_all_findings_are_checked_on_all_data_under_the_names_of_the_text():
    table = travel.checked(tables.load_results("travel"))
    assert list(table) == [finding.words for finding in travel.FINDINGS]
    for cells in table.values():
        assert list(cells) == ["MNIST", "Fashion-MNIST", "letters"]


def test_every_finding_holds_where_it_was_made_and_some_do_not_elsewhere():
    table = travel.checked(tables.load_results("travel"))
    failed = {
        name: {words.split()[0] for words, cells in table.items() if not cells[name][0]}
        for name in travel.PLACES.values()
    }
    assert failed == {"MNIST": set(), "Fashion-MNIST": {"01", "10"}, "letters": {"01"}}
    moved = "01  moved by 3 pixels,\nlinear is below a half"
    assert not table[moved]["letters"][0] and not table[moved]["Fashion-MNIST"][0]


def test_a_comparison_without_a_partner_for_each_seed_is_no_comparison():
    with pytest.raises(ValueError, match="shorter"):
        travel.check(ROWS[:-1], Finding("a beats b", "a", "b"), "letters")
