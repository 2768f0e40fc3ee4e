"""What the widgets' Python sends to their views, and the still that each leaves.

    python tests/sent.py

writes it into tests/sent/, one text for each widget: its traits at first, what changes
with each message of the view, what the picture for files draws, and what a page without
Python gets beside these. Of many numbers there are only sums.
"""

import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest import mock

import drawn
import matplotlib.pyplot as plt
import numpy as np
import torch
from support import mnist_splits

from mnist_tutorial import data, interpret, model, plots, widgets
from mnist_tutorial.widgets.base import to_bytes
from mnist_tutorial.widgets.page import states
from mnist_tutorial.widgets.training_monitor import frames, lanes, recorded
from mnist_tutorial.widgets.training_monitor.lanes import Lanes, first_net
from mnist_tutorial.widgets.training_monitor.settings import Setting
from mnist_tutorial.widgets.training_monitor.still import still

FOLDER = Path(__file__).parent / "sent"


def sent(name: str) -> str:
    """What a widget sends in its story, and its stills before and after it.

    As in a notebook, that is, after `use_style`; whatever ran before in this process.
    """
    with plt.rc_context():
        plots.use_style()
        return "\n".join(STORIES[name]()) + "\n"


def _story(widget, *steps: tuple[str, object]) -> Iterator[str]:
    """A step is a name and what is done: a message of the view, or traits it sets."""
    messages: list[str] = []
    widget.comm.send = lambda **message: messages.extend(_custom(**message))
    before: dict[str, str] = {}
    for words, step in [("at first", None), *steps]:
        yield f"{'=' * 80}\n{words}"
        match step:
            case {"set": traits}:
                widget.set_state(traits)
            case dict():
                widget._handle_custom_msg(step, [])
            case (content, buffers):
                widget._handle_custom_msg(content, buffers)
        now = _traits(widget)
        yield from (
            f"{trait} {value}"
            for trait, value in now.items()
            if before.get(trait) != value
        )
        yield from messages
        messages.clear()
        before = now
        if step is None:
            first = [*_picture(widget.picture())]
            yield from first
    last = [*_picture(widget.picture())]
    yield "the picture stays" if last == first else "\n".join(last)
    yield repr(widget)
    for name, value in sorted(states.state(widget).items()):
        if name == "page_preds":  # a byte for each digit
            value = list(value)
        if before.get(name) != _value(value):
            yield f"on a page {name} {_value(value)}"


def _custom(data: dict, buffers=None, **_) -> Iterator[str]:
    if data["method"] == "custom":
        parts = [data["content"], *map(_value, buffers or [])]
        yield f"sends {' '.join(map(drawn.short, parts))}"


def _traits(widget) -> dict[str, str]:
    """The widget's own traits, as words."""
    common = set(widgets.base.Widget.class_trait_names(sync=True)) - {"message"}
    return {
        name: _value(value)
        for name, value in sorted(widget.get_state().items())
        if name not in common and not name.startswith("_")
    }


def _value(value) -> str:
    """A value as words; of bytes the numbers, be they floats or packed pixels."""
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        if content[:1] == b"\x78":  # what zlib makes
            content = zlib.decompress(content)
            return drawn.short(np.frombuffer(content, np.uint8))
        return drawn.short(np.frombuffer(content, "<f4"))
    return drawn.short(value)


def _picture(figure) -> Iterator[str]:
    yield from drawn._figure(figure)


# --- The stories


@cache
def _digits() -> data.Split:
    return data.Split(*(part[:60] for part in mnist_splits().validation))


def _few(count: int) -> data.Split:
    return data.Split(*(part[:count] for part in _digits()))


def _nets() -> dict[str, torch.nn.Module]:
    return {"CNN": model.load_pretrained(), "MLP": _seeded(model.mlp)}


def _seeded(make: Callable) -> torch.nn.Module:
    with model.seeded(1):
        return make(8)


