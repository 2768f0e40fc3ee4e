import { mock, test } from "node:test";

import view from "../../mnist_tutorial/widgets/network_lens/view.js";
import { joined, normalised, scattered } from "./digits.mjs";
import { click, find, page, point, press, resized, set } from "./page.mjs";
import { session } from "./session.mjs";

const conv = { kind: "conv", rows: 3, columns: 3 };
const layers = [
  { name: "conv1", ...conv, inputs: 1, outputs: 3, above: 1, left: 1, weight: 0, bias: 27 },
  { name: "conv1 after ReLU", kind: "relu" },
  { name: "pool1", kind: "maxpool", size: 3 },
  { name: "conv2", ...conv, inputs: 3, outputs: 2, above: 0, left: 0, weight: 30, bias: 84 },
  { name: "conv2 after ReLU", kind: "relu" },
  { name: "pool2", kind: "avgpool", size: 2 },
  { name: "flatten", kind: "flatten" },
  { name: "fc1", kind: "linear", inputs: 18, outputs: 5, weight: 86, bias: 176 },
  { name: "fc1 after ReLU", kind: "relu" },
  { name: "fc2", kind: "linear", inputs: 5, outputs: 10, weight: 181, bias: null },
];
const LENGTH = 231;
const plain = [ // no ReLU, and a kernel that is no square
  { name: "conv", kind: "conv", inputs: 1, outputs: 1, rows: 7, columns: 2, above: 0,
    left: 1, weight: 0, bias: 14 },
  { name: "flatten", kind: "flatten" },
  { name: "fc", kind: "linear", inputs: 638, outputs: 10, weight: 15, bias: 6395 },
];

function traits() {
  return {
    message: "", digits: joined([normalised(1), normalised(4), normalised(7)]),
    digit_labels: [1, 4, 7], validation_size: 1234,
    networks: [{ name: "one", layers, start: 0, length: LENGTH },
      { name: "another", layers, start: LENGTH, length: LENGTH },
      { name: "plain", layers: plain, start: 2 * LENGTH, length: 6405 }],
    weights: joined([scattered(LENGTH, 41), scattered(LENGTH, 42), scattered(6405, 43)]),
  };
}

const layerOf = (root, k) => root.querySelector(`[data-layer=${k}]`);

test("NetworkLens paints, says and does what its session keeps", (t) =>
  session(t, "network_lens", { view, traits, steps: (stage) => {
    theShow(stage);
    thePointer(stage);
    theKeys(stage);
    thePath(stage);
    theChannel(stage);
    theSheet(stage);
  } }));

function theShow({ root, see, step }) {
  const all = () => [...root.all()].filter((one) => one.tagName === "CANVAS");
  for (const stage of ["before", "pooled", "after"]) {
    step(`maps ${stage}`, () => set(find(root, "Show maps"), stage));
  }
  step("one scale per layer", () => set(find(root, "Colours"), "layer"));
  step("each its own", () => set(find(root, "Colours"), "map"));
  const wide = (width) => () => { page.width = width; resized(); };
  step("a narrow page", () => {
    see(...all());
    wide(250)();
  });
  step("hidden", wide(0));
  step("a wide page: the panel stands beside the layers", wide(900));
  step("a number of the second maps", () => click(layerOf(root, 4), 68 + 4, 11 + 4));
  step("as wide as before: the panel stands below what was clicked", wide(640));
  step("one of the first", () => click(layerOf(root, 1), 66, 40));
  step("unpinned", () => press(layerOf(root, 1), "Escape"));
  step("still as wide", resized);
  step("another network", () => set(find(root, "Weights"), "1"));
  step("a plain one", () => set(find(root, "Weights"), "2"));
  step("the first", () => set(find(root, "Weights"), "0"));
}

function thePointer({ root, step }) {
  const at = (k, x, y) => point(layerOf(root, k), "pointermove", x, y);
  step("a pixel", () => at(-1, 5 * 10 + 2, 5 * 3 + 1));
  step("the same pixel", () => at(-1, 5 * 10 + 4, 5 * 3 + 1));
  step("a place in the first maps", () => at(1, 5, 11 + 5));
  step("a title", () => at(1, 5, 5));
  step("between two maps", () => at(1, 57.5, 20));
  step("beyond the last map", () => at(1, 400, 20));
  step("a unit", () => at(8, 30, 5));
  step("beside the units", () => at(8, 70, 5));
  step("a logit", () => at(9, 60, 15 + 16 * 3 + 2));
  step("a probability", () => at(9, 150, 15 + 16 * 9 + 2));
  step("below the bars", () => at(9, 150, 15 + 16 * 10 + 2));
  step("above the bars", () => at(9, 150, 10));
  step("left", () => point(layerOf(root, 9), "pointerleave", 0, 0));
}

