import assert from "node:assert/strict";
import { test } from "node:test";

import {
  judgeCompute, judgeDecide, judgeOrder, judgePredict,
} from "../../mnist_tutorial/widgets/page/judge.js";
import { expected } from "./support.mjs";

const ALL = expected("page_judged");
const STATUS = { "right": "right", "not yet": "wrong" };

// Each answer to an exercise of one kind: its entry, the answer, and the kit's verdict.
function* answersOf(wanted) {
  for (const { entry, answers } of ALL.filter((one) => one.entry.kind === wanted)) {
    for (const [given, status, text] of answers) {
      yield { entry, given, status: STATUS[status], text, name: `${entry.key}: ${given}` };
    }
  }
}

test("a computed answer is judged as by the kit", () => {
  for (const { entry, given: [text, variant], name, ...kit } of answersOf("compute")) {
    const { status, text: said } = judgeCompute(entry, text, variant);
    assert.equal(status, kit.status, name);
    if (/a shape with one axis/.test(kit.text)) continue; // the kit's words go on
    assert.equal(said, kit.text, name);
  }
});

test("a claim and its reason are judged as by the kit", () => {
  for (const { entry, given: [claim, reason], status, text, name } of answersOf("decide")) {
    assert.deepEqual(judgeDecide(entry, { claim, reason }), { status, text }, name);
  }
});

test("lines in an order that the kit knows are judged as by the kit", () => {
  for (const { entry, given: [letters, ...blanks], status, text, name } of answersOf("order")) {
    assert.deepEqual(judgeOrder(entry, { letters, blanks }), { status, text }, name);
  }
});

test("a prediction is met or not, and a usual guess explained, as by the kit", () => {
  const sentences = (text) => text.split(/(?<=\.)\s+/);
  for (const { entry, given, status, text, name } of answersOf("predict")) {
    const verdict = judgePredict(entry, given);
    assert.equal(verdict.status, status, name);
    const kit = sentences(text); // which says how far off it is, too
    for (const one of sentences(verdict.text)) assert.ok(kit.includes(one), `${name}: ${one}`);
    const known = entry.diagnoses.filter(([, said]) => text.includes(said));
    for (const [, said] of known) assert.ok(verdict.text.includes(said), name);
  }
});

const NUMBER = { tolerance: 0, variants: [{ truth: 16, diagnoses: [] }] };
const SHAPE = { tolerance: 0, variants: [{ truth: [49], diagnoses: [] }] };
const PAIR = { tolerance: 0, variants: [{ truth: [3, 5], diagnoses: [[[5, 3], ["Turned."]]] }] };

test("a wrong number is too large or too small, and nothing else is", () => {
  const said = (entry, text) => judgeCompute(entry, text, 0).text;
  assert.equal(said(NUMBER, "17"), "Not yet: 17 is too large.");
  assert.equal(said(NUMBER, "15.5"), "Not yet: 15.5 is too small.");
  assert.equal(said(NUMBER, "(16)"), "Right: 16.");
  assert.equal(said(NUMBER, "[17]"), "Not yet: 17 is too large.");
  assert.equal(said(NUMBER, "(17, 2)"), "Not yet: (17, 2) is not it.");
  assert.equal(said(PAIR, "4"), "Not yet: 4 is not it.");
  assert.equal(said(PAIR, "(3, 6)"), "Not yet: (3, 6) is not it.");
  assert.match(said(SHAPE, "49"), /a shape with one axis is written \(49,\)/);
  assert.equal(said(SHAPE, "(50,)"), "Not yet: (50,) is not it.");
});

test("the order of a tuple counts, that of a set does not, and neither is the other", () => {
  assert.equal(judgeCompute(PAIR, "(5, 3)", 0).text, "Not yet. Turned.");
  assert.equal(judgeCompute(PAIR, "{3, 5}", 0).text, "Not yet: {3, 5} is not it.");
  const set = { tolerance: 0, variants: [{ truth: { set: [3, 5] }, diagnoses: [] }] };
  assert.equal(judgeCompute(set, "{5, 3}", 0).text, "Right: {3, 5}.");
  assert.equal(judgeCompute(set, "(3, 5)", 0).text, "Not yet: (3, 5) is not it.");
});

