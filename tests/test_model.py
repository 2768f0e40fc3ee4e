"""The networks have the article's shapes, sizes and faults; ours has none of them."""

import copy

import pytest
import torch
import torch.nn.functional as F
from support import is_one_sentence, mnist_splits, same_state
from torch import nn

from mnist_tutorial import experiments, model, train


def images(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def total_macs(net) -> int:
    return sum(layer.macs for layer in model.layers(net, images(1)))


# Name of the reading: parameters, million MACs, features after the last pool.
READINGS = {
    "three max pools": (249_162, 7.6, 128 * 3 * 3),
    "two max pools": (904_522, 8.3, 128 * 7 * 7),
    "one average pool": (3_312_970, 75.7, 128 * 14 * 14),
    "global average pool": (118_090, 72.5, 128),
}


def test_all_readings_of_the_article_are_there():
    assert model.READINGS.keys() == READINGS.keys()


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_has_its_parameters_arithmetic_and_shapes(reading):
    parameters, million_macs, features = READINGS[reading]
    net = model.ConvNet(pools=model.READINGS[reading])
    assert model.count_parameters(net) == parameters
    assert round(total_macs(net) / 1e6, 1) == million_macs
    assert net.fc1.in_features == features
    with torch.inference_mode():
        assert net(images(2)).shape == (2, 10)


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_pools_as_its_name_says(reading):
    net = model.ConvNet(width=2, pools=model.READINGS[reading]).double()
    x = images(3).double()
    number = {"three max pools": 3, "two max pools": 2}.get(reading, 0)
    expected = x
    for k, conv in enumerate((net.conv1, net.conv2, net.conv3)):
        expected = F.relu(F.conv2d(expected, conv.weight, conv.bias, padding=1))
        expected = F.max_pool2d(expected, 2) if k < number else expected
    if reading == "one average pool":
        expected = F.avg_pool2d(expected, 2)
    if reading == "global average pool":
        expected = expected.mean((2, 3))
    expected = F.relu(net.fc1(expected.reshape(3, -1)))
    expected = net.fc3(F.relu(net.fc2(expected)))
    torch.testing.assert_close(net(x), expected)


def test_the_network_without_arguments_is_the_one_with_three_max_pools():
    torch.manual_seed(0)
    default = model.ConvNet()
    torch.manual_seed(0)
    named = model.ConvNet(32, model.READINGS["three max pools"])
    x = images(2)
    assert default(x).equal(named(x))


def test_the_network_returns_logits_not_probabilities():
    torch.manual_seed(0)
    logits = model.ConvNet(width=8)(images(5))
    assert (logits < 0).any()
    assert not torch.allclose(logits.sum(1), torch.ones(5))


@pytest.mark.parametrize("n", [1, 2, 49, 64, 98])
def test_the_network_gives_one_row_for_each_image(n):
    net = model.ConvNet(width=2)
    assert net(images(n)).shape == (n, 10)


def test_an_images_logits_do_not_depend_on_its_neighbours():
    net = model.ConvNet(width=4).double().eval()
    x = images(7).double()
    together = net(x)
    for k in range(7):
        torch.testing.assert_close(together[k : k + 1], net(x[k : k + 1]))


@pytest.mark.parametrize("width", [1, 8, 32])
def test_the_widths_of_the_network_double_twice(width):
    net = model.ConvNet(width)
    channels = [conv.out_channels for conv in (net.conv1, net.conv2, net.conv3)]
    assert channels == [width, 2 * width, 4 * width]


# As published


def test_the_published_network_has_the_articles_parameters_most_of_them_in_fc1():
    net = model.PublishedConvNet()
    assert model.count_parameters(net) == 904_522
    assert round(model.count_parameters(net.fc1) / 904_522, 2) == 0.89


@pytest.mark.parametrize("n", [1, 32, 64, 128])
def test_the_published_network_raises_at_customary_batch_sizes(n):
    with pytest.raises(RuntimeError, match=r"shape '\[-1, 6272\]' is invalid"):
        model.PublishedConvNet()(images(n))


@pytest.mark.parametrize(("n", "rows"), [(49, 9), (98, 18)])
def test_the_published_network_silently_mixes_images_at_49_and_98(n, rows):
    net = model.PublishedConvNet()
    with torch.inference_mode():
        out = net(images(n))
        assert out.shape == (rows, 10)
        # The first row should be the first image's; the sixth has its say in it.
        changed = images(n)
        changed[5] += 1
        assert not torch.allclose(net(changed)[0], out[0])


def test_the_published_network_returns_probabilities():
    probs = model.PublishedConvNet()(images(49))
    torch.testing.assert_close(probs.sum(1), torch.ones(9))
    assert (probs >= 0).all()


def test_the_published_network_without_its_pools_is_ours_and_a_softmax():
    published = model.PublishedConvNet()
    ours = model.ConvNet(pools=model.READINGS["two max pools"])
    ours.load_state_dict(published.state_dict())
    published.pool = ours.pool1 = ours.pool2 = nn.Identity()
    small = images(2)[:, :, ::4, ::4]  # 7 × 7: nothing is left to pool
    with torch.inference_mode():
        torch.testing.assert_close(published(small), ours(small).softmax(1))


# Baselines


def test_the_linear_classifier_is_ten_weighted_sums_of_the_pixels():
    net = model.linear_classifier()
    assert model.count_parameters(net) == 10 * (28 * 28 + 1)
    x = images(3)
    expected = x.view(3, -1) @ net[1].weight.T + net[1].bias
    torch.testing.assert_close(net(x), expected)


def test_the_mlp_is_the_networks_head_on_bare_pixels():
    net = model.mlp()
    assert net(images(3)).shape == (3, 10)
    head = (28 * 28 + 1) * 128 + (128 + 1) * 64 + (64 + 1) * 10
    assert model.count_parameters(net) == head
    assert model.mlp(hidden=5)[1].out_features == 5


# Other kernels


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_kernel_net_halves_the_image_three_times(kernel, stride):
    net = model.KernelNet(kernel, stride, width=2)
    sides = [x.output_shape[2:] for x in model.layers(net, images(5))[2:9:3]]
    assert sides == [(14, 14), (7, 7), (4, 4)]
    assert net.blocks(images(5)).shape == (5, 8, 4, 4)
    assert net(images(5)).shape == (5, 10)


# As one would build it today


@pytest.mark.parametrize(
    ("width", "depth", "parameters"), [(32, 1, 104_426), (16, 2, 77_786)]
)
def test_the_network_with_batch_norm_has_its_parameters(width, depth, parameters):
    assert model.count_parameters(model.NormNet(width, depth)) == parameters


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("width", [2, 5])
def test_three_blocks_of_convolutions_halve_the_image_and_double_the_width(
    width, depth
):
    rows = model.layers(model.NormNet(width, depth), images(2))
    shapes = [row.output_shape for row in rows]
    per_block = 3 * depth + 1  # convolution, norm, ReLU; and the pool
    assert len(shapes) == 3 * per_block + 1
    for block, side in enumerate((28, 14, 7)):
        channels = width * 2**block
        inside = shapes[block * per_block : (block + 1) * per_block - 1]
        assert inside == [(2, channels, side, side)] * (3 * depth)
        pooled = shapes[(block + 1) * per_block - 1]
        assert pooled == (2, channels, side // 2, side // 2)
    assert shapes[-1] == (2, 10)


@pytest.mark.parametrize("classes", [2, 10, 47])
def test_the_network_with_batch_norm_tells_as_many_classes_as_it_is_given(classes):
    net = model.NormNet(2, classes=classes)
    assert net(images(3)).shape == (3, classes)


@pytest.mark.parametrize("build", [lambda: model.NormNet(2, 2), lambda: residual(3)])
def test_batch_norm_has_the_bias_that_convolutions_before_it_do_without(build):
    leaves = [layer for layer in build().modules() if not list(layer.children())]
    convolutions = 0
    for k, layer in enumerate(leaves):
        if isinstance(layer, nn.Conv2d):
            convolutions += 1
            assert layer.bias is None
            assert isinstance(leaves[k + 1], nn.BatchNorm2d)
            assert leaves[k + 1].bias.shape == (layer.out_channels,)
    assert convolutions == sum(isinstance(layer, nn.BatchNorm2d) for layer in leaves)
    assert convolutions >= 2


def test_a_constant_added_before_batch_norm_changes_nothing():
    torch.manual_seed(0)
    net = model.NormNet(2).double()
    x = images(5).double()
    before = net(x)
    norm = net.features[1]
    norm.register_forward_pre_hook(lambda _, inputs: inputs[0] + 3)
    torch.testing.assert_close(net(x), before)


# Residual blocks


def residual(channels: int, skip: bool = True) -> model.Residual:
    torch.manual_seed(0)
    return model.Residual(channels, skip).double()


def maps(channels: int = 3) -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    return torch.randn(4, channels, 6, 5, generator=chance, dtype=torch.float64)


def test_a_residual_block_adds_two_convolutions_to_what_went_in():
    block, x = residual(3).eval(), maps()
    for norm in (block.norm1, block.norm2):
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)

    def normed(x, norm):
        mean, var = norm.running_mean, norm.running_var + norm.eps
        return (x - mean[:, None, None]) / var.sqrt()[:, None, None]

    inside = F.relu(normed(F.conv2d(x, block.conv1.weight, padding=1), block.norm1))
    change = normed(F.conv2d(inside, block.conv2.weight, padding=1), block.norm2)
    torch.testing.assert_close(block(x), F.relu(x + change))
    block.skip = False
    torch.testing.assert_close(block(x), F.relu(change))


def test_a_residual_block_that_changes_nothing_lets_its_input_through():
    x = maps()
    for skip in (True, False):
        block = residual(3, skip)
        nn.init.zeros_(block.norm2.weight)
        expected = F.relu(x) if skip else torch.zeros_like(x)
        assert block(x).equal(expected)


def test_a_skip_costs_no_parameters_and_starts_from_the_same_weights():
    with_skip, without = residual(5), residual(5, skip=False)
    assert same_state(with_skip, without)
    two = 2 * (5 * 5 * 9 + 5 + 5)
    assert model.count_parameters(with_skip) == two == model.count_parameters(without)
    nets = []
    for skip in (True, False):
        torch.manual_seed(0)
        nets.append(model.residual_net(2, 1, skip))
    assert same_state(*nets)
    assert not torch.allclose(*(net(images(3)) for net in nets))


def test_no_blocks_make_the_network_with_batch_norm():
    nets = []
    for build in (lambda: model.residual_net(4, 0), lambda: model.NormNet(4)):
        torch.manual_seed(0)
        nets.append(build())
    assert same_state(*nets)
    assert str(nets[0]) == str(nets[1])


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("skip", [True, False])
def test_residual_blocks_stand_before_each_pool_and_nowhere_else(blocks, skip):
    net = model.residual_net(3, blocks, skip)
    kinds = [type(layer).__name__ for layer in net.features]
    block = ["Conv2d", "BatchNorm2d", "ReLU", *["Residual"] * blocks, "MaxPool2d"]
    assert kinds == block * 3
    inner = [layer for layer in net.features if isinstance(layer, model.Residual)]
    channels = [layer.conv1.in_channels for layer in inner]
    assert channels == [3] * blocks + [6] * blocks + [12] * blocks
    assert all(layer.skip == skip for layer in inner)
    assert net(images(2)).shape == (2, 10)
    extra = sum(blocks * 2 * (9 * c * c + 2 * c) for c in (3, 6, 12))
    plain = model.count_parameters(model.NormNet(3))
    assert model.count_parameters(net) == plain + extra


# Chance


def test_random_numbers_begin_at_the_seed_inside_and_go_on_outside():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(7)
    weights = model.mlp()[1].weight
    torch.manual_seed(5)
    with pytest.raises(RuntimeError, match="on purpose"), model.seeded(7):
        assert model.mlp()[1].weight.equal(weights)
        raise RuntimeError("on purpose")
    assert torch.rand(3).equal(expected)


# Counting


def test_count_parameters_leaves_out_what_is_frozen():
    net = model.ConvNet(width=2)
    before = model.count_parameters(net)
    net.conv1.requires_grad_(False)
    assert model.count_parameters(net) == before - 2 * (9 + 1)


def test_layers_agree_with_counting_by_hand():
    def conv(inputs, outputs, size):
        weights = inputs * outputs * 3 * 3
        return (5, outputs, size, size), weights + outputs, weights * size * size

    def linear(inputs, outputs):
        return (5, outputs), inputs * outputs + outputs, inputs * outputs

    assert model.layers(model.ConvNet(), images(5)) == [
        ("conv1", *conv(1, 32, 28)),
        ("pool1", (5, 32, 14, 14), 0, 0),
        ("conv2", *conv(32, 64, 14)),
        ("pool2", (5, 64, 7, 7), 0, 0),
        ("conv3", *conv(64, 128, 7)),
        ("pool3", (5, 128, 3, 3), 0, 0),
        ("fc1", *linear(128 * 3 * 3, 128)),
        ("fc2", *linear(128, 64)),
        ("fc3", *linear(64, 10)),
    ]


def test_two_convolutions_do_nearly_all_the_arithmetic():
    rows = {row.name: row.macs for row in model.layers(model.ConvNet(), images(1))}
    share = (rows["conv2"] + rows["conv3"]) / sum(rows.values())
    assert round(share, 2) == 0.95


def test_layers_count_strided_and_grouped_convolutions():
    net = nn.Sequential(nn.Conv2d(4, 8, (3, 5), stride=2, groups=2, bias=False))
    (row,) = model.layers(net, torch.zeros(2, 4, 11, 13))
    assert row.output_shape == (2, 8, 5, 5)
    assert row.parameters == 8 * 2 * 3 * 5
    assert row.macs == 8 * 5 * 5 * 2 * 3 * 5


@pytest.mark.parametrize("training", [True, False])
def test_counting_leaves_the_statistics_of_batch_norm_and_every_mode_alone(training):
    net = model.residual_net(2, 1).train(training)
    net.features[1].eval()
    before = copy.deepcopy(net)
    model.layers(net, images(1))
    assert same_state(net, before)
    assert [m.training for m in net.modules()] == [m.training for m in before.modules()]


def test_layers_leave_no_hooks_behind_even_after_an_error():
    net = model.PublishedConvNet()
    with pytest.raises(RuntimeError, match="6272"):
        model.layers(net, images(1))
    assert not any(module._forward_hooks for module in net.modules())
    assert len(model.layers(net, images(49))) == 9  # three of them are the one pool


# The shipped weights


@pytest.mark.parametrize("seed", model.PRETRAINED_SEEDS)
def test_the_shipped_weights_of_each_seed_read_digits_in_eval_mode(seed):
    net = model.load_pretrained(seed)
    assert type(net) is model.ConvNet
    assert not any(module.training for module in net.modules())
    net.to(memory_format=torch.channels_last)  # quicker
    validation = mnist_splits().validation
    result = train.evaluate(net, validation.images[:1000], validation.labels[:1000])
    assert result.accuracy >= 0.98


@pytest.mark.parametrize(
    "load",
    [
        model.load_pretrained,
        model.load_best,
        lambda *seed: model.load_control("conv1 frozen", *seed),
    ],
)
def test_the_network_of_the_first_seed_is_loaded_unless_it_is_said(load):
    states = [load(*seed).state_dict() for seed in ((), (0,), (1,))]
    for name, usual in states[0].items():
        assert usual.equal(states[1][name])
    assert any(not usual.equal(states[2][name]) for name, usual in states[0].items())


def test_the_shipped_weights_of_two_seeds_differ():
    logits = [model.load_pretrained(seed)(images(3)) for seed in (0, 1)]
    assert not torch.allclose(*logits)
    assert model.load_pretrained()(images(3)).equal(logits[0])


@pytest.mark.parametrize("seed", [5, -1, "0"])
def test_a_seed_without_weights_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed {seed!r}.* 0, 1, 2, 3, 4") as error:
        model.load_pretrained(seed)
    assert is_one_sentence(error)


def test_the_weights_of_a_kind_and_a_seed_have_a_name_of_their_own():
    assert model.weights_name(3) == "convnet-seed3.safetensors"
    assert model.weights_name(1, "conv1 frozen") == "conv1-frozen-seed1.safetensors"
    assert model.weights_name(0, "best") == "best-seed0.safetensors"


def test_the_weights_in_the_package_are_those_that_are_shipped_and_no_others():
    names = [
        model.weights_name(seed, kind)
        for kind, seeds in model.SHIPPED.items()
        for seed in seeds
    ]
    assert len(set(names)) == len(names) == 5 + 2 * 3 + 5
    folder = experiments.common.PACKAGE / "weights"
    assert sorted(file.name for file in folder.glob("*.safetensors")) == sorted(names)


@pytest.mark.parametrize("seed", [5, -1, "0"])
def test_a_seed_without_a_best_network_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed {seed!r}.* 0, 1, 2, 3, 4") as error:
        model.load_best(seed)
    assert is_one_sentence(error)


@pytest.mark.parametrize("seed", model.SHIPPED["best"])
def test_a_best_network_reaches_on_validation_what_the_recipe_says(seed):
    net = model.load_best(seed)
    assert type(net) is model.NormNet
    assert not any(module.training for module in net.modules())
    promised = experiments.weights.recipe("best").accuracy
    assert len(promised) == len(model.SHIPPED["best"])
    net.to(memory_format=torch.channels_last)  # quicker
    accuracy = train.evaluate(net, *mnist_splits().validation).accuracy
    assert accuracy == pytest.approx(promised[seed], abs=0.001)
    assert accuracy > 0.99


def test_the_best_networks_of_two_seeds_differ():
    logits = [model.load_best(seed)(images(3)) for seed in (0, 1)]
    assert not torch.allclose(*logits)
    assert model.load_best()(images(3)).equal(logits[0])


# Layers of a reader's own

WITH_MACS = {
    "a transposed convolution": (
        nn.ConvTranspose2d(2, 6, 3, stride=2, padding=1, groups=2),
        (1, 2, 5, 7),
        2 * 5 * 7 * 3 * 3 * 3,
    ),
    "a convolution in one dimension": (nn.Conv1d(2, 3, 5), (1, 2, 9), 3 * 5 * 2 * 5),
    "one in three": (nn.Conv3d(2, 3, 2), (1, 2, 3, 4, 5), 3 * 2 * 3 * 4 * 2 * 8),
    "one with a weight norm": (
        nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 2, 3)),
        (1, 1, 5, 5),
        2 * 9 * 9,
    ),
}


