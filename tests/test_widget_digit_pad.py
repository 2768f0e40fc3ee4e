"""DigitPad without a browser: what it sends, its picture, and what it refuses."""

import numpy as np
import pytest
import torch
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import drawing, model, pictures, train
from mnist_tutorial.widgets import inputs
from mnist_tutorial.widgets.digit_pad import DigitPad

IMAGES = torch.zeros(2, 1, 28, 28)


def floats(content: bytes) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(content, "<f4").copy())


def test_the_weights_of_all_models_lie_one_behind_the_other():
    first, second = model.linear_classifier(), model.ConvNet(2)
    pad = DigitPad({"first": first, "second": second}, sums=["first"])
    weights = floats(pad.weights)
    for reader, net in zip(pad.readers, (first, second), strict=True):
        numbers = weights[reader["start"] :][: reader["length"]]
        assert len(numbers) == model.count_parameters(net)
        where = reader["layers"][-1]["weight"]
        last = list(net.parameters())[-2].detach().flatten()
        assert torch.equal(numbers[where : where + len(last)], last)
    assert [reader["sums"] for reader in pad.readers] == [True, False]
    assert reader["start"] + reader["length"] == len(weights)


def test_images_and_order_arrive_as_they_were_given():
    images = mnist_splits().validation.images[:3]
    order = torch.randperm(784)
    pad = DigitPad({"linear": model.linear_classifier()}, images, order=order)
    assert torch.equal(floats(pad.images).view(3, 1, 28, 28), images)
    assert pad.order == order.tolist()


def test_the_order_is_a_fixed_permutation_unless_there_are_no_experiments():
    models = {"linear": model.linear_classifier()}
    assert DigitPad(models).order == DigitPad(models).order
    assert sorted(DigitPad(models).order) == list(range(784))
    assert DigitPad(models, experiments=False).order == []


def test_the_reading_is_the_models_own():
    net = model.load_pretrained()
    image = mnist_splits().validation.images[0]
    logits = train.predict(net, image[None])[0]
    assert torch.equal(inputs.reading(net, image, sums=True), logits)
    torch.testing.assert_close(inputs.reading(net, image), logits.softmax(0))


def test_the_picture_is_small_and_says_what_it_shows():
    images = mnist_splits().validation.images[:1]
    for shown in (images, None):
        models = {"linear": model.linear_classifier(), "network": model.ConvNet(2)}
        pad = DigitPad(models, shown, sums=["linear"])
        content = pad._repr_mimebundle_()[0]["image/png"]
        assert 3_000 < len(content) < 100_000
        figure = pad.picture()
        assert len(figure.axes) == 3 and figure.get_size_inches()[0] <= 7
        assert "linear" in repr(pad) and "network" in repr(pad)


def test_training_mode_and_weights_stay_as_they_were():
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).train()
    before = net[1].weight.clone()
    DigitPad({"net": net}, IMAGES).picture()
    assert net.training and net[1].training and torch.equal(net[1].weight, before)


# Saving what is drawn


@pytest.fixture
def saving(tmp_path):
    """A pad that saves into a fresh folder, and `save(...)` to its last answer."""
    pad = DigitPad(LINEAR, save_to=str(tmp_path / "mine"))
    sent = []
    pad.comm.send = lambda data, **_: sent.append(data)

    def save(ink, what="heart", who="anna"):
        content = {"kind": "save", "class": what, "writer": who, "id": "7"}
        pad._handle_custom_msg(content, [memoryview(ink.numpy().tobytes())])
        return sent[-1]["content"]

    return pad, save


def stroke(column: int = 50) -> torch.Tensor:
    ink = torch.zeros(112, 112, dtype=torch.uint8)
    ink[20:90, column : column + 9] = 255
    return ink


def test_what_is_drawn_is_saved_where_a_folder_of_images_is_read(saving, tmp_path):
    _, save = saving
    assert not (tmp_path / "mine").exists()  # none is made before something is saved
    answers = [save(stroke(c), *names) for c, names in enumerate(WHO, 40)]
    assert answers[0] == {"id": "7", "saved": "heart/anna-1.png"}
    own = pictures.from_folder(tmp_path / "mine", fewest=1)
    assert [f"{f.parent.name}/{f.name}" for f in own.files] == sorted(
        answer["saved"] for answer in answers
    )
    assert set(own.groups) == {"anna", "tom"}
    for image in own.images:
        assert image.equal(drawing.prepare_drawing(stroke(48)))


