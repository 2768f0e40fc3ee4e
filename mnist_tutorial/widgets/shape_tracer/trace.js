// What follows from a stack of layers alone: shapes, parameters, MACs, receptive fields.

// What a reader can set of each kind of layer: [name, label, lowest, default].
/** @type {Record<string, [string, string, number, number | null][]>} */
export const LAYER_FIELDS = {
  conv: [["filters", "filters", 1, 32], ["kernel", "kernel", 1, 3],
    ["stride", "stride", 1, 1], ["padding", "pad", 0, 1], ["dilation", "dil.", 1, 1]],
  "max pool": [["kernel", "kernel", 1, 2], ["stride", "stride", 1, 2]],
  "average pool": [["kernel", "kernel", 1, 2], ["stride", "stride", 1, 2]],
  relu: [],
  flatten: [],
  view: [["features", "view(−1,", 1, 6272]],
  linear: [["inputs", "inputs", 1, null], ["outputs", "outputs", 1, 10]],
  softmax: [],
};

export const LARGEST_NUMBER = 100000;
export const MOST_IMAGES = 1000; // at once; Python takes no more either

class StackError extends Error {}

// One row a layer: {shape, parameters, macs, field, jump, note} or, at the layer where
// it breaks, {error}; layers behind that have no row.
export function traceStack(layers, batch) {
  const rows = [];
  let shape = [batch, 1, 28, 28], jump = 1;
  let field = /** @type {number | null} */ (1); // null: all pixels
  for (const layer of layers) {
    try {
      const after = traceLayer(layer, shape);
      if (layer.kernel && field !== null) {
        field += (layer.kernel - 1) * (layer.dilation || 1) * jump;
        jump *= layer.stride;
      }
      // From the first layer on that mixes all places, everything is seen.
      if (["flatten", "view", "linear"].includes(layer.kind)) field = null;
      rows.push({ parameters: 0, macs: 0, note: "", ...after, jump, field });
      shape = after.shape;
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      rows.push({ error: error.message });
      break;
    }
  }
  return rows;
}

function traceLayer(layer, shape) {
  switch (layer.kind) {
    case "conv": return traceConvolution(layer, shape);
    case "max pool":
    case "average pool": return tracePool(layer, shape);
    case "flatten": return { shape: [shape[0], product(shape.slice(1))] };
    case "view": return traceView(layer, shape);
    case "linear": return traceLinear(layer, shape);
    case "softmax": return { shape, note: "The loss has its own softmax: return logits." };
    default: return { shape };
  }
}

function traceConvolution(layer, shape) {
  const after = slide(layer, shape, layer.filters);
  const weights = shape[1] * layer.kernel ** 2;
  return {
    shape: after,
    parameters: layer.filters * (weights + 1),
    macs: weights * product(after.slice(1)),
  };
}

function tracePool(layer, shape) {
  const after = slide(layer, shape, shape[1]);
  const dropped = shape[2] - (after[2] - 1) * layer.stride - layer.kernel;
  const note = dropped <= 0 ? "" : dropped === 1
    ? "The last row and column are dropped."
    : `The last ${dropped} rows and columns are dropped.`;
  return { shape: after, note };
}

// The shape after a kernel, or a pool's window, has gone over maps.
function slide(layer, shape, channels) {
  const { kernel, stride, padding = 0, dilation = 1 } = layer;
  if (shape.length !== 4) {
    throw new StackError(`A ${layer.kind} takes maps (N, C, H, W), but rows ` +
      `(${shape.join(", ")}) arrive: put it before flatten.`);
  }
  const reach = dilation * (kernel - 1) + 1;
  const sizes = shape.slice(2).map((size) => {
    const room = size + 2 * padding;
    if (reach <= room) return Math.floor((room - reach) / stride) + 1;
    throw new StackError(`The kernel reaches over ${reach} pixels, but the map has ` +
      `only ${room}${padding ? " with its padding" : ""}: take a smaller kernel, more ` +
      "padding, or one pool less.");
  });
  return [shape[0], channels, ...sizes];
}

function traceView(layer, shape) {
  const each = product(shape.slice(1)), all = shape[0] * each;
  if (all % layer.features) {
    throw new StackError(`${shape[0]} images bring ${grouped(each)} numbers each, ` +
      `${grouped(all)} in all: they cannot be cut into rows of ` +
      `${grouped(layer.features)}. Use flatten.`);
  }
  const N = all / layer.features;
  const note = N === shape[0] ? "" : `N was ${shape[0]} and is now ${N}: images flow ` +
    "into each other, and nothing stops.";
  return { shape: [N, layer.features], note };
}

function traceLinear(layer, shape) {
  const arriving = shape[shape.length - 1], inputs = layer.inputs || arriving;
  if (inputs !== arriving) {
    const sides = shape.length === 4
      ? ` in each row of a map (${shape.join(", ")}): put flatten before it.`
      : `: set inputs to ${grouped(arriving)}.`;
    throw new StackError(`This layer expects ${grouped(inputs)} numbers, but ` +
      `${grouped(arriving)} arrive${sides}`);
  }
  const note = shape.length === 4
    ? "Without flatten, each row of a map is taken for itself." : "";
  const after = [...shape.slice(0, -1), layer.outputs];
  return {
    shape: after, note,
    parameters: layer.outputs * (inputs + 1),
    macs: inputs * product(after.slice(1)),
  };
}

// The input pixels that the middle unit after `layers` sees: half-open, unclipped.
export function middleField(layers, size) {
  const middle = Math.floor(size / 2);
  let top = middle, bottom = middle + 1;
  for (const layer of [...layers].reverse()) {
    if (!layer.kernel) continue;
    const { kernel, stride, padding = 0, dilation = 1 } = layer;
    top = top * stride - padding;
    bottom = (bottom - 1) * stride - padding + dilation * (kernel - 1) + 1;
  }
  return { top, bottom };
}

function product(sizes) {
  return sizes.reduce((a, b) => a * b, 1);
}

// 1234567 as 1,234,567.
export function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}
