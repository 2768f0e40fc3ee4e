"""Recorded trainings for a page that cannot train: each with what a frame shows."""

import numpy as np
import torch

from mnist_tutorial.data import Split
from mnist_tutorial.model import ConvNet
from mnist_tutorial.widgets.base import to_bytes
from mnist_tutorial.widgets.page.readers import digits_on_a_page
from mnist_tutorial.widgets.training_monitor.frames import finite, summary
from mnist_tutorial.widgets.training_monitor.lanes import EVERY as CHECKED
from mnist_tutorial.widgets.training_monitor.lanes import Lane
from mnist_tutorial.widgets.training_monitor.settings import BUGS, Setting

STEPS = 160  # the usual rate leaves its plateau by then
EVERY = 10  # steps from one record of the filters to the next
RATES = (0.1, 0.01)


def recorded(training: Split, validation: Split, net: ConvNet, seed: int) -> dict:
    """Trainings from the same weights on the same batches: two rates, then each bug.

    Returns:
        "page_runs" says of each run its title, its evaluations and why it stopped, if
        it did. Floats: "page_losses" (runs, steps), nan behind the last one, and
        "page_filters" (runs, records, filters · 10). Bytes: "page_preds" (runs,
        evaluations, images), what each was read as, and "page_pixels", the validation
        images; "page_labels" are theirs.
    """
    settings = [Setting(lr=lr) for lr in RATES]
    settings += [Setting(lr=RATES[0], bug=bug) for bug in BUGS if bug != "none"]
    runs, losses, filters, preds = [], [], [], []
    for setting in settings:
        lane = Lane(net, training, setting, seed)
        kept, read = _run(lane, validation)
        checks = [[c.step, finite(c.evaluation.loss), c.evaluation.accuracy]
                  for c in lane.checks]  # fmt: skip
        title = summary(lane)["title"]
        runs.append({"title": title, "checks": checks, "broken": lane.broken})
        losses.append(lane.losses + [np.nan] * (STEPS - len(lane.losses)))
        filters.append(torch.stack(kept).flatten(1))
        preds.append(torch.stack(read))
    return {
        "page_runs": runs,
        "page_every": EVERY,
        "page_losses": to_bytes(np.array(losses)),
        "page_filters": to_bytes(torch.stack(filters)),
        "page_preds": torch.stack(preds).byte().numpy().tobytes(),
    } | digits_on_a_page(validation)


def _run(lane: Lane, validation: Split) -> tuple[list, list]:
    """Train for `STEPS` steps: the filters now and then, what was read at each check.

    A run that breaks off keeps its last filters and readings.
    """
    kept, read = [lane.first_filters()], []
    for step in range(STEPS + 1):
        if step:
            lane.step()
            if step % EVERY == 0:
                filters = lane.first_filters()
                kept.append(filters if filters.isfinite().all() else kept[-1])
        if lane.due:
            lane.evaluate(validation)
        if step % CHECKED == 0:
            read.append(lane.preds.cpu())
    return kept, read
