"""A real server and a real browser, for tests and benchmarks."""

from __future__ import annotations

import shutil
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

from components.base.paths import ROOT
from components.experiments.training.requests import Settings
from components.sharing.links.link import PARAMETER, RaceSetup, share
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.experiments.training.support import LABEL, fused, vector
from tests.serving import server_process

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
NO_HINTS = "localStorage.setItem('fusion-hints-closed', '1')"
"""A browser script that closes the hints of the first visit."""
SOON = 3_000
"""Milliseconds to wait for a menu item before the menu counts as closed."""


@contextmanager
def server(
    script: Path = ROOT / "app.py",
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[str]:
    """Start a Streamlit server of a script on a free loopback port, and yield its address."""
    with server_process(script, env, log) as started:
        yield started.address


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Start a headless Chromium, the system's or Playwright's own, with additional arguments."""
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
                *more,
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Add the name of a step to any exception raised in it."""
    try:
        yield
    except Exception as error:
        error.add_note(f"In the step: {name}.")
        raise


_COUNT_RUNS = """() => {
  const clicks = window.fusionClicks;
  window.runs = 0;
  if (clicks.counted) return;
  const next = clicks.next;
  clicks.counted = true;
  clicks.next = () => { window.runs += 1; next(); };
}"""
"""A script that counts runs: the page calls `next` at the beginning of each."""


FRAME = """() => new Promise(done => {
  requestAnimationFrame(() => setTimeout(done));
  setTimeout(done, 2000);
})"""
"""A script that waits for the next frame, at most 2 s: an unchanged page may draw none."""


def idle(page: Page) -> None:
    """Wait until no script runs and its output is drawn."""
    expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1)
    page.evaluate(FRAME)


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Wait until the script run that the block causes has begun, ended and been drawn."""
    idle(page)
    page.wait_for_function("() => window.fusionClicks")
    page.evaluate(_COUNT_RUNS)
    yield
    page.wait_for_function("() => window.runs > 0", polling=50)
    idle(page)


def press(part: Locator) -> None:
    """Click a part of an idle page, and wait until the resulting run has been drawn.

    A page that is being redrawn may move or replace its parts under the mouse.
    """
    with rerun(part.page):
        part.click()


def size(part: Locator) -> tuple[float, float]:
    """Return the width and height of a part in pixels."""
    box = part.bounding_box()
    assert box is not None
    return box["width"], box["height"]


OPENINGS = 20
"""Number of times that `choose` opens a menu."""


def choose(
    page: Page,
    menu: Locator,
    role: Literal["menuitem", "option"],
    name: str,
    search: bool = False,
) -> None:
    """Open a menu or a list, type the item's name if the list has a search field, and choose it.

    If a redraw closes the menu in the meantime, it is opened again, as a person would do.
    """
    item = page.get_by_role(role, name=name, exact=True)
    idle(page)
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


FORMS = (("SVG", b"<svg"), ("PNG", b"\x89PNG"))
"""Formats of a saved picture, with the first bytes of their files."""


def form_switch(page: Page, form: str) -> Locator:
    """Return the switch for the format of saved charts."""
    return page.locator(".st-key-saved_as").get_by_role("radio", name=form)


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """Click a button, and save its download under the suggested name."""
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def opened(page: Page, key: str) -> Locator:
    """Open a popover, and return its content, which is drawn only when it is open."""
    press(page.locator(f"[class*=st-key-{key}] button").first)
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    return body


def select_run(page: Page) -> None:
    """Select the first run in the table of the Train page, which is drawn on a canvas."""
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas [role=gridcell]").first).to_be_attached()
    with rerun(page):
        table.locator(".dvn-scroller").click(position={"x": 16, "y": 52})


def open_preset(page: Page, title: str) -> None:
    """Choose a preset in the gallery."""
    press(page.locator(".st-key-preset").get_by_role("button"))
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=title, exact=True).click()
    expect(dialog).to_have_count(0)
    idle(page)


def open_file(page: Page, file: Path) -> None:
    """Open a model file on the Build page."""
    field = opened(page, "share").locator('input[type="file"]')
    with rerun(page):
        field.set_input_files(file)


def train(page: Page, model: str) -> None:
    """Open the model of a link, and train it to the end."""
    page.goto(model)
    press(page.get_by_role("link", name="Train", exact=True))
    expect(page.locator(".samples")).to_be_visible()
    idle(page)
    page.locator(".st-key-train button").click()
    expect(page.get_by_test_id("stProgress").get_by_text("finished after")).to_be_visible()
    idle(page)


def inspect(page: Page) -> None:
    """Open the inspection of the run whose report the Train page shows."""
    page.locator(".st-key-report_head").get_by_role("link", name="Inspect").click()
    expect(page.locator(".st-key-inspect_charts")).to_be_visible()
    idle(page)


def unfold(page: Page) -> None:
    """Open all sections of an inspection."""
    for fold in page.locator("[class*=st-key-fold_] details:not([open]) summary").all()[::-1]:
        fold.click()
        idle(page)
    expect(page.locator(".measures")).to_be_visible()


def number(page: Page, label: str, value: str) -> None:
    """Type a number into a field."""
    field = page.get_by_label(label, exact=True).first
    with rerun(page):
        field.fill(value)
        field.press("Enter")


def link_to_small_model(address: str, seed: int = 0, epochs: int = 2, samples: int = 400) -> str:
    """Return a link to a small model whose training takes a moment.

    All tests of a server share its runs: use another seed of the data for runs of your own.
    """
    data = DataSpec(relation=RELATIONS["redundant"](), samples=samples, seed=seed)
    token = share(presets.load("independent_predictions"), data, Settings(epochs=epochs))
    return f"{address}/?{PARAMETER}={token}"


TWO_VECTORS = fused([vector("left", 4, 8), vector("right", 4, 8)], [LABEL])
FEW = DataSpec(relation=RELATIONS["xor"](), samples=200)


def open_race(page: Page, address: str, *entries: str, epochs: int = 3) -> None:
    """Open the Compare page by a link that sets up a race of that model with two seeds."""
    setup = RaceSetup(entries=entries, data=(FEW,), seeds=2)
    token = share(TWO_VECTORS, FEW, Settings(epochs=epochs), setup)
    page.goto(f"{address}/Compare?{PARAMETER}={token}")
    expect(page.locator(".st-key-bet")).to_be_visible()
    idle(page)
