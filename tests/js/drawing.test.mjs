import assert from "node:assert/strict";
import { test } from "node:test";

import { prepareDrawing } from "../../mnist_tutorial/widgets/shared/drawing.js";
import { sum } from "../../mnist_tutorial/widgets/shared/numbers.js";
import { close, expected } from "./support.mjs";

const drawings = expected("drawing");

test("a drawing is prepared as in Python", () => {
  assert.ok(drawings.length >= 50);
  for (const { sheet, size: [height, width], switches, image } of drawings) {
    const result = prepareDrawing(sheet, height, width, switches);
    close(result.normalised, image, 1e-5, JSON.stringify([height, width, switches]));
  }
});

test("an empty drawing is black and says so", () => {
  const drawing = prepareDrawing(new Float32Array(784), 28, 28);
  assert.equal(drawing.empty, true);
  assert.equal(sum(drawing.image), 0);
});
