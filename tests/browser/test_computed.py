"""Widgets whose numbers a click computes: what they say when Python cannot."""

import pytest
from support import mnist_splits

from mnist_tutorial import interpret, model, widgets
from mnist_tutorial.widgets.confusion_explorer import widget as confusion_explorer


@pytest.mark.parametrize(
    "kind, module, function, part",
    [
        (widgets.ConfusionExplorer, confusion_explorer, "predict", "matrix"),
        (widgets.EmbeddingMap, interpret, "embedding", "map"),
    ],
)
def test_an_error_in_python_is_a_sentence_and_can_be_tried_again(
    stage, monkeypatch, kind, module, function, part
):
    def refuse(*_):
        raise ValueError("The model is asleep; wake it.")

    images, labels = (values[:100] for values in mnist_splits().validation)
    opened = stage(kind(model.load_pretrained(), images, labels))
    ask = opened.root.get_by_role("button", name="Compute")
    message = opened.root.locator(".mt-message")
    with monkeypatch.context() as patch:
        patch.setattr(module, function, refuse)
        ask.click()
        opened.wait(lambda: "asleep" in message.inner_text())
        opened.wait(ask.is_enabled)
    ask.click()
    opened.root.locator(f"[data-part={part}]").wait_for()
    assert message.inner_text() == ""
