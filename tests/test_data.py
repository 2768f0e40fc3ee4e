"""The embedded MNIST is whole, is as torchvision's, and is split and dealt well."""

import gzip
import hashlib
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from support import (
    IDX_NAMES,
    chance,
    idx,
    is_one_sentence,
    mnist_bytes,
    mnist_pixels,
    mnist_splits,
    write_idx_dataset,
)
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from mnist_tutorial import data

PACKAGE = Path(data.__file__).parent
DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")  # dataset-fashion-mnist


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# The files in the package


def test_the_decompressed_files_have_the_published_hashes():
    lines = (PACKAGE / "mnist/SHA256SUMS").read_text(encoding="utf-8").splitlines()
    published = {name: digest for digest, name in (line.split() for line in lines)}
    result = {
        name: sha256(content)
        for split in (True, False)
        for name, content in zip(IDX_NAMES[split], mnist_bytes(split), strict=True)
    }
    assert result == published


def test_the_package_holds_the_four_files_and_nothing_else():
    names = {file.name for file in (PACKAGE / "mnist").iterdir()}
    expected = {f"{name}.xz" for split in (True, False) for name in IDX_NAMES[split]}
    assert names == expected | {"SHA256SUMS"}


def truncated(content: bytes) -> bytes:
    return content[:-100]


def bit_flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def copy_of_the_files(folder: Path, names) -> Path:
    (folder / "mnist").mkdir()
    for name in names:
        shutil.copy(PACKAGE / "mnist" / f"{name}.xz", folder / "mnist")
    return folder


@pytest.mark.parametrize("damage", [truncated, bit_flipped])
@pytest.mark.parametrize(
    ("train", "which"), [(True, 0), (True, 1), (False, 0), (False, 1)]
)
def test_a_damaged_file_ends_in_its_name_both_hashes_and_the_remedy(
    train, which, damage, tmp_path, monkeypatch
):
    folder = copy_of_the_files(tmp_path, IDX_NAMES[train])
    file = folder / "mnist" / f"{IDX_NAMES[train][which]}.xz"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    monkeypatch.setattr(data, "files", lambda package: folder)
    with pytest.raises(RuntimeError) as error:
        data.MNIST(train=train)
    sentence = str(error.value)
    assert is_one_sentence(error)
    for part in (file.name, sha256(whole), sha256(damage(whole)), "git checkout"):
        assert part in sentence
    assert str(tmp_path) not in sentence


@pytest.mark.parametrize("which", [0, 1])
def test_a_missing_file_ends_in_its_name_and_the_remedy(which, tmp_path, monkeypatch):
    folder = copy_of_the_files(tmp_path, IDX_NAMES[False])
    missing = folder / "mnist" / f"{IDX_NAMES[False][which]}.xz"
    missing.unlink()
    monkeypatch.setattr(data, "files", lambda package: folder)
    with pytest.raises(RuntimeError, match=rf"{missing.name} is missing") as error:
        data.load_tensors(train=False)
    assert is_one_sentence(error)
    assert "git checkout" in str(error.value)


# Reads everything while every write and every connection is forbidden.
READ_ALL = """
import os, sys
from mnist_tutorial import data
print(data.MNIST and data.__file__)

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
FORBIDDEN = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.rmdir",
             "os.chmod", "os.utime", "os.truncate", "shutil.", "tempfile.", "socket.")

def refuse(event, args):
    if event.startswith(FORBIDDEN) or event == "open" and args[2] & WRITING:
        raise PermissionError(f"{event}{args}")

sys.addaudithook(refuse)
print(len(data.MNIST("nowhere", train=False, download=True)))
for train in (True, False):
    images, labels = data.load_tensors(train)
    print(tuple(images.shape), int(labels.sum()))
"""


