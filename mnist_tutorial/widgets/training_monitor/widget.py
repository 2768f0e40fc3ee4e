"""TrainingMonitor: two real trainings side by side, to stop, look into, and go on."""

import threading
import time
import weakref

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure

from mnist_tutorial.data import Split
from mnist_tutorial.model import ConvNet
from mnist_tutorial.widgets.base import (
    Floats,
    Widget,
    guarded,
    script,
    to_bytes,
)
from mnist_tutorial.widgets.inputs import check_split
from mnist_tutorial.widgets.training_monitor.frames import (
    checked_at,
    difference,
    frame,
    one_of_each,
)
from mnist_tutorial.widgets.training_monitor.lanes import (
    EVERY,
    NAMES,
    Lane,
    Lanes,
    first_net,
)
from mnist_tutorial.widgets.training_monitor.pace import Pace
from mnist_tutorial.widgets.training_monitor.recorded import recorded
from mnist_tutorial.widgets.training_monitor.settings import (
    BUGS,
    Setting,
    changed,
    check_settings,
)
from mnist_tutorial.widgets.training_monitor.still import still
from mnist_tutorial.widgets.training_monitor.trainer import Trainer

LOOKED_AT = 1000  # validation digits
ACTIONS = ("start", "pause", "step", "stop", "reset")


