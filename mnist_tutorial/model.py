"""The article's network, repaired and as published, and the baselines beside it."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from mnist_tutorial import checkpoint

Net = TypeVar("Net", bound=nn.Module)

POOLS: dict[str, Callable[[], nn.Module]] = {
    "max": lambda: nn.MaxPool2d(2),
    "average": lambda: nn.AvgPool2d(2),
    "global": lambda: nn.AdaptiveAvgPool2d(1),
    "none": nn.Identity,
}

# What the article's text and code can be read to mean: the pool after each convolution.
READINGS = {
    "three max pools": ("max", "max", "max"),
    "two max pools": ("max", "max", "none"),
    "one average pool": ("none", "none", "average"),
    "global average pool": ("none", "none", "global"),
}

PRETRAINED_SEEDS = range(5)

# Networks of which a part was never trained, and which part.
CONTROLS = {
    "conv1 frozen": ("conv1",),
    "convolutions frozen": ("conv1", "conv2", "conv3"),
}
CONTROL_SEEDS = range(3)

# What is shipped: the seeds of each kind. "" is the network of 06, "best" that of 11.
SHIPPED = {
    "": PRETRAINED_SEEDS,
    **dict.fromkeys(CONTROLS, CONTROL_SEEDS),
    "best": range(5),
}


class ConvNet(nn.Module):
    """The article's network, repaired: three convolutions, three linear layers.

    Takes (N, 1, 28, 28) and returns logits (N, 10).

    Args:
        width: filters of the first convolution; the next have twice and four times as
            many. 32 is the article's, 8 is enough for quick experiments.
        pools: what follows each convolution, by its name in `POOLS`. `READINGS` lists
            the ways to read the article.
    """

    def __init__(self, width: int = 32, pools: tuple[str, ...] = ("max", "max", "max")):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.conv3 = nn.Conv2d(2 * width, 4 * width, 3, padding=1)
        self.pool1, self.pool2, self.pool3 = (POOLS[name]() for name in pools)
        # Padding keeps the size; the pools alone decide what is left of 28.
        pooled = self.pool3(self.pool2(self.pool1(torch.zeros(1, 1, 28, 28))))
        self.fc1 = nn.Linear(4 * width * pooled.numel(), 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:  # (N, 1, 28, 28)
        x = self.pool1(F.relu(self.conv1(images)))  # (N, 32, 14, 14)
        x = self.pool2(F.relu(self.conv2(x)))  # (N, 64, 7, 7)
        x = self.pool3(F.relu(self.conv3(x)))  # (N, 128, 3, 3)
        features = x.flatten(1)  # (N, 1152)
        x = F.relu(self.fc1(features))  # (N, 128)
        x = F.relu(self.fc2(x))  # (N, 64)
        logits: Tensor = self.fc3(x)  # (N, 10)
        return logits


class NormNet(nn.Module):
    """`ConvNet` as one would build it today: batch norm, and one linear layer.

    Takes (N, 1, 28, 28) and returns logits (N, classes).

    Args:
        width: filters of the first block; the next have twice and four times as many.
        depth: convolutions in each of the three blocks; a max pool ends a block.

    Source: S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network
    training by reducing internal covariate shift", ICML 2015.
    """

    def __init__(self, width: int = 32, depth: int = 1, classes: int = 10):
        super().__init__()
        layers: list[nn.Module] = []
        c_in = 1
        for c_out in (width, 2 * width, 4 * width):
            for _ in range(depth):
                # Batch norm has a bias of its own.
                conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
                layers += [conv, nn.BatchNorm2d(c_out), nn.ReLU()]
                c_in = c_out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)  # (N, 4 * width, 3, 3)
        self.linear = nn.Linear(4 * width * 3 * 3, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.linear(self.features(images).flatten(1))
        return logits


class Residual(nn.Module):
    """Two convolutions whose result is added to what went in: (N, C, H, W) to the same.

    Args:
        skip: False leaves the addition out, for comparison.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image
    recognition", CVPR 2016, figure 2.
    """

    def __init__(self, channels: int, skip: bool = True):
        super().__init__()
        self.skip = skip
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        change = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(x + change if self.skip else change)


def residual_net(width: int, blocks: int, skip: bool = True) -> nn.Module:
    """`NormNet` of depth 1 with `blocks` of `Residual` after each of its convolutions.

    Takes (N, 1, 28, 28) and returns logits (N, 10).
    """
    net = NormNet(width)
    channels = iter((width, 2 * width, 4 * width))
    deeper: list[nn.Module] = []
    for layer in net.features:
        if isinstance(layer, nn.MaxPool2d):
            here = next(channels)
            deeper += [Residual(here, skip) for _ in range(blocks)]
        deeper.append(layer)
    net.features = nn.Sequential(*deeper)
    return net


class KernelNet(nn.Module):
    """Three convolutions of one kernel size that halve the image, and one linear layer.

    With stride 2 the convolution halves it, with stride 1 a max pool after it. Takes
    (N, 1, 28, 28), returns logits (N, 10).
    """

    def __init__(self, kernel: int, stride: int, width: int):
        super().__init__()
        channels = (1, width, 2 * width, 4 * width)
        blocks: list[nn.Module] = []
        for c_in, c_out in pairwise(channels):
            conv = nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2)
            halve = nn.MaxPool2d(2, ceil_mode=True) if stride == 1 else nn.Identity()
            blocks += [conv, nn.ReLU(), halve]
        self.blocks = nn.Sequential(*blocks)  # (N, 4 * width, 4, 4)
        self.linear = nn.Linear(4 * width * 4 * 4, 10)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.linear(self.blocks(images).flatten(1))
        return logits


def pool_first(net: ConvNet | NormNet) -> nn.Module:
    """A copy that pools before each ReLU: the same function, and a quarter of the ReLU.

    Of two numbers the larger one stays the larger one when both lose what is below 0.

    Raises:
        ValueError: a pool of `net` is not a max pool; others do not commute with ReLU.
    """
    net = copy.deepcopy(net)
    if isinstance(net, ConvNet):
        for name in ("1", "2", "3"):
            conv, pool = (net.get_submodule(kind + name) for kind in ("conv", "pool"))
            if not isinstance(pool, nn.MaxPool2d):
                raise ValueError(
                    f"pool{name} is {type(pool).__name__}, but only a max pool may go "
                    "before a ReLU; pass a network whose three pools are 'max'."
                )
            setattr(net, f"conv{name}", nn.Sequential(conv, pool))
            setattr(net, f"pool{name}", nn.Identity())
        return net
    layers = list(net.features)
    for k, layer in enumerate(layers):
        if isinstance(layer, nn.MaxPool2d):
            layers[k - 1], layers[k] = layer, layers[k - 1]
    net.features = nn.Sequential(*layers)
    return net


class PublishedConvNet(nn.Module):
    """The network with the article's faults, for the lesson; do not use it.

    The flatten size is that of two pools though there are three, `view` lets images
    flow into each other, and a softmax stands before a loss that has its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(128 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv1(images)))
        x = self.pool(F.relu(self.conv2(x)))
        x = self.pool(F.relu(self.conv3(x)))
        x = x.view(-1, 128 * 7 * 7)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return F.softmax(self.fc3(x), dim=1)


