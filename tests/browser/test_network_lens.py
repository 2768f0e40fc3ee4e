"""NetworkLens in a browser: its panel, its gestures, then JupyterLab."""

import re
from itertools import pairwise

import drawing
import pytest
import torch
from support import mnist_splits

from mnist_tutorial import interpret, model, train
from mnist_tutorial.interpret import AFTER_RELU
from mnist_tutorial.widgets import engine
from mnist_tutorial.widgets.network_lens import widget as network_lens
from mnist_tutorial.widgets.network_lens.widget import NetworkLens

INPUT, CONV1_RELU, CONV2, CONV2_RELU, CONV3, CONV3_RELU = -1, 1, 3, 4, 6, 7
FC1_RELU, LOGITS = 11, 14
SOURCES = "data-sources"
SEVEN = [(0.28, 0.25), (0.72, 0.25), (0.45, 0.82)]


@pytest.fixture(scope="module")
def validation():
    images, labels = mnist_splits().validation
    return images[:200], labels[:200]


@pytest.fixture(scope="module")
def trained():
    return model.load_pretrained()


@pytest.fixture(scope="module")
def untrained():
    torch.manual_seed(1)
    return model.ConvNet().eval()


@pytest.fixture
def lens(trained, untrained, validation):
    return NetworkLens({"trained": trained, "untrained": untrained}, validation)


