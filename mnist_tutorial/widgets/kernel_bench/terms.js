// One number of the map as the sum that it is, and the map's size, worked out.

import { colourOf, readableOn, SIGNED } from "../shared/colours.js";
import { make } from "../shared/dom.js";
import { largest, number } from "../shared/numbers.js";
import { mapSize, poolWindow } from "./maths.js";

const ROWS = ["pixel", "× weight", "= term", "sum so far"];
const HEAD = ["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "bias"];
const CELL_STYLE = "width: 58px; padding: 1px 6px; text-align: right";
const ROW_HEAD_STYLE = "padding-right: 8px; text-align: left; font-weight: normal; " +
  "white-space: nowrap";

// A table of nine columns and the bias: pixel, weight, their product, the sum so far.
export function termsTable() {
  const cells = ROWS.map(() => HEAD.slice(1).map(() => make("td", { style: CELL_STYLE })));
  const head = HEAD.map((text) => make(text ? "th" : "td", { text,
    scope: text ? "col" : null, style: `${CELL_STYLE}; font-weight: normal` }));
  const rows = ROWS.map((text, k) => make("tr",
    { "data-terms": text.replace(/^\W+/, "") },
    make("th", { scope: "row", text, style: ROW_HEAD_STYLE }), ...cells[k]));
  const element = make("table", {
    "aria-label": "the terms of the sum",
    style: "border-collapse: collapse; color: inherit; font: inherit; font-size: 12px",
  }, make("thead", {}, make("tr", { class: "mt-faint" }, ...head)),
  make("tbody", {}, ...rows));
  return { element, cells };
}

// `pixels`: the window's, as `windowAt` gives them.
export function showTerms({ cells }, pixels, weights, bias) {
  const terms = [...pixels.map((cell, k) => cell.value * weights[k]), bias];
  const most = largest(terms) || 1;
  let total = 0;
  terms.forEach((term, k) => {
    total += term;
    const texts = [k < 9 ? number(pixels[k].value) : "", k < 9 ? number(weights[k]) : "",
      number(term), number(total)];
    texts.forEach((text, row) => { cells[row][k].textContent = text; });
    cells[2][k].style.background = colourOf(SIGNED, term, -most, most);
    cells[2][k].style.color = readableOn(SIGNED, term, -most, most);
  });
}

// What ReLU and pool make of the number y, as the end of its sentence. `at`: its place,
// after the pool if there is one.
export function afterwardsText(raw, output, at, y, { relu, pool }) {
  const positive = relu ? ` → ReLU ${number(Math.max(0, y))}` : "";
  if (!pool) return positive;
  const four = poolWindow(raw.size, at.i, at.j).map((k) => raw.values[k]);
  const shown = four.map((one) => number(relu ? Math.max(0, one) : one)).join(", ");
  const most = output.values[at.i * output.size + at.j];
  return `${positive} → pool: max(${shown}) = ${number(most)}`;
}

// The sentence that says how large the map is, and why.
export function sizeText(settings) {
  const { stride, padding, dilation, pool } = settings;
  const span = 2 * dilation + 1, size = mapSize(settings);
  const window = dilation === 1 ? "3" : `(${dilation}·(3 − 1) + 1)`;
  const map = `Size of the map: ⌊(28 + 2·${padding} − ${window}) / ${stride}⌋ + 1 = ` +
    `⌊${28 + 2 * padding - span} / ${stride}⌋ + 1 = ${size}`;
  return pool ? `${map}; after the pool ⌊${size} / 2⌋ = ${Math.floor(size / 2)}` : map;
}
