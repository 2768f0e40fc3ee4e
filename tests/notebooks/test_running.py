"""How the commands and pytest run notebooks: dead kernels, devices, bad parameters."""

import json
import os
import re
import subprocess
import sys
import tempfile

import nbformat
import papermill
import pytest
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from tools import commands, lab, notebooks

pytestmark = pytest.mark.slow  # nearly all start kernels

CHECK = """from mnist_tutorial import claims, params
params.check(
    globals(),
    epochs=params.whole(3, low=1, high=50),
    lr=params.real(0.05, low=1e-6, high=10),
    device=params.device_name(),
    weights_out=params.new_file(),
)"""
PARAMETERS = """epochs: int = 3  # passes
lr: float = 0.05  # learning rate
device: str = "auto"  # where to compute
weights_out: str = ""  # file for the weights"""


def write(path, *sources):
    notebook = nbformat.v4.new_notebook()
    notebooks.normalise(notebook)
    for k, source in enumerate(sources, 1):
        cell = nbformat.v4.new_code_cell(source, execution_count=k)
        if source == PARAMETERS:
            cell.metadata.tags = ["parameters"]
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=notebooks.ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
    )


def run_nbval(path, *options, **environment):
    # The root's conftest is what is tested; elsewhere pytest would not find it.
    plugin = ("-p", "conftest", "-p", "no:cacheprovider", "-c", "pyproject.toml")
    return python("pytest", *plugin, path, "-q", *options, **environment)


def test_normalising_leaves_of_a_widget_its_picture_and_nothing_else():
    view = {lab.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Slider()"}
    outputs = [
        nbformat.v4.new_output("display_data", data=bundle)
        for bundle in (view, {**view, "image/png": "AAAA"}, {"text/plain": "3"})
    ]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    notebooks.normalise(notebook)
    kept = [set(output.data) for output in notebook.cells[0].outputs]
    assert kept == [{"text/plain", "image/png"}, {"text/plain"}]


def test_the_text_of_a_picture_stands_beside_it_and_reaches_an_exported_page():
    data = {"image/png": "AAAA", "text/plain": "Figure"}
    outputs = [nbformat.v4.new_output("display_data", data=data)]
    outputs.append(nbformat.v4.new_output("display_data", data={"text/plain": "3"}))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    notebook.cells[0].metadata.alt = "Two curves that cross."
    notebooks.normalise(notebook)
    picture, number = (output.metadata for output in notebook.cells[0].outputs)
    assert picture == {"image/png": {"alt": "Two curves that cross."}} and number == {}
    notebook.cells[0].metadata.clear()
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert 'alt="Two curves that cross."' in page


def test_what_would_spoil_a_prediction_is_folded_and_stays_so():
    sources = ("guess = ex.predict.size(...)", "1", "2")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook.cells[2].metadata.tags = ["reveals"]
    notebooks.fold(notebook)
    notebooks.normalise(notebook)
    folded = [cell.metadata.get("jupyter") for cell in notebook.cells]
    assert folded == [{"outputs_hidden": True}, None, {"outputs_hidden": True}]


def test_a_kernel_that_dies_fails_long_before_the_cells_time_is_over(tmp_path):
    path = write(tmp_path / "dies.ipynb", "import os, time", "os._exit(1)", "1 + 1")
    result = run_nbval(path, "--durations=0", "-vv")
    assert result.returncode == 1, result.stdout
    assert "The kernel died while it ran this cell." in result.stdout
    seconds = re.search(r"^([\d.]+)s call .*::Cell 1$", result.stdout, re.M)[1]
    assert float(seconds) < 900 / 3  # nbval alone would wait for the cell's 900


def test_the_device_flag_reaches_the_kernel(tmp_path):
    source = "import os; assert os.environ['MNIST_TUTORIAL_DEVICE'] == 'cpu'"
    path = write(tmp_path / "device.ipynb", source)
    assert run_nbval(path, "--device", "cpu").returncode == 0
    assert run_nbval(path, MNIST_TUTORIAL_DEVICE="").returncode == 0


def test_a_gpu_that_is_asked_for_and_absent_is_one_sentence(here, monkeypatch, capsys):
    sentence = "asks for a GPU ('cuda'), but PyTorch finds none"
    result = python("pytest", "--device", "cuda", CUDA_VISIBLE_DEVICES="")
    assert result.returncode != 0
    assert sentence in result.stderr and "Traceback" not in result.stderr
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    for command in ("run", "lab", "test"):
        assert commands.main([command, "--device", "cuda"]) == 1
        assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (("epoch", "1"), "There is no parameter 'epoch'. Did you mean 'epochs'?"),
        (("lr", "-1"), "'lr' is -1, but must be a number from 1e-06 to 10"),
    ],
)
def test_a_bad_parameter_ends_in_one_sentence(tmp_path, parameters, sentence):
    """Of a kernel; each rule's own sentence is tested in test_params."""
    path = write(tmp_path / "checked.ipynb", PARAMETERS, CHECK)
    name, text = parameters
    with pytest.raises(PapermillExecutionError) as failure:
        papermill.execute_notebook(
            path,
            tmp_path / "out.ipynb",
            {name: notebooks.value(text)},
            progress_bar=False,
        )
    last = str(failure.value).strip().splitlines()[-1]
    assert last.startswith("ParameterError: ") and sentence in last
    assert "params.py" not in str(failure.value)


