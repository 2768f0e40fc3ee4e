"""The README's picture is that of the imports, and no import goes the wrong way."""

from pathlib import Path

import pytest

from tools import architecture
from tools.architecture import BEGIN, END
from tools.checkout import CommandError

README = architecture.ROOT / "README.md"


def planted(tmp_path: Path, **files: str) -> Path:
    """A repository of these modules: `plots__common="..."` is plots/common.py."""
    for name, source in {"__init__": "", **files}.items():
        file = tmp_path / "mnist_tutorial" / f"{name.replace('__', '/', 1)}.py"
        if name == "__init__":
            file = tmp_path / "mnist_tutorial" / "__init__.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return tmp_path


def test_the_readme_shows_todays_imports():
    text = README.read_text(encoding="utf-8")
    assert architecture.placed(text) == text, (
        "the picture in README.md is not that of the imports; "
        "`python -m tools architecture` draws it"
    )


def test_the_picture_can_be_read_at_a_glance():
    lines = architecture.text().splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 88


def test_every_import_goes_the_right_way():
    assert architecture.faults() == []


def test_the_picture_is_put_between_the_marks_and_nothing_else_changes(tmp_path):
    root = planted(tmp_path, data="", model="from mnist_tutorial import data")
    readme = tmp_path / "README.md"
    readme.write_text(f"above\n\n{BEGIN}\nold\n{END}\n\nbelow\n", encoding="utf-8")
    assert architecture.write(root)
    assert readme.read_text(encoding="utf-8") == (
        f"above\n\n{BEGIN}\n```\ndata\nimport nothing of the package\n\nmodel ← data\n"
        f"```\n{END}\n\nbelow\n"
    )
    assert not architecture.write(root)
    (root / "mnist_tutorial" / "model.py").write_text("import torch", encoding="utf-8")
    assert architecture.write(root)


def test_a_readme_without_marks_is_one_sentence(tmp_path):
    root = planted(tmp_path, data="")
    for page in ("nothing here", f"{END}\n{BEGIN}"):
        with pytest.raises(CommandError, match="needs the lines"):
            architecture.placed(page, root)


@pytest.mark.parametrize(
    "source",
    [
        "import mnist_tutorial.data",
        "import mnist_tutorial.data as d",
        "from mnist_tutorial import data",
        "from mnist_tutorial.data import load",
        "from . import data",
        "from .data import load",
        "def f():\n    from mnist_tutorial.data import load",
        "if TYPE_CHECKING:\n    from mnist_tutorial import data",
    ],
)
def test_every_form_of_import_is_seen(tmp_path, source):
    root = planted(tmp_path, data="", model=source)
    assert architecture.graph(root) == {"data": set(), "model": {"data"}}


def test_a_folder_is_one_node_and_its_files_may_import_each_other(tmp_path):
    root = planted(
        tmp_path,
        data="",
        experiments____init__="from mnist_tutorial.experiments.common import SEEDS",
        experiments__common="from mnist_tutorial import data",
        experiments__faq="from .common import SEEDS\nfrom ..data import load",
    )
    assert architecture.graph(root) == {"data": set(), "experiments": {"data"}}
    assert architecture.faults(root) == []


def test_nodes_stand_below_all_that_they_import(tmp_path):
    root = planted(
        tmp_path,
        data="",
        train="",
        model="from mnist_tutorial import data",
        sweeps="from mnist_tutorial import model, train",
    )
    layers = architecture.layers(architecture.graph(root))
    assert layers == [["data", "train"], ["model"], ["sweeps"]]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"data": "from .model import x", "model": ""}, "data imports model"),
        ({"ops": "import mnist_tutorial.data", "data": ""}, "ops imports data"),
        (
            {"checkpoint": "from . import model", "model": ""},
            "checkpoint imports model",
        ),
        ({"plots__a": "from ..data import x", "data": ""}, "plots imports data"),
        ({"plots__a": "import torch"}, "plots.a imports torch"),
        (
            {"model": "from . import plots", "plots____init__": ""},
            "model imports plots",
        ),
        ({"export": "import ipywidgets as w"}, "export imports ipywidgets"),
        ({"params": "def f():\n    from IPython import x"}, "params imports IPython"),
        ({"model": "from tools import notebooks"}, "model imports tools"),
        ({"model": "import notebooks.helpers"}, "model imports notebooks"),
    ],
)
def test_a_planted_import_is_refused(tmp_path, files, sentence):
    wrong = architecture.faults(planted(tmp_path, **files))
    assert any(sentence in line and line.endswith("may not.") for line in wrong), wrong


