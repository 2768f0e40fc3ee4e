// DigitClinic: a drawing or photo on its way to 28 × 28 pixels, step by step.

import { readerBox, readingOf } from "./shared/bars.js";
import { describe, paintMap, surface } from "./shared/canvas.js";
import { BLACK, GREY, inkOf, WHITE } from "./shared/colours.js";
import {
  button, chain, help, listen, make, mount, onTheme, painted, say, toggle, whenShown,
} from "./shared/dom.js";
import { prepareDrawing } from "./shared/drawing.js";
import { network } from "./shared/engine.js";
import { number, percent } from "./shared/numbers.js";
import { drawingPad, PAD_PIXELS } from "./shared/pad.js";
import { floats, pythonAsker, waitingText } from "./shared/python.js";

const HELP = "Draw a digit, as on paper, or take a photo; switch a step off to see what " +
  "the network then gets.";
const SIDE = 84; // of each step's picture, in CSS pixels
const STEPS = ["invert", "crop", "box", "centre", "normalise"];
const ALL_ON = Object.fromEntries(STEPS.map((name) => [name, true]));
const TITLES = {
  sheet: "The sheet", invert: "Invert", crop: "Crop", box: "Box",
  centre: "Centre", normalise: "Normalise",
};

// What each step makes of the sheet: {name, values, rows, columns, low, high}, where
// low is shown black; an empty sheet has no step after `invert`. The last values are
// what the network receives.
export function stepPictures(sheet, height, width, switches) {
  const picture = (name, values, rows, columns, low = 0, high = 1) => (
    { name, values, rows, columns, low, high });
  const inverted = switches.invert ? sheet.map((value) => 1 - value) : sheet;
  const pictures = [
    picture("sheet", sheet, height, width),
    picture("invert", inverted, height, width),
  ];
  // Blank paper that is not inverted would pass for ink all over.
  if (sheet.every((value) => value === 1)) return pictures;
  const drawing = prepareDrawing(sheet, height, width, switches);
  if (drawing.empty) return pictures;
  const { cut, scaled, image, normalised } = drawing;
  pictures.push(
    picture("crop", cutOut(inverted, width, cut), cut.bottom - cut.top,
      cut.right - cut.left),
    picture("box", scaled.values, scaled.height, scaled.width),
    picture("centre", image, 28, 28),
    picture("normalise", normalised, 28, 28, BLACK, WHITE),
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
  ctx.fillRect(0, 0, SIDE, SIDE);
  if (!picture) return;
  const { name, values, rows, columns, low, high } = picture;
  const size = SIDE / (name === "box" ? 28 : Math.max(rows, columns));
  const x = (SIDE - columns * size) / 2, y = (SIDE - rows * size) / 2;
  paintMap(ctx, values, rows, columns, x, y, size, GREY, low, high);
  if (name === "centre") paintCross(ctx, ink.accent);
}

function paintCross(ctx, colour) {
  const middle = (14.5 / 28) * SIDE;
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
  const canvas = surface(SIDE, SIDE, "");
  const note = make("span", { class: "mt-faint" });
  const title = TITLES[name];
  const head = name === "sheet" ? make("span", { class: "mt-toggle", text: title })
    : toggle(title, true, onSwitch);
  const element = make("div", { "data-step": name, style: "width: 86px; white-space: nowrap" },
    head, canvas, note);
  const show = (picture, ink) => {
    paintStep(canvas, picture, ink);
    note.textContent = stepNote(picture);
    describe(canvas, `${title}: ${picture ? note.textContent : "nothing"}`);
  };
  return { element, show, input: head.input };
}

function renderDigitClinic({ model, el }) {
  const root = mount(model, el, "DigitClinic",
    "A drawing on its way to what the network reads, step by step");
  const side = model.get("side");
  const clinic = {
    root, net: network(model.get("layers"), floats(model, "weights")),
    photos: floats(model, "photos"), side, photo: -1,
    sheet: new Float32Array(side * side), height: side, width: side,
    switches: { ...ALL_ON },
    steps: ["sheet", ...STEPS].map((name) => stepBox(name, (checked, began) => {
      clinic.switches[name] = checked;
      update(clinic, began);
    })),
    bars: ["All steps", "Your switches"].map((name) => readerBox({ name })),
  };
  const pad = drawingPad(root, { paper: true, size: 168,
    onInk: (ink, began) => takeInk(clinic, ink, began) });
  pad.element.lastChild.append(button("A photo", () => takePhoto(clinic, pad)));
  const costs = costTable(model, root);
  root.append(plan(clinic, pad), costs.element);
  takePhoto(clinic, pad);
  const repaint = () => {
    update(clinic);
    costs.update();
  };
  return chain(onTheme(root, repaint), whenShown(root, repaint), costs.stop, root.stop);
}

// Where all stands: the sheet beside both answers, then the steps.
function plan(clinic, pad) {
  const { bars, steps } = clinic;
  const reset = button("All steps on", () => {
    Object.assign(clinic.switches, ALL_ON);
    for (const step of steps) if (step.input) step.input.checked = true;
    update(clinic, performance.now());
  });
  return make("div", {}, help(HELP),
    make("div", { class: "mt-columns" }, pad.element,
      make("div", { class: "mt-columns", style: "flex: 1 1 264px" },
        ...bars.map((box) => box.element))),
    make("div", { class: "mt-row", style: "margin: 10px 0 4px" },
      make("span", { class: "mt-title", style: "margin: 0", text: "On its way to the network" }), reset),
    make("div", { class: "mt-row", style: "gap: 8px" },
      ...steps.map((step) => step.element)));
}

function update(clinic, began) {
  const { root, bars, steps, switches } = clinic;
  const ink = inkOf(root);
  const chosen = read(clinic, switches);
  const allOn = STEPS.every((name) => switches[name]);
  bars[0].update(allOn ? chosen.values : read(clinic, ALL_ON).values, ink);
  bars[1].update(chosen.values, ink);
  steps.forEach((step, i) => step.show(chosen.pictures[i], ink));
  root.received = chosen.last.values;
  say(root, chosen.values.length ? "" : "The sheet is empty: draw a digit.");
  painted(root, began);
}

// The sheet's way with these switches, and what the network says at its end.
function read({ net, sheet, height, width }, switches) {
  const pictures = stepPictures(sheet, height, width, switches);
  const last = pictures[pictures.length - 1];
  const empty = last.name !== "normalise";
  return { pictures, last, values: empty ? [] : readingOf({ net }, last.values) };
}

// A pen leaves dark ink on light paper.
function takeInk(clinic, ink, began) {
  Object.assign(clinic, { sheet: ink.map((value) => 1 - value), height: PAD_PIXELS,
    width: PAD_PIXELS });
  update(clinic, began);
}

function takePhoto(clinic, pad) {
  const began = performance.now();
  const { photos, side } = clinic, pixels = side * side;
  clinic.photo = (clinic.photo + 1) % (photos.length / pixels);
  const sheet = photos.slice(clinic.photo * pixels, (clinic.photo + 1) * pixels);
  Object.assign(clinic, { sheet, height: side, width: side });
  pad.lay(sheet.map((value) => 1 - value));
  update(clinic, began);
}

// --- "What does switching it off cost?": asked of Python, shown row by row as it comes

function costTable(model, root) {
  const ask = button("What does switching it off cost?", () => {
    ask.disabled = true;
    progress.textContent = waitingText(model);
    asker.ask({ kind: "cost" });
  });
  const asker = pythonAsker(model, (why) => {
    ask.disabled = false;
    progress.textContent = why;
  });
  const progress = make("p", { class: "mt-faint", role: "status" });
  const rows = make("tbody");
  const table = costFrame(rows);
  const fill = (began = performance.now()) => {
    const costs = model.get("costs"), ink = inkOf(root);
    rows.replaceChildren(...costs.map((cost) => costRow(cost, ink)));
    table.hidden = !costs.length;
    progress.textContent = model.get("progress");
    ask.disabled = model.get("busy");
    painted(root, began);
  };
  const stop = chain(asker.stop, listen(model, ["costs", "progress", "busy"], () => {
    asker.settle();
    fill();
  }));
  fill();
  const element = make("div", { style: "margin-top: 8px" },
    make("div", { class: "mt-row" }, ask), progress, table);
  return { element, update: () => fill(), stop };
}

function costFrame(rows) {
  const head = make("tr", {}, ...["Steps", "Accuracy", "", "95 % interval"].map((text) =>
    make("th", { scope: "col", text, style: "text-align: left; padding-right: 12px" })));
  // In a page of the old kind tables would not inherit colour and size.
  const style = "color: inherit; font: inherit; border-collapse: collapse";
  return make("table", { class: "mt-costs", hidden: true, style }, make("thead", {}, head), rows);
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