WHO = [("heart", "anna"), ("heart", "anna"), ("star", "tom"), ("star", "anna")]


@pytest.mark.parametrize(
    ("ink", "what", "who", "words"),
    [
        (stroke(), "a/b", "anna", "cannot hold '/'"),
        (stroke(), "heart", " ", "Write who draws first"),
        (torch.zeros(112, 112, dtype=torch.uint8), "heart", "anna", "sheet is empty"),
    ],
)
def test_what_cannot_be_saved_is_answered_in_one_sentence(
    saving, tmp_path, ink, what, who, words
):
    pad, save = saving
    why = save(ink, what, who)["why"]
    assert words in why and is_one_sentence(why)
    assert not (tmp_path / "mine").exists() and not pad.message


def test_a_folder_that_cannot_be_written_to_is_one_sentence(saving, tmp_path):
    _, save = saving
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "heart").write_text("a file", encoding="utf-8")
    why = save(stroke())["why"]
    assert "Nothing can be saved in 'mine'" in why and is_one_sentence(why)


def test_a_pad_without_a_folder_saves_nothing_and_one_named_after_a_file_is_refused(
    tmp_path,
):
    pad, sent = DigitPad(LINEAR), []
    assert pad.save_to == "" and DigitPad(LINEAR, save_to=tmp_path).save_to
    pad.comm.send = lambda data, **_: sent.append(data)
    pad._handle_custom_msg({"kind": "save", "id": "7"}, [])
    DigitPad(LINEAR, save_to=tmp_path)._handle_custom_msg({"kind": "other"}, [])
    assert sent == [] and pad.message == ""
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="'file', which is no folder") as error:
        DigitPad(LINEAR, save_to=tmp_path / "file")
    assert is_one_sentence(error)


def test_the_picture_for_files_says_that_drawings_can_be_saved(tmp_path):
    assert "save drawings" in DigitPad(LINEAR, save_to=tmp_path).alt
    assert "save" not in DigitPad(LINEAR).alt


def broken():
    net = model.linear_classifier()
    net[1].weight.data[3, 3] = torch.nan
    return net


LINEAR = {"linear": model.linear_classifier()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({},), "no model"),
        (({"bn": nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784))},), "'bn'"),
        (({"two": nn.Sequential(nn.Flatten(), nn.Linear(784, 2))},), "ten outputs"),
        (({"odd": nn.Sequential(nn.Flatten(), nn.Linear(7, 10))},), "does not take"),
        (({"nan": broken()},), "nan or infinite"),
        ((LINEAR, torch.zeros(2, 28, 28)), r"\(2, 28, 28\)"),
        ((LINEAR, torch.zeros(0, 1, 28, 28)), "at least 1"),
        ((LINEAR, torch.full((1, 1, 28, 28), torch.nan)), "finite floats"),
        ((LINEAR, torch.zeros(1, 1, 28, 28, dtype=torch.uint8)), "torch.uint8"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words) as error:
        DigitPad(*arguments)
    assert is_one_sentence(error)


def test_a_picture_is_as_high_as_its_readers_need():
    for count, height in ((1, 2.2), (2, 3), (4, 6)):
        pad = DigitPad({str(k): LINEAR["linear"] for k in range(count)})
        assert pad.picture().get_size_inches().tolist() == [7, height]


@pytest.mark.parametrize("order", [torch.arange(783), torch.zeros(784)])
def test_an_order_that_is_no_permutation_is_refused(order):
    with pytest.raises(ValueError, match="each of 0 to 783 once") as error:
        DigitPad(LINEAR, order=order)
    assert is_one_sentence(error)


def test_sums_of_an_unknown_model_are_refused():
    with pytest.raises(ValueError, match="'other'"):
        DigitPad(LINEAR, sums=["other"])


@pytest.mark.parametrize(
    ("save_to", "title"), [(None, "Draw a digit here"), ("x", "Draw here")]
)
def test_the_picture_asks_for_digits_only_where_classes_are_not_ones_own(
    save_to, title
):
    assert DigitPad(LINEAR, save_to=save_to).picture().axes[0].get_title() == title
