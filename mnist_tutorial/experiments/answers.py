"""What 10 asks the tables of `faq`: each answer holds the results of all seeds."""

from functools import cache
from typing import Any

from mnist_tutorial.experiments import common, faq
from mnist_tutorial.experiments.tables import by_seed, load_results

Seeds = list[float]  # a result for each seed, fractions


@cache
def _rows(table: str) -> list[dict]:
    return load_results(table)


def trainings() -> dict[str, int]:
    """How many trainings are behind each table."""
    first = ("kernels", "kernel_rates", "kernel_race")
    names = (*first, "overfitting", "optimizers", "race")
    return {name: len(_rows(name)) for name in names}


# --- Q1


def kernels(equal: str, stride: int = 1) -> dict[int, Seeds]:
    """Accuracy by kernel size, at equal "width" or "cost", at one rate for all."""
    return by_seed(_rows("kernels"), ["kernel"], equal=equal, stride=stride)


def kernel_rates() -> dict[int, float]:
    """By kernel size, at equal cost: the rate that did best on the choosing images."""
    ranked = common.ranked_rates(_rows("kernel_rates"), "kernel")
    return {kernel: rates[0] for kernel, rates in ranked.items()}


def kernel_race() -> dict[int, Seeds]:
    """Accuracy by kernel size at equal cost, each at its rate, with fresh seeds."""
    return by_seed(_rows("kernel_race"), ["kernel"])


# --- Q2


def _overfitting(longer: bool = False) -> list[dict]:
    """The rows of the usual steps, or of three times as many."""
    rows = _rows("overfitting")
    return [row for row in rows if (row["steps"] == faq.MORE_STEPS) == longer]


def remedies(
    network: str, images: int, part: str = "reporting", *, longer: bool = False
) -> dict[str, Seeds]:
    """Accuracy by remedy, after training on so many images with true labels.

    Args:
        part: which images are read: "training", "choosing" or "reporting".
        longer: after three times the steps, where that was run.
    """
    how: dict[str, Any] = {"network": network, "images": images, "labels": "true"}
    return by_seed(_overfitting(longer), ["remedy"], f"{part}_accuracy", **how)


def baseline(remedy: str) -> str:
    """What a remedy is compared with: the same training without it."""
    return "constant rate" if remedy == "early stopping" else "none"


def gains(network: str, images: int) -> dict[str, Seeds]:
    """What each remedy gains over its `baseline`, seed by seed."""
    accuracies = remedies(network, images)
    return {
        name: [a - b for a, b in zip(values, accuracies[baseline(name)], strict=True)]
        for name, values in accuracies.items()
        if name not in ("none", "constant rate")
    }


def random_labels(network: str, part: str) -> Seeds:
    """Accuracy after training on 1,000 images with labels that were dealt by chance."""
    accuracies = by_seed(
        _rows("overfitting"), ["network"], f"{part}_accuracy", labels="random"
    )
    return accuracies[network]


def errors(network: str) -> dict[str, dict[int, Seeds]]:
    """By remedy: the error rate after training on so many images.

    Of the remedies that were tried with few images and with many.
    """
    how: dict[str, Any] = {"network": network, "labels": "true"}
    lines: dict[str, dict[int, Seeds]] = {}
    for (name, images), values in sorted(
        by_seed(_overfitting(), ["remedy", "images"], **how).items(),
        key=lambda item: item[0][1],
    ):
        lines.setdefault(name, {})[images] = [1 - value for value in values]
    return {name: lines[name] for name in faq.COMMON}


# --- Q3


def hills() -> dict[str, dict[float, Seeds]]:
    """By optimizer: the accuracy on the choosing images at each learning rate."""
    return {
        name: by_seed(_rows("optimizers"), ["lr"], "choosing_accuracy", optimizer=name)
        for name in faq.OPTIMIZERS
    }


def at_rate(lr: float) -> dict[str, Seeds]:
    """By optimizer: the accuracy at one learning rate for all."""
    return by_seed(_rows("optimizers"), ["optimizer"], lr=lr)


def chosen_rates() -> dict[str, float]:
    """By optimizer: the learning rate that did best on the choosing images."""
    ranked = common.ranked_rates(_rows("optimizers"), "optimizer")
    return {name: rates[0] for name, rates in ranked.items()}


def race(when: str = "reporting") -> dict[str, Seeds]:
    """By optimizer: the accuracy at its chosen rate, with seeds that did not choose it.

    Args:
        when: "reporting" for the end, "quarter" for a quarter of the way.
    """
    return {name: raced(name, when)[lr] for name, lr in chosen_rates().items()}


def raced(optimizer: str, when: str = "reporting") -> dict[float, Seeds]:
    """The same for one optimizer, at each rate that ran with these seeds."""
    accuracies = by_seed(_rows("race"), ["lr"], f"{when}_accuracy", optimizer=optimizer)
    return dict(sorted(accuracies.items()))
