"""Fixtures that several test files use."""

import signal

import pytest


@pytest.fixture
def unheard():
    """Signals that nobody else took; a SIGINT that escapes does not end the tests."""
    received = []
    previous = signal.signal(signal.SIGINT, lambda *_: received.append("SIGINT"))
    yield received
    signal.signal(signal.SIGINT, previous)
