"""TrainingMonitor in the browser: its buttons by mouse and by key, its numbers."""

import itertools
import re

import numpy as np
import pytest
import torch
from lab import RESTART, RUN_ALL
from support import mnist_splits

from mnist_tutorial import data
from mnist_tutorial.widgets.base import script
from mnist_tutorial.widgets.training_monitor.frames import first_maps
from mnist_tutorial.widgets.training_monitor.lanes import first_net
from mnist_tutorial.widgets.training_monitor.widget import TrainingMonitor

# A cell that shows a monitor of two small networks.
SHOWN = (
    "from mnist_tutorial import data\n"
    "from mnist_tutorial.widgets import TrainingMonitor\n"
    "training, validation, _ = data.splits()\n"
    "monitor = TrainingMonitor(training, validation, width=8)\n"
    "monitor"
)


@pytest.fixture
def monitor():
    training, validation, _ = mnist_splits()
    parts = training, data.Split(*(part[:100] for part in validation))
    made = TrainingMonitor(*parts, images=640, width=4)
    yield made
    made.close()


COLOURS = """canvas => {
  const { data } = canvas.ctx.getImageData(0, 0, canvas.width, canvas.height);
  const counts = {};
  for (let k = 0; k < data.length; k += 4) {
    if (data[k + 3] < 255) continue;
    const colour = data.slice(k, k + 3).join();
    counts[colour] = (counts[colour] || 0) + 1;
  }
  return counts;
}"""


def press(opened, name):
    opened.root.get_by_role("button", name=f"{name} (").click()


def lane(opened, name):
    return opened.root.locator(f"[data-lane={name}]")


def inside(opened, name):
    """The filters of a lane, and their maps."""
    return opened.root.locator(f"[data-inside={name}]")


def loss(opened, name):
    return float(lane(opened, name).get_attribute("data-loss") or "nan")


def shown_state(opened):
    return opened.root.get_attribute("data-state")


def shown_steps(opened):
    return int(opened.root.get_attribute("data-steps"))


def test_start_pause_step_stop_and_reset_by_mouse(stage, monitor, axe):
    opened = stage(monitor)
    assert shown_state(opened) == "ready" and shown_steps(opened) == 0
    axe(opened.page)
    press(opened, "Start")
    opened.wait(lambda: shown_steps(opened) >= 5)
    assert shown_state(opened) == "running"
    press(opened, "Pause")
    opened.wait(lambda: shown_state(opened) == "paused" and monitor._trainer.idle)
    opened.wait(lambda: shown_steps(opened) == monitor.steps)
    steps = monitor.steps
    assert lane(opened, "A").get_attribute("data-real") == ""
    press(opened, "Step")
    opened.wait(lambda: shown_steps(opened) == steps + 1)
    for name, told in zip("AB", monitor._trainer.lanes.lanes, strict=True):
        assert loss(opened, name) == told.losses[-1]
        predicted, real = (
            float(lane(opened, name).get_attribute(f"data-{which}"))
            for which in ("predicted", "real")
        )
        assert (predicted, real) == (told.look.predicted, told.look.real)
        text = lane(opened, name).inner_text()
        assert "gradient · change of the weights predicts" in text
    axe(opened.page)
    press(opened, "Start")
    opened.wait(lambda: shown_steps(opened) > steps + 2)
    press(opened, "Stop")
    opened.wait(lambda: shown_state(opened) == "stopped" and not monitor._trainer.alive)
    ended = monitor._trainer.lanes.steps
    opened.wait(lambda: shown_steps(opened) == ended)
    opened.page.wait_for_timeout(300)
    assert shown_steps(opened) == ended == monitor._trainer.lanes.steps
    press(opened, "Reset")
    opened.wait(lambda: shown_state(opened) == "ready" and shown_steps(opened) == 0)


