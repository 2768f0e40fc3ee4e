// LogitsToLoss: ten logits to set, softmax, cross-entropy, and where its gradient pulls.

import { describe } from "../shared/canvas.js";
import { inkOf } from "../shared/colours.js";
import {
  button, chain, choice, help, keys, listen, make, mount, onTheme, painted, say, slider,
  toggle, whenShown,
} from "../shared/dom.js";
import { argmax, number, signedNumber, sum } from "../shared/numbers.js";
import { newCurve, paintCurve } from "./curve.js";
import { lossOf, PRESETS, shownPower, shownProbability } from "./maths.js";

const DIGITS = [...Array(10).keys()];

function renderLogitsToLoss({ model, el }) {
  const root = mount(model, el, "LogitsToLoss", "Ten logits and the loss they give");
  const view = /** @type {any} */ ({
    root, model, limit: model.get("limit"),
    logits: [...model.get("logits")], label: model.get("label"),
    temperature: 1, twice: false,
    division: make("p", {}),
    sentence: make("p", { class: "mt-sum", role: "status" }),
    remark: make("p", { class: "mt-faint" }), curve: newCurve(),
    powerHead: make("th", { scope: "col" }), lastHead: make("th", { scope: "col" }),
    sums: DIGITS.slice(0, 3).map(() => make("td", {})),
  });
  view.rows = DIGITS.map((k) => logitRow(view, k));
  view.chooser = labelChoice(view);
  const words = make("div", {}, view.division, view.sentence, view.remark);
  root.append(
    help("Move a logit: softmax makes ten probabilities of them, and the loss is −ln p of " +
      "the right digit."),
    make("div", { class: "mt-row" }, view.chooser, ...situations(view),
      ...computations(view)),
    make("div", { class: "mt-loss" }, logitTable(view),
      make("div", { class: "mt-loss-end" }, view.curve, words)));
  update(view);
  return chain(
    listen(model, ["logits", "label"], () => takeTraits(view)),
    onTheme(root, () => update(view)), whenShown(root, () => update(view)), root.stop);
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
  return Object.entries(presets).map(([name, logitsFor]) => button(name, () =>
    keepLogits(view, logitsFor(view.label), performance.now())));
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
  return [temperature, shift(1), shift(-1), twice];
}

function shiftAll(view, by) {
  const began = performance.now();
  const moved = view.logits.map((logit) => logit + by);
  if (moved.every((logit) => Math.abs(logit) <= view.limit)) keepLogits(view, moved, began);
  else say(view.root, "A slider would leave its range: lower or raise that one first.");
}

function logitTable({ rows, powerHead, lastHead, sums }) {
  const head = (text) => (text ? make("th", { scope: "col", text }) : make("td"));
  return make("table", { class: "mt-logits" },
    make("thead", {}, make("tr", {}, head("digit"), head("logit z"), head(""), powerHead,
      head("p = share"), lastHead)),
    make("tbody", {}, ...rows.map((row) => row.element)),
    make("tfoot", {}, make("tr", {}, make("th", { scope: "row", text: "sum" }),
      make("td", {}), make("td", {}), ...sums)));
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
  const power = make("td", { class: "mt-power" });
  const prob = make("td", { class: "mt-prob" });
  const gradient = make("td", { class: "mt-gradient" });
  const digit = make("th", { scope: "row", text: String(k) });
  const element = make("tr", {}, digit, make("td", {}, input), shown, power, prob,
    gradient);
  return { element, input, shown, power, prob, gradient };
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
  const { root, label } = view, values = lossOf(view.logits, label, view);
  say(root, "");
  fillTable(view, values);
  fillWords(view, values);
  const point = { p: values.probs[label], loss: values.loss, floor: values.floor };
  paintCurve(view.curve, point, inkOf(root));
  describe(view.curve, "The curve of −ln p, with a dot at p = " +
    `${shownProbability(point.p)}, loss ${number(values.loss)}`);
  root.dataset.loss = String(values.loss);
  painted(root, began);
}

function fillTable({ rows, logits, label, sums, twice, temperature, ...view }, values) {
  const { powers, total, probs, gradient } = values, most = Math.max(...powers);
  rows.forEach((row, k) => {
    row.element.classList.toggle("mt-right", k === label);
    row.input.value = logits[k];
    row.input.setAttribute("aria-valuetext", number(logits[k]));
    row.shown.textContent = number(logits[k]);
    fillBar(row.power, shownPower(powers[k]), powers[k] / most);
    fillBar(row.prob, shownProbability(probs[k]), probs[k]);
    fillGradient(row.gradient, gradient[k]);
  });
  const scaled = temperature === 1 ? "e^z" : "e^(z / temperature)";
  view.powerHead.textContent = twice ? "e^softmax" : scaled;
  view.lastHead.textContent = twice || temperature !== 1
    ? "gradient of the loss" : "gradient: p − 1 or p";
  const texts = [shownPower(total), number(sum(probs), 3), signedNumber(sum(gradient), 3)];
  texts.forEach((text, k) => { sums[k].textContent = text; });
}

function fillBar(cell, text, share) {
  cell.textContent = text;
  cell.style.backgroundSize = `${(100 * share).toFixed(2)}% 100%`;
}

function fillGradient(cell, gradient) {
  const share = Math.min(1, Math.abs(gradient)) * 50;
  fillBar(cell, signedNumber(gradient, 3), share / 100);
  // A positive gradient says: this logit should fall.
  const side = gradient > 0 ? 50 : 50 - share;
  cell.style.backgroundPosition = `${placed(side, share)}% 0`;
}

function fillWords(view, values) {
  const { label, division, sentence, remark } = view;
  const p = shownProbability(values.probs[label]);
  division.textContent = `p(${label}) = ${shownPower(values.powers[label])} / ` +
    `${shownPower(values.total)} = ${p}`;
  sentence.textContent = `loss = −ln p(${label}) = −ln(${p}) = ` +
    `${number(values.loss, 4)} nats`;
  remark.textContent = remarkOn(values, view);
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

// CSS places a background by its free room, not by its left edge.
function placed(left, width) {
  return width < 100 ? (100 * left) / (100 - width) : 0;
}

export default { render: renderLogitsToLoss };
