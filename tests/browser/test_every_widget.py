"""What is true of every widget in Chromium: sharp, named, seen in forced colours."""

import pytest
from small import NAMES, small

# Whether each canvas has so many pixels for one of CSS; there is one at least.
SHARP = """(ratio) => {
  const canvases = [...document.querySelectorAll(".mt canvas")]
    .filter(canvas => canvas.width * canvas.height);
  return canvases.length > 0 && canvases.every(canvas =>
    Math.abs(canvas.width / parseFloat(canvas.style.width) - ratio) < 0.02);
}"""


@pytest.fixture(params=NAMES)
def opened(request, stage):
    shown = stage(small(request.param))
    shown.wait_painted()
    compute = shown.root.get_by_role("button", name="Compute")
    if compute.count():
        compute.click()
        shown.root.locator("canvas").first.wait_for()
    yield shown
    shown.widget.close()


def test_canvases_are_sharp_again_once_the_page_is_zoomed(opened):
    if not opened.root.locator("canvas").count():
        pytest.skip("It has no canvas.")
    for ratio in (2, 3, 1):
        opened.zoom(ratio)
        opened.page.wait_for_function(SHARP, arg=ratio)


def test_every_control_has_a_name(opened):
    assert opened.nameless() == []
