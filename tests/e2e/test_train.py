"""The Train page as a person meets it: real worker processes, a real database."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from components.export.link import PARAMETER, share
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e.browser import idle, number, press
from tests.training.support import LABEL, fused, vector
from tests.waiting import wait_until

CANVAS = "[class*=st-key-chart] canvas"


@pytest.fixture
def train(page: Page, small_model: str) -> Page:
    """The Train page with a small model."""
    page.goto(small_model)
    expect(page.locator("g.node#churn")).to_be_visible()
    press(page.get_by_role("link", name="Train"))
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator(".samples")).to_be_visible()
    return page


def redrawn(part: Locator, times: int) -> None:
    """Wait until a part of the page has shown so many pictures."""
    seen: set[bytes] = set()

    def enough() -> bool:
        seen.add(part.screenshot())
        return len(seen) >= times

    wait_until(enough)


def start(page: Page) -> None:
    idle(page)
    page.locator(".st-key-train button").click()
    expect(page.locator(".st-key-stop button")).to_be_enabled()


def start_long(page: Page) -> None:
    """Start a run that does not end while a test looks at it, however busy the machine is."""
    number(page, "Samples", "50000")
    number(page, "Epochs", "1000")
    start(page)


def stop(page: Page) -> None:
    idle(page)
    page.locator(".st-key-stop button").click()
    expect(page.get_by_text("stopped after", exact=False)).to_be_visible()


def test_a_reload_finds_the_run_and_stop_ends_it(train: Page) -> None:
    start_long(train)
    train.get_by_text(re.compile(r" · .+ left$")).wait_for()
    train.reload()
    expect(train.locator(".st-key-stop button")).to_be_enabled()
    stop(train)
    expect(train.locator(".st-key-train button")).to_be_enabled()


def test_a_file_of_ones_own_is_trained_on(train: Page) -> None:
    lines = ["width,height,shape", *(f"{i % 9},{i % 4},{'ab'[i % 2]}" for i in range(200))]
    sent: FilePayload = {
        "name": "mine.csv",
        "mimeType": "text/csv",
        "buffer": "\n".join(lines).encode(),
    }
    press(train.get_by_text("Own file", exact=True))
    chooser = train.locator("[data-testid=stSidebar] input[type=file]")
    chooser.set_input_files(sent)
    press(train.get_by_role("button", name="Open a model that fits"))
    expect(train.locator(".samples")).to_be_visible()
    number(train, "Epochs", "3")
    start(train)
    expect(train.get_by_text("finished after 3 epochs")).to_be_visible()
    expect(train.locator(".report")).to_contain_text("Confusion")


def test_curves_and_surface_move_without_being_mounted_anew(page: Page, address: str) -> None:
    model = fused([vector("left", 1), vector("right", 1)], [LABEL], "multiply")
    page.goto(f"{address}/?{PARAMETER}={share(model, DataSpec(relation=RELATIONS['xor']()))}")
    expect(page.get_by_test_id("figures")).to_contain_text("81")
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    start_long(page)
    for chart in (page.locator(CANVAS).first, page.locator(".st-key-surface")):
        chart.wait_for()
        chart.evaluate("element => { element.mark = 'same'; }")
        redrawn(chart, 3)
        assert chart.evaluate("element => element.mark") == "same"
    stop(page)
