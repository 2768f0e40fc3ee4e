"""Files are whole or not there, damage is noticed, a resumed run is the same run."""

import ast
import copy
import errno
import hashlib
import io
import os
import pickle
import random
import signal
import threading
import time
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from support import TinyNet, is_one_sentence, same_state, tiny_run
from torch import nn

from mnist_tutorial import checkpoint

PACKAGE = Path(checkpoint.__file__).parent
EPOCHS = 3


def net(seed=0) -> TinyNet:
    """A net whose batch norm has seen something."""
    torch.manual_seed(seed)
    model = TinyNet()
    model(torch.randn(4, 1, 8, 8))
    return model


# Resuming


@pytest.fixture(scope="module")
def whole():
    """A run that nothing disturbed, and the random numbers after it."""
    run = tiny_run()
    run.fit(EPOCHS)
    return run, torch.get_rng_state()


def stopped_at(step: int):
    run = tiny_run()

    def stop(history):
        if len(history.losses) == step:
            signal.raise_signal(signal.SIGINT)

    run.fit(EPOCHS, on_step=stop)
    assert run.history.interrupted
    return run


def resumed(path, parts=("model", "optimizer", "scheduler", "history")):
    """A run of other weights and random numbers, into which the file was loaded."""
    run = tiny_run(seed=1)
    torch.rand(7)
    checkpoint.load_state(path, **{name: run.parts[name] for name in parts})
    return run


def is_identical(run, whole) -> bool:
    expected, random_state = whole
    momenta = [
        [state["momentum_buffer"] for state in r.optimizer.state.values()]
        for r in (run, expected)
    ]
    return (
        same_state(run.model, expected.model)
        and run.history.state_dict() == expected.history.state_dict()
        and run.history.interrupted == expected.history.interrupted
        and run.scheduler.state_dict() == expected.scheduler.state_dict()
        and all(torch.equal(a, b) for a, b in zip(*momenta, strict=True))
        and torch.get_rng_state().equal(random_state)
    )


@pytest.mark.parametrize("step", [1, 4, 5, 6, 13, 15])
def test_an_interrupted_run_resumed_from_its_file_is_the_whole_run(
    step, whole, tmp_path, unheard
):
    checkpoint.save_state(tmp_path / "state", **stopped_at(step).parts)
    run = resumed(tmp_path / "state")
    assert len(run.history.losses) == step
    run.fit(EPOCHS)
    assert is_identical(run, whole)


def test_a_state_saved_during_a_run_resumes_to_the_whole_run(whole, tmp_path):
    run = tiny_run()

    def save_once(history):
        if len(history.losses) == 8:
            checkpoint.save_state(tmp_path / "state", **run.parts)

    run.fit(EPOCHS, on_step=save_once)
    assert is_identical(run, whole)  # saving disturbs nothing
    run = resumed(tmp_path / "state")
    run.fit(EPOCHS)
    assert is_identical(run, whole)


@pytest.mark.parametrize(
    "forgotten",
    ["nothing", "model", "batch norm", "optimizer", "scheduler", "history", "random"],
)
def test_a_resume_that_forgets_any_one_part_is_not_the_whole_run(
    forgotten, whole, tmp_path, unheard, monkeypatch
):
    stopped = stopped_at(8)
    parts = {name: part for name, part in stopped.parts.items() if name != forgotten}
    checkpoint.save_state(tmp_path / "state", **parts)
    if forgotten == "random":
        monkeypatch.setattr(checkpoint, "_set_random_state", lambda state: None)
    run = resumed(tmp_path / "state", parts)
    if forgotten == "batch norm":
        run.model.layers[1].reset_running_stats()
    run.fit(EPOCHS)
    assert is_identical(run, whole) is (forgotten == "nothing")
    assert same_state(run.model, whole[0].model) is (forgotten == "nothing")


