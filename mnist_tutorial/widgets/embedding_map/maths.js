// What EmbeddingMap computes: places on the plane, neighbours, and the part that is seen.

export const CLOSEST = 32; // times enlarged

// Where a point with D coordinates lies on the plane; the twin of Plane.project.
export function project(values, mean, axes) {
  const place = [0, 0];
  for (let k = 0; k < mean.length; k++) {
    const moved = values[k] - mean[k];
    place[0] += moved * axes[k];
    place[1] += moved * axes[mean.length + k];
  }
  return place;
}

// The nearest points in all D dimensions, as {index, distance}; not the point itself.
export function neighboursOf(features, values, count, itself = -1) {
  const size = values.length, total = features.length / size;
  const distances = Float64Array.from({ length: total }, (_, i) => {
    let squares = 0;
    for (let k = 0; k < size; k++) squares += (features[i * size + k] - values[k]) ** 2;
    return Math.sqrt(squares);
  });
  return Array.from(distances, (distance, index) => ({ index, distance }))
    .filter(({ index }) => index !== itself)
    .sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, count);
}

// From places on the plane to CSS pixels: one scale for both directions, y upwards.
export function frameOf(places, side) {
  const range = (k) => {
    const values = places.map((place) => place[k]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [low, high]] = [range(0), range(1)];
  const margin = 24;
  const scale = (side - 2 * margin) / Math.max(right - left, high - low, 1e-9);
  const inside = (value) => Math.min(side - 8, Math.max(8, value));
  return (/** @type {number[]} */ [x, y]) => [
    inside(side / 2 + (x - (left + right) / 2) * scale),
    inside(side / 2 - (y - (low + high) / 2) * scale),
  ];
}

// The part of the map that is seen: `scale` times enlarged, moved by (x, y) CSS pixels.
// Enlarge it by a factor, so that `point` stays where it is; no part beyond its edges is
// ever seen.
export function zoomed({ scale, x, y }, factor, point, side) {
  const now = Math.min(CLOSEST, Math.max(1, scale * factor)), grown = now / scale;
  return inSight({ scale: now, x: point[0] - (point[0] - x) * grown,
    y: point[1] - (point[1] - y) * grown }, side);
}

export function inSight({ scale, x, y }, side) {
  const inside = (value) => Math.min(0, Math.max(side - side * scale, value));
  return { scale, x: inside(x), y: inside(y) };
}

// Where a point of the whole map lies on the part that is seen.
export function placed({ sight: { scale, x, y } }, home) {
  return [home[0] * scale + x, home[1] * scale + y];
}

// The point nearest to (x, y) among those that `shown(i)` lets through; -1: none there.
export function pointAt(points, x, y, shown, reach) {
  let best = -1, least = reach * reach;
  points.forEach(([px, py], i) => {
    if (!shown(i)) return;
    const squares = (px - x) ** 2 + (py - y) ** 2;
    if (squares < least) [best, least] = [i, squares];
  });
  return best;
}

// The next point in a direction: near, and more forward than aside.
export function nextPoint(points, from, right, down, shown) {
  const [x, y] = points[from];
  let best = from, least = Infinity;
  points.forEach(([px, py], i) => {
    if (!shown(i)) return;
    const ahead = (px - x) * right + (py - y) * down;
    const aside = Math.abs((px - x) * down) + Math.abs((py - y) * right);
    if (ahead <= 0.5 || aside > ahead) return;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [i, cost];
  });
  return best;
}
