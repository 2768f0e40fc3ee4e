"""KernelBench's Python side: what it takes, the still picture, kernels in the net."""

import itertools
import re

import pytest
import torch
import traitlets
from figures import contrasts, written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support import is_one_sentence, mnist_splits
from torch import nn

from mnist_tutorial import data, model, train
from mnist_tutorial.widgets.kernel_bench import widget as kernel_bench
from mnist_tutorial.widgets.kernel_bench.widget import KernelBench


@pytest.fixture(scope="module")
def validation():
    images, labels = mnist_splits().validation
    return data.Split(images[:1000], labels[:1000])


@pytest.fixture(scope="module")
def pixels(validation):
    return validation.images[:30] * data.STD + data.MEAN


@pytest.fixture
def net():
    return model.load_pretrained()


@pytest.fixture
def bench(pixels, net, validation):
    return KernelBench(pixels, model=net, validation=validation)


def test_it_offers_24_digits_and_the_trained_filters(bench, net):
    assert len(bench.digits) == 24 * 784 * 4
    filters = torch.frombuffer(bytearray(bench.filters), dtype=torch.float32)
    filters = filters.view(32, 10)
    assert torch.equal(filters[:, :9].view(32, 1, 3, 3), net.conv1.weight)
    assert torch.equal(filters[:, 9], net.conv1.bias)


@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_the_numbers_of_a_kernel_can_be_read_on_its_colours(bench, scale):
    bench.kernel = (scale * torch.linspace(-1, 1, 9)).tolist()
    still = bench.picture()
    FigureCanvasAgg(still)
    ratios = contrasts(*written(still))
    assert len(ratios) > 9 and min(ratios.values()) >= 3


def test_it_has_a_picture_and_computes_nothing_for_it(bench, monkeypatch):
    monkeypatch.setattr(train, "predict", None)
    content, _ = bench._repr_mimebundle_()
    assert 1_000 < len(content["image/png"]) < 100_000
    assert bench.alt in content["text/plain"]


def test_its_picture_says_which_kernel_it_shows(bench):
    assert "when its cell ran" in bench.picture().get_supxlabel()


def lost_points(result):
    return -100 * result["difference"][0]


def ask(bench, kind, which=0):
    content = {"kind": kind, "what": kind, "filter": which}
    bench._handle_custom_msg(content, [])
    return bench.result


def test_what_a_filter_is_worth_depends_on_which_and_by_what(bench, net, validation):
    with torch.no_grad():
        use = net.conv1(validation.images).relu().mean((0, 2, 3))

    def lost_with(which, preset):
        bench.kernel = list(kernel_bench.PRESETS[preset])
        return lost_points(ask(bench, "replace", which))

    for preset in ("identity", "blur"):
        assert lost_with(int(use.argmin()), preset) < 0.5
    assert lost_with(11, "identity") < 2 and lost_with(11, "Sobel") > 40


def test_flipping_all_filters_costs_much(bench, net, validation):
    before = net.conv1.weight.clone()
    flipped = ask(bench, "flip all")
    accuracy = train.evaluate(net, *validation).accuracy
    assert flipped["before"][0] == pytest.approx(accuracy)
    assert lost_points(flipped) > 20
    low, high = flipped["difference"][1:]
    assert low < flipped["difference"][0] < high < 0
    assert torch.equal(net.conv1.weight, before)  # the model stays as it is
    assert not bench.busy and not bench.message


def test_a_filter_is_replaced_by_the_kernel_as_it_works_now(net):
    kernel = torch.arange(9.0).view(3, 3)
    changed = kernel_bench.with_filter(net, 5, kernel, 0.25)
    assert torch.equal(changed.conv1.weight[5, 0], kernel)
    assert changed.conv1.bias[5] == 0.25
    others = [k for k in range(32) if k != 5]
    assert torch.equal(changed.conv1.weight[others], net.conv1.weight[others])
    flipped = kernel_bench.flipped_filters(net)
    assert torch.equal(flipped.conv1.weight, net.conv1.weight.flip(2, 3))


