// ConfusionExplorer: what is taken for what, the digits in each cell, and why.

import { describe, legend, paintMap, position, surface } from "./shared/canvas.js";
import {
  colourOf, GREY, inkOf, readableOn, SIGNED, VIRIDIS,
} from "./shared/colours.js";
import { onceComputed } from "./shared/computed.js";
import {
  button, chain, choice, keys, listen, make, mount, onTheme, painted, say, toggle,
  whenShown,
} from "./shared/dom.js";
import { argmax, percent, softmax } from "./shared/numbers.js";
import { floats, PYTHON_WAITS, pythonAsker } from "./shared/python.js";
import { levelsOf, paintThumbnails } from "./shared/thumbnails.js";

const CONFUSION_CELL = 29, CONFUSION_HEAD = 46; // CSS pixels
const CONFUSION_THUMBS = { x: 2, y: 2, size: 2, gap: 13, across: 6 };
const CONFUSION_LINES = 5;
const CONFUSION_MAP = 5; // CSS pixels of a pixel in the large pictures
const CONFUSION_COLOURS = [["errors", "errors only"], ["log", "all, logarithm"],
  ["linear", "all, as counted"]];
const CONFUSION_ANY = -1; // in place of a class: all of them

// --- Numbers

// Readings of all images: probabilities (N × 10), classes, confidences, and counts.
export function confusionReadings(logits, labels) {
  const total = labels.length, probs = new Float32Array(10 * total);
  const preds = new Uint8Array(total), confidence = new Float32Array(total);
  const counts = new Uint32Array(100);
  for (let i = 0; i < total; i++) {
    probs.set(softmax(logits.subarray(10 * i, 10 * i + 10)), 10 * i);
    preds[i] = argmax(logits.subarray(10 * i, 10 * i + 10));
    confidence[i] = probs[10 * i + preds[i]];
    counts[10 * labels[i] + preds[i]]++;
  }
  return { logits, labels, probs, preds, confidence, counts };
}

// The images of a cell, sorted by confidence. Row or column may be any: then those of
// the other alone count, and `errorsOnly` leaves out what was read right. Both any:
// all errors.
export function confusionChoice(readings, { row, column }, errorsOnly, surestFirst) {
  const { labels, preds, confidence } = readings;
  const all = row === CONFUSION_ANY || column === CONFUSION_ANY;
  const none = row === CONFUSION_ANY && column === CONFUSION_ANY;
  const found = [];
  for (let i = 0; i < labels.length; i++) {
    if (row !== CONFUSION_ANY && labels[i] !== row) continue;
    if (column !== CONFUSION_ANY && preds[i] !== column) continue;
    if ((none || (all && errorsOnly)) && labels[i] === preds[i]) continue;
    found.push(i);
  }
  const sign = surestFirst ? -1 : 1;
  return found.sort((a, b) => sign * (confidence[a] - confidence[b]) || a - b);
}

export function confusionName({ row, column }, errorsOnly) {
  const whole = errorsOnly ? "Errors" : "All";
  if (row === CONFUSION_ANY && column === CONFUSION_ANY) return "All errors";
  if (column === CONFUSION_ANY) return `${whole} with label ${row}`;
  if (row === CONFUSION_ANY) return `${whole} read as ${column}`;
  return `Label ${row} read as ${column}`;
}

// The class read, its rival (the label, or the runner-up where the label was read), and
// the runner-up.
export function confusionRivals(probs, label) {
  const read = argmax(probs);
  const others = Array.from(probs, (value, k) => (k === read ? -1 : value));
  const second = argmax(others);
  return { read, second, rival: read === label ? second : label };
}

// What a patch over each pixel takes away: from `first`, or from its lead on `second`.
// covered: logits of 784 images with a patch; whole: those of the image itself.
export function confusionDrops(whole, covered, first, second, asProbability) {
  const score = (logits) => {
    const values = asProbability ? softmax(logits) : logits;
    return values[first] - (second === null ? 0 : values[second]);
  };
  const start = score(whole);
  return Float32Array.from({ length: covered.length / 10 }, (_, k) =>
    start - score(covered.subarray(10 * k, 10 * k + 10)));
}

// --- Drawing

function confusionShare(mode, counts, row, column) {
  const count = counts[10 * row + column];
  const most = (kept) => Math.max(1, ...Array.from(counts).filter(kept));
  if (mode === "errors") {
    return row === column ? null : count / most((_, k) => k % 11 !== 0);
  }
  if (mode === "log") return Math.log1p(count) / Math.log1p(most(() => true));
  return count / most(() => true);
}

