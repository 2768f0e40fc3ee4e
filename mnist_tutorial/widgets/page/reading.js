// How the page is read: its colours, its code folded or not.

// A setting that the browser remembers, where it may.
/**
 * @param {string} name
 * @param {string} [value]
 */
export function keptSetting(name, value) {
  try {
    if (value !== undefined) window.localStorage.setItem(`mnist-tutorial ${name}`, value);
    return window.localStorage.getItem(`mnist-tutorial ${name}`);
  } catch {
    return null; // a private window, or a browser that keeps nothing for files
  }
}

const WIDE = "main pre, main table, main .formula";

export function addControls() {
  reachWhatScrolls();
  const place = document.getElementById("controls");
  if (!place) return;
  place.append(themeButton(), foldButton());
  const contents = document.querySelector(".contents details");
  const isBeside = window.matchMedia("(min-width: 1080px)").matches; // as in site.css
  if (contents && !isBeside) contents.removeAttribute("open");
}

// What is wider than its place is scrolled with the arrow keys, once it has the focus.
// It is asked for its width when that changes: at first when it comes near the screen.
function reachWhatScrolls() {
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = /** @type {HTMLElement} */ (target);
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
      else wide.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll(WIDE).forEach((wide) => sizes.observe(wide));
}

// Light or dark: as chosen here, else as the system says.
function themeButton() {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const button = pageButton("");
  let chosen = keptSetting("theme");
  const show = () => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.body.dataset.jpThemeLight = String(!dark);
    button.textContent = dark ? "Light page" : "Dark page";
  };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    keptSetting("theme", chosen);
    show();
  });
  system.addEventListener("change", show);
  show();
  return button;
}

function foldButton() {
  const button = pageButton("Fold the code");
  let folded = false;
  button.addEventListener("click", () => {
    folded = !folded;
    for (const code of document.querySelectorAll("details.code:not(.hidden)")) {
      /** @type {HTMLDetailsElement} */ (code).open = !folded;
    }
    button.textContent = folded ? "Show the code" : "Fold the code";
  });
  if (!document.querySelector("details.code")) button.hidden = true;
  return button;
}

function pageButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  return button;
}
