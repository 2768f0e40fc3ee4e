"""The loop does what its formulas say, and stops and goes on between two steps."""

import signal
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from support import TinyNet, is_one_sentence, mnist_pixels, same_state, tiny_run
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

from mnist_tutorial import checkpoint, data, model, train


def small_net(seed=0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return model.ConvNet(width=2).double()


def some_batches(n=4, size=6, seed=0) -> list:
    generator = torch.Generator().manual_seed(seed)
    return [
        (
            torch.randn(size, 1, 28, 28, generator=generator, dtype=torch.float64),
            torch.randint(0, 10, (size,), generator=generator),
        )
        for _ in range(n)
    ]


# Steps


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_steps_equal_a_loop_written_by_hand(momentum, decay):
    net, batches = small_net(), some_batches()
    twin = deepcopy(net)
    optimizer = train.sgd(net, lr=0.1, momentum=momentum, weight_decay=decay)
    halve = LambdaLR(optimizer, lambda step: 0.5**step)
    losses = train.floats(train.steps(net, batches, optimizer, halve))

    weights = list(twin.parameters())
    velocities = [torch.zeros_like(w) for w in weights]
    for step, (images, labels) in enumerate(batches):
        log_probs = twin(images).log_softmax(1)
        loss = -log_probs[range(len(labels)), labels].mean()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, v, g in zip(weights, velocities, gradients, strict=True):
                pull = g + decay * w
                v.mul_(momentum).add_(pull)
                w.sub_(0.1 * 0.5**step * (pull + momentum * v))  # Nesterov's
        assert losses[step] == pytest.approx(loss.item(), rel=1e-12)
    for name, tensor in twin.state_dict().items():
        torch.testing.assert_close(
            net.state_dict()[name], tensor, rtol=1e-10, atol=1e-13
        )


def test_steps_do_nothing_before_they_are_asked_for():
    net, batches = small_net(), some_batches()
    before = deepcopy(net)
    optimizer = train.sgd(net, lr=0.1)
    walk = train.steps(net, batches, optimizer)
    assert same_state(net, before)
    next(walk)
    one = deepcopy(net)
    assert not same_state(one, before)
    walk.close()
    assert same_state(net, one)


def test_steps_train_in_training_mode():
    net = small_net().eval()
    next(train.steps(net, some_batches(), train.sgd(net, lr=0.1)))
    assert all(module.training for module in net.modules())


def test_train_epoch_gives_the_mean_of_the_losses_of_its_steps():
    net, batches = small_net(), some_batches()
    twin = deepcopy(net)
    mean = train.train_epoch(net, batches, train.sgd(net, lr=0.1))
    losses = train.floats(train.steps(twin, batches, train.sgd(twin, lr=0.1)))
    assert mean == pytest.approx(sum(losses) / 4)
    assert same_state(net, twin)


def test_the_loss_at_the_start_is_near_ln_10():
    net = small_net()
    loss = next(train.steps(net, some_batches(), train.sgd(net, lr=0.1)))
    assert loss.item() == pytest.approx(torch.tensor(10.0).log().item(), abs=0.2)


def test_one_small_batch_is_learned_by_heart():
    torch.manual_seed(0)
    net = model.ConvNet(width=8)
    pixels, labels = mnist_pixels(True)
    images, labels = data.normalise(pixels[:20]), labels[:20]
    for _ in train.steps(net, [(images, labels)] * 200, train.sgd(net, lr=0.1)):
        pass
    result = train.evaluate(net, images, labels)
    assert result.accuracy == 1
    assert result.loss < 0.1


def batches_and_their_images():
    """The same twelve images twice: as three batches, and whole, with their labels."""
    batches = some_batches(n=3, size=4)
    images, labels = (torch.cat(tensors) for tensors in zip(*batches, strict=True))
    return batches, images, labels


def flat_weights(net) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in net.parameters()])


@pytest.mark.parametrize("fit_first", [False, True])
def test_one_optimizer_may_serve_a_plain_loop_and_fit_in_turn(fit_first):
    _, images, labels = batches_and_their_images()
    dealt = data.Batches(images, labels, size=4)
    weights = []
    for uses in ((fit_first, not fit_first), (False, False)):
        net = small_net()
        optimizer = train.sgd(net, lr=0.1, momentum=0.9)
        for use_fit in uses:
            if use_fit:
                train.fit(net, dealt, (images, labels), optimizer)
            else:
                train.train_epoch(net, dealt.epoch(), optimizer)
        weights.append(flat_weights(net))
    torch.testing.assert_close(*weights, rtol=1e-9, atol=1e-12)


