"""A wrong parameter ends in one sentence; where to compute."""

import pytest
import torch
from support import is_one_sentence, write_idx_dataset

from mnist_tutorial import claims, params

RULES = {
    "epochs": params.whole(3, low=1, high=20),
    "lr": params.real(0.05, low=0.0, high=10.0),
    "optimizer": params.choice("sgd", ("sgd", "adam")),
    "seed": params.seed(),
    "device": params.device_name(),
    "dataset": params.dataset(),
    "data_root": params.folder(),
    "weights": params.file("shipped"),
    "out": params.new_file(),
}
DEFAULTS = {name: rule.default for name, rule in RULES.items()}


pytestmark = pytest.mark.usefixtures("fresh_kernel")


def check(inputs=(), rules=RULES, **changed):
    """What a notebook does: its globals, some of them changed, against its rules."""
    params.check({**DEFAULTS, "In": list(inputs), **changed}, **rules)


def refusal(inputs=(), **changed) -> str:
    with pytest.raises(params.ParameterError) as error:
        check(inputs, **changed)
    assert is_one_sentence(error)
    return str(error.value)


def test_the_defaults_pass_in_silence(capsys):
    check()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 1),
        ("epochs", 20),
        ("lr", 0),
        ("lr", 1e-3),
        ("lr", 10),
        ("optimizer", "adam"),
        ("seed", 2**31 - 1),
        ("device", "cpu"),
    ],
)
def test_an_allowed_value_passes_and_is_said(name, value, capsys):
    check(**{name: value})
    expected = f"Changed parameters: {name} = {value!r} (default {DEFAULTS[name]!r})\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 21),
        ("epochs", 3.0),
        ("epochs", True),
        ("epochs", "3"),
        ("epochs", None),
        ("lr", -0.1),
        ("lr", 10.01),
        ("lr", "1e-3"),
        ("lr", True),
        ("lr", float("nan")),
        ("lr", float("inf")),
        ("lr", None),
        ("optimizer", "SGDD"),
        ("optimizer", 0),
        ("optimizer", ["sgd"]),
        ("seed", -1),
        ("seed", 2**31),
        ("device", "gpu"),
        ("dataset", "EMNIST"),
        ("data_root", "no/such/folder"),
        ("data_root", None),
        ("weights", "no-such-file.safetensors"),
        ("out", "no/such/folder/out.safetensors"),
    ],
)
def test_a_value_that_is_not_allowed_ends_in_its_name_the_value_and_the_rule(
    name, value
):
    sentence = refusal(**{name: value})
    assert f"Parameter {name!r} is {value!r}" in sentence
    assert RULES[name].allowed in sentence


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("lr", "1e-3", "Write a number, without quotes."),
        ("epochs", "3", "Write a number, without quotes."),
        ("optimizer", "sdg", "Did you mean 'sgd'?"),
        ("dataset", "FashionMnist", "Did you mean 'FashionMNIST'?"),
    ],
)
def test_a_slip_gets_a_hint(name, value, hint):
    assert refusal(**{name: value}).endswith(hint)


def test_a_new_file_may_be_told_how_to_end(tmp_path):
    rules = {"page": params.new_file(endings=(".png", ".pdf"))}
    for name in ("", "a.pdf", "A.PNG"):
        params.check({"page": str(tmp_path / name) if name else ""}, **rules)
    with pytest.raises(params.ParameterError, match=r"ending in [.]png or [.]pdf"):
        params.check({"page": str(tmp_path / "a.html")}, **rules)
    with pytest.raises(params.ParameterError, match="in a folder that exists"):
        params.check({"page": str(tmp_path / "none" / "a.png")}, **rules)


def test_a_rule_says_what_is_allowed():
    assert RULES["seed"].allowed == "a whole number from 0 to 2,147,483,647"
    assert RULES["lr"].allowed == "a number from 0 to 10"
    assert RULES["optimizer"].allowed == "one of 'sgd', 'adam'"


def test_an_unknown_name_is_refused_with_the_nearest_one():
    sentence = refusal(["# Parameters\nepoch = 1\n"])
    assert "'epoch'" in sentence
    assert "Did you mean 'epochs'?" in sentence
    assert ", ".join(RULES) in sentence


def test_an_unknown_name_like_no_other_is_refused_with_the_list():
    sentence = refusal(["# Parameters\nqqq = 1\n"])
    assert "Did you mean" not in sentence
    assert ", ".join(RULES) in sentence


