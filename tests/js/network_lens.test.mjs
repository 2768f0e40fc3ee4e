import assert from "node:assert/strict";
import { test } from "node:test";

import { forward, network } from "../../mnist_tutorial/widgets/shared/engine.js";
import { explain } from "../../mnist_tutorial/widgets/network_lens/explain.js";
import { limitsOf } from "../../mnist_tutorial/widgets/network_lens/painters.js";
import { holdStill } from "../../mnist_tutorial/widgets/network_lens/place.js";
import { sourcesOf } from "../../mnist_tutorial/widgets/network_lens/sources.js";
import {
  blocksOf, fieldOf, fieldText, nameOf, regionIn, shortName, silencing, valueOf,
} from "../../mnist_tutorial/widgets/network_lens/units.js";
import "./page.mjs";
import { close, expected, row } from "./support.mjs";

const nets = expected("network_lens").map(({ layers, weights, cases }) =>
  ({ net: network(layers, weights), cases }));
const [{ net, cases }] = nets;
const unitOf = ([layer, channel, r, column]) => ({ layer, channel, row: r, column });

nets.forEach(({ net: one, cases: digits }, k) => {
  test(`every sum in network ${k} is what PyTorch computes, its terms lead on`, () => {
    const kinds = new Set();
    for (const { image, units, values } of digits) {
      const outputs = forward(one, image);
      units.map(unitOf).forEach((unit, i) => {
        const why = explain(one, image, outputs, unit), where = units[i].join(" ");
        close([why.total], [values[i]], 1e-4, where);
        kinds.add(why.kind);
        for (const term of why.terms.flatMap((each) => each.cells || [each])) {
          if (term.unit === null) continue; // padding
          const value = valueOf(one, image, outputs, term.unit);
          assert.equal(value, term.input ?? term.logit ?? term.value, where);
        }
      });
    }
    const all = ["conv", "linear", "relu", "softmax"];
    assert.ok(all.every((kind) => kinds.has(kind)), [...kinds].join(" "));
    assert.ok(kinds.has("maxpool") || kinds.has("avgpool"));
  });
});

test("a pixel explains itself, a channel that is off is nothing", () => {
  const { image } = cases[0];
  const pixel = explain(net, image, [], unitOf([-1, 0, 14, 9]));
  assert.deepEqual(pixel, { kind: "pixel", terms: [], total: image[14 * 28 + 9] });
  const off = new Map([[1, new Set([3])]]);
  const silent = explain(net, image, [], unitOf([1, 3, 5, 5]), off);
  assert.deepEqual(silent, { kind: "off", terms: [], total: 0 });
});

test("channels that are off are silent, and no other", () => {
  const off = new Map([[1, new Set([3, 31])]]);
  const plain = forward(net, cases[0].image);
  const result = forward(net, cases[0].image, silencing(net, off));
  for (let c = 0; c < 32; c++) {
    const right = off.get(1).has(c) ? new Float32Array(784) : row(plain[1], c, 784);
    assert.deepEqual(row(result[1], c, 784), right);
  }
});

test("a pooled cell is framed where it came from", () => {
  const region = (layer, r, column, shown) =>
    Object.values(regionIn(net, { layer, row: r, column }, shown) || {});
  assert.deepEqual(region(2, 3, 2, 0), [6, 4, 8, 6]); // top, left, bottom, right
  assert.deepEqual(region(0, 7, 4, 2), [3, 2, 4, 3]);
  assert.deepEqual(region(1, 7, 4, 0), [7, 4, 8, 5]);
  assert.deepEqual(region(7, 5, 5, 8), [2, 2, 3, 3]);
  assert.deepEqual(region(7, 6, 6, 8), []); // of 7 rows the pool takes 6
});

