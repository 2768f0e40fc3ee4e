"""A view that ends leaves nothing behind: no handler, no listener, no node."""

import pytest
from small import NAMES, small

COUNTED = """() => Object.fromEntries(Object.entries(model.handlers)
  .map(([name, all]) => [name, all.length]).filter(([, count]) => count))"""

COME_AND_GO = """async (times) => {
  for (let k = 0; k < times; k++) { await window.enter(); window.leave(); }
  await new Promise(done => setTimeout(done, 100));
}"""


@pytest.mark.parametrize("name", NAMES)
def test_a_view_that_ends_leaves_no_handler_listener_or_node(stage, name):
    widget = small(name)
    opened = stage(widget)
    opened.wait_painted()
    assert opened.page.evaluate(COUNTED)["change:message"] >= 1
    opened.page.evaluate("() => window.leave()")
    assert opened.page.evaluate(COUNTED) == {}
    opened.page.evaluate(COME_AND_GO, 2)  # what is kept for the next time is there now
    before = opened.left_behind()
    opened.page.evaluate(COME_AND_GO, 30)
    assert opened.page.evaluate(COUNTED) == {}
    assert opened.left_behind() == before
    widget.close()
