"""Weights and whole training states on disk: written whole or not at all, and checked.

Both are safetensors files, which hold numbers and nothing that could run, with their
SHA-256 among the notes: neither safetensors nor `torch.load` notices a flipped bit. A
training state is everything a run needs to go on as if it had never stopped.
"""

import hashlib
import io
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

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
        ValueError: the file is damaged, or its weights are those of another network.
    """
    tensors = _read(path)
    own = model.state_dict()
    if any(name in own and t.dtype != own[name].dtype for name, t in tensors.items()):
        raise ValueError(
            f"{path} is damaged, or made for another {type(model).__name__}: the types "
            "of its numbers are not those of this network; save the weights again."
        )
    _load_into(model, tensors, f"The weights in {path}")
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
        ValueError: the file is damaged, or holds other parts.
    """
    tensors = _read(path)
    if tensors.keys() != {"state"}:
        raise ValueError(
            f"{path} holds weights and no training state; read it with load_weights."
        )
    content = io.BytesIO(tensors["state"].numpy().tobytes())
    state = torch.load(content, map_location="cpu", weights_only=True)
    saved = state["parts"]
    holds, expected = _listed(saved), _listed(parts)
    if holds != expected:
        raise ValueError(
            f"{path} holds {holds}, but {expected} were expected; build the parts it "
            "holds."
        )
    for name, part in parts.items():
        if part is not None:
            _load_into(part, saved[name], f"The {name} in {path}")
    _set_random_state(state["random"])


def _listed(parts: dict) -> str:
    """The names of the parts, and which of them are None."""
    names = (name + " (None)" * (parts[name] is None) for name in sorted(parts))
    return ", ".join(names) or "nothing"


def _load_into(part: Any, state: Any, what: str) -> None:
    try:
        part.load_state_dict(state)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{what} cannot be put into this {type(part).__name__}; build it as it was "
            f"when it was saved ({' '.join(str(error).split())})."
        ) from error


def _write(path: str | Path, tensors: dict[str, Tensor], notes: dict[str, str]) -> None:
    notes = {**notes, "sha256": _digest(tensors)}
    write_atomically(path, to_safetensors(tensors, metadata=notes))


def _read(path: str | Path | Traversable) -> dict[str, Tensor]:
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
