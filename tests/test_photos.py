"""Photos: what is paper and what is ink, what is dropped, what is refused."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageOps, features
from scipy import ndimage
from support import is_one_sentence

from mnist_tutorial import drawing, paper, photos


def save(pixels: np.ndarray, path):
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize(("paper", "pen"), [(200, 40), (30, 220)])
def test_a_photo_becomes_bright_ink_on_black_whatever_the_paper(tmp_path, paper, pen):
    rng = np.random.default_rng(0)
    pixels = paper + rng.integers(-12, 13, (120, 90))
    pixels[40:80, 30:40] = pen
    ink = photos.from_file(save(pixels, tmp_path / "one.png"))
    assert ink.shape == (120, 90) and ink.max() == 1
    expected = np.zeros((120, 90), bool)
    expected[40:80, 30:40] = True
    assert ((ink > 0).numpy() == expected).all()
    assert drawing.prepare_drawing(ink).shape == (1, 28, 28)


def test_a_large_or_coloured_photo_is_made_small_and_grey(tmp_path):
    pixels = np.full((1000, 500, 3), 250)
    pixels[200:800, 200:260] = (10, 20, 90)
    ink = photos.from_file(save(pixels, tmp_path / "big.png"))
    assert ink.shape == (400, 200)
    assert ink[200, 92] > 0.9 and ink[200, 20] == 0


def test_ink_on_a_transparent_sheet_is_ink_on_paper(tmp_path):
    sheet = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    sheet.paste((0, 0, 0, 255), (10, 5, 20, 35))
    sheet.save(tmp_path / "sheet.png")
    ink = photos.from_file(tmp_path / "sheet.png")
    assert ink[5:35, 10:20].eq(1).all() and ink.sum() == 300


def test_a_photo_that_a_phone_took_on_its_side_is_turned_upright(tmp_path):
    pixels = np.full((120, 90), 220)
    pixels[40:80, 30:36] = 40
    upright = photos.from_file(save(pixels, tmp_path / "upright.png"))
    turned = Image.fromarray(np.rot90(pixels).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the orientation: to be turned clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    assert photos.from_file(tmp_path / "turned.png").equal(upright)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize(
    ("mode", "compression"),
    [("L", None), ("L", "tiff_lzw"), ("I;16B", None), ("RGB", None), ("1", None)],
)
def test_a_scan_is_turned_as_it_says_and_once(tmp_path, mode, compression, turn):
    pixels = np.full((120, 90), 250, np.uint8)
    pixels[10:60, 20:30] = 5  # upper left
    grey, exif = Image.fromarray(pixels), Image.Exif()
    grey.getexif()[0x0112] = exif[0x0112] = turn
    if mode == "I;16B":
        values = (pixels * np.uint16(257)).astype(">u2")
        image = Image.frombytes(mode, grey.size, values.tobytes())
    else:
        image = grey.convert(mode, dither=Image.Dither.NONE)
    image.save(tmp_path / "scan.tif", exif=exif, compression=compression)
    expected = np.asarray(ImageOps.exif_transpose(grey))
    result = photos.load(tmp_path / "scan.tif", 120)[..., 0]
    assert np.array_equal(result < 128, expected < 128)


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path):
    text = tmp_path / "note.txt"
    text.write_text("seven", encoding="utf-8")
    with pytest.raises(ValueError, match="save it as PNG") as error:
        photos.from_file(text)
    assert is_one_sentence(error)
    flat = save(np.full((50, 50), 180), tmp_path / "flat.png")
    with pytest.raises(ValueError, match="more contrast") as error:
        photos.from_file(flat)
    assert is_one_sentence(error)


@pytest.mark.parametrize("name", ["none.png", "note.txt/7.png", 300 * "a", "a\0b.png"])
def test_a_file_that_is_not_there_is_one_sentence(tmp_path, name):
    (tmp_path / "note.txt").touch()
    with pytest.raises(FileNotFoundError, match="There is no file") as error:
        photos.from_file(tmp_path / name)
    assert is_one_sentence(error) and str(error.value).isprintable()


def test_a_folder_and_what_is_no_path_are_one_sentence_each(tmp_path):
    folder = tmp_path / "seven.png"
    folder.mkdir()
    with pytest.raises(IsADirectoryError, match=r"^seven\.png is a folder") as error:
        photos.from_file(folder)
    assert is_one_sentence(error)
    for bad in (None, 7, b"seven.png", np.zeros((28, 28)), torch.zeros(28, 28)):
        with pytest.raises(TypeError, match="Pass the name of an image file") as error:
            photos.from_file(bad)
        assert is_one_sentence(error)


def test_a_name_with_a_line_break_stays_in_its_sentence(tmp_path):
    file = tmp_path / "a\nb.png"
    file.write_text("no image", encoding="utf-8")
    with pytest.raises(ValueError, match="is not an image") as error:
        photos.from_file(file)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("longest", [27, 0, -5, 100.5, "400"])
def test_a_size_in_pixels_is_whole_and_large_enough(tmp_path, longest):
    file = save(sheet().clip(0, 255), tmp_path / "four.png")
    with pytest.raises(ValueError, match="at least 28") as error:
        photos.from_file(file, longest)
    assert is_one_sentence(error)
    assert photos.from_file(file, 28).shape == (28, 28)


# What a photograph may have besides ink. The digit: a 4 in strokes of 10 pixels.

FOUR = [((90, 60), (60, 130), (150, 130)), ((120, 100), (120, 180))]
Y, X = np.indices((240, 240))


def four() -> np.ndarray:
    """Where the pen has been: (240, 240) bool."""
    image = Image.new("1", (240, 240))
    for line in FOUR:
        ImageDraw.Draw(image).line(line, fill=1, width=10)
    return np.asarray(image)


def sheet(paper=(240, 240, 235), pen=(40, 45, 60)) -> np.ndarray:
    """The 4 on paper, with a little grain: (240, 240, 3) float32."""
    pixels = np.where(four()[..., None], pen, paper).astype(np.float32)
    return pixels + np.random.default_rng(0).normal(0, 2, (240, 240, 1))


def read(pixels: np.ndarray) -> photos.Photo:
    return photos.find_ink(pixels.clip(0, 255).astype(np.float32))


def is_the_four(photo: photos.Photo, slack: float = 0.05, reach: int = 3) -> bool:
    """Its ink is the pen's, but for a few pixels along the edges."""
    ink = (photo.ink > 0.25).numpy()
    rows, columns = ((photo.ink > 0).any(axis).nonzero() for axis in (1, 0))
    right = np.flatnonzero(four().any(1)), np.flatnonzero(four().any(0))
    same_reach = all(
        abs(int(found[end]) - int(there[end])) <= reach
        for found, there in zip((rows, columns), right, strict=True)
        for end in (0, -1)
    )
    return same_reach and (ink ^ four()).sum() < slack * four().sum()


