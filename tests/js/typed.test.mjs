import assert from "node:assert/strict";
import { test } from "node:test";

import {
  answerText, readAnswer, sameAnswer,
} from "../../mnist_tutorial/widgets/page/typed.js";

const READ = [
  ["16", "number", 16], [" \u22122.5 ", "number", -2.5], ["1/4", "number", 0.25],
  ["(600, 8)", "tuple", [600, 8]], ["600, 8", "tuple", [600, 8]], ["(49,)", "tuple", [49]],
  ["{3, 5}", "set", { set: [3, 5] }], ["{3, 5, 3}", "set", { set: [3, 5] }],
  ["({3}, 5)", "tuple", [{ set: [3] }, 5]], ["True", "truth", true], ['"logistic"', "word", "logistic"],
  ["((2, 3), (4,), 5)", "tuple", [[2, 3], [4], 5]],
  ["(2, 3), 4", "tuple", [[2, 3], 4]], ["as it is", "word", "as it is"],
  ['(8, "error")', "tuple", [8, "error"]],
];

test("an answer is read as Python reads it, and a little more", () => {
  for (const [text, kind, value] of READ) {
    assert.deepEqual(readAnswer(text), { kind, value }, text);
  }
  assert.equal(readAnswer("  ").kind, "none");
  for (const text of ["(1, 2", "1)", "(1, 2]"]) assert.equal(readAnswer(text).kind, "fault");
});

test("numbers agree nearly, words in any case, sets in any order", () => {
  assert.ok(sameAnswer(1.004, 1, 0.01) && !sameAnswer(1.02, 1, 0.01));
  assert.ok(sameAnswer("Logistic", "logistic"));
  const set = (...parts) => ({ set: parts });
  assert.ok(sameAnswer(set(10, 9, 1), set(1, 9, 10)) && !sameAnswer([5, 3], [3, 5]));
  assert.ok(sameAnswer(set(5, 3.01), set(3, 5), 0.01) && !sameAnswer(set(3), set(3, 5)));
  assert.ok(!sameAnswer(set(3, 5), [3, 5]) && !sameAnswer([3, 5], set(3, 5)));
  assert.ok(!sameAnswer([1], [1, 2]) && !sameAnswer("1", 1));
});

test("an answer is written as Python writes it", () => {
  assert.equal(answerText([49]), "(49,)");
  assert.equal(answerText([600, [8, true]]), "(600, (8, True))");
  assert.equal(answerText(2.302585), "2.303");
  assert.equal(answerText({ set: [2, 10] }), "{2, 10}");
});
