// Answers as they are typed: a number, several in brackets, a set in braces, a word.

const NEARLY = 1e-9;
const PART = /\s*([([{\])},]|"[^"]*"|'[^']*'|[^\s()[\]{},"']+)/y;
const CLOSING = { "(": ")", "[": "]", "{": "}" };

// The value of a text: {kind, value}; kind "none" for an empty one, "fault" for what is
// no answer. A tuple is an array, a set {set: its parts}; brackets may stand within
// brackets, and those around all may be left out.
export function readAnswer(text) {
  const typed = text.trim().replaceAll("\u2212", "-");
  if (!typed) return { kind: "none", value: null };
  const parts = partsOf(typed);
  if (!parts) return { kind: "fault", value: null };
  const isOne = Boolean(CLOSING[parts[0]]);
  const answers = /** @type {any} */ (answersIn(isOne ? parts : ["(", ...parts, ")"]));
  if (!answers) {
    const several = isOne && answersIn(["(", ...parts, ")"]);
    return several ? { kind: "tuple", value: several } : { kind: "fault", value: null };
  }
  if (isOne) return { kind: parts[0] === "{" ? "set" : "tuple", value: answers };
  if (parts.includes(",")) return { kind: "tuple", value: answers };
  if (answers.length > 1) return { kind: "word", value: typed };
  return { kind: kindOfSingle(answers[0]), value: answers[0] };
}

function kindOfSingle(value) {
  return { number: "number", boolean: "truth" }[typeof value] || "word";
}

// Brackets, commas, numbers and words; null where something else stands.
function partsOf(text) {
  const parts = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const found = PART.exec(text);
    if (!found) return null;
    parts.push(found[1]);
  }
  return parts;
}

// What stands in the one pair of brackets that all parts are; null where they are none.
function answersIn(parts) {
  let at = 1;
  const list = (closing) => {
    const answers = [];
    while (at < parts.length && parts[at] !== closing) {
      const part = parts[at];
      at += 1;
      if (part === ",") continue;
      if (Object.values(CLOSING).includes(part)) return null;
      const value = CLOSING[part] ? list(CLOSING[part]) : single(part);
      if (value === null) return null;
      answers.push(value);
    }
    at += 1;
    if (at > parts.length) return null;
    return closing === "}" ? { set: [...new Set(answers)] } : answers;
  };
  const answers = list(CLOSING[parts[0]]);
  return at === parts.length ? answers : null;
}

function single(part) {
  const bare = part.replace(/^["']|["']$/g, "");
  if (/^(true|false)$/i.test(bare)) return /^t/i.test(bare);
  const share = /^(-?[\d.]+)\/([\d.]+)$/.exec(bare);
  const value = share ? Number(share[1]) / Number(share[2]) : Number(bare);
  return bare && Number.isFinite(value) ? value : bare;
}

// Whether two answers agree: numbers nearly, words in capitals or not, tuples in order,
// sets in any.
export function sameAnswer(a, b, tolerance = 0) {
  if (typeof a === "number" && typeof b === "number") {
    return Math.abs(a - b) <=
      Math.max(tolerance * Math.max(Math.abs(a), Math.abs(b)), NEARLY);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((part, k) => sameAnswer(part, b[k], tolerance));
  }
  if (a?.set && b?.set) {
    const inOrder = ({ set }) => [...set].sort((x, y) => x - y);
    return sameAnswer(inOrder(a), inOrder(b), tolerance);
  }
  if (typeof a === "string" && typeof b === "string") {
    return a.toLowerCase() === b.toLowerCase();
  }
  return a === b;
}

// An answer as text: 16, 2.303, (600, 8), {3, 5}.
export function answerText(value) {
  if (value?.set) return `{${value.set.map(answerText).join(", ")}}`;
  if (Array.isArray(value)) {
    const parts = value.map(answerText).join(", ");
    return value.length === 1 ? `(${parts},)` : `(${parts})`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
