"""The widgets' scripts checked with Node: ESLint, TypeScript, and tests of their logic.

Node is no part of the course, so where there is none the checks are left out and say
so; in CI that is an error.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.checkout import ROOT

SCRIPTS = ROOT / "mnist_tutorial" / "widgets"
TESTS = ROOT / "tests" / "js"
JOINED = ROOT / "build" / "joined"  # what the browser gets, for ESLint to read
PAGES = ("page/index.js", "page/page.js")  # scripts that are no views
NODE = 20  # the oldest version that has all that the checks use


def lint() -> int:
    """ESLint on the scripts, alone and joined, then TypeScript; 0 if all are right."""
    why = available()
    if why:
        return _left_out("JavaScript is not linted", why)
    if _outdated() and _run("npm", "ci"):
        print("npm could not install ESLint and TypeScript; see its message above.")
        return 1
    try:
        _join()
    except ValueError as error:
        print(error)
        return 1
    modules = ROOT / "node_modules"
    others = (ROOT / "eslint.config.js", ROOT / "tests" / "browser" / "firefox.mjs")
    codes = [
        _run(
            "node",
            modules / "eslint" / "bin" / "eslint.js",
            SCRIPTS,
            TESTS,
            JOINED,
            *others,
        ),
        _run("node", modules / "typescript" / "bin" / "tsc"),
    ]
    return int(any(codes))


def test() -> int:
    """The tests in tests/js, against numbers that PyTorch computes; 0 if all pass."""
    why = available()
    if why:
        return _left_out("JavaScript is not tested", why)
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.call([sys.executable, TESTS / "expected.py", folder], cwd=ROOT):
            return 1
        tests = sorted(TESTS.glob("*.test.mjs"))
        return _run("node", "--test", "--test-reporter=spec", *tests, EXPECTED=folder)


def available() -> str:
    """Nothing where Node and npm can be used, else the reason in one sentence."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            return f"{name} is not installed; install Node {NODE} or newer."
    answer = subprocess.run(
        [str(shutil.which("node")), "--version"], capture_output=True, encoding="utf-8"
    )
    major = answer.stdout.strip().removeprefix("v").split(".")[0]
    if not major.isdigit() or int(major) < NODE:
        version = answer.stdout.strip() or "no version"
        return f"node --version says {version}; install Node {NODE} or newer."
    return ""


def in_ci() -> bool:
    """Is this an automatic check, in which nothing may be left out?"""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _left_out(what: str, why: str) -> int:
    print(f"{what}: {why}")
    return int(in_ci())


def _outdated() -> bool:
    """Are the installed packages missing, or older than what package-lock.json says?"""
    installed = ROOT / "node_modules" / ".package-lock.json"
    locked = ROOT / "package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime


def _join() -> None:
    """Write every view's script as the browser gets it."""
    from mnist_tutorial.widgets.base import script

    shutil.rmtree(JOINED, ignore_errors=True)
    JOINED.mkdir(parents=True)
    for path in sorted(SCRIPTS.rglob("*.js")):
        entry = path.relative_to(SCRIPTS)
        text = script(entry.as_posix())
        if "\nexport default " in text or entry.as_posix() in PAGES:
            (JOINED / entry).parent.mkdir(exist_ok=True)
            (JOINED / entry).write_text(text, encoding="utf-8")


def _run(program: str, *arguments: str | Path, **environment: str) -> int:
    return subprocess.call(
        [str(shutil.which(program)), *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
    )
