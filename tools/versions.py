"""constraints.txt: the versions that made the committed outputs."""

from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mnist_tutorial.files import write_atomically
from tools.checkout import ROOT

FILE = ROOT / "constraints.txt"
HEAD = """\
# The versions that made the committed outputs, written by `python -m tools refresh`.
# Set-up asks for them; pyproject.toml says what else will do.
"""
# Which of these there are depends on the machine; PyTorch itself says which it needs.
OF_PYTORCH = ("nvidia-", "cuda-", "triton")


def installed() -> dict[str, str]:
    """By package, the public version of all that the course and its tests run on.

    Public: 2.9.1, not 2.9.1+cpu, so that every build of a version will do.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    todo = [("mnist-tutorial", extra) for extra in ("", "course", "dev")]
    while todo:
        name, extra = todo.pop()
        name = canonicalize_name(name)
        if (name, extra) in seen or name.startswith(OF_PYTORCH):
            continue
        seen.add((name, extra))
        distribution = metadata.distribution(name)
        versions[name] = Version(distribution.version).public
        for requirement in map(Requirement, distribution.requires or ()):
            marker = requirement.marker
            if marker is None or marker.evaluate({"extra": extra}):
                todo += [(requirement.name, e) for e in ("", *requirement.extras)]
    del versions["mnist-tutorial"]
    return dict(sorted(versions.items()))


def pinned() -> dict[str, str]:
    """What constraints.txt says."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def changed() -> str:
    """Where the installed version is another, as "NAME A, not B"; else nothing."""
    pins = pinned()
    return ", ".join(
        f"{name} {pins.get(name, 'none')}, not {version}"
        for name, version in installed().items()
        if pins.get(name) != version
    )


def write() -> None:
    """Note the versions that are installed."""
    lines = [f"{name}=={version}\n" for name, version in installed().items()]
    write_atomically(FILE, (HEAD + "".join(lines)).encode())
