"""Exercises and predictions of 08 Inside."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial.data import BLACK
from mnist_tutorial.exercises.cases import Case, Function
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import fractions, whole
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

CONTROL = (
    "set up a control for a claim about a network, and tell a fair one from an unfair "
    "one"
)
LAYERS = "follow a digit through every layer, and say how much of it a unit sees"
PIXELS = "ask which pixels speak for an answer, and check the answer you get"
CHEAT = "catch a network that is right for the wrong reason, and mend it"


# --- A pretty filter

PRETTY = Decide(
    key="pretty",
    task=(
        "In a trained network, a filter of the first layer looks like an edge "
        "detector. What does its picture explain?"
    ),
    level=1,
    minutes=4,
    practises=CONTROL,
    claims=(
        "that the network reads digits by edges",
        "nothing yet: first show that random filters look or read otherwise",
        "that training has made this filter",
        "nothing ever: networks cannot be understood",
    ),
    reasons=(
        "a network with a random first layer reads nearly as well",
        "edges are what digits are made of",
        "what is trained must be needed",
        "a picture shows one filter of many",
    ),
    right=("B", 1),
    mistakes=(
        Mistake(
            "edges",
            ("A", None),
            "With random filters in its place the network reads nearly as well. Then "
            "this filter is not why it reads.",
            "the article that the course follows, filters as evidence",
        ),
        Mistake(
            "made by training",
            ("C", None),
            "Compare it with itself before training: it has hardly turned. What "
            "looks like an edge may have been there by chance.",
            "Adebayo et al. 2018, an edge detector beside saliency maps",
        ),
        Mistake(
            "never",
            ("D", None),
            "A picture alone shows little. Beside a control, and after an experiment, "
            "it can show much.",
            JUDGEMENT,
        ),
        Mistake(
            "digits have edges",
            ("B", 2),
            "The claim holds. That digits have edges says nothing about this network.",
            JUDGEMENT,
        ),
        Mistake(
            "trained, so needed",
            ("B", 3),
            "The claim holds, and this reason would refute it. It is wrong itself: "
            "the first layer was trained in one network and not in the other.",
            "Adebayo et al. 2018, models with random weights",
        ),
        Mistake(
            "one of many",
            ("B", 4),
            "The claim holds. But all filters together would explain no more, as the "
            "line-up shows.",
            "Olah et al. 2017, one channel of many",
        ),
    ),
    hints=(
        "Which control belongs beside the picture?",
        "How well does a network read whose first layer is random?",
        "If the control does as well, the picture explains nothing.",
    ),
    answer='"B", because=1, sure=80',
)


# --- The pixels of a unit


def _field(kernel: int, pools: int, *, way: str = "field") -> int:
    """The side of what a unit after the last of pools + 1 convolutions sees."""
    field, step = 1, 1
    for k in range(pools + 1):
        field += (kernel - 1) * step
        if k < pools:
            field, step = field + step, 2 * step
    return {
        "field": field,
        "no pools": 1 + (pools + 1) * (kernel - 1),
        "product": kernel * 2**pools,
        "power": kernel ** (pools + 1),
        "pools as one": 1 + (pools + 1) * (kernel - 1) + pools,
        "everything": 28,
        "one more pool": field + step,
    }[way]


def _sizes(rng: random.Random) -> dict[str, Any]:
    return {"kernel": rng.choice((3, 5, 7)), "pools": rng.choice((1, 2, 3))}


def _field_working(kernel: int, pools: int) -> str:
    lines = [f"Kernels of {kernel}, pools of 2, {pools} of them. Begin with 1 pixel."]
    field, step = 1, 1
    for k in range(pools + 1):
        field += (kernel - 1) * step
        lines.append(f"a convolution adds ({kernel} − 1) · {step}: {field}")
        if k < pools:
            field += step
            lines.append(f"a pool adds (2 − 1) · {step}: {field}; steps are now twice")
            step *= 2
    return "\n".join([*lines, f"The side: {field}"])


FIELD = Compute(
    key="field",
    task=(
        "Convolutions of {kernel} × {kernel} with stride 1, and {pools} max pools of "
        "2 × 2, one between each two of them. How many pixels wide is the part of the "
        "image that a unit after the last convolution sees?"
    ),
    level=2,
    minutes=5,
    practises=LAYERS,
    reference=_field,
    numbers={"kernel": 3, "pools": 2},
    draw=_sizes,
    working=_field_working,
    mistakes=(
        Mistake(
            "no pools",
            {"way": "no pools"},
            "You have left out the pools: after one, each step is two pixels wide.",
            "AlexeyAB/darknet issue 1206, strides left out",
        ),
        Mistake(
            "product",
            {"way": "product"},
            "Sizes do not multiply, since neighbouring windows overlap.",
            "NRCan/geo-deep-learning issue 84, from the number of pools",
        ),
        Mistake(
            "power",
            {"way": "power"},
            "That would be right if windows did not overlap. They do: a second "
            "convolution adds its size less 1, in steps.",
            JUDGEMENT,
        ),
        Mistake(
            "pools add one",
            {"way": "pools as one"},
            "A pool adds one step, but it also makes every later step twice as wide.",
            "AlexeyAB/darknet issue 1206, what a stride does to the field",
        ),
        Mistake(
            "everything",
            {"way": "everything"},
            "Not the whole image: only linear layers see all of it.",
            JUDGEMENT,
        ),
        Mistake(
            "pool after",
            {"way": "one more pool"},
            "That is the field after one more pool.",
            "sfzhang15/SFD issue 69, one layer more or less",
        ),
    ),
    hints=(
        "Begin with one pixel and go through the layers. What does each add?",
        "A layer of size k adds (k − 1) times the step; a pool doubles the step.",
        "3 × 3, pool, 3 × 3, pool, 3 × 3: 1 + 2 + 1 + 4 + 2 + 8.",
    ),
    answer="18",
)


# --- What a layer gives


class _TwoConvolutions(nn.Module):
    """A small network; its ReLU may write over what it gets."""

    def __init__(self, in_place: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 1, 3, padding=1)
        self.relu = nn.ReLU(in_place)
        self.conv2 = nn.Conv2d(1, 2, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        with torch.no_grad():
            for k, weight in enumerate(self.parameters()):
                weight.copy_(whole(*weight.shape, seed=k, low=-3, high=3))

    def forward(self, images: Tensor) -> Tensor:
        maps = self.relu(self.conv1(images))
        return self.pool(self.relu(self.conv2(maps))).flatten(1)


def look_inside(function: Function, case: Case) -> dict[str, Any]:
    """What a function says that a layer gives, and how it leaves the network behind."""
    images, name = case.arguments["images"], case.arguments["name"]
    net = _TwoConvolutions(case.arguments["relu"] == "in place")
    net.train(case.arguments["mode"] == "training")
    output = function(net, name, images)
    layer = net.get_submodule(name)
    left = len(layer._forward_hooks) + len(layer._forward_pre_hooks)
    return {
        "what the layer gives": output,
        "afterwards: hooks that are still there": left,
        "afterwards: training mode (1) or eval mode (0)": net.training,
    }


def _hooked(
    net: nn.Module,
    name: str,
    images: Tensor,
    *,
    caught: str = "output",
    copied: bool = True,
    removed: bool = True,
    mode: str = "as it was",
    of: str = "all images",
) -> Tensor:
    """What a layer of a network gives; each keyword is a mistake."""
    layer = net.get_submodule(name)
    kept: dict[str, Tensor] = {}

    def note(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        kept["output"] = output.detach().clone() if copied else output.detach()
        kept["input"] = inputs[0].detach().clone()
        kept["after ReLU"] = output.detach().relu()

    if mode == "eval":
        net.eval()
    if of == "the first":
        images = images[:1]
    kept["layer alone"] = layer(images)
    hook = layer.register_forward_hook(note)
    kept["logits"] = net(images)
    if removed:
        hook.remove()
    return kept[caught]


HOOK = Write(
    key="hook",
    task=(
        "Say what the layer `name` of a network gives for some images, and leave the "
        "network as you found it. `net.get_submodule(name)` is the layer. The ReLU "
        "that follows may write over what the layer gave."
    ),
    level=2,
    minutes=8,
    practises=LAYERS,
    oracle="what the layer gives",
    reference=_hooked,
    play=look_inside,
    cases=(
        Case(
            {
                "images": whole(1, 1, 2, 2, seed=1),
                "name": "conv1",
                "relu": "in a new tensor",
                "mode": "eval",
            },
        ),
        Case(
            {
                "images": fractions(2, 1, 4, 4, seed=2),
                "name": "conv2",
                "relu": "in a new tensor",
                "mode": "training",
            },
            tags=("fractions", "a later layer", "training mode"),
        ),
        Case(
            {
                "images": fractions(3, 1, 3, 5, seed=3),
                "name": "conv1",
                "relu": "in place",
                "mode": "training",
            },
            tags=("fractions", "a ReLU in place", "training mode"),
        ),
    ),
    mistakes=(
        Mistake(
            "stays",
            {"removed": False},
            "The hook is still there. It will be called, and keep a tensor, whenever "
            "the network runs: hook.remove().",
            "frgfm/torch-cam issue 197; KamitaniLab/bdpy pull request 91",
        ),
        Mistake(
            "input",
            {"caught": "input"},
            "That is what the layer *gets*. A forward hook is called with the layer, "
            "its inputs and its output: keep the third.",
            "facebookresearch/kill-the-bits issue 35, why is the activation the input?",
        ),
        Mistake(
            "logits",
            {"caught": "logits"},
            "That is what the whole network gives. Keep what your hook receives, and "
            "return it.",
            "utkuozbulak/pytorch-cnn-visualizations issue 1, x or what was caught",
        ),
        Mistake(
            "layer alone",
            {"caught": "layer alone"},
            "The layer was given the images themselves. In the network it gets what "
            "the layers before it have made: run the network.",
            "meta-pytorch/captum issue 156, a layer called by itself",
        ),
        Mistake(
            "after relu",
            {"caught": "after ReLU"},
            "Numbers below 0 are gone: that is what the ReLU makes of it. The layer "
            "itself gives them, too.",
            "meta-pytorch/captum issue 156, zeros that the layer does not give",
        ),
        Mistake(
            "no copy",
            {"copied": False},
            "You keep the very tensor that a ReLU in place then writes over. Keep a "
            "copy: output.clone().",
            "pytorch/pytorch issue 95617, hooks and nn.ReLU(inplace=True)",
        ),
        Mistake(
            "eval mode",
            {"mode": "eval"},
            "The network came in training mode and is left in eval mode. Leave it as "
            "it was.",
            "pfnet/pytorch-pfn-extras issue 688, a mode that is not restored",
        ),
        Mistake(
            "first image",
            {"of": "the first"},
            "Only the first image went through the network. All are asked for.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "Which function does PyTorch call when a layer has run, and what does it get?",
        "def note(layer, inputs, output): kept.append(output.clone()). Register it, "
        "run the network, remove it.",
        "hook = net.get_submodule(name).register_forward_hook(note), then net(images), "
        "then hook.remove().",
    ),
    answer="""
