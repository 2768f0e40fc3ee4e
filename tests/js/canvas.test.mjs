// Where a map's numbers lie on a canvas, and in which colour.
import assert from "node:assert/strict";
import { test } from "node:test";

import { legend, mosaic, surface } from "../../mnist_tutorial/widgets/shared/canvas.js";
import { colourOf, SIGNED } from "../../mnist_tutorial/widgets/shared/colours.js";
import { faultLine, make } from "../../mnist_tutorial/widgets/shared/dom.js";
import { scattered } from "./digits.mjs";
import "./page.mjs";

const CHANNELS = 5, ROWS = 3, COLUMNS = 2, AREA = ROWS * COLUMNS;
const layout = { x: 7, y: 9, size: 4, gap: 1, across: 2, lut: SIGNED };
const values = scattered(CHANNELS * AREA, 3);

// The maps as they are painted: where, how large, and the colours of their pixels.
function painted(settings) {
  const maps = [];
  const drawImage = ({ image }, left, top, width, height, ...place) => {
    const colours = [];
    for (let k = 0; k < width * height; k++) {
      const column = left + (k % width), row = top + Math.floor(k / width);
      const word = image.words[row * image.width + column];
      assert.equal(word >>> 24, 255); // opaque
      colours.push(`rgb(${[0, 8, 16].map((shift) => (word >> shift) & 255).join(" ")})`);
    }
    maps.push({ colours, size: [width, height], place });
  };
  return { maps, ...mosaic({ drawImage }, values, CHANNELS, ROWS, COLUMNS, settings) };
}

test("each number of each map has its colour, between the limits of all or its own", () => {
  const own = (c) => [-0.5 - c / 10, 0.4 + c / 10];
  for (const [limits, of] of [[{ low: -1, high: 0.5 }, () => [-1, 0.5]], [{ limits: own }, own]]) {
    const { maps } = painted({ ...layout, ...limits });
    assert.equal(maps.length, CHANNELS);
    maps.forEach(({ colours, size }, c) => {
      assert.deepEqual(size, [COLUMNS, ROWS]);
      const right = Array.from(values.subarray(c * AREA, (c + 1) * AREA), (value) =>
        colourOf(SIGNED, value, ...of(c)));
      assert.deepEqual(colours, right);
    });
  }
});

test("maps stand in lines, and a point among them finds its number", () => {
  const { maps, where, corner } = painted({ ...layout, low: -1, high: 1 });
  maps.forEach(({ place }, c) => {
    const left = 7 + (c % 2) * (COLUMNS * 4 + 1), top = 9 + (c >> 1) * (ROWS * 4 + 1);
    assert.deepEqual(place, [left, top, COLUMNS * 4, ROWS * 4]);
    assert.deepEqual(corner(c), [left, top]);
    for (let k = 0; k < AREA; k++) {
      const row = Math.floor(k / COLUMNS), column = k % COLUMNS;
      for (const within of [0, 3.9]) {
        const point = [left + 4 * column + within, top + 4 * row + within];
        assert.deepEqual(where(...point), { channel: c, row, column });
      }
    }
    assert.equal(where(left + COLUMNS * 4, top), null); // the gap beside it
    assert.equal(where(left, top + ROWS * 4), null); // and below
  });
  const outside = [[6.9, 9], [7, 8.9], [7 + 2 * 9, 9], [7 + 9, 9 + 2 * 13]];
  for (const point of outside) assert.equal(where(...point), null);
});

test("a colour bar names the numbers at its ends and in its middle", () => {
  const canvas = surface(40, 30, "");
  legend(canvas.ctx, 3, 5, 4, 9, SIGNED, -1, 4, "ink");
  const stripes = [-0.375, 0.875, 2.125, 3.375].map((value, k) =>
    `fill ${colourOf(SIGNED, value, -1, 4)}: ${3 + k},5 1.5×9`);
  const words = ['left top: "\u22121.00" 3,16', 'center top: "1.50" 5,16',
    'right top: "4.00" 7,16'].map((text) => `text ink 11px ${text}`);
  assert.deepEqual(canvas.painted, [...stripes, ...words]);
});

test("what was typed wrong is said and marked, until it is right", () => {
  const line = faultLine(), input = make("input");
  line.tell("Too large.", input);
  assert.equal(line.textContent, "Too large.");
  assert.equal(input.getAttribute("aria-invalid"), "true");
  line.tell("", input);
  assert.equal(line.textContent, "");
  assert.equal(input.getAttribute("aria-invalid"), "false");
});
