// What a classifier says of one image: ten bars, and its answer in words.

import { describe, surface } from "./canvas.js";
import { make } from "./dom.js";
import { forward } from "./engine.js";
import { argmax, number, probability, softmax } from "./numbers.js";

// A classifier's last ten numbers: its sums, or the probabilities made of them.
export function readingOf(reader, image) {
  const outputs = forward(reader.net, image), sums = outputs[outputs.length - 1];
  return reader.sums ? Array.from(sums) : softmax(sums);
}

// Ten bars; the highest stands out and has its number. Sums may also go below zero.
export function paintBars(canvas, values, { sums, ink }) {
  const width = 260, height = 96, floor = height - 16, ceiling = 16;
  const { ctx } = canvas;
  ctx.clearRect(0, 0, width, height);
  const low = sums ? Math.min(0, ...values) : 0;
  const high = sums ? Math.max(1, ...values) : 1;
  const y = (value) => floor - ((value - low) / (high - low)) * (floor - ceiling);
  const best = values.length ? argmax(values) : -1;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "center";
  for (let k = 0; k < 10; k++) {
    const left = k * 26 + 4, middle = left + 9;
    ctx.fillStyle = k === best ? ink.accent : ink.faint;
    ctx.textBaseline = "top";
    ctx.fillText(String(k), middle, floor + 3);
    if (best < 0) continue;
    const top = Math.min(y(values[k]), y(0)), tall = Math.abs(y(values[k]) - y(0));
    ctx.fillRect(left, top, 18, tall);
    if (k !== best && (sums || values[k] < 0.01)) continue;
    ctx.textBaseline = "bottom";
    // Without its sign, and pushed in from the edges, it has room beside another.
    const text = sums ? number(values[k]) : probability(values[k]).replace(" %", "");
    const half = 3.3 * text.length;
    ctx.fillText(text, Math.min(Math.max(middle, half), width - half), top - 1);
  }
  ctx.fillStyle = ink.faint;
  ctx.fillRect(0, y(0), width, 1);
}

// A title and ten bars for one classifier. `update` takes [] for nothing to read.
export function readerBox(reader) {
  const title = make("p", { class: "mt-title" });
  const canvas = surface(260, 96, "");
  const element = make("div", { "data-reader": reader.name, style: "width: 264px" },
    title, canvas);
  const update = (values, ink) => {
    paintBars(canvas, values, { sums: reader.sums, ink });
    const best = values.length ? argmax(values) : null;
    element.dataset.answer = best === null ? "" : best;
    element.dataset.values = values.map((value) => value.toFixed(6)).join(" ");
    const kind = reader.sums ? "sum" : "probability";
    const how = (k) => (reader.sums ? number(values[k]) : probability(values[k]));
    title.textContent = best === null ? `${reader.name}: nothing to read yet`
      : `${reader.name}: ${best}, ${kind} ${how(best)}`;
    describe(canvas, best === null ? `${reader.name}: no bars yet`
      : `${reader.name}, ${kind} of each digit: ` +
        values.map((_, k) => `${k}: ${how(k)}`).join(", "));
  };
  return { element, update };
}
