"""Convolution, pooling and their gradients agree with PyTorch on anything they try."""

import sys
import types
import unittest
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from support import is_one_sentence
from torch import nn

from mnist_tutorial import model, ops

# Convolution

TYPES = {  # and how far two orders of summation may lie apart, relative to the largest
    torch.float64: 1e-12,
    torch.float32: 1e-5,
    torch.float16: 1e-2,
    torch.bfloat16: 8e-2,
    torch.int64: 0,
}
LAYOUTS = ["contiguous", "channels_last", "transposed", "strided", "expanded"]

whole = st.integers


def numbers(shape, dtype=torch.float64, seed=0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    if not dtype.is_floating_point:
        return torch.randint(-100, 101, shape, generator=random).to(dtype)
    return torch.randn(shape, generator=random, dtype=torch.float64).to(dtype)


def laid_out(x: torch.Tensor, layout: str) -> torch.Tensor:
    """The same numbers in another order of memory."""
    if layout == "channels_last" and x.dim() == 4:
        return x.contiguous(memory_format=torch.channels_last)
    if layout == "transposed":
        return x.mT.contiguous().mT
    if layout == "strided":
        return x.repeat_interleave(2, -1)[..., ::2]
    if layout == "expanded" and x.dim() == 4:
        return x[:1].expand_as(x)
    return x


def either(least: int, most: int):
    """One number for both axes, or a pair, in every form that PyTorch takes."""
    one = whole(least, most)
    pairs = st.tuples(one, one)
    return st.one_of(one, pairs, pairs.map(list), one.map(lambda k: (k,)))


@st.composite
def convolutions(draw, types=tuple(TYPES)):
    """Images, kernel, bias and arguments of a convolution that PyTorch accepts."""
    groups, per_group = draw(whole(1, 3)), draw(whole(1, 3))
    C_out = groups * draw(whole(1, 3))
    kH, kW = draw(whole(1, 4)), draw(whole(1, 4))
    dilation = draw(either(1, 3))
    dH, dW = as_pair(dilation)
    padding, stride = draw(either(0, 3)), draw(either(1, 3))
    least = [
        max(1, d * (k - 1) + 1 - 2 * p)
        for k, d, p in zip((kH, kW), (dH, dW), as_pair(padding), strict=True)
    ]
    H, W = (draw(whole(size, size + 6)) for size in least)
    dtype = draw(st.sampled_from(types))
    images = numbers((draw(whole(0, 3)), groups * per_group, H, W), dtype, seed=1)
    kernel = numbers((C_out, per_group, kH, kW), dtype, seed=2)
    bias = numbers((C_out,), dtype, seed=3) if draw(st.booleans()) else None
    images = laid_out(images, draw(st.sampled_from(LAYOUTS)))
    kernel = laid_out(kernel, draw(st.sampled_from(LAYOUTS)))
    options = {"stride": stride, "padding": padding}
    return images, kernel, bias, options | {"dilation": dilation, "groups": groups}


def as_pair(value) -> tuple[int, int]:
    items = value if isinstance(value, tuple | list) else (value,)
    return items[0], items[-1]


def assert_same(result: torch.Tensor, expected: torch.Tensor, tolerance: float):
    """Same shape, type and numbers, but for `tolerance` of the largest of them."""
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    if expected.numel():
        result, expected = result.double(), expected.double()
        assert (result - expected).abs().max() <= tolerance * expected.abs().max()


def pytorchs(images, kernel, bias, options) -> torch.Tensor:
    # Without oneDNN: on AVX-512 the one in PyTorch 2.14 dies of some convolutions of
    # which a window lies in the padding alone (stride 2, groups, kernel channels_last).
    with torch.backends.mkldnn.flags(enabled=False):
        return F.conv2d(images, kernel, bias, **options)


@pytest.mark.filterwarnings("ignore:TF32")
@settings(max_examples=600, deadline=None, derandomize=True)
@given(convolutions())
def test_conv2d_is_pytorchs(case):
    images, kernel, bias, options = case
    before = images.clone(), kernel.clone()
    result = ops.conv2d(images, kernel, bias, **options)
    assert_same(result, pytorchs(images, kernel, bias, options), TYPES[images.dtype])
    assert result.is_contiguous()
    assert images.equal(before[0]) and kernel.equal(before[1])


def test_conv2d_of_numbers_checked_by_hand():
    images = torch.tensor([[[[1.0, 2, 3], [4, 5, 6]]]])
    kernel = torch.tensor([[[[1.0, 10]]]])
    expected = torch.tensor([[[[21.0, 32], [54, 65]]]])
    for convolve in (ops.conv2d_loops, ops.correlate, ops.conv2d):
        assert convolve(images, kernel).equal(expected)
    shifted = ops.conv2d(images, kernel, torch.tensor([0.5]), stride=2, padding=(0, 1))
    assert shifted.equal(torch.tensor([[[[10.5, 32.5]]]]))


@pytest.mark.parametrize("shape", [(2, 3, 5, 6), (1, 1, 3, 2), (0, 2, 4, 4)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64])
def test_the_loops_the_windows_and_pytorch_agree(shape, dtype):
    images = numbers(shape, dtype)
    kernel = numbers((4, shape[1], 3, 2), dtype, seed=1)
    expected = F.conv2d(images, kernel)
    assert_same(ops.conv2d_loops(images, kernel), expected, TYPES[dtype])
    assert_same(ops.correlate(images, kernel), expected, TYPES[dtype])


def test_windows_are_a_view_of_each_position():
    images = numbers((2, 3, 8, 9))
    result = ops.windows(images, (3, 2), stride=(2, 3), dilation=(1, 2))
    assert result.shape == (2, 3, 3, 3, 3, 2)
    assert result._base is images
    for i, j in product(range(3), range(3)):
        expected = images[:, :, 2 * i : 2 * i + 3, 3 * j : 3 * j + 3 : 2]
        assert result[:, :, i, j].equal(expected)


def test_autograd_passes_through_conv2d():
    images = numbers((2, 2, 4, 5)).requires_grad_()
    kernel = numbers((4, 1, 3, 2), seed=1).requires_grad_()
    bias = numbers((4,), seed=2).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda *x: ops.conv2d(*x, stride=(2, 1), padding=1, groups=2),
        (images, kernel, bias),
    )


