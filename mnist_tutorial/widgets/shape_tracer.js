// ShapeTracer: a stack of layers to build. Shapes, parameters, MACs and receptive fields
// follow from the layers alone; no network is run.

import { describe, paintMap, surface } from "./shared/canvas.js";
import { GREY } from "./shared/colours.js";
import {
  button, chain, choice, listen, make, mount, onTheme, painted,
} from "./shared/dom.js";
import { sum } from "./shared/numbers.js";
import { floats } from "./shared/python.js";

// What a reader can set of each kind of layer: [name, label, lowest, default].
/** @type {Record<string, [string, string, number, number | null][]>} */
export const LAYER_FIELDS = {
  conv: [["filters", "filters", 1, 32], ["kernel", "kernel", 1, 3],
    ["stride", "stride", 1, 1], ["padding", "pad", 0, 1], ["dilation", "dil.", 1, 1]],
  "max pool": [["kernel", "kernel", 1, 2], ["stride", "stride", 1, 2]],
  "average pool": [["kernel", "kernel", 1, 2], ["stride", "stride", 1, 2]],
  relu: [],
  flatten: [],
  view: [["features", "view(−1,", 1, 6272]],
  linear: [["inputs", "inputs", 1, null], ["outputs", "outputs", 1, 10]],
  softmax: [],
};

export const LARGEST_NUMBER = 100000;
export const MOST_IMAGES = 1000; // at once; Python takes no more either

class StackError extends Error {}

// One row a layer: {shape, parameters, macs, field, jump, note} or, at the layer where
// it breaks, {error}; layers behind that have no row.
export function traceStack(layers, batch) {
  const rows = [];
  let shape = [batch, 1, 28, 28], jump = 1;
  let field = /** @type {number | null} */ (1); // null: all pixels
  for (const layer of layers) {
    try {
      const after = traceLayer(layer, shape);
      if (layer.kernel && field !== null) {
        field += (layer.kernel - 1) * (layer.dilation || 1) * jump;
        jump *= layer.stride;
      }
      // From the first layer on that mixes all places, everything is seen.
      if (["flatten", "view", "linear"].includes(layer.kind)) field = null;
      rows.push({ parameters: 0, macs: 0, note: "", ...after, jump, field });
      shape = after.shape;
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      rows.push({ error: error.message });
      break;
    }
  }
  return rows;
}

function traceLayer(layer, shape) {
  switch (layer.kind) {
    case "conv": return traceConvolution(layer, shape);
    case "max pool":
    case "average pool": return tracePool(layer, shape);
    case "flatten": return { shape: [shape[0], product(shape.slice(1))] };
    case "view": return traceView(layer, shape);
    case "linear": return traceLinear(layer, shape);
    case "softmax": return { shape, note: "The loss has its own softmax: return logits." };
    default: return { shape };
  }
}

function traceConvolution(layer, shape) {
  const after = slide(layer, shape, layer.filters);
  const weights = shape[1] * layer.kernel ** 2;
  return {
    shape: after,
    parameters: layer.filters * (weights + 1),
    macs: weights * product(after.slice(1)),
  };
}

function tracePool(layer, shape) {
  const after = slide(layer, shape, shape[1]);
  const dropped = shape[2] - (after[2] - 1) * layer.stride - layer.kernel;
  const note = dropped <= 0 ? "" : dropped === 1
    ? "The last row and column are dropped."
    : `The last ${dropped} rows and columns are dropped.`;
  return { shape: after, note };
}

// The shape after a kernel, or a pool's window, has gone over maps.
function slide(layer, shape, channels) {
  const { kernel, stride, padding = 0, dilation = 1 } = layer;
  if (shape.length !== 4) {
    throw new StackError(`A ${layer.kind} takes maps (N, C, H, W), but rows ` +
      `(${shape.join(", ")}) arrive: put it before flatten.`);
  }
  const reach = dilation * (kernel - 1) + 1;
  const sizes = shape.slice(2).map((size) => {
    const room = size + 2 * padding;
    if (reach <= room) return Math.floor((room - reach) / stride) + 1;
    throw new StackError(`The kernel reaches over ${reach} pixels, but the map has ` +
      `only ${room}${padding ? " with its padding" : ""}: take a smaller kernel, more ` +
      "padding, or one pool less.");
  });
  return [shape[0], channels, ...sizes];
}

