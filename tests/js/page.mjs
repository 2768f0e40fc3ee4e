// A page without a browser: as much of a document as the views use. It notes what is
// painted on its canvases, and can be read as an outline: a line for each element.

const INKS = { light: ["<", ">"], dark: ["(", ")"] };
const REFLECTED = ["title", "max", "type", "placeholder"]; // as strings, both ways
const SPECIAL = ["class", "style", "value"]; // attributes that the outline shows its way
const SHOWN = ["received", "shown", "subject", "drops"]; // what views tell the tests

export const page = {
  ink: "light", width: 640, keyboard: false, active: null, observers: new Set(),
  innerHeight: 600, frames: [], turn: 0, density: 2, media: new Map(),
  kept: new Map(), // what the browser keeps for its reader
  reached: 0, prevented: 0, // key events that came to the page, events kept from it
};

class Node {
  constructor(tag) {
    Object.assign(this, { tagName: tag.toUpperCase(), parent: null, childNodes: [],
      attributes: new Map(), listeners: new Map(), checked: false, painted: [],
      validity: { badInput: false }, selections: 0, scrolls: [], captured: new Set() });
    this.style = {};
    this.dataset = new Proxy({}, {
      get: (_, name) => this.attributes.get(dataName(name)),
      set: (_, name, value) => { this.setAttribute(dataName(name), value); return true; },
      deleteProperty: (_, name) => { this.removeAttribute(dataName(name)); return true; },
    });
    this.classList = { toggle: (name, on) => {
      const names = new Set(this.classes);
      if (on) names.add(name); else names.delete(name);
      this.setAttribute("class", [...names].join(" "));
    } };
  }

  get children() { return this.childNodes.filter((node) => typeof node !== "string"); }
  get classes() { return (this.attributes.get("class") || "").split(" ").filter(Boolean); }
  get parentElement() { return this.parent; }
  get lastChild() { return this.childNodes.at(-1); }
  get className() { return this.attributes.get("class") ?? ""; }
  set className(names) { this.setAttribute("class", names); }
  get previousElementSibling() { return this.parent.children[this.place - 1] ?? null; }
  get nextElementSibling() { return this.parent.children[this.place + 1] ?? null; }
  get place() { return this.parent.children.indexOf(this); } // among its sisters
  get isConnected() { return this === document.body || Boolean(this.parent?.isConnected); }
  get clientWidth() { return this.isConnected ? page.width : 0; }
  get textContent() {
    return this.childNodes.map((node) => node.textContent ?? node).join("");
  }

  set textContent(text) { this.replaceChildren(...(text === "" ? [] : [String(text)])); }
  get value() { return this.attributes.get("value") ?? ""; }
  set value(value) { this.attributes.set("value", String(value)); }
  get tabIndex() { return Number(this.attributes.get("tabindex") ?? -1); }
  set tabIndex(value) { this.setAttribute("tabindex", value); }

  append(...nodes) { for (const node of nodes) this.insert(node, null); }
  before(node) { this.parent.insert(node, this); }
  after(node) { this.parent.insert(node, this.nextElementSibling); }
  replaceWith(node) {
    this.before(node);
    this.remove();
  }

  // Put a node before one of the children, or at the end; what is moved loses the focus.
  insert(node, next) {
    const child = node instanceof Node ? node : String(node);
    if (child instanceof Node) {
      if (child.parent && child.contains(page.active)) page.active.blur();
      child.parent?.childNodes.splice(child.parent.childNodes.indexOf(child), 1);
      child.parent = this;
    }
    const at = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(at, 0, child);
  }

  replaceChildren(...nodes) {
    for (const child of this.children) child.parent = null;
    this.childNodes = [];
    this.append(...nodes);
  }

  remove() {
    if (!this.parent) return;
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
    this.parent = null;
  }

  setAttribute(name, value) {
    if (name === "style") {
      for (const part of value.split(";").filter((text) => text.trim())) {
        const [key, ...rest] = part.split(":");
        this.style[camel(key.trim())] = rest.join(":").trim();
      }
    } else this.attributes.set(name, String(value));
  }

