// EmbeddingMap: many digits as points on a plane; each says who its neighbours are.

import { describe, paintMap, position, surface } from "./shared/canvas.js";
import { GREY, inkOf } from "./shared/colours.js";
import { onceComputed } from "./shared/computed.js";
import { choice, keys, make, mount, onTheme, painted, say } from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { forward, network, weigh } from "./shared/engine.js";
import { argmax, number, percent, softmax } from "./shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "./shared/pad.js";
import { floats } from "./shared/python.js";
import { levelsOf, paintThumbnails } from "./shared/thumbnails.js";

const MAP_SIDE = 440; // of the map, in CSS pixels
const NEAREST = 5; // neighbours shown
const THUMBS = { x: 0, y: 0, size: 2, gap: 4, across: NEAREST };
const NEAR_WIDTH = NEAREST * 60, NEAR_HEIGHT = 86;
const REACH = 14; // CSS pixels from the pointer to a point

// --- Numbers

// Where a point with D coordinates lies on the plane; the twin of Plane.project.
export function project(values, mean, axes) {
  const place = [0, 0];
  for (let k = 0; k < mean.length; k++) {
    const moved = values[k] - mean[k];
    place[0] += moved * axes[k];
    place[1] += moved * axes[mean.length + k];
  }
  return place;
}

// The nearest points in all D dimensions, as {index, distance}; not the point itself.
export function neighboursOf(features, values, count, itself = -1) {
  const size = values.length, total = features.length / size;
  const distances = Float64Array.from({ length: total }, (_, i) => {
    let squares = 0;
    for (let k = 0; k < size; k++) squares += (features[i * size + k] - values[k]) ** 2;
    return Math.sqrt(squares);
  });
  return Array.from(distances, (distance, index) => ({ index, distance }))
    .filter(({ index }) => index !== itself)
    .sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, count);
}

