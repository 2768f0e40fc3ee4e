// A sheet to draw a digit on: with mouse, pen or finger, or with the arrow keys.

import { paintMap, position, surface } from "./canvas.js";
import { GREY, PAPER } from "./colours.js";
import { button, keys, make, say } from "./dom.js";

export const PAD_PIXELS = 112; // the sheet's own resolution, four times MNIST's
const PEN = 4.5; // radius in sheet pixels: the stroke of MNIST's digits, about

// Returns {element, clear, show, lay}. `onInk(ink, began)` is called at each change with
// the sheet as Float32Array(112 × 112), 0-1, high where there is ink. `show(image)` lays
// an image (784 numbers 0-1, or as many as the sheet has) on the sheet, to be drawn over;
// `lay(image)` does so too, but does not call `onInk`: whoever loads a digit knows it.
// On `paper` ink is dark on white, else bright on black. Until the first stroke the sheet
// says "draw here", and again when it is empty. `onEnter()` is what Enter does, if any.
/**
 * @param {any} root
 * @param {{ size?: number, paper?: boolean, onEnter?: () => void,
 *   onInk: (ink: Float32Array, began: number) => void }} options
 */
export function drawingPad(root, { size = 224, paper = false, onInk, onEnter }) {
  const words = "Sheet to draw on. With the keyboard: arrows move the pen, Space lowers " +
    `or lifts it, Delete clears${onEnter ? ", Enter saves" : ""}.`;
  const canvas = surface(size, size, words, {
    class: "mt-pad", tabindex: "0", style: "touch-action: none; cursor: crosshair",
    role: "application",
  });
  const pad = {
    root, size, onInk, onEnter, canvas, sheet: new Float32Array(PAD_PIXELS * PAD_PIXELS),
    colours: paper ? PAPER : GREY,
    hint: make("span", { class: "mt-hint", "aria-hidden": "true", text: "draw here" }),
    perPixel: PAD_PIXELS / size, // sheet pixels to a CSS pixel
    pen: { x: PAD_PIXELS / 2, y: PAD_PIXELS / 4, down: false, shown: false },
    last: new Map(), // where each pointer that draws is: a second finger may come
  };
  bindPointers(pad);
  bindPen(pad);
  paintSheet(pad);
  const sharpen = canvas.fit;
  canvas.fit = () => {
    sharpen();
    paintSheet(pad);
  };
  const clear = () => clearSheet(pad);
  const lay = (image) => layImage(pad, image);
  const show = (image) => {
    lay(image);
    onInk(pad.sheet, performance.now());
  };
  const element = make("div", { class: "mt-pad-box" },
    make("div", { class: `mt-sheet${paper ? " mt-paper" : ""}` }, canvas, pad.hint),
    make("div", { class: "mt-row" }, button("Clear", clear)));
  return { element, clear, show, lay };
}

function paintSheet({ sheet, size, canvas, pen, perPixel, colours }) {
  const { ctx } = canvas;
  paintMap(ctx, sheet, PAD_PIXELS, PAD_PIXELS, 0, 0, size / PAD_PIXELS, colours, 0, 1);
  if (!pen.shown) return;
  ctx.strokeStyle = pen.down ? "#ffb067" : "#8ab4f8";
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(pen.x / perPixel, pen.y / perPixel, (PEN + 2) / perPixel, 0, 7);
  ctx.stroke();
}

function sheetChanged(pad, began) {
  pad.hint.hidden = pad.sheet.some((ink) => ink > 0);
  paintSheet(pad);
  pad.onInk(pad.sheet, began);
}

function clearSheet(pad) {
  pad.sheet.fill(0);
  pad.pen.down = false;
  sheetChanged(pad, performance.now());
}

