"""The arithmetic of windows agrees with what PyTorch's layers really do."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mnist_tutorial import model, ops

GEOMETRIES = list(
    product((1, 2, 5, 7, 12, 28), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2, 3))
)


def test_output_size_is_that_of_a_convolution_for_all_arguments_that_fit():
    fitting = 0
    for size, kernel, stride, padding, dilation in GEOMETRIES:
        if dilation * (kernel - 1) + 1 > size + 2 * padding:
            continue
        row = torch.zeros(1, 1, 1, size)
        window = torch.zeros(1, 1, 1, kernel)
        out = F.conv2d(row, window, None, stride, (0, padding), dilation)
        expected = out.shape[-1]
        assert ops.output_size(size, kernel, stride, padding, dilation) == expected
        fitting += 1
    assert fitting > len(GEOMETRIES) / 2


def test_output_size_refuses_a_window_larger_than_the_padded_image_as_pytorch_does():
    refused = 0
    for size, kernel, stride, padding, dilation in GEOMETRIES:
        span, padded = dilation * (kernel - 1) + 1, size + 2 * padding
        if span <= padded:
            continue
        with pytest.raises(ValueError, match=f"{span} pixels does not fit .* {padded}"):
            ops.output_size(size, kernel, stride, padding, dilation)
        with pytest.raises(RuntimeError):
            F.conv2d(
                torch.zeros(1, 1, 1, size),
                torch.zeros(1, 1, 1, kernel),
                None,
                stride,
                (0, padding),
                dilation,
            )
        refused += 1
    assert refused > 0


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_output_size_is_that_of_a_max_pool(kernel, stride):
    for size in range(kernel, 30):
        for padding in range(kernel // 2 + 1):
            image = torch.zeros(1, 1, size, size)
            pooled = F.max_pool2d(image, kernel, stride, padding)
            assert ops.output_size(size, kernel, stride, padding) == pooled.shape[-1]


def test_the_network_shrinks_28_to_14_to_7_to_3():
    sizes = [28]
    for _ in range(3):
        kept = ops.output_size(sizes[-1], kernel=3, padding=1)
        assert kept == sizes[-1]
        sizes.append(ops.output_size(kept, kernel=2, stride=2))
    assert sizes == [28, 14, 7, 3]


def field_by_gradient(stack, channels=1, size=200) -> int:
    """The span of the pixels that one output in the middle depends on."""
    image = torch.ones(1, channels, size, 1, dtype=torch.float64, requires_grad=True)
    out = stack(image)[0, 0, :, 0]
    out[len(out) // 2].backward()
    touched = image.grad[0, 0, :, 0].nonzero().flatten()
    return int(touched[-1] - touched[0]) + 1


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_receptive_field_is_the_span_of_the_gradient_in_stacks_of_pools(depth):
    for layers in product(product((1, 2, 3), (1, 2)), repeat=depth):
        pools = [nn.AvgPool2d((k, 1), stride=(s, 1)) for k, s in layers]
        found = field_by_gradient(nn.Sequential(*pools))
        assert ops.receptive_field(layers) == found, layers


def test_receptive_field_is_the_span_of_the_gradient_in_convolutions_and_pools():
    layers = [(5, 1), (2, 2), (3, 2), (2, 3), (3, 1)]
    stack = nn.Sequential(
        nn.Conv2d(1, 2, (5, 1)),
        nn.AvgPool2d((2, 1)),
        nn.Conv2d(2, 3, (3, 1), stride=(2, 1)),
        nn.AvgPool2d((2, 1), stride=(3, 1)),
        nn.Conv2d(3, 1, (3, 1)),
    ).double()
    for parameter in stack.parameters():
        nn.init.ones_(parameter)  # so that no gradients cancel
    assert ops.receptive_field(layers) == field_by_gradient(stack)


def test_receptive_field_of_the_network_is_the_span_of_its_gradient():
    net = model.ConvNet(width=2, pools=("average",) * 3).double()
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    image = torch.ones(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    x = image
    for number in (1, 2, 3):
        conv, pool = getattr(net, f"conv{number}"), getattr(net, f"pool{number}")
        x = pool(F.relu(conv(x)))
    x[0, 0, 1, 1].backward()
    rows = image.grad[0, 0].sum(1).nonzero().flatten()
    found = int(rows[-1] - rows[0]) + 1
    assert ops.receptive_field([(3, 1), (2, 2)] * 3) == found


def test_receptive_field_of_no_layers_is_the_pixel_itself():
    assert ops.receptive_field([]) == 1
    assert ops.receptive_field([(1, 1)] * 9) == 1
