"""The checkers: right ways pass in any style, each mistake gets its own sentence."""

import itertools

import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial import checks

CHECKERS = {
    name: value
    for name, value in vars(checks).items()
    if isinstance(value, checks.Checker)
}
MISTAKES = [
    pytest.param(checker, sentence, id=f"{name}-{k}")
    for name, checker in CHECKERS.items()
    for k, sentence in enumerate(checker.mistakes)
]


# --- Right, in several styles


def conv2d_by_loops(images, kernel, bias, stride=1, padding=0):
    N, C, H, W = images.shape
    filters, _, size, _ = kernel.shape
    padded = torch.zeros(N, C, H + 2 * padding, W + 2 * padding)
    padded[:, :, padding : padding + H, padding : padding + W] = images
    rows = (H + 2 * padding - size) // stride + 1
    columns = (W + 2 * padding - size) // stride + 1
    result = torch.zeros(N, filters, rows, columns)
    for n, f, i, j in itertools.product(
        range(N), range(filters), range(rows), range(columns)
    ):
        top, left = i * stride, j * stride
        patch = padded[n, :, top : top + size, left : left + size]
        result[n, f, i, j] = (patch * kernel[f]).sum() + bias[f]
    return result


def conv2d_by_unfold(images, kernel, bias, stride=1, padding=0):
    size = kernel.shape[-1]
    patches = F.unfold(images.double(), size, padding=padding, stride=stride)
    maps = kernel.double().flatten(1) @ patches + bias[:, None]
    rows = (images.shape[2] + 2 * padding - size) // stride + 1
    return maps.view(len(images), len(kernel), rows, -1)


def cross_entropy_shifted(logits, labels):
    shifted = logits - logits.max(1, keepdim=True).values
    logs = shifted - shifted.exp().sum(1, keepdim=True).log()
    return -logs[range(len(labels)), labels].mean()


def cross_entropy_by_loop(logits, labels):
    losses = [
        float(row.logsumexp(0) - row[y]) for row, y in zip(logits, labels, strict=True)
    ]
    return sum(losses) / len(losses)


def average_backward_by_slices(grad_output, shape):
    result = torch.zeros(*grad_output.shape[:2], *shape)
    rows, columns = grad_output.shape[2:]
    for i, j in itertools.product(range(2), range(2)):
        result[:, :, i : 2 * rows : 2, j : 2 * columns : 2] = grad_output / 4
    return result


def average_backward_by_repeating(grad_output, shape):
    spread = grad_output.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4
    rows, columns = (n - m for n, m in zip(shape, spread.shape[2:], strict=True))
    return F.pad(spread, (0, columns, 0, rows))


def step_that_clears_last(net, images, labels, optimizer):
    loss = F.nll_loss(net(images).log_softmax(1), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def step_by_hand(net, images, labels, optimizer):
    net.zero_grad()
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter -= optimizer.param_groups[0]["lr"] * parameter.grad
    return loss.detach()


def top_k_by_sorting(logits, labels, k):
    hits = 0
    for row, label in zip(logits, labels, strict=True):
        hits += int(label) in row.argsort(descending=True)[:k].tolist()
    return hits / len(labels)


def top_k_by_rank(logits, labels, k):
    own = logits.gather(1, labels[:, None])
    return ((logits > own).sum(1) < k).float().mean()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("conv2d", conv2d_by_loops),
        ("conv2d", conv2d_by_unfold),
        (
            "denormalise",
            lambda x, m, s: ((x * s + m) * 255 + 0.5)[:, 0].to(torch.uint8),
        ),
        ("denormalise", lambda x, m, s: x.mul(s).add(m).mul(255).round().byte()[:, 0]),
        (
            "denormalise",  # the cases hold grey levels of a file, 0 to 255
            lambda x, m, s: ((x * s + m) * 255).round().clamp(0, 255).byte()[:, 0],
        ),
        ("cross_entropy", cross_entropy_shifted),
        ("cross_entropy", cross_entropy_by_loop),
        ("average_pool_backward", average_backward_by_slices),
        ("average_pool_backward", average_backward_by_repeating),
        ("training_step", step_that_clears_last),
        ("training_step", step_by_hand),
        ("top_k_accuracy", top_k_by_sorting),
        ("top_k_accuracy", top_k_by_rank),
    ],
)
def test_right_ways_pass_whatever_their_style(name, function):
    verdict = CHECKERS[name](function)
    assert verdict.right, verdict
    assert repr(verdict).startswith("Right: agrees with")


