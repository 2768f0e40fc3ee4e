// The input pixels on which the middle number behind a layer depends: a box, a sentence,
// a picture.

import { paintMap } from "../shared/canvas.js";
import { GREY } from "../shared/colours.js";
import { middleField } from "./trace.js";

const CELL = 7, SIDE = 28 * CELL; // CSS pixels

// {top, bottom} of the box, a square; null where nothing comes out of the layer. `row`:
// the layer's, as `traceStack` gives it; `layers`: those up to it.
export function fieldBox(layers, row) {
  if (!row || row.error) return null;
  if (row.field === null) return { top: 0, bottom: 28 };
  return middleField(layers, row.shape[2]);
}

export function fieldText(layers, row, box) {
  if (!layers.length) return "The stack is empty: add a layer.";
  const name = `layer ${layers.length}, ${layers[layers.length - 1].kind}`;
  if (!box) return `Nothing comes out of ${name}.`;
  if (row.field === null) return `Behind ${name}, a number depends on all pixels.`;
  const side = box.bottom - box.top;
  const past = box.top < 0 || box.bottom > 28 ? " Part of it lies on the padding." : "";
  const pixels = side === 1 ? "one pixel" : `${side} × ${side} pixels`;
  return `The middle number of each map after ${name} depends on ${pixels}.${past} ` +
    `Its neighbour looks ${row.jump} px further on.`;
}

// The digit, dark where it is not looked at.
export function paintField({ ctx }, image, box) {
  paintMap(ctx, image, 28, 28, 0, 0, CELL, GREY, 0, 1);
  if (!box) return;
  ctx.fillStyle = "rgb(0 0 0 / 45%)";
  const [low, high] = [Math.max(0, box.top), Math.min(28, box.bottom)];
  ctx.fillRect(0, 0, SIDE, low * CELL);
  ctx.fillRect(0, high * CELL, SIDE, SIDE);
  ctx.fillRect(0, low * CELL, low * CELL, (high - low) * CELL);
  ctx.fillRect(high * CELL, low * CELL, SIDE, (high - low) * CELL);
  ctx.strokeStyle = "#ffb067";
  ctx.lineWidth = 2;
  const side = (box.bottom - box.top) * CELL;
  ctx.strokeRect(box.top * CELL + 1, box.top * CELL + 1, side - 2, side - 2);
}
