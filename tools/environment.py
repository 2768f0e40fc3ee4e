"""Make `.venv` with what a command needs, and run the command there.

Only the standard library, and nothing newer than Python 3.7 can read: this runs before
anything is installed, also on a Python that is too old, to say so.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

from tools.checkout import ROOT, CommandError, alone

VENV = ROOT / ".venv"
STAMP = VENV / "set-up-of"  # of what the environment was made; written last
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)
TOO_OLD = (
    f"The course needs Python 3.11 or newer, this is {platform.python_version()}; "
    "install one (from python.org or your system's packages), then run the same "
    "command again."
)


# What each process that computes is started with, unless it is set already. Without the
# first, a thread that waits for its work keeps a core busy: beside another process that
# makes training several times slower. Without the others, glibc gives the memory of a
# large map back after every step, and a fifth of a step goes into fetching it again.
COMPUTING = {
    "GOMP_SPINCOUNT": "1000",
    "MALLOC_MMAP_THRESHOLD_": str(2**28),  # bytes
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
}


class SetupError(CommandError):
    """What is missing, in one sentence for the person at the keyboard."""


def enter(extras, argv):
    """Go on with the command `argv` in an environment that has these extras.

    That is the running one, if this repository is installed there (conda, Binder), else
    `.venv`, which is made first if need be.

    Raises:
        SetupError: as `make` does, or the running environment lacks one of the extras.
    """
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if not inside and _is_installed_here():
        _check_extras(extras)
        return
    make(extras)
    if inside:
        return
    sys.stdout.flush()
    command = [_venv_python(), "-m", "tools", *argv]
    if os.name == "nt":  # there, a process that replaces another leaves its console
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def _is_installed_here():
    """Whether the running Python imports the course from this very folder."""
    if sys.version_info < OLDEST:
        return False
    from importlib import metadata

    try:
        origin = metadata.distribution("mnist-tutorial").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return False
    return json.loads(origin or "{}").get("url") == ROOT.as_uri()


def _check_extras(extras):
    missing = _missing(sys.executable, extras)
    if missing:
        raise SetupError(
            f"This environment lacks {missing}, which the command needs; install it: "
            f'{sys.executable} -m pip install -e ".[{",".join(extras)}]"'
        )


# The modules that each extra needs; what these need in turn has come with them.
_MODULES = {
    "course": [
        *("mnist_tutorial", "torch", "torchvision", "numpy", "safetensors", "PIL"),
        *("matplotlib", "ipywidgets", "anywidget", "jupyterlab", "jupyter_server"),
        *("tornado", "nbformat", "nbclient", "papermill", "joblib", "tqdm"),
        *("onnx", "onnxruntime", "onnxscript"),
    ],
    "dev": [
        *("pytest", "xdist", "nbval", "sklearn", "hypothesis", "captum", "distributed"),
        *("playwright", "axe_playwright_python", "ruff", "mypy", "hatchling"),
        "latex2mathml",
    ],
}
# Found, not imported, which would take seconds before each command; and not in the
# working folder.
_FIND = """import sys
from importlib.util import find_spec
sys.path = [folder for folder in sys.path if folder]
for name in sys.argv[1:]:
    if getattr(find_spec(name), "origin", None) is None:
        sys.exit(name)
