// The widgets of a page without Python: each is mounted when it comes near.
//
// The page holds, as text of script elements: what `pack.py` has made of each widget
// (id "model ID"), its blocks ("block NAME"), and the module of each kind of widget
// ("module NAME").

import { ANSWERS } from "./answers.js";
import { newModel, unpackedState } from "./model.js";

const NEAR = "600px"; // below and above what is seen

const textOf = (id) => document.getElementById(id)?.textContent || "";

const views = new Map(); // name of a widget → its module, while it is loaded, too
const models = new Map(); // id → its model, while it is unpacked, too

// Mount every place of the page, `data-live` the id of a model, once it is near.
export function mountWidgets() {
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mountWidget(/** @type {HTMLElement} */ (target));
    }
  }, { rootMargin: `${NEAR} 0px` });
  document.querySelectorAll("[data-live]").forEach((place) => near.observe(place));
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

async function modelOf(id) {
  const packed = JSON.parse(textOf(`model ${id}`));
  const state = await unpackedState(packed, (name) => textOf(`block ${name}`));
  const { widget } = packed;
  return { widget, model: newModel(state, guarded(ANSWERS[widget] || (() => {}))) };
}

// An answer that fails is told in the widget, as Python's would be.
function guarded(answer) {
  return async (model, content, buffers) => {
    try {
      await answer(model, content, buffers);
    } catch (error) {
      model.set({ busy: false, message: `This did not work: ${error}` });
    }
  };
}

function viewOf(name) {
  const source = new Blob([textOf(`module ${name}`)], { type: "text/javascript" });
  return import(URL.createObjectURL(source));
}