MAPS, KERNEL = torch.zeros(2, 4, 6, 7), torch.zeros(8, 4, 3, 3)
ROW = torch.zeros(1, 1, 4, 3)

# What PyTorch refuses: arguments of `conv2d`, and what the sentence names.
REFUSED = [
    ([[1.0]], KERNEL, {}, "list"),
    (None, KERNEL, {}, "NoneType"),
    (MAPS, KERNEL.numpy(), {}, "ndarray"),
    (MAPS, None, {}, "NoneType"),
    (MAPS, KERNEL, {"bias": [0.0] * 8}, "list"),
    (MAPS.bool(), KERNEL.bool(), {}, "torch.bool"),
    (MAPS.to(torch.uint16), KERNEL.to(torch.uint16), {}, "torch.uint16"),
    (MAPS, KERNEL.double(), {}, "torch.float32 .* and torch.float64"),
    (MAPS, KERNEL, {"bias": torch.zeros(8).double()}, "torch.float64"),
    (MAPS, KERNEL, {"bias": torch.zeros(8).to_sparse()}, "torch.sparse_coo"),
    (MAPS.to_sparse(), KERNEL, {}, "torch.sparse_coo"),
    (MAPS[0, 0], KERNEL, {}, r"\(6, 7\), .*must be \(N, C, H, W\)"),
    (MAPS[None], KERNEL, {}, r"\(1, 2, 4, 6, 7\), .*must be \(N, C, H, W\)"),
    (MAPS[:, :, :0], KERNEL, {"padding": 2}, r"\(2, 4, 0, 7\).* no axis but N"),
    (MAPS, KERNEL[0], {}, "match the convolution dimensions"),
    (MAPS, KERNEL[None], {}, "match the convolution dimensions"),
    (MAPS, KERNEL[:0], {}, r"\[0, 4, 3, 3\]"),
    (MAPS, KERNEL[:, :, :0], {}, r"\(8, 4, 0, 3\)"),
    (MAPS, KERNEL[:, :3], {}, "to have 3 channels, but got 4"),
    (MAPS, KERNEL, {"groups": 2}, "to have 8 channels, but got 4"),
    (MAPS, KERNEL, {"groups": 3}, "divisible by 3"),
    (MAPS, KERNEL, {"groups": 0}, "non-positive groups"),
    (MAPS, KERNEL, {"groups": -1}, "non-positive groups"),
    (MAPS, KERNEL, {"groups": 1.0}, "float"),
    (MAPS, KERNEL, {"bias": torch.zeros(7)}, r"8 elements.*\[7\]"),
    (MAPS, KERNEL, {"bias": torch.zeros(8, 1)}, r"8 elements.*\[8, 1\]"),
    (MAPS, torch.zeros(8, 4, 9, 3), {"padding": 1}, r"\(9 x 3\)"),
    (MAPS, KERNEL, {"stride": 0}, "non-positive stride"),
    (MAPS, KERNEL, {"stride": (1, 2, 3)}, r"stride=\[1, 2, 3\]"),
    (MAPS, KERNEL, {"stride": ()}, r"stride=\[\]"),
    (MAPS, KERNEL, {"stride": 1.0}, "float"),
    (MAPS, KERNEL, {"stride": True}, "bool"),
    (MAPS, KERNEL, {"stride": None}, "NoneType"),
    (MAPS, KERNEL, {"padding": -1}, "negative padding"),
    (MAPS, KERNEL, {"padding": "full"}, "'full'"),
    (MAPS, KERNEL, {"padding": "same", "stride": 2}, "padding='same'"),
    (MAPS, KERNEL, {"dilation": 0}, "Got 0, .* dilation of at least 1"),
    (MAPS, KERNEL, {"dilation": (1, 0)}, r"Got \(1, 0\), .* dilation of at least 1"),
    (MAPS, KERNEL, {"dilation": -1}, "dilation should be greater than zero"),
    (MAPS, KERNEL, {"dilation": 1.5}, "float"),
]
# What PyTorch takes and this course has no use for.
UNUSED = [
    (MAPS[0], KERNEL, {}, r"\(4, 6, 7\), .*must be \(N, C, H, W\)"),
    (MAPS[:, :0], KERNEL[:, :0], {}, "no axis but N"),
    (MAPS, KERNEL, {"padding": "same"}, "Got 'same', .* whole numbers"),
    (MAPS, KERNEL, {"padding": "valid"}, "Got 'valid', .* whole numbers"),
    (MAPS, KERNEL, {"stride": torch.tensor(2)}, "torch.int64"),
    *(
        (MAPS.to(dtype), KERNEL.to(dtype), {}, str(dtype))
        for dtype in (torch.uint8, torch.int32, torch.complex64)
    ),
]


