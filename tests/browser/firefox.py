"""Firefox through puppeteer-core, which speaks to it in the standard way (BiDi)."""

import json
import shutil
import subprocess
from pathlib import Path

from support import PATIENCE

from tools import javascript

SCRIPT = Path(__file__).with_name("firefox.mjs")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")


def missing() -> str:
    """What is not there to open a page with, in a sentence; "" for nothing."""
    if why := javascript.available():
        return why
    if FIREFOX is None:
        return "No Firefox was found (on Debian: sudo apt install firefox-esr)."
    if not (javascript.ROOT / "node_modules" / "puppeteer-core").is_dir():
        return "puppeteer-core is not installed; run npm ci."
    return ""


def visit(page: Path) -> dict:
    """What a page does in Firefox: {"states", "errors", "requests"}."""
    answer = subprocess.run(
        [str(shutil.which("node")), SCRIPT, str(FIREFOX), page.as_uri()],
        cwd=javascript.ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    return json.loads(answer.stdout)