def test_the_same_by_keys(stage, monitor):
    opened = stage(monitor)
    opened.root.get_by_role("button", name="Start").focus()
    for key, reached in [
        ("s", lambda: shown_state(opened) == "running" and shown_steps(opened) > 2),
        ("p", lambda: shown_state(opened) == "paused" and monitor._trainer.idle),
        ("n", lambda: lane(opened, "B").get_attribute("data-real") != ""),
        ("s", lambda: shown_state(opened) == "running"),
        ("x", lambda: shown_state(opened) == "stopped" and not monitor._trainer.alive),
        ("r", lambda: shown_state(opened) == "ready" and shown_steps(opened) == 0),
    ]:
        # A button that was switched off has lost the focus; the widget has not.
        opened.page.keyboard.press(key)
        opened.wait(reached)
    opened.root.get_by_label("bug").focus()
    opened.page.keyboard.press("s")  # in a list a letter chooses
    opened.page.wait_for_timeout(100)
    assert shown_state(opened) == "ready"


def test_the_loss_falls_and_is_drawn(stage):
    training, validation, _ = mnist_splits()
    zeros = training.labels[:3000] < 2  # two easy classes: learned within seconds
    two = data.Split(training.images[:3000][zeros], training.labels[:3000][zeros])
    monitor = TrainingMonitor(two, validation, images=500, width=4, lr=(0.2, 0.001))
    opened = stage(monitor)
    press(opened, "Start")
    opened.wait(lambda: monitor.steps > 60 and loss(opened, "A") < 1)
    press(opened, "Stop")
    opened.wait(lambda: shown_state(opened) == "stopped")
    assert loss(opened, "B") > 2
    accuracy = opened.root.get_by_label("Accuracy on validation")
    told = re.search(r"A .* after (\d+) steps; B", accuracy.get_attribute("aria-label"))
    assert told and int(told[1]) >= 50 and int(told[1]) % 50 == 0
    colours = opened.root.get_by_label("The losses").evaluate(COLOURS)
    assert colours["43,123,186"] > 50 and colours["197,96,12"] > 50  # A's, and B's
    monitor.close()


@pytest.mark.parametrize("key", ["N", "Shift+N"])
def test_capital_letters_act_as_small_ones(stage, monitor, key):
    opened = stage(monitor)
    opened.root.get_by_role("button", name="Start").focus()
    for modifier in ("Control", "Alt", "Meta"):
        opened.page.keyboard.press(f"{modifier}+{key}")
    opened.page.wait_for_timeout(100)
    assert monitor.steps == 0
    opened.page.keyboard.press(key)
    opened.wait(lambda: shown_steps(opened) == 1)


@pytest.fixture
def diverged(stage):
    """A lane A that has learned, and a B that has left all numbers behind."""
    training, validation, _ = mnist_splits()
    parts = training, data.Split(*(part[:100] for part in validation))
    made = TrainingMonitor(*parts, images=640, width=4, lr=(0.1, 1e6))
    opened = stage(made)
    press(opened, "Start")
    opened.wait(lambda: made.lanes[1]["broken"] and made.steps > 50)
    press(opened, "Pause")
    opened.wait(lambda: shown_steps(opened) == made.steps and made._trainer.idle)
    yield opened
    made.close()


def test_weights_that_are_no_numbers_are_called_so_and_not_handed_over(diverged):
    text = inside(diverged, "B").inner_text()
    assert "4 filters now: no finite numbers any more" in text
    assert "no maps of the 7" in text and "blue" not in text
    for canvas in inside(diverged, "B").locator("canvas").all():
        assert not canvas.evaluate(
            "c => c.ctx.getImageData(0, 0, c.width, c.height).data.some(Boolean)"
        )
    diverged.root.get_by_text("Use B’s weights").click()
    diverged.root.get_by_text("weights of B are no finite numbers any more").wait_for()
    assert diverged.widget.model is None and not diverged.widget.chosen
    diverged.root.get_by_text("Use A’s weights").click()
    diverged.wait(lambda: diverged.widget.chosen.startswith("A after"))
    assert len(diverged.widget._repr_mimebundle_()[0]["image/png"]) > 3_000


def test_networks_of_different_age_are_not_compared(diverged):
    text = diverged.root.inner_text()
    words = r"Not compared: A was last evaluated after \d+0 steps, B after 0 steps\."
    assert re.search(words, text)
    assert "differently" not in text and diverged.widget.different["count"] == 0


