"""Mutants: small, one at a time, never in words; and the run that judges them."""

import ast
import csv
import shutil
import textwrap
from functools import cache
from pathlib import Path

import pytest

from tools import mutate, mutate_js, mutate_python

PYTHON = '''
"""What a module is for; "not" a place to change 1 + 1."""

from a import b


def f(x: int = 3, *, keep: bool = False) -> list[int | None]:
    """Return x + 1 when x < 2."""
    if not x or x in (1, 2.5):
        raise ValueError(f"x is {x + 1}, not 2")
    x.much[1:x] = b(x, "key").sum(dim=1)
    return sorted(x.max(axis=2), "two words", reverse=True)
'''
JS = """
// a < b
import { line } from "./shared.js";
export const LIMIT = 3;
/* if (a) return 1; */
function f(a, b) {
  const text = `${a < 1 ? `{${b}` : "}"} < 2`, pattern = /[/"]a < b/g;
  if (a <= 1 && !b) return Math.max(a / 2, b);
  a.fill(true);
  return -1;
}
"""


PATHS = mutate.modules("*.py")


def changed(language, source) -> set[tuple[str, str]]:
    return {(source[start:end], new) for start, end, _, new in language.changes(source)}


def test_what_is_no_program_is_told_without_a_word(capfd):
    assert mutate_python.compiles("a = 1")
    assert not any(map(mutate_python.compiles, ("a = ", "return 1", "a\0")))
    if shutil.which("node"):
        assert mutate_js.compiles("export const a = 1;")
        assert not mutate_js.compiles("const a = ;")
    assert capfd.readouterr() == ("", "")


def test_python_is_changed_where_something_is_decided_and_nowhere_else():
    assert changed(mutate_python, PYTHON) == {
        ("3", "4"),
        ("False", "True"),
        ("not x or x in (1, 2.5)", "not (not x or x in (1, 2.5))"),
        ("or", "and"),
        ("not x", "(x)"),
        ("in", "not in"),
        ("1", "2"),
        ("2.5", "5.0"),
        ('raise ValueError(f"x is {x + 1}, not 2")', "pass"),
        ('x.much[1:x] = b(x, "key").sum(dim=1)', "pass"),
        ("x", "x + 1"),
        ('x, "key"', '"key", x'),
        ('"key"', '""'),
        ("1", "0"),
        ("2", "3"),
        ("2", "0"),
        ('x.max(axis=2), "two words"', '"two words", x.max(axis=2)'),
        ("True", "False"),
        ('sorted(x.max(axis=2), "two words", reverse=True)', "None"),
    }


def test_javascript_is_changed_where_something_is_decided_and_nowhere_else():
    assert changed(mutate_js, JS) == {
        ("a <= 1 && !b", "!(a <= 1 && !b)"),
        ("<=", "<"),
        ("1", "2"),
        ("&&", "||"),
        ("!", ""),
        ("max", "min"),
        ("a / 2, b", "b, a / 2"),
        ("/", "*"),
        ("2", "3"),
        ("Math.max(a / 2, b)", "null"),
        ("a.fill(true)", ""),
        ("true", "false"),
        ("-1", "null"),
    }


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("comparison", "< <=, <= <, > >=, >= >, == !=, != =="),
        ("comparison", "is is_not, is_not is, in not_in, not_in in"),
        ("arithmetic", "+ -, - +, * /, / *, // *, % *, ** *"),
        ("logic", "& |, | &, and or, or and"),
    ],
)
def test_each_operator_of_python_becomes_another(kind, pairs):
    for pair in pairs.split(", "):
        old, new = (sign.replace("_", " ") for sign in pair.split())
        source = f"a {old} b"
        assert mutate_python.changes(source) == [(2, 2 + len(old), kind, new)]


