// A session with a view: what a reader does, and what the page shows, says and sends
// after it. It is compared with the one that sessions/NAME.txt keeps: a list to read, in
// which new lines stand, and of those that have changed what is new; "-" stands before
// what is gone for good, "|" before what is painted, "→" before what goes to Python. Of a
// canvas that is painted anew there is only a mark; `stage.see` has all of it written. So
// there is of many new lines of which there were such before. The page stands in page.mjs.
// After a change that is meant, this writes the list anew, and its difference is to read:
//
//     RECORD=1 node --test tests/js/NAME.session.test.mjs

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mock } from "node:test";

import { changeDensity, changeTheme, markOf, outline, page, resized } from "./page.mjs";
import { fakeModel } from "./support.mjs";

let clock = 0;

// Play `steps(stage)` on a view of these traits. `stage.step(words, act)` acts and notes
// what has changed since.
export async function session(t, name, { view, traits, steps }) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  t.mock.method(Math, "random", () => 0.5);
  t.mock.method(performance, "now", () => clock);
  t.after(() => mock.timers.reset());
  const stage = await newStage(view, traits());
  note(stage, "opened", 0);
  steps(stage);
  themeIsFollowed(stage);
  densityIsFollowed(stage);
  leave(stage);
  compare(name, stage.lines.join("\n") + "\n");
  await comesLate(view, traits);
}

async function newStage(view, traits, connected = true) {
  Object.assign(page, { ink: "light", active: null, keyboard: false });
  const el = document.createElement("div");
  if (connected) document.body.append(el);
  const sent = [], model = newModel(traits, sent);
  const stop = await view.render({ model, el });
  const [root] = el.children;
  /** @type {any} */
  const stage = { el, root, model, stop, sent, lines: [], before: [],
    papers: new Map(), wanted: new Set(), sizes: new Set(), kinds: new Set() };
  stage.see = (...canvases) => canvases.forEach((canvas) => stage.wanted.add(canvas));
  stage.step = (words, act) => {
    clock += 1000;
    Object.assign(page, { turn: page.turn + 1, prevented: 0 });
    delete root.dataset.ms;
    const seq = Number(root.dataset.seq);
    for (const node of root.all()) Object.assign(node, { selections: 0, scrolls: [] });
    act();
    note(stage, words, seq);
  };
  return stage;
}

// What is set or sent is noted; `model.receive` is a trait that Python has set.
function newModel(traits, sent) {
  const values = new Map(Object.entries(traits));
  const keep = (name, value) => {
    values.set(name, value);
    model.fire(`change:${name}`);
  };
  const model = fakeModel({
    get: (name) => values.get(name),
    set: (name, value) => {
      const all = typeof name === "string" ? { [name]: value } : name;
      for (const [key, one] of Object.entries(all)) {
        sent.push(`set ${key} ${JSON.stringify(one)}`);
        keep(key, one);
      }
    },
    save_changes: () => sent.push("save"),
    send: (content, _, buffers = []) => {
      sent.push(`send ${JSON.stringify(content)}` +
        buffers.map((buffer) => ` + ${markOf(new Float32Array(buffer))}`).join(""));
      model.sent.push(content);
    },
    sent: [], // all messages
    receive: (all) => {
      for (const [name, value] of Object.entries(all)) values.set(name, value);
      for (const name of Object.keys(all)) model.fire(`change:${name}`);
    },
  });
  return model;
}

function note(stage, words, seq) {
  const { root, sent, lines } = stage;
  const times = Number(root.dataset.seq) - seq;
  const timed = root.dataset.ms ? `, in ${root.dataset.ms} ms` : "";
  const kept = page.prevented ? `, kept from the page ${page.prevented}×` : "";
  lines.push(`# ${words} (painted ${times}×${timed}${kept})`);
  for (const line of sent.splice(0)) lines.push(`→ ${line}`);
  const now = outline(root, (node) => paintOf(stage, node));
  lines.push(...difference(stage, now));
  stage.before = now;
}

// What is painted on a canvas is written for the first of its size, and where it is to be
// seen again.
function paintOf({ papers, wanted, sizes }, canvas) {
  const last = papers.get(canvas), text = canvas.painted.join("\n");
  if (!text || last?.text === text) return last?.lines || [];
  const size = `${canvas.width}×${canvas.height}`;
  const lines = wanted.has(canvas) || !sizes.has(size) ? withRamps(canvas.painted)
    : [`painted: ${markOf(text)}`];
  papers.set(canvas, { text, lines });
  wanted.delete(canvas);
  sizes.add(size);
  return lines;
}

// Many stripes beside each other, each of another colour, are one line.
function withRamps(lines) {
  const stripe = (line) => /^fill .*: [-\d.]+,([-\d.]+ [-\d.]+×[-\d.]+)$/.exec(line)?.[1];
  const result = [];
  for (let k = 0; k < lines.length;) {
    let end = k;
    while (end < lines.length && stripe(lines[k]) === stripe(lines[end])) end++;
    if (stripe(lines[k]) && end - k > 20) {
      const part = lines.slice(k, end);
      result.push(`${part.length} stripes ${markOf(part.join())}, ${part[0]} to ${part.at(-1)}`);
    } else result.push(...lines.slice(k, Math.max(end, k + 1)));
    k = Math.max(end, k + 1);
  }
  return result;
}

