import assert from "node:assert/strict";
import { test } from "node:test";

import { ANSWERS } from "../../mnist_tutorial/widgets/page/answers.js";
import { newModel } from "../../mnist_tutorial/widgets/page/model.js";
import { floatsOf } from "../../mnist_tutorial/widgets/shared/python.js";
import { close, expected } from "./support.mjs";

const { cases: CASES, states: STATES } = expected("page_answers");

// What a page answers to a question; `heard` are its messages, `set` its traits.
async function asked({ widget, traits: others, asked: question }) {
  const traits = { ...STATES[widget], ...others }, heard = [], busy = [];
  const model = newModel(traits, () => {});
  model.on("msg:custom", (content, buffers) => heard.push({ content, buffers }));
  model.on("change:busy", () => busy.push(model.get("busy")));
  await ANSWERS[widget](model, question);
  return { model, heard, busy };
}

const casesOf = (widget, kind = null) =>
  CASES.filter((one) => one.widget === widget && (!kind || one.asked.kind === kind));

function sameChange(actual, right) {
  for (const name of ["before", "after", "difference"]) close(actual[name], right[name], 1e-9);
  for (const name of ["lost", "gained", "total"]) assert.equal(actual[name], right[name]);
}

test("another filter, or all turned, changes the readings as in PyTorch", async () => {
  for (const one of casesOf("KernelBench")) {
    const { model, busy } = await asked(one), { what, ...right } = one.answer;
    assert.equal(model.get("result").what, what);
    sameChange(model.get("result"), right);
    assert.deepEqual(busy, [true, false]);
  }
});

test("channels that are off change the readings as in PyTorch", async () => {
  for (const one of casesOf("NetworkLens", "accuracy")) {
    const { heard: [{ content, buffers }] } = await asked(one);
    assert.deepEqual([content.id, content.kind], [one.asked.id, "accuracy"]);
    sameChange(content, one.answer);
    assert.deepEqual(buffers, []);
  }
});

test("after each 40 ms of reckoning the page has its turn", async (t) => {
  const [one] = casesOf("NetworkLens", "accuracy"), { total } = one.answer;
  let clock = 0, step = 0;
  t.mock.method(performance, "now", () => { clock += step; return clock; });
  const turns = t.mock.method(globalThis, "setTimeout").mock;
  await asked(one);
  assert.equal(turns.callCount(), 0);
  step = 20; // ms from one look at the clock to the next: the third digit ends a turn
  await asked(one);
  assert.equal(turns.callCount(), 2 * total / 3); // before and after
});

test("what excites a channel most is what PyTorch finds", async () => {
  for (const one of casesOf("NetworkLens", "strongest")) {
    const { heard: [{ content, buffers }] } = await asked(one);
    const { values, images, ...places } = one.answer;
    assert.deepEqual([content.id, content.kind], [one.asked.id, "strongest"]);
    for (const [name, right] of Object.entries(places)) assert.deepEqual(content[name], right);
    close(content.values, values);
    close(floatsOf(buffers[0]), images);
  }
});

test("a value of PyTorch's own is refused, with a reason", async () => {
  const [one] = casesOf("NetworkLens");
  const { heard } = await asked({ ...one, asked: { kind: "value", id: "mine 3" } });
  assert.deepEqual(heard.map(({ content }) => content),
    [{ id: "mine 3", refused: "in the notebook only: it takes PyTorch." }]);
});

test("with a patch over each pixel the sums are PyTorch's", async () => {
  for (const one of casesOf("ConfusionExplorer")) {
    const { model } = await asked(one);
    close(floatsOf(model.get("covered")), one.answer.covered);
    assert.equal(model.get("covered_key"), one.answer.key);
  }
});

test("what a step costs was measured before", async () => {
  const traits = { costs: [], progress: "", page_costs: [{ name: "crop" }],
    page_progress: "of 500 digits" };
  const { model } = await asked({ widget: "DigitClinic", traits, asked: { kind: "cost" } });
  assert.deepEqual([model.get("costs"), model.get("progress")],
    [traits.page_costs, traits.page_progress]);
});
