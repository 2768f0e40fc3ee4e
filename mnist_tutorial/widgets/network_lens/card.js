// The panel about a channel: switched off, what it costs; what excites it most.

import { paintMap, surface } from "../shared/canvas.js";
import { BLACK, GREY, WHITE } from "../shared/colours.js";
import { button, make, toggle } from "../shared/dom.js";
import { number, percent, signedNumber } from "../shared/numbers.js";
import { takeImage } from "./digits.js";
import { findStrongest, measureAccuracy } from "./questions.js";
import { closeCard, compute, pinnedOf, switchOff } from "./state.js";
import {
  channelName, fieldOf, fieldText, isOff, shortName, switchOf,
} from "./units.js";

export function aboutChannel(lens) {
  const { card } = lens;
  const { block, channel } = card;
  const what = `${channelName(block)} ${channel}`;
  const parts = [
    make("p", { class: "mt-title", tabindex: "-1", text: `${block.name}, ${what}` }),
  ];
  const last = pinnedOf(lens);
  if (last) {
    const label = `Back to ${shortName(lens.net, last)}`;
    parts.push(button(label, () => closeCard(lens), { "data-key": "back" }));
  }
  const silent = isOff(lens.off, switchOf(block), channel);
  const off = toggle(`Switch ${what} off: it gives 0 everywhere`, silent,
    (checked, began) => switchOff(lens, card, checked, began));
  off.input.dataset.key = "off";
  parts.push(make("div", {}, off));
  if (lens.off.size) {
    parts.push(button("What does that cost in accuracy?",
      () => measureAccuracy(lens, card), { "data-key": "measure" }));
    if (card.accuracy) parts.push(...accuracyTable(card.accuracy));
  }
  parts.push(make("div", { style: "margin-top: 8px" },
    button(`What excites ${what} most?`, () => findStrongest(lens, card),
      { "data-key": "strongest" })));
  if (card.strongest) parts.push(...strongestPatches(lens, card));
  return parts;
}

function accuracyTable({ text, before, after, difference, lost, gained, total }) {
  if (text) return [make("p", { text, role: "status" })];
  const points = (value) => signedNumber(100 * value, 2);
  const [change, low, high] = difference;
  const row = (name, [value, from, to]) => make("tr", {},
    make("th", { scope: "row", text: name }),
    make("td", { text: percent(value, 2) }),
    make("td", { text: `(${number(100 * from)} to ${percent(to, 2)})` }));
  return [
    make("table", { class: "mt-lens-check" }, make("tbody", {},
      row("everything on", before), row("with what is off now", after))),
    make("p", {
      "data-name": "difference", "data-value": String(change),
      text: `Change: ${points(change)} points (95 % interval ${points(low)} to ` +
        `${points(high)}). Of ${total.toLocaleString("en")} validation images ` +
        `${lost} are lost, ${gained} won.`,
    }),
  ];
}

// The patches that excite a channel most: what its receptive field cuts out of each.
function strongestPatches(lens, card) {
  const { text, images, rows, columns, values, labels } = card.strongest;
  if (text) return [make("p", { text, role: "status" })];
  const patches = labels.map((label, k) => {
    const unit = { layer: switchOf(card.block), row: rows[k], column: columns[k] };
    const seen = fieldOf(lens.net, unit);
    const canvas = patchPicture(images.subarray(784 * k, 784 * k + 784), seen);
    canvas.setAttribute("aria-hidden", "true");
    return make("button", {
      class: "mt-lens-patch", type: "button", "data-key": `patch ${k}`,
      "data-value": String(values[k]),
      title: `labelled ${label}; ${fieldText(seen)}`,
      "aria-label": `a ${label}, ${fieldText(seen)}, value ${number(values[k])}`,
      on: { click: () => visit(lens, card, k) },
    }, canvas, number(values[k]));
  });
  const note = values[0] <= 0 ? "On no validation image does it give more than 0."
    : "What it sees where it answers most strongly, one place an image. Click one to " +
      "look at it.";
  const box = make("div", { class: "mt-lens-patches" }, ...patches);
  return [make("p", { text: note }), box];
}

// Part of an image; what lies beyond its border is padding, in the line colour.
function patchPicture(image, { top, left, bottom, right }) {
  const rows = bottom - top, columns = right - left;
  const size = Math.max(1, Math.floor(48 / Math.max(rows, columns)));
  const canvas = surface(columns * size, rows * size, "");
  canvas.ctx.fillStyle = "#7a8ba0";
  canvas.ctx.fillRect(0, 0, columns * size, rows * size);
  const [from, to] = [Math.max(top, 0), Math.min(bottom, 28)];
  const [start, end] = [Math.max(left, 0), Math.min(right, 28)];
  for (let r = from; r < to; r++) {
    paintMap(canvas.ctx, image.subarray(r * 28 + start, r * 28 + end), 1, end - start,
      (start - left) * size, (r - top) * size, size, GREY, BLACK, WHITE);
  }
  return canvas;
}

// One of the exciting patches: take its image, and pin the unit that it excited.
function visit(lens, { strongest, channel, block }, k) {
  const began = performance.now();
  const { images, rows, columns } = strongest;
  takeImage(lens, images.slice(784 * k, 784 * k + 784));
  const unit = { layer: switchOf(block), channel, row: rows[k], column: columns[k] };
  Object.assign(lens, { path: [unit], opened: null, card: null });
  compute(lens, began);
  lens.redraw.focus();
}