def test_pytorch_refuses_and_takes_what_the_lists_say():
    for images, kernel, options, _ in REFUSED:
        with pytest.raises((RuntimeError, TypeError)):
            F.conv2d(images, kernel, **options)
    for images, kernel, options, _ in UNUSED:
        F.conv2d(images, kernel, **options)


@pytest.mark.parametrize(("images", "kernel", "options", "named"), REFUSED + UNUSED)
def test_what_is_refused_is_told_in_one_sentence(images, kernel, options, named):
    with pytest.raises((TypeError, ValueError), match=named) as caught:
        ops.conv2d(images, kernel, **options)
    assert is_one_sentence(caught)
    words = ("torch.", "list", "NoneType", "array", "float", "bool")
    of_type = any(word in named for word in words)
    assert caught.type is (TypeError if of_type else ValueError)
    if "bias" not in options:
        with pytest.raises(caught.type, match=named):
            ops.conv2d_backward(MAPS, images, kernel, **options)


def agree_or_be_refused() -> int:
    """Try the samples and error inputs of PyTorch's own tests; how many agreed."""
    # Its module of samples imports a test tool that they do not need.
    sys.modules["expecttest"] = types.ModuleType("expecttest")
    sys.modules["expecttest"].TestCase = unittest.TestCase
    invocations = pytest.importorskip(
        "torch.testing._internal.common_methods_invocations", exc_type=ImportError
    )
    conv2d = next(op for op in invocations.op_db if op.name == "nn.functional.conv2d")
    agreed = 0
    for dtype in conv2d.dtypes:
        for sample in conv2d.sample_inputs("cpu", dtype):
            images, (kernel, bias) = sample.input, sample.args
            try:
                result = ops.conv2d(images, kernel, bias, **sample.kwargs)
            except (TypeError, ValueError) as error:
                assert is_one_sentence(error)
                words = isinstance(sample.kwargs.get("padding"), str)
                assert dtype.is_complex or images.dim() == 3 or words
                continue
            expected = pytorchs(images, kernel, bias, sample.kwargs)
            assert_same(result, expected, TYPES[dtype])
            agreed += 1
    for case in conv2d.error_inputs("cpu"):
        images, (kernel, bias) = case.sample_input.input, case.sample_input.args
        with pytest.raises((TypeError, ValueError)) as caught:
            ops.conv2d(images, kernel, bias, **case.sample_input.kwargs)
        assert is_one_sentence(caught)
    return agreed


