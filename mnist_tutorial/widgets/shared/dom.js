// The page: a widget as a whole, its elements and controls, its keys.

const KEY_S = 83; // by its code JupyterLab knows a key, whatever letter stands on it

// Put an empty widget into `el`. Keys pressed inside it are not JupyterLab's, but for
// Ctrl+S. Whoever mounts calls `.stop()` when the view ends.
export function mount(model, el, name, label) {
  const message = make("p", { class: "mt-message", role: "status" });
  const spoken = make("p", { class: "mt-spoken", "aria-live": "polite" });
  const root = make("div", {
    class: "mt", role: "group", "aria-label": label,
    "data-widget": name, "data-seq": "0", "data-lm-suppress-shortcuts": "true",
  });
  // JupyterLab's own key handlers sit above; they would move its cursor.
  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.keyCode === KEY_S && (event.ctrlKey || event.metaKey) && !event.altKey) {
      toNotebook(event, el);
    }
  });
  root.spoken = spoken;
  root.append(message, spoken);
  el.replaceChildren(root);
  const show = () => { message.textContent = model.get("message") || ""; };
  root.stop = listen(model, ["message"], show);
  show();
  return root;
}

// The same key again, outside the widget: what the notebook takes is not the browser's.
function toNotebook(event, el) {
  const { key, code, keyCode, ctrlKey, metaKey, shiftKey } = event;
  const again = new KeyboardEvent("keydown", { key, code, keyCode, ctrlKey, metaKey, shiftKey,
    bubbles: true, cancelable: true });
  if (!el.dispatchEvent(again)) event.preventDefault();
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

// Repaint when JupyterLab changes between light and dark, when the system forces its
// colours, and on a screen of another density; the result stops that.
export function onTheme(root, repaint) {
  const observer = new MutationObserver(() => repaint());
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  const forced = window.matchMedia("(forced-colors: active)");
  forced.addEventListener("change", repaint);
  return chain(() => observer.disconnect(), onDensity(root, repaint),
    () => forced.removeEventListener("change", repaint));
}

// The pixel density changes when the page is zoomed, or goes to another screen. A query
// asks for one density only, so each change needs the next.
function onDensity(root, repaint) {
  let query;
  const change = () => {
    stop();
    listenAnew();
    for (const canvas of root.querySelectorAll("canvas")) canvas.fit();
    repaint();
  };
  const listenAnew = () => {
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio || 1}dppx)`);
    query.addEventListener("change", change);
  };
  const stop = () => query.removeEventListener("change", change);
  listenAnew();
  return () => stop();
}

// Call `act(width)` with the width in CSS pixels that `element` has, at once if it stands
// in the page, and whenever that changes; the result stops it. What a style sheet can lay
// out by itself needs none of this: see @container in shared.css.
export function onWidth(element, act) {
  let last = 0;
  const look = () => {
    const width = element.clientWidth;
    if (!width || width === last) return;
    last = width;
    act(width);
  };
  const observer = new ResizeObserver(look);
  observer.observe(element);
  look();
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

// The one line that says how a widget is used: "Type in a cell, point at the map."
export function help(text) {
  return make("p", { class: "mt-help", text });
}

// A line for what is wrong with an input: `.tell(why, input)` says it and marks the field,
// `.tell("", input)` takes both away. It keeps its height, so that nothing jumps.
export function faultLine() {
  const element = make("p", { class: "mt-fault", role: "status" });
  element.tell = (why, /** @type {any} */ input = null) => {
    element.textContent = why;
    input?.setAttribute("aria-invalid", String(Boolean(why)));
  };
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
