"""EmbeddingMap in Chromium: same places as Python's, hovered, keyed, drawn on."""

import drawing
import pytest
import torch
from support import mnist_splits

from mnist_tutorial import interpret, model
from mnist_tutorial.drawing import prepare_drawing
from mnist_tutorial.widgets.embedding_map.widget import (
    EmbeddingMap,
    principal_plane,
)

COUNT = 500
# The drawing of the pad of 224 pixels on this one of 168.
SEVEN = [(0.75 * x, 0.75 * y) for x, y in drawing.SEVEN]


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


@pytest.fixture(scope="module")
def part():
    images, labels = mnist_splits().validation
    return images[:COUNT], labels[:COUNT]


@pytest.fixture(scope="module")
def features(network, part):
    return interpret.embedding(network, part[0])


@pytest.fixture
def widget(network, part, features):
    return EmbeddingMap(network, *part, features)


def subject(opened) -> dict:
    return opened.root.evaluate("root => root.subject")


def spoken(opened) -> str:
    return opened.root.locator(".mt-spoken").inner_text()


def emptied(opened):
    """The sheet, which shows the digit that is looked at, without it."""
    opened.root.get_by_role("button", name="Clear").click()
    return opened.root.locator(".mt-pad")


def place_on_map(features, index: int) -> dict:
    """Where a point lies in CSS pixels, by the rule of the view."""
    return in_pixels(features, principal_plane(features).project(features[index]))


def in_pixels(features, place) -> dict:
    points = principal_plane(features).project(features)
    low, high = points.amin(0), points.amax(0)
    scale = (440 - 48) / (high - low).max()
    x, y = (place - (low + high) / 2) * scale
    return {"x": 220 + x.item(), "y": 220 - y.item()}


def check(found: dict, features, values, itself=-1) -> None:
    """The place, and the five nearest with their distances, equal PyTorch's."""
    plane = principal_plane(features)
    place = torch.tensor(found["place"])
    torch.testing.assert_close(place, plane.project(values[None])[0], atol=1e-3, rtol=0)
    distances = (features - values).norm(dim=1)
    if itself >= 0:
        distances[itself] = torch.inf
    nearest = distances.argsort()[:5]
    shown = torch.tensor([near["distance"] for near in found["neighbours"]])
    torch.testing.assert_close(shown, distances[nearest], atol=1e-3, rtol=1e-3)
    indices = [near["index"] for near in found["neighbours"]]
    assert set(indices) == set(nearest.tolist())


def test_hovering_shows_the_digit_and_its_neighbours_as_python_finds_them(
    stage, widget, network, part, features
):
    opened = stage(widget)
    for index in (3, 40, 77, 123):
        place = place_on_map(features, index)
        opened.root.locator("[data-part=map]").hover(position=place)
        found = subject(opened)
        at = found["itself"]
        # Another point may lie on the same pixel.
        near = place_on_map(features, at)
        assert abs(near["x"] - place["x"]) < 2 and abs(near["y"] - place["y"]) < 2
        check(found, features, features[at], at)
        probs = network.fc3(features[at]).softmax(0)
        torch.testing.assert_close(
            torch.tensor(found["probs"]), probs.detach(), atol=1e-4, rtol=0
        )
        words = f"Image {at}, label {part[1][at]}: read as {int(probs.argmax())}"
        assert words in spoken(opened)


def test_all_places_equal_pytorchs(stage, widget, features):
    opened = stage(widget)
    found = opened.page.evaluate(
        """() => {
          const read = (name) => new Float32Array(model.get(name).buffer.slice(0));
          return [read("features"), read("mean"), read("axes")].map(v => Array.from(v));
        }"""
    )
    values, mean, axes = (torch.tensor(part) for part in found)
    plane = principal_plane(features)
    torch.testing.assert_close(values.view(COUNT, 64), features)
    torch.testing.assert_close(mean, plane.mean)
    torch.testing.assert_close(axes.view(2, 64), plane.axes)


def test_arrows_move_to_a_digit_in_that_direction(stage, widget, features):
    opened = stage(widget)
    points = principal_plane(features).project(features)
    opened.root.locator("[data-part=map]").focus()
    directions = {
        "ArrowRight": (1, 0),
        "ArrowUp": (0, 1),
        "ArrowLeft": (-1, 0),
        "ArrowDown": (0, -1),
    }
    visited = set()
    for key, direction in directions.items():
        for _ in range(4):
            before = subject(opened)["itself"]
            opened.page.keyboard.press(key)
            after = subject(opened)["itself"]
            visited.add(after)
            if after != before:
                moved = points[after] - points[before]
                assert moved @ torch.tensor(direction, dtype=torch.float32) > 0
    assert len(visited) > 8
    assert "Image" in spoken(opened)