def test_two_processes_read_a_read_only_install_at_once_without_a_write(tmp_path):
    installed = tmp_path / "readonly"
    shutil.copytree(
        PACKAGE,
        installed / "mnist_tutorial",
        ignore=shutil.ignore_patterns("__pycache__", "weights", "results"),
    )
    everything = [installed, *installed.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", READ_ALL],
                cwd=installed,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=300) for process in processes]
    finally:
        for path in everything:
            path.chmod(0o755)
    expected = [str(installed / "mnist_tutorial/data.py"), "10000"]
    for n, train in ((60_000, True), (10_000, False)):
        expected.append(f"({n}, 1, 28, 28) {mnist_pixels(train)[1].sum()}")
    for process, (out, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors
        assert out.splitlines() == expected
    assert sorted(everything) == sorted([installed, *installed.rglob("*")])


# As torchvision's


@pytest.fixture(scope="module")
def torchvision_root(tmp_path_factory) -> Path:
    """A folder in which torchvision finds the real MNIST."""
    root = tmp_path_factory.mktemp("torchvision")
    raw = root / "MNIST/raw"
    raw.mkdir(parents=True)
    for split in (True, False):
        for name, content in zip(IDX_NAMES[split], mnist_bytes(split), strict=True):
            (raw / name).write_bytes(content)
    return root


@pytest.mark.parametrize("train", [True, False])
def test_data_and_targets_are_torchvisions(train, torchvision_root):
    ours = data.MNIST(train=train)
    theirs = torchvision.datasets.MNIST(torchvision_root, train)
    for mine, other in ((ours.data, theirs.data), (ours.targets, theirs.targets)):
        assert mine.dtype == other.dtype
        assert mine.equal(other)
    assert len(ours) == len(theirs)
    assert ours.train == theirs.train


def test_every_item_is_torchvisions(torchvision_root):
    ours = data.MNIST(train=False)
    theirs = torchvision.datasets.MNIST(torchvision_root, train=False)
    for (image, label), (their_image, their_label) in zip(ours, theirs, strict=True):
        assert (type(image), image.mode, image.size) == (
            type(their_image),
            their_image.mode,
            their_image.size,
        )
        assert image.tobytes() == their_image.tobytes()
        assert type(label) is type(their_label) and label == their_label


def test_classes_and_repr_are_torchvisions_but_no_path_is_shown(torchvision_root):
    transform = v2.Compose([v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)])
    ours = data.MNIST("a/path", train=False, transform=transform)
    theirs = torchvision.datasets.MNIST(torchvision_root, False, transform=transform)
    assert ours.classes == theirs.classes
    assert ours.class_to_idx == theirs.class_to_idx
    without_path = re.sub(r"\n *Root location: .*", "", repr(theirs))
    assert repr(ours) == without_path != repr(theirs)
    assert isinstance(ours, torchvision.datasets.MNIST)


def test_transforms_see_the_image_and_the_label(torchvision_root):
    how = {
        "transform": lambda image: np.asarray(image)[14].sum(),
        "target_transform": lambda label: label + 100,
    }
    ours = data.MNIST(train=False, **how)
    theirs = torchvision.datasets.MNIST(torchvision_root, False, **how)
    assert [ours[k] for k in range(50)] == [theirs[k] for k in range(50)]


def test_arguments_come_in_torchvisions_order(torchvision_root):
    arguments = (False, lambda image: "image", lambda label: "label", False)
    ours = data.MNIST("no/such/folder", *arguments)
    theirs = torchvision.datasets.MNIST(torchvision_root, *arguments)
    assert ours[3] == theirs[3] == ("image", "label")
    assert len(ours) == len(theirs) == 10_000


def test_the_set_is_the_one_for_training_unless_it_is_said(torchvision_root):
    ours, theirs = data.MNIST(), torchvision.datasets.MNIST(torchvision_root)
    assert ours.train is theirs.train is True
    assert len(ours) == len(theirs) == 60_000


def test_root_and_download_have_no_effect(tmp_path):
    data.MNIST(tmp_path / "new", train=False, download=True).download()
    assert not list(tmp_path.iterdir())


def test_items_outside_the_set_raise_index_error():
    with pytest.raises(IndexError):
        data.MNIST(train=False)[10_000]