def test_pytorchs_own_cases_agree_or_are_refused():
    # In a process of its own: that module changes settings of PyTorch for good.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(agree_or_be_refused).result() > 50


# Gradients of convolution


@settings(max_examples=300, deadline=None, derandomize=True)
@given(convolutions(types=(torch.float64,)))
def test_conv2d_backward_is_autograds(case):
    images, kernel, bias, options = case
    bias = numbers(kernel.shape[:1], kernel.dtype) if bias is None else bias
    inputs = [x.detach().clone().requires_grad_() for x in (images, kernel, bias)]
    out = F.conv2d(*inputs, **options)
    grad_output = numbers(out.shape, out.dtype, seed=4)
    expected = torch.autograd.grad(out, inputs, grad_output)
    result = ops.conv2d_backward(grad_output, images, kernel, **options)
    largest = max(x.abs().max() for x in expected if x.numel())
    for ours, theirs in zip(result, expected, strict=True):
        assert ours.shape == theirs.shape
        if theirs.numel():
            assert (ours - theirs).abs().max() <= 1e-12 * max(largest, 1)


def test_conv2d_backward_of_numbers_checked_by_hand():
    images = torch.tensor([[[[1.0, 2, 3]]]])
    kernel = torch.tensor([[[[1.0, 10]]]])
    grad = torch.tensor([[[[1.0, 100]]]])
    result = ops.conv2d_backward(grad, images, kernel)
    assert result.images.tolist() == [[[[1, 110, 1000]]]]
    assert result.kernel.tolist() == [[[[201, 302]]]]
    assert result.bias.tolist() == [101]


