import { mock, test } from "node:test";
import { deflateSync } from "node:zlib";

import view from "../../mnist_tutorial/widgets/confusion_explorer/view.js";
import { inkOf, joined, scattered } from "./digits.mjs";
import { click, find, page, point, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const COUNT = 140; // images; 60 of them, five pages, are read as one of the next classes
const READ = [0, 0, 1, 0, 2, 0, 1]; // so many classes further
const levels = joined(Array.from({ length: COUNT }, (_, k) => inkOf(k % 14)))
  .map((value) => Math.round(255 * value));
const labels = Float32Array.from({ length: COUNT }, (_, k) => k % 5);

function logits() {
  const values = scattered(10 * COUNT, 9);
  for (let k = 0; k < COUNT; k++) values[10 * k + (k % 5) + READ[k % 7]] += 4;
  return values;
}

const covered = (seed) => scattered(7840, seed).map((value) => 3 * value);

function traits() {
  return { message: "", pixels: deflateSync(Uint8Array.from(levels)), labels,
    logits: null, sizes: [3, 5, 7], covered_key: "", covered: new Float32Array() };
}

test("ConfusionExplorer paints, says and does what its session keeps", (t) =>
  session(t, "confusion_explorer", { view, traits, steps: (stage) => {
    const { root, model, step } = stage;
    step("asked for", () => click(find(root, "Compute")));
    step("computed", () => model.receive({ logits: logits() }));
    const part = (name) => root.querySelector(`[data-part=${name}]`);
    const matrix = part("matrix"), list = part("digits");
    theCell({ ...stage, matrix, list });
    theDigits({ ...stage, list });
    theReason({ ...stage, list, part });
    step("image 0 opened", () => {
      click(matrix, 44 + 5, 44 + 5);
      const k = list.dataset.digits.split(" ").indexOf("0");
      click(list, 2 + 62 * (k % 4) + 5, 2 + 88 * Math.floor(k / 4) + 5);
    });
    step("computed anew", () => model.receive({ logits: logits() }));
  } }));

const keyOf = ({ index, size }) => `${index} ${size}`;

function theCell({ root, see, step, matrix, list }) {
  see(matrix);
  step("colour by logarithm", () => set(find(root, "Colour"), "log"));
  see(matrix);
  step("colour as counted", () => set(find(root, "Colour"), "linear"));
  step("colour by errors", () => set(find(root, "Colour"), "errors"));
  see(matrix);
  step("a cell pointed at", () => point(matrix, "pointermove", 44 + 24 + 3, 44 + 3));
  step("the same cell", () => point(matrix, "pointermove", 44 + 24 + 9, 44 + 9));
  step("one in its row", () => point(matrix, "pointermove", 44 + 49, 44 + 9));
  step("one in its column", () => point(matrix, "pointermove", 44 + 49, 44 + 34));
  see(matrix);
  step("left", () => point(matrix, "pointerleave", 0, 0));
  step("the cell is pointed at anew", () => point(matrix, "pointermove", 44 + 49, 44 + 34));
  step("left again", () => point(matrix, "pointerleave", 0, 0));
  see(matrix);
  step("a row clicked", () => click(matrix, 20, 44 + 24));
  step("rows whole", () => set(find(root, "Rows, columns: errors only"), false));
  step("a column clicked", () => click(matrix, 44 + 30, 44 - 1));
  step("errors only", () => set(find(root, "Rows, columns: errors only"), true));
  step("beyond the edge", () => click(matrix, 285, 285));
  step("the matrix has the keyboard", () => matrix.focus());
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "ArrowDown"]) {
    step(key, () => press(matrix, key));
  }
  step("an empty cell", () => press(matrix, "Enter"));
  step("its page clicked, where no digit is", () => click(list, 30, 30));
  step("a full one", () => {
    for (let k = 0; k < 8; k++) press(matrix, "ArrowLeft");
    for (let k = 0; k < 9; k++) press(matrix, "ArrowUp");
    press(matrix, " ");
  });
  step("Escape goes back", () => press(list, "Escape"));
  step("the focus leaves", () => matrix.blur());
}

function theDigits({ root, see, step, list }) {
  step("all errors", () => click(find(root, "All errors")));
  step("least sure first", () => set(find(root, "Order"), "last"));
  step("surest first", () => set(find(root, "Order"), "first"));
  step("the digits have the keyboard", () => list.focus());
  step("ArrowLeft, where there is none", () => press(list, "ArrowLeft"));
  for (const key of ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"]) {
    step(key, () => press(list, key));
  }
  step("PageUp, where there is none", () => press(list, "PageUp"));
  see(list);
  step("PageDown", () => press(list, "PageDown"));
  step("ArrowDown", () => press(list, "ArrowDown"));
  step("to the last page", () => { for (let k = 0; k < 9; k++) press(list, "PageDown"); });
  step("down to the last line", () => {
    for (let k = 0; k < 9; k++) press(list, "ArrowDown");
  });
  step("to the last digit", () => { for (let k = 0; k < 9; k++) press(list, "ArrowRight"); });
  step("PageDown, where there is none", () => press(list, "PageDown"));
  step("back", () => click(find(root, "← Back")));
  step("more", () => click(find(root, "More →")));
  step("PageUp", () => press(list, "PageUp"));
}

function theReason({ root, model, see, step, list, part }) {
  see(list);
  step("Enter asks why", () => press(list, "Enter"));
  step("another is clicked meanwhile", () => click(list, 2 + 62 + 30, 2 + 30));
  step("beside all", () => click(list, 2 + 58, 2 + 30));
  const answer = (seed) => model.receive({ covered: covered(seed),
    covered_key: keyOf(model.sent.at(-1)) });
  step("Python answers the first", () => answer(10));
  step("nothing can be probed yet", () => point(part("map0"), "pointermove", 30, 30));
  step("Python is silent", () => mock.timers.tick(10_000));
  step("Python answers the second", () => answer(11));
  const [map, other] = ["map0", "map1"].map(part);
  see(map, other, ...root.querySelector("[data-part=why]").all());
  step("a place pointed at", () => point(map, "pointermove", 33, 61));
  step("below the map", () => point(map, "pointermove", 33, 113));
  step("beside the map", () => point(map, "pointermove", 113, 33));
  step("left", () => point(map, "pointerleave", 0, 0));
  step("a place clicked in the other", () => click(other, 111, 2));
  step("blur", () => other.fire("blur"));
  step("probability", () => set(find(root, "Drop in"), "probability"));
  for (const name of ["ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown"]) {
    step(name, () => press(map, name));
  }
  step("the map has the keyboard", () => map.focus());
  step("the mouse leaves", () => point(map, "pointerleave", 0, 0));
  step("another patch", () => set(find(root, "Patch"), "3"));
  step("Python fails", () => model.receive({ message: "No." }));
  step("the patch again", () => set(find(root, "Patch"), "5"));
  step("logit", () => set(find(root, "Drop in"), "logit"));
  step("another page element has the keyboard", () => list.focus());
  step("Python sends what nobody asked for", () => model.receive({ message: "",
    covered_key: "0 3", covered: covered(12) }));
  page.active?.blur();
}
