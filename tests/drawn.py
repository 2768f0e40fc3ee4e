"""All that the figures draw, as one text for each module of `plots`.

    python tests/drawn.py

writes it into tests/drawn/: the difference of a commit shows what a figure draws
differently. It says what was set, not where the layout puts it, and leaves out what is
as matplotlib has it by default. Numbers are rounded; of many, there are only sums.
"""

import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import figures
import matplotlib.pyplot as plt
import numpy as np
from edges import EDGES
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import Colormap, to_hex
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Patch, Rectangle
from matplotlib.spines import Spine
from matplotlib.text import Annotation, Text

from mnist_tutorial import plots

FOLDER = Path(__file__).parent / "drawn"


def names() -> list[str]:
    """The modules of `plots` that have figures."""
    return sorted({_module(call) for call in figures.CALLS.values()})


def drawn(module: str) -> str:
    """What all figures of a module draw, in the style of the notebooks."""
    every = {name: [call] for name, call in figures.CALLS.items()}
    for name, calls in EDGES.items():
        every[name] += calls
    parts = [
        f"{'=' * 80}\n{name} {k}\n{described(call)}"
        for name, calls in every.items()
        for k, call in enumerate(calls)
        if _module(call) == module
    ]
    return "\n\n".join(parts) + "\n"


def described(call) -> str:
    """What a call gives back, and all the figures that it makes."""
    plt.close("all")
    with plt.rc_context():
        plots.use_style()
        result = call()
        made = [plt.figure(number) for number in plt.get_fignums()]
        axes = [ax for figure in made for ax in figure.axes]
        lines = [f"returns {_returned(result, axes)}"]
        for figure in made:
            lines += _figure(figure)
    plt.close("all")
    return "\n".join(lines)


def _module(call) -> str:
    return call.func.__module__.rpartition(".")[2]


def _returned(result, axes: list) -> str:
    if isinstance(result, plt.Axes):
        return f"axes {axes.index(result)}"
    given = np.asarray(result)
    if given.dtype != object or not all(isinstance(ax, plt.Axes) for ax in given.flat):
        return repr(result)
    return f"axes {given.shape}: {' '.join(str(axes.index(ax)) for ax in given.flat)}"


# --- Figures and axes


def _figure(figure) -> Iterator[str]:
    engine = figure.get_layout_engine()
    size = short(figure.get_size_inches())
    yield f"figure {size} {type(engine).__name__}{_margins(engine.get())}"
    yield from _artists([*figure.texts, *figure.legends, *figure.lines], "  ")
    yield from _artists([*figure.patches, *figure.images], "  ")
    for k, ax in enumerate(figure.axes):
        yield f"axes {k}: {_place(ax.get_subplotspec())}{_shared(ax)}"
        yield from textwrap.wrap(_axes(ax), 96, **_INDENTED, break_on_hyphens=False)
        if ax.axison:
            for axis in (ax.xaxis, ax.yaxis):
                text = _axis(axis)
                yield from textwrap.wrap(text, 96, **_INDENTED, break_on_hyphens=False)
        if not hasattr(ax, "_colorbar"):
            parts = [child for child in ax.get_children() if child is not ax.patch]
            yield from _artists(parts, "  ")


_INDENTED = {"initial_indent": "  ", "subsequent_indent": "      "}


def _margins(pads: dict) -> str:
    usual = {"h_pad": 3 / 72, "w_pad": 3 / 72, "hspace": 0.02, "wspace": 0.02}
    told = _only(pads, usual | {"rect": (0, 0, 1, 1)})
    return told and f" {told}"


def _place(spec) -> str:
    """Where axes stand in which grid, and that grid in which other."""
    if spec is None:
        return "free"
    grid = spec.get_gridspec()
    rows, columns = grid.get_geometry()
    ratios = {"wide": grid.get_width_ratios(), "high": grid.get_height_ratios()}
    told = "".join(
        f" {name} {short(values)}"
        for name, values in ratios.items()
        if len({*values}) > 1
    )
    outer = getattr(grid, "_subplot_spec", None)
    inside = f" in ({_place(outer)})" if outer else ""
    return f"{spec.num1}-{spec.num2} of {rows} × {columns}{told}{inside}"


def _shared(ax) -> str:
    groups = {"x": ax.get_shared_x_axes(), "y": ax.get_shared_y_axes()}
    every = ax.figure.axes
    return "".join(
        f", {name} of {min(every.index(other) for other in group.get_siblings(ax))}"
        for name, group in groups.items()
        if len(group.get_siblings(ax)) > 1
    )


