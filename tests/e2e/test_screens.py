"""Every page on three screens in both themes: as it was before, whole, and open to everybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e import screens
from tests.e2e.access import (
    Scheme,
    covered,
    cut,
    findings,
    settled,
    small_targets,
    use_scheme,
    wordless,
)
from tests.e2e.browser import train_and_inspect

SIZES: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 720},
    {"width": 800, "height": 1100},
    {"width": 390, "height": 844},
)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = {
    "Build": "g.node#relevance",
    "Train": ".samples img",
    "Inspect": ".st-key-inspect_empty button",
    "Compare": ".st-key-bet",
    "Strategies": "[class*=st-key-entry_concatenate] svg",
    "Viewer": "g.node",
    "Learn": ".lesson-card",
    "Admin": "input",
    "Room": ".st-key-room_open button",
}
"""An element that a page shows when it is ready."""


@pytest.mark.matrix
@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_before_and_is_open_to_everybody(
    name: str, page: Page, address: str, tmp_path: Path
) -> None:
    page.add_init_script("localStorage.clear()")
    path = name if name != "Build" else ""
    problems = _on_all_screens(page, name, f"{address}/{path}", PAGES[name], tmp_path)
    assert not problems, "\n".join(dict.fromkeys(problems))


@pytest.mark.matrix
def test_an_inspection_looks_as_before_and_is_open_to_everybody(
    page: Page, small_model: str, tmp_path: Path
) -> None:
    train_and_inspect(page, small_model)
    problems = _on_all_screens(page, "Inspection", page.url, ".measures", tmp_path)
    assert not problems, "\n".join(dict.fromkeys(problems))


def _on_all_screens(page: Page, name: str, address: str, ready: str, folder: Path) -> list[str]:
    """What is wrong with a page, or looks otherwise than before, once `ready` is there."""
    problems: list[str] = []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for size in SIZES:
        page.set_viewport_size(size)
        page.goto(address)
        expect(page.locator(ready).first).to_be_visible()
        settled(page)
        problems += [f"{size['width']} px: {text}" for text in _unusable(page)]
        for scheme in SCHEMES:
            if scheme == "dark":
                use_scheme(page, scheme)
            problems += findings(page, "" if scheme == "light" else "color-contrast")
            problems += _compared(page, f"{name}_{size['width']}_{scheme}", folder)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return problems


def _unusable(page: Page) -> list[str]:
    return [
        *(f"cut: {text}" for text in cut(page)),
        *(f"covered: {text}" for text in covered(page)),
        *(f"small: {text}" for text in small_targets(page)),
        *(f"no text: {text}" for text in wordless(page)),
    ]


def _compared(page: Page, name: str, folder: Path) -> list[str]:
    """What differs from the golden screenshot, which is written where `make generate` asks."""
    image, places = screens.picture(page), screens.boxes(page)
    if not os.environ.get(screens.UPDATE):
        return screens.compare(name, image, places, folder)
    screens.write(name, image, places)
    return []


@pytest.mark.parametrize("size", [(640, 360), (195, 422)])
def test_a_card_that_moves_or_vanishes_is_seen_and_a_pixel_is_not(size: tuple[int, int]) -> None:
    def drawn(x: int, card: bool = True) -> Image.Image:
        image = Image.new("RGB", size, "#FFFFFF")
        draw = ImageDraw.Draw(image)
        draw.text((x, 10), "Parameters 4,071,297", "#1E293B")
        if card:
            draw.rectangle((x, 60, x + 90, 160), "#DBEAFE", "#2563EB")
        return image

    kept = drawn(20)
    assert screens.difference(drawn(20), kept) == 0
    assert screens.difference(drawn(21), kept) <= screens.SHARE
    assert screens.difference(drawn(40), kept) > screens.SHARE
    assert screens.difference(drawn(20, card=False), kept) > screens.SHARE
    assert screens.difference(kept.resize((100, 100)), kept) == 1


def test_a_control_that_moves_is_new_or_gone_is_named() -> None:
    kept = {"Train #1": [0, 0, 80, 32], "Stop #1": [90, 0, 80, 32], "Reset #1": [0, 90, 40, 24]}
    places = {"Train #1": [4, 2, 80, 32], "Stop #1": [90, 60, 80, 32], "Quick #1": [0, 9, 9, 9]}
    assert screens.moved(places, kept) == [
        "`Quick #1` is new",
        "`Reset #1` is gone",
        "`Stop #1` moved from [90, 0, 80, 32] to [90, 60, 80, 32]",
    ]
