// Where images come from: the sheet, and a row of digits to pick.

import { paintMap, surface } from "../shared/canvas.js";
import { BLACK, GREY, MEAN, STD, WHITE } from "../shared/colours.js";
import { keys, make } from "../shared/dom.js";
import { prepareDrawing } from "../shared/drawing.js";
import { drawingPad } from "../shared/pad.js";
import { PIXEL } from "./painters.js";
import { compute } from "./state.js";

export function addSheet(lens) {
  lens.pad = drawingPad(lens.root, {
    size: 28 * PIXEL,
    onInk: (ink, began) => {
      const side = Math.sqrt(ink.length);
      const { normalised, empty } = prepareDrawing(ink, side, side);
      Object.assign(lens, { image: normalised, empty });
      framePick(lens, -1);
      compute(lens, began);
    },
  });
  layOnSheet(lens, lens.image);
}

export function addPicks(lens) {
  const { digits, labels } = lens;
  const pick = (k, began) => {
    takeImage(lens, digits.slice(784 * k, 784 * k + 784), k);
    compute(lens, began);
  };
  lens.picks = make("div", {
    class: "mt-lens-picks", role: "radiogroup", "aria-label": "Digits to pick",
  }, ...labels.map((label, k) => pickButton(digits, label, k, pick)));
  const move = (by) => (_, began) => {
    const all = [...lens.picks.children];
    const next = (all.indexOf(document.activeElement) + by + all.length) % all.length;
    all[next].focus();
    pick(next, began);
  };
  keys(lens.picks, {
    ArrowRight: move(1), ArrowDown: move(1), ArrowLeft: move(-1), ArrowUp: move(-1),
  });
  framePick(lens, 0);
}

// Frame one of the digits, or none (-1).
function framePick({ picks }, k) {
  [...picks.children].forEach((element, i) => {
    element.setAttribute("aria-checked", String(i === k));
    element.tabIndex = i === Math.max(k, 0) ? 0 : -1;
  });
}

// A given image goes to the network as it is, framed if it is digit k. The sheet shows it
// too, to be drawn over, as on every sheet; then the drawing is prepared like any other.
export function takeImage(lens, image, k = -1) {
  layOnSheet(lens, image);
  Object.assign(lens, { image, empty: false });
  framePick(lens, k);
}

function layOnSheet({ pad }, image) {
  pad.lay(image.map((value) => Math.min(Math.max(value * STD + MEAN, 0), 1)));
}

function pickButton(digits, label, k, pick) {
  const canvas = surface(28, 28, "");
  const image = digits.subarray(784 * k, 784 * k + 784);
  paintMap(canvas.ctx, image, 28, 28, 0, 0, 1, GREY, BLACK, WHITE);
  canvas.setAttribute("aria-hidden", "true");
  return make("button", {
    class: "mt-lens-pick", type: "button", role: "radio",
    "aria-label": `digit ${k}, labelled ${label}`,
    title: `labelled ${label}`, on: { click: () => pick(k, performance.now()) },
  }, canvas);
}
