"""Looking inside: equal to captum, true to the axioms, the model left as it was."""

import captum.attr
import pytest
import torch
import torch.nn.functional as F
import torchvision
from sklearn.linear_model import Ridge
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import interpret, model, ops, train
from mnist_tutorial.interpret import covered_logits, occlusion

IMAGES = torch.zeros(3, 1, 28, 28)
LINEAR = model.linear_classifier()


@pytest.fixture
def part():
    images, labels = mnist_splits().validation
    return images[:300], labels[:300]


@pytest.fixture(scope="module")
def net():
    return model.load_pretrained()


# --- Maps


def test_the_maps_are_what_the_formula_gives(net, part):
    images = part[0][:4]
    maps = interpret.feature_maps(net, images)
    with torch.no_grad():
        before = F.conv2d(images, net.conv1.weight, net.conv1.bias, padding=1)
        pooled = F.max_pool2d(F.relu(before), 2)
        second = F.conv2d(pooled, net.conv2.weight, net.conv2.bias, padding=1)
    for name, right in (
        ("conv1", before),
        ("conv1 after ReLU", F.relu(before)),
        ("pool1", pooled),
        ("conv2", second),
        ("fc3", train.predict(net, images)),
    ):
        torch.testing.assert_close(maps[name], right, atol=1e-4, rtol=1e-4)
    names = ["conv1", "conv1 after ReLU", "pool1", "conv2", "conv2 after ReLU", "pool2"]
    assert list(maps)[:6] == names and "fc2 after ReLU" in maps


def test_a_relu_that_is_a_layer_is_not_told_twice(part):
    maps = interpret.feature_maps(model.mlp(), part[0][:2])
    assert list(maps) == ["0", "1", "2", "3", "4", "5"]