function theKeys({ root, step }) {
  const layer = (k) => layerOf(root, k);
  page.keyboard = true;
  step("the input has the keyboard", () => layer(-1).focus());
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"]) {
    step(key, () => press(layer(-1), key));
  }
  step("the maps have it", () => layer(4).focus());
  for (const key of ["Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowLeft",
    "Shift+ArrowUp", "ArrowDown", "ArrowRight"]) {
    step(key, () => press(layer(4), key));
  }
  step("the units have it", () => layer(8).focus());
  for (const key of ["ArrowRight", "ArrowDown", "ArrowUp", "Shift+ArrowRight"]) {
    step(key, () => press(layer(8), key));
  }
  step("the bars have it", () => layer(9).focus());
  for (const key of ["ArrowRight", "ArrowDown", "Shift+ArrowDown", "ArrowLeft"]) {
    step(key, () => press(layer(9), key));
  }
  step("Enter pins", () => press(layer(9), "Enter"));
  step("a moment", () => mock.timers.tick(0));
  step("Escape in the panel goes back", () => press(root.querySelector(".mt-lens-panel"),
    "Escape"));
  step("Escape unpins", () => press(layer(9), "Escape"));
  page.keyboard = false;
  step("the focus leaves", () => layer(9).blur());
}

function thePath({ root, model, step }) {
  const key = (name) => root.querySelector(`[data-key="${name}"]`);
  const answer = (value) => model.fire("msg:custom", { id: model.sent.at(-1).id, value });
  step("a probability pinned", () => click(layerOf(root, 9), 150, 15 + 16 * 3 + 2));
  step("PyTorch is asked", () => mock.timers.tick(0));
  step("it answers", () => answer(0.125));
  step("the same pinned again, and not asked for", () =>
    click(layerOf(root, 9), 150, 15 + 16 * 3 + 2));
  step("two others at once", () => {
    click(layerOf(root, 9), 150, 15 + 16 * 4 + 2);
    click(layerOf(root, 9), 150, 15 + 16 * 3 + 2);
  });
  step("a moment", () => mock.timers.tick(249));
  step("one is asked for", () => mock.timers.tick(1));
  step("down to a logit", () => click(key("term 2")));
  step("asked for, too", () => mock.timers.tick(0));
  step("Python fails", () => model.receive({ message: "No." }));
  step("down to a unit", () => click(key("term 1")));
  step("under its ReLU", () => click(key("term 0")));
  step("down to a mean", () => click(key("term 0")));
  step("to one of four", () => click(key("term 3")));
  step("under its ReLU too", () => click(key("term 0")));
  const chart = () => root.querySelector("[data-key=chart]");
  step("a bar pointed at", () => point(chart(), "pointermove", 150, 5));
  step("beyond the last", () => point(chart(), "pointermove", 330, 5));
  step("a bar opened", () => click(chart(), 310, 5));
  step("by a key", () => press(chart(), "ArrowLeft"));
  step("and the other way", () => press(chart(), "ArrowRight"));
  step("down to a maximum", () => click(key("term 8")));
  step("to its largest", () => click([...root.all()].find((one) =>
    one.matches("button.mt-lens-won")) || key("term 0")));
  step("to the convolution", () => click(key("term 0")));
  step("to a pixel", () => click(key("term 4")));
  step("climbed", () => click(key("path 3")));
  step("a small positive number", () => click(layerOf(root, 4), 68 + 4, 11 + 4));
  step("an edge of the maps", () => click(layerOf(root, 1), 1, 12));
  step("its convolution, at the border", () => click(key("term 0")));
  step("unpinned", () => press(layerOf(root, 1), "Escape"));
  step("a pixel pinned", () => click(layerOf(root, -1), 73, 70));
}

