// The panel about a unit: where its number comes from.

import { VIRIDIS, MEAN, STD } from "../shared/colours.js";
import { button, make } from "../shared/dom.js";
import { argmax, number, probability, signedNumber, sum } from "../shared/numbers.js";
import { explain } from "./explain.js";
import { SHOWN_TERMS, sourcesOf } from "./sources.js";
import { climb, goDown, openCard } from "./state.js";
import {
  formula, linkTo, numberCell, numberGrid, productGrids, sumLine, termChart, termLine,
} from "./terms.js";
import { blockOf, channelName, nameOf, shortName, valueOf } from "./units.js";

export function hint() {
  return make("p", {
    class: "mt-faint", tabindex: "-1",
    text: "Click any number, in a map, in the bars or in the image: where does it " +
      "come from? Click the small number above a map: what does this map answer to, " +
      "and what happens without it?",
  });
}

export function whereFrom(lens, unit) {
  const { net, blocks } = lens;
  const why = explain(net, lens.image, lens.outputs, unit, lens.off);
  const name = nameOf(net, blocks, unit);
  const parts = [
    make("p", { class: "mt-title", text: "Where does this number come from?" }),
    pathList(lens),
    make("p", { tabindex: "-1" }, make("strong", { text: name })),
  ];
  const block = blockOf(blocks, unit.layer);
  if (block && block !== blocks[blocks.length - 1]) {
    const label = `About ${channelName(block)} ${unit.channel}`;
    const open = () => {
      openCard(lens, block, unit.channel, performance.now());
      lens.redraw.focus();
    };
    parts.push(button(label, open, { "data-key": "card" }));
  }
  const tell = {
    pixel: tellPixel, off: tellOff, conv: tellConv, linear: tellLinear,
    relu: tellRelu, maxpool: tellPool, avgpool: tellPool,
    softmax: tellShare,
  };
  parts.push(...tell[why.kind](lens, unit, why), ...sourcesNote(lens, unit));
  if (unit.layer >= 0) parts.push(checkTable(lens, unit, why));
  return parts;
}

// What the orange frames are.
function sourcesNote(lens, unit) {
  const { painter } = lens.views.find((view) =>
    sourcesOf(lens, unit, view.painter.layer).length) || {};
  if (!painter) return [];
  const { name } = blockOf(lens.blocks, painter.layer);
  return [make("p", { class: "mt-faint", text: `Framed in ${name}: what it is made of.` })];
}

function pathList(lens) {
  const { net, path } = lens;
  const items = path.map((unit, k) => {
    const last = k === path.length - 1;
    const link = make("button", {
      class: "mt-lens-link", type: "button", text: shortName(net, unit),
      "aria-current": last ? "step" : null, "data-key": `path ${k}`,
      on: { click: () => climb(lens, k) },
    });
    return make("li", {}, ...(k ? ["\u2190 ", link] : [link]));
  });
  return make("ol", { class: "mt-lens-path", "aria-label": "Path" }, ...items);
}

// Our sum beside the browser's network and PyTorch.
function checkTable(lens, unit, why) {
  const engine = valueOf(lens.net, lens.image, lens.outputs, unit);
  const row = (name, key, value) => make("tr", {},
    make("th", { scope: "row", text: name }),
    make("td", {
      "data-name": key, "data-value": value === null ? "" : String(value),
      text: value === null ? "" : number(value, 4),
    }));
  return make("table", { class: "mt-lens-check" }, make("tbody", {},
    row("our sum", "sum", why.total), row("the browser's network", "engine", engine),
    row("PyTorch", "torch", null)));
}

function tellPixel(lens, unit, { total }) {
  const grey = total * STD + MEAN;
  return [
    make("p", {
      text: `Grey level ${number(grey)} on a scale from 0 (black) to 1 (white), ` +
        `normalised: (${number(grey)} − ${MEAN}) / ${STD} = ${number(total, 3)}.`,
    }),
    make("p", { text: "Here the path ends: this was drawn, not computed." }),
  ];
}

