import assert from "node:assert/strict";
import { test } from "node:test";

import {
  choiceForm, linesForm, valueForm,
} from "../../mnist_tutorial/widgets/page/forms.js";
import { click, find, outline, set } from "./page.mjs";
import { compare } from "./session.mjs";

const CHOICE = { key: "k", claims: ["one", "two"], reasons: ["so", "so not"] };
const LINES = { head: "def f():", lines: { A: "a", B: "b" }, blanks: ["x", "y"] };

// How each form is filled in, and what it then answers.
const FORMS = [
  { form: () => valueForm("Number"), empty: "", full: "7",
    fill: (element) => set(find(element, "Number"), "7") },
  { form: () => choiceForm(CHOICE), empty: { claim: undefined, reason: NaN },
    full: { claim: "B", reason: 1 }, fill: (element) => {
      element.querySelector('input[value="B"]').checked = true;
      element.querySelector('input[value="1"]').checked = true;
    } },
  { form: () => linesForm(LINES), empty: { letters: "", blanks: ["", ""] },
    full: { letters: "BA", blanks: ["", ""] }, fill: (element) => {
      for (const line of "ba") click(find(element, `use or leave out: ${line}`));
    } },
];

test("a form that was filled in answers that", () => {
  for (const { form, empty, full, fill } of FORMS) {
    const { element, answer } = form();
    assert.deepEqual(answer(), empty);
    fill(element);
    assert.deepEqual(answer(), full);
  }
});

test("a value that was cleared is none, and can be written again", () => {
  const { form, fill, full } = FORMS[0], { element, answer, clear } = form();
  for (let k = 0; k < 2; k++) {
    fill(element);
    assert.equal(answer(), full);
    clear();
    assert.equal(answer(), "");
  }
});

test("each form looks as its list keeps, with all its labels", () => {
  const lines = FORMS.flatMap(({ form, fill }) => {
    const { element } = form(), before = outline(element);
    fill(element);
    return ["# empty", ...before, "# filled in", ...outline(element)];
  });
  compare("page_forms", lines.join("\n") + "\n");
});

test("a claim has a letter and a reason a number, each with its words", () => {
  const { element } = choiceForm(CHOICE);
  const options = element.querySelectorAll("input").map((one) =>
    [one.value, one.name ?? one.getAttribute("name"), one.parent.textContent]);
  assert.deepEqual(options, [["A", "k claim", " one"], ["B", "k claim", " two"],
    ["1", "k reason", " so"], ["2", "k reason", " so not"]]);
});
