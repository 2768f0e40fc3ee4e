import assert from "node:assert/strict";
import { mock, test } from "node:test";

import {
  curvesOf, firstMaps, kernelsOf, lookedAt, topOf,
} from "../../mnist_tutorial/widgets/training_monitor/curves.js";
import { ask, newQuestions } from "../../mnist_tutorial/widgets/training_monitor/questions.js";
import { changeSettings } from "../../mnist_tutorial/widgets/training_monitor/settings.js";
import {
  differentText, fine, firstLossText, paceText, progressTexts, rateOf,
} from "../../mnist_tutorial/widgets/training_monitor/words.js";
import { close, expected, fakeModel } from "./support.mjs";

const { filters, image, maps, curves } = expected("training_monitor");

test("the maps of the first convolution are PyTorch's", () => {
  close(firstMaps(filters, image), maps);
});

test("kernels are the weights without the biases", () => {
  const kernels = kernelsOf(filters);
  assert.equal(kernels.length, 9 * 32);
  assert.deepEqual(kernels.subarray(9, 18), filters.subarray(10, 19));
});

test("both curves come apart into rows of step, mean, lowest, highest", () => {
  const [a, b] = curves.map((curve) => curve.length / 4);
  const joined = Float32Array.from([...curves[0], ...curves[1]]);
  const result = curvesOf(joined, [a, b]);
  assert.deepEqual(result.map((rows) => rows.length), [a, b]);
  result.forEach((rows, k) => {
    assert.deepEqual(rows.flatMap((one) => [...one]), [...curves[k]]);
    for (const [, mean, low, high] of rows) assert.ok(low <= mean && mean <= high);
  });
  assert.deepEqual(curvesOf(new Float32Array(0), [0, 0]), [[], []]);
});

test("the axis shows all means and validations, but no loss above 12", () => {
  const lanes = [{ checks: [[50, 2.7, 0.1]] }, { checks: [[50, null, 0.1]] }];
  close([topOf(lanes, [[], []])], [2.7 * 1.06], 1e-9);
  close([topOf(lanes, [[[1, 3, 2, 99]], []])], [3 * 1.06], 1e-9);
  assert.equal(topOf(lanes, [[[1, 80, 2, 99]], []]), 12);
  close([topOf([{ checks: [] }, { checks: [] }], [[], []])], [2.6 * 1.06], 1e-9);
});

test("looking back finds the snapshot of a step, or the last before it", () => {
  const marks = [0, 10, 20];
  const result = [0, 9, 10, 20, 21, null].map((step) => lookedAt(marks, step));
  assert.deepEqual(result, [0, 0, 1, 2, 3, 3]);
});

test("a first loss near ln 10 is good", () => {
  assert.deepEqual(firstLossText(null), { text: "", good: true });
  assert.equal(firstLossText(2.31).text, "first loss 2.31: near ln 10");
  assert.deepEqual(firstLossText(4.6), { good: false,
    text: "first loss 4.60: not near ln 10" });
});

test("only networks of one age are compared", () => {
  assert.match(differentText({ checked: [-1, -1] }), /from their first evaluation on\.$/);
  assert.match(differentText({ checked: [50, -1] }), /A was .* 50 steps, B not yet\.$/);
  const text = differentText({ checked: [50, 50], count: 3, of: 1000 });
  assert.match(text, /read 3 of 1,000 validation digits differently\. Some of them:$/);
});

test("the pace is that of the last moments, and tells when validation comes", () => {
  assert.equal(rateOf([]), 0);
  assert.equal(rateOf([{ at: 0, steps: 0 }, { at: 499, steps: 9 }]), 0);
  const rate = rateOf([{ at: 1000, steps: 20 }, { at: 1500, steps: 25 },
    { at: 3000, steps: 50 }]);
  assert.equal(rate, 15);
  assert.equal(paceText(rate, 110, 50), "15 steps/s, next validation in about 3 s");
  assert.equal(paceText(2.25, 100, 50), "2.3 steps/s, next validation in about 23 s");
  assert.equal(paceText(0, 100, 50), "");
});

