import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { inflated } from "../../mnist_tutorial/widgets/page/bytes.js";
import { unpacked } from "../../mnist_tutorial/widgets/page/model.js";
import { floatsOf } from "../../mnist_tutorial/widgets/shared/python.js";

const textOf = (...arrays) => deflateSync(Buffer.concat(arrays.map((one) =>
  Buffer.from(one.buffer)))).toString("base64");
const every = Uint8Array.from({ length: 1000 }, (_, k) => (k * 7) % 256);

test("bytes come out of a page as they went in, also in an older browser", async (t) => {
  const own = /** @type {any} */ (Uint8Array), before = own.fromBase64;
  t.after(() => { own.fromBase64 = before; });
  own.fromBase64 = undefined;
  assert.deepEqual(await inflated(textOf(every)), every);
  own.fromBase64 = (text) => Uint8Array.from(Buffer.from(text, "base64"));
  assert.deepEqual(await inflated(textOf(every)), every);
});

test("rounded weights are steps times counts, row by row, block after block", async () => {
  const blocks = {
    a: textOf(Float32Array.of(0.5, 2), Int16Array.of(1, -2, 3, 4, 5, -6), Float32Array.of(9, 8)),
    b: textOf(Float32Array.of(-1), Int16Array.of(7, 11)),
  };
  const parts = [["a", [[2, 3, 16], [1, 2, 32]]], ["b", [[1, 2, 16]]]];
  const { weights, pixels } = await unpacked({ weights: parts, pixels: [["c", []]] },
    (name) => ({ ...blocks, c: textOf(every) })[name]);
  assert.deepEqual([...floatsOf(weights)], [0.5, -1, 1.5, 8, 10, -12, 9, 8, -7, -11]);
  assert.deepEqual(new Uint8Array(pixels.buffer), every);
});