class TrainingMonitor(Widget):
    """Two trainings, A and B, from the same weights on the same batches.

    One setting differs: the unlocked one. Nothing is computed before *Start* or *Step*;
    then both train in one thread, step about, and the notebook stays free. The buttons
    are also methods: `start()`, `pause()`, `step()`, `stop()`, `reset()`, `use("A")`.

    After *Use these weights*, `model` is a copy of that lane's network, in eval mode,
    and `chosen` its name; before, they are None and "".

    Args:
        training: the split to learn from, as `data.splits` gives it.
        validation: the split to evaluate on; its first 1,000 digits are used.
        seed: of the first weights and of the order of the images.
        images: how many of the training images are used.
        batch_size: images per step.
        lr: the learning rates of A and B.
        width: filters of the first convolution.

    Raises:
        ValueError: splits of another shape, fewer images than a batch, or a rate that
            is not above 0.
    """

    _esm = script("training_monitor/view.js")

    state = traitlets.Unicode("ready").tag(sync=True)  # or running, paused, stopped
    settings: traitlets.Dict = traitlets.Dict().tag(sync=True)  # name: [of A, of B]
    unlocked = traitlets.Unicode("lr").tag(sync=True)
    bugs: traitlets.List = traitlets.List(list(BUGS)).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    every = traitlets.Int(EVERY).tag(sync=True)  # steps from one evaluation to the next

    # What a frame consists of; `frame` counts them and is set last.
    steps = traitlets.Int(0).tag(sync=True)
    lanes: traitlets.List = traitlets.List().tag(sync=True)  # see `summary`
    curves = Floats()  # of A then B: rows of step, mean, lowest, highest
    filters = Floats()  # (2, filters, 10): nine weights and the bias
    snapshots = Floats()  # as many times that
    marks: traitlets.List = traitlets.List().tag(sync=True)  # their steps
    different: traitlets.Dict = traitlets.Dict().tag(sync=True)
    different_images = Floats()
    frame = traitlets.Int(0).tag(sync=True)

    digits = Floats()  # (10, 784): one validation digit of each class
    heard = traitlets.Unicode("").tag(sync=True)  # the last click that came through

    def __init__(
        self,
        training: Split,
        validation: Split,
        *,
        seed: int = 0,
        images: int = 10_000,
        batch_size: int = 64,
        lr: tuple[float, float] = (0.1, 0.01),
        width: int = 32,
    ):
        check_split(training, "training")
        check_split(validation, "validation")
        self._training = Split(*(part[:images] for part in training))
        self._validation = Split(*(part[:LOOKED_AT] for part in validation))
        if not 1 <= batch_size <= len(self._training.labels):
            raise ValueError(
                f"A batch of {batch_size} does not fit {len(self._training.labels)} "
                "images; choose a batch_size of at least 1 and at most images."
            )
        self._seed = seed
        self._net = first_net(seed, width).to(training.images.device)
        self._lock = threading.RLock()
        self._views = 0
        self._pace = Pace()
        self._end: weakref.finalize = weakref.finalize(self, bool)
        self.model: ConvNet | None = None
        values = {
            "lr": list(lr),
            "momentum": [0.0, 0.0],
            "batch_size": [batch_size, batch_size],
            "bug": ["none", "none"],
        }
        check_settings(values)
        super().__init__(settings=values, digits=to_bytes(one_of_each(validation)))
        self.on_msg(TrainingMonitor._hear)
        _MONITORS.add(self)
        self._begin()

    # --- The buttons

    def start(self) -> None:
        """Train, or go on; returns at once."""
        self._rest_others()
        self._trainer.run()
        self.state = "running"

    def pause(self) -> None:
        """Wait after the step that is under way."""
        if self.state == "running":
            self._trainer.pause()
            self.state = "paused"

    def step(self) -> None:
        """One step of each lane, looked into; then pause."""
        self._rest_others()
        self._trainer.step()
        self.state = "paused"

    def train(self, steps: int) -> None:
        """Take so many steps of each lane now, and wait for them; then it is stopped.

        So that a file, which cannot press Start, shows more than first weights.
        """
        self.stop()
        self._rest_others()
        trainer = self._trainer

        def go_on():
            for _ in range(steps):
                trainer.lanes.step()
                while trainer.lanes.evaluate():
                    pass

        trainer.do(go_on)
        self.state = "stopped"
        self._publish(trainer)

    def stop(self) -> None:
        """End the thread after the step that is under way; what was learned stays."""
        if self.state != "ready":
            self._trainer.stop()
            self.state = "stopped"

    def reset(self) -> None:
        """Back to the first weights, with the settings as they are now."""
        self._trainer.stop()
        self._begin()

    def use(self, name: str) -> None:
        """Hand the network of lane "A" or "B", as it is now, out as `model`.

        Raises:
            ValueError: no such lane, or one whose weights are no finite numbers.
        """
        if name not in NAMES:
            raise ValueError(f"There is no lane {name!r}; choose A or B.")
        lane = self._trainer.lanes.lanes[NAMES.index(name)]
        check_finite(name, lane)
        self._trainer.do(lambda: self._hand_over(name, lane))

    @guarded
    def _hand_over(self, name: str, lane: Lane) -> None:
        """Called between two steps; the last one may have broken the weights."""
        check_finite(name, lane)
        with self._lock:
            self.model = lane.copied()
            self.chosen = f"{name} after {len(lane.losses)} steps"

    def change(self, values: dict, unlocked: str | None = None) -> None:
        """Other settings: a new lr works from the next step on, the rest after a reset.

        Args:
            values: name of a setting: its values for A and for B.
            unlocked: which setting may differ; None: as before. What is locked again
                takes A's value.

        Raises:
            ValueError: a setting or a value that there is not, A and B differ in
                another setting than the unlocked one, or a run has begun and it is not
                lr that changes.
        """
        unlocked = self.unlocked if unlocked is None else unlocked
        values = changed(self.settings, values, unlocked)
        others = [name for name in values if name != "lr"]
        fixed = any(values[name] != self.settings[name] for name in others)
        if fixed and self.state != "ready":
            raise ValueError("Only lr can change during a run; press Reset first.")
        self.settings, self.unlocked = values, unlocked
        for lane, lr in zip(self._trainer.lanes.lanes, values["lr"], strict=True):
            lane.lr = float(lr)
        if fixed:
            self._begin()

    def close(self) -> None:
        """End the thread, and the widget."""
        if hasattr(self, "_trainer"):
            self._trainer.stop()
        super().close()

    # --- Between the thread and the view

    def _begin(self) -> None:
        """New lanes, and a thread for them that has not begun."""
        rows = zip(*(self.settings[name] for name in Setting._fields), strict=True)
        a, b = (Setting(*row) for row in rows)
        lanes = Lanes(
            self._training, self._validation, (a, b), seed=self._seed, net=self._net
        )
        # The thread must not keep a widget alive that nobody has any more.
        method = weakref.WeakMethod(self._show)

        def show():
            if (shown := method()) is not None:
                shown(trainer)

        self._trainer = trainer = Trainer(lanes, show)
        self._end.detach()
        self._end = weakref.finalize(self, _end, trainer)  # also when Python ends
        self.state = "ready"
        self._publish(trainer)

    def _rest_others(self) -> None:
        """Two trainings are enough for a machine: pause those of other monitors."""
        for other in list(_MONITORS):
            if other is not self:
                other.pause()

    def _show(self, trainer: Trainer) -> None:
        """Called in the thread after each turn: often, so it mostly does nothing."""
        with self._lock:
            if trainer is not self._trainer:
                return  # of before the last reset
            if trainer.error is not None:
                name = type(trainer.error).__name__
                self.message = f"The training ended with {name}: {trainer.error}"
            if trainer.state == "stopped" and self.state != "ready":
                self.state = "stopped"
            if trainer.state != "running" or self._pace.allows(self.frame):
                self._publish(trainer)

    def _publish(self, trainer: Trainer) -> None:
        """Send one frame: everything the view shows."""
        start = time.perf_counter()
        with self._lock, self.hold_sync():
            lanes = trainer.lanes
            traits = frame(lanes)
            if self.marks != lanes.snapshots.steps:
                traits["marks"] = list(lanes.snapshots.steps)
                traits["snapshots"] = to_bytes(torch.stack(lanes.snapshots.filters))
            if self.different.get("checked") != checked_at(lanes):
                traits |= difference(lanes)
            for name, value in traits.items():
                setattr(self, name, value)
            self.frame += 1
        self._pace.sent(time.perf_counter() - start)

    def _hear(self, content: dict, buffers) -> None:
        """A message of the view: that it has painted a frame, or a click."""
        with self._lock:
            if "seen" in content:
                seconds = float(content.get("ms", 0)) / 1000
                self._pace.painted(content["seen"], seconds)
                return
            try:
                self._act(content)
            finally:
                self.heard = str(content.get("id", ""))

    @guarded
    def _act(self, content: dict) -> None:
        match content.get("do"):
            case action if action in ACTIONS:
                getattr(self, action)()
            case "use":
                self.use(content["name"])
            case "change":
                self.change(content["values"], content.get("unlocked"))
            case "come":
                self._views += 1
                self._pace.painted(self.frame)
            case "leave":
                self._views -= 1
                if self._views <= 0:
                    self.pause()

    # --- Without a kernel

    def page(self) -> dict:
        """Recorded trainings for a page that cannot train: see `recorded`."""
        return recorded(self._training, self._validation, self._net, self._seed)

    @property
    def alt(self) -> str:  # type: ignore[override]
        a, b = (lane["title"] for lane in self.lanes)
        return (
            f"Two trainings side by side after {self.steps} steps, A with {a} and B "
            f"with {b}: their losses, with a line at ln 10, their first filters, and "
            "the maps that these make of a digit."
        )

    def picture(self) -> Figure:
        digits = torch.from_numpy(np.frombuffer(self.digits, "<f4").copy())
        titles = [lane["title"] for lane in self.lanes]
        return still(self._trainer.lanes, titles, digits.view(10, 1, 28, 28)[7])


_MONITORS: weakref.WeakSet[TrainingMonitor] = weakref.WeakSet()


def _end(trainer: Trainer) -> None:
    trainer.stop(2.0)


def check_finite(name: str, lane: Lane) -> None:
    """ValueError unless all weights of the lane are finite numbers."""
    if not all(p.isfinite().all() for p in lane.net.parameters()):
        raise ValueError(
            f"The weights of {name} are no finite numbers any more; press Reset and "
            "train with a smaller lr."
        )
