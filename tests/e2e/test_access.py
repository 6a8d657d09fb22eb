"""Names, focus and explanations: what pages give to those who see or point at nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e import access
from tests.e2e.access import settled
from tests.e2e.browser import press


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
