// What is painted to explain one digit: its probabilities, and what a patch takes away.

import { describe, legend, paintMap } from "../shared/canvas.js";
import { GREY, SIGNED } from "../shared/colours.js";
import { largest, probability } from "../shared/numbers.js";
import { rivalsOf } from "./maths.js";

export const PIXEL = 4; // CSS pixels of a pixel
export const DIGIT_SIDE = 28 * PIXEL;
export const BARS_WIDTH = 190, BARS_HEIGHT = 140;

// Ten lines: digit, bar, probability, and what this class is here.
export function paintProbabilities(canvas, probs, label, ink) {
  const { ctx } = canvas, { read, second } = rivalsOf(probs, label);
  const names = [[read, "read"], [label, "label"], [second, "runner-up"]];
  const words = Array.from({ length: 10 }, (_, k) =>
    names.filter(([value]) => value === k).map(([, name]) => name).join(", "));
  ctx.clearRect(0, 0, BARS_WIDTH, BARS_HEIGHT);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (let k = 0; k < 10; k++) {
    const y = (k + 0.5) * (BARS_HEIGHT / 10), left = 16, length = probs[k] * 36;
    ctx.font = `${k === read || k === label ? "600 " : ""}12px system-ui, sans-serif`;
    ctx.fillStyle = ink.text;
    ctx.fillText(k, 2, y);
    ctx.fillStyle = k === read ? ink.accent : k === label ? ink.good : ink.faint;
    ctx.fillRect(left, y - 6, length, 12);
    ctx.fillStyle = ink.text;
    const text = `${probability(probs[k])}${words[k] ? ` ${words[k]}` : ""}`;
    ctx.fillText(text, left + length + 5, y);
  }
  const spoken = words.map((word, k) =>
    `${k}${word ? ` (${word})` : ""}: ${probability(probs[k])}`);
  describe(canvas, `Probabilities: ${spoken.join(", ")}`);
}

// `patch`: the {row, column} of its middle and its {size}; null for none.
export function paintDigit({ ctx }, levels, patch) {
  paintMap(ctx, levels, 28, 28, 0, 0, PIXEL, GREY, 0, 255);
  if (!patch) return;
  const { x, y, side } = patchBox(patch);
  ctx.fillStyle = "#212121";
  ctx.fillRect(x, y, side, side);
  framePatch(ctx, patch, "#ffb067");
}

// `drops`: 784 numbers, or nothing while they are not known.
export function paintDrops({ ctx }, drops, levels, patch, ink) {
  ctx.clearRect(0, 0, DIGIT_SIDE + 20, DIGIT_SIDE + 30);
  if (!drops) {
    ctx.fillStyle = ink.line;
    ctx.fillRect(0, 0, DIGIT_SIDE, DIGIT_SIDE);
    return;
  }
  const most = Math.max(1e-6, largest(drops));
  paintMap(ctx, drops, 28, 28, 0, 0, PIXEL, SIGNED, -most, most);
  outlineDigit(ctx, levels);
  if (patch) framePatch(ctx, patch, "#000");
  legend(ctx, 0, DIGIT_SIDE + 4, DIGIT_SIDE, 8, SIGNED, -most, most, ink.text);
}

// The outline of the digit over a map, so that the two can be matched.
function outlineDigit(ctx, levels) {
  const bright = (r, q) => Math.min(r, q) >= 0 && Math.max(r, q) < 28 &&
    levels[r * 28 + q] > 100;
  ctx.strokeStyle = "#000";
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let r = 0; r <= 28; r++) {
    for (let q = 0; q <= 28; q++) {
      if (bright(r, q) !== bright(r - 1, q)) {
        ctx.moveTo(q * PIXEL, r * PIXEL);
        ctx.lineTo((q + 1) * PIXEL, r * PIXEL);
      }
      if (bright(r, q) !== bright(r, q - 1)) {
        ctx.moveTo(q * PIXEL, r * PIXEL);
        ctx.lineTo(q * PIXEL, (r + 1) * PIXEL);
      }
    }
  }
  ctx.stroke();
}

function framePatch(ctx, patch, colour) {
  const { x, y, side } = patchBox(patch);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.strokeRect(x, y, side, side);
}

function patchBox({ row, column, size }) {
  const before = Math.floor(size / 2);
  return { x: (column - before) * PIXEL, y: (row - before) * PIXEL, side: size * PIXEL };
}
