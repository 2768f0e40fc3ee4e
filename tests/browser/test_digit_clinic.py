"""DigitClinic in Chromium: drawn on, read as by PyTorch, costs asked for."""

import drawing
import pytest
import torch
from support import mnist_splits

from mnist_tutorial import model, train
from mnist_tutorial.widgets import digit_clinic
from mnist_tutorial.widgets.digit_clinic import STEPS, DigitClinic


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


@pytest.fixture
def clinic(network):
    return DigitClinic(network, mnist_splits().validation, count=60)


def values(stage, name: str) -> torch.Tensor:
    text = stage.root.locator(f"[data-reader='{name}']").get_attribute("data-values")
    return torch.tensor([float(value) for value in text.split()])


def answer(stage, name: str) -> str:
    return stage.root.locator(f"[data-reader='{name}']").get_attribute("data-answer")


def switch(stage, name: str):
    return stage.root.get_by_role("checkbox", name=name)


def check(stage, network, sheet, left_out=()) -> None:
    for name, out in (("All steps", ()), ("Your switches", left_out)):
        image = digit_clinic.prepared(sheet, out)
        right = train.predict(network, image[None])[0].softmax(0)
        torch.testing.assert_close(values(stage, name), right, atol=1e-4, rtol=0)


def test_photos_are_read_as_by_pytorch_with_any_step_left_out(stage, clinic, network):
    opened = stage(clinic)
    check(opened, network, clinic._photos[0])
    opened.root.get_by_role("button", name="A photo").click()
    sheet = clinic._photos[1]
    titles = dict(
        zip(STEPS, ("Invert", "Crop", "Box", "Centre", "Normalise"), strict=True)
    )
    for step, title in titles.items():
        switch(opened, title).uncheck()
        check(opened, network, sheet, (step,))
        switch(opened, title).focus()
        opened.page.keyboard.press("Space")
        check(opened, network, sheet)
    for title in titles.values():
        switch(opened, title).uncheck()
    check(opened, network, sheet, STEPS)
    opened.root.get_by_role("button", name="All steps on").click()
    check(opened, network, sheet)
    assert switch(opened, "Crop").is_checked()


@pytest.mark.parametrize("draw", [drawing.by_mouse, drawing.by_touch, drawing.by_keys])
def test_a_drawn_7_is_read_as_7_with_all_steps(stage, clinic, draw):
    opened = stage(clinic)
    opened.root.get_by_role("button", name="Clear").click()
    assert answer(opened, "All steps") == ""
    draw(opened.page, opened.root.locator(".mt-pad"))
    assert answer(opened, "All steps") == "7"
    switch(opened, "Invert").uncheck()
    assert values(opened, "All steps")[7] > 0.9
    assert values(opened, "Your switches")[7] < 0.5


def test_the_sheet_is_white_paper_with_the_photo_on_it_until_it_is_cleared(
    stage, clinic
):
    opened = stage(clinic)
    grey = """(canvas) => {
      const { width, height, ctx } = canvas;
      const { data } = ctx.getImageData(0, 0, width, height);
      return Array.from({ length: width * height }, (_, k) => data[4 * k]);
    }"""
    pad = opened.root.locator(".mt-pad")
    for name, sheet in (("", clinic._photos[0]), ("A photo", clinic._photos[1])):
        if name:
            opened.root.get_by_role("button", name=name).click()
        shown = torch.tensor(pad.evaluate(grey)).view(168, 168) / 255
        places = (torch.arange(168) * 112 + 56).div(168, rounding_mode="floor")
        right = sheet[places][:, places]
        assert (shown - right).abs().median() < 0.01
        assert (shown - right).abs().mean() < 0.02  # edges fall between pixels
        assert opened.root.locator(".mt-hint").is_visible()
    opened.root.get_by_role("button", name="Clear").click()
    assert min(pad.evaluate(grey)) == 255