def test_a_state_saved_within_fit_may_go_on_in_a_plain_loop(tmp_path):
    batches, images, labels = batches_and_their_images()
    net = small_net()
    optimizer = train.sgd(net, lr=0.1, momentum=0.9)

    def save(history):
        parts = {"model": net, "optimizer": optimizer}
        checkpoint.save_state(tmp_path / "state", **parts)

    dealt = data.Batches(images, labels, size=4)
    train.fit(net, dealt, (images, labels), optimizer, on_step=save)
    loaded = small_net(seed=1)
    other = train.sgd(loaded, lr=0.1, momentum=0.9)
    checkpoint.load_state(tmp_path / "state", model=loaded, optimizer=other)
    train.train_epoch(net, batches, optimizer)
    train.train_epoch(loaded, batches, other)
    weights = flat_weights(loaded), flat_weights(net)
    torch.testing.assert_close(*weights, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_one_cycle_rises_to_the_optimizers_rate_and_falls_to_nothing(momentum):
    net = small_net()
    optimizer = train.sgd(net, lr=0.4, momentum=momentum)
    scheduler = train.one_cycle(optimizer, total_steps=100)
    rates, momenta = [], []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()  # after the last step, too
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.4)
    assert 20 < peak < 40
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[0] < 0.1 * 0.4
    assert rates[-1] < 0.001 * 0.4
    if momentum:
        assert momenta.index(min(momenta)) == peak
        assert min(momenta) == pytest.approx(momentum - 0.05)
        assert max(momenta) == pytest.approx(momentum + 0.05)
    else:
        assert set(momenta) == {0.0}


@pytest.mark.parametrize("momentum", [0.02, 0.99])
def test_one_cycle_keeps_momentum_between_0_and_1(momentum):
    optimizer = train.sgd(small_net(), lr=0.4, momentum=momentum)
    scheduler = train.one_cycle(optimizer, total_steps=20)
    for _ in range(20):
        assert 0 <= optimizer.param_groups[0]["momentum"] < 1
        optimizer.step()
        scheduler.step()


# Evaluating


def test_evaluate_gives_the_mean_loss_and_the_fraction_right():
    run = tiny_run(n=1234)
    net, images, labels = run.model.eval(), run.batches.images, run.batches.labels
    with torch.inference_mode():
        logits = net(images)
    result = train.evaluate(net, images, labels)
    assert result.loss == pytest.approx(
        F.cross_entropy(logits, labels).item(), rel=1e-5
    )
    assert result.accuracy == pytest.approx((logits.argmax(1) == labels).float().mean())
    assert type(result.loss) is type(result.accuracy) is float


def test_predict_brings_images_to_the_models_device_and_type():
    run = tiny_run()
    images, labels = run.batches.images, run.batches.labels
    double = deepcopy(run.model).double()
    logits = train.predict(double, images)
    assert logits.dtype == torch.float64
    assert logits.equal(train.predict(double, images.double()))
    elsewhere = deepcopy(run.model).to("meta")
    assert train.predict(elsewhere, images).shape == (len(images), 3)
    assert train.predict(elsewhere, images).is_meta
    flat = train.predict(torch.nn.Flatten(), images)  # a model without parameters
    assert flat.equal(images.flatten(1))
    expected = train.evaluate(double, images.double(), labels)
    assert train.evaluate(double, images, labels) == expected


def test_predict_gives_the_same_in_batches_of_any_size():
    run = tiny_run()
    logits = train.predict(run.model, run.batches.images)
    assert logits.shape == (45, 3)
    for size in (1, 7, 45, 46):
        batched = train.predict(run.model, run.batches.images, batch_size=size)
        torch.testing.assert_close(batched, logits)


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_leaves_mode_weights_statistics_and_random_numbers_alone(training):
    run = tiny_run()
    net = run.model.train(training)
    before, random = deepcopy(net), torch.get_rng_state()
    first = train.evaluate(net, *run.validation)
    assert train.evaluate(net, *run.validation) == first
    assert all(module.training is training for module in net.modules())
    assert same_state(net, before)
    assert torch.get_rng_state().equal(random)


def test_evaluate_leaves_the_mode_of_each_layer_alone():
    run = tiny_run()
    run.model.train()
    run.model.layers[1].eval()  # a frozen batch norm
    train.evaluate(run.model, *run.validation)
    assert run.model.training
    assert not run.model.layers[1].training


