"""How pytest runs the notebooks: the device, dead kernels, times, edited files."""

import os
import time
from collections import defaultdict
from queue import Empty

import nbval.kernel
import pytest

from tools.environment import COMPUTING

# nbval waits 5 s for output that is on its way; a busy machine may need longer.
OUTPUT_TIMEOUT = 60


def pytest_addoption(parser):
    parser.addoption(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default=None,
        help="where notebooks compute; on a GPU asserts and claims decide (nbval-lax)",
    )


def pytest_configure(config):
    for name, value in COMPUTING.items():
        os.environ.setdefault(name, value)
    chosen = config.getoption("--device") or os.environ.get("MNIST_TUTORIAL_DEVICE")
    os.environ["MNIST_TUTORIAL_DEVICE"] = device = _device(chosen or "cpu")
    if device != "cpu":
        config.option.nbval, config.option.nbval_lax = False, True
    nbval.kernel.RunningKernel.get_message = get_message


def _device(chosen):
    """What "cpu", "cuda" or "auto" comes to on this machine."""
    if chosen == "cpu":
        return chosen
    from mnist_tutorial import params  # and with it PyTorch, which takes seconds

    try:
        return params.device(chosen).type
    except params.ParameterError as error:
        raise pytest.UsageError(f"--device {chosen}: {error}") from None


_get_message = nbval.kernel.RunningKernel.get_message


def get_message(self, stream, timeout=None):
    """As nbval's, but a kernel that died is noticed at once, not after the timeout."""
    if stream == "iopub" and timeout is not None:
        timeout = max(timeout, OUTPUT_TIMEOUT)
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        try:
            return _get_message(self, stream, timeout=1)
        except Empty:
            if not self.is_alive():
                raise RuntimeError("The kernel died while it ran this cell.") from None
            if end is not None and time.monotonic() > end:
                raise


def pytest_terminal_summary(terminalreporter):
    _say_seconds(terminalreporter)
    if terminalreporter.stats.keys() & {"failed", "error"}:
        _say_edited(terminalreporter)


def _say_seconds(terminalreporter):
    seconds = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            name = getattr(report, "nodeid", "").partition("::")[0]
            if name.endswith(".ipynb") and hasattr(report, "duration"):
                seconds[name] += report.duration
    if not seconds:
        return
    terminalreporter.section("seconds per notebook")
    for name, duration in sorted(seconds.items()):
        terminalreporter.line(f"{duration:6.0f}  {name}")


def _say_edited(terminalreporter):
    """Tests read the notebooks, so one that a reader has worked in may fail them."""
    from tools import notebooks

    for path in notebooks.edited():
        terminalreporter.line(
            f"{path.name} differs from the last commit. If you did not mean to change "
            f"it: `make reset NAME={path.stem}` restores it and keeps yours as "
            f"{path.stem}.mine.ipynb."
        )