class Joined(nn.Module):
    """A layer that takes two inputs, the first from a ReLU that is no layer."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.both = nn.Bilinear(26, 26, 3)

    def forward(self, x):
        return self.both(F.relu(self.conv(x)), x[..., 1:-1, 1:-1].expand(-1, 2, -1, -1))


def test_a_layer_of_two_inputs_gets_both(part):
    torch.manual_seed(0)
    some, images = Joined().eval(), part[0][:2]
    with torch.no_grad():
        expected = {"conv": some.conv(images), "both": some(images)}
    expected["conv after ReLU"] = expected["conv"].relu()
    torch.testing.assert_close(interpret.feature_maps(some, images), expected)


@pytest.mark.parametrize("shape", [(300, 7, 7), (300,)])
def test_the_strongest_places_are_those_of_a_search(shape):
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = interpret.strongest(maps, 5)
    assert torch.equal(result.values, maps.flatten(1).amax(1).topk(5).values if
                       maps.ndim == 3 else maps.topk(5).values)  # fmt: skip
    grid = maps if maps.ndim == 3 else maps[:, None, None]
    assert torch.equal(grid[result.images, result.rows, result.columns], result.values)


def test_of_images_that_answer_alike_the_first_come_first():
    maps = torch.zeros(300, 2, 2)
    maps[7] = 1.0
    result = interpret.strongest(maps, 100)
    assert result.images.tolist() == [7, *range(7), *range(8, 100)]
    assert not result.rows.any() and not result.columns.any()


def test_the_embedding_is_what_the_last_layer_weighs(net, part):
    features = interpret.embedding(net, part[0], batch_size=64)
    assert features.shape == (300, 64)
    torch.testing.assert_close(
        net.fc3(features), train.predict(net, part[0]), atol=1e-4, rtol=1e-4
    )


def test_the_effective_field_fills_the_theoretical_one_and_no_more(net, part):
    for layer, before, first in (
        ("conv1", [(3, 1)], 14 - 1),  # the middle unit's, less the padding so far
        ("conv2", [(3, 1), (2, 2), (3, 1)], 2 * 7 - 3),
        ("conv3", [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)], 4 * 3 - 7),
    ):
        field = interpret.effective_receptive_field(net, part[0][:50], layer)
        assert field.shape == (28, 28)
        last = first + ops.receptive_field(before) - 1
        for places in field.nonzero().T:
            assert (places.min(), places.max()) == (first, last)


# --- What speaks for an answer


def test_a_patch_over_each_place_gives_its_logits(part):
    net, image = model.ConvNet(2), part[0][0]
    result = covered_logits(net, image, size=3)
    assert result.shape == (28, 28, 10)
    for row, column in ((0, 0), (14, 9), (27, 27)):
        covered = image.clone()
        near = [slice(max(0, k - 1), k + 2) for k in (row, column)]
        covered[0, near[0], near[1]] = 0
        right = train.predict(net, covered[None])[0]
        torch.testing.assert_close(result[row, column], right, atol=1e-5, rtol=1e-4)


def test_strides_and_even_sizes_keep_to_the_same_places(part):
    image = part[0][0]
    full = covered_logits(LINEAR, image, size=4)
    torch.testing.assert_close(
        covered_logits(LINEAR, image, size=4, stride=3), full[::3, ::3]
    )


def test_occlusion_of_a_linear_classifier_is_the_covered_part_of_its_sum(part):
    image, weight = part[0][0], LINEAR[1].weight[4].detach().view(28, 28)
    products = image[0] * weight
    result = occlusion(LINEAR, image, 4, size=5)
    whole = products[8:13, 10:15].sum()
    torch.testing.assert_close(result[10, 12], whole, atol=1e-5, rtol=1e-4)
    corner = products[:3, :3].sum()
    torch.testing.assert_close(result[0, 0], corner, atol=1e-5, rtol=1e-4)
    assert torch.equal(occlusion(LINEAR, image, 4), result)  # 5 pixels, each place


def test_the_models_mode_stays_as_it_was(part):
    net = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(784, 10)).train()
    image = part[0][0]
    assert torch.equal(occlusion(net, image, 1), occlusion(net, image, 1))
    assert net.training and net[1].training


@pytest.mark.parametrize(
    "arguments", [(IMAGES, 0), (IMAGES[0], 0, 0), (IMAGES[0], 0, 3, 0)]
)
def test_no_patch_without_size_stride_or_image(arguments):
    with pytest.raises(ValueError, match="at least 1") as error:
        occlusion(LINEAR, *arguments)
    assert is_one_sentence(error)


def three(part, net):
    """Some digits with the classes they are read as."""
    images = part[0][:3]
    return zip(images, train.predict(net, images).argmax(1).tolist(), strict=True)


def test_saliency_is_captums(net, part):
    for image, label in three(part, net):
        right = captum.attr.Saliency(net).attribute(image[None], target=label)
        result = interpret.saliency(net, image, label)
        torch.testing.assert_close(result, right[0, 0], atol=1e-5, rtol=1e-4)


def test_integrated_gradients_are_captums_and_complete(net, part):
    for image, label in three(part, net):
        right = captum.attr.IntegratedGradients(net).attribute(
            image[None],
            baselines=interpret.BLACK,
            target=label,
            n_steps=64,
            method="riemann_middle",
        )
        result = interpret.integrated_gradients(net, image, label)
        torch.testing.assert_close(result, right[0, 0].float(), atol=1e-5, rtol=1e-3)
        black = torch.full_like(image, interpret.BLACK)
        logits = train.predict(net, torch.stack([image, black]))[:, label]
        change = (logits[0] - logits[1]).item()
        finer = interpret.integrated_gradients(net, image, label, steps=512)
        assert finer.sum().item() == pytest.approx(change, rel=0.01)


def test_occlusion_by_one_pixel_is_captums(net, part):
    for image, label in three(part, net):
        right = captum.attr.Occlusion(net).attribute(
            image[None],
            sliding_window_shapes=(1, 1, 1),
            target=label,
            perturbations_per_eval=98,
        )
        result = occlusion(net, image, label, size=1)
        torch.testing.assert_close(result, right[0, 0].float(), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("layer", ["pool2", "conv3", "conv2 after ReLU", None])
def test_grad_cam_is_captums(net, part, layer):
    """Captum has no name for what a ReLU gives; it is what the next layer receives."""
    module, received = {
        "conv2 after ReLU": ("pool2", True),
        None: ("pool3", True),  # unless told otherwise, after the last ReLU
    }.get(layer, (layer, False))
    for image, label in three(part, net):
        cam = captum.attr.LayerGradCam(net, net.get_submodule(module))
        right = cam.attribute(
            image[None],
            target=label,
            attribute_to_layer_input=received,
            relu_attributions=True,
        )
        right = captum.attr.LayerAttribution.interpolate(right, (28, 28), "bilinear")
        result = interpret.grad_cam(net, image, label, *([layer] if layer else []))
        torch.testing.assert_close(result, right[0, 0].detach(), atol=1e-5, rtol=1e-4)


EXPLANATIONS = [
    occlusion,
    interpret.saliency,
    interpret.integrated_gradients,
    interpret.grad_cam,
]


@pytest.mark.parametrize("explain", EXPLANATIONS, ids=lambda f: f.__name__)
def test_the_model_is_left_as_it_was(explain, part):
    some = model.ConvNet(4).train()
    some.conv1.weight.requires_grad_(False)
    some.pool3.eval()
    before = {name: value.clone() for name, value in some.state_dict().items()}
    image = part[0][0].clone()
    result = explain(some, image, 3)
    assert result.shape == (28, 28) and not result.requires_grad
    assert some.training and not some.pool3.training
    assert all(parameter.grad is None for parameter in some.parameters())
    assert not some.conv1.weight.requires_grad and some.conv2.weight.requires_grad
    assert not any(layer._forward_hooks for layer in some.modules())
    assert all(torch.equal(some.state_dict()[n], v) for n, v in before.items())
    assert torch.equal(image, part[0][0]) and not image.requires_grad


@pytest.mark.parametrize("explain", EXPLANATIONS[1:], ids=lambda f: f.__name__)
def test_an_image_that_was_computed_is_explained_as_any_other(explain, part):
    some, image = model.ConvNet(2).eval(), part[0][0]
    learned = (image * torch.ones(1, requires_grad=True)).view_as(image)
    with torch.no_grad():
        assert torch.equal(explain(some, learned, 3), explain(some, image, 3))
    result = explain(some, learned, 3)
    assert torch.equal(result, explain(some, image, 3)) and not result.requires_grad


@pytest.mark.parametrize("explain", EXPLANATIONS[1:], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("image", "label", "words"),
    [
        (IMAGES, 0, "one image"),
        (IMAGES[0, 0], 0, "one image"),
        (IMAGES[0], 10, "label"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(explain, image, label, words):
    with pytest.raises(ValueError, match=words) as error:
        explain(model.ConvNet(2), image, label)
    assert is_one_sentence(error)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_that_there_is_not_is_one_sentence_for_occlusion(label):
    with pytest.raises(ValueError, match="no label") as error:
        occlusion(LINEAR, IMAGES[0], label)
    assert is_one_sentence(error)


@pytest.mark.parametrize(("layer", "words"), [("conv9", "no layer"), ("fc1", "maps")])
def test_a_layer_without_maps_is_one_sentence(layer, words):
    some = model.ConvNet(2)
    for look in (
        lambda: interpret.grad_cam(some, IMAGES[0], 0, layer),
        lambda: interpret.effective_receptive_field(some, IMAGES, layer),
    ):
        with pytest.raises(ValueError, match=words) as error:
            look()
        assert is_one_sentence(error)


@pytest.mark.parametrize("explain", EXPLANATIONS, ids=lambda f: f.__name__)
def test_an_explanation_is_another_one_where_nothing_was_learned(explain, net, part):
    """Measured means: up to 0.24, for saliency; of the same map it would be 1."""
    result = []
    for image, label in three(part, net):
        maps = [explain(n, image, label) for n in (net, interpret.randomised(net))]
        result.append(torch.corrcoef(torch.stack(maps).flatten(1))[0, 1])
    assert abs(torch.stack(result).mean()) < 0.5


def test_no_step_is_no_way():
    with pytest.raises(ValueError, match="at least 1") as error:
        interpret.integrated_gradients(LINEAR, IMAGES[0], 0, steps=0)
    assert is_one_sentence(error)


# --- Names of layers

NESTED = {
    "ConvNet": lambda: model.ConvNet(2),
    "NormNet": lambda: model.NormNet(2),
    "residual": lambda: model.residual_net(2, 1),
    "KernelNet": lambda: model.KernelNet(3, 1, 2),
    "a network in a network": lambda: nn.Sequential(
        model.ConvNet(2), nn.Linear(10, 10)
    ),
}


@pytest.mark.parametrize("build", NESTED.values(), ids=NESTED)
def test_what_one_function_calls_a_layer_the_others_take(build, part):
    torch.manual_seed(0)
    some, images = build().eval(), part[0][:3]
    maps = interpret.feature_maps(some, images)
    named = [name.removesuffix(" after ReLU") for name in maps]
    rows = [row.name for row in model.layers(some, images)]
    assert list(dict.fromkeys(named)) == rows
    assert set(rows) <= dict(some.named_modules()).keys()
    for name, values in maps.items():
        with interpret.without_channel(some, name, 1):
            silenced = interpret.feature_maps(some, images)[name]
        expected = values.clone()
        expected[:, 1] = 0
        assert torch.equal(silenced, expected)
        looks = (
            lambda name=name: interpret.grad_cam(some, images[0], 3, name),
            lambda name=name: interpret.effective_receptive_field(some, images, name),
        )
        for look in looks:
            if values.ndim == 4:
                assert look().shape == (28, 28)
            else:
                with pytest.raises(ValueError, match="no maps"):
                    look()


def test_a_name_that_is_no_layers_is_refused_with_those_that_are():
    some = model.NormNet(2)
    with pytest.raises(ValueError, match=r"'conv1'.*features\.0.*linear") as error:
        interpret.grad_cam(some, IMAGES[0], 0, "conv1")
    assert is_one_sentence(error)
    for name in ("conv1", "", "features.99", "conv1 after ReLU"):
        with (
            pytest.raises(ValueError, match=r"features\.0.*linear") as error,
            interpret.without_channel(some, name, 0),
        ):
            pass
        assert is_one_sentence(error)


# --- A reader's own network


class InPlace(nn.Module):
    """All that may write over a map, in the ways that people write it."""

    def __init__(self, in_place: bool):
        super().__init__()
        self.in_place = in_place
        self.norm = nn.Hardtanh(-3, 3, inplace=in_place)  # the first: of the images
        self.conv1 = nn.Conv2d(1, 3, 3, padding=1)
        self.relu = nn.ReLU(inplace=in_place)  # used twice
        self.conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.conv3 = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)  # used three times
        self.drop = nn.Dropout(0.5, inplace=in_place)
        self.linear = nn.Linear(4 * 3 * 3, 10)

    def forward(self, x):
        x = self.pool(self.relu(self.conv1(self.norm(x))))
        x = self.conv2(x)
        x = self.pool(x.relu_() if self.in_place else x.relu())
        x = F.relu(self.conv3(x), inplace=self.in_place)
        x = self.relu(self.pool(x))
        return self.linear(self.drop(x.flatten(1)))


IN_PLACE_NAMES = (
    *("norm", "conv1", "relu", "pool", "conv2", "conv2 after ReLU", "pool #2"),
    *("conv3", "conv3 after ReLU", "pool #3", "relu #2", "drop", "linear"),
)


@pytest.fixture
def twins():
    """The same network twice: one that writes over its maps, and one that does not."""
    result = []
    for in_place in (True, False):
        torch.manual_seed(1)
        result.append(InPlace(in_place).eval())
    return result


def test_maps_are_those_from_before_something_wrote_over_them(twins, part):
    images = 2 * part[0][:3]
    kept = images.clone()
    one, other = (interpret.feature_maps(net, images) for net in twins)
    assert tuple(one) == tuple(other) == IN_PLACE_NAMES
    for name in IN_PLACE_NAMES:
        assert torch.equal(one[name], other[name]), name
    assert (one["conv1"] < 0).any() and not (one["relu"] < 0).any()
    assert torch.equal(images, kept)
    with torch.inference_mode():
        again = interpret.feature_maps(twins[0], images)
    assert all(torch.equal(again[name], one[name]) for name in one)


def test_what_explains_does_not_mind_what_writes_over_its_maps(twins, part):
    image = 2 * part[0][0]
    with torch.no_grad():  # as people forget to leave it
        for explain in EXPLANATIONS:
            one, other = (explain(net, image, 3) for net in twins)
            assert torch.equal(one, other), explain
        for layer in interpret.feature_maps(twins[0], image[None]):
            if layer not in ("drop", "linear"):
                one, other = (interpret.grad_cam(net, image, 3, layer) for net in twins)
                assert torch.equal(one, other), layer
                fields = [
                    interpret.effective_receptive_field(net, image[None], layer)
                    for net in twins
                ]
                assert torch.equal(*fields), layer


def test_each_use_of_a_layer_can_be_silenced_alone(twins, part):
    images = 2 * part[0][:3]
    net = twins[0]
    before = interpret.feature_maps(net, images)
    for name in ("pool #2", "pool #3", "relu #2"):
        with interpret.without_channel(net, name, 1):
            for _ in range(2):
                maps = interpret.feature_maps(net, images)
        assert not maps[name][:, 1].any()
        assert torch.equal(maps["pool"], before["pool"])
    with interpret.without_channel(net, "pool", 1):
        maps = interpret.feature_maps(net, images)
    assert not any(maps[name][:, 1].any() for name in ("pool", "pool #2", "pool #3"))


LAST_MAPS = {
    "conv3 after ReLU": lambda: model.ConvNet(2),
    "features.10": lambda: model.NormNet(2),
    "features.13.norm2": lambda: model.residual_net(2, 1),
    "blocks.7": lambda: model.KernelNet(3, 1, 2),
    "layer4.1.relu #2": lambda: one_channel_resnet(),
    "0": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(1352, 10)),
}


def one_channel_resnet() -> nn.Module:
    net = torchvision.models.resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return net


@pytest.mark.parametrize("name", LAST_MAPS)
def test_grad_cams_own_layer_is_the_last_convolution_after_its_relu(name, part):
    torch.manual_seed(0)
    some = LAST_MAPS[name]().eval()
    result = interpret.grad_cam(some, part[0][0], 3)
    assert torch.equal(result, interpret.grad_cam(some, part[0][0], 3, name))


def test_grad_cam_works_on_the_courses_best_network(part):
    best = model.load_best()
    image, label = part[0][0], int(part[1][0])
    assert interpret.grad_cam(best, image, label).max() > 0
    with pytest.raises(ValueError, match="no convolution") as error:
        interpret.grad_cam(model.mlp(), image, label)
    assert is_one_sentence(error)


def test_torchvisions_resnet_is_looked_into_as_any_other(part):
    torch.manual_seed(0)
    some, images = one_channel_resnet().eval(), part[0][:2]
    maps = interpret.feature_maps(some, images)
    with torch.no_grad():
        expected = some.bn1(some.conv1(images))
    assert torch.equal(maps["bn1"], expected)
    assert torch.equal(maps["relu"], expected.relu())
    assert torch.equal(maps["fc"], train.predict(some, images))
    assert interpret.embedding(some, images).shape == (2, 512)
    for explain in EXPLANATIONS[1:]:
        assert explain(some, images[0], 3).shape == (28, 28)
    macs = sum(row.macs for row in model.layers(some, images))
    assert macs == sum(row.macs for row in model.layers(some, images[:1]))


def test_another_type_of_numbers_is_the_models_own(part):
    some = model.ConvNet(2).double()
    assert interpret.feature_maps(some, part[0][:2])["fc3"].dtype == torch.float64
    assert interpret.saliency(some, part[0][0], 3).dtype == torch.float64
    assert interpret.embedding(some, part[0][:2]).dtype == torch.float64


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        return self.conv(x).detach().mean((2, 3))


class Spoiled(nn.Module):
    """PyTorch cannot take its gradient: the first ReLU needs what the second spoils."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        return self.conv(x).relu().relu_().mean((2, 3))


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.linear = nn.Linear(784, 10)

    def forward(self, x):
        self.conv(x)
        return self.linear(x.flatten(1))


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return self.conv(x), x


