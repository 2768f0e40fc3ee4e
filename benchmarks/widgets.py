"""Row f: how quickly the widgets answer in JupyterLab, and what watching costs.

Drives headless Chromium as a reader would. What is drawn is timed by the widget itself;
its limit is what feels immediate. Spreads are over single events.

Command: `python -m tools bench --row f`, about three minutes.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright

from benchmarks import measure
from tools.checkout import ROOT, CommandError

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from lab import Lab, Notebook, Server  # noqa: E402
from stage import CHROMIUM, launch  # noqa: E402

TITLE = "widgets in JupyterLab, under Chromium"

EVENTS = 60  # of each kind
PAIRS = 10  # of a stretch of training that is watched and one that is not
STRETCH = 4.0  # seconds of each

IMAGES = "from mnist_tutorial import data, model, widgets\nsplits = data.splits()\n"
SHOWN = {
    "KernelBench": "pixels = splits.validation.images[:5] * data.STD + data.MEAN\n"
    "widgets.KernelBench(pixels)",
    "NetworkLens": "widgets.NetworkLens({'trained': model.load_pretrained()}, "
    "splits.validation)",
    "TrainingMonitor": "from mnist_tutorial.widgets.training_monitor import pace\n"
    "monitor = widgets.TrainingMonitor(splits.train, splits.validation)\nmonitor",
}
# From a click to the widget's new state, which Python answers.
CLICK_TO_STATE = """
(root) => {
  window.clicked = [];
  let began = null;
  root.addEventListener("click", () => { began = performance.now(); }, true);
  new MutationObserver(() => {
    if (began !== null) window.clicked.push(performance.now() - began);
    began = null;
  }).observe(root, {attributes: true, attributeFilter: ["data-state"]});
}
"""


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Six lines, two for each of three widgets; Python computes where it always does.

    Raises:
        CommandError: there is no Chromium.
    """
    if CHROMIUM is None:
        raise CommandError("No Chromium was found (on Debian: apt install chromium).")
    lines: list[measure.Line] = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser, server = launch(playwright), Server(Path(folder))
        try:
            for name, take in (
                ("KernelBench", kernel_bench),
                ("NetworkLens", network_lens),
                ("TrainingMonitor", training_monitor),
            ):
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                notebook = Lab(page, server).open([IMAGES + SHOWN[name]])
                lines += take(notebook, notebook.widget(name), quick)
                print(f"  {name}", flush=True)
                page.close()
        finally:
            server.stop()
    return lines


def line(what: str, unit: str, values: list[float], limit: float) -> measure.Line:
    """One line; its limit is an aim of ours."""
    return measure.line(what, unit, values, limit=limit, limit_is="aim")


def drawn(root, event: Callable[[int], object], quick: bool) -> list[float]:
    """Milliseconds from each event to the end of drawing, as the widget notes them."""
    values = []
    for k in range(5 if quick else EVENTS):
        event(k)
        values.append(float(root.get_attribute("data-ms")))
    return values


def kernel_bench(notebook: Notebook, root, quick: bool) -> list[measure.Line]:
    """An edit of the kernel, and the pointer moved over the map."""
    page = notebook.page
    root.locator("[data-cell='4']").focus()
    edits = drawn(root, lambda k: page.keyboard.press("+-"[k % 2]), quick)
    box = root.locator("[data-part=map]").bounding_box()
    hovers = drawn(
        root, lambda k: page.mouse.move(box["x"] + 10 + 3 * k, box["y"] + 90), quick
    )
    return [
        line("KernelBench: edit to map", "ms", edits, 16),
        line("KernelBench: hover to window", "ms", hovers, 16),
    ]


def network_lens(notebook: Notebook, root, quick: bool) -> list[measure.Line]:
    """A stroke on the pad, and the pointer moved over the maps of conv2."""
    page = notebook.page
    box = root.locator(".mt-pad").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    strokes = drawn(
        root, lambda k: page.mouse.move(box["x"] + 60 + k, box["y"] + 40 + 2 * k), quick
    )
    page.mouse.up()
    maps = root.locator("[data-layer='4']")
    maps.scroll_into_view_if_needed()
    box = maps.bounding_box()
    hovers = drawn(
        root, lambda k: page.mouse.move(box["x"] + 5 + 5 * k, box["y"] + 20), quick
    )
    return [
        line("NetworkLens: stroke to all maps", "ms", strokes, 50),
        line("NetworkLens: hover to receptive field", "ms", hovers, 16),
    ]


def training_monitor(notebook: Notebook, root, quick: bool) -> list[measure.Line]:
    """A click until Python has answered, and the share of speed that watching takes."""
    page = notebook.page
    page.evaluate(CLICK_TO_STATE, root.element_handle())
    for _ in range(2 if quick else 10):
        for name in ("Start (s)", "Pause (p)"):
            root.get_by_role("button", name=name).click()
            page.wait_for_timeout(500)
    clicks = page.evaluate("window.clicked")
    root.get_by_role("button", name="Start (s)").click()
    page.wait_for_timeout(3000)
    shares = []
    for k in range(2 if quick else PAIRS):
        order = (True, False) if k % 2 else (False, True)
        speeds = {watched: speed(notebook, root, watched) for watched in order}
        shares.append(100 * (1 - speeds[True] / speeds[False]))
    root.get_by_role("button", name="Stop (x)").click()
    return [
        line("TrainingMonitor: click to state", "ms", clicks, 200),
        line("TrainingMonitor: speed that watching costs", "%", shares, 5),
    ]


def speed(notebook: Notebook, root, watched: bool) -> float:
    """Steps per second of both lanes over one stretch; frames are sent or held back."""
    longest = (0.1, 2.0) if watched else (3600.0, 3600.0)
    notebook.run(
        f"pace.FASTEST, pace.SLOWEST = {longest}\nmonitor._pace.plan()\nimport time"
    )
    root.scroll_into_view_if_needed()
    notebook.page.wait_for_timeout(500)
    ends = []
    for _ in range(2):
        ends.append(eval(notebook.run(
            "(time.perf_counter(), "
            "sum(len(lane.losses) for lane in monitor._trainer.lanes.lanes))"
        )))  # fmt: skip
        if len(ends) == 1:
            notebook.page.wait_for_timeout(1000 * STRETCH)
    (start, first), (end, last) = ends
    return (last - first) / (end - start)
