"""The museum: each bug is one wrong part, and each check objects to what it names."""

import copy
import math
from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F
from support import mnist_splits
from torch import nn

from mnist_tutorial import model, museum, train
from mnist_tutorial.data import Split
from mnist_tutorial.museum import CHECKS, MUSEUM, Setup, Trial

HEALTHY = Setup()


@pytest.fixture(scope="module")
def training():
    images, labels = mnist_splits().train
    return Split(images[:192], labels[:192])


@pytest.fixture
def net():
    torch.manual_seed(0)
    return museum.small_net()


def trained(setup, net, training):
    """A copy of the network after two steps of plain SGD with this set-up."""
    net = setup.change(copy.deepcopy(net))
    optimizer = train.sgd(setup.learns(net), lr=0.1)
    batches = zip(training.images.split(64), training.labels.split(64), strict=True)
    return net, train.floats(setup.steps(net, list(batches)[:2], optimizer))


def same_weights(a, b):
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


def test_the_small_network_is_a_quarter_of_the_courses_with_dropout(net):
    whole = model.ConvNet()
    for name in ("conv1", "conv2", "conv3"):
        narrow, wide = (getattr(one, name).out_channels for one in (net, whole))
        assert 4 * narrow == wide
    dropout, linear = net.fc2
    assert isinstance(dropout, nn.Dropout) and dropout.p == 0.2
    assert linear.weight.shape == whole.fc2.weight.shape


def test_a_run_needs_a_label_for_each_image(training):
    setup = replace(HEALTHY, shuffle=False)
    with pytest.raises(ValueError, match="shorter"):
        museum.museum_run(setup, training.images, training.labels[:128], n_steps=5)


def test_a_run_is_by_adam_at_its_rate(training):
    net, losses, images, labels = museum.museum_run(HEALTHY, *training, n_steps=2)
    torch.manual_seed(0)
    ours = museum.small_net()
    adam = torch.optim.Adam(ours.parameters(), lr=0.003)
    torch.randperm(len(labels))  # the shuffle
    for k in (0, 64):
        loss = F.cross_entropy(ours.train()(images[k : k + 64]), labels[k : k + 64])
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert losses[1] == pytest.approx(loss.item(), rel=1e-3)
    for a, b in zip(net.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-3)


def test_each_bug_is_one_wrong_part():
    assert MUSEUM["healthy"] == HEALTHY and len(MUSEUM) == 12
    for name, setup in MUSEUM.items():
        parts = [field.name for field in fields(Setup)]
        wrong = {k for k in parts if getattr(setup, k) != getattr(HEALTHY, k)}
        # What lies sorted is not shuffled; that is the bug.
        assert len(wrong - {"shuffle"}) == (name != "healthy"), name
        assert ("shuffle" in wrong) == (name == "sorted labels")


def test_a_healthy_setup_trains_as_the_course_does(net, training):
    ours = copy.deepcopy(net)
    torch.manual_seed(1)  # of the dropout
    net_a, losses = trained(HEALTHY, net, training)
    torch.manual_seed(1)
    batches = zip(training.images.split(64), training.labels.split(64), strict=True)
    steps = train.steps(ours, list(batches)[:2], train.sgd(ours, lr=0.1))
    assert losses == train.floats(steps)
    assert same_weights(net_a, ours) and not same_weights(net_a, net)


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("two softmaxes", lambda z: z.softmax(1).log_softmax(1)),
        ("softmax into nll", lambda z: z.softmax(1)),
        ("ReLU at the end", lambda z: z.relu().log_softmax(1)),
        ("healthy", lambda z: z.log_softmax(1)),
    ],
)
def test_what_the_loss_is_told_instead_of_log_probabilities(name, outputs):
    logits, labels = torch.randn(6, 10), torch.arange(6)
    expected = -outputs(logits)[range(6), labels].mean()
    torch.testing.assert_close(MUSEUM[name].loss(logits, labels), expected)


def test_nothing_flows_back_through_the_cut(net, training):
    after, _ = trained(MUSEUM["gradient cut"], net, training)
    assert torch.equal(after.conv3.weight, net.conv3.weight)
    assert not torch.equal(after.fc1.weight, net.fc1.weight)
    norms = museum.gradient_norms(after)
    assert norms[:3] == [0.0] * 3 and min(norms[3:]) > 0
    assert norms[-1] == pytest.approx(after.fc3.weight.grad.norm().item())


def test_gradients_add_up_without_zero_grad(net, training):
    batches = [(training.images[:64], training.labels[:64])] * 2
    sizes = {}
    for name in ("healthy", "no zero_grad"):
        still = copy.deepcopy(net).eval()
        still.train = lambda mode=True: None  # no dropout, and lr 0: twice the same
        steps = MUSEUM[name].steps(still, batches, train.sgd(still, lr=0))
        list(steps)
        sizes[name] = still.fc3.weight.grad.norm()
    torch.testing.assert_close(sizes["no zero_grad"], 2 * sizes["healthy"])


