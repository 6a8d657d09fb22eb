"""Projector mode: how it is entered and left, and that a room can read each page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from components.export.link import PARAMETER
from tests.e2e.access import findings, letters, settled, use_scheme, wordless
from tests.e2e.browser import idle, press, train_and_inspect

LEAST = 20
"""Pixels of the smallest letters on a screen of 1280 × 720."""
PICTURE = ".st-key-present_picture"
PAGES = {
    "": f"{PICTURE} g.node",
    "Train": f"{PICTURE} svg text",
    "Inspect": f"{PICTURE} svg text",
    "Compare": ".board svg text",
    "Strategies": "[class*=st-key-entry_concatenate]",
    "Strategies?strategy=gated": f"{PICTURE} g.node",
    "Viewer": f"{PICTURE} g.node",
    "Learn": ".lesson-card",
    "Room": ".room-sign",
}
"""An element that a page shows when it is ready."""
ON = re.compile(r"[?&]present=1")


@pytest.fixture
def small(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return page


def test_a_room_can_read_every_page(small: Page, address: str, small_model: str) -> None:
    train_and_inspect(small, small_model)
    press(small.get_by_role("link", name="Compare"))
    small.locator(".st-key-start_race button").click()
    expect(small.locator(".verdict")).to_be_visible()
    small.goto(f"{address}/Room")
    small.get_by_role("button", name="Open a class room").click()
    expect(small.locator(".room-sign")).to_be_visible()
    problems: list[str] = []
    for path, ready in PAGES.items():
        small.goto(f"{address}/{path}{'&' if '?' in path else '?'}present=1")
        expect(small.locator(ready).first).to_be_visible()
        settled(small)
        problems += [f"{path}: {text}" for text in (*letters(small, LEAST), *wide(small))]
        problems += [*findings(small), *wordless(small)]
        use_scheme(small, "dark")
        problems += findings(small, "color-contrast")
        small.emulate_media(color_scheme="light")
        expect(small.get_by_test_id("stSidebar")).to_be_hidden()
    assert not problems, "\n".join(dict.fromkeys(problems))


def wide(page: Page) -> list[str]:
    """Whether the page is wider than its window."""
    more: list[int] = page.evaluate(
        "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
        ".map(part => part.scrollWidth - part.clientWidth)"
    )
    return [f"{pixels} px wider than the window" for pixels in more if pixels > 0]


def test_it_is_kept_from_page_to_page_and_left_in_three_ways(small: Page, small_model: str) -> None:
    small.goto(f"{small_model}&present=1")
    picture, leave = (
        small.locator(PICTURE),
        small.get_by_role("button", name="Leave projector mode"),
    )
    enter = small.get_by_role("button", name="Projector mode", exact=True)
    expect(picture.locator("#churn")).to_be_visible()
    assert PARAMETER in small.url
    press(small.get_by_role("link", name="Train"))
    expect(small).to_have_url(ON)
    expect(picture.locator("svg text").first).to_be_visible()
    press(leave)
    expect(small).not_to_have_url(ON)
    expect(small.locator(".st-key-train")).to_be_visible()
    small.go_back()
    expect(leave).to_be_visible()
    idle(small)
    small.keyboard.press("Escape")
    expect(enter).to_be_visible()
    idle(small)
    small.keyboard.press("p")
    expect(picture).to_be_visible()
    idle(small)
    small.go_back()
    expect(enter).to_be_visible()
    expect(small.get_by_test_id("stSidebar")).to_be_visible()


def test_curves_move_on_the_projector(small: Page, small_model: str) -> None:
    small.goto(small_model)
    press(small.get_by_role("link", name="Train"))
    press(small.locator(".st-key-train button"))
    press(small.get_by_role("button", name="Projector mode"))
    expect(small.locator(".present-head")).to_contain_text("2 of 2")
    expect(small.get_by_role("img", name=re.compile("validation 0"))).to_be_visible()
