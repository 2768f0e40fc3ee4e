// TrainingMonitor: two trainings side by side; Python trains, this shows and asks.

import { describe, paintMap, surface } from "../shared/canvas.js";
import { BLACK, GREY, inkOf, WHITE } from "../shared/colours.js";
import {
  button, chain, choice, help, listen, make, mount, onTheme, onWidth, painted, slider,
} from "../shared/dom.js";
import { floats, withoutPython } from "../shared/python.js";
import { ACCURACY_HEIGHT, LOSS_HEIGHT, paintAccuracy, paintLoss } from "./charts.js";
import { curvesOf, lookedAt, topOf } from "./curves.js";
import { blank, LANE_STYLE, lanePanel, showInside, showLane } from "./lane.js";
import { ask, newQuestions } from "./questions.js";
import {
  buildSettings, enableSettings, forgetChanges, newSettings,
} from "./settings.js";
import { differentText, paceText, rateOf } from "./words.js";

const KEYS = { s: "start", p: "pause", n: "step", x: "stop", r: "reset" };
const PAIR = 62; // CSS pixels to a digit that A and B read differently
const UNKNOWN = 400; // CSS pixels of a column whose width is not known yet
const PACE = 5000; // ms back over which the steps per second are counted
const HELP = "Press Start: A and B train on the same batches; one setting differs.";
const HELP_RECORDED = "Press Start: A and B were trained on the same batches with one " +
  "setting different, and were recorded. Pause, look back, or choose another pair.";
// By the width of the widget: two columns, or one in which the charts come first.
const STYLE = `
.mt-monitor { display: grid; width: 100%; gap: 6px 16px; margin-top: 4px;
  grid-template: "charts" "words" "differ" "inside" / minmax(0, 1fr); }
.mt-settings { margin-top: 6px; row-gap: 4px; }
.mt-settings .mt-slider input { width: 80px; }
.mt-charts { grid-area: charts; } .mt-words { grid-area: words; display: grid; gap: 2px 16px; }
.mt-inside { grid-area: inside; display: grid; gap: 2px 16px; align-content: start; }
.mt-differ { grid-area: differ; }
.mt-words, .mt-inside { grid-template-columns: minmax(0, 1fr); }
.mt-monitor p { margin: 2px 0; }
.mt-look { grid-column: 1 / -1; }
.mt-look .mt-slider input { width: 76px; }
@container mt (min-width: 500px) {
  .mt-words, .mt-inside { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@container mt (min-width: 720px) {
  .mt-monitor { grid-template: "charts inside" auto "words inside" 1fr "differ differ" auto
    / minmax(0, 1fr) minmax(0, 1fr); }
  .mt-words, .mt-inside { grid-template-columns: minmax(0, 1fr); }
}
${LANE_STYLE}`;

function renderTrainingMonitor({ model, el }) {
  const root = mount(model, el, "TrainingMonitor", "Two trainings side by side");
  const monitor = newMonitor(model, root);
  bindKeys(monitor);
  layOut(monitor);
  const { settings } = monitor;
  showState(monitor);
  const stops = [
    listen(model, ["frame"], () => showFrame(monitor)),
    monitor.questions.stop,
    listen(model, ["chosen"], () => tellChosen(monitor)),
    listen(model, ["state"], () => showState(monitor)),
    listen(model, ["unlocked"], () => buildSettings(settings)),
    listen(model, ["settings"], () => {
      // A slider that is being dragged must not be replaced under the hand.
      if (!settings.element.contains(document.activeElement)) buildSettings(settings);
    }),
    onTheme(root, () => paint(monitor)), onWidth(monitor.plan, () => fit(monitor)),
    () => tell(model, { do: "leave" }), root.stop,
  ];
  tell(model, { do: "come" });
  return chain(...stops);
}

