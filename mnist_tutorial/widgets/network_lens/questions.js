// What only Python knows: PyTorch's own value, and what takes all validation images.

import { painted } from "../shared/dom.js";
import { number } from "../shared/numbers.js";
import { floatsOf } from "../shared/python.js";
import { offList } from "./state.js";
import { keyOf, switchOf } from "./units.js";

const CALM = 250; // ms without a stroke before PyTorch is asked again

// PyTorch is asked once the stroke has come to rest, and once for each image and unit.
export function askValue(lens, unit) {
  const key = [lens.chosen, keyOf(unit), ...offList(lens)].join(" ");
  const { torch } = lens;
  if (!torch || torch.key !== key || torch.image !== lens.image) {
    lens.torch = { key, image: lens.image, text: "asking …", value: null };
    clearTimeout(lens.timer);
    const soon = performance.now() - lens.askedAt < CALM;
    lens.askedAt = performance.now();
    lens.timer = setTimeout(() => sendValue(lens, unit), soon ? CALM : 0);
  }
  tellTorch(lens);
}

function sendValue(lens, { layer, channel, row, column }) {
  const { torch } = lens;
  const unit = [layer, channel, row, column];
  const tell = (text, value) => {
    Object.assign(torch, { text, value });
    tellTorch(lens);
    painted(lens.root);
  };
  ask(lens, { kind: "value", unit, off: offList(lens) }, {
    buffers: [torch.image.slice().buffer],
    answered: ({ value }) => tell(number(value, 4), value),
    failed: (why) => tell(why, null),
  });
}

function tellTorch({ panel, torch }) {
  const cell = panel.querySelector("[data-name=torch]");
  if (!cell) return;
  cell.textContent = torch.text;
  cell.dataset.value = torch.value === null ? "" : String(torch.value);
}

export function findStrongest(lens, card) {
  const show = (strongest) => {
    card.strongest = strongest;
    lens.redraw.panel();
  };
  show({ text: `Looking through ${lens.count} validation images …` });
  const { block, channel } = card;
  askAtLength(lens, { kind: "strongest", layer: switchOf(block), channel },
    (answer, [images]) => show({ ...answer, images: floatsOf(images) }),
    (text) => show({ text }));
}

export function measureAccuracy(lens, card) {
  const off = offList(lens);
  const show = (accuracy) => {
    // Meanwhile another channel may have been switched.
    if (String(off) !== String(offList(lens))) return;
    card.accuracy = accuracy;
    lens.redraw.panel();
  };
  show({ text: `Reading ${lens.count} validation images …` });
  askAtLength(lens, { kind: "accuracy", off }, show, (text) => show({ text }));
}

function askAtLength(lens, question, show, tell) {
  const thenPainted = (react) => (...answer) => {
    react(...answer);
    painted(lens.root);
  };
  ask(lens, question, { answered: thenPainted(show), failed: thenPainted(tell) });
}

function ask({ asker, names, chosen }, question, how) {
  asker.ask({ ...question, model: names[chosen] }, how);
}