@pytest.mark.parametrize(("layer", "shape", "macs"), WITH_MACS.values(), ids=WITH_MACS)
def test_a_layer_counts_every_multiplication(layer, shape, macs):
    rows = model.layers(nn.Sequential(layer), torch.zeros(shape))
    assert [row.macs for row in rows] == [macs]


class Split(nn.Module):
    def forward(self, x):
        return x, x


@pytest.mark.parametrize("layer", [nn.LSTM(4, 2), nn.GRUCell(4, 2), Split()])
def test_a_layer_whose_macs_are_not_known_is_one_sentence(layer):
    with pytest.raises(ValueError) as error:
        model.layers(nn.Sequential(layer), torch.zeros(1, 4))
    assert is_one_sentence(error)


# Pool before ReLU


@pytest.mark.parametrize(
    "net",
    [
        lambda: model.ConvNet(4),
        lambda: model.NormNet(4),
        lambda: model.NormNet(4, depth=2),
    ],
)
def test_to_pool_before_relu_is_the_same_function_with_the_same_gradients(net):
    torch.manual_seed(0)
    usual = net()
    first = model.pool_first(usual)
    x, labels = images(8), torch.arange(8)
    logits = [each(x) for each in (usual, first)]
    assert torch.equal(*logits)
    for each in logits:
        F.cross_entropy(each, labels).backward()
    gradients = [[p.grad for p in each.parameters()] for each in (usual, first)]
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("net", [lambda: model.ConvNet(4), lambda: model.NormNet(4)])
def test_to_pool_before_relu_leaves_relu_a_quarter_of_the_numbers(net, monkeypatch):
    usual, relu, sizes = net(), F.relu, []

    def counted(x, *args, **kwargs):
        sizes[-1] += x[0].numel() if x.dim() == 4 else 0
        return relu(x, *args, **kwargs)

    monkeypatch.setattr(F, "relu", counted)
    for each in (usual, model.pool_first(usual)):
        sizes.append(0)
        each(images(1))
    pooled = 4 * (14 * 14 + 2 * 7 * 7 + 4 * 3 * 3)
    assert sizes == [4 * (28 * 28 + 2 * 14 * 14 + 4 * 7 * 7), pooled]


