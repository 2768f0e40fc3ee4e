"""Wrong answers to the exercises, written without the switches of their references.

Each stands with the keys of the mistakes that it has.
"""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F

LOOPS = """
def my_conv2d(images, kernel, bias, stride=1, padding=0):
    N, C, H, W = images.shape
    filters, _, k, _ = kernel.shape
    p = padding
    x = torch.zeros(N, C, H + 2 * p, W + 2 * p)
    x[:, :, p : p + H, p : p + W] = images
    rows = (H + 2 * p - k) // stride + 1
    columns = (W + 2 * p - k) // stride + 1
    out = torch.zeros(N, filters, rows, columns)
    for n in range(N):
        for f in range(filters):
            for i in range(rows):
                for j in range(columns):
                    s = 0.0
                    for c in range(C):
                        for a in range(k):
                            for b in range(k):
                                pixel = x[n, c, i * stride + a, j * stride + b]
                                s += pixel * kernel[f, c, a, b]
                    out[n, f, i, j] = s + bias[f]
    return out
"""
TURNED = ("kernel[f, c, a, b]", "kernel[f, c, k - 1 - a, k - 1 - b]")
SWAPPED = ("kernel[f, c, a, b]", "kernel[f, c, b, a]")
NO_BIAS = ("s + bias[f]", "s")
NEIGHBOURS = ("i * stride + a, j * stride + b", "i + a, j + b")
SHORT = ("// stride + 1", "// stride")
AGAIN = "for c in range(C):\n                        s = 0.0"


def changed(source: str, name: str, changes: Sequence[tuple[str, str]]) -> Callable:
    """A function by its source, with some of the text replaced."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    namespace: dict = {"torch": torch}
    exec(source, namespace)
    return namespace[name]


def loops(*changes: tuple[str, str]) -> Callable:
    """The convolution by loops, with some of its text replaced."""
    return changed(LOOPS, "my_conv2d", changes)


def own(logs, labels):
    """Of each row, the entry of its label."""
    return logs[range(len(labels)), labels]


def spread(grad, shape, share=0.25, mode="constant"):
    edges = (0, shape[1] % 2, 0, shape[0] % 2)
    return F.pad(F.interpolate(grad, scale_factor=2) * share, edges, mode=mode)


def full(grad, kernel, change=lambda k: k, zeros=True):
    """A correlation by loops, as it is written by hand."""
    kernel = change(kernel)
    kH, kW = kernel.shape
    if zeros:
        wide = torch.zeros(grad.shape[0] + 2 * kH - 2, grad.shape[1] + 2 * kW - 2)
        wide[kH - 1 : kH - 1 + grad.shape[0], kW - 1 : kW - 1 + grad.shape[1]] = grad
        grad = wide
    rows, columns = grad.shape[0] - kH + 1, grad.shape[1] - kW + 1
    result = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            result[i, j] = (grad[i : i + kH, j : j + kW] * kernel).sum()
    return result


def half_turn(array):
    return torch.rot90(array, 2)


def hits(logits, labels, k):
    return logits.topk(k).indices == labels[:, None]


def best_by_masking(mask) -> Callable:
    """Whether the label is among k winners, each masked before the next is sought."""

    def my_top_k(logits, labels, k):
        logits, rows = logits.clone(), range(len(logits))
        found = torch.zeros(len(logits), dtype=torch.bool)
        for _ in range(k):
            best = logits.argmax(1)
            found |= best == labels
            logits[rows, best] = mask
        return found.double().mean()

    return my_top_k


def coins(how, sort="differ") -> Callable:
    """A p-value from the two counts of a sort of images."""

    def my_mcnemar(logits_a, logits_b, labels):
        a, b = logits_a.argmax(1) == labels, logits_b.argmax(1) == labels
        one = {"differ": a > b, "agree": a & b, "errors": ~a}[sort].sum().item()
        other = {"differ": a < b, "agree": ~(a | b), "errors": ~b}[sort].sum().item()
        return how(one + other, min(one, other))

    return my_mcnemar


def tails(n, k):
    return sum(math.comb(n, j) for j in range(k + 1)) / 2 ** (n - 1)


def recall_of(over=None, share=lambda hits, totals: hits / totals) -> Callable:
    """For each class: its hits, and the images over which they are shared."""

    def my_recall(logits, labels):
        preds, found = logits.argmax(1), []
        for c in range(logits.shape[1]):
            total = (labels == c).sum() if over is None else over(preds, labels, c)
            found.append(share(((preds == c) & (labels == c)).sum(), total))
        return torch.stack(found)

    return my_recall


def scaled(new, by):
    return (new - by.mean(0)) / by.std(0)


def cam(last=torch.relu, inner=lambda part: part) -> Callable:
    """Maps that are weighted channel by channel, added, and cut off."""

    def my_grad_cam(maps, gradient):
        pairs = zip(maps, gradient, strict=True)
        return last(sum(inner(slopes.mean() * channel) for channel, slopes in pairs))

    return my_grad_cam


ERROR = """
def my_ece(probs, labels, bins):
    rows = list(zip(probs.double(), labels, strict=True))
    edges = [k / bins for k in range(bins + 1)]
    gaps, counts = [], []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = [(row, label) for row, label in rows if low < sure(row) <= high]
        if inside:
            mean = sum(sure(row) for row, _ in inside) / len(inside)
            hits = sum(row.argmax() == label for row, label in inside) / len(inside)
            gaps.append(abs(mean - hits))
            counts.append(len(inside))
    return sum(g * n for g, n in zip(gaps, counts)) / len(rows)


