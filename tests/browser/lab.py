"""JupyterLab itself, with notebooks made for a test, in headless Chromium."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import nbformat
from support import PATIENCE

from tools.lab import start

READY = """
() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext?.session?.kernel
    && panel.sessionContext.session.kernel.status === "idle";
}
"""
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
RESTART = """
() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()
"""
RUN_LAST = """
async (source) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  const cells = notebook.model.sharedModel;
  cells.insertCell(cells.cells.length, {cell_type: "code", source});
  notebook.activeCellIndex = cells.cells.length - 1;
  await jupyterapp.commands.execute("notebook:run-cell");
  return notebook.activeCell.model.outputs.toJSON();
}
"""


class Server:
    """JupyterLab as `tools lab` starts it, on a port of its own; it asks no token."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        (folder / "notebooks").mkdir()
        options = {
            "ServerApp.port": port,
            "ServerApp.port_retries": 0,
            "ServerApp.password": "",
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
        }
        listed = [f"--{name}={value}" for name, value in options.items()]
        config = folder / "config"
        self.environment = os.environ | {
            "JUPYTER_DATA_DIR": str(config / "data"),
            "IPYTHONDIR": str(config / "ipython"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "MNIST_TUTORIAL_DEVICE": "cpu",
        }
        with self.log.open("w", encoding="utf-8") as log:
            self.process = start(
                folder / "notebooks",
                config,
                ["--no-browser", "--allow-root", *listed],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urlopen(f"{self.url}/api/status", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(
            f"JupyterLab did not start:\n{self.log.read_text('utf-8')[-2000:]}"
        )

    def copy(self, path: Path, trusted: bool) -> str:
        """Put a copy of a notebook into the served folder; its name there."""
        name = f"{'trusted' if trusted else 'fresh'}_{path.name}"
        copied = self.folder / "notebooks" / name
        copied.write_bytes(path.read_bytes())
        if trusted:
            sign = [sys.executable, "-c", "import nbformat.sign as s; s.main()"]
            subprocess.run([*sign, copied], env=self.environment, check=True)
        return name

    def end_kernels(self) -> None:
        """End the kernels of all notebooks that were opened."""
        with urlopen(f"{self.url}/api/sessions") as answer:
            for session in json.load(answer):
                address = f"{self.url}/api/sessions/{session['id']}"
                urlopen(Request(address, method="DELETE")).close()

    def stop(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Lab:
    """Opens notebooks in a page; notes what leaves the machine and what fails."""

    def __init__(self, page, server: Server):
        self.page, self.server = page, server
        self.external: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._note)
        page.on("websocket", self._note)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, request) -> None:
        local = (self.server.url, self.server.url.replace("http", "ws", 1))
        # JupyterLab names a picture of the file attachment:NAME until it has its data.
        inside = (*local, "data:", "blob:", "about:", "attachment:")
        if not request.url.startswith(inside):
            self.external.append(request.url)

    def _hear(self, message) -> None:
        of_the_file = message.location.get("url", "").startswith("attachment:")
        if message.type == "error" and not of_the_file:
            self.errors.append(message.text)

    def open(self, sources: list[str], run: bool = True) -> "Notebook":
        """Make a notebook of code cells, open it, run it; it must run to its end."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
        name = f"test_{time.monotonic_ns()}.ipynb"
        nbformat.write(notebook, self.server.folder / "notebooks" / name)
        return self.open_file(name, run)

    def open_file(self, name: str, run: bool = True) -> "Notebook":
        """Open a notebook of the server's folder, and run it to its end."""
        self.page.goto(f"{self.server.url}/lab/tree/{name}?reset")
        self.page.wait_for_function(READY)
        if run:
            self.page.evaluate(RUN_ALL)
        return Notebook(self.page)

    def theme(self, name: str) -> None:
        """Switch JupyterLab to "light" or "dark"."""
        self.page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})",
            {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name],
        )
        light = str(name == "light").lower()
        self.page.wait_for_selector(
            f"body[data-jp-theme-light={light}]", state="attached"
        )
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def check(self) -> None:
        """Fail if a request left the machine or the console holds an error."""
        assert not self.external, f"requests that left the machine: {self.external}"
        assert not self.errors, f"errors in the console: {self.errors}"


class Notebook:
    """The notebook in front; its kernel runs."""

    def __init__(self, page):
        self.page = page

    def widget(self, name: str):
        """The one widget `name`, painted and scrolled into view."""
        root = self.page.locator(f".mt[data-widget={name}]").first
        root.wait_for(state="attached")
        root.scroll_into_view_if_needed()
        self.wait_painted(root, 0)
        return root

    def wait_painted(self, root, since: int = 0) -> int:
        """Wait until the widget has painted more than `since` times."""
        self.page.wait_for_function(
            "([root, since]) => Number(root.dataset.seq) > since",
            arg=[root.element_handle(), since],
        )
        return int(root.get_attribute("data-seq"))

    def wait_until(self, source: str, value: str) -> None:
        """Run `source` until it gives `value`: what the view sends takes a moment."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (got := self.run(source)) == value:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"{source} stays {got}, not {value}")

    def run(self, source: str) -> str:
        """Run one more cell at the end; what it printed or returned, as text."""
        outputs = self.page.evaluate(RUN_LAST, source)
        texts = []
        for output in outputs:
            if output["output_type"] == "error":
                raise AssertionError(f"{output['ename']}: {output['evalue']}")
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            texts.append("".join(text))
        return "".join(texts).strip()