def fading(x) -> np.ndarray:
    return (1 - 0.6 * x / 239)[..., None]


def with_lines(pixels: np.ndarray, colour, places, width: int = 2) -> np.ndarray:
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    for place in places:
        for line in (((0, place), (240, place)), ((place, 0), (place, 240))):
            ImageDraw.Draw(image).line(line, fill=colour, width=width)
    return np.asarray(image, np.float32)


def on_a_table(pixels: np.ndarray, width: int) -> np.ndarray:
    return np.where((width > X)[..., None], (120, 85, 50), pixels)


PLAIN = {
    "dark on light": ((240, 240, 235), (40, 45, 60), "light"),
    "chalk": ((50, 90, 70), (220, 220, 210), "dark"),
    "yellow marker": ((244, 242, 236), (246, 228, 70), "light"),
}


@pytest.mark.parametrize(("colour", "pen", "side"), PLAIN.values(), ids=PLAIN)
def test_plain_paper_needs_no_assumption_but_which_side_is_paper(colour, pen, side):
    photo = read(sheet(colour, pen))
    assert is_the_four(photo)
    assert photo.paper == side and photo.assumed == () and photo.sure > 0.9
    assert is_one_sentence(str(photo).partition(".")[0] + ".")


def test_red_on_green_of_the_same_grey_is_seen():
    # Neither the sum of the colours nor their usual grey tells them apart.
    assert is_the_four(read(sheet((60, 125, 80), (150, 75, 40))))


UNEVEN = {
    "light falling off": lambda pixels: pixels * fading(X),
    "a shadow's edge": lambda pixels: pixels * np.where(X + Y > 230, 0.5, 1)[..., None],
    "a lamp": lambda p: p * (1, 0.8, 0.55) * fading(np.hypot(X - 120, Y - 120) * 1.4),
    "a strip of table": lambda pixels: on_a_table(pixels, 24),
    "ruled": lambda pixels: with_lines(pixels, (150, 165, 190), range(20, 240, 30)),
}


@pytest.mark.parametrize("spoil", UNEVEN.values(), ids=UNEVEN)
def test_where_light_or_paper_changes_it_is_followed_and_said(spoil):
    photo = read(spoil(sheet()))
    assert is_the_four(photo, slack=0.1)  # the lines are drawn over the digit, too
    assert photo.paper == "light" and photo.assumed


@pytest.mark.parametrize("spoil", list(UNEVEN.values())[:2], ids=list(UNEVEN)[:2])
def test_light_that_changes_on_a_blackboard_does_not_turn_it_round(spoil):
    photo = read(spoil(sheet((60, 100, 80), (225, 225, 215))))
    assert is_the_four(photo) and photo.paper == "dark"


@pytest.mark.parametrize("places", [(12, 228), (12, 96, 228)], ids=["cell", "crossed"])
def test_dark_lines_are_dropped_and_it_is_said(places):
    photo = read(with_lines(sheet(), (50, 50, 50), places, width=3))
    assert is_the_four(photo, slack=0.15)
    assert photo.assumed == (photos.DROPPED,)


def framed(pixels: np.ndarray, shape: str) -> photos.Photo:
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    frame = getattr(ImageDraw.Draw(image), shape)
    frame((15, 20, 225, 215), outline=(50, 50, 50), width=4)
    return read(np.asarray(image, np.float32))


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_a_frame_around_the_digit_is_dropped(shape):
    photo = framed(sheet(), shape)
    assert is_the_four(photo) and photo.assumed == (photos.DROPPED,)


