"""From a key press on a slider to the new diagram in a real browser, against a bare slider."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.crowded import ARCHITECTURE
from benchmarks.rows import BenchmarkRow, show
from tests.e2e.browser import chromium, server

PRESSES = 60
BARE = """
import streamlit as st
value = st.slider("Value", 0, 100, 50)
st.text(f"value is {value}")
"""


def main() -> None:
    """Print the rows."""
    with chromium() as browser:
        bare = _bare(browser)
        ours = _ours(browser)
        crowded = _crowded(browser)
    show(
        "Key press to the new picture in Chromium",
        [
            _row("bare slider and its value", bare, bare),
            _row("depth of a branch to a diagram never drawn before", ours, bare),
            _row("the same with 6 inputs, 3 merges and 63 to 80 layers", crowded, bare),
        ],
    )


def _row(name: str, times: Sequence[float], plain: Sequence[float]) -> BenchmarkRow:
    middle = statistics.median(times)
    late = statistics.quantiles(times, n=20)[-1]
    ratio = middle / statistics.median(plain)
    return BenchmarkRow(
        name, {"p50 ms": f"{middle:.0f}", "p95 ms": f"{late:.0f}", "ratio": f"{ratio:.1f}"}
    )


def _bare(browser: Browser) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        with server(script) as address:
            page = _open(browser)
            page.goto(address)
            page.wait_for_selector('[data-testid="stText"]')
            keys = ["ArrowRight", "ArrowLeft"] * (PRESSES // 2)
            return _presses(page, "[data-testid=stText]", [(0, key) for key in keys])


def _ours(browser: Browser) -> list[float]:
    with server() as address:
        page = _open(browser)
        page.goto(address)
        page.wait_for_selector("g.node", timeout=60_000)
        return _presses(page, ".viewer", _walk())


def _crowded(browser: Browser) -> list[float]:
    """The depth of one branch of a large model, at each depth of the trunk: none drawn twice."""
    with server() as address, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "crowded.json"
        file.write_text(json.dumps(ARCHITECTURE))
        page = _open(browser)
        page.goto(address)
        page.wait_for_selector("g.node", timeout=60_000)
        page.locator(".st-key-open button").click()
        page.locator('input[type="file"]').set_input_files(file)
        page.wait_for_selector("g#price")
        page.keyboard.press("Escape")
        time.sleep(1)
        page.locator("[class*='-fold'] button").nth(4).click()
        time.sleep(1)
        presses: list[tuple[int, str]] = []
        for trunk in range(6):
            presses += [(0, "ArrowLeft" if trunk % 2 else "ArrowRight")] * 5
            presses.append((1, "ArrowRight"))
        return _presses(page, ".viewer", presses)


def _walk() -> list[tuple[int, str]]:
    """Presses that come to no architecture twice: text's depth at each depth of the trunk."""
    presses: list[tuple[int, str]] = []
    for trunk in range(8):
        presses += [(1, "ArrowLeft" if trunk % 2 else "ArrowRight")] * 7
        presses.append((2, "ArrowRight"))
    return presses


def _open(browser: Browser) -> Page:
    """A page in which Playwright may evaluate what it waits for, which the app's policy forbids."""
    return browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)


def _presses(page: Page, watched: str, presses: Sequence[tuple[int, str]]) -> list[float]:
    """Milliseconds from each press on a slider to the change of the watched element."""
    time.sleep(2)
    sliders = page.locator('[data-testid="stSlider"] input')
    times: list[float] = []
    for slider, key in presses:
        sliders.nth(slider).focus()
        page.evaluate(_ARM, watched)
        page.keyboard.press(key)
        page.wait_for_function("window.took !== undefined", timeout=10_000)
        times.append(float(page.evaluate("window.took")))
        time.sleep(0.25)
    return times[3:]


_ARM = """
(watched) => {
  const deep = (root) => {
    const element = root.querySelector(watched);
    if (element) return element;
    for (const element of root.querySelectorAll("*"))
      if (element.shadowRoot) { const inner = deep(element.shadowRoot); if (inner) return inner; }
    return null;
  };
  const state = () => { const e = deep(document); return e?.dataset.drawn ?? e?.innerText; };
  const first = state();
  window.took = undefined;
  document.addEventListener("keydown", () => {
    const start = performance.now();
    const look = () => {
      if (state() !== first) window.took = performance.now() - start;
      else requestAnimationFrame(look);
    };
    look();
  }, { once: true, capture: true });
}
"""


if __name__ == "__main__":
    main()
