"""Make `.venv` with what a command needs, run it there, and a JupyterLab that is quiet.

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

from tools.checkout import ROOT, CommandError

VENV = ROOT / ".venv"
STAMP = VENV / "set-up-of"  # of what the environment was made; written last
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)


class SetupError(CommandError):
    """What is missing, in one sentence for the person at the keyboard."""


def enter(extras, argv):
    """Go on with the command `argv` in an environment that has these extras.

    That is the running one, if this repository is installed there (conda, Binder), else
    `.venv`, which is made first if need be.

    Raises:
        SetupError: as `make` does, or the running environment lacks one of the extras.
    """
    if Path(sys.prefix) != VENV and _is_installed_here():
        _check_extras(extras)
        return
    make(extras)
    if Path(sys.prefix) == VENV:
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
    from importlib.util import find_spec

    for extra in extras:
        if not find_spec(_SIGN_OF[extra]):
            raise SetupError(
                f"This environment lacks what the command needs; install it: python "
                f'-m pip install -e ".[{",".join(extras)}]"'
            )


# A module that is there when the extra is.
_SIGN_OF = {"course": "jupyterlab", "dev": "pytest"}


def make(extras=("course",), pinned=True):
    """Install the course and these extras into `.venv`, unless that has been done.

    Versions are those of constraints.txt, with which the committed outputs were made.
    Where these cannot be had, or shall not be `pinned`, they are the newest that
    pyproject.toml admits.

    Raises:
        SetupError: Python is too old or has no venv, or packages cannot be fetched.
    """
    made_of, present = _read_stamp()
    if made_of == _fingerprint() and set(extras) <= present:
        return
    python = _find_python()
    _check_venv(python)
    print("Setting up .venv with the packages of the course.", flush=True)
    if not _runs(_venv_python(), "-m", "pip", "--version"):
        # What an interrupted set-up has left cannot be trusted.
        shutil.rmtree(str(VENV), ignore_errors=True)
        if subprocess.call([python, "-m", "venv", str(VENV)]) != 0:
            raise SetupError(
                "Python could not make a virtual environment in .venv; its message "
                "stands above. Mend that, then run the same command again."
            )
    _install_torch(pinned)
    every = sorted(present | set(extras))
    tests = ", the test tools" if "dev" in every else ""
    print(
        f"Installing JupyterLab, matplotlib{tests} and the rest: about "
        f"{_MEGABYTES['dev' if tests else 'course']} MB to download.",
        flush=True,
    )
    course = f"{ROOT}[{','.join(every)}]"
    # PyTorch is there by now; another version that was there before is kept.
    if _pip("--editable", course, pinned=pinned, free=("torch", "torchvision")) != 0:
        raise SetupError(_NOT_FETCHED)
    STAMP.write_text(f"{_fingerprint()}\n{' '.join(every)}\n", encoding="utf-8")
    print("Set-up is complete.", flush=True)


_MEGABYTES = {"course": 100, "dev": 150}
_NOT_FETCHED = (
    "The packages could not be fetched; pip's message stands above. The first set-up "
    "needs a network: connect, then run the same command again."
)


def _read_stamp():
    """Of which needs `.venv` was made, and with which extras."""
    text = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    made_of, extras = (text + "\n\n").split("\n")[:2]
    return made_of, set(extras.split())


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
    small = choice == "cpu" or (
        choice == "" and large and not _has_nvidia() and _answers(CPU_INDEX)
    )
    if small:
        print(
            "Installing PyTorch, CPU build: about 200 MB to download, 1 GB on disk.",
            flush=True,
        )
        if _pip("--index-url", CPU_INDEX, *packages, pinned=pinned) == 0:
            return
        if choice == "cpu":
            raise SetupError(_NOT_FETCHED)
    if large:
        print(
            "Installing PyTorch, default build with CUDA: about 3 GB to download, 6 GB "
            "on disk. (TORCH=cpu takes the small CPU build from PyTorch's own index.)",
            flush=True,
        )
    else:
        print("Installing PyTorch: about 200 MB to download.", flush=True)
    if _pip(*packages, pinned=pinned) != 0:
        raise SetupError(_NOT_FETCHED)


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
    return subprocess.call(command + list(arguments))


def _find_python():
    """A Python that is new enough: this one, or another on the PATH."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(20, OLDEST[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path and _runs(path, "-c", ""):
            return path
    raise SetupError(
        f"The course needs Python 3.11 or newer, this is {platform.python_version()}; "
        "install one (from python.org or your system's packages), then run the same "
        "command again."
    )


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
    return f"{hashlib.sha256(needs.encode()).hexdigest()} {ROOT}"


def _pyproject():
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def configure_lab():
    """Give JupyterLab a configuration folder of its own, without news prompts.

    What the reader has configured elsewhere (an open address, an empty password) is
    not read.
    """
    folder = ROOT / ".jupyter"
    page = folder / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    disabled = {"@jupyterlab/apputils-extension:announcements": True}
    page.write_text(json.dumps({"disabledExtensions": disabled}))
    os.environ["JUPYTER_CONFIG_DIR"] = str(folder)
