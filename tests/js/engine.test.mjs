import assert from "node:assert/strict";
import { test } from "node:test";

import {
  forward, network, receptiveField,
} from "../../mnist_tutorial/widgets/shared/engine.js";
import { sum } from "../../mnist_tutorial/widgets/shared/numbers.js";
import { close, expected, row } from "./support.mjs";

const { networks, answers, fields } = expected("engine");

networks.forEach(({ layers, weights, images, outputs }, k) => {
  const names = layers.map(({ name }) => name);
  test(`every layer of network ${k} (${names.join(", ")}) equals PyTorch's`, () => {
    const net = network(layers, weights), count = images.length / 784;
    for (let i = 0; i < count; i++) {
      const result = forward(net, row(images, i, 784));
      assert.equal(result.length, outputs.length);
      result.forEach((values, j) => {
        assert.equal(outputs[j].length, count * values.length);
        const right = row(outputs[j], i, values.length);
        close(values, right, 1e-4, `${names[j]} of image ${i}`);
      });
    }
  });
});

test("the shipped network answers many digits as PyTorch does", () => {
  const net = network(answers.layers, answers.weights);
  for (let i = 0; i < answers.images.length / 784; i++) {
    const result = forward(net, row(answers.images, i, 784));
    close(result[result.length - 1], row(answers.logits, i, 10), 1e-4, `image ${i}`);
  }
});

test("a layer's output can be changed before the next reads it", () => {
  const { layers, weights, images } = networks[0];
  const net = network(layers, weights), image = row(images, 0, 784), seen = [];
  const result = forward(net, image, (i, values) => {
    seen.push(i);
    if (i === 0) values.fill(0);
  });
  assert.deepEqual(seen, layers.map((_, i) => i));
  assert.equal(sum(result[1]), 0); // ReLU of nothing
});

test("a receptive field is where the gradient arrives", () => {
  const net = network(fields.layers, new Float32Array(0));
  for (const { layer, row: r, column, box } of fields.boxes) {
    const { top, left, bottom, right } = receptiveField(net, layer, r, column);
    const inside = [Math.max(top, 0), Math.max(left, 0), Math.min(bottom, 28),
      Math.min(right, 28)];
    assert.deepEqual(inside, box, `layer ${layer}`);
  }
});
