"""KernelBench in the browser: its gestures and its goals."""

import pytest
import torch
import torch.nn.functional as F
from support import mnist_splits

from mnist_tutorial import data, model, train
from mnist_tutorial.widgets.kernel_bench.widget import (
    SECRET,
    KernelBench,
    with_filter,
)


@pytest.fixture(scope="module")
def validation():
    images, labels = mnist_splits().validation
    return data.Split(images[:200], labels[:200])


@pytest.fixture(scope="module")
def pixels(validation):
    return (validation.images[:5] * data.STD + data.MEAN).clamp(0, 1)


@pytest.fixture
def bench(stage, pixels, validation):
    widget = KernelBench(pixels, model=model.load_pretrained(), validation=validation)
    return stage(widget)


def cell(bench, k):
    return bench.root.locator(f"[data-cell='{k}']")


def goal(bench, name):
    bench.root.get_by_label("goal", exact=True).select_option(name)


def figure(bench) -> float:
    return float(bench.root.get_attribute("data-number"))


def done(bench) -> bool:
    return bench.root.get_attribute("data-goal") == "done"


def expected_value(bench, pixels) -> float:
    """What PyTorch computes for the window that is shown."""
    i, j = map(int, bench.root.get_attribute("data-at").split())
    kernel = torch.tensor(bench.widget.kernel).view(1, 1, 3, 3)
    settings = bench.widget._settings()
    return F.conv2d(pixels[:1], kernel, **settings)[0, 0, i, j].item()


def shown_value(bench) -> float:
    return float(bench.root.get_attribute("data-value"))


def test_a_weight_is_typed_dragged_and_stepped(bench):
    cell(bench, 4).click()
    bench.page.keyboard.press("Control+a")
    bench.page.keyboard.type("2.5")
    bench.page.keyboard.press("Enter")
    bench.wait(lambda: bench.widget.kernel[4] == 2.5)
    box = cell(bench, 0).bounding_box()
    x, y = box["x"] + 20, box["y"] + 20
    bench.page.mouse.move(x, y)
    bench.page.mouse.down()
    bench.page.mouse.move(x, y - 20, steps=10)  # five steps of 4 pixels
    bench.page.mouse.up()
    bench.wait(lambda: bench.widget.kernel[0] == pytest.approx(-0.5))
    cell(bench, 8).focus()
    bench.page.keyboard.press("+")
    bench.wait(lambda: bench.widget.kernel[8] == pytest.approx(1.1))
    bench.page.keyboard.press("-")
    bench.wait(lambda: bench.widget.kernel[8] == pytest.approx(1.0))


@pytest.mark.parametrize(
    "typed, value",
    [(".5", 0.5), ("-.5", -0.5), (",5", 0.5), ("-5", -5), ("-,25", -0.25)],
)
def test_a_number_may_begin_with_its_point(bench, typed, value):
    at = bench.root.get_attribute("data-at")
    cell(bench, 4).click()
    bench.page.keyboard.type(typed)
    bench.page.keyboard.press("Enter")
    bench.wait(lambda: bench.widget.kernel[4] == value)
    assert bench.root.get_attribute("data-at") == at
    bench.page.keyboard.press("Space")  # the cell is no longer typed into: it plays
    assert bench.root.get_by_role("button", name="Pause").count() == 1


def fault(bench) -> str:
    return bench.root.locator(".mt-fault").inner_text()


def test_a_fraction_is_taken(bench):
    cell(bench, 4).fill("-1/3")
    cell(bench, 4).press("Enter")
    bench.wait(lambda: bench.widget.kernel[4] == pytest.approx(-1 / 3))
    assert cell(bench, 4).input_value() == "−0.33" and fault(bench) == ""


@pytest.mark.parametrize("typed", ["2..5", "abc", "1/0", "100", ""])
def test_what_is_no_number_keeps_the_old_one_and_is_a_sentence(bench, typed):
    cell(bench, 4).click()
    for key in typed or ["Delete"]:
        bench.page.keyboard.press(key)
    bench.page.keyboard.press("Tab")
    what = f'"{typed}"' if typed else "An empty cell"
    assert fault(bench).startswith(f"{what} is not a number from −99 to 99")
    assert "0.00 still holds" in fault(bench)
    assert cell(bench, 4).input_value() == "0.00"
    bench.wait(lambda: bench.widget.kernel[4] == 0)
    cell(bench, 4).fill("2")
    assert fault(bench) == ""


def test_escape_brings_the_old_number_back(bench):
    cell(bench, 4).click()
    bench.page.keyboard.type("7")
    bench.wait(lambda: bench.widget.kernel[4] == 7)
    bench.page.keyboard.press("Escape")
    bench.wait(lambda: bench.widget.kernel[4] == 0)
    assert fault(bench) == ""


