"""Right answers to the exercises, written in different ways."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

from mnist_tutorial import ops


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


STYLES = {
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
    "top_k_accuracy": [
        top_k_by_sorting,
        top_k_by_rank,
        top_k_by_numpy,
        top_k_by_masking,
        top_k_by_threshold,
    ],
    "unfair": [lead_by_loops, lead_by_max, lead_by_sums, lead_by_numpy],
    "adam_step": [adam_by_torch, adam_by_lerp, adam_one_by_one, adam_by_numpy],
}