def linear_classifier() -> nn.Module:
    """Ten weighted sums of the pixels: (N, 1, 28, 28) to logits (N, 10)."""
    return nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10))


def mlp(hidden: int = 128) -> nn.Module:
    """The head of `ConvNet` on bare pixels: (N, 1, 28, 28) to logits (N, 10)."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def load_pretrained(seed: int = 0) -> ConvNet:
    """The shipped `ConvNet` of one training seed, in eval mode.

    weights/README.md says how the weights were made and what they reached.

    Raises:
        ValueError: no weights were shipped for this seed.
    """
    return _load(ConvNet(), seed, "")


def load_control(control: str, seed: int = 0) -> ConvNet:
    """A `ConvNet` of which a part kept its random weights, in eval mode.

    Args:
        control: a name in `CONTROLS`, which says what was frozen. The rest was trained
            as `load_pretrained`'s networks were.

    Raises:
        ValueError: no such control, or no weights were shipped for this seed.
    """
    if control not in CONTROLS:
        raise ValueError(
            f"There is no control {control!r}; choose one of {', '.join(CONTROLS)}."
        )
    return _load(ConvNet(), seed, control)


def load_best(seed: int = 0) -> NormNet:
    """The `NormNet` of 11's frozen recipe, of one training seed, in eval mode.

    Raises:
        ValueError: no weights were shipped for this seed.
    """
    return _load(NormNet(16, 2), seed, "best")


def weights_name(seed: int, kind: str = "") -> str:
    """The name of the file with the shipped weights of a network."""
    return f"{kind.replace(' ', '-') or 'convnet'}-seed{seed}.safetensors"


def _load(net: Net, seed: int, kind: str) -> Net:
    seeds = SHIPPED[kind]
    if seed not in seeds:
        raise ValueError(
            f"No weights are shipped for seed {seed!r}; choose one of "
            f"{', '.join(map(str, seeds))}."
        )
    file = files("mnist_tutorial") / "weights" / weights_name(seed, kind)
    checkpoint.load_weights(net, file)
    return net.eval()


def he_start(net: Net) -> Net:
    """Draw the first weights anew, as large as ReLU needs them; biases begin at 0.

    Each ReLU throws half of what it gets away. With weights of variance 2 / inputs, the
    numbers behind it are as large as those before it, however deep the network;
    PyTorch's own draw has a sixth of that variance.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """PyTorch's random numbers begin at `seed` inside, and go on as ever outside."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


