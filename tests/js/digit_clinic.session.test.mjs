import { mock, test } from "node:test";

import view from "../../mnist_tutorial/widgets/digit_clinic.js";
import { inkOf, joined, linearNet } from "./digits.mjs";
import { changeTheme, click, find, point, set } from "./page.mjs";
import { session } from "./session.mjs";

const SIDE = 28;
const paper = (k) => inkOf(k).map((value) => 1 - value);

function traits() {
  return { message: "", side: SIDE, photos: joined([paper(1), paper(3)]), ...linearNet(3),
    costs: [], progress: "", busy: false };
}

const COSTS = [{ name: "all steps", value: 0.9, low: 0.85, high: 0.95 },
  { name: "without crop", value: 0.5, low: 0.4999, high: 0.5001 },
  { name: "without box", value: 1, low: 0.97, high: 1 }];

test("DigitClinic paints, says and does what its session keeps", (t) =>
  session(t, "digit_clinic", { view, traits, steps: (stage) => {
    const { root, model, step } = stage, pad = root.querySelector(".mt-pad");
    const cost = "What does switching it off cost?";
    for (const name of ["Normalise", "Centre", "Box", "Crop"]) {
      stage.see(root.querySelector("[data-step=box]").children[1]);
      step(`without ${name}`, () => set(find(root, name), false));
    }
    step("without Invert", () => set(find(root, "Invert"), false));
    step("all on again", () => click(find(root, "All steps on")));
    step("the other photo", () => click(find(root, "A photo")));
    step("cleared", () => click(find(root, "Clear")));
    step("drawn", () => {
      point(pad, "pointerdown", 60, 30);
      point(pad, "pointermove", 60, 190);
    });
    step("the first photo again", () => click(find(root, "A photo")));
    step("the cost is asked for", () => click(find(root, cost)));
    step("Python is silent", () => mock.timers.tick(10_000));
    step("asked again", () => click(find(root, cost)));
    step("Python begins", () => model.receive({ busy: true, progress: "1 of 3" }));
    step("Python answers", () => model.receive({ costs: COSTS, busy: false, progress: "" }));
    step("no question is open", () => mock.timers.tick(10_000));
    step("asked a third time", () => click(find(root, cost)));
    step("Python fails", () => model.receive({ message: "No." }));
    step("asked again", () => click(find(root, cost)));
    step("Python is gone", () => model.fire("comm_live_update"));
    step("all is well", () => model.receive({ costs: COSTS.slice(0, 1), message: "" }));
    step("dark", () => changeTheme("dark"));
    step("light", () => changeTheme("light"));
  } }));
