"""Row e: how long reading 10,000 digits takes, and reading one.

The network of 06 as `train.predict` runs it, beside the usual loop of a test (images
dealt one by one), and beside ONNX Runtime with the file that `export` writes, which
normalises by itself. The digits are those of training.

Command: `python -m tools bench --row e`, about a minute.
"""

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import loops, measure
from mnist_tutorial import data, model, train

TITLE = "reading digits with the network of 06, float32"

REPEATS, IMAGES, CALLS = 7, 10_000, 400
BATCH_SIZE = 500  # as in `train.predict`
ONNX = "ONNX Runtime"
Reader = Callable[[Tensor], object]  # pixels (N, 1, 28, 28), uint8


def measured(device: torch.device, quick: bool) -> list[measure.Line]:
    """Ours beside each peer: 10,000 digits in seconds, one in milliseconds."""
    repeats, count, calls = (2, 1000, 20) if quick else (REPEATS, IMAGES, CALLS)
    net = model.load_pretrained().to(device)
    pixels = data.load_pixels()[0][:count].unsqueeze(1)
    images = data.normalise(pixels[:, 0]).to(device)
    runtime = onnx_reader(net, device)

    def usual() -> None:
        subset = Subset(loops.usual_dataset(), range(count))
        usual_test(net, DataLoader(subset, 1000), device)

    def network(of: Tensor) -> Tensor:
        with torch.inference_mode():
            return net(data.normalise(of[:, 0].to(device)))

    work: dict[str, Callable[[], object]] = {
        "ours": partial(train.predict, net, images),
        "usual": usual,
    }
    if runtime:
        work[ONNX] = lambda: [runtime(part) for part in pixels.split(BATCH_SIZE)]
    every = {name: partial(measure.seconds, do, device) for name, do in work.items()}
    all_of_them = measure.interleaved(every, repeats)
    readers: dict[str, Reader] = {"ours": network} | (
        {ONNX: runtime} if runtime else {}
    )
    single = _latencies(readers, pixels[:1], device, repeats, calls)
    return _lines(all_of_them, single, count, _peak_seconds(net, device))


def usual_test(net: nn.Module, loader: DataLoader, device: torch.device) -> float:
    """The share of right answers, as most tutorials count it."""
    net.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            right += (net(images).argmax(1) == labels).sum().item()
    return right / len(loader.dataset)  # type: ignore[arg-type] # which has a length


def onnx_reader(net: nn.Module, device: torch.device) -> Reader | None:
    """ONNX Runtime with as many threads as PyTorch; None if it cannot compute there."""
    import onnxruntime

    provider = f"{device.type.upper()}ExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        return None
    from mnist_tutorial.export import to_onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        to_onnx(net, path)
        session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    return lambda pixels: session.run(None, {"pixels": pixels.numpy()})


def _latencies(
    readers: dict[str, Reader],
    pixels: Tensor,
    device: torch.device,
    repeats: int,
    calls: int,
) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by quantile and reader, a value for each repeat of `calls` calls."""
    latencies: dict[str, dict[str, list[float]]] = {
        quantile: {name: [] for name in readers} for quantile in ("p50", "p99")
    }
    for _ in range(repeats):
        for name, reader in readers.items():
            read = partial(reader, pixels)
            read()  # what the other one left in the caches
            taken = [1000 * measure.seconds(read, device) for _ in range(calls)]
            cuts = statistics.quantiles(taken, n=100)
            latencies["p50"][name].append(cuts[49])
            latencies["p99"][name].append(cuts[98])
    return latencies


def _peak_seconds(net: nn.Module, device: torch.device) -> float:
    """Seconds for one image if its arithmetic ran at the peak of matrices."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 1, 28, 28, device=device))
    return counter.get_total_flops() / measure.matrix_peak(torch.float32, device)


def _lines(
    all_of_them: dict[str, list[float]],
    single: dict[str, dict[str, list[float]]],
    count: int,
    at_peak: float,
) -> list[measure.Line]:
    peers = {"usual": "usual test, image by image", ONNX: ONNX}
    lines = [
        measure.line(
            f"{count:,} digits",
            "s",
            all_of_them["ours"],
            all_of_them[name],
            peer,
            limit=count * at_peak,
            limit_is="matrix peak",
        )
        for name, peer in peers.items()
        if name in all_of_them
    ]
    for quantile, taken in single.items():
        what = f"one digit, {quantile}"
        theirs = taken.get(ONNX, ())
        peer = ONNX if theirs else ""
        lines.append(measure.line(what, "ms", taken["ours"], theirs, peer))
    return lines