def test_the_letters_of_an_axis_keep_apart(new_page):
    """Of the losses with an axis up to 12, the boxes of all words and letters."""
    page = new_page()
    page.set_content("<!doctype html><body></body>")
    code = script("training_monitor/view.js").replace("export default", "window.view =")
    page.add_script_tag(content=code)
    overlaps = page.evaluate(
        """() => {
          const canvas = surface(400, LOSS_HEIGHT, ""), boxes = [];
          const fill = canvas.ctx.fillText.bind(canvas.ctx);
          canvas.ctx.fillText = (text, x, y) => {
            const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right,
              actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } =
              canvas.ctx.measureText(text);
            boxes.push([text, x - left, x + right, y - up, y + down]);
            fill(text, x, y);
          };
          const lanes = [1, 2].map(() => ({ steps: 9, last: 9, checks: [] }));
          const curves = [[[100, 6, 6, 6]], [[100, 6.1, 6, 7]]]; // both end alike
          paintLoss({ canvas, wide: 400 }, lanes, curves, { steps: 100, top: 12 },
            { text: "#000" });
          return boxes.flatMap((a, k) => boxes.slice(k + 1).filter((b) =>
            a[1] < b[2] + 2 && b[1] < a[2] + 2 && a[3] < b[4] && b[3] < a[4])
            .map((b) => `${a[0]} ${b[0]}`));
        }"""
    )
    assert overlaps == []


def test_a_long_head_covers_nothing(stage):
    training, validation, _ = mnist_splits()
    parts = training, data.Split(*(part[:100] for part in validation))
    made = TrainingMonitor(*parts, images=640, width=4)
    values = {"momentum": [0.95, 0.95], "batch_size": [128, 128]}
    made.change(values | {"bug": ["none", "not rescaled"]}, "bug")
    for width in (1116, 636, 290):
        opened = stage(made, width=width)
        goal = made.steps + 1
        press(opened, "Step")
        opened.wait(lambda opened=opened, goal=goal: shown_steps(opened) == goal)
        assert "not near ln 10" in lane(opened, "B").inner_text()
        boxes = [
            opened.root.locator(place).bounding_box()
            for place in (".mt-charts", "[data-lane=A]", "[data-lane=B]", ".mt-differ")
        ]
        for one, other in itertools.combinations(boxes, 2):
            beside = one["x"] + one["width"] <= other["x"]
            assert beside or one["y"] + one["height"] <= other["y"]
        assert opened.fits()
    made.close()


@pytest.mark.parametrize("width", [1116, 864, 826, 636])
def test_all_that_a_run_tells_stands_on_one_screen(stage, width):
    """At the widths that JupyterLab leaves in windows of 1280, 990 and 800 pixels.

    So do, where there is room beside, the filters and their maps.
    """
    training, validation, _ = mnist_splits()
    made = TrainingMonitor(training, validation, images=640)
    trainer = made._trainer
    while trainer.lanes.evaluate():
        pass
    made._publish(trainer)
    opened = stage(made, width=width)
    assert "validation digits differently" in opened.root.inner_text()
    places = [".mt-differ canvas", "[data-lane=B] button"]
    if width > 800:
        places += [".mt-charts", "[data-inside=B]"]
        beside = opened.root.locator(".mt-inside").bounding_box()
        charts = opened.root.locator(".mt-charts").bounding_box()
        assert beside["x"] > charts["x"] + charts["width"]
        assert abs(beside["y"] - charts["y"]) < 10
    bottoms = [
        opened.root.locator(place).evaluate(
            "e => e.getBoundingClientRect().bottom"
            " - e.closest('.mt').getBoundingClientRect().top"
        )
        for place in places
    ]
    assert max(bottoms) <= 640, bottoms
    made.close()


def test_it_follows_its_place_as_that_narrows_and_widens(stage, monitor):
    opened = stage(monitor, width=1116)
    charts = opened.root.locator(".mt-charts")
    for width in (503, 290, 864):
        opened.page.set_viewport_size({"width": width, "height": 800})
        opened.wait(
            lambda: charts.evaluate(
                "e => [...e.children].every(c => c.offsetWidth === e.clientWidth)"
            )
        )
        assert opened.fits()


