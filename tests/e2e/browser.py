"""A real server and a real browser, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from playwright.sync_api import (
    TimeoutError as BrowserTimeout,
)

from components.core.paths import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60
SOON = 3_000
"""Milliseconds after which an item of a menu is taken to be gone."""


@contextmanager
def server(script: Path = ROOT / "app.py", env: Mapping[str, str] | None = None) -> Iterator[str]:
    """A Streamlit server of a script on a free port of the loopback; its address."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = ["--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_up(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's, or Playwright's own where there is none."""
    executable = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            _ends_within(process, 0.05)
    raise TimeoutError(f"No answer from {address} within {START_SECONDS} s.")


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise RuntimeError(f"The server ended with code {code}.")


_COUNT_RUNS = """() => {
  const clicks = window.fusionClicks;
  window.runs = 0;
  if (clicks.counted) return;
  const next = clicks.next;
  clicks.counted = true;
  clicks.next = () => { window.runs += 1; next(); };
}"""
"""The page calls `next` at the beginning of each run of its script."""


def idle(page: Page) -> None:
    """Wait until no script runs and all it sent is drawn."""
    expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Wait until the run of the script that the block causes has begun, ended and been drawn."""
    idle(page)
    page.evaluate(_COUNT_RUNS)
    yield
    page.wait_for_function("() => window.runs > 0")
    idle(page)


OPENINGS = 20
"""How often `choose` opens a menu."""


def choose(
    page: Page,
    menu: Locator,
    role: Literal["menuitem", "option"],
    name: str,
    search: bool = False,
) -> None:
    """Open a menu or a list, type the name of an item where one searches, and choose it.

    A page that is drawn anew meanwhile may close the menu: it is opened again, as a person would.
    """
    item = page.get_by_role(role, name=name, exact=True)
    for _ in range(OPENINGS):
        try:
            if not item.is_visible():
                menu.click(timeout=SOON)
                if search:
                    menu.fill(name, timeout=SOON)
            item.click(timeout=SOON)
            return
        except BrowserTimeout:
            continue
    item.click()
