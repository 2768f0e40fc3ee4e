"""Pictures: printed characters, several digits, what is cut out of them, and photos."""

import numpy as np
import pytest
import torch
from PIL import Image
from support import is_one_sentence, mnist_splits

from mnist_tutorial import data, drawing, model, pictures, train


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
        with pytest.raises(ValueError, match=r"no digit|is empty") as error:
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
        ready = torch.stack([drawing.prepare_drawing(ink) for ink in found])
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
    assert drawing.prepare_drawing(ink).shape == (1, 28, 28)


def test_a_large_or_coloured_photo_is_made_small_and_grey(tmp_path):
    pixels = np.full((1000, 500, 3), 250)
    pixels[200:800, 200:260] = (10, 20, 90)
    ink = pictures.from_file(save(pixels, tmp_path / "big.png"))
    assert ink.shape == (400, 200)
    assert ink[200, 92] > 0.9 and ink[200, 20] == 0


def test_ink_on_a_transparent_sheet_is_ink_on_paper(tmp_path):
    sheet = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    sheet.paste((0, 0, 0, 255), (10, 5, 20, 35))
    sheet.save(tmp_path / "sheet.png")
    ink = pictures.from_file(tmp_path / "sheet.png")
    assert ink[5:35, 10:20].eq(1).all() and ink.sum() == 300


def test_a_photo_that_a_phone_took_on_its_side_is_turned_upright(tmp_path):
    pixels = np.full((120, 90), 220)
    pixels[40:80, 30:36] = 40
    upright = pictures.from_file(save(pixels, tmp_path / "upright.png"))
    turned = Image.fromarray(np.rot90(pixels).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the orientation: to be turned clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    assert pictures.from_file(tmp_path / "turned.png").equal(upright)


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path):
    text = tmp_path / "note.txt"
    text.write_text("seven", encoding="utf-8")
    with pytest.raises(ValueError, match="save it as PNG") as error:
        pictures.from_file(text)
    assert is_one_sentence(error)
    flat = save(np.full((50, 50), 180), tmp_path / "flat.png")
    with pytest.raises(ValueError, match="more contrast") as error:
        pictures.from_file(flat)
    assert is_one_sentence(error)
    with pytest.raises(FileNotFoundError):
        pictures.from_file(tmp_path / "none.png")


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
    found = pictures.from_folder(root, fewest=3)
    assert found.classes == ["house", "tree"]
    assert found.files == [
        *(root / "house" / name for name in sorted(HOUSES)),
        *(root / "tree" / name for name in sorted(TREES)),
    ]
    assert found.labels.dtype == torch.int64
    assert found.labels.tolist() == [0] * 3 + [1] * 4
    assert found.images.shape == (7, 1, 28, 28)
    assert found.images.dtype == torch.float32
    for image, file in zip(found.images, found.files, strict=True):
        assert image.equal(drawing.prepare_drawing(pictures.from_file(file)))
    assert found.images.min().item() == pytest.approx(-data.MEAN / data.STD)
    assert len(found.images.flatten(1).unique(dim=0)) == 7
    again = pictures.from_folder(str(root), fewest=3)
    assert again.images.equal(found.images)


def test_a_group_is_what_stands_before_the_last_hyphen_else_the_file(tmp_path):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    found = pictures.from_folder(root, fewest=3)
    group_of = {
        f"{file.parent.name}/{file.name}": group
        for file, group in zip(found.files, found.groups, strict=True)
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
    found = pictures.from_folder(root, fewest=3)
    assert found.classes == plain.classes and found.files == plain.files
    assert found.images.equal(plain.images)


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


@pytest.mark.parametrize(("classes", "count"), [({}, 0), ({"tree": TREES}, 1)])
def test_fewer_than_two_classes_are_one_sentence(tmp_path, classes, count):
    root = write_classes(tmp_path / "mine", **classes)
    root.mkdir(exist_ok=True)
    with pytest.raises(ValueError, match=f"'mine' holds {count}.*two") as error:
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
    with pytest.raises(ValueError, match=r"bad-1\.png is not an image") as error:
        pictures.from_folder(root, fewest=3)
    assert is_one_sentence(error)


def test_a_blank_image_is_named(tmp_path):
    root = write_classes(tmp_path, tree=TREES, house=HOUSES)
    save(np.full((40, 30), 200), root / "tree" / "white-1.png")
    with pytest.raises(ValueError, match=r"white-1\.png shows hardly any ink") as error:
        pictures.from_folder(root, fewest=3)
    assert is_one_sentence(error)


# Printed folders


def test_printed_folders_are_read_back_with_their_fonts_as_groups(tmp_path):
    pictures.print_folder(tmp_path, chance(), "BA", copies=2)
    found = pictures.from_folder(tmp_path)
    assert found.classes == ["A", "B"]
    names = [f"{font}-{k}.png" for font in pictures.FONTS for k in (1, 2)]
    assert [file.name for file in found.files] == sorted(names) * 2
    assert set(found.groups) == set(pictures.FONTS)
    fold_of = data.grouped_folds(found.labels, found.groups)
    for part in range(3):
        assert 8 <= (fold_of == part).sum() / 2 <= 10  # 4 or 5 fonts, 2 copies each


def test_printed_digits_in_a_folder_are_dark_on_light_and_are_read(tmp_path):
    pictures.print_folder(tmp_path, chance(), copies=1)
    found = pictures.from_folder(tmp_path)
    assert found.classes == [*"0123456789"]
    assert len(found.files) == 10 * len(pictures.FONTS)
    for file in found.files[::17]:
        pixels = np.asarray(Image.open(file))
        assert pixels.dtype == np.uint8 and pixels.ndim == 2
        assert np.median(pixels) == 255 and pixels.min() < 60
    preds = train.predict(model.load_pretrained(0), found.images).argmax(1)
    assert (preds == found.labels).double().mean() > 0.95


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