function paintConfusion(ctx, readings, mode, selected, cursor, ink) {
  const { counts } = readings;
  const side = CONFUSION_HEAD + 10 * CONFUSION_CELL;
  ctx.clearRect(0, 0, side + 4, side + 4);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const place = (k) => CONFUSION_HEAD + k * CONFUSION_CELL;
  for (let row = 0; row < 10; row++) {
    for (let column = 0; column < 10; column++) {
      const count = counts[10 * row + column];
      const share = confusionShare(mode, counts, row, column);
      const x = place(column), y = place(row);
      ctx.fillStyle = share === null ? ink.line
        : count ? colourOf(VIRIDIS, share, 0, 1) : ink.background;
      ctx.fillRect(x, y, CONFUSION_CELL - 1, CONFUSION_CELL - 1);
      if (!count) continue;
      ctx.fillStyle = share === null ? ink.text : readableOn(VIRIDIS, share, 0, 1);
      ctx.font = `${row === column ? 11 : 13}px system-ui, sans-serif`;
      ctx.fillText(count, x + CONFUSION_CELL / 2, y + CONFUSION_CELL / 2);
    }
  }
  ctx.fillStyle = ink.text;
  ctx.font = "600 13px system-ui, sans-serif";
  for (let k = 0; k < 10; k++) {
    const middle = place(k) + CONFUSION_CELL / 2;
    ctx.fillText(k, middle, CONFUSION_HEAD - 12);
    ctx.fillText(k, CONFUSION_HEAD - 12, middle);
  }
  ctx.fillStyle = ink.faint;
  ctx.font = "12px system-ui, sans-serif";
  const middle = place(5);
  ctx.fillText("read as", middle, 10);
  ctx.save();
  ctx.translate(10, middle);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText("label", 0, 0);
  ctx.restore();
  ctx.fillText("errors", 24, 34);
  outlineConfusion(ctx, selected, ink.accent, 3);
  if (cursor) outlineConfusion(ctx, cursor, ink.text, 1);
}

// A frame around a cell, a whole row or column, or the corner.
function outlineConfusion(ctx, { row, column }, colour, width) {
  const span = (k, other) => {
    const whole = 10 * CONFUSION_CELL;
    if (k !== CONFUSION_ANY) return [CONFUSION_HEAD + whole * k / 10, CONFUSION_CELL];
    return other === CONFUSION_ANY ? [3, CONFUSION_HEAD - 6]
      : [CONFUSION_HEAD - 24, whole + 24];
  };
  const [x, w] = span(column, row), [y, h] = span(row, column);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.strokeRect(x - 0.5, y - 0.5, w, h);
}

function confusionCellAt(x, y) {
  const at = (place) => Math.floor((place - CONFUSION_HEAD) / CONFUSION_CELL);
  const inside = (k) => Math.min(9, Math.max(CONFUSION_ANY, k));
  return { row: inside(at(y)), column: inside(at(x)) };
}

// Ten lines: digit, bar, probability, and what this class is here.
function paintConfusionBars(canvas, probs, label, ink) {
  const { ctx } = canvas, { read, second } = confusionRivals(probs, label);
  const line = 17, left = 16, longest = 84;
  ctx.clearRect(0, 0, 230, 10 * line);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const words = Array.from({ length: 10 }, (_, k) => {
    const names = [[read, "read"], [label, "label"], [second, "runner-up"]];
    return names.filter(([value]) => value === k).map(([, name]) => name).join(", ");
  });
  for (let k = 0; k < 10; k++) {
    const y = k * line + line / 2;
    const striking = k === read || k === label;
    ctx.font = `${striking ? "600 " : ""}12px system-ui, sans-serif`;
    ctx.fillStyle = ink.text;
    ctx.fillText(k, 2, y);
    ctx.fillStyle = k === read ? ink.accent : k === label ? ink.good : ink.faint;
    const length = probs[k] * longest;
    ctx.fillRect(left, y - 6, length, 12);
    ctx.fillStyle = ink.text;
    const text = `${percent(probs[k])}${words[k] ? ` ${words[k]}` : ""}`;
    ctx.fillText(text, left + length + 5, y);
  }
  const spoken = words.map((word, k) =>
    `${k}${word ? ` (${word})` : ""}: ${percent(probs[k])}`);
  describe(canvas, `Probabilities: ${spoken.join(", ")}`);
}

