// NetworkLens: every layer's maps for the digit that is drawn, and for each number the
// sum that it is, down to the pixels.

import { describe, mosaic, paintMap, position, surface } from "./shared/canvas.js";
import {
  BLACK, colourOf, GREY, inkOf, MEAN, readableOn, SIGNED, STD, VIRIDIS, WHITE,
} from "./shared/colours.js";
import {
  button, chain, choice, keys, make, mount, onTheme, painted, say, toggle,
} from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { fieldBefore, forward, network, receptiveField } from "./shared/engine.js";
import {
  argmax, number, percent, signedNumber, softmax, sum,
} from "./shared/numbers.js";
import { drawingPad } from "./shared/pad.js";
import { floats } from "./shared/python.js";

// A unit is one number in the network: {layer, channel, row, column}, counted from 0.
// Layer -1 holds the pixels; one past the last holds the probabilities.

// --- The network as it is shown: blocks, stages, units

// A convolution or linear layer and what follows it, up to the next: one row on screen.
export function lensBlocks(net) {
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
function lensStage(block, wanted) {
  if (wanted === "before") return block.stages[0];
  if (wanted === "pooled") return block.stages[block.stages.length - 1];
  return block.relu === null ? block.stages[0] : block.relu;
}

// Where a block's channel is switched off: after its ReLU, if it has one.
function lensSwitch(block) {
  return block.relu === null ? block.stages[0] : block.relu;
}

function lensBlockOf(blocks, layer) {
  return blocks.find((block) => block.stages.includes(layer)) || null;
}

function lensShape(net, layer) {
  if (layer < 0) return net.inputShape;
  return net.shapes[Math.min(layer, net.layers.length - 1)];
}

function lensIndex([, height = 1, width = 1], { channel, row, column }) {
  return (channel * height + row) * width + column;
}

// The unit of a layer with this index; Flatten only renames its input's units.
function lensUnit(net, layer, index) {
  let from = layer;
  while (from >= 0 && net.layers[from].kind === "flatten") from -= 1;
  const [, height = 1, width = 1] = lensShape(net, from);
  return {
    layer: from,
    channel: Math.floor(index / (height * width)),
    row: Math.floor(index / width) % height,
    column: index % width,
  };
}

export function lensValue(net, image, outputs, unit) {
  if (unit.layer < 0) return image[lensIndex(net.inputShape, unit)];
  if (unit.layer === net.layers.length) {
    return softmax(outputs[unit.layer - 1])[unit.channel];
  }
  return outputs[unit.layer][lensIndex(net.shapes[unit.layer], unit)];
}

// The pixels a unit depends on: half-open, past the border where it sees padding.
export function lensField(net, { layer, row, column }) {
  if (layer < 0) return { top: row, left: column, bottom: row + 1, right: column + 1 };
  return receptiveField(net, Math.min(layer, net.layers.length - 1), row, column);
}

const lensCellOf = ({ row, column }) =>
  ({ top: row, left: column, bottom: row + 1, right: column + 1 });

// The cells of layer `shown` that belong to a unit of another stage of the same block:
// a pooled cell and the four it was taken from. None (null) where the pool leaves off.
export function lensRegion(net, unit, shown) {
  let region = lensCellOf(unit);
  for (let k = unit.layer; k > shown; k--) region = fieldBefore(net.layers[k], region);
  for (let k = unit.layer + 1; k <= shown; k++) {
    const size = net.layers[k].size || 1;
    const [, height = 1, width = 1] = net.shapes[k];
    const row = Math.floor(region.top / size), column = Math.floor(region.left / size);
    if (row >= height || column >= width) return null;
    region = lensCellOf({ row, column });
  }
  return region;
}

// Change the outputs so that the channels in `off` (layer → Set) are silent.
export function lensSilence(net, off) {
  return (i, values) => {
    if (!off.has(i)) return;
    const size = values.length / net.shapes[i][0];
    for (const channel of off.get(i)) {
      values.fill(0, channel * size, (channel + 1) * size);
    }
  };
}

// --- Where a number comes from

// A unit's value as a sum (or maximum, or share) of units one layer down: {kind, terms:
// [{unit, value, ...}], bias, total}. `total` is summed here, in double precision.
export function lensExplain(net, image, outputs, unit, off = new Map()) {
  const { layer, channel } = unit;
  if (layer < 0) {
    return { kind: "pixel", terms: [], total: image[unit.row * 28 + unit.column] };
  }
  if (layer === net.layers.length) return lensExplainShare(net, outputs, unit);
  if (lensIsOff(off, layer, channel)) {
    return { kind: "off", terms: [], total: 0 };
  }
  const inputs = layer > 0 ? outputs[layer - 1] : image;
  const explain = {
    conv: lensExplainConv, linear: lensExplainLinear, relu: lensExplainRelu,
    maxpool: lensExplainPool, avgpool: lensExplainPool,
  };
  return explain[net.layers[layer].kind](net, inputs, unit);
}

// One term per input channel, each with the cells of its patch and kernel.
function lensExplainConv(net, inputs, { layer, channel, row, column }) {
  const spec = net.layers[layer];
  const [channels, height, width] = lensShape(net, layer - 1);
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
      const source = inside ? lensUnit(net, layer - 1, index) : null;
      cells.push({ unit: source, input, weight, value: input * weight });
    }
    terms.push({ channel: c, cells, value: sum(cells.map((cell) => cell.value)) });
  }
  terms.sort((a, b) => b.value - a.value);
  return lensWithBias("conv", net, spec, channel, terms);
}

function lensExplainLinear(net, inputs, { layer, channel }) {
  const spec = net.layers[layer];
  const terms = Array.from(inputs, (input, k) => {
    const weight = net.weights[spec.weight + channel * spec.inputs + k];
    return { unit: lensUnit(net, layer - 1, k), input, weight, value: input * weight };
  });
  terms.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return lensWithBias("linear", net, spec, channel, terms);
}

function lensWithBias(kind, net, spec, channel, terms) {
  const bias = spec.bias === null ? null : net.weights[spec.bias + channel];
  const total = sum(terms.map((term) => term.value)) + (bias || 0);
  return { kind, terms, bias, total };
}

function lensExplainRelu(net, inputs, { layer, channel, row, column }) {
  const index = lensIndex(net.shapes[layer], { channel, row, column });
  const value = inputs[index];
  const terms = [{ unit: lensUnit(net, layer - 1, index), value }];
  return { kind: "relu", terms, total: Math.max(0, value) };
}

// Four candidates (or more); `winner` is the first of the largest.
function lensExplainPool(net, inputs, { layer, channel, row, column }) {
  const { kind, size } = net.layers[layer];
  const [, height, width] = lensShape(net, layer - 1);
  const terms = [];
  for (let k = 0; k < size * size; k++) {
    const r = row * size + Math.floor(k / size), q = column * size + (k % size);
    const index = (channel * height + r) * width + q;
    terms.push({ unit: lensUnit(net, layer - 1, index), value: inputs[index] });
  }
  const values = terms.map((term) => term.value);
  const winner = argmax(values);
  const total = kind === "maxpool" ? values[winner] : sum(values) / values.length;
  return { kind, terms, winner, size, total };
}

// A probability: the power of one logit over the sum of all ten powers.
function lensExplainShare(net, outputs, { layer, channel }) {
  const shares = softmax(outputs[layer - 1]);
  const terms = Array.from(outputs[layer - 1], (logit, k) => ({
    unit: { layer: layer - 1, channel: k, row: 0, column: 0 }, logit, value: shares[k],
  }));
  return { kind: "softmax", terms, total: shares[channel] };
}

// --- Names

// "conv2 after ReLU, map 17, row 3, column 5".
export function lensName(net, blocks, unit) {
  const { layer, channel, row, column } = unit;
  if (layer < 0) return `pixel in row ${row}, column ${column}`;
  if (layer === net.layers.length) return `probability of ${channel}`;
  if (layer === net.layers.length - 1) return `logit of ${channel}`;
  const block = lensBlockOf(blocks, layer);
  const stage = lensStageName(net, block, layer);
  const where = lensShape(net, layer).length === 1
    ? `unit ${channel}` : `map ${channel}, row ${row}, column ${column}`;
  return `${block.name}${stage ? ` ${stage}` : ""}, ${where}`;
}

function lensStageName(net, block, layer) {
  if (net.layers[layer].kind === "relu") return "after ReLU";
  if (net.layers[layer].size) return "pooled";
  return block.relu === null ? "" : "before ReLU";
}

