"""The Train page as a person uses it: real worker processes, a real database."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from components.app.parts.frame.cookie import COOKIE
from components.sharing.links.link import PARAMETER, share
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.e2e.browser import (
    FORMS,
    form_switch,
    idle,
    inspect,
    link_to_small_model,
    number,
    press,
    saved,
    select_run,
    step,
    train,
    unfold,
)
from tests.e2e.presses import Presser
from tests.e2e.states import POPOVER
from tests.experiments.training.support import LABEL, fused, vector
from tests.waiting import wait_until

CHARTS = "[class*=st-key-chart]"
SHARES = "[class*=st-key-inspected-][class*=-shares] canvas"


def redrawn(part: Locator) -> None:
    """Wait until the picture of a part changes."""
    before = part.screenshot()
    wait_until(lambda: part.screenshot() != before)


@contextmanager
def running(page: Page) -> Iterator[None]:
    """Start a run, and stop it at the end, so that other tests need not wait for it."""
    start(page)
    try:
        yield
    finally:
        idle(page)
        page.locator(".st-key-stop button").click()
        expect(page.get_by_text("stopped after", exact=False)).to_be_visible()


def start(page: Page) -> None:
    idle(page)
    page.locator(".st-key-train button").click()
    expect(page.locator(".st-key-stop button")).to_be_enabled()


def test_a_long_run_moves_its_charts_is_found_by_a_reload_and_stopped(
    page: Page, address: str
) -> None:
    """Use a run that lasts longer than the test, even on a busy machine."""
    model = fused([vector("left", 1), vector("right", 1)], [LABEL], "multiply")
    page.goto(f"{address}/?{PARAMETER}={share(model, DataSpec(relation=RELATIONS['xor']()))}")
    expect(page.get_by_test_id("figures")).to_contain_text("81")
    press(page.get_by_role("link", name="Train"))
    expect(page.locator(".samples")).to_be_visible()
    number(page, "Samples", "50000")
    number(page, "Epochs", "1000")
    with running(page):
        with step("curves and surface move without a new mount"):
            for chart in (page.locator(f"{CHARTS} canvas").first, page.locator(".st-key-surface")):
                chart.wait_for()
                chart.evaluate("element => { element.mark = 'same'; }")
                redrawn(chart)
                assert chart.evaluate("element => element.mark") == "same"
        with step("the remaining time is shown"):
            page.get_by_text(re.compile(r" · .+ left$")).wait_for()
        with step("a reload finds the run"):
            page.reload()
            expect(page.locator(".st-key-stop button")).to_be_enabled()
    expect(page.locator(".st-key-train button")).to_be_enabled()


def test_a_run_of_a_first_visit_is_saved_inspected_and_the_visitors_own(
    page: Page, context: BrowserContext, address: str, small_model: str, tmp_path: Path
) -> None:
    with step("a link of another site is followed to the first visit"):
        page.goto(f"{address.replace('127.0.0.1', 'localhost')}/health")
        context.clear_cookies()
        page.evaluate("(url) => { location.href = url; }", small_model)
        press(page.get_by_role("link", name="Train"))
        expect(page.locator(".samples")).to_be_visible()
    with step("the visitor's cookie is out of reach of scripts"):
        name, hidden = cookie(context)
        assert hidden
        assert COOKIE not in page.evaluate("() => document.cookie")
        assert name not in page.content()
    with step("a run ends with a report"):
        idle(page)
        page.locator(".st-key-train button").click()
        expect(page.get_by_text("finished after 2 epochs")).to_be_visible()
        expect(page.locator(".report").last).to_be_visible()
    with step("the run is selected, and its files are saved"):
        save_run(page, tmp_path)
    with step("charts are saved"):
        for form, begins in FORMS:
            path = saved_chart(page, form, tmp_path)
            assert path.name.endswith(form.lower())
            assert path.read_bytes().lstrip().startswith(begins)
    with step("it is inspected"):
        inspect(page)
        expect(page).to_have_url(re.compile("run="))
        expect(page.locator(SHARES)).to_be_visible()
        unfold(page)
        expect(page.locator(".measures tbody tr").first).to_be_visible()
    with step("an input is unplugged"):
        now = page.locator(".st-key-unplug_row p").first
        expect(now).to_contain_text("All inputs are as they are")
        page.locator(".st-key-unplug_sliders").get_by_role("slider").first.press("End")
        expect(now).to_contain_text("removed: accuracy")
        expect(page.locator(".st-key-unplug_shown .samples")).to_be_visible()
    with step("a reload finds the result, and the run is still the visitor's own"):
        page.reload()
        expect(page.locator(SHARES)).to_be_visible()
        press(page.get_by_role("link", name="Train"))
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        assert cookie(context) == (name, True)


@pytest.mark.matrix
def test_a_layer_is_seen_large_and_a_point_in_all_spaces(page: Page, small_model: str) -> None:
    train(page, small_model)
    inspect(page)
    press(page.locator(".st-key-inspect_view").get_by_text("X-ray"))
    layers = page.locator("g.node")
    expect(layers.first).to_be_visible()
    idle(page)
    layers.nth(1).click()
    expect(page.locator("[class*=st-key-xray_layer] svg").first).to_be_visible()
    point = page.locator('.point[data-n="7"]')
    point.first.dispatch_event("pointerover")
    expect(page.locator(".point.same")).to_have_count(point.count())


def cookie(context: BrowserContext) -> tuple[str, bool]:
    """Return the value of the browser's cookie, and `True` if scripts can't read it."""
    (stored,) = [stored for stored in context.cookies() if stored["name"] == COOKIE]
    return stored["value"], stored["httpOnly"]


def save_run(page: Page, folder: Path) -> None:
    """Select the run in the table, save its model and history, and press all buttons beside."""
    select_run(page)
    page.locator("[class*=st-key-files] button").first.click()
    body = page.get_by_test_id("stPopoverBody")
    model = saved(page, body.get_by_role("button", name="Keras model"), folder)
    with zipfile.ZipFile(model) as held:
        assert "config.json" in held.namelist()
    history = saved(page, body.get_by_role("button", name="History as CSV"), folder)
    rows = list(csv.DictReader(io.StringIO(history.read_text())))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    presser = Presser(page, lambda: None, POPOVER)
    presser.press_all()
    assert any("tensorboard" in button for button in presser.pressed)
    assert presser.failures == []
    page.keyboard.press("Escape")


def saved_chart(page: Page, form: str, folder: Path) -> Path:
    idle(page)
    form_switch(page, form).click()
    expect(form_switch(page, form)).to_be_checked()
    chart = page.locator(CHARTS).filter(has=page.locator("svg, canvas"))
    drawn = chart.locator("svg:not([data-testid]) path" if form == "SVG" else "canvas").first
    expect(drawn).to_be_attached()
    idle(page)
    box = chart.first.bounding_box()
    assert box is not None
    with page.expect_download() as download:
        chart.first.click(position={"x": box["width"] - 32, "y": 22})
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_focus_stays_on_the_buttons_one_epoch_and_go_on(page: Page, address: str) -> None:
    page.goto(link_to_small_model(address, seed=5, epochs=1000))
    press(page.get_by_role("link", name="Train", exact=True))
    expect(page.locator(".samples")).to_be_visible()
    one_epoch = page.get_by_role("button", name="One epoch")
    with step("one epoch after another"):
        idle(page)
        one_epoch.focus()
        for number in (1, 2):
            page.keyboard.press("Enter")
            expect(page.get_by_text(f"paused after epoch {number} of")).to_be_visible()
            expect(one_epoch).to_be_focused()
    with step("Go on is replaced by Pause"):
        idle(page)
        page.get_by_role("button", name="Resume").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
    idle(page)
    page.locator(".st-key-stop button").first.click()
    expect(page.get_by_text("stopped after", exact=False)).to_be_visible()
