"""The pictures of the README, taken of the running app: `python -m benchmarks.screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from components.core.paths import ROOT
from components.export.link import PARAMETER, share
from components.race.atlas.parts import two_vectors
from tests.e2e.browser import NO_HINTS, choose, chromium, server

DOCS = ROOT / "docs"
SIZE: ViewportSize = {"width": 1280, "height": 800}


def main() -> None:
    """Write `docs/….png`: a picture of each page, gallery, code, a merge that fails, a lesson."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        database = f"sqlite:///{Path(folder) / 'runs.sqlite'}"
        with server(env={"FUSION_DATABASE_URL": database}) as address:
            page = _opened(browser, address)
            page.locator("g.node#image_projection").click()
            page.wait_for_timeout(1000)
            page.mouse.move(700, 770)
            page.screenshot(path=DOCS / "build.png")
            _gallery(page)
            _code(page)
            page.screenshot(path=DOCS / "code.png")
            page.get_by_role("button", name="Undo").click()
            page.get_by_text("Diagram", exact=True).click()
            page.wait_for_timeout(1000)
            _strategies(page)
            page.screenshot(path=DOCS / "strategies.png")
            _unfit(page)
            page.screenshot(path=DOCS / "unfit.png")
            page.get_by_role("button", name="Undo").click()
            page.wait_for_timeout(1000)
            _train(page)
            page.screenshot(path=DOCS / "train.png")
            _inspect(page)
            page.screenshot(path=DOCS / "inspect.png")
            _viewer(page)
            page.screenshot(path=DOCS / "viewer.png")
            _compare(page, address)
            page.screenshot(path=DOCS / "compare.png")
            _lesson(page, address)
            page.screenshot(path=DOCS / "lesson.png")


def _viewer(page: Page) -> None:
    """An application of Keras's, as blocks."""
    page.get_by_role("link", name="Viewer").click()
    page.wait_for_selector("g.node", timeout=20_000)
    page.wait_for_timeout(1500)


def _compare(page: Page, address: str) -> None:
    """Two vectors on a conditional relation, with a bet that is answered."""
    page.goto(f"{address}/?{PARAMETER}={share(two_vectors())}")
    page.wait_for_selector("g.node", timeout=20_000)
    page.get_by_role("link", name="Compare").click()
    relations = page.get_by_role("combobox", name="Relations")
    relations.click(timeout=20_000)
    page.get_by_role("option", name="Conditional", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Redundant", exact=False).first.click()
    page.wait_for_timeout(1500)
    page.get_by_role("combobox", name="Winner").click()
    page.get_by_role("option", name="Multiply", exact=True).click()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Start race").click()
    page.get_by_text("You bet on", exact=False).first.wait_for(timeout=180_000)
    page.mouse.move(700, 790)
    page.wait_for_timeout(2500)


def _lesson(page: Page, address: str) -> None:
    """The first step of a lesson beside the Build page."""
    page.goto(f"{address}/?lesson=xor")
    page.wait_for_selector(".st-key-lesson_panel", timeout=20_000)
    page.wait_for_selector("g.node", timeout=20_000)
    page.wait_for_timeout(1500)


def _opened(browser: Browser, address: str) -> Page:
    page: Page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
    page.add_init_script(NO_HINTS)
    page.goto(address)
    page.wait_for_selector("g.node", timeout=60_000)
    page.wait_for_timeout(1000)
    return page


def _gallery(page: Page) -> None:
    """The gallery, from the presets of recommendation and tables on; nothing is chosen."""
    page.get_by_role("button", name="Picture and text", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Recommendation and tables", exact=True).first.click()
    dialog.get_by_role("button", name="Two predictions, no merge").wait_for(state="hidden")
    page.wait_for_timeout(1000)
    page.screenshot(path=DOCS / "gallery.png")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def _code(page: Page) -> None:
    """The script of two LSTM layers, one of them new, and selected in picture and script."""
    page.get_by_text("Code", exact=True).click()
    page.locator(".line.node").first.wait_for(timeout=20_000)
    page.locator('[data-testid="stSlider"] input').nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.locator('.line[data-node="text_lstm_2"]').first.click()
    page.get_by_test_id("card").get_by_text("layers.LSTM").wait_for(timeout=20_000)
    page.wait_for_timeout(1500)
    page.mouse.move(700, 770)


def _strategies(page: Page) -> None:
    """The results of a search for `gate`."""
    page.get_by_role("link", name="Strategies").click()
    search = page.locator("input[type=search]")
    search.fill("gate")
    search.press("Enter")
    page.get_by_text("Gated multimodal unit").first.wait_for(timeout=20_000)
    page.wait_for_timeout(2500)


def _unfit(page: Page) -> None:
    """A merge of maps on branches that give vectors."""
    page.get_by_role("link", name="Build").click()
    page.wait_for_selector("g.node", timeout=20_000)
    _merge_by(page, "Squeeze-excite fusion")
    page.wait_for_timeout(2000)
    page.mouse.move(700, 770)


def _merge_by(page: Page, strategy: str) -> None:
    field = page.get_by_role("combobox", name="Strategy").first
    field.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    field.click()
    page.keyboard.type(strategy)
    page.get_by_role("option", name=strategy).click()
    page.wait_for_timeout(700)


def _train(page: Page) -> None:
    """Two runs on xor, merged by sum and by product, one laid over the other."""
    for _ in range(2):
        choose(page, page.get_by_role("button", name="Add input"), "menuitem", "Vector")
        page.wait_for_timeout(700)
    for branch in ("image", "text"):
        button = page.get_by_role("button", name=f"Change {branch}")
        choose(page, button, "menuitem", "Remove")
        page.wait_for_timeout(700)
    for strategy in ("Add", "Multiply"):
        page.get_by_role("link", name="Build").click()
        page.wait_for_selector("g.node", timeout=20_000)
        _merge_by(page, strategy)
        page.get_by_role("link", name="Train").click()
        page.wait_for_selector(".samples", timeout=20_000)
        _relation(page, "Xor")
        page.locator(".st-key-train button").click()
        page.locator(".st-key-stop button:enabled").wait_for(timeout=20_000)
        page.locator(".st-key-train button:enabled").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    page.mouse.move(640, 5)


def _inspect(page: Page) -> None:
    """The product that learned xor: all of it is cooperation."""
    page.get_by_role("link", name="Inspect").first.click()
    page.get_by_role("button", name="Inspect", exact=True).click()
    page.get_by_role("button", name="Inspect again").wait_for(timeout=60_000)
    page.wait_for_timeout(2500)
    page.mouse.move(640, 5)


def _relation(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Relation").click()
    page.keyboard.type(name)
    page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
