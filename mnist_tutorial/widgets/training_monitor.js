// TrainingMonitor: two trainings side by side; Python trains, this shows and asks.

import { describe, mosaic, paintMap, surface } from "./shared/canvas.js";
import { BLACK, GREY, inkOf, SIGNED, VIRIDIS, WHITE } from "./shared/colours.js";
import {
  button, chain, choice, listen, make, mount, onTheme, painted, say, slider,
  whenShown,
} from "./shared/dom.js";
import { number, percent, signedNumber, sum } from "./shared/numbers.js";
import { floats, PYTHON_GONE, pythonAsker } from "./shared/python.js";

const LANE_WIDTH = 364, CURVE_HEIGHT = 132, ACCURACY_HEIGHT = 66;
const CHART = { left: 46, right: 6, top: 8, bottom: 16 };
// The lanes share rows: where one needs more lines, the other waits for it.
const LANES_STYLE = "display: grid; width: 100%; gap: 0 16px; " +
  `grid-template-columns: repeat(auto-fill, ${LANE_WIDTH}px)`;
const LANE_STYLE = "display: grid; grid-template-rows: subgrid; place-items: start";
const ACROSS = 12, PITCH = 30; // of the filters and the maps
const LN10 = Math.log(10), FILTER_FLOATS = 10;
const CELL_RUNS = "Waiting for the running cell: the click acts once it has ended.";
const MONITOR_KEYS = { s: "start", p: "pause", n: "step", x: "stop", r: "reset" };

// The rows of step, mean, lowest, highest of both lanes.
export function curvesOf(values, counts) {
  const rows = counts.map((count, k) => {
    const start = sum(counts.slice(0, k)) * 4;
    return Array.from({ length: count }, (_, i) =>
      values.subarray(start + 4 * i, start + 4 * i + 4));
  });
  return rows;
}

// What the first convolution and its ReLU make of a digit: filters × 28 × 28.
export function firstMaps(filters, image) {
  const count = filters.length / FILTER_FLOATS, maps = new Float32Array(count * 784);
  const padded = new Float32Array(900);
  for (let r = 0; r < 28; r++) {
    padded.set(image.subarray(28 * r, 28 * r + 28), 30 * (r + 1) + 1);
  }
  for (let c = 0, k = 0; c < count; c++) {
    const w = filters.subarray(c * FILTER_FLOATS, (c + 1) * FILTER_FLOATS);
    for (let r = 0; r < 28; r++) {
      for (let q = 0, i = 30 * r; q < 28; q++, i++, k++) {
        const value = w[9]
          + w[0] * padded[i] + w[1] * padded[i + 1] + w[2] * padded[i + 2]
          + w[3] * padded[i + 30] + w[4] * padded[i + 31] + w[5] * padded[i + 32]
          + w[6] * padded[i + 60] + w[7] * padded[i + 61] + w[8] * padded[i + 62];
        maps[k] = value > 0 ? value : 0;
      }
    }
  }
  return maps;
}

// The weights without the biases: filters × 3 × 3.
export function kernelsOf(filters) {
  return filters.filter((_, k) => k % FILTER_FLOATS !== 9);
}

