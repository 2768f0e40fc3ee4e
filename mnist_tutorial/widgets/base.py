"""What all widgets share: their scripts, their picture for files, their errors."""

import functools
import io
import posixpath
import re
from collections.abc import Callable
from importlib.resources import files

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from PIL import Image

HERE = files("mnist_tutorial") / "widgets"


# How one script may take names of another, and give its own: as they are.
IMPORT = re.compile(
    r'^import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "(\.\.?/[\w/]+\.js)";\n', re.MULTILINE
)
EXPORT = re.compile(
    r"^export (?=(?:async function|function|const|class) )", re.MULTILINE
)


def script(entry: str) -> str:
    """One JavaScript module: the file `entry` of this folder and all that it imports.

    `entry` is a path such as "network_lens/view.js"; what a file imports is sought from
    where that file lies, as in any ES module.

    JupyterLab loads a widget's module from memory, where a relative import leads
    nowhere; so the files are joined here, each once and behind those it imports. They
    then share one scope, in which no two may define the same name.

    Raises:
        ValueError: an import or export is none that can be undone so.
    """
    parts: list[str] = []
    seen = set()

    def add(name: str) -> None:
        seen.add(name)
        source = (HERE / name).read_text(encoding="utf-8")
        for relative in IMPORT.findall(source):
            needed = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), relative)
            )
            if needed not in seen:
                add(needed)
        parts.append(_joinable(name, source, is_entry=name == entry))

    add(entry)
    return "\n".join(parts)


def _joinable(name: str, source: str, is_entry: bool) -> str:
    """The source without imports and exports, but for the default of the entry."""
    text = EXPORT.sub("", IMPORT.sub("", source))
    for line in text.splitlines():
        default = is_entry and line.startswith("export default ")
        if re.match(r"(import|export)\b", line) and not default:
            raise ValueError(
                f"{name}: the line {line!r} cannot be joined with other files; write "
                'import { name } from "./file.js"; or export function, const or class.'
            )
    return text


def guarded(method: Callable) -> Callable:
    """Show an error of a handler in the widget instead of losing it in a log.

    The sentence of a ValueError is meant for the reader. Anything else is our fault:
    the reader is told, and it is raised all the same.
    """

    @functools.wraps(method)
    def handler(self, *args, **kwargs):
        self.message = ""
        try:
            return method(self, *args, **kwargs)
        except ValueError as error:
            self.message = str(error)
        except Exception as error:
            self.message = f"This did not work: {type(error).__name__}: {error}"
            raise

    return handler


class Refused(ValueError, traitlets.TraitError):
    """What a trait does not take; its sentence is meant for the reader.

    A trait keeps its old value on a TraitError, and on no other.
    """


class Widget(anywidget.AnyWidget):
    """A view in JavaScript, with a still picture for where none can run.

    A subclass sets `_esm = script(...)`, `alt` (what the picture shows, a sentence) and
    `picture()`.
    """

    _css = (HERE / "shared" / "shared.css").read_text(encoding="utf-8")

    # One sentence that the view shows; empty when there is nothing to say.
    message = traitlets.Unicode("").tag(sync=True)

    alt = ""

    def picture(self) -> Figure:
        """What a file without a kernel shows in place of the widget."""
        raise NotImplementedError

    def page(self) -> dict:
        """What a page without Python needs beside the traits: by name, JSON or bytes.

        What the browser cannot compute there may be filled into the traits first.
        """
        return {}

    @guarded
    def set_state(self, sync_data: dict) -> None:
        """Take what the browser has set; if a trait refuses it, the view hears so."""
        try:
            super().set_state(sync_data)
        except traitlets.TraitError:
            self.send_state(sync_data.keys() & set(self.keys))
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.alt}"

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        return still(self, super()._repr_mimebundle_(**kwargs))


def still(widget, view) -> tuple[dict, dict]:
    """What a widget shows of itself, with its picture and its sentence for files."""
    data, metadata = view if isinstance(view, tuple) else (view, {})
    data["text/plain"] = repr(widget)
    data["image/png"] = _png(widget.picture())
    return data, metadata | {"image/png": {"alt": widget.alt}}


def _png(figure: Figure) -> bytes:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    return in_256_colours(drawn.getvalue())


def in_256_colours(png: bytes) -> bytes:
    """The picture in 256 colours, which nobody misses: a third of the bytes."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        colours = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    colours.save(content, format="png", optimize=True)
    return content.getvalue()


def figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, known to pyplot neither now nor later.

    pyplot's figures belong to the main thread; widgets also work in others.
    """
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


class Floats(traitlets.Bytes):
    """float32 numbers as bytes (little-endian), sent whole and never sent back."""

    def __init__(self, default: bytes = b"", **kwargs):
        super().__init__(default, **kwargs)
        # From the browser comes a memoryview, which Bytes would refuse in silence.
        self.tag(sync=True, echo_update=False, from_json=lambda value, _: bytes(value))


def to_bytes(values: torch.Tensor | np.ndarray) -> bytes:
    """The values as a `Floats` trait holds them, row after row."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def first_line(error: Exception) -> str:
    """What PyTorch says of an error, without the lines that help its makers only."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