def _clinic() -> Iterator[str]:
    clinic = widgets.DigitClinic(model.load_pretrained(), _digits(), count=12, seed=2)
    yield from _story(clinic, ("cost", {"kind": "cost"}))


def _confusion() -> Iterator[str]:
    images, labels = _digits()
    explorer = widgets.ConfusionExplorer(_seeded(model.mlp), images, labels)
    yield from _story(
        explorer,
        ("compute", {"kind": "compute"}),
        ("cover", {"kind": "cover", "index": 59, "size": 7}),
        ("a digit that is not there", {"kind": "cover", "index": 60, "size": 3}),
        ("a size that is not offered", {"kind": "cover", "index": 0, "size": 4}),
        ("a digit before the first", {"kind": "cover", "index": -1, "size": 3}),
    )
    yield from _story(widgets.ConfusionExplorer(_seeded(model.mlp), *_few(3)))


def _embedding() -> Iterator[str]:
    net, (images, labels) = model.load_pretrained(), _digits()
    yield from _story(
        widgets.EmbeddingMap(net, images, labels, count=50),
        ("compute", {"kind": "compute"}),
    )
    yield from _story(widgets.EmbeddingMap(net, *_few(4)))
    features = interpret.embedding(net, images)
    yield from _story(widgets.EmbeddingMap(net, images, labels, features, count=3))


def _pad() -> Iterator[str]:
    images, _ = _digits()
    yield from _story(widgets.DigitPad(_nets(), images, sums=["MLP"]))
    mlp = {"MLP": _nets()["MLP"]}
    yield from _story(widgets.DigitPad(mlp, experiments=False))
    with tempfile.TemporaryDirectory() as folder:
        pad = widgets.DigitPad(mlp, experiments=False, save_to=f"{folder}/mine")
        ink = np.zeros(112 * 112, np.uint8)
        ink[200:900] = 255
        save = {"kind": "save", "class": "heart", "writer": "anna", "id": "1"}
        yield from _story(
            pad,
            ("save", (save, [ink.tobytes()])),
            ("save one more", (save, [ink.tobytes()])),
            ("a bad name", (save | {"writer": "a/b"}, [ink.tobytes()])),
            ("an empty sheet", (save, [bytes(112 * 112)])),
        )


def _guess() -> Iterator[str]:
    yield from _story(
        widgets.GuessBars(["one", "two"]), ("set", {"set": {"values": [120.0, 20.5]}})
    )
    odd = widgets.GuessBars(["a"], start=-2, low=-2, high=3, step=0.1, unit="points")
    yield from _story(odd, ("set", {"set": {"values": [-9.0]}}))


def _bench() -> Iterator[str]:
    images, labels = _digits()
    pixels = (images * data.STD + data.MEAN).clamp(0, 1)
    net = model.load_pretrained()
    kernel = [1.0, 2.0, 3.0, 0.0, -0.5, 0.0, 0.0, 0.0, -2.0]
    yield from _story(
        widgets.KernelBench(pixels, model=net, validation=(images, labels)),
        ("replace", {"kind": "replace", "what": "filter 3", "filter": 3}),
        ("flip all", {"kind": "flip all", "what": "all"}),
        ("moved up and left", {"set": {"digit": 23, "shift": [-3, -2]}}),
    )
    settings = {"stride": 2, "padding": 2, "dilation": 2, "relu": True, "pool": True}
    more = {"kernel": kernel, "bias": 0.25, "flip": True, "shift": [4, 1]}
    yield from _story(
        widgets.KernelBench(pixels[:3]),
        ("all else", {"set": settings | more}),
        ("a digit that is not there", {"set": {"digit": 3}}),
    )


def _loss() -> Iterator[str]:
    yield from _story(
        widgets.LogitsToLoss(),
        ("logits", {"set": {"logits": [0.123] * 9 + [-4.0]}}),
        ("beyond the sliders", {"set": {"logits": [30.0, 10.0] + [0.0] * 8}}),
        ("label", {"set": {"label": 9}}),
    )
    yield from _story(widgets.LogitsToLoss(torch.arange(10) - 2.345, label=0))


