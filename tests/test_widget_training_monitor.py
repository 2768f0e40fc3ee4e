"""TrainingMonitor without a browser: the trainings, their thread, what is sent."""

import gc
import math
import random
import threading
import time
import weakref
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import PATIENCE, is_one_sentence, mnist_splits

from mnist_tutorial import data, museum, train
from mnist_tutorial.data import Split
from mnist_tutorial.model import ConvNet
from mnist_tutorial.widgets.training_monitor import lanes as lanes_module
from mnist_tutorial.widgets.training_monitor import pace, recorded
from mnist_tutorial.widgets.training_monitor.frames import (
    condensed,
    first_maps,
    one_of_each,
    summary,
    thinned,
)
from mnist_tutorial.widgets.training_monitor.lanes import (
    Lane,
    Lanes,
    Snapshots,
    dealt,
    first_net,
)
from mnist_tutorial.widgets.training_monitor.settings import BUGS, Setting
from mnist_tutorial.widgets.training_monitor.trainer import Trainer
from mnist_tutorial.widgets.training_monitor.widget import TrainingMonitor

WIDTH = 2


@pytest.fixture(scope="module")
def parts():
    """Few images: A and B of width 2 take a few milliseconds for a step."""
    training, validation, _ = mnist_splits()
    return (
        data.Split(training.images[:640], training.labels[:640]),
        data.Split(validation.images[:100], validation.labels[:100]),
    )


@pytest.fixture
def monitor(parts):
    monitor = TrainingMonitor(*parts, images=640, width=WIDTH)
    yield monitor
    monitor.close()
    wait(lambda: not threads())


def threads():
    return [t for t in threading.enumerate() if t.name == "TrainingMonitor"]


