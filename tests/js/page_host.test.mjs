import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers";
import { deflateSync } from "node:zlib";

import { mountWidgets } from "../../mnist_tutorial/widgets/page/host.js";
import "./page.mjs";

// What a page asks to be told of: which of its places come near.
class IntersectionObserver {
  constructor(hear) { Object.assign(this, { hear, watched: new Set() }); }
  observe(place) { this.watched.add(place); }
  unobserve(place) { this.watched.delete(place); }
}

let observer = /** @type {any} */ (null);
Object.assign(globalThis, { IntersectionObserver: class extends IntersectionObserver {
  constructor(hear) {
    super(hear);
    observer = this;
  }
} });

function script(id, text) {
  const element = document.createElement("script");
  element.setAttribute("id", id);
  element.textContent = text;
  return element;
}

const textOf = (k) => deflateSync(Uint8Array.of(k)).toString("base64");
const modelText = (name) => JSON.stringify({ widget: "Filmstrip",
  state: { label: name, values: [1], start: 0 }, bytes: { frame_0: [[`of ${name}`, []]] } });

// A page with a place for each name, from this pixel on; without its model, if it is lost.
function opened(t, tops, lost = []) {
  const main = document.createElement("main"), mounted = [];
  for (const [name, top] of Object.entries(tops)) {
    const place = document.createElement("div");
    place.dataset.live = name;
    place.getBoundingClientRect = () => ({ top, bottom: top + 50 });
    const append = place.append.bind(place);
    place.append = (...nodes) => {
      append(...nodes);
      mounted.push(name);
      setTimeout(() => mounted.push("the page's turn"), 0);
    };
    main.append(place);
    if (!lost.includes(name)) main.append(script(`model ${name}`, modelText(name)));
    main.append(script(`block of ${name}`, textOf(top & 255)));
  }
  document.body.append(main);
  t.after(() => main.remove());
  mountWidgets();
  const of = (name) => main.querySelector(`[data-live=${name}]`);
  const near = (...names) => observer.hear(names.map((name) =>
    ({ isIntersecting: true, target: of(name) })));
  return { of, near, mounted };
}

async function until(isSo) {
  for (let k = 0; k < 1000 && !isSo(); k++) await new Promise((go) => { setTimeout(go, 0); });
  assert.ok(isSo());
}

test("widgets are mounted once they are near, the nearest first, the page in between", async (t) => {
  const { of, near, mounted } = opened(t, { below: 900, seen: 100, above: -300, far: 9000 });
  const states = () => ["below", "seen", "above", "far"].map((name) => of(name).dataset.state);
  assert.equal(observer.watched.size, 4);
  observer.hear([{ isIntersecting: false, target: of("far") }]);
  near("below", "above", "seen");
  await until(() => states().filter(Boolean).length === 3);
  assert.deepEqual(states(), ["live", "live", "live", undefined]);
  assert.deepEqual(mounted.filter((one) => one !== "the page's turn"), ["seen", "above", "below"]);
  for (const [k, one] of mounted.entries()) {
    if (one !== "the page's turn" && k) assert.equal(mounted[k - 1], "the page's turn");
  }
  assert.deepEqual([...observer.watched], [of("far")]);
  near("far"); // the reader goes on
  await until(() => of("far").dataset.state);
  assert.equal(of("far").querySelector("input").getAttribute("aria-label"), "far");
});

test("a widget that cannot be mounted says so, and the others go on", async (t) => {
  const { of, near } = opened(t, { lost: 100, found: 200 }, ["lost"]);
  near("lost", "found");
  await until(() => of("found").dataset.state);
  assert.deepEqual(["lost", "found"].map((name) => of(name).dataset.state), ["failed", "live"]);
  assert.match(of("lost").textContent, /^This one cannot be shown live in this browser/);
  assert.equal(of("lost").querySelector(".live-view"), null);
  assert.equal(of("found").querySelector(".live-failed"), null);
});
