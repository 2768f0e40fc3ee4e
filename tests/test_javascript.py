"""The widgets' scripts in Node: their tests, and code that only Python can judge."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mnist_tutorial import model
from mnist_tutorial.widgets import base
from mnist_tutorial.widgets.shape_tracer import widget as shape_tracer
from tools import javascript

sys.path.insert(0, str(javascript.TESTS))
import expected


@pytest.fixture
def node():
    """Node's path; without it a test is skipped, in CI it fails."""
    why = javascript.available()
    if why and javascript.in_ci():
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return shutil.which("node")


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """The only programs on the path: `programs(node="v20.1.0")`, each says its word."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(**said):
        for name, word in said.items():
            file = tmp_path / name
            file.write_text(f"#!/bin/sh\necho {word}\n", encoding="utf-8")
            file.chmod(0o755)

    return write


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
@pytest.mark.parametrize(
    "said, reason",
    [
        ({}, "node is not installed"),
        ({"node": "v20.1.0"}, "npm is not installed"),
        ({"node": "v18.19.0", "npm": "9"}, "node --version says v18.19.0"),
        ({"node": "v19.9.0", "npm": "9"}, "node --version says v19.9.0"),
        ({"node": "unknown", "npm": "9"}, "node --version says unknown"),
        ({"node": "", "npm": "9"}, "node --version says no version"),
        ({"node": "v20.1.0", "npm": "10"}, ""),
        ({"node": "v24.0.0", "npm": "11"}, ""),
    ],
)
def test_where_node_is_missing_or_old_it_says_so(programs, said, reason):
    programs(**said)
    why = javascript.available()
    assert why.startswith(reason) and bool(why) == bool(reason)
    assert not why or why.endswith("install Node 20 or newer.")


@pytest.mark.parametrize(
    "ci, code", [("", 0), ("0", 0), ("False", 0), ("false", 0), ("true", 1), ("1", 1)]
)
def test_without_node_nothing_is_checked_which_in_ci_is_an_error(
    monkeypatch, programs, capsys, ci, code
):
    monkeypatch.setenv("CI", ci)
    programs()
    assert javascript.lint() == javascript.test() == code
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2 and all("node is not installed" in line for line in said)
    monkeypatch.delenv("CI")
    assert javascript.lint() == 0


@pytest.fixture
def checks(monkeypatch, tmp_path):
    """Node and what it runs are there, and say 0; the commands, as they come."""
    ran, codes = [], {}

    def run(program, *arguments, **environment):
        ran.append((program, Path(arguments[0]).name))
        return codes.get(ran[-1], 0)

    monkeypatch.setattr(javascript, "available", lambda: "")
    monkeypatch.setattr(javascript, "_outdated", lambda: False)
    monkeypatch.setattr(javascript, "JOINED", tmp_path / "joined")
    monkeypatch.setattr(javascript, "_run", run)
    return ran, codes


ESLINT, TSC, INSTALL = ("node", "eslint.js"), ("node", "tsc"), ("npm", "ci")


def test_linting_joins_the_scripts_and_runs_both_checks(checks, monkeypatch):
    ran, _ = checks
    assert javascript.lint() == 0 and ran == [ESLINT, TSC]
    joined = {path.name for path in javascript.JOINED.rglob("*.js")}
    assert {"guess_bars.js", "view.js"} <= joined and "maths.js" not in joined
    pages = {path.name for path in (javascript.JOINED / "page").iterdir()}
    assert pages == {"index.js", "page.js"}
    guess = (javascript.JOINED / "guess_bars.js").read_text(encoding="utf-8")
    assert guess == base.script("guess_bars.js")
    left = javascript.JOINED / "left.js"
    left.touch()
    assert javascript.lint() == 0 and not left.exists()
    ran.clear()
    monkeypatch.setattr(javascript, "_outdated", lambda: True)
    assert javascript.lint() == 0 and ran == [INSTALL, ESLINT, TSC]


@pytest.mark.parametrize("fails", [ESLINT, TSC])
def test_what_one_check_finds_is_an_error_and_the_other_runs_too(checks, fails):
    ran, codes = checks
    codes[fails] = 2
    assert javascript.lint() == 1 and ran == [ESLINT, TSC]


def test_where_nothing_can_be_installed_or_joined_nothing_is_checked(
    checks, monkeypatch, capsys
):
    ran, codes = checks

    def refuse():
        raise ValueError("view.js: this line cannot be joined.")

    monkeypatch.setattr(javascript, "_join", refuse)
    assert javascript.lint() == 1 and ran == []
    assert "cannot be joined" in capsys.readouterr().out
    monkeypatch.setattr(javascript, "_outdated", lambda: True)
    codes[INSTALL] = 7
    assert javascript.lint() == 1 and ran == [INSTALL]
    assert "npm could not install" in capsys.readouterr().out


@pytest.fixture
def called(monkeypatch):
    """Every program says what its name says in `codes`, else 0; the commands."""
    calls, codes = [], {}

    def call(command, cwd, env=None):
        assert cwd == javascript.ROOT and (env is None or env["PATH"])
        calls.append([str(word) for word in command])
        return codes.get(Path(calls[-1][1]).name, 0)

    monkeypatch.setattr(javascript, "available", lambda: "")
    monkeypatch.setattr(javascript, "_outdated", lambda: False)
    monkeypatch.setattr(javascript, "_join", lambda: None)
    monkeypatch.setattr(javascript.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(javascript.subprocess, "call", call)
    return calls, codes


def test_eslint_and_typescript_are_those_of_the_checkout(called):
    calls, _ = called
    root = javascript.ROOT
    modules = f"{root}/node_modules"
    folders = ("mnist_tutorial/widgets", "tests/js", "build/joined")
    files = ("eslint.config.js", "tests/browser/firefox.mjs")
    assert javascript.lint() == 0
    assert calls == [
        ["/bin/node", f"{modules}/eslint/bin/eslint.js"]
        + [f"{root}/{name}" for name in (*folders, *files)],
        ["/bin/node", f"{modules}/typescript/bin/tsc"],
    ]


def test_tests_are_run_with_the_numbers_of_pytorch(called, monkeypatch):
    calls, codes = called
    seen = []
    monkeypatch.setattr(
        javascript, "_run", lambda *args, **env: seen.append((args, env))
    )
    tests = sorted(javascript.TESTS.glob("*.test.mjs"))
    javascript.test()
    ((program, folder),) = [command[1:] for command in calls]
    assert program == str(javascript.TESTS / "expected.py")
    options = ("--test", "--test-reporter=spec")
    assert seen == [(("node", *options, *tests), {"EXPECTED": folder})]
    codes["expected.py"] = 3
    assert javascript.test() == 1 and len(seen) == 1


def test_packages_are_installed_where_they_are_missing_or_old(monkeypatch, tmp_path):
    monkeypatch.setattr(javascript, "ROOT", tmp_path)
    wanted = tmp_path / "package-lock.json"
    installed = tmp_path / "node_modules" / ".package-lock.json"
    wanted.touch()
    assert javascript._outdated()
    installed.parent.mkdir()
    installed.touch()
    assert not javascript._outdated()
    os.utime(wanted, (2e9, 2e9))
    assert javascript._outdated()
    os.utime(installed, (2e9, 2e9))  # a clone may give all files one time
    assert not javascript._outdated()


def test_the_locked_packages_name_no_registry_but_npms_own():
    text = (javascript.ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"].values()
    for package in packages:
        public = "https://registry.npmjs.org/"
        assert package.get("resolved", public).startswith(public)


EXPORT = re.compile(r"^export (?:(?:async )?function (\w+)|const (.*))", re.MULTILINE)
IMPORT = re.compile(r'^import \{([^}]*)\} from "(.*/\w+\.m?js)";', re.MULTILINE)


def test_every_name_that_a_script_exports_is_imported_by_another():
    scripts = [*javascript.SCRIPTS.rglob("*.js"), *javascript.TESTS.glob("*.mjs")]
    exported, imported = set(), set()
    for path in [*scripts, Path(__file__)]:
        text = path.read_text(encoding="utf-8")
        for function, constants in EXPORT.findall(text):
            names = [function] if function else re.findall(r"(\w+) = ", constants)
            exported |= {(path, name) for name in names}
        # The code above is run at the root.
        folder = javascript.ROOT if path.suffix == ".py" else path.parent
        for names, file in IMPORT.findall(text):
            needed = (folder / file).resolve()
            imported |= {(needed, name) for name in re.findall(r"\w+", names)}
    assert len(exported) > 80 and exported == imported


# --- In Node itself, which takes longest


def test_the_logic_of_the_scripts_is_right(node):
    assert javascript.test() == 0


CODES = """
import { readFileSync } from "node:fs";
import { stackCode } from "./mnist_tutorial/widgets/shape_tracer/code.js";
const stacks = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(stacks.map((layers) => stackCode(layers, 49))));
"""


def test_the_code_that_shape_tracer_shows_builds_the_same_network(node):
    rng = random.Random(1)
    stacks = [expected.random_stack(rng) for _ in range(60)]
    stacks += shape_tracer.PRESETS.values()
    codes = subprocess.run(
        [node, "--input-type=module", "-e", CODES],
        input=json.dumps(stacks),
        capture_output=True,
        check=True,
        encoding="utf-8",
        cwd=javascript.ROOT,
    ).stdout
    built = 0
    for layers, code in zip(stacks, json.loads(codes), strict=True):
        rows, error = shape_tracer.trace(layers, 49)
        if error:
            continue
        scope: dict = {}
        exec(code, scope)
        network = scope["model"]
        with torch.inference_mode():
            out = network(torch.zeros(49, 1, 28, 28))
        assert tuple(out.shape) == (rows[-1].output_shape if rows else (49, 1, 28, 28))
        parameters = sum(row.parameters for row in rows)
        assert model.count_parameters(network) == parameters
        built += 1
    assert built > 20
