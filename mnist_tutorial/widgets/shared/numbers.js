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
