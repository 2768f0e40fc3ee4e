// A sheet to draw a digit on: with mouse, pen or finger, or with the arrow keys.

import { paintMap, position, surface } from "./canvas.js";
import { GREY } from "./colours.js";
import { button, keys, make, say } from "./dom.js";

export const PAD_PIXELS = 112; // the sheet's own resolution, four times MNIST's
const PEN = 4.5; // radius in sheet pixels: the stroke of MNIST's digits, about

// Returns {element, clear, show}. `onInk(ink, began)` is called at each change with the
// sheet as Float32Array(112 × 112), 0-1, bright on black. `show(image)` lays an image
// (784 numbers 0-1) on the sheet, to be drawn over.
/**
 * @param {any} root
 * @param {{ size?: number, onInk?: (ink: Float32Array, began: number) => void }} [options]
 */
export function drawingPad(root, { size = 224, onInk = () => {} } = {}) {
  const sheet = new Float32Array(PAD_PIXELS * PAD_PIXELS);
  const help = "Sheet to draw on. With the keyboard: arrows move the pen, Space lowers " +
    "or lifts it, Delete clears.";
  const canvas = surface(size, size, help, {
    class: "mt-pad", tabindex: "0", style: "touch-action: none; cursor: crosshair",
    role: "application",
  });
  const scaleOf = PAD_PIXELS / size;
  const pen = { x: PAD_PIXELS / 2, y: PAD_PIXELS / 4, down: false, shown: false };

  function repaint() {
    paintMap(canvas.ctx, sheet, PAD_PIXELS, PAD_PIXELS, 0, 0, size / PAD_PIXELS, GREY,
      0, 1);
    if (!pen.shown) return;
    canvas.ctx.strokeStyle = pen.down ? "#ffb067" : "#8ab4f8";
    canvas.ctx.lineWidth = 2;
    canvas.ctx.beginPath();
    canvas.ctx.arc(pen.x / scaleOf, pen.y / scaleOf, (PEN + 2) / scaleOf, 0, 7);
    canvas.ctx.stroke();
  }

  function changed(began) {
    repaint();
    onInk(sheet, began);
  }

  const last = new Map(); // where each pointer that draws is: a second finger may come
  const drawTo = (event) => {
    const began = performance.now();
    const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const move of moves.length ? moves : [event]) {
      const { x, y } = position(canvas, move);
      const to = { x: x * scaleOf, y: y * scaleOf };
      inkLine(sheet, last.get(event.pointerId) || to, to);
      last.set(event.pointerId, to);
    }
    changed(began);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pen.shown = pen.down = false;
    last.delete(event.pointerId);
    drawTo(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const id = event.pointerId;
    if (last.has(id) && canvas.hasPointerCapture(id)) drawTo(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => last.delete(event.pointerId));
  }

  function clear() {
    sheet.fill(0);
    pen.down = false;
    changed(performance.now());
  }

  const step = (dx, dy) => (_, began) => {
    const to = {
      x: Math.min(Math.max(pen.x + dx, PEN), PAD_PIXELS - PEN),
      y: Math.min(Math.max(pen.y + dy, PEN), PAD_PIXELS - PEN),
    };
    if (pen.down) inkLine(sheet, pen, to);
    Object.assign(pen, to, { shown: true });
    if (pen.down) changed(began);
    else repaint();
    say(root, `Pen ${pen.down ? "down" : "up"}, row ${Math.round(pen.y / 4)}, ` +
      `column ${Math.round(pen.x / 4)} of 28`);
  };
  keys(canvas, {
    ArrowLeft: step(-4, 0), ArrowRight: step(4, 0),
    ArrowUp: step(0, -4), ArrowDown: step(0, 4),
    " ": (_, began) => {
      pen.down = !pen.down;
      pen.shown = true;
      if (pen.down) inkLine(sheet, pen, pen);
      say(root, "");
      changed(began);
      // After what the view may have said of the ink.
      const heard = root.spoken.textContent, words = pen.down ? "Pen down" : "Pen up";
      say(root, heard ? `${heard}. ${words}` : words);
    },
    Delete: clear, Backspace: clear,
  });
  canvas.addEventListener("blur", () => { pen.shown = false; repaint(); });

  repaint();
  const element = make("div", { class: "mt-pad-box" }, canvas,
    make("div", { class: "mt-row" }, button("Clear", clear)));
  return {
    element, clear,
    show: (image) => {
      const times = PAD_PIXELS / 28;
      for (let r = 0; r < PAD_PIXELS; r++) {
        for (let q = 0; q < PAD_PIXELS; q++) {
          const from = Math.floor(r / times) * 28 + Math.floor(q / times);
          sheet[r * PAD_PIXELS + q] = image[from];
        }
      }
      changed(performance.now());
    },
  };
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
