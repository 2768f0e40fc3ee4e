// KernelBench: a 3 × 3 kernel to edit, and the map that it makes of a digit.

import { describe, legend, paintMap, position, surface } from "./shared/canvas.js";
import { colourOf, GREY, inkOf, readableOn, SIGNED } from "./shared/colours.js";
import {
  button, chain, choice, keys, listen, make, mount, onTheme, painted, say, slider,
  toggle, whenShown,
} from "./shared/dom.js";
import { argmax, number, percent, signedNumber, sum } from "./shared/numbers.js";
import { floats, pythonAsker } from "./shared/python.js";

const BENCH_SIDE = 28; // of a digit, in pixels
const BENCH_CELL = 7; // CSS pixels to a pixel, in the input and in the map alike
const BENCH_MARGIN = 2; // the most padding there is, in pixels
const BENCH_SMALL = 4; // CSS pixels to a pixel in the goal's own picture
const BENCH_LARGEST = 99;
const BENCH_PAUSE = 200; // milliseconds between two windows while it plays

// --- What is computed

// Cross-correlation of a square image with nine weights: {values, size}.
export function benchMap(image, weights, bias, { stride, padding, dilation }) {
  const size = benchSize(stride, padding, dilation);
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const top = i * stride - padding, left = j * stride - padding;
      let total = bias;
      for (let m = 0; m < 3; m++) {
        const row = top + m * dilation;
        if (row < 0 || row >= BENCH_SIDE) continue;
        for (let n = 0; n < 3; n++) {
          const column = left + n * dilation;
          if (column < 0 || column >= BENCH_SIDE) continue;
          total += image[row * BENCH_SIDE + column] * weights[3 * m + n];
        }
      }
      values[i * size + j] = total;
    }
  }
  return { values, size };
}

function benchSize(stride, padding, dilation) {
  return Math.floor((BENCH_SIDE + 2 * padding - (2 * dilation + 1)) / stride) + 1;
}

// The nine pixels under the window at (i, j): {row, column, value}; 0 in the padding.
export function benchWindow(image, i, j, { stride, padding, dilation }) {
  const cells = [];
  for (let k = 0; k < 9; k++) {
    const row = i * stride - padding + Math.floor(k / 3) * dilation;
    const column = j * stride - padding + (k % 3) * dilation;
    const inside = benchInside(row) && benchInside(column);
    cells.push({ row, column, inside,
      value: inside ? image[row * BENCH_SIDE + column] : 0 });
  }
  return cells;
}

function benchInside(index) {
  return index >= 0 && index < BENCH_SIDE;
}

export function benchFlipped(weights) {
  return Array.from(weights).reverse();
}

function benchRelu({ values, size }) {
  return { values: values.map((value) => Math.max(0, value)), size };
}

// Max pool 2 × 2; a last row or column that is alone is dropped.
function benchPool({ values, size }) {
  const half = Math.floor(size / 2), pooled = new Float32Array(half * half);
  for (let i = 0; i < half; i++) {
    for (let j = 0; j < half; j++) {
      pooled[i * half + j] = Math.max(...benchFour(size, i, j).map((k) => values[k]));
    }
  }
  return { values: pooled, size: half };
}

// Where in the map the four numbers of a pool's window stand.
function benchFour(size, i, j) {
  const corner = 2 * i * size + 2 * j;
  return [corner, corner + 1, corner + size, corner + size + 1];
}

// What is shown as the map: after ReLU and pool, where they are on.
export function benchOutput(raw, { relu, pool }) {
  const positive = relu ? benchRelu(raw) : raw;
  return pool ? benchPool(positive) : positive;
}

// The image moved by whole pixels; black where nothing comes from.
export function benchShifted(image, down, right) {
  const moved = new Float32Array(image.length);
  for (let r = 0; r < BENCH_SIDE; r++) {
    for (let c = 0; c < BENCH_SIDE; c++) {
      if (!benchInside(r - down) || !benchInside(c - right)) continue;
      moved[r * BENCH_SIDE + c] = image[(r - down) * BENCH_SIDE + c - right];
    }
  }
  return moved;
}

// --- The goals' numbers

// How a flat area answers: the larger of black's answer and white's, in size.
function benchFlat(weights, bias) {
  return Math.max(Math.abs(bias), Math.abs(sum(weights) + bias));
}

// Brighter in the window's right column than in its left one: {share, mask}, the share
// of all positive response that lies there.
function benchLeftEdges(image, raw, settings) {
  const across = benchMap(image, [-1, 0, 1, -1, 0, 1, -1, 0, 1], 0, settings).values;
  const mask = across.map((value) => (value > 1e-6 ? 1 : 0));
  let there = 0, all = 0;
  raw.values.forEach((value, k) => {
    const positive = Math.max(0, value);
    all += positive;
    there += positive * mask[k];
  });
  return { share: all > 1e-6 ? there / all : 0, mask };
}