def test_the_ring_of_the_focus_lies_over_the_neighbours(bench):
    cell(bench, 1).focus()
    bench.page.keyboard.press("ArrowDown")  # by key, so that the ring is shown
    styles = cell(bench, 4).evaluate(
        "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).zIndex]"
    )
    others = cell(bench, 5).evaluate("e => getComputedStyle(e).zIndex")
    assert styles == ["solid", "1"] and others == "auto"


def test_the_three_grids_multiply_to_the_sum_that_is_shown(bench, pixels):
    bench.root.get_by_label("flip kernel").click()

    def grid(name):
        texts = bench.root.locator(f"[data-grid={name}] td").all_inner_texts()
        numbers = [float(text.replace("−", "-")) for text in texts]
        return torch.tensor(numbers).view(3, 3)

    i, j = map(int, bench.root.get_attribute("data-at").split())
    kernel = torch.tensor(bench.widget.kernel).view(3, 3).flip(0, 1)
    patch = pixels[0, 0, i : i + 3, j : j + 3]
    rights = {"pixels": patch, "weights": kernel, "products": patch * kernel}
    for name, right in rights.items():
        torch.testing.assert_close(grid(name), right, atol=0.0051, rtol=0)
    assert "weights, flipped" in bench.root.inner_text()
    result = bench.root.locator("[data-part=result]").inner_text()
    total = f"{(patch * kernel).sum():.2f}".replace("-", "−")
    assert result == f"y[{i}, {j}] = sum of products {total} + bias 0.00 = {total}"


# The colour in the middle of place 14, 10 of the map or of the target.
COLOUR = """name => {
  const canvas = document.querySelector(`[data-part=${name}]`);
  const [cell, edge] = name === "map" ? [7, 1] : [5, 0];
  const middle = (k) => edge + (k + 0.5) * cell;
  return [...canvas.ctx.getImageData(middle(10), middle(14), 1, 1).data];
}"""


def test_map_and_target_have_one_scale(bench):
    goal(bench, "match")
    bench.root.get_by_text("Fit for me").click()
    bench.wait(lambda: done(bench))
    bench.root.locator("[data-part=map]").focus()
    for _ in range(26):
        bench.page.keyboard.press("ArrowUp")  # the frame is out of the way
    target = bench.page.evaluate(COLOUR, "goal")
    assert bench.page.evaluate(COLOUR, "map") == target
    seen = bench.seq()
    bench.widget.kernel = [10 * weight for weight in bench.widget.kernel]
    bench.wait_painted(seen)
    assert (
        bench.page.evaluate(COLOUR, "goal") != target
    )  # paler: the map is ten times it


