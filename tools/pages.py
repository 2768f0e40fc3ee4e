"""Notebooks as pages to read in a browser, with the text of each picture.

nbconvert's template `lab` leaves out what a picture shows; that of `templates/course`
is the same page with it.
"""

from pathlib import Path

from nbconvert import HTMLExporter

from tools import notebooks

TEMPLATES = Path(__file__).parent / "templates"


def page(path: Path) -> str:
    """A notebook as one HTML page, as it is, not run.

    Raises:
        CommandError: the file is no notebook.
    """
    exporter = HTMLExporter(
        template_name="course", extra_template_basedirs=[str(TEMPLATES)]
    )
    html, _ = exporter.from_notebook_node(notebooks.read(path))
    return html
