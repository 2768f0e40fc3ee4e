import { mock, test } from "node:test";
import { deflateSync } from "node:zlib";

import view from "../../mnist_tutorial/widgets/embedding_map/view.js";
import { inkOf, joined, scattered } from "./digits.mjs";
import { changeTheme, click, find, page, point, press, resized, set } from "./page.mjs";
import { session } from "./session.mjs";

page.width = 900; // room for the whole map

const COUNT = 12, D = 4;
const levels = joined(Array.from({ length: COUNT }, (_, k) => inkOf(k)))
  .map((value) => Math.round(255 * value));

// Pixels to four numbers to ten sums.
const layers = [
  { name: "flatten", kind: "flatten" },
  { name: "fc1", kind: "linear", inputs: 784, outputs: D, weight: 0, bias: 4 * 784 },
  { name: "fc2", kind: "linear", inputs: D, outputs: 10, weight: 4 * 784 + 4, bias: null },
];

function traits() {
  return {
    message: "", pixels: deflateSync(Uint8Array.from(levels)),
    labels: Float32Array.from({ length: COUNT }, (_, k) => k % 10),
    layers, weights: scattered(4 * 784 + 4 + 40, 5), features: new Float32Array(),
    mean: scattered(D, 6), axes: scattered(2 * D, 7), shares: [0.314, 0.159],
  };
}

test("EmbeddingMap paints, says and does what its session keeps", (t) =>
  session(t, "embedding_map", { view, traits, steps: (stage) => {
    const { root, model, step } = stage;
    step("asked for", () => click(find(root, "Compute the map")));
    step("Python is silent", () => mock.timers.tick(10_000));
    step("computed", () => model.receive({ features: scattered(COUNT * D, 8) }));
    const map = root.querySelector("[data-part=map]"), pad = root.querySelector(".mt-pad");
    step("the first clicked, which is looked at", () => click(map, 301, 348));
    for (const key of ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "Escape"]) {
      step(key, () => press(map, key));
    }
    step("pointed at no digit", () => point(map, "pointermove", 2, 2));
    step("pointed at the 7", () => point(map, "pointermove", 41 + 13, 315));
    step("a little too far from another", () => point(map, "pointermove", 97, 252 + 15));
    step("the same clicked", () => click(map, 41, 315));
    step("the 8 at the upper edge clicked", () => click(map, 145, 24));
    step("the 4 at the lower edge", () => click(map, 276, 416));
    step("the 1 at the right edge", () => click(map, 399, 388));
    enlarged({ ...stage, map });
    stage.see(map);
    step("only the 1s", () => set(find(root, "Show"), "1"));
    step("a faint digit is not hit", () => click(map, 97, 252));
    step("to a 1", () => press(map, "ArrowRight"));
    step("to another 1", () => press(map, "ArrowLeft"));
    step("a digit drawn", () => {
      point(pad, "pointerdown", 60, 30);
      point(pad, "pointermove", 90, 150);
    });
    stage.see(map);
    step("right, from the own", () => press(map, "ArrowRight"));
    const [, x, y] = /line <good> 3: O([\d.]+),([\d.]+)/.exec(map.painted.join("\n"));
    step("pointed at the own", () => point(map, "pointermove", Number(x) + 4, Number(y)));
    step("pointed at it again", () => point(map, "pointermove", Number(x), Number(y)));
    step("left, from the own", () => press(map, "ArrowLeft"));
    step("all digits", () => set(find(root, "Show"), "all"));
    step("a finger leaves", () => point(map, "pointerleave", 0, 0, { pointerType: "touch" }));
    step("the mouse leaves", () => point(map, "pointerleave", 0, 0));
    step("it leaves again", () => point(map, "pointerleave", 0, 0));
    step("left", () => press(map, "ArrowLeft"));
    step("Escape to the own", () => press(map, "Escape"));
    step("cleared", () => click(find(root, "Clear")));
    step("the mouse leaves, where there is no own", () => point(map, "pointerleave", 0, 0));
    step("the 7 clicked, which is looked at", () => click(map, 41, 315));
    stage.see(map);
    step("a narrow page", () => { page.width = 500; resized(); });
    step("a wide page", () => { page.width = 900; resized(); });
    step("dark", () => changeTheme("dark"));
    step("light", () => changeTheme("light"));
  } }));

function enlarged({ root, see, step, map }) {
  step("a press, where nothing can be dragged", () => point(map, "pointerdown", 9, 9));
  step("and its end", () => point(map, "pointerup", 9, 9));
  see(map);
  step("enlarged", () => click(find(root, "Enlarge")));
  step("the other mouse button", () => point(map, "pointerdown", 200, 200, { button: 2 }));
  step("dragged", () => {
    point(map, "pointerdown", 200, 200);
    point(map, "pointermove", 260, 240);
  });
  step("let go", () => point(map, "pointerup", 260, 240));
  step("a digit out of sight", () => press(map, "ArrowLeft"));
  step("to the closest", () => { for (let k = 0; k < 9; k++) press(map, "+"); });
  step("reduced", () => press(map, "-"));
  step("reduced by its button", () => click(find(root, "Reduce")));
  step("the whole", () => press(map, "0"));
  step("the 1 again", () => click(map, 399, 388));
}
