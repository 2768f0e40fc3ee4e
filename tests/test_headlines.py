"""The results in the README are those of the tables, and these of the networks."""

import pytest

from mnist_tutorial.experiments import answers, exams
from mnist_tutorial.experiments.tables import load_results
from tools import headlines, readme
from tools.checkout import ROOT, CommandError
from tools.headlines import BEGIN, END


def test_the_readme_shows_todays_results():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.placed(page, BEGIN, headlines.text(), END) == page, (
        "the results in README.md are not those of the tables; "
        "`python -m tools headlines` writes them"
    )


@pytest.mark.parametrize("network", exams.LOADERS)
def test_a_row_of_the_exams_is_what_the_shipped_network_does(network):
    row = next(
        row
        for row in load_results("exams")
        if (row["network"], row["seed"]) == (network, 3)
    )
    errors = exams.run_exam(network=network, seed=3)["errors"]
    # Other processors round sums otherwise, which may tip a digit on the border.
    assert abs(errors - row["errors"]) <= 1
    assert row["images"] == 10_000


def test_results_are_means_spreads_and_ranges_of_the_right_rows(monkeypatch):
    random = dict(network="ConvNet", images=1000, remedy="none", labels="random")
    tables = {
        "exams": [
            {"network": network, "images": 200, "errors": errors}
            for network, errors in (
                ("ConvNet", 2),
                ("NormNet", 1),
                ("ConvNet", 4),
                ("NormNet", 1),
            )
        ],
        "overfitting": [
            {**random, "training_accuracy": 1.0, "reporting_accuracy": 0.084},
            {**random, "training_accuracy": 1.0, "reporting_accuracy": 0.126},
            {
                **random,
                "labels": "true",
                "training_accuracy": 0.5,
                "reporting_accuracy": 0.9,
            },
        ],
    }
    monkeypatch.setattr(headlines, "load_results", tables.__getitem__)
    monkeypatch.setattr(answers, "_rows", tables.__getitem__)
    first, second, third, fourth = headlines.text().splitlines()
    assert "[06]" in first and "**98.50 ± 0.71 % of the test digits**" in first
    assert "of 2 trainings" in first
    assert "[11]" in second and "**99.50 ± 0.00 % of the test digits**" in second
    assert "**random labels: 100 % of them, and 8 to 13 % of new digits**" in third
    assert "**for one of 49 it returns 9 rows and says nothing**" in fourth


def test_a_part_is_written_between_its_marks_and_nothing_else_changes(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    headlines.write(tmp_path)
    expected = f"above\n{BEGIN}\n{headlines.text()}\n{END}\nbelow\n"
    assert file.read_text(encoding="utf-8") == expected


def test_a_place_at_the_very_beginning_is_one():
    page = f"{BEGIN}\nold\n{END}"
    assert readme.placed(page, BEGIN, "new", END) == f"{BEGIN}\nnew\n{END}"


@pytest.mark.parametrize("page", ["nothing", f"{END}\n{BEGIN}", BEGIN, END])
def test_a_page_without_a_place_is_one_sentence(page):
    with pytest.raises(CommandError, match=r"^README\.md needs the lines .*\.$"):
        readme.placed(page, BEGIN, "new", END)