function benchLargest(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

// Nine weights that make this map of this image, by least squares; null if its windows
// do not settle them.
export function benchFit(image, target, settings) {
  const rows = Array.from({ length: 9 }, () => new Float64Array(10));
  for (let i = 0; i < target.size; i++) {
    for (let j = 0; j < target.size; j++) {
      const cells = benchWindow(image, i, j, settings);
      for (let m = 0; m < 9; m++) {
        if (!cells[m].value) continue;
        for (let n = 0; n < 9; n++) rows[m][n] += cells[m].value * cells[n].value;
        rows[m][9] += cells[m].value * target.values[i * target.size + j];
      }
    }
  }
  return benchSolve(rows);
}

// Gauss and Jordan, with the largest pivot of each column.
function benchSolve(rows) {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let r = k + 1; r < n; r++) {
      if (Math.abs(rows[r][k]) > Math.abs(rows[best][k])) best = r;
    }
    if (Math.abs(rows[best][k]) < 1e-6) return null;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let r = 0; r < n; r++) {
      if (r === k) continue;
      const factor = rows[r][k] / rows[k][k];
      for (let c = k; c <= n; c++) rows[r][c] -= factor * rows[k][c];
    }
  }
  return rows.map((row, k) => row[n] / row[k]);
}

// The map of the moved digit minus the moved map: {values, size, largest}. A move that
// is no whole number of the map's cells is rounded both ways, and the better one taken.
// Windows that reach over the frame are left out: there something may be cut off.
function benchShiftError(image, bench) {
  const { shift, stride, pool } = bench;
  const weights = benchWeights(bench);
  const shownOf = (picture) => benchOutput(
    benchMap(picture, weights, bench.bias, bench), bench);
  const before = shownOf(image), after = shownOf(benchShifted(image, ...shift));
  const step = stride * (pool ? 2 : 1);
  const roundings = shift.map((by) => [...new Set([Math.floor(by / step),
    Math.ceil(by / step)])]);
  const found = roundings[0].flatMap((down) => roundings[1].map((right) =>
    benchDifference(before, after, down, right, bench)));
  return found.reduce((best, one) => (one.largest < best.largest ? one : best));
}

function benchDifference(before, after, down, right, bench) {
  const { size } = before, values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const from = [i - down, j - right];
      if (from.some((k) => k < 0 || k >= size)) continue;
      if (![i, j, ...from].every((k) => benchWithin(k, bench))) continue;
      const k = i * size + j;
      values[k] = after.values[k] - before.values[from[0] * size + from[1]];
    }
  }
  return { values, size, largest: benchLargest(values) };
}

// Whether all that place k of the output reads lies inside the frame, along an axis.
function benchWithin(k, { stride, padding, dilation, pool }) {
  const first = (pool ? 2 * k : k) * stride - padding;
  const last = (pool ? 2 * k + 1 : k) * stride - padding + 2 * dilation;
  return first >= 0 && last < BENCH_SIDE;
}

function benchWeights({ kernel, flip }) {
  return flip ? benchFlipped(kernel) : kernel;
}

