"""Every page on three screens in both themes: whole, and open to everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.access import Scheme, covered, cut, findings, settled, small_targets, use_scheme

SIZES: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 720},
    {"width": 800, "height": 1100},
    {"width": 390, "height": 844},
)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = {
    "Build": "g.node#relevance",
    "Train": ".samples img",
    "Compare": ".st-key-atlas_figure svg, .st-key-bet",
    "Strategies": "[class*=st-key-entry_concatenate] img",
    "Viewer": "g.node",
    "Admin": "input",
}
"""An element that a page shows when it is ready."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_open_to_everybody(name: str, page: Page, address: str) -> None:
    problems: list[str] = []
    page.add_init_script("localStorage.clear()")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for size in SIZES:
        page.set_viewport_size(size)
        page.goto(f"{address}/{name if name != 'Build' else ''}")
        expect(page.locator(PAGES[name]).first).to_be_visible()
        settled(page)
        problems += [f"{size['width']} px: {text}" for text in _unusable(page)]
        for scheme in SCHEMES:
            if scheme == "dark":
                use_scheme(page, scheme)
            problems += findings(page, "" if scheme == "light" else "color-contrast")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert not problems, "\n".join(dict.fromkeys(problems))


def _unusable(page: Page) -> list[str]:
    return [
        *(f"cut: {text}" for text in cut(page)),
        *(f"covered: {text}" for text in covered(page)),
        *(f"small: {text}" for text in small_targets(page)),
    ]