def wait(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def settled(monitor):
    """How many steps were made once the thread waits, or is gone."""
    trainer = monitor._trainer
    wait(lambda: not trainer.alive or trainer.idle)
    return now(monitor)


def now(monitor):
    return monitor._trainer.lanes.steps


def click(monitor, do, **content):
    """A click in the view, on whichever thread the kernel lets callbacks run."""
    monitor._handle_custom_msg({"do": do, "id": do, **content}, [])
    assert monitor.heard == do


@pytest.fixture
def slow_step(monkeypatch):
    """A step of training that goes on until the test lets it end."""
    ends = threading.Event()
    monkeypatch.setattr(lanes_module.Lanes, "step", lambda self, **_: ends.wait())
    yield ends
    ends.set()


def click_beside(monitor, do):
    """A click on a thread of its own, which must not wait for the training."""
    other = threading.Thread(target=click, args=(monitor, do), daemon=True)
    other.start()
    other.join(PATIENCE)
    assert not other.is_alive(), f"{do} waits for the step that is under way"


def same_weights(a, b):
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


def floats(content):
    return torch.from_numpy(np.frombuffer(content, "<f4").copy())


# --- The pace of frames


def test_a_frame_waits_until_the_last_was_painted_and_its_time_has_come(monkeypatch):
    now = SimpleNamespace(perf_counter=lambda: now.at, at=0.5)
    monkeypatch.setattr(pace, "time", now)
    fresh = pace.Pace()
    assert fresh.allows(0) and not fresh.allows(1)
    fresh.painted(2)
    fresh.painted(1)  # late news of an older one
    assert fresh.allows(2) and not fresh.allows(3)
    fresh.sent(0.0012)
    assert fresh.due == pytest.approx(0.5 + 0.2)
    fresh.painted(3, 0.0018)  # the two together: 3 ms are 0.6 % of half a second
    assert fresh.due == pytest.approx(0.5 + 0.5)
    assert not fresh.allows(3)
    now.at = fresh.due
    assert fresh.allows(3)


# --- The trainings, without thread or widget


def test_the_first_weights_are_those_of_the_seed_and_leave_no_trace():
    before = torch.get_rng_state()
    net = first_net(3, WIDTH)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    assert same_weights(net, ConvNet(WIDTH))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_lane_a_equals_a_plain_loop_bit_for_bit(parts, momentum):
    settings = Setting(0.1, momentum), Setting(0.01, momentum)
    lanes = Lanes(*parts, settings, seed=1, net=first_net(1, WIDTH))
    for k in range(23):  # into the third epoch
        lanes.step(inspect=k % 5 == 2)
        assert not lanes.evaluate()  # it is time after 50 steps
    net = first_net(1, WIDTH).to(memory_format=torch.channels_last)
    batches = data.Batches(*parts[0], seed=1)
    dealt = (batch for epoch in range(3) for batch in batches.epoch(epoch))
    steps = train.steps(net, dealt, train.sgd(net, 0.1, momentum))
    assert lanes.lanes[0].losses == train.floats(islice(steps, 23))
    assert same_weights(lanes.lanes[0].net, net)
    assert not same_weights(lanes.lanes[1].net, net)


def test_a_trainer_is_idle_while_its_thread_waits_and_at_no_other_time(parts):
    settings = Setting(0.1, 0.0), Setting(0.01, 0.0)
    trainer = Trainer(Lanes(*parts, settings, net=first_net(1, WIDTH)), lambda: None)
    assert not trainer.idle
    trainer.pause()
    wait(lambda: trainer._waits)
    assert trainer.idle
    trainer.stop(PATIENCE)
    assert not trainer.idle


def test_with_the_same_settings_both_lanes_do_the_same(parts):
    lanes = Lanes(*parts, (Setting(), Setting()), net=first_net(0, WIDTH))
    for _ in range(3):
        lanes.step()
    a, b = lanes.lanes
    assert a.losses == b.losses and same_weights(a.net, b.net)
    while lanes.evaluate():
        pass
    assert len(lanes.disagreements()) == 0


def test_a_small_step_changes_the_loss_as_the_gradient_predicts(parts):
    small, large = (
        Lane(first_net(0, WIDTH), parts[0], Setting(lr)) for lr in (1e-3, 2)
    )
    for lane in (small, large):
        batch = next(dealt(parts[0], 64, 0))
        before = F.cross_entropy(lane.net(batch[0]), batch[1])
        gradients = torch.autograd.grad(before, list(lane.net.parameters()))
        expected = -lane.lr * sum((g**2).sum() for g in gradients).item()
        lane.inspect()
        after = F.cross_entropy(lane.net(batch[0]), batch[1])
        assert lane.look.step == 1 and lane.losses == [before.item()]
        assert lane.look.predicted == pytest.approx(expected, rel=1e-3)
        assert lane.look.real == pytest.approx((after - before).item(), abs=1e-6)
        assert lane.look.predicted < 0
    assert small.look.real == pytest.approx(small.look.predicted, rel=0.05)
    assert large.look.real > 0.9 * large.look.predicted  # falls less than a line
    small.step()
    assert small.look is None


def test_momentum_is_part_of_the_predicted_change(parts):
    lane = Lane(first_net(0, WIDTH), parts[0], Setting(1e-4, 0.9))
    for _ in range(10):
        lane.inspect()
    rough = Lane(first_net(0, WIDTH), parts[0], Setting(1e-4))
    for _ in range(10):
        rough.inspect()
    assert lane.look.real == pytest.approx(lane.look.predicted, rel=0.05)
    assert lane.look.predicted < 3 * rough.look.predicted  # both below 0


def test_each_bug_differs_from_the_healthy_run(parts):
    healthy = Lane(first_net(0, WIDTH), parts[0], Setting())
    for _ in range(3):
        healthy.step()
    for name in BUGS:
        lane = Lane(first_net(0, WIDTH), parts[0], Setting(bug=name))
        for _ in range(3):
            lane.step()
        same = lane.losses == healthy.losses and same_weights(lane.net, healthy.net)
        assert same == (name == "none"), name


def test_bugs_do_what_their_names_say(parts):
    training = parts[0]

    def lane(bug):
        result = Lane(first_net(0, WIDTH), training, Setting(bug=bug))
        result.step()
        return result

    start = first_net(0, WIDTH)
    assert same_weights(lane("stale optimizer").net, start)
    cut = lane("gradient cut").net
    assert torch.equal(cut.conv1.weight, start.conv1.weight)
    assert not torch.equal(cut.fc3.weight, start.fc3.weight)
    kept = lane("no zero_grad")
    first = kept.net.fc3.bias.grad.clone()
    images, labels = next(kept._batches)
    loss = F.cross_entropy(kept.net(images), labels)
    (second,) = torch.autograd.grad(loss, [kept.net.fc3.bias])
    next(kept.setup.steps(kept.net, [(images, labels)], kept.optimizer))
    torch.testing.assert_close(kept.net.fc3.bias.grad, first + second)
    assert abs(lane("not rescaled").losses[0] - math.log(10)) > 0.3
    assert abs(lane("none").losses[0] - math.log(10)) < 0.1


def test_a_loss_that_is_no_number_stops_only_its_own_lane(parts):
    settings = Setting(1e6), Setting(0.01)
    lanes = Lanes(*parts, settings, net=first_net(0, WIDTH))
    for _ in range(20):
        lanes.step()
    a, b = lanes.lanes
    assert "no finite number" in a.broken and a.broken.endswith(".")
    assert len(a.losses) < 20 == len(b.losses)
    assert not b.broken and not lanes.broken
    assert not math.isfinite(a.losses[-1])
    assert summary(a)["last"] is None and summary(a)["broken"] == a.broken
    assert np.isfinite(condensed(a.losses)).all()


@pytest.mark.parametrize("bug", BUGS)
def test_every_set_up_can_be_looked_into_and_handed_out_without_its_bug(parts, bug):
    lane = Lane(first_net(0, WIDTH), parts[0], Setting(bug=bug))
    lane.inspect()
    assert lane.look.step == 1 and math.isfinite(lane.look.predicted)
    net = lane.copied()
    assert all(weight.grad is None for weight in net.parameters())
    train.predict(net, parts[1].images)
    net(parts[1].images).sum().backward()
    assert all(weight.grad is not None for weight in net.parameters())


def test_a_lane_that_is_broken_takes_no_step_and_has_nothing_to_look_at(parts):
    lane = Lane(first_net(0, WIDTH), parts[0], Setting())
    assert lane.preds.shape == (0,) and lane.look is None
    lane.inspect()
    lane.broken = "The loss is no finite number."
    for take in (lane.inspect, lane.step):
        take()
        assert lane.look is None and len(lane.losses) == 1
    assert not lane.due


def test_lanes_begin_with_the_network_of_the_course(parts):
    a, b = Lanes(*parts, seed=3).lanes
    assert same_weights(a.net, first_net(3, 32)) and same_weights(b.net, a.net)
    assert same_weights(first_net(), first_net(0, 32))
    assert (a.setting, b.setting) == (Setting(), Setting(lr=0.01))
    assert Setting() == (0.1, 0, 64, "none")


def test_evaluations_come_every_fifty_steps_for_both(parts, monkeypatch):
    monkeypatch.setattr(lanes_module, "EVERY", 5)
    lanes = Lanes(*parts, net=first_net(0, WIDTH))
    for _ in range(11):
        while lanes.evaluate():
            pass
        lanes.step()
    for lane in lanes.lanes:
        assert [check.step for check in lane.checks] == [0, 5, 10]
        first = lane.checks[0].evaluation
        assert first == train.evaluate(first_net(0, WIDTH), *parts[1])
    different = lanes.lanes[0].preds != lanes.lanes[1].preds
    assert torch.equal(lanes.disagreements(), different.nonzero().flatten())


def test_snapshots_thin_out_and_keep_the_first(parts):
    lanes = Lanes(*parts, net=first_net(0, WIDTH)).lanes
    snapshots = Snapshots(every=1)
    for step in range(300):
        snapshots.take(step, lanes)
    assert len(snapshots.steps) <= lanes_module.KEPT == 48
    assert snapshots.steps == list(range(0, 300, snapshots.every))
    assert len(snapshots.filters) == len(snapshots.steps)
    assert snapshots.filters[0].shape == (2, WIDTH, 10)


def test_the_digits_to_look_at_are_the_first_of_each_class(parts):
    images, labels = parts[1]
    first = [labels.tolist().index(k) for k in range(10)]
    assert torch.equal(one_of_each(parts[1]), images[first])
    without = data.Split(images[labels != 3], labels[labels != 3])
    assert torch.equal(one_of_each(without)[3], without.images[0])


def test_a_run_keeps_its_filters_at_every_tenth_step(parts):
    lanes = Lanes(*parts, net=first_net(0, WIDTH))
    for _ in range(21):
        lanes.step()
    assert lanes.snapshots.steps == [0, 10, 20]
    now = torch.stack([lane.first_filters() for lane in lanes.lanes])
    assert not torch.equal(lanes.snapshots.filters[0], lanes.snapshots.filters[2])
    assert not torch.equal(lanes.snapshots.filters[2], now)


def test_a_recorded_run_ends_with_a_record_and_has_checks_on_its_way():
    assert recorded.STEPS == 160 and recorded.STEPS % recorded.EVERY == 0
    assert (recorded.EVERY, recorded.CHECKED) == (10, 50)


@pytest.mark.parametrize("lr, moves", [(0.05, True), (1e30, False)])
def test_a_recorded_run_keeps_filters_that_are_numbers(parts, monkeypatch, lr, moves):
    monkeypatch.setattr(recorded, "STEPS", 2 * recorded.EVERY)
    lane = Lane(first_net(0, WIDTH), parts[0], Setting(lr))
    before = lane.first_filters()
    kept, read = recorded._run(lane, parts[1])
    assert len(kept) == 3 and torch.equal(kept[0], before)
    assert bool(lane.broken) is not moves
    now = lane.first_filters() if moves else before
    assert torch.equal(kept[2], now) and torch.equal(kept[1], now) is not moves
    assert torch.equal(read[-1], lane.preds)


def test_maps_of_the_filters_are_those_of_the_network(parts):
    lane = Lane(first_net(0, WIDTH), parts[0], Setting())
    image = parts[1].images[0]
    expected = F.relu(lane.net.conv1(image[None]))[0]
    torch.testing.assert_close(first_maps(lane.first_filters(), image), expected)


def test_a_condensed_curve_keeps_mean_and_extremes():
    losses = [float(k % 7) for k in range(1000)]
    rows = condensed(losses)
    assert len(rows) <= 240 and rows[:, 2].min() == 0 and rows[:, 3].max() == 6
    sizes = np.full(len(rows), 8)
    sizes[-1] = 1000 - sizes[:-1].sum()
    assert (rows[:, 1] * sizes).sum() == pytest.approx(sum(losses), rel=1e-5)
    assert condensed([2.0, 3.0]).tolist() == [[1, 2, 2, 2], [2, 3, 3, 3]]
    assert condensed([]).shape == (0, 4) == condensed([math.nan]).shape
    assert condensed([4.0] * 240).shape == (240, 4)
    assert condensed([4.0] * 241).shape == (121, 4)
    for k, (step, mean, low, high) in enumerate(rows.tolist()):
        some = losses[8 * k : 8 * k + 8]
        places = range(8 * k + 1, 8 * k + 1 + len(some))
        assert step == pytest.approx(np.mean(places))
        assert (low, high) == (min(some), max(some))
        assert mean == pytest.approx(np.mean(some), rel=1e-6)


def test_of_many_checks_some_are_shown_with_the_first_and_the_last():
    assert thinned([]) == [] and thinned([7]) == [7]
    every = list(range(121))
    assert thinned(every[:120]) == every[:120]
    assert thinned(every) == every[::2]
    assert thinned(list(range(500))) == [*range(0, 500, 5), 499]


# --- The buttons


def test_nothing_is_computed_before_a_click(monitor, monkeypatch):
    monkeypatch.setattr(train, "steps", None)
    monkeypatch.setattr(train, "predict", None)
    monitor._repr_mimebundle_()
    assert monitor.state == "ready" and monitor.steps == 0 and not threads()
    assert [lane["checks"] for lane in monitor.lanes] == [[], []]


def test_start_pause_and_go_on(monitor):
    click(monitor, "start")
    assert monitor.state == "running"
    wait(lambda: now(monitor) >= 3)
    click(monitor, "pause")
    assert monitor.state == "paused"
    steps = settled(monitor)
    time.sleep(0.1)
    assert now(monitor) == steps == monitor.steps and threads()
    assert [lane["steps"] for lane in monitor.lanes] == [steps, steps]
    click(monitor, "start")
    wait(lambda: now(monitor) > steps)


@pytest.mark.parametrize("do", ["start", "pause", "step", "stop", "reset"])
def test_no_click_waits_for_a_step_to_end(monitor, slow_step, do):
    click(monitor, "start")
    wait(lambda: not monitor._trainer.idle and threads())
    click_beside(monitor, do)


def test_stop_ends_the_thread_within_a_step_and_start_goes_on(monitor):
    click(monitor, "start")
    wait(lambda: now(monitor) >= 2)
    steps = now(monitor)
    click(monitor, "stop")
    wait(lambda: not threads())
    assert steps <= now(monitor) <= steps + 2
    assert monitor.state == "stopped" and monitor.steps == now(monitor)
    ended = now(monitor)
    click(monitor, "start")
    wait(lambda: now(monitor) > ended)
    assert monitor.state == "running" and len(threads()) == 1


def test_a_step_is_one_step_and_tells_its_two_changes(monitor):
    click(monitor, "step")
    assert settled(monitor) == 1 and monitor.state == "paused"
    for shown, lane in zip(monitor.lanes, monitor._trainer.lanes.lanes, strict=True):
        assert shown["look"] == list(lane.look) and shown["look"][0] == 1
        assert shown["first"] == lane.losses[0]
    for _ in range(3):
        click(monitor, "step")
    assert settled(monitor) == 4
    click(monitor, "start")
    wait(lambda: now(monitor) > 6)
    click(monitor, "step")
    settled(monitor)
    assert monitor.state == "paused" and monitor.lanes[0]["look"]


def test_paused_and_running_steps_make_the_same_run(monitor, parts):
    click(monitor, "step")
    assert settled(monitor) == 1
    click(monitor, "start")
    wait(lambda: now(monitor) >= 6)
    click(monitor, "pause")
    steps = settled(monitor)
    plain = Lanes(*parts, net=first_net(0, WIDTH))
    for _ in range(steps):
        plain.step()
    for lane, expected in zip(monitor._trainer.lanes.lanes, plain.lanes, strict=True):
        assert lane.losses == expected.losses and same_weights(lane.net, expected.net)


def test_steps_taken_at_once_are_those_of_a_run_and_start_goes_on(monitor, parts):
    monitor.train(3)
    assert (monitor.state, monitor.steps) == ("stopped", 3)
    plain = Lanes(*parts, net=first_net(0, WIDTH))
    for _ in range(3):
        plain.step()
    for lane, expected in zip(monitor._trainer.lanes.lanes, plain.lanes, strict=True):
        assert lane.losses == expected.losses and same_weights(lane.net, expected.net)
    assert monitor.lanes[1]["steps"] == 3 and floats(monitor.curves).shape == (24,)
    assert not threads()
    click(monitor, "start")
    wait(lambda: now(monitor) > 3)


def test_reset_goes_back_to_the_first_weights(monitor):
    click(monitor, "start")
    wait(lambda: now(monitor) >= 3)
    click(monitor, "reset")
    assert monitor.state == "ready" and monitor.steps == 0 == now(monitor)
    wait(lambda: not threads())
    time.sleep(0.05)
    assert monitor.state == "ready" and monitor.steps == 0 and monitor.marks == [0]
    first = first_net(0, WIDTH)
    for lane in monitor._trainer.lanes.lanes:
        assert same_weights(lane.net, first)


def test_a_dragged_rate_works_from_the_next_step_on(monitor, parts):
    click(monitor, "step")
    assert settled(monitor) == 1
    click(monitor, "change", values={"lr": [0.1, 0.3]})
    click(monitor, "step")
    assert settled(monitor) == 2
    net = first_net(0, WIDTH).to(memory_format=torch.channels_last)
    batches = data.Batches(*parts[0]).epoch()
    train.train_epoch(net, [next(batches)], train.sgd(net, 0.01))
    train.train_epoch(net, [next(batches)], train.sgd(net, 0.3))
    assert same_weights(monitor._trainer.lanes.lanes[1].net, net)
    assert monitor.settings["lr"] == [0.1, 0.3]
    assert "0.3" in monitor.lanes[1]["title"]


def test_other_settings_change_only_before_a_run(monitor):
    both = {"batch_size": [32, 32], "bug": ["none", "two softmaxes"]}
    click(monitor, "change", values=both, unlocked="bug")
    assert monitor.unlocked == "bug" and not monitor.message
    assert monitor._trainer.lanes.lanes[1].setting.bug == "two softmaxes"
    assert monitor.settings["lr"] == [0.1, 0.1]  # locked: A's value for both
    click(monitor, "change", values={"momentum": [0, 0.9]})
    assert "Only bug may differ" in monitor.message
    assert is_one_sentence(monitor.message) and monitor.settings["momentum"] == [0, 0]
    click(monitor, "step")
    assert settled(monitor) == 1
    click(monitor, "change", values={"momentum": [0.9, 0.9]})
    assert "Reset" in monitor.message and monitor.settings["momentum"] == [0, 0]
    click(monitor, "change", values={"lr": [0.2, 0.2]})
    assert monitor.message == ""


@pytest.mark.parametrize(
    "values",
    [
        {"lr": [0.1, 0]},
        {"lr": [math.nan, 0.1]},
        {"lr": [0.1]},
        {"lr": "fast"},
        {"momentum": [0, 1]},
        {"lr": [math.inf, 0.1]},
        {"lr": 3},
        {"lr": [0.1, 0.1, 0.1]},
        {"momentum": [-0.1, 0]},
        {"batch_size": [64, 1.5]},
        {"batch_size": [0, 64]},
        {"bug": ["none", "unknown"]},
        {"depth": [1, 2]},
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence_in_the_widget(monitor, values):
    before = dict(monitor.settings)
    click(monitor, "change", values=values)
    assert is_one_sentence(monitor.message) and monitor.settings == before
    click(monitor, "step")
    assert settled(monitor) == 1


def test_there_is_no_setting_but_those_of_a_training(monitor):
    with pytest.raises(ValueError, match="no setting 'depth'; choose one of lr, mom"):
        monitor.change({}, "depth")
    assert monitor.unlocked == "lr"


def test_the_outermost_settings_are_taken(parts):
    least = Split(*(part[:1] for part in parts[0]))
    monitor = TrainingMonitor(least, parts[1], batch_size=1, width=WIDTH)
    monitor.change({"momentum": [0, 0.999]}, "momentum")
    assert monitor.settings["momentum"] == [0, 0.999]
    assert monitor.settings["batch_size"] == [1, 1]


def test_of_long_splits_as_much_is_used_as_it_says(parts):
    (images, labels), _ = parts
    long = Split(images[:1].expand(10_001, -1, -1, -1), labels[:1].expand(10_001))
    monitor = TrainingMonitor(long, long)
    assert monitor.different["of"] == 1000
    assert len(monitor._training.labels) == 10_000
    assert floats(monitor.filters).shape == (2 * 32 * 10,)
    assert monitor.settings["lr"] == [0.1, 0.01]
    assert monitor.settings["batch_size"] == [64, 64]


def test_used_weights_are_a_copy_for_the_notebook(monitor, parts):
    assert monitor.model is None
    click(monitor, "start")
    wait(lambda: now(monitor) >= 3)
    click(monitor, "use", name="B")
    wait(lambda: monitor.model is not None)
    click(monitor, "pause")
    assert monitor.chosen.startswith("B after ")
    net, steps = monitor.model, int(monitor.chosen.split()[2])
    plain = Lanes(*parts, net=first_net(0, WIDTH))
    for _ in range(steps):
        plain.step()
    assert same_weights(net, plain.lanes[1].net) and not net.training
    assert net.conv2.weight.is_contiguous()
    train.evaluate(net, *parts[1])
    click(monitor, "stop")
    click(monitor, "use", name="A")
    assert monitor.chosen.startswith("A after ")
    with pytest.raises(ValueError, match="choose A or B"):
        monitor.use("C")


def test_weights_that_are_no_numbers_are_not_handed_over(monitor):
    click(monitor, "step")
    settled(monitor)
    lane = monitor._trainer.lanes.lanes[1]
    with torch.no_grad():
        lane.net.fc3.bias[3] = math.inf
    with pytest.raises(ValueError, match="weights of B are no finite") as error:
        monitor.use("B")
    assert is_one_sentence(error)
    monitor._hand_over("B", lane)  # by the thread: the last step has broken them
    assert monitor.message == str(error.value)
    assert monitor.model is None and monitor.chosen == ""
    click(monitor, "use", name="A")
    wait(lambda: monitor.chosen == "A after 1 steps")


def test_networks_of_different_age_are_not_compared(parts, monkeypatch):
    monkeypatch.setattr(lanes_module, "EVERY", 5)
    lanes = Lanes(*parts, (Setting(0.1), Setting(1e6)), net=first_net(0, WIDTH))
    for _ in range(6):
        while lanes.evaluate():
            pass
        lanes.step()
    a, b = lanes.lanes
    assert [lane.checks[-1].step for lane in (a, b)] == [5, 0] and b.broken
    a.preds = 9 - b.preds
    assert len(lanes.disagreements()) == 0


def test_callbacks_may_come_on_the_main_thread_or_on_another(monitor):
    """ipykernel 7.4 calls them on the main thread, 7.0 to 7.3 on a subshell's."""
    for do, state in [
        *(("start", "running"), ("pause", "paused"), ("step", "paused")),
        *(("stop", "stopped"), ("start", "running"), ("reset", "ready")),
    ]:
        click_beside(monitor, do)
        assert monitor.state == state
    click(monitor, "start")
    wait(lambda: now(monitor) >= 2)
    for do in ("pause", "start", "stop"):
        threading.Thread(target=click, args=(monitor, do)).start()
    wait(lambda: not threads() or monitor.state != "stopped")


def test_the_notebooks_random_numbers_are_not_disturbed(parts):
    torch.manual_seed(5)
    state, python_state = torch.get_rng_state(), random.getstate()
    monitor = TrainingMonitor(*parts, images=640, width=WIDTH)
    monitor.change({"lr": [0.1, 0.1], "bug": ["none", "labels mixed up"]}, "bug")
    monitor.start()
    wait(lambda: now(monitor) >= 12)
    monitor.reset()
    monitor.close()
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == python_state
    wait(lambda: not threads())


def test_the_thread_ends_with_its_widget(parts):
    monitor = TrainingMonitor(*parts, images=640, width=WIDTH)
    monitor.start()
    time.sleep(0.1)
    monitor.close()
    wait(lambda: not threads())
    gone = weakref.ref(monitor)
    del monitor
    gc.collect()
    assert gone() is None


def test_one_training_pauses_the_other(monitor, parts):
    other = TrainingMonitor(*parts, images=640, width=WIDTH)
    click(monitor, "start")
    click(other, "start")
    assert monitor.state == "paused" and other.state == "running"
    other.close()
    wait(lambda: len(threads()) <= 1)


def test_the_thread_keeps_no_program_alive(monitor):
    click(monitor, "start")
    wait(threads)
    assert all(thread.daemon for thread in threads())


def test_steps_taken_at_once_stop_this_training_and_pause_the_others(monitor, parts):
    other = TrainingMonitor(*parts, images=640, width=WIDTH)
    for one in (other, monitor):
        click(one, "start")
    click(other, "start")
    other.train(1)
    assert other.state == "stopped"
    click(other, "start")
    monitor.train(1)
    assert monitor.state == "stopped" and other.state == "paused"
    click(other, "start")
    click(monitor, "step")
    assert other.state == "paused"
    other.close()
    wait(lambda: len(threads()) <= 1)


def test_buttons_that_have_nothing_to_do_do_nothing(monitor):
    for do in ("pause", "stop"):
        click(monitor, do)
        assert monitor.state == "ready"
    click(monitor, "dance")
    assert monitor.state == "ready" and not monitor.message and not threads()


def test_when_the_last_view_is_gone_the_training_pauses(monitor):
    click(monitor, "come")
    click(monitor, "come")
    click(monitor, "start")
    click(monitor, "leave")
    assert monitor.state == "running"
    click(monitor, "leave")
    assert monitor.state == "paused"


def test_an_error_in_the_thread_is_shown_and_ends_it(monitor, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)

    def fail(*arguments):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(museum.Setup, "steps", fail)
    click(monitor, "start")
    wait(lambda: not threads())
    assert "out of memory" in monitor.message and monitor.state == "stopped"
    monkeypatch.undo()
    click(monitor, "reset")
    click(monitor, "step")
    assert settled(monitor) == 1
    assert monitor.message == ""


def test_when_both_lanes_break_the_training_stops(monitor):
    click(monitor, "change", values={"lr": [1e6, 1e6]})
    click(monitor, "start")
    wait(lambda: not threads())
    assert monitor.state == "stopped"
    assert all("no finite number" in lane["broken"] for lane in monitor.lanes)


# --- What is sent


def test_no_frame_is_sent_before_the_last_one_was_painted(monitor):
    sent = []
    monitor.comm.send = lambda data, **_: sent.append(data["state"].get("frame"))
    click(monitor, "start")
    wait(lambda: now(monitor) >= 40)
    frames = [frame for frame in sent if frame is not None]
    assert len(frames) <= 1  # nobody has painted it
    monitor._handle_custom_msg({"seen": monitor.frame, "ms": 1}, [])
    steps = now(monitor)
    wait(lambda: monitor.steps > steps)


def test_showing_gets_a_small_share_of_the_time(monitor, monkeypatch):
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: 7))

    def seconds_after(ms):
        monitor._pace.sent(0)
        monitor._handle_custom_msg({"seen": monitor.frame, "ms": ms}, [])
        return monitor._pace.due - 7

    assert seconds_after(6) == pytest.approx(1)  # 6 ms are 0.6 % of a second
    assert seconds_after(0.1) == pytest.approx(0.1)  # ten frames a second at most
    assert seconds_after(1000) == pytest.approx(2)


def test_a_view_that_does_not_say_what_a_frame_cost_is_not_waited_for(
    monitor, monkeypatch
):
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: 7))
    monitor._pace.sent(0)
    monitor._handle_custom_msg({"seen": monitor.frame}, [])
    assert monitor._pace.due == pytest.approx(7.1)


