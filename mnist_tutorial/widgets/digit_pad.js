// DigitPad: one drawing, read by several classifiers at once, also shuffled or moved; it
// may be kept as a file, one of many of a class and of a writer.

import { readerBox, readingOf } from "./shared/bars.js";
import { describe, paintMap, surface } from "./shared/canvas.js";
import { BLACK, GREY, inkOf, MEAN, STD, WHITE } from "./shared/colours.js";
import {
  button, chain, faultLine, help, keys, make, mount, onTheme, painted, say, slider, toggle,
  whenShown,
} from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { networks } from "./shared/engine.js";
import { number } from "./shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "./shared/pad.js";
import { floats, pythonAsker, waitingText, withoutPython } from "./shared/python.js";

const HELP = "Draw a digit, or go on from the one on the sheet; every reader answers at once.";
const HELP_SAVE = "Say once what you draw and who you are. Then draw and save, as often as " +
  "you like: Enter saves, too.";
const HELP_PAGE = "Draw, and every reader answers at once. In the notebook you can save it, too.";

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
  const what = model.get("save_to") ? "symbol" : "digit"; // classes of one's own
  const root = mount(model, el, "DigitPad", `A sheet to draw a ${what} on, and its readers`);
  const readers = model.get("readers"), nets = networks(readers, floats(model, "weights"));
  const view = {
    root, what, images: floats(model, "images"), order: model.get("order"),
    readers: readers.map(({ name, sums }, k) => ({ name, sums, net: nets[k] })),
    boxes: readers.map(readerBox), seen: surface(168, 168, ""),
    // What the pad holds: its ink, how often that has changed, and the image, normalised,
    // or null for an empty sheet; and the real digit that is being laid on the pad.
    ink: new Float32Array(PAD_PIXELS ** 2), changes: 0, image: null, taken: null,
    next: 0, right: 0, down: 0, shuffled: false,
  };
  const saves = Boolean(model.get("save_to")), inPage = withoutPython(model);
  const keeper = saves && !inPage ? saveRow(view, model) : null;
  const words = !saves ? HELP : inPage ? HELP_PAGE : HELP_SAVE;
  const pad = drawingPad(root, { onEnter: keeper?.save,
    onInk: (ink, began) => takeInk(view, ink, began) });
  view.clear = pad.clear;
  const repaint = () => update(view);
  const column = (title, ...children) => make("div", {},
    make("p", { class: "mt-title", text: title }), ...children);
  const experiments = view.order.length ? [experimentControls(view)] : [];
  root.append(help(words), make("div", { class: "mt-columns" },
    column(saves ? "Draw" : "Draw a digit", pad.element, ...keeper?.lines || []),
    column("What is read", view.seen, ...experiments),
    make("div", { class: "mt-columns", style: "flex: 1 1 264px" },
      ...view.boxes.map((box) => box.element))));
  if (view.images.length) {
    pad.element.lastChild.append(button("A real digit", () => takeRealDigit(view, pad)));
    takeRealDigit(view, pad);
  } else repaint();
  return chain(onTheme(root, repaint), whenShown(root, repaint), root.stop,
    () => keeper?.stop());
}

function update(view, began) {
  const { root, seen, readers, boxes } = view;
  const image = imageRead(view), ink = inkOf(root);
  paintMap(seen.ctx, image, 28, 28, 0, 0, 6, GREY, BLACK, WHITE);
  boxes.forEach((box, i) => {
    box.update(view.image ? readingOf(readers[i], image) : [], ink);
  });
  describe(seen, seenText(view));
  say(root, view.image ? "" : `The sheet is empty: draw a ${view.what}.`);
  painted(root, began);
}

// What the readers get: the drawing, moved and shuffled as is asked for.
function imageRead({ image, right, down, shuffled, order }) {
  const moved = movedImage(image || new Float32Array(784).fill(BLACK), right, down);
  return shuffled ? reorderedImage(moved, order) : moved;
}

