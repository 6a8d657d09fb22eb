"""Netron's pictures of model files, in a headless Chromium."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from playwright.sync_api import Page, Route

from components.base.errors import FileError
from tests.e2e.browser import chromium

MILLISECONDS = 250_000
"""Milliseconds allowed for one picture."""
ENDED = """() => {
    const names = document.body.classList;
    if (names.contains('alert') || names.contains('notification')) {
        return document.getElementById('message-text').innerText;
    }
    return names.contains('spinner') || !document.querySelector('svg .node') ? null : 'drawn';
}"""
"""Script that returns `drawn` once there is a graph, else the message that Netron shows."""
PICTURES = os.environ.get("FUSION_BENCH_PICTURES")
"""Folder to keep screenshots in."""


@contextmanager
def netron_page() -> Iterator[Page]:
    """Open a page that can reach only this machine."""
    logging.getLogger().addHandler(logging.NullHandler())  # Netron would log each file.
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.route("**/*", _only_here)
        page.add_init_script(
            "document.cookie = 'consent=1'"
        )  # Netron asks for consent to count its users.
        yield page


def show_in_netron(page: Page, path: Path) -> None:
    """Serve a file with Netron, and wait for its graph. Raises `FileError` if there is none."""
    netron = import_module("netron")
    host, port = netron.serve(str(path))
    try:
        page.goto(f"http://{host}:{port}")
        words = page.wait_for_function(ENDED).json_value()
        if words != "drawn":
            raise FileError("Netron draws no graph.", words, "")
        if PICTURES:
            page.screenshot(path=Path(PICTURES, f"{path.stem}-netron.png"))
    finally:
        netron.stop((host, port))
        page.goto("about:blank")


def _only_here(route: Route) -> None:
    if route.request.url.startswith("http://localhost:"):
        route.continue_()
    else:
        route.abort()
