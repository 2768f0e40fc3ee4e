"""The parts of which pages without Python are made, each by itself."""

import base64
import gzip
import io
import json
import zlib
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from PIL import Image

from mnist_tutorial.widgets import GuessBars, base
from tools.lab import WIDGET_VIEW
from tools.site import asked, execute, index, make, pack, render, slices, words

# --- The state of a widget in few bytes


def conv(name: str, weight: int, bias: int | None) -> dict:
    sizes = {"inputs": 2, "outputs": 3, "rows": 2, "columns": 5}
    return {"name": name, "kind": "conv", **sizes, "weight": weight, "bias": bias}


def linear(weight: int, bias: int | None, inputs: int = 4, outputs: int = 2) -> dict:
    sizes = {"inputs": inputs, "outputs": outputs}
    return {"name": "fc", "kind": "linear", **sizes, "weight": weight, "bias": bias}


LAYERS = [conv("a", 0, 60), {"name": "relu", "kind": "relu"}, linear(63, None)]


def test_weights_are_rows_for_each_output_channel_with_the_biases_behind():
    floats = np.arange(71, dtype="<f4")
    (first, bias), (last,) = pack.rows_of(floats, LAYERS)
    assert first.values.tolist() == floats[:60].reshape(3, 20).tolist()
    assert bias.values.tolist() == [[60, 61, 62]] and (first.bits, bias.bits) == (
        16,
        32,
    )
    assert last.values.tolist() == floats[63:].reshape(2, 4).tolist()
    assert [one.form for one in (first, bias, last)] == [
        *([3, 20, 16], [1, 3, 32], [2, 4, 16])
    ]


@pytest.mark.parametrize(("columns", "bits"), [(32767, 16), (32768, 13)])
def test_layers_of_many_weights_are_rounded_more(columns, bits):
    floats = np.zeros(2 * columns, "<f4")
    ((rows,),) = pack.rows_of(floats, [linear(0, None, columns, 2)])
    assert rows.bits == bits and rows.form == [2, columns, 16]


@pytest.mark.parametrize(("bits", "most"), [(13, 4095), (16, 32767)])
def test_numbers_are_rounded_to_steps_of_their_row(bits, most):
    values = np.array([[1, -0.25, 0], [0, 0, 0], [-8, 2, 7.9]], "<f4")
    rows = pack.Rows(values, bits)
    content = pack.rounded([rows])
    steps = np.frombuffer(content, "<f4", 3)
    assert steps == pytest.approx([1 / most, 1, 8 / most])
    counts = np.frombuffer(content, "<i2", offset=12).reshape(3, 3)
    assert counts.tolist() == np.rint(values / steps[:, None]).tolist()
    back = pack.unpacked(content, [rows.form]).reshape(3, 3)
    assert back.dtype == np.float32
    assert np.abs(back - values).max() <= 8 / most / 2 + 1e-6


def test_groups_of_rows_lie_one_behind_the_other_in_a_block():
    rows = [
        pack.Rows(np.array([[3.0, -1.5]], "<f4"), 16),
        pack.Rows(np.array([[0.1, 0.2, 0.3]], "<f4"), 32),
        pack.Rows(np.array([[5.0]], "<f4"), 13),
        pack.Rows(np.array([[0.7]], "<f4"), 32),
    ]
    content, form = pack.rounded(rows), [one.form for one in rows]
    assert len(content) == (4 + 2 * 2) + 4 * 3 + (4 + 2) + 4
    expected = [3, -1.5, 0.1, 0.2, 0.3, 5, 0.7]
    assert pack.unpacked(content, form) == pytest.approx(expected, rel=1e-4)


def read(blocks: pack.Blocks, part: list) -> np.ndarray | bytes:
    name, form = part
    content = zlib.decompress(base64.b64decode(blocks.texts[name]))
    return pack.unpacked(content, form) if form else content