// "relu2 17 (3, 5)": short, for the path.
export function lensShortName(net, { layer, channel, row, column }) {
  if (layer < 0) return `pixel (${row}, ${column})`;
  if (layer === net.layers.length) return `p(${channel})`;
  if (layer === net.layers.length - 1) return `logit ${channel}`;
  const name = net.layers[layer].name;
  if (lensShape(net, layer).length === 1) return `${name} ${channel}`;
  return `${name} ${channel} (${row}, ${column})`;
}

function lensChannelName(block) {
  return block.kind === "linear" ? "unit" : "map";
}

// "rows 2 to 7, columns 4 to 9"; says where it reaches past the border.
export function lensFieldText({ top, left, bottom, right }) {
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

// --- Layout and colours

const LENS_CELL = 7; // CSS pixels of an input pixel: 28 × 7 = 196
const LENS_ROOM = 554; // width of the layers' column until it is known
const LENS_TITLE = 11; // height of a map's number above it

// The largest cells with which the maps of a layer stay a low band.
function lensLayout([channels, height, width], room) {
  const bandOf = (size) => {
    const pitch = Math.max(width * size + 5, 20);
    const across = Math.max(1, Math.min(channels, Math.floor((room + 5) / pitch)));
    const line = height * size + LENS_TITLE + 3;
    return { size, pitch, across, line, height: Math.ceil(channels / across) * line };
  };
  let best = bandOf(1);
  for (let size = 2; size * width <= 64; size++) {
    const band = bandOf(size);
    if (band.height > (size === 2 ? 300 : 250)) break;
    best = band;
  }
  return best;
}

export function lensLimits(values, from, to, signed) {
  let low = 0, high = 0;
  for (let i = from; i < to; i++) {
    if (values[i] > high) high = values[i];
    else if (values[i] < low) low = values[i];
  }
  // Nothing there: any limits will do, if they put 0 where it belongs.
  const reach = Math.max(high, -low) || 1;
  return signed ? [-reach, reach] : [0, high || 1];
}

// --- The three ways to show a layer. Each has canvas, layout(room), paint(values), and
// between points and units: where(x, y), box(unit), step(unit, dx, dy).

// Maps side by side, each with its number above it, by which its title is clicked.
function lensMaps(root, net, layer, options) {
  const shape = lensShape(net, layer);
  const [channels, height, width] = shape;
  const { signed, isOff = () => false, perMap = () => false, fixed = null } = options;
  const titled = !fixed;
  const title = titled ? LENS_TITLE : 0;
  const lut = fixed ? GREY : signed ? SIGNED : VIRIDIS;
  const canvas = surface(1, 1, options.label);
  let band = fixed || lensLayout(shape, LENS_ROOM), key = "";
  const lineOf = (j) => ({ first: j * band.across, y: j * band.line + title });

  function layout(room) {
    const next = fixed || lensLayout(shape, room);
    const wide = (next.across - 1) * next.pitch + Math.max(width * next.size, 20);
    if (key !== `${wide} ${next.height}`) canvas.resize(wide, next.height);
    key = `${wide} ${next.height}`;
    band = next;
    if (titled) titles();
  }

  function titles() {
    const ink = inkOf(root);
    const { ctx } = canvas;
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.font = "9px system-ui, sans-serif";
    ctx.textBaseline = "alphabetic";
    for (let c = 0; c < channels; c++) {
      const { x, y } = corner(c);
      ctx.fillStyle = isOff(c) ? ink.bad : ink.faint;
      ctx.fillText(isOff(c) ? `${c} off` : `${c}`, x, y - 2);
    }
  }

  const corner = (c) => ({
    x: (c % band.across) * band.pitch,
    y: lineOf(Math.floor(c / band.across)).y,
  });

  function paint(values) {
    const area = height * width;
    const all = fixed ? fixed.limits : lensLimits(values, 0, values.length, signed);
    const gap = band.pitch - width * band.size;
    for (let j = 0; j * band.across < channels; j++) {
      const { first, y } = lineOf(j);
      const count = Math.min(band.across, channels - first);
      const part = values.subarray(first * area, (first + count) * area);
      // A line at a time, because titles need more room than the gaps between maps.
      mosaic(canvas.ctx, part, count, height, width, {
        y, size: band.size, gap, across: count, lut,
        limits: (c) => (perMap()
          ? lensLimits(part, c * area, (c + 1) * area, signed) : all),
      });
    }
    return all;
  }

  function where(x, y) {
    const i = Math.floor(x / band.pitch), j = Math.floor(y / band.line);
    const channel = j * band.across + i;
    if (i < 0 || i >= band.across || j < 0 || channel >= channels) return null;
    const row = Math.floor((y - j * band.line - title) / band.size);
    const column = Math.floor((x - i * band.pitch) / band.size);
    if (row < 0) return { layer, channel, title: true };
    if (row >= height || column >= width) return null;
    return { layer, channel, row, column };
  }

  function box({ channel, top, left, bottom, right }) {
    const { x, y } = corner(channel);
    return {
      x: x + left * band.size, y: y + top * band.size,
      width: (right - left) * band.size, height: (bottom - top) * band.size,
    };
  }

  const step = ({ channel, row, column }, dx, dy, dc) => ({
    layer,
    channel: Math.min(Math.max(channel + dc, 0), channels - 1),
    row: Math.min(Math.max(row + dy, 0), height - 1),
    column: Math.min(Math.max(column + dx, 0), width - 1),
  });
  const frame = (channel) =>
    box({ channel, top: 0, left: 0, bottom: height, right: width });
  return { layer, canvas, layout, paint, where, box, step, frame, lut };
}

// The units of a linear layer: one coloured cell each.
/**
 * @param {any} root
 * @param {any} net
 * @param {number} layer
 * @param {{ label: string, signed: boolean, isOff?: (channel: number) => boolean }} options
 */
function lensStrip(root, net, layer, { label, signed, isOff = () => false }) {
  const [units] = lensShape(net, layer);
  const canvas = surface(1, 1, label);
  const lut = signed ? SIGNED : VIRIDIS;
  const across = Math.min(units, 64), tall = 16;
  const lines = Math.ceil(units / across);
  let wide = 8;

  function layout(room) {
    wide = Math.min(12, Math.max(4, Math.floor(room / across)));
    canvas.resize(wide * across, lines * (tall + 2) - 2);
  }

  function paint(values) {
    const [low, high] = lensLimits(values, 0, values.length, signed);
    const { bad } = inkOf(root);
    for (let k = 0; k < units; k++) {
      const { x, y, width, height } = box({ channel: k });
      canvas.ctx.fillStyle = isOff(k) ? bad : colourOf(lut, values[k], low, high);
      canvas.ctx.fillRect(x, y, width - 1, height);
    }
    return [low, high];
  }

  function where(x, y) {
    const channel = Math.floor(y / (tall + 2)) * across + Math.floor(x / wide);
    if (x < 0 || x >= across * wide || y < 0 || channel >= units) return null;
    return { layer, channel, row: 0, column: 0 };
  }

  const box = ({ channel }) => ({
    x: (channel % across) * wide, y: Math.floor(channel / across) * (tall + 2),
    width: wide, height: tall,
  });
  const step = ({ channel }, dx, dy, dc) => {
    const next = Math.min(Math.max(channel + dx + dy * across + dc, 0), units - 1);
    return { layer, channel: next, row: 0, column: 0 };
  };
  const frame = (channel) => box({ channel });
  return { layer, canvas, layout, paint, where, box, step, frame, lut };
}

// Ten lines: the logit as a bar from the middle, the probability as one from the left.
function lensBars(root, net) {
  const last = net.layers.length - 1;
  const wide = LENS_CELL * 28, head = 15, line = 16;
  const middle = 58, half = 42, from = 106, long = 40;
  const canvas = surface(wide, head + 10 * line, "The ten logits and probabilities.");

  function paint(values) {
    const { ctx } = canvas;
    const ink = inkOf(root);
    const probs = softmax(values);
    const best = argmax(values);
    const reach = Math.max(...values.map(Math.abs), 1e-9);
    const write = (text, x, y, align, colour) => {
      ctx.fillStyle = colour;
      ctx.textAlign = align;
      ctx.fillText(text, x, y);
    };
    ctx.clearRect(0, 0, wide, head + 10 * line);
    ctx.font = "11px system-ui, sans-serif";
    ctx.textBaseline = "middle";
    write("logit", middle, 7, "center", ink.faint);
    write("probability", wide, 7, "right", ink.faint);
    for (let k = 0; k < 10; k++) {
      const y = head + k * line;
      const colour = k === best ? ink.accent : ink.text;
      write(`${k}`, 2, y + line / 2, "left", colour);
      write(percent(probs[k]), wide, y + line / 2, "right", colour);
      const width = (values[k] / reach) * half;
      ctx.fillStyle = colourOf(SIGNED, values[k] > 0 ? 0.7 : -0.6, -1, 1);
      ctx.fillRect(middle + Math.min(width, 0), y + 2, Math.abs(width), line - 4);
      ctx.fillStyle = k === best ? ink.accent : ink.faint;
      ctx.fillRect(from, y + 2, Math.max(probs[k] * long, 1), line - 4);
    }
    ctx.fillStyle = ink.line;
    ctx.fillRect(middle, head, 1, 10 * line);
    const spoken = Array.from(probs, (p, k) => `${k}: ${percent(p)}`);
    describe(canvas, `Probabilities: ${spoken.join(", ")}`);
    canvas.ctx.textAlign = "left";
  }

  function where(x, y) {
    const channel = Math.floor((y - head) / line);
    if (channel < 0 || channel > 9) return null;
    return { layer: x < from - 4 ? last : last + 1, channel, row: 0, column: 0 };
  }

  const box = ({ layer, channel }) => ({
    x: layer === last ? middle - half : from, y: head + channel * line,
    width: layer === last ? 2 * half : wide - from, height: line,
  });
  const step = ({ layer, channel }, dx, dy, dc) => ({
    layer: Math.min(Math.max(layer + dx, last), last + 1),
    channel: Math.min(Math.max(channel + dy + dc, 0), 9), row: 0, column: 0,
  });
  return { layer: last, canvas, layout: () => {}, paint, where, box, step };
}

// --- The view

const LENS_STYLE = `
.mt-lens-plan { width: 100%; }
.mt-lens-columns { margin-top: 8px; }
.mt-lens-side { flex: 0 0 196px; display: grid; gap: 6px; }
.mt-lens-layers { flex: 1 1 500px; min-width: 300px; display: grid; gap: 8px;
  grid-template-columns: minmax(0, 1fr); align-content: start; }
.mt-lens-panel { flex: 1 1 330px; min-width: 300px; max-width: 700px;
  min-height: 200px; border-left: 3px solid var(--mt-line); padding-left: 10px; }
.mt-lens-head { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }
.mt-lens-head .mt-title { margin: 0; }
.mt-lens-scale { display: inline-flex; gap: 5px; align-items: center; font-size: 11px;
  color: var(--mt-faint); margin-left: auto; }
.mt-lens-view { position: relative; width: max-content; }
.mt-lens-view canvas { cursor: crosshair; }
.mt-lens-mark { position: absolute; pointer-events: none; display: none;
  box-shadow: 0 0 0 1px #fff, 0 0 0 3px #000; }
.mt-lens-pin { box-shadow: 0 0 0 1px #fff, 0 0 0 3px #d55e00; }
.mt-lens-field { position: absolute; pointer-events: none; display: none;
  border: 2px solid #ff9d3b; box-shadow: inset 0 0 0 1px #000, 0 0 0 1px #000; }
.mt-lens-readout { min-height: 4.2em; font-size: 12px; }
.mt-lens-picks { display: flex; gap: 1px; flex-wrap: wrap; }
.mt-lens-pick { padding: 0; border: 1px solid transparent; background: none;
  cursor: pointer; line-height: 0; }
.mt-lens-pick[aria-checked="true"] { border-color: var(--mt-accent);
  box-shadow: 0 0 0 1px var(--mt-accent); }
.mt-lens-path { display: flex; flex-wrap: wrap; gap: 2px 4px; align-items: center;
  margin: 4px 0; padding: 0; list-style: none; font-size: 12px; }
.mt-lens-link { border: 0; background: none; padding: 2px 3px; min-height: 24px;
  font: inherit; color: var(--mt-accent); text-decoration: underline; cursor: pointer; }
.mt-lens-link[aria-current] { color: var(--mt-text); text-decoration: none; }
.mt-lens-terms { list-style: none; margin: 4px 0; padding: 0; }
.mt-lens-term { display: grid; grid-template-columns: 11em 1fr 4.5em; gap: 6px;
  align-items: center; width: 100%; min-height: 24px; padding: 0 4px; border: 0;
  background: none; color: inherit; font: inherit; font-size: 12px; text-align: left;
  cursor: pointer; }
.mt-lens-term:hover:enabled, .mt-lens-cell:hover:enabled {
  outline: 2px solid var(--mt-accent); }
.mt-lens-term:disabled { cursor: default; }
.mt-lens-bar { position: relative; height: 10px; }
.mt-lens-bar i { position: absolute; top: 0; bottom: 0; }
.mt-lens-number { text-align: right; }
.mt-lens-product { display: flex; gap: 7px; align-items: center; flex-wrap: wrap; }
.mt-lens-grid { display: grid; gap: 1px; }
.mt-lens-cell { width: 33px; height: 28px; padding: 0; border: 0; font: inherit;
  font-size: 10.5px; text-align: center; line-height: 28px; }
button.mt-lens-cell { cursor: pointer; }
.mt-lens-won { outline: 3px solid #ff9d3b; outline-offset: -3px; font-weight: 700; }
.mt-lens-check { border-collapse: collapse; margin: 6px 0; font: inherit;
  color: inherit; white-space: nowrap; }
.mt-lens-check td, .mt-lens-check th { padding: 1px 12px 1px 0; text-align: left;
  font-weight: normal; }
.mt-lens-check [data-name=torch] { white-space: normal; }
.mt-lens-patches { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0; }
.mt-lens-patch { border: 1px solid var(--mt-line); background: none; padding: 2px;
  cursor: pointer; color: inherit; font: inherit; font-size: 11px; }
`;

const LENS_PATIENCE = 3000; // ms until a kernel that does not answer is called silent
const LENS_SILENT = "No answer: the kernel is busy or gone. All else works without it.";
const LENS_FAILED = "Python could not answer; it says why at the top.";
const LENS_CALM = 250; // ms without a stroke before PyTorch is asked again

function renderNetworkLens({ model, el }) {
  const lens = lensState(model, el);
  const { root } = lens;
  lensSource(lens);
  root.append(make("style", { text: LENS_STYLE }), lensControls(lens), lensPlan(lens));
  lensPicked(lens, 0);
  lensRebuild(lens);
  lensCompute(lens);

  const { layerBox } = lens;
  const observer = new ResizeObserver(() => {
    if (layerBox.clientWidth && lensRoom(lens) !== lens.room) lensRelayout(lens);
  });
  observer.observe(layerBox);
  const leaveTheme = onTheme(root, () => {
    lensRebuild(lens);
    lensRepaint(lens);
  });
  return chain(() => observer.disconnect(), leaveTheme, () => clearTimeout(lens.timer),
    lens.ask.close, root.stop);
}

// All that the view remembers, and the elements it writes to.
/** @returns {any} */
function lensState(model, el) {
  const root = mount(model, el, "NetworkLens",
    "Network lens: draw a digit and follow it through every layer");
  const weights = floats(model, "weights");
  const digits = floats(model, "digits");
  const networks = model.get("networks");
  const nets = networks.map(({ layers, start, length }) =>
    network(layers, weights.subarray(start, start + length)));
  return {
    root, digits, labels: model.get("digit_labels"), ask: lensMessenger(model),
    names: networks.map(({ name }) => name), nets,
    count: model.get("validation_size").toLocaleString("en"),
    // Which network sees which image, and what it makes of it.
    chosen: 0, net: nets[0], blocks: lensBlocks(nets[0]),
    image: digits.slice(0, 784), empty: false, outputs: [],
    off: new Map(), // layer → Set of the channels that are switched off
    // How it is shown.
    stage: "after", perMap: true, views: [], room: 0,
    // What is pointed at; what is pinned and the units below it; the channel shown.
    pointed: null, pointedView: null, path: [], opened: null, card: null, from: null,
    torch: null, asked: -LENS_CALM, timer: null,
    layerBox: make("div", { class: "mt-lens-layers" }),
    panel: make("div", {
      class: "mt-lens-panel", role: "region",
      "aria-label": "Where this number comes from",
    }),
    readout: make("p", { class: "mt-lens-readout mt-faint" }),
    verdict: make("p", { class: "mt-title", "aria-live": "polite" }),
    offNote: make("p"), answers: make("div"), inputBox: make("div"),
    field: make("div", { class: "mt-lens-field" }),
  };
}

function lensControls(lens) {
  const { names } = lens;
  const reshow = (began) => {
    lensRebuild(lens);
    lensRepaint(lens, began);
  };
  return make("div", { class: "mt-row" },
    choice("Weights", names.map((name, k) => [String(k), name]), "0",
      (k, began) => lensChoose(lens, Number(k), began)),
    choice("Show maps", [["before", "before ReLU"], ["after", "after ReLU"],
      ["pooled", "pooled"]], lens.stage, (stage, began) => {
      lens.stage = stage;
      reshow(began);
    }),
    choice("Colours", [["map", "each map its own scale"],
      ["layer", "one scale per layer"]], "map", (scale, began) => {
      lens.perMap = scale === "map";
      reshow(began);
    }));
}

// Where all stands: sheet, image and answer on the left, then layers, then panel.
function lensPlan(lens) {
  const title = (text) => make("p", { class: "mt-title", text });
  const side = make("div", { class: "mt-lens-side" },
    title("Draw a digit"), lens.pad.element, title("What the network sees"),
    lens.inputBox, lens.readout, lens.answers);
  keys(lens.panel, { Escape: () => lens.from && lens.from.focus() });
  const columns = make("div", { class: "mt-columns mt-lens-columns" },
    side, lens.layerBox, lens.panel);
  return make("div", { class: "mt-lens-plan" },
    make("p", { class: "mt-faint", text: "Draw, or pick one of these digits:" }),
    lens.picks, lens.offNote, columns);
}

// --- From a change to what is painted

function lensCompute(lens, began) {
  const edit = lens.off.size ? lensSilence(lens.net, lens.off) : null;
  lens.outputs = forward(lens.net, lens.image, edit);
  lensRepaint(lens, began);
}

function lensRepaint(lens, began) {
  for (const view of lens.views) view.paint();
  lensTellVerdict(lens);
  lensTellUnit(lens, lens.pointed || lensPinned(lens));
  // What is said about a channel does not depend on the digit.
  if (!lens.card) lensDrawPanel(lens);
  painted(lens.root, began);
}

function lensTellVerdict({ root, verdict, outputs, empty }) {
  const probs = softmax(outputs[outputs.length - 1]);
  const best = argmax(probs);
  root.dataset.prediction = String(best);
  root.dataset.empty = String(empty);
  verdict.textContent = empty ? "The sheet is empty: draw a digit."
    : `Reads: ${best}, ${percent(probs[best])}`;
}

function lensChoose(lens, k, began) {
  const before = lens.net;
  lens.chosen = k;
  lens.net = lens.nets[k];
  lens.blocks = lensBlocks(lens.net);
  lens.off.clear();
  lens.offNote.replaceChildren();
  lens.card = null;
  if (!lensAlike(before, lens.net)) lens.path = [];
  lens.outputs = [];
  lensRebuild(lens);
  lensCompute(lens, began);
}

// --- Where images come from: the sheet, and the row of digits

function lensSource(lens) {
  const { root, digits, labels } = lens;
  lens.pad = drawingPad(root, {
    size: 28 * LENS_CELL,
    onInk: (ink, began) => {
      if (lens.quiet) return;
      const side = Math.sqrt(ink.length);
      const made = prepareDrawing(ink, side, side);
      lens.image = made.normalised;
      lens.empty = made.empty;
      lensPicked(lens, -1);
      lensCompute(lens, began);
    },
  });
  const pick = (k, began) => {
    lensPicked(lens, k);
    lensTake(lens, digits.slice(784 * k, 784 * k + 784));
    lensCompute(lens, began);
  };
  lens.picks = make("div", {
    class: "mt-lens-picks", role: "radiogroup", "aria-label": "Digits to pick",
  }, ...labels.map((label, k) => lensPick(digits, label, k, pick)));
  const move = (by) => (_, began) => {
    const all = [...lens.picks.children];
    const next = (all.indexOf(document.activeElement) + by + all.length) % all.length;
    all[next].focus();
    pick(next, began);
  };
  keys(lens.picks, {
    ArrowRight: move(1), ArrowDown: move(1), ArrowLeft: move(-1), ArrowUp: move(-1),
  });
}

// Frame one of the digits, or none (-1).
function lensPicked({ picks }, k) {
  [...picks.children].forEach((element, i) => {
    element.setAttribute("aria-checked", String(i === k));
    element.tabIndex = i === Math.max(k, 0) ? 0 : -1;
  });
}

// A given image goes to the network as it is. The sheet is cleared, so that the next
// stroke begins a digit of its own.
function lensTake(lens, image) {
  lens.quiet = true;
  lens.pad.clear();
  lens.quiet = false;
  lens.image = image;
  lens.empty = false;
}

function lensPick(digits, label, k, pick) {
  const canvas = surface(28, 28, "");
  const image = digits.subarray(784 * k, 784 * k + 784);
  paintMap(canvas.ctx, image, 28, 28, 0, 0, 1, GREY, BLACK, WHITE);
  canvas.setAttribute("aria-hidden", "true");
  return make("button", {
    class: "mt-lens-pick", type: "button", role: "radio",
    "aria-label": `digit ${k}, labelled ${label}`,
    title: `labelled ${label}`, on: { click: () => pick(k, performance.now()) },
  }, canvas);
}

// --- The layers on screen

function lensRebuild(lens) {
  const { blocks, inputBox, layerBox, answers, verdict } = lens;
  lens.views = [];
  lens.pointed = lens.pointedView = null;
  layerBox.replaceChildren(...blocks.slice(0, -1).map((block) => lensRow(lens, block)));
  const bars = lensBars(lens.root, lens.net);
  const label = "Logits and probabilities";
  answers.replaceChildren(verdict, lensView(lens, bars, label).element);
  const input = lensInput(lens);
  input.element.append(lens.field);
  inputBox.replaceChildren(input.element);
  lensRelayout(lens);
}

// In JupyterLab a view is drawn before it has a place on the page, and thus a width.
const lensRoom = ({ layerBox }) => Math.floor(layerBox.clientWidth || LENS_ROOM) - 6;

function lensRelayout(lens) {
  lens.room = lensRoom(lens);
  for (const view of lens.views) view.painter.layout(lens.room);
  if (lens.outputs.length) for (const view of lens.views) view.paint();
}

// A block: its name, its colour scale, its maps or units.
function lensRow(lens, block) {
  const { root, net, off } = lens;
  const layer = lensStage(block, lens.stage);
  const shape = lensShape(net, layer);
  const maps = shape.length === 3;
  const stage = lensStageName(net, block, layer);
  const size = maps ? `${shape[0]} maps of ${shape[1]} × ${shape[2]}`
    : `${shape[0]} units`;
  const options = {
    label: `${block.name}${stage ? ` ${stage}` : ""}: ${size}`,
    signed: block.relu === null || layer < block.relu,
    isOff: (channel) => lensIsOff(off, lensSwitch(block), channel),
    perMap: () => lens.perMap,
  };
  const painter = (maps ? lensMaps : lensStrip)(root, net, layer, options);
  const scale = lensScale(painter.lut, options.signed);
  const view = lensView(lens, painter, options.label, (limits) =>
    scale.tell(maps && lens.perMap ? null : limits));
  const said = `${size}, ${stage || "output"}`;
  const head = make("div", { class: "mt-lens-head" },
    make("p", { class: "mt-title", text: block.name }),
    make("span", { class: "mt-faint", text: said }), scale.element);
  return make("div", { "data-block": block.name }, head, view.element);
}

function lensInput(lens) {
  const side = 28 * LENS_CELL;
  const fixed = {
    size: LENS_CELL, pitch: side, line: side, across: 1, height: side,
    limits: [BLACK, WHITE],
  };
  const label = "What the network sees: 28 × 28 pixels";
  const painter = lensMaps(lens.root, lens.net, -1, { label, signed: false, fixed });
  return lensView(lens, painter, label);
}

// A layer on screen: its canvas, the marks over it, mouse and keys.
/**
 * @param {any} lens
 * @param {any} painter
 * @param {string} label
 * @param {(limits: number[] | undefined) => void} [told] hears the colours' ends
 */
function lensView(lens, painter, label, told = () => {}) {
  const hover = make("div", { class: "mt-lens-mark" });
  const pin = make("div", { class: "mt-lens-mark mt-lens-pin" });
  const element = make("div", {
    class: "mt-lens-view", tabindex: "0", role: "application",
    "data-layer": painter.layer,
    "aria-label": `${label}. Arrow keys move from number to number, Shift and ` +
      "arrows from map to map, Enter asks where the number comes from.",
  }, painter.canvas, hover, pin);
  const paint = () => {
    const values = painter.layer < 0 ? lens.image : lens.outputs[painter.layer];
    told(painter.paint(values));
    lensMarkPin(lens, view);
  };
  const view = { painter, element, hover, pin, paint, at: null };
  const struck = (event) => {
    const { x, y } = position(painter.canvas, event);
    return painter.where(x, y);
  };
  element.addEventListener("pointermove", (event) => {
    const began = performance.now();
    lensPoint(lens, view, struck(event), began);
  });
  element.addEventListener("pointerleave", () => lensPoint(lens, view, null));
  element.addEventListener("click", (event) => {
    const began = performance.now();
    const unit = struck(event);
    if (!unit) return;
    const block = lensBlockOf(lens.blocks, unit.layer);
    if (unit.title) lensOpenCard(lens, block, unit.channel, began);
    else lensPin(lens, unit, began);
  });
  lensBindKeys(lens, view);
  lens.views.push(view);
  return view;
}

function lensBindKeys(lens, view) {
  const { painter, element } = view;
  const first = { layer: painter.layer, channel: 0, row: 0, column: 0 };
  const go = (dx, dy, dc) => (_, began) => {
    const to = view.at ? painter.step(view.at, dx, dy, dc) : first;
    lensPoint(lens, view, to, began, true);
  };
  keys(element, {
    ArrowLeft: go(-1, 0, 0), ArrowRight: go(1, 0, 0),
    ArrowUp: go(0, -1, 0), ArrowDown: go(0, 1, 0),
    "Shift+ArrowLeft": go(0, 0, -1), "Shift+ArrowRight": go(0, 0, 1),
    "Shift+ArrowUp": go(0, 0, -1), "Shift+ArrowDown": go(0, 0, 1),
    Enter: (_, began) => {
      lensPin(lens, view.at || first, began);
      lens.from = element;
      lensFocusPanel(lens);
    },
    Escape: (_, began) => {
      lens.path = [];
      lens.card = null;
      lensShowPanel(lens, began);
    },
  });
  element.addEventListener("focus", () => {
    // A click gives focus too, but there the mouse says where.
    if (element.matches(":focus-visible")) lensPoint(lens, view, view.at || first);
  });
  element.addEventListener("blur", () => lensPoint(lens, view, null));
}

// --- Pointing and pinning

const lensPinned = ({ path }) => path[path.length - 1] || null;

// Show the unit under the pointer: its box, its value, and what it sees.
function lensPoint(lens, view, unit, began, spoken = false) {
  if (unit && !unit.title) {
    if (lensSame(unit, lens.pointed)) return;
    if (lens.pointedView && lens.pointedView !== view) {
      lens.pointedView.hover.style.display = "none";
    }
    lens.pointed = view.at = unit;
    lens.pointedView = view;
    lensPlace(view.hover, view.painter.box({ ...unit, ...lensCellOf(unit) }));
    lensTellUnit(lens, unit, spoken);
  } else {
    if (lens.pointed) {
      view.hover.style.display = "none";
      lens.pointed = null;
      lensTellUnit(lens, lensPinned(lens));
    }
    if (unit) lens.readout.textContent = `Click: all about map ${unit.channel}.`;
  }
  if (began !== undefined) painted(lens.root, began);
}

function lensTellUnit(lens, unit, spoken = false) {
  const { net, readout, field } = lens;
  if (!unit) {
    field.style.display = "none";
    readout.textContent = "Point at any number: its value, and the pixels it sees.";
    return;
  }
  const seen = lensField(net, unit);
  lensPlaceField(field, seen);
  const value = lensValue(net, lens.image, lens.outputs, unit);
  const shown = unit.layer === net.layers.length ? percent(value, 2) : number(value, 3);
  readout.textContent = `${lensName(net, lens.blocks, unit)}: ${shown}.` +
    (unit.layer < 0 ? "" : ` Sees ${lensFieldText(seen)}.`);
  if (spoken) say(lens.root, readout.textContent);
}

function lensPin(lens, unit, began) {
  Object.assign(lens, { path: [unit], opened: null, card: null });
  lensShowPanel(lens, began);
}

function lensGoDown(lens, unit) {
  const began = performance.now();
  lens.path.push(unit);
  lens.opened = null;
  lensShowPanel(lens, began);
  lensFocusPanel(lens);
}

function lensClimb(lens, k) {
  const began = performance.now();
  lens.path.length = k + 1;
  lens.opened = null;
  lensShowPanel(lens, began);
  lensFocusPanel(lens);
}

function lensOpenCard(lens, block, channel, began) {
  lens.card = { block, channel, found: null, accuracy: null };
  lensShowPanel(lens, began);
}

function lensShowPanel(lens, began) {
  const { panel } = lens;
  for (const view of lens.views) lensMarkPin(lens, view);
  lensTellUnit(lens, lens.pointed || lensPinned(lens));
  lensDrawPanel(lens);
  const { top, bottom, height } = panel.getBoundingClientRect();
  const visible = Math.min(bottom, window.innerHeight) - Math.max(top, 0);
  if (visible < Math.min(height, 160)) panel.scrollIntoView({ block: "nearest" });
  painted(lens.root, began);
}

// After a step by key the reading goes on at the panel's heading, or at one of its
// controls if it has that.
/**
 * @param {any} lens
 * @param {string | null} [key]
 */
function lensFocusPanel({ panel }, key = null) {
  const control = panel.querySelector(`[data-key="${key}"]`);
  (control || panel.querySelector("[tabindex='-1']")).focus({ preventScroll: true });
}

// Frame, in one layer, what is pinned: the unit, or the channel.
function lensMarkPin(lens, { painter, pin }) {
  const { net, blocks, card } = lens;
  const { layer } = painter;
  const unit = lensPinned(lens);
  pin.style.display = "none";
  if (card) {
    if (!card.block.stages.includes(layer)) return;
    lensPlace(pin, painter.frame(card.channel));
  } else if (unit) {
    const bars = layer === net.layers.length - 1;
    const here = bars ? unit.layer >= layer : lensTogether(blocks, unit.layer, layer);
    if (!here) return;
    const region = bars ? {} : lensRegion(net, unit, layer);
    if (region) lensPlace(pin, painter.box({ ...unit, ...region }));
  }
}

// --- Switching channels off

function lensIsOff(off, layer, channel) {
  return off.has(layer) && off.get(layer).has(channel);
}

const lensOffList = ({ off }) =>
  [...off].flatMap(([layer, channels]) => [...channels].map((c) => [layer, c]));

function lensSwitchOff(lens, { block, channel }, silent, began) {
  const { off } = lens;
  const layer = lensSwitch(block);
  const set = off.get(layer) || new Set();
  if (silent) set.add(channel);
  else set.delete(channel);
  if (set.size) off.set(layer, set);
  else off.delete(layer);
  lensOffChanged(lens, began);
}

function lensOffChanged(lens, began) {
  const { offNote, blocks, off } = lens;
  const names = lensOffList(lens).map(([layer, channel]) =>
    `${lensBlockOf(blocks, layer).name} ${channel}`);
  const allOn = button("All on again", () => {
    off.clear();
    lensOffChanged(lens, performance.now());
    lensFocusPanel(lens, "off");
  });
  const note = names.length ? [`Off: ${names.join(", ")}. `, allOn] : [];
  offNote.replaceChildren(...note);
  // The numbers above the maps say which are off.
  for (const view of lens.views) view.painter.layout(lens.room);
  if (lens.card) {
    lens.card.accuracy = null;
    lensDrawPanel(lens);
  }
  lensCompute(lens, began);
}

// --- What only Python knows

// PyTorch is asked once the stroke has come to rest, and once for each image and unit.
function lensAskValue(lens, unit) {
  const key = [lens.chosen, lensKey(unit), ...lensOffList(lens)].join(" ");
  const { torch } = lens;
  if (!torch || torch.key !== key || torch.image !== lens.image) {
    lens.torch = { key, image: lens.image, text: "asking …", value: null };
    clearTimeout(lens.timer);
    const soon = performance.now() - lens.asked < LENS_CALM;
    lens.asked = performance.now();
    lens.timer = setTimeout(() => lensSendValue(lens, unit), soon ? LENS_CALM : 0);
  }
  lensTellTorch(lens);
}

function lensSendValue(lens, { layer, channel, row, column }) {
  const { torch } = lens;
  const question = {
    kind: "value", model: lens.names[lens.chosen],
    unit: [layer, channel, row, column], off: lensOffList(lens),
  };
  lens.ask(question, [torch.image.slice().buffer], (answer, _, why) => {
    torch.value = answer ? answer.value : null;
    torch.text = answer ? number(answer.value, 4) : why;
    lensTellTorch(lens);
    painted(lens.root);
  });
}

function lensTellTorch({ panel, torch }) {
  const cell = panel.querySelector("[data-name=torch]");
  if (!cell) return;
  cell.textContent = torch.text;
  cell.dataset.value = torch.value === null ? "" : String(torch.value);
}

function lensFindStrongest(lens, card) {
  card.found = { text: `Looking through ${lens.count} validation images …` };
  lensDrawPanel(lens);
  const question = {
    kind: "strongest", model: lens.names[lens.chosen],
    layer: lensSwitch(card.block), channel: card.channel,
  };
  lens.ask(question, [], (answer, buffers, why) => {
    card.found = answer ? { ...answer, images: lensFloats(buffers[0]) } : { text: why };
    lensDrawPanel(lens);
    painted(lens.root);
  }, true);
}

function lensMeasure(lens, card) {
  card.accuracy = { text: `Reading ${lens.count} validation images …` };
  lensDrawPanel(lens);
  const off = lensOffList(lens);
  const question = { kind: "accuracy", model: lens.names[lens.chosen], off };
  lens.ask(question, [], (answer, _, why) => {
    // Meanwhile another channel may have been switched.
    if (String(off) !== String(lensOffList(lens))) return;
    card.accuracy = answer || { text: why };
    lensDrawPanel(lens);
    painted(lens.root);
  }, true);
}

// One of the exciting patches: take its image, and pin the unit that it excited.
function lensVisit(lens, { found, channel, block }, k) {
  const began = performance.now();
  const unit = { channel, row: found.rows[k], column: found.columns[k] };
  lensTake(lens, found.images.slice(784 * k, 784 * k + 784));
  lensPicked(lens, -1);
  const path = [{ layer: lensSwitch(block), ...unit }];
  Object.assign(lens, { path, opened: null, card: null });
  lensCompute(lens, began);
  lensFocusPanel(lens);
}

// Send questions to Python; each answer goes to the one who asked. Without an answer in
// time, `answered(null, [], why)` is called; one that comes later still counts.
function lensMessenger(model) {
  const waiting = new Map();
  const mark = Math.random().toString(36).slice(2);
  let count = 0;
  const hear = (content, buffers) => {
    const asked = waiting.get(content.id);
    if (!asked) return;
    waiting.delete(content.id);
    clearTimeout(asked.timer);
    asked.answered(content, buffers || []);
  };
  // An error is told by Python in the widget's message; nothing else will come.
  const failed = () => {
    if (!model.get("message")) return;
    for (const { answered, timer } of waiting.values()) {
      clearTimeout(timer);
      answered(null, [], LENS_FAILED);
    }
    waiting.clear();
  };
  model.on("msg:custom", hear);
  model.on("change:message", failed);
  const ask = (content, buffers, answered, slow = false) => {
    const id = `${mark} ${count++}`;
    const patience = slow ? 10 * LENS_PATIENCE : LENS_PATIENCE;
    const silent = () => answered(null, [], LENS_SILENT);
    const timer = setTimeout(silent, patience);
    waiting.set(id, { answered, timer });
    try {
      model.send({ ...content, id }, undefined, buffers);
    } catch {
      clearTimeout(timer);
      waiting.delete(id);
      silent();
    }
  };
  ask.close = () => {
    model.off("msg:custom", hear);
    model.off("change:message", failed);
    for (const { timer } of waiting.values()) clearTimeout(timer);
  };
  return ask;
}

// --- Small things

function lensFloats(buffer) {
  const view = new Uint8Array(buffer.buffer || buffer, buffer.byteOffset || 0,
    buffer.byteLength);
  return new Float32Array(view.slice().buffer);
}

const lensKey = ({ layer, channel, row, column }) =>
  [layer, channel, row, column].join(",");
const lensSame = (a, b) => a && b && lensKey(a) === lensKey(b);

// Two networks whose units have the same names: a path in one leads through the other.
function lensAlike(a, b) {
  const plan = (net) =>
    JSON.stringify(net.layers.map(({ name, kind }, i) => [name, kind, net.shapes[i]]));
  return plan(a) === plan(b);
}

function lensTogether(blocks, a, b) {
  if (a < 0 || b < 0) return a === b;
  const block = lensBlockOf(blocks, a);
  return block !== null && block.stages.includes(b);
}

function lensPlace(mark, { x, y, width, height }) {
  const place = { left: x, top: y, width, height };
  for (const [name, value] of Object.entries(place)) mark.style[name] = `${value}px`;
  mark.style.display = "block";
}

// A receptive field on the input; a side behind which padding lies is dashed.
function lensPlaceField(mark, { top, left, bottom, right }) {
  const clip = (value) => Math.min(Math.max(value, 0), 28);
  const rows = [clip(top), clip(bottom)], columns = [clip(left), clip(right)];
  lensPlace(mark, {
    x: columns[0] * LENS_CELL, y: rows[0] * LENS_CELL,
    width: (columns[1] - columns[0]) * LENS_CELL,
    height: (rows[1] - rows[0]) * LENS_CELL,
  });
  const beyond = [top < 0, right > 28, bottom > 28, left < 0];
  mark.style.borderStyle = beyond.map((past) => (past ? "dashed" : "solid")).join(" ");
  mark.dataset.field = [top, left, bottom, right].join(",");
}

// A colour bar in one line: lowest, bar, highest.
function lensScale(lut, signed) {
  const bar = surface(64, 9, "Colour scale");
  const ramp = Float32Array.from({ length: 64 * 9 }, (_, i) => i % 64);
  paintMap(bar.ctx, ramp, 9, 64, 0, 0, 1, lut, 0, 63);
  const low = make("span"), high = make("span");
  const element = make("span", { class: "mt-lens-scale" }, low, bar, high);
  const tell = (limits) => {
    low.textContent = limits ? number(limits[0]) : signed ? "−largest" : "0";
    high.textContent = limits ? number(limits[1]) : "largest of its map";
  };
  return { element, tell };
}

// --- The panel: where a number comes from

function lensDrawPanel(lens) {
  const { panel, card, root } = lens;
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const focused = panel.contains(active) ? active : null;
  const unit = lensPinned(lens);
  const content = card ? lensCard(lens) : unit ? lensWhere(lens, unit) : [lensHint()];
  panel.replaceChildren(...content);
  root.dataset.unit = unit && !card ? lensKey(unit) : "";
  if (focused) lensFocusPanel(lens, focused.dataset.key);
  if (unit && unit.layer >= 0 && !card) lensAskValue(lens, unit);
}

function lensHint() {
  return make("p", {
    class: "mt-faint", tabindex: "-1",
    text: "Click any number, in a map, in the bars or in the image: where does it " +
      "come from? Click the small number above a map: what does this map answer to, " +
      "and what happens without it?",
  });
}

function lensWhere(lens, unit) {
  const { net, blocks } = lens;
  const why = lensExplain(net, lens.image, lens.outputs, unit, lens.off);
  const name = lensName(net, blocks, unit);
  const parts = [
    make("p", { class: "mt-title", text: "Where does this number come from?" }),
    lensPath(lens),
    make("p", { tabindex: "-1" }, make("strong", { text: name })),
  ];
  const block = lensBlockOf(blocks, unit.layer);
  if (block && block !== blocks[blocks.length - 1]) {
    const label = `About ${lensChannelName(block)} ${unit.channel}`;
    const open = () => {
      lensOpenCard(lens, block, unit.channel, performance.now());
      lensFocusPanel(lens);
    };
    parts.push(button(label, open, { "data-key": "card" }));
  }
  const tell = {
    pixel: lensTellPixel, off: lensTellOff, conv: lensTellConv, linear: lensTellLinear,
    relu: lensTellRelu, maxpool: lensTellPool, avgpool: lensTellPool,
    softmax: lensTellShare,
  };
  parts.push(...tell[why.kind](lens, unit, why));
  if (unit.layer >= 0) parts.push(lensCheck(lens, unit, why));
  return parts;
}

function lensPath(lens) {
  const { net, path } = lens;
  const items = path.map((unit, k) => {
    const last = k === path.length - 1;
    const link = make("button", {
      class: "mt-lens-link", type: "button", text: lensShortName(net, unit),
      "aria-current": last ? "step" : null, "data-key": `path ${k}`,
      on: { click: () => lensClimb(lens, k) },
    });
    return make("li", {}, ...(k ? ["\u2190 ", link] : [link]));
  });
  return make("ol", { class: "mt-lens-path", "aria-label": "Path" }, ...items);
}

// Our sum beside the browser's network and PyTorch.
function lensCheck(lens, unit, why) {
  const engine = lensValue(lens.net, lens.image, lens.outputs, unit);
  const row = (name, key, value) => make("tr", {},
    make("th", { scope: "row", text: name }),
    make("td", {
      "data-name": key, "data-value": value === null ? "" : String(value),
      text: value === null ? "" : number(value, 4),
    }));
  return make("table", { class: "mt-lens-check" }, make("tbody", {},
    row("our sum", "sum", why.total), row("the browser's network", "engine", engine),
    row("PyTorch", "torch", null)));
}

function lensTellPixel(lens, unit, { total }) {
  const grey = total * STD + MEAN;
  return [
    make("p", {
      text: `Grey level ${number(grey)} on a scale from 0 (black) to 1 (white), ` +
        `normalised: (${number(grey)} − ${MEAN}) / ${STD} = ${number(total, 3)}.`,
    }),
    make("p", { text: "Here the path ends: this was drawn, not computed." }),
  ];
}

function lensTellOff() {
  return [make("p", { text: "This channel is switched off: it gives 0 everywhere." })];
}

function lensTellRelu(lens, unit, { terms: [term], total }) {
  const note = term.value > 0 ? "It is positive, so it passes unchanged."
    : "It is not positive, so ReLU gives 0.";
  return [
    lensFormula("max(0, ", lensGoTo(lens, term.unit, number(term.value, 3)),
      `) = ${number(total, 3)}`),
    make("p", { text: note }),
  ];
}

function lensTellPool(lens, unit, why) {
  const { terms, size, winner, kind, total } = why;
  const high = Math.max(...terms.map((term) => Math.abs(term.value))) || 1;
  const largest = kind === "maxpool";
  const cells = terms.map((term, k) => lensCell({
    value: term.value, lut: VIRIDIS, low: 0, high,
    won: largest && k === winner && terms.some((other) => other.value < term.value),
    label: lensShortName(lens.net, term.unit), key: `term ${k}`,
    onClick: () => lensGoDown(lens, term.unit),
  }));
  const equal = terms.every((term) => term.value === terms[0].value);
  const note = !largest ? `The mean of these ${terms.length}: ${number(total, 3)}.`
    : equal ? `All ${terms.length} are equal: ${number(total, 3)}.`
      : `The largest of these ${terms.length} wins, ${number(total, 3)}; the others ` +
        "leave no trace.";
  return [lensGrid(size, cells, "Candidates"), make("p", { text: note })];
}

function lensTellShare(lens, unit, { terms, total }) {
  const rows = terms.map((term) => lensTerm({
    label: `logit of ${term.unit.channel}: ${number(term.logit)}`, value: term.value,
    reach: 1, text: percent(term.value), key: `term ${term.unit.channel}`,
    onClick: () => lensGoDown(lens, term.unit),
  }));
  return [
    make("p", {
      text: `Softmax: e to the logit, divided by the sum of all ten such powers. For ` +
        `${unit.channel} that is ${percent(total, 2)}.`,
    }),
    make("ul", { class: "mt-lens-terms" }, ...rows),
  ];
}

// The largest terms one by one, the rest as one.
function lensTellLinear(lens, unit, { terms, bias, total }) {
  const shown = terms.slice(0, 10), rest = terms.slice(10);
  const others = sum(rest.map((term) => term.value));
  const reach = Math.max(Math.abs(others), ...shown.map((t) => Math.abs(t.value))) || 1;
  const rows = shown.map((term, k) => lensTerm({
    label: lensShortName(lens.net, term.unit), value: term.value, reach,
    key: `term ${k}`, title: `${number(term.input, 3)} × ${number(term.weight, 3)}`,
    onClick: () => lensGoDown(lens, term.unit),
  }));
  if (rest.length) {
    const label = `the other ${rest.length} together`;
    rows.push(lensTerm({ label, value: others, reach, key: "rest" }));
  }
  const parts = `${terms.length} products, value × weight, the largest first:`;
  return [
    make("p", { text: parts }),
    make("ul", { class: "mt-lens-terms" }, ...rows),
    lensSum(sum(terms.map((term) => term.value)), bias, total),
  ];
}

function lensTellConv(lens, unit, why) {
  const { terms, bias, total } = why;
  const products = sum(terms.map((term) => term.value));
  if (terms.length === 1) {
    return [
      make("p", { text: "Patch × kernel, cell by cell, then all of it added:" }),
      lensProduct(lens, terms[0]), lensSum(products, bias, total),
    ];
  }
  const strongest = terms[argmax(terms.map((term) => Math.abs(term.value)))];
  const opened = terms.find((term) => term.channel === lens.opened) || strongest;
  return [
    make("p", { text: `One bar per input map, ${terms.length} in all, sorted:` }),
    lensChart(lens, terms, opened),
    lensSum(products, bias, total),
    make("p", {}, make("strong", {
      text: `Input map ${opened.channel} gives ${signedNumber(opened.value, 3)}:`,
    })),
    lensProduct(lens, opened),
  ];
}

// All input maps as bars, the most positive on the left; one of them is open.
function lensChart(lens, terms, opened) {
  const wide = 320, tall = 84;
  const canvas = surface(wide, tall, "What each input map adds.");
  const ink = inkOf(lens.root);
  const each = wide / terms.length;
  const top = Math.max(terms[0].value, 0);
  const bottom = Math.min(terms[terms.length - 1].value, 0);
  const factor = (tall - 4) / (top - bottom || 1);
  const zero = 2 + top * factor;
  terms.forEach((term, k) => {
    const y = Math.min(zero, zero - term.value * factor);
    canvas.ctx.fillStyle = colourOf(SIGNED, term.value > 0 ? 0.7 : -0.6, -1, 1);
    canvas.ctx.fillRect(k * each, y, Math.max(each - 1, 1),
      Math.max(Math.abs(term.value) * factor, 0.5));
  });
  canvas.ctx.fillStyle = ink.line;
  canvas.ctx.fillRect(0, zero, wide, 1);
  const at = terms.indexOf(opened);
  const mark = make("div", { class: "mt-lens-mark mt-lens-pin" });
  lensPlace(mark, { x: at * each, y: 0, width: each, height: tall });
  const told = make("p", {
    class: "mt-faint", text: "Point at a bar; click to open it.",
  });
  const element = make("div", {
    class: "mt-lens-view", tabindex: "0", role: "application", "data-key": "chart",
    "data-name": "chart",
    "aria-label": `What each of ${terms.length} input maps adds, sorted. Open is map ` +
      `${opened.channel}: ${number(opened.value, 3)}. Left and right open others.`,
  }, canvas, mark);
  const open = (channel, began) => {
    lens.opened = channel;
    lensDrawPanel(lens);
    painted(lens.root, began);
  };
  const struck = (event) => {
    const k = Math.floor(position(canvas, event).x / each);
    return terms[Math.min(Math.max(k, 0), terms.length - 1)];
  };
  element.addEventListener("pointermove", (event) => {
    const term = struck(event);
    told.textContent = `Input map ${term.channel}: ${signedNumber(term.value, 3)}`;
  });
  element.addEventListener("click", (event) =>
    open(struck(event).channel, performance.now()));
  const go = (by) => (_, began) => {
    const next = terms[Math.min(Math.max(at + by, 0), terms.length - 1)];
    open(next.channel, began);
  };
  keys(element, { ArrowLeft: go(-1), ArrowRight: go(1) });
  return make("div", {}, element, told);
}

// Patch × kernel = products, as three small grids. The patch's cells lead down.
function lensProduct(lens, { cells }) {
  const columns = lensColumns(cells.length);
  const reach = (name) => Math.max(...cells.map((cell) => Math.abs(cell[name]))) || 1;
  const [inputs, weights, values] = ["input", "weight", "value"].map(reach);
  const patch = cells.map((cell, k) => lensCell({
    value: cell.input, lut: SIGNED, low: -inputs, high: inputs, key: `term ${k}`,
    label: cell.unit ? lensShortName(lens.net, cell.unit) : "padding",
    text: cell.unit ? number(cell.input) : "pad",
    onClick: cell.unit && (() => lensGoDown(lens, cell.unit)),
  }));
  const kernel = cells.map((cell) => lensCell({
    value: cell.weight, lut: SIGNED, low: -weights, high: weights, label: "weight",
  }));
  const products = cells.map((cell) => lensCell({
    value: cell.value, lut: SIGNED, low: -values, high: values, label: "product",
  }));
  return make("div", { class: "mt-lens-product" },
    lensGrid(columns, patch, "Patch"), "×", lensGrid(columns, kernel, "Kernel"), "=",
    lensGrid(columns, products, "Products"));
}

// Kernels are square in every network that is shown here; others are shown in a line.
function lensColumns(count) {
  const side = Math.round(Math.sqrt(count));
  return side * side === count ? side : count;
}

function lensGrid(columns, cells, label) {
  return make("div", {
    class: "mt-lens-grid", role: "group", "aria-label": label,
    style: `grid-template-columns: repeat(${columns}, max-content)`,
  }, ...cells);
}

/**
 * @param {{ value: number, lut: Uint32Array, low: number, high: number, label: string,
 *   text?: string, key?: string, won?: boolean, onClick?: (() => void) | null }} settings
 */
function lensCell(settings) {
  const { value, lut, low, high, label, text = number(value), key } = settings;
  const { onClick = null, won = false } = settings;
  const style = `background: ${colourOf(lut, value, low, high)}; ` +
    `color: ${readableOn(lut, value, low, high)}`;
  const attributes = {
    class: `mt-lens-cell${won ? " mt-lens-won" : ""}`, style, title: label,
    text, "data-key": key, "data-value": String(value),
  };
  if (!onClick) return make("span", attributes);
  return make("button", {
    ...attributes, type: "button", "aria-label": `${label}: ${number(value)}`,
    on: { click: onClick },
  });
}

// A term as a line: name, bar, number; a button if it leads anywhere.
/**
 * @param {{ label: string, value: number, reach: number, text?: string, title?: string,
 *   key: string, onClick?: (() => void) | null }} term
 */
function lensTerm({ label, value, reach, text = signedNumber(value, 3), title, key,
  onClick = null }) {
  const share = Math.min(Math.abs(value) / reach, 1) * 50;
  const colour = colourOf(SIGNED, value > 0 ? 0.7 : -0.6, -1, 1);
  const left = value < 0 ? 50 - share : 50;
  const bar = make("i", {
    style: `left: ${left}%; width: ${share}%; background: ${colour}`,
  });
  const line = make("button", {
    class: "mt-lens-term", type: "button", title, "data-key": key, disabled: !onClick,
    "data-value": String(value), on: onClick ? { click: onClick } : {},
  }, make("span", { text: label }), make("span", { class: "mt-lens-bar" }, bar),
    make("span", { class: "mt-lens-number", text }));
  return make("li", {}, line);
}

function lensGoTo(lens, unit, text) {
  return make("button", {
    class: "mt-lens-link", type: "button", text, "data-key": "term 0",
    title: lensShortName(lens.net, unit),
    on: { click: () => lensGoDown(lens, unit) },
  });
}

function lensFormula(...parts) {
  return make("p", { "data-name": "formula" }, ...parts);
}

function lensSum(products, bias, total) {
  const text = bias === null ? `sum = ${number(total, 3)} (no bias)`
    : `sum ${number(products, 3)} + bias ` +
      `${bias < 0 ? `(${number(bias, 3)})` : number(bias, 3)} = ${number(total, 3)}`;
  return lensFormula(text);
}

// --- The panel: about a channel

function lensCard(lens) {
  const { card } = lens;
  const { block, channel } = card;
  const what = `${lensChannelName(block)} ${channel}`;
  const parts = [
    make("p", { class: "mt-title", tabindex: "-1", text: `${block.name}, ${what}` }),
  ];
  const last = lensPinned(lens);
  if (last) {
    const label = `Back to ${lensShortName(lens.net, last)}`;
    const back = () => {
      lens.card = null;
      lensShowPanel(lens, performance.now());
      lensFocusPanel(lens, "card");
    };
    parts.push(button(label, back, { "data-key": "back" }));
  }
  const silent = lensIsOff(lens.off, lensSwitch(block), channel);
  const off = toggle(`Switch ${what} off: it gives 0 everywhere`, silent,
    (checked, began) => lensSwitchOff(lens, card, checked, began));
  off.input.dataset.key = "off";
  const anyOff = lens.off.size > 0;
  parts.push(make("div", {}, off));
  if (anyOff) {
    parts.push(button("What does that cost in accuracy?", () => lensMeasure(lens, card),
      { "data-key": "measure" }));
    if (card.accuracy) parts.push(...lensAccuracy(card.accuracy));
  }
  parts.push(make("div", { style: "margin-top: 8px" },
    button(`What excites ${what} most?`, () => lensFindStrongest(lens, card),
      { "data-key": "strongest" })));
  if (card.found) parts.push(...lensFound(lens, card));
  return parts;
}

function lensAccuracy({ text, before, after, difference, lost, gained, total }) {
  if (text) return [make("p", { text, role: "status" })];
  const points = (value) => signedNumber(100 * value, 2);
  const [change, low, high] = difference;
  const row = (name, [value, from, to]) => make("tr", {},
    make("th", { scope: "row", text: name }),
    make("td", { text: percent(value, 2) }),
    make("td", { text: `(${number(100 * from)} to ${percent(to, 2)})` }));
  return [
    make("table", { class: "mt-lens-check" }, make("tbody", {},
      row("everything on", before), row("with what is off now", after))),
    make("p", {
      "data-name": "difference", "data-value": String(change),
      text: `Change: ${points(change)} points (95 % interval ${points(low)} to ` +
        `${points(high)}). Of ${total.toLocaleString("en")} validation images ` +
        `${lost} are lost, ${gained} won.`,
    }),
  ];
}

// The patches that excite a channel most: what its receptive field cuts out of each.
function lensFound(lens, card) {
  const { text, images, rows, columns, values, labels } = card.found;
  if (text) return [make("p", { text, role: "status" })];
  const patches = labels.map((label, k) => {
    const unit = { layer: lensSwitch(card.block), row: rows[k], column: columns[k] };
    const seen = lensField(lens.net, unit);
    const canvas = lensPatch(images.subarray(784 * k, 784 * k + 784), seen);
    canvas.setAttribute("aria-hidden", "true");
    return make("button", {
      class: "mt-lens-patch", type: "button", "data-key": `patch ${k}`,
      "data-value": String(values[k]),
      title: `labelled ${label}; ${lensFieldText(seen)}`,
      "aria-label": `a ${label}, ${lensFieldText(seen)}, value ${number(values[k])}`,
      on: { click: () => lensVisit(lens, card, k) },
    }, canvas, number(values[k]));
  });
  const dead = values[0] <= 0;
  const told = dead ? "On no validation image does it give more than 0."
    : "What it sees where it answers most strongly, one place an image. Click one to " +
      "look at it.";
  const box = make("div", { class: "mt-lens-patches" }, ...patches);
  return [make("p", { text: told }), box];
}

// Part of an image; what lies beyond its border is padding, in the line colour.
function lensPatch(image, { top, left, bottom, right }) {
  const rows = bottom - top, columns = right - left;
  const size = Math.max(1, Math.floor(48 / Math.max(rows, columns)));
  const canvas = surface(columns * size, rows * size, "");
  canvas.ctx.fillStyle = "#7a8ba0";
  canvas.ctx.fillRect(0, 0, columns * size, rows * size);
  const [from, to] = [Math.max(top, 0), Math.min(bottom, 28)];
  const [start, end] = [Math.max(left, 0), Math.min(right, 28)];
  for (let r = from; r < to; r++) {
    paintMap(canvas.ctx, image.subarray(r * 28 + start, r * 28 + end), 1, end - start,
      (start - left) * size, (r - top) * size, size, GREY, BLACK, WHITE);
  }
  return canvas;
}

export default { render: renderNetworkLens };
