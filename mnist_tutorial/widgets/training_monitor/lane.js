// One of the two trainings: its charts and its words, its filters and their maps.

import { describe, mosaic, surface } from "../shared/canvas.js";
import { SIGNED, VIRIDIS } from "../shared/colours.js";
import { button, make } from "../shared/dom.js";
import { largest, number, sum } from "../shared/numbers.js";
import {
  ACCURACY_HEIGHT, CURVE_HEIGHT, LANE_WIDTH, paintAccuracy, paintLoss,
} from "./charts.js";
import { FILTER_FLOATS, firstMaps, kernelsOf } from "./curves.js";
import { firstLossText, progressTexts } from "./words.js";

const ACROSS = 12, PITCH = 30; // of the filters and the maps
// The lanes share rows: where one needs more lines, the other waits for it.
export const LANES_STYLE = "display: grid; width: 100%; gap: 0 16px; " +
  `grid-template-columns: repeat(auto-fill, ${LANE_WIDTH}px)`;
const LANE_STYLE = "display: grid; grid-template-rows: subgrid; place-items: start";

export function lanePanel(name, onUse) {
  const parts = {
    title: make("p", { class: "mt-title" }),
    badge: make("p", { style: "min-height: 1.4em" }),
    loss: surface(LANE_WIDTH, CURVE_HEIGHT, ""),
    accuracy: surface(LANE_WIDTH, ACCURACY_HEIGHT, ""),
    status: make("p", { style: "min-height: 4.3em" }),
    filterText: make("p", { class: "mt-faint" }),
    filters: surface(LANE_WIDTH, 3 * PITCH, ""),
    mapText: make("p", { class: "mt-faint" }),
    maps: surface(LANE_WIDTH, 3 * PITCH, ""),
    use: button(`Use ${name}’s weights`, onUse),
  };
  const element = make("div", { "data-lane": name, style: LANE_STYLE },
    ...Object.values(parts));
  element.style.gridRow = `span ${element.children.length}`;
  return { name, element, ...parts };
}

// Show a frame: charts and words. `scales`: the ends of the axes, {steps, top}.
export function showLane(panel, lane, curve, scales, ink) {
  const { badge, element } = panel, first = firstLossText(lane.first);
  panel.title.textContent = `${panel.name}: ${lane.title}`;
  badge.textContent = first.text;
  badge.style.color = first.good ? ink.good : ink.bad;
  badge.style.fontWeight = first.good ? "400" : "700";
  panel.status.replaceChildren(...statusOf(lane, ink));
  element.dataset.steps = lane.steps;
  element.dataset.loss = lane.last ?? "";
  element.dataset.predicted = lane.look ? lane.look[1] : "";
  element.dataset.real = lane.look ? lane.look[2] : "";
  paintLoss(panel.loss, lane, curve, scales, ink);
  paintAccuracy(panel.accuracy, lane, scales, ink);
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
  const count = filters.length / FILTER_FLOATS;
  for (const { ctx } of [panel.filters, panel.maps]) {
    ctx.clearRect(0, 0, LANE_WIDTH, 3 * PITCH);
  }
  if (filters.every(Number.isFinite)) {
    const { reach, most } = paintFilters(panel, filters, count, image);
    panel.filterText.textContent = `${count} filters ${when}: blue ${number(-reach)}, ` +
      `white 0, red ${number(reach)}`;
    panel.mapText.textContent = `their maps of the ${digit}, after ReLU: dark 0, ` +
      `yellow ${number(most)}`;
  } else {
    panel.filterText.textContent = `${count} filters ${when}: no finite numbers any more`;
    panel.mapText.textContent = `no maps of the ${digit} without them`;
    panel.element.dataset.mapsum = "";
  }
  describe(panel.filters, `${panel.name}: ${panel.filterText.textContent}`);
  describe(panel.maps, `${panel.name}: ${panel.mapText.textContent}`);
}

// The result: the largest weight in size, and the largest value of a map.
function paintFilters({ filters, maps, element }, values, count, image) {
  const kernels = kernelsOf(values), reach = largest(kernels);
  const activations = firstMaps(values, image), most = largest(activations);
  mosaic(filters.ctx, kernels, count, 3, 3, { size: 8, gap: PITCH - 24, across: ACROSS,
    lut: SIGNED, low: -reach, high: reach });
  mosaic(maps.ctx, activations, count, 28, 28, { size: 1, gap: PITCH - 28,
    across: ACROSS, lut: VIRIDIS, low: 0, high: most });
  element.dataset.mapsum = String(sum(activations));
  return { reach, most };
}
