"""What widgets take: one check and one sentence for each thing, and what comes back."""

import zlib

import numpy as np
import pytest
import torch
from support import is_one_sentence
from torch import nn

from mnist_tutorial import model, train
from mnist_tutorial.data import Split
from mnist_tutorial.widgets import inputs
from mnist_tutorial.widgets.page import readers

IMAGES, LABELS = torch.rand(3, 1, 28, 28), torch.arange(3)


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
        (inputs.packed, ({"a": "a"},), "'a' is a str, not an nn.Module"),
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
    nearly = inputs.checked_pixels(torch.full((1, 1, 28, 28), 1 + 5e-6))
    assert torch.equal(nearly, torch.ones_like(nearly))


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


def test_a_page_gets_grey_levels_their_range_and_the_labels():
    images = torch.tensor([-0.5, 0.0, 1.5]).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    on_page = readers.digits_on_a_page(Split(images, torch.tensor([4, 0, 9])))
    assert readers.range_on_a_page(images) == {"page_range": [-0.5, 1.5]}
    assert on_page["page_range"] == [-0.5, 1.5]
    levels = np.frombuffer(zlib.decompress(on_page["page_pixels"]), np.uint8)
    assert levels.reshape(3, -1)[:, 0].tolist() == [0, 64, 255]
    assert np.frombuffer(on_page["page_labels"], "<f4").tolist() == [4, 0, 9]
