// A drawing as the network expects it: the twin of data.prepare_drawing.

import { MEAN, STD } from "./colours.js";

// ink: numbers 0-1, row after row, bright on black. The result holds the image 0-1 and
// `normalised` (both Float32Array(784)), the box cut out of the sheet, the scaled size
// and where it was put; for an empty sheet `empty` is true and the image black.
export function prepareDrawing(ink, height, width, switches = {}) {
  const { invert = false, crop = true, box = true, centre = true, normalise = true } =
    switches;
  const sheet = invert ? Array.from(ink, (value) => 1 - value) : ink;
  const all = { top: 0, left: 0, bottom: height, right: width };
  const bounds = inkBox(sheet, height, width);
  if (!bounds) {
    const image = new Float32Array(784);
    return { empty: /** @type {const} */ (true), image,
      normalised: normalised(image, normalise) };
  }
  const cut = crop ? bounds : all;
  const scaled = scale(sheet, width, cut, box ? 20 : 28);
  const at = centre ? centreOfMass(scaled) : null;
  const place = (length, middle) => {
    const start = middle === null ? (28 - length) / 2 : 14.5 - middle;
    return Math.min(Math.max(Math.floor(start + 0.5), 0), 28 - length);
  };
  const top = place(scaled.height, at && at.row);
  const left = place(scaled.width, at && at.column);
  const image = new Float32Array(784);
  for (let r = 0; r < scaled.height; r++) {
    for (let q = 0; q < scaled.width; q++) {
      image[(top + r) * 28 + left + q] = scaled.values[r * scaled.width + q];
    }
  }
  return { empty: /** @type {const} */ (false), image,
    normalised: normalised(image, normalise), cut, scaled, top, left };
}

function normalised(image, really = true) {
  return really ? image.map((value) => (value - MEAN) / STD) : image.slice();
}

function inkBox(sheet, height, width) {
  const box = { top: height, left: width, bottom: 0, right: 0 };
  for (let r = 0; r < height; r++) {
    for (let q = 0; q < width; q++) {
      if (!sheet[r * width + q]) continue;
      box.top = Math.min(box.top, r);
      box.left = Math.min(box.left, q);
      box.bottom = Math.max(box.bottom, r + 1);
      box.right = Math.max(box.right, q + 1);
    }
  }
  return box.bottom > 0 ? box : null;
}

// Cut a box out of the sheet and scale its longer side to `longest`; each pixel is the
// mean of the area it covers.
function scale(sheet, sheetWidth, cut, longest) {
  const H = cut.bottom - cut.top, W = cut.right - cut.left;
  const factor = longest / Math.max(H, W);
  const height = Math.max(1, Math.floor(H * factor + 0.5));
  const width = Math.max(1, Math.floor(W * factor + 0.5));
  const rows = areaShares(height, H), columns = areaShares(width, W);
  const narrow = new Float64Array(H * width);
  for (let r = 0; r < H; r++) {
    for (let q = 0; q < width; q++) {
      let total = 0;
      for (const [p, share] of columns[q]) {
        total += share * sheet[(cut.top + r) * sheetWidth + cut.left + p];
      }
      narrow[r * width + q] = total;
    }
  }
  const values = new Float64Array(height * width);
  for (let r = 0; r < height; r++) {
    for (const [p, share] of rows[r]) {
      for (let q = 0; q < width; q++) {
        values[r * width + q] += share * narrow[p * width + q];
      }
    }
  }
  return { values, height, width };
}

// For each of `size` means: the pixels it covers of `length`, each with its share.
function areaShares(size, length) {
  return Array.from({ length: size }, (_, k) => {
    const low = (k * length) / size, high = ((k + 1) * length) / size;
    const shares = [];
    for (let p = Math.floor(low); p < Math.min(Math.ceil(high), length); p++) {
      const overlap = Math.min(high, p + 1) - Math.max(low, p);
      if (overlap > 0) shares.push([p, overlap / (high - low)]);
    }
    return shares;
  });
}

function centreOfMass({ values, height, width }) {
  let total = 0, row = 0, column = 0;
  for (let r = 0; r < height; r++) {
    for (let q = 0; q < width; q++) {
      const value = values[r * width + q];
      total += value;
      row += value * (r + 0.5);
      column += value * (q + 0.5);
    }
  }
  return { row: row / total, column: column / total };
}
