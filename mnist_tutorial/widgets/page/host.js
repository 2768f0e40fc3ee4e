// The widgets of a page without Python: each is mounted when it comes near.
//
// The page holds, as text of script elements: what `pack.py` has made of each widget
// (id "model ID"), its blocks ("block NAME"), and the module of each kind of widget
// ("module NAME").

import { ANSWERS } from "./answers.js";
import { showFilmstrip } from "./filmstrip.js";
import { newModel, unpacked } from "./model.js";

const NEAR = "600px"; // below and above what is seen

const textOf = (id) => document.getElementById(id)?.textContent || "";
const blockText = (name) => textOf(`block ${name}`);

const views = new Map(); // name of a widget → its module, while it is loaded, too
const models = new Map(); // id → its model, while it is unpacked, too

// Mount every place of the page, `data-live` the id of a model, once it is near.
export function mountWidgets() {
  /** @type {Set<HTMLElement>} */
  const waiting = new Set();
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      waiting.add(/** @type {HTMLElement} */ (target));
      if (waiting.size === 1) mountWaiting(waiting);
    }
  }, { rootMargin: `${NEAR} 0px` });
  document.querySelectorAll("[data-live]").forEach((place) => near.observe(place));
}

// One after the other, what is seen or nearest first; the browser has its turn between.
async function mountWaiting(waiting) {
  while (waiting.size) {
    await new Promise((go) => { setTimeout(go, 0); });
    const [place] = [...waiting].sort((a, b) => distanceOf(a) - distanceOf(b));
    await mountWidget(place);
    waiting.delete(place);
  }
}

// How many pixels a place lies above or below what is seen.
/** @param {HTMLElement} place */
function distanceOf(place) {
  const { top, bottom } = place.getBoundingClientRect();
  return Math.max(0, top - window.innerHeight, -bottom);
}

// The still stays where a widget cannot be mounted, and says so; the others go on.
/** @param {HTMLElement} place */
async function mountWidget(place) {
  const el = document.createElement("div");
  el.className = "live-view";
  try {
    const { widget, model } = await remembered(models, place.dataset.live, modelOf);
    const { default: view } = await remembered(views, widget, viewOf);
    place.append(el);
    await view.render({ model, el });
    place.dataset.state = "live";
  } catch (error) {
    el.remove();
    place.dataset.state = "failed";
    const note = document.createElement("p");
    note.className = "live-failed";
    note.textContent = "This one cannot be shown live in this browser; here is its " +
      `picture. (${error})`;
    place.append(note);
  }
}

function remembered(known, key, make) {
  if (!known.has(key)) known.set(key, make(key));
  return known.get(key);
}

// What only answers need, the traits `page_…`, is unpacked for the first question.
async function modelOf(id) {
  const { widget, state, bytes } = JSON.parse(textOf(`model ${id}`));
  const part = (isLater) => unpacked(Object.fromEntries(Object.entries(bytes)
    .filter(([name]) => name.startsWith("page_") === isLater)), blockText);
  const traits = { ...state, ...await part(false), without_python: true };
  const answer = ANSWERS[widget] || (() => {});
  /** @type {ReturnType<typeof unpacked> | null} */
  let later = null;
  return { widget, model: newModel(traits, async (model, content, buffers) => {
    // An answer that fails is told in the widget, as Python's would be.
    try {
      later ??= part(true);
      model.set(await later);
      await answer(model, content, buffers);
    } catch (error) {
      model.set({ busy: false, message: `This did not work: ${error}` });
    }
  }) };
}

async function viewOf(name) {
  if (name === "Filmstrip") return { default: { render: showFilmstrip } };
  const source = new Blob([textOf(`module ${name}`)], { type: "text/javascript" });
  return import(URL.createObjectURL(source));
}