class OurConvolution(torch.autograd.Function):
    """`conv2d` with `conv2d_backward` as its gradient."""

    @staticmethod
    def forward(context, images, kernel, bias, options):
        context.save_for_backward(images, kernel)
        context.options = options
        return ops.conv2d(images, kernel, bias, **options)

    @staticmethod
    def backward(context, grad_output):
        result = ops.conv2d_backward(
            grad_output, *context.saved_tensors, **context.options
        )
        return *result, None


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": (2, 3), "padding": (1, 0)},
        {"padding": (0, 2), "dilation": (2, 1)},
        {"stride": 2, "padding": 2, "dilation": (1, 2), "groups": 2},
    ],
    ids=str,
)
def test_conv2d_backward_passes_gradcheck(options):
    groups = options.get("groups", 1)
    inputs = numbers((2, 2, 5, 4)), numbers((4, 2 // groups, 3, 2)), numbers((4,))
    inputs = [x.requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(
        lambda *x: OurConvolution.apply(*x, options), inputs
    )


def test_windows_backward_adds_what_windows_took():
    grads = numbers((2, 3, 3, 3, 3, 2))
    result = ops.windows_backward(grads, (8, 9), stride=(2, 3), dilation=(1, 2))
    images = numbers((2, 3, 8, 9)).requires_grad_()
    taken = ops.windows(images, (3, 2), stride=(2, 3), dilation=(1, 2))
    (expected,) = torch.autograd.grad(taken, images, grads)
    assert_same(result, expected, 1e-14)


@pytest.mark.parametrize("shape", [(2, 8, 4, 4), (8, 4, 5), (2, 8)])
def test_conv2d_backward_refuses_a_gradient_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"the output, \(2, 8, 4, 5"):
        ops.conv2d_backward(torch.zeros(shape), MAPS, KERNEL)


def test_conv2d_backward_refuses_a_gradient_of_another_type():
    with pytest.raises(TypeError, match="expected tensors of one type"):
        ops.conv2d_backward(torch.zeros(2, 8, 4, 5).double(), MAPS, KERNEL)


# ReLU and pooling


@st.composite
def pools(draw):
    """Images with many equal numbers, and the arguments of a pool PyTorch accepts."""
    size = draw(either(1, 4))
    stride = draw(st.one_of(st.none(), either(1, 3)))
    pixels = [draw(whole(k, k + 6)) for k in as_pair(size)]
    shape = (draw(whole(0, 3)), draw(whole(1, 3)), *pixels)
    random = torch.Generator().manual_seed(draw(whole(0, 99)))
    images = torch.randint(-2, 3, shape, generator=random).double()
    images = laid_out(images, draw(st.sampled_from(LAYOUTS)))
    return images, size, stride


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pools())
def test_pools_are_pytorchs(case):
    assert_same(ops.max_pool2d(*case), F.max_pool2d(*case), 0)
    assert_same(ops.avg_pool2d(*case), F.avg_pool2d(*case), 1e-14)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pools())
def test_max_pool2d_backward_is_autograds_also_among_equals(case):
    images, *arguments = case
    images = images.clone().requires_grad_()
    out = F.max_pool2d(images, *arguments)
    grad_output = numbers(out.shape)
    (expected,) = torch.autograd.grad(out, images, grad_output)
    result = ops.max_pool2d_backward(grad_output, images.detach(), *arguments)
    assert_same(result, expected, 1e-14)


def test_max_pool2d_backward_of_numbers_checked_by_hand():
    images = torch.tensor([[[[1.0, 5, 5, 2], [5, 0, 2, 2]]]])
    result = ops.max_pool2d_backward(torch.tensor([[[[7.0, 9]]]]), images, 2)
    assert result.tolist() == [[[[0, 7, 9, 0], [0, 0, 0, 0]]]]


def test_max_pool2d_shows_a_number_that_is_none():
    images = torch.tensor([[[[1.0, torch.nan], [3, 4]]]])
    assert ops.max_pool2d(images, 2).isnan().all()