  getAttribute(name) { return this.attributes.get(name) ?? null; }
  removeAttribute(name) { this.attributes.delete(name); }
  contains(node) {
    for (let at = node; at; at = at.parent) if (at === this) return true;
    return false;
  }

  closest(selector) {
    for (let at = /** @type {any} */ (this); at; at = at.parent) {
      if (at.matches(selector)) return at;
    }
    return null;
  }

  matches(selectors) { return selectors.split(",").some((one) => matches(this, one.trim())); }
  *all() {
    for (const child of this.children) {
      yield child;
      yield* child.all();
    }
  }

  querySelectorAll(selector) {
    return [...this.all()].filter((one) => one.matches(selector));
  }

  querySelector(selector) {
    return [...this.all()].find((one) => one.matches(selector)) || null;
  }

  addEventListener(type, handler) {
    const handlers = this.listeners.get(type) || [];
    this.listeners.set(type, [...handlers, handler]);
  }

  fire(type, details = {}, bubbles = true) {
    const event = { type, target: this, currentTarget: null, stopped: false, prevented: false,
      stopPropagation: () => { event.stopped = true; },
      preventDefault: () => { event.prevented = true; }, ...details };
    for (let at = /** @type {any} */ (this); at && !event.stopped;
      at = bubbles ? at.parent : null) {
      event.currentTarget = at;
      for (const handler of at.listeners.get(type) || []) handler(event);
    }
    page.prevented += event.prevented;
    return event;
  }

  dispatchEvent() { return true; } // nobody outside takes it

  focus() {
    if (this.disabled || !this.isConnected || document.activeElement === this) return;
    document.activeElement.blur();
    page.active = this;
    this.fire("focus", {}, false);
    this.fire("focusin");
  }

  blur() {
    if (page.active !== this) return;
    page.active = null;
    this.fire("blur", {}, false);
  }

  click() { this.fire("click"); }
  select() { this.selections += 1; }
  scrollIntoView(how) { this.scrolls.push(JSON.stringify(how)); }
  setPointerCapture(id) { this.captured.add(id); }
  hasPointerCapture(id) { return this.captured.has(id); }
  getBoundingClientRect() {
    return { left: 10, top: 20, bottom: 320, right: 310, width: 300, height: 300 };
  }

  getContext() {
    this.context = this.context || newContext(this);
    return this.context;
  }
}

for (const name of REFLECTED) {
  Object.defineProperty(Node.prototype, name, {
    get() { return this.attributes.get(name) ?? ""; },
    set(value) { this.setAttribute(name, value); },
  });
}
for (const name of ["hidden", "disabled"]) {
  Object.defineProperty(Node.prototype, name, {
    get() { return this.attributes.has(name); },
    set(on) { if (on) this.attributes.set(name, ""); else this.attributes.delete(name); },
  });
}

