// LogitsToLoss: ten logits to set, softmax, cross-entropy, and where its gradient pulls.

import {
  button, chain, choice, keys, listen, make, mount, painted, say, slider, toggle,
} from "./shared/dom.js";
import { argmax, number, signedNumber, softmax, sum } from "./shared/numbers.js";

const DIGITS = [...Array(10).keys()];

// Everything the view shows: probabilities, the loss in nats, its gradient with respect
// to the logits, and the least loss that this way of computing can reach.
export function lossOf(logits, label, { temperature = 1, twice = false } = {}) {
  const scaled = Array.from(logits, (logit) => logit / temperature);
  const once = softmax(scaled);
  const probs = twice ? softmax(once) : once;
  const loss = -logProbability(twice ? once : scaled, label);
  const pull = probs.map((p, k) => p - (k === label ? 1 : 0));
  const inner = twice ? throughSoftmax(once, pull) : pull;
  const gradient = inner.map((g) => g / temperature);
  // With two, the best input of the outer softmax is 1 for the label and 0 elsewhere.
  const floor = twice ? Math.log(Math.E + logits.length - 1) - 1 : 0;
  return { probs, once, loss, gradient, floor };
}

// ln p of one class, from the scores: exact where p itself would round to 0.
function logProbability(scores, label) {
  const largest = Math.max(...scores);
  const total = sum(scores.map((score) => Math.exp(score - largest)));
  return scores[label] - largest - Math.log(total);
}

// The gradient with respect to the input of a softmax whose output is `probs`.
function throughSoftmax(probs, gradient) {
  const mean = sum(probs.map((p, k) => p * gradient[k]));
  return probs.map((p, k) => p * (gradient[k] - mean));
}

export const PRESETS = {
  "confident and right": (label) => onlyLogit(label, 10),
  "confident and wrong": (label) => onlyLogit((label + 5) % 10, 10),
  "all the same": () => new Array(10).fill(0),
};

function onlyLogit(which, value) {
  return Array.from({ length: 10 }, (_, k) => (k === which ? value : 0));
}

function renderLogitsToLoss({ model, el }) {
  const root = mount(model, el, "LogitsToLoss", "Ten logits and the loss they give");
  const view = /** @type {any} */ ({
    root, model, limit: model.get("limit"),
    logits: [...model.get("logits")], label: model.get("label"),
    temperature: 1, twice: false,
    sentence: make("p", { class: "mt-sum", role: "status" }),
    remark: make("p", { class: "mt-faint" }),
    lastHead: make("th", { scope: "col" }),
  });
  view.rows = DIGITS.map((k) => logitRow(view, k));
  view.chooser = labelChoice(view);
  root.append(situations(view), computations(view), logitTable(view), view.sentence,
    view.remark);
  const stop = listen(model, ["logits", "label"], () => takeTraits(view));
  update(view);
  return chain(stop, root.stop);
}

// --- The controls

function labelChoice(view) {
  const options = DIGITS.map((k) => [k, String(k)]);
  return choice("The right digit is", options, view.label, (value, began) => {
    view.label = Number(value);
    view.model.set("label", view.label);
    keepLogits(view, view.logits, began);
  });
}

function situations(view) {
  const given = view.model.get("given");
  const presets = { "As given": () => given, ...PRESETS };
  return make("div", { class: "mt-row" }, view.chooser,
    ...Object.entries(presets).map(([name, logitsFor]) => button(name, () =>
      keepLogits(view, logitsFor(view.label), performance.now()))));
}

// How the loss is computed of the logits, and what does not change it.
function computations(view) {
  const temperature = slider({
    label: "temperature", min: -1, max: 1, step: 0.05, value: 0,
    format: (power) => number(10 ** power),
    onInput: (power, began) => {
      view.temperature = 10 ** power;
      update(view, began);
    },
  });
  const twice = toggle("softmax in the network too (the published mistake)", false,
    (checked, began) => {
      view.twice = checked;
      update(view, began);
    });
  const shift = (by) => button(`${signedNumber(by, 0)} on all`, () => shiftAll(view, by));
  return make("div", { class: "mt-row" }, temperature, twice, shift(1), shift(-1));
}

function shiftAll(view, by) {
  const began = performance.now();
  const moved = view.logits.map((logit) => logit + by);
  if (moved.every((logit) => Math.abs(logit) <= view.limit)) keepLogits(view, moved, began);
  else say(view.root, "A slider would leave its range: lower or raise that one first.");
}

