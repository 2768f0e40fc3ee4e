// Clicks under way to Python, each with an id that comes back in the trait `heard`.

import { chain, listen, make } from "../shared/dom.js";
import { PYTHON_GONE, pythonAsker } from "../shared/python.js";

const CELL_RUNS = "Waiting for the running cell: the click acts once it has ended.";
const PATIENCE = 300; // milliseconds until a click that is not heard is spoken of

// `element` says what is waited for; `onGone` hears that Python has ended.
export function newQuestions(model, onGone) {
  const element = make("span", { class: "mt-message", role: "status" });
  /** @type {any} */
  const questions = { element, outstanding: new Map() };
  questions.asker = pythonAsker(model, (why) => {
    element.textContent = why;
    if (why !== PYTHON_GONE) return;
    forget(questions);
    onGone();
  });
  questions.stop = chain(questions.asker.stop, () => forget(questions),
    listen(model, ["heard"], () => hear(questions, model.get("heard"))));
  return questions;
}

// Ask for something; `onHeard` is called when Python has done it.
export function ask({ asker, element, outstanding }, content, onHeard = () => {}) {
  const id = `${Date.now()} ${Math.random()}`;
  const timer = setTimeout(() => { element.textContent = CELL_RUNS; }, PATIENCE);
  outstanding.set(id, { timer, onHeard });
  asker.ask({ ...content, id });
}

function hear({ asker, element, outstanding }, id) {
  const question = outstanding.get(id);
  if (!question) return;
  clearTimeout(question.timer);
  outstanding.delete(id);
  if (!outstanding.size) {
    asker.settle();
    element.textContent = "";
  }
  question.onHeard();
}

function forget({ outstanding }) {
  outstanding.forEach(({ timer }) => clearTimeout(timer));
  outstanding.clear();
}
