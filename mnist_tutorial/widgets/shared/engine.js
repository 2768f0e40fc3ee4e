// The network in plain JavaScript: the same weights, the same sums as PyTorch's.

// Lay out a packed network (see engine.py): layers with their shapes, weights, biases.
/**
 * @param {any[]} layers
 * @param {Float32Array} weights
 */
export function network(layers, weights) {
  const net = { inputShape: [1, 28, 28], layers, weights,
    shapes: /** @type {number[][]} */ ([]) };
  let shape = net.inputShape;
  for (const layer of layers) {
    shape = shapeAfter(layer, shape);
    net.shapes.push(shape);
  }
  return net;
}

// Several packed networks, of which each says where in `weights` its own lie.
export function networks(packed, weights) {
  return packed.map(({ layers, start, length }) =>
    network(layers, weights.subarray(start, start + length)));
}

/**
 * @param {any} layer
 * @param {number[]} shape
 */
function shapeAfter(layer, [channels, height, width]) {
  switch (layer.kind) {
    case "conv":
      return [
        layer.outputs,
        height + 2 * layer.above - layer.rows + 1,
        width + 2 * layer.left - layer.columns + 1,
      ];
    case "maxpool":
    case "avgpool":
      return [channels, Math.floor(height / layer.size), Math.floor(width / layer.size)];
    case "flatten":
      return [channels * height * width];
    case "linear":
      return [layer.outputs];
    default:
      return height === undefined ? [channels] : [channels, height, width];
  }
}

// The output of every layer for one normalised image: a Float32Array each, flat in the
// order channel, row, column. `edit(i, values)` may change a layer's output before the
// next reads it.
/**
 * @param {ReturnType<typeof network>} net
 * @param {Float32Array} image
 * @param {((i: number, values: Float32Array) => void) | null} [edit]
 */
export function forward(net, image, edit = null) {
  const outputs = [];
  let values = image;
  for (let i = 0; i < net.layers.length; i++) {
    const shape = i > 0 ? net.shapes[i - 1] : net.inputShape;
    values = LAYERS[net.layers[i].kind](net.layers[i], values, shape, net);
    if (edit) edit(i, values);
    outputs.push(values);
  }
  return outputs;
}

const LAYERS = {
  conv: convolve,
  linear: weigh,
  relu: (_, values) => values.map((value) => (value > 0 ? value : 0)),
  flatten: (_, values) => values,
  maxpool: (layer, values, shape) => pool(layer, values, shape, windowMax),
  avgpool: (layer, values, shape) => pool(layer, values, shape, windowMean),
};

// Cross-correlation with zero padding. The input is padded first, and one weight is
// added to a whole map at a time: no test of borders inside the loops, and long rows.
function convolve(layer, values, [channels, height, width], net) {
  const { above, left, rows, columns } = layer;
  const H = height + 2 * above, W = width + 2 * left;
  const padded = padMaps(values, channels, height, width, above, left);
  const outH = H - rows + 1, outW = W - columns + 1;
  const output = new Float32Array(layer.outputs * outH * outW);
  // A map as wide as the padded input: its index then runs along with the input's.
  const span = (outH - 1) * W + outW;
  const sums = new Float32Array(span);
  for (let o = 0; o < layer.outputs; o++) {
    sums.fill(layer.bias === null ? 0 : net.weights[layer.bias + o]);
    let k = layer.weight + o * channels * rows * columns;
    for (let c = 0; c < channels; c++) {
      if (rows === 3 && columns === 3) {
        addNine(sums, padded, c * H * W, W, net.weights, k, span);
        k += 9;
        continue;
      }
      for (let r = 0; r < rows; r++) {
        for (let q = 0; q < columns; q++) {
          const weight = net.weights[k++];
          const start = (c * H + r) * W + q;
          for (let i = 0; i < span; i++) sums[i] += weight * padded[start + i];
        }
      }
    }
    for (let r = 0; r < outH; r++) {
      output.set(sums.subarray(r * W, r * W + outW), (o * outH + r) * outW);
    }
  }
  return output;
}

// The case that matters, written out: nine weights in registers, one pass over a map.
function addNine(sums, padded, start, W, weights, k, span) {
  const a = weights[k], b = weights[k + 1], c = weights[k + 2];
  const d = weights[k + 3], e = weights[k + 4], f = weights[k + 5];
  const g = weights[k + 6], h = weights[k + 7], l = weights[k + 8];
  for (let i = 0, p = start; i < span; i++, p++) {
    sums[i] +=
      a * padded[p] + b * padded[p + 1] + c * padded[p + 2] +
      d * padded[p + W] + e * padded[p + W + 1] + f * padded[p + W + 2] +
      g * padded[p + 2 * W] + h * padded[p + 2 * W + 1] + l * padded[p + 2 * W + 2];
  }
}

function padMaps(values, channels, height, width, above, left) {
  const H = height + 2 * above, W = width + 2 * left;
  const padded = new Float32Array(channels * H * W);
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < height; r++) {
      const row = values.subarray((c * height + r) * width, (c * height + r + 1) * width);
      padded.set(row, (c * H + r + above) * W + left);
    }
  }
  return padded;
}

function pool({ size }, values, [channels, height, width], reduce) {
  const outH = Math.floor(height / size), outW = Math.floor(width / size);
  const output = new Float32Array(channels * outH * outW);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < outH; r++) {
      for (let q = 0; q < outW; q++) {
        const start = (c * height + r * size) * width + q * size;
        output[i++] = reduce(values, start, width, size);
      }
    }
  }
  return output;
}

function windowMax(values, start, width, size) {
  let largest = values[start];
  for (let r = 0; r < size; r++) {
    for (let q = 0; q < size; q++) {
      const value = values[start + r * width + q];
      if (value > largest) largest = value;
    }
  }
  return largest;
}

function windowMean(values, start, width, size) {
  let total = 0;
  for (let r = 0; r < size; r++) {
    for (let q = 0; q < size; q++) total += values[start + r * width + q];
  }
  return total / (size * size);
}

export function weigh(layer, values, _, net) {
  const output = new Float32Array(layer.outputs);
  for (let o = 0; o < layer.outputs; o++) {
    let total = layer.bias === null ? 0 : net.weights[layer.bias + o];
    const start = layer.weight + o * layer.inputs;
    for (let i = 0; i < layer.inputs; i++) total += net.weights[start + i] * values[i];
    output[o] = total;
  }
  return output;
}

// The input pixels that unit (row, column) of layer i depends on: half-open, and past
// the border where it sees padding. A unit behind Flatten sees the whole image.
export function receptiveField(net, i, row, column) {
  if (net.shapes[i].length === 1) return { top: 0, left: 0, bottom: 28, right: 28 };
  let field = { top: row, left: column, bottom: row + 1, right: column + 1 };
  for (let k = i; k >= 0; k--) field = fieldBefore(net.layers[k], field);
  return field;
}

export function fieldBefore(layer, { top, left, bottom, right }) {
  if (layer.kind === "conv") {
    return {
      top: top - layer.above,
      left: left - layer.left,
      bottom: bottom - layer.above + layer.rows - 1,
      right: right - layer.left + layer.columns - 1,
    };
  }
  const size = layer.size || 1;
  return {
    top: top * size, left: left * size, bottom: bottom * size, right: right * size,
  };
}
