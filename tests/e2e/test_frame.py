"""The frame of every page: the sidebar as a sheet, and hints of the first visit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.access import findings
from tests.e2e.browser import idle, press, size, step
from tests.e2e.conftest import visitor

PHONE: ViewportSize = {"width": 390, "height": 844}


def drawn(page: Page) -> None:
    expect(page.locator(".stage svg").first).to_be_visible()
    idle(page)


def first_steps(page: Page) -> Locator:
    """The hints of the first visit."""
    return page.get_by_role("complementary", name="First steps")


WIDER = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""
"""Pixels that the page is wider than its window."""


def test_on_a_phone_hints_and_sidebar_leave_the_page_free(browser: Browser, address: str) -> None:
    with visitor(browser, PHONE, newcomer=True, touch=True) as page:
        page.goto(address)
        drawn(page)
        with step("a hint leaves the links of the pages free"):
            hints = first_steps(page)
            expect(hints).to_contain_text("Add an input")
            opener = page.get_by_role("button", name="Expand sidebar")
            expect(opener).to_have_attribute("data-hinted", "")
            links = page.get_by_role("navigation", name="Pages").bounding_box()
            hint = hints.bounding_box()
            assert links is not None
            assert hint is not None
            assert hint["y"] > links["y"] + links["height"]
            hints.get_by_role("button", name="Close the hints").tap()
            expect(hints).to_be_hidden()
        assert_sheet(page)
        with step("no empty curves stand above the data on Train"):
            press(page.get_by_role("link", name="Train", exact=True))
            expect(page.locator(".st-key-empty_curves")).to_be_attached()
            expect(page.locator(".st-key-empty_curves canvas").first).to_be_hidden()
        with step("a button on Compare opens the sheet, too"):
            press(page.get_by_role("link", name="Compare", exact=True))
            opener = page.get_by_role("button", name="Set up the race")
            opener.tap()
            expect(page.get_by_role("button", name="Collapse sidebar")).to_be_visible()
            expect(opener).to_be_hidden()


@pytest.mark.matrix
@pytest.mark.parametrize(("width", "height"), [(800, 1100), (640, 400)], ids=["tablet", "zoomed"])
def test_in_a_small_window_the_sidebar_is_a_sheet(
    browser: Browser, address: str, width: int, height: int
) -> None:
    with visitor(browser, {"width": width, "height": height}, touch=True) as page:
        page.goto(address)
        drawn(page)
        assert_sheet(page)


def assert_sheet(page: Page) -> None:
    """The sidebar opens over the page, which stays as wide as it is."""
    opener, closer = (
        page.get_by_role("button", name=f"{word} sidebar") for word in ("Expand", "Collapse")
    )
    with step("the sidebar opens over the page and closes"):
        expect(closer).to_have_count(0)
        assert page.evaluate(WIDER) <= 0
        before = size(page.get_by_test_id("stMain"))[0]
        opener.tap()
        expect(closer).to_be_visible()
        assert size(page.get_by_test_id("stMain"))[0] == before
        assert min(size(closer)) >= 24
        expect(page.locator(".stage")).to_be_in_viewport()
        closer.tap()
        expect(closer).to_have_count(0)
        assert min(size(opener)) >= 24
    with step("another page has no sidebar in the way either"):
        page.get_by_role("link", name="Viewer").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("View a Keras model")
        drawn(page)
        assert page.evaluate(WIDER) <= 0


ARRIVED = """() => Promise.allSettled(document.querySelector('[data-testid=stSidebar]')
  .getAnimations({ subtree: true }).map(animation => animation.finished)).then(() => 0)"""
"""What opens in the sidebar is open."""
POINTS = """() => {
  const hint = document.querySelector('.hints');
  const control = document.querySelector('[class*="_box_merge"] .stSelectbox');
  const arrow = parseFloat(hint.style.getPropertyValue('--arrow'));
  const { top, height } = control.getBoundingClientRect();
  return Math.abs(hint.getBoundingClientRect().top + arrow - top - height / 2) < 2;
}"""
"""Whether the hint points at the strategy of the merge."""
RINGED = """() => getComputedStyle(document.querySelector('.stSelectbox[data-hinted]'))
  .outlineOffset === '1px'"""
"""Whether a ring goes around a field with its label: none of its parts lies over the ring."""


def test_hints_of_the_first_visit_are_closed_for_good(browser: Browser, address: str) -> None:
    with visitor(browser, {"width": 1280, "height": 720}, newcomer=True) as page:
        hints = first_steps(page)
        forward, back = (hints.get_by_role("button", name=name) for name in ("Next", "Back"))
        page.emulate_media(reduced_motion="no-preference")
        page.goto(address)
        drawn(page)
        with step("they go on and back"):
            expect(hints).to_contain_text("Add an input")
            expect(back).to_be_hidden()
            forward.click()
            expect(hints).to_contain_text("Choose the merge")
            back.click()
            expect(hints).to_contain_text("Add an input")
            expect(forward).to_be_focused()
        with step("they are not on paper, and not on a projector"):
            page.emulate_media(media="print")
            expect(hints).to_be_hidden()
            page.emulate_media(media="screen")
            page.keyboard.press("p")
            expect(page.get_by_role("button", name="Leave projector mode")).to_be_visible()
            expect(hints).to_be_hidden()
            page.keyboard.press("Escape")
            expect(hints).to_contain_text("Add an input")
            idle(page)
        with step("they point at what moves"):
            forward.click()
            expect(hints).to_contain_text("Choose the merge")
            expect(page.get_by_role("combobox", name="Strategy").first).to_be_in_viewport()
            press(page.locator("[class*=-more] summary").first)
            page.evaluate(ARRIVED)
            page.wait_for_function(POINTS)
            assert page.evaluate(RINGED)
        with step("an error comes first"):
            name = page.get_by_label("Name").first
            name.fill("")
            name.press("Enter")
            expect(page.locator(".stAlert").first).to_be_visible()
            expect(hints).to_be_hidden()
            press(page.get_by_role("button", name="Undo").first)
            forward.click()
            expect(hints).to_contain_text("Train it")
            assert not findings(page, ".hints")
        with step("a key closes them for good"):
            page.keyboard.press("Escape")
            expect(hints).to_be_hidden()
            expect(page.get_by_role("link", name="Train", exact=True)).to_be_focused()
            page.reload()
            drawn(page)
            page.wait_for_function("() => window.fusionHints")
            expect(hints).to_be_hidden()