def test_a_map_that_nothing_depends_on_speaks_for_nothing(part):
    torch.manual_seed(0)
    assert not interpret.grad_cam(Unused(), part[0][0], 3, "conv").any()


BAD_LOOKS = {
    "one image": lambda: interpret.feature_maps(LINEAR, IMAGES[0]),
    "no images": lambda: interpret.feature_maps(LINEAR, IMAGES[:0]),
    "no gradient": lambda: interpret.grad_cam(Detached(), IMAGES[0], 3),
    "no gradient for saliency": lambda: interpret.saliency(Detached(), IMAGES[0], 3),
    "two answers": lambda: interpret.saliency(Pair(), IMAGES[0], 3),
    "maps for logits": lambda: interpret.saliency(nn.Conv2d(1, 1, 1), IMAGES[0], 0),
    "half a label": lambda: interpret.saliency(LINEAR, IMAGES[0], 0.5),
    "what its gradient needs": lambda: interpret.saliency(Spoiled(), IMAGES[0], 3),
    "what its map needs": lambda: interpret.grad_cam(Spoiled(), IMAGES[0], 3),
    "no linear layer": lambda: interpret.embedding(nn.Conv2d(1, 1, 1), IMAGES),
    "several channels": lambda: interpret.strongest(IMAGES, 1),
    "none of them": lambda: interpret.strongest(IMAGES[:, 0], 0),
    "nothing to compare": lambda: interpret.switched(IMAGES, IMAGES),
    "unequal lengths": lambda: interpret.switched(IMAGES[0] > 0, IMAGES > 0),
    "a recurrent layer": lambda: model.layers(nn.LSTM(28, 2), IMAGES[:, 0]),
}