@pytest.mark.parametrize("gap, is_frame", [(0, False), (1, True)])
def test_what_covers_a_fifth_of_what_it_spans_is_no_frame(gap, is_frame):
    number = torch.zeros(18, 20, dtype=torch.int64)
    number[[0, -1]], number[:, [0, -1]] = 1, 1  # 72 of 360 pixels
    number[0, 1 : 1 + gap] = 0
    number[8:10, 8:10] = 2
    real = torch.tensor([False, True, True])
    assert photos.frames_others(number, 1, real) is is_frame


def test_a_thin_ring_with_nothing_in_it_is_a_digit():
    photo = framed(np.full((240, 240, 3), 240.0), "ellipse")
    assert photo.assumed == () and photo.ink[117, 15:19].gt(0.5).all()


def test_ink_that_covers_more_than_half_is_still_ink():
    pixels = np.full((50, 50, 3), 240)
    pixels[6:44, 6:44] = 50
    photo = read(pixels)
    assert photo.paper == "light" and photo.ink.sum() == 38 * 38


@pytest.mark.parametrize("margin", [0, 3])
@pytest.mark.parametrize(("colour", "pen", "side"), PLAIN.values(), ids=PLAIN)
def test_a_picture_cut_to_the_ink_is_not_turned_round(margin, colour, pen, side):
    rows, columns = (np.flatnonzero(four().any(axis)) for axis in (1, 0))
    box = (
        slice(rows[0] - margin, rows[-1] + 1 + margin),
        slice(columns[0] - margin, columns[-1] + 1 + margin),
    )
    photo = read(sheet(colour, pen)[box])
    assert photo.paper == side
    assert ((photo.ink > 0.5).numpy() == four()[box]).mean() > 0.98


def test_specks_and_grain_are_no_ink():
    pixels = sheet()
    pixels[20:23, 200:203] = pixels[230, 10:12] = 30
    assert is_the_four(read(pixels))
    grain = np.random.default_rng(1).normal(0, 22, (240, 240, 1))
    assert is_the_four(read(sheet() + grain), slack=0.1, reach=6)


def test_many_lines_do_not_make_a_small_part_of_the_ink_a_speck():
    strength = np.zeros((160, 160), np.float32)
    strength[60::5] = 1  # twenty ruled lines
    digit, dot = (slice(10, 28), slice(20, 38)), (slice(12, 18), slice(100, 106))
    strength[digit] = strength[dot] = 1
    result = photos.sift(strength, 0.25)
    assert result.lines and result.ink[digit].all() and result.ink[dot].all()
    assert result.ink.sum() == 18 * 18 + 6 * 6


# A row of digits: bars of 12 x 60 pixels with a foot to the left, as of a 2


def row_of_digits(width: int = 400, first: int = 40) -> tuple[np.ndarray, list[int]]:
    """Five digits on paper (120, width, 3), `first` and then 70 pixels apart."""
    pixels = np.full((120, width, 3), 240, np.float32)
    places = [first + 70 * k for k in range(5)]
    for left in places:
        pixels[30:90, max(left, 0) : left + 12] = 40
        pixels[80:90, max(left - 20, 0) : max(left, 0)] = 40
    return pixels, places


def digits_found(photo: photos.Photo) -> list[int]:
    """Where digits begin on the row through their middles."""
    there = (photo.ink[50] > 0.5).int()
    starts = there.diff(prepend=torch.zeros(1, dtype=torch.int32)) == 1
    return starts.nonzero().flatten().tolist()


@pytest.mark.parametrize("edge", [90, 160, 230, 300])
def test_a_row_of_which_a_part_lies_in_the_shadow_is_found_whole(edge):
    pixels, places = row_of_digits()
    pixels[:, :edge] *= 0.6  # so that in front of grey paper all of it seems faint ink
    photo = read(pixels)
    assert digits_found(photo) == places
    assert photo.assumed == (photos.UNEVEN,)


@pytest.mark.parametrize("turns", range(4))
def test_a_digit_that_grazes_the_border_beside_others_is_a_digit_and_it_is_said(turns):
    pixels, places = row_of_digits(first=20)
    photo = read(np.rot90(pixels, turns))
    ink = np.rot90(photo.ink.numpy(), -turns)
    assert digits_found(photo._replace(ink=torch.from_numpy(ink.copy()))) == places
    assert photo.assumed == (photos.EDGE,)


def test_a_digit_that_the_border_cuts_is_refused_in_a_row_and_dropped_alone():
    pixels, places = row_of_digits(first=-6)
    with pytest.raises(ValueError, match="leave empty paper around") as error:
        read(pixels)
    assert is_one_sentence(error)
    pixels[:, 100:350] = 240  # beside one other digit there is no row
    photo = read(pixels)
    assert digits_found(photo) == places[1:2]
    assert photo.assumed == (photos.DROPPED,)


@pytest.mark.parametrize(("height", "belongs"), [(28, False), (43, True), (57, False)])
def test_what_ends_a_row_is_about_as_high_as_its_digits(height, belongs):
    number = torch.zeros(100, 200, dtype=torch.int64)
    for k in (2, 3):
        number[20:60, 50 * k : 50 * k + 9] = k
    number[20 : 20 + height, :9] = 1
    assert photos.ends_a_row(number, 1, [2, 3]) == belongs
    assert not photos.ends_a_row(number, 1, [2])
    number[40:60, 150:159] = 0  # half as high: a bar or a speck, no digit
    assert not photos.ends_a_row(number, 1, [2, 3])