WEIGHTS = np.linspace(-1, 1, 71).astype("<f4")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("weights", {"layers": LAYERS}),
        ("weights", {"layers": [], "networks": "twice"}),
        ("weights", {"readers": "twice"}),
        ("page_weights", {"page_layers": LAYERS}),
    ],
)
def test_weights_are_packed_layer_by_layer_and_equal_layers_once(name, state):
    part = {"length": 71, "layers": LAYERS}
    twice = [part | {"start": 0}, part | {"start": 71}]
    state = {key: twice if value == "twice" else value for key, value in state.items()}
    networks = 2 if twice in state.values() else 1
    content = np.tile(WEIGHTS, networks).astype("<f4").tobytes()
    blocks = pack.Blocks()
    packed = pack.pack(state | {name: content, "other": b"as it is"}, blocks)
    assert packed["state"] == state
    (other,) = packed["bytes"]["other"]
    assert read(blocks, other) == b"as it is" and other[1] == []
    parts = packed["bytes"][name]
    assert [form for _, form in parts] == [
        *([[3, 20, 16], [1, 3, 32]], [[2, 4, 16]])
    ] * networks
    values = np.concatenate([read(blocks, part) for part in parts])
    assert values == pytest.approx(np.tile(WEIGHTS, networks), abs=1e-4)
    assert len(blocks.texts) == 3  # two layers, and the other bytes


def test_weights_of_a_widget_without_a_network_stay_as_they_are():
    blocks = pack.Blocks()
    parts = pack.pack({"weights": b"some", "page_weight": b"more"}, blocks)["bytes"]
    assert [read(blocks, part) for (part,) in parts.values()] == [b"some", b"more"]


@pytest.mark.parametrize(
    ("name", "more", "form"),
    [
        ("features", {"layers": [linear(0, None, 6, 2)]}, [4, 6, 16]),
        ("page_filters", {"filters": bytes(2 * 3 * 4)}, [8, 3, 16]),
    ],
)
def test_some_other_traits_are_rounded_in_rows_of_their_own(name, more, form):
    blocks, values = pack.Blocks(), np.linspace(-2, 2, 24).astype("<f4")
    packed = pack.pack({name: values.tobytes(), **more}, blocks)["bytes"]
    ((block, forms),) = packed[name]
    assert forms == [form]
    assert read(blocks, [block, forms]) == pytest.approx(values, abs=1e-3)
    empty = pack.pack({name: b"", **more}, blocks)["bytes"][name]
    assert [read(blocks, part) for part in empty] == [b""]


def test_a_block_is_named_after_its_bytes_and_compressed():
    blocks = pack.Blocks()
    name = blocks.add(bytes(10_000))
    assert len(name) == 12 and int(name, 16) and len(blocks.texts[name]) < 100


# --- Words


@pytest.mark.parametrize(
    ("said", "on_a_page"),
    [
        (
            "Run the next two cells, parameters and imports; you need not read them.",
            "The next two cells hold parameters and imports; you need not read them.",
        ),
        ("(Do; `ex.a_b.hint()` helps, `ex.c.solution()` shows the way.)", "(Do)"),
        (
            "Answer with a letter, a number, and how sure you are.",
            "Choose a claim and its reason.",
        ),
        (
            "*Use A's weights* hands it",
            "In the notebook, *Use A's weights* hands it",
        ),
        ("Click into a cell and press Shift+Enter to run it; go on.", "Go on."),
        ("Skip it, but run the cells in order.", "Skip it."),
        ("Something else.", "Something else."),
    ],
)
def test_words_for_somebody_with_python_become_those_of_a_page(said, on_a_page):
    assert words.reworded(said) == on_a_page
    entry = {"task": said, "kind": "compute", "level": 2}
    assert words.reworded_entry(entry) == entry | {"task": on_a_page}


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("guess = ex.predict.a(\n    1,\n)\nb = 2", "b = 2"),
        ("ex.predict.a(1)\nb = 2\nguess.meets(b)", "b = 2"),
        ("b = 2\n\nex.a(b)\n\nprint(b)", "b = 2\n\n\nprint(b)"),
        ("guess.of(3)\nmore = index.a(3)", "guess.of(3)\nmore = index.a(3)"),
    ],
)
def test_code_of_a_prediction_keeps_all_but_the_guess(source, left):
    assert words.unasked(source) == left


