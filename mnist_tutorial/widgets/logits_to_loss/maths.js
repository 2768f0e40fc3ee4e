// What LogitsToLoss computes of ten logits, and how it writes small numbers.

import { number, softmax, sum } from "../shared/numbers.js";

// Everything the view shows: what the last softmax divides (`powers` by their `total`),
// probabilities, the loss in nats, its gradient with respect to the logits, and the
// least loss that this way of computing can reach.
export function lossOf(logits, label, { temperature = 1, twice = false } = {}) {
  const scaled = Array.from(logits, (logit) => logit / temperature);
  const once = softmax(scaled), scores = twice ? once : scaled;
  const probs = softmax(scores), powers = scores.map(Math.exp);
  const loss = -logProbability(scores, label);
  const pull = probs.map((p, k) => p - (k === label ? 1 : 0));
  const inner = twice ? throughSoftmax(once, pull) : pull;
  const gradient = inner.map((g) => g / temperature);
  // With two, the best input of the outer softmax is 1 for the label and 0 elsewhere.
  const floor = twice ? Math.log(Math.E + logits.length - 1) - 1 : 0;
  return { powers, total: sum(powers), probs, once, loss, gradient, floor };
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

// A probability, of which 1.000 and 0.000 are not said before it is 1 or 0.
export function shownProbability(p) {
  if (p > 0 && p < 0.001) return exponential(p, 0);
  return p < 1 && p >= 0.9995 ? `1 \u2212 ${exponential(1 - p, 0)}` : number(p, 3);
}

// A power of e: three digits of it or more, whatever its size.
export function shownPower(value) {
  if (value >= 999999.5 || value < 0.01) return exponential(value, 2);
  return number(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function exponential(value, digits) {
  return value.toExponential(digits).replace("e+", "e").replace("-", "\u2212");
}