def _lens() -> Iterator[str]:
    digits, sheet = _digits(), to_bytes(_digits().images[7])
    value = {"kind": "value", "model": "CNN", "id": 1, "off": []}
    off = {"off": [[0, 3], [1, 5]]}
    yield from _story(
        widgets.NetworkLens(_nets(), digits),
        ("a unit of conv1", (value | {"unit": [0, 3, 14, 15]}, [sheet])),
        ("with channels off", (value | off | {"unit": [3, 2, 7, 6]}, [sheet])),
        ("a channel that is off", (value | off | {"unit": [0, 3, 14, 15]}, [sheet])),
        ("a probability", (value | {"unit": [15, 4]}, [sheet])),
        ("no such layer", (value | {"unit": [16, 4]}, [sheet])),
        (
            "strongest",
            {"kind": "strongest", "model": "CNN", "id": 2, "layer": 1, "channel": 4},
        ),
        ("accuracy", {"kind": "accuracy", "model": "CNN", "id": 3} | off),
    )


def _tracer() -> Iterator[str]:
    published = {"layers": widgets.shape_tracer.widget.PRESETS["as published"]}
    yield from _story(
        widgets.ShapeTracer(_digits().images[0], batch=49),
        ("as published", {"set": published}),
        ("another batch", {"set": {"batch": 64}}),
        ("too many", {"set": {"batch": 1001}}),
    )
    for preset in ("small, after LeNet-5", "empty", "two pools"):
        yield from _story(widgets.ShapeTracer(preset=preset))


def _monitor() -> Iterator[str]:
    """A frame of two short trainings; their thread has tests of its own."""
    training, *_ = mnist_splits()
    few = data.Split(*(part[:128] for part in training))
    with (
        mock.patch.multiple(recorded, STEPS=10, CHECKED=5),
        mock.patch.object(lanes, "EVERY", 5),
    ):
        yield from _story(
            widgets.TrainingMonitor(few, _digits(), images=128, width=4),
            ("a rate", {"do": "change", "values": {"lr": [0.2, 0.3]}, "id": "1"}),
            ("not B's alone", {"do": "change", "values": {"momentum": [0, 0.5]}}),
            ("nobody", {"do": "use", "name": "C", "id": "2"}),
        )
    settings = Setting(0.05, 0.9, 32), Setting(0.01, bug="two softmaxes")
    both = Lanes(few, _digits(), settings, net=first_net(0, 4))
    while both.evaluate():
        pass
    yield from _frame(both, "before the first step")
    both.step(inspect=True)
    yield from _frame(both, "after a step that was looked into")
    for _ in range(21):
        both.step()
    b = both.lanes[1]
    b.broken, b.losses[-1], b.preds = "no finite number", torch.inf, 9 - b.preds
    with torch.no_grad():
        b.net.conv1.weight[0, 0, 1, 1] = torch.nan
    yield from _frame(both, "after B has broken")


def _frame(both: Lanes, words: str) -> Iterator[str]:
    yield f"{'=' * 80}\n{words}"
    shown = frames.frame(both) | frames.difference(both)
    yield from (f"{name} {_value(value)}" for name, value in shown.items())
    yield from _picture(still(both, ["one", "other"], _digits().images[0]))


STORIES: dict[str, Callable[[], Iterator[str]]] = {
    "confusion_explorer": _confusion,
    "digit_clinic": _clinic,
    "digit_pad": _pad,
    "embedding_map": _embedding,
    "guess_bars": _guess,
    "kernel_bench": _bench,
    "logits_to_loss": _loss,
    "network_lens": _lens,
    "shape_tracer": _tracer,
    "training_monitor": _monitor,
}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in STORIES:
        (FOLDER / f"{name}.txt").write_text(sent(name), encoding="utf-8")
