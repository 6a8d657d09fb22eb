"""The frame of every page: its bar, keys, the sidebar as a sheet, and what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.ui.kit.tours import PARAMETER, TOURS, Tour
from tests.e2e.access import findings
from tests.e2e.browser import NO_HINTS, idle, press
from tests.e2e.conftest import PATIENCE, watched

NARROW = [
    pytest.param(390, 844, id="phone"),
    pytest.param(800, 1100, id="tablet", marks=pytest.mark.matrix),
    pytest.param(640, 400, id="zoomed", marks=pytest.mark.matrix),
]
PHONE = 390, 844


def drawn(page: Page) -> None:
    expect(page.locator(".stage svg").first).to_be_visible()
    idle(page)


def shortcuts(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def test_the_bar_has_one_heading_and_marks_the_present_page(build: Page) -> None:
    pages = build.get_by_role("navigation", name="Pages")
    current = pages.locator("[aria-current=page]")
    expect(current).to_have_text("Build")
    expect(build.get_by_role("heading", level=1)).to_have_text("Build a model")
    press(pages.get_by_role("link", name="Viewer"))
    expect(current).to_have_text("Viewer")
    expect(build.get_by_role("heading", level=1)).to_have_text("View a Keras model")
    expect(build.get_by_role("heading", name="Model file", level=2)).to_be_visible()


def test_the_first_key_leads_to_the_picture(build: Page) -> None:
    build.keyboard.press("Tab")
    expect(build.get_by_role("link", name="Skip to the picture")).to_be_focused()
    build.keyboard.press("Enter")
    expect(build.locator(".stage")).to_be_focused()


def test_keys_show_the_shortcuts_and_lead_to_the_search(build: Page) -> None:
    build.keyboard.press("?")
    expect(shortcuts(build)).to_be_visible()
    build.keyboard.press("Escape")
    expect(shortcuts(build)).to_be_hidden()
    button = build.get_by_role("button", name="Keyboard shortcuts")
    button.click()
    shortcuts(build).get_by_role("button", name="Close").click()
    expect(button).to_be_focused()
    name = build.get_by_role("textbox", name="Name of input 1")
    name.press("End")
    name.press("?")
    expect(name).to_have_value("image?")
    expect(shortcuts(build)).to_be_hidden()
    name.press("Backspace")
    press(build.get_by_role("link", name="Strategies"))
    build.keyboard.press("/")
    expect(build.get_by_role("searchbox", name="Search")).to_be_focused()


@contextmanager
def touched(browser: Browser, width: int, height: int, script: str = "") -> Iterator[Page]:
    """A newcomer's page in a small window that is touched."""
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(script)
    with watched(context) as page:
        yield page
    context.close()


WIDER = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""
"""Pixels that the page is wider than its window."""


@pytest.mark.parametrize(("width", "height"), NARROW)
def test_in_a_small_window_the_sidebar_is_a_sheet(
    browser: Browser, address: str, width: int, height: int
) -> None:
    with touched(browser, width, height, NO_HINTS) as narrow:
        narrow.goto(address)
        drawn(narrow)
        opener, closer = (
            narrow.get_by_role("button", name=f"{word} sidebar") for word in ("Expand", "Collapse")
        )
        expect(closer).to_have_count(0)
        assert narrow.evaluate(WIDER) <= 0
        before = size(narrow.get_by_test_id("stMain"))[0]
        opener.tap()
        expect(closer).to_be_visible()
        assert size(narrow.get_by_test_id("stMain"))[0] == before
        assert min(size(closer)) >= 24
        expect(narrow.locator(".stage")).to_be_in_viewport()
        closer.tap()
        expect(closer).to_have_count(0)
        assert min(size(opener)) >= 24
        narrow.get_by_role("link", name="Viewer").tap()
        expect(narrow.get_by_role("heading", level=1)).to_have_text("View a Keras model")
        drawn(narrow)
        assert narrow.evaluate(WIDER) <= 0


