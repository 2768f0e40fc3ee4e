// Numbers: as text, and what is reckoned of many.

// A number as text: a true minus sign, and no "-0.00".
export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinite";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

export function signedNumber(value, digits = 2) {
  const text = number(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export function percent(fraction, digits = 1) {
  return `${number(100 * fraction, digits)} %`;
}

// A classifier's probability, the one way that all of a widget writes it, and Python's
// plots.probability too: rounded to a tenth of a percent, and neither 0 nor 100 %, which
// a softmax never gives.
export function probability(p) {
  const tenths = Math.floor(1000 * p + 0.5);
  if (Number.isNaN(tenths)) return "not a number";
  if (tenths < 1) return "<0.1 %";
  return tenths > 999 ? ">99.9 %" : `${(tenths / 10).toFixed(1)} %`;
}

// What is wrong with a number as it was typed, in one sentence; "" where nothing is.
// `kept`: what counts instead.
export function numberFault(typed, { low, high, whole = false, kept }) {
  const text = typed.trim(), value = Number(text.replace(",", ".").replace("\u2212", "-"));
  const isOne = text !== "" && value >= low && value <= high;
  if (isOne && (!whole || Number.isInteger(value))) return "";
  const wanted = `a ${whole ? "whole " : ""}number from ${plain(low)} to ${plain(high)}`;
  const what = text === "" ? "An empty field" : `"${text}"`;
  return `${what} is not ${wanted}; ${plain(kept)} still holds.`;
}

function plain(value) {
  return String(value).replace("-", "\u2212");
}

export function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

// The largest absolute value; 0 of none.
export function largest(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

export function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

export function softmax(logits) {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}