@pytest.mark.parametrize("name", ["stride", "dilation"])
def test_a_small_map_has_large_cells(bench, name):
    bench.root.get_by_label(name, exact=True).select_option("3")
    size = bench.root.evaluate("root => root.shown.size")
    last = (size - 0.5) * (196 // size)
    bench.root.locator("[data-part=map]").click(position={"x": last, "y": last})
    assert bench.root.get_attribute("data-at") == f"{size - 1} {size - 1}"


def test_a_drag_with_shift_is_ten_times_as_fine(bench):
    box = cell(bench, 0).bounding_box()
    x, y = box["x"] + 20, box["y"] + 20
    bench.page.mouse.move(x, y)
    bench.page.keyboard.down("Shift")
    bench.page.mouse.down()
    bench.page.mouse.move(x, y - 20, steps=10)  # five steps of 4 pixels
    bench.page.mouse.up()
    bench.page.keyboard.up("Shift")
    bench.wait(lambda: bench.widget.kernel[0] == pytest.approx(-0.95))


def test_presets_and_trained_filters_are_chosen(bench):
    preset = bench.root.get_by_label("preset")
    preset.select_option("Laplacian")
    bench.wait(lambda: bench.widget.kernel == [0, 1, 0, 1, -4, 1, 0, 1, 0])
    preset.select_option("trained filter 7")
    conv1 = bench.widget._model.conv1
    trained = conv1.weight[7].flatten().tolist()
    bench.wait(lambda: bench.widget.kernel == pytest.approx(trained, abs=1e-6))
    assert bench.widget.bias == pytest.approx(conv1.bias[7].item(), abs=1e-6)
    cell(bench, 0).focus()
    bench.page.keyboard.press("+")
    assert preset.input_value() == ""  # your own


def test_the_kernel_is_flipped(bench, pixels):
    kernel = torch.tensor(bench.widget.kernel).view(1, 1, 3, 3)
    bench.root.get_by_label("flip kernel").click()
    bench.wait(lambda: bench.widget.flip)
    expected = F.conv2d(pixels[:1], kernel.flip(2, 3)).flatten()
    found = bench.root.evaluate("root => Array.from(root.shown.values)")
    torch.testing.assert_close(torch.tensor(found), expected, atol=1e-5, rtol=0)
    assert bench.widget.kernel == kernel.flatten().tolist()


def test_a_window_is_clicked_stepped_and_played(bench, pixels):
    canvas = bench.root.locator("[data-part=map]")
    begins = bench.root.get_attribute("data-at")
    most = max(bench.root.evaluate("root => Array.from(root.shown.values, Math.abs)"))
    assert abs(shown_value(bench)) == pytest.approx(most)
    canvas.click(position={"x": 80, "y": 100})
    bench.page.mouse.move(5, 5)
    assert bench.root.get_attribute("data-at") != begins
    assert shown_value(bench) == pytest.approx(expected_value(bench, pixels), abs=1e-5)
    i, j = map(int, bench.root.get_attribute("data-at").split())
    canvas.focus()
    bench.page.keyboard.press(".")
    bench.page.keyboard.press("ArrowDown")
    assert bench.root.get_attribute("data-at") == f"{i + 1} {j + 1}"
    bench.page.keyboard.press(",")
    assert bench.root.get_attribute("data-at") == f"{i + 1} {j}"
    assert shown_value(bench) == pytest.approx(expected_value(bench, pixels), abs=1e-5)
    bench.page.keyboard.press("Space")
    bench.wait(lambda: bench.root.get_attribute("data-at") != f"{i + 1} {j}")
    bench.page.keyboard.press("Space")
    at = bench.root.get_attribute("data-at")
    bench.page.wait_for_timeout(400)
    assert bench.root.get_attribute("data-at") == at  # it has stopped


def test_the_wheel_and_tab_are_not_trapped(bench):
    bench.page.set_viewport_size({"width": 900, "height": 300})
    bench.root.locator("[data-part=map]").hover()
    before = bench.page.evaluate("scrollY")
    bench.page.mouse.wheel(0, 200)
    bench.page.wait_for_function("before => scrollY > before", arg=before)
    bench.root.locator("[data-part=map]").focus()
    bench.page.keyboard.press("Tab")
    assert bench.page.evaluate("document.activeElement.dataset.part") != "map"


def test_each_goal_is_reached_by_its_answer_and_not_before(bench):
    widget = bench.widget

    def set_kernel(kernel):
        seen = bench.seq()
        widget.kernel = [float(weight) for weight in kernel]
        bench.wait_painted(seen)

    goal(bench, "flat")
    set_kernel([1] * 9)
    assert figure(bench) == pytest.approx(9) and not done(bench)
    set_kernel([-1, 0, 1, -2, 0, 2, -1, 0, 1])
    assert figure(bench) == 0 and done(bench)
    for bias in (0.5, 0.0):
        seen = bench.seq()
        widget.bias = bias
        bench.wait_painted(seen)
        assert figure(bench) == bias and done(bench) == (bias == 0)  # what black gives

    goal(bench, "left")
    assert figure(bench) >= 0.95 and done(bench)
    set_kernel([1, 0, -1, 2, 0, -2, 1, 0, -1])
    assert figure(bench) < 0.5 and not done(bench)

    goal(bench, "flip")
    assert figure(bench) > 1 and not done(bench)
    set_kernel([0, 1, 0, 1, -4, 1, 0, 1, 0])
    assert figure(bench) < 1e-5 and done(bench)

    goal(bench, "match")
    assert not done(bench)
    bench.root.get_by_text("Fit for me").click()
    bench.wait(lambda: widget.kernel == pytest.approx(SECRET, abs=1e-3))
    assert figure(bench) <= 0.05 and done(bench)


def test_a_pool_lets_even_shifts_pass_and_odd_ones_not(bench):
    goal(bench, "shift")
    right = bench.root.get_by_label("shift right")
    right.focus()
    bench.page.keyboard.press("ArrowRight")
    assert figure(bench) == 0
    bench.root.get_by_text("2 × 2 max pool").click()
    assert figure(bench) > 0.1 and not done(bench)
    right.focus()
    bench.page.keyboard.press("ArrowRight")
    assert figure(bench) == 0 and done(bench)


def test_the_size_is_worked_out_with_its_numbers(bench):
    for name, value in (("stride", "2"), ("padding", "1"), ("dilation", "3")):
        bench.root.get_by_label(name, exact=True).select_option(value)
    text = bench.root.locator("[data-part=size]").inner_text()
    assert text.endswith("= 12")  # ⌊(28 + 2 − 7) / 2⌋ + 1
    assert "28 + 2·1" in text


def test_flipping_all_filters_is_measured_on_a_click(bench):
    net = bench.root.locator("[data-part=net]")
    assert "Nothing is computed" in net.inner_text()
    bench.root.get_by_text("Flip all 32").click()
    bench.wait(lambda: "accuracy" in net.inner_text())
    assert bench.widget.result["after"][0] < bench.widget.result["before"][0]
    assert "95 % intervals" in net.inner_text()


def test_a_filter_is_replaced_by_the_kernel_shown(bench):
    net = bench.root.locator("[data-part=net]")
    bench.root.get_by_label("flip kernel").click()
    bench.root.get_by_label("in place of filter").select_option("11")
    replace = bench.root.get_by_role("button", name="Replace")
    replace.click()
    bench.wait(lambda: "Filter 11 replaced" in net.inner_text())
    kernel = torch.tensor(bench.widget.kernel).view(3, 3).flip(0, 1)
    changed = with_filter(bench.widget._model, 11, kernel, 0)
    accuracy = train.evaluate(changed, *bench.widget._validation).accuracy
    assert bench.widget.result["after"][0] == pytest.approx(accuracy)
    assert f"{100 * accuracy:.2f} %" in net.inner_text()
    bench.wait(replace.is_enabled)


def test_its_first_picture_has_the_colours_of_the_theme(stage, pixels):
    opened = stage(KernelBench(pixels), theme="dark", detached=True)
    opened.wait_painted(1)
    first = opened.pictures()
    opened.repaint()
    assert opened.pictures() == first


def test_without_python_the_buttons_come_back_with_a_sentence(bench, monkeypatch):
    replace = bench.root.get_by_role("button", name="Replace")
    hear = bench.widget._handle_custom_msg
    monkeypatch.setattr(bench.widget, "_handle_custom_msg", lambda *_: None)
    bench.page.clock.install()
    replace.click()
    assert replace.is_disabled()
    bench.wait_in_vain()
    bench.root.get_by_text("No answer yet: Python is busy, or").wait_for()
    assert replace.is_enabled()
    hear({"kind": "replace", "what": "Filter 0 replaced", "filter": 0}, [])
    bench.root.get_by_text("Filter 0 replaced").wait_for()  # it was only busy
    bench.lose_python()
    replace.click()
    bench.root.get_by_text("Python was restarted or shut down").wait_for()
    assert replace.is_enabled()


@pytest.mark.parametrize(
    "width, theme",
    [(390, "light"), (603, "light"), (846, "dark"), (990, "light"), (1280, "dark")],
)
def test_it_fits_and_has_no_serious_accessibility_problem(
    stage, pixels, axe, width, theme
):
    opened = stage(KernelBench(pixels), width=width + 16, theme=theme)
    assert opened.fits()
    picture, map_ = (
        opened.root.locator(f"[data-part={name}]").bounding_box()
        for name in ("input", "map")
    )
    if width >= 603:  # digit, kernel and map stand side by side
        assert picture["y"] == map_["y"]
    axe(opened.page)


def test_in_jupyterlab_by_mouse_and_by_keyboard(lab, axe):
    notebook = lab.open(
        [
            "from mnist_tutorial import data\n"
            "from mnist_tutorial.widgets import KernelBench\n"
            "images, _ = data.splits().validation\n"
            "bench = KernelBench(images[:5] * data.STD + data.MEAN)\nbench"
        ]
    )
    root = notebook.widget("KernelBench")
    root.locator("[data-cell='4']").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("3")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("+")
    root.locator("[data-part=map]").click(position={"x": 70, "y": 90})
    notebook.wait_until("bench.kernel[4], round(bench.kernel[5], 3)", "(3.0, 2.1)")
    i, j = map(int, root.get_attribute("data-at").split())
    answer = notebook.run(
        "import torch, torch.nn.functional as F\n"
        "pixels = (images[:1] * data.STD + data.MEAN).clamp(0, 1)\n"
        "print(F.conv2d(pixels, torch.tensor(bench.kernel).view(1, 1, 3, 3))"
        f"[0, 0, {i}, {j}].item())"
    )
    assert float(root.get_attribute("data-value")) == pytest.approx(
        float(answer), abs=1e-4
    )
    axe(notebook.page)
    root.locator("[data-cell='4']").click()
    notebook.page.keyboard.type("4")
    notebook.page.keyboard.press("Shift+Enter")
    root.get_by_text("The number is taken.").wait_for()
    notebook.wait_until("bench.kernel[4]", "4.0")  # no new bench was built
