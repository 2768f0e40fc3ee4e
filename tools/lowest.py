"""Whether the lowest versions that pyproject.toml admits still do.

Every bound is lowered to the ground at once: uv makes the list, pip installs it into
`.lowest/`, and the quick tests run there. A bound that is too low fails here, before a
learner meets it.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.checkout import ROOT, CommandError, alone
from tools.environment import CPU_INDEX, python_of

FOLDER = ROOT / ".lowest"
VENV = FOLDER / "venv"
LIST = FOLDER / "versions.txt"
DONE = FOLDER / "installed.txt"  # the list that was installed, written last
EXTRAS = ("course", "dev")
# What only the build of PyTorch for NVIDIA GPUs needs: gigabytes that no test uses.
OF_CUDA = ("nvidia-", "cuda-", "triton==")


def run() -> int:
    """Test the lowest versions; the exit code of the tests.

    Raises:
        CommandError: there is no uv, no such set of versions, or it is not installable.
    """
    FOLDER.mkdir(exist_ok=True)
    # Git leaves alone what says so itself.
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    with alone(FOLDER, "Another process sets up .lowest; wait until it is complete."):
        with tempfile.TemporaryDirectory() as folder:
            _make_list(_uv(Path(folder)))
        if not _is_installed():
            _install()
    code = subprocess.call(
        [python_of(VENV), "-m", "tools", "test", "--quick"], cwd=ROOT
    )
    if code:
        print(
            "The tests above fail with the lowest versions that pyproject.toml admits "
            f"({LIST.relative_to(ROOT)}); raise the bound at fault or mend the code.",
            file=sys.stderr,
        )
    return code


def _uv(folder: Path) -> str:
    """uv's path: that of this machine, else of one that is installed into `folder`."""
    path = shutil.which("uv")
    if path:
        return path
    print("Installing uv for the moment: about 25 MB to download.", flush=True)
    if (
        subprocess.call([sys.executable, "-m", "venv", str(folder)])
        or _pip(python_of(folder), "uv")
        or not (path := shutil.which("uv", path=str(Path(python_of(folder)).parent)))
    ):
        raise CommandError(
            "uv, which finds the lowest versions, is not here and could not be "
            "installed; the message stands above. Install uv, or connect to a network."
        )
    return path


def _make_list(uv: str) -> None:
    """Write the lowest version of each direct dependency, and what goes with these."""
    LIST.unlink(missing_ok=True)  # uv would keep what an old list says
    command = [uv, "pip", "compile", "--quiet", "--no-annotate"]
    command += ["--resolution", "lowest-direct"]
    # Nobody should need a compiler; and a Python that is newer than a package has no
    # wheel of it, so that the lowest version there is a later one.
    command += ["--only-binary", ":all:"]
    command += ["--python-version", ".".join(map(str, sys.version_info[:2]))]
    command += [option for extra in EXTRAS for option in ("--extra", extra)]
    command += ["--output-file", str(LIST), "pyproject.toml"]
    if subprocess.call(command, cwd=ROOT):
        raise CommandError(
            "No set of lowest versions fits pyproject.toml: its bounds contradict each "
            "other, or there is no network. uv's message stands above."
        )


def _is_installed() -> bool:
    """Whether an earlier run has installed this very list."""
    versions = LIST.read_text(encoding="utf-8")
    return DONE.is_file() and DONE.read_text(encoding="utf-8") == versions


def _install() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    DONE.unlink(missing_ok=True)
    print("Installing the lowest versions into .lowest/.", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", str(VENV)]):
        raise CommandError(
            "Python could not make a virtual environment in .lowest/; its message "
            "stands above. Mend that, then run the same command again."
        )
    pins = LIST.read_text(encoding="utf-8").splitlines()
    if _wants_small_pytorch() and _install_small_pytorch(pins):
        pins = [line for line in pins if not line.startswith(OF_CUDA)]
    listed = FOLDER / "to-install.txt"
    listed.write_text("\n".join(pins), encoding="utf-8")
    if (
        _pip(python_of(VENV), "--no-deps", "--requirement", str(listed))
        or _pip(python_of(VENV), "--no-deps", "--editable", str(ROOT))
        or subprocess.call([python_of(VENV), "-m", "pip", "check"])
    ):
        raise CommandError(
            "The lowest versions that pyproject.toml admits could not be installed "
            "together; pip's message stands above."
        )
    DONE.write_text(LIST.read_text(encoding="utf-8"), encoding="utf-8")


def _wants_small_pytorch() -> bool:
    """Whether the default index serves the build with CUDA here."""
    large = platform.system() == "Linux" and platform.machine() == "x86_64"
    return large and os.environ.get("TORCH") != "default"


def _install_small_pytorch(pins: list[str]) -> bool:
    """Install the CPU build from PyTorch's own index; False if that has none."""
    torch = [line for line in pins if line.startswith(("torch==", "torchvision=="))]
    options = ("--no-deps", "--retries", "0", "--timeout", "10")
    if _pip(python_of(VENV), *options, "--index-url", CPU_INDEX, *torch) == 0:
        return True
    print(
        "PyTorch's own index has no CPU build of these for this machine, or is out of "
        "reach; the default build is taken, about 3 GB to download.",
        flush=True,
    )
    return False


def _pip(python: str, *arguments: str) -> int:
    command = [python, "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", *arguments]
    return subprocess.call(command)
