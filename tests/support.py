"""What several test files share: MNIST read once, tiny runs, IDX files, sentences."""

import gzip
import re
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mnist_tutorial import data, train

# Seconds until a test gives up to wait for a state. It bounds a hang, and says nothing
# of how fast anything is: on a busy machine what takes one second may take thirty.
PATIENCE = 240

# The version that made the records of what figures draw.
PINNED_MATPLOTLIB = re.findall(
    r"^matplotlib==(\S+)$",
    (Path(__file__).parents[1] / "constraints.txt").read_text(encoding="utf-8"),
    re.MULTILINE,
)[0]

IDX_NAMES = {
    True: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    False: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


@cache
def mnist_bytes(train: bool) -> tuple[bytes, bytes]:
    return data.read_bytes(train)


@cache
def mnist_pixels(train: bool) -> tuple[Tensor, Tensor]:
    return data.load_pixels(train)


@cache
def mnist_splits() -> data.Splits:
    return data.splits()


def is_one_sentence(error) -> bool:
    message = str(error.value if hasattr(error, "value") else error)
    return "\n" not in message and message.endswith((".", "?")) and len(message) > 20


def idx(array: np.ndarray) -> bytes:
    """The array as the bytes of an IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_idx_dataset(folder: Path, n_train=200, n_test=50, end="", seed=0):
    """Four small IDX files, plain or gzipped; by split, the (images, labels) in them.

    The classes have unequal shares, the training images are darker than the test's.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for train_split, n, brightest in ((True, n_train, 120), (False, n_test, 256)):
        images = rng.integers(0, brightest, (n, 28, 28), dtype=np.uint8)
        labels = np.sort(rng.integers(0, 10, n) * rng.integers(0, 2, n))
        labels[:10] = np.arange(10)
        for name, array in zip(IDX_NAMES[train_split], (images, labels), strict=True):
            content = idx(array)
            (folder / (name + end)).write_bytes(
                gzip.compress(content, mtime=0) if end == ".gz" else content
            )
        written[train_split] = images, labels
    return written


class TinyNet(nn.Module):
    """Two convolutions, batch norm and dropout on 8 × 8 images, three classes."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 6, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(6 * 4 * 4, 3),
        )

    def forward(self, images):
        return self.layers(images)


class Run(NamedTuple):
    """All that a training run consists of."""

    model: nn.Module
    optimizer: Optimizer
    scheduler: LRScheduler
    history: train.History
    batches: data.Batches
    validation: tuple[Tensor, Tensor]

    @property
    def parts(self) -> dict:
        """What `checkpoint.save_state` saves."""
        names = ("model", "optimizer", "scheduler", "history")
        return {name: getattr(self, name) for name in names}

    def fit(self, epochs: int, on_step=None, precision="float32") -> train.History:
        return train.fit(
            self.model,
            self.batches,
            self.validation,
            self.optimizer,
            self.scheduler,
            epochs=epochs,
            history=self.history,
            on_step=on_step,
            precision=precision,
        )


def tiny_run(seed: int = 0, n: int = 45, batch_size: int = 10) -> Run:
    """A run with everything that has a state: five steps an epoch, the last smaller.

    The data are always the same; `seed` decides the weights and the dropout.
    """
    generator = torch.Generator().manual_seed(9)
    images = torch.randn(n, 1, 8, 8, generator=generator)
    labels = torch.arange(n) % 3
    images[labels == 1, :, :4] += 1  # something to learn
    images[labels == 2, :, 4:] += 1
    torch.manual_seed(seed)
    model = TinyNet()
    optimizer = train.sgd(model, lr=0.05, momentum=0.9, weight_decay=1e-3)
    return Run(
        model,
        optimizer,
        train.one_cycle(optimizer, total_steps=100),
        train.History(),
        data.Batches(images, labels, batch_size, seed=5),
        (images[:20], labels[:20]),
    )


def same_state(a: nn.Module, b: nn.Module) -> bool:
    """Whether every parameter and buffer of the two is equal bit for bit."""
    states = a.state_dict(), b.state_dict()
    assert states[0].keys() == states[1].keys()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Validation images (n, 1, 28, 28) and their labels, drawn by chance."""
    validation = mnist_splits().validation
    chosen = torch.randint(5000, (n,), generator=chance(seed))
    return validation.images[chosen], validation.labels[chosen]


def drawn(*rows: str) -> torch.Tensor:
    """A picture (H, W) of 0 and 1, drawn in characters: "#" is ink."""
    return torch.tensor([[float(c == "#") for c in row] for row in rows])
