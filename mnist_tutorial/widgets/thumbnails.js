// Many small images: unpacked once, painted where they are wanted.

import {
  button, bytes, chain, floats, GREY, listen, make, mosaic, painted, PYTHON_WAITS,
  pythonAsker,
} from "./shared.js";

// Grey levels 0-255 of all images, 784 each; see thumbnails.py.
async function unpackImages(model, name) {
  const inflate = new DecompressionStream("deflate");
  const stream = new Blob([bytes(model, name)]).stream().pipeThrough(inflate);
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

// A view of images for which Python computes something once: until `trait` is filled a
// button that asks for it, then `show(root, model, stage, pixels, labels)`, which like
// this returns what ends it. `offer`: {label} of the button, {what} there is to read.
export async function onceComputed(root, model, trait, offer, show) {
  const pixels = await unpackImages(model, "pixels");
  const labels = floats(model, "labels");
  const stage = make("div", {});
  root.append(stage);
  let stop = () => {};
  const update = () => {
    stop();
    const known = model.get(trait)?.byteLength > 0;
    stop = known ? show(root, model, stage, pixels, labels)
      : askToCompute(root, model, stage, labels.length, offer);
  };
  update();
  const unlisten = listen(model, [trait], update);
  return chain(unlisten, () => stop(), root.stop);
}

function askToCompute(root, model, stage, count, { label, what }) {
  const note = make("span", { class: "mt-faint" });
  const ask = button(label, () => {
    ask.disabled = true;
    note.textContent = PYTHON_WAITS;
    asker.ask({ kind: "compute" });
  });
  const enable = (why) => {
    ask.disabled = false;
    note.textContent = why;
  };
  const asker = pythonAsker(model, enable);
  const total = count.toLocaleString("en-GB");
  stage.replaceChildren(
    make("p", { text: `${total} ${what}. The network reads them when you click.` }),
    make("div", { class: "mt-row" }, ask, note));
  painted(root);
  return chain(asker.stop, listen(model, ["message"], () => {
    if (!model.get("message")) return;
    asker.settle();
    enable("");
  }));
}
