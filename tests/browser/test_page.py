"""The pages without Python in Chromium, opened as files: live, true and reachable."""

import re

import firefox
import pytest
import torch
from site_pages import all_widgets, page_of, page_of_exercises, page_of_widgets, pixel
from small import NAMES, small
from support import PATIENCE, mnist_splits
from using import (
    ONE_OF_A_KIND,
    WHOLE,
    false_words,
    in_each_theme,
    listen,
    live,
    use_all,
)

from mnist_tutorial import data, exercises, interpret, model
from mnist_tutorial.widgets.inputs import right
from mnist_tutorial.widgets.kernel_bench.widget import flipped_filters
from mnist_tutorial.widgets.network_lens.widget import strongest
from tools import javascript, notebooks
from tools.site import execute, make


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    widgets = all_widgets()
    yield page_of_widgets(tmp_path_factory.mktemp("site"), widgets)
    for widget in widgets.values():
        widget.close()


def wait_for_text(root, pattern: str) -> str:
    """The text of an element once it fits a pattern."""
    root.page.wait_for_function(
        "([root, pattern]) => new RegExp(pattern).test(root.textContent)",
        arg=[root.element_handle(), pattern],
        timeout=1000 * PATIENCE,
    )
    return root.text_content()


@pytest.mark.parametrize("name", NAMES)
def test_every_widget_is_live_and_every_button_tells_the_truth(name, visit, page_file):
    page = visit(page_file)
    listen(page)
    assert use_all(live(page, name)).idle == []
    assert false_words(page) == []


def few():
    return data.Split(*(part[:60] for part in mnist_splits().validation))


def test_the_bench_measures_what_python_measures(visit, page_file):
    root = live(visit(page_file), "KernelBench")
    root.get_by_role("button", name="Flip all 32").click()
    said = wait_for_text(root.locator("[data-part=net]"), "filters flipped:")
    net = model.load_pretrained()
    change = interpret.switched(right(net, few()), right(flipped_filters(net), few()))
    before, after = (100 * share.value for share in (change.before, change.after))
    assert f"accuracy {before:.2f} %" in said and f", {after:.2f} %" in said
    low, high = 100 * change.after.low, 100 * change.after.high
    assert f"({low:.2f} % to {high:.2f} %) after" in said
    assert f"{change.lost} digits lost, {change.gained} gained of 60" in said


def test_the_lens_finds_what_python_finds_and_says_what_needs_pytorch(visit, page_file):
    root = live(visit(page_file), "NetworkLens")
    net, images = model.load_pretrained(), few().images
    conv2 = root.locator("[data-layer='4']")
    conv2.click(position={"x": 50, "y": 5})  # the number above map 1
    root.locator("[data-key=strongest]").click()
    patches = root.locator(".mt-lens-patch")
    patches.first.wait_for()
    shown = [float(patch.get_attribute("data-value")) for patch in patches.all()]
    best = strongest(net, images, "conv2 after ReLU", 1)
    # The weights are rounded.
    torch.testing.assert_close(torch.tensor(shown), best.values, atol=0.005, rtol=0.005)
    root.locator("[data-key=off]").check()
    root.locator("[data-key=measure]").click()
    cost = root.locator("[data-name=difference]")
    cost.wait_for()
    with interpret.without_channel(net, "conv2 after ReLU", 1):
        after = right(net, few())
    change = interpret.switched(right(net, few()), after).difference
    assert float(cost.get_attribute("data-value")) == pytest.approx(change.value)
    conv2.click(position={"x": 40, "y": 30})
    wait_for_text(root.locator("[data-name=torch]"), "in the notebook only")


def test_the_explorer_covers_a_digit_as_python_does(visit, page_file):
    page = visit(page_file)
    root = live(page, "ConfusionExplorer")
    root.get_by_label("Errors only").uncheck()
    root.locator("[data-part=digits]").click(position={"x": 20, "y": 20})
    root.locator("[data-part=why][data-ready=true]").wait_for()
    index = int(root.locator("[data-part=why]").get_attribute("data-digit"))
    drops = root.locator("[data-part=map0]").evaluate("map => Array.from(map.drops)")
    net, (images, _) = model.load_pretrained(), few()
    logits = net(images[index : index + 1])[0].detach()
    read = int(logits.argmax())
    expected = logits[read] - interpret.covered_logits(net, images[index], 5)[..., read]
    torch.testing.assert_close(
        torch.tensor(drops).view(28, 28), expected, atol=0.1, rtol=0.01
    )


