"""What a notebook asks of somebody with Python, in the words of a page without it."""

import ast
import re

from tools.site import asked

# Parts of sentences: a pattern, and what stands for it in a page.
REWORDED = {
    r"Run the next two cells, parameters and imports; you need not read them\.": (
        "The next two cells hold parameters and imports; you need not read them."
    ),
    r"; `ex\.\w+\.hint\(\)` helps, `ex\.\w+\.solution\(\)` shows [ \w]+\.\)": ")",
    r"Answer with a letter, a number, and how sure you are\.": (
        "Choose a claim and its reason."
    ),
    r"Click into a cell and press Shift\+Enter to run it; go": "Go",
    r"in place of the dots before you run a cell\. \*Run:\* change": (
        "before you open what was measured. *Run:* in the notebook, change"
    ),
    r", write their numbers in place of the dots in the next cell, and run it\. "
    r"It prints": ", and guess their numbers. Then open",
    r" \(It needs a running kernel\.\)": "",
    r", but run the cells in order\.": ".",
    r"Try yours in the cell": "In the notebook, try yours in the cell",
    r"To have \*your\* digit read, put": (
        "To have *your* digit read, go to the notebook and put"
    ),
    r"Each answer is a cell that you": "In the notebook each answer is a cell that you",
    r"Make it a cell:": "In the notebook, make it a cell:",
    r"This pad makes such files\. Type what you draw and who you are, draw, and press "
    r"Enter\.": (
        "In the notebook, this pad makes such files: type what you draw and who you "
        "are, draw, and press Enter."
    ),
    r"a hollow bar your guess\.": "a hollow bar, in the notebook, your guess.",
    r"To use it, write `folder": "To use it, write, in the notebook, `folder",
    # The two runs of 06 are recorded here.
    r"Two real runs, which you can halt, look into and push\.": (
        "Recordings of two real runs, which you can halt and look into."
    ),
    r", and drag B's rate up to A's\. How many steps does B need": (
        ". How many steps does A need"
    ),
    r'\*Reset\*, choose \*bug\* under "What differs", and give B one from the mus': (
        "Choose another B from the list, one with a bug from the mus"
    ),
    r"The runs share the processor with the notebook, so \*Stop\* them[^\n]*": (
        "In the notebook the two go on for as long as you like, at any rate."
    ),
    r"drag its rate, and see": "in the notebook, drag its rate, and see",
    r"(\*Use A's weights\*) hands": r"In the notebook, \1 hands",
}


def reworded(text: str) -> str:
    """The Markdown of a cell as a page says it."""
    for pattern, words in REWORDED.items():
        text = re.sub(pattern, words, text)
    return text


def reworded_entry(entry: dict) -> dict:
    """What the kit gives of an exercise as a page says it."""
    return {k: reworded(v) if isinstance(v, str) else v for k, v in entry.items()}


def unasked(source: str) -> str:
    """The code of a prediction without the lines that take and judge the guess."""
    lines = source.splitlines()
    for statement in reversed(ast.parse(source).body):
        text = ast.get_source_segment(source, statement) or ""
        if asked.CALL.match(text) or text.startswith("guess.meets("):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines).strip("\n")