def sure(row):
    return row.max()
"""
LAST = "sum(g * n for g, n in zip(gaps, counts)) / len(rows)"
SQUARE_ROOT = ("/ len(rows)", "/ len(rows)) ** 0.5"), ("return sum", "return (sum")


def ece(*changes: tuple[str, str]) -> Callable:
    """The calibration error by lists, with some of its text replaced."""
    return changed(ERROR, "my_ece", changes)


def ece_of_the_label(probs, labels, bins):
    sure = probs.gather(1, labels[:, None])[:, 0].double()
    hits = (probs.argmax(1) == labels).double()
    place = ((sure * bins).ceil().long() - 1).clamp(min=0)
    return torch.bincount(place, sure - hits, bins).abs().sum() / len(labels)


CAUGHT = """
def my_hook(net, name, images):
    kept = []
    layer = dict(net.named_modules())[name]

    def note(layer, inputs, output):
        kept.append(output.detach().clone())

    handle = layer.register_forward_hook(note)
    logits = net(images)
    handle.remove()
    return kept[-1]
"""


def hook(*changes: tuple[str, str]) -> Callable:
    """What a layer gives, by a list, with some of its text replaced."""
    return changed(CAUGHT, "my_hook", changes)


COVERED = """
@torch.no_grad()
def my_occlusion(net, image, label, size):
    H, W = image.shape[1:]
    r = size // 2
    map = []
    covered = image.clone()
    for i in range(H):
        for j in range(W):
            covered = image.clone()
            for a in range(H):
                for b in range(W):
                    if abs(a - i) <= r and abs(b - j) <= r:
                        covered[0, a, b] = 0
            map.append(score(net, image, label) - score(net, covered, label))
    return torch.stack(map).view(H, W)


def score(net, image, label):
    return net(image[None])[0][label]
"""
FALL = "score(net, image, label) - score(net, covered, label)"


def occluded(*changes: tuple[str, str]) -> Callable:
    """The fall under a square by loops, with some of its text replaced."""
    return changed(COVERED, "my_occlusion", changes)


def reading(net, image, label, size):
    """The right map, of the class that is read."""
    return occluded()(net, image, net(image[None]).argmax(), size)


def step(order="zero loss backward step", returned="item", **how) -> Callable:
    """A step of training that does what `order` says."""

    def my_step(net, images, labels, optimizer):
        if how.get("asks"):
            net.eval()
        if how.get("own"):
            lr = optimizer.param_groups[0]["lr"]
            optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for word in order.split():
            if word == "zero":
                optimizer.zero_grad()
            elif word == "loss":
                logits = net(images).softmax(1) if how.get("softmax") else net(images)
                reduction = "sum" if how.get("sum") else "mean"
                loss = F.cross_entropy(logits, labels, reduction=reduction)
            elif word == "backward":
                loss.backward()
            else:
                optimizer.step()
        after = F.cross_entropy(net(images), labels) if returned == "after" else loss
        return {"graph": loss, "nothing": None}.get(returned, after.item())

    return my_step


def step_by_hand(net, images, labels, optimizer):
    net.zero_grad()
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter -= optimizer.param_groups[0]["lr"] * parameter.grad
    return loss.item()


def nearest(distance=lambda gap: (gap * gap).sum(), pick=min) -> Callable:
    """The nearest mean by loops."""

    def my_nearest_mean(images, means):
        rows = [[distance(image - mean).item() for mean in means] for image in images]
        return torch.tensor([row.index(pick(row)) for row in rows])

    return my_nearest_mean


def by_columns(images, means):
    """Of each mean, the image that is nearest."""
    return torch.cdist(images.flatten(1), means.flatten(1)).argmin(dim=0)


def exam(learn=lambda n, size: range(size), ask=None, labelled=None, share=None):
    """A score of two means, by lists of the images that are learned from and asked."""

    def score(images, labels, size):
        n = len(labels)
        own, asked = list(learn(n, size)), list(ask(n, size))
        means = [
            torch.stack([images[k] for k in own if labels[k] == c]).mean(0)
            for c in range(2)
        ]
        hits = 0
        for place, k in enumerate(asked):
            gaps = [(images[k] - mean).square().sum() for mean in means]
            label = labels[labelled(n, size)[place]] if labelled else labels[k]
            hits += int(gaps[1] < gaps[0]) == int(label)
        return hits / (share(n, size) if share else len(asked))

    return score


def others(n, size):
    return range(size, n)


def bill(charge=None, order=list) -> Callable:
    """What thresholds cost, by lists; `charge` says what one reading costs."""
    charge = charge or (lambda c, r, t, price: 1 if c < t else price * (not r))

    def my_costs(confidence, right, price):
        readings = list(zip(confidence.tolist(), right.tolist(), strict=True))
        return torch.tensor(
            [
                float(sum(charge(c, r, t, price) for c, r in readings))
                for t, _ in order(readings)
            ]
        )

    return my_costs


def bill_of_shares(confidence, right, price):
    costs = []
    for t in confidence:
        kept = right[confidence >= t]
        costs.append(price * (1 - kept.double().mean()) + len(right) - len(kept))
    return torch.stack(costs)


def attack(step=torch.sign, way=1, at=None, bound=None, grey=(0, 1), turns=None):
    """Projected gradient descent with autograd, and what is done otherwise."""

    def my_pgd(weight, images, labels, epsilon, steps):
        bounded = bound or (lambda new, old, x, e: x + (new - x).clamp(-e, e))
        moved = images
        for _ in range(turns or steps):
            pixels = (at or (lambda new, x: new))(moved, images).clone()
            loss = F.cross_entropy(
                pixels.requires_grad_() @ weight.T, labels, reduction="sum"
            )
            (slope,) = torch.autograd.grad(loss, pixels)
            new = moved + way * epsilon / 4 * step(slope)
            moved = bounded(new, moved, images, epsilon)
            moved = moved.clamp(*grey) if grey else moved
        return moved

    return my_pgd


def against_its_readings(weight, images, labels, epsilon, steps):
    return attack()(weight, images, (images @ weight.T).argmax(1), epsilon, steps)


def from_file(change) -> Callable:
    """The logits of pixels that `change` makes of them."""

    def file_logits(pixels, weight, bias, mean, std):
        return F.linear(change(pixels, mean, std), weight, bias)

    return file_logits


def asked(ask=False, leave=lambda before: before, of=F.cross_entropy) -> Callable:
    """What a network says in a mode, and the mode in which it is left."""

    def mean_loss(net, images, labels):
        before = net.training
        net.train(before if ask is None else ask)
        loss = of(net(images), labels)
        net.train(leave(before))
        return loss if loss.requires_grad and of is graph else loss.item()

    return mean_loss


def graph(logits, labels):
    return F.cross_entropy(logits, labels)


def share_right(logits, labels):
    return (logits.argmax(1) == labels).float().mean()


def lead(
    adam_rate="ac.mean(1)", sgd_rate="sc.mean(1)", adam="mean", sgd="mean", sign=""
) -> Callable:
    """Adam's lead, with other ways to choose and to report."""
    a, b = f"ar[({adam_rate}).argmax()]", f"sr[({sgd_rate}).argmax()]"
    return eval(f"lambda ac, ar, sc, sr: {sign}({a}.{adam}() - {b}.{sgd}())")