test("who answers nothing, or no answer, is told what is expected", () => {
  const { status, text } = judgeCompute(NUMBER, " ", 0);
  assert.deepEqual([status, text], ["nothing", "Nothing yet: write your answer first."]);
  assert.match(judgeCompute(NUMBER, "(1, 2", 0).text, /^A number, or a tuple/);
  for (const half of [{ claim: "A", reason: NaN }, { claim: undefined, reason: 1 }]) {
    assert.equal(judgeDecide({}, half).status, "nothing");
  }
  const order = { orders: ["AB"], blanks: ["x + 1"], diagnoses: [] };
  assert.deepEqual(judgeOrder(order, { letters: "", blanks: ["x"] }),
    { status: "nothing", text: "Nothing yet: use some of the lines." });
  assert.deepEqual(judgeOrder(order, { letters: "AB", blanks: [""] }),
    { status: "nothing", text: "Nothing yet: fill the blanks." });
});

test("what only Python can judge of an order is said so", () => {
  const order = { orders: ["AB", "BA"], blanks: ["x + 1", "n"], diagnoses: [] };
  const of = (letters, ...blanks) => judgeOrder(order, { letters, blanks });
  assert.equal(of("BA", "x+1", " n").status, "right"); // spaces do not count
  assert.match(of("AB", "1 + x", "n").text, /^The lines are in a right order/);
  assert.match(of("A", "x + 1", "n").text, /^Not yet: these lines/);
});

test("where a set is asked for, one number or several make one", () => {
  const of = (truth, text) => judgePredict({ truth: { set: truth }, unit: "", near: 0,
    diagnoses: [[{ set: [3, 9] }, "A 9 is none."]] }, text);
  assert.equal(of([7], "7").text, "Met: you predicted {7}, and it is {7}.");
  for (const text of ["{8, 3}", "8, 3", "(3, 8)", "[8, 3, 8]"]) {
    assert.equal(of([3, 8], text).status, "right", text);
  }
  assert.equal(of([3, 8], "9, 3").text,
    "Not met: you predicted {9, 3}, and it is {3, 8}. A 9 is none.");
  for (const text of ["relu", "{relu}", "(3, 8"]) {
    assert.deepEqual(of([3, 8], text),
      { status: "nothing", text: "A guess is a set of numbers, as in {1, 2} here." });
  }
});

test("a guess must be of the kind that is asked for", () => {
  const entry = (truth) => ({ truth, unit: "", near: 0, diagnoses: [] });
  const pair = "A guess is 2 numbers in brackets, as in (1, 2), here.";
  const wanted = [[16, "a word", "A guess is a number here."],
    [16, "(1, 2)", "A guess is a number here."],
    [true, "1", "A guess is True or False here."], ["relu", "3", "A guess is a word here."],
    [[1, 2], "relu", pair], [[1, 2], "(a, b)", pair], [[1, 2], "(1, 2, 3)", pair],
    [[1, 2], "{1, 2}", pair],
    [16, "(1", "A guess is a number here."], [16, "", "Nothing yet: write your guess first."]];
  for (const [truth, text, said] of wanted) {
    assert.deepEqual(judgePredict(entry(truth), text), { status: "nothing", text: said }, text);
  }
  assert.equal(judgePredict(entry([3, 8]), "(8, 3)").status, "wrong");
  const near = { ...entry(100), near: 0.1, unit: " %" };
  assert.equal(judgePredict(near, "95").text, "Met: you predicted 95 %, and it is 100 %.");
  assert.equal(judgePredict(near, "80").text, "Not met: you predicted 80 %, and it is 100 %.");
});
