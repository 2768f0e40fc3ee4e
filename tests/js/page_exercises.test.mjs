import assert from "node:assert/strict";
import { test } from "node:test";

import { showExercises } from "../../mnist_tutorial/widgets/page/exercises.js";
import { click, find, outline, page, press, set } from "./page.mjs";
import { compare } from "./session.mjs";

const HINTS = { hints: ["Look.", "Closer.", "There."] };
const ENTRIES = [
  { ...HINTS, kind: "compute", key: "weights_of_it", tolerance: 0, variants: [
    { task: "Take `3`.", truth: 9, diagnoses: [[6, ["Doubled."]]], working: "3 × 3" },
    { task: "Take `4`.", truth: 16, diagnoses: [], working: "4 × 4" }] },
  { ...HINTS, kind: "decide", key: "which", task: "Which?", claims: ["it is", "it is not"],
    reasons: ["of this", "of that", "of both"], right: ["B", 3],
    diagnoses: [["A", 1, "No."], ["B", 1, "Nearly."]], solution: "Both.\n\nex.which(\"B\", 3)" },
  { ...HINTS, kind: "order", key: "lines", task: "Order.", head: "def f(x):",
    lines: { A: "y = __1__", B: "return y", C: "pass" }, orders: ["AB"], blanks: ["x"],
    diagnoses: [["^BA", "Too soon."]], solution: "y" },
  { kind: "predict", key: "share", question: "How many?", truth: 5, unit: " %", near: 0,
    diagnoses: [] },
  { ...HINTS, kind: "write", key: "code", task: "Write.", solution: "def code(): ..." },
];

// A page with these exercises and no others, each in a cell with a folded outcome.
function opened(t, entries = ENTRIES) {
  document.querySelector("main")?.remove();
  const text = JSON.stringify(entries), main = document.createElement("main");
  const data = document.createElement("script");
  data.setAttribute("id", "exercises");
  data.textContent = text;
  main.append(data, ...entries.map(cellOf));
  document.body.append(main);
  t.after(() => main.remove());
  showExercises();
  return (key) => main.querySelector(`[data-exercise=${key}]`);
}

function cellOf({ key }) {
  const cell = document.createElement("div"), ask = document.createElement("div");
  const outcome = document.createElement("details");
  cell.className = "cell";
  outcome.className = "outcome";
  ask.dataset.ask = key;
  cell.append(ask, outcome);
  return cell;
}

const saidIn = (box) => box.querySelector(".said").textContent;
const isGood = (box) => box.querySelector(".said").classes.includes("right");

function answer(box, text) {
  set(box.querySelector("input"), text);
  click(find(box, "Check"));
}

// Of radio buttons of one name one is chosen.
function choose(box, name, value) {
  for (const one of box.querySelectorAll(`input[name="${name}"]`)) {
    one.checked = one.value === value;
  }
}

test("a page may have no exercises", () => {
  assert.equal(document.getElementById("exercises"), null);
  showExercises();
});

test("each exercise stands in its place, and code is left to the notebook", (t) => {
  const box = opened(t);
  assert.equal(document.querySelector("[data-ask]"), null);
  for (const { kind, key } of ENTRIES) {
    const isCode = kind === "write", one = box(key);
    const name = `${kind === "predict" ? "Prediction" : "Exercise"} ${key.replaceAll("_", " ")}`;
    assert.equal(one.getAttribute("aria-label"), name);
    assert.equal(/^In the notebook: /.test(one.textContent), isCode, key);
    assert.equal(one.querySelector("input") === null, isCode, key);
    assert.equal(one.querySelector(".said") === null, isCode, key);
  }
});

test("each exercise looks as its list keeps, also after it was answered", (t) => {
  page.kept.clear();
  const lines = [], note = (words, box) => lines.push(`# ${words}`, ...outline(box));
  const box = opened(t);
  for (const { key } of ENTRIES) note(key, box(key));
  answer(box("weights_of_it"), "6");
  note("answered wrong", box("weights_of_it"));
  answer(box("weights_of_it"), "9");
  for (let k = 0; k < 4; k++) box("code").querySelector("button").click();
  note("answered right", box("weights_of_it"));
  note("all hints and the solution", box("code"));
  note("opened again", opened(t)("weights_of_it"));
  answer(document.querySelector(".exercise"), "6");
  note("and once more", opened(t)("weights_of_it"));
  compare("page_exercises", lines.join("\n") + "\n");
});

test("three hints come one after the other, then the solution, and no more", (t) => {
  const box = opened(t);
  const solutions = { weights_of_it: "3 × 3", which: "Both.", lines: "y",
    code: "def code(): ..." };
  for (const [key, solution] of Object.entries(solutions)) {
    const more = find(box(key), "Hint 1 of 3"), shown = () =>
      [...more.parent.nextElementSibling.children].map((one) => one.textContent);
    for (const [k, next] of ["Hint 2 of 3", "Hint 3 of 3", "Solution"].entries()) {
      click(more);
      assert.deepEqual([more.textContent, more.hidden], [next, false]);
      assert.deepEqual(shown(), HINTS.hints.slice(0, k + 1));
    }
    click(more);
    assert.deepEqual(shown(), [...HINTS.hints, solution]);
    assert.ok(more.hidden);
  }
});

