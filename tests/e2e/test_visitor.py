"""The visitor's cookie in a real browser: there from the first page on, and out of reach."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from components.ui.kit.visitor import COOKIE
from tests.e2e.browser import idle, press


def cookie(context: BrowserContext) -> tuple[str, bool]:
    """The browser's cookie, and whether it is out of reach of scripts."""
    (stored,) = [stored for stored in context.cookies() if stored["name"] == COOKIE]
    return stored["value"], stored["httpOnly"]


def test_a_run_of_a_first_visit_from_another_site_is_the_visitors_own_after_a_reload(
    page: Page, context: BrowserContext, address: str, small_model: str
) -> None:
    page.goto(f"{address.replace('127.0.0.1', 'localhost')}/health")
    context.clear_cookies()
    page.evaluate("(url) => { location.href = url; }", small_model)
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    name, hidden = cookie(context)
    assert hidden
    assert COOKIE not in page.evaluate("() => document.cookie")
    page.locator(".st-key-train button").click()
    expect(page.get_by_text("finished after 2 epochs")).to_be_visible()
    page.reload()
    expect(page.locator(".samples").first).to_be_visible()
    idle(page)
    expect(page.get_by_text("No earlier runs.")).to_have_count(0)
    assert cookie(context) == (name, True)
    assert name not in page.content()
