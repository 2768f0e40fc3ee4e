"""The state of the widgets of a kernel, written down for a page without Python."""

import base64
import json
from pathlib import Path

from ipywidgets import DOMWidget
from ipywidgets.widgets.widget import _instances

from mnist_tutorial.widgets.base import Widget
from mnist_tutorial.widgets.page import sliders


def write(path: str) -> None:
    """Write the state of every widget of this kernel to a file that `read` takes.

    That of a widget is `widget`, the name of its class, and `state`: its traits, and
    what its `page()` adds. See `sliders.filmstrips` for a plain slider.
    """
    states = sliders.filmstrips() | {
        key: {"widget": type(widget).__name__, "state": state(widget)}
        for key, widget in _instances.items()
        if isinstance(widget, Widget)
    }
    Path(path).write_text(json.dumps(states, default=_encoded), encoding="utf-8")


def state(widget: Widget) -> dict:
    """The traits of a widget that its view asks for, and what `page()` adds."""
    more = widget.page()  # first, since it may fill traits
    names = [
        name
        for name in widget.keys
        if not name.startswith("_") and not hasattr(DOMWidget, name)
    ]
    return {name: getattr(widget, name) for name in names} | more


def read(path: Path) -> dict[str, dict]:
    """What `write` has written: by the id of a widget."""
    return json.loads(path.read_text(encoding="utf-8"), object_hook=_decoded)


def _encoded(value: bytes | memoryview) -> dict[str, str]:
    return {"bytes": base64.b64encode(value).decode()}


def _decoded(value: dict) -> dict | bytes:
    if value.keys() == {"bytes"}:
        return base64.b64decode(value["bytes"])
    return value