// The outline of the digit over a map, so that the two can be matched.
function outlineDigit(ctx, levels, size) {
  const bright = (r, q) => Math.min(r, q) >= 0 && Math.max(r, q) < 28 &&
    levels[r * 28 + q] > 100;
  ctx.strokeStyle = "#000";
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let r = 0; r <= 28; r++) {
    for (let q = 0; q <= 28; q++) {
      if (bright(r, q) !== bright(r - 1, q)) {
        ctx.moveTo(q * size, r * size);
        ctx.lineTo((q + 1) * size, r * size);
      }
      if (bright(r, q) !== bright(r, q - 1)) {
        ctx.moveTo(q * size, r * size);
        ctx.lineTo(q * size, (r + 1) * size);
      }
    }
  }
  ctx.stroke();
}

function paintDrops(canvas, drops, levels, patch, ink) {
  const { ctx } = canvas, size = CONFUSION_MAP, side = 28 * size;
  ctx.clearRect(0, 0, side + 20, side + 30);
  if (!drops) {
    ctx.fillStyle = ink.line;
    ctx.fillRect(0, 0, side, side);
    return;
  }
  const most = Math.max(1e-6, ...drops.map(Math.abs));
  paintMap(ctx, drops, 28, 28, 0, 0, size, SIGNED, -most, most);
  outlineDigit(ctx, levels, size);
  if (patch) framePatch(ctx, patch, size, "#000");
  legend(ctx, 0, side + 4, side, 8, SIGNED, -most, most, ink.text);
}

function framePatch(ctx, { row, column, patchSize }, size, colour) {
  const before = Math.floor(patchSize / 2), width = patchSize * size;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.strokeRect((column - before) * size, (row - before) * size, width, width);
}

// --- The view

function renderConfusionExplorer({ model, el }) {
  const root = mount(model, el, "ConfusionExplorer",
    "A confusion matrix whose cells open to the digits in them");
  const offer = { label: "Compute", what: "images, not read yet" };
  return onceComputed(root, model, "logits", offer, explore);
}

const CONFUSION_HELP = "Red: what lies here speaks for it. Blue: against it. Point " +
  "at a map, or move there with the arrow keys, to lay the patch on the digit.";

