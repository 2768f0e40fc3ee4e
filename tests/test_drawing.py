"""A drawing is prepared as MNIST's makers prepared theirs."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import is_one_sentence, mnist_pixels

from mnist_tutorial import data, drawing, segments
from mnist_tutorial.drawing import crop_to_ink, ink_of, prepare_drawing


def test_preparing_an_mnist_digit_gives_it_back():
    pixels, _ = mnist_pixels(True)
    pixels = pixels[-500:]
    same = [
        torch.allclose(prepare_drawing(image), digit, atol=1e-6)
        for image, digit in zip(pixels, data.normalise(pixels), strict=True)
    ]
    assert sum(same) >= 495


@pytest.mark.parametrize("move", [(0, 0), (30, 5), (2, 40)])
@pytest.mark.parametrize("times", [1, 3])
def test_where_on_the_sheet_and_how_large_it_is_drawn_does_not_matter(move, times):
    image = mnist_pixels(True)[0][7]
    large = image.repeat_interleave(times, 0).repeat_interleave(times, 1)
    sheet = torch.zeros(28 * times + 30, 28 * times + 40, dtype=torch.uint8)
    top, left = move
    sheet[top : top + 28 * times, left : left + 28 * times] = large
    expected = prepare_drawing(image)
    torch.testing.assert_close(prepare_drawing(sheet), expected)
    torch.testing.assert_close(
        prepare_drawing(1 - sheet.double() / 255, invert=True), expected
    )


def test_each_step_of_preparing_can_be_left_out():
    sheet = np.zeros((40, 60))
    sheet[10:20, 5:15] = 1  # a square, heavy on its left
    sheet[10, 5:35] = 1
    prepared = {
        name: prepare_drawing(sheet, normalise=False, **{name: False})[0]
        for name in ("crop", "box", "centre")
    }
    prepared["none"] = prepare_drawing(sheet, normalise=False)[0]

    def extent(image):
        return (image.nonzero().amax(0) - image.nonzero().amin(0) + 1).tolist()

    assert extent(prepared["none"]) == [7, 20] and extent(prepared["box"]) == [9, 28]
    assert extent(prepared["crop"])[1] < 12
    rows, columns = prepared["centre"].nonzero().T
    assert columns.min() == 4 and columns.max() == 23
    assert rows.min() == 11 and rows.max() == 17
    assert prepared["none"].max() == 1 and prepared["none"].min() == 0
    assert prepare_drawing(sheet).min() == pytest.approx(-data.MEAN / data.STD)


@pytest.mark.parametrize(
    "image, named",
    [
        (torch.zeros(9, 9), "empty"),
        (torch.rand(1, 9, 9), r"\(1, 9, 9\)"),
        (torch.zeros(0, 9), r"\(0, 9\)"),
        (torch.ones(9, 9, dtype=torch.int64), "int64"),
        (torch.full((9, 9), 255.0), "between 0 and 1"),
        (torch.full((9, 9), float("nan")), "between 0 and 1"),
    ],
)
def test_what_is_no_drawing_is_one_sentence(image, named):
    with pytest.raises(ValueError, match=named) as error:
        prepare_drawing(image)
    assert is_one_sentence(error)


@pytest.mark.parametrize("dtype", [torch.float64, torch.uint8, torch.bool])
def test_an_image_is_cropped_to_its_ink_and_nothing_else_is_changed(dtype):
    ink = torch.zeros(9, 12, dtype=dtype)
    ink[2, 3] = ink[5, 3] = ink[4, 10] = 1
    cropped = crop_to_ink(ink)
    assert cropped.equal(ink[2:6, 3:11])
    assert crop_to_ink(cropped).equal(cropped)
    with pytest.raises(ValueError, match="empty") as error:
        crop_to_ink(torch.zeros(9, 12, dtype=dtype))
    assert is_one_sentence(error)


def test_the_ink_of_a_normalised_image_is_its_grey_levels_with_black_at_0():
    pixels, _ = mnist_pixels(True)
    for image, grey in zip(data.normalise(pixels[:50]), pixels[:50], strict=True):
        ink = ink_of(image)
        assert ink.count_nonzero() == grey.count_nonzero()
        torch.testing.assert_close(ink, grey / 255)
    beyond = ink_of(torch.tensor([[[data.BLACK - 1, data.WHITE + 1]]]))
    assert beyond.tolist() == [[0, 1]]
    levels = torch.tensor([0.499, 0.501, 1]).double() / 255
    ink = ink_of(((levels - data.MEAN) / data.STD)[None, None])
    torch.testing.assert_close(ink[0], torch.tensor([0, levels[1], levels[2]]))


@pytest.mark.parametrize(
    ("shape", "longest", "expected"),
    [
        ((1, 100), 20, (1, 20)),
        ((100, 1), 20, (20, 1)),
        ((10, 100), 25, (3, 25)),
        ((9, 100), 25, (2, 25)),
        ((28, 28), 28, (28, 28)),
        ((3, 5), 20, (12, 20)),
    ],
)
def test_an_image_keeps_its_proportions_and_one_pixel_at_least(
    shape, longest, expected
):
    ink = torch.rand(shape, generator=torch.Generator().manual_seed(0)).double()
    result = drawing.scaled(ink, longest)
    assert result.shape == expected
    assert result.mean().item() == pytest.approx(ink.mean().item())


@pytest.mark.parametrize("turns", [0, 2])
def test_a_drawing_whose_mass_lies_aside_stays_on_the_sheet(turns):
    sheet = torch.zeros(20, 20)
    sheet[0, 0] = 0.1
    sheet[18:, 18:] = 1
    image = prepare_drawing(sheet.rot90(turns), normalise=False)[0]
    places = image.nonzero()
    rows = (places.amin(0).tolist(), places.amax(0).tolist())
    # The middle of the mass would lie at 14.5, which 20 pixels do not allow.
    assert rows == (([0, 0], [19, 19]) if turns == 0 else ([8, 8], [27, 27]))


def test_each_pixel_of_a_smaller_image_is_the_mean_of_what_it_covers():
    ink = torch.arange(24.0, dtype=torch.float64).reshape(4, 6)
    halved = drawing.scaled(ink, longest=3)
    expected = F.avg_pool2d(ink[None], 2)[0]
    torch.testing.assert_close(halved, expected)
    wide = drawing.scaled(ink, longest=4)  # each pixel 1.5 by 1.33 of the old ones
    top = ink[0, 0] + ink[0, 1] / 2
    below = ink[1, 0] + ink[1, 1] / 2
    torch.testing.assert_close(wide[0, 0], (top + below / 3) / (1.5 * 4 / 3))


def test_the_centre_of_mass_counts_from_the_corner_and_by_ink():
    ink = torch.zeros(3, 5)
    ink[2, 4] = 1
    assert drawing.centre_of_mass(ink).tolist() == [2.5, 4.5]
    ink[2, 0] = 3
    assert drawing.centre_of_mass(ink).tolist() == [2.5, 1.5]


@pytest.mark.parametrize(
    "bad", [None, "seven.png", {}, object(), np.array([[None, 1], [1, 0]])]
)
def test_what_is_no_numbers_is_one_sentence(bad):
    for use in (drawing.prepare_drawing, segments.segment):
        with pytest.raises(TypeError, match="of numbers, got") as error:
            use(bad)
        assert is_one_sentence(error)


def test_an_array_that_is_mirrored_or_of_another_byte_order_is_an_image():
    ink = np.triu(np.ones((9, 9), np.float32))
    expected = drawing.prepare_drawing(np.fliplr(ink).copy())
    for same in (np.fliplr(ink), np.fliplr(ink).astype(">f4"), ink[:, ::-1]):
        assert drawing.prepare_drawing(same).equal(expected)
    assert not drawing.prepare_drawing(ink).equal(expected)