def test_a_run_says_how_fast_it_goes(stage, monitor):
    opened = stage(monitor)
    press(opened, "Start")
    fast = opened.root.get_by_text(re.compile(r"[\d.]+ steps/s, next validation in"))
    fast.wait_for()
    press(opened, "Pause")
    opened.wait(lambda: fast.count() == 0)


def test_a_click_that_is_not_heard_says_that_it_waits(stage, monitor):
    """With ipykernel 7.4 a running cell holds back every message of a widget."""
    opened = stage(monitor)
    opened.page.clock.install()
    held = []
    monitor._handle_custom_msg, hear = (
        (lambda content, buffers: held.append((content, buffers))),
        monitor._handle_custom_msg,
    )
    press(opened, "Start")
    waits = opened.root.get_by_text("Waiting for the running cell")
    waits.wait_for()
    assert monitor.state == "ready" and len(held) == 1
    opened.wait_in_vain()
    silent = opened.root.get_by_text("No answer yet: Python is busy, or")
    silent.wait_for()
    for message in held:
        hear(*message)
    opened.wait(lambda: shown_state(opened) == "running")
    opened.wait(lambda: waits.count() == silent.count() == 0)
    monitor._handle_custom_msg = hear


def test_without_python_it_says_so_and_runs_no_more(stage, monitor):
    opened = stage(monitor)
    press(opened, "Start")
    opened.wait(lambda: shown_state(opened) == "running")
    opened.lose_python()
    slider = opened.root.get_by_label("lr of B")
    slider.press("ArrowLeft")
    opened.root.get_by_text("Python was restarted or shut down").wait_for()
    assert shown_state(opened) == "ended"
    assert opened.root.get_by_role("button", name="Start (").is_enabled()
    slider.press("ArrowLeft")
    press(opened, "Start")
    opened.page.evaluate("() => window.leave()")
    monitor.pause()


def test_its_first_picture_has_the_colours_of_the_theme(stage, monitor):
    opened = stage(monitor, theme="dark", detached=True)
    opened.wait_painted()
    first = opened.pictures()
    opened.repaint()
    assert opened.pictures() == first


def test_a_click_acts_within_a_fifth_of_a_second(stage, monitor):
    opened = stage(monitor)
    times = opened.root.evaluate(
        """async (root) => {
          const times = [];
          for (const name of Array(5).fill(["Start", "Pause"]).flat()) {
            const [one] = [...root.querySelectorAll("button")]
              .filter((button) => button.textContent.startsWith(`${name} (`));
            const began = performance.now();
            await new Promise((resolve) => {
              new MutationObserver(resolve)
                .observe(root, { attributeFilter: ["data-state"] });
              one.click();
            });
            times.push(performance.now() - began);
          }
          return times;
        }"""
    )
    print(f"click to new state: median {np.median(times):.0f} ms")
    assert np.median(times) < 200


def test_a_rate_is_dragged_while_it_runs(stage, monitor):
    opened = stage(monitor)
    press(opened, "Start")
    slider = opened.root.get_by_label("lr of B")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    opened.page.mouse.move(box["x"] + box["width"] / 3, y)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=6)
    opened.page.mouse.up()
    shown = float(slider.get_attribute("aria-valuetext"))
    assert shown > 0.1
    rate = lambda: monitor._trainer.lanes.lanes[1].lr  # noqa: E731
    # The trainer takes a rate over a little after it was set.
    opened.wait(lambda: monitor.settings["lr"] == [0.1, rate()])
    opened.wait(lambda: rate() == pytest.approx(shown, rel=0.1))
    opened.wait(lambda: shown_state(opened) == "running")
    slider.press("ArrowLeft")
    opened.wait(lambda: rate() < monitor.settings["lr"][1] * 1.001 and rate() < shown)
    assert monitor._trainer.lanes.lanes[0].lr == 0.1
    assert opened.root.get_by_label("batch").is_disabled()


