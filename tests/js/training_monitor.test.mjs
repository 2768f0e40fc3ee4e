import assert from "node:assert/strict";
import { test } from "node:test";

import {
  curvesOf, firstMaps, kernelsOf, lookedAt, topOf,
} from "../../mnist_tutorial/widgets/training_monitor/curves.js";
import {
  differentText, fine, firstLossText,
} from "../../mnist_tutorial/widgets/training_monitor/words.js";
import { close, expected } from "./support.mjs";

const { filters, image, maps, curves } = expected("training_monitor");

test("the maps of the first convolution are PyTorch's", () => {
  close(firstMaps(filters, image), maps);
});

test("kernels are the weights without the biases", () => {
  const kernels = kernelsOf(filters);
  assert.equal(kernels.length, 9 * 32);
  assert.deepEqual(kernels.subarray(9, 18), filters.subarray(10, 19));
});

test("both curves come apart into rows of step, mean, lowest, highest", () => {
  const [a, b] = curves.map((curve) => curve.length / 4);
  const joined = Float32Array.from([...curves[0], ...curves[1]]);
  const result = curvesOf(joined, [a, b]);
  assert.deepEqual(result.map((rows) => rows.length), [a, b]);
  result.forEach((rows, k) => {
    assert.deepEqual(rows.flatMap((one) => [...one]), [...curves[k]]);
    for (const [, mean, low, high] of rows) assert.ok(low <= mean && mean <= high);
  });
  assert.deepEqual(curvesOf(new Float32Array(0), [0, 0]), [[], []]);
});

test("the axis shows all means and validations, but no loss above 12", () => {
  const lanes = [{ checks: [[50, 2.7, 0.1]] }, { checks: [[50, null, 0.1]] }];
  close([topOf(lanes, [[], []])], [2.7 * 1.06], 1e-9);
  close([topOf(lanes, [[[1, 3, 2, 99]], []])], [3 * 1.06], 1e-9);
  assert.equal(topOf(lanes, [[[1, 80, 2, 99]], []]), 12);
  close([topOf([{ checks: [] }, { checks: [] }], [[], []])], [2.6 * 1.06], 1e-9);
});

test("looking back finds the snapshot of a step, or the last before it", () => {
  const marks = [0, 10, 20];
  const result = [0, 9, 10, 20, 21, null].map((step) => lookedAt(marks, step));
  assert.deepEqual(result, [0, 0, 1, 2, 3, 3]);
});

test("a first loss near ln 10 is good", () => {
  assert.deepEqual(firstLossText(null), { text: "", good: true });
  assert.equal(firstLossText(2.31).text, "first loss 2.31: near ln 10");
  assert.deepEqual(firstLossText(4.6), { good: false,
    text: "first loss 4.60: not near ln 10" });
});

test("only networks of one age are compared", () => {
  assert.match(differentText({ checked: [-1, -1] }), /seen after Start\.$/);
  assert.match(differentText({ checked: [50, -1] }), /A was .* 50 steps, B not yet\.$/);
  const text = differentText({ checked: [50, 50], count: 3, of: 1000 });
  assert.match(text, /read 3 of 1,000 validation digits differently\. Some of them:$/);
});

test("a small difference has as many digits as it needs", () => {
  assert.deepEqual([0.5, -0.00012, 0, null].map(fine),
    ["+0.5000", "\u22120.00012", "0.0000", "no finite number"]);
});
