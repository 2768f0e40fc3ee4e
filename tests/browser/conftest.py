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


@pytest.fixture
def new_page(chromium):
    """Makes pages: `new_page(width=1280, height=1000)`; touch and mouse both work."""
    contexts = []

    def make(width: int = 1280, height: int = 1000):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=1,
            has_touch=True,
            reduced_motion="reduce",
        )
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


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

    def check(page, selector: str = ".mt"):
        found = Axe().run(page, context=selector).response["violations"]
        serious = [
            f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not serious, serious

    return check