def test_to_pool_before_relu_copies_and_leaves_the_network_as_it_is():
    net = model.ConvNet(4)
    before = copy.deepcopy(net)
    first = model.pool_first(net)
    first.fc3.weight.data.zero_()
    assert same_state(net, before) and isinstance(net.pool1, nn.MaxPool2d)


def test_other_pools_may_not_go_before_a_relu():
    net = model.ConvNet(2, pools=model.READINGS["one average pool"])
    with pytest.raises(ValueError, match="pool1 is Identity") as error:
        model.pool_first(net)
    assert is_one_sentence(error)


# He's start


def test_he_start_keeps_the_size_of_the_signal_from_layer_to_layer():
    torch.manual_seed(0)
    net = model.he_start(model.ConvNet())
    x, sizes = torch.randn(200, 1152), []
    for layer in (net.fc1, net.fc2, net.fc3):
        x = layer(x)
        sizes.append(x.square().mean().item())
        x = F.relu(x)
    # Of a normal input all is kept; of what a ReLU let through, the mean square.
    assert sizes == pytest.approx([2, 2, 2], rel=0.35)
    for layer in (net.conv1, net.conv2, net.conv3, net.fc1):
        inputs = layer.weight[0].numel()
        assert layer.weight.var().item() == pytest.approx(2 / inputs, rel=0.2)
        assert not layer.bias.any()


def test_pytorchs_own_first_weights_have_a_sixth_of_that_variance():
    torch.manual_seed(0)
    usual = model.ConvNet()
    before = usual.fc1.weight.var().item()
    after = model.he_start(usual).fc1.weight.var().item()
    assert 6 * before == pytest.approx(after, rel=0.05)
