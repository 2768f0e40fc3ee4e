"""Weights and whole training states on disk: written whole or not at all, and checked.

Both are safetensors files, which hold numbers and nothing that could run, with their
SHA-256 among the notes: neither safetensors nor `torch.load` notices a flipped bit. A
training state is everything a run needs to go on as if it had never stopped.
"""

import copy
import hashlib
import io
import zipfile
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mnist_tutorial.files import write_atomically


def save_weights(model: nn.Module, path: str | Path, **notes: str) -> None:
    """Write the weights of `model` to a safetensors file, with their SHA-256.

    Args:
        notes: text to keep in the file's header, such as `recipe="…"`.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
    }
    _write(path, tensors, notes)


def load_weights(model: nn.Module, path: str | Path | Traversable) -> nn.Module:
    """Read weights that `save_weights` wrote into `model`, and return it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or its weights are those of another network;
            the model is as it was.
    """
    _load(path, {"weights": model}, {"weights": _read(path)})
    return model


def save_state(path: str | Path, **parts: Any) -> None:
    """Write everything a training run needs to go on as if it had never stopped.

    Args:
        parts: whatever has a `state_dict`, by name: `model=…, optimizer=…,
            scheduler=…, history=…`. None is allowed. The history of a run is also its
            position.

    The states of PyTorch's random number generators (CPU and CUDA) are saved with them.
    """
    state = {
        "parts": {
            name: None if part is None else part.state_dict()
            for name, part in parts.items()
        },
        "random": _random_state(),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    _write(path, {"state": torch.frombuffer(buffer.getbuffer(), dtype=torch.uint8)}, {})


def load_state(path: str | Path, **parts: Any) -> None:
    """Put a saved training state back into `parts` and the random number generators.

    Args:
        parts: the same names as in `save_state`, built in the same way.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or holds other parts, or what does not fit
            into them; all parts are as they were.
    """
    tensors = _read(path)
    if tensors.keys() != {"state"}:
        raise ValueError(
            f"{path} holds weights and no training state; read it with load_weights."
        )
    saved = _unpacked(path, tensors["state"])
    holds, expected = _listed(saved["parts"]), _listed(parts)
    if holds != expected:
        raise ValueError(
            f"{path} holds {holds}, but {expected} were expected; build the parts it "
            "holds."
        )
    parts = {name: part for name, part in parts.items() if part is not None}
    _load(
        path,
        {**parts, "random numbers": _Random()},
        {**saved["parts"], "random numbers": saved["random"]},
    )


def _unpacked(path: str | Path, packed: Tensor) -> dict[str, dict]:
    """What `save_state` has packed: "parts" by name, and the "random" numbers.

    Raises:
        ValueError: it is something else.
    """
    content = io.BytesIO(packed.flatten().view(torch.uint8).numpy().tobytes())
    try:
        with zipfile.ZipFile(content) as archive:
            # torch.save does not compress: what does may hold gigabytes in a few bytes.
            if any(entry.compress_type for entry in archive.infolist()):
                raise ValueError
        content.seek(0)
        state = torch.load(content, map_location="cpu", weights_only=True)
        parts, random = state["parts"], state["random"]
        if not isinstance(random, dict) or not all(isinstance(n, str) for n in parts):
            raise TypeError
        return {"parts": dict(parts), "random": random}
    except Exception as error:  # whatever a file may hold: torch.load has many words
        raise ValueError(
            f"{path} is whole, but what it holds is no training state "
            f"({type(error).__name__}); save it again, or go on from an older one."
        ) from error


def _listed(parts: dict) -> str:
    """The names of the parts, and which of them are None."""
    names = (name + " (None)" * (parts[name] is None) for name in sorted(parts))
    return ", ".join(names) or "nothing"


def _load(path: Any, parts: dict[str, Any], states: dict[str, Any]) -> None:
    """Put its state into each part, or leave all of them as they were.

    Raises:
        ValueError: the first that does not fit, and why.
    """
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    name = ""
    try:
        for name, part in parts.items():
            _check_fit(part, states[name])
        for name, part in parts.items():
            part.load_state_dict(states[name])
    except BaseException as error:
        for name_before, part in parts.items():
            part.load_state_dict(before[name_before])
        if not isinstance(error, Exception):  # an interrupt
            raise
        raise ValueError(
            f"The {name} in {path} cannot be put into this "
            f"{type(parts[name]).__name__}; build it as it was when it was saved "
            f"({type(error).__name__}: {' '.join(str(error).split())})."
        ) from error


def _check_fit(part: Any, state: Any) -> None:
    """Refuse what `load_state_dict` takes although it does not fit.

    PyTorch converts the types of numbers without a word, lets a scheduler take over
    whatever is in the dict, and looks at no setting of an optimizer.
    """
    own = part.state_dict()
    if isinstance(part, LRScheduler):
        _check_alike(own, state)
    elif isinstance(part, Optimizer):
        _check_alike(own["param_groups"], state["param_groups"])
        _try_step(part, state)
    elif isinstance(part, nn.Module):
        for name in own.keys() & state.keys():
            kinds = {
                (tensor.dtype, tuple(tensor.shape))
                for tensor in (own[name], state[name])
                if isinstance(tensor, Tensor) and not is_lazy(tensor)
            }
            if len(kinds) > 1:
                raise ValueError(f"{name} is {' and not '.join(map(str, kinds))}")


def _check_alike(ours: Any, theirs: Any, name: str = "it") -> None:
    """Refuse other names in a dict, and other kinds of things, however deep inside."""
    if ours is None or theirs is None:
        return  # what has yet to be computed
    kinds = {_kind(ours), _kind(theirs)}
    if len(kinds) > 1:
        raise ValueError(f"{name} is a {' and not a '.join(sorted(kinds))}")
    if type(ours) is dict:
        if ours.keys() != theirs.keys():
            names = ", ".join(sorted(map(str, ours.keys() ^ theirs.keys())))
            raise ValueError(f"one has {names}, the other has not")
        for key, value in ours.items():
            _check_alike(value, theirs[key], str(key))
    elif isinstance(ours, list | tuple) and len(ours) == len(theirs):
        for k, mine in enumerate(ours):
            _check_alike(mine, theirs[k], name)


def _kind(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if is_number else type(value).__name__


def _try_step(optimizer: Optimizer, state: dict) -> None:
    """Let a copy take a step: a buffer of another shape would stop the next one."""
    twin = object.__new__(type(optimizer))
    # All but the hooks, and the step that a scheduler has wrapped. Not `deepcopy`: it
    # forgets what LBFGS keeps beside its state.
    twin.__setstate__(
        copy.deepcopy(
            {
                name: value
                for name, value in vars(optimizer).items()
                if name != "step" and not name.startswith("_optimizer_")
            }
        )
    )
    twin.load_state_dict(copy.deepcopy(state))
    for group in twin.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    twin.step(lambda: 0.0)


class _Random:
    """PyTorch's random numbers, as a part with a state like any other."""

    state_dict = staticmethod(lambda: _random_state())

    def load_state_dict(self, state: dict) -> None:
        _set_random_state(state)


