"""The table and the figure of a sweep."""

import csv
import io
import json
import statistics

from matplotlib.figure import Figure


def row(run: str, parameters: dict, metrics: dict) -> dict:
    """A line of the table; a result whose name is taken becomes recorded_NAME."""
    columns = {"run": run, **parameters}
    taken = {*columns, "seconds", "error"}
    for name, value in metrics["results"].items():
        plain = json.dumps(value) if isinstance(value, list | dict) else value
        columns[f"recorded_{name}" if name in taken else name] = plain
    error = " ".join(metrics["error"].split())
    return columns | {"seconds": metrics["seconds"], "error": error}


def table(rows: list[dict]) -> str:
    """The rows as CSV: parameters, seed, whatever was recorded, seconds, error."""
    last = ("seconds", "error")
    names = dict.fromkeys(name for row in rows for name in row if name not in last)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*names, *last], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def shared_metrics(results: list[dict]) -> list[str]:
    """The names under which every run recorded a number, in the order of the first."""

    def is_number(value) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    first = results[0] if results else {}
    return [n for n in first if all(is_number(other.get(n)) for other in results)]


def figure(
    points: list[tuple[dict, float]], swept: list[str], metric: str, title: str
) -> Figure:
    """The metric over the first swept parameter, one colour for each of the rest.

    A dot is a seed; beside the dots are their mean and standard deviation (n - 1).
    """
    groups: dict[tuple[str, str], list[float]] = {}
    for parameters, value in points:
        x = point({n: parameters[n] for n in swept[:1]}) or "all"
        colour = point({n: parameters[n] for n in swept[1:]})
        groups.setdefault((x, colour), []).append(value)
    xs, colours = (
        list(dict.fromkeys(group[side] for group in groups)) for side in (0, 1)
    )
    chart = Figure(figsize=(7.5, 3.6), layout="constrained")
    ax = chart.subplots()
    for (x, colour), values in groups.items():
        k = colours.index(colour)
        place = xs.index(x) + 0.7 * ((k + 0.5) / len(colours) - 0.5)
        ax.plot([place] * len(values), values, "o", color=f"C{k}", alpha=0.5, ms=4)
        spread = statistics.stdev(values) if len(values) > 1 else 0
        named = ax.get_legend_handles_labels()[1]
        ax.errorbar(
            place + 0.2 / len(colours),
            statistics.fmean(values),
            spread,
            fmt="_",
            color=f"C{k}",
            capsize=4,
            ms=12,
            label=None if colour in named else colour,
        )
    # Values and names may be anything, and "$" in them is no mathematics.
    ax.set_xticks(range(len(xs)), xs, parse_math=False)
    ax.set_xlim(-0.5, len(xs) - 0.5)
    ax.set_ylabel(metric.replace("_", " "), parse_math=False)
    heading = f"{title}: each seed, mean and standard deviation"
    ax.set_title(heading, loc="left", parse_math=False)
    if len(colours) > 1:
        for text in ax.legend(frameon=False).get_texts():
            text.set_parse_math(False)
    return chart


def point(parameters: dict) -> str:
    """Parameters in words, as in "lr 0.1, optimizer sgd"."""
    return ", ".join(f"{name} {value}" for name, value in parameters.items())
