// What ConfusionExplorer computes: readings of all images, the images of a cell, and
// what a patch over a digit takes away.

import { argmax, softmax } from "../shared/numbers.js";

export const ANY = -1; // in place of a class: all of them

// Readings of all images: probabilities (N × 10), classes, confidences, and counts.
export function readingsOf(logits, labels) {
  const total = labels.length, probs = new Float32Array(10 * total);
  const preds = new Uint8Array(total), confidence = new Float32Array(total);
  const counts = new Uint32Array(100);
  for (let i = 0; i < total; i++) {
    const ten = tenOf(logits, i);
    probs.set(softmax(ten), 10 * i);
    preds[i] = argmax(ten);
    confidence[i] = probs[10 * i + preds[i]];
    counts[10 * labels[i] + preds[i]]++;
  }
  return { logits, labels, probs, preds, confidence, counts };
}

// The ten numbers of image i.
export function tenOf(values, i) {
  return values.subarray(10 * i, 10 * i + 10);
}

// The images of a cell, sorted by confidence. Row or column may be any: then those of
// the other alone count, and `errorsOnly` leaves out what was read right. Both any:
// all errors.
export function imagesIn(readings, { row, column }, errorsOnly, surestFirst) {
  const { labels, preds, confidence } = readings;
  const all = row === ANY || column === ANY, none = row === ANY && column === ANY;
  const indices = [];
  for (let i = 0; i < labels.length; i++) {
    if (row !== ANY && labels[i] !== row) continue;
    if (column !== ANY && preds[i] !== column) continue;
    if ((none || (all && errorsOnly)) && labels[i] === preds[i]) continue;
    indices.push(i);
  }
  const sign = surestFirst ? -1 : 1;
  return indices.sort((a, b) => sign * (confidence[a] - confidence[b]) || a - b);
}

export function cellName({ row, column }, errorsOnly) {
  const whole = errorsOnly ? "Errors" : "All";
  if (row === ANY && column === ANY) return "All errors";
  if (column === ANY) return `${whole} with label ${row}`;
  if (row === ANY) return `${whole} read as ${column}`;
  return `Label ${row} read as ${column}`;
}

// The class read, its rival (the label, or the runner-up where the label was read), and
// the runner-up.
export function rivalsOf(probs, label) {
  const read = argmax(probs);
  const others = Array.from(probs, (value, k) => (k === read ? -1 : value));
  const second = argmax(others);
  return { read, second, rival: read === label ? second : label };
}

// What a patch over each pixel takes away: from `first`, or from its lead on `second`.
// covered: logits of 784 images with a patch; whole: those of the image itself.
export function dropsOf(whole, covered, first, second, asProbability) {
  const score = (logits) => {
    const values = asProbability ? softmax(logits) : logits;
    return values[first] - (second === null ? 0 : values[second]);
  };
  const start = score(whole);
  return Float32Array.from({ length: covered.length / 10 }, (_, k) =>
    start - score(tenOf(covered, k)));
}