// A goal: its task in one line, and `measure(bench)` → {value, text, done, means,
// picture}; the picture, if there is one, is {title, values, size, low, high}.
export const BENCH_GOALS = {
  flat: {
    name: "blind to flat areas",
    task: "Change weights until a flat area, black or white, answers 0.",
    measure: ({ bench }) => {
      const value = benchFlat(benchWeights(bench), bench.bias);
      const some = benchLargest(bench.kernel) > 0;
      return { value, text: `A flat area answers up to ${number(value)}`,
        done: value < 0.005 && some,
        means: !some ? "A kernel of zeros is blind to everything."
          : "White answers sum + bias, black the bias alone; only change is left to see.",
      };
    },
  },
  left: {
    name: "light only left edges",
    task: "At least 95 % of what is positive shall lie where it gets brighter to the " +
      "right.",
    measure: ({ bench, image, raw }) => {
      const { share, mask } = benchLeftEdges(image, raw, bench);
      return { value: share, text: `${percent(share)} lies on left edges`,
        done: share >= 0.95,
        means: "White in the small picture: right column brighter than left column.",
        picture: { title: "left edges", values: mask, size: raw.size, lut: GREY, low: 0,
          high: 1 } };
    },
  },
  match: {
    name: "match a hidden kernel's map",
    task: "Make your map that of the small picture: nowhere more than 0.05 off.",
    measure: ({ bench, image, raw, secret }) => {
      const target = benchMap(image, secret, 0, bench);
      const value = benchLargest(raw.values.map((one, k) => one - target.values[k]));
      const most = benchLargest(target.values) || 1;
      return { value, text: `Largest error ${number(value)}`, done: value <= 0.05,
        means: "Every number of the target is one equation for nine unknowns.",
        target,
        picture: { title: "the target", values: target.values, size: target.size,
          lut: SIGNED, low: -most, high: most } };
    },
  },
  flip: {
    name: "flipped against unflipped",
    task: "Find a kernel, not nine equal numbers, that may be flipped unnoticed.",
    measure: ({ bench, image, raw }) => {
      const other = benchMap(image, benchFlipped(benchWeights(bench)), bench.bias, bench);
      const difference = raw.values.map((one, k) => one - other.values[k]);
      const value = benchLargest(difference);
      const most = value || 1;
      const varied = bench.kernel.some((weight) => weight !== bench.kernel[0]);
      return { value, text: `The two maps differ by up to ${number(value)}`,
        done: value < 1e-5 && varied && benchSeen(bench, image),
        means: value < 1e-5 ? "Turned by 180° it is the same kernel: convolution with " +
          "a flip and correlation agree." : "The kernel is not the same turned by 180°: " +
          "convolution with a flip is another operation here.",
        picture: { title: "their difference", values: difference, size: raw.size,
          lut: SIGNED, low: -most, high: most } };
    },
  },
  shift: {
    name: "shifted digit, shifted map",
    task: "Shift the digit by 1: 0. Switch the pool on: not 0. Which shift makes it 0 " +
      "again?",
    measure: ({ bench, original }) => {
      const found = benchShiftError(original, bench);
      const value = found.largest, most = value || 1;
      const moved = bench.shift.some((by) => by !== 0);
      return { value, text: `Map of the shifted digit minus shifted map: ${number(value)}`,
        done: moved && bench.pool && value === 0 && benchSeen(bench, original),
        means: benchShiftMeans(moved, value, bench),
        picture: { title: "their difference", values: found.values, size: found.size,
          lut: SIGNED, low: -most, high: most } };
    },
  },
};

// Whether the map shows anything but its bias; a kernel of zeros reaches no goal.
function benchSeen(bench, image) {
  const { values } = benchMap(image, benchWeights(bench), 0, bench);
  return benchLargest(values) > 1e-3;
}

function benchShiftMeans(moved, value, { pool, stride }) {
  if (!moved) return "Nothing is shifted yet.";
  if (value === 0) return "The map moved along and is otherwise the same, number by number.";
  if (pool || stride > 1) {
    return "Other neighbours now share a window: the pattern itself has changed.";
  }
  return "The map has changed.";
}

// --- The kernel's cells

const BENCH_KERNEL_CELL = "width: 54px; height: 48px; padding: 0; text-align: center; " +
  "cursor: ns-resize; touch-action: none; border-radius: 0";
const BENCH_BIAS_CELL = "width: 62px; text-align: center; cursor: ns-resize; " +
  "touch-action: none";

// What was typed as a number, or null if it is none (yet).
export function benchTyped(text) {
  const value = Number(text.trim().replace("\u2212", "-").replace(",", ".") || NaN);
  return Number.isFinite(value) && Math.abs(value) <= BENCH_LARGEST ? value : null;
}

function benchRounded(value) {
  const bounded = Math.min(BENCH_LARGEST, Math.max(-BENCH_LARGEST, value));
  return Math.round(bounded * 1e6) / 1e6;
}

// Nine cells and, as the tenth, the bias: typed, dragged, or changed by keys.
// `onChange(index, value, began)` is told; `update(values)` shows.
function benchCells(onChange) {
  let shown = new Array(10).fill(0);
  const label = (k) => k === 9 ? "bias"
    : `weight in row ${Math.floor(k / 3) + 1}, column ${k % 3 + 1}`;
  const inputs = shown.map((_, k) => make("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
    "aria-label": label(k), "data-cell": k, tabindex: k ? "-1" : "0",
    style: k === 9 ? BENCH_BIAS_CELL : BENCH_KERNEL_CELL,
    title: "Type, drag up or down (0.1 per 4 pixels, with Shift 0.01), or press + and −",
  }));
  const change = (k, by, began) => {
    onChange(k, benchRounded(shown[k] + by), began);
    inputs[k].select();
  };
  const go = (k) => { inputs[k].focus(); inputs[k].select(); };
  inputs.forEach((input, k) => {
    benchDrag(input, (steps, fine, began) =>
      onChange(k, benchRounded(shown[k] + steps * (fine ? 0.01 : 0.1)), began));
    benchCellKeys(input, k, { change, go, restore: (value, began) =>
      onChange(k, value, began), value: () => shown[k] });
    input.addEventListener("focus", () => {
      inputs.forEach((other, n) => { other.tabIndex = n === k ? 0 : -1; });
      input.select();
    });
    input.addEventListener("input", () => {
      const began = performance.now(), value = benchTyped(input.value);
      input.editing = true;
      input.setAttribute("aria-invalid", String(value === null));
      if (value !== null) onChange(k, value, began);
    });
    input.addEventListener("blur", () => {
      input.editing = false;
      input.removeAttribute("aria-invalid");
      input.value = number(shown[k]);
    });
  });
  const update = (values) => {
    shown = values;
    const most = benchLargest(values.slice(0, 9)) || 1;
    inputs.forEach((input, k) => {
      if (!input.editing) input.value = number(values[k]);
      if (k === 9) return;
      input.style.background = colourOf(SIGNED, values[k], -most, most);
      input.style.color = readableOn(SIGNED, values[k], -most, most);
    });
  };
  const grid = make("div", { role: "group", "aria-label": "kernel",
    style: "display: grid; grid-template-columns: repeat(3, 54px); gap: 2px" },
    ...inputs.slice(0, 9));
  return { grid, bias: inputs[9], update };
}

