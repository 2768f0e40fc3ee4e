// GuessBars: a bar for each name, to be dragged or typed before a result is shown.

import { chain, faultLine, help, listen, make, mount, painted } from "./shared/dom.js";
import { number, numberFault } from "./shared/numbers.js";
import { withoutPython } from "./shared/python.js";

function renderGuessBars({ model, el }) {
  const root = mount(model, el, "GuessBars", "Your guess");
  const view = /** @type {any} */ ({
    root, model, values: [...model.get("values")], fault: faultLine(),
    kept: make("p", { role: "status", "data-part": "kept" }),
    digits: model.get("step") >= 1 ? 0 : 1,
  });
  view.bars = model.get("names").map((name, k) => newBar(view, name, k));
  root.append(
    help(`Your guess, in ${model.get("unit")}: drag a bar, press an arrow key, or type.`),
    make("div", { class: "mt-guesses" }, ...view.bars.map(({ element }) => element)),
    make("div", { class: "mt-row" }, view.kept, view.fault));
  show(view);
  return chain(listen(model, ["values"], () => takeValues(view)), root.stop);
}

// A name with its bar and its number: {element, range, typed}.
function newBar(view, name, k) {
  const { model } = view, low = model.get("low"), high = model.get("high");
  const range = make("input", { type: "range", min: low, max: high, "aria-label": name,
    step: model.get("step") });
  const typed = make("input", { type: "text", inputmode: "decimal", autocomplete: "off",
    "aria-label": `${name}, typed` });
  range.addEventListener("input", () => {
    view.fault.tell("");
    setValue(view, k, Number(range.value));
  });
  typed.addEventListener("input", () => {
    const why = numberFault(typed.value,
      { low, high, whole: !view.digits, kept: view.values[k] });
    view.fault.tell(why, typed);
    if (!why) setValue(view, k, typedValue(typed.value));
  });
  typed.addEventListener("blur", () => {
    typed.setAttribute("aria-invalid", "false");
    show(view);
  });
  const element = make("div", { class: "mt-guess" },
    make("span", { "aria-hidden": "true", text: name }), range, typed,
    make("span", { "aria-hidden": "true", text: model.get("unit") }));
  return { element, range, typed };
}

function typedValue(text) {
  return Number(text.trim().replace(",", ".").replace("\u2212", "-"));
}

function setValue(view, k, value) {
  const began = performance.now();
  view.values = view.values.with(k, value);
  view.model.set("values", [...view.values]);
  view.model.save_changes();
  show(view, began);
}

// Python, or another view, has set the bars.
function takeValues(view) {
  const values = view.model.get("values");
  if (values.every((value, k) => value === view.values[k])) return;
  view.values = [...values];
  show(view);
}

// What is being typed is left alone.
function show({ root, model, values, bars, digits, kept }, began) {
  bars.forEach(({ range, typed }, k) => {
    const text = number(values[k], digits);
    range.value = values[k];
    range.setAttribute("aria-valuetext", `${text} ${model.get("unit")}`);
    if (document.activeElement !== typed) typed.value = text;
  });
  const moved = values.some((value) => value !== model.get("start"));
  kept.textContent = moved ? keptText(model) : "No guess yet: no bar has been moved.";
  painted(root, began);
}

function keptText(model) {
  return withoutPython(model) ? "Your guess stands. The result is in the figure below."
    : "Your guess is kept, to be drawn beside the result.";
}

export default { render: renderGuessBars };