@pytest.mark.parametrize("look", BAD_LOOKS.values(), ids=BAD_LOOKS)
def test_what_cannot_be_looked_at_is_one_sentence(look):
    with pytest.raises(ValueError) as error:
        look()
    assert is_one_sentence(error)


def test_gradients_in_inference_mode_are_one_sentence():
    with torch.inference_mode():
        for explain in EXPLANATIONS[1:]:
            with pytest.raises(ValueError, match="inference_mode") as error:
                explain(model.ConvNet(2), torch.zeros(1, 28, 28), 0)
            assert is_one_sentence(error)


class Scaled(nn.Module):
    """A layer with a number of its own, and no way to begin anew."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.scale * x


def test_a_layer_that_cannot_forget_is_not_passed_off_as_one_that_has():
    with pytest.raises(ValueError, match="reset_parameters") as error:
        interpret.randomised(nn.Sequential(Scaled(), nn.Linear(2, 2)))
    assert is_one_sentence(error)


# --- What if


def test_a_silent_channel_is_a_filter_of_zeros(part):
    some = model.ConvNet(4).eval()
    with interpret.without_channel(some, "conv2", 5):
        result = train.predict(some, part[0])
    whole = train.predict(some, part[0])
    with torch.no_grad():
        some.conv2.weight[5] = 0
        some.conv2.bias[5] = 0
    torch.testing.assert_close(result, train.predict(some, part[0]))
    assert not torch.allclose(result, whole)


def test_the_channel_speaks_again_also_after_an_error(part):
    some = model.ConvNet(2).eval()
    whole = train.predict(some, part[0])
    with (
        pytest.raises(ValueError, match="no channel 2") as error,
        interpret.without_channel(some, "conv1", 2),
    ):
        train.predict(some, part[0])
    assert is_one_sentence(error)
    assert torch.equal(train.predict(some, part[0]), whole)


def test_gained_and_lost_make_the_difference():
    before = torch.tensor([True, True, False, False, True])
    after = torch.tensor([True, False, True, True, True])
    result = interpret.switched(before, after)
    assert (result.lost, result.gained, result.total) == (1, 2, 5)
    assert result.difference.value == pytest.approx(
        result.after.value - result.before.value
    )


def test_a_randomised_copy_has_forgotten_all_and_disturbs_nothing(net):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    kept = net.conv1.weight.clone()
    one, same, other = (interpret.randomised(net, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(net.conv1.weight, kept)
    usual = interpret.randomised(net)
    for name, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[name])
        assert torch.equal(value, usual.state_dict()[name])
        assert not torch.allclose(value, other.state_dict()[name])
        assert not torch.allclose(value, net.state_dict()[name])


# --- Is it true of the network?


def test_maps_are_alike_by_their_correlation():
    a = torch.tensor([[1.0, 2], [3, 5]])
    assert interpret.alike(a, 3 * a + 7) == pytest.approx(1)
    assert interpret.alike(a, -a) == pytest.approx(-1)
    assert interpret.alike(a, torch.ones(2, 2)) == 0


class FirstPixel(nn.Module):
    """Class 1 if the first pixel is white, else class 0."""

    def forward(self, images):
        first = images[:, 0, 0, 0]
        return torch.stack([torch.zeros_like(first), 10 * (first - 1)], 1)


def test_the_curve_falls_when_the_pixel_that_matters_goes():
    image, scores = torch.full((1, 4, 4), 2.0), torch.zeros(4, 4)
    scores[0, 0] = 1
    model = FirstPixel()
    early = interpret.probability_by_order(model, image, 1, scores, steps=16)
    late = interpret.probability_by_order(model, image, 1, -scores, steps=16)
    assert (early > 0.5).tolist() == [True] + 16 * [False]
    assert (late > 0.5).tolist() == 16 * [True] + [False]
    back = interpret.probability_by_order(model, image, 1, scores, 16, insert=True)
    assert (back > 0.5).tolist() == [False] + 16 * [True]
    usual = interpret.probability_by_order(model, image, 1, scores)
    assert len(usual) == 28 + 1 and (usual < 0.5).sum() == 28
    with pytest.raises(ValueError, match=r"\(4, 4\).*got \(2, 2\)"):
        interpret.probability_by_order(model, image, 1, torch.zeros(2, 2))


def test_a_read_out_is_a_ridge_regression_on_what_was_seen():
    generator = torch.Generator().manual_seed(0)
    seen, new = (torch.randn(n, 5, generator=generator).double() for n in (80, 40))
    labels = torch.randint(3, (80,), generator=generator)
    x = (seen - seen.mean(0)) / seen.std(0)
    theirs = Ridge(alpha=7).fit(x, F.one_hot(labels))
    scores = theirs.predict((new - seen.mean(0)) / seen.std(0))
    result = interpret.read_out(seen, labels, new, 7)
    assert result.tolist() == scores.argmax(1).tolist()


def test_a_column_that_was_the_same_throughout_says_nothing():
    generator = torch.Generator().manual_seed(0)
    seen, new = (torch.randn(n, 3, generator=generator).double() for n in (30, 10))
    labels = torch.arange(30) % 2
    expected = interpret.read_out(seen, labels, new, 1)
    constant = [F.pad(part, (0, 1), value=0.5) for part in (seen, new)]
    assert interpret.read_out(constant[0], labels, constant[1], 1).equal(expected)


def test_a_column_counts_as_any_other_however_small_its_numbers_are():
    generator = torch.Generator().manual_seed(0)
    seen, new = (torch.randn(n, 4, generator=generator).double() for n in (60, 400))
    labels = (seen[:, 0] + seen[:, 1] > 0).long()
    expected = interpret.read_out(seen, labels, new, 20)
    scale = torch.tensor([1.5e-6 / seen[:, 0].std(), 1, 1, 1e6])
    small = interpret.read_out(scale * seen, labels, scale * new, 20)
    assert small.equal(expected)
