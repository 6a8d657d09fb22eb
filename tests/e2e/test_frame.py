"""The frame of every page: the sidebar as a sheet, and the hints of the first visit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.access import findings
from tests.e2e.browser import idle, press, size, step
from tests.e2e.conftest import visitor
from tests.waiting import wait_until

PHONE: ViewportSize = {"width": 390, "height": 844}


def drawn(page: Page) -> None:
    expect(page.locator(".stage svg").first).to_be_visible()
    idle(page)


def first_steps(page: Page) -> Locator:
    """Return the hints of the first visit."""
    return page.get_by_role("complementary", name="First steps")


WIDER = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""
"""A script for the pixels by which the page is wider than its window."""
RINGED = """() => {
  const part = document.querySelector('[data-hinted]');
  if (!part) return false;
  const { left, right } = part.getBoundingClientRect();
  const { outlineOffset, outlineWidth } = getComputedStyle(part);
  const ring = parseFloat(outlineOffset) + parseFloat(outlineWidth);
  for (let around = part.parentElement; around; around = around.parentElement) {
    const edge = around.getBoundingClientRect();
    const whole = edge.left <= left - ring && edge.right >= right + ring;
    if (getComputedStyle(around).overflowX !== 'visible' && !whole) return false;
  }
  return parseFloat(outlineOffset) > 0;
}"""
"""A script that checks for an outline around a control that is not cut off."""


def test_on_a_phone_hints_and_sidebar_leave_the_page_free(browser: Browser, address: str) -> None:
    with visitor(browser, PHONE, newcomer=True, touch=True) as page:
        page.goto(address)
        drawn(page)
        with step("a hint leaves the links of the pages free"):
            hints = first_steps(page)
            expect(hints).to_contain_text("Add an input")
            opener = page.get_by_role("button", name="Change the model")
            expect(opener).to_have_attribute("data-hinted", "")
            expect(hints).to_contain_text("Press “Change the model” first.")
            wait_until(lambda: page.evaluate(RINGED))
            links = page.get_by_role("navigation", name="Pages").bounding_box()
            hint = hints.bounding_box()
            assert links is not None
            assert hint is not None
            assert hint["y"] > links["y"] + links["height"]
            hints.get_by_role("button", name="Close the hints").tap()
            expect(hints).to_be_hidden()
        assert_sheet(page)
        with step("no empty curves are above the data on Train"):
            press(page.get_by_role("link", name="Train", exact=True))
            expect(page.locator(".st-key-empty_curves")).to_be_attached()
            expect(page.locator(".st-key-empty_curves canvas").first).to_be_hidden()
        with step("a button on Compare also opens the sheet"):
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
    """Check that the sidebar opens over the page without narrowing it."""
    opener, closer = (
        page.get_by_role("button", name=f"{word} sidebar") for word in ("Expand", "Collapse")
    )
    with step("the sidebar opens over the page and closes"):
        expect(closer).to_have_count(0)
        wait_until(lambda: page.evaluate(WIDER) <= 0)
        before = size(page.get_by_test_id("stMain"))[0]
        opener.tap()
        expect(closer).to_be_visible()
        assert size(page.get_by_test_id("stMain"))[0] == before
        assert min(size(closer)) >= 24
        expect(page.locator(".stage")).to_be_in_viewport()
        closer.tap()
        expect(closer).to_have_count(0)
        assert min(size(opener)) >= 24
    with step("another page is not covered by the sidebar either"):
        page.get_by_role("link", name="Viewer").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("View a Keras model")
        drawn(page)
        wait_until(lambda: page.evaluate(WIDER) <= 0)


FIGURES_AND_TABS = ".figures, .st-key-controls, .st-key-top_bar, [data-testid=stSidebar]"
COVERS = f"""() => {{
  const hint = document.querySelector('.hints').getBoundingClientRect();
  const boxes = document.querySelectorAll('{FIGURES_AND_TABS}');
  return [...boxes].map(box => box.getBoundingClientRect())
    .some(part => part.width && part.top < hint.bottom && part.bottom > hint.top
      && part.left < hint.right && part.right > hint.left);
}}"""
"""A script that checks if the hint covers figures, views, menus, the toolbar or the sidebar."""


def test_hints_of_the_first_visit_are_closed_for_good(browser: Browser, address: str) -> None:
    with visitor(browser, {"width": 1280, "height": 720}, newcomer=True) as page:
        hints = first_steps(page)
        forward = hints.get_by_role("button", name="Next")
        page.emulate_media(reduced_motion="no-preference")
        page.goto(address)
        drawn(page)
        with step("they cover no figures, views or menus"):
            expect(hints).to_contain_text("Add an input")
            wait_until(lambda: not page.evaluate(COVERS))
            wait_until(lambda: page.evaluate(RINGED))
            press(page.locator(".st-key-take button"))
            expect(hints).to_be_hidden()
            page.keyboard.press("Escape")
            expect(hints).to_contain_text("Add an input")
        with step("they are neither printed nor shown on a projector"):
            page.emulate_media(media="print")
            expect(hints).to_be_hidden()
            page.emulate_media(media="screen")
            page.keyboard.press("p")
            expect(page.get_by_role("button", name="Leave projector mode")).to_be_visible()
            expect(hints).to_be_hidden()
            page.keyboard.press("Escape")
            expect(hints).to_contain_text("Add an input")
            idle(page)
        with step("a ring surrounds the control"):
            forward.click()
            expect(hints).to_contain_text("Choose the merge")
            expect(page.get_by_role("combobox", name="Strategy").first).to_be_in_viewport()
            wait_until(lambda: page.evaluate(RINGED))
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
        with step("the first click on Train closes them for good"):
            page.locator(
                ".st-key-strip-train[data-hinted], .st-key-strip-train [data-hinted]"
            ).click()
            expect(hints).to_be_hidden()
            page.locator(".st-key-strip-stop button").click()  # Other tests' runs wait for it.
            expect(page.locator(".st-key-strip-train")).to_be_visible()
            page.reload()
            drawn(page)
            page.wait_for_function("() => window.fusionHints")
            expect(hints).to_be_hidden()


CONTROLS = """() => {
  const control = 'a[href], button:enabled, input:enabled, select, textarea, summary, [tabindex]';
  const second = 'main, [aria-haspopup=listbox][aria-label^=Open]';
  const shown = part => part.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const inView = ({ left, right, top, bottom, width, height }) =>
    width && height && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  return [...document.querySelectorAll(control)].filter(part => !part.matches(second)
    && shown(part) && inView(part.getBoundingClientRect())).length;
}"""
"""A script for the number of focusable elements in view; a list and its arrow count as one."""
FEW = f"most => {{ const count = ({CONTROLS})(); return 15 < count && count <= most; }}"
"""A script that checks that a page has its controls, and at most so many are in view."""


def test_few_controls_are_visible_at_first(browser: Browser, address: str) -> None:
    with visitor(browser, newcomer=True) as page:
        for label, path, most in (
            ("Build", "", 40),
            ("Train", "Train", 45),
            ("Compare", "Compare", 40),
        ):
            with step(label):
                page.goto(f"{address}/{path}")
                drawn(page)
                expect(page.locator(".stSkeleton, [data-testid=stSpinner]")).to_have_count(0)
                page.wait_for_function(FEW, arg=most)
