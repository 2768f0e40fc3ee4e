"""What PyTorch and Python compute for the tests beside this file, as JSON.

`python tests/js/expected.py FOLDER` writes one file a test; they are made anew for each
run and never kept. A tensor of floats is written as {"f32": base64 of its bytes}.
"""

import itertools
import json
import random
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_tutorial import (
    data,
    drawing,
    exercises,
    interpret,
    metrics,
    model,
    ops,
    plots,
)
from mnist_tutorial.exercises.compute import Compute
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import Exercise
from mnist_tutorial.exercises.order import Order
from mnist_tutorial.exercises.plain import plain
from mnist_tutorial.exercises.predict import Guess, Predict
from mnist_tutorial.exercises.verdict import Verdict
from mnist_tutorial.widgets import (
    digit_clinic,
    engine,
)
from mnist_tutorial.widgets.base import to_bytes
from mnist_tutorial.widgets.confusion_explorer.widget import ConfusionExplorer
from mnist_tutorial.widgets.embedding_map import widget as embedding_map
from mnist_tutorial.widgets.kernel_bench import widget as kernel_bench
from mnist_tutorial.widgets.network_lens import widget as network_lens
from mnist_tutorial.widgets.page import states
from mnist_tutorial.widgets.shape_tracer import widget as shape_tracer
from mnist_tutorial.widgets.training_monitor import frames as training_monitor

SIZES = [(28, 28), (112, 112), (61, 40), (17, 90), (1, 3)]  # of sheets
SILENT = ("conv1" + interpret.AFTER_RELU, 1)  # a layer and its channel
CLINIC_SIZES = [(28, 28), (112, 112), (40, 91), (97, 30), (3, 60)]
STEPS = ("crop", "box", "centre", "normalise")


@cache
def validation() -> data.Split:
    return data.splits().validation


def shared() -> dict:
    logits = 5 * torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    chances = [0, 1e-9, 0.0004999, 0.0005, 0.0625, 0.4321, 0.9994999, 0.9995, 1]
    chances += logits.softmax(1).flatten().double().tolist()
    return {
        "chances": chances,
        "words": [plots.probability(p) for p in chances],
        "mean": data.MEAN,
        "std": data.STD,
        "logits": floats(logits),
        "probs": floats(logits.softmax(1)),
    }


def engine_() -> dict:
    digits, _ = validation()
    nets = [
        model.load_pretrained(0),
        model.load_pretrained(1),
        model.ConvNet(4, ("none", "none", "average")),
        model.ConvNet(3, ("max", "max", "none")),
        model.linear_classifier(),
        model.mlp(16),
        nn.Sequential(
            nn.Conv2d(1, 3, (3, 2), padding=(0, 1), bias=False),
            nn.ReLU(),
            nn.AvgPool2d(3),
            nn.Conv2d(3, 2, 1),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * 4 * 4, 5),
        ),
    ]
    return {
        "networks": [
            forward(net.eval(), digits[: 20 if k < 2 else 3])
            for k, net in enumerate(nets)
        ],
        "answers": answers(nets[0], digits[:200]),
        "fields": fields(model.ConvNet(2).double()),
    }


def forward(net: nn.Module, images: Tensor) -> dict:
    """Some images and what each packed layer makes of them, flat: (N, numbers)."""
    outputs, x = [], images
    with torch.inference_mode():
        for _, layer in engine.in_order(net):
            x = layer(x)
            if not isinstance(layer, nn.Identity):
                outputs.append(floats(x.flatten(1)))
        torch.testing.assert_close(x, net(images))
    return packed(net) | {"images": floats(images.flatten(1)), "outputs": outputs}


def answers(net: nn.Module, images: Tensor) -> dict:
    """The last numbers only, for many images."""
    with torch.inference_mode():
        logits = net(images)
    return packed(net) | {"images": floats(images.flatten(1)), "logits": floats(logits)}


