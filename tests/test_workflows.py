"""The workflows ask for commands that exist, with few rights and a limit of time."""

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What is no command of ours: system packages that only a browser needs.
NOT_OURS = {
    "command -v chromium || sudo apt-get install --yes chromium-browser",
    "command -v firefox || sudo apt-get install --yes firefox",
}
# These hand on to pytest what they do not know.
FOR_PYTEST = {"test", "test-long"}


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> list[tuple[str, dict]]:
    return [
        (f"{path.name}: {name}", job)
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    ]


def steps() -> list[dict]:
    return [step for _, job in jobs() for step in job["steps"]]


@cache
def help_of(*command: str) -> str:
    """What `python -m tools COMMAND --help` prints."""
    environment = {k: v for k, v in os.environ.items() if k != "FORCE_COLOR"}
    result = subprocess.run(
        [sys.executable, "-m", "tools", *command, "--help"],
        cwd=ROOT,
        env={**environment, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_replaces_its_predecessor(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"]
    more = {
        k: j["permissions"] for k, j in workflow["jobs"].items() if "permissions" in j
    }
    # What publishes the pages may write them, and nothing else.
    publishes = {"contents": "read", "pages": "write", "id-token": "write"}
    assert more == ({"pages": publishes} if path.stem == "pages" else {})


@pytest.mark.parametrize(("name", "job"), jobs(), ids=[name for name, _ in jobs()])
def test_a_job_has_a_limit_of_time(name, job):
    assert 0 < job["timeout-minutes"] <= 240


def test_actions_are_pinned():
    for step in steps():
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})", step["uses"])


def test_a_checkout_leaves_no_key_behind():
    for step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("line", sorted({s["run"] for s in steps() if "run" in s}))
def test_a_step_is_one_command_of_ours(line):
    if line in NOT_OURS:
        return
    command, *options = re.fullmatch(r"python -m tools (\S.*)", line)[1].split()
    assert re.search(rf"^ +{re.escape(command)}\b", help_of(), re.M), command
    if command not in FOR_PYTEST:
        for option in options:
            assert re.search(rf"{re.escape(option)}\b", help_of(command)), option


def test_the_oldest_python_is_that_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pythons = read(ROOT / ".github/workflows/ci.yml")["jobs"]["quick"]["strategy"]
    oldest, newest = pythons["matrix"]["python"]
    assert project["project"]["requires-python"] == f">={oldest}"
    for step in steps():
        if "setup-python" in step.get("uses", ""):
            wanted = step["with"]["python-version"]
            assert wanted in (oldest, newest, "${{ matrix.python }}")
