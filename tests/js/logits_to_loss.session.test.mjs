import { test } from "node:test";

import view from "../../mnist_tutorial/widgets/logits_to_loss/view.js";
import { click, find, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const LOGITS = [1.5, -2, 0, 4, 0.25, -10, 9.95, 3, -0.5, 2];

function traits() {
  return { message: "", limit: 10, logits: [...LOGITS], given: [...LOGITS], label: 3 };
}

test("LogitsToLoss paints, says and does what its session keeps", (t) =>
  session(t, "logits_to_loss", { view, traits, steps: ({ root, model, step }) => {
    const logit = (k) => find(root, `logit of ${k}`);
    step("another label", () => set(find(root, "The right digit is"), "6"));
    step("confident and right", () => click(find(root, "confident and right")));
    step("confident and wrong", () => click(find(root, "confident and wrong")));
    step("all the same", () => click(find(root, "all the same")));
    step("as given", () => click(find(root, "As given")));
    step("a logit is dragged", () => set(logit(3), "7.25"));
    step("ArrowLeft", () => press(logit(3), "ArrowLeft"));
    step("ArrowDown", () => press(logit(3), "ArrowDown"));
    step("ArrowRight", () => press(logit(3), "ArrowRight"));
    step("ArrowUp", () => press(logit(3), "ArrowUp"));
    step("up to the end", () => press(logit(6), "ArrowUp"));
    step("down from the lower end", () => press(logit(5), "ArrowLeft"));
    step("hotter", () => set(find(root, "temperature"), "0.5"));
    step("colder", () => set(find(root, "temperature"), "-0.5"));
    step("softmax twice", () => set(root.querySelector("[type=checkbox]"), true));
    step("as it was", () => set(find(root, "temperature"), "0"));
    step("softmax once", () => set(root.querySelector("[type=checkbox]"), false));
    step("one on all, where one is at its end", () => click(find(root, "+1 on all")));
    step("one off all, where one is at its end", () => click(find(root, "−1 on all")));
    step("Python sets the logits", () =>
      model.receive({ logits: [9, -9, 0, 0, 0, 0, 0, 0, 0, 0] }));
    step("Python sets the same", () => model.receive({ logits: [...model.get("logits")] }));
    step("one on all", () => click(find(root, "+1 on all")));
    step("one off all", () => click(find(root, "−1 on all")));
    step("Python sets the label", () => model.receive({ label: 0 }));
  } }));
