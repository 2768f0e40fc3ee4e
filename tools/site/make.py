"""The pages of the course, from its notebooks."""

import base64
import gzip
import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from mnist_tutorial import widgets
from mnist_tutorial.files import write_atomically
from mnist_tutorial.widgets import base
from tools import notebooks
from tools.checkout import make_folder
from tools.pages import TEMPLATES
from tools.site import asked, execute, render, words
from tools.site.index import index
from tools.site.pack import Blocks, pack


def make(
    names: Sequence[str],
    out: Path,
    run: Callable[[Path], execute.Shown] = execute.widgets_of,
) -> list[Path]:
    """Write a page for each of these notebooks into `out`, and an index of all there.

    The index and the pages lead to these and to those that an earlier call has left in
    `out`, and to no other.

    Args:
        names: notebooks, see `notebooks.find`; all if none is named.
        run: notebook → its widgets.

    Returns:
        The pages, the index first.

    Raises:
        CommandError: there is no such notebook, it does not run, or the folder cannot
            be made.
    """
    make_folder(out)
    make_folder(out / "notebooks")
    chosen = notebooks.find(names)
    series = [
        path
        for path in notebooks.find()
        if path in chosen or (out / f"{path.stem}.html").is_file()
    ]
    pages = [out / "index.html"]
    for path in chosen:
        k = series.index(path)
        before, after = series[max(0, k - 1) : k], series[k + 1 : k + 2]
        page = page_of(path, run(path), before=before, after=after)
        pages.append(out / f"{path.stem}.html")
        write_atomically(pages[-1], unlinked(page, series).encode())
        shutil.copyfile(path, out / "notebooks" / path.name)
    write_atomically(pages[0], index_of(series).encode())
    return pages


def index_of(series: Sequence[Path]) -> str:
    """The page that leads to those of these notebooks."""
    script = in_element(base.script("page/index.js"))
    page = without_notebooks(index(series, style(), script))
    return unlinked(page, series)


def report(pages: Sequence[Path], out: Path) -> str:
    """How large the pages are, compressed as a server sends them, and whose they are.

    Who works in the notebooks would publish what was answered there.
    """
    sizes = {page.name: gzipped(page) for page in pages}
    lines = [f"{name:<28}{size / 1e6:6.2f} MB" for name, size in sizes.items()]
    lines += [f"{'all, compressed':<28}{sum(sizes.values()) / 1e6:6.2f} MB"]
    edited = [p.stem for p in notebooks.edited() if f"{p.stem}.html" in sizes]
    if edited:
        lines.append(
            f"Changed since the last commit: {', '.join(edited)}. The pages show what "
            "stands in your notebooks, answers included; `make reset` restores the "
            "committed ones and keeps yours as NAME.mine.ipynb."
        )
    return "\n".join([*lines, f"Open {out / 'index.html'} in a browser."])


def page_of(
    path: Path,
    shown: execute.Shown,
    before: Sequence[Path] = (),
    after: Sequence[Path] = (),
) -> str:
    """The page of a notebook whose widgets are known."""
    notebook = notebooks.read(path)
    entries = asked.entries(notebook, path.stem[:2])
    mark(notebook, shown, entries)
    asks = json.dumps(list(map(words.reworded_entry, entries.values())))
    data = blocks_of(shown) | {"exercises": asks}
    site = {
        "name": path.stem,
        "title": title_of(notebook),
        "css": style(),
        "script": in_element(base.script("page/page.js")),
        "data": {name: in_element(text) for name, text in data.items()},
        "before": link(before),
        "after": link(after),
    }
    return without_notebooks(render.html(notebook, site))


def in_element(text: str) -> str:
    """JSON or a script as the content of a script element, which "</" would end."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


def style() -> str:
    """The style sheets of the page and of the widgets."""
    css = TEMPLATES / "site" / "site.css"
    return css.read_text(encoding="utf-8") + base.Widget._css


def link(paths: Sequence[Path]) -> dict[str, str] | None:
    """To the page of the only one of these notebooks."""
    for path in paths:
        heading = notebooks.read(path).cells[0].source.splitlines()[0]
        return {"file": f"{path.stem}.html", "name": heading.removeprefix("# ")}
    return None


def title_of(notebook: nbformat.NotebookNode) -> str:
    """What stands in a notebook's first heading, without its number."""
    heading = notebook.cells[0].source.splitlines()[0]
    return re.sub(r"^#\s*(?:\d+\W*)?", "", heading)


