"""Right answers to the exercises, written in different ways."""

import copy
import itertools
import math

import numpy as np
import scipy.stats
import torch
import torch.nn.functional as F

from mnist_tutorial import interpret, metrics, ops


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


def conv2d_without_defaults(x, w, b, s, p):
    return F.conv2d(x, w, b, s, p)


def conv2d_by_numpy(images, kernel, bias, stride=1, padding=0):
    p = padding
    x = np.pad(images.numpy(), ((0, 0), (0, 0), (p, p), (p, p)))
    k = kernel.shape[-1]
    view = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))
    view = view[:, :, ::stride, ::stride]
    maps = np.einsum("nchwij,fcij->nfhw", view, kernel.numpy())
    return maps + bias.numpy()[None, :, None, None]


def conv2d_by_ours(images, kernel, bias, stride=1, padding=0):
    return ops.conv2d(images, kernel, bias, stride=stride, padding=padding)


def denormalise_by_half(images, mean, std):
    return ((images * std + mean) * 255 + 0.5)[:, 0].to(torch.uint8)


def denormalise_by_methods(images, mean, std):
    return images.mul(std).add(mean).mul(255).round().byte()[:, 0]


def denormalise_clamped(images, mean, std):
    return ((images * std + mean) * 255).round().clamp(0, 255).byte()[:, 0]


def denormalise_by_numpy(images, mean, std):
    levels = np.rint((images.numpy() * std + mean) * 255)
    return levels.astype(np.uint8).reshape(len(images), 28, 28)


def denormalise_image_by_image(images, mean, std):
    rows = [((i[0] * std + mean) * 255).round().to(torch.uint8) for i in images]
    return torch.stack(rows)


def writers_by_loop(writers, chance, share):
    return [bool(chance[w] < share) for w in writers.tolist()]


def writers_by_numbers(writers, chance, share):
    return chance[writers] < share


def writers_by_isin(writers, chance, share):
    return torch.isin(writers, (chance < share).nonzero().flatten())


def writers_by_take(writers, chance, share):
    return chance.lt(share).take(writers).numpy()


def head_by_flatten(maps, weight, bias):
    return F.linear(F.relu(maps).flatten(1), weight, bias)


def head_by_view(maps, weight, bias):
    return F.relu(maps).contiguous().view(len(maps), -1) @ weight.T + bias


def head_image_by_image(maps, weight, bias):
    return torch.stack([weight @ F.relu(m).flatten() + bias for m in maps])


def head_by_einsum(maps, weight, bias):
    kernel = weight.view(len(weight), *maps.shape[1:])
    return torch.einsum("nchw,kchw->nk", maps.clamp(min=0), kernel) + bias


def cross_entropy_shifted(logits, labels):
    shifted = logits - logits.max(1, keepdim=True).values
    logs = shifted - shifted.exp().sum(1, keepdim=True).log()
    return -logs[range(len(labels)), labels].mean()


def cross_entropy_by_loop(logits, labels):
    losses = [
        float(row.logsumexp(0) - row[y]) for row, y in zip(logits, labels, strict=True)
    ]
    return sum(losses) / len(losses)


def cross_entropy_by_gather(logits, labels):
    return -logits.log_softmax(-1).gather(1, labels.unsqueeze(1)).mean()


def cross_entropy_by_nll(logits, labels):
    return F.nll_loss(torch.log_softmax(logits, dim=1), labels)


def cross_entropy_one_hot(logits, labels):
    one_hot = F.one_hot(labels, logits.shape[1])
    own = (one_hot * logits).sum(1)
    return (torch.logsumexp(logits, 1) - own).sum() / len(labels)


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


def average_backward_by_kron(grad_output, shape):
    spread = torch.kron(grad_output, torch.full((1, 1, 2, 2), 0.25))
    result = grad_output.new_zeros(*grad_output.shape[:2], *shape)
    result[:, :, : spread.shape[2], : spread.shape[3]] = spread
    return result


def average_backward_by_autograd(grad_output, shape):
    images = torch.zeros(*grad_output.shape[:2], *shape, requires_grad=True)
    F.avg_pool2d(images, 2).backward(grad_output)
    return images.grad


