// What is marked on the layers: the unit under the pointer, the one that is pinned, and
// the pixels that it sees.

import { painted, say } from "../shared/dom.js";
import { number, probability } from "../shared/numbers.js";
import { sourcesOf } from "./sources.js";
import { pinnedOf } from "./state.js";
import {
  cellOf, fieldOf, fieldText, inOneBlock, nameOf, regionIn, sameUnit, valueOf,
} from "./units.js";

const SOURCE = "#ff7a00"; // what frames that of which the pinned number is made

// Show the unit under the pointer: its box, its value, and what it sees.
export function pointAt(lens, view, unit, began, spoken = false) {
  if (unit && !unit.title) {
    if (sameUnit(unit, lens.pointed)) return;
    if (lens.pointedView && lens.pointedView !== view) {
      lens.pointedView.hover.style.display = "none";
    }
    lens.pointed = view.at = unit;
    lens.pointedView = view;
    placeMark(view.hover, view.painter.box({ ...unit, ...cellOf(unit) }));
    tellUnit(lens, unit, spoken);
  } else {
    if (lens.pointed) {
      view.hover.style.display = "none";
      lens.pointed = null;
      tellUnit(lens, pinnedOf(lens));
    }
    if (unit) lens.readout.textContent = `Click: all about map ${unit.channel}.`;
  }
  if (began !== undefined) painted(lens.root, began);
}

export function tellUnit(lens, unit, spoken = false) {
  const { net, readout, field } = lens;
  if (!unit) {
    field.style.display = "none";
    readout.textContent = "Point at any number: its value, and the pixels it sees.";
    return;
  }
  const seen = fieldOf(net, unit);
  placeField(field, seen, lens.pixel);
  const value = valueOf(net, lens.image, lens.outputs, unit);
  const shown = unit.layer === net.layers.length ? probability(value) : number(value, 3);
  readout.textContent = `${nameOf(net, lens.blocks, unit)}: ${shown}.` +
    (unit.layer < 0 ? "" : ` Sees ${fieldText(seen)}.`);
  if (spoken) say(lens.root, readout.textContent);
}

// Frame, in one layer, what is pinned: the unit, or the channel.
export function markPin(lens, { painter, pin }) {
  const { net, blocks, card } = lens;
  const { layer } = painter;
  const unit = pinnedOf(lens);
  pin.style.display = "none";
  if (card) {
    if (!card.block.stages.includes(layer)) return;
    placeMark(pin, painter.frame(card.channel));
  } else if (unit) {
    const bars = layer === net.layers.length - 1;
    const here = bars ? unit.layer >= layer : inOneBlock(blocks, unit.layer, layer);
    if (!here) return;
    const region = bars ? {} : regionIn(net, unit, layer);
    if (region) placeMark(pin, painter.box({ ...unit, ...region }));
  }
}

// Outline, in the layer before it, that of which the pinned unit is made.
export function outlineSources(lens, { painter, element }) {
  const unit = pinnedOf(lens);
  const sources = unit && !lens.card ? sourcesOf(lens, unit, painter.layer) : [];
  element.dataset.sources = sources.length;
  const { ctx } = painter.canvas;
  ctx.strokeStyle = SOURCE;
  ctx.lineWidth = 1;
  for (const source of sources) {
    const { x, y, width, height } = painter.box(source);
    ctx.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }
}

export function placeMark(mark, { x, y, width, height }) {
  const place = { left: x, top: y, width, height };
  for (const [name, value] of Object.entries(place)) mark.style[name] = `${value}px`;
  mark.style.display = "block";
}

// A receptive field on the input; a side behind which padding lies is dashed.
function placeField(mark, { top, left, bottom, right }, pixel) {
  const clip = (value) => Math.min(Math.max(value, 0), 28);
  const rows = [clip(top), clip(bottom)], columns = [clip(left), clip(right)];
  placeMark(mark, {
    x: columns[0] * pixel, y: rows[0] * pixel,
    width: (columns[1] - columns[0]) * pixel,
    height: (rows[1] - rows[0]) * pixel,
  });
  const beyond = [top < 0, right > 28, bottom > 28, left < 0];
  mark.style.borderStyle = beyond.map((past) => (past ? "dashed" : "solid")).join(" ");
  mark.dataset.field = [top, left, bottom, right].join(",");
}
