// Of what a unit is made, one layer down on screen: the cells to outline there.

import { fieldBefore } from "../shared/engine.js";
import { explain } from "./explain.js";
import { cellOf, isOff, regionIn, shapeOf } from "./units.js";

export const SHOWN_TERMS = 10; // of a sum with one term for each unit of the layer before

// The sources of a unit in layer `shown`, which lies before its block: {channel, top, left,
// bottom, right} each. None where `shown` is not the layer before it.
export function sourcesOf(lens, unit, shown) {
  const { net, blocks, off } = lens;
  const k = blocks.findIndex(({ stages }) => stages.includes(unit.layer));
  if (k < 1 || !blocks[k - 1].stages.includes(shown)) return [];
  if (isOff(off, unit.layer, unit.channel)) return [];
  const [layer] = blocks[k].stages;
  return net.layers[layer].kind === "linear" ? unitsBelow(lens, { ...unit, layer }, shown)
    : patchBelow(net, unit, shown);
}

// The units with the largest products, which are also those that the panel names.
function unitsBelow({ net, image, outputs }, unit, shown) {
  const { terms } = explain(net, image, outputs, unit);
  return terms.slice(0, SHOWN_TERMS).flatMap(({ unit: source }) => {
    const region = regionIn(net, source, shown);
    return region ? [{ channel: source.channel, ...region }] : [];
  });
}

// The patch under a unit's kernel, in every map; what is padding is left out.
function patchBelow(net, unit, shown) {
  let region = cellOf(unit);
  for (let k = unit.layer; k > shown; k--) region = fieldBefore(net.layers[k], region);
  const [channels, height, width] = shapeOf(net, shown);
  const { top, left, bottom, right } = region;
  const inside = { top: Math.max(top, 0), left: Math.max(left, 0),
    bottom: Math.min(bottom, height), right: Math.min(right, width) };
  return Array.from({ length: channels }, (_, channel) => ({ channel, ...inside }));
}
