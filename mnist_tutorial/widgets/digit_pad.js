// DigitPad: one drawing, read by several classifiers at once, also shuffled or moved.

import { readerBox, readingOf } from "./shared/bars.js";
import { describe, paintMap, surface } from "./shared/canvas.js";
import { BLACK, GREY, inkOf, MEAN, STD, WHITE } from "./shared/colours.js";
import {
  button, chain, make, mount, onTheme, painted, say, slider, toggle, whenShown,
} from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { network } from "./shared/engine.js";
import { number } from "./shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "./shared/pad.js";
import { floats } from "./shared/python.js";

// The image moved by whole pixels; black comes in at one side, the other is cut off.
export function movedImage(image, right, down) {
  const result = new Float32Array(784).fill(BLACK);
  for (let r = Math.max(0, down); r < Math.min(28, 28 + down); r++) {
    for (let q = Math.max(0, right); q < Math.min(28, 28 + right); q++) {
      result[r * 28 + q] = image[(r - down) * 28 + q - right];
    }
  }
  return result;
}

// Pixel k of the result is pixel order[k] of the image.
export function reorderedImage(image, order) {
  return Float32Array.from(order, (k) => image[k]);
}

function renderDigitPad({ model, el }) {
  const root = mount(model, el, "DigitPad", "A sheet to draw a digit on, and its readers");
  const weights = floats(model, "weights"), images = floats(model, "images");
  const order = model.get("order");
  const readers = model.get("readers").map(({ name, sums, layers, start, end }) => (
    { name, sums, net: network(layers, weights.subarray(start, end)) }));
  const boxes = readers.map(readerBox);
  const seen = surface(168, 168, "");
  // `image` is what the pad holds, normalised, or null for an empty sheet.
  // `taken`: the real digit that is being laid on the pad.
  /** @typedef {Float32Array | null} Image */
  const state = { image: /** @type {Image} */ (null), taken: /** @type {Image} */ (null),
    next: 0, right: 0, down: 0, shuffled: false };

  function update(began) {
    let image = state.image || new Float32Array(784).fill(BLACK);
    image = movedImage(image, state.right, state.down);
    if (state.shuffled) image = reorderedImage(image, order);
    const ink = inkOf(root);
    paintMap(seen.ctx, image, 28, 28, 0, 0, 6, GREY, BLACK, WHITE);
    boxes.forEach((box, i) => {
      box.update(state.image ? readingOf(readers[i], image) : [], ink);
    });
    describe(seen, describeSeen());
    say(root, state.image ? "" : "The sheet is empty: draw a digit.");
    painted(root, began);
  }

  function describeSeen() {
    if (!state.image) return "An empty picture of 28 by 28 pixels.";
    const moves = state.right || state.down
      ? `, moved right by ${number(state.right, 0)} and down by ${number(state.down, 0)}`
      : "";
    return `Your digit in 28 by 28 pixels${moves}${state.shuffled ? ", shuffled" : ""}.`;
  }

  const pad = drawingPad(root, {
    onInk: (ink, began) => {
      if (state.taken) state.image = state.taken; // exactly as it is in the data
      else {
        const { empty, normalised } = prepareDrawing(ink, PAD_PIXELS, PAD_PIXELS);
        state.image = empty ? null : normalised;
      }
      update(began);
    },
  });

  function takeRealDigit() {
    const start = 784 * state.next;
    state.next = (state.next + 1) % (images.length / 784);
    const digit = images.slice(start, start + 784);
    state.taken = digit;
    pad.show(digit.map((value) => Math.min(1, Math.max(0, value * STD + MEAN))));
    state.taken = null;
  }

  const column = (title, ...children) => make("div", {},
    make("p", { class: "mt-title", text: title }), ...children);
  const experiments = order.length ? [experimentControls(state, update)] : [];
  root.append(make("div", { class: "mt-columns" },
    column("Draw a digit", pad.element),
    column("What is read", seen, ...experiments),
    make("div", { class: "mt-columns", style: "flex: 1 1 264px" },
      ...boxes.map((box) => box.element))));
  const stops = [onTheme, whenShown].map((watch) => watch(root, () => update()));
  if (images.length) {
    pad.element.lastChild.append(button("A real digit", takeRealDigit));
    takeRealDigit();
  } else update();
  return chain(...stops, root.stop);
}

// Shuffle and Shift: what is done to the picture before anyone reads it.
function experimentControls(state, update) {
  const shift = (label, name) => slider({
    label, min: -6, max: 6, step: 1, value: 0, format: (value) => `${number(value, 0)} px`,
    onInput: (value, began) => { state[name] = value; update(began); },
  });
  const right = shift("Shift right", "right"), down = shift("Shift down", "down");
  const shuffle = toggle("Shuffle all pixels", false, (checked, began) => {
    state.shuffled = checked;
    update(began);
  });
  const undo = button("Undo", () => {
    const began = performance.now();
    Object.assign(state, { right: 0, down: 0, shuffled: false });
    right.set(0);
    down.set(0);
    shuffle.input.checked = false;
    update(began);
  });
  const line = (...children) => make("div", { class: "mt-row" }, ...children);
  return make("div", {}, line(shuffle, undo), line(right), line(down));
}

export default { render: renderDigitPad };