function largest(values) {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

// The highest loss that both charts shall show: all means, but no single wild one.
export function topOf(lanes, curves) {
  const means = curves.flat().map((row) => row[1]);
  const checked = lanes.flatMap((lane) => lane.checks.map((check) => check[1] ?? 0));
  return Math.min(12, Math.max(2.6, ...means, ...checked) * 1.06);
}

// Which snapshot is that of a step, or the last before it: long runs keep fewer. For
// null, and for a step not yet reached, the place behind them all: the present.
export function lookedAt(marks, step) {
  if (step === null || step > marks[marks.length - 1]) return marks.length;
  return marks.findLastIndex((mark) => mark <= step);
}

// Is the first loss that of a network that knows nothing?
export function firstLossText(first) {
  if (first === null) return { text: "", good: true };
  const good = Math.abs(first - LN10) < 0.3;
  const text = `first loss ${number(first)}: ${good ? "near" : "not near"} ln 10`;
  return { text, good };
}

function renderTrainingMonitor({ model, el }) {
  const root = mount(model, el, "TrainingMonitor", "Two trainings side by side");
  const digits = floats(model, "digits");
  // `scrub`: the step of the snapshot shown, null for the present; `outstanding`: the
  // clicks that Python has not yet heard; `wanted`: the changes of settings to ask for
  // next; `asked`: values asked for; `beforeRun`: controls that only work before a run;
  // `gone`: whether the training has ended with its kernel.
  const state = {
    digit: 7, scrub: /** @type {number | null} */ (null), outstanding: new Map(),
    wanted: /** @type {any} */ (null), asked: /** @type {Record<string, any>} */ ({}),
    beforeRun: /** @type {HTMLSelectElement[]} */ ([]), gone: false,
  };
  const panels = ["A", "B"].map((name) =>
    lanePanel(name, () => ask({ do: "use", name })));

  // --- Asking Python

  function ask(content, onAnswer = () => {}) {
    const id = `${Date.now()} ${Math.random()}`;
    const timer = setTimeout(() => { waiting.textContent = CELL_RUNS; }, 300);
    state.outstanding.set(id, { timer, onAnswer });
    asker.ask({ ...content, id });
  }

  const asker = pythonAsker(model, (why) => {
    waiting.textContent = why;
    if (why !== PYTHON_GONE) return;
    forget();
    Object.assign(state, { wanted: null, asked: {}, gone: true });
    showState();
  });

  function forget() {
    state.outstanding.forEach(({ timer }) => clearTimeout(timer));
    state.outstanding.clear();
  }

  // Something that needs no answer; where Python is gone, nobody has to hear it.
  function tell(content) {
    try { model.send(content); } catch { /* gone */ }
  }

  function onHeard() {
    const one = state.outstanding.get(model.get("heard"));
    if (!one) return;
    clearTimeout(one.timer);
    state.outstanding.delete(model.get("heard"));
    if (!state.outstanding.size) {
      asker.settle();
      waiting.textContent = "";
    }
    one.onAnswer();
  }

  // A slider moves faster than the kernel answers: one message under way, then the
  // last.
  function change(values, unlocked) {
    if (state.wanted) {
      state.wanted = { values: { ...state.wanted.values, ...values }, unlocked };
      return;
    }
    state.wanted = { values: {}, unlocked: undefined };
    const message = { do: "change", values };
    if (unlocked !== undefined) message.unlocked = unlocked;
    ask(message, () => {
      const next = state.wanted;
      state.wanted = null;
      if (Object.keys(next.values).length || next.unlocked) {
        change(next.values, next.unlocked);
      } else state.asked = {}; // all is as asked for
    });
  }

  // --- The controls

  const act = (action) => () => ask({ do: action });
  const buttons = {};
  for (const [key, action] of Object.entries(MONITOR_KEYS)) {
    const label = `${action[0].toUpperCase()}${action.slice(1)} (${key})`;
    buttons[action] = button(label, act(action), { "aria-keyshortcuts": key });
  }
  const stateText = make("strong", { role: "status" });
  const waiting = make("span", { class: "mt-message", role: "status" });
  const settings = make("div", { class: "mt-row", style: "margin-top: 6px" });
  const scrub = slider({
    label: "look back", min: 0, max: 0, step: 1, value: 0, format: scrubText,
    onInput: (index, began) => {
      state.scrub = model.get("marks")[index] ?? null;
      paintInside();
      painted(root, began);
    },
  });
  scrub.input.style.width = "220px";
  const digit = choice("maps of the digit", [...Array(10).keys()].map((k) => [k, k]),
    state.digit, (value, began) => {
      state.digit = Number(value);
      paintInside();
      painted(root, began);
    });
  const disagreement = make("p", {});
  const different = surface(744, 62, "");
  root.append(
    make("div", { class: "mt-row" }, ...Object.values(buttons), stateText, waiting),
    settings,
    make("div", { class: "mt-row", style: "margin: 6px 0 4px" }, scrub, digit),
    make("div", { style: LANES_STYLE }, ...panels.map((panel) => panel.element)),
    disagreement, different);

  // Letters act anywhere in the widget but in a list, where they choose.
  root.addEventListener("keydown", (event) => {
    const action = MONITOR_KEYS[event.key.toLowerCase()];
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (!action || modified || event.target.tagName === "SELECT") return;
    event.preventDefault();
    if (!buttons[action].disabled) ask({ do: action });
  });

  function scrubText(index) {
    const marks = model.get("marks");
    return index >= marks.length ? "now" : `step ${marks[index]}`;
  }

  // One control for a setting that A and B share, two for the unlocked one.
  function settingControls() {
    const values = model.get("settings"), unlocked = model.get("unlocked");
    const lists = {
      momentum: [0, 0.5, 0.9, 0.95, 0.99], batch_size: [8, 16, 32, 64, 128, 256],
      bug: model.get("bugs"),
    };
    const words = { lr: "lr", momentum: "momentum", batch_size: "batch", bug: "bug" };
    const which = choice("What differs", Object.entries(words), unlocked,
      (name) => change({}, name));
    state.beforeRun = [which.input];
    const controls = Object.entries(words).flatMap(([name, word]) => {
      const lanes = name === unlocked ? [0, 1] : [null];
      return lanes.map((lane) => {
        const label = lane === null ? word : `${word} of ${"AB"[lane]}`;
        const set = (value) => {
          change({ [name]: lane === null ? both(value) : pairOf(name, lane, value) });
        };
        const value = values[name][lane ?? 0];
        if (name === "lr") return lrSlider(label, value, set);
        const offered = [...new Set([...lists[name], value])];
        const control = choice(label, offered.map((v) => [v, v]), value, (text) => {
          set(name === "bug" ? text : Number(text));
        });
        state.beforeRun.push(control.input);
        return control;
      });
    });
    const chose = settings.contains(document.activeElement);
    settings.replaceChildren(which, ...controls);
    showState();
    if (chose) which.input.focus();
  }

  // Both values of a setting, of which one lane's is new: the other as last asked for.
  function pairOf(name, lane, value) {
    const pair = [...(state.asked[name] || model.get("settings")[name])];
    pair[lane] = value;
    state.asked[name] = pair;
    return pair;
  }

  // --- Painting

  function paint(began = performance.now()) {
    const ink = inkOf(root), lanes = model.get("lanes");
    const curves = curvesOf(floats(model, "curves"), lanes.map((lane) => lane.points));
    const scales = {
      steps: Math.max(100, ...lanes.map((lane) => lane.steps)),
      top: topOf(lanes, curves),
    };
    panels.forEach((panel, k) => panel.update(lanes[k], curves[k], scales, ink));
    const marks = model.get("marks");
    scrub.input.max = marks.length;
    const at = lookedAt(marks, state.scrub);
    state.scrub = marks[at] ?? null;
    scrub.set(at);
    paintInside();
    paintDifferent(ink);
    root.dataset.steps = model.get("steps");
    painted(root, began);
  }

  // The filters and the digit's maps, now or at the snapshot looked at.
  function paintInside() {
    const now = floats(model, "filters"), size = now.length;
    const at = lookedAt(model.get("marks"), state.scrub);
    const all = state.scrub === null ? now
      : floats(model, "snapshots").subarray(at * size, (at + 1) * size);
    const image = digits.subarray(784 * state.digit, 784 * state.digit + 784);
    const when = state.scrub === null ? "now" : `at step ${state.scrub}`;
    panels.forEach((panel, k) => {
      panel.inside(all.subarray((k * size) / 2, ((k + 1) * size) / 2), image, when,
        state.digit);
    });
    root.dataset.shown = when;
  }

  function paintDifferent(ink) {
    const found = model.get("different"), images = floats(model, "different_images");
    disagreement.textContent = differentText(found);
    const { ctx } = different, labels = found.labels || [];
    ctx.clearRect(0, 0, 744, 62);
    ctx.font = "11px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    labels.forEach((label, k) => {
      const x = k * 62;
      const values = images.subarray(784 * k, 784 * k + 784);
      paintMap(ctx, values, 28, 28, x + 14, 0, 1.25, GREY, BLACK, WHITE);
      ctx.fillStyle = ink.text;
      ctx.fillText(`A ${found.preds[0][k]}  B ${found.preds[1][k]}`, x + 31, 36);
      ctx.fillStyle = ink.faint;
      ctx.fillText(`right: ${label}`, x + 31, 49);
    });
    different.style.display = labels.length ? "block" : "none";
    describe(different, labels.map((label, k) =>
      `a ${label}: A reads ${found.preds[0][k]}, B ${found.preds[1][k]}`).join("; "));
  }

  function showState() {
    const now = state.gone ? "ended" : model.get("state");
    const focused = /** @type {HTMLButtonElement} */ (document.activeElement);
    root.dataset.state = now;
    stateText.textContent = now === "ready" ? "ready: nothing is computed yet" : now;
    buttons.start.disabled = now === "running";
    buttons.pause.disabled = now !== "running";
    buttons.stop.disabled = ["ready", "stopped", "ended"].includes(now);
    buttons.reset.disabled = now === "ready";
    for (const panel of panels) panel.use.disabled = now === "ready";
    for (const input of state.beforeRun) {
      input.disabled = now !== "ready";
      input.title = input.disabled ? "Reset first" : "";
    }
    // A button that is switched off hears no keys any more: pass the focus on.
    if (root.contains(focused) && focused.disabled) {
      (now === "running" ? buttons.pause : buttons.start).focus();
    }
  }

  function showChosen() {
    const chosen = model.get("chosen");
    if (chosen) say(root, `The widget's .model is now the network of ${chosen}.`);
  }

  function frame() {
    const began = performance.now();
    paint(began);
    tell({ seen: model.get("frame"), ms: performance.now() - began });
  }

  const stops = [
    listen(model, ["frame"], frame),
    listen(model, ["heard"], onHeard),
    listen(model, ["chosen"], showChosen),
    listen(model, ["state"], showState),
    listen(model, ["unlocked"], settingControls),
    listen(model, ["settings"], () => {
      // A slider that is being dragged must not be replaced under the hand.
      if (!settings.contains(document.activeElement)) settingControls();
    }),
    onTheme(root, () => paint()), whenShown(root, () => paint()),
    asker.stop, forget, () => tell({ do: "leave" }),
  ];
  settingControls();
  paint();
  tell({ do: "come" });
  return chain(...stops, root.stop);
}