function dataName(name) {
  return `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function camel(name) {
  return name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}

function matches(node, selector) {
  if (selector === ":focus-visible") return page.keyboard && page.active === node;
  const [last, ...outer] = selector.split(/\s+(?![^[]*\])/).reverse();
  if (outer.length) return matches(node, last) && Boolean(node.parent?.closest(outer.reverse().join(" ")));
  const parts = /^(\w*)((?:\[[^\]]+\]|\.[\w-]+)*)(:checked)?$/.exec(selector);
  if (!parts || !selector) throw new Error(`The page knows no selector "${selector}".`);
  if (parts[3] && !node.checked) return false;
  if (parts[1] && node.tagName !== parts[1].toUpperCase()) return false;
  return [...parts[2].matchAll(/\.([\w-]+)|\[([\w-]+)(?:=['"]?(.*?)['"]?)?\]/g)]
    .every(([, name, key, value]) => (name ? node.classes.includes(name)
      : value === undefined ? node.attributes.has(key) : node.getAttribute(key) === value));
}

// --- What is painted

const short = (value) => (typeof value === "number"
  ? String(Math.round(value * 100) / 100 || 0) : JSON.stringify(value));
const at = (x, y) => `${short(x)},${short(y)}`;
const box = (x, y, w, h) => `${at(x, y)} ${short(w)}×${short(h)}`;

// What a canvas shows is what was painted in the last turn in which it was painted on.
// Calls with the same style share a line, which ends before it is too long to read.
function note(canvas, style, what) {
  if (canvas.turn !== page.turn) Object.assign(canvas, { painted: [], turn: page.turn });
  const last = canvas.painted.at(-1), start = `${style}: `;
  if (last?.startsWith(start) && last.length + what.length < 110) {
    canvas.painted[canvas.painted.length - 1] = `${last}; ${what}`;
  } else canvas.painted.push(start + what);
}

function newContext(canvas) {
  let path = [], dash = [];
  const fillOf = () => `${ctx.fillStyle}${ctx.globalAlpha === 1 ? "" : ` ${ctx.globalAlpha}`}`;
  const lineOf = () => `${ctx.strokeStyle} ${short(ctx.lineWidth)}` +
    `${dash.length ? ` dashed ${dash}` : ""}`;
  const letters = (how) => `${how} ${ctx.font.replace(" system-ui, sans-serif", "")} ` +
    `${ctx.textAlign} ${ctx.textBaseline}`;
  const say = (style, what) => note(canvas, style, what);
  const moved = (name) => (...numbers) => say(name, numbers.map(short).join(","));
  /** @type {any} */
  const ctx = {
    fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, font: "10px", globalAlpha: 1,
    textAlign: "start", textBaseline: "alphabetic", imageSmoothingEnabled: true,
    setTransform: (...numbers) => { canvas.scale = numbers.map(short).join(" "); },
    setLineDash: (dashes) => { dash = dashes; },
    clearRect: (...where) => say("clear", box(...where)),
    fillRect: (...where) => say(`fill ${fillOf()}`, box(...where)),
    strokeRect: (...where) => say(`frame ${lineOf()}`, box(...where)),
    fillText: (text, x, y) => say(letters(`text ${fillOf()}`), `"${text}" ${at(x, y)}`),
    strokeText: (text, x, y) => say(letters(`halo ${lineOf()}`), `"${text}" ${at(x, y)}`),
    beginPath: () => { path = []; },
    moveTo: (x, y) => path.push(`M${at(x, y)}`),
    lineTo: (x, y) => path.push(at(x, y)),
    arc: (x, y, r, from, to) => path.push(`O${at(x, y)} r${short(r)} ${from}..${to}`),
    stroke: () => say(`line ${lineOf()}`, path.join(" ")),
    fill: () => say(`area ${fillOf()}`, path.join(" ")),
    save: () => say("save", "all"), restore: () => say("restore", "all"),
    translate: moved("translate"), rotate: moved("rotate"),
    createImageData: (width, height) => (
      { width, height, data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: (image, x, y) => {
      canvas.image = { words: new Uint32Array(image.data.buffer), width: image.width, x, y };
    },
    drawImage: (source, ...numbers) => {
      const smooth = ctx.imageSmoothingEnabled ? " smoothed" : "";
      if (!source.image) {
        say("layer", `${box(...numbers)}${smooth}`);
        canvas.painted.push(...source.painted.map((line) => `  ${line}`));
        return;
      }
      const to = box(...numbers.slice(4)), from = numbers.slice(0, 4);
      say("map", `${to} of ${short(from[2])}×${short(from[3])} ` +
        `${inkOfMap(source.image, ...from)}${smooth}`);
    },
  };
  return ctx;
}

// The mean colour of a part of an image, and a mark that another image will not have.
function inkOfMap({ words, width, x: left, y: top }, x, y, w, h) {
  const sums = [0, 0, 0];
  let hash = left + top;
  for (let r = y; r < y + h; r++) {
    for (let q = x; q < x + w; q++) {
      const word = words[r * width + q];
      sums.forEach((_, k) => { sums[k] += (word >> (8 * k)) & 255; });
      hash = Math.imul(hash ^ word, 16777619) >>> 0;
    }
  }
  const mean = sums.map((sum) => Math.round(sum / (w * h)).toString(16).padStart(2, "0"));
  return `#${mean.join("")} ${hash.toString(36)}`;
}

