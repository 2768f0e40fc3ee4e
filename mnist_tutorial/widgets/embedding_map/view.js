// EmbeddingMap: many digits as points on a plane; each says who its neighbours are.

import { describe, position, surface } from "../shared/canvas.js";
import { inkOf } from "../shared/colours.js";
import { onceComputed } from "../shared/computed.js";
import {
  button, chain, choice, help, keys, make, mount, onTheme, onWidth, painted, say,
} from "../shared/dom.js";
import { prepareDrawing } from "../shared/drawing.js";
import { forward, network, weigh } from "../shared/engine.js";
import { argmax, probability, softmax } from "../shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "../shared/pad.js";
import { floats } from "../shared/python.js";
import { levelsOf } from "../shared/thumbnails.js";
import {
  CLOSEST, frameOf, inSight, neighboursOf, nextPoint, placed, pointAt, project, zoomed,
} from "./maths.js";
import {
  NEAREST, neighbourCanvas, paintNeighbours, paintPointers, paintPoints,
} from "./painters.js";

const WIDE = 440, NARROW = 340; // sides of the map, in CSS pixels
const BESIDE = 760; // from this width on there is room beside it
const REACH = 14; // CSS pixels from the pointer to a point
const HELP = "Point at a numeral, or move with the arrow keys. Enlarge with + and \u2212, " +
  "then drag.";

function renderEmbeddingMap({ model, el }) {
  const root = mount(model, el, "EmbeddingMap",
    "A map of digits by the features from which the network reads them");
  const offer = { label: "Compute the map", what: "digits" };
  return onceComputed(root, model, "features", offer, showMap);
}

function showMap(root, model, stage, pixels, labels) {
  const map = newMap(root, model, pixels, labels);
  bindMap(map);
  layOut(map, stage);
  const fit = (width) => resize(map, width >= BESIDE ? WIDE : Math.min(NARROW, width));
  resize(map, WIDE);
  return chain(onTheme(root, () => repaint(map)), onWidth(stage, fit));
}

// `features`, `mean`, `axes`: see embedding_map.py; `places`: all images on the plane;
// `homes`: these in CSS pixels on the whole map of `side`, by `frame`; `points`: where
// they are on the part that is seen, `sight`. `at`: the image looked at; `own`: the
// drawing, {image, values, place, home}, once there is one, and with `showOwn` what is
// looked at; `drawn`: whether the sheet is the reader's, or shows what is looked at;
// `only`: the one class shown, null for all. The rest are page elements; `base` holds the
// points and is not shown itself.
function newMap(root, model, pixels, labels) {
  /** @type {any} */
  const map = {
    root, pixels, labels, net: network(model.get("layers"), floats(model, "weights")),
    features: floats(model, "features"), mean: floats(model, "mean"),
    axes: floats(model, "axes"), shares: model.get("shares"),
    at: 0, own: null, showOwn: false, drawn: false, only: null,
    sight: { scale: 1, x: 0, y: 0 },
    base: surface(WIDE, WIDE, ""),
    canvas: surface(WIDE, WIDE, "", { tabindex: "0", role: "application",
      "data-part": "map",
      style: "cursor: crosshair; touch-action: manipulation; outline-offset: -2px" }),
    title: make("p", { class: "mt-title", style: "min-height: 2.8em" }),
    near: neighbourCanvas(),
    note: make("p", { class: "mt-faint", style: "min-height: 2.8em" }),
  };
  map.places = Array.from(labels, (_, i) => placeOf(map, featuresOf(map, i)));
  map.preds = Array.from(labels, (_, i) => argmax(probsOf(map, featuresOf(map, i))));
  return map;
}

function layOut(map, stage) {
  map.pad = drawingPad(map.root, {
    size: 168, onInk: (ink, began) => takeDrawing(map, ink, began),
  });
  const classes = [["all", "all digits"],
    ...Array.from({ length: 10 }, (_, k) => [String(k), `the ${k}s`])];
  const only = choice("Show", classes, "all", (value, began) => {
    map.only = value === "all" ? null : Number(value);
    repaint(map, began);
  });
  const row = (...children) =>
    make("div", { class: "mt-row", style: "margin-bottom: 6px" }, ...children);
  const ring = make("span", { class: "mt-faint", text: "In a ring: misread." });
  const named = (text, words, by) => button(text, () => enlarge(map, by, performance.now()),
    { "aria-label": words });
  map.closer = named("+", "Enlarge", 2);
  map.wider = named("\u2212", "Reduce", 1 / 2);
  stage.replaceChildren(help(HELP), make("div", { class: "mt-columns" },
    make("div", {}, row(only, map.closer, map.wider, ring), map.canvas),
    make("div", { class: "mt-looked-at" },
      make("div", {}, map.title, map.note, map.near),
      make("div", {},
        make("p", { class: "mt-title", text: "Change it, or draw your own" }),
        map.pad.element))));
}

// --- The part of the map that is seen

function resize(map, side) {
  if (side === map.side) return;
  const { base, canvas, places, own } = map, frame = frameOf(places, side);
  Object.assign(map, { side, frame, homes: places.map(frame) });
  if (own) own.home = frame(own.place);
  for (const one of [base, canvas]) one.resize(side, side);
  setSight(map, { scale: 1, x: 0, y: 0 });
}

function setSight(map, sight, began) {
  map.sight = sight;
  map.points = map.homes.map((home) => placed(map, home));
  map.closer.disabled = sight.scale >= CLOSEST;
  map.wider.disabled = sight.scale <= 1;
  repaint(map, began);
}

// Around what is looked at.
function enlarge(map, factor, began) {
  setSight(map, zoomed(map.sight, factor, subjectOf(map).point, map.side), began);
  const { scale } = map.sight;
  say(map.root, scale === 1 ? "The whole map." : `Enlarged ${scale} times.`);
}