def test_names_are_read_from_the_last_cell_that_papermill_wrote():
    wrong, right = "# Parameters\nepoch = 1\n", "# Parameters\nepochs = 1\n"
    check(["", wrong, "x = 1", right, "y = 2", "# Parametric\nz = 3"])
    assert "'epoch'" in refusal([right, wrong])


def test_a_readers_own_cell_that_begins_likewise_is_not_papermills():
    check(inputs=["# Parameters that I like\n%time x = 1"])
    check(inputs=["# Parameters of mine\nunknown = 1"])


def test_a_parameters_cell_that_was_not_run_is_named():
    with pytest.raises(params.ParameterError) as error:
        params.check({}, epochs=RULES["epochs"], lr=RULES["lr"])
    assert is_one_sentence(error)
    assert "no epochs, lr yet" in str(error.value)


def test_other_cells_may_assign_what_they_like():
    check(["epoch = 1", "note = '# Parameters'", "#Parameters\nq = 1"])


def test_the_check_may_be_repeated_at_any_time():
    refusal(epochs=0)
    check(epochs=5)
    check(["# Parameters\nepochs = 5\n"], epochs=5)
    check()
    with pytest.raises(AssertionError):
        claims.claim(False, "the last check saw the defaults")


def test_folders_and_files_that_exist_are_accepted(tmp_path):
    (tmp_path / "net.safetensors").touch()
    check(data_root=str(tmp_path), weights=str(tmp_path / "net.safetensors"))
    check(out=str(tmp_path / "new.safetensors"))
    assert "'out'" in refusal(out=str(tmp_path))  # a folder, not a file
    assert "'data_root'" in refusal(data_root=str(tmp_path / "net.safetensors"))
    assert "'weights'" in refusal(weights=str(tmp_path))


def test_a_data_set_is_looked_for_on_disk(tmp_path):
    sentence = refusal(dataset="KMNIST")
    assert "'dataset' is 'KMNIST'" in sentence
    assert "data_root" in sentence
    sentence = refusal(dataset="KMNIST", data_root=str(tmp_path))
    assert "train-images-idx3-ubyte" in sentence
    write_idx_dataset(tmp_path / "KMNIST/raw")
    check(dataset="KMNIST", data_root=str(tmp_path))


def test_an_error_shows_in_a_notebook_as_one_line():
    lines = params.ParameterError("Parameter 'x' is 1.")._render_traceback_()
    assert lines == ["ParameterError: Parameter 'x' is 1."]


# Where to compute: the parameter, the environment, a GPU if there is one, the CPU.


@pytest.mark.parametrize(
    ("name", "environment", "gpu", "expected"),
    [
        ("cpu", "cuda", True, "cpu"),
        ("cuda", "cpu", True, "cuda"),
        ("auto", "cpu", True, "cpu"),
        ("auto", "cuda", True, "cuda"),
        ("auto", None, True, "cuda"),
        ("auto", "", True, "cuda"),
        ("auto", "auto", True, "cuda"),
        ("auto", None, False, "cpu"),
        ("auto", "auto", False, "cpu"),
    ],
)
def test_the_device_is_the_parameters_then_the_environments_then_a_gpu_then_the_cpu(
    name, environment, gpu, expected, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    if environment is not None:
        monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", environment)
    assert params.device(name) == torch.device(expected)


@pytest.mark.parametrize(
    ("name", "environment", "asked_by"),
    [
        ("cuda", "cpu", "Parameter 'device'"),
        ("auto", "cuda", "MNIST_TUTORIAL_DEVICE"),
    ],
)
def test_a_gpu_asked_for_and_absent_is_refused(
    name, environment, asked_by, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", environment)
    for attempt in (lambda: params.device(name), lambda: check(device=name)):
        with pytest.raises(params.ParameterError, match=asked_by) as error:
            attempt()
        assert is_one_sentence(error)
        assert "'cpu'" in str(error.value)


def test_an_unknown_device_is_refused_wherever_it_was_named(monkeypatch):
    with pytest.raises(params.ParameterError, match="Parameter 'device' is 'gpu'"):
        params.device("gpu")
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "tpu")
    with pytest.raises(params.ParameterError, match="MNIST_TUTORIAL_DEVICE is 'tpu'"):
        params.device()