def test_the_recent_loss_is_the_mean_of_the_last_twenty(parts):
    (lane, _) = Lanes(*parts).lanes
    lane.losses[:] = [9.0] * 19
    assert summary(lane)["recent"] is None and summary(lane)["last"] == 9
    lane.losses += [5.0]
    assert summary(lane)["recent"] == pytest.approx(8.8)
    lane.losses += [1.0] * 10
    assert summary(lane)["recent"] == pytest.approx((9 * 9 + 5 + 10) / 20)


def test_a_frame_holds_what_the_lanes_hold(monitor):
    for _ in range(3):
        click(monitor, "step")
    assert settled(monitor) == 3
    settled(monitor)
    a, b = monitor._trainer.lanes.lanes
    curves = floats(monitor.curves).view(2, 3, 4)
    assert curves[0, :, 1].tolist() == pytest.approx(a.losses)
    assert curves[1, :, 1].tolist() == pytest.approx(b.losses)
    filters = floats(monitor.filters).view(2, WIDTH, 10)
    assert torch.equal(filters[1], b.first_filters())
    assert monitor.marks == [0] and len(monitor.snapshots) == len(monitor.filters)
    assert monitor.different["of"] == 100
    assert monitor.different["checked"] == [0, 0] and monitor.different["count"] == 0
    digits = floats(monitor.digits).view(10, 1, 28, 28)
    logits = mnist_splits().validation.images[None, :100].flatten(0, 1)
    assert all((image == logits).flatten(1).all(1).any() for image in digits)