def _axes(ax) -> str:
    told = {
        "x": ax.get_xlim(),
        "y": ax.get_ylim(),
        "scales": (_scale(ax.xaxis), _scale(ax.yaxis)),
        "aspect": (ax.get_aspect(), ax.get_adjustable(), ax.get_anchor()),
        "margins": ax.margins(),
        "axis": ax.axison,
        "below": ax.get_axisbelow(),
        "ground": _colour(ax.get_facecolor()),
    }
    if ax.axison:
        told["spines"] = {
            name: (_colour(spine.get_edgecolor()), spine.get_linewidth())
            for name, spine in ax.spines.items()
            if spine.get_visible()
        }
    if hasattr(ax, "_colorbar"):
        info = dict(ax._colorbar_info)
        info["parents"] = [ax.figure.axes.index(parent) for parent in info["parents"]]
        told |= {"bar": info, "extend": ax._colorbar.extend}
    plain = {
        "scales": ("linear", "linear"),
        "aspect": ("auto", "box", "C"),
        "margins": (0.05, 0.05),
        "axis": True,
        "below": "line",
        "ground": "#ffffff",
        "spines": {side: ("#000000", 0.8) for side in ("left", "bottom")},
    }
    return _only(told, plain)


def _scale(axis: Axis) -> str:
    linear = getattr(axis.get_transform(), "linthresh", None)
    within = "" if linear is None else f", linear within {linear:g}"
    return f"{axis.get_scale()}{within}"


def _axis(axis: Axis) -> str:
    low, high = sorted(axis.get_view_interval())
    places = axis.get_majorticklocs()
    words = axis.get_major_formatter().format_ticks(places)
    seen = [
        (short(place), word)
        for place, word in zip(places, words, strict=True)
        if low <= place <= high
    ]
    label = axis.label
    told = {
        "label": label.get_text(),
        "label style": _only(_text_style(label), _text_style(Text())),
        "label at": axis.get_label_position(),
        "ticks at": axis.get_ticks_position(),
        "set": _changed(axis._major_tick_kw),
        "minor": (len(axis.get_minorticklocs()), _changed(axis._minor_tick_kw)),
        "ticks": " ".join(f"{place}:{word!r}" for place, word in seen),
        "tick style": "",
    }
    if axis.get_ticklabels():
        style = _text_style(axis.get_ticklabels()[0])
        told["tick style"] = _only(style, _text_style(Text()))
    place, turned = ("bottom", "") if axis.axis_name == "x" else ("left", ", turned 90")
    aligned = "center top" if turned == "" else "right center_baseline"
    plain = {
        "label": "",
        "label style": f"align center {'bottom' if turned else 'top'}{turned}",
        "label at": place,
        "ticks at": place,
        "set": {},
        "minor": (0, {}),
        "ticks": "",
        "tick style": f"align {aligned}",
    }
    return f"{axis.axis_name}axis {_only(told, plain)}"


def _changed(ticks: dict) -> dict:
    """How ticks were set, without what is so of every axis."""
    usual = {"tick1On": True, "label1On": True}
    return {name: v for name, v in ticks.items() if v != usual.get(name, False)}


# --- Artists


def _artists(artists: Iterable[Artist], indent: str) -> Iterator[str]:
    """A line for the style of artists that are drawn alike, and what each is."""
    groups: dict[str, list[str]] = {}
    for artist in artists:
        for style, what in _artist(artist):
            groups.setdefault(style, []).append(what)
    for style, group in groups.items():
        yield from textwrap.wrap(
            style, 96, initial_indent=indent, subsequent_indent=indent + "      "
        )
        yield from textwrap.wrap(
            "; ".join(filter(None, group)),
            96,
            initial_indent=indent + "  ",
            subsequent_indent=indent + "  ",
            break_on_hyphens=False,
        )


def _artist(artist: Artist) -> Iterator[tuple[str, str]]:
    """(style, what it is) of an artist, if it draws anything."""
    match artist:
        case Spine() | Axis():
            return
        case Annotation():
            yield _annotation(artist)
        case Text():
            if artist.get_text():
                what = f"{artist.get_text()!r} {short(artist.get_position())}"
                yield _styled(artist, _text_style(artist), _text_style(Text())), what
        case Line2D():
            style = _styled(artist, _line_style(artist), _line_style(Line2D([], [])))
            yield style, f"x {short(artist.get_xdata())} y {short(artist.get_ydata())}"
        case Legend():
            yield _styled(artist, _legend_style(artist)), _legend(artist)
        case AxesImage():
            yield _image(artist)
        case Collection():
            style = _styled(artist, _collection_style(artist), _PLAIN_COLLECTION)
            corners = [path.vertices for path in artist.get_paths()]
            yield style, short(np.concatenate(corners)) if corners else "nothing"
        case AnnotationBbox():
            yield _picture(artist)
        case Patch():
            style = _styled(artist, _patch_style(artist), _patch_style(Patch()))
            yield style, _shape(artist)
        case _:
            if not isinstance(artist, plt.Axes):
                yield type(artist).__name__, ""