def test_a_stale_optimizer_moves_other_weights(net, training):
    after, losses = trained(MUSEUM["stale optimizer"], net, training)
    assert same_weights(after, net) and len(set(losses)) > 1


def test_asked_without_eval_the_dropout_stays_on(net, training):
    images = training.images[:20]
    for name, same in {"healthy": True, "no eval()": False}.items():
        a, b = (MUSEUM[name].ask(net, images) for _ in range(2))
        assert torch.equal(a, b) == same and a.shape == (20, 10)
    torch.testing.assert_close(HEALTHY.ask(net, images), train.predict(net, images))


def test_the_bugs_of_the_data(training):
    images, labels = MUSEUM["sorted labels"].arrange(*training)
    order = training.labels.sort(stable=True).indices
    assert torch.equal(labels, training.labels[order])
    assert torch.equal(images, training.images[order])

    images, labels = MUSEUM["labels mixed up"].arrange(*training)
    assert images is training.images
    assert torch.equal(labels.bincount(), training.labels.bincount())
    assert (labels == training.labels).float().mean() < 0.3

    low, high = training.images.min(), training.images.max()
    images, labels = MUSEUM["inverted"].arrange(*training)
    torch.testing.assert_close(images, low + high - training.images)
    assert torch.equal(labels, training.labels)

    images, _ = MUSEUM["not rescaled"].arrange(*training)
    assert images.min() == low
    torch.testing.assert_close(images.max(), low + 255 * (high - low))


def test_a_run_shuffles_whole_pairs_and_repeats_itself(training):
    setup = replace(HEALTHY, loss=nn.CrossEntropyLoss())
    net, losses, images, labels = museum.museum_run(setup, *training, n_steps=5, seed=3)
    again = museum.museum_run(setup, *training, n_steps=5, seed=3)
    assert len(losses) == 5 and losses == again[1] and same_weights(net, again[0])
    assert losses != museum.museum_run(setup, *training, n_steps=5, seed=4)[1]
    assert not torch.equal(images, training.images)
    places = [(training.images == image).flatten(1).all(1) for image in images]
    indices = [int(place.nonzero()[0]) for place in places]
    assert sorted(indices) == list(range(len(images)))
    assert torch.equal(training.labels[indices], labels)
    sorted_run = museum.museum_run(MUSEUM["sorted labels"], *training, n_steps=1)
    assert sorted_run[3].diff().min() == 0


def test_a_trial_is_three_runs_and_what_they_know_of_their_images(
    training, monkeypatch
):
    runs = []
    original = museum.museum_run

    def museum_run(setup, images, labels, n_steps=100, seed=0):
        runs.append((images, labels, n_steps, seed))
        return original(setup, images, labels, 1, seed)

    monkeypatch.setattr(museum, "museum_run", museum_run)
    validation = Split(*(part[:50] for part in training))
    trial = museum.tried(HEALTHY, training, validation, seed=4)
    usual, few, nonsense = runs
    assert [run[2:] for run in runs] == [(100, 4), (60, 4), (16, 4)]
    assert usual[0] is training.images and usual[1] is training.labels
    assert few[0].equal(training.images[:20]) and few[1].equal(training.labels[:20])
    assert nonsense[0] is training.images
    assert not nonsense[1].equal(training.labels)
    assert nonsense[1].bincount().equal(training.labels.bincount())
    torch.manual_seed(4)
    assert nonsense[1].equal(museum.mixed_up(*training)[1])
    assert len(trial.losses) == len(trial.aimless) == 1
    assert trial.logits.shape == (50, 10) and trial.batch.shape == (64, 1, 28, 28)
    net, _, images, labels = original(HEALTHY, *training, 1, 4)
    right = train.predict(net, images[::2]).argmax(1) == labels[::2]
    assert trial.trained == pytest.approx(right.double().mean().item(), abs=0.011)
    assert trial.n_classes == len(set(labels[:64].tolist()))
    assert set(labels[:64].tolist()) == set(range(10))


@pytest.mark.slow
def test_a_trial_holds_what_a_run_came_to(training):
    trial = museum.tried(HEALTHY, training, training, seed=2)
    net, losses, images, labels = museum.museum_run(HEALTHY, *training, seed=2)
    assert trial.losses == losses and trial.gradients == museum.gradient_norms(net)
    assert torch.equal(trial.batch, images[:64])
    assert trial.n_classes == len(set(labels[:64].tolist()))
    assert torch.equal(trial.logits, trial.again)
    torch.testing.assert_close(trial.logits, train.predict(net, training.images))
    right = (trial.logits.argmax(1) == training.labels).double().mean().item()
    assert trial.reached == right > 0.8
    assert trial.trained == pytest.approx(right, abs=0.1)
    assert trial.by_heart == 1 and len(trial.aimless) == 16
    assert trial.aimless[0] == pytest.approx(math.log(10), abs=0.2)
    assert trial.aimless != losses[:16]


