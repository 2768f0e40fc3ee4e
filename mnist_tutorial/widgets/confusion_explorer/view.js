// ConfusionExplorer: what is taken for what, the digits in each cell, and why.

import { describe, position } from "../shared/canvas.js";
import { inkOf } from "../shared/colours.js";
import { onceComputed } from "../shared/computed.js";
import {
  button, chain, choice, help, keys, make, mount, onTheme, painted, say, toggle, whenShown,
} from "../shared/dom.js";
import { probability } from "../shared/numbers.js";
import { floats } from "../shared/python.js";
import { ACROSS, pageCanvas, paintPage, PER_PAGE } from "./digits.js";
import { ANY, cellName, imagesIn, readingsOf } from "./maths.js";
import {
  cellAt, cellInside, COLOURS, frameCell, matrixCanvas, paintMatrix,
} from "./matrix.js";
import { openWhy, showWhy, whyPanel } from "./why.js";

const HELP = "Click a cell, or a digit at the edge for its row or column; click a " +
  "picture to see why it is read so. Below each: label \u2192 reading, probability.";
const EVERYTHING = { row: ANY, column: ANY };

function renderConfusionExplorer({ model, el }) {
  const root = mount(model, el, "ConfusionExplorer",
    "A confusion matrix whose cells open to the digits in them");
  const offer = { label: "Compute", what: "images, not read yet" };
  return onceComputed(root, model, "logits", offer, explore);
}

function explore(root, model, stage, pixels, labels) {
  const explorer = newExplorer(root, model, pixels, labels);
  bindMatrix(explorer);
  bindPage(explorer);
  bindFocus(explorer);
  layOut(explorer, stage);
  refresh(explorer);
  const repaint = () => {
    showMatrix(explorer);
    showPage(explorer);
    showWhy(explorer.why);
    painted(root);
  };
  return chain(explorer.why.stop, onTheme(root, repaint), whenShown(root, repaint));
}

// `selected`: the cell that is open; `cursor`: where the keyboard or, with `hover`, the
// pointer is; `indices`: the images of the cell; `page` and `at`: which of them are
// shown, and which of these has the keyboard. The rest are page elements.
function newExplorer(root, model, pixels, labels) {
  const readings = readingsOf(floats(model, "logits"), labels);
  /** @type {any} */
  const explorer = {
    root, pixels, readings, mode: "errors", selected: EVERYTHING,
    cursor: { row: 0, column: 0 }, hover: false, errorsOnly: true, surestFirst: true,
    indices: [], page: 0, at: 0, grid: null,
    matrix: matrixCanvas(), list: pageCanvas(), title: make("p", { class: "mt-title" }),
    why: whyPanel(root, model, readings, pixels),
  };
  explorer.back = button("\u2190 Back", () => turn(explorer, -1, performance.now()));
  explorer.forth = button("More \u2192", () => turn(explorer, 1, performance.now()));
  explorer.pages = make("div", { class: "mt-row" }, explorer.back, explorer.forth);
  return explorer;
}

function layOut(explorer, stage) {
  const { matrix, list, title, pages, why } = explorer;
  const everything = button("All errors", () =>
    select(explorer, EVERYTHING, performance.now()));
  const colours = choice("Colour", COLOURS, explorer.mode, (value, began) => {
    explorer.mode = value;
    showMatrix(explorer);
    painted(explorer.root, began);
  });
  const orders = [["first", "surest first"], ["last", "least sure first"]];
  const order = choice("Order", orders, "first", (value, began) => {
    explorer.surestFirst = value === "first";
    refresh(explorer, began);
  });
  const errorsOnly = toggle("Rows, columns: errors only", true, (checked, began) => {
    explorer.errorsOnly = checked;
    refresh(explorer, began);
  });
  const column = (...children) => make("div", {}, ...children);
  const row = (...children) => make("div", { class: "mt-row" }, ...children);
  stage.replaceChildren(help(HELP), make("div", { class: "mt-explorer" },
    column(row(everything, colours), matrix, errorsOnly),
    column(order, title, list, pages), why.element));
}

// --- The cell

function refresh(explorer, began) {
  const { readings, selected, errorsOnly, surestFirst } = explorer;
  const indices = imagesIn(readings, selected, errorsOnly, surestFirst);
  Object.assign(explorer, { indices, page: 0, at: 0 });
  showMatrix(explorer);
  showPage(explorer);
  painted(explorer.root, began);
}

function select(explorer, cell, began) {
  Object.assign(explorer, { selected: cell, cursor: cell });
  refresh(explorer, began);
  say(explorer.root, cellSentence(explorer, cell));
}

function showMatrix(explorer) {
  const { matrix, selected, hover, cursor } = explorer, ink = inkOf(explorer.root);
  paintMatrix(matrix, explorer.readings.counts, explorer.mode, ink);
  frameCell(matrix, selected, ink.accent, 3);
  if (hover || document.activeElement === matrix) frameCell(matrix, cursor, ink.text, 1);
  describe(matrix, "Confusion matrix. Arrows move, Enter opens. " +
    cellSentence(explorer, cursor));
}

