// A page of the digits in a cell.

import { surface } from "../shared/canvas.js";
import { paintThumbnails } from "../shared/thumbnails.js";

export const ACROSS = 6; // digits in a line
const LINES = 5, THUMBS = { x: 2, y: 2, size: 2, gap: 13, across: ACROSS };
const SIDE = 28 * THUMBS.size, PITCH = SIDE + THUMBS.gap; // CSS pixels
export const PER_PAGE = LINES * ACROSS;
export const PAGE_WIDTH = ACROSS * PITCH - 6;

export function pageCanvas() {
  return surface(PAGE_WIDTH, LINES * PITCH + 4, "", { tabindex: "0",
    role: "application", style: "cursor: pointer; touch-action: manipulation",
    "data-part": "digits" });
}

// Paint the images with these indices. `open` is the index of the image that is
// explained, `focused` the place of that which has the keyboard; -1 for none. The
// result says where a point lies, see `mosaic`.
export function paintPage(canvas, pixels, readings, indices, open, focused, ink) {
  const lines = Math.max(1, Math.ceil(indices.length / ACROSS));
  canvas.resize(PAGE_WIDTH, lines * PITCH + 4);
  const { ctx } = canvas, grid = paintThumbnails(ctx, pixels, indices, THUMBS);
  ctx.font = "10px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  indices.forEach((i, k) => {
    const [x, y] = grid.corner(k), { labels, preds, confidence } = readings;
    // Rounded down: 100 % shall mean it.
    const sure = Math.floor(100 * confidence[i]);
    ctx.fillStyle = ink.text;
    ctx.fillText(`${labels[i]}\u2192${preds[i]} ${sure} %`, x + SIDE / 2, y + SIDE + 2);
    if (i !== open && k !== focused) return;
    ctx.strokeStyle = i === open ? ink.accent : ink.text;
    ctx.lineWidth = i === open ? 3 : 1.5;
    ctx.strokeRect(x - 1, y - 1, SIDE + 2, SIDE + 2);
  });
  return grid;
}
