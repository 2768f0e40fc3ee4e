"""What a page without Python keeps of a notebook: digits, sliders, widgets."""

import base64
import io
import json
import zlib
from contextlib import contextmanager
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from mnist_tutorial import model
from mnist_tutorial.data import Split
from mnist_tutorial.widgets import GuessBars, inputs
from mnist_tutorial.widgets.network_lens.widget import NetworkLens
from mnist_tutorial.widgets.page import readers, sliders, states


def test_a_page_gets_grey_levels_their_range_and_the_labels():
    images = torch.tensor([-0.5, 0.0, 1.5]).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    on_page = readers.digits_on_a_page(Split(images, torch.tensor([4, 0, 9])))
    assert readers.range_on_a_page(images) == {"page_range": [-0.5, 1.5]}
    assert on_page["page_range"] == [-0.5, 1.5]
    levels = np.frombuffer(zlib.decompress(on_page["page_pixels"]), np.uint8)
    assert levels.reshape(3, -1)[:, 0].tolist() == [0, 64, 255]
    assert np.frombuffer(on_page["page_labels"], "<f4").tolist() == [4, 0, 9]


def test_a_page_that_reads_digits_gets_a_network_and_digits():
    net, split = model.mlp(8), Split(torch.rand(3, 1, 28, 28), torch.arange(3))
    (packed,), weights = inputs.packed({"net": net})
    network = {"page_layers": packed["layers"], "page_weights": weights}
    assert readers.network_on_a_page(net) == network
    assert readers.on_a_page(net, split) == network | readers.digits_on_a_page(split)


def test_a_page_gets_no_more_digits_than_a_browser_reads_in_seconds():
    images = torch.zeros(501, 1, 28, 28)
    lens = NetworkLens({"net": model.mlp(8)}, (images, torch.zeros(501).long()))
    page = lens.page()
    assert page["validation_size"] == len(page["page_labels"]) // 4 == 500


# --- Sliders


@pytest.fixture
def watched(monkeypatch):
    """A notebook in which sliders are watched: makes one, and what it draws."""
    monkeypatch.setattr(sliders, "_seen", {})
    monkeypatch.setattr(
        ipywidgets, "interactive_output", ipywidgets.interactive_output
    )  # is put back
    drawn, outputs, captured = [], [], SimpleNamespace()

    def draw(by):
        drawn.append(by)
        data = {"image/png": base64.b64encode(picture(by)).decode()}
        outputs[:] = [{"text/plain": "no picture"}, {"text/plain": "a figure"} | data]

    @contextmanager
    def capture():  # what IPython's gives inside a notebook
        yield captured
        captured.outputs = [SimpleNamespace(data=data) for data in outputs]

    def made(**slider):
        slider = ipywidgets.FloatSlider(**slider)
        output = ipywidgets.interactive_output(draw, {"by": slider})
        drawn.clear()
        return output

    monkeypatch.setattr(sliders, "capture_output", capture)
    sliders.watch()
    return made, drawn


def picture(by: float) -> bytes:
    """A small picture whose grey tells the number."""
    content = io.BytesIO()
    grey = np.full((4, 4, 3), round(100 + 4 * by), np.uint8)
    Image.fromarray(grey).save(content, format="png")
    return content.getvalue()


def grey(png: bytes) -> int:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))[0, 0]


@pytest.mark.parametrize(
    ("slider", "values", "start"),
    [
        # As many as there are, up to seventeen.
        (dict(value=1, min=-2, max=2, step=0.25), np.arange(-2, 2.1, 0.25), 12),
        (dict(value=0, min=0, max=0.3, step=0.1), [0, 0.1, 0.2, 0.3], 0),
        # Of more every second or third, and always the one where it stands.
        (dict(value=1.75, min=0, max=4.25, step=0.25), np.arange(0.25, 4.3, 0.5), 3),
        (dict(value=3, min=1, max=36, step=1), np.arange(3, 37, 3), 0),
    ],
)
def test_a_slider_is_kept_as_pictures_of_some_of_its_values(
    watched, slider, values, start
):
    made, drawn = watched
    output = made(**slider, description="move")
    ((key, strip),) = sliders.filmstrips().items()
    assert key == output.model_id and strip["widget"] == "Filmstrip"
    state = strip["state"]
    assert state["label"] == "move" and state["start"] == start
    assert state["values"] == drawn == pytest.approx(list(values), abs=1e-12)
    assert state["values"][start] == slider["value"]
    frames = [state[f"frame_{k}"] for k in range(len(values))]
    greys = [round(100 + 4 * by) for by in drawn]
    assert [grey(frame) for frame in frames] == greys
    assert strip["still"] == frames[start] and len(state) == 3 + len(values)


def test_values_are_those_of_the_slider_without_what_sums_leave_behind(watched):
    made, drawn = watched
    made(value=0.3, min=0.1, max=0.9, step=0.1)
    sliders.filmstrips()
    assert drawn == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


# --- States


def test_the_state_of_a_widget_is_what_its_view_asks_for():
    bars = GuessBars(["one", "two"], start=20, unit="points")
    assert states.state(bars) == {
        **{"names": ["one", "two"], "values": [20, 20], "start": 20, "unit": "points"},
        **{"low": 0, "high": 100, "step": 1, "message": ""},
    }


class Filled(GuessBars):
    """Asked for what a page needs, it sets a trait first."""

    def page(self):
        self.unit = "filled"
        return {"page_bytes": b"\x00\xff", "page_list": [1]}


def test_the_states_of_all_widgets_of_a_kernel_are_written_and_read(
    tmp_path, watched, monkeypatch
):
    made, _ = watched
    bars, output = Filled(["one"]), made(value=0, min=0, max=1, step=1)
    instances = {bars.model_id: bars, output.model_id: output}
    monkeypatch.setattr(states, "_instances", instances)
    states.write(str(tmp_path / "states.json"))
    json.loads((tmp_path / "states.json").read_text(encoding="ascii"))
    read = states.read(tmp_path / "states.json")
    assert list(read) == [output.model_id, bars.model_id]
    assert read[bars.model_id]["widget"] == "Filled"
    state = read[bars.model_id]["state"]
    assert state == states.state(bars) and state["unit"] == "filled"
    assert state["page_bytes"] == b"\x00\xff" and state["page_list"] == [1]
    assert read[output.model_id] == sliders.filmstrips()[output.model_id]
