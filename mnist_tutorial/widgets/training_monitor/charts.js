// The two charts of a lane: its loss and its accuracy, step by step.

import { describe } from "../shared/canvas.js";
import { number, percent } from "../shared/numbers.js";
import { LN10 } from "./words.js";

export const LANE_WIDTH = 364, CURVE_HEIGHT = 132, ACCURACY_HEIGHT = 66; // CSS pixels
const CHART = { left: 46, right: 6, top: 8, bottom: 16 };
const RIGHT = LANE_WIDTH - CHART.right;

// `curve`: rows as `curvesOf` gives them; `steps` and `top`: the ends of the axes.
export function paintLoss(canvas, lane, curve, { steps, top }, ink) {
  const { ctx } = canvas, place = chartPlace(CURVE_HEIGHT, steps, top);
  frameChart(ctx, CURVE_HEIGHT, place.y(0), ink);
  paintLossAxes(ctx, place, steps, top, ink);
  paintCurve(ctx, place, curve, ink);
  paintLevel(ctx, place.y(LN10), ink.faint, 1, [2, 3]);
  ctx.fillStyle = ink.faint;
  ctx.fillText("ln 10", RIGHT, place.y(LN10) - 3);
  const checked = lane.checks.filter((check) => check[1] !== null);
  if (checked.length) paintValidation(ctx, place, checked, ink);
  const words = checked.length
    ? `, validation loss ${number(checked[checked.length - 1][1], 3)}` : "";
  describe(canvas, `Loss over ${lane.steps} steps, with a line at ln 10; ` +
    `last ${number(lane.last ?? NaN, 3)}${words}`);
}

export function paintAccuracy(canvas, lane, { steps }, ink) {
  const { ctx } = canvas, { x, y } = chartPlace(ACCURACY_HEIGHT, steps, 1);
  frameChart(ctx, ACCURACY_HEIGHT, y(0), ink);
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const share of [0, 1]) {
    ctx.fillText(`${100 * share}`, CHART.left - 4, y(share) + 4);
  }
  const points = lane.checks.map(([step, , accuracy]) => [x(step), y(accuracy)]);
  paintLine(ctx, points, ink.accent, 1.3);
  ctx.fillStyle = ink.accent;
  for (const [px, py] of points) ctx.fillRect(px - 2, py - 2, 4, 4);
  const last = lane.checks.length ? lane.checks[lane.checks.length - 1] : null;
  const text = last === null ? "accuracy on 1,000 validation digits, in %"
    : `accuracy on validation: ${percent(last[2])}`;
  ctx.textAlign = "right";
  ctx.fillStyle = ink.text;
  ctx.fillText(text, RIGHT, ACCURACY_HEIGHT - 3);
  describe(canvas,
    last === null ? "No accuracy yet" : `${text} after ${last[0]} steps`);
}

// Where a step and a value lie in a chart whose values reach from 0 to `top`.
function chartPlace(height, steps, top) {
  const across = RIGHT - CHART.left, down = height - CHART.top - CHART.bottom;
  return {
    x: (step) => CHART.left + (step / steps) * across,
    y: (value) => CHART.top + (1 - Math.min(1, value / top)) * down,
  };
}

// An empty chart with its floor.
function frameChart(ctx, height, floor, ink) {
  ctx.clearRect(0, 0, LANE_WIDTH, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "alphabetic";
  paintLine(ctx, [[CHART.left, CHART.top], [CHART.left, floor], [RIGHT, floor]],
    ink.line, 1);
}

function paintLossAxes(ctx, { y }, steps, top, ink) {
  ctx.fillStyle = ink.faint;
  ctx.textAlign = "right";
  for (const value of [0, Math.floor(top / 2), Math.floor(top)]) {
    ctx.fillText(String(value), CHART.left - 4, y(value) + 4);
  }
  ctx.textAlign = "left";
  ctx.fillText("loss", 2, y(top) + 4);
  ctx.fillText("0", CHART.left, CURVE_HEIGHT - 3);
  ctx.textAlign = "right";
  ctx.fillText(`${steps} steps`, RIGHT, CURVE_HEIGHT - 3);
}

// The mean, and behind it from the lowest to the highest of the steps that a point
// stands for.
function paintCurve(ctx, { x, y }, curve, ink) {
  ctx.fillStyle = ink.line;
  ctx.beginPath();
  for (const row of curve) ctx.lineTo(x(row[0]), y(row[3]));
  for (const row of [...curve].reverse()) ctx.lineTo(x(row[0]), y(row[2]));
  ctx.fill();
  paintLine(ctx, curve.map((row) => [x(row[0]), y(row[1])]), ink.text, 1.3);
}

function paintValidation(ctx, { x, y }, checked, ink) {
  const last = checked[checked.length - 1][1];
  paintLevel(ctx, y(last), ink.accent, 1.3, [7, 3]);
  ctx.fillStyle = ink.accent;
  for (const [step, value] of checked) {
    ctx.fillRect(x(step) - 1.5, y(value) - 1.5, 3, 3);
  }
  // Below its line near ln 10, whose name stands above, and near the upper end.
  const below = Math.abs(y(last) - y(LN10)) < 26 || y(last) < CHART.top + 10;
  const text = `validation ${number(last, 3)}`, at = y(last) + (below ? 12 : -4);
  ctx.strokeStyle = ink.background; // so that the curve does not cross the letters
  ctx.lineWidth = 4;
  ctx.strokeText(text, RIGHT, at);
  ctx.fillText(text, RIGHT, at);
}

function paintLevel(ctx, y, colour, width, dashes) {
  paintLine(ctx, [[CHART.left, y], [RIGHT, y]], colour, width, dashes);
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