def _styled(artist: Artist, style: dict, plain: dict | None = None) -> str:
    """The name of an artist's class, and what was set of it."""
    common = {
        "frame": _frame(artist),
        "zorder": artist.get_zorder(),
        "alpha": artist.get_alpha(),
        "clipped": artist.get_clip_on(),
        "effects": [_effect(effect) for effect in artist.get_path_effects() or ()],
        "label": str(artist.get_label() or ""),
    }
    if common["label"].startswith("_"):
        common["label"] = ""
    order = {Line2D: 2, Text: 3, AxesImage: 0, Legend: 5}
    usual = next((z for kind, z in order.items() if isinstance(artist, kind)), 1)
    default = {
        "frame": "data",
        "zorder": usual,
        "alpha": None,
        "clipped": not isinstance(artist, Text | Legend),
        "effects": [],
        "label": "",
    }
    told = _only(style | common, (plain or {}) | default)
    return f"{type(artist).__name__} {told}".rstrip()


def _frame(artist: Artist) -> str:
    """In which coordinates an artist is given."""
    ax, figure, own = artist.axes, artist.get_figure(), artist.get_transform()
    if isinstance(artist, Patch):
        own = artist.get_data_transform()
    known = {"figure": figure.transFigure}
    if ax is not None:
        known |= {"data": ax.transData, "axes": ax.transAxes}
        known |= {"across": ax.get_yaxis_transform(), "up": ax.get_xaxis_transform()}
    return next((name for name, one in known.items() if one == own), "data")


def _effect(effect) -> str:
    return f"{type(effect).__name__} {short(getattr(effect, '_gc', {}))}"


def _text_style(text: Text) -> dict:
    box = text.get_bbox_patch()
    return {
        "size": text.get_fontsize(),
        "colour": _colour(text.get_color()),
        "align": f"{text.get_ha()} {text.get_va()}",
        "weight": text.get_weight(),
        "family": text.get_fontfamily(),
        "slant": text.get_fontstyle(),
        "turned": text.get_rotation(),
        "math": text.get_parse_math(),
        "lines": text._linespacing,
        "box": box and _patch_style(box) | {"shape": box.get_boxstyle()},
    }


def _annotation(note: Annotation) -> tuple[str, str]:
    arrow = note.arrow_patch
    style = _text_style(note) | {"of": note.xycoords, "from": note.anncoords}
    if arrow is not None:
        style["arrow"] = _patch_style(arrow) | {
            "style": arrow.get_arrowstyle(),
            "shrunk": (arrow.shrinkA, arrow.shrinkB),
        }
    what = f"{note.get_text()!r} {short(note.xy)} from {short(note.xyann)}"
    return _styled(note, style, _text_style(Text())), what


def _line_style(line: Line2D) -> dict:
    colour = line.get_color()
    return {
        "colour": _colour(colour),
        "width": line.get_linewidth(),
        "dashes": line.get_linestyle()
        if line._dash_pattern[1] is None
        else line._dash_pattern,
        "marker": line.get_marker(),
        "marker size": line.get_markersize(),
        "marker edge": (line.get_markeredgewidth(), _other(line.get_mec(), colour)),
        "marker face": _other(line.get_mfc(), colour),
    }


def _other(colour, usual) -> str | None:
    """A colour, if it is not the usual one."""
    return None if _colour(colour) == _colour(usual) else _colour(colour)


def _patch_style(patch: Patch) -> dict:
    return {
        "face": _colour(patch.get_facecolor()),
        "edge": _colour(patch.get_edgecolor()),
        "width": patch.get_linewidth(),
        "dashes": patch.get_linestyle(),
        "hatch": patch.get_hatch(),
        "opacity": patch.get_alpha(),
    }


def _shape(patch: Patch) -> str:
    if isinstance(patch, Rectangle):
        box = (*patch.get_xy(), patch.get_width(), patch.get_height())
        return short(box)
    return short(patch.get_patch_transform().transform(patch.get_path().vertices))


