// KernelBench: a 3 × 3 kernel to edit, and the map that it makes of a digit.

import { describe, position } from "../shared/canvas.js";
import { inkOf } from "../shared/colours.js";
import {
  button, chain, help, keys, listen, make, mount, onTheme, painted, say, whenShown,
} from "../shared/dom.js";
import { argmax, largest, number, sum } from "../shared/numbers.js";
import { floats } from "../shared/python.js";
import { newCells, rounded, showCells } from "./cells.js";
import { newControls, kernelPresets, showControls } from "./controls.js";
import { GOALS } from "./goals.js";
import {
  afterPool, correlate, fitKernel, flipped, poolWindow, shifted, SIDE, weightsOf,
  windowAt,
} from "./maths.js";
import { netPanel } from "./net.js";
import { newCanvases, paintGoal, paintInput, paintOutput } from "./painters.js";
import { afterwardsText, showTerms, sizeText, termsGrids } from "./terms.js";

const PAUSE = 200; // milliseconds between two windows while it plays
const TRAITS = ["digit", "kernel", "bias", "stride", "padding", "dilation", "flip",
  "relu", "pool", "shift", "goal"];

function renderKernelBench({ model, el }) {
  const root = mount(model, el, "KernelBench", "A kernel to edit and the map it makes");
  const bench = newBench(model, root);
  bindMap(bench);
  bindKeys(bench);
  const net = netPanel(model, root, bench.filters.length / 10);
  layOut(bench, net.element);
  update(bench);
  return chain(
    listen(model, TRAITS, () => {
      if (bench.saving) return;
      readSettings(bench);
      changed(bench);
    }),
    onTheme(root, () => update(bench)), whenShown(root, () => update(bench)),
    () => play(bench, false), net.stop, root.stop);
}

// `settings`: the traits; `place`: the window's, in the map before the pool, null until
// the map is known; `hover`: the place that is pointed at; `original`, `image`, `raw`,
// `output`, `goal`, `most`: what `compute` made of the settings; the rest are page
// elements.
function newBench(model, root) {
  /** @type {any} */
  const bench = {
    model, root, settings: {}, place: null, hover: null, timer: null, saving: false,
    digits: floats(model, "digits"), secret: floats(model, "secret"),
    filters: floats(model, "filters"), canvases: newCanvases(), terms: termsGrids(),
  };
  readSettings(bench);
  bench.controls = newControls({
    settings: bench.settings, presets: kernelPresets(model.get("presets"), bench.filters),
    digits: bench.digits.length / SIDE ** 2,
    take: (changes, began) => take(bench, changes, began),
  });
  bench.cells = newCells((k, value, began) => take(bench, k === 9 ? { bias: value }
    : { kernel: bench.settings.kernel.with(k, value) }, began));
  bench.play = button("▶ Play", () => play(bench, bench.timer === null),
    { "aria-pressed": "false", style: "min-width: 76px" });
  bench.fit = button("Fit for me", () => fitForMe(bench));
  bench.goalTitle = make("p", { class: "mt-title" });
  bench.goalPicture = make("div", {}, bench.goalTitle, bench.canvases.goal);
  bench.mapTitle = make("p", { class: "mt-title" });
  bench.weightSum = make("span", { "data-part": "sum" });
  bench.result = make("p", { class: "mt-result", "data-part": "result" });
  bench.size = make("p", { "data-part": "size" });
  bench.task = make("span", { class: "mt-task" });
  bench.reached = make("strong", { "data-part": "reached" });
  bench.means = make("span", { class: "mt-faint" });
  return bench;
}

function layOut(bench, net) {
  const { controls } = bench;
  const choices = controls.choices.map(([, element]) => element);
  bench.root.append(
    help("Type in a cell of the kernel or drag it; point at the map to see the sum behind " +
      "a number."),
    make("div", { class: "mt-row mt-bench-settings" }, controls.preset, controls.another,
      ...choices),
    make("div", { class: "mt-bench" },
      make("div", { class: "mt-bench-pictures" }, ...pictureColumns(bench)),
      make("div", { class: "mt-bench-sum" }, ...sumParts(bench)),
      make("div", { class: "mt-bench-goal" },
        make("div", {}, row(controls.goal), make("p", {}, bench.task),
          make("p", {}, bench.reached), make("p", {}, bench.means), bench.fit),
        bench.goalPicture)),
    net);
}

function row(...children) {
  return make("div", { class: "mt-row" }, ...children);
}

