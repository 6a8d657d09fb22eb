"""The Train page as a person meets it: real worker processes, a real database."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from components.export.link import PARAMETER, share
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.e2e.browser import choose, idle, press, rerun, server
from tests.training.support import LABEL, fused, vector
from tests.waiting import wait_until

CANVAS = "[class*=st-key-chart] canvas"


def number(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True).first
    with rerun(page):
        field.fill(value)
        field.press("Enter")


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


def test_deep_link_on_a_fresh_server(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database = tmp_path_factory.mktemp("fresh") / "runs.sqlite"
    with server(env={"FUSION_DATABASE_URL": f"sqlite:///{database}"}) as address:
        page = browser.new_page()
        page.goto(f"{address}/Train")
        expect(page.locator(".samples")).to_be_visible()
        expect(page.locator(".st-key-train button")).to_be_enabled()
        page.close()


def test_train_to_the_end_with_live_curves(train: Page) -> None:
    number(train, "Epochs", "4")
    start(train)
    expect(train.get_by_text("finished after 4 epochs")).to_be_visible()
    expect(train.locator(CANVAS).nth(4)).to_be_attached()
    expect(train.locator(".st-key-train button")).to_be_enabled()
    expect(train.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_reload_finds_the_run_and_stop_ends_it(train: Page) -> None:
    start_long(train)
    train.get_by_text(re.compile(r" · .+ left$")).wait_for()
    train.reload()
    expect(train.locator(".st-key-stop button")).to_be_enabled()
    stop(train)
    expect(train.locator(".st-key-train button")).to_be_enabled()


def test_curves_move_without_being_mounted_anew(train: Page) -> None:
    start_long(train)
    train.get_by_text(re.compile(r" · .+ left$")).wait_for()
    canvas = train.locator(CANVAS).first
    canvas.wait_for()
    canvas.evaluate("element => { element.mark = 'same'; }")
    redrawn(canvas, 3)
    assert canvas.evaluate("element => element.mark") == "same"
    stop(train)


def test_a_model_too_large_is_refused_with_its_bytes(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("g.node")
    press(page.locator("[class*='-more'] summary").first)
    for label, value in (("Height · px", "2048"), ("Width · px", "2048"), ("Filters", "256")):
        number(page, label, value)
    expect(page.get_by_test_id("figures")).to_contain_text("34,")
    press(page.get_by_role("link", name="Train"))
    idle(page)
    page.locator(".st-key-train button").click()
    expect(page.get_by_role("alert").filter(has_text="of memory here")).to_be_visible()
    expect(page.locator(".st-key-stop button")).to_be_disabled()


TWO_NUMBERS = fused([vector("left", 1), vector("right", 1)], [LABEL], "multiply")


def choose_relation(page: Page, name: str) -> None:
    choose(page, page.get_by_role("combobox", name="Relation"), "option", name, search=True)


def test_what_is_possible_stands_beside_the_data_and_across_the_curves(train: Page) -> None:
    choose_relation(train, "Redundant")
    strip = train.locator(".possible")
    for text in ("chance", "alone", "additive", "Bayes", "Bits about the label"):
        expect(strip).to_contain_text(text)


def test_the_surface_is_redrawn_while_the_model_learns(page: Page, address: str) -> None:
    token = share(TWO_NUMBERS, DataSpec(relation=RELATIONS["xor"]()))
    page.goto(f"{address}/?{PARAMETER}={token}")
    expect(page.get_by_test_id("figures")).to_contain_text("81")
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    start_long(page)
    chart = page.locator(".st-key-surface")
    chart.wait_for()
    chart.evaluate("element => { element.mark = 'same'; }")
    redrawn(chart, 3)
    assert chart.evaluate("element => element.mark") == "same"
    stop(page)


def test_a_file_of_ones_own_is_trained_on_and_a_bad_one_refused(train: Page) -> None:
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
    chooser.set_input_files({"name": "bad.npz", "mimeType": "a/b", "buffer": b"PK\x03\x04"})
    expect(train.get_by_role("alert").filter(has_text="Received")).to_be_visible()
    expect(train.get_by_text("In use: mine.csv")).to_be_visible()
    expect(train.locator(".samples").first).to_be_visible()
