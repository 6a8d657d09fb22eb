"""The teacher's view in a real browser: it is live, and the token is nowhere to be read."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import idle
from tests.e2e.conftest import ADMIN_TOKEN

_KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


def open_view(page: Page, address: str) -> None:
    page.goto(f"{address}/Admin")
    page.get_by_label("Token").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Open the teacher's view").click()
    expect(page.get_by_text("Processes", exact=True)).to_be_visible()


def test_the_view_is_live_and_stops_what_someone_else_has_started(
    page: Page, browser: Browser, address: str
) -> None:
    open_view(page, address)
    expect(page.get_by_role("cell", name="Keras host")).to_be_visible()
    for text in (page.url, page.content(), page.evaluate(_KEPT)):
        assert ADMIN_TOKEN not in text
    student = browser.new_page()
    student.goto(f"{address}/Train")
    expect(student.locator(".samples")).to_be_visible()
    field = student.get_by_label("Epochs", exact=True).first
    field.fill("1000")
    field.press("Enter")
    idle(student)
    student.locator(".st-key-train button").click()
    expect(page.get_by_text("is being trained")).to_be_visible()
    expect(page.get_by_role("cell", name="Train,")).to_be_visible()
    expect(page.get_by_role("cell", name="training", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop all").click()
    page.get_by_role("button", name="Stop 1 now").click()
    expect(page.get_by_text("Nothing is trained or waits.")).to_be_visible()
    expect(student.get_by_text("stopped after")).to_be_visible()
    student.close()


def test_the_navigation_does_not_lead_there(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("link", name="Train")).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
