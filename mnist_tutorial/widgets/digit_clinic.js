// DigitClinic: a drawing or photo on its way to 28 × 28 pixels, step by step.

import { readerBox, readingOf } from "./shared/bars.js";
import { describe, paintMap, surface } from "./shared/canvas.js";
import { BLACK, GREY, inkOf, WHITE } from "./shared/colours.js";
import {
  button, chain, listen, make, mount, onTheme, painted, say, toggle, whenShown,
} from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { network } from "./shared/engine.js";
import { number, percent } from "./shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "./shared/pad.js";
import { floats, PYTHON_WAITS, pythonAsker } from "./shared/python.js";

const CLINIC_SIDE = 96; // of each step's picture, in CSS pixels
const CLINIC_STEPS = ["invert", "crop", "box", "centre", "normalise"];
const CLINIC_WORDS = {
  sheet: "The sheet", invert: "Invert", crop: "Crop", box: "20 × 20 box",
  centre: "Centre", normalise: "Normalise",
};

// What each step makes of the sheet: {name, values, rows, columns, low, high}, where
// low is shown black; an empty sheet has no step after `invert`. The last values are
// what the network receives.
export function clinicPictures(sheet, height, width, switches) {
  const picture = (name, values, rows, columns, low = 0, high = 1) => (
    { name, values, rows, columns, low, high });
  const inverted = switches.invert ? sheet.map((value) => 1 - value) : sheet;
  const pictures = [
    picture("sheet", sheet, height, width),
    picture("invert", inverted, height, width),
  ];
  // Blank paper that is not inverted would pass for ink all over.
  if (sheet.every((value) => value === 1)) return pictures;
  const made = prepareDrawing(sheet, height, width, switches);
  if (made.empty) return pictures;
  const { cut, scaled } = made;
  pictures.push(
    picture("crop", cutOut(inverted, width, cut), cut.bottom - cut.top,
      cut.right - cut.left),
    picture("box", scaled.values, scaled.height, scaled.width),
    picture("centre", made.image, 28, 28),
    picture("normalise", made.normalised, 28, 28, BLACK, WHITE),
  );
  return pictures;
}

function cutOut(sheet, width, { top, left, bottom, right }) {
  const result = new Float32Array((bottom - top) * (right - left));
  for (let r = top; r < bottom; r++) {
    const row = sheet.subarray(r * width + left, r * width + right);
    result.set(row, (r - top) * (right - left));
  }
  return result;
}

// One step's picture in its square; box and centre on the scale of 28 × 28 pixels.
function paintStep(canvas, picture, ink) {
  const { ctx } = canvas;
  ctx.fillStyle = ink.line;
  ctx.fillRect(0, 0, CLINIC_SIDE, CLINIC_SIDE);
  if (!picture) return;
  const { name, values, rows, columns, low, high } = picture;
  const size = CLINIC_SIDE / (name === "box" ? 28 : Math.max(rows, columns));
  const x = (CLINIC_SIDE - columns * size) / 2, y = (CLINIC_SIDE - rows * size) / 2;
  paintMap(ctx, values, rows, columns, x, y, size, GREY, low, high);
  if (name === "centre") paintCross(ctx, ink.accent);
}

function paintCross(ctx, colour) {
  const middle = (14.5 / 28) * CLINIC_SIDE;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(middle - 6, middle);
  ctx.lineTo(middle + 6, middle);
  ctx.moveTo(middle, middle - 6);
  ctx.lineTo(middle, middle + 6);
  ctx.stroke();
}

// The line under a step's picture: its size, or the range of its values.
function stepNote(picture) {
  if (!picture) return "";
  const { name, values, rows, columns } = picture;
  if (name !== "normalise") return `${rows} × ${columns}`;
  const low = Math.min(...values), high = Math.max(...values);
  return `${number(low)} to ${number(high)}`;
}

// A picture with its title, note and, but for the sheet, its switch.
function stepBox(name, onSwitch) {
  const canvas = surface(CLINIC_SIDE, CLINIC_SIDE, "");
  const note = make("span", { class: "mt-faint" });
  const title = CLINIC_WORDS[name];
  const head = name === "sheet" ? make("span", { class: "mt-toggle", text: title })
    : toggle(title, true, (checked, began) => onSwitch(name, checked, began));
  const element = make("div", { "data-step": name, style: "width: 108px; white-space: nowrap" },
    head, canvas, note);
  const update = (picture, ink) => {
    paintStep(canvas, picture, ink);
    note.textContent = stepNote(picture);
    describe(canvas, `${title}: ${picture ? note.textContent : "nothing"}`);
  };
  return { element, update, input: head.input };
}

