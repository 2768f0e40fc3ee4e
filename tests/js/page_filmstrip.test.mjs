import assert from "node:assert/strict";
import { resolveObjectURL } from "node:buffer";
import { test } from "node:test";

import { showFilmstrip } from "../../mnist_tutorial/widgets/page/filmstrip.js";
import { outline, set } from "./page.mjs";
import { compare } from "./session.mjs";
import { fakeModel } from "./support.mjs";

const VALUES = [-1.5, 0, 2, 4];
const frame = (k) => new DataView(Uint8Array.of(137, k, 80).buffer);

function opened(alt = null) {
  const traits = { label: "shift", values: VALUES, start: 2,
    ...Object.fromEntries(VALUES.map((_, k) => [`frame_${k}`, frame(k)])) };
  const place = document.createElement("div"), el = document.createElement("div");
  if (alt) {
    const still = document.createElement("img");
    place.append(Object.assign(still, { alt }));
  }
  place.append(el);
  showFilmstrip({ model: fakeModel({ get: (name) => traits[name] }), el });
  return el;
}

const parts = (el) => [el.querySelector("input"), el.querySelector("img"),
  el.querySelector("output")];

// The slider's value in words, and which frame is shown.
async function shown(el) {
  const [slider, picture, said] = parts(el), blob = resolveObjectURL(picture.src);
  assert.equal(slider.getAttribute("aria-valuetext"), said.textContent);
  assert.equal(blob.type, "image/png");
  return [said.textContent, new Uint8Array(await blob.arrayBuffer())[1]];
}

test("a slider of a notebook begins where it stood, and has a frame for each stop", async () => {
  const el = opened(), [slider] = parts(el);
  assert.deepEqual(await shown(el), ["2", 2]);
  assert.deepEqual([slider.type, slider.getAttribute("min"), slider.max, slider.value],
    ["range", "0", "3", "2"]);
  for (const [k, text] of ["\u22121.5", "0", "2", "4"].entries()) {
    set(slider, k);
    assert.deepEqual(await shown(el), [text, k]);
  }
});

test("its parts look as their list keeps", () => {
  compare("page_filmstrip", outline(opened()).join("\n") + "\n");
});

test("its picture is described as the still was, or else by the slider's label", () => {
  const alt = (el) => el.querySelector("img").alt ?? el.querySelector("img").getAttribute("alt");
  assert.equal(alt(opened("Two curves.")), "Two curves.");
  const el = opened();
  assert.equal(alt(el), "shift");
  assert.equal(parts(el)[0].getAttribute("aria-label"), "shift");
});