// `digit`: whose maps are shown; `lookedBack`: the step of the snapshot shown, null for
// the present; `gone`: whether the training has ended with its kernel. The rest are page
// elements, or have their own files.
function newMonitor(model, root) {
  const waiting = make("span", { class: "mt-message", role: "status" });
  const questions = newQuestions(model, (text) => { waiting.textContent = text; }, () => {
    forgetChanges(monitor.settings);
    monitor.gone = true;
    showState(monitor);
  });
  /** @type {any} */
  const monitor = {
    model, root, questions, waiting, digits: floats(model, "digits"), digit: 7,
    lookedBack: null, gone: false, settings: newSettings(model, questions),
    moments: [], // of the last frames of a run: when, and after how many steps
    loss: { canvas: surface(1, 1, ""), wide: UNKNOWN },
    accuracy: { canvas: surface(1, 1, ""), wide: UNKNOWN },
    plan: make("div", { class: "mt-monitor" }), charts: make("div", { class: "mt-charts" }),
    differ: make("div", { class: "mt-differ" }),
    panels: ["A", "B"].map((name) =>
      lanePanel(name, () => ask(questions, { do: "use", name }))),
    buttons: Object.fromEntries(Object.entries(KEYS).map(([key, action]) =>
      [action, button(`${action[0].toUpperCase()}${action.slice(1)} (${key})`,
        () => ask(questions, { do: action }), { "aria-keyshortcuts": key })])),
    state: make("strong", { role: "status" }), pace: make("span", { class: "mt-faint" }),
    chosen: make("p", { role: "status" }),
    differentText: make("p", {}), different: surface(1, 1, ""),
  };
  monitor.scrub = scrubSlider(monitor);
  fitCanvases(monitor);
  return monitor;
}

function scrubSlider(monitor) {
  const { model, root } = monitor;
  const scrub = slider({
    label: "look back", min: 0, max: 0, step: 1, value: 0,
    format: (index) => {
      const marks = model.get("marks");
      return index >= marks.length ? "now" : `step ${marks[index]}`;
    },
    onInput: (index, began) => {
      monitor.lookedBack = model.get("marks")[index] ?? null;
      paintInside(monitor);
      painted(root, began);
    },
  });
  return scrub;
}

function layOut(monitor) {
  const { root, buttons, waiting, settings, panels, plan, charts, differ } = monitor;
  const digits = Array.from({ length: 10 }, (_, k) => [k, k]);
  const digit = choice("maps of the digit", digits, monitor.digit, (value, began) => {
    monitor.digit = Number(value);
    paintInside(monitor);
    painted(root, began);
  });
  charts.append(monitor.loss.canvas, monitor.accuracy.canvas);
  differ.append(monitor.differentText, monitor.different);
  plan.append(charts,
    make("div", { class: "mt-words" }, ...panels.map((panel) => panel.words),
      monitor.chosen), differ,
    make("div", { class: "mt-inside" },
      make("div", { class: "mt-row mt-look" }, monitor.scrub, digit),
      ...panels.map((panel) => panel.inside)));
  root.append(make("style", { text: STYLE }), help(withoutPython(monitor.model) ? HELP_RECORDED : HELP),
    make("div", { class: "mt-row" }, ...Object.values(buttons), monitor.state,
      monitor.pace, waiting),
    settings.element, plan);
}

// The places have other widths: so have the canvases.
function fit(monitor) {
  fitCanvases(monitor);
  paint(monitor);
}

function fitCanvases({ loss, accuracy, charts, panels }) {
  const wide = charts.clientWidth || UNKNOWN;
  loss.wide = accuracy.wide = wide;
  loss.canvas.resize(wide, LOSS_HEIGHT);
  accuracy.canvas.resize(wide, ACCURACY_HEIGHT);
  for (const panel of panels) panel.wide = panel.inside.clientWidth || UNKNOWN;
}

// Letters act anywhere in the widget but in a list, where they choose.
function bindKeys({ root, buttons, questions }) {
  root.addEventListener("keydown", (event) => {
    const action = KEYS[event.key.toLowerCase()];
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (!action || modified || event.target.tagName === "SELECT") return;
    event.preventDefault();
    if (!buttons[action].disabled) ask(questions, { do: action });
  });
}

// Something that needs no answer; where Python is gone, nobody has to hear it.
function tell(model, content) {
  try { model.send(content); } catch { /* gone */ }
}

// --- What is shown

function showFrame(monitor) {
  const { model } = monitor, began = performance.now();
  notePace(monitor, began);
  paint(monitor, began);
  tell(model, { seen: model.get("frame"), ms: performance.now() - began });
}

// Of a run, how fast it goes; at rest nothing.
function notePace({ model, pace, moments }, now) {
  if (model.get("state") === "running") {
    moments.push({ at: now, steps: model.get("steps") });
    while (now - moments[0].at > PACE) moments.shift();
  } else moments.length = 0;
  // How fast a recording is played back says nothing.
  pace.textContent = withoutPython(model) ? "" : paceText(rateOf(moments), model.get("steps"), model.get("every"));
}