function logitTable({ rows, lastHead }) {
  const head = ["digit", "logit", "", "probability p"].map((text) =>
    (text ? make("th", { scope: "col", text }) : make("td")));
  return make("table", { class: "mt-logits" },
    make("thead", {}, make("tr", {}, ...head, lastHead)),
    make("tbody", {}, ...rows.map((row) => row.element)));
}

function logitRow(view, k) {
  const { limit } = view;
  const setLogit = (value, began) =>
    keepLogits(view, view.logits.map((logit, i) => (i === k ? value : logit)), began);
  const input = make("input", {
    type: "range", min: -limit, max: limit, step: 0.01, "aria-label": `logit of ${k}`,
    on: { input: () => setLogit(Number(input.value), performance.now()) },
  });
  // A hundredth is for dragging; the arrow keys take steps that can be seen.
  const nudge = (by) => (_, began) =>
    setLogit(Math.min(limit, Math.max(-limit, view.logits[k] + by)), began);
  keys(input, { ArrowLeft: nudge(-0.1), ArrowDown: nudge(-0.1), ArrowRight: nudge(0.1),
    ArrowUp: nudge(0.1) });
  const shown = make("td", { class: "mt-digits" });
  const prob = make("td", { class: "mt-prob" });
  const gradient = make("td", { class: "mt-gradient" });
  const digit = make("th", { scope: "row", text: String(k) });
  const element = make("tr", {}, digit, make("td", {}, input), shown, prob, gradient);
  return { element, input, shown, prob, gradient };
}

// --- From a change to what is shown

function keepLogits(view, logits, began) {
  view.logits = [...logits];
  view.model.set("logits", [...logits]);
  view.model.save_changes();
  update(view, began);
}

// Python, or another view, has set the logits or the label.
function takeTraits(view) {
  const logits = view.model.get("logits"), label = view.model.get("label");
  const same = label === view.label && logits.every((logit, k) => logit === view.logits[k]);
  if (same) return;
  Object.assign(view, { logits: [...logits], label });
  view.chooser.input.value = label;
  update(view);
}

function update(view, began) {
  const { root, label, rows, sentence, remark, lastHead, twice, temperature } = view;
  say(root, "");
  const values = lossOf(view.logits, label, view);
  rows.forEach((row, k) => fillRow(row, view.logits[k], values.probs[k],
    values.gradient[k], k === label));
  sentence.textContent = `loss = −ln p(${label}) = ` +
    `−ln ${shownProbability(values.probs[label])} = ${number(values.loss, 4)} nats`;
  remark.textContent = remarkOn(values, view);
  lastHead.textContent = twice || temperature !== 1
    ? "gradient of the loss" : "gradient: p − 1 or p";
  root.dataset.loss = String(values.loss);
  painted(root, began);
}

function fillRow(row, logit, prob, gradient, isLabel) {
  row.element.classList.toggle("mt-right", isLabel);
  row.input.value = logit;
  row.input.setAttribute("aria-valuetext", number(logit));
  row.shown.textContent = number(logit);
  row.prob.textContent = shownProbability(prob);
  row.prob.style.backgroundSize = `${(100 * prob).toFixed(2)}% 100%`;
  row.gradient.textContent = signedNumber(gradient, 3);
  const share = Math.min(1, Math.abs(gradient)) * 50;
  row.gradient.style.backgroundSize = `${share.toFixed(2)}% 100%`;
  // A positive gradient says: this logit should fall.
  const side = gradient > 0 ? 50 : 50 - share;
  row.gradient.style.backgroundPosition = `${placed(side, share)}% 0`;
}

function remarkOn({ probs, once, loss, floor }, { twice, label }) {
  if (twice) {
    return `The network's softmax gives ${shownProbability(once[label])}, the ` +
      `loss's own makes ${shownProbability(probs[label])} of it. Whatever the ` +
      `logits, the loss stays above ln(e + 9) − 1 = ${number(floor, 4)}.`;
  }
  const even = Math.log(10);
  if (Math.abs(loss - even) < 5e-4) {
    return `ln 10 = ${number(even, 4)}: the loss of someone who knows nothing.`;
  }
  const best = argmax(probs);
  const answer = best === label ? "right" : "wrong";
  return `The answer would be ${best}, which is ${answer}. A gradient above 0 says ` +
    "that the logit should fall, one below 0 that it should rise.";
}

export function shownProbability(p) {
  return p >= 0.001 || p === 0 ? number(p, 3) : p.toExponential(0).replace("-", "\u2212");
}

// CSS places a background by its free room, not by its left edge.
function placed(left, width) {
  return width < 100 ? (100 * left) / (100 - width) : 0;
}

export default { render: renderLogitsToLoss };
