// The layers on screen: a row for each block, the input, and the bars of the answer.

import { paintMap, position, surface } from "../shared/canvas.js";
import { BLACK, WHITE } from "../shared/colours.js";
import { keys, make } from "../shared/dom.js";
import { number } from "../shared/numbers.js";
import { markPin, outlineSources, pointAt, tellUnit } from "./marks.js";
import { barsPainter, mapsPainter, PIXEL, ROOM, SMALL_PIXEL, stripPainter } from "./painters.js";
import { placePanel } from "./place.js";
import { openCard, pinnedOf, pinUnit, unpin } from "./state.js";
import { blockOf, isOff, shapeOf, stageName, stageOf, switchOf } from "./units.js";

const BESIDE = 508; // from this width on sheet, image and bars stand side by side

export function rebuild(lens) {
  const { blocks, inputBox, layerBox, answers, verdict } = lens;
  const asked = lens.views.indexOf(lens.asked);
  lens.views = [];
  lens.pointed = lens.pointedView = null;
  layerBox.replaceChildren(...blocks.slice(0, -1).map((block) => layerRow(lens, block)));
  const bars = barsPainter(lens.root, lens.net);
  const label = "Logits and probabilities";
  answers.replaceChildren(verdict, layerView(lens, bars, label).element);
  const input = inputView(lens);
  input.element.append(lens.field);
  inputBox.replaceChildren(input.element);
  lens.asked = lens.views[asked] || null;
  placePanel(lens);
  layOut(lens);
}

// In JupyterLab a view is drawn before it has a place on the page, and thus a width.
export const roomOf = ({ layerBox }) => Math.floor(layerBox.clientWidth || ROOM) - 4;

function layOut(lens) {
  lens.room = roomOf(lens);
  lens.pixel = lens.columns.clientWidth < BESIDE ? SMALL_PIXEL : PIXEL;
  for (const view of lens.views) view.painter.layout(lens.room);
}

export function relayout(lens) {
  layOut(lens);
  for (const view of lens.views) view.paint();
  tellUnit(lens, lens.pointed || pinnedOf(lens));
}

// A block: its name, its colour scale, its maps or units.
function layerRow(lens, block) {
  const { root, net, off } = lens;
  const layer = stageOf(block, lens.stage);
  const shape = shapeOf(net, layer);
  const maps = shape.length === 3;
  const stage = stageName(net, block, layer);
  const size = maps ? `${shape[0]} maps of ${shape[1]} × ${shape[2]}`
    : `${shape[0]} units`;
  const options = {
    label: `${block.name}${stage ? ` ${stage}` : ""}: ${size}`,
    signed: block.relu === null || layer < block.relu,
    isSilent: (channel) => isOff(off, switchOf(block), channel),
    perMap: () => lens.perMap,
  };
  const painter = (maps ? mapsPainter : stripPainter)(root, net, layer, options);
  const scale = scaleBar(painter.lut, options.signed);
  const view = layerView(lens, painter, options.label, (limits) =>
    scale.tell(maps && lens.perMap ? null : limits));
  const note = `${size}, ${stage || "output"}`;
  const head = make("div", { class: "mt-lens-head" },
    make("p", { class: "mt-title", text: block.name }),
    make("span", { class: "mt-faint", text: note }), scale.element);
  return make("div", { "data-block": block.name }, head, view.element);
}

function inputView(lens) {
  const fixed = { size: () => lens.pixel, limits: [BLACK, WHITE] };
  const label = "What the network sees: 28 × 28 pixels";
  const painter = mapsPainter(lens.root, lens.net, -1, { label, signed: false, fixed });
  return layerView(lens, painter, label);
}

// A layer on screen: its canvas, the marks over it, mouse and keys.
/**
 * @param {any} lens
 * @param {any} painter
 * @param {string} label
 * @param {(limits: number[] | undefined) => void} [tellLimits] hears the colours' ends
 */
function layerView(lens, painter, label, tellLimits = () => {}) {
  const hover = make("div", { class: "mt-lens-mark" });
  const pin = make("div", { class: "mt-lens-mark mt-lens-pin" });
  const element = make("div", {
    class: "mt-lens-view", tabindex: "0", role: "application",
    "data-layer": painter.layer,
    "aria-label": `${label}. Arrow keys move from number to number, Shift and ` +
      "arrows from map to map, Enter asks where the number comes from.",
  }, painter.canvas, hover, pin);
  const paint = () => {
    const values = painter.layer < 0 ? lens.image : lens.outputs[painter.layer];
    tellLimits(painter.paint(values));
    outlineSources(lens, view);
    markPin(lens, view);
  };
  const view = { painter, element, hover, pin, paint, at: null };
  bindPointer(lens, view);
  bindKeys(lens, view);
  lens.views.push(view);
  return view;
}

function bindPointer(lens, view) {
  const { painter, element } = view;
  const struck = (event) => {
    const { x, y } = position(painter.canvas, event);
    return painter.where(x, y);
  };
  element.addEventListener("pointermove", (event) => {
    const began = performance.now();
    pointAt(lens, view, struck(event), began);
  });
  element.addEventListener("pointerleave", () => pointAt(lens, view, null));
  element.addEventListener("click", (event) => {
    const began = performance.now();
    const unit = struck(event);
    if (!unit) return;
    lens.asked = view;
    const block = blockOf(lens.blocks, unit.layer);
    if (unit.title) openCard(lens, block, unit.channel, began);
    else pinUnit(lens, unit, began);
  });
}

function bindKeys(lens, view) {
  const { painter, element } = view;
  const first = { layer: painter.layer, channel: 0, row: 0, column: 0 };
  const go = (dx, dy, dc) => (_, began) => {
    const to = view.at ? painter.step(view.at, dx, dy, dc) : first;
    pointAt(lens, view, to, began, true);
  };
  keys(element, {
    ArrowLeft: go(-1, 0, 0), ArrowRight: go(1, 0, 0),
    ArrowUp: go(0, -1, 0), ArrowDown: go(0, 1, 0),
    "Shift+ArrowLeft": go(0, 0, -1), "Shift+ArrowRight": go(0, 0, 1),
    "Shift+ArrowUp": go(0, 0, -1), "Shift+ArrowDown": go(0, 0, 1),
    Enter: (_, began) => {
      lens.asked = view;
      pinUnit(lens, view.at || first, began);
      lens.from = element;
      lens.redraw.focus();
    },
    Escape: (_, began) => unpin(lens, began),
  });
  element.addEventListener("focus", () => {
    // A click gives focus too, but there the mouse says where.
    if (element.matches(":focus-visible")) pointAt(lens, view, view.at || first);
  });
  element.addEventListener("blur", () => pointAt(lens, view, null));
}

// A colour bar in one line: lowest, bar, highest.
function scaleBar(lut, signed) {
  const bar = surface(64, 9, "Colour scale");
  const ramp = Float32Array.from({ length: 64 * 9 }, (_, i) => i % 64);
  paintMap(bar.ctx, ramp, 9, 64, 0, 0, 1, lut, 0, 63);
  const low = make("span"), high = make("span");
  const element = make("span", { class: "mt-lens-scale" }, low, bar, high);
  const tell = (limits) => {
    low.textContent = limits ? number(limits[0]) : signed ? "−largest" : "0";
    high.textContent = limits ? number(limits[1]) : "largest of its map";
  };
  return { element, tell };
}
