"""The teacher's view in a real browser: it is live, and the token is nowhere to be read."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import ADMIN_TOKEN, link_to_small_model, open_teachers_view, press
from tests.e2e.conftest import visitor

_KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


def test_the_view_is_live_and_stops_what_someone_else_has_started(
    page: Page, browser: Browser, address: str
) -> None:
    open_teachers_view(page, address)
    expect(page.get_by_role("cell", name="Keras host")).to_be_visible()
    for text in (page.url, page.content(), page.evaluate(_KEPT)):
        assert ADMIN_TOKEN not in text
    with visitor(browser) as student:
        student.goto(link_to_small_model(address, epochs=1000))
        press(student.get_by_role("link", name="Train"))
        expect(student.locator(".samples")).to_be_visible()
        student.locator(".st-key-train button").click()
        expect(page.get_by_text("is being trained")).to_be_visible()
        expect(page.get_by_role("cell", name="training", exact=True)).to_be_visible()
        page.get_by_role("button", name="Stop all").click()
        page.get_by_role("button", name="Stop 1 now").click()
        expect(page.get_by_text("Nothing is trained or waits.")).to_be_visible()
        expect(student.get_by_text("stopped after")).to_be_visible()
