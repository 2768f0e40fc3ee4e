// How the lens looks, beside what all widgets share.

export const STYLE = `
.mt-lens-plan { width: 100%; }
.mt-lens-line { display: flex; gap: 10px; align-items: center; min-height: 28px; }
.mt-lens-line p { margin: 0; }
.mt-lens-line .mt-choice { flex: none; }
.mt-lens-plan .mt-choice { max-width: 100%; }
.mt-lens-plan select { min-width: 0; }
.mt-lens-top { display: flex; flex-wrap: wrap; gap: 0 4px; margin: 4px 0 0; }
@container mt (min-width: 480px) { .mt-lens-top { gap: 0 8px; } }
.mt-lens-top .mt-title { font-size: 12px; margin: 0 0 2px; }
.mt-lens-told { flex: 1 1 170px; }
@container mt (min-width: 700px) { .mt-lens-top { gap: 0 24px; } }
.mt-lens-columns { display: grid; gap: 12px; align-items: start; margin-top: 2px; }
.mt-lens-layers { min-width: 0; display: grid; gap: 8px;
  grid-template-columns: minmax(0, 1fr); align-content: start; }
.mt-lens-panel { min-width: 0; }
.mt-lens-panel > * { break-inside: avoid; }
.mt-lens-beside { border-left: 3px solid var(--mt-line); padding-left: 8px; }
.mt-lens-below { columns: 270px; column-gap: 16px; padding: 4px 0 4px 8px;
  border-left: 3px solid #d55e00; }
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
.mt-lens-readout { min-height: 2.8em; font-size: 12px; }
@container mt (min-width: 500px) { .mt-lens-readout { min-height: 1.4em; } }
.mt-lens-picks { display: flex; flex: 1 1 0; gap: 1px; overflow-x: auto; padding: 2px;
  min-width: 0; scrollbar-width: thin; }
.mt-lens-pick { flex: none; padding: 0; border: 1px solid transparent; background: none;
  cursor: pointer; line-height: 0; }
.mt-lens-pick[aria-checked="true"] { border-color: var(--mt-accent);
  outline: 2px solid var(--mt-accent); outline-offset: -1px; }
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
.mt-lens-product { display: flex; gap: 4px; align-items: center; max-width: 360px; }
.mt-lens-long { flex-wrap: wrap; max-width: none; }
.mt-lens-grid { display: grid; gap: 1px; flex: 0 1 101px; }
.mt-lens-long .mt-lens-grid { flex: none; grid-auto-columns: 33px; }
.mt-lens-cell { height: 28px; padding: 0; border: 0; font: inherit; font-size: 10px;
  letter-spacing: -0.04em; text-align: center; line-height: 28px; }
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
/* What is told by a colour keeps it where the system chooses all others. */
.mt-lens-mark, .mt-lens-field, .mt-lens-bar i, .mt-lens-cell {
  forced-color-adjust: none; }
/* A chosen colour may be as dark as the digit's own black: orange beside white is not. */
@media (forced-colors: active) {
  .mt-lens-pick[aria-checked="true"] { position: relative; z-index: 1;
    border-color: #fff; outline: 2px solid #d55e00; outline-offset: 0;
    forced-color-adjust: none; }
}
`;
