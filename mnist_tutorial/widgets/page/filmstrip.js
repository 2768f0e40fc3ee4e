// A plain slider of a notebook: what it draws at some of its values, as pictures. See
// sliders.py.

import { make } from "../shared/dom.js";

/** @param {{ model: any, el: HTMLElement }} place */
export function showFilmstrip({ model, el }) {
  const values = model.get("values"), label = model.get("label");
  const still = /** @type {HTMLImageElement | null} */ (el.parentElement?.querySelector("img"));
  const picture = make("img", { alt: still?.alt || label });
  const said = make("output", {});
  const slider = make("input", { type: "range", min: "0", max: String(values.length - 1),
    value: String(model.get("start")), "aria-label": label });
  const addresses = values.map((_, k) =>
    URL.createObjectURL(new Blob([model.get(`frame_${k}`)], { type: "image/png" })));
  const show = () => {
    const value = String(values[Number(slider.value)]).replace("-", "\u2212");
    picture.src = addresses[Number(slider.value)];
    said.textContent = value;
    slider.setAttribute("aria-valuetext", value);
  };
  slider.addEventListener("input", show);
  show();
  el.append(make("div", { class: "filmstrip" }, make("span", { text: label }), slider, said),
    picture);
}
