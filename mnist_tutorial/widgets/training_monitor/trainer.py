"""The thread in which the two trainings run. Knows no widget."""

import threading
from collections import deque
from collections.abc import Callable

from mnist_tutorial.widgets.training_monitor.lanes import Lanes


class Trainer:
    """Runs `Lanes` in a daemon thread, which waits while there is nothing to do.

    All methods return at once; the thread acts between two steps.

    Args:
        lanes: the two trainings.
        show: called in the thread after each turn, and before it waits or ends.
    """

    def __init__(self, lanes: Lanes, show: Callable[[], object]):
        self.lanes = lanes
        self._show = show
        self._state = "stopped"  # or running, paused
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._waits = False
        self.error: Exception | None = None  # what ended the thread, if anything did

    @property
    def state(self) -> str:
        return self._state

    @property
    def alive(self) -> bool:
        """Is there a thread?"""
        return self._thread is not None

    @property
    def idle(self) -> bool:
        """Does the thread wait, with nothing left to do?"""
        with self._changed:
            return self._waits and not self._jobs and self._state == "paused"

    def run(self) -> None:
        self._become("running")

    def pause(self) -> None:
        self._become("paused")

    def step(self) -> None:
        """One inspected step, then a pause."""
        self._become("paused", lambda: self.lanes.step(inspect=True))

    def do(self, job: Callable[[], object]) -> None:
        """Call `job` between two steps: in the thread, or here if there is none."""
        with self._changed:
            if self._thread is not None and self._state != "stopped":
                self._jobs.append(job)
                self._changed.notify_all()
                return
        job()

    def stop(self, seconds: float = 0) -> None:
        """End the thread; wait for it up to so many seconds."""
        with self._changed:
            self._state = "stopped"
            self._jobs.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _become(self, state: str, *jobs: Callable[[], object]) -> None:
        with self._changed:
            self._state = state
            self._jobs.extend(jobs)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="TrainingMonitor", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while True:
                shown = self._state
                self._show()
                if not self._turn(shown):
                    break
        except Exception as error:
            self.error = error
            raise
        finally:
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread, self._state = None, "stopped"
            self._show()

    def _turn(self, shown: str) -> bool:
        """Wait for something to do, and do it; False when the thread shall end."""
        with self._changed:
            if self._state == "paused" != shown and not self._jobs:
                return True  # first show where it was paused, then wait
            self._waits = True  # others see it only while there is nothing to do
            self._changed.wait_for(lambda: self._jobs or self._state != "paused")
            self._waits = False
            if self._state == "stopped":
                self._thread = None  # from here on `run` makes a new one
                return False
            job = self._jobs.popleft() if self._jobs else None
        self._evaluate()
        if job is not None:
            job()
        elif self._state == "running":
            self.lanes.step()
        self._evaluate()
        if self.lanes.broken:
            self._state = "stopped"
        return True

    def _evaluate(self) -> None:
        while self._state != "stopped" and self.lanes.evaluate():
            pass