class Hands:
    """What a reader does with the lens."""

    def __init__(self, page, root):
        self.page, self.root = page, root

    def view(self, layer):
        return self.root.locator(f"[data-layer='{layer}']")

    def click(self, layer, x, y) -> tuple[int, ...]:
        """Click into a layer; the unit that is now pinned."""
        self.view(layer).click(position={"x": x, "y": y})
        return self.unit()

    def unit(self) -> tuple[int, ...]:
        return tuple(map(int, self.root.get_attribute("data-unit").split(",")))

    def number(self, name) -> float:
        return float(
            self.root.locator(f"[data-name={name}]").get_attribute("data-value")
        )

    def torch_says(self) -> float:
        """Wait for the value that Python computes."""
        cell = "[data-widget=NetworkLens] [data-name=torch]:not([data-value=''])"
        self.page.wait_for_selector(cell)
        return self.number("torch")

    def term(self, key):
        return self.root.locator(f"[data-key='{key}']")

    def choose(self, label, option):
        self.root.get_by_label(label, exact=True).select_option(label=option)

    def pictures(self) -> dict[int, str]:
        """What is painted of each layer."""
        return {
            int(view.get_attribute("data-layer")): view.locator("canvas").evaluate(
                "canvas => canvas.toDataURL()"
            )
            for view in self.root.locator("[data-layer]").all()
        }

    def reads(self) -> int:
        return int(self.root.get_attribute("data-prediction"))

    def sheet(self) -> dict:
        return self.root.locator(".mt-pad").bounding_box()

    def draw_seven(self):
        """A 7 on an empty sheet."""
        self.root.get_by_role("button", name="Clear").click()
        self.draw(SEVEN)

    def draw(self, points, steps=30):
        """A stroke with the mouse."""
        box = self.sheet()
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"])
              for x, y in points]  # fmt: skip
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for (x0, y0), (x1, y1) in pairwise(at):
            for k in range(1, steps + 1):
                share = k / steps
                self.page.mouse.move(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
        self.page.mouse.up()


@pytest.fixture
def hands(stage, lens):
    """Hands on a lens that stands on a stage."""
    opened = stage(lens)
    return Hands(opened.page, opened.root)


def close(a, b):
    return a == pytest.approx(b, abs=1e-4)


# --- The numbers


def test_from_a_probability_down_to_a_pixel_and_back(hands, trained, validation):
    image = validation[0][0]
    best = hands.reads()
    unit = hands.click(LOGITS, 150, 15 + 16 * best + 8)
    assert unit == (LOGITS + 1, best, 0, 0)
    path = [unit]
    names = [*(name for name, _ in engine.in_order(trained)), network_lens.PROBABILITY]
    while unit[0] >= 0:
        layer, *place = unit
        expected = network_lens.unit_value(trained, image, names[layer], *place)
        assert close(hands.number("sum"), expected), unit
        assert close(hands.number("engine"), expected), unit
        assert close(hands.torch_says(), expected), unit
        # The probability leads to its own logit, all else to a term that is there.
        key = f"term {best}" if unit[0] > LOGITS else None
        terms = hands.root.locator("button[data-key^='term']")
        (hands.term(key) if key else terms.nth(terms.count() // 2)).click()
        below = hands.unit()
        assert below[0] < unit[0]
        unit = below
        path.append(unit)
    *_, row, column = unit
    said = hands.root.locator(".mt-lens-panel").inner_text().replace("−", "-")
    assert f"= {image[0, row, column].item():.3f}." in said
    assert "Here the path ends" in said
    for k in (4, 1, 0):
        hands.term(f"path {k}").click()
        assert hands.unit() == path[k]
        assert hands.root.locator(".mt-lens-path li").count() == k + 1


def luminance(colour: str) -> float:
    """Of "rgb(213, 94, 0)", relative (WCAG 2.2): 0 is black, 1 is white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(number) / 255 for number in re.findall(r"\d+", colour)[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_the_picked_digit_has_a_frame_unlike_black_and_white(
    lens, stage, scheme
):
    shown = stage(lens, width=990)
    shown.page.emulate_media(forced_colors="active", color_scheme=scheme)
    pick = shown.root.get_by_role("radio").nth(3)
    pick.click()
    assert pick.get_attribute("aria-checked") == "true"
    frame = luminance(pick.evaluate("e => getComputedStyle(e).outlineColor"))
    assert (frame + 0.05) / 0.05 >= 3 and 1.05 / (frame + 0.05) >= 3


def test_the_terms_of_a_convolution_add_up(hands, trained, validation):
    hands.choose("Show maps", "before ReLU")
    _, channel, row, column = hands.click(CONV3, 60, 30)
    kernel = trained.conv3.weight[channel]
    inputs = interpret.feature_maps(trained, validation[0][:1])["pool2"][0]
    patches = torch.nn.functional.pad(inputs, (1, 1, 1, 1))
    patch = patches[:, row : row + 3, column : column + 3]
    by_map = (patch * kernel).sum((1, 2)).detach()
    largest = int(by_map.abs().argmax())
    assert hands.root.get_by_text(f"Input map {largest} gives").is_visible()
    # The sorted bars: the first is the largest.
    chart = hands.root.locator("[data-name=chart]")
    chart.click(position={"x": 2, "y": 20})
    first = int(by_map.argmax())
    assert hands.root.get_by_text(f"Input map {first} gives").is_visible()
    products = hands.root.locator("[aria-label=Products] .mt-lens-cell")
    result = [float(cell.get_attribute("data-value")) for cell in products.all()]
    expected = (patch * kernel)[first].flatten()
    torch.testing.assert_close(
        torch.tensor(result), expected.detach(), atol=1e-4, rtol=0
    )


def test_a_pool_names_its_winner(hands):
    hands.choose("Show maps", "pooled")
    hands.click(2, 20, 30)
    cells = hands.root.locator("[aria-label=Candidates] .mt-lens-cell")
    values = [float(cell.get_attribute("data-value")) for cell in cells.all()]
    assert len(values) == 4 and close(hands.number("sum"), max(values))
    won = hands.root.locator(".mt-lens-won")
    if len(set(values)) > 1:
        assert float(won.get_attribute("data-value")) == max(values)


def test_another_networks_weights(hands, untrained, validation):
    hands.choose("Weights", "untrained")
    _, channel, *_ = hands.click(LOGITS, 50, 60)
    expected = untrained(validation[0][:1])[0, channel].item()
    assert close(hands.number("sum"), expected)
    assert close(hands.torch_says(), expected)


def test_a_legend_holds_the_largest_value_of_its_layer(hands, trained, validation):
    legend = hands.root.locator("[data-block=conv2] .mt-lens-scale")
    assert "largest of its map" in legend.inner_text()
    hands.choose("Colours", "one scale per layer")
    maps = interpret.feature_maps(trained, validation[0][:1])
    shown = float(legend.locator("span").last.inner_text())
    assert shown == pytest.approx(maps["conv2" + AFTER_RELU].max().item(), abs=0.006)
    hands.choose("Show maps", "before ReLU")
    shown = float(legend.locator("span").last.inner_text())
    before = maps["conv2"]
    assert shown == pytest.approx(before.abs().max().item(), abs=0.006)


# --- Pointing


def field(hands):
    text = hands.root.locator(".mt-lens-field").get_attribute("data-field")
    return tuple(map(int, text.split(",")))


def test_pointing_shows_the_value_and_the_exact_field(hands, trained, validation):
    view = hands.view(CONV3_RELU)
    view.hover(position={"x": 4 * 3 + 1, "y": 11 + 4 * 3 + 1})  # map 0, row 3, column 3
    # 18 pixels wide, 4 apart, and 7 of padding in all before the first.
    assert field(hands) == (5, 5, 23, 23)
    maps = interpret.feature_maps(trained, validation[0][:1])["conv3" + AFTER_RELU]
    text = hands.root.locator(".mt-lens-readout").inner_text()
    assert "map 0, row 3, column 3: " in text
    assert f"{maps[0, 0, 3, 3].item():.3f}" in text
    assert "rows 5 to 22, columns 5 to 22" in text
    box = hands.root.locator(".mt-lens-field").bounding_box()
    image = hands.view(INPUT).bounding_box()
    assert box["x"] - image["x"] == 5 * 5 and box["width"] == 18 * 5


def test_a_field_past_the_border_says_padding(hands):
    hands.view(CONV1_RELU).hover(position={"x": 1, "y": 12})
    assert field(hands) == (-1, -1, 2, 2)
    style = hands.root.locator(".mt-lens-field").evaluate("e => e.style.borderStyle")
    assert style == "dashed solid solid dashed"
    assert "and padding" in hands.root.locator(".mt-lens-readout").inner_text()


def test_the_keyboard_alone_reaches_every_number(hands):
    press = hands.page.keyboard.press
    hands.view(CONV1_RELU).focus()
    for key in ["ArrowRight"] * 4 + ["ArrowDown"] * 4 + ["Shift+ArrowRight"] * 2:
        press(key)
    assert "map 2, row 4, column 4" in hands.root.locator(".mt-spoken").inner_text()
    press("Enter")
    assert hands.unit() == (CONV1_RELU, 2, 4, 4)
    # From the panel's heading Tab leads to the terms, Escape back to the map.
    while hands.page.evaluate("document.activeElement.dataset.key") != "term 0":
        press("Tab")
    press("Enter")
    assert hands.unit() == (CONV1_RELU - 1, 2, 4, 4)
    press("Escape")
    focused = "document.activeElement.dataset.layer"
    assert hands.page.evaluate(focused) == str(CONV1_RELU)
    press("Tab")
    assert hands.page.evaluate(focused) == str(CONV2_RELU)


INK = """canvas => {
  const { data } = canvas.ctx.getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, k) => k % 4 === 0 && value > 127).length;
}"""

FOCUS = """
() => {
  const { activeElement } = document;
  const widget = activeElement.closest(".mt");
  return widget && (activeElement.dataset.key || activeElement.innerText);
}
"""


def test_the_focus_stays_in_the_widget(hands):
    press, focus = hands.page.keyboard.press, lambda: hands.page.evaluate(FOCUS)
    hands.view(CONV1_RELU).focus()
    press("ArrowRight")
    press("Enter")
    hands.term("card").focus()
    press("Enter")
    assert focus() == "conv1, map 0"
    hands.term("back").focus()
    press("Enter")
    assert focus() == "card"  # where it was opened
    press("Enter")
    hands.term("off").focus()
    press("Space")
    assert focus() == "off"
    all_on = hands.root.get_by_role("button", name="All on again")
    all_on.focus()
    press("Enter")
    assert focus() == "off" and all_on.count() == 0
    press("Space")
    hands.term("back").focus()
    press("Enter")
    all_on.focus()
    press("Enter")  # no card, and so no switch: the panel's heading
    assert "conv1 after ReLU, map 0" in focus()
    # An answer that comes later redraws the panel; the heading keeps the focus.
    hands.term("card").focus()
    press("Enter")
    hands.term("strongest").click()
    hands.root.locator("[tabindex='-1']", has_text="conv1, map 0").focus()
    hands.page.wait_for_selector(".mt-lens-patch")
    assert focus() == "conv1, map 0"


def test_the_keyboard_alone_picks_and_draws(hands, validation):
    press = hands.page.keyboard.press
    hands.root.locator(".mt-lens-pick").first.focus()
    press("ArrowRight")
    checked = hands.root.locator(".mt-lens-pick[aria-checked=true]")
    assert checked.get_attribute("aria-label").startswith("digit 1,")
    hands.root.locator(".mt-pad").focus()
    press("Delete")
    drawing.by_keys(hands.page, hands.root.locator(".mt-pad"))
    assert checked.count() == 0
    assert hands.reads() == 7


# --- Of what it is made


def test_the_sources_of_a_pinned_number_are_outlined_before_it(hands):
    """Of a convolution its patch in every map, of a linear unit its ten largest."""
    counts = {}
    for layer, x, y in [(CONV2_RELU, 60, 30), (FC1_RELU, 40, 5)]:
        before = hands.pictures()
        hands.click(layer, x, y)
        painted = {k for k, now in hands.pictures().items() if now != before[k]}
        counts[layer] = {
            int(view.get_attribute("data-layer")): int(view.get_attribute(SOURCES))
            for view in hands.root.locator(f"[{SOURCES}]").all()
            if view.get_attribute(SOURCES) != "0"
        }
        assert set(counts[layer]) <= painted
    assert counts[CONV2_RELU] == {CONV1_RELU: 32}
    assert counts[FC1_RELU] == {CONV3_RELU: 10}
    hands.page.keyboard.press("Escape")
    assert hands.root.locator(f"[{SOURCES}]:not([{SOURCES}='0'])").count() == 0


# --- Drawing


def test_the_sheet_shows_the_digit_that_is_read_and_a_stroke_adds_to_it(hands):
    hint = hands.root.get_by_text("draw here")
    sheet = hands.root.locator(".mt-pad")
    loaded = sheet.evaluate(INK)
    assert loaded > 0 and hint.is_visible()
    hands.root.locator(".mt-lens-pick").nth(2).click()
    picked = sheet.evaluate(INK)
    assert picked not in (0, loaded) and hint.is_visible()
    hands.draw([(0.1, 0.1), (0.1, 0.1)], steps=1)  # a dot in a corner
    assert picked < sheet.evaluate(INK) < 1.5 * picked and not hint.is_visible()
    hands.root.get_by_role("button", name="Clear").click()
    assert sheet.evaluate(INK) == 0 and hint.is_visible()


def test_a_seven_drawn_with_the_mouse_is_read_as_seven(hands):
    hands.draw_seven()
    assert hands.reads() == 7


def test_a_pick_takes_the_place_of_a_drawing_and_clear_makes_room_for_another(hands):
    hands.draw([(0.3, 0.2), (0.3, 0.8), (0.7, 0.8)])
    assert hands.root.locator("[aria-checked=true]").count() == 0
    hands.root.locator(".mt-lens-pick").nth(2).click()
    assert hands.root.locator("[aria-checked=true]").count() == 1
    hands.draw_seven()
    assert hands.reads() == 7
    assert hands.root.locator("[aria-checked=true]").count() == 0


def test_a_seven_drawn_with_a_finger_is_read_as_seven(hands):
    hands.root.get_by_role("button", name="Clear").click()
    drawing.by_touch(hands.page, hands.root.locator(".mt-pad"))
    hands.page.wait_for_selector("[data-prediction='7']")


def test_an_empty_sheet_says_so_and_nothing_breaks(hands):
    hands.draw_seven()
    hands.click(CONV2_RELU, 40, 30)
    hands.root.get_by_role("button", name="Clear").click()
    assert hands.root.get_by_text("The sheet is empty").is_visible()
    assert close(hands.number("sum"), hands.number("engine"))


def test_a_pinned_number_follows_the_drawing(hands, trained):
    unit = hands.click(CONV2_RELU, 300, 30)
    hands.torch_says()
    hands.draw_seven()
    assert hands.unit() == unit
    hands.page.wait_for_function(
        """() => {
          const value = name => Number(
            document.querySelector(`[data-name=${name}]`).dataset.value || NaN);
          return Math.abs(value("torch") - value("engine")) < 1e-4;
        }"""
    )
    assert close(hands.number("sum"), hands.number("engine"))


# --- Channels


def test_a_channel_switched_off(hands, trained, validation):
    image = validation[0][:1]
    hands.view(CONV1_RELU).click(position={"x": 62, "y": 5})  # the number above map 1
    assert hands.root.get_by_text("conv1, map 1").is_visible()
    hands.term("off").check()
    assert hands.root.get_by_text("Off: conv1 1.").is_visible()
    right = train.predict(trained, validation[0]).argmax(1) == validation[1]
    with interpret.without_channel(trained, "conv1", 1):
        logits = train.predict(trained, image)[0]
        after = train.predict(trained, validation[0]).argmax(1) == validation[1]
    hands.term("measure").click()
    hands.page.wait_for_selector("[data-name=difference]")
    change = interpret.switched(right, after).difference
    assert close(hands.number("difference"), change.value)
    _, channel, *_ = hands.click(LOGITS, 50, 60)
    assert close(hands.number("sum"), logits[channel].item())
    assert close(hands.torch_says(), logits[channel].item())
    hands.root.get_by_role("button", name="All on again").click()
    assert close(hands.number("sum"), trained(image)[0, channel].item())


def test_what_excites_a_channel_most(hands, trained, validation):
    hands.view(CONV2_RELU).click(position={"x": 50, "y": 5})  # the number above map 1
    hands.term("strongest").click()
    hands.page.wait_for_selector(".mt-lens-patch")
    maps = interpret.feature_maps(trained, validation[0])["conv2" + AFTER_RELU]
    best = interpret.strongest(maps[:, 1], 12)
    patches = hands.root.locator(".mt-lens-patch")
    shown = [float(p.get_attribute("data-value")) for p in patches.all()]
    torch.testing.assert_close(torch.tensor(shown), best.values)
    patches.nth(2).click()
    place = (best.rows[2].item(), best.columns[2].item())
    assert hands.unit() == (CONV2_RELU, 1, *place)
    assert close(hands.number("engine"), best.values[2].item())


# --- When something is missing


def test_without_a_kernel_all_else_works(hands, lens, monkeypatch):
    monkeypatch.setattr(lens, "_handle_custom_msg", lambda *_: None)
    hands.page.clock.install()
    hands.draw_seven()
    assert hands.reads() == 7
    hands.click(CONV2_RELU, 40, 30)
    assert close(hands.number("sum"), hands.number("engine"))
    hands.root.get_by_text("asking …").wait_for()
    hands.page.clock.run_for(10_001)
    hands.root.get_by_text("No answer yet: Python is busy").wait_for()


def test_a_kernel_that_restarts_is_noticed_at_once(hands, lens, monkeypatch):
    monkeypatch.setattr(lens, "_handle_custom_msg", lambda *_: None)
    hands.view(CONV2_RELU).click(position={"x": 40, "y": 5})
    hands.term("strongest").click()
    hands.root.get_by_text("Looking through").wait_for()
    gone = hands.root.get_by_text("Python was restarted or shut down")
    assert gone.count() == 0
    hands.page.evaluate("model.handlers.comm_live_update.forEach(hear => hear())")
    assert gone.count() == 2  # above the layers, and in place of the answer
    hands.draw_seven()
    assert hands.reads() == 7


def test_an_error_in_python_is_a_sentence_in_the_widget(hands, lens, monkeypatch):

    def fail(*_):
        raise ValueError("The kernel has mislaid its images.")

    monkeypatch.setattr(lens, "_strongest", fail)
    hands.view(CONV2_RELU).click(position={"x": 40, "y": 5})
    hands.term("strongest").click()
    hands.root.get_by_text("The kernel has mislaid its images.").wait_for()
    hands.root.get_by_text("Python could not answer").wait_for()
    hands.draw_seven()
    assert hands.reads() == 7


@pytest.mark.parametrize("net", [model.linear_classifier(), model.mlp(32)])
def test_networks_without_convolutions(stage, validation, net):
    opened = stage(NetworkLens({"net": net}, validation))
    hands = Hands(opened.page, opened.root)
    hands.draw_seven()
    hands.click(
        hands.root.locator("[data-layer]").count() and len(list(net)) - 1, 50, 60
    )
    assert close(hands.number("sum"), hands.number("engine"))
    assert close(hands.torch_says(), hands.number("engine"))


# --- On the screen


@pytest.mark.parametrize("width", [1116, 864, 636, 503])
def test_sheet_answer_and_first_maps_stand_on_one_screen(stage, lens, width):
    """At the widths that JupyterLab leaves in windows of 1280, 800 and 603 pixels."""
    opened = stage(lens, width=width)
    bottoms = [
        opened.root.locator(place).evaluate(
            "e => e.getBoundingClientRect().bottom"
            " - e.closest('.mt').getBoundingClientRect().top"
        )
        for place in (".mt-pad", f"[data-layer='{LOGITS}']", "[data-block=conv1]")
    ]
    assert max(bottoms) <= 640, bottoms
    assert opened.fits()


def test_it_follows_its_place_as_that_narrows_and_widens(hands):
    hands.choose("Show maps", "before ReLU")
    hands.click(CONV2, 60, 30)
    panel = hands.root.locator(".mt-lens-panel")
    for width, beside in [(636, 0), (1116, 1), (290, 0)]:
        hands.page.set_viewport_size({"width": width, "height": 800})
        hands.page.wait_for_function(
            "e => e.scrollWidth <= e.clientWidth", arg=hands.root.element_handle()
        )
        below = hands.root.locator("[data-block=conv2] + .mt-lens-panel").count()
        assert below == 1 - beside and panel.is_visible()


@pytest.mark.parametrize("width", [1116, 826, 636, 290])
@pytest.mark.parametrize("layer", [CONV1_RELU, CONV2_RELU, CONV3_RELU])
def test_the_answer_leaves_what_was_clicked_on_the_screen(stage, lens, width, layer):
    opened = stage(lens, width=width, height=680)
    hands = Hands(opened.page, opened.root)
    hands.view(CONV1_RELU).click(position={"x": 20, "y": 20})  # the panel is there
    hands.view(layer).scroll_into_view_if_needed()
    hands.view(layer).click(position={"x": 3, "y": 16})
    at = hands.root.locator(f"[data-layer='{layer}'] .mt-lens-pin").bounding_box()
    assert at["y"] >= 0 and at["y"] + at["height"] <= 680
    panel = hands.root.locator(".mt-lens-panel").bounding_box()
    assert 0 <= panel["y"] < 680 - 60  # its heading at least


def test_switching_a_channel_off_moves_nothing(hands):
    hands.view(CONV1_RELU).click(position={"x": 62, "y": 5})
    before = hands.view(CONV1_RELU).bounding_box()
    hands.term("off").check()
    assert hands.root.get_by_text("Off: conv1 1.").is_visible()
    assert hands.view(CONV1_RELU).bounding_box() == before


@pytest.mark.parametrize("width", [1280, 800])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_has_no_serious_accessibility_problem(
    stage, lens, axe, width, theme
):
    opened = stage(lens, width=width, theme=theme)
    hands = Hands(opened.page, opened.root)
    for _ in range(2):
        assert opened.fits()
        axe(opened.page)
        hands.choose("Show maps", "before ReLU")
        hands.click(CONV3, 60, 30)
    hands.view(0).click(position={"x": 2, "y": 5})
    hands.term("off").check()
    assert opened.fits()
    axe(opened.page)


# --- JupyterLab

SOURCE = """
import torch
from mnist_tutorial import data, model
from mnist_tutorial.widgets.network_lens.widget import NetworkLens

images, labels = data.splits().validation
torch.manual_seed(1)
nets = {"trained": model.load_pretrained(), "untrained": model.ConvNet()}
lens = NetworkLens(nets, (images[:500], labels[:500]))
lens
"""

SHUT_DOWN = """
async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.shutdown();
}
"""


def test_in_jupyterlab_it_reads_answers_and_outlives_its_kernel(lab, axe):
    notebook = lab.open([SOURCE])
    root = notebook.widget("NetworkLens")
    hands = Hands(notebook.page, root)
    hands.draw_seven()
    assert hands.reads() == 7
    hands.view(CONV2_RELU).scroll_into_view_if_needed()
    hands.click(CONV2_RELU, 40, 30)
    assert close(hands.torch_says(), hands.number("sum"))
    axe(notebook.page)
    notebook.page.evaluate(SHUT_DOWN)
    root.locator(".mt-pad").scroll_into_view_if_needed()
    root.get_by_role("button", name="Clear").click()
    assert root.get_attribute("data-empty") == "true"
    hands.draw_seven()
    assert hands.reads() == 7
    hands.view(CONV3_RELU).scroll_into_view_if_needed()
    hands.click(CONV3_RELU, 40, 30)
    assert close(hands.number("sum"), hands.number("engine"))
    root.get_by_text("Python was restarted or shut down").first.wait_for()
