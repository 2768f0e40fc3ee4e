"""The full MNIST, carried in the package, as a torchvision data set and as tensors.

Nothing is downloaded and nothing is unpacked to disk: the four IDX files lie beside
this module, compressed with xz, and are checked against their SHA-256 at each reading.
Other data sets of the same shape are read from a folder that you name.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import gzip
import hashlib
import lzma
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

# Mean and standard deviation of MNIST's training pixels on a 0-1 scale.
MEAN, STD = 0.1307, 0.3081

# A black and a white pixel, normalised.
BLACK, WHITE = -MEAN / STD, (1 - MEAN) / STD

Folder = str | Path | None
Device = str | torch.device

if TYPE_CHECKING:
    MNIST: Any
else:

    def __getattr__(name: str) -> Any:
        """`MNIST`, imported when it is first used, since torchvision takes seconds."""
        if name != "MNIST":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module("mnist_tutorial.dataset").MNIST


DATASETS = ("MNIST", "FashionMNIST", "KMNIST")

# Files from elsewhere are read up to here, whatever they promise; a split has 60,000.
_MOST_IMAGES = 100_000

# The two files of a split, by `train`.
_NAMES = {
    True: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    False: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# SHA-256 of the compressed files; mnist/SHA256SUMS has those of their contents.
_EMBEDDED = {
    "train-images-idx3-ubyte": (
        "8f41e9b4abc124dc3d209e86f7ea714a81f80edea40b565a4781dec7bd67c6e2"
    ),
    "train-labels-idx1-ubyte": (
        "dcd3d8184fe1a8be6231f172fb3390116f91c127282fd736ab55752c179963d8"
    ),
    "t10k-images-idx3-ubyte": (
        "d815adbb3188b5bafed15d649960a5dbcb0f9138b9a4205b88b175001cb394c9"
    ),
    "t10k-labels-idx1-ubyte": (
        "f2edae9ce0307abae4671a37b70e6e3858696b48b16c3cfdfef97388dc9925d5"
    ),
}


class Split(NamedTuple):
    """Images and labels that belong together."""

    images: Tensor  # (N, 1, 28, 28) float32, normalised
    labels: Tensor  # (N,) int64, 0-9

    def to(self, device: "Device") -> "Split":
        """The same on another device."""
        return Split(self.images.to(device), self.labels.to(device))


class Splits(NamedTuple):
    """Learn from the first, choose with the second, report on the third, once."""

    train: Split
    validation: Split
    test: Split


def read_bytes(
    train: bool = True, dataset: str = "MNIST", root: Folder = None
) -> tuple[bytes, bytes]:
    """The two IDX files of one split, decompressed: (images, labels) as bytes.

    Args:
        train: training files if True, else test files.
        dataset: one of `DATASETS`. MNIST is read from the package, others from `root`.
        root: folder of a data set other than MNIST, as torchvision lays it out
            (`root/NAME/raw`) or flat; plain IDX files or with `.gz`.

    Raises:
        ValueError: `train` is no bool, an unknown data set, or no `root` for one that
            needs it.
        FileNotFoundError: a file is not below `root`.
        RuntimeError: a file is damaged.
    """
    if not isinstance(train, int) or train not in _NAMES:
        raise ValueError(
            f"train is {train!r}, but must be True (training images) or False (test)."
        )
    images, labels = _NAMES[train]
    if dataset == "MNIST":
        return _read_embedded(images), _read_embedded(labels)
    paths = find(dataset, root)
    return _read(paths[images]), _read(paths[labels])


def find(dataset: str, root: Folder = None) -> dict[str, Path]:
    """Where the files of a data set lie: none for MNIST, whose bytes are embedded.

    Errors as for `read_bytes`.
    """
    if dataset not in DATASETS:
        raise ValueError(
            f"Data set {dataset!r} is not known; choose one of {', '.join(DATASETS)}, "
            "or convert it: data.Split(data.normalise(pixels), labels) takes pixels "
            "(N, 28, 28) uint8, bright on black, and labels (N,) int64 from 0 to 9."
        )
    if dataset == "MNIST":
        return {}
    if not root:
        raise ValueError(
            f"{dataset} is not part of this package; name the folder that holds its "
            "IDX files with data_root."
        )
    folders = [Path(root) / dataset / "raw", Path(root) / dataset, Path(root)]
    paths = {}
    for name in (*_NAMES[True], *_NAMES[False]):
        candidates = [f / (name + end) for f in folders for end in ("", ".gz")]
        existing = [path for path in candidates if os.path.isfile(path)]
        if not existing:
            raise FileNotFoundError(
                f"{name} (or {name}.gz) is neither in {folders[0]} nor in {root}; "
                f"torchvision.datasets.{dataset}({str(root)!r}, download=True) fetches "
                "it where there is a network."
            )
        paths[name] = existing[0]
    return paths


def _read(file: Path) -> bytes:
    """A file as far as its IDX header promises, and one byte more if there is one.

    A small .gz may hold gigabytes; what `read_idx` will refuse is not read to its end.
    """
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            header = stream.read(4)
            if header[:3] != b"\x00\x00\x08" or len(header) < 4:
                return header
            header += stream.read(4 * header[3])
            sizes = np.frombuffer(header[4 : len(header) // 4 * 4], ">u4").tolist()
            length = math.prod(sizes)
            if length > 28 * 28 * _MOST_IMAGES:
                raise ValueError(
                    f"{file} promises {' × '.join(map(str, sizes))} numbers, but no "
                    f"more than {_MOST_IMAGES:,} images of 28 × 28 are read; keep a "
                    "part of it."
                )
            return header + stream.read(length + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RuntimeError(
            f"{file} cannot be read ({error}); fetch the file again."
        ) from error


def _read_embedded(name: str) -> bytes:
    file = files("mnist_tutorial") / "mnist" / f"{name}.xz"
    remedy = (
        "restore it with `git checkout -- mnist_tutorial/mnist` or reinstall the "
        "package."
    )
    if not file.is_file():
        raise RuntimeError(f"The data file {name}.xz is missing; {remedy}")
    compressed = file.read_bytes()
    digest, expected = hashlib.sha256(compressed).hexdigest(), _EMBEDDED[name]
    if digest != expected:
        raise RuntimeError(
            f"The data file {name}.xz is damaged: its SHA-256 is {digest}, expected "
            f"{expected}; {remedy}"
        )
    return lzma.decompress(compressed)


def read_idx(content: bytes) -> Tensor:
    """The array in the bytes of an IDX file, as uint8.

    The header: two zero bytes, the type of the numbers (8: uint8), the number of
    dimensions, then each size as 4 bytes, most significant first. The rest is the
    array, row after row.

    Raises:
        ValueError: the header is not IDX of uint8, or the length does not fit it.
    """
    n_dims = content[3] if len(content) > 3 else 0
    if content[:3] != b"\x00\x00\x08" or len(content) < 4 + 4 * n_dims:
        raise ValueError(
            f"This is not an IDX file of bytes: it begins with {content[:4].hex(' ')}, "
            "expected 00 00 08 and the number of dimensions."
        )
    sizes = np.frombuffer(content, ">u4", count=n_dims, offset=4).tolist()
    numbers = np.frombuffer(content, np.uint8, offset=4 + 4 * n_dims)
    # As objects: whole numbers of Python's, which cannot overflow.
    if numbers.size != np.prod(sizes, dtype=object) or not numbers.size:
        raise ValueError(
            f"The IDX header promises {' × '.join(map(str, sizes))} numbers, but "
            f"{numbers.size} follow; the file is empty, cut off or damaged."
        )
    return torch.from_numpy(numbers.copy()).reshape(sizes)


def load_pixels(
    train: bool = True, dataset: str = "MNIST", root: Folder = None
) -> tuple[Tensor, Tensor]:
    """One split as it was published: (N, 28, 28) uint8 images and (N,) int64 labels.

    Arguments and errors as for `read_bytes`; ValueError also if the files do not hold
    as many labels, 0 to 9, as 28 × 28 images, or nothing but one grey level.
    """
    paths, arrays = find(dataset, root), []
    contents = read_bytes(train, dataset, root)
    for name, content in zip(_NAMES[train], contents, strict=True):
        try:
            arrays.append(read_idx(content))
        except ValueError as error:
            raise ValueError(f"{paths.get(name, name)}: {error}") from error
    images, labels = arrays
    where = " and ".join(str(paths[name]) for name in _NAMES[train] if name in paths)
    _check_pixels(images, labels, where or "the package")
    return images, labels.long()


def _check_pixels(images: Tensor, labels: Tensor, where: str) -> None:
    """Refuse what is no split of MNIST's kind, whatever it is."""
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"Expected N images of 28 × 28 and N labels, got images "
            f"{tuple(images.shape)} and labels {tuple(labels.shape)} in {where}."
        )
    if labels.max() > 9:
        first = int((labels > 9).nonzero()[0])
        raise ValueError(
            f"Expected labels from 0 to 9, but label {first} in {where} is "
            f"{labels[first]}; number the classes 0 to 9."
        )
    if images.min() == images.max():
        raise ValueError(
            f"Every pixel in {where} is {images.min()}, so there is nothing to learn "
            "from; fetch the files again."
        )


