// A field for a whole number.

import { make } from "../shared/dom.js";
import { grouped, LARGEST_NUMBER } from "./trace.js";

// A whole number with its label; `.set(value)` shows another. What is no number from
// `low` to `high` is not taken: the line `fault` says so, and the old value stays, which
// stands there again once the field is left. An `optional` one may be empty, which is
// null. `spoken`: the label for those who do not see the table around it; a `narrow` one
// has room for three digits.
export function numberField({ label, value, low, high = LARGEST_NUMBER, onChange, fault,
  optional = false, spoken = label, narrow = false }) {
  const input = make("input", { type: "number", min: low, max: high, step: 1,
    "aria-label": spoken, placeholder: optional ? "auto" : null });
  const element = make("label", { class: narrow ? "mt-number mt-narrow" : "mt-number" },
    make("span", { text: label }), input);
  let taken = value;
  element.input = input;
  element.set = (number) => {
    taken = number;
    input.value = number === null ? "" : number;
    input.setAttribute("aria-invalid", "false");
  };
  input.addEventListener("input", () => {
    const began = performance.now(), typed = Number(input.value);
    const empty = input.value === "";
    const right = empty ? optional && !input.validity.badInput
      : Number.isInteger(typed) && typed >= low && typed <= high;
    fault.tell(right ? "" : `${spoken}: a whole number from ${low} to ${grouped(high)} ` +
      `is expected; ${taken ?? "auto"} still holds.`, input);
    if (!right) return;
    taken = empty ? null : typed;
    onChange(taken, began);
  });
  input.addEventListener("blur", () => element.set(taken));
  letWheelScroll(input);
  element.set(value);
  return element;
}

// The page is to scroll. On a field that has the focus, a wheel changes the number.
function letWheelScroll(input) {
  input.addEventListener("wheel", () => {
    if (document.activeElement !== input) return;
    input.blur();
    requestAnimationFrame(() => input.focus({ preventScroll: true }));
  });
}
