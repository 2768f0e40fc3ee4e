// The three ways to show a layer. Each has canvas, layout(room), paint(values), and
// between points and units: where(x, y), box(unit), step(unit, dx, dy).

import { describe, mosaic, surface } from "../shared/canvas.js";
import { colourOf, GREY, inkOf, SIGNED, VIRIDIS } from "../shared/colours.js";
import { argmax, probability, softmax } from "../shared/numbers.js";
import { shapeOf } from "./units.js";

export const PIXEL = 5, SMALL_PIXEL = 4; // CSS pixels of a pixel of the input
export const ROOM = 554; // width of the layers' column until it is known
const TITLE = 11; // height of a map's number above it

// Of a bar that says how much something adds or takes away.
export const barColour = (value) => colourOf(SIGNED, value > 0 ? 0.7 : -0.6, -1, 1);

const clamp = (value, most) => Math.min(Math.max(value, 0), most);

export function limitsOf(values, from, to, signed) {
  let low = 0, high = 0;
  for (let i = from; i < to; i++) {
    if (values[i] > high) high = values[i];
    else if (values[i] < low) low = values[i];
  }
  // Nothing there: any limits will do, if they put 0 where it belongs.
  const reach = Math.max(high, -low) || 1;
  return signed ? [-reach, reach] : [0, high || 1];
}

// --- Maps side by side, each with its number above it, by which its title is clicked

// `fixed`: {size(), limits} of the one map, without a title, that is the input.
export function mapsPainter(root, net, layer, options) {
  const { label, signed, isSilent = () => false, perMap = () => false, fixed } = options;
  const [channels, height, width] = shapeOf(net, layer);
  const maps = {
    root, layer, channels, height, width, signed, isSilent, perMap, fixed,
    title: fixed ? 0 : TITLE,
    lut: fixed ? GREY : signed ? SIGNED : VIRIDIS,
    canvas: surface(1, 1, label), extent: "",
    band: bandOf([channels, height, width], ROOM, fixed),
  };
  return {
    layer, canvas: maps.canvas, lut: maps.lut,
    layout: (room) => layoutMaps(maps, room),
    paint: (values) => paintMaps(maps, values),
    where: (x, y) => unitInMaps(maps, x, y),
    box: (cells) => boxInMaps(maps, cells),
    step: ({ channel, row, column }, dx, dy, dc) => ({
      layer,
      channel: clamp(channel + dc, channels - 1),
      row: clamp(row + dy, height - 1),
      column: clamp(column + dx, width - 1),
    }),
    frame: (channel) =>
      boxInMaps(maps, { channel, top: 0, left: 0, bottom: height, right: width }),
  };
}

// The largest cells with which the maps of a layer stay a low band.
function bandOf([channels, height, width], room, fixed) {
  if (fixed) {
    const size = fixed.size();
    return { size, pitch: width * size, across: 1, line: height * size,
      height: height * size };
  }
  const bandWith = (size) => {
    const pitch = Math.max(width * size + 5, 20);
    const across = Math.max(1, Math.min(channels, Math.floor((room + 5) / pitch)));
    const line = height * size + TITLE + 3;
    return { size, pitch, across, line, height: Math.ceil(channels / across) * line };
  };
  let best = bandWith(1);
  for (let size = 2; size * width <= 64; size++) {
    const band = bandWith(size);
    if (band.height > (size === 2 ? 300 : 250)) break;
    best = band;
  }
  return best;
}

function layoutMaps(maps, room) {
  const { channels, height, width, fixed, canvas } = maps;
  const band = bandOf([channels, height, width], room, fixed);
  const wide = (band.across - 1) * band.pitch + Math.max(width * band.size, 20);
  const extent = `${wide} ${band.height}`;
  if (maps.extent !== extent) canvas.resize(wide, band.height);
  Object.assign(maps, { band, extent });
  if (!fixed) writeTitles(maps);
}

function writeTitles(maps) {
  const { root, channels, isSilent, canvas } = maps;
  const ink = inkOf(root);
  const { ctx } = canvas;
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  ctx.font = "9px system-ui, sans-serif";
  ctx.textBaseline = "alphabetic";
  for (let c = 0; c < channels; c++) {
    const { x, y } = cornerOf(maps, c);
    ctx.fillStyle = isSilent(c) ? ink.bad : ink.faint;
    ctx.fillText(isSilent(c) ? `${c} off` : `${c}`, x, y - 2);
  }
}

function cornerOf({ band, title }, channel) {
  return {
    x: (channel % band.across) * band.pitch,
    y: Math.floor(channel / band.across) * band.line + title,
  };
}

function paintMaps(maps, values) {
  const { channels, height, width, signed, perMap, fixed, lut, canvas, band } = maps;
  const area = height * width;
  const all = fixed ? fixed.limits : limitsOf(values, 0, values.length, signed);
  const gap = band.pitch - width * band.size;
  for (let first = 0; first < channels; first += band.across) {
    const count = Math.min(band.across, channels - first);
    const part = values.subarray(first * area, (first + count) * area);
    // A line at a time, because titles need more room than the gaps between maps.
    mosaic(canvas.ctx, part, count, height, width, {
      y: cornerOf(maps, first).y, size: band.size, gap, across: count, lut,
      limits: (c) => (perMap()
        ? limitsOf(part, c * area, (c + 1) * area, signed) : all),
    });
  }
  return all;
}

