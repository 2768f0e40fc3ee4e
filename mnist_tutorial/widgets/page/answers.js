// What Python would answer, where the browser can: each answer is that of a widget to the
// questions of its view. See `_answer` of the widget in Python.

import { forward, network, networks } from "../shared/engine.js";
import { argmax } from "../shared/numbers.js";
import { floats } from "../shared/python.js";
import { levelsOf, unpackImages } from "../shared/thumbnails.js";
import { silencing } from "../network_lens/units.js";
import { answerMonitor } from "./monitor.js";
import { switched } from "./statistics.js";

const TURN = 40; // ms of reckoning, then the page gets its turn
const STRONGEST = 12;

const IN_NOTEBOOK = "in the notebook only: it takes PyTorch.";

export const ANSWERS = {
  KernelBench: answerBench,
  NetworkLens: answerLens,
  ConfusionExplorer: answerExplorer,
  DigitClinic: answerClinic,
  TrainingMonitor: answerMonitor,
};

// --- Digits and who reads them

// The validation digits of a page, normalised, and their labels.
async function digitsOf(model) {
  const pixels = await unpackImages(model, "page_pixels");
  const [low, high] = model.get("page_range");
  const labels = floats(model, "page_labels");
  const image = (k) =>
    Float32Array.from(levelsOf(pixels, k), (level) => low + (level / 255) * (high - low));
  return { image, labels, count: labels.length };
}

// What `work(k)` gives for each k below `count`; the page stays alive meanwhile.
async function inTurns(count, work) {
  const results = [];
  let began = performance.now();
  for (let k = 0; k < count; k++) {
    results.push(work(k));
    if (performance.now() - began > TURN) {
      await new Promise((go) => { setTimeout(go, 0); });
      began = performance.now();
    }
  }
  return results;
}

const read = (net, image, edit) => argmax(forward(net, image, edit).at(-1));

/** @param {((i: number, values: Float32Array) => void) | null} [edit] */
function rightOf(net, { image, labels, count }, edit = null) {
  return inTurns(count, (k) => read(net, image(k), edit) === labels[k]);
}

// --- KernelBench: another filter, or all flipped

async function answerBench(model, { kind, what, filter }) {
  model.set("busy", true);
  const net = network(model.get("page_layers"), floats(model, "page_weights"));
  const digits = await digitsOf(model);
  const before = await rightOf(net, digits);
  const changed = { ...net, weights: net.weights.slice() };
  const { weight, bias, outputs } = net.layers[0];
  if (kind === "replace") {
    const kernel = model.get("kernel");
    changed.weights.set(model.get("flip") ? kernel.toReversed() : kernel, weight + 9 * filter);
    changed.weights[bias + filter] = model.get("bias");
  } else {
    for (let k = 0; k < outputs; k++) {
      changed.weights.subarray(weight + 9 * k, weight + 9 * k + 9).reverse();
    }
  }
  const after = await rightOf(changed, digits);
  model.set("result", { what, ...switched(before, after) });
  model.set("busy", false);
}

// --- NetworkLens: channels off, and what excites one

async function answerLens(model, content) {
  const { kind, id } = content;
  if (kind === "value") return model.reply({ id, refused: IN_NOTEBOOK });
  const packed = model.get("networks");
  const nets = networks(packed, floats(model, "weights"));
  const net = nets[packed.findIndex(({ name }) => name === content.model)];
  const digits = await digitsOf(model);
  const reckon = kind === "accuracy" ? accuracyWithout : strongestOf;
  const [answer, buffers] = await reckon(net, digits, content);
  return model.reply({ kind, id, ...answer }, buffers);
}

async function accuracyWithout(net, digits, { off }) {
  const channels = new Map();
  for (const [layer, channel] of off) {
    if (!channels.has(layer)) channels.set(layer, new Set());
    channels.get(layer).add(channel);
  }
  const before = await rightOf(net, digits);
  const after = await rightOf(net, digits, silencing(net, channels));
  return [switched(before, after), []];
}

// The largest value of a channel on each digit, and of these the largest.
async function strongestOf(net, digits, { layer, channel }) {
  const [, height = 1, width = 1] = net.shapes[layer], size = height * width;
  const found = await inTurns(digits.count, (k) => {
    const values = forward(net, digits.image(k))[layer]
      .subarray(channel * size, (channel + 1) * size);
    const at = argmax(values);
    return { k, value: values[at], row: Math.floor(at / width), column: at % width };
  });
  found.sort((a, b) => b.value - a.value);
  const best = found.slice(0, STRONGEST);
  const images = new Float32Array(784 * best.length);
  best.forEach(({ k }, i) => images.set(digits.image(k), 784 * i));
  return [{ rows: best.map(({ row }) => row), columns: best.map(({ column }) => column),
    values: best.map(({ value }) => value), labels: best.map(({ k }) => digits.labels[k]),
  }, [images.buffer]];
}

// --- ConfusionExplorer: a patch over each pixel

async function answerExplorer(model, { index, size }) {
  const net = network(model.get("page_layers"), floats(model, "page_weights"));
  const [low, high] = model.get("page_range");
  const levels = levelsOf(await unpackImages(model, "pixels"), index);
  const image = Float32Array.from(levels, (level) => low + (level / 255) * (high - low));
  const logits = await inTurns(784, (k) =>
    forward(net, covered(image, Math.floor(k / 28), k % 28, size)).at(-1));
  const all = new Float32Array(7840);
  logits.forEach((ten, k) => all.set(ten, 10 * k));
  model.set("covered", new DataView(all.buffer));
  model.set("covered_key", `${index} ${size}`);
}

// The image with a grey patch around a pixel; see interpret.covered_logits.
function covered(image, row, column, size) {
  const result = image.slice(), before = Math.floor(size / 2), after = size - before;
  for (let r = Math.max(0, row - before); r < Math.min(28, row + after); r++) {
    result.fill(0, 28 * r + Math.max(0, column - before),
      28 * r + Math.min(28, column + after));
  }
  return result;
}

// --- DigitClinic: what the steps are worth was measured before

function answerClinic(model) {
  model.set({ costs: model.get("page_costs"), progress: model.get("page_progress") });
}