// A mark of numbers, to a thousandth, or of a text: others will have another.
export function markOf(values) {
  const plain = (_, value) => {
    if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value));
    return typeof value === "number" ? Math.round(value * 1e3) : value;
  };
  const text = typeof values === "string" ? values : JSON.stringify(values, plain);
  let hash = 0;
  for (let k = 0; k < text.length; k++) {
    hash = Math.imul(hash ^ text.charCodeAt(k), 16777619) >>> 0;
  }
  return hash.toString(36);
}

// --- The outline

// Two spaces stand between its parts. `paintOf` gives the lines that say what is painted
// on a canvas.
export function outline(node, paintOf = (canvas) => canvas.painted, depth = 0) {
  const indent = "  ".repeat(depth);
  if (typeof node === "string") return [`${indent}"${node}"`];
  const only = node.childNodes.length === 1 && typeof node.childNodes[0] === "string";
  const text = only && node.tagName !== "STYLE" ? `  "${inOneLine(node.textContent)}"` : "";
  const lines = [indent + headOf(node) + text];
  for (const line of paintOf(node)) lines.push(`${indent}  | ${line}`);
  if (only) return lines;
  for (const child of node.childNodes) {
    const [head, ...rest] = outline(child, paintOf, depth + 1);
    const last = lines.at(-1), start = head.slice(0, head.lastIndexOf("  ") + 2);
    // Neighbours that differ in their words alone share a line.
    if (!rest.length && /^ *\w.* {2}"/.test(head) && last.startsWith(`${start}"`)) {
      lines[lines.length - 1] = `${last} · ${head.slice(start.length)}`;
    } else lines.push(head, ...rest);
  }
  return lines;
}

function inOneLine(text) {
  return text.replaceAll("\n", "⏎").replaceAll("  ", "␣␣");
}

function headOf(node) {
  const name = [node.tagName.toLowerCase(), ...node.classes].join(".");
  const attributes = [...node.attributes].filter(([key]) => !SPECIAL.includes(key) &&
    !["data-seq", "data-ms"].includes(key))
    .map(([key, value]) => (value === "" ? key : `${key}="${value}"`));
  const style = Object.entries(node.style).filter(([key, value]) => value !== "" &&
    (node.style.display !== "none" || key === "display"))
    .map(([key, value]) => `${key}: ${value}`).join("; ");
  const size = node.tagName === "CANVAS" ? `${node.width}×${node.height} by ${node.scale}` : "";
  const value = node.attributes.has("value") ? `value "${node.value}"` : "";
  const marks = SHOWN.filter((key) => node[key]).map((key) => `${key} ${markOf(node[key])}`);
  const states = [node.checked && "checked", page.active === node && "FOCUS",
    node.selections && `selected ${node.selections}×`, ...node.scrolls,
    node.captured.size && "holds the pointer"];
  const hears = [...node.listeners].map(([type, all]) =>
    (all.length > 1 ? `${type} ${all.length}×` : type)).join(" ");
  return [name, ...attributes, size, value, style && `{${style}}`, ...marks, ...states,
    hears && `hears ${hears}`].filter(Boolean).join("  ")
    .replace(/\d+\.\d{7,}/g, (long) => Number(long).toFixed(6));
}

// --- What a browser has beside the document

class Observer {
  constructor(callback) { Object.assign(this, { callback, targets: [] }); }
  observe(target, options = null) {
    this.targets.push({ target, options });
    page.observers.add(this);
  }

  disconnect() {
    this.targets = [];
    page.observers.delete(this);
  }
}
class MutationObserver extends Observer {}
class ResizeObserver extends Observer {}

// JupyterLab changes an attribute of the page's body.
export function changeTheme(ink, attribute = "data-jp-theme-light") {
  document.body.setAttribute(attribute, ink === "light");
  page.ink = ink;
  page.turn += 1;
  fire(MutationObserver, ({ target, options }) => target === document.body &&
    options.attributes && options.attributeFilter.includes(attribute));
}

// The page goes to a screen of another pixel density.
export function changeDensity(density) {
  const before = page.density;
  page.density = density;
  page.turn += 1;
  const concerned = page.media.get(`(resolution: ${before}dppx)`) || [];
  for (const handler of [...concerned]) handler();
}

// Who listens to a query is counted: none may be left.
function matchMedia(query) {
  if (!page.media.has(query)) page.media.set(query, new Set());
  const handlers = page.media.get(query);
  return { addEventListener: (_, handler) => handlers.add(handler),
    removeEventListener: (_, handler) => handlers.delete(handler) };
}

// All that is watched for its size hears that it may have changed.
export function resized() {
  page.turn += 1;
  fire(ResizeObserver, () => true);
}

function fire(kind, concerned) {
  for (const observer of [...page.observers]) {
    if (observer instanceof kind && observer.targets.some(concerned)) observer.callback();
  }
}

const document = {
  body: new Node("body"),
  documentElement: new Node("html"),
  createElement: (tag) => new Node(tag),
  getElementById: (id) => document.body.querySelector(`[id="${id}"]`),
  querySelector: (selector) => document.body.querySelector(selector),
  querySelectorAll: (selector) => document.body.querySelectorAll(selector),
  get activeElement() { return page.active?.isConnected ? page.active : document.body; },
};
document.body.addEventListener("keydown", () => { page.reached += 1; });

Object.assign(globalThis, {
  document, MutationObserver, ResizeObserver,
  KeyboardEvent: class { constructor(type, how) { Object.assign(this, { type }, how); } },
  window: { matchMedia, localStorage: {
    getItem: (name) => page.kept.get(name) ?? null,
    setItem: (name, value) => page.kept.set(name, String(value)),
  }, get devicePixelRatio() { return page.density; },
    get innerHeight() { return page.innerHeight; } },
  getComputedStyle: (node) => ({
    getPropertyValue: (name) => (node.isConnected && name.startsWith("--mt-")
      ? ` ${INKS[page.ink].join(name.slice(5))} ` : ""),
  }),
  requestAnimationFrame: (act) => page.frames.push(act),
});

// --- What a reader does

// The element that a selector names, or a button with these words.
export function find(root, words) {
  const all = [...root.all()];
  const element = all.find((one) => one.tagName === "BUTTON" && one.textContent === words) ||
    all.find((one) => one.getAttribute("aria-label") === words) ||
    all.find((one) => one.tagName === "LABEL" && one.childNodes.some((part) =>
      part.textContent === words))?.children.find((one) =>
      ["INPUT", "SELECT"].includes(one.tagName)) || root.querySelector(words);
  if (!element) throw new Error(`The page has no "${words}".`);
  return element;
}

export function click(element, x = 0, y = 0) {
  if (element.disabled) throw new Error(`"${element.textContent}" is disabled.`);
  element.fire("click", place(x, y));
}

// A key, written as "a" or "Shift+a".
export function press(element, name) {
  const key = name.replace(/^(Shift|Control|Meta|Alt)\+(?=.)/, "");
  const held = (modifier) => name.startsWith(`${modifier}+`) && key !== name;
  const keyCode = /^[a-z]$/i.test(key) ? key.toUpperCase().charCodeAt(0) : 0;
  element.fire("keydown", { key, keyCode, shiftKey: held("Shift"),
    ctrlKey: held("Control"), metaKey: held("Meta"), altKey: held("Alt"), repeat: false });
}

export function point(element, type, x, y, details = {}) {
  element.fire(type, { ...place(x, y), pointerId: 1, pointerType: "mouse", button: 0,
    ...details });
}

function place(x, y) {
  const { left, top } = new Node("p").getBoundingClientRect();
  return { clientX: left + x, clientY: top + y };
}

// A list, a switch, a slider or a field is set.
export function set(element, value) {
  if (typeof value === "boolean") element.checked = value;
  else element.value = value;
  element.fire(["number", "range", "text"].includes(element.type) ? "input" : "change");
}