// Arrows move between cells, + and − change; "−" and then a digit or a point is a
// negative number.
function benchCellKeys(input, k, { change, go, restore, value }) {
  let minus = null; // the value before a "−" that may turn out to be a sign
  const below = k < 6 ? k + 3 : 9, above = k === 9 ? 7 : k > 2 ? k - 3 : k;
  const bindings = {
    ArrowLeft: () => go(Math.max(0, k - 1)),
    ArrowRight: () => go(Math.min(9, k + 1)),
    ArrowUp: () => go(above),
    ArrowDown: () => go(below),
    "Shift+ArrowUp": (_, began) => change(k, 0.01, began),
    "Shift+ArrowDown": (_, began) => change(k, -0.01, began),
    Enter: () => { input.editing = false; input.value = number(value()); go(k); },
    Escape: () => { input.editing = false; input.value = number(value()); go(k); },
    "+": (_, began) => change(k, 0.1, began),
  };
  input.addEventListener("keydown", (event) => {
    const sign = event.key === "-" || event.key === "\u2212";
    if (/^[\d.,]$/.test(event.key) && minus !== null && !input.editing) {
      restore(minus, performance.now());
      input.value = "-"; // the key's own sign follows
    }
    if (!["Shift", "Control"].includes(event.key) && !sign) minus = null;
    if (sign && !input.editing) {
      event.preventDefault();
      minus = value();
      change(k, -0.1, performance.now());
    }
  });
  keys(input, bindings);
}