function both(value) {
  return [value, value];
}

// How many digits A and B read differently; only networks of one age are compared.
export function differentText({ checked = [-1, -1], count, of }) {
  const [a, b] = checked;
  const when = (step) => (step < 0 ? "not yet" : `after ${step} steps`);
  if (a !== b) return `Not compared: A was last evaluated ${when(a)}, B ${when(b)}.`;
  if (a < 0) return "Which digits A and B read differently is seen after Start.";
  return `A (after ${a} steps) and B (after ${b}) read ${count} of ` +
    `${of.toLocaleString("en")} validation digits differently.` +
    (count ? " Some of them:" : "");
}

// The learning rate on a logarithmic scale, 0.001 to 1.
function lrSlider(label, value, onChange) {
  return slider({
    label, min: -3, max: 0, step: 0.02, value: Math.log10(value),
    format: (power) => (10 ** power).toPrecision(2),
    onInput: (power) => onChange(Number((10 ** power).toPrecision(4))),
  });
}

// Everything about one lane: `update` for a frame, `inside` for filters and maps.
function lanePanel(name, onUse) {
  const title = make("p", { class: "mt-title" });
  const badge = make("p", { style: "min-height: 1.4em" });
  const status = make("p", { style: "min-height: 4.3em" });
  const loss = surface(LANE_WIDTH, CURVE_HEIGHT, "");
  const accuracy = surface(LANE_WIDTH, ACCURACY_HEIGHT, "");
  const filterText = make("p", { class: "mt-faint" });
  const filters = surface(LANE_WIDTH, 3 * PITCH, "");
  const mapText = make("p", { class: "mt-faint" });
  const maps = surface(LANE_WIDTH, 3 * PITCH, "");
  const use = button(`Use ${name}’s weights`, onUse);
  const element = make("div", { "data-lane": name, style: LANE_STYLE },
    title, badge, loss, accuracy, status, filterText, filters, mapText, maps, use);
  element.style.gridRow = `span ${element.children.length}`;

  function update(lane, curve, scales, ink) {
    title.textContent = `${name}: ${lane.title}`;
    const first = firstLossText(lane.first);
    badge.textContent = first.text;
    badge.style.color = first.good ? ink.good : ink.bad;
    badge.style.fontWeight = first.good ? "400" : "700";
    status.replaceChildren(...statusOf(lane, ink));
    element.dataset.steps = lane.steps;
    element.dataset.loss = lane.last ?? "";
    element.dataset.predicted = lane.look ? lane.look[1] : "";
    element.dataset.real = lane.look ? lane.look[2] : "";
    paintLoss(loss, lane, curve, scales, ink);
    paintAccuracy(accuracy, lane, scales, ink);
  }

  function inside(values, image, when, digit) {
    const count = values.length / FILTER_FLOATS;
    for (const { ctx } of [filters, maps]) ctx.clearRect(0, 0, LANE_WIDTH, 3 * PITCH);
    if (values.every(Number.isFinite)) paintFilters(values, count, image, when, digit);
    else {
      filterText.textContent = `${count} filters ${when}: no finite numbers any more`;
      mapText.textContent = `no maps of the ${digit} without them`;
      element.dataset.mapsum = "";
    }
    describe(filters, `${name}: ${filterText.textContent}`);
    describe(maps, `${name}: ${mapText.textContent}`);
  }

  function paintFilters(values, count, image, when, digit) {
    const kernels = kernelsOf(values), limit = largest(kernels);
    const made = firstMaps(values, image), most = largest(made);
    const weights = { lut: SIGNED, low: -limit, high: limit };
    mosaic(filters.ctx, kernels, count, 3, 3,
      { size: 8, gap: PITCH - 24, across: ACROSS, ...weights });
    mosaic(maps.ctx, made, count, 28, 28,
      { size: 1, gap: PITCH - 28, across: ACROSS, lut: VIRIDIS, low: 0, high: most });
    filterText.textContent = `${count} filters ${when}: blue ${number(-limit)}, ` +
      `white 0, red ${number(limit)}`;
    mapText.textContent = `their maps of the ${digit}, after ReLU: dark 0, yellow ` +
      number(most);
    element.dataset.mapsum = String(sum(made));
  }

  return { element, use, update, inside };
}

