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

const EMBEDDING_SIDE = 440; // of the map, in CSS pixels
const EMBEDDING_NEAR = 5; // neighbours shown
const EMBEDDING_THUMBS = { x: 0, y: 0, size: 2, gap: 4, across: EMBEDDING_NEAR };
const EMBEDDING_REACH = 14; // CSS pixels from the pointer to a point

// --- Numbers

// Where a point with D coordinates lies on the plane; the twin of Plane.project.
export function embeddingProject(values, mean, axes) {
  const place = [0, 0];
  for (let k = 0; k < mean.length; k++) {
    const moved = values[k] - mean[k];
    place[0] += moved * axes[k];
    place[1] += moved * axes[mean.length + k];
  }
  return place;
}

// The nearest points in all D dimensions, as {index, distance}; not the point itself.
export function embeddingNeighbours(features, values, count, itself = -1) {
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
export function embeddingFrame(places, side) {
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
export function embeddingAt(points, x, y, shown, reach) {
  let best = -1, least = reach * reach;
  points.forEach(([px, py], i) => {
    if (!shown(i)) return;
    const squares = (px - x) ** 2 + (py - y) ** 2;
    if (squares < least) [best, least] = [i, squares];
  });
  return best;
}

// The next point in a direction: near, and more forward than aside.
export function embeddingStep(points, from, right, down, shown) {
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

function embeddingColour(label, dark) {
  return `hsl(${(label * 137 + 20) % 360} ${dark ? 75 : 85}% ${dark ? 70 : 34}%)`;
}

// Every digit as its own numeral, so that colour is not the only sign; misread ones in
// a ring. `only` leaves the other classes faint.
function paintEmbedding(canvas, points, labels, preds, only, dark, ink) {
  const { ctx } = canvas;
  ctx.clearRect(0, 0, EMBEDDING_SIDE, EMBEDDING_SIDE);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = "600 10px system-ui, sans-serif";
  points.forEach(([x, y], i) => {
    ctx.globalAlpha = only === null || labels[i] === only ? 0.85 : 0.1;
    ctx.fillStyle = embeddingColour(labels[i], dark);
    ctx.fillText(labels[i], x, y);
    if (labels[i] === preds[i]) return;
    ctx.strokeStyle = ink.text;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.arc(x, y, 7, 0, 7);
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
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

// --- The view

function renderEmbeddingMap({ model, el }) {
  const root = mount(model, el, "EmbeddingMap",
    "A map of digits by the features from which the network reads them");
  const offer = { label: "Compute the map", what: "digits" };
  return onceComputed(root, model, "features", offer, showEmbedding);
}

function showEmbedding(root, model, stage, pixels, labels) {
  const net = network(model.get("layers"), floats(model, "weights"));
  const features = floats(model, "features"), mean = floats(model, "mean");
  const axes = floats(model, "axes"), size = mean.length, last = net.layers.length - 1;
  const featuresOf = (i) => features.subarray(i * size, (i + 1) * size);
  const read = (values) => softmax(weigh(net.layers[last], values, null, net));
  const placeOf = (values) => embeddingProject(values, mean, axes);
  const places = Array.from(labels, (_, i) => placeOf(featuresOf(i)));
  const frame = embeddingFrame(places, EMBEDDING_SIDE);
  const points = places.map(frame);
  const preds = Array.from(labels, (_, i) => argmax(read(featuresOf(i))));
  // `at`: the point looked at; `own`: the drawing, once there is one.
  /** @typedef {{ image: Float32Array, values: Float32Array, point: number[] }} Own */
  const state = { at: 0, own: /** @type {Own | null} */ (null), showOwn: false,
    only: /** @type {number | null} */ (null) };
  const base = surface(EMBEDDING_SIDE, EMBEDDING_SIDE, "");
  const map = surface(EMBEDDING_SIDE, EMBEDDING_SIDE, "", { tabindex: "0",
    role: "application", "data-part": "map",
    style: "cursor: crosshair; touch-action: manipulation; outline-offset: -2px" });
  const title = make("p", { class: "mt-title", style: "min-height: 2.8em" });
  const digit = surface(84, 84, "");
  const near = surface(5 * 60, 86, "", { "data-part": "neighbours" });
  const note = make("p", { style: "flex: 1 1 120px; margin: 0", class: "mt-faint" });

  const paintBase = () => {
    const dark = document.body.dataset.jpThemeLight === "false";
    paintEmbedding(base, points, labels, preds, state.only, dark, inkOf(root));
  };

  // What is looked at: a point of the map, or the own digit; `white` is that of its image.
  function subject() {
    const { own, at } = state;
    if (state.showOwn && own) return { ...own, name: "Your digit", itself: -1, white: 1 };
    const name = `Image ${at}, label ${labels[at]}`;
    return { name, values: featuresOf(at), point: points[at], itself: at,
      image: levelsOf(pixels, at), white: 255 };
  }

  function update(began) {
    const looked = subject(), ink = inkOf(root);
    const { name, values, itself, image, white } = looked;
    const neighbours = embeddingNeighbours(features, values, EMBEDDING_NEAR, itself);
    const probs = read(values), best = argmax(probs);
    title.textContent = `${name}: read as ${best} with ${percent(probs[best])}`;
    paintPointers(looked, neighbours, ink);
    paintMap(digit.ctx, image, 28, 28, 0, 0, 3, GREY, 0, white);
    describe(digit, name);
    paintNeighbours(neighbours, ink);
    const votes = neighbours.filter(({ index }) => labels[index] === best).length;
    note.textContent = `${votes} of the ${neighbours.length} nearest digits, by ` +
      `distance in all ${size} numbers, are labelled ${best}.`;
    const home = state.own ? ", Escape to your own" : "";
    describe(map, `Map of digits. Arrows move to the next digit${home}. ` +
      title.textContent);
    root.subject = { place: placeOf(values), probs, neighbours,
      values: Array.from(values), itself };
    painted(root, began);
  }

  function paintPointers({ point, image, white }, neighbours, ink) {
    const { ctx } = map;
    ctx.clearRect(0, 0, EMBEDDING_SIDE, EMBEDDING_SIDE);
    ctx.drawImage(base, 0, 0, EMBEDDING_SIDE, EMBEDDING_SIDE);
    paintWords(ctx, ink);
    for (const { index } of neighbours) {
      ctx.strokeStyle = ink.accent;
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(...point);
      ctx.lineTo(...points[index]);
      ctx.stroke();
    }
    if (state.own) ringAt(ctx, state.own.point, 9, ink.good, 3);
    ringAt(ctx, point, 9, ink.accent, 3);
    const [x, y] = point, side = 56;
    const left = x + 14 + side > EMBEDDING_SIDE ? x - 14 - side : x + 14;
    const top = Math.min(Math.max(y - side / 2, 2), EMBEDDING_SIDE - side - 2);
    paintMap(ctx, image, 28, 28, left, top, 2, GREY, 0, white);
    ctx.strokeStyle = ink.accent;
    ctx.lineWidth = 2;
    ctx.strokeRect(left - 1, top - 1, side + 2, side + 2);
  }

  function paintWords(ctx, ink) {
    const [first, second] = model.get("shares");
    ctx.fillStyle = ink.faint;
    ctx.font = "11px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    const middle = EMBEDDING_SIDE / 2;
    ctx.fillText(`first direction: ${percent(first, 0)} of the variance`, middle,
      EMBEDDING_SIDE - 3);
    ctx.save();
    ctx.translate(14, middle);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(`second direction: ${percent(second, 0)}`, 0, 0);
    ctx.restore();
  }

  function paintNeighbours(neighbours, ink) {
    const { ctx } = near;
    ctx.clearRect(0, 0, 5 * 60, 86);
    const indices = neighbours.map(({ index }) => index);
    const grid = paintThumbnails(ctx, pixels, indices, EMBEDDING_THUMBS);
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

  function look(at, began) {
    if (at < 0 || (at === state.at && !state.showOwn)) return;
    Object.assign(state, { at, showOwn: false });
    update(began);
    say(root, title.textContent);
  }

  function lookHome(began) {
    if (!state.own || state.showOwn) return;
    state.showOwn = true;
    update(began);
    say(root, title.textContent);
  }

  // The faint ones are for orientation only; the own digit, numbered after all others,
  // is never faint.
  const shown = (i) => state.only === null || i === points.length ||
    labels[i] === state.only;
  const point = (event) => {
    const began = performance.now(), { x, y } = position(map, event);
    const all = state.own ? [...points, state.own.point] : points;
    const at = embeddingAt(all, x, y, shown, EMBEDDING_REACH);
    if (at === points.length) lookHome(began);
    else look(at, began);
  };
  map.addEventListener("pointermove", point);
  map.addEventListener("click", point);
  map.addEventListener("pointerleave", (event) => {
    // A finger leaves when it is lifted: what it has found stays.
    if (event.pointerType !== "touch") lookHome(performance.now());
  });
  const step = (right, down) => (_, began) =>
    look(embeddingStep(points, state.at, right, down, shown), began);
  keys(map, { ArrowLeft: step(-1, 0), ArrowRight: step(1, 0), ArrowUp: step(0, -1),
    ArrowDown: step(0, 1), Escape: (_, began) => lookHome(began) });

  const pad = drawingPad(root, {
    size: 168,
    onInk: (ink, began) => {
      const made = prepareDrawing(ink, PAD_PIXELS, PAD_PIXELS);
      if (made.empty) Object.assign(state, { own: null, showOwn: false });
      else {
        const values = forward(net, made.normalised)[last - 1];
        const place = frame(placeOf(values));
        state.own = { image: made.image, values, point: place };
        state.showOwn = true;
      }
      update(began);
      say(root, made.empty ? "The sheet is empty." : title.textContent);
    },
  });

  const classes = [["all", "all digits"],
    ...Array.from({ length: 10 }, (_, k) => [String(k), `the ${k}s`])];
  const only = choice("Show", classes, "all", (value, began) => {
    state.only = value === "all" ? null : Number(value);
    paintBase();
    update(began);
  });
  const head = (text) => make("p", { class: "mt-title", text });
  stage.replaceChildren(make("div", { class: "mt-columns" },
    make("div", {}, make("div", { class: "mt-row", style: "margin-bottom: 6px" }, only,
      make("span", { class: "mt-faint", text: "In a ring: misread." })), map),
    make("div", { style: "width: 304px" }, title,
      make("div", { class: "mt-row", style: "margin-bottom: 6px" }, digit, note), near,
      head("Drop in your own digit"), pad.element)));
  paintBase();
  update();
  return onTheme(root, () => { paintBase(); update(); });
}

export default { render: renderEmbeddingMap };
