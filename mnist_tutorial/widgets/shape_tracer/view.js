// ShapeTracer: a stack of layers to build. What follows from the layers is shown at
// once; no network is run.

import { describe, surface } from "../shared/canvas.js";
import {
  button, chain, choice, faultLine, help, listen, make, mount, onTheme, painted,
} from "../shared/dom.js";
import { sum } from "../shared/numbers.js";
import { floats } from "../shared/python.js";
import { stackCode } from "./code.js";
import { numberField } from "./number_field.js";
import { fieldBox, fieldText, paintField } from "./receptive_field.js";
import { grouped, LAYER_FIELDS, MOST_IMAGES, traceStack } from "./trace.js";

const HEAD = ["layer", "settings", "N×C×H×W", "params", "MACs", "sees", ""];

function renderShapeTracer({ model, el }) {
  const root = mount(model, el, "ShapeTracer", "A stack of layers to build");
  const tracer = newTracer(model, root);
  layOut(tracer);
  readLayers(tracer);
  return chain(
    onTheme(root, () => { showSelected(tracer); painted(root); }),
    listen(model, ["layers"], () => {
      // Our own changes come back as equal values, and are no news.
      if (JSON.stringify(model.get("layers")) === JSON.stringify(tracer.layers)) return;
      readLayers(tracer);
    }),
    listen(model, ["batch"], () => {
      tracer.batch = model.get("batch");
      tracer.batchField.set(tracer.batch);
      retrace(tracer);
    }),
    root.stop);
}

// `layers` and `batch`: the traits; `selected`: the index of the layer that is looked
// at; `rows`: what `traceStack` says of the layers; `tableRows`: their elements.
function newTracer(model, root) {
  /** @type {any} */
  const tracer = {
    model, root, image: floats(model, "image"), presets: model.get("presets"),
    layers: [], batch: model.get("batch"), selected: 0, rows: [], tableRows: [],
    body: make("tbody"), totals: make("p", { class: "mt-totals", role: "status" }),
    canvas: surface(196, 196, ""), field: make("p", {}), fault: faultLine(),
    code: make("pre", { class: "mt-code", tabindex: "0", hidden: true,
      "aria-label": "The stack as PyTorch code" }),
  };
  tracer.start = startChoice(tracer);
  tracer.batchField = numberField({
    label: "images in a batch, N", value: tracer.batch, low: 1, high: MOST_IMAGES,
    fault: tracer.fault,
    onChange: (value, began) => {
      tracer.batch = value;
      model.set("batch", value);
      model.save_changes();
      retrace(tracer, began);
    },
  });
  const kinds = Object.keys(LAYER_FIELDS).map((kind) => [kind, kind]);
  tracer.kind = choice("Add below the chosen layer", kinds, "conv", () => {});
  tracer.add = button("Add", () => addLayer(tracer, tracer.kind.input.value));
  return tracer;
}

function startChoice(tracer) {
  const { model, presets } = tracer;
  const start = choice("Begin with",
    Object.keys(presets).map((name) => [name, name]), model.get("preset"), (name) => {
      model.set("preset", name);
      replaceLayers(tracer, structuredClone(presets[name]));
    });
  // Shown once the stack is no preset any more, so that each can be chosen again.
  start.input.append(make("option", { value: "", text: "your own", hidden: true }));
  return start;
}

function layOut(tracer) {
  const { root, start, batchField, kind, add, body, code } = tracer;
  const head = HEAD.map((text) => (text ? make("th", { scope: "col", text }) : make("td")));
  const showCode = button("Show as PyTorch code", () => {
    code.hidden = !code.hidden;
    showCode.setAttribute("aria-expanded", String(!code.hidden));
  }, { "aria-expanded": "false" });
  root.append(
    help("Change a number, or click a layer to see which pixels it depends on."),
    make("div", { class: "mt-row" }, start, batchField, kind, add),
    make("div", { class: "mt-tracer" },
      make("table", { class: "mt-stack" },
        make("thead", {}, make("tr", {}, ...head)), body),
      answer(tracer, showCode)),
    code);
}

// What the whole stack gives, and what the chosen layer looks at: beside the table, or
// above it where there is no room.
function answer({ totals, canvas, field, fault }, showCode) {
  return make("div", { class: "mt-answer" },
    make("div", {}, make("p", { class: "mt-title", text: "Receptive field" }), canvas),
    make("div", {}, field, totals, showCode, fault));
}

// --- The layers

function readLayers(tracer) {
  setLayers(tracer, structuredClone(tracer.model.get("layers")));
  buildRows(tracer);
  retrace(tracer);
}

function setLayers(tracer, layers) {
  tracer.layers = layers;
  tracer.selected = Math.min(tracer.selected, Math.max(0, layers.length - 1));
}

function keepLayers({ model, layers }) {
  model.set("layers", structuredClone(layers));
  model.save_changes();
}

function replaceLayers(tracer, layers, began = performance.now()) {
  setLayers(tracer, layers);
  keepLayers(tracer);
  buildRows(tracer);
  retrace(tracer, began);
}

function addLayer(tracer, kind) {
  const defaults = LAYER_FIELDS[kind].map(([field, , , value]) => [field, value]);
  const place = tracer.layers.length ? tracer.selected + 1 : 0;
  tracer.selected = place;
  replaceLayers(tracer, tracer.layers.toSpliced(place, 0,
    { kind, ...Object.fromEntries(defaults) }));
}

function removeLayer(tracer, i) {
  replaceLayers(tracer, tracer.layers.toSpliced(i, 1));
  focusRow(tracer, Math.min(i, tracer.layers.length - 1), "remove");
}

