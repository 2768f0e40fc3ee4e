"""The pages as they are published, each with the widgets of its notebook: all is used.

What these widgets show is computed first, which takes minutes: see `test_page.py` for
what can be said of a widget of each kind without that.
"""

import firefox
import pytest
from using import WHOLE, false_words, in_each_theme, listen, touch_all, use_all

from tools import javascript, notebooks
from tools.site import make

pytestmark = pytest.mark.long

NAMES = ["index", *(path.stem for path in notebooks.find())]
PARTS = "[data-live], .exercise, #controls"
MOST, MOST_OF_ALL = 3e6, 12e6  # bytes, compressed


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder that `python -m tools site` writes."""
    folder = tmp_path_factory.mktemp("site")
    make.make([], folder)
    return folder


def mounted(page):
    """The page, once all of its widgets are live and all that is folded is open."""
    page.add_style_tag(content=WHOLE)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for place in page.locator("[data-live]").all():
        place.scroll_into_view_if_needed()
        page.wait_for_function("e => e.dataset.state", arg=place.element_handle())
        assert place.get_attribute("data-state") == "live", place.text_content()
    return page


@pytest.mark.parametrize("name", NAMES)
def test_all_that_can_be_used_in_a_page_does_something_and_tells_the_truth(
    name, site, visit
):
    page = mounted(visit(site / f"{name}.html"))
    listen(page)
    for part in page.locator(PARTS).all():
        part.scroll_into_view_if_needed()
        first = use_all(part)
        touch_all(part)
        assert first.idle + use_all(part, used=first.names).idle == []
    assert false_words(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_with_its_widgets_is_whole_on_a_phone_and_without_barriers(
    name, site, visit, axe
):
    page = mounted(visit(site / f"{name}.html", 390))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for _ in in_each_theme(page):
        axe(page, "html")


@pytest.mark.parametrize("name", NAMES)
def test_firefox_opens_a_page_with_its_widgets(name, site):
    why = firefox.missing()
    if why and javascript.in_ci():
        pytest.fail(why)
    if why:
        pytest.skip(why)
    page = site / f"{name}.html"
    places = page.read_text(encoding="utf-8").count(" data-live=")
    found = firefox.visit(page)
    assert found == {"states": ["live"] * places, "errors": [], "requests": []}


def test_the_pages_are_small_enough_for_a_slow_line(site):
    sizes = {page.name: make.gzipped(page) for page in site.glob("*.html")}
    assert {name: size for name, size in sizes.items() if size > MOST} == {}
    assert sum(sizes.values()) <= MOST_OF_ALL
