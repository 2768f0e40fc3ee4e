"""Long experiments: computed once, kept as files beside the command that makes them.

A table is a list of runs, each a dict of parameters, and a function that takes them and
returns what was measured. Runs that have finished are kept while the others are made.
"""

from mnist_tutorial.experiments import (
    answers,
    cache,
    clock,
    common,
    faq,
    growth,
    loss_plane,
    next_steps,
    readings,
    recipes,
    speed,
    tables,
    travel,
    tricks,
    untrained,
    weights,
)

__all__ = [
    "answers",
    "cache",
    "clock",
    "common",
    "faq",
    "growth",
    "loss_plane",
    "next_steps",
    "readings",
    "recipes",
    "speed",
    "tables",
    "travel",
    "tricks",
    "untrained",
    "weights",
]