# Whole runs: three epochs of five steps


EPOCHS, STEPS = 3, 15


def stop_at(step: int):
    """An `on_step` that interrupts the run once, after so many steps."""

    def on_step(history):
        if len(history.losses) == step and not history.interrupted:
            signal.raise_signal(signal.SIGINT)

    return on_step


@pytest.fixture(scope="module")
def whole():
    """A run that nothing disturbed."""
    run = tiny_run()
    run.fit(EPOCHS)
    return run


def assert_like(run, whole):
    assert run.history.state_dict() == whole.history.state_dict()
    assert run.history.interrupted == whole.history.interrupted
    assert same_state(run.model, whole.model)


def test_a_run_evaluates_once_per_epoch(monkeypatch):
    modes = []

    def counted(net, *validation):
        modes.append(net.training)
        return evaluate(net, *validation)

    evaluate = train.evaluate
    monkeypatch.setattr(train, "evaluate", counted)
    run = tiny_run()
    history = run.fit(EPOCHS)
    assert history is run.history
    assert len(modes) == len(history.validation) == EPOCHS
    assert len(history.losses) == STEPS
    assert not history.interrupted
    # The layout in memory, and with it the last digits, is another after the run.
    again = evaluate(run.model, *run.validation)
    assert history.validation[-1] == pytest.approx(again, rel=1e-5)


def test_a_run_learns(whole):
    losses = whole.history.losses
    assert sum(losses[-5:]) < sum(losses[:5])
    assert whole.history.validation[-1].accuracy > 0.6


def test_a_run_is_the_plain_loop_over_its_epochs(whole):
    run = tiny_run()
    losses = []
    for epoch in range(EPOCHS):
        dealt = run.batches.epoch(epoch)
        walk = train.steps(run.model, dealt, run.optimizer, run.scheduler)
        losses += train.floats(walk)
    assert losses == pytest.approx(whole.history.losses, rel=1e-4)


def test_a_run_without_a_history_begins_a_new_one():
    run = tiny_run()
    args = (run.model, run.batches, run.validation, run.optimizer)
    first, second = train.fit(*args), train.fit(*args)
    assert first is not second
    assert len(first.losses) == len(second.losses) == 5
    assert len(first.validation) == len(second.validation) == 1


def test_an_epoch_is_dealt_from_its_first_batch_unless_it_is_said():
    batches = tiny_run().batches
    for a, b in zip(train.deal(batches, 3), batches.epoch(3), strict=True):
        assert a[0].equal(b[0]) and a[1].equal(b[1])


def test_on_step_sees_the_history_grow_by_one_step_at_a_time():
    seen = []
    tiny_run().fit(2, on_step=lambda history: seen.append(len(history.losses)))
    assert seen == list(range(1, 11))


def test_a_run_in_pieces_is_the_whole_run(whole):
    run = tiny_run()
    for epochs in range(1, EPOCHS + 1):
        run.fit(epochs)
        assert len(run.history.validation) == epochs
    assert_like(run, whole)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_stopped_at_any_step_goes_on_to_the_same_end(step, whole, unheard):
    run = tiny_run()
    history = run.fit(EPOCHS, on_step=stop_at(step))
    assert history.interrupted
    assert len(history.losses) == step
    assert len(history.validation) == (step - 1) // 5  # not yet the one of a last step
    run.fit(EPOCHS)
    assert_like(run, whole)


def test_a_run_that_goes_on_is_no_longer_called_interrupted(unheard):
    run, seen = tiny_run(), []
    assert run.fit(2, on_step=stop_at(3)).interrupted
    run.fit(2, on_step=lambda history: seen.append(history.interrupted))
    assert seen == [False] * 7


def test_a_finished_run_is_left_as_it_is(whole):
    run = tiny_run()
    run.fit(EPOCHS)
    run.fit(EPOCHS)
    run.fit(1)
    assert_like(run, whole)


def test_a_history_comes_back_from_its_plain_state(whole):
    copy = train.History()
    assert not copy.interrupted
    copy.note(torch.tensor(9.0))  # of a run that is given up
    copy.interrupted = True
    state = whole.history.state_dict()
    copy.load_state_dict(state)
    assert copy.state_dict() == state and not copy.interrupted
    assert copy.steps == len(copy.losses) == STEPS
    assert isinstance(copy.validation[0], train.Evaluation)
    copy.note(torch.tensor(0.5))
    assert copy.steps == STEPS + 1
    assert copy.losses == [*whole.history.losses, 0.5]
    assert whole.history.state_dict() == state


