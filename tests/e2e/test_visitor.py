"""The visitor's cookie in a real browser: there from the first page on, and out of reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from components.ui.kit.visitor import COOKIE
from tests.e2e.browser import idle, press


def cookie(context: BrowserContext) -> tuple[str, bool]:
    """The browser's cookie, and whether it is out of reach of scripts."""
    (stored,) = [stored for stored in context.cookies() if stored["name"] == COOKIE]
    return stored["value"], stored["httpOnly"]


@pytest.mark.parametrize("arrival", ["typed", "from another site"])
def test_a_run_of_the_first_visit_is_the_visitors_own_after_a_reload(
    page: Page, context: BrowserContext, address: str, small_model: str, arrival: str
) -> None:
    if arrival == "typed":
        page.goto(small_model)
    else:
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


def test_a_cookie_of_an_earlier_version_is_taken_over(
    page: Page, context: BrowserContext, address: str
) -> None:
    earlier = "0123456789abcdef" * 2
    context.add_cookies([{"name": COOKIE, "value": earlier, "url": address, "sameSite": "Strict"}])
    page.goto(address)
    expect(page.get_by_test_id("figures")).to_be_visible()
    assert cookie(context) == (earlier, True)


def test_another_person_sees_a_run_once_it_is_shared_and_changes_nothing(
    page: Page, small_model: str, browser: Browser
) -> None:
    page.goto(small_model)
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    page.locator(".st-key-train button").click()
    expect(page.get_by_text("finished after 2 epochs")).to_be_visible()
    other = browser.new_page()
    other.goto(page.url)
    expect(other.get_by_text("A run must exist, and be yours or shared")).to_be_visible()
    expect(other.get_by_text("finished after 2 epochs")).to_have_count(0)
    idle(page)
    page.locator("[class*=st-key-share] button").click()
    page.get_by_text("Others may see this run").click()
    other.goto(page.locator("code", has_text="run=").inner_text())
    expect(other.get_by_text("finished after 2 epochs")).to_be_visible()
    expect(other.get_by_text("This run belongs to another person.")).to_be_visible()
    expect(other.locator(".st-key-stop button").first).to_be_disabled()
    expect(other.locator("[class*=st-key-share]")).to_have_count(0)
    page.get_by_text("Others may see this run").click()
    expect(page.get_by_text("Only you can see it now.")).to_be_visible()
    other.reload()
    expect(other.get_by_text("A run must exist, and be yours or shared")).to_be_visible()
    other.close()
