// The curve of −ln p over p, with a dot where the right digit's probability stands.

import { surface } from "../shared/canvas.js";
import { number } from "../shared/numbers.js";

const WIDTH = 260, HEIGHT = 170;
const LEFT = 34, RIGHT = WIDTH - 12, TOP = 12, BOTTOM = HEIGHT - 32;
const POINTS = 120; // of the curve

export function newCurve() {
  return surface(WIDTH, HEIGHT, "");
}

// The loss up to which the axis reaches: 6, or what doubling makes of it.
export function highestShown(loss) {
  let top = 6;
  while (loss > top) top *= 2;
  return top;
}

// `floor`: the least loss that can be reached, drawn where it is above 0.
export function paintCurve({ ctx }, { p, loss, floor }, ink) {
  const top = highestShown(loss);
  const x = (share) => LEFT + share * (RIGHT - LEFT);
  const y = (value) => BOTTOM - (value / top) * (BOTTOM - TOP);
  ctx.clearRect(0, 0, WIDTH, HEIGHT);
  paintAxes(ctx, { x, y, top }, ink);
  if (floor) paintFloor(ctx, { x, y: y(floor) }, ink);
  const points = Array.from({ length: POINTS + 1 }, (_, k) => (k / POINTS) * top);
  line(ctx, points.map((value) => [x(Math.exp(-value)), y(value)]), ink.text, 1.5);
  ctx.setLineDash([3, 3]);
  line(ctx, [[LEFT, y(loss)], [x(p), y(loss)], [x(p), BOTTOM]], ink.accent, 1);
  ctx.setLineDash([]);
  ctx.fillStyle = ink.accent;
  ctx.beginPath();
  ctx.arc(x(p), y(loss), 5, 0, 2 * Math.PI);
  ctx.fill();
}

function paintAxes(ctx, { x, y, top }, ink) {
  line(ctx, [[LEFT, TOP], [LEFT, BOTTOM], [RIGHT, BOTTOM]], ink.line, 1);
  ctx.fillStyle = ink.faint;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const value of [0, top / 2, top]) ctx.fillText(number(value, 0), LEFT - 5, y(value));
  ctx.textBaseline = "top";
  for (const [share, align] of [[0, "center"], [0.5, "center"], [1, "right"]]) {
    ctx.textAlign = align;
    ctx.fillText(number(share, 1), share === 1 ? RIGHT + 6 : x(share), BOTTOM + 4);
  }
  ctx.textAlign = "center";
  ctx.fillText("p of the right digit", (LEFT + RIGHT) / 2, BOTTOM + 18);
  ctx.textAlign = "left";
  ctx.fillText("loss = −ln p", LEFT + 30, TOP - 4);
}

function paintFloor(ctx, { x, y }, ink) {
  line(ctx, [[LEFT, y], [RIGHT, y]], ink.faint, 1);
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  ctx.fillText("least loss of two softmaxes", x(1), y - 2);
}

function line(ctx, points, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  points.forEach(([x, y], k) => (k ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.stroke();
}
