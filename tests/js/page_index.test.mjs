import assert from "node:assert/strict";
import { test } from "node:test";

import { find, page } from "./page.mjs";

function element(tag, id, parent = document.body) {
  const result = document.createElement(tag);
  result.setAttribute("id", id);
  parent.append(result);
  return result;
}

test("the first page has its controls, and says how far its reader is", async () => {
  const controls = element("div", "controls");
  const places = ["one two three", "four", "five six"].map((keys, k) => {
    const place = element("p", `place ${k}`);
    place.dataset.keys = keys;
    return place;
  });
  const kept = { one: "right", two: "wrong", three: "right", five: "wrong", seven: "right" };
  for (const [key, status] of Object.entries(kept)) {
    page.kept.set(`mnist-tutorial answer ${key}`, status);
  }
  await import("../../mnist_tutorial/widgets/page/index.js");
  assert.deepEqual(places.map((place) => place.textContent), [
    "2 of 3 questions answered right", "1 question to answer", "2 questions to answer"]);
  assert.equal(document.documentElement.dataset.theme, "light");
  find(controls, "Dark page").click();
  assert.equal(document.documentElement.dataset.theme, "dark");
  assert.equal(find(controls, "Light page").textContent, "Light page");
});
