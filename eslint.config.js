// The widgets' scripts, what base.script joins of them, and their tests.
import js from "@eslint/js";

// All that they use of the browser; any other global name is a slip, such as `name`.
const browser = [
  "atob", "Blob", "clearInterval", "clearTimeout", "DecompressionStream", "document",
  "getComputedStyle", "IntersectionObserver", "KeyboardEvent",
  "MutationObserver", "performance",
  "requestAnimationFrame", "ResizeObserver", "Response", "setInterval", "setTimeout",
  "structuredClone", "URL", "window",
];
const globalsOf = (names) => ({
  globals: Object.fromEntries(names.map((name) => [name, "readonly"])),
});

export default [
  {
    rules: {
      ...js.configs.recommended.rules,
      eqeqeq: "error",
      "max-lines-per-function": ["error", 60],
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["mnist_tutorial/widgets/**/*.js"], languageOptions: globalsOf(browser) },
  {
    // Behind one another the files see names that they neither import nor mean.
    files: ["build/joined/**/*.js"],
    languageOptions: globalsOf(browser),
    rules: { "no-shadow": "off", "no-unused-vars": "off" },
  },
  { files: ["tests/js/*.mjs"], languageOptions: globalsOf([
    "Buffer", "document", "performance", "process", "structuredClone", "URL",
  ]) },
  { files: ["tests/browser/*.mjs"], languageOptions: globalsOf([
    "console", "document", "process", "setTimeout",
  ]) },
];
