"""Time from a key press on a slider to the new diagram in a real browser, against a bare slider."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.rows import BenchmarkRow, show
from components.models.architecture.architecture import Architecture, parse
from components.sharing.links.link import PARAMETER, share
from sample_data.content import presets
from tests.e2e.browser import chromium, idle, server

Presses = Sequence[tuple[int, str]]
"""Positions of sliders on the page, and keys."""
BARE = """
import streamlit as st
value = st.slider("Value", 0, 100, 50)
st.text(f"value is {value}")
"""
CROWDED = {
    "inputs": [
        {"name": "photo", "kind": "image", "height": 64, "width": 64,
         "encoder": {"kind": "residual2d", "depth": 2, "filters": 16, "projection": 64}},
        {"name": "scan", "kind": "image",
         "encoder": {"kind": "conv2d", "depth": 2, "filters": 16, "projection": 64}},
        {"name": "text", "kind": "tokens",
         "encoder": {"kind": "bidirectional", "units": 32, "projection": 64}},
        {"name": "signal", "kind": "timeseries",
         "encoder": {"kind": "conv1d", "depth": 3, "projection": 64}},
        {"name": "table", "kind": "vector", "encoder": {"kind": "dense", "depth": 3, "units": 64}},
        {"name": "region", "kind": "categorical",
         "encoder": {"kind": "embedding", "depth": 2, "units": 64}},
    ],
    "merges": [
        {"name": "seen", "kind": "gated", "sources": ["photo", "scan"]},
        {"name": "read", "kind": "film", "sources": ["text", "signal"]},
        {"name": "fusion", "kind": "low_rank_bilinear",
         "sources": ["seen", "read", "table", "region"]},
    ],
    "trunk": {"depth": 2, "units": 64},
    "heads": [
        {"name": "label", "kind": "multiclass", "source": "trunk"},
        {"name": "price", "kind": "regression", "source": "trunk"},
    ],
}  # fmt: skip
"""Six inputs, three merges and some 60 layers."""
TABLE = 4
"""Position of `table` among the blocks of the sidebar."""


def main() -> None:
    with chromium() as browser:
        bare = _bare(browser)
        default = presets.load(presets.DEFAULT)
        ours = _ours(browser, default, _walk(slider=1, trunk=2, steps=7, rounds=8))
        walk = _walk(slider=0, trunk=1, steps=5, rounds=6)
        crowded = _ours(browser, parse(CROWDED), walk, unfold=TABLE)
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
            page = _open(browser, address, '[data-testid="stText"]')
            presses = [(0, "ArrowRight"), (0, "ArrowLeft")] * 30
            return _milliseconds(page, "[data-testid=stText]", presses)


def _ours(
    browser: Browser, model: Architecture, presses: Presses, unfold: int | None = None
) -> list[float]:
    with server() as address:
        page = _open(browser, f"{address}/?{PARAMETER}={share(model)}", "g.node")
        if unfold is not None:
            page.locator("[class*='-fold'] button").nth(unfold).click()
        return _milliseconds(page, ".viewer", presses)


def _walk(slider: int, trunk: int, steps: int, rounds: int) -> Presses:
    """Return presses for each depth of a branch and of the trunk, without repeated models."""
    presses: list[tuple[int, str]] = []
    for number in range(rounds):
        presses += [(slider, "ArrowLeft" if number % 2 else "ArrowRight")] * steps
        presses.append((trunk, "ArrowRight"))
    return presses


def _open(browser: Browser, address: str, ready: str) -> Page:
    """Open a page without the app's content policy, so that Playwright can run its conditions."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page.goto(address)
    page.wait_for_selector(ready, timeout=60_000)
    return page


def _milliseconds(page: Page, watched: str, presses: Presses) -> list[float]:
    """Return the times from presses to changes of the watched element, without the first three."""
    sliders = page.locator('[data-testid="stSlider"] input')
    times: list[float] = []
    for slider, key in presses:
        idle(page)
        sliders.nth(slider).focus()
        page.evaluate(_ARM, watched)
        page.keyboard.press(key)
        page.wait_for_function("window.took !== undefined", timeout=10_000)
        times.append(float(page.evaluate("window.took")))
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