def test_the_set_survives_pickling():
    ours = data.MNIST(train=False)
    copy = pickle.loads(pickle.dumps(ours))
    assert copy.data.equal(ours.data)
    assert copy[7][1] == ours[7][1]
    assert repr(copy) == repr(ours)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_deals_it_as_torchvisions(workers, torchvision_root):
    transform = v2.Compose([v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)])
    batches = []
    for dataset in (
        data.MNIST(train=False, transform=transform),
        torchvision.datasets.MNIST(torchvision_root, False, transform=transform),
    ):
        loader = DataLoader(
            torch.utils.data.Subset(dataset, range(500)),
            batch_size=64,
            shuffle=True,
            num_workers=workers,
            generator=torch.Generator().manual_seed(3),
        )
        batches.append(list(loader))
    for ours, theirs in zip(*batches, strict=True):
        assert ours[0].equal(theirs[0]) and ours[1].equal(theirs[1])


# Tensors


@pytest.mark.parametrize(("train", "n"), [(True, 60_000), (False, 10_000)])
def test_tensors_are_float32_nchw_contiguous_with_int64_labels(train, n):
    images, labels = data.load_tensors(train)
    assert images.shape == (n, 1, 28, 28)
    assert images.dtype == torch.float32
    assert images.is_contiguous()
    assert images.stride() == (784, 784, 28, 1)
    assert labels.shape == (n,)
    assert labels.dtype == torch.int64
    assert labels.unique().tolist() == list(range(10))


def test_training_tensors_have_mean_0_and_standard_deviation_1():
    images = data.load_tensors().images.double()
    assert images.mean().item() == pytest.approx(0, abs=1e-3)
    assert images.std().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("train", [True, False])
def test_tensors_are_what_torchvisions_transforms_give(train):
    to_tensor = v2.Compose(
        [
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([data.MEAN], [data.STD]),
        ]
    )
    dataset = data.MNIST(train=train, transform=to_tensor)
    images, labels = data.load_tensors(train)
    for k in range(0, len(dataset), 401):
        image, label = dataset[k]
        torch.testing.assert_close(images[k], image)
        assert labels[k] == label


def test_mean_and_std_are_those_of_the_training_pixels_to_four_digits():
    pixels = mnist_pixels(True)[0].numpy()
    assert round(pixels.mean(dtype=np.float64) / 255, 4) == data.MEAN
    assert round(pixels.std(dtype=np.float64) / 255, 4) == data.STD
    assert data.constants() == (data.MEAN, data.STD)


def test_statistics_are_numpys_in_double_precision():
    pixels = mnist_pixels(False)[0]
    mean, std = data.statistics(pixels)
    assert mean == pytest.approx(pixels.numpy().mean(dtype=np.float64) / 255, rel=1e-12)
    assert std == pytest.approx(pixels.numpy().std(dtype=np.float64) / 255, rel=1e-9)


def test_normalise_puts_the_mean_at_0_and_one_deviation_at_1():
    pixels = torch.tensor([[[0, 255], [51, 102]]], dtype=torch.uint8)
    result = data.normalise(pixels, mean=0.2, std=0.1)
    expected = torch.tensor([[[[-2.0, 8.0], [0.0, 2.0]]]])
    torch.testing.assert_close(result, expected)


def test_tensors_go_to_the_device_that_is_named():
    images, labels = data.load_tensors(False, device="meta")
    assert images.device.type == labels.device.type == "meta"


# The IDX format


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (2, 1, 3, 2)])
def test_read_idx_gives_the_array_that_was_written(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    result = data.read_idx(idx(array))
    assert result.dtype == torch.uint8
    assert result.numpy().tolist() == array.tolist()
    result[0] = 0  # it owns its memory


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "not an IDX file"),
        (b"\x00\x00", "not an IDX file"),
        (b"\x1f\x8b\x08\x00rest", "begins with 1f 8b 08 00"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01data", "expected 00 00 08"),
        (idx(np.zeros((2, 3)))[:-1], "2 × 3 numbers, but 5 follow"),
        (idx(np.zeros((2, 3))) + b"\x00", "2 × 3 numbers, but 7 follow"),
    ],
)
def test_read_idx_refuses_what_is_not_a_whole_file(content, match):
    with pytest.raises(ValueError, match=match) as error:
        data.read_idx(content)
    assert is_one_sentence(error)


@pytest.mark.parametrize("length", [4, 7, 15])
def test_read_idx_refuses_a_header_that_is_cut_off(length):
    with pytest.raises(ValueError) as error:
        data.read_idx(idx(np.zeros((2, 3, 4)))[:length])
    assert is_one_sentence(error)