# --- What is asked


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (new_code_cell("ex.places(...)"), "places"),
        (new_code_cell("a = 1\nguess = ex.predict.sizes(\n    3)"), "sizes"),
        (new_code_cell("ex.card()\nex.keep()\nex.last(1)"), "last"),
        (new_code_cell("ex.card()"), ""),
        (new_code_cell("print(ex.places)"), ""),
        (new_markdown_cell("ex.places(...)"), ""),
    ],
)
def test_the_exercise_of_a_cell_is_the_one_that_it_calls(cell, key):
    assert asked.key_in(cell) == key


def test_entries_are_those_of_the_notebook_in_its_order():
    every = asked.exercises.pages()["02"]
    first, second = (entry["key"] for entry in every[:2])
    cells = [f"ex.{second}(1)", "ex.unknown(1)", f"ex.{first}(1)"]
    notebook = new_notebook(cells=list(map(new_code_cell, cells)))
    assert list(asked.entries(notebook, "02")) == [second, first]
    assert asked.entries(notebook, "02")[first] == every[0]
    assert asked.entries(notebook, "99") == {}


# --- The index


def png(width: int = 8, height: int = 4, colour: int = 7) -> str:
    content = io.BytesIO()
    values = np.random.default_rng(colour).integers(0, 256, (height, width, 3))
    Image.fromarray(values.astype(np.uint8)).save(content, format="png")
    return base64.b64encode(content.getvalue()).decode()


def pictured(
    source: str = "draw()", picture: str | None = None
) -> nbformat.NotebookNode:
    data = {"image/png": picture or png()}
    return new_code_cell(source, outputs=[new_output("display_data", data)])


FIRST = """# 02 A & B

*What is a map,
and **whose**?*

**Time** 25 to 40 minutes. **Needs** nothing."""


def written(tmp_path, cells, name="02_convolution.ipynb") -> Path:
    nbformat.write(new_notebook(cells=cells), tmp_path / name)
    return tmp_path / name


def test_a_card_has_title_question_time_picture_and_what_is_to_do(tmp_path):
    key = asked.exercises.pages()["02"][0]["key"]
    stream = new_output("stream", text="words")
    spoken = new_code_cell("say()", outputs=[stream])
    cells = [
        new_markdown_cell(FIRST),
        spoken,
        pictured(),
        new_code_cell(f"ex.{key}(1)"),
    ]
    card = BeautifulSoup(index.card(written(tmp_path, cells)), "html.parser")
    assert card.h2.a["href"] == "02_convolution.html" and card.h2.text == "02 A & B"
    question, time, progress = card.select("p")
    assert (
        question.text == "What is a map, and whose?" and "class" not in question.attrs
    )
    assert time.text == "25 to 40 minutes" and time["class"] == ["faint"]
    assert progress["data-keys"] == key and progress.text == ""
    assert card.img["alt"] == "" and card.img["src"].startswith(
        "data:image/png;base64,"
    )


def test_a_card_leaves_out_what_there_is_not(tmp_path):
    path = written(tmp_path, [new_markdown_cell("# 02 Bare"), new_code_cell("1")])
    assert index.card(path) == (
        '<li><h2><a href="02_convolution.html">02 Bare</a></h2></li>'
    )


def test_the_picture_of_a_card_is_the_attached_one_before_any_other(tmp_path):
    wide, other = png(960, 96), png(30, 60)
    first = new_markdown_cell(FIRST, attachments={"riddle.png": {"image/png": wide}})
    for cells, size in (
        ([first, pictured(picture=other)], (480, 48)),
        ([new_markdown_cell(FIRST), pictured(picture=other), pictured()], (30, 60)),
    ):
        image = index._picture(new_notebook(cells=cells))
        data = image.removeprefix('<img alt="" src="data:image/png;base64,')
        picture = Image.open(io.BytesIO(base64.b64decode(data.removesuffix('">'))))
        assert picture.size == size and len(picture.getcolors()) <= 64
    assert index._picture(new_notebook(cells=[new_markdown_cell(FIRST)])) == ""


def test_terms_stand_in_the_index_with_anchors_in_small_letters(tmp_path):
    assert index.terms_of(tmp_path / "terms.md") == ""
    (tmp_path / "terms.md").write_text("## Big Map\n\nIt is.\n", encoding="utf-8")
    terms = BeautifulSoup(index.terms_of(tmp_path / "terms.md"), "html.parser").section
    assert (terms["id"], terms["class"]) == ("terms", ["text", "terms"])
    assert terms.h2["id"] == "big-map" and terms.h2.text == "Big Map"