def my_hook(net, name, images):
    kept = []
    def note(layer, inputs, output):
        kept.append(output.clone())
    hook = net.get_submodule(name).register_forward_hook(note)
    net(images)
    hook.remove()
    return kept[0]
""".strip(),
)


# --- Occlusion


def cover(function: Function, case: Case) -> dict[str, Any]:
    """The map of a function, for a linear network of ten or fewer classes."""
    image, label, size = case.arguments.values()
    net = nn.Sequential(nn.Flatten(), nn.Linear(image.numel(), 3))
    with torch.no_grad():
        for k, weight in enumerate(net.parameters()):
            weight.copy_(whole(*weight.shape, seed=k, low=-2, high=2) / 4)
    return {"": function(net, image, label, size)}


def _occlusion(
    net: nn.Module,
    image: Tensor,
    label: int,
    size: int,
    *,
    says: str = "fall",
    of: str = "logit",
    about: str = "the label",
    middle: bool = True,
    fresh: bool = True,
    grey: float = 0.0,
    border: str = "over it",
    kept: str = "the rest",
) -> Tensor:
    """How far a logit falls under a patch at each place; each keyword is a mistake."""
    height, width = image.shape[1:]
    before = size // 2 if middle else 0
    covered, images = image.clone(), []
    for i in range(height):
        for j in range(width):
            covered = image.clone() if fresh else covered
            patch = torch.zeros(height, width, dtype=torch.bool)
            top, left = i - before, j - before
            patch[max(0, top) : top + size, max(0, left) : left + size] = True
            patch = patch if kept == "the rest" else ~patch
            covered[:, patch] = grey
            images.append(covered.clone())
    scores = net(torch.stack([image, *images])).detach()
    if about == "the reading":
        label = int(scores[0].argmax())
    scores = scores if of == "logit" else scores.softmax(1)
    under = scores[1:, label].view(height, width)
    falls = {
        "fall": scores[0, label] - under,
        "rise": under - scores[0, label],
        "score": under,
        "size": (scores[0, label] - under).abs(),
    }[says]
    if border == "not":
        return falls[before : height - before, before : width - before]
    return falls


OCCLUSION = Write(
    key="occlusion",
    task=(
        "For each pixel of an image: how far does the logit of `label` fall when a "
        "square of `size` × `size` pixels is set to 0, the mean grey, with that pixel "
        "in its middle? (`size` is odd. At the border a part of the square lies "
        "outside the image.)"
    ),
    level=2,
    minutes=10,
    practises=PIXELS,
    oracle="interpret.occlusion",
    reference=_occlusion,
    play=cover,
    cases=(
        Case({"image": whole(1, 2, 3, seed=1, low=1, high=5), "label": 0, "size": 1}),
        Case(
            {"image": fractions(1, 5, 4, seed=2), "label": 1, "size": 3},
            tags=("fractions", "a square larger than a pixel"),
        ),
        Case(
            {"image": fractions(1, 6, 7, seed=3), "label": 2, "size": 5},
            tags=("fractions", "a square larger than a pixel", "size 5"),
        ),
    ),
    mistakes=(
        Mistake(
            "rise",
            {"says": "rise"},
            "The sign is reversed: what speaks *for* the label is negative here. Take "
            "the logit of the whole image minus that of the covered one.",
            "meta-pytorch/captum issue 410, what a positive value means",
        ),
        Mistake(
            "score",
            {"says": "score"},
            "That is the logit under the square. How far it *falls* is its difference "
            "from the logit of the whole image.",
            "meta-pytorch/captum issue 410, is it plainly the difference?",
        ),
        Mistake(
            "size",
            {"says": "size"},
            "The size is taken: what speaks against the label looks like what speaks "
            "for it.",
            JUDGEMENT,
        ),
        Mistake(
            "probability",
            {"of": "probability"},
            "This is the fall of a probability. Near 1 a probability hardly moves, "
            "whatever is covered. The logit is asked for.",
            "meta-pytorch/captum issue 407, logits or probabilities",
        ),
        Mistake(
            "reading",
            {"about": "the reading"},
            "You follow the class that the network reads. The question is about "
            "`label`, which may be another one.",
            "Project-MONAI/MONAI pull request 1430, which class the map is of",
        ),
        Mistake(
            "corner",
            {"middle": False},
            "Your square has the pixel in its corner, so the map is shifted by half a "
            "square. The pixel belongs into the middle.",
            "Project-MONAI/MONAI pull request 5230, where a square's value is put",
        ),
        Mistake(
            "pile up",
            {"fresh": False},
            "The squares pile up: each begins with the image in which the ones before "
            "are already covered. Begin each with a fresh clone of the image.",
            JUDGEMENT,
        ),
        Mistake(
            "black",
            {"grey": BLACK},
            "The square is black here. On a normalised image 0 is the mean grey, and "
            "that is what is asked for.",
            "sicara/tf-explain issue 126, a grey patch on normalised images",
        ),
        Mistake(
            "inside only",
            {"border": "not"},
            "Your map is smaller than the image: places where the square would stand "
            "over the border are left out. Cover what lies inside.",
            "XAITK/xaitk-saliency pull request 7, pixels at the border",
        ),
        Mistake(
            "all but the square",
            {"kept": "the square"},
            "Everything *but* the square is set to 0.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "For one pixel: which image goes into the network, and what is compared?",
        "covered = image.clone(), then set rows max(0, i - half) to i + half, and the "
        "columns likewise, to 0. half = size // 2.",
        "net(image[None])[0, label] - net(covered[None])[0, label], for every i and j.",
    ),
    answer="""