# Splits


def test_splits_have_55000_5000_and_10000_images():
    splits = mnist_splits()
    for split, n in zip(splits, (55_000, 5_000, 10_000), strict=True):
        assert split.images.shape == (n, 1, 28, 28)
        assert split.images.dtype == torch.float32
        assert split.images.stride() == (784, 784, 28, 1)
        assert split.labels.shape == (n,)
        assert split.labels.dtype == torch.int64


def fingerprints(split) -> Counter:
    """How often each image occurs with each label."""
    rows = split.images.flatten(1).numpy()
    return Counter(
        (hash(row.tobytes()), label)
        for row, label in zip(rows, split.labels.tolist(), strict=True)
    )


def test_training_and_validation_are_disjoint_and_together_the_training_files():
    splits = mnist_splits()
    together = fingerprints(splits.train) + fingerprints(splits.validation)
    assert together == fingerprints(data.load_tensors(True))


def test_the_test_set_is_the_test_files_untouched():
    test, expected = mnist_splits().test, data.load_tensors(False)
    assert test.images.equal(expected.images)
    assert test.labels.equal(expected.labels)


def test_the_validation_set_has_each_class_in_its_share_to_within_one():
    labels = mnist_pixels(True)[1]
    share = labels.bincount() * 5_000 / 60_000
    result = mnist_splits().validation.labels.bincount()
    assert ((result - share).abs() < 1).all()


@pytest.mark.parametrize("size", [1, 9, 10, 57, 100, 256])
def test_a_stratified_choice_has_its_size_and_each_class_to_within_one(size):
    labels = torch.tensor([0] * 100 + [1] * 7 + [2] * 150).flip(0)
    for seed in range(20):
        chosen = data.stratified_choice(labels, size, seed)
        assert chosen.dtype == torch.bool
        assert chosen.sum() == size
        result = labels[chosen].bincount(minlength=3)
        assert ((result - labels.bincount() * size / 257).abs() < 1).all()


def test_a_stratified_choice_gives_every_example_its_chance():
    labels = torch.tensor([0] * 40 + [1] * 20)
    picked = sum(data.stratified_choice(labels, 15, seed).int() for seed in range(400))
    assert picked.min() > 60 and picked.max() < 145  # 100 ± 8.7 of 400


def test_the_split_depends_on_the_seed_alone():
    labels = mnist_pixels(True)[1]
    one = data.stratified_choice(labels, 5_000, seed=1)
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 — the state that must not matter
    assert one.equal(data.stratified_choice(labels, 5_000, seed=1))
    overlap = (one & data.stratified_choice(labels, 5_000, seed=2)).sum()
    assert overlap < 1_000  # two unrelated choices share 5,000 · 5,000 / 60,000


def test_splits_use_their_seed_and_size(tmp_path):
    write_idx_dataset(tmp_path)
    held_out, sizes = [], []
    for seed in (0, 0, 1):
        splits = data.splits("KMNIST", tmp_path, validation=40, seed=seed)
        sizes.append([len(split.labels) for split in splits])
        held_out.append(splits.validation.images)
    assert sizes == [[160, 40, 50]] * 3
    assert held_out[0].equal(held_out[1])
    assert not held_out[0].equal(held_out[2])


def test_the_seed_is_0_and_a_batch_has_64_images_unless_it_is_said(tmp_path):
    labels = torch.arange(100) % 7
    expected = data.stratified_choice(labels, 20, seed=0)
    assert data.stratified_choice(labels, 20).equal(expected)
    write_idx_dataset(tmp_path)
    usual, named = (
        data.splits("KMNIST", tmp_path, validation=40, **how)
        for how in ({}, {"seed": 0})
    )
    assert usual.validation.images.equal(named.validation.images)
    images = torch.arange(130.0)
    batches = data.Batches(images, labels.repeat(2)[:130])
    assert [len(batch) for batch, _ in batches] == [64, 64, 2]
    dealt = torch.cat([batch for batch, _ in batches]).tolist()
    assert dealt == order(numbered(130, 64, seed=0))


@pytest.mark.parametrize("size", [-1, 0, 60, 61])
def test_a_choice_of_none_or_all_is_refused(size):
    with pytest.raises(ValueError, match="choose from 1 to 59") as error:
        data.stratified_choice(torch.zeros(60, dtype=torch.int64), size)
    assert is_one_sentence(error)


