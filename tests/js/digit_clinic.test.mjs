import assert from "node:assert/strict";
import { test } from "node:test";

import { stepPictures } from "../../mnist_tutorial/widgets/digit_clinic.js";
import { close, expected } from "./support.mjs";

const { steps, cases } = expected("digit_clinic");

test("each step's picture equals Python's for every setting of the switches", () => {
  assert.ok(cases.length > 5 * 32);
  for (const { sheet, size: [height, width], switches, pictures } of cases) {
    const result = stepPictures(sheet, height, width, switches);
    assert.deepEqual(result.map(({ name }) => name), ["sheet", ...steps]);
    assert.deepEqual(result[0].values, sheet);
    for (const { name, rows, columns, values } of result) {
      const right = pictures[name];
      if (!right) continue;
      const where = `${name} of ${height} × ${width}, ${JSON.stringify(switches)}`;
      assert.deepEqual([rows, columns], right.size, where);
      close(values, right.values, 1e-4, where);
    }
  }
});

test("an empty sheet has no step after invert", () => {
  const everything = Object.fromEntries(steps.map((name) => [name, true]));
  for (const invert of [true, false]) {
    const switches = { ...everything, invert };
    const result = stepPictures(new Float32Array(81).fill(1), 9, 9, switches);
    assert.deepEqual(result.map(({ name }) => name), ["sheet", "invert"]);
  }
});