# --- A page


def test_headings_of_the_second_level_are_the_contents():
    sources = ["# One\n\n## Two $x$\n\ntext\n\n## Three", "### Four", "## Five"]
    cells = [*map(new_markdown_cell, sources), new_code_cell("## Six")]
    found = render.headings(new_notebook(cells=cells))
    assert [one["id"] for one in found][1:] == ["Three", "Five"]
    assert found[0]["id"].startswith("Two-") and found[2]["text"] == "Five"


def test_formulas_stand_in_lines_of_their_own_or_within_one():
    html = render.markdown("$$a$$\n\n\\begin{align}a &= b\\end{align}\n\n$c$ <b>d</b>")
    page = BeautifulSoup(html, "html.parser")
    displays = [one["display"] for one in page.select("math")]
    assert displays == ["block", "block", "inline"]
    assert len(page.select("div.formula")) == 2 and page.b.text == "d"
    assert not page.select("a")


@pytest.mark.parametrize(
    ("heading", "title"),
    [("# 04 The model", "The model"), ("#  Questions", "Questions"), ("# 3", "")],
)
def test_a_title_is_a_heading_without_its_number(heading, title):
    cells = [new_markdown_cell(f"{heading}\n\nmore")]
    assert make.title_of(new_notebook(cells=cells)) == title


def test_neighbours_are_linked_by_their_names(tmp_path):
    path = written(tmp_path, [new_markdown_cell("# 02 Maps\n\nmore")])
    assert make.link([path]) == {"file": "02_convolution.html", "name": "02 Maps"}
    assert make.link([]) is None


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ('href="./04_model.ipynb#a-b"', 'href="04_model.html#a-b"'),
        ('href="04_model.ipynb"', 'href="04_model.html"'),
        ('href="terms.md#map"', 'href="index.html#map"'),
        ('href="./terms.md"', 'href="index.html#terms"'),
        ('href="notebooks/04_model.ipynb"', 'href="notebooks/04_model.ipynb"'),
        ('href="https://a.b/terms.md"', 'href="https://a.b/terms.md"'),
    ],
)
def test_links_to_notebooks_and_terms_lead_to_pages(link, there):
    assert make.without_notebooks(f"<a {link}>x</a>") == f"<a {there}>x</a>"


def test_pages_are_reported_with_their_sizes_as_they_are_sent(tmp_path):
    page = tmp_path / "a.html"
    page.write_bytes(np.random.default_rng(0).bytes(1_230_000))
    size = len(gzip.compress(page.read_bytes(), 9))
    assert make.gzipped(page) == size
    lines = make.report([page, page.with_name("a.html")], tmp_path).splitlines()
    assert lines == [
        f"{'a.html':<28}{size / 1e6:6.2f} MB",
        f"{'all, compressed':<28}{size / 1e6:6.2f} MB",
        f"Open {tmp_path / 'index.html'} in a browser.",
    ]


def test_pictures_of_outputs_and_attachments_become_lighter():
    cell = pictured(picture=png(64, 64))
    cell.attachments = {"a.png": {"image/png": png(64, 64, 3)}}
    before = cell.outputs[0].data["image/png"], png(64, 64, 3)
    make.lighten(cell)
    after = cell.outputs[0].data["image/png"], cell.attachments["a.png"]["image/png"]
    for heavy, light in zip(before, after, strict=True):
        assert base64.b64decode(light) == base.in_256_colours(base64.b64decode(heavy))
    make.lighten(new_markdown_cell("no picture"))


def site_of(cell, entries=None, shown=None, before=()) -> dict:
    notebook = new_notebook(cells=[*before, cell])
    make.mark(notebook, shown or execute.Shown({}, {}), entries or {})
    return cell.metadata["site"]


