"""The network's twin in JavaScript gives what PyTorch gives."""

from base64 import b64decode, b64encode

import numpy as np
import pytest
import torch
from support import mnist_pixels
from torch import nn

from mnist_tutorial import data, model
from mnist_tutorial.widgets import engine
from mnist_tutorial.widgets.base import script, to_bytes

IMAGES = 100


@pytest.fixture
def page(new_page):
    """A page whose global scope holds shared.js and engine.js."""
    opened = new_page()
    opened.set_content("<body></body>")
    opened.add_script_tag(content=script("engine.js"))
    return opened


def images(n: int = IMAGES) -> torch.Tensor:
    pixels, _ = mnist_pixels(True)
    return data.normalise(pixels[-n:])


def layer_outputs(net: nn.Module, inputs: torch.Tensor) -> list[torch.Tensor]:
    """What PyTorch gives after each packed layer, from the layers themselves."""
    outputs, x = [], inputs
    with torch.inference_mode():
        for _, layer in engine.in_order(net):
            x = layer(x)
            if not isinstance(layer, nn.Identity):
                outputs.append(x)
    return outputs


RUN = """
({layers, weights, images, size}) => {
  const decode = text => new Float32Array(
    Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);
  const net = network(layers, decode(weights));
  const all = decode(images), texts = [];
  for (let i = 0; i < all.length; i += size) {
    const outputs = forward(net, all.subarray(i, i + size));
    const joined = new Uint8Array(new Float32Array(
      outputs.flatMap(values => Array.from(values))).buffer);
    let text = "";
    for (const byte of joined) text += String.fromCharCode(byte);
    texts.push(btoa(text));
  }
  return texts;
}
"""


def run(page, net, inputs) -> list[torch.Tensor]:
    """What the browser gives after each layer: (N, numbers) each."""
    layers, weights = engine.pack(net)
    texts = page.evaluate(
        RUN,
        {
            "layers": layers,
            "weights": b64encode(weights).decode(),
            "images": b64encode(to_bytes(inputs)).decode(),
            "size": inputs[0].numel(),
        },
    )
    flat = torch.stack(
        [torch.from_numpy(np.frombuffer(b64decode(t), "<f4").copy()) for t in texts]
    )
    sizes = [values[0].numel() for values in layer_outputs(net, inputs[:1])]
    return list(flat.split(sizes, dim=1))


@pytest.mark.parametrize("seed", [0, 1])
def test_every_layer_of_the_shipped_network_equals_pytorch(page, seed):
    net, inputs = model.load_pretrained(seed), images()
    expected = layer_outputs(net, inputs)
    with torch.inference_mode():
        torch.testing.assert_close(expected[-1], net(inputs))
    for ours, theirs in zip(run(page, net, inputs), expected, strict=True):
        torch.testing.assert_close(ours, theirs.flatten(1), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "net",
    [
        model.ConvNet(4, ("none", "none", "average")),
        model.ConvNet(3, ("max", "max", "none")),
        model.linear_classifier(),
        model.mlp(16),
        nn.Sequential(
            nn.Conv2d(1, 3, (5, 2), padding=(0, 1), bias=False),
            nn.ReLU(),
            nn.AvgPool2d(3),
            nn.Conv2d(3, 2, 1),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * 4 * 4, 5),
        ),
    ],
    ids=["one average pool", "two max pools", "linear", "mlp", "odd sizes"],
)
def test_other_networks_equal_pytorch(page, net):
    inputs = images(3)
    expected = layer_outputs(net.eval(), inputs)
    with torch.inference_mode():
        torch.testing.assert_close(expected[-1], net(inputs))
    for ours, theirs in zip(run(page, net, inputs), expected, strict=True):
        torch.testing.assert_close(ours, theirs.flatten(1), atol=1e-4, rtol=0)


def test_a_receptive_field_is_where_the_gradient_arrives(page):
    net = model.ConvNet(2).double()
    layers, _ = engine.pack(net)
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
        reached = x.grad[0, 0].nonzero()
        box = page.evaluate(
            """([layers, i, row, column]) =>
              receptiveField(network(layers, new Float32Array(0)), i, row, column)""",
            [layers, i, row, column],
        )
        inside = [max(box["top"], 0), max(box["left"], 0)]
        assert reached.amin(0).tolist() == inside
        inside = [min(box["bottom"], 28), min(box["right"], 28)]
        assert (reached.amax(0) + 1).tolist() == inside


SWITCHES = [{}] + [
    {name: value}
    for name, value in {
        "crop": False,
        "box": False,
        "centre": False,
        "normalise": False,
    }.items()
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("invert", [False, True])
def test_a_drawing_is_prepared_as_in_python(page, switches, invert):
    generator = torch.Generator().manual_seed(3)
    for height, width in [(28, 28), (112, 112), (61, 40), (17, 90), (1, 3)]:
        sheet = torch.zeros(height, width)
        top, left = height // 4, width // 5
        inner = sheet[top : height - height // 3, left : width - width // 6]
        inner[:] = torch.rand(inner.shape, generator=generator)
        if invert:
            sheet = 1 - sheet
        expected = data.prepare_drawing(sheet.double(), invert=invert, **switches)
        ours = page.evaluate(
            """([ink, height, width, switches]) => Array.from(
              prepareDrawing(ink, height, width, switches).normalised)""",
            [sheet.double().flatten().tolist(), height, width,
             {"invert": invert} | switches],
        )  # fmt: skip
        torch.testing.assert_close(
            torch.tensor(ours), expected.flatten(), atol=1e-5, rtol=0
        )


def test_an_empty_drawing_is_black_and_says_so(page):
    empty, ink = page.evaluate(
        """() => {
          const made = prepareDrawing(new Float32Array(784), 28, 28);
          return [made.empty, sum(made.image)];
        }"""
    )
    assert empty and ink == 0
