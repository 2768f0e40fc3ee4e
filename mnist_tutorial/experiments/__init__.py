"""Long experiments: computed once, kept as files beside the command that makes them.

A table is a list of runs, each a dict of parameters, and a function that takes them and
returns what was measured. Runs that have finished are kept while the others are made.
"""

from mnist_tutorial.experiments.common import (
    SEEDS,
    Outcome,
    by_seed,
    choosing,
    macs,
    outcome,
    reporting,
    stream,
    subset,
    train_cycle,
    train_steps,
)
from mnist_tutorial.experiments.faq import (
    LEARNING_RATES,
    NETWORKS,
    OPTIMISERS,
    REMEDIES,
    SIZES,
    run_kernel,
    run_optimiser,
    run_overfitting,
    width_of_equal_cost,
    with_dropout,
)
from mnist_tutorial.experiments.next_steps import (
    BEST,
    BEST_EPOCHS,
    RUNGS,
    TRICKS,
    residual_width,
    run_fast,
    run_residual,
    run_tricks,
    smoothed,
    train_with,
)
from mnist_tutorial.experiments.readings import (
    run_reading,
    train_reading,
)
from mnist_tutorial.experiments.tables import (
    TABLES,
    Table,
    load_results,
    make_results,
)
from mnist_tutorial.experiments.travel import (
    TRAVELLERS,
    letters,
    run_travel,
)
from mnist_tutorial.experiments.weights import (
    make_weights,
    recipe,
    train_default,
)

__all__ = [
    "BEST",
    "BEST_EPOCHS",
    "LEARNING_RATES",
    "NETWORKS",
    "OPTIMISERS",
    "REMEDIES",
    "RUNGS",
    "SEEDS",
    "SIZES",
    "TABLES",
    "TRAVELLERS",
    "TRICKS",
    "Outcome",
    "Table",
    "by_seed",
    "choosing",
    "letters",
    "load_results",
    "macs",
    "make_results",
    "make_weights",
    "outcome",
    "recipe",
    "reporting",
    "residual_width",
    "run_fast",
    "run_kernel",
    "run_optimiser",
    "run_overfitting",
    "run_reading",
    "run_residual",
    "run_travel",
    "run_tricks",
    "smoothed",
    "stream",
    "subset",
    "train_cycle",
    "train_default",
    "train_reading",
    "train_steps",
    "train_with",
    "width_of_equal_cost",
    "with_dropout",
]
