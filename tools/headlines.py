"""The README's four results, from committed tables and from the published network."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

import torch

from mnist_tutorial import model
from mnist_tutorial.experiments import answers
from mnist_tutorial.experiments.tables import load_results
from mnist_tutorial.files import write_atomically
from tools import readme
from tools.checkout import ROOT

BEGIN, END = readme.marks("headlines", "headlines")

NAMES = {
    "ConvNet": "The article's network, repaired and trained as in [06]"
    "(notebooks/06_training.ipynb),",
    "NormNet": "A smaller network with the recipe of [11]"
    "(notebooks/11_next_steps.ipynb)",
}


def text() -> str:
    """A line of Markdown for each result."""
    return "\n".join(f"- {line}" for line in (*_exams(), _random_labels(), _silent()))


def _exams() -> list[str]:
    accuracies: dict[str, list[float]] = {}
    for row in load_results("exams"):
        accuracy = 1 - row["errors"] / row["images"]
        accuracies.setdefault(row["network"], []).append(accuracy)
    return [
        f"{name} reads **{_spread(accuracies[network])} of the test digits** (mean and "
        f"standard deviation of {len(accuracies[network])} trainings)."
        for network, name in NAMES.items()
    ]


def _random_labels() -> str:
    """What a network makes of labels that mean nothing."""
    learned, new = (
        answers.random_labels("ConvNet", part) for part in ("training", "reporting")
    )
    return (
        f"A narrow version of the article's network learns 1,000 digits with **random "
        f"labels: "
        f"{_range(learned)} of them, and {_range(new)} of new digits** "
        "([10](notebooks/10_faq.ipynb))."
    )


def _silent() -> str:
    """What the published network does with a batch whose size happens to fit."""
    with torch.inference_mode():
        rows = len(model.PublishedConvNet()(torch.zeros(49, 1, 28, 28)))
    return (
        f"The network as published stops with an error for a batch of 64; **for one of "
        f"49 it returns {rows} rows and says nothing** "
        "([04](notebooks/04_model.ipynb))."
    )


def _spread(shares: Sequence[float]) -> str:
    return f"{100 * mean(shares):.2f} ± {100 * stdev(shares):.2f} %"


def _range(shares: Sequence[float]) -> str:
    low, high = (f"{100 * end:.0f}" for end in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def write(root: Path = ROOT) -> None:
    """Put today's results into the README.

    Raises:
        CommandError: it has no place for them.
    """
    file = root / "README.md"
    before = file.read_text(encoding="utf-8")
    write_atomically(file, readme.placed(before, BEGIN, text(), END).encode())
