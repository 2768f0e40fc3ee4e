"""What a learner saves opens again, with a picture where the widget was."""

import json
from base64 import b64decode

from lab import READY, RESTART

from tools.lab import WIDGET_VIEW

WIDGET = "from mnist_tutorial import widgets\nwidgets.LogitsToLoss()"
SLIDER = """import matplotlib.pyplot as plt
from ipywidgets import IntSlider
display(IntSlider())
plt.plot([1, 2])
plt.show()"""
SAVE = """async () => {
  await jupyterapp.commands.execute("docmanager:save");
  return jupyterapp.shell.currentWidget.context.model.dirty;
}"""
LISTEN = """() => {
  window.ran = [];
  jupyterapp.commands.commandExecuted.connect((_, { id }) => window.ran.push(id));
}"""
NAME = "() => jupyterapp.shell.currentWidget.context.path"
CLOSE = "() => jupyterapp.commands.execute('application:close-all')"


def test_a_saved_widget_is_a_picture_when_it_is_opened_again(lab, lab_server):
    notebook = lab.open([WIDGET, SLIDER, "1 + 1"])
    page = notebook.page
    root = notebook.widget("LogitsToLoss")
    path = lab_server.folder / "notebooks" / page.evaluate(NAME)

    def saved() -> list[dict]:
        """The cells of the file after saving; the live view is not touched."""
        for _ in range(3):
            assert page.evaluate(SAVE) is False
        assert page.locator(".jp-Dialog").count() == 0
        assert root.is_visible()
        return json.loads(path.read_bytes())["cells"]

    cells = saved()
    for cell in cells[:2]:
        shown = [output["data"] for output in cell["outputs"] if "data" in output]
        assert any(b64decode(data.get("image/png", "")) for data in shown)
        assert not any(WIDGET_VIEW in data for data in shown)
    assert cells[2]["outputs"][0]["data"]["text/plain"] == ["2"]
    notebook.wait_until("1 + 1", "2")

    page.evaluate(RESTART)
    page.wait_for_function(READY)
    assert saved()[:3] == cells  # as well as while the kernel ran

    page.evaluate(CLOSE)
    lab_server.end_kernels()
    reopened = lab.open_file(path.name, run=False)
    panel = reopened.page.locator(".jp-NotebookPanel")
    panel.locator("img[src^='data:image/png']").first.wait_for(state="visible")
    text = panel.inner_text()
    assert "Error displaying widget" not in text and "model not found" not in text


def test_control_s_saves_from_within_a_widget_and_no_other_key_leaves_it(
    lab, lab_server
):
    notebook = lab.open([WIDGET])
    page, root = notebook.page, notebook.widget("LogitsToLoss")
    path = lab_server.folder / "notebooks" / page.evaluate(NAME)
    page.evaluate(LISTEN)
    slider = root.get_by_role("slider").first
    for key in ("Control+Shift+Minus", "b", "Control+s"):  # the first two make a cell
        slider.press(key)
    page.wait_for_function("() => window.ran.length > 0")
    assert page.evaluate("window.ran") == ["docmanager:save"]
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    (cell,) = json.loads(path.read_bytes())["cells"]
    assert cell["outputs"]
