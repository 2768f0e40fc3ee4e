"""The page of terms: each has a home where it is defined, and links lead to it."""

import re
from dataclasses import dataclass

import nbformat
import pytest

from tools import notebooks

PAGE = notebooks.FOLDER / "terms.md"

NAMES = [path.stem for path in notebooks.find()]

# What is no prose: code, formulas, links, bold terms, headings, tables, folded answers.
NO_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\[[^\]]*\]\([^)]*\)|\*\*[^*]+\*\*"
    r"|<details>.*?</details>|^[#>|][^\n]*$",
    re.S | re.M,
)


@dataclass(frozen=True)
class Term:
    """An entry of the page: its sentence, and a link to where it is defined."""

    name: str
    sentence: str
    file: str
    heading: str  # as in a link; "" for none

    @property
    def anchor(self) -> str:
        return self.name.lower().replace(" ", "-")


def terms() -> list[Term]:
    text = PAGE.read_text(encoding="utf-8")
    entry = r"^### (.+)\n\n(.+) \[[^\]]+\]\(([^)#]+)#?([^)]*)\)$"
    found = [Term(*groups) for groups in re.findall(entry, text, re.M)]
    assert len(found) == text.count("\n### "), "an entry that is written otherwise"
    return found


TERMS = terms()


def prose(name: str) -> list[str]:
    """The markdown cells of a notebook."""
    (path,) = notebooks.find([name])
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def sections(name: str) -> dict[str, str]:
    """The text of a notebook by heading, each as a link names it."""
    parts = re.split(r"^#+ (.+)$", "\n\n".join(prose(name)), flags=re.M)
    headings = [heading.replace(" ", "-") for heading in parts[1::2]]
    return dict(zip(headings, parts[2::2], strict=True))


def bold(text: str) -> set[str]:
    """The bold terms of a text, without the plural."""
    found = [words.casefold() for words in re.findall(r"\*\*([^*\n]+)\*\*", text)]
    return {*found, *(words.removesuffix("s") for words in found)}


def test_the_terms_stand_in_the_order_of_the_alphabet():
    names = [term.name.casefold() for term in TERMS]
    assert names == sorted(set(names)) and len(names) >= 60


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.anchor)
def test_a_term_has_one_sentence_and_is_bold_at_its_home(term):
    assert re.fullmatch(r"[^.]*(?:\d\.\d[^.]*)*\.", term.sentence), "one sentence"
    name = term.file.removesuffix(".ipynb")
    assert term.name.casefold() in bold(sections(name)[term.heading])


@pytest.mark.parametrize("path", notebooks.find(), ids=lambda path: path.stem)
def test_a_link_to_a_term_leads_to_it_and_stands_at_its_first_use(path):
    anchors = {term.anchor: term for term in TERMS}
    cells = prose(path.stem)[1:]  # the first cell says what is to come
    linked = re.findall(r"\[([^\]]+)\]\(terms\.md#([^)]*)\)", "\n\n".join(cells))
    assert len(linked) == len({anchor for _, anchor in linked}), "one link for a term"
    for words, anchor in linked:
        assert anchor in anchors, anchor
        assert anchors[anchor].file != path.name, f"{anchor} is defined here"
        before = "\n\n".join(cells).partition(f"[{words}](terms.md#{anchor})")[0]
        use = rf"(?<![\w-]){re.escape(anchors[anchor].name)}s?(?![\w-])"
        assert not re.search(use, NO_PROSE.sub("", before), re.I), anchor


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_where_to_look_up_words_and_puzzles(name):
    puzzles = "" if name == "questions" else ", puzzles in [questions](questions.ipynb)"
    line = f"**Look up** words in [terms](terms.md){puzzles}."
    assert prose(name)[0].count(f"\n\n{line}\n\n") == 1


def test_a_word_in_code_or_a_link_is_no_use_of_a_term():
    text = "# batch\n`batch` [batch](x.md) **batch** $batch$ > a\n> batch\nand Batches"
    assert "batch" not in NO_PROSE.sub("", text)
    assert "batch" in NO_PROSE.sub("", f"{text}\nhere is a batch")