def test_another_setting_is_unlocked(stage, monitor):
    opened = stage(monitor)
    opened.root.get_by_label("What differs").select_option("bug")
    opened.wait(lambda: monitor.unlocked == "bug")
    assert monitor.settings["lr"] == [0.1, 0.1]
    opened.root.get_by_label("bug of B").select_option("not rescaled")
    opened.wait(lambda: monitor.settings["bug"] == ["none", "not rescaled"])
    press(opened, "Step")
    opened.wait(lambda: shown_steps(opened) == 1)
    assert "not near ln 10" in lane(opened, "B").inner_text()
    assert "not near ln 10" not in lane(opened, "A").inner_text()
    assert "near ln 10" in lane(opened, "A").inner_text()


def test_looking_back_and_other_digits_show_the_maps_of_pytorch(stage, monitor):
    opened = stage(monitor)
    press(opened, "Start")
    opened.wait(lambda: len(monitor.marks) >= 3)
    press(opened, "Pause")
    opened.wait(lambda: shown_state(opened) == "paused")
    opened.root.get_by_label("maps of the digit").select_option("3")
    slider = opened.root.get_by_label("look back")
    slider.press("Home")
    assert opened.root.get_attribute("data-shown") == "at step 0"
    digits = torch.from_numpy(np.frombuffer(monitor.digits, "<f4").copy())
    conv = first_net(0, 4).conv1
    filters = torch.cat([conv.weight.flatten(1), conv.bias[:, None]], 1).detach()
    expected = first_maps(filters, digits.view(10, 1, 28, 28)[3]).sum().item()
    for name in "AB":
        found = float(inside(opened, name).get_attribute("data-mapsum"))
        assert found == pytest.approx(expected, rel=1e-4)
    slider.press("ArrowRight")
    assert opened.root.get_attribute("data-shown") == "at step 10"
    assert float(inside(opened, "A").get_attribute("data-mapsum")) != expected
    slider.press("End")
    assert opened.root.get_attribute("data-shown") == "now"


def test_looking_back_stays_at_its_step_when_snapshots_thin_out(stage, monitor):
    opened = stage(monitor)
    snapshots = monitor._trainer.lanes.snapshots
    filters = snapshots.filters[0]
    snapshots.steps, snapshots.filters = list(range(0, 480, 10)), [filters] * 48
    monitor._publish(monitor._trainer)
    slider = opened.root.get_by_label("look back")
    opened.wait(lambda: slider.get_attribute("max") == "48")
    slider.press("Home")
    for _ in range(3):
        slider.press("ArrowRight")
    assert opened.root.get_attribute("data-shown") == "at step 30"
    snapshots.steps, snapshots.filters = list(range(0, 480, 20)), [filters] * 24
    monitor._publish(monitor._trainer)
    opened.wait(lambda: slider.get_attribute("max") == "24")
    assert opened.root.get_attribute("data-shown") == "at step 20"
    assert slider.input_value() == "1"


def test_weights_are_handed_over(stage, monitor):
    opened = stage(monitor, width=800, theme="dark")
    press(opened, "Step")
    opened.wait(lambda: shown_steps(opened) == 1)
    opened.root.get_by_text("Use B’s weights").click()
    opened.wait(lambda: monitor.model is not None)
    opened.root.get_by_text("network of B after 1 steps").wait_for()
    assert opened.fits()


def test_an_error_of_python_is_shown(stage, monitor):
    opened = stage(monitor)
    opened.page.evaluate("() => model.send({do: 'change', values: {lr: [0, 0]}})")
    opened.root.get_by_text("lr must be two values").wait_for()
    press(opened, "Step")
    opened.wait(lambda: shown_steps(opened) == 1)


def test_a_view_that_leaves_pauses_and_one_that_comes_shows_all(stage, monitor):
    opened = stage(monitor)
    press(opened, "Start")
    opened.wait(lambda: shown_steps(opened) >= 3)
    opened.page.evaluate("() => window.leave()")
    opened.wait(lambda: monitor.state == "paused" and monitor._trainer.idle)
    again = stage(monitor)
    assert shown_state(again) == "paused" and shown_steps(again) == monitor.steps
    assert loss(again, "A") == monitor.lanes[0]["last"]


