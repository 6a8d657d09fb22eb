"""Every page and state of `states.py`: accessible, on all screens, and unchanged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e import access, screens
from tests.e2e.access import Scheme, settled
from tests.e2e.browser import NO_HINTS
from tests.e2e.states import OFTEN, PRESENT, WALKS, State, Walk

WIDE: ViewportSize = {"width": 1280, "height": 720}
SIZES: tuple[ViewportSize, ...] = (
    {"width": 390, "height": 844},
    {"width": 800, "height": 1100},
    WIDE,
)
SCHEMES: tuple[Scheme, ...] = ("dark", "light")
UPDATES = bool(os.environ.get(screens.UPDATE))
"""`True` to write golden pictures and check nothing else."""
FORGETFUL = f"localStorage.clear(); {NO_HINTS}"
"""A browser script that forgets a sidebar closed on a small screen, so that it is open on a large
one.
"""
LOOKS = 3
"""Number of checks of a page that must all find a problem before the test fails."""
PROJECTED = 20
"""Pixels of the smallest letters in projector mode."""


@pytest.mark.parametrize("walk", OFTEN, ids=lambda walk: walk.__name__)
def test_every_state_is_accessible(walk: Walk, page: Page, address: str) -> None:
    problems: list[str] = []
    for state in _seen(walk, page, address):
        problems += _unusable(state, page)
    assert not problems, "\n".join(dict.fromkeys(problems))


@pytest.mark.matrix
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_state_is_accessible_on_other_screens_and_looks_unchanged(
    walk: Walk, page: Page, address: str, tmp_path: Path
) -> None:
    """Check states on other screens, and pages with golden pictures in dark too; end in light."""
    page.add_init_script(FORGETFUL)
    problems: list[str] = []
    for state in _seen(walk, page, address):
        if UPDATES and not state.golden:
            continue
        sizes = SIZES if PRESENT not in page.url else [WIDE]
        for scheme, size in product(SCHEMES if state.golden else SCHEMES[-1:], sizes):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size(size)
            if state.golden:
                page.reload()
                expect(page.locator(state.golden).first).to_be_visible()
            settled(page)
            if not UPDATES:
                problems += [
                    f"{size['width']} px, {scheme}: {text}" for text in _unusable(state, page)
                ]
            if state.golden:
                problems += _compared(page, f"{state.name}_{size['width']}_{scheme}", tmp_path)
    assert not problems, "\n".join(dict.fromkeys(problems))


def _seen(walk: Walk, page: Page, address: str) -> Iterator[State]:
    """Yield the states of a walk in light, each when everything is drawn."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDE)
    for state in walk(page, address):
        settled(page)
        yield state


def _unusable(state: State, page: Page) -> list[str]:
    """Return problems of a page that persist: moving parts may overlap for a moment."""
    for _ in range(LOOKS - 1):
        if not _problems(state, page):
            return []
        settled(page)
    return _problems(state, page)


def _problems(state: State, page: Page) -> list[str]:
    projected = PRESENT in page.url
    found = {
        "axe": access.findings(page, state.part),
        "cut": access.cut(page),
        "covered": access.covered(page),
        "small": access.small_targets(page),
        "no text": access.wordless(page),
        "small letters": access.letters(page, PROJECTED) if projected else [],
    }
    return [f"{state.name}: {kind}: {text}" for kind, texts in found.items() for text in texts]


def _compared(page: Page, name: str, folder: Path) -> list[str]:
    """Return the differences from the golden screenshot, or write it if `make generate` runs."""
    image, places = screens.picture(page), screens.boxes(page)
    if not UPDATES:
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
