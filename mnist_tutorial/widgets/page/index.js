// The first page: how far its reader is, as far as the browser knows.

import { addControls, keptSetting } from "./reading.js";

addControls();
for (const place of /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll("[data-keys]"))) {
  const all = (place.dataset.keys || "").split(" ");
  const right = all.filter((key) => keptSetting(`answer ${key}`) === "right").length;
  place.textContent = right ? `${right} of ${all.length} questions answered right`
    : `${all.length} questions to answer`;
}
