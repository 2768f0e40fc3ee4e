import { mock, test } from "node:test";

import view from "../../mnist_tutorial/widgets/kernel_bench/view.js";
import { inkOf, joined, scattered } from "./digits.mjs";
import { click, find, page, point, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const VERTICAL = [-1, 0, 1, -2, 0, 2, -1, 0, 1];

function traits() {
  return {
    message: "", digits: joined([inkOf(2), inkOf(6), new Float32Array(784)]), secret: scattered(9, 20),
    filters: scattered(20, 21), presets: [["vertical", VERTICAL], ["blank",
      new Array(9).fill(0)]],
    digit: 0, kernel: VERTICAL, bias: 0, stride: 1, padding: 0, dilation: 1, flip: false,
    relu: false, pool: false, shift: [0, 0], goal: "flat",
    validation_size: 1000, busy: false, result: {},
  };
}

test("KernelBench paints, says and does what its session keeps", (t) =>
  session(t, "kernel_bench", { view, traits, steps: (stage) => {
    theControls(stage);
    theGoals(stage);
    theTyping(stage);
    theCells(stage);
    theWindow(stage);
    theNet(stage);
  } }));

test("KernelBench needs no network and no second digit", (t) =>
  session(t, "kernel_bench_plain", { view, steps: () => {},
    traits: () => ({ ...traits(), digits: inkOf(2), filters: new Float32Array(),
      validation_size: 0, pool: true, relu: true }) }));

function theControls({ root, model, see, step }) {
  step("Python sets a bias", () => model.receive({ bias: 0.25 }));
  const parts = ["input", "map"].map((name) => root.querySelector(`[data-part=${name}]`));
  for (const [name, value] of [["padding", "2"], ["dilation", "2"], ["stride", "2"]]) {
    see(...parts);
    step(`${name} ${value}`, () => set(find(root, name), value));
  }
  step("ReLU", () => set(find(root, "ReLU"), true));
  see(...parts);
  step("pool", () => set(find(root, "2 × 2 max pool"), true));
  step("flip", () => set(find(root, "flip kernel"), true));
  step("shift down", () => set(find(root, "shift down"), "2"));
  step("shift right", () => set(find(root, "shift right"), "-4"));
  step("another digit", () => click(find(root, "Another digit")));
  step("and the first again", () => {
    for (let k = 0; k < 2; k++) click(find(root, "Another digit"));
  });
  step("a trained filter", () => set(find(root, "preset"), "trained filter 1"));
  step("your own", () => set(find(root, "preset"), ""));
  step("vertical", () => set(find(root, "preset"), "vertical"));
  step("Python sets all", () => model.receive({ stride: 1, dilation: 1, padding: 1,
    flip: false, relu: false, pool: false, shift: [0, 0], bias: 0.5 }));
}

function theGoals({ root, model, see, step }) {
  for (const goal of ["left", "match", "flip", "shift", "flat"]) {
    see(root.querySelector("[data-part=goal]"));
    step(`goal ${goal}`, () => set(find(root, "goal"), goal));
  }
  step("shift by one", () => {
    set(find(root, "goal"), "shift");
    set(find(root, "shift right"), "1");
  });
  step("pooled", () => set(find(root, "2 × 2 max pool"), true));
  step("shift by two", () => set(find(root, "shift right"), "2"));
  step("not pooled, stride 2", () => {
    set(find(root, "2 × 2 max pool"), false);
    set(find(root, "shift right"), "1");
    set(find(root, "stride"), "2");
  });
  step("match", () => set(find(root, "goal"), "match"));
  step("fitted with stride 2", () => click(find(root, "Fit for me")));
  step("Python goes back", () => model.receive({ kernel: VERTICAL, flip: true, stride: 1,
    bias: 1 }));
  step("fitted, flipped", () => click(find(root, "Fit for me")));
  step("a black digit", () => model.receive({ digit: 2 }));
  step("not fitted", () => click(find(root, "Fit for me")));
  for (const goal of ["left", "shift", "flip"]) {
    step(`black and ${goal}`, () => set(find(root, "goal"), goal));
  }
  step("zeros", () => set(find(root, "preset"), "blank"));
  step("flat", () => set(find(root, "goal"), "flat"));
  step("as at first", () => model.receive({ kernel: VERTICAL, flip: false, stride: 1,
    dilation: 1, padding: 0, bias: 0, shift: [0, 0], goal: "flat", digit: 0 }));
}

function theTyping({ root, step }) {
  const cell = (k) => root.querySelector(`[data-cell=${k}]`);
  const type = (text, k = 4) => set(cell(k), text);
  step("into a cell", () => cell(4).focus());
  for (const text of ["2.5", "\u22122,5", "1e", "100", "99", ""]) {
    step(`typed "${text}"`, () => type(text));
  }
  step("left", () => cell(4).blur());
  step("a fraction", () => {
    cell(4).focus();
    type("-1/4");
  });
  step("more than a number", () => type("-1/4x"));
  step("left, which is refused", () => cell(4).blur());
  step("typed anew", () => {
    cell(4).focus();
    type("0,5");
  });
  step("taken by Shift+Enter, which runs nothing", () => press(cell(4), "Shift+Enter"));
  step("no number, and dragged", () => {
    type("abc");
    point(cell(4), "pointerdown", 5, 100);
    point(cell(4), "pointermove", 5, 96);
    point(cell(4), "pointerup", 5, 96);
  });
  step("left as it is", () => cell(4).blur());
  step("the bias is typed", () => type("-0.25", 9));
  step("taken by Enter", () => press(cell(9), "Enter"));
  step("taken back by Escape", () => {
    type("x", 9);
    press(cell(9), "Escape");
  });
}

function theCells({ root, step }) {
  const cell = (k) => root.querySelector(`[data-cell=${k}]`);
  const type = (text, k = 4) => set(cell(k), text);
  for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight",
    "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"]) {
    step(key, () => press(page.active, key));
  }
  step("to the first", () => {
    for (let k = 0; k < 12; k++) press(page.active, "ArrowLeft");
    press(page.active, "ArrowUp");
  });
  for (const key of ["Shift+ArrowUp", "Shift+ArrowDown", "+", "Shift++", "-", "\u2212"]) {
    step(key, () => press(cell(0), key));
  }
  step("5 after it, which is −5", () => press(cell(0), "5"));
  step("− and then another key", () => {
    press(cell(0), "-");
    press(cell(0), "Shift");
    press(cell(0), "a");
    press(cell(0), "5");
  });
  step("− while typing", () => {
    type("1", 0);
    press(cell(0), "-");
  });
  step("dragged", () => {
    point(cell(2), "pointerdown", 5, 100);
    point(cell(2), "pointermove", 5, 97);
    point(cell(2), "pointermove", 5, 91);
  });
  step("dragged finely", () => point(cell(2), "pointermove", 5, 110, { shiftKey: true }));
  step("let go", () => point(cell(2), "pointerup", 5, 110));
  step("moved on", () => point(cell(2), "pointermove", 5, 10));
  step("the other button", () => point(cell(2), "pointerdown", 5, 100, { button: 2 }));
  step("moved with it", () => point(cell(2), "pointermove", 5, 10));
  step("dragged and taken away", () => {
    point(cell(3), "pointerdown", 5, 100);
    point(cell(3), "pointercancel", 5, 60);
    point(cell(3), "pointermove", 5, 10);
  });
  step("far beyond", () => {
    point(cell(3), "pointerdown", 5, 100);
    point(cell(3), "pointermove", 5, 9000);
    point(cell(3), "pointerup", 5, 9000);
  });
}