# Losses that stay where they were computed


def on_meta():
    """A network, optimizer and batches on a device where no number can be read.

    As on a GPU, whose every reading is a wait; there it is an error.
    """
    net = model.ConvNet(width=2).to("meta")
    images, labels = (
        torch.cat(t).to("meta") for t in zip(*some_batches(), strict=True)
    )
    batches = data.Batches(images.float(), labels, size=6)
    return net, train.sgd(net, lr=0.1, momentum=0.9), batches


def test_a_number_on_the_meta_device_cannot_be_read():
    with pytest.raises(RuntimeError, match="meta"):
        torch.zeros((), device="meta").item()


@pytest.mark.parametrize("scheduled", [False, True])
def test_no_step_reads_a_number(scheduled):
    net, optimizer, batches = on_meta()
    scheduler = train.one_cycle(optimizer, 9) if scheduled else None
    losses = list(train.steps(net, batches, optimizer, scheduler))
    assert [loss.shape for loss in losses] == [()] * 4
    assert all(loss.is_meta and not loss.requires_grad for loss in losses)


def test_a_run_reads_no_number_before_its_epoch_is_over(monkeypatch):
    net, optimizer, batches = on_meta()
    seen, evaluated = [], []

    def evaluate(*_):
        evaluated.append(len(seen))
        return train.Evaluation(0.5, 0.5)

    monkeypatch.setattr(train, "evaluate", evaluate)
    validation = (batches.images, batches.labels)
    history = train.fit(
        net,
        batches,
        validation,
        optimizer,
        epochs=2,
        on_step=lambda history: seen.append(history.steps),
    )
    assert seen == list(range(1, 9)) and evaluated == [4, 8]
    assert history.steps == 8 and len(history.validation) == 2


def test_losses_are_read_together_and_only_once(monkeypatch):
    history, reads = train.History(), []
    stack = torch.stack
    monkeypatch.setattr(torch, "stack", lambda t: reads.append(len(t)) or stack(t))
    for value in (2.5, 0.125, 7.0):
        history.note(torch.tensor(value))
    assert history.losses == history.losses == [2.5, 0.125, 7.0]
    history.note(torch.tensor(1.0))
    assert history.losses[-1] == 1.0 and history.steps == 4
    assert reads == [3, 1]


def test_no_losses_are_no_numbers():
    assert train.floats([]) == [] == train.History().losses


# Precision


@pytest.mark.parametrize("precision", train.PRECISIONS)
def test_a_step_computes_in_its_precision_and_keeps_float32_weights(precision):
    torch.manual_seed(0)
    net, seen = model.ConvNet(width=2), []
    net.fc3.register_forward_hook(lambda layer, inputs, output: seen.append(output))
    images, labels = (torch.cat(t) for t in zip(*some_batches(n=2), strict=True))
    batch = [(images.float(), labels)]
    (loss,) = train.steps(net, batch, train.sgd(net, lr=0.1), precision=precision)
    (logits,) = seen
    assert logits.dtype == getattr(torch, precision)
    assert loss.dtype == torch.float32  # or a loss would have three digits
    assert loss.item() == pytest.approx(
        F.cross_entropy(logits.float(), labels).item(), rel=1e-6
    )
    for weight in net.parameters():
        assert weight.dtype == weight.grad.dtype == torch.float32


def test_each_step_in_bfloat16_sees_the_weights_of_the_last():
    # A cast that is kept beyond its step would be of old weights.
    torch.manual_seed(0)
    net = model.ConvNet(width=2)
    ((images, labels),) = some_batches(n=1)
    batch = (images.float(), labels)
    optimizer = train.sgd(net, lr=0.5)
    walk = train.steps(net, [batch] * 2, optimizer, precision="bfloat16")
    first = next(walk)
    with torch.autocast("cpu", torch.bfloat16):
        expected = F.cross_entropy(net(batch[0]), labels)
    second = next(walk)
    assert second.equal(expected) and not second.equal(first)


def test_bfloat16_is_another_run_near_the_same():
    runs = {}
    for precision in train.PRECISIONS:
        runs[precision] = tiny_run()
        runs[precision].fit(1, precision=precision)
    exact, rounded = (run.history.losses for run in runs.values())
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("step", [1, 7, 10])
def test_a_run_in_bfloat16_goes_on_as_if_it_had_not_stopped(step, unheard, tmp_path):
    undisturbed = tiny_run()
    undisturbed.fit(EPOCHS, precision="bfloat16")
    run = tiny_run()
    run.fit(EPOCHS, on_step=stop_at(step), precision="bfloat16")
    assert run.history.interrupted and run.history.steps == step
    checkpoint.save_state(tmp_path / "state", **run.parts)
    resumed = tiny_run(seed=1)
    checkpoint.load_state(tmp_path / "state", **resumed.parts)
    resumed.fit(EPOCHS, precision="bfloat16")
    assert_like(resumed, undisturbed)