def test_fifty_runs_interrupted_at_random_moments_resume_bit_for_bit(
    whole, tmp_path, unheard
):
    began = time.perf_counter()
    tiny_run().fit(EPOCHS)
    duration = time.perf_counter() - began
    moments, positions = random.Random(0), []
    for _ in range(500):
        run = tiny_run()
        delay = moments.uniform(0, duration)
        timer = threading.Timer(delay, signal.raise_signal, [signal.SIGINT])
        timer.start()
        run.fit(EPOCHS)
        timer.join()
        if not run.history.interrupted:  # the moment fell before or after the run
            continue
        positions.append(len(run.history.losses))
        checkpoint.save_state(tmp_path / "state", **run.parts)
        run = resumed(tmp_path / "state")
        run.fit(EPOCHS)
        assert is_identical(run, whole), positions
        if len(positions) == 50:
            break
    assert len(positions) == 50
    assert len(set(positions)) > 5
    assert sum(position % 5 != 0 for position in positions) > 20  # within an epoch


def test_parts_may_be_none(tmp_path):
    checkpoint.save_state(tmp_path / "state", model=net(0), scheduler=None)
    loaded = net(1)
    checkpoint.load_state(tmp_path / "state", model=loaded, scheduler=None)
    assert same_state(loaded, net(0))


def test_random_numbers_go_on_where_they_were(tmp_path):
    torch.manual_seed(3)
    checkpoint.save_state(tmp_path / "state")
    expected = torch.rand(5)
    checkpoint.load_state(tmp_path / "state")
    assert torch.rand(5).equal(expected)


# Weights


def test_weights_come_back_bit_for_bit_whatever_the_layout_and_path(tmp_path):
    saved = net(0)
    for where in (tmp_path / "a.safetensors", str(tmp_path / "b.safetensors")):
        checkpoint.save_weights(saved, where)
        loaded = net(1)
        assert checkpoint.load_weights(loaded, where) is loaded
        assert same_state(loaded, saved)
        saved.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_weights_of_other_types_come_back_too(dtype, tmp_path):
    saved, loaded = net(0).to(dtype), net(1).to(dtype)
    checkpoint.save_weights(saved, tmp_path / "w.safetensors")
    checkpoint.load_weights(loaded, tmp_path / "w.safetensors")
    assert same_state(loaded, saved)


def test_a_weights_file_is_plain_safetensors_with_its_notes(tmp_path):
    saved = net()
    checkpoint.save_weights(saved, tmp_path / "w.safetensors", recipe="3 epochs")
    with safetensors.safe_open(tmp_path / "w.safetensors", "pt") as file:
        assert file.metadata()["recipe"] == "3 epochs"
        assert file.keys() == sorted(saved.state_dict())
        for name, tensor in saved.state_dict().items():
            assert file.get_tensor(name).equal(tensor)


# Files that cannot be used


def save_weights(path):
    checkpoint.save_weights(net(0), path)


def save_state(path):
    checkpoint.save_state(path, model=net(0))


def load_weights(path, into):
    checkpoint.load_weights(into, path)


def load_state(path, into):
    checkpoint.load_state(path, model=into)


KINDS = [(save_weights, load_weights), (save_state, load_state)]
each_kind = pytest.mark.parametrize(("save", "load"), KINDS, ids=["weights", "state"])


def assert_refused(content: bytes, path, load):
    """Loading the bytes ends in one sentence and changes nothing."""
    path.write_bytes(content)
    loaded = net(1)
    random_state = torch.get_rng_state()
    with pytest.raises(ValueError) as error:
        load(path, loaded)
    assert is_one_sentence(error)
    assert str(path) in str(error.value)
    assert same_state(loaded, net(1))
    torch.set_rng_state(random_state)