function theChannel(stage) {
  const { root, model, step } = stage;
  const key = (name) => root.querySelector(`[data-key="${name}"]`);
  const answer = (content, ...buffers) => model.fire("msg:custom",
    { id: model.sent.at(-1).id, ...content }, buffers);
  step("a map pinned", () => click(layerOf(root, 1), 66, 40));
  step("about it", () => click(key("card")));
  step("switched off", () => set(key("off"), true));
  step("what it costs", () => click(key("measure")));
  step("measured", () => answer({ before: [0.98, 0.97, 0.99], after: [0.9, 0.88, 0.92],
    difference: [-0.08, -0.1, -0.06], lost: 101, gained: 2, total: 1234 }));
  step("the network while a card is open", () => set(find(root, "Show maps"), "pooled"));
  step("and back", () => set(find(root, "Show maps"), "after"));
  step("what excites it", () => click(key("strongest")));
  step("found", () => answer({ rows: [3, 0], columns: [5, 27], values: [1.5, 0.25],
    labels: [4, 9] }, joined([normalised(2), normalised(6)])));
  step("back to the number", () => click(key("back")));
  step("a unit’s card", () => {
    click(layerOf(root, 8), 30, 5);
    click(key("card"));
  });
  step("off, too", () => set(key("off"), true));
  step("asked what it costs", () => click(key("measure")));
  step("all on meanwhile", () => click(find(root, "All on again")));
  step("an answer too late", () => answer({ total: 1 }));
  step("off once more, and Python fails", () => {
    set(key("off"), true);
    click(key("measure"));
    model.receive({ message: "" });
    model.receive({ message: "No." });
  });
  step("on once more", () => set(key("off"), false));
  step("off again", () => set(key("off"), true));
  step("and on", () => set(key("off"), false));
  step("what excites the unit", () => click(key("strongest")));
  step("Python is gone", () => model.fire("comm_live_update"));
  step("asked again", () => click(key("strongest")));
  step("nothing excites it", () => answer({ rows: [0], columns: [0], values: [0],
    labels: [2] }, normalised(3)));
  step("that image visited", () => click(key("patch 0")));
  theTitles(stage);
}

function theTitles({ root, model, step }) {
  const key = (name) => root.querySelector(`[data-key="${name}"]`);
  step("a title clicked", () => click(layerOf(root, 1), 66, 5));
  step("that map off", () => set(key("off"), true));
  step("a title of the second maps", () => click(layerOf(root, 4), 2, 3));
  step("its map off, too", () => set(key("off"), true));
  step("a number of the silent map", () => click(layerOf(root, 1), 66, 40));
  step("nothing there", () => click(layerOf(root, 1), 300, 300));
  step("another network of the same kind", () => set(find(root, "Weights"), "1"));
  step("one of another", () => set(find(root, "Weights"), "2"));
  step("its logit", () => click(layerOf(root, 2), 60, 15 + 16 * 3 + 2));
  step("down to its convolution", () => click(key("term 0")));
  step("about its map", () => click(key("card")));
  step("what excites that", () => click(key("strongest")));
  step("found", () => model.fire("msg:custom", { id: model.sent.at(-1).id, rows: [20, 3],
    columns: [28, 4], values: [2, 1], labels: [1, 4] },
  [joined([normalised(1), normalised(4)])]));
  step("the first again", () => set(find(root, "Weights"), "0"));
}

function theSheet({ root, step }) {
  const pad = root.querySelector(".mt-pad");
  const picks = root.querySelector(".mt-lens-picks");
  step("a digit picked", () => click(find(root, "digit 1, labelled 4")));
  step("the picks have the keyboard", () => picks.children[1].focus());
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
    step(key, () => press(picks, key));
  }
  step("drawn", () => {
    point(pad, "pointerdown", 60, 30);
    point(pad, "pointermove", 90, 150);
  });
  step("picked by the mouse", () => click(picks.children[0]));
  step("drawn over", () => point(pad, "pointerdown", 120, 60));
  step("cleared", () => click(find(root, "Clear")));
  step("picked again", () => click(picks.children[0]));
  step("a value pinned", () => click(layerOf(root, 9), 60, 15 + 2));
  page.innerHeight = 100;
  step("the panel comes into sight", () => press(layerOf(root, 9), "Enter"));
  page.innerHeight = 600;
  step("unpinned at last", () => press(layerOf(root, 9), "Escape"));
  step("all built anew", () => set(find(root, "Show maps"), "after"));
}
