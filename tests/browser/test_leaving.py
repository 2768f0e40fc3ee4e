"""A view that ends leaves nothing behind: no handler, no listener, no node."""

import pytest
from support import mnist_splits

from mnist_tutorial import data, model, widgets

COUNTED = """() => Object.fromEntries(Object.entries(model.handlers)
  .map(([name, all]) => [name, all.length]).filter(([, count]) => count))"""

COME_AND_GO = """async (times) => {
  for (let k = 0; k < times; k++) { await window.enter(); window.leave(); }
  await new Promise(done => setTimeout(done, 100));
}"""


def small(name: str):
    """A small widget of each kind."""
    net = model.load_pretrained()
    training, validation, _ = mnist_splits()
    images, labels = (part[:60] for part in validation)
    few = data.Split(images, labels)
    pixels = (images * data.STD + data.MEAN).clamp(0, 1)
    return {
        "ConfusionExplorer": lambda: widgets.ConfusionExplorer(net, images, labels),
        "DigitClinic": lambda: widgets.DigitClinic(net, validation, count=60),
        "DigitPad": lambda: widgets.DigitPad({"CNN": net}, images),
        "EmbeddingMap": lambda: widgets.EmbeddingMap(net, images, labels),
        "KernelBench": lambda: widgets.KernelBench(
            pixels[:2], model=net, validation=few
        ),
        "LogitsToLoss": lambda: widgets.LogitsToLoss(),
        "NetworkLens": lambda: widgets.NetworkLens({"CNN": net}, (images, labels)),
        "ShapeTracer": lambda: widgets.ShapeTracer(pixels[0]),
        "TrainingMonitor": lambda: widgets.TrainingMonitor(
            training, few, images=128, width=4
        ),
    }[name]()


@pytest.mark.parametrize(
    "name",
    [
        "ConfusionExplorer",
        "DigitClinic",
        "DigitPad",
        "EmbeddingMap",
        "KernelBench",
        "LogitsToLoss",
        "NetworkLens",
        "ShapeTracer",
        "TrainingMonitor",
    ],
)
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