def changed_at(content: bytes, position: int, change: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= change
    return bytes(changed)


@each_kind
def test_a_truncated_file_is_refused(save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    lengths = {0, 1, 7, 8, header - 1, header, header + 1}
    lengths |= {len(content) - 1, len(content) - 8}
    for length in lengths | set(range(0, len(content), 997)):
        assert_refused(content[:length], path, load)


@each_kind
def test_a_file_with_something_after_its_end_is_refused(save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    assert_refused(path.read_bytes() + b"\x00", path, load)


@each_kind
def test_a_file_of_another_kind_is_refused(save, load, tmp_path):
    torch.save({"parts": {}}, tmp_path / "zip")  # what torch.load would take
    zipped = (tmp_path / "zip").read_bytes()
    for content in (b"", b"hello\n" * 50, pickle.dumps([1, 2]), bytes(500), zipped):
        assert_refused(content, tmp_path / "file", load)
    plain = safetensors.torch.save(net(0).state_dict())  # without a SHA-256
    assert_refused(plain, tmp_path / "file", load)


@pytest.mark.parametrize(
    ("save", "load"), [(save_weights, load_state), (save_state, load_weights)]
)
def test_weights_are_no_state_and_a_state_is_no_weights(save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    assert_refused(path.read_bytes(), path, load)


def test_a_state_of_the_first_version_is_refused(tmp_path):
    torch.save({"parts": {}, "random": {}}, tmp_path / "zip")
    content = (tmp_path / "zip").read_bytes()
    head = f"mnist-tutorial state 1\n{hashlib.sha256(content).hexdigest()}\n".encode()
    assert_refused(head + content, tmp_path / "file", load_state)


@each_kind
def test_a_flipped_bit_anywhere_in_the_numbers_is_noticed(save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    content = path.read_bytes()
    for position in range(len(content) - 1, len(content) // 2, -29):
        assert_refused(changed_at(content, position, 1 << position % 8), path, load)


@each_kind
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_any_changed_byte_in_the_header_is_noticed(step, save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    for position in range(0, header, step if save is save_weights else 1):
        assert_refused(changed_at(content, position, 0x0F), path, load)


@each_kind
def test_a_damaged_file_is_named_with_both_hashes(save, load, tmp_path):
    path = tmp_path / "file"
    save(path)
    with safetensors.safe_open(path, "pt") as file:
        expected = file.metadata()["sha256"]
    path.write_bytes(changed_at(path.read_bytes(), -1, 1))
    with pytest.raises(
        ValueError, match=f"damaged.* [0-9a-f]{{64}}, .*{expected}; save"
    ):
        load(path, net())


@each_kind
def test_a_missing_file_is_named(save, load, tmp_path):
    for path in (tmp_path / "no-such-file", str(tmp_path / "no-such-file")):
        with pytest.raises(FileNotFoundError, match="no-such-file") as error:
            load(path, net())
        assert is_one_sentence(error)


@each_kind
def test_what_is_no_name_is_one_sentence(save, load):
    for path in (None, 3, b"weights", net()):
        with pytest.raises(TypeError, match="Pass the name of a file") as error:
            load(path, net())
        assert is_one_sentence(error)


@each_kind
def test_what_is_no_file_is_one_sentence(save, load, tmp_path):
    for path in (tmp_path, "\ud800"):
        with pytest.raises(OSError, match="cannot be read") as error:
            load(path, net())
        assert is_one_sentence(error)


OTHER_NETWORKS = {
    "other layers": lambda: nn.Linear(3, 2),
    "other sizes": lambda: nn.Sequential(nn.Conv2d(1, 5, 3), nn.BatchNorm2d(5)),
}


@pytest.mark.parametrize("other", OTHER_NETWORKS)
@pytest.mark.parametrize(
    ("save", "load"),
    KINDS,
    ids=["weights", "state"],
)
def test_another_network_is_refused(save, load, other, tmp_path):
    save(tmp_path / "file")
    with pytest.raises(ValueError, match=str(tmp_path)) as error:
        load(tmp_path / "file", OTHER_NETWORKS[other]())
    assert is_one_sentence(error)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"model": net(1), "extra": None},
        {"network": net(1)},
        {"model": None},
        {"model": net(1), "scheduler": net(2)},
    ],
    ids=lambda parts: " and ".join(parts) or "none",
)
def test_a_state_of_other_parts_is_refused(parts, tmp_path):
    path = tmp_path / "state"
    saved = {"model": net(0)}
    if "scheduler" in parts:
        saved["scheduler"] = None
    checkpoint.save_state(path, **saved)
    with pytest.raises(ValueError, match="holds model") as error:
        checkpoint.load_state(path, **parts)
    assert is_one_sentence(error)


def test_weights_of_another_type_are_refused_not_converted(tmp_path):
    checkpoint.save_weights(net(0).double(), tmp_path / "file")
    assert_refused((tmp_path / "file").read_bytes(), tmp_path / "file", load_weights)


# Nothing that could run is loaded


class _Bomb:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_a_state_that_would_run_code_is_not_run(tmp_path):
    path, exploded = tmp_path / "state", tmp_path / "exploded"
    torch.save({"parts": {"model": _Bomb(exploded)}, "random": {}}, path)
    content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
    checkpoint._write(path, {"state": content}, {})
    assert_refused((tmp_path / "state").read_bytes(), path, load_state)
    assert not exploded.exists()


def packed(content: bytes) -> bytes:
    """The bytes of a state's file with a right digest, whatever the content."""
    tensor = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    notes = {"sha256": checkpoint._digest({"state": tensor})}
    return safetensors.torch.save({"state": tensor}, notes)


def saved(state) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def compressed(content: bytes) -> bytes:
    """The same archive, deflated: a few bytes for gigabytes of zeros."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name))
    return buffer.getvalue()


RANDOM = {"cpu": torch.get_rng_state(), "cuda": []}
MODEL = net(0).state_dict()
GOOD_STATE = {"parts": {"model": MODEL}, "random": RANDOM}
WRONG_CONTENTS = {
    "nothing": b"\0",
    "text": b"state",
    "a pickle": pickle.dumps(["parts"]),
    "a list": saved([]),
    "no parts": saved({"random": RANDOM}),
    "no random numbers": saved({"parts": {"model": MODEL}}),
    "parts of numbers": saved({"parts": {1: MODEL}, "random": RANDOM}),
    "parts in a list": saved({"parts": ["model"], "random": RANDOM}),
    "a model of text": saved({"parts": {"model": "net"}, "random": RANDOM}),
    "weights of text": saved(
        {"parts": {"model": {**MODEL, "layers.0.bias": "0"}}, "random": RANDOM}
    ),
    "a buffer of another shape": saved(
        {
            "parts": {
                "model": {
                    **MODEL,
                    "layers.1.num_batches_tracked": torch.ones(3, dtype=torch.int64),
                }
            },
            "random": RANDOM,
        }
    ),
    "weights of another type": saved(
        {"parts": {"model": net(0).double().state_dict()}, "random": RANDOM}
    ),
    "random numbers of text": saved(GOOD_STATE | {"random": {"cpu": "1", "cuda": []}}),
    "few random numbers": saved(
        GOOD_STATE | {"random": {"cpu": torch.ones(3, dtype=torch.uint8), "cuda": []}}
    ),
    "a list of random numbers": saved(GOOD_STATE | {"random": [1]}),
    "compressed": compressed(saved(GOOD_STATE)),
    "half an archive": saved(GOOD_STATE)[:-40],
}


def test_what_is_packed_by_hand_is_a_state(tmp_path):
    (tmp_path / "state").write_bytes(packed(saved(GOOD_STATE)))
    loaded = net(1)
    checkpoint.load_state(tmp_path / "state", model=loaded)
    assert same_state(loaded, net(0))


@pytest.mark.parametrize("content", WRONG_CONTENTS.values(), ids=WRONG_CONTENTS)
def test_a_right_digest_over_a_wrong_content_is_refused(content, tmp_path):
    assert_refused(packed(content), tmp_path / "file", load_state)


def everything(run) -> dict:
    """All that a load may change, in plain bytes."""
    states = {name: part.state_dict() for name, part in run.parts.items()}
    return {
        "states": saved(states),
        "random": torch.get_rng_state().tolist(),
        "interrupted": run.history.interrupted,
    }


def momentum_of_another_shape(parts):
    parts["optimizer"]["state"][0]["momentum_buffer"] = torch.zeros(3)


def momentum_of_text(parts):
    parts["optimizer"]["state"][1]["momentum_buffer"] = "fast"


def no_such_parameter(parts):
    parts["optimizer"]["param_groups"][0]["params"][0] = 99


WRONG_PARTS = {
    "model: one weight less": lambda p: p["model"].popitem(),
    "model: another name": lambda p: p["model"].update(extra=torch.zeros(1)),
    "optimizer: empty": lambda p: p.update(optimizer={}),
    "optimizer: a list": lambda p: p.update(optimizer=[]),
    "optimizer: no groups": lambda p: p["optimizer"].update(param_groups=[]),
    "optimizer: no rate": lambda p: p["optimizer"]["param_groups"][0].pop("lr"),
    "optimizer: a rate of text": lambda p: p["optimizer"]["param_groups"][0].update(
        lr="0.1"
    ),
    "optimizer: another shape": momentum_of_another_shape,
    "optimizer: text": momentum_of_text,
    "scheduler: empty": lambda p: p.update(scheduler={}),
    "scheduler: a method": lambda p: p["scheduler"].update(step=3),
    "scheduler: a phase of text": lambda p: p["scheduler"]["_schedule_phases"][
        0
    ].update(end_step="3"),
    "scheduler: a phase less": lambda p: p["scheduler"]["_schedule_phases"][0].pop(
        "end_step"
    ),
    "scheduler: steps of text": lambda p: p["scheduler"].update(last_epoch="3"),
    "history: empty": lambda p: p.update(history={}),
    "history: text": lambda p: p["history"].update(losses="none"),
    "history: no pairs": lambda p: p["history"].update(validation=[(1.0,)]),
    "history: no numbers": lambda p: p["history"].update(losses=[None]),
}


@pytest.mark.parametrize("change", WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_one_wrong_part_changes_none(change, tmp_path):
    run = tiny_run()
    run.fit(1)
    parts = copy.deepcopy({name: part.state_dict() for name, part in run.parts.items()})
    change(parts)
    path = tmp_path / "state"
    path.write_bytes(packed(saved({"parts": parts, "random": RANDOM})))
    other = tiny_run(seed=1)
    other.fit(2)
    before = everything(other)
    with pytest.raises(ValueError, match=str(path)) as error:
        checkpoint.load_state(path, **other.parts)
    assert is_one_sentence(error)
    assert everything(other) == before
    other.fit(3)  # it still can


OPTIMIZERS = ("Adadelta", "Adagrad", "Adam", "AdamW", "ASGD", "LBFGS", "NAdam", "RAdam",
              "RMSprop", "Rprop", "SGD")  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_state_of_every_optimizer_comes_back_into_a_fresh_one(name, tmp_path):
    def parts(seed):
        model = net(seed)
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)
        return {"model": model, "optimizer": optimizer}

    def closure():
        first["model"].zero_grad()
        loss = first["model"](torch.ones(2, 1, 8, 8)).square().mean()
        loss.backward()
        return loss

    first, second = parts(0), parts(1)
    first["optimizer"].step(closure)
    checkpoint.save_state(tmp_path / "state", **first)
    checkpoint.load_state(tmp_path / "state", **second)
    states = [saved(part["optimizer"].state_dict()) for part in (first, second)]
    assert states[0] == states[1]
    assert all(p.grad is None for p in second["model"].parameters())


def test_an_interrupt_while_loading_changes_nothing(tmp_path, monkeypatch):
    checkpoint.save_state(tmp_path / "state", **tiny_run().parts)
    other = tiny_run(seed=1)
    other.fit(1)
    before = everything(other)

    original, strikes = checkpoint._set_random_state, iter([KeyboardInterrupt()])

    def interrupted_once(state):
        for error in strikes:
            raise error
        original(state)

    monkeypatch.setattr(checkpoint, "_set_random_state", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.load_state(tmp_path / "state", **other.parts)
    assert everything(other) == before


def test_every_torch_load_in_the_package_loads_weights_only():
    loads = 0
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
                assert not names & {"pickle", "dill", "joblib", "shelve"}, file
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = {alias.name for alias in node.names}
                assert node.module.split(".")[0] not in {"pickle", "dill", "shelve"}
                # joblib runs jobs in sweep.py; its load is pickle's.
                if node.module.split(".")[0] == "joblib":
                    assert not imported & {"*", "load", "numpy_pickle"}, file
                    assert node.module == "joblib", file
                assert node.module != "torch" or "load" not in imported, file
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                how = {
                    keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords
                }
                assert how.get("weights_only") == "True", file
                loads += 1
    assert loads > 0


# Whole or not at all


def fail_in(name, error, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(os, name, fail)


@pytest.mark.parametrize("place", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
@each_kind
def test_a_failing_write_leaves_the_old_file_whole_and_nothing_else(
    save, load, error, place, tmp_path, monkeypatch
):
    path = tmp_path / "file"
    save(path)
    before = path.read_bytes()
    fail_in(place, error, monkeypatch)
    with pytest.raises(type(error)):
        save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_first_write_leaves_nothing(tmp_path, monkeypatch):
    fail_in("fsync", OSError(errno.ENOSPC, "No space left on device"), monkeypatch)
    with pytest.raises(OSError):
        save_state(tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(OSError, match="no-such-folder"):
        save_state(tmp_path / "no-such-folder/file")
