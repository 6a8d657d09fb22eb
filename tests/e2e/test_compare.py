"""The Compare page as a person meets it: a real race, real workers, a real database."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from components.export.link import PARAMETER, share
from components.training.requests import Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e.access import cut, findings, settled, small_targets, use_scheme, wordless
from tests.e2e.browser import choose, idle, press, rerun
from tests.training.support import LABEL, fused, vector

TWO_VECTORS = fused([vector("left", 4, 8), vector("right", 4, 8)], [LABEL])
SQUARES = ".st-key-race_grid .cell"
START = ".st-key-start_race button"


def number(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True).first
    with rerun(page):
        field.fill(value)
        field.press("Enter")


def strategies(page: Page, *titles: str) -> None:
    """Take all strategies out, and choose these."""
    field = page.get_by_role("combobox", name="Strategies")
    field.click()
    for _ in range(6):
        page.keyboard.press("Backspace")
    for title in titles:
        with rerun(page):
            choose(page, field, "option", title, search=True)
    page.keyboard.press("Escape")


@pytest.fixture
def compare(page: Page, address: str) -> Page:
    """The Compare page with two vectors on xor, 200 samples."""
    data = DataSpec(relation=RELATIONS["xor"](), samples=200)
    token = share(TWO_VECTORS, data, Settings(epochs=3))
    page.goto(f"{address}/?{PARAMETER}={token}")
    expect(page.locator("g.node#label")).to_be_visible()
    press(page.get_by_role("link", name="Compare"))
    expect(page.locator(".st-key-bet")).to_be_visible()
    expect(page.get_by_text(re.compile("6 strategies × 1 dataset × 5 seeds"))).to_be_visible()
    return page


def test_a_race_with_a_bet_from_start_to_figures(compare: Page, tmp_path: Path) -> None:
    strategies(compare, "Add", "Multiply")
    number(compare, "Seeds", "2")
    with rerun(compare):
        choose(compare, compare.get_by_role("combobox", name="Winner"), "option", "Multiply")
    compare.locator(START).click()
    expect(compare.locator(SQUARES)).to_have_count(4 + 5)
    expect(compare.locator(START)).to_be_disabled()
    expect(compare.get_by_text("You bet on Multiply")).to_be_visible()
    expect(compare.locator(".verdict")).to_be_visible()
    expect(compare.locator(START)).to_be_enabled()
    expect(compare.get_by_text("Race finished: 4 of 4 runs.")).to_be_attached()
    settled(compare)
    _files(compare, tmp_path)
    assert _views(compare) == []
    compare.reload()
    expect(compare.get_by_text("You bet on Multiply")).to_be_visible()
    compare.locator(SQUARES).first.click()
    expect(compare.get_by_text("finished after 3 epochs")).to_be_visible()


def _files(page: Page, folder: Path) -> None:
    for form in ("svg", "png", "csv"):
        button = (
            page.get_by_role("button", name="CSV")
            if form == "csv"
            else page.locator(f".st-key-race_table [data-save={form}]")
        )
        with page.expect_download() as download:
            button.click()
        path = folder / f"figure.{form}"
        download.value.save_as(path)
    ElementTree.parse(folder / "figure.svg")
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((folder / "figure.csv").open()))
    assert {row["entry"] for row in rows} == {"add", "multiply"}
    with page.expect_download() as download:
        page.get_by_role("button", name="Script").click()
    download.value.save_as(folder / "run.py")
    compile((folder / "run.py").read_text(), "run.py", "exec")


VIEWS = {
    "Curves": ".st-key-race-curves canvas",
    "Costs": ".st-key-race-costs canvas",
    "Winner map": ".st-key-race_winners table",
    "Robustness": ".st-key-race-robust-start button",
    "Difference": "g.node",
    "Table": ".st-key-race_table tr",
}
"""Views of a race, each with a part of it."""


def _show_view(page: Page, name: str) -> None:
    idle(page)
    page.locator(".st-key-race_view button").filter(has_text=name).click()
    expect(page.locator(VIEWS[name]).first).to_be_visible()
    settled(page)


def _views(page: Page) -> list[str]:
    """What is wrong with the views: for axe-core in both themes, and on the screen of a phone."""
    problems: list[str] = []
    for name in VIEWS:
        _show_view(page, name)
        problems += [*findings(page), *wordless(page)]
        page.set_viewport_size({"width": 390, "height": 844})
        settled(page)
        problems += [f"{name} on a phone: {text}" for text in (*cut(page), *small_targets(page))]
        page.set_viewport_size({"width": 1280, "height": 800})
    use_scheme(page, "dark")
    for name in VIEWS:
        _show_view(page, name)
        problems += findings(page, "color-contrast")
    use_scheme(page, "light")
    second = page.locator(".st-key-race_table tbody button").nth(1)
    title = second.inner_text()
    idle(page)
    second.press("Enter")
    expect(page.locator(".st-key-race_row").get_by_role("heading", name=title)).to_be_visible()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(second).to_be_focused()
    return problems


def test_a_race_is_stopped_and_goes_on(compare: Page) -> None:
    strategies(compare, "Average", "Maximum")
    number(compare, "Seeds", "3")
    number(compare, "Epochs", "400")
    compare.locator(START).click()
    compare.locator(f"{SQUARES}.running").first.wait_for()
    compare.reload()
    stop = compare.get_by_role("button", name="Stop")
    resume = compare.get_by_role("button", name="Resume")
    expect(stop).to_be_enabled()
    press(stop)
    expect(resume).to_be_enabled()
    expect(compare.locator(f"{SQUARES}.running")).to_have_count(1)
    press(resume)
    compare.locator(f"{SQUARES}.running").nth(1).wait_for()
    press(stop)
    expect(resume).to_be_enabled()
    press(compare.get_by_role("button", name="New race"))
    expect(compare.locator(".st-key-bet")).to_be_visible()
    expect(compare.get_by_role("button", name="Races")).to_have_count(1)
    press(compare.get_by_role("button", name="Races"))
    expect(compare.get_by_role("button", name=re.compile("2 strategies × 3 seeds"))).to_be_visible()
