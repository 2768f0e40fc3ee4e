// The goals of KernelBench: what each asks for, and how near the kernel is to it.

import { largest, number, percent, sum } from "../shared/numbers.js";
import { afterPool, correlate, flipped, shifted, SIDE, weightsOf } from "./maths.js";

// A goal: its task in one line, and `measure({settings, image, original, raw, secret})`
// → {value, text, done, means, picture}. `image` is the shifted `original`, `raw` its
// map before ReLU and pool, `secret` the hidden kernel. The picture, if there is one, is
// {title, values, size, signed}: `signed` has the map's colours, else 0 is black, 1 white.
export const GOALS = {
  flat: {
    name: "blind to flat areas",
    task: "Change weights until a flat area, black or white, answers 0.",
    measure: ({ settings }) => {
      const value = flatAnswer(weightsOf(settings), settings.bias);
      const some = largest(settings.kernel) > 0;
      return { value, text: `A flat area answers up to ${number(value)}`,
        done: value < 0.005 && some,
        means: !some ? "A kernel of zeros is blind to everything."
          : "White answers sum + bias, black the bias alone; only change is left to see.",
      };
    },
  },
  left: {
    name: "light only left edges",
    task: "At least 95 % of what is positive shall lie where it gets brighter to the " +
      "right.",
    measure: ({ settings, image, raw }) => {
      const { share, mask } = leftEdges(image, raw, settings);
      return { value: share, text: `${percent(share)} lies on left edges`,
        done: share >= 0.95,
        means: "White in the small picture: right column brighter than left column.",
        picture: { title: "left edges", values: mask, size: raw.size, signed: false } };
    },
  },
  match: {
    name: "match a hidden kernel's map",
    task: "Make your map that of the small picture: nowhere more than 0.05 off.",
    measure: ({ settings, image, raw, secret }) => {
      const target = correlate(image, secret, 0, settings);
      const value = largest(raw.values.map((one, k) => one - target.values[k]));
      return { value, text: `Largest error ${number(value)}`, done: value <= 0.05,
        means: "Every number of the target is one equation for nine unknowns.",
        target, picture: signedPicture("the target", target) };
    },
  },
  flip: {
    name: "flipped against unflipped",
    task: "Find a kernel, not nine equal numbers, that may be flipped unnoticed.",
    measure: ({ settings, image, raw }) => {
      const { kernel, bias } = settings;
      const other = correlate(image, flipped(weightsOf(settings)), bias, settings);
      const values = raw.values.map((one, k) => one - other.values[k]);
      const value = largest(values);
      const varied = kernel.some((weight) => weight !== kernel[0]);
      return { value, text: `The two maps differ by up to ${number(value)}`,
        done: value < 1e-5 && varied && showsMoreThanBias(settings, image),
        means: value < 1e-5 ? "Turned by 180° it is the same kernel: convolution with " +
          "a flip and correlation agree." : "The kernel is not the same turned by 180°: " +
          "convolution with a flip is another operation here.",
        picture: signedPicture("their difference", { values, size: raw.size }) };
    },
  },
  shift: {
    name: "shifted digit, shifted map",
    task: "Shift the digit by 1: 0. Switch the pool on: not 0. Which shift makes it 0 " +
      "again?",
    measure: ({ settings, original }) => {
      const difference = shiftDifference(original, settings), { value } = difference;
      const moved = settings.shift.some((by) => by !== 0);
      return { value, text: `Map of the shifted digit minus shifted map: ${number(value)}`,
        done: moved && settings.pool && value === 0 &&
          showsMoreThanBias(settings, original),
        means: shiftMeans(moved, value),
        picture: signedPicture("their difference", difference) };
    },
  },
};

function signedPicture(title, { values, size }) {
  return { title: `${title}, on the map's scale`, values, size, signed: true };
}

// How a flat area answers: the larger of black's answer and white's, in size.
function flatAnswer(weights, bias) {
  return Math.max(Math.abs(bias), Math.abs(sum(weights) + bias));
}

// Brighter in the window's right column than in its left one: {share, mask}, the share
// of all positive response that lies there.
function leftEdges(image, raw, settings) {
  const across = correlate(image, [-1, 0, 1, -1, 0, 1, -1, 0, 1], 0, settings).values;
  const mask = across.map((value) => (value > 1e-6 ? 1 : 0));
  let atEdges = 0, total = 0;
  raw.values.forEach((value, k) => {
    const positive = Math.max(0, value);
    total += positive;
    atEdges += positive * mask[k];
  });
  return { share: total > 1e-6 ? atEdges / total : 0, mask };
}

// Whether the map shows anything but its bias; a kernel of zeros reaches no goal.
function showsMoreThanBias(settings, image) {
  const { values } = correlate(image, weightsOf(settings), 0, settings);
  return largest(values) > 1e-3;
}

// The map of the moved digit minus the moved map: {values, size, value}, `value` the
// largest difference. A move that is no whole number of the map's cells is rounded both
// ways, and the better one taken. Windows that reach over the frame are left out: there
// something may be cut off.
function shiftDifference(image, settings) {
  const { bias, shift, stride, pool } = settings;
  const mapOf = (picture) => afterPool(
    correlate(picture, weightsOf(settings), bias, settings), settings);
  const before = mapOf(image), after = mapOf(shifted(image, ...shift));
  const step = stride * (pool ? 2 : 1);
  const [downs, rights] = shift.map((by) =>
    [...new Set([Math.floor(by / step), Math.ceil(by / step)])]);
  const differences = downs.flatMap((down) => rights.map((right) =>
    mapDifference(before, after, down, right, settings)));
  return differences.reduce((best, one) => (one.value < best.value ? one : best));
}

function mapDifference(before, after, down, right, settings) {
  const { size } = before, values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const from = [i - down, j - right];
      if (from.some((k) => k < 0 || k >= size)) continue;
      if (![i, j, ...from].every((k) => readsInside(k, settings))) continue;
      const k = i * size + j;
      values[k] = after.values[k] - before.values[from[0] * size + from[1]];
    }
  }
  return { values, size, value: largest(values) };
}

// Whether all that place k of the map reads lies inside the frame, along an axis.
function readsInside(k, { stride, padding, dilation, pool }) {
  const first = (pool ? 2 * k : k) * stride - padding;
  const last = (pool ? 2 * k + 1 : k) * stride - padding + 2 * dilation;
  return first >= 0 && last < SIDE;
}

// Without a pool and with stride 1 the map always moves along.
function shiftMeans(moved, value) {
  if (!moved) return "Nothing is shifted yet.";
  if (value === 0) return "The map moved along and is otherwise the same, number by number.";
  return "Other neighbours now share a window: the pattern itself has changed.";
}
