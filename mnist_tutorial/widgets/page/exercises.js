// The exercises and predictions of a page: Compute, Decide, Order and Predict are judged
// here, from what the kit gives of them; whoever writes code goes to the notebook.

import { make } from "../shared/dom.js";
import { choiceForm, linesForm, valueForm } from "./forms.js";
import { judgeCompute, judgeDecide, judgeOrder, judgePredict } from "./judge.js";
import { keptSetting } from "./reading.js";

const KINDS = {
  compute: { form: () => valueForm("Your answer"), judge: judgeCompute },
  decide: { form: choiceForm, judge: judgeDecide },
  order: { form: linesForm, judge: judgeOrder },
  predict: { form: (entry) => valueForm(`Your guess${entry.unit ? `, in${entry.unit}` : ""}`),
    judge: judgePredict },
};

// Put each exercise of the page below its cell: where `data-ask` is its key.
export function showExercises() {
  const text = document.getElementById("exercises")?.textContent || "[]";
  const entries = new Map(JSON.parse(text).map((entry) => [entry.key, entry]));
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-ask]"))) {
    const entry = entries.get(place.dataset.ask);
    if (entry) place.replaceWith(exerciseBox(entry));
  }
}

function exerciseBox(entry) {
  const box = make("section", { class: "exercise", "data-exercise": entry.key,
    "data-kind": entry.kind, "aria-label": exerciseName(entry) });
  if (!KINDS[entry.kind]) box.append(...forNotebook(entry));
  else box.append(...formOf(entry, () => reveal(box)));
  return box;
}

function exerciseName({ kind, key }) {
  return `${kind === "predict" ? "Prediction" : "Exercise"} ${key.replaceAll("_", " ")}`;
}

// Code is run in the notebook only; hints and the answer can be read here.
function forNotebook(entry) {
  return [
    make("p", {}, make("strong", { text: "In the notebook: " }),
      "this exercise is code, which only Python can run and check."),
    ...hintParts(entry, entry.solution),
  ];
}

function formOf(entry, onGuess) {
  const { form, judge } = KINDS[entry.kind];
  const state = { variant: 0 };
  const task = make("p", {}, ...withCode(taskOf(entry, state.variant)));
  const { element, answer, clear } = form(entry);
  const said = make("p", { class: "said", role: "status" });
  const check = make("button", { type: "button",
    text: entry.kind === "predict" ? "Guess" : "Check" });
  check.addEventListener("click", () => {
    const { status, text } = judge(entry, answer(), state.variant);
    said.textContent = text;
    said.className = `said ${status === "right" ? "right" : "wrong"}`;
    if (status === "nothing") return;
    keepStatus(entry, status);
    if (entry.kind === "predict") onGuess();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") check.click();
  });
  const row = make("div", { class: "row" }, check);
  const before = keptSetting(`answer ${entry.key}`);
  if (before) {
    row.append(make("span", { class: before === "right" ? "done" : "faint",
      text: before === "right" ? "answered right before" : "answered before" }));
  }
  if (entry.variants?.length > 1) row.append(againButton(entry, state, task, said, clear));
  const hints = entry.hints ? hintParts(entry, () => solutionOf(entry, state.variant)) : [];
  return [task, element, row, said, ...hints];
}

// As in the notebook: what was right stays so, and of guesses the first counts.
function keepStatus({ key, kind }, status) {
  const before = keptSetting(`answer ${key}`);
  if (before !== "right" && !(before && kind === "predict")) {
    keptSetting(`answer ${key}`, status);
  }
}

function taskOf(entry, variant) {
  return entry.variants ? entry.variants[variant].task : entry.task || entry.question;
}

// A text in which code stands between backticks, as in a notebook.
function withCode(text) {
  return text.split("`").map((part, k) => (k % 2 ? make("code", { text: part }) : part));
}

// Without the line that gives the answer in a notebook.
function solutionOf(entry, variant) {
  return entry.variants ? entry.variants[variant].working
    : entry.solution.replace(/\s*^ex\.\w+\(.*\)$/m, "");
}

// The same exercise with other numbers, one set after the other.
function againButton(entry, state, task, said, clear) {
  const again = make("button", { type: "button", text: "Other numbers" });
  again.addEventListener("click", () => {
    state.variant = (state.variant + 1) % entry.variants.length;
    task.replaceChildren(...withCode(taskOf(entry, state.variant)));
    said.textContent = "";
    clear();
  });
  return again;
}

// Three hints, one after the other, then how the answer comes about.
function hintParts(entry, solution) {
  const shown = make("div", {});
  let next = 0;
  const more = make("button", { type: "button", text: "Hint 1 of 3" });
  more.addEventListener("click", () => {
    const text = next < 3 ? entry.hints[next]
      : typeof solution === "function" ? solution() : solution;
    shown.append(next < 3 ? make("p", { text }) : make("pre", { tabindex: "0", text }));
    next += 1;
    more.textContent = next < 3 ? `Hint ${next + 1} of 3` : "Solution";
    more.hidden = next > 3;
  });
  return [make("div", { class: "row" }, more), shown];
}

// What was measured, once there is a guess.
function reveal(box) {
  const outcome = box.closest(".cell")?.querySelector("details.outcome");
  if (outcome) outcome.open = true;
}