def test_flip_is_applied_to_what_goes_into_the_net(bench):
    bench.kernel = [0, 1, 2, 3, 4, 5, 6, 7, 8]
    bench.flip = True
    assert bench._effective().flatten().tolist() == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_without_a_network_it_says_what_is_missing(pixels, net):
    for bench in (KernelBench(pixels), KernelBench(pixels, model=net)):
        ask(bench, "flip all")
        assert "Pass model= and validation=" in bench.message
        assert bench.result == {} and not bench.busy and bench.page() == {}


@pytest.mark.parametrize("which", [32, -1])
def test_a_filter_that_is_not_there_is_a_sentence(bench, which):
    ask(bench, "replace", which)
    assert f"There is no filter {which}; choose 0 to 31." == bench.message
    assert not bench.busy


def test_a_filter_that_is_not_named_is_the_first(pixels, net, validation):
    bench = KernelBench(pixels, model=net, validation=data.Split(*few(validation)))
    first = ask(bench, "replace", 0)
    bench._handle_custom_msg({"kind": "replace", "what": "replace"}, [])
    assert bench.result == first


@pytest.mark.parametrize("busy, kind", [(True, "flip all"), (False, "something")])
def test_what_it_does_not_know_or_has_no_time_for_it_leaves_alone(bench, busy, kind):
    bench.busy = busy
    assert ask(bench, kind) == {} and bench.message == "" and bench.busy is busy


def few(split):
    return (part[:20] for part in split)


def test_a_layer_without_a_bias_has_none_to_replace(pixels, net, validation):
    net.conv1 = nn.Conv2d(1, 4, 3, padding=1, bias=False)
    filters = KernelBench(pixels, model=net).filters
    rows = torch.frombuffer(bytearray(filters), dtype=torch.float32).view(4, 10)
    assert torch.equal(rows[:, :9].view(4, 1, 3, 3), net.conv1.weight)
    assert not rows[:, 9].any()
    changed = kernel_bench.with_filter(net, 0, torch.ones(3, 3), 0.5)
    assert changed.conv1.bias is None and changed.conv1.weight[0].eq(1).all()


