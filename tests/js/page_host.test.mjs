import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers";
import { deflateSync } from "node:zlib";

import { mountWidgets } from "../../mnist_tutorial/widgets/page/host.js";
import "./page.mjs";

// What a page asks to be told of: which of its places come near.
class IntersectionObserver {
  constructor(hear, { rootMargin }) {
    Object.assign(this, { hear, rootMargin, watched: new Set() });
  }

  observe(place) { this.watched.add(place); }
  unobserve(place) { this.watched.delete(place); }
}

let observer = /** @type {any} */ (null);
Object.assign(globalThis, { IntersectionObserver: class extends IntersectionObserver {
  constructor(hear, options) {
    super(hear, options);
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

test("what comes near is mounted, the nearest first, the page has its turn between", async (t) => {
  const { of, near, mounted } = opened(t, { below: 900, seen: 100, above: -300, far: 9000 });
  const states = () => ["below", "seen", "above", "far"].map((name) => of(name).dataset.state);
  assert.equal(observer.watched.size, 4);
  assert.match(observer.rootMargin, /^\d+px 0px$/); // above and below what is seen
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
  const kinds = (name) => of(name).children.map((one) => `${one.tagName} ${one.className}`);
  assert.deepEqual([kinds("lost"), kinds("found")], [["P live-failed"], ["DIV live-view"]]);
});

// Views as modules: each hands its model to `seen`. Node imports no blobs, but data.
function withModules(t) {
  const original = URL.createObjectURL, OriginalBlob = globalThis.Blob;
  const parts = new WeakMap(), seen = {};
  globalThis.Blob = class extends OriginalBlob {
    constructor(all, options) {
      super(all, options);
      parts.set(this, all);
    }
  };
  URL.createObjectURL = (blob) => (blob.type !== "text/javascript" ? original(blob)
    : `data:text/javascript,${encodeURIComponent(parts.get(blob).join(""))}`);
  Object.assign(globalThis, { seen });
  t.after(() => Object.assign(globalThis, { Blob: OriginalBlob, seen: undefined }));
  t.after(() => { URL.createObjectURL = original; });
  return seen;
}

const VIEW = `export default { render: ({ model }) => {
  if (model.get("broken")) throw new Error("No view.");
  globalThis.seen[model.get("name")] = model;
} };`;

function widgetText(widget, name, state = {}, bytes = {}) {
  return script(`model ${name}`, JSON.stringify({ widget, state: { name, ...state }, bytes }));
}

async function withWidgets(t, ...widgets) {
  const seen = withModules(t), main = document.createElement("main");
  document.body.append(main);
  t.after(() => main.remove());
  main.append(script("block few", textOf(7)), ...widgets,
    ...["DigitClinic", "KernelBench", "Other"].map((kind) => script(`module ${kind}`, VIEW)));
  const places = widgets.map((one) => {
    const place = document.createElement("div");
    place.dataset.live = one.getAttribute("id").replace("model ", "");
    main.append(place);
    return place;
  });
  mountWidgets();
  observer.hear(places.map((target) => ({ isIntersecting: true, target })));
  await until(() => places.every((place) => place.dataset.state));
  return { seen, places };
}

test("what only answers need is unpacked for the first question, the rest before", async (t) => {
  const bytes = { weights: [["few", []]], page_costs: [["few", []]] };
  const { seen: { clinic } } = await withWidgets(t, widgetText("DigitClinic", "clinic",
    { costs: null, page_progress: "measured" }, bytes));
  assert.ok(clinic.get("without_python"));
  assert.equal(clinic.get("weights").getUint8(0), 7);
  assert.equal(clinic.get("page_costs"), undefined);
  clinic.send({ kind: "cost" });
  await until(() => clinic.get("progress"));
  assert.equal(clinic.get("progress"), "measured");
  assert.equal(clinic.get("costs").getUint8(0), 7);
});

test("an answer that fails is told in the widget, and who needs none is left alone", async (t) => {
  const { seen: { bench, other } } = await withWidgets(t, widgetText("KernelBench", "bench"),
    widgetText("Other", "other"));
  for (const model of [bench, other]) model.send({ kind: "replace" });
  await until(() => bench.get("message"));
  assert.match(bench.get("message"), /^This did not work: /);
  assert.equal(bench.get("busy"), false);
  assert.deepEqual([other.get("message"), other.get("busy")], [undefined, undefined]);
});

test("a view that breaks leaves nothing but a note", async (t) => {
  const { places: [place] } = await withWidgets(t, widgetText("Other", "broken", { broken: true }));
  assert.deepEqual([place.dataset.state, place.children.length], ["failed", 1]);
  assert.match(place.textContent, /No view\./);
});
