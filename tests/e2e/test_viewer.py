"""The Viewer page as a person meets it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import idle, press


def test_an_example_a_block_its_part_and_back(page: Page, address: str) -> None:
    page.goto(f"{address}/Viewer")
    figures = page.get_by_test_id("figures")
    expect(page.locator("g.node#block_5")).to_be_visible()
    expect(figures).to_contain_text("2,554,968")
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.get_by_role("button", name="Show all")).to_be_in_viewport(ratio=1)
    expect(page.locator(".viewer")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 800})
    press(page.get_by_role("button", name="EfficientNetB0"))
    expect(figures).to_contain_text("5,330,571")
    expect(page.locator("g.node#block_18")).to_be_visible()
    idle(page)
    expect(page.locator("g.node#block_5")).to_have_count(1)
    press(page.locator("g.node#block_5"))
    expect(page.locator("g.node#block3b_dwconv")).to_be_visible()
    expect(figures).to_contain_text("32,330")
    idle(page)
    expect(page.locator("g.node#block3b_dwconv")).to_have_count(1)
    press(page.locator("g.node#block3b_dwconv"))
    expect(page.get_by_test_id("card")).to_contain_text("block3b_dwconv")
    page.get_by_role("button", name="EfficientNetB0").first.wait_for()
    press(page.locator(".st-key-way").get_by_role("button", name="EfficientNetB0"))
    expect(page.locator("g.node#block_5")).to_be_visible()
    expect(figures).to_contain_text("5,330,571")

    idle(page)
    with page.expect_download() as got:
        page.get_by_test_id("stPopoverButton").click()
        page.get_by_role("button", name="Picture as SVG").click()
    assert "block3b" in Path(got.value.path()).read_text(encoding="utf-8")