function traceView(layer, shape) {
  const each = product(shape.slice(1)), all = shape[0] * each;
  if (all % layer.features) {
    throw new StackError(`${shape[0]} images bring ${grouped(each)} numbers each, ` +
      `${grouped(all)} in all: they cannot be cut into rows of ` +
      `${grouped(layer.features)}. Use flatten.`);
  }
  const N = all / layer.features;
  const note = N === shape[0] ? "" : `N was ${shape[0]} and is now ${N}: images flow ` +
    "into each other, and nothing stops.";
  return { shape: [N, layer.features], note };
}

function traceLinear(layer, shape) {
  const arriving = shape[shape.length - 1], inputs = layer.inputs || arriving;
  if (inputs !== arriving) {
    const sides = shape.length === 4
      ? ` in each row of a map (${shape.join(", ")}): put flatten before it.`
      : `: set inputs to ${grouped(arriving)}.`;
    throw new StackError(`This layer expects ${grouped(inputs)} numbers, but ` +
      `${grouped(arriving)} arrive${sides}`);
  }
  const note = shape.length === 4
    ? "Without flatten, each row of a map is taken for itself." : "";
  const after = [...shape.slice(0, -1), layer.outputs];
  return {
    shape: after, note,
    parameters: layer.outputs * (inputs + 1),
    macs: inputs * product(after.slice(1)),
  };
}

// The input pixels that the middle unit after `layers` sees: half-open, unclipped.
export function middleField(layers, size) {
  const middle = Math.floor(size / 2);
  let top = middle, bottom = middle + 1;
  for (const layer of [...layers].reverse()) {
    if (!layer.kernel) continue;
    const { kernel, stride, padding = 0, dilation = 1 } = layer;
    top = top * stride - padding;
    bottom = (bottom - 1) * stride - padding + dilation * (kernel - 1) + 1;
  }
  return { top, bottom };
}

// The stack as PyTorch code, ready to be pasted into a cell.
export function stackCode(layers, batch) {
  const rows = traceStack(layers, batch);
  const lines = layers.map((layer, i) => {
    const shape = i ? rows[i - 1] && rows[i - 1].shape : [batch, 1, 28, 28];
    return `    ${layerCode(layer, shape)},`;
  });
  const view = layers.some((layer) => layer.kind === "view") ? VIEW_CODE : "";
  return `from torch import nn\n${view}\nmodel = nn.Sequential(\n${lines.join("\n")}\n)\n`;
}

const VIEW_CODE = `

class View(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return x.view(-1, self.features)

`;

function layerCode(layer, shape) {
  switch (layer.kind) {
    case "conv": {
      const { filters, kernel, stride, padding, dilation } = layer;
      const inputs = shape && shape.length === 4 ? shape[1] : "...";
      return `nn.Conv2d(${inputs}, ${filters}, ${kernel}, stride=${stride}, ` +
        `padding=${padding}, dilation=${dilation})`;
    }
    case "max pool": return `nn.MaxPool2d(${layer.kernel}, stride=${layer.stride})`;
    case "average pool": return `nn.AvgPool2d(${layer.kernel}, stride=${layer.stride})`;
    case "relu": return "nn.ReLU()";
    case "flatten": return "nn.Flatten()";
    case "softmax": return "nn.Softmax(dim=1)";
    case "view": return `View(${layer.features})`;
    default: {
      const inputs = layer.inputs || (shape ? shape[shape.length - 1] : "...");
      return `nn.Linear(${inputs}, ${layer.outputs})`;
    }
  }
}

function product(sizes) {
  return sizes.reduce((a, b) => a * b, 1);
}

function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

// --- The view

