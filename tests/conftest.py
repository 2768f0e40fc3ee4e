"""Fixtures that several test files use."""

import signal

import pytest

from tools import environment


@pytest.fixture
def unheard():
    """Signals that nobody else took; a SIGINT that escapes does not end the tests."""
    received = []
    previous = signal.signal(signal.SIGINT, lambda *_: received.append("SIGINT"))
    yield received
    signal.signal(signal.SIGINT, previous)


@pytest.fixture
def here(monkeypatch):
    """Commands run in this environment; none is looked for or made."""
    monkeypatch.setattr(environment, "enter", lambda extras, argv: None)


@pytest.fixture
def own_figures():
    """Figures and settings that the next test does not see."""
    import matplotlib.pyplot as plt

    with plt.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def styled_figures(own_figures):
    """The same, in the style of the notebooks."""
    from mnist_tutorial import plots

    plots.use_style()


@pytest.fixture
def fresh_kernel(monkeypatch):
    """No run of a notebook has begun, and nothing in the environment speaks of one."""
    from mnist_tutorial import claims

    monkeypatch.setattr(claims, "_run", claims.Run())
    monkeypatch.delenv("MNIST_TUTORIAL_DEVICE", raising=False)
    monkeypatch.delenv("MNIST_TUTORIAL_RESULTS", raising=False)
