"""States of pages, with parts open, selected, running or wrong, that must be accessible.

Each walk leads a newcomer's page through its states, and yields each state when it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.e2e.browser import (
    choose,
    idle,
    inspect,
    link_to_small_model,
    open_race,
    press,
    train,
    unfold,
)

PRESENT = "present=1"
"""Query parameter of projector mode."""


class State(NamedTuple):
    """The present state of a page."""

    name: str
    golden: str = ""
    """Selector of an element that is visible when the page is ready; empty without golden
    pictures.
    """
    part: str = "html"
    """Part that axe-core checks: the part that changed since the previous state."""


MAIN = "[data-testid=stMain]"
POPOVER = "[data-testid=stPopoverBody]"
Walk = Callable[[Page, str], Iterator[State]]
"""Function that leads an empty page through states, given the address of the app."""


def build(page: Page, address: str) -> Iterator[State]:
    ready = "g.node#relevance"
    show(page, address, ready)
    yield State("Build", ready)
    yield from projected(page, "Build", "g.node")
    parts = {
        "Interactive": ".js-plotly-plot image",
        "Treemap": ".slice",
        "Bars": ".bars .point",
        "Flow": ".sankey-link",
        "Summary": "[data-testid=stDataFrame]",
        "Keras": "[data-testid=stCode]",
        "Code": ".line.node",
    }
    for view, part in parts.items():
        press(page.get_by_text(view, exact=True).first)
        expect(page.locator(part).first).to_be_visible()
        yield State(f"view {view}", part=MAIN)


def menus(page: Page, address: str) -> Iterator[State]:
    show(page, address, "g.node#relevance")
    press(page.locator(".st-key-preset").get_by_role("button"))
    expect(page.get_by_role("dialog").get_by_role("button").first).to_be_visible()
    yield State("gallery", part="[role=dialog]")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page.get_by_role("button", name="Strategies by family").first)
    expect(page.locator(".numbers").first).to_be_visible()
    yield State("strategies by family", part="[role=dialog]")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key in ("show", "take", "share"):
        idle(page)
        page.locator(f".st-key-{key} button").first.click()
        expect(page.locator(POPOVER)).to_be_visible()
        yield State(f"menu {key}", part=POPOVER)
        page.keyboard.press("Escape")
        expect(page.locator(POPOVER)).to_have_count(0)
    idle(page)
    press(page.locator("g.node#image_projection"))
    choose(page, page.get_by_role("button", name="Add input"), "menuitem", "Table (numbers) Vector")
    expect(page.locator("g.node#vector_dense_1")).to_be_visible()
    strategy = page.get_by_role("combobox", name="Strategy").first
    choose(page, strategy, "option", "Sum · Add")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield State("model that fails")


def training(page: Page, address: str) -> Iterator[State]:
    ready = ".samples img"
    show(page, f"{address}/Train", ready)
    yield State("Train", ready)
    ready = ".st-key-inspect_empty canvas"
    show(page, f"{address}/Inspect", ready)
    yield State("Inspect", ready)
    train(page, link_to_small_model(address))
    expect(page.locator(".report").last).to_be_visible()
    yield State("finished run", part=MAIN)
    yield from projected(page, "Train", ".st-key-charts_many svg text")
    inspect(page)
    unfold(page)
    yield State("inspection with open sections", part=MAIN)
    yield State("Inspection", "[class*=st-key-inspect_charts] [role=img]")
    yield from projected(page, "Inspect", ".st-key-inspect_charts svg text")
    press(page.locator(".st-key-inspect_view").get_by_text("X-ray"))
    expect(page.locator("g.node").first).to_be_visible()
    yield State("X-ray", part=MAIN)


def running(page: Page, address: str) -> Iterator[State]:
    """Show a run that lasts longer than the checks, even on a busy machine."""
    endless = link_to_small_model(address, epochs=1000, samples=50_000)
    show(page, endless, "g.node#churn")
    press(page.get_by_role("link", name="Train", exact=True))
    expect(page.locator(".samples")).to_be_visible()
    page.locator(".st-key-train button").click()
    expect(page.get_by_text("epoch ").first).to_be_visible()
    yield State("run", part=MAIN)
    page.locator(".st-key-stop button").click()
    expect(page.get_by_text("stopped after")).to_be_visible()


def race(page: Page, address: str) -> Iterator[State]:
    ready = ".st-key-bet"
    show(page, f"{address}/Compare", ready)
    yield State("Compare", ready)
    open_race(page, address, "add", "multiply")
    start = page.locator(".st-key-start_race button")
    start.click()
    expect(page.locator(".verdict")).to_be_visible()
    expect(start).to_be_enabled()  # A running race is redrawn under the mouse.
    yield from projected(page, "Compare", ".st-key-race_table tr")
    parts = {
        "Table": ".st-key-race_table tr",
        "Curves": ".st-key-race-curves canvas",
        "Costs": ".st-key-race-costs canvas",
        "Winner map": ".st-key-race_winners table",
        "Robustness": ".st-key-race-robust-start button",
        "Difference": "g.node",
    }
    for view, part in parts.items():
        idle(page)
        page.locator(".st-key-race_view button").filter(has_text=view).click()
        expect(page.locator(part).first).to_be_visible()
        yield State(f"race {view}", part=MAIN)


def strategies(page: Page, address: str) -> Iterator[State]:
    ready = "[class*=st-key-entry_concatenate]"
    show(page, f"{address}/Strategies", f"{ready} svg")
    yield State("Strategies", f"{ready} svg")
    yield from projected(page, "Strategies", ready)
    press(page.get_by_text("Table", exact=True))
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    yield State("table of strategies", part=MAIN)
    show(page, f"{address}/Strategies?strategy=gated", "g.node#fusion_gate")
    yield State("one strategy", part=MAIN)
    yield from projected(page, "one strategy", "g.node")


def viewer(page: Page, address: str) -> Iterator[State]:
    show(page, f"{address}/Viewer", "g.node")
    yield State("Viewer", "g.node")
    press(page.locator("g.node#block_5"))
    expect(page.locator("g.node#expanded_conv_4_depthwise")).to_be_visible()
    yield State("layers of a block", part=MAIN)
    yield from projected(page, "Viewer", "g.node")


def lesson(page: Page, address: str) -> Iterator[State]:
    show(page, f"{address}/Learn", ".lesson-card")
    yield State("Learn", ".lesson-card")
    yield from projected(page, "Learn", ".lesson-card")
    show(page, f"{address}/?lesson=xor", "g.node")
    panel = page.locator(".st-key-lesson_panel")
    idle(page)
    panel.get_by_role("button", name="Check").click()
    expect(panel).to_contain_text("Choose one of the options.")
    panel.get_by_role("button", name="Hint").click()
    expect(panel.get_by_role("button", name="Hint 2 of 3")).to_be_visible()
    yield State("lesson")


def room(page: Page, address: str) -> Iterator[State]:
    ready = ".st-key-room_open button"
    show(page, f"{address}/Room", ready)
    yield State("Room", ready)
    press(page.locator(ready))
    expect(page.locator(".room-sign")).to_be_visible()
    yield State("open room", part=MAIN)
    yield from projected(page, "Room", ".room-sign")


WALKS: tuple[Walk, ...] = (
    build,
    menus,
    training,
    running,
    race,
    strategies,
    viewer,
    lesson,
    room,
)
OFTEN: tuple[Walk, ...] = (viewer,)
"""A quick walk of every test run; the matrix takes all walks on all screens, with pages in both
themes.
"""


def show(page: Page, address: str, ready: str) -> None:
    page.goto(address)
    expect(page.locator(ready).first).to_be_visible()
    idle(page)


def projected(page: Page, name: str, ready: str) -> Iterator[State]:
    """Show a page in projector mode, and leave the mode."""
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Leave projector mode")).to_be_visible()
    expect(page.locator(ready).first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    yield State(f"{name} on a projector", part=MAIN)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Projector mode", exact=True)).to_be_visible()
    idle(page)
