// How an answer is given: each form is {element, answer()}; a value's can be cleared.

import { make } from "../shared/dom.js";

// One line to type in.
export function valueForm(label) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false",
    "aria-label": label });
  return { element: make("div", { class: "row" }, make("label", { text: `${label} ` }, input)),
    answer: () => input.value, clear: () => { input.value = ""; } };
}

// A claim and its reason.
export function choiceForm({ key, claims, reasons }) {
  const group = (name, legend, options, values) => make("fieldset", {},
    make("legend", { text: legend }),
    ...options.map((text, k) => make("label", {},
      make("input", { type: "radio", name: `${key} ${name}`, value: values[k] }),
      ` ${text}`)));
  const letters = claims.map((_, k) => String.fromCharCode(65 + k));
  const element = make("div", {}, group("claim", "Which claim holds?", claims, letters),
    group("reason", "Because", reasons, reasons.map((_, k) => k + 1)));
  const chosen = (name) => element.querySelector(`input[name="${key} ${name}"]:checked`);
  return { element,
    answer: () => ({ claim: chosen("claim")?.value,
      reason: Number(chosen("reason")?.value) }) };
}

// Lines to put in order: those above the mark are used, from the top; blanks to fill.
export function linesForm({ head, lines, blanks }) {
  const used = make("ol", { "aria-label": "Lines that are used, in order" });
  const unused = make("ol", { "aria-label": "Lines that are left out" });
  const row = ([letter, text]) => {
    const line = make("li", { "data-letter": letter });
    const move = (label, act) => make("button", { type: "button", text: label[0],
      "aria-label": `${label.slice(2)}: ${text.trim()}`, on: { click: (event) => {
        act(line);
        event.currentTarget.focus(); // which an element loses that is moved
      } } });
    line.append(
      move("\u2191 up", (one) => one.previousElementSibling?.before(one)),
      move("\u2193 down", (one) => one.nextElementSibling?.after(one)),
      move("\u21c5 use or leave out", (one) =>
        (one.parentElement === used ? unused : used).append(one)),
      make("code", { text }));
    return line;
  };
  unused.append(...Object.entries(lines).map(row));
  const fields = blanks.map((_, k) => make("input", { type: "text", autocomplete: "off",
    "aria-label": `Blank ${k + 1}`, placeholder: `__${k + 1}__` }));
  const element = make("div", {}, make("pre", { tabindex: "0", text: head }),
    make("p", { text: "Used, from the top:" }), used,
    make("p", { text: "Left out; not all lines are needed:" }), unused,
    make("div", { class: "row" }, ...fields));
  const letters = () => [...used.children].map((line) => line.dataset.letter).join("");
  return { element,
    answer: () => ({ letters: letters(), blanks: fields.map((field) => field.value.trim()) }) };
}
