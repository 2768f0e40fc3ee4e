"""Segments: connected parts, rows, digits, and digits that touch."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from support import chance, drawn, is_one_sentence, some

from mnist_tutorial import drawing, model, pictures, segments


def test_parts_are_joined_over_corners_and_numbered_apart():
    ink = drawn("#..#.", ".#.#.", "#....", "....#").bool()
    numbers = segments.parts(ink)
    assert (numbers > 0).equal(ink)
    groups = [int((numbers == k).sum()) for k in numbers.unique() if k]
    assert sorted(groups) == [1, 2, 3]
    assert numbers[0, 0] == numbers[1, 1] == numbers[2, 0]


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_a_part_has_the_number_of_its_last_pixel(share):
    ink = torch.rand(17, 23, generator=chance()) < share
    label, _ = ndimage.label(ink.numpy(), np.ones((3, 3)))
    places = torch.arange(1, ink.numel() + 1).reshape(ink.shape)
    expected = torch.zeros_like(places)
    for k in range(1, label.max() + 1):
        part = torch.from_numpy(label == k)
        expected[part] = places[part].max()
    assert segments.parts(ink).equal(expected)


def test_a_long_spiral_is_one_part():
    ink = torch.zeros(21, 21)
    ink[::2] = 1
    ink[1::4, -1] = ink[3::4, 0] = 1  # one line, up and down
    assert len(segments.parts(ink.bool()).unique()) == 2


def test_segments_come_from_left_to_right_each_alone():
    picture = drawn(
        "......##....",
        "##....##..#.",
        "##....##..#.",
        ".#........#.",
        "..........#.",
    )
    result = segments.segment(picture)
    assert [int(part.sum()) for part in result] == [5, 6, 4]
    assert torch.equal(sum(result), picture)
    assert all(part.shape == picture.shape for part in result)


def test_a_loose_bar_belongs_to_the_digit_below_and_a_neighbour_does_not():
    five = drawn(
        "..###........",
        ".............",
        "####.....####",
        "#...........#",
        "###......####",
        "..#......#...",
        "###......####",
    )
    result = segments.segment(five)
    assert len(result) == 2
    assert [int(part.sum()) for part in result] == [15, 14]
    leaning = drawn("...##..", "..##..#", ".##..##", "##..##.", "...##..")
    assert len(segments.segment(leaning, touching=True)) == 2


def test_specks_and_faint_grey_are_no_digits():
    picture = torch.zeros(30, 60)
    picture[5:25, 5:15] = 1
    picture[5:25, 30:40] = 0.6
    picture[10, 50] = 1  # a speck
    picture[:, 20:25] = 0.1  # a shadow
    result = segments.segment(picture)
    assert len(result) == 2
    assert len(segments.segment(picture, threshold=0.05)) == 3
    dim = segments.segment(picture * 0.5)  # the threshold goes with the brightest
    assert len(dim) == 2
    same = segments.segment((picture * 255).to(torch.uint8).numpy())
    assert len(same) == 2 and same[0].max() == 1


@pytest.mark.parametrize(
    "bad",
    [
        torch.ones(1, 20, 20),
        torch.full((20, 20), 255.0),
        torch.full((20, 20), float("nan")),
        -torch.ones(20, 20),
        torch.ones(20, 20, dtype=torch.int64) * 200,
        torch.ones(20, 20, dtype=torch.complex64),
    ],
    ids=["a channel", "0-255", "nan", "negative", "int64", "complex"],
)
def test_a_picture_that_cannot_be_cut_is_one_sentence(bad):
    with pytest.raises(ValueError, match=r"Expected a picture \(H, W\)") as error:
        segments.segment(bad)
    assert is_one_sentence(error)


@pytest.mark.parametrize(("grey", "digits"), [(0.19, 1), (0.21, 2)])
def test_ink_is_brighter_than_a_fifth_of_the_brightest_unless_it_is_said(grey, digits):
    picture = 0.5 * blocks((10, 10, 20, 9))
    picture[10:30, 40:49] = 0.5 * grey
    assert len(segments.segment(picture)) == digits


@pytest.mark.parametrize("threshold", [-0.1, 1, 5, float("nan")])
def test_a_threshold_is_a_share(threshold):
    with pytest.raises(ValueError, match="a share from 0") as error:
        segments.segment(torch.eye(9), threshold)
    assert is_one_sentence(error)


@pytest.mark.parametrize("blank", [torch.zeros(20, 20), torch.zeros(0, 5)])
def test_a_picture_without_ink_is_said_to_be_empty(blank):
    with pytest.raises(ValueError, match="The picture is empty") as error:
        segments.segment(blank)
    assert is_one_sentence(error)


def test_most_postcodes_with_gaps_are_cut_into_their_digits_and_read():
    net, right = model.load_pretrained(), 0
    for seed in range(30):
        images, labels = some(5, seed)
        result = segments.segment(pictures.in_a_row(images, chance(seed), gap=4))
        ready = torch.stack([drawing.prepare_drawing(ink) for ink in result])
        with torch.inference_mode():
            right += net(ready).argmax(1).tolist() == labels.tolist()
    assert right >= 24


def blocks(*places: tuple[int, int, int, int]) -> torch.Tensor:
    """Ink at each (top, left, height, width)."""
    picture = torch.zeros(100, 120)
    for top, left, height, width in places:
        picture[top : top + height, left : left + width] = 1
    return picture


def corners(picture: torch.Tensor, **options) -> list[tuple[int, int]]:
    """Top and left of each digit, in the order in which they come."""
    return [
        tuple(digit.nonzero().amin(0).tolist())
        for digit in segments.segment(picture, **options)
    ]


def test_rows_come_from_top_to_bottom_each_from_left_to_right():
    rows = [(5, 60, 20, 9), (8, 20, 20, 9), (40, 90, 20, 9), (37, 5, 20, 9)]
    # The last row drifts downwards, as on a photo held askew, by half of its height.
    rows += [(70 + 2 * k, 10 + 20 * k, 20, 9) for k in range(5)]
    right = [(8, 20), (5, 60), (37, 5), (40, 90)]
    right += [(70 + 2 * k, 10 + 20 * k) for k in range(5)]
    for order in (rows, rows[::-1]):
        assert corners(blocks(*order)) == right


def test_a_bar_beside_its_digit_belongs_to_it_and_a_tall_neighbour_does_not():
    hook, bar = (30, 10, 40, 15), (26, 26, 6, 30)
    assert corners(blocks(hook, bar, (28, 70, 40, 10))) == [(26, 10), (28, 70)]
    assert corners(blocks(hook, (30, 26, 40, 10))) == [(30, 10), (30, 26)]
    far = (26, 45, 6, 30)
    assert corners(blocks(hook, far)) == [(30, 10), (26, 45)]


HOOK = (30, 10, 40, 15)  # columns 10 to 24; beside it is what is 6 columns away


@pytest.mark.parametrize(
    ("part", "belongs"),
    [
        ((26, 30, 6, 20), True),
        ((26, 31, 6, 20), False),
        ((26, 30, 23, 9), True),  # low is less than 0.6 of the height
        ((26, 30, 24, 9), False),
        ((0, 20, 24, 9), True),  # no low part: more than half of its columns are shared
        ((0, 20, 24, 10), False),
    ],
)
def test_a_part_belongs_to_a_digit_as_far_as_the_docstring_says(part, belongs):
    masks = [blocks(place).bool() for place in (HOOK, part)]
    for row in (masks, masks[::-1]):
        groups = segments.in_groups(row)
        assert len(groups) == (1 if belongs else 2)
        assert sum(int(group.sum()) for group in groups) == sum(map(torch.sum, masks))


@pytest.mark.parametrize(("top", "rows"), [(46, 1), (47, 2)])
def test_a_part_is_in_the_row_of_the_tallest_up_to_a_share_of_its_height(top, rows):
    tallest, other = blocks((30, 10, 20, 9)), blocks((top, 60, 20, 9))
    assert len(segments.in_rows([tallest.bool(), other.bool()])) == rows


@pytest.mark.parametrize(("ink", "digits"), [(25, 2), (24, 1)])
def test_a_speck_has_less_than_a_twentieth_of_the_ink_of_the_largest(ink, digits):
    picture = blocks((10, 10, 25, 20), (12, 60, ink, 1))
    assert len(segments.segment(picture)) == digits


def test_a_part_too_wide_for_a_digit_is_refused_unless_it_may_touch():
    wide = blocks((10, 10, 30, 49), (10, 80, 30, 10))
    with pytest.raises(ValueError, match="looks like two digits") as error:
        segments.segment(wide)
    assert is_one_sentence(error)
    assert corners(wide, touching=True) == [(10, 10), (10, 80)]
    assert len(segments.segment(blocks((10, 10, 30, 48)))) == 1


def joined(bridge: int) -> torch.Tensor:
    """Two upright blocks of 40 rows and a bridge of so many rows between them."""
    return blocks((20, 20, 40, 10), (30, 30, bridge, 9), (20, 39, 40, 10))


@pytest.mark.parametrize("bridge", [1, 3])
def test_digits_that_just_touch_are_cut_apart_at_the_neck(bridge):
    picture = joined(bridge)
    pieces = segments.segment(picture)
    assert torch.equal(sum(pieces), picture)
    assert [int(piece[20].sum()) for piece in pieces] == [10, 10]
    assert len(segments.segment(picture, touching=True)) == 1


@pytest.mark.parametrize("bridge", [5, 15])
def test_a_neck_too_thick_to_be_cut_is_refused(bridge):
    with pytest.raises(ValueError, match="looks like two digits that touch") as error:
        segments.segment(joined(bridge))
    assert is_one_sentence(error)


def test_a_thick_neck_a_ring_and_a_low_half_are_one_digit():
    ring = joined(4) + blocks((56, 30, 4, 9))
    low = blocks((20, 20, 40, 10), (58, 30, 2, 9), (28, 39, 32, 10))  # as in a 4
    for digit in (joined(17), ring, low):
        assert len(segments.segment(digit.clamp(0, 1))) == 1


@pytest.mark.parametrize(
    ("width", "bridge", "digits"), [(50, 25, 0), (50, 27, 1), (48, 25, 1)]
)
def test_a_wide_part_is_two_digits_also_with_a_thicker_neck(width, bridge, digits):
    ends = (20, 10, 40, 10), (20, width, 40, 10)
    picture = blocks(*ends, (25, 10, bridge, width))
    if digits:
        assert len(segments.segment(picture)) == digits
    else:
        with pytest.raises(ValueError, match="looks like two digits that touch"):
            segments.segment(picture)


def test_how_high_a_row_is_depends_on_its_digits_once_they_are_cut_apart():
    """Before that the third, which is lower, makes the part higher than any digit."""
    two = blocks((21, 10, 38, 10), (35, 20, 6, 9), (19, 29, 40, 10))
    picture = two + blocks((40, 39, 2, 9), (23, 48, 40, 10))
    with pytest.raises(ValueError, match="looks like two digits that touch"):
        segments.segment(picture)


def test_three_digits_in_a_chain_are_cut_twice():
    chain = joined(3) + blocks((40, 49, 3, 9), (22, 58, 38, 10))
    pieces = segments.segment(chain)
    assert torch.equal(sum(pieces), chain)
    assert [int(piece[25].sum()) for piece in pieces] == [10, 10, 10]


def test_the_neck_of_a_part_is_found_by_hand():
    part = drawn("##..##", "##..##", "######", "##..##").bool()
    assert segments.neck(part, 4) == (3, 0.25)
    assert segments.neck(part, 5)[1] == float("inf")  # neither side is tall
    assert segments.neck(part[:, :2], 4)[1] == float("inf")
