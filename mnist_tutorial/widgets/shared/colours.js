// Colours: grey levels as data.py normalises them, tables of 256 colours, the page's own.

export const MEAN = 0.1307, STD = 0.3081; // of MNIST's pixels, 0 to 1
export const BLACK = -MEAN / STD, WHITE = (1 - MEAN) / STD; // once normalised

function lookupTable(...stops) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    const mixed = stops[k].map((a, j) => Math.round(a + (stops[k + 1][j] - a) * (at - k)));
    table[i] = (255 << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
  }
  return table;
}

export const GREY = lookupTable([0, 0, 0], [255, 255, 255]);
// Ink on paper: 0 is white, 1 is black.
export const PAPER = lookupTable([255, 255, 255], [0, 0, 0]);
// Negative blue, zero nearly white, positive red: told apart by every kind of eye.
export const SIGNED = lookupTable([5, 48, 97], [67, 137, 190], [247, 247, 247],
  [210, 98, 80], [103, 0, 31]);
export const VIRIDIS = lookupTable([68, 1, 84], [65, 68, 135], [42, 120, 142],
  [34, 168, 132], [122, 209, 81], [253, 231, 37]);

function wordOf(lut, value, low, high) {
  const index = high > low ? ((value - low) / (high - low)) * 256 : 0;
  return lut[Math.min(255, Math.max(0, Math.floor(index) || 0))];
}

export function colourOf(lut, value, low, high) {
  const word = wordOf(lut, value, low, high);
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

// Black or white, whichever stands out more from that colour (WCAG 2.2, relative
// luminance: above 0.179 it is black).
export function readableOn(lut, value, low, high) {
  const word = wordOf(lut, value, low, high);
  const [red, green, blue] = [0, 8, 16].map((shift) => {
    const part = ((word >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

// The page's colours for what is drawn on a canvas.
export function inkOf(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--mt-${name}`).trim();
  const names = ["text", "faint", "line", "background", "accent", "good", "bad"];
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}
