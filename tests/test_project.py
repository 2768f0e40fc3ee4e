"""The files about the project agree with it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]


def test_the_citation_is_of_this_version_and_by_these_authors():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] in PROJECT["license"]
    names = [author["name"] for author in citation["authors"]]
    assert names == [author["name"] for author in PROJECT["authors"]]


def test_the_changes_are_those_of_this_version_and_say_what_is_next():
    heading = r"^## (\S+)(?: - (\d{4}-\d\d-\d\d))?$"
    versions = re.findall(heading, read("CHANGELOG.md"), re.M)
    assert versions[0] == ("Unreleased", "")
    assert versions[1][0] == PROJECT["version"]
    assert all(date for _, date in versions[1:])


def test_hooks_run_what_is_installed_and_fetch_nothing():
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith("python -m ")


def test_type_checkers_may_read_the_package():
    assert (ROOT / "mnist_tutorial" / "py.typed").is_file()


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "CHANGELOG.md", "README.md", "benchmarks/README.md"]
)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", read(name)):
        assert ((ROOT / name).parent / target).exists(), target


def test_contributors_read_of_commands_that_exist():
    known = set(re.findall(r'add\(\s*"([a-z-]+)"', read("tools/commands.py")))
    text = read("CONTRIBUTING.md")
    named = set(re.findall(r"`python -m tools ([a-z-]+)", text))
    (table,) = re.findall(r"^\| `python -m tools …` .*\n((?:\|.*\n)+)", text, re.M)
    for row in table.splitlines()[1:]:
        named |= set(re.findall(r"`([a-z-]+)(?: [^`]*)?`", row.split("|")[1]))
    assert {"lint", "test", "refresh", "results", "weights"} <= named
    assert named <= known


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "README.md", "benchmarks/README.md"]
)
def test_readers_are_told_of_targets_that_exist(name):
    (line,) = re.findall(r"^\.PHONY: (.*)", read("Makefile"), re.M)
    text = read(name)
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", text, re.M | re.S))
    named = re.findall(r"`make\s([a-z-]+)", text)
    named += re.findall(r"^make ([a-z-]+)", blocks, re.M)
    assert set(named) <= set(line.split())


def without_encoding(source: str) -> Iterator[int]:
    """The lines that read or write text in whatever encoding the machine prefers.

    ruff's PLW1514 sees files that are opened, and paths that it knows to be such.
    """
    for call in (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)):
        name = getattr(call.func, "attr", "")
        names = {keyword.arg for keyword in call.keywords}
        text = name == "write_text" or (name == "read_text" and not call.args)
        process = name in ("run", "Popen", "check_output") and "text" in names
        if (text or process) and "encoding" not in names:
            yield call.lineno


def test_text_has_the_same_encoding_on_every_machine():
    lines = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("mnist_tutorial", "tools", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for line in without_encoding(path.read_text(encoding="utf-8"))
    ]
    assert lines == []
    assert [*without_encoding("p.read_text()\nrun(text=True)\ns.run(text=True)")] == [
        1,
        3,
    ]