FREE = ("chain", "data", "files", "hints", "metrics", "ops", "plots")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        *((name, set()) for name in FREE),
        *(("train", {"data"}), ("checkpoint", {"files"}), ("claims", {"files"})),
        ("anything", {*FREE, "train"} - {"plots"}),
    ],
)
def test_each_module_imports_of_the_package_what_it_may(tmp_path, name, allowed):
    others = {*FREE, "train"} - {name}
    for other in others:
        root = tmp_path / other
        files = {name: f"from mnist_tutorial import {other}", other: ""}
        fault = f"{name} imports {other}, but may not."
        expected = [] if other in allowed else [fault]
        assert architecture.faults(planted(root, **files)) == expected


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        *((name, {"widgets"}) for name in ("IPython", "anywidget", "ipywidgets")),
        *((name, set()) for name in ("notebooks", "tests")),
        *((name, {"plots", "widgets", "model"}) for name in ("numpy", "matplotlib")),
        ("json", {"plots", "widgets", "model"}),
        ("torch", {"widgets", "model"}),
    ],
)
def test_each_part_imports_of_others_what_it_may(tmp_path, package, allowed):
    for part, module in (("plots", "a"), ("widgets", "a"), ("model", "")):
        name = f"{part}__{module}" if module else part
        root = planted(tmp_path / part, **{name: f"import {package}.b"})
        fault = f"{'.'.join(filter(None, [part, module]))} imports {package}, but may"
        found = architecture.faults(root)
        assert found == [] if part in allowed else fault in found[0]


def test_widgets_may_import_what_others_may_not(tmp_path):
    source = "import anywidget, ipywidgets\nfrom mnist_tutorial import plots"
    root = planted(tmp_path, widgets__base=source, plots____init__="import numpy")
    assert architecture.faults(root) == []


def test_circles_are_named(tmp_path):
    root = planted(
        tmp_path,
        model="from mnist_tutorial import train",
        train="from mnist_tutorial import model",
    )
    circle = "model > train > model"
    assert any(circle in line for line in architecture.faults(root))
    with pytest.raises(architecture.ArchitectureError, match=circle):
        architecture.text(root)


def test_a_circle_inside_a_folder_is_named_too(tmp_path):
    root = planted(
        tmp_path,
        widgets____init__="",
        widgets__a="from mnist_tutorial.widgets import b",
        widgets__b="from mnist_tutorial.widgets.a import A",
    )
    assert "mnist_tutorial.widgets.a > " in architecture.faults(root)[0]


def test_a_circle_through_the_package_itself_is_named(tmp_path):
    sources = {
        "__init__": "from . import model",
        "model": "from mnist_tutorial import X",
    }
    (fault,) = architecture.faults(planted(tmp_path, **sources))
    assert "mnist_tutorial > mnist_tutorial.model > mnist_tutorial" in fault


def test_where_no_import_goes_in_a_circle_there_is_none():
    for of in ({}, {"a": {"b"}, "b": set()}):
        assert architecture.circle(of) == []
    assert architecture.circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_the_command_refuses_or_writes(tmp_path, capsys):
    root = planted(tmp_path, data="from mnist_tutorial import model", model="")
    with pytest.raises(CommandError, match=r"^data imports model, but may not\.$"):
        architecture.run(root)
    (root / "mnist_tutorial" / "data.py").write_text("", encoding="utf-8")
    (root / "README.md").write_text("no marks", encoding="utf-8")
    with pytest.raises(CommandError, match="needs the lines"):
        architecture.run(root)
    (root / "README.md").write_text(f"{BEGIN}{END}", encoding="utf-8")
    capsys.readouterr()
    architecture.run(root)
    architecture.run(root)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "README.md: the picture is new."
    assert second == "README.md: the picture is as it was."
    assert "data  model" in (root / "README.md").read_text(encoding="utf-8")