// A vertical drag: `onSteps(steps, fine, began)` for each 4 pixels; a mere click selects.
function benchDrag(input, onSteps) {
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

// --- The terms of one sum

// A table of nine columns and the bias: pixel, weight, their product, the sum so far.
function benchTerms() {
  const rows = ["pixel", "× weight", "= term", "sum so far"];
  const head = ["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "bias"];
  const style = "width: 58px; padding: 1px 6px; text-align: right";
  const cells = rows.map(() => head.slice(1).map(() => make("td", { style })));
  const line = (name, k) => make("tr", { "data-terms": name.replace(/^\W+/, "") },
    make("th", { scope: "row", text: name,
      style: "padding-right: 8px; text-align: left; font-weight: normal; " +
        "white-space: nowrap" }), ...cells[k]);
  const element = make("table", {
    "aria-label": "the terms of the sum",
    style: "border-collapse: collapse; color: inherit; font: inherit; font-size: 12px",
  }, make("thead", {}, make("tr", { class: "mt-faint" }, ...head.map((text) =>
    make(text ? "th" : "td", { text, scope: text ? "col" : null,
      style: `${style}; font-weight: normal` })))),
  make("tbody", {}, ...rows.map(line)));
  const update = (pixels, weights, bias) => {
    const terms = [...pixels.map((cell, k) => cell.value * weights[k]), bias];
    const most = benchLargest(terms) || 1;
    let total = 0;
    terms.forEach((term, k) => {
      total += term;
      const texts = [k < 9 ? number(pixels[k].value) : "", k < 9 ? number(weights[k]) : "",
        number(term), number(total)];
      texts.forEach((text, row) => { cells[row][k].textContent = text; });
      cells[2][k].style.background = colourOf(SIGNED, term, -most, most);
      cells[2][k].style.color = readableOn(SIGNED, term, -most, most);
    });
    return total;
  };
  return { element, update };
}

// The sentence that says how large the map is, and why.
export function benchSizeText({ stride, padding, dilation, pool }) {
  const span = 2 * dilation + 1, size = benchSize(stride, padding, dilation);
  const window = dilation === 1 ? "3" : `(${dilation}·(3 − 1) + 1)`;
  const map = `Size of the map: ⌊(28 + 2·${padding} − ${window}) / ${stride}⌋ + 1 = ` +
    `⌊${28 + 2 * padding - span} / ${stride}⌋ + 1 = ${size}`;
  return pool ? `${map}; after the pool ⌊${size} / 2⌋ = ${Math.floor(size / 2)}` : map;
}

// --- What is painted

function benchPaintInput(canvas, image, window, bench, ink) {
  const { ctx } = canvas, side = (BENCH_SIDE + 2 * BENCH_MARGIN) * BENCH_CELL;
  const at = (index) => (index + BENCH_MARGIN) * BENCH_CELL;
  ctx.clearRect(0, 0, side, side);
  paintMap(ctx, image, BENCH_SIDE, BENCH_SIDE, at(0), at(0), BENCH_CELL, GREY, 0, 1);
  ctx.lineWidth = 1;
  ctx.strokeStyle = ink.line;
  if (bench.padding) {
    const frame = at(-bench.padding) + 0.5, length = side - 2 * frame;
    ctx.setLineDash([3, 3]);
    ctx.strokeRect(frame, frame, length, length);
    ctx.setLineDash([]);
  }
  const [first, last] = [window[0], window[8]];
  benchOutline(ctx, at(first.column), at(first.row),
    (last.column - first.column + 1) * BENCH_CELL);
  if (bench.dilation > 1) {
    ctx.strokeStyle = "#ff9d2e";
    for (const { row, column } of window) {
      ctx.strokeRect(at(column) + 0.5, at(row) + 0.5, BENCH_CELL - 1, BENCH_CELL - 1);
    }
  }
}

// A frame that can be seen on black, on white and on every colour between.
function benchOutline(ctx, x, y, size) {
  ctx.lineWidth = 3;
  ctx.strokeStyle = "#000";
  ctx.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = "#ff9d2e";
  ctx.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
}

function benchPaintOutput(canvas, output, marked, ink) {
  const { ctx } = canvas, side = (BENCH_SIDE + 2) * BENCH_CELL + 2;
  const most = benchLargest(output.values) || 1;
  ctx.clearRect(0, 0, side + 30, side + 30);
  const map = paintMap(ctx, output.values, output.size, output.size, 1, 1, BENCH_CELL,
    SIGNED, -most, most);
  benchOutline(ctx, 1 + marked.j * BENCH_CELL, 1 + marked.i * BENCH_CELL, BENCH_CELL);
  legend(ctx, 1, side + 4, 196, 9, SIGNED, -most, most, ink.text);
  return map;
}

function benchPaintGoal(canvas, picture) {
  const { values, size, lut, low, high } = picture;
  canvas.ctx.clearRect(0, 0, 200, 200);
  paintMap(canvas.ctx, values, size, size, 0, 0, BENCH_SMALL, lut, low, high);
}

// --- The widget

const BENCH_TRAITS = ["digit", "kernel", "bias", "stride", "padding", "dilation", "flip",
  "relu", "pool", "shift", "goal"];

function renderKernelBench({ model, el }) {
  const root = mount(model, el, "KernelBench", "A kernel to edit and the map it makes");
  const digits = floats(model, "digits"), pixels = BENCH_SIDE * BENCH_SIDE;
  const count = digits.length / pixels;
  const secret = floats(model, "secret"), filters = floats(model, "filters");
  // Beside the traits the window's place, which begins where the kernel answers most.
  /** @type {any} */
  const bench = { i: null, j: null, hover: null, timer: null, saving: false };
  const read = () => {
    for (const name of BENCH_TRAITS) bench[name] = model.get(name);
  };
  read();
  /** @type {any} */
  const seen = {}; // what the last full update computed

  // Take new settings: everything is drawn first, then Python is told.
  function take(changes, began = performance.now()) {
    Object.assign(bench, changes);
    update(began);
    bench.saving = true;
    model.set(changes);
    model.save_changes();
    bench.saving = false;
  }

  // --- controls
  const presets = benchPresets(model.get("presets"), filters);
  const preset = choice("preset", [["", "your own"], ...presets.map(([name]) =>
    [name, name])], "", (name, began) => {
    const found = presets.find(([one]) => one === name);
    if (found) take({ kernel: [...found[1]], bias: found[2] }, began);
  });
  const another = button("Another digit", () =>
    take({ digit: (bench.digit + 1) % count }), { disabled: count < 2 });
  const numbers = { stride: [1, 2, 3], padding: [0, 1, 2], dilation: [1, 2, 3] };
  const settings = Object.entries(numbers).map(([name, values]) => [name, choice(name,
    values.map((k) => [k, k]), bench[name], (value, began) =>
      take({ [name]: Number(value) }, began))]);
  const names = { flip: "flip kernel", relu: "ReLU", pool: "2 × 2 max pool" };
  const switches = Object.entries(names).map(([name, text]) => [name, toggle(text,
    bench[name], (checked, began) => take({ [name]: checked }, began))]);
  const shifts = ["down", "right"].map((name, axis) => slider({
    label: `shift ${name}`, min: -4, max: 4, step: 1, value: bench.shift[axis],
    format: (value) => `${number(value, 0)} px`,
    onInput: (value, began) => {
      const shift = [...bench.shift];
      shift[axis] = value;
      take({ shift }, began);
    },
  }));

  // --- pictures
  const cells = benchCells((k, value, began) => {
    if (k === 9) return take({ bias: value }, began);
    const kernel = [...bench.kernel];
    kernel[k] = value;
    return take({ kernel }, began);
  });
  const inSide = (BENCH_SIDE + 2 * BENCH_MARGIN) * BENCH_CELL;
  const outSide = (BENCH_SIDE + 2) * BENCH_CELL + 2;
  const input = surface(inSide, inSide, "", { "data-part": "input" });
  const output = surface(outSide, outSide + 28, "", { "data-part": "map", tabindex: "0",
    role: "application", style: "cursor: crosshair; touch-action: manipulation" });
  const small = surface(30 * BENCH_SMALL, 30 * BENCH_SMALL, "", { "data-part": "goal" });
  const smallTitle = make("p", { class: "mt-title" });
  const smallBox = make("div", {}, smallTitle, small);
  const outTitle = make("p", { class: "mt-title" });
  const weightSum = make("span", { "data-part": "sum" });
  const terms = benchTerms();
  const result = make("p", { class: "mt-title", "data-part": "result" });
  const size = make("p", { "data-part": "size" });

  // --- the goal
  const goal = choice("goal", Object.entries(BENCH_GOALS).map(([key, { name }]) =>
    [key, name]), bench.goal, (value, began) => take({ goal: value }, began));
  const task = make("span", { class: "mt-task" });
  const reached = make("strong", { "data-part": "reached" });
  const means = make("span", { class: "mt-faint" });
  const fit = button("Fit for me", () => {
    const target = seen.goal.target;
    const found = benchFit(seen.image, target, bench);
    if (!found) {
      means.textContent = "These windows do not settle nine numbers: use stride 1, or " +
        "another digit.";
      return;
    }
    const kernel = (bench.flip ? benchFlipped(found) : found).map(benchRounded);
    take({ kernel, bias: 0 });
  });

  function update(began) {
    const original = digits.subarray(bench.digit * pixels, (bench.digit + 1) * pixels);
    const image = benchShifted(original, ...bench.shift);
    const raw = benchMap(image, benchWeights(bench), bench.bias, bench);
    Object.assign(seen, { original, image, raw, output: benchOutput(raw, bench) });
    if (bench.i === null) {
      const most = argmax(raw.values.map(Math.abs));
      Object.assign(bench, { i: Math.floor(most / raw.size), j: most % raw.size });
    }
    bench.i = Math.min(bench.i, raw.size - 1);
    bench.j = Math.min(bench.j, raw.size - 1);
    bench.hover = null;
    seen.goal = BENCH_GOALS[bench.goal].measure({ bench, secret, ...seen });
    showControls();
    showGoal();
    showWindow();
    root.shown = { values: seen.output.values, size: seen.output.size };
    painted(root, began);
  }

  function showControls() {
    cells.update([...bench.kernel, bench.bias]);
    weightSum.textContent = number(sum(bench.kernel));
    const same = ([, weights, bias]) => bias === bench.bias &&
      weights.every((weight, k) => weight === bench.kernel[k]);
    preset.input.value = (presets.find(same) || [""])[0];
    for (const [name, element] of settings) element.input.value = bench[name];
    for (const [name, element] of switches) element.input.checked = bench[name];
    shifts.forEach((element, axis) => {
      if (Number(element.input.value) !== bench.shift[axis]) element.set(bench.shift[axis]);
    });
    goal.input.value = bench.goal;
    size.textContent = benchSizeText(bench);
    outTitle.textContent = `${[bench.relu ? "ReLU of the map" : "Map",
      ...(bench.pool ? ["pooled"] : [])].join(", ")}, ${seen.output.size} × ` +
      `${seen.output.size}`;
  }

  function showGoal() {
    const { text, done, means: meaning, picture, value } = seen.goal;
    task.textContent = BENCH_GOALS[bench.goal].task;
    reached.textContent = `${text}: ${done ? "done" : "not yet"}`;
    reached.style.color = `var(--mt-${done ? "good" : "text"})`;
    root.dataset.goal = done ? "done" : "not yet";
    root.dataset.number = String(value);
    means.textContent = meaning;
    fit.hidden = bench.goal !== "match";
    smallBox.hidden = !picture;
    if (!picture) return;
    smallTitle.textContent = picture.title;
    describe(small, `${picture.title}, ${picture.size} × ${picture.size}`);
    benchPaintGoal(small, picture);
  }

  // The window, its sum, and both frames: all that a move over the map changes.
  function showWindow() {
    const { i, j } = bench.hover || bench, ink = inkOf(root);
    const under = benchWindow(seen.image, i, j, bench);
    benchPaintInput(input, seen.image, under, bench, ink);
    const half = Math.floor(seen.raw.size / 2) - 1; // a lone last row has no pool
    const marked = bench.pool
      ? { i: Math.min(i >> 1, half), j: Math.min(j >> 1, half) } : { i, j };
    seen.where = benchPaintOutput(output, seen.output, marked, ink);
    terms.update(under, benchWeights(bench), bench.bias);
    const y = seen.raw.values[i * seen.raw.size + j];
    result.textContent = `= y[${i}, ${j}] = ${number(y)}${benchAfter(seen, marked, y,
      bench)}`;
    const top = i * bench.stride - bench.padding, left = j * bench.stride - bench.padding;
    describe(input, `The digit; the window begins in row ${number(top, 0)}, column ` +
      `${number(left, 0)}`);
    describe(output, `Map of ${seen.output.size} × ${seen.output.size}; y[${i}, ${j}] = ` +
      `${number(y)}. Arrow keys move the window.`);
    root.dataset.at = `${i} ${j}`;
    root.dataset.value = String(y);
  }

  // --- the window's ways
  function jump(i, j, began, spoken = true) {
    const last = seen.raw.size - 1, bounded = (k) => Math.min(last, Math.max(0, k));
    Object.assign(bench, { i: bounded(i), j: bounded(j), hover: null });
    showWindow();
    if (spoken) say(root, result.textContent);
    painted(root, began);
  }

  function step(by, began = performance.now(), spoken = true) {
    const n = seen.raw.size, all = n * n;
    const place = (bench.i * n + bench.j + by + all) % all;
    jump(Math.floor(place / n), place % n, began, spoken);
  }

  const play = button("▶ Play", () => playing(bench.timer === null),
    { "aria-pressed": "false", style: "min-width: 76px" });
  function playing(on) {
    clearInterval(bench.timer);
    bench.timer = on ? setInterval(() => step(1, performance.now(), false), BENCH_PAUSE)
      : null;
    play.textContent = on ? "❚❚ Pause" : "▶ Play";
    play.setAttribute("aria-pressed", String(on));
  }

  // The place in the map before the pool that a place on the canvas stands for.
  const pointed = (event) => {
    const { x, y } = position(output, event), hit = seen.where.where(x, y);
    if (!hit) return null;
    if (!bench.pool) return { i: hit.row, j: hit.column };
    const { values, size: n } = seen.raw;
    const four = benchFour(n, hit.row, hit.column);
    const winner = four[argmax(four.map((k) => values[k]))];
    return { i: Math.floor(winner / n), j: winner % n };
  };
  output.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || bench.timer !== null) return;
    const began = performance.now(), hit = pointed(event);
    const old = bench.hover;
    if (hit?.i === old?.i && hit?.j === old?.j) return;
    bench.hover = hit;
    showWindow();
    painted(root, began);
  });
  output.addEventListener("pointerleave", () => {
    if (!bench.hover) return;
    bench.hover = null;
    showWindow();
    painted(root);
  });
  output.addEventListener("click", (event) => {
    const began = performance.now(), hit = pointed(event);
    if (!hit) return;
    playing(false);
    jump(hit.i, hit.j, began);
  });
  keys(output, {
    ArrowLeft: (_, began) => jump(bench.i, bench.j - 1, began),
    ArrowRight: (_, began) => jump(bench.i, bench.j + 1, began),
    ArrowUp: (_, began) => jump(bench.i - 1, bench.j, began),
    ArrowDown: (_, began) => jump(bench.i + 1, bench.j, began),
  });
  root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const native = target.matches("button, select, [type=checkbox]");
    if (target.editing || target.matches("select")) return;
    if (key === " " && !native) playing(bench.timer === null);
    else if (target.matches("[data-cell]")) return; // there a number may begin so
    else if (key === ".") step(1);
    else if (key === ",") step(-1);
    else return;
    event.preventDefault();
  });

  // --- the page
  const row = (...children) => make("div", { class: "mt-row" }, ...children);
  const column = (title, ...children) => make("div", {},
    typeof title === "string" ? make("p", { class: "mt-title", text: title }) : title,
    ...children);
  const net = benchNet(model, root, filters.length / 10);
  root.append(
    row(preset, another, ...settings.map(([, element]) => element)),
    row(...switches.map(([, element]) => element), ...shifts),
    make("div", { class: "mt-columns", style: "gap: 12px; margin-top: 6px" },
      column("Input, 28 × 28", input),
      column("Kernel", cells.grid,
        make("p", {}, "sum of weights ", weightSum),
        make("label", { class: "mt-number" }, "bias ", cells.bias)),
      column(outTitle, output),
      smallBox),
    row(play, button("‹ Back", () => step(-1), { title: "one window back (,)" }),
      button("Forward ›", () => step(1), { title: "one window forward (.)" }), result),
    terms.element, size,
    make("div", { style: "border-top: 1px solid var(--mt-line); width: 100%; " +
      "padding-top: 6px" }, row(goal, task), row(reached, fit, means)),
    net.element);
  update();
  const stops = [
    listen(model, BENCH_TRAITS, () => {
      if (bench.saving) return;
      read();
      update();
    }),
    onTheme(root, () => update()), whenShown(root, () => update()),
    () => playing(false), net.stop, root.stop,
  ];
  return chain(...stops);
}

