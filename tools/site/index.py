"""The first page: all notebooks with their questions, times and pictures."""

import base64
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from tools import notebooks
from tools.site import asked, render

_QUESTION = re.compile(r"^\*(?!\*)(.+?)\*$", re.M | re.S)
_TIME = re.compile(r"\*\*Time\*\*\s*(.+?)(?:\s*\*\*Needs|\.(?:\s|$)|\n|$)", re.S)

INTRODUCTION = (
    "What a convolutional network does, and how to train one properly, on handwritten "
    "digits. These pages need no Python and no network: the widgets compute in your "
    "browser, and what you answer is kept in it alone. To change and run the code, "
    "open the notebooks that each page links to."
)


def index(paths: Sequence[Path], css: str, script: str) -> str:
    """The index of the pages of these notebooks, as HTML."""
    cards = "\n".join(card(path) for path in paths)
    terms = terms_of(notebooks.FOLDER / "terms.md")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{render.POLICY}">
<title>MNIST tutorial</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body data-jp-theme-light="true">
<a class="skip" href="#main">To the notebooks</a>
<header class="bar"><span>MNIST tutorial</span><div id="controls"></div></header>
<div class="index">
<main id="main">
<h1>A convolutional network, taken apart</h1>
<p>{INTRODUCTION}</p>
<ul class="cards">
{cards}
</ul>
{terms}
</main>
</div>
<script type="module">{script}</script>
</body>
</html>
"""


def card(path: Path) -> str:
    """A notebook in the index: a link, its question, its time and its picture."""
    notebook = notebooks.read(path)
    first = notebook.cells[0].source
    title = escape(re.sub(r"^#\s*", "", first.splitlines()[0]))
    says, takes = _QUESTION.search(first), _TIME.search(first)
    question = f"<p>{escape(_plain(says[1]))}</p>" if says else ""
    time = f'<p class="faint">{escape(_plain(takes[1]))}</p>' if takes else ""
    picture = _picture(notebook)
    keys = " ".join(asked.entries(notebook, path.stem[:2]))
    progress = f'<p class="faint" data-keys="{keys}"></p>' if keys else ""
    return (
        f'<li><h2><a href="{path.stem}.html">{title}</a></h2>{picture}{question}{time}'
        f"{progress}</li>"
    )


def terms_of(path: Path) -> str:
    """The list of terms, where the course has one."""
    if not path.is_file():
        return ""
    text = render.markdown(path.read_text(encoding="utf-8"))
    # Links to terms are written in small letters, as editors and GitHub make them.
    text = re.sub(r'(?<= id=")[^"]+', lambda name: name[0].lower(), text)
    return f'<section class="text terms" id="terms" aria-label="Terms">{text}</section>'


def _picture(notebook: nbformat.NotebookNode) -> str:
    """The picture of the first cell, else the first one that a cell has left."""
    attached = notebook.cells[0].get("attachments", {})
    found = [one["image/png"] for one in attached.values() if "image/png" in one]
    found += [
        output.data["image/png"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    if not found:
        return ""
    data = base64.b64encode(render.small(base64.b64decode(found[0]))).decode()
    return f'<img alt="" src="data:image/png;base64,{data}">'


def _plain(text: str) -> str:
    """Markdown without its marks, in one line."""
    html = render.markdown(" ".join(text.split()))
    return BeautifulSoup(html, "html.parser").get_text().strip()