// What belongs to the digit, to the kernel and to the map stands below it.
function pictureColumns({ canvases, cells, controls, mapTitle, weightSum }) {
  const { flip, relu, pool } = Object.fromEntries(controls.toggles);
  const title = (text) => make("p", { class: "mt-title", text });
  return [
    make("div", {}, title("Input, 28 × 28"), canvases.input, ...controls.shifts),
    make("div", {}, title("Kernel"), cells.grid,
      make("p", {}, "sum of weights ", weightSum),
      make("label", { class: "mt-number" }, "bias ", cells.bias), flip),
    make("div", {}, mapTitle, canvases.map, row(relu, pool)),
    cells.fault,
  ];
}

function sumParts(bench) {
  return [
    make("div", { class: "mt-bench-walk" }, bench.terms.element,
      make("div", { class: "mt-row mt-steps" }, bench.play,
        button("‹ Back", () => step(bench, -1), { title: "one window back (,)" }),
        button("Forward ›", () => step(bench, 1), { title: "one window forward (.)" }))),
    bench.result, bench.size,
  ];
}

// --- Settings

function readSettings({ model, settings }) {
  for (const name of TRAITS) settings[name] = model.get(name);
}

// Take new settings: everything is drawn first, then Python is told.
function take(bench, changes, began = performance.now()) {
  Object.assign(bench.settings, changes);
  changed(bench, began);
  bench.saving = true;
  bench.model.set(changes);
  bench.model.save_changes();
  bench.saving = false;
}

function fitForMe(bench) {
  const { settings, image, goal } = bench;
  const weights = fitKernel(image, goal.target, settings);
  if (!weights) {
    bench.means.textContent = "These windows do not settle nine numbers: use stride 1, " +
      "or another digit.";
    return;
  }
  const kernel = settings.flip ? flipped(weights) : weights;
  take(bench, { kernel: kernel.map(rounded), bias: 0 });
}

// What was said of a number, or of one that could not be taken, is no longer so.
function changed(bench, began) {
  say(bench.root, "");
  bench.cells.fault.tell("");
  update(bench, began);
}

function update(bench, began) {
  compute(bench);
  showSettings(bench);
  showGoal(bench);
  showWindow(bench);
  bench.root.shown = { values: bench.output.values, size: bench.output.size };
  painted(bench.root, began);
}

function compute(bench) {
  const { settings, secret } = bench, start = settings.digit * SIDE ** 2;
  const original = bench.digits.subarray(start, start + SIDE ** 2);
  const image = shifted(original, ...settings.shift);
  const raw = correlate(image, weightsOf(settings), settings.bias, settings);
  const output = afterPool(raw, settings);
  const goal = GOALS[settings.goal].measure({ settings, image, original, raw, secret });
  // The map and the goal's picture have one scale: the same colour is the same number.
  const most = Math.max(largest(output.values),
    goal.picture?.signed ? largest(goal.picture.values) : 0) || 1;
  Object.assign(bench, { original, image, raw, output, goal, most });
  // The window begins where the kernel answers most.
  const { i, j } = bench.place || placeOf(argmax(raw.values.map(Math.abs)), raw.size);
  const last = raw.size - 1;
  Object.assign(bench, { place: { i: Math.min(i, last), j: Math.min(j, last) },
    hover: null });
}

function placeOf(index, size) {
  return { i: Math.floor(index / size), j: index % size };
}

// --- What is shown

function showSettings(bench) {
  const { settings, output } = bench;
  showControls(bench.controls, settings);
  showCells(bench.cells, [...settings.kernel, settings.bias]);
  bench.weightSum.textContent = number(sum(settings.kernel));
  bench.size.textContent = sizeText(settings);
  const pooled = settings.pool ? ", pooled" : "";
  bench.mapTitle.textContent = `${settings.relu ? "ReLU of the map" : "Map"}${pooled}, ` +
    `${output.size} × ${output.size}`;
}

function showGoal(bench) {
  const { root, goal, reached, canvases } = bench, { picture } = goal;
  bench.task.textContent = GOALS[bench.settings.goal].task;
  reached.textContent = `${goal.text}: ${goal.done ? "done" : "not yet"}`;
  reached.style.color = `var(--mt-${goal.done ? "good" : "text"})`;
  root.dataset.goal = goal.done ? "done" : "not yet";
  root.dataset.number = String(goal.value);
  bench.means.textContent = goal.means;
  bench.fit.hidden = bench.settings.goal !== "match";
  bench.goalPicture.hidden = !picture;
  if (!picture) return;
  bench.goalTitle.textContent = picture.title;
  describe(canvases.goal, `${picture.title}, ${picture.size} × ${picture.size}`);
  paintGoal(canvases.goal, picture, bench.most);
}

