import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BLACK, colourOf, GREY, MEAN, readableOn, SIGNED, STD, WHITE,
} from "../../mnist_tutorial/widgets/shared/colours.js";
import { chain, listen, mount } from "../../mnist_tutorial/widgets/shared/dom.js";
import {
  argmax, number, numberFault, percent, probability, signedNumber, softmax,
} from "../../mnist_tutorial/widgets/shared/numbers.js";
import { page, press } from "./page.mjs";
import { close, expected, fakeModel, row } from "./support.mjs";

test("numbers have a true minus sign and no negative zero", () => {
  assert.equal(number(-1.005, 1), "\u22121.0");
  assert.equal(number(-0.004), "0.00");
  assert.equal(number(NaN), "not a number");
  assert.equal(number(-Infinity), "infinite");
  assert.equal(signedNumber(0.5), "+0.50");
  assert.equal(signedNumber(0.001), "0.00");
  assert.equal(signedNumber(-0.5, 1), "\u22120.5");
  assert.equal(percent(0.98765), "98.8 %");
});

test("a probability is written as Python writes it, and never as 0 or 100 %", () => {
  const { chances, words } = expected("shared");
  assert.deepEqual(chances.map(probability), words);
  assert.deepEqual([0, 0.0625, 0.99964, 1, NaN].map(probability),
    ["<0.1 %", "6.3 %", ">99.9 %", ">99.9 %", "not a number"]);
});

test("what is no number between its ends is told in one sentence", () => {
  const whole = { low: 1, high: 9, whole: true, kept: 3 };
  for (const right of ["1", " 9 ", "4"]) assert.equal(numberFault(right, whole), "");
  assert.equal(numberFault("2.5", whole),
    '"2.5" is not a whole number from 1 to 9; 3 still holds.');
  assert.equal(numberFault("", whole),
    "An empty field is not a whole number from 1 to 9; 3 still holds.");
  const real = { low: -9, high: 9, kept: -0.5 };
  for (const right of ["-8,5", "\u22128.5", "1e-2"]) assert.equal(numberFault(right, real), "");
  for (const wrong of ["abc", "-9.1", "10", "Infinity", "NaN"]) {
    assert.equal(numberFault(wrong, real),
      `"${wrong}" is not a number from \u22129 to 9; \u22120.5 still holds.`);
  }
});

test("softmax is PyTorch's, also where the powers would overflow", () => {
  const { logits, probs } = expected("shared");
  for (let i = 0; i < 4; i++) close(softmax(row(logits, i, 10)), row(probs, i, 10), 1e-6);
  assert.deepEqual(softmax([1000, 1000]), [0.5, 0.5]);
});

test("grey levels are those of data.py, and black and white their ends", () => {
  const { mean, std } = expected("shared");
  assert.deepEqual([MEAN, STD], [mean, std]);
  close([BLACK, WHITE], [-0.42421, 2.82149], 1e-5);
});

test("the first of several largest wins", () => {
  assert.equal(argmax([1, 3, 3, 2]), 1);
});

test("colours run from end to end and stay there beyond", () => {
  assert.equal(colourOf(GREY, -5, 0, 1), "rgb(0 0 0)");
  assert.equal(colourOf(GREY, 5, 0, 1), "rgb(255 255 255)");
  assert.equal(colourOf(SIGNED, 1, -1, 1), "rgb(103 0 31)"); // positive is red
  assert.equal(colourOf(SIGNED, -1, -1, 1), "rgb(5 48 97)");
  assert.equal(colourOf(GREY, NaN, 0, 1), "rgb(0 0 0)");
  assert.equal(colourOf(GREY, 3, 3, 3), "rgb(0 0 0)"); // nothing between the ends
});

test("words on a colour are black or white, whichever stands out", () => {
  const words = [0, 0.4, 0.5, 1].map((value) => readableOn(GREY, value, 0, 1));
  assert.deepEqual(words, ["#fff", "#fff", "#000", "#000"]);
});

test("what is listened to can be left, alone and in a chain", () => {
  const model = fakeModel(), heard = [];
  const one = listen(model, ["a", "b"], () => heard.push("one"));
  const two = listen(model, ["a"], () => heard.push("two"));
  model.fire("change:a");
  model.fire("change:b");
  assert.deepEqual(heard, ["one", "two", "one"]);
  chain(one, two)();
  assert.equal(model.count(), 0);
});

test("of the keys in a widget only Ctrl+S and Cmd+S are the notebook's", (t) => {
  const el = document.createElement("div"), passedOn = [];
  let isTaken = true;
  document.body.append(el);
  t.after(() => el.remove());
  el.dispatchEvent = (event) => { passedOn.push(event); return !isTaken; };
  const root = mount(fakeModel({ message: "" }), el, "Name", "label");
  page.reached = page.prevented = 0;
  for (const key of ["s", "S", "b", "Control+b", "Shift+S", "Alt+s"]) press(root, key);
  root.fire("keydown", { key: "s", keyCode: 83, ctrlKey: true, altKey: true });
  assert.deepEqual([passedOn, page.reached, page.prevented], [[], 0, 0]);
  for (const [key, ctrlKey, metaKey] of [["Control+s", true, false], ["Meta+S", false, true]]) {
    isTaken = ctrlKey;
    press(root, key);
    const { type, bubbles, cancelable, ...event } = passedOn.pop();
    assert.deepEqual([type, bubbles, cancelable], ["keydown", true, true]);
    assert.deepEqual([event.key, event.ctrlKey, event.metaKey, event.shiftKey],
      [key.at(-1), ctrlKey, metaKey, false]);
  }
  root.fire("keydown", { key: "\u044b", keyCode: 83, ctrlKey: true }); // Cyrillic
  assert.equal(passedOn.pop().keyCode, 83);
  // A page without a notebook leaves the key to the browser.
  assert.deepEqual([page.reached, page.prevented], [0, 1]);
});
