// The network as it is shown: blocks, stages, and units with their names.
//
// A unit is one number in the network: {layer, channel, row, column}, counted from 0.
// Layer -1 holds the pixels; one past the last holds the probabilities.

import { fieldBefore, receptiveField } from "../shared/engine.js";
import { softmax } from "../shared/numbers.js";

// A convolution or linear layer and what follows it, up to the next: one row on screen.
export function blocksOf(net) {
  const blocks = [];
  net.layers.forEach((layer, i) => {
    const weighs = layer.kind === "conv" || layer.kind === "linear";
    if (layer.kind === "flatten") return;
    if (weighs || !blocks.length) {
      blocks.push({ name: layer.name, kind: layer.kind, stages: [i], relu: null });
    } else {
      const block = blocks[blocks.length - 1];
      block.stages.push(i);
      if (layer.kind === "relu") block.relu = i;
    }
  });
  return blocks;
}

// The layer a block shows when "before", "after" or "pooled" is asked for.
export function stageOf(block, shown) {
  if (shown === "before") return block.stages[0];
  if (shown === "pooled") return block.stages[block.stages.length - 1];
  return block.relu === null ? block.stages[0] : block.relu;
}

// Where a block's channel is switched off: after its ReLU, if it has one.
export function switchOf(block) {
  return block.relu === null ? block.stages[0] : block.relu;
}

export function blockOf(blocks, layer) {
  return blocks.find((block) => block.stages.includes(layer)) || null;
}

export function inOneBlock(blocks, a, b) {
  if (a < 0 || b < 0) return a === b;
  const block = blockOf(blocks, a);
  return block !== null && block.stages.includes(b);
}

export function shapeOf(net, layer) {
  if (layer < 0) return net.inputShape;
  return net.shapes[Math.min(layer, net.layers.length - 1)];
}

export function indexIn([, height = 1, width = 1], { channel, row, column }) {
  return (channel * height + row) * width + column;
}

// The unit of a layer with this index; Flatten only renames its input's units.
export function unitAt(net, layer, index) {
  let from = layer;
  while (from >= 0 && net.layers[from].kind === "flatten") from -= 1;
  const [, height = 1, width = 1] = shapeOf(net, from);
  return {
    layer: from,
    channel: Math.floor(index / (height * width)),
    row: Math.floor(index / width) % height,
    column: index % width,
  };
}

export function valueOf(net, image, outputs, unit) {
  if (unit.layer < 0) return image[indexIn(net.inputShape, unit)];
  if (unit.layer === net.layers.length) {
    return softmax(outputs[unit.layer - 1])[unit.channel];
  }
  return outputs[unit.layer][indexIn(net.shapes[unit.layer], unit)];
}

// The pixels a unit depends on: half-open, past the border where it sees padding.
export function fieldOf(net, { layer, row, column }) {
  if (layer < 0) return { top: row, left: column, bottom: row + 1, right: column + 1 };
  return receptiveField(net, Math.min(layer, net.layers.length - 1), row, column);
}

export const cellOf = ({ row, column }) =>
  ({ top: row, left: column, bottom: row + 1, right: column + 1 });

// The cells of layer `shown` that belong to a unit of another stage of the same block:
// a pooled cell and the four it was taken from. None (null) where the pool leaves off.
export function regionIn(net, unit, shown) {
  let region = cellOf(unit);
  for (let k = unit.layer; k > shown; k--) region = fieldBefore(net.layers[k], region);
  for (let k = unit.layer + 1; k <= shown; k++) {
    const size = net.layers[k].size || 1;
    const [, height = 1, width = 1] = net.shapes[k];
    const row = Math.floor(region.top / size), column = Math.floor(region.left / size);
    if (row >= height || column >= width) return null;
    region = cellOf({ row, column });
  }
  return region;
}

export function isOff(off, layer, channel) {
  return off.has(layer) && off.get(layer).has(channel);
}

// Change the outputs so that the channels in `off` (layer → Set) are silent.
export function silencing(net, off) {
  return (i, values) => {
    if (!off.has(i)) return;
    const size = values.length / net.shapes[i][0];
    for (const channel of off.get(i)) {
      values.fill(0, channel * size, (channel + 1) * size);
    }
  };
}

export const keyOf = ({ layer, channel, row, column }) =>
  [layer, channel, row, column].join(",");
export const sameUnit = (a, b) => a && b && keyOf(a) === keyOf(b);

// Two networks whose units have the same names: a path in one leads through the other.
export function alike(a, b) {
  const plan = (net) =>
    JSON.stringify(net.layers.map(({ name, kind }, i) => [name, kind, net.shapes[i]]));
  return plan(a) === plan(b);
}

// "conv2 after ReLU, map 17, row 3, column 5".
export function nameOf(net, blocks, unit) {
  const { layer, channel, row, column } = unit;
  if (layer < 0) return `pixel in row ${row}, column ${column}`;
  if (layer === net.layers.length) return `probability of ${channel}`;
  if (layer === net.layers.length - 1) return `logit of ${channel}`;
  const block = blockOf(blocks, layer);
  const stage = stageName(net, block, layer);
  const where = shapeOf(net, layer).length === 1
    ? `unit ${channel}` : `map ${channel}, row ${row}, column ${column}`;
  return `${block.name}${stage ? ` ${stage}` : ""}, ${where}`;
}

export function stageName(net, block, layer) {
  if (net.layers[layer].kind === "relu") return "after ReLU";
  if (net.layers[layer].size) return "pooled";
  return block.relu === null ? "" : "before ReLU";
}

// "conv2 after ReLU 17 (3, 5)": short, for the path.
export function shortName(net, { layer, channel, row, column }) {
  if (layer < 0) return `pixel (${row}, ${column})`;
  if (layer === net.layers.length) return `p(${channel})`;
  if (layer === net.layers.length - 1) return `logit ${channel}`;
  const name = net.layers[layer].name;
  if (shapeOf(net, layer).length === 1) return `${name} ${channel}`;
  return `${name} ${channel} (${row}, ${column})`;
}

export function channelName(block) {
  return block.kind === "linear" ? "unit" : "map";
}

// "rows 2 to 7, columns 4 to 9"; says where it reaches past the border.
export function fieldText({ top, left, bottom, right }) {
  const clip = (value) => Math.min(Math.max(value, 0), 28);
  const beyond = top < 0 || left < 0 || bottom > 28 || right > 28;
  const span = (from, to) => {
    const first = clip(from), last = clip(to) - 1;
    return first === last ? `${first}` : `${first} to ${last}`;
  };
  if (top <= 0 && left <= 0 && bottom >= 28 && right >= 28) return "the whole image";
  return `rows ${span(top, bottom)}, columns ${span(left, right)}` +
    (beyond ? " and padding" : "");
}
