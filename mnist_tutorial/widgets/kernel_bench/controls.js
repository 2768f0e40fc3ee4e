// The lists, switches and sliders of KernelBench: each sets one of its settings.

import { button, choice, slider, toggle } from "../shared/dom.js";
import { number } from "../shared/numbers.js";
import { rounded } from "./cells.js";
import { GOALS } from "./goals.js";

const CHOICES = { stride: [1, 2, 3], padding: [0, 1, 2], dilation: [1, 2, 3] };
const TOGGLES = { flip: "flip kernel", relu: "ReLU", pool: "2 × 2 max pool" };

// `take(changes, began)` hears what the reader sets; `digits` is how many there are.
export function newControls({ settings, presets, digits, take }) {
  const names = [["", "your own"], ...presets.map(({ name }) => [name, name])];
  return {
    presets,
    preset: choice("preset", names, "", (name, began) => {
      const preset = presets.find((one) => one.name === name);
      if (preset) take({ kernel: [...preset.kernel], bias: preset.bias }, began);
    }),
    another: button("Another digit", () =>
      take({ digit: (settings.digit + 1) % digits }), { disabled: digits < 2 }),
    choices: Object.entries(CHOICES).map(([name, values]) => [name,
      choice(name, values.map((k) => [k, k]), settings[name], (value, began) =>
        take({ [name]: Number(value) }, began))]),
    toggles: Object.entries(TOGGLES).map(([name, text]) => [name,
      toggle(text, settings[name], (checked, began) => take({ [name]: checked }, began))]),
    shifts: ["down", "right"].map((name, axis) => shiftSlider(name, axis, settings, take)),
    goal: choice("goal", Object.entries(GOALS).map(([key, { name }]) => [key, name]),
      settings.goal, (value, began) => take({ goal: value }, began)),
  };
}

function shiftSlider(name, axis, settings, take) {
  return slider({
    label: `shift ${name}`, min: -4, max: 4, step: 1, value: settings.shift[axis],
    format: (value) => `${number(value, 0)} px`,
    onInput: (value, began) => take({ shift: settings.shift.with(axis, value) }, began),
  });
}

export function showControls(controls, settings) {
  const { kernel, bias } = settings;
  const same = (preset) => preset.bias === bias &&
    preset.kernel.every((weight, k) => weight === kernel[k]);
  controls.preset.input.value = controls.presets.find(same)?.name || "";
  for (const [name, element] of controls.choices) element.input.value = settings[name];
  for (const [name, element] of controls.toggles) element.input.checked = settings[name];
  controls.shifts.forEach((element, axis) => {
    const value = settings.shift[axis];
    if (Number(element.input.value) !== value) element.set(value);
  });
  controls.goal.input.value = settings.goal;
}

// The ready kernels as {name, kernel, bias}, the trained filters behind them. `filters`:
// nine weights and a bias of each.
export function kernelPresets(ready, filters) {
  const presets = ready.map(([name, kernel]) => ({ name, kernel, bias: 0 }));
  for (let k = 0; 10 * k < filters.length; k++) {
    const values = Array.from(filters.subarray(10 * k, 10 * k + 10), rounded);
    presets.push({ name: `trained filter ${k}`, kernel: values.slice(0, 9),
      bias: values[9] });
  }
  return presets;
}