def test_what_reaches_the_border_in_half_of_its_height_does_not_graze_it():
    part = np.zeros((30, 30), bool)
    part[5:25, 8] = True
    part[5, :8] = part[13, :8] = True  # at two ends, 8 apart
    assert photos.grazes(part)
    part[15, :8] = True
    assert not photos.grazes(part)


def test_what_stays_doubtful_is_refused_in_one_sentence(tmp_path):
    half = np.where((X < 120)[..., None], 60.0, 200.0) * np.ones(3)
    noise = np.random.default_rng(0).uniform(0, 255, (240, 240, 3))
    for k, pixels in enumerate((half, noise)):
        file = save(pixels, tmp_path / f"doubtful{k}.png")
        with pytest.raises(ValueError, match=rf"^doubtful{k}\.png ") as error:
            photos.from_file(file)
        assert is_one_sentence(error)


def test_a_digit_that_lies_on_the_edge_of_a_shadow_keeps_the_same_strength():
    shaded = sheet() * np.where(Y > 130, 0.5, 1)[..., None]
    ink = read(shaded).ink.numpy()
    assert ink[140:170, 118:122].mean() == pytest.approx(
        ink[110:125, 118:122].mean(), abs=0.1
    )


def test_the_paper_is_what_no_square_of_that_size_leaves_out():
    grey = np.full((40, 50), 200.0, np.float32)
    grey[:, 25:] = 100  # a shadow
    stroked = grey.copy()
    stroked[10:30, 10:14] = stroked[5:9, 20:40] = 20
    assert (paper.closed(stroked, 9) == grey).all()
    kept = paper.closed(stroked, 3)
    assert (kept[12:28, 11:13] == 20).all()  # as thick as the square: no stroke
    for size in ((1, 1), (2, 3), (3, 1), (7, 7), (8, 5)):
        windows = np.lib.stride_tricks.sliding_window_view(stroked, size)
        assert (paper.highest(stroked, *size) == windows.max((2, 3))).all()


# What is paper, by hand


@pytest.mark.parametrize("width", [1, 2])
def test_the_border_is_what_lies_so_near_to_a_side(width):
    picture = np.arange(48).reshape(6, 8)
    rows, columns = np.indices(picture.shape)
    near = np.minimum(np.minimum(rows, 5 - rows), np.minimum(columns, 7 - columns))
    assert (paper.border(picture, width) == picture[near < width]).all()


def test_even_paper_has_the_median_of_the_two_outer_rings():
    grey = np.full((10, 12), 200.0, np.float32)
    grey[1:-1, 1:-1] = 190
    grey[2:-2, 2:-2] = 180  # with a third ring the median would be 190
    grey[5, 4:8] = (40, 100, 140, 216)
    found = paper.from_even_paper(grey)
    pen = (160 + 100) / 2  # the mean of what is at least half as far as the farthest
    assert (found.dark, found.levels) == (True, 160)
    assert found.behind == pytest.approx(16 / 160)
    expected = np.zeros((10, 12))
    expected[1:-1, 1:-1] = 10 / pen
    expected[2:-2, 2:-2] = 20 / pen
    expected[5, 4:8] = (1, 100 / pen, 60 / pen, 0)
    np.testing.assert_allclose(found.strength, expected, rtol=1e-6)
    light = paper.from_even_paper(255 - grey)
    assert not light.dark and light[2:] == found[2:]
    np.testing.assert_allclose(light.strength, expected, rtol=1e-6)


def test_paper_without_ink_has_no_contrast_and_of_two_sides_the_lighter_is_ink():
    flat = np.full((30, 30), 100, np.float32)
    for found in (paper.from_even_paper(flat), paper.from_local_paper(flat, True)):
        assert not found.strength.any() and (found.levels, found.behind) == (0, 0)
    assert paper.from_local_paper(flat, light=True).dark
    both = flat.copy()
    both[10, 10], both[20, 20] = 50, 150
    assert not paper.from_even_paper(both).dark
    both[10, 10], both[20, 20] = 99.5, 100.25  # a share of one level at least
    assert paper.from_even_paper(both).behind == 0.25


@pytest.mark.parametrize(
    ("shape", "thick"), [((100, 100), 30), ((40, 100), 25), ((100, 40), 25)]
)
@pytest.mark.parametrize("dark", [True, False])
def test_what_is_thinner_than_a_share_of_the_picture_lies_on_the_paper(
    shape, thick, dark
):
    for size, is_ink in ((thick - 1, True), (thick, False)):
        grey = np.full(shape, 200.0, np.float32)
        band = (slice(5, 5 + size), slice(None))
        grey[band if shape[0] >= shape[1] else band[::-1]] = 150
        grey[-7:-2, -7:-2] = 120  # a dot
        found = paper.from_local_paper(grey if dark else 255 - grey, light=False)
        assert found.dark == dark and found.levels == 80
        there = found.strength[8:20, 8:20] > 0
        assert there.all() == there.any() == is_ink