function seenText({ what, image, right, down, shuffled }) {
  if (!image) return "An empty picture of 28 by 28 pixels.";
  const moves = right || down
    ? `, moved right by ${number(right, 0)} and down by ${number(down, 0)}` : "";
  return `Your ${what} in 28 by 28 pixels${moves}${shuffled ? ", shuffled" : ""}.`;
}

function takeInk(view, ink, began) {
  view.ink = ink;
  view.changes += 1;
  if (view.taken) view.image = view.taken; // exactly as it is in the data
  else {
    const { empty, normalised } = prepareDrawing(ink, PAD_PIXELS, PAD_PIXELS);
    view.image = empty ? null : normalised;
  }
  update(view, began);
}

function takeRealDigit(view, pad) {
  const { images, next } = view;
  const digit = images.slice(784 * next, 784 * (next + 1));
  view.next = (next + 1) % (images.length / 784);
  view.taken = digit;
  pad.show(digit.map((value) => Math.min(1, Math.max(0, value * STD + MEAN))));
  view.taken = null;
}

// Fields for the class and for the writer, and a button that has Python save the drawing.
// `.save()` does what the button does. A sheet that was saved is cleared for the next.
function saveRow(view, model) {
  const field = (text) => make("input", { type: "text", size: "9", autocomplete: "off",
    spellcheck: "false", "aria-label": text });
  const names = { class: field("What you draw"), writer: field("Who draws") };
  const note = make("p", { class: "mt-faint", role: "status",
    text: `A drawing becomes a file in “${model.get("save_to")}”.` });
  const fault = faultLine();
  const tell = (said, why) => {
    note.textContent = said;
    fault.tell(why);
    act.disabled = false;
  };
  const asker = pythonAsker(model, (why) => tell("", why));
  const save = () => {
    if (act.disabled) return;
    tell(waitingText(model), "");
    act.disabled = true;
    const { changes } = view;
    const answered = ({ saved, why }) => {
      tell(saved ? `Saved as ${saved}.` : "", why || "");
      if (saved && changes === view.changes) view.clear(); // not what was drawn meanwhile
    };
    const pixels = Uint8Array.from(view.ink, (ink) => Math.round(255 * ink));
    asker.ask({ kind: "save", class: names.class.value, writer: names.writer.value },
      { answered, buffers: [pixels.buffer] });
  };
  const act = button("Save", save);
  keys(names.class, { Enter: save });
  keys(names.writer, { Enter: save });
  const labelled = (text, input) => make("label", { class: "mt-choice" },
    make("span", { "aria-hidden": "true", text }), input);
  const line = make("div", { class: "mt-row", style: "margin-top: 6px; width: 240px" },
    labelled("What", names.class), labelled("Who", names.writer), act);
  // As wide as the sheet, whatever they say.
  const words = make("div", { style: "width: 0; min-width: 100%" }, note, fault);
  return { lines: [line, words], save, stop: asker.stop };
}

// Shuffle and Shift: what is done to the picture before anyone reads it.
function experimentControls(view) {
  const shift = (label, name) => slider({
    label, min: -6, max: 6, step: 1, value: 0, format: (value) => `${number(value, 0)} px`,
    onInput: (value, began) => {
      view[name] = value;
      update(view, began);
    },
  });
  const right = shift("Shift right", "right"), down = shift("Shift down", "down");
  const shuffle = toggle("Shuffle all pixels", false, (checked, began) => {
    view.shuffled = checked;
    update(view, began);
  });
  const undo = button("Undo", () => {
    const began = performance.now();
    Object.assign(view, { right: 0, down: 0, shuffled: false });
    right.set(0);
    down.set(0);
    shuffle.input.checked = false;
    update(view, began);
  });
  const line = (...children) => make("div", { class: "mt-row" }, ...children);
  return make("div", { style: "margin-top: 6px" }, line(shuffle, undo), line(right), line(down));
}

export default { render: renderDigitPad };
