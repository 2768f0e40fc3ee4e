// What is written on the bars, by a canvas that notes the words and draws nothing.
import assert from "node:assert/strict";
import test from "node:test";

import { paintBars } from "../../mnist_tutorial/widgets/shared/bars.js";

// The words above the bars, not the digits below them.
function wordsOn(values, sums) {
  const words = [];
  const ctx = {
    clearRect() {}, fillRect() {},
    fillText(text) { if (ctx.textBaseline === "bottom") words.push(text); },
  };
  paintBars({ ctx }, values, { sums, ink: {} });
  return words;
}

test("a probability below one in a hundred is not written, but that of the best is", () => {
  const values = [0.015, 0.0099, 0.01, 0.9, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(wordsOn(values, false), ["1.5", "1.0", "90.0"]);
});

test("of sums, which have no common scale, only the best is written", () => {
  const values = [3, -2, 0.5, 1, 0, 0, 0, 0, 0, 0];
  assert.equal(wordsOn(values, true).length, 1);
});

test("nobody is called quite sure, and the number of the first bar is not cut off", () => {
  const places = [];
  const ctx = { clearRect() {}, fillRect() {},
    fillText(text, x) { if (ctx.textBaseline === "bottom") places.push([text, x]); } };
  paintBars({ ctx }, [0.9998, ...Array(9).fill(0)], { sums: false, ink: {} });
  assert.deepEqual(places, [[">99.9", 16.5]]);
});

test("with nothing to read nothing is written", () => {
  assert.deepEqual(wordsOn([], false), []);
});