function layImage(pad, image) {
  const side = Math.sqrt(image.length), times = PAD_PIXELS / side;
  for (let r = 0; r < PAD_PIXELS; r++) {
    for (let q = 0; q < PAD_PIXELS; q++) {
      const from = Math.floor(r / times) * side + Math.floor(q / times);
      pad.sheet[r * PAD_PIXELS + q] = image[from];
    }
  }
  pad.hint.hidden = false;
  paintSheet(pad);
}

// --- Mouse, pen and fingers

function bindPointers(pad) {
  const { canvas, pen, last } = pad;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pen.shown = pen.down = false;
    last.delete(event.pointerId);
    drawTo(pad, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const id = event.pointerId;
    if (last.has(id) && canvas.hasPointerCapture(id)) drawTo(pad, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => last.delete(event.pointerId));
  }
}

function drawTo(pad, event) {
  const { canvas, sheet, last, perPixel } = pad;
  const began = performance.now();
  const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  for (const move of moves.length ? moves : [event]) {
    const { x, y } = position(canvas, move);
    const to = { x: x * perPixel, y: y * perPixel };
    inkLine(sheet, last.get(event.pointerId) || to, to);
    last.set(event.pointerId, to);
  }
  sheetChanged(pad, began);
}

// --- The pen of the keyboard

function bindPen(pad) {
  const { canvas, pen, onEnter } = pad;
  const move = (dx, dy) => (_, began) => movePen(pad, dx, dy, began);
  const clear = () => clearSheet(pad);
  keys(canvas, {
    ArrowLeft: move(-4, 0), ArrowRight: move(4, 0),
    ArrowUp: move(0, -4), ArrowDown: move(0, 4),
    " ": (_, began) => dropPen(pad, began),
    Delete: clear, Backspace: clear, Enter: onEnter,
  });
  canvas.addEventListener("blur", () => {
    pen.shown = false;
    paintSheet(pad);
  });
}

function movePen(pad, dx, dy, began) {
  const { root, pen, sheet } = pad;
  const to = {
    x: Math.min(Math.max(pen.x + dx, PEN), PAD_PIXELS - PEN),
    y: Math.min(Math.max(pen.y + dy, PEN), PAD_PIXELS - PEN),
  };
  if (pen.down) inkLine(sheet, pen, to);
  Object.assign(pen, to, { shown: true });
  if (pen.down) sheetChanged(pad, began);
  else paintSheet(pad);
  say(root, `Pen ${pen.down ? "down" : "up"}, row ${Math.round(pen.y / 4)}, ` +
    `column ${Math.round(pen.x / 4)} of 28`);
}

function dropPen(pad, began) {
  const { root, pen, sheet } = pad;
  Object.assign(pen, { down: !pen.down, shown: true });
  if (pen.down) inkLine(sheet, pen, pen);
  say(root, "");
  sheetChanged(pad, began);
  // After what the view may have said of the ink.
  const heard = root.spoken.textContent, words = pen.down ? "Pen down" : "Pen up";
  say(root, heard ? `${heard}. ${words}` : words);
}

// Ink a round stroke between two points; its edge fades over one pixel. Ink only adds.
function inkLine(sheet, from, to) {
  const dx = to.x - from.x, dy = to.y - from.y;
  const lengthSquared = dx * dx + dy * dy;
  const reach = PEN + 1;
  const first = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const end = (a, b) => Math.min(PAD_PIXELS, Math.ceil(Math.max(a, b) + reach));
  for (let r = first(from.y, to.y); r < end(from.y, to.y); r++) {
    for (let q = first(from.x, to.x); q < end(from.x, to.x); q++) {
      const px = q + 0.5 - from.x, py = r + 0.5 - from.y;
      const along = lengthSquared ? (px * dx + py * dy) / lengthSquared : 0;
      const t = Math.min(1, Math.max(0, along));
      const distance = Math.hypot(px - t * dx, py - t * dy);
      const ink = Math.min(1, Math.max(0, PEN + 0.5 - distance));
      const k = r * PAD_PIXELS + q;
      if (ink > sheet[k]) sheet[k] = ink;
    }
  }
}
