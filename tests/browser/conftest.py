"""Fixtures of the browser tests; without a Chromium they are skipped and say so."""

import pytest
from lab import Lab, Server
from stage import CHROMIUM, Stage, launch
from support import PATIENCE


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("No Chromium was found (on Debian: sudo apt install chromium).")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Window:
    """Pages that share a context, in which one stays open.

    A page in it costs a fifth of one with a context of its own, which Chromium gives a
    new window.
    """

    def __init__(self, browser):
        self.browser, self.context = browser, None

    def page(self, width: int, height: int):
        if self.context is None:
            self.context = self.browser.new_context(
                device_scale_factor=1, has_touch=True, reduced_motion="reduce"
            )
            self.context.set_default_timeout(1000 * PATIENCE)
            self.context.new_page()
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        return page

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None


@pytest.fixture(scope="session")
def window(chromium):
    opened = Window(chromium)
    yield opened
    opened.close()


@pytest.fixture
def new_page(window):
    """Makes pages: `new_page(width=1280, height=1000)`; touch and mouse both work."""
    pages = []

    def make(width: int = 1280, height: int = 1000):
        pages.append(window.page(width, height))
        return pages[-1]

    yield make
    # A clock that a test has taken in hand would also be that of later pages.
    is_native = "() => String(setTimeout).includes('[native code]')"
    untouched = all(page.evaluate(is_native) for page in pages)
    for page in pages:
        page.close()
    if not untouched:
        window.close()


@pytest.fixture
def visit(new_page):
    """Opens a page as a file: `visit(path, width=1280)`. It asks for nothing else."""
    pages, seen = [], []

    def opened(path, width: int = 1280, theme: str = "light"):
        page = new_page(width)
        pages.append(page)
        page.emulate_media(color_scheme=theme)
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("console", lambda one: one.type == "error" and seen.append(one.text))
        page.on("request", lambda one: _note(one.url, path, seen))
        page.goto(path.as_uri())
        return page

    yield opened
    # What a reader sets and answers is kept for all files; the next test has its own.
    for page in pages:
        page.evaluate("localStorage.clear()")
    assert not seen, seen


def _note(url, path, seen):
    if url != path.as_uri() and not url.startswith(("data:", "blob:")):
        seen.append(url)


@pytest.fixture
def stage(new_page):
    """Mounts a widget in a bare page: `stage(widget, width=1280, theme="light")`."""
    stages = []

    def mount(widget, width: int = 1280, height: int = 1000, **how):
        page = new_page(width, height)
        stages.append(Stage(page, widget, **how))
        return stages[-1]

    yield mount
    for mounted in stages:
        assert not mounted.errors, mounted.errors


@pytest.fixture(scope="session")
def lab_server(chromium, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def lab(new_page, lab_server):
    """JupyterLab: `notebook = lab.open([source, …])`. No request may leave."""
    opened = Lab(new_page(), lab_server)
    yield opened
    lab_server.end_kernels()  # each holds a gigabyte, and threads that may be at work
    opened.check()


@pytest.fixture
def axe():
    """`axe(page, selector)`: no serious accessibility problem inside."""
    from axe_playwright_python.sync_playwright import Axe

    # What passes is not listed element by element: that took longer than the checks.
    options = {"resultTypes": ["violations"]}

    def check(page, selector: str = ".mt"):
        found = (
            Axe().run(page, context=selector, options=options).response["violations"]
        )
        serious = [
            f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not serious, serious

    return check
