"""How a figure is taken: in turn with its peers, several times, with its spread."""

import contextlib
import os
import platform
import statistics
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psutil
import torch
from torch import Tensor

from mnist_tutorial.timing import clock

Key = TypeVar("Key", bound=Hashable)

# Of those that a processor may have, the ones that decide how fast it multiplies.
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")


class Spread(NamedTuple):
    """What repeated measurements came to."""

    median: float
    low: float  # the first quartile
    high: float  # the third
    n: int


def spread(values: Sequence[float]) -> Spread:
    """The median and the quartiles of some values; of one, the value itself."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, len(values))


@dataclass(frozen=True)
class Line:
    """One line of the table: our figure, beside a peer's and a limit."""

    what: str
    unit: str
    ours: Spread
    peer: Spread | None = None
    peer_is: str = ""
    better: Spread | None = None  # how many times ours is as good as the peer's
    limit: float | None = None  # in the unit of `ours`
    limit_is: str = ""
    more_is_better: bool = False
    note: str = ""
    in_readme: bool = True  # the one beside the benchmarks

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries and numbers of five digits."""
        fields = asdict(self)
        for name in ("ours", "peer", "better"):
            value = getattr(self, name)
            fields[name] = value and {
                key: number if key == "n" else _rounded(number)
                for key, number in value._asdict().items()
            }
        fields["limit"] = self.limit and _rounded(self.limit)
        return fields


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")


def line(
    what: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float] = (),
    peer_is: str = "",
    **more: Any,
) -> Line:
    """A line from the repeats of both, which were measured in turn.

    The comparison is made within each repeat, so that what slows both cancels out.
    """
    better = None
    if peer:
        pairs = zip(ours, peer, strict=True)
        if more.get("more_is_better"):
            better = spread([a / b for a, b in pairs])
        else:
            better = spread([b / a for a, b in pairs])
    theirs = spread(peer) if peer else None
    return Line(what, unit, spread(ours), theirs, peer_is, better, **more)


def interleaved(
    candidates: Mapping[Key, Callable[[], float]], repeats: int
) -> dict[Key, list[float]]:
    """Measure each candidate once in every repeat, in an order that turns round."""
    figures: dict[Key, list[float]] = {name: [] for name in candidates}
    for k in range(repeats):
        names = list(candidates)
        for name in reversed(names) if k % 2 else names:
            figures[name].append(candidates[name]())
        print(f"  repeat {k + 1} of {repeats}", flush=True)
    return figures


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """How long `work` takes, until the device has done all that it was asked."""
    begin = clock(device)
    work()
    return clock(device) - begin


def exhaust(items: Iterable[object]) -> None:
    """Take every item, and keep none."""
    for _ in items:
        pass


def matrix_peak(dtype: torch.dtype, device: torch.device, tries: int = 10) -> float:
    """The most floating-point operations a second that a product of matrices reaches.

    The best of some tries, after one to warm up. What a network can reach is less.
    """
    size = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(a)

    def product() -> Tensor:
        return torch.mm(a, b, out=out)

    product()
    return 2 * size**3 / min(seconds(product, device) for _ in range(tries))


def machine(device: torch.device) -> dict[str, Any]:
    """What the figures depend on, and a reader cannot see."""
    processor, instructions = _processor()
    on_gpu = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if on_gpu else "cpu",
        "processor": processor,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "instructions": instructions,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _processor() -> tuple[str, list[str]]:
    """The processor's name, and what it has that matters here, as the system tells."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        capability = torch.backends.cpu.get_cpu_capability()
        return platform.processor() or platform.machine(), [capability.lower()]
    pairs = (e.split(":", 1) for e in info.read_text("utf-8").splitlines() if ":" in e)
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name.strip(), value.strip())
    flags = first.get("flags", "").split()
    return first.get("model name", platform.machine()), [
        name for name in INSTRUCTIONS if name in flags
    ]


def watched(process: psutil.Popen, every: float = 0.2) -> tuple[float, float]:
    """Wait for a process: how long it took (s), and the most memory (MB) of its tree.

    What its processes share is counted in each of them.
    """
    begin, most = time.perf_counter(), 0
    while process.poll() is None:
        most = max(most, _memory(process))
        time.sleep(every)
    return time.perf_counter() - begin, most / 1e6


def _memory(process: psutil.Process) -> int:
    """Bytes that a process and its descendants hold in memory."""
    total = 0
    for one in [process, *_descendants(process)]:
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            total += one.memory_info().rss
    return total


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:  # it has ended meanwhile
        return []


def end(process: psutil.Process) -> None:
    """End what was interrupted, with all that it has started."""
    for one in [*_descendants(process), process]:
        with contextlib.suppress(psutil.Error):
            one.terminate()
