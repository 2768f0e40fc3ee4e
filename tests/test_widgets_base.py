"""What all widgets share: the still picture, stable text, bytes, errors shown."""

import io
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch import nn

from mnist_tutorial import model
from mnist_tutorial.widgets import base, engine
from mnist_tutorial.widgets.base import (
    Floats,
    Refused,
    Widget,
    figure,
    guarded,
    script,
)


class Square(Widget):
    _esm = script("shared/dom.js")
    alt = "A white square."
    numbers = Floats()
    side = traitlets.Int(1).tag(sync=True)
    tilt = traitlets.Int(0).tag(sync=True)

    def picture(self):
        return figure(2, 1)

    @traitlets.validate("tilt")
    def _check_tilt(self, proposal):
        if proposal["value"] >= 90:
            raise Refused("A square tilts by less than 90 degrees; choose fewer.")
        return proposal["value"]

    @traitlets.observe("side")
    @guarded
    def _check(self, change):
        if self.side < 0:
            raise ValueError("A side is 0 or more; choose another.")
        if self.side == 13:
            raise RuntimeError("our fault")


def test_a_file_without_a_kernel_gets_a_picture_and_stable_text():
    data, metadata = Square()._repr_mimebundle_()
    assert data["text/plain"] == "Square: A white square." == repr(Square())
    assert metadata["image/png"]["alt"] == "A white square."
    assert Image.open(io.BytesIO(data["image/png"])).size == (200, 100)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"] == Square()._repr_mimebundle_()[0]["image/png"]


class Ramp(Square):
    def picture(self):
        result = figure(4, 3)
        ax = result.subplots()
        ax.imshow(np.random.default_rng(0).random((40, 60)))
        ax.set_title("viridis, black and white", color="C1")
        return result


def test_the_picture_is_light_and_looks_as_it_was_drawn():
    widget, drawn = Ramp(), io.BytesIO()
    widget.picture().savefig(drawn, format="png")
    light = widget._repr_mimebundle_()[0]["image/png"]
    assert len(light) < 0.5 * len(drawn.getvalue())
    again = io.BytesIO()
    Image.open(io.BytesIO(light)).save(again, format="png", optimize=True)
    assert len(light) <= len(again.getvalue())
    pixels = [
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)
        for png in (light, drawn.getvalue())
    ]
    apart = np.abs(pixels[0] - pixels[1])
    assert np.quantile(apart, 0.99) < 16 and apart.mean() < 1


def test_floats_arrive_from_the_browser_as_bytes_and_are_not_sent_back():
    widget = Square()
    values = torch.tensor([[1.5, -2.0], [0.25, 3.0]], dtype=torch.float64)
    sent = base.to_bytes(values.T)
    widget.set_state({"numbers": memoryview(sent)})
    assert type(widget.numbers) is bytes
    assert np.frombuffer(widget.numbers, "<f4").tolist() == [1.5, 0.25, -2.0, 3.0]
    assert widget.trait_metadata("numbers", "echo_update") is False


def test_of_an_error_the_first_line_is_said_without_its_full_stop():
    error = RuntimeError("The size is 3, not 4.\nC++ frames follow.\n")
    assert base.first_line(error) == "The size is 3, not 4"
    assert base.first_line(MemoryError()) == "MemoryError"  # it brings no words


def test_a_widget_without_a_picture_of_its_own_has_none():
    with pytest.raises(NotImplementedError):
        Widget().picture()
    assert Widget().page() == {}


def test_a_sentence_for_the_reader_is_shown_and_goes_away():
    widget = Square()
    widget.set_state({"side": -1})
    assert widget.message == "A side is 0 or more; choose another."
    widget.set_state({"side": 2})
    assert widget.message == ""


def test_what_a_trait_refuses_keeps_its_old_value_and_the_view_hears_so(monkeypatch):
    widget = Square()
    sent = []
    monkeypatch.setattr(widget.comm, "send", lambda data, **_: sent.append(data))
    widget.set_state({"tilt": 90})
    assert widget.tilt == 0 and widget.message.startswith("A square tilts")
    assert {"tilt": 0} in [data["state"] for data in sent]
    widget.set_state({"tilt": 45})
    assert widget.tilt == 45 and widget.message == ""
    with pytest.raises(ValueError, match="less than 90"):
        widget.tilt = 91
    assert widget.tilt == 45
    with pytest.raises(traitlets.TraitError):
        widget.set_state({"tilt": "steep"})
    assert widget.tilt == 45 and "steep" in widget.message