// What is known of a lane, in words.
function statusOf(lane, ink) {
  if (lane.broken) {
    return [make("span", { text: lane.broken, style: `color: ${ink.bad}` })];
  }
  if (!lane.steps) return [make("span", { class: "mt-faint", text: "no step yet" })];
  const recent = lane.recent === null ? ""
    : `, mean of the last 20: ${number(lane.recent, 3)}`;
  const text = `step ${lane.steps}: loss ${number(lane.last ?? NaN, 3)}${recent}`;
  const parts = [make("div", { text })];
  if (lane.look) {
    const [, predicted, real] = lane.look;
    parts.push(make("div", { text: "this step, same batch: the loss changed by " +
      `${fine(real)}; gradient · change of the weights predicts ${fine(predicted)}` }));
  }
  return parts;
}

// A small difference: as many digits as it needs.
export function fine(value) {
  if (value === null) return "no finite number";
  const zeros = value ? Math.max(0, -Math.floor(Math.log10(Math.abs(value))) - 1) : 0;
  return signedNumber(value, Math.min(10, Math.max(4, zeros + 2)));
}

// Where a step and a value lie in a chart whose values reach from 0 to `top`.
function chartPlace(width, height, steps, top) {
  const across = width - CHART.left - CHART.right;
  const down = height - CHART.top - CHART.bottom;
  return {
    x: (step) => CHART.left + (step / steps) * across,
    y: (value) => CHART.top + (1 - Math.min(1, value / top)) * down,
  };
}

