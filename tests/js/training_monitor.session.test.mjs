import { mock, test } from "node:test";

import view from "../../mnist_tutorial/widgets/training_monitor/view.js";
import { joined, normalised, scattered } from "./digits.mjs";
import { changeTheme, click, find, press, set } from "./page.mjs";
import { session } from "./session.mjs";

const FILTERS = 13; // a line of them and one more
const filters = (seed) => scattered(2 * 10 * FILTERS, seed);
const idle = { steps: 0, first: null, recent: null, last: null, checks: [], look: null,
  broken: "", points: 0 };

function traits() {
  return {
    message: "", state: "ready", unlocked: "lr", chosen: "", steps: 0, frame: 0, heard: "",
    every: 50,
    settings: { lr: [0.1, 0.01], momentum: [0, 0], batch_size: [64, 64],
      bug: ["none", "none"] },
    bugs: ["none", "no zero_grad"], marks: [],
    lanes: [{ ...idle, title: "lr 0.1" }, { ...idle, title: "lr 0.01" }],
    curves: new Float32Array(), filters: filters(31), snapshots: new Float32Array(),
    different: {}, different_images: new Float32Array(),
    digits: joined(Array.from({ length: 10 }, (_, k) => normalised(k))),
  };
}

// Rows of step, mean, lowest, highest.
const curve = (...rows) => rows.flatMap(([step, mean]) => [step, mean, mean / 2, mean * 2]);
const early = {
  state: "running", steps: 3, marks: [0], snapshots: filters(32), filters: filters(33),
  lanes: [{ ...idle, title: "lr 0.1", steps: 3, first: 2.31, last: 2.2, points: 2,
    look: [3, -0.0123, -0.00002] },
  { ...idle, title: "lr 0.01", steps: 3, first: 2.9, last: null, points: 1 }],
  curves: Float32Array.from(curve([1, 2.31], [2, 2.2], [1, 2.9])), frame: 1,
};
const late = {
  steps: 240, marks: [0, 100, 200], filters: filters(34), frame: 2,
  snapshots: joined([filters(32), filters(35), filters(36)]),
  lanes: [{ ...idle, title: "lr 0.1", steps: 240, first: 2.31, recent: 0.5, last: 0.25,
    points: 3, checks: [[100, 2.2, 0.5], [200, 0.4, 0.9]], look: [240, -1, null] },
  { ...idle, title: "lr 0.01", steps: 240, first: 2, recent: 2.2, last: 1.5, points: 2,
    checks: [[100, null, 0.1], [200, 11, 0.25]] }],
  curves: Float32Array.from(curve([1, 2.31], [100, 0.75], [240, 0.25], [1, 9], [200, 1.5])),
  different: { checked: [200, 200], count: 2, of: 1000, labels: [3, 8],
    preds: [[3, 5], [8, 8]] },
  different_images: joined([normalised(3), normalised(8)]),
};
const broken = {
  state: "stopped", steps: 250, frame: 3, filters: filters(34).fill(NaN, 10 * FILTERS),
  lanes: [late.lanes[0], { ...late.lanes[1], steps: 250, broken: "The loss is not finite.",
    checks: [...late.lanes[1].checks, [250, 0.01, 1]] }],
  different: { checked: [200, 250] }, different_images: new Float32Array(),
};

test("TrainingMonitor paints, says and does what its session keeps", (t) =>
  session(t, "training_monitor", { view, traits, steps: (stage) => {
    theSettings(stage);
    theRun(stage);
    theKeys(stage);
    theEnd(stage);
  } }));

function theSettings({ root, model, step }) {
  const heard = () => model.receive({ heard: model.sent.at(-1).id });
  const settings = (changes) => model.receive({ settings: { ...model.get("settings"),
    ...changes } });
  step("lr of A", () => set(find(root, "lr of A"), "-2"));
  step("lr of B meanwhile", () => set(find(root, "lr of B"), "-0.5"));
  step("heard", heard);
  step("heard, with the settings", () => {
    settings({ lr: [0.01, 0.3162] });
    heard();
  });
  step("batch of both", () => set(find(root, "batch"), "128"));
  step("heard too", heard);
  step("what differs", () => set(find(root, "What differs"), "bug"));
  step("it differs", () => {
    find(root, "What differs").focus();
    model.receive({ unlocked: "bug" });
    heard();
  });
  step("a bug in B", () => set(find(root, "bug of B"), "no zero_grad"));
  step("settings come while one is in hand", () => settings({ batch_size: [128, 128] }));
  step("the focus leaves", () => find(root, "What differs").blur());
  step("a value of its own", () => settings({ batch_size: [77, 77] }));
  step("heard as well", heard);
}

function theRun(stage) {
  const { root, model, see, step } = stage;
  const canvases = [...root.all()].filter((one) => one.tagName === "CANVAS");
  step("started", () => click(find(root, "Start (s)")));
  step("a moment", () => mock.timers.tick(300));
  see(...canvases);
  step("the first frame", () => model.receive({ heard: model.sent.at(-1).id, ...early }));
  see(...canvases);
  step("a later frame", () => model.receive(late));
  const back = find(root, "look back");
  step("looked back", () => set(back, "1"));
  step("another digit", () => set(find(root, "maps of the digit"), "2"));
  step("a frame meanwhile", () => model.receive({ frame: 4, marks: [0, 200],
    snapshots: joined([filters(32), filters(36)]) }));
  step("to the present", () => set(back, "2"));
  see(...canvases);
  step("it breaks", () => model.receive(broken));
  step("paused", () => model.receive({ state: "paused" }));
  step("A’s weights", () => click(find(root, "Use A’s weights")));
  step("taken", () => model.receive({ chosen: "A", heard: model.sent.at(-1).id }));
  step("not any more", () => model.receive({ chosen: "" }));
  step("the same age, and all alike", () => model.receive({ frame: 5,
    different: { checked: [250, 250], count: 0, of: 1000 } }));
  step("A not yet", () => model.receive({ frame: 6, different: { checked: [-1, 50] } }));
}

function theKeys({ root, model, step }) {
  for (const key of ["s", "P", "n", "x", "r", "q", "Control+s", "Alt+s", "Meta+s"]) {
    step(`key ${key}`, () => press(root, key));
  }
  step("a key held down", () => root.fire("keydown", { key: "s", repeat: true }));
  step("a letter in a list", () => press(find(root, "batch"), "s"));
  step("a start button with the focus", () => {
    find(root, "Start (s)").focus();
    model.receive({ state: "running" });
  });
  step("Start while it runs", () => press(root, "s"));
  step("a pause button with the focus", () => model.receive({ state: "stopped" }));
  step("reset", () => model.receive({ state: "ready" }));
}

function theEnd({ root, model, step }) {
  step("dark", () => changeTheme("dark"));
  step("light", () => changeTheme("light"));
  step("Python is silent", () => mock.timers.tick(10_000));
  step("it refuses", () => model.receive({ message: "No." }));
  step("all is well", () => model.receive({ message: "", state: "running" }));
  step("paused", () => click(find(root, "Pause (p)")));
  step("Python is gone", () => model.fire("comm_live_update"));
  const { send } = model;
  model.send = () => { throw new Error("Cannot send"); };
  step("a frame that nobody hears of", () => model.receive({ frame: 9 }));
  model.send = send;
}
