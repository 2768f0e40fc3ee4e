// LogitsToLoss: ten logits to set, softmax, cross-entropy, and where its gradient pulls.

import {
  button, chain, choice, keys, listen, make, mount, painted, say, slider, toggle,
} from "./shared/dom.js";
import { argmax, number, signedNumber, softmax, sum } from "./shared/numbers.js";

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

export const LOGIT_PRESETS = {
  "confident and right": (label) => onlyLogit(label, 10),
  "confident and wrong": (label) => onlyLogit((label + 5) % 10, 10),
  "all the same": () => new Array(10).fill(0),
};

function onlyLogit(which, value) {
  return Array.from({ length: 10 }, (_, k) => (k === which ? value : 0));
}

function renderLogitsToLoss({ model, el }) {
  const root = mount(model, el, "LogitsToLoss", "Ten logits and the loss they give");
  const limit = model.get("limit"), labels = [...Array(10).keys()];
  const state = {
    logits: [...model.get("logits")], label: model.get("label"),
    temperature: 1, twice: false,
  };

  const rows = labels.map((k) => logitRow(k));
  const label = choice("The right digit is", labels.map((k) => [k, String(k)]),
    state.label, (value, began) => {
      state.label = Number(value);
      model.set("label", state.label);
      keep(began);
    });
  const temperature = slider({
    label: "temperature", min: -1, max: 1, step: 0.05, value: 0,
    format: (power) => number(10 ** power),
    onInput: (power, began) => { state.temperature = 10 ** power; update(began); },
  });
  const twice = toggle("softmax in the network too (the published mistake)", false,
    (checked, began) => { state.twice = checked; update(began); });
  const set = (name, valuesFor) => button(name, () => {
    const began = performance.now();
    setLogits(valuesFor(state.label), began);
  });
  const given = model.get("given");
  const shift = (by) => button(`${signedNumber(by, 0)} on all`, () => {
    const moved = state.logits.map((logit) => logit + by);
    const began = performance.now();
    if (moved.every((logit) => Math.abs(logit) <= limit)) setLogits(moved, began);
    else say(root, "A slider would leave its range: lower or raise that one first.");
  });
  const sentence = make("p", { class: "mt-sum", role: "status" });
  const remark = make("p", { class: "mt-faint" });
  const head = ["digit", "logit", "", "probability p", "gradient: p − 1 or p"].map(
    (text) => (text ? make("th", { scope: "col", text }) : make("td")));
  const lastHead = head[head.length - 1];
  const table = make("table", { class: "mt-logits" },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows.map((row) => row.element)));
  root.append(
    make("div", { class: "mt-row" }, label,
      set("As given", () => given),
      ...Object.entries(LOGIT_PRESETS).map(([name, values]) => set(name, values))),
    make("div", { class: "mt-row" }, temperature, twice, shift(1), shift(-1)),
    table, sentence, remark);

  function logitRow(k) {
    const input = make("input", {
      type: "range", min: -limit, max: limit, step: 0.01, "aria-label": `logit of ${k}`,
      on: { input: () => {
        state.logits[k] = Number(input.value);
        keep(performance.now());
      } },
    });
    // A hundredth is for dragging; the arrow keys take steps that can be seen.
    const nudge = (by) => (_, began) => {
      state.logits[k] = Math.min(limit, Math.max(-limit, state.logits[k] + by));
      keep(began);
    };
    keys(input, { ArrowLeft: nudge(-0.1), ArrowDown: nudge(-0.1), ArrowRight: nudge(0.1),
      ArrowUp: nudge(0.1) });
    const shown = make("td", { class: "mt-digits" });
    const prob = make("td", { class: "mt-prob" });
    const gradient = make("td", { class: "mt-gradient" });
    const digit = make("th", { scope: "row", text: String(k) });
    const element = make("tr", {}, digit, make("td", {}, input), shown, prob, gradient);
    return { element, input, shown, prob, gradient };
  }

  function setLogits(values, began) {
    state.logits = [...values];
    keep(began);
  }

  function keep(began) {
    model.set("logits", [...state.logits]);
    model.save_changes();
    update(began);
  }

  function update(began) {
    say(root, "");
    const found = lossOf(state.logits, state.label, state);
    rows.forEach((row, k) => fillLogitRow(row, k, found));
    const p = found.probs[state.label];
    sentence.textContent = `loss = −ln p(${state.label}) = −ln ${shownProbability(p)} = ` +
      `${number(found.loss, 4)} nats`;
    remark.textContent = remarkOn(found);
    lastHead.textContent = state.twice || state.temperature !== 1
      ? "gradient of the loss" : "gradient: p − 1 or p";
    root.dataset.loss = String(found.loss);
    painted(root, began);
  }

  function fillLogitRow(row, k, { probs, gradient }) {
    row.element.classList.toggle("mt-right", k === state.label);
    row.input.value = state.logits[k];
    row.input.setAttribute("aria-valuetext", number(state.logits[k]));
    row.shown.textContent = number(state.logits[k]);
    row.prob.textContent = shownProbability(probs[k]);
    row.prob.style.backgroundSize = `${(100 * probs[k]).toFixed(2)}% 100%`;
    row.gradient.textContent = signedNumber(gradient[k], 3);
    const share = Math.min(1, Math.abs(gradient[k])) * 50;
    row.gradient.style.backgroundSize = `${share.toFixed(2)}% 100%`;
    // A positive gradient says: this logit should fall.
    const side = gradient[k] > 0 ? 50 : 50 - share;
    row.gradient.style.backgroundPosition = `${placed(side, share)}% 0`;
  }

  function remarkOn({ probs, once, loss, floor }) {
    if (state.twice) {
      return `The network's softmax gives ${shownProbability(once[state.label])}, the ` +
        `loss's own makes ${shownProbability(probs[state.label])} of it. Whatever the ` +
        `logits, the loss stays above ln(e + 9) − 1 = ${number(floor, 4)}.`;
    }
    const even = Math.log(10);
    if (Math.abs(loss - even) < 5e-4) {
      return `ln 10 = ${number(even, 4)}: the loss of someone who knows nothing.`;
    }
    const best = argmax(probs);
    const answer = best === state.label ? "right" : "wrong";
    return `The answer would be ${best}, which is ${answer}. A gradient above 0 says ` +
      "that the logit should fall, one below 0 that it should rise.";
  }

  const stop = listen(model, ["logits", "label"], () => {
    const same = model.get("label") === state.label &&
      model.get("logits").every((logit, k) => logit === state.logits[k]);
    if (same) return;
    state.logits = [...model.get("logits")];
    state.label = model.get("label");
    label.input.value = state.label;
    update();
  });
  update();
  return chain(stop, root.stop);
}

export function shownProbability(p) {
  return p >= 0.001 || p === 0 ? number(p, 3) : p.toExponential(0).replace("-", "\u2212");
}

// CSS places a background by its free room, not by its left edge.
function placed(left, width) {
  return width < 100 ? (100 * left) / (100 - width) : 0;
}

export default { render: renderLogitsToLoss };