def normalise(pixels: Tensor, mean: float = MEAN, std: float = STD) -> Tensor:
    """Grey levels (N, H, W), uint8 0-255, as the (N, 1, H, W) float32 a network takes.

    `mean` and `std` are those of the training pixels on a 0-1 scale.
    """
    scaled = pixels.unsqueeze(1).float() / 255  # (N, 1, H, W), 0 to 1
    return (scaled - mean) / std


def statistics(pixels: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of uint8 grey levels, on a 0-1 scale."""
    counts = torch.bincount(pixels.flatten(), minlength=256).double()
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = (counts * levels).sum() / counts.sum()
    variance = (counts * (levels - mean) ** 2).sum() / counts.sum()
    return mean.item(), variance.sqrt().item()


def constants(dataset: str = "MNIST", root: Folder = None) -> tuple[float, float]:
    """The mean and standard deviation that normalise a data set: its training pixels'.

    For MNIST `MEAN` and `STD`, the customary four digits; for others computed.
    """
    if dataset == "MNIST":
        return MEAN, STD
    return statistics(load_pixels(True, dataset, root)[0])


def load_tensors(
    train: bool = True,
    *,
    dataset: str = "MNIST",
    root: Folder = None,
    device: Device = "cpu",
) -> Split:
    """A whole split, ready for a network: normalised images and labels.

    Returns:
        `images` (N, 1, 28, 28) float32, contiguous; `labels` (N,) int64. Both splits
        are normalised with the constants of the training set.

    Arguments and errors as for `read_bytes`.
    """
    pixels, labels = load_pixels(train, dataset, root)
    images = normalise(pixels, *constants(dataset, root))
    return Split(images.to(device), labels.to(device))


def stratified_choice(labels: Tensor, size: int, seed: int = 0) -> Tensor:
    """Mark `size` examples, each class in its share (to within one): (N,) bool.

    Shuffle, sort by class, take every (N / size)-th.

    Raises:
        ValueError: `size` is not between 1 and N - 1.
    """
    if not 0 < size < len(labels):
        raise ValueError(
            f"Cannot choose {size:,} of {len(labels):,} examples; choose from 1 to "
            f"{len(labels) - 1:,}."
        )
    shuffled = torch.from_numpy(np.random.default_rng(seed).permutation(len(labels)))
    by_class = shuffled[labels[shuffled].argsort(stable=True)]
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    chosen[by_class[torch.arange(size) * len(labels) // size]] = True
    return chosen


def grouped_folds(
    labels: Tensor, groups: Sequence[str], folds: int = 3, seed: int = 0
) -> Tensor:
    """Deal examples into folds of about equal size, whole groups at a time: (N,) int64.

    Each group, in an order of chance, goes to the fold that is smallest by then.

    Raises:
        ValueError: there are fewer groups than folds, or a class lies in one fold only,
            so that nothing is left to learn it from.
    """
    names = np.array(groups)
    fold_of = torch.zeros(len(labels), dtype=torch.int64)
    sizes = torch.zeros(folds, dtype=torch.int64)
    for name in np.random.default_rng(seed).permutation(np.unique(names)):
        members = torch.from_numpy(names == name)
        smallest = sizes.argmin()
        fold_of[members] = smallest
        sizes[smallest] += members.sum()
    if not sizes.all():
        raise ValueError(
            f"{len(np.unique(names))} groups cannot fill {folds} folds; take fewer "
            "folds, or images of more groups."
        )
    for label in labels.unique():
        if len(fold_of[labels == label].unique()) < 2:
            raise ValueError(
                f"All images of class {int(label)} fell into one fold, and nothing is "
                "left to learn it from (the first class is 0); give each class images "
                "of several groups."
            )
    return fold_of


def splits(
    dataset: str = "MNIST",
    root: Folder = None,
    *,
    validation: int = 5000,
    seed: int = 0,
    device: Device = "cpu",
) -> Splits:
    """Training, validation and test set: 55,000, 5,000 and 10,000 images of MNIST.

    The validation set is cut from the training files, stratified, by `seed`. The test
    set is the test files, untouched. Arguments and errors as for `read_bytes`.
    """
    images, labels = load_tensors(True, dataset=dataset, root=root)
    held_out = stratified_choice(labels, validation, seed)
    return Splits(
        train=Split(images[~held_out].to(device), labels[~held_out].to(device)),
        validation=Split(images[held_out].to(device), labels[held_out].to(device)),
        test=load_tensors(False, dataset=dataset, root=root, device=device),
    )


class Batches:
    """Shuffles images and labels and deals them out in batches.

    The order of an epoch depends on `(seed, epoch)` alone, so that a run that was
    stopped can go on at any batch of any epoch. The last batch may be smaller.
    """

    def __init__(self, images: Tensor, labels: Tensor, size: int = 64, seed: int = 0):
        if len(images) != len(labels) or size < 1:
            raise ValueError(
                f"Expected as many labels as images and a size of at least 1, got "
                f"{len(images)} images, {len(labels)} labels, size {size}."
            )
        self.images, self.labels = images, labels
        self.size, self.seed = size, seed

    def __len__(self) -> int:
        """Batches in one epoch."""
        return -(-len(self.images) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of epoch 0; `epoch` deals those of any other."""
        return self.epoch()

    def epoch(self, epoch: int = 0, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of one epoch, from batch `start` on."""
        shuffle = np.random.default_rng((self.seed, epoch)).permutation
        order = torch.from_numpy(shuffle(len(self.images))).to(self.images.device)
        for picked in order.split(self.size)[start:]:
            yield self.images[picked], self.labels[picked]
