"""JupyterLab as the course starts it: for this machine alone, with its own settings.

`python -m tools.lab FOLDER OPTION …` runs a JupyterLab whose whole configuration lies
in FOLDER.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.checkout import ROOT

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# What JupyterLab reads from the folder, by file.
SETTINGS = {
    "jupyter_server_config.json": {
        "ContentsManager": {"pre_save_hook": "tools.lab.save_pictures"},
        # Each names itself in the environment's own configuration, which is not read.
        "ServerApp": {
            "jpserver_extensions": {
                "jupyterlab": True,
                "jupyter_lsp": True,
                "jupyter_server_terminals": True,
                "notebook_shim": True,
            }
        },
    },
    "labconfig/page_config.json": {
        "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
    },
}


def start(
    root: Path, folder: Path, options: Sequence[str] = (), **process: Any
) -> subprocess.Popen:
    """Start a JupyterLab of the files in `root`, with the settings in `folder`.

    It answers on this machine only, and asks for the token that it prints. What is
    configured elsewhere (an open address, an empty token) is not read. `process` goes
    to `subprocess.Popen`.

    Raises:
        OSError: the settings cannot be written.
    """
    for name, content in SETTINGS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
    command = [sys.executable, "-m", "tools.lab", str(folder)]
    command += [f"--ServerApp.root_dir={root}", "--ServerApp.ip=127.0.0.1", *options]
    return subprocess.Popen(command, cwd=ROOT, **process)


def save_pictures(model: dict, **_) -> None:
    """Save of a cell with widgets its pictures alone, where it has any.

    A view needs the kernel that made it; without that, a notebook that is opened again
    would show an error in place of the widget.
    """
    if model["type"] != "notebook":
        return
    for cell in model["content"]["cells"]:
        outputs = cell.get("outputs", [])
        if any("image/png" in output.get("data", {}) for output in outputs):
            cell["outputs"] = [output for output in outputs if without_view(output)]


def without_view(output: dict) -> bool:
    """Take the view of a widget out of an output; whether that leaves more than text.

    Without its view, a widget's repr says nothing.
    """
    data = output.get("data", {})
    return data.pop(WIDGET_VIEW, None) is None or set(data) != {"text/plain"}


def main(folder: str, *options: str) -> None:
    """Run JupyterLab in this process until it ends."""
    from jupyter_core import paths

    os.environ["JUPYTER_CONFIG_DIR"] = folder  # where it writes settings of its own
    # Before anything takes it by name: no other place, not even the environment's.
    paths.jupyter_config_path = lambda: [folder]
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(list(options))


if __name__ == "__main__":
    main(*sys.argv[1:])
