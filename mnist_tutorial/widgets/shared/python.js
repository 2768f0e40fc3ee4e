// What goes to Python and comes from it: questions, bytes.

export const PYTHON_WAITS = "Waiting for Python, which answers when no cell is running.";
const PYTHON_SILENT = "No answer yet: Python is busy, or it was restarted; after a " +
  "restart run this cell again.";
export const PYTHON_GONE = "Python was restarted or shut down; run this cell again.";
const PYTHON_PATIENCE = 10_000; // ms until an answer that does not come is spoken of

// `ask(content)` sends a question, `settle()` says that an answer has come. What goes
// wrong is told to `failed` as a sentence: that Python is gone, at once and unasked, or
// that it is silent. From here a long cell and a lost question look the same, so an
// answer after that still counts.
export function pythonAsker(model, failed) {
  let timer;
  const settle = () => clearTimeout(timer);
  const gone = () => { settle(); failed(PYTHON_GONE); };
  const ask = (content) => {
    settle();
    timer = setTimeout(() => failed(PYTHON_SILENT), PYTHON_PATIENCE);
    try { model.send(content); } catch { gone(); }
  };
  // Of ipywidgets, when the kernel restarts; what was asked is then lost.
  model.on("comm_live_update", gone);
  const stop = () => { settle(); model.off("comm_live_update", gone); };
  return { ask, settle, stop };
}

export function bytes(model, name) {
  const value = model.get(name);
  if (!value) return new Uint8Array();
  const view = new Uint8Array(value.buffer || value, value.byteOffset || 0,
    value.byteLength);
  return view.slice();
}

export function floats(model, name) {
  return new Float32Array(bytes(model, name).buffer);
}
