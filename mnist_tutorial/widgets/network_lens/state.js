// All that the lens remembers, and how it changes.

import { help, make } from "../shared/dom.js";
import { forward, networks } from "../shared/engine.js";
import { floats, pythonAsker } from "../shared/python.js";
import { PIXEL } from "./painters.js";
import { alike, blocksOf, silencing, switchOf } from "./units.js";

const HELP = "Draw or pick a digit; click any number to see where it comes from.";

// The state, and the elements that are written to. After a change `redraw` paints; the
// view fills it: layers() anew, all(began) after a computation, off() the list of what
// is off, panel() alone, pinned(began) what is pinned, focus(key) in the panel.
/** @returns {any} */
export function createLens(model, root) {
  const digits = floats(model, "digits");
  const packed = model.get("networks");
  const nets = networks(packed, floats(model, "weights"));
  const note = make("p", { class: "mt-faint", role: "status" });
  return {
    root, digits, labels: model.get("digit_labels"), note, redraw: {},
    asker: pythonAsker(model, (why) => { note.textContent = why; }),
    names: packed.map(({ name }) => name), nets,
    count: model.get("validation_size").toLocaleString("en"),
    // Which network sees which image, and what it makes of it.
    chosen: 0, net: nets[0], blocks: blocksOf(nets[0]),
    image: digits.slice(0, 784), empty: false, outputs: [],
    off: new Map(), // layer → Set of the channels that are switched off
    // How it is shown.
    stage: "after", perMap: true, views: [], room: 0, pixel: PIXEL,
    // What is pointed at; what is pinned and the units below it; the channel shown.
    pointed: null, pointedView: null, path: [], opened: null, card: null, from: null,
    asked: null, // the layer on screen that was last clicked or entered
    torch: null, askedAt: -Infinity, timer: null,
    columns: make("div", { class: "mt-lens-columns" }),
    layerBox: make("div", { class: "mt-lens-layers" }),
    panel: make("div", {
      class: "mt-lens-panel", role: "region",
      "aria-label": "Where this number comes from",
    }),
    readout: make("p", { class: "mt-lens-readout mt-faint" }),
    verdict: make("p", { class: "mt-title", "aria-live": "polite" }),
    help: help(HELP), offNote: make("p"),
    answers: make("div"), inputBox: make("div"),
    field: make("div", { class: "mt-lens-field" }),
  };
}

export function compute(lens, began) {
  const edit = lens.off.size ? silencing(lens.net, lens.off) : null;
  lens.outputs = forward(lens.net, lens.image, edit);
  lens.redraw.all(began);
}

export function chooseNetwork(lens, k, began) {
  const net = lens.nets[k];
  if (!alike(lens.net, net)) lens.path = [];
  Object.assign(lens, { chosen: k, net, blocks: blocksOf(net), card: null });
  lens.off.clear();
  lens.redraw.off();
  lens.redraw.layers();
  compute(lens, began);
}

// --- What is pinned

export const pinnedOf = ({ path }) => path[path.length - 1] || null;

export function pinUnit(lens, unit, began) {
  Object.assign(lens, { path: [unit], opened: null, card: null });
  lens.redraw.pinned(began);
}

export function unpin(lens, began) {
  Object.assign(lens, { path: [], card: null });
  lens.redraw.pinned(began);
}

// One layer down, to a unit of which the pinned one is made.
export function goDown(lens, unit) {
  followPath(lens, [...lens.path, unit]);
}

export function climb(lens, k) {
  followPath(lens, lens.path.slice(0, k + 1));
}

function followPath(lens, path) {
  const began = performance.now();
  Object.assign(lens, { path, opened: null });
  lens.redraw.pinned(began);
  lens.redraw.focus();
}

export function openCard(lens, block, channel, began) {
  lens.card = { block, channel, strongest: null, accuracy: null };
  lens.redraw.pinned(began);
}

export function closeCard(lens) {
  lens.card = null;
  lens.redraw.pinned(performance.now());
  lens.redraw.focus("card");
}

// --- Which channels are off

export const offList = ({ off }) =>
  [...off].flatMap(([layer, channels]) => [...channels].map((c) => [layer, c]));

export function switchOff(lens, { block, channel }, silent, began) {
  const { off } = lens;
  const layer = switchOf(block);
  const channels = off.get(layer) || new Set();
  if (silent) channels.add(channel);
  else channels.delete(channel);
  if (channels.size) off.set(layer, channels);
  else off.delete(layer);
  offChanged(lens, began);
}

export function switchAllOn(lens) {
  lens.off.clear();
  offChanged(lens, performance.now());
  lens.redraw.focus("off");
}

function offChanged(lens, began) {
  lens.redraw.off();
  if (lens.card) {
    lens.card.accuracy = null;
    lens.redraw.panel();
  }
  compute(lens, began);
}