def my_occlusion(net, image, label, size):
    H, W = image.shape[1:]
    half = size // 2
    falls = torch.zeros(H, W)
    whole = net(image[None])[0, label].item()
    for i in range(H):
        for j in range(W):
            covered = image.clone()
            rows = slice(max(0, i - half), i + half + 1)
            columns = slice(max(0, j - half), j + half + 1)
            covered[:, rows, columns] = 0
            falls[i, j] = whole - net(covered[None])[0, label].item()
    return falls
""".strip(),
)


# --- Grad-CAM


def _cam(
    maps: Tensor,
    gradient: Tensor,
    *,
    weight: str = "mean",
    rectified: str = "after",
    over: str = "sum",
) -> Tensor:
    """Grad-CAM before it is enlarged; each keyword is a mistake."""
    weights = {
        "mean": lambda: gradient.mean((1, 2), keepdim=True),
        "sum": lambda: gradient.sum((1, 2), keepdim=True),
        "place": lambda: gradient,
        "largest": lambda: gradient.amax((1, 2), keepdim=True),
        "channels": lambda: gradient.mean(0, keepdim=True),
        "none": lambda: torch.ones_like(gradient),
    }[weight]()
    parts = weights * maps
    if rectified == "before":
        parts = F.relu(parts)
    cam = parts.sum(0) if over == "sum" else parts.mean(0)
    if rectified == "size":
        return cam.abs()
    return F.relu(cam) if rectified == "after" else cam


GRAD_CAM = Write(
    key="grad_cam",
    task=(
        "Grad-CAM, from the maps of a layer and the gradient of the logit by them to "
        "one map: each channel counts with the mean of its gradient; they are added, "
        "and what is below 0 becomes 0."
    ),
    level=2,
    minutes=8,
    practises=PIXELS,
    oracle="interpret.grad_cam",
    reference=_cam,
    cases=(
        Case(
            {
                "maps": torch.tensor([[[1.0, 0], [2, 4]], [[3, 1], [0, 2]]]),
                "gradient": torch.tensor([[[2.0, 0], [1, 1]], [[-1, -1], [0, -2]]]),
            },
        ),
        Case(
            {
                "maps": fractions(3, 2, 4, seed=1).relu(),
                "gradient": fractions(3, 2, 4, seed=2),
            },
            tags=("fractions", "maps that are not square"),
        ),
        Case(
            {
                "maps": whole(2, 2, 2, seed=3),
                "gradient": -whole(2, 2, 2, seed=4, low=1),
            },
            tags=("nothing speaks for the label",),
        ),
    ),
    mistakes=(
        Mistake(
            "no relu",
            {"rectified": "none"},
            "What is below 0 is still there. It speaks for other classes; Grad-CAM "
            "keeps what speaks for this one.",
            "pytorch/captum issue 179, the ReLU of the paper",
        ),
        Mistake(
            "relu too early",
            {"rectified": "before"},
            "The ReLU stands before the sum. Channels that speak against the label "
            "must first be taken off.",
            "salesforce/LAVIS pull request 809, where the ReLU belongs",
        ),
        Mistake(
            "absolute",
            {"rectified": "size"},
            "The size is taken: what speaks against the label looks like what speaks "
            "for it.",
            JUDGEMENT,
        ),
        Mistake(
            "sum of gradients",
            {"weight": "sum"},
            "The weight is the *mean* of a channel's gradient, not its sum.",
            "utkuozbulak/pytorch-cnn-visualizations issue 56, a sum as weight",
        ),
        Mistake(
            "place by place",
            {"weight": "place"},
            "Each place counts with its own gradient. Grad-CAM gives a channel one "
            "weight for all places: the mean.",
            "jacobgil/keras-grad-cam issue 5, why average first?",
        ),
        Mistake(
            "over channels",
            {"weight": "channels"},
            "The mean runs over the channels. It must run over the places of each "
            "channel, so that every channel gets one weight.",
            "apache/mxnet issue 11895, the average of another gradient",
        ),
        Mistake(
            "not weighted",
            {"weight": "none"},
            "All channels count alike: the gradient, and with it the label, is not "
            "used.",
            "jacobgil/pytorch-grad-cam issue 97, weights or an average",
        ),
        Mistake(
            "mean of channels",
            {"over": "mean"},
            "The channels are averaged. Add them.",
            "jacobgil/keras-grad-cam issue 5, a mean over the filters",
        ),
    ),
    hints=(
        "How many weights are there, and over which axes is each a mean?",
        "gradient.mean((1, 2), keepdim=True) has one weight for each channel.",
        "(weights * maps).sum(0), then relu.",
    ),
    answer="""
