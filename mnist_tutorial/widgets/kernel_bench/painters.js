// The canvases of KernelBench and what is painted on them: the digit under the window,
// its map, and the goal's own small picture.

import { legend, paintMap, surface } from "../shared/canvas.js";
import { GREY, SIGNED } from "../shared/colours.js";
import { SIDE } from "./maths.js";

const ROOM = 196; // CSS pixels for the digit and for the map, without their frames
const GOAL_ROOM = 130; // and for the goal's own picture
const WINDOW_COLOUR = "#ff9d2e";

export function newCanvases() {
  return {
    input: surface(ROOM + 2, ROOM + 2, "", { "data-part": "input" }),
    map: surface(ROOM + 2, ROOM + 30, "", { "data-part": "map", tabindex: "0",
      role: "application", style: "cursor: crosshair; touch-action: manipulation" }),
    goal: surface(GOAL_ROOM, GOAL_ROOM, "", { "data-part": "goal" }),
  };
}

// The largest whole number of CSS pixels to a cell, of so many in a row.
function cellOf(count, room = ROOM) {
  return Math.max(1, Math.floor(room / count));
}

// `window`: the nine pixels under it, as `windowAt` gives them.
export function paintInput({ ctx }, image, window, { padding, dilation }, ink) {
  const cell = cellOf(SIDE + 2 * padding), at = (index) => 1 + (index + padding) * cell;
  ctx.clearRect(0, 0, ROOM + 2, ROOM + 2);
  paintMap(ctx, image, SIDE, SIDE, at(0), at(0), cell, GREY, 0, 1);
  ctx.lineWidth = 1;
  ctx.strokeStyle = ink.line;
  if (padding) {
    const frame = at(-padding) + 0.5, length = (SIDE + 2 * padding) * cell - 1;
    ctx.setLineDash([3, 3]);
    ctx.strokeRect(frame, frame, length, length);
    ctx.setLineDash([]);
  }
  const [first, last] = [window[0], window[8]];
  outline(ctx, at(first.column), at(first.row), (last.column - first.column + 1) * cell);
  if (dilation === 1) return;
  ctx.strokeStyle = WINDOW_COLOUR;
  for (const { row, column } of window) {
    ctx.strokeRect(at(column) + 0.5, at(row) + 0.5, cell - 1, cell - 1);
  }
}

// Colours reach from -most to most. The result answers where in the map a point of the
// canvas lies.
export function paintOutput({ ctx }, { values, size }, marked, most, ink) {
  const cell = cellOf(size);
  ctx.clearRect(0, 0, ROOM + 2, ROOM + 30);
  const map = paintMap(ctx, values, size, size, 1, 1, cell, SIGNED, -most, most);
  outline(ctx, 1 + marked.j * cell, 1 + marked.i * cell, cell);
  legend(ctx, 1, ROOM + 4, ROOM, 9, SIGNED, -most, most, ink.text);
  return map;
}

export function paintGoal({ ctx }, { values, size, signed }, most) {
  const [lut, low, high] = signed ? [SIGNED, -most, most] : [GREY, 0, 1];
  ctx.clearRect(0, 0, GOAL_ROOM, GOAL_ROOM);
  paintMap(ctx, values, size, size, 0, 0, cellOf(size, GOAL_ROOM), lut, low, high);
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