function explore(root, model, stage, pixels, labels) {
  const readings = confusionReadings(floats(model, "logits"), labels);
  const state = {
    mode: "errors", selected: { row: CONFUSION_ANY, column: CONFUSION_ANY },
    cursor: { row: 0, column: 0 }, hover: false, errorsOnly: true, surestFirst: true,
    page: 0, at: 0, found: /** @type {number[]} */ ([]),
  };
  const why = whyPanel(root, model, readings, pixels);
  const side = CONFUSION_HEAD + 10 * CONFUSION_CELL + 2;
  const matrix = surface(side, side, "", { tabindex: "0", role: "application",
    style: "cursor: pointer; touch-action: manipulation; margin-top: 6px",
    "data-part": "matrix" });
  const pitch = 56 + CONFUSION_THUMBS.gap;
  const list = surface(6 * pitch - 6, CONFUSION_LINES * pitch + 4, "", { tabindex: "0",
    role: "application", style: "cursor: pointer; touch-action: manipulation",
    "data-part": "digits" });
  const perPage = CONFUSION_LINES * CONFUSION_THUMBS.across;
  const title = make("p", { class: "mt-title" });
  let grid = paintThumbnails(list.ctx, pixels, [], CONFUSION_THUMBS);

  function paintMatrix() {
    const { mode, selected, hover } = state;
    const cursor = hover || document.activeElement === matrix ? state.cursor : null;
    paintConfusion(matrix.ctx, readings, mode, selected, cursor, inkOf(root));
    describe(matrix, "Confusion matrix. Arrows move, Enter opens. " +
      sentenceOf(state.cursor));
  }

  function sentenceOf(cell) {
    const count = confusionChoice(readings, cell, state.errorsOnly, true).length;
    const name = confusionName(cell, state.errorsOnly);
    return `${name}: ${count} ${count === 1 ? "digit" : "digits"}.`;
  }

  function paintList() {
    const ink = inkOf(root), start = state.page * perPage;
    const shown = state.found.slice(start, start + perPage);
    list.resize(6 * pitch - 6, Math.max(1, Math.ceil(shown.length / 6)) * pitch + 4);
    const { ctx } = list;
    grid = paintThumbnails(ctx, pixels, shown, CONFUSION_THUMBS);
    ctx.font = "10px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    shown.forEach((i, k) => {
      const [x, y] = grid.corner(k);
      ctx.fillStyle = ink.text;
      const { preds, confidence } = readings;
      // Rounded down: 100 % shall mean it.
      const sure = Math.floor(100 * confidence[i]);
      const words = `${labels[i]}\u2192${preds[i]} ${sure} %`;
      ctx.fillText(words, x + 28, y + 58);
      const focused = document.activeElement === list && k === state.at;
      if (i !== why.index() && !focused) return;
      ctx.strokeStyle = i === why.index() ? ink.accent : ink.text;
      ctx.lineWidth = i === why.index() ? 3 : 1.5;
      ctx.strokeRect(x - 1, y - 1, 58, 58);
    });
    list.dataset.digits = shown.join(" ");
    const several = state.found.length > perPage;
    const part = several ? `, here ${start + 1} to ${start + shown.length}` : "";
    const name = confusionName(state.selected, state.errorsOnly);
    title.textContent = `${name}: ${state.found.length}${part}`;
    describe(list, `${title.textContent}. Arrows move, Enter says why. ` +
      (shown.length ? thumbSentence() : "No digit here."));
    pages.style.display = several ? "" : "none";
    back.disabled = state.page === 0;
    forth.disabled = start + perPage >= state.found.length;
  }

  function thumbSentence() {
    const i = state.found[state.page * perPage + state.at];
    const { preds, confidence } = readings;
    return `Image ${i}: label ${labels[i]}, read as ${preds[i]} with ` +
      `${percent(confidence[i])}.`;
  }

  function refresh(began) {
    state.found = confusionChoice(readings, state.selected, state.errorsOnly,
      state.surestFirst);
    state.page = state.at = 0;
    paintMatrix();
    paintList();
    painted(root, began);
  }

  function select(cell, began) {
    state.selected = { ...cell };
    state.cursor = { ...cell };
    refresh(began);
    say(root, sentenceOf(cell));
  }

  function turn(pages, began) {
    const page = state.page + pages;
    if (page < 0 || page * perPage >= state.found.length) return;
    Object.assign(state, { page, at: 0 });
    paintList();
    painted(root, began);
  }

  const onMatrix = (act) => (event) => {
    const began = performance.now();
    const { x, y } = position(matrix, event);
    act(confusionCellAt(x, y), began);
  };
  matrix.addEventListener("click", onMatrix(select));
  matrix.addEventListener("pointermove", onMatrix((cell, began) => {
    const { row, column } = state.cursor;
    if (state.hover && cell.row === row && cell.column === column) return;
    Object.assign(state, { cursor: cell, hover: true });
    paintMatrix();
    say(root, sentenceOf(cell));
    painted(root, began);
  }));
  matrix.addEventListener("pointerleave", () => {
    state.hover = false;
    paintMatrix();
  });
  const step = (rows, columns) => (_, began) => {
    const inside = (k) => Math.min(9, Math.max(CONFUSION_ANY, k));
    const { row, column } = state.cursor;
    state.cursor = { row: inside(row + rows), column: inside(column + columns) };
    paintMatrix();
    say(root, sentenceOf(state.cursor));
    painted(root, began);
  };
  const open = (_, began) => {
    select(state.cursor, began);
    if (state.found.length) list.focus();
  };
  keys(matrix, {
    ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0),
    ArrowDown: step(1, 0), Enter: open, " ": open,
  });

  function openDigit(began) {
    const i = state.found[state.page * perPage + state.at];
    if (i === undefined) return;
    why.open(i);
    paintList();
    say(root, thumbSentence());
    painted(root, began);
  }
  list.addEventListener("click", (event) => {
    const began = performance.now(), { x, y } = position(list, event);
    const hit = grid.where(x, y);
    if (!hit) return;
    state.at = hit.channel;
    openDigit(began);
  });
  const move = (by) => (_, began) => {
    const shown = Math.min(perPage, state.found.length - state.page * perPage);
    const at = state.at + by;
    if (at < 0 || at >= shown) return;
    state.at = at;
    paintList();
    say(root, thumbSentence());
    painted(root, began);
  };
  const openFocused = (_, began) => openDigit(began);
  const across = CONFUSION_THUMBS.across;
  keys(list, {
    ArrowLeft: move(-1), ArrowRight: move(1), ArrowUp: move(-across),
    ArrowDown: move(across), Enter: openFocused, " ": openFocused,
    PageDown: (_, began) => turn(1, began), PageUp: (_, began) => turn(-1, began),
    Escape: () => matrix.focus(),
  });
  for (const canvas of [matrix, list]) {
    for (const event of ["focus", "blur"]) {
      canvas.addEventListener(event, () => { paintMatrix(); paintList(); });
    }
  }

  const back = button("\u2190 Back", () => turn(-1, performance.now()));
  const forth = button("More \u2192", () => turn(1, performance.now()));
  const any = { row: CONFUSION_ANY, column: CONFUSION_ANY };
  const pages = make("div", { class: "mt-row" }, back, forth);
  const orders = [["first", "surest first"], ["last", "least sure first"]];
  const order = choice("Order", orders, "first", (value, began) => {
    state.surestFirst = value === "first";
    refresh(began);
  });
  const colours = choice("Colour", CONFUSION_COLOURS, state.mode, (value, began) => {
    state.mode = value;
    paintMatrix();
    painted(root, began);
  });
  const errorsOnly = toggle("Rows, columns: errors only", true, (checked, began) => {
    state.errorsOnly = checked;
    refresh(began);
  });
  stage.replaceChildren(
    make("div", { class: "mt-columns" },
      make("div", {},
        make("div", { class: "mt-row" },
          button("All errors", () => select(any, performance.now())), colours), matrix,
        make("p", { class: "mt-faint", style: `width: ${side}px`,
          text: "Click a cell, or a digit at the edge for its whole row or column." })),
      make("div", { style: `width: ${6 * pitch - 6}px` },
        make("div", { class: "mt-row" }, order, errorsOnly), title, list, pages,
        make("p", { class: "mt-faint", text: "Click a digit: why is it read so?" })),
      why.element));
  refresh();
  const repaint = () => { paintMatrix(); paintList(); why.update(); painted(root); };
  return chain(why.stop, onTheme(root, repaint), whenShown(root, repaint));
}