function paintLoss(canvas, lane, curve, { steps, top }, ink) {
  const { ctx } = canvas, { x, y } = chartPlace(LANE_WIDTH, CURVE_HEIGHT, steps, top);
  const right = LANE_WIDTH - CHART.right;
  frameChart(ctx, CURVE_HEIGHT, y(0), ink);
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const value of [0, Math.floor(top / 2), Math.floor(top)]) {
    ctx.fillText(String(value), CHART.left - 4, y(value) + 4);
  }
  ctx.textAlign = "left";
  ctx.fillText("loss", 2, y(top) + 4);
  ctx.fillText("0", CHART.left, CURVE_HEIGHT - 3);
  ctx.textAlign = "right";
  ctx.fillText(`${steps} steps`, right, CURVE_HEIGHT - 3);
  // From the lowest to the highest of the steps that a point stands for.
  ctx.fillStyle = ink.line;
  ctx.beginPath();
  for (const row of curve) ctx.lineTo(x(row[0]), y(row[3]));
  for (const row of [...curve].reverse()) ctx.lineTo(x(row[0]), y(row[2]));
  ctx.fill();
  line(ctx, curve.map((row) => [x(row[0]), y(row[1])]), ink.text, 1.3);
  line(ctx, [[CHART.left, y(LN10)], [right, y(LN10)]], ink.faint, 1, [2, 3]);
  ctx.fillStyle = ink.faint;
  ctx.fillText("ln 10", right, y(LN10) - 3);
  const checked = lane.checks.filter((check) => check[1] !== null);
  if (checked.length) {
    const last = checked[checked.length - 1][1];
    line(ctx, [[CHART.left, y(last)], [right, y(last)]], ink.accent, 1.3, [7, 3]);
    ctx.fillStyle = ink.accent;
    for (const [step, value] of checked) {
      ctx.fillRect(x(step) - 1.5, y(value) - 1.5, 3, 3);
    }
    // Below its line near ln 10, whose name stands above, and near the upper end.
    const below = Math.abs(y(last) - y(LN10)) < 26 || y(last) < CHART.top + 10;
    const text = `validation ${number(last, 3)}`, at = y(last) + (below ? 12 : -4);
    ctx.strokeStyle = ink.background; // so that the curve does not cross the letters
    ctx.lineWidth = 4;
    ctx.strokeText(text, right, at);
    ctx.fillText(text, right, at);
  }
  const words = checked.length
    ? `, validation loss ${number(checked[checked.length - 1][1], 3)}` : "";
  describe(canvas, `Loss over ${lane.steps} steps, with a line at ln 10; ` +
    `last ${number(lane.last ?? NaN, 3)}${words}`);
}

