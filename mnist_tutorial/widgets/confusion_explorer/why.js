// Why one digit is read so: its probabilities at once, and what a patch costs when
// Python has answered.

import { describe, position, surface } from "../shared/canvas.js";
import { inkOf } from "../shared/colours.js";
import { chain, choice, keys, listen, make, painted, say } from "../shared/dom.js";
import { argmax, probability, softmax } from "../shared/numbers.js";
import { floats, pythonAsker, waitingText } from "../shared/python.js";
import { levelsOf } from "../shared/thumbnails.js";
import { dropsOf, rivalsOf, tenOf } from "./maths.js";
import {
  BARS_HEIGHT, BARS_WIDTH, DIGIT_SIDE, paintDigit, paintDrops, paintProbabilities, PIXEL,
} from "./painters.js";

const LEGEND = "Red: what lies here speaks for it. Blue: against it. Point " +
  "at a map, or move there with the arrow keys, to lay the patch on the digit.";
const HEAD_STYLE = "margin: 0 0 4px";

// `index`: of the digit, -1 before one is open; `size`: of the patch; `probe`: the
// {row, column} where it lies, null for nowhere; `covered`: the logits that Python has
// sent, by question; `pending`: the question under way, "" for none; `failure`: why there
// is no answer. The rest are page elements.
export function whyPanel(root, model, readings, pixels) {
  /** @type {any} */
  const why = {
    root, model, readings, pixels, index: -1, size: 5, asProbability: false, probe: null,
    covered: new Map(), pending: "", failure: "",
    title: make("p", { class: "mt-title" }),
    note: make("p", { class: "mt-help", role: "status" }),
    probed: make("p", {}), // what the patch does, in place of the note
    digit: surface(DIGIT_SIDE, DIGIT_SIDE, ""), bars: surface(BARS_WIDTH, BARS_HEIGHT, ""),
    maps: [0, 1].map((k) => surface(DIGIT_SIDE + 4, DIGIT_SIDE + 28, "", { tabindex: "0",
      role: "application", style: "cursor: crosshair; touch-action: manipulation",
      "data-part": `map${k}` })),
    heads: [0, 1].map(() => make("p", { style: HEAD_STYLE })),
    element: make("div", { class: "mt-why", hidden: true, "data-part": "why" }),
  };
  for (const map of why.maps) bindProbe(why, map);
  layOutWhy(why);
  why.asker = pythonAsker(model, (failure) => {
    why.asker.settle();
    Object.assign(why, { pending: "", failure });
    showWhy(why);
  });
  why.stop = chain(why.asker.stop,
    listen(model, ["covered_key"], () => receiveCovered(why)));
  return why;
}

export function openWhy(why, index) {
  Object.assign(why, { index, probe: null });
  why.element.hidden = false;
  askCovered(why);
  showWhy(why);
}

function layOutWhy(why) {
  const { title, digit, bars, maps, heads, note, probed } = why;
  const unit = choice("Drop in", [["logit", "logit"], ["probability", "probability"]],
    "logit", (value, began) => {
      why.asProbability = value === "probability";
      showWhy(why, began);
    });
  const sizes = why.model.get("sizes").map((size) =>
    [size, `${size} \u00d7 ${size} pixels`]);
  const patch = choice("Patch", sizes, why.size, (value, began) => {
    why.size = Number(value);
    askCovered(why);
    showWhy(why, began);
  });
  const column = (head, canvas) => make("div", {}, head, canvas);
  const head = (text) => make("p", { style: HEAD_STYLE, text });
  why.element.append(title,
    make("div", { class: "mt-why-parts" },
      column(head("the digit"), digit), column(head("probabilities"), bars),
      ...maps.map((map, k) => column(heads[k], map))),
    make("div", { class: "mt-row" }, unit, patch),
    make("div", { class: "mt-why-note" }, note, probed));
}

// --- What Python computes

function keyOf({ index, size }) {
  return `${index} ${size}`;
}

function keepCovered({ model, covered }) {
  const key = model.get("covered_key");
  if (key && !covered.has(key)) covered.set(key, floats(model, "covered"));
}

// One question at a time; what was chosen meanwhile is asked for afterwards.
function askCovered(why) {
  const key = keyOf(why);
  keepCovered(why); // another view may have asked
  if (why.covered.has(key) || why.pending) return;
  why.pending = key;
  why.asker.ask({ kind: "cover", index: why.index, size: why.size });
}