@pytest.mark.parametrize(
    ("source", "changed_to"),
    [
        ("x = 3", {"x = 4"}),
        ("x = 0.5", {"x = 1.0"}),
        ("x = 0.0", {"x = 1.0"}),
        ("x = True", {"x = False"}),
        ('x = "key"', {'x = ""'}),
        ('x = "two words"', set()),
        ('x = ""', set()),
        ("x = None", set()),
        ("not_x = not x", {"not_x = (x)"}),
        ("y = b if a else c", {"y = b if not (a) else c"}),
        ("while a: pass", {"while not (a): pass"}),
        ("f(*a, b)", set()),
        ("f(a, b)", {"f(b, a)"}),
        ("x[a:b]", {"x[a + 1:b]", "x[a:b + 1]"}),
        ("f(dim=0)", {"f(dim=1)"}),
        ("f(axis=3)", {"f(axis=4)", "f(axis=0)"}),
        ("x.a = b", set()),  # outside of functions no name may be missing
        ("def f(): return a", {"def f(): return None"}),
        ("def f(): x.a = b", {"def f(): pass"}),
        ("def f(): x += a", {"def f(): pass"}),
        ("def f(): f()", {"def f(): pass"}),
        ("def f(): raise A(1)", {"def f(): pass"}),
        ("f'{1}'", set()),
        ("assert a == 1", set()),
        ("import a", set()),
        ("def __repr__(self): return a", set()),
        ("__all__ = ['a']", set()),
        ("if __name__ == '__main__': f(1)", set()),
        ("def f(a: Literal['x']) -> Literal['y']: pass", set()),
        ("a  # 1 < 2", set()),
        ("(a  # <\n < b)", set()),
    ],
)
def test_each_decision_of_python_is_changed_in_its_way(source, changed_to):
    made = {
        source[:s] + new + source[e:] for s, e, _, new in mutate_python.changes(source)
    }
    assert made == changed_to


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("comparison", "< <=, <= <, > >=, >= >, === !==, !== ==="),
        ("arithmetic", "+ -, - +, * /, / *, % *"),
        ("logic", "&& ||, || &&"),
    ],
)
def test_each_operator_of_javascript_becomes_another(kind, pairs):
    for pair in pairs.split(", "):
        old, new = pair.split()
        assert mutate_js.changes(f"a {old} b") == [(2, 2 + len(old), kind, new)]


@pytest.mark.parametrize(
    ("source", "changed_to"),
    [
        ("x = 3", {"x = 4"}),
        ("x = 0.5", {"x = 1.0"}),
        ("x = 0.0", {"x = 1.0"}),
        ("x = 1e3", {"x = 2000.0"}),
        ("x = true", {"x = false"}),
        ("x = false", {"x = true"}),
        ('x = "key"', {'x = ""'}),
        ("x = 'key'", {'x = ""'}),
        ('x = "two words"', set()),
        ('x = ""', set()),
        ("x = -a", set()),
        ("x = [-a]", set()),
        ("x = !a", {"x = a"}),
        ("min(a)", {"max(a)"}),
        ("if (a) b", {"if (!(a)) b"}),
        ("while (a) b", {"while (!(a)) b"}),
        ("f(a, b)", {"f(b, a)"}),
        ("f(...a, b)", set()),
        ("f([a, b], c)", {"f(c, [a, b])"}),
        ("function f(a, b) {}", set()),
        ("g = (a, b) => a", set()),
        ("function f() { return; }", set()),
        ("function f() { return a; }", {"function f() { return null; }"}),
        ("x = /a < b/", set()),
        ("x = a / b", {"x = a * b"}),
        ("x = (a) / b / c", {"x = (a) * b / c", "x = (a) / b * c"}),
        ("x = `1 < ${a < 1}`", set()),
        ("// 1 < 2", set()),
        ("/* 1\n< 2 */", set()),
        ('import { a } from "b";', set()),
        ('import {\n  a,\n  b,\n} from "c";', set()),
        ("export const A = 1;", set()),
    ],
)
def test_each_decision_of_javascript_is_changed_in_its_way(source, changed_to):
    made = {source[:s] + new + source[e:] for s, e, _, new in mutate_js.changes(source)}
    assert made == changed_to


@pytest.mark.parametrize("rest", ["", "${a", "${`", "\\\\"])
def test_a_template_without_an_end_is_refused(rest):
    with pytest.raises(ValueError, match="no end"):
        mutate_js.tokens(f"const a = `{rest}")


