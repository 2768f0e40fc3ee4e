"""The pages without Python, as files: what is run, rounded and written for them."""

import copy
import json
import re
from urllib.parse import unquote

import nbformat
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from support import mnist_splits

from mnist_tutorial import model, train
from mnist_tutorial.widgets import inputs
from tools import notebooks
from tools.site import asked, execute, make, pack, render, slices, words

PATHS = notebooks.find()
# What only somebody with Python can do, or wait for.
FALSE = re.compile(
    r"running kernel|Shift\+Enter|\bex\.\w|re-?run\b|(for|of) the dots|[Nn]othing yet|"
    r"\b[Rr]un (it|the|this|that|these|every|each|a|next) cells?\b|how sure you are|"
    r"restart|\"What differs\"|drag B|(this|next) cell and|a cell that you|"
    r"processor with the notebook"
)


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
    sources = ["net = 1", "loss(net(x)).backward()", "print(net(x).sum())", "use(net)"]
    assert list(slices.needed(sources, [3])) == [0, 1, 3]
    drawn = "torch.manual_seed(3)\nnet = rand(1)"
    assert slices.needed(["torch.manual_seed(2)", drawn, "use(net)"], [2])[1] == drawn


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


@pytest.fixture(scope="module")
def pages():
    """By name, the HTML of each page, without its widgets, and of the index."""
    made = {f"{p.stem}.html": make.page_of(p, execute.Shown({}, {})) for p in PATHS}
    made["index.html"] = make.index_of(PATHS)
    return {name: BeautifulSoup(page, "html.parser") for name, page in made.items()}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_page_asks_for_nothing_and_has_all_of_its_notebook(path, pages):
    page, notebook = pages[f"{path.stem}.html"], notebooks.read(path)
    for tag in page.select("[src], link[href]"):
        assert (tag.get("src") or tag["href"]).startswith("data:"), tag.name
    assert all(image.get("alt") for image in page.select("img"))
    assert all(output.get_text() or output.img for output in page.select(".output"))
    text = page.find("main").get_text()
    assert not re.search(r"\$[^$\n]*\\[a-z]+", text)  # every formula is MathML
    entries = asked.entries(notebook, path.stem[:2])
    assert {one["data-ask"] for one in page.select("[data-ask]")} == set(entries)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    in_page = [entry for entry in entries.values() if entry["kind"] in asked.LIVE]
    assert len(page.select("details.code")) == len(codes) - len(in_page)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_page_asks_nobody_to_run_code_and_waits_for_no_python(path, pages):
    """Else a pattern for it is missing in tools/site/words.py."""
    page = copy.copy(pages[f"{path.stem}.html"])
    for code in page.select("pre"):
        if not code.find_parent(class_="output"):
            code.extract()  # what a reader may take into the notebook
    text = page.find("main").get_text()
    for entry in json.loads(page.find(id="exercises").string):
        if entry["kind"] in (*asked.LIVE, "predict"):
            asks = [entry.get("task", ""), entry.get("question", "")]
            text = "\n".join([text, *asks, *entry.get("hints", ())])
    sentences = re.split(r"(?<=[.:?!)])\s", text)
    wrong = [s for s in sentences if FALSE.search(s) and "notebook" not in s]
    assert not wrong


@pytest.mark.parametrize(
    "name", [f"{path.stem}.html" for path in PATHS] + ["index.html"]
)
def test_every_link_leads_somewhere(name, pages):
    for link in pages[name].select("a[href]"):
        page, _, anchor = link["href"].partition("#")
        if re.match(r"https?:|notebooks/", page):
            continue
        target = pages[page or name]
        assert not anchor or target.find(id=unquote(anchor)), link["href"]


def test_what_stands_for_the_words_of_a_notebook_is_needed():
    text = "\n\n".join(
        cell.source for path in PATHS for cell in notebooks.read(path).cells
    )
    unused = [one for one in words.REWORDED if not re.search(one, text)]
    assert not unused


def test_a_guess_is_taken_out_of_the_code_of_a_prediction():
    code = (
        "guess = ex.predict.sum(...)  # yours\na = 3\nguess.meets(\n    a\n)\nprint(a)"
    )
    assert words.unasked(code) == "a = 3\nprint(a)"


