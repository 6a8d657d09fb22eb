"""The Compare page as a person meets it: a real race, real workers, a real database."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import (
    choose,
    idle,
    link_to_two_vectors,
    number,
    open_race,
    press,
    rerun,
)
from tests.e2e.conftest import visitor

SQUARES = ".st-key-race_grid .cell"
START = ".st-key-start_race button"


@pytest.fixture(scope="module")
def raced(browser: Browser, address: str) -> Iterator[Page]:
    """The page of a visitor who bet on one of two strategies, and saw the race to its end."""
    with visitor(browser) as page:
        open_race(page, link_to_two_vectors(address), "Add", "Multiply")
        with rerun(page):
            choose(page, page.get_by_role("combobox", name="Winner"), "option", "Multiply")
        page.locator(START).click()
        expect(page.locator(SQUARES)).to_have_count(4 + 5)
        expect(page.get_by_text("Race finished: 4 of 4 runs.")).to_be_attached()
        idle(page)
        yield page


def test_a_race_ends_with_a_verdict_and_answers_the_bet_after_a_reload_too(raced: Page) -> None:
    for _ in range(2):
        expect(raced.get_by_text("You bet on Multiply")).to_be_visible()
        expect(raced.locator(".verdict")).to_be_visible()
        expect(raced.locator(START)).to_be_enabled()
        raced.reload()


def test_figures_and_the_script_are_saved(raced: Page, tmp_path: Path) -> None:
    idle(raced)
    table = raced.locator(".st-key-race_table")
    for form in ("svg", "png", "csv", "py"):
        button = table.locator(f"[data-save={form}]")
        if form in ("csv", "py"):
            button = raced.get_by_role("button", name="CSV" if form == "csv" else "Script")
        with raced.expect_download() as download:
            button.click()
        download.value.save_as(tmp_path / f"race.{form}")
    ElementTree.parse(tmp_path / "race.svg")
    assert (tmp_path / "race.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((tmp_path / "race.csv").open()))
    assert {row["entry"] for row in rows} == {"add", "multiply"}
    compile((tmp_path / "race.py").read_text(), "race.py", "exec")


def test_a_key_chooses_a_row_which_keeps_the_focus(raced: Page) -> None:
    idle(raced)
    second = raced.locator(".st-key-race_table tbody button").nth(1)
    title = second.inner_text()
    second.press("Enter")
    expect(raced.locator(".st-key-race_row").get_by_role("heading", name=title)).to_be_visible()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(second).to_be_focused()


def test_a_square_leads_to_its_run(raced: Page) -> None:
    idle(raced)
    raced.locator(SQUARES).first.click()
    expect(raced.get_by_text("finished after 3 epochs")).to_be_visible()


def test_a_race_is_stopped_and_goes_on_after_a_reload(page: Page, address: str) -> None:
    open_race(page, link_to_two_vectors(address), "Average", "Maximum")
    number(page, "Epochs", "400")
    page.locator(START).click()
    page.locator(f"{SQUARES}.running").first.wait_for()
    page.reload()
    stop, resume = (page.get_by_role("button", name=name) for name in ("Stop", "Resume"))
    expect(stop).to_be_enabled()
    press(stop)
    expect(resume).to_be_enabled()
    expect(page.locator(f"{SQUARES}.running")).to_have_count(1)
    press(resume)
    page.locator(f"{SQUARES}.running").nth(1).wait_for()
    press(stop)
    expect(resume).to_be_enabled()
    press(page.get_by_role("button", name="New race"))
    expect(page.locator(".st-key-bet")).to_be_visible()
    press(page.get_by_role("button", name="Races"))
    expect(
        page.get_by_role("button", name=re.compile("2 strategies × 2 seeds")).first
    ).to_be_visible()