@pytest.mark.parametrize("draw", ["mouse", "touch", "keys"])
def test_a_drawn_7_lands_among_the_sevens(stage, widget, network, features, draw):
    opened = stage(widget)
    pad = emptied(opened)
    if draw == "keys":
        drawing.by_keys(opened.page, pad)
    else:
        how = {"mouse": drawing.by_mouse, "touch": drawing.by_touch}[draw]
        how(opened.page, pad, SEVEN)
    found = subject(opened)
    assert "Your digit: read as 7" in spoken(opened)
    values = torch.tensor(found["values"])
    check(found, features, values)
    labels = widget._labels[[near["index"] for near in found["neighbours"]]]
    assert (labels == 7).sum() >= 4
    opened.root.get_by_role("button", name="Clear").click()
    assert subject(opened)["itself"] >= 0 and "empty" in spoken(opened)


def test_a_drawing_is_placed_where_python_places_it(stage, widget, network, features):
    opened = stage(widget)
    drawing.by_mouse(opened.page, emptied(opened), SEVEN)
    place = subject(opened)["place"]
    sheet = opened.root.locator(".mt-pad").evaluate(
        """canvas => {
          const {width, height} = canvas;
          const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
          return Array.from({length: width * height}, (_, k) => data[4 * k]);
        }"""
    )
    ink = torch.tensor(sheet, dtype=torch.uint8).view(168, 168)
    image = prepare_drawing(ink)
    values = interpret.embedding(network, image[None])
    right = principal_plane(features).project(values)[0]
    # The canvas shows the sheet at another size, so this is near and not equal.
    assert (torch.tensor(place) - right).norm() < 2


def test_one_class_can_be_shown_alone(stage, widget):
    opened = stage(widget)
    count = """canvas => {
      const data = canvas.getContext("2d").getImageData(0, 0, 440, 440).data;
      return data.filter((value, k) => k % 4 === 3 && value > 128).length;
    }"""
    canvas = opened.root.locator("[data-part=map]")
    everything = canvas.evaluate(count)
    opened.root.get_by_role("combobox", name="Show").select_option("3")
    assert canvas.evaluate(count) < 0.6 * everything


def test_the_own_digit_comes_back(stage, widget, features):
    opened = stage(widget)
    map_ = opened.root.locator("[data-part=map]")
    drawing.by_mouse(opened.page, emptied(opened), SEVEN)
    own = subject(opened)
    assert own["itself"] == -1
    map_.hover(position=place_on_map(features, 3))
    assert subject(opened)["itself"] >= 0
    opened.page.mouse.move(5, 5)  # off the map
    assert subject(opened) == own and "Your digit" in spoken(opened)
    map_.hover(position=place_on_map(features, 3))
    map_.hover(position=in_pixels(features, torch.tensor(own["place"])))
    assert subject(opened) == own
    map_.focus()
    opened.page.keyboard.press("ArrowLeft")
    assert subject(opened)["itself"] >= 0
    opened.page.keyboard.press("Escape")
    assert subject(opened) == own


def test_what_a_finger_has_found_stays(stage, widget, features):
    opened = stage(widget)
    drawing.by_mouse(opened.page, emptied(opened), SEVEN)
    opened.root.locator("[data-part=map]").tap(position=place_on_map(features, 3))
    assert subject(opened)["itself"] >= 0


def test_faint_digits_are_not_looked_at(stage, widget, part, features):
    opened = stage(widget)
    map_ = opened.root.locator("[data-part=map]")
    other = next(k for k in range(50) if part[1][k] == 0)
    map_.hover(position=place_on_map(features, other))
    found = subject(opened)["itself"]
    assert part[1][found] != 7
    opened.root.get_by_role("combobox", name="Show").select_option("7")
    for index in range(60):
        map_.hover(position=place_on_map(features, index))
        at = subject(opened)["itself"]
        assert at == found or part[1][at] == 7
    map_.focus()
    for key in ["ArrowRight"] * 3 + ["ArrowUp"] * 3 + ["ArrowLeft"] * 5:
        opened.page.keyboard.press(key)
        at = subject(opened)["itself"]
        assert at == found or part[1][at] == 7
    assert at != found


def test_a_click_computes_the_map(stage, network, part):
    images, labels = (values[:100] for values in part)
    opened = stage(EmbeddingMap(network, images, labels))
    assert opened.root.locator("[data-part=map]").count() == 0
    opened.root.get_by_role("button", name="Compute").click()
    opened.root.locator("[data-part=map]").wait_for()
    check(
        subject(opened),
        features := interpret.embedding(network, images),
        features[0],
        0,
    )


def test_nothing_serious_for_axe(stage, widget, axe, network, part):
    axe(stage(widget).page)
    axe(stage(EmbeddingMap(network, *part)).page)


