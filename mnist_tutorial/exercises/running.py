"""Run the reader's function so that nothing it does is a trap.

It has a limit of time and one of memory, what it changes for all other code is put
back, and whatever it raises becomes one sentence.
"""

import _thread
import contextlib
import dis
import inspect
import io
import math
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
import psutil
import torch

# A first call may import SciPy, which takes seconds; a later one has no such excuse.
FIRST, LATER = 20.0, 8.0  # seconds
MEMORY = 2 * 10**9  # bytes more than before
# Seconds after which one who does not stop is poked more often and interrupted, and
# seconds after which the reader hears that nothing helps.
INSIST, GIVE_UP = 2.0, 6.0
_PROCESS = psutil.Process()


class Unusable(Exception):
    """There is nothing to compare; the text is a sentence that says why."""


class Unwritten(Unusable):
    """Nothing has been written yet, so nothing is wrong."""


class _Limit(BaseException):
    """The function takes too long or too much; no `except Exception` swallows it."""


class Printed(io.TextIOBase):
    """What the reader's function prints: its first letters, however much it is."""

    MOST = 1000  # letters

    def __init__(self) -> None:
        self.text, self.letters = "", 0

    def write(self, text: str) -> int:
        self.text += text[: self.MOST - len(self.text)]
        self.letters += len(text)
        return len(text)

    def __str__(self) -> str:
        lines = [f"  {line}" for line in self.text.splitlines()]
        if self.letters > self.MOST:
            lines.append(f"  and so on, {self.letters:,} letters")
        return "\n".join(lines)


def call(
    function: Callable, arguments: Sequence[Any], seconds: float, printed: Printed
) -> Any:
    """What `function` returns.

    Args:
        printed: where it goes what the function prints.

    Raises:
        Unusable: it returned nothing, stopped, or was stopped.
        KeyboardInterrupt: the reader interrupted it.
    """
    try:
        with (
            untouched(),
            contextlib.redirect_stdout(printed),
            _limited(seconds),
        ):
            value = function(*arguments)
    except NotImplementedError:
        raise Unwritten("your function is not written.") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Unusable(_stopped(function, error)) from None
    if value is ...:
        raise Unwritten("your function returns the three dots.")
    if value is None and _does_nothing(function):
        raise Unwritten("your function returns None.")
    return value


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Gradients are on inside; afterwards modes, dtype and chance are as before."""
    dtype = torch.get_default_dtype()
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    with (
        torch.random.fork_rng(devices=[]),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `_Limit` inside when time or memory is used up.

    Only the main thread, where cells run, can be interrupted. A thread looks at the
    clock and pokes it, again and again, since an `except:` may swallow one poke. One
    long call of compiled code does not feel a poke; another process could be ended in
    it, but has neither the reader's names nor, on Windows, a start in less than
    seconds. So what does not stop is said, and how to interrupt it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    done = threading.Event()
    reasons: list[str] = []

    def stop(signum, frame):
        if reasons and not done.is_set():
            raise _Limit(reasons[0])
        if not reasons and callable(previous):  # a signal that is not ours
            previous(signum, frame)

    number = signal.SIGINT if sys.platform == "win32" else signal.SIGALRM
    previous = signal.signal(number, stop)
    poke = _poke(threading.get_ident(), number)
    watch = threading.Thread(
        target=_watch, args=(done, reasons, seconds, poke), daemon=True
    )
    watch.start()
    try:
        with _address_space():
            yield
    except KeyboardInterrupt:
        if reasons:  # it is ours, where the function has switched off the signal
            raise _Limit(reasons[0]) from None
        raise
    finally:
        done.set()
        watch.join()
        signal.signal(number, previous)


def _poke(thread: int, number: int) -> Callable[[], None]:
    """How to send a thread a signal; on Windows there is a way to the main one only."""
    if sys.platform == "win32":
        return lambda: _thread.interrupt_main(number)
    return lambda: signal.pthread_kill(thread, number)


def _watch(
    done: threading.Event, reasons: list[str], seconds: float, poke: Callable[[], None]
) -> None:
    end = time.monotonic() + seconds
    most = _PROCESS.memory_info().rss + MEMORY
    stopped: float | None = None  # when the first poke came
    while not done.wait(0.05):
        if reasons:
            pass
        elif time.monotonic() > end:
            reasons.append(
                f"runs for more than {seconds:g} seconds, and was stopped: is there a "
                "loop that never ends?"
            )
        elif _PROCESS.memory_info().rss > most:
            reasons.append(
                f"takes more than {MEMORY / 1e9:g} GB of memory, and was stopped: does "
                "a list grow without end?"
            )
        if not reasons:
            continue
        poke()
        stopped = time.monotonic() if stopped is None else stopped
        if time.monotonic() > stopped + INSIST:
            _insist(done, poke, stopped + GIVE_UP)
            return


def _insist(done: threading.Event, poke: Callable[[], None], end: float) -> None:
    """Poke what has not stopped, and interrupt it; once it is hopeless, say so."""
    for k in count():
        if done.wait(0.005):
            return
        poke()
        if k % 100 == 0:  # the signal may have been switched off; this is another
            _thread.interrupt_main()
        if k % 100 == 0 and time.monotonic() > end:
            print(_HOPELESS, file=sys.stderr, flush=True)
            end = math.inf


_HOPELESS = (
    "Your function should have been stopped, and goes on: it is inside one long call, "
    "or it catches what would stop it. Interrupt the kernel (the square in the "
    "toolbar); if that does not help, restart it."
)


@contextlib.contextmanager
def _address_space() -> Iterator[None]:
    """One huge allocation fails at once, where the system can refuse it."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    infinity = resource.RLIM_INFINITY
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _PROCESS.memory_info().vms + 8 * MEMORY
    limits = [most] + [limit for limit in (soft, hard) if limit != infinity]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _stopped(function: Callable, error: BaseException) -> str:
    """Where and why the reader's function stopped."""
    if isinstance(error, _Limit):
        return f"your function {error}"
    if isinstance(error, SystemExit):
        return "your function ends the whole program (sys.exit); return instead."
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    where = f" in line {lines[-1]} of the cell" if lines else ""
    try:
        said = " ".join(str(error).split())
    except Exception:  # its own text fails, too
        said = "an error that cannot be shown"
    reason = f"{type(error).__name__}: {said}".removesuffix(": ")
    return f"your function stops{where} with {reason[:300]}"


_READS = ("LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF")


def _does_nothing(function: Callable) -> bool:
    """Whether a function reads neither its arguments nor any other name.

    Then its body is empty, and None is no forgotten return.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not any(
        instruction.opname.startswith(_READS)
        for instruction in dis.get_instructions(code)
    )
