// Canvases: sharp surfaces, maps of numbers, colour bars.

import { colourOf } from "./colours.js";
import { make } from "./dom.js";
import { number } from "./numbers.js";

// A canvas of so many CSS pixels, sharp on any screen; `.ctx` draws in CSS pixels.
// `.fit()` makes it sharp again on a screen of another density, with what was on it: maps
// are sharp at once, words are coarse until they are painted anew.
export function surface(width, height, label, attributes = {}) {
  const canvas = make("canvas", { role: "img", "aria-label": label, ...attributes });
  let size = [width, height], density = 0;
  canvas.resize = (newWidth, newHeight) => {
    const ratio = window.devicePixelRatio || 1;
    [size, density] = [[newWidth, newHeight], ratio];
    canvas.width = Math.round(newWidth * ratio);
    canvas.height = Math.round(newHeight * ratio);
    canvas.style.width = `${newWidth}px`;
    canvas.style.height = `${newHeight}px`;
    canvas.ctx = canvas.getContext("2d");
    canvas.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  };
  canvas.fit = () => {
    if (density === (window.devicePixelRatio || 1)) return;
    if (!canvas.width || !canvas.height) {  // nothing is on it, and it cannot be drawn
      canvas.resize(...size);
      return;
    }
    const before = document.createElement("canvas");
    Object.assign(before, { width: canvas.width, height: canvas.height });
    /** @type {CanvasRenderingContext2D} */ (before.getContext("2d"))
      .drawImage(canvas, 0, 0);
    canvas.resize(...size);
    canvas.ctx.imageSmoothingEnabled = false;
    canvas.ctx.drawImage(before, 0, 0, ...size);
    canvas.ctx.imageSmoothingEnabled = true;
  };
  canvas.resize(width, height);
  return canvas;
}

export function describe(canvas, text) {
  if (canvas.getAttribute("aria-label") !== text) {
    canvas.setAttribute("aria-label", text);
  }
}

// Where an event struck a canvas, in CSS pixels.
export function position(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

// Paint row-major values as an image of rows × columns cells of `size` CSS pixels.
export function paintMap(ctx, values, rows, columns, x, y, size, lut, low, high) {
  const layout = { x, y, size, gap: 0, across: 1, lut, low, high };
  return mosaic(ctx, values, 1, rows, columns, layout);
}

// Paint many maps, `across` side by side, `gap` between them and `gapY` between lines.
// `limits(channel)` gives each its own [low, high]. The result answers where a point lies, and where a channel begins.
export function mosaic(ctx, values, channels, rows, columns, layout) {
  const { x = 0, y = 0, size, gap = 2, gapY = gap, across, lut, limits = null } = layout;
  const lines = Math.ceil(channels / across);
  const sheet = scratch(across * columns, lines * rows);
  const { words, width } = sheet;
  for (let c = 0; c < channels; c++) {
    const [low, high] = limits ? limits(c) : [layout.low, layout.high];
    const factor = high > low ? 256 / (high - low) : 0;
    const corner = Math.floor(c / across) * rows * width + (c % across) * columns;
    for (let r = 0, k = c * rows * columns; r < rows; r++) {
      for (let q = 0; q < columns; q++, k++) {
        const index = (values[k] - low) * factor;
        words[corner + r * width + q] = lut[index > 255 ? 255 : index > 0 ? index | 0 : 0];
      }
    }
  }
  sheet.ctx.putImageData(sheet.image, 0, 0);
  ctx.imageSmoothingEnabled = false;
  const pitchX = columns * size + gap, pitchY = rows * size + gapY;
  const corner = (c) => [x + (c % across) * pitchX, y + Math.floor(c / across) * pitchY];
  for (let c = 0; c < channels; c++) {
    const [left, top] = corner(c);
    ctx.drawImage(sheet.canvas, (c % across) * columns, Math.floor(c / across) * rows,
      columns, rows, left, top, columns * size, rows * size);
  }
  const where = (px, py) => {
    const i = Math.floor((px - x) / pitchX), j = Math.floor((py - y) / pitchY);
    const channel = j * across + i;
    if (i < 0 || i >= across || j < 0 || channel >= channels) return null;
    const column = Math.floor((px - x - i * pitchX) / size);
    const row = Math.floor((py - y - j * pitchY) / size);
    return row < rows && column < columns ? { channel, row, column } : null;
  };
  return { where, corner };
}

function scratch(width, height) {
  const key = `${width} ${height}`;
  if (!SHEETS.has(key)) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = ctx.createImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    SHEETS.set(key, { canvas, ctx, image, words, width });
  }
  const sheet = SHEETS.get(key);
  sheet.words.fill(0);
  return sheet;
}

// One pixel sheet per size, kept: making them anew at each stroke would cost more than
// filling them.
const SHEETS = new Map();

// A colour bar with the numbers at its ends and middle below it (height: the bar's).
export function legend(ctx, x, y, width, height, lut, low, high, colour = "#000") {
  for (let i = 0; i < width; i++) {
    ctx.fillStyle = colourOf(lut, low + ((i + 0.5) / width) * (high - low), low, high);
    ctx.fillRect(x + i, y, 1.5, height);
  }
  ctx.fillStyle = colour;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "top";
  const ends = [[low, 0, "left"], [(low + high) / 2, 0.5, "center"], [high, 1, "right"]];
  for (const [value, share, align] of ends) {
    ctx.textAlign = align;
    ctx.fillText(number(value), x + share * width, y + height + 2);
  }
}