test("a number is checked by its button or Enter, and the browser keeps that", (t) => {
  page.kept.clear();
  const box = opened(t)("weights_of_it"), field = box.querySelector("input");
  answer(box, "");
  assert.equal(page.kept.size, 0); // nothing was answered
  set(field, "6");
  press(field, "a");
  assert.equal(saidIn(box), "Nothing yet: write your answer first.");
  press(field, "Enter");
  assert.deepEqual([saidIn(box), isGood(box)], ["Not yet. Doubled.", false]);
  assert.deepEqual([...page.kept.values()], ["wrong"]);
  assert.match(opened(t)("weights_of_it").textContent, /answered before/);
  answer(box, "9");
  assert.deepEqual([saidIn(box), isGood(box)], ["Right: 9.", true]);
  assert.match(opened(t)("weights_of_it").textContent, /answered right before/);
  assert.doesNotMatch(opened(t)("which").textContent, /before/);
});

test("what was right stays so, and of guesses the first counts, as in the notebook", (t) => {
  page.kept.clear();
  const box = opened(t)("weights_of_it");
  for (const [text, kept] of [["6", "wrong"], ["9", "right"], ["6", "right"]]) {
    answer(box, text);
    assert.deepEqual([...page.kept.values()], [kept]);
  }
  page.kept.clear();
  const guess = opened(t)("share");
  for (const text of ["4", "5"]) {
    set(guess.querySelector("input"), text);
    click(find(guess, "Guess"));
    assert.deepEqual([...page.kept.values()], ["wrong"]);
  }
});

test("with other numbers the exercise begins anew, and after the last the first", (t) => {
  const box = opened(t)("weights_of_it"), again = find(box, "Other numbers");
  answer(box, "9");
  click(again);
  assert.equal(box.children[0].textContent, "Take 4.");
  assert.equal(box.querySelector("code").textContent, "4");
  assert.deepEqual([saidIn(box), box.querySelector("input").value], ["", ""]);
  answer(box, "16");
  assert.equal(saidIn(box), "Right: 16.");
  for (let k = 0; k < 4; k++) click(find(box, k < 3 ? `Hint ${k + 1} of 3` : "Solution"));
  assert.equal(box.querySelectorAll("pre").at(-1).textContent, "4 × 4");
  click(again);
  assert.equal(box.children[0].textContent, "Take 3.");
  const one = { ...ENTRIES[0], variants: ENTRIES[0].variants.slice(0, 1) };
  assert.doesNotMatch(opened(t, [one])("weights_of_it").textContent, /Other numbers/);
});

test("a claim needs its reason, and both are read", (t) => {
  const box = opened(t)("which");
  const check = () => { click(find(box, "Check")); return saidIn(box); };
  choose(box, "which claim", "B");
  assert.match(check(), /choose a claim and its reason/);
  choose(box, "which reason", "1");
  assert.equal(check(), "Not yet. Nearly.");
  choose(box, "which reason", "3");
  assert.equal(check(), "Right: it is not, because of both.");
});

test("lines are used, moved and left out, and their order is judged", (t) => {
  const box = opened(t)("lines"), [used] = box.querySelectorAll("ol");
  const order = () => used.children.map((line) => line.dataset.letter).join("");
  const move = (how, line) => {
    const one = find(box, `${how}: ${line}`);
    click(one);
    assert.equal(document.activeElement, one); // where the reader was
  };
  for (const line of ["return y", "y = __1__", "pass"]) move("use or leave out", line);
  assert.equal(order(), "BAC");
  set(find(box, "Blank 1"), " x ");
  click(find(box, "Check"));
  assert.equal(saidIn(box), "Not yet. Too soon.");
  move("up", "y = __1__");
  move("up", "y = __1__"); // is the first already
  move("down", "return y");
  move("down", "return y"); // is the last already
  assert.equal(order(), "ACB");
  move("use or leave out", "pass");
  click(find(box, "Check"));
  assert.deepEqual([order(), saidIn(box)], ["AB", "Right."]);
});

test("a guess opens what was measured, met or not; no guess does not", (t) => {
  page.kept.clear();
  const box = opened(t)("share"), outcome = box.parent.querySelector("details.outcome");
  const guess = find(box, "Guess"), field = find(box, "Your guess, in %");
  click(guess);
  set(field, "many");
  click(guess);
  assert.deepEqual([saidIn(box), outcome.open], ["A guess is a number here.", undefined]);
  set(field, "4");
  click(guess);
  assert.equal(saidIn(box), "Not met: you predicted 4 %, and it is 5 %.");
  assert.equal(outcome.open, true);
});
