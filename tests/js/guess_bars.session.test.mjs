import { test } from "node:test";

import view from "../../mnist_tutorial/widgets/guess_bars.js";
import { find, set } from "./page.mjs";
import { session } from "./session.mjs";

function traits() {
  return { message: "", names: ["batch norm", "depth"], values: [3.2, 3.2], start: 3.2,
    low: -1, high: 6, step: 0.1, unit: "points" };
}

test("GuessBars paints, says and does what its session keeps", (t) =>
  session(t, "guess_bars", { view, traits, steps: ({ root, model, step }) => {
    const typed = find(root, "depth, typed");
    step("a bar is dragged", () => set(find(root, "batch norm"), "1.5"));
    step("a number is typed", () => {
      typed.focus();
      set(typed, "-0,5");
    });
    for (const text of ["abc", "7", ""]) step(`"${text}"`, () => set(typed, text));
    step("the field is left", () => typed.blur());
    step("dragged, and the fault is gone", () => set(find(root, "depth"), "2"));
    step("Python sets the same", () => model.receive({ values: [1.5, 2] }));
    step("Python sets them back", () => model.receive({ values: [3.2, 3.2] }));
  } }));

test("GuessBars of whole per cent take no half", (t) =>
  session(t, "guess_bars_whole", { view,
    traits: () => ({ ...traits(), step: 1, values: [3, 3], start: 3, unit: "%" }),
    steps: ({ root, step }) => {
      step("a half", () => set(find(root, "depth, typed"), "2.5"));
      step("a whole", () => set(find(root, "depth, typed"), "2"));
    } }));
