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
    const contents = parts.map(async ([block, form]) =>
      numbersOf(await inflated(blockText(block)), form));
    result[name] = new DataView(joined(await Promise.all(contents)).buffer);
  }
  return result;
}

// The bytes of a block, or the float32 numbers that its form makes of them.
/**
 * @param {Uint8Array<ArrayBuffer>} content
 * @param {number[][]} form
 */
function numbersOf(content, form) {
  if (!form.length) return content;
  const values = new Float32Array(form.reduce((all, [rows, columns]) => all + rows * columns, 0));
  let from = 0, to = 0;
  for (const [rows, columns, bits] of form) {
    const count = rows * columns;
    if (bits === 32) {
      values.set(new Float32Array(content.slice(from, from + 4 * count).buffer), to);
      from += 4 * count;
    } else {
      const steps = new Float32Array(content.slice(from, from + 4 * rows).buffer);
      const begin = from + 4 * rows, end = begin + 2 * count;
      const counts = new Int16Array(content.slice(begin, end).buffer);
      for (let i = 0, row = 0; row < rows; row++) {
        for (const last = i + columns; i < last; i++) values[to + i] = counts[i] * steps[row];
      }
      from = end;
    }
    to += count;
  }
  return new Uint8Array(values.buffer);
}

/** @param {Uint8Array<ArrayBuffer>[]} parts */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
