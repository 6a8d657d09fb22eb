"""Each name in Streamlit's page, found in Chromium on a page with every widget of the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from components.app.streamlit_edge.dom import SELECTORS, filled
from components.base.paths import ROOT
from tests.e2e.browser import step
from tests.e2e.conftest import PATIENCE, WINDOW
from tests.serving import server_process
from tests.waiting import wait_until

EVERY_WIDGET = Path(__file__).with_name("every_widget.py")


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open the fully drawn page. One of its buttons runs the script until the file `gate`
    exists.
    """
    with server_process(EVERY_WIDGET) as server:
        page = browser.new_page(viewport=WINDOW)
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.address}?{urlencode({'gate': tmp_path / 'gate'})}")
        expect(page.get_by_text("The last element")).to_be_visible()
        yield page
        page.close()


def test_every_name_is_one_of_streamlits_page(page: Page, tmp_path: Path) -> None:
    missing = set(SELECTORS)

    def find(*names: str) -> None:
        """Wait for these names, and cross off all names on the page."""
        wait_until(lambda: all(page.locator(SELECTORS[name]).count() for name in names))
        missing.difference_update([n for n in missing if page.locator(SELECTORS[n]).count()])

    with step("parts that appear with a click or during a long run"):
        page.get_by_role("button", name="Popover").click()
        find("popover-content", "plotly", "echarts", "data-frame")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Run until the gate opens").click()
        find("stale")
        (tmp_path / "gate").touch()
        find("at-rest")
        page.get_by_role("button", name="Open the dialog").click()
        find("dialog")
        page.keyboard.press("Escape")
    with step("the closed sidebar"):
        page.get_by_label("Beside", exact=True).hover()
        page.get_by_role("button", name="Collapse sidebar").click()
        find("open-sidebar", "collapsed-sidebar")
    with step("a field with a cursor in it"):
        page.get_by_label("Text", exact=True).press_sequentially("a")
        find("instructions")
    assert missing == set()


def test_styles_and_scripts_name_only_what_is_in_the_table() -> None:
    with pytest.raises(KeyError):
        filled(":--nothing { color: red; }")
    for file in (*ROOT.glob("components/**/*.css"), *ROOT.glob("components/**/*.js")):
        assert ":--" not in filled(file.read_text(encoding="utf-8")), file