def _image(image: AxesImage) -> tuple[str, str]:
    values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
    style = {
        "colours": image.get_cmap().name,
        "limits": image.get_clim(),
        "norm": type(image.norm).__name__,
        "extent": image.get_extent(),
        "drawn": (image.origin, image.get_interpolation()),
    }
    what = f"{values.shape} {short(values)} painted {short(image.to_rgba(values))}"
    plain = {"drawn": ("upper", "auto"), "norm": "Normalize"}
    return _styled(image, style, plain), what


def _collection_style(collection: Collection) -> dict:
    return {
        "places": short(collection.get_offsets()),
        "faces": _colours(collection.get_facecolor()),
        "edges": _colours(collection.get_edgecolor()),
        "widths": collection.get_linewidth(),
        "dashes": collection.get_linestyle(),
        "hatch": collection.get_hatch(),
        "sizes": getattr(collection, "get_sizes", tuple)(),
        "values": short(collection.get_array()),
        "limits": collection.get_clim(),
        "colours": collection.get_cmap().name,
    }


_PLAIN_COLLECTION = {
    "places": "[0 0]",
    "faces": "0 ",
    "dashes": [(0, None)],
    "hatch": None,
    "sizes": (),
    "values": None,
    "limits": (None, None),
    "colours": "viridis",
}


def _picture(box: AnnotationBbox) -> tuple[str, str]:
    image = box.offsetbox
    style = {
        "frame shown": box.patch.get_visible(),
        "shape": box.patch.get_boxstyle(),
        "colours": image.image.get_cmap().name,
    }
    what = f"{short(image.get_data())} zoom {short(image.get_zoom())} {short(box.xy)}"
    return _styled(box, style), what


def _legend_style(legend: Legend) -> dict:
    anchor = legend._bbox_to_anchor
    box = anchor._bbox.bounds if hasattr(anchor, "_bbox") else None
    return {
        "at": (legend._loc, getattr(legend, "_outside_loc", None)),
        "anchor": box,
        "columns": legend._ncols,
        "framed": legend.get_frame_on(),
        "title": legend.get_title().get_text(),
        "size": legend.get_texts()[0].get_fontsize() if legend.get_texts() else None,
    }


def _legend(legend: Legend) -> str:
    return ", ".join(repr(text.get_text()) for text in legend.get_texts())


# --- Words for values


def _only(told: dict, plain: dict) -> str:
    """What is not as usual, by name."""
    return ", ".join(
        f"{name} {short(value)}"
        for name, value in told.items()
        if name not in plain or short(plain[name]) != short(value)
    )


@cache
def _hex(colour) -> str:
    name = to_hex(colour, keep_alpha=True)
    return name.removesuffix("ff") if len(name) == 9 else name


def _colour(colour) -> str:
    if isinstance(colour, str) and colour in ("none", "auto"):
        return colour
    return _hex(colour if isinstance(colour, str) else tuple(map(float, colour)))


def _colours(colours) -> str:
    names = [_colour(colour) for colour in np.asarray(colours, dtype=float)]
    return f"{len(names)} {' '.join(dict.fromkeys(names))}"


def short(value) -> str:
    """A value as words; numbers have four digits."""
    match value:
        case None | bool() | np.bool():
            return str(value)
        case str():
            return value
        case int() | float() | np.number():
            rounded = 0.0 if abs(value) < 1e-9 else float(value)
            return f"{rounded:.4g}"
        case dict():
            return f"({', '.join(f'{k} {short(v)}' for k, v in value.items())})"
        case Colormap():
            return value.name
        case list() | tuple() if not _is_numeric(value):
            return f"({', '.join(map(short, value))})"
        case list() | tuple() | np.ndarray():
            return _numbers(np.ma.filled(np.ma.asarray(value, dtype=float), np.nan))
    if type(value).__module__.startswith("matplotlib"):  # the style of a box
        return f"{type(value).__name__} {short(vars(value))}"
    return type(value).__name__


def _is_numeric(values) -> bool:
    return all(isinstance(v, int | float | np.number) for v in values)


def _numbers(values: np.ndarray) -> str:
    """Some numbers; of many how many, their extremes, and two means."""
    flat = values.ravel()
    if flat.size <= 12:
        return f"[{' '.join(map(short, flat))}]"
    absent = int(np.isnan(flat).sum())
    filled = np.nan_to_num(flat, posinf=1e6, neginf=-1e6)
    rising = (filled * np.linspace(0, 1, filled.size)).mean()
    told = (filled.min(), filled.max(), filled.mean(), rising)
    missing = f", {absent} nan" if absent else ""
    return f"[{values.size}: {' '.join(map(short, told))}{missing}]"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in names():
        (FOLDER / f"{name}.txt").write_text(drawn(name), encoding="utf-8")