function pan(map, right, down, began) {
  const { scale, x, y } = map.sight;
  setSight(map, inSight({ scale, x: x + right, y: y + down }, map.side), began);
}

// What is looked at comes into the middle when it is out of sight.
function reveal(map) {
  const [x, y] = subjectOf(map).point, { side } = map;
  if (Math.min(x, y) >= 0 && Math.max(x, y) <= side) return;
  pan(map, side / 2 - x, side / 2 - y);
}

function repaint(map, began) {
  map.base.fit();
  paintPoints(map, inkOf(map.root));
  update(map, began);
}

// --- What the network makes of an image

function featuresOf({ features, mean }, i) {
  return features.subarray(i * mean.length, (i + 1) * mean.length);
}

function probsOf({ net }, features) {
  return softmax(weigh(net.layers[net.layers.length - 1], features, null, net));
}

function placeOf({ mean, axes }, features) {
  return project(features, mean, axes);
}

// --- What is looked at

// A point of the map, or the own digit; `white` is that of its image.
function subjectOf(map) {
  const { own, at, labels, points, pixels } = map;
  if (map.showOwn && own) {
    return { ...own, point: placed(map, own.home), name: "Your digit", itself: -1,
      white: 1 };
  }
  return { name: `Image ${at}, label ${labels[at]}`, values: featuresOf(map, at),
    point: points[at], itself: at, image: levelsOf(pixels, at), white: 255 };
}

function update(map, began) {
  const { root, title, labels } = map, subject = subjectOf(map), ink = inkOf(root);
  const { name, values, itself, image, white } = subject;
  const neighbours = neighboursOf(map.features, values, NEAREST, itself);
  const probs = probsOf(map, values), best = argmax(probs);
  title.textContent = `${name}: read as ${best} with ${probability(probs[best])}`;
  paintPointers(map, subject, neighbours, ink);
  if (!map.drawn) map.pad.lay(Float32Array.from(image, (level) => level / white));
  paintNeighbours(map, neighbours, ink);
  const votes = neighbours.filter(({ index }) => labels[index] === best).length;
  map.note.textContent = `${votes} of the ${neighbours.length} nearest digits, by ` +
    `distance in all ${values.length} numbers, are labelled ${best}.`;
  const home = map.own ? ", Escape to your own" : "";
  describe(map.canvas, `Map of digits. Arrows move to the next digit${home}, plus and ` +
    "minus enlarge and reduce. " +
    title.textContent);
  root.subject = { place: placeOf(map, values), probs, neighbours,
    values: Array.from(values), itself };
  painted(root, began);
}

function look(map, at, began) {
  if (at < 0 || (at === map.at && !map.showOwn)) return;
  Object.assign(map, { at, showOwn: false });
  reveal(map);
  update(map, began);
  say(map.root, map.title.textContent);
}

function lookHome(map, began) {
  if (!map.own || map.showOwn) return;
  map.showOwn = true;
  reveal(map);
  update(map, began);
  say(map.root, map.title.textContent);
}

function takeDrawing(map, ink, began) {
  const { empty, image, normalised } = prepareDrawing(ink, PAD_PIXELS, PAD_PIXELS);
  map.drawn = true;
  if (empty) Object.assign(map, { own: null, showOwn: false });
  else {
    const values = forward(map.net, normalised)[map.net.layers.length - 2];
    const place = placeOf(map, values), home = map.frame(place);
    Object.assign(map, { own: { image, values, place, home }, showOwn: true });
    reveal(map);
  }
  update(map, began);
  say(map.root, empty ? "The sheet is empty." : map.title.textContent);
}

function bindMap(map) {
  const { canvas, labels } = map, count = labels.length;
  // The faint ones are for orientation only; the own digit, numbered after all others,
  // is never faint.
  const shown = (i) => map.only === null || i === count || labels[i] === map.only;
  const point = (event) => {
    const began = performance.now(), { x, y } = position(canvas, event);
    const all = map.own ? [...map.points, placed(map, map.own.home)] : map.points;
    const at = pointAt(all, x, y, shown, REACH);
    if (at === count) lookHome(map, began);
    else look(map, at, began);
  };
  const dragged = bindDrag(map);
  canvas.addEventListener("pointermove", (event) => { if (!dragged(event)) point(event); });
  canvas.addEventListener("click", point);
  canvas.addEventListener("pointerleave", (event) => {
    // A finger leaves when it is lifted: what it has chosen stays.
    if (event.pointerType !== "touch") lookHome(map, performance.now());
  });
  const step = (right, down) => (_, began) =>
    look(map, nextPoint(map.points, map.at, right, down, shown), began);
  const by = (factor) => (_, began) => enlarge(map, factor, began);
  keys(canvas, { ArrowLeft: step(-1, 0), ArrowRight: step(1, 0), ArrowUp: step(0, -1),
    ArrowDown: step(0, 1), Escape: (_, began) => lookHome(map, began),
    "+": by(2), "-": by(1 / 2), 0: by(1 / CLOSEST) });
}

// Dragging moves the map where it is enlarged; the result says whether an event does so.
// Fingers scroll the page instead: their events end when it begins to move.
function bindDrag(map) {
  const { canvas } = map;
  let from = /** @type {any} */ (null);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || map.sight.scale === 1) return;
    canvas.setPointerCapture(event.pointerId);
    from = position(canvas, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { from = null; });
  }
  return (event) => {
    if (!from) return false;
    const to = position(canvas, event);
    pan(map, to.x - from.x, to.y - from.y, performance.now());
    from = to;
    return true;
  };
}

export default { render: renderEmbeddingMap };