// The lines that are gone and those that are new, by the longest common subsequence.
function difference({ before, kinds }, after) {
  let start = 0, end = 0;
  while (start < Math.min(before.length, after.length) &&
    before[start] === after[start]) start++;
  while (end < Math.min(before.length, after.length) - start &&
    before.at(-1 - end) === after.at(-1 - end)) end++;
  const a = before.slice(start, before.length - end);
  const b = after.slice(start, after.length - end);
  const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1
        : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const gone = [], come = [];
    while (i < a.length && (j === b.length || (a[i] !== b[j] &&
      length[i + 1][j] >= length[i][j + 1]))) gone.push(a[i++]);
    while (j < b.length && (i === a.length || (a[i] !== b[j] &&
      length[i + 1][j] < length[i][j + 1]))) come.push(b[j++]);
    const before_ = gone.filter(isElement), now = come.filter(isElement);
    const same = before_.length === now.length && come.length &&
      now.every((line, k) => nameIn(line) === nameIn(before_[k]));
    if (same) {
      for (const line of come) {
        if (isElement(line)) addChange(lines, before_.shift(), line);
        else lines.push(`  ${line}`);
      }
    } else if (come.length) lines.push(...news(come, kinds));
    else lines.push(...gone.map((line) => `- ${line.trimStart()}`));
    if (i < a.length && a[i] === b[j]) { i++; j++; }
  }
  return lines;
}

// New lines; of many of which there were such before, the first.
function news(lines, kinds) {
  const result = [];
  let known = [];
  for (const line of [...lines, null]) {
    const kind = line?.replace(/"[^"]*"|[\d.]+|\{.*\}/g, "");
    if (line && kinds.has(kind)) known.push(line);
    else {
      const first = known.length > 6 ? known.splice(0, 4) : known.splice(0);
      result.push(...first.map((one) => `  ${one}`));
      if (known.length) result.push(`  … ${known.length} more: ${markOf(known.join("\n"))}`);
      known = [];
      if (line) result.push(`  ${line}`);
    }
    kinds.add(kind);
  }
  return result;
}

const isElement = (line) => !/^ *\|/.test(line);
// With the spaces before it.
const nameIn = (line) => line.slice(0, line.indexOf("  ", line.search(/\S/)));

// Of an element that has changed: its name, its label if it is short, and what is new.
// Neighbours of one name share a line.
function addChange(lines, gone, come) {
  const [old, now] = [gone, come].map((line) => line.trimStart().split("  "));
  const shown = now.filter((part, k) => k === 0 || !old.includes(part) ||
    (part.startsWith("aria-label") && part.length < 40));
  const keyOf = (part) => /^[\w-]+|^./.exec(part)[0], keys = now.map(keyOf);
  const lost = old.filter((part) => !keys.includes(keyOf(part)))
    .map((part) => `no ${part.slice(0, 30)}`);
  const last = lines.at(-1), start = `  ${nameIn(come)}  `;
  const rest = [...shown.slice(1), ...lost].join("  ");
  if (last?.startsWith(start) && last.length + rest.length < 140) {
    lines[lines.length - 1] = `${last} · ${rest}`;
  } else lines.push(start + rest);
}

// With what `sessions/NAME.txt` keeps.
export function compare(name, text) {
  const file = new URL(`sessions/${name}.txt`, import.meta.url);
  if (process.env.RECORD) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

// --- What is true of every view

// In the dark the same is painted with the page's other colours.
function themeIsFollowed({ root }) {
  const before = outline(root).join("\n");
  changeTheme("dark", "data-jp-theme-name");
  assert.equal(outline(root).join("\n"), before.replace(/<(\w+)>/g, "($1)"));
  changeTheme("light", "data-jp-theme-name");
  assert.equal(outline(root).join("\n"), before);
}

// On a screen of another density each canvas is sharp: it has been painted anew, or is a
// copy of maps alone, whose pixels are as large as they were.
function densityIsFollowed({ root }) {
  const empty = root.querySelectorAll("canvas").filter(({ painted }) => !painted.length);
  for (const density of [3, 2]) {
    changeDensity(density);
    for (const canvas of root.querySelectorAll("canvas")) {
      assert.equal(canvas.scale, `${density} 0 0 ${density} 0 0`);
      const [first, ...rest] = canvas.painted;
      const isCopy = first?.startsWith("layer") && rest.every((line) => line.startsWith("  "));
      const isMap = rest.every((line) => /^ *(clear|map|layer|fill)\b/.test(line));
      assert.ok(empty.includes(canvas) || !isCopy || isMap, outline(canvas).join("\n"));
    }
  }
}

// Who leaves takes all with them: handlers, observers, timers.
function leave({ el, model, stop }) {
  stop();
  assert.equal(page.reached, 0); // no key of ours is JupyterLab's
  assert.equal(model.count(), 0);
  assert.equal(page.observers.size, 0);
  assert.equal([...page.media.values()].reduce((total, all) => total + all.size, 0), 0);
  const before = outline(el).join("\n");
  mock.timers.tick(100_000);
  assert.equal(outline(el).join("\n"), before);
  el.remove();
}

// A view that was drawn before it stood in the page looks as if it had stood there.
async function comesLate(view, traits) {
  const there = await newStage(view, traits()), right = outline(there.el);
  leave(there);
  const late = await newStage(view, traits(), false);
  document.body.append(late.el);
  for (let k = 0; k < 2; k++) resized(); // what was shown once is not painted again
  assert.deepEqual(outline(late.el), right);
  leave(late);
}
