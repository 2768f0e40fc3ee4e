// Where a number comes from.

import { argmax, softmax, sum } from "../shared/numbers.js";
import { indexIn, isOff, shapeOf, unitAt } from "./units.js";

// A unit's value as a sum (or maximum, or share) of units one layer down: {kind, terms:
// [{unit, value, ...}], bias, total}. `total` is summed here, in double precision.
export function explain(net, image, outputs, unit, off = new Map()) {
  const { layer, channel } = unit;
  if (layer < 0) {
    return { kind: "pixel", terms: [], total: image[unit.row * 28 + unit.column] };
  }
  if (layer === net.layers.length) return explainShare(net, outputs, unit);
  if (isOff(off, layer, channel)) {
    return { kind: "off", terms: [], total: 0 };
  }
  const inputs = layer > 0 ? outputs[layer - 1] : image;
  const explainers = {
    conv: explainConv, linear: explainLinear, relu: explainRelu,
    maxpool: explainPool, avgpool: explainPool,
  };
  return explainers[net.layers[layer].kind](net, inputs, unit);
}

// One term per input channel, each with the cells of its patch and kernel.
function explainConv(net, inputs, { layer, channel, row, column }) {
  const spec = net.layers[layer];
  const [channels, height, width] = shapeOf(net, layer - 1);
  const area = spec.rows * spec.columns;
  const terms = [];
  for (let c = 0; c < channels; c++) {
    const cells = [];
    for (let k = 0; k < area; k++) {
      const r = row - spec.above + Math.floor(k / spec.columns);
      const q = column - spec.left + (k % spec.columns);
      const inside = r >= 0 && r < height && q >= 0 && q < width;
      const index = (c * height + r) * width + q;
      const input = inside ? inputs[index] : 0;
      const weight = net.weights[spec.weight + (channel * channels + c) * area + k];
      const source = inside ? unitAt(net, layer - 1, index) : null;
      cells.push({ unit: source, input, weight, value: input * weight });
    }
    terms.push({ channel: c, cells, value: sum(cells.map((cell) => cell.value)) });
  }
  terms.sort((a, b) => b.value - a.value);
  return withBias("conv", net, spec, channel, terms);
}

function explainLinear(net, inputs, { layer, channel }) {
  const spec = net.layers[layer];
  const terms = Array.from(inputs, (input, k) => {
    const weight = net.weights[spec.weight + channel * spec.inputs + k];
    return { unit: unitAt(net, layer - 1, k), input, weight, value: input * weight };
  });
  terms.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return withBias("linear", net, spec, channel, terms);
}

function withBias(kind, net, spec, channel, terms) {
  const bias = spec.bias === null ? null : net.weights[spec.bias + channel];
  const total = sum(terms.map((term) => term.value)) + (bias || 0);
  return { kind, terms, bias, total };
}

function explainRelu(net, inputs, { layer, channel, row, column }) {
  const index = indexIn(net.shapes[layer], { channel, row, column });
  const value = inputs[index];
  const terms = [{ unit: unitAt(net, layer - 1, index), value }];
  return { kind: "relu", terms, total: Math.max(0, value) };
}

// Four candidates (or more); `winner` is the first of the largest.
function explainPool(net, inputs, { layer, channel, row, column }) {
  const { kind, size } = net.layers[layer];
  const [, height, width] = shapeOf(net, layer - 1);
  const terms = [];
  for (let k = 0; k < size * size; k++) {
    const r = row * size + Math.floor(k / size), q = column * size + (k % size);
    const index = (channel * height + r) * width + q;
    terms.push({ unit: unitAt(net, layer - 1, index), value: inputs[index] });
  }
  const values = terms.map((term) => term.value);
  const winner = argmax(values);
  const total = kind === "maxpool" ? values[winner] : sum(values) / values.length;
  return { kind, terms, winner, size, total };
}

// A probability: the power of one logit over the sum of all ten powers.
function explainShare(net, outputs, { layer, channel }) {
  const shares = softmax(outputs[layer - 1]);
  const terms = Array.from(outputs[layer - 1], (logit, k) => ({
    unit: { layer: layer - 1, channel: k, row: 0, column: 0 }, logit, value: shares[k],
  }));
  return { kind: "softmax", terms, total: shares[channel] };
}
