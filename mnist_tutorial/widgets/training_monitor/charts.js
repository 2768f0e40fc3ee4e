// The two charts: the losses of A and of B, and their accuracies, step by step.

import { describe } from "../shared/canvas.js";
import { number, percent } from "../shared/numbers.js";
import { LN10 } from "./words.js";

export const LOSS_HEIGHT = 156, ACCURACY_HEIGHT = 72; // CSS pixels
// Of A and of B: they stand out from a light page and from a dark one. Who does not see
// the colours has the letters, and the marks: squares and triangles.
export const LANE_COLOURS = ["#2b7bba", "#c5600c"];
const CHART = { left: 46, right: 16, top: 8, bottom: 16 };

// `chart`: {canvas, wide}. `curves`: of each lane rows as `curvesOf` gives them; `steps`
// and `top`: the ends of the axes.
export function paintLoss({ canvas, wide }, lanes, curves, { steps, top }, ink) {
  const { ctx } = canvas, place = chartPlace(wide, LOSS_HEIGHT, steps, top);
  frameChart(ctx, place, ink);
  paintLossAxes(ctx, place, steps, top, ink);
  paintLine(ctx, [[place.left, place.y(LN10)], [place.right, place.y(LN10)]], ink.faint, 1,
    [2, 3]);
  curves.forEach((curve, k) => paintBand(ctx, place, curve, LANE_COLOURS[k]));
  curves.forEach((curve, k) => paintLine(ctx, curve.map((row) =>
    [place.x(row[0]), place.y(row[1])]), LANE_COLOURS[k], 1.5));
  lanes.forEach((lane, k) => {
    for (const [step, loss] of lane.checks) {
      if (loss !== null) paintMark(ctx, k, place.x(step), place.y(loss), ink);
    }
  });
  paintHaloed(ctx, "ln 10", place.right - 4, place.y(LN10) - 3, ink);
  paintLetters(ctx, place, curves.map((curve) => curve.at(-1)), ink);
  describe(canvas, lossWords(lanes));
}

export function paintAccuracy({ canvas, wide }, lanes, { steps }, ink) {
  const { ctx } = canvas, place = chartPlace(wide, ACCURACY_HEIGHT, steps, 1);
  frameChart(ctx, place, ink);
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const share of [0, 1]) {
    ctx.fillText(`${100 * share}`, place.left - 4, place.y(share) + 4);
  }
  ctx.fillStyle = ink.text;
  ctx.fillText("accuracy on validation digits, in %", place.right, ACCURACY_HEIGHT - 3);
  lanes.forEach(({ checks }, k) => {
    const points = checks.map(([step, , share]) => [place.x(step), place.y(share)]);
    paintLine(ctx, points, LANE_COLOURS[k], 1.5);
    for (const [x, y] of points) paintMark(ctx, k, x, y, ink);
  });
  const last = lanes.map(({ checks }) => checks.at(-1));
  paintLetters(ctx, place, last.map((check) => check && [check[0], check[2]]), ink);
  describe(canvas, accuracyWords(last));
}

function lossWords(lanes) {
  const words = lanes.map(({ steps, last, checks }, k) => {
    if (!steps) return "";
    const checked = checks.filter(([, loss]) => loss !== null).at(-1);
    return `${"AB"[k]} after ${steps} steps: ${last === null ? "no finite number"
      : number(last, 3)}` + (checked ? `, on validation ${number(checked[1], 3)}` : "");
  }).filter(Boolean);
  return `The losses, with a line at ln 10. ${words.join("; ") || "No step yet"}.`;
}

function accuracyWords(last) {
  const words = last.map((check, k) => check &&
    `${"AB"[k]} ${percent(check[2])} after ${check[0]} steps`).filter(Boolean);
  return `Accuracy on validation: ${words.join("; ") || "none yet"}.`;
}

// Where a step and a value lie in a chart whose values reach from 0 to `top`.
function chartPlace(wide, height, steps, top) {
  const { left } = CHART, right = wide - CHART.right;
  const down = height - CHART.top - CHART.bottom;
  return {
    wide, height, left, right,
    x: (step) => left + (step / steps) * (right - left),
    y: (value) => CHART.top + (1 - Math.min(1, value / top)) * down,
  };
}

// An empty chart with its floor.
function frameChart(ctx, { wide, height, left, right, y }, ink) {
  ctx.clearRect(0, 0, wide, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "alphabetic";
  paintLine(ctx, [[left, CHART.top], [left, y(0)], [right, y(0)]], ink.line, 1);
}

function paintLossAxes(ctx, { left, right, height, y }, steps, top, ink) {
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const value of [0, Math.floor(top / 2), Math.floor(top)]) {
    ctx.fillText(String(value), left - 4, y(value) + 4);
  }
  ctx.textAlign = "left";
  ctx.fillText("loss", 2, y(top) + 4);
  ctx.fillText("0", left, height - 3);
  ctx.textAlign = "right";
  ctx.fillText(`${steps} steps`, right, height - 3);
}

// From the lowest to the highest of the steps that a point of the curve stands for.
function paintBand(ctx, { x, y }, curve, colour) {
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.2;
  ctx.beginPath();
  for (const row of curve) ctx.lineTo(x(row[0]), y(row[3]));
  for (const row of [...curve].reverse()) ctx.lineTo(x(row[0]), y(row[2]));
  ctx.fill();
  ctx.globalAlpha = 1;
}

// An evaluation: a square for A, a triangle for B.
function paintMark(ctx, k, x, y, ink) {
  ctx.fillStyle = LANE_COLOURS[k];
  ctx.strokeStyle = ink.background; // so that it stands out from a curve below it
  ctx.lineWidth = 1;
  ctx.beginPath();
  const corners = k ? [[-4, 3], [0, -4], [4, 3]] : [[-3, -3], [3, -3], [3, 3], [-3, 3]];
  for (const [dx, dy] of [...corners, corners[0]]) ctx.lineTo(x + dx, y + dy);
  ctx.fill();
  ctx.stroke();
}

// The name of each curve at its end, one above the other where both end alike.
function paintLetters(ctx, { x, y }, ends, ink) {
  ctx.textAlign = "left";
  const at = ends.map((end) => end && { x: x(end[0]) + 5, y: y(end[1]) + 4 });
  const [a, b] = at;
  if (a && b && Math.abs(a.x - b.x) < 10 && Math.abs(a.y - b.y) < 11) {
    const middle = (a.y + b.y) / 2, up = a.y <= b.y ? 1 : -1;
    [a.y, b.y] = [middle - 5.5 * up, middle + 5.5 * up];
  }
  ctx.fillStyle = ink.text;
  at.forEach((place, k) => place && ctx.fillText("AB"[k], place.x, place.y));
}

// A word that no curve crosses.
function paintHaloed(ctx, word, x, y, ink) {
  ctx.textAlign = "right";
  ctx.strokeStyle = ink.background;
  ctx.lineWidth = 3;
  ctx.strokeText(word, x, y);
  ctx.fillStyle = ink.faint;
  ctx.fillText(word, x, y);
}

function paintLine(ctx, points, colour, width, dashes = []) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dashes);
  ctx.beginPath();
  for (const [px, py] of points) ctx.lineTo(px, py);
  ctx.stroke();
  ctx.setLineDash([]);
}
