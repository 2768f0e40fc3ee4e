// Images and weights for the sessions, the same on every machine.

import { MEAN, STD } from "../../mnist_tutorial/widgets/shared/colours.js";

// A bar of ink that leans more the higher k is, 0-1: 784 numbers.
export function inkOf(k) {
  return Float32Array.from({ length: 784 }, (_, i) => {
    const row = Math.floor(i / 28), column = i % 28;
    const far = Math.abs(column - 9 - k - (row * (k % 3 - 1)) / 4);
    return row > 4 && row < 23 && far < 3 ? 1 - far / 4 : 0;
  });
}

export function normalised(k) {
  return inkOf(k).map((value) => (value - MEAN) / STD);
}

// The images one behind the other.
export function joined(images) {
  const all = new Float32Array(images.reduce((total, one) => total + one.length, 0));
  let start = 0;
  for (const image of images) {
    all.set(image, start);
    start += image.length;
  }
  return all;
}

// Numbers from -1 to 1 in no order.
export function scattered(count, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * 1000) / 1000;
  });
}

// A linear reader of the pixels, as engine.py packs it: ten sums of a few pixels.
export function linearNet(seed = 1) {
  const weights = scattered(7850, seed).map((value, k) => (k % 7 ? 0 : value / 4));
  return { weights, layers: [
    { name: "flatten", kind: "flatten" },
    { name: "fc", kind: "linear", inputs: 784, outputs: 10, weight: 0, bias: 7840 },
  ] };
}