def test_an_unknown_precision_is_one_sentence_before_anything_is_trained():
    run = tiny_run()
    before = deepcopy(run.model)
    with pytest.raises(ValueError, match="float32, bfloat16") as error:
        run.fit(1, precision="float16")
    assert is_one_sentence(error)
    assert same_state(run.model, before)


# Interrupts


def interrupt_at(run, place: str, call: int):
    """Raise SIGINT at the given call of a place inside a training step."""
    calls = []

    def strike(*_):
        if run.model.training:
            calls.append(place)
            if len(calls) == call:
                signal.raise_signal(signal.SIGINT)

    weight = run.model.layers[3].weight
    {
        "forward": lambda: run.model.register_forward_hook(strike),
        "backward": lambda: weight.register_post_accumulate_grad_hook(strike),
        "before the update": lambda: run.optimizer.register_step_pre_hook(strike),
        "after the update": lambda: run.optimizer.register_step_post_hook(strike),
    }[place]()


@pytest.mark.parametrize("call", [1, 5, 8])
@pytest.mark.parametrize(
    "place", ["forward", "backward", "before the update", "after the update"]
)
def test_an_interrupt_inside_a_step_ends_the_run_after_that_step(place, call, unheard):
    run = tiny_run()
    handler = signal.getsignal(signal.SIGINT)
    interrupt_at(run, place, call)
    history = run.fit(EPOCHS)
    assert history.interrupted
    assert not unheard
    assert signal.getsignal(signal.SIGINT) is handler

    plain, losses = tiny_run(), []
    with train.channels_last(plain.model):
        while len(losses) < call:
            epoch, done = divmod(len(losses), 5)
            dealt = plain.batches.epoch(epoch, done)
            walk = train.steps(plain.model, dealt, plain.optimizer, plain.scheduler)
            losses += train.floats(islice(walk, call - len(losses)))
            if len(losses) % 5 == 0 and len(losses) < call:
                train.evaluate(plain.model, *plain.validation)
    assert history.losses == losses
    assert same_state(run.model, plain.model)


def test_an_interrupt_inside_an_evaluation_does_not_lose_it(whole, unheard):
    run = tiny_run()
    strikes = iter([signal.SIGINT])

    def strike(net, *_):
        if not net.training:
            for number in strikes:
                signal.raise_signal(number)

    run.model.register_forward_hook(strike)
    history = run.fit(EPOCHS)
    assert history.interrupted
    assert len(history.validation) == 1
    assert not unheard
    run.fit(EPOCHS)
    assert_like(run, whole)


def test_an_interrupt_inside_the_last_evaluation_is_said(whole, unheard):
    run = tiny_run()
    run.fit(EPOCHS - 1)
    seen = []

    def strike(net, *_):
        if not net.training:
            seen.append(len(run.history.losses))
            signal.raise_signal(signal.SIGINT)

    run.model.register_forward_hook(strike)
    history = run.fit(EPOCHS)
    assert set(seen) == {STEPS}
    assert history.interrupted
    assert len(history.validation) == EPOCHS
    assert not unheard
    run.model._forward_hooks.clear()
    assert not run.fit(EPOCHS).interrupted
    assert_like(run, whole)


# Loaders of other makes


def a_loader(run, **settings) -> DataLoader:
    dataset = TensorDataset(run.batches.images, run.batches.labels)
    own_chance = torch.Generator()  # or each pass would draw from the dropout's
    return DataLoader(dataset, batch_size=10, generator=own_chance, **settings)


def test_a_data_loader_is_learned_from_as_in_a_plain_loop():
    run = tiny_run()
    args = (run.validation, run.optimizer, run.scheduler)
    history = train.fit(run.model, a_loader(run), *args, epochs=2)
    plain, losses = tiny_run(), []
    for _ in range(2):
        loader = a_loader(plain)
        walk = train.steps(plain.model, loader, plain.optimizer, plain.scheduler)
        losses += train.floats(walk)
    assert history.losses == pytest.approx(losses, rel=1e-4)
    assert len(history.validation) == 2