def test_a_page_knows_of_each_cell_whether_it_is_code_and_what_is_folded():
    plain = {"code": True, "hidden": False, "folded": False}
    assert site_of(new_markdown_cell("words")) == {"code": False}
    assert site_of(nbformat.v4.new_raw_cell("raw")) == {"code": False}
    assert site_of(new_code_cell("1")) == plain
    folds = {"source_hidden": True, "outputs_hidden": True}
    cell = new_code_cell("1", metadata={"jupyter": folds})
    assert site_of(cell) == plain | {"hidden": True, "folded": True}
    bars = new_code_cell("guess = widgets.GuessBars(names)")
    assert site_of(new_code_cell("1"), before=[bars])["folded"]
    live = execute.Shown({1: ["w"]}, {"w": {}})
    assert not site_of(new_code_cell("1"), shown=live, before=[bars])["folded"]
    assert not site_of(new_code_cell("1"), before=[bars, new_code_cell("2")])["folded"]


def test_words_of_a_text_are_those_of_a_page():
    cell = new_markdown_cell("Answer with a letter, a number, and how sure you are.")
    site_of(cell)
    assert cell.source == "Choose a claim and its reason."


def test_a_prediction_is_asked_before_its_cell_which_shows_no_guess():
    said = new_output("stream", text="How many?\n\nIt is 3.")
    alone = new_output("stream", text="How many?")
    cell = new_code_cell("guess = ex.predict.a(1)\nf()", outputs=[said, alone])
    entry = {"key": "a", "kind": "predict", "question": "How many?"}
    site = site_of(cell, {"a": entry})
    assert (site["ask"], site["kind"], site["folded"]) == ("a", "predict", True)
    assert cell.source == "f()" and site["code"]
    assert [output.text for output in cell.outputs] == ["It is 3."]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *((kind, False) for kind in ("compute", "decide", "order")),
        *((kind, True) for kind in ("repair", "write")),
    ],
)
def test_an_exercise_is_asked_behind_its_cell_or_shown_as_code(kind, code):
    cell = new_code_cell("ex.a(1)", outputs=[new_output("stream", text="Try")])
    site = site_of(cell, {"a": {"key": "a", "kind": kind}})
    assert (site["ask"], site["kind"], site["code"]) == ("a", kind, code)
    assert cell.outputs == [] and not site["folded"] and cell.source == "ex.a(1)"


def test_a_widget_is_live_in_the_place_of_its_picture():
    cell = pictured()
    cell.outputs.insert(0, new_output("stream", text="words"))
    cell.outputs.append(new_output("display_data", {"image/png": png()}))
    shown = execute.Shown({0: ["a", "b"]}, {"a": {}, "b": {}})
    site_of(cell, shown=shown)
    assert [one.metadata.get("live") for one in cell.outputs[1:]] == ["a", "b"]


def test_a_widget_without_a_picture_of_its_own_brings_its_still():
    cell, still = new_code_cell("slider"), base64.b64decode(png())
    shown = execute.Shown({0: ["a"]}, {"a": {"still": still}})
    site_of(cell, shown=shown)
    (output,) = cell.outputs
    assert base64.b64decode(output.data["image/png"]) == still
    assert output.output_type == "display_data" and output.metadata["live"] == "a"


def test_widgets_stand_in_a_page_with_state_script_and_blocks():
    state = {"names": ["one"], "values": b"\x01\x02"}
    known = {
        "k": {"widget": "GuessBars", "state": state},
        "s": {"widget": "Filmstrip", "state": {"label": "x"}, "still": b""},
    }
    blocks = make.blocks_of(execute.Shown({}, known))
    assert list(blocks)[:3] == ["model k", "module GuessBars", "model s"]
    assert blocks["module GuessBars"] == GuessBars._esm
    model = json.loads(blocks["model k"])
    (((name, form),),) = model.pop("bytes").values()
    assert model == {"widget": "GuessBars", "state": {"names": ["one"]}} and form == []
    assert list(blocks)[3:] == [f"block {name}"]
    content = zlib.decompress(base64.b64decode(blocks[f"block {name}"]))
    assert content == b"\x01\x02"
    strip = {"widget": "Filmstrip", "state": {"label": "x"}, "bytes": {}}
    assert json.loads(blocks["model s"]) == strip