function renderDigitClinic({ model, el }) {
  const root = mount(model, el, "DigitClinic",
    "A drawing on its way to what the network reads, step by step");
  const net = network(model.get("layers"), floats(model, "weights"));
  const photos = floats(model, "photos"), side = model.get("side");
  const perPhoto = side * side;
  const on = Object.fromEntries(CLINIC_STEPS.map((name) => [name, true]));
  const state = { sheet: null, height: side, width: side, photo: -1, switches: { ...on } };
  const steps = ["sheet", ...CLINIC_STEPS].map((name) => stepBox(name, (step, checked,
    began) => { state.switches[step] = checked; update(began); }));
  const bars = ["All steps", "Your switches"].map((name) => readerBox({ name }));

  function read(switches) {
    const pictures = clinicPictures(state.sheet, state.height, state.width, switches);
    const last = pictures[pictures.length - 1];
    const empty = last.name !== "normalise";
    return { pictures, last, values: empty ? [] : readingOf({ net }, last.values) };
  }

  function update(began) {
    const ink = inkOf(root);
    const chosen = read(state.switches);
    const allOn = CLINIC_STEPS.every((name) => state.switches[name]);
    bars[0].update(allOn ? chosen.values : read(on).values, ink);
    bars[1].update(chosen.values, ink);
    steps.forEach((step, i) => step.update(chosen.pictures[i], ink));
    root.received = chosen.last.values;
    say(root, chosen.values.length ? "" : "The sheet is empty: draw a digit.");
    painted(root, began);
  }

  // A pen leaves dark ink on light paper.
  const pad = drawingPad(root, {
    onInk: (ink, began) => {
      if (state.taking) return;
      Object.assign(state, { sheet: ink.map((value) => 1 - value), height: PAD_PIXELS,
        width: PAD_PIXELS });
      update(began);
    },
  });

  function takePhoto() {
    const began = performance.now();
    state.taking = true;
    pad.clear();
    state.taking = false;
    state.photo = (state.photo + 1) % (photos.length / perPhoto);
    const start = state.photo * perPhoto;
    Object.assign(state, { sheet: photos.slice(start, start + perPhoto), height: side,
      width: side });
    update(began);
  }

  const reset = button("All steps on", () => {
    Object.assign(state.switches, on);
    for (const step of steps) if (step.input) step.input.checked = true;
    update(performance.now());
  });
  pad.element.lastChild.append(button("A photo", takePhoto));
  const column = (title, ...children) => make("div", {},
    make("p", { class: "mt-title", text: title }), ...children);
  const table = costTable(model, root);
  root.append(
    make("div", { class: "mt-columns" }, column("Draw a digit, as on paper", pad.element),
      make("div", { class: "mt-columns", style: "flex: 1 1 264px" },
        ...bars.map((box) => box.element))),
    make("div", { class: "mt-row" },
      make("span", { class: "mt-title", text: "On its way to the network" }), reset),
    make("div", { class: "mt-row", style: "gap: 8px" },
      ...steps.map((step) => step.element)),
    table.element);
  takePhoto();
  const repaint = () => { update(); table.update(); };
  return chain(onTheme(root, repaint), whenShown(root, repaint), table.stop, root.stop);
}

// "What does switching it off cost?": asked of Python, shown row by row as it comes.
function costTable(model, root) {
  const ask = button("What does switching it off cost?", () => {
    ask.disabled = true;
    state.textContent = PYTHON_WAITS;
    asker.ask({ kind: "cost" });
  });
  const asker = pythonAsker(model, (why) => {
    ask.disabled = false;
    state.textContent = why;
  });
  const state = make("p", { class: "mt-faint", role: "status" });
  const rows = make("tbody");
  const head = make("tr", {}, ...["Steps", "Accuracy", "", "95 % interval"].map((text) =>
    make("th", { scope: "col", text, style: "text-align: left; padding-right: 12px" })));
  // In a page of the old kind tables would not inherit colour and size.
  const style = "color: inherit; font: inherit; border-collapse: collapse";
  const table = make("table", { hidden: true, style }, make("thead", {}, head), rows);
  const update = (began = performance.now()) => {
    const costs = model.get("costs"), ink = inkOf(root);
    rows.replaceChildren(...costs.map((cost) => costRow(cost, ink)));
    table.hidden = !costs.length;
    state.textContent = model.get("progress");
    ask.disabled = model.get("busy");
    painted(root, began);
  };
  const heard = ["costs", "progress", "busy", "message"];
  const stop = chain(asker.stop, listen(model, heard, () => {
    asker.settle();
    update();
  }));
  update();
  return { element: make("div", {}, make("div", { class: "mt-row" }, ask), state, table),
    update, stop };
}

function costRow({ name, value, low, high }, ink) {
  const width = 220, canvas = surface(width, 18, `${name}: ${percent(value)}`);
  const { ctx } = canvas;
  ctx.fillStyle = ink.faint;
  ctx.fillRect(0, 3, value * width, 12);
  ctx.fillStyle = ink.accent;
  ctx.fillRect(low * width, 8, Math.max(1, (high - low) * width), 2);
  for (const end of [low, high]) ctx.fillRect(Math.min(end * width, width - 2), 4, 2, 10);
  const cell = (...children) => make("td", { style: "padding-right: 12px" }, ...children);
  return make("tr", { "data-cost": name }, cell(name), cell(percent(value)), cell(canvas),
    cell(`${percent(low)} to ${percent(high)}`));
}

export default { render: renderDigitClinic };