// The ready kernels as [name, nine weights, bias], the trained filters behind them.
function benchPresets(ready, filters) {
  const presets = ready.map(([name, weights]) => [name, weights, 0]);
  for (let k = 0; 10 * k < filters.length; k++) {
    const weights = Array.from(filters.subarray(10 * k, 10 * k + 10), benchRounded);
    presets.push([`trained filter ${k}`, weights.slice(0, 9), weights[9]]);
  }
  return presets;
}

// What ReLU and pool make of the number, as the end of its sentence.
function benchAfter({ raw, output }, marked, y, { relu, pool }) {
  const positive = relu ? ` → ReLU ${number(Math.max(0, y))}` : "";
  if (!pool) return positive;
  const four = benchFour(raw.size, marked.i, marked.j).map((k) => raw.values[k]);
  const shown = four.map((one) => number(relu ? Math.max(0, one) : one)).join(", ");
  const largest = output.values[marked.i * output.size + marked.j];
  return `${positive} → pool: max(${shown}) = ${number(largest)}`;
}

// --- Into the net: one filter replaced, or all flipped; accuracy comes from Python.

function benchNet(model, root, count) {
  const images = model.get("validation_size");
  if (!images) return { element: make("span", { hidden: true }), stop: () => {} };
  const which = choice("Into the net: put this kernel in place of filter",
    Array.from({ length: count }, (_, k) => [k, k]), 0, () => {});
  const state = make("p", { role: "status", "data-part": "net" });
  const ask = (kind, what) => () => {
    state.textContent = `Reading ${images.toLocaleString("en")} validation digits, when ` +
      "no cell is running …";
    for (const one of buttons) one.disabled = true;
    asker.ask({ kind, what, filter: Number(which.input.value) });
  };
  const asker = pythonAsker(model, (why) => {
    for (const one of buttons) one.disabled = false;
    state.textContent = why;
  });
  const buttons = [
    button("Replace", () =>
      ask("replace", `Filter ${which.input.value} replaced`)()),
    button(`Flip all ${count}`, ask("flip all", `All ${count} filters flipped`)),
  ];
  const update = () => {
    asker.settle();
    const found = model.get("result"), busy = model.get("busy");
    for (const one of buttons) one.disabled = busy;
    if (!busy) state.textContent = benchNetText(found, images);
    painted(root);
  };
  const stop = chain(asker.stop, listen(model, ["result", "busy", "message"], update));
  update();
  return { stop, element: make("div", {
    style: "border-top: 1px solid var(--mt-line); width: 100%; padding-top: 6px" },
  make("div", { class: "mt-row" }, which, ...buttons), state) };
}

function benchNetText({ what, before, after, difference, lost, gained }, images) {
  if (!what) {
    return "Nothing is computed before you click; the network itself stays as it is.";
  }
  const share = ([value, low, high]) =>
    `${percent(value, 2)} (${percent(low, 2)} to ${percent(high, 2)})`;
  const [change, low, high] = difference.map((one) => signedNumber(100 * one));
  return `${what}: accuracy ${share(before)} before, ${share(after)} after; change ` +
    `${change} points (${low} to ${high}), ${lost} digits lost, ${gained} gained of ` +
    `${images.toLocaleString("en")}. In brackets: 95 % intervals.`;
}

export default { render: renderKernelBench };