// The chosen digit: its probabilities at once, and what a patch costs when Python has
// answered.
function whyPanel(root, model, readings, pixels) {
  const side = 28 * CONFUSION_MAP;
  /** @typedef {{ row: number, column: number }} Cell */
  const state = {
    index: -1, // of the digit, once one is open
    size: 5, asProbability: false, probe: /** @type {Cell | null} */ (null),
    asked: "", // the key of the question under way
    why: "", // there is no answer
  };
  const known = new Map();
  const title = make("p", { class: "mt-title" });
  const note = make("p", { class: "mt-faint", role: "status" });
  const digit = surface(side, side, "");
  const bars = surface(230, 170, "");
  const maps = [0, 1].map((k) => surface(side + 4, side + 28, "", { tabindex: "0",
    role: "application", style: "cursor: crosshair; touch-action: manipulation",
    "data-part": `map${k}` }));
  const heads = maps.map(() => make("p", { style: "margin: 0 0 4px" }));
  const element = make("div", { hidden: true, "data-part": "why",
    style: "flex: 1 1 400px; min-width: 0" });

  const key = () => `${state.index} ${state.size}`;
  const rivals = () => confusionRivals(probsOf(), readings.labels[state.index]);
  const tenOf = (values) => values.subarray(10 * state.index, 10 * state.index + 10);
  const probsOf = () => tenOf(readings.probs);

  // One question at a time; what was chosen meanwhile is asked for afterwards.
  function ask() {
    if (model.get("covered_key") === key()) known.set(key(), floats(model, "covered"));
    if (known.has(key()) || state.asked) return;
    state.asked = key();
    asker.ask({ kind: "cover", index: state.index, size: state.size });
  }

  function update(began) {
    if (state.index < 0) return;
    const ink = inkOf(root), probs = probsOf(), label = readings.labels[state.index];
    const { read, second, rival } = rivals();
    const levels = levelsOf(pixels, state.index);
    const covered = known.get(key());
    title.textContent = `Image ${state.index}: label ${label}, read as ${read} with ` +
      `${percent(probs[read])}; runner-up ${second} with ${percent(probs[second])}`;
    const probed = covered && state.probe;
    const patch = probed ? { ...probed, patchSize: state.size } : null;
    paintMap(digit.ctx, levels, 28, 28, 0, 0, CONFUSION_MAP, GREY, 0, 255);
    if (patch) coverDigit(digit.ctx, patch);
    describe(digit, `Image ${state.index}, label ${label}`);
    paintConfusionBars(bars, probed ? softmax(patched()) : probs, label, ink);
    const unit = state.asProbability ? "probability" : "logit";
    const names = [`${read}: drop in ${unit}`, `${read} minus ${rival}: drop`];
    [null, rival].forEach((other, k) => {
      const whole = tenOf(readings.logits);
      const drops = covered &&
        confusionDrops(whole, covered, read, other, state.asProbability);
      paintDrops(maps[k], drops, levels, patch, ink);
      heads[k].textContent = names[k];
      const value = drops && state.probe ? ` ${probeSentence()}` : "";
      describe(maps[k], `${names[k]} under a patch at each place.${value}`);
      maps[k].drops = drops;
    });
    note.textContent = covered ? CONFUSION_HELP : state.asked ? PYTHON_WAITS : state.why;
    element.dataset.digit = state.index;
    element.dataset.ready = covered ? "true" : "false";
    painted(root, began);
  }

  const patched = () => {
    const { row, column } = /** @type {Cell} */ (state.probe);
    const start = 10 * (28 * row + column);
    return known.get(key()).subarray(start, start + 10);
  };

  function probeSentence() {
    const { read } = rivals(), before = probsOf()[read], probs = softmax(patched());
    const now = argmax(probs), { row, column } = /** @type {Cell} */ (state.probe);
    return `Patch at row ${row}, column ${column}: ` +
      `${read} goes from ${percent(before)} to ${percent(probs[read])}; ` +
      `read as ${now}${now === read ? " still" : ` with ${percent(probs[now])}`}.`;
  }

  function coverDigit(ctx, { row, column, patchSize }) {
    const before = Math.floor(patchSize / 2), width = patchSize * CONFUSION_MAP;
    const x = (column - before) * CONFUSION_MAP, y = (row - before) * CONFUSION_MAP;
    ctx.fillStyle = "#212121";
    ctx.fillRect(x, y, width, width);
    framePatch(ctx, { row, column, patchSize }, CONFUSION_MAP, "#ffb067");
  }

  function probeAt(row, column, began) {
    if (!known.has(key())) return;
    const inside = (k) => Math.min(27, Math.max(0, k));
    state.probe = { row: inside(row), column: inside(column) };
    update(began);
    say(root, probeSentence());
  }

  for (const map of maps) {
    const point = (event) => {
      const began = performance.now(), { x, y } = position(map, event);
      if (x < side && y < side) {
        probeAt(Math.floor(y / CONFUSION_MAP), Math.floor(x / CONFUSION_MAP), began);
      }
    };
    map.addEventListener("pointermove", point);
    map.addEventListener("click", point);
    map.addEventListener("pointerleave", () => {
      if (document.activeElement === map) return;
      state.probe = null;
      update();
    });
    map.addEventListener("blur", () => { state.probe = null; update(); });
    const step = (rows, columns) => (_, began) => {
      const from = state.probe || { row: 14 - rows, column: 14 - columns };
      probeAt(from.row + rows, from.column + columns, began);
    };
    keys(map, { ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0),
      ArrowDown: step(1, 0) });
  }

  const unit = choice("Drop in", [["logit", "logit"], ["probability", "probability"]],
    "logit", (value, began) => {
      state.asProbability = value === "probability";
      update(began);
    });
  const words = (size) => `${size} \u00d7 ${size} pixels`;
  const sizes = model.get("sizes").map((size) => [size, words(size)]);
  const size = choice("Patch", sizes, 5, (value, began) => {
    state.size = Number(value);
    ask();
    update(began);
  });
  const column = (head, canvas) => make("div", {}, head, canvas);
  const head = (text) => make("p", { style: "margin: 0 0 4px", text });
  element.append(title,
    make("div", { class: "mt-columns" },
      column(head("the digit"), digit), column(head("probabilities"), bars),
      ...maps.map((map, k) => column(heads[k], map))),
    make("div", { class: "mt-row" }, unit, size), note);

  const giveUp = (why) => {
    asker.settle();
    Object.assign(state, { asked: "", why });
    update();
  };
  const asker = pythonAsker(model, giveUp);
  const arrived = () => {
    asker.settle();
    if (model.get("covered_key")) {
      known.set(model.get("covered_key"), floats(model, "covered"));
    }
    state.asked = "";
    if (state.index < 0) return;
    ask();
    update();
  };
  const failed = () => { if (model.get("message")) giveUp(""); };
  const stop = chain(asker.stop, listen(model, ["covered_key"], arrived),
    listen(model, ["message"], failed));
  return {
    element, stop, update,
    index: () => state.index,
    open: (index) => {
      Object.assign(state, { index, probe: null });
      element.hidden = false;
      ask();
      update();
    },
  };
}

export default { render: renderConfusionExplorer };