function theWindow({ root, model, see, step }) {
  const map = root.querySelector("[data-part=map]");
  step("vertical again", () => set(find(root, "preset"), "vertical"));
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]) {
    step(key, () => press(map, key));
  }
  step("pointed at", () => point(map, "pointermove", 1 + 7 * 20 + 3, 1 + 7 * 9 + 3));
  step("the same", () => point(map, "pointermove", 1 + 7 * 20 + 5, 1 + 7 * 9 + 5));
  step("below it", () => point(map, "pointermove", 1 + 7 * 20 + 5, 1 + 7 * 10 + 5));
  step("beside it", () => point(map, "pointermove", 1 + 7 * 21 + 5, 1 + 7 * 10 + 5));
  step("by a finger", () => point(map, "pointermove", 5, 5, { pointerType: "touch" }));
  step("left", () => point(map, "pointerleave", 0, 0));
  step("clicked", () => click(map, 1 + 7 * 3 + 3, 1 + 7 * 4 + 3));
  step("clicked beside", () => click(map, 250, 250));
  step("pooled", () => {
    set(find(root, "2 × 2 max pool"), true);
    set(find(root, "ReLU"), true);
  });
  see(map);
  step("a pool clicked", () => click(map, 1 + 7 * 5 + 3, 1 + 7 * 2 + 3));
  step("the lone last row", () => model.receive({ padding: 2, stride: 3 }));
  step("at its end", () => { for (let k = 0; k < 30; k++) press(map, "ArrowDown"); });
  step("plain", () => model.receive({ pool: false, relu: false, padding: 0, stride: 1 }));
  thePlay({ root, step, map });
}

