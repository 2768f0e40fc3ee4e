"""ShapeTracer in the browser, and in JupyterLab with LogitsToLoss."""

import pytest
from support import mnist_pixels

from mnist_tutorial.widgets.shape_tracer.widget import (
    MOST_IMAGES,
    PRESETS,
    ShapeTracer,
)


def row(stage, i):
    return stage.root.locator(f'tr[data-layer="{i}"]')


def test_a_batch_of_49_runs_and_returns_nine(stage, axe):
    opened = stage(ShapeTracer(mnist_pixels(True)[0][7], preset="as published"))
    totals = opened.root.locator(".mt-totals")
    assert totals.inner_text().startswith("Breaks at layer 10. 64 images bring 1,152")
    axe(opened.page)
    opened.root.get_by_label("images in a batch").fill("49")
    assert "now 9" in opened.root.locator(".mt-remark:visible").all_inner_texts()[1]
    assert row(opened, 15).locator(".mt-shape").inner_text() == "9×10"
    opened.wait(lambda: opened.widget.batch == 49)
    axe(opened.page)


def test_layers_are_edited_moved_and_removed_by_keyboard(stage):
    opened = stage(ShapeTracer())
    page = opened.page
    page.keyboard.press("Tab")  # the presets
    for _ in range(4):
        page.keyboard.press("Tab")  # batch, kind, Add, the first filters
    page.keyboard.press("ArrowUp")
    assert row(opened, 0).locator(".mt-shape").inner_text() == "64×33×28×28"
    opened.wait(lambda: opened.widget.layers[0]["filters"] == 33)
    row(opened, 1).get_by_label("Remove layer 2").focus()
    page.keyboard.press("Enter")
    opened.wait(lambda: len(opened.widget.layers) == 14)
    assert opened.widget.layers[1]["kind"] == "max pool"
    page.keyboard.press("Enter")  # the focus stayed on the row that took its place
    opened.wait(lambda: len(opened.widget.layers) == 13)
    row(opened, 1).get_by_label("Move up layer 2").focus()
    page.keyboard.press("Space")
    opened.wait(lambda: opened.widget.layers[0]["filters"] == 64)
    opened.root.get_by_label("Add below the chosen layer").select_option("flatten")
    opened.root.get_by_role("button", name="Add").focus()
    page.keyboard.press("Enter")
    opened.wait(lambda: opened.widget.layers[1] == {"kind": "flatten"})
    assert "put it before flatten" in opened.root.locator(".mt-totals").inner_text()


def test_a_number_that_is_none_is_not_taken_and_says_so(stage):
    opened = stage(ShapeTracer())
    kernel = row(opened, 0).get_by_label("kernel of layer 1")
    for typed in ("0", "2.5", "-3", ""):
        kernel.fill(typed)
        assert kernel.get_attribute("aria-invalid") == "true"
        assert opened.root.locator(".mt-fault").inner_text() == (
            "kernel of layer 1, conv: a whole number from 1 to 100,000 is expected; "
            "3 still holds."
        )
    assert opened.widget.layers[0]["kernel"] == 3
    kernel.fill("29")
    expected = "64×32×2×2"  # 28 + 2 − 29 + 1
    assert row(opened, 0).locator(".mt-shape").inner_text() == expected
    kernel.fill("99")
    assert "smaller kernel" in opened.root.locator(".mt-totals").inner_text()


def test_what_python_sets_is_shown(stage):
    opened = stage(ShapeTracer(), width=800)
    seen = opened.seq()
    opened.widget.layers = PRESETS["two pools"]
    opened.wait_painted(seen)
    assert opened.root.locator("tr[data-layer]").count() == len(PRESETS["two pools"])
    assert opened.fits()


def test_what_python_refuses_is_said_and_taken_back(stage):
    opened = stage(ShapeTracer())
    opened.page.evaluate("model.set('batch', 5000); model.save_changes()")
    message = opened.root.locator(".mt-message")
    opened.wait(lambda: "batch of 5,000" in message.inner_text())
    batch = opened.root.get_by_label("images in a batch")
    opened.wait(lambda: batch.input_value() == "64")
    batch.fill("49")
    opened.wait(lambda: message.inner_text() == "" and opened.widget.batch == 49)


def chosen(opened) -> list[str]:
    rows = opened.root.locator("tr.mt-chosen").all()
    return [row.get_attribute("data-layer") for row in rows]


def test_only_a_click_or_the_focus_chooses_a_layer(stage):
    opened = stage(ShapeTracer())
    page = opened.page
    row(opened, 8).locator(".mt-shape").click()
    assert chosen(opened) == ["8"]
    # Straight up over all rows between.
    add = opened.root.get_by_role("button", name="Add", exact=True)
    box = add.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5, steps=40)
    assert chosen(opened) == ["8"]
    add.click()
    opened.wait(lambda: len(opened.widget.layers) == 16)
    assert opened.widget.layers[9]["kind"] == "conv"
    row(opened, 3).get_by_label("kernel of layer 4").focus()
    assert chosen(opened) == ["3"]
    assert "layer 4, conv" in opened.root.inner_text()
    row(opened, 3).get_by_label("Move down layer 4").click()
    assert chosen(opened) == ["4"]


