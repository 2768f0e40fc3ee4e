// The kernel's nine cells and, as the tenth, the bias: typed, dragged, or changed by
// keys.

import { colourOf, readableOn, SIGNED } from "../shared/colours.js";
import { keys, make } from "../shared/dom.js";
import { largest, number } from "../shared/numbers.js";

const BIAS = 9; // the cell behind the nine weights
const LARGEST_WEIGHT = 99;
const WEIGHT_STYLE = "width: 54px; height: 48px; padding: 0; text-align: center; " +
  "cursor: ns-resize; touch-action: none; border-radius: 0";
const BIAS_STYLE = "width: 62px; text-align: center; cursor: ns-resize; " +
  "touch-action: none";

// `onChange(k, value, began)` hears what the reader sets; `showCells` shows values.
export function newCells(onChange) {
  /** @type {any} */
  const cells = { onChange, values: [] };
  cells.inputs = Array.from({ length: 10 }, (_, k) => cellInput(cells, k));
  cells.bias = cells.inputs[BIAS];
  cells.grid = make("div", { role: "group", "aria-label": "kernel",
    style: "display: grid; grid-template-columns: repeat(3, 54px); gap: 2px" },
    ...cells.inputs.slice(0, BIAS));
  return cells;
}

export function showCells(cells, values) {
  cells.values = values;
  const most = largest(values.slice(0, BIAS)) || 1;
  cells.inputs.forEach((input, k) => {
    if (!input.editing) input.value = number(values[k]);
    if (k === BIAS) return;
    input.style.background = colourOf(SIGNED, values[k], -most, most);
    input.style.color = readableOn(SIGNED, values[k], -most, most);
  });
}

// What was typed as a number, or null if it is none (yet).
export function typedNumber(text) {
  const value = Number(text.trim().replace("\u2212", "-").replace(",", ".") || NaN);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT ? value : null;
}

// As a cell may hold it.
export function rounded(value) {
  const bounded = Math.min(LARGEST_WEIGHT, Math.max(-LARGEST_WEIGHT, value));
  return Math.round(bounded * 1e6) / 1e6;
}

function cellInput(cells, k) {
  const input = make("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
    "aria-label": k === BIAS ? "bias"
      : `weight in row ${Math.floor(k / 3) + 1}, column ${k % 3 + 1}`,
    "data-cell": k, tabindex: k ? "-1" : "0",
    style: k === BIAS ? BIAS_STYLE : WEIGHT_STYLE,
    title: "Type, drag up or down (0.1 per 4 pixels, with Shift 0.01), or press + and −",
  });
  bindDrag(input, (steps, fine, began) =>
    changeBy(cells, k, steps * (fine ? 0.01 : 0.1), began));
  bindSign(cells, k, input);
  bindCellKeys(cells, k, input);
  bindTyping(cells, k, input);
  return input;
}

function changeBy(cells, k, by, began) {
  cells.onChange(k, rounded(cells.values[k] + by), began);
}

function goTo(cells, k) {
  cells.inputs[k].focus();
  cells.inputs[k].select();
}

// One cell can be reached by Tab: that of the last focus.
function bindTyping(cells, k, input) {
  input.addEventListener("focus", () => {
    cells.inputs.forEach((other, n) => { other.tabIndex = n === k ? 0 : -1; });
    input.select();
  });
  input.addEventListener("input", () => {
    const began = performance.now(), value = typedNumber(input.value);
    input.editing = true;
    input.setAttribute("aria-invalid", String(value === null));
    if (value !== null) cells.onChange(k, value, began);
  });
  input.addEventListener("blur", () => {
    input.removeAttribute("aria-invalid");
    endTyping(cells, k);
  });
}

function endTyping(cells, k) {
  cells.inputs[k].editing = false;
  cells.inputs[k].value = number(cells.values[k]);
}

// Arrows move between cells, + changes.
function bindCellKeys(cells, k, input) {
  const below = k < 6 ? k + 3 : BIAS, above = k === BIAS ? 7 : k > 2 ? k - 3 : k;
  const change = (by) => (_, began) => {
    changeBy(cells, k, by, began);
    input.select();
  };
  const take = () => {
    endTyping(cells, k);
    goTo(cells, k);
  };
  keys(input, {
    ArrowLeft: () => goTo(cells, Math.max(0, k - 1)),
    ArrowRight: () => goTo(cells, Math.min(BIAS, k + 1)),
    ArrowUp: () => goTo(cells, above),
    ArrowDown: () => goTo(cells, below),
    "Shift+ArrowUp": change(0.01),
    "Shift+ArrowDown": change(-0.01),
    Enter: take,
    Escape: take,
    "+": change(0.1),
  });
}

// − changes; "−" and then a digit or a point is a negative number.
function bindSign(cells, k, input) {
  let before = null; // the value before a "−" that may turn out to be a sign
  input.addEventListener("keydown", (event) => {
    const sign = event.key === "-" || event.key === "\u2212";
    if (/^[\d.,]$/.test(event.key) && before !== null && !input.editing) {
      cells.onChange(k, before, performance.now());
      input.value = "-"; // the key's own sign follows
    }
    if (!["Shift", "Control"].includes(event.key) && !sign) before = null;
    if (sign && !input.editing) {
      event.preventDefault();
      before = cells.values[k];
      changeBy(cells, k, -0.1, performance.now());
      input.select();
    }
  });
}

// A vertical drag: `onSteps(steps, fine, began)` for each 4 pixels; a mere click selects.
function bindDrag(input, onSteps) {
  let last = null, rest = 0;
  input.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no selecting of text, no caret
    input.setPointerCapture(event.pointerId);
    input.focus();
    input.editing = false;
    [last, rest] = [event.clientY, 0];
  });
  input.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const began = performance.now();
    rest += last - event.clientY;
    last = event.clientY;
    const steps = Math.trunc(rest / 4);
    if (!steps) return;
    rest -= 4 * steps;
    onSteps(steps, event.shiftKey, began);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    input.addEventListener(end, () => { last = null; input.select(); });
  }
}
