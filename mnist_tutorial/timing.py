"""How long a thing takes: a clock that waits for its device, contestants in turns."""

import copy
from collections.abc import Callable, Mapping
from itertools import repeat
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from mnist_tutorial import train


def clock(device: torch.device) -> float:
    """Seconds on a clock, read when `device` has done all that it was asked for.

    A GPU is only told what to do, and Python goes on; it has to be waited for.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


def in_turns(
    contestants: Mapping[str, Callable[[], object]],
    turns: int,
    device: torch.device,
) -> dict[str, list[float]]:
    """The seconds of each contestant, in turns, so that all meet the same machine.

    Each is called once more at first, which is not counted: it may have to warm up.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(turns + 1):
        for name, run in contestants.items():
            begin = clock(device)
            run()
            if turn > 0:
                seconds[name].append(clock(device) - begin)
    return seconds


def step_seconds(
    model: nn.Module, images: Tensor, labels: Tensor, turns: int = 5
) -> dict[str, float]:
    """The median seconds of a step of training in each of `train.PRECISIONS`.

    Copies of `model` are trained; it stays as it is, and so do the random numbers.
    """

    def steps_in(precision: str) -> Callable[[], object]:
        net = copy.deepcopy(model).to(memory_format=torch.channels_last)
        optimizer = train.sgd(net, 0.01)
        batches = repeat((images, labels))
        return train.steps(net, batches, optimizer, precision=precision).__next__

    with torch.random.fork_rng():
        contestants = {name: steps_in(name) for name in train.PRECISIONS}
        measured = in_turns(contestants, turns, images.device)
    return {name: median(seconds) for name, seconds in measured.items()}


def warn_if_slower(
    precision: str, model: nn.Module, images: Tensor, labels: Tensor
) -> None:
    """Print a sentence with both figures, if a step takes longer than in float32.

    They are measured here and now, in a few steps; for float32 nothing is.
    """
    if precision == "float32":
        return
    seconds = step_seconds(model, images, labels)
    here, usual = 1000 * seconds[precision], 1000 * seconds["float32"]
    if here > usual:
        print(
            f"On this processor a step takes {here:.0f} ms in {precision} and "
            f"{usual:.0f} ms in float32; the training goes on in {precision} as asked."
        )
