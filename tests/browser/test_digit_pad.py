"""DigitPad in Chromium: drawn on, shuffled, shifted; numbers equal PyTorch's."""

import drawing
import pytest
import torch
import torch.nn.functional as F
from support import mnist_splits
from torch import nn

from mnist_tutorial import data, model, pictures, train
from mnist_tutorial.widgets.digit_pad import DigitPad

BLACK = -data.MEAN / data.STD
ACCENT = [178, 80, 0]  # of the light theme, in shared.css
HAS_COLOUR = """
([canvas, [red, green, blue]]) => {
  const { data } = canvas.ctx.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) return true;
  }
  return false;
}
"""


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


@pytest.fixture(scope="module")
def linear():
    """A classifier that is not ConvNet: fixed weights are all these tests need."""
    torch.manual_seed(0)
    return model.linear_classifier()


@pytest.fixture(scope="module")
def order():
    return torch.randperm(784, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def images():
    return mnist_splits().validation.images[:3]


@pytest.fixture
def opened(stage, network, linear, order, images):
    models = {"linear": linear, "network": network}
    return stage(DigitPad(models, images, order=order, sums=["linear"]))


def values(stage, name: str) -> torch.Tensor:
    text = stage.root.locator(f"[data-reader={name}]").get_attribute("data-values")
    return torch.tensor([float(value) for value in text.split()])


def answer(stage, name: str = "network") -> str:
    return stage.root.locator(f"[data-reader={name}]").get_attribute("data-answer")


def expected(net: nn.Module, image: torch.Tensor) -> torch.Tensor:
    return train.predict(net, image[None])[0]


def check(stage, linear, network, image) -> None:
    """Both rows of bars are what PyTorch says of this image."""
    found = values(stage, "linear"), values(stage, "network")
    right = expected(linear, image), expected(network, image).softmax(0)
    for mine, theirs in zip(found, right, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=0)


def test_two_fingers_draw_two_strokes(opened):
    pad = opened.root.locator(".mt-pad")
    pad.focus()
    opened.page.keyboard.press("Delete")
    box = pad.bounding_box()
    client = opened.page.context.new_cdp_session(opened.page)
    for kind, fingers, y in (
        ("touchStart", 1, 40),
        ("touchStart", 2, 40),
        ("touchMove", 2, 100),
        ("touchMove", 2, 180),
        ("touchEnd", 0, 0),
    ):
        points = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": x} for x in (40, 180)[:fingers]
        ]
        message = {"type": kind, "touchPoints": points}
        client.send("Input.dispatchTouchEvent", message)
    inked = pad.evaluate(
        """(canvas) => [40, 110, 180].map((x) => canvas.ctx
          .getImageData(x - 2, 0, 4, 224).data.filter((_, i) => i % 4 === 0)
          .reduce((sum, grey) => sum + grey, 0))"""
    )
    assert inked[0] > 10_000 and inked[2] > 10_000 and inked[1] == 0


@pytest.mark.parametrize("draw", [drawing.by_mouse, drawing.by_touch, drawing.by_keys])
def test_a_drawn_7_is_read_as_7_by_the_network(opened, draw):
    pad = opened.root.locator(".mt-pad")
    opened.root.get_by_role("button", name="Clear").click()
    assert answer(opened) == ""
    before = opened.seq()
    draw(opened.page, pad)
    assert answer(opened) == "7"
    assert opened.seq() > before + 5  # it follows the pen
    assert values(opened, "network")[7] > 0.9
    assert "network: 7, probability" in opened.root.inner_text()


def test_the_bars_are_pytorchs_for_real_digits_in_turn(opened, linear, network, images):
    check(opened, linear, network, images[0])
    for k in (1, 2, 0):
        opened.root.get_by_role("button", name="A real digit").click()
        check(opened, linear, network, images[k])


def test_shuffle_and_shift_change_the_picture_for_every_reader(
    opened, linear, network, order, images
):
    shuffle = opened.root.get_by_role("checkbox", name="Shuffle all pixels")
    shuffle.check()
    shuffled = images[0].flatten()[order].view(1, 28, 28)
    check(opened, linear, network, shuffled)
    right = opened.root.get_by_role("slider", name="Shift right")
    right.focus()
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    down = opened.root.get_by_role("slider", name="Shift down")
    down.focus()
    for _ in range(2):
        opened.page.keyboard.press("ArrowLeft")
    moved = F.pad(images[0], (3, -3, -2, 2), value=BLACK)
    check(opened, linear, network, moved.flatten()[order].view(1, 28, 28))
    shuffle.uncheck()
    check(opened, linear, network, moved)
    opened.root.get_by_role("button", name="Undo").click()
    check(opened, linear, network, images[0])
    assert right.input_value() == down.input_value() == "0"


def test_weights_learned_from_shuffled_pixels_give_the_same_bars(stage, order, images):
    torch.manual_seed(3)
    plain, anew = model.linear_classifier(), model.linear_classifier()
    anew[1].weight.data = plain[1].weight.data[:, order]
    anew[1].bias.data = plain[1].bias.data
    opened = stage(DigitPad({"plain": plain, "anew": anew}, images, order=order))
    before = values(opened, "plain")
    assert (values(opened, "anew") - before).abs().max() > 0.01
    opened.root.get_by_role("checkbox", name="Shuffle all pixels").check()
    torch.testing.assert_close(values(opened, "anew"), before, atol=1e-5, rtol=0)
    assert (values(opened, "plain") - before).abs().max() > 0.01


def test_an_empty_sheet_says_what_to_do_and_stays_alive(stage, network):
    opened = stage(DigitPad({"network": network}, experiments=False))
    assert answer(opened) == "" and "nothing to read yet" in opened.root.inner_text()
    assert "draw a digit" in opened.root.inner_text()
    assert opened.root.get_by_role("checkbox").count() == 0
    drawing.by_mouse(opened.page, opened.root.locator(".mt-pad"))
    assert answer(opened) == "7"
    assert "draw a digit" not in opened.root.inner_text()