// The window, its sum, and both frames: all that a move over the map changes.
function showWindow(bench) {
  const { root, settings, canvases, image, raw, output } = bench;
  const { i, j } = bench.hover || bench.place, ink = inkOf(root);
  const pixels = windowAt(image, i, j, settings);
  paintInput(canvases.input, image, pixels, settings, ink);
  const half = Math.floor(raw.size / 2) - 1; // a lone last row has no pool
  const marked = settings.pool
    ? { i: Math.min(i >> 1, half), j: Math.min(j >> 1, half) } : { i, j };
  bench.mosaic = paintOutput(canvases.map, output, marked, bench.most, ink);
  const total = showTerms(bench.terms, pixels, weightsOf(settings), settings.flip);
  const y = raw.values[i * raw.size + j];
  bench.result.textContent = `y[${i}, ${j}] = sum of products ${number(total)} + bias ` +
    `${number(settings.bias)} = ${number(y)}` +
    afterwardsText(raw, output, marked, y, settings);
  const [corner] = pixels;
  describe(canvases.input, `The digit; the window begins in row ${number(corner.row, 0)}, ` +
    `column ${number(corner.column, 0)}`);
  describe(canvases.map, `Map of ${output.size} × ${output.size}; y[${i}, ${j}] = ` +
    `${number(y)}. Arrow keys move the window.`);
  root.dataset.at = `${i} ${j}`;
  root.dataset.value = String(y);
}

// --- The window's ways

function jump(bench, i, j, began, spoken = true) {
  const last = bench.raw.size - 1, inMap = (k) => Math.min(last, Math.max(0, k));
  Object.assign(bench, { place: { i: inMap(i), j: inMap(j) }, hover: null });
  showWindow(bench);
  say(bench.root, spoken ? bench.result.textContent : "");
  painted(bench.root, began);
}

function step(bench, by, began = performance.now(), spoken = true) {
  const { size } = bench.raw, all = size * size;
  const { i, j } = placeOf((bench.place.i * size + bench.place.j + by + all) % all, size);
  jump(bench, i, j, began, spoken);
}

function play(bench, on) {
  clearInterval(bench.timer);
  bench.timer = on ? setInterval(() => step(bench, 1, performance.now(), false), PAUSE)
    : null;
  bench.play.textContent = on ? "❚❚ Pause" : "▶ Play";
  bench.play.setAttribute("aria-pressed", String(on));
}

// The place in the map before the pool that a place on the canvas stands for.
function pointedAt({ canvases, mosaic, raw, settings }, event) {
  const { x, y } = position(canvases.map, event), hit = mosaic.where(x, y);
  if (!hit) return null;
  if (!settings.pool) return { i: hit.row, j: hit.column };
  const four = poolWindow(raw.size, hit.row, hit.column);
  return placeOf(four[argmax(four.map((k) => raw.values[k]))], raw.size);
}

function bindMap(bench) {
  const { root, canvases: { map } } = bench;
  const hover = (place, began) => {
    if (place?.i === bench.hover?.i && place?.j === bench.hover?.j) return;
    bench.hover = place;
    say(root, "");
    showWindow(bench);
    painted(root, began);
  };
  map.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || bench.timer !== null) return;
    const began = performance.now();
    hover(pointedAt(bench, event), began);
  });
  map.addEventListener("pointerleave", () => hover(null));
  map.addEventListener("click", (event) => {
    const began = performance.now(), place = pointedAt(bench, event);
    if (!place) return;
    play(bench, false);
    jump(bench, place.i, place.j, began);
  });
  const move = (down, right) => (_, began) =>
    jump(bench, bench.place.i + down, bench.place.j + right, began);
  keys(map, { ArrowLeft: move(0, -1), ArrowRight: move(0, 1), ArrowUp: move(-1, 0),
    ArrowDown: move(1, 0) });
}

// Space plays and pauses, "," and "." step, wherever no key of the element's own is hit.
function bindKeys(bench) {
  bench.root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const native = target.matches("button, select, [type=checkbox]");
    if (target.editing || target.matches("select")) return;
    if (key === " " && !native) play(bench, bench.timer === null);
    else if (target.matches("[data-cell]")) return; // there a number may begin so
    else if (key === ".") step(bench, 1);
    else if (key === ",") step(bench, -1);
    else return;
    event.preventDefault();
  });
}

export default { render: renderKernelBench };