function cellSentence({ readings, errorsOnly }, cell) {
  const count = imagesIn(readings, cell, errorsOnly, true).length;
  return `${cellName(cell, errorsOnly)}: ${count} ${count === 1 ? "digit" : "digits"}.`;
}

function moveCursor(explorer, cursor, began) {
  explorer.cursor = cursor;
  showMatrix(explorer);
  say(explorer.root, cellSentence(explorer, cursor));
  painted(explorer.root, began);
}

function bindMatrix(explorer) {
  const { matrix } = explorer;
  const pointed = (act) => (event) => {
    const began = performance.now(), { x, y } = position(matrix, event);
    act(cellAt(x, y), began);
  };
  matrix.addEventListener("click", pointed((cell, began) =>
    select(explorer, cell, began)));
  matrix.addEventListener("pointermove", pointed((cell, began) => {
    const { row, column } = explorer.cursor;
    if (explorer.hover && cell.row === row && cell.column === column) return;
    explorer.hover = true;
    moveCursor(explorer, cell, began);
  }));
  matrix.addEventListener("pointerleave", () => {
    explorer.hover = false;
    showMatrix(explorer);
  });
  const step = (rows, columns) => (_, began) => {
    const { row, column } = explorer.cursor;
    moveCursor(explorer, cellInside(row + rows, column + columns), began);
  };
  const open = (_, began) => {
    select(explorer, explorer.cursor, began);
    if (explorer.indices.length) explorer.list.focus();
  };
  keys(matrix, {
    ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0),
    ArrowDown: step(1, 0), Enter: open, " ": open,
  });
}

// --- The digits in it

// The images of the page that is shown, and how many come before it.
function pageOf({ indices, page }) {
  const start = page * PER_PAGE;
  return { start, shown: indices.slice(start, start + PER_PAGE) };
}

function showPage(explorer) {
  const { list, title, indices, selected, errorsOnly } = explorer;
  const { start, shown } = pageOf(explorer), end = start + shown.length;
  const focused = document.activeElement === list ? explorer.at : -1;
  explorer.grid = paintPage(list, explorer.pixels, explorer.readings, shown,
    explorer.why.index, focused, inkOf(explorer.root));
  list.dataset.digits = shown.join(" ");
  const several = indices.length > PER_PAGE;
  const part = several ? `, here ${start + 1} to ${end}` : "";
  title.textContent = `${cellName(selected, errorsOnly)}: ${indices.length}${part}`;
  describe(list, `${title.textContent}. Arrows move, Enter says why. ` +
    (shown.length ? digitSentence(explorer) : "No digit here."));
  explorer.pages.style.display = several ? "" : "none";
  explorer.back.disabled = explorer.page === 0;
  explorer.forth.disabled = start + PER_PAGE >= indices.length;
}

function digitSentence(explorer) {
  const { readings: { labels, preds, confidence }, at } = explorer;
  const i = pageOf(explorer).shown[at];
  return `Image ${i}: label ${labels[i]}, read as ${preds[i]} with ` +
    `${probability(confidence[i])}.`;
}

function turn(explorer, pages, began) {
  const page = explorer.page + pages;
  if (page < 0 || page * PER_PAGE >= explorer.indices.length) return;
  Object.assign(explorer, { page, at: 0 });
  showPage(explorer);
  painted(explorer.root, began);
}

function openDigit(explorer, at, began) {
  const index = pageOf(explorer).shown[at];
  if (index === undefined) return;
  explorer.at = at;
  openWhy(explorer.why, index);
  showPage(explorer);
  say(explorer.root, digitSentence(explorer));
  painted(explorer.root, began);
}

function moveTo(explorer, at, began) {
  if (at < 0 || at >= pageOf(explorer).shown.length) return;
  explorer.at = at;
  showPage(explorer);
  say(explorer.root, digitSentence(explorer));
  painted(explorer.root, began);
}

function bindPage(explorer) {
  const { list } = explorer;
  list.addEventListener("click", (event) => {
    const began = performance.now(), { x, y } = position(list, event);
    const hit = explorer.grid.where(x, y);
    if (hit) openDigit(explorer, hit.channel, began);
  });
  const move = (by) => (_, began) => moveTo(explorer, explorer.at + by, began);
  const open = (_, began) => openDigit(explorer, explorer.at, began);
  keys(list, {
    ArrowLeft: move(-1), ArrowRight: move(1), ArrowUp: move(-ACROSS),
    ArrowDown: move(ACROSS), Enter: open, " ": open,
    PageDown: (_, began) => turn(explorer, 1, began),
    PageUp: (_, began) => turn(explorer, -1, began),
    Escape: () => explorer.matrix.focus(),
  });
}

// What has the keyboard is framed.
function bindFocus(explorer) {
  for (const canvas of [explorer.matrix, explorer.list]) {
    for (const event of ["focus", "blur"]) {
      canvas.addEventListener(event, () => {
        showMatrix(explorer);
        showPage(explorer);
      });
    }
  }
}

export default { render: renderConfusionExplorer };
