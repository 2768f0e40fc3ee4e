"""Whatever the reader's function does, it ends in a value or in one sentence."""

import contextlib
import inspect
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import PATIENCE, is_one_sentence
from torch import nn

from mnist_tutorial import exercises
from mnist_tutorial.exercises import running
from mnist_tutorial.exercises import write as write_module
from mnist_tutorial.exercises.running import Printed, Unusable

call = partial(running.call, printed=Printed())
ENTRIES = {e.key: e for entries in exercises.REGISTRY.values() for e in entries}
CONV2D, POOL = ENTRIES["conv2d"], ENTRIES["average_pool_backward"]
STEP = ENTRIES["training_step"]


@pytest.fixture
def soon(monkeypatch):
    """A function may take half a second and 200 MB.

    An interrupt is heard, which what a shell starts in the background ignores.
    """
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(write_module, "FIRST", 0.5)
    monkeypatch.setattr(write_module, "LATER", 0.5)
    monkeypatch.setattr(running, "MEMORY", 2 * 10**8)
    yield
    signal.signal(signal.SIGINT, kept)


def for_long():
    """A function that is not stopped shall fail its test, not hang it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        yield


def never_ends(*given):
    for _ in for_long():
        pass


def sleeps(*given):
    time.sleep(30)


def swallows_exceptions(*given):
    for _ in for_long():
        with contextlib.suppress(Exception):
            time.sleep(30)


def swallows_everything(*given):
    for _ in for_long():
        with contextlib.suppress(BaseException):
            time.sleep(30)


def switches_the_signal_off(*given):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    for _ in for_long():
        time.sleep(0.01)


ENDLESS = [never_ends, sleeps, swallows_exceptions, swallows_everything]
if hasattr(signal, "SIGALRM"):
    ENDLESS.append(switches_the_signal_off)


@pytest.mark.parametrize("function", ENDLESS)
def test_what_never_ends_is_stopped(function, soon):
    begin = time.monotonic()
    text = CONV2D.judge(function).text
    assert "runs for more than 0.5 seconds" in text
    assert time.monotonic() - begin < 20


def test_of_what_nothing_stops_it_is_said_how_to_interrupt_it(soon, monkeypatch):
    """A call of compiled code feels no poke; this one ends when the sentence is out."""
    heard, out = [], threading.Event()

    def hear(text, file, flush):
        heard.append((text, file))
        out.set()

    def goes_on(images, *_):
        return images if out.wait(PATIENCE) else None

    monkeypatch.setattr(running, "GIVE_UP", 0.0)
    monkeypatch.setattr(running, "INSIST", 0.0)
    monkeypatch.setattr(running, "_poke", lambda *_: lambda: None)
    monkeypatch.setattr(running._thread, "interrupt_main", lambda: None)
    monkeypatch.setattr(running, "print", hear, raising=False)
    assert CONV2D.judge(goes_on).status == "not yet"
    text, file = heard[0]
    assert "Interrupt the kernel" in text and text.endswith("restart it.")
    assert file is sys.stderr  # what goes to stdout is taken for the function's own


def test_the_way_of_windows_stops_a_loop_too(soon, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "runs for more than" in CONV2D.judge(never_ends).text


def grows(*given):
    kept = []
    for _ in range(1000):  # 4 GB, if nobody stops it
        kept.append(torch.ones(1_000_000))
        time.sleep(0.005)


def test_what_takes_all_memory_is_stopped(monkeypatch):
    monkeypatch.setattr(running, "MEMORY", 2 * 10**8)
    assert "of memory, and was stopped" in CONV2D.judge(grows).text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")
@pytest.mark.parametrize("huge", [lambda: [0] * 10**12, lambda: torch.ones(10**13)])
def test_one_huge_allocation_is_refused(huge):
    text = CONV2D.judge(lambda *given: huge()).text
    assert "MemoryError" in text or "allocate memory" in text


@pytest.mark.skipif(sys.platform == "win32", reason="it has neither")
def test_signals_and_limits_are_as_before():
    import resource

    before = signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_AS)
    threads = threading.active_count()
    call(lambda: 1, (), 5)
    with pytest.raises(Unusable):
        call(never_ends, (), 0.2)
    after = signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_AS)
    assert before == after
    assert threading.active_count() == threads


class Meter:
    """In place of the process: what it says that the process takes."""

    def __init__(self, first=0, later=0, addresses=0):
        self.sizes = chain([first], repeat(later))
        self.addresses = addresses

    def memory_info(self):
        return SimpleNamespace(rss=next(self.sizes), vms=self.addresses)


def for_a_moment(*given):
    time.sleep(0.4)
    return 3


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (100 + 2 * 10**9, ""),
        (
            101 + 2 * 10**9,
            "takes more than 2 GB of memory, and was stopped: does a list",
        ),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="it has no address space")
def test_two_gigabytes_are_allowed(later, said, monkeypatch):
    monkeypatch.setattr(running, "_PROCESS", Meter(100, later, 10**13))
    if said:
        with pytest.raises(Unusable, match=said):
            call(for_a_moment, (), 60)
    else:
        assert call(for_a_moment, (), 60) == 3


def hurried(monkeypatch):
    """A second lasts a hundredth."""
    clock = SimpleNamespace(monotonic=lambda: 100 * time.monotonic())
    monkeypatch.setattr(running, "time", clock)


def test_the_first_call_has_twenty_seconds_and_a_later_one_eight(monkeypatch):
    hurried(monkeypatch)
    assert CONV2D.judge(never_ends).text == (
        f"{CONV2D.numbered(0)}, your function runs for more than 20 seconds, and was "
        f"stopped: is there a loop that never ends?\n\n{CONV2D.ways_on(0)}"
    )

    def slow_later(images, kernel, *given):
        if images.shape[1] > 1:
            never_ends()
        return F.conv2d(images, kernel, *given)

    assert "more than 8 seconds" in CONV2D.judge(slow_later).text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")
def test_the_address_space_is_limited_inside_on_linux_alone(monkeypatch):
    import resource

    def inside():
        return call(lambda: resource.getrlimit(resource.RLIMIT_AS), (), 60)

    before = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setattr(running, "_PROCESS", Meter(addresses=10**13))
    assert inside() == (10**13 + 16 * 10**9, hard)
    resource.setrlimit(resource.RLIMIT_AS, (5 * 10**12, hard))
    try:
        assert inside() == (5 * 10**12, hard), "a lower limit stays"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert inside() == before


@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGALRM")
@pytest.mark.parametrize("system", ["linux", "win32"])
def test_one_signal_is_taken_and_the_others_stay(system, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    both = signal.SIGALRM, signal.SIGINT
    handlers = [signal.getsignal(number) for number in both]
    inside = call(lambda: [signal.getsignal(number) for number in both], (), 60)
    taken = [a != b for a, b in zip(handlers, inside, strict=True)]
    assert taken == [system == "linux", system == "win32"]
    assert [signal.getsignal(number) for number in both] == handlers


@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGALRM")
def test_an_alarm_of_somebody_else_rings_there():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *given: rung.append(given))

    def alarmed():
        signal.raise_signal(signal.SIGALRM)
        return 3

    try:
        assert call(alarmed, (), 60) == 3
        ((number, frame),) = rung
        assert number == signal.SIGALRM and frame.f_code is alarmed.__code__
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        assert call(alarmed, (), 60) == 3
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_watch_keeps_no_program_alive():
    threads = call(threading.enumerate, (), 60)
    others = [t for t in threads if t is not threading.main_thread()]
    assert any(t.daemon for t in others) and not any(t.is_alive() for t in others[-1:])


def test_in_another_thread_a_function_runs_without_a_limit():
    results = []
    thread = threading.Thread(target=lambda: results.append(call(lambda: 3, (), 1)))
    thread.start()
    thread.join()
    assert results == [3]


def test_an_interrupt_by_the_reader_is_not_taken_for_a_mistake():
    def stopped(*given):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CONV2D.judge(stopped)


# --- Surroundings


def changes_everything(images, kernel, bias, stride=1, padding=0):
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    return F.conv2d(images, kernel, bias, stride, padding)


def test_what_a_function_changes_for_others_is_put_back():
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    expected = torch.rand(1), random.random(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    assert CONV2D.judge(changes_everything).right
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
    assert (torch.rand(1), random.random(), np.random.rand()) == expected  # noqa: NPY002


def pool_by_autograd(grad_output, shape):
    images = torch.zeros(*grad_output.shape[:2], *shape, requires_grad=True)
    F.avg_pool2d(images, 2).backward(grad_output)
    return images.grad


def step(net, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@pytest.mark.parametrize(
    "mode", [torch.no_grad, torch.inference_mode, torch.enable_grad]
)
def test_right_stays_right_in_every_mode(mode):
    with mode():
        assert POOL.judge(pool_by_autograd).right
        assert STEP.judge(step).right


# --- What is said


class FailsToSay(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class OfItsOwn(BaseException):
    pass


def fail(error: BaseException) -> Callable:
    def function(*given):
        raise error

    return function


async def asynchronous(*given):
    return 1


def generator(*given):
    yield 1


def recursion(*given):
    return recursion(*given)


def no_return(images, kernel, bias, stride=1, padding=0):
    F.conv2d(images, kernel, bias, stride, padding)


def in_place(images, kernel, bias, stride=1, padding=0):
    images += 1
    return F.conv2d(images - 1, kernel, bias, stride, padding)


SAID = {
    "sys.exit": (lambda *given: sys.exit(), "ends the whole program"),
    "its text fails": (fail(FailsToSay()), "FailsToSay: an error that cannot be shown"),
    "a BaseException": (fail(OfItsOwn("so")), "OfItsOwn: so"),
    "recursion": (recursion, "RecursionError"),
    "an assert": (fail(AssertionError()), "stops in line"),
    "async": (asynchronous, "is `async`"),
    "a generator": (generator, "has a `yield`"),
    "no return": (no_return, "is a `return` missing?"),
    "a string": (lambda *given: "0.9", "returns a str, not a tensor"),
    "a dict": (lambda *given: {"a": 1}, "returns a dict, not a tensor"),
    "an int type": (lambda *given: int, "returns a type, not a tensor"),
    "an object": (lambda *given: object(), "returns an object, not a tensor"),
    "a ragged list": (lambda *given: [torch.ones(2), torch.ones(3)], "returns a list"),
    "an object array": (lambda *given: np.array([{}]), "returns an ndarray"),
    "nested": (
        lambda *given: torch.nested.nested_tensor(
            [torch.ones(2), torch.ones(3)], layout=torch.jagged
        ),
        "not a plain (dense) one",
    ),
    "nested in blocks": (
        lambda *given: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "not a plain (dense) one",
    ),
    "quantized": (
        lambda *given: torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.qint8),
        "not a plain (dense) one",
    ),
    "huge": (
        lambda *given: torch.zeros(1).expand(10**11),
        "the shape should be (1, 1, 2, 3), and yours is (100000000000,).",
    ),
    "not implemented": (fail(OSError()), "stops in line"),
    "sparse": (lambda *given: torch.ones(2, 2).to_sparse(), "not a plain (dense) one"),
    "meta": (lambda *given: torch.ones(2, device="meta"), "without numbers"),
    "complex": (lambda x, w, b, s, p: F.conv2d(x, w, b, s, p) + 0j, "complex numbers"),
    "in place": (in_place, "changes its argument `images`"),
    "too few arguments": (lambda images: images, "positional argument"),
}


@pytest.mark.parametrize("name", SAID)
def test_each_way_to_fail_has_its_sentence(name):
    function, said = SAID[name]
    verdict = CONV2D.judge(function)
    assert verdict.status == "not yet"
    assert said in verdict.text
    assert verdict.mistakes == ()
    reason, ways = verdict.text.split("\n\n")
    assert "\n" not in reason and ways == CONV2D.ways_on(0)


class OfNumbers(torch.Tensor):
    """A tensor with a name of its own."""


class Refuses(torch.Tensor):
    """A tensor of which nothing can be asked."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise TypeError