# --- The checks


def trial(**changes) -> Trial:
    """What a healthy run comes to, with changes."""
    logits = F.one_hot(torch.arange(1000) % 10, 10).float()
    batch = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    healthy = Trial(
        losses=[2.3] + [0.3] * 99,
        batch=batch,
        n_classes=10,
        gradients=[0.1] * 6,
        logits=logits,
        again=logits.clone(),
        reached=0.9,
        trained=0.95,
        by_heart=1.0,
        aimless=[2.3] * 16,
    )
    return replace(healthy, **changes)


def few_of(digit: int, count: int):
    """Logits that name a digit so often, and the others alike."""
    others = torch.arange(1000 - count) % 9
    names = torch.cat([others + (others >= digit), torch.full((count,), digit)])
    return F.one_hot(names, 10).float()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"losses": [2.59] + [0.3] * 99},
        {"losses": [2.02] + [0.3] * 99},
        {"losses": [2.3] + [0.3] * 98 + [0.0]},
        {"losses": [2.3] + [0.3] * 66 + [99.0] + [1.84] * 32},
        {"losses": [2.3] + [0.3] * 67 + [2.5] + [1.8] * 31},
        {"aimless": [2.3] * 15 + [2.11]},
        {"batch": trial().batch + 0.45},
        {"batch": trial().batch * 0.55},
        {"batch": trial().batch * 1.45},
        {"n_classes": 6},
        {"gradients": [1.1e-5] + [9.9] * 5},
        {"reached": 0.86},
        {"trained": 0.81},
    ],
)
def test_no_check_objects_to_a_healthy_run(changes):
    objects = [name for name, holds in CHECKS.items() if not holds(trial(**changes))]
    assert objects == []


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("first loss near ln 10", {"losses": [2.7] + [0.3] * 99}),
        ("first loss near ln 10", {"losses": [1.9] + [0.3] * 99}),
        ("no loss below 0", {"losses": [2.3] + [0.3] * 98 + [-0.01]}),
        ("the loss falls", {"losses": [2.3] + [0.3] * 60 + [1.9] * 39}),
        ("the loss falls", {"losses": [2.3] + [0.3] * 67 + [99.0] + [0.3] * 31}),
        ("the loss falls", {"losses": [2.3] + [0.3] * 67 + [1.85] * 32}),
        ("learns 20 images by heart", {"by_heart": 0.95}),
        ("cannot learn random labels", {"aimless": [2.3] * 15 + [2.05]}),
        ("cannot learn random labels", {"aimless": [2.3] * 15 + [2.1]}),
        ("a batch: mean 0, spread 1, mixed", {"batch": trial().batch + 0.6}),
        ("a batch: mean 0, spread 1, mixed", {"batch": trial().batch - 0.6}),
        ("a batch: mean 0, spread 1, mixed", {"batch": trial().batch * 0.4}),
        ("a batch: mean 0, spread 1, mixed", {"batch": trial().batch * 1.6}),
        ("a batch: mean 0, spread 1, mixed", {"n_classes": 5}),
        ("every layer has a gradient", {"gradients": [0.0] + [0.1] * 5}),
        ("every layer has a gradient", {"gradients": [0.9e-5] + [0.1] * 5}),
        ("every layer has a gradient", {"gradients": [0.1] * 5 + [10.1]}),
        ("asked twice, same answer", {"again": trial().logits + 1e-6}),
        ("training and validation agree", {"reached": 0.8}),
        ("training and validation agree", {"trained": 0.7}),
        ("training and validation agree", {"trained": 0.2, "reached": 0.1}),
        ("every layer has a gradient", {"gradients": [1e-5] + [0.1] * 5}),
        ("every layer has a gradient", {"gradients": [0.1] * 5 + [10.0]}),
        (
            "every digit is predicted",
            {"logits": few_of(9, 39), "again": few_of(9, 39)},
        ),
    ],
)
def test_a_check_objects_to_its_own_fault_and_to_no_other(check, changes):
    objects = [name for name, holds in CHECKS.items() if not holds(trial(**changes))]
    assert objects == [check]


def test_forty_of_a_thousand_are_enough_for_a_digit():
    logits = few_of(0, 40)
    assert CHECKS["every digit is predicted"](trial(logits=logits, again=logits))