"""
_A_PYTHON = "a Python that runs"


def _missing(python, extras):
    """The first module of these extras that `python` does not have; "" if it has all.

    Where it does not run at all, that is `_A_PYTHON`.
    """
    names = [name for extra in extras for name in _MODULES[extra]]
    try:
        answer = subprocess.run([python, "-c", _FIND, *names], stderr=subprocess.PIPE)
    except OSError:
        return _A_PYTHON
    if answer.returncode == 0:
        return ""
    lines = answer.stderr.decode("utf-8", "replace").split()
    return lines[0] if lines and lines[0] in names else _A_PYTHON


def make(extras=("course",), pinned=True):
    """Install the course and these extras into `.venv`, unless that has been done.

    Versions are those of constraints.txt, with which the committed outputs were made.
    Where these cannot be had, or shall not be `pinned`, they are the newest that
    pyproject.toml admits.

    Raises:
        SetupError: Python is too old or has no venv, another process sets up as well,
            or packages cannot be fetched.
    """
    if _is_ready(extras):
        return
    with alone(ROOT, BUSY):
        if not _is_ready(extras):  # or another process has done it by now
            python = _find_python()
            _check_venv(python)
            every = sorted(_read_stamp()[1] | set(extras))
            if not _is_mended(python, extras):
                _install(python, every, pinned)


def _is_ready(extras):
    """Whether `.venv` was made for these needs and extras, and still has them."""
    made_of, present = _read_stamp()
    if made_of != _fingerprint() or not set(extras) <= present:
        return False
    return not _missing(_venv_python(), present)


def _is_mended(python, extras):
    """Whether `.venv` is ready now that its Python is back; what lacks more goes."""
    made_of, present = _read_stamp()
    missing = made_of == _fingerprint() and _missing(_venv_python(), present)
    if not missing:
        return False
    print(f".venv lacks {missing}, which was there; it is mended now.", flush=True)
    if missing == _A_PYTHON:  # venv keeps one that is there, if it runs or not
        for file in Path(_venv_python()).parent.glob("python*"):
            file.unlink()
    _call(python, "-m", "venv", str(VENV))  # its packages stay
    if _missing(_venv_python(), present):
        shutil.rmtree(str(VENV), ignore_errors=True)
    return _is_ready(extras)


BUSY = (
    "Another set-up of .venv is under way; wait until it is complete, then run the "
    "same command again."
)


def _install(python, extras, pinned):
    """Make `.venv` with these extras, going on with what an earlier set-up has left."""
    print(
        "Setting up .venv with the packages of the course, which takes some minutes.",
        flush=True,
    )
    if not _runs(_venv_python(), "-m", "pip", "--version"):
        # What an interrupted set-up has left cannot be trusted.
        shutil.rmtree(str(VENV), ignore_errors=True)
        if _call(python, "-m", "venv", str(VENV)) != 0:
            raise SetupError(
                "Python could not make a virtual environment in .venv; its message "
                "stands above. Mend that, then run the same command again."
            )
    _install_torch(pinned)
    print(f"Installing {_what_is_new(extras)}.", flush=True)
    course = f"{ROOT}[{','.join(extras)}]"
    # PyTorch is there by now; another version that was there before is kept.
    if _pip("--editable", course, pinned=pinned, free=("torch", "torchvision")) != 0:
        raise SetupError(_NOT_FETCHED)
    missing = _missing(_venv_python(), extras)
    if missing:
        raise SetupError(
            f"pip has installed all, and yet .venv lacks {missing}; `make clean` (or "
            "`python -m tools clean`), then the same command again, makes it anew."
        )
    # Without this, JupyterLab's own scripts would follow the package.json of the root.
    (VENV / "package.json").write_text("{}\n", encoding="utf-8")
    STAMP.write_text(f"{_fingerprint()}\n{' '.join(extras)}\n", encoding="utf-8")
    print("Set-up is complete.", flush=True)


def _what_is_new(extras):
    """In words, what `.venv` lacks of these extras, and how much is to be fetched."""
    if _missing(_venv_python(), ["course"]):
        if "dev" in extras:
            return (
                "JupyterLab, matplotlib, the test tools and the rest: about 150 MB to "
                "download"
            )
        return "JupyterLab, matplotlib and the rest: about 100 MB to download"
    if _missing(_venv_python(), extras):
        return "the test tools: about 50 MB to download"
    return "what has changed since the last set-up"


_NOT_FETCHED = (
    "The packages could not be fetched and installed; pip's message stands above. The "
    "first set-up needs a network and room on the disk: see to these, then run the "
    "same command again."
)


def _read_stamp():
    """Of which needs `.venv` was made, and with which extras."""
    text = STAMP.read_text("utf-8", "replace") if STAMP.is_file() else ""
    made_of, extras = (text + "\n\n").split("\n")[:2]
    return made_of, set(extras.split()) & set(_MODULES)


def _install_torch(pinned):
    """Install PyTorch, from its CPU index where a learner would wait for CUDA in vain.

    On Linux the default index serves the build for NVIDIA GPUs, several times larger.
    TORCH=cpu or TORCH=default overrides the choice.
    """
    choice = os.environ.get("TORCH", "")
    if choice not in ("", "cpu", "default"):
        raise SetupError(f"TORCH is {choice!r}, but must be 'cpu', 'default' or unset.")
    if _runs(_venv_python(), "-c", "import torch, torchvision"):
        return
    packages = re.findall(r'"((?:torch|torchvision)>=[^"]+)"', _pyproject())
    large = platform.system() == "Linux" and platform.machine() == "x86_64"
    why_large = _why_large(choice) if large else ""
    if choice == "cpu" or (large and not why_large):
        print(
            "Installing PyTorch, CPU build: about 200 MB to download, 1 GB on disk.",
            flush=True,
        )
        if _pip("--index-url", CPU_INDEX, *packages, pinned=pinned) == 0:
            return
        if choice == "cpu":
            raise SetupError(_NOT_FETCHED)
        why_large = "the CPU build could not be installed"
    if large:
        print(
            f"Installing PyTorch, default build with CUDA, since {why_large}: about "
            "3 GB to download, 6 GB on disk. (TORCH=cpu insists on the small CPU "
            "build from PyTorch's own index.)",
            flush=True,
        )
    else:
        print("Installing PyTorch: about 200 MB to download.", flush=True)
    if _pip(*packages, pinned=pinned) != 0:
        raise SetupError(_NOT_FETCHED)


def _why_large(choice):
    """Why not to take the CPU build of PyTorch; "" if that is the one to take."""
    if choice == "cpu":
        return ""
    if choice == "default":
        return "TORCH=default asks for it"
    if _has_nvidia():
        return "this machine has an NVIDIA GPU"
    return "" if _answers(CPU_INDEX) else "PyTorch's CPU index did not answer"


def _pip(*arguments, pinned, free=()):
    """Install with the versions of constraints.txt, else with what is admitted.

    Packages that are `free` may have any version.
    """
    if not pinned:
        return _pip_install(*arguments)
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = VENV / "constraints.txt"
    kept = [line for line in lines if line.partition("==")[0] not in free]
    pins.write_text("\n".join(kept), encoding="utf-8")
    code = _pip_install("--constraint", str(pins), *arguments)
    if code != 0:
        print(
            "Not all versions of constraints.txt can be had here, so the newest that "
            "pyproject.toml admits are tried; outputs may differ from the committed.",
            flush=True,
        )
        code = _pip_install(*arguments)
    return code


def _pip_install(*arguments):
    command = [_venv_python(), "-m", "pip", "install", "--retries", "2"]
    command += ["--disable-pip-version-check"]
    if not sys.stdout.isatty():
        command += ["--quiet"]  # a terminal shows pip's progress, a log does not
    return _call(*command, *arguments)


def _call(*command):
    """Run a program that holds the lock as well: it may outlive this process."""
    return subprocess.call(command, close_fds=False)


def _find_python():
    """A Python that is new enough: this one, or another on the PATH."""
    if sys.version_info >= OLDEST:
        # Of a virtual environment, the one that has made it, which it can be made by.
        return getattr(sys, "_base_executable", sys.executable)
    for minor in range(20, OLDEST[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path and _runs(path, "-c", ""):
            return path
    raise SetupError(TOO_OLD)


def _check_venv(python):
    if not _runs(python, "-c", "import venv, ensurepip"):
        raise SetupError(
            "This Python comes without venv; install it (on Debian and Ubuntu: `sudo "
            "apt install python3-venv`), then run the same command again."
        )


def python_of(venv):
    """The path of a virtual environment's Python, as text."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(venv / folder / name)


def _venv_python():
    return python_of(VENV)


def _runs(python, *arguments):
    """Whether `python` is there and ends well; what it prints is not shown."""
    command = [python, *arguments]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _has_nvidia():
    return bool(shutil.which("nvidia-smi")) or os.path.exists("/proc/driver/nvidia")


def _answers(address, seconds=3.0):
    """Whether a server answers at once: one attempt, never longer than `seconds`."""
    answered = []

    def ask():
        try:
            urlopen(address, timeout=seconds).close()
            answered.append(True)
        except OSError:
            pass

    # Looking up a name has no time limit of its own, hence the thread.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answered)


def _fingerprint():
    """Changes when the environment has to be made anew: other needs, other place."""
    needs = _pyproject().partition("[tool.")[0]
    return hashlib.sha256(needs.encode() + os.fsencode(str(ROOT))).hexdigest()


def _pyproject():
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")
