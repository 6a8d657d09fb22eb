"""The animation of the README: a merge is changed, trained, and judged in a race."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from components.experiments.training.requests import Settings
from components.sharing.links.link import PARAMETER, RaceSetup, share
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.e2e.access import settled
from tests.e2e.browser import idle
from tests.e2e.states import show
from tests.experiments.training.support import LABEL, fused, vector

XOR = DataSpec(relation=RELATIONS["xor"]())
SETTINGS = Settings(epochs=20)
RACE = RaceSetup(entries=("add", "concatenate", "multiply"), data=(XOR,), seeds=5)
LONG_MS, SHORT_MS, STEP_MS = 2_600, 1_000, 110
MOST_STEPS = 18
"""Maximum number of frames of a training; further frames are dropped evenly."""
QUALITY = 80
ASIDE = (420, 5)
"""Position of the mouse where it points at nothing."""
RACE_MS = 600_000
"""Time limit of the race in milliseconds."""
RING = 16
"""Radius of the ring around the next control to press, in CSS pixels."""


@dataclass
class Film:
    """Frames of a page, each with its duration in milliseconds."""

    page: Page
    scale: float
    frames: list[tuple[Image.Image, int]] = field(default_factory=list)

    def hold(self, milliseconds: int, before: Locator | None = None) -> None:
        """Add a frame of the page, with a ring around the control that is pressed next."""
        frame = self._frame()
        box = before.bounding_box() if before else None
        if box:
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            corners = [(v + sign * RING) * self.scale for sign in (-1, 1) for v in (x, y)]
            ImageDraw.Draw(frame).ellipse(corners, outline="#DC2626", width=4)
        self.frames.append((frame, milliseconds))

    def press(self, what: Locator, milliseconds: int = SHORT_MS) -> None:
        """Add a frame of the page, then click."""
        idle(self.page)
        self.hold(milliseconds, what)
        what.click()

    def until(self, done: Callable[[], bool]) -> None:
        """Add frames of the page until a condition is true."""
        steps = [self._frame()]
        while not done():
            steps.append(self._frame())
        apart = max(1, -(-len(steps) // MOST_STEPS))
        self.frames += [(frame, STEP_MS) for frame in steps[::apart]]

    def save(self, path: Path) -> None:
        """Write an animated WebP that repeats."""
        (first, *rest), times = zip(*self.frames, strict=True)
        held = io.BytesIO()
        first.save(
            held,
            "WEBP",
            save_all=True,
            append_images=rest,
            duration=list(times),
            loop=0,
            quality=QUALITY,
            method=6,
        )
        path.write_bytes(held.getvalue())

    @property
    def seconds(self) -> float:
        """Duration of the film in seconds."""
        return sum(milliseconds for _, milliseconds in self.frames) / 1000

    def _frame(self) -> Image.Image:
        return Image.open(io.BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")


def play(page: Page, address: str, scale: float) -> Film:
    """Train a sum on xor, then a product, and show the verdict of a race."""
    model = fused([vector("left"), vector("right")], [LABEL], "add")
    race(page, address, share(model, XOR, SETTINGS, RACE))
    show(page, f"{address}/?{PARAMETER}={share(model, XOR, SETTINGS)}", "g.node")
    film = Film(page, scale)
    train(film)
    film.press(page.get_by_role("combobox", name="Strategy").first)
    page.keyboard.type("Multiply")
    film.press(page.get_by_role("option", name="Product · Multiply", exact=True))
    expect(page.locator("g.node").filter(has_text="Multiply")).to_be_visible()
    page.mouse.move(*ASIDE)
    train(film)
    film.press(page.get_by_role("link", name="Compare"))
    show(page, f"{address}/Compare?{PARAMETER}={share(model, XOR, SETTINGS, RACE)}", ".st-key-bet")
    film.press(page.get_by_role("button", name="Start race"))
    expect(page.locator(".verdict")).to_be_visible()
    settled(page)
    film.hold(LONG_MS)
    return film


def race(page: Page, address: str, token: str) -> None:
    """Train the runs of the race, so that its verdict appears at once later."""
    show(page, f"{address}/Compare?{PARAMETER}={token}", ".st-key-bet")
    start = page.get_by_role("button", name="Start race")
    start.click()
    expect(page.locator(".verdict")).to_be_visible()
    expect(start).to_be_enabled(timeout=RACE_MS)


def train(film: Film) -> None:
    """Train beside the picture of the model."""
    strip = film.page.locator(".st-key-train_strip")
    film.press(film.page.locator(".st-key-strip-train button"))
    film.until(lambda: "finished after" in strip.inner_text())
    settled(film.page)
    film.hold(SHORT_MS)
