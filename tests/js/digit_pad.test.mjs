import assert from "node:assert/strict";
import { test } from "node:test";

import { movedImage, reorderedImage } from "../../mnist_tutorial/widgets/digit_pad.js";
import { BLACK } from "../../mnist_tutorial/widgets/shared/colours.js";

const image = Float32Array.from({ length: 784 }, (_, k) => k);
const black = Math.fround(BLACK);

test("a moved image comes in black at one side and is cut off at the other", () => {
  const moved = movedImage(image, 2, -3);
  assert.equal(moved[0 * 28 + 2], 3 * 28); // row 3, column 0 has come here
  assert.equal(moved[24 * 28 + 27], 27 * 28 + 25);
  const came = moved.filter((value) => value === black);
  assert.equal(came.length, 784 - 25 * 26);
  assert.deepEqual(movedImage(image, 0, 0), image);
  assert.ok(movedImage(image, 30, 0).every((value) => value === black));
});

test("pixel k of a shuffled image is pixel order[k]", () => {
  const order = Array.from({ length: 784 }, (_, k) => (k * 5) % 784);
  assert.deepEqual(Array.from(reorderedImage(image, order)), order);
});