# In one step: a recording may have ended before it is asked again.
PAUSE = """(root) => {
  if (Number(root.dataset.steps) <= 50) return false;
  [...root.querySelectorAll("button")]
    .find((button) => button.textContent.startsWith("Pause")).click();
  return true;
}"""


def test_recorded_trainings_play_pause_and_look_back(visit, page_file):
    page = visit(page_file)
    root = live(page, "TrainingMonitor")
    root.get_by_role("button", name="Start").click()
    page.wait_for_function(PAUSE, arg=root.element_handle())
    page.wait_for_function(
        "(root) => root.dataset.state === 'paused'", arg=root.element_handle()
    )
    steps = int(root.get_attribute("data-steps"))
    assert f"step {steps}: loss" in root.locator("[data-lane=A]").text_content()
    assert "on validation after 50" in root.locator("[data-lane=B]").text_content()
    root.get_by_label("look back").fill("0")
    assert root.get_attribute("data-shown") == "at step 0"
    root.locator(".mt-settings select").select_option(label="lr 0.1, bug no zero_grad")
    page.wait_for_function(
        "(root) => root.dataset.state === 'ready'", arg=root.element_handle()
    )
    root.get_by_role("button", name="Step").click()
    wait_for_text(root.locator("[data-lane=B]"), "bug no zero_grad.*step 1: loss")
    root.get_by_role("button", name="Use A").click()
    wait_for_text(root, "in the notebook")


def test_one_broken_widget_leaves_the_others_and_its_picture(visit, tmp_path):
    widgets = {name: small(name) for name in ("GuessBars", "LogitsToLoss")}
    path = page_of_widgets(tmp_path, widgets)
    broken = path.read_text(encoding="utf-8").replace(
        'id="module GuessBars" type="text/plain">',
        'id="module GuessBars" type="text/plain">throw Error("broken");',
    )
    path.write_text(broken, encoding="utf-8")
    page = visit(path)
    live(page, "LogitsToLoss")
    failed = page.locator("[data-live=GuessBars]")
    failed.locator(".live-failed").wait_for()
    assert failed.locator("img").is_visible()


def test_broken_exercises_are_an_error_that_the_widgets_survive(new_page, tmp_path):
    path = page_of_widgets(tmp_path, {"LogitsToLoss": small("LogitsToLoss")})
    whole = path.read_text(encoding="utf-8")
    text = '<script type="application/json" id="exercises">[</script>'
    path.write_text(whole.replace("<main", f"{text}<main", 1), encoding="utf-8")
    page, errors = new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    live(page, "LogitsToLoss")
    (error,) = errors
    assert "JSON" in error


@pytest.mark.parametrize("number", exercises.pages())
def test_each_exercise_takes_its_answer_and_tells_a_mistake(
    number, visit, tmp_path, axe
):
    page = visit(page_of_exercises(tmp_path, number), width=390)
    listen(page)
    for entry in exercises.pages()[number]:
        box = page.locator(f"[data-exercise='{entry['key']}']")
        if entry["kind"] not in ("compute", "decide", "order", "predict"):
            assert "In the notebook" in box.text_content()
            assert use_all(box).idle == []
            continue
        assert page.locator(".cell", has=box).locator("[open].outcome").count() == 0
        for wrong in (False, True):
            answer_in(box, entry, wrong)
        if entry["kind"] == "predict":
            cell = page.locator(".cell", has=box)
            assert cell.locator("details.outcome[open]").count() == 1
        assert use_all(box).idle == []
        assert "\nex." not in box.text_content()  # how a notebook takes the answer
    assert use_all(page.locator("#controls")).idle == []
    assert false_words(page) == []
    page.reload()
    done = [e for e in exercises.pages()[number] if e["kind"] in ("compute", "decide")]
    assert page.get_by_text("answered").count() >= len(done)
    axe(page, "main")


def answer_in(box, entry, wrong: bool) -> None:
    """Give a right answer, or one of a known mistake, and read what is said of it."""
    expected = r"^(Right|Met)"
    match entry["kind"]:
        case "compute":
            variant = entry["variants"][0]
            value = variant["diagnoses"][0][0] if wrong else variant["truth"]
            box.get_by_label("Your answer").fill(typed(value))
        case "predict":
            if wrong and not entry["diagnoses"]:
                return
            value = entry["diagnoses"][0][0] if wrong else entry["truth"]
            box.get_by_label("Your guess").fill(typed(value))
        case "decide":
            claim, reason = entry["diagnoses"][0][:2] if wrong else entry["right"]
            box.locator(f"input[value='{claim}']").check()
            box.locator(f"input[value='{reason}']").check()
        case "order":
            order(box, entry, wrong)
    if wrong:
        expected = r"^Not (yet|met)"
    box.get_by_role(
        "button", name="Guess" if entry["kind"] == "predict" else "Check"
    ).click()
    assert re.match(expected, box.locator(".said").text_content()), entry["key"]