// Where the gradient arrives, PyTorch would say; here the terms of the sum itself.
test("outlined is what a sum adds, and nothing else", () => {
  const { image } = cases[0];
  const outputs = forward(net, image), off = new Map();
  const lens = { net, image, outputs, off, blocks: blocksOf(net) };
  const sources = (unit, shown) => sourcesOf(lens, unitOf(unit), shown);
  const cellsOf = (all) => new Set(all.flatMap(({ channel, top, left, bottom, right }) => {
    const cells = [];
    for (let r = top; r < bottom; r++) {
      for (let q = left; q < right; q++) cells.push([channel, r, q].join());
    }
    return cells;
  }));
  for (const unit of [[3, 5, 6, 9], [3, 5, 0, 13]]) { // in the middle, and at a corner
    const { terms } = explain(net, image, outputs, unitOf(unit));
    const right = terms.flatMap(({ cells }) => cells).filter((cell) => cell.unit)
      .map(({ unit: { channel, row: r, column } }) => [channel, r, column].join());
    assert.deepEqual(cellsOf(sources(unit, 2)), new Set(right)); // as pooled
    assert.equal(cellsOf(sources(unit, 1)).size, 4 * right.length); // and before that
  }
  const [fc] = net.layers.flatMap(({ kind }, i) => (kind === "linear" ? [i] : []));
  const { terms } = explain(net, image, outputs, unitOf([fc, 7, 0, 0]));
  const largest = terms.slice(0, 10).map(({ unit: { channel, row: r, column } }) =>
    [channel, r, column].join());
  assert.deepEqual(cellsOf(sources([fc, 7, 0, 0], 8)), new Set(largest));
  assert.deepEqual(sources([3, 5, 6, 9], 4), []); // not a layer before it
  assert.deepEqual(sources([0, 5, 6, 9], -1), []); // the pixels have a frame of their own
  off.set(3, new Set([5]));
  assert.deepEqual(sources([3, 5, 6, 9], 2), []);
});

test("units have a long and a short name", () => {
  const blocks = blocksOf(net), last = net.layers.length - 1;
  const names = [[-1, 0, 3, 4], [0, 5, 1, 2], [1, 5, 1, 2], [2, 5, 1, 2], [last, 7, 0, 0],
    [last + 1, 7, 0, 0]].map((place) =>
    [nameOf(net, blocks, unitOf(place)), shortName(net, unitOf(place))]);
  assert.deepEqual(names, [
    ["pixel in row 3, column 4", "pixel (3, 4)"],
    ["conv1 before ReLU, map 5, row 1, column 2", "conv1 5 (1, 2)"],
    ["conv1 after ReLU, map 5, row 1, column 2", "conv1 after ReLU 5 (1, 2)"],
    ["conv1 pooled, map 5, row 1, column 2", "pool1 5 (1, 2)"],
    ["logit of 7", "logit 7"],
    ["probability of 7", "p(7)"],
  ]);
});

test("a field says which pixels it covers, and where it meets padding", () => {
  const text = (place) => fieldText(fieldOf(net, unitOf(place)));
  assert.equal(text([0, 0, 5, 9]), "rows 4 to 6, columns 8 to 10");
  assert.equal(text([0, 0, 0, 27]), "rows 0 to 1, columns 26 to 27 and padding");
  assert.equal(text([-1, 0, 5, 9]), "rows 5, columns 9");
  assert.equal(text([net.layers.length - 1, 3, 0, 0]), "the whole image");
});

test("colours reach to the largest, from zero or on both sides of it", () => {
  const values = Float32Array.from([9, -2, 1, 9]);
  assert.deepEqual(limitsOf(values, 1, 3, true), [-2, 2]);
  assert.deepEqual(limitsOf(values, 1, 3, false), [0, 1]);
  assert.deepEqual(limitsOf(new Float32Array(3), 0, 3, true), [-1, 1]);
});

// An element in a box of its notebook, or in none; both stand in the page.
function standing(boxHeight) {
  const page = document.documentElement;
  page.scrollTop = 0;
  const box = Object.assign(document.createElement("div"),
    { scrollTop: 50, clientHeight: 400, scrollHeight: boxHeight });
  const element = document.createElement("div");
  box.append(element);
  return { page, box, element };
}

test("what moves the layer asked about is scrolled back by whatever scrolls", (t) => {
  for (const [overflowY, boxHeight, inBox] of [
    ["auto", 900, true], ["scroll", 900, true], ["auto", 400, false],
    ["visible", 900, false]]) {
    t.mock.method(globalThis, "getComputedStyle", () => ({ overflowY }));
    const { page, box, element } = standing(boxHeight);
    let top = 100;
    element.getBoundingClientRect = () => ({ top });
    holdStill({ asked: { element }, root: null }, () => { top = 130; });
    const moved = [box.scrollTop - 50, page.scrollTop];
    assert.deepEqual(moved, inBox ? [30, 0] : [0, 30], `${overflowY} ${boxHeight}`);
  }
});
