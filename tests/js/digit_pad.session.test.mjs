import { mock, test } from "node:test";

import view from "../../mnist_tutorial/widgets/digit_pad.js";
import { joined, linearNet, normalised } from "./digits.mjs";
import { click, find, point, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const nets = [linearNet(1), linearNet(2)], size = nets[0].weights.length;

function traits() {
  return {
    message: "", images: joined([normalised(1), normalised(2)]),
    order: Array.from({ length: 784 }, (_, k) => (k * 5) % 784),
    weights: joined(nets.map(({ weights }) => weights)),
    readers: nets.map(({ layers }, k) => ({ layers, start: k * size, length: size,
      name: ["A CNN", "Templates"][k], sums: k === 1 })),
  };
}

test("DigitPad paints, says and does what its session keeps", (t) =>
  session(t, "digit_pad", { view, traits, steps: ({ root, model, step }) => {
    const pad = root.querySelector(".mt-pad");
    step("the next real digit", () => click(find(root, "A real digit")));
    step("shifted right", () => set(find(root, "Shift right"), "2"));
    step("shifted up", () => set(find(root, "Shift down"), "-3"));
    step("shuffled", () => set(find(root, "Shuffle all pixels"), true));
    step("undone", () => click(find(root, "Undo")));
    step("cleared", () => click(find(root, "Clear")));
    step("the other mouse button", () => point(pad, "pointerdown", 30, 30, { button: 2 }));
    step("moved without a button", () => point(pad, "pointermove", 90, 30));
    step("pen put on", () => point(pad, "pointerdown", 100, 40));
    step("pen drawn", () => point(pad, "pointermove", 100, 180));
    step("pen drawn, two places at once", () => point(pad, "pointermove", 130, 180, {
      getCoalescedEvents: () => [{ clientX: 60, clientY: 200 }, { clientX: 140, clientY: 200 }],
    }));
    step("no places at once", () => point(pad, "pointermove", 130, 150, {
      getCoalescedEvents: () => [] }));
    step("a second finger", () => point(pad, "pointerdown", 30, 30, { pointerId: 2 }));
    step("lifted", () => point(pad, "pointerup", 130, 150));
    step("moved on", () => point(pad, "pointermove", 10, 10));
    step("the finger is taken away", () => point(pad, "pointercancel", 30, 30,
      { pointerId: 2 }));
    step("and comes back elsewhere", () => point(pad, "pointerdown", 200, 30,
      { pointerId: 2 }));
    step("Delete", () => press(pad, "Delete"));
    step("arrow right", () => press(pad, "ArrowRight"));
    step("arrow up", () => press(pad, "ArrowUp"));
    step("Space", () => press(pad, " "));
    step("arrow down", () => press(pad, "ArrowDown"));
    step("arrow left", () => press(pad, "ArrowLeft"));
    step("Control and Space, which is not for the pad", () => press(pad, "Control+ "));
    step("Alt and Delete", () => press(pad, "Alt+Delete"));
    step("Meta and Delete", () => press(pad, "Meta+Delete"));
    step("up to the edge", () => {
      for (let k = 0; k < 40; k++) press(pad, k % 2 ? "ArrowUp" : "ArrowLeft");
    });
    step("Space lifts", () => press(pad, " "));
    step("down to the other edge", () => {
      for (let k = 0; k < 60; k++) press(pad, k % 2 ? "ArrowDown" : "ArrowRight");
    });
    pad.focus();
    step("left", () => pad.blur());
    step("Backspace", () => press(pad, "Backspace"));
    step("Python says something", () => model.receive({ message: "Too large." }));
  } }));

test("DigitPad has Python save a drawing, and says what became of it", (t) =>
  session(t, "digit_pad_save", { view,
    traits: () => ({ ...traits(), images: new Float32Array(), order: [], save_to: "mine" }),
    steps: ({ root, model, step }) => {
      const pad = root.querySelector(".mt-pad");
      const [what, who] = ["What you draw", "Who draws"].map((name) => find(root, name));
      const answer = (answered) => model.fire("msg:custom",
        { id: model.sent.at(-1).id, ...answered }, []);
      step("saved, with nothing written or drawn", () => click(find(root, "Save")));
      step("once more, too soon", () => press(pad, "Enter"));
      step("refused", () => answer({ why: "Write what you draw first, such as heart." }));
      step("named", () => { what.value = "heart"; who.value = "anna"; });
      step("drawn", () => {
        point(pad, "pointerdown", 100, 40);
        point(pad, "pointermove", 100, 180);
      });
      step("Enter on the sheet", () => press(pad, "Enter"));
      step("saved", () => answer({ saved: "heart/anna-1.png" }));
      step("drawn again", () => point(pad, "pointerdown", 60, 40));
      step("Enter in a field", () => press(who, "Enter"));
      step("drawn on meanwhile", () => point(pad, "pointerdown", 160, 40));
      step("saved, and what was drawn since stays", () => answer({ saved: "heart/anna-2.png" }));
      step("Enter in the other field", () => press(what, "Enter"));
      step("no answer", () => mock.timers.tick(10_001));
      step("the answer comes late", () => answer({ saved: "heart/anna-3.png" }));
      step("Python meets an error", () => {
        click(find(root, "Save"));
        model.receive({ message: "This did not work." });
      });
      step("the kernel restarts", () => model.fire("comm_live_update"));
    } }));

test("DigitPad offers no saving in a page, which has no Python", (t) =>
  session(t, "digit_pad_page", { view,
    traits: () => ({ ...traits(), images: new Float32Array(), order: [], save_to: "mine",
      without_python: true }),
    steps: () => {} }));

test("DigitPad needs no real digits and no order", (t) =>
  session(t, "digit_pad_plain", { view,
    traits: () => ({ ...traits(), images: new Float32Array(), order: [] }),
    steps: () => {} }));