@pytest.mark.parametrize(
    "name, value, named",
    [
        ("kernel", [1.0] * 8, "nine numbers"),
        ("kernel", [float("nan")] + [0.0] * 8, "got nan"),
        ("bias", 1e9, "from -99 to 99"),
        ("digit", 24, "no digit 24"),
        ("shift", [1], "two whole numbers"),
        ("digit", -1, "no digit -1; choose 0 to 23"),
        ("kernel", [99.5] + [0.0] * 8, "from -99 to 99"),
        ("kernel", [1.0] * 10, "got 10"),
        ("bias", -99.5, "got -99.5"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(bench, name, value, named):
    before = getattr(bench, name)
    with pytest.raises(ValueError, match=named) as error:
        setattr(bench, name, value)
    assert is_one_sentence(error) and getattr(bench, name) == before
    bench.set_state({name: value})  # as the browser does
    assert bench.message == str(error.value) and getattr(bench, name) == before


@pytest.mark.parametrize(
    "name, value",
    [
        ("kernel", [99.0, -99.0] + [0.0] * 7),
        ("bias", -99.0),
        ("digit", 23),
        *(("goal", goal) for goal in ("flat", "left", "match", "flip", "shift")),
    ],
)
def test_the_outermost_setting_is_taken(bench, name, value):
    setattr(bench, name, value)
    assert getattr(bench, name) == value


RANGES = {"stride": (1, 3), "padding": (0, 2), "dilation": (1, 3), "shift": (-4, 4)}


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_a_whole_number_reaches_from_end_to_end_and_no_further(pixels, name, ends):
    bench = KernelBench(pixels[:1])

    def setting(k):
        return [k, -k] if name == "shift" else k

    for end, beyond in zip(ends, (ends[0] - 1, ends[1] + 1), strict=True):
        setattr(bench, name, setting(end))
        with pytest.raises(traitlets.TraitError):
            setattr(bench, name, setting(beyond))
        assert getattr(bench, name) == setting(end)


def test_a_shifted_digit_loses_what_leaves_the_frame_and_black_comes_in():
    image = torch.arange(1.0, 31).view(5, 6)
    for down, right in [(0, 0), (2, 0), (-2, 0), (0, 3), (0, -3), (1, -4), (-4, 4)]:
        moved = kernel_bench.shifted(image, down, right)
        for i, j in itertools.product(range(5), range(6)):
            inside = 0 <= i - down < 5 and 0 <= j - right < 6
            assert moved[i, j] == (image[i - down, j - right] if inside else 0)


def test_what_is_left_of_a_shifted_digit_is_what_the_picture_shows(bench):
    bench.shift = [-3, 2]
    shown = torch.tensor(bench.picture().axes[0].images[0].get_array())
    whole = bench._pixels[0, 0]
    torch.testing.assert_close(shown[:-3, 2:].float(), whole[3:, :-2])


@pytest.mark.parametrize(
    ("pool", "stride", "right", "exact"),
    [
        (False, 1, 1, True),
        (False, 2, 2, True),
        (False, 2, 1, False),
        (True, 1, 2, True),
        (True, 1, 1, False),
        (True, 2, 2, False),
        (True, 2, 4, True),
    ],
)
def test_a_shift_passes_if_it_is_whole_steps_of_the_map(
    bench, pool, stride, right, exact
):
    bench.pool, bench.stride, bench.padding, bench.bias = pool, stride, 2, 1
    for shift in ([0, right], [right, 0], [-right, right]):
        bench.shift = shift
        most = bench.shift_difference().abs().max()
        assert most == 0 if exact else most > 0.5


def test_a_moved_digit_has_its_difference_in_the_picture(bench):
    def maps():
        drawn = bench.picture().axes[2:]
        return [ax.get_title() for ax in drawn if ax.get_title()]

    bench.pool = True
    assert maps() == ["map, 13 × 13"] and "differs" not in bench.alt
    bench.shift = [0, 2]
    assert maps() == ["map, 13 × 13", "difference, at most 0"]
    bench.shift = [0, 1]
    assert re.fullmatch(r"difference, at most [1-9]\S*", maps()[1])
    assert bench.alt.endswith("the moved map of the unmoved digit.")


def without_numbers(net):
    nn.init.constant_(net.conv1.weight[0, 0, 0, :1], torch.nan)
    return net.conv1


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda _: nn.Linear(2, 2), "has no layer conv1 with 3 × 3 filters on one"),
        (lambda _: nn.Conv2d(2, 4, 3), "has no layer conv1"),
        (lambda _: nn.Conv2d(1, 4, 5), "has no layer conv1"),
        (lambda _: nn.Conv2d(1, 4, (3, 5)), "has no layer conv1"),
        (without_numbers, "hold nan or infinite numbers"),
    ],
)
def test_a_first_layer_that_is_no_bench_of_filters_is_refused(
    pixels, net, layer, words
):
    net.conv1 = layer(net)
    with pytest.raises(ValueError, match=words) as error:
        KernelBench(pixels, model=net)
    assert is_one_sentence(error)


def test_what_it_cannot_take_is_one_sentence(pixels, net, validation):
    cases = {
        r"\(30, 28, 28\)": {"images": pixels[:, 0]},
        "between 0 and 1": {"images": validation.images},
        "finite": {"images": pixels * float("nan")},
        "no layer conv1": {"images": pixels, "model": nn.Linear(2, 2)},
        "needs a model": {"images": pixels, "validation": validation},
        "one whole number per image": {
            "images": pixels,
            "model": net,
            "validation": data.Split(validation.images, validation.labels[:5]),
        },
    }
    for named, arguments in cases.items():
        images = arguments.pop("images")
        with pytest.raises(ValueError, match=named) as error:
            KernelBench(images, **arguments)
        assert is_one_sentence(error)