def size(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["width"], box["height"]


def test_paper_shows_the_whole_picture_with_its_figures_and_caption(build: Page) -> None:
    build.get_by_role("button", name="Zoom in").click()
    build.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    build.emulate_media(media="print")
    drawing = build.locator(".paper svg")
    paper = drawing.bounding_box()
    assert paper is not None
    for name in ("image", "relevance"):
        layer = drawing.locator(f"#{name}").bounding_box()
        assert layer is not None
        assert paper["y"] <= layer["y"] <= paper["y"] + paper["height"] - layer["height"]
    expect(build.get_by_text("Two branches:")).to_be_visible()
    expect(build.get_by_test_id("figures")).to_be_visible()
    for hidden in (".stage", "[data-testid=stSidebar]", ".st-key-tools", ".st-key-navigation"):
        expect(build.locator(hidden)).to_be_hidden()
    build.evaluate("() => dispatchEvent(new Event('afterprint'))")
    build.emulate_media(media="screen")
    expect(build.locator(".paper")).to_have_count(0)
    expect(build.locator(".stage")).to_be_visible()


def test_a_number_outside_its_range_says_the_range_in_its_field(build: Page) -> None:
    press(build.locator("[class*=-more] summary").first)
    field = build.get_by_test_id("stNumberInput").first
    before = size(field)[0]
    field.locator("input").fill("99999")
    field.locator("input").press("Enter")
    alert = field.get_by_role("alert")
    expect(alert).to_contain_text("between 1 and 2048")
    shown = alert.evaluate("element => getComputedStyle(element, '::after').content")
    assert shown == '"Only 1 to 2,048"'
    assert size(field)[0] == before
    assert size(alert)[1] > 10


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


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[Page]:
    """The page of a browser that has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    with watched(context) as page:
        yield page
    context.close()


def test_hints_of_the_first_visit_are_closed_for_good(newcomer: Page, address: str) -> None:
    page = newcomer
    hints = page.get_by_role("complementary", name="First steps")
    page.goto(address)
    drawn(page)
    expect(hints).to_contain_text("Add an input")
    hints.get_by_role("button", name="Next").click()
    expect(hints).to_contain_text("Choose the merge")
    expect(page.get_by_role("combobox", name="Strategy").first).to_be_in_viewport()
    press(page.locator("[class*=-more] summary").first)
    page.evaluate(ARRIVED)
    page.wait_for_function(POINTS)
    assert page.evaluate(RINGED)
    name = page.get_by_label("Name").first
    name.fill("")
    name.press("Enter")
    expect(page.locator(".stAlert").first).to_be_visible()
    expect(hints).to_be_hidden()
    press(page.get_by_role("button", name="Undo").first)
    hints.get_by_role("button", name="Next").click()
    expect(hints).to_contain_text("Train it")
    hints.get_by_role("button", name="Close the hints").click()
    expect(hints).to_be_hidden()
    page.reload()
    drawn(page)
    expect(hints).to_be_hidden()


def test_who_comes_by_a_link_has_no_hints_of_the_first_visit(newcomer: Page, address: str) -> None:
    for query in ("lesson=xor", "room=ABCDEF", "m=1.a.b"):
        newcomer.goto(f"{address}/?{query}")
        drawn(newcomer)
        newcomer.wait_for_function("() => window.fusionHints")
        expect(newcomer.get_by_role("complementary", name="First steps")).to_be_hidden()


def test_on_a_phone_a_hint_leaves_the_page_links_free(browser: Browser, address: str) -> None:
    with touched(browser, *PHONE) as page:
        page.goto(address)
        drawn(page)
        hints = page.get_by_role("complementary", name="First steps")
        expect(hints).to_contain_text("Add an input")
        opener = page.get_by_role("button", name="Expand sidebar")
        expect(opener).to_have_attribute("data-hinted", "")
        links = page.get_by_role("navigation", name="Pages").bounding_box()
        hint = hints.bounding_box()
        assert links is not None
        assert hint is not None
        assert hint["y"] > links["y"] + links["height"]
        page.get_by_role("link", name="Inspect").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Inspect a trained model")


LACKING = {".report"}
"""Controls that a page has only after a run."""


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.name)
def test_a_tour_points_at_its_controls_and_leaves_the_address(
    tour: Tour, page: Page, address: str
) -> None:
    page.goto(f"{address}/{tour.address}?{PARAMETER}={tour.name}")
    card, steps = page.get_by_role("complementary", name=tour.title), len(tour.hints)
    forward = card.get_by_role("button", name="Next")
    expect(forward).to_be_focused()
    for hint in tour.hints:
        there = hint.control not in LACKING
        expect(page.locator(hint.control).first).to_be_attached(attached=there)
    for number, hint in enumerate(tour.hints, 1):
        expect(card).to_contain_text(hint.text)
        expect(card).to_contain_text(f"{number} of {steps}")
        control = hint.opener if hint.control in LACKING else hint.control
        expect(page.locator(control).first).to_have_attribute("data-hinted", "")
        if number < steps:
            page.keyboard.press("Enter")
    assert not findings(page)
    entries = page.evaluate("() => history.length")
    card.get_by_role("button", name="Done").click()
    expect(card).to_be_hidden()
    assert f"{PARAMETER}=" not in page.url
    assert page.evaluate("() => history.length") == entries


def test_a_tour_goes_back_is_closed_by_a_key_and_is_not_on_a_projector(
    page: Page, address: str
) -> None:
    tour = TOURS[0]
    page.goto(f"{address}/?{PARAMETER}={tour.name}")
    drawn(page)
    card = page.get_by_role("complementary", name=tour.title)
    card.get_by_role("button", name="Next").click()
    back = card.get_by_role("button", name="Back")
    page.emulate_media(media="print")
    expect(card).to_be_hidden()
    page.emulate_media(media="screen")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Leave projector mode")).to_be_visible()
    expect(card).to_be_hidden()
    page.keyboard.press("Escape")
    expect(card).to_contain_text(tour.hints[0].text)
    expect(back).to_be_hidden()
    card.get_by_role("button", name="Next").click()
    back.click()
    expect(card).to_contain_text(tour.hints[0].text)
    expect(card.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator(tour.hints[0].control).first).to_be_focused()
    assert f"{PARAMETER}=" not in page.url
