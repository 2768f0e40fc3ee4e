import assert from "node:assert/strict";
import { test } from "node:test";

import { highestShown } from "../../mnist_tutorial/widgets/logits_to_loss/curve.js";
import {
  lossOf, PRESETS, shownPower, shownProbability,
} from "../../mnist_tutorial/widgets/logits_to_loss/maths.js";
import { close, expected } from "./support.mjs";

test("probabilities, loss and gradient are PyTorch's", () => {
  const cases = expected("logits_to_loss");
  assert.equal(cases.length, 18);
  for (const { logits, label, settings, loss, probs, gradient } of cases) {
    const result = lossOf(logits, label, settings), where = JSON.stringify(settings);
    close([result.loss], [loss], 1e-5, `loss, ${where}`);
    close(result.probs, probs, 1e-5, `probabilities, ${where}`);
    close(result.gradient, gradient, 1e-5, `gradient, ${where}`);
    assert.ok(result.loss >= result.floor);
  }
});

test("a loss is exact where the probability rounds to 0", () => {
  assert.equal(lossOf([0, 2000], 0).loss, 2000);
});

test("two softmaxes reach their floor at best", () => {
  const best = lossOf([1000, ...new Array(9).fill(0)], 0, { twice: true });
  close([best.loss], [best.floor], 1e-12);
});

test("the named situations are what they are called", () => {
  const pairs = Object.entries(PRESETS).map(([name, make]) =>
    [name, lossOf(make(3), 3).loss]);
  const losses = Object.fromEntries(pairs);
  assert.ok(losses["confident and right"] < 1e-3);
  assert.ok(losses["confident and wrong"] > 9);
  close([losses["all the same"]], [Math.log(10)], 1e-12);
});

test("a probability is 0.000 or 1.000 only where it is 0 or 1", () => {
  const shown = [0, 1, 0.0012, 0.0001, 0.9994, 0.9996].map(shownProbability);
  assert.deepEqual(shown,
    ["0.000", "1.000", "0.001", "1e\u22124", "0.999", "1 \u2212 4e\u22124"]);
});

test("probabilities are the shares of the powers shown, and those are legible", () => {
  const { powers, total, probs } = lossOf([1, -2, 5], 0, { temperature: 2 });
  close(powers, [0.5, -1, 2.5].map(Math.exp), 1e-12);
  close(probs, powers.map((power) => power / total), 1e-12);
  const once = lossOf([1, -2, 5], 0).probs, twice = lossOf([1, -2, 5], 0, { twice: true });
  close(twice.powers, once.map(Math.exp), 1e-12);
  close(twice.probs, twice.powers.map((power) => power / twice.total), 1e-12);
  assert.deepEqual([1, 54.598, 148.4, 22026.4, 1.3e52, 0.0012, 0.0183].map(shownPower),
    ["1.00", "54.6", "148", "22026", "1.30e52", "1.20e\u22123", "0.02"]);
});

test("the axis of the loss doubles until the loss is on it", () => {
  assert.deepEqual([0, 6, 6.1, 24.1].map(highestShown), [6, 6, 12, 48]);
});
