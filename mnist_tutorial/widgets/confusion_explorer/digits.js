// A page of the digits in a cell.

import { surface } from "../shared/canvas.js";
import { probability } from "../shared/numbers.js";
import { paintThumbnails } from "../shared/thumbnails.js";

export const ACROSS = 4; // digits in a line
const LINES = 3, SIDE = 56; // CSS pixels of a digit
const PITCH_X = SIDE + 6, PITCH_Y = SIDE + 32; // two lines of words below each
export const PER_PAGE = LINES * ACROSS;
const PAGE_WIDTH = ACROSS * PITCH_X - 2;

export function pageCanvas() {
  return surface(PAGE_WIDTH, LINES * PITCH_Y + 2, "", { tabindex: "0",
    role: "application", style: "cursor: pointer; touch-action: manipulation",
    "data-part": "digits" });
}

// Paint the images with these indices. `open` is the index of the image that is
// explained, `focused` the place of that which has the keyboard; -1 for none. The
// result says where a point lies, see `mosaic`.
export function paintPage(canvas, pixels, readings, indices, open, focused, ink) {
  const lines = Math.max(1, Math.ceil(indices.length / ACROSS));
  canvas.resize(PAGE_WIDTH, lines * PITCH_Y + 2);
  const { ctx } = canvas, grid = paintThumbnails(ctx, pixels, indices,
    { x: 2, y: 2, size: SIDE / 28, gap: PITCH_X - SIDE, gapY: PITCH_Y - SIDE,
      across: ACROSS });
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  indices.forEach((i, k) => {
    const [x, y] = grid.corner(k), { labels, preds, confidence } = readings;
    ctx.fillStyle = ink.text;
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.fillText(`${labels[i]} \u2192 ${preds[i]}`, x + SIDE / 2, y + SIDE + 3);
    ctx.font = "12px system-ui, sans-serif";
    ctx.fillText(probability(confidence[i]), x + SIDE / 2, y + SIDE + 16);
    if (i !== open && k !== focused) return;
    ctx.strokeStyle = i === open ? ink.accent : ink.text;
    ctx.lineWidth = i === open ? 3 : 1.5;
    ctx.strokeRect(x - 1, y - 1, SIDE + 2, SIDE + 2);
  });
  return grid;
}
