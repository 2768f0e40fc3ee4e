import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ANY, cellName, dropsOf, imagesIn, readingsOf, rivalsOf,
} from "../../mnist_tutorial/widgets/confusion_explorer/maths.js";
import { close, expected } from "./support.mjs";

const { logits, labels, counts, preds, confidence } = expected("confusion_explorer");
const readings = readingsOf(logits, Uint8Array.from(labels));

test("counts, classes and confidences are Python's", () => {
  assert.deepEqual(Array.from(readings.counts), counts);
  assert.deepEqual(Array.from(readings.preds), preds);
  close(readings.confidence, confidence, 1e-5);
});

const cells = [
  { row: ANY, column: ANY }, { row: 3, column: 3 }, { row: 9, column: 4 },
  { row: 5, column: ANY }, { row: ANY, column: 7 },
];

test("a cell holds its digits, the surest first or last", () => {
  for (const cell of cells) {
    for (const errorsOnly of [true, false]) {
      const indices = imagesIn(readings, cell, errorsOnly, true);
      const kept = labels.map((_, i) => i).filter((i) => {
        if (cell.row !== ANY && labels[i] !== cell.row) return false;
        if (cell.column !== ANY && preds[i] !== cell.column) return false;
        if (cell.row !== ANY && cell.column !== ANY) return true;
        const all = cell.row === ANY && cell.column === ANY;
        return labels[i] !== preds[i] || !(all || errorsOnly);
      });
      assert.deepEqual([...indices].sort((a, b) => a - b), kept);
      const sure = indices.map((i) => readings.confidence[i]);
      assert.deepEqual(sure, [...sure].sort((a, b) => b - a));
      const last = imagesIn(readings, cell, errorsOnly, false);
      assert.deepEqual(last.map((i) => readings.confidence[i]), sure.reverse());
    }
  }
});

test("a cell is called what it is", () => {
  const names = cells.map((cell) => cellName(cell, true));
  assert.deepEqual(names, ["All errors", "Label 3 read as 3", "Label 9 read as 4",
    "Errors with label 5", "Errors read as 7"]);
  assert.equal(cellName(cells[3], false), "All with label 5");
});

test("the rival is the label or, where that was read, the runner-up", () => {
  const probs = [0, 0, 0.5, 0, 0, 0.2, 0, 0.3, 0, 0];
  for (const [label, rival] of [[2, 7], [7, 7], [5, 5]]) {
    assert.deepEqual(rivalsOf(probs, label), { read: 2, second: 7, rival });
  }
});

test("a drop is what a patch takes from a class, or from its lead on another", () => {
  const whole = [5, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  const covered = Float32Array.from([3, 2, ...whole.slice(2), ...whole]);
  assert.deepEqual(Array.from(dropsOf(whole, covered, 0, null, false)), [2, 0]);
  assert.deepEqual(Array.from(dropsOf(whole, covered, 0, 1, false)), [3, 0]);
  const [drop] = dropsOf(whole, covered, 0, null, true);
  const share = (a, b) => Math.exp(a) / (Math.exp(a) + Math.exp(b) + 8);
  close([drop], [share(5, 1) - share(3, 2)], 1e-6);
});