def test_a_split_goes_to_another_device_with_its_labels_and_stays_a_split():
    split = data.Split(torch.ones(2, 1, 3, 3), torch.tensor([4, 7]))
    moved = split.to("meta")
    assert type(moved) is data.Split
    assert moved.images.device.type == moved.labels.device.type == "meta"
    assert moved.images.shape == split.images.shape
    same = split.to("cpu")
    assert same.images.equal(split.images) and same.labels.equal(split.labels)


# Folds


def many_hands(n_groups: int = 15, largest: int = 9, seed: int = 0):
    """Labels 0 to 2 and the names of groups of unequal size, shuffled."""
    rng = np.random.default_rng(seed)
    names = [f"hand {k}" for k in range(n_groups)]
    groups = np.repeat(names, rng.integers(1, largest + 1, n_groups))
    labels = np.arange(len(groups)) % 3
    order = rng.permutation(len(groups))
    return torch.from_numpy(labels[order]), groups[order].tolist()


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_hold_whole_groups_and_each_example_once(folds):
    labels, groups = many_hands()
    for seed in range(10):
        fold_of = data.grouped_folds(labels, groups, folds, seed)
        assert fold_of.dtype == torch.int64 and fold_of.shape == labels.shape
        assert fold_of.unique().tolist() == list(range(folds))
        pairs = set(zip(groups, fold_of.tolist(), strict=True))
        assert len(pairs) == len(set(groups))


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_differ_in_size_by_no_more_than_the_largest_group(folds):
    labels, groups = many_hands()
    largest = max(Counter(groups).values())
    for seed in range(20):
        sizes = data.grouped_folds(labels, groups, folds, seed).bincount()
        assert sizes.max() - sizes.min() <= largest
    alike = [f"font {k // 2}" for k in range(60)]
    sizes = data.grouped_folds(torch.arange(60) % 3, alike, folds).bincount()
    assert sizes.tolist() == [60 // folds] * folds


def test_three_folds_are_what_is_dealt_without_a_word():
    labels, groups = many_hands()
    result = data.grouped_folds(labels, groups)
    assert result.equal(data.grouped_folds(labels, groups, folds=3, seed=0))


def test_folds_depend_on_the_seed_and_the_groups_alone():
    labels, groups = many_hands()
    first = data.grouped_folds(labels, groups, seed=4)
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 — the state that must not matter
    assert first.equal(data.grouped_folds(labels, groups, seed=4))
    turned = data.grouped_folds(labels.flip(0), groups[::-1], seed=4)
    assert turned.flip(0).equal(first)
    result = {
        tuple(data.grouped_folds(labels, groups, seed=seed).tolist())
        for seed in range(10)
    }
    assert len(result) == 10


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(ValueError, match="2 groups cannot fill 3 folds") as error:
        data.grouped_folds(torch.tensor([0, 1, 0, 1]), ["a", "a", "b", "b"])
    assert is_one_sentence(error)


def test_a_class_of_one_group_has_no_fold_to_be_learned_from():
    labels, groups = many_hands()
    alone = torch.where(torch.tensor([g == "hand 3" for g in groups]), 7, labels)
    with pytest.raises(ValueError, match="class 7 fell into one fold") as error:
        data.grouped_folds(alone, groups)
    assert is_one_sentence(error)


# Batches


def numbered(n=23, size=5, seed=0) -> data.Batches:
    """Batches of images that are their own number, with ten times it as the label."""
    numbers = torch.arange(n)
    return data.Batches(numbers.view(n, 1, 1, 1).float(), 10 * numbers, size, seed)


def order(batches, epoch=0, start=0) -> list[int]:
    return [int(k) for images, _ in batches.epoch(epoch, start) for k in images]


@pytest.mark.parametrize("epoch", [0, 1, 7])
@pytest.mark.parametrize("size", [1, 5, 23, 100])
def test_each_epoch_deals_every_image_once_with_its_label(size, epoch):
    batches = numbered(size=size)
    assert sorted(order(batches, epoch)) == list(range(23))
    for images, labels in batches.epoch(epoch):
        assert (10 * images.flatten()).equal(labels.float())


def test_the_order_depends_on_seed_and_epoch_alone():
    assert order(numbered(seed=4), 3) == order(numbered(seed=4, size=7), 3)
    batches = numbered(seed=4)
    before = order(batches, 3)
    torch.manual_seed(8)
    list(batches.epoch(0))
    next(batches.epoch(1))
    assert order(batches, 3) == before


def test_seeds_and_epochs_all_have_orders_of_their_own():
    orders = {tuple(order(numbered(seed=s), e)) for s in range(6) for e in range(6)}
    assert len(orders) == 36
    assert tuple(range(23)) not in orders


def test_start_skips_exactly_so_many_batches():
    batches = numbered()
    whole = [labels.tolist() for _, labels in batches.epoch(2)]
    for start in range(len(batches) + 1):
        rest = [labels.tolist() for _, labels in batches.epoch(2, start)]
        assert rest == whole[start:]


@pytest.mark.parametrize(
    ("n", "size", "sizes"),
    [(23, 5, [5, 5, 5, 5, 3]), (20, 5, [5] * 4), (3, 5, [3]), (1, 1, [1])],
)
def test_the_last_batch_may_be_smaller(n, size, sizes):
    batches = numbered(n, size)
    assert [len(labels) for _, labels in batches.epoch()] == sizes
    assert len(batches) == len(sizes)


def test_batches_in_a_for_loop_are_those_of_epoch_0():
    batches = numbered()
    dealt = [int(k) for images, _ in batches for k in images]
    assert dealt == order(batches, 0) != order(batches, 1)
    assert len(list(batches)) == len(batches)


@pytest.mark.parametrize(("n_labels", "size"), [(5, 2), (7, 2), (6, 0), (6, -1)])
def test_batches_refuse_unequal_lengths_and_empty_batches(n_labels, size):
    with pytest.raises(ValueError, match=f"6 images, {n_labels} labels") as error:
        data.Batches(torch.zeros(6, 1, 2, 2), torch.zeros(n_labels), size)
    assert is_one_sentence(error)


# Other data sets of the same shape


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("folder", ["FashionMNIST/raw", "FashionMNIST", "."])
def test_another_data_set_is_read_from_its_folder(folder, end, tmp_path):
    written = write_idx_dataset(tmp_path / folder, end=end)
    for root in (tmp_path, str(tmp_path)):
        for train in (True, False):
            images, labels = data.load_pixels(train, "FashionMNIST", root)
            assert (images.numpy() == written[train][0]).all()
            assert labels.tolist() == written[train][1].tolist()


def test_another_data_set_is_normalised_by_its_own_training_pixels(tmp_path):
    written = write_idx_dataset(tmp_path)
    training = written[True][0] / 255
    assert data.constants("KMNIST", tmp_path) == pytest.approx(
        (training.mean(), training.std())
    )
    for train in (True, False):
        result = data.load_tensors(train, dataset="KMNIST", root=tmp_path).images
        expected = (written[train][0] / 255 - training.mean()) / training.std()
        torch.testing.assert_close(result[:, 0].numpy(), expected.astype(np.float32))


def test_torchvisions_layout_is_read_as_torchvision_reads_it(tmp_path):
    write_idx_dataset(tmp_path / "FashionMNIST/raw")
    for train in (True, False):
        theirs = torchvision.datasets.FashionMNIST(tmp_path, train)
        images, labels = data.load_pixels(train, "FashionMNIST", tmp_path)
        assert images.equal(theirs.data)
        assert labels.equal(theirs.targets)


@pytest.mark.parametrize("missing", [*IDX_NAMES[True], *IDX_NAMES[False]])
def test_a_missing_file_ends_in_its_name_the_folder_and_where_to_get_it(
    missing, tmp_path
):
    write_idx_dataset(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(FileNotFoundError) as error:
        data.find("KMNIST", tmp_path)
    assert is_one_sentence(error)
    for part in (missing, str(tmp_path), "torchvision.datasets.KMNIST", "download"):
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["EMNIST", "QMNIST", "USPS", "mnist", "", None, 3])
def test_an_unknown_data_set_is_refused_with_the_known_ones(name, tmp_path):
    write_idx_dataset(tmp_path)  # also where a folder has the files of another
    for attempt in (data.find, data.load_pixels, data.load_tensors, data.splits):
        with pytest.raises(ValueError, match=f"{name!r} is not known") as error:
            attempt(dataset=name, root=tmp_path)
        assert is_one_sentence(error)
        assert ", ".join(data.DATASETS) in str(error.value)


def test_another_data_set_can_be_converted_as_the_refusal_says(tmp_path):
    with pytest.raises(ValueError) as error:
        data.splits("USPS", tmp_path)
    pixels = torch.randint(256, (6, 28, 28), dtype=torch.uint8, generator=chance(0))
    labels = torch.arange(6)
    assert "data.Split(data.normalise(pixels), labels)" in str(error.value)
    split = data.Split(data.normalise(pixels), labels)
    assert split.images.shape == (6, 1, 28, 28) and split.labels is labels
    assert split.images.allclose((pixels[:, None] / 255 - data.MEAN) / data.STD)


@pytest.mark.parametrize("root", [None, ""])
def test_another_data_set_without_a_folder_is_refused(root):
    with pytest.raises(ValueError, match="data_root") as error:
        data.load_tensors(dataset="FashionMNIST", root=root)
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        bit_flipped,
        lambda content: b"no gzip" + content,
        lambda content: content[:10] + b"\xff" + content[11:],  # no such block
        lambda content: content[:-8] + bytes(8),  # wrong checksum
    ],
)
def test_a_damaged_gz_file_ends_in_its_name_and_the_remedy(damage, tmp_path):
    write_idx_dataset(tmp_path, end=".gz")
    file = tmp_path / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(RuntimeError, match="fetch the file again") as error:
        data.load_pixels(False, "KMNIST", tmp_path)
    assert is_one_sentence(error)
    assert str(file) in str(error.value)


