// Clicks under way to Python, each with an id that comes back in the trait `heard`.

import { chain, listen, make } from "../shared/dom.js";
import { PYTHON_FAILED, PYTHON_GONE, pythonAsker } from "../shared/python.js";

const CELL_RUNS = "Waiting for the running cell: the click acts once it has ended.";
const PATIENCE = 300; // milliseconds until a click that is not heard is spoken of

// `element` says what is waited for; `onGone` hears that Python has ended.
export function newQuestions(model, onGone) {
  const element = make("span", { class: "mt-message", role: "status" });
  const timers = new Set(); // one for each click that is not heard yet
  const forget = () => {
    timers.forEach((timer) => clearTimeout(timer));
    timers.clear();
  };
  const asker = pythonAsker(model, (why) => {
    element.textContent = why;
    if (why !== PYTHON_GONE) return;
    forget();
    onGone();
  });
  const stop = chain(asker.stop, forget,
    listen(model, ["heard"], () => asker.answer(model.get("heard"))));
  return { asker, element, timers, stop };
}

// Ask for something; `onDone` is called when Python has done or refused it.
export function ask({ asker, element, timers }, content, onDone = () => {}) {
  const timer = setTimeout(() => { element.textContent = CELL_RUNS; }, PATIENCE);
  timers.add(timer);
  const answered = () => {
    clearTimeout(timer);
    timers.delete(timer);
    if (!timers.size) element.textContent = "";
    onDone();
  };
  const failed = (why) => {
    if (why === PYTHON_FAILED) answered(); // the widget's message says enough
    else if (why !== PYTHON_GONE) element.textContent = why;
  };
  asker.ask(content, { answered, failed });
}