// From places on the plane to CSS pixels: one scale for both directions, y upwards.
export function frameOf(places, side) {
  const range = (k) => {
    const values = places.map((place) => place[k]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [low, high]] = [range(0), range(1)];
  const margin = 24;
  const scale = (side - 2 * margin) / Math.max(right - left, high - low, 1e-9);
  const inside = (value) => Math.min(side - 8, Math.max(8, value));
  return (/** @type {number[]} */ [x, y]) => [
    inside(side / 2 + (x - (left + right) / 2) * scale),
    inside(side / 2 - (y - (low + high) / 2) * scale),
  ];
}

// The point nearest to (x, y) among those that `shown(i)` lets through; -1: none there.
export function pointAt(points, x, y, shown, reach) {
  let best = -1, least = reach * reach;
  points.forEach(([px, py], i) => {
    if (!shown(i)) return;
    const squares = (px - x) ** 2 + (py - y) ** 2;
    if (squares < least) [best, least] = [i, squares];
  });
  return best;
}

// The next point in a direction: near, and more forward than aside.
export function nextPoint(points, from, right, down, shown) {
  const [x, y] = points[from];
  let best = from, least = Infinity;
  points.forEach(([px, py], i) => {
    if (!shown(i)) return;
    const ahead = (px - x) * right + (py - y) * down;
    const aside = Math.abs((px - x) * down) + Math.abs((py - y) * right);
    if (ahead <= 0.5 || aside > ahead) return;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [i, cost];
  });
  return best;
}

// --- Drawing

function colourOfClass(label, dark) {
  return `hsl(${(label * 137 + 20) % 360} ${dark ? 75 : 85}% ${dark ? 70 : 34}%)`;
}

// Every digit as its own numeral, so that colour is not the only sign; misread ones in
// a ring. Other classes than `map.only`, if there is one, are faint.
function paintPoints(map, ink) {
  const { base: { ctx }, points, labels, preds, only } = map;
  const dark = document.body.dataset.jpThemeLight === "false";
  ctx.clearRect(0, 0, MAP_SIDE, MAP_SIDE);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = "600 10px system-ui, sans-serif";
  points.forEach(([x, y], i) => {
    ctx.globalAlpha = only === null || labels[i] === only ? 0.85 : 0.1;
    ctx.fillStyle = colourOfClass(labels[i], dark);
    ctx.fillText(labels[i], x, y);
    if (labels[i] !== preds[i]) ringAt(ctx, [x, y], 7, ink.text, 1);
  });
  ctx.globalAlpha = 1;
}

// Over the points: the one looked at, enlarged, with lines to its neighbours.
function paintPointers(map, { point, image, white }, neighbours, ink) {
  const { canvas: { ctx }, base, points, own } = map;
  ctx.clearRect(0, 0, MAP_SIDE, MAP_SIDE);
  ctx.drawImage(base, 0, 0, MAP_SIDE, MAP_SIDE);
  paintWords(ctx, map.shares, ink);
  ctx.strokeStyle = ink.accent;
  ctx.lineWidth = 1;
  for (const { index } of neighbours) {
    ctx.beginPath();
    ctx.moveTo(...point);
    ctx.lineTo(...points[index]);
    ctx.stroke();
  }
  if (own) ringAt(ctx, own.point, 9, ink.good, 3);
  ringAt(ctx, point, 9, ink.accent, 3);
  const [x, y] = point, side = 56;
  const left = x + 14 + side > MAP_SIDE ? x - 14 - side : x + 14;
  const top = Math.min(Math.max(y - side / 2, 2), MAP_SIDE - side - 2);
  paintMap(ctx, image, 28, 28, left, top, 2, GREY, 0, white);
  ctx.strokeStyle = ink.accent;
  ctx.lineWidth = 2;
  ctx.strokeRect(left - 1, top - 1, side + 2, side + 2);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number[]} place
 */
function ringAt(ctx, [x, y], radius, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.stroke();
}

function paintWords(ctx, [first, second], ink) {
  ctx.fillStyle = ink.faint;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  const middle = MAP_SIDE / 2;
  ctx.fillText(`first direction: ${percent(first, 0)} of the variance`, middle,
    MAP_SIDE - 3);
  ctx.save();
  ctx.translate(14, middle);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(`second direction: ${percent(second, 0)}`, 0, 0);
  ctx.restore();
}

function paintNeighbours({ near, pixels, labels }, neighbours, ink) {
  const { ctx } = near;
  ctx.clearRect(0, 0, NEAR_WIDTH, NEAR_HEIGHT);
  const indices = neighbours.map(({ index }) => index);
  const grid = paintThumbnails(ctx, pixels, indices, THUMBS);
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.fillStyle = ink.text;
  neighbours.forEach(({ index, distance }, k) => {
    const [x] = grid.corner(k);
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.fillText(labels[index], x + 28, 58);
    ctx.font = "11px system-ui, sans-serif";
    ctx.fillText(number(distance, 1), x + 28, 72);
  });
  const words = neighbours.map(({ index, distance }) =>
    `a ${labels[index]} at ${number(distance, 1)}`);
  describe(near, `Nearest digits: ${words.join(", ")}`);
}

// --- The view

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
  const repaint = () => {
    paintPoints(map, inkOf(root));
    update(map);
  };
  repaint();
  return onTheme(root, repaint);
}

// `features`, `mean`, `axes`: see embedding_map.py; `points`: all images in CSS pixels,
// by `frame`; `at`: the image looked at; `own`: the drawing, {image, values, point}, once
// there is one, and with `showOwn` what is looked at; `only`: the one class shown, null
// for all. The rest are page elements; `base` holds the points and is not shown itself.
function newMap(root, model, pixels, labels) {
  /** @type {any} */
  const map = {
    root, pixels, labels, net: network(model.get("layers"), floats(model, "weights")),
    features: floats(model, "features"), mean: floats(model, "mean"),
    axes: floats(model, "axes"), shares: model.get("shares"),
    at: 0, own: null, showOwn: false, only: null,
    base: surface(MAP_SIDE, MAP_SIDE, ""),
    canvas: surface(MAP_SIDE, MAP_SIDE, "", { tabindex: "0", role: "application",
      "data-part": "map",
      style: "cursor: crosshair; touch-action: manipulation; outline-offset: -2px" }),
    title: make("p", { class: "mt-title", style: "min-height: 2.8em" }),
    digit: surface(84, 84, ""),
    near: surface(NEAR_WIDTH, NEAR_HEIGHT, "", { "data-part": "neighbours" }),
    note: make("p", { style: "flex: 1 1 120px; margin: 0", class: "mt-faint" }),
  };
  const places = Array.from(labels, (_, i) => placeOf(map, featuresOf(map, i)));
  map.frame = frameOf(places, MAP_SIDE);
  map.points = places.map(map.frame);
  map.preds = Array.from(labels, (_, i) => argmax(probsOf(map, featuresOf(map, i))));
  return map;
}

