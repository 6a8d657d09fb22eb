"""From `streamlit run` to first content in Chromium, against an empty Streamlit app."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.rows import BenchmarkRow, show
from components.core.paths import ROOT
from tests.e2e.browser import chromium, server

ROUNDS = 3
EMPTY = 'import streamlit as st\nst.text("hello")\n'


def main() -> None:
    """Print the rows."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        empty = _seconds(browser, script, '[data-testid="stText"]')
        first = _seconds(browser, ROOT / "serve.py", ".st-key-preset_row")
        model = _seconds(browser, ROOT / "serve.py", "g.node")
    show(
        "From `streamlit run` to first content",
        [
            BenchmarkRow("an empty app", _figures(empty, empty)),
            BenchmarkRow("the sidebar", _figures(first, empty)),
            BenchmarkRow("the model, TensorFlow loaded", _figures(model, empty)),
        ],
    )


def _figures(taken: float, plain: float) -> dict[str, str]:
    return {"s": f"{taken:.2f}", "ratio": f"{taken / plain:.1f}"}


def _seconds(browser: Browser, script: Path, first: str) -> float:
    times = []
    for _ in range(ROUNDS):
        page = browser.new_page()
        start = time.perf_counter()
        with server(script) as address:
            page.goto(address)
            page.wait_for_selector(first, timeout=60_000)
            times.append(time.perf_counter() - start)
            page.close()
    return statistics.median(times)


if __name__ == "__main__":
    main()
