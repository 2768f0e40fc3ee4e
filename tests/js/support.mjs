// What the tests share: numbers that Python computed, and how near to them ours must be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

// What expected.py has written for a test; its tensors come as Float32Array, its bytes as
// DataView.
export function expected(name) {
  const folder = process.env.EXPECTED;
  if (!folder) {
    throw new Error("PyTorch's numbers are missing: write them with `python " +
      "tests/js/expected.py FOLDER` and set EXPECTED=FOLDER.");
  }
  const text = readFileSync(join(folder, `${name}.json`), "utf8");
  const bytes = (base64) => Uint8Array.from(Buffer.from(base64, "base64")).buffer;
  return JSON.parse(text, (_, value) => {
    if (value?.f32 !== undefined) return new Float32Array(bytes(value.f32));
    return value?.bytes === undefined ? value : new DataView(bytes(value.bytes));
  });
}

// No number is further than `within` from the one that is right.
export function close(actual, right, within = 1e-4, message = "") {
  assert.equal(actual.length, right.length, message);
  for (let k = 0; k < right.length; k++) {
    assert.ok(Math.abs(actual[k] - right[k]) <= within,
      `${message} at ${k}: ${actual[k]}, not ${right[k]}`);
  }
}

// Row i of a flat array of rows with so many numbers each.
export function row(values, i, size) {
  return values.subarray(i * size, (i + 1) * size);
}

// Traits with change events and messages, as a view knows them.
/**
 * @param {object} [parts]
 * @returns {any}
 */
export function fakeModel(parts = {}) {
  const handlers = new Map(), traits = new Map();
  const of = (name) => handlers.get(name) || handlers.set(name, new Set()).get(name);
  const fire = (name, ...said) => of(name).forEach((handler) => handler(...said));
  return {
    fire,
    get: (name) => traits.get(name),
    set: (name, value) => { traits.set(name, value); fire(`change:${name}`); },
    on: (name, handler) => of(name).add(handler),
    off: (name, handler) => of(name).delete(handler),
    count: () => [...handlers.values()].reduce((total, all) => total + all.size, 0),
    ...parts,
  };
}