function receiveCovered(why) {
  why.asker.settle();
  why.pending = "";
  keepCovered(why);
  if (why.index < 0) return;
  askCovered(why);
  showWhy(why);
}

// --- The patch on the digit

function probeAt(why, row, column, began) {
  if (!why.covered.has(keyOf(why))) return;
  const inside = (k) => Math.min(27, Math.max(0, k));
  why.probe = { row: inside(row), column: inside(column) };
  showWhy(why, began);
  say(why.root, probeSentence(why));
}

function probeSentence(why) {
  const { readings, index, probe: { row, column } } = why;
  const before = tenOf(readings.probs, index), read = argmax(before);
  const probs = softmax(patchedLogits(why)), now = argmax(probs);
  return `Patch at row ${row}, column ${column}: ` +
    `${read} goes from ${probability(before[read])} to ${probability(probs[read])}; ` +
    `read as ${now}${now === read ? " still" : ` with ${probability(probs[now])}`}.`;
}

function patchedLogits(why) {
  return tenOf(why.covered.get(keyOf(why)), 28 * why.probe.row + why.probe.column);
}

function bindProbe(why, map) {
  const point = (event) => {
    const began = performance.now(), { x, y } = position(map, event);
    if (x >= DIGIT_SIDE || y >= DIGIT_SIDE) return;
    probeAt(why, Math.floor(y / PIXEL), Math.floor(x / PIXEL), began);
  };
  const leave = () => {
    why.probe = null;
    showWhy(why);
  };
  map.addEventListener("pointermove", point);
  map.addEventListener("click", point);
  map.addEventListener("pointerleave", () => {
    if (document.activeElement !== map) leave();
  });
  map.addEventListener("blur", leave);
  const step = (rows, columns) => (_, began) => {
    const from = why.probe || { row: 14 - rows, column: 14 - columns };
    probeAt(why, from.row + rows, from.column + columns, began);
  };
  keys(map, { ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0),
    ArrowDown: step(1, 0) });
}

// --- What is shown

export function showWhy(why, began) {
  const { index, readings, size, pending, element } = why, ink = inkOf(why.root);
  if (index < 0) return;
  const probs = tenOf(readings.probs, index), label = readings.labels[index];
  const levels = levelsOf(why.pixels, index), covered = why.covered.get(keyOf(why));
  const patch = covered && why.probe ? { ...why.probe, size } : null;
  const { read, second } = rivalsOf(probs, label);
  why.title.textContent = `Image ${index}: label ${label}, read as ${read} with ` +
    `${probability(probs[read])}; runner-up ${second} with ${probability(probs[second])}`;
  paintDigit(why.digit, levels, patch);
  describe(why.digit, `Image ${index}, label ${label}`);
  const barsOf = patch ? softmax(patchedLogits(why)) : probs;
  paintProbabilities(why.bars, barsOf, label, ink);
  showMaps(why, covered, levels, patch, ink);
  why.note.textContent = covered ? LEGEND : pending ? waitingText(why.model) : why.failure;
  why.note.hidden = patch !== null;
  why.probed.textContent = patch ? probeSentence(why) : "";
  element.dataset.digit = index;
  element.dataset.ready = covered ? "true" : "false";
  painted(why.root, began);
}

// Two maps: what a patch takes from the class read, and from its lead on the rival.
function showMaps(why, covered, levels, patch, ink) {
  const { readings, index, asProbability } = why;
  const probs = tenOf(readings.probs, index), logits = tenOf(readings.logits, index);
  const { read, rival } = rivalsOf(probs, readings.labels[index]);
  const names = [`${read}: drop in ${asProbability ? "probability" : "logit"}`,
    `${read} minus ${rival}: drop`];
  const probed = patch ? ` ${probeSentence(why)}` : "";
  [null, rival].forEach((other, k) => {
    const map = why.maps[k];
    map.drops = covered && dropsOf(logits, covered, read, other, asProbability);
    paintDrops(map, map.drops, levels, patch, ink);
    why.heads[k].textContent = names[k];
    describe(map, `${names[k]} under a patch at each place.${probed}`);
  });
}