def test_in_half_of_the_light_the_same_ink_is_as_strong():
    grey = np.full((60, 60), 200.0, np.float32)
    grey[10:50, 10:13] = grey[10:50, 40:43] = 100
    grey[:, 30:] /= 2
    found = paper.from_local_paper(grey, light=True)
    assert (found.strength[10:50, 10:13] == 1).all()
    assert (found.strength[10:50, 40:43] == 1).all()
    without = paper.from_local_paper(grey, light=False)
    pen = (100 + 50) / 2
    assert without.strength[30, [11, 41]] == pytest.approx([1, 50 / pen])


@pytest.mark.parametrize(
    ("colour", "pen"),
    [
        ((240, 240, 240), (40, 40, 40)),
        ((250, 250, 250), (250, 240, 60)),
        ((200, 60, 60), (60, 60, 60)),
        ((90, 150, 90), (120, 60, 90)),
    ],
)
def test_of_two_colours_the_axis_is_their_difference(colour, pen):
    difference = np.array(colour, float) - pen
    expected = difference / np.abs(difference).sum()
    if expected.sum() < 0:
        expected = -expected
    axis = paper.contrast_axis(sheet(colour, pen).astype(np.float32))
    np.testing.assert_allclose(axis, expected, atol=1e-3)


# What is ink, by hand


def strengths(*parts: tuple[int, int, int, int, float]) -> np.ndarray:
    """A picture (160, 160), 0 but for parts: top, left, height, width, strength."""
    picture = np.zeros((160, 160), np.float32)
    for top, left, height, width, strength in parts:
        picture[top : top + height, left : left + width] = strength
    return picture


LARGE = (20, 20, 50, 100, 1.0)  # 5,000 pixels
SIFTED = {
    "alone": ((), 1, 0),
    "a small part": (((100, 50, 1, 101, 0.5),), 2, 0),
    "a speck": (((100, 50, 9, 11, 1.0),), 1, 0),
    "at the border": (((120, 0, 20, 50, 1.0),), 1, 1000 / 5000),
    "a speck at the border": (((120, 0, 9, 11, 1.0),), 1, 0),
    "a third of it strong": (((100, 50, 33, 20, 0.3), (100, 50, 17, 13, 0.5)), 3, 0),
    "less strong": (((100, 50, 33, 20, 0.3), (100, 50, 20, 11, 0.5)), 1, 220 / 5000),
    "faint": (((100, 50, 33, 20, 0.49),), 1, 0),
    "none": (((100, 50, 33, 20, 0.24),), 1, 0),
}


@pytest.mark.parametrize(("others", "kept", "dropped"), SIFTED.values(), ids=SIFTED)
def test_ink_is_large_strong_and_inside_and_the_rest_is_counted(others, kept, dropped):
    strength = strengths(LARGE, *others)
    result = photos.sift(strength, 0.25)
    assert (result.ink == (strengths(*(LARGE, *others)[:kept]) > 0)).all()
    assert result.dropped == pytest.approx(dropped) and not result.lines
    real = result.ink if "border" not in str(others) else result.all
    assert (result.all >= real).all()
    at_border = any(left == 0 for _, left, *_ in others) and dropped
    assert (result.all == (strength > 0 if at_border else result.ink)).all()


def test_a_line_is_dropped_by_its_area_but_not_where_it_crosses_the_pen():
    strength = strengths(LARGE, (60, 0, 3, 160, 1.0))
    strength[44:46] = 0
    result = photos.sift(strength, 0.25)
    assert result.lines and (result.all == (strength > 0)).all()
    beside = strength > 0
    beside[:, :20] = beside[:, 120:] = False
    assert (result.ink >= beside).all()
    assert not result.ink[60:63, :15].any() and not result.ink[60:63, 125:].any()


@pytest.mark.parametrize("shape", [(161, 90), (90, 320), (321, 321)])
def test_a_large_picture_is_sifted_in_steps_and_keeps_its_pixels(shape):
    strength = np.zeros(shape, np.float32)
    strength[20:61, 30:60] = 0.9
    strength[30:40, 40:50] = 0.2  # a hole
    result = photos.sift(strength, 0.25)
    assert result.ink.shape == shape
    assert (result.ink == (strength > 0.25)).all()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("height", "length", "down", "is_line"),
    [
        (1, 65, 0, True),
        (1, 64, 0, False),
        (4, 65, 0, True),
        (5, 65, 0, False),
        (1, 80, 2, True),
        (1, 80, 3, False),
    ],
)
def test_a_long_line_is_thin_and_nearly_level_or_upright(
    height, length, down, is_line, turned
):
    ink = torch.zeros(100, 100, dtype=torch.bool)
    ink[50 : 50 + height, 10 : 10 + length // 2] = True
    ink[50 + down : 50 + down + height, 10 + length // 2 : 10 + length] = True
    ink = ink.T if turned else ink
    assert photos.long_lines(ink).equal(ink if is_line else torch.zeros_like(ink))


@pytest.mark.parametrize(("thin", "is_line"), [(33, True), (32, False)])
def test_a_long_line_is_thin_in_half_of_its_length(thin, is_line):
    ink = torch.zeros(100, 100, dtype=torch.bool)
    ink[50:52, 10 : 10 + thin] = True
    expected = ink.clone() if is_line else torch.zeros_like(ink)
    ink[46:56, 10 + thin : 80] = True  # the bar of a 7, say, with its stem
    assert photos.long_lines(ink).equal(expected)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (5, 1), (1, 7)])
