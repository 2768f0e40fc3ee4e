import { test } from "node:test";

import view from "../../mnist_tutorial/widgets/shape_tracer/view.js";
import { inkOf } from "./digits.mjs";
import { click, find, page, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const conv = { kind: "conv", filters: 4, kernel: 3, stride: 1, padding: 1, dilation: 1 };
const PRESETS = {
  small: [conv, { kind: "relu" }, { kind: "max pool", kernel: 2, stride: 2 },
    { kind: "flatten" }, { kind: "linear", inputs: null, outputs: 10 }],
  padded: [{ ...conv, padding: 2, kernel: 5, dilation: 5 },
    { kind: "average pool", kernel: 3, stride: 2 }],
  broken: [{ kind: "flatten" }, conv, { kind: "softmax" }],
  rows: [{ kind: "view", features: 98 }, { kind: "linear", inputs: 98, outputs: 3 },
    { kind: "softmax" }],
};

function traits() {
  return { message: "", image: inkOf(4), presets: PRESETS, preset: "small", batch: 64,
    layers: PRESETS.small };
}

test("ShapeTracer paints, says and does what its session keeps", (t) =>
  session(t, "shape_tracer", { view, traits, steps: (stage) => {
    const { root, model, step } = stage;
    const canvas = root.querySelector("canvas");
    stage.see(canvas);
    for (const name of ["padded", "broken", "rows", "small"]) {
      step(`begun with ${name}`, () => set(find(root, "Begin with"), name));
    }
    theFields(stage);
    theOrder(stage);
    step("shown as code", () => click(find(root, "Show as PyTorch code")));
    step("hidden", () => click(find(root, "Show as PyTorch code")));
    step("Python sets the layers", () => model.receive({ layers: PRESETS.padded }));
    step("Python sets equal layers", () =>
      model.receive({ layers: structuredClone(PRESETS.padded) }));
    step("Python sets N", () => model.receive({ batch: 7 }));
    step("Python says something", () => model.receive({ message: "No." }));
  } }));

function theFields({ root, step, model }) {
  const field = (label) => find(root, label);
  const kernel = "kernel of layer 1, conv", inputs = "inputs of layer 5, linear";
  step("a larger kernel", () => set(field(kernel), "6"));
  for (const text of ["0", "2.5", "100001", ""]) {
    step(`kernel "${text}"`, () => set(field(kernel), text));
  }
  step("the field is left", () => {
    field(kernel).focus();
    field(kernel).blur();
  });
  step("the largest number of filters", () =>
    set(field("filters of layer 1, conv"), "100000"));
  step("few", () => set(field("filters of layer 1, conv"), "2"));
  step("wrong inputs", () => set(field(inputs), "10"));
  step("inputs by itself", () => set(field(inputs), ""));
  step("inputs no number", () => {
    field(inputs).validity.badInput = true;
    set(field(inputs), "");
    field(inputs).validity.badInput = false;
  });
  step("a stride", () => set(field("stride of layer 3, max pool"), "3"));
  step("N of 3", () => set(field("images in a batch, N"), "3"));
  step("N too large", () => set(field("images in a batch, N"), "1001"));
  step("N in the field once Python has it", () => model.receive({ batch: 3 }));
  step("a wheel over a field", () => field(kernel).fire("wheel"));
  step("in a field", () => field(kernel).focus());
  step("a wheel over it", () => field(kernel).fire("wheel"));
  step("the next frame", () => page.frames.splice(0).forEach((act) => act()));
  step("a wheel over another", () => field(inputs).fire("wheel"));
  step("a key", () => press(field(kernel), "ArrowUp"));
}

function theOrder({ root, step }) {
  const row = (i) => root.querySelector(`[data-layer=${i}]`);
  step("a layer chosen by a click", () => click(row(2)));
  step("the same again", () => click(row(2)));
  step("another by the keyboard", () => find(root, "outputs of layer 5, linear").focus());
  step("moved up", () => click(find(root, "Move up layer 3, max pool")));
  step("moved down", () => click(find(root, "Move down layer 2, max pool")));
  step("moved to the end", () => click(find(root, "Move down layer 4, flatten")));
  step("moved to the top", () => click(find(root, "Move up layer 2, relu")));
  for (const kind of ["conv", "max pool", "view", "linear", "softmax"]) {
    step(`${kind} added`, () => {
      set(find(root, "Add below the chosen layer"), kind);
      click(find(root, "Add"));
    });
  }
  step("the last removed", () => click(find(root, "Remove layer 10, flatten")));
  step("all removed", () => {
    for (let k = 0; k < 9; k++) click([...row(0).all()].find((one) => one.textContent === "×"));
  });
  step("one added", () => click(find(root, "Add")));
  step("a view that mixes images", () => {
    set(find(root, "Add below the chosen layer"), "average pool");
    click(find(root, "Add"));
  });
}
