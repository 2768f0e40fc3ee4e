// What there is to say about an answer: {status, text}, the status "right", "wrong" or
// "nothing". The sentences are those of the kit.

import { answerText, readAnswer, sameAnswer } from "./typed.js";

const NOTHING = { status: "nothing", text: "Nothing yet: write your answer first." };
const wrong = (text) => ({ status: "wrong", text });
const right = (text) => ({ status: "right", text });

export function judgeCompute({ variants, tolerance }, text, variant) {
  const { kind, value: typed } = readAnswer(text), { truth, diagnoses } = variants[variant];
  const value = typeof truth === "number" ? alone(typed) : typed;
  if (kind === "none") return NOTHING;
  if (kind === "fault") return wrong("A number, or a tuple or set of numbers, is expected.");
  const means = (other) => sameAnswer(value, other, tolerance);
  if (means(truth)) return right(`Right: ${answerText(truth)}.`);
  const known = diagnoses.find(([answer]) => means(answer));
  if (known) return wrong(`Not yet. ${known[1].join(" And: ")}`);
  if (Array.isArray(truth) && truth.length === 1 && kind === "number") {
    return wrong(`Not yet: a shape with one axis is written (${value},), with a comma.`);
  }
  const numbers = typeof value === "number" && typeof truth === "number";
  const side = !numbers ? "not it" : value > truth ? "too large" : "too small";
  return wrong(`Not yet: ${answerText(value)} is ${side}.`);
}

export function judgeDecide({ right: truth, claims, reasons, diagnoses }, { claim, reason }) {
  if (!claim || !reason) {
    return { status: "nothing", text: "Nothing yet: choose a claim and its reason." };
  }
  if (claim === truth[0] && reason === truth[1]) {
    const k = claim.charCodeAt(0) - 65;
    return right(`Right: ${claims[k]}, because ${reasons[reason - 1]}.`);
  }
  const known = diagnoses.find(([a, n]) => a === claim && n === reason);
  return wrong(`Not yet. ${known[2]}`);
}

// An order that the kit does not list as right may still be so: only Python can run it.
export function judgeOrder({ orders, blanks, diagnoses }, { letters, blanks: filled }) {
  if (!letters) return { status: "nothing", text: "Nothing yet: use some of the lines." };
  if (filled.some((blank) => !blank)) {
    return { status: "nothing", text: "Nothing yet: fill the blanks." };
  }
  const spaceless = (text) => text.replace(/\s/g, "");
  const filledRight = blanks.every((blank, k) => spaceless(blank) === spaceless(filled[k]));
  if (orders.includes(letters) && filledRight) return right("Right.");
  const written = [letters, ...filled].join(" ");
  const known = diagnoses.find(([pattern]) => new RegExp(pattern).test(written));
  if (known) return wrong(`Not yet. ${known[1]}`);
  if (orders.includes(letters)) {
    return wrong("The lines are in a right order. The blanks are others than the kit's: " +
      "only the notebook, which runs them, can say whether they do the same.");
  }
  return wrong("Not yet: these lines in this order are none of the right ones.");
}

export function judgePredict(entry, text) {
  const { truth, unit, near, diagnoses } = entry, { kind, value } = readAnswer(text);
  if (kind === "none") return { ...NOTHING, text: "Nothing yet: write your guess first." };
  const wanted = kindOf(truth);
  const guess = truth.set && kind !== "set" ? { set: [...new Set([value].flat())] } : value;
  if (kind === "fault" || kindOf(guess) !== wanted) {
    return { status: "nothing", text: `A guess is ${wanted} here.` };
  }
  const shown = `you predicted ${answerText(guess)}${unit}, and it is ` +
    `${answerText(truth)}${unit}.`;
  if (sameAnswer(guess, truth, near)) return right(`Met: ${shown}`);
  const known = diagnoses.filter(([answer]) => sameAnswer(guess, answer));
  return wrong([`Not met: ${shown}`, ...known.map(([, sentence]) => sentence)].join(" "));
}

// What stands alone in brackets; else as it is.
function alone(value) {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

// What an answer is, in words; "" for what no guess may be.
function kindOf(value) {
  const parts = value?.set || value;
  if (Array.isArray(parts) && !parts.every(Number.isFinite)) return "";
  if (value?.set) return "a set of numbers, as in {1, 2}";
  if (Array.isArray(value)) {
    const example = answerText(value.map((_, k) => k + 1));
    return `${value.length} numbers in brackets, as in ${example},`;
  }
  if (typeof value === "boolean") return "True or False";
  return typeof value === "string" ? "a word" : "a number";
}
