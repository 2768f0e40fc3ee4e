// Many small images: unpacked once, painted where they are wanted.

import { mosaic } from "./canvas.js";
import { GREY } from "./colours.js";
import { bytesOf } from "./python.js";

// Grey levels 0-255 of all images, 784 each; see thumbnails.py.
export async function unpackImages(model, name) {
  const inflate = new DecompressionStream("deflate");
  const stream = new Blob([bytesOf(model.get(name))]).stream().pipeThrough(inflate);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function levelsOf(pixels, index) {
  return pixels.subarray(index * 784, (index + 1) * 784);
}

// Paint the images with these indices; the result is that of `mosaic`.
/** @returns {any} */
export function paintThumbnails(ctx, pixels, indices, layout) {
  if (!indices.length) return { where: () => null };
  const values = new Uint8Array(indices.length * 784);
  indices.forEach((index, k) => values.set(levelsOf(pixels, index), k * 784));
  const scaled = { ...layout, lut: GREY, low: 0, high: 255 };
  return mosaic(ctx, values, indices.length, 28, 28, scaled);
}
