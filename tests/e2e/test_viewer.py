"""The Viewer page as a person uses it: its scripts in a browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.browser import idle, step

_DROPPED = """() => {
  const held = new DataTransfer();
  held.items.add(new File(["[1, 2]"], "dropped.json", {type: "application/json"}));
  return held;
}"""


def test_a_key_leads_to_the_search_and_a_dropped_file_is_read(page: Page, address: str) -> None:
    page.goto(f"{address}/Viewer")
    expect(page.locator("g.node#block_5")).to_be_visible()
    idle(page)
    with step("the key of all searches leads to that of layers, and is not typed"):
        search = page.get_by_role("combobox", name="Find a layer")
        page.keyboard.press("/")
        expect(search).to_be_focused()
        expect(search).to_have_value("")
        page.keyboard.press("Escape")
    with step("a file is dropped beside its field"):
        page.locator(".viewer").dispatch_event(
            "drop", {"dataTransfer": page.evaluate_handle(_DROPPED)}
        )
        expect(page.get_by_test_id("stSidebar").get_by_text("dropped.json:")).to_be_visible()
