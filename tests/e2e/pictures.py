"""The pictures of the documents, taken of the running app: `make generate ARGS=pictures`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from components.export.link import PARAMETER, share
from components.race.atlas.parts import two_vectors
from components.training.requests import Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e import browser
from tests.e2e.access import settled
from tests.e2e.browser import NO_HINTS, choose, chromium, press, server
from tests.e2e.states import show
from tests.training.support import LABEL, fused, vector

SIZE: ViewportSize = {"width": 1280, "height": 800}
PATIENCE = 60_000
"""Milliseconds after which something that does not come ends the program."""

Scene = Callable[[Page, str], None]
"""From a newcomer's page, and the address of the app, to what the picture shows."""


def build(page: Page, address: str) -> None:
    show(page, address, "g.node#relevance")
    press(page.locator("g.node#image_projection"))


def gallery(page: Page, address: str) -> None:
    """The presets of recommendation and tables."""
    show(page, address, "g.node#relevance")
    press(page.locator(".st-key-preset").get_by_role("button"))
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Recommendation and tables", exact=True).first.click()
    expect(dialog.get_by_role("button", name="Two predictions, no merge")).to_be_hidden()


def code(page: Page, address: str) -> None:
    """The script of two LSTM layers, one of them new, and selected in picture and script."""
    show(page, address, "g.node#relevance")
    press(page.get_by_text("Code", exact=True))
    expect(page.locator(".line.node").first).to_be_visible()
    page.get_by_test_id("stSlider").locator("input").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.locator('.line[data-node="text_lstm_2"]').first.click()
    expect(page.get_by_test_id("card").get_by_text("layers.LSTM")).to_be_visible()


def strategies(page: Page, address: str) -> None:
    """The results of a search for `gate`."""
    show(page, f"{address}/Strategies", "[class*=st-key-entry_concatenate] svg")
    search = page.locator("input[type=search]")
    search.fill("gate")
    search.press("Enter")
    expect(page.locator("[class*=st-key-entry_gated] svg").first).to_be_visible()
    expect(page.locator("[class*=st-key-entry_concatenate]")).to_have_count(0)


def unfit(page: Page, address: str) -> None:
    """A merge of maps on branches that give vectors."""
    show(page, address, "g.node#relevance")
    strategy = page.get_by_role("combobox", name="Strategy").first
    choose(page, strategy, "option", "Gate · Squeeze-excite fusion", search=True)
    expect(page.get_by_role("alert").first).to_be_visible()


def train(page: Page, address: str) -> None:
    """A product that has learned xor."""
    model = fused([vector("left"), vector("right")], [LABEL], "multiply")
    data = DataSpec(relation=RELATIONS["xor"]())
    browser.train(page, f"{address}/?{PARAMETER}={share(model, data, Settings(epochs=20))}")


def inspection(page: Page, address: str) -> None:
    """The shares of the inputs of that product: all is cooperation."""
    train(page, address)
    browser.inspect(page)


def viewer(page: Page, address: str) -> None:
    """An application of Keras's, as blocks."""
    show(page, f"{address}/Viewer", "g.node")


def compare(page: Page, address: str) -> None:
    """Two vectors on a conditional relation, as in the atlas, with a bet that is answered."""
    part = two_vectors()
    data = DataSpec(relation=RELATIONS["conditional"](), samples=part.samples)
    token = share(part.architecture, data, part.settings)
    show(page, f"{address}/?{PARAMETER}={token}", "g.node")
    press(page.get_by_role("link", name="Compare"))
    press(page.locator(".st-key-bet").get_by_text("Multiply"))
    press(page.get_by_role("button", name="Lock the bet"))
    press(page.get_by_role("button", name="Start race"))
    expect(page.get_by_text("You bet on").first).to_be_visible(timeout=10 * PATIENCE)


def lesson(page: Page, address: str) -> None:
    """The first step of a lesson beside the Build page."""
    show(page, f"{address}/?lesson=xor", "g.node")
    expect(page.locator(".st-key-lesson_panel")).to_be_visible()


SCENES: dict[str, Scene] = {
    "build": build,
    "gallery": gallery,
    "code": code,
    "strategies": strategies,
    "unfit": unfit,
    "train": train,
    "inspect": inspection,
    "viewer": viewer,
    "compare": compare,
    "lesson": lesson,
}
"""By the name of the picture."""


def take(folder: Path) -> None:
    """Write the picture of each scene to a folder."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as data, chromium() as started:
        env = {
            "FUSION_DATABASE_URL": f"sqlite:///{Path(data, 'runs.sqlite')}",
            "FUSION_PACE": "100",
        }
        with server(env=env) as address:
            for name, scene in SCENES.items():
                page = started.new_page(viewport=SIZE, device_scale_factor=1.5)
                page.set_default_timeout(PATIENCE)
                page.add_init_script(NO_HINTS)
                scene(page, address)
                page.mouse.move(640, 5)
                settled(page)
                page.screenshot(path=folder / f"{name}.png", animations="disabled")
                page.context.close()
