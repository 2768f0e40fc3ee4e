"""GuessBars in the browser: bars with names, set by mouse, by key, by typing."""

import pytest

from mnist_tutorial.widgets import GuessBars

NAMES = ["batch norm", "augmentation", "label smoothing", "EMA"]


@pytest.fixture
def bars(stage):
    return stage(GuessBars(NAMES, start=3.2, high=6, step=0.1))


def test_each_bar_has_its_name_and_an_arrow_key_sets_one(bars):
    for name in NAMES:
        assert bars.root.get_by_role("slider", name=name, exact=True).count() == 1
    smoothing = bars.root.get_by_role("slider", name="label smoothing", exact=True)
    assert smoothing.get_attribute("aria-valuetext") == "3.2 %"
    for _ in range(3):
        smoothing.press("ArrowUp")
    bars.wait(lambda: bars.widget.values[2] == pytest.approx(3.5))
    assert bars.widget.guess["label smoothing"] == pytest.approx(0.035)
    assert bars.widget.guess["EMA"] == pytest.approx(0.032)
    assert "is kept" in bars.root.locator("[data-part=kept]").inner_text()


def test_a_bar_is_dragged(bars):
    box = bars.root.get_by_role("slider", name="EMA", exact=True).bounding_box()
    middle = box["y"] + box["height"] / 2
    bars.page.mouse.move(box["x"] + box["width"] / 2, middle)
    bars.page.mouse.down()
    bars.page.mouse.move(box["x"] + box["width"] - 1, middle, steps=5)
    bars.page.mouse.up()
    bars.wait(lambda: bars.widget.values[3] == 6)


def test_a_number_is_typed_and_what_is_none_is_a_sentence(bars):
    typed = bars.root.get_by_label("EMA, typed")
    typed.fill("1,5")
    bars.wait(lambda: bars.widget.values[3] == 1.5)
    typed.fill("seven")
    fault = bars.root.locator(".mt-fault")
    assert fault.inner_text() == '"seven" is not a number from 0 to 6; 1.5 still holds.'
    typed.press("Tab")
    assert typed.input_value() == "1.5" and bars.widget.values[3] == 1.5


@pytest.mark.parametrize("width", [390, 603, 1280])
def test_it_fits_and_has_no_serious_accessibility_problem(stage, axe, width):
    opened = stage(GuessBars(NAMES), width=width)
    assert opened.fits()
    axe(opened.page)


def test_in_jupyterlab_a_key_sets_one_bar(lab):
    source = """from mnist_tutorial import widgets
guess = widgets.GuessBars(["3 × 3", "5 × 5"])
guess"""
    notebook = lab.open([source])
    root = notebook.widget("GuessBars")
    root.get_by_role("slider", name="5 × 5", exact=True).focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowUp")
    notebook.wait_until("guess.guess['5 × 5']", "0.53")
    assert notebook.run("guess.guess['3 × 3']") == "0.5"
