"""The pages without Python, as files: what is run, rounded and written for them."""

import re

import nbformat
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from support import mnist_splits

from mnist_tutorial import model, train
from mnist_tutorial.widgets import inputs
from tools import notebooks
from tools.site import asked, execute, make, pack, render, slices

PATHS = notebooks.find()


def test_only_what_a_cell_needs_is_run():
    sources = [
        "import math\nseed = 3",
        "net = [seed]\nslow = [k for k in range(9)]",
        "net.append(4)\nprint(net)",
        "for seed in slow:\n    other = seed",
        "show(net)",
    ]
    needed = slices.needed(sources, [4])
    kept = {0: "seed = 3", 1: "net = [seed]", 2: "net.append(4)", 4: "show(net)"}
    assert needed == kept


def test_a_part_that_is_set_and_a_function_that_is_called_are_needed():
    sources = ["a = {}\nk = 1", "a[k] = 2", "def f():\n    return a", "use(f())"]
    assert list(slices.needed(sources, [3])) == [0, 1, 2, 3]


@pytest.mark.parametrize("control", ["", *model.CONTROLS])
def test_rounded_weights_decide_as_pytorch_does(control):
    net = model.load_control(control, 0) if control else model.load_pretrained()
    images = mnist_splits().validation.images[:2000]
    (packed,), weights = inputs.packed({"model": net})
    floats = np.frombuffer(weights, "<f4")
    rows = list(pack.rows_of(floats, packed["layers"]))
    forms = [[one.form for one in part] for part in rows]
    values = [
        pack.unpacked(pack.rounded(part), form)
        for part, form in zip(rows, forms, strict=True)
    ]
    back = torch.from_numpy(np.concatenate(values))
    assert len(back) == len(floats)
    before = train.predict(net, images)
    torch.nn.utils.vector_to_parameters(back, net.parameters())
    after = train.predict(net, images)
    assert (before.argmax(1) == after.argmax(1)).all()
    assert (before - after).abs().max() < 0.02


def test_a_block_stands_once_in_a_page():
    blocks = pack.Blocks()
    assert blocks.add(b"same") == blocks.add(b"same") != blocks.add(b"other")
    assert len(blocks.texts) == 2


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_page_asks_for_nothing_and_has_all_of_its_notebook(path):
    page = make.page_of(path, execute.Shown({}, {}))
    html = BeautifulSoup(page, "html.parser")
    for tag in html.select("[src], link[href]"):
        assert (tag.get("src") or tag["href"]).startswith("data:"), tag.name
    assert all(image.get("alt") for image in html.select("img"))
    notebook = notebooks.read(path)
    codes = [c for c in notebook.cells if c.cell_type == "code"]
    assert len(html.select("details.code")) == len(codes)
    for link in html.select(".contents li a"):
        assert html.find(id=link["href"][1:]) is not None, link["href"]
    text = html.find("main").get_text()
    assert not re.search(r"\$[^$\n]*\\[a-z]+", text)  # every formula is MathML
    entries = asked.entries(notebook, path.stem[:2])
    assert len(html.select("[data-ask]")) == len(entries)


def test_no_end_of_an_element_lies_inside_a_script():
    assert "</" not in make.in_element('{"a": "</script><!--"}')


def test_a_formula_is_mathml_and_a_heading_has_the_anchor_of_jupyterlab():
    html = render.markdown("## The map $a^2$\n\n$$\\frac{1}{2}$$")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">' in html
    assert "<mfrac>" in html
    assert 'id="The-map' in html


def test_pages_and_index_are_written(tmp_path):
    pages = make.make(["00"], tmp_path, run=lambda _: execute.Shown({}, {}))
    assert [page.name for page in pages] == ["index.html", "00_bridge.html"]
    index = BeautifulSoup(pages[0].read_text(encoding="utf-8"), "html.parser")
    links = [link["href"] for link in index.select(".cards h2 a")]
    assert links == [f"{path.stem}.html" for path in PATHS]
    assert (tmp_path / "notebooks" / "00_bridge.ipynb").is_file()
    assert "MB" in make.report(pages, tmp_path)


def test_what_a_notebook_shows_is_its_widgets_with_their_state(tmp_path):
    source = "from mnist_tutorial import widgets\nguess = widgets.GuessBars(['one'])"
    cells = [source, "1 / 0", "guess.values = [7]\nwidgets.GuessBars\nguess"]
    path = tmp_path / "04_test.ipynb"
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    nbformat.write(book, path)
    (ids, known) = execute.widgets_of(path)
    ((key,),) = ids.values()
    assert list(ids) == [2]
    assert known[key]["widget"] == "GuessBars"
    assert known[key]["state"]["values"] == [7]