function unitInMaps({ layer, channels, height, width, band, title }, x, y) {
  const i = Math.floor(x / band.pitch), j = Math.floor(y / band.line);
  const channel = j * band.across + i;
  if (i < 0 || i >= band.across || j < 0 || channel >= channels) return null;
  const row = Math.floor((y - j * band.line - title) / band.size);
  const column = Math.floor((x - i * band.pitch) / band.size);
  if (row < 0) return { layer, channel, title: true };
  if (row >= height || column >= width) return null;
  return { layer, channel, row, column };
}

function boxInMaps(maps, { channel, top, left, bottom, right }) {
  const { x, y } = cornerOf(maps, channel), { size } = maps.band;
  return {
    x: x + left * size, y: y + top * size,
    width: (right - left) * size, height: (bottom - top) * size,
  };
}

// --- The units of a linear layer: one coloured cell each

/**
 * @param {any} root
 * @param {any} net
 * @param {number} layer
 * @param {{ label: string, signed: boolean,
 *   isSilent?: (channel: number) => boolean }} options
 */
export function stripPainter(root, net, layer, { label, signed, isSilent = () => false }) {
  const [units] = shapeOf(net, layer);
  const canvas = surface(1, 1, label);
  const lut = signed ? SIGNED : VIRIDIS;
  const across = Math.min(units, 64), tall = 16;
  const lines = Math.ceil(units / across);
  let wide = 8;
  const box = ({ channel }) => ({
    x: (channel % across) * wide, y: Math.floor(channel / across) * (tall + 2),
    width: wide, height: tall,
  });
  return {
    layer, canvas, lut, box,
    layout: (room) => {
      wide = Math.min(12, Math.max(4, Math.floor(room / across)));
      canvas.resize(wide * across, lines * (tall + 2) - 2);
    },
    paint: (values) => {
      const [low, high] = limitsOf(values, 0, values.length, signed);
      const { bad } = inkOf(root);
      for (let k = 0; k < units; k++) {
        const { x, y, width, height } = box({ channel: k });
        canvas.ctx.fillStyle = isSilent(k) ? bad : colourOf(lut, values[k], low, high);
        canvas.ctx.fillRect(x, y, width - 1, height);
      }
      return [low, high];
    },
    where: (x, y) => {
      const channel = Math.floor(y / (tall + 2)) * across + Math.floor(x / wide);
      if (x < 0 || x >= across * wide || y < 0 || channel >= units) return null;
      return { layer, channel, row: 0, column: 0 };
    },
    step: ({ channel }, dx, dy, dc) => ({
      layer, channel: clamp(channel + dx + dy * across + dc, units - 1), row: 0, column: 0,
    }),
    frame: (channel) => box({ channel }),
  };
}

// --- Ten lines: the logit as a bar from the middle, the probability as one from the left

const BARS = {
  wide: 196, head: 15, line: 16, height: 15 + 10 * 16,
  middle: 58, half: 42, // of the logits
  from: 106, long: 40, // of the probabilities
};

export function barsPainter(root, net) {
  const last = net.layers.length - 1;
  const { wide, head, line, height, middle, half, from } = BARS;
  const canvas = surface(wide, height, "The ten logits and probabilities.");
  return {
    layer: last, canvas, layout: () => {},
    paint: (values) => paintLogits(canvas, values, inkOf(root)),
    where: (x, y) => {
      const channel = Math.floor((y - head) / line);
      if (channel < 0 || channel > 9) return null;
      return { layer: x < from - 4 ? last : last + 1, channel, row: 0, column: 0 };
    },
    box: ({ layer, channel }) => ({
      x: layer === last ? middle - half : from, y: head + channel * line,
      width: layer === last ? 2 * half : wide - from, height: line,
    }),
    step: ({ layer, channel }, dx, dy, dc) => ({
      layer: Math.min(Math.max(layer + dx, last), last + 1),
      channel: clamp(channel + dy + dc, 9), row: 0, column: 0,
    }),
  };
}

function paintLogits(canvas, values, ink) {
  const { wide, head, line, height, middle, half, from, long } = BARS;
  const { ctx } = canvas;
  const probs = softmax(values);
  const best = argmax(values);
  const reach = Math.max(...values.map(Math.abs), 1e-9);
  const write = (text, x, y, align, colour) => {
    ctx.fillStyle = colour;
    ctx.textAlign = align;
    ctx.fillText(text, x, y);
  };
  ctx.clearRect(0, 0, wide, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  write("logit", middle, 7, "center", ink.faint);
  write("probability", wide, 7, "right", ink.faint);
  for (let k = 0; k < 10; k++) {
    const y = head + k * line;
    const colour = k === best ? ink.accent : ink.text;
    write(`${k}`, 2, y + line / 2, "left", colour);
    write(probability(probs[k]), wide, y + line / 2, "right", colour);
    const width = (values[k] / reach) * half;
    ctx.fillStyle = barColour(values[k]);
    ctx.fillRect(middle + Math.min(width, 0), y + 2, Math.abs(width), line - 4);
    ctx.fillStyle = k === best ? ink.accent : ink.faint;
    ctx.fillRect(from, y + 2, Math.max(probs[k] * long, 1), line - 4);
  }
  ctx.fillStyle = ink.line;
  ctx.fillRect(middle, head, 1, 10 * line);
  ctx.textAlign = "left";
  const spoken = Array.from(probs, (p, k) => `${k}: ${probability(p)}`);
  describe(canvas, `Probabilities: ${spoken.join(", ")}`);
}