GREY = """(canvas) => {
  const { width, height, ctx } = canvas, row = new Float32Array(28 * 28);
  const { data } = ctx.getImageData(0, 0, width, height);
  for (let k = 0; k < 784; k++) {
    const x = ((k % 28) + 0.5) * width / 28;
    const y = (Math.floor(k / 28) + 0.5) * height / 28;
    row[k] = data[4 * (Math.floor(y) * width + Math.floor(x))];
  }
  return Array.from(row);
}"""


def on_sheet(opened) -> torch.Tensor:
    """The grey levels 0-255 in the middle of each of the sheet's 28 × 28 pixels."""
    return torch.tensor(opened.root.locator(".mt-pad").evaluate(GREY)).view(28, 28)


def test_the_sheet_shows_the_digit_looked_at_until_it_is_drawn_on(
    stage, widget, part, features
):
    opened = stage(widget)
    hint = opened.root.locator(".mt-hint")
    for index in (0, 40):
        if index:
            opened.root.locator("[data-part=map]").hover(
                position=place_on_map(features, index)
            )
        image = part[0][subject(opened)["itself"], 0]
        right = 255 * (image - image.min()) / (image.max() - image.min())
        assert (on_sheet(opened) - right).abs().max() < 2
        assert hint.is_visible()
    drawing.by_mouse(opened.page, opened.root.locator(".mt-pad"), [(20, 20), (60, 20)])
    assert subject(opened)["itself"] == -1 and not hint.is_visible()
    mine = on_sheet(opened)
    opened.root.locator("[data-part=map]").hover(position=place_on_map(features, 3))
    assert subject(opened)["itself"] >= 0 and torch.equal(on_sheet(opened), mine)


def test_an_enlarged_map_is_pointed_at_and_dragged_where_it_is_seen(
    stage, widget, features
):
    opened = stage(widget)
    map_ = opened.root.locator("[data-part=map]")
    centre = place_on_map(features, subject(opened)["itself"])
    opened.root.get_by_role("button", name="Enlarge").click(click_count=2)
    corner = {k: min(0, max(440 - 4 * 440, centre[k] - 4 * centre[k])) for k in centre}

    def seen(index: int) -> dict:
        home = place_on_map(features, index)
        return {k: 4 * home[k] + corner[k] for k in home}

    inside = [k for k in range(200) if all(20 < v < 420 for v in seen(k).values())]
    assert len(inside) > 3
    for index in inside[:4]:
        map_.hover(position=seen(index))
        at = seen(subject(opened)["itself"])
        assert all(abs(at[k] - seen(index)[k]) < 3 for k in at)
    box, start = map_.bounding_box(), seen(inside[0])
    mouse = opened.page.mouse
    mouse.move(box["x"] + start["x"], box["y"] + start["y"])
    held = subject(opened)["itself"]
    mouse.down()
    mouse.move(box["x"] + 220, box["y"] + 220)
    mouse.up()
    assert subject(opened)["itself"] == held  # it came along with the pointer
    map_.focus()
    opened.page.keyboard.press("0")
    assert opened.root.get_by_role("button", name="Reduce").is_disabled()
    assert spoken(opened) == "The whole map."


@pytest.mark.parametrize("width", [1280, 800, 603, 390])
def test_it_fits_every_width(stage, widget, width):
    opened = stage(widget, width=width)
    assert opened.fits()
    height = opened.root.bounding_box()["height"]
    assert height < 680 or width < 603
    opened.page.set_viewport_size({"width": 1280, "height": 1000})
    opened.page.wait_for_function(
        "() => document.querySelector('[data-part=map]').style.width === '440px'"
    )


def test_it_follows_the_theme(stage, widget):
    opened = stage(widget)
    since = opened.seq()
    opened.dark()
    opened.wait_painted(since)


def test_in_jupyterlab_a_finger_draws_and_python_answers(lab):
    notebook = lab.open(
        [
            "from mnist_tutorial import data, model\n"
            "from mnist_tutorial.widgets.embedding_map.widget import EmbeddingMap\n"
            "images, labels = data.splits().validation\n"
            "shown = EmbeddingMap(model.load_pretrained(), images, labels, count=300)\n"
            "shown",
        ]
    )
    root, page = notebook.widget("EmbeddingMap"), notebook.page
    root.get_by_role("button", name="Compute").click()
    root.locator("[data-part=map]").wait_for()
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".mt-pad")
    pad.scroll_into_view_if_needed()
    drawing.by_touch(page, pad, SEVEN)
    spoken = root.locator(".mt-spoken")
    spoken.filter(has_text="Your digit: read as 7").wait_for(state="attached")
    root.locator("[data-part=map]").focus()
    page.keyboard.press("ArrowLeft")
    spoken.filter(has_text="Image").wait_for(state="attached")
    assert notebook.run("len(shown._points)") == "300"
