import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LARGEST_NUMBER, LAYER_FIELDS, middleField, MOST_IMAGES, traceStack,
} from "../../mnist_tutorial/widgets/shape_tracer/trace.js";
import { expected } from "./support.mjs";

const { stacks, middles, sizes, most, largest } = expected("shape_tracer");

test("shapes, parameters, MACs and breaks are PyTorch's", () => {
  const ended = { true: 0, false: 0 };
  for (const { layers, batch, rows, breaks } of stacks) {
    const traced = traceStack(layers, batch), where = JSON.stringify(layers);
    assert.equal(traced.some((row) => row.error), breaks, where);
    const kept = traced.filter((row) => !row.error);
    const numbers = kept.map(({ shape, parameters, macs }) => [shape, parameters, macs]);
    assert.deepEqual(numbers, rows, where);
    for (const row of traced) assert.match(row.error || row.note || ".", /\.$/);
    ended[breaks] += 1;
  }
  assert.ok(Math.min(ended.true, ended.false) > 30); // both kinds were really there
});

test("the middle unit sees what the gradient reaches", () => {
  assert.equal(middles.length, 25);
  for (const { layers, size, field, reached } of middles) {
    const rows = traceStack(layers, 1), where = JSON.stringify(layers);
    assert.equal(rows[rows.length - 1].field, field, where);
    const { top, bottom } = middleField(layers, size);
    assert.equal(bottom - top, field, where);
    if (!reached.length) continue; // a stride larger than the kernel leaves gaps
    assert.ok(reached[0] >= Math.max(top, 0), where);
    assert.ok(reached[1] < Math.min(bottom, 28), where);
  }
});

test("view and Python take the same sizes", () => {
  const lowest = Object.fromEntries(Object.entries(LAYER_FIELDS).map(([kind, fields]) =>
    [kind, Object.fromEntries(fields.map(([name, , low]) => [name, low]))]));
  assert.deepEqual(lowest, sizes);
  assert.deepEqual([MOST_IMAGES, LARGEST_NUMBER], [most, largest]);
});
