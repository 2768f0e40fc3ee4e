import assert from "node:assert/strict";
import { mock, test } from "node:test";

import {
  floatsOf, PYTHON_GONE, pythonAsker,
} from "../../mnist_tutorial/widgets/shared/python.js";
import { fakeModel } from "./support.mjs";

// A view that asks: the sentences that it was told, and Python's end of the line.
function conversation(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [], sentences = [];
  const model = fakeModel({ send: (content, _, buffers) => sent.push({ content, buffers }) });
  const asker = pythonAsker(model, (why) => sentences.push(why));
  t.after(() => {
    asker.stop();
    assert.equal(model.count(), 0);
    mock.timers.tick(10_000);
    assert.deepEqual(sentences, []);
    mock.timers.reset();
  });
  return { model, asker, sent, sentences };
}

test("a question without an answer is told once the patience ends", (t) => {
  const { asker, sentences } = conversation(t);
  asker.ask({});
  mock.timers.tick(9_999);
  asker.settle(); // the answer came in time
  mock.timers.tick(10_000);
  assert.deepEqual(sentences, []);
  asker.ask({});
  mock.timers.tick(10_000);
  assert.match(sentences.pop(), /^No answer yet/);
  mock.timers.tick(10_000);
  assert.deepEqual(sentences, []);
});

test("each answer goes to its own question, once, also when it comes late", (t) => {
  const { model, asker, sent, sentences } = conversation(t);
  const answers = { one: [], two: [] };
  const ask = (name, buffers) => asker.ask({ name },
    { buffers, answered: (...answer) => answers[name].push(answer) });
  const first = ask("one", ["bytes"]), second = ask("two");
  assert.notEqual(first, second);
  assert.deepEqual(sent, [{ content: { id: first, name: "one" }, buffers: ["bytes"] },
    { content: { id: second, name: "two" }, buffers: [] }]);
  const later = { id: second, value: 2 }, sooner = { id: first, value: 1 };
  model.fire("msg:custom", later, ["image"]);
  mock.timers.tick(10_000);
  assert.match(sentences.pop(), /^No answer yet/); // of the first alone
  assert.deepEqual(sentences, []);
  for (const id of ["another view's", undefined]) model.fire("msg:custom", { id });
  for (let k = 0; k < 2; k++) model.fire("msg:custom", sooner);
  assert.deepEqual(answers, { one: [[sooner, []]], two: [[later, ["image"]]] });
  asker.answer(ask("one")); // by a trait
  assert.deepEqual(answers.one[1], []);
});

test("when the kernel restarts, who asked is told, and once more all who care", (t) => {
  const { model, asker, sentences } = conversation(t);
  const mine = [];
  asker.ask({});
  asker.ask({});
  asker.ask({}, { failed: (why) => mine.push(why) });
  model.fire("comm_live_update");
  assert.deepEqual([sentences.splice(0), mine], [[PYTHON_GONE], [PYTHON_GONE]]);
  model.fire("comm_live_update"); // unasked
  assert.equal(sentences.pop(), PYTHON_GONE);
});

test("an error in Python ends what is asked, and tells nobody else", (t) => {
  const { model, asker, sentences } = conversation(t);
  model.set("message", "Too large.");
  assert.deepEqual(sentences, []);
  asker.ask({});
  model.set("message", "");
  assert.deepEqual(sentences, []);
  model.set("message", "Too small.");
  assert.match(sentences.pop(), /^Python could not answer/);
});

test("a question that cannot be sent says at once that Python is gone", (t) => {
  const { model, asker, sentences } = conversation(t);
  model.send = () => { throw new Error("Cannot send"); };
  asker.ask({});
  assert.equal(sentences.pop(), PYTHON_GONE);
});

test("numbers are read wherever in a message their bytes begin", () => {
  const numbers = Float32Array.from([1.5, -2]), around = new Uint8Array(11);
  around.set(new Uint8Array(numbers.buffer), 3);
  assert.deepEqual(floatsOf(new DataView(around.buffer, 3, 8)), numbers);
  assert.deepEqual(floatsOf(numbers.buffer), numbers);
  assert.deepEqual(floatsOf(null), new Float32Array());
});
