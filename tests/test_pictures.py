"""Pictures: printed characters, several digits, what is cut out of them, and photos."""

import numpy as np
import pytest
import torch
from PIL import Image
from support import is_one_sentence, mnist_splits

from mnist_tutorial import data, model, pictures


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(n: int, seed: int = 0):
    validation = mnist_splits().validation
    chosen = torch.randint(5000, (n,), generator=chance(seed))
    return validation.images[chosen], validation.labels[chosen]


def drawn(*rows: str) -> torch.Tensor:
    return torch.tensor([[float(c == "#") for c in row] for row in rows])


@pytest.mark.parametrize("font", pictures.FONTS)
def test_every_font_prints_digits_and_letters_without_margin(font):
    seen = set()
    for character in "0123456789ABCDEFGHIJ":
        ink = pictures.printed(character, font)
        assert ink.dtype == torch.uint8 and ink.max() > 200
        assert ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()
        seen.add(ink.numpy().tobytes())
    assert len(seen) == 20


def test_a_larger_size_prints_larger_and_fonts_differ():
    small, large = (pictures.printed("4", size=s).shape[0] for s in (40, 80))
    assert large == pytest.approx(2 * small, abs=2)
    fonts = pictures.FONTS
    prints = {pictures.printed("4", font).numpy().tobytes() for font in fonts}
    assert len(prints) == len(fonts)


@pytest.mark.parametrize(
    ("character", "font", "message"),
    [
        ("4", "Comic Sans", "no font 'Comic Sans'"),
        (" ", "cmr10", "not one character"),
        ("", "cmr10", "not one character"),
        ("12", "cmr10", "not one character"),
    ],
)
def test_what_cannot_be_printed_is_one_sentence(character, font, message):
    with pytest.raises(ValueError, match=message) as error:
        pictures.printed(character, font)
    assert is_one_sentence(error)


def test_printed_digits_are_read_once_they_are_prepared():
    inks = pictures.alphabet("0123456789")
    images = torch.stack([data.prepare_drawing(ink) for ink in inks])
    labels = torch.arange(10).repeat(len(pictures.FONTS))
    with torch.inference_mode():
        preds = model.load_pretrained()(images).argmax(1)
    assert (preds == labels).double().mean() > 0.95


def test_a_sheet_is_light_with_all_the_ink_somewhere_on_it():
    ink = pictures.printed("2")
    sheets = [pictures.on_a_sheet(ink, generator) for generator in [chance()] * 20]
    corners = set()
    for sheet in sheets:
        assert sheet.shape == (112, 112) and sheet.max() == 1 and sheet.min() >= 0
        dark = 1 - sheet
        rows, columns = dark.any(1).nonzero(), dark.any(0).nonzero()
        corner = rows[0].item(), columns[0].item()
        found = dark[corner[0] : corner[0] + len(ink), corner[1] :][:, : ink.shape[1]]
        torch.testing.assert_close(found, ink / 255)
        corners.add(corner)
    assert len(corners) > 15
    again = pictures.on_a_sheet(ink, chance())
    assert torch.equal(again, sheets[0])
    with pytest.raises(ValueError, match="draw it smaller") as error:
        pictures.on_a_sheet(ink, chance(), side=20)
    assert is_one_sentence(error)


def test_digits_in_a_row_keep_their_ink_their_order_and_the_gap():
    images, _ = some(4)
    picture = pictures.in_a_row(images, chance(), gap=5)
    assert picture.min() == 0 and picture.max() <= 1
    total = (images * data.STD + data.MEAN).clamp(0, 1).sum()
    assert picture.sum().item() == pytest.approx(total.item(), rel=1e-3)
    columns = (picture > 0).any(0).nonzero().flatten()
    assert ((columns[1:] - columns[:-1]) == 6).sum() >= 3
    assert not picture[0].any() and not picture[:, -1].any()


def test_a_negative_gap_lets_digits_overlap_and_nothing_is_refused():
    images, _ = some(3)
    near, far = (
        pictures.in_a_row(images, chance(), gap).any(0).sum() for gap in (-3, 3)
    )
    assert near < far
    blank = torch.full((1, 1, 28, 28), -data.MEAN / data.STD)
    for bad in (images[:0], blank):
        with pytest.raises(ValueError, match=r"no digit|without ink") as error:
            pictures.in_a_row(bad, chance())
        assert is_one_sentence(error)


def test_parts_are_joined_over_corners_and_numbered_apart():
    ink = drawn("#..#.", ".#.#.", "#....", "....#").bool()
    numbers = pictures.parts(ink)
    assert (numbers > 0).equal(ink)
    groups = [int((numbers == k).sum()) for k in numbers.unique() if k]
    assert sorted(groups) == [1, 2, 3]
    assert numbers[0, 0] == numbers[1, 1] == numbers[2, 0]


