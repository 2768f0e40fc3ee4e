// The canvases of KernelBench and what is painted on them: the digit under the window,
// its map, and the goal's own small picture.

import { legend, paintMap, surface } from "../shared/canvas.js";
import { GREY, SIGNED } from "../shared/colours.js";
import { largest } from "../shared/numbers.js";
import { SIDE } from "./maths.js";

const CELL = 7; // CSS pixels to a pixel, in the input and in the map alike
const MARGIN = 2; // the most padding there is, in pixels
const GOAL_CELL = 4; // CSS pixels to a pixel in the goal's own picture
const WINDOW_COLOUR = "#ff9d2e";
const INPUT_SIDE = (SIDE + 2 * MARGIN) * CELL;
const MAP_SIDE = (SIDE + 2) * CELL + 2; // the largest map, with a frame
const GOAL_SIDE = (SIDE + 2) * GOAL_CELL;

export function newCanvases() {
  return {
    input: surface(INPUT_SIDE, INPUT_SIDE, "", { "data-part": "input" }),
    map: surface(MAP_SIDE, MAP_SIDE + 28, "", { "data-part": "map", tabindex: "0",
      role: "application", style: "cursor: crosshair; touch-action: manipulation" }),
    goal: surface(GOAL_SIDE, GOAL_SIDE, "", { "data-part": "goal" }),
  };
}

// `window`: the nine pixels under it, as `windowAt` gives them.
export function paintInput({ ctx }, image, window, { padding, dilation }, ink) {
  const at = (index) => (index + MARGIN) * CELL;
  ctx.clearRect(0, 0, INPUT_SIDE, INPUT_SIDE);
  paintMap(ctx, image, SIDE, SIDE, at(0), at(0), CELL, GREY, 0, 1);
  ctx.lineWidth = 1;
  ctx.strokeStyle = ink.line;
  if (padding) {
    const frame = at(-padding) + 0.5, length = INPUT_SIDE - 2 * frame;
    ctx.setLineDash([3, 3]);
    ctx.strokeRect(frame, frame, length, length);
    ctx.setLineDash([]);
  }
  const [first, last] = [window[0], window[8]];
  outline(ctx, at(first.column), at(first.row), (last.column - first.column + 1) * CELL);
  if (dilation === 1) return;
  ctx.strokeStyle = WINDOW_COLOUR;
  for (const { row, column } of window) {
    ctx.strokeRect(at(column) + 0.5, at(row) + 0.5, CELL - 1, CELL - 1);
  }
}

// The result answers where in the map a point of the canvas lies.
export function paintOutput({ ctx }, { values, size }, marked, ink) {
  const most = largest(values) || 1;
  ctx.clearRect(0, 0, MAP_SIDE + 30, MAP_SIDE + 30);
  const map = paintMap(ctx, values, size, size, 1, 1, CELL, SIGNED, -most, most);
  outline(ctx, 1 + marked.j * CELL, 1 + marked.i * CELL, CELL);
  legend(ctx, 1, MAP_SIDE + 4, 196, 9, SIGNED, -most, most, ink.text);
  return map;
}

export function paintGoal({ ctx }, { values, size, lut, low, high }) {
  ctx.clearRect(0, 0, GOAL_SIDE, GOAL_SIDE);
  paintMap(ctx, values, size, size, 0, 0, GOAL_CELL, lut, low, high);
}

// A frame that can be seen on black, on white and on every colour between.
function outline(ctx, x, y, size) {
  ctx.lineWidth = 3;
  ctx.strokeStyle = "#000";
  ctx.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = WINDOW_COLOUR;
  ctx.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
}