def average_backward_by_transposed(grad_output, shape):
    C = grad_output.shape[1]
    quarter = torch.full((C, 1, 2, 2), 0.25)
    spread = F.conv_transpose2d(grad_output, quarter, stride=2, groups=C)
    rows, columns = (n - m for n, m in zip(shape, spread.shape[2:], strict=True))
    return F.pad(spread, (0, columns, 0, rows))


def image_gradient_by_autograd(grad_output, kernel):
    sizes = [g + k - 1 for g, k in zip(grad_output.shape, kernel.shape, strict=True)]
    image = torch.zeros(1, 1, *sizes, requires_grad=True)
    F.conv2d(image, kernel[None, None]).backward(grad_output[None, None])
    return image.grad[0, 0]


def image_gradient_by_transposed(grad_output, kernel):
    return F.conv_transpose2d(grad_output[None, None], kernel[None, None])[0, 0]


def image_gradient_by_places(grad_output, kernel):
    (h, w), (kH, kW) = grad_output.shape, kernel.shape
    result = grad_output.new_zeros(h + kH - 1, w + kW - 1)
    for m, n in itertools.product(range(kH), range(kW)):
        result[m : m + h, n : n + w] += kernel[m, n] * grad_output
    return result


def image_gradient_by_numpy(grad_output, kernel):
    (h, w), (kH, kW) = grad_output.shape, kernel.shape
    result = np.zeros((h + kH - 1, w + kW - 1))
    for i, j in itertools.product(range(h), range(w)):
        result[i : i + kH, j : j + kW] += grad_output[i, j].item() * kernel.numpy()
    return result


