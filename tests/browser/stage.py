"""A widget in a bare page: its own JavaScript, its own Python, no JupyterLab between.

Opens in a second, where JupyterLab takes ten; whether a widget also works there is for
the tests with `lab`.
"""

import base64
import json
import queue
import shutil
import time

from ipywidgets.widgets.widget import _put_buffers
from support import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-background-networking",
    "--disable-component-update",
)
CONTROLS = (
    "application",
    "button",
    "checkbox",
    "combobox",
    "ComboBoxGrouping",
    "link",
    "searchbox",
    "slider",
    "spinbutton",
    "textbox",
)
DARK = {
    "--jp-layout-color1": "#111111",
    "--jp-layout-color2": "#2a2a2a",
    "--jp-ui-font-color1": "#ffffff",
    "--jp-ui-font-color2": "#c0c0c0",
    "--jp-border-color1": "#616161",
}

# What a view knows as `model`: traits with change events, messages, binary data as
# DataView. Messages from Python are fetched, so that any thread may have sent them.
MODEL = """
async ({esm, css, state, detached}) => {
  const bytes = (text) => {
    const letters = atob(text), result = new Uint8Array(letters.length);
    for (let k = 0; k < letters.length; k++) result[k] = letters.charCodeAt(k);
    return result;
  };
  const unpack = (text) => JSON.parse(text, (key, value) =>
    value && value.__bytes__ !== undefined
      ? new DataView(bytes(value.__bytes__).buffer)
      : value);
  const pack = (value) => JSON.stringify(value, (key, part) => {
    if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) {
      const bytes = part instanceof ArrayBuffer ? new Uint8Array(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return {__bytes__: btoa(text)};
    }
    return part;
  });
  const values = unpack(state), handlers = {}, changed = new Set();
  const fire = (name, ...parts) => {
    for (const handler of [...(handlers[name] || [])]) handler(...parts);
  };
  const assign = (name, value) => {
    if (values[name] === value) return false;
    values[name] = value;
    return true;
  };
  const model = {
    handlers,
    get: (name) => values[name],
    set: (name, value) => {
      const all = typeof name === "object" ? name : {[name]: value};
      const new_ = Object.keys(all).filter(key => assign(key, all[key]));
      for (const key of new_) {
        changed.add(key);
        fire(`change:${key}`, model, all[key]);
      }
      if (new_.length) fire("change", model);
    },
    save_changes: () => {
      const state = Object.fromEntries([...changed].map(key => [key, values[key]]));
      changed.clear();
      tell({method: "update", state});
    },
    on: (name, f) => (handlers[name] ||= []).push(f),
    off: (name, f) => {
      handlers[name] = (handlers[name] || []).filter(g => f && g !== f);
    },
    send: (content, callbacks, buffers = []) =>
      tell({method: "custom", content, buffers}),
  };
  // A page that asks all the time costs more than what is tested: the longer Python is
  // silent, the longer it waits, until something is told.
  const SOON = 15, LATE = 120; // ms
  let pause = SOON, timer = 0;
  const tell = (message) => {
    window.toPython(pack(message));
    pause = SOON;
    clearTimeout(timer);
    timer = setTimeout(fetch, pause);
  };
  const fetch = async () => {
    const messages = await window.fromPython();
    pause = messages.length ? SOON : Math.min(2 * pause, LATE);
    for (const text of messages) {
      const message = unpack(text);
      if (message.method === "custom") {
        fire("msg:custom", message.content, message.buffers);
      } else {
        const new_ = Object.keys(message.state)
          .filter(key => assign(key, message.state[key]));
        for (const key of new_) fire(`change:${key}`, model, values[key]);
        if (new_.length) fire("change", model);
      }
    }
    clearTimeout(timer);
    timer = setTimeout(fetch, pause);
  };
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const url = URL.createObjectURL(new Blob([esm], {type: "text/javascript"}));
  const {default: view} = await import(url);
  window.model = model;
  const stage = document.getElementById("stage");
  window.enter = async () => {
    const el = document.createElement("div");
    if (!detached) stage.append(el);
    const end = await view.render({model, el});
    stage.append(el);
    window.leave = () => { end(); el.remove(); };
  };
  await enter();
  fetch();
}
"""


