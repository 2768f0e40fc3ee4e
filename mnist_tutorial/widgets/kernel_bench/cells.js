// The kernel's nine cells and, as the tenth, the bias: typed, dragged, or changed by
// keys.

import { colourOf, readableOn, SIGNED } from "../shared/colours.js";
import { faultLine, keys, make } from "../shared/dom.js";
import { largest, number } from "../shared/numbers.js";

const BIAS = 9; // the cell behind the nine weights
const LARGEST_WEIGHT = 99;
const NOT_RUN = "The number is taken. Running the cell would build a new bench without " +
  "it: to do that, press Shift+Enter in the code above.";
// One number as it may be typed: 2, -0.5, ,25, 1e-3.
const DECIMAL = /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i;

// `onChange(k, value, began)` hears what the reader sets; `showCells` shows values.
// `fault` is the line that says what could not be taken.
export function newCells(onChange) {
  /** @type {any} */
  const cells = { onChange, values: [], fault: faultLine() };
  cells.inputs = Array.from({ length: 10 }, (_, k) => cellInput(cells, k));
  cells.bias = cells.inputs[BIAS];
  cells.grid = make("div", { role: "group", "aria-label": "kernel", class: "mt-kernel" },
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

// What was typed as a number, or null if it is none (yet): 0.5, 0,5 or 1/2.
export function typedNumber(text) {
  const parts = text.replaceAll("\u2212", "-").split("/").map(decimal);
  const value = parts.length > 2 ? NaN : parts[0] / (parts[1] ?? 1);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT ? value : null;
}

function decimal(text) {
  const one = text.trim();
  return DECIMAL.test(one) ? Number(one.replace(",", ".")) : NaN;
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
    class: k === BIAS ? "mt-bias" : "mt-weight", "data-cell": k, tabindex: k ? "-1" : "0",
    title: "Type, drag up or down (0.1 per 4 pixels, with Shift 0.01), or press + and −",
  });
  bindDrag(input, () => endTyping(cells, k), (steps, fine, began) =>
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
    if (!input.editing) input.before = cells.values[k];
    input.editing = true;
    input.setAttribute("aria-invalid", String(value === null));
    if (value !== null) cells.onChange(k, value, began);
  });
  input.addEventListener("blur", () => endTyping(cells, k));
}

// What was typed stays; if it is no number, what stood there before comes back.
function endTyping(cells, k) {
  const input = cells.inputs[k];
  if (!input.editing) return;
  if (typedNumber(input.value) === null) {
    const what = input.value.trim() ? `"${input.value.trim()}"` : "An empty cell";
    takeBack(cells, k);
    cells.fault.tell(`${what} is not a number from \u2212${LARGEST_WEIGHT} to ` +
      `${LARGEST_WEIGHT}, such as 0.5 or 1/3; ${number(input.before)} still holds.`);
  } else {
    cells.fault.tell("");
    stopTyping(cells, k);
  }
}

function takeBack(cells, k) {
  const { before } = cells.inputs[k];
  stopTyping(cells, k);
  if (cells.values[k] !== before) cells.onChange(k, before, performance.now());
}

function stopTyping(cells, k) {
  const input = cells.inputs[k];
  input.editing = false;
  input.removeAttribute("aria-invalid");
  input.value = number(cells.values[k]);
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
    "Shift+Enter": () => {
      take();
      if (!cells.fault.textContent) cells.fault.tell(NOT_RUN);
    },
    Escape: () => {
      if (input.editing) takeBack(cells, k);
      goTo(cells, k);
    },
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

// A vertical drag: `onBegin()`, then `onSteps(steps, fine, began)` for each 4 pixels; a
// mere click selects.
function bindDrag(input, onBegin, onSteps) {
  let last = null, rest = 0;
  input.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no selecting of text, no caret
    input.setPointerCapture(event.pointerId);
    input.focus();
    onBegin();
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