def test_in_jupyterlab_it_trains_while_the_notebook_is_free(lab, axe):
    notebook = lab.open([SHOWN])
    root = notebook.widget("TrainingMonitor")
    page = notebook.page

    def reaches(condition):
        page.wait_for_function(
            "([root, condition]) => new Function('d', `return ${condition}`)"
            "(root.dataset)",
            arg=[root.element_handle(), condition],
        )

    axe(page, ".mt")
    root.get_by_role("button", name="Start (").click()
    reaches("d.state === 'running' && d.steps >= 10")
    assert notebook.run("1 + 1") == "2"  # the notebook is free
    root.scroll_into_view_if_needed()
    root.get_by_role("button", name="Pause (").click()
    reaches("d.state === 'paused'")
    assert notebook.run("monitor.state") == "'paused'"
    root.scroll_into_view_if_needed()
    root.get_by_role("button", name="Step (").focus()
    page.keyboard.press("n")
    lane_b = root.locator("[data-lane=B]")
    page.wait_for_function(
        "(lane) => lane.dataset.real !== ''", arg=lane_b.element_handle()
    )
    assert abs(float(lane_b.get_attribute("data-predicted"))) < 0.1
    page.keyboard.press("s")
    reaches("d.state === 'running'")
    page.keyboard.press("x")
    reaches("d.state === 'stopped'")
    root.get_by_text("Use A’s weights").click()
    root.get_by_text("is now the network of A").wait_for(state="attached")
    answer = notebook.run(
        "import threading\n"
        "names = [t.name for t in threading.enumerate()]\n"
        "'TrainingMonitor' in names, monitor.chosen[0], monitor.model.training"
    )
    assert answer == "(False, 'A', False)"


def test_in_a_dark_jupyterlab_it_outlives_its_kernel(lab):
    notebook = lab.open([SHOWN], run=False)
    lab.theme("dark")
    notebook.page.evaluate(RUN_ALL)
    root = notebook.widget("TrainingMonitor")
    loss = root.get_by_role("img", name="The losses")
    notebook.page.wait_for_function(
        """(canvas) => {
          const { data } = canvas.ctx.getImageData(0, 0, canvas.width, canvas.height);
          const places = [...data.keys()].filter((i) => i % 4 === 3 && data[i] > 90);
          const colours = places.map((i) => [...data.slice(i - 3, i)]);
          const light = colours.filter((c) => Math.min(...c) > 140).length;
          const dark = colours.filter((c) => Math.max(...c) < 60).length;
          return light > 100 && light > 2 * dark;
        }""",  # light words and axes; dark is only what sets them off from a curve
        arg=loss.element_handle(),
    )
    root.get_by_role("button", name="Start (").click()
    root.locator("xpath=self::*[@data-state='running']").wait_for()
    notebook.page.evaluate(RESTART)
    root.get_by_text("Python was restarted or shut down").wait_for()
    assert root.get_attribute("data-state") == "ended"
    root.get_by_role("button", name="Start (").click()
    lab.theme("light")  # the server keeps it for the tests to come


def test_while_a_cell_runs_a_click_waits_and_then_acts(lab):
    notebook = lab.open(["import time\n" + SHOWN])
    root = notebook.widget("TrainingMonitor")
    page = notebook.page
    page.evaluate(
        """() => {
          const notebook = jupyterapp.shell.currentWidget.content;
          const cells = notebook.model.sharedModel;
          const source = "time.sleep(4)";
          cells.insertCell(cells.cells.length, {cell_type: "code", source});
          notebook.activeCellIndex = cells.cells.length - 1;
          jupyterapp.commands.execute("notebook:run-cell");
        }"""
    )
    page.wait_for_timeout(500)
    root.get_by_role("button", name="Step (").click()
    page.wait_for_function(
        """(root) => root.dataset.steps === "1"
          || root.textContent.includes("Waiting for the running cell")""",
        arg=root.element_handle(),
    )
    page.wait_for_function(
        """(root) => root.dataset.steps === "1"
          && !root.textContent.includes("Waiting for the running cell")""",
        arg=root.element_handle(),
    )
