// TrainingMonitor without Python: two of the recorded trainings, played back. See
// recorded.py for what is recorded, and frames.py for what a frame consists of.

import { bytesOf, floats } from "../shared/python.js";
import { levelsOf, unpackImages } from "../shared/thumbnails.js";

const TICK = 50; // ms from one step to the next
const NOT_HERE = "Weights can be used in the notebook only: this page has none to hand on.";
const SHOWN = 12; // digits that A and B read differently

const players = new WeakMap(); // model → its player, while it is built, too

export async function answerMonitor(model, content) {
  if (content.seen !== undefined) return;
  if (!players.has(model)) players.set(model, newPlayer(model));
  const player = await players.get(model);
  const { do: action, id } = content;
  if (action === "use") model.reply({ id, refused: NOT_HERE });
  else ACTIONS[action]?.(player, content);
  model.set("heard", id);
}

const ACTIONS = {
  start: (player) => {
    if (player.step === player.last) player.step = 0;
    run(player);
  },
  pause: (player) => rest(player, "paused"),
  leave: (player) => rest(player, player.step ? "paused" : "ready"),
  stop: (player) => rest(player, "stopped"),
  step: (player) => {
    rest(player, "paused");
    advance(player);
  },
  reset: (player) => begin(player),
  change: (player, { second }) => {
    player.second = second;
    player.model.set("page_second", second);
    begin(player);
  },
};

async function newPlayer(model) {
  const runs = model.get("page_runs"), losses = floats(model, "page_losses");
  const filters = floats(model, "page_filters"), preds = bytesOf(model.get("page_preds"));
  const last = losses.length / runs.length, every = model.get("page_every");
  const labels = floats(model, "page_labels");
  const pixels = await unpackImages(model, "page_pixels");
  return {
    model, runs, losses, filters, preds, last, every, labels, pixels,
    second: 1, step: 0, timer: 0, size: filters.length / runs.length / (last / every + 1),
  };
}

function run(player) {
  clearInterval(player.timer);
  player.timer = setInterval(() => advance(player), TICK);
  player.model.set("state", "running");
}

function rest(player, state) {
  clearInterval(player.timer);
  player.model.set("state", state);
}

function begin(player) {
  player.step = 0;
  rest(player, "ready");
  publish(player);
}

function advance(player) {
  if (player.step < player.last) player.step += 1;
  if (player.step === player.last) rest(player, "stopped");
  publish(player);
}

// --- One frame

function publish(player) {
  const { model, step, second, every } = player, pair = [0, second];
  const lanes = pair.map((k) => laneOf(player, k));
  const marks = Array.from({ length: Math.floor(step / every) + 1 }, (_, k) => k * every);
  model.set({
    steps: step, lanes, marks, curves: bytesFrom(pair.flatMap((k) => curveOf(player, k))),
    filters: filtersAt(player, pair, marks.length - 1),
    snapshots: bytesFrom(marks.flatMap((_, k) =>
      pair.flatMap((lane) => [...recordOf(player, lane, k)]))),
    ...differenceOf(player, pair, lanes),
  });
  model.set("frame", model.get("frame") + 1);
}

// The losses of a run up to now; a number that is none ends it.
function lossesOf({ losses, last, step }, k) {
  const all = [...losses.subarray(k * last, k * last + step)];
  const end = all.findIndex((loss) => !Number.isFinite(loss));
  return end < 0 ? all : all.slice(0, end);
}

function laneOf(player, k) {
  const { runs, step } = player, { title, checks, broken } = runs[k];
  const losses = lossesOf(player, k), recent = losses.slice(-20);
  return {
    title, steps: losses.length, points: losses.length, look: null,
    first: losses[0] ?? null, last: losses.at(-1) ?? null,
    recent: recent.length < 20 ? null : recent.reduce((a, b) => a + b) / 20,
    checks: checks.filter(([at]) => at <= step),
    broken: losses.length < step ? broken : "",
  };
}

// Rows of step, mean, lowest, highest: of one step each.
function curveOf(player, k) {
  return lossesOf(player, k).flatMap((loss, at) => [at + 1, loss, loss, loss]);
}

function recordOf({ filters, size, runs }, k, record) {
  const start = k * (filters.length / runs.length) + record * size;
  return filters.subarray(start, start + size);
}

function filtersAt(player, pair, record) {
  return bytesFrom(pair.flatMap((k) => [...recordOf(player, k, record)]));
}

function differenceOf(player, pair, lanes) {
  const { preds, labels, runs, pixels, model } = player;
  const checks = preds.length / runs.length / labels.length;
  const checked = lanes.map((lane) => lane.checks.at(-1)?.[0] ?? -1);
  if (checked[0] < 0 || checked[0] !== checked[1]) {
    return { different: { checked, count: 0, of: labels.length, labels: [], preds: [] },
      different_images: bytesFrom([]) };
  }
  const at = lanes[0].checks.length - 1;
  const readings = pair.map((k) => preds.subarray((k * checks + at) * labels.length,
    (k * checks + at + 1) * labels.length));
  const all = [...labels.keys()].filter((i) => readings[0][i] !== readings[1][i]);
  const shown = all.slice(0, SHOWN), [low, high] = model.get("page_range");
  const images = shown.flatMap((i) =>
    Array.from(levelsOf(pixels, i), (level) => low + (level / 255) * (high - low)));
  return {
    different: { checked, count: all.length, of: labels.length,
      labels: shown.map((i) => labels[i]),
      preds: readings.map((read) => shown.map((i) => read[i])) },
    different_images: bytesFrom(images),
  };
}

function bytesFrom(values) {
  return new DataView(Float32Array.from(values).buffer);
}