REFUSED_POOLS = [
    ([1.0], 2, None, "list"),
    (MAPS.bool(), 2, None, "torch.bool"),
    (MAPS.to(torch.complex64), 2, None, "torch.complex64"),
    (MAPS[0, 0], 2, None, r"\(6, 7\), .* must be \(N, C, H, W\)"),
    (MAPS[:, :0], 2, None, "no axis but N may be empty"),
    (MAPS, 0, None, "not be zero"),
    (MAPS, -1, None, "greater than zero"),
    (MAPS, 2, 0, "not be zero"),
    (MAPS, 2, (1, 2, 3), "tuple of two ints"),
    (MAPS, 2.0, None, "not float"),
    (MAPS, 7, None, "too small"),
]


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(("images", "size", "stride", "named"), REFUSED_POOLS)
def test_pools_refuse_in_one_sentence_what_pytorch_refuses(
    images, size, stride, named, pool
):
    with pytest.raises((RuntimeError, TypeError, IndexError)):
        getattr(F, pool)(images, size, stride)
    with pytest.raises((ValueError, TypeError), match=named) as caught:
        getattr(ops, pool)(images, size, stride)
    assert is_one_sentence(caught)
    if pool == "max_pool2d":
        with pytest.raises(caught.type, match=named):
            ops.max_pool2d_backward(MAPS, images, size, stride)


def test_the_mean_of_whole_numbers_is_refused():
    with pytest.raises(TypeError, match=r"torch.int64.*images.float\(\)"):
        ops.avg_pool2d(MAPS.long(), 2)


def test_max_pool2d_backward_refuses_a_gradient_of_another_shape():
    with pytest.raises(ValueError, match=r"the output, \(2, 4, 3, 3\)"):
        ops.max_pool2d_backward(torch.zeros(2, 4, 3, 4), MAPS, 2)


def test_relu_and_its_gradient_are_pytorchs_also_at_0():
    images = torch.tensor([-2.0, -0.0, 0.0, 1e-30, 3.0], dtype=torch.float64)
    images.requires_grad_()
    out = F.relu(images)
    grad_output = numbers(out.shape)
    (expected,) = torch.autograd.grad(out, images, grad_output)
    assert ops.relu(images.detach()).equal(out.detach())
    assert ops.relu_backward(grad_output, images.detach()).equal(expected)


@pytest.mark.parametrize("N, C", [(1, 2), (7, 10)])
def test_cross_entropy_backward_is_autograds(N, C):
    logits = (10 * numbers((N, C))).requires_grad_()
    labels = torch.arange(N) % C
    F.cross_entropy(logits, labels).backward()
    result = ops.cross_entropy_backward(logits.detach(), labels)
    assert_same(result, logits.grad, 1e-14)
    assert result.sum(1).abs().max() < 1e-15 * C


LOGITS, LABELS = torch.zeros(3, 4), torch.tensor([0, 1, 3])


@pytest.mark.parametrize(
    ("logits", "labels", "kind"),
    [
        (LOGITS, torch.full((3, 4), 0.25), TypeError),
        (LOGITS, LABELS.float(), TypeError),
        (LOGITS.long(), LABELS, TypeError),
        (LOGITS, LABELS[:2], ValueError),
        (LOGITS[0], LABELS[0], ValueError),
        (LOGITS[:0], LABELS[:0], ValueError),
        (LOGITS, LABELS + 1, ValueError),
        (LOGITS, LABELS - 1, ValueError),
    ],
)
def test_labels_that_are_no_classes_of_the_logits_are_one_sentence(
    logits, labels, kind
):
    with pytest.raises(kind) as error:
        ops.cross_entropy_backward(logits, labels)
    assert is_one_sentence(error)


# Sizes and fields of view

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
        result = field_by_gradient(nn.Sequential(*pools))
        assert ops.receptive_field(layers) == result, layers


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
    result = int(rows[-1] - rows[0]) + 1
    assert ops.receptive_field([(3, 1), (2, 2)] * 3) == result


def test_receptive_field_of_no_layers_is_the_pixel_itself():
    assert ops.receptive_field([]) == 1
    assert ops.receptive_field([(1, 1)] * 9) == 1
