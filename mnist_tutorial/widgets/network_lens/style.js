// How the lens looks, beside what all widgets share.

export const STYLE = `
.mt-lens-plan { width: 100%; }
.mt-lens-columns { margin-top: 8px; }
.mt-lens-side { flex: 0 0 196px; display: grid; gap: 6px; }
.mt-lens-layers { flex: 1 1 500px; min-width: 300px; display: grid; gap: 8px;
  grid-template-columns: minmax(0, 1fr); align-content: start; }
.mt-lens-panel { flex: 1 1 330px; min-width: 300px; max-width: 700px;
  min-height: 200px; border-left: 3px solid var(--mt-line); padding-left: 10px; }
.mt-lens-head { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }
.mt-lens-head .mt-title { margin: 0; }
.mt-lens-scale { display: inline-flex; gap: 5px; align-items: center; font-size: 11px;
  color: var(--mt-faint); margin-left: auto; }
.mt-lens-view { position: relative; width: max-content; }
.mt-lens-view canvas { cursor: crosshair; }
.mt-lens-mark { position: absolute; pointer-events: none; display: none;
  box-shadow: 0 0 0 1px #fff, 0 0 0 3px #000; }
.mt-lens-pin { box-shadow: 0 0 0 1px #fff, 0 0 0 3px #d55e00; }
.mt-lens-field { position: absolute; pointer-events: none; display: none;
  border: 2px solid #ff9d3b; box-shadow: inset 0 0 0 1px #000, 0 0 0 1px #000; }
.mt-lens-readout { min-height: 4.2em; font-size: 12px; }
.mt-lens-picks { display: flex; gap: 1px; flex-wrap: wrap; }
.mt-lens-pick { padding: 0; border: 1px solid transparent; background: none;
  cursor: pointer; line-height: 0; }
.mt-lens-pick[aria-checked="true"] { border-color: var(--mt-accent);
  box-shadow: 0 0 0 1px var(--mt-accent); }
.mt-lens-path { display: flex; flex-wrap: wrap; gap: 2px 4px; align-items: center;
  margin: 4px 0; padding: 0; list-style: none; font-size: 12px; }
.mt-lens-link { border: 0; background: none; padding: 2px 3px; min-height: 24px;
  font: inherit; color: var(--mt-accent); text-decoration: underline; cursor: pointer; }
.mt-lens-link[aria-current] { color: var(--mt-text); text-decoration: none; }
.mt-lens-terms { list-style: none; margin: 4px 0; padding: 0; }
.mt-lens-term { display: grid; grid-template-columns: 11em 1fr 4.5em; gap: 6px;
  align-items: center; width: 100%; min-height: 24px; padding: 0 4px; border: 0;
  background: none; color: inherit; font: inherit; font-size: 12px; text-align: left;
  cursor: pointer; }
.mt-lens-term:hover:enabled, .mt-lens-cell:hover:enabled {
  outline: 2px solid var(--mt-accent); }
.mt-lens-term:disabled { cursor: default; }
.mt-lens-bar { position: relative; height: 10px; }
.mt-lens-bar i { position: absolute; top: 0; bottom: 0; }
.mt-lens-number { text-align: right; }
.mt-lens-product { display: flex; gap: 7px; align-items: center; flex-wrap: wrap; }
.mt-lens-grid { display: grid; gap: 1px; }
.mt-lens-cell { width: 33px; height: 28px; padding: 0; border: 0; font: inherit;
  font-size: 10.5px; text-align: center; line-height: 28px; }
button.mt-lens-cell { cursor: pointer; }
.mt-lens-won { outline: 3px solid #ff9d3b; outline-offset: -3px; font-weight: 700; }
.mt-lens-check { border-collapse: collapse; margin: 6px 0; font: inherit;
  color: inherit; white-space: nowrap; }
.mt-lens-check td, .mt-lens-check th { padding: 1px 12px 1px 0; text-align: left;
  font-weight: normal; }
.mt-lens-check [data-name=torch] { white-space: normal; }
.mt-lens-patches { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0; }
.mt-lens-patch { border: 1px solid var(--mt-line); background: none; padding: 2px;
  cursor: pointer; color: inherit; font: inherit; font-size: 11px; }
`;
