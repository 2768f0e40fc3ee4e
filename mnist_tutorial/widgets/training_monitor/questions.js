// Clicks under way to Python, each with an id that comes back in the trait `heard`.

import { chain, listen } from "../shared/dom.js";
import { PYTHON_FAILED, PYTHON_GONE, pythonAsker } from "../shared/python.js";

const CELL_RUNS = "Waiting for the running cell: the click acts once it has ended.";
const PATIENCE = 300; // milliseconds until a click that is not heard is spoken of

// `show(text)` hears what is waited for, "" for nothing; `onGone` that Python has ended.
export function newQuestions(model, show, onGone) {
  const timers = new Set(); // one for each click that is not heard yet
  const forget = () => {
    timers.forEach((timer) => clearTimeout(timer));
    timers.clear();
  };
  const asker = pythonAsker(model, (why) => {
    show(why);
    if (why !== PYTHON_GONE) return;
    forget();
    onGone();
  });
  const stop = chain(asker.stop, forget,
    listen(model, ["heard"], () => asker.answer(model.get("heard"))));
  return { asker, show, timers, stop };
}

// Ask for something; `onDone` is called when Python has done or refused it.
export function ask({ asker, show, timers }, content, onDone = () => {}) {
  const timer = setTimeout(() => show(CELL_RUNS), PATIENCE);
  timers.add(timer);
  const answered = () => {
    clearTimeout(timer);
    timers.delete(timer);
    if (!timers.size) show("");
    onDone();
  };
  const failed = (why) => {
    if (why === PYTHON_FAILED) answered(); // the widget's message says enough
    else if (why !== PYTHON_GONE) show(why);
  };
  asker.ask(content, { answered, failed });
}
