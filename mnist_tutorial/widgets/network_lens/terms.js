// The terms of a sum, each with its value: bars, lines and small grids that lead down.

import { position, surface } from "../shared/canvas.js";
import { colourOf, inkOf, readableOn, SIGNED } from "../shared/colours.js";
import { keys, make, painted } from "../shared/dom.js";
import { number, signedNumber } from "../shared/numbers.js";
import { placeMark } from "./marks.js";
import { barColour } from "./painters.js";
import { goDown } from "./state.js";
import { shortName } from "./units.js";

const CHART = { wide: 240, tall: 84 }; // CSS pixels

// All input maps as bars, the most positive on the left; one of them is open.
export function termChart(lens, terms, opened) {
  const canvas = surface(CHART.wide, CHART.tall, "What each input map adds.");
  paintTerms(canvas, terms, inkOf(lens.root));
  const each = CHART.wide / terms.length;
  const mark = make("div", { class: "mt-lens-mark mt-lens-pin" });
  placeMark(mark, { x: terms.indexOf(opened) * each, y: 0, width: each,
    height: CHART.tall });
  const note = make("p", {
    class: "mt-faint", text: "Point at a bar; click to open it.",
  });
  const element = make("div", {
    class: "mt-lens-view", tabindex: "0", role: "application", "data-key": "chart",
    "data-name": "chart",
    "aria-label": `What each of ${terms.length} input maps adds, sorted. Open is map ` +
      `${opened.channel}: ${number(opened.value, 3)}. Left and right open others.`,
  }, canvas, mark);
  const open = (term, began) => {
    lens.opened = term.channel;
    lens.redraw.panel();
    painted(lens.root, began);
  };
  const nth = (k) => terms[Math.min(Math.max(k, 0), terms.length - 1)];
  const struck = (event) => nth(Math.floor(position(canvas, event).x / each));
  element.addEventListener("pointermove", (event) => {
    const { channel, value } = struck(event);
    note.textContent = `Input map ${channel}: ${signedNumber(value, 3)}`;
  });
  element.addEventListener("click", (event) => open(struck(event), performance.now()));
  const go = (by) => (_, began) => open(nth(terms.indexOf(opened) + by), began);
  keys(element, { ArrowLeft: go(-1), ArrowRight: go(1) });
  return make("div", {}, element, note);
}

function paintTerms({ ctx }, terms, ink) {
  const { wide, tall } = CHART;
  const each = wide / terms.length;
  const top = Math.max(terms[0].value, 0);
  const bottom = Math.min(terms[terms.length - 1].value, 0);
  const factor = (tall - 4) / (top - bottom || 1);
  const zero = 2 + top * factor;
  terms.forEach(({ value }, k) => {
    ctx.fillStyle = barColour(value);
    ctx.fillRect(k * each, Math.min(zero, zero - value * factor), Math.max(each - 1, 1),
      Math.max(Math.abs(value) * factor, 0.5));
  });
  ctx.fillStyle = ink.line;
  ctx.fillRect(0, zero, wide, 1);
}

// Patch × kernel = products, as three small grids. The patch's cells lead down.
export function productGrids(lens, { cells }, columns) {
  const reach = (name) => Math.max(...cells.map((cell) => Math.abs(cell[name]))) || 1;
  const [inputs, weights, values] = ["input", "weight", "value"].map(reach);
  const patch = cells.map((cell, k) => numberCell({
    value: cell.input, lut: SIGNED, low: -inputs, high: inputs, key: `term ${k}`,
    label: cell.unit ? shortName(lens.net, cell.unit) : "padding",
    text: cell.unit ? number(cell.input) : "pad",
    onClick: cell.unit && (() => goDown(lens, cell.unit)),
  }));
  const kernel = cells.map((cell) => numberCell({
    value: cell.weight, lut: SIGNED, low: -weights, high: weights, label: "weight",
  }));
  const products = cells.map((cell) => numberCell({
    value: cell.value, lut: SIGNED, low: -values, high: values, label: "product",
  }));
  const long = columns > 3 ? " mt-lens-long" : ""; // one below the other
  return make("div", { class: `mt-lens-product${long}` },
    numberGrid(columns, patch, "Patch"), "×", numberGrid(columns, kernel, "Kernel"), "=",
    numberGrid(columns, products, "Products"));
}

export function numberGrid(columns, cells, label) {
  return make("div", {
    class: "mt-lens-grid", role: "group", "aria-label": label,
    style: `grid-template-columns: repeat(${columns}, minmax(0, 33px))`,
  }, ...cells);
}

/**
 * @param {{ value: number, lut: Uint32Array, low: number, high: number, label: string,
 *   text?: string, key?: string, won?: boolean, onClick?: (() => void) | null }} settings
 */
export function numberCell(settings) {
  const { value, lut, low, high, label, text = number(value), key } = settings;
  const { onClick = null, won = false } = settings;
  const style = `background: ${colourOf(lut, value, low, high)}; ` +
    `color: ${readableOn(lut, value, low, high)}`;
  const attributes = {
    class: `mt-lens-cell${won ? " mt-lens-won" : ""}`, style, title: label,
    text, "data-key": key, "data-value": String(value),
  };
  if (!onClick) return make("span", attributes);
  return make("button", {
    ...attributes, type: "button", "aria-label": `${label}: ${number(value)}`,
    on: { click: onClick },
  });
}

// A term as a line: name, bar, number; a button if it leads anywhere.
/**
 * @param {{ label: string, value: number, reach: number, text?: string, title?: string,
 *   key: string, onClick?: (() => void) | null }} term
 */
export function termLine({ label, value, reach, text = signedNumber(value, 3), title, key,
  onClick = null }) {
  const share = Math.min(Math.abs(value) / reach, 1) * 50;
  const left = value < 0 ? 50 - share : 50;
  const bar = make("i", {
    style: `left: ${left}%; width: ${share}%; background: ${barColour(value)}`,
  });
  const line = make("button", {
    class: "mt-lens-term", type: "button", title, "data-key": key, disabled: !onClick,
    "data-value": String(value), on: onClick ? { click: onClick } : {},
  }, make("span", { text: label }), make("span", { class: "mt-lens-bar" }, bar),
    make("span", { class: "mt-lens-number", text }));
  return make("li", {}, line);
}

export function linkTo(lens, unit, text) {
  return make("button", {
    class: "mt-lens-link", type: "button", text, "data-key": "term 0",
    title: shortName(lens.net, unit),
    on: { click: () => goDown(lens, unit) },
  });
}

export function formula(...parts) {
  return make("p", { "data-name": "formula" }, ...parts);
}

export function sumLine(products, bias, total) {
  const text = bias === null ? `sum = ${number(total, 3)} (no bias)`
    : `sum ${number(products, 3)} + bias ` +
      `${bias < 0 ? `(${number(bias, 3)})` : number(bias, 3)} = ${number(total, 3)}`;
  return formula(text);
}