@pytest.mark.parametrize("end", ["", ".gz"])
def test_a_file_that_is_not_idx_ends_in_its_name(end, tmp_path):
    write_idx_dataset(tmp_path, end=end)
    file = tmp_path / f"t10k-images-idx3-ubyte{end}"
    file.write_bytes(file.read_bytes()[:100] if end == "" else b"")
    with pytest.raises((RuntimeError, ValueError)) as error:
        data.load_pixels(False, "KMNIST", tmp_path)
    assert is_one_sentence(error)
    assert str(file) in str(error.value)


def test_as_many_labels_as_images_of_28_by_28_are_insisted_on(tmp_path):
    write_idx_dataset(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros(199)))
    with pytest.raises(ValueError, match=r"\(200, 28, 28\) and labels \(199,\)"):
        data.load_pixels(True, "KMNIST", tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(np.zeros((50, 14, 14))))
    with pytest.raises(ValueError, match=r"\(50, 14, 14\)"):
        data.load_pixels(False, "KMNIST", tmp_path)


BOMB = struct.pack(">4B3I", 0, 0, 8, 3, 50, 28, 28) + bytes(200_000_000)


def test_a_small_gz_file_of_a_lot_of_zeros_costs_no_memory(tmp_path):
    write_idx_dataset(tmp_path, end=".gz")
    for header in (BOMB[:16], bytes(4), b"\0\0\x08\x03" + b"\xff" * 12):
        content = gzip.compress(header + BOMB[16:], 1)
        (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(content)
        tracemalloc.start()
        with pytest.raises(ValueError, match="t10k-images-idx3-ubyte") as error:
            data.load_pixels(False, "KMNIST", tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert is_one_sentence(error)
        assert peak < 10_000_000


def test_more_images_than_fit_are_refused_before_they_are_read(tmp_path):
    write_idx_dataset(tmp_path)
    header = struct.pack(">4B3I", 0, 0, 8, 3, 4_000_000, 28, 28)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(header)
    with pytest.raises(ValueError, match=r"4000000 × 28 .* 100,000") as error:
        data.load_pixels(False, "KMNIST", tmp_path)
    assert is_one_sentence(error)


BAD_SPLITS = {
    "a label of 200": ("labels", np.array([3, 200, *[1] * 10]), "label 1 .* is 200"),
    "a label of 10": ("labels", np.arange(12), "label 10 .* is 10"),
    "no image": ("both", np.zeros((0, 28, 28)), "empty"),
    "black images": ("images", np.zeros((12, 28, 28)), "Every pixel .* is 0"),
    "white images": ("images", np.full((12, 28, 28), 255), "Every pixel .* is 255"),
}


@pytest.mark.parametrize(
    ("kind", "array", "words"), BAD_SPLITS.values(), ids=BAD_SPLITS
)
@pytest.mark.parametrize("train", [True, False])
def test_what_no_network_could_learn_from_ends_in_one_sentence(
    kind, array, words, train, tmp_path
):
    write_idx_dataset(tmp_path, 12, 12)
    for name in IDX_NAMES[train]:
        if kind in ("both", "images" if "images" in name else "labels"):
            content = array if "images" in name or kind == "labels" else array[:, 0, 0]
            (tmp_path / name).write_bytes(idx(content))
    for load in (data.load_pixels, data.load_tensors):
        with pytest.raises(ValueError, match=words) as error:
            load(train, dataset="KMNIST", root=tmp_path)
        assert is_one_sentence(error)
        assert str(tmp_path) in str(error.value)


@pytest.mark.parametrize(
    "root", ["x" * 5000, "a\0b", "\udcff", "no/such/folder"], ids=repr
)
def test_a_folder_that_cannot_be_is_one_that_holds_nothing(root):
    with pytest.raises(FileNotFoundError) as error:
        data.load_pixels(dataset="KMNIST", root=root)
    assert is_one_sentence(error)


@pytest.mark.parametrize("train", ["test", None, 2, [True]])
def test_a_split_that_there_is_not_is_one_sentence(train):
    for load in (data.MNIST, data.load_pixels, data.load_tensors, data.read_bytes):
        with pytest.raises(ValueError, match="must be True") as error:
            load(train=train)
        assert is_one_sentence(error)


def test_torchvisions_folder_is_not_there_and_says_so():
    with pytest.raises(AttributeError, match="read_bytes") as error:
        _ = data.MNIST(train=False).raw_folder
    assert is_one_sentence(error)


NEEDED = """
import sys
from mnist_tutorial import (checkpoint, claims, data, distortions, drawing,
                            export, interpret, metrics, model, ops, params, train)
heavy = {"torchvision", "onnx", "papermill", "matplotlib", "sklearn", "IPython"}
print(sorted(heavy & set(sys.modules)))
assert not hasattr(data, "mnist")
data.MNIST
print("torchvision" in sys.modules)
"""


def test_what_takes_seconds_to_import_waits_until_it_is_used():
    command = [sys.executable, "-c", NEEDED]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stdout.split("\n")[:2] == ["[]", "True"]


@pytest.mark.parametrize("name", data.DATASETS)
def test_every_known_data_set_is_one_of_torchvisions(name):
    assert issubclass(getattr(torchvision.datasets, name), torchvision.datasets.MNIST)


@pytest.mark.skipif(
    not DEBIAN_FASHION.is_dir(),
    reason="Debian's package dataset-fashion-mnist is not installed",
)
def test_the_real_fashion_mnist_is_read_normalised_and_split():
    pixels = {}
    for train in (True, False):
        images, labels = (
            gzip.decompress((DEBIAN_FASHION / f"{name}.gz").read_bytes())
            for name in IDX_NAMES[train]
        )
        pixels[train] = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28)
        result = data.load_pixels(train, "FashionMNIST", DEBIAN_FASHION)
        assert (result[0].numpy() == pixels[train]).all()
        assert result[1].numpy().astype(np.uint8).tobytes() == labels[8:]
    mean, std = data.constants("FashionMNIST", DEBIAN_FASHION)
    assert mean == pytest.approx(pixels[True].mean(dtype=np.float64) / 255)
    assert std == pytest.approx(pixels[True].std(dtype=np.float64) / 255)
    splits = data.splits("FashionMNIST", DEBIAN_FASHION)
    for split, per_class in zip(splits, (5_500, 500, 1_000), strict=True):
        assert split.labels.bincount().tolist() == [per_class] * 10
    expected = data.normalise(torch.from_numpy(pixels[False].copy()), mean, std)
    assert splits.test.images.equal(expected)