def test_a_page_has_its_title_data_and_neighbours(tmp_path):
    path = written(tmp_path, [new_markdown_cell(FIRST), new_code_cell("1 + 1")])
    after = written(tmp_path, [new_markdown_cell("# 03 Next")], "03_next.ipynb")
    html = make.page_of(path, execute.Shown({}, {}), after=[after])
    page = BeautifulSoup(html, "html.parser")
    assert (
        "A & B" in page.title.text
        and json.loads(page.find(id="exercises").string) == []
    )
    assert page.select('a[href="03_next.html"]') and "02_convolution.ipynb" in html
    assert not page.select('a[href="01_background.html"]')
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy and "http" not in policy


def test_the_style_is_that_of_the_page_and_of_the_widgets():
    assert make.style().endswith(base.Widget._css) and len(make.style()) > 1000 + len(
        base.Widget._css
    )


# --- What is run


@pytest.mark.parametrize(
    ("cell", "shows"),
    [
        (new_code_cell("widgets.GuessBars([])"), True),
        (new_code_cell("interactive_output(draw, {})"), True),
        (new_code_cell("widgets"), False),
        (new_markdown_cell("widgets.GuessBars([])"), False),
    ],
)
def test_cells_that_make_a_widget_are_told_by_their_code(cell, shows):
    assert execute.shows_widget(cell) is shows


def test_a_view_is_told_by_its_kind():
    view = new_output("display_data", {WIDGET_VIEW: {"model_id": "a"}})
    assert execute._is_view(view)
    assert not execute._is_view(new_output("display_data", {"text/plain": "a"}))
    assert not execute._is_view(new_output("stream", text="a"))


def test_a_notebook_without_widgets_is_not_run(tmp_path):
    path = written(tmp_path, [new_code_cell("1 / 0")])
    assert execute.widgets_of(path) == execute.Shown({}, {})


@pytest.mark.parametrize("harmless", slices._HARMLESS)
def test_what_is_only_looked_at_is_not_changed(harmless):
    statement = slices.ast.parse(f"{harmless}.show(a, b)").body[0]
    assert slices.names_in(statement).changed == frozenset()


@pytest.mark.parametrize(
    ("source", "given", "changed", "used"),
    [
        ("import a.b as c", "c", "", ""),
        ("a = b + f(c)", "a", "", "b c f"),
        ("a += b", "a", "a", "b"),
        ("a.b[c] = d", "", "a", "a c d"),
        ("del a[0]", "", "a", "a"),
        ("a.b.f(c.d, key=e[0])", "", "a c e", "a c e"),
        ("f(a, b)", "", "a b", "a b f"),
        ("f(net(x), y).backward()", "", "f net x y", "f net x y"),
        ("f(1)(a)", "", "a", "a f"),
        ("for k in a:\n    b.append(k)", "k", "b k", "a b"),
        ("def f(x):\n    a.append(x + b)", "f", "", "a b"),
        ("class C:\n    x = y\n    def f(self):\n        z.append(1)", "C", "", "y z"),
        ("with a as b:\n    c = b", "b c", "", "a"),
    ],
)
def test_the_names_of_a_statement(source, given, changed, used):
    names = slices.names_in(slices.ast.parse(source).body[0])
    assert names.given == set(given.split())
    assert names.changed == set(changed.split())
    assert names.used == set(used.split())


def test_widgets_are_those_that_are_shown_and_whose_state_is_known(
    tmp_path, monkeypatch
):
    sources = ["from mnist_tutorial import widgets", "1 / 0", "widgets.GuessBars([])"]
    path = written(tmp_path, [new_markdown_cell("# 02"), *map(new_code_cell, sources)])
    known = {"w": {"widget": "GuessBars", "state": {}}, "unseen": {}}

    def run(_, notebook):
        watch, imports, shows, write = notebook.cells
        assert "sliders.watch()" in watch.source
        assert [imports.source, shows.source] == [sources[0], sources[2]]
        file = Path(write.source.split("'")[1])
        file.write_text(json.dumps(known), encoding="utf-8")
        shows.outputs = [
            *(new_output("display_data", {WIDGET_VIEW: {"model_id": key}})
              for key in ("w", "not of the course")),
            new_output("stream", text="words"),
        ]  # fmt: skip

    monkeypatch.setattr(execute, "_run", run)
    assert execute.widgets_of(path) == execute.Shown({3: ["w"]}, {"w": known["w"]})