function paintAccuracy(canvas, lane, { steps }, ink) {
  const { ctx } = canvas, { x, y } = chartPlace(LANE_WIDTH, ACCURACY_HEIGHT, steps, 1);
  frameChart(ctx, ACCURACY_HEIGHT, y(0), ink);
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const share of [0, 1]) {
    ctx.fillText(`${100 * share}`, CHART.left - 4, y(share) + 4);
  }
  const points = lane.checks.map(([step, , accuracy]) => [x(step), y(accuracy)]);
  line(ctx, points, ink.accent, 1.3);
  ctx.fillStyle = ink.accent;
  for (const [px, py] of points) ctx.fillRect(px - 2, py - 2, 4, 4);
  const last = lane.checks.length ? lane.checks[lane.checks.length - 1] : null;
  const text = last === null ? "accuracy on 1,000 validation digits, in %"
    : `accuracy on validation: ${percent(last[2])}`;
  ctx.textAlign = "right";
  ctx.fillStyle = ink.text;
  ctx.fillText(text, LANE_WIDTH - CHART.right, ACCURACY_HEIGHT - 3);
  describe(canvas,
    last === null ? "No accuracy yet" : `${text} after ${last[0]} steps`);
}

// An empty chart with its floor.
function frameChart(ctx, height, floor, ink) {
  ctx.clearRect(0, 0, LANE_WIDTH, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "alphabetic";
  line(ctx, [[CHART.left, CHART.top], [CHART.left, floor],
    [LANE_WIDTH - CHART.right, floor]], ink.line, 1);
}

function line(ctx, points, colour, width, dashes = []) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dashes);
  ctx.beginPath();
  for (const [px, py] of points) ctx.lineTo(px, py);
  ctx.stroke();
  ctx.setLineDash([]);
}

export default { render: renderTrainingMonitor };