function renderShapeTracer({ model, el }) {
  const root = mount(model, el, "ShapeTracer", "A stack of layers to build");
  const image = floats(model, "image"), presets = model.get("presets");
  const state = {
    layers: /** @type {any[]} */ ([]), batch: model.get("batch"), selected: 0,
    rows: /** @type {any[]} */ ([]), cells: /** @type {any[]} */ ([]),
  };

  const start = choice("Begin with",
    Object.keys(presets).map((name) => [name, name]), model.get("preset"), (name) => {
      model.set("preset", name);
      replaceLayers(structuredClone(presets[name]), performance.now());
    });
  // Shown once the stack is no preset any more, so that each can be chosen again.
  start.input.append(make("option", { value: "", text: "your own", hidden: true }));
  const batch = numberField({
    label: "images in a batch, N", value: state.batch, low: 1, high: MOST_IMAGES,
    onChange: (value, began) => {
      state.batch = value;
      model.set("batch", value);
      model.save_changes();
      retrace(began);
    },
  });
  const kinds = Object.keys(LAYER_FIELDS).map((kind) => [kind, kind]);
  const kind = choice("Add below the chosen layer", kinds, "conv", () => {});
  const add = button("Add", () => addLayer(kind.input.value));
  const body = make("tbody");
  const table = make("table", { class: "mt-stack" }, tableHead(), body);
  const totals = make("p", { class: "mt-totals", role: "status" });
  const canvas = surface(196, 196, "");
  const seen = make("p", { style: "max-width: 300px" });
  const code = make("pre", { class: "mt-code", tabindex: "0", hidden: true,
    "aria-label": "The stack as PyTorch code" });
  const showCode = button("Show as PyTorch code", () => {
    code.hidden = !code.hidden;
    showCode.setAttribute("aria-expanded", String(!code.hidden));
  }, { "aria-expanded": "false" });
  root.append(
    make("div", { class: "mt-row" }, start, batch, kind, add),
    table, totals,
    make("div", { class: "mt-columns" },
      make("div", {}, make("p", { class: "mt-title", text: "Receptive field" }), canvas),
      make("div", {}, seen, showCode, code)));

  function replaceLayers(layers, began) {
    state.layers = layers;
    state.selected = Math.min(state.selected, Math.max(0, layers.length - 1));
    keepLayers();
    buildRows();
    retrace(began);
  }

  function keepLayers() {
    model.set("layers", structuredClone(state.layers));
    model.save_changes();
  }

  function addLayer(name) {
    const settings = Object.fromEntries(
      LAYER_FIELDS[name].map(([field, , , value]) => [field, value]));
    const layers = [...state.layers];
    const place = layers.length ? state.selected + 1 : 0;
    layers.splice(place, 0, { kind: name, ...settings });
    state.selected = place;
    replaceLayers(layers, performance.now());
  }

  function removeLayer(i) {
    replaceLayers(state.layers.filter((_, k) => k !== i), performance.now());
    focusRow(Math.min(i, state.layers.length - 1), "remove");
  }

  function moveLayer(i, by) {
    const layers = [...state.layers];
    [layers[i], layers[i + by]] = [layers[i + by], layers[i]];
    state.selected = i + by;
    replaceLayers(layers, performance.now());
    focusRow(i + by, by < 0 ? "up" : "down");
  }

  // After a row was built anew, the keyboard stays where it was.
  function focusRow(i, action) {
    const row = state.cells[i];
    const target = row ? row.actions[action] : add;
    (target.disabled ? row.actions.remove : target).focus();
  }

  function buildRows() {
    state.cells = state.layers.map((layer, i) => buildRow(layer, i));
    body.replaceChildren(...state.cells.flatMap(({ row, remark }) => [row, remark]));
  }

  function buildRow(layer, i) {
    const cell = (name) => make("td", { class: `mt-${name}` });
    const cells = Object.fromEntries(
      ["shape", "parameters", "macs", "field"].map((name) => [name, cell(name)]));
    const fields = LAYER_FIELDS[layer.kind].map(([name, label, low]) => numberField({
      label, value: layer[name], low, optional: name === "inputs",
      spoken: `${label} of layer ${i + 1}, ${layer.kind}`,
      onChange: (value, began) => {
        layer[name] = value;
        keepLayers();
        retrace(began);
      },
    }));
    const action = (text, label, act, off) => button(text, act,
      { "aria-label": `${label} layer ${i + 1}, ${layer.kind}`, disabled: off });
    const actions = {
      up: action("↑", "Move up", () => moveLayer(i, -1), i === 0),
      down: action("↓", "Move down", () => moveLayer(i, 1), i + 1 === state.layers.length),
      remove: action("×", "Remove", () => removeLayer(i), false),
    };
    const row = make("tr", { "data-layer": i },
      make("th", { scope: "row", text: `${i + 1} ${layer.kind}` }),
      make("td", {}, make("span", { class: "mt-fields" }, ...fields)),
      ...Object.values(cells),
      make("td", { class: "mt-actions" }, ...Object.values(actions)));
    const words = make("td", { colspan: "7" });
    const remark = make("tr", { class: "mt-remark", hidden: true }, words);
    // Not what the pointer only crosses on its way to "Add".
    for (const chosen of ["click", "focusin"]) {
      row.addEventListener(chosen, () => {
        // A click on a button of the row may just have built all rows anew.
        if (row.isConnected) select(i);
      });
    }
    return { row, remark, words, actions, ...cells };
  }

  function select(i) {
    if (state.selected === i) return;
    const began = performance.now();
    state.selected = i;
    showSelected();
    painted(root, began);
  }

  function retrace(began) {
    state.rows = traceStack(state.layers, state.batch);
    const most = (name) => Math.max(1, ...state.rows.map((row) => row[name] || 0));
    const limits = { parameters: most("parameters"), macs: most("macs") };
    state.cells.forEach((cells, i) => fillRow(cells, state.rows[i], limits));
    const total = (name) => grouped(sum(state.rows.map((row) => row[name] || 0)));
    const broken = state.rows.findIndex((row) => row.error);
    totals.textContent = broken >= 0
      ? `Breaks at layer ${broken + 1}. ${state.rows[broken].error}`
      : `${total("parameters")} parameters, ${total("macs")} MACs an image.`;
    totals.classList.toggle("mt-broken", broken >= 0);
    code.textContent = stackCode(state.layers, state.batch);
    start.input.value = presetName();
    showSelected();
    painted(root, began);
  }

  function presetName() {
    const stack = JSON.stringify(state.layers);
    const same = ([, layers]) => JSON.stringify(layers) === stack;
    return (Object.entries(presets).find(same) || [""])[0];
  }

  function fillRow(cells, row, limits) {
    const { shape, parameters, macs, field, words, remark } = cells;
    cells.row.classList.toggle("mt-unreached", !row);
    cells.row.classList.toggle("mt-broken", Boolean(row && row.error));
    const text = row && (row.error || row.note);
    words.textContent = text || "";
    remark.hidden = !text;
    remark.classList.toggle("mt-broken", Boolean(row && row.error));
    const there = row && !row.error;
    shape.textContent = there ? row.shape.join("×") : "";
    field.textContent = !there ? "" : row.field === null ? "all" : `${row.field} px`;
    for (const [cell, name] of [[parameters, "parameters"], [macs, "macs"]]) {
      cell.textContent = there && row[name] ? grouped(row[name]) : "";
      const share = there ? (100 * row[name]) / limits[name] : 0;
      cell.style.backgroundSize = `${share.toFixed(1)}% 100%`;
    }
  }

  function showSelected() {
    state.cells.forEach(({ row }, i) => {
      row.classList.toggle("mt-chosen", i === state.selected);
    });
    const row = state.rows[state.selected];
    const box = row && !row.error ? fieldBox(row) : null;
    paintMap(canvas.ctx, image, 28, 28, 0, 0, 7, GREY, 0, 1);
    if (box) outlineField(canvas.ctx, box);
    seen.textContent = describeField(row, box);
    describe(canvas, `A digit. ${seen.textContent}`);
  }

  function fieldBox(row) {
    if (row.field === null) return { top: 0, bottom: 28 };
    return middleField(state.layers.slice(0, state.selected + 1), row.shape[2]);
  }

  function describeField(row, box) {
    const layer = state.layers[state.selected];
    if (!layer) return "The stack is empty: add a layer.";
    const name = `layer ${state.selected + 1}, ${layer.kind}`;
    if (!box) return `Nothing comes out of ${name}.`;
    if (row.field === null) return `Behind ${name}, a number depends on all pixels.`;
    const side = box.bottom - box.top;
    const past = box.top < 0 || box.bottom > 28 ? " Part of it lies on the padding." : "";
    const pixels = side === 1 ? "one pixel" : `${side} × ${side} pixels`;
    return `The middle number of each map after ${name} depends on ${pixels}.${past} ` +
      `Its neighbour looks ${row.jump} px further on.`;
  }

  const stops = [
    onTheme(root, () => { showSelected(); painted(root); }),
    listen(model, ["layers"], () => {
      // Our own changes come back as equal values, and are no news.
      if (JSON.stringify(model.get("layers")) === JSON.stringify(state.layers)) return;
      state.layers = structuredClone(model.get("layers"));
      buildRows();
      retrace();
    }),
    listen(model, ["batch"], () => {
      state.batch = model.get("batch");
      batch.set(state.batch);
      retrace();
    }),
  ];
  state.layers = structuredClone(model.get("layers"));
  buildRows();
  retrace();
  return chain(...stops, root.stop);
}

