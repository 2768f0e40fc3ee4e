// One number of the map as the sum that it is, and the map's size, worked out.

import { colourOf, GREY, readableOn, SIGNED } from "../shared/colours.js";
import { make } from "../shared/dom.js";
import { largest, number, sum } from "../shared/numbers.js";
import { mapSize, poolWindow } from "./maths.js";

// Three grids, cell by cell: pixels × weights = products.
export function termsGrids() {
  const grids = ["pixels", "weights", "products"].map(numberGrid);
  const [pixels, weights, products] = grids;
  const sign = (text) => make("span", { class: "mt-sign", text });
  const element = make("div", { class: "mt-terms" },
    pixels.element, sign("×"), weights.element, sign("="), products.element);
  return { element, grids };
}

function numberGrid(name) {
  const cells = Array.from({ length: 9 }, () => make("td", {}));
  const rows = [0, 3, 6].map((k) => make("tr", {}, ...cells.slice(k, k + 3)));
  const title = make("caption", { text: name });
  const element = make("table", { class: "mt-grid", "data-grid": name }, title,
    make("tbody", {}, ...rows));
  return { element, title, cells };
}

// `pixels`: the window's, as `windowAt` gives them. The result is the sum of the products.
export function showTerms({ grids }, pixels, weights, flip) {
  const products = pixels.map((pixel, k) => pixel.value * weights[k]);
  const [pixelGrid, weightGrid, productGrid] = grids;
  fillGrid(pixelGrid, pixels.map(({ value }) => value), GREY, [0, 1]);
  pixelGrid.cells.forEach((cell, k) => {
    cell.classList.toggle("mt-outside", !pixels[k].inside);
  });
  weightGrid.title.textContent = flip ? "weights, flipped" : "weights";
  fillGrid(weightGrid, weights, SIGNED, ends(weights));
  fillGrid(productGrid, products, SIGNED, ends(products));
  return sum(products);
}

/** @returns {[number, number]} */
function ends(values) {
  const most = largest(values) || 1;
  return [-most, most];
}

function fillGrid({ cells }, values, lut, [low, high]) {
  cells.forEach((cell, k) => {
    cell.textContent = number(values[k]);
    cell.style.background = colourOf(lut, values[k], low, high);
    cell.style.color = readableOn(lut, values[k], low, high);
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
