// Questions to Python and their answers, and the numbers that it sends.

const PYTHON_WAITS = "Waiting for Python, which answers when no cell is running.";
const PYTHON_SILENT = "No answer yet: Python is busy, or it was restarted; after a " +
  "restart run this cell again.";
export const PYTHON_GONE = "Python was restarted or shut down; run this cell again.";
export const PYTHON_FAILED = "Python could not answer; it says why at the top.";
const PYTHON_PATIENCE = 10_000; // ms until an answer that does not come is spoken of

// A page without Python has the trait `without_python`: there the page itself answers
// (see page/answers.js), and no question is lost.
export const withoutPython = (model) => Boolean(model.get("without_python"));

// What to say while an answer is awaited.
export function waitingText(model) {
  return withoutPython(model) ? "Computing …" : PYTHON_WAITS;
}

// `ask(content, how)` sends a question, gives it an id and returns that. Its answer is a
// message with the same id: `how.answered(content, buffers)` gets it. Where the answer
// is a trait, `answer(id)` says that it has come, and `settle()` that no question is
// open any more. `how.buffers` are bytes that go along.
//
// What goes wrong is told as a sentence, to `how.failed` if there is one, else to
// `failed`: that Python is gone, at once and unasked; that it met an error; or that it is
// silent. From here a long cell and a lost question look the same, so an answer after
// that still counts. An answer may also be a refusal, `{id, refused: why}`.
/**
 * @typedef {{ answered?: (content?: any, buffers?: any[]) => void,
 *   failed?: (why: string) => void, buffers?: ArrayBuffer[] }} How
 * @param {any} model
 * @param {(why: string) => void} failed
 */
export function pythonAsker(model, failed) {
  const mark = Math.random().toString(36).slice(2); // another view asks under its own
  const open = new Map(); // id → the question
  let count = 0;
  const forget = (id) => {
    clearTimeout(open.get(id)?.timer);
    open.delete(id);
  };
  const settle = () => [...open.keys()].forEach(forget);
  const answer = (id, ...parts) => {
    const question = open.get(id);
    forget(id);
    question?.answered(...parts);
  };
  const hear = (content, buffers) => {
    if (content.refused) refuse(content);
    else answer(content.id, content, buffers || []);
  };
  const refuse = ({ id, refused: why }) => {
    const question = open.get(id);
    forget(id);
    question?.failed(why);
  };
  const giveUp = (why, ...others) => {
    const tellers = new Set([...others, ...[...open.values()].map((one) => one.failed)]);
    settle();
    tellers.forEach((tell) => tell(why));
  };
  const gone = () => giveUp(PYTHON_GONE, failed);
  // Python tells an error in the widget's message, and sends nothing else.
  const refused = () => { if (model.get("message")) giveUp(PYTHON_FAILED); };
  const ask = (content, /** @type {How} */ how = {}) => {
    const { answered = () => {}, failed: tell = failed, buffers = [] } = how;
    const id = `${mark} ${count++}`;
    const timer = withoutPython(model) ? undefined
      : setTimeout(() => tell(PYTHON_SILENT), PYTHON_PATIENCE);
    open.set(id, { answered, failed: tell, timer });
    try { model.send({ ...content, id }, undefined, buffers); } catch { gone(); }
    return id;
  };
  const heard = {
    "msg:custom": hear, "change:message": refused,
    comm_live_update: gone, // of ipywidgets, when the kernel restarts
  };
  for (const [event, handler] of Object.entries(heard)) model.on(event, handler);
  const stop = () => {
    settle();
    for (const [event, handler] of Object.entries(heard)) model.off(event, handler);
  };
  return { ask, answer, settle, stop };
}

// The bytes of a trait or of a buffer: a copy, which begins where floats may begin.
export function bytesOf(value) {
  if (!value) return new Uint8Array();
  const view = new Uint8Array(value.buffer || value, value.byteOffset || 0,
    value.byteLength);
  return view.slice();
}

export function floatsOf(value) {
  return new Float32Array(bytesOf(value).buffer);
}

export function floats(model, name) {
  return floatsOf(model.get(name));
}
