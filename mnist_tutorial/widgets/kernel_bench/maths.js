// What KernelBench computes: the map of a digit under a 3 × 3 kernel, and back from a
// map to its kernel. `settings` are {stride, padding, dilation, ...}, as in PyTorch.

export const SIDE = 28; // of a digit, in pixels

// Cross-correlation of a square image with nine weights: {values, size}.
export function correlate(image, weights, bias, settings) {
  const { stride, padding, dilation } = settings;
  const size = mapSize(settings), values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const top = i * stride - padding, left = j * stride - padding;
      let total = bias;
      for (let m = 0; m < 3; m++) {
        const row = top + m * dilation;
        if (row < 0 || row >= SIDE) continue;
        for (let n = 0; n < 3; n++) {
          const column = left + n * dilation;
          if (column < 0 || column >= SIDE) continue;
          total += image[row * SIDE + column] * weights[3 * m + n];
        }
      }
      values[i * size + j] = total;
    }
  }
  return { values, size };
}

export function mapSize({ stride, padding, dilation }) {
  return Math.floor((SIDE + 2 * padding - (2 * dilation + 1)) / stride) + 1;
}

// The nine pixels under the window at (i, j): {row, column, value}; 0 in the padding.
export function windowAt(image, i, j, { stride, padding, dilation }) {
  const cells = [];
  for (let k = 0; k < 9; k++) {
    const row = i * stride - padding + Math.floor(k / 3) * dilation;
    const column = j * stride - padding + (k % 3) * dilation;
    const inside = inImage(row) && inImage(column);
    cells.push({ row, column, inside, value: inside ? image[row * SIDE + column] : 0 });
  }
  return cells;
}

function inImage(index) {
  return index >= 0 && index < SIDE;
}

export function flipped(weights) {
  return Array.from(weights).reverse();
}

// The weights with which an image is correlated.
export function weightsOf({ kernel, flip }) {
  return flip ? flipped(kernel) : kernel;
}

// What is shown as the map: after ReLU and pool, where they are on.
export function afterPool(map, { relu, pool }) {
  const positive = relu
    ? { values: map.values.map((value) => Math.max(0, value)), size: map.size } : map;
  return pool ? maxPool(positive) : positive;
}

// Max pool 2 × 2; a last row or column that is alone is dropped.
function maxPool({ values, size }) {
  const half = Math.floor(size / 2), pooled = new Float32Array(half * half);
  for (let i = 0; i < half; i++) {
    for (let j = 0; j < half; j++) {
      pooled[i * half + j] = Math.max(...poolWindow(size, i, j).map((k) => values[k]));
    }
  }
  return { values: pooled, size: half };
}

// Where in the map the four numbers of a pool's window stand.
export function poolWindow(size, i, j) {
  const corner = 2 * i * size + 2 * j;
  return [corner, corner + 1, corner + size, corner + size + 1];
}

// The image moved by whole pixels; black where nothing comes from.
export function shifted(image, down, right) {
  const moved = new Float32Array(image.length);
  for (let r = 0; r < SIDE; r++) {
    for (let c = 0; c < SIDE; c++) {
      if (!inImage(r - down) || !inImage(c - right)) continue;
      moved[r * SIDE + c] = image[(r - down) * SIDE + c - right];
    }
  }
  return moved;
}

// Nine weights that make this map of this image, by least squares; null if its windows
// do not settle them.
export function fitKernel(image, target, settings) {
  const rows = Array.from({ length: 9 }, () => new Float64Array(10));
  for (let i = 0; i < target.size; i++) {
    for (let j = 0; j < target.size; j++) {
      const cells = windowAt(image, i, j, settings);
      for (let m = 0; m < 9; m++) {
        if (!cells[m].value) continue;
        for (let n = 0; n < 9; n++) rows[m][n] += cells[m].value * cells[n].value;
        rows[m][9] += cells[m].value * target.values[i * target.size + j];
      }
    }
  }
  return solve(rows);
}

// Gauss and Jordan, with the largest pivot of each column.
function solve(rows) {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let r = k + 1; r < n; r++) {
      if (Math.abs(rows[r][k]) > Math.abs(rows[best][k])) best = r;
    }
    if (Math.abs(rows[best][k]) < 1e-6) return null;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let r = 0; r < n; r++) {
      if (r === k) continue;
      const factor = rows[r][k] / rows[k][k];
      for (let c = k; c <= n; c++) rows[r][c] -= factor * rows[k][c];
    }
  }
  return rows.map((row, k) => row[n] / row[k]);
}
