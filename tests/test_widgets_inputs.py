"""What widgets take: one check and one sentence for each thing, and what comes back."""

import numpy as np
import pytest
import torch
from support import is_one_sentence
from torch import nn

from mnist_tutorial import model, train
from mnist_tutorial.data import Split
from mnist_tutorial.widgets import inputs

IMAGES, LABELS = torch.rand(3, 1, 28, 28), torch.arange(3)
ONES = torch.ones(1, 1, 28, 28)


def flat(layer: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), layer)


def holding(number: float) -> nn.Sequential:
    net = model.mlp(8)
    nn.init.constant_(net[-1].bias[3:4], number)
    return net


@pytest.mark.parametrize(
    ("check", "arguments", "words"),
    [
        (inputs.check_images, (IMAGES.numpy(),), "must be a tensor, this is a ndarray"),
        (inputs.check_images, (IMAGES[0],), r"these are \(1, 28, 28\)"),
        (inputs.check_images, (IMAGES[:, :, 1:],), r"\(3, 1, 27, 28\)"),
        (inputs.check_images, (IMAGES[:0],), "N of at least 1"),
        (inputs.check_images, (IMAGES.byte(),), "uint8"),
        (inputs.check_images, (IMAGES / 0, "these"), "^these must be finite"),
        (inputs.check_labels, ([0, 1, 2], IMAGES), "must be a tensor"),
        (inputs.check_labels, (LABELS[:2], IMAGES), r"\(3,\), these are \(2,\)"),
        (inputs.check_labels, (LABELS[None], IMAGES[:1]), r"\(1, 3\)"),
        (inputs.check_labels, (LABELS.float(), IMAGES), "float32"),
        (inputs.check_labels, (LABELS + 8, IMAGES), "go from 8 to 10"),
        (inputs.check_labels, (LABELS - 1, IMAGES, "y"), "^y must lie .* from -1 to 1"),
        (inputs.check_split, (3, "part"), "^part must be images and labels"),
        (inputs.check_split, ((IMAGES,), "part"), "^part must be images and labels"),
        (inputs.check_split, ((IMAGES[0], LABELS), "part"), "^part.images must be"),
        (inputs.check_split, ((IMAGES, LABELS[:1]), "part"), "^part.labels must be"),
        (inputs.checked_pixels, (IMAGES + 0.1,), "between 0 and 1"),
        (inputs.checked_pixels, (IMAGES - 0.1,), "between 0 and 1"),
        (inputs.packed, ({},), "at least one"),
        (inputs.packed, ({"a": nn.Linear(784, 10)},), "'a'.*cannot run"),
        (inputs.checked_pixels, (ONES + 2e-5,), "between 0 and 1"),
        (inputs.checked_pixels, (ONES - 1 - 2e-5,), "between 0 and 1"),
        (inputs.packed, ([model.mlp(8)],), "no model by name"),
        (inputs.packed, ({"a": "a"},), "'a' is a str, not an nn.Module"),
        (inputs.packed, ({"a": nn.Sequential()},), "'a' must .* ends in nothing;"),
        (inputs.packed, ({"a": flat(nn.ReLU())},), "'a' must .* ends in relu;"),
        (inputs.packed, ({"a": flat(nn.Linear(784, 9))},), "ends in linear;"),
        (inputs.packed, ({"a": flat(nn.Linear(7, 10))},), "'a' does not take images"),
        (inputs.packed, ({"a": holding(torch.nan)},), "'a' has weights that are nan"),
        (inputs.packed, ({"a": holding(-torch.inf)},), "'a' has .* nan or infinite"),
    ],
)
def test_what_is_refused_is_named_in_one_sentence(check, arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        check(*arguments)
    assert is_one_sentence(error)


def test_what_is_taken_comes_back_in_one_type():
    images, labels = inputs.checked_split((IMAGES.double(), LABELS.to(torch.uint8)))
    assert images.dtype == torch.float32 and labels.dtype == torch.int64
    assert torch.equal(images, IMAGES) and torch.equal(labels, LABELS)
    for nearly, exact in ((ONES + 5e-6, ONES), (ONES - 1 - 5e-6, ONES - 1)):
        assert torch.equal(inputs.checked_pixels(nearly), exact)
    nines = torch.full((1,), 9, dtype=torch.int32)
    assert inputs.checked_labels(nines, ONES).tolist() == [9]


def test_weights_lie_one_behind_the_other_and_each_model_says_where():
    models = {"first": model.linear_classifier(), "second": model.ConvNet(2)}
    models["third"] = model.mlp(8)
    parts, content = inputs.packed(models)
    weights = torch.from_numpy(np.frombuffer(content, "<f4").copy())
    assert [part["name"] for part in parts] == list(models)
    assert parts[0]["start"] == 0
    assert parts[1]["start"] == parts[0]["length"] == 7850
    assert parts[2]["start"] == parts[1]["start"] + parts[1]["length"]
    assert parts[2]["start"] + parts[2]["length"] == len(weights)
    first = models["second"].conv1.weight.detach().flatten()
    assert torch.equal(weights[7850:][: len(first)], first)


def test_packing_changes_no_model_and_runs_none():
    net = model.mlp(8).double().train()
    before = [weight.clone() for weight in net.parameters()]
    net.register_forward_hook(lambda *_: pytest.fail("the model was run"))
    inputs.packed({"net": net})
    assert net.training and net[1].training
    assert all(map(torch.equal, net.parameters(), before))


def test_a_model_is_asked_in_its_own_type_of_numbers():
    net = model.mlp(8).double()
    expected = train.predict(net, IMAGES.double())
    assert torch.equal(inputs.predict(net, IMAGES), expected)
    sums = inputs.reading(net, IMAGES[1], sums=True)
    torch.testing.assert_close(sums, expected[1])
    torch.testing.assert_close(inputs.reading(net, IMAGES[1]), expected[1].softmax(0))
    labels = expected.argmax(1)
    labels[1] = (labels[1] + 1) % 10
    assert inputs.right(net, Split(IMAGES, labels)).tolist() == [True, False, True]
    with pytest.raises(ValueError, match="does not take such images") as error:
        inputs.predict(net, IMAGES[..., :5])
    assert is_one_sentence(error)