def test_papermill_itself_prints_the_sentence_last(tmp_path):
    path = write(tmp_path / "checked.ipynb", PARAMETERS, CHECK)
    result = python("papermill", path, tmp_path / "out.ipynb", "-p", "epochs", "0")
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith("ParameterError: ")


def test_good_parameters_pass_and_the_check_may_run_again(tmp_path):
    path = write(tmp_path / "checked.ipynb", PARAMETERS, CHECK, CHECK)
    parameters = ("-p", "epochs", "1", "-p", "lr", "1e-3", "-p", "device", "cpu")
    result = python("papermill", path, tmp_path / "out.ipynb", *parameters)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def series(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(notebooks, "FOLDER", folder)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.delenv("MNIST_TUTORIAL_RESULTS", raising=False)
    write(folder / "01_good.ipynb", PARAMETERS, CHECK, "claims.record(accuracy=0.5)")
    return folder


def test_run_writes_the_notebook_its_metrics_and_a_summary(series, tmp_path, capsys):
    out = tmp_path / "a {folder}"
    notebooks.run([], {"epochs": 1}, out)
    metrics = json.loads((out / "01_good.metrics.json").read_text(encoding="utf-8"))
    assert metrics["parameters"]["epochs"] == 1
    assert metrics["results"] == {"accuracy": 0.5}
    assert metrics["error"] == "" and metrics["seconds"] > 0 and metrics["versions"]
    assert (out / "01_good.ipynb").is_file()
    assert "accuracy 50.00%" in capsys.readouterr().out


def test_run_goes_on_after_a_failure_and_ends_with_its_message(series, tmp_path):
    write(series / "00_bad.ipynb", "raise ValueError('too\\nbad')")
    write(series / "02_gone.ipynb", "import os; os._exit(1)")
    with pytest.raises(notebooks.CommandError) as failure:
        notebooks.run([], {}, tmp_path / "out")
    assert "00_bad failed. Cell [1]: too\nbad" in str(failure.value)
    assert "02_gone failed." in str(failure.value)
    assert (tmp_path / "out" / "01_good.metrics.json").is_file()


def test_run_refuses_a_parameter_that_no_notebook_has(series, tmp_path):
    with pytest.raises(notebooks.CommandError, match="Did you mean 'epochs'"):
        notebooks.run([], {"epoch": 1}, tmp_path / "out")
    with pytest.raises(notebooks.CommandError, match="Did you mean '01_good'"):
        notebooks.run(["01_god"], {}, tmp_path / "out")


def test_refreshing_twice_gives_the_same_file_and_keeps_varying_outputs(series):
    path = write(series / "00_light.ipynb", "1 + 1")
    notebook = nbformat.read(path, as_version=4)
    timed = nbformat.v4.new_code_cell("import time; print(time.time())")
    timed.metadata.tags = ["varying"]
    bar = nbformat.v4.new_code_cell("print('10 %\\r20 %\\r', end='')")
    notebook.cells += [timed, bar]
    nbformat.write(notebook, path)
    notebooks.refresh(path)
    first = path.read_bytes()
    notebooks.refresh(path)
    assert path.read_bytes() == first
    outputs = nbformat.read(path, as_version=4).cells[-2:]
    assert outputs[0].outputs and not outputs[1].outputs
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "print(time.time())", "print(time.time() )"
        ),
        encoding="utf-8",
    )
    notebooks.refresh(path)
    assert path.read_bytes() != first


