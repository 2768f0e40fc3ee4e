// Answers as they are typed: a number, several in brackets, a set in braces, a word.

const NEARLY = 1e-9;

// The value of a text: {kind, value}; kind "none" for an empty one, "fault" for what is
// no answer. A set is told from a tuple by its kind.
export function readAnswer(text) {
  const typed = text.trim().replaceAll("\u2212", "-");
  if (!typed) return { kind: "none", value: null };
  const bare = typed.replace(/^["']|["']$/g, "");
  if (/^(true|false)$/i.test(bare)) return { kind: "truth", value: /^t/i.test(bare) };
  const single = numberIn(bare);
  if (single !== null) return { kind: "number", value: single };
  const several = /^([([{]?)(.*?)([)\]}]?)$/.exec(typed);
  if (several && (several[1] || several[2].includes(","))) {
    const parts = several[2].split(",").filter((part) => part.trim()).map(numberIn);
    if (parts.every((part) => part !== null)) {
      return { kind: several[1] === "{" ? "set" : "tuple", value: parts };
    }
    return { kind: "fault", value: null };
  }
  return { kind: "word", value: bare };
}

function numberIn(text) {
  const typed = text.trim();
  const share = /^(-?[\d.]+)\s*\/\s*([\d.]+)$/.exec(typed);
  const value = share ? Number(share[1]) / Number(share[2]) : Number(typed);
  return typed && Number.isFinite(value) ? value : null;
}

// Whether two answers agree: numbers nearly, words in capitals or not, lists in order;
// those of a set in any.
export function sameAnswer(a, b, tolerance = 0, anyOrder = false) {
  if (typeof a === "number" && typeof b === "number") {
    return Math.abs(a - b) <=
      Math.max(tolerance * Math.max(Math.abs(a), Math.abs(b)), NEARLY);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    const sorted = (list) => (anyOrder ? [...list].sort((x, y) => x - y) : list);
    const others = sorted(b);
    return sorted(a).every((part, k) => sameAnswer(part, others[k], tolerance, anyOrder));
  }
  if (typeof a === "string" && typeof b === "string") {
    return a.toLowerCase() === b.toLowerCase();
  }
  return a === b;
}

// An answer as text: 16, 2.303, (600, 8).
export function answerText(value) {
  if (Array.isArray(value)) {
    const parts = value.map(answerText).join(", ");
    return value.length === 1 ? `(${parts},)` : `(${parts})`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
