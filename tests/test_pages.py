"""Notebooks as pages: what a reader's browser gets, parsed as it parses it."""

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from tools import notebooks, pages

PATHS = notebooks.find()


def light(path):
    """A notebook without code and pixels, which take most of the time of a page."""
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = ""
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = "AAAA"
    return notebook


def texts(notebook) -> list[str]:
    """What each picture of a notebook shows, in order, by the metadata of its cell."""
    return [
        cell.metadata.alt
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


def outputs(html: str) -> list:
    """The pictures that code cells have left in a page."""
    return BeautifulSoup(html, "html.parser").select(
        ".jp-RenderedImage img, .output_png img"
    )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_picture_of_a_page_has_its_text_and_words_beside_it(path, tmp_path):
    """In JupyterLab, which shows no such text, those words are all there is."""
    notebook = light(path)
    nbformat.write(notebook, tmp_path / path.name)
    right, pictures = texts(notebook), outputs(pages.page(tmp_path / path.name))
    assert right and [picture.get("alt") for picture in pictures] == right
    for picture in pictures:
        cell = picture.find_parent(class_="jp-Cell")
        near = (cell.find_previous_sibling(), cell.find_next_sibling())
        sentences = [
            paragraph.get_text()
            for one in near
            if one is not None and "jp-MarkdownCell" in one["class"]
            for paragraph in one.select("p")
        ]
        assert any(len(sentence.split()) > 4 for sentence in sentences), picture["alt"]


def test_the_classic_page_of_nbconvert_itself_has_the_texts_too():
    """Of one notebook, which has the pictures of all."""
    notebook = nbformat.v4.new_notebook()
    for path in PATHS:
        cells = light(path).cells
        notebook.cells += [cell for cell in cells if cell.get("outputs")]
    right = texts(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("alt", None)  # those beside the pictures are enough
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert len(right) > 100
    assert [picture.get("alt") for picture in outputs(html)] == right


def test_a_text_with_marks_of_html_stays_a_text(tmp_path):
    notebook = nbformat.v4.new_notebook()
    data = {"image/png": "AAAA", "text/plain": "Figure"}
    output = nbformat.v4.new_output("display_data", data=data)
    notebook.cells = [nbformat.v4.new_code_cell("x", outputs=[output])]
    notebook.cells[0].metadata.alt = 'A "4" <b>, p > 0.5 & p < 1'
    nbformat.write(notebook, tmp_path / "x.ipynb")
    (picture,) = outputs(pages.page(tmp_path / "x.ipynb"))
    assert picture["alt"] == 'A "4" <b>, p > 0.5 & p < 1'
    assert picture["src"] == "data:image/png;base64,AAAA"