def mark(
    notebook: nbformat.NotebookNode, shown: execute.Shown, entries: dict[str, dict]
) -> None:
    """Give the cells the words of a page, and note what it shows of them."""
    guessed = False
    for k, cell in enumerate(notebook.cells):
        lighten(cell)
        cell.metadata["site"] = {"code": cell.cell_type == "code"}
        if cell.cell_type == "markdown":
            cell.source = words.reworded(cell.source)
        elif cell.cell_type == "code":
            folds = cell.metadata.get("jupyter", {})
            cell.metadata["site"]["hidden"] = folds.get("source_hidden", False)
            # What bars were set for is measured in the next cell.
            measured = guessed and k not in shown.ids
            cell.metadata["site"]["folded"] = folds.get("outputs_hidden", measured)
            guessed = "GuessBars(" in cell.source
            if entry := entries.get(asked.key_in(cell)):
                mark_ask(cell, entry)
            mark_live(cell, shown, shown.ids.get(k, []))


def lighten(cell: nbformat.NotebookNode) -> None:
    """The pictures of a cell in fewer bytes."""
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    for data in [*shown, *cell.get("attachments", {}).values()]:
        if png := data.get("image/png"):
            light = base.in_256_colours(base64.b64decode(png))
            data["image/png"] = base64.b64encode(light).decode()


def mark_ask(cell: nbformat.NotebookNode, entry: dict) -> None:
    """The page itself asks: for a guess before the cell, for an answer behind it."""
    site = cell.metadata["site"]
    site["ask"], site["kind"] = entry["key"], entry["kind"]
    if entry["kind"] == "predict":
        site["folded"] = True
        cell.source = words.unasked(cell.source)
        for output in cell.outputs:
            if "text" in output:
                output.text = output.text.removeprefix(entry["question"]).lstrip("\n")
        cell.outputs = [one for one in cell.outputs if one.get("text") != ""]
    else:
        site["code"] = entry["kind"] not in asked.LIVE
        cell.outputs = []


def mark_live(
    cell: nbformat.NotebookNode, shown: execute.Shown, ids: Sequence[str]
) -> None:
    """Note with a picture which widget is live in its place."""
    for live in ids:
        if still := shown.states[live].get("still"):  # a notebook keeps none of these
            data = {"image/png": base64.b64encode(still).decode()}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
    pictures = [one for one in cell.outputs if "image/png" in one.get("data", {})]
    for live, output in zip(ids, pictures, strict=False):
        output.metadata["live"] = live


def blocks_of(shown: execute.Shown) -> dict[str, str]:
    """The text of the script elements from which the page makes its widgets."""
    blocks = Blocks()
    data = {}
    for key, known in shown.states.items():
        packed = {"widget": known["widget"], **pack(known["state"], blocks)}
        data[f"model {key}"] = json.dumps(packed)
        if module := getattr(widgets, known["widget"], None):  # else it is the page's
            data[f"module {known['widget']}"] = str(module._esm)
    return data | {f"block {name}": text for name, text in blocks.texts.items()}


def without_notebooks(page: str) -> str:
    """Links to notebooks lead to their pages, and those to terms into the index."""
    page = re.sub(r'href="(?:\./)?(\w+)\.ipynb(#[^"]*)?"', r'href="\1.html\2"', page)
    page = re.sub(r'href="(?:\./)?terms\.md(#[^"]+)"', r'href="index.html\1"', page)
    return re.sub(r'href="(?:\./)?terms\.md"', 'href="index.html#terms"', page)


def unlinked(page: str, series: Sequence[Path]) -> str:
    """Of a link to a notebook that is not in `series` only its words are left."""

    def words_of(link: re.Match[str]) -> str:
        return link[0] if link["name"] in names else link["words"]

    names = {"index", *(path.stem for path in series)}
    pattern = r'<a href="(?P<name>\w+)\.html(?:#[^"]*)?">(?P<words>.*?)</a>'
    return re.sub(pattern, words_of, page, flags=re.DOTALL)


def gzipped(page: Path) -> int:
    """How many bytes a page takes once compressed, as a server sends it."""
    return len(gzip.compress(page.read_bytes(), 9))