def fields(net: nn.Module) -> dict:
    """The pixels where the gradient of a unit arrives: [top, left, bottom, right]."""
    boxes = []
    for i, row, column in [(0, 0, 5), (2, 13, 3), (3, 7, 7), (6, 3, 2), (8, 1, 1)]:
        x = torch.randn(1, 1, 28, 28, dtype=torch.double, requires_grad=True)
        y = x
        for k, (_, layer) in enumerate(engine.in_order(net)):
            # Linear stand-ins: a ReLU or a maximum would hide part of the field.
            if isinstance(layer, nn.MaxPool2d):
                layer = nn.AvgPool2d(2)
            if not isinstance(layer, nn.ReLU):
                y = layer(y)
            if k == i:
                break
        y[0, :, row, column].sum().backward()
        assert x.grad is not None
        reached = x.grad[0, 0].nonzero()
        box = [*reached.amin(0).tolist(), *(reached.amax(0) + 1).tolist()]
        boxes.append({"layer": i, "row": row, "column": column, "box": box})
    return {"layers": engine.pack(net)[0], "boxes": boxes}


def drawings() -> Iterator[dict]:
    """Sheets prepared with all steps, with one left out, and inverted."""
    generator = torch.Generator().manual_seed(3)
    for left_out, invert in itertools.product((None, *STEPS), (False, True)):
        switches = {} if left_out is None else {left_out: False}
        for height, width in SIZES:
            sheet = torch.zeros(height, width)
            top, left = height // 4, width // 5
            inner = sheet[top : height - height // 3, left : width - width // 6]
            inner[:] = torch.rand(inner.shape, generator=generator)
            sheet = 1 - sheet if invert else sheet
            switches = switches | {"invert": invert}
            right = drawing.prepare_drawing(sheet.double(), **switches)
            yield {
                "sheet": floats(sheet),
                "size": [height, width],
                "switches": switches,
                "image": floats(right),
            }


def clinic() -> dict:
    """Each step's picture, for every setting of the switches and for some photos."""
    names = digit_clinic.STEPS
    sheets = [random_sheet(*size) for size in CLINIC_SIZES]
    cases = []
    for sheet, on in itertools.product(
        sheets, itertools.product((True, False), repeat=len(names))
    ):
        switches = dict(zip(names, on, strict=True))
        plain = switches | {"normalise": False}
        pictures = {
            "centre": drawing.prepare_drawing(sheet, **plain)[0],
            "normalise": drawing.prepare_drawing(sheet, **switches)[0],
        }
        cases.append(clinic_case(sheet, switches, pictures))
    digits, _ = validation()
    for k in range(4):
        photo = digit_clinic.photo(digits[k], (0, k))
        pictures = digit_clinic.step_pictures(photo)
        del pictures["box"]  # the still shows it in its 28 × 28 pixels
        cases.append(clinic_case(photo, dict.fromkeys(names, True), pictures))
    return {"steps": names, "cases": cases}


def clinic_case(sheet: Tensor, switches: dict, pictures: dict[str, Tensor]) -> dict:
    return {
        "sheet": floats(sheet),
        "size": sheet.shape,
        "switches": switches,
        "pictures": {
            name: {"size": picture.shape, "values": floats(picture)}
            for name, picture in pictures.items()
        },
    }


def random_sheet(height: int, width: int) -> Tensor:
    """Grey spots on black, at least one of them."""
    generator = torch.Generator().manual_seed(height + width)
    sheet = torch.rand(height, width, generator=generator)
    sheet[torch.rand(height, width, generator=generator) < 0.7] = 0
    sheet[height // 2, width // 3] = 0.5
    return sheet


def kernels() -> dict:
    rng = random.Random(0)
    digits, _ = validation()
    pixels = (digits[:5] * data.STD + data.MEAN).clamp(0, 1)
    cases = []
    for _ in range(60):
        settings = {
            "stride": rng.randint(1, 3),
            "padding": rng.randint(0, 2),
            "dilation": rng.randint(1, 3),
        }
        weights = [rng.uniform(-2, 2) for _ in range(9)]
        bias, image = rng.uniform(-1, 1), pixels[rng.randrange(5)]
        after = {"relu": rng.random() < 0.5, "pool": rng.random() < 0.5}
        shift = [rng.randint(-4, 4), rng.randint(-4, 4)]
        kernel = torch.tensor(weights).view(1, 1, 3, 3).flip(2, 3)
        moved = kernel_bench.shifted(image[0], *shift)[None]
        right = F.conv2d(moved, kernel, torch.tensor([bias]), **settings)
        right = right.relu() if after["relu"] else right
        right = F.max_pool2d(right, 2) if after["pool"] else right
        cases.append(
            {
                "image": floats(image),
                "weights": weights,
                "bias": bias,
                "shift": shift,
                "settings": settings | after,
                "size": right.shape[-1],
                "map": floats(right),
            }
        )
    return {"cases": cases, "secret": kernel_bench.SECRET, "image": floats(pixels[0])}


def losses() -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    cases = []
    for twice, temperature, scale in itertools.product(
        (False, True), (0.1, 1, 5), (0.1, 3, 12)
    ):
        logits = scale * torch.randn(10, generator=generator, dtype=torch.double)
        logits.requires_grad_()
        label = int(torch.randint(10, (), generator=generator))
        scores = logits / temperature
        scores = scores.softmax(0) if twice else scores
        loss = F.cross_entropy(scores, torch.tensor(label))
        (gradient,) = torch.autograd.grad(loss, logits)
        cases.append(
            {
                "logits": logits.tolist(),
                "label": label,
                "settings": {"temperature": temperature, "twice": twice},
                "loss": loss.item(),
                "probs": scores.softmax(0).tolist(),
                "gradient": gradient.tolist(),
            }
        )
    return cases


def stacks() -> dict:
    rng = random.Random(0)
    traced = []
    presets = shape_tracer.PRESETS.values()
    for layers in [*(random_stack(rng) for _ in range(200)), *presets]:
        batch = rng.choice([1, 4, 49, 64])
        rows, error = shape_tracer.trace(layers, batch)
        found = [[row.output_shape, row.parameters, row.macs] for row in rows]
        traced.append(
            {"layers": layers, "batch": batch, "rows": found, "breaks": bool(error)}
        )
    return {
        "stacks": traced,
        "middles": list(middles(random.Random(2), 25)),
        "sizes": shape_tracer.SIZES,
        "most": shape_tracer.MOST_IMAGES,
        "largest": shape_tracer.LARGEST,
    }


def random_stack(rng: random.Random) -> list[dict]:
    """Any layers in any order: some stacks run, some break."""
    makers: list[Callable[[], dict]] = [
        lambda: {
            "kind": "conv",
            "filters": rng.randint(1, 6),
            "kernel": rng.randint(1, 5),
            "stride": rng.randint(1, 2),
            "padding": rng.randint(0, 2),
            "dilation": rng.randint(1, 2),
        },
        lambda: {
            "kind": rng.choice(["max pool", "average pool"]),
            "kernel": rng.randint(1, 3),
            "stride": rng.randint(1, 3),
        },
        lambda: {"kind": rng.choice(["relu", "softmax"])},
    ]
    layers = [rng.choice(makers)() for _ in range(rng.randint(0, 5))]
    if rng.random() < 0.7:
        flat = {"kind": "flatten"}, {"kind": "view", "features": rng.choice([6, 98])}
        layers.append(rng.choice(flat))
    for _ in range(rng.randint(0, 3)):
        inputs = rng.choice([None, None, None, 98, 64])
        layer = {"kind": "linear", "outputs": rng.randint(1, 12), "inputs": inputs}
        layers.insert(rng.randint(max(0, len(layers) - 2), len(layers)), layer)
    return layers


def middles(rng: random.Random, count: int):
    """Stacks of sliding windows, and where the middle unit's gradient arrives."""
    while count:
        layers = [layer for layer in random_stack(rng) if "kernel" in layer]
        # A maximum would hide all but one pixel.
        layers = [
            layer if "filters" in layer else layer | {"kind": "average pool"}
            for layer in layers
        ]
        rows, error = shape_tracer.trace(layers, 1)
        if error or not layers:
            continue
        count -= 1
        pairs = [
            (1 + (layer["kernel"] - 1) * layer.get("dilation", 1), layer["stride"])
            for layer in layers
        ]
        size = rows[-1].output_shape[2]
        x = torch.zeros(1, 1, 28, 28, dtype=torch.double, requires_grad=True)
        y = x
        for layer in layers:
            y = shape_tracer._module(layer).double()(y)
        y[0, :, size // 2, size // 2].sum().backward()
        assert x.grad is not None
        reached = x.grad[0, 0].nonzero().flatten()
        yield {
            "layers": layers,
            "size": size,
            "field": ops.receptive_field(pairs),
            # A stride larger than the kernel leaves gaps, or all of it.
            "reached": [int(reached.min()), int(reached.max())] if len(reached) else [],
        }


def lens() -> list[dict]:
    digits, _ = validation()
    torch.manual_seed(1)
    nets = [model.load_pretrained(), model.ConvNet(2, ("none", "none", "average"))]
    return [sums(net.eval(), digits[:6]) for net in nets]


def sums(net: nn.Module, images: Tensor) -> dict:
    """Units [layer, channel, row, column] of each image, and their values."""
    generator = torch.Generator().manual_seed(0)
    layers, _ = engine.pack(net)
    cases = []
    for image in images:
        values = []
        for _, layer in engine.in_order(net):
            if not isinstance(layer, nn.Identity):
                values.append(layer(values[-1] if values else image[None]))
        shapes = [value.shape[1:] for value in values]
        units = list(every_kind_of_unit(layers, shapes, generator))
        values.append(values[-1].softmax(1))
        right = [
            values[layer][(0, *place[: values[layer].ndim - 1])].item()
            for layer, *place in units
        ]
        cases.append({"image": floats(image), "units": units, "values": right})
    return packed(net) | {"cases": cases}


def every_kind_of_unit(layers, shapes, generator):
    """Some units of each layer, borders included, and of the probabilities."""
    for i, shape in enumerate(shapes):
        if layers[i]["kind"] == "flatten":
            continue
        channels, *sizes = shape
        corners = [[0] * len(sizes), [size - 1 for size in sizes]]
        inner = [int(torch.randint(size, (1,), generator=generator)) for size in sizes]
        for place in [*corners, inner]:
            channel = int(torch.randint(channels, (1,), generator=generator))
            yield [i, channel, *(place or [0, 0])]
    yield [len(shapes), 3, 0, 0]


def confusion() -> dict:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(10, (1500,), generator=generator)
    # Two of three are read right, and each way of erring has its own frequency.
    logits = torch.randn(1500, 10, generator=generator) + torch.arange(10) / 5
    logits[torch.arange(1500), labels] += 3
    counts = metrics.confusion_matrix(logits.argmax(1), labels)
    assert not torch.equal(counts, counts.T)
    return {
        "logits": floats(logits),
        "labels": labels.tolist(),
        "counts": counts.flatten().tolist(),
        "preds": logits.argmax(1).tolist(),
        "confidence": floats(logits.softmax(1).amax(1)),
    }


def embedding() -> dict:
    features = torch.randn(60, 8, generator=torch.Generator().manual_seed(0))
    plane = embedding_map.principal_plane(features)
    distances = torch.cdist(features, features).fill_diagonal_(torch.inf)
    return {
        "features": floats(features),
        "mean": floats(plane.mean),
        "axes": floats(plane.axes),
        "places": floats(plane.project(features)),
        "nearest": distances.argsort(1)[:, :5].tolist(),
        "distances": floats(distances.sort(1).values[:, :5]),
    }


def monitor() -> dict:
    """Filters as rows of nine weights and the bias, and their maps of a digit."""
    digits, _ = validation()
    conv = model.load_pretrained().conv1
    with torch.inference_mode():
        maps = conv(digits[:1]).relu()
    rows = torch.cat([conv.weight.flatten(1), conv.bias[:, None]], 1)  # type: ignore[index]
    return {
        "filters": floats(rows),
        "image": floats(digits[0]),
        "maps": floats(maps),
        "curves": [
            floats(torch.from_numpy(training_monitor.condensed(losses)))
            for losses in ([2.3, 2.5, 2.1], [2.3 - k / 1000 for k in range(1000)])
        ],
    }


def page_answers() -> dict:
    """The states of three widgets, some questions, and what Python answers."""
    digits, _ = validation()
    torch.manual_seed(4)  # its readings change with each of its filters
    net, linear = model.ConvNet(2).eval(), model.linear_classifier().eval()
    few = shared_out(net, digits[:24])
    pixels = (few.images * data.STD + data.MEAN).clamp(0, 1)
    bench = kernel_bench.KernelBench(pixels, model=net, validation=few)
    bench.kernel, bench.bias = [0.9, -0.5, 0.1, 0.4, -0.8, 0.3, 0.7, -0.2, 0.6], 0.25
    lens = network_lens.NetworkLens({"first": linear, "second": net}, few)
    explorer = ConfusionExplorer(linear, *few)
    cases = []
    for flip, kind in ((False, "replace"), (True, "replace"), (False, "flip all")):
        bench.flip = flip
        asked = {"kind": kind, "what": f"{kind} {flip}", "filter": 1}
        bench._answer(None, asked, [])
        assert bench.result["lost"] and bench.result["gained"]
        cases.append(case(bench, asked, bench.result, flip=flip))
    for asked, answer in lens_questions(lens):
        cases.append(case(lens, asked, answer))
    for size in (3, 7):
        asked = {"kind": "cover", "index": 5, "size": size}
        explorer._answer(None, asked, [])
        logits = {"f32": b64encode(explorer.covered).decode()}
        answer = {"covered": logits, "key": explorer.covered_key}
        cases.append(case(explorer, asked, answer))
    widgets = {type(w).__name__: states.state(w) for w in (bench, lens, explorer)}
    text = json.dumps(widgets, default=states._encoded)
    return {"states": json.loads(text), "cases": cases}


def case(widget: states.Widget, asked: dict, answer: dict, **traits: Any) -> dict:
    """A question and its answer, where these traits of a widget are others."""
    kind = type(widget).__name__
    return {"widget": kind, "traits": traits, "asked": asked, "answer": answer}


def shared_out(net: model.ConvNet, images: Tensor) -> data.Split:
    """Labels that three networks read right in turn, so that a change gains and loses.

    They are the network itself, it with its filters turned, and with one silent.
    """
    nets = [net, kernel_bench.flipped_filters(net)]
    with torch.inference_mode(), network_lens.without_channels(net, [SILENT]):
        silent = net(images).argmax(1)
    with torch.inference_mode():
        preds = torch.stack([*(one(images).argmax(1) for one in nets), silent])
    return data.Split(images, preds[torch.arange(len(images)) % 3, range(len(images))])


def lens_questions(lens: network_lens.NetworkLens) -> Iterator[tuple[dict, dict]]:
    asked = {"id": "mine 1", "kind": "accuracy", "model": "second"}
    for off in ([[1, 1]], [[1, 0], [4, 3], [4, 1]]):
        answer, _ = lens._accuracy(asked | {"off": off}, [])
        assert answer["lost"] or answer["gained"]
        yield asked | {"off": off}, answer
    asked = {"id": "mine 2", "kind": "strongest", "model": "second"}
    for layer, channel in ((1, 1), (5, 2), (10, 7)):
        question = asked | {"layer": layer, "channel": channel}
        answer, [images] = lens._strongest(question, [])
        yield question, answer | {"images": {"f32": b64encode(images).decode()}}


def judged() -> list[dict]:
    """Exercises as a page has them, and what the kit says of answers to them."""
    entries = [entry for all_ in exercises.REGISTRY.values() for entry in all_]
    return [*judged_by(entries)]


def judged_by(entries: list[Exercise | Predict]) -> Iterator[dict]:
    for entry in entries:
        match entry:
            case Compute():
                yield of(entry.page(2), *computed(entry))
            case Decide():
                yield of(entry.page(), *decided(entry))
            case Order():
                yield of(entry.page(), *ordered(entry))
            case Predict():
                yield of(entry.page(), *predicted(entry))


def of(page: dict, *answers: tuple[Any, str, str]) -> dict:
    return {"entry": page, "answers": answers}


def said(verdict: Verdict) -> tuple[str, str]:
    """Whether it is right, and the first paragraph, which a page has, too."""
    return verdict.status, verdict.text.split("\n\n")[0]


def computed(entry: Compute) -> Iterator[tuple[Any, str, str]]:
    """The truth, each single mistake and what is neither, for two sets of numbers."""
    for variant in (0, 1):
        numbers = entry.variant(variant)
        wrong = [answer for keys, answer in entry.wrong(numbers) if len(keys) == 1]
        for answer in [entry.reference(**numbers), *wrong, 12345, -0.5, (3, 12345)]:
            verdict = entry.judge(answer, variant=variant)
            if len(verdict.mistakes) < 2:  # of two at a time a page knows nothing
                yield (typed(answer), variant), *said(verdict)


def decided(entry: Decide) -> Iterator[tuple[Any, str, str]]:
    for k, claim in itertools.product(
        range(1, len(entry.reasons) + 1), "ABCDEFGH"[: len(entry.claims)]
    ):
        yield (claim, k), *said(entry.judge(claim, because=k))


def ordered(entry: Order) -> Iterator[tuple[Any, str, str]]:
    """Of each mistake the answer that has it; `Order` runs them in its own tests."""
    yield entry.examples["right"], "right", "Right."
    for mistake in entry.mistakes:
        answer = entry.examples[mistake.key]
        yield answer, "not yet", f"Not yet. {mistake.sentence}"


def predicted(entry: Predict) -> Iterator[tuple[Any, str, str]]:
    """The truth and each usual guess: met or not, and the sentence on what it is."""
    for value in [entry.truth, *(mistake.when for mistake in entry.mistakes)]:
        guess = Guess(entry, plain(value))
        right = guess.is_right(entry.truth)
        text = guess.said(entry.truth, right, str(guess))
        yield typed(value), "right" if right else "not yet", " ".join(text.split())


def typed(value: Any) -> str:
    """An answer as a reader types it."""
    if isinstance(value, frozenset):
        return f"{{{', '.join(map(typed, sorted(value)))}}}"
    return str(value) if isinstance(value, str) else repr(value)


def packed(net: nn.Module) -> dict:
    layers, weights = engine.pack(net)
    return {"layers": layers, "weights": {"f32": b64encode(weights).decode()}}


def floats(values: Tensor) -> dict:
    return {"f32": b64encode(to_bytes(values)).decode()}


PARTS = {
    "shared": shared,
    "engine": engine_,
    "drawing": lambda: list(drawings()),
    "digit_clinic": clinic,
    "kernel_bench": kernels,
    "logits_to_loss": losses,
    "shape_tracer": stacks,
    "network_lens": lens,
    "confusion_explorer": confusion,
    "embedding_map": embedding,
    "training_monitor": monitor,
    "page_answers": page_answers,
    "page_judged": judged,
}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, part in PARTS.items():
        (folder / f"{name}.json").write_text(json.dumps(part()), encoding="utf-8")