def _write(path: str | Path, tensors: dict[str, Tensor], notes: dict[str, str]) -> None:
    notes = {**notes, "sha256": _digest(tensors)}
    write_atomically(path, to_safetensors(tensors, metadata=notes))


def _read(path: str | Path | Traversable) -> dict[str, Tensor]:
    if not isinstance(path, str | Path | Traversable):
        raise TypeError(f"Pass the name of a file, not a {type(path).__name__}.")
    try:
        with (
            as_file(Path(path) if isinstance(path, str) else path) as file,
            safe_open(file, "pt") as content,
        ):
            names = content.keys()
            tensors = {name: content.get_tensor(name) for name in names}
            expected = (content.metadata() or {}).get("sha256")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {path}; check the name and the folder."
        ) from None
    except (OSError, UnicodeError) as error:
        raise OSError(
            f"{path} cannot be read ({error}); name a file that may be read."
        ) from error
    except SafetensorError as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}); save it again, or go "
            "on from an older one."
        ) from error
    if _digest(tensors) != expected:
        raise ValueError(
            f"{path} is damaged: the SHA-256 of its numbers is {_digest(tensors)}, "
            f"expected {expected}; save it again, or go on from an older one."
        )
    return tensors


def _digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _random_state() -> dict:
    return {
        "cpu": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def _set_random_state(state: dict) -> None:
    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