class Layer(NamedTuple):
    """One line of `layers`."""

    name: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int  # multiply-accumulates for one image


def leaves(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The layers that have none inside, by their names in `named_modules`."""
    for name, layer in model.named_modules():
        # What computes a weight (weight norm, say) is a part of its layer.
        inside = dict(layer.named_children()).keys() - {"parametrizations"}
        if not inside and "parametrizations" not in name.split("."):
            yield name, layer


# What has weights and works more often than its output tells.
_UNCOUNTED = (nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention, nn.Bilinear)


def layers(model: nn.Module, images: Tensor) -> list[Layer]:
    """Run `images` through `model` and note each layer: shape, parameters, MACs.

    Names are those of `named_modules`; a layer that is used twice has two rows.

    A MAC is one multiplication and one addition. Only convolutions and linear layers
    have any; biases, ReLU and pooling are left out, as is customary.

    Raises:
        ValueError: a layer whose MACs are not known, such as a recurrent one.
    """
    uncounted = {type(m).__name__ for m in model.modules() if isinstance(m, _UNCOUNTED)}
    if uncounted:
        raise ValueError(
            f"The MACs of {', '.join(sorted(uncounted))} are not known; pass a network "
            "of convolutions and linear layers."
        )
    rows: list[Layer] = []

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor], Tensor], None]:
        def hook(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            macs = 0
            if isinstance(layer, _ConvTransposeNd):
                # Each number that comes in meets every weight of its channel.
                macs = layer.weight[0].numel() * inputs[0][0].numel()
            elif isinstance(layer, _ConvNd | nn.Linear):
                # Each weight of a filter works once per output position.
                macs = layer.weight[0].numel() * output[0].numel()
            if not isinstance(output, Tensor):
                raise ValueError(
                    f"{name} ({type(layer).__name__}) gives a {type(output).__name__}; "
                    "expected layers that give a tensor."
                )
            shape = tuple(output.shape)
            rows.append(Layer(name, shape, count_parameters(layer), macs))

        return hook

    # A copy in eval mode: a batch norm in training would learn from these images.
    model = copy.deepcopy(model).eval()
    for name, layer in leaves(model):
        layer.register_forward_hook(note(name))
    with torch.inference_mode():
        model(images)
    return rows
