"""What is open, chosen, running or wrong on a page can be used by everybody, in both themes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import access
from tests.e2e.access import in_both_schemes, settled
from tests.e2e.browser import choose, idle, press
from tests.e2e.conftest import ADMIN_TOKEN


@pytest.fixture
def build(page: Page, address: str) -> Page:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    expect(page.locator("g.node#relevance")).to_be_visible()
    settled(page)
    return page


def assert_none(problems: list[str]) -> None:
    assert not problems, "\n".join(dict.fromkeys(problems))


VIEWS = {
    "Interactive": ".js-plotly-plot .shapelayer path",
    "Treemap": ".slice",
    "Bars": ".bars .point",
    "Flow": ".sankey-link",
    "Summary": "[data-testid=stDataFrame]",
    "Keras": "[data-testid=stCode]",
    "Code": ".line.node",
}
"""Views of the Build page, each with a part of it."""


def test_every_view_of_a_model(build: Page) -> None:
    problems: list[str] = []
    for view, part in VIEWS.items():
        press(build.get_by_text(view, exact=True).first)
        expect(build.locator(part).first).to_be_visible()
        settled(build)
        problems += in_both_schemes(build)
    assert_none(problems)


def test_every_menu_and_the_gallery(build: Page) -> None:
    problems: list[str] = []
    for key in ("show", "take", "share", "open"):
        idle(build)
        build.locator(f".st-key-{key} button").first.click()
        expect(build.get_by_test_id("stPopoverBody")).to_be_visible()
        problems += in_both_schemes(build, redraw=False)
        build.keyboard.press("Escape")
        expect(build.get_by_test_id("stPopoverBody")).to_have_count(0)
    press(build.locator(".st-key-preset").get_by_role("button"))
    expect(build.get_by_role("dialog").get_by_role("button").first).to_be_visible()
    problems += in_both_schemes(build, redraw=False)
    assert_none(problems)


def test_a_model_that_fails_and_a_selected_layer(build: Page) -> None:
    press(build.locator("g.node#image_projection"))
    choose(build, build.get_by_role("button", name="Add input"), "menuitem", "Vector")
    expect(build.locator("g.node#vector_dense_1")).to_be_visible()
    strategy = build.get_by_role("combobox", name="Strategy").first
    choose(build, strategy, "option", "Sum · Add")
    expect(build.get_by_role("alert").first).to_be_visible()
    assert_none(in_both_schemes(build))


def test_a_run_before_while_and_after(page: Page, small_model: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(small_model)
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    page.locator(".st-key-train button").click()
    expect(page.locator(".st-key-stop button")).to_be_enabled()
    problems = access.findings(page)
    expect(page.get_by_test_id("stProgress").get_by_text("finished after 2")).to_be_visible()
    settled(page)
    assert_none(problems + in_both_schemes(page))


def test_strategies_as_a_table_and_one_strategy(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{address}/Strategies?strategy=gated")
    expect(page.locator("g.node#fusion_gate")).to_be_visible()
    settled(page)
    problems = in_both_schemes(page)
    press(page.get_by_role("button", name="All strategies"))
    press(page.get_by_text("Table", exact=True))
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    settled(page)
    assert_none(problems + in_both_schemes(page))


def test_the_viewer_with_a_layer_and_the_teachers_view(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{address}/Viewer")
    press(page.locator("g.node#block_5"))
    settled(page)
    problems = in_both_schemes(page)
    page.goto(f"{address}/Admin")
    page.get_by_label("Token").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Open the teacher's view").click()
    expect(page.get_by_text("Processes", exact=True)).to_be_visible()
    settled(page)
    assert_none(problems + in_both_schemes(page))


def test_controls_have_names_of_their_own(build: Page) -> None:
    for page in ("Train", "Build"):
        press(build.get_by_role("link", name=page, exact=True))
        settled(build)
        assert access.same_names(build) == []
    tree = build.locator("body").aria_snapshot()
    assert not re.search(r"undo icon|redo icon|Depth Depth", tree)
    assert 'group "image"' in tree


TABS = 60


def test_what_has_the_focus_shows_it(build: Page) -> None:
    names: set[str] = set()
    unseen: set[str] = set()
    build.evaluate("() => document.activeElement.blur()")
    for _ in range(TABS):
        build.keyboard.press("Tab")
        name, shows = access.focused(build)
        names.add(name)
        if not shows:
            unseen.add(name)
    assert len(names) > TABS / 2
    assert unseen == set()


def test_f1_shows_the_explanation_of_a_control_which_is_no_stop_of_tab(build: Page) -> None:
    slider = build.get_by_role("slider", name="Depth", exact=True).first
    explanation = build.get_by_test_id("stTooltipContent")
    expect(slider).to_have_attribute("aria-keyshortcuts", "F1")
    expect(build.get_by_role("button", name="Help for Depth").first).to_have_attribute(
        "tabindex", "-1"
    )
    slider.focus()
    build.keyboard.press("F1")
    expect(explanation).to_be_visible()
    build.keyboard.press("Escape")
    expect(slider).to_be_focused()
    expect(explanation).to_have_count(0)


def test_a_lesson_beside_the_page_and_below_it(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{address}/?lesson=xor")
    panel = page.locator(".st-key-lesson_panel")
    expect(panel).to_contain_text("Step 1 of 4")
    expect(page.locator("g.node").first).to_be_visible()
    settled(page)
    panel.get_by_role("button", name="Check").click()
    expect(panel).to_contain_text("Choose one of the options.")
    panel.get_by_role("button", name="Hint").click()
    expect(panel.get_by_role("button", name="Hint 2 of 3")).to_be_visible()
    problems = in_both_schemes(page)
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    problems += in_both_schemes(page)
    problems += access.small_targets(page) + access.wordless(page)
    assert_none(problems)