def step_that_clears_last(net, images, labels, optimizer):
    loss = F.nll_loss(net(images).log_softmax(1), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def step_in_order(net, images, labels, optimizer):
    loss = F.cross_entropy(net(images), labels)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return loss.detach()


def step_that_clears_the_net(net, images, labels, optimizer):
    net.train()
    net.zero_grad()
    logits = net(images)
    loss = torch.nn.CrossEntropyLoss()(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()


def step_by_closure(net, images, labels, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def step_by_own_loss(net, images, labels, optimizer):
    optimizer.zero_grad()
    logits = net(images)
    own = logits[range(len(labels)), labels]
    loss = (logits.logsumexp(1) - own).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_in_double(net, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images).double(), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def top_k_by_sorting(logits, labels, k):
    hits = 0
    for row, label in zip(logits, labels, strict=True):
        hits += int(label) in row.argsort(descending=True)[:k].tolist()
    return hits / len(labels)


def top_k_by_rank(logits, labels, k):
    own = logits.gather(1, labels[:, None])
    return ((logits > own).sum(1) < k).float().mean()


def top_k_by_numpy(logits, labels, k):
    best = np.argsort(-logits.numpy(), axis=1)[:, :k]
    return np.mean([label in row for label, row in zip(labels.numpy(), best)])  # noqa: B905


def top_k_by_masking(logits, labels, k):
    logits, found = logits.clone(), torch.zeros(len(labels), dtype=torch.bool)
    for _ in range(k):
        best = logits.argmax(1)
        found |= best == labels
        logits[range(len(labels)), best] = -torch.inf
    return found.double().mean()


def top_k_by_threshold(logits, labels, k):
    kth = logits.sort(1, descending=True).values[:, k - 1]
    own = logits[torch.arange(len(labels)), labels]
    return (own >= kth).double().mean().item()


def _differ(logits_a, logits_b, labels):
    right_a, right_b = logits_a.argmax(1) == labels, logits_b.argmax(1) == labels
    return int((right_a > right_b).sum()), int((right_a < right_b).sum())


def mcnemar_by_scipy(logits_a, logits_b, labels):
    a, b = _differ(logits_a, logits_b, labels)
    return scipy.stats.binomtest(a, a + b).pvalue


def mcnemar_by_distribution(logits_a, logits_b, labels):
    a, b = _differ(logits_a, logits_b, labels)
    return min(1.0, 2 * scipy.stats.binom.cdf(min(a, b), a + b, 0.5))


def mcnemar_by_all_splits(logits_a, logits_b, labels):
    a, b = _differ(logits_a, logits_b, labels)
    n = a + b
    as_uneven = [j for j in range(n + 1) if abs(2 * j - n) >= abs(a - b)]
    return sum(math.comb(n, j) for j in as_uneven) / 2**n


def mcnemar_by_loop(logits_a, logits_b, labels):
    a = b = 0
    for x, y, label in zip(logits_a, logits_b, labels, strict=True):
        one, other = int(x.argmax()) == int(label), int(y.argmax()) == int(label)
        a, b = a + (one and not other), b + (other and not one)
    p = sum(math.comb(a + b, j) * 0.5 ** (a + b) for j in range(min(a, b) + 1))
    return torch.tensor(min(1.0, 2 * p))


def ece_by_reliability(probs, labels, bins):
    rows = metrics.reliability(probs, labels, bins)
    gaps = (rows.confidence - rows.accuracy).abs().nan_to_num()
    return (gaps * rows.images).sum() / len(labels)


def ece_by_bincount(probs, labels, bins):
    confidence, preds = probs.max(1)
    right = preds == labels
    bin_of = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
    gap = torch.bincount(bin_of, confidence - right.float(), bins)
    return gap.abs().sum().item() / len(labels)


def ece_by_numpy(probs, labels, bins):
    sure, read = probs.numpy().max(1), probs.numpy().argmax(1)
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if inside.sum():
            share = (read == labels.numpy())[inside].mean()
            total += inside.mean() * abs(sure[inside].mean() - share)
    return total


def ece_by_lists(probs, labels, bins):
    found = {}
    for row, label in zip(probs.tolist(), labels.tolist(), strict=True):
        found.setdefault(math.ceil(max(row) * bins), []).append(
            max(row) - (row.index(max(row)) == label)
        )
    return sum(abs(sum(gaps)) for gaps in found.values()) / len(labels)


def recall_by_masks(logits, labels):
    preds = logits.argmax(1)
    kept = [preds[labels == c] == c for c in range(logits.shape[1])]
    return torch.stack([hits.double().mean() for hits in kept])


def recall_by_counting(logits, labels):
    hits = labels[logits.argmax(1) == labels]
    C = logits.shape[1]
    return torch.bincount(hits, minlength=C) / torch.bincount(labels, minlength=C)


def recall_by_columns(logits, labels):
    C = logits.shape[1]
    cell = logits.argmax(1) * C + labels
    matrix = torch.bincount(cell, minlength=C * C).reshape(C, C)
    return matrix.diag() / matrix.sum(0)


def recall_by_numpy(logits, labels):
    C = logits.shape[1]
    matrix = np.zeros((C, C))
    np.add.at(matrix, (labels.numpy(), logits.numpy().argmax(1)), 1)
    return np.diag(matrix) / matrix.sum(1)


def hook_in_a_dict(net, name, images):
    caught = {}
    hook = net.get_submodule(name).register_forward_hook(
        lambda layer, inputs, output: caught.update(given=output.detach().clone())
    )
    with torch.no_grad():
        net(images)
    hook.remove()
    return caught["given"]


def hook_that_removes_itself(net, name, images):
    kept = []

    def note(layer, inputs, output):
        kept.append(layer._get_name() and output + 0)
        hook.remove()

    hook = dict(net.named_modules())[name].register_forward_hook(note)
    net(images)
    return kept.pop()


def hook_at_the_call(net, name, images):
    layer, kept = getattr(net, name), []
    hook = layer.register_forward_pre_hook(lambda layer, inputs: kept.append(inputs[0]))
    try:
        net(images)
    finally:
        hook.remove()
    return layer(kept[0])


def hook_of_a_copy(net, name, images):
    net = copy.deepcopy(net)
    kept = []
    net.get_submodule(name).register_forward_hook(lambda *all: kept.append(all[2] * 1))
    net(images)
    return kept[0].detach().numpy()


def occlusion_by_ours(net, image, label, size):
    return interpret.occlusion(net, image, label, size)


def occlusion_by_masks(net, image, label, size):
    H, W = image.shape[1:]
    far = size // 2
    rows = (torch.arange(H)[:, None] - torch.arange(H)).abs() <= far  # (place, row)
    columns = (torch.arange(W)[:, None] - torch.arange(W)).abs() <= far
    patch = rows[:, None, :, None] & columns[None, :, None, :]  # (H, W, H, W)
    images = (image * ~patch.view(H * W, 1, H, W)).float()
    return (net(image[None]) - net(images))[:, label].view(H, W)


def occlusion_by_padding(net, image, label, size):
    p, (H, W) = size // 2, image.shape[1:]
    falls = []
    for i, j in itertools.product(range(H), range(W)):
        wide = F.pad(image, (p, p, p, p))
        wide[:, i : i + size, j : j + size] = 0
        covered = wide[:, p : p + H, p : p + W]
        falls.append(net(image[None])[0, label] - net(covered[None])[0, label])
    return torch.stack(falls).reshape(H, W)


@torch.no_grad()
def occlusion_by_numpy(net, image, label, size):
    result = np.zeros(image.shape[1:])
    for i, j in np.ndindex(result.shape):
        covered = image.numpy().copy()
        for a, b in np.ndindex(result.shape):
            if abs(a - i) <= size // 2 and abs(b - j) <= size // 2:
                covered[0, a, b] = 0
        both = net(torch.stack([image, torch.from_numpy(covered)]))[:, label]
        result[i, j] = both[0] - both[1]
    return result


def grad_cam_by_einsum(maps, gradient):
    return torch.einsum("c,chw->hw", gradient.mean((1, 2)), maps).clamp(min=0)


def grad_cam_by_loop(maps, gradient):
    cam = torch.zeros(maps.shape[1:])
    for channel, slopes in zip(maps, gradient, strict=True):
        cam += slopes.mean() * channel
    return torch.where(cam > 0, cam, 0)


def grad_cam_by_product(maps, gradient):
    weights = gradient.flatten(1).mean(1)
    return F.relu(weights @ maps.flatten(1)).view(maps.shape[1:])


def grad_cam_by_numpy(maps, gradient):
    weights = gradient.numpy().mean((1, 2))
    return np.maximum(0, np.tensordot(weights, maps.numpy(), 1))


def standardised_by_scaler(seen, new):
    return torch.stack([(c - s.mean()) / s.std() for c, s in zip(new.T, seen.T)]).T  # noqa: B905


def standardised_by_std_mean(seen, new):
    spread, centre = torch.std_mean(seen, 0)
    return (new - centre) / spread


def standardised_by_numpy(seen, new):
    seen = seen.double().numpy()
    return (new.numpy() - seen.mean(0)) / seen.std(0, ddof=1)


def standardised_by_multiplying(seen, new):
    return (new - seen.mean(0, keepdim=True)) * seen.var(0).rsqrt()


def nearest_mean_by_cdist(images, means):
    return torch.cdist(images.flatten(1), means.flatten(1)).argmin(1)


def nearest_mean_by_loops(images, means):
    nearest = []
    for image in images:
        distances = [float(((image - mean) ** 2).sum()) for mean in means]
        nearest.append(distances.index(min(distances)))
    return torch.tensor(nearest)


def nearest_mean_by_products(images, means):
    x, m = images.flatten(1).double(), means.flatten(1).double()
    return (2 * x @ m.T - (m * m).sum(1)).argmax(1)


def nearest_mean_by_numpy(images, means):
    gaps = images.numpy()[:, None] - means.numpy()[None]
    return (gaps**2).sum((2, 3)).argmin(1)


def _two_means(images, labels, size):
    return [images[:size][labels[:size] == c].mean(0) for c in range(2)]


def score_by_splitting(images, labels, size):
    means = torch.stack(_two_means(images, labels, size)).flatten(1)
    preds = torch.cdist(images[size:].flatten(1), means).argmin(1)
    return (preds == labels[size:]).double().mean()


def score_by_counting(images, labels, size):
    zero, one = _two_means(images, labels, size)
    hits = 0
    for image, label in zip(images[size:], labels[size:], strict=True):
        nearer = ((image - one) ** 2).sum() < ((image - zero) ** 2).sum()
        hits += int(nearer) == int(label)
    return hits / (len(images) - size)


def score_by_mask(images, labels, size):
    means = torch.stack(_two_means(images, labels, size)).flatten(1)
    preds = torch.cdist(images.flatten(1), means).argmin(1)
    others = torch.arange(len(labels)) >= size
    return ((preds == labels) & others).sum() / others.sum()


def score_by_negative_slice(images, labels, size):
    others = len(labels) - size
    means = torch.stack(_two_means(images, labels, size))
    distances = (images[-others:, None] - means).square().sum((2, 3))
    return (distances.argmin(1) == labels[-others:]).float().mean().item()


def costs_by_lists(confidence, right, price):
    readings = list(zip(confidence.tolist(), right.tolist(), strict=True))
    return torch.tensor(
        [
            sum((0 if r else price) if c >= t else 1 for c, r in readings)
            for t, _ in readings
        ]
    )


def costs_by_a_table(confidence, right, price):
    keep = confidence >= confidence[:, None]  # (thresholds, readings)
    return price * (keep & ~right).sum(1) + (~keep).sum(1)


def costs_by_numpy(confidence, right, price):
    confidence, wrong = confidence.numpy(), ~right.numpy()
    order = np.argsort(confidence)
    costs = np.empty(len(order))
    for k, place in enumerate(order):
        costs[place] = price * wrong[order[k:]].sum() + k
    return costs


def costs_by_where(confidence, right, price):
    alone = torch.where(right, 0.0, price)
    rows = [torch.where(confidence >= t, alone, 1.0).sum() for t in confidence]
    return torch.stack(rows)


def pgd_by_parameter(weight, images, labels, epsilon, steps):
    change = torch.zeros_like(images, requires_grad=True)
    for _ in range(steps):
        loss = F.cross_entropy((images + change) @ weight.T, labels)
        (slope,) = torch.autograd.grad(loss, change)
        with torch.no_grad():
            change += epsilon / 4 * slope.sign()
            change.clamp_(-epsilon, epsilon)
            change.copy_((images + change).clamp(0, 1) - images)
    return (images + change).detach()


def pgd_by_hand(weight, images, labels, epsilon, steps):
    moved = images.clone()
    for _ in range(steps):
        slope = (
            (moved @ weight.T).softmax(1) - torch.eye(len(weight))[labels]
        ) @ weight
        moved = moved + epsilon / 4 * slope.sign()
        moved = moved.maximum(images - epsilon).minimum(images + epsilon).clamp(0, 1)
    return moved


def pgd_image_by_image(weight, images, labels, epsilon, steps):
    rows = []
    for image, label in zip(images, labels, strict=True):
        moved = image.clone()
        for _ in range(steps):
            pixels = moved.detach().requires_grad_()
            F.cross_entropy(weight @ pixels, label).backward()
            moved = pixels.detach() + epsilon / 4 * pixels.grad.sign()
            moved = (image + (moved - image).clamp(-epsilon, epsilon)).clamp(0, 1)
        rows.append(moved)
    return torch.stack(rows)


def pgd_with_one_clamp(weight, images, labels, epsilon, steps):
    low, high = (images - epsilon).clamp(min=0), (images + epsilon).clamp(max=1)
    moved = images
    for _ in range(steps):
        moved = moved.detach().requires_grad_()
        F.nll_loss((moved @ weight.T).log_softmax(1), labels).backward()
        moved = torch.clamp(moved + epsilon / 4 * torch.sign(moved.grad), low, high)
    return moved.detach()


def file_by_scaling_the_constants(pixels, weight, bias, mean, std):
    return (pixels.float() - 255 * mean) / (255 * std) @ weight.T + bias


def file_by_linear(pixels, weight, bias, mean, std):
    return F.linear((pixels / 255 - mean) / std, weight, bias)


def file_row_by_row(pixels, weight, bias, mean, std):
    rows = [weight @ ((row / 255.0 - mean) / std) + bias for row in pixels]
    return torch.stack(rows)


def file_by_folding(pixels, weight, bias, mean, std):
    """The normalisation, worked into the weights."""
    return pixels @ (weight / (255 * std)).T + bias - mean / std * weight.sum(1)


def _as_it_was(net):
    """The mode of each layer, to be put back."""
    modes = [(layer, layer.training) for layer in net.modules()]
    return lambda: [setattr(layer, "training", mode) for layer, mode in modes]


def mean_loss_that_puts_back(net, images, labels):
    before = net.training
    net.eval()
    loss = F.cross_entropy(net(images), labels).item()
    net.train(before)
    return loss


def mean_loss_layer_by_layer(net, images, labels):
    put_back = _as_it_was(net)
    net.train(False)
    loss = F.nll_loss(net(images).log_softmax(1), labels).detach()
    put_back()
    return loss


def mean_loss_of_a_copy(net, images, labels):
    return F.cross_entropy(copy.deepcopy(net).eval()(images), labels).item()


def mean_loss_by_numpy(net, images, labels):
    before = net.training
    logits = net.eval()(images).detach().double().numpy()
    net.train(before)
    largest = logits.max(1, keepdims=True)
    logs = logits - largest - np.log(np.exp(logits - largest).sum(1, keepdims=True))
    return -logs[np.arange(len(labels)), labels.numpy()].mean()


def lead_by_loops(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    reached = []
    for choosing, reporting in (
        (adam_choosing, adam_reporting),
        (sgd_choosing, sgd_reporting),
    ):
        means = [sum(row) / len(row) for row in choosing.tolist()]
        row = reporting.tolist()[means.index(max(means))]
        reached.append(sum(row) / len(row))
    return reached[0] - reached[1]


def lead_by_max(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    adam = adam_reporting[adam_choosing.mean(1).max(0).indices].mean()
    return adam - sgd_reporting[sgd_choosing.mean(1).max(0).indices].mean()


def lead_by_sums(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    adam = adam_reporting.mean(1)[adam_choosing.sum(1).argmax()]
    return adam - sgd_reporting.mean(1)[sgd_choosing.sum(1).argmax()]


def lead_by_numpy(adam_choosing, adam_reporting, sgd_choosing, sgd_reporting):
    tables = (adam_choosing, adam_reporting, sgd_choosing, sgd_reporting)
    a, b, c, d = (table.numpy() for table in tables)
    return b[a.mean(1).argmax()].mean() - d[c.mean(1).argmax()].mean()


def adam_by_torch(w, g, m, s, t, lr, decay):
    weight = torch.nn.Parameter(w.clone())
    weight.grad = g.clone()
    optimizer = torch.optim.AdamW([weight], lr=lr, weight_decay=decay)
    optimizer.state[weight] = {
        "step": torch.tensor(float(t - 1)),
        "exp_avg": m.clone(),
        "exp_avg_sq": s.clone(),
    }
    optimizer.step()
    state = optimizer.state[weight]
    return torch.stack([weight.detach(), state["exp_avg"], state["exp_avg_sq"]])


def adam_by_lerp(w, g, m, s, t, lr, decay):
    m, s = m.lerp(g, 0.1), s.lerp(g.square(), 0.001)
    w = w * (1 - lr * decay)
    size = (s / (1 - 0.999**t)).sqrt() + 1e-8
    return torch.stack([w - lr / (1 - 0.9**t) * m / size, m, s])


def adam_one_by_one(w, g, m, s, t, lr, decay):
    rows = []
    for a, b, c, d in zip(*(x.flatten().tolist() for x in (w, g, m, s)), strict=True):
        c, d = 0.9 * c + 0.1 * b, 0.999 * d + 0.001 * b * b
        size = (d / (1 - 0.999**t)) ** 0.5 + 1e-8
        rows.append([a - lr * c / (1 - 0.9**t) / size - lr * decay * a, c, d])
    return torch.tensor(rows).T.reshape(3, *w.shape)


def adam_by_numpy(w, g, m, s, t, lr, decay):
    w, g, m, s = (x.double().numpy() for x in (w, g, m, s))
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
    size = np.sqrt(s / (1 - 0.999**t)) + 1e-8
    return np.stack([w - lr * (m / (1 - 0.9**t) / size + decay * w), m, s])


def faster_by_sorting(begun, returned, done):
    middles = []
    for a, b in zip(begun.tolist(), done.tolist(), strict=True):
        seconds = sorted(y - x for x, y in zip(a[1:], b[1:], strict=True))
        middles.append(seconds[len(seconds) // 2])
    return middles[0] / middles[1]


def faster_by_rows(begun, returned, done):
    old, new = (done - begun)[:, 1:].median(1).values
    return old / new


def faster_by_numpy(begun, returned, done):
    seconds = np.diff(np.stack([begun, done]), axis=0)[0, :, 1:]
    old, new = np.median(seconds, axis=1)
    return old / new


def faster_by_parts(begun, returned, done):
    seconds = (returned - begun) + (done - returned)
    return seconds[0, 1:].quantile(0.5) / seconds[1, 1:].quantile(0.5)


def residual_by_layers(x, kernel1, kernel2, gain):
    layers = []
    for kernel in (kernel1, kernel2):
        conv = torch.nn.Conv2d(*kernel.shape[1::-1], 3, padding=1, bias=False)
        conv.weight = torch.nn.Parameter(kernel.clone())
        layers += [conv, torch.nn.ReLU()]
    with torch.no_grad():
        change = torch.nn.Sequential(*layers[:-1])(x)
    return torch.relu(x + gain * change)


def residual_by_windows(x, kernel1, kernel2, gain):
    def convolve(images, kernel):
        N, _, H, W = images.shape
        columns = F.unfold(images, 3, padding=1)
        return (kernel.flatten(1) @ columns).reshape(N, -1, H, W)

    return (x + gain * convolve(convolve(x, kernel1).clamp(0), kernel2)).clamp(0)


def residual_by_loops(x, kernel1, kernel2, gain):
    zeros = torch.zeros(len(kernel1))
    first = conv2d_by_loops(x, kernel1, zeros, padding=1)
    second = conv2d_by_loops(first * (first > 0), kernel2, zeros, padding=1)
    total = second * gain + x
    return torch.where(total > 0, total, torch.zeros_like(total))


def residual_by_gained_kernel(x, kernel1, kernel2, gain):
    hidden = F.conv2d(F.pad(x, (1, 1, 1, 1)), kernel1).relu()
    result = F.conv2d(F.pad(hidden, (1, 1, 1, 1)), gain * kernel2)
    result += x
    return result.relu()


def folds_by_unique(groups, folds):
    names, number, sizes = groups.unique(return_inverse=True, return_counts=True)
    first = torch.stack([(number == k).nonzero()[0, 0] for k in range(len(names))])
    held, fold_of = torch.zeros(folds), torch.zeros(len(names), dtype=torch.int64)
    for k in first.argsort():
        fold_of[k] = held.argmin()
        held[held.argmin()] += sizes[k]
    return fold_of[number]


def folds_image_by_image(groups, folds):
    known, sizes = {}, [0] * folds
    members = groups.tolist()
    for g in members:
        if g not in known:
            known[g] = min(range(folds), key=lambda fold: sizes[fold])
            sizes[known[g]] += members.count(g)
    return [known[g] for g in members]


def folds_by_numpy(groups, folds):
    groups = groups.numpy()
    names, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    held, result = np.zeros(folds), np.zeros(len(groups), int)
    for k in np.argsort(first):
        fold = int(np.argmin(held))
        result[groups == names[k]] = fold
        held[fold] += sizes[k]
    return result


def folds_with_bincount(groups, folds):
    result = torch.full_like(groups, -1)
    while (result < 0).any():
        sizes = torch.bincount(result[result >= 0], minlength=folds)
        g = groups[result < 0][0]
        result[groups == g] = sizes.argmin()
    return result


def stranger_by_where(distances, labels, groups):
    far = torch.where(groups[:, None] == groups[None], torch.inf, distances)
    return labels[far.argmin(dim=1)]


def stranger_by_loop(distances, labels, groups):
    answers = []
    for row, group in zip(distances, groups, strict=True):
        others = (groups != group).nonzero()[:, 0]
        answers.append(labels[others[row[others].argmin()]])
    return torch.stack(answers)


def stranger_by_sorting(distances, labels, groups):
    order = distances.argsort(1)
    stranger = groups[order] != groups[:, None]
    first = stranger.double().argmax(1)
    return labels[order.gather(1, first[:, None])[:, 0]]


def stranger_by_numpy(distances, labels, groups):
    far = distances.numpy().copy()
    far[groups.numpy()[:, None] == groups.numpy()] = 1e9
    return labels.numpy()[far.argmin(1)]


STYLES = {
    "threshold": [costs_by_lists, costs_by_a_table, costs_by_numpy, costs_by_where],
    "pgd": [pgd_by_parameter, pgd_by_hand, pgd_image_by_image, pgd_with_one_clamp],
    "exported": [
        file_by_scaling_the_constants,
        file_by_linear,
        file_row_by_row,
        file_by_folding,
    ],
    "left_mode": [
        mean_loss_that_puts_back,
        mean_loss_layer_by_layer,
        mean_loss_of_a_copy,
        mean_loss_by_numpy,
    ],
    "nearest_mean": [
        nearest_mean_by_cdist,
        nearest_mean_by_loops,
        nearest_mean_by_products,
        nearest_mean_by_numpy,
    ],
    "leak": [
        score_by_splitting,
        score_by_counting,
        score_by_mask,
        score_by_negative_slice,
    ],
    "conv2d": [
        conv2d_by_loops,
        conv2d_by_unfold,
        conv2d_without_defaults,
        conv2d_by_numpy,
        conv2d_by_ours,
        F.conv2d,
    ],
    "denormalise": [
        denormalise_by_half,
        denormalise_by_methods,
        denormalise_clamped,
        denormalise_by_numpy,
        denormalise_image_by_image,
    ],
    "writers": [
        writers_by_loop,
        writers_by_numbers,
        writers_by_isin,
        writers_by_take,
    ],
    "left_edge": [
        lambda: [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
        lambda: np.array([[0, 0, 0], [-0.3, 0, 0.1 + 0.2], [0, 0, 0]]),
        lambda: torch.outer(torch.tensor([3, 10, 3]), torch.tensor([-1, 0, 1])),
        lambda: torch.tensor([[-0.5, 0.0, 0.5]]).repeat(3, 1),
    ],
    "biased": [
        lambda x, w, b: F.relu(F.conv2d(x, w) + b[:, None, None]),
        lambda x, w, b: F.relu(F.conv2d(x, w, b)),
        lambda x, w, b: F.conv2d(x, w).add(b.view(1, -1, 1, 1)).clamp(min=0),
        lambda x, w, b: ops.relu(ops.conv2d(x, w, b)),
    ],
    "head": [head_by_flatten, head_by_view, head_image_by_image, head_by_einsum],
    "cross_entropy": [
        cross_entropy_shifted,
        cross_entropy_by_loop,
        cross_entropy_by_gather,
        cross_entropy_by_nll,
        cross_entropy_one_hot,
    ],
    "average_pool_backward": [
        average_backward_by_slices,
        average_backward_by_repeating,
        average_backward_by_kron,
        average_backward_by_autograd,
        average_backward_by_transposed,
    ],
    "unflipped": [
        image_gradient_by_autograd,
        image_gradient_by_transposed,
        image_gradient_by_places,
        image_gradient_by_numpy,
    ],
    "training_step": [
        step_that_clears_last,
        step_in_order,
        step_that_clears_the_net,
        step_by_closure,
        step_by_own_loss,
        step_in_double,
    ],
    "grouped_folds": [
        folds_by_unique,
        folds_image_by_image,
        folds_by_numpy,
        folds_with_bincount,
    ],
    "nearest_label": [
        stranger_by_where,
        stranger_by_loop,
        stranger_by_sorting,
        stranger_by_numpy,
    ],
    "mcnemar": [
        mcnemar_by_scipy,
        mcnemar_by_distribution,
        mcnemar_by_all_splits,
        mcnemar_by_loop,
    ],
    "ece": [
        ece_by_reliability,
        ece_by_bincount,
        ece_by_numpy,
        ece_by_lists,
    ],
    "hook": [
        hook_in_a_dict,
        hook_that_removes_itself,
        hook_at_the_call,
        hook_of_a_copy,
    ],
    "occlusion": [
        occlusion_by_ours,
        occlusion_by_masks,
        occlusion_by_padding,
        occlusion_by_numpy,
    ],
    "recall": [
        recall_by_masks,
        recall_by_counting,
        recall_by_columns,
        recall_by_numpy,
    ],
    "grad_cam": [
        grad_cam_by_einsum,
        grad_cam_by_loop,
        grad_cam_by_product,
        grad_cam_by_numpy,
    ],
    "standardise": [
        standardised_by_scaler,
        standardised_by_std_mean,
        standardised_by_numpy,
        standardised_by_multiplying,
    ],
    "top_k_accuracy": [
        top_k_by_sorting,
        top_k_by_rank,
        top_k_by_numpy,
        top_k_by_masking,
        top_k_by_threshold,
    ],
    "unfair": [lead_by_loops, lead_by_max, lead_by_sums, lead_by_numpy],
    "adam_step": [adam_by_torch, adam_by_lerp, adam_one_by_one, adam_by_numpy],
    "faster": [faster_by_sorting, faster_by_rows, faster_by_numpy, faster_by_parts],
    "residual": [
        residual_by_layers,
        residual_by_windows,
        residual_by_loops,
        residual_by_gained_kernel,
    ],
}
