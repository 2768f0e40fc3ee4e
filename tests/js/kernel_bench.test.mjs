import assert from "node:assert/strict";
import { test } from "node:test";

import { typedNumber } from "../../mnist_tutorial/widgets/kernel_bench/cells.js";
import { GOALS } from "../../mnist_tutorial/widgets/kernel_bench/goals.js";
import {
  afterPool, correlate, fitKernel, flipped, shifted, windowAt,
} from "../../mnist_tutorial/widgets/kernel_bench/maths.js";
import { sizeText } from "../../mnist_tutorial/widgets/kernel_bench/terms.js";
import { sum } from "../../mnist_tutorial/widgets/shared/numbers.js";
import { close, expected } from "./support.mjs";

const { cases, secret, image } = expected("kernel_bench");
const PLAIN = { stride: 1, padding: 0, dilation: 1 };
const EDGES = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
const LAPLACIAN = [0, 1, 0, 1, -4, 1, 0, 1, 0];

test("the map is PyTorch's, for any stride, padding, dilation, shift, ReLU, pool", () => {
  assert.equal(cases.length, 60);
  for (const { image: digit, weights, bias, shift, settings, size, map } of cases) {
    const moved = shifted(digit, ...shift), where = JSON.stringify(settings);
    const raw = correlate(moved, flipped(weights), bias, settings);
    const result = afterPool(raw, settings);
    assert.equal(result.size, size, where);
    close(result.values, map, 1e-5, where);
  }
});

test("a number of the map is the sum over its window", () => {
  const settings = { stride: 2, padding: 2, dilation: 3 };
  const { values, size } = correlate(image, EDGES, 0.5, settings);
  for (const [i, j] of [[0, 0], [3, 7], [size - 1, size - 1]]) {
    const cells = windowAt(image, i, j, settings);
    const total = sum(cells.map((cell, k) => cell.value * EDGES[k])) + 0.5;
    close([values[i * size + j]], [total], 1e-5);
  }
  const [corner] = windowAt(image, 0, 0, settings);
  assert.deepEqual(corner, { row: -2, column: -2, inside: false, value: 0 });
});

test("nine weights follow from their map, unless it leaves them open", () => {
  close(fitKernel(image, correlate(image, secret, 0, PLAIN), PLAIN), secret, 1e-4);
  const black = new Float32Array(784);
  assert.equal(fitKernel(black, correlate(black, secret, 0, PLAIN), PLAIN), null);
});

// What a goal says of a kernel.
function measure(goal, kernel, changes = {}, original = image) {
  const settings = { kernel, bias: 0, flip: false, relu: false, pool: false,
    shift: [0, 0], ...PLAIN, ...changes };
  const digit = shifted(original, ...settings.shift);
  const raw = correlate(digit, kernel, settings.bias, settings);
  return GOALS[goal].measure({ settings, image: digit, original, raw, secret });
}

test("each goal is reached by its answer and not before", () => {
  const ones = new Array(9).fill(1), none = new Array(9).fill(0);
  assert.deepEqual([measure("flat", ones).value, measure("flat", ones).done], [9, false]);
  assert.equal(measure("flat", EDGES).done, true);
  assert.equal(measure("flat", EDGES, { bias: 0.5 }).value, 0.5); // what black gives
  assert.ok(measure("left", EDGES).done && !measure("left", flipped(EDGES)).done);
  assert.ok(!measure("flip", EDGES).done && measure("flip", LAPLACIAN).done);
  assert.ok(!measure("match", EDGES).done && measure("match", secret).done);
  for (const goal of Object.keys(GOALS)) {
    const changes = { shift: [0, 2], pool: true };
    assert.equal(measure(goal, none, changes).done, false, `zeros reach ${goal}`);
    const { text, means } = measure(goal, EDGES);
    assert.ok(text && means);
  }
});

test("a pool lets even shifts pass and odd ones not", () => {
  const error = (shift, changes = {}) => measure("shift", EDGES, { shift, ...changes });
  assert.equal(error([0, 1]).value, 0);
  assert.equal(error([0, 1]).done, false); // there is no pool
  assert.ok(error([0, 1], { pool: true }).value > 0.1);
  assert.equal(error([0, 2], { pool: true }).value, 0);
  assert.equal(error([-2, 2], { pool: true }).done, true);
  assert.ok(error([0, 1], { stride: 2 }).value > 0.1);
  assert.equal(error([0, 2], { stride: 2 }).value, 0);
});

test("of two roundings of a shift the better one counts", () => {
  const centre = [0, 0, 0, 0, 1, 0, 0, 0, 0];
  const dot = new Float32Array(784);
  dot[11 * 28 + 11] = 1; // row and column 10 of the map, the first of its pool's window
  for (const [shift, value] of [[[0, 1], 0], [[1, 1], 0], [[-1, 0], 0], [[3, 0], 0]]) {
    const result = measure("shift", centre, { shift, pool: true }, dot);
    assert.equal(result.value, value, shift.join(" "));
  }
});

test("the size is worked out with its numbers", () => {
  const text = sizeText({ stride: 2, padding: 1, dilation: 3, pool: false });
  assert.match(text, /⌊\(28 \+ 2·1 − .* = ⌊23 \/ 2⌋ \+ 1 = 12$/);
  const pooled = sizeText({ ...PLAIN, pool: true });
  assert.match(pooled, /= 26; after the pool ⌊26 \/ 2⌋ = 13$/);
});

test("what is typed is a number, of either kind of minus and point, or none", () => {
  const typed = { "2.5": 2.5, " -.5": -0.5, "\u22121": -1, "0,25": 0.25, "1/4": 0.25,
    "-1 / 8": -0.125, "1e-2": 0.01, "3/-2": -1.5, "2.": 2 };
  for (const [text, value] of Object.entries(typed)) assert.equal(typedNumber(text), value);
  const none = ["", "-", "1e", "100", "2..5", "abc", "1/", "/2", "1/0", "1/2/3", "0x1", "1 2"];
  for (const text of none) assert.equal(typedNumber(text), null, text);
});
