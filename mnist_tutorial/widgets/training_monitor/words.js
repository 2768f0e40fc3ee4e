// The sentences of TrainingMonitor.

import { number, percent, signedNumber } from "../shared/numbers.js";

export const LN10 = Math.log(10); // the loss of a network that knows nothing

// Is the first loss that of a network that knows nothing?
export function firstLossText(first) {
  if (first === null) return { text: "", good: true };
  const good = Math.abs(first - LN10) < 0.3;
  const text = `first loss ${number(first)}: ${good ? "near" : "not near"} ln 10`;
  return { text, good };
}

// Where a lane has come to, a line each; see `lanes` of the widget.
export function progressTexts({ steps, last, recent, look, checks }) {
  const mean = recent === null ? "" : `, mean of the last 20: ${number(recent, 3)}`;
  const texts = [`step ${steps}: loss ${number(last ?? NaN, 3)}${mean}`];
  if (checks.length) {
    const [step, loss, accuracy] = checks.at(-1);
    texts.push(`on validation after ${step}: loss ${number(loss ?? NaN, 3)}, accuracy ` +
      percent(accuracy));
  }
  if (look) {
    const [, predicted, real] = look;
    texts.push(`this step, same batch: the loss changed by ${fine(real)}; gradient · ` +
      `change of the weights predicts ${fine(predicted)}`);
  }
  return texts;
}

// How fast it goes, and how long it is to the next evaluation, of which there is one every
// `every` steps. A step is one of A and one of B.
export function paceText(rate, steps, every) {
  if (!rate) return "";
  const seconds = Math.ceil((every - (steps % every)) / rate);
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} steps/s, next validation in ` +
    `about ${seconds} s`;
}

// Steps per second between the first and the last of these moments, {at, steps}, `at` in
// milliseconds; 0 where they lie too close to tell.
export function rateOf(moments) {
  const first = moments[0], last = moments.at(-1);
  if (!first || last.at - first.at < 500) return 0;
  return (1000 * (last.steps - first.steps)) / (last.at - first.at);
}

// A small difference: as many digits as it needs.
export function fine(value) {
  if (value === null) return "no finite number";
  const zeros = value ? Math.max(0, -Math.floor(Math.log10(Math.abs(value))) - 1) : 0;
  return signedNumber(value, Math.min(10, Math.max(4, zeros + 2)));
}

// How many digits A and B read differently; only networks of one age are compared.
export function differentText({ checked = [-1, -1], count, of }) {
  const [a, b] = checked;
  const when = (step) => (step < 0 ? "not yet" : `after ${step} steps`);
  if (a !== b) return `Not compared: A was last evaluated ${when(a)}, B ${when(b)}.`;
  if (a < 0) return "Which digits A and B read differently is seen from their first " +
    "evaluation on.";
  return `A (after ${a} steps) and B (after ${b}) read ${count} of ` +
    `${of.toLocaleString("en")} validation digits differently.` +
    (count ? " Some of them:" : "");
}