ADAM = """
def my_adam_step(w, g, m, s, t, lr, decay):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    mean = m / (1 - 0.9**t)
    square = s / (1 - 0.999**t)
    w = w - lr * mean / (square.sqrt() + 1e-8) - lr * decay * w
    return torch.stack([w, m, s])
"""


def adam(*changes: tuple[str, str]) -> Callable:
    """Adam's step, with some of its text replaced."""
    return changed(ADAM, "my_adam_step", changes)


FASTER = """
def times_faster(begun, returned, done):
    old = sorted((done - begun)[0].tolist()[1:])
    new = sorted((done - begun)[1].tolist()[1:])
    return old[(len(old) - 1) // 2] / new[(len(new) - 1) // 2]
"""


def faster(*changes: tuple[str, str]) -> Callable:
    """The quotient of two medians, with some of its text replaced."""
    return changed(FASTER, "times_faster", changes)


RESIDUAL = """
def my_residual(x, kernel1, kernel2, gain):
    def convolve(images, kernel):
        N, _, H, W = images.shape
        columns = torch.nn.functional.unfold(images, 3, padding=1)
        return (kernel.flatten(1) @ columns).reshape(N, -1, H, W)

    hidden = convolve(x, kernel1).clamp(0)
    change = gain * convolve(hidden, kernel2)
    return (x + change).clamp(0)
"""


def residual(*changes: tuple[str, str]) -> Callable:
    """A residual block, with some of its text replaced."""
    return changed(RESIDUAL, "my_residual", changes)


FOLDS = """
def my_grouped_folds(groups, folds):
    members = groups.tolist()
    names = list(dict.fromkeys(members))
    known, sizes = {}, [0] * folds
    for turn, g in enumerate(names):
        fold = sizes.index(min(sizes))
        known[g] = fold
        sizes[fold] += members.count(g)
    return torch.tensor([known[g] for g in members])
"""


def dealt(*changes: tuple[str, str]) -> Callable:
    """Groups dealt to folds, with some of the text replaced."""
    return changed(FOLDS, "my_grouped_folds", changes)


def folds_of_runs(groups, folds):
    found, sizes = [], [0] * folds
    for k, g in enumerate(groups):
        if k == 0 or g != groups[k - 1]:
            run = 1
            while k + run < len(groups) and groups[k + run] == g:
                run += 1
            fold = sizes.index(min(sizes))
            sizes[fold] += run
        found.append(fold)
    return found


STRANGERS = """
def nearest_label(distances, labels, groups):
    answers = []
    for i, row in enumerate(distances.tolist()):
        others = [j for j in range(len(row)) if groups[j] != groups[i]]
        found = min(others, key=lambda j: row[j])
        answers.append(labels[found])
    return torch.stack(answers)
"""


def strangers(*changes: tuple[str, str]) -> Callable:
    """The nearest image by others, with some of the text replaced."""
    return changed(STRANGERS, "nearest_label", changes)


def zero_for_its_own(distances, labels, groups):
    far = distances.clone()
    far[groups[:, None] == groups] = 0
    return labels[far.argmin(1)]


def itself_again(distances, labels, groups):
    far = distances.clone()
    far[groups[:, None] == groups] = torch.inf
    return labels[far.fill_diagonal_(0).argmin(1)]


