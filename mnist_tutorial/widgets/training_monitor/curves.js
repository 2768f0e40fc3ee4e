// What TrainingMonitor computes from what Python sends: curves, snapshots, first maps.

import { sum } from "../shared/numbers.js";

export const FILTER_FLOATS = 10; // nine weights and a bias

// The rows of step, mean, lowest, highest of both lanes.
export function curvesOf(values, counts) {
  return counts.map((count, k) => {
    const start = sum(counts.slice(0, k)) * 4;
    return Array.from({ length: count }, (_, i) =>
      values.subarray(start + 4 * i, start + 4 * i + 4));
  });
}

// The highest loss that both charts shall show: all means, but no single wild one.
export function topOf(lanes, curves) {
  const means = curves.flat().map((row) => row[1]);
  const checked = lanes.flatMap((lane) => lane.checks.map((check) => check[1] ?? 0));
  return Math.min(12, Math.max(2.6, ...means, ...checked) * 1.06);
}

// Which snapshot is that of a step, or the last before it: long runs keep fewer. For
// null, and for a step not yet reached, the place behind them all: the present.
export function lookedAt(marks, step) {
  if (step === null || step > marks[marks.length - 1]) return marks.length;
  return marks.findLastIndex((mark) => mark <= step);
}

// The weights without the biases: filters × 3 × 3.
export function kernelsOf(filters) {
  return filters.filter((_, k) => k % FILTER_FLOATS !== 9);
}

// What the first convolution and its ReLU make of a digit: filters × 28 × 28.
export function firstMaps(filters, image) {
  const count = filters.length / FILTER_FLOATS, maps = new Float32Array(count * 784);
  const padded = new Float32Array(900);
  for (let r = 0; r < 28; r++) {
    padded.set(image.subarray(28 * r, 28 * r + 28), 30 * (r + 1) + 1);
  }
  for (let c = 0, k = 0; c < count; c++) {
    const w = filters.subarray(c * FILTER_FLOATS, (c + 1) * FILTER_FLOATS);
    for (let r = 0; r < 28; r++) {
      for (let q = 0, i = 30 * r; q < 28; q++, i++, k++) {
        const value = w[9]
          + w[0] * padded[i] + w[1] * padded[i + 1] + w[2] * padded[i + 2]
          + w[3] * padded[i + 30] + w[4] * padded[i + 31] + w[5] * padded[i + 32]
          + w[6] * padded[i + 60] + w[7] * padded[i + 61] + w[8] * padded[i + 62];
        maps[k] = value > 0 ? value : 0;
      }
    }
  }
  return maps;
}