def typed(value) -> str:
    """An answer of the kit as Python writes it; its lists are tuples."""
    if isinstance(value, dict):
        return "{" + ", ".join(map(typed, value["set"])) + "}"
    if isinstance(value, list):
        return f"({''.join(f'{typed(part)}, ' for part in value)})"
    return str(value) if not isinstance(value, str) else f'"{value}"'


def order(box, entry, wrong: bool) -> None:
    """Put the lines in a right order, or leave the last one out."""
    used = box.get_by_role("list", name="Lines that are used, in order")
    letters = entry["orders"][0]
    for letter in letters if not wrong else letters[-1:]:
        line = box.locator(f"[data-letter='{letter}']")
        line.get_by_role("button", name="use or leave out").click()
    for k, blank in enumerate(entry["blanks"]):
        box.get_by_label(f"Blank {k + 1}").fill(blank)
    assert used.locator("li").count() == len(letters) - wrong


@pytest.mark.parametrize("path", notebooks.find(), ids=lambda path: path.stem)
def test_a_notebooks_page_is_whole_on_a_phone_and_without_barriers(
    path, visit, tmp_path, axe
):
    """With its widgets as pictures: what runs them is too long for each test."""
    file = tmp_path / f"{path.stem}.html"
    shown = execute.Shown({}, {})
    file.write_text(make.page_of(path, shown), encoding="utf-8")
    page = visit(file, 390)
    page.add_style_tag(content=WHOLE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(
        "document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )
    page.evaluate(ONE_OF_A_KIND)
    for _ in in_each_theme(page):
        axe(page, "html")
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_index_is_whole_and_without_barriers(width, visit, tmp_path, axe):
    file = tmp_path / "index.html"
    file.write_text(make.index_of(notebooks.find()), encoding="utf-8")
    page = visit(file, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for _ in in_each_theme(page):
        axe(page, "html")


def test_a_slider_shows_the_picture_of_each_value(visit, tmp_path):
    strip = {"label": "move by", "values": [-1, 0, 1], "start": 1}
    strip |= {f"frame_{k}": pixel(k) for k in range(3)}
    shown = execute.Shown({1: ["a"]}, {"a": {"widget": "Filmstrip", "state": strip}})
    page = visit(page_of(tmp_path, ["interactive_output(f, {})"], shown))
    slider = page.get_by_role("slider", name="move by")
    picture, before = page.locator(".live-view img"), set()
    for key, value in (("Home", "−1"), ("ArrowRight", "0"), ("End", "1")):
        slider.press(key)
        assert page.locator("output").text_content() == value
        assert picture.evaluate("p => p.decode().then(() => p.naturalWidth)") == 1
        before.add(picture.get_attribute("src"))
    assert len(before) == 3 and picture.get_attribute("alt") == "A picture."


def test_live_widgets_have_no_barriers(visit, page_file, axe):
    page = visit(page_file)
    page.add_style_tag(content=WHOLE)
    for name in NAMES:
        live(page, name)
    for _ in in_each_theme(page):
        axe(page, "html")


def test_paper_asks_an_exercise_with_what_there_is_to_choose_from(visit, tmp_path):
    page = visit(page_of_exercises(tmp_path, "01"))
    page.emulate_media(media="print")
    claims = page.locator(".exercise[data-kind=decide] fieldset label")
    assert claims.count() and all(claim.is_visible() for claim in claims.all())
    assert not any(one.is_visible() for one in page.locator(".exercise button").all())


def test_stills_are_printed_and_stay_without_javascript(chromium, page_file):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator(".live > img").count() == len(NAMES)
    assert all(img.is_visible() for img in page.locator(".live > img").all())
    context.close()


def test_a_live_widget_prints_its_still(visit, page_file):
    page = visit(page_file)
    live(page, "GuessBars")
    place = page.locator("[data-live=GuessBars]")
    assert not place.locator("> img").is_visible()
    page.emulate_media(media="print")
    assert place.locator("> img").is_visible()
    assert not place.locator(".live-view").is_visible()


def test_firefox_opens_the_pages_too(page_file):
    """Debian's firefox-esr, by the puppeteer of package.json."""
    why = firefox.missing()
    if why and javascript.in_ci():
        pytest.fail(why)
    if why:
        pytest.skip(why)
    found = firefox.visit(page_file)
    assert found == {"states": ["live"] * len(NAMES), "errors": [], "requests": []}