function layOut(map, stage) {
  const pad = drawingPad(map.root, {
    size: 168, onInk: (ink, began) => takeDrawing(map, ink, began),
  });
  const classes = [["all", "all digits"],
    ...Array.from({ length: 10 }, (_, k) => [String(k), `the ${k}s`])];
  const only = choice("Show", classes, "all", (value, began) => {
    map.only = value === "all" ? null : Number(value);
    paintPoints(map, inkOf(map.root));
    update(map, began);
  });
  const row = (...children) =>
    make("div", { class: "mt-row", style: "margin-bottom: 6px" }, ...children);
  const ring = make("span", { class: "mt-faint", text: "In a ring: misread." });
  stage.replaceChildren(make("div", { class: "mt-columns" },
    make("div", {}, row(only, ring), map.canvas),
    make("div", { style: "width: 304px" }, map.title, row(map.digit, map.note), map.near,
      make("p", { class: "mt-title", text: "Drop in your own digit" }), pad.element)));
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
  if (map.showOwn && own) return { ...own, name: "Your digit", itself: -1, white: 1 };
  return { name: `Image ${at}, label ${labels[at]}`, values: featuresOf(map, at),
    point: points[at], itself: at, image: levelsOf(pixels, at), white: 255 };
}

function update(map, began) {
  const { root, title, labels } = map, subject = subjectOf(map), ink = inkOf(root);
  const { name, values, itself, image, white } = subject;
  const neighbours = neighboursOf(map.features, values, NEAREST, itself);
  const probs = probsOf(map, values), best = argmax(probs);
  title.textContent = `${name}: read as ${best} with ${percent(probs[best])}`;
  paintPointers(map, subject, neighbours, ink);
  paintMap(map.digit.ctx, image, 28, 28, 0, 0, 3, GREY, 0, white);
  describe(map.digit, name);
  paintNeighbours(map, neighbours, ink);
  const votes = neighbours.filter(({ index }) => labels[index] === best).length;
  map.note.textContent = `${votes} of the ${neighbours.length} nearest digits, by ` +
    `distance in all ${values.length} numbers, are labelled ${best}.`;
  const home = map.own ? ", Escape to your own" : "";
  describe(map.canvas, `Map of digits. Arrows move to the next digit${home}. ` +
    title.textContent);
  root.subject = { place: placeOf(map, values), probs, neighbours,
    values: Array.from(values), itself };
  painted(root, began);
}

function look(map, at, began) {
  if (at < 0 || (at === map.at && !map.showOwn)) return;
  Object.assign(map, { at, showOwn: false });
  update(map, began);
  say(map.root, map.title.textContent);
}

function lookHome(map, began) {
  if (!map.own || map.showOwn) return;
  map.showOwn = true;
  update(map, began);
  say(map.root, map.title.textContent);
}

function takeDrawing(map, ink, began) {
  const { empty, image, normalised } = prepareDrawing(ink, PAD_PIXELS, PAD_PIXELS);
  if (empty) Object.assign(map, { own: null, showOwn: false });
  else {
    const values = forward(map.net, normalised)[map.net.layers.length - 2];
    const point = map.frame(placeOf(map, values));
    Object.assign(map, { own: { image, values, point }, showOwn: true });
  }
  update(map, began);
  say(map.root, empty ? "The sheet is empty." : map.title.textContent);
}

function bindMap(map) {
  const { canvas, points, labels } = map;
  // The faint ones are for orientation only; the own digit, numbered after all others,
  // is never faint.
  const shown = (i) => map.only === null || i === points.length || labels[i] === map.only;
  const point = (event) => {
    const began = performance.now(), { x, y } = position(canvas, event);
    const all = map.own ? [...points, map.own.point] : points;
    const at = pointAt(all, x, y, shown, REACH);
    if (at === points.length) lookHome(map, began);
    else look(map, at, began);
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("click", point);
  canvas.addEventListener("pointerleave", (event) => {
    // A finger leaves when it is lifted: what it has chosen stays.
    if (event.pointerType !== "touch") lookHome(map, performance.now());
  });
  const step = (right, down) => (_, began) =>
    look(map, nextPoint(points, map.at, right, down, shown), began);
  keys(canvas, { ArrowLeft: step(-1, 0), ArrowRight: step(1, 0), ArrowUp: step(0, -1),
    ArrowDown: step(0, 1), Escape: (_, began) => lookHome(map, began) });
}

export default { render: renderEmbeddingMap };
