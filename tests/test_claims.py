"""Claims and records know with which parameters a notebook runs."""

import json
import os
from pathlib import Path

import pytest
import torch

from mnist_tutorial import claims, params

RULES = {
    "epochs": params.whole(3, low=1, high=20),
    "device": params.device_name(),
    "out": params.new_file(),
}
DEFAULTS = {name: rule.default for name, rule in RULES.items()}


pytestmark = pytest.mark.usefixtures("fresh_kernel")


def check(**changed):
    """What a notebook does: its globals, some of them changed, against its rules."""
    params.check({**DEFAULTS, **changed}, **RULES)


def test_a_false_claim_fails_with_the_default_parameters():
    check()
    claims.claim(True, "never said")
    with pytest.raises(AssertionError, match="the digits are read"):
        claims.claim(1 > 2, "the digits are read")


def test_a_false_claim_is_printed_with_other_parameters(capsys):
    check(epochs=1)
    capsys.readouterr()
    claims.claim(False, "the digits are read")
    claims.claim(True, "never said")
    said = capsys.readouterr().out
    assert said == "Not so with these parameters: the digits are read\n"


def test_claims_stay_strict_where_only_a_neutral_parameter_changed(tmp_path, capsys):
    check(out=str(tmp_path / "new.safetensors"))
    assert capsys.readouterr().out == ""
    with pytest.raises(AssertionError):
        claims.claim(False, "the digits are read")


def test_a_claim_without_any_check_is_strict():
    with pytest.raises(AssertionError):
        claims.claim(False, "the digits are read")


# Results


@pytest.fixture
def results(tmp_path, monkeypatch):
    file = tmp_path / "metrics.json"
    monkeypatch.setenv("MNIST_TUTORIAL_RESULTS", str(file))
    return lambda: json.loads(file.read_text(encoding="utf-8"))


def test_results_hold_parameters_device_versions_numbers_and_what_was_not_so(results):
    check(epochs=1, device="cpu")
    assert results()["parameters"] == {**DEFAULTS, "epochs": 1, "device": "cpu"}
    assert results()["device"] == "cpu"
    assert results()["versions"]["torch"] == torch.__version__
    claims.record(accuracy=0.99, errors=[1, 2])
    claims.record(loss=0.03)
    claims.claim(False, "the digits are read")
    assert results()["results"] == {"accuracy": 0.99, "errors": [1, 2], "loss": 0.03}
    assert results()["not_so"] == ["the digits are read"]
    names = ["parameters", "device", "versions", "results", "not_so"]
    assert list(results()) == names
    assert list(results()["versions"]) == ["python", "torch", "torchvision"]
    text = Path(os.environ["MNIST_TUTORIAL_RESULTS"]).read_text(encoding="utf-8")
    assert text == json.dumps(results(), indent=2)  # a line for each, to be read


def test_a_new_check_forgets_earlier_results(results):
    check(epochs=1)
    claims.record(accuracy=0.5)
    claims.claim(False, "the digits are read")
    check()
    assert results()["results"] == {}
    assert results()["not_so"] == []


def test_results_are_replaced_whole_or_not_at_all(results, tmp_path, monkeypatch):
    claims.record(accuracy=0.5)

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        claims.record(accuracy=0.9)
    assert results()["results"] == {"accuracy": 0.5}
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.json"]


def test_a_result_that_no_file_can_hold_fails_in_every_run():
    with pytest.raises(TypeError, match="Tensor"):
        claims.record(accuracy=torch.tensor(0.9))


def test_nothing_is_written_where_no_file_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(epochs=1)
    claims.record(accuracy=0.5)
    assert not list(tmp_path.iterdir())
