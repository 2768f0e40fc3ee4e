// What every widget uses: page elements, canvases, colours, keys, numbers as text.
// A view imports what it needs by name; base.py joins the files to one module.

// --- The widget as a whole

// Put an empty widget into `el`. Keys pressed inside it are not JupyterLab's. Whoever
// mounts calls `.stop()` when the view ends.
export function mount(model, el, name, label) {
  const message = make("p", { class: "mt-message", role: "status" });
  const spoken = make("p", { class: "mt-spoken", "aria-live": "polite" });
  const root = make("div", {
    class: "mt", role: "group", "aria-label": label,
    "data-widget": name, "data-seq": "0", "data-lm-suppress-shortcuts": "true",
  });
  // JupyterLab's own key handlers sit above; they would move its cursor.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  root.spoken = spoken;
  root.append(message, spoken);
  el.replaceChildren(root);
  const show = () => { message.textContent = model.get("message") || ""; };
  root.stop = listen(model, ["message"], show);
  show();
  return root;
}

// Mark that everything drawn is on the page; tests and benchmarks read the marks.
export function painted(root, began) {
  root.dataset.seq = String(Number(root.dataset.seq) + 1);
  if (began !== undefined) root.dataset.ms = (performance.now() - began).toFixed(2);
}

// Say something to those who do not see the canvas.
export function say(root, text) {
  if (root.spoken.textContent !== text) root.spoken.textContent = text;
}

// Call `handler` when one of the traits changes; the result undoes it.
export function listen(model, names, handler) {
  for (const name of names) model.on(`change:${name}`, handler);
  return () => {
    for (const name of names) model.off(`change:${name}`, handler);
  };
}

// One function that stops all of them.
export function chain(...stops) {
  return () => stops.forEach((stop) => stop());
}

// --- Asking Python

export const PYTHON_WAITS = "Waiting for Python, which answers when no cell is running.";
const PYTHON_SILENT = "No answer yet: Python is busy, or it was restarted; after a " +
  "restart run this cell again.";
export const PYTHON_GONE = "Python was restarted or shut down; run this cell again.";
const PYTHON_PATIENCE = 10_000; // ms until an answer that does not come is spoken of

// `ask(content)` sends a question, `settle()` says that an answer has come. What goes
// wrong is told to `failed` as a sentence: that Python is gone, at once and unasked, or
// that it is silent. From here a long cell and a lost question look the same, so an
// answer after that still counts.
export function pythonAsker(model, failed) {
  let timer;
  const settle = () => clearTimeout(timer);
  const gone = () => { settle(); failed(PYTHON_GONE); };
  const ask = (content) => {
    settle();
    timer = setTimeout(() => failed(PYTHON_SILENT), PYTHON_PATIENCE);
    try { model.send(content); } catch { gone(); }
  };
  // Of ipywidgets, when the kernel restarts; what was asked is then lost.
  model.on("comm_live_update", gone);
  const stop = () => { settle(); model.off("comm_live_update", gone); };
  return { ask, settle, stop };
}

export function bytes(model, name) {
  const value = model.get(name);
  if (!value) return new Uint8Array();
  const view = new Uint8Array(value.buffer || value, value.byteOffset || 0,
    value.byteLength);
  return view.slice();
}

export function floats(model, name) {
  return new Float32Array(bytes(model, name).buffer);
}

// --- Elements

// An element with attributes (`text` its words, `on` its event handlers), and children.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name === "on") {
      for (const [event, handler] of Object.entries(value)) {
        element.addEventListener(event, handler);
      }
    } else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

export function button(label, onClick, attributes = {}) {
  const settings = { class: "mt-button", type: "button", text: label };
  return make("button", { ...settings, ...attributes, on: { click: onClick } });
}

// A labelled range with its value beside it; `.input` is the range itself.
/**
 * @param {{ label: string, min: number, max: number, step: number, value: number,
 *   onInput?: (value: number, began: number, event: Event) => void,
 *   format?: (value: number) => string }} settings
 */