def my_grad_cam(maps, gradient):
    weights = gradient.mean((1, 2), keepdim=True)  # (C, 1, 1)
    return (weights * maps).sum(0).relu()
""".strip(),
)


# --- An unfair control


def _standardised(
    seen: Tensor,
    new: Tensor,
    *,
    centre: str = "seen",
    spread: str = "seen",
    axis: str = "columns",
    power: int = 1,
) -> Tensor:
    """New numbers, brought to the scale of those seen; each keyword is a mistake."""
    dims = {"columns": (0,), "all": (0, 1), "rows": (1,)}[axis]
    source = {"seen": seen, "new": new, "both": torch.cat([seen, new])}

    def of(name: str, what: str) -> Tensor:
        rows = new if axis == "rows" else source[name]
        return getattr(rows, what)(dims, keepdim=True)

    centred = new if centre == "none" else new - of(centre, "mean")
    return centred if spread == "none" else centred / of(spread, "std") ** power


STANDARDISE = Repair(
    key="standardise",
    task=(
        "Features of new images are brought to the scale of those to which a read-out "
        "was fitted. Something is wrong: an image's result changes with the images "
        "that happen to be tested with it. Mend it, and change as little as you can."
    ),
    level=2,
    minutes=6,
    practises=CONTROL,
    oracle="what the read-out was fitted to",
    reference=_standardised,
    given='''
def standardised(seen, new):
    """Columns of `new`, on the scale on which a read-out was fitted to `seen`."""
    centre = new.mean(0)
    spread = new.std(0)
    return (new - centre) / spread
'''.strip(),
    lines=2,
    cases=(
        Case(
            {
                "seen": torch.tensor([[0.0, 4], [2, 0], [4, 8]]),
                "new": torch.tensor([[1.0, 1], [5, 7]]),
            },
        ),
        Case(
            {"seen": fractions(6, 3, seed=1), "new": 2 * fractions(4, 3, seed=2) + 1},
            tags=("fractions",),
        ),
    ),
    mistakes=(
        Mistake(
            "own spread",
            {"spread": "new"},
            "The deviation is still that of the new images.",
            "deepchem/deepchem issue 51, train and test normalised apart",
        ),
        Mistake(
            "own mean",
            {"centre": "new"},
            "The mean is still that of the new images.",
            "cs109/a-2017 issue 11, the test set by its own mean",
        ),
        Mistake(
            "both together",
            {"centre": "both", "spread": "both"},
            "Seen and new are mixed. The read-out was fitted on the scale of what was "
            "seen alone.",
            "d2l-ai/d2l-en issue 843, statistics of all features",
        ),
        Mistake(
            "one number",
            {"axis": "all"},
            "One mean for all columns. Each feature has its own.",
            "eeyhsong/EEG-Conformer issue 47, one mean of all data",
        ),
        Mistake(
            "by row",
            {"axis": "rows"},
            "Each image is brought to its own mean. It is the columns that have one.",
            "timeseriesAI/tsai issue 6, each sample by its own",
        ),
        Mistake(
            "variance",
            {"power": 2},
            "Divided by the variance. The deviation is its root.",
            JUDGEMENT,
        ),
    ),
    hints=(
        "On which images were the read-out's own mean and deviation computed?",
        "New images must be changed just as those were, each for itself.",
        "Take mean(0) and std(0) of `seen`.",
    ),
    answer='''
def standardised(seen, new):
    """Columns of `new`, on the scale on which a read-out was fitted to `seen`."""
    centre = seen.mean(0)
    spread = seen.std(0)
    return (new - centre) / spread
'''.strip(),
)


# --- The cheat

CLEANED = Decide(
    key="cleaned",
    task=(
        "The mark is found. Somebody sets the top two rows of every *new* image to "
        "black before the network sees it. Does that mend the network?"
    ),
    level=2,
    minutes=4,
    practises=CHEAT,
    claims=(
        "yes: the mark is gone",
        "no: it must be trained again, on images in which the mark tells nothing",
        "yes, after some more epochs on the same training images",
        "no: every network would have cheated, so nothing helps",
    ),
    reasons=(
        "it has learned the mark in place of the digits",
        "the mark was noise, and noise has been removed",
        "on marked validation images it was nearly perfect, so it can read",
        "heat maps show that it looks at the digit as well",
    ),
    right=("B", 1),
    mistakes=(
        Mistake(
            "cleaning",
            ("A", None),
            "The network reads the mark. Without it the only clue is gone: measure it "
            "on clean images, above.",
            "Lapuschkin et al. 2019, a source tag that was removed",
        ),
        Mistake(
            "more epochs",
            ("C", None),
            "The mark still tells the label in every training image. More of the same "
            "teaches the same.",
            "Geirhos et al. 2020, shortcuts and more training",
        ),
        Mistake(
            "hopeless",
            ("D", None),
            "It helps to train on images in which the mark is put at random, as above. "
            "Whether another network would have cheated is another question.",
            "Lapuschkin et al. 2019, what to do about it",
        ),
        Mistake(
            "noise",
            ("B", 2),
            "The claim holds. But the mark was no noise: it told the label exactly.",
            "Geirhos et al. 2020, shortcuts predict",
        ),
        Mistake(
            "accuracy proves",
            ("B", 3),
            "The claim holds. If accuracy on marked images proved that it reads, "
            "nothing would need mending.",
            "Zech et al. 2018, hospital marks in X-rays",
        ),
        Mistake(
            "heat maps",
            ("B", 4),
            "The claim holds. A map that also shows the digit proves neither.",
            "Adebayo et al. 2018, maps that look right",
        ),
    ),
    hints=(
        "What is left for this network to go by when the mark is gone?",
        "How does it do on clean images?",
        "It has to learn something else, so the training images must change.",
    ),
    answer='"B", because=1, sure=80',
)


EXERCISES: tuple = (
    PRETTY,
    CLEANED,
    STANDARDISE,
    HOOK,
    OCCLUSION,
    GRAD_CAM,
    FIELD,
    Predict("lineup", "Which of the three has learned: A, B or C?", "C"),
    Predict(
        "frozen",
        "What do networks with random convolutions reach, on average over three seeds?",
        70.9,
        unit=" %",
        near=0.1,
    ),
    Predict(
        "outline",
        "Which method still outlines the digit in a network that learned nothing: "
        "occlusion, saliency or integrated?",
        "integrated",
    ),
    Predict("clean", "How many clean images does it read?", 33.0, unit=" %", near=0.2),
)
