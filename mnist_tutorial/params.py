"""The parameters of the notebooks, checked at the start; the device.

A notebook's parameters cell holds plain literals, which papermill or the reader may
change. The next cell calls `check`, which knows a rule for each. A rule has the default
too: it is what the claims were measured for, and a cell that was edited cannot tell it.
"""

import ast
import os
from collections.abc import Sequence

import torch

from mnist_tutorial import claims, data
from mnist_tutorial.hints import did_you_mean
from mnist_tutorial.rules import (
    DEVICES,
    ParameterError,
    Rule,
    choice,
    dataset,
    device_name,
    file,
    folder,
    new_file,
    precision,
    real,
    seed,
    whole,
)


def _files() -> dict[str, Rule]:
    """The rules of a notebook that reads a data set and computes somewhere."""
    return {"dataset": dataset(), "data_root": folder(), "device": device_name()}


# The rules of the notebooks' parameters, by the notebook's number, or its name.
NOTEBOOKS: dict[str, dict[str, Rule]] = {
    "00": _files(),
    "01": _files() | {"seed": seed(), "digit": whole(0, low=0, high=4999)},
    "02": _files() | {"seed": seed(), "digit": whole(4, low=0, high=9)},
    "03": _files() | {"seed": seed(), "batch_size": whole(64, low=1, high=1000)},
    "04": _files() | {"seed": seed()},
    "05": _files() | {"seed": seed(), "steps": whole(400, low=1, high=5_000)},
    "06": _files()
    | {
        "seed": seed(),
        "epochs": whole(3, low=1, high=100),
        "lr": real(0.1, low=1e-6, high=10),
        "optimizer": choice("momentum", ("sgd", "momentum")),
        "momentum": real(0.9, low=0, high=0.99),
        "batch_size": whole(64, low=8, high=1000),
        "precision": precision(),
        "weights_out": new_file(endings=(".safetensors",)),
    },
    "07": _files() | {"seed": seed(), "weights": file("shipped")},
    "08": {
        "seed": seed(),
        "image": whole(0, low=0, high=4999),
        "stamped_images": whole(5000, low=1000, high=20_000),
        "device": device_name(),
    },
    "09": {
        "seed": seed(),
        "device": device_name(),
        "file": file(""),
        "count": whole(400, low=100, high=9000),
    },
    "10": {
        "seed": seed(),
        "device": device_name(),
        "live_steps": whole(250, low=20, high=5_000),
    },
    "11": {
        "seed": seed(),
        "device": device_name(),
        "precision": precision(),
        "dataset": choice("MNIST", ("MNIST", "FashionMNIST")),
        "data_root": folder(),
    },
    "12": {
        "seed": seed(),
        "device": device_name(),
        "folder": folder(),
        "page": new_file(endings=(".png", ".pdf")),
    },
    "questions": {"seed": seed()},
}


def rules_of(notebook: str) -> dict[str, Rule]:
    """The rules of a notebook's parameters, by its number.

    Raises:
        ValueError: there are none for it.
    """
    if notebook not in NOTEBOOKS:
        raise ValueError(
            f"There are no rules for {notebook!r}, only for {', '.join(NOTEBOOKS)}."
        )
    return NOTEBOOKS[notebook]


def check(namespace: dict, notebook: str = "", **rules: Rule) -> None:
    """Check a notebook's parameters, so that a wrong one ends here in one sentence.

    Args:
        namespace: `globals()` of the notebook.
        notebook: its number, if its rules stand in `NOTEBOOKS`.
        rules: one for each parameter, by its name, if they do not.

    Raises:
        ValueError: there are no rules for this number.
        ParameterError: papermill was given an unknown name, a value is not allowed, or
            the files of a `dataset` are not in its `data_root`.
    """
    if notebook:
        rules = {**rules_of(notebook), **rules}
    for name in _injected(namespace.get("In", [])):
        if name not in rules:
            raise ParameterError(
                f"There is no parameter {name!r}.{did_you_mean(name, rules)} This "
                f"notebook has {', '.join(rules)}."
            )
    missing = [name for name in rules if name not in namespace]
    if missing:
        raise ParameterError(
            f"There is no {', '.join(missing)} yet; run the parameters cell first."
        )
    values = {name: namespace[name] for name in rules}
    for name, rule in rules.items():
        rule.check(name, values[name])
    if "dataset" in rules:
        try:
            data.find(values["dataset"], values.get("data_root"))
        except (ValueError, FileNotFoundError) as error:
            raise ParameterError(
                f"Parameter 'dataset' is {values['dataset']!r}, but {error}"
            ) from None
    run_on = device(values["device"]).type if "device" in rules else ""
    changed = {n for n, r in rules.items() if values[n] != r.default and not r.neutral}
    if changed:
        pairs = (f"{n} = {values[n]!r} (default {rules[n].default!r})" for n in changed)
        print("Changed parameters:", ", ".join(sorted(pairs)))
    claims.begin(values, run_on, strict=not changed)


def _injected(inputs: Sequence[str]) -> list[str]:
    """The names that papermill's cell assigns, if it has put one into the notebook."""
    cells = [source for source in inputs if source.splitlines()[:1] == ["# Parameters"]]
    if not cells:
        return []
    statements = ast.parse(cells[-1]).body
    targets = (s.targets for s in statements if isinstance(s, ast.Assign))
    return [t.id for group in targets for t in group if isinstance(t, ast.Name)]


def device(name: str = "auto") -> torch.device:
    """Where to compute: what `name` says; for "auto", MNIST_TUTORIAL_DEVICE, GPU, CPU.

    Raises:
        ParameterError: the name is unknown, or there is no such device here. A GPU that
            was asked for is never replaced by the CPU in silence.
    """
    source = "Parameter 'device'"
    if name == "auto":
        source = "MNIST_TUTORIAL_DEVICE"
        name = os.environ.get("MNIST_TUTORIAL_DEVICE", "") or "auto"
    if name not in DEVICES:
        raise ParameterError(
            f"{source} is {name!r}, but must be one of {', '.join(DEVICES)}."
            f"{did_you_mean(name, DEVICES)}"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    elif name == "cuda" and not torch.cuda.is_available():
        raise ParameterError(
            f"{source} asks for a GPU ('cuda'), but PyTorch finds none; use 'cpu' or "
            "install the CUDA build of PyTorch on a machine with an NVIDIA GPU."
        )
    return torch.device(name)