def test_a_wheel_scrolls_the_page_and_changes_no_number(stage):
    opened = stage(ShapeTracer(), height=300)
    batch = opened.root.get_by_label("images in a batch")
    batch.click()
    before = opened.page.evaluate("scrollY")
    opened.page.mouse.wheel(0, 120)
    opened.page.wait_for_function("before => scrollY > before", arg=before)
    assert batch.input_value() == "64" and opened.widget.batch == 64
    assert batch.evaluate("field => field === document.activeElement")


def test_a_preset_that_was_edited_can_be_chosen_again(stage):
    opened = stage(ShapeTracer())
    start = opened.root.get_by_label("Begin with")
    assert start.input_value() == "repaired"
    row(opened, 0).get_by_label("filters of layer 1").fill("8")
    assert start.input_value() == ""
    assert "your own" in start.evaluate("list => list.selectedOptions[0].text")
    start.select_option("repaired")
    opened.wait(lambda: opened.widget.layers == PRESETS["repaired"])
    assert row(opened, 0).get_by_label("filters of layer 1").input_value() == "32"
    assert start.input_value() == "repaired"


def test_a_field_that_is_left_shows_what_the_model_has(stage):
    opened = stage(ShapeTracer())
    batch = opened.root.get_by_label("images in a batch")
    for typed in ("", "0", "1001", "99999"):
        batch.fill(typed)
        assert batch.get_attribute("aria-invalid") == "true"
        batch.press("Tab")
        assert batch.input_value() == "64" and opened.widget.batch == 64
        assert batch.get_attribute("aria-invalid") == "false"
    inputs = row(opened, 10).get_by_label("inputs of layer 11")
    inputs.fill("")
    inputs.press("Tab")
    assert inputs.input_value() == ""  # this one may be empty
    opened.wait(lambda: opened.widget.layers[10]["inputs"] is None)


@pytest.mark.parametrize("width", [1280, 990, 846, 603, 390])
def test_the_answer_stands_beside_the_click(stage, width):
    opened = stage(ShapeTracer(mnist_pixels(True)[0][7]), width=width + 16, height=760)
    assert opened.fits()
    picture = opened.root.get_by_role("img").bounding_box()
    last = row(opened, 14).bounding_box()
    if width >= 846:
        assert picture["x"] >= last["x"] + last["width"]
    else:
        assert picture["y"] + picture["height"] <= row(opened, 0).bounding_box()["y"]
    if width >= 603:  # what is clicked and what it changes are on one screen
        assert last["y"] + last["height"] - picture["y"] <= 680


@pytest.mark.parametrize("preset", ["as published", "small, after LeNet-5"])
def test_it_fits_a_cell_of_618_pixels(stage, axe, preset):
    opened = stage(ShapeTracer(preset=preset, batch=MOST_IMAGES), width=618 + 16)
    assert opened.fits()
    opened.root.get_by_label("Add below the chosen layer").select_option("average pool")
    opened.root.get_by_role("button", name="Add", exact=True).click()
    assert opened.fits()
    widget, last = opened.root.bounding_box(), row(opened, 1).get_by_label("Remove")
    button = last.bounding_box()
    assert button["x"] + button["width"] <= widget["x"] + widget["width"]
    assert min(button["width"], button["height"]) >= 24
    axe(opened.page)


def test_in_jupyterlab_by_mouse_and_by_keyboard(lab):
    notebook = lab.open(
        [
            "from mnist_tutorial.widgets import ShapeTracer\n"
            "tracer = ShapeTracer()\ntracer",
            "from mnist_tutorial.widgets.logits_to_loss.widget import LogitsToLoss\n"
            "loss = LogitsToLoss()\nloss",
        ]
    )
    tracer = notebook.widget("ShapeTracer")
    tracer.get_by_label("Begin with").select_option("as published")
    batch = tracer.get_by_label("images in a batch")
    batch.click()
    batch.press("Control+a")
    notebook.page.keyboard.type("49")
    shape = tracer.locator('tr[data-layer="15"] .mt-shape')
    assert shape.inner_text() == "9×10"
    notebook.wait_until("tracer.batch, len(tracer.layers)", "(49, 16)")

    loss = notebook.widget("LogitsToLoss")
    loss.get_by_text("confident and wrong").click()
    loss.get_by_label("logit of 3").focus()
    before = float(loss.get_attribute("data-loss"))
    notebook.page.keyboard.press("ArrowRight")
    after = float(loss.get_attribute("data-loss"))
    assert after < before
    notebook.wait_until(  # Python has heard of it, and its loss is the one shown
        "import torch\nabs(torch.nn.functional.cross_entropy("
        "torch.tensor(loss.logits, dtype=float), torch.tensor(loss.label)).item()"
        f" - {after}) < 1e-6",
        "True",
    )