function tellOff() {
  return [make("p", { text: "This channel is switched off: it gives 0 everywhere." })];
}

function tellRelu(lens, unit, { terms: [term], total }) {
  const note = term.value > 0 ? "It is positive, so it passes unchanged."
    : "It is not positive, so ReLU gives 0.";
  return [
    formula("max(0, ", linkTo(lens, term.unit, number(term.value, 3)),
      `) = ${number(total, 3)}`),
    make("p", { text: note }),
  ];
}

function tellPool(lens, unit, why) {
  const { terms, size, winner, kind, total } = why;
  const high = Math.max(...terms.map((term) => Math.abs(term.value))) || 1;
  const largest = kind === "maxpool";
  const cells = terms.map((term, k) => numberCell({
    value: term.value, lut: VIRIDIS, low: 0, high,
    won: largest && k === winner && terms.some((other) => other.value < term.value),
    label: shortName(lens.net, term.unit), key: `term ${k}`,
    onClick: () => goDown(lens, term.unit),
  }));
  const equal = terms.every((term) => term.value === terms[0].value);
  const note = !largest ? `The mean of these ${terms.length}: ${number(total, 3)}.`
    : equal ? `All ${terms.length} are equal: ${number(total, 3)}.`
      : `The largest of these ${terms.length} wins, ${number(total, 3)}; the others ` +
        "leave no trace.";
  return [numberGrid(size, cells, "Candidates"), make("p", { text: note })];
}

function tellShare(lens, unit, { terms, total }) {
  const rows = terms.map((term) => termLine({
    label: `logit of ${term.unit.channel}: ${number(term.logit)}`, value: term.value,
    reach: 1, text: probability(term.value), key: `term ${term.unit.channel}`,
    onClick: () => goDown(lens, term.unit),
  }));
  return [
    make("p", {
      text: `Softmax: e to the logit, divided by the sum of all ten such powers. For ` +
        `${unit.channel} that is ${probability(total)}.`,
    }),
    make("ul", { class: "mt-lens-terms" }, ...rows),
  ];
}

// The largest terms one by one, the rest as one.
function tellLinear(lens, unit, { terms, bias, total }) {
  const shown = terms.slice(0, SHOWN_TERMS), rest = terms.slice(SHOWN_TERMS);
  const others = sum(rest.map((term) => term.value));
  const reach = Math.max(Math.abs(others), ...shown.map((t) => Math.abs(t.value))) || 1;
  const rows = shown.map((term, k) => termLine({
    label: shortName(lens.net, term.unit), value: term.value, reach,
    key: `term ${k}`, title: `${number(term.input, 3)} × ${number(term.weight, 3)}`,
    onClick: () => goDown(lens, term.unit),
  }));
  if (rest.length) {
    const label = `the other ${rest.length} together`;
    rows.push(termLine({ label, value: others, reach, key: "rest" }));
  }
  const parts = `${terms.length} products, value × weight, the largest first:`;
  return [
    make("p", { text: parts }),
    make("ul", { class: "mt-lens-terms" }, ...rows),
    sumLine(sum(terms.map((term) => term.value)), bias, total),
  ];
}

function tellConv(lens, unit, why) {
  const { terms, bias, total } = why;
  const products = sum(terms.map((term) => term.value));
  const { columns } = lens.net.layers[unit.layer];
  if (terms.length === 1) {
    return [
      make("p", { text: "Patch × kernel, cell by cell, then all of it added:" }),
      productGrids(lens, terms[0], columns), sumLine(products, bias, total),
    ];
  }
  const strongest = terms[argmax(terms.map((term) => Math.abs(term.value)))];
  const opened = terms.find((term) => term.channel === lens.opened) || strongest;
  return [
    make("p", { text: `One bar per input map, ${terms.length} in all, sorted:` }),
    termChart(lens, terms, opened),
    sumLine(products, bias, total),
    make("p", {}, make("strong", {
      text: `Input map ${opened.channel} gives ${signedNumber(opened.value, 3)}:`,
    })),
    productGrids(lens, opened, columns),
  ];
}
