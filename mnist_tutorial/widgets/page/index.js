// The first page: how far its reader is, as far as the browser knows.

import { addControls, keptSetting } from "./reading.js";

addControls();
for (const place of /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll("[data-keys]"))) {
  const all = (place.dataset.keys || "").split(" ");
  const right = all.filter((key) => keptSetting(`answer ${key}`) === "right").length;
  const questions = `${all.length} question${all.length > 1 ? "s" : ""}`;
  place.textContent = right ? `${right} of ${questions} answered right`
    : `${questions} to answer`;
}
