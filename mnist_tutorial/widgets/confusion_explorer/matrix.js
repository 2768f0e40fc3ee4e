// The matrix as it is painted, and where its cells lie.

import { surface } from "../shared/canvas.js";
import { colourOf, readableOn, VIRIDIS } from "../shared/colours.js";
import { ANY } from "./maths.js";

const CELL = 24, HEAD = 44; // CSS pixels
const WHOLE = 10 * CELL;
const MATRIX_SIDE = HEAD + WHOLE + 2;
export const COLOURS = [["errors", "errors only"], ["log", "all, logarithm"],
  ["linear", "all, as counted"]];

export function matrixCanvas() {
  return surface(MATRIX_SIDE, MATRIX_SIDE, "", { tabindex: "0", role: "application",
    style: "cursor: pointer; touch-action: manipulation; margin: 6px 0",
    "data-part": "matrix" });
}

export function paintMatrix({ ctx }, counts, mode, ink) {
  ctx.clearRect(0, 0, MATRIX_SIDE + 2, MATRIX_SIDE + 2);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let row = 0; row < 10; row++) {
    for (let column = 0; column < 10; column++) {
      paintCell(ctx, counts, mode, row, column, ink);
    }
  }
  paintHeads(ctx, ink);
}

// A frame around a cell, a whole row or column, or the corner.
export function frameCell({ ctx }, { row, column }, colour, width) {
  const span = (k, other) => {
    if (k !== ANY) return [place(k), CELL];
    return other === ANY ? [3, HEAD - 6] : [HEAD - 24, WHOLE + 24];
  };
  const [x, w] = span(column, row), [y, h] = span(row, column);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.strokeRect(x - 0.5, y - 0.5, w, h);
}

export function cellAt(x, y) {
  const at = (where) => Math.floor((where - HEAD) / CELL);
  return cellInside(at(y), at(x));
}

// The cell itself, or the nearest there is.
export function cellInside(row, column) {
  const inside = (k) => Math.min(9, Math.max(ANY, k));
  return { row: inside(row), column: inside(column) };
}

function place(k) {
  return HEAD + k * CELL;
}

// How strongly a cell is coloured, 0 to 1; null where it is left out.
function shareOf(mode, counts, row, column) {
  const count = counts[10 * row + column];
  const most = (kept) => Math.max(1, ...Array.from(counts).filter(kept));
  if (mode === "errors") {
    return row === column ? null : count / most((_, k) => k % 11 !== 0);
  }
  if (mode === "log") return Math.log1p(count) / Math.log1p(most(() => true));
  return count / most(() => true);
}

function paintCell(ctx, counts, mode, row, column, ink) {
  const count = counts[10 * row + column], share = shareOf(mode, counts, row, column);
  const x = place(column), y = place(row);
  ctx.fillStyle = share === null ? ink.line
    : count ? colourOf(VIRIDIS, share, 0, 1) : ink.background;
  ctx.fillRect(x, y, CELL - 1, CELL - 1);
  if (!count) return;
  ctx.fillStyle = share === null ? ink.text : readableOn(VIRIDIS, share, 0, 1);
  ctx.font = `${row === column ? 11 : 13}px system-ui, sans-serif`;
  ctx.fillText(count, x + CELL / 2, y + CELL / 2);
}

function paintHeads(ctx, ink) {
  ctx.fillStyle = ink.text;
  ctx.font = "600 13px system-ui, sans-serif";
  for (let k = 0; k < 10; k++) {
    const middle = place(k) + CELL / 2;
    ctx.fillText(k, middle, HEAD - 12);
    ctx.fillText(k, HEAD - 12, middle);
  }
  ctx.fillStyle = ink.faint;
  ctx.font = "12px system-ui, sans-serif";
  ctx.fillText("read as", place(5), 10);
  ctx.save();
  ctx.translate(10, place(5));
  ctx.rotate(-Math.PI / 2);
  ctx.fillText("label", 0, 0);
  ctx.restore();
  ctx.fillText("errors", 24, 34);
}
