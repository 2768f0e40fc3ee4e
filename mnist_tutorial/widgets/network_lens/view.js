// NetworkLens: every layer's maps for the digit that is drawn, and for each number the
// sum that it is, down to the pixels.

import {
  button, chain, choice, keys, make, mount, onTheme, onWidth, painted,
} from "../shared/dom.js";
import { argmax, probability, softmax } from "../shared/numbers.js";
import { addPicks, addSheet } from "./digits.js";
import { rebuild, relayout, roomOf } from "./layers.js";
import { tellUnit } from "./marks.js";
import { drawPanel, focusPanel, showPanel } from "./panel.js";
import { placePanel } from "./place.js";
import {
  chooseNetwork, compute, createLens, offList, pinnedOf, switchAllOn,
} from "./state.js";
import { STYLE } from "./style.js";
import { blockOf } from "./units.js";

function renderNetworkLens({ model, el }) {
  const root = mount(model, el, "NetworkLens",
    "Network lens: draw a digit and follow it through every layer");
  const lens = createLens(model, root);
  lens.redraw = {
    layers: () => rebuild(lens),
    all: (began) => repaint(lens, began),
    off: () => writeOff(lens),
    panel: () => drawPanel(lens),
    pinned: (began) => showPanel(lens, began),
    focus: (key) => focusPanel(lens, key),
  };
  addSheet(lens);
  addPicks(lens);
  root.append(make("style", { text: STYLE }), plan(lens));
  rebuild(lens);
  compute(lens);
  return chain(onWidth(lens.columns, () => fitRoom(lens)), onTheme(root, () => reshow(lens)),
    () => clearTimeout(lens.timer), lens.asker.stop, root.stop);
}

// In a wider or narrower place the maps have other sizes, and the panel its own place.
function fitRoom(lens) {
  placePanel(lens);
  if (roomOf(lens) !== lens.room) relayout(lens);
}

function weightsChoice(lens) {
  return choice("Weights", lens.names.map((name, k) => [String(k), name]), "0",
    (k, began) => chooseNetwork(lens, Number(k), began));
}

function mapControls(lens) {
  return make("div", { class: "mt-row" },
    choice("Show maps", [["before", "before ReLU"], ["after", "after ReLU"],
      ["pooled", "pooled"]], lens.stage, (stage, began) => {
      lens.stage = stage;
      reshow(lens, began);
    }),
    choice("Colours", [["map", "each map its own scale"],
      ["layer", "one scale per layer"]], "map", (scale, began) => {
      lens.perMap = scale === "map";
      reshow(lens, began);
    }));
}

// Where all stands: in the first line what to do, or what is off; then sheet, image and answer side by side, then the layers.
function plan(lens) {
  const titled = (text, element) =>
    make("div", {}, make("p", { class: "mt-title", text }), element);
  const head = make("div", { class: "mt-lens-top" },
    titled("Draw a digit", lens.pad.element),
    titled("What it sees", lens.inputBox), lens.answers,
    make("div", { class: "mt-lens-told" }, lens.readout, lens.note));
  keys(lens.panel, { Escape: () => lens.from && lens.from.focus() });
  lens.columns.append(lens.layerBox);
  return make("div", { class: "mt-lens-plan" },
    make("div", { class: "mt-lens-line" }, lens.help, lens.offNote),
    make("div", { class: "mt-lens-line" }, weightsChoice(lens), lens.picks),
    head, mapControls(lens), lens.columns);
}

function reshow(lens, began) {
  rebuild(lens);
  repaint(lens, began);
}

function repaint(lens, began) {
  for (const view of lens.views) view.paint();
  tellVerdict(lens);
  tellUnit(lens, lens.pointed || pinnedOf(lens));
  // What is said about a channel does not depend on the digit.
  if (!lens.card) drawPanel(lens);
  painted(lens.root, began);
}

function tellVerdict({ root, verdict, outputs, empty }) {
  const probs = softmax(outputs[outputs.length - 1]);
  const best = argmax(probs);
  root.dataset.prediction = String(best);
  root.dataset.empty = String(empty);
  verdict.textContent = empty ? "The sheet is empty: draw a digit."
    : `Reads: ${best}, ${probability(probs[best])}`;
}

// What is off, in words and in the place of the help, so that nothing moves; the numbers
// above the maps say it too.
function writeOff(lens) {
  const { offNote, blocks, views, room } = lens;
  const names = offList(lens).map(([layer, channel]) =>
    `${blockOf(blocks, layer).name} ${channel}`);
  const note = names.length ? [`Off: ${names.join(", ")}. `,
    button("All on again", () => switchAllOn(lens))] : [];
  offNote.replaceChildren(...note);
  lens.help.hidden = names.length > 0;
  for (const view of views) view.painter.layout(room);
}

export default { render: renderNetworkLens };