@pytest.mark.parametrize("kind", [OfNumbers, Refuses, nn.Parameter])
def test_a_tensor_of_another_class_is_judged_by_its_numbers(kind):
    def right(*given):
        return F.conv2d(*given).as_subclass(kind)

    def wrong(*given):
        return (F.conv2d(*given) + 1).as_subclass(kind)

    assert CONV2D.judge(right).right
    assert "is right at" in CONV2D.judge(wrong).text

    def step(*given):
        return torch.tensor(STEP.reference(*given)).as_subclass(kind)

    assert STEP.judge(step).right


@pytest.mark.parametrize("given", [3, torch.ones(1), "conv2d", None, (1, 2)])
def test_a_value_in_place_of_a_function_is_said(given):
    text = CONV2D.judge(given).text
    assert text.endswith("ex.conv2d(my_conv2d).") and is_one_sentence(text)


def test_a_long_error_is_cut():
    text, _ = CONV2D.judge(fail(ValueError("x" * 1000))).text.split("\n\n")
    assert text.endswith("ValueError: " + "x" * (300 - len("ValueError: ")))


def test_a_coroutine_is_closed():
    coroutine = asynchronous()
    assert "is `async`" in CONV2D.judge(lambda *given: coroutine).text
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED


def test_a_function_that_stops_is_told_where_and_why():
    cell = "def own(z, y):\n    shifted = z\n    return shifted[:, y + 99]"
    namespace: dict = {}
    exec(compile(cell, "a cell", "exec"), namespace)
    text = exercises.notebook("04").cross_entropy.judge(namespace["own"]).text
    assert text.startswith(
        "Case 1 of 6, with logits (1, 2), labels (1,), your function"
    )
    assert "stops in line 3 of the cell with IndexError: index" in text


