// A widget's model without Python: its traits, and what answers its questions.

import { inflated } from "./bytes.js";

// What a view knows as `model`. `answer(model, content, buffers)` gets the questions that
// the view would send to Python; it sets traits, or replies with `model.reply`.
/** @param {Record<string, any>} state */
export function newModel(state, answer) {
  const handlers = new Map(); // event → set of functions
  const fire = (event, ...parts) => {
    for (const handler of [...(handlers.get(event) || [])]) handler(...parts);
  };
  /** @type {any} */
  const model = {
    get: (name) => state[name],
    // One name with its value, or several in an object.
    set: (name, value) => {
      const all = typeof name === "object" ? name : { [name]: value };
      const changed = Object.keys(all).filter((key) => state[key] !== all[key]);
      Object.assign(state, all);
      for (const key of changed) fire(`change:${key}`, model, state[key]);
      if (changed.length) fire("change", model);
    },
    save_changes: () => {},
    on: (event, handler) => {
      if (!handlers.has(event)) handlers.set(event, new Set());
      handlers.get(event).add(handler);
    },
    off: (event, handler) => {
      if (handler) handlers.get(event)?.delete(handler);
      else handlers.delete(event);
    },
    send: (content, _, buffers = []) => {
      // A view may not be answered before its own call has come back.
      setTimeout(() => answer(model, content, buffers), 0);
    },
    reply: (content, buffers = []) => fire("msg:custom", content, buffers),
  };
  return model;
}

// The traits of bytes that `pack.py` has made small: by name their parts, each the name
// of a block and its form. `blockText(name)` is the text of a block.
/** @returns {Promise<Record<string, DataView>>} */
export async function unpacked(bytes, blockText) {
  const result = {};
  for (const [name, parts] of Object.entries(bytes)) {
    const contents = await Promise.all(parts.map(([block]) => inflated(blockText(block))));
    const forms = parts.map(([, form]) => form);
    result[name] = new DataView(forms[0].length ? numbersOf(contents, forms)
      : contents[0].buffer);
  }
  return result;
}

// The float32 numbers, one after the other, that their forms make of blocks: for each
// group of rows how many there are, how long they are, and the bits of a number.
/**
 * @param {Uint8Array<ArrayBuffer>[]} contents
 * @param {[number, number, number][][]} forms
 */
function numbersOf(contents, forms) {
  const count = (groups) => groups.reduce((all, [rows, columns]) => all + rows * columns, 0);
  const values = new Float32Array(count(forms.flat()));
  let to = 0;
  contents.forEach(({ buffer }, k) => {
    let from = 0;
    for (const group of forms[k]) {
      from = readRows(buffer, from, group, values.subarray(to, to + count([group])));
      to += count([group]);
    }
  });
  return values.buffer;
}

// Fill `values` with rows of numbers that begin at byte `from`; where they end.
/** @param {ArrayBuffer} buffer */
function readRows(buffer, from, [rows, columns, bits], values) {
  const floats = (count) => new Float32Array(buffer.slice(from, from + 4 * count));
  if (bits === 32) {
    values.set(floats(rows * columns));
    return from + 4 * rows * columns;
  }
  const steps = floats(rows), begin = from + 4 * rows;
  const counts = new Int16Array(buffer, begin, rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (const end = i + columns; i < end; i++) values[i] = counts[i] * steps[row];
  }
  return begin + 2 * rows * columns;
}