def launch(playwright):
    """Debian's Chromium, driven by Playwright."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=list(ARGUMENTS), chromium_sandbox=False
    )


class Stage:
    """A Python widget mounted in `page`; both sides hear each other.

    `detached`: it is painted first and put into the page then, as JupyterLab does.
    """

    def __init__(self, page, widget, theme: str = "light", detached: bool = False):
        self.page, self.widget, self._outbox = page, widget, queue.Queue()
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_content(
            '<!doctype html><html lang="en"><title>Stage</title>'
            '<body style="margin: 8px"><main id="stage"></main></body></html>'
        )
        if theme == "dark":
            self.dark()
        widget.comm.send = self._sent
        page.expose_function("toPython", self._heard)
        page.expose_function("fromPython", self._fetched)
        state = widget.get_state()
        code = {"esm": state.pop("_esm"), "css": state.pop("_css")}
        settings = {"state": _pack(state), "detached": detached}
        page.evaluate(MODEL, {**code, **settings})
        self.root = page.locator("[data-widget]").first
        self.root.wait_for()

    def fits(self) -> bool:
        """Is nothing in the widget wider than its place?"""
        return self.root.evaluate("e => e.scrollWidth <= e.clientWidth")

    def dark(self) -> None:
        """Switch to the colours of JupyterLab's dark theme."""
        self.page.evaluate(
            """(colours) => {
              for (const [name, value] of Object.entries(colours))
                document.body.style.setProperty(name, value);
              document.body.style.background = "#111";
              document.body.dataset.jpThemeLight = "false";
            }""",
            DARK,
        )

    def pictures(self) -> list[str]:
        """What is painted on each canvas."""
        return self.root.evaluate(
            "e => [...e.querySelectorAll('canvas')].map(c => c.toDataURL())"
        )

    def repaint(self) -> None:
        """Have the widget paint all anew, as after a change of theme."""
        seen = self.seq()
        self.page.evaluate("document.body.dataset.jpThemeName = 'the same'")
        self.wait_painted(seen)

    def zoom(self, ratio: float) -> None:
        """Zoom the page as its menu does: fewer CSS pixels, each of more real ones."""
        size = {
            name: round(length / ratio)
            for name, length in self.page.viewport_size.items()
        }
        tools = self.page.context.new_cdp_session(self.page)
        metrics = {**size, "deviceScaleFactor": ratio, "mobile": False}
        tools.send("Emulation.setDeviceMetricsOverride", metrics)

    def nameless(self) -> list[str]:
        """The roles of the controls that a screen reader finds but cannot name."""
        tools = self.page.context.new_cdp_session(self.page)
        tools.send("Accessibility.enable")
        nodes = tools.send("Accessibility.getFullAXTree")["nodes"]
        tools.detach()
        found = [node for node in nodes if not node["ignored"]]
        return [
            node["role"]["value"]
            for node in found
            if node["role"]["value"] in CONTROLS
            and not node.get("name", {}).get("value", "").strip()
        ]

    def lose_python(self) -> None:
        """The kernel is restarted: nothing can be sent, as JupyterLab's `Comm` says."""
        self.page.evaluate(
            "() => { model.send = () => { throw Error('Cannot send'); }; }"
        )

    def wait_in_vain(self) -> None:
        """Let the time pass after which an answer that does not come is spoken of."""
        self.page.clock.fast_forward(10_001)

    def seq(self) -> int:
        """How often the widget has painted."""
        return int(self.root.get_attribute("data-seq"))

    def left_behind(self) -> dict[str, int]:
        """What the page still holds: its nodes, and who listens to an event."""
        tools = self.page.context.new_cdp_session(self.page)
        tools.send("HeapProfiler.collectGarbage")
        counts = tools.send("Memory.getDOMCounters")
        tools.detach()
        return counts

    def wait_painted(self, since: int = 0) -> int:
        """Wait until it has painted more than `since` times; how often it now has."""
        self.page.wait_for_function(
            "([root, since]) => Number(root.dataset.seq) > since",
            arg=[self.root.element_handle(), since],
        )
        return self.seq()

    def wait(self, condition) -> None:
        """Wait until `condition()` holds, while the page and Python go on."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("waited in vain")

    def _heard(self, text: str) -> None:
        message = _unpack(text)
        if message["method"] == "update":
            self.widget.set_state(message["state"])
        else:
            self.widget._handle_custom_msg(message["content"], message["buffers"])

    def _sent(self, data=None, metadata=None, buffers=None) -> None:
        message = dict(data)
        if message["method"] == "update":
            _put_buffers(message["state"], message.pop("buffer_paths", []), buffers)
        else:
            message["buffers"] = list(buffers or [])
        if message["method"] in ("update", "custom"):
            self._outbox.put(_pack(message))

    def _fetched(self) -> list[str]:
        messages = []
        while not self._outbox.empty():
            messages.append(self._outbox.get())
        return messages


def _pack(value) -> str:
    def default(part):
        if isinstance(part, bytes | memoryview):
            return {"__bytes__": base64.b64encode(part).decode()}
        raise TypeError(f"{type(part)} does not go to the browser")

    return json.dumps(value, default=default)


def _unpack(text: str):
    def hook(part):
        if "__bytes__" in part:
            return memoryview(base64.b64decode(part["__bytes__"]))
        return part

    return json.loads(text, object_hook=hook)
