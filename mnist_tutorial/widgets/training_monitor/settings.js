// The settings of both trainings: one control for a setting that A and B share, two for
// the one in which they differ.

import { choice, make, slider } from "../shared/dom.js";
import { withoutPython } from "../shared/python.js";
import { ask } from "./questions.js";

const NAMES = { lr: "lr", momentum: "momentum", batch_size: "batch", bug: "bug" };

// `next`: while a change is under way, those to ask for after it, else null; `pending`:
// pairs of values asked for and not yet taken; `beforeRun`: lists that only work before
// a run.
export function newSettings(model, questions) {
  /** @type {any} */
  const settings = {
    model, questions, next: null, pending: {}, beforeRun: [], isReady: true,
    element: make("div", { class: "mt-row mt-settings" }),
  };
  buildSettings(settings);
  return settings;
}

export function buildSettings(settings) {
  const { model, element } = settings;
  if (withoutPython(model)) return buildRecorded(settings);
  const which = choice("What differs", Object.entries(NAMES), model.get("unlocked"),
    (name) => changeSettings(settings, {}, name));
  settings.beforeRun = [which.input];
  const controls = Object.keys(NAMES).flatMap((name) => {
    const lanes = name === model.get("unlocked") ? [0, 1] : [null];
    return lanes.map((lane) => settingControl(settings, name, lane));
  });
  const chose = element.contains(document.activeElement);
  element.replaceChildren(which, ...controls);
  enableSettings(settings, settings.isReady);
  if (chose) which.input.focus();
  return undefined;
}

// Of recorded trainings the first two differ in lr; each other one has a bug, and stands
// beside the first.
function buildRecorded(settings) {
  const { model, element, questions } = settings;
  const pairs = model.get("page_runs").slice(1).map(({ title }, k) => [k + 1, title]);
  const which = choice("A with lr 0.1 beside B with", pairs, model.get("page_second") || 1,
    (second) => ask(questions, { do: "change", second: Number(second) }));
  settings.beforeRun = [];
  element.replaceChildren(which);
}

export function enableSettings(settings, isReady) {
  settings.isReady = isReady;
  for (const input of settings.beforeRun) {
    input.disabled = !isReady;
    input.title = isReady ? "" : "Reset first";
  }
}

// Python has ended: nothing is under way any more.
export function forgetChanges(settings) {
  Object.assign(settings, { next: null, pending: {} });
}

// `lane`: 0 or 1; null for both.
function settingControl(settings, name, lane) {
  const { model } = settings;
  const label = lane === null ? NAMES[name] : `${NAMES[name]} of ${"AB"[lane]}`;
  const value = model.get("settings")[name][lane ?? 0];
  const set = (now) => changeSettings(settings, { [name]: lane === null ? [now, now]
    : pairOf(settings, name, lane, now) });
  if (name === "lr") return lrSlider(label, value, set);
  const lists = {
    momentum: [0, 0.5, 0.9, 0.95, 0.99], batch_size: [8, 16, 32, 64, 128, 256],
    bug: model.get("bugs"),
  };
  const offered = [...new Set([...lists[name], value])];
  const control = choice(label, offered.map((v) => [v, v]), value, (text) =>
    set(name === "bug" ? text : Number(text)));
  settings.beforeRun.push(control.input);
  return control;
}

// The learning rate on a logarithmic scale, 0.001 to 1.
function lrSlider(label, value, onChange) {
  return slider({
    label, min: -3, max: 0, step: 0.02, value: Math.log10(value),
    format: (power) => String(Number((10 ** power).toPrecision(3))), // as in the titles
    onInput: (power) => onChange(Number((10 ** power).toPrecision(4))),
  });
}

// Both values of a setting, of which one lane's is new: the other as last asked for.
function pairOf({ model, pending }, name, lane, value) {
  pending[name] = (pending[name] || model.get("settings")[name]).with(lane, value);
  return pending[name];
}

// A slider moves faster than the kernel answers: one message under way, then the last.
export function changeSettings(settings, values, unlocked) {
  const { next } = settings;
  if (next) {
    Object.assign(next.values, values);
    next.unlocked = unlocked ?? next.unlocked;
    return;
  }
  settings.next = { values: {}, unlocked: undefined };
  ask(settings.questions, { do: "change", values, unlocked }, () => {
    const later = settings.next;
    settings.next = null;
    if (Object.keys(later.values).length || later.unlocked) {
      changeSettings(settings, later.values, later.unlocked);
    } else settings.pending = {}; // all is as asked for
  });
}