export function slider({ label, min, max, step, value, onInput, format = String }) {
  const shown = make("output", { class: "mt-value", text: format(Number(value)) });
  const input = make("input", {
    type: "range", min, max, step, value, "aria-label": label,
    on: {
      input: (event) => {
        element.refresh();
        if (onInput) onInput(Number(input.value), performance.now(), event);
      },
    },
  });
  const element = make("label", { class: "mt-slider" },
    make("span", { text: label }), input, shown);
  element.input = input;
  element.refresh = () => {
    shown.textContent = format(Number(input.value));
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  element.set = (now) => { input.value = now; element.refresh(); };
  element.refresh();
  return element;
}

export function toggle(label, checked, onChange) {
  const input = make("input", { type: "checkbox" });
  input.checked = checked;
  input.addEventListener("change", () => onChange(input.checked, performance.now()));
  const element = make("label", { class: "mt-toggle" }, input,
    make("span", { text: label }));
  element.input = input;
  return element;
}

// A labelled list to choose from: options are [value, text].
export function choice(label, options, value, onChange) {
  const input = make("select", { "aria-label": label },
    ...options.map(([key, text]) => make("option", { value: key, text })));
  input.value = value;
  input.addEventListener("change", () => onChange(input.value, performance.now()));
  const element = make("label", { class: "mt-choice" },
    make("span", { text: label }), input);
  element.input = input;
  return element;
}

// Bind keys on an element: {"ArrowLeft": f, "Shift+ArrowUp": f, " ": f, "+": f}. Other
// keys, Tab first of all, keep what they do on the page.
export function keys(element, bindings) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shifted = event.shiftKey ? `Shift+${event.key}` : event.key;
    // "+" itself needs Shift on many keyboards.
    const action = bindings[shifted] || bindings[event.key];
    if (!action) return;
    event.preventDefault();
    action(event, performance.now());
  });
}

// --- Canvas

// A canvas of so many CSS pixels, sharp on any screen; `.ctx` draws in CSS pixels.
export function surface(width, height, label, attributes = {}) {
  const canvas = make("canvas", { role: "img", "aria-label": label, ...attributes });
  canvas.resize = (newWidth, newHeight) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(newWidth * ratio);
    canvas.height = Math.round(newHeight * ratio);
    canvas.style.width = `${newWidth}px`;
    canvas.style.height = `${newHeight}px`;
    canvas.ctx = canvas.getContext("2d");
    canvas.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
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

// Paint many maps, `across` side by side. `limits(channel)` gives each its own [low,
// high]. The result answers where a point lies, and where a channel begins.
export function mosaic(ctx, values, channels, rows, columns, layout) {
  const { x = 0, y = 0, size, gap = 2, across, lut, limits = null } = layout;
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
  const pitchX = columns * size + gap, pitchY = rows * size + gap;
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

// One pixel sheet per size, kept: making them anew at each stroke would cost more than
// filling them.
const SHEETS = new Map();

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

// --- Grey levels: as data.py normalises them

export const MEAN = 0.1307, STD = 0.3081; // of MNIST's pixels, 0 to 1
export const BLACK = -MEAN / STD, WHITE = (1 - MEAN) / STD; // once normalised

// --- Colours: 256 each, as words of red, green, blue, opaque (in memory's order)

function lookupTable(...stops) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    const mixed = stops[k].map((a, j) => Math.round(a + (stops[k + 1][j] - a) * (at - k)));
    table[i] = (255 << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
  }
  return table;
}

export const GREY = lookupTable([0, 0, 0], [255, 255, 255]);
// Negative blue, zero nearly white, positive red: told apart by every kind of eye.
export const SIGNED = lookupTable([5, 48, 97], [67, 137, 190], [247, 247, 247],
  [210, 98, 80], [103, 0, 31]);
export const VIRIDIS = lookupTable([68, 1, 84], [65, 68, 135], [42, 120, 142],
  [34, 168, 132], [122, 209, 81], [253, 231, 37]);

function wordOf(lut, value, low, high) {
  const index = high > low ? ((value - low) / (high - low)) * 256 : 0;
  return lut[Math.min(255, Math.max(0, Math.floor(index) || 0))];
}

export function colourOf(lut, value, low, high) {
  const word = wordOf(lut, value, low, high);
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

// Black or white, whichever stands out more from that colour (WCAG 2.2, relative
// luminance: above 0.179 it is black).
export function readableOn(lut, value, low, high) {
  const word = wordOf(lut, value, low, high);
  const [red, green, blue] = [0, 8, 16].map((shift) => {
    const part = ((word >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

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

// The page's colours for what is drawn on a canvas.
export function inkOf(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--mt-${name}`).trim();
  const names = ["text", "faint", "line", "background", "accent", "good", "bad"];
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

// Repaint when JupyterLab changes between light and dark; the result stops that.
export function onTheme(root, repaint) {
  const observer = new MutationObserver(() => repaint());
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  return () => observer.disconnect();
}

// Repaint once the widget stands in the page: before, it has no colours to paint with.
// The result stops that.
export function whenShown(root, repaint) {
  const observer = new ResizeObserver(() => {
    if (!root.isConnected) return;
    observer.disconnect();
    repaint();
  });
  if (!root.isConnected) observer.observe(root);
  return () => observer.disconnect();
}

// --- Numbers

// A number as text: a true minus sign, and no "-0.00".
export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinite";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

export function signedNumber(value, digits = 2) {
  const text = number(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export function percent(fraction, digits = 1) {
  return `${number(100 * fraction, digits)} %`;
}

export function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}