function tableHead() {
  const names = ["layer", "settings", "N×C×H×W", "params", "MACs", "sees",
    ""];
  return make("thead", {}, make("tr", {}, ...names.map((text) => (
    text ? make("th", { scope: "col", text }) : make("td")))));
}

// A whole number with its label. Anything else is not taken: the old value stays, and
// stands there again once the field is left.
function numberField({ label, value, low, high = LARGEST_NUMBER, onChange,
  optional = false, spoken = label }) {
  const input = make("input", { type: "number", min: low, max: high, step: 1,
    "aria-label": spoken, placeholder: optional ? "auto" : null });
  let taken = value;
  const mark = (right) => {
    input.setAttribute("aria-invalid", String(!right));
    input.title = right ? ""
      : `A whole number of at least ${low} and at most ${grouped(high)} is expected.`;
  };
  const element = make("label", { class: "mt-number" }, make("span", { text: label }), input);
  element.input = input;
  element.set = (number) => {
    taken = number;
    input.value = number === null ? "" : number;
    mark(true);
  };
  input.addEventListener("input", () => {
    const began = performance.now(), typed = Number(input.value);
    const empty = input.value === "";
    const right = empty ? optional && !input.validity.badInput
      : Number.isInteger(typed) && typed >= low && typed <= high;
    mark(right);
    if (!right) return;
    taken = empty ? null : typed;
    onChange(taken, began);
  });
  input.addEventListener("blur", () => element.set(taken));
  // The page is to scroll. On a field that has the focus, a wheel changes the number.
  input.addEventListener("wheel", () => {
    if (document.activeElement !== input) return;
    input.blur();
    requestAnimationFrame(() => input.focus({ preventScroll: true }));
  });
  element.set(value);
  return element;
}

function outlineField(ctx, { top, bottom }) {
  const size = 7;
  ctx.fillStyle = "rgb(0 0 0 / 45%)";
  const [low, high] = [Math.max(0, top), Math.min(28, bottom)];
  ctx.fillRect(0, 0, 196, low * size);
  ctx.fillRect(0, high * size, 196, 196);
  ctx.fillRect(0, low * size, low * size, (high - low) * size);
  ctx.fillRect(high * size, low * size, 196, (high - low) * size);
  ctx.strokeStyle = "#ffb067";
  ctx.lineWidth = 2;
  const side = (bottom - top) * size;
  ctx.strokeRect(top * size + 1, top * size + 1, side - 2, side - 2);
}

export default { render: renderShapeTracer };