def test_an_empty_sheet_says_what_to_do(stage, clinic):
    opened = stage(clinic)
    opened.root.get_by_role("button", name="Clear").click()
    assert "draw a digit" in opened.root.inner_text()
    assert answer(opened, "Your switches") == ""
    for title in ("Invert", "Crop", "Box"):
        switch(opened, title).uncheck()
    assert answer(opened, "Your switches") == ""
    assert "draw a digit" in opened.root.inner_text()
    opened.root.get_by_role("button", name="A photo").click()
    assert "draw a digit" not in opened.root.inner_text()
    assert answer(opened, "Your switches") != ""


def test_the_costs_come_row_by_row_when_asked(stage, clinic):
    opened = stage(clinic)
    ask = opened.root.get_by_role("button", name="cost?")
    assert opened.root.locator("[data-cost]").count() == 0
    ask.click()
    opened.wait(lambda: opened.root.locator("[data-cost]").count() == 7)
    opened.wait(ask.is_enabled)
    for cost in clinic.costs:
        row = opened.root.locator(f"[data-cost='{cost['name']}']").inner_text()
        for number in (cost["value"], cost["low"], cost["high"]):
            assert f"{100 * number:.1f} %" in row
    assert "60 validation digits" in opened.root.inner_text()


def test_an_error_in_python_is_a_sentence_in_the_widget(stage, clinic, monkeypatch):
    def refuse(*_):
        raise ValueError("There is nothing to measure; pass other images.")

    monkeypatch.setattr(digit_clinic, "photos_of", refuse)
    opened = stage(clinic)
    ask = opened.root.get_by_role("button", name="cost?")
    ask.click()
    status = opened.root.locator(".mt-message")
    opened.wait(lambda: "nothing to measure" in status.inner_text())
    opened.wait(ask.is_enabled)
    assert opened.root.locator("[data-cost]").count() == 0


def test_without_python_it_can_be_asked_again(stage, clinic, monkeypatch):
    opened = stage(clinic)
    ask = opened.root.get_by_role("button", name="cost?")
    opened.page.clock.install()
    with monkeypatch.context() as patch:
        patch.setattr(clinic, "_handle_custom_msg", lambda *_: None)
        ask.click()
        assert ask.is_disabled()
        opened.wait_in_vain()
        opened.root.get_by_text("No answer yet: Python is busy, or").wait_for()
        assert ask.is_enabled()
    ask.click()
    opened.wait(lambda: opened.root.locator("[data-cost]").count() == 7)
    opened.lose_python()
    ask.click()
    opened.root.get_by_text("Python was restarted or shut down").wait_for()
    assert ask.is_enabled()


def test_nothing_serious_for_axe(stage, clinic, axe):
    clinic.costs = [{"name": "all steps", "value": 0.9, "low": 0.8, "high": 0.95}]
    axe(stage(clinic).page)


def test_it_fits_800_pixels_and_follows_the_theme(stage, clinic):
    opened = stage(clinic, width=800)
    assert opened.fits()
    since = opened.seq()
    opened.dark()
    opened.wait_painted(since)


def test_in_jupyterlab_a_finger_draws_and_python_answers(lab):
    notebook = lab.open(
        [
            "from mnist_tutorial import data, model\n"
            "from mnist_tutorial.widgets.digit_clinic import DigitClinic\n"
            "clinic = DigitClinic(model.load_pretrained(), data.splits().validation,\n"
            "                     count=40)\n"
            "clinic",
        ]
    )
    root, page = notebook.widget("DigitClinic"), notebook.page
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".mt-pad")
    pad.scroll_into_view_if_needed()
    drawing.by_touch(page, pad)
    seven = root.locator("[data-reader='All steps'][data-answer='7']")
    seven.wait_for()
    root.get_by_role("button", name="Clear").click()
    seven.wait_for(state="detached")
    drawing.by_keys(page, pad)
    seven.wait_for()
    root.get_by_role("button", name="cost?").click()
    root.locator("[data-cost='no step at all']").wait_for()
    assert notebook.run("len(clinic.costs)") == "7"
