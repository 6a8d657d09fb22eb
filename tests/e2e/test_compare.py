"""The Compare page as a person uses it: a real race, real workers, a real database."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import Page, expect

from tests.e2e.browser import (
    idle,
    open_race,
    press,
    step,
)

SQUARES = ".st-key-race_grid .cells .cell"
START = ".st-key-start_race button"


def test_a_race_ends_with_a_verdict_and_evaluates_the_bet(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_race(page, address, "add", "multiply")
    with step("a bet is made, and all runs end"):
        press(page.locator(".st-key-bet").get_by_text("Multiply"))
        press(page.get_by_role("button", name="Lock the bet"))
        page.locator(START).click()
        expect(page.locator(SQUARES)).to_have_count(4)
        expect(page.get_by_text("Race finished: 4 of 4 runs.")).to_be_attached()
    with step("the bet is evaluated, also after a reload"):
        assert_answered(page)
        page.reload()
        assert_answered(page)
    with step("figures, numbers and the script are saved"):
        table = page.locator(".st-key-race_table")
        for form in ("svg", "png", "csv", "py"):
            button = table.locator(f"[data-save={form}]")
            if form in ("csv", "py"):
                button = page.get_by_role("button", name="CSV" if form == "csv" else "Script")
            with page.expect_download() as download:
                button.click()
            download.value.save_as(tmp_path / f"race.{form}")
        ElementTree.parse(tmp_path / "race.svg")
        assert (tmp_path / "race.png").read_bytes().startswith(b"\x89PNG")
        rows = list(csv.DictReader((tmp_path / "race.csv").open()))
        assert {row["strategy"] for row in rows} == {"add", "multiply"}
        compile((tmp_path / "race.py").read_text(), "race.py", "exec")
    with step("a key chooses a row, which keeps the focus"):
        idle(page)
        second = page.locator(".st-key-race_table tbody button").nth(1)
        title = second.inner_text()
        second.press("Enter")
        row = page.locator(".st-key-race_row")
        expect(row.get_by_role("heading", name=title)).to_be_visible()
        expect(second).to_have_attribute("aria-pressed", "true")
        expect(second).to_be_focused()
    with step("a square links to its run"):
        idle(page)
        page.locator(SQUARES).first.click()
        expect(page.get_by_text("finished after 3 epochs")).to_be_visible()


def assert_answered(page: Page) -> None:
    """Check that the race has ended and the bet is evaluated."""
    expect(page.get_by_text("You bet on Multiply")).to_be_visible()
    expect(page.locator(".verdict")).to_be_visible()
    expect(page.locator(START)).to_be_enabled()
    idle(page)