def test_grown_ink_is_what_has_ink_within_the_window(size):
    ink = torch.rand(20, 15, generator=torch.Generator().manual_seed(0)) < 0.05
    expected = ndimage.maximum_filter(ink.numpy(), size, mode="constant")
    assert (photos.grown(ink, *size).numpy() == expected).all()


@pytest.mark.parametrize(("far", "same"), [(0, True), (3, True), (4, False)])
@pytest.mark.parametrize("axis", [0, 1])
def test_two_boxes_are_the_same_up_to_three_in_a_hundred(far, same, axis):
    ink, stricter = np.zeros((2, 100, 80), bool)
    ink[20:60, 20:60] = True
    near, end = [20, 20], [60, 60]
    near[axis] += far
    stricter[near[0] : end[0], near[1] : end[1]] = True
    assert photos.same_box(ink, stricter) == same == photos.same_box(stricter, ink)
    assert not photos.same_box(ink, ink & False)


@pytest.mark.parametrize("shape", [(25, 25), (25, 24), (24, 25)])
def test_a_frame_spans_more_than_six_tenths_of_both_sides(shape):
    number = torch.zeros(40, 40, dtype=torch.int64)
    rows, columns = shape
    number[5 : 5 + rows, 5 : 5 + columns] = 1
    number[6 : 4 + rows, 6 : 4 + columns] = 0
    number[15, 15] = 2
    real = torch.tensor([False, True, True])
    assert photos.frames_others(number, 1, real) == (shape == (25, 25))
    assert not photos.frames_others(number, 1, torch.tensor([False, True, False]))


def test_the_longest_contact_is_the_share_of_the_side_that_has_most():
    ink = np.zeros((10, 20), bool)
    assert photos.longest_contact(ink) == 0
    for places, share in (
        ((0, slice(5, 10)), 0.25),
        ((-1, slice(5, 11)), 0.3),
        ((slice(3, 7), 0), 0.4),
        ((slice(3, 8), -1), 0.5),
    ):
        ink[places] = True
        assert photos.longest_contact(ink) == share


@pytest.mark.parametrize(
    ("covered", "faint", "is_cut"),
    [
        *((10, 0, False), (11, 0, True), (59, 0, True), (60, 0, False)),
        *((30, 19, True), (30, 20, False)),
    ],
)
def test_a_picture_is_cut_to_its_ink_if_that_covers_much_and_is_there_or_not(
    covered, faint, is_cut
):
    ink = np.zeros((10, 10), bool)
    ink[0, 5] = ink[-1, 5] = ink[5, 0] = True
    inside = [(row, column) for row in range(1, 9) for column in range(1, 9)]
    for place in inside[: covered - 3]:
        ink[place] = True
    strength = np.full(100, 0.25)
    strength[:20] = 0.6
    strength[20 : 20 + faint] = 0.5  # neither there nor not
    assert photos.is_cut_to_ink(strength, ink) == is_cut


def bar(paper: float = 150, pen: float = 50) -> np.ndarray:
    """A bar of 600 pixels on paper, without any grain: (120, 120, 3)."""
    pixels = np.full((120, 120, 3), paper, np.float32)
    pixels[30:90, 50:60] = pen
    return pixels


def test_sixteen_grey_levels_are_contrast_enough():
    assert read(bar(240, 223)).ink.count_nonzero() == 600
    with pytest.raises(ValueError, match="hardly any ink"):
        read(bar(240, 225))


@pytest.mark.parametrize(("levels", "assumed"), [(24, ()), (26, (photos.UNEVEN,))])
def test_paper_is_even_if_nothing_is_much_lighter_than_it(levels, assumed):
    pixels = bar()
    pixels[60:80, 70:90] += levels  # of the 100 between paper and pen
    photo = read(pixels)
    assert photo.assumed == assumed and photo.ink.count_nonzero() == 600


@pytest.mark.parametrize("levels", [34, 36])
def test_what_is_cut_to_the_ink_has_even_paper_or_is_refused(levels):
    rows, columns = (np.flatnonzero(four().any(axis)) for axis in (1, 0))
    pixels = np.where(four()[..., None], 50.0, 150) * np.ones(3)
    pixels = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pixels[5:9, 3:7] += levels
    if levels == 34:
        assert read(pixels).assumed == (photos.CUT,)
        return
    with pytest.raises(ValueError, match="leave empty paper") as error:
        read(pixels)
    assert is_one_sentence(error)


@pytest.mark.parametrize("width", [79, 80])
def test_what_is_dropped_is_less_than_eight_times_the_ink(width):
    pixels = np.full((160, 160, 3), 240, np.float32)
    pixels[60:80, 70:80] = 50  # 200 pixels
    pixels[120:140, :width] = 50  # at the border
    if width == 79:
        photo = read(pixels)
        assert photo.assumed == (photos.DROPPED,)
        assert photo.ink.count_nonzero() == 200
        return
    with pytest.raises(ValueError, match="leave empty paper"):
        read(pixels)


