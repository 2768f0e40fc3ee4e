"""JupyterLab as `make lab` starts it: on this machine only, for who has the token."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from jupyter_server.serverapp import ServerApp
from support import PATIENCE
from traitlets import import_item

from tools import commands, lab, notebooks

pytestmark = pytest.mark.slow  # most of them start a server

# What nobody should have in a configuration, and a note that somebody has read it.
HOSTILE = """
open({note!r}, "w", encoding="utf-8").close()
c.IdentityProvider.token = ""
c.ServerApp.token = ""
c.ServerApp.password = ""
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_origin = "*"
c.ServerApp.disable_check_xsrf = True
c.PasswordIdentityProvider.password_required = False
"""
# A Python whose environment and machine are configured so, with all our packages.
SITE = """{packages}
import jupyter_core.paths as p; p.SYSTEM_CONFIG_PATH.insert(0, {machine!r})
"""


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """The notes of hostile configurations, all of which sys.executable reads."""
    prefix, machine = tmp_path / "prefix", tmp_path / "machine"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    (site,) = prefix.glob("lib/python*/site-packages")
    packages = Path(pytest.__file__).parent.parent
    text = SITE.format(packages=packages, machine=str(machine))
    (site / "ours.pth").write_text(text, encoding="utf-8")
    (prefix / "share").symlink_to(Path(sys.prefix, "share"))
    places = {
        "JUPYTER_CONFIG_PATH": tmp_path / "on the path",
        "JUPYTER_CONFIG_DIR": tmp_path / "in its variable",
        "prefix": prefix / "etc" / "jupyter",
        "machine": machine,
        "home": tmp_path / "home" / ".jupyter",
    }
    for name, folder in places.items():
        folder.mkdir(parents=True)
        note = str(tmp_path / f"read from {name}")
        for file in ("jupyter_config", "jupyter_server_config", "jupyter_lab_config"):
            (folder / f"{file}.py").write_text(
                HOSTILE.format(note=note), encoding="utf-8"
            )
        if name.isupper():
            monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "executable", str(prefix / "bin" / "python"))
    return lambda: list(tmp_path.glob("read from *"))


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts servers; what each notes of itself: its port, its token."""
    runtime = tmp_path / "runtime"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    (tmp_path / "root").mkdir()
    processes = []

    def started(*options: str) -> dict:
        server = lab.start(
            tmp_path / "root",
            tmp_path / "settings",
            ["--no-browser", "--allow-root", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        processes.append(server)
        file = runtime / f"jpserver-{server.pid}.json"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and server.poll() is None:
            if file.is_file() and (text := file.read_text(encoding="utf-8")):
                return json.loads(text)
            time.sleep(0.1)
        raise AssertionError("JupyterLab did not start.")

    yield started
    for server in processes:
        server.kill()
        server.wait()


def answer(server: dict, host: str = "127.0.0.1", **headers: str) -> int:
    """What the server says to a request for its sessions: an HTTP status."""
    address = f"http://{host}:{server['port']}/api/sessions"
    request = Request(address, headers=headers)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(request, timeout=PATIENCE) as page:
                assert not page.headers["Access-Control-Allow-Origin"]
                return page.status
        except HTTPError as error:
            return error.code
        except ConnectionRefusedError:
            raise
        except OSError:
            if time.monotonic() > end:
                raise


def test_a_hostile_configuration_elsewhere_is_not_read(hostile, start):
    server = start()
    assert server["token"] and server["hostname"] == "127.0.0.1"
    assert answer(server) == 403
    assert answer(server, Authorization="token wrong") == 403
    assert answer(server, Authorization=f"token {server['token']}") == 200
    with pytest.raises(OSError):  # another of this machine's own addresses
        socket.create_connection(("127.0.0.2", server["port"]), timeout=5)
    assert hostile() == []
    address = f"http://127.0.0.1:{server['port']}/lab?token={server['token']}"
    with urlopen(address, timeout=PATIENCE) as page:  # which asks for no news either
        assert b'["@jupyterlab/apputils-extension:announcements"]' in page.read()


def test_the_hostile_configuration_would_be_read(hostile, tmp_path):
    """Or the test above could not fail."""
    code = (
        "from jupyter_server.serverapp import ServerApp\n"
        "app = ServerApp()\n"
        "app.load_config_file()\n"
        "print(app.allow_origin)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True
    )
    assert result.stdout.split() == [b"*"]
    read = {note.name.removeprefix("read from ") for note in hostile()}
    assert {"JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "prefix", "machine"} <= read


def test_a_port_that_is_taken_is_answered_with_the_next(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = start(f"--ServerApp.port={port}")
        assert server["port"] != port
        assert answer(server, Authorization=f"token {server['token']}") == 200


EXTENSIONS = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook_shim")


def test_the_settings_are_written_where_the_started_server_reads_them(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(lab.subprocess, "Popen", lambda *args, **how: (args, how))
    folder = tmp_path / "not" / "there"
    for _ in range(2):
        (command,), how = lab.start(tmp_path, folder, ["--a", "--b"], stdout=3)
    addresses = [f"--ServerApp.root_dir={tmp_path}", "--ServerApp.ip=127.0.0.1"]
    module = [sys.executable, "-m", "tools.lab", str(folder)]
    assert command == [*module, *addresses, "--a", "--b"]
    assert how == {"cwd": lab.ROOT, "stdout": 3}
    files = [path for path in folder.rglob("*") if path.is_file()]
    settings = {
        path.relative_to(folder).as_posix(): json.loads(path.read_bytes())
        for path in files
    }
    assert settings == {
        "jupyter_server_config.json": {
            "ContentsManager": {"pre_save_hook": "tools.lab.save_pictures"},
            "ServerApp": {"jpserver_extensions": dict.fromkeys(EXTENSIONS, True)},
        },
        "labconfig/page_config.json": {
            "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
        },
    }


def test_the_settings_are_of_classes_and_extensions_that_there_are():
    settings = lab.SETTINGS["jupyter_server_config.json"]
    manager = import_item("jupyter_server.services.contents.manager.ContentsManager")
    assert manager.__name__ in settings and ServerApp.__name__ in settings
    assert "pre_save_hook" in manager.class_traits()
    assert import_item("tools.lab.save_pictures") is lab.save_pictures
    for name in settings["ServerApp"]["jpserver_extensions"]:
        assert hasattr(import_item(name), "_jupyter_server_extension_points")


def test_make_lab_opens_the_notebook_with_settings_beside_it(here, monkeypatch):
    calls = []

    class Server:
        def wait(self):
            return 0

    monkeypatch.setattr(lab, "start", lambda *args: calls.append(args) or Server())
    monkeypatch.setattr(commands.signal, "signal", lambda *args: None)
    assert commands.main(["lab", "--name", "06", "--no-browser"]) == 0
    ((root, folder, options),) = calls
    assert (root, folder) == (notebooks.FOLDER, notebooks.ROOT / ".jupyter")
    assert options == [
        "--LabApp.default_url=/lab/tree/06_training.ipynb",
        "--no-browser",
    ]
    assert commands.main(["lab"]) == 0
    assert calls[1][2] == ["--LabApp.default_url=/lab/tree/01_background.ipynb"]


def test_settings_that_cannot_be_written_are_one_sentence(
    here, tmp_path, monkeypatch, capsys
):
    def read_only(*args, **how):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".jupyter"))

    monkeypatch.setattr(Path, "mkdir", read_only)
    assert commands.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and ".jupyter cannot be written: Permission" in said


VIEW = {lab.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "LogitsToLoss()"}
PICTURE = {"image/png": "AAAA"}


@pytest.mark.parametrize(
    ("saved", "kept"),
    [
        ([VIEW | PICTURE], [{"text/plain": "LogitsToLoss()"} | PICTURE]),
        ([VIEW, VIEW, PICTURE], [PICTURE]),  # two sliders and what they draw
        ([VIEW], [VIEW]),  # without a picture, the view is all there is
        ([{"text/plain": "3"}, PICTURE], [{"text/plain": "3"}, PICTURE]),
    ],
)
def test_pictures_take_the_place_of_the_views_beside_them(saved, kept):
    stream = {"text": "a stream"}
    outputs = [stream, *({"data": dict(data)} for data in saved)]
    cells = [{"outputs": outputs}, {"source": "words"}]
    lab.save_pictures(model={"type": "notebook", "content": {"cells": cells}}, path="")
    assert cells[0]["outputs"] == [stream, *({"data": data} for data in kept)]
    lab.save_pictures(model={"type": "file", "content": "text"}, path="")
    cells[0]["outputs"] = [{"data": dict(VIEW)}, {"data": dict(PICTURE)}]
    lab.save_pictures(model={"type": "file", "content": {"cells": cells}}, path="")
    assert cells[0]["outputs"] == [{"data": VIEW}, {"data": PICTURE}]


@pytest.mark.parametrize(
    ("data", "tells", "left"),
    [
        (VIEW, False, {"text/plain": "LogitsToLoss()"}),
        ({lab.WIDGET_VIEW: {}}, True, {}),
        (VIEW | PICTURE, True, {"text/plain": "LogitsToLoss()"} | PICTURE),
        ({"text/plain": "3"}, True, {"text/plain": "3"}),
    ],
)
def test_a_view_is_taken_out_and_what_says_nothing_without_it_is_told(
    data, tells, left
):
    output = {"data": dict(data)}
    assert lab.without_view(output) is tells
    assert output == {"data": left}
    assert lab.without_view({"text": "a stream"})