def test_the_picture_is_small_and_says_what_it_shows(monitor):
    content = monitor._repr_mimebundle_()[0]["image/png"]
    assert 3_000 < len(content) < 100_000
    assert "lr 0.1" in repr(monitor) and "lr 0.01" in repr(monitor)
    assert repr(monitor) == repr(monitor)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, v: ((t.images, v), {}), "training must be images and labels"),
        (lambda t, v: (((t.images[:, 0], t.labels), v), {}), "training.images must be"),
        (lambda t, v: ((t, (v.images, v.labels[:5])), {}), "validation.labels must be"),
        (lambda t, v: ((t, 3), {}), "images and labels"),
        (lambda t, v: ((t, data.Split(v.images[:0], v.labels[:0])), {}), "at least 1"),
        (lambda t, v: ((t._replace(images=t.images / 0), v), {}), "finite"),
        (lambda t, v: ((t, v), {"batch_size": 0}), "A batch of 0"),
        (lambda t, v: ((t, v), {"batch_size": 641}), "A batch of 641 does not fit 640"),
        (lambda t, v: ((t, v), {"images": 32}), "A batch of 64"),
        (lambda t, v: ((t, v), {"lr": (0.1, -1)}), "lr must be"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(parts, change, words):
    arguments, options = change(*parts)
    with pytest.raises(ValueError, match=words) as error:
        TrainingMonitor(*arguments, **options)
    assert is_one_sentence(error)


def test_what_is_asked_after_a_stop_does_not_wait_for_the_thread(parts, slow_step):
    trainer, done = Trainer(Lanes(*parts, net=first_net(0, WIDTH)), lambda: None), []
    trainer.run()
    wait(threads)
    trainer.stop()
    assert trainer.alive  # until its step has ended
    trainer.do(lambda: done.append("asked"))
    assert done == ["asked"]
    slow_step.set()
    wait(lambda: not threads())
    assert done == ["asked"]


def test_what_is_asked_of_a_pause_is_done_between_two_steps(parts):
    trainer, done = Trainer(Lanes(*parts, net=first_net(0, WIDTH)), lambda: None), []
    trainer.pause()
    trainer.do(lambda: done.append(threading.current_thread().name))
    wait(lambda: done)
    assert done == ["TrainingMonitor"] and trainer.lanes.steps == 0
    trainer.stop(PATIENCE)
    assert not trainer.alive


def test_a_trainer_without_thread_does_a_job_at_once(parts):
    trainer, done = Trainer(Lanes(*parts, net=first_net(0, WIDTH)), lambda: None), []
    trainer.do(lambda: done.append(threading.current_thread()))
    assert done == [threading.current_thread()] and not trainer.alive