function moveLayer(tracer, i, by) {
  const layers = [...tracer.layers];
  [layers[i], layers[i + by]] = [layers[i + by], layers[i]];
  tracer.selected = i + by;
  replaceLayers(tracer, layers);
  focusRow(tracer, i + by, by < 0 ? "up" : "down");
}

// After a row was built anew, the keyboard stays where it was.
function focusRow({ tableRows, add }, i, action) {
  const row = tableRows[i];
  const target = row ? row.actions[action] : add;
  (target.disabled ? row.actions.remove : target).focus();
}

// --- The table

function buildRows(tracer) {
  tracer.tableRows = tracer.layers.map((layer, i) => tableRow(tracer, layer, i));
  const elements = tracer.tableRows.flatMap(({ row, remark }) => [row, remark]);
  tracer.body.replaceChildren(...elements);
}

function tableRow(tracer, layer, i) {
  const cells = Object.fromEntries(["shape", "parameters", "macs", "field"].map((name) =>
    [name, make("td", { class: `mt-${name}` })]));
  const fields = LAYER_FIELDS[layer.kind].map((field) =>
    layerField(tracer, layer, i, field));
  const actions = layerActions(tracer, layer, i);
  const row = make("tr", { "data-layer": i },
    make("th", { scope: "row", text: `${i + 1} ${layer.kind}` }),
    make("td", {}, make("span", { class: "mt-fields" }, ...fields)),
    ...Object.values(cells),
    make("td", { class: "mt-actions" }, ...Object.values(actions)));
  const words = make("td", { colspan: "7" });
  const remark = make("tr", { class: "mt-remark" }, words);
  // Not what the pointer only crosses on its way to "Add".
  for (const chosen of ["click", "focusin"]) {
    row.addEventListener(chosen, () => {
      // A click on a button of the row may just have built all rows anew.
      if (row.isConnected) select(tracer, i);
    });
  }
  return { row, remark, words, actions, ...cells };
}

function layerField(tracer, layer, i, field) {
  const [name, label, low] = field;
  return numberField({
    label, value: layer[name], low, optional: name === "inputs", fault: tracer.fault,
    narrow: ["kernel", "stride", "padding", "dilation"].includes(name),
    spoken: `${label} of layer ${i + 1}, ${layer.kind}`,
    onChange: (value, began) => {
      layer[name] = value;
      keepLayers(tracer);
      retrace(tracer, began);
    },
  });
}

function layerActions(tracer, layer, i) {
  const action = (text, label, act, off) => button(text, act,
    { "aria-label": `${label} layer ${i + 1}, ${layer.kind}`, disabled: off });
  const isLast = i + 1 === tracer.layers.length;
  return {
    up: action("↑", "Move up", () => moveLayer(tracer, i, -1), i === 0),
    down: action("↓", "Move down", () => moveLayer(tracer, i, 1), isLast),
    remove: action("×", "Remove", () => removeLayer(tracer, i), false),
  };
}

function select(tracer, i) {
  if (tracer.selected === i) return;
  const began = performance.now();
  tracer.selected = i;
  showSelected(tracer);
  painted(tracer.root, began);
}

// --- What is shown

function retrace(tracer, began) {
  const { layers, batch } = tracer, rows = traceStack(layers, batch);
  tracer.rows = rows;
  const most = (name) => Math.max(1, ...rows.map((row) => row[name] || 0));
  const limits = { parameters: most("parameters"), macs: most("macs") };
  tracer.tableRows.forEach((cells, i) => fillRow(cells, rows[i], limits));
  showTotals(tracer);
  tracer.code.textContent = stackCode(layers, batch);
  tracer.start.input.value = presetName(tracer);
  showSelected(tracer);
  painted(tracer.root, began);
}

function showTotals({ rows, totals }) {
  const total = (name) => grouped(sum(rows.map((row) => row[name] || 0)));
  const broken = rows.findIndex((row) => row.error);
  totals.textContent = broken >= 0
    ? `Breaks at layer ${broken + 1}. ${rows[broken].error}`
    : `${total("parameters")} parameters, ${total("macs")} MACs an image.`;
  totals.classList.toggle("mt-broken", broken >= 0);
}

function presetName({ presets, layers }) {
  const stack = JSON.stringify(layers);
  const same = ([, preset]) => JSON.stringify(preset) === stack;
  return (Object.entries(presets).find(same) || [""])[0];
}

// `row`: the layer's, as `traceStack` gives it; none behind the layer that breaks.
function fillRow(cells, row, limits) {
  const isBroken = Boolean(row?.error), passes = row && !isBroken;
  const text = row && (row.error || row.note);
  cells.row.classList.toggle("mt-unreached", !row);
  cells.row.classList.toggle("mt-broken", isBroken);
  cells.words.textContent = text || "";
  cells.remark.hidden = !text;
  cells.remark.classList.toggle("mt-broken", isBroken);
  cells.shape.textContent = passes ? row.shape.join("×") : "";
  cells.field.textContent = !passes ? "" : row.field === null ? "all" : `${row.field} px`;
  for (const name of ["parameters", "macs"]) {
    cells[name].textContent = passes && row[name] ? grouped(row[name]) : "";
    const share = passes ? (100 * row[name]) / limits[name] : 0;
    cells[name].style.backgroundSize = `${share.toFixed(1)}% 100%`;
  }
}

function showSelected({ tableRows, selected, layers, rows, canvas, image, field }) {
  tableRows.forEach(({ row }, i) => row.classList.toggle("mt-chosen", i === selected));
  const upTo = layers.slice(0, selected + 1), row = rows[selected];
  const box = fieldBox(upTo, row);
  paintField(canvas, image, box);
  field.textContent = fieldText(upTo, row, box);
  describe(canvas, `A digit. ${field.textContent}`);
}

export default { render: renderShapeTracer };
