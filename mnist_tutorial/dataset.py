"""MNIST as a torchvision data set: `data.MNIST`, which imports this when first used.

Importing torchvision takes as long as importing everything else together.
"""

from collections.abc import Callable
from typing import Any

import torchvision

from mnist_tutorial.data import Folder, load_pixels


class MNIST(torchvision.datasets.MNIST):  # type: ignore[misc] # which has no types
    """torchvision's MNIST, with the bytes taken from this package.

    Args:
        root, download: accepted so that code written for torchvision runs unchanged;
            they have no effect.
        train: the 60,000 training images if True, else the 10,000 test images.
        transform, target_transform: as in torchvision.

    `data` is (N, 28, 28) uint8, `targets` is (N,) int64; an item is
    (28 × 28 PIL image, int) before the transforms.

    Raises:
        RuntimeError: a data file is missing or damaged.
    """

    def __init__(
        self,
        root: Folder = None,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super(torchvision.datasets.MNIST, self).__init__(
            None, transform=transform, target_transform=target_transform
        )
        self.train = train
        self.data, self.targets = load_pixels(train)

    def download(self) -> None:
        """Do nothing: the data came with the package."""

    @property
    def raw_folder(self) -> str:
        """There is none."""
        raise AttributeError(
            "There is no raw_folder: the files lie compressed in the package; "
            "data.read_bytes gives their bytes."
        )