def test_a_long_spiral_is_one_part():
    ink = torch.zeros(21, 21)
    ink[::2] = 1
    ink[1::4, -1] = ink[3::4, 0] = 1  # one line, up and down
    assert len(pictures.parts(ink.bool()).unique()) == 2


def test_segments_come_from_left_to_right_each_alone():
    picture = drawn(
        "......##....",
        "##....##..#.",
        "##....##..#.",
        ".#........#.",
        "..........#.",
    )
    found = pictures.segment(picture)
    assert [int(part.sum()) for part in found] == [5, 6, 4]
    assert torch.equal(sum(found), picture)
    assert all(part.shape == picture.shape for part in found)


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
    found = pictures.segment(five)
    assert len(found) == 2
    assert [int(part.sum()) for part in found] == [15, 14]
    leaning = drawn("...##..", "..##..#", ".##..##", "##..##.", "...##..")
    assert len(pictures.segment(leaning)) == 2


def test_specks_and_faint_grey_are_no_digits():
    picture = torch.zeros(30, 60)
    picture[5:25, 5:15] = 1
    picture[5:25, 30:40] = 0.6
    picture[10, 50] = 1  # a speck
    picture[:, 20:25] = 0.1  # a shadow
    found = pictures.segment(picture)
    assert len(found) == 2
    assert len(pictures.segment(picture, threshold=0.05)) == 3
    dim = pictures.segment(picture * 0.5)  # the threshold goes with the brightest
    assert len(dim) == 2
    same = pictures.segment((picture * 255).to(torch.uint8).numpy())
    assert len(same) == 2 and same[0].max() == 1


@pytest.mark.parametrize(
    "bad",
    [
        torch.ones(1, 20, 20),
        torch.full((20, 20), 255.0),
        torch.full((20, 20), float("nan")),
        -torch.ones(20, 20),
        torch.ones(20, 20, dtype=torch.int64) * 200,
    ],
    ids=["a channel", "0-255", "nan", "negative", "int64"],
)
def test_a_picture_that_cannot_be_cut_is_one_sentence(bad):
    with pytest.raises(ValueError, match=r"Expected a picture \(H, W\)") as error:
        pictures.segment(bad)
    assert is_one_sentence(error)


@pytest.mark.parametrize("blank", [torch.zeros(20, 20), torch.zeros(0, 5)])
def test_a_picture_without_ink_is_said_to_be_empty(blank):
    with pytest.raises(ValueError, match="The picture is empty") as error:
        pictures.segment(blank)
    assert is_one_sentence(error)


def test_most_postcodes_with_gaps_are_cut_into_their_digits_and_read():
    net, right = model.load_pretrained(), 0
    for seed in range(30):
        images, labels = some(5, seed)
        found = pictures.segment(pictures.in_a_row(images, chance(seed), gap=4))
        ready = torch.stack([data.prepare_drawing(ink) for ink in found])
        with torch.inference_mode():
            right += net(ready).argmax(1).tolist() == labels.tolist()
    assert right >= 24


def save(pixels: np.ndarray, path):
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize(("paper", "pen"), [(200, 40), (30, 220)])
def test_a_photo_becomes_bright_ink_on_black_whatever_the_paper(tmp_path, paper, pen):
    rng = np.random.default_rng(0)
    pixels = paper + rng.integers(-12, 13, (120, 90))
    pixels[40:80, 30:40] = pen
    ink = pictures.from_file(save(pixels, tmp_path / "one.png"))
    assert ink.shape == (120, 90) and ink.max() == 1
    expected = np.zeros((120, 90), bool)
    expected[40:80, 30:40] = True
    assert ((ink > 0).numpy() == expected).all()
    assert data.prepare_drawing(ink).shape == (1, 28, 28)


def test_a_large_or_coloured_photo_is_made_small_and_grey(tmp_path):
    pixels = np.full((1000, 500, 3), 250)
    pixels[200:800, 200:260] = (10, 20, 90)
    ink = pictures.from_file(save(pixels, tmp_path / "big.png"))
    assert ink.shape == (400, 200)
    assert ink[200, 92] > 0.9 and ink[200, 20] == 0


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path):
    text = tmp_path / "note.txt"
    text.write_text("seven")
    with pytest.raises(ValueError, match="save it as PNG") as error:
        pictures.from_file(text)
    assert is_one_sentence(error)
    flat = save(np.full((50, 50), 180), tmp_path / "flat.png")
    with pytest.raises(ValueError, match="more contrast") as error:
        pictures.from_file(flat)
    assert is_one_sentence(error)
    with pytest.raises(FileNotFoundError):
        pictures.from_file(tmp_path / "none.png")