def test_how_sure_it_is_is_the_share_of_the_ink_that_is_far_from_the_paper():
    pixels = np.full((120, 120, 3), 240, np.float32)
    pixels[30:90, 50:60] = 40
    pixels[70:90, 50:60] = 150  # 0.45 of the contrast
    photo = read(pixels)
    assert photo.assumed == () and (photo.ink > 0).sum() == 600
    assert photo.sure == pytest.approx(400 / 600)


# Files


@pytest.mark.parametrize("longest", [28, 29, 27, 28.0])
def test_a_picture_may_be_made_as_small_as_a_digit_but_no_smaller(tmp_path, longest):
    file = save(sheet(), tmp_path / "photo.png")
    if longest in (28, 29) and isinstance(longest, int):
        assert photos.from_file(file, longest).shape == (longest, longest)
        return
    with pytest.raises(ValueError, match="whole pixels, at least 28") as error:
        photos.from_file(file, longest)
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    ("highest", "white"),
    [(0.5, 1), (1, 1), (2, 3), (255, 255), (256, 511), (4095, 4095), (65535, 65535)],
)
def test_white_is_what_the_bits_can_hold_that_the_brightest_needs(highest, white):
    image = Image.fromarray(np.array([[0, highest]], np.float32))
    assert photos._white(image) == white


@pytest.mark.parametrize("highest", [0, -1, np.inf])
def test_a_scan_without_any_light_is_no_picture(tmp_path, highest):
    pixels = np.full((40, 40), highest, np.float32)
    Image.fromarray(pixels).save(tmp_path / "scan.tiff")
    with pytest.raises(ValueError, match=r"^scan\.tiff is not an image") as error:
        photos.from_file(tmp_path / "scan.tiff")
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    ("mode", "form", "depth"),
    [
        ("1", "png", 1),
        ("L", "png", 1),
        ("P", "png", 1),
        ("I;16", "png", 2),
        ("I;16B", "tiff", 6),
        ("RGB", "png", 4),
        ("RGBA", "png", 4),
        ("RGB", "webp", 16),
        ("RGB", "avif", 16),
    ],
)
def test_how_much_a_picture_may_take_depends_on_what_its_pixels_take(
    mode, form, depth, tmp_path, monkeypatch
):
    if form in ("webp", "avif") and not features.check(form):
        pytest.skip(f"Pillow was built without {form}")
    image = Image.fromarray(sheet().mean(2).astype(np.uint8))
    if mode.startswith("I;16"):
        values = np.asarray(image).astype(">u2" if mode.endswith("B") else "<u2")
        image = Image.frombytes(mode, image.size, (values * 200).tobytes())
    else:
        image = image.convert(mode)
    file = tmp_path / f"photo.{form}"
    image.save(file)
    with Image.open(file) as opened:
        assert opened.mode == mode
    monkeypatch.setattr(photos, "MOST_BYTES", depth * 240 * 240)
    assert photos.load(file, 240).shape == (240, 240, 3)
    monkeypatch.setattr(photos, "MOST_BYTES", depth * 240 * 240 - 1)
    with pytest.raises(ValueError, match="fewer pixels"):
        photos.load(file, 240)


@pytest.mark.parametrize(("form", "side"), [("jpg", 200), ("png", 1600)])
def test_a_large_jpeg_is_read_smaller_at_once(tmp_path, form, side, monkeypatch):
    image = Image.fromarray(sheet().clip(0, 255).astype(np.uint8))
    image.resize((1600, 1600)).save(tmp_path / f"photo.{form}")
    sizes, reduced = [], photos._reduced

    def watched(opened, longest):
        sizes.append(opened.size)
        return reduced(opened, longest)

    monkeypatch.setattr(photos, "_reduced", watched)
    assert photos.load(tmp_path / f"photo.{form}", 150).shape == (150, 150, 3)
    assert sizes == [(side, side)]


@pytest.mark.parametrize(("side", "factor"), [(199, 1), (200, 1), (400, 2), (1000, 5)])
def test_a_picture_is_made_smaller_in_strips_as_it_is_in_one(side, factor):
    pixels = np.random.default_rng(0).integers(0, 256, (side, 150, 3), np.uint8)
    image = Image.fromarray(pixels)
    whole = image.reduce(factor)
    whole.thumbnail((100, 100))
    found = photos._reduced(image, 100)
    assert found.size == whole.size
    # A pixel that is not opaque by a hair may be rounded otherwise.
    difference = np.asarray(found, int) - np.asarray(whole, int)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("low", [0, 10_000])
def test_a_scan_of_16_bits_is_read_by_its_own_depth(tmp_path, low):
    grey = sheet().mean(2)
    for name, scale in (("16", 80), ("12", 14)):
        file = tmp_path / f"{name}.png"
        values = low * (scale > 20) + scale * grey
        Image.fromarray(values.astype(np.uint16)).save(file)
        photo = photos.read_photo(file)
        assert is_the_four(photo)
        other = Image.frombytes("I;16B", (240, 240), values.astype(">u2").tobytes())
        other.save(tmp_path / f"{name}.tiff")  # the high byte first, as some scanners
        assert photos.read_photo(tmp_path / f"{name}.tiff").ink.equal(photo.ink)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I", "F"])