def test_a_failing_refresh_leaves_the_file_as_it_was(series):
    path = write(series / "00_bad.ipynb", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(notebooks.CommandError, match="ZeroDivisionError"):
        notebooks.refresh(path)
    assert path.read_bytes() == before


def test_a_refresh_where_nothing_can_be_written_runs_nothing(series, monkeypatch):
    path = write(series / "00_good.ipynb", f"open({str(series / 'ran')!r}, 'w')")
    before = path.read_bytes()

    def read_only(dir, **_):
        raise OSError(30, "Read-only file system", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", read_only)
    with pytest.raises(OSError, match="Read-only"):  # of which `main` makes a sentence
        notebooks.refresh(path)
    assert path.read_bytes() == before
    assert {file.name for file in series.iterdir()} == {path.name, "01_good.ipynb"}


@pytest.mark.parametrize("damage", ["", "{", "null", "[]", "{}", "<<<<<<< HEAD", "\0"])
def test_a_notebook_that_is_damaged_is_one_sentence(series, damage, tmp_path):
    path = series / "01_good.ipynb"
    path.write_text(damage, encoding="utf-8")
    for use in (
        lambda: notebooks.refresh(path),
        lambda: notebooks.run([], {}, tmp_path / "out"),
        lambda: notebooks.code_cells(path),
    ):
        with pytest.raises(notebooks.CommandError) as failure:
            use()
        assert "make reset NAME=01_good" in str(failure.value)
        assert "\n" not in str(failure.value)
    assert path.read_text(encoding="utf-8") == damage
    assert not (tmp_path / "out").exists()


def test_a_reset_that_cannot_write_leaves_the_readers_notebook(series, monkeypatch):
    path = series / "01_good.ipynb"
    monkeypatch.setattr(notebooks, "_committed", lambda _: b"committed")
    before = path.read_bytes()
    write_well = notebooks.write_atomically

    def full(file, content):
        if file == path:
            raise OSError(28, "No space left on device")
        write_well(file, content)

    monkeypatch.setattr(notebooks, "write_atomically", full)
    with pytest.raises(OSError, match="No space"):
        notebooks.reset(["01"])
    assert path.read_bytes() == before


def test_reset_restores_the_committed_notebook_and_keeps_the_readers(series, tmp_path):
    path = series / "01_good.ipynb"
    with pytest.raises(notebooks.CommandError, match="git clone"):
        notebooks.reset(["01"])
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "x")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    committed = path.read_bytes()
    for name in ("01_good.mine.ipynb", "01_good.2.mine.ipynb"):
        path.write_bytes(b"mine " + name.encode())
        assert notebooks.edited() == [path]
        notebooks.reset()
        assert path.read_bytes() == committed
        assert (series / name).read_bytes() == b"mine " + name.encode()
    assert notebooks.edited() == []


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("3", 3), ("0.05", 0.05), ("1e-3", 1e-3), ("true", True), ("False", False),
     ("cpu", "cpu"), ("[1]", "[1]"), ("", "")],
)  # fmt: skip
def test_parameters_on_the_command_line_mean_what_they_say(text, meaning):
    assert notebooks.value(text) == meaning
    assert type(notebooks.value(text)) is type(meaning)