def test_a_fault_of_ours_is_shown_and_raised():
    widget = Square()
    with pytest.raises(RuntimeError):
        widget.side = 13
    assert "our fault" in widget.message


FOLDER = Path(str(base.HERE))
SCRIPTS = sorted(f.relative_to(FOLDER).as_posix() for f in FOLDER.rglob("*.js"))
VIEWS = [
    f
    for f in SCRIPTS
    if "\nexport default " in (FOLDER / f).read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", [*SCRIPTS, "shared/shared.css"])
def test_no_script_or_style_names_an_address_or_imports_anything(name):
    text = script(name) if name.endswith(".js") else base.Widget._css
    # ShapeTracer shows this line, of Python.
    text = text.replace("`from torch import nn", "`")
    # A page without Python has the views in itself.
    text = text.replace("import(URL.createObjectURL(source))", "")
    for banned in ("http:", "https:", "//cdn", "import ", "import(", "@import"):
        assert banned not in text, banned


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_joined_script_exports_its_view_and_defines_no_name_twice(name):
    text = script(name)
    exports = re.findall(r"^export\b.*", text, re.MULTILINE)
    assert len(exports) == (name in VIEWS)
    assert all(line.startswith("export default { render: ") for line in exports)
    names = defined(text)
    assert len(names) > 20 or name not in VIEWS
    assert {"mount", "make", "painted"} <= set(names) or name not in VIEWS
    assert names and not [one for one, count in Counter(names).items() if count > 1]


def defined(text: str) -> list[str]:
    """All names of the top level, where each definition begins a line."""
    names = re.findall(r"^(?:async )?(?:function|class) (\w+)", text, re.MULTILINE)
    for line in re.findall(r"^(?:const|let) (.*)", text, re.MULTILINE):
        names += re.findall(r"(?:^|, )(\w+) = ", line)
    return names


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Scripts of our own: `folder(entry="...", other="...", deep__other="...")`."""
    monkeypatch.setattr(base, "HERE", tmp_path)

    def write(**sources):
        for name, source in sources.items():
            file = tmp_path / f"{name.replace('__', '/')}.js"
            file.parent.mkdir(exist_ok=True)
            file.write_text(source, encoding="utf-8")

    return write


def test_files_are_joined_once_each_behind_what_they_import(folder):
    folder(
        entry='// First.\nimport {\n  one, two,\n} from "./left.js";\n'
        'import { three } from "./right.js";\nexport const four = one + three;\n'
        "export default { render: two };\n",
        left='import { three } from "./right.js";\nexport const one = three;\n'
        "export async function two() {}\n",
        right="export const three = 3;\nexport class Unused {}\n",
    )
    assert script("entry.js") == (
        "const three = 3;\nclass Unused {}\n\n"
        "const one = three;\nasync function two() {}\n\n"
        "// First.\nconst four = one + three;\nexport default { render: two };\n"
    )


def test_imports_lead_from_where_their_file_lies(folder):
    folder(
        lens__view='import { one } from "./left.js";\n'
        'import { two } from "../shared/right.js";\n'
        "export default { render: one, two };\n",
        lens__left='import { two } from "../shared/right.js";\n'
        "export const one = two;\n",
        shared__right='import { three } from "./left.js";\nexport const two = three;\n',
        shared__left="export const three = 3;\n",
    )
    assert script("lens/view.js") == (
        "const three = 3;\n\nconst two = three;\n\nconst one = two;\n\n"
        "export default { render: one, two };\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        'import { one as other } from "./left.js";',
        'import * as left from "./left.js";',
        'import left from "./left.js";',
        'import "./left.js";',
        'import { one } from "https://cdn.example/left.js";',
        'import { one } from "shared/left.js";',
        "export { one };",
        'export * from "./left.js";',
        "export default one;",
    ],
)
def test_what_cannot_be_joined_is_refused_by_its_line(folder, line):
    folder(entry='import { one } from "./middle.js";\n', middle=f"{line}\n", left="")
    with pytest.raises(ValueError, match=r"middle\.js: the line .* cannot be joined"):
        script("entry.js")


def test_packing_says_where_each_weight_lies():
    net = model.ConvNet(2)
    layers, weights = engine.pack(net)
    numbers = torch.frombuffer(bytearray(weights), dtype=torch.float32)
    assert len(numbers) == model.count_parameters(net)
    for layer in layers:
        if "weight" in layer:
            module = getattr(net, layer["name"])
            for part, tensor in (("weight", module.weight), ("bias", module.bias)):
                start = layer[part]
                found = numbers[start : start + tensor.numel()]
                assert torch.equal(found, tensor.detach().flatten())
    kinds = [layer["kind"] for layer in layers]
    assert kinds == ["conv", "relu", "maxpool"] * 3 + [
        *("flatten", "linear", "relu", "linear", "relu", "linear")
    ]


def test_every_kind_of_layer_is_packed_with_its_sizes():
    net = nn.Sequential(
        nn.Identity(),
        nn.Conv2d(1, 3, (2, 5), padding=(1, 4), bias=False),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.MaxPool2d(3, 3),
        nn.Flatten(),
        nn.Linear(60, 10),
        nn.Linear(10, 4, bias=False),
    )
    layers, weights = engine.pack(net)
    sizes = {"inputs": 1, "outputs": 3, "rows": 2, "columns": 5, "above": 1, "left": 4}
    first = {"inputs": 60, "outputs": 10, "weight": 30, "bias": 630}
    last = {"inputs": 10, "outputs": 4, "weight": 640, "bias": None}
    assert layers == [
        {"name": "1", "kind": "conv", **sizes, "weight": 0, "bias": None},
        {"name": "2", "kind": "relu"},
        {"name": "3", "kind": "avgpool", "size": 2},
        {"name": "4", "kind": "maxpool", "size": 3},
        {"name": "5", "kind": "flatten"},
        {"name": "6", "kind": "linear", **first},
        {"name": "7", "kind": "linear", **last},
    ]
    parts = [parameter.detach().flatten() for parameter in net.parameters()]
    assert weights == base.to_bytes(torch.cat(parts))
    assert engine.pack(nn.Sequential(nn.Identity())) == ([], b"")


@pytest.mark.parametrize(
    "net, named",
    [
        (model.PublishedConvNet(), "PublishedConvNet"),
        (model.ConvNet(2, ("none", "none", "global")), "pool3"),
        (nn.Sequential(nn.Flatten(), nn.Tanh()), "'1'"),
        *(
            (nn.Sequential(layer), "'0'")
            for layer in (
                nn.Conv2d(1, 2, 3, stride=2),
                nn.Conv2d(1, 2, 3, stride=(1, 2)),
                nn.Conv2d(1, 2, 3, dilation=2),
                nn.Conv2d(1, 2, 3, dilation=(2, 1)),
                nn.Conv2d(2, 2, 3, groups=2),
                nn.Conv2d(1, 2, 3, padding="same"),
                nn.Conv2d(1, 2, 3, padding_mode="circular"),
                nn.MaxPool2d(3, 2),
                nn.MaxPool2d((2, 2)),
                nn.MaxPool2d((2, 2), 2),
                nn.MaxPool2d(2, padding=1),
                nn.MaxPool2d(2, dilation=2),
                nn.MaxPool2d(2, ceil_mode=True),
                nn.MaxPool2d(2, return_indices=True),
                nn.AvgPool2d(3, 2),
                nn.AvgPool2d(2, padding=1),
                nn.AvgPool2d(2, ceil_mode=True),
                nn.AvgPool2d(2, divisor_override=3),
                nn.Flatten(0),
                nn.Flatten(2),
                nn.Flatten(1, 2),
            )
        ),
    ],
)
def test_a_network_that_the_browser_cannot_run_is_one_sentence(net, named):
    with pytest.raises(ValueError, match="The browser cannot run") as error:
        engine.pack(net)
    assert named in str(error.value) and str(error.value).endswith(".")