def test_what_bars_were_set_for_is_folded_until_it_is_asked_for():
    cells = ["guess = widgets.GuessBars(names)\nguess", "print(1)", "print(2)"]
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    make.mark(book, execute.Shown({}, {}), {})
    assert [cell.metadata["site"]["folded"] for cell in book.cells] == [
        False,
        True,
        False,
    ]


def test_no_end_of_an_element_lies_inside_a_script():
    assert "</" not in make.in_element('{"a": "</script><!--"}')


def test_a_formula_is_mathml_and_a_heading_has_the_anchor_of_jupyterlab():
    html = render.markdown("## The map $a^2$\n\n$$\\frac{1}{2}$$")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">' in html
    assert "<mfrac>" in html
    assert 'id="The-map' in html
    quoted = BeautifulSoup(render.markdown('## The "map"'), "html.parser")
    assert quoted.h2["id"] == 'The-"map"'


def test_pages_and_an_index_of_those_that_are_there_are_written(tmp_path):
    def made(name):
        pages = make.make([name], tmp_path, run=lambda _: execute.Shown({}, {}))
        return [page.name for page in pages]

    def links(page, at):
        html = BeautifulSoup((tmp_path / page).read_text("utf-8"), "html.parser")
        return [link["href"] for link in html.select(at)]

    assert made("00") == ["index.html", "00_bridge.html"]
    assert links("index.html", ".cards h2 a") == ["00_bridge.html"]
    assert (tmp_path / "notebooks" / "00_bridge.ipynb").is_file()
    assert made("03") == ["index.html", "03_data.html"]
    assert links("index.html", ".cards h2 a") == ["00_bridge.html", "03_data.html"]
    html = (tmp_path / "03_data.html").read_text("utf-8")
    assert 'href="00_bridge.html"' in html and "04 Model" in html
    there = {"index.html", "00_bridge.html", "03_data.html"}
    for page in there:
        hrefs = [link.partition("#")[0] for link in links(page, "a[href]")]
        assert {href for href in hrefs if re.fullmatch(r"\w+\.html", href)} <= there


def test_a_page_of_a_changed_notebook_is_said_to_show_the_changes(
    tmp_path, monkeypatch
):
    pages = [tmp_path / name for name in ("index.html", "00_bridge.html")]
    for page in pages:
        page.write_text("x", encoding="utf-8")
    monkeypatch.setattr(notebooks, "edited", lambda: [PATHS[1]])
    assert "Changed since" not in make.report(pages, tmp_path)
    monkeypatch.setattr(notebooks, "edited", lambda: PATHS[:2])
    said = make.report(pages, tmp_path)
    assert "Changed since the last commit: 00_bridge. The pages show" in said
    assert "`make reset`" in said and "MB" in said


def test_what_a_notebook_shows_is_its_widgets_with_their_state(tmp_path):
    cells = [
        "import matplotlib.pyplot as plt\n"
        "from ipywidgets import FloatSlider, interactive_output\n"
        "from mnist_tutorial import widgets\nasks = ['one']",
        "1 / 0",
        "asks.append('two')\ndef show(by):\n    plt.plot([0, by])\n    plt.show()",
        "widgets.GuessBars(asks)",
        "slider = FloatSlider(1, min=-2, max=2, step=0.1, description='move')\n"
        "display(slider, interactive_output(show, {'by': slider}))",
    ]
    path = tmp_path / "04_test.ipynb"
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    nbformat.write(book, path)
    shown = execute.widgets_of(path)
    assert list(shown.ids) == [3, 4]
    guess, slider = (shown.states[key] for (key,) in shown.ids.values())
    assert (guess["widget"], slider["widget"]) == ("GuessBars", "Filmstrip")
    assert guess["state"]["names"] == ["one", "two"]
    strip = slider["state"]
    assert strip["values"][strip["start"]] == 1
    assert len(strip["values"]) == 14 and strip["values"][:2] == [-2, -1.7]
    frames = [strip[f"frame_{k}"] for k in range(14)]
    assert len(set(frames)) == 14 and frames[strip["start"]] == slider["still"]
    page = make.page_of(path, shown)
    assert page.count("data-live=") == 1  # the notebook keeps no picture of the other
