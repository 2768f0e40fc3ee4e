// TrainingMonitor: two trainings side by side; Python trains, this shows and asks.

import { describe, paintMap, surface } from "../shared/canvas.js";
import { BLACK, GREY, inkOf, WHITE } from "../shared/colours.js";
import {
  button, chain, choice, listen, make, mount, onTheme, painted, say, slider, whenShown,
} from "../shared/dom.js";
import { floats } from "../shared/python.js";
import { curvesOf, lookedAt, topOf } from "./curves.js";
import { lanePanel, LANES_STYLE, showInside, showLane } from "./lane.js";
import { ask, newQuestions } from "./questions.js";
import {
  buildSettings, enableSettings, forgetChanges, newSettings,
} from "./settings.js";
import { differentText } from "./words.js";

const KEYS = { s: "start", p: "pause", n: "step", x: "stop", r: "reset" };
const PAIR = 62; // CSS pixels to a digit that A and B read differently

function renderTrainingMonitor({ model, el }) {
  const root = mount(model, el, "TrainingMonitor", "Two trainings side by side");
  const monitor = newMonitor(model, root);
  bindKeys(monitor);
  layOut(monitor);
  const { settings } = monitor;
  const stops = [
    listen(model, ["frame"], () => showFrame(monitor)),
    monitor.questions.stop,
    listen(model, ["chosen"], () => sayChosen(monitor)),
    listen(model, ["state"], () => showState(monitor)),
    listen(model, ["unlocked"], () => buildSettings(settings)),
    listen(model, ["settings"], () => {
      // A slider that is being dragged must not be replaced under the hand.
      if (!settings.element.contains(document.activeElement)) buildSettings(settings);
    }),
    onTheme(root, () => paint(monitor)), whenShown(root, () => paint(monitor)),
    () => tell(model, { do: "leave" }), root.stop,
  ];
  showState(monitor);
  paint(monitor);
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
    panels: ["A", "B"].map((name) =>
      lanePanel(name, () => ask(questions, { do: "use", name }))),
    buttons: Object.fromEntries(Object.entries(KEYS).map(([key, action]) =>
      [action, button(`${action[0].toUpperCase()}${action.slice(1)} (${key})`,
        () => ask(questions, { do: action }), { "aria-keyshortcuts": key })])),
    state: make("strong", { role: "status" }),
    differentText: make("p", {}), different: surface(12 * PAIR, PAIR, ""),
  };
  monitor.scrub = scrubSlider(monitor);
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
  scrub.input.style.width = "220px";
  return scrub;
}

function layOut(monitor) {
  const { root, buttons, waiting, settings, panels } = monitor;
  const digits = Array.from({ length: 10 }, (_, k) => [k, k]);
  const digit = choice("maps of the digit", digits, monitor.digit, (value, began) => {
    monitor.digit = Number(value);
    paintInside(monitor);
    painted(root, began);
  });
  root.append(
    make("div", { class: "mt-row" }, ...Object.values(buttons), monitor.state, waiting),
    settings.element,
    make("div", { class: "mt-row", style: "margin: 6px 0 4px" }, monitor.scrub, digit),
    make("div", { style: LANES_STYLE }, ...panels.map((panel) => panel.element)),
    monitor.differentText, monitor.different);
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
  paint(monitor, began);
  tell(model, { seen: model.get("frame"), ms: performance.now() - began });
}

function paint(monitor, began = performance.now()) {
  const { model, root, panels, scrub } = monitor, ink = inkOf(root);
  const lanes = model.get("lanes"), marks = model.get("marks");
  const curves = curvesOf(floats(model, "curves"), lanes.map((lane) => lane.points));
  const scales = {
    steps: Math.max(100, ...lanes.map((lane) => lane.steps)),
    top: topOf(lanes, curves),
  };
  panels.forEach((panel, k) => showLane(panel, lanes[k], curves[k], scales, ink));
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

function paintDifferent({ model, different, differentText: text }, ink) {
  const { labels = [], preds, ...counts } = model.get("different"), { ctx } = different;
  const images = floats(model, "different_images");
  text.textContent = differentText(counts);
  ctx.clearRect(0, 0, 12 * PAIR, PAIR);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  labels.forEach((label, k) => {
    const x = k * PAIR, values = images.subarray(784 * k, 784 * k + 784);
    paintMap(ctx, values, 28, 28, x + 14, 0, 1.25, GREY, BLACK, WHITE);
    ctx.fillStyle = ink.text;
    ctx.fillText(`A ${preds[0][k]}  B ${preds[1][k]}`, x + 31, 36);
    ctx.fillStyle = ink.faint;
    ctx.fillText(`right: ${label}`, x + 31, 49);
  });
  different.style.display = labels.length ? "block" : "none";
  describe(different, labels.map((label, k) =>
    `a ${label}: A reads ${preds[0][k]}, B ${preds[1][k]}`).join("; "));
}

function showState({ model, root, gone, state, buttons, panels, settings }) {
  const now = gone ? "ended" : model.get("state");
  const focused = /** @type {HTMLButtonElement} */ (document.activeElement);
  root.dataset.state = now;
  state.textContent = now === "ready" ? "ready: nothing is computed yet" : now;
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

function sayChosen({ model, root }) {
  const chosen = model.get("chosen");
  if (chosen) say(root, `The widget's .model is now the network of ${chosen}.`);
}

export default { render: renderTrainingMonitor };
