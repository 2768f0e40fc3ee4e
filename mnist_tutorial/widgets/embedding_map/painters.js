// What is painted on the map of digits, and beside it.

import { describe, paintMap, surface } from "../shared/canvas.js";
import { GREY } from "../shared/colours.js";
import { number, percent } from "../shared/numbers.js";
import { paintThumbnails } from "../shared/thumbnails.js";
import { placed } from "./maths.js";

export const NEAREST = 5; // neighbours shown
const THUMBS = { x: 0, y: 0, size: 2, gap: 4, across: NEAREST };
const NEAR_WIDTH = NEAREST * 60, NEAR_HEIGHT = 86;

export function neighbourCanvas() {
  return surface(NEAR_WIDTH, NEAR_HEIGHT, "", { "data-part": "neighbours" });
}

function colourOfClass(label, dark) {
  return `hsl(${(label * 137 + 20) % 360} ${dark ? 75 : 85}% ${dark ? 70 : 34}%)`;
}

// Every digit as its own numeral, so that colour is not the only sign; misread ones in
// a ring. Other classes than `map.only`, if there is one, are faint.
export function paintPoints(map, ink) {
  const { base: { ctx }, points, labels, preds, only, side } = map;
  const dark = document.body.dataset.jpThemeLight === "false" ||
    window.matchMedia("(forced-colors: active) and (prefers-color-scheme: dark)").matches;
  ctx.clearRect(0, 0, side, side);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = "600 10px system-ui, sans-serif";
  points.forEach(([x, y], i) => {
    if (Math.min(x, y) < -10 || Math.max(x, y) > side + 10) return; // out of sight
    ctx.globalAlpha = only === null || labels[i] === only ? 0.85 : 0.1;
    ctx.fillStyle = colourOfClass(labels[i], dark);
    ctx.fillText(labels[i], x, y);
    if (labels[i] !== preds[i]) ringAt(ctx, [x, y], 7, ink.text, 1);
  });
  ctx.globalAlpha = 1;
}

// Over the points: the one looked at, enlarged, with lines to its neighbours.
export function paintPointers(map, { point, image, white }, neighbours, ink) {
  const { canvas: { ctx }, base, points, own, side } = map;
  ctx.clearRect(0, 0, side, side);
  ctx.drawImage(base, 0, 0, side, side);
  paintWords(ctx, map.shares, side, ink);
  ctx.strokeStyle = ink.accent;
  ctx.lineWidth = 1;
  for (const { index } of neighbours) {
    ctx.beginPath();
    ctx.moveTo(...point);
    ctx.lineTo(...points[index]);
    ctx.stroke();
  }
  if (own) ringAt(ctx, placed(map, own.home), 9, ink.good, 3);
  ringAt(ctx, point, 9, ink.accent, 3);
  const [x, y] = point, large = 56;
  const left = x + 14 + large > side ? x - 14 - large : x + 14;
  const top = Math.min(Math.max(y - large / 2, 2), side - large - 2);
  paintMap(ctx, image, 28, 28, left, top, 2, GREY, 0, white);
  ctx.strokeStyle = ink.accent;
  ctx.lineWidth = 2;
  ctx.strokeRect(left - 1, top - 1, large + 2, large + 2);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number[]} place
 */
function ringAt(ctx, [x, y], radius, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.stroke();
}

function paintWords(ctx, [first, second], side, ink) {
  ctx.fillStyle = ink.faint;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  const middle = side / 2;
  ctx.fillText(`first direction: ${percent(first, 0)} of the variance`, middle,
    side - 3);
  ctx.save();
  ctx.translate(14, middle);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(`second direction: ${percent(second, 0)}`, 0, 0);
  ctx.restore();
}

export function paintNeighbours({ near, pixels, labels }, neighbours, ink) {
  const { ctx } = near;
  ctx.clearRect(0, 0, NEAR_WIDTH, NEAR_HEIGHT);
  const indices = neighbours.map(({ index }) => index);
  const grid = paintThumbnails(ctx, pixels, indices, THUMBS);
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.fillStyle = ink.text;
  neighbours.forEach(({ index, distance }, k) => {
    const [x] = grid.corner(k);
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.fillText(labels[index], x + 28, 58);
    ctx.font = "11px system-ui, sans-serif";
    ctx.fillText(number(distance, 1), x + 28, 72);
  });
  const words = neighbours.map(({ index, distance }) =>
    `a ${labels[index]} at ${number(distance, 1)}`);
  describe(near, `Nearest digits: ${words.join(", ")}`);
}