def test_every_mode_is_read_alike_and_in_strips(tmp_path, mode):
    image = Image.fromarray(sheet().clip(0, 255).astype(np.uint8))
    image = image.resize((960, 960), Image.Resampling.NEAREST)
    suffix = "png" if mode in ("1", "L", "P", "RGB", "RGBA", "LA") else "tiff"
    source = image.convert("L") if mode in "IF" else image
    source.convert(mode).save(tmp_path / f"photo.{suffix}")
    photo = photos.read_photo(tmp_path / f"photo.{suffix}", longest=240)
    assert photo.ink.shape == (240, 240) and is_the_four(photo, slack=0.1)


def test_too_many_pixels_are_refused_before_they_are_read(tmp_path, monkeypatch):
    file = save(sheet(), tmp_path / "large.png")
    read_pixels = []
    monkeypatch.setattr(
        Image.Image, "crop", lambda *a: read_pixels.append(a) or pytest.fail("read")
    )
    for name, most in (("MOST_BYTES", 240 * 240), ("MAX_IMAGE_PIXELS", 40_000)):
        with monkeypatch.context() as limit:
            limit.setattr(photos if name == "MOST_BYTES" else Image, name, most)
            with pytest.raises(ValueError, match="fewer pixels") as error:
                photos.from_file(file)
            assert is_one_sentence(error)


@pytest.mark.parametrize("form", ["png", "jpg", "gif", "bmp", "tiff"])
def test_a_damaged_file_is_one_sentence_or_still_a_picture(tmp_path, form):
    whole = tmp_path / f"whole.{form}"
    Image.fromarray(sheet().clip(0, 255).astype(np.uint8)).save(whole)
    content, rng = whole.read_bytes(), np.random.default_rng(0)
    bad = tmp_path / f"bad.{form}"
    for _ in range(25):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 400), 3):
            damaged[place] = rng.integers(256)
        bad.write_bytes(damaged[: rng.integers(10, len(damaged))])
        try:
            assert photos.from_file(bad).isfinite().all()
        except ValueError as error:
            assert is_one_sentence(error) and str(error).startswith(bad.name)


# The benchmark


def test_a_form_whose_reader_holds_a_picture_several_times_may_hold_fewer_pixels(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(photos, "MOST_BYTES", 15 * 240 * 240)
    colours = Image.fromarray(sheet().astype(np.uint8))
    for form in ("png", "webp"):
        colours.save(tmp_path / f"photo.{form}")
    assert photos.from_file(tmp_path / "photo.png").any()
    with pytest.raises(ValueError, match="fewer pixels"):
        photos.from_file(tmp_path / "photo.webp")


@pytest.mark.filterwarnings("error")
def test_a_damaged_note_in_a_photo_says_nothing_and_hides_nothing(tmp_path):
    file, exif = tmp_path / "photo.png", Image.Exif()
    exif[0x0112] = 1
    Image.fromarray(sheet().astype(np.uint8)).save(file, exif=exif.tobytes()[:-9])
    with Image.open(file) as image, pytest.warns(UserWarning, match="Corrupt EXIF"):
        image.getexif()
    assert photos.read_photo(file).ink.any()


def test_the_benchmark_measures_the_same_digits_in_every_kind():
    file = Path(__file__).parent.parent / "benchmarks" / "photos.py"
    spec = importlib.util.spec_from_file_location("photos_benchmark", file)
    assert spec and spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert len(benchmark.KINDS) >= 30
    kinds = {name: benchmark.KINDS[name] for name in ("clean", "row of 5")}
    rows = list(benchmark.measure(kinds, count=20))
    assert [(row["kind"], row["network"]) for row in rows] == [
        (kind, network) for kind in kinds for network in ("ConvNet", "best")
    ]
    for row in rows:
        assert row["digits"] == 20 and row["right"] >= 90
        assert 0 <= row["refused"] < 50 and row["wrong_and_sure"] <= 5
    images = torch.zeros(3, 1, 28, 28)
    images[:, 0, 4:24, 10:18] = 2.8
    clean, pencil = (benchmark.KINDS[name] for name in ("clean", "pencil"))
    dark = [
        benchmark.photograph(images[:1], kind, (0, 7)).mean(2) < 190
        for kind in (clean, pencil)
    ]
    assert (dark[0] == dark[1]).mean() > 0.98
    # A photo that is refused counts as such, one cut into too many digits as wrong.
    labels = [torch.tensor([1]), torch.tensor([1]), torch.tensor([1])]
    sure = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    with torch.no_grad():
        sure[1].weight.zero_()
        sure[1].bias.copy_(torch.eye(10)[1] * 50)
    score = benchmark.score(sure, [images[:1], None, images[:2]], labels)
    assert score == (3, 50.0, pytest.approx(100 / 3), pytest.approx(100 / 3))


@pytest.mark.parametrize("turns", range(4))
def test_a_picture_is_cut_to_its_ink_where_three_sides_have_some(turns):
    ink = np.zeros((10, 10), dtype=bool)
    ink[2:8, 3:6] = True  # a body that reaches no side
    ink[0, 5] = ink[-1, 5] = ink[5, 0] = True
    turned = np.rot90(ink, turns)
    assert photos.is_cut_to_ink(turned.astype(float), turned)
    ink[-1, 5] = False
    turned = np.rot90(ink, turns)
    assert not photos.is_cut_to_ink(turned.astype(float), turned)