WRONG: dict[str, list[tuple[set[str], Callable]]] = {
    "threshold": [
        ({"above it"}, bill(lambda c, r, t, p: 1 if c <= t else p * (not r))),
        ({"right ones"}, bill(lambda c, r, t, p: 1 if c < t else p * r)),
        ({"all wrong ones"}, bill(lambda c, r, t, p: (c < t) + p * (not r))),
        ({"shares"}, bill_of_shares),
        ({"kept"}, bill(lambda c, r, t, p: (1 + p * (not r)) * (c >= t))),
        ({"no price"}, bill(lambda c, r, t, p: 1 if c < t else not r)),
        ({"falling"}, bill(order=lambda pairs: sorted(pairs, reverse=True))),
        ({"mean"}, lambda c, r, p: bill()(c, r, p) / len(c)),
    ],
    "pgd": [
        ({"downhill"}, attack(way=-1)),
        ({"no sign"}, attack(step=lambda slope: slope)),
        ({"one slope"}, attack(at=lambda new, x: x)),
        ({"no bound"}, attack(bound=lambda new, old, x, e: new)),
        ({"bound to the total"}, attack(bound=lambda new, old, x, e: new.clamp(-e, e))),
        ({"beyond grey"}, attack(grey=None)),
        ({"one step"}, attack(turns=1)),
        ({"its readings"}, against_its_readings),
    ],
    "exported": [
        ({"not scaled"}, from_file(lambda x, m, s: (x - m) / s)),
        ({"by the largest"}, from_file(lambda x, m, s: (x / x.max() - m) / s)),
        ({"by its own"}, from_file(lambda x, m, s: (x / x.amax(1)[:, None] - m) / s)),
        ({"256"}, from_file(lambda x, m, s: (x / 256 - m) / s)),
        ({"cut"}, from_file(lambda x, m, s: ((x / 255).floor() - m) / s)),
        ({"mean left out"}, from_file(lambda x, m, s: x / 255 / s)),
        ({"mean added"}, from_file(lambda x, m, s: (x / 255 + m) / s)),
        ({"std left out"}, from_file(lambda x, m, s: x / 255 - m)),
        ({"std multiplied"}, from_file(lambda x, m, s: (x / 255 - m) * s)),
        ({"bias left out"}, lambda x, w, b, m, s: (x / 255 - m) / s @ w.T),
    ],
    "nearest_mean": [
        ({"farthest"}, nearest(pick=max)),
        ({"signed"}, nearest(lambda gap: gap.sum())),
        ({"over images"}, by_columns),
        (
            {"product"},
            lambda images, means: (images.flatten(1) @ means.flatten(1).T).argmax(1),
        ),
        ({"absolute"}, nearest(lambda gap: gap.abs().sum())),
        ({"first row"}, nearest(lambda gap: (gap[0] ** 2).sum())),
        ({"farthest", "absolute"}, nearest(lambda gap: gap.abs().sum(), max)),
    ],
    "leak": [
        ({"all"}, exam(ask=lambda n, size: range(n))),
        ({"its own"}, exam(ask=lambda n, size: range(size))),
        ({"learned from all"}, exam(lambda n, size: range(n), others)),
        ({"learned from others"}, exam(others, others)),
        (
            {"shifted"},
            exam(ask=others, labelled=lambda n, size: range(n - size)),
        ),
        ({"of all"}, exam(ask=others, share=lambda n, size: n)),
        ({"one missing"}, exam(ask=lambda n, size: range(size + 1, n))),
    ],
    "conv2d": [
        ({"flipped"}, loops(TURNED)),
        ({"transposed"}, loops(SWAPPED)),
        ({"no bias"}, loops(NO_BIAS)),
        ({"first bias"}, loops(("bias[f]", "bias[0]"))),
        ({"bias per channel"}, loops(("+ bias[f]", "+ C * bias[f]"))),
        ({"first channel"}, loops(("range(C)", "range(1)"))),
        ({"last channel"}, loops(("for c in range(C):", AGAIN))),
        ({"channels averaged"}, loops(("s + bias", "s / C + bias"))),
        ({"one filter"}, loops(("kernel[f, c", "kernel[0, c"))),
        ({"neighbours"}, loops(NEIGHBOURS)),
        ({"short"}, loops(SHORT)),
        (
            {"no padding"},
            lambda x, w, b, stride=1, padding=0: F.conv2d(x, w, b, stride),
        ),
        (
            {"padding above"},
            lambda x, w, b, stride=1, padding=0: F.conv2d(
                F.pad(x, (padding, 0, padding, 0)), w, b, stride
            ),
        ),
        (
            {"no stride"},
            lambda x, w, b, stride=1, padding=0: F.conv2d(x, w, b, padding=padding),
        ),
        ({"cut"}, loops(("rows, columns)\n", "rows, columns, dtype=torch.int64)\n"))),
        (
            {"bias per channel", "flipped"},
            loops(TURNED, ("+ bias[f]", "+ C * bias[f]")),
        ),
        ({"no bias", "neighbours"}, loops(NO_BIAS, NEIGHBOURS)),
        ({"short", "transposed"}, loops(SHORT, SWAPPED)),
    ],
    "left_edge": [
        ({"reversed"}, lambda: [[1, 0, -1]] * 3),
        ({"turned"}, lambda: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
        ({"upside down"}, lambda: [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
        ({"slanted"}, lambda: [[-1, 0, 0], [0, 0, 0], [0, 0, 1]]),
        ({"blind"}, lambda: torch.zeros(3, 3)),
        ({"blind"}, lambda: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        ({"too bright"}, lambda: [[-1, 0, 1], [-1, 1, 1], [-1, 0, 1]]),
        ({"too dark"}, lambda: [[-1, 0, 1], [-1, -1, 1], [-1, 0, 1]]),
        ({"bright only"}, lambda: torch.ones(3, 3) / 9),
        (set(), lambda: [[1, -1, 0], [1, -1, 0], [1, -1, 0.5]]),
        (set(), lambda: [[-1, 0, 1]]),
    ],
    "biased": [
        ({"by column"}, lambda x, w, b: F.relu(F.conv2d(x, w) + b[None, None, None])),
        ({"by row"}, lambda x, w, b: F.relu(F.conv2d(x, w) + b.unsqueeze(1))),
        ({"by image"}, lambda x, w, b: F.relu(F.conv2d(x, w) + b.view(-1, 1, 1, 1))),
        ({"no bias"}, lambda x, w, b: F.relu(F.conv2d(x, w))),
        ({"first bias"}, lambda x, w, b: F.relu(F.conv2d(x, w) + b[:1])),
        ({"sum of biases"}, lambda x, w, b: F.relu(F.conv2d(x, w) + sum(b))),
        ({"bias per channel"}, lambda x, w, b: F.relu(F.conv2d(x, w, x.shape[1] * b))),
        (
            {"relu first"},
            lambda x, w, b: F.conv2d(x, w).clamp(min=0) + b[:, None, None],
        ),
        ({"no relu"}, lambda x, w, b: F.conv2d(x, w, b)),
    ],
    "denormalise": [
        (set(), lambda x, mean, std: (x / 255)[:, 0].byte()),
        (set(), lambda x, mean, std: torch.zeros_like(x[:, 0]).byte()),
        ({"cut"}, lambda x, m, s: ((x * s + m) * 255).byte()[:, 0]),
        ({"order"}, lambda x, m, s: ((x + m) * s * 255).round().byte()[:, 0]),
        ({"share"}, lambda x, m, s: x[:, 0] * s + m),
        ({"byte of share"}, lambda x, m, s: (x[:, 0] * s + m).byte()),
        ({"byte of rounded share"}, lambda x, m, s: (x[:, 0] * s + m).round().byte()),
        ({"float"}, lambda x, m, s: ((x * s + m) * 255).round()[:, 0]),
        ({"channel kept"}, lambda x, m, s: ((x * s + m) * 255).round().byte()),
        ({"squeezed"}, lambda x, m, s: ((x * s + m) * 255).round().byte().squeeze()),
        (
            {"constants"},
            lambda x, m, s: (x[:, 0] * 0.3081 + 0.1307).mul(255).round().byte(),
        ),
        (
            {"normalised again"},
            lambda x, m, s: ((x[:, 0] - m) / s * 255).round().byte(),
        ),
        (
            {"stretched"},
            lambda x, m, s: (
                ((x[:, 0] - x.min()) / (x.max() - x.min()) * 255).round().byte()
            ),
        ),
        ({"cut", "squeezed"}, lambda x, m, s: ((x * s + m) * 255).byte().squeeze()),
    ],
    "writers": [
        ({"in turn"}, lambda w, c, s: [bool(c[k % len(c)] < s) for k in range(len(w))]),
        (
            {"in blocks"},
            lambda w, c, s: torch.stack(
                [c[k * len(c) // len(w)] < s for k in range(len(w))]
            ),
        ),
        ({"first writers"}, lambda w, c, s: w < s * len(c)),
        ({"argsort"}, lambda w, c, s: c.argsort()[w] < s * len(c)),
        ({"marks of writers"}, lambda w, c, s: c < s),
        ({"positions"}, lambda w, c, s: torch.where(c[w] < s)[0]),
        (
            {"first writers", "positions"},
            lambda w, c, s: (w < s * len(c)).nonzero()[:, 0],
        ),
    ],
    "head": [
        ({"no relu"}, lambda m, w, b: m.flatten(1) @ w.T + b),
        ({"softmax"}, lambda m, w, b: (F.relu(m).flatten(1) @ w.T + b).softmax(1)),
        ({"mixed"}, lambda m, w, b: F.relu(m).reshape(m[0].numel(), -1).T @ w.T + b),
        (
            {"batch last"},
            lambda m, w, b: F.relu(m).movedim(0, -1).reshape(len(m), -1) @ w.T + b,
        ),
        (
            {"channels last"},
            lambda m, w, b: F.relu(m).movedim(1, -1).flatten(1) @ w.T + b,
        ),
        (
            {"first image"},
            lambda m, w, b: torch.stack([w @ F.relu(m[0]).flatten() + b] * len(m)),
        ),
    ],
    "cross_entropy": [
        ({"exp"}, lambda z, y: -own(z.exp() / z.exp().sum(1, True), y).log().mean()),
        ({"log of sum"}, lambda z, y: (z.exp().sum(1).log() - own(z, y)).mean()),
        ({"log of softmax"}, lambda z, y: -own(z.softmax(1), y).log().mean()),
        ({"a little added"}, lambda z, y: -(own(z.softmax(1), y) + 1e-9).log().mean()),
        (
            {"one maximum"},
            lambda z, y: (
                (z - z.max()).exp().sum(1).log() + z.max() - own(z, y)
            ).mean(),
        ),
        ({"two softmaxes"}, lambda z, y: F.cross_entropy(z.softmax(1), y)),
        ({"over images"}, lambda z, y: -own(F.log_softmax(z, 0), y).mean()),
        ({"no log"}, lambda z, y: F.nll_loss(z.softmax(1), y)),
        ({"sign"}, lambda z, y: own(z.log_softmax(1), y).mean()),
        ({"sum"}, lambda z, y: -own(z.log_softmax(1), y).sum()),
        (
            {"by all"},
            lambda z, y: -(F.one_hot(y, z.shape[1]) * z.log_softmax(1)).mean(),
        ),
        ({"own opinion"}, lambda z, y: -z.log_softmax(1).max(1).values.mean()),
        ({"sign", "sum"}, lambda z, y: own(z.log_softmax(1), y).sum()),
    ],
    "unflipped": [
        ({"not flipped"}, full),
        ({"transposed"}, lambda g, k: full(g, k, torch.t)),
        ({"rows only"}, lambda g, k: full(g, k, lambda k: k[[*range(len(k))][::-1]])),
        ({"columns only"}, lambda g, k: full(g, k, torch.fliplr)),
        ({"gradient turned"}, lambda g, k: full(half_turn(g), k)),
        ({"both turned"}, lambda g, k: full(half_turn(g), k, half_turn)),
        ({"no zeros"}, lambda g, k: full(g, k, half_turn, zeros=False)),
        ({"mean"}, lambda g, k: full(g, k, half_turn) / k.numel()),
    ],
    "average_pool_backward": [
        ({"whole"}, lambda g, shape: spread(g, shape, 1)),
        ({"half"}, lambda g, shape: spread(g, shape, 0.5)),
        (
            {"corner"},
            lambda g, shape: (
                spread(g, shape)
                * (torch.arange(shape[0]) % 2 == 0)[:, None]
                * (torch.arange(shape[1]) % 2 == 0)
            ),
        ),
        (
            {"tiled"},
            lambda g, shape: F.pad(
                g.repeat(1, 1, 2, 2) / 4, (0, shape[1] % 2, 0, shape[0] % 2)
            ),
        ),
        ({"stretched"}, lambda g, shape: F.interpolate(g, size=shape) / 4),
        ({"edge repeated"}, lambda g, shape: spread(g, shape, mode="replicate")),
        ({"edge left off"}, lambda g, shape: F.interpolate(g, scale_factor=2) / 4),
        ({"cut"}, lambda g, shape: spread(g, shape, 1) // 4),
        (
            {"half", "edge repeated"},
            lambda g, shape: spread(g, shape, 0.5, "replicate"),
        ),
    ],
    "left_mode": [
        ({"left in eval mode"}, asked(leave=lambda before: False)),
        ({"always training"}, asked(leave=lambda before: True)),
        ({"asked in training mode"}, asked(ask=None)),
        ({"the other mode"}, asked(leave=lambda before: not before)),
        ({"sum"}, asked(of=lambda z, y: F.cross_entropy(z, y, reduction="sum"))),
        ({"graph"}, asked(of=graph)),
        ({"accuracy"}, asked(of=share_right)),
        ({"two softmaxes"}, asked(of=lambda z, y: F.cross_entropy(z.softmax(1), y))),
        (
            {"left in eval mode", "sum"},
            asked(
                leave=lambda before: False,
                of=lambda z, y: F.cross_entropy(z, y, reduction="sum"),
            ),
        ),
    ],
    "training_step": [
        ({"still"}, step("zero loss backward")),
        ({"still"}, step("zero loss step")),
        ({"still"}, step("loss backward zero step")),
        ({"no zero_grad"}, step("loss backward step")),
        ({"step first"}, step("step zero loss backward")),
        ({"two softmaxes"}, step(softmax=True)),
        ({"sum"}, step(sum=True)),
        ({"graph"}, step(returned="graph")),
        ({"nothing returned"}, step(returned="nothing")),
        ({"loss after"}, step(returned="after")),
        ({"own optimizer"}, step(own=True)),
        ({"own optimizer"}, step_by_hand),
        ({"eval mode"}, step(asks=True)),
        ({"no zero_grad", "graph"}, step("loss backward step", returned="graph")),
        ({"two softmaxes", "eval mode"}, step(softmax=True, asks=True)),
        ({"sum", "nothing returned"}, step(sum=True, returned="nothing")),
    ],
    "mcnemar": [
        ({"one side"}, coins(lambda n, k: tails(n, k) / 2)),
        ({"above one"}, coins(tails)),
        ({"beyond"}, coins(lambda n, k: tails(n, k - 1))),
        (
            {"half of it"},
            coins(lambda n, k: min(1, tails(n, k) - math.comb(n, k) / 2**n)),
        ),
        ({"exactly"}, coins(lambda n, k: min(1, 2 * math.comb(n, k) / 2**n))),
        ({"agreement"}, coins(lambda n, k: min(1, tails(n, k)), "agree")),
        ({"all errors"}, coins(lambda n, k: min(1, tails(n, k)), "errors")),
        ({"one side", "exactly"}, coins(lambda n, k: math.comb(n, k) / 2**n)),
        (set(), coins(lambda n, k: (n - 2 * k) / n)),
    ],
    "grouped_folds": [
        ({"images"}, lambda groups, folds: [k % folds for k in range(len(groups))]),
        ({"by turns"}, dealt(("sizes.index(min(sizes))", "turn % folds"))),
        ({"largest fold"}, dealt(("index(min(sizes))", "index(max(sizes))"))),
        (
            {"first image"},
            dealt(
                (
                    "[known[g] for g in members]",
                    "[known[g] * (members.index(g) == k)"
                    " for k, g in enumerate(members)]",
                )
            ),
        ),
        ({"sorted"}, dealt(("list(dict.fromkeys(members))", "sorted({*members})"))),
        (
            {"largest first"},
            dealt(
                (
                    "fromkeys(members))",
                    "fromkeys(members))\n"
                    "    names.sort(key=members.count, reverse=True)",
                )
            ),
        ),
        ({"neighbours"}, folds_of_runs),
        ({"from one"}, dealt(("[known[g] for", "[known[g] + 1 for"))),
        (
            {"images", "from one"},
            lambda groups, folds: [k % folds + 1 for k in range(len(groups))],
        ),
        (set(), lambda groups, folds: groups % folds),
    ],
    "nearest_label": [
        (
            {"all others"},
            strangers(
                ("groups[j] != groups[i]", "groups[j] == groups[i] and j != i"),
                ("min(others,", "min(others or [0],"),
            ),
        ),
        (
            {"its label"},
            strangers(("groups[j] != groups[i]", "labels[j] != labels[i]")),
        ),
        ({"itself again"}, itself_again),
        ({"zero"}, zero_for_its_own),
        ({"index"}, strangers(("labels[found]", "torch.tensor(found)"))),
        ({"group"}, strangers(("labels[found]", "groups[found]"))),
        (set(), strangers(("min(others,", "max(others,"))),
    ],
    "recall": [
        ({"precision"}, recall_of(lambda preds, labels, c: (preds == c).sum())),
        ({"of all"}, recall_of(lambda preds, labels, c: len(labels))),
        ({"counts"}, recall_of(share=lambda hits, totals: hits)),
        ({"missed"}, recall_of(share=lambda hits, totals: 1 - hits / totals)),
        ({"whole"}, recall_of(share=lambda hits, totals: hits // totals)),
        ({"percent"}, recall_of(share=lambda hits, totals: 100 * hits / totals)),
        (set(), recall_of(share=lambda hits, totals: hits / (totals + 1))),
    ],
    "ece": [
        ({"all bins alike"}, ece((LAST, "sum(gaps) / len(gaps)"))),
        ({"signed"}, ece(("abs(mean - hits)", "mean - hits"))),
        (
            {"nan"},
            ece(
                ("    if inside:", "    if not inside: return torch.nan\n        if 1:")
            ),
        ),
        (
            {"lost at the top"},
            ece(("low < sure(row) <= high", "low <= sure(row) < high")),
        ),
        ({"label"}, ece_of_the_label),
        ({"one bin"}, lambda p, y, bins: ece()(p, y, 1)),
        (
            {"image by image"},
            lambda p, y, bins: (p.max(1)[0] - (p.argmax(1) == y).double()).abs().mean(),
        ),
        ({"largest"}, ece((LAST, "max(gaps)"))),
        ({"squares"}, ece((LAST, LAST.replace("g * n", "g**2 * n")), *SQUARE_ROOT)),
        ({"ten bins"}, lambda p, y, bins: ece()(p, y, 10)),
        ({"percent"}, ece(("return sum", "return 100 * sum"))),
        (
            {"percent", "all bins alike"},
            ece((LAST, "100 * sum(gaps) / len(gaps)")),
        ),
        (set(), ece(("g * n", "g"))),
    ],
    "hook": [
        ({"stays"}, hook(("    handle.remove()\n", ""))),
        ({"input"}, hook(("output.detach()", "inputs[0].detach()"))),
        ({"logits"}, hook(("kept[-1]", "logits"))),
        (
            {"layer alone"},
            lambda net, name, images: net.get_submodule(name)(images),
        ),
        ({"after relu"}, hook(("clone()", "relu()"))),
        ({"no copy"}, hook((".clone()", ""))),
        ({"eval mode"}, hook(("logits =", "net.eval()\n    logits ="))),
        ({"first image"}, hook(("net(images)", "net(images[0:1])"))),
        (
            {"stays", "input"},
            hook(("    handle.remove()\n", ""), ("output.detach", "inputs[0].detach")),
        ),
        (set(), hook(("kept[-1]", "layer.weight"))),
        (set(), hook(("clone()", "abs()"))),
    ],
    "occlusion": [
        ({"rise"}, occluded((FALL, f"-({FALL})"))),
        ({"score"}, occluded((FALL, "score(net, covered, label)"))),
        ({"size"}, occluded((FALL, f"abs({FALL})"))),
        ({"probability"}, occluded(("[0][label]", ".softmax(1)[0][label]"))),
        ({"reading"}, reading),
        (
            {"corner"},
            occluded(
                (
                    "abs(a - i) <= r and abs(b - j) <= r",
                    "0 <= a - i < size and 0 <= b - j < size",
                )
            ),
        ),
        ({"pile up"}, occluded(("            covered = image.clone()\n", ""))),
        ({"black"}, occluded(("b] = 0", "b] = -0.1307 / 0.3081"))),
        (
            {"inside only"},
            occluded(
                (
                    "range(H):\n        for j in range(W)",
                    "range(r, H - r):\n        for j in range(r, W - r)",
                ),
                ("view(H, W)", "view(H - 2 * r, W - 2 * r)"),
            ),
        ),
        (
            {"all but the square"},
            occluded(
                (
                    "if abs(a - i) <= r and abs(b - j) <= r",
                    "if abs(a - i) > r or abs(b - j) > r",
                )
            ),
        ),
        (
            {"rise", "probability"},
            occluded((FALL, f"-({FALL})"), ("[0][label]", ".softmax(1)[0][label]")),
        ),
        (set(), occluded(("b] = 0", "b] = 1"))),
    ],
    "grad_cam": [
        ({"no relu"}, cam(last=lambda m: m)),
        ({"relu too early"}, cam(last=lambda m: m, inner=torch.relu)),
        ({"absolute"}, cam(last=torch.abs)),
        (
            {"sum of gradients"},
            lambda m, g: (g.sum((1, 2))[:, None, None] * m).sum(0).relu(),
        ),
        ({"place by place"}, lambda m, g: (g * m).sum(0).relu()),
        ({"over channels"}, lambda m, g: (g.mean(0) * m.sum(0)).relu()),
        ({"not weighted"}, lambda m, g: m.sum(0).relu()),
        (
            {"mean of channels"},
            lambda m, g: (g.mean((1, 2))[:, None, None] * m).mean(0).relu(),
        ),
        (set(), lambda m, g: (g.amax((1, 2))[:, None, None] * m).sum(0).sigmoid()),
    ],
    "standardise": [
        ({"own spread"}, lambda seen, new: (new - seen.mean(0)) / new.std(0)),
        ({"own mean"}, lambda seen, new: (new - new.mean(0)) / seen.std(0)),
        (
            {"both together"},
            lambda seen, new: scaled(new, torch.cat([seen, new])),
        ),
        ({"one number"}, lambda seen, new: (new - seen.mean()) / seen.std()),
        ({"by row"}, lambda seen, new: scaled(new.T, new.T).T),
        ({"variance"}, lambda seen, new: (new - seen.mean(0)) / seen.var(0)),
        (set(), lambda seen, new: scaled(new, seen) + 1),
    ],
    "top_k_accuracy": [
        ({"first only"}, lambda z, y, k: (z.argmax(1) == y).double().mean()),
        ({"the kth"}, lambda z, y, k: hits(z, y, k)[:, -1].double().mean()),
        ({"lowest"}, lambda z, y, k: hits(-z, y, k).any(1).double().mean()),
        ({"one more"}, lambda z, y, k: hits(z, y, k + 1).any(1).double().mean()),
        ({"count"}, lambda z, y, k: hits(z, y, k).sum()),
        ({"by k"}, lambda z, y, k: hits(z, y, k).double().mean()),
        ({"batch"}, lambda z, y, k: torch.isin(y, z.topk(k).indices).double().mean()),
        ({"percent"}, lambda z, y, k: 100 * hits(z, y, k).any(1).double().mean()),
        ({"error"}, lambda z, y, k: 1 - hits(z, y, k).any(1).double().mean()),
        (
            {"percent", "first only"},
            lambda z, y, k: 100 * hits(z, y, 1).double().mean(),
        ),
        (set(), best_by_masking(0)),
        (set(), best_by_masking(-1)),
        (set(), lambda z, y, k: hits(z, y, k).all(1).double().mean()),
    ],
    "unfair": [
        ({"same rate"}, lead(sgd_rate="ac.mean(1)")),
        ({"chosen where reported"}, lead("ar.mean(1)", "sr.mean(1)")),
        ({"best run of Adam"}, lead(adam="max")),
        ({"best run of SGD"}, lead(sgd="max")),
        ({"best run of Adam", "best run of SGD"}, lead(adam="max", sgd="max")),
        ({"chosen by one run"}, lead("ac.amax(1)", "sc.amax(1)")),
        ({"sign"}, lead(sign="-")),
    ],
    "adam_step": [
        (
            {"no correction"},
            adam((" / (1 - 0.9**t)", ""), (" / (1 - 0.999**t)", "")),
        ),
        ({"multiplied"}, adam(("m / (1", "m * (1"), ("s / (1", "s * (1"))),
        ({"counted from 2"}, adam(("**t", "**(t + 1)"))),
        ({"corrected memory"}, adam(("[w, m, s]", "[w, mean, square]"))),
        ({"sizes averaged"}, adam(("g**2", "g.abs()"), ("square.sqrt()", "square"))),
        ({"no root"}, adam(("square.sqrt()", "square"))),
        ({"eps inside"}, adam(("(square.sqrt() + 1e-8)", "(square + 1e-8).sqrt()"))),
        (
            {"decay in the gradient"},
            adam(
                (" - lr * decay * w", ""),
                ("    m = 0.9", "    g = g + decay * w\n    m = 0.9"),
            ),
        ),
        ({"decay without lr"}, adam((" - lr * decay * w", " - decay * w"))),
    ],
    "faster": [
        ({"not waited for"}, faster(("done - begun", "returned - begun"))),
        ({"after the return"}, faster(("done - begun", "done - returned"))),
        ({"cold old way"}, faster(("[0].tolist()[1:]", "[0].tolist()"))),
        ({"both cold"}, faster((".tolist()[1:]", ".tolist()"))),
        (
            {"best"},
            faster(("[(len(old) - 1) // 2]", "[0]"), ("[(len(new) - 1) // 2]", "[0]")),
        ),
        (
            {"mean"},
            faster(
                ("old[(len(old) - 1) // 2]", "sum(old) / len(old)"),
                ("new[(len(new) - 1) // 2]", "(sum(new) / len(new))"),
            ),
        ),
        (
            {"turned"},
            faster(("return old", "return 1 / (old"), ("1) // 2]\n", "1) // 2])\n")),
        ),
    ],
    "residual": [
        ({"no addition"}, residual(("(x + change)", "change"))),
        ({"ReLU too early"}, residual(("x + change", "x + change.clamp(0)"))),
        ({"no last ReLU"}, residual(("(x + change).clamp(0)", "x + change"))),
        ({"no ReLU between"}, residual(("kernel1).clamp(0)", "kernel1)"))),
        ({"adds the middle"}, residual(("x + change", "hidden + change"))),
        ({"product"}, residual(("x + change", "x * change"))),
        (
            {"gain on all"},
            residual(
                ("gain * convolve", "convolve"),
                ("(x + change)", "(gain * (x + change))"),
            ),
        ),
    ],
}
