"""A network as a file that other programs run: ONNX."""

import copy
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mnist_tutorial.data import MEAN, STD
from mnist_tutorial.files import write_atomically

if TYPE_CHECKING:
    from onnx import GraphProto


class FromPixels(nn.Module):
    """A network that takes grey levels 0-255 and normalises them itself."""

    def __init__(self, model: nn.Module, mean: float = MEAN, std: float = STD):
        super().__init__()
        self.model, self.mean, self.std = model, mean, std

    def forward(self, pixels: Tensor) -> Tensor:  # (N, 1, 28, 28), 0-255
        scaled = pixels.float() / 255
        return self.model((scaled - self.mean) / self.std)


def to_onnx(
    model: nn.Module,
    path: str | Path,
    *,
    mean: float = MEAN,
    std: float = STD,
) -> None:
    """Write `model` to an ONNX file that takes grey levels 0-255, any number of images.

    The input "pixels" is (N, 1, 28, 28) uint8; normalisation is part of the graph; the
    output "logits" is (N, 10). The model is exported in eval mode and is not changed.

    Args:
        mean, std: of the training pixels on a 0-1 scale.

    Raises:
        ModuleNotFoundError: onnx or onnxscript is not installed.
        OSError: the file cannot be written; one that was there is untouched.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401 - torch.onnx needs it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Writing an ONNX file needs onnx and onnxscript; install them with "
            "`pip install onnx onnxscript`."
        ) from error
    whole = FromPixels(copy.deepcopy(model).cpu(), mean, std).eval()
    example = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            whole,
            (example,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("N")},),  # else the example's 1
            input_names=["pixels"],
            output_names=["logits"],
            verbose=False,
        )
    assert program is not None
    graph = program.model_proto
    _forget_origin(graph.graph)
    onnx.checker.check_model(graph)
    write_atomically(path, graph.SerializeToString())


def _forget_origin(graph: "GraphProto") -> None:
    """Drop the exporter's notes, which name files of the machine it ran on."""
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, graph):
        del part.metadata_props[:]
        part.doc_string = ""
