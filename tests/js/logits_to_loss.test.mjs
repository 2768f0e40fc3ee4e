import assert from "node:assert/strict";
import { test } from "node:test";

import {
  PRESETS, lossOf, shownProbability,
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

test("a small probability is shown as a power", () => {
  const shown = [0, 1, 0.0012, 0.0001].map(shownProbability);
  assert.deepEqual(shown, ["0.000", "1.000", "0.001", "1e\u22124"]);
});
