"""How quickly the widgets answer in JupyterLab, and what watching a training costs.

Drives headless Chromium as a reader would, prints medians, and writes them to
benchmarks/widgets.csv. `python -m tools bench` runs it, in about five minutes;
nothing else should run meanwhile.
"""

import csv
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "tests" / "browser"))

from lab import Lab, Notebook, Server  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from stage import CHROMIUM, launch  # noqa: E402

EVENTS = 60  # of each kind
PAIRS = 16  # of a stretch of training that is watched and one that is not
STRETCH = 6.0  # seconds of each

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


def main() -> None:
    """Measure everything, print it, write it."""
    if CHROMIUM is None:
        sys.exit("No Chromium was found (on Debian: sudo apt install chromium).")
    rows = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser, server = launch(playwright), Server(Path(folder))
        try:
            for name, measure in (
                ("KernelBench", kernel_bench),
                ("NetworkLens", network_lens),
                ("TrainingMonitor", training_monitor),
            ):
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                notebook = Lab(page, server).open([IMAGES + SHOWN[name]])
                for row in measure(notebook, notebook.widget(name)):
                    print("{what}: {median:.2f} (limit {limit}), n = {n}".format(**row))
                    rows.append(row)
                page.close()
        finally:
            server.stop()
    with (FOLDER / "widgets.csv").open("w", newline="", encoding="utf-8") as file:
        file.write("# python -m tools bench; milliseconds but where it says ")
        file.write(f"otherwise; {os.cpu_count()} cores\n")
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def row(what: str, values: list[float], limit: float) -> dict:
    """One line of the table: the median and the highest of 10 in 10, 9 in 10."""
    tenths = statistics.quantiles(values, n=10)
    return {
        "what": what,
        "median": round(statistics.median(values), 2),
        "nine_in_ten_below": round(tenths[-1], 2),
        "limit": limit,
        "n": len(values),
    }


def drawn(root, event: Callable[[int], object]) -> list[float]:
    """Milliseconds from each event to the end of drawing, as the widget notes them."""
    values = []
    for k in range(EVENTS):
        event(k)
        values.append(float(root.get_attribute("data-ms")))
    return values


def kernel_bench(notebook: Notebook, root) -> list[dict]:
    """An edit of the kernel, and the pointer moved over the map."""
    page = notebook.page
    root.locator("[data-cell='4']").focus()
    edits = drawn(root, lambda k: page.keyboard.press("+-"[k % 2]))
    box = root.locator("[data-part=map]").bounding_box()
    hovers = drawn(
        root, lambda k: page.mouse.move(box["x"] + 10 + 3 * k, box["y"] + 90)
    )
    return [
        row("KernelBench: edit to map", edits, 16),
        row("KernelBench: hover to window", hovers, 16),
    ]


def network_lens(notebook: Notebook, root) -> list[dict]:
    """A stroke on the pad, and the pointer moved over the maps of conv2."""
    page = notebook.page
    box = root.locator(".mt-pad").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    strokes = drawn(
        root, lambda k: page.mouse.move(box["x"] + 60 + k, box["y"] + 40 + 2 * k)
    )
    page.mouse.up()
    maps = root.locator("[data-layer='4']")
    maps.scroll_into_view_if_needed()
    box = maps.bounding_box()
    hovers = drawn(root, lambda k: page.mouse.move(box["x"] + 5 + 5 * k, box["y"] + 20))
    return [
        row("NetworkLens: stroke to all maps", strokes, 50),
        row("NetworkLens: hover to receptive field", hovers, 16),
    ]


def training_monitor(notebook: Notebook, root) -> list[dict]:
    """A click until Python has answered, and the share of speed that watching takes."""
    page = notebook.page
    page.evaluate(CLICK_TO_STATE, root.element_handle())
    for _ in range(10):
        for name in ("Start (s)", "Pause (p)"):
            root.get_by_role("button", name=name).click()
            page.wait_for_timeout(500)
    clicks = page.evaluate("window.clicked")
    root.get_by_role("button", name="Start (s)").click()
    page.wait_for_timeout(3000)
    shares = []
    for k in range(PAIRS):
        order = (True, False) if k % 2 else (False, True)
        speeds = {watched: speed(notebook, root, watched) for watched in order}
        shares.append(100 * (1 - speeds[True] / speeds[False]))
    root.get_by_role("button", name="Stop (x)").click()
    return [
        row("TrainingMonitor: click to state", clicks, 200),
        row("TrainingMonitor: % of speed that watching costs", shares, 5),
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


if __name__ == "__main__":
    main()
