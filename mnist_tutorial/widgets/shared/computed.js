// A view of what Python computes once, when it is asked for.

import { button, chain, listen, make, painted } from "./dom.js";
import { floats, pythonAsker, waitingText } from "./python.js";
import { unpackImages } from "./thumbnails.js";

// A view of images for which Python computes something once: until `trait` is filled a
// button that asks for it, then `show(root, model, stage, pixels, labels)`, which like
// this returns what ends it. `offer`: {label} of the button, {what} there is to read.
export async function onceComputed(root, model, trait, offer, show) {
  const pixels = await unpackImages(model, "pixels");
  const labels = floats(model, "labels");
  // As wide as the widget, whatever stands in it.
  const stage = make("div", { style: "width: 100%" });
  root.append(stage);
  let stop = () => {};
  const update = () => {
    stop();
    const computed = model.get(trait)?.byteLength > 0;
    stop = computed ? show(root, model, stage, pixels, labels)
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
    note.textContent = waitingText(model);
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
  return asker.stop;
}
