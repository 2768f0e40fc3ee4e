"""A wrong parameter ends in one sentence; where to compute."""

import os

import pytest
import said
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import is_one_sentence, write_idx_dataset

from mnist_tutorial import checkpoint, claims, params
from mnist_tutorial.files import write_atomically

RULES = {
    "epochs": params.whole(3, low=1, high=20),
    "lr": params.real(0.05, low=0.0, high=10.0),
    "optimizer": params.choice("sgd", ("sgd", "adam")),
    "seed": params.seed(),
    "device": params.device_name(),
    "precision": params.precision(),
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


def test_a_notebook_finds_its_rules_by_its_number(capsys):
    steps = params.NOTEBOOKS["05"]["steps"]
    assert (steps.default, steps.allowed) == (400, "a whole number from 1 to 5,000")
    values = {name: rule.default for name, rule in params.rules_of("05").items()}
    params.check(values, "05")
    assert capsys.readouterr().out == ""
    with pytest.raises(params.ParameterError, match="'steps' is 0"):
        params.check(values | {"steps": 0}, "05")
    with pytest.raises(params.ParameterError, match="no steps yet"):
        params.check({n: v for n, v in values.items() if n != "steps"}, "05")


def test_what_the_notebooks_parameters_may_be_has_been_approved():
    """If it is right as it is now: `python tests/said.py`, and read the difference."""
    approved = (said.FOLDER / "parameters.txt").read_text(encoding="utf-8")
    assert said.parameters() == approved


def test_rules_beside_the_number_are_checked_too():
    values = {name: rule.default for name, rule in params.rules_of("00").items()}
    with pytest.raises(params.ParameterError, match="'epochs' is 0"):
        params.check(values | {"epochs": 0}, "00", epochs=RULES["epochs"])


def test_a_number_without_rules_is_said():
    with pytest.raises(ValueError, match=r"no rules for '99', only for 00, 01, .*\.$"):
        params.check({}, "99")


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
        ("precision", "bfloat16"),
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
        ("precision", "float16"),
        ("precision", 16),
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
        ("precision", "bfloat", "Did you mean 'bfloat16'?"),
        ("device", "gpu", "Did you mean 'cuda'?"),
        ("device", "GPU", "Did you mean 'cuda'?"),
    ],
)
def test_a_slip_gets_a_hint(name, value, hint):
    assert refusal(**{name: value}).endswith(hint)


def test_a_long_value_is_shown_without_its_middle():
    whole, cut = ("x" * 157, "y" * 158)  # and two quotes
    assert f" is '{whole}', but" in refusal(optimizer=whole)
    assert f" is '{cut[:79]} … {cut[:39]}', but" in refusal(optimizer=cut)


def test_a_new_file_may_be_told_how_to_end(tmp_path):
    rules = {"page": params.new_file(endings=(".png", ".pdf"))}
    for name in ("", "a.pdf", "A.PNG"):
        params.check({"page": str(tmp_path / name) if name else ""}, **rules)
    with pytest.raises(params.ParameterError, match=r"ending in [.]png or [.]pdf"):
        params.check({"page": str(tmp_path / "a.html")}, **rules)
    with pytest.raises(params.ParameterError, match="in a folder that exists"):
        params.check({"page": str(tmp_path / "none" / "a.png")}, **rules)


def png(path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n...")


def saved(path):
    checkpoint.save_weights(torch.nn.Linear(1, 1), path)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.png", png),
        ("a.safetensors", saved),
        ("a.pdf", lambda path: path.write_bytes(b"%PDF-1.4")),
        ("empty.png", lambda path: path.touch()),
        ("none.png", lambda path: None),
        ("other.txt", lambda path: None),
        ("ж" * 120 + ".png", lambda path: None),
    ],
)
def test_a_file_of_the_same_kind_may_be_replaced_and_can_be(name, make, tmp_path):
    make(tmp_path / name)
    check(out=str(tmp_path / name))
    write_atomically(tmp_path / name, b"content")


def a_link_to_nothing(path):
    path.symlink_to(path.parent / "nothing")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.png", saved),
        ("a.safetensors", png),
        ("a.safetensors", lambda path: path.write_text("my diary", encoding="utf-8")),
        ("a.pdf", lambda path: path.write_bytes(b"%")),
        ("a.txt", lambda path: path.write_text("my diary", encoding="utf-8")),
        ("a", lambda path: path.write_text("my diary", encoding="utf-8")),
        ("a.png", a_link_to_nothing),
        ("a.png", os.mkfifo),
        ("x" * 300 + ".png", lambda path: None),
        ("x/" * 3000 + "a.png", lambda path: None),
        ("a\0.png", lambda path: None),
        ("a\n.png", lambda path: None),
        ("a\x1b[31m.png", lambda path: None),
        ("a\ud800.png", lambda path: None),
        ("a\udcff.png", lambda path: None),
    ],
)
def test_a_path_that_would_fail_or_cost_a_file_is_refused_at_the_start(
    name, make, tmp_path
):
    make(tmp_path / name)
    sentence = refusal(out=str(tmp_path / name))
    assert "'out'" in sentence
    assert len(sentence) < 500


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, "a\0b", "a\nb", "\ud800"])
@pytest.mark.parametrize("parameter", ["data_root", "weights"])
def test_a_path_that_cannot_be_is_refused_as_one_that_is_not_there(parameter, name):
    assert f"'{parameter}'" in refusal(**{parameter: name})


@pytest.mark.parametrize(
    ("parameter", "value", "forbidden", "what"),
    [
        ("data_root", "folder", "folder", os.R_OK),
        ("data_root", "folder", "folder", os.X_OK),
        ("weights", "folder/a.safetensors", "folder/a.safetensors", os.R_OK),
        ("out", "folder/a.safetensors", "folder/a.safetensors", os.W_OK),
        ("out", "folder/new.png", "folder", os.W_OK),
        ("out", "folder/new.png", "folder", os.X_OK),
    ],
)
def test_what_may_not_be_read_or_written_is_refused(
    parameter, value, forbidden, what, tmp_path, monkeypatch
):
    (tmp_path / "folder").mkdir()
    saved(tmp_path / "folder" / "a.safetensors")
    check(**{parameter: str(tmp_path / value)})

    def access(path, asked):
        return path != tmp_path / forbidden or not asked & what

    monkeypatch.setattr(os, "access", access)
    assert f"'{parameter}'" in refusal(**{parameter: str(tmp_path / value)})


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may write into read-only folders; Windows has none",
)
def test_a_folder_that_cannot_be_written_to_is_no_place_for_a_file(tmp_path):
    tmp_path.chmod(0o555)
    assert "may be written to" in refusal(out=str(tmp_path / "a.png"))
    tmp_path.chmod(0o755)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.sampled_from([5000]).map(lambda n: 10**n)
    | st.characters(categories=["Cs", "Cc"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(VALUES, st.sampled_from(sorted(set(RULES) - {"device"})))
def test_whatever_a_parameter_is_it_is_taken_or_refused_in_one_sentence(value, name):
    try:
        RULES[name].check(name, value)
    except params.ParameterError as error:
        assert is_one_sentence(error)


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
    monkeypatch.setenv("MNIST_TUTORIAL_DEVICE", "GPU")
    with pytest.raises(params.ParameterError, match="Did you mean 'cuda'"):
        params.device()