def test_a_run_on_a_data_loader_goes_on_at_the_batch_where_it_stopped(unheard):
    histories = []
    for stops in ([None], [stop_at(7), None]):
        run = tiny_run()
        args = (run.validation, run.optimizer, run.scheduler)
        for on_step in stops:
            how = {"epochs": 2, "history": run.history, "on_step": on_step}
            train.fit(run.model, a_loader(run), *args, **how)
            assert len(run.history.losses) == (7 if on_step else 10)
        histories.append(run.history.losses)
    assert histories[1] == pytest.approx(histories[0], rel=1e-4)


class Promises(list):
    """A length, and nothing behind it."""

    def __len__(self):
        return 3


BAD_DATA = {
    "a generator": (lambda run: iter(()), None),
    "an empty list": (lambda run: [], None),
    "a number": (lambda run: 3, None),
    "a promise": (lambda run: Promises(), None),
    "no pair": (lambda run: run.batches, torch.zeros(2, 1, 8, 8)),
    "a loader to evaluate on": (lambda run: run.batches, Promises()),
    "arrays": (lambda run: run.batches, ([1], [2])),
}


@pytest.mark.parametrize(("batches", "validation"), BAD_DATA.values(), ids=BAD_DATA)
def test_what_cannot_be_learned_from_is_one_sentence(batches, validation):
    run = tiny_run()
    before = deepcopy(run.model)
    if validation is None:
        validation = run.validation
    with pytest.raises(ValueError) as error:
        train.fit(run.model, batches(run), validation, run.optimizer)
    assert is_one_sentence(error)
    assert same_state(run.model, before)


def test_an_optimizer_that_wants_a_closure_is_one_sentence_and_nothing_changes():
    run = tiny_run()
    before = deepcopy(run.model)
    optimizer = torch.optim.LBFGS(run.model.parameters())
    with pytest.raises(ValueError, match="LBFGS asks for a closure") as error:
        train.fit(run.model, run.batches, run.validation, optimizer)
    assert is_one_sentence(error)
    assert same_state(run.model, before)
    assert all(p.grad is None for p in run.model.parameters())


@pytest.mark.parametrize("name", ["SGD", "AdamW", "Adadelta", "RMSprop", "Rprop"])
def test_an_optimizer_whose_closure_may_be_left_out_trains(name):
    run = tiny_run()
    optimizer = getattr(torch.optim, name)(run.model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)  # it wraps the step
    history = train.fit(run.model, run.batches, run.validation, optimizer, scheduler)
    assert len(history.losses) == len(run.batches)


def test_after_an_error_in_a_run_interrupts_are_handled_as_before(unheard):
    run = tiny_run()
    handler = signal.getsignal(signal.SIGINT)

    def fail(history):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run.fit(EPOCHS, on_step=fail)
    assert signal.getsignal(signal.SIGINT) is handler
    assert len(run.history.losses) == 1


def test_a_run_in_another_thread_gives_the_same_and_leaves_signals_alone(whole):
    handler = signal.getsignal(signal.SIGINT)
    seen = []

    def in_thread():
        run = tiny_run()
        run.fit(EPOCHS, on_step=lambda _: seen.append(signal.getsignal(signal.SIGINT)))
        return run

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(in_thread).result()
    assert_like(run, whole)
    assert set(seen) == {handler}


# Memory layout


def strides(net) -> list:
    return [weight.stride() for weight in net.parameters()]


def test_training_is_channels_last_inside_and_contiguous_afterwards():
    run = tiny_run()
    before, inside = strides(run.model), []
    run.fit(1, on_step=lambda _: inside.append(strides(run.model)))
    assert strides(run.model) == before
    assert all(weight.is_contiguous() for weight in run.model.parameters())
    layout = torch.channels_last
    weight = torch.empty_like(run.model.layers[3].weight, memory_format=layout)
    assert {layers[4] for layers in inside} == {weight.stride()} != {before[4]}


def test_the_layout_is_restored_after_an_error():
    net = TinyNet()
    before, state = strides(net), deepcopy(net)
    with pytest.raises(ZeroDivisionError), train.channels_last(net):
        assert strides(net) != before
        assert same_state(net, state)
        raise ZeroDivisionError
    assert strides(net) == before
    assert same_state(net, state)


def test_the_optimizer_still_has_the_models_own_weights_after_a_run():
    run = tiny_run()
    run.fit(1)
    held = run.optimizer.param_groups[0]["params"]
    for mine, other in zip(held, run.model.parameters(), strict=True):
        assert mine is other