function paint(monitor, began = performance.now()) {
  const { model, root, panels, scrub, loss, accuracy } = monitor, ink = inkOf(root);
  const lanes = model.get("lanes"), marks = model.get("marks");
  const curves = curvesOf(floats(model, "curves"), lanes.map((lane) => lane.points));
  const scales = {
    steps: Math.max(100, ...lanes.map((lane) => lane.steps)),
    top: topOf(lanes, curves),
  };
  panels.forEach((panel, k) => showLane(panel, lanes[k], ink));
  paintLoss(loss, lanes, curves, scales, ink);
  paintAccuracy(accuracy, lanes, scales, ink);
  scrub.input.max = marks.length;
  const at = lookedAt(marks, monitor.lookedBack);
  monitor.lookedBack = marks[at] ?? null;
  scrub.set(at);
  paintInside(monitor);
  paintDifferent(monitor, ink);
  root.dataset.steps = model.get("steps");
  painted(root, began);
}

// The filters and the digit's maps, now or at the snapshot looked at.
function paintInside({ model, root, panels, digits, digit, lookedBack }) {
  const now = floats(model, "filters"), size = now.length;
  const at = lookedAt(model.get("marks"), lookedBack);
  const filters = lookedBack === null ? now
    : floats(model, "snapshots").subarray(at * size, (at + 1) * size);
  const image = digits.subarray(784 * digit, 784 * digit + 784);
  const when = lookedBack === null ? "now" : `at step ${lookedBack}`;
  panels.forEach((panel, k) => {
    const lane = filters.subarray((k * size) / 2, ((k + 1) * size) / 2);
    showInside(panel, lane, image, when, digit);
  });
  root.dataset.shown = when;
}

// Those that there is room for, in one line or two.
function paintDifferent({ model, differ, different, differentText: text }, ink) {
  const { labels: all = [], preds, ...counts } = model.get("different");
  const across = Math.max(1, Math.floor((differ.clientWidth || UNKNOWN) / PAIR));
  const labels = all.slice(0, across < 6 ? 2 * across : across);
  const images = floats(model, "different_images");
  text.textContent = differentText(counts);
  blank(different, Math.min(across, labels.length) * PAIR,
    Math.ceil(labels.length / across) * PAIR);
  const { ctx } = different;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  labels.forEach((label, k) => {
    const x = (k % across) * PAIR, y = Math.floor(k / across) * PAIR;
    const values = images.subarray(784 * k, 784 * k + 784);
    paintMap(ctx, values, 28, 28, x + 14, y, 1.25, GREY, BLACK, WHITE);
    ctx.fillStyle = ink.text;
    ctx.fillText(`A ${preds[0][k]}  B ${preds[1][k]}`, x + 31, y + 36);
    ctx.fillStyle = ink.faint;
    ctx.fillText(`right: ${label}`, x + 31, y + 49);
  });
  different.style.display = labels.length ? "block" : "none";
  describe(different, labels.map((label, k) =>
    `a ${label}: A reads ${preds[0][k]}, B ${preds[1][k]}`).join("; "));
}

function showState(monitor) {
  const { model, root, gone, state, buttons, panels, settings } = monitor;
  const now = gone ? "ended" : model.get("state");
  const focused = /** @type {HTMLButtonElement} */ (document.activeElement);
  root.dataset.state = now;
  if (now !== "running") notePace(monitor, 0);
  const ready = withoutPython(model) ? "ready" : "ready: nothing is computed yet";
  state.textContent = now === "ready" ? ready : now;
  buttons.start.disabled = now === "running";
  buttons.pause.disabled = now !== "running";
  buttons.stop.disabled = ["ready", "stopped", "ended"].includes(now);
  buttons.reset.disabled = now === "ready";
  for (const panel of panels) panel.use.disabled = now === "ready";
  enableSettings(settings, now === "ready");
  // A button that is switched off hears no keys any more: pass the focus on.
  if (root.contains(focused) && focused.disabled) {
    (now === "running" ? buttons.pause : buttons.start).focus();
  }
}

function tellChosen({ model, chosen }) {
  const whose = model.get("chosen");
  chosen.textContent = whose ? `The widget's .model is now the network of ${whose}.` : "";
}

export default { render: renderTrainingMonitor };