@pytest.mark.parametrize(
    ("source", "language"), [(PYTHON, mutate_python), (JS, mutate_js)]
)
def test_places_are_right_behind_letters_of_more_than_one_byte(source, language):
    ours = {old for old, _ in changed(language, source)}
    named = source.replace("much", "größe").replace("key", "→").replace("fill", "für")
    theirs = {old for old, _ in changed(language, named)}
    assert {old.replace("much", "größe").replace("key", "→").replace("fill", "für")
            for old in ours} == theirs  # fmt: skip


@pytest.fixture(scope="module")
def every():
    """All mutants of each module; those of a file are sought once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutate, "mutants_of", cache(mutate.mutants_of))
        yield {path: mutate.mutants_of(path, mutate.ROOT) for path in PATHS}


def test_the_same_seed_gives_the_same_mutants_and_each_module_has_one(every):
    count = len(PATHS) + 20
    sample = mutate.sample(count, 1, "*.py")
    assert sample == mutate.sample(count, 1, "*.py") != mutate.sample(count, 2, "*.py")
    assert len(sample) == len(set(sample)) == count
    paths = {path for path, mutants in every.items() if mutants}
    assert {mutant.path for mutant in sample} == paths
    assert len(paths) > 40
    one = mutate.sample(4, 1, "mnist_tutorial/metrics.py")
    assert one[0] in sample  # whatever else is drawn


def test_a_mutant_differs_in_one_place_compiles_and_leaves_docstrings_alone(every):
    for mutant in mutate.sample(len(PATHS) + 30, 3, "*.py"):
        source = (mutate.ROOT / mutant.path).read_text(encoding="utf-8")
        applied = mutant.applied(source)
        after = len(source) - mutant.start - len(mutant.old)
        assert applied != source
        assert applied[: mutant.start] == source[: mutant.start]
        assert applied.endswith(source[len(source) - after :])
        assert (
            source.splitlines()[mutant.line - 1]
            in source[: mutant.start] + (source[mutant.start :].splitlines()[0])
        )
        assert docstrings(applied) == docstrings(source)


def docstrings(source: str) -> list:
    nodes = ast.walk(ast.parse(source))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return [ast.get_docstring(node) for node in nodes if isinstance(node, kinds)]


def test_shares_are_one_each_and_the_rest_by_weight():
    assert mutate.shares({"a": 10, "b": 30, "c": 1}, 11) == {"a": 3, "b": 7, "c": 1}
    assert mutate.shares({"a": 10, "b": 30}, 1) == {"a": 1, "b": 1}


@pytest.mark.parametrize("path", mutate.modules())
def test_every_module_has_tests(path):
    if not path.endswith(".js") and not mutate.mutants_of(path):
        pytest.skip("nothing in it can be changed")
    tests = [test for tier in mutate.tests_of(path) for test in tier]
    assert tests and all((mutate.ROOT / test).exists() for test in tests)


def test_extra_tests_are_named_for_modules_that_exist():
    assert set(mutate._EXTRA) <= set(mutate.modules())


def test_the_files_in_a_widgets_folder_share_the_tests_of_the_widget():
    assert mutate.tests_of("mnist_tutorial/widgets/network_lens/any.py") == [
        ["tests/test_widget_network_lens.py", "tests/test_widgets_sent.py"],
        ["tests/browser/test_network_lens.py"],
    ]


# --- The run


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small tree: what is twice is tested, what is thrice is not, one never ends."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # starts at once
    for folder in ("mnist_tutorial", "tests"):
        (tmp_path / folder).mkdir()
    write = {
        "mnist_tutorial/__init__.py": "",
        "mnist_tutorial/some.py": """\
            LIMITS = {"low": 7}

            def twice(x):
                return x * 2

            def thrice(x):
                return x * 3

            def down(x):
                while x > 0:
                    x -= 1
            """,
        "tests/test_some.py": """\
            from mnist_tutorial import some
            def test_twice():
                assert some.twice(5) == 10
                some.down(3)
            """,
    }
    for name, text in write.items():
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return tmp_path


def mutant(tree, old: str) -> mutate.Mutant:
    (result,) = [
        m for m in mutate.mutants_of("mnist_tutorial/some.py", tree) if m.old == old
    ]
    return result


def test_a_mutant_is_killed_survives_or_takes_too_long(tree, monkeypatch):
    monkeypatch.setattr(mutate, "LEAST_SECONDS", 1)
    judge = mutate.Judge(tree)
    before = (tree / "mnist_tutorial/some.py").read_text(encoding="utf-8")
    verdict, by = judge(mutant(tree, "x * 2"))
    assert verdict == "killed" and "test_twice" in by
    assert judge(mutant(tree, "x * 3")) == ("survived", "")
    assert judge(mutant(tree, "x -= 1"))[0] == "timeout"
    assert (tree / "mnist_tutorial/some.py").read_text(encoding="utf-8") == before


def test_tests_that_fail_without_a_mutant_judge_nothing(tree):
    (tree / "tests/test_some.py").write_text(
        "def test_it():\n    assert False\n", encoding="utf-8"
    )
    verdict, by = mutate.Judge(tree)(mutant(tree, "x * 2"))
    assert verdict == "untested" and "fails without a mutant: " in by


def test_results_are_kept_one_by_one_and_a_stopped_run_goes_on(
    tree, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "runs" / "mutants.csv"
    judged = []

    def judge(_, mutant):
        if len(judged) == 2:
            raise KeyboardInterrupt
        judged.append(mutant)
        return "killed" if len(judged) == 1 else "survived", "why"

    monkeypatch.setattr(mutate, "ROOT", tree)
    monkeypatch.setattr(mutate.Judge, "__call__", judge)
    monkeypatch.setattr(mutate, "sample", lambda *_: mutate.mutants_of(
        "mnist_tutorial/some.py", tree)[:3])  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        mutate.run(out=out)
    assert list(mutate.results(out)) == judged
    judged[1:] = []
    assert mutate.run(out=out) == 1
    assert len(list(csv.reader(out.open(encoding="utf-8")))) == 3 and len(judged) == 2
    printed = capsys.readouterr().out
    assert "1 of   3 killed (33.3 %)" in printed and "survived: " in printed


def test_a_notebook_that_names_a_definition_judges_what_is_in_it(tree):
    (tree / "notebooks").mkdir()
    for name, text in (("a", "some.thrice(2)"), ("b", "thricefold")):
        (tree / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    notebooks = "notebooks/*.ipynb"
    files = mutate.naming(mutant(tree, "x * 3"), notebooks, tree)
    assert files == ["notebooks/a.ipynb"]
    assert mutate.naming(mutant(tree, "x * 2"), notebooks, tree) == []
    (tree / "notebooks/b.ipynb").write_text("some.LIMITS", encoding="utf-8")
    files = mutate.naming(mutant(tree, "7"), notebooks, tree)
    assert files == ["notebooks/b.ipynb"]


def test_other_tests_that_name_a_definition_judge_what_is_in_it(tree):
    other = "from mnist_tutorial.some import thrice\ndef test_it():\n"
    (tree / "tests/test_other.py").write_text(
        f"{other}    assert thrice(2) == 6\n", encoding="utf-8"
    )
    verdict, by = mutate.Judge(tree)(mutant(tree, "x * 3"))
    assert verdict == "killed" and "test_other" in by


def test_the_command_has_the_options_of_run(monkeypatch):
    settings = {}
    monkeypatch.setattr(mutate, "run", lambda **options: settings.update(options) or 1)
    mutate.main([])
    defaults = {"count": 80, "seed": 1, "modules": "*.py *.js", "wider": False}
    assert settings == defaults | {"out": mutate.ROOT / "runs" / "mutants.csv"}
    options = ["--count=3", "--seed=7", "--modules=a.py", "--out=b.csv", "--wider"]
    assert mutate.main(options) == 1
    expected = {"count": 3, "seed": 7, "modules": "a.py", "wider": True}
    assert settings == expected | {"out": Path("b.csv")}
