// Into the net: one filter replaced by the kernel, or all flipped; the accuracies come
// from Python.

import { button, chain, choice, listen, make, painted } from "../shared/dom.js";
import { percent, signedNumber } from "../shared/numbers.js";
import { pythonAsker, withoutPython } from "../shared/python.js";

// The line below the bench: {element, stop}. Empty where there is no network.
export function netPanel(model, root, filters) {
  const images = model.get("validation_size");
  if (!images) return { element: make("span", { hidden: true }), stop: () => {} };
  const which = choice("Into the net: put this kernel in place of filter",
    Array.from({ length: filters }, (_, k) => [k, k]), 0, () => {});
  const chosen = () => Number(which.input.value);
  const text = make("p", { role: "status", "data-part": "net" });
  const buttons = [
    button("Replace", () => ask("replace", `Filter ${chosen()} replaced`)),
    button(`Flip all ${filters}`, () =>
      ask("flip all", `All ${filters} filters flipped`)),
  ];
  const show = (words, busy) => {
    for (const one of buttons) one.disabled = busy;
    if (words) text.textContent = words;
  };
  const asker = pythonAsker(model, (why) => show(why, false));
  const ask = (kind, what) => {
    const when = withoutPython(model) ? "" : ", when no cell is running";
    show(`Reading ${images.toLocaleString("en")} validation digits${when} …`, true);
    asker.ask({ kind, what, filter: chosen() });
  };
  const update = () => {
    asker.settle();
    const busy = model.get("busy");
    show(busy ? "" : resultText(model.get("result"), images), busy);
    painted(root);
  };
  update();
  return {
    element: make("div", { class: "mt-net" },
      make("div", { class: "mt-row" }, which, ...buttons), text),
    stop: chain(asker.stop, listen(model, ["result", "busy"], update)),
  };
}

function resultText({ what, before, after, difference, lost, gained }, images) {
  if (!what) {
    return "Nothing is computed before you click; the network itself stays as it is.";
  }
  const share = ([value, low, high]) =>
    `${percent(value, 2)} (${percent(low, 2)} to ${percent(high, 2)})`;
  const [change, low, high] = difference.map((one) => signedNumber(100 * one));
  return `${what}: accuracy ${share(before)} before, ${share(after)} after; change ` +
    `${change} points (${low} to ${high}), ${lost} digits lost, ${gained} gained of ` +
    `${images.toLocaleString("en")}. In brackets: 95 % intervals.`;
}
