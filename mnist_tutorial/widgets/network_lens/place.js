// Where the panel stands: beside the layers where there is room, else below the layer that
// was asked about; and what was clicked stays on the screen.

const PANEL = 310; // CSS pixels; the panel beside the layers
const WIDE = 820; // from this width on the panel stands beside them

const isWide = ({ columns }) => columns.clientWidth >= WIDE;

// Put the panel where the layer asked about is; nothing that stands right is moved, for
// that would take the focus from it.
export function placePanel(lens) {
  const { columns, layerBox, panel, asked } = lens;
  const wide = isWide(lens);
  columns.style.gridTemplateColumns = wide ? `minmax(0, 1fr) ${PANEL}px` : "minmax(0, 1fr)";
  panel.setAttribute("class", `mt-lens-panel ${wide ? "mt-lens-beside" : "mt-lens-below"}`);
  const rows = [...layerBox.children].filter((row) => row !== panel);
  const above = rows.findIndex((row) => asked && row.contains(asked.element));
  // What was asked about the bars or the pixels is answered right below these.
  const order = asked ? rows.toSpliced(above + 1, 0, panel) : [...rows, panel];
  if (wide) {
    if (panel.parentElement !== columns) columns.append(panel);
  } else if (order.some((one, k) => one !== layerBox.children[k])) {
    layerBox.replaceChildren(...order);
  }
}

// Bring the panel level with the layer asked about, or as far up as it must stand to be
// seen whole.
export function levelPanel(lens) {
  const { panel, layerBox, asked } = lens;
  if (!isWide(lens) || !asked) return;
  const box = layerBox.getBoundingClientRect(), { height } = panel.getBoundingClientRect();
  const level = asked.element.getBoundingClientRect().top - box.top;
  const lowest = Math.min(window.innerHeight - box.top, box.height) - height;
  panel.style.marginTop = `${Math.max(0, Math.min(level, lowest))}px`;
}

// Do something that may move the layer asked about, and scroll so that it seems not to
// have moved.
export function holdStill({ asked, root }, act) {
  const element = asked ? asked.element : root;
  const { top } = element.getBoundingClientRect();
  act();
  const moved = element.getBoundingClientRect().top - top;
  if (moved) scrollerOf(element).scrollTop += moved;
}

function scrollerOf(element) {
  for (let at = element.parentElement; at; at = at.parentElement) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(at).overflowY);
    if (scrolls && at.scrollHeight > at.clientHeight) return at;
  }
  return document.documentElement;
}

// Scroll until the panel is seen, but never so far that what was asked about is not.
export function showBoth({ panel, asked }) {
  const { top, bottom, height } = panel.getBoundingClientRect();
  const visible = Math.min(bottom, window.innerHeight) - Math.max(top, 0);
  if (visible >= Math.min(height, 160)) return;
  panel.scrollIntoView({ block: "nearest" });
  if (asked) asked.element.scrollIntoView({ block: "nearest" });
}
