// The panel beside the layers: where a number comes from, or all about a channel.

import { painted } from "../shared/dom.js";
import { aboutChannel } from "./card.js";
import { tellUnit } from "./marks.js";
import { holdStill, levelPanel, placePanel, showBoth } from "./place.js";
import { askValue } from "./questions.js";
import { pinnedOf } from "./state.js";
import { keyOf } from "./units.js";
import { hint, whereFrom } from "./where.js";

export function drawPanel(lens) {
  const { panel, card, root } = lens;
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const focused = panel.contains(active) ? active : null;
  const unit = pinnedOf(lens);
  const content = card ? aboutChannel(lens) : unit ? whereFrom(lens, unit) : [hint()];
  panel.replaceChildren(...content);
  root.dataset.unit = unit && !card ? keyOf(unit) : "";
  if (focused) focusPanel(lens, focused.dataset.key);
  if (unit && unit.layer >= 0 && !card) askValue(lens, unit);
}

export function showPanel(lens, began) {
  for (const view of lens.views) view.paint();
  tellUnit(lens, lens.pointed || pinnedOf(lens));
  holdStill(lens, () => {
    placePanel(lens);
    drawPanel(lens);
  });
  levelPanel(lens);
  showBoth(lens);
  painted(lens.root, began);
}

// After a step by key the reading goes on at the panel's heading, or at one of its
// controls if it has that.
/**
 * @param {any} lens
 * @param {string | null} [key]
 */
export function focusPanel({ panel }, key = null) {
  const control = panel.querySelector(`[data-key="${key}"]`);
  (control || panel.querySelector("[tabindex='-1']")).focus({ preventScroll: true });
}
