"""The Strategies page as a person uses it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e import access
from tests.e2e.browser import idle, press, step


def test_strategies_are_browsed(page: Page, address: str) -> None:
    page.goto(f"{address}/Strategies")
    first = page.locator(".st-key-entry_concatenate")
    expect(first).to_be_visible()
    idle(page)
    with step("cards are whole"):
        picture = first.get_by_role("img", name=re.compile("^Concatenate: image 128 and text 128"))
        expect(picture.locator("g.node")).to_have_count(3)
        expect(first.locator(".katex").first).to_be_visible()
        expect(first.get_by_role("button", name="In use")).to_be_disabled()
        assert access.cut(page) == access.covered(page) == []
    with step("numbers are animated once, if motion is allowed"):
        figure = page.get_by_role("img", name=re.compile(r"^Sum\. .* = \[3, 4, 1\]"))
        expect(figure).to_be_visible()
        running = "e => e.getAnimations({subtree: true}).length"
        shown = (
            "e => [...e.querySelectorAll('.appear')]"
            ".map(box => [getComputedStyle(box).opacity, box.textContent])"
        )
        result = [["1", "3"], ["1", "4"], ["1", "1"]]
        assert figure.evaluate(running) == 0
        assert figure.evaluate(shown) == result
        page.emulate_media(reduced_motion="no-preference")
        page.wait_for_function(
            "e => e.getAnimations({subtree: true}).length", arg=figure.element_handle()
        )
        figure.evaluate("e => e.getAnimations({subtree: true}).forEach(a => a.finish())")
        assert figure.evaluate(shown) == result
        page.emulate_media(reduced_motion="reduce")
    with step("the table shows the same"):
        press(page.get_by_text("Table", exact=True))
        table = page.get_by_test_id("stDataFrame")
        expect(table).to_be_visible()
        expect(first).to_have_count(0)
        expect(table.locator("canvas [role=gridcell]").first).to_be_attached()
        idle(page)
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 16, box["y"] + 50)
        expect(page.get_by_role("button", name="All strategies")).to_be_visible()
        expect(page).to_have_url(re.compile("strategy=concatenate"))