test("what a lane tells is a line each: the step, the last validation, the look", () => {
  const lane = { steps: 60, last: 0.5, recent: 0.75, look: null, checks: [] };
  assert.deepEqual(progressTexts(lane), ["step 60: loss 0.500, mean of the last 20: 0.750"]);
  const checks = [[0, 2.3, 0.1], [50, null, 0.875]], look = [60, -0.02, -0.01];
  const [, checked, looked] = progressTexts({ ...lane, checks, look });
  assert.equal(checked, "on validation after 50: loss not a number, accuracy 87.5 %");
  assert.match(looked, /changed by \u22120\.0100; .* predicts \u22120\.0200$/);
});

test("a small difference has as many digits as it needs", () => {
  assert.deepEqual([0.5, -0.00012, 0, null].map(fine),
    ["+0.5000", "\u22120.00012", "0.0000", "no finite number"]);
});

// Clicks to a Python that hears or refuses when it is told to: what was sent, and the
// sentence that is shown.
function clicks(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [], shown = { text: "", gone: 0 };
  const model = fakeModel({ send: (content) => sent.push(content) });
  const questions = newQuestions(model, (text) => { shown.text = text; },
    () => { shown.gone += 1; });
  t.after(() => {
    questions.stop();
    assert.equal(model.count(), 0);
    shown.text = "";
    mock.timers.tick(20_000);
    assert.equal(shown.text, "");
    mock.timers.reset();
  });
  const hear = ({ id }) => model.set("heard", id);
  const refuse = (content) => { model.set("message", "No."); hear(content); };
  return { model, questions, sent, shown, hear, refuse };
}

test("a click that is not heard says so, until all are", (t) => {
  const { questions, sent, shown, hear } = clicks(t);
  const done = [];
  for (const name of ["start", "step"]) {
    ask(questions, { do: name }, () => done.push(name));
  }
  mock.timers.tick(299);
  assert.equal(shown.text, "");
  mock.timers.tick(1);
  assert.match(shown.text, /^Waiting for the running cell/);
  hear(sent[0]);
  assert.match(shown.text, /^Waiting for the running cell/);
  mock.timers.tick(10_000);
  assert.match(shown.text, /^No answer yet/);
  hear(sent[1]); // late, and still an answer
  hear(sent[1]);
  assert.equal(shown.text, "");
  assert.deepEqual(done, ["start", "step"]);
});

test("a click that Python refuses is over, once", (t) => {
  const { questions, sent, shown, refuse } = clicks(t);
  let done = 0;
  ask(questions, { do: "start" }, () => { done += 1; });
  refuse(sent[0]);
  mock.timers.tick(300);
  assert.deepEqual([done, shown.text, shown.gone], [1, "", 0]);
});

test("where Python has ended, clicks are forgotten", (t) => {
  const { model, questions, shown } = clicks(t);
  ask(questions, { do: "start" }, () => assert.fail("it was not heard"));
  model.fire("comm_live_update");
  mock.timers.tick(300);
  assert.match(shown.text, /^Python was restarted or shut down/);
  assert.equal(shown.gone, 1);
});

test("of many changes one is under way, and the last of each follows it", (t) => {
  const { questions, sent, hear, refuse } = clicks(t);
  /** @type {any} */
  const settings = { questions, next: null, pending: {} };
  changeSettings(settings, {}, "lr");
  for (const lr of [0.1, 0.2, 0.3]) changeSettings(settings, { lr: [lr, 1] });
  changeSettings(settings, {}, "bug");
  changeSettings(settings, { momentum: [0, 0] });
  assert.equal(sent.length, 1);
  refuse(sent[0]); // what follows is asked for all the same
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1].values, { lr: [0.3, 1], momentum: [0, 0] });
  assert.equal(sent[1].unlocked, "bug");
  hear(sent[1]);
  assert.equal(sent.length, 2);
  assert.equal(settings.next, null);
});