function thePlay({ root, step, map }) {
  step("forward", () => click(find(root, "Forward ›")));
  step("back", () => click(find(root, "‹ Back")));
  step("to the first and one back", () => {
    for (let k = 0; k < 30; k++) press(map, k % 2 ? "ArrowUp" : "ArrowLeft");
    for (let k = 0; k < 30; k++) press(map, k % 2 ? "ArrowUp" : "ArrowLeft");
    press(map, ",");
  });
  step(". over the end", () => press(map, "."));
  step("Space plays", () => press(map, " "));
  step("a fifth of a second", () => mock.timers.tick(200));
  step("pointed at while it plays", () => point(map, "pointermove", 50, 50));
  step("paused by Space", () => press(map, " "));
  step("later", () => mock.timers.tick(1000));
  step("played", () => click(find(root, "▶ Play")));
  step("half a second", () => mock.timers.tick(500));
  step("a click stops it", () => click(map, 1 + 7 * 3 + 3, 1 + 7 * 4 + 3));
  step("Space on a button is its own", () => press(find(root, "Forward ›"), " "));
  step(". on a button", () => press(find(root, "Forward ›"), "."));
  step(". in a list", () => press(find(root, "stride"), "."));
  step(". in a cell", () => press(root.querySelector("[data-cell=1]"), "."));
  step("Control and .", () => press(map, "Control+."));
  step("Alt and .", () => press(map, "Alt+."));
  step("Meta and .", () => press(map, "Meta+."));
  step("another key", () => press(map, "q"));
  step("Space in a cell plays", () => press(root.querySelector("[data-cell=1]"), " "));
  step("paused", () => click(find(root, "❚❚ Pause")));
}

function theNet({ root, model, step }) {
  const filter = "Into the net: put this kernel in place of filter";
  step("replaced", () => {
    set(find(root, filter), "1");
    click(find(root, "Replace"));
  });
  step("Python works", () => model.receive({ busy: true }));
  step("no answer is waited for", () => mock.timers.tick(10_000));
  step("Python answers", () => model.receive({ busy: false, result: {
    what: "Filter 1 replaced", before: [0.98, 0.97, 0.985], after: [0.5, 0.46, 0.53],
    difference: [-0.48, -0.51, -0.45], lost: 490, gained: 10 } }));
  step("all flipped", () => click(find(root, "Flip all 2")));
  step("Python is gone", () => model.fire("comm_live_update"));
}
