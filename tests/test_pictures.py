"""Pictures: printed characters, several digits, what is cut out of them, and photos."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image, ImageFont
from support import chance, is_one_sentence, some

from mnist_tutorial import data, drawing, model, pictures, train


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


@pytest.mark.parametrize("size", [8, 40, 81])
def test_a_character_is_printed_as_pillow_does_with_room_on_every_side(size):
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "cmss10.ttf"
    font = ImageFont.truetype(str(file), size)
    mask = font.getmask("8")
    expected = np.array(mask, np.uint8).reshape(mask.size[::-1])
    expected = drawing.crop_to_ink(torch.from_numpy(expected))
    assert pictures.printed("8", "cmss10", size).equal(expected)
    usual = pictures.printed("8")
    assert usual.equal(pictures.printed("8", "DejaVuSans", 80))


@pytest.mark.parametrize("size", [-3, 0, 7, 20.5])
def test_a_size_too_small_to_print_is_one_sentence(size):
    with pytest.raises(ValueError, match="size must be a whole number") as error:
        pictures.printed("4", size=size)
    assert is_one_sentence(error)
    assert pictures.printed("4", size=8).any()


def test_printed_digits_are_read_once_they_are_prepared():
    inks = pictures.alphabet("0123456789")
    images = torch.stack([drawing.prepare_drawing(ink) for ink in inks])
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
        result = dark[corner[0] : corner[0] + len(ink), corner[1] :][:, : ink.shape[1]]
        torch.testing.assert_close(result, ink / 255)
        corners.add(corner)
    assert len(corners) > 15
    again = pictures.on_a_sheet(ink, chance())
    assert torch.equal(again, sheets[0])
    with pytest.raises(ValueError, match="draw it smaller") as error:
        pictures.on_a_sheet(ink, chance(), side=20)
    assert is_one_sentence(error)


@pytest.mark.parametrize("side", [20, 30])
def test_ink_lies_anywhere_on_the_sheet_up_to_its_last_row_and_column(side):
    ink = torch.full((19, 20), 255, dtype=torch.uint8)
    generator, corners = chance(), set()
    for _ in range(40 * (side - 18) * (side - 19) // 5):
        dark = 1 - pictures.on_a_sheet(ink, generator, side)
        assert dark.sum() == 19 * 20
        corners.add(tuple(dark.nonzero()[0].tolist()))
    expected = {(r, c) for r in range(side - 18) for c in range(side - 19)}
    assert corners == expected
    with pytest.raises(ValueError, match="draw it smaller"):
        pictures.on_a_sheet(ink, generator, side=19)


@pytest.mark.parametrize("gap", [4, -3])
def test_a_row_has_its_digits_between_margins_and_sways_by_five_rows(gap):
    images, _ = some(3)
    inks = [drawing.crop_to_ink(drawing.ink_of(image)) for image in images]
    height, tops = max(map(len, inks)) + 5 + 12, [set(), set(), set()]
    for seed in range(40):
        picture = pictures.in_a_row(images, chance(seed), gap)
        width = sum(ink.shape[1] + gap for ink in inks) + 12 + abs(gap)
        assert picture.shape == (height, width)
        expected, left = torch.zeros_like(picture), 6
        for ink, seen in zip(inks, tops, strict=True):
            middle = (height - 5 - len(ink)) // 2
            for top in range(middle, middle + 6):
                place = (slice(top, top + len(ink)), slice(left, left + ink.shape[1]))
                if (picture[place] >= ink).all():
                    expected[place] = expected[place].maximum(ink)
                    seen.add(top - middle)
                    break
            left += ink.shape[1] + gap
        assert picture.equal(expected)
    assert tops == [set(range(6))] * 3
    assert pictures.in_a_row(images, chance()).equal(
        pictures.in_a_row(images, chance(), gap=4)
    )


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
        with pytest.raises(ValueError, match=r"no digit|is empty") as error:
            pictures.in_a_row(bad, chance())
        assert is_one_sentence(error)


def save(pixels: np.ndarray, path):
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


# A folder of images for each class


def write_classes(root, **files: list[str]):
    """A folder for each class, with a dark stroke of its own in each of its files."""
    rng = np.random.default_rng(0)
    for name, names in files.items():
        (root / name).mkdir(parents=True)
        for file in names:
            pixels = np.full((40, 30), 220)
            top, left, height, width = rng.integers(3, 14, 4)
            pixels[top : top + height, left : left + width] = 30
            save(pixels, root / name / file)
    return root


TREES = ["tom-1.png", "anna-02.png", "anna-b-1.jpg", "-9.png"]
HOUSES = ["plain.png", "anna-1.png", "anna-03.png"]


def test_a_folder_is_read_class_by_class_each_image_as_a_drawing(tmp_path):
    root = write_classes(tmp_path / "mine", tree=TREES, house=HOUSES)
    result = pictures.from_folder(root, fewest=3)
    assert result.classes == ["house", "tree"]
    assert result.files == [
        *(root / "house" / name for name in sorted(HOUSES)),
        *(root / "tree" / name for name in sorted(TREES)),
    ]
    assert result.labels.dtype == torch.int64
    assert result.labels.tolist() == [0] * 3 + [1] * 4
    assert result.images.shape == (7, 1, 28, 28)
    assert result.images.dtype == torch.float32
    for image, file in zip(result.images, result.files, strict=True):
        assert image.equal(drawing.prepare_drawing(pictures.from_file(file)))
    assert result.images.min().item() == pytest.approx(-data.MEAN / data.STD)
    assert len(result.images.flatten(1).unique(dim=0)) == 7
    again = pictures.from_folder(str(root), fewest=3)
    assert again.images.equal(result.images)


def test_a_group_is_what_stands_before_the_last_hyphen_else_the_file(tmp_path):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    result = pictures.from_folder(root, fewest=3)
    group_of = {
        f"{file.parent.name}/{file.name}": group
        for file, group in zip(result.files, result.groups, strict=True)
    }
    assert group_of == {
        "house/anna-03.png": "anna",
        "house/anna-1.png": "anna",
        "house/plain.png": "house/plain.png",
        "tree/-9.png": "tree/-9.png",
        "tree/anna-02.png": "anna",
        "tree/anna-b-1.jpg": "anna-b",
        "tree/tom-1.png": "tom",
    }


def test_what_begins_with_a_dot_or_lies_where_no_image_belongs_is_passed_over(
    tmp_path,
):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    plain = pictures.from_folder(root, fewest=3)
    write_classes(root, **{".cache": ["a-1.png"]})
    write_classes(root / "house", drafts=["a-1.png"])
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (root / "house" / name).write_text("no image", encoding="utf-8")
    (root / "notes.txt").write_text("no image", encoding="utf-8")
    result = pictures.from_folder(root, fewest=3)
    assert result.classes == plain.classes and result.files == plain.files
    assert result.images.equal(plain.images)


def test_files_of_one_group_only_are_refused_with_the_rule_of_names(tmp_path):
    root = write_classes(tmp_path, tree=["IMG-1.png"], house=["IMG-1.png"])
    with pytest.raises(ValueError, match="one group, 'IMG', which is what") as error:
        pictures.from_folder(root, fewest=1)
    assert is_one_sentence(error)


def test_ten_images_of_each_class_are_enough_and_nine_are_not(tmp_path):
    names = [f"{k}-1.png" for k in range(10)]
    root = write_classes(tmp_path, tree=names, house=names)
    assert len(pictures.from_folder(root).images) == 20
    (root / "tree" / names[0]).unlink()
    with pytest.raises(ValueError, match=r"'tree' has 9 images.* at least 10") as error:
        pictures.from_folder(root)
    assert is_one_sentence(error)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        with pytest.raises(FileNotFoundError, match=f"no folder {name!r}") as error:
            pictures.from_folder(tmp_path / name)
        assert is_one_sentence(error)


@pytest.mark.parametrize(
    ("classes", "count"), [({}, "0 folders"), ({"tree": TREES}, "1 folder")]
)
def test_fewer_than_two_classes_are_one_sentence(tmp_path, classes, count):
    root = write_classes(tmp_path / "mine", **classes)
    root.mkdir(exist_ok=True)
    with pytest.raises(ValueError, match=f"'mine' holds {count},.*two") as error:
        pictures.from_folder(root, fewest=1)
    assert is_one_sentence(error)


def half(file) -> bytes:
    content = file.read_bytes()
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "content",
    [b"seven", b"", lambda root: half(root / "tree" / TREES[0])],
    ids=["a text", "nothing", "half an image"],
)
def test_a_file_that_is_no_image_is_named(tmp_path, content):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    bad = root / "house" / "bad-1.png"
    bad.write_bytes(content(root) if callable(content) else content)
    said = r"^In class 'house', bad-1\.png is not an image"
    with pytest.raises(ValueError, match=said) as error:
        pictures.from_folder(root, fewest=3)
    assert is_one_sentence(error)


def test_a_blank_image_is_named(tmp_path):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    save(np.full((40, 30), 200), root / "tree" / "white-1.png")
    said = r"^In class 'tree', white-1\.png shows hardly any ink"
    with pytest.raises(ValueError, match=said) as error:
        pictures.from_folder(root, fewest=3)
    assert is_one_sentence(error)


# Drawings that are saved


def stroke(height: int = 60) -> torch.Tensor:
    """An upright stroke, which in a photograph would be a ruled line."""
    ink = torch.zeros(112, 112, dtype=torch.uint8)
    ink[-height:, 50:58] = 255
    return ink


def test_a_drawing_is_read_back_as_it_was_drawn_even_a_single_stroke(tmp_path):
    for k, ink in enumerate((stroke(112), stroke(30), pictures.printed("i"))):
        for name in ("bar", "other"):
            path = pictures.save_drawing(tmp_path, ink, name, f"anna{k}")
        assert path == tmp_path / "other" / f"anna{k}-1.png"
        pixels = np.asarray(Image.open(path))
        assert pixels.dtype == np.uint8 and (pixels == 255 - ink.numpy()).all()
    own = pictures.from_folder(tmp_path, fewest=1)
    inks = [stroke(112), stroke(30), pictures.printed("i")] * 2
    for image, ink in zip(own.images, inks, strict=True):
        assert image.equal(drawing.prepare_drawing(ink))
    with pytest.raises(ValueError, match="what is ink"):
        pictures.from_file(tmp_path / "bar" / "anna0-1.png")  # for a photograph: doubt


def test_files_are_counted_up_by_class_and_writer_and_none_is_replaced(tmp_path):
    def save(*names):
        return pictures.save_drawing(tmp_path, stroke(), *names).name

    assert [save("heart", "anna") for _ in range(3)] == [
        *("anna-1.png", "anna-2.png", "anna-3.png")
    ]
    assert save("heart", "tom") == "tom-1.png"
    assert save("star", "anna") == "anna-1.png"
    (tmp_path / "heart" / "anna-2.png").unlink()
    (tmp_path / "heart" / "anna-x.png").touch()
    (tmp_path / "heart" / "anna-b-9.jpg").touch()
    (tmp_path / "heart" / "anna-11.jpg").touch()
    assert save("heart", "anna") == "anna-12.png"
    assert save("heart", "anna-b") == "anna-b-10.png"
    assert save(" heart ", " anna ") == "anna-13.png"


def test_a_file_that_comes_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    pictures.save_drawing(tmp_path, stroke(), "heart", "anna")
    before = (tmp_path / "heart" / "anna-1.png").read_bytes()
    monkeypatch.setattr(pictures.Path, "iterdir", lambda folder: iter(()))
    path = pictures.save_drawing(tmp_path, stroke(20), "heart", "anna")
    assert path.name == "anna-2.png"
    assert (tmp_path / "heart" / "anna-1.png").read_bytes() == before


def test_a_drawing_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures, "write_atomically", full)
    with pytest.raises(OSError, match="No space left"):
        pictures.save_drawing(tmp_path, stroke(), "heart", "anna")
    assert not list((tmp_path / "heart").iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "first, such as"),
        (" ", "first, such as"),
        ("a/b", "cannot hold '/'"),
        ("a\\b", "cannot hold"),
        ("who?", "cannot hold '\\?'"),
        ("a\nb", "cannot be seen"),
        ("..", "No file can be called"),
        (".hidden", "No file can be called"),
        ("end.", "No file can be called"),
        ("con", "No file can be called"),
        ("LPT1.x", "No file can be called"),
        ("a" * 41, "has 41 characters"),
    ],
)
def test_a_name_that_no_file_could_have_is_one_sentence(tmp_path, name, words):
    for names in ((name, "anna"), ("heart", name)):
        with pytest.raises(ValueError, match=words) as error:
            pictures.save_drawing(tmp_path / "new", stroke(), *names)
        assert is_one_sentence(error)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["é", "♥", "Anna-Lena", "class 3", "a" * 40, "7"])
def test_any_other_name_is_taken(tmp_path, name):
    path = pictures.save_drawing(tmp_path, stroke(), name, name)
    assert path == tmp_path / name / f"{name}-1.png" and path.is_file()
    again = pictures.save_drawing(tmp_path, stroke(), name, name)
    assert again.name == f"{name}-2.png"


def test_a_drawing_makes_the_folders_that_it_needs(tmp_path):
    path = pictures.save_drawing(tmp_path / "my" / "own", stroke(), "heart", "anna")
    assert path == tmp_path / "my" / "own" / "heart" / "anna-1.png" and path.is_file()


def test_two_ways_to_write_an_accent_are_one_name(tmp_path):
    for name in ("Zoe\u0308", "Zo\u00eb"):
        path = pictures.save_drawing(tmp_path, stroke(), "heart", name)
    assert path.name == "Zo\u00eb-2.png"


def test_an_empty_drawing_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="sheet is empty") as error:
        pictures.save_drawing(tmp_path, stroke() * 0, "heart", "anna")
    assert is_one_sentence(error)
    assert not list(tmp_path.iterdir())


# Printed folders


def test_misplaced_files_lie_in_other_classes_and_are_told(tmp_path):
    pictures.print_folder(tmp_path, chance(), "ABC", copies=2)
    before = {file.read_bytes(): file for file in tmp_path.rglob("*.png")}
    moved = pictures.misplace(tmp_path, chance(1), 5)
    assert len(moved) == 5
    after = {file.read_bytes(): file for file in tmp_path.rglob("*.png")}
    assert after.keys() == before.keys()
    for content, file in after.items():
        old = before[content]
        name = file.relative_to(tmp_path).as_posix()
        assert (name in moved) == (old != file)
        assert moved.get(name, file.parent.name) == old.parent.name
        group, _, _ = file.name.rpartition("-")
        assert old.name.startswith(f"{group}-")
    folders = [tmp_path / "again", tmp_path / "once more"]
    for folder in folders:
        pictures.print_folder(folder, chance(), "AB", copies=1)
    told = [pictures.misplace(folder, chance(2), 3) for folder in folders]
    assert told[0] == told[1]


def test_a_printed_folder_has_three_copies_of_each_digit_and_takes_none_twice(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(pictures, "FONTS", ("cmr10",))
    pictures.print_folder(tmp_path / "new" / "here", chance())
    found = sorted(
        file.relative_to(tmp_path / "new" / "here").as_posix()
        for file in tmp_path.rglob("*.png")
    )
    assert found == [f"{k}/cmr10-{n}.png" for k in range(10) for n in (1, 2, 3)]
    with pytest.raises(FileExistsError):
        pictures.print_folder(tmp_path / "new" / "here", chance())


def test_printed_folders_are_read_back_with_their_fonts_as_groups(tmp_path):
    pictures.print_folder(tmp_path, chance(), "BA", copies=2)
    result = pictures.from_folder(tmp_path)
    assert result.classes == ["A", "B"]
    names = [f"{font}-{k}.png" for font in pictures.FONTS for k in (1, 2)]
    assert [file.name for file in result.files] == sorted(names) * 2
    assert set(result.groups) == set(pictures.FONTS)
    fold_of = data.grouped_folds(result.labels, result.groups)
    for part in range(3):
        assert 8 <= (fold_of == part).sum() / 2 <= 10  # 4 or 5 fonts, 2 copies each


def test_printed_digits_in_a_folder_are_dark_on_light_and_are_read(tmp_path):
    pictures.print_folder(tmp_path, chance(), copies=1)
    result = pictures.from_folder(tmp_path)
    assert result.classes == [*"0123456789"]
    assert len(result.files) == 10 * len(pictures.FONTS)
    for file in result.files[::17]:
        pixels = np.asarray(Image.open(file))
        assert pixels.dtype == np.uint8 and pixels.ndim == 2
        assert np.median(pixels) == 255 and pixels.min() < 60
    preds = train.predict(model.load_pretrained(0), result.images).argmax(1)
    assert (preds == result.labels).double().mean() > 0.95


def test_a_printed_folder_depends_on_the_generator_alone(tmp_path):
    contents = []
    for k, seed in enumerate((0, 0, 1)):
        torch.manual_seed(k)
        pictures.print_folder(tmp_path / str(k), chance(seed), "4", copies=1)
        files = sorted((tmp_path / str(k)).rglob("*.png"))
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]
    assert not set(contents[0]) & set(contents[2])


def test_each_copy_has_a_size_a_slant_and_a_place_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "FONTS", ("DejaVuSans",))
    pictures.print_folder(tmp_path, chance(), "I", copies=30)  # a bar
    heights, slants, corners = [], [], set()
    for file in sorted((tmp_path / "I").iterdir()):
        ink = 255 - np.asarray(Image.open(file)).astype(float)
        rows = ink.sum(1).nonzero()[0]
        heights.append(len(rows))
        upper, lower = (
            (ink[row] @ np.arange(ink.shape[1])) / ink[row].sum()
            for row in (rows[len(rows) // 4], rows[3 * len(rows) // 4])
        )
        run = rows[3 * len(rows) // 4] - rows[len(rows) // 4]
        slants.append(np.degrees(np.arctan2(upper - lower, run)))
        corners.add((rows[0], ink.sum(0).nonzero()[0][0]))
    assert max(heights) > 1.5 * min(heights) and len(set(heights)) > 10
    assert -14 < min(slants) < -7 and 7 < max(slants) < 14
    assert len(corners) > 25


def test_chance_in_the_middle_turns_a_copy_neither_way(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "FONTS", ("DejaVuSans",))
    monkeypatch.setattr(torch, "rand", lambda n, generator: torch.full((n,), 0.5))
    pictures.print_folder(tmp_path, chance(), "I", copies=1)
    ink = 255 - np.asarray(Image.open(tmp_path / "I/DejaVuSans-1.png")).astype(float)
    rows = ink[ink.any(1)]
    middle = rows[len(rows) // 4 : 3 * len(rows) // 4]
    assert (middle == middle[0]).all()  # a bar that stands upright
