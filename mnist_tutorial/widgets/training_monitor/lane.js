// One of the two trainings: its words and what can be done with it, its filters and maps.

import { describe, mosaic, surface } from "../shared/canvas.js";
import { SIGNED, VIRIDIS } from "../shared/colours.js";
import { button, make } from "../shared/dom.js";
import { largest, number, sum } from "../shared/numbers.js";
import { LANE_COLOURS } from "./charts.js";
import { FILTER_FLOATS, firstMaps, kernelsOf } from "./curves.js";
import { firstLossText, progressTexts } from "./words.js";

// CSS pixels of a filter's weight and of a pixel of a map, and from one to the next.
const FILTER = { size: 7, pitch: 24 }, MAP = { size: 1, pitch: 30 };

export function lanePanel(name, onUse) {
  const mark = make("span", { class: `mt-lane-mark mt-lane-${name}`, "aria-hidden": "true" });
  const parts = {
    title: make("span", { class: "mt-title" }),
    badge: make("span"),
    status: make("div", { class: "mt-lane-status" }),
    filterText: make("p", { class: "mt-faint" }),
    filters: surface(1, 1, ""),
    mapText: make("p", { class: "mt-faint" }),
    maps: surface(1, 1, ""),
    use: button(`Use ${name}’s weights`, onUse),
  };
  const { title, badge, status, filterText, filters, mapText, maps, use } = parts;
  const words = make("div", { "data-lane": name },
    make("div", { class: "mt-lane-head" }, mark, title, badge, use), status);
  const inside = make("div", { "data-inside": name }, filterText, filters, mapText, maps);
  return { name, words, inside, wide: 0, ...parts };
}

// Show what a frame tells of a lane in words.
export function showLane({ name, words, title, badge, status }, lane, ink) {
  const first = firstLossText(lane.first);
  title.textContent = `${name}: ${lane.title}`;
  badge.textContent = first.text;
  badge.style.color = first.good ? ink.good : ink.bad;
  badge.style.fontWeight = first.good ? "400" : "700";
  status.replaceChildren(...statusOf(lane, ink));
  words.dataset.steps = lane.steps;
  words.dataset.loss = lane.last ?? "";
  words.dataset.predicted = lane.look ? lane.look[1] : "";
  words.dataset.real = lane.look ? lane.look[2] : "";
}

function statusOf(lane, ink) {
  if (lane.broken) {
    return [make("span", { text: lane.broken, style: `color: ${ink.bad}` })];
  }
  if (!lane.steps) return [make("span", { class: "mt-faint", text: "no step yet" })];
  return progressTexts(lane).map((text) => make("div", { text }));
}

// Show the filters, nine weights and a bias each, and what they make of the digit.
// `when`: "now", or at which step.
export function showInside(panel, filters, image, when, digit) {
  const { name, inside, filterText, mapText } = panel;
  const count = filters.length / FILTER_FLOATS;
  for (const [canvas, { pitch }] of [[panel.filters, FILTER], [panel.maps, MAP]]) {
    const across = acrossOf(panel, pitch);
    blank(canvas, across * pitch, Math.ceil(count / across) * pitch);
  }
  const whose = `${name}’s ${count} filters ${when}`;
  if (filters.every(Number.isFinite)) {
    const { reach, most } = paintFilters(panel, filters, count, image);
    filterText.textContent = `${whose}: blue ${number(-reach)}, white 0, red ${number(reach)}`;
    mapText.textContent = `their maps of the ${digit}, after ReLU: dark 0, ` +
      `yellow ${number(most)}`;
  } else {
    filterText.textContent = `${whose}: no finite numbers any more`;
    mapText.textContent = `no maps of the ${digit} without them`;
    inside.dataset.mapsum = "";
  }
  describe(panel.filters, filterText.textContent);
  describe(panel.maps, `${name}: ${mapText.textContent}`);
}

// An empty canvas of this size; it is only made anew where it has another.
export function blank(canvas, width, height) {
  const { style } = canvas;
  if (style.width !== `${width}px` || style.height !== `${height}px`) {
    canvas.resize(width, height);
  }
  canvas.ctx.clearRect(0, 0, width, height);
}

const acrossOf = ({ wide }, pitch) => Math.max(1, Math.floor(wide / pitch));

// The result: the largest weight in size, and the largest value of a map.
function paintFilters(panel, values, count, image) {
  const { filters, maps, inside } = panel;
  const kernels = kernelsOf(values), reach = largest(kernels);
  const activations = firstMaps(values, image), most = largest(activations);
  mosaic(filters.ctx, kernels, count, 3, 3, { size: FILTER.size,
    gap: FILTER.pitch - 3 * FILTER.size, across: acrossOf(panel, FILTER.pitch),
    lut: SIGNED, low: -reach, high: reach });
  mosaic(maps.ctx, activations, count, 28, 28, { size: MAP.size,
    gap: MAP.pitch - 28 * MAP.size, across: acrossOf(panel, MAP.pitch),
    lut: VIRIDIS, low: 0, high: most });
  inside.dataset.mapsum = String(sum(activations));
  return { reach, most };
}

export const LANE_STYLE = `
.mt-lane-head { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center;
  min-height: 28px; }
.mt-lane-head .mt-title { margin: 0; }
.mt-lane-head .mt-button { margin-left: auto; }
.mt-lane-mark { width: 10px; height: 10px; forced-color-adjust: none; }
.mt-lane-A { background: ${LANE_COLOURS[0]}; }
.mt-lane-B { background: ${LANE_COLOURS[1]}; clip-path: polygon(0 100%, 50% 0, 100% 100%); }
.mt-lane-status { min-height: 1.4em; font-size: 12px; }
`;
