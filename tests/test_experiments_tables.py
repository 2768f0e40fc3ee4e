"""Tables: what is run, what is kept, and that the committed ones are theirs."""

import pytest

from mnist_tutorial import data, model
from mnist_tutorial.experiments import common, exams, tables
from mnist_tutorial.experiments.cache import Cache, code_version

COMMITTED = [
    name
    for name in tables.TABLES
    if (common.PACKAGE / "results" / f"{name}.csv").exists()
]


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_table_has_a_row_for_each_run_and_nothing_else(name):
    runs = tables.TABLES[name].runs()
    rows = tables.load_results(name)
    assert len(rows) == len(runs)
    for run, row in zip(runs, rows, strict=True):
        assert {key: row[key] for key in run} == run
        assert all(isinstance(v, int | float) for k, v in row.items() if k not in run)
        assert all(0 <= v <= 1 for k, v in row.items() if k.endswith("accuracy"))


def test_every_table_in_results_is_one_that_a_command_makes():
    for file in (common.PACKAGE / "results").glob("*.csv"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# python -m tools results {file.stem}"
        assert file.stem in tables.TABLES


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
    table = tables.Table(lambda: [{"x": x} for x in range(5)], run)
    monkeypatch.setitem(tables.TABLES, "squares", table)
    return computed, broken, tmp_path / "results"


def test_a_table_that_was_stopped_goes_on_where_it_was(squares):
    computed, broken, folder = squares
    with pytest.raises(RuntimeError):
        tables.make_results("squares")
    assert computed == [0, 1, 2]
    assert not (folder / "squares.csv").exists()
    broken.clear()
    tables.make_results("squares")
    assert computed == [0, 1, 2, 3, 4]
    assert (folder / "squares.csv").read_text(encoding="utf-8") == (
        "# python -m tools results squares\nx,square\n0,0\n1,1\n2,4\n3,9\n4,16\n"
    )
    assert not (folder / "squares.part").exists()


def test_each_row_is_told_at_once_also_where_the_output_goes_into_a_file(
    squares, monkeypatch
):
    _, broken, _ = squares
    broken.clear()
    told = []
    monkeypatch.setattr("builtins.print", lambda row, flush: told.append((row, flush)))
    tables.make_results("squares")
    assert told == [({"x": x, "square": x * x}, True) for x in range(5)]


def test_a_run_on_another_data_set_is_told_where_its_files_are(squares, monkeypatch):
    asked = []

    def run(**how):
        asked.append(how)
        return {"x": len(asked)}

    names = ["MNIST", *data.DATASETS[1:], "letters"]
    table = tables.Table(lambda: [{"dataset": name} for name in names], run)
    monkeypatch.setitem(tables.TABLES, "squares", table)
    tables.make_results("squares", data_root="here")
    other = [name for name in names if name in data.DATASETS and name != "MNIST"]
    assert asked == [
        {"dataset": name} | ({"data_root": "here"} if name in other else {})
        for name in names
    ]
    assert "FashionMNIST" in other


def test_a_run_with_other_parameters_or_of_other_code_is_not_taken(
    squares, monkeypatch
):
    computed, broken, folder = squares
    broken.clear()
    kept = Cache(folder / "squares.part", code_version())
    kept.put({"x": 9}, {"square": 7})
    kept.put({"x": 2}, {"square": 4})
    other = Cache(folder / "squares.part", "other code")
    other.put({"x": 4}, {"square": 7})
    tables.make_results("squares")
    assert computed == [0, 1, 3, 4]


# The cache


def test_a_result_is_found_again_by_its_parameters_in_any_order(tmp_path):
    file = tmp_path / "runs"
    Cache(file, "a").put({"x": 1, "name": "ä\n"}, {"value": 0.1 + 0.2})
    again = Cache(file, "a")
    assert again.get({"name": "ä\n", "x": 1}) == {"value": 0.1 + 0.2}
    assert again.get({"x": 1}) is None
    assert Cache(file, "b").get({"name": "ä\n", "x": 1}) is None


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_line_that_a_crash_cut_off_costs_that_run_only(tmp_path, cut):
    file = tmp_path / "runs"
    cache = Cache(file, "a")
    for x in (1, 2):
        cache.put({"x": x}, {"square": x * x})
    content = file.read_bytes()
    file.write_bytes(content[:-cut])
    damaged = Cache(file, "a")
    assert damaged.get({"x": 1}) == {"square": 1}
    assert damaged.get({"x": 2}) == ({"square": 4} if cut == 1 else None)
    damaged.put({"x": 3}, {"square": 9})
    assert Cache(file, "a").get({"x": 1}) == {"square": 1}
    assert Cache(file, "a").get({"x": 3}) == {"square": 9}


def test_a_cache_that_is_only_read_leaves_its_file_as_it_is(tmp_path):
    file = tmp_path / "runs"
    assert Cache(file, "a").get({"x": 1}) is None
    assert not file.exists()
    Cache(file, "a").put({"x": 1}, {"square": 1})
    content = file.read_bytes()
    assert Cache(file, "a").get({"x": 1}) == {"square": 1}
    assert file.read_bytes() == content


def test_a_line_that_is_damaged_is_passed_over(tmp_path):
    file = tmp_path / "runs"
    Cache(file, "a").put({"x": 1}, {"square": 1})
    with file.open("ab") as end:
        end.write(b"\xff\xfe\n\n7\n[1, 2]\n" + b"[" * 100_000 + b"\n")
    Cache(file, "a").put({"x": 2}, {"square": 4})
    again = Cache(file, "a")
    assert [again.get({"x": x}) for x in (1, 2)] == [{"square": 1}, {"square": 4}]


def test_the_version_is_of_code_and_of_the_files_that_are_named(tmp_path):
    files = [tmp_path / name for name in ("a.py", "sub/b.py", "weights/w", "c.js")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("1", encoding="utf-8")
    versions = {code_version("weights/*", package=tmp_path)}
    for file in files:
        file.write_text("2", encoding="utf-8")
        versions.add(code_version("weights/*", package=tmp_path))
    assert len(versions) == 4  # c.js decides nothing
    files[0].rename(tmp_path / "d.py")
    assert code_version("weights/*", package=tmp_path) not in versions


# Rows


def test_rows_are_gathered_over_their_seeds_by_one_key_or_more():
    rows = [
        {"net": net, "size": size, "seed": seed, "reporting_accuracy": size + seed}
        for net in "ab"
        for size in (10, 20)
        for seed in (0, 1)
    ]
    assert tables.by_seed(rows, ["size"], net="a") == {10: [10, 11], 20: [20, 21]}
    both = tables.by_seed(rows, ["net", "size"], "seed")
    assert both == {(net, size): [0, 1] for net in "ab" for size in (10, 20)}
    assert tables.by_seed(rows, ["size"], net="c") == {}


def test_an_unknown_table_is_one_sentence():
    with pytest.raises(ValueError, match="no table 'nonsense'; choose one of readings"):
        tables.make_results("nonsense")


def test_an_exam_is_of_every_network_that_the_course_ships_with_all_its_layers():
    expected = {"ConvNet": model.SHIPPED[""], "NormNet": model.SHIPPED["best"]}
    assert exams.LOADERS.keys() == expected.keys()
    assert exams.exam_runs() == [
        {"network": name, "seed": seed}
        for name, seeds in expected.items()
        for seed in seeds
    ]
    for name, load in exams.LOADERS.items():
        assert type(load()).__name__ == name