def talks(images, kernel, bias, stride=1, padding=0):
    print("padding", padding, file=sys.stdout)
    print("so far")
    return F.conv2d(images, kernel, bias, stride, min(padding, 1))


def test_what_a_function_prints_stands_below_its_verdict(capsys):
    wrong = CONV2D.judge(talks)
    assert wrong.printed == "Printed in case 4 of 5:\n\n  padding 2\n  so far"
    assert repr(wrong).endswith(f"\n\n{wrong.printed}")
    assert capsys.readouterr().out == ""


def test_prints_of_a_right_function_are_those_of_the_first_case():
    def right(images, kernel, bias, stride=1, padding=0):
        print(tuple(images.shape), "<")
        return F.conv2d(images, kernel, bias, stride, padding)

    verdict = CONV2D.judge(right)
    assert verdict.right
    assert verdict.printed == "Printed in case 1 of 5:\n\n  (1, 1, 3, 4) <"
    assert verdict._repr_html_().endswith(">  (1, 1, 3, 4) &lt;</pre>")
    assert CONV2D.judge(F.conv2d).printed == ""


def test_prints_before_an_error_are_shown_and_much_is_cut():
    def stops(*given):
        print("y" * 999)
        print("z" * 100_000)
        raise ValueError("at last")

    printed = CONV2D.judge(stops).printed
    assert printed == (
        f"Printed in case 1 of 5:\n\n  {'y' * 999}\n  and so on, 101,001 letters"
    )
    exact = Printed()
    assert exact.write("x" * 1000) == 1000 and str(exact) == f"  {'x' * 1000}"
    assert exact.write("x") == 1 and str(exact).endswith("and so on, 1,001 letters")
    assert Printed.MOST == len(exact.text) == 1000


@pytest.mark.parametrize(
    "function", [nn.Identity(), torch.jit.script(nn.Identity()), print, int]
)
def test_callables_of_any_kind_get_a_verdict(function):
    assert CONV2D.judge(function).status == "not yet"


def test_defaults_are_used_but_not_asked_for():
    def wrong_defaults(images, kernel, bias, stride=2, padding=1):
        return F.conv2d(images, kernel, bias, stride, padding)

    def none(images, kernel, bias, stride, padding):
        return F.conv2d(images, kernel, bias, stride, padding)

    assert not CONV2D.judge(wrong_defaults).right
    assert CONV2D.judge(none).right
