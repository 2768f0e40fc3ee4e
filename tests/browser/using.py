"""Uses a page without Python as a reader would who tries whatever can be tried."""

import re
from typing import NamedTuple

from support import PATIENCE

# What may not be said where there is no Python to wait for, and what nobody means.
FALSE = re.compile(
    r"Python was restarted|Waiting for Python|No answer yet|cell is running|this cell|"
    r"This did not work|\bNaN\b|undefined|\[object "
)
MANY = 500  # controls of a widget: more are made by being used, without end

# What is far from the screen is laid out, too.
WHOLE = ".text, .cell { content-visibility: visible !important; }"

# Of the words of code that look alike one stays marked; thousands have one colour.
ONE_OF_A_KIND = """() => {
  const kinds = new Set();
  for (const word of document.querySelectorAll("pre span")) {
    let kind = "";
    for (let at = word; at; at = at.parentElement) kind += `${at.className}>`;
    if (kinds.has(kind) && !word.children.length) word.replaceWith(word.textContent);
    kinds.add(kind);
  }
}"""

# What is said is kept at each change, since it may be gone at the next.
LISTEN = """() => {
  window.said = new Set();
  const listen = () => {
    for (const root of document.querySelectorAll(".mt, .exercise, .live-view")) {
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const {data, parentElement} = texts.currentNode;
        if (parentElement.tagName !== "STYLE") window.said.add(data);
      }
    }
  };
  listen();
  new MutationObserver(listen).observe(document.body,
    { subtree: true, childList: true, characterData: true });
}"""

# Asking whether a control can be used and using it is one step: a recorded training
# that plays meanwhile switches controls off and on at any moment. Controls that come
# with an answer are used, too. What follows is awaited before the next one.
USE_ALL = r"""async (root, [kinds, used, many, patience]) => {
  const done = new Set(used), idle = [];
  let changes = 0;
  const watch = new MutationObserver(() => { changes += 1; });
  watch.observe(document.documentElement,
    { subtree: true, childList: true, characterData: true, attributes: true });
  const nameOf = (control) => [control.tagName, control.type,
    (control.closest("select") || control).getAttribute("aria-label"),
    control.textContent || control.closest("label")?.textContent || control.title,
    control.dataset.key, control.name, control.value].join(" ");
  const canBeUsed = (control) => !control.matches(":disabled") && !control.hidden &&
    (control.closest("select") || control).checkVisibility();
  const next = () => [...root.querySelectorAll(kinds)]
    .find((control) => canBeUsed(control) && !done.has(nameOf(control)));
  const use = (control) => {
    const select = control.closest("select");
    if (!select) return control.click();
    select.value = control.value;
    for (const kind of ["input", "change"])
      select.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const painted = () =>
    new Promise((go) => { requestAnimationFrame(() => setTimeout(go)); });
  const settled = async () => {
    const end = performance.now() + 1000 * patience;
    do {
      await painted();
      if (performance.now() > end) throw Error(`no answer in ${root.textContent}`);
    } while (/Computing …|Reading .* digits …|asking …/.test(root.textContent));
  };
  for (let control = next(); control; control = next()) {
    const name = nameOf(control), before = changes, focus = document.activeElement;
    done.add(name);
    if (done.size > many) throw Error(`no end of controls: ${name}`);
    use(control);
    await settled();
    const isSeen = changes > before || document.activeElement !== focus;
    if (control.matches("button:not([role=radio])") && !isSeen) idle.push(name);
  }
  watch.disconnect();
  return [[...done], idle];
}"""
CONTROLS = "button, option, input[type=checkbox], input[type=radio]"


class Used(NamedTuple):
    """What was used of a part of a page, and the buttons of it that did nothing."""

    names: list[str]
    idle: list[str]


def live(page, name: str):
    """The widget in the place of that name, once it is mounted."""
    place = page.locator(f"[data-live='{name}']")
    place.scroll_into_view_if_needed()
    root = place.locator("[data-widget]")
    root.wait_for()
    return root


def in_each_theme(page):
    """Once with the page light, once with it dark."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(
            "(theme) => document.documentElement.dataset.theme === theme", arg=theme
        )
        yield theme


def listen(page) -> None:
    """Keep from now on whatever the widgets and the exercises of a page say."""
    page.evaluate(LISTEN)


def false_words(page) -> list[str]:
    """What was said since `listen` and cannot be true in a page."""
    return [text for text in page.evaluate("[...window.said]") if FALSE.search(text)]


def use_all(root, kinds: str = CONTROLS, used=()) -> Used:
    """Press every button, tick every box and make every choice of an element.

    Args:
        kinds: CSS selectors of what is used.
        used: names of controls that are left out.
    """
    settings = [kinds, list(used), MANY, PATIENCE]
    return Used(*root.evaluate(USE_ALL, settings))


def touch_all(root) -> None:
    """Click into the middle of every picture of a widget that can be asked."""
    for picture in root.locator("[role=application], canvas").all():
        if picture.is_visible():
            picture.click(force=True)
