"""When the next frame may be sent, so that watching a training hardly slows it."""

import time

FASTEST, SLOWEST = 0.1, 2.0  # seconds between two frames
# Of the time, what may go into a frame, here and in the view's drawing. The browser
# then brings it onto the screen, which costs the training several times as much.
SHARE = 0.006


class Pace:
    """Knows what frames cost, and which one a view has painted last."""

    def __init__(self):
        self._painted = 0
        self._spent = self._drawn = 0.0  # seconds for a frame, here and in the browser
        self.due = 0.0  # when the next may be sent

    def allows(self, frame: int) -> bool:
        """Is it time for another frame, this one being the last that was sent?"""
        return self._painted >= frame and time.perf_counter() >= self.due

    def sent(self, seconds: float) -> None:
        """To make and send a frame took so long."""
        self._spent = seconds
        self.plan()

    def painted(self, frame: int, seconds: float | None = None) -> None:
        """A view shows this frame; to draw it took so long."""
        self._painted = max(self._painted, frame)
        if seconds is not None:
            self._drawn = seconds
            self.plan()

    def plan(self) -> None:
        """Showing takes its small share of the time, and no more."""
        wait = (self._spent + self._drawn) / SHARE
        self.due = time.perf_counter() + min(SLOWEST, max(FASTEST, wait))