def test_a_stroke_goes_on_from_a_real_digit(opened, images, network):
    # Drawn over, the picture is prepared anew and no longer the one in the data.
    before = values(opened, "network")
    drawing.by_mouse(opened.page, opened.root.locator(".mt-pad"), [(20, 20), (200, 20)])
    assert (values(opened, "network") - before).abs().max() > 1e-4


def test_keys_stay_inside_and_tab_is_free(opened):
    pad = opened.root.locator(".mt-pad")
    heard = opened.page.evaluate_handle(
        "() => { const heard = []; document.body.addEventListener('keydown', "
        "e => heard.push(e.key)); return heard; }"
    )
    pad.focus()
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Tab")
    assert heard.json_value() == []
    assert opened.page.evaluate("document.activeElement.textContent") == "Clear"


def saved(folder) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.png"))


def test_drawings_are_saved_with_the_keyboard_alone(stage, linear, tmp_path):
    folder = tmp_path / "mine"
    opened = stage(DigitPad({"linear": linear}, experiments=False, save_to=folder))
    page, root = opened.page, opened.root
    pad = root.locator(".mt-pad")
    pad.focus()
    press = page.keyboard.press
    press("Enter")
    root.get_by_text("Write what you draw first").wait_for()
    press("Tab")  # Clear
    for words in ("heart", "a/b"):
        press("Tab")
        page.keyboard.type(words)
    drawing.by_keys(page, pad)
    press("Enter")
    root.get_by_text("A file name cannot hold '/'").wait_for()
    assert answer(opened, "linear") and not folder.exists()  # it is still there
    who = root.get_by_role("textbox", name="Who draws")
    who.fill("anna")
    who.press("Enter")
    root.get_by_text("Saved as heart/anna-1.png.").wait_for()
    assert answer(opened, "linear") == ""  # cleared for the next
    drawing.by_keys(page, pad)
    press("Enter")
    root.get_by_text("Saved as heart/anna-2.png.").wait_for()
    assert saved(folder) == ["heart/anna-1.png", "heart/anna-2.png"]


def test_a_pad_that_saves_fits_has_named_fields_and_nothing_serious_for_axe(
    stage, linear, axe, tmp_path
):
    pad = DigitPad({"linear": linear}, experiments=False, save_to=tmp_path)
    for width in (800, 420):
        opened = stage(pad, width=width)
        assert opened.fits() and opened.nameless() == []
    axe(opened.page)


def test_nothing_serious_for_axe(opened, axe):
    axe(opened.page)


def test_it_fits_800_pixels_and_follows_the_theme(stage, network, linear, images):
    models = {"linear": linear, "network": network}
    opened = stage(DigitPad(models, images), width=800)
    assert opened.fits()
    since = opened.seq()
    opened.dark()
    opened.wait_painted(since)


def test_in_jupyterlab_three_drawings_become_three_files_of_a_folder_to_read(
    lab, lab_server
):
    notebook = lab.open(
        [
            "from mnist_tutorial import model\n"
            "from mnist_tutorial.widgets.digit_pad import DigitPad\n"
            "DigitPad({'network': model.load_pretrained()}, experiments=False,\n"
            "         save_to='drawn')",
        ]
    )
    root, page = notebook.widget("DigitPad"), notebook.page
    root.get_by_role("textbox", name="Who draws").fill("tom")
    pad = root.locator(".mt-pad")
    pad.scroll_into_view_if_needed()
    for k, what in enumerate(("seven", "seven", "bar")):
        root.get_by_role("textbox", name="What you draw").fill(what)
        drawing.by_mouse(page, pad, *([[(110, 20), (110, 200)]] if k == 2 else []))
        root.get_by_role("button", name="Save").click()
        root.get_by_text(f"Saved as {what}/tom-{k % 2 + 1}.png.").wait_for()
    folder = lab_server.folder / "notebooks" / "drawn"
    assert saved(folder) == ["bar/tom-1.png", "seven/tom-1.png", "seven/tom-2.png"]
    (folder / "bar" / "tom-1.png").rename(folder / "bar" / "anna-1.png")
    own = pictures.from_folder(folder, fewest=1)
    preds = train.predict(model.load_pretrained(), own.images).argmax(1)
    assert preds[own.labels == 1].tolist() == [7, 7]


def test_in_jupyterlab_a_finger_draws_a_7_also_when_the_kernel_is_gone(lab):
    notebook = lab.open(
        [
            "from mnist_tutorial import data, model\n"
            "from mnist_tutorial.widgets.digit_pad import DigitPad\n"
            "images = data.splits().validation.images[:5]\n"
            "DigitPad({'linear': model.linear_classifier(),\n"
            "          'network': model.load_pretrained()}, images)",
        ]
    )
    root, page = notebook.widget("DigitPad"), notebook.page
    # JupyterLab renders a view before it stands in the page, where colours are known.
    bar = root.locator("[data-reader=network] canvas")
    page.wait_for_function(HAS_COLOUR, arg=[bar.element_handle(), ACCENT])
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    lab.theme("dark")
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".mt-pad")
    pad.scroll_into_view_if_needed()
    answers = "[data-reader=network][data-answer='{}']"
    for draw in (drawing.by_touch, drawing.by_keys):
        root.get_by_role("button", name="Clear").click()
        root.locator(answers.format("")).wait_for()
        draw(page, pad)
        root.locator(answers.format("7")).wait_for()
    # The keys were the pad's: JupyterLab made, moved and ran nothing.
    assert page.locator(".jp-Notebook-cell").count() == 1
