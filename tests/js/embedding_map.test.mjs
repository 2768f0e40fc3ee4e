import assert from "node:assert/strict";
import { test } from "node:test";

import {
  frameOf, inSight, neighboursOf, nextPoint, placed, pointAt, project, zoomed,
} from "../../mnist_tutorial/widgets/embedding_map/maths.js";
import { close, expected, row } from "./support.mjs";

const { features, mean, axes, places, nearest, distances } = expected("embedding_map");
const size = mean.length, count = features.length / size;

test("places on the plane are PyTorch's", () => {
  for (let i = 0; i < count; i++) {
    close(project(row(features, i, size), mean, axes), row(places, i, 2), 1e-5);
  }
});

test("the nearest in all dimensions are PyTorch's, without the point itself", () => {
  for (let i = 0; i < count; i++) {
    const nearby = neighboursOf(features, row(features, i, size), 5, i);
    assert.deepEqual(nearby.map(({ index }) => index), nearest[i]);
    close(nearby.map(({ distance }) => distance), row(distances, i, 5), 1e-4);
  }
});

test("all points fit the map, on one scale for both directions, y upwards", () => {
  const frame = frameOf([[0, 0], [4, 1]], 440);
  assert.deepEqual(frame([0, 0.5]), [24, 220]);
  assert.deepEqual(frame([4, 0.5]), [416, 220]);
  assert.deepEqual(frame([2, 1.5]), [220, 122]);
  assert.deepEqual(frame([99, -99]), [432, 432]); // kept inside
});

test("enlarging keeps a point where it is, and never shows what is beyond the map", () => {
  const whole = { scale: 1, x: 0, y: 0 }, home = [100, 300];
  const closer = zoomed(whole, 4, home, 440);
  assert.deepEqual(closer, { scale: 4, x: -300, y: -900 });
  assert.deepEqual(placed({ sight: closer }, home), home);
  assert.deepEqual(zoomed(closer, 1 / 8, home, 440), whole);
  assert.equal(zoomed(closer, 99, home, 440).scale, 32);
  assert.deepEqual(inSight({ scale: 2, x: 30, y: -999 }, 440), { scale: 2, x: 0, y: -440 });
});

const points = [[100, 100], [110, 100], [200, 140], [100, 60]];
const all = () => true;

test("the nearest point within reach is hit, if it is shown", () => {
  assert.equal(pointAt(points, 107, 101, all, 14), 1);
  assert.equal(pointAt(points, 107, 101, (i) => i !== 1, 14), 0);
  assert.equal(pointAt(points, 150, 100, all, 14), -1);
});

test("a step goes to a near point in that direction, or nowhere", () => {
  assert.equal(nextPoint(points, 0, 1, 0, all), 1);
  assert.equal(nextPoint(points, 1, 1, 0, all), 2);
  assert.equal(nextPoint(points, 0, 0, -1, all), 3);
  assert.equal(nextPoint(points, 0, -1, 0, all), 0);
  assert.equal(nextPoint(points, 2, 0, -1, all), 2); // all are more aside
});
