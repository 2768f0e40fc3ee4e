"""Photos: what is paper and what is ink, what is dropped, what is refused."""

import numpy as np
import pytest
import torch
from PIL import Image
from support import is_one_sentence

from mnist_tutorial import drawing, photos, pictures


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


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path):
    text = tmp_path / "note.txt"
    text.write_text("seven")
    with pytest.raises(ValueError, match="save it as PNG") as error:
        photos.from_file(text)
    assert is_one_sentence(error)
    flat = save(np.full((50, 50), 180), tmp_path / "flat.png")
    with pytest.raises(ValueError, match="more contrast") as error:
        photos.from_file(flat)
    assert is_one_sentence(error)
    with pytest.raises(FileNotFoundError):
        photos.from_file(tmp_path / "none.png")
