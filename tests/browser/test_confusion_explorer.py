"""ConfusionExplorer in Chromium: matrix, digits and reasons, by mouse, keys, touch."""

import itertools
import re

import pytest
import torch
from support import mnist_splits

from mnist_tutorial import interpret, metrics, model, plots, train
from mnist_tutorial.interpret import occlusion
from mnist_tutorial.widgets.confusion_explorer.widget import ConfusionExplorer

HEAD, CELL = 44, 24
ACROSS, RIGHT, DOWN, PAGE = 4, 62, 88, 12  # of the digits
COUNT = 1500


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


@pytest.fixture(scope="module")
def part():
    images, labels = mnist_splits().validation
    return images[:COUNT], labels[:COUNT]


@pytest.fixture(scope="module")
def logits(part):
    """Those of a linear classifier that has seen little: it errs on one in eight."""
    images, labels = mnist_splits().train
    linear = model.linear_classifier()
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(linear.parameters(), lr=0.01)
    for k in range(60):
        batch = slice(64 * k, 64 * k + 64)
        loss = torch.nn.functional.cross_entropy(linear(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return train.predict(linear, part[0])


@pytest.fixture
def explorer(network, part, logits):
    return ConfusionExplorer(network, *part, logits)


def place(row: int, column: int) -> dict:
    """Where a cell lies on the matrix; -1 is the edge."""
    at = [HEAD / 2 if k < 0 else HEAD + k * CELL + CELL / 2 for k in (column, row)]
    return {"x": at[0], "y": at[1]}


def words(probability: torch.Tensor) -> str:
    return plots.probability(float(probability))


def matrix(stage):
    return stage.root.locator("[data-part=matrix]")


def listed(stage) -> list[int]:
    text = stage.root.locator("[data-part=digits]").get_attribute("data-digits")
    return [int(word) for word in text.split()]


def expected(logits, labels, row, column, errors_only=True) -> list[int]:
    # As the view computes: in floats of 64 bits, near 1 others are equal.
    confidence, preds = logits.double().softmax(1).max(1)
    kept = torch.ones(len(labels), dtype=torch.bool)
    if row >= 0:
        kept &= labels == row
    if column >= 0:
        kept &= preds == column
    if min(row, column) < 0 and errors_only:
        kept &= labels != preds
    found = kept.nonzero().flatten()
    return found[confidence[found].argsort(descending=True, stable=True)].tolist()


def most_frequent_error(logits, labels):
    counts = metrics.confusion_matrix(logits.argmax(1), labels)
    counts.fill_diagonal_(0)
    return divmod(int(counts.argmax()), 10)


def test_the_digits_of_each_kind_of_cell_come_sorted_by_confidence(
    stage, explorer, part, logits
):
    opened = stage(explorer)
    error = most_frequent_error(logits, part[1])
    for cell in ((-1, -1), error, (3, 3), (5, -1), (-1, 9)):
        matrix(opened).click(position=place(*cell))
        assert listed(opened) == expected(logits, part[1], *cell)[:PAGE], cell


def test_each_cell_is_announced_with_its_count(stage, explorer, part, logits):
    opened = stage(explorer)
    counts = metrics.confusion_matrix(logits.argmax(1), part[1])
    for row, column in ((0, 0), (4, 9), (9, 4)):
        matrix(opened).hover(position=place(row, column))
        count = int(counts[row, column])
        words = f"Label {row} read as {column}: {count} digit"
        assert words in opened.root.locator(".mt-spoken").inner_text()


def test_order_pages_and_hits_can_be_chosen(stage, explorer, part, logits):
    opened = stage(explorer)
    right = expected(logits, part[1], -1, -1)
    assert listed(opened) == right[:PAGE] and len(right) > 2 * PAGE
    opened.root.get_by_role("button", name="More").click()
    assert listed(opened) == right[PAGE : 2 * PAGE]
    opened.root.get_by_role("combobox", name="Order").select_option("last")
    confidence = logits.softmax(1).max(1).values
    found = confidence[listed(opened)]
    assert (found.diff() >= 0).all() and listed(opened)[0] == right[-1]
    opened.root.get_by_role("combobox", name="Order").select_option("first")
    opened.root.get_by_role("checkbox").uncheck()
    matrix(opened).click(position=place(2, -1))
    assert listed(opened) == expected(logits, part[1], 2, -1, errors_only=False)[:PAGE]
    opened.root.get_by_role("button", name="All errors").click()
    assert listed(opened) == right[:PAGE]


def test_errors_are_seen_beside_a_diagonal_a_hundred_times_as_high(
    stage, explorer, part, logits
):
    """Whatever the colours mean, one error does not look like none."""
    opened = stage(explorer)
    counts = metrics.confusion_matrix(logits.argmax(1), part[1])
    one, none = (divmod(int((counts == k).int().argmax()), 10) for k in (1, 0))
    colour = """(canvas, [row, column]) => Array.from(canvas.getContext("2d")
        .getImageData(44 + 24 * column + 3, 44 + 24 * row + 3, 1, 1).data)"""
    mode = opened.root.get_by_role("combobox", name="Colour")
    for name in ("errors", "log", "linear"):
        mode.select_option(name)
        seen = [matrix(opened).evaluate(colour, list(cell)) for cell in (one, none)]
        distance = sum(abs(a - b) for a, b in zip(*seen, strict=True))
        assert distance > 150, name


def open_digit(opened, position: int) -> int:
    row, column = divmod(position, ACROSS)
    where = {"x": 2 + column * RIGHT + 28, "y": 2 + row * DOWN + 28}
    opened.root.locator("[data-part=digits]").click(position=where)
    opened.page.wait_for_selector("[data-part=why][data-ready=true]")
    return listed(opened)[position]


def drops(opened, k: int) -> torch.Tensor:
    found = opened.root.locator(f"[data-part=map{k}]").evaluate(
        "canvas => Array.from(canvas.drops)"
    )
    return torch.tensor(found).view(28, 28)


def test_a_digit_says_why_with_probabilities_and_two_maps(stage, network, part):
    images, labels = part
    logits = train.predict(network, images)
    opened = stage(ConfusionExplorer(network, images, labels, logits))
    i = open_digit(opened, 0)
    label, (read, second) = int(labels[i]), logits[i].topk(2).indices.tolist()
    probs = logits[i].softmax(0)
    text = opened.root.locator("[data-part=why] .mt-title").inner_text()
    assert f"label {label}, read as {read} with {words(probs[read])}" in text
    assert f"runner-up {second} with {words(probs[second])}" in text
    bars = opened.root.get_by_role("img", name="Probabilities").get_attribute(
        "aria-label"
    )
    for k, word in ((read, "read"), (label, "label"), (second, "runner-up")):
        assert re.search(rf"{k} \([^)]*{word}[^)]*\): {words(probs[k])}", bars)
    assert len(re.findall(r"\d\.\d %", bars)) == 10
    first = occlusion(network, images[i], read)
    lead = first - occlusion(network, images[i], label)
    torch.testing.assert_close(drops(opened, 0), first, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(drops(opened, 1), lead, atol=1e-3, rtol=1e-3)

    opened.root.get_by_role("combobox", name="Drop in").select_option("probability")
    covered = interpret.covered_logits(network, images[i])
    fall = probs[read] - covered.softmax(2)[..., read]
    torch.testing.assert_close(drops(opened, 0), fall, atol=1e-4, rtol=1e-3)

    opened.root.get_by_role("combobox", name="Patch").select_option("3")
    opened.wait(lambda: explorer_key(opened) == f"{i} 3")
    opened.page.wait_for_selector("[data-part=why][data-ready=true]")
    covered = interpret.covered_logits(network, images[i], 3)
    fall = probs[read] - covered.softmax(2)[..., read]
    torch.testing.assert_close(drops(opened, 0), fall, atol=1e-4, rtol=1e-3)


def explorer_key(opened) -> str:
    return opened.page.evaluate("model.get('covered_key')")


def test_a_digit_that_was_read_right_is_compared_with_the_runner_up(
    stage, network, part
):
    images, labels = part
    logits = train.predict(network, images)
    opened = stage(ConfusionExplorer(network, images, labels, logits))
    matrix(opened).click(position=place(4, 4))
    i = open_digit(opened, 2)
    read, second = logits[i].topk(2).indices.tolist()
    assert read == 4
    lead = occlusion(network, images[i], read) - occlusion(network, images[i], second)
    torch.testing.assert_close(drops(opened, 1), lead, atol=1e-3, rtol=1e-3)


def test_a_patch_under_the_pointer_says_what_would_be_read(stage, network, part):
    images, labels = part
    logits = train.predict(network, images)
    opened = stage(ConfusionExplorer(network, images, labels, logits))
    i = open_digit(opened, 1)
    covered = interpret.covered_logits(network, images[i])
    opened.root.locator("[data-part=map1]").hover(position={"x": 58, "y": 42})
    probs = covered[10, 14].softmax(0)
    text = opened.root.locator(".mt-spoken").inner_text()
    assert "row 10, column 14" in text and f"read as {int(probs.argmax())}" in text
    read = int(logits[i].argmax())
    before, now = (words(p[read]) for p in (logits[i].softmax(0), probs))
    assert f"{read} goes from {before} to {now}" in text
    assert opened.root.get_by_text(text).last.is_visible()
    opened.root.locator("[data-part=map0]").focus()
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("ArrowRight")
    assert "row 11, column 15" in opened.root.locator(".mt-spoken").inner_text()


def test_all_of_it_works_with_the_keyboard(stage, explorer, part, logits):
    opened = stage(explorer)
    press = opened.page.keyboard.press
    matrix(opened).focus()
    for key in ["ArrowRight"] * 3 + ["ArrowDown"] * 5:
        press(key)
    assert "Label 5 read as 3" in opened.root.locator(".mt-spoken").inner_text()
    press("Enter")
    right = expected(logits, part[1], 5, 3)
    assert listed(opened) == right[:PAGE]
    press("ArrowRight")
    press("Enter")
    why = opened.root.locator("[data-part=why]")
    assert why.get_attribute("data-digit") == str(right[1])
    opened.page.wait_for_selector("[data-part=why][data-ready=true]")
    press("Escape")
    for key in ["ArrowUp"] * 9:
        press(key)
    press("Enter")
    assert listed(opened) == expected(logits, part[1], -1, 3)[:PAGE]
    press("PageDown")
    press("Tab")
    focused = opened.page.evaluate("document.activeElement.dataset.part")
    assert focused != "digits"


def test_a_finger_opens_cells_and_digits(stage, explorer, part, logits):
    opened = stage(explorer)
    matrix(opened).tap(position=place(-1, 8))
    right = expected(logits, part[1], -1, 8)
    assert listed(opened) == right[:PAGE]
    where = {"x": 2 + RIGHT + 20, "y": 30}
    opened.root.locator("[data-part=digits]").tap(position=where)
    why = opened.root.locator("[data-part=why]")
    assert why.get_attribute("data-digit") == str(right[1])


def test_an_empty_cell_is_no_dead_end(stage, part):
    perfect = torch.nn.functional.one_hot(part[1], 10).float() * 9
    opened = stage(ConfusionExplorer(model.ConvNet(2), *part, perfect))
    assert listed(opened) == []
    matrix(opened).focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    assert listed(opened) == []
    matrix(opened).click(position=place(7, 7))
    assert len(listed(opened)) == PAGE


def test_without_logits_a_click_computes_them(stage, network, part):
    images, labels = (values[:200] for values in part)
    opened = stage(ConfusionExplorer(network, images, labels))
    assert matrix(opened).count() == 0
    opened.root.get_by_role("button", name="Compute").click()
    matrix(opened).wait_for()
    matrix(opened).click(position=place(0, 0))
    right = expected(train.predict(network, images), labels, 0, 0)
    assert listed(opened) == right[:PAGE]


def test_where_python_cannot_cover_a_digit_it_says_so_until_it_can(
    stage, explorer, monkeypatch
):
    def refuse(*_):
        raise ValueError("The model is asleep; wake it.")

    opened = stage(explorer)
    message = opened.root.locator(".mt-message")
    with monkeypatch.context() as patch:
        patch.setattr(interpret, "covered_logits", refuse)
        opened.root.locator("[data-part=digits]").click(position={"x": 20, "y": 20})
        opened.wait(lambda: "asleep" in message.inner_text())
    open_digit(opened, 1)
    assert message.inner_text() == ""


def test_without_python_it_can_be_asked_again(stage, network, part, monkeypatch):
    images, labels = (values[:200] for values in part)
    opened = stage(ConfusionExplorer(network, images, labels))
    ask = opened.root.get_by_role("button", name="Compute")
    silent = opened.root.get_by_text("No answer yet: Python is busy, or")
    opened.page.clock.install()
    with monkeypatch.context() as patch:
        patch.setattr(opened.widget, "_handle_custom_msg", lambda *_: None)
        ask.click()
        assert ask.is_disabled()
        opened.wait_in_vain()
        silent.wait_for()
        assert ask.is_enabled()
    ask.click()
    matrix(opened).click(position=place(1, 1))
    digits = opened.root.locator("[data-part=digits]")
    with monkeypatch.context() as patch:
        patch.setattr(opened.widget, "_handle_custom_msg", lambda *_: None)
        digits.click(position={"x": 20, "y": 20})
        opened.wait_in_vain()
        silent.wait_for()
    open_digit(opened, 1)
    opened.lose_python()
    digits.click(position={"x": 20, "y": 20})
    opened.root.get_by_text("Python was restarted or shut down").wait_for()


def test_the_last_digit_chosen_is_the_one_explained(stage, network, part):
    """Choosing faster than Python answers never shows the maps of another digit."""
    images, labels = part
    logits = train.predict(network, images)
    opened = stage(ConfusionExplorer(network, images, labels, logits))
    matrix(opened).click(position=place(3, 3))
    for position in range(4):
        where = {"x": 2 + position * RIGHT + 20, "y": 30}
        opened.root.locator("[data-part=digits]").click(position=where)
    i = listed(opened)[3]
    opened.page.wait_for_selector(f"[data-digit='{i}'][data-ready=true]")
    right = occlusion(network, images[i], 3)
    torch.testing.assert_close(drops(opened, 0), right, atol=1e-3, rtol=1e-3)


def test_nothing_serious_for_axe(stage, explorer, axe, network, part):
    opened = stage(explorer)
    open_digit(opened, 0)
    axe(opened.page)
    axe(stage(ConfusionExplorer(network, *part)).page)


@pytest.mark.parametrize("width", [1280, 990, 800, 603, 390])
def test_the_answer_fits_beside_the_digit_or_right_below(stage, explorer, width):
    opened = stage(explorer, width=width)
    open_digit(opened, 0)
    assert opened.fits()
    boxes = [
        opened.root.locator(f"[data-part={name}]").bounding_box()
        for name in ("matrix", "digits", "why")
    ]
    for one, other in itertools.combinations(boxes, 2):
        assert apart(one, other)
    clicked, answer = boxes[1], boxes[2]
    if width >= 603:  # both are seen at once where 680 pixels are
        assert answer["y"] + answer["height"] - clicked["y"] < 680


def apart(one: dict, other: dict) -> bool:
    """Do the boxes not overlap?"""
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


def test_it_follows_the_theme(stage, explorer):
    opened = stage(explorer)
    open_digit(opened, 0)
    chosen, since = listed(opened), opened.seq()
    opened.dark()
    opened.wait_painted(since)
    assert listed(opened) == chosen


def test_in_jupyterlab_python_answers_and_no_key_reaches_the_notebook(lab):
    notebook = lab.open(
        [
            "from mnist_tutorial import data, model, train\n"
            "from mnist_tutorial.widgets import ConfusionExplorer\n"
            "net = model.load_pretrained()\n"
            "images, labels = (part[:600] for part in data.splits().validation)\n"
            "explorer = ConfusionExplorer(net, images, labels)\n"
            "explorer",
        ]
    )
    root, page = notebook.widget("ConfusionExplorer"), notebook.page
    root.get_by_role("button", name="Compute").click()
    root.locator("[data-part=matrix]").wait_for()
    root.locator("[data-part=matrix]").focus()
    for key in ["ArrowDown", "ArrowRight", "Enter", "ArrowRight", "Enter"]:
        page.keyboard.press(key)
    why = root.locator("[data-part=why]")
    page.wait_for_selector("[data-part=why][data-ready=true]")
    digit = why.get_attribute("data-digit")
    assert notebook.run("explorer.covered_key") == f"'{digit} 5'"
    assert notebook.run("len(explorer._logits)") == "600"
