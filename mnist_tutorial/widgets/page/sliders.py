"""What a plain slider of ipywidgets draws, as pictures for a page without Python."""

import base64
from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython.utils.capture import capture_output

from mnist_tutorial.widgets.base import in_256_colours

MOST = 17  # pictures of a slider

_seen: dict[str, tuple[Callable, dict[str, Any]]] = {}


def watch() -> None:
    """Note from now on which functions `ipywidgets.interactive_output` gets."""
    original = ipywidgets.interactive_output

    def noted(draw: Callable, controls: dict[str, Any]) -> ipywidgets.Output:
        output = original(draw, controls)
        _seen[output.model_id] = draw, controls
        return output

    ipywidgets.interactive_output = noted


def filmstrips() -> dict[str, dict]:
    """By the id of an output, what its only slider draws, as `states.write` has it.

    The state is the slider's `label`, some of its `values`, which of them it stands at,
    `start`, and the picture of each as PNG: `frame_0`, `frame_1`, and so on.
    """
    return {key: _filmstrip(*seen) for key, seen in _seen.items()}


def _filmstrip(draw: Callable, controls: dict[str, Any]) -> dict:
    ((name, slider),) = controls.items()
    stops = round((slider.max - slider.min) / slider.step) + 1
    at = round((slider.value - slider.min) / slider.step)
    every = -(-stops // MOST)
    places = range(at % every, stops, every)
    values = [round(slider.min + slider.step * place, 6) for place in places]
    frames = [_picture(draw, {name: value}) for value in values]
    state = {"label": slider.description, "values": values, "start": at // every}
    state |= {f"frame_{k}": frame for k, frame in enumerate(frames)}
    return {"widget": "Filmstrip", "state": state, "still": frames[at // every]}


def _picture(draw: Callable, values: dict[str, Any]) -> bytes:
    with capture_output() as captured:
        draw(**values)
    (picture,) = [
        o.data["image/png"] for o in captured.outputs if "image/png" in o.data
    ]
    return in_256_colours(base64.b64decode(picture))