# --- Wrong


@pytest.mark.parametrize(("checker", "sentence"), MISTAKES)
def test_each_mistake_is_told_from_all_others(checker, sentence):
    verdict = checker(checker.mistakes[sentence])
    assert not verdict.right
    assert verdict.text == f"Not yet. {sentence}"
    assert repr(verdict).split() == verdict.text.split()
    assert max(map(len, repr(verdict).splitlines())) <= 80
    assert sentence.endswith(".")


def argmax_of_probabilities(logits, labels, k):
    """Not among the known mistakes."""
    return 0.5


def one_column_more(images, kernel, bias, stride, padding):
    return F.pad(F.conv2d(images, kernel, bias, stride, padding), (0, 1))


@pytest.mark.parametrize(
    ("name", "function", "said"),
    [
        (
            "conv2d",
            one_column_more,
            "should be (1, 1, 3, 4), and yours is (1, 1, 3, 5)",
        ),
        ("conv2d", lambda x, w, b, s, p: F.conv2d(x, w, -b, s, p), "at [0, 0, 0, 0] "),
        ("top_k_accuracy", argmax_of_probabilities, "and yours is 0.5."),
        (
            "denormalise",
            lambda x, m, s: (x[:, 0] * s + m).mul(255).round().int(),
            "the dtype should be torch.uint8, and yours is torch.int32.",
        ),
        ("training_step", lambda *given: 0.0, "the loss of step 1: "),
    ],
)
def test_an_unknown_mistake_is_shown_by_its_first_number(name, function, said):
    text = CHECKERS[name](function).text
    assert text.startswith("Not yet. With ")
    assert said in text


@pytest.mark.parametrize("name", CHECKERS)
def test_what_is_not_written_yet_is_not_called_wrong(name):
    text = CHECKERS[name](lambda *given: None).text
    assert text == "Nothing yet: your function returns None."


def test_a_function_that_stops_is_told_where_and_why():
    cell = "def own(z, y):\n    shifted = z\n    return shifted[:, y + 99]"
    namespace: dict = {}
    exec(compile(cell, "a cell", "exec"), namespace)
    text = checks.cross_entropy(namespace["own"]).text
    assert text.startswith(
        "With logits (2, 3), labels (2,), your function stops in line 3"
    )
    assert "IndexError: index" in text


def test_a_wrong_number_of_arguments_is_said():
    assert "positional argument" in checks.conv2d(lambda images: images).text


@pytest.mark.parametrize("answer", ["0.9", {"a": 1}, [torch.zeros(2), torch.zeros(3)]])
def test_what_is_no_tensor_is_said(answer):
    text = checks.top_k_accuracy(lambda *given: answer).text
    assert text == f"Your function returns a {type(answer).__name__}, not a tensor."


def test_a_function_that_changes_its_images_is_told_so_even_if_right():
    def in_place(images, mean, std):
        return images.mul_(std).add_(mean).mul_(255).round_().byte().squeeze(1)

    assert "changes what it is given" in checks.denormalise(in_place).text
    assert checks.denormalise(lambda x, m, s: in_place(x.clone(), m, s)).right


def test_an_interrupt_is_not_taken_for_a_mistake():
    def stopped(*given):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.conv2d(stopped)


def test_checking_leaves_the_numbers_that_chance_gives_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    for checker in CHECKERS.values():
        checker(checker.right)
    assert torch.rand(3).equal(expected)
