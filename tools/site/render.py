"""A notebook as the HTML of a page: its text, its formulas, its pictures."""

import io
import re
from html import escape
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from tools.pages import TEMPLATES

# Nothing is asked for over the network, whatever a page holds.
POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' blob:"
)


class Renderer(IPythonRenderer):
    """Markdown as HTML, with formulas as MathML, which a browser draws by itself."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """With the id that JupyterLab gives it, which notebooks link to."""
        words = BeautifulSoup(text, "html.parser").get_text()
        anchor = escape(words.replace(" ", "-"), quote=True)
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def block_math(self, body: str) -> str:
        return f'<div class="formula">{formula(body, "block")}</div>'

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def formula(latex: str, display: str) -> str:
    """A formula as MathML."""
    return convert(latex.strip(), display=display)


class Exporter(HTMLExporter):
    """nbconvert's exporter with the template and the formulas of these pages."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        cell = context.get("cell", {})
        renderer = Renderer(
            escape=False,
            attachments=cell.get("attachments", {}),
            exclude_anchor_links=True,
            **self.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


def markdown(text: str) -> str:
    """Markdown that stands in no notebook, as HTML."""
    renderer = Renderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(text)


def small(png: bytes, side: int = 480) -> bytes:
    """A picture no wider and no higher than so many pixels, in 64 colours."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as whole:
        picture = whole.convert("RGB")
        picture.thumbnail((side, side))
        picture.quantize(64).save(content, format="png", optimize=True)
    return content.getvalue()


def html(notebook: nbformat.NotebookNode, site: dict) -> str:
    """The page of a notebook; `site` is what its template asks for.

    The headings of the contents are taken from the text.
    """
    exporter = Exporter(template_name="site", extra_template_basedirs=[str(TEMPLATES)])
    resources = {"site": site | {"policy": POLICY, "headings": headings(notebook)}}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    return page


def headings(notebook: nbformat.NotebookNode) -> list[dict[str, str]]:
    """The headings of the second level: their id in the page, and their text."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
            text = markdown("\n\n".join(re.findall(r"^## .*$", cell.source, re.M)))
            for heading in BeautifulSoup(text, "html.parser").find_all("h2"):
                found.append({"id": str(heading["id"]), "text": heading.get_text()})
    return found
