"""The ONNX file: what PyTorch says, for grey levels, for any number of images."""

import builtins
import os

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from support import is_one_sentence, mnist_pixels
from torch import nn

from mnist_tutorial import data, export, model, train


def pixels(n: int) -> torch.Tensor:
    return mnist_pixels(False)[0][:n, None]


def run(path, images: torch.Tensor) -> torch.Tensor:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(["logits"], {"pixels": images.numpy()})[0])


@pytest.fixture(scope="module")
def network():
    return model.load_pretrained()


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    export.to_onnx(network, path)
    return path


@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_grey_levels_give_the_logits_of_pytorch_for_any_batch(file, network, n):
    expected = train.predict(network, data.normalise(pixels(n)[:, 0]))
    logits = run(file, pixels(n))
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=0)
    assert torch.equal(logits.argmax(1), expected.argmax(1))


def test_the_file_holds_one_checked_graph_and_nothing_of_this_machine(file):
    graph = onnx.load(file)
    onnx.checker.check_model(graph)
    (inputs,), (outputs,) = graph.graph.input, graph.graph.output
    assert (inputs.name, outputs.name) == ("pixels", "logits")
    sizes = inputs.type.tensor_type.shape.dim
    assert sizes[0].dim_param and [d.dim_value for d in sizes[1:]] == [1, 28, 28]
    assert inputs.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    content = file.read_bytes()
    for trace in (os.getcwd(), "site-packages", "stack_trace", "mnist_tutorial"):
        assert trace.encode() not in content
    assert os.listdir(file.parent) == ["net.onnx"]
    assert oct(file.stat().st_mode)[-3:] == "644"


def test_floats_are_refused_since_the_file_is_for_bytes(file):
    with pytest.raises(Exception, match="uint8"):
        run(file, pixels(2).float())


def test_the_constants_of_another_data_set_go_into_the_graph(tmp_path):
    torch.manual_seed(0)
    net = model.linear_classifier()
    export.to_onnx(net, tmp_path / "a.onnx", mean=0.5, std=0.25)
    with torch.no_grad():
        expected = net(data.normalise(pixels(4)[:, 0], 0.5, 0.25))
    result = run(tmp_path / "a.onnx", pixels(4))
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


def test_it_is_exported_in_eval_mode_and_the_model_is_left_as_it_was(tmp_path):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Flatten(), nn.BatchNorm1d(784), nn.Dropout(0.5), nn.Linear(784, 10)
    ).train()
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    export.to_onnx(net, tmp_path / "net.onnx")
    assert all(module.training for module in net.modules())
    assert all(torch.equal(state[name], t) for name, t in net.state_dict().items())
    expected = train.predict(net, data.normalise(pixels(6)[:, 0]))
    result = run(tmp_path / "net.onnx", pixels(6))
    torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


def test_a_crash_leaves_the_old_file_and_no_other(network, tmp_path, monkeypatch):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        export.to_onnx(network, path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["net.onnx"]


def test_export_is_quiet(network, tmp_path, capfd, recwarn):
    export.to_onnx(network, tmp_path / "net.onnx")
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_without_onnx_there_is_one_sentence(network, tmp_path, monkeypatch, missing):
    real = builtins.__import__

    def none(name, *rest):
        if name == missing:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(ModuleNotFoundError, match="pip install onnx") as error:
        export.to_onnx(network, tmp_path / "net.onnx")
    assert is_one_sentence(error)


def test_from_pixels_is_normalise_and_the_network(network):
    whole = export.FromPixels(network).eval()
    with torch.inference_mode():
        expected = network(data.normalise(pixels(3)[:, 0]))
        torch.testing.assert_close(whole(pixels(3)), expected)
        assert np.isfinite(whole(pixels(3)).numpy()).all()
